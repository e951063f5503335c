using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage;

/// <summary>One item of the plan of a cut: a segment, as HOUR/NAME, or a hole.</summary>
/// <param name="Segment">The segment; null for a hole.</param>
internal readonly record struct PlannedSegment(string? Segment);

/// <summary>Whether a range of a stream is cut, and what stands in the way (semantics.md section 11).</summary>
internal sealed class Cut
{
    private readonly ImmutableArray<CutHour> hours;

    internal Cut(ImmutableArray<CutHour> hours, Interval range, bool allowsHoles)
    {
        this.hours = hours;
        Plan = CutPlanModule.make([.. hours.SelectMany(hour => hour.Candidates)], range);
        CutPlan other = hours.All(hour => hour.IsSized) ? Plan
            : CutPlanModule.make([.. hours.SelectMany(hour => hour.Shortest)], range);
        Answer = CutPlanModule.answer(allowsHoles, other, Plan);
    }

    /// <summary>What is cut from.</summary>
    public CutPlan Plan { get; }

    /// <summary>The answer.</summary>
    public CutAnswer Answer { get; }

    /// <summary>The time of the range that lacks.</summary>
    public IntervalSet Holes => CutPlanModule.holes(Plan);

    /// <summary>The items of the plan, by name.</summary>
    public IEnumerable<PlannedSegment> Items => Plan.Items.Select(
        item => new PlannedSegment(item.IsKept ? NameOf(item.Place) : null));

    /// <summary>A candidate, as HOUR/NAME.</summary>
    public string NameOf(int place)
    {
        foreach (CutHour hour in hours)
        {
            if (place < hour.Candidates.Length)
            {
                return $"{hour.Hour}/{Encoding.ASCII.GetString(hour.Files!.NameOf(hour.Places[place]))}";
            }

            place -= hour.Candidates.Length;
        }

        throw new ArgumentOutOfRangeException(nameof(place));
    }
}

/// <summary>A stream as cuts are made from it: each hour is read when it is first needed, and once.</summary>
internal sealed class CutStream
{
    private readonly ImmutableArray<Hour> there;
    private readonly Func<IEnumerable<Hour>, bool, CancellationToken, ImmutableArray<CutHour>> read;
    private readonly Dictionary<Hour, CutHour> known = [];
    private CleanRanges? clean;

    private CutStream(
        ImmutableArray<Hour> there, Func<IEnumerable<Hour>, bool, CancellationToken, ImmutableArray<CutHour>> read) =>
        (this.there, this.read) = (there, read);

    /// <summary>A stream of which these hours are known, and no others are there.</summary>
    /// <param name="hours">The hours, in order, with their names.</param>
    public static CutStream Of(ImmutableArray<CutHour> hours)
    {
        CutStream stream = new([.. hours.Select(hour => hour.Hour)], (_, _, _) => []);
        foreach (CutHour hour in hours)
        {
            stream.known.Add(hour.Hour, hour);
        }

        return stream;
    }

    /// <summary>The stream in a folder; null when there is none.</summary>
    /// <exception cref="UnreadableException">The folder cannot be read.</exception>
    public static CutStream? Open(string streamFolder, CutReader reader)
    {
        using Folder? folder = Folder.Open(streamFolder);
        return folder is null || HourFolders.In(folder)?.Hours is not { } there ? null
            : new([.. there], (hours, keepsNames, stop) => reader.Read(streamFolder, hours, keepsNames, stop));
    }

    /// <summary>Asks for the cut of a range, from the hours that its plan needs.</summary>
    /// <exception cref="UnreadableException">A folder, or a size that decides, cannot be read.</exception>
    public Cut Ask(Interval range, bool allowsHoles, CancellationToken stop)
    {
        (Hour first, Hour last) = (new(CutPlanModule.firstHour(range)), new(CutPlanModule.lastHour(range)));
        ImmutableArray<CutHour> own = Hours(hour => hour >= first && hour <= last, true, stop);
        return new(own, range, allowsHoles);
    }

