using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;
using Microsoft.FSharp.Core;

namespace Coverage.Host;

/// <summary>A stream as it is judged at an instant (semantics.md section 9). Nothing of it ever changes.</summary>
internal sealed class Judgement
{
    private readonly Lazy<ImmutableArray<Duration>> lengths;
    private readonly Lazy<ImmutableArray<AccountHour>> hours;
    private readonly Lazy<ImmutableArray<AcknowledgedSpan>> acknowledged;
    private readonly Lazy<ILookup<AcknowledgementState, Acknowledgement>> lines;

    private Judgement(Account account, StreamGiven given, Settings asked, ImmutableArray<Hour> unread)
    {
        (Account, Given, Unread) = (account, given, unread);
        Completeness = AccountModule.completeness(account);
        Verdict = VerdictModule.ofAccount(account);
        Edge = EdgeModule.ofAccount(asked, given, account);
        lengths = new(() => [.. Engine.Lengths(account).Select(length => new Duration(length))]);
        hours = new(() => Engine.Hours(unread.Select(hour => hour.Number), account));
        acknowledged = new(() => AcknowledgementModule.spans(given, account));
        lines = new(() => given.Acknowledged
            .Select(line => (Line: line, State: AcknowledgementModule.stateOf(account, line)))
            .Where(one => one.State.IsSome)
            .ToLookup(one => one.State.Value, one => one.Line));
    }

    /// <summary>The word of each instant.</summary>
    public Account Account { get; }

    /// <summary>What was given of the stream.</summary>
    public StreamGiven Given { get; }

    /// <summary>The hours that could not be read.</summary>
    public ImmutableArray<Hour> Unread { get; }

    /// <summary>The stream in one word.</summary>
    public Verdict Verdict { get; }

    /// <summary>How the recording stands.</summary>
    public Edge Edge { get; }

    /// <summary>The instant of the judgement.</summary>
    public Instant Now => new(Account.Expectation.Now);

    /// <summary>How long after it was live a time may still come in.</summary>
    public Duration Settling => new(Account.Expectation.Settling);

    /// <summary>Whether it was said when streams are expected.</summary>
    public bool IsExpectedGiven => Given.Expected.IsSome;

    /// <summary>Whether the stream is expected at the instant of the judgement.</summary>
    public bool IsExpectedNow => IntervalSetModule.contains(Now.Microseconds, Account.Expected);

    /// <summary>Its missing spans, in order.</summary>
    public ImmutableArray<Interval> Missing => Engine.Set(Account, Word.Missing).Intervals;

    /// <summary>Its hours, in order.</summary>
    public ImmutableArray<AccountHour> Hours => hours.Value;

    /// <summary>The acknowledged time, each stretch with the first line that accepts it.</summary>
    public ImmutableArray<AcknowledgedSpan> Acknowledged => acknowledged.Value;

    /// <summary>How much is good, and of how much.</summary>
    public Completeness Completeness { get; }

    /// <summary>How much time has a word.</summary>
    public Duration LengthOf(Word word) => lengths.Value[(int)word];

    /// <summary>The lines of acknowledgements that have become of a state.</summary>
    public IEnumerable<Acknowledgement> Lines(AcknowledgementState state) => lines.Value[state];

    /// <summary>Judges a stream.</summary>
    /// <param name="reading">What was read of it.</param>
    /// <param name="given">What was given of it.</param>
    /// <param name="asked">What it is checked with.</param>
    /// <param name="now">The instant of the judgement.</param>
    public static Judgement Of(StreamReading reading, StreamGiven given, Settings asked, Instant now)
    {
        ImmutableArray<Hour> unread = [.. reading.Unread.Select(hour => hour.Hour)];
        return new(
            Engine.Judge(asked, unread.Select(hour => hour.Number), now.Microseconds, given, reading.Facts), given, asked, unread);
    }
}
