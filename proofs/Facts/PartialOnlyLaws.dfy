include "StreamSpec.dfy"
include "IntervalSetLaws.dfy"

// "partial-only: covered by a suspect or partial best segment and by no full one" (semantics.md section 3), as the
// hours tell of it: settled and partialEnd are all that has to be known of the segments so far.
module PartialOnlyLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Selections
  import opened Timelines
  import opened StreamSpec

  ghost predicate FullCovered(best: seq<Segment>, t: Instant) {
    exists i :: 0 <= i < |best| && best[i].Kind == Full && Covers(best[i], t)
  }

  ghost predicate PartialCovered(best: seq<Segment>, t: Instant) {
    exists i :: 0 <= i < |best| && best[i].Kind != Full && Covers(best[i], t)
  }

  lemma CoveredByKind(best: seq<Segment>, next: Segment, t: Instant)
    ensures FullCovered(best + [next], t) <==> FullCovered(best, t) || (next.Kind == Full && Covers(next, t))
    ensures PartialCovered(best + [next], t) <==> PartialCovered(best, t) || (next.Kind != Full && Covers(next, t))
    ensures forall s :: PartialOnly(s, t) <==> PartialCovered(s, t) && !FullCovered(s, t)
  {
    var all := best + [next];
    assert all[|best|] == next;
    assert forall i :: 0 <= i < |best| ==> all[i] == best[i];
  }

  // What is kept true of one instant, from one segment to the next: it is partial-only when it was told of, or lies
  // where it is yet to be told of. Nothing told of lies at or after `from`, where the next segment may start; from
  // there to settled a full one covers, and none covers from settled on.
  ghost predicate Kept(
    best: seq<Segment>, t: Instant, from: Instant, told: bool, settled: Instant, partialEnd: Instant)
  {
    && (PartialOnly(best, t) <==> told || settled <= t < partialEnd)
    && (told ==> t < from)
    && from <= settled
    && (from <= t < settled ==> FullCovered(best, t))
    && (FullCovered(best, t) ==> t < settled)
  }

  // Telling moves what is yet to be told to what is told.
  lemma TellKeeps(best: seq<Segment>, t: Instant, from: Instant, before: bool, sweep: Sweep, until: Instant)
    requires Kept(best, t, from, before || In(t, sweep.PartialOnly), sweep.Settled, sweep.PartialEnd)
    ensures
      var told := Tell(sweep, until);
      Kept(best, t, Max(from, until), before || In(t, told.PartialOnly), told.Settled, told.PartialEnd)
  {
    var told := Create(sweep.Settled, Min(sweep.PartialEnd, until));
    InWithOneMore(t, sweep.PartialOnly, told);
  }

  lemma SettleKeeps(best: seq<Segment>, t: Instant, from: Instant, before: bool, sweep: Sweep, next: Segment)
    requires Kept(best, t, from, before || In(t, sweep.PartialOnly), sweep.Settled, sweep.PartialEnd)
    requires from <= next.Start && next.Duration >= 0
    ensures
      var settled := Settle(sweep, next);
      Kept(best + [next], t, next.Start, before || In(t, settled.PartialOnly), settled.Settled, settled.PartialEnd)
  {
    TellKeeps(best, t, from, before, sweep, next.Start);
    CoveredByKind(best, next, t);
  }

  lemma TakeKeeps(
    tolerance: Duration, hourStart: Instant, best: seq<Segment>, t: Instant, from: Instant, before: bool, sweep: Sweep,
    next: Segment)
    requires Kept(best, t, from, before || In(t, sweep.PartialOnly), sweep.Settled, sweep.PartialEnd)
    requires from <= next.Start && next.Duration >= 0
    ensures
      var taken := Take(tolerance, hourStart, sweep, next);
      Kept(best + [next], t, next.Start, before || In(t, taken.PartialOnly), taken.Settled, taken.PartialEnd)
  {
    SettleKeeps(best, t, from, before, Reach(tolerance, hourStart, Overlap(tolerance, sweep, next), next), next);
  }

  lemma TakeAllKeeps(
    tolerance: Duration, hourStart: Instant, earlier: seq<Segment>, best: seq<Segment>, i: nat, t: Instant,
    from: Instant, before: bool, sweep: Sweep)
    requires i <= |best| && Ordered(best)
    requires Kept(earlier + best[..i], t, from, before || In(t, sweep.PartialOnly), sweep.Settled, sweep.PartialEnd)
    requires i < |best| ==> from <= best[i].Start
    ensures
      var taken := TakeAll(tolerance, hourStart, sweep, best, i);
      var last := if i < |best| then Last(best).Start else from;
      Kept(earlier + best, t, last, before || In(t, taken.PartialOnly), taken.Settled, taken.PartialEnd)
    decreases |best| - i
  {
    if i == |best| {
      assert best[..i] == best;
    } else {
      TakeKeeps(tolerance, hourStart, earlier + best[..i], t, from, before, sweep, best[i]);
      assert earlier + best[..i] + [best[i]] == earlier + best[..i + 1];
      TakeAllKeeps(tolerance, hourStart, earlier, best, i + 1, t, best[i].Start, before,
        Take(tolerance, hourStart, sweep, best[i]));
    }
  }

  // One hour.
  lemma StepKeeps(
    tolerance: Duration, earlier: seq<Segment>, carry: Carry, hour: HourSelection, t: Instant, from: Instant,
    before: bool)
    requires GoodHour(hour) && (|hour.Best| > 0 ==> from <= hour.Best[0].Start)
    requires Kept(earlier, t, from, before, carry.Settled, carry.PartialEnd)
    ensures
      var timeline := Step(tolerance, carry, hour);
      Kept(earlier + hour.Best, t, Max(from, HourFinish(hour.Hour)), before || In(t, timeline.PartialOnly),
        timeline.Carry.Settled, timeline.Carry.PartialEnd)
  {
    var hourStart, hourEnd := HourStart(hour.Hour), HourFinish(hour.Hour);
    assert earlier + hour.Best[..0] == earlier;
    var taken := TakeAll(tolerance, hourStart, Begin(carry), hour.Best, 0);
    TakeAllKeeps(tolerance, hourStart, earlier, hour.Best, 0, t, from, before, Begin(carry));
    var last := if |hour.Best| > 0 then Last(hour.Best).Start else from;
    TellKeeps(earlier + hour.Best, t, last, before, taken, hourEnd);
    OfIntervalsMeans(t, Tell(taken, hourEnd).PartialOnly);
  }

  lemma StartKeeps(t: Instant)
    ensures Kept([], t, BeforeAll, false, Start.Settled, Start.PartialEnd)
  {
  }
}
