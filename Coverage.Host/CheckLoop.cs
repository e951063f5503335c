using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>
/// The service's work: round after round each stream is read, its gauges set, what changed logged, its map written. What
/// goes wrong with one stream is logged and counted, and leaves the others and its own last figures alone.
/// </summary>
internal sealed class CheckLoop(Options options, Gauges gauges, ILogger<CheckLoop> log, TimeProvider time)
{
    private readonly Archive archive = new(options.BaseDir)
    {
        OnBest = log.IsEnabled(LogLevel.Debug)
            ? (stream, names) => log.LogDebug("{Stream}: best segments {Names}", stream, string.Join(' ', names))
            : null,
    };

    private readonly Settings settings = Engine.Settings(options.ToleranceMicroseconds, options.FirstHour, options.LastHour);

    // What earlier rounds showed, to tell what is new.
    private readonly Dictionary<StreamName, Dictionary<int, HourReport>> shown = [];
    private readonly HashSet<StreamName> missing = [];
    private readonly HashSet<(StreamName Stream, string Folder)> strange = [];
    private readonly HashSet<string> unnameable = [];
    private bool saidNoneFound;

    /// <summary>Whether the first round is over.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Goes round until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            Round(stop);
            TimeSpan interval = TimeSpan.FromMicroseconds(options.CheckIntervalMicroseconds);

            // Nodes that were started together shall not look at a shared disk together for ever.
            await Task.Delay(interval * (0.95 + (0.1 * Random.Shared.NextDouble())), time, stop);
        }
    }

    /// <summary>Looks at every stream once; the exit code that says how it went.</summary>
    public int Round(CancellationToken stop)
    {
        int code = ExitCode.Success;
        try
        {
            var looked = new HashSet<StreamName>();
            var pictures = new HashSet<string>();
            foreach (StreamOutcome found in Find())
            {
                stop.ThrowIfCancellationRequested();
                if (Check(found, pictures, stop) is not { } its)
                {
                    continue;
                }

                // Of a channel that cannot be looked into, what was shown stays.
                looked.Add(found.Stream);
                looked.UnionWith(shown.Keys.Where(old => found.Failure is not null && old.Channel == found.Stream.Channel));
                code = ExitCode.Worse(code, its);
            }

            gauges.Keep(looked);
            foreach (StreamName gone in shown.Keys.Where(stream => !looked.Contains(stream)).ToList())
            {
                shown.Remove(gone);
            }
        }
        catch (UnreadableException e)
        {
            log.LogError("{Error}; the last figures stay", e.Message);
            shown.Keys.ToList().ForEach(stream => gauges.Failed(stream, "read"));
            code = ExitCode.Unreadable;
        }

        IsReady = true;
        return code;
    }

    /// <exception cref="UnreadableException">The base cannot be read.</exception>
    private List<StreamOutcome> Find()
    {
        if (archive.WhyUnreadable() is { } why)
        {
            throw new UnreadableException(archive.BaseFolder, why);
        }

        List<StreamOutcome> streams = [.. archive.Streams(options.Channels, options.Qualities)];
        foreach (string folder in archive.Unnameable.Where(unnameable.Add))
        {
            log.LogWarning("the folder {Folder} is left out: its name is not UTF-8", folder);
        }

        if (streams.Count == 0 && !saidNoneFound)
        {
            log.LogWarning("no channel found under {Base} yet", Engine.Printable(archive.BaseFolder));
        }

        saidNoneFound = streams.Count == 0;
        return streams;
    }

    /// <summary>Looks at a stream: the exit code that says how it went, or null when there is none.</summary>
    private int? Check(StreamOutcome found, HashSet<string> pictures, CancellationToken stop)
    {
        StreamName stream = found.Stream;
        try
        {
            long started = time.GetTimestamp();
            StreamOutcome outcome = found.Failure is not null ? found : archive.TryRead(stream, settings, null, stop);
            if (outcome.Failure is { } failure)
            {
                log.LogError("{Stream}: {Error}; the last figures stay", stream, failure.Message);
                gauges.Failed(stream, "read");
                shown.TryAdd(stream, []);
                return ExitCode.Unreadable;
            }

            if (outcome.Reading is not { } reading)
            {
                if (missing.Add(stream))
                {
                    log.LogWarning("{Stream}: there is no folder {Path} yet", stream, Engine.Printable(archive.PathOf(stream)));
                }

                return null;
            }

            missing.Remove(stream);
            gauges.Set(stream, reading.Report, time.GetElapsedTime(started), time.GetUtcNow());
            LogChanges(stream, reading);
            return WriteMap(stream, reading.Report, pictures);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError(e, "{Stream}: the check failed through a fault of this program", stream);
            gauges.Failed(stream, "internal");
            return ExitCode.Internal;
        }
    }

    private int WriteMap(StreamName stream, StreamReport report, HashSet<string> pictures)
    {
        try
        {
            if (!pictures.Add(MapPicture.PathOf(options, stream)))
            {
                throw new IOException($"another stream's map has the same name, {MapPicture.PathOf(options, stream)}");
            }

            if (MapPicture.Update(options, stream, report) is { } path)
            {
                log.LogDebug("{Stream}: map written to {Path}", stream, path);
            }

            return ExitCode.Success;
        }
        catch (IOException e)
        {
            log.LogError("{Stream}: no new map, the last one stays: {Error}", stream, e.Message);
            gauges.Failed(stream, "map");
            return ExitCode.CannotWrite;
        }
    }

    private void LogChanges(StreamName stream, StreamReading reading)
    {
        foreach (string folder in reading.StrangeFolders.Where(folder => strange.Add((stream, folder))))
        {
            log.LogWarning("{Stream}: the folder {Folder} is not named like an hour and is left out", stream, folder);
        }

        Dictionary<int, HourReport> before = shown.GetValueOrDefault(stream, []);
        foreach (HourReport hour in reading.Report.Hours.Where(hour => !before.TryGetValue(hour.Hour, out var old) || !hour.Equals(old)))
        {
            foreach (string line in HourLog.Lines(hour))
            {
                log.LogInformation("{Stream}/{Line}", stream, line);
            }

            foreach (string line in HourLog.BadNames(hour, reading))
            {
                log.LogWarning("{Stream}/{Line}", stream, line);
            }
        }

        shown[stream] = reading.Report.Hours.ToDictionary(hour => hour.Hour);
    }
}
