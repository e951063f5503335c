using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Coverage.Units;

namespace Coverage;

/// <summary>A stream to be checked; or, where a channel cannot be searched, why: then the quality may be <c>*</c>.</summary>
internal sealed record FoundStream(StreamName Stream, UnreadableException? Failure = null);

/// <summary>What a search found.</summary>
/// <param name="Streams">The streams, in the order asked for, or else of their names.</param>
/// <param name="Unnameable">
/// The folders met where channels and qualities are whose names are not UTF-8, so that no label, no file name of ours and
/// no line of a report could hold them: left out. Safe on one line, in order.
/// </param>
/// <param name="Left">The files that belong to none; null in an archive of the wubloader project.</param>
internal sealed record Found(List<FoundStream> Streams, IReadOnlyCollection<string> Unnameable, LeftOut? Left = null);

/// <summary>What of an archive of another layout, or of a list, belongs to no stream (semantics.md section 13).</summary>
/// <param name="PassedOver">How many files are none of the recorder's.</param>
/// <param name="Unplaced">How many media files no playlist lists.</param>
/// <param name="Unsized">At how many starts sizes would decide that the list does not have.</param>
internal sealed record LeftOut(int PassedOver = 0, int Unplaced = 0, int Unsized = 0)
{
    /// <summary>One of those that were passed over, a media file if there is one; null where none is named.</summary>
    public string? Example { get; init; }

    /// <summary>The one of two paths, either of which may be null, that is named rather: a media file's, else the first in order.</summary>
    public static string? Better(string? one, string? other) =>
        one is null || other is null ? one ?? other
        : IsMedia(one) != IsMedia(other) ? IsMedia(one) ? one : other
        : string.CompareOrdinal(one, other) <= 0 ? one : other;

    /// <summary>Whether a path has the ending of a media file.</summary>
    public static bool IsMedia(string path) =>
        System.IO.Path.GetExtension(path) is ".mp4" or ".ts" or ".mkv" or ".m4s" or ".mov" or ".flv" or ".webm";
}

/// <summary>
/// Searches an archive, BASE/CHANNEL/QUALITY/HOUR/segments (semantics.md section 1), for streams, again and again. It
/// remembers the folders of hours without segments, so that a later search opens only those that changed.
/// </summary>
/// <param name="baseFolder">The folder that holds the channels.</param>
/// <param name="time">The clock that tells how old a stamp is.</param>
/// <param name="stamps">Whether stamps of folders are trusted.</param>
/// <param name="countsMarks">Whether a folder of deletion marks alone counts, too: they end a back-filler's passes.</param>
internal sealed class StreamSearch(string baseFolder, TimeProvider time, StampPolicy stamps, bool countsMarks = false)
{
    /// <summary>The folders of hours that the last search knew to hold no listed name.</summary>
    private Dictionary<string, FolderStamp> empty = [];

    /// <summary>Those that this search has met, so that no folder is remembered that is gone.</summary>
    private Dictionary<string, FolderStamp> stillEmpty = [];

    /// <summary>What this search has left out.</summary>
    private SortedSet<string> unnameable = [];

    /// <summary>Why the folder of an archive cannot be read, or null when it can.</summary>
    public static UnreadableException? WhyUnreadable(string baseFolder)
    {
        try
        {
            using Folder? folder = Folder.Open(baseFolder);
            return folder?.StampOf() is null
                ? new(baseFolder, $"there is no folder {Engine.Printable(baseFolder)}; give the archive's with --base-dir")
                : null;
        }
        catch (UnreadableException e)
        {
            return e;
        }
    }

    /// <summary>
    /// The streams to check, not read yet: each quality of each channel. Where no channel is named it is every one found,
    /// a folder with at least one quality; where no quality is, every one found, a folder in which some hour's folder
    /// holds a listed name. What cannot be read counts, so that reading it says so.
    /// </summary>
    /// <param name="channels">The channels; none for all.</param>
    /// <param name="qualities">The qualities; none for all.</param>
    /// <param name="isKnown">Whether a stream is known to hold segments, which saves opening its folders.</param>
    /// <exception cref="UnreadableException">The base cannot be read.</exception>
    public Found Streams(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown)
    {
        stillEmpty = new(empty.Count);
        unnameable = new(StringComparer.Ordinal);

        // File systems keep lost+found for their own repairs, unreadable to all others.
        IEnumerable<string> candidates = channels.Count > 0 ? channels
            : (Named(baseFolder) ?? throw new UnreadableException(baseFolder, $"{Engine.Printable(baseFolder)} is gone"))
                .Where(name => name != "lost+found");
        List<FoundStream> found = [.. candidates.SelectMany(channel =>
            channels.Count > 0 && qualities.Count > 0 ? Each(channel, qualities)
            : InChannel(channel, channels.Count > 0, qualities, isKnown))];
        empty = stillEmpty;
        return new(found, unnameable);
    }

    private static IEnumerable<FoundStream> Each(string channel, IEnumerable<string> qualities) =>
        qualities.Select(quality => new FoundStream(new(channel, quality)));

    private IEnumerable<FoundStream> InChannel(
        string channel, bool isNamed, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown)
    {
        try
        {
            List<string> folders = Named(Path.Combine(baseFolder, channel)) ?? [];
            if (qualities.Count > 0)
            {
                bool isChannel = folders.Exists(folder => isKnown(new(channel, folder)))
                    || folders.Exists(folder => MayHoldSegments(new(channel, folder)));
                return isChannel ? Each(channel, qualities) : [];
            }

            List<string> found =
                folders.FindAll(folder => isKnown(new(channel, folder)) || MayHoldSegments(new(channel, folder)));

            // A channel that was named and has no quality stands as itself, to be reported as empty.
            return Each(channel, found.Count > 0 || !isNamed ? found : ["*"]);
        }
        catch (UnreadableException e)
        {
            return qualities.Count > 0 ? Each(channel, qualities) : [new(new(channel, "*"), e)];
        }
    }

    /// <summary>Whether some hour's folder holds a listed name, or cannot be read.</summary>
    private bool MayHoldSegments(StreamName stream)
    {
        string path = stream.PathIn(baseFolder);
        try
        {
            using Folder? folder = Folder.Open(path);
            return folder is not null && HourFolders.In(folder)?.Hours.Exists(hour => HoldsAny(folder, path, hour)) is true;
        }
        catch (UnreadableException)
        {
            return true;
        }
    }

    private bool HoldsAny(Folder stream, string streamPath, Hour hour)
    {
        string path = Path.Combine(streamPath, hour.ToString());
        DateTimeOffset now = time.GetUtcNow();
        if (stream.StampOf(Encoding.ASCII.GetBytes(hour.ToString())) is not { } stamp)
        {
            return false;
        }

        if (empty.TryGetValue(path, out FolderStamp before) && before == stamp)
        {
            stillEmpty[path] = stamp;
            return false;
        }

        using Folder? folder = Folder.Open(path);
        if (folder is null || HourReader.Glance(folder, hour, countsMarks) is not { } found)
        {
            return false;
        }

        // What a link leads to can change while the folder's stamp does not.
        if (!found.HoldsAny && !found.HasLinks && stamp.IsSettledAt(now, folder.TrustOf(stamps)))
        {
            stillEmpty[path] = stamp;
        }

        return found.HoldsAny;
    }

    /// <summary>The folders in a folder that can be named; null when there is no such folder.</summary>
    private List<string>? Named(string path)
    {
        using Folder? folder = Folder.Open(path);
        return folder?.Subfolders(name => unnameable.Add($"{Engine.Printable(path)}/{name}"), out _);
    }
}
