using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

namespace Coverage.Host;

/// <summary>The name of a stream.</summary>
internal readonly record struct StreamName(string Channel, string Quality)
{
    /// <summary>CHANNEL/QUALITY, safe on one line.</summary>
    public override string ToString() => $"{Engine.Printable(Channel)}/{Engine.Printable(Quality)}";
}

/// <summary>What reading a stream gave.</summary>
internal sealed class StreamReading
{
    /// <summary>Everything that is computed of it.</summary>
    public required StreamReport Report { get; init; }

    /// <summary>The first bad names of each hour that has any.</summary>
    public required IReadOnlyDictionary<int, ImmutableArray<BadName>> BadNames { get; init; }

    /// <summary>Folders where hours are expected whose names are none; safe on one line.</summary>
    public required IReadOnlyList<string> StrangeFolders { get; init; }

    /// <summary>The first and the last hour that has a folder, whether in the range looked at or not.</summary>
    public required (int First, int Last)? HoursPresent { get; init; }

    /// <summary>Whether any hour that has a folder lies in the range looked at.</summary>
    public required bool AnyInRange { get; init; }
}

/// <summary>How far the reading of a stream is, in hours.</summary>
internal sealed record Progress(StreamName Stream, int Done, int Hours);

/// <summary>What became of one stream in a look at the archive: a report, nothing when there is none, or a failure.</summary>
internal sealed record StreamOutcome(StreamName Stream, StreamReading? Reading, UnreadableException? Failure);

/// <summary>Reads a recorded archive (semantics.md section 1): BASE/CHANNEL/QUALITY/HOUR/segments.</summary>
internal sealed class Archive(string baseFolder)
{
    /// <summary>Called with each hour's best segment names, where somebody wants to know.</summary>
    public Action<StreamName, IEnumerable<string>>? OnBest { get; init; }

    /// <summary>The folder under which the channels are.</summary>
    public string BaseFolder { get; } = baseFolder;

    /// <summary>
    /// The folders met where channels and qualities are whose names are not UTF-8, so that no label, no file name of ours
    /// and no line of a report could hold them: left out. Safe on one line.
    /// </summary>
    public SortedSet<string> Unnameable { get; } = new(StringComparer.Ordinal);

    /// <summary>Why the base cannot be read, or null when it can.</summary>
    public string? WhyUnreadable()
    {
        try
        {
            using Folder? folder = Folder.Open(BaseFolder);
            return folder is null || !Directory.Exists(BaseFolder)
                ? $"there is no folder {Engine.Printable(BaseFolder)}; give the archive's with --base-dir"
                : null;
        }
        catch (UnreadableException e)
        {
            return e.Message;
        }
    }

    /// <summary>
    /// Every channel: a folder with at least one quality, hidden ones left alone. One that cannot be looked into counts,
    /// so that reading it says so; but for the folder that file systems keep for their own repairs.
    /// </summary>
    public IReadOnlyList<string> Channels() =>
        [.. Named(BaseFolder).Where(name => name != "lost+found" && OrUnreadable(() => Qualities(name).Count > 0))];

    /// <summary>Every quality of a channel: a folder in which some hour's folder holds a listed name.</summary>
    /// <exception cref="UnreadableException">The channel cannot be looked into.</exception>
    public IReadOnlyList<string> Qualities(string channel) =>
        [.. Named(Path.Combine(BaseFolder, channel))
            .Where(quality => OrUnreadable(() => HoldsAnySegment(new(channel, quality))))];

    private List<string> Named(string path) =>
        Subfolders(path, invalid => Unnameable.Add($"{Engine.Printable(path)}/{invalid}"));

    private static bool OrUnreadable(Func<bool> condition)
    {
        try
        {
            return condition();
        }
        catch (UnreadableException)
        {
            return true;
        }
    }

    /// <summary>Whether there is a folder for a stream.</summary>
    public bool Has(StreamName stream) => Directory.Exists(PathOf(stream));

    /// <summary>The folder of a stream.</summary>
    public string PathOf(StreamName stream) => Path.Combine(BaseFolder, stream.Channel, stream.Quality);

    /// <summary>
    /// The streams to look at, not read yet: each quality of each channel, all those found where none is named. What
    /// cannot be looked into is a failure.
    /// </summary>
    public IEnumerable<StreamOutcome> Streams(IReadOnlyList<string> channels, IReadOnlyList<string> qualities) =>
        (channels.Count > 0 ? channels : Channels()).SelectMany(channel => qualities.Count > 0
            ? qualities.Select(quality => new StreamOutcome(new(channel, quality), null, null))
            : FoundIn(channel));

    private IEnumerable<StreamOutcome> FoundIn(string channel)
    {
        // A channel without any quality stands as itself, to be told of as empty.
        var all = new StreamOutcome(new(channel, "*"), null, null);
        try
        {
            return Qualities(channel).Select(quality => all with { Stream = new(channel, quality) }).DefaultIfEmpty(all);
        }
        catch (UnreadableException e)
        {
            return [all with { Failure = e }];
        }
    }

    /// <summary>Reads a stream whole, whatever becomes of it.</summary>
    public StreamOutcome TryRead(StreamName stream, Settings settings, Action<Progress>? progress, CancellationToken stop)
    {
        try
        {
            return new(stream, Read(stream, settings, progress, stop), null);
        }
        catch (UnreadableException e)
        {
            return new(stream, null, e);
        }
    }

