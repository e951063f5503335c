using System;
using System.Collections.Generic;
using System.Linq;
using Ical.Net;
using Ical.Net.DataTypes;
using Ical.Net.Evaluation;
using NodaTime;
using Instant = NodaTime.Instant;
using Period = Ical.Net.DataTypes.Period;

namespace Coverage.Host;

/// <summary>
/// Ical.Net, which reads components and repeats rules. It is kept from time zones: it puts a local time that a clock change
/// skips an hour later as it reads it, and with it every repetition, and it refuses zones that a file defines.
/// </summary>
internal static class CalendarLibrary
{
    static CalendarLibrary() => TimeZoneResolvers.TimeZoneResolver = _ => DateTimeZone.Utc;

    /// <summary>A calendar of one component.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="part">The component.</param>
    /// <param name="lines">The lines of it that are wanted, those between its BEGIN and its END.</param>
    public static Calendar Load(string path, CalendarPart part, IEnumerable<CalendarLine> lines)
    {
        try
        {
            return Load(part.Kind, lines);
        }
        catch (Exception error) when (IsBadInput(error))
        {
            // The library does not say which line it stumbled over.
            foreach (CalendarLine line in part.Own)
            {
                try
                {
                    Load(part.Kind, [line]);
                }
                catch (Exception cause) when (IsBadInput(cause))
                {
                    throw new KeeperFileException(path, line.Number, line.Name, Reason(cause));
                }
            }

            throw new KeeperFileException(path, part.Line, part.Kind, Reason(error));
        }
    }

    private static Calendar Load(string kind, IEnumerable<CalendarLine> lines) =>
        Calendar.Load(string.Join(
            "\r\n",
            [$"BEGIN:VCALENDAR\r\nBEGIN:{kind}", .. lines.Select(line => line.Text), $"END:{kind}\r\nEND:VCALENDAR\r\n"]))!;

    /// <summary>What the library throws at a text that it cannot read: it has no exception of its own for that.</summary>
    public static bool IsBadInput(Exception error) =>
        error is ArgumentException or FormatException or OverflowException or InvalidOperationException
            or System.Runtime.Serialization.SerializationException or EvaluationException or NullReferenceException
            or IndexOutOfRangeException or InvalidCastException or NotSupportedException;

    /// <summary>The library's words, without the name of its own parameter.</summary>
    public static string Reason(Exception error) => Engine.Printable(error.Message.Split(" (Parameter ")[0]);

    /// <summary>A date and a time as they are written, whatever the zone.</summary>
    public static LocalDateTime Local(CalDateTime time) => LocalDateTime.FromDateTime(time.Value);
}

/// <summary>A rule that repeats a start, in local time.</summary>
internal sealed class CalendarRule
{
    /// <summary>After so many steps without a start a rule is taken to have none: in hours over eleven years.</summary>
    private const int MostSteps = 100_000;

    private readonly RecurrenceRule rule;

    private readonly CalDateTime? until;

    private readonly CalDateTime first;

    /// <summary>The rule for a first start, which may be a date without a time.</summary>
    public CalendarRule(RecurrenceRule rule, LocalDateTime first, bool isDate)
    {
        // The library would compare the end of the rule, which can be in UTC, with local times.
        until = rule.Until;
        this.rule = new RecurrenceRule();
        this.rule.CopyFrom(rule);
        this.rule.Until = null;
        this.first = isDate
            ? new CalDateTime(first.Year, first.Month, first.Day)
            : new CalDateTime(first.ToDateTimeUnspecified(), null, true);
    }

    /// <summary>Whether it repeats by minutes or seconds.</summary>
    public bool IsFast => rule.Frequency is FrequencyType.Secondly or FrequencyType.Minutely;

    /// <summary>Whether the end of the rule lets a start be: the last one may fall on it, or on its day.</summary>
    public bool Allows(LocalDateTime start, Instant instant) =>
        until is null
        || (!until.HasTime ? start.Date <= LocalDate.FromDateOnly(until.Date)
            : until.IsFloating ? start <= CalendarLibrary.Local(until)
            : instant <= Instant.FromDateTimeUtc(DateTime.SpecifyKind(until.Value, DateTimeKind.Utc)));

    /// <summary>Whether no start after a local time can be allowed, in whatever zone.</summary>
    private bool IsOver(LocalDateTime start) => until is not null && start > CalendarLibrary.Local(until).PlusDays(2);

    /// <summary>The starts in order, with all from a time on, and maybe earlier ones.</summary>
    /// <exception cref="EvaluationLimitExceededException">The rule has no start for a long time.</exception>
    public IEnumerable<LocalDateTime> Starts(LocalDateTime from)
    {
        CalDateTime begin = new(from.ToDateTimeUnspecified(), null, true);
        EvaluationOptions options = new() { MaxUnmatchedIncrementsLimit = MostSteps };
        using IEnumerator<Period> periods = new RecurrencePatternEvaluator(rule).Evaluate(first, begin, options).GetEnumerator();
        while (Next(periods) is { } period)
        {
            LocalDateTime start = CalendarLibrary.Local(period.StartTime);
            if (IsOver(start))
            {
                break;
            }

            yield return start;
        }
    }

    /// <summary>The next one; null where there is none, or none before the end of the calendar.</summary>
    private static Period? Next(IEnumerator<Period> periods)
    {
        try
        {
            return periods.MoveNext() ? periods.Current : null;
        }
        catch (EvaluationOutOfRangeException)
        {
            return null;
        }
    }
}
