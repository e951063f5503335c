using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>What a fleet says of a node's stream.</summary>
internal readonly record struct NodeStream(FleetStream Stream, NodeLook Node, int At)
{
    /// <summary>The report of the node.</summary>
    public NodeReport Report => Stream.Report.Nodes[At];
}

/// <summary>A look at a fleet as CSV and as BED.</summary>
internal static class FleetRows
{
    private static readonly ImmutableArray<Field<NodeStream>> Row =
    [
        .. Fields.All(Fields.Name, (NodeStream row) => row.Stream.Stream),
        new("status", Unit.Text, "The stream in one word", row => FleetText.ofStatus(row.Stream.Report.Status)),
        new("node", Unit.Text, "The node", row => row.Node.Node.Name),
        .. FleetJson.Words.Select(word => new Field<NodeStream>($"{FleetText.ofWord(word)}_seconds", Unit.Seconds,
            $"How much of the fleet's extent is {FleetText.ofWord(word)} for the node", row => new Duration(row.Report.Lengths[(int)word]))),
        new("fillable_by_full_seconds", Unit.Seconds, "How much of the fillable time full segments will cover",
            row => new Duration(row.Report.FillableByFull)),
        new("endangered_seconds", Unit.Seconds, "What the next back-filling takes away",
            row => new Duration(row.Report.Endangered.Sum(span => span.Time.Length))),
        new("sole_seconds", Unit.Seconds, "What only this node has", row => new Duration(row.Stream.Report.Sole[row.At])),
        new("offered", Unit.Count, "How many files back-filling brings", row => row.Report.Files.Count(file => file.Fate == FleetFate.Offered)),
    ];

    /// <summary>Writes a row for each node of each stream.</summary>
    public static void WriteCsv(Stream output, FleetLook look) =>
        Csv.Write(output, Row, look.Streams.SelectMany(stream => look.Nodes.Select((node, at) => new NodeStream(stream, node, at))));

    /// <summary>Writes a line for each span of each node that the node lacks or will lose, sorted: after the columns of BED the node,
    /// then the reason, then the nodes it comes from or whose marks hide it; a point where there is none.</summary>
    public static void WriteBed(Stream output, FleetLook look)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        foreach (FleetStream stream in look.Streams.OrderBy(stream => stream.Stream.ToString(), StringComparer.Ordinal))
        {
            IEnumerable<FleetSpanOf> spans = look.Nodes
                .SelectMany((_, node) => FleetSpans.Of(stream, node))
                .OrderBy(one => one.Span.Time.Start)
                .ThenBy(one => one.Span.Time.End);
            foreach (FleetSpanOf span in spans)
            {
                text.WriteLine(BedLine(look, span));
            }
        }
    }

    /// <summary>A span as a line of BED.</summary>
    public static string BedLine(FleetLook look, FleetSpanOf one)
    {
        string reason = one.Span.Reason == FleetReason.None ? "." : FleetText.ofReason(one.Span.Reason);
        string nodes = one.Span.Nodes.IsEmpty ? "." : string.Join(',', look.NamesOf(one.Span.Nodes));
        string node = one.Node is { } place ? look.Nodes[place].Name : ".";
        return Bed.Line(new(one.Stream, one.Span.Time), $"{one.Word}\t{node}\t{reason}\t{nodes}");
    }
}
