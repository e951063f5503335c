using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage;

/// <summary>The streams of an archive whose playlists say what was recorded when: HLS (semantics.md section 13).</summary>
/// <param name="baseFolder">The archive.</param>
/// <param name="leftOut">The path below it of a folder that is not looked into.</param>
/// <param name="settings">What streams are checked with.</param>
/// <param name="stamps">Whether stamps of folders are trusted.</param>
/// <param name="fullEvery">After what time every file is looked at again.</param>
/// <param name="time">The clock.</param>
internal sealed class HlsStreams(
    string baseFolder, string leftOut, Settings settings, StampPolicy stamps, TimeSpan fullEvery, TimeProvider time)
    : IRecordedStreams
{
    private readonly Workers workers = new();
    private readonly FileTree<HlsFile> tree = new(baseFolder, leftOut, new HlsLook(time), stamps, new Workers(), time);
    private readonly HlsPaths paths = new();

    /// <summary>Searches change them, and what they list; reads come after a search, several at a time, and change neither.</summary>
    private readonly ConcurrentDictionary<StreamName, HlsStream> streams = [];

    /// <summary>When every file was last looked at, by the timestamps of the clock.</summary>
    private long? readAllAt;

    private bool isAfresh;

    /// <summary>How exactly playlists say when segments start.</summary>
    public static Duration Resolution { get; } = new(1_000);

    /// <inheritdoc/>
    public UnreadableException? WhyUnreadable() => StreamSearch.WhyUnreadable(baseFolder);

    /// <inheritdoc/>
    public async Task<Found> SearchAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown, CancellationToken stop)
    {
        isAfresh = readAllAt is not { } then || time.GetElapsedTime(then) >= fullEvery;
        long started = time.GetTimestamp();
        TreeListing<HlsFile> listing = await tree.ListAsync(isAfresh, stop);
        readAllAt = isAfresh ? started : readAllAt;
        Take(listing.Changes);
        IEnumerable<FoundStream> failing = Fail(listing.Unreadable, channels);
        return new(
            [.. StreamsAsked.Of(streams.Keys, channels, qualities), .. failing],
            listing.Unnameable,
            new(paths.PassedOver, paths.Unlisted));
    }

    /// <inheritdoc/>
    public async Task<(StreamReading? Reading, bool IsAfresh)> ReadAsync(StreamName stream, StreamLook look, CancellationToken stop) =>
        (streams.TryGetValue(stream, out HlsStream? known) ? await workers.Run(() => known.Read(paths, settings, look)) : null, isAfresh);

    /// <inheritdoc/>
    public void Forget(StreamName stream)
    {
        // What its files are is known from the folders, of which none is forgotten.
    }

    /// <inheritdoc/>
    public string PathOf(StreamName stream) => Path.Combine(
        baseFolder,
        streams.TryGetValue(stream, out HlsStream? known) ? known.Playlists.Keys.First()
            : stream.Quality == "default" ? $"{stream.Channel}.m3u8" : $"{stream.Channel}/{stream.Quality}.m3u8");

    private void Take(IReadOnlyList<FileChange<HlsFile>> changes)
    {
        HashSet<HlsStream> relisted = [];
        foreach (FileChange<HlsFile> change in changes)
        {
            Take(change, relisted);
            foreach (HlsStream stream in paths.Put((change.Now ?? change.Before)!.Path, change.Now))
            {
                stream.Change();
            }
        }

        foreach (HlsStream stream in relisted)
        {
            stream.List(paths);
        }
    }

    /// <summary>Gives a playlist to its stream, or takes it from there; the streams for which one came or went are to be listed again.</summary>
    private void Take(FileChange<HlsFile> change, HashSet<HlsStream> relisted)
    {
        if (change.Before?.Stream is { } before && streams.TryGetValue(before, out HlsStream? earlier)
            && change.Now?.Stream != before)
        {
            earlier.Playlists.Remove(change.Before.Path);
            relisted.Add(earlier);
            if (earlier.Playlists.Count == 0)
            {
                streams.TryRemove(before, out _);
            }
        }

        if (change.Now is { Stream: { } stream } now)
        {
            HlsStream known = streams.GetOrAdd(stream, _ => new());
            known.Playlists[now.Path] = now;
            relisted.Add(known);
        }
    }

    /// <summary>
    /// Says of each stream why it cannot be read: a playlist cannot, or a folder that it needs. A folder that no known
    /// stream needs may hold other streams: the result has one stream for that folder.
    /// </summary>
    private List<FoundStream> Fail(IReadOnlyList<UnreadableException> unreadable, IReadOnlyList<string> channels)
    {
        foreach (HlsStream stream in streams.Values)
        {
            stream.Failure = stream.Playlists.Values.Select(file => file.Failure).FirstOrDefault(failure => failure is not null);
        }

        List<FoundStream> unseen = [];
        foreach (UnreadableException failure in unreadable)
        {
            string folder = Path.GetRelativePath(baseFolder, failure.Path);
            List<HlsStream> failing = [.. streams.Values.Where(stream => stream.MayLieIn(folder))];
            failing.ForEach(stream => stream.Failure ??= failure);
            if (failing.Count == 0 && (channels.Count == 0 || channels.Any(channel => AreNested($"{channel}/", $"{folder}/"))))
            {
                unseen.Add(new(new(folder, "*"), failure));
            }
        }

        return unseen;

        static bool AreNested(string one, string other) =>
            one.StartsWith(other, StringComparison.Ordinal) || other.StartsWith(one, StringComparison.Ordinal);
    }
}
