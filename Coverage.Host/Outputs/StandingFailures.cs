using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;

namespace Coverage.Host;

/// <summary>
/// Failures that last from round to round. The log gets a failure when it begins, when its text changes and once an hour. A
/// failure ends with the first round in which it does not occur.
/// </summary>
internal sealed class StandingFailures(TimeProvider time)
{
    private static readonly TimeSpan Reminder = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Standing> standing = [];

    /// <summary>Notes that a failure occurred in this round; whether to log it.</summary>
    /// <param name="what">What fails: a stream, its map, the base.</param>
    /// <param name="text">Why.</param>
    /// <param name="end">What to log when it has ended; null for nothing.</param>
    public bool IsDue(string what, string text, string? end)
    {
        bool isDue = !standing.TryGetValue(what, out Standing? known)
            || known.Text != text
            || time.GetElapsedTime(known.Logged) >= Reminder;
        standing[what] = new(text, end, isDue ? time.GetTimestamp() : known!.Logged) { IsInThisRound = true };
        return isDue;
    }

    /// <summary>Ends a round: what to log of the failures that did not occur in it.</summary>
    public IReadOnlyList<string> EndRound()
    {
        List<KeyValuePair<string, Standing>> over = [.. standing.Where(failure => !failure.Value.IsInThisRound)];
        over.ForEach(failure => standing.TryRemove(failure.Key, out _));
        foreach (Standing failure in standing.Values)
        {
            failure.IsInThisRound = false;
        }

        return [.. over.Select(failure => failure.Value.End).OfType<string>()];
    }

    private sealed record Standing(string Text, string? End, long Logged)
    {
        public bool IsInThisRound { get; set; }
    }
}
