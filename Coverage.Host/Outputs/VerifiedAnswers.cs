using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>What verifying found, as machines read it.</summary>
internal static class VerifiedAnswers
{
    /// <summary>The kinds of segments whose findings are counted apart, in their order.</summary>
    public static readonly SegmentKind[] Kinds = [SegmentKind.Full, SegmentKind.Suspect, SegmentKind.Partial];

    /// <summary>How long a segment says it is, and is.</summary>
    public static readonly ImmutableArray<Field<FoundItem>> Length =
    [
        new("declared_seconds", Unit.Seconds, "The length that the name says", item => new Duration(item.Segment.Duration)),
        new("measured_seconds", Unit.Seconds, "The length of the media in the file",
            item => item.Measured is { } measured ? measured : default(FieldValue))
        {
            IsNullable = true,
        },
    ];

    /// <summary>How far the service has read.</summary>
    public static readonly ImmutableArray<Field<ReadSoFar>> Read =
    [
        new("part", Unit.Count, "The part that was read last; 0 before the first is", read => read.Part),
        new("all_read", Unit.Instant, "When the last part was read after all others; null before",
            read => read.All is { } then ? Instant.Of(then) : default(FieldValue))
        {
            IsNullable = true,
        },
    ];

    /// <summary>When the time of a segment begins and ends by its name.</summary>
    public static readonly ImmutableArray<Field<FoundItem>> Time =
    [
        new("start", Unit.Instant, "When it begins by its name", item => new Instant(item.Segment.Start)),
        new("end", Unit.Instant, "When it ends by its name", item => new Instant(item.Segment.End)),
    ];

    private static readonly ImmutableArray<Field<(string Path, Segment Segment)>> File =
    [
        new("segment", Unit.Text, "HOUR/NAME of the file", file => file.Path),
        new("type", Unit.Text, "The type of the segment: full, suspect or partial", file => Text(file.Segment.Kind)),
    ];

    /// <summary>Which segment it is.</summary>
    public static readonly ImmutableArray<Field<FoundItem>> Name =
        [.. Fields.All(File, (FoundItem item) => (item.Path, item.Segment))];

    /// <summary>An empty file.</summary>
    public static readonly ImmutableArray<Field<EmptyFile>> EmptyFile =
        [.. Fields.All(File, (EmptyFile file) => (file.Path, file.Segment))];

    private static readonly ImmutableArray<Field<(StreamName Stream, FoundItem Item)>> Row =
    [
        .. Fields.All(Fields.Name, ((StreamName Stream, FoundItem Item) row) => row.Stream),
        .. Fields.All(Name, ((StreamName Stream, FoundItem Item) row) => row.Item),
        new("findings", Unit.Text, "What is wrong with it, with spaces between", row => Texts.Of(row.Item.Verified.Findings)),
        .. Fields.All(Length, ((StreamName Stream, FoundItem Item) row) => row.Item),
    ];

    private static readonly ImmutableArray<Field<UnreadPath>> Failed =
    [
        .. Fields.All(Fields.Name, (UnreadPath failure) => failure.Stream),
        new("path", Unit.Text, "What cannot be read; null where it is no file or folder that lacks", failure => failure.Path)
        {
            IsNullable = true,
        },
        new("error", Unit.Text, "Why", failure => failure.Error),
    ];

    /// <summary>Writes one document of the format segment-coverage-verify/1.</summary>
    public static void WriteJson(Stream output, IReadOnlyList<VerifiedStream> streams)
    {
        using var json = new Utf8JsonWriter(output, Json.Relaxed);
        json.WriteStartObject();
        json.WriteString("format", "segment-coverage-verify/1");
        json.WriteStartArray("streams");
        foreach (VerifiedStream stream in streams)
        {
            json.WriteVerified(stream);
        }

        json.WriteEndArray();
        json.WriteArray("failed", Failed, streams.SelectMany(stream => stream.WhatLacks is { } lacks
            ? stream.Failed.Append(new(stream.Stream, null, lacks)) : stream.Failed));
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    /// <summary>Writes what was found in a stream.</summary>
    public static void WriteVerified(this Utf8JsonWriter json, VerifiedStream stream)
    {
        json.WriteStartObject();
        json.Write(Fields.Name, stream.Stream);
        json.WriteNumber("segments", stream.Segments);
        json.WriteNumber("verified", stream.Verified);
        json.WriteNumber("bytes", stream.Bytes);
        json.WriteNumber("changing", stream.Changing);
        json.WriteNumber("gone", stream.Gone);
        json.WriteCounts(stream.Items);
        json.WriteStartArray("items");
        foreach (FoundItem item in stream.Items)
        {
            json.WriteStartObject();
            json.WriteItem(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteReport("declared", stream.Declared);
        json.WriteReport("measured", stream.Measured);
        json.WriteEndObject();
    }

    private static void WriteReport(this Utf8JsonWriter json, string name, StreamReport? report)
    {
        if (report is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("status", Texts.Status(report));
        json.WriteCoverage("raw", report.Raw);
        json.WriteCoverage("editable", report.Editable);
        json.WriteSeconds("partial_only_seconds", new(report.PartialOnly.Length));
        json.WriteEndObject();
    }

    /// <summary>Writes how many segments of each type have each finding.</summary>
    public static void WriteCounts(this Utf8JsonWriter json, IEnumerable<FoundItem> items)
    {
        ILookup<(SegmentKind Kind, Finding Finding), FoundItem> found = ByFinding(items);
        json.WriteStartObject("findings");
        foreach (SegmentKind kind in Kinds)
        {
            json.WriteStartObject(Text(kind));
            foreach (Finding finding in FindingModule.all)
            {
                json.WriteNumber(FindingModule.toText(finding), found[(kind, finding)].Count());
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Segments by type and finding.</summary>
    public static ILookup<(SegmentKind Kind, Finding Finding), FoundItem> ByFinding(IEnumerable<FoundItem> items) => items
        .SelectMany(item => item.Verified.Findings.Select(finding => (Key: (item.Segment.Kind, finding), Item: item)))
        .ToLookup(one => one.Key, one => one.Item);

    /// <summary>Writes a segment with what is wrong with it into the object that is open.</summary>
    public static void WriteItem(this Utf8JsonWriter json, FoundItem item)
    {
        json.Write(Name, item);
        json.WriteStartArray("findings");
        foreach (Finding finding in item.Verified.Findings)
        {
            json.WriteStringValue(FindingModule.toText(finding));
        }

        json.WriteEndArray();
        json.Write(Length, item);
    }

    /// <summary>Writes a row for each segment with a finding.</summary>
    public static void WriteCsv(Stream output, IEnumerable<VerifiedStream> streams) =>
        Csv.Write(output, Row, streams.SelectMany(stream => stream.Items.Select(item => (stream.Stream, item))));

    /// <summary>The type of a segment as it is written everywhere.</summary>
    public static string Text(SegmentKind kind) => kind.ToString().ToLowerInvariant();
}
