include "Interval.dfy"

// Coverage.Core/Time/IntervalSet.fs: a set of instants as intervals, sorted, none empty, neighbours strictly apart.
module IntervalSets {
  import opened Time
  import opened Intervals

  predicate Canonical(intervals: seq<Interval>) {
    && (forall i :: 0 <= i < |intervals| ==> !intervals[i].IsEmpty())
    && (forall i, j :: 0 <= i < j < |intervals| ==> intervals[i].End < intervals[j].Start)
  }

  type IntervalSet = s: seq<Interval> | Canonical(s) witness []

  // What a set means.
  predicate In(instant: Instant, intervals: seq<Interval>) {
    exists i :: 0 <= i < |intervals| && Contains(intervals[i], instant)
  }

  // Empty intervals may stand anywhere: nothing is made of them.
  predicate SortedByStart(intervals: seq<Interval>) {
    forall i, j :: 0 <= i < j < |intervals| && !intervals[i].IsEmpty() && !intervals[j].IsEmpty() ==>
      intervals[i].Start <= intervals[j].Start
  }

  predicate AscendingByStart(intervals: seq<Interval>) {
    forall i, j :: 0 <= i < j < |intervals| ==> intervals[i].Start <= intervals[j].Start
  }

  // No interval starts after an instant.
  predicate StartBy(intervals: seq<Interval>, instant: Instant) {
    forall i :: 0 <= i < |intervals| && !intervals[i].IsEmpty() ==> intervals[i].Start <= instant
  }

  function Length(s: IntervalSet): Duration { LengthFrom(s, 0, 0) }

  function LengthFrom(s: IntervalSet, i: nat, sum: Duration): Duration
    requires i <= |s|
    decreases |s| - i
  {
    if i == |s| then sum else LengthFrom(s, i + 1, sum + s[i].Length())
  }

  // None of the intervals from the i-th on starts before the last of a row does.
  predicate Follows(row: seq<Interval>, intervals: seq<Interval>, i: nat) {
    |row| > 0 ==> forall k :: i <= k < |intervals| && !intervals[k].IsEmpty() ==>
      row[|row| - 1].Start <= intervals[k].Start
  }

  // The loop of ofSorted, from the i-th interval on.
  function Merge(kept: IntervalSet, intervals: seq<Interval>, i: nat): IntervalSet
    requires i <= |intervals| && SortedByStart(intervals) && Follows(kept, intervals, i)
    decreases |intervals| - i
  {
    if i == |intervals| then kept
    else
      var next := intervals[i];
      if next.IsEmpty() then Merge(kept, intervals, i + 1)
      else if |kept| > 0 && next.Start <= kept[|kept| - 1].End then
        var last := kept[|kept| - 1];
        Merge(kept[..|kept| - 1] + [Create(last.Start, Max(last.End, next.End))], intervals, i + 1)
      else Merge(kept + [next], intervals, i + 1)
  }

  function OfSorted(intervals: seq<Interval>): IntervalSet
    requires SortedByStart(intervals)
  {
    Merge([], intervals, 0)
  }

  // Array.sortInPlaceBy; which order equal starts come out in changes nothing (OrderChangesNothing).
  function Insert(next: Interval, sorted: seq<Interval>): seq<Interval> {
    if |sorted| == 0 || next.Start < sorted[0].Start then [next] + sorted
    else [sorted[0]] + Insert(next, sorted[1..])
  }

  function Sort(intervals: seq<Interval>): seq<Interval> {
    if |intervals| == 0 then [] else Insert(intervals[0], Sort(intervals[1..]))
  }

  lemma InsertSorts(next: Interval, sorted: seq<Interval>)
    requires AscendingByStart(sorted)
    ensures multiset(Insert(next, sorted)) == multiset(sorted) + multiset{next}
    ensures AscendingByStart(Insert(next, sorted))
  {
    if |sorted| > 0 && next.Start >= sorted[0].Start {
      var first, rest := sorted[0], sorted[1..];
      assert sorted == [first] + rest;
      InsertSorts(next, rest);
      assert Insert(next, rest)[0] == next || (|rest| > 0 && Insert(next, rest)[0] == rest[0]);
      AscendingFrom(first, Insert(next, rest));
    }
  }

  lemma AscendingFrom(first: Interval, rest: seq<Interval>)
    requires AscendingByStart(rest) && (|rest| > 0 ==> first.Start <= rest[0].Start)
    ensures AscendingByStart([first] + rest)
  {
  }

  lemma SortSorts(intervals: seq<Interval>)
    ensures multiset(Sort(intervals)) == multiset(intervals)
    ensures AscendingByStart(Sort(intervals))
  {
    if |intervals| > 0 {
      assert intervals == [intervals[0]] + intervals[1..];
      SortSorts(intervals[1..]);
      InsertSorts(intervals[0], Sort(intervals[1..]));
    }
  }

  function OfIntervals(intervals: seq<Interval>): IntervalSet {
    SortSorts(intervals);
    OfSorted(Sort(intervals))
  }

