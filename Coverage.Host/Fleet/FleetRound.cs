using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace Coverage.Host;

/// <summary>A finished round over the nodes of a fleet.</summary>
internal sealed record FleetRound : FinishedRound
{
    /// <summary>The look that was taken in it, with what is stuck.</summary>
    public required FleetLook Look { get; init; }

    /// <summary>The streams of which another thing is said than in the round before, or that are new or gone.</summary>
    public required ImmutableArray<StreamName> Changed { get; init; }

    /// <summary>The round that follows another.</summary>
    /// <param name="before">The round before; null for none.</param>
    /// <param name="look">The look that was taken in it.</param>
    public static FleetRound After(FleetRound? before, FleetLook look)
    {
        Dictionary<StreamName, FleetStream> earlier = before?.Look.Streams.ToDictionary(stream => stream.Stream) ?? [];
        bool isOfSameNodes = before is not null
            && before.Look.Nodes.Select(node => node.Node).SequenceEqual(look.Nodes.Select(node => node.Node));
        return new()
        {
            Number = (before?.Number ?? 0) + 1,
            Look = look,
            Changed =
            [
                .. look.Streams.Where(now => !isOfSameNodes
                    || !earlier.TryGetValue(now.Stream, out FleetStream? was)
                    || !SayTheSame(was, now)).Select(stream => stream.Stream),
                .. earlier.Keys.Except(look.Streams.Select(stream => stream.Stream)),
            ],
        };
    }

    private static bool SayTheSame(FleetStream one, FleetStream other) =>
        one.Known.SequenceEqual(other.Known)
        && one.Failures.SequenceEqual(other.Failures)
        && one.Stuck.SequenceEqual(other.Stuck)
        && (ReferenceEquals(one.Report, other.Report) || SayTheSame(one.Report, other.Report));

    private static bool SayTheSame(FleetReport one, FleetReport other) =>
        one.Extent.Equals(other.Extent)
        && one.Status == other.Status
        && one.Open.Equals(other.Open)
        && one.Deleted.Equals(other.Deleted)
        && one.Lost.Equals(other.Lost)
        && one.Copies.SequenceEqual(other.Copies)
        && one.Sole.SequenceEqual(other.Sole)
        && one.Blockers.SequenceEqual(other.Blockers)
        && one.Twins.SequenceEqual(other.Twins)
        && one.Nodes.Length == other.Nodes.Length
        && one.Nodes.Zip(other.Nodes).All(two => SayTheSame(two.First, two.Second));

    private static bool SayTheSame(NodeReport one, NodeReport other) =>
        one.Lengths.SequenceEqual(other.Lengths)
        && one.FillableByFull == other.FillableByFull
        && one.Unknown.Equals(other.Unknown)
        && one.Open.Equals(other.Open)
        && one.Deleted.Equals(other.Deleted)
        && one.Lost.Equals(other.Lost)
        && one.Fillable.SequenceEqual(other.Fillable)
        && one.Pending.SequenceEqual(other.Pending)
        && one.Withheld.SequenceEqual(other.Withheld)
        && one.Endangered.SequenceEqual(other.Endangered)
        && one.Files.Length == other.Files.Length
        && one.Files.Zip(other.Files).All(two => AreSame(two.First, two.Second));

    private static bool AreSame(FleetFile one, FleetFile other) =>
        (one.From, one.Fate, one.Reason, one.Hour) == (other.From, other.Fate, other.Reason, other.Hour)
        && MemoryExtensions.SequenceEqual(one.Names.NameAt(one.Place), other.Names.NameAt(other.Place));
}
