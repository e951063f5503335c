using System;

namespace Coverage;

/// <summary>
/// What moves when a folder's entries change: which folder it is, and when it was last changed, by its own account and by
/// the file system's (which also moves when a copying tool sets the first back). Another disk mounted in its place has
/// another device, so what is known of a stamp's file system holds as long as the stamp does.
/// </summary>
internal readonly record struct FolderStamp(ulong Device, ulong Inode, StatTime Modified, StatTime Changed)
{
    /// <summary>Whether, for a stamp taken then, a change that came right after must have moved it.</summary>
    public bool IsSettledAt(DateTimeOffset taken, StampTrust trust)
    {
        long limit = (taken - trust.Margin).ToUnixTimeSeconds();
        return trust.IsTrusted && Modified.Seconds < limit && Changed.Seconds < limit;
    }
}
