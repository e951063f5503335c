using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using Microsoft.FSharp.Core;

namespace Coverage.Host;

/// <summary>Files of losses that are known and accepted.</summary>
internal static class AcknowledgedFile
{
    private static readonly string[] Required = ["stream", "start", "end", "reason"];

    private static readonly string[] Optional = ["by", "until"];

    /// <summary>The acknowledgements of a file, in its order.</summary>
    /// <exception cref="KeeperFileException">A line cannot be read.</exception>
    public static ImmutableArray<Acknowledgement> Parse(string path, string text)
    {
        ImmutableArray<Acknowledgement>.Builder lines = ImmutableArray.CreateBuilder<Acknowledgement>();
        foreach (CsvTable.CsvRow row in CsvTable.Read(path, text, Required, Optional))
        {
            Glob streams = row.Streams("stream");
            Interval time = row.Time("start", "end", isOpen: false);
            if (row.IsEmpty("reason"))
            {
                throw row.Wrong("reason", "there is none: say why this loss is accepted");
            }

            lines.Add(new Acknowledgement(
                row.Line,
                streams,
                time,
                row["reason"],
                row.IsEmpty("by") ? FSharpValueOption<string>.None : FSharpValueOption<string>.Some(row["by"]),
                row.IsEmpty("until") ? FSharpValueOption<long>.None : FSharpValueOption<long>.Some(row.Instant("until"))));
        }

        return lines.DrainToImmutable();
    }

    /// <summary>The header of such a file, as a line.</summary>
    public static void WriteHeader(TextWriter output) => output.Write(string.Join(',', [.. Required, .. Optional]) + "\n");

    /// <summary>What is missing of a stream, as lines of such a file that lack only a reason.</summary>
    public static void Write(TextWriter output, string channel, string quality, IEnumerable<Interval> missing)
    {
        foreach (Interval span in missing)
        {
            WriteLine(output, $"{channel}/{quality}", span, reason: "");
        }
    }

    /// <summary>One line of such a file.</summary>
    public static void WriteLine(TextWriter output, string streams, Interval time, string reason, string by = "", string until = "") =>
        output.Write(
            $"{CsvTable.Quote(streams)},{Engine.InstantText(time.Start)},{Engine.InstantText(time.End)},"
            + $"{CsvTable.Quote(reason)},{CsvTable.Quote(by)},{until}\n");
}
