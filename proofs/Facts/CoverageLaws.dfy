include "ExtentLaws.dfy"
include "GapLaws.dfy"

// What a stream's and an hour's coverage say, of all best segments (raw) and of the chain (editable): "covered + holes +
// seams = extent" (section 3 of semantics.md), and the same of a window (section 4).
module CoverageLaws {
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
  import opened WindowLaws
  import opened ExtentLaws
  import opened GapLaws
  import Reports

  // ---- What is meant ----

  ghost function CoveredBy(segments: seq<Segment>): iset<Instant> {
    iset t: Instant | Covered(segments, t)
  }

  // "gaps: the maximal intervals of the extent that are not covered."
  ghost predicate IsGap(segments: seq<Segment>, extent: Interval, gap: Interval) {
    && !gap.IsEmpty()
    && (forall t :: Contains(gap, t) ==> IsMissing(segments, extent, t))
    && !IsMissing(segments, extent, gap.Start - 1)
    && !IsMissing(segments, extent, gap.End)
  }

  ghost predicate IsMissing(segments: seq<Segment>, extent: Interval, t: Instant) {
    Contains(extent, t) && !Covered(segments, t)
  }

  // "A gap longer than the tolerance is a hole; any other gap is a seam."
  ghost function SeamTime(tolerance: Duration, segments: seq<Segment>, extent: Interval): iset<Instant> {
    iset t: Instant | InSeam(tolerance, segments, extent, t)
  }

  ghost predicate InSeam(tolerance: Duration, segments: seq<Segment>, extent: Interval, t: Instant) {
    exists gap: Interval :: IsGap(segments, extent, gap) && gap.Length() <= tolerance && Contains(gap, t)
  }

  ghost predicate StreamSays(
    tolerance: Duration, segments: seq<Segment>, extent: Interval, coverage: Reports.StreamCoverage)
  {
    && (forall gap: Interval ::
        gap in coverage.Holes <==> IsGap(segments, extent, gap) && gap.Length() > tolerance)
    && coverage.Covered == Measure(extent, CoveredBy(segments))
    && coverage.HoleLength == Measure(extent, Instants(coverage.Holes))
    && coverage.SeamLength == Measure(extent, SeamTime(tolerance, segments, extent))
    && coverage.Covered + coverage.HoleLength + coverage.SeamLength == extent.Length()
  }

  // Given the stream's holes. CountIn counts those that have an instant in the window.
  ghost predicate HourSays(
    tolerance: Duration, segments: seq<Segment>, extent: Interval, holes: IntervalSet, window: Interval,
    coverage: Reports.HourCoverage)
  {
    && coverage.Covered == Measure(window, CoveredBy(segments))
    && coverage.Holes == CountIn(window, holes)
    && coverage.HoleLength == Measure(window, Instants(holes))
    && coverage.SeamLength == Measure(window, SeamTime(tolerance, segments, extent))
    && coverage.Covered + coverage.HoleLength + coverage.SeamLength == window.Length()
  }

  // ---- The gaps as a list ----

  // How segments stand to an extent, cut or not.
  ghost predicate Fits(segments: seq<Segment>, extent: Interval) {
    && Ordered(segments)
    && (!extent.IsEmpty() ==>
        |segments| > 0 && extent.Start == segments[0].Start && Last(segments).Start <= extent.End)
  }

  function GapsIn(segments: seq<Segment>, extent: Interval): seq<Interval> {
    if extent.IsEmpty() then [] else GapsTo(segments, extent.End)
  }

  lemma GapsInMean(segments: seq<Segment>, extent: Interval)
    requires Fits(segments, extent)
    ensures Canonical(GapsIn(segments, extent))
    ensures forall t :: In(t, GapsIn(segments, extent)) <==> IsMissing(segments, extent, t)
  {
    if !extent.IsEmpty() {
      GapsAreCanonical(segments, extent.End);
      forall t ensures In(t, GapsIn(segments, extent)) <==> IsMissing(segments, extent, t) {
        SweepLaws.GapsMean(segments, extent.End, t);
      }
    }
  }

