using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.RateLimiting;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>
/// The segments of an hour, read from its folder when somebody asks: one folder at a time, the latest few answers kept
/// while their folders rest.
/// </summary>
internal sealed class HourSegments(Options options, TimeProvider time) : IDisposable
{
    /// <summary>The most segments of an answer.</summary>
    private const int Most = 5000;

    /// <summary>How many answers are kept.</summary>
    private const int Kept = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HourReader reader = new(time, (StampPolicy)options.TrustStamps);
    private readonly ConcurrencyLimiter turns = new(new() { PermitLimit = 1, QueueLimit = 16 });

    /// <summary>The answers kept, the latest last.</summary>
    private readonly List<(StreamName Stream, int Hour, Carry Before, FolderStamp Stamp, Answer Answer)> kept = [];

    public void Dispose() => turns.Dispose();

    /// <summary>The segments of an hour that is reported.</summary>
    /// <exception cref="ApiProblem">The folder cannot be read in a reasonable time, or too many others are asked for.</exception>
    public async Task<Answer> ReadAsync(StreamName stream, StreamReading reading, int hour, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            RateLimitLease turn = await turns.AcquireAsync(1, patience.Token);
            if (!turn.IsAcquired)
            {
                throw new ApiProblem(StatusCodes.Status429TooManyRequests, "too many folders are asked for at a time") { RetryAfterSeconds = 1 };
            }

            // On a thread of its own, for a call into a dead network disk cannot be called back; no other folder is read then.
            Task<Answer> work = Task.Run(() =>
            {
                using (turn)
                {
                    return Read(stream, reading, hour, patience.Token);
                }
            });
            return await work.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ApiProblem(StatusCodes.Status503ServiceUnavailable, $"the disk gives no answer in {Patience.TotalSeconds} s")
            {
                RetryAfterSeconds = 10,
            };
        }
        catch (UnreadableException e)
        {
            throw new ApiProblem(StatusCodes.Status503ServiceUnavailable, e.Message) { RetryAfterSeconds = 5 };
        }
    }

    private Answer Read(StreamName stream, StreamReading reading, int hour, CancellationToken stop)
    {
        string path = Path.Combine(stream.PathIn(options.BaseDir), Engine.HourText(hour));
        Carry before = reading.Facts.Hours.LastOrDefault(detail => detail.Timeline.Hour < hour)?.Timeline.Carry ?? Engine.Start;
        int at = kept.FindIndex(one => one.Stream == stream && one.Hour == hour);
        if (at >= 0)
        {
            var one = kept[at];
            kept.RemoveAt(at);
            using Folder? folder = Folder.Open(path);
            if (folder?.StampOf() == one.Stamp && one.Before.Equals(before))
            {
                kept.Add(one);
                return one.Answer;
            }
        }

        HourReading? its = reader.Read(path, new(hour), stop);
        Answer answer = Write(stream, hour, its, before);

        // Sizes can decide, and change while the folder's stamp does not.
        if (its is { IsSettled: true, Facts.SizedFiles.IsEmpty: true })
        {
            kept.RemoveRange(0, Math.Max(0, kept.Count - Kept + 1));
            kept.Add((stream, hour, before, its.Facts.Stamp, answer));
        }

        return answer;
    }

    private Answer Write(StreamName stream, int hour, HourReading? reading, Carry before) => ApiAnswers.Object(json =>
    {
        ImmutableArray<Segment> segments = reading?.Folder.Segments ?? [];
        HashSet<int> outOfChain = reading is null ? []
            : [.. Engine.Step(options.ToleranceMicroseconds, before, reading.Selection).OutOfChain];
        Dictionary<long, (Segment Best, bool IsInChain)> best = reading is null ? [] : reading.Selection.Best
            .Select((segment, at) => (segment, !outOfChain.Contains(at)))
            .ToDictionary(its => its.segment.Start);
        ApiAnswers.NameFields(json, stream);
        json.WriteString("hour", Engine.HourText(hour));
        json.WriteBoolean("truncated", segments.Length > Most);
        json.WriteStartArray("segments");
        foreach (Segment segment in segments.OrderBy(segment => segment.Start).Take(Most))
        {
            // Of equals that change no number, one is best.
            bool isBest = best.TryGetValue(segment.Start, out var its) && its.Best.Equals(segment);
            if (isBest)
            {
                best.Remove(segment.Start);
            }

            json.WriteStartObject();
            json.WriteNumber("start", segment.Start - (hour * 3_600_000_000L));
            json.WriteNumber("length", segment.Duration);
            json.WriteString("kind", segment.Kind.ToString().ToLowerInvariant());
            json.WriteBoolean("best", isBest);
            json.WriteBoolean("chain", isBest && its.IsInChain);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
