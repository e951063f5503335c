using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>How much of a look is written.</summary>
internal enum FleetDetail
{
    /// <summary>What the format has, and nothing else.</summary>
    Format,

    /// <summary>That, and what the service adds to it.</summary>
    Service,

    /// <summary>Of all that the totals alone, without spans and files.</summary>
    Totals,
}

/// <summary>A look at a fleet as JSON, in the format segment-coverage-fleet/1.</summary>
internal static class FleetJson
{
    /// <summary>The words of which the spans of a node carry no more than when.</summary>
    private static readonly ImmutableArray<(string Key, System.Func<NodeReport, IntervalSet> Of)> PlainWords =
        [("lost", node => node.Lost), ("open", node => node.Open), ("deleted", node => node.Deleted), ("unknown", node => node.Unknown)];

    /// <summary>The words in the order of their totals.</summary>
    public static readonly ImmutableArray<FleetWord> Words =
    [
        FleetWord.Had, FleetWord.Unknown, FleetWord.Fillable, FleetWord.Pending, FleetWord.Withheld, FleetWord.Open,
        FleetWord.Deleted, FleetWord.Lost,
    ];

    /// <summary>Writes the whole look as one document.</summary>
    public static void Write(Stream output, FleetLook look)
    {
        using var json = new Utf8JsonWriter(output, Json.Relaxed);
        json.WriteStartObject();
        json.WriteLook(look, FleetDetail.Format);
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    /// <summary>Writes a look into the object that is open.</summary>
    public static void WriteLook(this Utf8JsonWriter json, FleetLook look, FleetDetail detail)
    {
        json.WriteString("format", "segment-coverage-fleet/1");
        json.WriteString("now", look.Now.ToString());
        json.WriteSeconds("recent_cutoff_seconds", look.Cutoff);
        json.WriteNodes(look, detail);
        json.WriteStartArray("streams");
        foreach (FleetStream stream in look.Streams)
        {
            json.WriteStartObject();
            json.WriteStream(look, stream, detail);
            json.WriteEndObject();
            json.Flush();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the nodes and their state.</summary>
    public static void WriteNodes(this Utf8JsonWriter json, FleetLook look, FleetDetail detail)
    {
        json.WriteStartArray("nodes");
        foreach (NodeLook node in look.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("name", node.Node.Name);
            json.WriteString("at", node.Node.At);
            json.WriteBoolean("known", node.IsKnown);
            json.WriteBoolean("source", node.Node.IsSource);
            json.WriteString("checked", node.At?.ToString());
            json.WriteString("error", node.Failure);
            if (detail != FleetDetail.Format)
            {
                json.WriteString("kind", node.Kind);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteStream(this Utf8JsonWriter json, FleetLook look, FleetStream stream, FleetDetail detail)
    {
        FleetReport report = stream.Report;
        json.Write(Fields.Name, stream.Stream);
        json.WriteString("status", FleetText.ofStatus(report.Status));
        json.WriteSpan("extent", report.Extent);
        json.WriteNumber("expected", look.Nodes.Length);
        json.WriteNumber("heard", stream.Heard);
        json.WriteString("as_of", stream.AsOf?.ToString());
        if (detail != FleetDetail.Totals)
        {
            json.WriteArray("lost", Fields.Interval, report.Lost.Intervals);
            json.WriteArray("open", Fields.Interval, report.Open.Intervals);
            json.WriteArray("deleted", Fields.Interval, report.Deleted.Intervals);
        }

        if (detail != FleetDetail.Format)
        {
            json.WriteSeconds("lost_seconds", new(report.Lost.Length));
            json.WriteSeconds("open_seconds", new(report.Open.Length));
            json.WriteSeconds("deleted_seconds", new(report.Deleted.Length));
        }

        json.WriteStartArray("copies");
        foreach ((int copies, long length) in report.Copies.Index().Where(one => one.Item > 0))
        {
            json.WriteStartObject();
            json.WriteNumber("copies", copies);
            json.WriteSeconds("seconds", new(length));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("sole");
        foreach ((int node, long length) in report.Sole.Index().Where(one => one.Item > 0))
        {
            json.WriteStartObject();
            json.WriteString("node", look.Nodes[node].Node.Name);
            json.WriteSeconds("seconds", new(length));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("nodes");
        foreach ((int at, NodeReport node) in report.Nodes.Index())
        {
            json.WriteStartObject();
            json.WriteString("name", look.Nodes[at].Node.Name);
            json.WriteTotals(node);
            if (detail != FleetDetail.Totals)
            {
                json.WriteLists(look, node);
            }

            if (detail != FleetDetail.Format)
            {
                json.WriteMore(node, FleetSpans.StuckOf(stream, at), detail);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteRest(look, report, detail);
    }

    private static void WriteTotals(this Utf8JsonWriter json, NodeReport node)
    {
        json.WriteStartObject("seconds");
        foreach (FleetWord word in Words)
        {
            json.WriteSeconds(FleetText.ofWord(word), new(node.Lengths[(int)word]));
        }

        json.WriteEndObject();
        json.WriteSeconds("fillable_by_full_seconds", new(node.FillableByFull));
    }

    /// <summary>Writes the spans and files of a node.</summary>
    private static void WriteLists(this Utf8JsonWriter json, FleetLook look, NodeReport node)
    {
        json.WriteSpans("fillable", look, node.Fillable, withByFull: true);
        json.WriteSpans("pending", look, node.Pending);
        json.WriteSpans("withheld", look, node.Withheld, withReason: true);
        foreach ((string key, System.Func<NodeReport, IntervalSet> of) in PlainWords)
        {
            json.WriteArray(key, Fields.Interval, of(node).Intervals);
        }

        json.WriteSpans("endangered", look, node.Endangered, withReason: true, nodes: "by");
        json.WriteStartArray("offered");
        foreach (FleetFile file in node.Files.Where(file => file.Fate == FleetFate.Offered))
        {
            json.WriteStartObject();
            json.WriteString("segment", $"{new Hour(file.Hour)}/{file.Name}");
            json.WriteString("from", look.Nodes[file.From].Node.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes what the service adds of a node.</summary>
    private static void WriteMore(this Utf8JsonWriter json, NodeReport node, IntervalSet stuck, FleetDetail detail)
    {
        json.WriteSeconds("endangered_seconds", new(node.Endangered.Sum(span => span.Time.Length)));
        json.WriteSeconds("stuck_seconds", new(stuck.Length));
        json.WriteNumber("offered_files", node.Files.Count(file => file.Fate == FleetFate.Offered));
        json.WriteNumber("withheld_files", node.Files.Count(file => file.Fate == FleetFate.Withheld));
        if (detail == FleetDetail.Service)
        {
            json.WriteArray("stuck", Fields.Interval, stuck.Intervals);
        }
    }

    private static void WriteSpans(
        this Utf8JsonWriter json,
        string key,
        FleetLook look,
        IEnumerable<FleetSpan> spans,
        bool withByFull = false,
        bool withReason = false,
        string nodes = "from")
    {
        json.WriteStartArray(key);
        foreach (FleetSpan span in spans)
        {
            json.WriteStartObject();
            json.Write(Fields.Interval, span.Time);
            if (withByFull)
            {
                json.WriteBoolean("by_full", span.ByFull);
            }

            if (withReason)
            {
                json.WriteString("reason", FleetText.ofReason(span.Reason));
            }

            json.WriteNames(nodes, look, span.Nodes.Nodes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNames(this Utf8JsonWriter json, string key, FleetLook look, IEnumerable<int> nodes)
    {
        json.WriteStartArray(key);
        foreach (int node in nodes)
        {
            json.WriteStringValue(look.Nodes[node].Node.Name);
        }

        json.WriteEndArray();
    }

    private static void WriteRest(this Utf8JsonWriter json, FleetLook look, FleetReport report, FleetDetail detail)
    {
        json.WriteStartArray("blockers");
        foreach (Blocker blocker in report.Blockers)
        {
            json.WriteStartObject();
            json.WriteString("node", look.Nodes[blocker.Node].Node.Name);
            json.WriteString("path", blocker.Path);
            json.WriteString("reason", FleetText.ofBlocker(blocker.Reason));
            if (detail != FleetDetail.Format)
            {
                json.WriteString("advice", FleetAdvice.Of(blocker.Reason));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("twins");
        foreach (Twins twins in report.Twins)
        {
            json.WriteStartObject();
            json.WriteNames("nodes", look, [twins.First, twins.Second]);
            json.WriteNumber("count", twins.Count);
            json.WriteSeconds("median_seconds", new(twins.Median));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