  lemma GapsInLieWithin(segments: seq<Segment>, extent: Interval)
    requires Fits(segments, extent)
    ensures forall gap <- GapsIn(segments, extent) ::
      !gap.IsEmpty() && extent.Start <= gap.Start && gap.End <= extent.End
  {
    var gaps := GapsIn(segments, extent);
    GapsInMean(segments, extent);
    forall gap | gap in gaps ensures !gap.IsEmpty() && extent.Start <= gap.Start && gap.End <= extent.End {
      var i :| 0 <= i < |gaps| && gaps[i] == gap;
      assert Contains(gaps[i], gap.Start) && Contains(gaps[i], gap.End - 1);
      assert In(gap.Start, gaps) && In(gap.End - 1, gaps);
    }
  }

  // The list has all gaps and no others.
  lemma GapsInAreGaps(segments: seq<Segment>, extent: Interval, gap: Interval)
    requires Fits(segments, extent)
    ensures gap in GapsIn(segments, extent) <==> IsGap(segments, extent, gap)
  {
    var gaps := GapsIn(segments, extent);
    GapsInMean(segments, extent);
    if gap in gaps {
      var i :| 0 <= i < |gaps| && gaps[i] == gap;
      StandsAlone(gaps, i);
      forall t | Contains(gap, t) ensures IsMissing(segments, extent, t) {
        assert Contains(gaps[i], t);
        assert In(t, gaps);
      }
    }
    if IsGap(segments, extent, gap) {
      assert Contains(gap, gap.Start);
      assert In(gap.Start, gaps);
      var i :| 0 <= i < |gaps| && Contains(gaps[i], gap.Start);
      StandsAlone(gaps, i);
      SameInterval(gaps[i], gap, segments, extent, gaps, i);
    }
  }

  // Nothing adjoins an interval of a set.
  lemma StandsAlone(s: IntervalSet, i: nat)
    requires i < |s|
    ensures !In(s[i].Start - 1, s) && !In(s[i].End, s)
  {
    if k :| 0 <= k < |s| && Contains(s[k], s[i].Start - 1) { assert k < i || k == i || i < k; }
    if k :| 0 <= k < |s| && Contains(s[k], s[i].End) { assert k < i || k == i || i < k; }
  }

  lemma SameInterval(
    a: Interval, b: Interval, segments: seq<Segment>, extent: Interval, gaps: IntervalSet, i: nat)
    requires i < |gaps| && gaps[i] == a && IsGap(segments, extent, b) && Contains(a, b.Start)
    requires forall t :: In(t, gaps) <==> IsMissing(segments, extent, t)
    ensures a == b
  {
    StandsAlone(gaps, i);
    if a.Start < b.Start {
      assert Contains(gaps[i], b.Start - 1);
      assert In(b.Start - 1, gaps);
    }
    if b.Start < a.Start { assert Contains(b, a.Start - 1); }
    if a.End < b.End {
      assert Contains(b, a.End);
      assert In(a.End, gaps);
    }
    if b.End < a.End {
      assert Contains(gaps[i], b.End);
      assert In(b.End, gaps);
    }
  }

  // ---- Holes and seams of the list ----

  lemma HolesInAre(tolerance: Duration, segments: seq<Segment>, extent: Interval, gap: Interval)
    requires Fits(segments, extent)
    ensures gap in Holes(tolerance, GapsIn(segments, extent)) <==>
      IsGap(segments, extent, gap) && gap.Length() > tolerance
    ensures gap in Seams(tolerance, GapsIn(segments, extent)) <==>
      IsGap(segments, extent, gap) && gap.Length() <= tolerance
  {
    GapsInAreGaps(segments, extent, gap);
    HolesAreLonger(tolerance, GapsIn(segments, extent));
  }

