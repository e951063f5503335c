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
        string aside = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            try
            {
                using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }

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
            throw new IOException($"cannot write {Engine.Printable(path)}: {e.Message}", e);
        }
    }
}
