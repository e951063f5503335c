using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Enumeration;
using System.Linq;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.FSharp.Core;

namespace Coverage.Host;

/// <summary>Reads the text of a parameter; false when the text is not allowed.</summary>
internal delegate bool TryRead<T>(string text, [MaybeNullWhen(false)] out T value);

/// <summary>A parameter of the API.</summary>
/// <param name="Name">Its name in a query.</param>
/// <param name="Means">What it does, a sentence.</param>
/// <param name="Allowed">What it may be, for people.</param>
internal abstract record Parameter(string Name, string Means, string Allowed)
{
    /// <summary>The values there are, where they can be listed.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether it may be given more than once.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Whether it must be given.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The value of a text; null when the text is not allowed.</summary>
    public abstract object? Read(string text);
}

/// <summary>A parameter whose values are of one type.</summary>
/// <param name="Name">Its name in a query.</param>
/// <param name="Means">What it does, a sentence.</param>
/// <param name="Allowed">What it may be, for people.</param>
/// <param name="TryRead">From its text to its value.</param>
internal sealed record Parameter<T>(string Name, string Means, string Allowed, TryRead<T> TryRead) : Parameter(Name, Means, Allowed)
    where T : notnull
{
    /// <inheritdoc/>
    public override object? Read(string text) => TryRead(text, out T? value) ? value : null;
}

/// <summary>A name, or a pattern of names: <c>*</c> stands for any text and <c>?</c> for any character.</summary>
internal readonly record struct Pattern(string Text)
{
    /// <summary>Whether a name fits.</summary>
    public bool Fits(string name) => FileSystemName.MatchesSimpleExpression(Text, name, ignoreCase: false);
}

/// <summary>Of which segments coverage is asked for.</summary>
internal enum CoverageKind
{
    Raw,
    Editable,
}

/// <summary>In which order intervals are listed.</summary>
internal enum ListOrder
{
    Time,
    Length,
}

/// <summary>The forms that a list can have.</summary>
internal enum ListFormat
{
    Json,
    Csv,
    Bed,
    Text,
    Request,
}

/// <summary>Every parameter there is.</summary>
internal static class Parameters
{
    /// <summary>The most rows of an answer, and how many it lists where no limit is given.</summary>
    public const int Most = 10_000;

    private const string InstantForm = "an instant such as 2025-11-07T18:00:00.5Z (UTC unless it says otherwise), or seconds since 1970";
    private const string ExactForm = InstantForm + ", with at most six digits after the point";
    private const string SecondsForm = "seconds from 0 to 1000000000, such as 2.5";

    public static readonly Parameter<Pattern> Channels = Names("channel", "channels");
    public static readonly Parameter<Pattern> Qualities = Names("quality", "qualities");
    public static readonly Parameter<string> Channel = Name("channel");
    public static readonly Parameter<string> Quality = Name("quality");

    public static readonly Parameter<Hour> Hour = new(
        "hour", "The hour, as its folder is named.", "an hour that is reported, such as 2025-11-07T18", TryReadHour)
    {
        IsRequired = true,
    };

    public static readonly Parameter<Instant> Start = new("start", "Nothing before this instant.", InstantForm, TryReadInstant);
    public static readonly Parameter<Instant> End = new(
        "end", "Nothing from this instant on; later than start.", InstantForm, TryReadInstant);

    public static readonly Parameter<Instant> CutStart = new(
        "start", "The start of the range; not needed with range.", ExactForm, TryReadExactInstant);

    public static readonly Parameter<Instant> CutEnd = new(
        "end", "The end of the range, later than start; not needed with range.", ExactForm, TryReadExactInstant);

    public static readonly Parameter<Interval> CutRange = new(
        "range",
        "A range of the video, instead of start and end. May be repeated: the video has the ranges in this order.",
        $"START,END, the end later than the start, each {ExactForm}",
        TryReadRange)
    {
        IsRepeatable = true,
    };