  lemma SeamTimeIs(tolerance: Duration, segments: seq<Segment>, extent: Interval)
    requires Fits(segments, extent)
    ensures SeamTime(tolerance, segments, extent) == Instants(Seams(tolerance, GapsIn(segments, extent)))
  {
    var seams := Seams(tolerance, GapsIn(segments, extent));
    forall t: Instant ensures t in SeamTime(tolerance, segments, extent) <==> In(t, seams) {
      if gap: Interval :| IsGap(segments, extent, gap) && gap.Length() <= tolerance && Contains(gap, t) {
        HolesInAre(tolerance, segments, extent, gap);
        var i :| 0 <= i < |seams| && seams[i] == gap;
        assert Contains(seams[i], t);
      }
      if i :| 0 <= i < |seams| && Contains(seams[i], t) {
        HolesInAre(tolerance, segments, extent, seams[i]);
      }
    }
  }

  // "So, always: covered + holes + seams = extent", here in any part of it.
  lemma TileWindow(tolerance: Duration, segments: seq<Segment>, extent: Interval, window: Interval)
    requires Fits(segments, extent)
    requires forall t :: Contains(window, t) ==> Contains(extent, t)
    ensures
      var gaps := GapsIn(segments, extent);
      Measure(window, CoveredBy(segments)) + Measure(window, Instants(Holes(tolerance, gaps))) +
        Measure(window, Instants(Seams(tolerance, gaps))) == window.Length()
  {
    var gaps := GapsIn(segments, extent);
    var covered, holes, seams := CoveredBy(segments), Instants(Holes(tolerance, gaps)), Instants(Seams(tolerance, gaps));
    forall t | Contains(window, t)
      ensures t in covered + holes + seams
      ensures !(t in covered && t in holes) && !(t in covered + holes && t in seams)
    {
      CoveredHolesAndSeamsTile(tolerance, segments, extent.End, t);
    }
    MeasureAdds(window, covered, holes);
    MeasureAdds(window, covered + holes, seams);
    MeasureAll(window, covered + holes + seams);
  }

  // ---- The program's lists ----

  // What is looked at: all best segments, or those of the chain.
  function SegmentsOf(tolerance: Duration, hours: seq<HourSelection>, editable: bool): seq<Segment> {
    if editable then Chain(tolerance, Flat(hours)) else Flat(hours)
  }

  // The gaps of it that an hour's segments end.
  function PartOf(tolerance: Duration, before: seq<Segment>, hour: HourSelection, editable: bool): seq<Interval> {
    if editable then GapsClosedBy(Chain(tolerance, before), Links(tolerance, before, hour.Best))
    else GapsClosedBy(before, hour.Best)
  }

  function PartsOf(tolerance: Duration, hours: seq<HourSelection>, editable: bool): seq<seq<Interval>> {
    if |hours| == 0 then []
    else
      PartsOf(tolerance, Before(hours), editable) + [PartOf(tolerance, Flat(Before(hours)), Last(hours), editable)]
  }

  function NumbersOf(hours: seq<HourSelection>): seq<Hour> {
    seq(|hours|, i requires 0 <= i < |hours| => hours[i].Hour)
  }

  lemma PartsAre(tolerance: Duration, hours: seq<HourSelection>, editable: bool)
    ensures |PartsOf(tolerance, hours, editable)| == |hours|
    ensures forall i :: 0 <= i < |hours| ==>
      PartsOf(tolerance, hours, editable)[i] == PartOf(tolerance, Flat(hours[..i]), hours[i], editable)
  {
    hide PartOf, Flat;
    if |hours| > 0 {
      PartsAre(tolerance, Before(hours), editable);
      forall i | 0 <= i < |hours|
        ensures PartsOf(tolerance, hours, editable)[i] == PartOf(tolerance, Flat(hours[..i]), hours[i], editable)
      {
        if i < |hours| - 1 { assert Before(hours)[..i] == hours[..i]; }
      }
    }
  }

