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
    private readonly StandingFailures unwritten = new(TimeProvider.System);

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

    /// <summary>The newest look that it is to have.</summary>
    private (Instant Now, HistoryLook Look) newest;

    /// <summary>The writing of it.</summary>
    private Task<bool> writing = Task.FromResult(true);

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
            if (context.Fleet(fleet) is null)
            {
                await LeaveAsync([]);
                return;
            }

            if (await MembersAsync(stop) is not { } members)
            {
                return;
            }

            if (!members.IsListed)
            {
                await LeaveAsync(members.Nodes);
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
        Remember(now, HistoryLookModule.ofReport([.. nodes.Select(node => node.Name)], stuck, report));

        RemoteNode Reader(Member member) => new(new(member.Name, member.At, member.IsSource), GrainFactory.Node(fleet, member));
    }

    /// <summary>What has been fillable on a node for too long (semantics.md section 10.2).</summary>
    private IntervalSet Stuck(Instant now, NodeReport said, int node)
    {
        fillable[node] = FleetStuck.next(now.Microseconds, fillable[node], FleetStuck.fillable(said));
        return FleetStuck.stuck(now.Microseconds, context.Options.Fleet.StuckAfterMicroseconds, fillable[node]);
    }

    /// <summary>Has the history follow a look. What is answered does not wait for its database.</summary>
    private void Remember(Instant now, HistoryLook look)
    {
        newest = (now, look);
        past?.Follow(now, look);
        if (context.History is { } history && writing.IsCompleted)
        {
            writing = WriteAsync(history);
        }
    }

    /// <summary>Writes what looks changed; whether it is written. When another grain of this stream has begun to write, this one ends: its
    /// process was cut off.</summary>
    private async Task<bool> WriteAsync(History history)
    {
        (string fleet, StreamKey stream) = Name;
        bool isWritten = false;
        try
        {
            if (past is null)
            {
                past = await history.BeginAsync(fleet, stream.Name, context.Stop);
                past.Follow(newest.Now, newest.Look);
            }

            isWritten = await past.StoreAsync(context.Stop);
            if (!isWritten)
            {
                log.LogWarning(Log.Here(), "{Fleet}/{Stream}: another process looks at it, too; this one ends to do so", Engine.Printable(fleet), stream.Name);
                news = null;
                DeactivateOnIdle();
            }
        }
        catch (OperationCanceledException) when (context.Stop.IsCancellationRequested)
        {
            // The process ends; who comes next reads what is stored.
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidDataException)
        {
            // A later look writes it.
            if (unwritten.IsDue("history", ClusterDatabase.Why(e), "its history is written again"))
            {
                log.LogWarning(Log.Here(), "{Fleet}/{Stream}: its history is not written: {Error}", Engine.Printable(fleet), stream.Name, ClusterDatabase.Why(e));
            }
        }
        catch (Exception e)
        {
            if (unwritten.IsDue("fault", e.Message, "its history is written again"))
            {
                log.LogError(Log.Here(), e, "{Fleet}/{Stream}: its history is not written through a fault of this program", Engine.Printable(fleet), stream.Name);
            }
        }

        foreach (string end in unwritten.EndRound())
        {
            log.LogInformation(Log.Here(), "{Fleet}/{Stream}: {End}", Engine.Printable(fleet), stream.Name, end);
        }

        return isWritten;
    }

    /// <summary>Ends: the fleet is no longer in the file, or no node of it has the stream. What was open of its history is closed first, in a
    /// later round where the database is away.</summary>
    private async Task LeaveAsync(ImmutableArray<Member> members)
    {
        await writing;
        Remember(context.Now, HistoryLookModule.make(default, [.. members.Select(member => member.Name)], []));
        news = null;
        if (await writing)
        {
            DeactivateOnIdle();
        }
    }
}
