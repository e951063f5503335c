using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>
/// The service's work: round after round each stream is looked at, its gauges set, what changed logged, its map written.
/// What goes wrong with one stream is logged and counted, and leaves the others and its own last figures alone.
/// </summary>
internal sealed class CheckLoop(Options options, Gauges gauges, Rounds rounds, ILogger<CheckLoop> log, TimeProvider time)
{
    private readonly StreamSearch archive = new(options.BaseDir, time, (StampPolicy)options.TrustStamps);

    private readonly HourReader reader = new(time, (StampPolicy)options.TrustStamps)
    {
        OnBest = log.IsEnabled(LogLevel.Debug)
            ? (hour, names) =>
            {
                foreach (string name in names)
                {
                    log.LogDebug(Log.Here("Read"), "{Hour}: best segment {Name}", Engine.Printable(hour), name);
                }
            }
        : null,
    };

    private readonly Settings settings =
        Engine.Settings(options.ToleranceMicroseconds, options.FirstHour, options.LastHour);

    private readonly Workers workers = new();

    private readonly PageWriter? pages = options.MakePage ? new(options, log) : null;

    private readonly Showing showing = new(options, gauges, log, time);

    /// <summary>The streams that were found and are not forgotten.</summary>
    private readonly ConcurrentDictionary<StreamName, Watched> watched = [];

    /// <summary>Whether the first round is over.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Whether any stream was read afresh since memory was last given back.</summary>
    private volatile bool hasReadAll;

    /// <summary>The latest writing of the pages; the exit code that says how it went.</summary>
    public Task<int> Pages => pages?.Latest ?? Task.FromResult(ExitCode.Success);

    /// <summary>Goes round until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await RoundAsync(stop);
            if (hasReadAll)
            {
                // The rounds to come need little of what reading everything takes: it is given back.
                hasReadAll = false;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }

            TimeSpan interval = TimeSpan.FromMicroseconds(options.CheckIntervalMicroseconds);

