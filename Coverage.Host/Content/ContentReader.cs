using System;
using System.Security.Cryptography;
using System.Threading;
using Coverage.Units;
using Microsoft.Win32.SafeHandles;

namespace Coverage.Host;

/// <summary>What became of verifying a file.</summary>
internal enum LookKind : byte
{
    /// <summary>It was read.</summary>
    Verified,

    /// <summary>It is gone, as if it had never been listed.</summary>
    Gone,

    /// <summary>It changed whenever it was read: it is being written.</summary>
    Changing,
}

/// <summary>What verifying a file gave.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Bytes">How many bytes were read.</param>
/// <param name="Verified">What is wrong with it, where it was read.</param>
internal readonly record struct Look(LookKind Kind, long Bytes = 0, Verified? Verified = null);

/// <summary>
/// Reads the files of segments to their ends, one after another, in one thread: each byte once, into a buffer that stays.
/// Files leave the page cache as they were.
/// </summary>
/// <param name="pace">How fast it may read.</param>
internal sealed class ContentReader(Pace pace) : IDisposable
{
    /// <summary>How often a file that changes while it is read is read again.</summary>
    private const int Patience = 3;

    /// <summary>Longer than most segments: what the kernel reads ahead of a piece it may read twice.</summary>
    private const int PieceLength = 4 * 1024 * 1024;

    /// <summary>What is hashed and searched at a time, so that it is still in the processor's cache.</summary>
    private const int StepLength = 64 * 1024;

    private readonly byte[] piece = GC.AllocateUninitializedArray<byte>(PieceLength, pinned: true);
    private readonly byte[] digest = new byte[SHA256.HashSizeInBytes];
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly TsReader packets = new();
    private readonly PageCache cache = new();

    public void Dispose() => hash.Dispose();

    /// <summary>Verifies the file of a segment.</summary>
    /// <param name="folder">The folder of its hour.</param>
    /// <param name="name">Its name, which fits the grammar.</param>
    /// <param name="declared">The length that the name says.</param>
    /// <param name="stop">Ends it before its time.</param>
    /// <exception cref="UnreadableException">It cannot be read.</exception>
    public Look Look(Folder folder, ReadOnlySpan<byte> name, Duration declared, CancellationToken stop)
    {
        long bytes = 0;
        for (int attempt = 0; attempt < Patience; attempt++)
        {
            if (folder.FileStampOf(name) is not { } before)
            {
                return new(LookKind.Gone, bytes);
            }

            if (!before.IsRegular)
            {
                throw new UnreadableException(
                    folder.PathOf(name), $"cannot read {Engine.Printable(folder.PathOf(name))}: it is no file");
            }

            packets.Begin();
            if (!TryRead(folder, name, before.Size, stop))
            {
                return new(LookKind.Gone, bytes);
            }

            TsFacts facts = packets.Facts;
            bytes += facts.Size;
            if (facts.Size == before.Size && folder.FileStampOf(name) == before)
            {
                return new(LookKind.Verified, bytes, Engine.Verify(declared.Microseconds, name, facts, digest));
            }
        }

        return new(LookKind.Changing, bytes);
    }

    /// <summary>Reads so many bytes of a file, or to its end; false when it is gone. One without any bytes is not opened.</summary>
    private bool TryRead(Folder folder, ReadOnlySpan<byte> name, long size, CancellationToken stop)
    {
        if (size == 0)
        {
            return true;
        }

        using SafeFileHandle? file = folder.OpenFile(name);
        if (file is null)
        {
            return false;
        }

        cache.Begin(file, size);
        try
        {
            for (long at = 0; at < size;)
            {
                int length = (int)Math.Min(PieceLength, size - at);
                pace.Wait(length, stop);
                int got = cache.Read(file, piece, length, at, out int error);
                if (got < 0)
                {
                    throw new UnreadableException(folder.PathOf(name), error);
                }

                if (got == 0)
                {
                    break;
                }

                Take(piece.AsSpan(0, got));
                at += got;
            }
        }
        finally
        {
            // Else the next file would be hashed on from here.
            hash.GetHashAndReset(digest);
        }

        cache.End(file);
        return true;
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> step = bytes[..Math.Min(StepLength, bytes.Length)];
            hash.AppendData(step);
            packets.Add(step);
            bytes = bytes[step.Length..];
        }
    }
}
