using System;
using System.Collections.Immutable;
using Orleans;

namespace Coverage.FleetServer;

// What grains tell each other. All of it may cross from one process to another.

/// <summary>The name of a stream.</summary>
/// <param name="Channel">Its channel.</param>
/// <param name="Quality">Its quality.</param>
[GenerateSerializer, Immutable]
internal readonly record struct StreamKey(string Channel, string Quality)
{
    /// <summary>The key of a stream's name.</summary>
    public static StreamKey Of(StreamName stream) => new(stream.Channel, stream.Quality);

    /// <summary>The name.</summary>
    public StreamName Name => new(Channel, Quality);
}

/// <summary>A node of a fleet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="At">Its address or folder.</param>
/// <param name="IsSource">Whether others back-fill from it.</param>
[GenerateSerializer, Immutable]
internal sealed record Member(string Name, string At, bool IsSource);

/// <summary>What a node answered: see <see cref="Host.Heard{T}"/>.</summary>
/// <param name="Value">The answer; null where there is none.</param>
/// <param name="At">As of when it holds, in microseconds since 1970.</param>
/// <param name="Failure">Why there is no new one.</param>
[GenerateSerializer, Immutable]
internal sealed record Told<T>(T? Value, long? At, string? Failure)
    where T : class;

/// <summary>The streams of a node.</summary>
/// <param name="Streams">The streams.</param>
/// <param name="Kind">What kind of node it is; null while that is not known.</param>
[GenerateSerializer, Immutable]
internal sealed record ToldStreams(Told<StreamKey[]> Streams, string? Kind);

/// <summary>What a node lists of a stream, hour by hour.</summary>
/// <param name="Hours">The hours, in order.</param>
/// <param name="Counts">How many names each lists; -1 where it is unknown.</param>
/// <param name="Digests">The digest of each.</param>
/// <param name="Files">The plain files beside the hours.</param>
/// <param name="Folders">The folders that are no hours.</param>
/// <param name="Failures">Why hours are unknown.</param>
[GenerateSerializer, Immutable]
internal sealed record ToldListing(int[] Hours, int[] Counts, UInt128[] Digests, string[] Files, string[] Folders, string[] Failures);

/// <summary>What a node lists of a stream, or that it is as it was.</summary>
/// <param name="Version">Stands for the listing; empty where there is none.</param>
/// <param name="Listing">The listing; its value is null also where the caller has this version.</param>
[GenerateSerializer, Immutable]
internal sealed record ListingNews(Guid Version, Told<ToldListing> Listing);

/// <summary>The names of an hour.</summary>
/// <param name="Block">The names, each with a slash after it.</param>
/// <param name="Digest">Their digest.</param>
[GenerateSerializer, Immutable]
internal sealed record ToldNames(byte[] Block, UInt128 Digest);

/// <summary>The nodes of a fleet, for one of its streams.</summary>
/// <param name="Nodes">The nodes in order.</param>
/// <param name="IsListed">Whether a node lists the stream, or may: one was not heard yet.</param>
[GenerateSerializer, Immutable]
internal sealed record Members(ImmutableArray<Member> Nodes, bool IsListed);

/// <summary>A node, as it was last asked which streams it has.</summary>
/// <param name="Member">The node.</param>
/// <param name="At">As of when it was heard.</param>
/// <param name="Failure">Why it was not.</param>
/// <param name="Kind">What kind of node it is.</param>
[GenerateSerializer, Immutable]
internal sealed record ToldNode(Member Member, long? At, string? Failure, string? Kind);

/// <summary>A fleet after a round over its nodes.</summary>
/// <param name="Now">The instant of the round.</param>
/// <param name="Silo">The process that made it.</param>
/// <param name="Nodes">The nodes, each of which was asked.</param>
/// <param name="Streams">The streams that any of them has.</param>
[GenerateSerializer, Immutable]
internal sealed record FleetState(long Now, string Silo, ToldNode[] Nodes, StreamKey[] Streams);

/// <summary>What is said of a stream of a fleet, after every node was asked.</summary>
/// <param name="Version">Stands for the report.</param>
/// <param name="Report">The report, as <see cref="ReportBytes"/> writes it; null where the caller has this version.</param>
/// <param name="Now">The instant of the look.</param>
/// <param name="Nodes">The nodes that were looked at, in the order of the report.</param>
/// <param name="Known">For each, whether what it lists is known.</param>
/// <param name="AsOf">The oldest of what is known.</param>
/// <param name="Failures">What nodes did not answer.</param>
/// <param name="Stuck">For each node, the starts and ends of what is stuck.</param>
[GenerateSerializer, Immutable]
internal sealed record StreamNews(
    Guid Version,
    byte[]? Report,
    long Now,
    ImmutableArray<Member> Nodes,
    bool[] Known,
    long? AsOf,
    (int Node, string Failure)[] Failures,
    long[][] Stuck);
