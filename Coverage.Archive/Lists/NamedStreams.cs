using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using System.Text.Unicode;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage;

/// <summary>
/// The streams of an archive of the wubloader project's recorders as a list of its files names them: all is what it would be on a
/// disk with those files (semantics.md sections 1 and 13).
/// </summary>
/// <param name="source">The list.</param>
/// <param name="settings">What the streams are checked with.</param>
/// <param name="namesEmptyFiles">Whether files of no bytes are named.</param>
internal sealed class NamedStreams(ListSource source, Settings settings, bool namesEmptyFiles) : IRecordedStreams
{
    private readonly Dictionary<string, Channel> channels = new(StringComparer.Ordinal);

    /// <summary>The folders of channels whose names are not UTF-8; safe on one line.</summary>
    private readonly SortedSet<string> unnameable = new(StringComparer.Ordinal);

    private bool isRead;

    /// <summary>The folder of the latest line, and what of an hour lies in it: a list goes from folder to folder.</summary>
    private (byte[] Path, ListedHour? Hour) latest = ([], null);

    /// <summary>The folder of a channel.</summary>
    private sealed class Channel
    {
        public Dictionary<string, ListedStream> Streams { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> Unnameable { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>The folder of a stream.</summary>
    private sealed class ListedStream
    {
        public SortedDictionary<Hour, ListedHour> Hours { get; } = [];

        public SortedSet<string> OddFolders { get; } = new(StringComparer.Ordinal);

        public bool MayHoldSegments => Hours.Any(one => one.Value.HoldsAny(one.Key));
    }

    /// <inheritdoc/>
    public UnreadableException? WhyUnreadable() => null;

    /// <inheritdoc/>
    public async Task<Found> SearchAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown, CancellationToken stop)
    {
        if (!isRead)
        {
            await ListSource.ReadAsync(() => ListedPaths.ForEach(source, Take, stop), stop);
            isRead = true;
        }

        var left = new SortedSet<string>(StringComparer.Ordinal);
        IEnumerable<string> asked = channels;
        if (channels.Count == 0)
        {
            left.UnionWith(unnameable);
            asked = Visible(this.channels.Keys).Where(name => name != "lost+found");
        }

        List<FoundStream> found =
            [.. asked.SelectMany(channel => InChannel(channel, channels.Count > 0, qualities, left))];
        return new Found(found, left, new());
    }

    /// <inheritdoc/>
    public Task<(StreamReading? Reading, bool IsAfresh)> ReadAsync(StreamName stream, StreamLook look, CancellationToken stop) =>
        Task.FromResult((
            channels.GetValueOrDefault(stream.Channel)?.Streams.GetValueOrDefault(stream.Quality) is { } listed
                ? Read(listed, look, stop) : null,
            true));

    /// <inheritdoc/>
    public void Forget(StreamName stream)
    {
        // A list does not change.
    }

    /// <inheritdoc/>
    public string PathOf(StreamName stream) => source.Path;

    private static IEnumerable<string> Visible(IEnumerable<string> names) =>
        names.Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal);

    /// <summary>The streams of a channel that are asked for, as a search of a disk finds them.</summary>
    private IEnumerable<FoundStream> InChannel(string name, bool isNamed, IReadOnlyList<string> qualities, SortedSet<string> left)
    {
        if (isNamed && qualities.Count > 0)
        {
            return Each(qualities);
        }

        Channel channel = channels.GetValueOrDefault(name) ?? new();
        left.UnionWith(channel.Unnameable.Select(folder => $"{Engine.Printable(name)}/{folder}"));
        IEnumerable<string> holding = Visible(channel.Streams.Keys).Where(quality => channel.Streams[quality].MayHoldSegments);
        if (qualities.Count > 0)
        {
            return holding.Any() ? Each(qualities) : [];
        }

        string[] found = [.. holding];
        return Each(found.Length > 0 || !isNamed ? found : ["*"]);

        IEnumerable<FoundStream> Each(IEnumerable<string> streams) => streams.Select(stream => new FoundStream(new(name, stream)));
    }

