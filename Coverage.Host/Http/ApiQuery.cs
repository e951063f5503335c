using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO.Enumeration;
using System.Linq;
using Coverage.CommandLine;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>An answer that says what is wrong with a request, as application/problem+json.</summary>
internal sealed class ApiProblem(int status, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    /// <summary>The parameter that is wrong, if it is one.</summary>
    public string? Parameter { get; init; }

    /// <summary>What that parameter may be.</summary>
    public string? Allowed { get; init; }

    /// <summary>After how many seconds to ask again.</summary>
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>A parameter of the API.</summary>
/// <param name="Name">Its name in a query.</param>
/// <param name="Means">What it does, a sentence.</param>
/// <param name="Allowed">What it may be, for people.</param>
/// <param name="Read">From its text to its value; null for what is not allowed.</param>
internal sealed record Parameter(string Name, string Means, string Allowed, Func<string, object?> Read)
{
    /// <summary>The values there are, where they can be listed.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether it is a number.</summary>
    public bool IsNumber { get; init; }

    /// <summary>Whether it may be given more than once.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Whether it must be given.</summary>
    public bool IsRequired { get; init; }

    /// <summary>A parameter that is one of some words.</summary>
    public static Parameter OneOf(string name, string means, params string[] choices) =>
        new(name, means, string.Join(", ", choices[..^1]) + " or " + choices[^1], text => Array.Find(choices, text.Equals))
        {
            Choices = choices,
        };
}

/// <summary>Every parameter there is.</summary>
internal static class Parameters
{
    /// <summary>The most rows of an answer, and how many it has unless told otherwise.</summary>
    public const int Most = 10_000;

    private const string InstantForm = "an instant such as 2025-11-07T18:00:00.5Z (UTC unless it says otherwise), or seconds since 1970";
    private const string SecondsForm = "seconds from 0 to 1000000000, such as 2.5";

    public static readonly Parameter Channels = new(
        "channel", "Only channels of this name; * stands for any text and ? for any character. May be repeated.", "a name", text => text)
    {
        IsRepeatable = true,
    };

    public static readonly Parameter Qualities = new(
        "quality", "Only qualities of this name; * stands for any text and ? for any character. May be repeated.", "a name", text => text)
    {
        IsRepeatable = true,
    };

    public static readonly Parameter Channel = new("channel", "The channel.", "the name of a channel that is reported", text => text)
    {
        IsRequired = true,
    };

    public static readonly Parameter Quality = new("quality", "The quality.", "the name of a quality that is reported", text => text)
    {
        IsRequired = true,
    };

    public static readonly Parameter Hour = new(
        "hour",
        "The hour, as its folder is named.",
        "an hour that is reported, such as 2025-11-07T18",
        text => Engine.TryParseHour(text, out int hour) ? hour : null)
    {
        IsRequired = true,
    };

    public static readonly Parameter Start = new("start", "Nothing before this instant.", InstantForm, Instant);
    public static readonly Parameter End = new("end", "Nothing from this instant on; later than start.", InstantForm, Instant);

    public static readonly Parameter Min = new("min", "Nothing shorter than this.", SecondsForm, Seconds) { IsNumber = true };

    public static readonly Parameter Merge = new(
        "merge", "What is closer together than this is listed as one.", SecondsForm, Seconds)
    {
        IsNumber = true,
    };

    public static readonly Parameter Limit = new(
        "limit",
        "At most so many rows.",
        $"a whole number from 1 to {Most}",
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= Most ? limit : null)
    {
        IsNumber = true,
    };

    public static readonly Parameter Kind = Parameter.OneOf("kind", "Of all segments, or of the editable chain.", "raw", "editable");
    public static readonly Parameter Order = Parameter.OneOf("order", "The earliest first, or the longest.", "time", "length");

    public static readonly Parameter NoData = Parameter.OneOf(
        "nodata", "The status when there is nothing to list; without it that is an answer like any other.", "204", "404");

    public static readonly Parameter SpanFormat = Parameter.OneOf(
        "format", "The form of the answer.", "json", "csv", "bed", "text", "request");

    public static readonly Parameter ExtentFormat = Parameter.OneOf("format", "The form of the answer.", "json", "csv", "text");
    public static readonly Parameter HourFormat = Parameter.OneOf("format", "The form of the answer.", "json", "csv");

    private static object? Instant(string text)
    {
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds))
        {
            return seconds < 253_402_300_800m ? (long)Math.Round(seconds * 1_000_000m, MidpointRounding.ToEven) : null;
        }

        return Moment.Read(text) is Moment.At { Microseconds: >= 0 and var instant } ? instant : null;
    }

    private static object? Seconds(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds)
        && seconds <= 1_000_000_000m
            ? (long)Math.Round(seconds * 1_000_000m, MidpointRounding.ToEven)
            : null;
}

