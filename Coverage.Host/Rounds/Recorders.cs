using System;
using System.Collections.Generic;
using System.IO;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The archive that the options mean.</summary>
internal static class Recorders
{
    /// <summary>Opens the archive, or the list that stands for one.</summary>
    /// <param name="options">The options.</param>
    /// <param name="onBest">Called with the path of an hour's folder and the names of its best segments; null for nothing.</param>
    /// <param name="say">Called with what goes wrong beside.</param>
    /// <param name="time">The clock.</param>
    public static IRecordedStreams Open(
        Options options, Action<string, IEnumerable<string>>? onBest, Action<string> say, TimeProvider time)
    {
        var stamps = (StampPolicy)options.TrustStamps;
        TimeSpan fullEvery = TimeSpan.FromMicroseconds(options.FullEveryMicroseconds);
        Settings settings = SettingsOf(options);
        SizesAsked sizes = options.Check.Sizes ? SizesAsked.Every : SizesAsked.Deciding;
        if (options.Layout.Intervals is { } intervals)
        {
            var lines = new IntervalLines(new(intervals), options.Layout.IntervalForm, options.Layout.EpochMicroseconds);
            return new IntervalStreams(lines, settings);
        }

        ListSource? list = options.Layout.Names is { } names ? new(names) : null;

        // There are no names of it: those hold no playlists.
        if (options.Layout.Layout == "hls")
        {
            return new HlsStreams(options.BaseDir, LeftOut(options), settings, stamps, fullEvery, time);
        }

        if (TemplateOf(options.Layout) is not { } layout)
        {
            if (list is not null)
            {
                return new NamedStreams(list, settings, options.Check.Sizes);
            }

            return new WubloaderStreams(
                options.BaseDir, settings, stamps, fullEvery, () => new(time, stamps, sizes) { OnBest = onBest }, time);
        }

        var rules = new MediaRules(
            layout, Zones.Of(options.Layout.Zone ?? TimeZoneInfo.Utc), RuleOf(options.Layout), settings, options.Archive.Tolerance is null);
        return list is not null ? new NamedMediaStreams(list, LeftOut(options), rules)
            : new MediaStreams(options.BaseDir, LeftOut(options), rules, stamps, fullEvery, time, DurationCache.Of(options, say));
    }

    /// <summary>What streams are checked with, unless their files have another tolerance.</summary>
    public static Settings SettingsOf(Options options) => Engine.Settings(
        options.Archive.Tolerance ?? ToleranceOf(options.Layout), options.FirstHour, options.LastHour);

    /// <summary>The tolerance of a layout, where none is given and its files have none of their own.</summary>
    private static long ToleranceOf(LayoutOptions layout) => layout.IsWubloaderFolder
        ? Report.defaults.Tolerance : Recording.tolerance(ResolutionOf(layout).Microseconds, layout.Layout == "mediamtx");

    /// <summary>The template of a layout; null where it has none.</summary>
    public static Template? TemplateOf(LayoutOptions layout) => TemplateText(layout) is { } text
        ? TemplateModule.tryParse(text).ResultValue : null;

    /// <summary>The text of the template of a layout; null where it has none.</summary>
    public static string? TemplateText(LayoutOptions layout)
    {
        if (layout.Layout == "wubloader")
        {
            return null;
        }

        foreach ((string name, string template) in TemplateModule.presets)
        {
            if (name == layout.Layout)
            {
                return template;
            }
        }

        return layout.Layout.Contains('%') ? layout.Layout : null;
    }

    /// <summary>How exactly the layout knows when files start.</summary>
    public static Duration ResolutionOf(LayoutOptions layout) =>
        layout.Intervals is null && layout.Layout == "hls" ? HlsStreams.Resolution : new(layout.Intervals is null ? TemplateOf(layout)?.Resolution ?? 1 : 1);

    private static LengthRule RuleOf(LayoutOptions layout) =>
        layout.LengthMicroseconds is { } length ? LengthRule.NewFixed(length)
        : layout.IsNext ? LengthRule.Next
        : LengthRule.Content;

    /// <summary>The folder of the maps, where it lies in the archive: no recorder has written there.</summary>
    private static string LeftOut(Options options) => Path.GetRelativePath(
        Path.GetFullPath(options.BaseDir), Path.GetFullPath(Path.Combine(options.BaseDir, options.OutputDir)));
}
