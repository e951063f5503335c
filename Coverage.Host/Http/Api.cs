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

    /// <summary>Larger answers are kept packed while they are on their way, for the reader may be slow.</summary>
    private const int WorthKeepingPacked = 64 * 1024;

    private readonly PartitionedRateLimiter<HttpContext> turns = Clients.Turns();

    /// <summary>What the entity tags of this run of the program begin with.</summary>
    private readonly string run = time.GetUtcNow().Ticks.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Tells which ways of packing a caller takes; made for the first one, for the service starts faster without.</summary>
    private Lazy<ResponseCompressionProvider>? packing;

    public void Dispose() => turns.Dispose();

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
        }).Takes(Share.Events).DisableRequestTimeout();
        Serve(Root + "/openapi.json", context => LimitedAsync(context, KnownDescriptionAsync));
        Serve(Root + "/{**rest}", _ => throw new ApiProblem(
            StatusCodes.Status404NotFound,
            $"there is only {string.Join(", ", all.Select(endpoint => endpoint.Path))}, events and openapi.json here"));
        Serve("/api", context => described.Value.ServePageAsync(context));
        Serve("/api/{file}", context => described.Value.ServePageAsync(context));

        Task<Answer> DescribeAsync() => described.Value.DescriptionAsync();

        Task<Answer> KnownDescriptionAsync() => description.Value;

        IEndpointConventionBuilder Serve(string path, RequestDelegate serve) =>
            app.MapMethods(path, reading, context => GuardAsync(context, serve));
    }

    private static ResponseCompressionProvider Packing(IServiceProvider services)
    {
        var options = new ResponseCompressionOptions { MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "text/csv"] };
        options.Providers.Add(new BrotliCompressionProvider(Options.Create(new BrotliCompressionProviderOptions())));
        options.Providers.Add(new GzipCompressionProvider(Options.Create(new GzipCompressionProviderOptions())));
        return new ResponseCompressionProvider(services, Options.Create(options));
    }

    /// <summary>Says what is wrong with a request.</summary>
    public static async Task RefuseAsync(HttpContext context, ApiProblem problem)
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

    private static async Task GuardAsync(HttpContext context, RequestDelegate serve)
    {
        try
        {
            await serve(context);
        }
        catch (ApiProblem problem) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, problem);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone, or waited too long for its turn.
            context.Abort();
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
            ? known.Any(one => one.Tag == "*" || one.Compare(tag, useStrongComparison: false))
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
        Answer? early = takesTurns ? null : await work();
        (ReadOnlyMemory<byte> Body, int? Unpacked) ready;
        using (RateLimitLease turn = await turns.AcquireAsync(context, 1, context.RequestAborted))
        {
            ready = turn.IsAcquired
                ? Packed(context, early ?? await work())
                : throw new ApiProblem(StatusCodes.Status429TooManyRequests, "too many requests at a time") { RetryAfterSeconds = 1 };
        }

        // Nothing unpacked is held while a slow reader reads.
        early = null;
        await (ready.Unpacked is { } length ? context.SendUnpackedAsync(ready.Body, length) : context.SendAsync(ready.Body));
    }

    /// <summary>
    /// The body as the caller likes it best. Whoever likes no packing gets a large one unpacked on its way: the length after
    /// that is given, too.
    /// </summary>
    private (ReadOnlyMemory<byte> Body, int? Unpacked) Packed(HttpContext context, Answer answer)
    {
        context.Response.ContentType = answer.ContentType;
        if (answer.Body.Length < WorthPacking || !packing!.Value.ShouldCompressResponse(context))
        {
            return (answer.Body, null);
        }

        if (!packing.Value.CheckRequestAcceptsCompression(context) || packing.Value.GetCompressionProvider(context) is not { } way)
        {
            return answer.Body.Length < WorthKeepingPacked
                ? (answer.Body, null)
                : (Sending.Gzip(answer.Body.Span), answer.Body.Length);
        }

        using var packed = new MemoryStream();
        using (Stream into = way.CreateStream(packed))
        {
            into.Write(answer.Body.Span);
        }

        context.Response.Headers.ContentEncoding = way.EncodingName;
        return (packed.ToArray(), null);
    }

    private static Task SendAsync(HttpContext context, Answer answer)
    {
        context.Response.ContentType = answer.ContentType;
        return context.SendAsync(answer.Body);
    }
}
