using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using NodaTime;
using NodaTime.TimeZones;
using Instant = NodaTime.Instant;

namespace Coverage.Host;

/// <summary>How long an event is: whole days of the local calendar, and then a fixed time.</summary>
internal readonly record struct CalendarLength(int Days, NodaTime.Duration Rest)
{
    /// <summary>The longest an event may be, in days.</summary>
    public const int MostDays = 366;

    /// <summary>The length, a day being 24 hours.</summary>
    public NodaTime.Duration Nominal => NodaTime.Duration.FromDays(Days) + Rest;
}

/// <summary>An event with all its repetitions.</summary>
/// <param name="Streams">Of which streams.</param>
/// <param name="Zone">The zone of its local times.</param>
/// <param name="First">When it starts first.</param>
/// <param name="Length">How long it is each time.</param>
/// <param name="Rule">How it repeats, if it does.</param>
/// <param name="More">Further times, each with a length of its own.</param>
/// <param name="NotAt">Starts that are left out, or have an event of their own.</param>
/// <param name="NotOn">Likewise the days of them.</param>
internal sealed record CalendarSeries(
    ImmutableArray<Glob> Streams,
    DateTimeZone Zone,
    LocalDateTime First,
    CalendarLength Length,
    CalendarRule? Rule,
    ImmutableArray<CalendarTime> More,
    ImmutableHashSet<Instant> NotAt,
    ImmutableHashSet<LocalDate> NotOn)
{
    /// <summary>The spans that share time with a window, whole.</summary>
    public IEnumerable<ExpectedSpan> Spans(Instant from, Instant to)
    {
        // Wide enough for every offset there is, and for every change of one.
        NodaTime.Duration margin = NodaTime.Duration.FromDays(2);
        LocalDateTime low = (from - Length.Nominal - margin).InUtc().LocalDateTime;
        LocalDateTime high = (to + margin).InUtc().LocalDateTime;
        low = low < First ? First : low;

        IEnumerable<CalendarTime> repeated = Rule is null ? [] :
            from start in Rule.Starts(low).TakeWhile(start => start <= high)
            let time = CalendarTime.Of(start, Zone, Length)
            where Rule.Allows(start, time.Start)
            select time;
        return
            from time in repeated.Prepend(CalendarTime.Of(First, Zone, Length)).Concat(More)
            let end = time.End
            where time.Start < to && end > @from
            where !NotAt.Contains(time.Start) && !NotOn.Contains(time.Local.Date)
            let span = IntervalModule.create(Microseconds(time.Start), Microseconds(end))
            from streams in Streams
            select new ExpectedSpan(streams, span);
    }

    /// <summary>Microseconds since the Unix epoch.</summary>
    private static long Microseconds(Instant instant) => instant.ToUnixTimeTicks() / (NodaConstants.TicksPerMillisecond / 1000);
}

/// <summary>One time of an event.</summary>
/// <param name="Local">Its start as it is written.</param>
/// <param name="Start">Its start.</param>
/// <param name="Zone">The zone in which it is written.</param>
/// <param name="Length">How long it is.</param>
internal readonly record struct CalendarTime(LocalDateTime Local, Instant Start, DateTimeZone Zone, CalendarLength Length)
{
    /// <summary>The time that begins at a local time of a zone.</summary>
    public static CalendarTime Of(LocalDateTime local, DateTimeZone zone, CalendarLength length) => new(local, At(local, zone), zone, length);

    /// <summary>Its end.</summary>
    public Instant End => (Length.Days == 0 ? Start : At(Local.PlusDays(Length.Days), Zone)) + Length.Rest;

    /// <summary>
    /// When a local time is. One that a clock change skips is read with the offset before it; of one that comes twice it is the
    /// earlier.
    /// </summary>
    public static Instant At(LocalDateTime local, DateTimeZone zone) =>
        zone.ResolveLocal(local, Resolvers.LenientResolver).ToInstant();
}
