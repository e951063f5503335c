using System;
using System.Collections.Generic;

namespace Coverage.Host;

/// <summary>What the service knows of a stream that was found, and what was last shown of it.</summary>
internal sealed class Watched(StreamWatch watch)
{
    public StreamWatch Watch { get; } = watch;

    /// <summary>When every folder was last read, by the timestamps of the clock.</summary>
    public long? ReadAllAt { get; set; }

    public StreamReading? Shown { get; set; }

    /// <summary>When a look last succeeded.</summary>
    public DateTimeOffset? Checked { get; set; }

    /// <summary>What went wrong with the last look; null for nothing.</summary>
    public string? Failing { get; private set; }

    /// <summary>Since when all its segments are gone, by the timestamps of the clock; null while they are not.</summary>
    public long? GoneSince { get; private set; }

    /// <summary>The odd folders told of.</summary>
    public HashSet<string> OddFolders { get; } = [];

    /// <summary>The account of which the picture is.</summary>
    public Account? Drawn { get; set; }

    /// <summary>What the picture shows.</summary>
    public TimeAxis? Axis { get; set; }

    /// <summary>Whether what is shown of it holds any segment, or a bad name of one.</summary>
    public bool HeldSegments => Shown?.HoldsSegments ?? false;

    /// <summary>Nothing is wrong with the stream.</summary>
    public void Succeed() => (Failing, GoneSince) = (null, null);

    /// <summary>The look at the stream failed, and nothing is known of what there is now.</summary>
    public void Fail(string why) => (Failing, GoneSince) = (why, null);

    /// <summary>Every segment of the stream is gone. When it comes back, all of it is read again.</summary>
    public void Lose(string why, long now) => (Failing, GoneSince, ReadAllAt) = (why, GoneSince ?? now, null);
}