    /// <summary>The clean ranges nearest to one, for which every hour of the stream is read.</summary>
    /// <exception cref="UnreadableException">A folder, or a size that decides, cannot be read.</exception>
    public NearestClean Nearest(Interval range, CancellationToken stop)
    {
        clean ??= CleanRangesModule.ofCandidates([.. Hours(_ => true, false, stop).SelectMany(hour => hour.Candidates)]);
        return CleanRangesModule.nearest(range, clean);
    }

    private ImmutableArray<CutHour> Hours(Func<Hour, bool> isAsked, bool keepsNames, CancellationToken stop)
    {
        Hour[] asked = [.. there.Where(isAsked)];
        foreach (CutHour hour in read(asked.Where(hour => !known.ContainsKey(hour)), keepsNames, stop))
        {
            known.Add(hour.Hour, hour);
        }

        return [.. asked.Select(hour => known[hour])];
    }
}

/// <summary>What a cut can be made from in one hour.</summary>
/// <param name="Hour">The hour.</param>
/// <param name="Candidates">The best segments, in order of start.</param>
/// <param name="Places">Their places in the folder.</param>
/// <param name="Files">The segments of the folder with the names of their files, where these are kept.</param>
internal sealed record CutHour(Hour Hour, ImmutableArray<Segment> Candidates, ImmutableArray<int> Places, HourFiles? Files)
{
    /// <summary>The best segments where of those whose sizes would decide and are not known the shortest are taken.
    /// <see cref="Candidates"/> has the longest.</summary>
    public ImmutableArray<Segment> Shortest { get; private init; } = Candidates;

    /// <summary>Whether every size that decides is known.</summary>
    public bool IsSized { get; private init; } = true;

    /// <summary>What a cut can be made from of the segments of an hour's folder.</summary>
    public static CutHour Of(Hour hour, HourFiles files, bool keepsNames)
    {
        ImmutableArray<int> best = Best(Unsized.Longest);
        CutHour longest = new(hour, Segments(best), keepsNames ? best : [], keepsNames ? files : null);
        return Engine.ContestedForCut(files.Folder).IsEmpty ? longest
            : longest with { Shortest = Segments(Best(Unsized.Shortest)), IsSized = false };

        ImmutableArray<int> Best(Unsized unsized) => Engine.BestForCut(unsized, files.Folder, at => files.NameOf(at).ToArray());

        ImmutableArray<Segment> Segments(ImmutableArray<int> places)
        {
            ImmutableArray<Segment> all = files.Folder.Segments;
            var segments = ImmutableArray.CreateBuilder<Segment>(places.Length);
            foreach (int place in places)
            {
                segments.Add(all[place]);
            }

            return segments.MoveToImmutable();
        }
    }
}

/// <summary>Reads the hours that a cut can be made from.</summary>
internal sealed class CutReader(TimeProvider time, StampPolicy stamps, Workers? workers = null)
{
    private readonly HourReader reader = new(time, stamps, SizesAsked.Cutting) { KeepsNames = true };

    /// <summary>Reads hours, those that vanish as empty ones: with the workers, or else one after the other.</summary>
    public ImmutableArray<CutHour> Read(string streamFolder, IEnumerable<Hour> hours, bool keepsNames, CancellationToken stop)
    {
        if (workers is null)
        {
            return [.. hours.Select(Read)];
        }

        Task<CutHour>[] reading = [.. hours.Select(hour => workers.Run(() => Read(hour)))];
        return [.. Task.WhenAll(reading).GetAwaiter().GetResult()];

        CutHour Read(Hour hour)
        {
            stop.ThrowIfCancellationRequested();
            return reader.Read(Path.Combine(streamFolder, hour.ToString()), hour, stop) is { Files: { } files }
                ? CutHour.Of(hour, files, keepsNames)
                : new(hour, [], [], null);
        }
    }
}
