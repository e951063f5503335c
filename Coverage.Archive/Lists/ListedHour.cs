using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Coverage.Units;

namespace Coverage;

/// <summary>What reading the listed files of an hour gave.</summary>
/// <param name="Listing">What their names say.</param>
/// <param name="Folder">The segments with their sizes, as far as these may decide.</param>
/// <param name="EmptyFiles">The files of no bytes.</param>
/// <param name="Unsized">At how many starts sizes would decide that the list does not have.</param>
internal sealed record ListedHourReading(Listing Listing, HourFolder Folder, ImmutableArray<EmptyFile> EmptyFiles, int Unsized);

/// <summary>
/// The folder of an hour as lines of a list name it. The names are kept in one block, each followed by a slash: a list may have
/// millions.
/// </summary>
internal sealed class ListedHour
{
    private byte[] names = [];
    private int used;
    private int count;

    /// <summary>The size of each name; shorter where the last ones have none.</summary>
    private readonly List<long> sizes = [];

    /// <summary>The names of folders that a file would be listed by, a Latin-1 character for each byte.</summary>
    private HashSet<string>? folders;

    /// <summary>Adds an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    /// <param name="size">In bytes; -1 where it is not known.</param>
    public void Add(ReadOnlySpan<byte> name, bool isFolder, long size)
    {
        if (Engine.IsListed(name) && isFolder)
        {
            (folders ??= []).Add(Encoding.Latin1.GetString(name));
        }
        else if (Engine.IsListed(name) || Engine.IsMark(name))
        {
            if (used + name.Length + 1 > names.Length)
            {
                Array.Resize(ref names, used + (used / 3) + name.Length + 256);
            }

            name.CopyTo(names.AsSpan(used));
            used += name.Length;
            names[used++] = (byte)'/';
            if (size >= 0)
            {
                while (sizes.Count < count)
                {
                    sizes.Add(-1);
                }

                sizes.Add(size);
            }

            count++;
        }
    }

    /// <summary>Whether it holds a listed name that no mark hides.</summary>
    public bool HoldsAny(Hour hour)
    {
        HourFolder found = Engine.Read(hour.Number, Distinct(out _).Span).Folder;
        return found.Segments.Length + found.Bad > 0;
    }

    /// <summary>Reads it.</summary>
    public ListedHourReading Read(Hour hour)
    {
        ReadOnlyMemory<byte> block = Distinct(out Dictionary<int, long> sizeOf);
        Listing listing = Engine.Read(hour.Number, block.Span);
        ImmutableArray<Segment> segments = listing.Folder.Segments;
        List<int> sized = [.. Enumerable.Range(0, segments.Length).Where(
            at => segments[at].Kind != SegmentKind.Temp && sizeOf.ContainsKey(listing.NameStarts[at]))];
        HourFolder folder = WithSizes(sized);

        // Where the size of one is not known none of its start can decide.
        HashSet<long> unsized = [.. Engine.Contested(folder).Select(at => segments[at].Start)];
        return new(
            listing,
            unsized.Count == 0 ? folder : WithSizes(sized.FindAll(at => !unsized.Contains(segments[at].Start))),
            [.. sized.Where(at => folder.Segments[at].Size == 0).Select(at => new EmptyFile(
                $"{hour}/{Engine.Printable(Engine.NameAt(listing.NameStarts[at], block.Span))}", folder.Segments[at]))],
            unsized.Count);

        HourFolder WithSizes(List<int> places) => Engine.WithSizes(
            listing.Folder, [.. places], [.. places.Select(at => sizeOf[listing.NameStarts[at]])]);
    }

    /// <summary>The names, each once and none of a folder, and the size of each that begins at a place, where it is known. Of several
    /// sizes the last one counts.</summary>
    private ReadOnlyMemory<byte> Distinct(out Dictionary<int, long> sizeOf)
    {
        sizeOf = new(sizes.Count);
        var places = new HashSet<Name>(count);
        byte[]? kept = null;
        int keptUsed = 0;
        for (int at = 0, line = 0; at < used; line++)
        {
            ReadOnlyMemory<byte> name = names.AsMemory(at, Engine.NameAt(at, names.AsSpan(0, used)).Length);
            var entry = new Name(name, kept is null ? at : keptUsed);
            bool isFirst = places.Add(entry);
            bool isFolder = folders?.Contains(Encoding.Latin1.GetString(name.Span)) is true;
            if ((!isFirst || isFolder) && kept is null)
            {
                kept = names.AsSpan(0, used).ToArray();
                keptUsed = at;
            }
            else if (isFirst && !isFolder && kept is not null)
            {
                names.AsSpan(at, name.Length + 1).CopyTo(kept.AsSpan(keptUsed));
                keptUsed += name.Length + 1;
            }

            if (line < sizes.Count && sizes[line] >= 0 && !isFolder)
            {
                int place = places.TryGetValue(entry, out Name first) ? first.Place : entry.Place;
                sizeOf[place] = sizes[line];
            }

            at += name.Length + 1;
        }

        return kept is null ? names.AsMemory(0, used) : kept.AsMemory(0, keptUsed);
    }

    /// <summary>A name of the block, equal to another of the same bytes, and where it begins among those that are kept.</summary>
    private readonly record struct Name(ReadOnlyMemory<byte> Bytes, int Place)
    {
        public bool Equals(Name other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.AddBytes(Bytes.Span);
            return hash.ToHashCode();
        }
    }
}
