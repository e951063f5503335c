using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A look at a fleet, for people: a block for each stream, with what to do about what is in it.</summary>
internal static class FleetTable
{
    private const int SpansShown = 10;

    /// <summary>Writes the block of one stream.</summary>
    public static void Write(this Table table, FleetLook look, FleetStream stream)
    {
        FleetReport report = stream.Report;
        string colour = report.Status switch
        {
            FleetStatus.Whole => "green",
            FleetStatus.Fillable or FleetStatus.Pending or FleetStatus.Deleted => "yellow",
            _ => "red",
        };
        table.Head(stream.Stream, colour, FleetText.ofStatus(report.Status), $"  {stream.Heard} of {Nodes(look.Nodes.Length)} heard");
        if (report.Extent.IsEmpty)
        {
            table.Say(2, "no node that was heard has anything of it; is the name right?");
        }
        else
        {
            table.Fact("extent", $"{Table.Time(report.Extent.From)} to {Table.Time(report.Extent.Until)} UTC");
            table.Fact(string.Empty, Texts.Length(report.Extent.Time));
            WriteKinds(table, look);
            WriteNodes(table, look, report);
            WriteStream(table, look, stream);
            foreach ((int node, NodeReport own) in report.Nodes.Index())
            {
                WriteNode(table, look, node, own);
            }
        }

        foreach (Blocker blocker in report.Blockers)
        {
            table.Fact("blocks", $"{look.Nodes[blocker.Node].Name}, {Engine.Printable(blocker.Path)}: {FleetAdvice.Of(blocker.Reason)}");
        }

        foreach (Twins twins in report.Twins)
        {
            table.Fact("clocks", $"{look.Nodes[twins.First].Name} and {look.Nodes[twins.Second].Name} have {twins.Count} equal segments at "
                + $"different times; the second is {Texts.Length(new Duration(twins.Median))} later. Set their clocks.");
        }

        table.Remark(string.Empty);
    }

    private static string Nodes(int count) => HourLog.Number(count, "node");

    /// <summary>A line for each node: how much time has each word, in how many spans. Words that no time has are left out.</summary>
    private static void WriteNodes(Table table, FleetLook look, FleetReport report)
    {
        ImmutableArray<FleetWord> words =
            [.. FleetJson.Words.Where(word => word == FleetWord.Had || report.Nodes.Any(node => node.Lengths[(int)word] > 0))];
        List<string[]> rows = [["node", .. words.Select(FleetText.ofWord)]];
        rows.AddRange(report.Nodes.Select((node, at) => (string[])[look.Nodes[at].Name, .. words.Select(word => Cell(node, word))]));
        int[] widths = [.. Enumerable.Range(0, words.Length + 1).Select(column => rows.Max(row => Lines.Columns(row[column])))];
        if (2 + widths.Sum() + (2 * words.Length) <= table.Width)
        {
            foreach (string[] row in rows)
            {
                table.Remark("  " + string.Join("  ", row.Select((cell, at) => cell + new string(' ', widths[at] - Lines.Columns(cell)))).TrimEnd());
            }
        }
        else
        {
            foreach (string[] row in rows.Skip(1))
            {
                table.Fact(row[0], string.Join("; ", words.Select((word, at) => $"{FleetText.ofWord(word)} {row[at + 1]}")));
            }
        }
    }

    /// <summary>What kind of node each is that is asked over HTTP.</summary>
    private static void WriteKinds(Table table, FleetLook look)
    {
        List<string> kinds = [.. look.Nodes.Where(node => node.Node.IsUrl && node.Kind is not null).Select(node => $"{node.Name} is {node.Kind}")];
        if (kinds.Count > 0)
        {
            table.Fact("asked", string.Join("; ", kinds));
        }
    }

    private static string Cell(NodeReport node, FleetWord word) => (new Duration(node.Lengths[(int)word]), Count(node, word)) switch
    {
        ({ Microseconds: 0 }, _) => "-",
        (var length, null) => $"{length} s",
        (var length, { } count) => $"{length} s in {count}",
    };

    private static int? Count(NodeReport node, FleetWord word) => word switch
    {
        FleetWord.Unknown => node.Unknown.Count,
        FleetWord.Fillable => Joined(node.Fillable).Length,
        FleetWord.Pending => Joined(node.Pending).Length,
        FleetWord.Withheld => Joined(node.Withheld).Length,
        FleetWord.Open => node.Open.Count,
        FleetWord.Deleted => node.Deleted.Count,
        FleetWord.Lost => node.Lost.Count,
        _ => null,
    };

