using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>An hour that a node says it has.</summary>
/// <param name="Hour">The hour.</param>
/// <param name="Digest">Its digest, where the node gives digests.</param>
/// <param name="IsDue">Whether its names are to be asked for although some are known; where there is no digest.</param>
internal readonly record struct ListedHour(Hour Hour, HourDigest? Digest, bool IsDue);

/// <summary>What lies in the folder of a stream of a node, as it says.</summary>
/// <param name="Hours">Its hours, in order.</param>
/// <param name="Files">The plain files beside their folders.</param>
/// <param name="Folders">The folders beside them that are no hours.</param>
internal sealed record ListedStream(List<ListedHour> Hours, List<string> Files, List<string> Folders)
{
    /// <summary>There is no such stream.</summary>
    public static ListedStream None => new([], [], []);
}

/// <summary>What is remembered of a stream of a node between two looks.</summary>
internal sealed class StreamMemory
{
    /// <summary>The latest answer.</summary>
    public Heard<StreamListing> Heard { get; set; }

    /// <summary>The list of hours that the latest answer is from.</summary>
    public ListedStream? Listed { get; set; }

    /// <summary>The entity tag of the latest list of hours, and that list.</summary>
    public (string Tag, ListedStream Listed)? Tagged { get; set; }

    /// <summary>The hours that the node does not answer for: what it listed there before, if it did, and since when.</summary>
    public Dictionary<Hour, (HourDigest? Before, Instant Since)> Failing { get; set; } = [];

    /// <summary>The sizes that were asked for, by hour and name, a Latin-1 character for each byte.</summary>
    public ConcurrentDictionary<Hour, ConcurrentDictionary<string, long>> Sizes { get; } = [];

    /// <summary>Names that were read to see whether an hour changed: in this look, in hours where they are likely to be needed.</summary>
    public ConcurrentDictionary<Hour, HourNames> JustRead { get; } = [];

    /// <summary>Whether each name beside the hours is a file; null for neither file nor folder.</summary>
    public Dictionary<string, bool?> Beside { get; } = [];

    /// <summary>The hour that was asked for in turn.</summary>
    public Hour? Turn { get; set; }

    /// <summary>The last of the hours that were asked for because something is missing there.</summary>
    public Hour? WantedTurn { get; set; }

    /// <summary>The hours whose names decide more than those of others: something is missing there, or nodes differ.</summary>
    public IReadOnlySet<Hour> Wanted { get; set; } = new HashSet<Hour>();

    /// <summary>What the node listed in an hour when it last answered for it; null where it never did, or has no such hour.</summary>
    public HourDigest? Before(Hour hour)
    {
        if (Failing.TryGetValue(hour, out (HourDigest? Before, Instant Since) failing))
        {
            return failing.Before;
        }

        ImmutableArray<HourDigest> hours = Heard.Value?.Hours ?? [];
        int at = hours.BinarySearch(HourDigest.Unknown(hour), ByHour);
        return at < 0 ? null : hours[at];
    }

    private static readonly Comparer<HourDigest> ByHour = Comparer<HourDigest>.Create((one, other) => one.Hour.CompareTo(other.Hour));
}

/// <summary>How a kind of node answers over HTTP. Each call throws a <see cref="NodeException"/> where it does not.</summary>
internal abstract class NodeWire
{
    /// <summary>What kind of node it is, in a few words.</summary>
    public abstract string Kind { get; }

    /// <summary>The streams that the node has, of those channels and qualities; none of either is any.</summary>
    public abstract Task<List<StreamName>> StreamsAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, CancellationToken stop);

    /// <summary>The hours of a stream. Where the memory has the same, it is what the memory has.</summary>
    public abstract Task<ListedStream> HoursAsync(StreamName stream, StreamMemory memory, CancellationToken stop);

    /// <summary>The names of an hour; null where it is gone.</summary>
    public abstract Task<HourNames?> NamesAsync(StreamName stream, Hour hour, CancellationToken stop);

    /// <summary>The sizes of some files of an hour, by name; -1 for a file that is gone.</summary>
    public abstract Task<Dictionary<string, long>> SizesAsync(
        StreamName stream, Hour hour, IReadOnlyList<string> names, CancellationToken stop);
}
