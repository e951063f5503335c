using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The streams of a list of intervals: each interval is a segment (semantics.md section 13).</summary>
/// <param name="lines">The list.</param>
/// <param name="settings">What the streams are checked with.</param>
internal sealed class IntervalStreams(IntervalLines lines, Settings settings) : IRecordedStreams
{
    private static readonly Duration Resolution = new(1);

    /// <summary>The intervals of each stream by the hours in which they start; null until the list is read.</summary>
    private Dictionary<StreamName, Dictionary<Hour, List<Segment>>>? streams;

    /// <summary>The text of the latest line's stream, and what is known of it: a list often has one stream after another.</summary>
    private (byte[] Text, Dictionary<Hour, List<Segment>>? Hours) latest = ([], null);

    /// <inheritdoc/>
    public UnreadableException? WhyUnreadable() => null;

    /// <inheritdoc/>
    public async Task<Found> SearchAsync(
        IReadOnlyList<string> channels, IReadOnlyList<string> qualities, Func<StreamName, bool> isKnown, CancellationToken stop)
    {
        if (streams is null)
        {
            streams = [];
            await ListSource.ReadAsync(() => lines.ForEach(Take, stop), stop);
        }

        return new Found(StreamsAsked.Of(streams.Keys, channels, qualities), [], new());
    }

    /// <inheritdoc/>
    public Task<(StreamReading? Reading, bool IsAfresh)> ReadAsync(StreamName stream, StreamLook look, CancellationToken stop) =>
        Task.FromResult((
            streams!.TryGetValue(stream, out Dictionary<Hour, List<Segment>>? hours) ? HoursOf(hours).Read(look) : null, true));

    /// <inheritdoc/>
    public void Forget(StreamName stream)
    {
        // A list does not change.
    }

    /// <inheritdoc/>
    public string PathOf(StreamName stream) => lines.Source.Path;

    private void Take(ReadOnlySpan<byte> text, Segment segment)
    {
        if (latest.Hours is null || !text.SequenceEqual(latest.Text))
        {
            StreamName stream = NameOf(Encoding.UTF8.GetString(text));
            latest = (text.ToArray(), CollectionsMarshal.GetValueRefOrAddDefault(streams!, stream, out _) ??= []);
        }

        (CollectionsMarshal.GetValueRefOrAddDefault(latest.Hours!, Hour.Of(new Instant(segment.Start)), out _) ??= []).Add(segment);
    }

    /// <summary>The stream of a text, split at its last slash.</summary>
    private static StreamName NameOf(string text)
    {
        int slash = text.LastIndexOf('/');
        return text.Length == 0 ? new("default", "default")
            : slash < 0 ? new(text, "default")
            : new(text[..slash], text[(slash + 1)..]);
    }

    /// <summary>The hours of a stream.</summary>
    private MediaHours HoursOf(Dictionary<Hour, List<Segment>> hours) => new(
        [.. hours.OrderBy(hour => hour.Key).Select(hour => new HourFolder(hour.Key.Number, [.. hour.Value], 0))],
        [],
        new MediaFacts(settings, Resolution, [], Unplaced: 0, Ambiguous: 0, [], OffBy: null, IsThin: false));
}
