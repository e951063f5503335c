using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.RateLimiting;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Coverage.Host;

/// <summary>An address of the API that answers from a finished round.</summary>
/// <param name="Path">Its path below /api/v1.</param>
/// <param name="Summary">What it answers, in a few words.</param>
/// <param name="Parameters">The parameters it takes.</param>
/// <param name="AnswerAsync">Its answer.</param>
internal sealed record Endpoint(
    string Path, string Summary, ImmutableArray<Parameter> Parameters, Func<Round, ApiQuery, CancellationToken, Task<Answer>> AnswerAsync)
{
    /// <summary>Whether the answer can be another one in each round, also when nothing has changed.</summary>
    public Func<ApiQuery, bool> TellsRound { get; init; } = _ => true;

    /// <summary>Whether the answer is of the round, and so the same until the next one.</summary>
    public bool IsOfRound { get; init; } = true;
}

/// <summary>The HTTP API: read-only, from the latest finished round.</summary>
internal sealed class Api(Options options, Rounds rounds, HourSegments segments, TimeProvider time) : IDisposable
{
    private const string Root = "/api/v1";

    /// <summary>The answers that are worked out at a time leave processors for the checks; some more may wait.</summary>
    private readonly ConcurrencyLimiter working = new(new()
    {
        PermitLimit = Math.Max(1, Environment.ProcessorCount / 2),
        QueueLimit = 64,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>The answers on their way at a time, to slow readers too: each takes memory.</summary>
    private readonly ConcurrencyLimiter underway = new(new() { PermitLimit = 64, QueueLimit = 0 });

    /// <summary>What the entity tags of this run of the program begin with.</summary>
    private readonly string run = time.GetUtcNow().Ticks.ToString("x", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        working.Dispose();
        underway.Dispose();
    }

    /// <summary>Every address but that of the events.</summary>
    public IReadOnlyList<Endpoint> Endpoints =>
    [
        new("streams", "The streams, with their totals", [Parameters.Channels, Parameters.Qualities],
            (round, query, _) => Now(ApiAnswers.Streams(round, query, options))),
        new("extent", "From when to when each stream reaches", [Parameters.Channels, Parameters.Qualities, Parameters.ExtentFormat],
            (round, query, _) => Now(ApiAnswers.Extents(round, query, options)))
        { TellsRound = query => query.Get(Parameters.ExtentFormat, "json") == "json" },
        Spans("spans", "What lies between holes", "span", [Parameters.Kind], (reading, editable) =>
            Engine.Spans(reading.Report.Extent, (editable ? reading.Report.Editable : reading.Report.Raw).Holes).Intervals),
        Spans("holes", "What is missing", "hole", [Parameters.Kind], (reading, editable) =>
            (editable ? reading.Report.Editable : reading.Report.Raw).Holes.Intervals),
        Spans("overlaps", "Where a best segment overlaps the ones before it", "overlap", [], (reading, _) =>
            [.. reading.Details.SelectMany(detail => detail.Overlaps)]),
        Spans("partial", "What suspect or partial segments alone cover", "partial", [], (reading, _) =>
            reading.Report.PartialOnly.Intervals),
        new("hours", "The numbers of each hour",
            [Parameters.Channels, Parameters.Qualities, Parameters.Start, Parameters.End, Parameters.Limit, Parameters.HourFormat, Parameters.NoData],
            (round, query, _) => Now(ApiAnswers.Hours(round, query, options)))
        { TellsRound = query => query.Get(Parameters.HourFormat, "json") == "json" },
        new("map.png", "The coverage map of one stream", [Parameters.Channel, Parameters.Quality],
            (round, query, _) => Now(Picture(Stream(round, query))))
        { TellsRound = _ => false },
        new("detail", "One hour of one stream, looked at closely", [Parameters.Channel, Parameters.Quality, Parameters.Hour],
            (round, query, _) => Now(ApiAnswers.Detail(round, Stream(round, query).Stream, Hour(round, query), options))),
        new("segments", "The segments of one hour of one stream, as its folder has them now",
            [Parameters.Channel, Parameters.Quality, Parameters.Hour],
            (round, query, stop) => segments.ReadAsync(
                Stream(round, query).Stream, Stream(round, query).Look.Reading!, Hour(round, query).Report.Hour, stop))
        { IsOfRound = false },
    ];

    private Endpoint Spans(
        string path, string summary, string word, ImmutableArray<Parameter> more, Func<StreamReading, bool, ImmutableArray<Interval>> of) =>
        new(path, summary,
            [
                Parameters.Channels, Parameters.Qualities, Parameters.Start, Parameters.End, .. more, Parameters.Min, Parameters.Merge,
                Parameters.Limit, Parameters.Order, Parameters.SpanFormat, Parameters.NoData,
            ],
            (round, query, _) => Now(ApiAnswers.Spans(round, query, options, word, of)))
        {
            TellsRound = query => query.Get(Parameters.SpanFormat, "json") == "json",
        };

    private static Task<Answer> Now(Answer answer) => Task.FromResult(answer);

    /// <summary>The one stream that is asked for.</summary>
    /// <exception cref="ApiProblem">It is not reported.</exception>
    private static StreamRound Stream(Round round, ApiQuery query)
    {
        var name = new StreamName(query.Get(Parameters.Channel, ""), query.Get(Parameters.Quality, ""));
        return round.Streams.FirstOrDefault(stream => stream.Stream == name && stream.Report is not null)
            ?? throw new ApiProblem(StatusCodes.Status404NotFound, $"no stream {name} is reported; streams lists those that are");
    }

    /// <exception cref="ApiProblem">The hour that is asked for is not reported.</exception>
    private static Closeup Hour(Round round, ApiQuery query)
    {
        StreamReading reading = Stream(round, query).Look.Reading!;
        int hour = query.Get(Parameters.Hour, 0);
        return Engine.Closeup(reading.Report, reading.Details, hour)
            ?? throw new ApiProblem(
                StatusCodes.Status404NotFound, $"no hour {Engine.HourText(hour)} of this stream is reported; hours lists those that are");
    }

    private Answer Picture(StreamRound stream)
    {
        try
        {
            CoverageMap map = MapPicture.Draw(options, stream.Report!)
                ?? throw new ApiProblem(StatusCodes.Status404NotFound, $"{stream.Stream} is empty: there is no map of it");
            using var png = new MemoryStream();
            MapPicture.Write(map, png);
            return new("image/png", png.ToArray());
        }
        catch (IOException e)
        {
            throw new ApiProblem(StatusCodes.Status404NotFound, e.Message);
        }
    }

    /// <summary>Serves the API.</summary>
    public void Map(IEndpointRouteBuilder app, ApiEvents events)
    {
        string[] reading = [HttpMethods.Get, HttpMethods.Head];
        foreach (Endpoint endpoint in Endpoints)
        {
            app.MapMethods($"{Root}/{endpoint.Path}", reading, context => GuardAsync(context, () => ServeAsync(context, endpoint)));
        }

        app.MapMethods($"{Root}/events", reading, context => GuardAsync(context, () =>
        {
            _ = new ApiQuery(context.Request.Query, []);
            return events.ServeAsync(context);
        }));
        app.MapMethods(Root + "/{**rest}", reading, context => GuardAsync(context, () => throw new ApiProblem(
            StatusCodes.Status404NotFound,
            $"there is only {string.Join(", ", Endpoints.Select(endpoint => endpoint.Path))} and events here")));
    }

    /// <summary>Tells what is wrong with a request, if something is.</summary>
    private static async Task GuardAsync(HttpContext context, Func<Task> serve)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await serve();
        }
        catch (ApiProblem problem) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = problem.Status;
            context.Response.Headers.Remove(HeaderNames.ETag);
            context.Response.Headers.Remove(HeaderNames.LastModified);
            if (problem.RetryAfterSeconds is { } seconds)
            {
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            }

            if (problem.Status != StatusCodes.Status204NoContent)
            {
                await SendAsync(context, ApiAnswers.Problem(problem));
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
    }

    private async Task ServeAsync(HttpContext context, Endpoint endpoint)
    {
        using RateLimitLease way = underway.AttemptAcquire();
        Round round = rounds.Latest ?? throw new ApiProblem(
            StatusCodes.Status503ServiceUnavailable, "the first round is not over yet")
        { RetryAfterSeconds = 1 };
        var query = new ApiQuery(context.Request.Query, endpoint.Parameters);
        context.Response.Headers.CacheControl = "no-cache";
        if (endpoint.IsOfRound && IsKnown(context, round, endpoint.TellsRound(query)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        Answer answer;
        using (RateLimitLease work = way.IsAcquired ? await working.AcquireAsync(1, context.RequestAborted) : way)
        {
            answer = work.IsAcquired
                ? await endpoint.AnswerAsync(round, query, context.RequestAborted)
                : throw new ApiProblem(StatusCodes.Status429TooManyRequests, "too many requests at a time") { RetryAfterSeconds = 1 };
        }

        await SendAsync(context, answer);
    }

    /// <summary>Whether the caller has the answer already; tells how to ask so the next time.</summary>
    private bool IsKnown(HttpContext context, Round round, bool tellsRound)
    {
        (int number, DateTimeOffset at) = tellsRound ? (round.Number, round.Finished) : (round.ChangedIn, round.ChangedAt);
        var tag = new EntityTagHeaderValue($"\"{run}-{number}\"", isWeak: true);

        // Another round can end within the second, and a date that stood for both would hide it.
        var second = DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());
        DateTimeOffset date = time.GetUtcNow() < second.AddSeconds(1) ? second.AddSeconds(-1) : second;
        context.Response.GetTypedHeaders().ETag = tag;
        context.Response.GetTypedHeaders().LastModified = date;
        RequestHeaders asked = context.Request.GetTypedHeaders();
        return asked.IfNoneMatch is { Count: > 0 } known
            ? known.Any(its => its.Tag == "*" || its.Compare(tag, useStrongComparison: false))
            : asked.IfModifiedSince is { } since && second <= since;
    }

    private static Task SendAsync(HttpContext context, Answer answer)
    {
        context.Response.ContentType = answer.ContentType;
        context.Response.ContentLength = answer.Body.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(answer.Body, context.RequestAborted).AsTask();
    }
}