    /// <summary>Takes a line of the list.</summary>
    private void Take(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name, long size)
    {
        if (latest.Hour is { } hour && !name.IsEmpty && folder.SequenceEqual(latest.Path))
        {
            hour.Add(name, isFolder: false, size);
            return;
        }

        ReadOnlySpan<byte> rest = folder;
        if (ListedPaths.TryTakePart(ref rest, out ReadOnlySpan<byte> channelName) && ChannelOf(channelName) is { } channel
            && ListedPaths.TryTakePart(ref rest, out ReadOnlySpan<byte> quality) && StreamOf(channel, quality) is { } stream
            && ListedPaths.TryTakePart(ref rest, out ReadOnlySpan<byte> hourName) && HourOf(stream, hourName) is { } found)
        {
            if (ListedPaths.TryTakePart(ref rest, out ReadOnlySpan<byte> within))
            {
                found.Add(within, isFolder: true, -1);
            }
            else
            {
                latest = (folder.ToArray(), found);
                if (!name.IsEmpty)
                {
                    found.Add(name, isFolder: false, size);
                }
            }
        }
    }

    private Channel? ChannelOf(ReadOnlySpan<byte> name)
    {
        if (Utf8.IsValid(name))
        {
            return GetOrAdd(channels, Encoding.UTF8.GetString(name));
        }

        if (name[0] != (byte)'.')
        {
            unnameable.Add(Engine.Printable(name));
        }

        return null;
    }

    private static ListedStream? StreamOf(Channel channel, ReadOnlySpan<byte> name)
    {
        if (Utf8.IsValid(name))
        {
            return GetOrAdd(channel.Streams, Encoding.UTF8.GetString(name));
        }

        if (name[0] != (byte)'.')
        {
            channel.Unnameable.Add(Engine.Printable(name));
        }

        return null;
    }

    private static ListedHour? HourOf(ListedStream stream, ReadOnlySpan<byte> name)
    {
        if (Hour.TryParse(Encoding.UTF8.GetString(name)) is { } hour)
        {
            return GetOrAdd(stream.Hours, hour);
        }

        if (name[0] != (byte)'.')
        {
            stream.OddFolders.Add(Engine.Printable(name));
        }

        return null;
    }

    private static TValue GetOrAdd<TKey, TValue>(IDictionary<TKey, TValue> known, TKey key)
        where TValue : new()
    {
        if (!known.TryGetValue(key, out TValue? value))
        {
            known[key] = value = new();
        }

        return value;
    }

    private StreamReading Read(ListedStream stream, StreamLook look, CancellationToken stop)
    {
        Hour edge = Hour.Of(look.Now);
        var details = ImmutableArray.CreateBuilder<HourDetail>();
        var badNames = new Dictionary<Hour, ImmutableArray<BadName>>();
        var recoded = new Dictionary<Hour, int>();
        var markedInVain = new Dictionary<Hour, ImmutableArray<string>>();
        var emptyFiles = ImmutableArray.CreateBuilder<EmptyFile>();
        int unsized = 0;
        Carry carry = Engine.Start;
        foreach ((Hour hour, ListedHour listed) in stream.Hours.Where(one => Engine.IsIn(settings, one.Key.Number)))
        {
            stop.ThrowIfCancellationRequested();
            ListedHourReading reading = listed.Read(hour);
            HourSelection selection = Engine.Select(reading.Folder);
            HourDetail detail = Engine.Step(settings.Tolerance, carry, selection);
            details.Add(StreamWatch.KeepsBest(hour, edge) ? Engine.WithBest(selection, detail) : detail);
            carry = detail.Timeline.Carry;
            unsized += reading.Unsized;
            emptyFiles.AddRange(namesEmptyFiles ? reading.EmptyFiles : []);
            if (!reading.Listing.BadNames.IsEmpty)
            {
                badNames.Add(hour, reading.Listing.BadNames);
            }

            if (reading.Listing.Recoded > 0)
            {
                recoded.Add(hour, reading.Listing.Recoded);
            }

            if (!reading.Listing.MarkedInVain.IsEmpty)
            {
                markedInVain.Add(hour, reading.Listing.MarkedInVain);
            }

            look.Progress?.Invoke(details.Count, stream.Hours.Count);
        }

        ImmutableArray<HourDetail> hours = details.DrainToImmutable();
        Present present = Present.Of(settings, hours, look.LastHour);
        return StreamReading.Of(Engine.Account(Engine.Facts(present.Settings, hours, present.Hours))) with
        {
            BadNames = badNames,
            Recoded = recoded,
            MarkedInVain = markedInVain,
            EmptyFiles = emptyFiles.ToImmutable(),
            OddFolders = [.. stream.OddFolders],
            AnyInRange = hours.Length > 0,
            IsOutOfRange = hours.IsEmpty && stream.Hours.Count > 0,
            HoursPresent = stream.Hours.Count == 0 ? null : (stream.Hours.Keys.First(), stream.Hours.Keys.Last()),
            Ahead = present.Ahead,
            Unsized = unsized,
        };
    }
}
