using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The fields of everything that the outputs show, in their order.</summary>
internal static class Fields
{
    /// <summary>Which stream something belongs to.</summary>
    public static readonly ImmutableArray<Field<StreamName>> Name =
    [
        new("channel", Unit.Text, "The channel", stream => stream.Channel),
        new("quality", Unit.Text, "The quality", stream => stream.Quality),
    ];

    /// <summary>An interval.</summary>
    public static readonly ImmutableArray<Field<Interval>> Interval =
    [
        new("start", Unit.Instant, "The first instant", interval => interval.From),
        new("end", Unit.Instant, "The end, which is excluded", interval => interval.Until),
        new("seconds", Unit.Seconds, "The length", interval => interval.Time),
    ];

    /// <summary>An interval of a stream.</summary>
    public static readonly ImmutableArray<Field<StreamInterval>> StreamInterval =
        [.. All(Name, (StreamInterval one) => one.Stream), .. All(Interval, (StreamInterval one) => one.Interval)];

    /// <summary>A span of a stream, without its word.</summary>
    public static readonly ImmutableArray<Field<StreamSpan>> Span = [.. All(StreamInterval, (StreamSpan one) => one.At)];

    /// <summary>A span of a stream, with its word.</summary>
    public static readonly ImmutableArray<Field<StreamSpan>> WordSpan =
    [
        .. All(Name, (StreamSpan one) => one.At.Stream),
        new("word", Unit.Word, "What each of its instants is", one => one.Word),
        .. All(Interval, (StreamSpan one) => one.At.Interval),
    ];

    /// <summary>The extent of a stream.</summary>
    public static readonly ImmutableArray<Field<StreamRound>> Extent =
    [
        .. All(StreamInterval, (StreamRound stream) => new StreamInterval(stream.Stream, stream.Report!.Extent)),
        new("status", Unit.Text, "The stream in one word: empty, incomplete, partial, thin or complete", stream => Texts.Status(stream.Reading)),
    ];

    /// <summary>The round that an answer is from.</summary>
    public static readonly ImmutableArray<Field<RoundAt>> Round =
    [
        new("number", Unit.Count, "The number of the round since the program started", at => at.Round.Number),
        new("finished", Unit.Instant, "When the round ended", at => at.Finished),
        new("interval_seconds", Unit.Seconds, "The time between two rounds, as --check-interval gives it", at => at.Interval),
    ];

    /// <summary>An hour of a stream.</summary>
    public static readonly ImmutableArray<Field<HourReport>> Hour =
    [
        new("hour", Unit.Hour, "The hour, as its folder is named", hour => new Hour(hour.Hour)),
        new("window_seconds", Unit.Seconds, "How much of the hour the extent reaches over", hour => hour.Window.Time),
        .. Kinds("segments", "segments in the hour's folder", ("segment_count", "segment_duration"), hour => hour.Segments),
        new("segments.temp.count", Unit.Count, "Number of segments that are still being written", hour => hour.Temp),
        new("segments.bad.count", Unit.Count, "Number of names that do not fit the grammar", hour => hour.Bad)
        {
            Gauge = new("segment_count", "bad"),
        },
        .. Kinds("overlaps", "overlaps", ("overlap_count", "overlap_duration"), hour => hour.Overlaps),
        .. Coverage("raw", "any best segment", hour => hour.Raw),
        .. Coverage("editable", "the editable chain", hour => hour.Editable),
    ];

