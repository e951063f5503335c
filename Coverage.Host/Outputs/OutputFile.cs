using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Coverage.Host;

/// <summary>Replaces files that other programs may be reading.</summary>
internal static partial class OutputFile
{
    private const int LockShared = 1, LockAtOnce = 4;

    /// <summary>
    /// Writes a file aside and renames it into place, so that a reader sees the whole old file or the whole new one, and the
    /// old one stays when writing fails. Makes the folder where it is missing.
    /// </summary>
    /// <exception cref="IOException">It cannot be written; the message names the path.</exception>
    public static void Replace(string path, Action<Stream> write)
    {
        string folder = Path.GetDirectoryName(path)!;
        string aside = Path.Combine(folder, $".coverage-{Path.GetRandomFileName()}.tmp");
        try
        {
            MakeFolder(folder);
            try
            {
                // Locked while it is written, so that RemoveLeftovers of another process leaves it alone.
                using var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None);
                write(stream);
                stream.Flush(flushToDisk: true);
                File.Move(aside, path, overwrite: true);
            }
            catch
            {
                File.Delete(aside);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"cannot write {Engine.Printable(path)}: {Engine.Printable(e.Message.Replace(aside, path))}", e);
        }
    }

    private static void MakeFolder(string folder)
    {
        const int Exists = 17;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (IOException e) when (e.HResult == Exists)
        {
            throw new IOException($"{folder} is there and is not a folder", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The framework says "Could not find file" and names the folder that cannot be made.
            throw new IOException($"the folder {folder} cannot be made here", e);
        }
    }

    /// <summary>Removes the unfinished files that killed programs left in a folder.</summary>
    public static void RemoveLeftovers(string folder) => IfPossible(() =>
    {
        using Folder? open = Folder.Open(folder);
        open?.ForEach((name, _, _) =>
        {
            if (name.StartsWith(".coverage-"u8) && name.EndsWith(".tmp"u8))
            {
                RemoveLeftover(open, folder, Encoding.UTF8.GetString(name));
            }
        });
    });

    private static void RemoveLeftover(Folder open, string folder, string name) => IfPossible(() =>
    {
        // This program leaves only regular files: anything else of that name is not ours.
        using SafeFileHandle? file = open.OpenRegular(Encoding.UTF8.GetBytes(name));
        if (file is not null && flock(file, LockShared | LockAtOnce) == 0)
        {
            File.Delete(Path.Combine(folder, name));
        }
    });

    private static void IfPossible(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // We may not remove or read it. A leftover does no harm.
        }
    }

    [LibraryImport("libc")]
    private static partial int flock(SafeFileHandle file, int operation);
}
