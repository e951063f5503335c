using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Unicode;
using System.Threading;
using System.Threading.Tasks;

namespace Coverage;

/// <summary>
/// The streams of an archive whose files a template names, as a list of them says: all is what it would be on a disk with those
/// files, of which none is opened (semantics.md section 13).
/// </summary>
/// <param name="source">The list.</param>
/// <param name="leftOut">The path of a folder that is not looked into.</param>
/// <param name="rules">By what rules files become segments.</param>
internal sealed class NamedMediaStreams(ListSource source, string leftOut, MediaRules rules) : IRecordedStreams
{
    /// <summary>The files of each stream; null until the list is read.</summary>
    private Dictionary<StreamName, List<MediaFile>>? streams;

    private int passedOver;
    private string? example;

    private readonly SortedSet<string> unnameable = new(StringComparer.Ordinal);

    /// <summary>What the lines say, while they are read.</summary>
    private sealed class Tree
    {
        /// <summary>The size of each file by its path; -1 where it is not known.</summary>
        public Dictionary<string, long> Files { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Folders { get; } = new(StringComparer.Ordinal);

        /// <summary>The files whose names are not UTF-8, safe on one line.</summary>
        public HashSet<string> Unnamed { get; } = new(StringComparer.Ordinal);

        /// <summary>The folder of the latest line as it was written, and its path: a list goes from folder to folder.</summary>
        public (byte[] Written, string? Path) Latest { get; set; } = ([], "");
    }

    /// <inheritdoc/>
    public UnreadableException? WhyUnreadable() => null;

    /// <inheritdoc/>
    public async Task<Found> SearchAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown, CancellationToken stop)
    {
        if (streams is null)
        {
            await ListSource.ReadAsync(() => streams = Read(stop), stop);
        }

        return new Found(StreamsAsked.Of(streams!.Keys, channels, qualities), unnameable, new(passedOver) { Example = example });
    }

    /// <inheritdoc/>
    public Task<(StreamReading? Reading, bool IsAfresh)> ReadAsync(StreamName stream, StreamLook look, CancellationToken stop) =>
        Task.FromResult((
            streams!.TryGetValue(stream, out List<MediaFile>? files) ? MediaHours.Of(files, rules, look.Now).Read(look) : null, true));

    /// <inheritdoc/>
    public void Forget(StreamName stream)
    {
        // A list does not change.
    }

    /// <inheritdoc/>
    public string PathOf(StreamName stream) => source.Path;

    private Dictionary<StreamName, List<MediaFile>> Read(CancellationToken stop)
    {
        var tree = new Tree();
        ListedPaths.ForEach(source, (folder, name, size) => Take(tree, folder, name, size), stop);
        var look = new MediaLook(rules.Layout, opens: false);
        Dictionary<StreamName, List<MediaFile>> found = [];
        foreach ((string path, long size) in tree.Files)
        {
            if (tree.Folders.Contains(path))
            {
                // A list may name folders as it names files.
            }
            else if (look.Listed(path, size) is not { } file)
            {
                passedOver++;
                example = LeftOut.Better(example, path);
            }
            else if (found.TryGetValue(file.Stream, out List<MediaFile>? files))
            {
                files.Add(file);
            }
            else
            {
                found[file.Stream] = [file];
            }
        }

        return found;
    }

    private void Take(Tree tree, ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name, long size)
    {
        if (!folder.SequenceEqual(tree.Latest.Written))
        {
            tree.Latest = (folder.ToArray(), FolderOf(tree, folder));
        }

        if (tree.Latest.Path is { } path && !name.IsEmpty && !IsLeftOut(name))
        {
            if (!Utf8.IsValid(name))
            {
                passedOver += tree.Unnamed.Add(Below(path, Engine.Printable(name))) ? 1 : 0;
                return;
            }

            string file = Below(path, Encoding.UTF8.GetString(name));
            if (size >= 0 || !tree.Files.ContainsKey(file))
            {
                tree.Files[file] = size;
            }
        }
    }

    /// <summary>The path of a folder, which is then known with those it lies in; null when it is not looked into.</summary>
    private string? FolderOf(Tree tree, ReadOnlySpan<byte> written)
    {
        string path = "";
        while (ListedPaths.TryTakePart(ref written, out ReadOnlySpan<byte> part))
        {
            if (IsLeftOut(part))
            {
                return null;
            }

            if (!Utf8.IsValid(part))
            {
                unnameable.Add(Below(path, Engine.Printable(part)));
                return null;
            }

            path = Below(path, Encoding.UTF8.GetString(part));
            tree.Folders.Add(path);
            if (path == leftOut)
            {
                return null;
            }
        }

        return path;
    }

    /// <summary>Hidden, or for a file system's own repairs.</summary>
    private static bool IsLeftOut(ReadOnlySpan<byte> name) => name[0] == (byte)'.' || name.SequenceEqual("lost+found"u8);

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";
}
