using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>What is to be said of an archive of another layout beside its figures (semantics.md section 13).</summary>
internal static class LayoutTexts
{
    /// <summary>How many bad files of a stream are named.</summary>
    private const int BadShown = 3;

    /// <summary>With starts that are less exact than this, short holes go unseen.</summary>
    private static readonly Duration Coarse = new(500_000);

    /// <summary>What is said of a stream that is not there.</summary>
    public static string Absent(StreamName stream, Options options) => options.Layout.IsWubloaderFolder
        ? $"there is no folder {Engine.Printable(stream.PathIn(options.BaseDir))}"
        : $"there is nothing of it in {Archive(options)}"
            + (stream is { Quality: "*" } && stream.Channel.Contains('/') ? "; a quality is named with --qualities" : "");

    /// <summary>What is said where there is no stream.</summary>
    public static string NothingFound(Options options)
    {
        if (!options.Layout.IsWubloaderFolder)
        {
            return $"no stream found in {Archive(options)}: nothing there fits "
                + (options.Layout.Intervals is null ? $"the layout {Engine.Printable(options.Layout.Layout)}" : "what was asked for");
        }

        string hint = LayoutHint.Of(options.BaseDir) is { } layout ? $"; its files are named as --layout {layout} has them"
            : "; for files of another recorder say with --layout what they are called";
        return $"no channel found under {Engine.Printable(options.BaseDir)}: no folder there holds CHANNEL/QUALITY/HOUR with segments{hint}";
    }

    /// <summary>The archive, or the list that stands for it.</summary>
    private static string Archive(Options options) =>
        options.Layout.List is { } list ? new ListSource(list).Name : Engine.Printable(options.BaseDir);

    /// <summary>What may make the figures of a stream other than they seem.</summary>
    public static IEnumerable<string> Warnings(MediaFacts facts)
    {
        if (facts.Resolution >= Coarse)
        {
            yield return $"starts are known to {Texts.Length(facts.Resolution)}: a hole shorter than "
                + $"{Texts.Length(facts.Resolution + facts.Resolution)} may go unseen";
        }

        if (facts.IsNext)
        {
            yield return "each file is taken to last until the next one starts, unless that is more than half longer than usual: a hole of up to "
                + "half a file goes unseen";
        }

        if (facts.IsThin)
        {
            yield return "thin: the files of a stretch without holes are together shorter than it is; time may lack between them that "
                + "their starts do not show";
        }

        if (facts.Ambiguous > 0)
        {
            yield return $"{HourLog.Number(facts.Ambiguous, "file")} with a local time that came twice, when clocks were set back: which of "
                + "the two is meant is told by when the file was written, and where nothing says that, the earlier is taken; a recorder that gave the second hour the names of the first "
                + "has overwritten the first";
        }

        if (facts.LeadsElsewhere)
        {
            yield return "segments of the playlist whose addresses lead out of the archive (http://, / or ..), or to hidden files, are "
                + "counted as not there";
        }

        if (facts.HasDropped)
        {
            yield return "the playlist is live and has dropped its first segments; beside it lie media files that no playlist lists: nothing "
                + "says when they were recorded, so they are not counted";
        }

        if (facts.OffBy is { } off)
        {
            string hours = string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(off.Seconds) / 3600m:0.##}");
            yield return $"the newest files were last written {hours} h {(off.Microseconds < 0 ? "before" : "after")} they end by their "
                + "names: the time zone of the names is another, or a clock is wrong; see --zone";
        }
    }

    /// <summary>What of a stream is left out.</summary>
    public static IEnumerable<string> LeftOut(MediaFacts facts)
    {
        foreach ((string path, string reason) in facts.Bad.Take(BadShown))
        {
            yield return $"{Engine.Printable(path)} is bad: {reason}";
        }

        if (facts.Bad.Length > BadShown)
        {
            yield return $"{HourLog.Number(facts.Bad.Length - BadShown, "more bad file")}; --format json names all";
        }

        if (facts.Unplaced > 0)
        {
            // Without how many: of a live playlist that would be a new line with each of them.
            yield return "segments of the playlist have no date: nothing says when they were recorded, so they are not counted";
        }
    }

    /// <summary>What of the archive belongs to no stream.</summary>
    public static IEnumerable<string> LeftOut(LeftOut left, LayoutOptions layout)
    {
        if (left.PassedOver > 0)
        {
            yield return layout.Layout == "hls"
                ? $"{HourLog.Number(left.PassedOver, "file")} passed over: neither playlists nor media files"
                : $"{HourLog.Number(left.PassedOver, "file")} passed over: "
                + $"{(left.PassedOver == 1 ? "its name does" : "their names do")} not fit {Engine.Printable(layout.Layout)}"
                + (left.Example is { } example ? $"; {(Coverage.LeftOut.IsMedia(example) ? "one that should perhaps" : "one")} is {Engine.Printable(example)}" : "");
        }

        if (left.Unplaced > 0)
        {
            yield return $"{HourLog.Number(left.Unplaced, "media file")} that no playlist lists";
        }

        if (left.Unsized > 0)
        {
            yield return $"{HourLog.Number(left.Unsized, "start")} where the size of files would decide and the list has none: the longest "
                + "was taken";
        }
    }

    /// <summary>Writes what was read, and how.</summary>
    public static void WriteLayout(this Utf8JsonWriter json, LayoutOptions layout, LeftOut left)
    {
        json.WriteStartObject("layout");
        json.WriteString("name", layout.Intervals is not null ? "intervals" : layout.Layout.Contains('%') ? "template" : layout.Layout);
        json.WriteString("template", layout.Intervals is null ? Recorders.TemplateText(layout) : null);
        json.WriteString("zone", layout.Zone?.Id ?? "UTC");
        json.WriteSeconds("resolution_seconds", Recorders.ResolutionOf(layout));
        json.WriteString(
            "duration",
            layout.LengthMicroseconds is { } length ? new Duration(length).ToString() : layout.IsNext ? "next" : "content");
        json.WriteNumber("passed_over", left.PassedOver);
        json.WriteNumber("unplaced", left.Unplaced);
        if (layout.Names is not null)
        {
            json.WriteNumber("unsized", left.Unsized);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes what is to be known of a stream.</summary>
    public static void WriteMedia(this Utf8JsonWriter json, MediaFacts facts)
    {
        json.WriteSeconds("tolerance_seconds", new(facts.Settings.Tolerance));
        json.WriteStartObject("files");
        json.WriteNumber("unplaced", facts.Unplaced);
        json.WriteNumber("ambiguous", facts.Ambiguous);
        json.WriteStartArray("bad");
        foreach ((string path, string reason) in facts.Bad)
        {
            json.WriteStartObject();
            json.WriteString("path", path);
            json.WriteString("reason", reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStrings("warnings", Warnings(facts));
    }
}
