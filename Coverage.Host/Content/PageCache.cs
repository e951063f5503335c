using System;
using System.Buffers;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Coverage.Host;

/// <summary>
/// Reads files so that the system's page cache is left as it was: pages that were there stay, and
/// the pages that are read here push none of them out. Linux 6.14 and later do that themselves, on file systems that can. Elsewhere the pages that are there
/// are counted before, and the others dropped after reading; where the system does not tell (it tells the owner of a file, who may
/// write it, and root), all are taken to be there, and stay.
/// </summary>
/// <param name="mayBeUncached">Whether the system may be able to do it alone.</param>
internal sealed class PageCache(bool mayBeUncached = true)
{
    /// <summary>Whether the system may be able to; not where it once said that it is not.</summary>
    private bool isUncached = mayBeUncached;

    /// <summary>Where the pages begin and end that were not there, in bytes.</summary>
    private readonly List<(long Start, long Length)> absent = [];

    private long size;

    /// <summary>Begins with a file.</summary>
    public void Begin(SafeFileHandle file, long size)
    {
        this.size = size;
        absent.Clear();
        if (!isUncached)
        {
            FindAbsent(file);
        }
    }

    /// <summary>Reads a part of the file into a pinned buffer: how many bytes, or -1 with the number of the error.</summary>
    public int Read(SafeFileHandle file, byte[] buffer, int length, long at, out int error)
    {
        while (true)
        {
            var vector = new Linux.Vector { Start = Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0), Length = length };
            int got = (int)Linux.preadv2(file, ref vector, 1, at, isUncached ? Linux.DoNotCache : 0);
            error = got < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (isUncached && error == Linux.NotSupported)
            {
                isUncached = false;
                FindAbsent(file);
            }
            else if (error != Linux.Interrupted)
            {
                return got;
            }
        }
    }

    /// <summary>Drops what was not there.</summary>
    public void End(SafeFileHandle file)
    {
        foreach ((long start, long length) in absent)
        {
            _ = Linux.posix_fadvise(file, start, length, Linux.NoLongerNeeded);
        }
    }

    private void FindAbsent(SafeFileHandle file)
    {
        nint at = Linux.mmap(0, (nint)size, Linux.ProtectionRead, Linux.MapShared, file, 0);
        if (at == -1)
        {
            return;
        }

        int pages = (int)((size + Environment.SystemPageSize - 1) / Environment.SystemPageSize);
        byte[] areThere = ArrayPool<byte>.Shared.Rent(pages);
        if (Linux.mincore(at, (nint)size, ref areThere[0]) == 0)
        {
            AddAbsent(areThere.AsSpan(0, pages));
        }

        ArrayPool<byte>.Shared.Return(areThere);
        _ = Linux.munmap(at, (nint)size);
    }

    /// <summary>Adds the runs of pages that are not there, by the lowest bit of each.</summary>
    private void AddAbsent(ReadOnlySpan<byte> areThere)
    {
        for (int page = 0; page < areThere.Length;)
        {
            int next = page;
            while (next < areThere.Length && (areThere[next] & 1) == (areThere[page] & 1))
            {
                next++;
            }

            if ((areThere[page] & 1) == 0)
            {
                absent.Add(((long)page * Environment.SystemPageSize, (long)(next - page) * Environment.SystemPageSize));
            }

            page = next;
        }
    }
}
