using System;
using System.Buffers;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>Reads what nodes answer as JSON, from whomever it comes.</summary>
internal static class NodeJson
{
    /// <summary>A name that stands twice in a list; null where each stands once.</summary>
    public static byte[]? TwiceIn(IEnumerable<byte[]> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return names.FirstOrDefault(name => !seen.Add(Encoding.Latin1.GetString(name)));
    }

    /// <summary>What is wrong, of a body that says so.</summary>
    public static string Detail(byte[] problem)
    {
        try
        {
            using var json = JsonDocument.Parse(problem);
            return Engine.Printable(json.RootElement.GetProperty("detail").GetString() ?? "");
        }
        catch (Exception e) when (IsMalformed(e))
        {
            return "it does not say why";
        }
    }

    /// <summary>The parameter that is wrong, of a body that says so; null where none is.</summary>
    public static string? WrongParameter(byte[] problem)
    {
        try
        {
            using var json = JsonDocument.Parse(problem);
            return json.RootElement.TryGetProperty("parameter", out JsonElement name) ? name.GetString() : null;
        }
        catch (Exception e) when (IsMalformed(e))
        {
            return null;
        }
    }

    /// <summary>Reads one object.</summary>
    /// <exception cref="NodeException">It is not what is expected.</exception>
    public static T Read<T>(NodeAnswer answer, string expected, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(answer.MustSucceed().Body);
            return read(json.RootElement);
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw answer.Unusable(expected);
        }
    }

    private static bool IsMalformed(Exception e) =>
        e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException;

    /// <summary>The digest of an hour.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static HourDigest Digest(JsonElement json)
    {
        Hour hour = Hour.TryParse(json.GetProperty("hour").GetString()!) ?? throw new FormatException();
        JsonElement count = json.GetProperty("count");
        return count.ValueKind == JsonValueKind.Null
            ? new(hour, null, 0)
            : new(
                hour,
                count.GetInt32(),
                UInt128.Parse(json.GetProperty("digest").GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
    }

    /// <summary>The texts of an array.</summary>
    public static IEnumerable<string> Texts(JsonElement json) => json.EnumerateArray().Select(one => one.GetString() ?? throw new FormatException());

    /// <summary>
    /// The names of a list as a Python program writes it that takes names from the system: a byte that is not UTF-8 is written as
    /// the lone half of a pair, from DC80 to DCFF.
    /// </summary>
    /// <exception cref="NodeException">It is no list of names.</exception>
    public static List<byte[]> Names(NodeAnswer answer)
    {
        const string expected = "a JSON list of names";
        var names = new List<byte[]>();
        try
        {
            var json = new Utf8JsonReader(answer.MustSucceed().Body);
            bool isList = json.Read() && json.TokenType == JsonTokenType.StartArray;
            while (isList && json.Read() && json.TokenType == JsonTokenType.String)
            {
                names.Add(Bytes(json.ValueSpan) ?? throw answer.Unusable(expected));
            }

            return isList && json.TokenType == JsonTokenType.EndArray && !json.Read() ? names : throw answer.Unusable(expected);
        }
        catch (JsonException)
        {
            throw answer.Unusable(expected);
        }
    }

    /// <summary>The bytes of a name, from a text of JSON without its quotes; null where no file can have that name.</summary>
    private static byte[]? Bytes(ReadOnlySpan<byte> text)
    {
        var name = new ArrayBufferWriter<byte>(text.Length + 1);
        while (!text.IsEmpty)
        {
            int plain = text.IndexOf((byte)'\\');
            plain = plain < 0 ? text.Length : plain;
            name.Write(text[..plain]);
            text = text[plain..];
            if (text.IsEmpty)
            {
                break;
            }

            if (text[1] != (byte)'u')
            {
                name.Write<byte>([text[1] switch { (byte)'b' => 8, (byte)'f' => 12, (byte)'n' => 10, (byte)'r' => 13, (byte)'t' => 9, var one => one }]);
                text = text[2..];
                continue;
            }

            char first = Unit(text);
            text = text[6..];
            if (Rune.TryCreate(first, out Rune rune))
            {
                WriteRune(rune);
            }
            else if (text.StartsWith("\\u"u8) && Rune.TryCreate(first, Unit(text), out rune))
            {
                WriteRune(rune);
                text = text[6..];
            }
            else if (first is >= '\uDC80' and <= '\uDCFF')
            {
                name.Write<byte>([(byte)first]);
            }
            else
            {
                return null;
            }
        }

        return name.WrittenCount == 0 || name.WrittenSpan.ContainsAny((byte)'/', (byte)0) ? null : name.WrittenSpan.ToArray();

        void WriteRune(Rune rune) => name.Advance(rune.EncodeToUtf8(name.GetSpan(4)));

        // The reader has seen to it that four digits follow.
        static char Unit(ReadOnlySpan<byte> escape) =>
            Utf8Parser.TryParse(escape.Slice(2, 4), out ushort unit, out _, 'x') ? (char)unit : default;
    }
}
