using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Coverage.Host;

/// <summary>The machine formats of the check's answer. Seconds are exact decimals, instants UTC.</summary>
internal static class Formats
{
    internal static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Everything, as one JSON document of format segment-coverage/1.</summary>
    public static void Json(Stream output, Settings settings, IReadOnlyList<StreamRound> outcomes)
    {
        using var json = new Utf8JsonWriter(output, Relaxed);
        json.WriteStartObject();
        json.WriteString("format", "segment-coverage/1");
        Seconds(json, "tolerance_seconds", settings.Tolerance);
        json.WriteStartArray("streams");
        foreach (StreamRound outcome in outcomes.Where(outcome => outcome.Failure is null))
        {
            StreamObject(json, outcome.Stream, outcome.Reading?.Report ?? Engine.Facts(settings, []).Report);
            json.Flush();
        }

        json.WriteEndArray();
        json.WriteStartArray("failed");
        foreach (StreamRound outcome in outcomes.Where(outcome => outcome.Failure is not null))
        {
            json.WriteStartObject();
            json.WriteString("channel", outcome.Stream.Channel);
            json.WriteString("quality", outcome.Stream.Quality);
            json.WriteString("path", outcome.Failure!.Path);
            json.WriteString("error", outcome.Failure.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    /// <summary>A row for each hour: the hour's JSON object, its keys joined by underscores.</summary>
    public static void Csv(Stream output, IEnumerable<(StreamName Stream, HourReport Hour)> hours)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        text.WriteLine(string.Join(',', ["channel", "quality", .. Flat(HourOf(NoHour)).Select(field => field.Key)]));
        foreach ((StreamName stream, HourReport hour) in hours)
        {
            text.WriteLine(string.Join(
                ',', [Quoted(stream.Channel), Quoted(stream.Quality), .. Flat(HourOf(hour)).Select(field => field.Value)]));
        }
    }

    /// <summary>A line for each hole: CHANNEL/QUALITY, start, end in microseconds, sorted; for interval tools.</summary>
    public static void Bed(Stream output, IReadOnlyList<StreamRound> outcomes)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        foreach (StreamRound outcome in outcomes
            .Where(outcome => outcome.Reading is not null)
            .OrderBy(outcome => outcome.Stream.ToString(), StringComparer.Ordinal))
        {
            foreach (Interval hole in outcome.Reading!.Report.Raw.Holes.Intervals)
            {
                text.WriteLine($"{outcome.Stream}\t{hole.Start}\t{hole.End}\thole");
            }
        }
    }

    /// <summary>Every hour that was read.</summary>
    public static IEnumerable<(StreamName Stream, HourReport Hour)> Hours(IEnumerable<StreamRound> outcomes) =>
        outcomes.Where(outcome => outcome.Reading is not null).SelectMany(
            outcome => outcome.Reading!.Report.Hours.Select(hour => (outcome.Stream, hour)));

    private static void StreamObject(Utf8JsonWriter json, StreamName stream, StreamReport report)
    {
        json.WriteStartObject();
        json.WriteString("channel", stream.Channel);
        json.WriteString("quality", stream.Quality);
        json.WriteString("status", report.Status.ToString().ToLowerInvariant());
        if (report.Extent.IsEmpty)
        {
            json.WriteNull("extent");
        }
        else
        {
            json.WritePropertyName("extent");
            IntervalObject(json, report.Extent);
        }

        CoverageObject(json, "raw", report.Raw);
        CoverageObject(json, "editable", report.Editable);
        Seconds(json, "partial_only_seconds", report.PartialOnly.Length);
        IntervalArray(json, "partial_only", report.PartialOnly);
        json.WriteStartArray("hours");
        foreach (HourReport hour in report.Hours)
        {
            HourObject(json, hour);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void CoverageObject(Utf8JsonWriter json, string key, StreamCoverage coverage)
    {
        json.WriteStartObject(key);
        Seconds(json, "covered_seconds", coverage.Covered);
        Seconds(json, "hole_seconds", coverage.HoleLength);
        Seconds(json, "seam_seconds", coverage.SeamLength);
        IntervalArray(json, "holes", coverage.Holes);
        json.WriteEndObject();
    }

    private static void HourObject(Utf8JsonWriter json, HourReport hour)
    {
        json.WriteStartObject();
        HourFields(json, hour);
        json.WriteEndObject();
    }

    /// <summary>What an hour's object holds.</summary>
    internal static void HourFields(Utf8JsonWriter json, HourReport hour)
    {
        json.WriteString("hour", Engine.HourText(hour.Hour));
        Seconds(json, "window_seconds", hour.Window.Length);
        json.WriteStartObject("segments");
        TallyObjects(json, hour.Segments);
        CountObject(json, "temp", hour.Temp);
        CountObject(json, "bad", hour.Bad);
        json.WriteEndObject();
        json.WriteStartObject("overlaps");
        TallyObjects(json, hour.Overlaps);
        json.WriteEndObject();
        HourCoverageObject(json, "raw", hour.Raw);
        HourCoverageObject(json, "editable", hour.Editable);
    }

    private static void HourCoverageObject(Utf8JsonWriter json, string key, HourCoverage coverage)
    {
        json.WriteStartObject(key);
        Seconds(json, "covered_seconds", coverage.Covered);
        json.WriteNumber("holes", coverage.Holes);
        Seconds(json, "hole_seconds", coverage.HoleLength);
        Seconds(json, "seam_seconds", coverage.SeamLength);
        json.WriteEndObject();
    }

    private static void TallyObjects(Utf8JsonWriter json, ByKind tallies)
    {
        foreach ((string kind, Tally tally) in new[]
        {
            ("full", tallies.Full), ("suspect", tallies.Suspect), ("partial", tallies.Partial),
        })
        {
            json.WriteStartObject(kind);
            json.WriteNumber("count", tally.Count);
            Seconds(json, "seconds", tally.Length);
            json.WriteEndObject();
        }
    }

    private static void CountObject(Utf8JsonWriter json, string key, int count)
    {
        json.WriteStartObject(key);
        json.WriteNumber("count", count);
        json.WriteEndObject();
    }

    private static void IntervalArray(Utf8JsonWriter json, string key, IntervalSet intervals)
    {
        json.WriteStartArray(key);
        foreach (Interval interval in intervals.Intervals)
        {
            IntervalObject(json, interval);
        }

        json.WriteEndArray();
    }

    private static void IntervalObject(Utf8JsonWriter json, Interval interval)
    {
        json.WriteStartObject();
        json.WriteString("start", Engine.InstantText(interval.Start));
        json.WriteString("end", Engine.InstantText(interval.End));
        Seconds(json, "seconds", interval.Length);
        json.WriteEndObject();
    }

    /// <summary>A length as exact seconds.</summary>
    internal static void Seconds(Utf8JsonWriter json, string key, long microseconds) =>
        json.WriteNumber(key, Engine.Seconds(microseconds));

    /// <summary>
    /// The sum of lengths of several streams, or of overlaps, which 64 bits may not hold: a stream can be 8,000 years long.
    /// </summary>
    internal static decimal SumOfSeconds(IEnumerable<long> microseconds) =>
        microseconds.Aggregate(0m, (sum, length) => sum + length) / 1_000_000m;

    /// <summary>An hour without anything in it, for the names of its fields.</summary>
    private static readonly HourReport NoHour = new(0, default, default, 0, 0, default, default, default, 0);

    private static JsonElement HourOf(HourReport hour)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            HourObject(json, hour);
        }

        return JsonElement.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static IEnumerable<(string Key, string Value)> Flat(JsonElement element, string key = "") =>
        element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().SelectMany(
                field => Flat(field.Value, key.Length == 0 ? field.Name : $"{key}_{field.Name}"))
            : [(key, element.ToString())];

    /// <summary>A name as a field of CSV. Quotes take a line end; what else a terminal would obey is percent-encoded.</summary>
    internal static string Quoted(string name) => Engine.PercentEncoded(name) is var text && text.AsSpan().IndexOfAny(",\"\n") < 0
        ? text
        : $"\"{text.Replace("\"", "\"\"")}\"";
}
