using System;
using System.Globalization;

namespace Coverage.Host;

/// <summary>A file of the keeper cannot be used. The message is a sentence that names the file, the line and the field.</summary>
internal sealed class KeeperFileException : Exception
{
    /// <summary>Something that one line of a file says wrongly.</summary>
    /// <param name="path">The file.</param>
    /// <param name="line">The line, the first one being 1.</param>
    /// <param name="field">The column or property of the line; null when it is the whole line.</param>
    /// <param name="what">What is wrong, and what is allowed.</param>
    public KeeperFileException(string path, int line, string? field, string what)
        : base($"{Engine.Printable(path)}, line {line.ToString(CultureInfo.InvariantCulture)}{(field is null ? "" : ", " + Engine.Printable(field))}: {what}")
    {
        Line = line;
        Field = field;
    }

    /// <summary>Something that is wrong with a file as a whole.</summary>
    public KeeperFileException(string path, string what, Exception? cause = null)
        : base($"{Engine.Printable(path)}: {what}", cause)
    {
    }

    /// <summary>The line, the first one being 1; null when it is the whole file.</summary>
    public int? Line { get; }

    /// <summary>The column or property; null when it is the whole line or file.</summary>
    public string? Field { get; }
}
