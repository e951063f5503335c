using System;
using System.Threading;

namespace Coverage.Host;

/// <summary>Holds reading down to so many bytes a second, whichever threads read.</summary>
/// <param name="bytesPerSecond">The most; null for no limit.</param>
/// <param name="time">The clock.</param>
internal sealed class Pace(long? bytesPerSecond, TimeProvider time)
{
    private readonly Lock turn = new();

    /// <summary>When the bytes read so far are paid for, by the timestamps of the clock.</summary>
    private long free;

    private long asked;

    /// <summary>How many bytes were read, or are about to be.</summary>
    public long Bytes => Interlocked.Read(ref asked);

    /// <summary>Waits until so many bytes more may be read.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Wait(long bytes, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Interlocked.Add(ref asked, bytes);
        if (bytesPerSecond is not { } rate)
        {
            return;
        }

        TimeSpan wait;
        lock (turn)
        {
            long now = time.GetTimestamp();
            free = Math.Max(free, now);
            wait = time.GetElapsedTime(now, free);
            free += (long)((double)bytes / rate * time.TimestampFrequency);
        }

        if (wait > TimeSpan.Zero)
        {
            stop.WaitHandle.WaitOne(wait);
        }

        stop.ThrowIfCancellationRequested();
    }
}
