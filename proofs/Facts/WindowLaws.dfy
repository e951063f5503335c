include "Measure.dfy"

// Section 4 of semantics.md: "An hour's window is [hour, hour + 1 h) cut to the extent." How windows tile an extent, and
// the parts of a hole the hole.
module WindowLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Measures

  // Of an extent the hour's window, of a gap its part in the hour.
  function WindowOf(interval: Interval, hour: Hour): Interval {
    Intersect(interval, OfHour(hour))
  }

  lemma HourHolds(hour: Hour, t: Instant)
    ensures Contains(OfHour(hour), t) <==> HourOf(t) == hour
  {}

  // Every instant of the extent lies in one window, that of its hour, and no other instant in any.
  lemma WindowsTile(interval: Interval, hour: Hour, t: Instant)
    ensures Contains(WindowOf(interval, hour), t) <==> Contains(interval, t) && HourOf(t) == hour
  {
    HourHolds(hour, t);
  }

  // And they do so end to end: from the interval's start in its first hour to its end in its last, each beginning where
  // the one before it ends; in no other hour is there a part of it.
  lemma PartsGlue(interval: Interval, hour: Hour)
    requires !interval.IsEmpty()
    ensures
      var first, last := HourOf(interval.Start), HourOf(interval.End - 1);
      && (WindowOf(interval, hour).IsEmpty() <==> !(first <= hour <= last))
      && WindowOf(interval, first).Start == interval.Start
      && WindowOf(interval, last).End == interval.End
      && (first <= hour < last ==> WindowOf(interval, hour).End == WindowOf(interval, hour + 1).Start)
  {}

  // "An inner hour": one that the extent has all of.
  lemma InnerHour(extent: Interval, hour: Hour)
    requires extent.Start <= HourStart(hour) && HourFinish(hour) <= extent.End
    ensures WindowOf(extent, hour) == OfHour(hour) && WindowOf(extent, hour).Length() == 3600 * Second
  {
    assert HourFinish(hour) == HourStart(hour) + HourLength;
  }

  // What a gap of the extent has in a window is the gap's part in the hour.
  lemma PartInWindow(extent: Interval, hour: Hour, gap: Interval)
    requires extent.Start <= gap.Start && gap.End <= extent.End
    ensures Intersect(WindowOf(extent, hour), gap) == WindowOf(gap, hour)
  {}

  // ---- Sums over hours ----

  predicate Distinct(hours: seq<Hour>) {
    forall i, j :: 0 <= i < j < |hours| ==> hours[i] != hours[j]
  }

  ghost function InHours(hours: seq<Hour>): iset<Instant> {
    iset t: Instant | HourOf(t) in hours
  }

  // The time of a set in the windows of some hours, added up.
  ghost function SumOverHours(extent: Interval, hours: seq<Hour>, s: iset<Instant>): Duration {
    if |hours| == 0 then 0
    else SumOverHours(extent, hours[..|hours| - 1], s) + Measure(WindowOf(extent, hours[|hours| - 1]), s)
  }

  // "Hour sums of seconds add up to the stream's": to all that the set has in those hours.
  lemma HoursAddUp(extent: Interval, hours: seq<Hour>, s: iset<Instant>)
    requires Distinct(hours)
    ensures SumOverHours(extent, hours, s) == Measure(extent, s * InHours(hours))
  {
    if |hours| == 0 {
      MeasureNone(extent, s * InHours(hours));
    } else {
      var before, last := hours[..|hours| - 1], hours[|hours| - 1];
      HoursAddUp(extent, before, s);
      MeasureOfPart(extent, OfHour(last), s);
      forall t: Instant ensures Contains(OfHour(last), t) <==> HourOf(t) == last { HourHolds(last, t); }
      MeasureAdds(extent, s * InHours(before), s * InstantsOf(OfHour(last)));
      assert s * InHours(hours) == s * InHours(before) + s * InstantsOf(OfHour(last));
    }
  }
}
