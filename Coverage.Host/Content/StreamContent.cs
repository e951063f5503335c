using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A segment that may be verified.</summary>
/// <param name="At">Its place in the folder.</param>
/// <param name="Hash">The fixed hash of its name.</param>
internal readonly record struct Lookable(int At, ulong Hash);

/// <summary>The segments of an hour.</summary>
/// <param name="Folder">The segments.</param>
/// <param name="NameOf">The name of a segment's file below the folder that is read from, by its place.</param>
internal sealed record NamedSegments(HourFolder Folder, Func<int, byte[]> NameOf);

/// <summary>What verifying the files of an hour gave.</summary>
/// <param name="Found">What was found.</param>
/// <param name="Declared">The folder as its names say; null where it is gone or cannot be read.</param>
/// <param name="Measured">The same with the measured lengths.</param>
internal sealed record VerifiedHour(VerifiedStream Found, HourFolder? Declared = null, HourFolder? Measured = null);

/// <summary>The files of one stream as they are verified (semantics.md section 12), hour by hour.</summary>
/// <param name="stream">The stream.</param>
/// <param name="path">Its folder; where it is of another layout, the archive.</param>
/// <param name="settings">What it is checked with.</param>
/// <param name="before">Only segments that end no later are looked at.</param>
/// <param name="media">What is known of its files where it is of another layout; else null.</param>
internal sealed class StreamContent(StreamName stream, string path, Settings settings, Instant before, MediaFacts? media)
{
    /// <summary>What can be wrong with a file of another layout: its name says neither a length nor a hash.</summary>
    private static readonly ImmutableArray<Finding> OfMedia =
        [Finding.Empty, Finding.NotTs, Finding.Torn, Finding.Sync, Finding.Continuity, Finding.TransportError];

    private readonly HourReader reader = new(TimeProvider.System, StampPolicy.Auto);

    /// <summary>The hours that have a folder, in order; none where the stream has none.</summary>
    /// <exception cref="UnreadableException">The stream's folder cannot be read.</exception>
    public ImmutableArray<Hour> Hours()
    {
        if (media is not null)
        {
            return [.. media.Segments.Select(one => HourOf(one.Segment)).Distinct().Where(hour => Engine.IsIn(settings, hour.Number))];
        }

        using Folder? folder = Folder.Open(path);
        List<Hour> hours = (folder is null ? null : HourFolders.In(folder)?.Hours) ?? [];
        return [.. hours.Where(hour => Engine.IsIn(settings, hour.Number))];
    }

    /// <summary>How many files of an hour a sample holds, with every suspect one, and of how many bytes.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="sample">The sample; null for all files.</param>
    public FileCount Count(Hour hour, Sample? sample) => InHour(hour, new FileCount(), (folder, files) => Chosen(files, sample).Aggregate(
        new FileCount(), (sum, at) => sum + new FileCount(1, Math.Max(0, folder.SizeOf(files.NameOf(at))))));

    /// <summary>The last of some hours that holds a segment to be looked at; null for none.</summary>
    public Hour? Last(ImmutableArray<Hour> hours)
    {
        foreach (Hour hour in hours.Reverse())
        {
            if (InHour(hour, false, (_, files) => ToLookAt(files).Any()))
            {
                return hour;
            }
        }

        return null;
    }

    /// <summary>The names of an hour that a part can choose.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="withSizes">Whether their sizes matter.</param>
    public List<Candidate> Candidates(Hour hour, bool withSizes) => InHour<List<Candidate>>(hour, [], (folder, files) =>
        [.. ToLookAt(files).Select(one => new Candidate(
            one.Hash, withSizes ? Math.Max(0, folder.SizeOf(files.NameOf(one.At))) : 0))]);

    /// <summary>Something about the files of an hour; something else where there are none, or they cannot be read: verifying
    /// says why.</summary>
    private T InHour<T>(Hour hour, T none, Func<Folder, NamedSegments, T> of)
    {
        try
        {
            using Folder? folder = Folder.Open(PathOf(hour));
            return folder is not null && Files(folder, hour, CancellationToken.None) is { } files ? of(folder, files) : none;
        }
        catch (UnreadableException)
        {
            return none;
        }
    }

    /// <summary>Verifies the files of an hour that a sample holds, and every suspect one.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="sample">The sample; null for all files.</param>
    /// <param name="work">Does some work for each number below another, in whichever order.</param>
    /// <param name="stop">Ends it before its time: files that were not read by then are left out.</param>
    /// <exception cref="OperationCanceledException">It was stopped before any file was read.</exception>
    public VerifiedHour Verify(
        Hour hour, Sample? sample, Action<int, Action<int, ContentReader>> work, CancellationToken stop)
    {
        var nothing = new VerifiedStream(stream);
        try
        {
            using Folder? folder = Folder.Open(PathOf(hour));
            return folder is null || Files(folder, hour, stop) is not { } files
                ? new(nothing)
                : Verify(folder, hour, files, sample, work, stop);
        }
        catch (UnreadableException e)
        {
            return new(nothing with { Failed = [new(stream, e.Path, e.Message)] });
        }
    }

