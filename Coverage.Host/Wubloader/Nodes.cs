using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coverage.Host;

/// <summary>A node, as the database names it. Both texts can hold anything.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Url">Its address.</param>
/// <param name="IsSource">Whether back-filling copies from it.</param>
internal sealed record Node(string Name, string Url, bool IsSource);

/// <summary>The nodes from which back-filling copies. While the database does not answer, the last known nodes stay.</summary>
internal sealed class Nodes(Database database, ILogger log)
{
    /// <summary>How long a query may take, from the look-up of the host's name to the last row.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly string connectionString = ConnectionString(database);

    /// <summary>The nodes by name; null before the first answer.</summary>
    public IReadOnlyList<Node>? Known { get; private set; }

    /// <summary>Whether the last query was answered.</summary>
    public bool AreCurrent { get; private set; } = true;

    /// <summary>The database in the words of the driver.</summary>
    internal static string ConnectionString(Database database)
    {
        // A host that is dead must leave time for the next one.
        var builder = new NpgsqlConnectionStringBuilder { Timeout = 5, ApplicationName = "segment-coverage" };
        foreach ((string keyword, string value) in database.Settings)
        {
            builder[keyword] = value;
        }

        return builder.ConnectionString;
    }

    /// <summary>Queries the database once. The first failure after an answer writes a warning; later ones are silent.</summary>
    public async Task UpdateAsync(CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(Limit);
        try
        {
            List<Node> all = await ReadAsync(connectionString, limited.Token);
            Known = all.FindAll(node => node.IsSource);
            AreCurrent = true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            if (AreCurrent)
            {
                log.LogWarning(Log.Here(), "cannot read the nodes from the database, the last known nodes stay: {Error}", Why(e));
            }

            AreCurrent = false;
        }
    }

    /// <summary>All nodes of a database, by name.</summary>
    /// <exception cref="IOException">It does not answer. The message says why, and is safe on one line.</exception>
    public static async Task<List<Node>> ReadAsync(Database database, CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(Limit);
        try
        {
            return await ReadAsync(ConnectionString(database), limited.Token);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            throw new IOException(Why(e), e);
        }
    }

    private static string Why(Exception e) => Engine.Printable(e is OperationCanceledException
        ? $"no answer in {Limit.TotalSeconds} s"
        : string.Join(": ", new[] { e.Message, e.InnerException?.Message }.OfType<string>()));

    // Parts of the driver, such as the look-up of a name, do not stop when they are cancelled.
    private static Task<List<Node>> ReadAsync(string connectionString, CancellationToken stop) =>
        Task.Run(() => QueryAsync(connectionString, stop), stop).WaitAsync(stop);

    private static async Task<List<Node>> QueryAsync(string connectionString, CancellationToken stop)
    {
        var nodes = new List<Node>();
        await using var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(stop);
            await using var command = new NpgsqlCommand("SELECT name, url, coalesce(backfill_from, false) FROM nodes", connection);
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop);
            while (await reader.ReadAsync(stop))
            {
                nodes.Add(new(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
            }
        }
        finally
        {
            // A pooled connection may be closed by the server before the next round.
            NpgsqlConnection.ClearPool(connection);
        }

        return [.. nodes.OrderBy(node => node.Name, StringComparer.Ordinal)];
    }
}