  lemma PartsAreAll(tolerance: Duration, hours: seq<HourSelection>, editable: bool)
    ensures GapLaws.All(PartsOf(tolerance, hours, editable)) == ClosedGaps(SegmentsOf(tolerance, hours, editable))
  {
    PartsAreByHour(tolerance, hours, editable);
    GapsByHourAreAll(hours);
    EditableGapsByHourAreAll(tolerance, hours);
  }

  lemma PartsAreByHour(tolerance: Duration, hours: seq<HourSelection>, editable: bool)
    ensures GapLaws.All(PartsOf(tolerance, hours, editable)) ==
      if editable then EditableGapsByHour(tolerance, hours) else GapsByHour(hours)
  {
    hide GapsClosedBy, Links, Chain, Flat;
    if |hours| > 0 {
      PartsAreByHour(tolerance, Before(hours), editable);
      assert Before(PartsOf(tolerance, hours, editable)) == PartsOf(tolerance, Before(hours), editable);
    }
  }

  lemma TimelinesHoldAll(tolerance: Duration, hours: seq<HourSelection>, editable: bool)
    requires tolerance >= 0 && GoodHours(hours)
    ensures HoldAll(tolerance, NumbersOf(hours), PartsOf(tolerance, hours, editable),
      Reports.Gaps(OfHours(tolerance, hours), editable))
  {
    hide HoldsGaps, OfHours, GapsClosedBy, Links, Chain, Flat, GoodHour, Overlaps;
    var parts, held := PartsOf(tolerance, hours, editable), Reports.Gaps(OfHours(tolerance, hours), editable);
    TimelinesTake(tolerance, hours);
    PartsAre(tolerance, hours, editable);
    forall i | 0 <= i < |hours| ensures HoldsGaps(tolerance, hours[i].Hour, parts[i], held[i]) {
      HourMeans(tolerance, hours, i);
    }
  }

  lemma SegmentsFit(settings: Reports.Settings, hours: seq<HourSelection>, editable: bool)
    requires World(settings, hours)
    ensures
      var segments := SegmentsOf(settings.Tolerance, hours, editable);
      && Fits(segments, ExtentIn(settings, Flat(hours)))
      && (ExtentIn(settings, Flat(hours)).IsEmpty() ==> !StreamSpec.HasLength(segments))
  {
    ExtentFacts(settings, hours);
    ChainIsOrdered(settings.Tolerance, Flat(hours));
    ChainPicksFrom(settings.Tolerance, Flat(hours));
    var segments := SegmentsOf(settings.Tolerance, hours, editable);
    if ExtentIn(settings, Flat(hours)).IsEmpty() && StreamSpec.HasLength(segments) {
      var i :| 0 <= i < |segments| && segments[i].Duration > 0;
      assert segments[i] in Flat(hours);
    }
  }

  // What the last hour carries of it.
  function FurthestOf(carry: Carry, editable: bool): Instant {
    if editable then carry.ChainEnd else carry.Furthest
  }

  lemma GapsAreGapsIn(settings: Reports.Settings, hours: seq<HourSelection>, editable: bool)
    requires World(settings, hours)
    ensures
      var tolerance, extent := settings.Tolerance, ExtentIn(settings, Flat(hours));
      var furthest := FurthestOf(CarryAfter(tolerance, hours), editable);
      AllGaps(PartsOf(tolerance, hours, editable), extent, furthest) ==
        GapsIn(SegmentsOf(tolerance, hours, editable), extent)
  {
    var segments := SegmentsOf(settings.Tolerance, hours, editable);
    SegmentsFit(settings, hours, editable);
    PartsAreAll(settings.Tolerance, hours, editable);
    CarryMeans(settings.Tolerance, hours);
    if ExtentIn(settings, Flat(hours)).IsEmpty() { NoGapsWithoutLength(segments); }
  }

