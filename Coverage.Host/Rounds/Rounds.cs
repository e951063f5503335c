using System.Threading;
using System.Threading.Tasks;

namespace Coverage.Host;

/// <summary>
/// The latest finished round. No other round is kept, whoever waits: a waiter is woken by a signal that holds no round, and
/// takes the latest then.
/// </summary>
internal sealed class Rounds<TRound>
    where TRound : FinishedRound
{
    /// <summary>Completes at the end of the round that is being made.</summary>
    private TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The latest finished round; null before the first.</summary>
    public TRound? Latest => latest;

    private volatile TRound? latest;

    /// <summary>
    /// Waits until a round is finished whose number is higher than another; it is then the latest, and rounds between are
    /// passed over.
    /// </summary>
    public async Task WaitAsync(int after, CancellationToken stop)
    {
        while (true)
        {
            // Taken before the latest round is: one that ends in between completes it.
            Task next = Volatile.Read(ref finished).Task;
            if (latest?.Number > after)
            {
                return;
            }

            await next.WaitAsync(stop);
        }
    }

    /// <summary>Publishes a round that is finished, and wakes who waits for it.</summary>
    public void Publish(TRound round)
    {
        latest = round;
        Interlocked.Exchange(ref finished, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }
}
