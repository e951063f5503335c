using System.Collections.Generic;
using System.Globalization;
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
            : stream.Segments == 0 ? ("yellow", "nothing to verify")
            : full > 0 ? ("red", "findings")
            : stream.Items.IsEmpty ? ("green", "no findings")
            : ("yellow", "findings, none in a full segment");
        table.Head(stream.Stream, colour, word);
        table.Fact("verified", $"{stream.Verified} of {HourLog.Number(stream.Segments, "segment")}, {Bytes(stream.Bytes)}");
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

        if (stream.Measured is { } measured)
        {
            table.Fact("measured", $"with the measured lengths: {Texts.Status(measured)}, covered "
                + $"{Texts.Length(new Duration(measured.Raw.Covered))}, {HourLog.Number(measured.Raw.Holes.Count, "hole")} of "
                + $"{Texts.Length(new Duration(measured.Raw.HoleLength))}");
        }

        table.Remark(string.Empty);
    }

    private static void WriteCount(Table table, long count, string what, string meaning)
    {
        if (count > 0)
        {
            table.Fact(what, $"{count}, {meaning}");
        }
    }

    private static string Bytes(long bytes) => bytes switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.#} GB"),
    };
}
