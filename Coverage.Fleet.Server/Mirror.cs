using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Host;
using Coverage.Units;
using Orleans;

namespace Coverage.FleetServer;

/// <summary>
/// What this process answers of one fleet: it asks the grains, which may be anywhere, again and again for what is new. What it was told stays
/// while a grain begins anew, but no longer than <see cref="Patience"/>; then it is unknown.
/// </summary>
/// <param name="fleet">The name of the fleet.</param>
/// <param name="context">The options and the clock.</param>
/// <param name="rounds">Where the mirror publishes each round.</param>
internal sealed class Mirror(string fleet, FleetServerContext context, Rounds<FleetRound> rounds)
{
    /// <summary>How many streams are asked for at a time.</summary>
    private const int AtATime = 64;

    /// <summary>The latest news of each stream from its grain, with the report.</summary>
    private readonly Dictionary<StreamKey, (StreamNews News, FleetReport Report)> streams = [];

    private FleetState? state;

    /// <summary>The rounds that this process answers from.</summary>
    public Rounds<FleetRound> Rounds => rounds;

    /// <summary>The name of the fleet.</summary>
    public string Fleet => fleet;

    /// <summary>Which process looked at the nodes last; null while nothing is known.</summary>
    public string? Silo => state?.Silo;

    /// <summary>Whether every stream's grain has sent news. Until then the mirror asks the grains each second.</summary>
    public bool IsWhole => state is { } known && known.Streams.All(
        stream => streams.TryGetValue(stream, out var one) && one.News.Nodes.AsSpan().SequenceEqual((Member[])[.. known.Nodes.Select(node => node.Member)]));

    /// <summary>How long the mirror answers from old news of a stream while its grain sends none: no longer than a node that is not heard counts
    /// as known, but for the time between looks.</summary>
    private Duration Patience
    {
        get
        {
            double looks = 2 * context.Interval.TotalMicroseconds;
            return new((long)Math.Min(looks + TimeSpan.FromSeconds(30).TotalMicroseconds, Math.Max(looks, context.Options.Fleet.StaleAfterMicroseconds)));
        }
    }

    /// <summary>The latest round that still says something; null where there is none.</summary>
    public FleetRound? Latest(TimeProvider time) =>
        rounds.Latest is { } round && (Instant.Of(time.GetUtcNow()) - round.Look.Now).ToTimeSpan() <= FleetLoop.Patience(context.Options) ? round : null;

    /// <summary>Publishes that there is no such fleet any more: a round without nodes that is too old to be answered from.</summary>
    public void Forget() =>
        rounds.Publish(FleetRound.After(rounds.Latest, new(default, new(context.Options.Fleet.CutoffMicroseconds), [], [])));

    /// <summary>Asks the grains; whether a round over the nodes has ended since.</summary>
    /// <param name="grains">Where grains are found.</param>
    /// <param name="stop">Stops it.</param>
    public async Task<bool> StepAsync(IGrainFactory grains, CancellationToken stop)
    {
        FleetState? now = await TryAsync(() => grains.Fleet(fleet).StateAsync());
        state = now is null ? state : WithUnheard(now);
        if (state is null)
        {
            return false;
        }

        bool isRound = state.Now != rounds.Latest?.Look.Now.Microseconds, isNews = isRound;
        var told = new (StreamKey Stream, StreamNews? News)[state.Streams.Length];
        await Parallel.ForAsync(0, told.Length, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = stop }, async (at, _) =>
        {
            StreamKey stream = state.Streams[at];
            Guid known = streams.TryGetValue(stream, out var last) ? last.News.Version : Guid.Empty;
            told[at] = (stream, await TryAsync(() => grains.Stream(fleet, stream).SinceAsync(known)));
        });
        foreach ((StreamKey stream, StreamNews? news) in told)
        {
            if (news is not null && (!streams.TryGetValue(stream, out var last) || last.News.Now != news.Now))
            {
                isNews = true;
                streams[stream] = (news with { Report = null }, news.Report is { } bytes ? ReportBytes.Read(bytes) : last.Report);
            }
        }

