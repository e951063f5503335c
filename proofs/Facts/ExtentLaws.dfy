include "Report.dfy"
include "TimelineLaws.dfy"

// "extent [first start, furthest end) of the best segments; empty when there is none, or none with a length" (section 3
// of semantics.md), "cut at the end of the last hour" (section 4): the program puts it together from what each hour
// knows of its starts and what the last one carries.
module ExtentLaws {
  import opened Time
  import opened Intervals
  import opened Segments
  import opened Selections
  import opened Timelines
  import opened StreamSpec
  import opened SweepLaws
  import opened TimelineLaws
  import Reports

  // What the program is given: the hours in the world of the settings, in order, none twice, each with its best
  // segments in order. Hours are numbered from 1970 on.
  predicate World(settings: Reports.Settings, hours: seq<HourSelection>) {
    && settings.Tolerance >= 0
    && GoodHours(hours)
    && (forall i :: 0 <= i < |hours| ==> hours[i].Hour >= 0 && Reports.IsIn(settings, hours[i].Hour))
  }

  function ExtentIn(settings: Reports.Settings, best: seq<Segment>): Interval {
    var all := StreamSpec.Extent(best);
    if settings.LastHour.Some? then Create(all.Start, Min(all.End, HourFinish(settings.LastHour.Value))) else all
  }

