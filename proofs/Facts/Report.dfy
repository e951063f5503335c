include "Timeline.dfy"
include "Map.dfy"

// Coverage.Core/Facts/Report.fs: a stream's report, put together from its hours.
module Reports {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Segments
  import opened Selections
  import opened Timelines
  import Maps

  datatype Settings = Settings(Tolerance: Duration, FirstHour: Option<Hour>, LastHour: Option<Hour>)

  datatype Status = IsEmpty | Incomplete | IsPartial | Complete

  datatype StreamCoverage = StreamCoverage(
    Covered: Duration, Holes: IntervalSet, HoleLength: Duration, SeamLength: Duration)

  datatype HourCoverage = HourCoverage(Covered: Duration, Holes: nat, HoleLength: Duration, SeamLength: Duration)

  datatype HourReport = HourReport(
    Hour: Hour, Window: Interval, Segments: ByKind, Temp: nat, Bad: nat, Overlaps: ByKind,
    Raw: HourCoverage, Editable: HourCoverage, PartialOnly: Duration)

  datatype StreamReport = StreamReport(
    Settings: Settings, Extent: Interval, Status: Status, Raw: StreamCoverage, Editable: StreamCoverage,
    PartialOnly: IntervalSet, Hours: seq<HourReport>)

  const LongestRun := 744

  predicate IsIn(settings: Settings, hour: Hour) {
    && (settings.FirstHour.Some? ==> hour >= settings.FirstHour.Value)
    && (settings.LastHour.Some? ==> hour <= settings.LastHour.Value)
  }

  predicate HasLength(hours: seq<HourTimeline>) { exists hour <- hours :: hour.HasLength }

  // The first start of a best segment, from the i-th hour on.
  function FirstStart(hours: seq<HourTimeline>, i: nat): Option<Instant>
    requires i <= |hours|
    decreases |hours| - i
  {
    if i == |hours| then Nothing
    else if hours[i].Starts.Some? then Some(hours[i].Starts.Value.0)
    else FirstStart(hours, i + 1)
  }

  // The last start of a best segment in the first n hours.
  function LastStart(hours: seq<HourTimeline>, n: nat): Option<Instant>
    requires n <= |hours|
  {
    if n == 0 then Nothing
    else if hours[n - 1].Starts.Some? then Some(hours[n - 1].Starts.Value.1)
    else LastStart(hours, n - 1)
  }

  // An hour with a length has starts, which F# takes for granted: an extent of hours that have none is empty here.
  function Extent(settings: Settings, hours: seq<HourTimeline>): Interval {
    if HasLength(hours) && FirstStart(hours, 0).Some? && LastStart(hours, |hours|).Some? then
      var first := FirstStart(hours, 0).Value;
      var last := LastStart(hours, |hours|).Value;
      var furthest := Max(last, hours[|hours| - 1].Carry.Furthest);
      if settings.LastHour.Some? then Create(first, Min(furthest, HourFinish(settings.LastHour.Value)))
      else Create(first, furthest)
    else Empty
  }

  // The two lists of the function gaps: holes, and seams that cross an hour's edge.
  datatype Classed = Classed(Holes: seq<Interval>, CrossingSeams: seq<Interval>) {
    function Classify(tolerance: Duration, crossing: Interval): Classed {
      if IsHole(tolerance, crossing) then this.(Holes := Holes + [crossing])
      else this.(CrossingSeams := CrossingSeams + [crossing])
    }
  }

  function ClassifyAll(tolerance: Duration, hours: seq<HourGaps>, i: nat, classed: Classed): Classed
    requires i <= |hours|
    decreases |hours| - i
  {
    if i == |hours| then classed
    else
      var inherited := classed.Classify(tolerance, hours[i].Inherited);
      ClassifyAll(tolerance, hours, i + 1, inherited.(Holes := inherited.Holes + hours[i].Holes))
  }

  // The stream's holes, and its seams that cross an hour's edge; with the gap, if any, from the furthest end to the
  // extent's.
  function StreamGaps(
    settings: Settings, extent: Interval, furthest: Instant, hours: seq<HourGaps>): (IntervalSet, IntervalSet)
  {
    var inner := ClassifyAll(settings.Tolerance, hours, 0, Classed([], []));
    var all :=
      if !extent.IsEmpty() then inner.Classify(settings.Tolerance, Create(furthest, extent.End)) else inner;
    (OfIntervals(all.Holes), OfIntervals(all.CrossingSeams))
  }

