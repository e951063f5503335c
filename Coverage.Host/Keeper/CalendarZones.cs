using System;
using System.Collections.Generic;
using System.Linq;
using Ical.Net;
using Ical.Net.CalendarComponents;
using NodaTime;
using NodaTime.TimeZones;
using Instant = NodaTime.Instant;

namespace Coverage.Host;

/// <summary>The time zones that a calendar names.</summary>
/// <param name="path">The file, for errors.</param>
/// <param name="parts">The calendar's components, of which the VTIMEZONEs matter.</param>
internal sealed class CalendarZones(string path, IEnumerable<CalendarPart> parts)
{
    /// <summary>As late as a zone that the file defines is worked out.</summary>
    private const int LastYear = 2200;

    private readonly Dictionary<string, VTimeZone> defined = Definitions(path, parts);

    private readonly Dictionary<string, DateTimeZone> found = [];

    /// <summary>
    /// The zone of a name. The database of zones knows better than a file, of which many hold the rules of one year alone: the
    /// file's own rules are for zones that the database does not have.
    /// </summary>
    public DateTimeZone Find(string name, CalendarLine line)
    {
        if (!found.TryGetValue(name, out DateTimeZone? zone))
        {
            zone = Known(name)
                ?? (defined.GetValueOrDefault(name) is not { } definition ? null
                    : Known(definition.Location ?? "") ?? DefinedZone.Of(definition))
                ?? throw new KeeperFileException(path, line.Number, line.Name, $"the time zone '{Engine.Printable(name)}' is not known: name one as Europe/Berlin, or let the file define it in a VTIMEZONE");
            found.Add(name, zone);
        }

        return zone;
    }

    /// <summary>A zone of the database, by its own name, by the one that Windows has for it, or at the end of a path.</summary>
    private static DateTimeZone? Known(string name)
    {
        string[] parts = name.Split('/');
        TzdbDateTimeZoneSource.Default.WindowsMapping.PrimaryMapping.TryGetValue(name, out string? windows);
        IEnumerable<string> names = name.StartsWith('/')
            ? Enumerable.Range(1, parts.Length - 1).Select(from => string.Join('/', parts[from..]))
            : [name, windows ?? name];
        return names.Select(DateTimeZoneProviders.Tzdb.GetZoneOrNull).FirstOrDefault(zone => zone is not null);
    }

    private static Dictionary<string, VTimeZone> Definitions(string path, IEnumerable<CalendarPart> parts)
    {
        Dictionary<string, VTimeZone> definitions = [];
        foreach (CalendarPart part in parts.Where(part => part.Kind == "VTIMEZONE"))
        {
            foreach (VTimeZone zone in CalendarLibrary.Load(path, part, part.All[1..^1]).TimeZones)
            {
                definitions[zone.TzId ?? ""] = zone;
            }
        }

        return definitions;
    }

    /// <summary>A zone with the changes that a file defines.</summary>
    private sealed class DefinedZone(string id, Instant[] changes, Offset[] offsets)
        : DateTimeZone(id, false, offsets.Min(), offsets.Max())
    {
        /// <summary>The offsets of a definition: one more than there are changes. Null when it defines none.</summary>
        public static DefinedZone? Of(VTimeZone definition)
        {
            var onsets = definition.TimeZoneInfos
                .Where(info => info.Start is not null && info.OffsetFrom is not null && info.OffsetTo is not null)
                .Select(info => (
                    Info: info,
                    From: Offset.FromTimeSpan(info.OffsetFrom!.Offset),
                    To: Offset.FromTimeSpan(info.OffsetTo!.Offset)))
                .SelectMany(its => Onsets(its.Info).Select(onset => (
                    At: onset.WithOffset(its.From).ToInstant(),
                    its.From,
                    its.To)))
                .OrderBy(onset => onset.At)
                .ToArray();
            return onsets.Length == 0
                ? null
                : new(definition.TzId!, [.. onsets.Select(onset => onset.At)], [onsets[0].From, .. onsets.Select(onset => onset.To)]);
        }

        /// <inheritdoc/>
        public override ZoneInterval GetZoneInterval(Instant instant)
        {
            int after = Array.BinarySearch(changes, instant);
            after = after >= 0 ? after + 1 : ~after;
            return new(
                Id,
                after == 0 ? null : changes[after - 1],
                after == changes.Length ? null : changes[after],
                offsets[after],
                Offset.Zero);
        }

        /// <summary>When a part of a definition sets in, in the local time before it.</summary>
        private static IEnumerable<LocalDateTime> Onsets(VTimeZoneInfo info)
        {
            Offset before = Offset.FromTimeSpan(info.OffsetFrom!.Offset);
            LocalDateTime first = CalendarLibrary.Local(info.Start!);
            CalendarRule? rule = info.RecurrenceRule is { } repeats ? new(repeats, first, isDate: false) : null;
            IEnumerable<LocalDateTime> repeated = rule is null ? [] : rule
                .Starts(first)
                .TakeWhile(start => start.Year <= LastYear)
                .Where(start => rule.Allows(start, start.WithOffset(before).ToInstant()));
            return repeated
                .Concat(info.RecurrenceDates.GetAllDates().Select(CalendarLibrary.Local))
                .Append(first)
                .Distinct();
        }
    }
}
