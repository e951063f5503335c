using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Host;
using Coverage.Units;
using Orleans;
using Orleans.Concurrency;

namespace Coverage.FleetServer;

/// <inheritdoc/>
[Reentrant]
internal sealed class NodeGrain : Grain, INodeGrain
{
    private readonly FleetServerContext context;
    private readonly NodeReader reader;

    /// <summary>Who waits here is not asked for in vain: a node that gives no answer to some is not asked by the others in the same round.</summary>
    private readonly SemaphoreSlim turns = new(NodeClient.AtATime);

    /// <summary>One list of a stream at a time: after the network was cut, two grains can look at it.</summary>
    private readonly Dictionary<StreamKey, SemaphoreSlim> lists = [];

    /// <summary>The listing of each stream with its version: one that did not change is not sent again.</summary>
    private readonly Dictionary<StreamKey, (StreamListing Listing, Guid Version)> listings = [];

    /// <summary>A node that asks as the options say.</summary>
    public NodeGrain(FleetServerContext context)
    {
        this.context = context;
        reader = context.ReaderOf(Keys.NodeOf(this.GetPrimaryKeyString()));
    }

    /// <inheritdoc/>
    public async Task<ToldStreams> StreamsAsync()
    {
        Heard<IReadOnlyList<StreamName>> heard = context.Options.NoQuality
            ? Heard<IReadOnlyList<StreamName>>.Answer([], context.Now)
            : await reader.StreamsAsync([], context.Options.Qualities, context.Stop);
        return new(Tell(heard, streams => streams.Select(StreamKey.Of).ToArray()), reader.Kind);
    }

    /// <inheritdoc/>
    public async Task<ListingNews> ListAsync(StreamKey stream, Guid known)
    {
        if (!lists.TryGetValue(stream, out SemaphoreSlim? one))
        {
            lists.Add(stream, one = new(1));
        }

        Heard<StreamListing> heard = await InTurnAsync(one, () => InTurnAsync(turns, () =>
            reader.ListAsync(stream.Name, context.Settings, context.Stop)));
        Guid version = Guid.Empty;
        if (heard.Value is { } listing)
        {
            bool isSame = listings.TryGetValue(stream, out var last)
                && (ReferenceEquals(last.Listing, listing) || AreSame(last.Listing, listing));
            version = isSame ? last.Version : Guid.NewGuid();
            listings[stream] = (listing, version);
        }

        return new(version, version == known ? new(null, heard.At?.Microseconds, heard.Failure) : Tell(heard, Tell));
    }

    /// <inheritdoc/>
    public async Task<Told<ToldNames>> NamesAsync(StreamKey stream, int hour) => Tell(
        await InTurnAsync(turns, () => reader.NamesAsync(stream.Name, new(hour), context.Stop)), names => new ToldNames(names.Block, names.Digest));

    /// <inheritdoc/>
    public async Task<Told<long[]>> SizesAsync(StreamKey stream, int hour, byte[] names, int[] places) =>
        Tell(await InTurnAsync(turns, () => reader.SizesAsync(stream.Name, HourNamesModule.read(hour, names), places, context.Stop)), sizes => sizes);

    /// <inheritdoc/>
    public Task WantAsync(StreamKey stream, int[] hours)
    {
        reader.Want(stream.Name, hours.Select(hour => new Hour(hour)).ToHashSet());
        return Task.CompletedTask;
    }

    private static async Task<T> InTurnAsync<T>(SemaphoreSlim turn, Func<Task<T>> ask)
    {
        await turn.WaitAsync();
        try
        {
            return await ask();
        }
        finally
        {
            turn.Release();
        }
    }

    private static bool AreSame(StreamListing one, StreamListing other) =>
        one.Hours.AsSpan().SequenceEqual(other.Hours.AsSpan())
        && one.Files.AsSpan().SequenceEqual(other.Files.AsSpan())
        && one.Folders.AsSpan().SequenceEqual(other.Folders.AsSpan())
        && one.Failures.AsSpan().SequenceEqual(other.Failures.AsSpan());

    private static ToldListing Tell(StreamListing listing) => new(
        [.. listing.Hours.Select(hour => hour.Hour.Number)],
        [.. listing.Hours.Select(hour => hour.Count ?? -1)],
        [.. listing.Hours.Select(hour => hour.Digest)],
        [.. listing.Files],
        [.. listing.Folders],
        [.. listing.Failures]);

    private static Told<TTold> Tell<T, TTold>(Heard<T> heard, Func<T, TTold> tell)
        where T : class
        where TTold : class => new(heard.Value is { } value ? tell(value) : null, heard.At?.Microseconds, heard.Failure);
}
