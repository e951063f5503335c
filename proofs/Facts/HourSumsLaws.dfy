include "HoursLaws.dfy"

// What the hours of a report are together (section 4 of semantics.md): "Hour sums of seconds therefore add up to the
// stream's", but for "a run of more than 744 consecutive hours [...]: it stands in the stream's holes, and its share is
// missing from the hour sums of holes."
module HourSumsLaws {
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
  import opened Measures
  import opened WindowLaws
  import opened ExtentLaws
  import opened CoverageLaws
  import opened ReportedLaws
  import opened ReportLaws
  import opened HoursLaws
  import Reports

  // "Then at most 86400 s": a tolerance is read like a DURATION. What follows wants it to be less than the shortest run
  // that is left out.
  const LongestTolerance: Duration := 86400 * Second

  predicate GoodWorld(settings: Reports.Settings, hours: seq<HourSelection>) {
    World(settings, hours) && settings.Tolerance <= LongestTolerance
  }

  // The time of the extent in hours that are not reported.
  ghost function Unreported(hours: seq<HourSelection>, extent: Interval): iset<Instant> {
    iset t: Instant | Contains(extent, t) && InLongRun(hours, extent, HourOf(t))
  }

  // ---- Sums ----

  ghost function SumOver(reports: seq<Reports.HourReport>, what: Reports.HourReport -> Duration): Duration {
    if |reports| == 0 then 0 else SumOver(Before(reports), what) + what(Last(reports))
  }

  function HoursOf(reports: seq<Reports.HourReport>): seq<Hour> {
    seq(|reports|, i requires 0 <= i < |reports| => reports[i].Hour)
  }

  // When each hour's number is what a set has in its window, the sum is what it has in all of these hours.
  lemma SumMeasures(
    extent: Interval, reports: seq<Reports.HourReport>, what: Reports.HourReport -> Duration, s: iset<Instant>)
    requires forall k :: 0 <= k < |reports| ==> what(reports[k]) == Measure(WindowOf(extent, reports[k].Hour), s)
    ensures SumOver(reports, what) == SumOverHours(extent, HoursOf(reports), s)
  {
    if |reports| > 0 {
      SumMeasures(extent, Before(reports), what, s);
      assert HoursOf(reports)[..|reports| - 1] == HoursOf(Before(reports));
    }
  }

  // So it is what the set has in the extent, but for the hours that are not reported.
  lemma SumOfReported(
    settings: Reports.Settings, hours: seq<HourSelection>, what: Reports.HourReport -> Duration, s: iset<Instant>)
    requires World(settings, hours)
    requires
      var report := ReportOf(settings, hours);
      forall k :: 0 <= k < |report.Hours| ==>
        what(report.Hours[k]) == Measure(WindowOf(report.Extent, report.Hours[k].Hour), s)
    ensures
      var report := ReportOf(settings, hours);
      SumOver(report.Hours, what) == Measure(report.Extent, s - Unreported(hours, report.Extent))
  {
    hide Reports.OfTimelines, OfHours, World, Flat, InLongRun;
    var report := ReportOf(settings, hours);
    var extent, reported := report.Extent, HoursOf(report.Hours);
    SumMeasures(extent, report.Hours, what, s);
    ReportHours(settings, hours);
    HoursAddUp(extent, reported, s);
    forall t | Contains(extent, t) ensures t in InHours(reported) <==> t !in Unreported(hours, extent) {
      UnreportedMeans(settings, hours, t);
      if HasReport(report.Hours, HourOf(t)) {
        var k :| 0 <= k < |report.Hours| && report.Hours[k].Hour == HourOf(t);
        assert reported[k] == HourOf(t);
      }
      if HourOf(t) in reported {
        var k :| 0 <= k < |reported| && reported[k] == HourOf(t);
        assert report.Hours[k].Hour == HourOf(t);
      }
    }
    MeasureSame(extent, s * InHours(reported), s - Unreported(hours, extent));
  }

