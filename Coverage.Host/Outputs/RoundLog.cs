using System;
using System.Collections.Generic;
using System.Linq;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>
/// The log of the service's rounds: what differs from the round before. It keeps only what it logs once per run.
/// </summary>
internal sealed class RoundLog(Options options, ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>How many changes of one kind of one stream are logged one by one.</summary>
    private const int ChangesShown = 20;

    /// <summary>The category of all lines but those of holes; filters and alerts of users know it by this name.</summary>
    private readonly ILogger log = loggers.CreateLogger("Coverage.Host.CheckLoop");
    private readonly ILogger holeLog = loggers.CreateLogger("Coverage.Host.Rounds");

    /// <summary>The kinds of file systems that were logged, each with whether its stamps are trusted.</summary>
    private readonly HashSet<StampTrust> trusts = [];

    /// <summary>The odd folders of each stream that were logged.</summary>
    private readonly Dictionary<StreamName, HashSet<string>> oddFolders = [];

    /// <summary>The failures that last, this log's and those of other outputs.</summary>
    public StandingFailures Failures { get; } = new(time);

    /// <summary>The logger for other outputs.</summary>
    public ILogger Log => log;

    /// <summary>Logs the check of a stream that has ended.</summary>
    /// <param name="before">The stream in the round before; null when nothing was known of it.</param>
    /// <param name="now">The stream after the check.</param>
    public void Show(StreamRound? before, StreamRound now)
    {
        if (now.Failure is { } failure)
        {
            ShowFailure(before, now, failure);
        }
        else
        {
            ShowReading(before, now.Stream, now.Reading!);
        }
    }

    /// <summary>Logs what reading the keeper's files again brought.</summary>
    public void Show(KeeperLook look)
    {
        foreach (KeeperProblem problem in look.Failed)
        {
            log.LogError(Host.Log.Here("ShowKeeper"), "{Error}; what the file said before holds on", problem.What);
        }

        foreach (string path in look.Mended)
        {
            log.LogInformation(Host.Log.Here("ShowKeeper"), "{Path} is read again", Engine.Printable(path));
        }

        if (look.HasChanged)
        {
            log.LogInformation(Host.Log.Here("ShowKeeper"), "what is expected or acknowledged has changed");
        }
    }

    private void ShowFailure(StreamRound? before, StreamRound now, Failure failure)
    {
        switch (failure.Kind)
        {
            case FailureKind.Internal when Failures.IsDue($"{now.Stream}", failure.Message, end: null):
                log.LogError(
                    Host.Log.Here("CheckAsync"), failure.Error, "{Stream}: the check failed through a fault of this program", now.Stream);
                break;
            case FailureKind.Read when Failures.IsDue($"{now.Stream}", failure.Message, end: null):
                string figures = now.Reading is null ? "there are no figures yet" : "the last figures stay";
                log.LogError(Host.Log.Here("ShowUnreadable"), "{Stream}: {Error}; {Figures}", now.Stream, failure.Message, figures);
                break;
            case FailureKind.Gone when before?.GoneSince is null:
                log.LogError(
                    Host.Log.Here("ShowGone"),
                    "{Stream}: {Error}; the last figures stay, and the stream is forgotten after {Seconds} s",
                    now.Stream,
                    failure.Message,
                    Engine.Seconds(options.ForgetAfterMicroseconds));
                break;
            default:
                break;
        }
    }

    private void ShowReading(StreamRound? before, StreamName stream, StreamReading reading)
    {
        StreamReading? earlier = before?.Reading;
        EventId show = Host.Log.Here("Show");
        if (!ReferenceEquals(reading.Report, earlier?.Report))
        {
            foreach ((LogLevel level, string line) in HourLog.Changes(stream, reading, earlier))
            {
                log.Log(level, show, "{Line}", line);
            }
        }

        if (HourLog.NothingInRange(reading, options.FirstHour, options.LastHour) is { } warning
            && earlier?.AnyInRange is not false)
        {
            log.LogWarning(show, "{Stream}: NOTHING WAS CHECKED: {Warning}", stream, warning);
        }

        if (reading.Ahead is { } ahead && earlier?.Ahead?.AreAll != ahead.AreAll)
        {
            log.LogWarning(show, "{Stream}: {Warning}", stream, ahead);
        }

        if (before?.Failure is not null)
        {
            log.LogInformation(show, "{Stream}: is read again", stream);
        }

        ShowUnread(stream, reading, earlier);

        foreach (Hour hour in reading.Corrected)
        {
            log.LogWarning(show, "{Stream}/{Hour}: changed without a sign of it; corrected now", stream, hour);
        }

        foreach (StampTrust trust in reading.Trust.Where(trusts.Add))
        {
            log.LogInformation(show, "{Stream}: {Trust}", stream, trust);
        }

        if (!oddFolders.TryGetValue(stream, out HashSet<string>? logged))
        {
            oddFolders[stream] = logged = [];
        }

        foreach (string line in HourLog.OddFolders([.. reading.OddFolders.Where(logged.Add)]))
        {
            log.LogWarning(show, "{Stream}: {Line}", stream, line);
        }
    }

    private void ShowUnread(StreamName stream, StreamReading reading, StreamReading? earlier)
    {
        foreach (UnreadHour hour in reading.Unread)
        {
            if (Failures.IsDue($"{stream}/{hour.Hour}", hour.Failure.Message, end: null))
            {
                log.LogError(
                    Host.Log.Here(), "{Stream}/{Hour}: {Error}; there are no figures of this hour", stream, hour.Hour, hour.Failure.Message);
            }
        }

        foreach (Hour hour in (earlier?.Unread ?? []).Select(hour => hour.Hour).Except(reading.Unread.Select(hour => hour.Hour)))
        {
            log.LogInformation(Host.Log.Here(), "{Stream}/{Hour}: is unread no more", stream, hour);
        }
    }

    /// <summary>Logs the end of a round.</summary>
    /// <param name="before">The round before; null for the first.</param>
    /// <param name="now">The round.</param>
    public void Finish(Round? before, Round now)
    {
        string archive = Engine.Printable(options.BaseDir);
        if (now.BaseFailure is not { } failure)
        {
            foreach (string end in Failures.EndRound())
            {
                log.LogInformation(Host.Log.Here("RoundAsync"), "{End}", end);
            }
        }
        else if (Failures.IsDue(archive, failure.Message, $"{archive}: is read again"))
        {
            string figures = now.Streams.IsEmpty ? "there are no figures yet" : "the last figures stay";
            log.LogError(Host.Log.Here("RoundAsync"), "{Error}; {Figures}", failure.Message, figures);
        }

        ShowFound(before, now);
        foreach (StreamRound gone in (before?.Streams ?? []).Where(stream => now.Gone.Contains(stream.Stream)))
        {
            oddFolders.Remove(gone.Stream);
            if (gone.HeldSegments)
            {
                decimal seconds = Engine.Seconds(options.ForgetAfterMicroseconds);
                log.LogWarning(
                    Host.Log.Here("ShowGone"), "{Stream}: forgotten; no segment was there for {Seconds} s", gone.Stream, seconds);
            }
        }

        foreach (StreamRound stream in now.Streams.Where(stream => stream.IsChanged))
        {
            Judgement? earlier = before?.Streams.FirstOrDefault(one => one.Stream == stream.Stream)?.Judgement;
            ShowHoles(stream, earlier, Instant.Of(now.Finished));
        }
    }

    /// <summary>Logs what the search left out, and what is not there, once until that changes.</summary>
    private void ShowFound(Round? before, Round now)
    {
        foreach (string folder in now.Unnameable.Except(before?.Unnameable ?? []))
        {
            log.LogWarning(Host.Log.Here(), "the folder {Folder} is left out: its name is not UTF-8", folder);
        }

        // Their number can change in every round: it is said once.
        foreach (string line in now.Left is { } found && before is null ? LayoutTexts.LeftOut(found, options.Layout) : [])
        {
            log.LogWarning(Host.Log.Here(), "{Line}", line);
        }

        foreach (string pattern in now.Unmatched.Except(before?.Unmatched ?? []))
        {
            log.LogWarning(Host.Log.Here(), "{Pattern}", pattern);
        }

        if (now.IsNothingFound && before is not { IsNothingFound: true })
        {
            log.LogWarning(
                Host.Log.Here(),
                "no {What} found under {Base} yet",
                options.Layout.IsWubloaderFolder ? "channel" : "stream",
                Engine.Printable(options.BaseDir));
        }

        foreach (StreamName missing in Missing(now).Except(before is null ? [] : Missing(before)))
        {
            log.LogWarning(
                Host.Log.Here("ShowMissing"),
                "{Stream}: {Absent}",
                missing,
                LayoutTexts.Absent(missing, options));
        }

        static IEnumerable<StreamName> Missing(Round round) =>
            round.Found.Where(stream => stream.IsMissing).Select(stream => stream.Stream);
    }

    /// <summary>Logs how far the reading of a stream is.</summary>
    public void Progress(Progress now) =>
        log.LogInformation(Host.Log.Here(), "{Stream}: {Done} of {Hours} hours read", now.Stream, now.Done, now.Hours);

    /// <summary>Logs the best segments of an hour.</summary>
    /// <param name="path">The path of the hour's folder.</param>
    /// <param name="names">Their names, in order.</param>
    public void ShowBest(string path, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            log.LogDebug(Host.Log.Here("Read"), "{Hour}: best segment {Name}", Engine.Printable(path), name);
        }
    }

    private void ShowHoles(StreamRound round, Judgement? earlier, Instant now)
    {
        (StreamName stream, Changes changes) = (round.Stream, round.Changes!);
        Judgement judgement = round.Judgement!;
        if (earlier is null && !judgement.Missing.IsEmpty)
        {
            holeLog.LogInformation(
                Host.Log.Here("Finish"),
                "{Stream}: missing: {Count}, {Seconds} s in all",
                stream,
                HourLog.Number(judgement.Missing.Length, "hole"),
                judgement.LengthOf(Word.Missing));
        }

        Each("opened", [.. changes.Opened.Select(Text)]);
        Each("closed", [.. changes.Closed.Select(
            hole => $"{Text(hole.Hole)}, which stood for {now - new Instant(hole.Since)} s")]);
        Each("grown", [.. changes.Grown.Where(hole => !IsByTimeAlone(hole.Hole)).Select(
            hole => $"{Text(hole.Hole)}, which was {new Duration(hole.Was)} s")]);
        Each("shrunk", [.. changes.Shrunk.Where(hole => !IsByTimeAlone(hole.Hole)).Select(
            hole => $"{Text(hole.Hole)}, which was {new Duration(hole.Was)} s")]);

        // A stream that stopped would fill the log: its hole is longer in every round, as one that is no longer kept is shorter.
        bool IsByTimeAlone(Interval hole) => earlier is not null && earlier.Missing.Any(was =>
            (was.Start == hole.Start && IsAtEdge(was, earlier) && IsAtEdge(hole, judgement))
            || (was.End == hole.End && IsAtKeep(was, earlier) && IsAtKeep(hole, judgement)));

        static bool IsAtEdge(Interval hole, Judgement at) => hole.End == at.Now.Microseconds - at.Settling.Microseconds;

        static bool IsAtKeep(Interval hole, Judgement at) =>
            at.Given.Keep is { IsSome: true, Value: var keep } && hole.Start == at.Now.Microseconds - keep;

        void Each(string what, IReadOnlyCollection<string> holes)
        {
            foreach (string hole in holes.Take(ChangesShown))
            {
                holeLog.LogInformation(Host.Log.Here("Finish"), "{Stream}: hole {What}: {Hole}", stream, what, hole);
            }

            if (holes.Count > ChangesShown)
            {
                holeLog.LogInformation(
                    Host.Log.Here("Finish"), "{Stream}: {Count} more holes {What}", stream, holes.Count - ChangesShown, what);
            }
        }
    }

    private static string Text(Interval hole) => $"{hole.From} to {hole.Until}, {hole.Time} s";
}
