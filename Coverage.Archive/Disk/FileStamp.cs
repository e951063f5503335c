namespace Coverage;

/// <summary>What moves when a file is written to, or another takes the place of it.</summary>
/// <param name="IsRegular">Whether it is a file, and no device, pipe or folder.</param>
/// <param name="Device">The number of the file system.</param>
/// <param name="Inode">Which file of the file system it is.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Modified">When it was last written to.</param>
internal readonly record struct FileStamp(bool IsRegular, ulong Device, ulong Inode, long Size, StatTime Modified);
