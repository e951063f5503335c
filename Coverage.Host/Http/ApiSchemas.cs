using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Coverage.Host;

/// <summary>The schemas of the API's answers, for its description. What has fields takes them from <see cref="Fields"/>.</summary>
/// <param name="document">The description, which gets a component for each schema that has a name.</param>
internal sealed partial class ApiSchemas(OpenApiDocument document)
{
    /// <summary>The schema of what an address answers as JSON.</summary>
    public IOpenApiSchema Of(string path) => path switch
    {
        "streams" => Named("StreamList", StreamList),
        "extent" => Named("ExtentList", ExtentList),
        "spans" or "holes" or "overlaps" or "partial" => Named("SpanList", SpanList),
        "words" => Named("WordSpanList", WordSpanList),
        "hours" => Named("HourList", HourList),
        "detail" => Named("Detail", Detail),
        "segments" => Named("SegmentList", SegmentList),
        "digests" => Named("DigestList", DigestList),
        "names" => Named("NameList", NameList),
        "cut" => Named("Cut", Cut),
        "findings" => Named("FindingList", FindingList),
        "fleets" => Named("Fleets", Fleets),
        "fleet/streams" => Named("FleetLook", FleetLook),
        "fleet/history" => Named("FleetHistory", FleetHistory),
        "fleet/fill-times" => Named("FleetFillTimes", FleetFillTimes),
        "fleet/words" => Named("FleetSpanList", FleetSpanList),
        "events" => EventData(),
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "no schema says what this address answers"),
    };

    /// <summary>The schema of what is wrong with a request.</summary>
    public IOpenApiSchema Problem => Named("Problem", () =>
    {
        OpenApiSchema problem = Object(
            ("title", Value(Unit.Text, "What the status means")),
            ("status", Value(Unit.Count, "The status")),
            ("detail", Value(Unit.Text, "What is wrong, and what to do")),
            ("parameter", Value(Unit.Text, "The parameter that is wrong")),
            ("allowed", Value(Unit.Text, "What that parameter may be")));
        problem.Required!.ExceptWith(["parameter", "allowed"]);
        return problem;
    });

    private IOpenApiSchema Round => Named("Round", () => Object(Fields.Round));

    private IOpenApiSchema Interval => Named("Interval", () => Object(Fields.Interval));

    private IOpenApiSchema ResizedHole => Named("ResizedHole", () => Object(Fields.ChangedHole));

    private OpenApiSchema StreamList() => Object(
        ("round", Round),
        ("tolerance_seconds", Value(Unit.Seconds, "The longest gap that is a seam and no hole")),
        ("version", Value(Unit.Text, "The version of the program")),
        ("fleet", Value(Unit.Flag, "Whether the service compares the nodes of a fleet")),
        ("map", Named("MapScale", () => Object(
            ("pixel_seconds", Value(Unit.Count, "How many seconds a cell of the map shows")),
            ("rows", Value(Unit.Count, "How many rows the map has")),
            ("first_hour", Value(Unit.Hour, "The first hour of every map; null when each begins with its stream", isNullable: true))))),
        ("streams", Array(Named("Stream", () => Object(
            Fields.Stream,
            ("trust_stamps", Array(Named("StampTrust", () => Object(Fields.Trust)), "The file systems that the stream lies on")),
            ("sparkline", Array(
                Value(Unit.Ratio, "The share of a part that is neither missing nor partial-only"), "Equal parts of the extent")),
            ("account", Account()),
            ("missing_spans", Value(Unit.Count, "Number of missing spans; null before the first check", isNullable: true)))))));

    /// <summary>How a stream was judged; null before its first check.</summary>
    private OpenApiSchema Account()
    {
        OpenApiSchema span = Object(Fields.Interval);
        span.Type |= JsonSchemaType.Null;
        OpenApiSchema account = Object(
            [.. JudgedFields.At, .. JudgedFields.Totals, .. JudgedFields.Edge],
            ("span", span),
            ("acknowledgements", Object(
                ("used", Value(Unit.Count, "How many lines excuse a loss")),
                ("expired", Value(Unit.Count, "How many lines hold no more")),
                ("unused", Array(Named("UnusedLine", () => Object(JudgedFields.UnusedLine)), "The lines that excuse nothing")))));
        account.Type |= JsonSchemaType.Null;
        return account;
    }

    private OpenApiSchema ExtentList() => Object(
        ("round", Round),
        ("count", Value(Unit.Count, "The number of items")),
        ("items", Array(Named("Extent", () => Object(Fields.Extent)))));

    private OpenApiSchema SpanList() => Spans(Named("Span", () => Object(Fields.Span)));

    private OpenApiSchema WordSpanList() => Spans(Named("WordSpan", () => Object(Fields.WordSpan)));

    private OpenApiSchema Spans(IOpenApiSchema span) => Object(
        ("round", Round),
        ("count", Value(Unit.Count, "How many match")),
        ("seconds", Value(Unit.Seconds, "The length of all that match")),
        ("limit", Limit()),
        ("truncated", Truncated()),
        ("items", Array(span)));

    private OpenApiSchema HourList() => Object(
        ("round", Round),
        ("count", Value(Unit.Count, "How many match")),
        ("limit", Limit()),
        ("truncated", Truncated()),
        ("items", Array(Named("Hour", () => Object(JudgedFields.StreamHour)))));

    private OpenApiSchema Detail() => Object(
        Fields.Name,
        ("round", Round),
        ("hour", Value(Unit.Hour, "The hour, as its folder is named")),
        ("window", Pair("How much of the hour the extent reaches over")),
        ("holes", Pairs("What is missing")),
        ("editable_holes", Pairs("What is missing in editable coverage")),
        ("partial", Pairs("What suspect or partial segments alone cover")),
        ("overlaps", Pairs("Overlaps that start in the hour")),
        ("seams", Pairs("The first seams")),
        ("seam_count", Value(Unit.Count, "The number of all seams")),
        ("seam_seconds", Value(Unit.Seconds, "The length of all seams")));

    private OpenApiSchema SegmentList() => Object(
        Fields.Name,
        ("hour", Value(Unit.Hour, "The hour, as its folder is named")),
        ("truncated", Truncated()),
        ("segments", Array(Named("Segment", () => Object(Fields.Segment)))));

    private OpenApiSchema DigestList() => Object(
        Fields.Name,
        ("count", Value(Unit.Count, "The number of items")),
        ("items", Array(Named("HourDigest", () => Object(ListedFields.Digest)))),
        ("files", Array(Value(Unit.Text, "The name of a file"), "The plain files beside the folders of hours that are not hidden")),
        ("folders", Array(Value(Unit.Text, "The name of a folder"), "The folders beside them that are no hours and not hidden")));

    private OpenApiSchema NameList() => Object(
        [.. Fields.All(Fields.Name, (HourDigest _) => default(StreamName)), .. ListedFields.Digest],
        ("names", Array(
            Value(Unit.Text, "A name, percent-encoded"), "What is listed, and the deletion marks, which end in .tombstone")),
        ("sizes", Array(
            Named("SizedName", () => Object(ListedFields.Name)), "The files whose sizes can decide what is best or cut from: suspect and partial ones, and full ones of one start and length")));

    /// <summary>The cut of one range, with the keys of that, or of several. (Generators of clients do badly with either of two.)</summary>
    private OpenApiSchema Cut()
    {
        OpenApiSchema range = Object(Range);
        OpenApiSchema cut = Object(
            Fields.Name,
            [
                ("format", Value(Unit.Text, "The format of the answer: segment-coverage-cut/1, or for several ranges segment-coverage-cuts/1")),
                ("allow_holes", Value(Unit.Flag, "Whether what is there of a range is cut, whatever is missing")),
                .. Range,
                ("transitions", Array(Transition(), "How each range but the first follows the one before it; of several ranges alone")),
                ("ranges", Array(Named("CutRange", () => range), "The ranges, in the order of the video; of several alone")),
            ]);
        cut.Required!.ExceptWith([.. range.Required!.Except(["answer", "will_fail"]), "transitions", "ranges"]);
        return cut;
    }

    private (string Key, IOpenApiSchema Schema)[] Range =>
    [
        ("start", Value(Unit.Instant, "The start of the range")),
        ("end", Value(Unit.Instant, "The end of the range")),
        ("answer", Value(Unit.Text, "accept, refuse, or unknown where sizes that are not known decide")),
        ("will_fail", Value(Unit.Text, "Why a cut that is accepted fails while it is done", isNullable: true)),
        ("plan", Array(Named("PlannedSegment", PlannedSegment), "What is cut from, in order")),
        ("holes", Array(Interval, "The time of the range that no full segment of the plan covers, without seams")),
        ("clean", Named("NearestClean", () => Object(
            ("after", SpanOrNull("The earliest clean range, and of those the longest, that starts in the range or later")),
            ("before", SpanOrNull("The latest clean range, and of those the longest, that ends in the range or earlier")),
            ("longest", SpanOrNull("The longest clean range within the range"))))),
    ];

    /// <summary>A transition; null for a hard cut.</summary>
    private static OpenApiSchema Transition()
    {
        OpenApiSchema transition = Object(
            ("type", Value(Unit.Text, "The kind of transition")),
            ("seconds", Value(Unit.Seconds, "How long both ranges are shown")));
        transition.Type |= JsonSchemaType.Null;
        return transition;
    }

    /// <summary>A segment, or a hole.</summary>
    private static OpenApiSchema PlannedSegment()
    {
        OpenApiSchema item = Object(
            ("segment", Value(Unit.Text, "A segment, as HOUR/NAME")),
            ("hole", Value(Unit.Flag, "True, where it stands: something is missing here, or may be", isNullable: true)));
        item.Required!.Clear();
        return item;
    }

    private static OpenApiSchema SpanOrNull(string description)
    {
        OpenApiSchema span = Object(Fields.Interval);
        span.Type |= JsonSchemaType.Null;
        span.Description = description;
        return span;
    }

    private OpenApiSchema FindingList() => Object(
        VerifiedAnswers.Read,
        ("parts", Value(Unit.Count, "In how many parts the archive is read; 0 when no files are")),
        ("streams", Array(Named("VerifiedStream", () => Object(
            Fields.Name,
            ("verified", Value(Unit.Count, "How many files were read, some perhaps more than once")),
            ("bytes", Value(Unit.Count, "How many bytes were read")),
            ("findings", Object([.. VerifiedAnswers.Kinds.Select(kind => (VerifiedAnswers.Text(kind), Counts()))])))))),
        ("count", Value(Unit.Count, "How many segments with findings there are, of the type asked for")),
        ("limit", Limit()),
        ("truncated", Truncated()),
        ("items", Array(Named("VerifiedSegment", () => Object(
            [.. Fields.All(Fields.Name, (FoundItem _) => default(StreamName)), .. VerifiedAnswers.Name, .. VerifiedAnswers.Length, .. VerifiedAnswers.Time],
            ("findings", Array(Value(Unit.Text, "A finding"), "What is wrong with it")))))));

    private IOpenApiSchema Counts() => Named("FindingCounts", () => Object([.. FindingModule.all.Select(
        finding => (FindingModule.toText(finding), (IOpenApiSchema)Value(Unit.Count, "How many segments have it")))]));

    private OpenApiSchema RoundEvent() => Object(
        ("round", Round),
        ("skipped", Value(Unit.Count, "How many rounds since the listener's last event have none")),
        ("streams", Array(Named("StreamChanges", () => Object(
            Fields.Name,
            ("changed", Value(Unit.Flag, "Always true")),
            ("opened", Array(Interval, "Holes that are new")),
            ("closed", Array(Named("ClosedHole", () => Object(Fields.ClosedHole)), "Holes that are gone")),
            ("grown", Array(ResizedHole, "Holes that are longer than before")),
            ("shrunk", Array(ResizedHole, "Holes that are shorter than before")),
            ("hours_added", Array(Value(Unit.Hour, "An hour"), "Hours that are reported now and were not")),
            ("hours_gone", Array(Value(Unit.Hour, "An hour"), "Hours that were reported and are not now")),
            ("truncated", Truncated()))))),
        ("gone", Array(Named("StreamName", () => Object(Fields.Name)), "Streams that are no longer reported")),
        ("failing", Array(Named("FailingStream", () => Object(Fields.Failing)), "Streams whose latest look failed")));

    /// <summary>A schema that the description holds once, by its name.</summary>
    private OpenApiSchemaReference Named(string name, Func<OpenApiSchema> schema)
    {
        if (document.Components?.Schemas?.ContainsKey(name) is not true)
        {
            document.AddComponent(name, schema());
        }

        return new(name, document);
    }

    private static OpenApiSchema Limit() => Value(Unit.Count, "The most items that are listed");

    private static OpenApiSchema Truncated() => Value(Unit.Flag, "Whether more match than are listed");

    private static OpenApiSchema Pairs(string description) => Array(Pair("A start and an end"), description);

    /// <summary>A start and an end in one hour.</summary>
    private static OpenApiSchema Pair(string description)
    {
        OpenApiSchema pair = Array(Value(Unit.Microseconds, "From the hour's start"), description);
        (pair.MinItems, pair.MaxItems) = (2, 2);
        return pair;
    }

    private static OpenApiSchema Array(IOpenApiSchema items, string? description = null) =>
        new() { Type = JsonSchemaType.Array, Items = items, Description = description };

    private static OpenApiSchema Object(params (string Key, IOpenApiSchema Schema)[] properties) => Object<int>([], properties);

    /// <summary>An object with fields, of which nested keys make nested objects, and with more properties.</summary>
    private static OpenApiSchema Object<T>(ImmutableArray<Field<T>> fields, params (string Key, IOpenApiSchema Schema)[] more)
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

            Add(at, field.Name, Value(field.Unit, field.Help, field.IsNullable));
        }

        foreach ((string key, IOpenApiSchema schema) in more)
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

        static void Add(OpenApiSchema to, string key, IOpenApiSchema schema)
        {
            to.Properties!.Add(key, schema);
            to.Required!.Add(key);
        }
    }

    /// <summary>A value of a unit.</summary>
    private static OpenApiSchema Value(Unit unit, string help, bool isNullable = false)
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
            Enum = unit == Unit.Word ? [.. Parameters.Words.Choices.Select(word => JsonValue.Create(word))] : null,
        };
    }
}
