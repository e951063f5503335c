using System;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Host;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans;
using Orleans.Runtime;

namespace Coverage.FleetServer;

/// <summary>
/// Writes every two seconds that the silo of this process lives, from before it joins until it says that it ends, and reads whether
/// the others have declared it dead. Orleans does both too, but after the database was away it waits up to a minute before it tries
/// again: the silo would seem dead to one that begins, and would go on when it is.
/// </summary>
internal sealed class SignOfLife(
    NpgsqlDataSource database, string cluster, ILocalSiloDetails silo, IFatalErrorHandler end, ILogger<SignOfLife> log)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    /// <summary>How often it writes, and how long a connection or a command may take.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource stopping = new();
    private Task writing = Task.CompletedTask;

    /// <summary>The database of <paramref name="connectionString"/>, with limits so short that a sign of life is late by little.</summary>
    public static NpgsqlDataSource Database(string connectionString) => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(ClusterDatabase.Words(connectionString))
        {
            Timeout = (int)Period.TotalSeconds,
            CommandTimeout = (int)Period.TotalSeconds,

            // A command that is late is given up with its connection.
            CancellationTimeout = -1,
            MaxPoolSize = 1,
        });

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(SignOfLife),
        ServiceLifecycleStage.RuntimeGrainServices,
        _ =>
        {
            writing = Task.Run(WriteAsync, CancellationToken.None);
            return Task.CompletedTask;
        },
        async _ =>
        {
            await stopping.CancelAsync();
            await writing;
        });

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Dispose();
        database.Dispose();
    }

    private async Task WriteAsync()
    {
        using var timer = new PeriodicTimer(Period);
        bool isLogged = false, hasJoined = false;
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                try
                {
                    SiloStatus? status = await WriteOnceAsync();
                    if (status == SiloStatus.Dead || (status is null && hasJoined))
                    {
                        end.OnFatalException(this, status is null ? "the database knows nothing of it any more" : "the other silos have declared it dead", null);
                        return;
                    }

                    hasJoined |= status is not null;
                    isLogged = false;
                }
                catch (Exception e) when (e is NpgsqlException or TimeoutException)
                {
                    if (!isLogged)
                    {
                        log.LogWarning(Log.Here(), "cannot write that this silo lives: {Why}", ClusterDatabase.Why(e));
                    }

                    isLogged = true;
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The silo ends.
        }
        catch (Exception e)
        {
            end.OnFatalException(this, nameof(SignOfLife), e);
        }
    }

    /// <summary>Writes it once: what the silo is in the eyes of all, null before it has joined.</summary>
    private async Task<SiloStatus?> WriteOnceAsync()
    {
        await using NpgsqlCommand command = database.CreateCommand(
            """
            UPDATE silo SET heard_at = clock_timestamp()
            WHERE cluster = $1 AND address = $2 AND port = $3 AND generation = $4
            RETURNING status
            """);
        SiloAddress address = silo.SiloAddress;
        command.Parameters.AddWithValue(cluster);
        command.Parameters.AddWithValue(address.Endpoint.Address.ToString());
        command.Parameters.AddWithValue(address.Endpoint.Port);
        command.Parameters.AddWithValue(address.Generation);
        return (SiloStatus?)(int?)await command.ExecuteScalarAsync(stopping.Token);
    }
}
