using System;
using System.Buffers;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Coverage.CommandLine;
using Microsoft.Win32.SafeHandles;

namespace Coverage.Host;

/// <summary>What an entry of a folder is, links followed.</summary>
internal enum EntryKind
{
    /// <summary>A file, or anything else that is not a folder.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>Not there any more, or a link that leads nowhere: never listed.</summary>
    Gone,
}

/// <summary>A folder or a size that is needed and cannot be read. Its message is a sentence that names the path.</summary>
internal sealed class UnreadableException(string path, string sentence) : IOException(sentence)
{
    /// <summary>A call of the system failed with an error's number.</summary>
    public UnreadableException(string path, int error)
        : this(path, $"cannot read {Engine.Printable(path)}: {new Win32Exception(error).Message}")
    {
    }

    /// <summary>What cannot be read.</summary>
    public string Path { get; } = path;
}

/// <summary>What to do with an entry. The name is gone when the call returns.</summary>
internal delegate void EntryAction(ReadOnlySpan<byte> name, EntryType type);

/// <summary>The kind of an entry as the listing tells it (Linux, d_type).</summary>
internal enum EntryType : byte
{
    /// <summary>The file system does not say.</summary>
    Unknown = 0,

    /// <summary>A folder.</summary>
    Folder = 4,

    /// <summary>A link, to whatever.</summary>
    Link = 10,
}

/// <summary>A time as the kernel gives it, since the Unix epoch; struct statx_timestamp without its padding.</summary>
internal readonly record struct StatTime(long Seconds, uint Nanoseconds);

/// <summary>
/// What moves when a folder's entries change: which folder it is, and when it was last changed, by its own account and by
/// the file system's (which also moves when a copying tool sets the first back). Another disk mounted in its place has
/// another device, so what is known of a stamp's file system holds as long as the stamp does.
/// </summary>
internal readonly record struct FolderStamp(ulong Device, ulong Inode, StatTime Modified, StatTime Changed)
{
    /// <summary>Whether, for a stamp taken then, a change that came right after must have moved it.</summary>
    public bool IsSettledAt(DateTimeOffset taken, StampTrust trust)
    {
        long limit = (taken - trust.Margin).ToUnixTimeSeconds();
        return trust.IsTrusted && Modified.Seconds < limit && Changed.Seconds < limit;
    }
}

/// <summary>
/// An open folder, read with Linux's own calls: names are bytes, need not be UTF-8 and cost no allocation, and each
/// error is told from the others. Whatever vanishes meanwhile is no error.
/// </summary>
internal sealed unsafe partial class Folder : IDisposable
{
    private const int ReadOnly = 0, NonBlocking = 0x800, CloseOnExec = 0x80000;
    private const int NoEntry = 2, Interrupted = 4, NotFolder = 20, NameTooLong = 36, LinkLoop = 40;
    private const int TypeMask = 0xF000, TypeFolder = 0x4000, TypeRegular = 0x8000;
    private const uint StatType = 1, StatModified = 0x40, StatChanged = 0x80, StatInode = 0x100, StatSize = 0x200;
    private const int EmptyPath = 0x1000, LinkItself = 0x100;

    /// <summary>How often a listing that breaks off is begun.</summary>
    private const int Attempts = 2;

    /// <summary>Room for an entry with the longest name.</summary>
    private const int EntryRoom = 1024;

    private static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    private readonly SafeFileHandle handle;
    private readonly string path;

    private Folder(SafeFileHandle handle, string path) => (this.handle, this.path) = (handle, path);

    public void Dispose() => handle.Dispose();

    /// <summary>Opens a folder; null when there is none by that name.</summary>
    /// <exception cref="UnreadableException">It cannot be opened for any other reason.</exception>
    public static Folder? Open(string path)
    {
        while (true)
        {
            int descriptor = open(path, ReadOnly | NonBlocking | CloseOnExec);
            int error = Marshal.GetLastPInvokeError();
            if (descriptor >= 0)
            {
                return new Folder(new SafeFileHandle(descriptor, ownsHandle: true), path);
            }

            if (IsGone(error))
            {
                return null;
            }

            if (error != Interrupted)
            {
                throw new UnreadableException(path, error);
            }
        }
    }

    /// <summary>Opens a regular file for reading, links followed; null for anything else.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle? OpenRegularFile(string path)
    {
        int descriptor = open(path, ReadOnly | NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (statx(file, [0], EmptyPath, StatType, out Stat stat) == 0 && (stat.Mode & TypeMask) == TypeRegular)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Where tests put a fault: the error of a listing's call, by the folder's path and the call's number from 1; 0 is none.</summary>
    internal static Func<string, int, int>? Fault { get; set; }

    /// <summary>
    /// Calls an action for each entry, in the order of the file system, once all are listed. What is no folder has no
    /// entries. False when the folder is gone.
    /// </summary>
    /// <exception cref="UnreadableException">The folder cannot be read to its end.</exception>
    public bool ForEach(EntryAction action)
    {
        byte[] entries = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            if (List(ref entries) is not { } used)
            {
                return false;
            }

            Each(entries.AsSpan(0, used), action);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(entries);
        }
    }

    /// <summary>
    /// Puts all entries into a buffer: how many bytes, or null when the folder is gone. A listing that breaks off is no
    /// listing: what was not listed yet would be taken for lost. Some file systems break off by saying that the folder,
    /// which is there, does not exist.
    /// </summary>
    private int? List(ref byte[] entries)
    {
        for (int attempt = 1; ; attempt++)
        {
            int used = 0;
            int error = 0;
            _ = lseek(handle, 0, 0);
            for (int call = 1; error is 0 or Interrupted; call++)
            {
                if (entries.Length - used < EntryRoom)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(2 * entries.Length);
                    entries.AsSpan(0, used).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(entries);
                    entries = larger;
                }

                error = Fault?.Invoke(path, call) ?? 0;
                nint got = error != 0 ? -1 : getdents64(handle, ref entries[used], entries.Length - used);
                if (got == 0)
                {
                    return used;
                }

                error = got > 0 ? 0 : error != 0 ? error : Marshal.GetLastPInvokeError();
                used += Math.Max(0, (int)got);
            }

            if (IsGone(error) && !IsStillThere())
            {
                return null;
            }

            if (attempt == Attempts)
            {
                throw new UnreadableException(
                    path, $"cannot list {Engine.Printable(path)} to its end: {new Win32Exception(error).Message}");
            }
        }
    }

