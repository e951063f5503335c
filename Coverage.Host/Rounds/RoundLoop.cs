using System;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>
/// The service's work: round after round, each given to the outputs. The check of a stream is shown as soon as it ends:
/// a slow disk may hold up the end of the round. What goes wrong with one stream leaves the others alone.
/// </summary>
internal sealed class RoundLoop
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    private readonly Options options;
    private readonly Keeper keeper;
    private readonly Gauges gauges;
    private readonly Rounds<Round> rounds;
    private readonly TimeProvider time;
    private readonly ArchiveWatch archive;
    private readonly RoundLog log;
    private readonly MapFiles maps;
    private readonly MapPages? pages;

    /// <summary>Outputs are given one stream at a time.</summary>
    private readonly Lock showing = new();

    /// <summary>The exit code that says how the maps of this round went.</summary>
    private int mapsCode;

    public RoundLoop(
        Options options, Keeper keeper, Gauges gauges, Rounds<Round> rounds, ILoggerFactory loggers, TimeProvider time)
    {
        (this.options, this.keeper, this.gauges, this.rounds, this.time) = (options, keeper, gauges, rounds, time);
        log = new RoundLog(options, loggers, time);
        maps = new MapFiles(options, log.Log, log.Failures, Failed);
        pages = options.MakePage ? new(options, log.Log) : null;
        archive = new ArchiveWatch(options, keeper, time)
        {
            OnBest = log.Log.IsEnabled(LogLevel.Debug) ? log.ShowBest : null,
            OnTrouble = trouble => log.Log.LogWarning(Host.Log.Here("Durations"), "{Trouble}", trouble),
            OnChecked = Show,
            OnProgress = Progress,
        };
    }

    /// <summary>The latest writing of the pages; the exit code that says how it went.</summary>
    public Task<int> Pages => pages?.Latest ?? Task.FromResult(ExitCode.Success);

    /// <summary>Goes round until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await RoundAsync(stop);
            GiveMemoryBack(rounds.Latest!);
            await Task.Delay(Interval(options), time, stop);
        }
    }

    /// <summary>The time from one round to the next. Nodes that were started at once shall not read a shared disk at the same
    /// moments for ever.</summary>
    public static TimeSpan Interval(Options options) =>
        TimeSpan.FromMicroseconds(options.CheckIntervalMicroseconds) * (0.95 + (0.1 * Random.Shared.NextDouble()));

    /// <summary>Goes round once, and ends with the pages; the exit code that says how it went.</summary>
    public async Task<int> RunOnceAsync(CancellationToken stop)
    {
        int code = await RoundAsync(stop);
        return ExitCode.Worse(code, await Pages);
    }

    /// <summary>Makes one round and gives it to the outputs; the exit code that says how it went.</summary>
    public async Task<int> RoundAsync(CancellationToken stop)
    {
        Round? before = rounds.Latest;
        mapsCode = ExitCode.Success;
        log.Show(keeper.Look());
        Round round = await NextAsync(before, stop);
        lock (showing)
        {
            log.Finish(before, round);
            gauges.Finish(round);
        }

        var shown = maps.Finish(round);
        if (round.BaseFailure is null)
        {
            pages?.Begin(shown, Failed, stop);
        }

        rounds.Publish(round);
        return ExitCode.Worse(round.ExitCode, mapsCode);
    }

    private async Task<Round> NextAsync(Round? before, CancellationToken stop)
    {
        try
        {
            Found found = await archive.SearchAsync(before, stop);
            maps.Begin(before, found);
            return await archive.CheckAsync(before, found, stop);
        }
        catch (UnreadableException e)
        {
            return Round.Unreadable(before, before?.Streams ?? [], e, time.GetUtcNow());
        }
    }

    /// <summary>Shows the check of a stream that has ended.</summary>
    private void Show(StreamRound? before, StreamRound now)
    {
        lock (showing)
        {
            log.Show(before, now);
            gauges.Show(before, now);
        }

        if (now.Failure is null or { Kind: FailureKind.Gone })
        {
            int code = maps.Update(now);
            lock (showing)
            {
                mapsCode = ExitCode.Worse(mapsCode, code);
            }
        }
    }

    private void Failed(StreamName stream, string kind)
    {
        lock (showing)
        {
            gauges.Failed(stream, kind);
        }
    }

    /// <summary>Shows how far the reading of a stream is, in a gauge, and in the log when it takes long.</summary>
    private Action<Progress> Progress()
    {
        long logged = time.GetTimestamp();
        return now =>
        {
            gauges.Progress(now);
            if (time.GetElapsedTime(logged) >= ProgressEvery)
            {
                logged = time.GetTimestamp();
                log.Progress(now);
            }
        };
    }

    /// <summary>The rounds to come need little of what reading everything takes: it is given back.</summary>
    private static void GiveMemoryBack(Round round)
    {
        foreach (StreamRound stream in round.Streams)
        {
            if (stream.IsReadAfresh && stream.HeldSegments)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                return;
            }
        }
    }
}
