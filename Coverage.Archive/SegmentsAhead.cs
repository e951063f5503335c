using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;
using Microsoft.FSharp.Core;

namespace Coverage;

/// <summary>Segments of a stream in hours later than now (semantics.md section 6): some clock was wrong once.</summary>
/// <param name="Count">How many full, suspect and partial ones there are.</param>
/// <param name="FirstHour">The first hour that has any.</param>
/// <param name="AreAll">Whether the stream has no others: then the clock that is wrong is taken to be this machine's.</param>
internal sealed record SegmentsAhead(int Count, Hour FirstHour, bool AreAll)
{
    /// <summary>What to say of them.</summary>
    public override string ToString() => AreAll
        ? $"all segments ({Count}, from {FirstHour} on) are later than this machine's clock, which is taken to "
            + "be wrong: nothing is left out; set the clock"
        : $"segments ahead of the clock ({Count}, from {FirstHour} on) are left out until their time comes: the "
            + "clock of a recorder was wrong; remove them, or set this machine's clock";
}

/// <summary>What of a stream is served: its first so many hours, and the settings they are reported with.</summary>
internal readonly record struct Present(int Hours, Settings Settings, SegmentsAhead? Ahead)
{
    /// <summary>The hours that are not ahead; all of them when no segment would be left.</summary>
    /// <param name="settings">What the stream is checked with.</param>
    /// <param name="hours">All its hours, in order.</param>
    /// <param name="last">The last hour that is not ahead; null when nothing is left out.</param>
    public static Present Of(Settings settings, ImmutableArray<HourDetail> hours, Hour? last)
    {
        int present = hours.Length, count = 0;
        Hour first = default;
        for (; present > 0 && HourOf(hours[present - 1]) > last; present--)
        {
            HourDetail hour = hours[present - 1];
            (count, first) = Segments(hour) > 0 ? (count + Segments(hour), HourOf(hour)) : (count, first);
        }

        SegmentsAhead? ahead = count > 0 ? new(count, first, AreAll: false) : null;
        if (last is not { } cut || !hours.Take(present).Any(hour => Segments(hour) > 0))
        {
            return new(hours.Length, settings, ahead is null ? null : ahead with { AreAll = true });
        }

        // The cut is in the settings only where it cuts: the map of a recording that is over must not grow with the clock.
        bool isCut = new Instant(hours[present - 1].Timeline.Carry.Furthest) > cut.End
            && (settings.LastHour.IsNone || settings.LastHour.Value > cut.Number);
        return new(
            present,
            isCut ? new(settings.Tolerance, settings.FirstHour, FSharpValueOption<int>.NewValueSome(cut.Number)) : settings,
            ahead);
    }

    private static Hour HourOf(HourDetail hour) => new(hour.Timeline.Hour);

    private static int Segments(HourDetail hour) =>
        hour.Timeline.Segments.Full.Count + hour.Timeline.Segments.Suspect.Count + hour.Timeline.Segments.Partial.Count;
}
