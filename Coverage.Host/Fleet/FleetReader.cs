using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>Asks the nodes of a fleet and judges what they list (semantics.md section 10), again and again: a later look asks for and
/// judges what changed. One look at a time.</summary>
/// <param name="nodes">The nodes, each with how it is asked.</param>
/// <param name="options">The rules of back-filling, and which hours and streams are looked at.</param>
internal sealed class FleetReader(ImmutableArray<(FleetNode Node, NodeReader Reader)> nodes, Options options)
{
    private readonly Settings settings = Engine.Settings(options.ToleranceMicroseconds, options.FirstHour, options.LastHour);

    private Dictionary<StreamName, FleetWatch> watches = [];

    private readonly Duration staleAfter = new(options.Fleet.StaleAfterMicroseconds);

    /// <summary>Looks at every stream that a node has, of the channels and qualities asked for.</summary>
    /// <param name="now">The instant of the look.</param>
    /// <param name="stop">Stops it.</param>
    public async Task<FleetLook> LookAsync(Instant now, CancellationToken stop)
    {
        Heard<IReadOnlyList<StreamName>>[] heard = options.NoQuality ? [] : await Task.WhenAll(
            nodes.Select(node => node.Reader.StreamsAsync(options.Channels, options.Qualities, stop)));
        var streams = ImmutableArray.CreateBuilder<FleetStream>();
        var watched = new Dictionary<StreamName, FleetWatch>();
        foreach (StreamName stream in InOrder(heard.SelectMany(one => one.Value ?? [])))
        {
            watched[stream] = watches.GetValueOrDefault(stream) ?? new(stream, nodes, settings, options.Fleet);
            streams.Add(await watched[stream].LookAsync(now, stop));
        }

        watches = watched;

        ImmutableArray<NodeLook> looks = [.. nodes.Select((node, at) => new NodeLook(
            node.Node,
            node.Reader,
            heard.Length == 0 ? null : heard[at].At,
            heard.Length > 0 && IsKnown(heard[at].At, now),
            heard.Length == 0 ? null
                : heard[at].Failure ?? streams.SelectMany(stream => stream.Failures).FirstOrDefault(one => one.Node == at).Failure))];
        return new(now, new(options.Fleet.CutoffMicroseconds), looks, streams.DrainToImmutable());
    }

    /// <summary>Each stream once: in the order asked for where channels are named, else by name.</summary>
    private IEnumerable<StreamName> InOrder(IEnumerable<StreamName> found) => found
        .Distinct()
        .OrderBy(stream => options.Channels.IndexOf(stream.Channel))
        .ThenBy(stream => stream.Channel, StringComparer.Ordinal)
        .ThenBy(stream => options.Qualities.IndexOf(stream.Quality))
        .ThenBy(stream => stream.Quality, StringComparer.Ordinal);

    private bool IsKnown(Instant? at, Instant now) => at is { } then && now - then <= staleAfter;
}
