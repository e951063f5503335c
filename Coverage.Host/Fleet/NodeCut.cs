using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;

namespace Coverage.Host;

/// <summary>What a node of a fleet would do with a cut (semantics.md section 11).</summary>
/// <param name="Node">The node.</param>
/// <param name="Asked">The cut as the node would make it; null where the node was not heard.</param>
/// <param name="HasStream">Whether the node has hours of the stream.</param>
/// <param name="Failure">What the node did not answer, as a sentence that is safe on one line; null when it answered all.</param>
internal sealed record NodeCut(FleetNode Node, AskedCut? Asked, bool HasStream, string? Failure)
{
    /// <summary>Its name, safe on one line.</summary>
    public string Name => Engine.Printable(Node.Name);

    /// <summary>The node to cut from: the first that accepts, those whose cut will fail after all others; null where none accepts.</summary>
    public static NodeCut? Best(IReadOnlyList<NodeCut> nodes)
    {
        List<NodeCut> accepting = [.. nodes.Where(node => node.Asked?.Answer == CutAnswer.Accept)];
        return accepting.Find(node => node.Asked!.WillFail is null) ?? accepting.FirstOrDefault();
    }
}

/// <summary>Asks a node for cuts.</summary>
/// <param name="node">The node.</param>
/// <param name="open">How it is asked: by a reader that remembers nothing.</param>
internal sealed class NodeCutter(FleetNode node, Func<NodeReader> open)
{
    /// <summary>What can be cut from on a node.</summary>
    /// <param name="Hours">Its hours, in order.</param>
    /// <param name="Unread">Why an hour, or all, cannot be read; null where they were.</param>
    /// <param name="Unsized">Why sizes that decide are not known; null where they are.</param>
    private sealed record Source(ImmutableArray<CutHour> Hours, string? Unread, string? Unsized);

    /// <summary>Asks for a cut, from the hours of its ranges; where it is refused all hours are asked for, for the nearest clean
    /// ranges.</summary>
    public async Task<NodeCut> AskAsync(CutQuestion question, CancellationToken stop)
    {
        Source own = await ReadAsync(
            question.Stream, question.Ranges.Min(CutPlanModule.firstHour), question.Ranges.Max(CutPlanModule.lastHour), stop);
        if (own.Unread is { } why)
        {
            return new(node, null, false, why);
        }

        AskedCut asked = AskedCut.Of(question, CutStream.Of(own.Hours), stop);
        bool hasStream = !own.Hours.IsEmpty;
        if (own.Unsized is not null || asked.Answer == CutAnswer.Accept)
        {
            return new(node, asked, hasStream, own.Unsized);
        }

        Source all = await ReadAsync(question.Stream, null, null, stop);
        return (all.Unread ?? all.Unsized) is { } unknown
            ? new(node, asked, hasStream, $"the nearest range that can be cut is not known, for every hour is read for it: {unknown}")
            : new(node, (asked with { From = CutStream.Of(all.Hours) }).WithNearest(stop), hasStream, null);
    }

    /// <summary>Reads the hours from one to another. The others that there are have no candidates.</summary>
    private async Task<Source> ReadAsync(StreamName stream, int? first, int? last, CancellationToken stop)
    {
        NodeReader reader = open();
        Settings settings = Engine.Settings(0, first, last);
        Heard<StreamListing> heard = await reader.ListAsync(stream, settings, stop);
        if (heard.Value is not { } listed)
        {
            return new([], heard.Failure, null);
        }

        if (listed.Hours.Any(hour => hour.Names is null))
        {
            return new([], listed.Failures[0], null);
        }

        var hours = new CutHour[listed.Hours.Length];
        string? unsized = null;
        await Parallel.ForAsync(0, hours.Length, new ParallelOptions { CancellationToken = stop }, async (at, _) =>
        {
            Heard<HourNames> names = await SizedAsync(reader, stream, listed.Hours[at].Names!, stop);
            hours[at] = CutHour.Of(new(names.Value!.Hour), FilesOf(names.Value), true);
            if (names.Failure is not null)
            {
                Volatile.Write(ref unsized, names.Failure);
            }
        });
        return new([.. hours], null, unsized);
    }

    /// <summary>The names of an hour with the sizes that decide. Without a file that is gone others may decide: it asks until none does.</summary>
    private static async Task<Heard<HourNames>> SizedAsync(NodeReader reader, StreamName stream, HourNames names, CancellationToken stop)
    {
        while (Engine.ContestedForCut(FilesOf(names).Folder) is { IsEmpty: false } asked)
        {
            Heard<long[]> sizes = await reader.SizesAsync(stream, names, asked, stop);
            if (sizes.Value is null)
            {
                return new(names, null, sizes.Failure);
            }

            names = HourNamesModule.withSizes(asked, [.. sizes.Value], names);
        }

        return new(names, null, null);
    }

    private static HourFiles FilesOf(HourNames names) => new(new(names.Hour, names.Segments, 0), names.Starts, names.Block);
}
