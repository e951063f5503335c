using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Coverage;

/// <summary>Where a list is read from: a file, or the standard input.</summary>
/// <param name="Path">The file as the user wrote it; <c>-</c> for the standard input.</param>
internal sealed record ListSource(string Path)
{
    /// <summary>The list in messages.</summary>
    public string Name => Path == "-" ? "the standard input" : Engine.Printable(Path);

    /// <summary>Opens the list. At a terminal the program says that it waits for the list.</summary>
    /// <exception cref="UnreadableException">It cannot be opened.</exception>
    public Stream Open()
    {
        if (Path == "-")
        {
            if (!Console.IsInputRedirected)
            {
                Console.Error.WriteLine("reading the list from the standard input, here the terminal: end it with Ctrl-D");
            }

            return Console.OpenStandardInput();
        }

        try
        {
            return new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UnreadableException(
                Path,
                e is FileNotFoundException or DirectoryNotFoundException ? $"there is no list {Name}"
                    : Directory.Exists(Path) ? $"the list {Name} is a folder"
                    : $"cannot read the list {Name}: {Engine.Printable(e.Message)}");
        }
    }

    /// <summary>Reads the list aside: nothing ends the wait for a pipe or a terminal that says nothing, but the wait for the reading.</summary>
    public static Task ReadAsync(Action read, CancellationToken stop) => Task.Run(read, stop).WaitAsync(stop);
}

/// <summary>The lines of a list, one after another, so that a list may be larger than the memory. The end of a line is LF or CR LF.</summary>
/// <param name="source">The list.</param>
/// <param name="input">What it holds.</param>
internal sealed class ListLines(ListSource source, Stream input)
{
    /// <summary>No path of Linux is nearly so long, so that what is longer is no list.</summary>
    private const int Longest = 64 * 1024;

    private readonly byte[] buffer = new byte[4 * Longest];
    private int at;
    private int end;
    private bool isRead;

    /// <summary>The number of the line that was read last, the first one being 1.</summary>
    public long Number { get; private set; }

    /// <summary>Reads the next line, without its end; false after the last one. It is gone when the next one is read.</summary>
    /// <exception cref="ListException">The line is too long for a list.</exception>
    /// <exception cref="UnreadableException">The list cannot be read to its end.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int length = buffer.AsSpan(at, end - at).IndexOf((byte)'\n');
        while (length < 0 && !isRead && end - at <= Longest)
        {
            int searched = end - at;
            Fill();
            length = buffer.AsSpan(at + searched, end - at - searched).IndexOf((byte)'\n');
            length += length < 0 ? 0 : searched;
        }

        bool hasEnd = length >= 0;
        line = buffer.AsSpan(at, hasEnd ? length : end - at);
        if (!hasEnd && line.IsEmpty)
        {
            return false;
        }

        Number++;
        if (line.Length > Longest)
        {
            throw Wrong($"it is longer than {Longest} bytes, so that this is no list");
        }

        at += line.Length + (hasEnd ? 1 : 0);
        line = line.EndsWith("\r"u8) ? line[..^1] : line;
        line = Number == 1 && line.StartsWith("\uFEFF"u8) ? line[3..] : line;
        return true;
    }

    /// <summary>An error in the line that was read last.</summary>
    public ListException Wrong(string what) => new(source.Name, Number, what);

    private void Fill()
    {
        buffer.AsSpan(at, end - at).CopyTo(buffer);
        (at, end) = (0, end - at);
        try
        {
            int got = input.Read(buffer, end, buffer.Length - end);
            end += got;
            isRead = got == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableException(source.Path, $"cannot read {source.Name} to its end: {Engine.Printable(e.Message)}");
        }
    }
}
