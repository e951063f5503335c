using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Coverage;

/// <summary>
/// The files of an archive of playlists, and the streams whose playlists list them. What no playlist lists is counted as files
/// and playlists come and go, so that a change costs no more than it touches.
/// </summary>
internal sealed class HlsPaths
{
    /// <summary>What the names of media files end in.</summary>
    private static readonly FrozenSet<string> MediaEndings = new[]
    {
        ".ts", ".m2ts", ".mts", ".m4s", ".mp4", ".m4v", ".m4a", ".m4f", ".cmfv", ".cmfa", ".mov", ".aac", ".ac3", ".eac3", ".mp3", ".ogg",
        ".opus", ".webm", ".weba", ".mkv", ".mka", ".flv",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> unlistedByFolder = new(StringComparer.Ordinal);

    /// <summary>What a path is.</summary>
    private sealed class Entry
    {
        public HlsFile? File { get; set; }

        /// <summary>The streams that list it; hardly ever more than one, and an array of one is shared.</summary>
        public HlsStream[] By { get; set; } = [];
    }

    /// <summary>How many media files no playlist lists.</summary>
    public int Unlisted { get; private set; }

    /// <summary>How many other files no playlist lists, but for playlists.</summary>
    public int PassedOver { get; private set; }

    /// <summary>Whether a folder has media files that no playlist lists.</summary>
    public bool HasUnlisted(string folder) => unlistedByFolder.ContainsKey(folder);

    /// <summary>The file of a path; null when there is none.</summary>
    public HlsFile? FileOf(string path) => entries.TryGetValue(path, out Entry? entry) ? entry.File : null;

    /// <summary>The file of a path is another now, or gone: the streams that list it.</summary>
    public IReadOnlyList<HlsStream> Put(string path, HlsFile? file)
    {
        HlsStream[] by = [];
        Change(path, entry =>
        {
            entry.File = file;
            by = entry.By;
        });
        return by;
    }

    /// <summary>A stream lists a path that it did not list.</summary>
    public void List(string path, HlsStream stream) =>
        Change(path, entry => entry.By = entry.By.Length == 0 ? stream.Alone : [.. entry.By, stream]);

    /// <summary>A stream lists a path no more.</summary>
    public void Unlist(string path, HlsStream stream) => Change(path, entry => entry.By = [.. entry.By.Where(one => one != stream)]);

    private void Change(string path, Action<Entry> change)
    {
        if (!entries.TryGetValue(path, out Entry? entry))
        {
            entries[path] = entry = new();
        }

        Count(path, entry, -1);
        change(entry);
        Count(path, entry, 1);
        if (entry is { File: null, By: [] })
        {
            entries.Remove(path);
        }
    }

    private void Count(string path, Entry entry, int one)
    {
        if (entry is not { File: { Playlist: null }, By: [] })
        {
            return;
        }

        if (!MediaEndings.Contains(Path.GetExtension(path)))
        {
            PassedOver += one;
            return;
        }

        Unlisted += one;
        string folder = HlsLook.FolderOf(path);
        int count = unlistedByFolder.GetValueOrDefault(folder) + one;
        if (count == 0)
        {
            unlistedByFolder.Remove(folder);
        }
        else
        {
            unlistedByFolder[folder] = count;
        }
    }
}
