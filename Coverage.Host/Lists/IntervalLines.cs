using System;
using System.IO;
using System.Text.Unicode;
using System.Threading;
using Coverage.CommandLine;

namespace Coverage.Host;

/// <summary>What a line of a list of intervals says. A field that it lacks is empty.</summary>
internal ref struct IntervalLine
{
    /// <summary>The fields, by their places in <see cref="IntervalLines.Keys"/>.</summary>
    private ReadOnlySpan<byte> stream, start, end, duration, type;

    /// <summary>A field.</summary>
    public ReadOnlySpan<byte> this[int key]
    {
        readonly get => key switch { 0 => stream, 1 => start, 2 => end, 3 => duration, _ => type };
        set
        {
            switch (key)
            {
                case 0: stream = value; break;
                case 1: start = value; break;
                case 2: end = value; break;
                case 3: duration = value; break;
                default: type = value; break;
            }
        }
    }

    /// <summary>CHANNEL/QUALITY; empty for none.</summary>
    public readonly ReadOnlySpan<byte> Stream => stream;

    /// <summary>The start.</summary>
    public readonly ReadOnlySpan<byte> Start => start;

    /// <summary>The end, where it is written.</summary>
    public readonly ReadOnlySpan<byte> End => end;

    /// <summary>The length in seconds, where it is written.</summary>
    public readonly ReadOnlySpan<byte> Duration => duration;

    /// <summary>Its kind; empty for full.</summary>
    public readonly ReadOnlySpan<byte> Type => type;
}

/// <summary>Called with an interval of a list.</summary>
/// <param name="stream">Its stream, as it is written; empty for none.</param>
/// <param name="segment">The interval.</param>
internal delegate void ListedInterval(ReadOnlySpan<byte> stream, Segment segment);

/// <summary>A list of intervals (semantics.md section 13): BED, CSV or JSON lines.</summary>
/// <param name="source">The list.</param>
/// <param name="form">Its form.</param>
/// <param name="epoch">How many microseconds a number counts as an instant; null where instants have offsets.</param>
internal sealed class IntervalLines(ListSource source, IntervalForm form, long? epoch)
{
    /// <summary>The keys of JSON, and the columns of CSV.</summary>
    public static readonly string[] Keys = ["stream", "start", "end", "duration", "type"];

    private const long Second = 1_000_000;

    private const long Longest = 100 * 31_557_600L * Second;

    /// <summary>The lengths of segments are added up. With more than a hundred thousand years their sums could overflow.</summary>
    private const long MostTogether = 0x3000_0000_0000_0000;

    private readonly CsvFields csv = new();

    private readonly JsonFields json = new();

    /// <summary>All lengths so far.</summary>
    private long together;

    /// <summary>The list.</summary>
    public ListSource Source => source;

    /// <summary>Calls an action for each interval.</summary>
    /// <exception cref="ListException">A line cannot be read.</exception>
    /// <exception cref="UnreadableException">The list cannot be read.</exception>
    public void ForEach(ListedInterval action, CancellationToken stop)
    {
        using Stream input = source.Open();
        var lines = new ListLines(source, input);
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            stop.ThrowIfCancellationRequested();
            if (line.Trim(" \t"u8).IsEmpty)
            {
                continue;
            }

            if (!Utf8.IsValid(line))
            {
                throw lines.Wrong("it is not text in UTF-8");
            }

            var fields = default(IntervalLine);
            string? fault = form switch
            {
                IntervalForm.Bed => BedFields.Read(line, ref fields),
                IntervalForm.Csv => csv.Read(line, ref fields),
                _ => json.Read(line, ref fields),
            };
            if (fault is { Length: > 0 })
            {
                throw lines.Wrong(fault);
            }

            if (fault is null)
            {
                if (fields.Stream is [(byte)'/', ..] or [.., (byte)'/'])
                {
                    throw lines.Wrong($"stream {Shown(fields.Stream)} lacks a name: write CHANNEL/QUALITY, or CHANNEL alone");
                }

                action(fields.Stream, SegmentOf(lines, fields));
            }
        }

        if (form == IntervalForm.Csv && !csv.HasHeader)
        {
            throw new ListException(source.Name, 1, CsvFields.NoHeader);
        }
    }

    private Segment SegmentOf(ListLines lines, IntervalLine fields)
    {
        long start = Instant(lines, "start", fields.Start);
        if (fields.End.IsEmpty == fields.Duration.IsEmpty)
        {
            throw lines.Wrong(fields.End.IsEmpty ? "it has no end: write that, or how long it is" : "it has an end and a duration: write one of them");
        }

        long length;
        if (!fields.End.IsEmpty)
        {
            long end = Instant(lines, "end", fields.End);
            length = end - start;
            if (length < 0)
            {
                throw lines.Wrong($"the end, {Engine.InstantText(end)}, is earlier than the start, {Engine.InstantText(start)}");
            }
        }
        else if (!WrittenTimes.TryNumber(fields.Duration, Second, out length))
        {
            throw lines.Wrong($"duration {Shown(fields.Duration)} is no length: write seconds as digits and a point");
        }
        else if (!WrittenTimes.IsInHours(start + length))
        {
            throw lines.Wrong("it ends after the year 9998, which nothing can be reported of");
        }

        if (length > Longest)
        {
            throw lines.Wrong("it is longer than a hundred years: no recording is, and its hours would fill the memory");
        }

        together += length;
        return together <= MostTogether ? new Segment(start, length, -1, KindOf(lines, fields.Type))
            : throw lines.Wrong("the intervals up to here are longer together than a hundred thousand years: sums would overflow");
    }

    private long Instant(ListLines lines, string key, ReadOnlySpan<byte> text)
    {
        bool isBed = form == IntervalForm.Bed;
        if (text.IsEmpty)
        {
            throw lines.Wrong($"it has no {key}");
        }

        if (WrittenTimes.TryNumber(text, epoch ?? (isBed ? Second : 1), out long found))
        {
            if (!isBed && epoch is null)
            {
                throw lines.Wrong($"{key} {Shown(text)} is a number: say what it counts with --epoch s, ms or us");
            }
        }
        else if (isBed)
        {
            throw lines.Wrong($"{key} {Shown(text)} is no instant: BED has numbers, seconds since 1970 or what --epoch says");
        }
        else if (!WrittenTimes.TryInstant(text, out found))
        {
            throw lines.Wrong($"{key} {Shown(text)} is no instant: write 2025-11-07T18:00:00.5Z, or with an offset such as +01:00 in the place of Z"
                + (epoch is null ? "" : ", or a number of digits and a point"));
        }

        return WrittenTimes.IsInHours(found) ? found
            : throw lines.Wrong($"{key} {Shown(text)} is {(found < 0 ? "earlier than 1970" : "later than the year 9998")}"
                + (found >= 0 && (isBed || epoch is not null) ? "; is it in another unit? --epoch says which" : ""));
    }

    private static SegmentKind KindOf(ListLines lines, ReadOnlySpan<byte> type) =>
        type.IsEmpty || type.SequenceEqual("full"u8) ? SegmentKind.Full
        : type.SequenceEqual("suspect"u8) ? SegmentKind.Suspect
        : type.SequenceEqual("partial"u8) ? SegmentKind.Partial
        : throw lines.Wrong($"type {Shown(type)} is none: write full, suspect or partial, or nothing for full");

    /// <summary>A text of a list in a message.</summary>
    public static string Shown(ReadOnlySpan<byte> text) =>
        $"'{Engine.Printable(text.Length <= 80 ? text : text[..80])}{(text.Length <= 80 ? "" : "...")}'";
}
