using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>A segment in whose file something is wrong.</summary>
/// <param name="Hour">The hour in whose folder it lies.</param>
/// <param name="Name">The name of its file; in an archive of another layout its path below the archive.</param>
/// <param name="Segment">What the name says.</param>
/// <param name="Verified">What is wrong.</param>
internal sealed record FoundItem(Hour Hour, string Name, Segment Segment, Verified Verified)
{
    /// <summary>Whether it is a file of another layout.</summary>
    public bool IsMedia { get; init; }

    /// <summary>HOUR/NAME, or the path below the archive.</summary>
    public string Path => IsMedia ? Name : $"{Hour}/{Name}";

    /// <summary>How long the media in it is; null where it was not measured.</summary>
    public Duration? Measured => Verified.Length.IsSome ? new(Verified.Length.Value) : null;
}

/// <summary>Something that cannot be read.</summary>
/// <param name="Stream">The stream it is of.</param>
/// <param name="Path">Its path.</param>
/// <param name="Error">A sentence that names it.</param>
internal sealed record UnreadPath(StreamName Stream, string? Path, string Error);

/// <summary>What verifying a stream, or an hour of it, gave.</summary>
internal sealed record VerifiedStream(StreamName Stream)
{
    /// <summary>How many segments there are to be looked at.</summary>
    public long Segments { get; init; }

    /// <summary>How many were read.</summary>
    public long Verified { get; init; }

    /// <summary>How many bytes were read.</summary>
    public long Bytes { get; init; }

    /// <summary>How many were gone when they were to be read.</summary>
    public long Gone { get; init; }

    /// <summary>How many are being written.</summary>
    public long Changing { get; init; }

    /// <summary>The segments with findings, in order of hour and name.</summary>
    public ImmutableArray<FoundItem> Items { get; init; } = [];

    /// <summary>What cannot be read.</summary>
    public ImmutableArray<UnreadPath> Failed { get; init; } = [];

    /// <summary>Why nothing was read, or not all that should be, where that is no failure; null where it was.</summary>
    public string? Lacking { get; init; }

    /// <summary>The same as a sentence.</summary>
    public string? WhatLacks =>
        Lacking is null ? null : $"{(Verified == 0 ? "NOTHING WAS VERIFIED" : "NOT ALL WAS VERIFIED")}: {Lacking}";

    /// <summary>The report of the files that were listed, where the measured one was asked for.</summary>
    public StreamReport? Declared { get; init; }

    /// <summary>The same report with measured lengths.</summary>
    public StreamReport? Measured { get; init; }

    /// <summary>What was verified of several hours of one stream, in order.</summary>
    public static VerifiedStream Sum(StreamName stream, IReadOnlyCollection<VerifiedStream> hours) => new(stream)
    {
        Segments = hours.Sum(hour => hour.Segments),
        Verified = hours.Sum(hour => hour.Verified),
        Bytes = hours.Sum(hour => hour.Bytes),
        Gone = hours.Sum(hour => hour.Gone),
        Changing = hours.Sum(hour => hour.Changing),
        Items = [.. hours.SelectMany(hour => hour.Items)],
        Failed = [.. hours.SelectMany(hour => hour.Failed)],
    };
}
