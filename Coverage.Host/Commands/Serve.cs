using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace Coverage.Host;

/// <summary>The command serve: rounds for ever, and HTTP beside them.</summary>
internal sealed class Serve : IDisposable
{
    /// <summary>How long the end waits for what is being written to come into place.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromMilliseconds(500);

    private readonly Options options;
    private readonly Login? login;
    private readonly CancellationTokenSource stopping;
    private readonly CollectorRegistry registry = Metrics.NewCustomRegistry();
    private readonly Rounds<Round> rounds = new();
    private readonly ILoggerFactory loggers;
    private readonly ILogger log;
    private readonly RoundLoop loop;
    private readonly FoundContent content = new();
    private readonly Rounds<FleetRound> fleetRounds = new();

    /// <summary>The looks at the nodes of the fleet; null when none is asked for.</summary>
    private readonly FleetLoop? fleet;

    /// <summary>The verifying of files; null when none is asked for.</summary>
    private readonly ContentLoop? verifying;

    /// <summary>The rounds, on a thread of their own: a call into a dead network disk cannot be called back.</summary>
    private Task work = Task.CompletedTask;

    private Serve(Options options, Keeper keeper, Login? login, string? nodeToken, CancellationTokenSource stopping)
    {
        (this.options, this.login, this.stopping) = (options, login, stopping);
        IMetricFactory metrics = Metrics.WithCustomRegistry(registry);
        loggers = LoggerFactory.Create(logging =>
        {
            Log.Configure(logging, options);
            logging.AddProvider(new LogCounts(metrics));
        });
        log = loggers.CreateLogger("Coverage.Service");
        ProcessStats.Register(registry, metrics);
        var gauges = new Gauges(metrics);
        loop = new RoundLoop(options, keeper, gauges, rounds, loggers, TimeProvider.System);
        verifying = options.Verify.Parts == 0
            ? null : new ContentLoop(options, rounds, content, new ContentGauges(metrics), log, TimeProvider.System);
        fleet = !options.Fleet.IsCompared ? null : new FleetLoop(
            options,
            nodeToken,
            fleetRounds,
            new FleetGauges(registry, metrics, fleetRounds, options, TimeProvider.System),
            gauges,
            new FleetLog(options, loggers, TimeProvider.System),
            TimeProvider.System);
    }

    /// <summary>Ends the log, when it has written what waits.</summary>
    public void Dispose() => loggers.Dispose();

    /// <summary>Runs until a signal ends it, or one round; the exit code.</summary>
    public static async Task<int> RunAsync(Options options)
    {
        using var stopping = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);
        if (OpenFiles.WhyTooFew(OpenFiles.Service) is { } tooFew)
        {
            Log.LastWords(tooFew);
            return ExitCode.NoPort;
        }

        if (StreamSearch.WhyUnreadable(options.BaseDir) is { } why)
        {
            Log.LastWords(why.Message);
            return ExitCode.Unreadable;
        }

        Login? login = null;
        if (options.ApiTokenFile is { } file && !TryLogin(options, file, out login))
        {
            return ExitCode.Unreadable;
        }

        string? nodeToken;
        try
        {
            nodeToken = FleetToken(options);
        }
        catch (FleetOptionException e)
        {
            Log.LastWords(e.Message);
            return ExitCode.Usage;
        }
        catch (NodesUnreadableException e)
        {
            Log.LastWords(e.Message);
            return ExitCode.Unreadable;
        }

        var keeper = new Keeper(options.Judgement, TimeProvider.System);
        OutputFile.RemoveLeftovers(Path.Combine(options.BaseDir, options.OutputDir));
        using var serve = new Serve(options, keeper, login, nodeToken, stopping);
        return await serve.RunAsync();

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();