  // An hour of the extent is reported unless it lies in a long run, and no hour of a long run is.
  lemma UnreportedMeans(settings: Reports.Settings, hours: seq<HourSelection>, t: Instant)
    requires World(settings, hours)
    requires Contains(ReportOf(settings, hours).Extent, t)
    ensures
      var report := ReportOf(settings, hours);
      HasReport(report.Hours, HourOf(t)) <==> !InLongRun(hours, report.Extent, HourOf(t))
  {
    hide Reports.OfTimelines, OfHours, World, Flat;
    var report := ReportOf(settings, hours);
    ReportHours(settings, hours);
    WindowsTile(report.Extent, HourOf(t), t);
    if from, to :| IsLongRun(hours, report.Extent, from, to, HourOf(t)) {
      assert Bare(hours, report.Extent, HourOf(t));
    }
  }

  // ---- What is not reported is in a hole ----

  lemma UnreportedIsMissing(
    settings: Reports.Settings, hours: seq<HourSelection>, from: Hour, to: Hour, hour: Hour, t: Instant)
    requires World(settings, hours)
    requires
      var extent := ExtentIn(settings, Flat(hours));
      IsLongRun(hours, extent, from, to, hour) && Contains(extent, t) && from <= HourOf(t) < to
    ensures !Covered(Flat(hours), t)
  {
    var extent := ExtentIn(settings, Flat(hours));
    WindowsTile(extent, HourOf(t), t);
    assert Bare(hours, extent, HourOf(t));
  }

  // From the first instant of the run to the first of its last hour all is in the extent.
  lemma RunLiesInExtent(
    settings: Reports.Settings, hours: seq<HourSelection>, from: Hour, to: Hour, hour: Hour)
    requires World(settings, hours)
    requires IsLongRun(hours, ExtentIn(settings, Flat(hours)), from, to, hour)
    ensures
      var extent := ExtentIn(settings, Flat(hours));
      extent.Start <= HourStart(from) && HourStart(to - 1) < extent.End
  {
    var extent := ExtentIn(settings, Flat(hours));
    assert Bare(hours, extent, from) && Bare(hours, extent, to - 1);
    var first := FirstFolder(settings, hours);
    PartsGlue(extent, from);
    PartsGlue(extent, to - 1);
    assert HasFolder(hours, HourOf(extent.Start));
    assert HourOf(extent.Start) < from;
  }

  // A stretch of a set lies in one interval of it.
  lemma InOneInterval(s: IntervalSet, i: nat, from: Instant, finish: Instant, t: Instant)
    requires i < |s| && Contains(s[i], t) && from <= t < finish
    requires forall x :: from <= x < finish ==> In(x, s)
    ensures s[i].Start <= from && finish <= s[i].End
  {
    StandsAlone(s, i);
    if from < s[i].Start { assert In(s[i].Start - 1, s); }
    if s[i].End < finish { assert In(s[i].End, s); }
  }

  lemma UnreportedIsInHole(settings: Reports.Settings, hours: seq<HourSelection>, editable: bool, t: Instant)
    requires GoodWorld(settings, hours)
    requires t in Unreported(hours, ExtentIn(settings, Flat(hours)))
    ensures
      var tolerance, extent := settings.Tolerance, ExtentIn(settings, Flat(hours));
      InHole(tolerance, SegmentsOf(tolerance, hours, editable), extent, t)
  {
    var tolerance, extent := settings.Tolerance, ExtentIn(settings, Flat(hours));
    var segments := SegmentsOf(tolerance, hours, editable);
    var gaps := GapsIn(segments, extent);
    var from, to :| IsLongRun(hours, extent, from, to, HourOf(t));
    RunLiesInExtent(settings, hours, from, to, HourOf(t));
    SegmentsFit(settings, hours, editable);
    GapsInMean(segments, extent);
    var start, finish := HourStart(from), Min(HourFinish(to - 1), extent.End);
    forall x | start <= x < finish ensures In(x, gaps) {
      assert from <= HourOf(x) < to;
      UnreportedIsMissing(settings, hours, from, to, HourOf(t), x);
      if Covered(segments, x) && editable { ChainLiesWithin(tolerance, Flat(hours), x); }
    }
    assert start <= t < finish;
    assert In(t, gaps);
    var i :| 0 <= i < |gaps| && Contains(gaps[i], t);
    InOneInterval(gaps, i, start, finish, t);
    GapsInAreGaps(segments, extent, gaps[i]);
    assert gaps[i].Length() >= finish - start > Reports.LongestRun * HourLength - HourLength;
  }

  // ---- The sums ----

