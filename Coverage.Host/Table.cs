using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Spectre.Console;

namespace Coverage.Host;

/// <summary>The check's answer for people: a block for each stream.</summary>
internal sealed class Table(IAnsiConsole console)
{
    private const int HolesShown = 10;

    /// <summary>Writes to the standard output: coloured on a terminal, plain text elsewhere.</summary>
    public static Table OnOutput()
    {
        IAnsiConsole console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 100;
        }

        return new Table(console);
    }

    /// <summary>Writes the block of one stream.</summary>
    public void Write(StreamOutcome outcome)
    {
        string name = Markup.Escape(outcome.Stream.ToString());
        if (outcome.Failure is { } failure)
        {
            console.MarkupLineInterpolated($"[bold]{outcome.Stream}[/]  [red]failed[/]  {failure.Message}");
        }
        else if (outcome.Reading is null || outcome.Reading.Report.Status == Status.Empty)
        {
            console.MarkupLine($"[bold]{name}[/]  [red]empty[/]  nothing is recorded here, so nothing is known");
        }
        else
        {
            WriteReport(name, outcome.Reading.Report);
        }

        console.WriteLine();
    }

    private void WriteReport(string name, StreamReport report)
    {
        string colour = report.Status switch { Status.Complete => "green", Status.Partial => "yellow", _ => "red" };
        string status = report.Status.ToString().ToLowerInvariant();
        console.MarkupLine($"[bold]{name}[/]  [{colour}]{status}[/]  {Engine.CompletenessText(report)}");

        var facts = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(2)).AddColumn();
        Fact("extent", $"{Time(report.Extent.Start)} to {Time(report.Extent.End)} UTC, {Length(report.Extent.Length)}");
        Fact("covered", Length(report.Raw.Covered));
        Fact("holes", Gaps(report.Raw));
        if (!report.PartialOnly.IsEmpty)
        {
            Fact("partial-only", $"{report.PartialOnly.Count}, {Length(report.PartialOnly.Length)}");
        }

        Fact("editable", $"{Length(report.Editable.Covered)}; holes {Gaps(report.Editable)}");
        int bad = report.Hours.Sum(hour => hour.Bad);
        if (bad > 0)
        {
            Fact("bad names", bad.ToString(CultureInfo.InvariantCulture));
        }

        facts.AddRow(new Text("hours"), new Markup(HourBar(report)));
        console.Write(facts);
        WriteHoles(report.Raw.Holes);

        void Fact(string what, string value) => facts.AddRow(new Text(what), new Text(value));
    }

    private void WriteHoles(IntervalSet holes)
    {
        if (holes.IsEmpty)
        {
            return;
        }

        var table = new Spectre.Console.Table().Border(TableBorder.Simple)
            .AddColumn("hole from (UTC)").AddColumn("to").AddColumn(new TableColumn("length").RightAligned());
        foreach (Interval hole in holes.Intervals.OrderByDescending(hole => hole.Length).Take(HolesShown))
        {
            table.AddRow(Time(hole.Start), Time(hole.End), Length(hole.Length));
        }

        console.Write(new Padder(table).Padding(1, 0, 0, 0));
        if (holes.Count > HolesShown)
        {
            console.WriteLine($"  {holes.Count - HolesShown} shorter holes are not shown; --format bed lists all");
        }
    }

    private static string Gaps(StreamCoverage coverage) =>
        (coverage.Holes.IsEmpty ? "none" : $"{coverage.Holes.Count}, {Length(coverage.HoleLength)}")
        + (coverage.SeamLength == 0 ? "" : $" (and {Engine.Seconds(coverage.SeamLength)} s of seams)");

    /// <summary>
    /// The hours in a row: █ whole, ▒ only partly by full segments, ▄ with a hole, · without anything. Where there are more
    /// hours than fit, a mark stands for several and shows the worst of them.
    /// </summary>
    private static string HourBar(StreamReport report)
    {
        const int widest = 72;
        List<HourReport> hours = [.. report.Hours.Where(hour => !hour.Window.IsEmpty)];
        int each = ((hours.Count - 1) / widest) + 1;
        IEnumerable<string> marks = hours.Chunk(each).Select(some =>
            some.All(hour => hour.Raw.Covered == 0) ? "[red]·[/]"
            : some.Any(hour => hour.Raw.Holes > 0) ? "[red]▄[/]"
            : some.Any(hour => hour.PartialOnly > 0) ? "[yellow]▒[/]"
            : "[green]█[/]");
        string step = each == 1 ? "an hour each" : $"{each} hours each";
        string first = Engine.HourText(hours[0].Hour), last = Engine.HourText(hours[^1].Hour);
        return $"{string.Concat(marks)}  {first} to {last}, {step}: █ whole ▒ partial-only ▄ with a hole · nothing";
    }

    private static string Time(long instant) => Engine.InstantText(instant).Replace('T', ' ').TrimEnd('Z');

    /// <summary>A length as hours, minutes and exact seconds.</summary>
    private static string Length(long microseconds)
    {
        decimal seconds = Engine.Seconds(microseconds);
        (decimal hours, decimal rest) = (Math.Floor(seconds / 3600), seconds % 3600);
        decimal minutes = Math.Floor(rest / 60);
        string text = string.Create(CultureInfo.InvariantCulture, $"{rest % 60:0.######} s");
        return (hours, minutes) switch
        {
            (0, 0) => text,
            (0, _) => string.Create(CultureInfo.InvariantCulture, $"{minutes} min {text}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{hours} h {minutes} min {text}"),
        };
    }
}
