using System;
using System.Linq;
using Coverage.CommandLine;
using Orleans;

namespace Coverage.FleetServer;

/// <summary>The keys of grains: names with slashes between, each percent-encoded, for a name can have a slash.</summary>
internal static class Keys
{
    private static string Key(params string[] names) => string.Join('/', names.Select(Uri.EscapeDataString));

    private static string[] Names(string key) => [.. key.Split('/').Select(Uri.UnescapeDataString)];

    /// <summary>The grain of a fleet.</summary>
    public static IFleetGrain Fleet(this IGrainFactory grains, string fleet) => grains.GetGrain<IFleetGrain>(Key(fleet));

    /// <summary>The grain of a stream.</summary>
    public static IStreamGrain Stream(this IGrainFactory grains, string fleet, StreamKey stream) =>
        grains.GetGrain<IStreamGrain>(Key(fleet, stream.Channel, stream.Quality));

    /// <summary>The grain of a node: one that moves to another address is another one.</summary>
    public static INodeGrain Node(this IGrainFactory grains, string fleet, Member node) =>
        grains.GetGrain<INodeGrain>(Key(fleet, node.Name, node.At));

    /// <summary>The name of the fleet that is a grain.</summary>
    public static string FleetOf(string key) => Names(key)[0];

    /// <summary>The fleet and the stream that are a grain.</summary>
    public static (string Fleet, StreamKey Stream) StreamOf(string key) =>
        Names(key) is [var fleet, var channel, var quality] ? (fleet, new(channel, quality)) : throw new FormatException(key);

    /// <summary>The node that is a grain. Whether it is a source is for the fleet to say.</summary>
    public static FleetNode NodeOf(string key) =>
        Names(key) is [_, var name, var at] ? new(name, at, true) : throw new FormatException(key);
}
