using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage;

/// <summary>The streams of an archive whose files a template names (semantics.md section 13).</summary>
/// <param name="baseFolder">The archive.</param>
/// <param name="leftOut">The path below it of a folder that is not looked into.</param>
/// <param name="rules">By what rules files become segments.</param>
/// <param name="stamps">Whether stamps of folders are trusted.</param>
/// <param name="fullEvery">After what time every file is looked at again.</param>
/// <param name="time">The clock.</param>
/// <param name="memory">What files said to earlier runs of the program; null for nothing.</param>
internal sealed class MediaStreams(
    string baseFolder,
    string leftOut,
    MediaRules rules,
    StampPolicy stamps,
    TimeSpan fullEvery,
    TimeProvider time,
    MediaMemory? memory = null)
    : IRecordedStreams
{
    private readonly Workers workers = new();
    private readonly FileTree<MediaFile> tree = new(
        baseFolder, leftOut, new MediaLook(rules.Layout, opens: rules.Rule.IsContent, time, memory), stamps, new Workers(), time);

    private readonly ConcurrentDictionary<StreamName, Known> streams = [];

    /// <summary>When every file was last looked at, by the timestamps of the clock.</summary>
    private long? readAllAt;

    private bool isAfresh;

    /// <summary>What is known of a stream.</summary>
    private sealed class Known
    {
        public Dictionary<string, MediaFile> Files { get; } = [];

        public StreamReading? Latest { get; set; }

        /// <summary>Until when the latest reading holds, if no file changes.</summary>
        public Instant HoldsUntil { get; set; }

        public StreamLook? LookedAt { get; set; }
    }

    /// <inheritdoc/>
    public UnreadableException? WhyUnreadable() => StreamSearch.WhyUnreadable(baseFolder);

    /// <inheritdoc/>
    public async Task<Found> SearchAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown, CancellationToken stop)
    {
        isAfresh = readAllAt is not { } then || time.GetElapsedTime(then) >= fullEvery;
        long started = time.GetTimestamp();
        TreeListing<MediaFile> listing = await tree.ListAsync(isAfresh, stop);
        readAllAt = isAfresh ? started : readAllAt;
        foreach (FileChange<MediaFile> change in listing.Changes)
        {
            Take(change);
        }

        memory?.Keep(listing);
        List<FoundStream> found = StreamsAsked.Of(streams.Keys, channels, qualities);
        return new(StreamsAsked.WithFailures(found, listing.Unreadable, baseFolder, rules.Layout), listing.Unnameable, listing.PassedOver);
    }

    /// <inheritdoc/>
    public async Task<(StreamReading? Reading, bool IsAfresh)> ReadAsync(StreamName stream, StreamLook look, CancellationToken stop) =>
        (streams.TryGetValue(stream, out Known? known) ? await workers.Run(() => Read(known, look)) : null, isAfresh);

    /// <inheritdoc/>
    public void Forget(StreamName stream)
    {
        // What its files are is known from the folders, of which none is forgotten.
    }

    /// <inheritdoc/>
    public string PathOf(StreamName stream) => baseFolder;

    private void Take(FileChange<MediaFile> change)
    {
        StreamName stream = (change.Now ?? change.Before)!.Stream;
        Known known = streams.GetOrAdd(stream, _ => new());
        known.Latest = change.Now?.IsLike(change.Before) == true ? known.Latest : null;
        if (change.Now is { } now)
        {
            known.Files[now.Path] = now;
        }
        else if (known.Files.Remove(change.Before!.Path) && known.Files.Count == 0)
        {
            streams.TryRemove(stream, out _);
        }
    }

    private StreamReading Read(Known known, StreamLook look)
    {
        if (known.Latest is { } latest && known.LookedAt is { } before && look.Now < known.HoldsUntil
            && (before.LastHour, Hour.Of(before.Now)) == (look.LastHour, Hour.Of(look.Now)))
        {
            return latest;
        }

        MediaHours hours = MediaHours.Of(known.Files.Values, rules, look.Now);
        known.LookedAt = look;
        known.HoldsUntil = hours.Folders.Any(folder => folder.Segments.Any(segment => segment.Kind == SegmentKind.Temp))
            ? look.Now : new(InstantModule.afterAll);
        return known.Latest = hours.Read(look);
    }
}