    /// <summary>Reads a stream whole; null when it has no folder.</summary>
    /// <exception cref="UnreadableException">Something that a number depends on cannot be read.</exception>
    public StreamReading? Read(StreamName stream, Settings settings, Action<Progress>? progress, CancellationToken stop)
    {
        string path = PathOf(stream);
        if (!Directory.Exists(path))
        {
            // Not there, or not to be seen: only the first is no error.
            using Folder? folder = Folder.Open(path);
            return null;
        }

        (List<int> present, List<string> strange) = Hours(path);
        List<int> hours = present.FindAll(hour => Engine.IsIn(settings, hour));
        var timelines = new List<HourTimeline>(hours.Count);
        var badNames = new Dictionary<int, ImmutableArray<BadName>>();
        Carry carry = Engine.Start;
        int done = 0;
        foreach (int hour in hours)
        {
            stop.ThrowIfCancellationRequested();
            if (ReadHour(stream, hour, stop) is { } listing)
            {
                HourTimeline timeline = Engine.Step(settings.Tolerance, carry, Engine.Select(listing.Folder));
                timelines.Add(timeline);
                carry = timeline.Carry;
                if (!listing.BadNames.IsEmpty)
                {
                    badNames[hour] = listing.BadNames;
                }
            }

            progress?.Invoke(new(stream, ++done, hours.Count));
        }

        return new StreamReading
        {
            Report = Engine.Report(settings, [.. timelines]),
            BadNames = badNames,
            StrangeFolders = strange,
            HoursPresent = present.Count == 0 ? null : (present[0], present[^1]),
            AnyInRange = hours.Count > 0,
        };
    }

    /// <summary>Reads the folder of an hour, with the sizes that decide; null when it is gone.</summary>
    private Listing? ReadHour(StreamName stream, int hour, CancellationToken stop)
    {
        using Folder? folder = Folder.Open(Path.Combine(PathOf(stream), Engine.HourText(hour)));
        if (folder is null)
        {
            return null;
        }

        ReadOnlyMemory<byte> names = Names(folder, stop);
        Listing listing = Engine.Read(hour, names.Span);
        HourFolder found = listing.Folder;
        ImmutableArray<int> starts = listing.NameStarts;

        // A rival that is gone may leave others to be told apart, so until nothing is asked for any more.
        for (var asked = Engine.Contested(found); !asked.IsEmpty; asked = Engine.Contested(found))
        {
            stop.ThrowIfCancellationRequested();
            ImmutableArray<long> sizes =
                [.. asked.Select(index => folder.SizeOf(Engine.NameAt(starts[index], names.Span)))];
            var gone = asked.Where((_, at) => sizes[at] < 0).ToHashSet();
            found = Engine.WithSizes(found, asked, sizes);
            starts = [.. starts.Where((_, index) => !gone.Contains(index))];
        }

        if (OnBest is not null)
        {
            var best = Engine.Select(found).Best.ToHashSet();
            OnBest(stream, found.Segments.Select((segment, index) => (segment, index))
                .Where(at => best.Contains(at.segment))
                .DistinctBy(at => at.segment.Start)
                .Select(at => Engine.Printable(Engine.NameAt(starts[at.index], names.Span))));
        }

        return new Listing(found, starts, listing.BadNames);
    }

    /// <summary>The names in an hour's folder that matter, each followed by a slash.</summary>
    private static ReadOnlyMemory<byte> Names(Folder folder, CancellationToken stop)
    {
        var names = new ArrayBufferWriter<byte>(64 * 1024);
        folder.ForEach((name, type) =>
        {
            stop.ThrowIfCancellationRequested();
            bool matters = Engine.IsListed(name) ? folder.KindOf(name, type) == EntryKind.File
                : Engine.IsMark(name) && folder.KindOf(name, type) != EntryKind.Gone;
            if (matters)
            {
                names.Write(name);
                names.Write("/"u8);
            }
        });
        return names.WrittenMemory;
    }

    /// <summary>The hours of a stream in order, and the names of folders that are no hours.</summary>
    private static (List<int> Hours, List<string> Strange) Hours(string path)
    {
        var hours = new List<int>();
        var strange = new List<string>();
        foreach (string name in Subfolders(path, invalid => strange.Add(invalid)))
        {
            if (Engine.TryParseHour(name, out int hour))
            {
                hours.Add(hour);
            }
            else
            {
                strange.Add(Engine.Printable(name));
            }
        }

        hours.Sort();
        strange.Sort(StringComparer.Ordinal);
        return (hours, strange);
    }

    private bool HoldsAnySegment(StreamName stream)
    {
        foreach (int hour in Hours(PathOf(stream)).Hours)
        {
            using Folder? folder = Folder.Open(Path.Combine(PathOf(stream), Engine.HourText(hour)));
            if (folder is not null)
            {
                HourFolder found = Engine.Read(hour, Names(folder, CancellationToken.None).Span).Folder;
                if (found.Segments.Length + found.Bad > 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The folders in a folder that are not hidden, links followed, in order of name.</summary>
    private static List<string> Subfolders(string path, Action<string> onInvalid)
    {
        var found = new List<string>();
        using Folder? folder = Folder.Open(path);
        folder?.ForEach((name, type) =>
        {
            if (name[0] != (byte)'.' && folder.KindOf(name, type) == EntryKind.Folder)
            {
                string text = Encoding.UTF8.GetString(name);
                if (Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(name))
                {
                    found.Add(text);
                }
                else
                {
                    onInvalid(Engine.Printable(name));
                }
            }
        });
        found.Sort(StringComparer.Ordinal);
        return found;
    }
}
