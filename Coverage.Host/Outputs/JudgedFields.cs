using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The fields of a stream as it is judged (semantics.md section 9), in their order.</summary>
internal static class JudgedFields
{
    /// <summary>An hour of a judged stream. One that could not be read has no figures but those of its words.</summary>
    public static readonly ImmutableArray<Field<AccountHour>> Hour =
    [
        new(Fields.Hour[0].Key, Fields.Hour[0].Unit, Fields.Hour[0].Help, hour => new Hour(hour.Hour)),
        .. Fields.All(Fields.Hour[1..], (AccountHour hour) => hour.Report.IsSome ? hour.Report.Value : null, isOptional: true),
        .. Words<AccountHour>("account_seconds", "of the hour", (hour, word) => new Duration(hour.Words[(int)word])),
    ];

    /// <summary>An hour, with its stream.</summary>
    public static readonly ImmutableArray<Field<StreamHour>> StreamHour =
        [.. Fields.All(Fields.Name, (StreamHour one) => one.Stream), .. Fields.All(Hour, (StreamHour one) => one.Hour)];

    /// <summary>When a stream was judged.</summary>
    public static readonly ImmutableArray<Field<Judgement>> At =
        [new("now", Unit.Instant, "The instant of the judgement", judgement => judgement.Now)];

    /// <summary>How a stream was judged, in figures.</summary>
    public static readonly ImmutableArray<Field<Judgement>> Totals =
    [
        new("settling_seconds", Unit.Seconds, "How long after it was live a time may still come in", judgement => judgement.Settling),
        new("expected", Unit.Flag, "Whether it was said when streams are expected", judgement => judgement.IsExpectedGiven),
        new("verdict", Unit.Text, "The stream in one word: empty, missing, unknown, ahead, pending, partial or complete",
            judgement => Texts.Of(judgement.Verdict)),
        new("completeness", Unit.Ratio, "Share of the expected, kept time until now that is good; rounded down, so that 1 says that nothing lacks",
            judgement => Texts.Ratio(judgement.Completeness))
        {
            IsNullable = true,
        },
        new("completeness_seconds.good", Unit.Seconds, "How much of it full segments cover, seams included",
            judgement => new Duration(judgement.Completeness.Good)),
        new("completeness_seconds.of", Unit.Seconds, "That, and what is partial, unknown or missing",
            judgement => new Duration(judgement.Completeness.Whole)),
        .. Words<Judgement>("seconds", "of the span", (judgement, word) => judgement.LengthOf(word)),
    ];

    /// <summary>How a recording stands.</summary>
    public static readonly ImmutableArray<Field<Judgement>> Edge =
    [
        new("edge.word", Unit.Text, "How the recording stands: none, recording, quiet, stopped or ended",
            judgement => Texts.Of(judgement.Edge.Word)),
        new("edge.end", Unit.Instant, "The latest end of what was recorded before now",
            judgement => judgement.Edge.End.IsSome ? new Instant(judgement.Edge.End.Value) : default(FieldValue))
        {
            IsNullable = true,
        },
        new("edge.age_seconds", Unit.Seconds, "How long ago that was",
            judgement => judgement.Edge.Age.IsSome ? new Duration(judgement.Edge.Age.Value) : default(FieldValue))
        {
            IsNullable = true,
        },
    ];

    /// <summary>A stretch of acknowledged time.</summary>
    public static readonly ImmutableArray<Field<AcknowledgedSpan>> Acknowledged =
    [
        .. Fields.All(Fields.Interval, (AcknowledgedSpan span) => span.Time),
        new("reason", Unit.Text, "Why its loss is accepted", span => span.Line.Reason),
        new("by", Unit.Text, "Who accepts it", span => span.Line.By.IsSome ? span.Line.By.Value : null) { IsNullable = true },
    ];

    /// <summary>A line of the file of acknowledgements that excuses nothing.</summary>
    public static readonly ImmutableArray<Field<Acknowledgement>> UnusedLine =
    [
        new("line", Unit.Count, "The line of the file, the header being 1", line => line.Line),
        .. Fields.All(Fields.Interval[..2], (Acknowledgement line) => line.Time),
        new("reason", Unit.Text, "Why the loss is accepted", line => line.Reason),
    ];

    /// <summary>An hour that could not be read.</summary>
    public static readonly ImmutableArray<Field<(StreamName Stream, UnreadHour Hour)>> Unread =
    [
        .. Fields.All(Fields.Name, ((StreamName Stream, UnreadHour Hour) one) => one.Stream),
        new("hour", Unit.Hour, "The hour", one => one.Hour.Hour),
        new("path", Unit.Text, "What cannot be read", one => one.Hour.Failure.Path),
        new("error", Unit.Text, "Why", one => one.Hour.Failure.Message),
    ];

    /// <summary>How much time each word has.</summary>
    private static IEnumerable<Field<T>> Words<T>(string key, string of, Func<T, Word, Duration> length) =>
        WordModule.all.Select(word => new Field<T>(
            $"{key}.{WordModule.toText(word)}", Unit.Seconds, $"How much {of} is {WordModule.toText(word)}", one => length(one, word)));
}

/// <summary>An hour of a stream.</summary>
internal readonly record struct StreamHour(StreamName Stream, AccountHour Hour);
