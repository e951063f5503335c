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
    private readonly Lazy<ImmutableArray<long>> lengths;
    private readonly Lazy<ImmutableArray<AccountHour>> hours;
    private readonly Lazy<ImmutableArray<AcknowledgedSpan>> acknowledged;
    private readonly Lazy<Dictionary<AcknowledgementState, List<Acknowledgement>>> lines;

    private Judgement(Account account, StreamGiven given, Settings asked, int[] unread)
    {
        (Account, Given, UnreadCount) = (account, given, unread.Length);
        Completeness = AccountModule.completeness(account);
        Verdict = VerdictModule.ofAccount(account);
        Edge = EdgeModule.ofAccount(asked, given, account);
        lengths = new(() => AccountModule.lengths(account));
        hours = new(() => AccountHours.ofAccount(unread, account));
        acknowledged = new(() => AcknowledgementModule.spans(given, account));
        lines = new(() =>
        {
            Dictionary<AcknowledgementState, List<Acknowledgement>> byState = [];
            foreach (Acknowledgement line in given.Acknowledged)
            {
                if (AcknowledgementModule.stateOf(account, line) is { IsSome: true, Value: var state })
                {
                    byState.TryAdd(state, []);
                    byState[state].Add(line);
                }
            }

            return byState;
        });
    }

    /// <summary>The word of each instant.</summary>
    public Account Account { get; }

    /// <summary>What was given of the stream.</summary>
    public StreamGiven Given { get; }

    /// <summary>How many hours could not be read.</summary>
    public int UnreadCount { get; }

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
    public Duration LengthOf(Word word) => new(lengths.Value[(int)word]);

    /// <summary>The lines of acknowledgements that have become of a state.</summary>
    public IReadOnlyCollection<Acknowledgement> Lines(AcknowledgementState state) => lines.Value.GetValueOrDefault(state, []);

    /// <summary>Judges a stream.</summary>
    /// <param name="reading">What was read of it.</param>
    /// <param name="given">What was given of it.</param>
    /// <param name="asked">What it is checked with.</param>
    /// <param name="now">The instant of the judgement.</param>
    public static Judgement Of(StreamReading reading, StreamGiven given, Settings asked, Instant now)
    {
        int[] unread = [.. reading.Unread.Select(hour => hour.Hour.Number)];
        Expectation expectation = GivenModule.expectation(asked, unread, now.Microseconds, given, reading.Facts);
        return new(AccountModule.judge(expectation, reading.Facts), given, asked, unread);
    }
}
