using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage;

/// <summary>An hour whose folder is there and cannot be read (semantics.md section 1).</summary>
/// <param name="Hour">The hour.</param>
/// <param name="Failure">What of it cannot be read first, and why.</param>
internal sealed record UnreadHour(Hour Hour, UnreadableException Failure);

/// <summary>What reading a stream gave.</summary>
internal sealed record StreamReading
{
    /// <summary>The account of its facts alone; the same value while neither they nor what is unread change.</summary>
    public required Account Account { get; init; }

    /// <summary>All facts of it.</summary>
    public StreamFacts Facts => Account.Facts;

    /// <summary>The hours in the range checked that cannot be read, in order.</summary>
    public required ImmutableArray<UnreadHour> Unread { get; init; }

    /// <summary>Its report.</summary>
    public StreamReport Report => Facts.Report;

    /// <summary>The first bad names of each hour that has any.</summary>
    public required IReadOnlyDictionary<Hour, ImmutableArray<BadName>> BadNames { get; init; }

    /// <summary>How many bad names of each hour are re-coded, where any are.</summary>
    public required IReadOnlyDictionary<Hour, int> Recoded { get; init; }

    /// <summary>The files of each hour beside which there is a deletion mark that hides nothing, where there are any.</summary>
    public required IReadOnlyDictionary<Hour, ImmutableArray<string>> MarkedInVain { get; init; }

    /// <summary>The empty files, in order, where every size was asked for; of other layouts those that count although they are.</summary>
    public ImmutableArray<EmptyFile> EmptyFiles { get; init; } = [];

    /// <summary>At how many starts sizes would decide that the list of its files does not have.</summary>
    public int Unsized { get; init; }

    /// <summary>Folders where hours are expected whose names are none; safe on one line.</summary>
    public IReadOnlyList<string> OddFolders { get; init; } = [];

    /// <summary>The first and the last hour that has a folder, whether in the range checked or not.</summary>
    public (Hour First, Hour Last)? HoursPresent { get; init; }

    /// <summary>Whether any hour that has a folder lies in the range checked.</summary>
    public required bool AnyInRange { get; init; }

    /// <summary>What the stamps are worth on each file system that the folders of the stream and of its hours lie on.</summary>
    public required IReadOnlyList<StampTrust> Trust { get; init; }

    /// <summary>The hours in which reading everything again found what earlier checks missed.</summary>
    public required IReadOnlyList<Hour> Corrected { get; init; }

    /// <summary>The segments that are ahead of the clock; null for none.</summary>
    public SegmentsAhead? Ahead { get; init; }

    /// <summary>What is to be known beside that of a stream of another layout; null of one of this.</summary>
    public MediaFacts? Media { get; init; }

    /// <summary>Whether it would be complete, were its files not shorter than they span (semantics.md section 13).</summary>
    public bool IsThin => Media is { IsThin: true } && Report.Status == Status.Complete;

    /// <summary>Whether there is any segment, or a bad name of one, or an hour that may hold some, since it cannot be read.</summary>
    public bool HoldsSegments => !Unread.IsEmpty || Report.Hours.Any(hour => hour.Bad + hour.Temp
        + hour.Segments.Full.Count + hour.Segments.Suspect.Count + hour.Segments.Partial.Count > 0);

    /// <summary>Whether the stream's folder lists hours, and none of them in the range checked: they may hold something.</summary>
    public bool IsOutOfRange { get; init; }

    /// <summary>Whether the stream has a folder.</summary>
    public bool IsThere { get; init; } = true;

    /// <summary>A reading that gave an account, and in which nothing was odd.</summary>
    public static StreamReading Of(Account account) => new()
    {
        Account = account,
        Unread = [],
        BadNames = new Dictionary<Hour, ImmutableArray<BadName>>(),
        Recoded = new Dictionary<Hour, int>(),
        MarkedInVain = new Dictionary<Hour, ImmutableArray<string>>(),
        AnyInRange = true,
        Trust = [],
        Corrected = [],
    };

    /// <summary>What there is of a stream without a folder: nothing.</summary>
    public static StreamReading Nothing(Settings settings) => Of(Engine.Account(Engine.Facts(settings, []))) with { IsThere = false };

    /// <summary>Whether there is nothing.</summary>
    public bool IsBare => !HoldsSegments && !IsOutOfRange;
}
