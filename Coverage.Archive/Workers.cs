using System;
using System.Threading.Tasks;

namespace Coverage;

/// <summary>The threads that read folders for all streams, first come, first served: a bounded number of them.</summary>
internal sealed class Workers
{
    private static readonly int Count = Math.Clamp(Environment.ProcessorCount, 2, 8);

    private readonly TaskFactory factory =
        new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Count).ConcurrentScheduler);

    /// <summary>How many folders of one stream may be read ahead, so that memory is bounded and streams share fairly.</summary>
    public static int Ahead => 2 * Count;

    /// <summary>Does some work as soon as a thread is free.</summary>
    public Task<T> Run<T>(Func<T> work) => factory.StartNew(work);

    /// <summary>Does some work as soon as a thread is free.</summary>
    public Task Run(Action work) => factory.StartNew(work);
}
