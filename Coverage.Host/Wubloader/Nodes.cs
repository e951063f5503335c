using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coverage.Host;

/// <summary>A node that back-filling uses, as the database has it: any text at all.</summary>
internal sealed record Node(string Name, string Url);

/// <summary>The nodes that back-filling uses, from the database; while that gives no answer, the last known ones.</summary>
internal sealed class Nodes(Database database, ILogger log)
{
    /// <summary>How long an answer may take, from the look-up of the host's name on.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly string connectionString = ConnectionString(database);

    /// <summary>The nodes by name; null before the first answer.</summary>
    public IReadOnlyList<Node>? Known { get; private set; }

    /// <summary>Whether the last question was answered.</summary>
    public bool AreCurrent { get; private set; } = true;

    /// <summary>What the driver takes. The framework's own writer of it loses a line end with which a value ends.</summary>
    internal static string ConnectionString(Database database)
    {
        // A host that is dead must leave time for the next one. Of a repeated keyword the last one wins.
        const string defaults = "Timeout=5;Application Name=segment-coverage";
        return defaults + string.Concat(
            database.Settings.Select(its => $";{its.Key}=\"{its.Value.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
    }

    /// <summary>Asks the database once. When it gives no answer there is one warning until it has answered again.</summary>
    public async Task UpdateAsync(CancellationToken stop)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(Limit);
        try
        {
            // Not everything in a driver listens to being called off.
            Known = await Task.Run(() => QueryAsync(limited.Token), stop).WaitAsync(limited.Token);
            AreCurrent = true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            if (AreCurrent)
            {
                string why = e is OperationCanceledException
                    ? $"no answer in {Limit.TotalSeconds} s"
                    : string.Join(": ", new[] { e.Message, e.InnerException?.Message }.OfType<string>());
                log.LogWarning(
                    Log.Here(), "the database does not tell the nodes, the last known ones stay: {Error}", Engine.Printable(why));
            }

            AreCurrent = false;
        }
    }

    private async Task<List<Node>> QueryAsync(CancellationToken stop)
    {
        var nodes = new List<Node>();
        await using var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(stop);
            await using var command = new NpgsqlCommand("SELECT name, url FROM nodes WHERE backfill_from", connection);
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop);
            while (await reader.ReadAsync(stop))
            {
                nodes.Add(new(reader.GetString(0), reader.GetString(1)));
            }
        }
        finally
        {
            // A connection kept until the next round is one that the server may have ended meanwhile.
            NpgsqlConnection.ClearPool(connection);
        }

        return [.. nodes.OrderBy(node => node.Name, StringComparer.Ordinal)];
    }
}
