include "StepLaws.dfy"
include "PartialOnlyLaws.dfy"

// What Timeline.dfy computes hour by hour is what StreamSpec.dfy says of the whole stream; SweepLaws.dfy, ChainLaws.dfy
// and PartialOnlyLaws.dfy say what that means in sets of instants. And the incremental law.
module TimelineLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Selections
  import opened Timelines
  import opened StreamSpec
  import opened SweepLaws
  import opened ChainLaws
  import opened StepLaws
  import opened PartialOnlyLaws

  // ---- The fold ----

  // What the hours hand on.
  function CarryAfter(tolerance: Duration, hours: seq<HourSelection>): Carry {
    if |hours| == 0 then Start else Step(tolerance, CarryAfter(tolerance, Before(hours)), Last(hours)).Carry
  }

  // The timelines one by one, each given what those before it hand on.
  function AllSteps(tolerance: Duration, hours: seq<HourSelection>): seq<HourTimeline> {
    if |hours| == 0 then []
    else
      AllSteps(tolerance, Before(hours)) + [Step(tolerance, CarryAfter(tolerance, Before(hours)), Last(hours))]
  }

  // The loop of ofHours, once it has done some hours.
  lemma OfHoursGoesOn(tolerance: Duration, hours: seq<HourSelection>, i: nat)
    requires i <= |hours|
    ensures OfHoursFrom(tolerance, CarryAfter(tolerance, hours[..i]), hours, i, AllSteps(tolerance, hours[..i])) ==
      AllSteps(tolerance, hours)
    decreases |hours| - i
  {
    if i == |hours| {
      assert hours[..i] == hours;
    } else {
      assert Before(hours[..i + 1]) == hours[..i];
      OfHoursGoesOn(tolerance, hours, i + 1);
    }
  }

  lemma OfHoursIsAllSteps(tolerance: Duration, hours: seq<HourSelection>)
    ensures OfHours(tolerance, hours) == AllSteps(tolerance, hours)
  {
    OfHoursGoesOn(tolerance, hours, 0);
    assert hours[..0] == [];
  }

  lemma AllStepsAre(tolerance: Duration, hours: seq<HourSelection>, i: nat)
    requires i < |hours|
    ensures |AllSteps(tolerance, hours)| == |hours|
    ensures AllSteps(tolerance, hours)[i] == Step(tolerance, CarryAfter(tolerance, hours[..i]), hours[i])
  {
    hide Step;
    var before := Before(hours);
    if |before| > 0 { AllStepsAre(tolerance, before, if i < |before| then i else 0); }
    if i < |before| { assert before[..i] == hours[..i]; }
  }

  lemma OfHoursSteps(tolerance: Duration, hours: seq<HourSelection>)
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures forall i :: 0 <= i < |hours| ==>
      OfHours(tolerance, hours)[i] == Step(tolerance, CarryAfter(tolerance, hours[..i]), hours[i])
    ensures |hours| > 0 ==> OfHours(tolerance, hours)[|hours| - 1].Carry == CarryAfter(tolerance, hours)
  {
    hide Step, OfHours;
    OfHoursIsAllSteps(tolerance, hours);
    forall i | 0 <= i < |hours|
      ensures |OfHours(tolerance, hours)| == |hours|
      ensures OfHours(tolerance, hours)[i] == Step(tolerance, CarryAfter(tolerance, hours[..i]), hours[i])
    {
      AllStepsAre(tolerance, hours, i);
    }
  }

  // What is done already is not looked at.
  lemma DoneStays(
    tolerance: Duration, carry: Carry, hours: seq<HourSelection>, i: nat, done: seq<HourTimeline>)
    requires i <= |hours|
    ensures OfHoursFrom(tolerance, carry, hours, i, done) == done + OfHoursFrom(tolerance, carry, hours, i, [])
    decreases |hours| - i
  {
    if i < |hours| {
      var next := Step(tolerance, carry, hours[i]);
      DoneStays(tolerance, next.Carry, hours, i + 1, done + [next]);
      DoneStays(tolerance, next.Carry, hours, i + 1, [] + [next]);
    }
  }

  // Nor are the hours that were done.
  lemma HoursDoneAreForgotten(
    tolerance: Duration, carry: Carry, first: seq<HourSelection>, more: seq<HourSelection>, i: nat,
    done: seq<HourTimeline>)
    requires i <= |more|
    ensures OfHoursFrom(tolerance, carry, first + more, |first| + i, done) ==
      OfHoursFrom(tolerance, carry, more, i, done)
    decreases |more| - i
  {
    if i < |more| {
      var next := Step(tolerance, carry, more[i]);
      HoursDoneAreForgotten(tolerance, next.Carry, first, more, i + 1, done + [next]);
    }
  }

  // LAW (the incremental one): analysing all hours at once equals analysing a prefix and going on from its carried
  // state.
  lemma Incremental(tolerance: Duration, first: seq<HourSelection>, more: seq<HourSelection>)
    ensures OfHours(tolerance, first + more) ==
      OfHours(tolerance, first) + OfHoursFrom(tolerance, CarryAfter(tolerance, first), more, 0, [])
  {
    var all, n := first + more, |first|;
    assert all[..n] == first;
    OfHoursIsAllSteps(tolerance, all);
    OfHoursIsAllSteps(tolerance, first);
    OfHoursGoesOn(tolerance, all, n);
    DoneStays(tolerance, CarryAfter(tolerance, first), all, n, AllSteps(tolerance, first));
    HoursDoneAreForgotten(tolerance, CarryAfter(tolerance, first), first, more, 0, []);
  }

  // ---- The stream's best segments ----

  lemma FlatIsOrdered(hours: seq<HourSelection>)
    requires GoodHours(hours)
    ensures Ordered(Flat(hours))
    ensures |hours| > 0 ==> forall i :: 0 <= i < |Flat(hours)| ==> Flat(hours)[i].Start < HourFinish(Last(hours).Hour)
  {
    if |hours| > 0 {
      FlatIsOrdered(Before(hours));
      if |hours| > 1 { assert Last(Before(hours)).Hour < Last(hours).Hour; }
    }
  }

  lemma FlatOfMore(hours: seq<HourSelection>, i: nat)
    requires i < |hours|
    ensures Flat(hours[..i + 1]) == Flat(hours[..i]) + hours[i].Best
  {
    assert Before(hours[..i + 1]) == hours[..i];
  }

  // ---- Gaps by hour ----

  // All gaps are those that the hours close, one after another.
  function GapsByHour(hours: seq<HourSelection>): seq<Interval> {
    if |hours| == 0 then []
    else GapsByHour(Before(hours)) + GapsClosedBy(Flat(Before(hours)), Last(hours).Best)
  }

  // LAW: the gaps by hour are the stream's.
  lemma GapsByHourAreAll(hours: seq<HourSelection>)
    ensures GapsByHour(hours) == ClosedGaps(Flat(hours))
  {
    if |hours| > 0 {
      GapsByHourAreAll(Before(hours));
      ClosedGapsOfMore(Flat(Before(hours)), Last(hours).Best);
    }
  }

  function EditableGapsByHour(tolerance: Duration, hours: seq<HourSelection>): seq<Interval> {
    if |hours| == 0 then []
    else
      var before, more := Flat(Before(hours)), Last(hours).Best;
      EditableGapsByHour(tolerance, Before(hours)) +
      GapsClosedBy(Chain(tolerance, before), Links(tolerance, before, more))
  }

  // LAW: the editable gaps by hour are the chain's.
  lemma EditableGapsByHourAreAll(tolerance: Duration, hours: seq<HourSelection>)
    ensures EditableGapsByHour(tolerance, hours) == ClosedGaps(Chain(tolerance, Flat(hours)))
  {
    if |hours| > 0 {
      var before, more := Flat(Before(hours)), Last(hours).Best;
      EditableGapsByHourAreAll(tolerance, Before(hours));
      ChainOfMore(tolerance, before, more);
      ClosedGapsOfMore(Chain(tolerance, before), Links(tolerance, before, more));
    }
  }

  // ---- What is carried ----

  // LAW: carried is how far the best segments reach, and how far the chain does.
  lemma CarryMeans(tolerance: Duration, hours: seq<HourSelection>)
    requires tolerance >= 0 && GoodHours(hours)
    ensures CarryAfter(tolerance, hours).Furthest == Reached(Flat(hours))
    ensures CarryAfter(tolerance, hours).ChainEnd == Reached(Chain(tolerance, Flat(hours)))
  {
    if |hours| > 0 {
      CarryMeans(tolerance, Before(hours));
      FlatIsOrdered(hours);
      StepKeepsSweep(tolerance, Flat(Before(hours)), CarryAfter(tolerance, Before(hours)), Last(hours));
    }
  }

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

  lemma GatheredIsHeld(
    tolerance: Duration, hour: Hour, before: seq<Segment>, more: seq<Segment>, gathered: Gathered)
    requires Ordered(before + more)
    requires forall i :: 0 <= i < |more| ==> HourStart(hour) <= more[i].Start < HourFinish(hour)
    requires Gathers(tolerance, HourStart(hour), GapsClosedBy(before, more), gathered)
    ensures HoldsGaps(tolerance, hour, GapsClosedBy(before, more), gathered.Result())
  {
    var gaps := GapsClosedBy(before, more);
    var own := OwnOf(gaps, HourStart(hour));
    hide GapsClosedBy, ClosedGaps, StreamSpec.Holes, Seams, SumLength, Ordered, OfIntervals;
    ClosedGapsOfMore(before, more);
    GapsAreCanonical(before + more, BeforeAll);
    CanonicalRest(ClosedGaps(before), gaps);
    GapsClosedByEnd(before, more);
    forall i | 0 <= i < |gaps| ensures HourStart(hour) <= gaps[i].End < HourFinish(hour) { assert gaps[i] in gaps; }
    OwnIsCanonical(gaps, HourStart(hour));
    HolesAreCanonical(tolerance, own);
    OfIntervalsOfSet(gathered.Holes);
  }

  lemma OwnIsCanonical(gaps: seq<Interval>, hourStart: Instant)
    requires Canonical(gaps) && forall i :: 0 <= i < |gaps| ==> hourStart <= gaps[i].End
    ensures Canonical(OwnOf(gaps, hourStart))
    ensures forall gap <- OwnOf(gaps, hourStart) :: hourStart <= gap.Start
  {
    if |gaps| > 0 {
      assert gaps == [gaps[0]] + gaps[1..];
      CanonicalRest([gaps[0]], gaps[1..]);
    }
  }

  lemma CanonicalRest(first: seq<Interval>, rest: seq<Interval>)
    requires Canonical(first + rest)
    ensures Canonical(rest)
  {
    assert forall i :: 0 <= i < |rest| ==> rest[i] == (first + rest)[|first| + i];
  }

  lemma StepMeans(tolerance: Duration, before: seq<Segment>, carry: Carry, hour: HourSelection)
    requires tolerance >= 0 && GoodHour(hour) && Ordered(before + hour.Best)
    requires carry.Furthest == Reached(before) && carry.ChainEnd == Reached(Chain(tolerance, before))
    ensures
      var timeline := Step(tolerance, carry, hour);
      && HoldsGaps(tolerance, hour.Hour, GapsClosedBy(before, hour.Best), timeline.Raw)
      && HoldsGaps(tolerance, hour.Hour,
          GapsClosedBy(Chain(tolerance, before), Links(tolerance, before, hour.Best)), timeline.Editable)
      && timeline.Overlaps == hour.NotBest.Plus(Overlaps(tolerance, before, hour.Best))
      && timeline.HasLength == StreamSpec.HasLength(hour.Best)
  {
    hide Links, Chain, Reached, GapsClosedBy, HoldsGaps, Gathers, Overlaps, Ordered;
    var taken := TakeAll(tolerance, HourStart(hour.Hour), Begin(carry), hour.Best, 0);
    var links := Links(tolerance, before, hour.Best);
    StepKeepsSweep(tolerance, before, carry, hour);
    GatheredIsHeld(tolerance, hour.Hour, before, hour.Best, taken.Raw);
    ChainOfMore(tolerance, before, hour.Best);
    ChainIsOrdered(tolerance, before + hour.Best);
    LinksPickFrom(tolerance, before, hour.Best);
    forall i | 0 <= i < |links| ensures HourStart(hour.Hour) <= links[i].Start < HourFinish(hour.Hour) {
      assert links[i] in hour.Best;
    }
    GatheredIsHeld(tolerance, hour.Hour, Chain(tolerance, before), links, taken.Editable);
  }

  // LAW: each hour holds the gaps that its segments close and the overlaps that they make, all hours before it being
  // known by what they carry alone.
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
  {
    hide OfHours, Step, Links, Chain, Reached, GapsClosedBy, HoldsGaps, Overlaps, Ordered;
    OfHoursSteps(tolerance, hours);
    CarryMeans(tolerance, hours[..i]);
    FlatIsOrdered(hours[..i + 1]);
    FlatOfMore(hours, i);
    StepMeans(tolerance, Flat(hours[..i]), CarryAfter(tolerance, hours[..i]), hours[i]);
  }

  // ---- Partial-only ----

  ghost predicate Told(timelines: seq<HourTimeline>, t: Instant) {
    exists i :: 0 <= i < |timelines| && In(t, timelines[i].PartialOnly)
  }

  // From where the next segment may start.
  function EndOf(hours: seq<HourSelection>): Instant {
    if |hours| == 0 then BeforeAll else Max(EndOf(Before(hours)), HourFinish(Last(hours).Hour))
  }

  lemma EndIsBefore(hours: seq<HourSelection>)
    requires GoodHours(hours) && |hours| > 0 && |Last(hours).Best| > 0
    ensures EndOf(Before(hours)) <= Last(hours).Best[0].Start
  {
    EndIsBetween(Before(hours));
    if |hours| > 1 { assert Last(Before(hours)).Hour < Last(hours).Hour; }
  }

  lemma EndIsBetween(hours: seq<HourSelection>)
    requires GoodHours(hours)
    ensures |hours| > 0 ==> EndOf(hours) == Max(BeforeAll, HourFinish(Last(hours).Hour))
  {
    if |hours| > 1 {
      EndIsBetween(Before(hours));
      assert Last(Before(hours)).Hour < Last(hours).Hour;
    }
  }

  lemma HoursKeep(tolerance: Duration, hours: seq<HourSelection>, t: Instant)
    requires GoodHours(hours)
    ensures
      var carry := CarryAfter(tolerance, hours);
      Kept(Flat(hours), t, EndOf(hours), Told(AllSteps(tolerance, hours), t), carry.Settled, carry.PartialEnd)
  {
    if |hours| == 0 {
      StartKeeps(t);
    } else {
      hide Step, Kept, GoodHour;
      var before, last := Before(hours), Last(hours);
      var steps, carry := AllSteps(tolerance, before), CarryAfter(tolerance, before);
      HoursKeep(tolerance, before, t);
      if |last.Best| > 0 { EndIsBefore(hours); }
      StepKeeps(tolerance, Flat(before), carry, last, t, EndOf(before), Told(steps, t));
      var step := Step(tolerance, carry, last);
      var all := steps + [step];
      assert all[|steps|] == step;
      assert forall i :: 0 <= i < |steps| ==> all[i] == steps[i];
      assert Told(all, t) <==> Told(steps, t) || In(t, step.PartialOnly);
    }
  }

  // LAW: the spans told of, and the time after them that may yet be covered by a full segment, are what is
  // partial-only.
  lemma PartialOnlyMeans(tolerance: Duration, hours: seq<HourSelection>, t: Instant)
    requires GoodHours(hours)
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures
      var timelines, carry := OfHours(tolerance, hours), CarryAfter(tolerance, hours);
      PartialOnly(Flat(hours), t) <==>
        (exists i :: 0 <= i < |timelines| && In(t, timelines[i].PartialOnly)) || carry.Settled <= t < carry.PartialEnd
  {
    OfHoursSteps(tolerance, hours);
    OfHoursIsAllSteps(tolerance, hours);
    HoursKeep(tolerance, hours, t);
  }
}
