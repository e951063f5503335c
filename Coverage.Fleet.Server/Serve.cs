using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Prometheus;

namespace Coverage.FleetServer;

/// <summary>The command serve: a silo whose grains look at the fleets, and HTTP that answers of all of them.</summary>
internal sealed class Serve : IDisposable
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    private readonly FleetServerOptions options;
    private readonly CancellationTokenSource stopping;
    private readonly CollectorRegistry registry = Metrics.NewCustomRegistry();
    private readonly ILoggerFactory loggers;
    private readonly ILogger log;
    private readonly Login? login;
    private readonly FleetServerContext context;

    /// <summary>The database of the cluster, in the words of .NET's driver; null for a single process.</summary>
    private readonly string? database;

    private readonly NpgsqlDataSource? connections;
    private readonly Mirrors mirrors;
    private readonly Membership membership;

    private Serve(FleetServerOptions options, FleetsFile file, Login? login, string? nodeToken, CancellationTokenSource stopping)
    {
        (this.options, this.login, this.stopping) = (options, login, stopping);
        IMetricFactory metrics = Metrics.WithCustomRegistry(registry);
        loggers = LoggerFactory.Create(logging =>
        {
            Log.Configure(logging, options.Shared);

            // They log each question that another process did not answer; this program says itself who comes and goes.
            logging.AddFilter("Orleans", LogLevel.Critical).AddFilter("Polly", LogLevel.Critical);
            logging.AddProvider(new LogCounts(metrics));
        });
        log = loggers.CreateLogger("Coverage.Fleet");
        ProcessStats.Register(registry, metrics);
        database = options.Cluster is { } cluster ? Nodes.ConnectionString(cluster) : null;
        connections = database is null ? null : NpgsqlDataSource.Create(ClusterDatabase.Words(database));
        History? history = connections is null ? null : new(connections, options.ClusterName);
        context = new(options.Shared, file, file.Read(), history, nodeToken, log, TimeProvider.System, stopping.Token);
        mirrors = new(context, registry, metrics, loggers);
        membership = new(metrics, log);
    }

    /// <summary>Ends the log, when it has written what waits.</summary>
    public void Dispose()
    {
        connections?.Dispose();
        loggers.Dispose();
    }

    /// <summary>Runs until a signal ends it; the exit code.</summary>
    /// <exception cref="KeeperFileException">The file of the fleets is wrong.</exception>
    public static async Task<int> RunAsync(FleetServerOptions options)
    {
        using var stopping = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        if (OpenFiles.WhyTooFew(OpenFiles.Service) is { } tooFew)
        {
            Log.LastWords(tooFew);
            return ExitCode.NoPort;
        }

        string? nodeToken;
        Login? login;
        try
        {
            nodeToken = FleetNodes.Token(options.Shared);
            login = options.Shared.ApiTokenFile is { } file ? new Login(Login.Read(file), options.Shared.MetricsPort, TimeProvider.System) : null;
        }
        catch (NodesUnreadableException e)
        {
            Log.LastWords(e.Message);
            return ExitCode.Unreadable;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Log.LastWords($"cannot take the token of --api-token-file from {Engine.Printable(options.Shared.ApiTokenFile!)}: {e.Message}");
            return ExitCode.Unreadable;
        }

        using var serve = new Serve(options, new(options.FleetFile!, takesFolders: options.Cluster is null), login, nodeToken, stopping);
        return await serve.RunAsync();

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();

            // Exit after a while even if a silo does not end: the others find out within seconds.
            _ = Task.Delay(TimeSpan.FromSeconds(10)).ContinueWith(_ => Environment.Exit(ExitCode.Success), TaskScheduler.Default);
        }
    }

    private async Task<int> RunAsync()
    {
        mirrors.Follow();
        await using WebApplication web = Web();
        if (!await TryListenAsync(web))
        {
            return ExitCode.NoPort;
        }

        log.LogInformation(Log.Here(), "version {Version}, port {Port}, fleets: {Count}", Program.Version, options.Shared.MetricsPort, mirrors.All.Count);
        try
        {
            if (database is not null)
            {
                await ClusterDatabase.WaitAsync(database, log, stopping.Token);
                await ClusterDatabase.BuryAsync(database, options.ClusterName, log, stopping.Token);
            }

            using IHost silo = BuildSilo();
            if (!await TryStartAsync(silo))
            {
                return FatalEnd.TryAgain;
            }

            try
            {
                string name = silo.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToString();
                log.LogInformation(Log.Here(), "looking at the fleets, as {Silo}", name);
                _ = membership.RunAsync(silo.Services.GetRequiredService<IClusterMembershipService>(), stopping.Token);
                await mirrors.RunAsync(silo.Services.GetRequiredService<IGrainFactory>(), name, stopping.Token);
            }
            finally
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                await silo.StopAsync(patience.Token);
            }
        }
        catch (SiloOptionException e)
        {
            Log.LastWords(e.Message);
            return e.Code;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            log.LogInformation(Log.Here(), "stopped by a signal");
        }
        finally
        {
            await web.EndAsync();
        }

        return ExitCode.Success;
    }

    private IHost BuildSilo()
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(context);
        builder.Services.AddOrleans(silo =>
        {
            Silo.Configure(silo, new(
                database, options.ClusterName, options.SiloAddress, options.SiloPort, options.Certificate, options.Key, options.Authority));

            // A grain whose process was killed is asked for elsewhere soon.
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10));
        });
        return builder.Build();
    }

    private WebApplication Web()
    {
        Options shared = options.Shared;
        WebApplicationBuilder builder = WebServer.Prepare(shared.Bind, shared.MetricsPort, shared.AllowedHosts, loggers);
        builder.Services.AddSystemd();
        WebApplication web = builder.Build();
        var rounds = new Rounds<Round>();
        var fleets = new FleetsEndpoints(() => mirrors.All, TimeProvider.System);
        var events = new System.Runtime.CompilerServices.ConditionalWeakTable<Mirror, ApiEvents>();
        var api = new Api(
            [.. fleets.All(), .. new HistoryEndpoints(fleets, context.History).All(), .. new FleetEndpoints(query => fleets.Of(query).Rounds, FleetsEndpoints.Which, shared, TimeProvider.System).All()],
            ApiEndpoints.Events with { Parameters = FleetsEndpoints.Which },
            query => events.GetValue(fleets.Of(query), mirror => new(rounds, shared, stopping.Token) { Fleet = mirror.Rounds }),
            rounds,
            TimeProvider.System);
        web.Guard(shared.AllowedHosts, login);
        web.MapLivePage("fleets.html");
        web.MapMethods("/metrics/{**rest}", Reading, new Scrapes(registry).ServeAsync).Takes(Share.Scrapes).AllowAnonymous();
        web.MapGet("/health/live", context => context.Response.WriteAsync("live\n")).DisableRateLimiting().AllowAnonymous();
        web.MapGet("/health/ready", context =>
        {
            bool isReady = mirrors.All.Values.All(mirror => mirror.Latest(TimeProvider.System) is not null);
            context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(isReady ? "ready\n" : "not every fleet was looked at yet\n");
        }).DisableRateLimiting().AllowAnonymous();
        api.Map(web);
        return web;
    }

    /// <summary>Starts the silo; says why where it cannot, so that whoever runs this program starts it again.</summary>
    private async Task<bool> TryStartAsync(IHost silo)
    {
        try
        {
            await silo.StartAsync(stopping.Token);
            return true;
        }
        catch (Exception e) when (e is OrleansException or IOException or SocketException or NpgsqlException or TimeoutException
            || e.GetBaseException() is SocketException or NpgsqlException)
        {
            log.LogCritical(Log.Here(nameof(RunAsync)), "cannot join the others as {Address} port {Port}: {Error}",
                options.SiloAddress, options.SiloPort, Engine.Printable(e.GetBaseException().Message));
            return false;
        }
    }

    private async Task<bool> TryListenAsync(WebApplication web)
    {
        try
        {
            await web.StartAsync(stopping.Token);
            return true;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            log.LogCritical(Log.Here(nameof(RunAsync)), "cannot listen on port {Port}: {Error}; give another with --metrics-port",
                options.Shared.MetricsPort, e.Message.TrimEnd('.'));
            return false;
        }
    }
}
