using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.RateLimiting;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>
/// The segments of an hour, read from its folder on request: one folder at a time. The latest few answers are kept while their
/// folders stay as they are.
/// </summary>
internal sealed class HourSegments(Options options, FoundContent content, TimeProvider time) : IDisposable
{
    /// <summary>The most segments of an answer.</summary>
    private const int Most = 5000;

    /// <summary>The most answers that are kept.</summary>
    private const int MostAnswers = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HourReader reader = new(time, (StampPolicy)options.TrustStamps);
    private readonly ConcurrencyLimiter turns = new(new() { PermitLimit = 1, QueueLimit = 16 });

    /// <summary>The answers that are kept, the latest last.</summary>
    private readonly List<(StreamName Stream, Hour Hour, Carry Before, FolderStamp Stamp, ImmutableArray<FoundItem> Found, Answer Answer)>
        answers = [];

    public void Dispose() => turns.Dispose();

    /// <summary>The segments of an hour that is reported.</summary>
    /// <exception cref="ApiProblem">The folder cannot be read in a reasonable time, or too many others are asked for.</exception>
    public async Task<Answer> ReadAsync(StreamName stream, StreamReading reading, Hour hour, CancellationToken stop)
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

            // A call into a dead network disk cannot be cancelled: it keeps this thread, and the turn, until the disk answers.
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

    private Answer Read(StreamName stream, StreamReading reading, Hour hour, CancellationToken stop)
    {
        string path = Path.Combine(stream.PathIn(options.BaseDir), hour.ToString());
        Carry before = Engine.CarryInto(reading.Facts, hour.Number);
        ImmutableArray<FoundItem> found = content.Of(stream).Of(hour);
        int at = answers.FindIndex(one => one.Stream == stream && one.Hour == hour);
        if (at >= 0)
        {
            var known = answers[at];
            answers.RemoveAt(at);
            using Folder? folder = Folder.Open(path);
            if (folder?.StampOf() == known.Stamp && known.Before.Equals(before) && known.Found == found)
            {
                answers.Add(known);
                return known.Answer;
            }
        }

        HourReading? fresh = reader.Read(path, hour, stop);
        Answer answer = Write(stream, hour, Segments(hour, fresh, before, found)).Pack();

        // Sizes can decide, and change while the folder's stamp does not.
        if (fresh is { IsSettled: true, Facts.SizedFiles.IsEmpty: true })
        {
            answers.RemoveRange(0, Math.Max(0, answers.Count - MostAnswers + 1));
            answers.Add((stream, hour, before, fresh.Facts.Stamp, found, answer));
        }

        return answer;
    }

    /// <summary>The segments of a folder by start, each with what the selection and the chain make of it, and what is wrong with it.</summary>
    private List<SegmentOfHour> Segments(Hour hour, HourReading? reading, Carry before, ImmutableArray<FoundItem> found)
    {
        if (reading is null)
        {
            return [];
        }

        HashSet<int> outOfChain = [.. Engine.Step(options.ToleranceMicroseconds, before, reading.Selection).OutOfChain];
        Dictionary<long, (Segment Segment, bool IsInChain)> best = reading.Selection.Best
            .Select((segment, at) => (segment, !outOfChain.Contains(at)))
            .ToDictionary(one => one.segment.Start);
        Dictionary<Segment, Queue<FoundItem>> wrong =
            found.GroupBy(item => item.Segment).ToDictionary(one => one.Key, one => new Queue<FoundItem>(one));
        return [.. reading.Folder.Segments.OrderBy(segment => segment.Start).Select(segment =>
        {
            // Of equals that change no number, one is best.
            bool isBest = best.TryGetValue(segment.Start, out var chosen) && chosen.Segment.Equals(segment);
            if (isBest)
            {
                best.Remove(segment.Start);
            }

            FoundItem? item = wrong.TryGetValue(segment, out Queue<FoundItem>? items) && items.TryDequeue(out FoundItem? one) ? one : null;
            return new SegmentOfHour(hour, segment, isBest, isBest && chosen.IsInChain, item);
        })];
    }

    private static Answer Write(StreamName stream, Hour hour, List<SegmentOfHour> segments) => ApiAnswers.Object(json =>
    {
        json.Write(Fields.Name, stream);
        json.WriteString("hour", hour.ToString());
        json.WriteBoolean("truncated", segments.Count > Most);
        json.WriteArray("segments", Fields.Segment, segments.Take(Most));
    });
}