  function RawCovered(hour: Reports.HourReport): Duration { hour.Raw.Covered }
  function RawHoles(hour: Reports.HourReport): Duration { hour.Raw.HoleLength }
  function RawSeams(hour: Reports.HourReport): Duration { hour.Raw.SeamLength }
  function EditableCovered(hour: Reports.HourReport): Duration { hour.Editable.Covered }
  function EditableHoles(hour: Reports.HourReport): Duration { hour.Editable.HoleLength }
  function EditableSeams(hour: Reports.HourReport): Duration { hour.Editable.SeamLength }
  function PartialOnlyIn(hour: Reports.HourReport): Duration { hour.PartialOnly }

  // LAW: the hours' covered time, seams and partial-only time add up to the stream's; their holes do with the time of
  // the hours that are not reported.
  lemma HourSums(settings: Reports.Settings, hours: seq<HourSelection>)
    requires GoodWorld(settings, hours)
    ensures
      var report := ReportOf(settings, hours);
      var unreported := Measure(report.Extent, Unreported(hours, report.Extent));
      && SumOver(report.Hours, RawCovered) == report.Raw.Covered
      && SumOver(report.Hours, RawSeams) == report.Raw.SeamLength
      && SumOver(report.Hours, RawHoles) == report.Raw.HoleLength - unreported
      && SumOver(report.Hours, EditableCovered) == report.Editable.Covered
      && SumOver(report.Hours, EditableSeams) == report.Editable.SeamLength
      && SumOver(report.Hours, EditableHoles) == report.Editable.HoleLength - unreported
      && SumOver(report.Hours, PartialOnlyIn) == Length(report.PartialOnly)
  {
    hide Reports.OfTimelines, OfHours, World, Flat, Unreported, Measure, Instants, CoveredBy, SeamTime, Chain, Length,
      PartialTime, SumOver;
    var report, tolerance, best := ReportOf(settings, hours), settings.Tolerance, Flat(hours);
    var extent, chain := report.Extent, Chain(tolerance, best);
    ReportCoverage(settings, hours);
    ReportPartialOnly(settings, hours);
    PartialOnlyLength(settings, hours);
    forall k | 0 <= k < |report.Hours| ensures ReportMeans(settings, hours, report, report.Hours[k]) {
      HourReportMeans(settings, hours, k);
    }
    SumOfReported(settings, hours, RawCovered, CoveredBy(best));
    SumOfReported(settings, hours, EditableCovered, CoveredBy(chain));
    SumOfReported(settings, hours, RawSeams, SeamTime(tolerance, best, extent));
    SumOfReported(settings, hours, EditableSeams, SeamTime(tolerance, chain, extent));
    SumOfReported(settings, hours, RawHoles, Instants(report.Raw.Holes));
    SumOfReported(settings, hours, EditableHoles, Instants(report.Editable.Holes));
    SumOfReported(settings, hours, PartialOnlyIn, PartialTime(best, extent));
    UnreportedIsApart(settings, hours, false, report.Raw.Holes);
    UnreportedIsApart(settings, hours, true, report.Editable.Holes);
    WithoutUnreported(settings, hours);
  }

