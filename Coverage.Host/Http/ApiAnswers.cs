using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Coverage.CommandLine;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>The body of an answer.</summary>
internal sealed record Answer(string ContentType, ReadOnlyMemory<byte> Body);

/// <summary>What the API answers from a finished round. Seconds are exact decimals, instants UTC (semantics.md).</summary>
internal static class ApiAnswers
{
    public const string Json = "application/json", Csv = "text/csv; charset=utf-8", Text = "text/plain; charset=utf-8";

    /// <summary>A span of a stream.</summary>
    private readonly record struct Span(StreamName Stream, Interval Its);

    /// <summary>An answer as one JSON object.</summary>
    public static Answer Object(Action<Utf8JsonWriter> fields)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, Formats.Relaxed))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        return new(Json, body.WrittenMemory);
    }

    /// <summary>An answer as lines of text.</summary>
    private static Answer Lines(string contentType, IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        foreach (string line in lines)
        {
            text.Append(line).Append('\n');
        }

        return new(contentType, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>From which round an answer is.</summary>
    public static void RoundObject(Utf8JsonWriter json, Round round, Options options)
    {
        json.WriteStartObject("round");
        json.WriteNumber("number", round.Number);
        json.WriteString("finished", Engine.InstantText(Rounds.Microseconds(round.Finished)));
        Formats.Seconds(json, "interval_seconds", options.CheckIntervalMicroseconds);
        json.WriteEndObject();
    }

    /// <summary>The streams, with their totals.</summary>
    public static Answer Streams(Round round, ApiQuery query, Options options) => Object(json =>
    {
        RoundObject(json, round, options);
        Formats.Seconds(json, "tolerance_seconds", options.ToleranceMicroseconds);
        json.WriteString("version", Gauges.Version);
        json.WriteStartObject("map");
        json.WriteNumber("pixel_seconds", options.PixelSeconds);
        json.WriteNumber("rows", options.Rows);
        json.WriteString("first_hour", options.FirstHour is { } first ? Engine.HourText((int)first) : null);
        json.WriteEndObject();
        json.WriteStartArray("streams");
        foreach (StreamRound stream in round.Streams.Where(stream => query.Wants(stream.Stream)))
        {
            json.WriteStartObject();
            NameFields(json, stream.Stream);
            StreamFields(json, round, stream);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Which stream something is of.</summary>
    public static void NameFields(Utf8JsonWriter json, StreamName stream)
    {
        json.WriteString("channel", stream.Channel);
        json.WriteString("quality", stream.Quality);
    }

    private static void StreamFields(Utf8JsonWriter json, Round round, StreamRound stream)
    {
        StreamReport? report = stream.Report;
        long now = Rounds.Microseconds(round.Finished);
        string? last = report is { Extent.IsEmpty: false } ? Engine.InstantText(report.Extent.End) : null;
        json.WriteString("status", StatusText(report));
        json.WriteString("start", last is null ? null : Engine.InstantText(report!.Extent.Start));
        json.WriteString("end", last);
        Seconds("extent_seconds", its => its.Extent.Length);
        if (stream.Reading is { } reading && Engine.Completeness(reading.Account) is { } completeness)
        {
            json.WriteNumber("completeness", completeness);
        }
        else
        {
            json.WriteNull("completeness");
        }

        json.WriteString("completeness_text", stream.Reading is null ? null : Engine.CompletenessText(stream.Reading.Account));
        Seconds("covered_seconds", its => its.Raw.Covered);
        Count("holes", its => its.Raw.Holes.Count);
        Seconds("hole_seconds", its => its.Raw.HoleLength);
        Seconds("longest_hole_seconds", its => its.Raw.Holes.Intervals.Select(hole => hole.Length).DefaultIfEmpty().Max());
        Seconds("seam_seconds", its => its.Raw.SeamLength);
        Seconds("editable_covered_seconds", its => its.Editable.Covered);
        Count("editable_holes", its => its.Editable.Holes.Count);
        Seconds("editable_hole_seconds", its => its.Editable.HoleLength);
        Seconds("partial_only_seconds", its => its.PartialOnly.Length);
        if (report is null)
        {
            json.WriteNull("overlap_seconds");
        }
        else
        {
            json.WriteNumber("overlap_seconds", Formats.SumOfSeconds(report.Hours.Select(
                hour => hour.Overlaps.Full.Length + hour.Overlaps.Suspect.Length + hour.Overlaps.Partial.Length)));
        }

        Count("hours", its => its.Hours.Length);
        Count("bad_segments", its => its.Hours.Sum(hour => (long)hour.Bad));
        Count("temp_segments", its => its.Hours.Sum(hour => (long)hour.Temp));
        Count("segments_ahead", _ => stream.Reading!.Ahead?.Count ?? 0);
        json.WriteString("last_segment_end", last);
        Number("age_seconds", last is null ? null : now - report!.Extent.End);
        json.WriteString(
            "checked", stream.Checked is { } then ? Engine.InstantText(Rounds.Microseconds(then)) : null);
        json.WriteString("failing", stream.Failing);
        json.WriteStartArray("trust_stamps");
        foreach (StampTrust trust in stream.Reading?.Trust ?? [])
        {
            json.WriteStartObject();
            json.WriteString("file_system", trust.FileSystem);
            json.WriteBoolean("trusted", trust.IsTrusted);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("sparkline");
        foreach (decimal share in stream.Sparkline.Value)
        {
            json.WriteNumberValue(share);
        }

        json.WriteEndArray();

        void Seconds(string key, Func<StreamReport, long> of) => Number(key, report is null ? null : of(report));

        void Number(string key, long? microseconds)
        {
            if (microseconds is { } known)
            {
                Formats.Seconds(json, key, known);
            }
            else
            {
                json.WriteNull(key);
            }
        }

        void Count(string key, Func<StreamReport, long> of)
        {
            if (report is null)
            {
                json.WriteNull(key);
            }
            else
            {
                json.WriteNumber(key, of(report));
            }
        }
    }

    /// <summary>A stream in one word: unknown while no look has succeeded.</summary>
    private static string StatusText(StreamReport? report) => report?.Status.ToString().ToLowerInvariant() ?? "unknown";

    /// <summary>From when to when each stream that is not empty reaches.</summary>
    public static Answer Extents(Round round, ApiQuery query, Options options)
    {
        List<StreamRound> streams = [.. round.Streams.Where(
            stream => query.Wants(stream.Stream) && stream.Report is { Extent.IsEmpty: false })];
        switch (query.Get(Parameters.ExtentFormat, "json"))
        {
            case "csv":
                return Lines(Csv, ["channel,quality,start,end,seconds,status", .. streams.Select(its =>
                    $"{SpanCsv(new(its.Stream, its.Report!.Extent))},{StatusText(its.Report)}")]);
            case "text":
                return Lines(Text, ["#channel quality start end seconds status", .. streams.Select(its =>
                    $"{SpanText(new(its.Stream, its.Report!.Extent))} {StatusText(its.Report)}")]);
            default:
                return Object(json =>
                {
                    RoundObject(json, round, options);
                    json.WriteNumber("count", streams.Count);
                    json.WriteStartArray("items");
                    foreach (StreamRound stream in streams)
                    {
                        json.WriteStartObject();
                        SpanFields(json, new(stream.Stream, stream.Report!.Extent));
                        json.WriteString("status", StatusText(stream.Report));
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                });
        }
    }

    /// <summary>Spans of one kind, of the streams asked for.</summary>
    /// <param name="round">The round to answer from.</param>
    /// <param name="query">What is asked for.</param>
    /// <param name="options">What the service was started with.</param>
    /// <param name="word">What BED calls such a span.</param>
    /// <param name="of">The spans of a stream, in order of start.</param>
    public static Answer Spans(
        Round round, ApiQuery query, Options options, string word, Func<StreamReading, bool, ImmutableArray<Interval>> of)
    {
        (long start, long end) = query.Window();
        SpanQuery asked = Engine.SpanQuery(start, end, query.Get(Parameters.Min, 0L), query.Get(Parameters.Merge, 0L));
        bool editable = query.Get(Parameters.Kind, "raw") == "editable";
        List<Span> spans = [.. round.Streams
            .Where(stream => query.Wants(stream.Stream) && stream.Report is not null)
            .SelectMany(stream => Engine.Select(asked, of(stream.Reading!, editable)).Select(span => new Span(stream.Stream, span)))];
        MustHaveData(query, spans.Count);
        string format = query.Get(Parameters.SpanFormat, "json");
        int limit = Limit(query, format, spans.Count);
        IEnumerable<Span> listed = (query.Get(Parameters.Order, "time") == "time"
            ? spans.OrderBy(span => span.Its.Start)
            : spans.OrderByDescending(span => span.Its.Length).ThenBy(span => span.Its.Start)).Take(limit);
        return format switch
        {
            "csv" => Lines(Csv, ["channel,quality,start,end,seconds", .. listed.Select(SpanCsv)]),
            "text" => Lines(Text, ["#channel quality start end seconds", .. listed.Select(SpanText)]),
            "bed" => Lines(Text, listed.Select(span => $"{span.Stream}\t{span.Its.Start}\t{span.Its.End}\t{word}")),
            "request" => Lines(Text, listed.Select(RequestText)),
            _ => Object(json =>
            {
                RoundObject(json, round, options);
                json.WriteNumber("count", spans.Count);
                json.WriteNumber("seconds", Formats.SumOfSeconds(spans.Select(span => span.Its.Length)));
                LimitFields(json, limit, spans.Count);
                json.WriteStartArray("items");
                foreach (Span span in listed)
                {
                    json.WriteStartObject();
                    SpanFields(json, span);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }),
        };
    }

    /// <exception cref="ApiProblem">There is nothing to list, and the caller wants to be told so by the status.</exception>
    private static void MustHaveData(ApiQuery query, int count)
    {
        if (count == 0 && query.Has(Parameters.NoData))
        {
            throw new ApiProblem(int.Parse(query.Get(Parameters.NoData, "")), "nothing matches");
        }
    }

    /// <summary>How many rows to list. Only JSON can say that there are more.</summary>
    /// <exception cref="ApiProblem">There are more than fit, and nothing would say so.</exception>
    private static int Limit(ApiQuery query, string format, int count) =>
        count > Parameters.Most && format != "json" && !query.Has(Parameters.Limit)
            ? throw new ApiProblem(
                StatusCodes.Status413PayloadTooLarge,
                $"{count} rows match, more than the {Parameters.Most} of one answer; ask for less with start and end, or give limit")
            : query.Get(Parameters.Limit, Parameters.Most);

    private static void LimitFields(Utf8JsonWriter json, int limit, int count)
    {
        json.WriteNumber("limit", limit);
        json.WriteBoolean("truncated", count > limit);
    }

    private static void SpanFields(Utf8JsonWriter json, Span span)
    {
        NameFields(json, span.Stream);
        json.WriteString("start", Engine.InstantText(span.Its.Start));
        json.WriteString("end", Engine.InstantText(span.Its.End));
        Formats.Seconds(json, "seconds", span.Its.Length);
    }

    private static string SpanCsv(Span span) => string.Join(
        ',', Formats.Quoted(span.Stream.Channel), Formats.Quoted(span.Stream.Quality), Ends(span, ','), SecondsText(span));

    private static string SpanText(Span span) => $"{RequestText(span)} {SecondsText(span)}";

    private static string RequestText(Span span) => $"{Word(span.Stream.Channel)} {Word(span.Stream.Quality)} {Ends(span, ' ')}";

    private static string Ends(Span span, char between) =>
        $"{Engine.InstantText(span.Its.Start)}{between}{Engine.InstantText(span.Its.End)}";

    private static string SecondsText(Span span) =>
        Engine.Seconds(span.Its.Length).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A name as one word: safe on one line, and without spaces.</summary>
    private static string Word(string name) => Engine.Printable(name).Replace(" ", "\\x20", StringComparison.Ordinal);

    /// <summary>The hours reported that reach into the window asked for.</summary>
    public static Answer Hours(Round round, ApiQuery query, Options options)
    {
        (long start, long end) = query.Window();
        const long hour = 3_600_000_000;
        List<(StreamName Stream, HourReport Its)> hours = [.. round.Streams
            .Where(stream => query.Wants(stream.Stream) && stream.Report is not null)
            .SelectMany(stream => stream.Report!.Hours
                .Where(its => its.Hour * hour < end && (its.Hour + 1) * hour > start)
                .Select(its => (stream.Stream, its)))];
        MustHaveData(query, hours.Count);
        string format = query.Get(Parameters.HourFormat, "json");
        int limit = Limit(query, format, hours.Count);
        if (format == "csv")
        {
            using var body = new MemoryStream();
            Formats.Csv(body, hours.Take(limit));
            return new(Csv, body.ToArray());
        }

        return Object(json =>
        {
            RoundObject(json, round, options);
            json.WriteNumber("count", hours.Count);
            LimitFields(json, limit, hours.Count);
            json.WriteStartArray("items");
            foreach ((StreamName stream, HourReport its) in hours.Take(limit))
            {
                json.WriteStartObject();
                NameFields(json, stream);
                Formats.HourFields(json, its);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>One hour of one stream, looked at closely; offsets are microseconds from the hour's start.</summary>
    public static Answer Detail(Round round, StreamName stream, Closeup hour, Options options) => Object(json =>
    {
        long origin = hour.Report.Hour * 3_600_000_000L;
        RoundObject(json, round, options);
        NameFields(json, stream);
        json.WriteString("hour", Engine.HourText(hour.Report.Hour));
        Interval window = hour.Report.Window;
        json.WritePropertyName("window");
        Pair(window.IsEmpty ? 0 : window.Start - origin, window.IsEmpty ? 0 : window.End - origin);
        Pairs("holes", hour.Holes.Intervals);
        Pairs("editable_holes", hour.EditableHoles.Intervals);
        Pairs("partial", hour.PartialOnly.Intervals);
        Pairs("overlaps", hour.Overlaps);
        Pairs("seams", hour.Seams.Intervals);
        json.WriteNumber("seam_count", hour.SeamCount);
        Formats.Seconds(json, "seam_seconds", hour.Report.Raw.SeamLength);

        void Pairs(string key, ImmutableArray<Interval> intervals)
        {
            json.WriteStartArray(key);
            foreach (Interval interval in intervals)
            {
                Pair(interval.Start - origin, interval.End - origin);
            }

            json.WriteEndArray();
        }

        void Pair(long start, long end)
        {
            json.WriteStartArray();
            json.WriteNumberValue(start);
            json.WriteNumberValue(end);
            json.WriteEndArray();
        }
    });

    /// <summary>What is wrong with a request.</summary>
    public static Answer Problem(ApiProblem problem) => Object(json =>
    {
        json.WriteString("title", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(problem.Status));
        json.WriteNumber("status", problem.Status);
        json.WriteString("detail", problem.Message);
        if (problem.Parameter is not null)
        {
            json.WriteString("parameter", problem.Parameter);
            json.WriteString("allowed", problem.Allowed);
        }
    }) with
    { ContentType = "application/problem+json" };
}
