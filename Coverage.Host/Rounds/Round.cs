using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A round that is finished. Nothing of it ever changes.</summary>
internal abstract record FinishedRound
{
    /// <summary>Its number: 1 for the first.</summary>
    public required int Number { get; init; }
}

/// <summary>
/// A finished round: everything that was known at its end. Nothing of it ever changes, and it leads to no other round.
/// Every output is made of rounds: a command that checks once makes one.
/// </summary>
internal sealed record Round : FinishedRound
{
    /// <summary>How many parts a stream at a glance has.</summary>
    private const int SparklineParts = 60;

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>The number of the latest round, up to this one, that found anything else than the one before it.</summary>
    public required int ChangedIn { get; init; }

    /// <summary>When that round ended.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>The streams of which something is known, as they were found; then those whose segments are gone.</summary>
    public required ImmutableArray<StreamRound> Streams { get; init; }

    /// <summary>The streams that the round before still had.</summary>
    public required ImmutableArray<StreamName> Gone { get; init; }

    /// <summary>What the search gave, in its order: the streams that are missing, too.</summary>
    public ImmutableArray<StreamRound> Found { get; init; } = [];

    /// <summary>The folders that are left out, since their names are not UTF-8. Safe on one line.</summary>
    public ImmutableArray<string> Unnameable { get; init; } = [];

    /// <summary>The files that belong to no stream; null in an archive of the wubloader project.</summary>
    public LeftOut? Left { get; init; }

    /// <summary>Whether no stream was found, and none was known.</summary>
    public bool IsNothingFound { get; init; }

    /// <summary>The files of the keeper that cannot be used as they are now: what they said before holds on.</summary>
    public ImmutableArray<KeeperProblem> KeeperProblems { get; init; } = [];

    /// <summary>The keeper's files that name no time, and their patterns that no stream fits, each with its place.</summary>
    public ImmutableArray<string> Unmatched { get; init; } = [];

    /// <summary>Why the archive's own folder cannot be read; null when it can.</summary>
    public Failure? BaseFailure { get; init; }

    /// <summary>The code of a program that ends after such a round.</summary>
    public int ExitCode => BaseFailure is not null
        ? Host.ExitCode.Unreadable
        : Streams.Select(stream => stream.ExitCode).Aggregate(Host.ExitCode.Success, Host.ExitCode.Worse);

    /// <summary>The round that follows another.</summary>
    /// <param name="before">The round before; null for none.</param>
    /// <param name="streams">The streams of which something is known.</param>
    /// <param name="now">When the round ended.</param>
    public static Round After(Round? before, IEnumerable<StreamRound> streams, DateTimeOffset now)
    {
        Dictionary<StreamName, StreamRound> known = before?.Streams.ToDictionary(stream => stream.Stream) ?? [];
        ImmutableArray<StreamRound> followed =
            [.. streams.Select(stream => Follow(known.GetValueOrDefault(stream.Stream), stream, Instant.Of(now)))];
        ImmutableArray<StreamName> gone = [.. known.Keys.Except(followed.Select(stream => stream.Stream))];
        bool isChanged = before is null || followed.Length != known.Count || gone.Length > 0 || followed.Any(
            stream => stream.IsChanged || stream.Failing != known[stream.Stream].Failing);
        int number = (before?.Number ?? 0) + 1;
        return new Round
        {
            Number = number,
            Finished = now,
            ChangedIn = isChanged ? number : before!.ChangedIn,
            ChangedAt = isChanged ? now : before!.ChangedAt,
            Streams = followed,
            Gone = gone,
        };
    }

    /// <summary>The round in which the archive's own folder cannot be read: no stream is gone, and each fails.</summary>
    /// <param name="before">The round before; null for none.</param>
    /// <param name="streams">The streams of which something is known.</param>
    /// <param name="failure">Why.</param>
    /// <param name="now">When the round ended.</param>
    public static Round Unreadable(
        Round? before, IEnumerable<StreamRound> streams, UnreadableException failure, DateTimeOffset now)
    {
        Failure reason = Failure.Of(failure);
        return After(before, streams.Select(stream => stream.Fail(reason)), now) with
        {
            Found = before?.Found ?? [],
            Unnameable = before?.Unnameable ?? [],
            Left = before?.Left,
            IsNothingFound = before?.IsNothingFound ?? false,
            Unmatched = before?.Unmatched ?? [],
            BaseFailure = reason,
        };
    }

    /// <summary>A stream with what differs from the round before.</summary>
    private static StreamRound Follow(StreamRound? before, StreamRound now, Instant at)
    {
        if (now.Account is not { } account)
        {
            return now with { Changes = null, IsChanged = false, Sparkline = new([]) };
        }

        if (before?.Changes is { } earlier && ReferenceEquals(before.Account, account))
        {
            return now with { Changes = Engine.NoChanges(earlier), IsChanged = false, Sparkline = before.Sparkline };
        }

        return now with
        {
            Changes = before?.Changes is { } standing
                ? Engine.NextChanges(at.Microseconds, standing, before.Account!, account)
                : Engine.FirstChanges(at.Microseconds, account),
            IsChanged = true,
            Sparkline = new(() => Engine.Sparkline(SparklineParts, account)),
        };
    }
}
