using System;
using System.Collections.Generic;
using System.Data;
using System.IO;
using System.IO.Hashing;
using System.Linq;
using System.Runtime.InteropServices;
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
/// <remarks>
/// A row is believed when size, time of writing and time of change of the file are what they were, and the row's own sum is right:
/// SQLite does not see every bit that a disk turns over. It is of files that were at rest when they were asked, as
/// <see cref="MediaLook"/> says.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="isOurs">Whether a file there that is no cache may be thrown away: nobody else writes files of that name.</param>
/// <param name="baseFolder">The archive.</param>
/// <param name="say">Called with what goes wrong.</param>
internal sealed class DurationCache(string path, bool isOurs, string baseFolder, Action<string> say)
{
    /// <summary>What the cache is called in the folder of the maps.</summary>
    internal const string FileName = "segment-coverage-durations.sqlite";

    /// <summary>Moves when a row means something else than before: then all of them are thrown away.</summary>
    internal const int Version = 1;

    /// <summary>The bytes <c>scdu</c>: the header of the file says by them whose database it is.</summary>
    private const int ApplicationId = 0x73636475;

    /// <summary>How long another process that writes may hold up this one, in seconds.</summary>
    private const int Patience = 5;

    /// <summary>The start of the paths of the archive; the path of a row is absolute, so that archives may share a cache.</summary>
    private readonly string prefix = Path.TrimEndingDirectorySeparator(Path.GetFullPath(baseFolder)) is "/" ? "/"
        : Path.TrimEndingDirectorySeparator(Path.GetFullPath(baseFolder)) + "/";

    private readonly string file = Path.GetFullPath(path);

    /// <summary>Several threads ask at once; the first reads the whole.</summary>
    private readonly Lock reading = new();

    /// <summary>What was not written yet: null for a file that is gone.</summary>
    private readonly Dictionary<string, MediaFile?> pending = [];

    /// <summary>The rows of the archive until its first listing has ended; null before they are read, and after.</summary>
    private volatile Dictionary<string, Row>? rows;

    private volatile bool isRead;

    /// <summary>Whether it is done without from now on.</summary>
    private bool isGivenUp;

    private bool isBusySaid;

