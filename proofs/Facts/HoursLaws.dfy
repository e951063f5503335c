include "ReportedLaws.dfy"
include "ReportLaws.dfy"

// The hours of a report (section 4 of semantics.md): what each says, and that together they say what the stream does.
module HoursLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Selections
  import opened Timelines
  import opened StreamSpec
  import opened SweepLaws
  import opened TimelineLaws
  import opened Measures
  import opened WindowLaws
  import opened ExtentLaws
  import opened GapLaws
  import opened CoverageLaws
  import opened ReportedLaws
  import opened ReportLaws
  import Reports

  // ---- Which hours ----

  predicate HasReport(reports: seq<Reports.HourReport>, hour: Hour) {
    exists k :: 0 <= k < |reports| && reports[k].Hour == hour
  }

  predicate IncreasingReports(reports: seq<Reports.HourReport>) {
    forall i, j :: 0 <= i < j < |reports| ==> reports[i].Hour < reports[j].Hour
  }

  // What the program makes its hour reports of.
  function RowOf(settings: Reports.Settings, hours: seq<HourSelection>): Row {
    Reports.Reported(ExtentIn(settings, Flat(hours)), OfHours(settings.Tolerance, hours))
  }

  function PartialSet(settings: Reports.Settings, hours: seq<HourSelection>): IntervalSet {
    ReportOf(settings, hours).PartialOnly
  }

  lemma HoursAre(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var reports, row := ReportOf(settings, hours).Hours, RowOf(settings, hours);
      var (rawHoles, rawCrossing) := HolesAndSeams(settings, hours, false);
      var (editableHoles, editableCrossing) := HolesAndSeams(settings, hours, true);
      && |reports| == |row|
      && forall k :: 0 <= k < |row| ==> reports[k] == Reports.HourReportOf(
          ExtentIn(settings, Flat(hours)), rawHoles, rawCrossing, editableHoles, editableCrossing,
          PartialSet(settings, hours), row[k])
  {
    hide OfHours, CarryAfter, Flat, Reports.StreamGaps, Reports.Extent, Reports.PartialSpans, Reports.Reported,
      Reports.HourReportOf, OfIntervals, World, ExtentIn, Reports.Seams, Length;
    ExtentMeans(settings, hours);
    LastCarryIs(settings.Tolerance, hours);
  }

  // LAW: in order, none twice; every hour that has a folder, and every hour that the extent reaches into, but for those
  // in a run of more than 744 consecutive hours of the extent that have neither a folder nor any coverage.
  lemma ReportHours(settings: Reports.Settings, hours: seq<HourSelection>)
    requires World(settings, hours)
    ensures
      var report := ReportOf(settings, hours);
      && IncreasingReports(report.Hours)
      && (forall hour :: HasReport(report.Hours, hour) <==> ToReport(hours, report.Extent, hour))
  {
    hide OfHours, Flat, World, ExtentIn, Reports.OfTimelines, Reports.Reported, ToReport;
    var reports, row := ReportOf(settings, hours).Hours, RowOf(settings, hours);
    ReportExtent(settings, hours);
    HoursAre(settings, hours);
    ReportedMeans(settings, hours);
    assert forall k :: 0 <= k < |row| ==> reports[k].Hour == row[k].0;
    forall hour ensures HasReport(reports, hour) <==> Has(row, hour) {
      if k :| 0 <= k < |reports| && reports[k].Hour == hour { assert row[k].0 == hour; }
      if k :| 0 <= k < |row| && row[k].0 == hour { assert reports[k].Hour == hour; }
    }
  }

  // ---- What an hour's report says ----

  ghost predicate ReportMeans(
    settings: Reports.Settings, hours: seq<HourSelection>, report: Reports.StreamReport, hour: Reports.HourReport)
  {
    var tolerance, best := settings.Tolerance, Flat(hours);
    && hour.Window == WindowOf(report.Extent, hour.Hour)
    && HourSays(tolerance, best, report.Extent, report.Raw.Holes, hour.Window, hour.Raw)
    && HourSays(tolerance, Chain(tolerance, best), report.Extent, report.Editable.Holes, hour.Window, hour.Editable)
    && hour.PartialOnly == Measure(hour.Window, PartialTime(best, report.Extent))
  }

  // "Segment counts and durations, bad names and overlaps go to the hour in whose folder the segment lies"; without a
  // folder there are none.
  ghost predicate CountsMean(tolerance: Duration, hours: seq<HourSelection>, hour: Reports.HourReport) {
    && (forall i :: 0 <= i < |hours| && hours[i].Hour == hour.Hour ==> CountsOf(tolerance, hours, i, hour))
    && (!HasFolder(hours, hour.Hour) ==>
        hour.Segments == None && hour.Temp == 0 && hour.Bad == 0 && hour.Overlaps == None)
  }

  ghost predicate CountsOf(tolerance: Duration, hours: seq<HourSelection>, i: nat, hour: Reports.HourReport)
    requires i < |hours|
  {
    && hour.Segments == hours[i].Segments && hour.Temp == hours[i].Temp && hour.Bad == hours[i].Bad
    && hour.Overlaps == hours[i].NotBest.Plus(Overlaps(tolerance, Flat(hours[..i]), hours[i].Best))
  }

  // LAW: coverage, holes and seams are the stream's, cut to the window.
  lemma HourReportMeans(settings: Reports.Settings, hours: seq<HourSelection>, k: nat)
    requires World(settings, hours) && k < |ReportOf(settings, hours).Hours|
    ensures ReportMeans(settings, hours, ReportOf(settings, hours), ReportOf(settings, hours).Hours[k])
  {
    hide OfHours, Flat, World, ExtentIn, Reports.OfTimelines, Reports.Reported, Chain, HourSays, Within,
      HolesAndSeams, Reports.HourCoverageOf, WindowOf;
    var report, row := ReportOf(settings, hours), RowOf(settings, hours);
    var hour := report.Hours[k];
    ReportIs(settings, hours);
    HoursAre(settings, hours);
    SeamLengths(settings, hours, k);
    HourCoverageMeans(settings, hours, false, hour.Hour);
    HourCoverageMeans(settings, hours, true, hour.Hour);
    ReportPartialOnly(settings, hours);
    WithinMeasures(WindowOf(report.Extent, hour.Hour), report.PartialOnly);
    assert WindowOf(report.Extent, hour.Hour) == Intersect(report.Extent, OfHour(hour.Hour)) by { reveal WindowOf; }
  }

  function SeamLengthOf(timeline: Option<HourTimeline>, editable: bool): Duration {
    match timeline
    case Some(t) => if editable then t.Editable.SeamLength else t.Raw.SeamLength
    case Nothing => 0
  }

  lemma SeamLengths(settings: Reports.Settings, hours: seq<HourSelection>, k: nat)
    requires World(settings, hours) && k < |RowOf(settings, hours)|
    ensures |OfHours(settings.Tolerance, hours)| == |hours|
    ensures
      var timelines, row := OfHours(settings.Tolerance, hours), RowOf(settings, hours);
      forall editable :: SeamLengthOf(row[k].1, editable) ==
        SeamLengthIn(NumbersOf(hours), Reports.Gaps(timelines, editable), row[k].0)
  {
    hide OfHours, Flat, ExtentIn, Reports.Reported, ToReport;
    var timelines, row := OfHours(settings.Tolerance, hours), RowOf(settings, hours);
    ReportedMeans(settings, hours);
    assert IsFor(hours, timelines, row[k]);
    forall editable
      ensures SeamLengthOf(row[k].1, editable) ==
        SeamLengthIn(NumbersOf(hours), Reports.Gaps(timelines, editable), row[k].0)
    {
      var held := Reports.Gaps(timelines, editable);
      if row[k].1.Some? {
        var i :| 0 <= i < |hours| && hours[i].Hour == row[k].0 && timelines[i] == row[k].1.Value;
        SeamLengthInOne(NumbersOf(hours), held, i);
      } else {
        SeamLengthInNone(NumbersOf(hours), held, row[k].0);
      }
    }
  }

  // LAW: and counts are those of the hour's folder.
  lemma HourCountsMean(settings: Reports.Settings, hours: seq<HourSelection>, k: nat)
    requires World(settings, hours) && k < |ReportOf(settings, hours).Hours|
    ensures CountsMean(settings.Tolerance, hours, ReportOf(settings, hours).Hours[k])
  {
    hide OfHours, Flat, ExtentIn, Reports.OfTimelines, Reports.Reported, ToReport, HolesAndSeams,
      Reports.HourCoverageOf, Within, GoodHour, Overlaps, HoldsGaps;
    var timelines, row, hour :=
      OfHours(settings.Tolerance, hours), RowOf(settings, hours), ReportOf(settings, hours).Hours[k];
    HoursAre(settings, hours);
    ReportedMeans(settings, hours);
    assert IsFor(hours, timelines, row[k]);
    forall i | 0 <= i < |hours| && hours[i].Hour == hour.Hour
      ensures CountsOf(settings.Tolerance, hours, i, hour)
    {
      TimelineCounts(settings.Tolerance, hours, i);
      assert HasFolder(hours, row[k].0);
      var j :| 0 <= j < |hours| && hours[j].Hour == row[k].0 && timelines[j] == row[k].1.Value;
      assert i == j;
    }
  }

  lemma TimelineCounts(tolerance: Duration, hours: seq<HourSelection>, i: nat)
    requires tolerance >= 0 && GoodHours(hours) && i < |hours|
    ensures |OfHours(tolerance, hours)| == |hours|
    ensures
      var timeline := OfHours(tolerance, hours)[i];
      && timeline.Segments == hours[i].Segments && timeline.Temp == hours[i].Temp && timeline.Bad == hours[i].Bad
      && timeline.Overlaps == hours[i].NotBest.Plus(Overlaps(tolerance, Flat(hours[..i]), hours[i].Best))
  {
    hide OfHours, Flat, HoldsGaps, Overlaps, GoodHour;
    HourMeans(tolerance, hours, i);
    OfHoursSteps(tolerance, hours);
  }
}
