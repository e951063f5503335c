using System;
using System.IO;
using System.Text.Json;
using System.Threading;
using Coverage.CommandLine;

namespace Coverage.Host;

/// <summary>The command cut: whether ranges of a stream can be cut, answered from the disk.</summary>
internal static class CutCommand
{
    /// <summary>Asks and answers; the exit code.</summary>
    public static int Run(Options options)
    {
        var stream = new StreamName(options.Channels[0], options.Cut.Quality);
        var reader = new CutReader(TimeProvider.System, (StampPolicy)options.TrustStamps, new Workers());
        string path = stream.PathIn(options.BaseDir);
        AskedCut? asked;
        try
        {
            Archive.MustBeThere(options.BaseDir);
            asked = AskedCut.Of(
                stream, path, options.Cut.Ranges, options.Cut.Joins, options.Cut.AllowHoles, reader, CancellationToken.None)
                ?.WithNearest(CancellationToken.None);
        }
        catch (UnreadableException e)
        {
            Console.Error.WriteLine($"{stream}: {e.Message}");
            return ExitCode.Unreadable;
        }

        if (asked is null)
        {
            Console.Error.WriteLine($"{stream}: there is no folder {Engine.Printable(path)}");
            return ExitCode.NothingFound;
        }

        Write(asked, options.Format);
        return asked.Answer switch
        {
            CutAnswer.Accept => ExitCode.Success,
            CutAnswer.Refuse => ExitCode.Missing,
            _ => ExitCode.Unknown,
        };
    }

    private static void Write(AskedCut asked, AnswerFormat format)
    {
        if (format == AnswerFormat.Table)
        {
            Console.Out.WriteLine(CutFields.Text(asked));
            return;
        }

        using Stream output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024);
        using (var json = new Utf8JsonWriter(output, Json.Relaxed))
        {
            json.WriteStartObject();
            json.WriteCut(asked);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}
