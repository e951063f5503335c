using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The fields of what the folders of hours list, for the nodes of a fleet.</summary>
internal static class ListedFields
{
    /// <summary>The digest of an hour.</summary>
    public static readonly ImmutableArray<Field<HourDigest>> Digest =
    [
        new("hour", Unit.Hour, "The hour, as its folder is named", one => one.Hour),
        new("count", Unit.Count, "How many names are listed and how many deletion marks there are; null where the folder cannot be read",
            one => (decimal?)one.Count)
        {
            IsNullable = true,
        },
        new("digest", Unit.Text,
            "The sum, modulo 2^128, of the first 16 bytes of the SHA-256 of each of these names, as a number of 32 hexadecimal digits",
            one => one.Count is null ? null : one.Digest.ToString("x32", CultureInfo.InvariantCulture))
        {
            IsNullable = true,
        },
    ];

    /// <summary>A name of an hour.</summary>
    public static readonly ImmutableArray<Field<ListedName>> Name =
    [
        new("name", Unit.Text, "The name, percent-encoded", one => one.Name),
        new("size", Unit.Count, "The size of the file in bytes", one => (decimal?)one.Size),
    ];
}

/// <summary>A name that is listed, or a deletion mark, percent-encoded; with the size of the file where that can decide.</summary>
internal readonly record struct ListedName(string Name, long? Size)
{
    /// <summary>The names of an hour in order, with the sizes that are known.</summary>
    public static List<ListedName> Of(HourNames hour, HourFiles files)
    {
        HashSet<string> marked = [.. hour.Marks.Select(mark => Encoding.Latin1.GetString(mark.Name))];
        Dictionary<string, long> sizes = [];
        for (int at = 0; at < files.Folder.Segments.Length; at++)
        {
            if (files.Folder.Segments[at].Size >= 0)
            {
                sizes[Encoding.Latin1.GetString(files.NameOf(at))] = files.Folder.Segments[at].Size;
            }
        }

        List<ListedName> names = [];
        for (int start = 0; start < hour.Block.Length;)
        {
            ReadOnlySpan<byte> name = Engine.NameAt(start, hour.Block);
            string key = Encoding.Latin1.GetString(name);
            if (Engine.IsMark(name) || (Engine.IsListed(name) && !marked.Contains(key)))
            {
                names.Add(new(NameCodes.Encode(name), sizes.TryGetValue(key, out long size) ? size : null));
            }

            start += name.Length + 1;
        }

        names.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return names;
    }
}
