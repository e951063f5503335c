using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Coverage.CommandLine;

namespace Coverage.Host;

/// <summary>The name of a stream.</summary>
internal readonly record struct StreamName(string Channel, string Quality)
{
    /// <summary>CHANNEL/QUALITY, safe on one line.</summary>
    public override string ToString() => $"{Engine.Printable(Channel)}/{Engine.Printable(Quality)}";
}

/// <summary>What became of one stream in a look at the archive: a report, nothing when there is none, or a failure.</summary>
internal sealed record StreamOutcome(StreamName Stream, StreamReading? Reading, UnreadableException? Failure);

/// <summary>What lies in the folder of a stream.</summary>
/// <param name="Hours">Its hours, in order.</param>
/// <param name="Strange">The names of folders that are no hours; safe on one line.</param>
/// <param name="HasLinks">Whether any entry may be a link, so that changes elsewhere can change what the folder says.</param>
internal sealed record StreamFolder(List<int> Hours, List<string> Strange, bool HasLinks);

/// <summary>Where things are in a recorded archive (semantics.md section 1): BASE/CHANNEL/QUALITY/HOUR/segments.</summary>
internal sealed class Archive(string baseFolder, TimeProvider time, TrustStamps trustStamps)
{
    /// <summary>The folders of hours that were seen to hold no listed name, which need no second look while they rest.</summary>
    private Dictionary<string, FolderStamp> barren = [];

