using System.Collections.Generic;
using System.Linq;
using Coverage.Units;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>An hour in words: a line for each group of figures.</summary>
internal static class HourLog
{
    /// <summary>
    /// The lines for a reading whose figures differ from those of the last one shown (null for none): one of the stream, at level
    /// debug those of each hour that is new or changed, and warnings of names.
    /// </summary>
    public static IEnumerable<(LogLevel Level, string Line)> Changes(
        StreamName stream, StreamReading reading, StreamReading? shown)
    {
        foreach (string line in Beside(reading).Except(Beside(shown)))
        {
            yield return (LogLevel.Warning, $"{stream}: {line}");
        }

        Dictionary<int, HourReport> before = shown?.Report.Hours.ToDictionary(hour => hour.Hour) ?? [];
        List<HourReport> changed = [.. reading.Report.Hours.Where(
            hour => !(before.TryGetValue(hour.Hour, out HourReport? old) && hour.Equals(old)))];
        if (changed.Count > 0)
        {
            yield return (LogLevel.Information, $"{stream}: {Summary(reading.Report, changed)}");
        }

        foreach (HourReport hour in changed)
        {
            foreach (string line in Lines(hour))
            {
                yield return (LogLevel.Debug, $"{stream}/{line}");
            }

            // A live hour changes in every round; its odd names are logged when there are others.
            IEnumerable<string> known = before.TryGetValue(hour.Hour, out HourReport? old) ? OddNames(old, shown!) : [];
            foreach (string line in OddNames(hour, reading).Except(known))
            {
                yield return (LogLevel.Warning, $"{stream}: {line}");
            }
        }
    }

    private static IEnumerable<string> Beside(StreamReading? reading) =>
        reading?.Media is { } media ? LayoutTexts.LeftOut(media).Concat(LayoutTexts.Warnings(media)) : [];

    /// <summary>A stream in a line: which of its hours changed, and its figures.</summary>
    private static string Summary(StreamReport report, List<HourReport> changed)
    {
        Hour first = new(changed[0].Hour), last = new(changed[^1].Hour);
        string hours = $"{Number(changed.Count, "hour")} new or changed, {(changed.Count == 1 ? $"{first}" : $"{first} to {last}")}";
        return report.Extent.IsEmpty
            ? $"{hours}; nothing is recorded"
            : $"{hours}; recorded to {report.Extent.Until}, covered {new Duration(report.Raw.Covered)} s, "
                + $"{Number(report.Raw.Holes.Count, "hole")} totalling {new Duration(report.Raw.HoleLength)} s, "
                + $"partial-only {new Duration(report.PartialOnly.Length)} s";
    }

    /// <summary>The figures of an hour.</summary>
    private static IEnumerable<string> Lines(HourReport hour)
    {
        string name = new Hour(hour.Hour).ToString();
        return
        [
            hour.Window.IsEmpty
                ? $"{name}: outside of what is recorded"
                : $"{name}: start {hour.Window.From}, end {hour.Window.Until}, "
                    + $"span {hour.Window.Time} s",
            $"{name}: segments: {Kinds(hour.Segments)}, {hour.Bad} bad, {hour.Temp} still being written",
            $"{name}: overlaps: {Kinds(hour.Overlaps)}",
            $"{name}: raw coverage {new Duration(hour.Raw.Covered)} s, editable coverage {new Duration(hour.Editable.Covered)} s",
            $"{name}: {Number(hour.Raw.Holes, "hole")} totalling {new Duration(hour.Raw.HoleLength)} s, "
                + $"{Number(hour.Editable.Holes, "editable hole")} totalling {new Duration(hour.Editable.HoleLength)} s",
        ];
    }

    /// <summary>The warnings of an hour's names: how many are bad, with the first of them, and a deletion mark that hides nothing.</summary>
    public static IEnumerable<string> OddNames(HourReport hour, StreamReading reading)
    {
        string name = new Hour(hour.Hour).ToString();
        if (reading.BadNames.TryGetValue(new(hour.Hour), out var bad))
        {
            string line = $"{Number(hour.Bad, "bad name")} in {name}, first: {bad[0].Name}: {bad[0].Error}";
            int recoded = reading.Recoded.GetValueOrDefault(new(hour.Hour));
            yield return (recoded, bad[0].Error.IsRecoded) switch
            {
                (0, _) or (1, true) => line,
                (_, true) => $"{line}; {recoded} of the names are re-coded",
                _ => $"{line}; {recoded} of the names {(recoded == 1 ? "is" : "are")} re-coded: a copying tool wrote something else "
                    + "in place of the ':'; copy the files with their own names",
            };
        }

        if (reading.MarkedInVain.TryGetValue(new(hour.Hour), out var marked))
        {
            yield return $"{marked[0]}.tombstone in {name} hides nothing: a deletion mark for {marked[0]} is named "
                + $"{marked[0][..^3]}.tombstone";
        }
    }

    /// <summary>Folders that are not named like hours: the first few by name, then how many more there are.</summary>
    public static IEnumerable<string> OddFolders(IReadOnlyCollection<string> folders)
    {
        const int shown = 20;
        foreach (string folder in folders.Take(shown))
        {
            yield return $"the folder {folder} is not named like an hour and is left out";
        }

        if (folders.Count > shown)
        {
            yield return folders.Count == shown + 1
                ? "1 more folder is not named like an hour and is left out"
                : $"{folders.Count - shown} more folders are not named like hours and are left out";
        }
    }

    /// <summary>Names the hours of the stream when none of them is in the range that is checked; null otherwise.</summary>
    public static string? NothingInRange(StreamReading reading, int? firstHour, int? lastHour)
    {
        string range = (firstHour, lastHour) switch
        {
            ({ } from, { } to) => $"{new Hour(from)} to {new Hour(to)}",
            ({ } from, null) => $"{new Hour(from)} and later",
            (null, { } to) => $"{new Hour(to)} and earlier",
            _ => "all hours",
        };
        return reading.AnyInRange || reading.HoursPresent is not var (first, last)
            ? null
            : $"no hour in the range asked for, {range}; there are hours from {first} to {last}";
    }

    /// <summary>A number of things, in the singular for one.</summary>
    public static string Number(long count, string thing) => count == 1 ? $"1 {thing}" : $"{count} {thing}s";

    private static string Kinds(ByKind tallies) => string.Join(", ", Texts.Kinds.Select(kind =>
        $"{kind.Of(tallies).Count} {kind.Name} totalling {new Duration(kind.Of(tallies).Length)} s"));
}
