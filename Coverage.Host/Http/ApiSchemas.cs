using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.OpenApi;

namespace Coverage.Host;

/// <summary>The schemas of the API's answers, for its description. What has fields takes them from <see cref="Fields"/>.</summary>
internal static class ApiSchemas
{
    /// <summary>The schema of what an address answers as JSON.</summary>
    public static OpenApiSchema Of(string path) => path switch
    {
        "streams" => Streams(),
        "extent" => Extents(),
        "spans" or "holes" or "overlaps" or "partial" => Intervals(),
        "hours" => Hours(),
        "detail" => Detail(),
        "segments" => Segments(),
        "events" => Event(),
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "no schema says what this address answers"),
    };

    private static OpenApiSchema Streams() => Object(
        ("round", Round()),
        ("tolerance_seconds", Of(Unit.Seconds, "The longest gap that is a seam and no hole")),
        ("version", Of(Unit.Text, "The version of the program")),
        ("map", Object(
            ("pixel_seconds", Of(Unit.Count, "How many seconds a cell of the map shows")),
            ("rows", Of(Unit.Count, "How many rows the map has")),
            ("first_hour", Of(Unit.Hour, "The first hour of every map; null when each begins with its stream", isNullable: true)))),
        ("streams", Array(Object(
            Fields.Stream,
            ("trust_stamps", Array(Object(Fields.Trust), "The file systems that the stream lies on")),
            ("sparkline", Array(
                Of(Unit.Ratio, "The share of a part that is neither missing nor partial-only"), "Equal parts of the extent"))))));

    private static OpenApiSchema Extents() => Object(
        ("round", Round()),
        ("count", Of(Unit.Count, "The number of items")),
        ("items", Array(Object(Fields.Extent))));

    private static OpenApiSchema Intervals() => Object(
        ("round", Round()),
        ("count", Of(Unit.Count, "How many match")),
        ("seconds", Of(Unit.Seconds, "The length of all that match")),
        ("limit", Limit()),
        ("truncated", Truncated()),
        ("items", Array(Object(Fields.StreamInterval))));

    private static OpenApiSchema Hours() => Object(
        ("round", Round()),
        ("count", Of(Unit.Count, "How many match")),
        ("limit", Limit()),
        ("truncated", Truncated()),
        ("items", Array(Object(Fields.StreamHour))));

    private static OpenApiSchema Detail() => Object(
        Fields.Name,
        ("round", Round()),
        ("hour", Of(Unit.Hour, "The hour, as its folder is named")),
        ("window", Pair("How much of the hour the extent reaches over")),
        ("holes", Pairs("What is missing")),
        ("editable_holes", Pairs("What is missing in editable coverage")),
        ("partial", Pairs("What suspect or partial segments alone cover")),
        ("overlaps", Pairs("Overlaps that start in the hour")),
        ("seams", Pairs("The first seams")),
        ("seam_count", Of(Unit.Count, "The number of all seams")),
        ("seam_seconds", Of(Unit.Seconds, "The length of all seams")));

    private static OpenApiSchema Segments() => Object(
        Fields.Name,
        ("hour", Of(Unit.Hour, "The hour, as its folder is named")),
        ("truncated", Truncated()),
        ("segments", Array(Object(Fields.Segment))));

    /// <summary>The schema of the data of an event.</summary>
    private static OpenApiSchema Event() => Object(
        ("round", Round()),
        ("skipped", Of(Unit.Count, "How many rounds since the listener's last event have none")),
        ("streams", Array(Object(
            Fields.Name,
            ("changed", Of(Unit.Flag, "Always true")),
            ("opened", Array(Object(Fields.Interval), "Holes that are new")),
            ("closed", Array(Object(Fields.ClosedHole), "Holes that are gone")),
            ("grown", Array(Object(Fields.ChangedHole), "Holes that are longer than before")),
            ("shrunk", Array(Object(Fields.ChangedHole), "Holes that are shorter than before")),
            ("hours_added", Array(Of(Unit.Hour, "An hour"), "Hours that are reported now and were not")),
            ("hours_gone", Array(Of(Unit.Hour, "An hour"), "Hours that were reported and are not now")),
            ("truncated", Truncated())))),
        ("gone", Array(Object(Fields.Name), "Streams that are no longer reported")),
        ("failing", Array(Object(Fields.Failing), "Streams whose latest look failed")));

    /// <summary>The schema of what is wrong with a request.</summary>
    public static OpenApiSchema Problem()
    {
        OpenApiSchema problem = Object(
            ("title", Of(Unit.Text, "What the status means")),
            ("status", Of(Unit.Count, "The status")),
            ("detail", Of(Unit.Text, "What is wrong, and what to do")),
            ("parameter", Of(Unit.Text, "The parameter that is wrong")),
            ("allowed", Of(Unit.Text, "What that parameter may be")));
        problem.Required!.ExceptWith(["parameter", "allowed"]);
        return problem;
    }

    private static OpenApiSchema Round() => Object(Fields.Round);

    private static OpenApiSchema Limit() => Of(Unit.Count, "The most items that are listed");

    private static OpenApiSchema Truncated() => Of(Unit.Flag, "Whether more match than are listed");

    private static OpenApiSchema Pairs(string description) => Array(Pair("A start and an end"), description);

    /// <summary>A start and an end in one hour.</summary>
    private static OpenApiSchema Pair(string description)
    {
        OpenApiSchema pair = Array(Of(Unit.Microseconds, "From the hour's start"), description);
        (pair.MinItems, pair.MaxItems) = (2, 2);
        return pair;
    }

    private static OpenApiSchema Array(OpenApiSchema items, string? description = null) =>
        new() { Type = JsonSchemaType.Array, Items = items, Description = description };

    private static OpenApiSchema Object(params (string Key, OpenApiSchema Schema)[] properties) => Object<int>([], properties);

    /// <summary>An object with fields, of which nested keys make nested objects, and with more properties.</summary>
    private static OpenApiSchema Object<T>(ImmutableArray<Field<T>> fields, params (string Key, OpenApiSchema Schema)[] more)
    {
        OpenApiSchema whole = Empty();
        foreach (Field<T> field in fields)
        {
            OpenApiSchema at = whole;
            foreach (string key in field.Objects)
            {
                at.Properties!.TryAdd(key, Empty());
                at.Required!.Add(key);
                at = (OpenApiSchema)at.Properties![key];
            }

            Add(at, field.Name, Of(field.Unit, field.Help, field.IsNullable));
        }

        foreach ((string key, OpenApiSchema schema) in more)
        {
            Add(whole, key, schema);
        }

        return whole;

        static OpenApiSchema Empty() => new()
        {
            Type = JsonSchemaType.Object,
            Properties = new Dictionary<string, IOpenApiSchema>(),
            Required = new HashSet<string>(),
        };

        static void Add(OpenApiSchema to, string key, OpenApiSchema schema)
        {
            to.Properties!.Add(key, schema);
            to.Required!.Add(key);
        }
    }

    /// <summary>A value of a unit.</summary>
    private static OpenApiSchema Of(Unit unit, string help, bool isNullable = false)
    {
        (JsonSchemaType type, string? format, string? more) = unit switch
        {
            Unit.Instant => (JsonSchemaType.String, "date-time", null),
            Unit.Hour => (JsonSchemaType.String, null, ", such as 2025-11-07T18"),
            Unit.Seconds => (JsonSchemaType.Number, "decimal", ", in seconds"),
            Unit.Ratio => (JsonSchemaType.Number, "decimal", null),
            Unit.Count => (JsonSchemaType.Integer, "int64", null),
            Unit.Microseconds => (JsonSchemaType.Integer, "int64", ", in microseconds"),
            Unit.Flag => (JsonSchemaType.Boolean, null, null),
            _ => (JsonSchemaType.String, (string?)null, (string?)null),
        };
        return new()
        {
            Type = isNullable ? type | JsonSchemaType.Null : type,
            Format = format,
            Description = help + more,
        };
    }
}
