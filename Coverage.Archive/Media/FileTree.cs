using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using System.Threading;
using System.Threading.Tasks;

namespace Coverage;

/// <summary>
/// Lists the files of an archive again and again, in folders as they lie. It remembers what it was told: a later listing opens
/// folders whose stamps moved, and looks at files that are new or may have changed.
/// </summary>
/// <param name="baseFolder">The archive.</param>
/// <param name="leftOut">The path below it of a folder that is not looked into.</param>
/// <param name="look">What looks at files.</param>
/// <param name="stamps">Whether stamps of folders are trusted.</param>
/// <param name="workers">The threads that read.</param>
/// <param name="time">The clock that tells how old a stamp is.</param>
internal sealed class FileTree<T>(
    string baseFolder, string leftOut, IFileLook<T> look, StampPolicy stamps, Workers workers, TimeProvider time)
    where T : ListedFile
{
    /// <summary>A file that was written to so lately may be written to again, which moves no folder's stamp.</summary>
    private static readonly TimeSpan Restless = TimeSpan.FromHours(1);

    /// <summary>How deep folders are looked into: a link may lead in circles.</summary>
    private const int Deepest = 32;

    /// <summary>How many files a worker looks at before another one's turn.</summary>
    private const int AtATime = 128;

    private readonly ConcurrentDictionary<string, KnownFolder> known = [];

    /// <summary>What was found and not handed out: a listing may be ended before its time.</summary>
    private readonly ConcurrentQueue<FileChange<T>> changes = [];

    /// <summary>How many folders are open at a time.</summary>
    private readonly SemaphoreSlim open = new(Workers.Ahead);

    /// <summary>A folder as it was last listed.</summary>
    private sealed class KnownFolder
    {
        /// <summary>Its stamp, when whatever changes its entries must move it; null for listing it again.</summary>
        public FolderStamp? Settled { get; set; }

        public IReadOnlyList<string> Folders { get; set; } = [];

        public IReadOnlyCollection<string> Unnameable { get; set; } = [];

        /// <summary>By name.</summary>
        public Dictionary<string, KnownFile> Files { get; } = [];

        public int PassedOver { get; set; }

        /// <summary>How many more files have names that are not UTF-8: none of them is the recorder's.</summary>
        public int Unnamed { get; set; }

        /// <summary>The one of those that are passed over that is named, if any is; null where it is to be found.</summary>
        public string? Example { get; set; }

        /// <summary>The names of those that may change though the folder does not.</summary>
        public HashSet<string> Restless { get; } = [];

        /// <summary>How often it was listed.</summary>
        public int Listings { get; set; }
    }

    /// <summary>A file of a folder.</summary>
    /// <param name="File">What it is; null is none of the recorder's.</param>
    /// <param name="Listing">The listing of the folder that last had it.</param>
    private record struct KnownFile(T? File, int Listing);

    /// <summary>A folder on the way to another: a link may lead back to it.</summary>
    private sealed record Ancestor(ulong Device, ulong Inode, Ancestor? Before)
    {
        public bool Has(FolderStamp stamp) =>
            ((Device, Inode) == (stamp.Device, stamp.Inode)) || (Before?.Has(stamp) ?? false);
    }

    /// <summary>A listing while it is made.</summary>
    private sealed record Round(bool Afresh, CancellationToken Stop)
    {
        public ConcurrentDictionary<string, bool> Met { get; } = [];

        public ConcurrentBag<UnreadableException> Unreadable { get; } = [];
    }

    /// <summary>Lists the archive.</summary>
    /// <param name="afresh">Whether every file is looked at again.</param>
    /// <param name="stop">Ends it before its time.</param>
    /// <exception cref="UnreadableException">The archive's own folder cannot be read.</exception>
    public async Task<TreeListing<T>> ListAsync(bool afresh, CancellationToken stop)
    {
        using Folder top = Folder.Open(baseFolder)
            ?? throw new UnreadableException(baseFolder, $"there is no folder {Engine.Printable(baseFolder)}");
        var round = new Round(afresh, stop);
        await VisitAsync(top, "", null, 0, round);
        foreach (string path in known.Keys.Where(path => !round.Met.ContainsKey(path)))
        {
            Drop(path);
        }

        List<FileChange<T>> found = [];
        while (changes.TryDequeue(out FileChange<T> change))
        {
            found.Add(change);
        }

        return new(
            found,
            PassedOver(),
            [.. round.Unreadable.OrderBy(one => one.Path, StringComparer.Ordinal)],
            [.. known.Values.SelectMany(folder => folder.Unnameable).Order(StringComparer.Ordinal)]);
    }

    /// <summary>How many files are none of the recorder's, and one of them: a media file before any other.</summary>
    private LeftOut PassedOver()
    {
        string? example = null;
        foreach ((string path, KnownFolder folder) in known)
        {
            folder.Example ??= folder.PassedOver == 0 ? null
                : folder.Files.Where(file => file.Value.File is null).Select(file => file.Key).Aggregate(default(string), LeftOut.Better);
            example = folder.Example is null ? example : LeftOut.Better(example, Below(path, folder.Example));
        }

        return new(known.Values.Sum(folder => folder.PassedOver + folder.Unnamed)) { Example = example };
    }

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";

    private async Task VisitAsync(Folder top, string path, Ancestor? before, int depth, Round round)
    {
        KnownFolder folder;
        FolderStamp stamp;
        try
        {
            if (await ReadAsync(top, path, before, round) is not var (read, at))
            {
                return;
            }

            (folder, stamp) = (read, at);
        }
        catch (UnreadableException e) when (path.Length > 0)
        {
            // What is known of it stays: it is not gone.
            round.Unreadable.Add(e);
            foreach (string at in known.Keys.Where(at => at == path || at.StartsWith(path + "/", StringComparison.Ordinal)))
            {
                round.Met[at] = true;
            }

            return;
        }

        round.Met[path] = true;
        var here = new Ancestor(stamp.Device, stamp.Inode, before);
        await Task.WhenAll(depth == Deepest ? []
            : folder.Folders.Select(name => VisitAsync(top, Below(path, name), here, depth + 1, round)));
    }

    /// <summary>
    /// What lies in a folder, listed again unless its stamp tells that nothing changed; null when it is gone, or a link leads
    /// from it back to itself.
    /// </summary>
    private async Task<(KnownFolder Folder, FolderStamp Stamp)?> ReadAsync(Folder top, string path, Ancestor? before, Round round)
    {
        KnownFolder? known = this.known.GetValueOrDefault(path);
        await open.WaitAsync(round.Stop);
        try
        {
            if (!round.Afresh && known is { Settled: { } settled, Restless.Count: 0 }
                && await workers.Run(() => top.StampOf(Encoding.UTF8.GetBytes(path))) == settled)
            {
                return (known, settled);
            }

            DateTimeOffset now = time.GetUtcNow();
            using Folder? folder = await workers.Run(() => Folder.Open(System.IO.Path.Combine(baseFolder, path)));
            if (folder is null || await workers.Run(() => folder.StampOf()) is not { } stamp || before?.Has(stamp) == true)
            {
                return null;
            }

            known ??= new();
            await ListAsync(folder, path, known, stamp, now, round);
            this.known[path] = known;
            return (known, stamp);
        }
        finally
        {
            open.Release();
        }
    }

    private async Task ListAsync(
        Folder folder, string path, KnownFolder known, FolderStamp stamp, DateTimeOffset now, Round round)
    {
        if (!round.Afresh && known.Settled == stamp)
        {
            string[] restless = [.. known.Restless];
            Take(known, restless, await LookAsync(folder, path, known, restless, round), now);
            return;
        }

        // A listing that breaks off leaves a folder that is listed again.
        known.Settled = null;
        (List<string> looked, bool isSettled) = await workers.Run(() => Entries(folder, path, known, round.Afresh));
        Take(known, looked, await LookAsync(folder, path, known, looked, round), now);
        known.Settled = isSettled && stamp.IsSettledAt(now, folder.TrustOf(stamps)) ? stamp : null;
    }

    /// <summary>Looks at files of a folder.</summary>
    private async Task<(bool IsThere, T? File)[]> LookAsync(
        Folder folder, string path, KnownFolder known, IReadOnlyList<string> names, Round round)
    {
        var found = new (bool IsThere, T? File)[names.Count];
        await Task.WhenAll(Enumerable.Range(0, (names.Count + AtATime - 1) / AtATime).Select(some => workers.Run(() =>
        {
            int end = Math.Min(names.Count, (some + 1) * AtATime);
            for (int at = some * AtATime; at < end; at++)
            {
                round.Stop.ThrowIfCancellationRequested();
                string name = names[at];
                T? before = known.Files.GetValueOrDefault(name).File;
                found[at].IsThere = look.Look(folder, Encoding.UTF8.GetBytes(name), Below(path, name), before, out found[at].File);
            }
        })));
        return found;
    }

    /// <summary>
    /// Lists a folder, and forgets its files that are gone: the names to be looked at, and whether every change of an entry
    /// moves the folder's stamp.
    /// </summary>
    private (List<string> Looked, bool IsSettled) Entries(Folder folder, string path, KnownFolder known, bool afresh)
    {
        List<string> folders = [], looked = [], unnameable = [];
        Dictionary<string, KnownFile>.AlternateLookup<ReadOnlySpan<char>> files = known.Files.GetAlternateLookup<ReadOnlySpan<char>>();
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> restless = known.Restless.GetAlternateLookup<ReadOnlySpan<char>>();
        int listing = ++known.Listings, met = 0, unnamed = 0;
        bool hasLinks = false;
        bool isThere = folder.ForEach((bytes, type, inode) =>
        {
            if (bytes[0] == (byte)'.' || bytes.SequenceEqual("lost+found"u8))
            {
                return;
            }

            hasLinks |= type is EntryType.Link or EntryType.Unknown;
            EntryKind kind = folder.KindOf(bytes, type);
            Span<char> text = stackalloc char[bytes.Length];
            if (!Utf8.IsValid(bytes))
            {
                if (kind == EntryKind.Folder)
                {
                    unnameable.Add(Below(path, Engine.Printable(bytes)));
                }

                unnamed += kind == EntryKind.File ? 1 : 0;
                return;
            }

            ReadOnlySpan<char> name = text[..Encoding.UTF8.GetChars(bytes, text)];
            if (kind == EntryKind.Folder)
            {
                if (Below(path, name.ToString()) != leftOut)
                {
                    folders.Add(name.ToString());
                }
            }
            else if (kind == EntryKind.File)
            {
                ref KnownFile file = ref CollectionsMarshal.GetValueRefOrNullRef(files, name);
                if (Unsafe.IsNullRef(ref file))
                {
                    looked.Add(name.ToString());
                    return;
                }

                met += file.Listing == listing ? 0 : 1;
                file.Listing = listing;

                // Another file may have been moved over one that is known. Where a listing says another number than a stat,
                // files are looked at more often than need be. An old file that was deleted, and written anew under its
                // number, is found when all are looked at afresh, as one is that was written to in place.
                if (file.File is { } before
                    && (afresh || (before.Stamp is { } stamp && stamp.Inode != inode) || restless.Contains(name)))
                {
                    looked.Add(name.ToString());
                }
            }
        });
        if (!isThere || met < known.Files.Count)
        {
            foreach (string name in known.Files.Where(file => file.Value.Listing != listing).Select(file => file.Key).ToList())
            {
                Remove(known, name);
            }
        }

        folders.Sort(StringComparer.Ordinal);
        (known.Folders, known.Unnameable, known.Unnamed) = (folders, unnameable, unnamed);
        return (looked, isThere && !hasLinks);
    }

    /// <summary>Takes what was found for what is known.</summary>
    private void Take(KnownFolder known, IReadOnlyList<string> names, (bool IsThere, T? File)[] found, DateTimeOffset now)
    {
        for (int at = 0; at < names.Count; at++)
        {
            (string name, T? file) = (names[at], found[at].File);
            if (!found[at].IsThere)
            {
                Remove(known, name);
                continue;
            }

            bool isKnown = known.Files.TryGetValue(name, out KnownFile before);
            known.Files[name] = new(file, known.Listings);
            if (file is null && !isKnown)
            {
                known.PassedOver++;
                known.Example = known.PassedOver == 1 ? name : known.Example is null ? null : LeftOut.Better(known.Example, name);
            }

            if (!ReferenceEquals(file, before.File))
            {
                changes.Enqueue(new(before.File, file));
            }

            if (file is not null && MayChange(file, now))
            {
                known.Restless.Add(name);
            }
            else
            {
                known.Restless.Remove(name);
            }
        }
    }

    /// <summary>Forgets a file that is gone.</summary>
    private void Remove(KnownFolder known, string name)
    {
        known.Restless.Remove(name);
        if (known.Files.Remove(name, out KnownFile before))
        {
            if (before.File is not null)
            {
                changes.Enqueue(new(before.File, null));
                return;
            }

            known.PassedOver--;
            known.Example = known.Example == name ? null : known.Example;
        }
    }

    /// <summary>Whether a file may change though the stamp of its folder does not move.</summary>
    private static bool MayChange(T file, DateTimeOffset now) =>
        file.Failure is not null
        || file.IsRewritten
        || (file.Stamp is { } stamp && stamp.IsYoungerThan(Restless, now));

    /// <summary>Forgets a folder that is gone.</summary>
    private void Drop(string path)
    {
        if (known.TryRemove(path, out KnownFolder? folder))
        {
            foreach (T file in folder.Files.Values.Select(file => file.File).OfType<T>())
            {
                changes.Enqueue(new(file, null));
            }
        }
    }
}
