using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Unicode;
using System.Threading;
using System.Threading.Tasks;

namespace Coverage;

/// <summary>A file of an archive of another layout, as it was last looked at.</summary>
/// <param name="Path">Its path below the archive.</param>
/// <param name="Stamp">What moves when it is written to; null where it was not looked at.</param>
/// <param name="Failure">Why it cannot be read; null for nothing.</param>
internal abstract record ListedFile(string Path, FileStamp? Stamp, UnreadableException? Failure)
{
    /// <summary>Whether it is written anew under its name again and again, so that it may change however old it is.</summary>
    public virtual bool IsRewritten => false;
}

/// <summary>A file that is new, gone, or another than before.</summary>
/// <param name="Before">What it was; null when it is new.</param>
/// <param name="Now">What it is; null when it is gone.</param>
internal readonly record struct FileChange<T>(T? Before, T? Now);

/// <summary>What a listing gave.</summary>
/// <param name="Changes">What differs from the listings before, in the order in which it was found.</param>
/// <param name="PassedOver">How many files are none of the recorder's.</param>
/// <param name="Unreadable">The folders that cannot be read: what was known of them stays.</param>
/// <param name="Unnameable">Folders that are left out, since their names are not UTF-8. Safe on one line.</param>
internal sealed record TreeListing<T>(
    IReadOnlyList<FileChange<T>> Changes, int PassedOver, IReadOnlyList<UnreadableException> Unreadable, IReadOnlyCollection<string> Unnameable);

