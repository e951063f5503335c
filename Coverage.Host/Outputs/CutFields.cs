using System.Text.Json;
using System.Threading;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A cut that was asked for.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="AllowsHoles">Whether a range is cut whatever of it is missing.</param>
/// <param name="Cut">What came of it.</param>
/// <param name="Nearest">The clean ranges nearest to one that is refused; none for one that is accepted.</param>
internal sealed record AskedCut(StreamName Stream, bool AllowsHoles, Cut Cut, NearestClean Nearest)
{
    /// <summary>Asks for the cut of a range, and where it is refused for the nearest clean ranges; null when the stream has no folder.</summary>
    /// <exception cref="UnreadableException">A folder, or a size that decides, cannot be read.</exception>
    public static AskedCut? Of(StreamName stream, string streamFolder, Interval range, bool allowsHoles, CutReader reader, CancellationToken stop) =>
        Cut.Ask(streamFolder, range, allowsHoles, reader, stop) is not { } cut ? null
        : new(stream, allowsHoles, cut,
            cut.Answer == CutAnswer.Accept ? default : cut.Nearest(streamFolder, reader, stop));

    /// <summary>Why a cut that is accepted fails while it is done; null where it does not.</summary>
    public string? WillFail => Cut.WillFail
        ? $"the last segment, {Cut.NameOf(Cut.Plan.Items[^1].Place)}, starts after the range: fast and smart cuts end with an error"
        : null;
}

/// <summary>The answer to a cut, for machines and for people.</summary>
internal static class CutFields
{
    /// <summary>Writes the answer into the object that is open, in the format segment-coverage-cut/1.</summary>
    public static void WriteCut(this Utf8JsonWriter json, AskedCut asked)
    {
        Cut cut = asked.Cut;
        json.WriteString("format", "segment-coverage-cut/1");
        json.Write(Fields.Name, asked.Stream);
        json.WriteString("start", cut.Plan.Range.From.ToString());
        json.WriteString("end", cut.Plan.Range.Until.ToString());
        json.WriteBoolean("allow_holes", asked.AllowsHoles);
        json.WriteString("answer", cut.Answer.ToString().ToLowerInvariant());
        json.WriteString("will_fail", asked.WillFail);
        json.WriteStartArray("plan");
        foreach (PlannedSegment item in cut.Items)
        {
            json.WriteStartObject();
            if (item.Segment is { } segment)
            {
                json.WriteString("segment", segment);
            }
            else
            {
                json.WriteBoolean("hole", true);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteArray("holes", Fields.Interval, cut.Holes.Intervals);
        json.WriteStartObject("clean");
        json.WriteSpan("after", asked.Nearest.After);
        json.WriteSpan("before", asked.Nearest.Before);
        json.WriteSpan("longest", asked.Nearest.Longest);
        json.WriteEndObject();
    }

    /// <summary>The answer in one line.</summary>
    public static string Line(AskedCut asked)
    {
        Cut cut = asked.Cut;
        string range = $"{asked.Stream}: {Text(cut.Plan.Range)}";
        if (cut.Answer == CutAnswer.Accept)
        {
            string fails = asked.WillFail is { } why ? $"; but the cut will fail: {why}" : "";
            return $"{range} can be cut{Without(cut)}{fails}.";
        }

        return $"{range} cannot be cut: {Blocker(cut)}. {Nearest(asked)}";
    }

    private static string Without(Cut cut)
    {
        IntervalSet holes = cut.Holes;
        return holes.IsEmpty ? ""
            : $", but for {Texts.Length(new Duration(holes.Length))} in {holes.Count} {(holes.Count == 1 ? "hole" : "holes")}";
    }

    /// <summary>What is in the way first.</summary>
    public static string Blocker(Cut cut) => CutPlanModule.blocker(cut.Plan).Value switch
    {
        CutBlocker.StartsLate late => $"no segment covers its start, and the first one in it starts at {new Instant(late.First)}",
        CutBlocker.NotFull part =>
            $"{cut.NameOf(part.Place)} is {part.Segment.Kind.ToString().ToLowerInvariant()}, so it may hold less than it says",
        CutBlocker.Gap gap => $"nothing covers {Text(gap.Item)} ({Texts.Length(gap.Item.Time)})",
        CutBlocker.EndsEarly early => $"the last segment ends at {new Instant(early.Last)}, before the range does",
        _ => "no segment covers its start, and none starts in it",
    };

    /// <summary>The longest clean range in the range, or else the nearer one of those beside it.</summary>
    private static string Nearest(AskedCut asked)
    {
        Interval range = asked.Cut.Plan.Range;
        (Interval after, Interval before, Interval within) = (asked.Nearest.After, asked.Nearest.Before, asked.Nearest.Longest);
        bool isAfterNearer = before.IsEmpty || (!after.IsEmpty && after.From - range.From < range.Until - before.Until);
        Interval nearest = !within.IsEmpty ? within : isAfterNearer ? after : before;
        return nearest.IsEmpty ? "No second of the stream can be cut without a hole."
            : $"The nearest clean range is {Text(nearest)} ({Texts.Length(nearest.Time)}).";
    }

    private static string Text(Interval interval) => $"{interval.From} to {interval.Until}";
}
