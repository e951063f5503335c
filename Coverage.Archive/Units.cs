using System;
using System.Globalization;

namespace Coverage.Units;

// The core's units of measure are erased at this border: instants and lengths are both long, hours are int. These
// structs keep them apart in C#. The default value of each is zero.

/// <summary>A point in time: whole microseconds since the Unix epoch, UTC.</summary>
/// <param name="Microseconds">Microseconds since the Unix epoch.</param>
internal readonly record struct Instant(long Microseconds) : IComparable<Instant>
{
    /// <summary>An instant of the clock, to the microsecond before it.</summary>
    public static Instant Of(DateTimeOffset time) =>
        new((time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Microseconds.CompareTo(other.Microseconds);

    /// <summary>As <c>2025-11-07T18:00:00.000000Z</c>.</summary>
    public override string ToString() => Engine.InstantText(Microseconds);

    public static Duration operator -(Instant later, Instant earlier) => new(later.Microseconds - earlier.Microseconds);

    public static Instant operator +(Instant instant, Duration length) => new(instant.Microseconds + length.Microseconds);

    public static bool operator <(Instant left, Instant right) => left.Microseconds < right.Microseconds;

    public static bool operator >(Instant left, Instant right) => left.Microseconds > right.Microseconds;

    public static bool operator <=(Instant left, Instant right) => left.Microseconds <= right.Microseconds;

    public static bool operator >=(Instant left, Instant right) => left.Microseconds >= right.Microseconds;
}

/// <summary>A length of time in whole microseconds.</summary>
/// <param name="Microseconds">Microseconds.</param>
internal readonly record struct Duration(long Microseconds) : IComparable<Duration>
{
    /// <summary>In seconds, exact, without trailing zeros.</summary>
    public decimal Seconds => Engine.Seconds(Microseconds);

    /// <summary>A length of the clock, to the microsecond below it.</summary>
    public static Duration Of(TimeSpan length) => new(length.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>As the clock counts.</summary>
    public TimeSpan ToTimeSpan() => TimeSpan.FromMicroseconds(Microseconds);

    /// <inheritdoc/>
    public int CompareTo(Duration other) => Microseconds.CompareTo(other.Microseconds);

    /// <summary>Its seconds as the shortest exact decimal.</summary>
    public override string ToString() => Seconds.ToString(CultureInfo.InvariantCulture);

    public static Duration operator +(Duration left, Duration right) => new(left.Microseconds + right.Microseconds);

    public static bool operator <(Duration left, Duration right) => left.Microseconds < right.Microseconds;

    public static bool operator >(Duration left, Duration right) => left.Microseconds > right.Microseconds;

    public static bool operator <=(Duration left, Duration right) => left.Microseconds <= right.Microseconds;

    public static bool operator >=(Duration left, Duration right) => left.Microseconds >= right.Microseconds;
}

/// <summary>A calendar hour, UTC.</summary>
/// <param name="Number">Whole hours since the Unix epoch.</param>
internal readonly record struct Hour(int Number) : IComparable<Hour>
{
    /// <summary>The hour of a folder's name; null when the name is no hour (semantics.md section 1).</summary>
    public static Hour? TryParse(string name) => Engine.TryParseHour(name, out int hour) ? new(hour) : null;

    /// <summary>The hour in which an instant lies.</summary>
    public static Hour Of(Instant instant) =>
        new((int)Math.Floor((decimal)instant.Microseconds / (TimeSpan.TicksPerHour / TimeSpan.TicksPerMicrosecond)));

    /// <summary>Its first instant.</summary>
    public Instant Start => new(Number * (TimeSpan.TicksPerHour / TimeSpan.TicksPerMicrosecond));

    /// <summary>Its end, the first instant of the next hour.</summary>
    public Instant End => new Hour(Number + 1).Start;

    /// <inheritdoc/>
    public int CompareTo(Hour other) => Number.CompareTo(other.Number);

    /// <summary>The name of its folder: <c>2025-11-07T18</c>.</summary>
    public override string ToString() => Engine.HourText(Number);

    public static bool operator <(Hour left, Hour right) => left.Number < right.Number;

    public static bool operator >(Hour left, Hour right) => left.Number > right.Number;

    public static bool operator <=(Hour left, Hour right) => left.Number <= right.Number;

    public static bool operator >=(Hour left, Hour right) => left.Number >= right.Number;
}

/// <summary>What the core hands out as plain numbers, with their units.</summary>
internal static class UnitsOfCore
{
    extension(Interval interval)
    {
        /// <summary>Its first instant.</summary>
        public Instant From => new(interval.Start);

        /// <summary>Its end, which is excluded.</summary>
        public Instant Until => new(interval.End);

        /// <summary>How long it is.</summary>
        public Duration Time => new(interval.Length);
    }
}