  // Hours from one to another, the other left out.
  function Lost(from: Hour, to: Hour): seq<(Hour, Option<HourTimeline>)> {
    if to <= from then [] else seq(to - from, i => (from + i, Nothing))
  }

  // What is reported from one hour's folder up to the next: the hour itself, and the hours up to the next folder, or to
  // the extent's end: first those that segments reach into, then the rest.
  function ReportedOf(lastInExtent: Hour, hours: seq<HourTimeline>, i: nat): seq<(Hour, Option<HourTimeline>)>
    requires i < |hours|
  {
    var hour := hours[i];
    var next := NextOf(lastInExtent, hours, i);
    var uncovered := UncoveredOf(hour);
    [(hour.Hour, Some(hour))] +
    if hour.Carry.Furthest > BeforeAll then
      Lost(hour.Hour + 1, Min(next, uncovered)) + if next - uncovered <= LongestRun then Lost(uncovered, next) else []
    else []
  }

  function NextOf(lastInExtent: Hour, hours: seq<HourTimeline>, i: nat): Hour
    requires i < |hours|
  {
    if i + 1 < |hours| then Min(hours[i + 1].Hour, lastInExtent + 1) else lastInExtent + 1
  }

  function UncoveredOf(hour: HourTimeline): Hour {
    Max(hour.Hour + 1, HourOf(hour.Carry.Furthest - 1) + 1)
  }

  function ReportedFrom(
    lastInExtent: Hour, hours: seq<HourTimeline>, i: nat, done: seq<(Hour, Option<HourTimeline>)>):
    seq<(Hour, Option<HourTimeline>)>
    requires i <= |hours|
    decreases |hours| - i
  {
    if i == |hours| then done
    else ReportedFrom(lastInExtent, hours, i + 1, done + ReportedOf(lastInExtent, hours, i))
  }

  function LastInExtent(extent: Interval): Hour {
    // Of the empty extent, [0, 0), it is -1 either way: F# has no case for it.
    if extent.IsEmpty() then -1 else HourOf(extent.End - 1)
  }

  function Reported(extent: Interval, hours: seq<HourTimeline>): seq<(Hour, Option<HourTimeline>)> {
    ReportedFrom(LastInExtent(extent), hours, 0, [])
  }

  function HourCoverageOf(window: Interval, holes: IntervalSet, crossing: IntervalSet, inner: Duration): HourCoverage {
    var (count, holeLength) := Within(window, holes);
    var (_, crossingLength) := Within(window, crossing);
    var seamLength := inner + crossingLength;
    HourCoverage(window.Length() - holeLength - seamLength, count, holeLength, seamLength)
  }

  function StreamCoverageOf(extent: Interval, holes: IntervalSet, crossing: IntervalSet, inner: Duration): StreamCoverage {
    var seamLength := inner + Length(crossing);
    StreamCoverage(extent.Length() - Length(holes) - seamLength, holes, Length(holes), seamLength)
  }

  function Gaps(hours: seq<HourTimeline>, editable: bool): seq<HourGaps> {
    seq(|hours|, i requires 0 <= i < |hours| => if editable then hours[i].Editable else hours[i].Raw)
  }

  function Seams(gaps: seq<HourGaps>, i: nat, sum: Duration): Duration
    requires i <= |gaps|
    decreases |gaps| - i
  {
    if i == |gaps| then sum else Seams(gaps, i + 1, sum + gaps[i].SeamLength)
  }

  function Spans(extent: Interval, spans: seq<Interval>): seq<Interval> {
    seq(|spans|, i requires 0 <= i < |spans| => Intersect(extent, spans[i]))
  }

  function PartialSpans(extent: Interval, hours: seq<HourTimeline>, i: nat, done: seq<Interval>): seq<Interval>
    requires i <= |hours|
    decreases |hours| - i
  {
    if i == |hours| then done
    else PartialSpans(extent, hours, i + 1, done + Spans(extent, hours[i].PartialOnly))
  }

