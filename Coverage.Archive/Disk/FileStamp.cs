using System;

namespace Coverage;

/// <summary>What moves when a file is written to, or another takes the place of it.</summary>
/// <param name="IsRegular">Whether it is a file, and no device, pipe or folder.</param>
/// <param name="Device">The number of the file system.</param>
/// <param name="Inode">Which file of the file system it is.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Modified">When it was last written to.</param>
internal readonly record struct FileStamp(bool IsRegular, ulong Device, ulong Inode, long Size, StatTime Modified)
{
    /// <summary>
    /// When it was last changed by the file system's own account, which also moves when a tool sets <see cref="Modified"/> back.
    /// </summary>
    public StatTime Changed { get; init; }

    /// <summary>
    /// Whether it changed less than so long ago. A time of writing that lies ahead was set by a tool, or by a clock that was
    /// wrong, and says nothing.
    /// </summary>
    public bool IsYoungerThan(TimeSpan age, DateTimeOffset now)
    {
        long last = Modified.Seconds > now.ToUnixTimeSeconds() ? Changed.Seconds : Math.Max(Modified.Seconds, Changed.Seconds);
        return last >= (now - age).ToUnixTimeSeconds();
    }
}
