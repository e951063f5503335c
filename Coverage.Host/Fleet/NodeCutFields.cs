using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Coverage.Host;

/// <summary>What the nodes of a fleet answer to a cut, for machines and for people.</summary>
internal static class NodeCutFields
{
    /// <summary>Writes the answers into the object that is open: what was asked, the node to cut from, and for each node the keys
    /// of an answer that is given alone.</summary>
    public static void WriteCut(this Utf8JsonWriter json, CutQuestion question, IReadOnlyList<NodeCut> nodes)
    {
        json.WriteQuestion(question);
        json.WriteJoins(question);
        json.WriteString("from", NodeCut.Best(nodes)?.Node.Name);
        json.WriteStartArray("nodes");
        foreach (NodeCut node in nodes)
        {
            json.WriteStartObject();
            json.WriteString("name", node.Node.Name);
            if (node.Asked is { } asked)
            {
                json.WriteAnswer(asked.Answer, asked.WillFail);
                json.WriteRanges(asked);
            }
            else
            {
                foreach (string key in (string[])(question.IsOne
                    ? ["answer", "will_fail", "plan", "holes", "clean"] : ["answer", "will_fail", "ranges"]))
                {
                    json.WriteNull(key);
                }
            }

            json.WriteString("error", node.Failure);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The answers in lines: those of each node, and the node to cut from.</summary>
    public static string Text(CutQuestion question, IReadOnlyList<NodeCut> nodes) =>
        string.Join('\n', nodes.Select(node => Text(question, node)).Append($"{question.Stream}: {Conclusion(nodes)}"));

    private static string Text(CutQuestion question, NodeCut node) => node switch
    {
        { Asked: null } => $"{node.Name}: not heard: {node.Failure}",
        { HasStream: false } => $"{node.Name}: there is no stream {question.Stream}",
        { Failure: null } => CutFields.Text(node.Asked, node.Name),
        _ => $"{CutFields.Text(node.Asked, node.Name)}\n{node.Name}: {node.Failure}",
    };

    private static string Conclusion(IReadOnlyList<NodeCut> nodes)
    {
        if (NodeCut.Best(nodes) is { } best)
        {
            return $"to be cut from node {best.Name}{(best.Asked!.WillFail is null ? "" : ", where the cut will fail")}.";
        }

        string silent = Names(node => node.Asked is null);
        string undecided = Names(node => node.Asked?.Answer == CutAnswer.Unknown);
        return silent.Length > 0 ? $"no node that was heard can cut it; {silent} was not heard."
            : undecided.Length > 0 ? $"whether {undecided} can cut it is not known{(nodes.Count == 1 ? "" : "; no other node can")}."
            : nodes.Any(node => node.HasStream) ? "no node can cut it."
            : "no node has such a stream.";

        string Names(Func<NodeCut, bool> isOne) => string.Join(", ", nodes.Where(isOne).Select(node => node.Name));
    }
}