    /// <summary>The totals of a stream.</summary>
    public static readonly ImmutableArray<Field<Account>> Account =
    [
        new("start", Unit.Instant, "Where the extent begins", account => Start(account.Facts.Report)) { IsNullable = true },
        new("end", Unit.Instant, "Where the extent ends", account => End(account.Facts.Report)) { IsNullable = true },
        new("extent_seconds", Unit.Seconds, "Length of the extent", account => account.Facts.Report.Extent.Time),
        new("completeness", Unit.Ratio, "Share of the extent that is neither missing nor partial-only, 0 to 1",
            account => ShownCompleteness.Of(account).Ratio)
        {
            Gauge = new("complete_ratio"),
            IsNullable = true,
        },
        new("completeness_text", Unit.Text, "The completeness in percent; 100 % only when nothing is missing",
            account => ShownCompleteness.Of(account).Text),
        new("covered_seconds", Unit.Seconds, "Time that segments cover", account => new Duration(account.Facts.Report.Raw.Covered)),
        new("holes", Unit.Count, "Number of holes", account => account.Facts.Report.Raw.Holes.Count) { Gauge = new("holes") },
        new("hole_seconds", Unit.Seconds, "Length of all holes", account => new Duration(account.Facts.Report.Raw.HoleLength))
        {
            Gauge = new("hole_seconds"),
        },
        new("longest_hole_seconds", Unit.Seconds, "Length of the longest hole", account => Totals.Of(account.Facts.Report).LongestHole)
        {
            Gauge = new("longest_hole_seconds"),
        },
        new("seam_seconds", Unit.Seconds, "Length of all seams", account => new Duration(account.Facts.Report.Raw.SeamLength)),
        new("editable_covered_seconds", Unit.Seconds, "Time that the editable chain covers",
            account => new Duration(account.Facts.Report.Editable.Covered)),
        new("editable_holes", Unit.Count, "Number of holes in editable coverage", account => account.Facts.Report.Editable.Holes.Count)
        {
            Gauge = new("editable_holes"),
        },
        new("editable_hole_seconds", Unit.Seconds, "Length of all holes in editable coverage",
            account => new Duration(account.Facts.Report.Editable.HoleLength))
        {
            Gauge = new("editable_hole_seconds"),
        },
        new("partial_only_seconds", Unit.Seconds, "Time that only suspect or partial segments cover",
            account => Totals.Of(account.Facts.Report).PartialOnly)
        {
            Gauge = new("partial_only_seconds"),
        },
        new("overlap_seconds", Unit.Seconds, "Length of all overlaps", account => Totals.Of(account.Facts.Report).OverlapSeconds),
        new("hours", Unit.Count, "Number of hours reported", account => account.Facts.Report.Hours.Length) { Gauge = new("hour_reports") },
        new("bad_segments", Unit.Count, "Number of names that do not fit the grammar", account => Totals.Of(account.Facts.Report).BadNames)
        {
            Gauge = new("bad_segments"),
        },
        new("temp_segments", Unit.Count, "Number of segments that are still being written", account => Totals.Of(account.Facts.Report).TempSegments),
        new("last_segment_end", Unit.Instant, "Furthest end of the segments", account => End(account.Facts.Report))
        {
            Gauge = new("last_segment_end_timestamp_seconds"),
            IsNullable = true,
        },
    ];

    /// <summary>What a reading says of a stream beside its account.</summary>
    public static readonly Field<StreamReading> Ahead = new(
        "segments_ahead", Unit.Count, "Number of segments in hours later than now, which are left out of everything else",
        reading => reading.Ahead?.Count ?? 0)
    {
        Gauge = new("segments_ahead"),
    };

    /// <summary>A hole that is gone, and how long it was known of.</summary>
    public static readonly ImmutableArray<Field<(Interval Hole, Duration Stood)>> ClosedHole =
    [
        .. All(Interval, ((Interval Hole, Duration Stood) closed) => closed.Hole),
        new("stood_seconds", Unit.Seconds, "How long the hole was known of, since this run of the program", closed => closed.Stood),
    ];

    /// <summary>A hole that has grown or shrunk, and its earlier length.</summary>
    public static readonly ImmutableArray<Field<(Interval Hole, Duration Was)>> ChangedHole =
    [
        .. All(Interval, ((Interval Hole, Duration Was) changed) => changed.Hole),
        new("was_seconds", Unit.Seconds, "The length before", changed => changed.Was),
    ];

    /// <summary>A stream whose latest look failed.</summary>
    public static readonly ImmutableArray<Field<StreamRound>> Failing =
    [
        .. All(Name, (StreamRound stream) => stream.Stream),
        new("error", Unit.Text, "Why the look failed", stream => stream.Failing),
    ];

    /// <summary>A file system that a stream lies on.</summary>
    public static readonly ImmutableArray<Field<StampTrust>> Trust =
    [
        new("file_system", Unit.Text, "The kind of the file system", trust => trust.FileSystem),
        new("trusted", Unit.Flag, "Whether a folder with an unchanged modification time is taken to be unchanged", trust => trust.IsTrusted),
    ];

    /// <summary>A segment of an hour; times are microseconds from the start of the hour.</summary>
    public static readonly ImmutableArray<Field<SegmentOfHour>> Segment =
    [
        new("start", Unit.Microseconds, "Where it starts, from the hour's start", one => (one.Start - one.Hour.Start).Microseconds),
        new("length", Unit.Microseconds, "The length", one => one.Segment.Duration),
        new("kind", Unit.Text, "The type: full, suspect, partial or temp", one => one.Segment.Kind.ToString().ToLowerInvariant()),
        new("best", Unit.Flag, "Whether it is the best segment for its start", one => one.IsBest),
        new("chain", Unit.Flag, "Whether it is in the editable chain", one => one.IsInChain),
        new("findings", Unit.Text, "What is wrong with its file, with spaces between; null where nothing is known",
            one => one.Found is { } found ? Texts.Of(found.Verified.Findings) : default(FieldValue))
        {
            IsNullable = true,
        },
        new("measured", Unit.Microseconds, "The length of the media in a file with findings; null where it was not measured",
            one => one.Found?.Measured is { } measured ? measured.Microseconds : default(FieldValue))
        {
            IsNullable = true,
        },
    ];

