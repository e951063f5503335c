include "CoverageLaws.dfy"
include "MapLaws.dfy"
include "UnionLaws.dfy"

// A stream's report says what sections 3 and 5 of semantics.md say of its best segments.
module ReportLaws {
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
  import opened TimelineLaws
  import opened Measures
  import opened ExtentLaws
  import opened CoverageLaws
  import Reports
  import MapLaws
  import UnionLaws

  function ReportOf(settings: Reports.Settings, hours: seq<HourSelection>): Reports.StreamReport {
    Reports.OfTimelines(settings, OfHours(settings.Tolerance, hours))
  }

  // The instants that some best segment of an extent covers and no full one.
  ghost function PartialTime(best: seq<Segment>, extent: Interval): iset<Instant> {
    iset t: Instant | Contains(extent, t) && PartialOnly(best, t)
  }

  // ---- The parts of the report ----

  lemma LastCarryIs(tolerance: Duration, hours: seq<HourSelection>)
    ensures Reports.LastCarry(OfHours(tolerance, hours)) == CarryAfter(tolerance, hours)
  {
    hide Step;
    TimelinesTake(tolerance, hours);
    if |hours| > 0 {
      CarryAt(tolerance, hours, |hours| - 1);
      assert hours[..|hours|] == hours;
    }
  }

