using System;
using System.Buffers;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using Coverage.Units;

namespace Coverage;

/// <summary>A file whose size was asked for.</summary>
/// <param name="Name">Its name, a Latin-1 character for each byte.</param>
/// <param name="Size">In bytes; -1 for a file that was gone.</param>
internal readonly record struct SizedFile(string Name, long Size);

/// <summary>What is to be known of an hour's folder beside its segments.</summary>
/// <param name="BadNames">The first bad names.</param>
/// <param name="Recoded">How many of all bad names are re-coded.</param>
/// <param name="MarkedInVain">The first files beside which there is a deletion mark that hides nothing.</param>
/// <param name="SizedFiles">The files whose sizes were asked for, as they were.</param>
/// <param name="EmptyFiles">The files of no bytes, where every size was asked for.</param>
/// <param name="Stamp">The folder's stamp from before it was read.</param>
/// <param name="At">When the stamp was taken.</param>
/// <param name="HasLinks">Whether any entry is a link, so that changes elsewhere can change what the folder says.</param>
/// <param name="Trust">What the stamp is worth.</param>
/// <param name="Names">Where the stamp is not trusted, a hash of the names that matter: what else tells of a change.</param>
internal sealed record FolderFacts(
    ImmutableArray<BadName> BadNames,
    int Recoded,
    ImmutableArray<string> MarkedInVain,
    ImmutableArray<SizedFile> SizedFiles,
    ImmutableArray<EmptyFile> EmptyFiles,
    FolderStamp Stamp,
    DateTimeOffset At,
    bool HasLinks,
    StampTrust Trust,
    byte[] Names)
{
    /// <summary>Whether the folder can have changed though its stamp has not moved.</summary>
    public bool NeedsMoreThanStamp => !SizedFiles.IsEmpty || Names.Length > 0;
}

/// <summary>What reading the folder of an hour gave.</summary>
internal sealed record HourReading(HourFolder Folder, HourSelection Selection, FolderFacts Facts)
{
    /// <summary>The folder's segments with the names of their files, where these are kept.</summary>
    public HourFiles? Files { get; init; }

    /// <summary>Whether a later change of the folder must move its stamp.</summary>
    public bool IsSettled => !Facts.HasLinks && Facts.Stamp.IsSettledAt(Facts.At, Facts.Trust);
}

/// <summary>Which sizes of files are asked for. Each costs a call of the system.</summary>
internal enum SizesAsked : byte
{
    /// <summary>Those that decide what is best for a start (semantics.md section 2).</summary>
    Deciding = 0,

    /// <summary>That of every suspect and partial segment, so that folders of one hour can be put together.</summary>
    All = 1,

    /// <summary>Those that decide what is cut from (semantics.md section 11).</summary>
    Cutting = 2,

    /// <summary>That of every full, suspect and partial segment, so that empty files are found (semantics.md section 12).</summary>
    Every = 3,

    /// <summary>All that can decide what is best for a start on some node of a fleet, and what is cut from (sections 10 and 11).</summary>
    Listing = 5,

    /// <summary>None: which of them decide depends on what other nodes list (semantics.md section 10).</summary>
    None = 4,
}

/// <summary>An empty file among those of an hour.</summary>
/// <param name="Path">HOUR/NAME.</param>
/// <param name="Segment">What the name says.</param>
internal sealed record EmptyFile(string Path, Segment Segment);

/// <summary>The segments of an hour's folder, each with the name of its file.</summary>
/// <param name="Folder">The segments by start, with the sizes that were asked for.</param>
/// <param name="NameStarts">For each segment, where its name begins in the names.</param>
/// <param name="Names">All names that matter, each followed by a slash.</param>
internal sealed record HourFiles(HourFolder Folder, ImmutableArray<int> NameStarts, ReadOnlyMemory<byte> Names)
{
    /// <summary>The name of a segment's file, by its place in the folder.</summary>
    public ReadOnlySpan<byte> NameOf(int at) => Engine.NameAt(NameStarts[at], Names.Span);
}

/// <summary>Reads the folders of hours: names, and sizes (semantics.md sections 1 and 2).</summary>
internal sealed class HourReader(TimeProvider time, StampPolicy stamps, SizesAsked sizes = SizesAsked.Deciding)
{
    /// <summary>How often a folder is listed again because it changed while it was.</summary>
    private const int Patience = 5;

