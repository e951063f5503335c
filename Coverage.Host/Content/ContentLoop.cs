using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>
/// The service's verifying (semantics.md section 12), beside its rounds: after each round one part of all files, one file at a
/// time, spread over the interval. A part that takes longer than the interval is finished before the next; no round waits for it.
/// </summary>
internal sealed class ContentLoop(
    Options options, Rounds<Round> rounds, FoundContent known, ContentGauges gauges, ILogger log, TimeProvider time)
{
    /// <summary>The bytes that are read in a second where nothing else is asked for.</summary>
    private const long DefaultRate = 20_000_000;

    /// <summary>How many full segments with findings are logged of one hour.</summary>
    private const int ItemsShown = 20;

    private readonly TimeSpan interval = TimeSpan.FromMicroseconds(options.CheckIntervalMicroseconds);
    private readonly StandingFailures failures = new(time);

    /// <summary>A stream whose files are to be verified.</summary>
    private sealed record Due(StreamName Stream, StreamContent Content, ImmutableArray<Hour> Hours);

    /// <summary>Verifies part after part until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var reader = new ContentReader(new Pace(options.Verify.BytesPerSecond ?? DefaultRate, time));
        int parts = options.Verify.Parts;

        // Its own count, not the rounds': where a part takes longer than a round, theirs would leave parts out for ever.
        bool isWhole = true;
        for (int part = 1, round = 0; ; part = (part % parts) + 1)
        {
            await rounds.WaitAsync(round, stop);
            round = rounds.Latest!.Number;
            isWhole |= part == 1;
            try
            {
                Verify(DueIn(rounds.Latest!), Engine.Sample(Part.NewNth(part, parts), []), reader, stop);
                Finish(part, isWhole && part == parts);
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                isWhole = false;
                log.LogError(Log.Here(), e, "verifying files failed through a fault of this program; it goes on after the next check");
            }
        }
    }

    /// <summary>Shows that a part was read, and whether all were.</summary>
    private void Finish(int part, bool isAll)
    {
        DateTimeOffset now = time.GetUtcNow();
        known.Read = new(part, isAll ? now : known.Read.All);
        gauges.Set(known.Read);
        if (isAll)
        {
            log.LogInformation(Log.Here("Verify"), "all files were read once more, in {Parts} parts", options.Verify.Parts);
        }
        else
        {
            log.LogDebug(Log.Here("Verify"), "part {Part} of {Parts} of the files was read", part, options.Verify.Parts);
        }
    }

    /// <summary>The streams of a round with their hours as they are now.</summary>
    private List<Due> DueIn(Round round)
    {
        Settings settings = Recorders.SettingsOf(options);
        foreach (StreamName gone in known.Keep(round.Streams.Select(stream => stream.Stream)))
        {
            gauges.Remove(gone);
        }

        var due = new List<Due>();
        foreach (StreamRound stream in round.Streams)
        {
            if (stream.Judgement is { } judgement && stream.Failure is null)
            {
                MediaFacts? media = stream.Reading!.Media;
                var content = new StreamContent(
                    stream.Stream,
                    media is null ? stream.Stream.PathIn(options.BaseDir) : options.BaseDir,
                    media?.Settings ?? settings,
                    new(judgement.Now.Microseconds - judgement.Settling.Microseconds),
                    media);
                try
                {
                    due.Add(new(stream.Stream, content, content.Hours()));
                }
                catch (UnreadableException)
                {
                    // The next round says so.
                }
            }
        }

        return due;
    }

    private void Verify(List<Due> due, Sample sample, ContentReader reader, CancellationToken stop)
    {
        long began = time.GetTimestamp();
        int hours = due.Sum(stream => stream.Hours.Length), done = 0;
        foreach (Due stream in due)
        {
            Hour? last = stream.Content.Last(stream.Hours);
            Forget(stream);
            foreach (Hour hour in stream.Hours)
            {
                Verify(stream, hour, hour == last ? null : sample, reader, stop);
                done++;
                TimeSpan left = (interval * ((double)done / hours)) - time.GetElapsedTime(began);
                if (left > TimeSpan.Zero)
                {
                    stop.WaitHandle.WaitOne(left);
                }

                stop.ThrowIfCancellationRequested();
            }
        }

        failures.EndRound();
    }

    /// <summary>Forgets what was found in hours that have no folder any more.</summary>
    private void Forget(Due stream)
    {
        StreamFindings before = known.Of(stream.Stream);
        known.Set(stream.Stream, before with { Hours = before.Hours.RemoveRange(before.Hours.Keys.Except(stream.Hours)) });
    }

    private void Verify(Due stream, Hour hour, Sample? sample, ContentReader reader, CancellationToken stop)
    {
        VerifiedHour verified = stream.Content.Verify(hour, sample, InTurn, stop);
        VerifiedStream found = verified.Found;
        stop.ThrowIfCancellationRequested();
        gauges.Add(found);
        foreach (UnreadPath failure in found.Failed)
        {
            if (failures.IsDue(failure.Path ?? $"{stream.Stream}/{hour}", failure.Error, end: null))
            {
                log.LogWarning(Log.Here("Verify"), "{Stream}: {Error}; it is not verified", stream.Stream, failure.Error);
            }
        }

        if (verified.Declared is null && !found.Failed.IsEmpty)
        {
            return;
        }

        StreamFindings before = known.Of(stream.Stream), now = before.After(hour, sample, found);
        known.Set(stream.Stream, now);
        gauges.Set(stream.Stream, now);
        Show(stream.Stream, hour, before, now);

        void InTurn(int count, Action<int, ContentReader> work)
        {
            for (int at = 0; at < count; at++)
            {
                work(at, reader);
            }
        }
    }

    /// <summary>Logs what is wrong with full segments and was not before. Others say themselves that they are not whole.</summary>
    private void Show(StreamName stream, Hour hour, StreamFindings before, StreamFindings now)
    {
        HashSet<(string, string)> shown = [.. before.Of(hour).Select(Key)];
        List<FoundItem> more = [.. now.Of(hour).Where(item => item.Segment.Kind == SegmentKind.Full && !shown.Contains(Key(item)))];
        foreach (FoundItem item in more.Take(ItemsShown))
        {
            log.LogWarning(Log.Here("Verify"), "{Stream}: {Path}: {Findings}", stream, item.Path, Texts.Of(item));
        }

        if (more.Count > ItemsShown)
        {
            log.LogWarning(
                Log.Here("Verify"), "{Stream}/{Hour}: {Count} more full segments have findings", stream, hour, more.Count - ItemsShown);
        }

        static (string, string) Key(FoundItem item) => (item.Name, Texts.Of(item.Verified.Findings));
    }
}
