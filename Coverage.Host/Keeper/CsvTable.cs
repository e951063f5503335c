using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Coverage.CommandLine;
using nietras.SeparatedValues;

namespace Coverage.Host;

/// <summary>A file of comma-separated values with a header, quoted as in RFC 4180.</summary>
internal static partial class CsvTable
{
    private const string Forms =
        "write 2025-11-07T18:00:00.5Z, or with an offset such as +01:00 in the place of Z, or 2025-11-07 18:00:00.500000, which is UTC";

    /// <summary>The rows below the header. A row may leave out columns at its end that may be left out of the header, too.</summary>
    /// <param name="path">The file's name, for errors.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="required">The columns that the header must have, in order.</param>
    /// <param name="optional">Those that may follow, in order.</param>
    public static IEnumerable<CsvRow> Read(string path, string text, string[] required, string[] optional)
    {
        using SepReader reader = Sep.New(',')
            .Reader(options => options with { HasHeader = false, DisableColCountCheck = true })
            .FromText(text);

        string[]? header = null;
        int next = 1;
        foreach (SepReader.Row row in reader)
        {
            int line = next;
            next = row.LineNumberToExcl;
            if (row.Span.IsEmpty)
            {
                continue;
            }

            string[] fields = [.. Enumerable.Range(0, row.ColCount).Select(row.UnsafeToStringDelegate)];
            header ??= [];
            for (int i = 0; i < fields.Length; i++)
            {
                fields[i] = Unquoted(fields[i])
                    ?? throw new KeeperFileException(path, line, i < header.Length ? header[i] : null, "quotes do not close, or stand within a field: put the field in quotes and write each quote in it twice");
            }

            if (header.Length == 0)
            {
                header = fields;
                CheckHeader(path, line, header, required, optional);
            }
            else if (fields.SequenceEqual(header))
            {
                throw new KeeperFileException(path, line, null, "the header stands here again: leave it only in the first line");
            }
            else if (fields.Length < required.Length || fields.Length > header.Length)
            {
                string field = fields.Length < required.Length ? required[fields.Length] : header[^1];
                throw new KeeperFileException(path, line, field, $"there are {fields.Length} fields: write {string.Join(',', header)}, and put a field that holds a comma in quotes");
            }
            else
            {
                yield return new CsvRow(path, line, header, fields);
            }
        }

        if (header is null)
        {
            throw new KeeperFileException(path, 1, null, $"there is no header: the first line must be {Right(required, optional)}");
        }
    }

    private static void CheckHeader(string path, int line, string[] header, string[] required, string[] optional)
    {
        string[] allowed = [.. optional.Where(header.Contains)];
        if (!header.SequenceEqual(required.Concat(allowed)))
        {
            throw new KeeperFileException(path, line, null, $"the header must be {Right(required, optional)}, and is {Engine.Printable(string.Join(',', header))}");
        }
    }

    private static string Right(string[] required, string[] optional) =>
        string.Join(',', required.Concat(optional))
        + (optional.Length == 0 ? "" : $" ({string.Join(" and ", optional)} may be left out)");

    /// <summary>A field without its quotes; null when they are not as in RFC 4180.</summary>
    private static string? Unquoted(string field) =>
        !field.Contains('"', StringComparison.Ordinal) ? field
        : Quoted().IsMatch(field) ? field[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal)
        : null;

    /// <summary>A field as it is written: in quotes where it must be.</summary>
    public static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;

    [GeneratedRegex("""\A"([^"]|"")*"\z""")]
    private static partial Regex Quoted();

    [GeneratedRegex("""\A[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})| [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?)\z""")]
    private static partial Regex InstantForm();

    /// <summary>A row of a table.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Line">The line on which it begins, the header's being 1.</param>
    /// <param name="Header">The columns' names.</param>
    /// <param name="Fields">What they hold.</param>
    internal sealed record CsvRow(string Path, int Line, string[] Header, string[] Fields)
    {
        /// <summary>What a column holds; nothing when the column is left out.</summary>
        public string this[string column]
        {
            get
            {
                int at = Array.IndexOf(Header, column);
                return at >= 0 && at < Fields.Length ? Fields[at] : "";
            }
        }

        /// <summary>An error in a column.</summary>
        public KeeperFileException Wrong(string column, string what) => new(Path, Line, column, what);

        /// <summary>A pattern of streams.</summary>
        public Glob Streams(string column)
        {
            string text = this[column].Trim();
            return GlobModule.tryParse(text) is { IsSome: true, Value: var glob }
                ? glob
                : throw Wrong(column, $"'{Engine.Printable(text)}' names no streams: write CHANNEL/QUALITY, in which * is any text without / and ? is one character");
        }

        /// <summary>An instant, in microseconds since the Unix epoch.</summary>
        public long Instant(string column)
        {
            string text = this[column].Trim();
            if (!InstantForm().IsMatch(text) || Moment.Read(text) is not Moment.At at)
            {
                throw Wrong(column, $"'{Engine.Printable(text)}' is no instant: {Forms}");
            }

            return at.Microseconds >= 0 ? at.Microseconds : throw Wrong(column, "an instant must not be earlier than 1970");
        }

        /// <summary>Whether a column is empty, or left out.</summary>
        public bool IsEmpty(string column) => string.IsNullOrWhiteSpace(this[column]);

        /// <summary>The time between two columns; the second may be empty where that means for ever.</summary>
        public Interval Time(string from, string to, bool isOpen)
        {
            long start = Instant(from);
            long end = isOpen && IsEmpty(to) ? InstantModule.afterAll : Instant(to);
            return end > start
                ? IntervalModule.create(start, end)
                : throw Wrong(to, $"{Engine.InstantText(end)} is not later than the {from}, {Engine.InstantText(start)}");
        }
    }
}