  lemma NoGapsWithoutLength(segments: seq<Segment>)
    requires !StreamSpec.HasLength(segments)
    ensures ClosedGaps(segments) == []
  {
    if |segments| > 1 {
      assert forall i :: 0 <= i < |Before(segments)| ==> Before(segments)[i] == segments[i];
      NoGapsWithoutLength(Before(segments));
    }
  }

  // ---- The laws ----

  // The stream's holes and crossing seams, as the program puts them together.
  function HolesAndSeams(settings: Reports.Settings, hours: seq<HourSelection>, editable: bool):
    (IntervalSet, IntervalSet)
  {
    Reports.StreamGaps(settings, ExtentIn(settings, Flat(hours)),
      FurthestOf(CarryAfter(settings.Tolerance, hours), editable),
      Reports.Gaps(OfHours(settings.Tolerance, hours), editable))
  }

  lemma HolesAndSeamsMean(settings: Reports.Settings, hours: seq<HourSelection>, editable: bool)
    requires World(settings, hours)
    ensures
      var tolerance, extent := settings.Tolerance, ExtentIn(settings, Flat(hours));
      var parts, gaps := PartsOf(tolerance, hours, editable), GapsIn(SegmentsOf(tolerance, hours, editable), extent);
      var (holes, crossing) := HolesAndSeams(settings, hours, editable);
      && |parts| == |hours|
      && holes == Holes(tolerance, gaps)
      && (forall t :: In(t, crossing) ==> Contains(extent, t))
      && forall window :: Measure(window, Instants(Seams(tolerance, gaps))) ==
          SumIn(window, crossing) + SumIn(window, OwnOfAll(tolerance, NumbersOf(hours), parts))
  {
    hide HoldAll, OfHours, CarryAfter, Flat, PartsOf, OwnOfAll, SumIn, Holes, Seams, GoodHours, Reports.StreamGaps,
      AllGaps, GapsTo;
    var tolerance, extent := settings.Tolerance, ExtentIn(settings, Flat(hours));
    var segments, parts := SegmentsOf(tolerance, hours, editable), PartsOf(tolerance, hours, editable);
    var gaps := GapsIn(segments, extent);
    var held := Reports.Gaps(OfHours(tolerance, hours), editable);
    TimelinesHoldAll(tolerance, hours, editable);
    PartsAre(tolerance, hours, editable);
    GapsAreGapsIn(settings, hours, editable);
    SegmentsFit(settings, hours, editable);
    GapsInMean(segments, extent);
    StreamGapsMean(settings, extent, FurthestOf(CarryAfter(tolerance, hours), editable), NumbersOf(hours), parts, held);
    HolesAreCanonical(tolerance, gaps);
    CanonicalIsApart(Seams(tolerance, gaps));
    forall window ensures Measure(window, Instants(Seams(tolerance, gaps))) == SumIn(window, Seams(tolerance, gaps)) {
      SumMeasures(window, Seams(tolerance, gaps));
    }
  }

