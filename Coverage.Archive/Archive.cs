using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Coverage.Units;

namespace Coverage;

/// <summary>Where a stream lies in an archive.</summary>
/// <param name="Channel">The name of its channel.</param>
/// <param name="Quality">The name of its quality.</param>
/// <param name="Path">The path of its folder, which holds the folders of its hours.</param>
public sealed record StreamFolder(string Channel, string Quality, string Path);

/// <summary>
/// Reads recorded archives from disk, as semantics.md section 1 lays them out: BASE/CHANNEL/QUALITY/HOUR/segments.
/// Whatever vanishes meanwhile counts as never listed. What cannot be read for any other reason throws, with the path in
/// the message: there is no number then, rather than a hole that is not there.
/// </summary>
public static class Archive
{
    /// <summary>
    /// The streams of an archive: the folders BASE/CHANNEL/QUALITY in which some hour's folder holds a segment, in order of
    /// name. Hidden folders, lost+found, and folders whose names are not UTF-8 are left out. A stream whose hours cannot be
    /// read is among them: reading it says why.
    /// </summary>
    /// <param name="baseFolder">The path of the folder that holds the channels.</param>
    /// <exception cref="UnreadableException">There is no such folder, or it or a channel's cannot be read.</exception>
    public static StreamFolder[] Streams(string baseFolder)
    {
        MustBeThere(baseFolder);
        Found found = new StreamSearch(baseFolder, TimeProvider.System, StampPolicy.Auto).Streams([], [], _ => false);
        foreach (FoundStream stream in found.Streams)
        {
            if (stream.Failure is { } failure)
            {
                throw failure;
            }
        }

        return [.. found.Streams.Select(found => found.Stream)
            .Select(stream => new StreamFolder(stream.Channel, stream.Quality, stream.PathIn(baseFolder)))];
    }

    /// <summary>
    /// Reads the hours of a stream, in order, each into the value that <c>Report.ofFolders</c> takes. Suspect and partial
    /// segments have their sizes, so that the folders of one hour of several nodes can be put together; full ones need none.
    /// </summary>
    /// <param name="streamFolder">The path of the stream's folder, BASE/CHANNEL/QUALITY.</param>
    /// <exception cref="UnreadableException">There is no such folder, or a folder or a size cannot be read.</exception>
    public static HourFolder[] Read(string streamFolder)
    {
        using Folder? folder = Folder.Open(streamFolder);
        List<Hour> hours = (folder is null ? null : HourFolders.In(folder)?.Hours) ?? throw Missing(streamFolder);
        var reader = new HourReader(TimeProvider.System, StampPolicy.Auto, SizesAsked.All);
        return [.. hours
            .Select(hour => reader.Read(Path.Combine(streamFolder, hour.ToString()), hour, CancellationToken.None))
            .OfType<HourReading>()
            .Select(reading => reading.Folder)];
    }

    /// <summary>
    /// Reads a stream into all that is computed of it, as the program's <c>check</c> does: some hours at a time, keeping of
    /// each what the numbers need and not the segments. (That goes on where an hour cannot be read; this does not: a script
    /// that is not aware of it would take what is unread for lost.)
    /// </summary>
    /// <param name="settings">What the stream is checked with, for example <c>Report.defaults</c>.</param>
    /// <param name="streamFolder">The path of the stream's folder, BASE/CHANNEL/QUALITY.</param>
    /// <exception cref="UnreadableException">There is no such folder, or a folder or a size that decides cannot be read.</exception>
    public static StreamFacts Facts(Settings settings, string streamFolder)
    {
        var reader = new HourReader(TimeProvider.System, StampPolicy.Auto);
        var watch = new StreamWatch(streamFolder, settings, StampPolicy.Auto, reader, new Workers(), TimeProvider.System);
        StreamReading? reading = watch.CheckAsync(afresh: true, null, CancellationToken.None).GetAwaiter().GetResult();
        return reading is null ? throw Missing(streamFolder)
            : reading.Unread is [{ Failure: var failure }, ..] ? throw failure
            : reading.Facts;
    }

    /// <exception cref="UnreadableException">There is no such folder, or it cannot be read.</exception>
    internal static void MustBeThere(string path)
    {
        using Folder? folder = Folder.Open(path);
        if (folder?.StampOf() is null)
        {
            throw Missing(path);
        }
    }

    private static UnreadableException Missing(string path) => new(path, $"there is no folder {Engine.Printable(path)}");
}
