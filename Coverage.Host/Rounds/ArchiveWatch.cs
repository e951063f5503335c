using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>How far the reading of a stream is, in hours.</summary>
internal sealed record Progress(StreamName Stream, int Done, int Hours);

/// <summary>
/// Checks the streams of an archive again and again: each check makes a round from the one before. What it remembers besides
/// makes checks cheap, and changes no answer.
/// </summary>
/// <param name="options">What is checked, and how.</param>
/// <param name="keeper">What streams are judged by.</param>
/// <param name="time">The clock.</param>
internal sealed class ArchiveWatch(Options options, Keeper keeper, TimeProvider time)
{
    /// <summary>How far an hour may lie after now before its segments are ahead (semantics.md section 6).</summary>
    private static readonly TimeSpan AheadAfter = TimeSpan.FromMinutes(5);

    private IRecordedStreams? archive;

    /// <summary>What the streams are checked with, unless their layout has its own tolerance.</summary>
    public Settings Settings { get; } = Recorders.SettingsOf(options);

    /// <summary>The archive, or the list that stands for one.</summary>
    private IRecordedStreams Archive => archive ??= Recorders.Open(options, OnBest, OnTrouble, time);

    /// <summary>Called with the path of an hour's folder and the names of its best segments; null when no output wants them.</summary>
    public Action<string, IEnumerable<string>>? OnBest { get; init; }

    /// <summary>Called with what goes wrong and changes no answer. Any thread may call it.</summary>
    public Action<string> OnTrouble { get; init; } = Log.LastWords;

    /// <summary>Called with each check of a stream that has ended: the stream before, null for a new one, and now.</summary>
    public Action<StreamRound?, StreamRound>? OnChecked { get; init; }

    /// <summary>Makes what is called with the progress of one stream; null when no output wants it.</summary>
    public Func<Action<Progress>>? OnProgress { get; init; }

    /// <summary>Searches the archive for streams.</summary>
    /// <exception cref="UnreadableException">The archive's own folder cannot be read.</exception>
    public async Task<Found> SearchAsync(Round? before, CancellationToken stop)
    {
        if (Archive.WhyUnreadable() is { } why)
        {
            throw why;
        }

        HashSet<StreamName> holding =
            [.. (before?.Streams ?? []).Where(stream => stream.HeldSegments && stream.GoneSince is null).Select(stream => stream.Stream)];
        return options.NoQuality ? new([], [])
            : WithExpected(await Archive.SearchAsync(options.Channels, options.Qualities, holding.Contains, stop));
    }

    /// <summary>What was found, and the streams that a file names without a wildcard, though they may have no folder.</summary>
    private Found WithExpected(Found found)
    {
        HashSet<StreamName> known = [.. found.Streams.Select(one => one.Stream)];
        List<StreamName> more = [.. keeper.Named.Distinct().Where(stream => !known.Contains(stream) && IsAskedFor(stream))];
        return more.Count == 0 ? found : found with
        {
            // A channel that was named and has no quality stands as itself only where no stream of it is known.
            Streams =
            [
                .. found.Streams.Where(one => one.Failure is not null || one.Stream.Quality != "*"
                    || !more.Exists(stream => stream.Channel == one.Stream.Channel)),
                .. more.Select(stream => new FoundStream(stream)),
            ],
        };
    }

    private bool IsAskedFor(StreamName stream) =>
        (options.Channels.IsEmpty || options.Channels.Contains(stream.Channel))
        && (options.Qualities.IsEmpty || options.Qualities.Contains(stream.Quality));

    /// <summary>Checks the streams that were found, all at a time.</summary>
    public async Task<Round> CheckAsync(Round? before, Found found, CancellationToken stop)
    {
        var known = new ConcurrentDictionary<StreamName, StreamRound>(
            (before?.Streams ?? []).Select(stream => KeyValuePair.Create(stream.Stream, stream)));
        DateTimeOffset clock = time.GetUtcNow();
        Instant now = options.Judgement.Now is { } given ? new(given) : Instant.Of(clock);
        Hour? lastHour = options.Command == Command.Serve ? Hour.Of(Instant.Of(clock + AheadAfter)) : null;
        bool[] areThere = await Task.WhenAll(
            found.Streams.Select(stream => Task.Run(() => CheckAsync(stream, known, now, lastHour, stop), stop)));
        HashSet<StreamName> there = [.. found.Streams.Where((_, at) => areThere[at]).SelectMany(Shown)];
        List<StreamName> gone = InOrder(known.Keys.Where(stream => !there.Contains(stream)));
        if (gone.Count > 0 && Archive.WhyUnreadable() is { } why)
        {
            // They are not gone when the base went away during the round.
            IEnumerable<StreamName> all = (before?.Streams ?? []).Select(stream => stream.Stream).Union(InOrder(known.Keys));
            return Round.Unreadable(before, all.Select(stream => known[stream]), why, time.GetUtcNow());
        }

        gone.ForEach(stream => Lose(stream, known));
        IEnumerable<StreamName> shown = found.Streams.SelectMany(Shown).Concat(gone).Where(known.ContainsKey).Distinct();
        ImmutableArray<StreamRound> answered =
            [.. found.Streams.Select(one => known.GetValueOrDefault(one.Stream) ?? Absent(one.Stream, now))];
        return Round.After(before, shown.Select(stream => known[stream]), time.GetUtcNow()) with
        {
            Found = answered,
            Unnameable = [.. found.Unnameable],
            Left = found.Left is { } left ? left with { Unsized = answered.Sum(stream => stream.Reading?.Unsized ?? 0) } : null,
            KeeperProblems = keeper.Problems,
            Unmatched =
            [
                .. keeper.Empty,
                .. options.Channels.IsEmpty
                    ? keeper.Unmatched([.. known.Keys, .. found.Streams.Select(one => one.Stream)]) : [],
            ],
            IsNothingFound = found.Streams.Count == 0 && before is not { Streams.IsEmpty: false },
        };

        IEnumerable<StreamName> Shown(FoundStream one) => one.Failure is null ? [one.Stream] : OfChannel(one.Stream, known.Keys);
    }

