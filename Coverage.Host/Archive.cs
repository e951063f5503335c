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

/// <summary>A file whose size decides what is best for its start.</summary>
/// <param name="Name">Its name, a Latin-1 character for each byte.</param>
/// <param name="Size">In bytes; -1 for one that was gone.</param>
internal readonly record struct Rival(string Name, long Size);

/// <summary>What is to be known of an hour's folder beside its segments.</summary>
/// <param name="BadNames">The first bad names.</param>
/// <param name="Rivals">The files whose sizes were asked for, as they were.</param>
/// <param name="Stamp">The folder's stamp from before it was read.</param>
/// <param name="At">When the stamp was taken.</param>
/// <param name="HasLinks">Whether any entry is a link, so that changes elsewhere can change what the folder says.</param>
internal sealed record FolderFacts(
    ImmutableArray<BadName> BadNames, ImmutableArray<Rival> Rivals, FolderStamp Stamp, DateTimeOffset At, bool HasLinks);

/// <summary>What reading the folder of an hour gave.</summary>
internal sealed record HourReading(HourSelection Selection, FolderFacts Facts);

/// <summary>How far the reading of a stream is, in hours.</summary>
internal sealed record Progress(StreamName Stream, int Done, int Hours);

/// <summary>What became of one stream in a look at the archive: a report, nothing when there is none, or a failure.</summary>
internal sealed record StreamOutcome(StreamName Stream, StreamReading? Reading, UnreadableException? Failure);

