using System;
using System.Collections.Generic;
using System.Data;
using System.IO;
using System.IO.Hashing;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.FSharp.Core;
using SQLitePCL;

namespace Coverage.Host;

/// <summary>A remembered file: what it was, and what it said.</summary>
internal readonly record struct DurationRow(long Size, long Modified, long Changed, FSharpResult<Media, MediaFault> Said)
{
    /// <summary>Whether the file is as it was.</summary>
    public bool IsOf(FileStamp stamp) => (Size, Modified, Changed)
        == (stamp.Size, DurationDatabase.Nanoseconds(stamp.Modified), DurationDatabase.Nanoseconds(stamp.Changed));
}

/// <summary>The database of the cache of durations, in SQLite: it is open while it is read or written.</summary>
/// <remarks>
/// A row is believed when size, time of writing and time of change of the file are what they were, and the row's own sum is right:
/// SQLite does not see every bit that a disk turns over. It is of files that were at rest when they were asked, as
/// <see cref="MediaLook"/> says.
/// </remarks>
/// <param name="file">Its path.</param>
/// <param name="baseFolder">The archive.</param>
internal sealed class DurationDatabase(string file, string baseFolder)
{
    /// <summary>Moves when a row means something else than before: then all of them are thrown away.</summary>
    internal const int Version = 1;

    /// <summary>The bytes <c>scdu</c>: the header of the file says by them whose database it is.</summary>
    private const int ApplicationId = 0x73636475;

    /// <summary>How long another process that writes may hold up this one, in seconds.</summary>
    private const int Patience = 5;

    /// <summary>The start of the paths of the archive; the path of a row is absolute, so that archives may share a cache.</summary>
    private readonly string prefix = Path.TrimEndingDirectorySeparator(Path.GetFullPath(baseFolder)) is "/" ? "/"
        : Path.TrimEndingDirectorySeparator(Path.GetFullPath(baseFolder)) + "/";

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
    /// <exception cref="SqliteException">The database cannot be read.</exception>
    /// <exception cref="InvalidDataException">A row is damaged.</exception>
    public Dictionary<string, DurationRow> Read()
    {
        var read = new Dictionary<string, DurationRow>();
        if (!File.Exists(file) || new FileInfo(file).Length == 0)
        {
            return read;
        }

        // SQLite first undoes what a killed process left half written, and so must be allowed to write.
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
                var remembered = new DurationRow(Number(row, 1), Number(row, 2), Number(row, 3), SaidBy(row));
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

    /// <summary>Writes rows in one transaction, and deletes those of files that are gone.</summary>
    /// <param name="files">The files by path; null for one that is gone.</param>
    /// <exception cref="SqliteException">The database cannot be written.</exception>
    public void Write(IReadOnlyDictionary<string, MediaFile?> files)
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
        foreach ((string path, MediaFile? remembered) in files.OrderBy(one => one.Key, StringComparer.Ordinal))
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
            var row = new DurationRow(stamp.Size, Nanoseconds(stamp.Modified), Nanoseconds(stamp.Changed), said);
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
    private static long SumOf(string path, DurationRow row)
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
    internal static long Nanoseconds(StatTime time) => unchecked((time.Seconds * 1_000_000_000) + time.Nanoseconds);
}
