using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>
/// Shows what became of the looks at streams, one at a time, in the gauges and in the log. When a look failed, or a stream
/// is gone, the last figures stay, where there are any.
/// </summary>
internal sealed class Showing(Options options, Gauges gauges, ILogger log, TimeProvider time)
{
    private readonly Lock showing = new();

    /// <summary>The failures that last.</summary>
    public StandingFailures Failures { get; } = new(time);

    /// <summary>The streams that were named and have no folder.</summary>
    private readonly HashSet<StreamName> missing = [];

    /// <summary>The kinds of file systems of which the log says whether their stamps are trusted.</summary>
    private readonly HashSet<StampTrust> trusts = [];

    /// <summary>The folders told of that are left out.</summary>
    private readonly HashSet<string> leftOut = [];

    private bool saidNoneFound;

    /// <summary>What is shown of streams that cannot be read.</summary>
    public static string WhatStays(IEnumerable<Watched> streams) =>
        streams.Any(known => known.Shown is not null) ? "the last figures stay" : "there are no figures yet";

    /// <summary>Counts a failure of a stream, of a kind.</summary>
    public void Failed(StreamName stream, string kind)
    {
        lock (showing)
        {
            gauges.Failed(stream, kind);
        }
    }

    /// <summary>Says which folders are left out, and that no stream was found, once until there is one.</summary>
    public void ShowFound(bool any, IEnumerable<string> unnameable)
    {
        foreach (string folder in unnameable.Where(leftOut.Add))
        {
            log.LogWarning(Log.Here(), "the folder {Folder} is left out: its name is not UTF-8", folder);
        }

        leftOut.IntersectWith(unnameable);

        if (!any && !saidNoneFound)
        {
            log.LogWarning(Log.Here(), "no channel found under {Base} yet", Engine.Printable(options.BaseDir));
        }

        saidNoneFound = !any;
    }

    /// <summary>Shows the new figures of a stream.</summary>
    public void Show(StreamName stream, Watched known, StreamReading reading, TimeSpan took)
    {
        lock (showing)
        {
            missing.Remove(stream);
            if (!ReferenceEquals(reading.Report, known.Shown?.Report))
            {
                gauges.Set(stream, reading.Account);
                foreach ((LogLevel level, string line) in HourLog.Changes(stream, reading, known.Shown))
                {
                    log.Log(level, Log.Here(), "{Line}", line);
                }
            }

            if (HourLog.NothingInRange(reading, options.FirstHour, options.LastHour) is { } warning
                && known.Shown?.AnyInRange is not false)
            {
                log.LogWarning(Log.Here(), "{Stream}: NOTHING WAS CHECKED: {Warning}", stream, warning);
            }

            if (reading.Ahead is { } ahead && known.Shown?.Ahead?.AreAll != ahead.AreAll)
            {
                log.LogWarning(Log.Here(), "{Stream}: {Warning}", stream, ahead);
            }

            if (known.Failing is not null)
            {
                log.LogInformation(Log.Here(), "{Stream}: is read again", stream);
            }

            (known.Shown, known.Checked) = (reading, time.GetUtcNow());
            known.Succeed();
            gauges.Succeeded(stream, took, known.Checked.Value, reading);
            foreach (Hour hour in reading.Corrected)
            {
                log.LogWarning(
                    Log.Here(), "{Stream}/{Hour}: changed without a sign of it; corrected now", stream, hour);
            }

            foreach (StampTrust trust in reading.Trust.Where(trusts.Add))
            {
                log.LogInformation(Log.Here(), "{Stream}: {Trust}", stream, trust);
            }

            foreach (string line in HourLog.OddFolders([.. reading.OddFolders.Where(known.OddFolders.Add)]))
            {
                log.LogWarning(Log.Here(), "{Stream}: {Line}", stream, line);
            }
        }
    }

    /// <summary>Shows that there is no folder of a stream of which nothing was ever known.</summary>
    public void ShowMissing(StreamName stream)
    {
        lock (showing)
        {
            if (missing.Add(stream))
            {
                log.LogWarning(
                    Log.Here(), "{Stream}: there is no folder {Path}", stream, Engine.Printable(stream.PathIn(options.BaseDir)));
            }
        }
    }

    /// <summary>Shows that something cannot be read, on which the figures of these streams depend.</summary>
    public void ShowUnreadable(StreamName what, IEnumerable<Watched> streams, UnreadableException failure)
    {
        lock (showing)
        {
            if (Failures.IsDue($"{what}", failure.Message, end: null))
            {
                log.LogError(Log.Here(), "{Stream}: {Error}; {Figures}", what, failure.Message, WhatStays(streams));
            }

            gauges.Failed(what, "read");
            foreach (Watched known in streams)
            {
                known.Fail(failure.Message);
            }
        }
    }

    /// <summary>Shows that no segment of a stream is left; whether that has been so long that the stream is forgotten.</summary>
    public bool ShowGone(StreamName stream, Watched known)
    {
        lock (showing)
        {
            bool isNew = known.GoneSince is null;
            known.Lose($"no segment is left in {Engine.Printable(stream.PathIn(options.BaseDir))}; is its disk mounted?", time.GetTimestamp());
            gauges.Failed(stream, "gone");
            decimal seconds = Engine.Seconds(options.ForgetAfterMicroseconds);
            if (isNew)
            {
                log.LogError(
                    Log.Here(),
                    "{Stream}: {Error}; the last figures stay, and the stream is forgotten after {Seconds} s",
                    stream,
                    known.Failing,
                    seconds);
            }

            bool isForgotten = time.GetElapsedTime(known.GoneSince!.Value) >= TimeSpan.FromSeconds((double)seconds);
            if (isForgotten)
            {
                log.LogWarning(Log.Here(), "{Stream}: forgotten; no segment was there for {Seconds} s", stream, seconds);
            }

            return isForgotten;
        }
    }

    /// <summary>Shows no other streams than these any more.</summary>
    public void Keep(IReadOnlySet<StreamName> streams, IEnumerable<StreamName> found)
    {
        lock (showing)
        {
            gauges.Keep(streams);
            missing.IntersectWith(found);
        }
    }
}