    private VerifiedHour Verify(
        Folder folder, Hour hour, NamedSegments files, Sample? sample, Action<int, Action<int, ContentReader>> work, CancellationToken stop)
    {
        int[] chosen = [.. Chosen(files, sample)];
        var looks = new Look?[chosen.Length];
        var failures = new UnreadableException?[chosen.Length];
        work(chosen.Length, (at, content) =>
        {
            try
            {
                Segment segment = files.Folder.Segments[chosen[at]];
                looks[at] = Judged(content.Look(folder, files.NameOf(chosen[at]), new(segment.Duration), stop), files.NameOf(chosen[at]));
            }
            catch (UnreadableException e)
            {
                failures[at] = e;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // What other files gave is kept.
            }
        });

        long[] durations = [.. files.Folder.Segments.Select(segment => segment.Duration)];
        var items = new List<FoundItem>();
        foreach ((int at, Look look) in chosen.Zip(looks).Where(one => one.Second is not null).Select(one => (one.First, one.Second!.Value)))
        {
            durations[at] = look.Kind == LookKind.Gone ? -1 : look.Verified?.LengthOr(durations[at]) ?? durations[at];
            if (look.Verified is { Findings.IsEmpty: false } verified)
            {
                items.Add(new(hour, Engine.Printable(files.NameOf(at)), files.Folder.Segments[at], verified) { IsMedia = media is not null });
            }
        }

        var found = new VerifiedStream(stream)
        {
            Segments = ToLookAt(files).Count(),
            Verified = looks.Count(look => look?.Kind == LookKind.Verified),
            Bytes = looks.Sum(look => look?.Bytes ?? 0),
            Gone = looks.Count(look => look?.Kind == LookKind.Gone),
            Changing = looks.Count(look => look?.Kind == LookKind.Changing),
            Items = [.. items.OrderBy(item => item.Name, StringComparer.Ordinal)],
            Failed = [.. failures.OfType<UnreadableException>().Select(failure => new UnreadPath(stream, failure.Path, failure.Message))],
        };
        return new(found, files.Folder, Engine.WithDurations(files.Folder, [.. durations]));
    }

    /// <summary>The places of the files that a sample holds, and of every suspect one; of all for null.</summary>
    private IEnumerable<int> Chosen(NamedSegments files, Sample? sample) => ToLookAt(files)
        .Where(one => sample is not { } part || part.Includes(one.Hash) || files.Folder.Segments[one.At].Kind == SegmentKind.Suspect)
        .Select(one => one.At);

    private string PathOf(Hour hour) => media is null ? Path.Combine(path, hour.ToString()) : path;

    private static Hour HourOf(Segment segment) => Hour.Of(new(segment.Start));

    /// <summary>The segments of an hour, each file once; null when its folder is gone.</summary>
    private NamedSegments? Files(Folder folder, Hour hour, CancellationToken stop)
    {
        if (media is null)
        {
            return reader.Files(folder, hour, stop) is { } files ? new(files.Folder, at => files.NameOf(at).ToArray()) : null;
        }

        List<(Segment Segment, string Path)> found =
            [.. media.In(hour).ToArray().DistinctBy(one => one.Path)];
        return new(new(hour.Number, [.. found.Select(one => one.Segment)], bad: 0), at => Encoding.UTF8.GetBytes(found[at].Path));
    }

    /// <summary>What a look gave, without what cannot be said of the file.</summary>
    private Look Judged(Look look, ReadOnlySpan<byte> name)
    {
        if (media is null || look.Verified is not { } verified)
        {
            return look;
        }

        // Only a name says that a file should be MPEG-TS.
        bool isTs = Encoding.UTF8.GetString(name).EndsWith(".ts", StringComparison.OrdinalIgnoreCase);
        return look with
        {
            Verified = new(
                [.. verified.Findings.Where(finding => OfMedia.Contains(finding) && (finding != Finding.NotTs || isTs))], verified.Length),
        };
    }

    private IEnumerable<Lookable> ToLookAt(NamedSegments files)
    {
        for (int at = 0; at < files.Folder.Segments.Length; at++)
        {
            Segment segment = files.Folder.Segments[at];
            if (segment.Kind != SegmentKind.Temp && new Instant(segment.End) <= before)
            {
                yield return new(at, Engine.PartHash(files.NameOf(at)));
            }
        }
    }
}
