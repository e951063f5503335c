using System.Linq;
using System.Text.Json;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The answer to a cut, for machines and for people.</summary>
internal static class CutFields
{
    /// <summary>Writes the answer into the object that is open, in the format segment-coverage-cut/1 for one range and
    /// segment-coverage-cuts/1 for several.</summary>
    public static void WriteCut(this Utf8JsonWriter json, AskedCut asked)
    {
        bool isOne = asked.Ranges.Length == 1;
        json.WriteString("format", isOne ? "segment-coverage-cut/1" : "segment-coverage-cuts/1");
        json.Write(Fields.Name, asked.Stream);
        if (isOne)
        {
            json.WriteBounds(asked.Ranges[0].Cut.Plan.Range);
        }

        json.WriteBoolean("allow_holes", asked.AllowsHoles);
        json.WriteAnswer(asked.Answer, asked.WillFail);
        if (isOne)
        {
            json.WritePlan(asked.Ranges[0]);
            return;
        }

        json.WriteStartArray("transitions");
        foreach (CutJoin join in asked.Joins)
        {
            json.WriteJoin(join);
        }

        json.WriteEndArray();
        json.WriteStartArray("ranges");
        foreach (AskedRange range in asked.Ranges)
        {
            json.WriteStartObject();
            json.WriteBounds(range.Cut.Plan.Range);
            json.WriteAnswer(range.Cut.Answer, range.WillFail);
            json.WritePlan(range);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteAnswer(this Utf8JsonWriter json, CutAnswer answer, string? willFail)
    {
        json.WriteString("answer", answer.ToString().ToLowerInvariant());
        json.WriteString("will_fail", willFail);
    }

    private static void WriteJoin(this Utf8JsonWriter json, CutJoin join)
    {
        if (join is CutJoin.Transition transition)
        {
            json.WriteStartObject();
            json.WriteString("type", transition.Kind);
            json.WriteSeconds("seconds", new Duration(transition.Length));
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void WriteBounds(this Utf8JsonWriter json, Interval range)
    {
        json.WriteString("start", range.From.ToString());
        json.WriteString("end", range.Until.ToString());
    }

    private static void WritePlan(this Utf8JsonWriter json, AskedRange asked)
    {
        json.WriteStartArray("plan");
        foreach (PlannedSegment item in asked.Cut.Items)
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
        json.WriteArray("holes", Fields.Interval, asked.Cut.Holes.Intervals);
        json.WriteStartObject("clean");
        json.WriteSpan("after", asked.Nearest.After);
        json.WriteSpan("before", asked.Nearest.Before);
        json.WriteSpan("longest", asked.Nearest.Longest);
        json.WriteEndObject();
    }

    /// <summary>The answer in lines: one for each range, and of several one for the video.</summary>
    public static string Text(AskedCut asked)
    {
        string ranges = string.Join('\n', asked.Ranges.Select(range => Line(asked.Stream, range)));
        return asked.Ranges.Length == 1 ? ranges : $"{ranges}\n{asked.Stream}: {Video(asked)}";
    }

    private static string Video(AskedCut asked)
    {
        int[] refused = [.. Enumerable.Range(1, asked.Ranges.Length).Where(at => asked.Ranges[at - 1].IsRefused)];
        string video = $"the video of these {asked.Ranges.Length} ranges";
        return refused.Length == 0 ? $"{video} can be cut{Fails(asked.WillFail)}."
            : $"{video} cannot be cut: {(refused.Length == 1 ? "range" : "ranges")} {string.Join(", ", refused)} cannot.";
    }

    private static string Fails(string? why) => why is null ? "" : $"; but the cut will fail: {why}";

    private static string Line(StreamName stream, AskedRange asked)
    {
        Cut cut = asked.Cut;
        string range = $"{stream}: {Text(cut.Plan.Range)}";
        return asked.IsRefused
            ? $"{range} cannot be cut: {Blocker(cut)}. {Nearest(asked)}"
            : $"{range} can be cut{Without(cut)}{Fails(asked.WillFail)}.";
    }

    private static string Without(Cut cut)
    {
        IntervalSet holes = cut.Holes;
        return holes.IsEmpty ? ""
            : $", but no full segment of the cut covers {Texts.Length(new Duration(holes.Length))} of it, in {holes.Count} "
                + (holes.Count == 1 ? "hole" : "holes");
    }

    /// <summary>The refusal of a cut where the clean ranges nearest to it are not known, and why they are not.</summary>
    public static string WithoutNearest(AskedCut asked, string why)
    {
        Cut refused = asked.Ranges.First(range => range.IsRefused).Cut;
        return $"{Text(refused.Plan.Range)} cannot be cut: {Blocker(refused)}; the nearest range that can is not known, for every hour "
            + $"is read for it: {why}";
    }

    /// <summary>What is in the way first.</summary>
    private static string Blocker(Cut cut) => CutPlanModule.blocker(cut.Plan).Value switch
    {
        CutBlocker.StartsLate late => $"no segment of the cut covers its start: the first one starts at {new Instant(late.First)}",
        CutBlocker.NotFull part =>
            $"{Text(Engine.Interval(part.Segment.Start, part.Segment.End))} is in a {part.Segment.Kind.ToString().ToLowerInvariant()} segment, which may hold less than "
                + $"it says: {cut.NameOf(part.Place)}",
        CutBlocker.Gap gap => $"the segments of the cut leave out {Text(gap.Item)} ({Texts.Length(gap.Item.Time)})",
        CutBlocker.EndsEarly early => $"the last segment ends at {new Instant(early.Last)}, before the range does",
        _ => "no segment of its hours, or of the hour before them, reaches into it",
    };

    /// <summary>The longest clean range in the range, or else the nearer one of those beside it.</summary>
    private static string Nearest(AskedRange asked)
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
