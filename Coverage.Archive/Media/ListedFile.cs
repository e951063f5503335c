using System.Collections.Generic;

namespace Coverage;

/// <summary>A file of an archive of another layout, as it was last looked at.</summary>
/// <param name="Path">Its path below the archive.</param>
/// <param name="Stamp">What moves when it is written to; null where it was not looked at.</param>
/// <param name="Failure">Why it cannot be read; null for nothing.</param>
internal abstract record ListedFile(string Path, FileStamp? Stamp, UnreadableException? Failure)
{
    /// <summary>Whether it is written anew under its name again and again, so that it may change however old it is.</summary>
    public virtual bool IsRewritten => false;
}

/// <summary>A file that is new, gone, or another than before.</summary>
/// <param name="Before">What it was; null when it is new.</param>
/// <param name="Now">What it is; null when it is gone.</param>
internal readonly record struct FileChange<T>(T? Before, T? Now);

/// <summary>What a listing gave.</summary>
/// <param name="Changes">What differs from the listings before, in the order in which it was found.</param>
/// <param name="PassedOver">How many files are none of the recorder's, and one of them.</param>
/// <param name="Unreadable">The folders that cannot be read: what was known of them stays.</param>
/// <param name="Unnameable">Folders that are left out, since their names are not UTF-8. Safe on one line.</param>
internal sealed record TreeListing<T>(
    IReadOnlyList<FileChange<T>> Changes, LeftOut PassedOver, IReadOnlyList<UnreadableException> Unreadable, IReadOnlyCollection<string> Unnameable);

/// <summary>What looks at the files of a tree.</summary>
internal interface IFileLook<T>
    where T : ListedFile
{
    /// <summary>Looks at a file; false when it is gone. One that is none of the recorder's is null.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="path">Its path below the archive.</param>
    /// <param name="before">What it was at the last look.</param>
    /// <param name="file">What it is.</param>
    bool Look(Folder folder, byte[] name, string path, T? before, out T? file);
}
