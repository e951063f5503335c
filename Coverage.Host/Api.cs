using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.RateLimiting;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Coverage.Host;

/// <summary>Serves the HTTP API: read-only, from the latest finished round, and never at the cost of the checks.</summary>
internal sealed class Api(ApiEndpoints endpoints, ApiEvents events, Rounds rounds, TimeProvider time) : IDisposable
{
    private const string Root = "/api/v1";

    /// <summary>Smaller answers are sent as they are.</summary>
    private const int WorthPacking = 1024;

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

    /// <summary>Tells which ways of packing a caller takes; made for the first one, for the service starts faster without.</summary>
    private Lazy<ResponseCompressionProvider>? packing;

    public void Dispose()
    {
        working.Dispose();
        underway.Dispose();
    }

    /// <summary>Maps every address of the API.</summary>
    public void Map(WebApplication app)
    {
        packing = new(() => Packing(app.Services));
        string[] reading = [HttpMethods.Get, HttpMethods.Head];
        IReadOnlyList<Endpoint> all = endpoints.All();
        var described = new Lazy<ApiDocument>(() => new ApiDocument(
            [.. all, new Described("events", "An event at the end of each round", [], ["text/event-stream"])]));
        var description = new Lazy<Task<Answer>>(DescribeAsync);
        foreach (Endpoint endpoint in all)
        {
            Serve($"{Root}/{endpoint.Path}", context => AnswerAsync(context, endpoint));
        }

        Serve(Root + "/events", context =>
        {
            _ = new ApiQuery(context.Request.Query, []);
            return events.ServeAsync(context);
        });
        Serve(Root + "/openapi.json", context => LimitedAsync(context, KnownDescriptionAsync));
        Serve(Root + "/{**rest}", _ => throw new ApiProblem(
            StatusCodes.Status404NotFound,
            $"there is only {string.Join(", ", all.Select(endpoint => endpoint.Path))}, events and openapi.json here"));
        Serve("/api", context => described.Value.ServePageAsync(context));
        Serve("/api/{file}", context => described.Value.ServePageAsync(context));

        Task<Answer> DescribeAsync() => described.Value.DescriptionAsync();

        Task<Answer> KnownDescriptionAsync() => description.Value;

        void Serve(string path, RequestDelegate serve) => app.MapMethods(path, reading, context => GuardAsync(context, serve));
    }

    private static ResponseCompressionProvider Packing(IServiceProvider services)
    {
        var options = new ResponseCompressionOptions { MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "text/csv"] };
        options.Providers.Add(new BrotliCompressionProvider(Options.Create(new BrotliCompressionProviderOptions())));
        options.Providers.Add(new GzipCompressionProvider(Options.Create(new GzipCompressionProviderOptions())));
        return new ResponseCompressionProvider(services, Options.Create(options));
    }

    /// <summary>Tells what is wrong with a request, if something is.</summary>
    private static async Task GuardAsync(HttpContext context, RequestDelegate serve)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await serve(context);
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

    private Task AnswerAsync(HttpContext context, Endpoint endpoint)
    {
        Round round = rounds.Latest ?? throw new ApiProblem(
            StatusCodes.Status503ServiceUnavailable, "the first round is not over yet")
        { RetryAfterSeconds = 1 };
        var query = new ApiQuery(context.Request.Query, endpoint.Parameters);
        if (endpoint.IsOfRound && IsKnown(context, round, endpoint.TellsRound(query)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        // The round is let go as the answer is worked out: whoever reads it may be slow.
        Round? from = round;
        return LimitedAsync(
            context, () => endpoint.AnswerAsync(Interlocked.Exchange(ref from, null)!, query, context.RequestAborted), endpoint.IsOfRound);
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
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        RequestHeaders asked = context.Request.GetTypedHeaders();
        return asked.IfNoneMatch is { Count: > 0 } known
            ? known.Any(its => its.Tag == "*" || its.Compare(tag, useStrongComparison: false))
            : asked.IfModifiedSince is { } since && second <= since;
    }

    /// <summary>Works out an answer, packs and sends it, unless too many others want one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="work">Works it out.</param>
    /// <param name="takesTurns">Whether that is done in turn: what waits for a disk must hold up no other answer.</param>
    private async Task LimitedAsync(HttpContext context, Func<Task<Answer>> work, bool takesTurns = true)
    {
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        using RateLimitLease way = underway.AttemptAcquire();
        Answer? answer = way.IsAcquired && !takesTurns ? await work() : null;
        using (RateLimitLease turn = way.IsAcquired ? await working.AcquireAsync(1, context.RequestAborted) : way)
        {
            answer = turn.IsAcquired
                ? Packed(context, answer ?? await work())
                : throw new ApiProblem(StatusCodes.Status429TooManyRequests, "too many requests at a time") { RetryAfterSeconds = 1 };
        }

        await SendAsync(context, answer);
    }

    /// <summary>The answer as the caller likes it best.</summary>
    private Answer Packed(HttpContext context, Answer answer)
    {
        context.Response.ContentType = answer.ContentType;
        if (answer.Body.Length < WorthPacking
            || !packing!.Value.ShouldCompressResponse(context)
            || !packing.Value.CheckRequestAcceptsCompression(context)
            || packing.Value.GetCompressionProvider(context) is not { } way)
        {
            return answer;
        }

        using var packed = new MemoryStream();
        using (Stream into = way.CreateStream(packed))
        {
            into.Write(answer.Body.Span);
        }

        context.Response.Headers.ContentEncoding = way.EncodingName;
        return answer with { Body = packed.GetBuffer().AsMemory(0, (int)packed.Length) };
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
