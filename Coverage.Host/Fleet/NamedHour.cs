using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>An hour of a stream of a fleet by names, as each node lists it.</summary>
/// <param name="Digests">What each node lists in short; null for one that is not known or has no such hour.</param>
/// <param name="Read">The names of each node, without sizes; with a failure where the node did not give them.</param>
/// <param name="Nodes">What is compared: for each node that has the hour its names, with the sizes that decide.</param>
/// <param name="HasSizes">Whether sizes decide.</param>
/// <param name="Failures">What nodes did not answer.</param>
internal sealed record NamedHour(
    ImmutableArray<HourDigest?> Digests,
    ImmutableArray<Heard<HourNames>> Read,
    ImmutableArray<NodeHour?> Nodes,
    bool HasSizes,
    ImmutableArray<(int Node, string Failure)> Failures)
{
    /// <summary>Whether each node gave what it was asked for, and its names are those that it lists in short. Where one is newer than the
    /// other the names are asked for again in the next look.</summary>
    public bool IsSettled => Failures.IsEmpty && Digests.Zip(Read).All(pair =>
        pair.First is not { Count: > 0 } digest || (pair.Second.Value is { } names && HourDigest.Of(names) == digest));

    /// <summary>Whether it is what it was before, as far as any number can tell.</summary>
    public bool IsSame(NamedHour before) => Failures.IsEmpty && before.Failures.IsEmpty
        && Digests.SequenceEqual(before.Digests) && Nodes.Length == before.Nodes.Length
        && Nodes.Zip(before.Nodes).All(pair => pair.First is { Names: { } names } && pair.Second is { Names: { } others }
            ? HourNamesModule.areSame(names, others)
            : pair.First is null == pair.Second is null && pair.First?.Names is null && pair.Second?.Names is null);
}

/// <summary>Asks nodes for the names of an hour, and for sizes where they decide.</summary>
/// <param name="stream">The stream.</param>
/// <param name="nodes">The nodes.</param>
internal sealed class HourAsker(StreamName stream, ImmutableArray<(FleetNode Node, NodeReader Reader)> nodes)
{
    /// <summary>The nodes as they are asked: those in folders first, so that of others only names that none of these has are fetched.</summary>
    private readonly ImmutableArray<int> order = [.. Enumerable.Range(0, nodes.Length).OrderBy(node => nodes[node].Node.IsUrl)];

    /// <summary>The names that have a digest; null where no node gives them. Those that are known are not asked for.</summary>
    /// <param name="digest">The digest, which all nodes that are known list.</param>
    /// <param name="isKnown">Which nodes are known.</param>
    /// <param name="before">The hour in the last look.</param>
    /// <param name="stop">Stops it.</param>
    public async Task<HourNames?> AlikeAsync(HourDigest digest, ImmutableArray<bool> isKnown, NamedHour? before, CancellationToken stop)
    {
        if (Find(digest, before?.Read.Select(one => one.Value)) is { } known)
        {
            return known;
        }

        foreach (int node in order.Where(node => isKnown[node]))
        {
            Heard<HourNames> names = await nodes[node].Reader.NamesAsync(stream, digest.Hour, stop);
            if (names.Value is { } value && HourDigest.Of(value) == digest)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The names of each node.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="digests">What each node lists in short; null for one that is not known or has no such hour.</param>
    /// <param name="before">The hour in the last look.</param>
    /// <param name="mayStay">Whether names as of an instant may stand for those that a node does not give.</param>
    /// <param name="heardAt">When each node was heard, as of the last look.</param>
    /// <param name="stop">Stops it.</param>
    public async Task<NamedHour> NameAsync(
        Hour hour,
        ImmutableArray<HourDigest?> digests,
        NamedHour? before,
        Func<Instant?, bool> mayStay,
        ImmutableArray<Instant?> heardAt,
        CancellationToken stop)
    {
        if (before is { IsSettled: true } && before.Digests.SequenceEqual(digests))
        {
            return before.HasSizes ? await SizeAsync(before, stop) : before;
        }

        var read = new Heard<HourNames>[nodes.Length];
        List<HourNames?> all = [.. before?.Read.Select(one => one.Value) ?? []];
        foreach (int node in order)
        {
            if (digests[node] is { Count: not null } digest)
            {
                read[node] = Find(digest, all) is { } known ? new(known, null, null)
                    : await nodes[node].Reader.NamesAsync(stream, hour, stop);
                all.Add(read[node].Value);
            }
        }

        List<(int Node, string Failure)> failures = [];
        for (int node = 0; node < read.Length; node++)
        {
            // What a node does not give, one that comes after it may have given.
            if (read[node] is { Value: null, Failure: { } why })
            {
                Heard<HourNames> old = before?.Read[node] ?? default;
                Instant? at = old.Failure is null ? heardAt[node] : old.At;
                read[node] = Find(digests[node]!.Value, all) is { } known ? new(known, null, null)
                    : old.Value is not null && mayStay(at) ? new(old.Value, at, why)
                    : Heard<HourNames>.Nothing(why);
                failures.AddRange(read[node].Failure is null ? [] : [(node, why)]);
            }
        }

        return await SizeAsync(new(digests, [.. read], [], false, [.. failures]), stop);
    }

    private static HourNames? Find(HourDigest digest, IEnumerable<HourNames?>? among) =>
        digest.Count == 0 ? HourNamesModule.read(digest.Hour.Number, default)
        : among?.FirstOrDefault(names => names is not null && HourDigest.Of(names) == digest);

    /// <summary>Asks for the sizes that decide. Without a file that is gone others may decide: it asks until none does. An
    /// hour is unknown when a size that decides cannot be read.</summary>
    public async Task<NamedHour> SizeAsync(NamedHour hour, CancellationToken stop)
    {
        HourNames?[] names = [.. hour.Read.Select(one => one.Value)];
        List<(int Node, string Failure)> failures = [.. hour.Failures];
        bool hasSizes = false;
        for (var unsized = Coverage.Fleet.unsized(names); !unsized.IsEmpty; unsized = Coverage.Fleet.unsized(names))
        {
            hasSizes = true;
            foreach (IGrouping<int, UnsizedFile> files in unsized.GroupBy(file => file.Node))
            {
                ImmutableArray<int> places = [.. files.Select(file => file.Place)];
                Heard<long[]> sizes = await nodes[files.Key].Reader.SizesAsync(stream, names[files.Key]!, places, stop);
                names[files.Key] = sizes.Value is null ? null : HourNamesModule.withSizes(places, [.. sizes.Value], names[files.Key]!);
                failures.AddRange(sizes.Failure is { } why ? [(files.Key, why)] : []);
            }
        }

        ImmutableArray<NodeHour?> compared =
        [
            .. hour.Digests.Select((digest, node) =>
                digest is { } one && (hour.Read[node] is not { Value: null, Failure: null } || one.Count is null)
                    ? new NodeHour(one.Hour.Number, names[node])
                    : (NodeHour?)null),
        ];
        NamedHour fresh = hour with { Nodes = compared, HasSizes = hasSizes, Failures = [.. failures] };
        return hasSizes && fresh.IsSame(hour) ? hour : fresh;
    }
}
