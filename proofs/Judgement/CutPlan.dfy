include "../Facts/Timeline.dfy"

// Coverage.Core/Judgement/CutPlan.fs: the plan of a cut, of candidates in order of start.
module CutPlans {
  import opened Time
  import opened Segments
  import opened Timelines

  const CutTolerance: Duration := 10_000

  datatype Item = Kept(Place: nat) | Hole

  predicate IsHole(last: Segment, gap: Duration) { last.Kind != Full || gap > CutTolerance }

  // The place of the first candidate, from a place on, that does not start before an instant.
  function FirstFrom(instant: Instant, c: seq<Segment>, from: nat := 0): nat
    requires from <= |c|
    ensures from <= FirstFrom(instant, c, from) <= |c|
    ensures forall i :: from <= i < FirstFrom(instant, c, from) ==> c[i].Start < instant
    ensures FirstFrom(instant, c, from) < |c| ==> c[FirstFrom(instant, c, from)].Start >= instant
    decreases |c| - from
  {
    if from == |c| || c[from].Start >= instant then from else FirstFrom(instant, c, from + 1)
  }

  // What the loop of `make` adds from a candidate on; `last` is the place of the one that was kept last.
  function Go(c: seq<Segment>, a: Instant, b: Instant, finish: Instant, at: nat, last: Option<nat>): seq<Item>
    requires last.Some? ==> last.Value < |c|
    decreases |c| - at
  {
    if at >= |c| || c[at].Start >= finish then AtEnd(c, b, last)
    else if last.Nothing? then
      if c[at].Start <= a < c[at].End() then [Kept(at)] + After(c, a, b, finish, at)
      else if a < c[at].Start < b then [Hole, Kept(at)] + After(c, a, b, finish, at)
      else Go(c, a, b, finish, at + 1, last)
    else
      var gap := c[at].Start - c[last.Value].End();
      if gap < -CutTolerance then Go(c, a, b, finish, at + 1, last)
      else (if IsHole(c[last.Value], gap) then [Hole] else []) + [Kept(at)] + After(c, a, b, finish, at)
  }

  // What follows a candidate that is kept.
  function After(c: seq<Segment>, a: Instant, b: Instant, finish: Instant, at: nat): seq<Item>
    requires at < |c|
    decreases |c| - at, 0
  {
    if b <= c[at].End() then AtEnd(c, b, Some(at)) else Go(c, a, b, finish, at + 1, Some(at))
  }

  function AtEnd(c: seq<Segment>, b: Instant, last: Option<nat>): seq<Item>
    requires last.Some? ==> last.Value < |c|
  {
    if last.Some? && c[last.Value].Kind == Full && b <= c[last.Value].End() then [] else [Hole]
  }

  function FirstHour(a: Instant): Hour { HourOf(a) - 1 }

  function Make(c: seq<Segment>, a: Instant, b: Instant): seq<Item> {
    Go(c, a, b, HourFinish(HourOf(b)), FirstFrom(HourStart(FirstHour(a)), c), Nothing)
  }

  // Without a hole, when none are allowed.
  predicate IsAccepted(plan: seq<Item>) { Hole !in plan }
}