    /// <summary>A remembered file: what it was, and what it said.</summary>
    private readonly record struct Row(long Size, long Modified, long Changed, FSharpResult<Media, MediaFault> Said)
    {
        public bool IsOf(FileStamp stamp) =>
            (Size, Modified, Changed) == (stamp.Size, Nanoseconds(stamp.Modified), Nanoseconds(stamp.Changed));
    }

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
                    Try(() => rows = Read());
                    isRead = true;
                }
            }
        }

        return rows is { } known && known.TryGetValue(path, out Row row) && row.IsOf(stamp) ? row.Said : null;
    }

    /// <summary>Writes what a listing found, and forgets what is gone, in one transaction.</summary>
    private void Keep(TreeListing<MediaFile> listing)
    {
        Dictionary<string, Row>? known = rows;
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
            else if (known is null || !known.Remove(path, out Row row) || !row.IsOf(stamp))
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
        if (!isGivenUp && pending.Count > 0 && Try(Write))
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

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = Patience,
        }.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>All rows of the archive.</summary>
    private Dictionary<string, Row> Read()
    {
        var read = new Dictionary<string, Row>();
        if (!File.Exists(file) || new FileInfo(file).Length == 0)
        {
            return read;
        }

        // A journal that a killed process left is played back, which writes: where nobody may write, that fails and is said.
        using SqliteConnection connection = Open(SqliteOpenMode.ReadWrite);
        if (VersionOf(connection) != Version)
        {
            return read;
        }

        // By SQLite's own calls, which take half as long as a reader of the framework. '0' is the character after '/'.
        SqliteException.ThrowExceptionForRC(
            raw.sqlite3_prepare_v2(
                connection.Handle,
                "SELECT path, size, modified, changed, fault, length, kind, closed, start, mtxi, sum FROM file "
                    + "WHERE path >= ?1 AND path < ?2",
                out sqlite3_stmt row),
            connection.Handle);
        using (row)
        {
            raw.sqlite3_bind_text(row, 1, prefix);
            raw.sqlite3_bind_text(row, 2, prefix[..^1] + '0');
            int result;
            while ((result = raw.sqlite3_step(row)) == raw.SQLITE_ROW)
            {
                string path = raw.sqlite3_column_text(row, 0).utf8_to_string();
                var remembered = new Row(Number(row, 1), Number(row, 2), Number(row, 3), SaidBy(row));
                if (SumOf(path, remembered) != Number(row, 10))
                {
                    throw new InvalidDataException("a row has not the sum that was written with it");
                }

                read[path[prefix.Length..]] = remembered;
            }

            if (result != raw.SQLITE_DONE)
            {
                SqliteException.ThrowExceptionForRC(result, connection.Handle);
            }
        }

        return read;
    }

    private static long Number(sqlite3_stmt row, int column) => raw.sqlite3_column_int64(row, column);

    private static FSharpResult<Media, MediaFault> SaidBy(sqlite3_stmt row) => Number(row, 4) is var fault and >= 0
        ? FSharpResult<Media, MediaFault>.NewError((MediaFault)fault)
        : FSharpResult<Media, MediaFault>.NewOk(new Media(
            Number(row, 5),
            (SegmentKind)Number(row, 6),
            Number(row, 7) != 0,
            raw.sqlite3_column_type(row, 8) == raw.SQLITE_NULL
                ? FSharpValueOption<long>.ValueNone : FSharpValueOption<long>.NewValueSome(Number(row, 8)),
            Number(row, 9) != 0));

    private static long VersionOf(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return (long)command.ExecuteScalar()!;
    }

    private void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using SqliteConnection connection = Open(SqliteOpenMode.ReadWriteCreate);
        using SqliteTransaction transaction = connection.BeginTransaction(IsolationLevel.Serializable, deferred: false);
        if (VersionOf(connection) != Version)
        {
            Run($"""
                DROP TABLE IF EXISTS file;
                CREATE TABLE file (path TEXT PRIMARY KEY, size INTEGER, modified INTEGER, changed INTEGER, fault INTEGER,
                    length INTEGER, kind INTEGER, closed INTEGER, start INTEGER, mtxi INTEGER, sum INTEGER) WITHOUT ROWID;
                PRAGMA application_id = {ApplicationId};
                PRAGMA user_version = {Version};
                """);
        }

        using SqliteCommand delete = Command("DELETE FROM file WHERE path = $path", "$path");
        string[] names = ["$path", "$size", "$modified", "$changed", "$fault", "$length", "$kind", "$closed", "$start", "$mtxi", "$sum"];
        using SqliteCommand insert = Command($"INSERT OR REPLACE INTO file VALUES ({string.Join(", ", names)})", names);
        foreach ((string path, MediaFile? remembered) in pending.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (remembered is null)
            {
                delete.Parameters[0].Value = prefix + path;
                delete.ExecuteNonQuery();
            }
            else
            {
                Insert(prefix + path, remembered.Stamp!.Value, remembered.Said!.Value);
            }
        }

        transaction.Commit();

        void Insert(string path, FileStamp stamp, FSharpResult<Media, MediaFault> said)
        {
            var row = new Row(stamp.Size, Nanoseconds(stamp.Modified), Nanoseconds(stamp.Changed), said);
            (long fault, Media media) = Parts(said);
            object start = media.Start.IsSome ? media.Start.Value : DBNull.Value;
            object[] values =
            [
                path, row.Size, row.Modified, row.Changed, fault, media.Length, (long)media.Kind, media.IsClosed, start, media.IsMtxi,
                SumOf(path, row),
            ];
            for (int at = 0; at < values.Length; at++)
            {
                insert.Parameters[at].Value = values[at];
            }

            insert.ExecuteNonQuery();
        }

        SqliteCommand Command(string text, params string[] parameters)
        {
            SqliteCommand command = connection.CreateCommand();
            (command.CommandText, command.Transaction) = (text, transaction);
            foreach (string parameter in parameters)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
            }

            return command;
        }

        void Run(string text)
        {
            using SqliteCommand command = Command(text);
            command.ExecuteNonQuery();
        }
    }

    /// <summary>The number of the fault, -1 for none, and what the file said where there is none.</summary>
    private static (long Fault, Media Media) Parts(FSharpResult<Media, MediaFault> said) =>
        said.IsOk ? (-1, said.ResultValue) : ((long)said.ErrorValue, default);

    /// <summary>A sum over all of a row.</summary>
    private static long SumOf(string path, Row row)
    {
        (long fault, Media media) = Parts(row.Said);
        bool isDated = media.Start.IsSome;
        ReadOnlySpan<long> numbers =
        [
            row.Size, row.Modified, row.Changed, fault, media.Length, (long)media.Kind, media.IsClosed ? 1 : 0, media.IsMtxi ? 1 : 0,
            isDated ? 1 : 0, isDated ? media.Start.Value : 0,
        ];
        ulong named = XxHash64.HashToUInt64(MemoryMarshal.AsBytes(path.AsSpan()));
        return (long)XxHash64.HashToUInt64(MemoryMarshal.AsBytes(numbers), (long)named);
    }

    /// <summary>A time as one number; two times of the same number lie 584 years apart.</summary>
    private static long Nanoseconds(StatTime time) => unchecked((time.Seconds * 1_000_000_000) + time.Nanoseconds);
}
