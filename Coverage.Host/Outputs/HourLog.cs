using System.Collections.Generic;
using System.Linq;
using Coverage.Units;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>An hour in words: a line for each group of figures.</summary>
internal static class HourLog
{
    /// <summary>What to say of the hours that a reading has other figures of than the one shown before; null for none.</summary>
    public static IEnumerable<(LogLevel Level, string Line)> Changes(
        StreamName stream, StreamReading reading, StreamReading? shown)
    {
        Dictionary<int, HourReport> before = shown?.Report.Hours.ToDictionary(hour => hour.Hour) ?? [];
        foreach (HourReport hour in reading.Report.Hours)
        {
            HourReport? old = before.GetValueOrDefault(hour.Hour);
            foreach (string line in old is not null && hour.Equals(old) ? [] : Lines(hour))
            {
                yield return (LogLevel.Information, $"{stream}/{line}");
            }

            // A live hour changes in every round; its odd names are logged when there are others.
            IEnumerable<string> known = old is null ? [] : OddNames(old, shown!);
            foreach (string line in OddNames(hour, reading).Except(known))
            {
                yield return (LogLevel.Warning, $"{stream}: {line}");
            }
        }
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
            $"{name}: {hour.Raw.Holes} holes totalling {new Duration(hour.Raw.HoleLength)} s, "
                + $"{hour.Editable.Holes} editable holes totalling {new Duration(hour.Editable.HoleLength)} s",
        ];
    }

    /// <summary>What to say of an hour's names: how many are bad, with the first of them, and of marks that hide nothing.</summary>
    public static IEnumerable<string> OddNames(HourReport hour, StreamReading reading)
    {
        string name = new Hour(hour.Hour).ToString();
        if (reading.BadNames.TryGetValue(new(hour.Hour), out var bad))
        {
            yield return $"{hour.Bad} bad {(hour.Bad == 1 ? "name" : "names")} in {name}, first: {bad[0].Name}: {bad[0].Error}";
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
            yield return $"{folders.Count - shown} more folders are not named like hours and are left out";
        }
    }

    /// <summary>What to say, loudly, when there are hours and none of them is in the range checked; else null.</summary>
    public static string? NothingInRange(StreamReading reading, int? firstHour, int? lastHour)
    {
        static string HourOr(int? hour, string otherwise) => hour is { } given ? new Hour(given).ToString() : otherwise;
        return reading.AnyInRange || reading.HoursPresent is not var (first, last)
            ? null
            : $"NOTHING WAS CHECKED: no hour lies in the range {HourOr(firstHour, "the beginning")} to "
                + $"{HourOr(lastHour, "the end")}; there are hours from {first} to {last}";
    }

    private static string Kinds(ByKind tallies) => string.Join(", ", Texts.Kinds.Select(kind =>
        $"{kind.Of(tallies).Count} {kind.Name} totalling {new Duration(kind.Of(tallies).Length)} s"));
}
