using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A word for time on a node: one of the eight of <see cref="FleetWord"/>, which have the same numbers, or one beside them.</summary>
internal enum FleetTold : byte
{
    Had,
    Unknown,
    Fillable,
    Pending,
    Withheld,
    Open,
    Deleted,
    Lost,
    Endangered,
    Stuck,
}

/// <summary>A span of a stream with its word on one node, or on all nodes.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Node">The place of the node; null for a span that no node has.</param>
/// <param name="Told">The word.</param>
/// <param name="Span">When, why, and which nodes have it or take it away.</param>
internal readonly record struct FleetSpanOf(StreamName Stream, int? Node, FleetTold Told, FleetSpan Span)
{
    /// <summary>The word as JSON, CSV and BED write it.</summary>
    public string Word => Told.ToString().ToLowerInvariant();
}

/// <summary>Lists the spans of a stream, each with its word.</summary>
internal static class FleetSpans
{
    /// <summary>The spans of a node in which it lacks or will lose something; those of each word in order.</summary>
    public static IEnumerable<FleetSpanOf> Of(FleetStream stream, int node)
    {
        NodeReport report = stream.Report.Nodes[node];
        return
        [
            .. Of(stream, node, FleetTold.Unknown, report.Unknown),
            .. Of(stream, node, FleetTold.Fillable, report.Fillable),
            .. Of(stream, node, FleetTold.Pending, report.Pending),
            .. Of(stream, node, FleetTold.Withheld, report.Withheld),
            .. Of(stream, node, FleetTold.Open, report.Open),
            .. Of(stream, node, FleetTold.Deleted, report.Deleted),
            .. Of(stream, node, FleetTold.Lost, report.Lost),
            .. Of(stream, node, FleetTold.Endangered, report.Endangered),
            .. Of(stream, node, FleetTold.Stuck, StuckOf(stream, node)),
        ];
    }

    /// <summary>The spans that a node has.</summary>
    public static IEnumerable<FleetSpanOf> HadBy(FleetStream stream, int node)
    {
        var lacking = IntervalSetModule.ofIntervals(
            Of(stream, node).Where(one => one.Told <= FleetTold.Lost).Select(one => one.Span.Time));
        return Of(stream, node, FleetTold.Had, IntervalSetModule.gaps(stream.Report.Extent, lacking));
    }

    /// <summary>The spans that no node has that was heard.</summary>
    public static IEnumerable<FleetSpanOf> OfStream(FleetStream stream) =>
    [
        .. Of(stream, null, FleetTold.Open, stream.Report.Open),
        .. Of(stream, null, FleetTold.Deleted, stream.Report.Deleted),
        .. Of(stream, null, FleetTold.Lost, stream.Report.Lost),
    ];

    /// <summary>What has been fillable for too long on a node; nothing in a first look.</summary>
    public static IntervalSet StuckOf(FleetStream stream, int node) => stream.Stuck.IsEmpty ? default : stream.Stuck[node];

    private static IEnumerable<FleetSpanOf> Of(FleetStream stream, int? node, FleetTold told, IntervalSet set) =>
        Of(stream, node, told, [.. set.Intervals.Select(time => new FleetSpan(time, FleetReason.None, false, default))]);

    private static IEnumerable<FleetSpanOf> Of(FleetStream stream, int? node, FleetTold told, ImmutableArray<FleetSpan> spans) =>
        spans.Select(span => new FleetSpanOf(stream.Stream, node, told, span));
}
