using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Host;
using Coverage.Units;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans;
using Orleans.Runtime;

namespace Coverage.FleetServer;

/// <inheritdoc/>
internal sealed class StreamGrain(FleetServerContext context, ILogger<StreamGrain> log) : Grain, IStreamGrain
{
    /// <summary>How soon the fleet is asked again that does not know its nodes yet.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);

    private readonly StandingFailures failures = new(TimeProvider.System);

    private IGrainTimer? timer;
    private bool isLooking;
    private ImmutableArray<Member> nodes = [];
    private List<RemoteNode> readers = [];
    private FleetWatch? watch;

    /// <summary>For each node, since when time is fillable.</summary>
    private ImmutableArray<TimeSince>[] fillable = [];

    /// <summary>The report that <see cref="news"/> has as bytes.</summary>
    private FleetReport? report;

    /// <summary>What is said; null until every node was asked once.</summary>
    private StreamNews? news;

    /// <summary>The history of the stream; null before its database has answered, and without one.</summary>
    private StreamHistory? past;

    private (string Fleet, StreamKey Stream) Name => Keys.StreamOf(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        timer = this.RegisterGrainTimer(
            LookAsync, new GrainTimerCreationOptions(TimeSpan.Zero, context.Interval) { Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WakeAsync(ImmutableArray<Member> nodes)
    {
        if (watch is not null && !isLooking && !nodes.AsSpan().SequenceEqual(this.nodes.AsSpan()))
        {
            timer!.Change(TimeSpan.Zero, context.Interval);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<StreamNews?> SinceAsync(Guid known) =>
        Task.FromResult(news is not null && news.Version == known ? news with { Report = null } : news);

    private async Task LookAsync(CancellationToken stop)
    {
        (string fleet, StreamKey stream) = Name;
        isLooking = true;
        try
        {
            if (await MembersAsync(stop) is not { } members)
            {
                return;
            }

            if (!members.IsListed)
            {
                DeactivateOnIdle();
                return;
            }

            await LookAsync(fleet, stream, members.Nodes, stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested && !context.Stop.IsCancellationRequested)
        {
            // A later look may succeed; until then what is said gets old, and then unknown.
            if (failures.IsDue("fault", e.Message, "the stream is looked at again"))
            {
                string what = RemoteNode.IsAway(e) ? "the process of its fleet does not answer" : "this is a fault of this program";
                log.LogError(Log.Here(), RemoteNode.IsAway(e) ? null : e, "{Fleet}/{Stream}: a look failed, {What}; the last one stays for a while",
                    Engine.Printable(fleet), stream.Name, what);
            }
        }
        finally
        {
            isLooking = false;
        }

        foreach (string end in failures.EndRound())
        {
            log.LogInformation(Log.Here(), "{Fleet}/{Stream}: {End}", Engine.Printable(fleet), stream.Name, end);
        }
    }

    /// <summary>The nodes; null where the fleet does not know them within the time of a look.</summary>
    private async Task<Members?> MembersAsync(CancellationToken stop)
    {
        IFleetGrain fleet = GrainFactory.Fleet(Name.Fleet);
        for (DateTime began = DateTime.UtcNow; DateTime.UtcNow - began < context.Interval; await Task.Delay(Soon, stop))
        {
            if (await fleet.MembersAsync(Name.Stream) is { } members)
            {
                return members;
            }
        }

        return null;
    }

    private async Task LookAsync(string fleet, StreamKey stream, ImmutableArray<Member> members, CancellationToken stop)
    {
        if (watch is null || !members.AsSpan().SequenceEqual(nodes.AsSpan()))
        {
            nodes = members;
            fillable = [.. members.Select(_ => FleetStuck.start)];
            readers = [.. members.Select(Reader)];
            watch = new(stream.Name, [.. readers.Select(reader => (reader.Node, (NodeReader)reader))], context.Settings, context.Options.Fleet);
        }

        Instant now = context.Now;
        readers.ForEach(reader => reader.WasAway = false);
        FleetStream look = await watch.LookAsync(now, stop);
        if (readers.Exists(reader => reader.WasAway))
        {
            // The process that asks a node has just ended: another one will. What was said stays until then, and no longer than is allowed.
            timer!.Change(Soon, context.Interval);
            return;
        }

        ImmutableArray<IntervalSet> stuck = [.. nodes.Select((_, node) => Stuck(now, look.Report.Nodes[node], node))];
        bool isSame = ReferenceEquals(look.Report, report) && news is not null && news.Nodes == nodes;
        report = look.Report;
        news = new(
            isSame ? news!.Version : Guid.NewGuid(),
            isSame ? news!.Report : ReportBytes.Of(report),
            now.Microseconds,
            nodes,
            [.. look.Known],
            look.AsOf?.Microseconds,
            [.. look.Failures],
            [.. stuck.Select(set => (long[])[.. set.Intervals.SelectMany(span => (long[])[span.Start, span.End])])]);
        if (context.History is { } history)
        {
            await RememberAsync(history, fleet, stream, now, HistoryLookModule.ofReport([.. nodes.Select(node => node.Name)], stuck, report), stop);
        }

        RemoteNode Reader(Member member) => new(new(member.Name, member.At, member.IsSource), GrainFactory.Node(fleet, member));
    }

    /// <summary>What has been fillable on a node for too long (semantics.md section 10.2).</summary>
    private IntervalSet Stuck(Instant now, NodeReport said, int node)
    {
        fillable[node] = FleetStuck.next(now.Microseconds, fillable[node], FleetStuck.fillable(said));
        return FleetStuck.stuck(now.Microseconds, context.Options.Fleet.StuckAfterMicroseconds, fillable[node]);
    }

    /// <summary>Writes what a look changed. When another grain of this stream has begun to write, this one ends: its process was cut off.</summary>
    private async Task RememberAsync(History history, string fleet, StreamKey stream, Instant now, HistoryLook look, CancellationToken stop)
    {
        try
        {
            past ??= await history.BeginAsync(fleet, stream.Name, stop);
            if (!await past.WriteAsync(now, look, stop))
            {
                log.LogWarning(Log.Here(), "{Fleet}/{Stream}: another process looks at it, too; this one ends to do so", Engine.Printable(fleet), stream.Name);
                news = null;
                DeactivateOnIdle();
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidDataException)
        {
            // A later look writes it. What is answered needs no database.
            if (failures.IsDue("history", ClusterDatabase.Why(e), "its history is written again"))
            {
                log.LogWarning(Log.Here(), "{Fleet}/{Stream}: its history is not written: {Error}", Engine.Printable(fleet), stream.Name, ClusterDatabase.Why(e));
            }
        }
    }
}
