using System;
using System.Net.Sockets;
using Coverage.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>The web server, and what holds for every request: strangers may reach it, and must not be able to hurt.</summary>
internal static class WebServer
{
    /// <summary>
    /// Pages run nothing and load nothing but what is served here; the map comes to one as a blob, and the API's page has
    /// icons within its style, and a style of its own (of the hash).
    /// </summary>
    private const string Policy = "default-src 'self'; img-src 'self' blob: data:; "
        + "style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

    /// <summary>Sets up the server as the options say.</summary>
    public static void Configure(WebApplicationBuilder builder, Options options)
    {
        // It warns of each connection that is one too many, and a stranger could fill the log with that.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Error);
        builder.Services.AddRoutingCore();
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new() { Timeout = Sending.Longest });
        builder.Services.AddResponseCompression(compression =>
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "text/csv", ApiAnswers.ProblemType, "image/svg+xml"]);
        builder.Services.AddHostFiltering(hosts =>
        {
            hosts.AllowedHosts = [.. options.AllowedHosts];
            hosts.AllowEmptyHosts = false;
        });
        builder.Services.AddRateLimiter(limiter =>
        {
            limiter.GlobalLimiter = Clients.Requests();
            limiter.OnRejected = async (rejected, _) =>
            {
                Share kind = Clients.KindOf(rejected.HttpContext);
                await Api.RefuseAsync(rejected.HttpContext, new ApiProblem(
                    StatusCodes.Status429TooManyRequests,
                    $"too many {kind.What} at a time: {kind.Each} of one client, {kind.All} of all")
                { RetryAfterSeconds = 1 });
            };
        });
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = address =>
        {
            // What the kernel holds for a slow reader counts as read, and could be megabytes a connection.
            Socket listening = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
            listening.SendBufferSize = 128 * 1024;
            return listening;
        });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = Share.Connections.All;
            kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromSeconds(10));
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MaxRequestBodySize = 8192;
            if (options.Bind is { } address)
            {
                kestrel.Listen(address, options.MetricsPort, Clients.LimitConnections);
            }
            else
            {
                kestrel.ListenAnyIP(options.MetricsPort, Clients.LimitConnections);
            }
        });
    }

    /// <summary>Puts before every address what holds for all of them.</summary>
    public static void Guard(this WebApplication app, Options options, Login? login)
    {
        app.Use((context, next) =>
        {
            IHeaderDictionary headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        });
        if (options.AllowedHosts.Length > 0)
        {
            app.UseHostFiltering();
        }

        app.UseRequestTimeouts();
        app.UseRateLimiter();
        app.UseResponseCompression();
        login?.Map(app);
    }
}
