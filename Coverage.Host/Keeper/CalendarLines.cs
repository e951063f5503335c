using System;
using System.Collections.Generic;
using System.Linq;

namespace Coverage.Host;

/// <summary>A line of a calendar's component, unfolded.</summary>
/// <param name="Number">The line of the file on which it begins.</param>
/// <param name="Name">The property's name, in upper case.</param>
/// <param name="Text">All of it.</param>
internal readonly record struct CalendarLine(int Number, string Name, string Text);

/// <summary>A component that lies directly in a calendar, such as an event.</summary>
/// <param name="Kind">What follows BEGIN, in upper case.</param>
/// <param name="Line">The line of its BEGIN.</param>
/// <param name="All">All its lines, with those of components within it.</param>
/// <param name="Own">Its own properties.</param>
internal sealed record CalendarPart(string Kind, int Line, List<CalendarLine> All, List<CalendarLine> Own)
{
    /// <summary>The first property of a name.</summary>
    public CalendarLine? First(string name) =>
        Own.Where(line => line.Name == name).Select(line => (CalendarLine?)line).FirstOrDefault();
}

/// <summary>A calendar of a file.</summary>
/// <param name="Zone">X-WR-TIMEZONE: the zone of what has none, where the calendar says it, and its line.</param>
/// <param name="Parts">Its components.</param>
internal sealed record CalendarText(CalendarLine? Zone, List<CalendarPart> Parts)
{
    /// <summary>What follows a property's name and parameters.</summary>
    public static string Value(CalendarLine line) => line.Text[(ValueColon(line.Text) + 1)..];

    /// <summary>
    /// The calendars of a file, cut into their components: the library that reads them keeps no line numbers, and passes over
    /// what it does not understand.
    /// </summary>
    public static List<CalendarText> Read(string path, string text)
    {
        List<CalendarText> calendars = [];
        Stack<CalendarLine> open = new();
        foreach (CalendarLine line in Unfold(text))
        {
            int colon = ValueColon(line.Text);
            if (colon < 0)
            {
                throw new KeeperFileException(path, line.Number, null, $"'{Start(line)}' is no line of an iCalendar file: it has no NAME:VALUE");
            }

            string value = line.Text[(colon + 1)..].Trim().ToUpperInvariant();
            bool isBegin = line.Name == "BEGIN", isEnd = line.Name == "END";
            if (isBegin && (open.Count == 0) == (value == "VCALENDAR"))
            {
                open.Push(line with { Name = value });
                if (open.Count == 1)
                {
                    calendars.Add(new(null, []));
                }
                else if (open.Count == 2)
                {
                    calendars[^1].Parts.Add(new(value, line.Number, [], []));
                }
            }
            else if (open.Count == 0 || isBegin)
            {
                throw new KeeperFileException(path, line.Number, null, $"'{Start(line)}' stands where BEGIN:VCALENDAR must begin the file, or END:VCALENDAR end it");
            }

            if (open.Count >= 2)
            {
                calendars[^1].Parts[^1].All.Add(line);
            }

            if (open.Count == 2 && !isBegin && !isEnd)
            {
                calendars[^1].Parts[^1].Own.Add(line);
            }
            else if (open.Count == 1 && line.Name == "X-WR-TIMEZONE")
            {
                calendars[^1] = calendars[^1] with { Zone = line };
            }

            if (isEnd && open.Pop() is var begun && begun.Name != value)
            {
                throw new KeeperFileException(path, line.Number, null, $"END:{Engine.Printable(value)} stands where BEGIN:{Engine.Printable(begun.Name)} of line {begun.Number} must end");
            }
        }

        return open.Count > 0 ? throw new KeeperFileException(path, open.Peek().Number, open.Peek().Name, "it has no END: is the file whole?")
            : calendars.Count == 0 ? throw new KeeperFileException(path, "there is no calendar in it: an .ics file begins with BEGIN:VCALENDAR")
            : calendars;
    }

    /// <summary>The lines; each that begins with a space or a tab goes on with the one before.</summary>
    private static List<CalendarLine> Unfold(string text)
    {
        List<CalendarLine> lines = [];
        int number = 0;
        foreach (string physical in text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n', '\r'))
        {
            number++;
            if (physical.Length > 0 && physical[0] is ' ' or '\t' && lines.Count > 0)
            {
                lines[^1] = lines[^1] with { Text = lines[^1].Text + physical[1..] };
            }
            else if (!string.IsNullOrWhiteSpace(physical))
            {
                lines.Add(new(number, "", physical));
            }
        }

        return [.. lines.Select(line => line with { Name = line.Text.Split(':', ';')[0].Trim().ToUpperInvariant() })];
    }

    /// <summary>The colon before the value: a parameter in quotes may hold others.</summary>
    private static int ValueColon(string text)
    {
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (text[i] == ':' && !isQuoted)
            {
                return i;
            }
        }

        return -1;
    }

    private static string Start(CalendarLine line) =>
        Engine.Printable(line.Text.Length <= 40 ? line.Text : line.Text[..40] + "…");
}