        foreach (StreamKey gone in streams.Keys.Except(state.Streams).ToList())
        {
            streams.Remove(gone);
        }

        if (isNews || streams.Values.Any(one => !IsFresh(one.News)))
        {
            rounds.Publish(FleetRound.After(rounds.Latest, Look(state)));
        }

        return isRound;
    }

    /// <summary>A fleet with the streams that it had before, where a node was not heard since its grain began: they may be on that one alone.</summary>
    private FleetState WithUnheard(FleetState now) => Array.TrueForAll(now.Nodes, node => node.At is not null) ? now
        : now with { Streams = [.. now.Streams.Union(state?.Streams ?? []).OrderBy(one => one.Channel, StringComparer.Ordinal).ThenBy(one => one.Quality, StringComparer.Ordinal)] };

    private static async Task<T?> TryAsync<T>(Func<Task<T?>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (RemoteNode.IsAway(e))
        {
            // The process of the grain has just ended, or does not answer in time. The next step asks another.
            return null;
        }
    }

    private bool IsFresh(StreamNews news) => context.Now - new Instant(news.Now) <= Patience;

    private FleetLook Look(FleetState now)
    {
        ImmutableArray<Member> members = [.. now.Nodes.Select(node => node.Member)];
        ImmutableArray<FleetStream> all = [.. now.Streams.Select(stream => StreamOf(stream, members))];
        return new(
            new(now.Now),
            new(context.Options.Fleet.CutoffMicroseconds),
            [.. now.Nodes.Select((node, at) => NodeOf(node, all.SelectMany(stream => stream.Failures).FirstOrDefault(one => one.Node == at).Failure))],
            all);
    }

    /// <summary>What is said of a stream: nothing where it was not looked at lately, or with other nodes.</summary>
    private FleetStream StreamOf(StreamKey stream, ImmutableArray<Member> members)
    {
        if (!streams.TryGetValue(stream, out var one) || !IsFresh(one.News) || !one.News.Nodes.AsSpan().SequenceEqual(members.AsSpan()))
        {
            return Unknown(stream, members);
        }

        StreamNews news = one.News;
        return new(stream.Name, one.Report, [.. news.Known], news.AsOf is { } at ? new Instant(at) : null, [.. news.Failures])
        {
            Stuck = [.. news.Stuck.Select(ends => IntervalSetModule.ofIntervals(ends.Chunk(2).Select(span => Engine.Interval(span[0], span[1]))))],
        };
    }

    /// <summary>A stream of which nothing is known of any node.</summary>
    private FleetStream Unknown(StreamKey stream, ImmutableArray<Member> members)
    {
        FleetOptions rules = context.Options.Fleet;
        NodeListing[] unheard = [.. members.Select(node => new NodeListing(node.IsSource, false, [], [], []))];
        FleetReport report = Coverage.Fleet.judge(
            Engine.FleetRules(context.Settings, context.Now.Microseconds, rules.CutoffMicroseconds, rules.WindowMicroseconds),
            Engine.FleetListing(unheard, null)).ResultValue;
        return new(stream.Name, report, [.. members.Select(_ => false)], null, []) { Stuck = [.. members.Select(_ => default(IntervalSet))] };
    }

    private NodeLook NodeOf(ToldNode told, string? failure)
    {
        FleetNode node = new(told.Member.Name, told.Member.At, told.Member.IsSource);
        Instant? at = told.At is { } then ? new Instant(then) : null;
        bool isKnown = at is { } known && context.Now - known <= new Duration(context.Options.Fleet.StaleAfterMicroseconds);
        return new(node, context.ReaderOf(node), at, isKnown, told.Failure ?? failure) { Kind = told.Kind };
    }
}
