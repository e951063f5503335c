using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;
using Microsoft.FSharp.Core;

namespace Coverage;

/// <summary>What is to be known of a stream of another layout beside its facts (semantics.md section 13).</summary>
/// <param name="Tolerance">With which tolerance it is looked at.</param>
/// <param name="Ambiguous">How many of its files have a local time that came twice.</param>
/// <param name="Bad">Its bad files, each with why, in order.</param>
/// <param name="OffBy">By how much clocks seem to be off; null for nothing.</param>
/// <param name="IsThin">Whether its files have less than they span.</param>
internal sealed record MediaFacts(
    Duration Tolerance, int Ambiguous, ImmutableArray<(string Path, FileFault Fault)> Bad, Duration? OffBy, bool IsThin);

/// <summary>An archive of another layout: its streams, read again and again.</summary>
internal sealed class MediaArchive(MediaTree tree, Template layout, Zone zone, LengthRule rule, Duration? tolerance, Settings settings)
{
    private Dictionary<StreamName, Known> known = [];

    /// <summary>What is remembered of a stream.</summary>
    private sealed record Known(ImmutableArray<MediaFile> Files, bool HasTemp, StreamReading Reading);

    /// <summary>The latest listing; null before the first.</summary>
    public MediaListing? Latest { get; private set; }

    /// <summary>Lists the archive, and reads every stream that changed, or has a file that is still written.</summary>
    /// <param name="afresh">Whether every file is looked at again.</param>
    /// <param name="now">The instant of the look.</param>
    /// <param name="edge">The hour from which on the best segments are kept.</param>
    /// <param name="stop">Ends it before its time.</param>
    /// <exception cref="UnreadableException">The archive's own folder cannot be read.</exception>
    public async Task<IReadOnlyDictionary<StreamName, StreamReading>> ReadAsync(
        bool afresh, Instant now, Hour edge, CancellationToken stop)
    {
        Latest = await tree.ListAsync(afresh, stop);
        known = Latest.Files.GroupBy(file => file.Stream).ToDictionary(group => group.Key, group => Read(group.Key, [.. group], now, edge));
        return known.ToDictionary(one => one.Key, one => one.Value.Reading);
    }

    private Known Read(StreamName stream, ImmutableArray<MediaFile> files, Instant now, Hour edge)
    {
        if (known.GetValueOrDefault(stream) is { HasTemp: false } before && before.Files.AsSpan().SequenceEqual(files.AsSpan(), ReferenceEqualityComparer.Instance))
        {
            return before;
        }

        Recorded recorded = Recording.read(
            zone, rule, now.Microseconds, files.Where(file => file.Written is null).Select(file => file.Path), files.Where(file => file.Written is not null).Select(Found));
        bool isMtxi = files.Any(file => file.Said is { IsOk: true } said && said.ResultValue.IsMtxi);
        Settings own = new(
            tolerance?.Microseconds ?? Recording.tolerance(layout.Resolution, isMtxi), settings.FirstHour, settings.LastHour);
        var details = ImmutableArray.CreateBuilder<HourDetail>();
        var best = new List<Segment>();
        Carry carry = Engine.Start;
        foreach (HourFolder folder in recorded.Folders.Where(folder => Engine.IsIn(own, folder.Hour)))
        {
            HourSelection selection = Engine.Select(folder);
            HourDetail detail = Engine.Step(own.Tolerance, carry, selection);
            details.Add(folder.Hour >= edge.Number ? Engine.WithBest(selection, detail) : detail);
            best.AddRange(selection.Best);
            carry = detail.Timeline.Carry;
        }

        ImmutableArray<HourDetail> hours = details.DrainToImmutable();
        StreamReading reading = StreamReading.Of(Engine.Account(Engine.Facts(own, hours))) with
        {
            AnyInRange = hours.Length > 0,
            IsOutOfRange = hours.Length == 0 && recorded.Folders.Length > 0,
            HoursPresent = recorded.Folders.Length == 0 ? null : (new(recorded.Folders[0].Hour), new(recorded.Folders[^1].Hour)),
            Media = new(
                new(own.Tolerance),
                recorded.Ambiguous,
                [.. recorded.Bad.Select(one => (one.Item1, one.Item2))],
                recorded.OffBy.IsSome ? new Duration(recorded.OffBy.Value) : null,
                Recording.isThin(layout.Resolution, own.Tolerance, best)),
        };
        return new(files, recorded.Folders.Any(folder => folder.Segments.Any(segment => segment.Kind == SegmentKind.Temp)), reading);
    }

    private static FoundFile Found(MediaFile file) => new(
        file.Path,
        file.Written!.Value,
        file.Stamp?.Size ?? -1,
        file.Modified is { } modified ? FSharpValueOption<long>.NewValueSome(modified.Microseconds) : FSharpValueOption<long>.ValueNone,
        file.Said is { } said ? FSharpValueOption<FSharpResult<Media, MediaFault>>.NewValueSome(said)
            : FSharpValueOption<FSharpResult<Media, MediaFault>>.ValueNone);
}