  lemma ExtentMeans(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures Reports.Extent(settings, OfHours(settings.Tolerance, hours)) == ExtentIn(settings, Flat(hours))
  {
    var tolerance, timelines, best := settings.Tolerance, OfHours(settings.Tolerance, hours), Flat(hours);
    FlatIsOrdered(hours);
    HasLengthMeans(tolerance, hours);
    FirstStartMeans(tolerance, hours, 0);
    LastStartMeans(tolerance, hours, |hours|);
    assert hours[..|hours|] == hours;
    if StreamSpec.HasLength(best) {
      CarryAt(tolerance, hours, |hours| - 1);
      CarryMeans(tolerance, hours);
      ReachedMeans(best);
    }
  }

  // What else there is to know of it: it holds all starts.
  lemma ExtentFacts(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var best := Flat(hours);
      var extent := ExtentIn(settings, best);
      && Ordered(best)
      && (extent.IsEmpty() <==> !StreamSpec.HasLength(best))
      && (!extent.IsEmpty() ==>
          |best| > 0 && extent.Start == best[0].Start && Last(best).Start <= extent.End <= FurthestEnd(best))
      && (!extent.IsEmpty() && settings.LastHour.Some? ==> extent.End <= HourFinish(settings.LastHour.Value))
  {
    var best := Flat(hours);
    FlatIsOrdered(hours);
    if StreamSpec.HasLength(best) {
      ReachedMeans(best);
      var i :| 0 <= i < |best| && best[i].Duration > 0;
      assert best[0].Start <= best[i].Start < best[i].End() <= FurthestEnd(best);
      assert best[i].Start <= Last(best).Start;
    }
  }

  // ---- What a timeline takes over from its hour ----

  function StartsOf(best: seq<Segment>): Option<(Instant, Instant)> {
    if |best| == 0 then Nothing else Some((best[0].Start, Last(best).Start))
  }

  lemma TimelinesTake(tolerance: Duration, hours: seq<HourSelection>)
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures forall i :: 0 <= i < |hours| ==> OfHours(tolerance, hours)[i].Hour == hours[i].Hour
    ensures forall i :: 0 <= i < |hours| ==> OfHours(tolerance, hours)[i].Starts == StartsOf(hours[i].Best)
  {
    OfHoursSteps(tolerance, hours);
  }

  lemma CarryAt(tolerance: Duration, hours: seq<HourSelection>, i: nat)
    requires i < |hours|
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures OfHours(tolerance, hours)[i].Carry == CarryAfter(tolerance, hours[..i + 1])
  {
    OfHoursSteps(tolerance, hours);
    assert Before(hours[..i + 1]) == hours[..i];
  }

  // ---- The hours' best segments are the stream's ----

  lemma FlatHas(hours: seq<HourSelection>, segment: Segment)
    ensures segment in Flat(hours) <==> exists i :: 0 <= i < |hours| && segment in hours[i].Best
  {
    if |hours| > 0 {
      FlatHas(Before(hours), segment);
      if segment in Flat(hours) && segment in Flat(Before(hours)) {
        var i :| 0 <= i < |Before(hours)| && segment in Before(hours)[i].Best;
        assert segment in hours[i].Best;
      }
      if i :| 0 <= i < |hours| && segment in hours[i].Best {
        if i < |hours| - 1 { assert segment in Before(hours)[i].Best; }
      }
    }
  }

  lemma FlatBegins(hours: seq<HourSelection>, i: nat)
    requires i < |hours| && |hours[i].Best| > 0
    requires forall j :: 0 <= j < i ==> |hours[j].Best| == 0
    ensures |Flat(hours)| > 0 && Flat(hours)[0] == hours[i].Best[0]
  {
    if i < |hours| - 1 {
      FlatBegins(Before(hours), i);
    } else {
      FlatOfNone(Before(hours));
    }
  }

  lemma FlatOfNone(hours: seq<HourSelection>)
    requires forall j :: 0 <= j < |hours| ==> |hours[j].Best| == 0
    ensures Flat(hours) == []
  {
    if |hours| > 0 { FlatOfNone(Before(hours)); }
  }

  lemma HasLengthMeans(tolerance: Duration, hours: seq<HourSelection>)
    requires tolerance >= 0 && GoodHours(hours)
    ensures Reports.HasLength(OfHours(tolerance, hours)) <==> StreamSpec.HasLength(Flat(hours))
  {
    hide OfHours, HoldsGaps, GapsClosedBy, Links, Chain, Overlaps, GoodHour;
    var timelines, best := OfHours(tolerance, hours), Flat(hours);
    TimelinesTake(tolerance, hours);
    forall i | 0 <= i < |hours| ensures timelines[i].HasLength <==> StreamSpec.HasLength(hours[i].Best) {
      HourMeans(tolerance, hours, i);
    }
    if timeline :| timeline in timelines && timeline.HasLength {
      var i :| 0 <= i < |timelines| && timelines[i] == timeline;
      var j :| 0 <= j < |hours[i].Best| && hours[i].Best[j].Duration > 0;
      FlatHas(hours, hours[i].Best[j]);
    }
    if k :| 0 <= k < |best| && best[k].Duration > 0 {
      FlatHas(hours, best[k]);
      var i :| 0 <= i < |hours| && best[k] in hours[i].Best;
      assert timelines[i].HasLength;
    }
  }

  lemma FirstStartMeans(tolerance: Duration, hours: seq<HourSelection>, i: nat)
    requires i <= |hours|
    requires forall j :: 0 <= j < i ==> |hours[j].Best| == 0
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures Reports.FirstStart(OfHours(tolerance, hours), i) ==
      if |Flat(hours)| == 0 then Nothing else Some(Flat(hours)[0].Start)
    decreases |hours| - i
  {
    TimelinesTake(tolerance, hours);
    if i == |hours| {
      FlatOfNone(hours);
    } else if |hours[i].Best| > 0 {
      FlatBegins(hours, i);
    } else {
      FirstStartMeans(tolerance, hours, i + 1);
    }
  }

  lemma LastStartMeans(tolerance: Duration, hours: seq<HourSelection>, n: nat)
    requires n <= |hours|
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures
      var best := Flat(hours[..n]);
      Reports.LastStart(OfHours(tolerance, hours), n) == if |best| == 0 then Nothing else Some(Last(best).Start)
  {
    TimelinesTake(tolerance, hours);
    if n > 0 {
      FlatOfMore(hours, n - 1);
      LastStartMeans(tolerance, hours, n - 1);
    }
  }
}