  lemma StreamCoverageMeans(settings: Reports.Settings, hours: seq<HourSelection>, editable: bool)
    requires World(settings, hours)
    ensures
      var tolerance, extent := settings.Tolerance, ExtentIn(settings, Flat(hours));
      var (holes, crossing) := HolesAndSeams(settings, hours, editable);
      var seams := Reports.Seams(Reports.Gaps(OfHours(tolerance, hours), editable), 0, 0);
      StreamSays(tolerance, SegmentsOf(tolerance, hours, editable), extent,
        Reports.StreamCoverageOf(extent, holes, crossing, seams))
  {
    hide HoldAll, OfHours, CarryAfter, Flat, PartsOf, OwnOfAll, SumIn, Holes, Seams, GoodHours, Reports.StreamGaps,
      AllGaps, GapsTo, GapLaws.All, Reports.Seams, Length;
    var tolerance, extent := settings.Tolerance, ExtentIn(settings, Flat(hours));
    var segments, parts := SegmentsOf(tolerance, hours, editable), PartsOf(tolerance, hours, editable);
    var gaps := GapsIn(segments, extent);
    var (holes, crossing) := HolesAndSeams(settings, hours, editable);
    HolesAndSeamsMean(settings, hours, editable);
    SegmentsFit(settings, hours, editable);
    GapsInMean(segments, extent);
    SeamTimeIs(tolerance, segments, extent);
    forall gap: Interval ensures gap in holes <==> IsGap(segments, extent, gap) && gap.Length() > tolerance {
      HolesInAre(tolerance, segments, extent, gap);
    }
    forall t | In(t, holes) ensures Contains(extent, t) { HoleOrSeam(tolerance, gaps, t); }
    LengthMeasures(extent, holes);
    LengthMeasures(extent, crossing);
    CanonicalIsApart(crossing);
    SumMeasures(extent, crossing);
    TimelinesHoldAll(tolerance, hours, editable);
    PartsLieWithin(settings, hours, editable);
    OwnSeamsOfStream(
      tolerance, NumbersOf(hours), parts, Reports.Gaps(OfHours(tolerance, hours), editable), extent);
    TileWindow(tolerance, segments, extent, extent);
  }

  lemma PartsLieWithin(settings: Reports.Settings, hours: seq<HourSelection>, editable: bool)
    requires World(settings, hours)
    ensures
      var extent := ExtentIn(settings, Flat(hours));
      forall gap <- GapLaws.All(PartsOf(settings.Tolerance, hours, editable)) ::
        !gap.IsEmpty() && extent.Start <= gap.Start && gap.End <= extent.End
  {
    GapsAreGapsIn(settings, hours, editable);
    SegmentsFit(settings, hours, editable);
    GapsInLieWithin(SegmentsOf(settings.Tolerance, hours, editable), ExtentIn(settings, Flat(hours)));
  }

  lemma HourCoverageMeans(settings: Reports.Settings, hours: seq<HourSelection>, editable: bool, hour: Hour)
    requires World(settings, hours)
    ensures
      var tolerance, extent := settings.Tolerance, ExtentIn(settings, Flat(hours));
      var (holes, crossing) := HolesAndSeams(settings, hours, editable);
      var held := Reports.Gaps(OfHours(tolerance, hours), editable);
      && |held| == |hours|
      && HourSays(tolerance, SegmentsOf(tolerance, hours, editable), extent, holes, WindowOf(extent, hour),
          Reports.HourCoverageOf(WindowOf(extent, hour), holes, crossing, SeamLengthIn(NumbersOf(hours), held, hour)))
  {
    hide HoldAll, OfHours, CarryAfter, Flat, PartsOf, OwnOfAll, SumIn, Holes, Seams, GoodHours, Reports.StreamGaps,
      AllGaps, GapsTo, GapLaws.All, Within, SeamLengthIn;
    var tolerance, extent := settings.Tolerance, ExtentIn(settings, Flat(hours));
    var segments, parts := SegmentsOf(tolerance, hours, editable), PartsOf(tolerance, hours, editable);
    var window := WindowOf(extent, hour);
    var (holes, crossing) := HolesAndSeams(settings, hours, editable);
    TimelinesTake(tolerance, hours);
    HolesAndSeamsMean(settings, hours, editable);
    SegmentsFit(settings, hours, editable);
    SeamTimeIs(tolerance, segments, extent);
    WithinMeans(window, holes);
    WithinMeasures(window, holes);
    WithinMeans(window, crossing);
    TimelinesHoldAll(tolerance, hours, editable);
    PartsLieWithin(settings, hours, editable);
    OwnSeamsOfHour(
      tolerance, NumbersOf(hours), parts, Reports.Gaps(OfHours(tolerance, hours), editable), extent, hour);
    forall t | Contains(window, t) ensures Contains(extent, t) { WindowsTile(extent, hour, t); }
    TileWindow(tolerance, segments, extent, window);
  }
}
