using System;
using System.IO;
using System.Linq;
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
        StreamName stream = Question(options).Stream;
        var reader = new CutReader(TimeProvider.System, (StampPolicy)options.TrustStamps, new Workers());
        string path = stream.PathIn(options.BaseDir);
        AskedCut? asked;
        try
        {
            Archive.MustBeThere(options.BaseDir);
            asked = CutStream.Open(path, reader) is { } from ? AskedCut.Of(Question(options), from, CancellationToken.None) : null;
        }
        catch (UnreadableException e)
        {
            Console.Error.WriteLine($"{stream}: {e.Message}");
            return ExitCode.Unreadable;
        }

        if (asked is null)
        {
            Console.Error.WriteLine($"{stream}: there is no folder {Engine.Printable(path)}{Instead(options)}");
            return ExitCode.NothingFound;
        }

        try
        {
            asked = asked.WithNearest(CancellationToken.None);
        }
        catch (UnreadableException e)
        {
            Console.Error.WriteLine($"{stream}: {CutFields.WithoutNearest(asked, e.Message)}");
            return ExitCode.Unreadable;
        }

        Write(asked, options.Format);
        return asked.Answer switch
        {
            CutAnswer.Accept => ExitCode.Success,
            CutAnswer.Refuse => ExitCode.Missing,
            _ => ExitCode.Unknown,
        };
    }

    /// <summary>What the options ask.</summary>
    public static CutQuestion Question(Options options) =>
        new(new(options.Channels[0], options.Cut.Quality), options.Cut.Ranges, options.Cut.Joins, options.Cut.AllowHoles);

    /// <summary>What there is where a stream has no folder: the other qualities of its channel, or the other channels.</summary>
    private static string Instead(Options options)
    {
        foreach (string path in new[] { Path.Combine(options.BaseDir, options.Channels[0]), options.BaseDir })
        {
            using Folder? folder = Folder.Open(path);
            if (folder?.Subfolders(_ => { }, out _) is { Count: > 0 } names)
            {
                names.Sort(StringComparer.Ordinal);
                return $"; {Engine.Printable(path)} holds {string.Join(", ", names.Take(10).Select(Engine.Printable))}"
                    + (names.Count > 10 ? $" and {names.Count - 10} more" : "");
            }
        }

        return "";
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
