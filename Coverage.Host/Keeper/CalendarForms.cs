using System;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace Coverage.Host;

/// <summary>The forms of values in calendars, of which the library passes over some that are wrong in silence.</summary>
internal static partial class CalendarForms
{
    /// <summary>Why the value of a property cannot be read; null where it can, or the form is not known here.</summary>
    public static string? WhyUnreadable(string name, string value) => name switch
    {
        "DTSTART" or "DTEND" or "RECURRENCE-ID" => DateForm().IsMatch(value) && IsDate(value) ? null : Unlike(value, Dates),
        "EXDATE" or "RDATE" => DatesForm().IsMatch(value) ? null : Unlike(value, Dates),
        "DURATION" => DurationForm().IsMatch(value) ? null : Unlike(value, "PT2H30M, P1D or P1W"),
        "RRULE" => WhyNoRule(value),
        _ => null,
    };

    private const string Dates = "20251107T180000Z, or 20251107T190000 with a TZID, or the date 20251107";

    private static string Unlike(string value, string allowed) => $"'{Engine.Printable(value)}' cannot be read: write {allowed}";

    /// <summary>Why a rule cannot be read, null where the library reads it.</summary>
    private static string? WhyNoRule(string value)
    {
        string[][] parts = [.. value.Split(';').Select(part => part.Split('=', 2))];
        string? Of(string name) => parts.FirstOrDefault(part => string.Equals(part[0], name, StringComparison.OrdinalIgnoreCase)) is [_, var text] ? text : null;
        return parts.FirstOrDefault(part => part.Length < 2) is [var bare] ? $"'{Engine.Printable(bare)}' cannot be read: write FREQ=WEEKLY;BYDAY=FR"
            : parts.GroupBy(part => part[0].ToUpperInvariant()).FirstOrDefault(some => some.Count() > 1) is { } twice
                ? $"{Engine.Printable(twice.Key)} stands twice"
            : !Frequencies.Contains(Of("FREQ"), StringComparer.OrdinalIgnoreCase) ? "FREQ must be HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY"
            : Of("UNTIL") is { } until && !(DateForm().IsMatch(until) && IsDate(until))
                ? $"UNTIL={Engine.Printable(until)} cannot be read: write UNTIL=20251107T180000Z, or the date UNTIL=20251107"
            : Of("UNTIL") is not null && Of("COUNT") is not null ? "it has both COUNT and UNTIL: write one of them"
            : new[] { "COUNT", "INTERVAL" }.FirstOrDefault(name => Of(name) is { } text && !NumberForm().IsMatch(text)) is { } number
                ? $"{number}={Engine.Printable(Of(number)!)} cannot be read: write a whole number from 1 to 999999"
            : null;
    }

    /// <summary>The last two repeat more often than every hour, which is refused with a sentence of its own.</summary>
    private static readonly string[] Frequencies = ["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "MINUTELY", "SECONDLY"];

    /// <summary>Whether digits in the right places are a day, and a time of day, that there is.</summary>
    private static bool IsDate(string value) => DateTime.TryParseExact(
        value.TrimEnd('Z'), ["yyyyMMdd", "yyyyMMdd'T'HHmmss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    [GeneratedRegex("""\A0*[1-9][0-9]{0,5}\z""")]
    private static partial Regex NumberForm();

    [GeneratedRegex("""\A[0-9]{8}(T[0-9]{6}Z?)?\z""")]
    private static partial Regex DateForm();

    [GeneratedRegex("""\A(?<one>[0-9]{8}(T[0-9]{6}Z?)?(/([0-9]{8}T[0-9]{6}Z?|P[0-9WDTHMS]+))?)(,[0-9]{8}(T[0-9]{6}Z?)?(/([0-9]{8}T[0-9]{6}Z?|P[0-9WDTHMS]+))?)*\z""")]
    private static partial Regex DatesForm();

    [GeneratedRegex("""\A[+-]?P([0-9]{1,5}W|(?=[0-9T])([0-9]{1,5}D)?(T(?=[0-9])([0-9]{1,7}H)?([0-9]{1,8}M)?([0-9]{1,9}S)?)?)\z""")]
    private static partial Regex DurationForm();
}