    /// <summary>A stream in a round: its status, its totals, and how the latest look at it ended.</summary>
    public static readonly ImmutableArray<Field<StreamAt>> Stream =
    [
        .. All(Name, (StreamAt at) => at.Stream.Stream),
        new("status", Unit.Text, "The stream in one word: unknown, empty, incomplete, partial, thin or complete",
            at => Texts.Status(at.Stream.Reading)),
        .. All(Account[..^1], (StreamAt at) => at.Stream.Reading?.Account, isOptional: true),
        Ahead.In((StreamAt at) => at.Stream.Reading, isOptional: true),
        .. All(Account[^1..], (StreamAt at) => at.Stream.Reading?.Account, isOptional: true),
        new("age_seconds", Unit.Seconds, "How long before the end of the round the last segment ended",
            at => at.Stream.Report is { Extent.IsEmpty: false } report ? at.Now - report.Extent.Until : default(FieldValue))
        {
            IsNullable = true,
        },
        new("checked", Unit.Instant, "When a look at the stream last succeeded",
            at => at.Stream.Checked is { } then ? Instant.Of(then) : default(FieldValue))
        {
            IsNullable = true,
        },
        new("failing", Unit.Text, "Why the latest look failed; null when it succeeded", at => at.Stream.Failing) { IsNullable = true },
    ];

    /// <summary>The fields of a part as fields of the whole.</summary>
    public static IEnumerable<Field<TOuter>> All<T, TOuter>(
        ImmutableArray<Field<T>> fields, Func<TOuter, T?> inner, bool isOptional = false) =>
        fields.Select(field => field.In(inner, isOptional));

    private static FieldValue Start(StreamReport report) => report.Extent.IsEmpty ? default : (FieldValue)report.Extent.From;

    private static FieldValue End(StreamReport report) => report.Extent.IsEmpty ? default : (FieldValue)report.Extent.Until;

    private static IEnumerable<Field<HourReport>> Kinds(
        string key, string what, (string Count, string Length) gauges, Func<HourReport, ByKind> of)
    {
        foreach ((string kind, Func<ByKind, Tally> tally) in Texts.Kinds)
        {
            yield return new($"{key}.{kind}.count", Unit.Count, $"Number of {kind} {what}", hour => tally(of(hour)).Count)
            {
                Gauge = new(gauges.Count, kind),
            };
            yield return new(
                $"{key}.{kind}.seconds", Unit.Seconds, $"Length of the {kind} {what}", hour => new Duration(tally(of(hour)).Length))
            {
                Gauge = new(gauges.Length, kind),
            };
        }
    }

    private static IEnumerable<Field<HourReport>> Coverage(string key, string by, Func<HourReport, HourCoverage> of) =>
    [
        new($"{key}.covered_seconds", Unit.Seconds, $"How much of the window {by} covers", hour => new Duration(of(hour).Covered))
        {
            Gauge = new($"{key}_coverage"),
        },
        new($"{key}.holes", Unit.Count, $"Number of {key} holes that reach into the window", hour => of(hour).Holes)
        {
            Gauge = new($"{key}_holes"),
        },
        new($"{key}.hole_seconds", Unit.Seconds, $"How much of the window lies in {key} holes", hour => new Duration(of(hour).HoleLength)),
        new($"{key}.seam_seconds", Unit.Seconds, $"How much of the window lies in {key} seams", hour => new Duration(of(hour).SeamLength)),
    ];
}

/// <summary>An interval of a stream.</summary>
internal readonly record struct StreamInterval(StreamName Stream, Interval Interval);

/// <summary>A span of a stream, and what it is in one word.</summary>
internal readonly record struct StreamSpan(StreamInterval At, string Word);

/// <summary>A segment of an hour.</summary>
internal readonly record struct SegmentOfHour(Hour Hour, Segment Segment, bool IsBest, bool IsInChain, FoundItem? Found)
{
    /// <summary>Where it starts.</summary>
    public Instant Start => new(Segment.Start);
}

/// <summary>A stream in a round that ended now.</summary>
internal readonly record struct StreamAt(StreamRound Stream, Instant Now);

/// <summary>A round, and the time between two of them.</summary>
internal readonly record struct RoundAt(Round Round, Duration Interval)
{
    /// <summary>When it ended.</summary>
    public Instant Finished => Instant.Of(Round.Finished);
}
