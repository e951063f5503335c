using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The cut of one range that was asked for.</summary>
/// <param name="Cut">What came of it.</param>
/// <param name="WillFail">Why the cut, which is accepted, fails while it is done; null where it does not.</param>
internal sealed record AskedRange(Cut Cut, string? WillFail)
{
    /// <summary>Whether the range is refused, or nobody can say.</summary>
    public bool IsRefused => Cut.Answer != CutAnswer.Accept;

    /// <summary>The clean ranges nearest to one that is not accepted; null while they are not known.</summary>
    public NearestClean? Nearest { get; init; }
}

/// <summary>What is to be cut: one range, or several that make one video.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Ranges">The ranges, one or more, in the order of the video.</param>
/// <param name="Joins">How each range but the first follows the one before it.</param>
/// <param name="AllowsHoles">Whether a range is cut whatever of it is missing.</param>
internal sealed record CutQuestion(
    StreamName Stream, ImmutableArray<Interval> Ranges, ImmutableArray<CutJoin> Joins, bool AllowsHoles)
{
    /// <summary>Whether it is one range.</summary>
    public bool IsOne => Ranges.Length == 1;
}

/// <summary>A cut that was asked for.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Ranges">Its ranges.</param>
/// <param name="From">What they are cut from.</param>
internal sealed record AskedCut(CutQuestion Question, ImmutableArray<AskedRange> Ranges, CutStream From)
{
    /// <summary>Whether the video is cut: when each of its ranges is.</summary>
    public CutAnswer Answer { get; } = CutVideo.answer(Ranges.Select(range => range.Cut.Answer));

    /// <summary>Why the video, which is accepted, fails while it is cut; null where it does not.</summary>
    public string? WillFail { get; private init; }

    /// <summary>Asks for the cut of ranges, from their own hours.</summary>
    /// <exception cref="UnreadableException">A folder, or a size that decides, cannot be read.</exception>
    public static AskedCut Of(CutQuestion question, CutStream from, CancellationToken stop)
    {
        ImmutableArray<Cut> cuts = [.. question.Ranges.Select(range => from.Ask(range, question.AllowsHoles, stop))];
        return new(question, [.. cuts.Select(cut => new AskedRange(cut, Fault([cut], [])))], from)
        {
            WillFail = Fault(cuts, question.Joins),
        };
    }

    /// <summary>The same with the clean ranges nearest to each that is refused, for which every hour of the stream is read.</summary>
    /// <exception cref="UnreadableException">A folder, or a size that decides, cannot be read.</exception>
    public AskedCut WithNearest(CancellationToken stop) => this with
    {
        Ranges = [.. Ranges.Select(range => range.IsRefused ? range with { Nearest = From.Nearest(range.Cut.Plan.Range, stop) } : range)],
    };

    private static string? Fault(ImmutableArray<Cut> cuts, ImmutableArray<CutJoin> joins)
    {
        if (cuts.Any(cut => cut.Answer != CutAnswer.Accept)
            || CutVideo.tryFault(joins, [.. cuts.Select(cut => cut.Plan)]) is not { IsSome: true, Value: (int at, CutFault fault) })
        {
            return null;
        }

        string into = $"the transition into range {at + 1}";
        string why = fault switch
        {
            CutFault.LastStartsLate late =>
                $"the last segment, {cuts[at].NameOf(late.Place)}, starts after {(cuts.Length == 1 ? "the range" : $"range {at + 1}")}",
            CutFault.UnknownKind unknown => $"{into} is of no kind that there is, {Engine.Printable(unknown.Kind)}",
            CutFault.TooLong tooLong => $"{into} takes {Texts.Length(new Duration(tooLong.Length))}, and none takes more than a minute",
            CutFault.NothingInto nothing => $"no segment starts before {into} is over at {new Instant(nothing.Until)}",
            CutFault.NothingOutOf nothing => $"where the transition out of range {at + 1} starts, at {new Instant(nothing.From)}, "
                + "no segment is left that is not part of an earlier cut or transition",
            _ => throw new InvalidOperationException($"no words say {fault}"),
        };
        return $"{why}: fast and smart cuts end with an error";
    }
}
