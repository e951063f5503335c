using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>
/// A node that is asked over HTTP. What it listed is remembered: an answer that cannot be used leaves the one before, with its
/// time. Which kind of node it is, is found out once.
/// </summary>
/// <param name="address">Its address.</param>
/// <param name="token">The token for a node that asks for one; null for none.</param>
/// <param name="clock">What says when it was asked.</param>
/// <param name="staleAfter">How long an hour keeps its names while the node does not answer for it.</param>
/// <param name="names">The names that are known of other nodes.</param>
/// <param name="time">The clock that the node's is compared with.</param>
internal sealed class HttpNode(
    string address, string? token, Func<Instant> clock, Duration staleAfter, KnownNames names, TimeProvider time) : NodeReader
{
    private readonly NodeClient client = new(address, token, time);
    private readonly SemaphoreSlim finding = new(1);
    private readonly ConcurrentDictionary<StreamName, StreamMemory> memory = [];
    private NodeWire? wire;

    /// <summary>Why the node gave no answer in this look; null while it does. It is not asked again: each time would take the whole limit.</summary>
    private string? silent;

    private Heard<IReadOnlyList<StreamName>> streams;

    /// <inheritdoc/>
    public override string? Kind => wire?.Kind;

    /// <inheritdoc/>
    public override async Task<Heard<IReadOnlyList<StreamName>>> StreamsAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, CancellationToken stop)
    {
        Instant at = clock();
        silent = null;
        try
        {
            List<StreamName> found = await (await WireAsync(stop)).StreamsAsync(channels, qualities, stop);
            return streams = found.Count > 0 || streams.Value is not { Count: > 0 }
                ? Heard<IReadOnlyList<StreamName>>.Answer(found, at)
                : throw new NodeException($"{client.AddressOf("")} lists no stream, and it listed {streams.Value.Count}; is its disk mounted?");
        }
        catch (NodeException e)
        {
            silent = e.IsUnreachable ? e.Message : null;
            return streams = new(streams.Value, streams.At, e.Message);
        }
    }

    /// <inheritdoc/>
    public override async Task<Heard<StreamListing>> ListAsync(StreamName stream, Settings settings, CancellationToken stop)
    {
        Instant at = clock();
        StreamMemory known = memory.GetOrAdd(stream, _ => new());
        try
        {
            MustAnswer();
            NodeWire node = await WireAsync(stop);
            ListedStream listed = await node.HoursAsync(stream, known, stop);
            return known.Heard = Heard<StreamListing>.Answer(await ReadAsync(node, stream, listed, known, settings, at, stop), at);
        }
        catch (NodeException e)
        {
            silent = e.IsUnreachable ? e.Message : silent;
            return known.Heard = new(known.Heard.Value, known.Heard.At, e.Message);
        }
    }

    /// <summary>Says in which hours something is missing somewhere: their names are asked for at each look.</summary>
    public void Want(StreamName stream, IReadOnlySet<Hour> hours) => memory.GetOrAdd(stream, _ => new()).Wanted = hours;

    /// <inheritdoc/>
    public override async Task<Heard<long[]>> SizesAsync(
        StreamName stream, HourNames hour, IReadOnlyList<int> places, CancellationToken stop)
    {
        Instant at = clock();
        string[] asked = [.. places.Select(place => Encoding.Latin1.GetString(hour.NameAt(place)))];
        Dictionary<string, long> sizes =
            memory.GetOrAdd(stream, _ => new()).Hours.TryGetValue(new(hour.Hour), out KnownHour? known) ? known.Sizes : [];
        try
        {
            List<string> lacking = [.. asked.Where(name => !sizes.ContainsKey(name))];
            if (lacking.Count > 0)
            {
                MustAnswer();
                foreach ((string name, long size) in await (await WireAsync(stop)).SizesAsync(stream, new(hour.Hour), lacking, stop))
                {
                    sizes[name] = size;
                }
            }

            return Heard<long[]>.Answer([.. asked.Select(name => sizes[name])], at);
        }
        catch (NodeException e)
        {
            return Heard<long[]>.Nothing(e.Message);
        }
    }

    /// <inheritdoc/>
    public override string AddressOf(StreamName stream, Hour hour, string name) =>
        string.Join('/', new[] { address.TrimEnd('/'), "segments" }
            .Concat(new[] { stream.Channel, stream.Quality, hour.ToString(), name }.Select(Uri.EscapeDataString)));

    /// <exception cref="NodeException">It gave no answer in this look.</exception>
    private void MustAnswer()
    {
        if (silent is { } why)
        {
            throw new NodeException(why);
        }
    }

    /// <summary>How the node answers.</summary>
    /// <exception cref="NodeException">It does not answer, or as no kind of node that is known.</exception>
    private async Task<NodeWire> WireAsync(CancellationToken stop)
    {
        if (wire is { } found)
        {
            return found;
        }

        await finding.WaitAsync(stop);
        try
        {
            return wire ??= CoverageWire.IsOne(await CoverageWire.ProbeAsync(client, stop)) ? new CoverageWire(client)
                : await RestreamerWire.IsOneAsync(client, stop) ? new RestreamerWire(client)
                : throw new NodeException(
                    $"{client.AddressOf("")} answers neither as segment-coverage (api/v1/streams) nor as a restreamer (files)");
        }
        finally
        {
            finding.Release();
        }
    }

    /// <summary>What the node lists in the hours that it has. Those that did not change are as they were.</summary>
    /// <exception cref="NodeException">It stopped answering, or is empty all at once.</exception>
    private async Task<StreamListing> ReadAsync(
        NodeWire node, StreamName stream, ListedStream listed, StreamMemory known, Settings settings, Instant at, CancellationToken stop)
    {
        var read = new (KnownHour? Known, NodeException? Failure)[listed.Hours.Count];
        NodeException? lost = null;
        await Parallel.ForAsync(0, read.Length, new ParallelOptions { MaxDegreeOfParallelism = NodeClient.AtATime }, async (index, _) =>
        {
            if (Volatile.Read(ref lost) is not null)
            {
                return;
            }

            ListedHour hour = listed.Hours[index];
            KnownHour? before = known.Hours.GetValueOrDefault(hour.Hour);
            try
            {
                read[index] = (await HourAsync(node, stream, hour, before, settings, stop), null);
            }
            catch (NodeException e) when (e.IsUnreachable)
            {
                Volatile.Write(ref lost, e);
            }
            catch (NodeException e)
            {
                read[index] = (before is null ? null : before with { FailingSince = before.FailingSince ?? at }, e);
            }
        });
        return lost is null ? Remember(stream, listed, known, read, at) : throw lost;
    }

    /// <summary>The names of an hour; null where it is gone.</summary>
    private async Task<KnownHour?> HourAsync(
        NodeWire node, StreamName stream, ListedHour hour, KnownHour? before, Settings settings, CancellationToken stop)
    {
        if (!Engine.IsIn(settings, hour.Hour.Number))
        {
            return new(HourNamesModule.read(hour.Hour.Number, default), null, []);
        }

        if (hour.Digest is not { } digest)
        {
            return before is { FailingSince: null } && !hour.IsDue ? before
                : Fresh(await node.NamesAsync(stream, hour.Hour, stop));
        }

        if (digest.Count is null)
        {
            throw new NodeException($"{client.AddressOf("")} cannot read its folder {stream}/{hour.Hour}");
        }

        return before is not null && KnownNames.Fits(before.Names, digest) ? before with { FailingSince = null }
            : digest.Count == 0 ? Fresh(HourNamesModule.read(hour.Hour.Number, default))
            : Fresh(await names.GetAsync(stream, digest, () => node.NamesAsync(stream, hour.Hour, stop)));

        // A disk that is gone can leave the folders on which it was mounted.
        KnownHour? Fresh(HourNames? fresh) => fresh is null ? null
            : fresh.Count > 0 || before is not { Names.Count: > 0 } ? new(fresh, null, [])
            : throw new NodeException($"{client.AddressOf("")} lists nothing in {stream}/{hour.Hour}, and it listed something there");
    }

    private StreamListing Remember(
        StreamName stream,
        ListedStream listed,
        StreamMemory known,
        (KnownHour? Known, NodeException? Failure)[] read,
        Instant at)
    {
        bool listedAny = known.Hours.Values.Any(hour => hour.Names.Count > 0);
        if (listedAny && read.All(hour => hour is { Failure: null, Known: null or { Names.Count: 0 } }))
        {
            throw new NodeException($"{client.AddressOf("")} lists nothing of {stream}, and it listed something; is its disk mounted?");
        }

        Dictionary<Hour, KnownHour> kept = [];
        var hours = ImmutableArray.CreateBuilder<NodeHour>();
        var failures = ImmutableArray.CreateBuilder<string>();
        for (int index = 0; index < read.Length; index++)
        {
            Hour hour = listed.Hours[index].Hour;
            (KnownHour? now, NodeException? failure) = read[index];
            if (now is not null)
            {
                kept[hour] = now;
            }

            if (failure is not null)
            {
                failures.Add(failure.Message);
            }

            if (now is not null || failure is not null)
            {
                bool isKnown = now is not null && (now.FailingSince is not { } since || at - since <= staleAfter);
                hours.Add(new(hour.Number, isKnown ? now!.Names : null));
            }
        }

        known.Hours = kept;
        return new(hours.ToImmutable(), [.. listed.Files], [.. listed.Folders], failures.ToImmutable());
    }
}
