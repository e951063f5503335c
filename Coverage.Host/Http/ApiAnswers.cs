using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Coverage.Host;

/// <summary>What the API answers from a finished round. Seconds are exact decimals, instants UTC (semantics.md).</summary>
internal static class ApiAnswers
{
    public const string JsonType = "application/json", CsvType = "text/csv; charset=utf-8", TextType = "text/plain; charset=utf-8";
    public const string ProblemType = "application/problem+json";

    /// <summary>An answer as one JSON object.</summary>
    public static Answer Object(Action<Utf8JsonWriter> fields)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, Json.Relaxed))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        return new(JsonType, body.WrittenMemory);
    }

    /// <summary>Writes the round that an answer is from.</summary>
    public static void WriteRound(this Utf8JsonWriter json, Round round, Options options)
    {
        json.WriteStartObject("round");
        json.Write(Fields.Round, new(round, new(options.CheckIntervalMicroseconds)));
        json.WriteEndObject();
    }

    /// <summary>The streams, with their totals, and whether the service compares the nodes of a fleet.</summary>
    public static Answer Streams(Round round, ApiQuery query, Options options, bool comparesFleet) => Object(json =>
    {
        json.WriteRound(round, options);
        json.WriteSeconds("tolerance_seconds", new(Recorders.SettingsOf(options).Tolerance));
        json.WriteString("version", Program.Version);
        json.WriteBoolean("fleet", comparesFleet);
        json.WriteStartObject("map");
        json.WriteNumber("pixel_seconds", options.PixelSeconds);
        json.WriteNumber("rows", options.Rows);
        json.WriteString("first_hour", options.FirstHour is { } first ? new Hour((int)first).ToString() : null);
        json.WriteEndObject();
        json.WriteStartArray("streams");
        foreach (StreamRound stream in round.Streams.Where(stream => query.Wants(stream.Stream)))
        {
            json.WriteStartObject();
            json.Write(Fields.Stream, new(stream, Instant.Of(round.Finished)));
            json.WriteArray("trust_stamps", Fields.Trust, stream.Reading?.Trust ?? []);
            json.WriteStartArray("sparkline");
            foreach (decimal share in stream.Sparkline.Value)
            {
                json.WriteNumberValue(share);
            }

            json.WriteEndArray();
            if (stream.Judgement is { } judgement)
            {
                json.WriteAccount(judgement, withSpans: false);
                json.WriteNumber("missing_spans", judgement.Missing.Length);
            }
            else
            {
                json.WriteNull("account");
                json.WriteNull("missing_spans");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>From when to when each stream that is not empty reaches.</summary>
    public static Answer Extents(Round round, ApiQuery query, Options options)
    {
        List<StreamRound> streams = [.. round.Streams.Where(
            stream => query.Wants(stream.Stream) && stream.Report is { Extent.IsEmpty: false })];
        return query.Get(Parameters.ExtentFormat) switch
        {
            ListFormat.Csv => Table(Fields.Extent, streams),
            ListFormat.Text => Words(Fields.Extent, streams),
            _ => Object(json =>
            {
                json.WriteRound(round, options);
                json.WriteNumber("count", streams.Count);
                json.WriteArray("items", Fields.Extent, streams);
            }),
        };
    }

    /// <summary>Spans of the streams asked for.</summary>
    /// <param name="round">The round to answer from.</param>
    /// <param name="query">What is asked for.</param>
    /// <param name="options">What the service was started with.</param>
    /// <param name="fields">What to list of each span; the last one is its length.</param>
    /// <param name="of">The intervals that a query selects of a stream in order of start, those of each word apart.</param>
    public static Answer Spans(
        Round round,
        ApiQuery query,
        Options options,
        ImmutableArray<Field<StreamSpan>> fields,
        Func<SpanQuery, StreamRound, IEnumerable<(string Word, ImmutableArray<Interval> Spans)>> of)
    {
        SpanQuery asked = Asked(query);
        List<SpanList> lists = [.. round.Streams
            .Where(stream => query.Wants(stream.Stream) && stream.Report is not null)
            .SelectMany(stream => of(asked, stream).Select(one => new SpanList(stream.Stream, one.Word, one.Spans)))];
        int count = lists.Sum(list => list.Spans.Length);
        MustHaveData(query, count);
        ListFormat format = query.Get(Parameters.SpanFormat);
        int limit = Limit(query, format, count);
        IEnumerable<StreamSpan> listed = SpanList.InOrder(query.Get(Parameters.Order), lists).Take(limit);
        return format switch
        {
            ListFormat.Csv => Table(fields, listed),
            ListFormat.Text => Words(fields, listed),
            ListFormat.Bed => Lines(listed.Select(one => Bed.Line(one.At, one.Word))),
            ListFormat.Request => Lines(listed.Select(one => Words(Fields.Span[..^1], one))),
            _ => Object(json =>
            {
                json.WriteRound(round, options);
                json.WriteNumber("count", count);
                json.WriteNumber("seconds", SpanList.Seconds(lists));
                json.WriteLimit(limit, count);
                json.WriteArray("items", fields, listed);
            }),
        };
    }

    /// <summary>The hours reported that reach into the window asked for.</summary>
    public static Answer Hours(Round round, ApiQuery query, Options options)
    {
        SpanQuery asked = Asked(query);
        List<(StreamName Stream, ImmutableArray<AccountHour> Hours)> lists = [.. round.Streams
            .Where(stream => query.Wants(stream.Stream) && stream.Report is not null)
            .Select(stream => (stream.Stream, Engine.Select(asked, stream.Judgement!.Hours)))];
        int count = lists.Sum(list => list.Hours.Length);
        MustHaveData(query, count);
        ListFormat format = query.Get(Parameters.HourFormat);
        int limit = Limit(query, format, count);
        IEnumerable<StreamHour> listed =
            lists.SelectMany(list => list.Hours.Select(hour => new StreamHour(list.Stream, hour))).Take(limit);
        return format == ListFormat.Csv
            ? Table(JudgedFields.StreamHour, listed)
            : Object(json =>
            {
                json.WriteRound(round, options);
                json.WriteNumber("count", count);
                json.WriteLimit(limit, count);
                json.WriteArray("items", JudgedFields.StreamHour, listed);
            });
    }

    /// <summary>One hour of one stream in detail; offsets are microseconds from the hour's start.</summary>
    public static Answer Detail(Round round, StreamName stream, Closeup closeup, Options options) => Object(json =>
    {
        var hour = new Hour(closeup.Report.Hour);
        json.WriteRound(round, options);
        json.Write(Fields.Name, stream);
        json.WriteString("hour", hour.ToString());
        json.WritePropertyName("window");
        Pair(closeup.Report.Window);
        Pairs("holes", closeup.Holes.Intervals);
        Pairs("editable_holes", closeup.EditableHoles.Intervals);
        Pairs("partial", closeup.PartialOnly.Intervals);
        Pairs("overlaps", closeup.Overlaps);
        Pairs("seams", closeup.Seams.Intervals);
        json.WriteNumber("seam_count", closeup.SeamCount);
        json.WriteSeconds("seam_seconds", new(closeup.Report.Raw.SeamLength));

        void Pairs(string key, ImmutableArray<Interval> intervals)
        {
            json.WriteStartArray(key);
            foreach (Interval interval in intervals)
            {
                Pair(interval);
            }

            json.WriteEndArray();
        }

        void Pair(Interval interval)
        {
            json.WriteStartArray();
            json.WriteNumberValue(interval.IsEmpty ? 0 : (interval.From - hour.Start).Microseconds);
            json.WriteNumberValue(interval.IsEmpty ? 0 : (interval.Until - hour.Start).Microseconds);
            json.WriteEndArray();
        }
    });

    /// <summary>What is wrong with the files of the streams asked for, as far as they were read.</summary>
    /// <exception cref="ApiProblem">There is no stream of the name asked for: an empty list would look like health.</exception>
    public static Answer Findings(Round round, ApiQuery query, Options options, FoundContent content)
    {
        List<(StreamName Stream, StreamFindings Found)> streams = [.. round.Streams
            .Where(stream => query.Wants(stream.Stream))
            .Select(stream => (stream.Stream, content.Of(stream.Stream)))];
        if (streams.Count == 0 && (query.Has(Parameters.Channels) || query.Has(Parameters.Qualities)))
        {
            throw new ApiProblem(StatusCodes.Status404NotFound, "no such stream is reported; streams lists those that are");
        }

        List<(StreamName Stream, FoundItem Item)> items = [.. streams
            .SelectMany(stream => stream.Found.Items.Select(item => (stream.Stream, Item: item)))
            .Where(one => !query.Has(Parameters.Type) || one.Item.Segment.Kind == query.Get(Parameters.Type))];
        int limit = Limit(query, ListFormat.Json, items.Count);
        ReadSoFar read = content.Read;
        return Object(json =>
        {
            json.WriteNumber("parts", options.Verify.Parts);
            json.Write(VerifiedAnswers.Read, read);
            json.WriteStartArray("streams");
            foreach ((StreamName stream, StreamFindings found) in streams)
            {
                json.WriteStartObject();
                json.Write(Fields.Name, stream);
                json.WriteNumber("verified", found.Verified);
                json.WriteNumber("bytes", found.Bytes);
                json.WriteCounts(found.Items);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("count", items.Count);
            json.WriteLimit(limit, items.Count);
            json.WriteStartArray("items");
            foreach ((StreamName stream, FoundItem item) in items.Take(limit))
            {
                json.WriteStartObject();
                json.Write(Fields.Name, stream);
                json.WriteItem(item);
                json.Write(VerifiedAnswers.Time, item);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>What is wrong with a request.</summary>
    public static Answer Problem(ApiProblem problem) => Object(json =>
    {
        json.WriteString("title", ReasonPhrases.GetReasonPhrase(problem.Status));
        json.WriteNumber("status", problem.Status);
        json.WriteString("detail", problem.Message);
        if (problem.Parameter is not null)
        {
            json.WriteString("parameter", problem.Parameter);
            json.WriteString("allowed", problem.Allowed);
        }
    }) with
    { ContentType = ProblemType };

    /// <summary>Which spans are asked for, or hours: these have neither a shortest nor a merge.</summary>
    private static SpanQuery Asked(ApiQuery query)
    {
        (Instant start, Instant end) = query.Window();
        return Engine.SpanQuery(
            start.Microseconds, end.Microseconds, query.Get(Parameters.Min).Microseconds, query.Get(Parameters.Merge).Microseconds);
    }

    /// <summary>Makes sure that there is something to list, where the caller asks for another status without.</summary>
    /// <exception cref="ApiProblem">There is nothing to list, and the status must say so.</exception>
    public static void MustHaveData(ApiQuery query, int count)
    {
        if (count == 0 && query.Has(Parameters.NoData))
        {
            throw new ApiProblem(query.Get(Parameters.NoData), "nothing matches");
        }
    }

    /// <summary>How many rows to list. Only JSON can say that there are more.</summary>
    /// <exception cref="ApiProblem">There are more rows than one answer lists, and the format cannot say so.</exception>
    public static int Limit(ApiQuery query, ListFormat format, int count) =>
        query.Has(Parameters.Limit) ? query.Get(Parameters.Limit)
        : count <= Parameters.Most || format == ListFormat.Json ? Parameters.Most
        : throw new ApiProblem(
            StatusCodes.Status413PayloadTooLarge,
            $"{count} rows match, more than the {Parameters.Most} of one answer; ask for less with start and end, or give limit");

    /// <summary>Writes the most rows that are listed, and whether there are more.</summary>
    public static void WriteLimit(this Utf8JsonWriter json, int limit, int count)
    {
        json.WriteNumber("limit", limit);
        json.WriteBoolean("truncated", count > limit);
    }

    /// <summary>Things as a table.</summary>
    public static Answer Table<T>(ImmutableArray<Field<T>> fields, IEnumerable<T> rows)
    {
        using var body = new MemoryStream();
        Csv.Write(body, fields, rows);
        return new(CsvType, body.ToArray());
    }

    /// <summary>Things as lines of words, below a line that names the fields.</summary>
    public static Answer Words<T>(ImmutableArray<Field<T>> fields, IEnumerable<T> rows) =>
        Lines([$"#{string.Join(' ', fields.Select(field => field.Key))}", .. rows.Select(row => Words(fields, row))]);

    /// <summary>The fields of something, each one word: safe on one line, and without spaces.</summary>
    private static string Words<T>(ImmutableArray<Field<T>> fields, T of) => string.Join(' ', fields
        .Select(field => field.Of(of))
        .Select(value => value.Text is { } text
            ? Engine.Printable(text).Replace(" ", "\\x20", StringComparison.Ordinal)
            : value.Number?.ToString(CultureInfo.InvariantCulture) ?? "-"));

    /// <summary>Lines as a text.</summary>
    public static Answer Lines(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        foreach (string line in lines)
        {
            text.Append(line).Append('\n');
        }

        return new(TextType, Encoding.UTF8.GetBytes(text.ToString()));
    }
}
