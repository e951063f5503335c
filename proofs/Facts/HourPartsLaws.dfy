include "HourSumsLaws.dfy"

// How the reported hours' windows stand to the extent and to its holes (section 4 of semantics.md): "A hole over three
// hours is one hole of the stream and one in each of the three."
module HourPartsLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Selections
  import opened Timelines
  import opened StreamSpec
  import opened ChainLaws
  import opened Measures
  import opened WindowLaws
  import opened ExtentLaws
  import opened CoverageLaws
  import opened ReportedLaws
  import opened ReportLaws
  import opened HoursLaws
  import opened HourSumsLaws
  import Reports

  // ---- Windows ----

  lemma ReportWindow(settings: Reports.Settings, hours: seq<HourSelection>, k: nat)
    requires World(settings, hours) && k < |ReportOf(settings, hours).Hours|
    ensures
      var report := ReportOf(settings, hours);
      report.Hours[k].Window == WindowOf(report.Extent, report.Hours[k].Hour)
  {
    hide Reports.OfTimelines, OfHours, World, Flat, HourSays, WindowOf;
    HourReportMeans(settings, hours, k);
  }

  // LAW: the windows tile the extent: no instant outside it lies in any, none lies in two, and one in it lies in the
  // window of its hour, if that is reported.
  lemma ReportWindowsTile(settings: Reports.Settings, hours: seq<HourSelection>, t: Instant)
    requires World(settings, hours)
    ensures
      var report := ReportOf(settings, hours);
      && (forall k :: 0 <= k < |report.Hours| ==>
          (Contains(report.Hours[k].Window, t) <==> Contains(report.Extent, t) && report.Hours[k].Hour == HourOf(t)))
      && (forall i, j :: 0 <= i < j < |report.Hours| ==>
          !(Contains(report.Hours[i].Window, t) && Contains(report.Hours[j].Window, t)))
      && ((exists k :: 0 <= k < |report.Hours| && Contains(report.Hours[k].Window, t)) <==>
          Contains(report.Extent, t) && t !in Unreported(hours, report.Extent))
  {
    hide Reports.OfTimelines, OfHours, World, Flat, InLongRun, WindowOf;
    var report := ReportOf(settings, hours);
    forall k | 0 <= k < |report.Hours|
      ensures Contains(report.Hours[k].Window, t) <==> Contains(report.Extent, t) && report.Hours[k].Hour == HourOf(t)
    {
      ReportWindow(settings, hours, k);
      WindowsTile(report.Extent, report.Hours[k].Hour, t);
    }
    ReportHours(settings, hours);
    if Contains(report.Extent, t) {
      UnreportedMeans(settings, hours, t);
      if k :| 0 <= k < |report.Hours| && report.Hours[k].Hour == HourOf(t) {
        assert Contains(report.Hours[k].Window, t);
      }
    }
  }

  // ---- Holes ----

  // The lengths of what a hole has in the reported windows.
  function PartLengths(hole: Interval, reports: seq<Reports.HourReport>): Duration {
    if |reports| == 0 then 0
    else PartLengths(hole, Before(reports)) + Intersect(Last(reports).Window, hole).Length()
  }

  lemma PartsAddUp(extent: Interval, hole: Interval, reports: seq<Reports.HourReport>)
    requires extent.Start <= hole.Start && hole.End <= extent.End
    requires forall k :: 0 <= k < |reports| ==> reports[k].Window == WindowOf(extent, reports[k].Hour)
    ensures PartLengths(hole, reports) == SumOverHours(hole, HoursOf(reports), InstantsOf(hole))
  {
    if |reports| > 0 {
      var last := Last(reports);
      PartsAddUp(extent, hole, Before(reports));
      PartInWindow(extent, last.Hour, hole);
      MeasureAll(WindowOf(hole, last.Hour), InstantsOf(hole));
      assert HoursOf(reports)[..|reports| - 1] == HoursOf(Before(reports));
    }
  }

  // LAW: the hour parts of a hole, raw or editable, glue back to the hole: what an hour's window has of it is its part in
  // the hour; the first part begins where the hole does, the last one ends where it does, each other one where the next
  // begins (PartsGlue); and their lengths add up to the hole's, but for what is not reported.
  lemma HolePartsGlue(settings: Reports.Settings, hours: seq<HourSelection>, hole: Interval)
    requires World(settings, hours)
    requires
      var report := ReportOf(settings, hours);
      hole in report.Raw.Holes || hole in report.Editable.Holes
    ensures
      var report := ReportOf(settings, hours);
      var first, last := HourOf(hole.Start), HourOf(hole.End - 1);
      && !hole.IsEmpty()
      && (forall k :: 0 <= k < |report.Hours| ==>
          Intersect(report.Hours[k].Window, hole) == WindowOf(hole, report.Hours[k].Hour))
      && (forall hour :: first <= hour <= last ==>
          !WindowOf(hole, hour).IsEmpty() &&
          (HasReport(report.Hours, hour) <==> !InLongRun(hours, report.Extent, hour)))
      && WindowOf(hole, first).Start == hole.Start
      && (forall hour :: first <= hour < last ==> WindowOf(hole, hour).End == WindowOf(hole, hour + 1).Start)
      && WindowOf(hole, last).End == hole.End
      && PartLengths(hole, report.Hours) == hole.Length() - Measure(hole, Unreported(hours, report.Extent))
  {
    hide Reports.OfTimelines, OfHours, World, Flat, InLongRun, WindowOf, HourOf, Measure;
    var report := ReportOf(settings, hours);
    HoleLiesWithin(settings, hours, hole);
    forall k | 0 <= k < |report.Hours|
      ensures report.Hours[k].Window == WindowOf(report.Extent, report.Hours[k].Hour)
      ensures Intersect(report.Hours[k].Window, hole) == WindowOf(hole, report.Hours[k].Hour)
    {
      ReportWindow(settings, hours, k);
      PartInWindow(report.Extent, report.Hours[k].Hour, hole);
    }
    var first, last := HourOf(hole.Start), HourOf(hole.End - 1);
    PartsGlue(hole, first);
    PartsGlue(hole, last);
    forall hour | first <= hour < last ensures WindowOf(hole, hour).End == WindowOf(hole, hour + 1).Start {
      PartsGlue(hole, hour);
    }
    forall hour | first <= hour <= last
      ensures !WindowOf(hole, hour).IsEmpty()
      ensures HasReport(report.Hours, hour) <==> !InLongRun(hours, report.Extent, hour)
    {
      PartsGlue(hole, hour);
      var t := WindowOf(hole, hour).Start;
      WindowsTile(hole, hour, t);
      UnreportedMeans(settings, hours, t);
    }
    PartsAddUp(report.Extent, hole, report.Hours);
    ReportedParts(settings, hours, hole);
  }

  lemma HoleLiesWithin(settings: Reports.Settings, hours: seq<HourSelection>, hole: Interval)
    requires World(settings, hours)
    requires
      var report := ReportOf(settings, hours);
      hole in report.Raw.Holes || hole in report.Editable.Holes
    ensures
      var extent := ReportOf(settings, hours).Extent;
      && !hole.IsEmpty() && extent.Start <= hole.Start && hole.End <= extent.End
      && forall t :: Contains(hole, t) ==> Contains(extent, t)
  {
    hide Reports.OfTimelines, OfHours, World, Flat, Covered;
    ReportCoverage(settings, hours);
    assert Contains(hole, hole.Start) && Contains(hole, hole.End - 1);
  }

  lemma ReportedParts(settings: Reports.Settings, hours: seq<HourSelection>, hole: Interval)
    requires World(settings, hours)
    requires forall t :: Contains(hole, t) ==> Contains(ReportOf(settings, hours).Extent, t)
    ensures
      var report := ReportOf(settings, hours);
      SumOverHours(hole, HoursOf(report.Hours), InstantsOf(hole)) ==
        hole.Length() - Measure(hole, Unreported(hours, report.Extent))
  {
    hide Reports.OfTimelines, OfHours, World, Flat, InLongRun, Measure;
    var report := ReportOf(settings, hours);
    var reported, unreported := InHours(HoursOf(report.Hours)), Unreported(hours, report.Extent);
    ReportHours(settings, hours);
    HoursAddUp(hole, HoursOf(report.Hours), InstantsOf(hole));
    forall t | Contains(hole, t) ensures t in reported <==> t !in unreported {
      UnreportedMeans(settings, hours, t);
      HasReportMeans(report.Hours, HourOf(t));
    }
    MeasureAdds(hole, InstantsOf(hole) * reported, unreported);
    MeasureAll(hole, (InstantsOf(hole) * reported) + unreported);
  }

  lemma HasReportMeans(reports: seq<Reports.HourReport>, hour: Hour)
    ensures HasReport(reports, hour) <==> hour in HoursOf(reports)
  {
    if k :| 0 <= k < |reports| && reports[k].Hour == hour { assert HoursOf(reports)[k] == hour; }
    if hour in HoursOf(reports) {
      var k :| 0 <= k < |HoursOf(reports)| && HoursOf(reports)[k] == hour;
      assert reports[k].Hour == hour;
    }
  }

  // ---- Single hours ----

  lemma NoHoleNoLength(window: Interval, holes: seq<Interval>)
    requires CountIn(window, holes) == 0
    ensures SumIn(window, holes) == 0
  {
    if |holes| > 0 { NoHoleNoLength(window, holes[1..]); }
  }

  // LAW: "In an inner hour without holes coverage and seams add up to exactly 3600 s", raw and editable.
  lemma InnerHoursAddUp(settings: Reports.Settings, hours: seq<HourSelection>, k: nat)
    requires World(settings, hours) && k < |ReportOf(settings, hours).Hours|
    requires
      var extent, hour := ReportOf(settings, hours).Extent, ReportOf(settings, hours).Hours[k];
      extent.Start <= HourStart(hour.Hour) && HourFinish(hour.Hour) <= extent.End
    ensures
      var hour := ReportOf(settings, hours).Hours[k];
      && (hour.Raw.Holes == 0 ==> hour.Raw.Covered + hour.Raw.SeamLength == 3600 * Second)
      && (hour.Editable.Holes == 0 ==> hour.Editable.Covered + hour.Editable.SeamLength == 3600 * Second)
  {
    hide Reports.OfTimelines, OfHours, World, Flat, Measure, CountIn, SumIn;
    var report, hour := ReportOf(settings, hours), ReportOf(settings, hours).Hours[k];
    HourReportMeans(settings, hours, k);
    InnerHour(report.Extent, hour.Hour);
    CountAndLength(hour.Window, report.Raw.Holes);
    CountAndLength(hour.Window, report.Editable.Holes);
  }

  lemma CountAndLength(window: Interval, holes: IntervalSet)
    ensures CountIn(window, holes) == 0 ==> Measure(window, Instants(holes)) == 0
  {
    CanonicalIsApart(holes);
    Measures.SumMeasures(window, holes);
    if CountIn(window, holes) == 0 { NoHoleNoLength(window, holes); }
  }

  // LAW: an hour's editable coverage lies within its raw coverage.
  lemma HourEditableLiesWithinRaw(settings: Reports.Settings, hours: seq<HourSelection>, k: nat)
    requires World(settings, hours) && k < |ReportOf(settings, hours).Hours|
    ensures
      var hour := ReportOf(settings, hours).Hours[k];
      hour.Editable.Covered <= hour.Raw.Covered
  {
    hide Reports.OfTimelines, OfHours, World, Flat, Measure, CoveredBy, Chain;
    HourReportMeans(settings, hours, k);
    ChainCoversNoMore(settings.Tolerance, Flat(hours));
    MeasureFewer(ReportOf(settings, hours).Hours[k].Window, CoveredBy(Chain(settings.Tolerance, Flat(hours))),
      CoveredBy(Flat(hours)));
  }

  // LAW: the hour of a folder outside the extent has an empty window, no coverage and no holes.
  lemma OutsideIsEmpty(settings: Reports.Settings, hours: seq<HourSelection>, k: nat)
    requires World(settings, hours) && k < |ReportOf(settings, hours).Hours|
    requires ReportOf(settings, hours).Hours[k].Window.IsEmpty()
    ensures
      var hour := ReportOf(settings, hours).Hours[k];
      && HasFolder(hours, hour.Hour)
      && hour.Raw == Reports.HourCoverage(0, 0, 0, 0) && hour.Editable == Reports.HourCoverage(0, 0, 0, 0)
      && hour.PartialOnly == 0
  {
    hide Reports.OfTimelines, OfHours, World, Flat, CountIn, Measure, Instants, CoveredBy, SeamTime, PartialTime, Chain,
      ToReport;
    var report, hour := ReportOf(settings, hours), ReportOf(settings, hours).Hours[k];
    HourReportMeans(settings, hours, k);
    assert HasFolder(hours, hour.Hour) by {
      ReportHours(settings, hours);
      assert HasReport(report.Hours, hour.Hour);
      reveal ToReport;
    }
    var window := hour.Window;
    assert window == Empty;
    NothingInEmpty(report.Raw.Holes);
    NothingInEmpty(report.Editable.Holes);
    forall s: iset<Instant> ensures Measure(window, s) == 0 { MeasureNone(window, s); }
  }

  lemma NothingInEmpty(holes: seq<Interval>)
    ensures CountIn(Empty, holes) == 0
  {
    NothingIn(Empty, holes);
  }
}