    /// <summary>A stream that was asked for and is not there.</summary>
    private StreamRound Absent(StreamName stream, Instant now)
    {
        var nothing = StreamReading.Nothing(Settings);
        Judgement judgement = Judgement.Of(nothing, keeper.Of(stream, now, now), Settings, now);
        return new StreamRound(stream).Succeed(nothing, judgement, time.GetUtcNow(), TimeSpan.Zero, isReadAfresh: true);
    }

    /// <summary>The streams that a failure of a search concerns: those known of the channel.</summary>
    private static List<StreamName> OfChannel(StreamName failing, IEnumerable<StreamName> known) =>
        InOrder(known.Where(stream => stream.Channel == failing.Channel));

    private static List<StreamName> InOrder(IEnumerable<StreamName> streams) =>
        [.. streams.OrderBy(stream => stream.Channel, StringComparer.Ordinal).ThenBy(stream => stream.Quality, StringComparer.Ordinal)];

    /// <summary>Checks a stream, and puts it among those that are known; false when there is none, or its segments are gone.</summary>
    private async Task<bool> CheckAsync(
        FoundStream found,
        ConcurrentDictionary<StreamName, StreamRound> known,
        Instant now,
        Hour? lastHour,
        CancellationToken stop)
    {
        StreamName stream = found.Stream;
        StreamRound? before = known.GetValueOrDefault(stream);
        if (found.Failure is { } failure)
        {
            OfChannel(stream, known.Keys).ForEach(one => known[one] = known[one].Fail(Failure.Of(failure)));
            Show(before, (before ?? new(stream)).Fail(Failure.Of(failure)), known);
            return true;
        }

        try
        {
            StreamRound earlier = before ?? new(stream);
            long started = time.GetTimestamp();
            Action<Progress>? progress = OnProgress?.Invoke();
            (StreamReading? reading, bool afresh) = await Archive.ReadAsync(
                stream, new(now, lastHour, (done, hours) => progress?.Invoke(new(stream, done, hours))), stop);
            StreamGiven given = keeper.Of(stream, reading?.Report.Extent.Until ?? now, now);
            bool isExpected = given.Expected.IsSome || options is { FirstHour: not null, LastHour: not null };
            if ((reading is null && !isExpected) || (earlier.HeldSegments && reading is not { IsBare: false }))
            {
                Archive.Forget(stream);
                return false;
            }

            // Of a stream without a folder all that is expected is missing.
            reading ??= earlier.Reading is { IsThere: false } nothing ? nothing : StreamReading.Nothing(Settings);
            Judgement judgement = Judgement.Of(reading, given, reading.Media?.Settings ?? Settings, now);
            Show(
                before,
                earlier.Succeed(reading, judgement, time.GetUtcNow(), time.GetElapsedTime(started), afresh),
                known);
        }
        catch (UnreadableException e)
        {
            Show(before, (before ?? new(stream)).Fail(Failure.Of(e)), known);
        }
        catch (Exception e) when (e is not OperationCanceledException && options.Command == Command.Serve)
        {
            string message = $"a fault of this program, please report it: {e.GetType().Name}: {e.Message}";
            Show(before, (before ?? new(stream)).Fail(new(FailureKind.Internal, message, Error: e)), known);
        }

        return true;
    }

    private void Show(StreamRound? before, StreamRound now, ConcurrentDictionary<StreamName, StreamRound> known)
    {
        known[now.Stream] = now;
        OnChecked?.Invoke(before, now);
    }

    /// <summary>
    /// A stream that is gone fails until it is back or forgotten, when it held segments; else it is forgotten at once. When it
    /// comes back, all of it is read again: no stamp tells what happened meanwhile.
    /// </summary>
    private void Lose(StreamName stream, ConcurrentDictionary<StreamName, StreamRound> known)
    {
        Archive.Forget(stream);
        StreamRound before = known[stream];
        StreamRound now = before.Lose(Archive.PathOf(stream), time.GetTimestamp());
        if (before.HeldSegments)
        {
            Show(before, now, known);
        }

        if (!before.HeldSegments
            || time.GetElapsedTime(now.GoneSince!.Value) >= TimeSpan.FromMicroseconds(options.ForgetAfterMicroseconds))
        {
            known.TryRemove(stream, out _);
        }
    }
}