    public static readonly Parameter<CutJoin> Transition = new(
        "transition",
        "How a range follows the one before it: once for each range but the first, or not at all, which is a hard cut each time.",
        "TYPE,SECONDS such as fade,1.5, or an empty text for a hard cut",
        TryReadJoin)
    {
        IsRepeatable = true,
    };

    public static readonly Parameter<bool> AllowHoles = new(
        "allow_holes", "Whether what is there of the range is cut, whatever is missing.", "true or false", TryReadFlag);

    public static readonly Parameter<Duration> Min = new("min", "Nothing shorter than this.", SecondsForm, TryReadSeconds);

    public static readonly Parameter<Duration> Merge = new(
        "merge", "What is closer together than this is listed as one.", SecondsForm, TryReadSeconds);

    public static readonly Parameter<int> Limit = new("limit", "At most so many rows.", $"a whole number from 1 to {Most}", TryReadLimit);

    public static readonly Parameter<CoverageKind> Kind = OneOf(
        "kind", "Of all segments, or of the editable chain.", Enum.GetValues<CoverageKind>());

    /// <summary>The words of spans. Without it all but <c>full</c> and <c>seam</c>, of which there can be one with each segment.</summary>
    public static readonly Parameter<ImmutableArray<Word>> Words = WordList(
        Enum.GetValues<Word>(), "Only time of these words; without it that of all but full and seam. May be repeated.");

    /// <summary>The type of segments whose findings are listed. Without it those of all are.</summary>
    public static readonly Parameter<SegmentKind> Type = OneOf(
        "type", "Only segments of this type.", [SegmentKind.Full, SegmentKind.Suspect, SegmentKind.Partial]);

    public static readonly Parameter<ListOrder> Order = OneOf(
        "order", "The earliest first, or the longest.", Enum.GetValues<ListOrder>());

    public static readonly Parameter<int> NoData = OneOf(
        "nodata", "The status when there is nothing to list; without it that is an answer like any other.", [204, 404]);

    public static readonly Parameter<ListFormat> SpanFormat = Format(Enum.GetValues<ListFormat>());
    public static readonly Parameter<ListFormat> ExtentFormat = Format([ListFormat.Json, ListFormat.Csv, ListFormat.Text]);
    public static readonly Parameter<ListFormat> NamesFormat = Format([ListFormat.Json, ListFormat.Text]);
    public static readonly Parameter<ListFormat> HourFormat = Format([ListFormat.Json, ListFormat.Csv]);
    public static readonly Parameter<ListFormat> FleetFormat = Format([ListFormat.Json, ListFormat.Csv, ListFormat.Bed, ListFormat.Text]);

    public static readonly Parameter<Pattern> Nodes = Names("node", "nodes");

    /// <summary>The fleet that is asked for, of a program that compares several.</summary>
    public static readonly Parameter<string> Fleet = Name("fleet") with
    {
        Means = "The fleet. It may be left out where there is one alone.",
        Allowed = "the name of a fleet; fleets lists them",
        IsRequired = false,
    };

    /// <summary>A word of the history of a fleet.</summary>
    public static readonly Parameter<RecordedWord> HistoryWord =
        OneOf("word", "Only what is recorded with this word.", Enum.GetValues<RecordedWord>());

    /// <summary>The node whose files are listed.</summary>
    public static readonly Parameter<string> Node = Name("node") with { Allowed = "the name of a node of the fleet" };

    /// <summary>What is told of time of a fleet's nodes. Without it all but <c>had</c>.</summary>
    public static readonly Parameter<ImmutableArray<FleetTold>> FleetWords =
        WordList(Enum.GetValues<FleetTold>(), "Only time of which this is told; without it all but had. May be repeated.");

    public static readonly Parameter<bool> Totals = new(
        "totals", "Whether only totals are listed, without the spans and the files.", "true or false", TryReadFlag);

    public static readonly Parameter<AnswerFormat> FetchFormat = OneOf(
        "format",
        "The form of the list: a line for each file, which is the usual one, or for aria2, curl or sha256sum.",
        [AnswerFormat.Fetch, AnswerFormat.Aria2, AnswerFormat.Curl, AnswerFormat.Sha256]);

