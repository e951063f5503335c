using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Coverage;

/// <summary>A file of an archive of playlists (semantics.md section 13).</summary>
/// <param name="Path">Its path below the archive.</param>
/// <param name="Stamp">What moves when it is written to; null where it was not looked at.</param>
/// <param name="Playlist">What it is as a playlist; null when it is none.</param>
/// <param name="Failure">Why it cannot be read; null for nothing.</param>
internal sealed record HlsFile(
    string Path, FileStamp? Stamp, Playlist? Playlist = null, UnreadableException? Failure = null) : ListedFile(Path, Stamp, Failure)
{
    /// <inheritdoc/>
    public override bool IsRewritten => Playlist is not null;

    /// <summary>The stream of its segments; null when it is no playlist, or one of playlists.</summary>
    public StreamName? Stream => Playlist is { Said: not { IsOfPlaylists: true } } ? Playlist.Stream : null;
}

/// <summary>What is known of a playlist.</summary>
/// <param name="Stream">The stream that its path names.</param>
/// <param name="Said">What it says; null where it was never read.</param>
/// <param name="IsWhole">Whether it ends as playlists end. One that does not may have been read while it was written.</param>
/// <param name="IsSettled">Whether the file was read so long after its last change that every later change moves its stamp.</param>
/// <param name="IsDoubted">Whether the latest look found what may be a part of it, and so left what was known.</param>
internal sealed record Playlist(StreamName Stream, HlsPlaylist? Said, bool IsWhole, bool IsSettled, bool IsDoubted = false)
{
    /// <summary>Its segments; null where it lists none.</summary>
    public HlsList? List => (Said as HlsPlaylist.OfSegments)?.Item;
}

/// <summary>Looks at the files of an archive of playlists: those are read, of all others the size is asked.</summary>
/// <param name="time">The clock that tells how old a stamp is.</param>
internal sealed class HlsLook(TimeProvider time) : IFileLook<HlsFile>
{
    /// <summary>What a playlist's name ends in.</summary>
    private const string Ending = ".m3u8";

    /// <summary>No playlist is longer: two million segments.</summary>
    private const long Longest = 256 * 1024 * 1024;

    /// <summary>How often a playlist that changes while it is read is read again.</summary>
    private const int Patience = 4;

    /// <summary>How long it may take to write a playlist.</summary>
    private static readonly TimeSpan Writing = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public bool Look(Folder folder, byte[] name, string path, HlsFile? before, out HlsFile? file)
    {
        bool isPlaylist = path.EndsWith(Ending, StringComparison.Ordinal);
        try
        {
            file = isPlaylist ? Read(folder, name, path, before) : Ask(folder, name, path, before);
        }
        catch (UnreadableException e)
        {
            // What was known of a playlist stays: its segments are not gone.
            file = before?.Failure?.Message == e.Message ? before : new HlsFile(path, null, isPlaylist ? before?.Playlist ?? Unknown(path) : null, e);
        }

        return file is not null;
    }

    /// <summary>The stream that the path of a playlist names.</summary>
    private static StreamName StreamOf(string path)
    {
        (string channel, string quality) = Layout.streamOf([path[..^Ending.Length]]);
        return new(channel, quality);
    }

    private static Playlist Unknown(string path) => new(StreamOf(path), null, IsWhole: false, IsSettled: false);

    private static HlsFile? Ask(Folder folder, byte[] name, string path, HlsFile? before) =>
        folder.FileStampOf(name) is not { IsRegular: true } stamp ? null
        : before is { Failure: null } && before.Stamp == stamp ? before
        : new(path, stamp);

    /// <summary>Reads a playlist, unless it is as it was; null when it is gone.</summary>
    private HlsFile? Read(Folder folder, byte[] name, string path, HlsFile? before)
    {
        StreamName stream = before?.Playlist?.Stream ?? StreamOf(path);
        for (int attempt = 1; ; attempt++)
        {
            if (folder.FileStampOf(name) is not { IsRegular: true } stamp)
            {
                return null;
            }

            if (before is { Failure: null, Playlist.IsSettled: true } && before.Stamp == stamp)
            {
                return before;
            }

            // Two changes within a tick of the file system's clock may have one stamp.
            bool isSettled = !stamp.IsYoungerThan(folder.TrustOf(StampPolicy.Auto).Margin, time.GetUtcNow());
            byte[]? bytes = BytesOf(folder, name, stamp.Size);
            if (bytes is null || folder.FileStampOf(name) != stamp)
            {
                // It was written to meanwhile, or it is another file now.
                if (attempt == Patience)
                {
                    string full = folder.PathOf(name);
                    throw new UnreadableException(full, $"cannot read {Engine.Printable(full)}: it is written to all the while");
                }

                continue;
            }

            var now = new Playlist(stream, Hls.read(FolderOf(path), bytes), bytes is [.., (byte)'\n'], isSettled);
            if (before?.Playlist is { Said: not null, IsDoubted: false } known && MayBePart(known, now))
            {
                return before with { Failure = null, Playlist = known with { IsSettled = false, IsDoubted = true } };
            }

            if (before?.Playlist?.Said is not null || isSettled || attempt == Patience || (now.IsWhole && now.List is { Segments: not [] }))
            {
                return new(path, stamp, now);
            }

            // The first look at one that was written just now, and that does not end as playlists do.
            Thread.Sleep(Writing);
        }
    }

    /// <summary>
    /// Whether what was read may be the beginning of a playlist that was being written: it ends in the middle, or it ends with a
    /// segment that was listed earlier with others after it.
    /// </summary>
    private static bool MayBePart(Playlist before, Playlist now)
    {
        if (before.List is not { Segments: [.., var last] segments })
        {
            return false;
        }

        if (now.List is not { Segments: [.., var end] } || (before.IsWhole && !now.IsWhole))
        {
            return true;
        }

        return !AreSame(last, end) && segments.Any(one => AreSame(one, end));

        static bool AreSame(HlsSegment one, HlsSegment other) => one.From == other.From && one.Path == other.Path;
    }

    /// <summary>The folder of a path below the archive; empty for the archive itself.</summary>
    public static string FolderOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    /// <summary>All bytes of a file; null when they are not so many, or the file is gone.</summary>
    private static byte[]? BytesOf(Folder folder, byte[] name, long size)
    {
        string path = folder.PathOf(name);
        if (size > Longest)
        {
            throw new UnreadableException(
                path, $"cannot read {Engine.Printable(path)}: it has more than {Longest / 1024 / 1024} MiB, which no playlist has");
        }

        using SafeFileHandle? file = folder.OpenFile(name);
        if (file is null)
        {
            return null;
        }

        try
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)size);
            int length = 0;
            while (length < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(length), length) is > 0 and var read)
            {
                length += read;
            }

            return length == bytes.Length ? bytes : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableException(path, $"cannot read {Engine.Printable(path)}: {Engine.Printable(e.Message)}");
        }
    }
}
