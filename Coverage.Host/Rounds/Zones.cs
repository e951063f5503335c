using System;
using System.Collections.Immutable;

namespace Coverage.Host;

/// <summary>Time zones of the system as values of the core.</summary>
internal static class Zones
{
    /// <summary>What a recorder can have written lies in these years; later ones keep the last offset.</summary>
    private static readonly DateTimeOffset First = new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero), Last = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>No two changes of a zone lie closer together.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromDays(7);

    /// <summary>The offsets of a zone, with the second from which on each holds.</summary>
    public static Zone Of(TimeZoneInfo zone)
    {
        var offsets = ImmutableArray.CreateBuilder<ZoneOffset>();
        offsets.Add(new(InstantModule.beforeAll, Microseconds(zone.GetUtcOffset(First))));
        for (DateTimeOffset week = First; week < Last; week += Step)
        {
            if (zone.GetUtcOffset(week) != zone.GetUtcOffset(week + Step))
            {
                DateTimeOffset change = ChangeIn(zone, week, week + Step);
                offsets.Add(new(change.ToUnixTimeSeconds() * 1_000_000, Microseconds(zone.GetUtcOffset(change))));
            }
        }

        return new(offsets.DrainToImmutable());
    }

    /// <summary>The second in which an offset changes between two instants, by halving.</summary>
    private static DateTimeOffset ChangeIn(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        while (until - from > TimeSpan.FromSeconds(1))
        {
            DateTimeOffset middle = from + TimeSpan.FromSeconds(Math.Floor((until - from).TotalSeconds / 2));
            (from, until) = zone.GetUtcOffset(middle) == zone.GetUtcOffset(from) ? (middle, until) : (from, middle);
        }

        return until;
    }

    private static long Microseconds(TimeSpan offset) => offset.Ticks / TimeSpan.TicksPerMicrosecond;
}
