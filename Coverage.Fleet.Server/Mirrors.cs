using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Host;
using Microsoft.Extensions.Logging;
using Orleans;
using Prometheus;

namespace Coverage.FleetServer;

/// <summary>The fleets as this process answers of them. Each is asked for beside the others: none waits for a slow one.</summary>
/// <param name="context">The options and the file of the fleets.</param>
/// <param name="registry">Whose scrapes show the fleets.</param>
/// <param name="factory">Where metrics are made.</param>
/// <param name="loggers">Where it is said what is found, by the process that looked at the nodes alone.</param>
internal sealed class Mirrors(FleetServerContext context, CollectorRegistry registry, IMetricFactory factory, ILoggerFactory loggers)
{
    /// <summary>The most and the least time from asking the grains to asking again.</summary>
    private static readonly (TimeSpan Least, TimeSpan Most) Often = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15));

    private readonly ILogger log = loggers.CreateLogger<Mirrors>();
    private readonly StandingFailures failures = new(TimeProvider.System);

    private ImmutableSortedDictionary<string, Mirror> all = ImmutableSortedDictionary.Create<string, Mirror>(StringComparer.Ordinal);

    /// <summary>The metrics of fleets: they stay registered when a fleet is gone, and are used again when it comes back.</summary>
    private readonly Dictionary<string, (Rounds<FleetRound> Rounds, FleetGauges Gauges, FleetLog Log)> outputs = [];

    /// <summary>The fleets, by name.</summary>
    public IReadOnlyDictionary<string, Mirror> All => Volatile.Read(ref all);

    /// <summary>A quarter of the time from look to look, so that what a look finds is soon seen.</summary>
    private TimeSpan Wait => context.Interval / 4 is var quarter && quarter < Often.Least ? Often.Least
        : quarter > Often.Most ? Often.Most : quarter;

    /// <summary>Follows the file before the first grain is asked, so that it is known which fleets there are.</summary>
    public void Follow()
    {
        ImmutableArray<FleetEntry> fleets = context.Fleets();
        foreach (string gone in All.Keys.Except(fleets.Select(fleet => fleet.Name)).ToList())
        {
            all[gone].Forget();
            Volatile.Write(ref all, all.Remove(gone));
            log.LogInformation(Log.Here(), "the fleet {Fleet} is no longer in the file", Engine.Printable(gone));
        }

        foreach (FleetEntry fleet in fleets.Where(fleet => !All.ContainsKey(fleet.Name)))
        {
            if (!outputs.TryGetValue(fleet.Name, out var output))
            {
                var rounds = new Rounds<FleetRound>();
                IMetricFactory labelled = factory.WithLabels(new Dictionary<string, string> { ["fleet"] = Engine.PercentEncoded(fleet.Name) });
                output = (
                    rounds,
                    new FleetGauges(registry, labelled, rounds, context.Options, TimeProvider.System),
                    new FleetLog(context.Options, loggers, TimeProvider.System, $"{Engine.Printable(fleet.Name)}/"));
                outputs.Add(fleet.Name, output);
            }

            Volatile.Write(ref all, all.Add(fleet.Name, new(fleet.Name, context, output.Rounds)));
            log.LogInformation(Log.Here(), "the fleet {Fleet} is in the file", Engine.Printable(fleet.Name));
        }
    }

    /// <summary>Asks the grains again and again until it is stopped.</summary>
    /// <param name="grains">Where grains are found.</param>
    /// <param name="silo">The name of this process among the others.</param>
    /// <param name="stop">Stops it.</param>
    public async Task RunAsync(IGrainFactory grains, string silo, CancellationToken stop)
    {
        Dictionary<Mirror, Task> steps = [];
        while (true)
        {
            Follow();
            foreach (Mirror mirror in All.Values.Where(mirror => !steps.TryGetValue(mirror, out Task? step) || step.IsCompleted))
            {
                steps[mirror] = Task.Run(() => StepAsync(mirror, grains, silo, stop), stop);
            }

            foreach (Mirror gone in steps.Keys.Where(mirror => steps[mirror].IsCompleted && !All.Values.Contains(mirror)).ToList())
            {
                steps.Remove(gone);
            }

            await Task.Delay(All.Values.All(mirror => mirror.IsWhole) ? Wait : Often.Least, stop);
        }
    }

    private async Task StepAsync(Mirror mirror, IGrainFactory grains, string silo, CancellationToken stop)
    {
        try
        {
            if (await mirror.StepAsync(grains, stop) && mirror.Rounds.Latest is { } round)
            {
                (_, FleetGauges gauges, FleetLog found) = outputs[mirror.Fleet];
                gauges.Count(round.Look);
                found.Show(round.Look, isTold: mirror.Silo == silo);
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // A later step may succeed; until then what is answered gets old, and then unknown.
            lock (failures)
            {
                if (failures.IsDue(mirror.Fleet, e.Message, "the fleet is answered for again"))
                {
                    log.LogError(Log.Here(), e, "{Fleet}: what is answered stays, through a fault of this program", Engine.Printable(mirror.Fleet));
                }
            }
        }
    }
}
