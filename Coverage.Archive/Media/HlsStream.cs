using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage;

/// <summary>A stream of an archive of playlists: what the playlists of its name list (semantics.md section 13).</summary>
internal sealed class HlsStream
{
    private HashSet<string> listed = [];
    private HashSet<string> folders = [];

    private StreamReading? latest;
    private StreamLook? lookedAt;

    public HlsStream() => Alone = [this];

    /// <summary>The stream alone.</summary>
    public HlsStream[] Alone { get; }

    /// <summary>Its playlists by their paths: one, unless a name at the top meets one of a folder (a.m3u8, a/default.m3u8).</summary>
    public SortedDictionary<string, HlsFile> Playlists { get; } = new(StringComparer.Ordinal);

    /// <summary>Why it cannot be read at this look; null when it can.</summary>
    public UnreadableException? Failure { get; set; }

    /// <summary>Something of it has changed.</summary>
    public void Change() => latest = null;

    /// <summary>Lists what its playlists list now, and no more what they listed before.</summary>
    public void List(HlsPaths paths)
    {
        HashSet<string> now = new(StringComparer.Ordinal);
        HashSet<string> within = new(Playlists.Keys.Select(HlsLook.FolderOf), StringComparer.Ordinal);
        foreach (HlsList list in Playlists.Values.Select(file => file.Playlist!.List).OfType<HlsList>())
        {
            now.UnionWith(list.Beside);
            foreach (HlsSegment segment in list.Segments)
            {
                if (segment.Path.Length > 0 && now.Add(segment.Path))
                {
                    within.Add(HlsLook.FolderOf(segment.Path));
                }
            }
        }

        foreach (string path in listed.Where(path => !now.Contains(path)))
        {
            paths.Unlist(path, this);
        }

        foreach (string path in now.Where(path => !listed.Contains(path)))
        {
            paths.List(path, this);
        }

        (listed, folders) = (now, within);
        Change();
    }

    /// <summary>Whether a folder that cannot be read may hold something of it.</summary>
    public bool MayLieIn(string folder) =>
        folders.Any(one => one == folder || one.StartsWith(folder + "/", StringComparison.Ordinal));

    /// <summary>Reads it.</summary>
    /// <exception cref="UnreadableException">A playlist of it cannot be read.</exception>
    public StreamReading Read(HlsPaths paths, Settings settings, StreamLook look)
    {
        if (Failure is not null)
        {
            throw new UnreadableException(Failure.Path, Failure.Message);
        }

        if (latest is null || lookedAt is not { } before
            || (before.LastHour, Hour.Of(before.Now)) != (look.LastHour, Hour.Of(look.Now)))
        {
            latest = HoursOf(paths, settings).Read(look);
            lookedAt = look;
        }

        // Files of others may come and go beside it, which changes nothing else.
        bool hasDropped = Playlists.Values.Any(file => file.Playlist!.List is { First: > 0, IsEnded: false })
            && folders.Any(paths.HasUnlisted);
        MediaFacts facts = latest.Media!;
        return facts.HasDropped == hasDropped ? latest : latest = latest with { Media = facts with { HasDropped = hasDropped } };
    }

    /// <summary>What its playlists list and what is there of it, by hours.</summary>
    private MediaHours HoursOf(HlsPaths paths, Settings settings)
    {
        var segments = new List<(Segment Segment, string Path)>();
        var unread = new SortedDictionary<int, UnreadHour>();
        var bad = ImmutableArray.CreateBuilder<(string, string)>();
        int unplaced = 0;
        bool leadsElsewhere = false;
        foreach ((string path, HlsFile playlist) in Playlists)
        {
            if (playlist.Playlist!.Said is HlsPlaylist.Wrong wrong)
            {
                bad.Add((path, $"line {wrong.line}: {wrong.why}"));
            }

            foreach (HlsSegment listed in playlist.Playlist.List?.Segments ?? [])
            {
                if (listed.IsGap)
                {
                    continue;
                }

                HlsFile? file = paths.FileOf(listed.Path);
                leadsElsewhere |= listed.Path.Length == 0;
                if (file is { Failure: { } failure })
                {
                    if (listed.IsDated)
                    {
                        Hour hour = Hour.Of(new(listed.Start));
                        unread.TryAdd(hour.Number, new(hour, failure));
                    }
                }
                else if (BytesOf(listed, file?.Stamp?.Size ?? 0) is > 0 and var bytes)
                {
                    if (listed.IsDated)
                    {
                        segments.Add((new(listed.Start, listed.Length, bytes, SegmentKind.Full), listed.Path));
                    }
                    else
                    {
                        unplaced++;
                    }
                }
            }
        }

        ImmutableArray<(Segment Segment, string Path)> inOrder =
            [.. segments.OrderBy(one => one.Segment.Start).ThenBy(one => one.Path, StringComparer.Ordinal)];
        return new(
            [
                .. inOrder.GroupBy(one => Hour.Of(new(one.Segment.Start)).Number)
                    .Where(hour => !unread.ContainsKey(hour.Key))
                    .Select(hour => new HourFolder(hour.Key, [.. hour.Select(one => one.Segment)], bad: 0)),
            ],
            [.. unread.Values],
            new(settings, HlsStreams.Resolution, inOrder, unplaced, 0, bad.ToImmutable(), OffBy: null, IsThin: false, leadsElsewhere));
    }

    /// <summary>How many bytes of a segment there are in its file of a size.</summary>
    private static long BytesOf(HlsSegment listed, long size) =>
        listed.Bytes < 0 ? size : Math.Min(listed.Bytes, size - listed.From);
}
