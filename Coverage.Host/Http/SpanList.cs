using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>Spans of a stream that one word is said of, in order of start.</summary>
internal readonly record struct SpanList(StreamName Stream, string Word, ImmutableArray<Interval> Spans)
{
    /// <summary>Fewer than this are put in order sooner than it is known whether they have been.</summary>
    private const int Many = 500;

    /// <summary>Arrays of spans, the longest first. A report and an account are asked for the same ones as long as they are there.</summary>
    private static readonly ConditionalWeakTable<Interval[], Interval[]> LongestFirst = [];

    /// <summary>The spans of several lists in one order; of equals, those of the list before.</summary>
    public static IEnumerable<StreamSpan> InOrder(ListOrder order, IReadOnlyList<SpanList> lists)
    {
        var next = new PriorityQueue<(int List, int Place), (long, long, int)>();
        ReadOnlyMemory<Interval>[] ordered = [.. lists.Select(list => order == ListOrder.Time ? list.Spans.AsMemory() : ByLength(list.Spans))];
        for (int list = 0; list < lists.Count; list++)
        {
            Await(list, 0);
        }

        while (next.TryDequeue(out (int List, int Place) first, out _))
        {
            Interval span = ordered[first.List].Span[first.Place];
            yield return new StreamSpan(new(lists[first.List].Stream, span), lists[first.List].Word);
            Await(first.List, first.Place + 1);
        }

        void Await(int list, int place)
        {
            if (place < ordered[list].Length)
            {
                Interval span = ordered[list].Span[place];
                next.Enqueue((list, place), (order == ListOrder.Time ? 0 : -span.Length, span.Start, list));
            }
        }
    }

    /// <summary>The sum of all lengths in seconds, exact; 64 bits may not hold the microseconds.</summary>
    public static decimal Seconds(IEnumerable<SpanList> lists)
    {
        Int128 microseconds = 0;
        foreach (SpanList list in lists)
        {
            foreach (Interval span in list.Spans)
            {
                microseconds += span.Length;
            }
        }

        return (decimal)microseconds / 1_000_000m;
    }

    private static Interval[] ByLength(ImmutableArray<Interval> spans)
    {
        Interval[] known = ImmutableCollectionsMarshal.AsArray(spans)!;
        return known.Length < Many ? Sorted(known) : LongestFirst.GetValue(known, Sorted);
    }

    private static Interval[] Sorted(Interval[] spans)
    {
        Interval[] sorted = [.. spans];
        Array.Sort(sorted, (one, other) =>
            one.Length != other.Length ? other.Length.CompareTo(one.Length) : one.Start.CompareTo(other.Start));
        return sorted;
    }
}
