using System;

namespace Coverage;

/// <summary>Whether a folder whose stamp is as it was is taken to be as it was.</summary>
internal enum StampPolicy : byte
{
    /// <summary>Where the file system is known to move it with every change.</summary>
    Auto = 0,

    /// <summary>Everywhere.</summary>
    Always = 1,

    /// <summary>Nowhere.</summary>
    Never = 2,
}

/// <summary>
/// What the stamps of a file system's folders are worth: whether a folder's stamp moves with every change of its entries.
/// File systems in user space and shares of other systems pass stamps on, or make them up, as they like.
/// </summary>
/// <param name="Type">The number of the file system's kind, which statfs(2) tells.</param>
/// <param name="Policy">What the user asked for.</param>
internal readonly record struct StampTrust(uint Type, StampPolicy Policy)
{
    private const uint Nfs = 0x6969;

    /// <summary>The name of the file system's kind, or its number.</summary>
    public string FileSystem => Type switch
    {
        0xEF53 => "ext2-4",
        0x58465342 => "xfs",
        0x9123683E => "btrfs",
        0x2FC12FC1 => "zfs",
        0xF2F52010 => "f2fs",
        0x01021994 => "tmpfs",
        0x794C7630 => "overlay",
        0xCA451A4E => "bcachefs",
        Nfs => "nfs",
        0x65735546 => "fuse",
        0xFF534D42 => "cifs",
        0xFE534D42 => "smb2",
        0x517B => "smb",
        0x01021997 => "9p",
        _ => $"0x{Type:x}",
    };

    /// <summary>Whether a folder whose stamp is as it was need not be listed again.</summary>
    public bool IsTrusted => Policy switch
    {
        StampPolicy.Always => true,
        StampPolicy.Never => false,
        _ => FileSystem is "ext2-4" or "xfs" or "btrfs" or "zfs" or "f2fs" or "tmpfs" or "overlay" or "bcachefs" or "nfs",
    };

    /// <summary>
    /// For how long after a change another one may leave the stamp as it is: clocks of file systems tick coarsely, and a
    /// client of NFS keeps attributes for up to a minute (acdirmax).
    /// </summary>
    public TimeSpan Margin => TimeSpan.FromSeconds(Type == Nfs ? 63 : 3);

    /// <summary>What is done, as a sentence of the log.</summary>
    public override string ToString() => IsTrusted
        ? $"stamps of folders on {FileSystem} are trusted: a folder is listed again when its stamp has moved"
        : $"stamps of folders on {FileSystem} are not trusted: every folder is listed at every check";
}
