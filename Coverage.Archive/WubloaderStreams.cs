using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage;

/// <summary>The streams of an archive of the wubloader project's recorders, BASE/CHANNEL/QUALITY/HOUR/segments.</summary>
/// <param name="baseFolder">The folder that holds the channels.</param>
/// <param name="settings">What the streams are checked with.</param>
/// <param name="stamps">Whether stamps of folders are trusted.</param>
/// <param name="fullEvery">After what time everything of a stream is read again.</param>
/// <param name="reader">Makes what reads the folders of hours.</param>
/// <param name="time">The clock.</param>
internal sealed class WubloaderStreams(
    string baseFolder, Settings settings, StampPolicy stamps, TimeSpan fullEvery, Func<HourReader> reader, TimeProvider time)
    : IRecordedStreams
{
    private readonly StreamSearch search = new(baseFolder, time, stamps);
    private readonly Workers workers = new();
    private readonly ConcurrentDictionary<StreamName, StreamWatch> watches = [];

    /// <inheritdoc/>
    public UnreadableException? WhyUnreadable() => StreamSearch.WhyUnreadable(baseFolder);

    /// <inheritdoc/>
    public Task<Found> SearchAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown, CancellationToken stop) =>
        Task.FromResult(search.Streams(channels, qualities, isKnown));

    /// <inheritdoc/>
    public async Task<(StreamReading? Reading, bool IsAfresh)> ReadAsync(StreamName stream, StreamLook look, CancellationToken stop)
    {
        StreamWatch watch = watches.GetOrAdd(stream, NewWatch);
        bool afresh = watch.IsDue(fullEvery);
        StreamReading? reading = await watch.CheckAsync(afresh, look.Progress, stop, look.LastHour, Hour.Of(look.Now));
        if (reading is null)
        {
            Forget(stream);
        }

        return (reading, afresh);
    }

    /// <inheritdoc/>
    public void Forget(StreamName stream) => watches.TryRemove(stream, out _);

    /// <inheritdoc/>
    public string PathOf(StreamName stream) => stream.PathIn(baseFolder);

    private StreamWatch NewWatch(StreamName stream) => new(PathOf(stream), settings, stamps, reader(), workers, time);
}
