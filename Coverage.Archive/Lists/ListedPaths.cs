using System;
using System.Buffers.Text;
using System.Threading;

namespace Coverage;

/// <summary>A line of a list of names: a path below the base.</summary>
/// <param name="folder">Its folder, as it is written; empty for the base.</param>
/// <param name="name">Its name there; empty where the line names the folder itself.</param>
/// <param name="size">In bytes; -1 where the line says none.</param>
internal delegate void ListedPath(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name, long size);

/// <summary>Reads lists of names, a path a line, as find and rclone write them (semantics.md section 13).</summary>
internal static class ListedPaths
{
    /// <summary>Calls an action for each line.</summary>
    /// <exception cref="ListException">A line cannot be read.</exception>
    /// <exception cref="UnreadableException">The list cannot be read.</exception>
    public static void ForEach(ListSource source, ListedPath action, CancellationToken stop)
    {
        using System.IO.Stream input = source.Open();
        var lines = new ListLines(source, input);
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            stop.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> path = WithoutSize(line, out long size);
            int slash = path.LastIndexOf((byte)'/');
            ReadOnlySpan<byte> folder = slash < 0 ? [] : path[..slash];
            ReadOnlySpan<byte> name = path[(slash + 1)..];
            if (name.SequenceEqual("."u8))
            {
                name = [];
            }

            if (name.SequenceEqual(".."u8) || LeadsUp(folder))
            {
                throw lines.Wrong("'..' leads out of its folder: write paths below the base of the archive");
            }

            action(folder, name, size);
        }
    }

    /// <summary>The next part of a path, which is taken off it, and whether there was one. Nothing and <c>.</c> are no parts.</summary>
    public static bool TryTakePart(ref ReadOnlySpan<byte> path, out ReadOnlySpan<byte> part)
    {
        part = [];
        while (!path.IsEmpty && (part.IsEmpty || part.SequenceEqual("."u8)))
        {
            int slash = path.IndexOf((byte)'/');
            part = slash < 0 ? path : path[..slash];
            path = slash < 0 ? [] : path[(slash + 1)..];
        }

        return !part.IsEmpty && !part.SequenceEqual("."u8);
    }

    private static bool LeadsUp(ReadOnlySpan<byte> folder)
    {
        if (folder.IndexOf(".."u8) >= 0)
        {
            while (TryTakePart(ref folder, out ReadOnlySpan<byte> part))
            {
                if (part.SequenceEqual(".."u8))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Splits a line at its last TAB or semicolon, where only digits follow that.</summary>
    private static ReadOnlySpan<byte> WithoutSize(ReadOnlySpan<byte> line, out long size)
    {
        size = -1;
        int at = line.LastIndexOfAny((byte)'\t', (byte)';');
        ReadOnlySpan<byte> digits = line[(at + 1)..];
        if (at < 0 || digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return line;
        }

        size = Utf8Parser.TryParse(digits, out long read, out _) ? read : long.MaxValue;
        return line[..at];
    }
}
