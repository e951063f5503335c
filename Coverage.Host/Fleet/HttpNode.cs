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
/// <param name="staleAfter">How long an hour keeps what it listed while the node does not answer for it.</param>
/// <param name="time">The clock that the node's is compared with.</param>
internal sealed class HttpNode(
    string address, string? token, Func<Instant> clock, Duration staleAfter, TimeProvider time) : NodeReader
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
            bool isSame = ReferenceEquals(listed, known.Listed) && known is { Failing.Count: 0, Heard.Value: not null };
            known.Heard = Heard<StreamListing>.Answer(
                isSame ? known.Heard.Value! : await ReadAsync(node, stream, listed, known, settings, at, stop), at);
            known.Listed = listed;
            return known.Heard;
        }
        catch (NodeException e)
        {
            silent = e.IsUnreachable ? e.Message : silent;
            return known.Heard = new(known.Heard.Value, known.Heard.At, e.Message);
        }
    }

    /// <inheritdoc/>
    public override async Task<Heard<HourNames>> NamesAsync(StreamName stream, Hour hour, CancellationToken stop)
    {
        Instant at = clock();
        StreamMemory known = memory.GetOrAdd(stream, _ => new());
        if (known.JustRead.TryGetValue(hour, out HourNames? read))
        {
            return Heard<HourNames>.Answer(read, at);
        }

        try
        {
            MustAnswer();
            HourNames? names = await (await WireAsync(stop)).NamesAsync(stream, hour, stop);
            return names is null ? new(null, at, null)
                : Heard<HourNames>.Answer(names.Count > 0 ? names : MustBeEmpty(stream, hour, known.Before(hour), names), at);
        }
        catch (NodeException e)
        {
            silent = e.IsUnreachable ? e.Message : silent;
            return Heard<HourNames>.Nothing(e.Message);
        }
    }

    /// <inheritdoc/>
    public override void Want(StreamName stream, IReadOnlySet<Hour> hours) => memory.GetOrAdd(stream, _ => new()).Wanted = hours;

    /// <inheritdoc/>
    public override async Task<Heard<long[]>> SizesAsync(
        StreamName stream, HourNames hour, IReadOnlyList<int> places, CancellationToken stop)
    {
        Instant at = clock();
        string[] asked = [.. places.Select(place => Encoding.Latin1.GetString(hour.NameAt(place)))];
        ConcurrentDictionary<string, long> sizes = memory.GetOrAdd(stream, _ => new()).Sizes.GetOrAdd(new(hour.Hour), _ => []);
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

    /// <summary>What the node lists in the hours that it has.</summary>
    /// <exception cref="NodeException">It stopped answering, or is empty all at once.</exception>
    private async Task<StreamListing> ReadAsync(
        NodeWire node, StreamName stream, ListedStream listed, StreamMemory known, Settings settings, Instant at, CancellationToken stop)
    {
        known.JustRead.Clear();
        var read = new (HourDigest? Digest, NodeException? Failure)[listed.Hours.Count];
        NodeException? lost = null;
        await Parallel.ForAsync(0, read.Length, new ParallelOptions { MaxDegreeOfParallelism = NodeClient.AtATime }, async (index, _) =>
        {
            try
            {
                if (Volatile.Read(ref lost) is null)
                {
                    read[index] = (await DigestAsync(node, stream, listed.Hours[index], known, settings, stop), null);
                }
            }
            catch (NodeException e) when (e.IsUnreachable)
            {
                Volatile.Write(ref lost, e);
            }
            catch (NodeException e)
            {
                read[index] = (known.Before(listed.Hours[index].Hour), e);
            }
        });
        return lost is null ? Remember(stream, listed, known, read, at) : throw lost;
    }

    /// <summary>What an hour lists; null where it is gone.</summary>
    /// <exception cref="NodeException">It cannot be read.</exception>
    private async Task<HourDigest?> DigestAsync(
        NodeWire node, StreamName stream, ListedHour listed, StreamMemory known, Settings settings, CancellationToken stop)
    {
        Hour hour = listed.Hour;
        if (!Engine.IsIn(settings, hour.Number))
        {
            return HourDigest.Empty(hour);
        }

        HourDigest? before = known.Before(hour);
        if (listed.Digest is { } digest)
        {
            return digest.Count is null ? throw new NodeException($"{client.AddressOf("")} cannot read its folder {stream}/{hour}")
                : digest.Count > 0 ? digest
                : MustBeEmpty(stream, hour, before, digest);
        }

        if (before is not null && !listed.IsDue && !known.Failing.ContainsKey(hour))
        {
            return before;
        }

        if (await node.NamesAsync(stream, hour, stop) is not { } names)
        {
            return null;
        }

        if (listed.IsDue)
        {
            known.JustRead[hour] = names;
        }

        return names.Count > 0 ? HourDigest.Of(names) : MustBeEmpty(stream, hour, before, HourDigest.Of(names));
    }

    /// <summary>What lists nothing, where nothing was listed before.</summary>
    /// <exception cref="NodeException">Something was: a disk that is gone can leave the folders on which it was mounted.</exception>
    private T MustBeEmpty<T>(StreamName stream, Hour hour, HourDigest? before, T empty) => before is not { Count: > 0 } ? empty
        : throw new NodeException($"{client.AddressOf("")} lists nothing in {stream}/{hour}, and it listed something there");

    private StreamListing Remember(
        StreamName stream, ListedStream listed, StreamMemory known, (HourDigest? Digest, NodeException? Failure)[] read, Instant at)
    {
        bool listedAny = known.Heard.Value?.Hours.Any(hour => known.Before(hour.Hour) is { Count: > 0 }) is true;
        if (listedAny && read.All(hour => hour is { Failure: null, Digest: null or { Count: 0 } }))
        {
            throw new NodeException($"{client.AddressOf("")} lists nothing of {stream}, and it listed something; is its disk mounted?");
        }

        Dictionary<Hour, (HourDigest? Before, Instant Since)> failing = [];
        var hours = ImmutableArray.CreateBuilder<HourDigest>(read.Length);
        var failures = ImmutableArray.CreateBuilder<string>();
        for (int index = 0; index < read.Length; index++)
        {
            Hour hour = listed.Hours[index].Hour;
            (HourDigest? digest, NodeException? failure) = read[index];
            if (failure is not null)
            {
                failing[hour] = (digest, known.Failing.TryGetValue(hour, out var before) ? before.Since : at);
                failures.Add(failure.Message);
            }

            if (digest is { } one && (failure is null || at - failing[hour].Since <= staleAfter))
            {
                hours.Add(one);
            }
            else if (failure is not null)
            {
                hours.Add(HourDigest.Unknown(hour));
            }
        }

        foreach (Hour hour in known.Sizes.Keys)
        {
            int place = listed.Hours.FindIndex(one => one.Hour == hour);
            if (place < 0 || read[place].Digest != known.Before(hour))
            {
                known.Sizes.TryRemove(hour, out _);
            }
        }

        known.Failing = failing;
        return new(hours.ToImmutable(), [.. listed.Files], [.. listed.Folders], failures.ToImmutable());
    }
}
