using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Coverage.CommandLine;

namespace Coverage.Host;

/// <summary>The command map: one round, its maps as the output; each is named on the standard output.</summary>
internal static class MapCommand
{
    /// <summary>Checks once and writes the maps; the exit code.</summary>
    public static int Run(Options options, CancellationToken stop)
    {
        Round round = OneRound.Make(options, stop);
        int code = OneRound.CodeOf(round, stream => stream.Judgement!.Account.Span.IsEmpty);
        HashSet<StreamName> owners = MapPicture.Owners(options, round.Found.Select(stream => stream.Stream));
        foreach (StreamRound stream in round.Found)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                Write(stream, options, owners);
            }
            catch (IOException e)
            {
                Console.Error.WriteLine($"{stream.Stream}: {e.Message}");
                code = ExitCode.Worse(code, ExitCode.CannotWrite);
            }
        }

        return code;
    }

    private static void Write(StreamRound stream, Options options, HashSet<StreamName> owners)
    {
        MapPicture.MustOwn(options, stream.Stream, owners);
        if (stream.Judgement is { } judgement && MapPicture.Of(options, judgement.Account) is { } map)
        {
            string path = MapPicture.PathOf(options, stream.Stream);
            OutputFile.Replace(path, file => MapPicture.Write(map, file));
            Console.Out.WriteLine(Engine.Printable(path));
        }
    }
}
