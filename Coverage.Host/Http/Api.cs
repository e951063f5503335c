using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.RateLimiting;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Coverage.Host;

/// <summary>Serves the HTTP API: read-only, from the latest finished round, and never at the cost of the checks.</summary>
/// <param name="endpoints">Every address but that of the events.</param>
/// <param name="events">What is said of the events.</param>
/// <param name="eventsOf">The events that are asked for.</param>
/// <param name="rounds">The rounds over the archive, of which most answers are.</param>
/// <param name="time">The clock of tags and dates.</param>
internal sealed class Api(
    ImmutableArray<Endpoint> endpoints, Described events, Func<ApiQuery, ApiEvents> eventsOf, Rounds<Round> rounds, TimeProvider time)
    : IDisposable
{
    private const string Root = "/api/v1";

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    private readonly PartitionedRateLimiter<HttpContext> turns = Clients.Turns();

    /// <summary>What the entity tags of this run of the program begin with.</summary>
    private readonly string run = time.GetUtcNow().Ticks.ToString("x", CultureInfo.InvariantCulture);

    public void Dispose() => turns.Dispose();

    /// <summary>Maps every address of the API.</summary>
    public void Map(WebApplication app)
    {
        var document = new ApiDocument(app, Root);
        RouteGroupBuilder api = app.MapGroup(Root);
        foreach (Endpoint endpoint in endpoints)
        {
            Serve(api, endpoint.Path, context => AnswerAsync(context, endpoint), endpoint);
        }

        Serve(api, events.Path, ListenAsync, events).Takes(Share.Events).DisableRequestTimeout();
        Serve(api, "openapi.json", context => LimitedAsync(context, document.DescriptionAsync));
        Serve(api, "{**rest}", _ => throw new ApiProblem(
            StatusCodes.Status404NotFound,
            $"there is only {string.Join(", ", endpoints.Select(endpoint => endpoint.Path))}, events and openapi.json here"));
        Serve(app, "/api", document.ServePageAsync);
        Serve(app, "/api/{file}", document.ServePageAsync);
    }

    /// <summary>Maps an address. The description of the API takes those that name their method and what they answer.</summary>
    private static IEndpointConventionBuilder Serve(
        IEndpointRouteBuilder to, string path, RequestDelegate serve, Described? described = null)
    {
        RequestDelegate guarded = context => GuardAsync(context, serve);
        IEndpointConventionBuilder endpoint = to.MapMethods(path, Reading, guarded);
        return described is null ? endpoint : endpoint.WithMetadata(described, guarded.Method).WithTags("segment-coverage");
    }

    private Task ListenAsync(HttpContext context)
    {
        var query = new ApiQuery(context.Request.Query, events.Parameters);
        return eventsOf(query).ServeAsync(context);
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
            Answer answer = ApiAnswers.Problem(problem);
            context.Response.ContentType = answer.ContentType;
            await context.SendAsync(new(answer.Body));
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
        Round? round = rounds.Latest;
        if (round is null && endpoint.NeedsRound)
        {
            throw new ApiProblem(StatusCodes.Status503ServiceUnavailable, "the first round is not over yet") { RetryAfterSeconds = 1 };
        }

        var query = new ApiQuery(context.Request.Query, endpoint.Parameters);
        if (endpoint.IsOfRound && IsKnown(context, round!, endpoint.NamesRound(query)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        // A slow reader must not hold the round, so only the working out has it.
        Round? from = round;
        return LimitedAsync(
            context, () => endpoint.AnswerAsync(Interlocked.Exchange(ref from, null)!, query, context.RequestAborted), !endpoint.IsOfDisk);
    }

    /// <summary>Whether the caller has the answer already. Sets the headers by which the next request can ask so.</summary>
    private bool IsKnown(HttpContext context, Round round, bool namesRound)
    {
        (int number, DateTimeOffset at) = namesRound ? (round.Number, round.Finished) : (round.ChangedIn, round.ChangedAt);
        var tag = new EntityTagHeaderValue($"\"{run}-{number}\"", isWeak: true);

        // Another round can end within the same second; a date that stood for both would hide it.
        var second = DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());
        DateTimeOffset date = time.GetUtcNow() < second.AddSeconds(1) ? second.AddSeconds(-1) : second;
        context.Response.GetTypedHeaders().ETag = tag;
        context.Response.GetTypedHeaders().LastModified = date;
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        return IsNamed(context, tag) ?? (context.Request.GetTypedHeaders().IfModifiedSince is { } since && second <= since);
    }

    /// <summary>Whether the caller says that it has the answer with that tag; null where it says nothing.</summary>
    private static bool? IsNamed(HttpContext context, EntityTagHeaderValue tag) =>
        context.Request.GetTypedHeaders().IfNoneMatch is { Count: > 0 } known
            ? known.Any(one => one.Tag == "*" || one.Compare(tag, useStrongComparison: false))
            : null;

    /// <summary>Works out an answer and sends it, unless too many others want one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="work">Works it out.</param>
    /// <param name="takesTurns">Whether that is done in turn: an answer that waits for a disk must hold up no other.</param>
    private async Task LimitedAsync(HttpContext context, Func<Task<Answer>> work, bool takesTurns = true)
    {
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        Answer? early = takesTurns ? null : await work();
        if (early is not null && IsUnchanged(context, early))
        {
            return;
        }

        Answer ready;
        using (RateLimitLease turn = await turns.AcquireAsync(context, 1, context.RequestAborted))
        {
            ready = turn.IsAcquired
                ? (early ?? await work()).Pack()
                : throw new ApiProblem(StatusCodes.Status429TooManyRequests, "too many requests at a time") { RetryAfterSeconds = 1 };
        }

        if (early is null && IsUnchanged(context, ready))
        {
            return;
        }

        // A slow reader must not hold the whole body.
        early = null;
        await ready.SendAsync(context);
    }

    /// <summary>Whether the caller has an answer already whose tag goes by its body. Sets the header by which the next request can ask so.</summary>
    private static bool IsUnchanged(HttpContext context, Answer answer)
    {
        if (answer.Tag is not { } text)
        {
            return false;
        }

        var tag = new EntityTagHeaderValue($"\"{text}\"", isWeak: true);
        context.Response.GetTypedHeaders().ETag = tag;
        if (IsNamed(context, tag) is not true)
        {
            return false;
        }

        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }
}
