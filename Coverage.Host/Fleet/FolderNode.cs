using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A node whose archive is in a folder. Only hours that changed are read again.</summary>
/// <param name="baseFolder">The folder that holds the channels.</param>
/// <param name="clock">What says when it was read.</param>
/// <param name="stamps">Whether stamps of folders are trusted.</param>
internal sealed class FolderNode(string baseFolder, Func<Instant> clock, StampPolicy stamps) : NodeReader
{
    private readonly HourDigests digests = new(stamps, TimeProvider.System);

    /// <inheritdoc/>
    public override string Kind => "folder";

    /// <inheritdoc/>
    public override Task<Heard<IReadOnlyList<StreamName>>> StreamsAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, CancellationToken stop)
    {
        string? unnameable = null;
        return Try<IReadOnlyList<StreamName>>(
            () =>
            {
                Archive.MustBeThere(baseFolder);
                Found found = new StreamSearch(baseFolder, TimeProvider.System, stamps, countsMarks: true).Streams(channels, qualities, _ => false);
                unnameable = found.Unnameable.Count == 0 ? null : $"the folder {found.Unnameable.First()} is left out: its name is not UTF-8";
                return found.Streams.Find(stream => stream.Failure is not null)?.Failure is { } failure
                    ? throw failure
                    : [.. found.Streams.Select(stream => stream.Stream).Where(stream => stream.Quality != "*")];
            },
            () => unnameable);
    }

    /// <inheritdoc/>
    public override Task<Heard<StreamListing>> ListAsync(StreamName stream, Settings settings, CancellationToken stop) => Try(() =>
    {
        Archive.MustBeThere(baseFolder);
        string path = stream.PathIn(baseFolder);
        (List<Hour> hours, List<string> files, List<string> folders) = Entries(path);
        List<Hour> read = hours.FindAll(hour => Engine.IsIn(settings, hour.Number));
        (List<HourDigest> listed, List<string> failures) = digests.Of(stream, path, read, Environment.ProcessorCount, stop);
        listed.AddRange(hours.Where(hour => !Engine.IsIn(settings, hour.Number)).Select(HourDigest.Empty));
        listed.Sort((one, other) => one.Hour.CompareTo(other.Hour));
        return new StreamListing([.. listed], [.. files], [.. folders], [.. failures]);
    });

    /// <inheritdoc/>
    public override Task<Heard<HourNames>> NamesAsync(StreamName stream, Hour hour, CancellationToken stop) => Try<HourNames>(() =>
        digests.Names(stream, stream.PathIn(baseFolder), hour, stop));

    /// <inheritdoc/>
    public override Task<Heard<long[]>> SizesAsync(
        StreamName stream, HourNames hour, IReadOnlyList<int> places, CancellationToken stop) => Try<long[]>(() =>
        {
            using Folder? folder = Folder.Open(HourPath(stream.PathIn(baseFolder), new(hour.Hour)));
            return [.. places.Select(place => folder?.SizeOf(hour.NameAt(place)) ?? -1)];
        });

    /// <inheritdoc/>
    public override string AddressOf(StreamName stream, Hour hour, string name) =>
        Path.GetFullPath(Path.Combine(HourPath(stream.PathIn(baseFolder), hour), name));

    private static string HourPath(string streamFolder, Hour hour) => Path.Combine(streamFolder, hour.ToString());

    private Task<Heard<T>> Try<T>(Func<T?> read, Func<string?>? lacking = null)
        where T : class
    {
        Instant at = clock();
        return Task.Run(() =>
        {
            try
            {
                return new Heard<T>(read(), at, lacking?.Invoke());
            }
            catch (UnreadableException e)
            {
                return Heard<T>.Nothing(e.Message);
            }
        });
    }

    /// <summary>What lies in the folder of a stream and is not hidden; nothing where there is no such folder.</summary>
    public static (List<Hour> Hours, List<string> Files, List<string> Folders) Entries(string streamFolder)
    {
        (List<Hour> hours, List<string> files, List<string> folders) = ([], [], []);
        using Folder? folder = Folder.Open(streamFolder);
        folder?.ForEach((bytes, type, _) =>
        {
            EntryKind kind = bytes[0] == (byte)'.' ? EntryKind.Gone : folder.KindOf(bytes, type);
            string name = Encoding.UTF8.GetString(bytes);
            if (kind == EntryKind.File)
            {
                files.Add(name);
            }
            else if (kind == EntryKind.Folder && Hour.TryParse(name) is { } hour)
            {
                hours.Add(hour);
            }
            else if (kind == EntryKind.Folder)
            {
                folders.Add(name);
            }
        });
        hours.Sort();
        files.Sort(StringComparer.Ordinal);
        folders.Sort(StringComparer.Ordinal);
        return (hours, files, folders);
    }
}
