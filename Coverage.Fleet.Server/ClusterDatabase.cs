using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Host;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Coverage.FleetServer;

/// <summary>The database of a cluster, before the silo of this process begins: whether it is there, and who still counts as alive.</summary>
internal static class ClusterDatabase
{
    /// <summary>The schema that holds all of our tables. The connection looks for tables there, for Orleans names no schema.</summary>
    public const string Schema = "coverage_fleet";

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long no silo of a cluster must be heard of until all of them count as dead. A living one writes every
    /// <see cref="SignOfLife.Period"/>, and after the database was away within three of them, for a command and then a connection
    /// may have to time out first.
    /// </summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(8);

    /// <summary>How long a connection, and a command, may take.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>A database in the words of .NET's driver, with what each connection of this program needs beside.</summary>
    public static string Words(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        SearchPath = Schema,
        ApplicationName = "segment-coverage-fleet",
        Timeout = (int)Limit.TotalSeconds,
        CommandTimeout = (int)Limit.TotalSeconds,
    }.ConnectionString;

    /// <summary>Opens a connection to a database that <see cref="Words"/> gave.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken stop)
    {
        // Not of the pool, whose connections the server may have closed meanwhile.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        try
        {
            // Parts of the driver, such as the look-up of a name, do not stop when they are cancelled.
            await Task.Run(() => connection.OpenAsync(stop), stop).WaitAsync(stop);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Why the driver failed, on one line.</summary>
    public static string Why(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName } lacking
            ? $"{Engine.Printable(lacking.MessageText)}; run segment-coverage-fleet migrate"
            : Engine.Printable(string.Join(": ", new[] { (e as PostgresException)?.MessageText ?? e.Message, e.InnerException?.Message }.OfType<string>().Distinct()));

    /// <summary>Waits until a database answers and has every migration. It logs what it waits for, and again when that changes.</summary>
    public static async Task WaitAsync(string connectionString, ILogger log, CancellationToken stop)
    {
        string? logged = null;
        while (await WhyNotAsync(Words(connectionString), stop) is { } why)
        {
            if (why != logged)
            {
                log.LogWarning(Log.Here(), "{Why}", why);
                logged = why;
            }

            await Task.Delay(Retry, stop);
        }

        if (logged is not null)
        {
            log.LogInformation(Log.Here(), "the database is there");
        }
    }

    /// <summary>
    /// Declares the silos of a cluster dead when none of them is left, so that the next one does not wait for them; how many. It
    /// watches until one is heard of, and then none is declared dead: the living find the dead among them themselves. Only the
    /// database's clock counts. A row's age alone would not do: while the database was away, the living could not write.
    /// </summary>
    public static async Task<int> BuryAsync(string connectionString, string clusterId, ILogger log, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return await WatchAsync(Words(connectionString), clusterId, log, stop);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                log.LogWarning(Log.Here(), "the database does not answer: {Why}; the watch for living silos begins anew", Why(e));
                await Task.Delay(Retry, stop);
                await WaitAsync(connectionString, log, stop);
            }
        }
    }

    private static async Task<int> WatchAsync(string database, string clusterId, ILogger log, CancellationToken stop)
    {
        await using NpgsqlConnection connection = await OpenAsync(database, stop);
        Heard first = await HeardAsync(connection, clusterId, stop);
        Heard last = first;
        while (last.Latest is not null && last.Latest == first.Latest)
        {
            if (last.Now - first.Now >= Silence)
            {
                return await BuryAsync(connection, clusterId, log, stop);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), stop);
            last = await HeardAsync(connection, clusterId, stop);
        }

        return 0;
    }

    private static async Task<string?> WhyNotAsync(string database, CancellationToken stop)
    {
        try
        {
            string[] missing = await Task.Run(() => Migrate.Missing(database), stop).WaitAsync(stop);
            if (await Task.Run(() => Migrate.Unknown(database), stop).WaitAsync(stop) is [_, ..] unknown)
            {
                return $"the database has {Engine.Printable(string.Join(", ", unknown))}, which this version does not know: a later one changed it; use that; waiting";
            }

            return missing is [] ? null : $"the database lacks the migration{(missing is [_] ? "" : "s")} "
                + $"{string.Join(", ", missing)}; run segment-coverage-fleet migrate; waiting";
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return $"the database {(e is PostgresException ? "refuses" : "does not answer")}: {Why(e)}; waiting";
        }
    }

    /// <summary>When a silo that is not dead was last heard of, null when there is none, and the time now: both the database's.</summary>
    private readonly record struct Heard(DateTime? Latest, DateTime Now);

    private static async Task<Heard> HeardAsync(NpgsqlConnection connection, string clusterId, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            "SELECT max(heard_at), clock_timestamp() FROM silo WHERE cluster = $1 AND status <> 6", connection);
        command.Parameters.AddWithValue(clusterId);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop);
        await reader.ReadAsync(stop);
        return new(reader.IsDBNull(0) ? null : reader.GetDateTime(0), reader.GetDateTime(1));
    }

    // One statement, and so one transaction. A silo that is heard of meanwhile is not taken for dead: its row is locked and looked
    // at again. One that read the table before must read it again before it can change it.
    private static async Task<int> BuryAsync(
        NpgsqlConnection connection, string clusterId, ILogger log, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            """
            WITH buried AS (
                UPDATE silo SET status = 6
                WHERE cluster = $1 AND status <> 6 AND heard_at <= clock_timestamp() - $2
                RETURNING address, port, generation, clock_timestamp() - heard_at AS silence
            ), next AS (
                UPDATE silo_table SET version = version + 1
                WHERE cluster = $1 AND (SELECT count(*) FROM buried) > 0
            )
            SELECT address, port, silence FROM buried
            """,
            connection);
        command.Parameters.AddWithValue(clusterId);
        command.Parameters.AddWithValue(Silence);
        var buried = new List<(string Address, int Port, TimeSpan Silence)>();
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(stop))
        {
            while (await reader.ReadAsync(stop))
            {
                buried.Add((reader.GetString(0), reader.GetInt32(1), reader.GetTimeSpan(2)));
            }
        }

        foreach ((string address, int port, TimeSpan silence) in buried)
        {
            log.LogWarning(
                Log.Here(),
                "no silo of the cluster is left: {Address} port {Port}, not heard of for {Seconds} s, is declared dead",
                address, port, (long)silence.TotalSeconds);
        }

        return buried.Count;
    }
}
