include "IntervalSet.dfy"
include "Selection.dfy"

// Coverage.Core/Facts/Timeline.fs: covered, editable chain, holes and seams, partial-only, overlaps, hour by hour.
module Timelines {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Segments
  import opened Selections

  datatype Carry = Carry(Furthest: Instant, ChainEnd: Instant, Settled: Instant, PartialEnd: Instant)

  datatype HourGaps = HourGaps(Inherited: Interval, Holes: IntervalSet, SeamLength: Duration)

  datatype Option<T> = Nothing | Some(Value: T)

  datatype HourTimeline = HourTimeline(
    Hour: Hour, Segments: ByKind, Temp: nat, Bad: nat, Overlaps: ByKind, Starts: Option<(Instant, Instant)>,
    HasLength: bool, Raw: HourGaps, Editable: HourGaps, PartialOnly: IntervalSet, Carry: Carry)

  const Start := Carry(BeforeAll, BeforeAll, BeforeAll, BeforeAll)

  predicate IsHole(tolerance: Duration, gap: Interval) { gap.Length() > tolerance }

  // The class Gaps: what one hour collected so far.
  datatype Gathered = Gathered(Inherited: Interval, Holes: seq<Interval>, Seams: Duration) {
    function Add(tolerance: Duration, hourStart: Instant, gap: Interval): Gathered {
      if gap.Start < hourStart then this.(Inherited := gap)
      else if IsHole(tolerance, gap) then this.(Holes := Holes + [gap])
      else this.(Seams := Seams + gap.Length())
    }

    function Result(): HourGaps { HourGaps(Inherited, OfIntervals(Holes), Seams) }
  }

  // The mutable variables of step's loop. Its body is one block in F#; here it is Take: Overlap, Reach and Settle, in the
  // order of F#, because each minds variables of its own and has laws of its own.
  datatype Sweep = Sweep(
    Raw: Gathered, Editable: Gathered, PartialOnly: seq<Interval>, Overlaps: ByKind, HasLength: bool,
    Furthest: Instant, ChainEnd: Instant, Settled: Instant, PartialEnd: Instant)

  // What step's loop does to furthest, chainEnd and the gaps, for one best segment.
  function Reach(tolerance: Duration, hourStart: Instant, sweep: Sweep, segment: Segment): Sweep {
    if sweep.Furthest == BeforeAll then sweep.(Furthest := segment.End(), ChainEnd := segment.End())
    else if segment.Duration > 0 then
      var raw :=
        if segment.Start > sweep.Furthest then
          sweep.Raw.Add(tolerance, hourStart, Create(sweep.Furthest, segment.Start))
        else sweep.Raw;
      var reached := sweep.(Raw := raw, Furthest := Max(sweep.Furthest, segment.End()));
      if segment.Start >= sweep.ChainEnd - tolerance then
        var editable :=
          if segment.Start > sweep.ChainEnd then
            sweep.Editable.Add(tolerance, hourStart, Create(sweep.ChainEnd, segment.Start))
          else sweep.Editable;
        reached.(Editable := editable, ChainEnd := Max(sweep.ChainEnd, segment.End()))
      else reached
    else sweep
  }

  // What it does to overlaps.
  function Overlap(tolerance: Duration, sweep: Sweep, segment: Segment): Sweep {
    if segment.Start < sweep.Furthest - tolerance then
      var length := Min(sweep.Furthest, segment.End()) - segment.Start;
      sweep.(Overlaps := sweep.Overlaps.Add(segment.Kind, length))
    else sweep
  }

  // Tells the partial-only time before an instant.
  function Tell(sweep: Sweep, until: Instant): Sweep {
    var told := Create(sweep.Settled, Min(sweep.PartialEnd, until));
    var settled := Max(sweep.Settled, until);
    if !told.IsEmpty() then sweep.(PartialOnly := sweep.PartialOnly + [told], Settled := settled)
    else sweep.(Settled := settled)
  }

  // What it does to settled and partialEnd: every later segment starts later, so what is partial-only before this start
  // stays so.
  function Settle(sweep: Sweep, segment: Segment): Sweep {
    var told := Tell(sweep, segment.Start);
    if segment.Kind == Full then told.(Settled := Max(told.Settled, segment.End()))
    else told.(PartialEnd := Max(told.PartialEnd, segment.End()))
  }

  // The body of step's loop.
  function Take(tolerance: Duration, hourStart: Instant, sweep: Sweep, segment: Segment): Sweep {
    var taken := Settle(Reach(tolerance, hourStart, Overlap(tolerance, sweep, segment), segment), segment);
    taken.(HasLength := taken.HasLength || segment.Duration > 0)
  }

  function TakeAll(tolerance: Duration, hourStart: Instant, sweep: Sweep, best: seq<Segment>, i: nat): Sweep
    requires i <= |best|
    decreases |best| - i
  {
    if i == |best| then sweep
    else TakeAll(tolerance, hourStart, Take(tolerance, hourStart, sweep, best[i]), best, i + 1)
  }

  const Nought := Gathered(Empty, [], 0)

  function Begin(carry: Carry): Sweep {
    Sweep(Nought, Nought, [], None, false, carry.Furthest, carry.ChainEnd, carry.Settled, carry.PartialEnd)
  }

  function Step(tolerance: Duration, carry: Carry, hour: HourSelection): HourTimeline {
    var hourStart, hourEnd := HourStart(hour.Hour), HourFinish(hour.Hour);
    var taken := TakeAll(tolerance, hourStart, Begin(carry), hour.Best, 0);
    var swept := Tell(taken, hourEnd);
    HourTimeline(
      hour.Hour, hour.Segments, hour.Temp, hour.Bad, hour.NotBest.Plus(swept.Overlaps),
      if |hour.Best| == 0 then Nothing else Some((hour.Best[0].Start, hour.Best[|hour.Best| - 1].Start)),
      swept.HasLength, swept.Raw.Result(), swept.Editable.Result(), OfIntervals(swept.PartialOnly),
      // What no full segment can leave over is forgotten, so that equal prospects are equal values.
      Carry(swept.Furthest, swept.ChainEnd, swept.Settled, Max(swept.PartialEnd, swept.Settled)))
  }

  // The loop of ofHours, from a carried state on.
  function OfHoursFrom(
    tolerance: Duration, carry: Carry, hours: seq<HourSelection>, i: nat, done: seq<HourTimeline>): seq<HourTimeline>
    requires i <= |hours|
    decreases |hours| - i
  {
    if i == |hours| then done
    else
      var next := Step(tolerance, carry, hours[i]);
      OfHoursFrom(tolerance, next.Carry, hours, i + 1, done + [next])
  }

  function OfHours(tolerance: Duration, hours: seq<HourSelection>): seq<HourTimeline> {
    OfHoursFrom(tolerance, Start, hours, 0, [])
  }
}
