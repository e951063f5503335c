using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;
using Microsoft.FSharp.Core;

namespace Coverage;

/// <summary>A file of an archive of another layout, as it was last looked at.</summary>
/// <param name="Path">Its path below the archive.</param>
/// <param name="Stream">The stream that its path names.</param>
/// <param name="Written">When it starts, as its path says; null where its date is no date.</param>
/// <param name="Stamp">What moves when it is written to; null where it is not looked at.</param>
/// <param name="Said">What its bytes say; null where it is not opened.</param>
internal sealed record MediaFile(
    string Path, StreamName Stream, WrittenTime? Written, FileStamp? Stamp, FSharpResult<Media, MediaFault>? Said)
{
    /// <summary>When it was last written to.</summary>
    public Instant? Modified => Stamp is { } stamp
        ? new((stamp.Modified.Seconds * 1_000_000) + (stamp.Modified.Nanoseconds / 1000)) : null;
}

/// <summary>What lies in an archive of another layout.</summary>
/// <param name="Files">The files that fit the template.</param>
/// <param name="PassedOver">How many do not.</param>
/// <param name="Unreadable">What cannot be read.</param>
internal sealed record MediaListing(IReadOnlyCollection<MediaFile> Files, int PassedOver, IReadOnlyList<UnreadableException> Unreadable);