/// <summary>What looks at the files of a tree.</summary>
internal interface IFileLook<T>
    where T : ListedFile
{
    /// <summary>Looks at a file; false when it is gone. One that is none of the recorder's is null.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="path">Its path below the archive.</param>
    /// <param name="before">What it was at the last look.</param>
    /// <param name="file">What it is.</param>
    bool Look(Folder folder, byte[] name, string path, T? before, out T? file);
}

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
        public FolderStamp? Settled { get; set; }

        public IReadOnlyList<string> Folders { get; set; } = [];

        public IReadOnlyCollection<string> Unnameable { get; set; } = [];

        /// <summary>By name; null is none of the recorder's.</summary>
        public Dictionary<string, T?> Files { get; } = [];

        public int PassedOver { get; set; }

        /// <summary>The names of those that may change though the folder does not.</summary>
        public List<string> Restless { get; set; } = [];
    }

    /// <summary>A listing while it is made.</summary>
    private sealed record Round(bool Afresh, Action<int>? Progress, CancellationToken Stop)
    {
        public ConcurrentDictionary<string, bool> Met { get; } = [];

        public ConcurrentBag<UnreadableException> Unreadable { get; } = [];
    }

    /// <summary>Lists the archive.</summary>
    /// <param name="afresh">Whether every file is looked at again.</param>
    /// <param name="progress">Called with how many more files were looked at; null when nobody asks.</param>
    /// <param name="stop">Ends it before its time.</param>
    /// <exception cref="UnreadableException">The archive's own folder cannot be read.</exception>
    public async Task<TreeListing<T>> ListAsync(bool afresh, Action<int>? progress, CancellationToken stop)
    {
        using Folder top = Folder.Open(baseFolder)
            ?? throw new UnreadableException(baseFolder, $"there is no folder {Engine.Printable(baseFolder)}");
        var round = new Round(afresh, progress, stop);
        await VisitAsync(top, "", 0, round);
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
            known.Values.Sum(folder => folder.PassedOver),
            [.. round.Unreadable.OrderBy(one => one.Path, StringComparer.Ordinal)],
            [.. known.Values.SelectMany(folder => folder.Unnameable).Order(StringComparer.Ordinal)]);
    }

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";

    private async Task VisitAsync(Folder top, string path, int depth, Round round)
    {
        KnownFolder? folder;
        try
        {
            folder = await ReadAsync(top, path, round);
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

        if (folder is not null)
        {
            round.Met[path] = true;
            await Task.WhenAll(depth == Deepest ? []
                : folder.Folders.Select(name => VisitAsync(top, Below(path, name), depth + 1, round)));
        }
    }

    /// <summary>What lies in a folder, listed again unless its stamp tells that nothing changed; null when it is gone.</summary>
    private async Task<KnownFolder?> ReadAsync(Folder top, string path, Round round)
    {
        KnownFolder? before = known.GetValueOrDefault(path);
        await open.WaitAsync(round.Stop);
        try
        {
            if (!round.Afresh && before is { Settled: { } settled, Restless.Count: 0 }
                && await workers.Run(() => top.StampOf(Encoding.UTF8.GetBytes(path))) == settled)
            {
                return before;
            }

            using Folder? folder = await workers.Run(() => Folder.Open(System.IO.Path.Combine(baseFolder, path)));
            return folder is null ? null : await ListAsync(folder, path, before ?? new(), round);
        }
        finally
        {
            open.Release();
        }
    }

    private async Task<KnownFolder?> ListAsync(Folder folder, string path, KnownFolder known, Round round)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (await workers.Run(() => folder.StampOf()) is not { } stamp)
        {
            return null;
        }

        List<string> looked = known.Restless;
        List<string> gone = [];
        if (round.Afresh || known.Settled != stamp)
        {
            (looked, gone) = await workers.Run(() => Entries(folder, path, known, stamp, now, round.Afresh));
        }

        (bool IsThere, T? File)[] found = new (bool, T?)[looked.Count];
        await Task.WhenAll(Enumerable.Range(0, looked.Count).Chunk(AtATime).Select(some => workers.Run(() =>
        {
            foreach (int at in some)
            {
                round.Stop.ThrowIfCancellationRequested();
                string name = looked[at];
                T? before = known.Files.GetValueOrDefault(name);
                found[at].IsThere = look.Look(
                    folder, Encoding.UTF8.GetBytes(name), Below(path, name), before, out found[at].File);
            }

            round.Progress?.Invoke(some.Length);
        })));
        Take(known, looked, found, gone, now);
        this.known[path] = known;
        return known;
    }

    /// <summary>Lists a folder: the names to be looked at, and those that are gone.</summary>
    private (List<string> Looked, List<string> Gone) Entries(
        Folder folder, string path, KnownFolder known, FolderStamp stamp, DateTimeOffset now, bool afresh)
    {
        List<string> folders = [], looked = [], unnameable = [];
        HashSet<string> restless = [.. known.Restless];
        HashSet<string> left = [.. known.Files.Keys];
        bool hasLinks = false;
        bool isThere = folder.ForEach((bytes, type) =>
        {
            if (bytes[0] == (byte)'.' || bytes.SequenceEqual("lost+found"u8))
            {
                return;
            }

            bool isText = Utf8.IsValid(bytes);
            string name = isText ? Encoding.UTF8.GetString(bytes) : Engine.Printable(bytes);
            hasLinks |= type is EntryType.Link or EntryType.Unknown;
            EntryKind kind = folder.KindOf(bytes, type);
            if (kind == EntryKind.Folder)
            {
                if (!isText)
                {
                    unnameable.Add(Below(path, name));
                }
                else if (Below(path, name) != leftOut)
                {
                    folders.Add(name);
                }
            }
            else if (kind == EntryKind.File && isText)
            {
                bool isKnown = left.Remove(name);
                if (!isKnown || restless.Contains(name) || (afresh && known.Files[name] is not null))
                {
                    looked.Add(name);
                }
            }
        });
        folders.Sort(StringComparer.Ordinal);
        (known.Folders, known.Unnameable) = (folders, unnameable);
        known.Settled = isThere && !hasLinks && stamp.IsSettledAt(now, folder.TrustOf(stamps)) ? stamp : null;
        return (looked, [.. left]);
    }

    /// <summary>Takes what was found for what is known.</summary>
    private void Take(KnownFolder known, List<string> looked, (bool IsThere, T? File)[] found, List<string> gone, DateTimeOffset now)
    {
        for (int at = 0; at < looked.Count; at++)
        {
            bool isKnown = known.Files.TryGetValue(looked[at], out T? before);
            if (!found[at].IsThere)
            {
                gone.Add(looked[at]);
                continue;
            }

            T? file = found[at].File;
            known.Files[looked[at]] = file;
            known.PassedOver += file is null && !isKnown ? 1 : 0;
            if (!ReferenceEquals(file, before))
            {
                changes.Enqueue(new(before, file));
            }
        }

        foreach (string name in gone)
        {
            if (known.Files.Remove(name, out T? before))
            {
                known.PassedOver -= before is null ? 1 : 0;
                if (before is not null)
                {
                    changes.Enqueue(new(before, null));
                }
            }
        }

        known.Restless = [.. looked.Union(known.Restless).Where(name => known.Files.GetValueOrDefault(name) is { } file && MayChange(file, now))];
    }

    /// <summary>Whether a file may change though the stamp of its folder does not move.</summary>
    private static bool MayChange(T file, DateTimeOffset now) =>
        file.Failure is not null
        || file.IsRewritten
        || (file.Stamp is { } stamp && stamp.Modified.Seconds > (now - Restless).ToUnixTimeSeconds());

    /// <summary>Forgets a folder that is gone.</summary>
    private void Drop(string path)
    {
        if (known.TryRemove(path, out KnownFolder? folder))
        {
            foreach (T file in folder.Files.Values.OfType<T>())
            {
                changes.Enqueue(new(file, null));
            }
        }
    }
}
