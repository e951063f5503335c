using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using NodaTime;
using Instant = NodaTime.Instant;

namespace Coverage.Host;

/// <summary>A file of when streams are expected: spans, and events that may repeat for ever.</summary>
/// <param name="spans">The spans.</param>
/// <param name="series">The events.</param>
/// <param name="globs">The streams that are named, each with the line.</param>
internal sealed class ExpectedFile(
    ImmutableArray<ExpectedSpan> spans, ImmutableArray<CalendarSeries> series, ImmutableArray<(int Line, Glob Streams)> globs)
{
    private static readonly string[] Columns = ["stream", "start", "end"];

    /// <summary>The streams that the file names, each with the line that does.</summary>
    public ImmutableArray<(int Line, Glob Streams)> Globs => globs;

    /// <summary>Whether it says of no time that anything is expected, as a calendar whose export failed may.</summary>
    public bool IsEmpty => spans.IsEmpty && series.IsEmpty;

    /// <summary>Reads a file by its ending.</summary>
    /// <exception cref="KeeperFileException">Something of it cannot be read.</exception>
    public static ExpectedFile Parse(string path, string text)
    {
        if (IsCalendar(path))
        {
            var (series, named) = CalendarFile.Parse(path, text);
            return new([], series, named);
        }

        var lines = CsvTable.Read(path, text, Columns, [])
            .Select(row => (row.Line, Span: new ExpectedSpan(row.Streams("stream"), row.Time("start", "end", isOpen: true))))
            .ToArray();
        return new([.. lines.Select(line => line.Span)], [], [.. lines.Select(line => (line.Line, line.Span.Streams))]);
    }

    /// <summary>The short form: one span for all streams, which may have no end.</summary>
    public static ExpectedSpan Short(long from, long? to) =>
        new(GlobModule.all, IntervalModule.create(from, to ?? InstantModule.afterAll));

    /// <summary>
    /// The spans that share time with a window, whole: within the window they say all that the file says. Time before 1970 and
    /// after 9990 is left out, of events.
    /// </summary>
    public ImmutableArray<ExpectedSpan> Expand(Interval window)
    {
        Instant from = Within(window.Start), to = Within(window.End);
        return
        [
            .. spans.Where(span => span.Time.Start < window.End && span.Time.End > window.Start),
            .. from < to ? series.SelectMany(one => one.Spans(from, to)) : [],
        ];
    }

    /// <summary>Whether a file is a calendar by its ending, or a table.</summary>
    /// <exception cref="KeeperFileException">It is neither.</exception>
    private static bool IsCalendar(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".ics" => true,
        ".csv" => false,
        _ => throw new KeeperFileException(path, "a file of expected times ends in .ics (a calendar) or in .csv"),
    };

    /// <summary>The instant of so many microseconds, held to the years that calendars know.</summary>
    private static Instant Within(long microseconds) => Instant.FromUnixTimeTicks(
        Math.Clamp(microseconds, 0, Last.ToUnixTimeTicks() / TimeSpan.TicksPerMicrosecond) * TimeSpan.TicksPerMicrosecond);

    private static readonly Instant Last = Instant.FromUtc(9990, 1, 1, 0, 0);
}
