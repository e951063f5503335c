using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;

namespace Coverage.Host;

/// <summary>A stream as the latest look left it.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Reading">What the last look that succeeded gave; null when none has.</param>
/// <param name="Checked">When that look ended.</param>
/// <param name="Failing">What went wrong with the latest look; null for nothing.</param>
internal sealed record Look(StreamName Stream, StreamReading? Reading, DateTimeOffset? Checked, string? Failing);

/// <summary>A stream in a round.</summary>
/// <param name="Look">What is known of it.</param>
/// <param name="Changes">What the round before had otherwise; null when nothing is known.</param>
/// <param name="IsChanged">Whether the report is another one than in the round before.</param>
/// <param name="Sparkline">The stream at a glance.</param>
internal sealed record StreamRound(Look Look, Changes? Changes, bool IsChanged, Lazy<ImmutableArray<decimal>> Sparkline)
{
    public StreamName Stream => Look.Stream;

    public StreamReport? Report => Look.Reading?.Report;
}

/// <summary>
/// A finished round: everything that was known at its end. Nothing of it ever changes, and it leads to no other round.
/// </summary>
internal sealed class Round
{
    /// <summary>Its number: 1 for the first.</summary>
    public required int Number { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>The number of the latest round, up to this one, that found anything else than the one before it.</summary>
    public required int ChangedIn { get; init; }

    /// <summary>When that round ended.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>The streams, as they were found.</summary>
    public required ImmutableArray<StreamRound> Streams { get; init; }

    /// <summary>The streams that the round before still had.</summary>
    public required ImmutableArray<StreamName> Gone { get; init; }
}

/// <summary>
/// The latest finished round, and what it changed: kept, counted and logged. No other round is kept, whoever waits: a
/// waiter is woken by a signal that holds no round, and takes the latest then.
/// </summary>
internal sealed class Rounds(Gauges gauges, ILogger<Rounds> log)
{
    /// <summary>How many changes of one kind of one stream are logged one by one.</summary>
    private const int Told = 20;

    /// <summary>How many parts a stream at a glance has.</summary>
    private const int SparklineParts = 60;

    /// <summary>Completes at the end of the round that is being made.</summary>
    private TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The latest finished round; null before the first.</summary>
    public Round? Latest => latest;

    private volatile Round? latest;

    /// <summary>
    /// Waits until a round is finished whose number is higher than another; it is then the latest, and rounds between are
    /// passed over.
    /// </summary>
    public async Task WaitAsync(int after, CancellationToken stop)
    {
        while (true)
        {
            // Taken before the look at the latest round: one that ends in between completes it.
            Task next = Volatile.Read(ref finished).Task;
            if (latest?.Number > after)
            {
                return;
            }

            await next.WaitAsync(stop);
        }
    }

    /// <summary>Ends a round with what is known of each stream.</summary>
    public void Finish(IEnumerable<Look> looks, DateTimeOffset now)
    {
        Round? before = latest;
        Dictionary<StreamName, StreamRound> known = before?.Streams.ToDictionary(stream => stream.Stream) ?? [];
        ImmutableArray<StreamRound> streams = [.. looks.Select(look => Follow(known.GetValueOrDefault(look.Stream), look, now))];
        ImmutableArray<StreamName> gone = [.. known.Keys.Except(streams.Select(stream => stream.Stream))];
        bool isChanged = before is null || streams.Length != known.Count || gone.Length > 0 || streams.Any(
            stream => stream.IsChanged || stream.Look.Failing != known[stream.Stream].Look.Failing);
        int number = (before?.Number ?? 0) + 1;
        var round = new Round
        {
            Number = number,
            Finished = now,
            ChangedIn = isChanged ? number : before!.ChangedIn,
            ChangedAt = isChanged ? now : before!.ChangedAt,
            Streams = streams,
            Gone = gone,
        };
        latest = round;
        Interlocked.Exchange(ref finished, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private StreamRound Follow(StreamRound? before, Look look, DateTimeOffset now)
    {
        if (look.Reading?.Account is not { } account)
        {
            return new(look, null, false, new([]));
        }

        if (before?.Changes is { } earlier && ReferenceEquals(before.Look.Reading?.Account, account))
        {
            return before with { Look = look, Changes = Engine.NoChanges(earlier), IsChanged = false };
        }

        long at = Microseconds(now);
        Changes changes = before?.Changes is { } standing
            ? Engine.NextChanges(at, standing, before.Look.Reading!.Account, account)
            : Engine.FirstChanges(at, account);
        gauges.Changed(look.Stream, changes.Opened.Length, changes.Closed.Length);
        Tell(look.Stream, changes, at);
        return new(look, changes, true, new(() => Engine.Sparkline(SparklineParts, account)));
    }

    /// <summary>An instant as the engine counts.</summary>
    public static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private void Tell(StreamName stream, Changes changes, long now)
    {
        Each("opened", [.. changes.Opened.Select(hole => Text(hole))]);
        Each("closed", [.. changes.Closed.Select(hole => $"{Text(hole.Hole)}, which stood for {Seconds(now - hole.Since)}")]);
        Each("grown", [.. changes.Grown.Select(hole => $"{Text(hole.Hole)}, which was {Seconds(hole.Was)}")]);
        Each("shrunk", [.. changes.Shrunk.Select(hole => $"{Text(hole.Hole)}, which was {Seconds(hole.Was)}")]);

        void Each(string what, IReadOnlyCollection<string> holes)
        {
            foreach (string hole in holes.Take(Told))
            {
                log.LogInformation(Log.Here(nameof(Finish)), "{Stream}: hole {What}: {Hole}", stream, what, hole);
            }

            if (holes.Count > Told)
            {
                log.LogInformation(
                    Log.Here(nameof(Finish)), "{Stream}: {Count} more holes {What}", stream, holes.Count - Told, what);
            }
        }
    }

    private static string Text(Interval hole) =>
        $"{Engine.InstantText(hole.Start)} to {Engine.InstantText(hole.End)}, {Seconds(hole.Length)}";

    private static string Seconds(long microseconds) =>
        Engine.Seconds(microseconds).ToString(System.Globalization.CultureInfo.InvariantCulture) + " s";
}
