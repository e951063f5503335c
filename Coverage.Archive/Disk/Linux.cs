using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coverage;

/// <summary>The kind of an entry as a listing gives it (d_type).</summary>
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
/// Linux's own calls, where .NET's functions lose something: names stay bytes, and each error keeps its number.
/// </summary>
internal static partial class Linux
{
    public const int ReadOnly = 0, NonBlocking = 0x800, CloseOnExec = 0x80000;
    public const int TypeMask = 0xF000, TypeFolder = 0x4000, TypeRegular = 0x8000;
    public const uint StatType = 1, StatModified = 0x40, StatChanged = 0x80, StatInode = 0x100, StatSize = 0x200;
    public const int EmptyPath = 0x1000, LinkItself = 0x100;
    public const int Interrupted = 4, NotSupported = 95;
    public const int ProtectionRead = 1, MapShared = 1, NoLongerNeeded = 4;

    /// <summary>Reads through the page cache and leaves nothing there that was not there before (RWF_DONTCACHE, since Linux 6.14).</summary>
    public const int DoNotCache = 0x80;

    public static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>Whether an error says that there is nothing by that name: ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP.</summary>
    public static bool IsGone(int error) => error is 2 or 20 or 36 or 40;

    /// <summary>struct statx, as far as it is needed; the kernel lays it out alike on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct Stat
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
    public struct FileSystem
    {
        [FieldOffset(0)]
        public nint Type;
    }

    /// <summary>struct iovec.</summary>
    public struct Vector
    {
        public nint Start;
        public nint Length;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, int flags);

    [LibraryImport("libc")]
    public static partial long lseek(SafeFileHandle folder, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint getdents64(SafeFileHandle folder, ref byte buffer, nint size);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int openat(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int fstatfs(SafeFileHandle folder, out FileSystem found);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int statx(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags, uint what, out Stat stat);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint preadv2(SafeFileHandle file, ref Vector piece, int count, long offset, int flags);

    [LibraryImport("libc")]
    public static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc")]
    public static partial nint mmap(nint at, nint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc")]
    public static partial int mincore(nint at, nint length, ref byte areThere);

    [LibraryImport("libc")]
    public static partial int munmap(nint at, nint length);
}
