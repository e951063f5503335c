using System;
using System.Collections.Generic;
using System.Linq;
using Coverage.CommandLine;
using Coverage.Units;
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

/// <summary>The parameters of one request, each read and allowed.</summary>
internal sealed class ApiQuery
{
    /// <summary>Beyond every instant that an archive can name.</summary>
    private static readonly Instant Farthest = new(1L << 62);

    private readonly Dictionary<Parameter, List<object>> given = [];

    /// <summary>Reads a request's query.</summary>
    /// <exception cref="ApiProblem">A parameter is unknown, missing, repeated or has a value that is not allowed.</exception>
    public ApiQuery(IQueryCollection query, IReadOnlyList<Parameter> known)
    {
        foreach ((string name, var values) in query)
        {
            Parameter parameter = known.FirstOrDefault(one => one.Name == name) ?? throw Unknown(name, known);
            if (values.Count > 1 && !parameter.IsRepeatable)
            {
                throw Wrong(parameter, "is given more than once");
            }

            given[parameter] = [.. values.Select(text => parameter.Read(text ?? "")
                ?? throw Wrong(parameter, $"cannot be \"{Engine.Printable(text ?? "")}\""))];
        }

        foreach (Parameter required in known.Where(one => one.IsRequired))
        {
            Need(required);
        }
    }

    /// <summary>Makes sure that a parameter is given.</summary>
    /// <exception cref="ApiProblem">It is missing.</exception>
    public void Need(Parameter parameter)
    {
        if (!Has(parameter))
        {
            throw Wrong(parameter, "is missing");
        }
    }

    /// <summary>Whether a parameter is given.</summary>
    public bool Has(Parameter parameter) => given.ContainsKey(parameter);

    /// <summary>The value of a parameter; the default of its type where it is not given.</summary>
    public T? Get<T>(Parameter<T> parameter)
        where T : notnull => given.TryGetValue(parameter, out List<object>? values) ? (T)values[0] : default;

    /// <summary>The values of a parameter that may be given more than once.</summary>
    public IEnumerable<T> GetAll<T>(Parameter<T> parameter)
        where T : notnull => given.TryGetValue(parameter, out List<object>? values) ? values.Cast<T>() : [];

    /// <summary>The stream that is asked for, where one must be named.</summary>
    public StreamName Stream => new(Get(Parameters.Channel)!, Get(Parameters.Quality)!);

    /// <summary>Whether a stream is among those asked for by channel and quality.</summary>
    public bool Wants(StreamName stream) => Fits(Parameters.Channels, stream.Channel) && Fits(Parameters.Qualities, stream.Quality);

    /// <summary>The time that is asked for.</summary>
    /// <exception cref="ApiProblem">The end is not later than the start.</exception>
    public (Instant Start, Instant End) Window() => Window(Parameters.Start, Parameters.End);

    /// <summary>The time between two parameters.</summary>
    /// <exception cref="ApiProblem">The end is not later than the start.</exception>
    public (Instant Start, Instant End) Window(Parameter<Instant> from, Parameter<Instant> until)
    {
        Instant start = Has(from) ? Get(from) : new(-Farthest.Microseconds);
        Instant end = Has(until) ? Get(until) : Farthest;
        return start < end ? (start, end) : throw Wrong(until, $"is not later than {from.Name}");
    }

    private bool Fits(Parameter<Pattern> parameter, string name) =>
        !given.TryGetValue(parameter, out List<object>? patterns) || patterns.Exists(pattern => ((Pattern)pattern).Fits(name));

    private static ApiProblem Unknown(string name, IReadOnlyList<Parameter> known)
    {
        string[] names = [.. known.Select(one => one.Name)];
        string? nearest = name.Length > 20 ? null : Nearest.tryIn(names, name)?.Value;
        return new(
            StatusCodes.Status400BadRequest,
            $"there is no parameter \"{Engine.Printable(name)}\" here" + (nearest is null ? "" : $"; did you mean {nearest}?"))
        {
            Parameter = name,
            Allowed = names.Length == 0 ? "no parameters" : string.Join(", ", names),
        };
    }

    /// <summary>What is wrong with a parameter.</summary>
    public static ApiProblem Wrong(Parameter parameter, string what) =>
        new(StatusCodes.Status400BadRequest, $"{parameter.Name} {what}; it is {parameter.Allowed}")
        {
            Parameter = parameter.Name,
            Allowed = parameter.Allowed,
        };
}