  lemma PartialOnlyLength(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report := ReportOf(settings, hours);
      Length(report.PartialOnly) == Measure(report.Extent, PartialTime(Flat(hours), report.Extent))
  {
    hide Reports.OfTimelines, OfHours, World, Flat, PartialOnly;
    var report := ReportOf(settings, hours);
    ReportPartialOnly(settings, hours);
    forall t | In(t, report.PartialOnly) ensures Contains(report.Extent, t) {
      assert t in Instants(report.PartialOnly);
      assert t in PartialTime(Flat(hours), report.Extent);
    }
    LengthMeasures(report.Extent, report.PartialOnly);
  }

  // What is not reported takes nothing from covered time and seams, and all it has from holes.
  lemma UnreportedIsApart(
    settings: Reports.Settings, hours: seq<HourSelection>, editable: bool, holes: IntervalSet)
    requires GoodWorld(settings, hours)
    requires
      var report, segments := ReportOf(settings, hours), SegmentsOf(settings.Tolerance, hours, editable);
      forall gap: Interval ::
        gap in holes <==> IsGap(segments, report.Extent, gap) && gap.Length() > settings.Tolerance
    ensures
      var report, segments := ReportOf(settings, hours), SegmentsOf(settings.Tolerance, hours, editable);
      var extent := report.Extent;
      var unreported := Unreported(hours, extent);
      && Measure(extent, CoveredBy(segments) - unreported) == Measure(extent, CoveredBy(segments))
      && Measure(extent, SeamTime(settings.Tolerance, segments, extent) - unreported) ==
          Measure(extent, SeamTime(settings.Tolerance, segments, extent))
      && Measure(extent, Instants(holes) - unreported) == Measure(extent, Instants(holes)) - Measure(extent, unreported)
  {
    hide Reports.OfTimelines, OfHours, GoodWorld, Flat, Unreported, Measure, SegmentsOf, IsGap, InSeam, InHole, In,
      Covered;
    var tolerance, extent := settings.Tolerance, ReportOf(settings, hours).Extent;
    var segments, unreported := SegmentsOf(tolerance, hours, editable), Unreported(hours, extent);
    assert extent == ExtentIn(settings, Flat(hours)) && Fits(segments, extent) by {
      reveal GoodWorld;
      ReportExtent(settings, hours);
      SegmentsFit(settings, hours, editable);
    }
    forall t: Instant | t in unreported
      ensures t !in CoveredBy(segments) && t !in SeamTime(tolerance, segments, extent) && t in Instants(holes)
    {
      UnreportedIsInHole(settings, hours, editable, t);
      HoleIsNoSeam(tolerance, segments, extent, t);
      InHoles(tolerance, segments, extent, holes, t);
    }
    MeasureSame(extent, CoveredBy(segments) - unreported, CoveredBy(segments));
    MeasureSame(extent, SeamTime(tolerance, segments, extent) - unreported, SeamTime(tolerance, segments, extent));
    MeasureAdds(extent, Instants(holes) - unreported, unreported);
    MeasureSame(extent, (Instants(holes) - unreported) + unreported, Instants(holes));
  }

  lemma HoleIsNoSeam(tolerance: Duration, segments: seq<Segment>, extent: Interval, t: Instant)
    requires Fits(segments, extent) && InHole(tolerance, segments, extent, t)
    ensures !Covered(segments, t) && !InSeam(tolerance, segments, extent, t)
  {
    var hole: Interval :| IsGap(segments, extent, hole) && hole.Length() > tolerance && Contains(hole, t);
    assert IsMissing(segments, extent, t);
    if seam: Interval :| IsGap(segments, extent, seam) && seam.Length() <= tolerance && Contains(seam, t) {
      OneGap(segments, extent, hole, seam, t);
    }
  }

  // Two gaps with a common instant are one.
  lemma OneGap(segments: seq<Segment>, extent: Interval, a: Interval, b: Interval, t: Instant)
    requires IsGap(segments, extent, a) && IsGap(segments, extent, b) && Contains(a, t) && Contains(b, t)
    ensures a == b
  {
    if a.Start < b.Start { assert Contains(a, b.Start - 1); }
    if b.Start < a.Start { assert Contains(b, a.Start - 1); }
    if a.End < b.End { assert Contains(b, a.End); }
    if b.End < a.End { assert Contains(a, b.End); }
  }

  // Partial-only time is covered, so none of it is unreported.
  lemma WithoutUnreported(settings: Reports.Settings, hours: seq<HourSelection>)
    requires GoodWorld(settings, hours)
    ensures
      var extent := ReportOf(settings, hours).Extent;
      var partial := PartialTime(Flat(hours), extent);
      Measure(extent, partial - Unreported(hours, extent)) == Measure(extent, partial)
  {
    hide Reports.OfTimelines, OfHours, Measure, Flat, InLongRun;
    var best, extent := Flat(hours), ReportOf(settings, hours).Extent;
    var partial := PartialTime(best, extent);
    ReportExtent(settings, hours);
    forall t | t in Unreported(hours, extent) ensures t !in partial {
      reveal InLongRun;
      var from, to :| IsLongRun(hours, extent, from, to, HourOf(t));
      UnreportedIsMissing(settings, hours, from, to, HourOf(t), t);
      if PartialOnly(best, t) { assert Covered(best, t); }
    }
    MeasureSame(extent, partial - Unreported(hours, extent), partial);
  }
}
