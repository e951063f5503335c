using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>
/// The service's work: round after round each stream is looked at, its gauges set, what changed logged, its map written.
/// What goes wrong with one stream is logged and counted, and leaves the others and its own last figures alone.
/// </summary>
internal sealed class CheckLoop(Options options, Gauges gauges, Rounds rounds, ILogger<CheckLoop> log, TimeProvider time)
{
    private readonly Archive archive = new(options.BaseDir, time);

    private readonly HourReader reader = new(time)
    {
        OnBest = log.IsEnabled(LogLevel.Debug)
            ? (hour, names) => log.LogDebug(
                Log.Here("Read"), "{Hour}: best segments {Names}", Engine.Printable(hour), string.Join(' ', names))
            : null,
    };

    private readonly Settings settings =
        Engine.Settings(options.ToleranceMicroseconds, options.FirstHour, options.LastHour);

    private readonly Workers workers = new();

    private readonly PageWriter? pages = options.MakePage ? new(options, log) : null;

    /// <summary>What is known of each stream that was found, and what was last shown of it.</summary>
    private readonly ConcurrentDictionary<StreamName, Watched> watched = [];

    /// <summary>Results are shown one at a time.</summary>
    private readonly Lock showing = new();

    private readonly HashSet<StreamName> missing = [];
    private readonly HashSet<string> unnameable = [];
    private bool saidNoneFound;

    private sealed class Watched(StreamWatch watch)
    {
        public StreamWatch Watch { get; } = watch;

        /// <summary>When every folder was last read, by the timestamps of the clock.</summary>
        public long? ReadAllAt { get; set; }

        public StreamReading? Shown { get; set; }

        /// <summary>When a look last succeeded.</summary>
        public DateTimeOffset? Checked { get; set; }

        /// <summary>What went wrong with the last look; null for nothing.</summary>
        public string? Failing { get; set; }

        /// <summary>The odd folders told of.</summary>
        public HashSet<string> Strange { get; } = [];

        /// <summary>The report of which the picture is.</summary>
        public StreamReport? Drawn { get; set; }

        /// <summary>What the picture shows.</summary>
        public TimeAxis? Axis { get; set; }
    }

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
            List<StreamOutcome> found = Find();
            HashSet<StreamName> owners = MapPicture.Owners(options, found.SelectMany(Shown));
            (StreamName Stream, int? Code)[] results = await Task.WhenAll(found.Select(stream => Task.Run(
                async () => (stream.Stream, await CheckAsync(stream, owners, stop)), stop)));
            foreach ((_, int? its) in results)
            {
                code = ExitCode.Worse(code, its ?? code);
            }

            HashSet<StreamName> looked = [.. results.Where(result => result.Code is not null).Select(result => result.Stream),
                .. found.Where(stream => stream.Failure is not null).SelectMany(Shown)];
            List<StreamName> gone = [.. watched.Keys.Where(stream => !looked.Contains(stream))];
            if (gone.Count > 0)
            {
                // They are not gone when the disk went away during the round.
                MustBeThere();
            }

