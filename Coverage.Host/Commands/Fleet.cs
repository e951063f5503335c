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
    public static Task<int> RunAsync(Options options, CancellationToken stop) =>
        WithNodesAsync(options, nodes => AnswerAsync(options, nodes, stop), stop);

    /// <summary>Reads which nodes there are and answers from them; the exit code. It says what the options, the file or the database
    /// say wrongly.</summary>
    public static async Task<int> WithNodesAsync(
        Options options, Func<ImmutableArray<FleetNode>, Task<int>> answer, CancellationToken stop)
    {
        try
        {
            return await answer(await FleetNodes.OfAsync(options, stop));
        }
        catch (FleetOptionException e)
        {
            Log.LastWords(e.Message);
            return ExitCode.Usage;
        }
        catch (NodesUnreadableException e)
        {
            Log.LastWords(e.Message);
            return ExitCode.Unreadable;
        }
    }

    private static async Task<int> AnswerAsync(Options options, ImmutableArray<FleetNode> nodes, CancellationToken stop)
    {
        int asked = options.Fleet.For is { } name ? PlaceOf(name, nodes) : -1;
        Instant now = options.Judgement.Now is { } given ? new(given) : Instant.Of(TimeProvider.System.GetUtcNow());
        string? token = FleetNodes.Token(options);
        var reader = new FleetReader(
            [.. nodes.Select(node => (node, FleetNodes.ReaderOf(node, options, token, () => now)))], options);
        FleetLook look = await reader.LookAsync(now, stop);
        WriteFailures(look, options);
        Write(look, options, asked);
        return CodeOf(look);
    }

    private static int PlaceOf(string name, ImmutableArray<FleetNode> nodes) =>
        nodes.Select(node => node.Name).ToList().IndexOf(name) is var place and >= 0 ? place
        : throw new FleetOptionException($"--for: no node is named {Engine.Printable(name)}; there "
            + $"{(nodes.Length == 1 ? "is" : "are")} {string.Join(", ", nodes.Select(node => Engine.Printable(node.Name)))}");

    private static void Write(FleetLook look, Options options, int asked)
    {
        if (options.Format == AnswerFormat.Table)
        {
            Table table = Table.OnOutput();
            foreach (FleetStream stream in look.Streams)
            {
                table.Write(look, stream);
            }

            return;
        }

        using var output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024);
        switch (options.Format)
        {
            case AnswerFormat.Json: FleetJson.Write(output, look); break;
            case AnswerFormat.Csv: FleetRows.WriteCsv(output, look); break;
            case AnswerFormat.Bed: FleetRows.WriteBed(output, look); break;
            default: FetchList.Write(output, look, asked, options.Format, options.Fleet.IncludesWithheld); break;
        }
    }

    /// <summary>The exit code of a look.</summary>
    public static int CodeOf(FleetLook look) =>
        look.Nodes.Any(node => !node.IsKnown || node.Failure is not null) ? ExitCode.Unreadable
        : look.Streams.Any(stream => stream.Report.Status < FleetStatus.Pending) ? ExitCode.Missing
        : look.Streams.All(stream => stream.Report.Extent.IsEmpty) ? ExitCode.NothingFound
        : ExitCode.Success;

    /// <summary>Says what cannot be read, and why nothing was compared.</summary>
    private static void WriteFailures(FleetLook look, Options options)
    {
        IEnumerable<(int Node, string Failure)> ofStreams = look.Streams.SelectMany(stream => stream.Failures);
        IEnumerable<(int Node, string Failure)> ofNodes = look.Nodes.Index().SelectMany(
            node => node.Item.Failure is { } failure ? [(node.Index, failure)] : Array.Empty<(int, string)>());
        foreach ((int node, string failure) in ofNodes.Concat(ofStreams).Distinct().OrderBy(one => one.Node))
        {
            Console.Error.WriteLine($"{look.Nodes[node].Name}: {failure}");
        }

        if (look.Streams.IsEmpty)
        {
            Console.Error.WriteLine(options.Channels.IsEmpty ? "no node that answers has a channel" : "no node that answers has such a stream");
        }
    }
}
