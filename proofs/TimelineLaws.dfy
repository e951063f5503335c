include "StreamSpec.dfy"

// What Timeline.dfy computes is what StreamSpec.dfy says.
module TimelineLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Segments
  import opened Selections
  import opened Timelines
  import opened StreamSpec

  // What the hours hand on.
  function CarryAfter(tolerance: Duration, hours: seq<HourSelection>): Carry {
    if |hours| == 0 then Start else Step(tolerance, CarryAfter(tolerance, Before(hours)), Last(hours)).Carry
  }

  // ---- The fold ----

  lemma OfHoursSteps(tolerance: Duration, hours: seq<HourSelection>)
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures forall i :: 0 <= i < |hours| ==>
      OfHours(tolerance, hours)[i] == Step(tolerance, CarryAfter(tolerance, hours[..i]), hours[i])
    ensures |hours| > 0 ==> OfHours(tolerance, hours)[|hours| - 1].Carry == CarryAfter(tolerance, hours)

  // The incremental law: analysing all hours at once equals analysing a prefix and going on from its carried state.
  lemma Incremental(tolerance: Duration, first: seq<HourSelection>, more: seq<HourSelection>)
    ensures OfHours(tolerance, first + more) ==
      OfHours(tolerance, first) + OfHoursFrom(tolerance, CarryAfter(tolerance, first), more, 0, [])

  // ---- The stream's best segments ----

  lemma FlatIsOrdered(hours: seq<HourSelection>)
    requires GoodHours(hours)
    ensures Ordered(Flat(hours))
    ensures |hours| > 0 ==> forall i :: 0 <= i < |Flat(hours)| ==> Flat(hours)[i].Start < HourFinish(Last(hours).Hour)

  lemma FlatOfMore(hours: seq<HourSelection>, i: nat)
    requires i < |hours|
    ensures Flat(hours[..i + 1]) == Flat(hours[..i]) + hours[i].Best

  // ---- What is carried ----

  lemma CarryMeans(tolerance: Duration, hours: seq<HourSelection>)
    requires tolerance >= 0 && GoodHours(hours)
    ensures CarryAfter(tolerance, hours).Furthest == Reached(Flat(hours))
    ensures CarryAfter(tolerance, hours).ChainEnd == Reached(Chain(tolerance, Flat(hours)))

  // With the last start it is the furthest end: that of a segment without a length is its start.
  lemma ReachedMeans(segments: seq<Segment>)
    requires Ordered(segments) && |segments| > 0
    ensures FurthestEnd(segments) == Max(Reached(segments), Last(segments).Start)
    ensures BeforeAll < segments[0].Start <= Reached(segments)
    ensures forall i :: 0 <= i < |segments| ==> segments[i].End() <= FurthestEnd(segments)
    ensures exists i :: 0 <= i < |segments| && segments[i].End() == FurthestEnd(segments)

  // ---- Gaps: "the maximal intervals of the extent that are not covered" ----

  // To any end that no segment starts after; the extent's is one, also when it is cut.
  lemma GapsMean(segments: seq<Segment>, finish: Instant, t: Instant)
    requires Ordered(segments) && |segments| > 0 && Last(segments).Start <= finish
    ensures In(t, GapsTo(segments, finish)) <==> segments[0].Start <= t < finish && !Covered(segments, t)

  // None empty, in order, none touching the next: so they are maximal.
  lemma GapsAreCanonical(segments: seq<Segment>, finish: Instant)
    requires Ordered(segments)
    ensures Canonical(GapsTo(segments, finish)) && Canonical(ClosedGaps(segments))

  lemma ClosedGapsOfMore(before: seq<Segment>, more: seq<Segment>)
    ensures ClosedGaps(before + more) == ClosedGaps(before) + GapsClosedBy(before, more)

  // All gaps are those that the hours close, one after another.
  function GapsByHour(hours: seq<HourSelection>): seq<Interval> {
    if |hours| == 0 then []
    else GapsByHour(Before(hours)) + GapsClosedBy(Flat(Before(hours)), Last(hours).Best)
  }

  lemma GapsByHourAreAll(hours: seq<HourSelection>)
    ensures GapsByHour(hours) == ClosedGaps(Flat(hours))

  function EditableGapsByHour(tolerance: Duration, hours: seq<HourSelection>): seq<Interval> {
    if |hours| == 0 then []
    else
      var before, more := Flat(Before(hours)), Last(hours).Best;
      EditableGapsByHour(tolerance, Before(hours)) +
      GapsClosedBy(Chain(tolerance, before), Links(tolerance, before, more))
  }

  lemma EditableGapsByHourAreAll(tolerance: Duration, hours: seq<HourSelection>)
    ensures EditableGapsByHour(tolerance, hours) == ClosedGaps(Chain(tolerance, Flat(hours)))

  // ---- What an hour holds ----

  // The gaps that an hour's segments close, as its timeline holds them.
  ghost predicate HoldsGaps(tolerance: Duration, hour: Hour, gaps: seq<Interval>, held: HourGaps) {
    && held.Inherited == InheritedOf(gaps, HourStart(hour))
    && held.Holes == Holes(tolerance, OwnOf(gaps, HourStart(hour)))
    && held.SeamLength == SumLength(Seams(tolerance, OwnOf(gaps, HourStart(hour))))
    // All but the inherited one lie within the hour, and that one ends in it.
    && Canonical(gaps)
    && (forall i :: 0 <= i < |gaps| ==> HourStart(hour) <= gaps[i].End < HourFinish(hour))
    && (forall gap <- OwnOf(gaps, HourStart(hour)) :: HourStart(hour) <= gap.Start)
  }

  lemma HourMeans(tolerance: Duration, hours: seq<HourSelection>, i: nat)
    requires tolerance >= 0 && GoodHours(hours) && i < |hours|
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures
      var timeline, before, hour := OfHours(tolerance, hours)[i], Flat(hours[..i]), hours[i];
      && HoldsGaps(tolerance, hour.Hour, GapsClosedBy(before, hour.Best), timeline.Raw)
      && HoldsGaps(tolerance, hour.Hour,
          GapsClosedBy(Chain(tolerance, before), Links(tolerance, before, hour.Best)), timeline.Editable)
      && timeline.Overlaps == hour.NotBest.Plus(Overlaps(tolerance, before, hour.Best))
      && timeline.HasLength == StreamSpec.HasLength(hour.Best)

  // ---- Partial-only ----

  // The spans told of, and the time after them that may yet be covered by a full segment, are what is partial-only.
  lemma PartialOnlyMeans(tolerance: Duration, hours: seq<HourSelection>, t: Instant)
    requires GoodHours(hours)
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures
      var timelines, carry := OfHours(tolerance, hours), CarryAfter(tolerance, hours);
      PartialOnly(Flat(hours), t) <==>
        (exists i :: 0 <= i < |timelines| && In(t, timelines[i].PartialOnly)) || carry.Settled <= t < carry.PartialEnd

  // ---- The chain ----

  lemma ChainIsOrdered(tolerance: Duration, best: seq<Segment>)
    requires Ordered(best)
    ensures Ordered(Chain(tolerance, best))
    ensures |best| > 0 ==> |Chain(tolerance, best)| > 0 && Chain(tolerance, best)[0] == best[0]
    ensures |best| > 0 ==> Last(Chain(tolerance, best)).Start <= Last(best).Start

  lemma ChainOfMore(tolerance: Duration, before: seq<Segment>, more: seq<Segment>)
    ensures Chain(tolerance, before + more) == Chain(tolerance, before) + Links(tolerance, before, more)

  // "editable coverage lies within raw coverage".
  lemma ChainLiesWithin(tolerance: Duration, best: seq<Segment>, t: Instant)
    requires Covered(Chain(tolerance, best), t)
    ensures Covered(best, t)

  lemma ChainOverlapsLittle(tolerance: Duration, best: seq<Segment>, i: nat, j: nat)
    requires Ordered(best) && i < j < |Chain(tolerance, best)|
    ensures Min(Chain(tolerance, best)[i].End(), Chain(tolerance, best)[j].End()) - Chain(tolerance, best)[j].Start
      <= tolerance
}
