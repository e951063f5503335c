using System.Collections.Immutable;
using System.Linq;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A node in one look at a fleet.</summary>
/// <param name="Node">The node.</param>
/// <param name="Reader">How it is asked.</param>
/// <param name="At">As of when it was heard; null while it never was.</param>
/// <param name="IsKnown">Whether it was heard lately enough.</param>
/// <param name="Failure">The first thing that the node did not answer, as a sentence; null when it answered all.</param>
internal sealed record NodeLook(FleetNode Node, NodeReader Reader, Instant? At, bool IsKnown, string? Failure)
{
    /// <summary>Its name, safe on one line.</summary>
    public string Name => Engine.Printable(Node.Name);

    /// <summary>What kind of node it is; null while that is not found out.</summary>
    public string? Kind { get; init; } = Reader.Kind;
}

/// <summary>A stream in one look at a fleet.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Report">What the fleet says of it.</param>
/// <param name="Known">For each node, whether what it lists of the stream is known.</param>
/// <param name="AsOf">The least T of the nodes that were heard; null where none was.</param>
/// <param name="Failures">What each node did not answer, as sentences.</param>
internal sealed record FleetStream(
    StreamName Stream,
    FleetReport Report,
    ImmutableArray<bool> Known,
    Instant? AsOf,
    ImmutableArray<(int Node, string Failure)> Failures)
{
    /// <summary>How many nodes were heard.</summary>
    public int Heard => Known.Count(known => known);

    /// <summary>For each node, what has been fillable for too long (semantics.md section 10.2); empty in a look that has none before it.</summary>
    public ImmutableArray<IntervalSet> Stuck { get; init; } = [];
}

/// <summary>One look at a fleet.</summary>
/// <param name="Now">The instant of it.</param>
/// <param name="Cutoff">What is younger is not back-filled yet.</param>
/// <param name="Nodes">The nodes, in the order given.</param>
/// <param name="Streams">The streams, in the order asked for, or else of their names.</param>
internal sealed record FleetLook(Instant Now, Duration Cutoff, ImmutableArray<NodeLook> Nodes, ImmutableArray<FleetStream> Streams)
{
    /// <summary>The names of some nodes, safe on one line.</summary>
    public ImmutableArray<string> NamesOf(NodeSet nodes) => [.. nodes.Nodes.Select(node => Nodes[node].Name)];
}