/// <summary>
/// Lists the files of an archive of another layout again and again, and asks them how long they are. It remembers what it was told: a
/// later listing opens folders whose stamps moved, and files that are new or may have changed.
/// </summary>
/// <param name="baseFolder">The archive.</param>
/// <param name="layout">The template that paths are read with.</param>
/// <param name="opens">Whether files are asked how long they are.</param>
/// <param name="stamps">Whether stamps of folders are trusted.</param>
/// <param name="workers">The threads that read.</param>
/// <param name="time">The clock that tells how old a stamp is.</param>
internal sealed class MediaTree(
    string baseFolder, Template layout, bool opens, StampPolicy stamps, Workers workers, TimeProvider time)
{
    /// <summary>A file that was written to so lately may be written to again, which moves no folder's stamp.</summary>
    private static readonly TimeSpan Restless = TimeSpan.FromHours(1);

    /// <summary>How deep folders are looked into: a link may lead in circles.</summary>
    private const int Deepest = 32;

    private Dictionary<string, KnownFolder> known = [];

    /// <summary>A folder as it was last listed.</summary>
    private sealed record KnownFolder(
        FolderStamp Stamp, bool IsSettled, IReadOnlyList<string> Folders, IReadOnlyDictionary<string, MediaFile?> Files);

    /// <summary>Lists the archive.</summary>
    /// <param name="afresh">Whether everything is looked at again.</param>
    /// <param name="stop">Ends it before its time.</param>
    /// <exception cref="UnreadableException">The archive's own folder cannot be read.</exception>
    public async Task<MediaListing> ListAsync(bool afresh, CancellationToken stop)
    {
        var listed = new ConcurrentDictionary<string, KnownFolder>();
        var unreadable = new ConcurrentBag<UnreadableException>();
        await ListAsync("", 0);
        known = new(listed);
        List<MediaFile> files =
            [.. known.Values.SelectMany(folder => folder.Files.Values).OfType<MediaFile>().OrderBy(file => file.Path, StringComparer.Ordinal)];
        return new(
            files,
            known.Values.Sum(folder => folder.Files.Values.Count(file => file is null)),
            [.. unreadable.OrderBy(one => one.Path, StringComparer.Ordinal)]);

        async Task ListAsync(string path, int depth)
        {
            try
            {
                if (await workers.Run(() => Read(path, afresh, stop)) is { } folder)
                {
                    listed[path] = folder;
                    await Task.WhenAll(depth == Deepest ? [] : folder.Folders.Select(name => ListAsync(Below(path, name), depth + 1)));
                }
            }
            catch (UnreadableException e) when (path.Length > 0)
            {
                // What was known of it stays: it is not gone.
                unreadable.Add(e);
                foreach ((string at, KnownFolder folder) in known.Where(one => one.Key == path || one.Key.StartsWith(path + "/", StringComparison.Ordinal)))
                {
                    listed[at] = folder;
                }
            }
        }
    }

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";

    /// <summary>Lists a folder, unless its stamp tells that nothing changed, and looks at its files; null when it is gone.</summary>
    private KnownFolder? Read(string path, bool afresh, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using Folder? folder = Folder.Open(System.IO.Path.Combine(baseFolder, path));
        DateTimeOffset now = time.GetUtcNow();
        if (folder?.StampOf() is not { } stamp)
        {
            return null;
        }

        KnownFolder? before = known.GetValueOrDefault(path);
        bool isSame = !afresh && before is { IsSettled: true } && before.Stamp == stamp;
        var (folders, names, hasLinks) = isSame ? (before!.Folders, before.Files.Keys, false) : Entries(folder);
        var files = new Dictionary<string, MediaFile?>();
        foreach (string name in names)
        {
            stop.ThrowIfCancellationRequested();
            if (before is not null && before.Files.TryGetValue(name, out MediaFile? old) && !(afresh && old is not null))
            {
                if (old is null || !MayChange(old, now))
                {
                    files[name] = old;
                    continue;
                }
            }
            else
            {
                old = null;
            }

            if (Look(folder, path, name, old, out MediaFile? file))
            {
                files[name] = file;
            }
        }

        return new(stamp, !hasLinks && stamp.IsSettledAt(now, folder.TrustOf(stamps)), folders, files);
    }

    private static (IReadOnlyList<string> Folders, IEnumerable<string> Files, bool HasLinks) Entries(Folder folder)
    {
        (List<string> folders, List<string> files, bool hasLinks) = ([], [], false);
        folder.ForEach((name, type) =>
        {
            hasLinks |= type is EntryType.Link or EntryType.Unknown;
            string text = Encoding.UTF8.GetString(name);
            EntryKind kind = name[0] == (byte)'.' || text == "lost+found" ? EntryKind.Gone : folder.KindOf(name, type);
            if (kind != EntryKind.Gone)
            {
                (kind == EntryKind.Folder ? folders : files).Add(text);
            }
        });
        folders.Sort(StringComparer.Ordinal);
        return (folders, files, hasLinks);
    }

    /// <summary>Whether a file may have changed though the stamp of its folder has not moved.</summary>
    private static bool MayChange(MediaFile file, DateTimeOffset now) =>
        file.Stamp is { } stamp && stamp.Modified.Seconds > (now - Restless).ToUnixTimeSeconds();

    /// <summary>Looks at a file; false when it is gone. One that does not fit the template is null.</summary>
    private bool Look(Folder folder, string path, string name, MediaFile? old, out MediaFile? file)
    {
        string whole = Below(path, name);
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        LayoutReading reading = Layout.read(layout, Encoding.UTF8.GetBytes(whole));
        file = null;
        switch (reading)
        {
            case LayoutReading.NoDate bad:
                file = new(whole, StreamOf(bad.names), null, null, null);
                return true;
            case LayoutReading.Fits fits when !opens:
                file = new(whole, StreamOf(fits.names), fits.time, folder.FileStampOf(bytes), null);
                return file.Stamp is { IsRegular: true };
            case LayoutReading.Fits when old is not null && folder.FileStampOf(bytes) == old.Stamp:
                file = old;
                return true;
            case LayoutReading.Fits fits:
                if (MediaProbe.Read(folder, bytes) is not var (stamp, said))
                {
                    return false;
                }

                file = new(whole, StreamOf(fits.names), fits.time, stamp, said);
                return true;
            default:
                return true;
        }
    }

    private static StreamName StreamOf(string[] names)
    {
        (string channel, string quality) = Layout.streamOf(names);
        return new(channel, quality);
    }
}
