using System;
using System.Collections.Concurrent;
using System.Text;
using Coverage.Units;
using Microsoft.FSharp.Core;

namespace Coverage;

/// <summary>A media file of another recorder.</summary>
/// <param name="Path">Its path below the archive.</param>
/// <param name="Stream">The stream that its path names.</param>
/// <param name="Written">When it starts, as its path says; null where its date is no date.</param>
/// <param name="Stamp">What moves when it is written to; null where it was not looked at.</param>
/// <param name="Said">What its bytes say; null where it is not opened.</param>
/// <param name="Failure">Why it cannot be read; null for nothing.</param>
/// <param name="IsAtRest">Whether it was asked so long after its last change that a later one must move its stamp.</param>
internal sealed record MediaFile(
    string Path,
    StreamName Stream,
    WrittenTime? Written,
    FileStamp? Stamp = null,
    FSharpResult<Media, MediaFault>? Said = null,
    UnreadableException? Failure = null,
    bool IsAtRest = false) : ListedFile(Path, Stamp, Failure)
{
    /// <summary>Whether no reading of its stream can tell it from another.</summary>
    public bool IsLike(MediaFile? other) => other is not null && this == other with { IsAtRest = IsAtRest };

    /// <summary>The file as the core takes it.</summary>
    public FoundFile Found => new(
        Path,
        Written!.Value,
        Stamp?.Size ?? -1,
        Stamp is { } stamp
            ? FSharpValueOption<long>.NewValueSome((stamp.Modified.Seconds * 1_000_000) + (stamp.Modified.Nanoseconds / 1000))
            : FSharpValueOption<long>.ValueNone,
        Said is { } said ? FSharpValueOption<FSharpResult<Media, MediaFault>>.NewValueSome(said)
            : FSharpValueOption<FSharpResult<Media, MediaFault>>.ValueNone,
        Failure is not null);
}

/// <summary>Looks at the files that a template names.</summary>
/// <param name="layout">The template.</param>
/// <param name="opens">Whether files are asked how long they are.</param>
/// <param name="time">The clock that tells how old a stamp is; null for the system's.</param>
/// <param name="memory">What files said to earlier runs of the program; null for nothing.</param>
internal sealed class MediaLook(Template layout, bool opens, TimeProvider? time = null, MediaMemory? memory = null) : IFileLook<MediaFile>
{
    /// <summary>
    /// A file that was changed so lately is asked again though its stamp is as it was: the clocks of file systems tick coarsely,
    /// a client of NFS keeps stamps for up to a minute, and a recorder that writes in place may not be done.
    /// </summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(63);

    /// <summary>The streams that were met: of many files of one stream each would have a name of its own.</summary>
    private readonly ConcurrentDictionary<(string, string), StreamName> streams = [];

    /// <inheritdoc/>
    public bool Look(Folder folder, byte[] name, string path, MediaFile? before, out MediaFile? file)
    {
        LayoutReading reading = Layout.read(layout, Encoding.UTF8.GetBytes(path));
        file = reading switch
        {
            LayoutReading.NoDate bad => new(path, StreamOf(bad.names), null),
            LayoutReading.Fits fits => new(path, StreamOf(fits.names), fits.time),
            _ => null,
        };
        bool isThere = file?.Written is null || Ask(folder, name, before, ref file);
        if (before is not null && file == before)
        {
            file = before;
        }

        return isThere;
    }

    /// <summary>A file of a list, of which nothing is known but its path and perhaps its size; null for none of the recorder's.</summary>
    public MediaFile? Listed(string path, long size) => Layout.read(layout, Encoding.UTF8.GetBytes(path)) switch
    {
        LayoutReading.NoDate bad => new(path, StreamOf(bad.names), null),
        LayoutReading.Fits fits => new(path, StreamOf(fits.names), fits.time, new FileStamp(true, 0, 0, size, default)),
        _ => null,
    };

    /// <summary>Asks a file how long it is, unless it is as it was; false when it is gone.</summary>
    private bool Ask(Folder folder, byte[] name, MediaFile? before, ref MediaFile? file)
    {
        try
        {
            if (folder.FileStampOf(name) is not { IsRegular: true } stamp)
            {
                return false;
            }

            bool isAtRest = !stamp.IsYoungerThan(Rest, (time ?? TimeProvider.System).GetUtcNow());
            if (before is { Failure: null, IsAtRest: true } && before.Stamp == stamp)
            {
                file = before;
            }
            else if (!opens)
            {
                file = file! with { Stamp = stamp };
            }
            else if (isAtRest && memory?.Recall(file!.Path, stamp) is { } remembered)
            {
                file = file! with { Stamp = stamp, Said = remembered, IsAtRest = true };
            }
            else if (MediaProbe.Read(folder, name) is var (asked, said))
            {
                // The stamp before the reading counts: one that changed while it was read is asked again.
                file = file! with { Stamp = asked, Said = said, IsAtRest = isAtRest && asked == stamp };
            }
            else
            {
                return false;
            }
        }
        catch (UnreadableException e)
        {
            file = file! with { Failure = before?.Failure?.Message == e.Message ? before.Failure : e };
        }

        return true;
    }

    private StreamName StreamOf(string[] names)
    {
        (string channel, string quality) = Layout.streamOf(names);
        return streams.GetOrAdd((channel, quality), _ => new(channel, quality));
    }
}