    /// <summary>Called with the path of an hour's folder and the names of its best segments, in order; null when no caller wants them.</summary>
    public Action<string, IEnumerable<string>>? OnBest { get; init; }

    /// <summary>Whether readings have the names of the segments.</summary>
    public bool KeepsNames { get; init; }

    /// <summary>Reads the folder of an hour; null when it is gone.</summary>
    /// <exception cref="UnreadableException">It, or a size that is asked for, cannot be read.</exception>
    public HourReading? Read(string path, Hour hour, CancellationToken stop)
    {
        using Folder? folder = Folder.Open(path);
        DateTimeOffset at = time.GetUtcNow();
        if (folder?.StampOf() is not { } stamp)
        {
            return null;
        }

        StampTrust trust = folder.TrustOf(stamps);
        byte[] rented = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            // A folder of very many names grows a buffer of its own.
            byte[] names = rented;
            HourReading? reading = null;

            // A listing can miss a file that is renamed meanwhile, under both of its names, so the folder must not change
            // meanwhile: its stamp stays, or else another listing is the same. A folder that never rests is taken as it
            // is, and read again in the next round.
            for (int attempt = 0; attempt < Patience; attempt++)
            {
                if (Names(folder, ref names, out bool hasLinks, stop) is not { } used)
                {
                    return null;
                }

                byte[] hash = trust.IsTrusted ? [] : SHA256.HashData(names.AsSpan(0, used));
                if (!trust.IsTrusted && reading?.Facts.Names.SequenceEqual(hash) is true)
                {
                    break;
                }

                var facts = new FolderFacts([], 0, [], [], [], stamp, at, hasLinks, trust, hash);
                reading = Parse(path, folder, hour, names.AsMemory(0, used), facts, stop);
                at = time.GetUtcNow();
                FolderStamp before = stamp;
                if (folder.StampOf() is not { } after)
                {
                    return null;
                }

                stamp = after;
                if (trust.IsTrusted && after == before)
                {
                    break;
                }
            }

            return reading;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private HourReading Parse(
        string path, Folder folder, Hour hour, ReadOnlyMemory<byte> names, FolderFacts facts, CancellationToken stop)
    {
        Listing listing = Engine.Read(hour.Number, names.Span);
        HourFiles files = Sized(folder, listing, names, out ImmutableArray<SizedFile> sized, stop);
        HourFolder found = files.Folder;
        HourSelection selection = Engine.Select(found);
        if (OnBest is not null)
        {
            var nameOf = found.Segments.Zip(files.NameStarts).DistinctBy(at => at.First).ToDictionary(at => at.First, at => at.Second);
            OnBest(path, selection.Best.Select(best => Engine.Printable(Engine.NameAt(nameOf[best], names.Span))));
        }

        facts = facts with
        {
            BadNames = listing.BadNames,
            Recoded = listing.Recoded,
            MarkedInVain = listing.MarkedInVain,
            // With every size nothing is checked again.
            SizedFiles = sizes == SizesAsked.Every ? [] : sized,
            EmptyFiles = sizes == SizesAsked.Every ? Empty(files) : [],
        };
        return new HourReading(found, selection, facts) { Files = KeepsNames ? files with { Names = names.ToArray() } : null };
    }

    private static ImmutableArray<EmptyFile> Empty(HourFiles files) =>
    [
        .. Enumerable.Range(0, files.Folder.Segments.Length)
            .Where(at => files.Folder.Segments[at].Size == 0)
            .Select(at => new EmptyFile(
                $"{new Hour(files.Folder.Hour)}/{Engine.Printable(files.NameOf(at))}", files.Folder.Segments[at])),
    ];

    /// <summary>The segments of an hour's folder with the names of their files; null when it is gone.</summary>
    /// <exception cref="UnreadableException">It, or a size that is asked for, cannot be read.</exception>
    public HourFiles? Files(Folder folder, Hour hour, CancellationToken stop)
    {
        byte[] names = [];
        return Names(folder, ref names, out _, stop) is { } used
            ? Sized(folder, Engine.Read(hour.Number, names.AsSpan(0, used)), names.AsMemory(0, used), out _, stop)
            : null;
    }

    /// <summary>The segments of a listing with the sizes that are asked for, without the files that are gone.</summary>
    private HourFiles Sized(
        Folder folder, Listing listing, ReadOnlyMemory<byte> names, out ImmutableArray<SizedFile> sizedFiles, CancellationToken stop)
    {
        HourFolder found = listing.Folder;
        ImmutableArray<int> starts = listing.NameStarts;
        var files = ImmutableArray.CreateBuilder<SizedFile>();

        // Without a file that is gone other sizes may decide: ask until no size is needed.
        for (var asked = Unsized(found); !asked.IsEmpty; asked = Unsized(found))
        {
            stop.ThrowIfCancellationRequested();
            ImmutableArray<SizedFile> sized = [.. asked.Select(index => Sized(folder, Engine.NameAt(starts[index], names.Span)))];
            files.AddRange(sized);
            var gone = asked.Where((_, at) => sized[at].Size < 0).ToHashSet();
            found = Engine.WithSizes(found, asked, [.. sized.Select(file => file.Size)]);
            starts = [.. starts.Where((_, index) => !gone.Contains(index))];
        }

        sizedFiles = files.DrainToImmutable();
        return new HourFiles(found, starts, names);
    }

    /// <summary>The segments whose sizes are to be asked for and are not known yet, by their places in the folder.</summary>
    private ImmutableArray<int> Unsized(HourFolder folder) => sizes switch
    {
        SizesAsked.Deciding => Engine.Contested(folder),
        SizesAsked.Cutting => Engine.ContestedForCut(folder),
        SizesAsked.Listing => [.. Engine.ContestedForCut(folder).Union(Unsized(folder, false)).Order()],
        SizesAsked.None => [],
        _ => [.. Unsized(folder, sizes == SizesAsked.Every)],
    };

    private static IEnumerable<int> Unsized(HourFolder folder, bool withFull) => Enumerable.Range(0, folder.Segments.Length).Where(
        at => folder.Segments[at] is { Kind: not SegmentKind.Temp, Size: < 0 } && (withFull || folder.Segments[at].Kind != SegmentKind.Full));

    /// <summary>
    /// Whether a folder that was read is as it was, by all that its stamp does not tell: its names, where the stamp is not
    /// trusted, and the sizes that were asked for.
    /// </summary>
    /// <exception cref="UnreadableException">It, or a size, cannot be read.</exception>
    public static bool IsSame(string path, FolderFacts facts, CancellationToken stop)
    {
        using Folder? folder = Folder.Open(path);
        return folder is not null
            && (facts.Trust.IsTrusted || NamesAreSame(folder, facts.Names, stop))
            && facts.SizedFiles.All(file => Sized(folder, Encoding.Latin1.GetBytes(file.Name)) == file);
    }

    private static bool NamesAreSame(Folder folder, byte[] hash, CancellationToken stop)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            byte[] names = rented;
            return Names(folder, ref names, out bool hasLinks, stop) is { } used
                && !hasLinks
                && SHA256.HashData(names.AsSpan(0, used)).SequenceEqual(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Whether the folder of an hour holds a listed name, or a mark where marks count, and whether any entry is a link; null when
    /// it is gone.
    /// </summary>
    /// <exception cref="UnreadableException">It cannot be read.</exception>
    public static (bool HoldsAny, bool HasLinks)? Glance(Folder folder, Hour hour, bool countsMarks)
    {
        byte[] names = [];
        if (Names(folder, ref names, out bool hasLinks, CancellationToken.None) is not { } used)
        {
            return null;
        }

        HourFolder found = Engine.Read(hour.Number, names.AsSpan(0, used)).Folder;
        bool holdsAny = found.Segments.Length + found.Bad > 0
            || (countsMarks && HourNamesModule.read(hour.Number, names.AsSpan(0, used)).Count > 0);
        return (holdsAny, hasLinks);
    }

    private static SizedFile Sized(Folder folder, ReadOnlySpan<byte> name) => new(Encoding.Latin1.GetString(name), folder.SizeOf(name));

    /// <summary>
    /// Puts the names in an hour's folder that matter into a buffer, each followed by a slash: how many bytes, or null when
    /// the folder is gone.
    /// </summary>
    private static int? Names(Folder folder, ref byte[] buffer, out bool hasLinks, CancellationToken stop)
    {
        byte[] names = buffer;
        int used = 0;
        bool links = false;
        bool isThere = folder.ForEach((name, type, _) =>
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
        return isThere ? used : null;
    }
}
