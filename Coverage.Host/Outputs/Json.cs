using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>JSON, of the check and of the API. Seconds are exact decimals, instants UTC.</summary>
internal static class Json
{
    /// <summary>Writes no more escapes than JSON asks for.</summary>
    public static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes what the check found, as one document of the format segment-coverage/1.</summary>
    public static void WriteCheck(
        Stream output, Settings settings, IReadOnlyList<StreamRound> streams, bool withSizes = false, LayoutOptions? layout = null, LeftOut? left = null)
    {
        using var json = new Utf8JsonWriter(output, Relaxed);
        json.WriteStartObject();
        json.WriteString("format", "segment-coverage/1");
        json.WriteSeconds("tolerance_seconds", new(settings.Tolerance));
        if (layout is not null && left is not null)
        {
            json.WriteLayout(layout, left);
        }

        json.WriteStartArray("streams");
        foreach (StreamRound stream in streams.Where(stream => stream.Failure is null))
        {
            json.WriteStartObject();
            json.WriteStream(stream);
            if (stream.Reading?.Media is { } media)
            {
                json.WriteMedia(media);
            }

            if (withSizes)
            {
                json.WriteArray("empty_files", VerifiedAnswers.EmptyFile, stream.EmptyFiles);
            }

            json.WriteEndObject();
            json.Flush();
        }

        json.WriteEndArray();
        json.WriteStartArray("failed");
        foreach (StreamRound stream in streams.Where(stream => stream.Failure is not null))
        {
            json.WriteStartObject();
            json.Write(Fields.Name, stream.Stream);
            json.WriteString("path", stream.Failure!.Path);
            json.WriteString("error", stream.Failure.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteArray("unread", JudgedFields.Unread, streams.SelectMany(
            stream => (stream.Reading?.Unread ?? []).Select(hour => (stream.Stream, hour))));
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private static void WriteStream(this Utf8JsonWriter json, StreamRound stream)
    {
        (StreamReport report, Judgement judgement) = (stream.Report!, stream.Judgement!);
        json.Write(Fields.Name, stream.Stream);
        json.WriteString("status", Texts.Status(stream.Reading));
        json.WriteSpan("extent", report.Extent);
        json.WriteCoverage("raw", report.Raw);
        json.WriteCoverage("editable", report.Editable);
        json.WriteSeconds("partial_only_seconds", new(report.PartialOnly.Length));
        json.WriteArray("partial_only", Fields.Interval, report.PartialOnly.Intervals);
        json.WriteArray("hours", JudgedFields.Hour, judgement.Hours);
        json.WriteAccount(judgement, withSpans: true);
    }

    /// <summary>Writes how a stream was judged, with or without the spans of each word.</summary>
    public static void WriteAccount(this Utf8JsonWriter json, Judgement judgement, bool withSpans)
    {
        Account account = judgement.Account;
        json.WriteStartObject("account");
        json.Write(JudgedFields.At, judgement);
        json.WriteSpan("span", account.Span);
        json.Write(JudgedFields.Totals, judgement);
        if (withSpans)
        {
            foreach (Word word in new[] { Word.Missing, Word.Unknown, Word.Pending, Word.Ahead, Word.Unexpected })
            {
                json.WriteArray(WordModule.toText(word), Fields.Interval, Engine.Words(account, word).Intervals);
            }

            json.WriteArray("acknowledged", JudgedFields.Acknowledged, judgement.Acknowledged);
        }

        json.Write(JudgedFields.Edge, judgement);
        json.WriteStartObject("acknowledgements");
        json.WriteNumber("used", judgement.Lines(AcknowledgementState.Used).Count);
        json.WriteNumber("expired", judgement.Lines(AcknowledgementState.Expired).Count);
        json.WriteArray("unused", JudgedFields.UnusedLine, judgement.Lines(AcknowledgementState.Unused));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes an interval, or null for an empty one.</summary>
    public static void WriteSpan(this Utf8JsonWriter json, string key, Interval span)
    {
        if (span.IsEmpty)
        {
            json.WriteNull(key);
            return;
        }

        json.WriteStartObject(key);
        json.Write(Fields.Interval, span);
        json.WriteEndObject();
    }

    /// <summary>Writes a coverage.</summary>
    public static void WriteCoverage(this Utf8JsonWriter json, string key, StreamCoverage coverage)
    {
        json.WriteStartObject(key);
        json.WriteSeconds("covered_seconds", new(coverage.Covered));
        json.WriteSeconds("hole_seconds", new(coverage.HoleLength));
        json.WriteSeconds("seam_seconds", new(coverage.SeamLength));
        json.WriteArray("holes", Fields.Interval, coverage.Holes.Intervals);
        json.WriteEndObject();
    }

    /// <summary>Writes a length as exact seconds.</summary>
    public static void WriteSeconds(this Utf8JsonWriter json, string key, Duration length) => json.WriteNumber(key, length.Seconds);

    /// <summary>Writes things as an array of objects.</summary>
    public static void WriteArray<T>(this Utf8JsonWriter json, string key, ImmutableArray<Field<T>> fields, IEnumerable<T> all) =>
        json.WriteArray(key, fields, ImmutableArray.CreateRange(all));

    /// <summary>Writes things as an array of objects.</summary>
    public static void WriteArray<T>(this Utf8JsonWriter json, string key, ImmutableArray<Field<T>> fields, ImmutableArray<T> all)
    {
        json.WriteStartArray(key);
        foreach (T one in all)
        {
            json.WriteStartObject();
            json.Write(fields, one);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes an array of texts.</summary>
    public static void WriteStrings(this Utf8JsonWriter json, string key, IEnumerable<string> all)
    {
        json.WriteStartArray(key);
        foreach (string one in all)
        {
            json.WriteStringValue(one);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the fields of something into the object that is open. Those of one nested object stand side by side.</summary>
    public static void Write<T>(this Utf8JsonWriter json, ImmutableArray<Field<T>> fields, T of)
    {
        ImmutableArray<string> open = [];
        foreach (Field<T> field in fields)
        {
            int common = 0;
            while (common < open.Length && common < field.Objects.Length && open[common] == field.Objects[common])
            {
                common++;
            }

            Close(open.Length - common);
            for (int at = common; at < field.Objects.Length; at++)
            {
                json.WriteStartObject(field.Objects[at]);
            }

            open = field.Objects;
            json.WriteValue(field.Name, field.Of(of));
        }

        Close(open.Length);

        void Close(int count)
        {
            for (; count > 0; count--)
            {
                json.WriteEndObject();
            }
        }
    }

    private static void WriteValue(this Utf8JsonWriter json, string key, FieldValue value)
    {
        switch (value)
        {
            case { Text: { } text }: json.WriteString(key, text); break;
            case { Number: { } number }: json.WriteNumber(key, number); break;
            case { Flag: { } flag }: json.WriteBoolean(key, flag); break;
            default: json.WriteNull(key); break;
        }
    }
}
