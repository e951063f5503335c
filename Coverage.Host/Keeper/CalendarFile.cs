using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using NodaTime;
using Instant = NodaTime.Instant;
using Period = Ical.Net.DataTypes.Period;

namespace Coverage.Host;

/// <summary>Calendars of when streams are expected (semantics.md section 9.1).</summary>
internal static class CalendarFile
{
    /// <summary>The events that a file says are expected.</summary>
    /// <exception cref="KeeperFileException">Something of it cannot be read.</exception>
    public static (ImmutableArray<CalendarSeries> Series, ImmutableArray<(int Line, Glob Streams)> Globs) Parse(string path, string text)
    {
        List<CalendarEntry> entries = [];
        foreach (CalendarText calendar in CalendarText.Read(path, text))
        {
            CalendarZones zones = new(path, calendar.Parts);
            DateTimeZone unless = calendar.Zone is { } line ? zones.Find(CalendarText.Value(line).Trim(), line) : DateTimeZone.Utc;
            entries.AddRange(calendar.Parts
                .Where(part => part.Kind == "VEVENT")
                .Select(part => new CalendarEntry(path, part, zones, unless)));
        }

        // Events that stand for one repetition of another: that one has no such repetition any more.
        var instead = entries.Where(entry => entry.Replaces is not null).ToLookup(entry => entry.Id, entry => entry.Replaces!.Value);
        CalendarEntry[] expected = [.. entries.Where(entry => entry.IsExpected)];
        return ([.. expected.Select(entry => entry.Series(entry.Replaces is null ? instead[entry.Id] : []))],
            [.. expected.SelectMany(entry => entry.Globs.Select(glob => (entry.GlobLine, glob)))]);
    }
}

/// <summary>An event of a file.</summary>
internal sealed partial class CalendarEntry
{
    private static readonly string[] Single = ["DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID"];

    private static readonly string[] Wanted =
        ["UID", "STATUS", "TRANSP", "CATEGORIES", "RDATE", "EXDATE", .. Single];

    private readonly string path;

    private readonly CalendarPart part;

    private readonly CalendarZones zones;

    private readonly DateTimeZone unless;

    private readonly CalendarEvent read;

    private readonly DateTimeZone zone;

    private readonly LocalDateTime first;

    private readonly CalendarLength length;

    private readonly CalendarRule? rule;

    /// <summary>Reads an event.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="part">The event's lines.</param>
    /// <param name="zones">The zones that the calendar names.</param>
    /// <param name="unless">The zone of times that say none.</param>
    public CalendarEntry(string path, CalendarPart part, CalendarZones zones, DateTimeZone unless)
    {
        (this.path, this.part, this.zones, this.unless) = (path, part, zones, unless);
        CheckForms();
        read = CalendarLibrary.Load(path, part, part.Own.Where(line => Wanted.Contains(line.Name))).Events.Single();
        Globs = [.. ReadGlobs()];
        if (read.RecurrenceIdentifier is { } replaced)
        {
            if (replaced.Range == RecurrenceRange.ThisAndFuture)
            {
                throw Wrong("RECURRENCE-ID", "a change of all later repetitions (RANGE=THISANDFUTURE) is not read: end the series with UNTIL, and begin another");
            }

            Replaces = Moment("RECURRENCE-ID", replaced.StartTime);
        }

        if (!IsExpected)
        {
            zone = DateTimeZone.Utc;
            return;
        }

        if (read.DtStart is not { } start)
        {
            throw Wrong("DTSTART", "the event has none: write DTSTART:20251107T180000Z, or DTSTART;TZID=Europe/Berlin:20251107T190000");
        }

        if (start.Year > 9990)
        {
            throw Wrong("DTSTART", "the year must not be later than 9990");
        }

        zone = Zone("DTSTART", start);
        first = CalendarLibrary.Local(start);
        length = ReadLength(start);
        if (read.RecurrenceRule is { } repeats)
        {
            rule = new CalendarRule(repeats, first, !start.HasTime);
            CheckRule(rule);
        }
    }

    /// <summary>What it has in common with the events that stand for one of its repetitions.</summary>
    public string? Id => read.Uid;

    /// <summary>The repetition that it stands for.</summary>
    public (Instant At, LocalDate? Day)? Replaces { get; }

    /// <summary>Whether it is neither cancelled nor transparent.</summary>
    public bool IsExpected => !Is(read.Status, "CANCELLED") && !Is(read.Transparency, "TRANSPARENT");

    /// <summary>The streams it is about, where it says so.</summary>
    public ImmutableArray<Glob> Globs { get; }

    /// <summary>The line that says so.</summary>
    public int GlobLine => part.First("CATEGORIES")?.Number ?? part.Line;

    /// <summary>The event with its repetitions, but for those that other events stand for.</summary>
    public CalendarSeries Series(IEnumerable<(Instant At, LocalDate? Day)> instead)
    {
        var not = read.ExceptionDates.GetAllDates().Select(date => Moment("EXDATE", date)).Concat(instead).ToArray();
        return new(
            Globs.IsEmpty ? [GlobModule.all] : Globs,
            zone,
            first,
            length,
            rule,
            [.. read.RecurrenceDates.GetAllDates().Select(date => Time(date, length)), .. read.RecurrenceDates.GetAllPeriods().Select(Time)],
            [.. not.Where(its => its.Day is null).Select(its => its.At)],
            [.. not.Where(its => its.Day is not null).Select(its => its.Day!.Value)]);
    }

