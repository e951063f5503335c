using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Coverage.CommandLine;
using Microsoft.Data.Sqlite;
using Microsoft.FSharp.Core;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace Coverage.Host;

/// <summary>
/// A database of what media files said of themselves, so that a restart opens none of them again. It is open while it is read or
/// written, and not between: beside it lies, while it is written or after a kill, its journal (the same name and <c>-journal</c>).
/// Whatever goes wrong with it is said once, and files are asked again: it makes looks cheap and changes no answer.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="isOurs">Whether the cache overwrites a file there that is no cache: only this program writes files of that name.</param>
/// <param name="baseFolder">The archive.</param>
/// <param name="say">Called with what goes wrong.</param>
internal sealed class DurationCache(string path, bool isOurs, string baseFolder, Action<string> say)
{
    /// <summary>What the cache is called in the folder of the maps.</summary>
    internal const string FileName = "segment-coverage-durations.sqlite";

    private readonly string file = Path.GetFullPath(path);

    private readonly DurationDatabase database = new(Path.GetFullPath(path), baseFolder);

    /// <summary>Several threads ask at once; the first reads the whole.</summary>
    private readonly Lock reading = new();

    /// <summary>What was not written yet: null for a file that is gone.</summary>
    private readonly Dictionary<string, MediaFile?> pending = [];

    /// <summary>The rows of the archive until its first listing has ended; null before they are read, and after.</summary>
    private volatile Dictionary<string, DurationRow>? rows;

    private volatile bool isRead;

    /// <summary>Whether it is done without from now on.</summary>
    private bool isGivenUp;

    private bool isBusySaid;

    /// <summary>The cache as the archive's reader takes it.</summary>
    public MediaMemory Memory => new(Recall, Keep);

    /// <summary>The cache that the options mean; null for none: a file is opened only where it is asked how long it is.</summary>
    /// <param name="options">The options.</param>
    /// <param name="say">Called with what goes wrong.</param>
    public static MediaMemory? Of(Options options, Action<string> say) =>
        options.Layout is { IsNext: true } or { LengthMicroseconds: not null } ? null
        : options.Layout.DurationCache is { } path ? new DurationCache(path, isOurs: false, options.BaseDir, say).Memory
        : options.Command == Command.Serve
            ? new DurationCache(Path.Combine(options.BaseDir, options.OutputDir, FileName), isOurs: true, options.BaseDir, say).Memory
        : null;

    /// <summary>What a file said when it had this stamp; null when it is not known.</summary>
    private FSharpResult<Media, MediaFault>? Recall(string path, FileStamp stamp)
    {
        if (!isRead)
        {
            lock (reading)
            {
                if (!isRead)
                {
                    Try(() => rows = database.Read());
                    isRead = true;
                }
            }
        }

        return rows is { } known && known.TryGetValue(path, out DurationRow row) && row.IsOf(stamp) ? row.Said : null;
    }

    /// <summary>Writes what a listing found, and forgets what is gone, in one transaction.</summary>
    private void Keep(TreeListing<MediaFile> listing)
    {
        Dictionary<string, DurationRow>? known = rows;
        foreach (FileChange<MediaFile> change in listing.Changes)
        {
            string path = (change.Now ?? change.Before)!.Path;
            if (change.Now is not { IsAtRest: true, Said: { } said, Stamp: { } stamp } now)
            {
                // Most are new, and have no row.
                if (change.Before is not null || known?.ContainsKey(path) == true)
                {
                    pending[path] = null;
                }
            }
            else if (known is null || !known.Remove(path, out DurationRow row) || !row.IsOf(stamp))
            {
                pending[path] = now;
            }
        }

        // What the first listing did not meet is gone, unless a folder of it cannot be read, or a disk is not there.
        bool isWhole = listing.Unreadable.Count == 0 && listing.Changes.Count > 0;
        foreach (string path in isWhole ? known?.Keys ?? Enumerable.Empty<string>() : [])
        {
            pending.TryAdd(path, null);
        }

        rows = null;
        if (!isGivenUp && pending.Count > 0 && Try(() => database.Write(pending)))
        {
            pending.Clear();
        }

        if (isGivenUp)
        {
            pending.Clear();
        }
    }

    /// <summary>Does something with the database, once more when it was damaged; false when it did not succeed.</summary>
    private bool Try(Action work)
    {
        for (int attempt = 1; !isGivenUp; attempt++)
        {
            try
            {
                if (WhyForeign() is { } why)
                {
                    throw new IOException(why);
                }

                work();
                isBusySaid = false;
                return true;
            }
            catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
            {
                Say($"another process uses it: {Reason(e)}; it is tried again in the next round", isBusySaid);
                isBusySaid = true;
                return false;
            }
            catch (Exception e) when (attempt == 1 && IsDamage(e))
            {
                Say($"it is damaged, and made anew: {Reason(e)}");
                Remove();
            }
            catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException or InvalidDataException
                or InvalidCastException or InvalidOperationException
                or DllNotFoundException or TypeInitializationException)
            {
                isGivenUp = true;
                Say($"it is not used: {Reason(e)}");
            }
        }

        return false;
    }

    private static bool IsDamage(Exception e) => e is InvalidDataException or InvalidCastException or InvalidOperationException
        || (e is SqliteException
        {
            SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB
            or raw.SQLITE_FORMAT or raw.SQLITE_ERROR
        });

    private static string Reason(Exception e) => Engine.Printable((e.InnerException ?? e).Message.TrimEnd('.'));

    private void Say(string what, bool isSaid = false)
    {
        if (!isSaid)
        {
            say($"the cache of durations {Engine.Printable(file)}: {what}");
        }
    }

    /// <summary>Why what lies there is left alone: another program may need it. Null where it is a cache, or nothing.</summary>
    private string? WhyForeign()
    {
        if (!Path.Exists(file))
        {
            return null;
        }

        using SafeFileHandle? open = Folder.OpenRegularFile(file);
        Span<byte> header = stackalloc byte[72];
        int length = open is null ? -1 : RandomAccess.Read(open, header, 0);
        return length < 0 ? "what lies there is no file; give another name"
            : isOurs || length == 0 || (length == header.Length && header[68..].SequenceEqual("scdu"u8)) ? null
            : "what lies there is no cache of this program; give another file, or delete it";
    }

    private void Remove()
    {
        try
        {
            File.Delete(file + "-journal");
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next try fails, and says why.
            Say($"it cannot be deleted: {Reason(e)}");
        }
    }
}
