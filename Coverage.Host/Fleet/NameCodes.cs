using System;
using System.Globalization;
using System.Text;

namespace Coverage.Host;

/// <summary>
/// Names of files as text that has one line and no space, and from which their bytes come back: each byte but those of ASCII
/// letters, digits and signs is written as <c>%NN</c>, and so are <c>%</c>, <c>#</c> and <c>\</c>. A name that fits the grammar stays as it is.
/// </summary>
internal static class NameCodes
{
    /// <summary>The text of a name.</summary>
    public static string Encode(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        foreach (byte one in name)
        {
            if (one is > (byte)' ' and < 0x7F and not ((byte)'%' or (byte)'#' or (byte)'\\'))
            {
                text.Append((char)one);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
            }
        }

        return text.ToString();
    }

    /// <summary>The name of a text; null where no name is written so.</summary>
    public static byte[]? Decode(string text)
    {
        byte[] name = new byte[text.Length];
        int length = 0;
        for (int at = 0; at < text.Length; at++)
        {
            char one = text[at];
            if (one is not (> ' ' and < '\x7F'))
            {
                return null;
            }

            if (one == '%')
            {
                if (at + 2 >= text.Length
                    || !byte.TryParse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
                {
                    return null;
                }

                name[length++] = code;
                at += 2;
            }
            else
            {
                name[length++] = (byte)one;
            }
        }

        return length == 0 || name.AsSpan(0, length).ContainsAny((byte)'/', (byte)0) ? null : name[..length];
    }
}