/// <summary>Reads a recorded archive (semantics.md section 1): BASE/CHANNEL/QUALITY/HOUR/segments.</summary>
internal sealed class Archive(string baseFolder, TimeProvider time)
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
    public IReadOnlyList<string> Channels(Func<StreamName, bool> isKnown) =>
        [.. Named(BaseFolder).Where(name => name != "lost+found" && OrUnreadable(() => Qualities(name, isKnown).Count > 0))];

    /// <summary>Every quality of a channel: a folder in which some hour's folder holds a listed name.</summary>
    /// <exception cref="UnreadableException">The channel cannot be looked into.</exception>
    public IReadOnlyList<string> Qualities(string channel, Func<StreamName, bool> isKnown) =>
        [.. Named(Path.Combine(BaseFolder, channel))
            .Where(quality => isKnown(new(channel, quality)) || OrUnreadable(() => HoldsAnySegment(new(channel, quality))))];

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

    /// <summary>The folder of a stream.</summary>
    public string PathOf(StreamName stream) => Path.Combine(BaseFolder, stream.Channel, stream.Quality);

    /// <summary>
    /// The streams to look at, not read yet: each quality of each channel, all those found where none is named. What
    /// cannot be looked into is a failure.
    /// </summary>
    /// <param name="channels">The channels; none for all.</param>
    /// <param name="qualities">The qualities; none for all.</param>
    /// <param name="isKnown">Whether a stream is known to hold segments, which saves looking.</param>
    public IEnumerable<StreamOutcome> Streams(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown) =>
        (channels.Count > 0 ? channels : Channels(isKnown)).SelectMany(channel => qualities.Count > 0
            ? qualities.Select(quality => new StreamOutcome(new(channel, quality), null, null))
            : FoundIn(channel, isKnown));

    private IEnumerable<StreamOutcome> FoundIn(string channel, Func<StreamName, bool> isKnown)
    {
        // A channel without any quality stands as itself, to be told of as empty.
        var all = new StreamOutcome(new(channel, "*"), null, null);
        try
        {
            return Qualities(channel, isKnown).Select(quality => all with { Stream = new(channel, quality) }).DefaultIfEmpty(all);
        }
        catch (UnreadableException e)
        {
            return [all with { Failure = e }];
        }
    }

    /// <summary>Reads the folder of an hour, with the sizes that decide; null when it is gone.</summary>
    /// <exception cref="UnreadableException">It cannot be read.</exception>
    public HourReading? ReadHour(StreamName stream, int hour, CancellationToken stop)
    {
        using Folder? folder = Folder.Open(Path.Combine(PathOf(stream), Engine.HourText(hour)));
        DateTimeOffset at = time.GetUtcNow();
        if (folder?.StampOf() is not { } stamp)
        {
            return null;
        }

        ReadOnlyMemory<byte> names = Names(folder, out bool hasLinks, stop);
        Listing listing = Engine.Read(hour, names.Span);
        HourFolder found = listing.Folder;
        ImmutableArray<int> starts = listing.NameStarts;
        var rivals = ImmutableArray.CreateBuilder<Rival>();

        // A rival that is gone may leave others to be told apart, so until nothing is asked for any more.
        for (var asked = Engine.Contested(found); !asked.IsEmpty; asked = Engine.Contested(found))
        {
            stop.ThrowIfCancellationRequested();
            ImmutableArray<Rival> sized = [.. asked.Select(index => Sized(folder, Engine.NameAt(starts[index], names.Span)))];
            rivals.AddRange(sized);
            var gone = asked.Where((_, at) => sized[at].Size < 0).ToHashSet();
            found = Engine.WithSizes(found, asked, [.. sized.Select(rival => rival.Size)]);
            starts = [.. starts.Where((_, index) => !gone.Contains(index))];
        }

        HourSelection selection = Engine.Select(found);
        if (OnBest is not null)
        {
            var best = selection.Best.ToHashSet();
            OnBest(stream, found.Segments.Select((segment, index) => (segment, index))
                .Where(at => best.Contains(at.segment))
                .DistinctBy(at => at.segment.Start)
                .Select(at => Engine.Printable(Engine.NameAt(starts[at.index], names.Span))));
        }

        return new HourReading(selection, new FolderFacts(listing.BadNames, rivals.DrainToImmutable(), stamp, at, hasLinks));
    }

    /// <summary>Whether files that were asked for their sizes still have those.</summary>
    /// <exception cref="UnreadableException">A size cannot be looked up.</exception>
    public bool AreSame(StreamName stream, int hour, ImmutableArray<Rival> rivals)
    {
        if (rivals.IsEmpty)
        {
            return true;
        }

        using Folder? folder = Folder.Open(Path.Combine(PathOf(stream), Engine.HourText(hour)));
        return folder is not null && rivals.All(rival => Sized(folder, Encoding.Latin1.GetBytes(rival.Name)) == rival);
    }

    private static Rival Sized(Folder folder, ReadOnlySpan<byte> name) => new(Encoding.Latin1.GetString(name), folder.SizeOf(name));

    /// <summary>The names in an hour's folder that matter, each followed by a slash.</summary>
    private static ReadOnlyMemory<byte> Names(Folder folder, out bool hasLinks, CancellationToken stop)
    {
        byte[] names = new byte[160 * 1024];
        int used = 0;
        bool links = false;
        folder.ForEach((name, type) =>
        {
            stop.ThrowIfCancellationRequested();
            bool matters = Engine.IsListed(name) ? folder.KindOf(name, type) == EntryKind.File
                : Engine.IsMark(name) && folder.KindOf(name, type) != EntryKind.Gone;
            links |= type == EntryType.Link;
            if (matters)
            {
                if (used + name.Length + 1 > names.Length)
                {
                    Array.Resize(ref names, 2 * names.Length);
                }

                name.CopyTo(names.AsSpan(used));
                used += name.Length;
                names[used++] = (byte)'/';
            }
        });
        hasLinks = links;
        return names.AsMemory(0, used);
    }

    /// <summary>The hours of a stream in order, and the names of folders that are no hours, safe on one line.</summary>
    /// <exception cref="UnreadableException">The stream's folder cannot be read.</exception>
    public (List<int> Hours, List<string> Strange) Hours(StreamName stream)
    {
        var hours = new List<int>();
        var strange = new List<string>();
        foreach (string name in Subfolders(PathOf(stream), invalid => strange.Add(invalid)))
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
        foreach (int hour in Hours(stream).Hours)
        {
            using Folder? folder = Folder.Open(Path.Combine(PathOf(stream), Engine.HourText(hour)));
            if (folder is not null)
            {
                HourFolder found = Engine.Read(hour, Names(folder, out _, CancellationToken.None).Span).Folder;
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