    /// <summary>Whether the folder is still found by its path.</summary>
    private bool IsStillThere()
    {
        using Folder? again = Open(path);
        return again?.StampOf() is { } found && StampOf() is { } own
            && (found.Device, found.Inode) == (own.Device, own.Inode);
    }

    private static void Each(ReadOnlySpan<byte> entries, EntryAction action)
    {
        // struct linux_dirent64: inode (8 bytes), offset (8), record length (2), type (1), name ended by NUL.
        const int lengthAt = 16, typeAt = 18, nameAt = 19;
        while (!entries.IsEmpty)
        {
            int length = MemoryMarshal.Read<ushort>(entries[lengthAt..]);
            ReadOnlySpan<byte> name = entries[nameAt..length];
            name = name[..name.IndexOf((byte)0)];
            if (name[0] != (byte)'.' || !(name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)))
            {
                action(name, (EntryType)entries[typeAt]);
            }

            entries = entries[length..];
        }
    }

    /// <summary>What the stamps of the file system are worth that the folder lies on.</summary>
    /// <exception cref="UnreadableException">The file system does not answer.</exception>
    public StampTrust TrustOf(TrustStamps choice)
    {
        while (true)
        {
            if (fstatfs(handle, out FileSystem found) == 0)
            {
                return new StampTrust((uint)found.Type, choice);
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw new UnreadableException(path, error);
            }
        }
    }

    /// <summary>Opens a regular file for reading; null for anything else, links too.</summary>
    /// <exception cref="UnreadableException">It cannot be looked up.</exception>
    public SafeFileHandle? OpenRegular(ReadOnlySpan<byte> name)
    {
        // Opening can block, or do something to a device: so what is no file is not opened.
        if (!Look(name, StatType, out Stat stat, LinkItself) || (stat.Mode & TypeMask) != TypeRegular)
        {
            return null;
        }

        int descriptor = openat(handle, [.. name, 0], ReadOnly | NonBlocking | CloseOnExec | NoFollow);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>What an entry is, looking it up where the listing does not tell.</summary>
    /// <exception cref="UnreadableException">It cannot be looked up.</exception>
    public EntryKind KindOf(ReadOnlySpan<byte> name, EntryType type)
    {
        if (type is not (EntryType.Unknown or EntryType.Link))
        {
            return type == EntryType.Folder ? EntryKind.Folder : EntryKind.File;
        }

        return Look(name, StatType, out Stat stat) is false ? EntryKind.Gone
            : (stat.Mode & TypeMask) == TypeFolder ? EntryKind.Folder
            : EntryKind.File;
    }

    /// <summary>A file's size in bytes, links followed; -1 when it is gone.</summary>
    /// <exception cref="UnreadableException">It cannot be looked up.</exception>
    public long SizeOf(ReadOnlySpan<byte> name) => Look(name, StatSize, out Stat stat) ? (long)stat.Size : -1;

    /// <summary>The stamp of the folder itself, or of a folder in it; null when it is gone or no folder.</summary>
    /// <exception cref="UnreadableException">It cannot be looked up.</exception>
    public FolderStamp? StampOf(ReadOnlySpan<byte> name = default) =>
        Look(name, StatType | StatModified | StatChanged | StatInode, out Stat stat)
            && (stat.Mode & TypeMask) == TypeFolder
            ? new FolderStamp(stat.Device, stat.Inode, stat.Modified, stat.Changed)
            : null;

    private bool Look(ReadOnlySpan<byte> name, uint what, out Stat stat, int flags = 0)
    {
        Span<byte> ended = stackalloc byte[name.Length + 1];
        name.CopyTo(ended);
        ended[^1] = 0;
        while (true)
        {
            int result = statx(handle, ended, name.IsEmpty ? EmptyPath : flags, what, out stat);
            int error = Marshal.GetLastPInvokeError();
            if (result == 0)
            {
                return true;
            }

            if (IsGone(error))
            {
                return false;
            }

            if (error != Interrupted)
            {
                throw new UnreadableException(System.IO.Path.Combine(path, Encoding.UTF8.GetString(name)), error);
            }
        }
    }

    private static bool IsGone(int error) => error is NoEntry or NotFolder or NameTooLong or LinkLoop;

    /// <summary>struct statx, as far as it is needed; the kernel lays it out alike on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Stat
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public StatTime Changed;

        [FieldOffset(112)]
        public StatTime Modified;

        /// <summary>Two numbers of 32 bits.</summary>
        [FieldOffset(136)]
        public ulong Device;
    }

    /// <summary>struct statfs, as far as it is needed.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileSystem
    {
        [FieldOffset(0)]
        public nint Type;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial long lseek(SafeFileHandle folder, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getdents64(SafeFileHandle folder, ref byte buffer, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(SafeFileHandle folder, out FileSystem found);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags, uint what, out Stat stat);
}
