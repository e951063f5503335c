using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace Coverage.Host;

/// <summary>CSV: a line of keys, then a row for each thing.</summary>
internal static class Csv
{
    /// <summary>Writes a table.</summary>
    public static void Write<T>(Stream output, ImmutableArray<Field<T>> fields, IEnumerable<T> rows)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        text.WriteLine(string.Join(',', fields.Select(field => field.Key.Replace('.', '_'))));
        foreach (T row in rows)
        {
            text.WriteLine(string.Join(',', fields.Select(field => Value(field.Of(row)))));
        }
    }

    /// <summary>Writes a row for each hour that was read.</summary>
    public static void WriteCheck(Stream output, IEnumerable<StreamRound> streams) => Write(
        output,
        JudgedFields.StreamHour,
        streams.Where(stream => stream.Failure is null).SelectMany(
            stream => stream.Judgement!.Hours.Select(hour => new StreamHour(stream.Stream, hour))));

    private static string Value(FieldValue value) =>
        value.Text is { } text ? Quoted(text) : value.Number?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>A text as a field. Quotes take a line end; what else a terminal would obey is percent-encoded.</summary>
    private static string Quoted(string name) => Engine.PercentEncoded(name) is var text && text.AsSpan().IndexOfAny(",\"\n") < 0
        ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