  function LastCarry(hours: seq<HourTimeline>): Carry {
    if |hours| == 0 then Start else hours[|hours| - 1].Carry
  }

  function HourReportOf(
    extent: Interval, rawHoles: IntervalSet, rawCrossing: IntervalSet, editableHoles: IntervalSet,
    editableCrossing: IntervalSet, partialOnly: IntervalSet, hour: (Hour, Option<HourTimeline>)): HourReport
  {
    var window := Intersect(extent, OfHour(hour.0));
    var (_, partialLength) := Within(window, partialOnly);
    match hour.1
    case Some(t) =>
      HourReport(hour.0, window, t.Segments, t.Temp, t.Bad, t.Overlaps,
        HourCoverageOf(window, rawHoles, rawCrossing, t.Raw.SeamLength),
        HourCoverageOf(window, editableHoles, editableCrossing, t.Editable.SeamLength), partialLength)
    // An hour that was lost whole has the counts of an empty folder.
    case Nothing =>
      HourReport(hour.0, window, Segments.None, 0, 0, Segments.None,
        HourCoverageOf(window, rawHoles, rawCrossing, 0),
        HourCoverageOf(window, editableHoles, editableCrossing, 0), partialLength)
  }

  function OfTimelines(settings: Settings, hours: seq<HourTimeline>): StreamReport {
    var extent := Extent(settings, hours);
    var carry := LastCarry(hours);
    var raw, editable := Gaps(hours, false), Gaps(hours, true);
    var (rawHoles, rawCrossing) := StreamGaps(settings, extent, carry.Furthest, raw);
    var (editableHoles, editableCrossing) := StreamGaps(settings, extent, carry.ChainEnd, editable);
    var partialOnly := OfIntervals(
      PartialSpans(extent, hours, 0, []) + [Intersect(extent, Create(carry.Settled, carry.PartialEnd))]);
    var reported := Reported(extent, hours);
    StreamReport(
      settings, extent,
      if extent.IsEmpty() then IsEmpty
      else if |rawHoles| > 0 then Incomplete
      else if |partialOnly| > 0 then IsPartial
      else Complete,
      StreamCoverageOf(extent, rawHoles, rawCrossing, Seams(raw, 0, 0)),
      StreamCoverageOf(extent, editableHoles, editableCrossing, Seams(editable, 0, 0)),
      partialOnly,
      seq(|reported|, i requires 0 <= i < |reported| =>
        HourReportOf(extent, rawHoles, rawCrossing, editableHoles, editableCrossing, partialOnly, reported[i])))
  }

  function Chosen(settings: Settings, folders: seq<HourFolder>, i: nat, done: seq<HourSelection>): seq<HourSelection>
    requires i <= |folders|
    decreases |folders| - i
  {
    if i == |folders| then done
    else if IsIn(settings, folders[i].Hour) then Chosen(settings, folders, i + 1, done + [OfFolder(folders[i])])
    else Chosen(settings, folders, i + 1, done)
  }

  // A report from hour folders in order, one for each hour; that F# also takes them in any order, and several of one
  // hour as one, is sorting and joining before this.
  function OfFolders(settings: Settings, folders: seq<HourFolder>): StreamReport {
    OfTimelines(settings, OfHours(settings.Tolerance, Chosen(settings, folders, 0, [])))
  }

  // The cells of the map with its first and last hour; nothing for an empty extent.
  function Map(pixelSeconds: nat, report: StreamReport): Option<(Hour, Hour, seq<Maps.Cell>)>
    requires pixelSeconds > 0 && 3600 % pixelSeconds == 0
  {
    if report.Extent.IsEmpty() then Nothing
    else
      var first :=
        if report.Settings.FirstHour.Some? then report.Settings.FirstHour.Value else HourOf(report.Extent.Start);
      var last :=
        if report.Settings.LastHour.Some? then report.Settings.LastHour.Value else HourOf(report.Extent.End - 1);
      Some((first, last,
        Maps.Draw(pixelSeconds, first, last, report.Extent, report.Raw.Holes, report.PartialOnly)))
  }
}
