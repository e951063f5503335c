using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage;

/// <summary>What a stream is looked at for.</summary>
/// <param name="Now">The instant for which the recording's edge will be asked for.</param>
/// <param name="LastHour">The last hour that is not ahead; null to leave nothing out.</param>
/// <param name="Progress">Called with the number of hours that were read, and of all hours; null for no call.</param>
internal sealed record StreamLook(Instant Now, Hour? LastHour = null, Action<int, int>? Progress = null);

/// <summary>
/// The streams of an archive, looked at again and again, whatever its files are called. What is remembered makes looks cheap,
/// and changes no answer. A search comes first; then its streams are read, several at a time.
/// </summary>
internal interface IRecordedStreams
{
    /// <summary>Why the archive itself cannot be read; null when it can.</summary>
    UnreadableException? WhyUnreadable();

    /// <summary>The streams to be read: each quality of each channel.</summary>
    /// <param name="channels">The channels; none for all.</param>
    /// <param name="qualities">The qualities; none for all.</param>
    /// <param name="isKnown">Whether a stream is known to hold segments.</param>
    /// <param name="stop">Ends it before its time.</param>
    /// <exception cref="UnreadableException">The archive itself cannot be read.</exception>
    Task<Found> SearchAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown, CancellationToken stop);

    /// <summary>Reads a stream; null when there is none. And whether all of it was looked at again.</summary>
    /// <exception cref="UnreadableException">The stream cannot be read; nothing is forgotten.</exception>
    Task<(StreamReading? Reading, bool IsAfresh)> ReadAsync(StreamName stream, StreamLook look, CancellationToken stop);

    /// <summary>Forgets what is remembered of a stream that is gone: no stamp tells what happens meanwhile.</summary>
    void Forget(StreamName stream);

    /// <summary>Where a stream lies, for a message.</summary>
    string PathOf(StreamName stream);
}
