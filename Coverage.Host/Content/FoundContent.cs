using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>What the service has found in the files of a stream so far. Nothing of it ever changes.</summary>
internal sealed record StreamFindings
{
    /// <summary>How many files were read, some perhaps more than once.</summary>
    public long Verified { get; init; }

    /// <summary>How many bytes were read.</summary>
    public long Bytes { get; init; }

    /// <summary>The segments with findings, of each hour that has any.</summary>
    public ImmutableSortedDictionary<Hour, ImmutableArray<FoundItem>> Hours { get; init; } =
        ImmutableSortedDictionary<Hour, ImmutableArray<FoundItem>>.Empty;

    /// <summary>The segments with findings, in order of hour and name.</summary>
    public IEnumerable<FoundItem> Items => Hours.Values.SelectMany(hour => hour);

    /// <summary>The findings after an hour was looked at again: those of files that were not looked at stay.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="sample">The files that were looked at, beside suspect ones; null for all.</param>
    /// <param name="found">What was found.</param>
    public StreamFindings After(Hour hour, Sample? sample, VerifiedStream found)
    {
        ImmutableArray<FoundItem> items =
        [
            .. Of(hour).Where(item => sample is { } part && item.Segment.Kind != SegmentKind.Suspect
                && !part.Includes(Engine.PartHash(Encoding.UTF8.GetBytes(item.Name))))
                .Concat(found.Items)
                .OrderBy(item => item.Name, StringComparer.Ordinal),
        ];
        return this with
        {
            Verified = Verified + found.Verified,
            Bytes = Bytes + found.Bytes,
            Hours = items.IsEmpty ? Hours.Remove(hour) : Hours.SetItem(hour, items),
        };
    }

    /// <summary>The segments of an hour with findings.</summary>
    public ImmutableArray<FoundItem> Of(Hour hour) => Hours.GetValueOrDefault(hour, []);
}

/// <summary>What the service has found in files so far. One thread writes; any may read.</summary>
internal sealed class FoundContent
{
    private readonly ConcurrentDictionary<StreamName, StreamFindings> streams = [];

    /// <summary>How far it has read.</summary>
    public ReadSoFar Read
    {
        get => read;
        set => read = value;
    }

    private volatile ReadSoFar read = new(0, null);

    /// <summary>What is known of a stream; the same value as before while nothing was looked at.</summary>
    public StreamFindings Of(StreamName stream) => streams.GetValueOrDefault(stream) ?? Nothing;

    private static StreamFindings Nothing { get; } = new();

    /// <summary>Takes what is known of a stream now.</summary>
    public void Set(StreamName stream, StreamFindings findings) => streams[stream] = findings;

    /// <summary>Forgets all streams but these: those that are forgotten.</summary>
    public List<StreamName> Keep(IEnumerable<StreamName> present)
    {
        List<StreamName> gone = [.. streams.Keys.Except(present)];
        gone.ForEach(stream => streams.TryRemove(stream, out _));
        return gone;
    }
}
