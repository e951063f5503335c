using System;
using System.IO;
using Microsoft.FSharp.Core;
using Microsoft.Win32.SafeHandles;

namespace Coverage;

/// <summary>What media files say of themselves (semantics.md section 13), with no more of them read than that takes.</summary>
internal static class MediaProbe
{
    /// <summary>How often a file that changes while it is read is read again.</summary>
    private const int Patience = 3;

    /// <summary>At least so much is read at once: containers say what is next a few bytes at a time.</summary>
    private const int Window = 8 * 1024;

    /// <summary>What a file says of itself, and what it was when it said so; null when it is gone, or is no file.</summary>
    /// <exception cref="UnreadableException">It cannot be read.</exception>
    public static (FileStamp Stamp, FSharpResult<Media, MediaFault> Said)? Read(Folder folder, ReadOnlySpan<byte> name)
    {
        for (int attempt = 1; ; attempt++)
        {
            if (folder.FileStampOf(name) is not { IsRegular: true } stamp)
            {
                return null;
            }

            if (stamp.Size == 0)
            {
                return (stamp, ((Probe.Known)Container.probe(0)).Item);
            }

            using SafeFileHandle? file = folder.OpenFile(name);
            if (file is null)
            {
                return null;
            }

            FSharpResult<Media, MediaFault> said;
            try
            {
                said = Follow(Container.probe(stamp.Size), file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                string path = folder.PathOf(name);
                throw new UnreadableException(path, $"cannot read {Engine.Printable(path)}: {Engine.Printable(e.Message)}");
            }

            // One that is being written is what it was at the last try.
            if (attempt == Patience || folder.FileStampOf(name) == stamp)
            {
                return (stamp, said);
            }
        }
    }

    private static FSharpResult<Media, MediaFault> Follow(Probe probe, SafeFileHandle file)
    {
        ReadOnlyMemory<byte> window = default;
        long from = 0;
        while (probe is Probe.Need need)
        {
            if (need.at < from || need.at + need.length > from + window.Length)
            {
                // A new array each time: what was asked for before may still be looked at.
                byte[] bytes = GC.AllocateUninitializedArray<byte>(Math.Max(need.length, Window));
                window = bytes.AsMemory(0, ReadAll(file, bytes, need.at));
                from = need.at;
            }

            int at = (int)(need.at - from);
            probe = need.next.Invoke(window.Slice(at, Math.Min(need.length, window.Length - at)));
        }

        return ((Probe.Known)probe).Item;
    }

    /// <summary>Reads until the array is full, or the file ends; how much was read.</summary>
    private static int ReadAll(SafeFileHandle file, byte[] bytes, long at)
    {
        int length = 0;
        while (length < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(length), at + length) is > 0 and var read)
        {
            length += read;
        }

        return length;
    }
}