            // Exit after a while even if the standard error is a blocked pipe.
            _ = Task.Delay(Log.Patience).ContinueWith(_ => Environment.Exit(ExitCode.Success), TaskScheduler.Default);
        }
    }

    /// <summary>Shows a stream in gauges that no scrape reads, and builds a web server that never listens (<see cref="WarmUp"/>).</summary>
    internal static void Rehearse(StreamRound stream)
    {
        CollectorRegistry registry = Metrics.NewCustomRegistry();
        IMetricFactory metrics = Metrics.WithCustomRegistry(registry);
        ProcessStats.Register(registry, metrics);
        new Gauges(metrics).Show(before: null, stream);
        using var app = (IDisposable)WebServer.Prepare(IPAddress.Loopback, port: 1, hosts: [], NullLoggerFactory.Instance).Build();
    }

    /// <summary>The token for the nodes of the fleet, null for none. What is said of nodes wrongly ends the start; a database may
    /// answer later.</summary>
    private static string? FleetToken(Options options)
    {
        if (!options.Fleet.IsCompared)
        {
            return null;
        }

        FleetNodes.Given(options);
        return FleetNodes.Token(options);
    }

    private static bool TryLogin(Options options, string file, out Login? login)
    {
        try
        {
            login = new Login(Login.Read(file), options.MetricsPort, TimeProvider.System);
            return true;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Log.LastWords($"cannot take the token of --api-token-file from {Engine.Printable(file)}: {e.Message}");
            login = null;
            return false;
        }
    }

    private async Task<int> RunAsync()
    {
        foreach (string warning in options.Warnings)
        {
            log.LogWarning(Log.Here(), "{Warning}", warning);
        }

        if (Share.Connections.All < Share.AllConnections)
        {
            log.LogWarning(
                Log.Here(),
                "this process may have {Limit} files open: it takes {Connections} connections at a time, not {All}; raise the limit "
                    + "(ulimit -Hn, LimitNOFILE= of systemd) for more",
                OpenFiles.Limit,
                Share.Connections.All,
                Share.AllConnections);
        }

        try
        {
            if (options.RunOnce)
            {
                Task<int> once = Task.Run(() => loop.RunOnceAsync(stopping.Token));
                work = once;
                return await once.WaitAsync(stopping.Token);
            }

            return TryOpenBackdoor() ? await ServeAsync() : ExitCode.NoPort;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What is being written comes into place; else its temporary file would stay for ever.
            await Task.WhenAny(Task.WhenAll(work, loop.Pages), Task.Delay(EndPatience));
            log.LogInformation(Log.Here(), "stopped by a signal");
            return ExitCode.Success;
        }
    }

    private bool TryOpenBackdoor()
    {
        if (options.BackdoorPort == 0)
        {
            return true;
        }

        try
        {
            var checker = new Checker(options, loop, rounds);
            new Backdoor(checker, loggers.CreateLogger<Backdoor>()).Open(options.BackdoorPort);
            return true;
        }
        catch (SocketException e)
        {
            log.LogCritical(
                Log.Here(nameof(RunAsync)),
                "cannot open the backdoor on port {Port}: {Error}; give another with --backdoor-port, or none",
                options.BackdoorPort,
                e.Message);
            return false;
        }
    }

    /// <summary>The first round and the web server get ready side by side; the round begins first, for its disk is slow.</summary>
    private async Task<int> ServeAsync()
    {
        work = Task.Run(() => loop.RunAsync(stopping.Token));
        WebApplicationBuilder builder = WebServer.Prepare(options.Bind, options.MetricsPort, options.AllowedHosts, loggers);

        // Under systemd this tells it when the port is open.
        builder.Services.AddSystemd();
        await using WebApplication app = builder.Build();

        // These write nothing, so the end need not wait for them.
        _ = verifying is null ? Task.CompletedTask : Task.Run(() => verifying.RunAsync(stopping.Token));
        _ = fleet is null ? Task.CompletedTask : Task.Run(() => fleet.RunAsync(stopping.Token));
        using var turns = new DiskTurns();
        var segments = new HourSegments(options, turns, content, TimeProvider.System);
        var listings = new HourListings(options, turns, TimeProvider.System);
        var cuts = new Cuts(options, turns, TimeProvider.System);
        Rounds<FleetRound>? looks = fleet is null ? null : fleetRounds;
        var events = new ApiEvents(rounds, options, stopping.Token) { Fleet = looks };
        using var api = new Api(
            [
                .. new ApiEndpoints(options, segments, listings, cuts, content) { ComparesFleet = fleet is not null }.All(),
                .. new FleetEndpoints(_ => looks, [], options, TimeProvider.System).All(),
            ],
            ApiEndpoints.Events,
            _ => events,
            rounds,
            TimeProvider.System);
        app.Guard(options.AllowedHosts, login);
        app.MapCoverage(registry, rounds);
        api.Map(app);
        if (!await TryListenAsync(app))
        {
            await stopping.CancelAsync();
            await Task.WhenAny(work, Task.Delay(EndPatience));
            return ExitCode.NoPort;
        }

        log.LogInformation(
            Log.Here(nameof(RunAsync)), "version {Version}, metrics on port {Port}", Program.Version, options.MetricsPort);
        try
        {
            await work.WaitAsync(stopping.Token);
            return ExitCode.Internal;
        }
        finally
        {
            await app.EndAsync();
        }
    }

    private async Task<bool> TryListenAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync(stopping.Token);
            return true;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            log.LogCritical(
                Log.Here(nameof(RunAsync)),
                "cannot listen on port {Port}: {Error}; give another with --metrics-port",
                options.MetricsPort,
                e.Message.TrimEnd('.'));
            return false;
        }
    }
}
