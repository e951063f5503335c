using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;

namespace Coverage.Host;

// Each form reads a line into its fields: null when it has an interval, an empty text when it has none and need not, else what is wrong.

/// <summary>Lines of BED: stream, start, end and perhaps a type, with tabs between; where there is no tab, with spaces.</summary>
internal static class BedFields
{
    /// <summary>The places of the columns among the keys.</summary>
    private static readonly int[] Columns = [0, 1, 2, 4];

    /// <summary>Reads a line.</summary>
    public static string? Read(ReadOnlySpan<byte> line, ref IntervalLine fields)
    {
        if (line[0] == (byte)'#' || Begins(line, "track"u8) || Begins(line, "browser"u8))
        {
            return "";
        }

        bool hasTabs = line.Contains((byte)'\t');
        line = hasTabs ? line : line.Trim((byte)' ');
        int count = 0;
        for (bool isLast = false; !isLast; count++)
        {
            int at = line.IndexOf(hasTabs ? (byte)'\t' : (byte)' ');
            isLast = at < 0;
            if (count < Columns.Length)
            {
                fields[Columns[count]] = isLast ? line : line[..at];
            }

            line = isLast ? line : line[(at + 1)..];
            line = hasTabs ? line : line.TrimStart((byte)' ');
        }

        return count is 3 or 4 ? null : $"there {(count == 1 ? "is 1 field" : $"are {count} fields")}: write stream, start, end and perhaps a type, with tabs between";
    }

    private static bool Begins(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) =>
        line.StartsWith(word) && (line.Length == word.Length || line[word.Length] is (byte)' ' or (byte)'\t');
}

/// <summary>Lines of CSV, quoted as in RFC 4180; the first one names the columns. No field holds the end of a line.</summary>
internal sealed class CsvFields
{
    /// <summary>What is said of a list without a header.</summary>
    public const string NoHeader = "there is no header: the first line must name the columns start and end, or start and duration, and may name stream and type";

    /// <summary>The keys of the columns, in order; null before the header.</summary>
    private List<int>? columns;

    /// <summary>Whether the header was read.</summary>
    public bool HasHeader => columns is not null;

    /// <summary>Reads a line.</summary>
    public string? Read(ReadOnlySpan<byte> line, ref IntervalLine fields)
    {
        List<int>? header = columns is null ? [] : null;
        int count = 0;
        for (bool isLast = false; !isLast; count++)
        {
            if (!TryTakeField(ref line, out ReadOnlySpan<byte> field, out isLast))
            {
                return "quotes do not close, or stand within a field: put the field in quotes, on one line, and write each quote in it twice";
            }

            if (header is not null)
            {
                int key = Array.IndexOf(IntervalLines.Keys, Encoding.UTF8.GetString(field.Trim((byte)' ')));
                if (key < 0 || header.Contains(key))
                {
                    return $"the column {IntervalLines.Shown(field)} {(key < 0 ? "is unknown" : "stands twice")}: columns are {string.Join(", ", IntervalLines.Keys)}";
                }

                header.Add(key);
            }
            else if (count < columns!.Count)
            {
                fields[columns[count]] = columns[count] == 0 ? field : field.Trim((byte)' ');
            }
        }

        if (header is not null)
        {
            columns = header;
            if (header.Contains(2) && header.Contains(3))
            {
                return "there are the columns end and duration: one of them says how long an interval is";
            }

            return header.Contains(1) && header.Contains(2) != header.Contains(3) ? "" : NoHeader;
        }

        return count == columns!.Count ? null
            : $"there {(count == 1 ? "is 1 field" : $"are {count} fields")} and {columns.Count} columns: put a field that holds a comma in quotes";
    }

    /// <summary>Takes the next field off a line; false when its quotes are wrong.</summary>
    private static bool TryTakeField(scoped ref ReadOnlySpan<byte> line, out ReadOnlySpan<byte> field, out bool isLast)
    {
        if (line is not [(byte)'"', ..])
        {
            int comma = line.IndexOf((byte)',');
            isLast = comma < 0;
            field = isLast ? line : line[..comma];
            line = isLast ? [] : line[(comma + 1)..];
            return !field.Contains((byte)'"');
        }

        int end = 1;
        bool hasQuotes = false;
        for (; end < line.Length && (line[end] != (byte)'"' || (end + 1 < line.Length && line[end + 1] == (byte)'"')); end++)
        {
            // A quote that is no end is followed by another.
            bool isQuote = line[end] == (byte)'"';
            hasQuotes |= isQuote;
            end += isQuote ? 1 : 0;
        }

        isLast = end + 1 >= line.Length;
        field = end < line.Length ? line[1..end] : [];
        if (hasQuotes)
        {
            field = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(field).Replace("\"\"", "\"", StringComparison.Ordinal));
        }

        bool isClosed = end < line.Length && (isLast || line[end + 1] == (byte)',');
        line = isLast ? [] : line[(end + 2)..];
        return isClosed;
    }
}

/// <summary>Lines of JSON, each an object.</summary>
internal sealed class JsonFields
{
    private const string Form = "write an object with the keys start and end, or start and duration, and perhaps stream and type";

    /// <summary>Reads a line.</summary>
    public string? Read(ReadOnlySpan<byte> line, ref IntervalLine fields)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return $"it is no object: {Form}";
            }

            int known = 0;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                int key = Array.IndexOf(IntervalLines.Keys, name);
                if (key < 0 || (known & (1 << key)) != 0)
                {
                    return $"the key {IntervalLines.Shown(Encoding.UTF8.GetBytes(name))} {(key < 0 ? "is unknown" : "stands twice")}: {Form}";
                }

                known |= 1 << key;
                reader.Read();
                bool mayBeNumber = key is >= 1 and <= 3;
                if (reader.TokenType == JsonTokenType.String)
                {
                    fields[key] = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
                }
                else if (reader.TokenType == JsonTokenType.Number && mayBeNumber)
                {
                    fields[key] = reader.ValueSpan;
                }
                else if (reader.TokenType != JsonTokenType.Null)
                {
                    return $"{name} is neither a text{(mayBeNumber ? " nor a number" : "")} nor null";
                }
            }

            // Anything behind the object is no JSON, which reading on says.
            reader.Read();
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return $"it is no JSON: {Form}";
        }
    }
}
