using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Coverage.Host;

/// <summary>BED, for interval tools: CHANNEL/QUALITY, start, end in microseconds since the epoch, and a word.</summary>
internal static class Bed
{
    /// <summary>The line of an interval.</summary>
    public static string Line(StreamInterval one, string word) =>
        $"{one.Stream}\t{one.Interval.Start}\t{one.Interval.End}\t{word}";

    /// <summary>Writes a line for each hole, sorted.</summary>
    public static void WriteCheck(Stream output, IEnumerable<StreamRound> streams)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        foreach (StreamRound stream in streams
            .Where(stream => stream.Reading is not null)
            .OrderBy(stream => stream.Stream.ToString(), StringComparer.Ordinal))
        {
            foreach (Interval hole in stream.Reading!.Report.Raw.Holes.Intervals)
            {
                text.WriteLine(Line(new(stream.Stream, hole), "hole"));
            }
        }
    }
}