  lemma ReportIs(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report, timelines := ReportOf(settings, hours), OfHours(settings.Tolerance, hours);
      var (rawHoles, rawCrossing) := HolesAndSeams(settings, hours, false);
      var (editableHoles, editableCrossing) := HolesAndSeams(settings, hours, true);
      && report.Settings == settings
      && report.Extent == ExtentIn(settings, Flat(hours))
      && report.Raw == Reports.StreamCoverageOf(
          report.Extent, rawHoles, rawCrossing, Reports.Seams(Reports.Gaps(timelines, false), 0, 0))
      && report.Editable == Reports.StreamCoverageOf(
          report.Extent, editableHoles, editableCrossing, Reports.Seams(Reports.Gaps(timelines, true), 0, 0))
      && report.Raw.Holes == rawHoles && report.Editable.Holes == editableHoles
  {
    hide OfHours, CarryAfter, Flat, Reports.StreamGaps, Reports.Extent, Reports.PartialSpans, Reports.Reported,
      Reports.HourReportOf, OfIntervals, World, ExtentIn, Reports.Seams, Length;
    ExtentMeans(settings, hours);
    LastCarryIs(settings.Tolerance, hours);
  }

  // ---- Extent ----

  // LAW: the report's extent is the stream's, cut at the end of the last hour.
  lemma ReportExtent(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures ReportOf(settings, hours).Extent == ExtentIn(settings, Flat(hours))
  {
    ReportIs(settings, hours);
  }

  // ---- Coverage ----

  // LAW: raw coverage is that of the best segments, editable coverage that of the chain: covered, holes and seams are
  // what section 3 says, and add up to the extent.
  lemma ReportCoverage(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report, best := ReportOf(settings, hours), Flat(hours);
      && StreamSays(settings.Tolerance, best, report.Extent, report.Raw)
      && StreamSays(settings.Tolerance, Chain(settings.Tolerance, best), report.Extent, report.Editable)
  {
    hide OfHours, CarryAfter, Flat, Reports.StreamGaps, Reports.OfTimelines, World, ExtentIn, StreamSays, Chain,
      Reports.StreamCoverageOf;
    ReportIs(settings, hours);
    StreamCoverageMeans(settings, hours, false);
    StreamCoverageMeans(settings, hours, true);
  }

  // LAW: "editable coverage lies within raw coverage", and so it is not longer.
  lemma EditableLiesWithinRaw(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report, best := ReportOf(settings, hours), Flat(hours);
      && CoveredBy(Chain(settings.Tolerance, best)) <= CoveredBy(best)
      && report.Editable.Covered <= report.Raw.Covered
  {
    hide OfHours, CarryAfter, Flat, Reports.OfTimelines, World, ExtentIn, Chain;
    ReportCoverage(settings, hours);
    ChainCoversNoMore(settings.Tolerance, Flat(hours));
    MeasureFewer(
      ReportOf(settings, hours).Extent, CoveredBy(Chain(settings.Tolerance, Flat(hours))), CoveredBy(Flat(hours)));
  }

  lemma ChainCoversNoMore(tolerance: Duration, best: seq<Segment>)
    ensures CoveredBy(Chain(tolerance, best)) <= CoveredBy(best)
  {
    forall t: Instant | Covered(Chain(tolerance, best), t) ensures Covered(best, t) {
      ChainLiesWithin(tolerance, best, t);
    }
  }

  function AsIntervals(segments: seq<Segment>): seq<Interval> {
    seq(|segments|, i requires 0 <= i < |segments| => Create(segments[i].Start, segments[i].End()))
  }

  // LAW: covered is the length of the union of the segments, cut to the extent: counting instants and the kernel's own
  // sets agree.
  lemma CoveredIsTheUnion(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report, best := ReportOf(settings, hours), Flat(hours);
      && report.Raw.Covered == Within(report.Extent, OfIntervals(AsIntervals(best))).1
      && report.Editable.Covered ==
          Within(report.Extent, OfIntervals(AsIntervals(Chain(settings.Tolerance, best)))).1
  {
    hide OfHours, Flat, Reports.OfTimelines, World, Chain, OfIntervals, Within;
    ReportCoverage(settings, hours);
    UnionMeasures(ReportOf(settings, hours).Extent, Flat(hours));
    UnionMeasures(ReportOf(settings, hours).Extent, Chain(settings.Tolerance, Flat(hours)));
  }

  lemma UnionMeasures(window: Interval, segments: seq<Segment>)
    ensures Measure(window, CoveredBy(segments)) == Within(window, OfIntervals(AsIntervals(segments))).1
  {
    hide OfIntervals, Within;
    var intervals := AsIntervals(segments);
    WithinMeasures(window, OfIntervals(intervals));
    forall t: Instant ensures t in CoveredBy(segments) <==> t in Instants(OfIntervals(intervals)) {
      OfIntervalsMeans(t, intervals);
      if i :| 0 <= i < |segments| && Covers(segments[i], t) { assert Contains(intervals[i], t); }
      if i :| 0 <= i < |intervals| && Contains(intervals[i], t) { assert Covers(segments[i], t); }
    }
    MeasureSame(window, CoveredBy(segments), Instants(OfIntervals(intervals)));
  }

  // LAW: "before any cut, the durations of the best segments add up to the covered time plus the sum of max(0, min(E,
  // its end) - start) over the best segments after the first".
  lemma ReportDurationsAddUp(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours) && settings.LastHour == Nothing
    ensures
      var report, best := ReportOf(settings, hours), Flat(hours);
      UnionLaws.SumDuration(best) == report.Raw.Covered + UnionLaws.CoveredAgain(best)
  {
    var report, best := ReportOf(settings, hours), Flat(hours);
    ReportExtent(settings, hours);
    ExtentFacts(settings, hours);
    ReportCoverage(settings, hours);
    hide OfHours, Flat, Reports.OfTimelines, World;
    UnionLaws.DurationsAddUp(best);
    RunsMeasure(best);
  }

  lemma RunsMeasure(best: seq<Segment>)
    requires Ordered(best)
    ensures SumLength(UnionLaws.Runs(best)) == Measure(StreamSpec.Extent(best), CoveredBy(best))
  {
    hide UnionLaws.Runs, StreamSpec.Extent;
    var runs, extent := UnionLaws.Runs(best), StreamSpec.Extent(best);
    UnionLaws.RunsAreCanonical(best);
    forall t: Instant
      ensures In(t, runs) <==> Covered(best, t)
      ensures In(t, runs) ==> Contains(extent, t)
    {
      UnionLaws.RunsMean(best, t);
      if Covered(best, t) { ExtentHoldsAll(best, t); }
    }
    LengthMeasures(extent, runs);
    LengthIsSum(runs);
    SumsAgree(runs);
    MeasureSame(extent, Instants(runs), CoveredBy(best));
  }

  lemma SumsAgree(intervals: seq<Interval>)
    ensures SumLength(intervals) == Sum(intervals)
  {
    if |intervals| > 0 {
      assert intervals == Before(intervals) + [Last(intervals)];
      SumOfJoined(Before(intervals), [Last(intervals)]);
      assert Sum([Last(intervals)]) == Last(intervals).Length();
      SumsAgree(Before(intervals));
    }
  }

  // ---- Partial-only ----

  lemma InSpans(extent: Interval, spans: seq<Interval>, t: Instant)
    ensures In(t, Reports.Spans(extent, spans)) <==> Contains(extent, t) && In(t, spans)
  {
    var cut := Reports.Spans(extent, spans);
    if i :| 0 <= i < |cut| && Contains(cut[i], t) { assert Contains(spans[i], t); }
    if Contains(extent, t) {
      if i :| 0 <= i < |spans| && Contains(spans[i], t) { assert Contains(cut[i], t); }
    }
  }

  lemma InPartialSpans(extent: Interval, timelines: seq<HourTimeline>, i: nat, done: seq<Interval>, t: Instant)
    requires i <= |timelines|
    ensures In(t, Reports.PartialSpans(extent, timelines, i, done)) <==>
      In(t, done) || (Contains(extent, t) && exists j :: i <= j < |timelines| && In(t, timelines[j].PartialOnly))
    decreases |timelines| - i
  {
    if i < |timelines| {
      var spans := Reports.Spans(extent, timelines[i].PartialOnly);
      InSpans(extent, timelines[i].PartialOnly, t);
      InJoined(t, done, spans);
      InPartialSpans(extent, timelines, i + 1, done + spans, t);
    }
  }

  // LAW: the report's partial-only time is that of the extent: "covered by a suspect or partial best segment and by no
  // full one".
  lemma ReportPartialOnly(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report := ReportOf(settings, hours);
      Instants(report.PartialOnly) == PartialTime(Flat(hours), report.Extent)
  {
    hide OfHours, CarryAfter, Flat, Reports.StreamGaps, Reports.Extent, Reports.Reported, Reports.HourReportOf,
      OfIntervals, ExtentIn, Reports.Seams, Length, In, PartialOnly;
    var report, timelines := ReportOf(settings, hours), OfHours(settings.Tolerance, hours);
    var carry := Reports.LastCarry(timelines);
    LastCarryIs(settings.Tolerance, hours);
    var spans := Reports.PartialSpans(report.Extent, timelines, 0, []);
    var last := Intersect(report.Extent, Create(carry.Settled, carry.PartialEnd));
    forall t: Instant ensures In(t, report.PartialOnly) <==> Contains(report.Extent, t) && PartialOnly(Flat(hours), t) {
      PartialOnlyMeans(settings.Tolerance, hours, t);
      InPartialSpans(report.Extent, timelines, 0, [], t);
      assert !In(t, []) by { reveal In; }
      InWithOneMore(t, spans, last);
      OfIntervalsMeans(t, spans + [last]);
    }
  }

  // ---- Status ----

  ghost predicate HasHole(tolerance: Duration, segments: seq<Segment>, extent: Interval) {
    exists gap: Interval :: IsGap(segments, extent, gap) && gap.Length() > tolerance
  }

  ghost predicate HasPartialTime(best: seq<Segment>, extent: Interval) {
    exists t :: Contains(extent, t) && PartialOnly(best, t)
  }

  // LAW: "status, one word: empty (the extent is), else incomplete (a raw hole), else partial (no hole, but partial-only
  // time), else complete".
  lemma ReportStatus(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report, best := ReportOf(settings, hours), Flat(hours);
      report.Status ==
        if !StreamSpec.HasLength(best) then Reports.IsEmpty
        else if HasHole(settings.Tolerance, best, report.Extent) then Reports.Incomplete
        else if HasPartialTime(best, report.Extent) then Reports.IsPartial
        else Reports.Complete
  {
    var report, best := ReportOf(settings, hours), Flat(hours);
    StatusIs(settings, hours);
    ReportExtent(settings, hours);
    ExtentFacts(settings, hours);
    HasHoles(settings, hours);
    ReportPartialOnly(settings, hours);
    HasInstants(report.PartialOnly);
    hide OfHours, Flat, Reports.OfTimelines, World, ExtentIn, In, PartialOnly;
    assert HasPartialTime(best, report.Extent) <==> |report.PartialOnly| > 0 by {
      if t :| Contains(report.Extent, t) && PartialOnly(best, t) {
        assert t in PartialTime(best, report.Extent);
        assert t in Instants(report.PartialOnly);
      }
      if t :| In(t, report.PartialOnly) {
        assert t in Instants(report.PartialOnly);
        assert t in PartialTime(best, report.Extent);
      }
    }
  }

  lemma StatusIs(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report := ReportOf(settings, hours);
      report.Status ==
        if report.Extent.IsEmpty() then Reports.IsEmpty
        else if |report.Raw.Holes| > 0 then Reports.Incomplete
        else if |report.PartialOnly| > 0 then Reports.IsPartial
        else Reports.Complete
  {
    hide OfHours, Reports.StreamGaps, Reports.Extent, Reports.Reported, Reports.HourReportOf, World,
      OfIntervals, Reports.Seams, Length, Reports.PartialSpans;
  }

  lemma HasInstants(s: IntervalSet)
    ensures (exists t :: In(t, s)) <==> |s| > 0
  {
    if |s| > 0 {
      assert Contains(s[0], s[0].Start);
      assert In(s[0].Start, s);
    }
  }

  lemma HasHoles(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report := ReportOf(settings, hours);
      HasHole(settings.Tolerance, Flat(hours), report.Extent) <==> |report.Raw.Holes| > 0
  {
    hide OfHours, Flat, Reports.OfTimelines, World, IsGap;
    var report := ReportOf(settings, hours);
    ReportCoverage(settings, hours);
    if |report.Raw.Holes| > 0 { assert report.Raw.Holes[0] in report.Raw.Holes; }
  }

  // ---- Completeness ----

  // LAW: what Report.completeness calls missing is nothing for a complete stream and for no other that has an extent.
  lemma CompleteMeansNothingMissing(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours) && !ReportOf(settings, hours).Extent.IsEmpty()
    ensures
      var report := ReportOf(settings, hours);
      report.Status == Reports.Complete <==> report.Raw.HoleLength + Length(report.PartialOnly) == 0
  {
    hide OfHours, Reports.OfTimelines, World, Length;
    var report := ReportOf(settings, hours);
    StatusIs(settings, hours);
    ReportIs(settings, hours);
    LengthIsNotNegative(report.Raw.Holes);
    LengthIsNotNegative(report.PartialOnly);
  }

  // ---- The map ----

  // LAW: a cell of the stream's map is "none when any part of it is outside the extent or in a hole; else partial when
  // any part of it is partial-only; else full".
  lemma ReportMap(settings: Reports.Settings, hours: seq<HourSelection>, pixelSeconds: nat)
    requires World(settings, hours) && pixelSeconds > 0 && 3600 % pixelSeconds == 0
    ensures
      var report, best := ReportOf(settings, hours), Flat(hours);
      var drawn := Reports.Map(pixelSeconds, report);
      && (drawn == Nothing <==> report.Extent.IsEmpty())
      && (drawn.Some? ==>
          var (first, last, cells) := drawn.Value;
          forall i :: 0 <= i < |cells| ==>
            cells[i] == CellOf(settings.Tolerance, best, report.Extent, HourStart(first), pixelSeconds * Second, i))
  {
    hide OfHours, Reports.OfTimelines, World, Flat, MapLaws.InCell, Reports.Maps.Draw, PartialOnly;
    var report, best := ReportOf(settings, hours), Flat(hours);
    var drawn := Reports.Map(pixelSeconds, report);
    if drawn.Some? {
      var (first, last, cells) := drawn.Value;
      var origin, pixel := HourStart(first), pixelSeconds * Second;
      ReportCoverage(settings, hours);
      ReportPartialOnly(settings, hours);
      forall i | 0 <= i < |cells|
        ensures cells[i] == CellOf(settings.Tolerance, best, report.Extent, origin, pixel, i)
      {
        MapLaws.CellsMean(pixelSeconds, first, last, report.Extent, report.Raw.Holes, report.PartialOnly, i);
        CellMeans(settings.Tolerance, best, report, origin, pixel, i);
      }
    }
  }

  ghost predicate InHole(tolerance: Duration, segments: seq<Segment>, extent: Interval, t: Instant) {
    exists gap: Interval :: IsGap(segments, extent, gap) && gap.Length() > tolerance && Contains(gap, t)
  }

  ghost function CellOf(
    tolerance: Duration, best: seq<Segment>, extent: Interval, origin: Instant, pixel: Duration, i: int):
    Reports.Maps.Cell
  {
    if exists t :: MapLaws.InCell(origin, pixel, i, t) && (!Contains(extent, t) || InHole(tolerance, best, extent, t))
    then Reports.Maps.None
    else if exists t :: MapLaws.InCell(origin, pixel, i, t) && PartialOnly(best, t) then Reports.Maps.Partial
    else Reports.Maps.Full
  }

  lemma InHoles(tolerance: Duration, segments: seq<Segment>, extent: Interval, holes: IntervalSet, t: Instant)
    requires forall gap: Interval :: gap in holes <==> IsGap(segments, extent, gap) && gap.Length() > tolerance
    ensures In(t, holes) <==> InHole(tolerance, segments, extent, t)
  {
    hide IsGap;
    if i :| 0 <= i < |holes| && Contains(holes[i], t) { assert holes[i] in holes; }
    if gap: Interval :| IsGap(segments, extent, gap) && gap.Length() > tolerance && Contains(gap, t) {
      var i :| 0 <= i < |holes| && holes[i] == gap;
      assert Contains(holes[i], t);
    }
  }

  lemma CellMeans(
    tolerance: Duration, best: seq<Segment>, report: Reports.StreamReport, origin: Instant, pixel: Duration, i: int)
    requires StreamSays(tolerance, best, report.Extent, report.Raw)
    requires Instants(report.PartialOnly) == PartialTime(best, report.Extent)
    ensures CellOf(tolerance, best, report.Extent, origin, pixel, i) ==
      if MapLaws.IsNone(origin, pixel, i, report.Extent, report.Raw.Holes) then Reports.Maps.None
      else if MapLaws.IsPartial(origin, pixel, i, report.PartialOnly) then Reports.Maps.Partial
      else Reports.Maps.Full
  {
    hide MapLaws.InCell, PartialOnly, IsGap, In;
    forall t: Instant
      ensures In(t, report.Raw.Holes) <==> InHole(tolerance, best, report.Extent, t)
      ensures In(t, report.PartialOnly) <==> Contains(report.Extent, t) && PartialOnly(best, t)
    {
      InHoles(tolerance, best, report.Extent, report.Raw.Holes, t);
      assert t in Instants(report.PartialOnly) <==> t in PartialTime(best, report.Extent);
    }
    hide InHole;
  }
}
