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
        json.WriteQuestion(asked.Question);
        json.WriteAnswer(asked.Answer, asked.WillFail);
        json.WriteJoins(asked.Question);
        json.WriteRanges(asked);
    }

    /// <summary>Writes what was asked.</summary>
    public static void WriteQuestion(this Utf8JsonWriter json, CutQuestion question)
    {
        json.WriteString("format", question.IsOne ? "segment-coverage-cut/1" : "segment-coverage-cuts/1");
        json.Write(Fields.Name, question.Stream);
        if (question.IsOne)
        {
            json.WriteBounds(question.Ranges[0]);
        }

        json.WriteBoolean("allow_holes", question.AllowsHoles);
    }

    /// <summary>Writes how several ranges follow each other.</summary>
    public static void WriteJoins(this Utf8JsonWriter json, CutQuestion question)
    {
        if (question.IsOne)
        {
            return;
        }

        json.WriteStartArray("transitions");
        foreach (CutJoin join in question.Joins)
        {
            json.WriteJoin(join);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes what was answered to one range, or to each of several.</summary>
    public static void WriteRanges(this Utf8JsonWriter json, AskedCut asked)
    {
        if (asked.Question.IsOne)
        {
            json.WritePlan(asked.Ranges[0]);
            return;
        }

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

    /// <summary>Writes the answer, and why an accepted cut fails.</summary>
    public static void WriteAnswer(this Utf8JsonWriter json, CutAnswer answer, string? willFail)
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
        if (asked.IsRefused && asked.Nearest is null)
        {
            json.WriteNull("clean");
            return;
        }

        NearestClean nearest = asked.Nearest ?? default;
        json.WriteStartObject("clean");
        json.WriteSpan("after", nearest.After);
        json.WriteSpan("before", nearest.Before);
        json.WriteSpan("longest", nearest.Longest);
        json.WriteEndObject();
    }

    /// <summary>The answer in lines: one for each range, and of several one for the video.</summary>
    public static string Text(AskedCut asked) => Text(asked, asked.Question.Stream.ToString());

    /// <summary>The same with another name before each line.</summary>
    public static string Text(AskedCut asked, string name)
    {
        string ranges = string.Join('\n', asked.Ranges.Select(range => $"{name}: {Line(range)}"));
        return asked.Question.IsOne ? ranges : $"{ranges}\n{name}: {Video(asked)}";
    }

    private static string Video(AskedCut asked)
    {
        string video = $"the video of these {asked.Ranges.Length} ranges";
        return asked.Answer switch
        {
            CutAnswer.Accept => $"{video} can be cut{Fails(asked.WillFail)}.",
            CutAnswer.Refuse => $"{video} cannot be cut: {Those(CutAnswer.Refuse)} cannot.",
            _ => $"nobody can say whether {video} can be cut: {Those(CutAnswer.Unknown)} may, or may not.",
        };

        string Those(CutAnswer answer)
        {
            int[] places = [.. Enumerable.Range(1, asked.Ranges.Length).Where(at => asked.Ranges[at - 1].Cut.Answer == answer)];
            return $"{(places.Length == 1 ? "range" : "ranges")} {string.Join(", ", places)}";
        }
    }

    private static string Fails(string? why) => why is null ? "" : $"; but the cut will fail: {why}";

    private static string Line(AskedRange asked) => asked.Cut.Answer switch
    {
        CutAnswer.Accept => $"{Text(asked.Cut.Plan.Range)} can be cut{Without(asked.Cut)}{Fails(asked.WillFail)}.",
        CutAnswer.Refuse => $"{Text(asked.Cut.Plan.Range)} cannot be cut: {Blocker(asked.Cut)}. {Nearest(asked)}",
        _ => $"{Text(asked.Cut.Plan.Range)} may be cut, or may not: sizes of files decide that are not known.",
    };

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
        if (asked.Nearest is not { After: var after, Before: var before, Longest: var within })
        {
            return "The nearest clean range is not known.";
        }

        Interval range = asked.Cut.Plan.Range;
        bool isAfterNearer = before.IsEmpty || (!after.IsEmpty && after.From - range.From < range.Until - before.Until);
        Interval nearest = !within.IsEmpty ? within : isAfterNearer ? after : before;
        return nearest.IsEmpty ? "No second of the stream can be cut without a hole."
            : $"The nearest clean range is {Text(nearest)} ({Texts.Length(nearest.Time)}).";
    }

    private static string Text(Interval interval) => $"{interval.From} to {interval.Until}";
}
