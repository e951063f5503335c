using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>
/// The service's looks at the nodes of its fleet, round after round beside the rounds of its own archive, which never wait for them. What goes
/// wrong leaves the last finished round as it was.
/// </summary>
/// <param name="options">Which nodes there are, and by what rules they are compared.</param>
/// <param name="token">The token for nodes that ask for one; null for none.</param>
/// <param name="rounds">Where finished rounds are published.</param>
/// <param name="gauges">What a scraper sees of the rounds.</param>
/// <param name="all">Counts what fails.</param>
/// <param name="log">The log of the rounds.</param>
/// <param name="time">What says when it is.</param>
internal sealed class FleetLoop(
    Options options, string? token, Rounds<FleetRound> rounds, FleetGauges gauges, Gauges all, FleetLog log, TimeProvider time)
{
    /// <summary>Longer than the database, and nodes that give no answer, may take.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(30);

    /// <summary>A timer takes no more than some fifty days.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromDays(40);

    /// <summary>The nodes that are looked at, each with how it is asked; empty until it is first known which there are.</summary>
    private ImmutableArray<(FleetNode Node, NodeReader Reader)> nodes = [];

    private FleetReader? reader;

    /// <summary>For each node of each stream, since when time is fillable.</summary>
    private Dictionary<(StreamName, FleetNode), ImmutableArray<TimeSince>> fillable = [];

    private Instant Now => Instant.Of(time.GetUtcNow());

    /// <summary>After how long a look that has not ended, or the last one that has, says nothing any more.</summary>
    public static TimeSpan Patience(Options options)
    {
        var needed = TimeSpan.FromMicroseconds(options.Fleet.StaleAfterMicroseconds + (2 * options.CheckIntervalMicroseconds));
        return needed < Least ? Least : needed > Most ? Most : needed;
    }

    /// <summary>Goes round until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        // There from the start, so that the first failure is an increase.
        all.Failed("fleet", 0);
        all.Failed("nodes", 0);
        while (true)
        {
            long began = time.GetTimestamp();
            Task round = Task.Run(() => RoundAsync(stop), stop);
            TimeSpan wait = Patience(options);
            while (await Task.WhenAny(round, Task.Delay(wait, time, stop)) != round)
            {
                stop.ThrowIfCancellationRequested();
                all.Failed("fleet", 1);
                log.ShowOverdue(time.GetElapsedTime(began));
                wait = RoundLoop.Interval(options);
            }

            await round;
            await Task.Delay(RoundLoop.Interval(options), time, stop);
        }
    }

    private async Task RoundAsync(CancellationToken stop)
    {
        try
        {
            await FollowNodesAsync(stop);
            if (reader is not null)
            {
                FleetRound round = FleetRound.After(rounds.Latest, WithStuck(await reader.LookAsync(Now, stop)));
                gauges.Count(round.Look);
                log.Show(round.Look);
                rounds.Publish(round);
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // A later round may succeed.
            all.Failed("fleet", 1);
            log.ShowFault(e);
        }
    }

    /// <summary>Reads again which nodes there are. Where that fails the last ones stay.</summary>
    private async Task FollowNodesAsync(CancellationToken stop)
    {
        try
        {
            ImmutableArray<FleetNode> now = await FleetNodes.OfAsync(options, stop);
            if (reader is null || !now.SequenceEqual(nodes.Select(node => node.Node)))
            {
                Dictionary<FleetNode, NodeReader> known = nodes.ToDictionary(node => node.Node, node => node.Reader);
                nodes = [.. now.Select(node => (node, known.TryGetValue(node, out NodeReader? same) ? same
                    : FleetNodes.ReaderOf(node, options, token, () => Now)))];
                reader = new(nodes, options);
                log.ShowNodes(now);
            }
        }
        catch (Exception e) when (e is FleetOptionException or NodesUnreadableException or KeeperFileException)
        {
            all.Failed("nodes", 1);
            log.ShowUnknownNodes(e.Message, areKnown: reader is not null);
        }
    }

    /// <summary>A look with what has been fillable for too long. Only what is fillable in this look keeps its beginning.</summary>
    private FleetLook WithStuck(FleetLook look)
    {
        Dictionary<(StreamName, FleetNode), ImmutableArray<TimeSince>> before = fillable;
        fillable = [];
        return look with { Streams = [.. look.Streams.Select(WithStuck)] };

        FleetStream WithStuck(FleetStream stream) => stream with { Stuck = [.. look.Nodes.Select((node, at) => Stuck(stream, node.Node, at))] };

        IntervalSet Stuck(FleetStream stream, FleetNode node, int at)
        {
            ImmutableArray<TimeSince> since = FleetStuck.next(
                look.Now.Microseconds,
                before.GetValueOrDefault((stream.Stream, node), FleetStuck.start),
                FleetStuck.fillable(stream.Report.Nodes[at]));
            fillable[(stream.Stream, node)] = since;
            return FleetStuck.stuck(look.Now.Microseconds, options.Fleet.StuckAfterMicroseconds, since);
        }
    }
}
