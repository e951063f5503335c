include "IntervalSetLaws.dfy"

// How much time is in a set of instants, "every instant counted once": what every length that the program adds up is
// held against. Time is whole microseconds, so a stretch of it is as long as it has instants.
module Measures {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws

  ghost function Instants(intervals: seq<Interval>): iset<Instant> {
    iset t: Instant | In(t, intervals)
  }

  ghost function InstantsOf(interval: Interval): iset<Instant> {
    iset t: Instant | Contains(interval, t)
  }

  function Whole(window: Interval): set<Instant> {
    set t: Instant | window.Start <= t < window.End && Contains(window, t)
  }

  ghost function InWindow(window: Interval, s: iset<Instant>): set<Instant> {
    set t | t in Whole(window) && t in s
  }

  ghost function Measure(window: Interval, s: iset<Instant>): nat {
    |InWindow(window, s)|
  }

  lemma MeasureSame(window: Interval, a: iset<Instant>, b: iset<Instant>)
    requires forall t :: Contains(window, t) ==> (t in a <==> t in b)
    ensures Measure(window, a) == Measure(window, b)
  {
    assert InWindow(window, a) == InWindow(window, b);
  }

  lemma MeasureAdds(window: Interval, a: iset<Instant>, b: iset<Instant>)
    requires forall t :: Contains(window, t) ==> !(t in a && t in b)
    ensures Measure(window, a + b) == Measure(window, a) + Measure(window, b)
  {
    assert InWindow(window, a + b) == InWindow(window, a) + InWindow(window, b);
    assert InWindow(window, a) !! InWindow(window, b);
  }

  lemma MeasureNone(window: Interval, s: iset<Instant>)
    requires forall t :: Contains(window, t) ==> t !in s
    ensures Measure(window, s) == 0
  {
    assert InWindow(window, s) == {};
  }

  lemma MeasureSome(window: Interval, s: iset<Instant>, t: Instant)
    requires Contains(window, t) && t in s
    ensures Measure(window, s) > 0
  {
    assert t in InWindow(window, s);
  }

  lemma MeasureAll(window: Interval, s: iset<Instant>)
    requires forall t :: Contains(window, t) ==> t in s
    ensures Measure(window, s) == window.Length()
  {
    WholeHas(window);
    assert InWindow(window, s) == Whole(window);
  }

  lemma WholeHas(window: Interval)
    ensures |Whole(window)| == window.Length()
  {
    RangeHas(window.Start, window.End);
    assert Whole(window) == Range(window.Start, window.End);
  }

  lemma MeasureFewer(window: Interval, a: iset<Instant>, b: iset<Instant>)
    requires forall t :: Contains(window, t) && t in a ==> t in b
    ensures Measure(window, a) <= Measure(window, b)
  {
    MeasureAdds(window, a, b - a);
    MeasureSame(window, a + (b - a), b);
  }

  // What a set has within a part of a window is what its instants in that part measure in the window.
  lemma MeasureOfPart(window: Interval, part: Interval, s: iset<Instant>)
    ensures Measure(Intersect(window, part), s) == Measure(window, s * InstantsOf(part))
  {
    assert InWindow(Intersect(window, part), s) == InWindow(window, s * InstantsOf(part));
  }

  lemma MeasureOfInterval(window: Interval, interval: Interval)
    ensures Measure(window, InstantsOf(interval)) == Intersect(window, interval).Length()
  {
    var all := InstantsOf(window);
    MeasureOfPart(window, interval, all);
    MeasureAll(Intersect(window, interval), all);
    MeasureSame(window, all * InstantsOf(interval), InstantsOf(interval));
  }

  // ---- Adding up lengths, as the program does ----

  // No instant lies in two of them.
  ghost opaque predicate Apart(intervals: seq<Interval>) {
    forall i, j, t :: 0 <= i < j < |intervals| && Contains(intervals[i], t) ==> !Contains(intervals[j], t)
  }

  lemma CanonicalIsApart(intervals: seq<Interval>)
    requires Canonical(intervals)
    ensures Apart(intervals)
  {
    reveal Apart();
  }

  lemma SumMeasures(window: Interval, intervals: seq<Interval>)
    requires Apart(intervals)
    ensures SumIn(window, intervals) == Measure(window, Instants(intervals))
  {
    if |intervals| == 0 {
      MeasureNone(window, Instants(intervals));
    } else {
      var first, rest := intervals[0], intervals[1..];
      RestIsApart(intervals);
      SumMeasures(window, rest);
      MeasureOfInterval(window, first);
      InstantsOfFirst(intervals);
      MeasureAdds(window, InstantsOf(first), Instants(rest));
      calc {
        SumIn(window, intervals);
        Intersect(window, first).Length() + SumIn(window, rest);
        Measure(window, InstantsOf(first)) + Measure(window, Instants(rest));
        Measure(window, InstantsOf(first) + Instants(rest));
        Measure(window, Instants(intervals));
      }
    }
  }

  lemma RestIsApart(intervals: seq<Interval>)
    requires Apart(intervals) && |intervals| > 0
    ensures Apart(intervals[1..])
    ensures forall t: Instant :: !(t in InstantsOf(intervals[0]) && t in Instants(intervals[1..]))
  {
    reveal Apart();
    var rest := intervals[1..];
    assert forall i :: 0 <= i < |rest| ==> rest[i] == intervals[i + 1];
    forall i, j, t | 0 <= i < j < |rest| && Contains(rest[i], t) ensures !Contains(rest[j], t) {
      assert Contains(intervals[i + 1], t);
      assert !Contains(intervals[j + 1], t);
    }
    forall t: Instant | t in Instants(rest) ensures t !in InstantsOf(intervals[0]) {
      var i :| 0 <= i < |rest| && Contains(rest[i], t);
      assert Contains(intervals[i + 1], t);
      if Contains(intervals[0], t) { assert !Contains(intervals[i + 1], t); }
    }
  }

  lemma InstantsOfFirst(intervals: seq<Interval>)
    requires |intervals| > 0
    ensures Instants(intervals) == InstantsOf(intervals[0]) + Instants(intervals[1..])
  {
    assert intervals[0..] == intervals;
    forall t: Instant ensures t in Instants(intervals) <==> t in InstantsOf(intervals[0]) + Instants(intervals[1..]) {
      InFrom(t, intervals, 0);
    }
  }

  // IntervalSet.within measures.
  lemma WithinMeasures(window: Interval, s: IntervalSet)
    ensures Within(window, s).1 == Measure(window, Instants(s))
  {
    WithinMeans(window, s);
    CanonicalIsApart(s);
    SumMeasures(window, s);
  }

  // And so does a set's length, where the window has all of it.
  lemma LengthMeasures(window: Interval, s: IntervalSet)
    requires forall t :: In(t, s) ==> Contains(window, t)
    ensures Length(s) == Measure(window, Instants(s))
  {
    LengthIsPoints(window.Start, window.End, s);
    assert InWindow(window, Instants(s)) == set t: Instant | window.Start <= t < window.End && In(t, s);
  }
}
