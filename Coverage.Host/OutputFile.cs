using System;
using System.IO;

namespace Coverage.Host;

/// <summary>Files that others read while they are written anew.</summary>
internal static class OutputFile
{
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
            Directory.CreateDirectory(folder);
            try
            {
                // Locked while it is written, by which others tell it from a leftover.
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
            throw new IOException($"cannot write {Engine.Printable(path)}: {Engine.Printable(e.Message)}", e);
        }
    }

    /// <summary>Removes what programs that were killed in the middle of a file have left in a folder.</summary>
    public static void RemoveLeftovers(string folder) => IfPossible(() =>
    {
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder, ".coverage-*.tmp") : [])
        {
            IfPossible(() =>
            {
                using var unlocked = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None);
                File.Delete(path);
            });
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
            // Another program is writing it now, or it is not ours to remove or to see: it does no harm.
        }
    }
}
