using System.Collections.Generic;
using System.Linq;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>What verifying found, for people.</summary>
internal static class VerifiedTable
{
    private const int ItemsShown = 20;

    /// <summary>Writes the block of one stream.</summary>
    public static void Write(this Table table, VerifiedStream stream)
    {
        int full = stream.Items.Count(item => item.Segment.Kind == SegmentKind.Full);
        (string colour, string word) = !stream.Failed.IsEmpty ? ("red", "cannot be read whole")
            : full > 0 ? ("red", "findings")
            : stream.Lacking is not null ? ("red", stream.Verified == 0 ? "nothing verified" : "not all verified")
            : stream.Items.IsEmpty ? ("green", "no findings")
            : ("yellow", "findings, none in a full segment");
        table.Head(stream.Stream, colour, word);
        if (stream.Lacking is { } lacking)
        {
            table.Fact("why", lacking);
        }

        table.Fact("verified", $"{stream.Verified} of {HourLog.Number(stream.Segments, "segment")}, {FileCount.Text(stream.Bytes)}");
        ILookup<(SegmentKind Kind, Finding Finding), FoundItem> found = VerifiedAnswers.ByFinding(stream.Items);
        foreach (SegmentKind kind in VerifiedAnswers.Kinds)
        {
            List<string> counts = [.. FindingModule.all
                .Select(finding => (Finding: finding, Count: found[(kind, finding)].Count()))
                .Where(one => one.Count > 0)
                .Select(one => $"{FindingModule.toText(one.Finding)} {one.Count}")];
            if (counts.Count > 0)
            {
                table.Fact(kind.ToString().ToLowerInvariant(), string.Join(", ", counts));
            }
        }

        if (stream.Verified > 0 && stream.Items.Length == stream.Verified
            && stream.Items.All(item => item.Verified.Findings.Contains(Finding.NotTs)))
        {
            table.Fact("no media", "no file that was read holds MPEG-TS; those of an archive that was made up, such as the demo, hold none");
        }

        WriteCount(table, stream.Changing, "changing", "being written; verify again later");
        WriteCount(table, stream.Gone, "gone", "gone before it could be read");
        WriteCount(table, stream.Failed.Length, "unreadable", "the standard error says why");
        foreach (FoundItem item in stream.Items.OrderBy(item => item.Segment.Kind).Take(ItemsShown))
        {
            table.Fact(string.Empty, $"{item.Path}: {Texts.Of(item)}");
        }

        if (stream.Items.Length > ItemsShown)
        {
            table.Fact(string.Empty, $"and {stream.Items.Length - ItemsShown} more; --format csv lists all");
        }

        if (stream is { Declared: { } declared, Measured: { } measured })
        {
            WriteReport(table, "by the names", declared);
            WriteReport(table, "measured", measured);
        }

        table.Remark(string.Empty);
    }

    /// <summary>How much of the extent is covered.</summary>
    private static void WriteReport(Table table, string by, StreamReport report)
    {
        var completeness = new Completeness(report.Raw.Covered + report.Raw.SeamLength, report.Extent.Length);
        string holes = report.Raw.Holes.IsEmpty ? "no hole"
            : $"{HourLog.Number(report.Raw.Holes.Count, "hole")}, total {Texts.Length(new Duration(report.Raw.HoleLength))}";
        table.Fact(by, report.Extent.IsEmpty ? "nothing is covered"
            : $"{CompletenessModule.toText(completeness)} covered, {Texts.Length(new Duration(report.Raw.Covered))}; {holes}");
    }

    private static void WriteCount(Table table, long count, string what, string meaning)
    {
        if (count > 0)
        {
            table.Fact(what, $"{count}, {meaning}");
        }
    }
}
