using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Coverage.Host;

/// <summary>Of which recorder an archive seems to be in which no stream was found.</summary>
internal static class LayoutHint
{
    /// <summary>How many entries are looked at: it is a hint, and archives are large.</summary>
    private const int Most = 5_000;

    /// <summary>The name of the only preset that files there fit; null where none does, or several do.</summary>
    public static string? Of(string baseDir)
    {
        List<string> paths = [.. Files(baseDir)];
        List<string> presets = [];
        foreach ((string name, string template) in TemplateModule.presets)
        {
            Template layout = TemplateModule.tryParse(template).ResultValue;
            if (paths.Exists(path => Layout.read(layout, Encoding.UTF8.GetBytes(path)) is LayoutReading.Fits))
            {
                presets.Add(name);
            }
        }

        if (paths.Exists(path => path.EndsWith(".m3u8", StringComparison.Ordinal)))
        {
            presets.Add("hls");
        }

        return presets is [var only] ? only : null;
    }

    /// <summary>The first files of an archive, by their paths below it; those that cannot be read are not among them.</summary>
    private static IEnumerable<string> Files(string baseDir)
    {
        var every = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 8 };
        try
        {
            return [.. Directory.EnumerateFiles(baseDir, "*", every).Take(Most).Select(path => Path.GetRelativePath(baseDir, path))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The check itself says what of the archive cannot be read.
            return [];
        }
    }
}
