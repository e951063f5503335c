using System.Collections.Immutable;

namespace Coverage.Host;

/// <summary>A finished round over the nodes of a fleet.</summary>
internal sealed record FleetRound : FinishedRound
{
    /// <summary>The look that was taken in it, with what is stuck.</summary>
    public required FleetLook Look { get; init; }

    /// <summary>The streams of which another thing is said than in the round before, or that are new or gone.</summary>
    public required ImmutableArray<StreamName> Changed { get; init; }
}
