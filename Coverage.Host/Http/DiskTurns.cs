using System;
using System.Threading;
using System.Threading.RateLimiting;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>What is read from the disk on request: one request at a time, and each within a time limit.</summary>
internal sealed class DiskTurns : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrencyLimiter turns = new(new() { PermitLimit = 1, QueueLimit = 16 });

    public void Dispose() => turns.Dispose();

    /// <summary>Reads in turn.</summary>
    /// <exception cref="ApiProblem">It cannot be read in a reasonable time, or too many others are asked for.</exception>
    public async Task<T> ReadAsync<T>(Func<CancellationToken, T> read, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            RateLimitLease turn = await turns.AcquireAsync(1, patience.Token);
            if (!turn.IsAcquired)
            {
                throw new ApiProblem(StatusCodes.Status429TooManyRequests, "too many folders are asked for at a time") { RetryAfterSeconds = 1 };
            }

            // A call into a dead network disk cannot be cancelled: it keeps this thread, and the turn, until the disk answers.
            Task<T> work = Task.Run(() =>
            {
                using (turn)
                {
                    return read(patience.Token);
                }
            });
            return await work.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ApiProblem(StatusCodes.Status503ServiceUnavailable, $"the disk gives no answer in {Patience.TotalSeconds} s")
            {
                RetryAfterSeconds = 10,
            };
        }
        catch (UnreadableException e)
        {
            throw new ApiProblem(StatusCodes.Status503ServiceUnavailable, e.Message) { RetryAfterSeconds = 5 };
        }
    }
}
