using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Host;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Coverage.FleetServer;

/// <inheritdoc/>
[Reentrant]
internal sealed class FleetGrain(FleetServerContext context, ILocalSiloDetails silo, ILogger<FleetGrain> log) : Grain, IFleetGrain, IRemindable
{
    /// <summary>The name of the reminder that wakes a fleet after all processes were gone; a minute is the least that Orleans takes.</summary>
    private const string Reminder = "wake";

    private static readonly TimeSpan WakeAfter = TimeSpan.FromMinutes(1);

    /// <summary>How soon nodes are asked again that could not be asked at all.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly StandingFailures failures = new(TimeProvider.System);

    /// <summary>What each node said last of its streams.</summary>
    private Dictionary<Member, (ToldNode Node, StreamKey[] Streams)> heard = [];

    private ImmutableArray<FleetNode> nodes = [];
    private FleetState? state;
    private bool isReminded;

    private string Name => Keys.FleetOf(this.GetPrimaryKeyString());

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(RoundAsync, new GrainTimerCreationOptions(TimeSpan.Zero, context.Interval) { Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<FleetState?> StateAsync() => Task.FromResult(state);

    /// <inheritdoc/>
    public Task<Members?> MembersAsync(StreamKey stream) => Task.FromResult(state is null ? null
        : new Members([.. state.Nodes.Select(node => node.Member)], state.Streams.Contains(stream) || state.Nodes.Any(node => node.At is null)));

    private async Task RoundAsync(CancellationToken stop)
    {
        try
        {
            if (context.Fleet(Name) is not { } fleet)
            {
                await LeaveAsync();
                return;
            }

            await RemindAsync();
            if (!await FollowNodesAsync(fleet, stop))
            {
                return;
            }

            // Until every node was asked once nothing is said; a node whose process has just ended is asked again by another soon.
            while (!await AskAsync() && state is null)
            {
                await Task.Delay(Soon, stop);
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested && !context.Stop.IsCancellationRequested)
        {
            // A later round may succeed.
            if (failures.IsDue("fault", e.Message, "the fleet is looked at again"))
            {
                log.LogError(Log.Here(), e, "{Fleet}: a round failed through a fault of this program; the last one stays", Engine.Printable(Name));
            }
        }

        foreach (string end in failures.EndRound())
        {
            log.LogInformation(Log.Here(), "{Fleet}: {End}", Engine.Printable(Name), end);
        }
    }

    /// <summary>Leaves word in the database that the fleet is to be woken.</summary>
    private async Task RemindAsync()
    {
        if (isReminded)
        {
            return;
        }

        try
        {
            await this.RegisterOrUpdateReminder(Reminder, WakeAfter, WakeAfter);
            isReminded = true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The table is away; looking at nodes needs none.
            ShowReminder(e, "written");
        }
    }

    /// <summary>Ends: the fleet is gone from the file, which other processes may read a little later.</summary>
    private async Task LeaveAsync()
    {
        state = null;
        try
        {
            if (await this.GetReminder(Reminder) is { } reminder)
            {
                await this.UnregisterReminder(reminder);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The table is away: the reminder wakes this again, and is removed then.
            ShowReminder(e, "removed");
        }

        DeactivateOnIdle();
    }

    private void ShowReminder(Exception e, string what)
    {
        // What the driver of the database throws does not cross over to a grain.
        string why = e is CodecNotFoundException ? "the database does not answer, or refuses" : Engine.Printable(e.Message);
        if (failures.IsDue("reminder", why, $"the reminder of the fleet is {what}"))
        {
            log.LogWarning(Log.Here(), "{Fleet}: its reminder cannot be {What}: {Error}", Engine.Printable(Name), what, why);
        }
    }

    /// <summary>Reads again which nodes there are; where that fails the last ones stay. False while it is not known.</summary>
    private async Task<bool> FollowNodesAsync(FleetEntry fleet, CancellationToken stop)
    {
        try
        {
            nodes = await FleetsFile.NodesOfAsync(fleet, stop);
        }
        catch (Exception e) when (e is FleetOptionException or NodesUnreadableException)
        {
            if (failures.IsDue("which", e.Message, "which nodes there are is read again"))
            {
                log.LogError(Log.Here(), "{Fleet}: {Error}; {What}", Engine.Printable(Name), e.Message,
                    nodes.IsEmpty ? "no nodes are compared until it is known which there are" : "the last nodes stay");
            }
        }

        return !nodes.IsEmpty;
    }

    /// <summary>Asks every node for its streams; whether each could be asked, though it may not have answered.</summary>
    private async Task<bool> AskAsync()
    {
        long now = context.Now.Microseconds;
        Member[] members = [.. nodes.Select(node => new Member(node.Name, node.At, node.IsSource))];
        (ToldNode Node, StreamKey[] Streams)?[] told = await Task.WhenAll(members.Select(AskAsync));
        heard = members.Zip(told).Where(one => one.Second is not null).ToDictionary(one => one.First, one => one.Second!.Value);
        if (heard.Count < members.Length)
        {
            return false;
        }

        StreamKey[] streams = [.. told.SelectMany(one => one!.Value.Streams).Distinct()
            .OrderBy(stream => stream.Channel, StringComparer.Ordinal).ThenBy(stream => stream.Quality, StringComparer.Ordinal)];
        state = new(now, silo.SiloAddress.ToString(), [.. told.Select(one => one!.Value.Node)], streams);
        foreach (StreamKey stream in streams)
        {
            _ = GrainFactory.Stream(Name, stream).WakeAsync([.. members]);
        }

        return true;
    }

    private async Task<(ToldNode, StreamKey[])?> AskAsync(Member member)
    {
        try
        {
            ToldStreams told = await GrainFactory.Node(Name, member).StreamsAsync();
            return (new(member, told.Streams.At, told.Streams.Failure, told.Kind), told.Streams.Value ?? []);
        }
        catch (Exception e) when (RemoteNode.IsAway(e))
        {
            return heard.TryGetValue(member, out var last)
                ? (last.Node with { Failure = $"{Engine.Printable(member.Name)} was not asked: the process that asks it does not answer" }, last.Streams)
                : null;
        }
    }
}
