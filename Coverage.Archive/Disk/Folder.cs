using System;
using System.Buffers;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Coverage;

/// <summary>
/// An open folder, read with Linux's own calls: names are bytes, need not be UTF-8 and cost no allocation, and each
/// error keeps its number. Whatever vanishes meanwhile is no error.
/// </summary>
internal sealed class Folder : IDisposable
{
    /// <summary>How often a listing is tried.</summary>
    private const int Attempts = 2;

    private readonly SafeFileHandle handle;
    private readonly string path;

    private Folder(SafeFileHandle handle, string path) => (this.handle, this.path) = (handle, path);

    public void Dispose() => handle.Dispose();

    /// <summary>Opens a folder; null when there is none by that name.</summary>
    /// <exception cref="UnreadableException">It cannot be opened for any other reason.</exception>
    public static Folder? Open(string path)
    {
        while (true)
        {
            int descriptor = Linux.open(path, Linux.ReadOnly | Linux.NonBlocking | Linux.CloseOnExec);
            int error = Marshal.GetLastPInvokeError();
            if (descriptor >= 0)
            {
                return new Folder(new SafeFileHandle(descriptor, ownsHandle: true), path);
            }

            if (Linux.IsGone(error))
            {
                return null;
            }

            if (error != Linux.Interrupted)
            {
                throw new UnreadableException(path, error);
            }
        }
    }

    /// <summary>Opens a regular file for reading, links followed; null for anything else.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle? OpenRegularFile(string path)
    {
        int descriptor = Linux.open(path, Linux.ReadOnly | Linux.NonBlocking | Linux.CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Linux.statx(file, [0], Linux.EmptyPath, Linux.StatType, out Linux.Stat stat) == 0 && (stat.Mode & Linux.TypeMask) == Linux.TypeRegular)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Where tests put a fault: the error of a listing's call, by the folder's path and the call's number from 1; 0 is none.</summary>
    internal static Func<string, int, int>? Fault { get; set; }

    /// <summary>
    /// Lists all entries, then calls an action for each, in the order of the file system. What is no folder has no entries.
    /// False when the folder is gone.
    /// </summary>
    /// <exception cref="UnreadableException">The folder cannot be read to its end.</exception>
    public bool ForEach(EntryAction action)
    {
        byte[] entries = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            if (List(ref entries) is not { } used)
            {
                return false;
            }

            Entries.ForEach(entries.AsSpan(0, used), action);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(entries);
        }
    }

    /// <summary>
    /// Puts all entries into a buffer: how many bytes, or null when the folder is gone. A listing that breaks off is no
    /// listing: what was not listed yet would be taken for lost. Some file systems break off by saying that the folder,
    /// which is there, does not exist.
    /// </summary>
    private int? List(ref byte[] entries)
    {
        for (int attempt = 1; ; attempt++)
        {
            int error = Entries.Read(
                handle, Fault is null ? null : call => Fault?.Invoke(path, call) ?? 0, ref entries, out int used);
            if (error == 0)
            {
                return used;
            }

            if (Linux.IsGone(error) && !IsStillThere())
            {
                return null;
            }

            if (attempt == Attempts)
            {
                throw new UnreadableException(
                    path, $"cannot list {Engine.Printable(path)} to its end: {new Win32Exception(error).Message}");
            }
        }
    }

    /// <summary>Whether the folder is still found by its path.</summary>
    private bool IsStillThere()
    {
        using Folder? again = Open(path);
        return again?.StampOf() is { } found && StampOf() is { } own
            && (found.Device, found.Inode) == (own.Device, own.Inode);
    }

    /// <summary>What the stamps of the file system are worth that the folder lies on.</summary>
    /// <exception cref="UnreadableException">The file system does not answer.</exception>
    public StampTrust TrustOf(StampPolicy policy)
    {
        while (true)
        {
            if (Linux.fstatfs(handle, out Linux.FileSystem found) == 0)
            {
                return new StampTrust((uint)found.Type, policy);
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Linux.Interrupted)
            {
                throw new UnreadableException(path, error);
            }
        }
    }

