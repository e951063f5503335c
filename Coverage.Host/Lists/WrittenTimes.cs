using System;

namespace Coverage.Host;

/// <summary>Reads instants and lengths of lists, to the microsecond and rounded half to even, as in names (semantics.md section 1).</summary>
internal static class WrittenTimes
{
    /// <summary>The end of the last hour there is (semantics.md section 1).</summary>
    private const long Latest = 253_370_764_800_000_000;

    private const int MinutesOfDay = 24 * 60;

    /// <summary>A number of digits and a point, in microseconds; false when it is none. One that is later than all hours is that late.</summary>
    /// <param name="text">The digits.</param>
    /// <param name="unit">How many microseconds it counts: a power of ten.</param>
    /// <param name="microseconds">What it says.</param>
    public static bool TryNumber(ReadOnlySpan<byte> text, long unit, out long microseconds)
    {
        microseconds = 0;
        int point = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? text : text[..point], fraction = point < 0 ? [] : text[(point + 1)..];
        if (whole.IsEmpty || !AreDigits(whole) || !AreDigits(fraction) || (point >= 0 && fraction.IsEmpty))
        {
            return false;
        }

        foreach (byte digit in whole)
        {
            microseconds = Math.Min((microseconds * 10) + ((digit - '0') * unit), 2 * Latest);
        }

        for (; unit > 1 && !fraction.IsEmpty; fraction = fraction[1..])
        {
            unit /= 10;
            microseconds += (fraction[0] - '0') * unit;
        }

        if (!fraction.IsEmpty && (fraction[0] > '5' || (fraction[0] == '5' && (microseconds % 2 == 1 || fraction[1..].ContainsAnyExcept((byte)'0')))))
        {
            microseconds++;
        }

        return true;
    }

    /// <summary>
    /// An instant as <c>2025-11-07T18:00:00.5+01:00</c>, with a space for the T, without seconds or their fraction, with Z or with an
    /// offset of hours alone; false when it is none, or has no offset.
    /// </summary>
    public static bool TryInstant(ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (text.Length < 17 || text[4] != '-' || text[7] != '-' || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':'
            || !(TryDigits(text[..4], out int year) && TryDigits(text[5..7], out int month) && TryDigits(text[8..10], out int day)
                && TryDigits(text[11..13], out int hour) && TryDigits(text[14..16], out int minute))
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = text[16..];
        long seconds = 0;
        if (rest[0] == (byte)':')
        {
            int until = rest.IndexOfAny("Zz+-"u8);
            ReadOnlySpan<byte> written = until < 0 ? [] : rest[1..until];
            bool hasForm = written.Length == 2 || (written.Length > 3 && written[2] == '.');
            if (!hasForm || !TryDigits(written[..2], out int whole) || whole > 59 || !TryNumber(written, 1_000_000, out seconds))
            {
                return false;
            }

            rest = rest[until..];
        }

        if (!TryOffset(rest, out int offset))
        {
            return false;
        }

        long ticks = new DateTime(year, month, day, hour, minute, 0, DateTimeKind.Utc).Ticks - DateTime.UnixEpoch.Ticks;
        microseconds = (ticks / TimeSpan.TicksPerMicrosecond) + seconds - (offset * 60_000_000L);
        return true;
    }

    /// <summary>Whether an instant lies in the hours that there are, or is the end of the last one.</summary>
    public static bool IsInHours(long microseconds) => microseconds is >= 0 and <= Latest;

    private static bool TryOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text is [(byte)'Z' or (byte)'z'])
        {
            return true;
        }

        if (text.Length is not (3 or 5 or 6) || text[0] is not ((byte)'+' or (byte)'-') || (text.Length == 6 && text[3] != ':'))
        {
            return false;
        }

        int past = 0;
        if (!TryDigits(text[1..3], out int hours) || (text.Length > 3 && !TryDigits(text[^2..], out past)) || past > 59)
        {
            return false;
        }

        minutes = ((hours * 60) + past) * (text[0] == (byte)'-' ? -1 : 1);
        return Math.Abs(minutes) < MinutesOfDay;
    }

    private static bool AreDigits(ReadOnlySpan<byte> text) => !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private static bool TryDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (byte digit in text)
        {
            value = (value * 10) + digit - '0';
        }

        return AreDigits(text);
    }
}