/// <summary>The parameters of one request, each read and allowed.</summary>
internal sealed class ApiQuery
{
    private readonly Dictionary<Parameter, List<object>> given = [];

    /// <summary>Reads a request's query.</summary>
    /// <exception cref="ApiProblem">A parameter is unknown, missing, repeated or has a value that is not allowed.</exception>
    public ApiQuery(IQueryCollection query, IReadOnlyList<Parameter> known)
    {
        foreach ((string name, var values) in query)
        {
            Parameter parameter = known.FirstOrDefault(its => its.Name == name) ?? throw Unknown(name, known);
            if (values.Count > 1 && !parameter.IsRepeatable)
            {
                throw Wrong(parameter, "is given more than once");
            }

            given[parameter] = [.. values.Select(text => parameter.Read(text ?? "")
                ?? throw Wrong(parameter, $"cannot be \"{Engine.Printable(text ?? "")}\""))];
        }

        if (known.FirstOrDefault(its => its.IsRequired && !given.ContainsKey(its)) is { } missing)
        {
            throw Wrong(missing, "is missing");
        }
    }

    /// <summary>Whether a parameter is given.</summary>
    public bool Has(Parameter parameter) => given.ContainsKey(parameter);

    /// <summary>The value of a parameter, or another one where it is not given.</summary>
    public T Get<T>(Parameter parameter, T otherwise) =>
        given.TryGetValue(parameter, out List<object>? values) ? (T)values[0] : otherwise;

    /// <summary>Whether a stream is among those asked for by channel and quality.</summary>
    public bool Wants(StreamName stream) => Matches(Parameters.Channels, stream.Channel) && Matches(Parameters.Qualities, stream.Quality);

    /// <summary>From when to when is asked for, in microseconds since the epoch.</summary>
    /// <exception cref="ApiProblem">The end is not later than the start.</exception>
    public (long Start, long End) Window()
    {
        long start = Get(Parameters.Start, -Farthest), end = Get(Parameters.End, Farthest);
        return start < end ? (start, end) : throw Wrong(Parameters.End, "is not later than start");
    }

    /// <summary>Beyond every instant that an archive can name.</summary>
    private const long Farthest = 1L << 62;

    private bool Matches(Parameter parameter, string name) =>
        !given.TryGetValue(parameter, out List<object>? patterns)
        || patterns.Exists(pattern => FileSystemName.MatchesSimpleExpression((string)pattern, name, ignoreCase: false));

    private static ApiProblem Unknown(string name, IReadOnlyList<Parameter> known)
    {
        string[] names = [.. known.Select(its => its.Name)];
        string? nearest = name.Length > 20 ? null : Nearest.tryIn(names, name)?.Value;
        return new(
            StatusCodes.Status400BadRequest,
            $"there is no parameter \"{Engine.Printable(name)}\" here" + (nearest is null ? "" : $"; did you mean {nearest}?"))
        {
            Parameter = name,
            Allowed = names.Length == 0 ? "no parameters" : string.Join(", ", names),
        };
    }

    private static ApiProblem Wrong(Parameter parameter, string what) =>
        new(StatusCodes.Status400BadRequest, $"{parameter.Name} {what}; it is {parameter.Allowed}")
        {
            Parameter = parameter.Name,
            Allowed = parameter.Allowed,
        };
}
