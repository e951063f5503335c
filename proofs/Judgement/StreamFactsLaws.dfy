include "../Facts/ReportLaws.dfy"
include "../Facts/NotesLaws.dfy"
include "FactsLaws.dfy"

// The facts that are judged are put together from the hours (Coverage.Core/Facts/StreamFacts.fs): the report, and the seams that
// the sweep noted in each hour with those that cross an hour's edge. They tell of the stream's best segments what section 3 of
// semantics.md says.
module StreamFactsLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Selections
  import opened Timelines
  import opened Measures
  import opened StreamSpec
  import opened SweepLaws
  import opened TimelineLaws
  import opened GapLaws
  import opened CoverageLaws
  import opened ExtentLaws
  import opened ReportLaws
  import opened Facts
  import opened HourNotes
  import opened NotesLaws
  import opened Accounts
  import opened AccountSpec
  import opened FactsLaws
  import Reports

  // The seams noted in the hours.
  function InnerSeams(tolerance: Duration, hours: seq<HourSelection>): seq<Interval> {
    if |hours| == 0 then []
    else
      InnerSeams(tolerance, Before(hours)) +
        NotesOf(tolerance, CarryAfter(tolerance, Before(hours)), Last(hours)).Seams
  }

  // StreamFacts.ofHours and StreamFacts.seams.
  function FactsOf(settings: Reports.Settings, hours: seq<HourSelection>, last: Option<Instant>): StreamFacts {
    var crossing := HolesAndSeams(settings, hours, false).1;
    StreamFacts(ReportOf(settings, hours), Union(OfIntervals(InnerSeams(settings.Tolerance, hours)), crossing), last)
  }

  lemma InnerSeamsAreOwn(tolerance: Duration, hours: seq<HourSelection>)
    requires tolerance >= 0 && GoodHours(hours)
    ensures |PartsOf(tolerance, hours, false)| == |hours|
    ensures InnerSeams(tolerance, hours) == OwnOfAll(tolerance, NumbersOf(hours), PartsOf(tolerance, hours, false))
  {
    hide NotesOf, Step, GapsClosedBy, OwnOf, StreamSpec.Seams, OverlapTimes, LeftOut, Chain, Reached;
    PartsAre(tolerance, hours, false);
    if |hours| > 0 {
      var before, last := Before(hours), Last(hours);
      InnerSeamsAreOwn(tolerance, before);
      assert Before(NumbersOf(hours)) == NumbersOf(before);
      assert Before(PartsOf(tolerance, hours, false)) == PartsOf(tolerance, before, false);
      FlatIsOrdered(hours);
      CarryMeans(tolerance, before);
      NotesMean(tolerance, Flat(before), CarryAfter(tolerance, before), last);
    }
  }

  // A window of one instant is filled by what holds the instant.
  lemma {:induction false} SumOfInstant(t: Instant, s: seq<Interval>)
    ensures SumIn(Interval(t, t + 1), s) >= 0
    ensures SumIn(Interval(t, t + 1), s) > 0 <==> In(t, s)
  {
    hide *;
    if |s| == 0 {
      assert SumIn(Interval(t, t + 1), s) == 0 by { reveal SumIn; }
      assert !In(t, s) by { reveal In; }
    } else {
      SumOfInstant(t, s[1..]);
      assert s[0..] == s;
      InFrom(t, s, 0);
      FillsInstant(t, s[0]);
      assert SumIn(Interval(t, t + 1), s) == Intersect(Interval(t, t + 1), s[0]).Length() + SumIn(Interval(t, t + 1), s[1..])
        by { reveal SumIn; }
    }
  }

  lemma FillsInstant(t: Instant, x: Interval)
    ensures Intersect(Interval(t, t + 1), x).Length() == if Contains(x, t) then 1 else 0
  {
  }

  // LAW: the facts of a stream tell of its best segments what section 3 says: extent, holes, seams, each by itself, and
  // partial-only time.
  lemma FactsTell(settings: Reports.Settings, hours: seq<HourSelection>, last: Option<Instant>, given: Expectation)
    requires ExtentLaws.World(settings, hours)
    ensures Tells(FactsOf(settings, hours, last), Case(settings, Flat(hours), given))
  {
    hide *;
    var tolerance, best := settings.Tolerance, Flat(hours);
    var c, facts := Case(settings, best, given), FactsOf(settings, hours, last);
    var extent := ExtentIn(settings, best);
    var gaps := GapsIn(best, extent);
    var (holes, crossing) := HolesAndSeams(settings, hours, false);
    var inner := InnerSeams(tolerance, hours);
    var seams := StreamSpec.Seams(tolerance, gaps);
    assert tolerance >= 0 && GoodHours(hours) by { reveal ExtentLaws.World; }
    ReportIs(settings, hours);
    ReportPartialOnly(settings, hours);
    HolesAndSeamsMean(settings, hours, false);
    SegmentsFit(settings, hours, false);
    assert SegmentsOf(tolerance, hours, false) == best by { reveal SegmentsOf; }
    GapsInMean(best, extent);
    HolesAreCanonical(tolerance, gaps);
    InnerSeamsAreOwn(tolerance, hours);
    forall t ensures In(t, facts.Seams) <==> In(t, seams) {
      assert facts.Seams == Union(OfIntervals(inner), crossing) by { reveal FactsOf; }
      UnionMeans(t, OfIntervals(inner), crossing);
      OfIntervalsMeans(t, inner);
      var window := Interval(t, t + 1);
      SumOfInstant(t, crossing);
      SumOfInstant(t, inner);
      InstantMeasures(t, seams);
    }
    SameInstantsSameSet(facts.Seams, seams);
    TellsSo(c, facts, settings, hours);
  }

  lemma InstantMeasures(t: Instant, s: seq<Interval>)
    ensures Measure(Interval(t, t + 1), Instants(s)) > 0 <==> In(t, s)
    ensures Measure(Interval(t, t + 1), Instants(s)) >= 0
  {
    hide Measure;
    var window := Interval(t, t + 1);
    assert forall u :: Contains(window, u) <==> u == t;
    if In(t, s) { MeasureSome(window, Instants(s), t); } else { MeasureNone(window, Instants(s)); }
  }

  lemma TellsSo(c: Case, facts: StreamFacts, settings: Reports.Settings, hours: seq<HourSelection>)
    requires c.Settings == settings && c.Best == Flat(hours)
    requires facts.Report == ReportOf(settings, hours)
    requires facts.Report.Settings == settings && facts.Report.Extent == ExtentIn(settings, c.Best)
    requires facts.Report.Raw.Holes ==
      StreamSpec.Holes(settings.Tolerance, GapsIn(c.Best, ExtentIn(settings, c.Best)))
    requires facts.Seams == StreamSpec.Seams(settings.Tolerance, GapsIn(c.Best, ExtentIn(settings, c.Best)))
    requires Instants(facts.Report.PartialOnly) == PartialTime(c.Best, facts.Report.Extent)
    ensures Tells(facts, c)
  {
    hide ReportOf, Flat, ExtentIn, GapsIn, StreamSpec.Holes, StreamSpec.Seams, PartialOnly, In;
    forall t ensures In(t, facts.PartialOnly()) <==> InExtent(c, t) && PartialOnly(c.Best, t) {
      assert t in Instants(facts.Report.PartialOnly) <==> t in PartialTime(c.Best, facts.Report.Extent);
    }
    reveal Tells();
  }
}
