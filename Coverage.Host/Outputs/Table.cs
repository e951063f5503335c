using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using Coverage.Units;
using Spectre.Console;

namespace Coverage.Host;

/// <summary>What the check found, for people: a block for each stream, no line longer than the terminal, no word broken.</summary>
internal sealed class Table(IAnsiConsole console, int width)
{
    /// <summary>The columns of a line.</summary>
    public int Width => width;

    private const int SpansShown = 10;

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
        else if (outcome.Judgement!.Account.Span.IsEmpty)
        {
            Head(outcome.Stream, "red", Texts.Of(Verdict.Empty));
            long bad = Totals.Of(outcome.Report!).BadNames;
            Say(2, whyEmpty is not null ? whyEmpty
                : bad == 0 ? "nothing is recorded here, so nothing is known"
                : $"{Names(bad)} here, and no segment, so nothing is known; the standard error says what is wrong with them");
        }
        else
        {
            WriteVerdict(outcome.Stream, outcome.Judgement);
            if (whyEmpty is not null)
            {
                Say(2, whyEmpty);
            }

            WriteFacts(outcome.Report!, outcome.Reading?.Media is not null);
            WriteMedia(outcome.Reading?.Media);
            WriteEmptyFiles(outcome.EmptyFiles);
        }

        console.WriteLine();
    }

    /// <summary>What of another layout is left out, and what may make the figures other than they seem.</summary>
    private void WriteMedia(MediaFacts? facts)
    {
        if (facts is null)
        {
            return;
        }

        Fact("tolerance", $"{new Duration(facts.Settings.Tolerance)} s");
        if (!facts.Bad.IsEmpty)
        {
            Fact("bad files", facts.Bad.Length.ToString(CultureInfo.InvariantCulture));
        }

        if (facts.Unplaced > 0)
        {
            Fact("without a date", facts.Unplaced.ToString(CultureInfo.InvariantCulture));
        }

        foreach (string warning in LayoutTexts.Warnings(facts))
        {
            Fact("beware", warning);
        }
    }

    private void WriteEmptyFiles(ImmutableArray<EmptyFile> files)
    {
        if (files.IsEmpty)
        {
            return;
        }

        Fact("empty files", $"{files.Length}:");
        foreach (EmptyFile file in files.Take(SpansShown))
        {
            Fact(string.Empty, file.Path);
        }

        if (files.Length > SpansShown)
        {
            Fact(string.Empty, $"and {files.Length - SpansShown} more; --format json lists all");
        }
    }

    /// <summary>Writes a sentence about the whole answer.</summary>
    public void Remark(string words) => Say(0, words);

    /// <summary>The name of a stream with its status beside it, or below it where the line would be too long.</summary>
    public void Head(StreamName stream, string colour, string status, string more = "")
    {
        string name = stream.ToString();
        bool fits = Lines.Columns($"{name}  {status}{more}") <= width;
        console.MarkupLine($"[bold]{Markup.Escape(name)}[/]{(fits ? "" : "\n")}  [{colour}]{status}[/]{more}");
    }

    private static string Names(long bad) => bad == 1 ? "1 bad name" : $"{bad} bad names";

    /// <summary>The verdict, then what it is about: what is missing, and what is not there and not missing.</summary>
    private void WriteVerdict(StreamName stream, Judgement judgement)
    {
        string colour = judgement.Verdict switch
        {
            Verdict.Complete => "green",
            Verdict.Partial or Verdict.Pending => "yellow",
            _ => "red",
        };
        string good = CompletenessModule.toText(judgement.Completeness);

        // "missing 98 %" would say that 98 % are missing.
        bool isPlain = judgement.Verdict == Verdict.Complete || judgement.Completeness.Whole == 0;
        Head(stream, colour, Texts.Of(judgement.Verdict), isPlain ? $"  {good}" : $"  {good} complete");
        if (!judgement.Missing.IsEmpty)
        {
            Fact("missing", $"{Spans(Engine.Set(judgement.Account, Word.Missing))}:");
            WriteSpans(judgement.Missing);
        }

        WriteExcused(judgement);
        Total(judgement, Word.Pending, "may still come in");
        Total(judgement, Word.Unknown, "cannot be known: some hours cannot be read");
        Total(judgement, Word.Ahead, "not over yet");
        if (judgement.Verdict == Verdict.Ahead)
        {
            Fact("clock", "some segments start later than now: the clock of a recorder, or of this machine, is wrong");
        }

        if (judgement.Edge is { Word: EdgeWord.Recording or EdgeWord.Stopped or EdgeWord.Ended } edge)
        {
            Fact("recording", $"{(edge.Word == EdgeWord.Recording ? "goes on" : Texts.Of(edge.Word))}; the latest segment ended "
                + $"{Texts.Length(new Duration(edge.Age.Value))} before now");
        }
    }

    /// <summary>What is not there and need not be: acknowledged time by its reason, and unexpected time.</summary>
    private void WriteExcused(Judgement judgement)
    {
        if (judgement.Acknowledged is { IsEmpty: false } spans)
        {
            Fact("acknowledged", Spans(Engine.Set(judgement.Account, Word.Acknowledged)));
            List<IGrouping<string, AcknowledgedSpan>> reasons = [.. spans.GroupBy(span => span.Line.Reason)];
            foreach (IGrouping<string, AcknowledgedSpan> one in reasons.Take(SpansShown))
            {
                decimal seconds = Texts.Seconds(one.Select(span => span.Time.Time));
                Fact(string.Empty, $"{Engine.Printable(one.Key)}: {Texts.Length(seconds)}");
            }

            if (reasons.Count > SpansShown)
            {
                Fact(string.Empty, $"and {reasons.Count - SpansShown} more reasons; --format json lists all");
            }
        }

        foreach (Acknowledgement line in judgement.Lines(AcknowledgementState.Unused))
        {
            Fact("not needed", $"line {line.Line} of the acknowledgements, {Time(line.Time.From)} to {Time(line.Time.Until)}: "
                + $"nothing of it is missing ({Engine.Printable(line.Reason)})");
        }

        Total(judgement, Word.Unexpected, "not expected, or no longer kept");
    }

    /// <summary>How much time has a word, where any has.</summary>
    private void Total(Judgement judgement, Word word, string meaning)
    {
        if (judgement.LengthOf(word) is { Microseconds: > 0 } length)
        {
            Fact(WordModule.toText(word), $"{Texts.Length(length)}, {meaning}");
        }
    }

    private void WriteFacts(StreamReport report, bool isOfMedia)
    {
        if (report.Extent.IsEmpty)
        {
            return;
        }

        Fact("extent", $"{Time(report.Extent.From)} to {Time(report.Extent.Until)} UTC");
        Fact(string.Empty, Texts.Length(report.Extent.Time));
        Fact("covered", Texts.Length(new Duration(report.Raw.Covered)));
        Fact("holes", Gaps(report.Raw));
        Fact("partial-only", Spans(report.PartialOnly));
        Fact("editable", $"{Texts.Length(new Duration(report.Editable.Covered))}; holes {Gaps(report.Editable)}");
        var totals = Totals.Of(report);
        if (totals.Overlaps > 0)
        {
            Fact("overlaps", $"{totals.Overlaps}, total {Texts.Length(totals.OverlapSeconds)}");
        }

        if (totals.BadNames > 0 && !isOfMedia)
        {
            Fact("bad names", totals.BadNames.ToString(CultureInfo.InvariantCulture));
        }

        WriteHours(report);
    }

    /// <summary>Something of a stream, under a heading.</summary>
    public void Fact(string what, string value) => Say(Indent, value, $"  {what,-13} ");

    /// <summary>Writes words on as many lines as they take, each indented; the first begins with a heading instead.</summary>
    public void Say(int indent, string words, string? heading = null)
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

    /// <summary>The longest spans, the longest first.</summary>
    /// <param name="spans">All spans.</param>
    /// <param name="all">What lists the others.</param>
    public void WriteSpans(ImmutableArray<Interval> spans, string all = "--format bed --words missing lists all")
    {
        List<Interval> longest = [.. spans.OrderByDescending(span => span.Length).Take(SpansShown)];
        List<string> rows = [.. longest.Select(span => $"    {Time(span.From),-27}{Time(span.Until),-27}{Texts.Length(span.Time),20}")];
        bool fits = rows.TrueForAll(row => row.Length <= width);
        console.MarkupLine($"    [bold]{(fits ? $"{"from (UTC)",-27}{"to",-27}{"length",20}" : "from, to (UTC), length")}[/]");
        for (int at = 0; at < rows.Count; at++)
        {
            Interval span = longest[at];
            Say(6, fits ? rows[at].TrimStart() : $"{Time(span.From)} to {Time(span.Until)}, {Texts.Length(span.Time)}", "    ");
        }

        if (spans.Length > SpansShown)
        {
            Say(4, $"and {spans.Length - SpansShown} more, none longer; {all}");
        }
    }

    /// <summary>How many spans, and how long they are.</summary>
    public static string Spans(IntervalSet spans) => spans.IsEmpty ? "none" : $"{spans.Count}, total {Texts.Length(new Duration(spans.Length))}";

    private static string Gaps(StreamCoverage coverage) =>
        Spans(coverage.Holes)
        + (coverage.SeamLength == 0 ? "" : $" (and {new Duration(coverage.SeamLength)} s of seams)");

    /// <summary>An instant for people.</summary>
    public static string Time(Instant instant) => instant.ToString().Replace('T', ' ').TrimEnd('Z');
}
