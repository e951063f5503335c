using System.ComponentModel;
using System.IO;

namespace Coverage;

/// <summary>
/// A folder, or the size of a file that decides, cannot be read: there is no number then, rather than a hole that is not
/// there. The message is a sentence that names the path and is safe on one line.
/// </summary>
public sealed class UnreadableException : IOException
{
    internal UnreadableException(string path, string sentence)
        : base(sentence) => Path = path;

    /// <summary>A call of the system failed with the number of an error.</summary>
    internal UnreadableException(string path, int error)
        : this(path, $"cannot read {Engine.Printable(path)}: {new Win32Exception(error).Message}")
    {
    }

    /// <summary>The path of what cannot be read.</summary>
    public string Path { get; }
}
