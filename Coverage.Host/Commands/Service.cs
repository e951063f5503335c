using System;
using System.IO;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Coverage.Host;

/// <summary>The command serve: the check loop, and HTTP beside it.</summary>
internal static class Service
{
    /// <summary>Runs until a signal ends it, or one round; the exit code.</summary>
    public static async Task<int> RunAsync(Options options)
    {
        using var stopping = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);

        if (StreamSearch.WhyUnreadable(options.BaseDir) is { } why)
        {
            Log.LastWords(why.Message);
            return ExitCode.Unreadable;
        }

        Login? login = null;
        if (options.ApiTokenFile is { } file)
        {
            try
            {
                login = new Login(Login.Read(file), options.MetricsPort, TimeProvider.System);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                Log.LastWords($"cannot take the token of --api-token-file from {Engine.Printable(file)}: {e.Message}");
                return ExitCode.Unreadable;
            }
        }

        OutputFile.RemoveLeftovers(Path.Combine(options.BaseDir, options.OutputDir));
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        CollectorRegistry registry = Metrics.NewCustomRegistry();
        IMetricFactory metrics = Metrics.WithCustomRegistry(registry);

        // Under systemd this tells it when the port is open; before the log, whose form is the options'.
        builder.Services.AddSystemd();
        Log.Configure(builder.Logging, options);
        builder.Logging.AddProvider(new LogCounts(metrics));
        WebServer.Configure(builder, options);
        await using WebApplication app = builder.Build();
        ILogger log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Coverage.Service");
        foreach (string warning in options.Warnings)
        {
            log.LogWarning(Log.Here(), "{Warning}", warning);
        }

        ProcessStats.Register(registry, metrics);
        var gauges = new Gauges(metrics);
        var rounds = new Rounds(gauges, app.Services.GetRequiredService<ILogger<Rounds>>());
        var loop = new CheckLoop(
            options, gauges, rounds, app.Services.GetRequiredService<ILogger<CheckLoop>>(), TimeProvider.System);

        // On a thread of its own, for a call into a dead network disk cannot be called back.
        Task work = Task.CompletedTask;
        try
        {
            if (options.RunOnce)
            {
                Task<int> once = Task.Run(() => loop.RunOnceAsync(stopping.Token));
                work = once;
                return await once.WaitAsync(stopping.Token);
            }

            if (options.BackdoorPort > 0)
            {
                try
                {
                    var checker = new Checker(options, loop, rounds);
                    new Backdoor(checker, app.Services.GetRequiredService<ILogger<Backdoor>>()).Open(options.BackdoorPort);
                }
                catch (SocketException e)
                {
                    log.LogCritical(
                        Log.Here(),
                        "cannot open the backdoor on port {Port}: {Error}; give another with --backdoor-port, or none",
                        options.BackdoorPort,
                        e.Message);
                    return ExitCode.NoPort;
                }
            }

            // The first look and the web server get ready side by side.
            app.Guard(options, login);
            app.MapCoverage(registry, loop);
            using var segments = new HourSegments(options, TimeProvider.System);
            using var api = new Api(
                new ApiEndpoints(options, segments), new ApiEvents(rounds, options, stopping.Token), rounds, TimeProvider.System);
            api.Map(app);
            work = Task.Run(() => loop.RunAsync(stopping.Token));
            try
            {
                await app.StartAsync(stopping.Token);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                log.LogCritical(
                    Log.Here(),
                    "cannot listen on port {Port}: {Error}; give another with --metrics-port",
                    options.MetricsPort,
                    e.Message.TrimEnd('.'));
                await stopping.CancelAsync();
                await Task.WhenAny(work, Task.Delay(TimeSpan.FromMilliseconds(500)));
                return ExitCode.NoPort;
            }

            log.LogInformation(Log.Here(), "version {Version}, metrics on port {Port}", Gauges.Version, options.MetricsPort);
            await work.WaitAsync(stopping.Token);
            return ExitCode.Internal;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What is being written comes into place; else it would lie about aside for ever.
            await Task.WhenAny(Task.WhenAll(work, loop.Pages), Task.Delay(TimeSpan.FromMilliseconds(500)));
            log.LogInformation(Log.Here(), "stopped by a signal");
            return ExitCode.Success;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();

            // Nor can a log that nobody reads, which the last words wait for, hold up the end.
            _ = Task.Delay(Log.Patience).ContinueWith(_ => Environment.Exit(ExitCode.Success), TaskScheduler.Default);
        }
    }
}
