using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>Asks the nodes of a fleet and judges what they list (semantics.md section 10).</summary>
/// <param name="nodes">The nodes, each with how it is asked.</param>
/// <param name="options">The rules of back-filling, and which hours and streams are looked at.</param>
internal sealed class FleetReader(ImmutableArray<(FleetNode Node, NodeReader Reader)> nodes, Options options)
{
    private readonly Settings settings = Engine.Settings(options.ToleranceMicroseconds, options.FirstHour, options.LastHour);

    private readonly Duration staleAfter = new(options.Fleet.StaleAfterMicroseconds);

    /// <summary>Looks at every stream that a node has, of the channels and qualities asked for.</summary>
    /// <param name="now">The instant of the look.</param>
    /// <param name="stop">Stops it.</param>
    public async Task<FleetLook> LookAsync(Instant now, CancellationToken stop)
    {
        Heard<IReadOnlyList<StreamName>>[] heard = options.NoQuality ? [] : await Task.WhenAll(
            nodes.Select(node => node.Reader.StreamsAsync(options.Channels, options.Qualities, stop)));
        var streams = ImmutableArray.CreateBuilder<FleetStream>();
        foreach (StreamName stream in InOrder(heard.SelectMany(one => one.Value ?? [])))
        {
            streams.Add(await LookAtAsync(stream, now, stop));
        }

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

    private async Task<FleetStream> LookAtAsync(StreamName stream, Instant now, CancellationToken stop)
    {
        Heard<StreamListing>[] heard = await Task.WhenAll(nodes.Select(node => node.Reader.ListAsync(stream, settings, stop)));
        List<(int Node, string Failure)> failures = [];
        NodeListing[] listings = new NodeListing[heard.Length];
        for (int node = 0; node < heard.Length; node++)
        {
            StreamListing listing = heard[node].Value ?? new([], [], [], []);
            var hours = ImmutableArray.CreateBuilder<NodeHour>();
            failures.AddRange(new[] { heard[node].Failure }.Concat(listing.Failures).OfType<string>().Select(why => (node, why)));
            foreach (HourDigest hour in listing.Hours)
            {
                Heard<HourNames> names = hour.Count is null || !Engine.IsIn(settings, hour.Hour.Number) ? default
                    : await nodes[node].Reader.NamesAsync(stream, hour.Hour, stop);
                hours.Add(new(hour.Hour.Number, names.Value));
                failures.AddRange(new[] { names.Failure }.OfType<string>().Select(why => (node, why)));
            }

            listings[node] = new(
                nodes[node].Node.IsSource, IsKnown(heard[node].At, now), hours.ToImmutable(), listing.Files, listing.Folders);
        }

        await AskSizesAsync(stream, listings, failures, stop);
        FleetRules rules = Engine.FleetRules(
            settings, now.Microseconds, options.Fleet.CutoffMicroseconds, options.Fleet.WindowMicroseconds);
        FleetReport report = Coverage.Fleet.judge(rules, Engine.FleetListing(listings)).ResultValue;
        return new(
            stream,
            report,
            [.. listings.Select(listing => listing.IsKnown)],
            heard.Where((_, node) => listings[node].IsKnown).Select(one => one.At).Min(),
            [.. failures]);
    }

    /// <summary>Asks for the sizes that decide. Without a file that is gone others may decide: it asks until none does. An
    /// hour is unknown when a size that decides cannot be read.</summary>
    private async Task AskSizesAsync(
        StreamName stream, NodeListing[] listings, List<(int Node, string Failure)> failures, CancellationToken stop)
    {
        while (true)
        {
            ImmutableArray<UnsizedFile> unsized = Coverage.Fleet.unsized(settings, Engine.FleetListing(listings));
            if (unsized.IsEmpty)
            {
                return;
            }

            foreach (IGrouping<int, UnsizedFile> node in unsized.GroupBy(file => file.Node))
            {
                ImmutableArray<NodeHour>.Builder hours = listings[node.Key].Hours.ToBuilder();
                foreach (IGrouping<int, UnsizedFile> hour in node.GroupBy(file => file.Hour))
                {
                    int at = listings[node.Key].Hours.BinarySearch(new NodeHour(hour.Key, null), ByHour);
                    ImmutableArray<int> places = [.. hour.Select(file => file.Place)];
                    Heard<long[]> sizes = await nodes[node.Key].Reader.SizesAsync(stream, hours[at].Names!, places, stop);
                    hours[at] = new(hour.Key, sizes.Value is null ? null
                        : HourNamesModule.withSizes(places, [.. sizes.Value], hours[at].Names!));
                    if (sizes.Failure is { } why)
                    {
                        failures.Add((node.Key, why));
                    }
                }

                listings[node.Key] = With(listings[node.Key], hours.DrainToImmutable());
            }
        }
    }

    private static NodeListing With(NodeListing node, ImmutableArray<NodeHour> hours) =>
        new(node.IsSource, node.IsKnown, hours, node.Files, node.Folders);

    private static readonly Comparer<NodeHour> ByHour = Comparer<NodeHour>.Create((one, other) => one.Hour.CompareTo(other.Hour));
}
