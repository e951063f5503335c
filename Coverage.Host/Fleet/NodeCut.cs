using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;

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
/// <param name="reader">How it is asked.</param>
internal sealed class NodeCutter(FleetNode node, NodeReader reader)
{
    /// <summary>Settings that leave no hour: of those of a node it is enough that they are there.</summary>
    private static readonly Settings NoHour = Engine.Settings(0, 1, 0);

    /// <summary>Hours of a node as cuts are made from them.</summary>
    /// <param name="Hours">The hours, in order.</param>
    /// <param name="Unread">Why the names of one are not known; null where they are.</param>
    /// <param name="Unsized">Why sizes that decide are not known; null where they are.</param>
    private sealed record Source(ImmutableArray<CutHour> Hours, string? Unread, string? Unsized);

    /// <summary>Asks for a cut, from the hours of its ranges; where it is refused all hours are asked for, for the nearest clean
    /// ranges.</summary>
    public async Task<NodeCut> AskAsync(CutQuestion question, CancellationToken stop)
    {
        Heard<StreamListing> heard = await reader.ListAsync(question.Stream, NoHour, stop);
        if (heard.Value is not { } listed)
        {
            return new(node, null, false, heard.Failure);
        }

        ImmutableArray<Hour> there = [.. listed.Hours.Select(hour => hour.Hour)];
        Source own = await ReadAsync(question.Stream, [.. there.Where(hour => question.Ranges.Any(range => IsOf(range, hour)))], stop);
        if (own.Unread is { } why)
        {
            return new(node, null, !there.IsEmpty, why);
        }

        AskedCut asked = AskedCut.Of(question, CutStream.Of(own.Hours), stop);
        if (own.Unsized is not null || asked.Answer == CutAnswer.Accept)
        {
            return new(node, asked, !there.IsEmpty, own.Unsized);
        }

        Source all = await ReadAsync(question.Stream, there, stop);
        return (all.Unread ?? all.Unsized) is { } unknown
            ? new(node, asked, !there.IsEmpty, $"the nearest range that can be cut is not known, for every hour is read for it: {unknown}")
            : new(node, (asked with { From = CutStream.Of(all.Hours) }).WithNearest(stop), !there.IsEmpty, null);
    }

    private static bool IsOf(Interval range, Hour hour) =>
        hour.Number >= CutPlanModule.firstHour(range) && hour.Number <= CutPlanModule.lastHour(range);

    private async Task<Source> ReadAsync(StreamName stream, ImmutableArray<Hour> hours, CancellationToken stop)
    {
        var read = new (CutHour Hour, string? Unread, string? Unsized)[hours.Length];
        await Parallel.ForAsync(0, read.Length, new ParallelOptions { CancellationToken = stop }, async (at, _) =>
        {
            Heard<HourNames> names = await reader.NamesAsync(stream, hours[at], stop);
            read[at] = names.Value is { } known ? await SizedAsync(stream, known, stop) : (new(hours[at], [], [], null), names.Failure, null);
        });
        return new(
            [.. read.Select(hour => hour.Hour)],
            read.Select(hour => hour.Unread).FirstOrDefault(why => why is not null),
            read.Select(hour => hour.Unsized).FirstOrDefault(why => why is not null));
    }

    /// <summary>An hour with the sizes that decide. Without a file that is gone others may decide: it asks until none does.</summary>
    private async Task<(CutHour Hour, string? Unread, string? Unsized)> SizedAsync(
        StreamName stream, HourNames names, CancellationToken stop)
    {
        string? why = null;
        while (why is null && Engine.ContestedForCut(FilesOf(names).Folder) is { IsEmpty: false } asked)
        {
            Heard<long[]> sizes = await reader.SizesAsync(stream, names, asked, stop);
            why = sizes.Value is null ? sizes.Failure : null;
            names = sizes.Value is null ? names : HourNamesModule.withSizes(asked, [.. sizes.Value], names);
        }

        return (CutHour.Of(new(names.Hour), FilesOf(names), true), null, why);
    }

    private static HourFiles FilesOf(HourNames names) => new(new(names.Hour, names.Segments, 0), names.Starts, names.Block);
}
