using System;
using System.Collections.Generic;
using Spectre.Console;

namespace Coverage.Host;

/// <summary>Text for people, in lines that fit into the terminal.</summary>
internal static class Lines
{
    private const int Narrowest = 40, Standard = 80;

    /// <summary>The columns of the standard output: those of the terminal, 80 where it is none.</summary>
    public static int Width =>
        Console.IsOutputRedirected || Console.WindowWidth <= 0 ? Standard : Math.Max(Narrowest, Console.WindowWidth);

    /// <summary>Words after a heading, broken between words, but not between a number and its unit; each further line begins
    /// with an indent. A word longer than the width has a line of its own.</summary>
    public static IEnumerable<string> Of(string heading, int indent, string words, int width)
    {
        string line = heading;
        bool isBare = true;
        foreach (string word in Unbreakable(words))
        {
            if (!isBare && Columns(line) + 1 + Columns(word) > width)
            {
                yield return line;
                line = new string(' ', indent);
                isBare = true;
            }

            line += isBare ? word : ' ' + word;
            isBare = false;
        }

        yield return line;
    }

    /// <summary>What must stay on one line: a word, or a number with its unit.</summary>
    private static List<string> Unbreakable(string words)
    {
        List<string> parts = [];
        foreach (string word in words.Split(' '))
        {
            bool isUnit = word.TrimEnd(')', ',', ';', '.', ':') is "h" or "min" or "s" or "%";
            if (isUnit && parts.Count > 0 && parts[^1].Length > 0 && char.IsAsciiDigit(parts[^1][^1]))
            {
                parts[^1] += ' ' + word;
            }
            else
            {
                parts.Add(word);
            }
        }

        return parts;
    }

    /// <summary>A text whose lines may be too long; what is broken goes on below the last of its columns, where that leaves
    /// half of the width.</summary>
    public static IEnumerable<string> Fit(string text, int width)
    {
        foreach (string line in text.Split('\n'))
        {
            int margin = line.Length - line.TrimStart().Length;
            int column = line.LastIndexOf("  ", StringComparison.Ordinal) + 2;
            int indent = column > margin && column <= width / 2 ? column : Math.Min(margin, width / 2);
            foreach (string part in line.Length <= width ? [line] : Of(line[..margin], indent, line[margin..], width))
            {
                yield return part;
            }
        }
    }

    /// <summary>How many columns of a terminal a text takes.</summary>
    public static int Columns(string text) => text.GetCellWidth();
}
