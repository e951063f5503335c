using System.Linq;
using System.Runtime.CompilerServices;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>Figures of a report that take all of it to work out: worked out once, when they are first asked for.</summary>
internal sealed class Totals
{
    private static readonly ConditionalWeakTable<StreamReport, Totals> OfReports = [];

    private Totals(StreamReport report)
    {
        LongestHole = report.Raw.Holes.Intervals.Select(hole => hole.Time).DefaultIfEmpty().Max();
        PartialOnly = new(report.PartialOnly.Length);
        foreach (HourReport hour in report.Hours)
        {
            BadNames += hour.Bad;
            TempSegments += hour.Temp;
            Tally overlaps = hour.Overlaps.Full + hour.Overlaps.Suspect + hour.Overlaps.Partial;
            Overlaps += overlaps.Count;
            OverlapSeconds += overlaps.Length;
        }

        OverlapSeconds /= 1_000_000m;
    }

    /// <summary>The length of the longest hole; zero when there is none.</summary>
    public Duration LongestHole { get; }

    /// <summary>How much time suspect or partial segments alone cover.</summary>
    public Duration PartialOnly { get; }

    /// <summary>How many names do not fit the grammar.</summary>
    public long BadNames { get; }

    /// <summary>How many segments are still being written.</summary>
    public long TempSegments { get; }

    /// <summary>How many overlaps there are.</summary>
    public long Overlaps { get; }

    /// <summary>Their exact length, which 64 bits may not hold.</summary>
    public decimal OverlapSeconds { get; }

    /// <summary>The totals of a report.</summary>
    public static Totals Of(StreamReport report) => OfReports.GetValue(report, static one => new(one));
}

/// <summary>The completeness of an account, from 0 to 1 and as people read it: worked out once.</summary>
internal sealed record ShownCompleteness(decimal? Ratio, string Text)
{
    private static readonly ConditionalWeakTable<Account, ShownCompleteness> OfAccounts = [];

    /// <summary>The completeness of an account; the number is null where nothing is expected.</summary>
    public static ShownCompleteness Of(Account account) =>
        OfAccounts.GetValue(account, static one => new(Engine.Completeness(one), Engine.CompletenessText(one)));
}
