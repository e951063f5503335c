using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The command cut of the nodes of a fleet: whether each can cut ranges of a stream, and from which to cut.</summary>
internal static class CutFleetCommand
{
    /// <summary>Asks each node and answers; the exit code.</summary>
    public static Task<int> RunAsync(Options options, CancellationToken stop) =>
        FleetCommand.WithNodesAsync(options, nodes => AnswerAsync(options, nodes, stop), stop);

    private static async Task<int> AnswerAsync(Options options, ImmutableArray<FleetNode> nodes, CancellationToken stop)
    {
        CutQuestion question = CutCommand.Question(options);
        string? token = FleetNodes.Token(options);
        Instant now = Instant.Of(TimeProvider.System.GetUtcNow());
        NodeCut[] answers = await Task.WhenAll(nodes.Select(
            node => new NodeCutter(node, FleetNodes.ReaderOf(node, options, token, () => now)).AskAsync(question, stop)));
        Write(question, answers, options.Format);
        return CodeOf(answers);
    }

    private static void Write(CutQuestion question, NodeCut[] answers, AnswerFormat format)
    {
        if (format == AnswerFormat.Table)
        {
            Console.Out.WriteLine(NodeCutFields.Text(question, answers));
            return;
        }

        using Stream output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024);
        using (var json = new Utf8JsonWriter(output, Json.Relaxed))
        {
            json.WriteStartObject();
            json.WriteCut(question, answers);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>The exit code of what the nodes answer.</summary>
    public static int CodeOf(IReadOnlyList<NodeCut> answers) =>
        NodeCut.Best(answers) is not null ? ExitCode.Success
        : answers.Any(node => node.Asked is null) ? ExitCode.Unreadable
        : answers.Any(node => node.Asked!.Answer == CutAnswer.Unknown) ? ExitCode.Unknown
        : answers.Any(node => node.HasStream) ? ExitCode.Missing
        : ExitCode.NothingFound;
}