    private static bool Is(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private CalendarTime Time(CalDateTime start, CalendarLength length) =>
        CalendarTime.Of(CalendarLibrary.Local(start), Zone("RDATE", start), length);

    private CalendarTime Time(Period period)
    {
        CalendarTime bare = Time(period.StartTime, default);
        CalendarTime time = bare with
        {
            Length = period.EndTime is { } end
                ? new(0, Moment("RDATE", end).At - bare.Start)
                : Length(period.Duration!.Value),
        };
        CheckLength("RDATE", time.Length);
        return time;
    }

    private KeeperFileException Wrong(string name, string what) => new(path, part.First(name)?.Number ?? part.Line, name, what);

    private DateTimeZone Zone(string name, CalDateTime time) =>
        time.IsUtc ? DateTimeZone.Utc
        : time.TzId is { } id ? zones.Find(id, part.First(name)!.Value)
        : unless;

    /// <summary>When a repetition is that a property names, or on which day where the property says no more.</summary>
    private (Instant At, LocalDate? Day) Moment(string name, CalDateTime time)
    {
        LocalDateTime local = CalendarLibrary.Local(time);
        return (CalendarTime.At(local, Zone(name, time)), time.HasTime ? null : local.Date);
    }

    private IEnumerable<Glob> ReadGlobs()
    {
        foreach (string text in read.Categories.Select(text => text.Trim()).Where(text => text.Contains('/')))
        {
            yield return GlobModule.tryParse(text) is { IsSome: true, Value: var glob }
                ? glob
                : throw Wrong("CATEGORIES", $"'{Engine.Printable(text)}' names no streams: write CHANNEL/QUALITY");
        }
    }

    private CalendarLength ReadLength(CalDateTime start)
    {
        (string name, CalendarLength length) = (read.DtEnd, read.Duration) switch
        {
            ({ } end, null) when !start.HasTime && !end.HasTime =>
                ("DTEND", new CalendarLength(NodaTime.Period.DaysBetween(first.Date, CalendarLibrary.Local(end).Date), default)),
            ({ } end, null) => ("DTEND", new CalendarLength(0, Moment("DTEND", end).At - CalendarTime.At(first, zone))),
            (null, { } duration) => ("DURATION", Length(duration)),
            (null, null) => throw new KeeperFileException(path, part.Line, "DTEND", "the event has neither an end nor a duration: write DTEND or DURATION"),
            _ => throw Wrong("DURATION", "the event has an end and a duration: write one of them"),
        };
        CheckLength(name, length);
        return length;
    }

    private static CalendarLength Length(Ical.Net.DataTypes.Duration duration) => new(
        ((duration.Weeks ?? 0) * 7) + (duration.Days ?? 0),
        NodaTime.Duration.FromSeconds((((duration.Hours ?? 0L) * 60) + (duration.Minutes ?? 0)) * 60 + (duration.Seconds ?? 0)));

    private void CheckLength(string name, CalendarLength length)
    {
        if (length.Nominal <= NodaTime.Duration.Zero || length.Days < 0 || length.Rest < NodaTime.Duration.Zero)
        {
            throw Wrong(name, "the event does not end later than it starts");
        }

        if (length.Nominal > NodaTime.Duration.FromDays(CalendarLength.MostDays))
        {
            throw Wrong(name, $"the event is longer than {CalendarLength.MostDays} days: let it repeat, or write a .csv file");
        }
    }

    /// <summary>Refuses a rule that repeats more often than every hour: nothing is recorded so, and it would take for ever.</summary>
    private void CheckRule(CalendarRule rule)
    {
        const int most = 366 * 24;
        try
        {
            if (rule.IsFast || rule.Starts(first).TakeWhile(start => start <= first.PlusDays(366)).Take(most + 2).Count() > most + 1)
            {
                throw Wrong("RRULE", "the event repeats more often than every hour");
            }
        }
        catch (Exception error) when (CalendarLibrary.IsBadInput(error))
        {
            throw Wrong("RRULE", error is Ical.Net.Evaluation.EvaluationLimitExceededException
                ? "no date fits the rule"
                : CalendarLibrary.Reason(error));
        }
    }

    /// <summary>Refuses what the library passes over in silence.</summary>
    private void CheckForms()
    {
        foreach (string name in Single.Where(name => part.Own.Count(line => line.Name == name) > 1))
        {
            throw new KeeperFileException(path, part.Own.Last(line => line.Name == name).Number, name, "it stands twice in one event");
        }

        if (part.First("EXRULE") is not null)
        {
            throw Wrong("EXRULE", "it is not read, as RFC 5545 has no such property any more: name each exception in an EXDATE");
        }

        foreach (CalendarLine line in part.Own)
        {
            if (CalendarForms.WhyUnreadable(line.Name, CalendarText.Value(line).Trim()) is { } why)
            {
                throw new KeeperFileException(path, line.Number, line.Name, why);
            }
        }
    }
}