    /// <summary>Those of them that this search for streams has met, so that none is remembered that is gone.</summary>
    private Dictionary<string, FolderStamp> stillBarren = [];

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
            return folder?.StampOf() is null
                ? $"there is no folder {Engine.Printable(BaseFolder)}; give the archive's with --base-dir"
                : null;
        }
        catch (UnreadableException e)
        {
            return e.Message;
        }
    }

    /// <summary>What the stamps of folders are worth on a folder's file system.</summary>
    /// <exception cref="UnreadableException">The file system does not answer.</exception>
    public StampTrust TrustOf(Folder folder) => folder.TrustOf(trustStamps);

    /// <summary>The folder of a stream.</summary>
    public string PathOf(StreamName stream) => Path.Combine(BaseFolder, stream.Channel, stream.Quality);

    /// <summary>The folder of an hour.</summary>
    public string PathOf(StreamName stream, int hour) => Path.Combine(PathOf(stream), Engine.HourText(hour));

    /// <summary>
    /// The streams to look at, not read yet: each quality of each channel. Where no channel is named it is every one found,
    /// a folder with at least one quality; where no quality is, every one found, a folder in which some hour's folder
    /// holds a listed name. What cannot be looked into counts, so that reading it says so.
    /// </summary>
    /// <param name="channels">The channels; none for all.</param>
    /// <param name="qualities">The qualities; none for all.</param>
    /// <param name="isKnown">Whether a stream is known to hold segments, which saves looking.</param>
    /// <exception cref="UnreadableException">The base cannot be read.</exception>
    public List<StreamOutcome> Streams(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown)
    {
        stillBarren = new(barren.Count);

        // File systems keep lost+found for their own repairs, unreadable to all others.
        IEnumerable<string> candidates = channels.Count > 0 ? channels
            : (Named(BaseFolder) ?? throw new UnreadableException(BaseFolder, $"{Engine.Printable(BaseFolder)} is gone"))
                .Where(name => name != "lost+found");
        List<StreamOutcome> found = [.. candidates.SelectMany(channel =>
            channels.Count > 0 && qualities.Count > 0 ? qualities.Select(quality => Unread(channel, quality))
            : Found(channel, channels.Count > 0, qualities, isKnown))];
        barren = stillBarren;
        return found;
    }

    private IEnumerable<StreamOutcome> Found(
        string channel, bool isNamed, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown)
    {
        try
        {
            List<string> folders = Named(Path.Combine(BaseFolder, channel)) ?? [];
            if (qualities.Count > 0)
            {
                bool isChannel = folders.Exists(folder => isKnown(new(channel, folder)))
                    || folders.Exists(folder => MayHoldSegments(new(channel, folder)));
                return isChannel ? qualities.Select(quality => Unread(channel, quality)) : [];
            }

            List<StreamOutcome> found = [.. folders
                .Where(folder => isKnown(new(channel, folder)) || MayHoldSegments(new(channel, folder)))
                .Select(folder => Unread(channel, folder))];

            // A channel that was named and has no quality stands as itself, to be told of as empty.
            return found.Count > 0 || !isNamed ? found : [Unread(channel, "*")];
        }
        catch (UnreadableException e)
        {
            return qualities.Count > 0
                ? qualities.Select(quality => Unread(channel, quality))
                : [Unread(channel, "*") with { Failure = e }];
        }
    }

    private static StreamOutcome Unread(string channel, string quality) => new(new(channel, quality), null, null);

    /// <summary>Whether some hour's folder holds a listed name, or cannot be looked into.</summary>
    private bool MayHoldSegments(StreamName stream)
    {
        try
        {
            using Folder? folder = Folder.Open(PathOf(stream));
            return folder is not null && Hours(folder)?.Hours.Exists(hour => HoldsAny(folder, stream, hour)) is true;
        }
        catch (UnreadableException)
        {
            return true;
        }
    }

    private bool HoldsAny(Folder folder, StreamName stream, int hour)
    {
        string path = PathOf(stream, hour);
        DateTimeOffset now = time.GetUtcNow();
        if (folder.StampOf(Encoding.ASCII.GetBytes(Engine.HourText(hour))) is not { } stamp)
        {
            return false;
        }

        if (barren.TryGetValue(path, out FolderStamp before) && before == stamp)
        {
            stillBarren[path] = stamp;
            return false;
        }

        using Folder? hours = Folder.Open(path);
        if (hours is null || HourReader.LookInto(hours, hour) is not { } found)
        {
            return false;
        }

        // What a link leads to can change while the folder's stamp does not.
        if (!found.HoldsAny && !found.HasLinks && stamp.IsSettledAt(now, TrustOf(hours)))
        {
            stillBarren[path] = stamp;
        }

        return found.HoldsAny;
    }

    /// <summary>What lies in the folder of a stream; null when it is gone.</summary>
    /// <exception cref="UnreadableException">The folder cannot be read.</exception>
    public static StreamFolder? Hours(Folder stream)
    {
        var hours = new List<int>();
        var strange = new List<string>();
        if (Subfolders(stream, strange.Add, out bool hasLinks) is not { } names)
        {
            return null;
        }

        foreach (string name in names)
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
        return new StreamFolder(hours, strange, hasLinks);
    }

    /// <summary>The folders in a folder that can be named; null when there is no such folder.</summary>
    private List<string>? Named(string path)
    {
        using Folder? folder = Folder.Open(path);
        return folder is null ? null : Subfolders(folder, name => Unnameable.Add($"{Engine.Printable(path)}/{name}"), out _);
    }

    /// <summary>
    /// The folders in a folder that are not hidden, in order of name; null when it is gone. What cannot be looked up may be
    /// one.
    /// </summary>
    private static List<string>? Subfolders(Folder folder, Action<string> onUnnameable, out bool hasLinks)
    {
        var found = new List<string>();
        bool links = false;
        bool isThere = folder.ForEach((name, type) =>
        {
            links |= type is EntryType.Link or EntryType.Unknown;
            if (name[0] != (byte)'.' && MayBeFolder(folder, name, type))
            {
                string text = Encoding.UTF8.GetString(name);
                if (Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(name))
                {
                    found.Add(text);
                }
                else
                {
                    onUnnameable(Engine.Printable(name));
                }
            }
        });
        hasLinks = links;
        found.Sort(StringComparer.Ordinal);
        return isThere ? found : null;
    }

    private static bool MayBeFolder(Folder folder, ReadOnlySpan<byte> name, EntryType type)
    {
        try
        {
            return folder.KindOf(name, type) == EntryKind.Folder;
        }
        catch (UnreadableException)
        {
            return true;
        }
    }
}