    /// <summary>What is listed beside the files that back-filling brings.</summary>
    public static readonly Parameter<FleetTold> Include = OneOf(
        "include", "Files that back-filling does not bring are listed, too, with the reason.", [FleetTold.Withheld]);

    private static Parameter<Pattern> Names(string name, string plural) => new(
        name,
        $"Only {plural} of this name; * stands for any text and ? for any character. May be repeated.",
        "a name",
        (text, out pattern) =>
        {
            pattern = new(text);
            return true;
        })
    {
        IsRepeatable = true,
    };

    private static Parameter<string> Name(string name) => new(
        name, $"The {name}.", $"the name of a {name} that is reported", TryReadName)
    {
        IsRequired = true,
    };

    private static Parameter<ImmutableArray<T>> WordList<T>(T[] all, string means)
        where T : struct
    {
        Parameter<T> one = OneOf("words", "", all);
        return new(
            one.Name,
            means,
            $"{one.Allowed}, or several of these with commas between them",
            (text, out words) =>
            {
                object?[] read = [.. text.Split(',').Select(one.Read)];
                bool areWords = !read.Contains(null);
                words = areWords ? [.. read.Cast<T>()] : [];
                return areWords;
            })
        {
            Choices = one.Choices,
            IsRepeatable = true,
        };
    }

    private static Parameter<ListFormat> Format(ListFormat[] formats) => OneOf("format", "The form of the answer.", formats);

    private static Parameter<T> OneOf<T>(string name, string means, T[] values)
        where T : struct
    {
        string[] choices = [.. values.Select(value => value.ToString()!.ToLowerInvariant())];
        return new(
            name,
            means,
            choices.Length == 1 ? choices[0] : $"{string.Join(", ", choices[..^1])} or {choices[^1]}",
            (text, out value) =>
            {
                int at = Array.IndexOf(choices, text);
                value = at < 0 ? default : values[at];
                return at >= 0;
            })
        {
            Choices = choices,
        };
    }

    private static bool TryReadName(string text, [MaybeNullWhen(false)] out string name)
    {
        name = text;
        return true;
    }

    private static bool TryReadHour(string text, out Hour hour)
    {
        Hour? read = Units.Hour.TryParse(text);
        hour = read.GetValueOrDefault();
        return read is not null;
    }

    private static bool TryReadInstant(string text, out Instant instant)
    {
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds))
        {
            instant = new(seconds < 253_402_300_800m ? Microseconds(seconds) : 0);
            return seconds < 253_402_300_800m;
        }

        instant = new(Moment.Read(text) is Moment.At { Microseconds: >= 0 and var at } ? at : -1);
        return instant.Microseconds >= 0;
    }

    private static bool TryReadExactInstant(string text, out Instant instant)
    {
        instant = default;
        return !Moment.IsFinerThanMicroseconds(text) && TryReadInstant(text, out instant);
    }

    private static bool TryReadRange(string text, out Interval range)
    {
        string[] ends = text.Split(',');
        Instant start = default, end = default;
        bool isRange = ends.Length == 2
            && TryReadExactInstant(ends[0], out start) && TryReadExactInstant(ends[1], out end) && start < end;
        range = isRange ? Engine.Interval(start.Microseconds, end.Microseconds) : default;
        return isRange;
    }

    private static bool TryReadJoin(string text, [MaybeNullWhen(false)] out CutJoin join)
    {
        FSharpValueOption<CutJoin> read = CutVideo.tryJoin(text);
        join = read.IsSome ? read.Value : null;
        return read.IsSome;
    }

    private static bool TryReadSeconds(string text, out Duration length)
    {
        bool isNumber = decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds)
            && seconds <= 1_000_000_000m;
        length = new(isNumber ? Microseconds(seconds) : 0);
        return isNumber;
    }

    private static bool TryReadFlag(string text, out bool flag)
    {
        flag = text == "true";
        return flag || text == "false";
    }

    private static bool TryReadLimit(string text, out int limit) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= Most;

    private static long Microseconds(decimal seconds) => (long)Math.Round(seconds * 1_000_000m, MidpointRounding.ToEven);
}
