using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Host;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Prometheus;

namespace Coverage.FleetServer;

/// <summary>Says which processes of the cluster come and go, as this one sees it.</summary>
/// <param name="factory">Where the metric is made.</param>
/// <param name="log">Where it is said.</param>
internal sealed class Membership(IMetricFactory factory, ILogger log)
{
    private readonly Gauge processes = factory.CreateGauge(
        "segment_coverage_fleet_processes", "Number of processes of the cluster that share the work, as this one sees it", Gauges.WhenSet);

    /// <summary>Follows the others until it is stopped.</summary>
    public async Task RunAsync(IClusterMembershipService cluster, CancellationToken stop)
    {
        HashSet<SiloAddress> known = [];
        await foreach (ClusterMembershipSnapshot seen in cluster.MembershipUpdates.WithCancellation(stop))
        {
            HashSet<SiloAddress> active = [.. seen.Members.Values.Where(one => one.Status == SiloStatus.Active).Select(one => one.SiloAddress)];
            foreach (SiloAddress gone in known.Except(active))
            {
                bool hasEnded = !seen.Members.TryGetValue(gone, out ClusterMember? member) || member.Status == SiloStatus.Dead;
                log.LogWarning(Log.Here(), "{Silo} {What}; processes that share the work: {Count}", gone,
                    hasEnded ? "is gone: it ended, or does not answer" : "ends", active.Count);
            }

            foreach (SiloAddress come in active.Except(known))
            {
                log.LogInformation(Log.Here(), "{Silo} is there; processes that share the work: {Count}", come, active.Count);
            }

            known = active;
            processes.Set(active.Count);
        }
    }
}
