include "Report.dfy"
include "TimelineLaws.dfy"
include "Measure.dfy"
include "WindowLaws.dfy"

// "A gap is classed by its length in the stream" (section 4 of semantics.md): the hours keep their own gaps in two
// lists, and of the one that began before the hour they do not know the class; here it is shown that the report puts
// together all holes and all seams of the stream, and no other.
module GapLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Timelines
  import opened StreamSpec
  import opened SweepLaws
  import opened TimelineLaws
  import opened Measures
  import opened WindowLaws
  import Reports

  // The gaps that each hour's segments end, in one row.
  function All(parts: seq<seq<Interval>>): seq<Interval> {
    if |parts| == 0 then [] else All(Before(parts)) + Last(parts)
  }

  // What each hour's timeline holds are those gaps.
  ghost predicate HoldAll(tolerance: Duration, hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>) {
    && |hours| == |parts| == |held|
    && (forall i :: 0 <= i < |hours| ==> HoldsGaps(tolerance, hours[i], parts[i], held[i]))
  }

  lemma HoldAllBefore(tolerance: Duration, hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>)
    requires HoldAll(tolerance, hours, parts, held) && |hours| > 0
    ensures HoldAll(tolerance, Before(hours), Before(parts), Before(held))
    ensures HoldsGaps(tolerance, Last(hours), Last(parts), Last(held))
  {
    hide HoldsGaps;
  }

  // ---- The loop of classifying, from its end ----

  function ClassedSo(tolerance: Duration, held: seq<HourGaps>): Reports.Classed {
    if |held| == 0 then Reports.Classed([], [])
    else
      var inherited := ClassedSo(tolerance, Before(held)).Classify(tolerance, Last(held).Inherited);
      inherited.(Holes := inherited.Holes + Last(held).Holes)
  }

  lemma ClassifyAllIs(tolerance: Duration, held: seq<HourGaps>, i: nat)
    requires i <= |held|
    ensures Reports.ClassifyAll(tolerance, held, i, ClassedSo(tolerance, held[..i])) == ClassedSo(tolerance, held)
    decreases |held| - i
  {
    if i < |held| {
      assert Before(held[..i + 1]) == held[..i];
      ClassifyAllIs(tolerance, held, i + 1);
    } else {
      assert held[..i] == held;
    }
  }

  // ---- One hour ----

  // The gap that began before the hour, as a list, when it has the class.
  function InheritedHole(tolerance: Duration, held: HourGaps): seq<Interval> {
    if IsHole(tolerance, held.Inherited) then [held.Inherited] else []
  }

  function InheritedSeam(tolerance: Duration, held: HourGaps): seq<Interval> {
    if IsHole(tolerance, held.Inherited) || held.Inherited.IsEmpty() then [] else [held.Inherited]
  }

  // The seams that began in the hour.
  function OwnSeams(tolerance: Duration, hour: Hour, gaps: seq<Interval>): seq<Interval> {
    Seams(tolerance, OwnOf(gaps, HourStart(hour)))
  }

  lemma PartSplits(tolerance: Duration, hour: Hour, gaps: seq<Interval>, held: HourGaps)
    requires tolerance >= 0 && HoldsGaps(tolerance, hour, gaps, held)
    ensures Holes(tolerance, gaps) == InheritedHole(tolerance, held) + held.Holes
    ensures Seams(tolerance, gaps) == InheritedSeam(tolerance, held) + OwnSeams(tolerance, hour, gaps)
    ensures held.Inherited.IsEmpty() || held.Inherited in gaps
  {
    InheritedIsFirst(hour, gaps);
    hide Holes, Seams, Canonical, OwnOf, InheritedOf;
    var own := OwnOf(gaps, HourStart(hour));
    var first := if held.Inherited.IsEmpty() then [] else [held.Inherited];
    HolesOfBoth(tolerance, first, own);
    if held.Inherited.IsEmpty() { HolesOfNone(tolerance); } else { HolesOfOne(tolerance, held.Inherited); }
  }

  lemma InheritedIsFirst(hour: Hour, gaps: seq<Interval>)
    requires Canonical(gaps)
    ensures
      var inherited, own := InheritedOf(gaps, HourStart(hour)), OwnOf(gaps, HourStart(hour));
      gaps == (if inherited.IsEmpty() then [] else [inherited]) + own
  {}

  lemma HolesOfNone(tolerance: Duration)
    ensures Holes(tolerance, []) == [] && Seams(tolerance, []) == []
  {}

  // The seams of an hour lie in it.
  lemma OwnSeamsLieIn(tolerance: Duration, hour: Hour, gaps: seq<Interval>, held: HourGaps)
    requires HoldsGaps(tolerance, hour, gaps, held)
    ensures Canonical(OwnSeams(tolerance, hour, gaps))
    ensures forall gap <- OwnSeams(tolerance, hour, gaps) ::
      gap in gaps && HourStart(hour) <= gap.Start && gap.End <= HourFinish(hour)
  {
    var own := OwnOf(gaps, HourStart(hour));
    HolesAreCanonical(tolerance, own);
    HolesAreLonger(tolerance, own);
  }

  // ---- All hours: holes ----

  lemma HolesAreAll(tolerance: Duration, hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>)
    requires tolerance >= 0 && HoldAll(tolerance, hours, parts, held)
    ensures ClassedSo(tolerance, held).Holes == Holes(tolerance, All(parts))
  {
    if |hours| > 0 {
      HoldAllBefore(tolerance, hours, parts, held);
      HolesAreAll(tolerance, Before(hours), Before(parts), Before(held));
      PartSplits(tolerance, Last(hours), Last(parts), Last(held));
      HolesOfBoth(tolerance, All(Before(parts)), Last(parts));
    }
  }

  // ---- All hours: seams ----

  // In order and apart, but for empty ones, which may stand anywhere.
  predicate InOrder(intervals: seq<Interval>) {
    forall i, j :: 0 <= i < j < |intervals| && !intervals[i].IsEmpty() && !intervals[j].IsEmpty() ==>
      intervals[i].End < intervals[j].Start
  }

  lemma InOrderIsApart(intervals: seq<Interval>)
    requires InOrder(intervals)
    ensures Apart(intervals)
  {
    reveal Apart();
  }

  predicate EachOf(some: seq<Interval>, all: seq<Interval>) {
    forall x <- some :: x.IsEmpty() || x in all
  }

  lemma InEachOf(some: seq<Interval>, all: seq<Interval>, t: Instant)
    requires EachOf(some, all) && In(t, some)
    ensures In(t, all)
  {
    var i :| 0 <= i < |some| && Contains(some[i], t);
    assert some[i] in some;
    var j :| 0 <= j < |all| && all[j] == some[i];
    assert Contains(all[j], t);
  }

  lemma CrossingSeamsAreInOrder(
    tolerance: Duration, hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>)
    requires tolerance >= 0 && HoldAll(tolerance, hours, parts, held) && Canonical(All(parts))
    ensures InOrder(ClassedSo(tolerance, held).CrossingSeams)
    ensures EachOf(ClassedSo(tolerance, held).CrossingSeams, All(parts))
  {
    if |hours| > 0 {
      var before, last := All(Before(parts)), Last(parts);
      HoldAllBefore(tolerance, hours, parts, held);
      CanonicalOfBoth(before, last);
      CrossingSeamsAreInOrder(tolerance, Before(hours), Before(parts), Before(held));
      PartSplits(tolerance, Last(hours), last, Last(held));
      OneMoreInOrder(ClassedSo(tolerance, Before(held)).CrossingSeams, before, Last(held).Inherited, last);
    }
  }

  lemma CanonicalOfBoth(before: seq<Interval>, more: seq<Interval>)
    requires Canonical(before + more)
    ensures Canonical(before) && Canonical(more)
    ensures forall x <- before, y <- more :: x.End < y.Start
  {
    var both := before + more;
    assert forall i :: 0 <= i < |before| ==> before[i] == both[i];
    assert forall i :: 0 <= i < |more| ==> more[i] == both[|before| + i];
  }

  lemma OneMoreInOrder(some: seq<Interval>, all: seq<Interval>, next: Interval, more: seq<Interval>)
    requires InOrder(some) && EachOf(some, all) && (next.IsEmpty() || next in more)
    requires forall x <- all, y <- more :: x.End < y.Start
    ensures InOrder(some + [next]) && EachOf(some + [next], all + more)
    ensures EachOf(some, all + more)
  {
    assert forall i :: 0 <= i < |some| ==> some[i] in some;
  }

  // The seams that began in the hours, in one row.
  function OwnOfAll(tolerance: Duration, hours: seq<Hour>, parts: seq<seq<Interval>>): seq<Interval>
    requires |hours| == |parts|
  {
    if |hours| == 0 then []
    else OwnOfAll(tolerance, Before(hours), Before(parts)) + OwnSeams(tolerance, Last(hours), Last(parts))
  }

  // What the two lists have of a window is what all seams have of it.
  lemma SeamsAreAll(
    tolerance: Duration, hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>, window: Interval)
    requires tolerance >= 0 && HoldAll(tolerance, hours, parts, held)
    ensures SumIn(window, Seams(tolerance, All(parts))) ==
      SumIn(window, ClassedSo(tolerance, held).CrossingSeams) + SumIn(window, OwnOfAll(tolerance, hours, parts))
  {
    if |hours| > 0 {
      var crossing, own := ClassedSo(tolerance, Before(held)).CrossingSeams, OwnSeams(tolerance, Last(hours), Last(parts));
      HoldAllBefore(tolerance, hours, parts, held);
      SeamsAreAll(tolerance, Before(hours), Before(parts), Before(held), window);
      PartSplits(tolerance, Last(hours), Last(parts), Last(held));
      HolesOfBoth(tolerance, All(Before(parts)), Last(parts));
      InOfJoined(window, Seams(tolerance, All(Before(parts))), Seams(tolerance, Last(parts)));
      InOfJoined(window, InheritedSeam(tolerance, Last(held)), own);
      InOfJoined(window, OwnOfAll(tolerance, Before(hours), Before(parts)), own);
      InOfJoined(window, crossing, [Last(held).Inherited]);
      EmptyAddsNothing(window, Last(held).Inherited);
    }
  }

  lemma EmptyAddsNothing(window: Interval, interval: Interval)
    ensures SumIn(window, [interval]) == Intersect(window, interval).Length()
    ensures interval.IsEmpty() ==> SumIn(window, [interval]) == 0
  {
    assert [interval][1..] == [];
    assert SumIn(window, []) == 0;
    if interval.IsEmpty() { assert Intersect(window, interval) == Empty; }
  }

  // ---- The seams that began in an hour, in that hour's window and in others ----

  function SeamLengthIn(hours: seq<Hour>, held: seq<HourGaps>, hour: Hour): Duration
    requires |hours| == |held|
  {
    if |hours| == 0 then 0
    else
      SeamLengthIn(Before(hours), Before(held), hour) + if Last(hours) == hour then Last(held).SeamLength else 0
  }

  lemma OwnSeamsOfHour(
    tolerance: Duration, hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>, extent: Interval, hour: Hour)
    requires HoldAll(tolerance, hours, parts, held)
    requires forall gap <- All(parts) :: extent.Start <= gap.Start && gap.End <= extent.End
    ensures SumIn(WindowOf(extent, hour), OwnOfAll(tolerance, hours, parts)) == SeamLengthIn(hours, held, hour)
  {
    if |hours| > 0 {
      var window, own := WindowOf(extent, hour), OwnSeams(tolerance, Last(hours), Last(parts));
      HoldAllBefore(tolerance, hours, parts, held);
      OwnSeamsOfHour(tolerance, Before(hours), Before(parts), Before(held), extent, hour);
      InOfJoined(window, OwnOfAll(tolerance, Before(hours), Before(parts)), own);
      OwnSeamsLieIn(tolerance, Last(hours), Last(parts), Last(held));
      if Last(hours) == hour {
        SumInWhole(window, own);
      } else {
        OtherHours(extent, hour, Last(hours), own);
      }
    }
  }

  lemma OtherHours(extent: Interval, hour: Hour, other: Hour, own: seq<Interval>)
    requires hour != other
    requires forall gap <- own :: HourStart(other) <= gap.Start && gap.End <= HourFinish(other)
    ensures SumIn(WindowOf(extent, hour), own) == 0
  {
    forall k | 0 <= k < |own| ensures Intersect(WindowOf(extent, hour), own[k]).IsEmpty() {
      assert own[k] in own;
    }
    NothingIn(WindowOf(extent, hour), own);
  }

  // Each lies in a window whole.
  lemma SumInWhole(window: Interval, intervals: seq<Interval>)
    requires forall gap <- intervals :: Intersect(window, gap) == gap
    ensures SumIn(window, intervals) == SumLength(intervals)
  {
    if |intervals| > 0 {
      var before, last := Before(intervals), Last(intervals);
      assert intervals == before + [last];
      SumInWhole(window, before);
      InOfJoined(window, before, [last]);
    }
  }

  lemma SeamLengthInOne(hours: seq<Hour>, held: seq<HourGaps>, i: nat)
    requires |hours| == |held| && i < |hours| && Distinct(hours)
    ensures SeamLengthIn(hours, held, hours[i]) == held[i].SeamLength
  {
    if i < |hours| - 1 {
      SeamLengthInOne(Before(hours), Before(held), i);
    } else {
      SeamLengthInNone(Before(hours), Before(held), hours[i]);
    }
  }

  lemma SeamLengthInNone(hours: seq<Hour>, held: seq<HourGaps>, hour: Hour)
    requires |hours| == |held| && hour !in hours
    ensures SeamLengthIn(hours, held, hour) == 0
  {
    if |hours| > 0 { SeamLengthInNone(Before(hours), Before(held), hour); }
  }

  // And in the whole extent.
  lemma OwnSeamsOfStream(
    tolerance: Duration, hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>, extent: Interval)
    requires HoldAll(tolerance, hours, parts, held)
    requires forall gap <- All(parts) :: !gap.IsEmpty() && extent.Start <= gap.Start && gap.End <= extent.End
    ensures SumIn(extent, OwnOfAll(tolerance, hours, parts)) == Reports.Seams(held, 0, 0)
  {
    SeamsFromEnd(held, 0, 0);
    assert held[0..] == held;
    OwnSeamsAddUp(tolerance, hours, parts, held, extent);
  }

  function SeamSum(held: seq<HourGaps>): Duration {
    if |held| == 0 then 0 else SeamSum(Before(held)) + Last(held).SeamLength
  }

  lemma SeamSumOfFirst(held: seq<HourGaps>)
    requires |held| > 0
    ensures SeamSum(held) == held[0].SeamLength + SeamSum(held[1..])
  {
    if |held| > 1 {
      assert Before(held)[1..] == Before(held[1..]);
      SeamSumOfFirst(Before(held));
    }
  }

  lemma SeamsFromEnd(held: seq<HourGaps>, i: nat, sum: Duration)
    requires i <= |held|
    ensures Reports.Seams(held, i, sum) == sum + SeamSum(held[i..])
    decreases |held| - i
  {
    if i < |held| {
      SeamsFromEnd(held, i + 1, sum + held[i].SeamLength);
      SeamSumOfFirst(held[i..]);
      assert held[i..][1..] == held[i + 1..];
    }
  }

  lemma OwnSeamsAddUp(
    tolerance: Duration, hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>, extent: Interval)
    requires HoldAll(tolerance, hours, parts, held)
    requires forall gap <- All(parts) :: !gap.IsEmpty() && extent.Start <= gap.Start && gap.End <= extent.End
    ensures SumIn(extent, OwnOfAll(tolerance, hours, parts)) == SeamSum(held)
  {
    if |hours| > 0 {
      var own := OwnSeams(tolerance, Last(hours), Last(parts));
      HoldAllBefore(tolerance, hours, parts, held);
      OwnSeamsAddUp(tolerance, Before(hours), Before(parts), Before(held), extent);
      InOfJoined(extent, OwnOfAll(tolerance, Before(hours), Before(parts)), own);
      OwnSeamsLieIn(tolerance, Last(hours), Last(parts), Last(held));
      SumInWhole(extent, own);
    }
  }

  // ---- The law ----

  // All gaps of a stream: those that its hours' segments end, and the last one, from the furthest end to the extent's.
  function AllGaps(parts: seq<seq<Interval>>, extent: Interval, furthest: Instant): seq<Interval> {
    All(parts) + LastGap(extent, furthest)
  }

  // What the two lists hold with that last one.
  function ClassedAll(tolerance: Duration, held: seq<HourGaps>, extent: Interval, furthest: Instant): Reports.Classed {
    if extent.IsEmpty() then ClassedSo(tolerance, held)
    else ClassedSo(tolerance, held).Classify(tolerance, Create(furthest, extent.End))
  }

  function LastGap(extent: Interval, furthest: Instant): seq<Interval> {
    if !extent.IsEmpty() && furthest < extent.End then [Interval(furthest, extent.End)] else []
  }

  // Holes are the stream's holes; the seams that cross an hour's edge make up, with those that began in the hours, the
  // stream's seams.
  lemma StreamGapsMean(
    settings: Reports.Settings, extent: Interval, furthest: Instant,
    hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>)
    requires settings.Tolerance >= 0 && HoldAll(settings.Tolerance, hours, parts, held)
    requires Canonical(AllGaps(parts, extent, furthest))
    ensures
      var gaps := AllGaps(parts, extent, furthest);
      var (holes, crossing) := Reports.StreamGaps(settings, extent, furthest, held);
      && holes == Holes(settings.Tolerance, gaps)
      && (forall t :: In(t, crossing) ==> In(t, gaps))
      && forall window :: SumIn(window, Seams(settings.Tolerance, gaps)) ==
          SumIn(window, crossing) + SumIn(window, OwnOfAll(settings.Tolerance, hours, parts))
  {
    hide HoldsGaps, Holes, Seams, Canonical, OfIntervals, ClassedSo, All, OwnOfAll, SumIn;
    var tolerance, all := settings.Tolerance, ClassedAll(settings.Tolerance, held, extent, furthest);
    ClassifyAllIs(tolerance, held, 0);
    assert held[..0] == [] && ClassedSo(tolerance, []) == Reports.Classed([], []) by { reveal ClassedSo; }
    AllHoles(tolerance, extent, furthest, hours, parts, held);
    HolesAreCanonical(tolerance, AllGaps(parts, extent, furthest));
    OfIntervalsOfSet(all.Holes);
    forall t | In(t, OfIntervals(all.CrossingSeams)) ensures In(t, AllGaps(parts, extent, furthest)) {
      OfIntervalsMeans(t, all.CrossingSeams);
      AllCrossingSeamsAreInOrder(tolerance, extent, furthest, hours, parts, held);
      InEachOf(all.CrossingSeams, AllGaps(parts, extent, furthest), t);
    }
    forall window
      ensures SumIn(window, Seams(tolerance, AllGaps(parts, extent, furthest))) ==
        SumIn(window, OfIntervals(all.CrossingSeams)) + SumIn(window, OwnOfAll(tolerance, hours, parts))
    {
      AllSeams(tolerance, extent, furthest, hours, parts, held, window);
      AllCrossingSeamsAreInOrder(tolerance, extent, furthest, hours, parts, held);
      InOrderIsApart(all.CrossingSeams);
      SameSum(window, all.CrossingSeams);
    }
  }

  lemma AllHoles(
    tolerance: Duration, extent: Interval, furthest: Instant,
    hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>)
    requires tolerance >= 0 && HoldAll(tolerance, hours, parts, held)
    ensures ClassedAll(tolerance, held, extent, furthest).Holes == Holes(tolerance, AllGaps(parts, extent, furthest))
  {
    hide HoldsGaps, Holes, Seams, ClassedSo, All;
    HolesAreAll(tolerance, hours, parts, held);
    HolesOfBoth(tolerance, All(parts), LastGap(extent, furthest));
    HolesOfOne(tolerance, Create(furthest, extent.End));
    HolesOfNone(tolerance);
  }

  lemma AllSeams(
    tolerance: Duration, extent: Interval, furthest: Instant,
    hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>, window: Interval)
    requires tolerance >= 0 && HoldAll(tolerance, hours, parts, held)
    ensures SumIn(window, Seams(tolerance, AllGaps(parts, extent, furthest))) ==
      SumIn(window, ClassedAll(tolerance, held, extent, furthest).CrossingSeams) +
      SumIn(window, OwnOfAll(tolerance, hours, parts))
  {
    hide HoldsGaps, Holes, Seams, ClassedSo, All, OwnOfAll, SumIn;
    SeamsAreAll(tolerance, hours, parts, held, window);
    HolesOfBoth(tolerance, All(parts), LastGap(extent, furthest));
    InOfJoined(window, Seams(tolerance, All(parts)), Seams(tolerance, LastGap(extent, furthest)));
    LastSeam(tolerance, extent, furthest, ClassedSo(tolerance, held), window);
  }

  lemma LastSeam(
    tolerance: Duration, extent: Interval, furthest: Instant, inner: Reports.Classed, window: Interval)
    requires tolerance >= 0
    ensures
      var all := if extent.IsEmpty() then inner else inner.Classify(tolerance, Create(furthest, extent.End));
      SumIn(window, all.CrossingSeams) ==
        SumIn(window, inner.CrossingSeams) + SumIn(window, Seams(tolerance, LastGap(extent, furthest)))
  {
    hide Seams, SumIn, Intersect;
    var last := Create(furthest, extent.End);
    HolesOfNone(tolerance);
    assert SumIn(window, []) == 0 by { reveal SumIn; }
    if !extent.IsEmpty() {
      HolesOfOne(tolerance, last);
      InOfJoined(window, inner.CrossingSeams, [last]);
      EmptyAddsNothing(window, last);
    }
  }

  lemma {:isolate_assertions} AllCrossingSeamsAreInOrder(
    tolerance: Duration, extent: Interval, furthest: Instant,
    hours: seq<Hour>, parts: seq<seq<Interval>>, held: seq<HourGaps>)
    requires tolerance >= 0 && HoldAll(tolerance, hours, parts, held)
    requires Canonical(AllGaps(parts, extent, furthest))
    ensures InOrder(ClassedAll(tolerance, held, extent, furthest).CrossingSeams)
    ensures EachOf(ClassedAll(tolerance, held, extent, furthest).CrossingSeams, AllGaps(parts, extent, furthest))
  {
    hide HoldAll, Canonical, ClassedSo, All, InOrder, EachOf;
    var some, more := ClassedSo(tolerance, held).CrossingSeams, LastGap(extent, furthest);
    CanonicalOfBoth(All(parts), more);
    CrossingSeamsAreInOrder(tolerance, hours, parts, held);
    if extent.IsEmpty() {
      OneMoreInOrder(some, All(parts), Empty, more);
    } else {
      OneMoreInOrder(some, All(parts), Create(furthest, extent.End), more);
    }
  }

  lemma HolesOfOne(tolerance: Duration, gap: Interval)
    ensures Holes(tolerance, [gap]) == if IsHole(tolerance, gap) then [gap] else []
    ensures Seams(tolerance, [gap]) == if IsHole(tolerance, gap) then [] else [gap]
  {
    assert Before([gap]) == [];
  }

  // Making a set of what is apart adds nothing and takes nothing away.
  lemma SameSum(window: Interval, intervals: seq<Interval>)
    requires Apart(intervals)
    ensures SumIn(window, OfIntervals(intervals)) == SumIn(window, intervals)
  {
    SumMeasures(window, intervals);
    CanonicalIsApart(OfIntervals(intervals));
    SumMeasures(window, OfIntervals(intervals));
    forall t: Instant ensures t in Instants(intervals) <==> t in Instants(OfIntervals(intervals)) {
      OfIntervalsMeans(t, intervals);
    }
    MeasureSame(window, Instants(intervals), Instants(OfIntervals(intervals)));
  }
}