    /// <summary>What no node has, and what only one has.</summary>
    private static void WriteStream(Table table, FleetLook look, FleetStream stream)
    {
        FleetReport report = stream.Report;
        WriteSet(table, "lost", report.Lost, FleetAdvice.Lost);
        string unheard = string.Join(", ", stream.Failures.Select(one => look.Nodes[one.Node].Name).Distinct());
        WriteSet(table, "open", report.Open, FleetAdvice.Open(unheard.Length == 0 ? "the others" : unheard));
        WriteSet(table, "deleted", report.Deleted, FleetAdvice.Deleted);
        foreach ((int node, long length) in report.Sole.Index().Where(one => one.Item > 0))
        {
            string heard = stream.Heard < look.Nodes.Length ? " of the nodes that were heard" : "";
            table.Fact("one copy", $"{Texts.Length(new Duration(length))} only on {look.Nodes[node].Name}{heard}");
        }
    }

    private static void WriteSet(Table table, string what, IntervalSet set, string advice)
    {
        if (!set.IsEmpty)
        {
            table.Fact(what, $"{Table.Spans(set)}. {advice}");
            table.WriteSpans(set.Intervals, "--format bed lists all");
        }
    }

    /// <summary>What comes to a node, what does not, and what is taken from it.</summary>
    private static void WriteNode(Table table, FleetLook look, int at, NodeReport node)
    {
        string name = look.Nodes[at].Name;
        int files = node.Files.Count(file => file.Fate == FleetFate.Offered);
        if (!node.Fillable.IsEmpty)
        {
            Duration by = new(node.FillableByFull);
            string full = by.Microseconds == node.Lengths[(int)FleetWord.Fillable] ? "" : $", {Texts.Length(by)} of it by full segments";
            WriteSpans(table, look, "fillable", $"{name} gets", node.Fillable,
                $"{full}. {FleetAdvice.Fillable($", with {HourLog.Number(files, "file")}", FleetAdvice.ByCommand(name))}");
        }

        WriteSpans(table, look, "pending", $"{name} gets", node.Pending,
            $". {FleetAdvice.Pending(look.Cutoff)}");
        foreach (IGrouping<FleetReason, FleetSpan> why in node.Withheld.GroupBy(span => span.Reason).OrderBy(why => why.Key))
        {
            WriteSpans(table, look, "withheld", $"{name} does not get", [.. why],
                $" ({FleetText.ofReason(why.Key)}). {FleetAdvice.Withheld(why.Key, name, FleetAdvice.ByCommand(name, withWithheld: true))}");
        }

        foreach (IGrouping<FleetReason, FleetSpan> why in node.Endangered.GroupBy(span => span.Reason).OrderBy(why => why.Key))
        {
            string marks = why.Key == FleetReason.Marked ? " by a mark" : "";
            WriteSpans(table, look, "endangered", $"{name} loses", [.. why], $". {FleetAdvice.Endangered(why.Key)}", marks + " on");
        }
    }

    private static void WriteSpans(
        Table table, FleetLook look, string what, string lead, ImmutableArray<FleetSpan> spans, string advice, string from = " from")
    {
        if (spans.IsEmpty)
        {
            return;
        }

        spans = Joined(spans);
        decimal seconds = Texts.Seconds(spans.Select(span => span.Time.Time));
        table.Fact(what, $"{lead} {Texts.Length(seconds)} in {HourLog.Number(spans.Length, "span")}{advice}");
        foreach (FleetSpan span in spans.Take(SpansShown))
        {
            string nodes = string.Join(", ", look.NamesOf(span.Nodes));
            table.Fact(string.Empty, $"{Table.Time(span.Time.From)} to {Table.Time(span.Time.Until)}, {Texts.Length(span.Time.Time)}"
                + (nodes.Length == 0 ? "" : $"{from} {nodes}"));
        }

        if (spans.Length > SpansShown)
        {
            table.Fact(string.Empty, $"and {spans.Length - SpansShown} more; --format bed lists all");
        }
    }

    /// <summary>Spans that touch as one, whether full segments cover them or not.</summary>
    private static ImmutableArray<FleetSpan> Joined(ImmutableArray<FleetSpan> spans)
    {
        var joined = ImmutableArray.CreateBuilder<FleetSpan>();
        foreach (FleetSpan span in spans)
        {
            if (joined.Count > 0 && joined[^1] is var last && last.Time.End == span.Time.Start
                && last.Reason == span.Reason && last.Nodes.Bits == span.Nodes.Bits)
            {
                joined[^1] = new(Engine.Interval(last.Time.Start, span.Time.End), last.Reason, last.ByFull && span.ByFull, last.Nodes);
            }
            else
            {
                joined.Add(span);
            }
        }

        return joined.DrainToImmutable();
    }
}
