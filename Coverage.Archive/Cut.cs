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
    private readonly bool allowsHoles;

    internal Cut(ImmutableArray<CutHour> hours, CutPlan plan, bool allowsHoles) =>
        (this.hours, Plan, this.allowsHoles) = (hours, plan, allowsHoles);

    /// <summary>What is cut from.</summary>
    public CutPlan Plan { get; }

    /// <summary>The answer. On a disk every size that decides is known.</summary>
    public CutAnswer Answer => CutPlanModule.answer(allowsHoles, Plan, Plan);

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
    private readonly string folder;
    private readonly CutReader reader;
    private readonly ImmutableArray<Hour> there;
    private readonly Dictionary<Hour, CutHour> read = [];
    private CleanRanges? clean;

    private CutStream(string folder, CutReader reader, ImmutableArray<Hour> there) =>
        (this.folder, this.reader, this.there) = (folder, reader, there);

    /// <summary>The stream in a folder; null when there is none.</summary>
    /// <exception cref="UnreadableException">The folder cannot be read.</exception>
    public static CutStream? Open(string streamFolder, CutReader reader)
    {
        using Folder? folder = Folder.Open(streamFolder);
        return folder is null || HourFolders.In(folder)?.Hours is not { } there ? null : new(streamFolder, reader, [.. there]);
    }

    /// <summary>Asks for the cut of a range, from the hours that its plan needs.</summary>
    /// <exception cref="UnreadableException">A folder, or a size that decides, cannot be read.</exception>
    public Cut Ask(Interval range, bool allowsHoles, CancellationToken stop)
    {
        (Hour first, Hour last) = (new(CutPlanModule.firstHour(range)), new(CutPlanModule.lastHour(range)));
        ImmutableArray<CutHour> own = Hours(hour => hour >= first && hour <= last, true, stop);
        return new(own, CutPlanModule.make(Candidates(own), range), allowsHoles);
    }

    /// <summary>The clean ranges nearest to one, for which every hour of the stream is read.</summary>
    /// <exception cref="UnreadableException">A folder, or a size that decides, cannot be read.</exception>
    public NearestClean Nearest(Interval range, CancellationToken stop)
    {
        clean ??= CleanRangesModule.ofCandidates(Candidates(Hours(_ => true, false, stop)));
        return CleanRangesModule.nearest(range, clean);
    }

    private ImmutableArray<CutHour> Hours(Func<Hour, bool> isAsked, bool keepsNames, CancellationToken stop)
    {
        Hour[] asked = [.. there.Where(isAsked)];
        foreach (CutHour hour in reader.Read(folder, asked.Where(hour => !read.ContainsKey(hour)), keepsNames, stop))
        {
            read.Add(hour.Hour, hour);
        }

        return [.. asked.Select(hour => read[hour])];
    }

    private static ImmutableArray<Segment> Candidates(ImmutableArray<CutHour> hours)
    {
        var all = ImmutableArray.CreateBuilder<Segment>(hours.Sum(hour => hour.Candidates.Length));
        foreach (CutHour hour in hours)
        {
            all.AddRange(hour.Candidates);
        }

        return all.MoveToImmutable();
    }
}

/// <summary>What a cut can be made from in one hour.</summary>
/// <param name="Hour">The hour.</param>
/// <param name="Candidates">The best segments, in order of start.</param>
/// <param name="Places">Their places in the folder.</param>
/// <param name="Files">The segments of the folder with the names of their files, where these are kept.</param>
internal sealed record CutHour(Hour Hour, ImmutableArray<Segment> Candidates, ImmutableArray<int> Places, HourFiles? Files);

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
            if (reader.Read(Path.Combine(streamFolder, hour.ToString()), hour, stop) is not { } reading)
            {
                return new(hour, [], [], null);
            }

            ImmutableArray<int> best = Engine.BestForCut(reading.Folder, at => reading.Files!.NameOf(at).ToArray());
            ImmutableArray<Segment> segments = reading.Folder.Segments;
            var candidates = ImmutableArray.CreateBuilder<Segment>(best.Length);
            foreach (int place in best)
            {
                candidates.Add(segments[place]);
            }

            return new(hour, candidates.MoveToImmutable(), keepsNames ? best : [], keepsNames ? reading.Files : null);
        }
    }
}
