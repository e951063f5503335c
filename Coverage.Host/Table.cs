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
        if (!Console.IsOutputRedirected)
        {
            return new Table(AnsiConsole.Console);
        }

        // Plain whatever the environment is, and a file and the next program have no edge to wrap lines at.
        IAnsiConsole plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        plain.Profile.Width = 10_000;
        return new Table(plain);
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

        Fact("extent", $"{Time(report.Extent.Start)} to {Time(report.Extent.End)} UTC, {Length(report.Extent.Length)}");
        Fact("covered", Length(report.Raw.Covered));
        Fact("holes", Gaps(report.Raw));
        Fact("partial-only", Spans(report.PartialOnly));
        Fact("editable", $"{Length(report.Editable.Covered)}; holes {Gaps(report.Editable)}");
        List<Tally> overlaps =
            [.. report.Hours.Select(hour => hour.Overlaps.Full + hour.Overlaps.Suspect + hour.Overlaps.Partial)];
        if (overlaps.Sum(tally => (long)tally.Count) is var count and > 0)
        {
            Fact("overlaps", $"{count}, {Length(Formats.SumOfSeconds(overlaps.Select(tally => tally.Length)))} together");
        }

        long bad = report.Hours.Sum(hour => (long)hour.Bad);
        if (bad > 0)
        {
            Fact("bad names", bad.ToString(CultureInfo.InvariantCulture));
        }

        WriteHours(report);
        WriteHoles(report.Raw.Holes);
    }

    private void Fact(string what, string value) => console.WriteLine($"  {what,-13} {value}");

    /// <summary>
    /// The hours in a row. Where there are more than fit, a mark stands for several and shows the worst of them.
    /// </summary>
    private void WriteHours(StreamReport report)
    {
        const int widest = 72;
        List<HourReport> hours = [.. report.Hours.Where(hour => !hour.Window.IsEmpty)];
        int each = ((hours.Count - 1) / widest) + 1;
        IEnumerable<string> marks = hours.Chunk(each).Select(some =>
            some.Any(hour => hour.Raw.Covered == 0) ? "[red]·[/]"
            : some.Any(hour => hour.Raw.Holes > 0) ? "[red]▄[/]"
            : some.Any(hour => hour.PartialOnly > 0) ? "[yellow]▒[/]"
            : "[green]█[/]");
        string step = each == 1 ? "an hour each" : $"{each} hours each, the worst shown";
        Fact("hours", $"{Engine.HourText(hours[0].Hour)} to {Engine.HourText(hours[^1].Hour)}, {step}: "
            + "█ whole, ▒ partial-only, ▄ with a hole, · nothing");
        console.MarkupLine($"  {string.Empty,-13} {string.Concat(marks)}");
        if (hours[^1].Hour - hours[0].Hour >= hours.Count)
        {
            Fact(string.Empty, "not in the row: long runs of hours of which there is nothing at all");
        }
    }

    private void WriteHoles(IntervalSet holes)
    {
        if (holes.IsEmpty)
        {
            return;
        }

        console.WriteLine();
        console.MarkupLine($"  [bold]{"hole from (UTC)",-28}{"to",-28}{"length",20}[/]");
        foreach (Interval hole in holes.Intervals.OrderByDescending(hole => hole.Length).Take(HolesShown))
        {
            console.WriteLine($"  {Time(hole.Start),-28}{Time(hole.End),-28}{Length(hole.Length),20}");
        }

        if (holes.Count > HolesShown)
        {
            console.WriteLine($"  and {holes.Count - HolesShown} more, none longer; --format bed lists all");
        }
    }

    private static string Spans(IntervalSet spans) => spans.IsEmpty ? "none" : $"{spans.Count}, {Length(spans.Length)} together";

    private static string Gaps(StreamCoverage coverage) =>
        Spans(coverage.Holes)
        + (coverage.SeamLength == 0 ? "" : $" (and {Engine.Seconds(coverage.SeamLength)} s of seams)");

    private static string Time(long instant) => Engine.InstantText(instant).Replace('T', ' ').TrimEnd('Z');

    /// <summary>A length as hours, minutes and exact seconds.</summary>
    private static string Length(long microseconds) => Length(Engine.Seconds(microseconds));

    private static string Length(decimal seconds)
    {
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
