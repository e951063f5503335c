using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Prometheus;

namespace Coverage.Host;

/// <summary>All that is served over HTTP, except the API.</summary>
internal static class Endpoints
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps the live page, the metrics and the health of the service.</summary>
    public static void MapCoverage(this WebApplication app, CollectorRegistry registry, Rounds<Round> rounds)
    {
        app.MapLivePage();

        // Every path below /metrics works too, because a proxy may keep the path of its own request, /metrics/segment_coverage.
        app.MapMethods("/metrics/{**rest}", Reading, new Scrapes(registry).ServeAsync).Takes(Share.Scrapes).AllowAnonymous();

        // Health checks have no rate limit: other clients must not make the service look dead.
        app.MapGet("/health/live", context => context.Response.WriteAsync("live\n")).DisableRateLimiting().AllowAnonymous();
        app.MapGet("/health/ready", context =>
        {
            context.Response.StatusCode = rounds.Latest is not null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(rounds.Latest is not null ? "ready\n" : "the first round is not over yet\n");
        }).DisableRateLimiting().AllowAnonymous();
    }
}
