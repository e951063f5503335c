using System;
using System.Collections.Generic;
using System.Collections.Immutable;
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

    /// <summary>Writes a line for each hole, or for each span of the words asked for, sorted.</summary>
    public static void WriteCheck(Stream output, IEnumerable<StreamRound> streams, ImmutableArray<Word> words)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        foreach (StreamRound stream in streams
            .Where(stream => stream.Failure is null)
            .OrderBy(stream => stream.Stream.ToString(), StringComparer.Ordinal))
        {
            IEnumerable<(Interval Span, string Word)> spans = words.IsEmpty
                ? stream.Report!.Raw.Holes.Intervals.Select(hole => (hole, "hole"))
                : words
                    .SelectMany(word => Engine.Words(stream.Account!, word).Intervals.Select(span => (span, WordModule.toText(word))))
                    .OrderBy(one => one.span.Start);
            foreach ((Interval span, string word) in spans)
            {
                text.WriteLine(Line(new(stream.Stream, span), word));
            }
        }
    }
}
