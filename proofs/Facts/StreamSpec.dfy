include "Timeline.dfy"

// What the timeline must mean: section 3 of semantics.md, said of one stream's best segments in order of start, without
// hours and without the state that the program carries.
module StreamSpec {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Segments
  import opened Selections
  import opened Timelines

  // What is left without the last one. All recursions here take the last segment off, as the program adds it.
  function Before<T>(all: seq<T>): seq<T>
    requires |all| > 0
  {
    all[..|all| - 1]
  }

  function Last<T>(all: seq<T>): T
    requires |all| > 0
  {
    all[|all| - 1]
  }

  // Best segments: one for each start, in order. Their starts lie after BeforeAll, as all that a name can say do.
  predicate Ordered(best: seq<Segment>) {
    && (forall i :: 0 <= i < |best| ==> BeforeAll < best[i].Start && best[i].Duration >= 0)
    && (forall i, j :: 0 <= i < j < |best| ==> best[i].Start < best[j].Start)
  }

  // An hour's best segments start in the hour.
  predicate GoodHour(hour: HourSelection) {
    && Ordered(hour.Best)
    && (forall i :: 0 <= i < |hour.Best| ==> HourStart(hour.Hour) <= hour.Best[i].Start < HourFinish(hour.Hour))
  }

  predicate GoodHours(hours: seq<HourSelection>) {
    && (forall i :: 0 <= i < |hours| ==> GoodHour(hours[i]))
    && (forall i, j :: 0 <= i < j < |hours| ==> hours[i].Hour < hours[j].Hour)
  }

  // "Its best segments, in order of start, over all hours looked at".
  function Flat(hours: seq<HourSelection>): seq<Segment> {
    if |hours| == 0 then [] else Flat(Before(hours)) + Last(hours).Best
  }

  // "covered: the union of the best segments".
  predicate Covers(segment: Segment, t: Instant) { segment.Start <= t < segment.End() }

  ghost predicate Covered(best: seq<Segment>, t: Instant) {
    exists i :: 0 <= i < |best| && Covers(best[i], t)
  }

  // "partial-only: covered by a suspect or partial best segment and by no full one".
  ghost predicate PartialOnly(best: seq<Segment>, t: Instant) {
    && (exists i :: 0 <= i < |best| && best[i].Kind != Full && Covers(best[i], t))
    && !(exists i :: 0 <= i < |best| && best[i].Kind == Full && Covers(best[i], t))
  }

  // The furthest end, of them all.
  function FurthestEnd(best: seq<Segment>): Instant {
    if |best| == 0 then BeforeAll else Max(FurthestEnd(Before(best)), Last(best).End())
  }

  predicate HasLength(best: seq<Segment>) {
    exists i :: 0 <= i < |best| && best[i].Duration > 0
  }

  // "extent: [first start, furthest end) of the best segments; empty when there is none, or none with a length".
  function Extent(best: seq<Segment>): Interval {
    if HasLength(best) then Create(best[0].Start, FurthestEnd(best)) else Empty
  }

  // The running furthest end: "a segment of length zero covers nothing and splits no gap", so those are left out, but
  // for the first of all, where the extent begins.
  function Reached(segments: seq<Segment>): Instant {
    if |segments| == 0 then BeforeAll
    else if |segments| == 1 then segments[0].End()
    else if Last(segments).Duration > 0 then Max(Reached(Before(segments)), Last(segments).End())
    else Reached(Before(segments))
  }

  // The gap, if any, between what was reached and the next segment.
  function GapBefore(reached: Instant, next: Segment): seq<Interval> {
    if next.Duration > 0 && next.Start > reached then [Interval(reached, next.Start)] else []
  }

  // The gaps that end at a start, in order.
  function ClosedGaps(segments: seq<Segment>): seq<Interval> {
    if |segments| <= 1 then []
    else ClosedGaps(Before(segments)) + GapBefore(Reached(Before(segments)), Last(segments))
  }

  // And the last one, if any, up to an instant where the stream ends.
  function GapsTo(segments: seq<Segment>, finish: Instant): seq<Interval> {
    ClosedGaps(segments) + if Reached(segments) < finish then [Interval(Reached(segments), finish)] else []
  }

  // The gaps that some more segments end.
  function GapsClosedBy(before: seq<Segment>, more: seq<Segment>): seq<Interval> {
    if |more| == 0 then []
    else
      GapsClosedBy(before, Before(more)) +
      (if |before + more| == 1 then [] else GapBefore(Reached(before + Before(more)), Last(more)))
  }

  // "A gap longer than the tolerance is a hole; any other gap is a seam".
  function Holes(tolerance: Duration, gaps: seq<Interval>): seq<Interval> {
    if |gaps| == 0 then []
    else Holes(tolerance, Before(gaps)) + if IsHole(tolerance, Last(gaps)) then [Last(gaps)] else []
  }

  function Seams(tolerance: Duration, gaps: seq<Interval>): seq<Interval> {
    if |gaps| == 0 then []
    else Seams(tolerance, Before(gaps)) + if IsHole(tolerance, Last(gaps)) then [] else [Last(gaps)]
  }

  function SumLength(gaps: seq<Interval>): Duration {
    if |gaps| == 0 then 0 else SumLength(Before(gaps)) + Last(gaps).Length()
  }

  // "editable chain: Going through the best segments in order, the first is in the chain; each later one is in it when
  // start >= furthest end of the chain so far - tolerance, and is skipped otherwise, whatever its type".
  function Chain(tolerance: Duration, best: seq<Segment>): seq<Segment> {
    if |best| == 0 then []
    else
      var chain := Chain(tolerance, Before(best));
      if |chain| == 0 || Last(best).Start >= FurthestEnd(chain) - tolerance then chain + [Last(best)] else chain
  }

  // What some more segments add to the chain.
  function Links(tolerance: Duration, before: seq<Segment>, more: seq<Segment>): seq<Segment>
    ensures |Links(tolerance, before, more)| <= |more|
  {
    if |more| == 0 then []
    else
      var links := Links(tolerance, before, Before(more));
      var chain := Chain(tolerance, before) + links;
      if |chain| == 0 || Last(more).Start >= FurthestEnd(chain) - tolerance then links + [Last(more)] else links
  }

  // "overlaps: every best segment with start < E - tolerance, where E is the furthest end of the best segments before
  // it: 1, and min(E, its end) - start", counted under its own kind: of some more segments, after those before.
  function Overlaps(tolerance: Duration, before: seq<Segment>, more: seq<Segment>): ByKind {
    if |more| == 0 then None
    else
      var counted := Overlaps(tolerance, before, Before(more));
      var earlier := before + Before(more);
      var E := FurthestEnd(earlier);
      var next := Last(more);
      if |earlier| > 0 && next.Start < E - tolerance then counted.Add(next.Kind, Min(E, next.End()) - next.Start)
      else counted
  }

  // Of an hour's gaps, the one that began before the hour, or the empty interval.
  function InheritedOf(gaps: seq<Interval>, hourStart: Instant): Interval {
    if |gaps| > 0 && gaps[0].Start < hourStart then gaps[0] else Empty
  }

  // And the others.
  function OwnOf(gaps: seq<Interval>, hourStart: Instant): seq<Interval> {
    if |gaps| > 0 && gaps[0].Start < hourStart then gaps[1..] else gaps
  }
}
