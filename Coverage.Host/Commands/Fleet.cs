using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The command fleet: one look at the nodes, written in the format asked for on the standard output.</summary>
internal static class FleetCommand
{
    /// <summary>Looks once and answers; the exit code.</summary>
    public static async Task<int> RunAsync(Options options)
    {
        ImmutableArray<FleetNode> nodes;
        try
        {
            nodes = await FleetNodes.OfAsync(options, CancellationToken.None);
        }
        catch (FleetOptionException e)
        {
            Log.LastWords(e.Message);
            return ExitCode.Usage;
        }
        catch (IOException e)
        {
            Log.LastWords(e.Message);
            return ExitCode.Unreadable;
        }

        Instant now = options.Judgement.Now is { } given ? new(given) : Instant.Of(TimeProvider.System.GetUtcNow());
        var reader = new FleetReader(
            [.. nodes.Select(node => (node, FleetNodes.ReaderOf(node, () => now, (StampPolicy)options.TrustStamps)))], options);
        FleetLook look = await reader.LookAsync(now, CancellationToken.None);
        WriteFailures(look);
        Write(look, options);
        return CodeOf(look);
    }

    private static void Write(FleetLook look, Options options)
    {
        using var output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024);
        FleetJson.Write(output, look);
    }

    /// <summary>The exit code of a look.</summary>
    public static int CodeOf(FleetLook look) =>
        look.Nodes.Any(node => !node.IsKnown || node.Failure is not null) ? ExitCode.Unreadable
        : look.Streams.Any(stream => stream.Report.Status < FleetStatus.Pending) ? ExitCode.Missing
        : look.Streams.All(stream => stream.Report.Extent.IsEmpty) ? ExitCode.NothingFound
        : ExitCode.Success;

    /// <summary>Says what cannot be read.</summary>
    private static void WriteFailures(FleetLook look)
    {
        foreach (NodeLook node in look.Nodes.Where(node => node.Failure is not null))
        {
            Console.Error.WriteLine($"{node.Name}: {node.Failure}");
        }
    }
}
