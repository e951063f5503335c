using System;
using System.Collections.Immutable;
using System.Threading.Tasks;
using Orleans;
using Orleans.Concurrency;

namespace Coverage.FleetServer;

/// <summary>A node of a fleet: its connections and what it last said, shared by all streams. It answers as <see cref="Host.NodeReader"/> does.</summary>
internal interface INodeGrain : IGrainWithStringKey
{
    /// <summary>How long a call may wait for the node: the first list of a year from a restreamer takes thousands of requests. When the process of
    /// the grain ends, Orleans fails the call at once.</summary>
    public const string Patience = "01:00:00";

    /// <summary>Asks which streams it has. With it a round begins: a node that gave no answer is asked again.</summary>
    [ResponseTimeout(Patience)]
    Task<ToldStreams> StreamsAsync();

    /// <summary>What it lists of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="known">The version that the caller has.</param>
    [ResponseTimeout(Patience)]
    Task<ListingNews> ListAsync(StreamKey stream, Guid known);

    /// <summary>The names in an hour.</summary>
    [ResponseTimeout(Patience)]
    Task<Told<ToldNames>> NamesAsync(StreamKey stream, int hour);

    /// <summary>The sizes of some segments of an hour, by their places among its names.</summary>
    [ResponseTimeout(Patience)]
    Task<Told<long[]>> SizesAsync(StreamKey stream, int hour, byte[] names, int[] places);

    /// <summary>Says in which hours what it lists is to be as new as can be.</summary>
    [OneWay]
    Task WantAsync(StreamKey stream, int[] hours);
}

/// <summary>A fleet: which nodes it has, and which streams they have.</summary>
internal interface IFleetGrain : IGrainWithStringKey
{
    /// <summary>The fleet after its last round; null while not every node has been asked once since this grain began.</summary>
    Task<FleetState?> StateAsync();

    /// <summary>The nodes, for a stream; null likewise.</summary>
    Task<Members?> MembersAsync(StreamKey stream);
}

/// <summary>A stream of a fleet.</summary>
internal interface IStreamGrain : IGrainWithStringKey
{
    /// <summary>Makes sure that the stream is looked at, and at once where its nodes are others than before.</summary>
    [OneWay]
    Task WakeAsync(ImmutableArray<Member> nodes);

    /// <summary>What is said of the stream; null while not every node has been asked once since this grain began: an empty grain must not answer.</summary>
    /// <param name="known">The version of the report that the caller has.</param>
    Task<StreamNews?> SinceAsync(Guid known);
}
