using System;
using System.Collections.Immutable;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>Why a check of a stream gave no new figures.</summary>
internal enum FailureKind : byte
{
    /// <summary>Something that a number depends on cannot be read.</summary>
    Read = 0,

    /// <summary>Every segment of the stream is gone.</summary>
    Gone = 1,

    /// <summary>A fault of this program.</summary>
    Internal = 2,
}

/// <summary>A check that failed.</summary>
/// <param name="Kind">What went wrong.</param>
/// <param name="Message">A sentence that names what is concerned.</param>
/// <param name="Path">The path of what cannot be read, where that is it.</param>
/// <param name="Error">The fault of this program, where that is it.</param>
internal sealed record Failure(FailureKind Kind, string Message, string? Path = null, Exception? Error = null)
{
    /// <summary>Something cannot be read.</summary>
    public static Failure Of(UnreadableException e) => new(FailureKind.Read, e.Message, e.Path);
}

/// <summary>
/// A stream as its latest check left it, in a round. Nothing of it ever changes, and it leads to no other round. A stream
/// that was asked for and has no folder has a reading of nothing.
/// </summary>
internal sealed record StreamRound(StreamName Stream)
{
    /// <summary>What the last check that succeeded gave; null when none has.</summary>
    public StreamReading? Reading { get; init; }

    /// <summary>How it was judged at that check; null when there was none.</summary>
    public Judgement? Judgement { get; init; }

    /// <summary>When that check ended.</summary>
    public DateTimeOffset? Checked { get; init; }

    /// <summary>How long that check took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Whether the latest check read every folder of the stream.</summary>
    public bool IsReadAfresh { get; init; }

    /// <summary>What went wrong with the latest check; null for nothing.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Since when all its segments are gone, by the timestamps of the clock; null while they are not.</summary>
    public long? GoneSince { get; init; }

    /// <summary>What differs from the round before; null when nothing is known.</summary>
    public Changes? Changes { get; init; }

    /// <summary>Whether the facts or the words are others than in the round before.</summary>
    public bool IsChanged { get; init; }

    /// <summary>What outputs keep what they made of the words by: the first of the accounts that said what the latest says.</summary>
    public Account? Account { get; init; }

    /// <summary>The stream at a glance.</summary>
    public Lazy<ImmutableArray<decimal>> Sparkline { get; init; } = new([]);

    /// <summary>The report of that reading.</summary>
    public StreamReport? Report => Reading?.Report;

    /// <summary>What went wrong with the latest check, in words; null for nothing.</summary>
    public string? Failing => Failure?.Message;

    /// <summary>Whether what is known of it holds any segment, or a bad name of one.</summary>
    public bool HeldSegments => Reading?.HoldsSegments ?? false;

    /// <summary>Whether there is no folder of it and never was.</summary>
    public bool IsMissing => Reading is null or { IsThere: false } && Failure is null;

    /// <summary>The empty files that are to be looked at (semantics.md section 12), in order, where every size was asked for.</summary>
    public ImmutableArray<EmptyFile> EmptyFiles => Reading is { EmptyFiles: { IsEmpty: false } files } && Judgement is { } judgement
        ? files.RemoveAll(file => new Instant(file.Segment.End) + judgement.Settling > judgement.Now)
        : [];

    /// <summary>The stream after a check that succeeded.</summary>
    public StreamRound Succeed(
        StreamReading reading, Judgement judgement, DateTimeOffset now, TimeSpan took, bool isReadAfresh) => this with
        {
            Reading = reading,
            Judgement = judgement,
            Account = Account is not null && Engine.AreSame(Account, judgement.Account) ? Account : judgement.Account,
            Checked = now,
            Took = took,
            IsReadAfresh = isReadAfresh,
            Failure = null,
            GoneSince = null,
        };

    /// <summary>The stream after a check that failed: the last figures stay, and nothing is known of what there is now.</summary>
    public StreamRound Fail(Failure failure) => this with { Failure = failure, GoneSince = null, IsReadAfresh = false };

    /// <summary>The stream when every segment of it is gone: the last figures stay.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="now">The timestamp of the clock.</param>
    public StreamRound Lose(string path, long now) => this with
    {
        Failure = new(FailureKind.Gone, $"no segment is left in {Engine.Printable(path)}; is its disk mounted?"),
        GoneSince = GoneSince ?? now,
        IsReadAfresh = false,
    };

    /// <summary>The code of a program that ends after such a check.</summary>
    public int ExitCode => Failure?.Kind switch
    {
        null when Reading is { Unread.IsEmpty: false } => Host.ExitCode.Unreadable,
        null => Host.ExitCode.Success,
        FailureKind.Internal => Host.ExitCode.Internal,
        _ => Host.ExitCode.Unreadable,
    };
}
