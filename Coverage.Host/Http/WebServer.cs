using System;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>The web server, and the limits and headers of every request. Strangers may reach it, and must not be able to harm it.</summary>
internal static class WebServer
{
    /// <summary>
    /// Pages run and load only what this service serves. The live page shows its map as a blob; the API's page has icons in its
    /// style sheet, and an inline style (the hash).
    /// </summary>
    private const string Policy = "default-src 'self'; img-src 'self' blob: data:; "
        + "style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

    /// <summary>Prepares a server that will listen on a port.</summary>
    /// <param name="bind">The address it listens on; null for every address.</param>
    /// <param name="port">The port.</param>
    /// <param name="hosts">The names that a request may use for this service; none for any name.</param>
    /// <param name="loggers">Told what goes wrong.</param>
    public static WebApplicationBuilder Prepare(IPAddress? bind, int port, ImmutableArray<string> hosts, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new() { Timeout = Sending.Longest });
        builder.Services.AddResponseCompression(compression =>
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "text/csv", ApiAnswers.ProblemType, "image/svg+xml"]);
        builder.Services.AddHostFiltering(filter =>
        {
            filter.AllowedHosts = [.. hosts];
            filter.AllowEmptyHosts = false;
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
            // The kernel's send buffer can grow to megabytes for each slow reader, and its bytes count as sent for the minimum rate.
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
            if (bind is not null)
            {
                kestrel.Listen(bind, port, Clients.LimitConnections);
            }
            else
            {
                kestrel.ListenAnyIP(port, Clients.LimitConnections);
            }
        });
        return builder;
    }

    /// <summary>Ends the serving: what is being answered is answered, within a while, with all that it needs.</summary>
    public static async Task EndAsync(this WebApplication app)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await app.StopAsync(patience.Token);
    }

    /// <summary>Adds the headers, limits and login that every endpoint has.</summary>
    public static void Guard(this WebApplication app, ImmutableArray<string> hosts, Login? login)
    {
        app.Use((context, next) =>
        {
            IHeaderDictionary headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        });
        if (hosts.Length > 0)
        {
            app.UseHostFiltering();
        }

        app.UseRequestTimeouts();
        app.UseRateLimiter();
        app.UseResponseCompression();
        login?.Map(app);
    }
}
