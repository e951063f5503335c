using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A node that is asked over HTTP.</summary>
/// <param name="address">Its address.</param>
internal sealed class HttpNode(string address) : NodeReader
{
    private const string NotYet = "nodes cannot be asked over HTTP yet";

    /// <inheritdoc/>
    public override Task<Heard<IReadOnlyList<StreamName>>> StreamsAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, CancellationToken stop) =>
        Task.FromResult(Heard<IReadOnlyList<StreamName>>.Nothing(NotYet));

    /// <inheritdoc/>
    public override Task<Heard<StreamListing>> ListAsync(StreamName stream, Settings settings, CancellationToken stop) =>
        Task.FromResult(Heard<StreamListing>.Nothing(NotYet));

    /// <inheritdoc/>
    public override Task<Heard<long[]>> SizesAsync(
        StreamName stream, HourNames hour, IReadOnlyList<int> places, CancellationToken stop) =>
        Task.FromResult(Heard<long[]>.Nothing(NotYet));

    /// <inheritdoc/>
    public override string AddressOf(StreamName stream, Hour hour, string name) =>
        string.Join('/', new[] { address.TrimEnd('/'), "segments" }
            .Concat(new[] { stream.Channel, stream.Quality, hour.ToString(), name }.Select(Uri.EscapeDataString)));
}
