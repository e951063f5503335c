using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Host;
using DbUp;
using DbUp.Engine;
using Npgsql;

namespace Coverage.FleetServer;

/// <summary>The command migrate: brings the tables of a database to what this program needs.</summary>
internal static class Migrate
{
    /// <summary>The number of the lock that one migration holds; any will do that no other program of the database takes.</summary>
    private const long Lock = 0x636F_7665_7261_6765;

    /// <summary>Says what is to do and, unless it is dry, does it, each script in a transaction; the exit code.</summary>
    /// <param name="connectionString">The database, in the words of .NET's driver.</param>
    /// <param name="isDry">Whether only to say it.</param>
    /// <param name="output">Where to say it.</param>
    /// <param name="stop">When to give up waiting for another migration.</param>
    public static async Task<int> RunAsync(string connectionString, bool isDry, TextWriter output, CancellationToken stop)
    {
        // A script takes as long as it takes.
        string database = new NpgsqlConnectionStringBuilder(ClusterDatabase.Words(connectionString)) { CommandTimeout = 0 }.ConnectionString;
        try
        {
            // The second of two waits here, and then finds nothing to do. The lock goes with its connection.
            await using NpgsqlConnection connection = await ClusterDatabase.OpenAsync(database, stop);
            if (!isDry)
            {
                await using var locking = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection);
                locking.Parameters.AddWithValue(Lock);
                await locking.ExecuteNonQueryAsync(stop);
            }

            return Apply(database, isDry, output);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            Log.LastWords($"cannot read the database: {ClusterDatabase.Why(e)}");
            return ExitCode.Unreadable;
        }
    }

    /// <summary>The scripts that a database lacks, by name, in their order.</summary>
    /// <exception cref="NpgsqlException">It does not answer.</exception>
    public static string[] Missing(string database) =>
        [.. Engine(database).GetScriptsToExecute().Select(script => script.Name)];

    /// <summary>The scripts that a database has and this version does not know, by name: a later version has applied them.</summary>
    /// <exception cref="NpgsqlException">It does not answer.</exception>
    public static string[] Unknown(string database)
    {
        UpgradeEngine engine = Engine(database);
        return [.. engine.GetExecutedScripts().Except(engine.GetDiscoveredScripts().Select(script => script.Name))];
    }

    private static int Apply(string database, bool isDry, TextWriter output)
    {
        if (Unknown(database) is [_, ..] unknown)
        {
            Log.LastWords($"the database has {Coverage.Engine.Printable(string.Join(", ", unknown))}, which this version does not know: a later one changed it; use that");
            return ExitCode.Unreadable;
        }

        UpgradeEngine engine = Engine(database);
        List<SqlScript> scripts = engine.GetScriptsToExecute();
        if (scripts.Count == 0)
        {
            output.WriteLine("nothing to do: the database has every migration");
            return ExitCode.Success;
        }

        foreach (SqlScript script in scripts)
        {
            output.WriteLine($"{(isDry ? "would apply" : "to apply")} {script.Name}: {Purpose(script)}");
        }

        if (isDry)
        {
            return ExitCode.Success;
        }

        DatabaseUpgradeResult result = engine.PerformUpgrade();
        foreach (SqlScript script in result.Scripts)
        {
            output.WriteLine($"applied {script.Name}");
        }

        if (result.Successful)
        {
            return ExitCode.Success;
        }

        string at = result.ErrorScript is { } failed ? $"cannot apply {failed.Name}, nothing of it was changed" : "cannot migrate";
        Log.LastWords($"{at}: {ClusterDatabase.Why(result.Error)}");
        return ExitCode.CannotWrite;
    }

    /// <summary>What a script is for: its first line, which is a comment.</summary>
    private static string Purpose(SqlScript script) => script.Contents.Split('\n')[0].TrimStart('-', ' ').TrimEnd();

    // Without variables: dollars quote in our scripts.
    private static UpgradeEngine Engine(string database) => DeployChanges.To
        .PostgresqlDatabase(database, ClusterDatabase.Schema)
        .JournalToPostgresqlTable(ClusterDatabase.Schema, "migration")
        .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.EndsWith(".sql", StringComparison.Ordinal))
        .WithVariablesDisabled()
        .WithTransactionPerScript()
        .LogToNowhere()
        .Build();
}