    /// <summary>Opens a regular file for reading; null for anything else, links too.</summary>
    /// <exception cref="UnreadableException">It cannot be looked up.</exception>
    public SafeFileHandle? OpenRegular(ReadOnlySpan<byte> name)
    {
        // Opening can block, or do something to a device: so what is no file is not opened.
        if (!TryStat(name, Linux.StatType, out Linux.Stat stat, Linux.LinkItself)
            || (stat.Mode & Linux.TypeMask) != Linux.TypeRegular)
        {
            return null;
        }

        const int flags = Linux.ReadOnly | Linux.NonBlocking | Linux.CloseOnExec;
        int descriptor = Linux.openat(handle, [.. name, 0], flags | Linux.NoFollow);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>What an entry is as a file, links followed; null when it is gone.</summary>
    /// <exception cref="UnreadableException">It cannot be looked up.</exception>
    public FileStamp? FileStampOf(ReadOnlySpan<byte> name) =>
        TryStat(name, Linux.StatType | Linux.StatModified | Linux.StatChanged | Linux.StatInode | Linux.StatSize, out Linux.Stat stat)
            ? new FileStamp(
                (stat.Mode & Linux.TypeMask) == Linux.TypeRegular, stat.Device, stat.Inode, (long)stat.Size, stat.Modified)
            {
                Changed = stat.Changed,
            }
            : null;

    /// <summary>Opens a file for reading, links followed; null when it is gone.</summary>
    /// <exception cref="UnreadableException">It cannot be opened.</exception>
    public SafeFileHandle? OpenFile(ReadOnlySpan<byte> name)
    {
        while (true)
        {
            int descriptor = Linux.openat(handle, [.. name, 0], Linux.ReadOnly | Linux.NonBlocking | Linux.CloseOnExec);
            int error = Marshal.GetLastPInvokeError();
            if (descriptor >= 0 || Linux.IsGone(error))
            {
                return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
            }

            if (error != Linux.Interrupted)
            {
                throw new UnreadableException(PathOf(name), error);
            }
        }
    }

    /// <summary>The path of an entry.</summary>
    public string PathOf(ReadOnlySpan<byte> name) => Path.Combine(path, Encoding.UTF8.GetString(name));

    /// <summary>What an entry is, with a stat where the listing does not say.</summary>
    /// <exception cref="UnreadableException">It cannot be looked up.</exception>
    public EntryKind KindOf(ReadOnlySpan<byte> name, EntryType type)
    {
        if (type is not (EntryType.Unknown or EntryType.Link))
        {
            return type == EntryType.Folder ? EntryKind.Folder : EntryKind.File;
        }

        return TryStat(name, Linux.StatType, out Linux.Stat stat) is false ? EntryKind.Gone
            : (stat.Mode & Linux.TypeMask) == Linux.TypeFolder ? EntryKind.Folder
            : EntryKind.File;
    }

    /// <summary>
    /// The folders in the folder that are not hidden, in order of name; null when it is gone. What cannot be looked up may be
    /// a folder.
    /// </summary>
    /// <param name="onUnnameable">Called with each name that is not UTF-8, safe on one line: no text can hold that name.</param>
    /// <param name="hasLinks">Whether any entry may be a link.</param>
    /// <exception cref="UnreadableException">The folder cannot be read to its end.</exception>
    public List<string>? Subfolders(Action<string> onUnnameable, out bool hasLinks)
    {
        var found = new List<string>();
        bool links = false;
        bool isThere = ForEach((name, type, _) =>
        {
            links |= type is EntryType.Link or EntryType.Unknown;
            if (name[0] != (byte)'.' && MayBeFolder(name, type))
            {
                string text = Encoding.UTF8.GetString(name);
                if (Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(name))
                {
                    found.Add(text);
                }
                else
                {
                    onUnnameable(Engine.Printable(name));
                }
            }
        });
        hasLinks = links;
        found.Sort(StringComparer.Ordinal);
        return isThere ? found : null;
    }

    private bool MayBeFolder(ReadOnlySpan<byte> name, EntryType type)
    {
        try
        {
            return KindOf(name, type) == EntryKind.Folder;
        }
        catch (UnreadableException)
        {
            return true;
        }
    }

    /// <summary>A file's size in bytes, links followed; -1 when it is gone.</summary>
    /// <exception cref="UnreadableException">It cannot be looked up.</exception>
    public long SizeOf(ReadOnlySpan<byte> name) => TryStat(name, Linux.StatSize, out Linux.Stat stat) ? (long)stat.Size : -1;

    /// <summary>The stamp of the folder itself, or of a folder in it; null when it is gone or no folder.</summary>
    /// <exception cref="UnreadableException">It cannot be looked up.</exception>
    public FolderStamp? StampOf(ReadOnlySpan<byte> name = default) =>
        TryStat(name, Linux.StatType | Linux.StatModified | Linux.StatChanged | Linux.StatInode, out Linux.Stat stat)
            && (stat.Mode & Linux.TypeMask) == Linux.TypeFolder
            ? new FolderStamp(stat.Device, stat.Inode, stat.Modified, stat.Changed)
            : null;

    /// <summary>Looks an entry up, or the folder itself where the name is empty; false when it is gone.</summary>
    private bool TryStat(ReadOnlySpan<byte> name, uint what, out Linux.Stat stat, int flags = 0)
    {
        Span<byte> ended = stackalloc byte[name.Length + 1];
        name.CopyTo(ended);
        ended[^1] = 0;
        while (true)
        {
            int result = Linux.statx(handle, ended, name.IsEmpty ? Linux.EmptyPath : flags, what, out stat);
            int error = Marshal.GetLastPInvokeError();
            if (result == 0)
            {
                return true;
            }

            if (Linux.IsGone(error))
            {
                return false;
            }

            if (error != Linux.Interrupted)
            {
                throw new UnreadableException(PathOf(name), error);
            }
        }
    }
}
