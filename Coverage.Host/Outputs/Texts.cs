using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The words and totals that several outputs show.</summary>
internal static class Texts
{
    /// <summary>The kinds of segments that are counted apart, in their order.</summary>
    public static readonly (string Name, Func<ByKind, Tally> Of)[] Kinds =
        [("full", by => by.Full), ("suspect", by => by.Suspect), ("partial", by => by.Partial)];

    /// <summary>What a report comes to in one word.</summary>
    public static string Status(StreamReport report) => report.Status.ToString().ToLowerInvariant();

    /// <summary>A stream in one word: unknown while no look at it has succeeded.</summary>
    public static string Status(StreamReading? reading) =>
        reading is null ? "unknown" : reading.IsThin ? "thin" : Status(reading.Report);

    /// <summary>The verdict as it is written everywhere.</summary>
    public static string Of(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    /// <summary>How a recording stands, as it is written everywhere.</summary>
    public static string Of(EdgeWord word) => word.ToString().ToLowerInvariant();

    /// <summary>Findings as words, with spaces between.</summary>
    public static string Of(IEnumerable<Finding> findings) => string.Join(' ', findings.Select(FindingModule.toText));

    /// <summary>What is wrong with a segment, and how long it really is.</summary>
    public static string Of(FoundItem item)
    {
        string findings = Of(item.Verified.Findings);
        string declared = item.IsMedia ? findings : $"{findings}; {Length(new Duration(item.Segment.Duration))} by its name";
        return item.Measured is { } measured ? $"{declared}, {Length(measured)} in the file" : declared;
    }

    /// <summary>A completeness as a number of six decimals, rounded down: it is 1 only where nothing lacks. Null of no time.</summary>
    public static decimal? Ratio(Completeness completeness) => completeness.Whole == 0
        ? null : Math.Floor((decimal)completeness.Good / completeness.Whole * 1_000_000m) / 1_000_000m;

    /// <summary>A length as hours, minutes and exact seconds.</summary>
    public static string Length(Duration length) => Length(length.Seconds);

    /// <summary>A length, which 64 bits may not hold, as hours, minutes and exact seconds.</summary>
    public static string Length(decimal seconds)
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

    /// <summary>
    /// The sum of the lengths of several streams, or of overlaps, in seconds. A stream can be 8,000 years long: 64 bits may
    /// not hold the sum.
    /// </summary>
    public static decimal Seconds(IEnumerable<Duration> lengths) => lengths.Aggregate(0m, (sum, length) => sum + length.Microseconds) / 1_000_000m;
}
