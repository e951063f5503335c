using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Prometheus;

namespace Coverage.Host;

/// <summary>What is served over HTTP.</summary>
internal static class Endpoints
{
    /// <summary>Maps the live page, the metrics and the health of the service.</summary>
    public static void MapCoverage(this WebApplication app, CollectorRegistry registry, CheckLoop loop)
    {
        app.MapLivePage();
        app.MapMetrics("/metrics", registry);
        app.MapGet("/health/live", context => context.Response.WriteAsync("live\n"));
        app.MapGet("/health/ready", context =>
        {
            context.Response.StatusCode = loop.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(loop.IsReady ? "ready\n" : "the first round is not over yet\n");
        });
    }
}
