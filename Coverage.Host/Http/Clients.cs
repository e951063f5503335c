using System;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>How much of something one client, and all clients, may have at a time: no client can take all.</summary>
/// <param name="What">What it is.</param>
/// <param name="Each">The most for one client.</param>
/// <param name="All">The most for all clients.</param>
/// <param name="Waiting">How many more of each client, and of all, wait for their turn; the others are refused.</param>
internal sealed record Share(string What, int Each, int All, int Waiting = 0)
{
    /// <summary>The open connections of all clients, where the limit of open files leaves room for them.</summary>
    public const int AllConnections = 512;

    /// <summary>Open connections; the server's own limit is that for all.</summary>
    public static readonly Share Connections = new(
        "connections", OpenFiles.Connections(AllConnections) / 4, OpenFiles.Connections(AllConnections));

    /// <summary>Requests that are being answered, to slow readers too. The shares below are for other kinds of requests.</summary>
    public static readonly Share Requests = new("requests", 32, 256);

    /// <summary>Listeners to the events.</summary>
    public static readonly Share Events = new("listeners to the events", 32, 256);

    /// <summary>Scrapes, which no other request can hold up.</summary>
    public static readonly Share Scrapes = new("scrapes", 8, 64);

    /// <summary>Answers that are being worked out: these leave processors for the checks, and the clients take turns.</summary>
    public static readonly Share Work = new(
        "answers being worked out", Math.Max(1, Environment.ProcessorCount / 4), Math.Max(1, Environment.ProcessorCount / 2), 256);
}

/// <summary>The clients, one for each address, and their shares.</summary>
internal static class Clients
{
    /// <summary>Whose share a request or connection from an address takes from.</summary>
    /// <remarks>
    /// An IPv6 network of 64 bits is one client: whoever has one address in it can use all of them. An IPv4
    /// address is the same client in either notation. The headers in which a proxy names its clients are not trusted: anyone can send them.
    /// </remarks>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is null)
        {
            return IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        byte[] network = address.GetAddressBytes();
        network.AsSpan(8).Clear();
        return new IPAddress(network);
    }

    /// <summary>Gives each request its share, by the kind of its address.</summary>
    public static PartitionedRateLimiter<HttpContext> Requests() =>
        Limit<HttpContext>(KindOf, context => context.Connection.RemoteIpAddress);

    /// <summary>Gives each answer its turn to be worked out.</summary>
    public static PartitionedRateLimiter<HttpContext> Turns() =>
        Limit<HttpContext>(_ => Share.Work, context => context.Connection.RemoteIpAddress);

    /// <summary>Closes the connections that a client has beyond its share.</summary>
    public static void LimitConnections(this IConnectionBuilder connections)
    {
        PartitionedRateLimiter<ConnectionContext> limiter = ForEach<ConnectionContext>(
            _ => Share.Connections, connection => (connection.RemoteEndPoint as IPEndPoint)?.Address);
        connections.Use(next => async connection =>
        {
            using RateLimitLease lease = limiter.AttemptAcquire(connection);
            if (lease.IsAcquired)
            {
                await next(connection);
            }
        });
    }

    /// <summary>Says of what kind the requests to an address are.</summary>
    public static TBuilder Takes<TBuilder>(this TBuilder endpoint, Share kind)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Add(builder => builder.Metadata.Add(kind));
        return endpoint;
    }

    /// <summary>Of what kind a request is.</summary>
    public static Share KindOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<Share>() ?? Share.Requests;

    private static PartitionedRateLimiter<T> Limit<T>(Func<T, Share> share, Func<T, IPAddress?> address) =>
        PartitionedRateLimiter.CreateChained(
            ForEach(share, address),
            PartitionedRateLimiter.Create<T, string>(of => RateLimitPartition.GetConcurrencyLimiter(
                share(of).What, _ => Limit(share(of).All, share(of)))));

    private static PartitionedRateLimiter<T> ForEach<T>(Func<T, Share> share, Func<T, IPAddress?> address) =>
        PartitionedRateLimiter.Create<T, Portion>(of => RateLimitPartition.GetConcurrencyLimiter(
            new Portion(share(of).What, Of(address(of))), _ => Limit(share(of).Each, share(of))));

    /// <summary>What one client has of one kind. The framework's limiters are compiled ahead for references, not for values.</summary>
    private sealed record Portion(string What, IPAddress Client);

    private static ConcurrencyLimiterOptions Limit(int permits, Share share) => new()
    {
        PermitLimit = permits,
        QueueLimit = share.Waiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    };
}
