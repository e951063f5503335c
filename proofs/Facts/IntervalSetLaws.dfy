include "IntervalSet.dfy"

// Canonical interval sets (the head of semantics.md; Coverage.Core/Time/IntervalSet.fs). Every operation's type says that
// its result is canonical; here is proved what it means: In(t, s) says that the instant t lies in s.
module IntervalSetLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets

  // Steps the laws share.

  lemma InJoined(t: Instant, a: seq<Interval>, b: seq<Interval>)
    ensures In(t, a + b) <==> In(t, a) || In(t, b)
  {
    if In(t, a) {
      var i :| 0 <= i < |a| && Contains(a[i], t);
      assert (a + b)[i] == a[i];
    }
    if In(t, b) {
      var i :| 0 <= i < |b| && Contains(b[i], t);
      assert (a + b)[|a| + i] == b[i];
    }
  }

  lemma InOne(t: Instant, x: Interval)
    ensures In(t, [x]) <==> Contains(x, t)
  {
    if Contains(x, t) { assert Contains([x][0], t); }
  }

  lemma InWithOneMore(t: Instant, a: seq<Interval>, x: Interval)
    ensures In(t, a + [x]) <==> In(t, a) || Contains(x, t)
  {
    InJoined(t, a, [x]);
    InOne(t, x);
  }

  lemma InFrom(t: Instant, s: seq<Interval>, i: nat)
    requires i < |s|
    ensures In(t, s[i..]) <==> Contains(s[i], t) || In(t, s[i + 1..])
  {
    assert s[i..] == [s[i]] + s[i + 1..];
    InJoined(t, [s[i]], s[i + 1..]);
    InOne(t, s[i]);
  }

  // What the intervals of a set from the i-th on hold is not before the i-th.
  lemma InFromIsLater(t: Instant, s: IntervalSet, i: nat)
    requires i < |s|
    ensures In(t, s[i..]) ==> s[i].Start <= t
    ensures In(t, s[i + 1..]) ==> s[i].End < t
  {
    if In(t, s[i + 1..]) {
      var k :| 0 <= k < |s[i + 1..]| && Contains(s[i + 1..][k], t);
      assert s[i + 1..][k] == s[i + 1 + k];
    }
    InFrom(t, s, i);
  }

  // What is in sets is all that there is to them.

  // LAW: two sets that hold the same instants are the same sequence of intervals.
  lemma SameInstantsSameSet(a: IntervalSet, b: IntervalSet)
    requires forall t :: In(t, a) <==> In(t, b)
    ensures a == b
  {
    if |a| == 0 && |b| > 0 {
      assert Contains(b[0], b[0].Start);
      assert In(b[0].Start, a);
    } else if |b| == 0 && |a| > 0 {
      assert Contains(a[0], a[0].Start);
      assert In(a[0].Start, b);
    } else if |a| > 0 {
      SameInstantsSameStart(a, b);
      SameInstantsSameStart(b, a);
      SameInstantsEndsNoLater(a, b);
      SameInstantsEndsNoLater(b, a);
      assert a[0] == b[0];
      forall t ensures In(t, a[1..]) <==> In(t, b[1..]) {
        assert a[0..] == a && b[0..] == b;
        InFrom(t, a, 0);
        InFrom(t, b, 0);
        InFromIsLater(t, a, 0);
        InFromIsLater(t, b, 0);
      }
      SameInstantsSameSet(a[1..], b[1..]);
      assert a == [a[0]] + a[1..] && b == [b[0]] + b[1..];
    }
  }

  lemma SameInstantsSameStart(a: IntervalSet, b: IntervalSet)
    requires |a| > 0 && |b| > 0 && forall t :: In(t, a) <==> In(t, b)
    ensures b[0].Start <= a[0].Start
  {
    assert Contains(a[0], a[0].Start);
    assert In(a[0].Start, b);
    assert b[0..] == b;
    InFromIsLater(a[0].Start, b, 0);
  }

  lemma SameInstantsEndsNoLater(a: IntervalSet, b: IntervalSet)
    requires |a| > 0 && |b| > 0 && forall t :: In(t, a) <==> In(t, b)
    requires a[0].Start == b[0].Start
    ensures b[0].End <= a[0].End
  {
    if b[0].End > a[0].End {
      assert Contains(b[0], a[0].End);
      assert In(a[0].End, a);
      assert a[0..] == a;
      InFrom(a[0].End, a, 0);
      InFromIsLater(a[0].End, a, 0);
    }
  }

  // Making a set of intervals.

  lemma MergeMeans(t: Instant, kept: IntervalSet, intervals: seq<Interval>, i: nat)
    requires i <= |intervals| && SortedByStart(intervals) && Follows(kept, intervals, i)
    ensures In(t, Merge(kept, intervals, i)) <==> In(t, kept) || In(t, intervals[i..])
    decreases |intervals| - i
  {
    if i < |intervals| {
      var next := intervals[i];
      InFrom(t, intervals, i);
      if next.IsEmpty() {
        MergeMeans(t, kept, intervals, i + 1);
      } else if |kept| > 0 && next.Start <= kept[|kept| - 1].End {
        var before, last := kept[..|kept| - 1], kept[|kept| - 1];
        var joined := Create(last.Start, Max(last.End, next.End));
        assert kept == before + [last];
        InWithOneMore(t, before, last);
        InWithOneMore(t, before, joined);
        MergeMeans(t, before + [joined], intervals, i + 1);
      } else {
        InWithOneMore(t, kept, next);
        MergeMeans(t, kept + [next], intervals, i + 1);
      }
    }
  }

  lemma OfSortedMeans(t: Instant, intervals: seq<Interval>)
    requires SortedByStart(intervals)
    ensures In(t, OfSorted(intervals)) <==> In(t, intervals)
  {
    assert intervals[0..] == intervals;
    MergeMeans(t, [], intervals, 0);
  }

  lemma SameIntervalsSameInstants(t: Instant, a: seq<Interval>, b: seq<Interval>)
    requires multiset(a) == multiset(b)
    ensures In(t, a) <==> In(t, b)
  {
    if In(t, a) {
      var i :| 0 <= i < |a| && Contains(a[i], t);
      assert a[i] in multiset(b);
      var j :| 0 <= j < |b| && b[j] == a[i];
      assert Contains(b[j], t);
    }
    if In(t, b) {
      var i :| 0 <= i < |b| && Contains(b[i], t);
      assert b[i] in multiset(a);
      var j :| 0 <= j < |a| && a[j] == b[i];
      assert Contains(a[j], t);
    }
  }

  // LAW: a set made of intervals in any order holds the instants that one of them holds.
  lemma OfIntervalsMeans(t: Instant, intervals: seq<Interval>)
    ensures In(t, OfIntervals(intervals)) <==> In(t, intervals)
  {
    SortSorts(intervals);
    SameIntervalsSameInstants(t, Sort(intervals), intervals);
    OfSortedMeans(t, Sort(intervals));
  }

  // LAW: the order of the intervals changes nothing, nor does which of equal starts a sort puts first.
  lemma OrderChangesNothing(a: seq<Interval>, b: seq<Interval>)
    requires multiset(a) == multiset(b)
    ensures OfIntervals(a) == OfIntervals(b)
    ensures SortedByStart(b) ==> OfIntervals(a) == OfSorted(b)
  {
    forall t
      ensures In(t, OfIntervals(a)) <==> In(t, a)
      ensures In(t, OfIntervals(b)) <==> In(t, a)
      ensures SortedByStart(b) ==> (In(t, OfSorted(b)) <==> In(t, a))
    {
      OfIntervalsMeans(t, a);
      OfIntervalsMeans(t, b);
      SameIntervalsSameInstants(t, a, b);
      if SortedByStart(b) { OfSortedMeans(t, b); }
    }
    SameInstantsSameSet(OfIntervals(a), OfIntervals(b));
    if SortedByStart(b) { SameInstantsSameSet(OfIntervals(a), OfSorted(b)); }
  }

  // LAW: a set made of a set's own intervals is that set.
  lemma OfIntervalsOfSet(s: IntervalSet)
    ensures OfIntervals(s) == s
  {
    forall t ensures In(t, OfIntervals(s)) <==> In(t, s) { OfIntervalsMeans(t, s); }
    SameInstantsSameSet(OfIntervals(s), s);
  }

  // The operations.

  lemma MergedMeans(t: Instant, xs: IntervalSet, ys: IntervalSet, i: nat, j: nat, merged: seq<Interval>)
    requires i <= |xs| && j <= |ys|
    requires SortedByStart(merged)
    requires i < |xs| ==> StartBy(merged, xs[i].Start)
    requires j < |ys| ==> StartBy(merged, ys[j].Start)
    ensures In(t, Merged(xs, ys, i, j, merged)) <==> In(t, merged) || In(t, xs[i..]) || In(t, ys[j..])
    decreases |xs| - i + |ys| - j
  {
    if i == |xs| && j == |ys| {
    } else if j == |ys| || (i < |xs| && xs[i].Start <= ys[j].Start) {
      InWithOneMore(t, merged, xs[i]);
      InFrom(t, xs, i);
      MergedMeans(t, xs, ys, i + 1, j, merged + [xs[i]]);
    } else {
      InWithOneMore(t, merged, ys[j]);
      InFrom(t, ys, j);
      MergedMeans(t, xs, ys, i, j + 1, merged + [ys[j]]);
    }
  }

  // LAW: a union holds what one of the two holds.
  lemma UnionMeans(t: Instant, a: IntervalSet, b: IntervalSet)
    ensures In(t, Union(a, b)) <==> In(t, a) || In(t, b)
  {
    assert a[0..] == a && b[0..] == b;
    MergedMeans(t, a, b, 0, 0, []);
    OfSortedMeans(t, Merged(a, b, 0, 0, []));
  }

  lemma CommonMeans(t: Instant, xs: IntervalSet, ys: IntervalSet, i: nat, j: nat, pieces: seq<Interval>)
    requires i <= |xs| && j <= |ys|
    requires SortedByStart(pieces)
    requires i < |xs| && j < |ys| ==> StartBy(pieces, Max(xs[i].Start, ys[j].Start))
    ensures In(t, Common(xs, ys, i, j, pieces)) <==> In(t, pieces) || (In(t, xs[i..]) && In(t, ys[j..]))
    decreases |xs| - i + |ys| - j
  {
    if i < |xs| && j < |ys| {
      var more := pieces + [Intersect(xs[i], ys[j])];
      InWithOneMore(t, pieces, Intersect(xs[i], ys[j]));
      InFrom(t, xs, i);
      InFrom(t, ys, j);
      InFromIsLater(t, xs, i);
      InFromIsLater(t, ys, j);
      if xs[i].End <= ys[j].End { CommonMeans(t, xs, ys, i + 1, j, more); }
      else { CommonMeans(t, xs, ys, i, j + 1, more); }
    }
  }

  // LAW: an intersection holds what both hold.
  lemma IntersectionMeans(t: Instant, a: IntervalSet, b: IntervalSet)
    ensures In(t, Intersection(a, b)) <==> In(t, a) && In(t, b)
  {
    assert a[0..] == a && b[0..] == b;
    CommonMeans(t, a, b, 0, 0, []);
    OfSortedMeans(t, Common(a, b, 0, 0, []));
  }

  lemma BetweenMeans(t: Instant, window: Interval, s: IntervalSet, i: nat, from: Instant, pieces: seq<Interval>)
    requires i <= |s|
    requires SortedByStart(pieces) && StartBy(pieces, from)
    ensures In(t, Between(window, s, i, from, pieces)) <==>
      In(t, pieces) || (from <= t < window.End && !In(t, s[i..]))
    decreases |s| - i
  {
    if i == |s| {
      InWithOneMore(t, pieces, Create(from, window.End));
    } else {
      var piece := Create(from, Min(s[i].Start, window.End));
      InWithOneMore(t, pieces, piece);
      InFrom(t, s, i);
      InFromIsLater(t, s, i);
      BetweenMeans(t, window, s, i + 1, Max(from, s[i].End), pieces + [piece]);
    }
  }

  // LAW: the gaps within a window hold what the window holds and the set does not.
  lemma GapsMean(t: Instant, window: Interval, s: IntervalSet)
    ensures In(t, Gaps(window, s)) <==> Contains(window, t) && !In(t, s)
  {
    assert s[0..] == s;
    BetweenMeans(t, window, s, 0, window.Start, []);
    OfSortedMeans(t, Between(window, s, 0, window.Start, []));
  }

  // LAW: the hull of a set is the smallest interval that holds it.
  lemma HullMeans(t: Instant, s: IntervalSet)
    ensures Contains(Hull(s), t) <==> exists a, b :: In(a, s) && In(b, s) && a <= t <= b
    ensures In(t, s) ==> Contains(Hull(s), t)
    ensures |s| > 0 ==> !Hull(s).IsEmpty() && In(Hull(s).Start, s) && In(Hull(s).End - 1, s)
  {
    if |s| > 0 {
      var last := |s| - 1;
      assert Contains(s[0], s[0].Start) && Contains(s[last], s[last].End - 1);
      if Contains(Hull(s), t) { assert In(s[0].Start, s) && In(s[last].End - 1, s) && s[0].Start <= t <= s[last].End - 1; }
      forall u | In(u, s) ensures Contains(Hull(s), u) {
        var i :| 0 <= i < |s| && Contains(s[i], u);
        assert s[0].Start <= s[i].Start && s[i].End <= s[last].End;
      }
    }
  }

  // LAW: a difference holds what the first holds and the second does not.
  lemma SubtractMeans(t: Instant, a: IntervalSet, b: IntervalSet)
    ensures In(t, Subtract(a, b)) <==> In(t, a) && !In(t, b)
  {
    GapsMean(t, Hull(a), b);
    IntersectionMeans(t, a, Gaps(Hull(a), b));
    HullMeans(t, a);
  }

  lemma FirstEndingAfterMeans(instant: Instant, s: IntervalSet, low: nat, high: nat)
    requires low <= high <= |s|
    requires forall k :: 0 <= k < low ==> s[k].End <= instant
    requires forall k :: high <= k < |s| ==> s[k].End > instant
    ensures var at := FirstEndingAfter(instant, s, low, high);
      && (forall k :: 0 <= k < at ==> s[k].End <= instant)
      && (forall k :: at <= k < |s| ==> s[k].End > instant)
    decreases high - low
  {
    if low < high {
      var middle := low + (high - low) / 2;
      if s[middle].End <= instant { FirstEndingAfterMeans(instant, s, middle + 1, high); }
      else { FirstEndingAfterMeans(instant, s, low, middle); }
    }
  }

  // LAW: looking for an instant finds it when the set holds it (`contains` in F#).
  lemma HoldsMeans(t: Instant, s: IntervalSet)
    ensures Holds(t, s) <==> In(t, s)
  {
    FirstEndingAfterMeans(t, s, 0, |s|);
    var at := FirstEndingAfter(t, s, 0, |s|);
    if Holds(t, s) { assert Contains(s[at], t); }
    if In(t, s) {
      var k :| 0 <= k < |s| && Contains(s[k], t);
      assert at <= k;
    }
  }

  lemma PiecesMean(t: Instant, window: Interval, s: IntervalSet, at: nat, pieces: seq<Interval>)
    requires at <= |s|
    requires SortedByStart(pieces)
    requires at < |s| ==> StartBy(pieces, Max(window.Start, s[at].Start))
    ensures In(t, Pieces(window, s, at, pieces)) <==> In(t, pieces) || (Contains(window, t) && In(t, s[at..]))
    decreases |s| - at
  {
    if at < |s| {
      InFrom(t, s, at);
      InFromIsLater(t, s, at);
      if s[at].Start < window.End {
        InWithOneMore(t, pieces, Intersect(window, s[at]));
        PiecesMean(t, window, s, at + 1, pieces + [Intersect(window, s[at])]);
      }
    }
  }

  // LAW: a set cut to a window holds what both hold.
  lemma CutMeans(t: Instant, window: Interval, s: IntervalSet)
    ensures In(t, Cut(window, s)) <==> Contains(window, t) && In(t, s)
  {
    var first := if window.IsEmpty() then |s| else FirstEndingAfter(window.Start, s, 0, |s|);
    PiecesMean(t, window, s, first, []);
    OfSortedMeans(t, Pieces(window, s, first, []));
    if !window.IsEmpty() && Contains(window, t) && In(t, s) {
      FirstEndingAfterMeans(window.Start, s, 0, |s|);
      var k :| 0 <= k < |s| && Contains(s[k], t);
      assert first <= k;
      assert s[first..][k - first] == s[k];
    }
    if In(t, s[first..]) {
      var k :| 0 <= k < |s[first..]| && Contains(s[first..][k], t);
      assert s[first..][k] == s[first + k];
    }
  }

  // Length.

  // The lengths of intervals, added up.
  function Sum(intervals: seq<Interval>): Duration {
    if |intervals| == 0 then 0 else intervals[0].Length() + Sum(intervals[1..])
  }

  lemma LengthFromIsSum(s: IntervalSet, i: nat, sum: Duration)
    requires i <= |s|
    ensures LengthFrom(s, i, sum) == sum + Sum(s[i..])
    decreases |s| - i
  {
    if i < |s| {
      LengthFromIsSum(s, i + 1, sum + s[i].Length());
      assert s[i..][1..] == s[i + 1..];
    }
  }

  lemma LengthIsSum(s: IntervalSet)
    ensures Length(s) == Sum(s)
  {
    LengthFromIsSum(s, 0, 0);
    assert s[0..] == s;
  }

  lemma SumOfJoined(a: seq<Interval>, b: seq<Interval>)
    ensures Sum(a + b) == Sum(a) + Sum(b)
  {
    if |a| == 0 { assert a + b == b; }
    else {
      assert (a + b)[1..] == a[1..] + b;
      SumOfJoined(a[1..], b);
    }
  }

  // LAW: the length of a set that stands before another, apart from it, and that one's length add up.
  lemma LengthOfJoined(a: IntervalSet, b: IntervalSet)
    requires Canonical(a + b)
    ensures Length(a + b) == Length(a) + Length(b)
  {
    SumOfJoined(a, b);
    LengthIsSum(a);
    LengthIsSum(b);
    LengthIsSum(a + b);
  }

  // The instants of a stretch, and those of them that a set holds.
  predicate IsBetween(from: int, until: int, t: int) { from <= t < until }

  function Range(from: int, until: int): set<int> {
    set t: int | from <= t < until && IsBetween(from, until, t)
  }

  function Points(from: Instant, until: Instant, s: seq<Interval>): set<Instant> {
    set t: Instant | from <= t < until && In(t, s)
  }

  lemma {:induction false} RangeHas(from: int, until: int)
    requires from <= until
    ensures |Range(from, until)| == until - from
    decreases until - from
  {
    if from == until {
      assert Range(from, until) == {};
    } else {
      RangeHas(from + 1, until);
      assert forall t :: IsBetween(from, until, t) <==> t == from || IsBetween(from + 1, until, t);
      assert Range(from, until) == {from} + Range(from + 1, until);
    }
  }

  lemma SumIsPoints(from: Instant, until: Instant, s: IntervalSet)
    requires forall t :: In(t, s) ==> from <= t < until
    ensures |Points(from, until, s)| == Sum(s)
  {
    if |s| == 0 {
      assert Points(from, until, s) == {};
    } else {
      var first, rest := s[0], s[1..];
      forall t
        ensures In(t, s) <==> Contains(first, t) || In(t, rest)
        ensures !(Contains(first, t) && In(t, rest))
      {
        assert s[0..] == s;
        InFrom(t, s, 0);
        InFromIsLater(t, s, 0);
      }
      SumIsPoints(from, until, rest);
      RangeHas(first.Start, first.End);
      var here, there := Range(first.Start, first.End), Points(from, until, rest);
      forall t ensures t in Points(from, until, s) <==> t in here + there {
        assert Contains(first, t) <==> IsBetween(first.Start, first.End, t);
      }
      assert Points(from, until, s) == here + there;
      forall t ensures t !in here * there { assert Contains(first, t) <==> IsBetween(first.Start, first.End, t); }
      assert here * there == {};
    }
  }

  // LAW: the length of a set is the number of instants it holds.
  lemma LengthIsPoints(from: Instant, until: Instant, s: IntervalSet)
    requires forall t :: In(t, s) ==> from <= t < until
    ensures |set t: Instant | from <= t < until && In(t, s)| == Length(s)
  {
    SumIsPoints(from, until, s);
    LengthIsSum(s);
    assert Points(from, until, s) == set t: Instant | from <= t < until && In(t, s);
  }

  // Every set lies within some stretch.
  lemma Bounds(s: IntervalSet) returns (from: Instant, until: Instant)
    ensures from <= until
    ensures forall t :: In(t, s) ==> from <= t < until
  {
    if |s| == 0 { return 0, 0; }
    return s[0].Start, s[|s| - 1].End;
  }

  // LAW: the lengths of a union and an intersection are together those of the two sets.
  lemma LengthOfUnionAndIntersection(a: IntervalSet, b: IntervalSet)
    ensures Length(Union(a, b)) + Length(Intersection(a, b)) == Length(a) + Length(b)
  {
    forall t
      ensures In(t, Union(a, b)) <==> In(t, a) || In(t, b)
      ensures In(t, Intersection(a, b)) <==> In(t, a) && In(t, b)
    {
      UnionMeans(t, a, b);
      IntersectionMeans(t, a, b);
    }
    var aFrom, aUntil := Bounds(a);
    var bFrom, bUntil := Bounds(b);
    var from, until := Min(aFrom, bFrom), Max(aUntil, bUntil);
    SumIsPoints(from, until, a);
    SumIsPoints(from, until, b);
    SumIsPoints(from, until, Union(a, b));
    SumIsPoints(from, until, Intersection(a, b));
    LengthIsSum(a);
    LengthIsSum(b);
    LengthIsSum(Union(a, b));
    LengthIsSum(Intersection(a, b));
    assert Points(from, until, Union(a, b)) == Points(from, until, a) + Points(from, until, b);
    assert Points(from, until, Intersection(a, b)) == Points(from, until, a) * Points(from, until, b);
  }

  // LAW: the lengths of two sets without a common instant add up to that of any set that holds what one of them holds.
  lemma LengthOfDisjoint(a: IntervalSet, b: IntervalSet, both: IntervalSet)
    requires forall t :: !(In(t, a) && In(t, b))
    requires forall t :: In(t, both) <==> In(t, a) || In(t, b)
    ensures Length(both) == Length(a) + Length(b)
  {
    forall t ensures In(t, Union(a, b)) <==> In(t, both) { UnionMeans(t, a, b); }
    SameInstantsSameSet(Union(a, b), both);
    forall t ensures In(t, Intersection(a, b)) <==> In(t, []) { IntersectionMeans(t, a, b); }
    SameInstantsSameSet(Intersection(a, b), []);
    LengthOfUnionAndIntersection(a, b);
  }

  lemma LengthIsNotNegative(s: IntervalSet)
    ensures Length(s) >= 0
    ensures Length(s) == 0 <==> s == []
  {
    LengthIsSum(s);
    if |s| > 0 {
      LengthIsNotNegative(s[1..]);
      LengthIsSum(s[1..]);
    }
  }

  // LAW: what is taken away and what is left add up.
  lemma LengthOfSubtract(a: IntervalSet, b: IntervalSet)
    ensures Length(Subtract(a, b)) + Length(Intersection(a, b)) == Length(a)
  {
    forall t
      ensures In(t, Subtract(a, b)) <==> In(t, a) && !In(t, b)
      ensures In(t, Intersection(a, b)) <==> In(t, a) && In(t, b)
    {
      SubtractMeans(t, a, b);
      IntersectionMeans(t, a, b);
    }
    LengthOfDisjoint(Subtract(a, b), Intersection(a, b), a);
  }

  // LAW: a set that holds no more than another is no longer.
  lemma LengthGrows(a: IntervalSet, b: IntervalSet)
    requires forall t :: In(t, a) ==> In(t, b)
    ensures Length(a) <= Length(b)
  {
    forall t ensures In(t, Intersection(b, a)) <==> In(t, a) { IntersectionMeans(t, b, a); }
    SameInstantsSameSet(Intersection(b, a), a);
    LengthOfSubtract(b, a);
    LengthIsNotNegative(Subtract(b, a));
  }

  // A window as a set.
  function Window(window: Interval): IntervalSet { if window.IsEmpty() then [] else [window] }

  lemma WindowMeans(t: Instant, window: Interval)
    ensures In(t, Window(window)) <==> Contains(window, t)
  {
    InOne(t, window);
  }

  lemma LengthOfWindow(window: Interval)
    ensures Length(Window(window)) == window.Length()
  {
    LengthIsSum(Window(window));
  }

  // LAW: what of a set lies in a window, and its gaps there, tile the window.
  lemma Tiling(window: Interval, s: IntervalSet)
    ensures Length(Intersection(Window(window), s)) + Length(Gaps(window, s)) == window.Length()
  {
    forall t
      ensures In(t, Window(window)) <==> Contains(window, t)
      ensures In(t, Intersection(Window(window), s)) <==> Contains(window, t) && In(t, s)
      ensures In(t, Gaps(window, s)) <==> Contains(window, t) && !In(t, s)
    {
      WindowMeans(t, window);
      IntersectionMeans(t, Window(window), s);
      GapsMean(t, window, s);
    }
    LengthOfDisjoint(Intersection(Window(window), s), Gaps(window, s), Window(window));
    LengthOfWindow(window);
  }

  // What reaches into a window.

  // How many intervals hold an instant of the window.
  function CountIn(window: Interval, s: seq<Interval>): nat {
    if |s| == 0 then 0
    else (if Intersect(window, s[0]).IsEmpty() then 0 else 1) + CountIn(window, s[1..])
  }

  // How much of the window each of them fills, added up.
  function SumIn(window: Interval, s: seq<Interval>): Duration {
    if |s| == 0 then 0 else Intersect(window, s[0]).Length() + SumIn(window, s[1..])
  }

  lemma ApartIsEmpty(a: Interval, b: Interval)
    ensures Intersect(a, b).IsEmpty() <==> a.IsEmpty() || b.IsEmpty() || a.End <= b.Start || b.End <= a.Start
    ensures Intersect(a, b).IsEmpty() ==> Intersect(a, b).Length() == 0
  {
  }

  lemma NothingIn(window: Interval, s: seq<Interval>)
    requires forall k :: 0 <= k < |s| ==> Intersect(window, s[k]).IsEmpty()
    ensures CountIn(window, s) == 0 && SumIn(window, s) == 0
  {
    if |s| > 0 {
      assert forall k :: 0 <= k < |s[1..]| ==> s[1..][k] == s[k + 1];
      NothingIn(window, s[1..]);
    }
  }

  lemma InOfJoined(window: Interval, a: seq<Interval>, b: seq<Interval>)
    ensures CountIn(window, a + b) == CountIn(window, a) + CountIn(window, b)
    ensures SumIn(window, a + b) == SumIn(window, a) + SumIn(window, b)
  {
    if |a| == 0 { assert a + b == b; }
    else {
      assert (a + b)[1..] == a[1..] + b;
      InOfJoined(window, a[1..], b);
    }
  }

  lemma {:induction false} ReachingMeans(window: Interval, s: IntervalSet, at: nat, count: nat, length: Duration)
    requires at <= |s| && !window.IsEmpty()
    requires forall k :: at <= k < |s| ==> s[k].End > window.Start
    ensures Reaching(window, s, at, count, length).0 == count + CountIn(window, s[at..])
    ensures Reaching(window, s, at, count, length).1 == length + SumIn(window, s[at..])
    decreases |s| - at
  {
    hide *;
    reveal Canonical;
    if at == |s| || s[at].Start >= window.End {
      ReachingStops(window, s, at, count, length);
      NothingFurther(window, s, at);
    } else {
      ReachingGoesOn(window, s, at, count, length);
      ApartIsEmpty(window, s[at]);
      InOfRest(window, s, at);
      ReachingMeans(window, s, at + 1, count + 1, length + Intersect(window, s[at]).Length());
    }
  }

  lemma {:induction false} ReachingStops(window: Interval, s: IntervalSet, at: nat, count: nat, length: Duration)
    requires at <= |s| && (at < |s| ==> s[at].Start >= window.End)
    ensures Reaching(window, s, at, count, length) == (count, length)
  {
  }

  lemma {:induction false} ReachingGoesOn(window: Interval, s: IntervalSet, at: nat, count: nat, length: Duration)
    requires at < |s| && s[at].Start < window.End
    ensures Reaching(window, s, at, count, length) ==
      Reaching(window, s, at + 1, count + 1, length + Intersect(window, s[at]).Length())
  {
    hide Intersect;
  }

  lemma InOfRest(window: Interval, s: seq<Interval>, at: nat)
    requires at < |s|
    ensures CountIn(window, s[at..]) ==
      (if Intersect(window, s[at]).IsEmpty() then 0 else 1) + CountIn(window, s[at + 1..])
    ensures SumIn(window, s[at..]) == Intersect(window, s[at]).Length() + SumIn(window, s[at + 1..])
  {
    assert s[at..][1..] == s[at + 1..];
  }

  lemma NothingFurther(window: Interval, s: IntervalSet, at: nat)
    requires at <= |s| && (at < |s| ==> s[at].Start >= window.End)
    ensures CountIn(window, s[at..]) == 0 && SumIn(window, s[at..]) == 0
  {
    hide Intersect;
    forall k | 0 <= k < |s[at..]| ensures Intersect(window, s[at..][k]).IsEmpty() {
      assert s[at..][k] == s[at + k];
      ApartIsEmpty(window, s[at + k]);
    }
    NothingIn(window, s[at..]);
  }

  // LAW: `within` counts the intervals that hold an instant of the window, and adds up what they fill of it.
  lemma WithinMeans(window: Interval, s: IntervalSet)
    ensures Within(window, s) == (CountIn(window, s), SumIn(window, s))
  {
    hide *;
    if window.IsEmpty() {
      forall k | 0 <= k < |s| ensures Intersect(window, s[k]).IsEmpty() { ApartIsEmpty(window, s[k]); }
      NothingIn(window, s);
      ReachingStops(window, s, |s|, 0, 0);
    } else {
      FirstEndingAfterMeans(window.Start, s, 0, |s|);
      var at := FirstEndingAfter(window.Start, s, 0, |s|);
      NothingBefore(window, s, at);
      assert s == s[..at] + s[at..];
      InOfJoined(window, s[..at], s[at..]);
      ReachingMeans(window, s, at, 0, 0);
    }
    reveal Within;
  }

  lemma NothingBefore(window: Interval, s: IntervalSet, at: nat)
    requires at <= |s|
    requires forall k :: 0 <= k < at ==> s[k].End <= window.Start
    ensures CountIn(window, s[..at]) == 0 && SumIn(window, s[..at]) == 0
  {
    hide Intersect;
    forall k | 0 <= k < |s[..at]| ensures Intersect(window, s[..at][k]).IsEmpty() {
      assert s[..at][k] == s[k];
      ApartIsEmpty(window, s[k]);
    }
    NothingIn(window, s[..at]);
  }

  // LAW: and that sum is the length of what of the set lies in the window.
  lemma WithinIsIntersection(window: Interval, s: IntervalSet)
    ensures Within(window, s).1 == Length(Intersection(Window(window), s))
  {
    WithinMeans(window, s);
    SumInIsIntersection(window, s);
  }

  lemma SumInIsIntersection(window: Interval, s: IntervalSet)
    ensures SumIn(window, s) == Length(Intersection(Window(window), s))
  {
    if |s| == 0 {
      forall t ensures In(t, Intersection(Window(window), s)) <==> In(t, []) {
        IntersectionMeans(t, Window(window), s);
      }
      SameInstantsSameSet(Intersection(Window(window), s), []);
    } else {
      var here, rest := Intersect(window, s[0]), s[1..];
      SumInIsIntersection(window, rest);
      forall t
        ensures In(t, Window(here)) <==> Contains(window, t) && Contains(s[0], t)
        ensures In(t, Intersection(Window(window), rest)) <==> Contains(window, t) && In(t, rest)
        ensures In(t, Intersection(Window(window), s)) <==> Contains(window, t) && In(t, s)
        ensures In(t, s) <==> Contains(s[0], t) || In(t, rest)
        ensures !(Contains(s[0], t) && In(t, rest))
      {
        WindowMeans(t, here);
        WindowMeans(t, window);
        IntersectionMeans(t, Window(window), rest);
        IntersectionMeans(t, Window(window), s);
        assert s[0..] == s;
        InFrom(t, s, 0);
        InFromIsLater(t, s, 0);
      }
      LengthOfDisjoint(Window(here), Intersection(Window(window), rest), Intersection(Window(window), s));
      LengthOfWindow(here);
    }
  }

  // LAW: a window cut in two fills up to the same.
  lemma SumInOfCut(from: Instant, middle: Instant, until: Instant, s: seq<Interval>)
    requires from <= middle <= until
    ensures SumIn(Create(from, middle), s) + SumIn(Create(middle, until), s) == SumIn(Create(from, until), s)
  {
    if |s| > 0 {
      hide Intersect;
      IntersectOfCut(from, middle, until, s[0]);
      SumInOfCut(from, middle, until, s[1..]);
    }
  }

  lemma IntersectOfCut(from: Instant, middle: Instant, until: Instant, x: Interval)
    requires from <= middle <= until
    ensures Intersect(Create(from, middle), x).Length() + Intersect(Create(middle, until), x).Length() ==
      Intersect(Create(from, until), x).Length()
  {
    LengthOfIntersect(from, middle, x);
    LengthOfIntersect(middle, until, x);
    LengthOfIntersect(from, until, x);
    LengthOfCut(from, middle, until, x.Start, x.End);
    hide *;
  }

  lemma LengthOfIntersect(from: Instant, until: Instant, x: Interval)
    ensures Intersect(Create(from, until), x).Length() == Max(0, Min(until, x.End) - Max(from, x.Start))
  {
  }

  lemma LengthOfCut(from: Instant, middle: Instant, until: Instant, start: Instant, end: Instant)
    requires from <= middle <= until && start <= end
    ensures Max(0, Min(middle, end) - Max(from, start)) + Max(0, Min(until, end) - Max(middle, start)) ==
      Max(0, Min(until, end) - Max(from, start))
  {
  }

  // LAW: a window that holds all of the set fills up to the set's length.
  lemma SumInOfAll(window: Interval, s: IntervalSet)
    requires forall k :: 0 <= k < |s| ==> window.Start <= s[k].Start && s[k].End <= window.End
    ensures SumIn(window, s) == Length(s)
  {
    hide *;
    LengthIsSum(s);
    reveal Sum, SumIn;
    if |s| > 0 {
      assert forall k :: 0 <= k < |s[1..]| ==> s[1..][k] == s[k + 1];
      assert Canonical(s[1..]) by { reveal Canonical; }
      SumInOfAll(window, s[1..]);
      LengthIsSum(s[1..]);
      IntersectWithin(window, s[0]);
    }
  }

  lemma IntersectWithin(window: Interval, x: Interval)
    requires window.Start <= x.Start && x.End <= window.End
    ensures Intersect(window, x) == x
  {
  }
}
