using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Host;
using Coverage.Units;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Coverage.FleetServer;

/// <summary>A node that is asked through its grain, which may be in another process. When that does not answer, what the node said before stays, with its time.</summary>
/// <param name="node">The node.</param>
/// <param name="grain">Its grain.</param>
internal sealed class RemoteNode(FleetNode node, INodeGrain grain) : NodeReader
{
    /// <summary>What the node last listed of each stream.</summary>
    private readonly ConcurrentDictionary<StreamName, (Guid Version, StreamListing Listing, Instant? At)> listings = [];

    /// <summary>The node.</summary>
    public FleetNode Node => node;

    /// <summary>Whether the grain of the node did not answer since this was last set to false. What was worked out without it is not said: it
    /// knows no less than before, and another process soon asks the node.</summary>
    public bool WasAway { get; set; }

    /// <inheritdoc/>
    public override string? Kind => null;

    /// <inheritdoc/>
    public override Task<Heard<IReadOnlyList<StreamName>>> StreamsAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, CancellationToken stop) =>
        throw new NotSupportedException("the grain of the fleet asks which streams there are");

    /// <inheritdoc/>
    public override async Task<Heard<StreamListing>> ListAsync(StreamName stream, Settings settings, CancellationToken stop)
    {
        bool isKnown = listings.TryGetValue(stream, out var known);
        try
        {
            ListingNews news = await grain.ListAsync(StreamKey.Of(stream), known.Version);
            Instant? at = news.Listing.At is { } told ? new Instant(told) : null;
            if (news.Version == Guid.Empty)
            {
                // That grain has just begun; the time of what it has heard is for it to say.
                return isKnown ? new(known.Listing, known.At, news.Listing.Failure) : new(null, at, news.Listing.Failure);
            }

            StreamListing listing = news.Listing.Value is { } value ? Read(value) : known.Listing;
            listings[stream] = (news.Version, listing, at);
            return new(listing, at, news.Listing.Failure);
        }
        catch (Exception e) when (IsAway(e))
        {
            WasAway = true;
            return new(known.Listing, known.At, WhyAway);
        }
    }

    /// <inheritdoc/>
    public override async Task<Heard<HourNames>> NamesAsync(StreamName stream, Hour hour, CancellationToken stop)
    {
        try
        {
            Told<ToldNames> told = await grain.NamesAsync(StreamKey.Of(stream), hour.Number);
            return Read(told, names => HourNamesModule.withDigest(names.Digest, HourNamesModule.read(hour.Number, names.Block)));
        }
        catch (Exception e) when (IsAway(e))
        {
            WasAway = true;
            return Heard<HourNames>.Nothing(WhyAway);
        }
    }

    /// <inheritdoc/>
    public override async Task<Heard<long[]>> SizesAsync(
        StreamName stream, HourNames hour, IReadOnlyList<int> places, CancellationToken stop)
    {
        try
        {
            // Only the names whose sizes are asked for cross over, in the order of their places.
            byte[] block = [.. places.SelectMany(place => (byte[])[.. hour.NameAt(place), (byte)'/'])];
            HourNames asked = HourNamesModule.read(hour.Hour, block);
            int[] at = [.. places.Select(place => HourNamesModule.indexOf(hour.NameAt(place).ToArray(), asked))];
            return Read(await grain.SizesAsync(StreamKey.Of(stream), hour.Hour, block, at), sizes => sizes);
        }
        catch (Exception e) when (IsAway(e))
        {
            WasAway = true;
            return Heard<long[]>.Nothing(WhyAway);
        }
    }

    /// <inheritdoc/>
    public override void Want(StreamName stream, IReadOnlySet<Hour> hours) =>
        _ = grain.WantAsync(StreamKey.Of(stream), [.. hours.Select(hour => hour.Number)]);

    /// <inheritdoc/>
    public override string AddressOf(StreamName stream, Hour hour, string name) =>
        throw new NotSupportedException("addresses are for who writes lists of files");

    private string WhyAway => $"{Engine.Printable(node.Name)} was not asked: the process that asks it does not answer";

    /// <summary>Whether an error means that the process of the grain is gone, is just ending or does not answer in time, and no fault of this
    /// program.</summary>
    public static bool IsAway(Exception e) => e is TimeoutException or OrleansException or OperationCanceledException;

    private static StreamListing Read(ToldListing told) => new(
        [
            .. told.Hours.Select((hour, at) =>
                new HourDigest(new(hour), told.Counts[at] < 0 ? null : told.Counts[at], told.Digests[at])),
        ],
        [.. told.Files],
        [.. told.Folders],
        [.. told.Failures]);

    private static Heard<T> Read<T, TTold>(Told<TTold> told, Func<TTold, T> read)
        where T : class
        where TTold : class =>
        new(told.Value is { } value ? read(value) : null, told.At is { } at ? new Instant(at) : null, told.Failure);
}