  // The loop of union: both in one row, by start.
  function Merged(xs: IntervalSet, ys: IntervalSet, i: nat, j: nat, merged: seq<Interval>): seq<Interval>
    requires i <= |xs| && j <= |ys|
    requires SortedByStart(merged)
    requires i < |xs| ==> StartBy(merged, xs[i].Start)
    requires j < |ys| ==> StartBy(merged, ys[j].Start)
    ensures SortedByStart(Merged(xs, ys, i, j, merged))
    decreases |xs| - i + |ys| - j
  {
    if i == |xs| && j == |ys| then merged
    else if j == |ys| || (i < |xs| && xs[i].Start <= ys[j].Start) then Merged(xs, ys, i + 1, j, merged + [xs[i]])
    else Merged(xs, ys, i, j + 1, merged + [ys[j]])
  }

  function Union(a: IntervalSet, b: IntervalSet): IntervalSet {
    OfSorted(Merged(a, b, 0, 0, []))
  }

  // The loop of intersect: each step leaves one interval behind and adds at most one piece.
  function Common(xs: IntervalSet, ys: IntervalSet, i: nat, j: nat, pieces: seq<Interval>): seq<Interval>
    requires i <= |xs| && j <= |ys|
    requires SortedByStart(pieces)
    requires i < |xs| && j < |ys| ==> StartBy(pieces, Max(xs[i].Start, ys[j].Start))
    ensures SortedByStart(Common(xs, ys, i, j, pieces))
    decreases |xs| - i + |ys| - j
  {
    if i == |xs| || j == |ys| then pieces
    else
      var more := pieces + [Intersect(xs[i], ys[j])];
      if xs[i].End <= ys[j].End then Common(xs, ys, i + 1, j, more) else Common(xs, ys, i, j + 1, more)
  }

  function Intersection(a: IntervalSet, b: IntervalSet): IntervalSet {
    OfSorted(Common(a, b, 0, 0, []))
  }

  // The loop of gaps.
  function Between(window: Interval, s: IntervalSet, i: nat, from: Instant, pieces: seq<Interval>): seq<Interval>
    requires i <= |s|
    requires SortedByStart(pieces) && StartBy(pieces, from)
    ensures SortedByStart(Between(window, s, i, from, pieces))
    decreases |s| - i
  {
    if i == |s| then pieces + [Create(from, window.End)]
    else
      Between(window, s, i + 1, Max(from, s[i].End), pieces + [Create(from, Min(s[i].Start, window.End))])
  }

  function Gaps(window: Interval, s: IntervalSet): IntervalSet {
    OfSorted(Between(window, s, 0, window.Start, []))
  }

  // The smallest interval that holds a set.
  function Hull(s: IntervalSet): Interval {
    if |s| == 0 then Empty else Create(s[0].Start, s[|s| - 1].End)
  }

  function Subtract(a: IntervalSet, b: IntervalSet): IntervalSet { Intersection(a, Gaps(Hull(a), b)) }

  // The index of the first interval that ends after an instant.
  function FirstEndingAfter(instant: Instant, s: IntervalSet, low: nat, high: nat): nat
    requires low <= high <= |s|
    ensures low <= FirstEndingAfter(instant, s, low, high) <= high
    decreases high - low
  {
    if low == high then low
    else
      var middle := low + (high - low) / 2;
      if s[middle].End <= instant then FirstEndingAfter(instant, s, middle + 1, high)
      else FirstEndingAfter(instant, s, low, middle)
  }

  predicate Holds(instant: Instant, s: IntervalSet) {
    var at := FirstEndingAfter(instant, s, 0, |s|);
    at < |s| && s[at].Start <= instant
  }

  // The loop of cut.
  function Pieces(window: Interval, s: IntervalSet, at: nat, pieces: seq<Interval>): seq<Interval>
    requires at <= |s|
    requires SortedByStart(pieces)
    requires at < |s| ==> StartBy(pieces, Max(window.Start, s[at].Start))
    ensures SortedByStart(Pieces(window, s, at, pieces))
    decreases |s| - at
  {
    if at == |s| || s[at].Start >= window.End then pieces
    else Pieces(window, s, at + 1, pieces + [Intersect(window, s[at])])
  }

  // What of a set lies in a window.
  function Cut(window: Interval, s: IntervalSet): IntervalSet {
    var first := if window.IsEmpty() then |s| else FirstEndingAfter(window.Start, s, 0, |s|);
    OfSorted(Pieces(window, s, first, []))
  }

  // The loop of within.
  function Reaching(window: Interval, s: IntervalSet, at: nat, count: nat, length: Duration): (nat, Duration)
    requires at <= |s|
    decreases |s| - at
  {
    if at == |s| || s[at].Start >= window.End then (count, length)
    else Reaching(window, s, at + 1, count + 1, length + Intersect(window, s[at]).Length())
  }

  // How many intervals reach into a window, and how much of it they fill. The empty window is [0, 0), which an
  // interval can reach across.
  function Within(window: Interval, s: IntervalSet): (nat, Duration) {
    var at := if window.IsEmpty() then |s| else FirstEndingAfter(window.Start, s, 0, |s|);
    Reaching(window, s, at, 0, 0)
  }
}
