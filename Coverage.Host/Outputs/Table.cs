using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Coverage.Units;
using Spectre.Console;

namespace Coverage.Host;

/// <summary>What the check found, for people: a block for each stream, no line longer than the terminal, no word broken.</summary>
internal sealed class Table(IAnsiConsole console, int width)
{
    private const int HolesShown = 10;

    /// <summary>The column in which what is said of a stream begins.</summary>
    private const int Indent = 16;

    /// <summary>What is left of an hour, by the eighths of it that are missing.</summary>
    private const string Bars = "█▇▆▅▄▃▂▁";

    /// <summary>Writes to the standard output: coloured on a terminal, plain text elsewhere.</summary>
    public static Table OnOutput()
    {
        IAnsiConsole console = Console.IsOutputRedirected
            ? AnsiConsole.Create(new AnsiConsoleSettings
            {
                // Plain whatever the environment is.
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            })
            : AnsiConsole.Console;

        // Lines are broken here, between words; the library would break a long word.
        console.Profile.Width = 10_000;
        return new Table(console, Lines.Width);
    }

    /// <summary>Writes the block of one stream.</summary>
    /// <param name="outcome">What the check of the stream gave.</param>
    /// <param name="whyEmpty">Why nothing was checked, where the archive may hold more; null where that is not so.</param>
    public void Write(StreamRound outcome, string? whyEmpty)
    {
        if (outcome.Failure is { } failure)
        {
            Head(outcome.Stream, "red", "failed");
            Say(2, failure.Message);
        }
        else if (outcome.Reading is null || outcome.Reading.Report.Status == Status.Empty)
        {
            Head(outcome.Stream, "red", "empty");
            long bad = outcome.Reading?.Report.BadNames ?? 0;
            Say(2, whyEmpty is not null ? whyEmpty
                : bad == 0 ? "nothing is recorded here, so nothing is known"
                : $"{Names(bad)} here, and no segment, so nothing is known; the standard error says what is wrong with them");
        }
        else
        {
            WriteReport(outcome.Stream, outcome.Reading.Account);
        }

        console.WriteLine();
    }

    /// <summary>Writes a sentence about the whole answer.</summary>
    public void Remark(string words) => Say(0, words);

    /// <summary>The name of a stream with its status beside it, or below it where the line would be too long.</summary>
    private void Head(StreamName stream, string colour, string status, string more = "")
    {
        string name = stream.ToString();
        bool fits = Lines.Columns($"{name}  {status}{more}") <= width;
        console.MarkupLine($"[bold]{Markup.Escape(name)}[/]{(fits ? "" : "\n")}  [{colour}]{status}[/]{more}");
    }

    private static string Names(long bad) => bad == 1 ? "1 bad name" : $"{bad} bad names";

    private void WriteReport(StreamName stream, Account account)
    {
        StreamReport report = account.Facts.Report;
        string colour = report.Status switch { Status.Complete => "green", Status.Partial => "yellow", _ => "red" };
        Head(stream, colour, Texts.Status(report), $"  {Engine.CompletenessText(account)}");
        Fact("extent", $"{Time(report.Extent.From)} to {Time(report.Extent.Until)} UTC");
        Fact(string.Empty, Texts.Length(report.Extent.Time));
        Fact("covered", Texts.Length(new Duration(report.Raw.Covered)));
        Fact("holes", Gaps(report.Raw));
        Fact("partial-only", Spans(report.PartialOnly));
        Fact("editable", $"{Texts.Length(new Duration(report.Editable.Covered))}; holes {Gaps(report.Editable)}");
        if (report.Overlaps is { Count: > 0 } overlaps)
        {
            Fact("overlaps", $"{overlaps.Count}, total {Texts.Length(overlaps.Seconds)}");
        }

        if (report.BadNames > 0)
        {
            Fact("bad names", report.BadNames.ToString(CultureInfo.InvariantCulture));
        }

        WriteHours(report);
        WriteHoles(report.Raw.Holes);
    }

    private void Fact(string what, string value) => Say(Indent, value, $"  {what,-13} ");

    /// <summary>Writes words on as many lines as they take, each indented; the first begins with a heading instead.</summary>
    private void Say(int indent, string words, string? heading = null)
    {
        foreach (string line in Lines.Of(heading ?? new string(' ', indent), indent, words, width))
        {
            console.WriteLine(line);
        }
    }

    /// <summary>
    /// The hours in a row. Where there are more than fit, a mark stands for several and shows the worst of them.
    /// </summary>
    private void WriteHours(StreamReport report)
    {
        int widest = width - Indent;
        List<HourReport> hours = [.. report.Hours.Where(hour => !hour.Window.IsEmpty)];
        int each = ((hours.Count - 1) / widest) + 1;
        IEnumerable<string> marks = hours.Chunk(each).Select(some =>
            some.Any(hour => hour.Raw.Covered == 0) ? "[red]·[/]"
            : some.Any(hour => hour.Raw.Holes > 0) ? $"[red]{Bars[some.Max(Missing)]}[/]"
            : some.Any(hour => hour.PartialOnly > 0) ? "[yellow]▒[/]"
            : "[green]█[/]");
        string step = each == 1 ? "an hour each" : $"{each} hours each, the worst shown";
        Fact("hours", $"{new Hour(hours[0].Hour)} to {new Hour(hours[^1].Hour)}, {step}:");
        Fact(string.Empty, "█ whole, ▒ partial-only, ▇ to ▁ the more missing, · nothing");
        console.MarkupLine($"{new string(' ', Indent)}{string.Concat(marks)}");
        if (hours[^1].Hour - hours[0].Hour >= hours.Count)
        {
            Fact(string.Empty, "not in the row: long runs of hours of which there is nothing at all");
        }
    }

    /// <summary>What holes take of an hour's window, in eighths of which the last is for an hour of which nothing is left.</summary>
    private static int Missing(HourReport hour) =>
        Math.Min(7, Engine.MissingEighths(1 - ((decimal)hour.Raw.HoleLength / hour.Window.Length)));

    private void WriteHoles(IntervalSet holes)
    {
        if (holes.IsEmpty)
        {
            return;
        }

        List<Interval> longest = [.. holes.Intervals.OrderByDescending(hole => hole.Length).Take(HolesShown)];
        List<string> rows = [.. longest.Select(hole => $"  {Time(hole.From),-27}{Time(hole.Until),-27}{Texts.Length(hole.Time),24}")];
        bool fits = rows.TrueForAll(row => row.Length <= width);
        console.WriteLine();
        console.MarkupLine($"  [bold]{(fits ? $"{"hole from (UTC)",-27}{"to",-27}{"length",24}" : "holes (UTC)")}[/]");
        for (int at = 0; at < rows.Count; at++)
        {
            Interval hole = longest[at];
            Say(4, fits ? rows[at].TrimStart() : $"{Time(hole.From)} to {Time(hole.Until)}, {Texts.Length(hole.Time)}", "  ");
        }

        if (holes.Count > HolesShown)
        {
            Say(2, $"and {holes.Count - HolesShown} more, none longer; --format bed lists all");
        }
    }

    private static string Spans(IntervalSet spans) => spans.IsEmpty ? "none" : $"{spans.Count}, total {Texts.Length(new Duration(spans.Length))}";

    private static string Gaps(StreamCoverage coverage) =>
        Spans(coverage.Holes)
        + (coverage.SeamLength == 0 ? "" : $" (and {new Duration(coverage.SeamLength)} s of seams)");

    private static string Time(Instant instant) => instant.ToString().Replace('T', ' ').TrimEnd('Z');
}
