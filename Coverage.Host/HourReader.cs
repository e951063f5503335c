using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

namespace Coverage.Host;

/// <summary>A file whose size decides what is best for its start.</summary>
/// <param name="Name">Its name, a Latin-1 character for each byte.</param>
/// <param name="Size">In bytes; -1 for one that was gone.</param>
internal readonly record struct Rival(string Name, long Size);

/// <summary>What is to be known of an hour's folder beside its segments.</summary>
/// <param name="BadNames">The first bad names.</param>
/// <param name="MarkedInVain">The first files beside which there is a deletion mark that hides nothing.</param>
/// <param name="Rivals">The files whose sizes were asked for, as they were.</param>
/// <param name="Stamp">The folder's stamp from before it was read.</param>
/// <param name="At">When the stamp was taken.</param>
/// <param name="HasLinks">Whether any entry is a link, so that changes elsewhere can change what the folder says.</param>
internal sealed record FolderFacts(
    ImmutableArray<BadName> BadNames, ImmutableArray<string> MarkedInVain, ImmutableArray<Rival> Rivals, FolderStamp Stamp,
    DateTimeOffset At, bool HasLinks);

/// <summary>What reading the folder of an hour gave.</summary>
internal sealed record HourReading(HourFolder Folder, HourSelection Selection, FolderFacts Facts)
{
    /// <summary>Whether a later change of the folder must move its stamp.</summary>
    public bool IsSettled => !Facts.HasLinks && Facts.Stamp.IsSettledAt(Facts.At);
}

/// <summary>Reads the folders of hours: names, and the sizes that decide (semantics.md sections 1 and 2).</summary>
internal sealed class HourReader(TimeProvider time)
{
    /// <summary>How often a folder is listed again because it changed while it was.</summary>
    private const int Patience = 5;

    /// <summary>Called with the names of an hour's best segments in order, where somebody wants to know.</summary>
    public Action<string, IEnumerable<string>>? OnBest { get; init; }

    /// <summary>Reads the folder of an hour; null when it is gone.</summary>
    /// <exception cref="UnreadableException">It, or a size that decides, cannot be read.</exception>
    public HourReading? Read(string path, int hour, CancellationToken stop)
    {
        using Folder? folder = Folder.Open(path);
        byte[] rented = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            // A folder of very many names grows a buffer of its own.
            byte[] names = rented;
            DateTimeOffset at = time.GetUtcNow();
            FolderStamp? stamp = folder?.StampOf();
            HourReading? reading = null;

            // A listing can miss a file that is renamed meanwhile, under both of its names, so it must have had the folder
            // to itself. One that never rests is taken as it is, and looked at again in the next round.
            for (int attempt = 0; folder is not null && stamp is { } before && attempt < Patience; attempt++)
            {
                reading = ReadOnce(path, folder, hour, ref names, before, at, stop);
                at = time.GetUtcNow();
                stamp = folder.StampOf();
                if (stamp == before)
                {
                    break;
                }
            }

            return stamp is null ? null : reading;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private HourReading ReadOnce(
        string path, Folder folder, int hour, ref byte[] buffer, FolderStamp stamp, DateTimeOffset at, CancellationToken stop)
    {
        int used = Names(folder, ref buffer, out bool hasLinks, stop);
        ReadOnlyMemory<byte> names = buffer.AsMemory(0, used);
        Listing listing = Engine.Read(hour, names.Span);
        HourFolder found = listing.Folder;
        ImmutableArray<int> starts = listing.NameStarts;
        var rivals = ImmutableArray.CreateBuilder<Rival>();

        // A rival that is gone may leave others to be told apart, so until nothing is asked for any more.
        for (var asked = Engine.Contested(found); !asked.IsEmpty; asked = Engine.Contested(found))
        {
            stop.ThrowIfCancellationRequested();
            ImmutableArray<Rival> sized = [.. asked.Select(index => Sized(folder, Engine.NameAt(starts[index], names.Span)))];
            rivals.AddRange(sized);
            var gone = asked.Where((_, at) => sized[at].Size < 0).ToHashSet();
            found = Engine.WithSizes(found, asked, [.. sized.Select(rival => rival.Size)]);
            starts = [.. starts.Where((_, index) => !gone.Contains(index))];
        }

        HourSelection selection = Engine.Select(found);
        if (OnBest is not null)
        {
            var nameOf = found.Segments.Zip(starts).DistinctBy(at => at.First).ToDictionary(at => at.First, at => at.Second);
            OnBest(path, selection.Best.Select(best => Engine.Printable(Engine.NameAt(nameOf[best], names.Span))));
        }

        return new HourReading(found, selection, new FolderFacts(
            listing.BadNames, listing.MarkedInVain, rivals.DrainToImmutable(), stamp, at, hasLinks));
    }

    /// <summary>Whether files that were asked for their sizes still have those.</summary>
    /// <exception cref="UnreadableException">A size cannot be looked up.</exception>
    public static bool AreSame(string path, ImmutableArray<Rival> rivals)
    {
        using Folder? folder = Folder.Open(path);
        return folder is not null && rivals.All(rival => Sized(folder, Encoding.Latin1.GetBytes(rival.Name)) == rival);
    }

    /// <summary>Whether the folder of an hour holds a listed name; false when it is gone.</summary>
    /// <exception cref="UnreadableException">It cannot be read.</exception>
    public static bool HoldsAny(string path, int hour)
    {
        using Folder? folder = Folder.Open(path);
        byte[] names = [];
        if (folder is null)
        {
            return false;
        }

        int used = Names(folder, ref names, out _, CancellationToken.None);
        HourFolder found = Engine.Read(hour, names.AsSpan(0, used)).Folder;
        return found.Segments.Length + found.Bad > 0;
    }

    private static Rival Sized(Folder folder, ReadOnlySpan<byte> name) => new(Encoding.Latin1.GetString(name), folder.SizeOf(name));

    /// <summary>Puts the names in an hour's folder that matter into a buffer, each followed by a slash; how many bytes.</summary>
    private static int Names(Folder folder, ref byte[] buffer, out bool hasLinks, CancellationToken stop)
    {
        byte[] names = buffer;
        int used = 0;
        bool links = false;
        folder.ForEach((name, type) =>
        {
            stop.ThrowIfCancellationRequested();
            bool matters = Engine.IsListed(name) ? folder.KindOf(name, type) == EntryKind.File
                : Engine.IsMark(name) && folder.KindOf(name, type) != EntryKind.Gone;
            if (matters)
            {
                if (used + name.Length + 1 > names.Length)
                {
                    Array.Resize(ref names, (2 * names.Length) + 1024);
                }

                name.CopyTo(names.AsSpan(used));
                used += name.Length;
                names[used++] = (byte)'/';
            }

            // Where the file system does not say, it may be a link, too.
            links |= type is EntryType.Link or EntryType.Unknown;
        });
        hasLinks = links;
        buffer = names;
        return used;
    }
}
