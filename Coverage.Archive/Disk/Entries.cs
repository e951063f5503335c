using System;
using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coverage;

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

/// <summary>What to do with an entry. The name is gone when the call returns.</summary>
/// <param name="name">Its name.</param>
/// <param name="type">What the listing says it is.</param>
/// <param name="inode">Which file of the file system it is, links not followed; some file systems say another number than a stat.</param>
internal delegate void EntryAction(ReadOnlySpan<byte> name, EntryType type, ulong inode);

/// <summary>The entries of an open folder as the kernel's own records, one behind the other in a buffer.</summary>
internal static class Entries
{
    /// <summary>Room for an entry with the longest name.</summary>
    private const int Room = 1024;

    /// <summary>
    /// Reads all entries, from the first on, into a buffer of the shared pool, which it replaces by a larger one when it is
    /// full: 0, or the number of the error with which the listing broke off.
    /// </summary>
    /// <param name="folder">The open folder.</param>
    /// <param name="fault">Gives a test's error for a call, by the call's number from 1, or 0 for none; null where no test runs.</param>
    /// <param name="entries">The buffer.</param>
    /// <param name="used">How many bytes of the buffer the entries take.</param>
    public static int Read(SafeFileHandle folder, Func<int, int>? fault, ref byte[] entries, out int used)
    {
        used = 0;
        int error = 0;
        _ = Linux.lseek(folder, 0, 0);
        for (int call = 1; error is 0 or Linux.Interrupted; call++)
        {
            if (entries.Length - used < Room)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent(2 * entries.Length);
                entries.AsSpan(0, used).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(entries);
                entries = larger;
            }

            error = fault?.Invoke(call) ?? 0;
            nint got = error != 0 ? -1 : Linux.getdents64(folder, ref entries[used], entries.Length - used);
            if (got == 0)
            {
                return 0;
            }

            error = got > 0 ? 0 : error != 0 ? error : Marshal.GetLastPInvokeError();
            used += Math.Max(0, (int)got);
        }

        return error;
    }

    /// <summary>Calls an action for each entry of a buffer, without <c>.</c> and <c>..</c>.</summary>
    public static void ForEach(ReadOnlySpan<byte> entries, EntryAction action)
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
                action(name, (EntryType)entries[typeAt], MemoryMarshal.Read<ulong>(entries));
            }

            entries = entries[length..];
        }
    }
}
