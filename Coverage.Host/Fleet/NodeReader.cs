using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>What is known from asking a node.</summary>
/// <param name="Value">The latest answer; null while there was none, or where there is no such thing.</param>
/// <param name="At">As of when it holds: the T of semantics.md section 10; null while there was none.</param>
/// <param name="Failure">Why the latest try got no answer, as a sentence that is safe on one line; null when it got one.</param>
internal readonly record struct Heard<T>(T? Value, Instant? At, string? Failure)
    where T : class
{
    /// <summary>An answer.</summary>
    public static Heard<T> Answer(T value, Instant at) => new(value, at, null);

    /// <summary>No answer, and none before.</summary>
    public static Heard<T> Nothing(string why) => new(null, null, why);
}

/// <summary>What a node lists in an hour, in short; without a count the hour is unknown.</summary>
/// <param name="Hour">The hour.</param>
/// <param name="Count">How many names are listed and how many marks there are, together.</param>
/// <param name="Digest">See <c>HourNames.Digest</c>.</param>
internal readonly record struct HourDigest(Hour Hour, int? Count, UInt128 Digest)
{
    /// <summary>The digest of names.</summary>
    public static HourDigest Of(HourNames names) => new(new(names.Hour), names.Count, names.Digest);

    /// <summary>An hour of which nothing is known.</summary>
    public static HourDigest Unknown(Hour hour) => new(hour, null, 0);

    /// <summary>An hour whose folder lists nothing.</summary>
    public static HourDigest Empty(Hour hour) => new(hour, 0, 0);
}

/// <summary>What a node lists of a stream. One that has no such stream lists nothing.</summary>
/// <param name="Hours">Its hours, in order, those that are unknown too. Of hours that the settings leave out nothing but that they
/// are there has to be right.</param>
/// <param name="Files">The plain files beside the hours' folders that are not hidden.</param>
/// <param name="Folders">The folders beside them that are no hours, and not hidden.</param>
/// <param name="Failures">Why hours are unknown, as sentences that are safe on one line.</param>
internal sealed record StreamListing(
    ImmutableArray<HourDigest> Hours,
    ImmutableArray<string> Files,
    ImmutableArray<string> Folders,
    ImmutableArray<string> Failures);

/// <summary>How one node is asked. A call throws only when it is stopped: it returns in words what the node did not answer.</summary>
internal abstract class NodeReader
{
    /// <summary>What kind of node it is, in a few words; null while that is not found out.</summary>
    public abstract string? Kind { get; }

    /// <summary>The streams that the node has, of those channels and qualities; none of either is any.</summary>
    public abstract Task<Heard<IReadOnlyList<StreamName>>> StreamsAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, CancellationToken stop);

    /// <summary>What the node lists of a stream, in the hours that the settings leave.</summary>
    public abstract Task<Heard<StreamListing>> ListAsync(StreamName stream, Settings settings, CancellationToken stop);

    /// <summary>The names that the node lists in an hour. They may be others than at the time of the list; there are none, and no
    /// failure, where the hour is gone.</summary>
    public abstract Task<Heard<HourNames>> NamesAsync(StreamName stream, Hour hour, CancellationToken stop);

    /// <summary>The sizes in bytes of some segments of an hour, by their places among its names; -1 for a file that is gone.</summary>
    public abstract Task<Heard<long[]>> SizesAsync(
        StreamName stream, HourNames hour, IReadOnlyList<int> places, CancellationToken stop);

    /// <summary>Says in which hours the nodes differ, or time is missing: what they list there is to be as new as can be.</summary>
    public virtual void Want(StreamName stream, IReadOnlySet<Hour> hours)
    {
    }

    /// <summary>The address, or the path, from which a copy of a segment is got.</summary>
    public abstract string AddressOf(StreamName stream, Hour hour, string name);
}