            gauges.Keep(looked);
            gone.ForEach(stream => watched.TryRemove(stream, out _));
            shown = found.SelectMany(Shown).Where(watched.ContainsKey);
            pages?.Begin(
                [.. watched.Where(one => owners.Contains(one.Key)).Select(one => (one.Key, one.Value.Axis))], Failed, stop);
        }
        catch (UnreadableException e)
        {
            log.LogError(Log.Here(), "{Error}; the last figures stay", e.Message);
            watched.Keys.ToList().ForEach(stream => gauges.Failed(stream, "read"));
            watched.Values.ToList().ForEach(known => known.Failing = e.Message);
            shown = [.. rounds.Latest?.Streams.Select(stream => stream.Stream) ?? []];
            shown = shown.Where(watched.ContainsKey)
                .Concat(watched.Keys.Except(shown).OrderBy(stream => stream.ToString(), StringComparer.Ordinal));
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
    private IEnumerable<StreamName> Shown(StreamOutcome found) => found.Failure is null
        ? [found.Stream]
        : watched.Keys.Where(stream => stream.Channel == found.Stream.Channel)
            .OrderBy(stream => stream.Quality, StringComparer.Ordinal);

    /// <exception cref="UnreadableException">The base cannot be read, or is empty all at once.</exception>
    private void MustBeThere()
    {
        if (archive.WhyUnreadable() is { } why)
        {
            throw new UnreadableException(archive.BaseFolder, why);
        }

        if (!watched.IsEmpty && archive.IsBare())
        {
            throw new UnreadableException(
                archive.BaseFolder, $"{Engine.Printable(archive.BaseFolder)} is empty all at once; is its disk mounted?");
        }
    }

    /// <exception cref="UnreadableException">The base cannot be read.</exception>
    private List<StreamOutcome> Find()
    {
        MustBeThere();
        List<StreamOutcome> streams = archive.Streams(options.Channels, options.Qualities, HeldSegments);
        foreach (string folder in archive.Unnameable.Where(unnameable.Add))
        {
            log.LogWarning(Log.Here(), "the folder {Folder} is left out: its name is not UTF-8", folder);
        }

        // Each search finds them anew, so that none is remembered that is gone.
        unnameable.IntersectWith(archive.Unnameable);
        archive.Unnameable.Clear();

        if (streams.Count == 0 && !saidNoneFound)
        {
            log.LogWarning(Log.Here(), "no channel found under {Base} yet", Engine.Printable(archive.BaseFolder));
        }

        saidNoneFound = streams.Count == 0;
        return streams;
    }

    private bool HeldSegments(StreamName stream) =>
        watched.TryGetValue(stream, out Watched? known) && known.Watch.HeldSegments;

    /// <summary>Looks at a stream: the exit code that says how it went, or null when there is none.</summary>
    private async Task<int?> CheckAsync(StreamOutcome found, HashSet<StreamName> owners, CancellationToken stop)
    {
        StreamName stream = found.Stream;
        Watched known = watched.GetValueOrDefault(stream)
            ?? new Watched(new StreamWatch(archive, stream, settings, reader, workers, time));
        try
        {
            long started = time.GetTimestamp();
            bool afresh = known.ReadAllAt is not { } then
                || time.GetElapsedTime(then) >= TimeSpan.FromMicroseconds(options.FullEveryMicroseconds);
            StreamOutcome outcome = found.Failure is not null
                ? found
                : await known.Watch.TryLookAsync(afresh, Progress(), stop);
            hasReadAll |= afresh;
            known.ReadAllAt = afresh && outcome.Reading is not null ? started : known.ReadAllAt;
            int? code;
            lock (showing)
            {
                code = Show(outcome, known, found.Failure is null, time.GetElapsedTime(started));
            }

            // Outside of the lock, for a large picture takes its time.
            return code == ExitCode.Success ? UpdateMap(stream, known, owners) : code;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError(Log.Here(), e, "{Stream}: the check failed through a fault of this program", stream);
            Failed(stream, "internal");
            known.Failing = $"a fault of this program, please report it: {e.GetType().Name}: {e.Message}";
            watched[stream] = known;
            return ExitCode.Internal;
        }
    }

    /// <summary>Counts a failure of a stream, of a kind.</summary>
    private void Failed(StreamName stream, string kind)
    {
        lock (showing)
        {
            gauges.Failed(stream, kind);
        }
    }

    /// <summary>Shows how far the reading is, in a gauge, and in the log when it takes long.</summary>
    private Action<Progress> Progress()
    {
        long logged = time.GetTimestamp();
        return now =>
        {
            gauges.Progress(now);
            if (time.GetElapsedTime(logged) >= TimeSpan.FromSeconds(10))
            {
                logged = time.GetTimestamp();
                log.LogInformation(Log.Here(), "{Stream}: {Done} of {Hours} hours read", now.Stream, now.Done, now.Hours);
            }
        };
    }

    private int? Show(StreamOutcome outcome, Watched known, bool isLookedInto, TimeSpan took)
    {
        StreamName stream = outcome.Stream;
        if (outcome.Failure is { } failure)
        {
            log.LogError(Log.Here(), "{Stream}: {Error}; the last figures stay", stream, failure.Message);
            gauges.Failed(stream, "read");
            watched[stream] = known;
            foreach (StreamName failing in isLookedInto ? [stream] : Shown(outcome))
            {
                watched[failing].Failing = failure.Message;
            }

            return ExitCode.Unreadable;
        }

        if (outcome.Reading is not { } reading)
        {
            if (missing.Add(stream))
            {
                log.LogWarning(
                    Log.Here(), "{Stream}: there is no folder {Path}", stream, Engine.Printable(archive.PathOf(stream)));
            }

            return null;
        }

        missing.Remove(stream);
        watched[stream] = known;
        if (!ReferenceEquals(reading.Report, known.Shown?.Report))
        {
            gauges.Set(stream, reading.Report);
            foreach ((LogLevel level, string line) in HourLog.Changes(reading, known.Shown))
            {
                log.Log(level, Log.Here(), "{Stream}/{Line}", stream, line);
            }
        }

        if (HourLog.NothingInRange(reading, options.FirstHour, options.LastHour) is { } warning
            && known.Shown?.AnyInRange is not false)
        {
            log.LogWarning(Log.Here(), "{Stream}: {Warning}", stream, warning);
        }

        (known.Shown, known.Checked, known.Failing) = (reading, time.GetUtcNow(), null);
        gauges.Succeeded(stream, took, known.Checked.Value, reading.Corrected.Count);
        foreach (int hour in reading.Corrected)
        {
            log.LogWarning(
                Log.Here(), "{Stream}/{Hour}: changed without a sign of it; corrected now", stream, Engine.HourText(hour));
        }

        foreach (string line in HourLog.StrangeFolders([.. reading.StrangeFolders.Where(known.Strange.Add)]))
        {
            log.LogWarning(Log.Here(), "{Stream}: {Line}", stream, line);
        }

        known.Strange.IntersectWith(reading.StrangeFolders);
        return ExitCode.Success;
    }

    /// <summary>Writes the map when a cell of it has changed, or when it is not there.</summary>
    private int UpdateMap(StreamName stream, Watched known, HashSet<StreamName> owners)
    {
        try
        {
            MapPicture.MustOwn(options, stream, owners);
            string path = MapPicture.PathOf(options, stream);
            StreamReport report = known.Shown!.Report;
            if (ReferenceEquals(known.Drawn, report) && File.Exists(path))
            {
                return ExitCode.Success;
            }

            if (MapPicture.Draw(options, report) is { } map)
            {
                // Drawing cells again costs far less than a picture, and than keeping them.
                if (known.Drawn is null || !File.Exists(path) || !MapPicture.AreSame(map, MapPicture.Draw(options, known.Drawn)))
                {
                    OutputFile.Replace(path, file => MapPicture.Write(map, file));
                    log.LogDebug(Log.Here(), "{Stream}: map written to {Path}", stream, Engine.Printable(path));
                }

                known.Drawn = report;
                known.Axis = new TimeAxis(map.FirstHour, map.LastHour, map.Columns);
            }

            return ExitCode.Success;
        }
        catch (IOException e)
        {
            log.LogError(Log.Here(), "{Stream}: no new map, the last one stays: {Error}", stream, e.Message);
            Failed(stream, "map");
            return ExitCode.CannotWrite;
        }
    }
}
