using System;
using System.Buffers;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
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
/// the file system's (which also moves when a copying tool sets the first back).
/// </summary>
internal readonly record struct FolderStamp(ulong Inode, StatTime Modified, StatTime Changed)
{
    /// <summary>
    /// Whether, for a stamp taken then, a change that came right after must have moved it: clocks of file systems tick
    /// coarsely.
    /// </summary>
    public bool IsSettledAt(DateTimeOffset taken)
    {
        long limit = (taken - TimeSpan.FromSeconds(3)).ToUnixTimeSeconds();
        return Modified.Seconds < limit && Changed.Seconds < limit;
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
    private const int TypeMask = 0xF000, TypeFolder = 0x4000;
    private const uint StatType = 1, StatModified = 0x40, StatChanged = 0x80, StatInode = 0x100, StatSize = 0x200;
    private const int EmptyPath = 0x1000;

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

    /// <summary>Calls an action for each entry, in the order of the file system. What is no folder has no entries.</summary>
    /// <exception cref="UnreadableException">The folder cannot be read to its end.</exception>
    public void ForEach(EntryAction action)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
        try
        {
            Each(buffer, action);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Each(byte[] buffer, EntryAction action)
    {
        // struct linux_dirent64: inode (8 bytes), offset (8), record length (2), type (1), name ended by NUL.
        const int lengthAt = 16, typeAt = 18, nameAt = 19;
        _ = lseek(handle, 0, 0);
        while (true)
        {
            nint got = getdents64(handle, buffer, buffer.Length);
            int error = Marshal.GetLastPInvokeError();
            if (got == 0 || (got < 0 && IsGone(error)))
            {
                return;
            }

            if (got < 0 && error == Interrupted)
            {
                continue;
            }

            if (got < 0)
            {
                throw new UnreadableException(path, error);
            }

            for (ReadOnlySpan<byte> rest = buffer.AsSpan(0, (int)got); !rest.IsEmpty;)
            {
                int length = MemoryMarshal.Read<ushort>(rest[lengthAt..]);
                ReadOnlySpan<byte> name = rest[nameAt..length];
                name = name[..name.IndexOf((byte)0)];
                if (name[0] != (byte)'.' || !(name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)))
                {
                    action(name, (EntryType)rest[typeAt]);
                }

                rest = rest[length..];
            }
        }
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
            ? new FolderStamp(stat.Inode, stat.Modified, stat.Changed)
            : null;

    private bool Look(ReadOnlySpan<byte> name, uint what, out Stat stat)
    {
        Span<byte> ended = stackalloc byte[name.Length + 1];
        name.CopyTo(ended);
        ended[^1] = 0;
        while (true)
        {
            int result = statx(handle, ended, name.IsEmpty ? EmptyPath : 0, what, out stat);
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
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial long lseek(SafeFileHandle folder, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getdents64(SafeFileHandle folder, [Out] byte[] buffer, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags, uint what, out Stat stat);
}
