using System.Collections.Generic;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>What is known from asking a node.</summary>
/// <param name="Value">The latest answer; null while there was none.</param>
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

/// <summary>What a node lists of a stream. One that has no such stream lists nothing.</summary>
/// <param name="Hours">Its hours, in order, those that are unknown too.</param>
/// <param name="Files">The plain files beside the hours' folders that are not hidden.</param>
/// <param name="Folders">The folders beside them that are no hours, and not hidden.</param>
/// <param name="Failures">Why hours are unknown, as sentences that are safe on one line.</param>
internal sealed record StreamListing(
    ImmutableArray<NodeHour> Hours,
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

    /// <summary>The sizes in bytes of some segments of an hour, by their places among its names; -1 for a file that is gone.</summary>
    public abstract Task<Heard<long[]>> SizesAsync(
        StreamName stream, HourNames hour, IReadOnlyList<int> places, CancellationToken stop);

    /// <summary>The address, or the path, from which a copy of a segment is got.</summary>
    public abstract string AddressOf(StreamName stream, Hour hour, string name);
}
