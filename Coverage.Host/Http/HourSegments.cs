using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>
/// The segments of an hour, read from its folder on request. The latest few answers are kept while their
/// folders stay as they are.
/// </summary>
internal sealed class HourSegments(Options options, DiskTurns turns, FoundContent content, TimeProvider time)
{
    /// <summary>The most segments of an answer.</summary>
    private const int Most = 5000;

    /// <summary>The most answers that are kept.</summary>
    private const int MostAnswers = 16;

    private readonly HourReader reader = new(time, (StampPolicy)options.TrustStamps);

    /// <summary>The answers that are kept, the latest last.</summary>
    private readonly List<(StreamName Stream, Hour Hour, Carry Before, FolderStamp Stamp, ImmutableArray<FoundItem> Found, Answer Answer)>
        answers = [];

    /// <summary>The segments of an hour that is reported.</summary>
    /// <exception cref="ApiProblem">The folder cannot be read in a reasonable time, or too many others are asked for.</exception>
    public Task<Answer> ReadAsync(StreamName stream, StreamReading reading, Hour hour, CancellationToken stop) =>
        turns.ReadAsync(patience => Read(stream, reading, hour, patience), stop);

    private Answer Read(StreamName stream, StreamReading reading, Hour hour, CancellationToken stop)
    {
        string path = Path.Combine(stream.PathIn(options.BaseDir), hour.ToString());
        Carry before = Engine.CarryInto(reading.Facts, hour.Number);
        ImmutableArray<FoundItem> found = content.Of(stream).Of(hour);
        if (reading.Media is { } media)
        {
            HourFolder own = new(hour.Number, [.. media.In(hour).ToArray().Select(one => one.Segment)], bad: 0);
            return Write(stream, hour, Segments(hour, own, Engine.Select(own), media.Settings.Tolerance, before, found)).Pack();
        }

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
        List<SegmentOfHour> segments = fresh is null ? []
            : Segments(hour, fresh.Folder, fresh.Selection, options.ToleranceMicroseconds, before, found);
        Answer answer = Write(stream, hour, segments).Pack();

        // Sizes can decide, and change while the folder's stamp does not.
        if (fresh is { IsSettled: true, Facts.SizedFiles.IsEmpty: true })
        {
            answers.RemoveRange(0, Math.Max(0, answers.Count - MostAnswers + 1));
            answers.Add((stream, hour, before, fresh.Facts.Stamp, found, answer));
        }

        return answer;
    }

    /// <summary>The segments of a folder by start, each with what the selection and the chain make of it, and what is wrong with it.</summary>
    private static List<SegmentOfHour> Segments(
        Hour hour, HourFolder folder, HourSelection selection, long tolerance, Carry before, ImmutableArray<FoundItem> found)
    {
        HashSet<int> outOfChain = [.. Engine.Step(tolerance, before, selection).OutOfChain];
        Dictionary<long, (Segment Segment, bool IsInChain)> best = selection.Best
            .Select((segment, at) => (segment, !outOfChain.Contains(at)))
            .ToDictionary(one => one.segment.Start);
        Dictionary<Segment, Queue<FoundItem>> wrong =
            found.GroupBy(item => item.Segment).ToDictionary(one => one.Key, one => new Queue<FoundItem>(one));
        return [.. folder.Segments.OrderBy(segment => segment.Start).Select(segment =>
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
