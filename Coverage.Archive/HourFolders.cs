using System;
using System.Collections.Generic;
using Coverage.Units;

namespace Coverage;

/// <summary>The folders in the folder of a stream.</summary>
/// <param name="Hours">Its hours, in order.</param>
/// <param name="OddFolders">The names of folders that are no hours; safe on one line.</param>
/// <param name="HasLinks">Whether any entry may be a link, so that changes elsewhere can change what the folder says.</param>
internal sealed record HourFolders(List<Hour> Hours, List<string> OddFolders, bool HasLinks)
{
    /// <summary>What lies in the folder of a stream; null when it is gone.</summary>
    /// <exception cref="UnreadableException">The folder cannot be read.</exception>
    public static HourFolders? In(Folder stream)
    {
        var hours = new List<Hour>();
        var odd = new List<string>();
        if (stream.Subfolders(odd.Add, out bool hasLinks) is not { } names)
        {
            return null;
        }

        foreach (string name in names)
        {
            if (Hour.TryParse(name) is { } hour)
            {
                hours.Add(hour);
            }
            else
            {
                odd.Add(Engine.Printable(name));
            }
        }

        hours.Sort();
        odd.Sort(StringComparer.Ordinal);
        return new HourFolders(hours, odd, hasLinks);
    }
}
