using System;
using System.Collections.Immutable;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.FSharp.Core;
using Prometheus;

namespace Coverage.Host;

/// <summary>
/// Loads and compiles on another thread what a command runs, while the options are read: reading them takes as long as all the
/// rest of a small check, on one thread.
/// </summary>
internal static class WarmUp
{
    /// <summary>Begins. The program neither waits for it nor uses anything of it, and may end before it does.</summary>
    /// <param name="serves">Whether the command is that of the service.</param>
    public static void Begin(bool serves) => new Thread(() =>
    {
        try
        {
            Run(serves);
        }
        catch (Exception)
        {
            // An exception of a thread would end the program without a word. What fails here fails in the command as well, which
            // says so with an exit code.
        }
    })
    { IsBackground = true }.Start();

    /// <summary>Two made-up segments with a hole between them go from their names to the outputs, which are thrown away.</summary>
    internal static void Run(bool serves)
    {
        Settings settings = Engine.Settings(toleranceMicroseconds: 0, null, null);
        Listing listing = Engine.Read(hour: 0, "00:00.0-2-full-.ts/00:03.0-2-partial-.ts/"u8);
        HourDetail detail = Engine.Step(settings.Tolerance, Engine.Start, Engine.Select(listing.Folder));
        StreamReading reading = StreamReading.Of(Engine.Account(Engine.Facts(settings, [detail])));
        var given = new StreamGiven(FSharpValueOption<IntervalSet>.ValueNone, [], FSharpValueOption<long>.ValueNone, settling: 0);
        StreamRound stream = new StreamRound(new("channel", "quality")).Succeed(
            reading, Judgement.Of(reading, given, settings, new Hour(1).End), DateTimeOffset.UnixEpoch, TimeSpan.Zero, isReadAfresh: true);
        if (serves)
        {
            ShowAsync(stream).GetAwaiter().GetResult();
        }
        else
        {
            Json.WriteCheck(Stream.Null, settings, [stream]);
        }
    }

    /// <summary>Gauges show the stream, and a web server that never listens is built.</summary>
    private static async Task ShowAsync(StreamRound stream)
    {
        CollectorRegistry registry = Metrics.NewCustomRegistry();
        IMetricFactory metrics = Metrics.WithCustomRegistry(registry);
        ProcessStats.Register(registry, metrics);
        new Gauges(metrics).Show(before: null, stream);
        WebApplicationBuilder builder = WebServer.Prepare(IPAddress.Loopback, port: 1, hosts: [], NullLoggerFactory.Instance);
        await using WebApplication app = builder.Build();
    }
}
