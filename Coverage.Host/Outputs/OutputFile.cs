using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Coverage.Host;

/// <summary>Files that others read while they are written anew.</summary>
internal static partial class OutputFile
{
    private const int LockShared = 1, LockAtOnce = 4;

    /// <summary>
    /// Writes a file aside and renames it into place, so that a reader sees the old one or the new one whole, and what is
    /// there stays when writing fails. The folder is made if need be.
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
            // The framework's message is "Could not find file" of the folder that cannot be made.
            throw new IOException($"the folder {folder} cannot be made here", e);
        }
    }

    /// <summary>Removes what programs that were killed in the middle of a file have left in a folder.</summary>
    public static void RemoveLeftovers(string folder) => IfPossible(() =>
    {
        using Folder? open = Folder.Open(folder);
        open?.ForEach((name, _) =>
        {
            if (name.StartsWith(".coverage-"u8) && name.EndsWith(".tmp"u8))
            {
                RemoveLeftover(open, folder, Encoding.UTF8.GetString(name));
            }
        });
    });

    private static void RemoveLeftover(Folder open, string folder, string name) => IfPossible(() =>
    {
        // What bears such a name and is no file was not left by this program.
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
            // It is not ours to remove or to see: it does no harm.
        }
    }

    [LibraryImport("libc")]
    private static partial int flock(SafeFileHandle file, int operation);
}