            // Nodes that were started together shall not look at a shared disk together for ever.
            await Task.Delay(interval * (0.95 + (0.1 * Random.Shared.NextDouble())), time, stop);
        }
    }

    /// <summary>Goes round once, and ends with the pages; the exit code that says how it went.</summary>
    public async Task<int> RunOnceAsync(CancellationToken stop)
    {
        int code = await RoundAsync(stop);
        return ExitCode.Worse(code, await Pages);
    }

    /// <summary>Looks at every stream once; the exit code that says how it went.</summary>
    public async Task<int> RoundAsync(CancellationToken stop)
    {
        int code = ExitCode.Success;
        IEnumerable<StreamName> shown;
        try
        {
            List<FoundStream> found = Find();
            HashSet<StreamName> owners = Owners(found);
            Hour lastHour = LastHour();
            (StreamName Stream, int? Code)[] results = await Task.WhenAll(found.Select(stream => Task.Run(
                async () => (stream.Stream, await CheckAsync(stream, owners, lastHour, stop)), stop)));
            foreach ((_, int? its) in results)
            {
                code = ExitCode.Worse(code, its ?? code);
            }

            HashSet<StreamName> there = [.. results.Where(result => result.Code is not null).Select(result => result.Stream),
                .. found.Where(stream => stream.Failure is not null).SelectMany(Shown)];
            List<StreamName> gone = InOrder(watched.Keys.Where(stream => !there.Contains(stream)));
            if (gone.Count > 0)
            {
                // They are not gone when the base went away during the round.
                MustBeThere();
            }

            foreach (StreamName stream in gone)
            {
                code = ExitCode.Worse(code, Lose(stream, owners));
            }

            foreach (string end in showing.Failures.EndRound())
            {
                log.LogInformation(Log.Here(), "{End}", end);
            }

            showing.Keep(watched.Keys.ToHashSet(), found.Select(stream => stream.Stream));
            shown = found.SelectMany(Shown).Concat(gone).Where(watched.ContainsKey);
            pages?.Begin(
                [.. watched.Where(one => owners.Contains(one.Key)).Select(one => (one.Key, one.Value.Axis))], showing.Failed, stop);
        }
        catch (UnreadableException e)
        {
            if (showing.Failures.IsDue(options.BaseDir, e.Message, $"{Engine.Printable(options.BaseDir)}: is read again"))
            {
                log.LogError(Log.Here(), "{Error}; {Figures}", e.Message, Showing.WhatStays(watched.Values));
            }

            foreach ((StreamName stream, Watched known) in watched)
            {
                showing.Failed(stream, "read");
                known.Fail(e.Message);
            }

            shown = [.. rounds.Latest?.Streams.Select(stream => stream.Stream) ?? []];
            shown = shown.Where(watched.ContainsKey).Concat(InOrder(watched.Keys.Except(shown)));
            code = ExitCode.Unreadable;
        }

        rounds.Finish(
            shown.Distinct().Select(stream => (stream, watched[stream])).Select(
                its => new Look(its.stream, its.Item2.Shown, its.Item2.Checked, its.Item2.Failing)),
            time.GetUtcNow());
        IsReady = true;
        return code;
    }

    /// <summary>The streams of which something is shown: of a channel that cannot be looked into, what was.</summary>
    private IEnumerable<StreamName> Shown(FoundStream found) => found.Failure is null
        ? [found.Stream]
        : InOrder(watched.Keys.Where(stream => stream.Channel == found.Stream.Channel));

    private static List<StreamName> InOrder(IEnumerable<StreamName> streams) =>
        [.. streams.OrderBy(stream => stream.Channel, StringComparer.Ordinal).ThenBy(stream => stream.Quality, StringComparer.Ordinal)];

    /// <summary>Which streams may write their maps: those of streams that are gone stay.</summary>
    private HashSet<StreamName> Owners(List<FoundStream> found)
    {
        List<StreamName> there = [.. found.SelectMany(Shown)];
        IEnumerable<StreamName> gone = watched.Where(one => one.Value.Drawn is not null).Select(one => one.Key).Except(there);
        return MapPicture.Owners(options, gone.Concat(there));
    }

    /// <summary>The last hour that is not ahead (semantics.md section 6).</summary>
    private Hour LastHour() => Hour.Of(Instant.Of(time.GetUtcNow().AddMinutes(5)));

    /// <summary>
    /// A stream that is gone fails until it is back or forgotten, when it held segments; else it is forgotten at once. The
    /// exit code that says so.
    /// </summary>
    private int Lose(StreamName stream, HashSet<StreamName> owners)
    {
        Watched known = watched[stream];
        if (!known.HeldSegments || showing.ShowGone(stream, known))
        {
            watched.TryRemove(stream, out _);
            return ExitCode.Success;
        }

        // The picture may have been on the disk that went. No folder is made for it, for it would lie under a mount point.
        bool canStay = Directory.Exists(Path.Combine(options.BaseDir, options.OutputDir));
        return canStay ? ExitCode.Worse(ExitCode.Unreadable, UpdateMap(stream, known, owners)) : ExitCode.Unreadable;
    }

    /// <exception cref="UnreadableException">The base cannot be read.</exception>
    private void MustBeThere()
    {
        if (StreamSearch.WhyUnreadable(options.BaseDir) is { } why)
        {
            throw why;
        }
    }

    /// <exception cref="UnreadableException">The base cannot be read.</exception>
    private List<FoundStream> Find()
    {
        MustBeThere();
        Found found = options.NoQuality ? new([], []) : archive.Streams(options.Channels, options.Qualities, HeldSegments);
        showing.ShowFound(any: found.Streams.Count > 0 || !watched.IsEmpty, found.Unnameable);
        return found.Streams;
    }

    private bool HeldSegments(StreamName stream) =>
        watched.TryGetValue(stream, out Watched? known) && known.Watch.HeldSegments;

    /// <summary>Looks at a stream: the exit code that says how it went, or null when there is none, or it is gone.</summary>
    private async Task<int?> CheckAsync(FoundStream found, HashSet<StreamName> owners, Hour lastHour, CancellationToken stop)
    {
        StreamName stream = found.Stream;
        Watched known = watched.GetValueOrDefault(stream)
            ?? new Watched(new StreamWatch(
                stream.PathIn(options.BaseDir), settings, (StampPolicy)options.TrustStamps, reader, workers, time));
        try
        {
            long started = time.GetTimestamp();
            bool afresh = known.ReadAllAt is not { } then
                || time.GetElapsedTime(then) >= TimeSpan.FromMicroseconds(options.FullEveryMicroseconds);
            UnreadableException? failure = found.Failure;
            StreamReading? reading = null;
            try
            {
                reading = failure is null ? await known.Watch.CheckAsync(afresh, Progress(stream), stop, lastHour) : null;
            }
            catch (UnreadableException e)
            {
                failure = e;
            }

            if (failure is not null)
            {
                watched[stream] = known;
                IEnumerable<StreamName> failing = found.Failure is null ? [stream] : Shown(found);
                showing.ShowUnreadable(stream, failing.Select(one => watched[one]), failure);
                return ExitCode.Unreadable;
            }

            if (reading is null || (known.HeldSegments && reading.IsBare))
            {
                if (!watched.ContainsKey(stream))
                {
                    showing.ShowMissing(stream);
                }

                return null;
            }

            hasReadAll |= afresh && reading.HoldsSegments;
            known.ReadAllAt = afresh ? started : known.ReadAllAt;
            watched[stream] = known;
            showing.Show(stream, known, reading, time.GetElapsedTime(started));
            return UpdateMap(stream, known, owners);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError(Log.Here(), e, "{Stream}: the check failed through a fault of this program", stream);
            showing.Failed(stream, "internal");
            known.Fail($"a fault of this program, please report it: {e.GetType().Name}: {e.Message}");
            watched[stream] = known;
            return ExitCode.Internal;
        }
    }

    /// <summary>Shows how far the reading is, in a gauge, and in the log when it takes long.</summary>
    private Action<int, int> Progress(StreamName stream)
    {
        long logged = time.GetTimestamp();
        return (done, hours) =>
        {
            gauges.Progress(new(stream, done, hours));
            if (time.GetElapsedTime(logged) >= TimeSpan.FromSeconds(10))
            {
                logged = time.GetTimestamp();
                log.LogInformation(Log.Here(), "{Stream}: {Done} of {Hours} hours read", stream, done, hours);
            }
        };
    }

    /// <summary>Writes the map when a cell of it has changed, or when it is not there.</summary>
    private int UpdateMap(StreamName stream, Watched known, HashSet<StreamName> owners)
    {
        try
        {
            MapPicture.MustOwn(options, stream, owners);
            string path = MapPicture.PathOf(options, stream);
            Account account = known.Shown!.Account;
            if (ReferenceEquals(known.Drawn, account) && File.Exists(path))
            {
                return ExitCode.Success;
            }

            if (MapPicture.Of(options, account) is { } map)
            {
                // Drawing cells again costs far less than a picture, and than keeping them.
                if (known.Drawn is null || !File.Exists(path) || !MapPicture.AreSame(map, MapPicture.Of(options, known.Drawn)))
                {
                    OutputFile.Replace(path, file => MapPicture.Write(map, file));
                    log.LogDebug(Log.Here(), "{Stream}: map written to {Path}", stream, Engine.Printable(path));
                }

                known.Drawn = account;
                known.Axis = new TimeAxis(map.FirstHour, map.LastHour, map.Columns);
            }

            return ExitCode.Success;
        }
        catch (IOException e)
        {
            if (showing.Failures.IsDue($"the map of {stream}", e.Message, $"{stream}: the map is written again"))
            {
                string stays = File.Exists(MapPicture.PathOf(options, stream)) ? "no new map, the last one stays" : "no map";
                log.LogError(Log.Here(), "{Stream}: {Stays}: {Error}", stream, stays, e.Message);
            }

            showing.Failed(stream, "map");
            return ExitCode.CannotWrite;
        }
    }
}
