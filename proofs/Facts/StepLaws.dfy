include "ChainLaws.dfy"

// The loop of step: what each best segment of an hour does to the loop's variables is what it does to the gaps, the
// chain and the overlaps as StreamSpec.dfy defines them.
module StepLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Segments
  import opened Selections
  import opened Timelines
  import opened StreamSpec
  import opened SweepLaws
  import opened ChainLaws

  // What an hour has gathered of the gaps that its segments close.
  ghost predicate Gathers(tolerance: Duration, hourStart: Instant, gaps: seq<Interval>, gathered: Gathered) {
    && gathered.Inherited == InheritedOf(gaps, hourStart)
    && gathered.Holes == Holes(tolerance, OwnOf(gaps, hourStart))
    && gathered.Seams == SumLength(Seams(tolerance, OwnOf(gaps, hourStart)))
  }

  lemma GathersOneMore(
    tolerance: Duration, hourStart: Instant, gaps: seq<Interval>, gathered: Gathered, gap: Interval)
    requires Gathers(tolerance, hourStart, gaps, gathered)
    requires |gaps| == 0 || hourStart <= gap.Start
    ensures Gathers(tolerance, hourStart, gaps + [gap], gathered.Add(tolerance, hourStart, gap))
  {
    var own, more := OwnOf(gaps, hourStart), OwnOf(gaps + [gap], hourStart);
    if gap.Start < hourStart {
      assert more == [];
    } else {
      assert more == own + [gap];
      assert Before(more) == own;
      if IsHole(tolerance, gap) {
        assert Seams(tolerance, own) + [] == Seams(tolerance, own);
      } else {
        SumOfOneMore(Seams(tolerance, own), gap);
      }
    }
  }

  // What the loop of step keeps true, when it has done some of the hour's segments.
  ghost predicate SweepKept(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, done: seq<Segment>, sweep: Sweep)
  {
    && ReachKept(tolerance, hourStart, before, done, sweep)
    && sweep.Overlaps == Overlaps(tolerance, before, done)
    && sweep.HasLength == StreamSpec.HasLength(done)
  }

  ghost predicate ReachKept(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, done: seq<Segment>, sweep: Sweep)
  {
    && sweep.Furthest == Reached(before + done)
    && sweep.ChainEnd == Reached(Chain(tolerance, before + done))
    && Gathers(tolerance, hourStart, GapsClosedBy(before, done), sweep.Raw)
    && Gathers(tolerance, hourStart, GapsClosedBy(Chain(tolerance, before), Links(tolerance, before, done)),
        sweep.Editable)
  }

  // What one more segment does to a row of segments: all best ones, or those in the chain.
  lemma RowKeeps(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, done: seq<Segment>, gathered: Gathered,
    next: Segment)
    requires Ordered(before + done + [next])
    requires forall i :: 0 <= i < |done| ==> hourStart <= done[i].Start
    requires Gathers(tolerance, hourStart, GapsClosedBy(before, done), gathered)
    ensures
      var all, reached, gaps := before + done, Reached(before + done), GapsClosedBy(before, done + [next]);
      if |all| == 0 then Reached(all + [next]) == next.End() && Gathers(tolerance, hourStart, gaps, gathered)
      else if next.Duration > 0 then
        && Reached(all + [next]) == Max(reached, next.End())
        && Gathers(tolerance, hourStart, gaps,
            if next.Start > reached then gathered.Add(tolerance, hourStart, Create(reached, next.Start)) else gathered)
      else Reached(all + [next]) == reached && Gathers(tolerance, hourStart, gaps, gathered)
  {
    var all, reached := before + done, Reached(before + done);
    var gaps := GapsClosedBy(before, done);
    assert Before(all + [next]) == all && Before(done + [next]) == done;
    assert before + (done + [next]) == all + [next];
    assert |all + [next]| == |all| + 1;
    OrderedBefore(all, next);
    if |all| > 0 && next.Duration > 0 && next.Start > reached {
      var gap := Interval(reached, next.Start);
      assert GapsClosedBy(before, done + [next]) == gaps + [gap];
      if |gaps| > 0 {
        ClosedGapsOfMore(before, done);
        GapsAreCanonical(all, reached);
        GapsClosedByEnd(before, done);
        assert gaps[0] in gaps && gaps[0] in ClosedGaps(all);
        assert hourStart <= gaps[0].End < reached;
      }
      GathersOneMore(tolerance, hourStart, gaps, gathered, gap);
    } else {
      assert GapsClosedBy(before, done + [next]) == gaps;
    }
  }

  lemma OrderedBefore(segments: seq<Segment>, next: Segment)
    ensures Ordered(segments + [next]) <==>
      && Ordered(segments)
      && BeforeAll < next.Start && next.Duration >= 0
      && (|segments| > 0 ==> Last(segments).Start < next.Start)
  {
    var all := segments + [next];
    assert all[|segments|] == next;
    assert forall i :: 0 <= i < |segments| ==> segments[i] == all[i];
  }

  // What it does to the chain.
  lemma ChainOfNext(tolerance: Duration, best: seq<Segment>, next: Segment)
    ensures
      var chain := Chain(tolerance, best);
      Chain(tolerance, best + [next]) ==
        if |chain| == 0 || next.Start >= FurthestEnd(chain) - tolerance then chain + [next] else chain
  {
    assert Before(best + [next]) == best;
  }

  lemma LinksOfNext(tolerance: Duration, before: seq<Segment>, done: seq<Segment>, next: Segment)
    ensures
      var links := Links(tolerance, before, done);
      var chain := Chain(tolerance, before) + links;
      Links(tolerance, before, done + [next]) ==
        if |chain| == 0 || next.Start >= FurthestEnd(chain) - tolerance then links + [next] else links
  {
    assert Before(done + [next]) == done;
  }

  // How far those with a length reach decides.
  lemma ChainOfOneMore(tolerance: Duration, before: seq<Segment>, done: seq<Segment>, next: Segment)
    requires tolerance >= 0 && Ordered(before + done + [next])
    ensures
      var chain, links := Chain(tolerance, before + done), Links(tolerance, before, done);
      var longer, more := Chain(tolerance, before + done + [next]), Links(tolerance, before, done + [next]);
      && chain == Chain(tolerance, before) + links
      && Ordered(chain + [next])
      && (|chain| == 0 <==> |before + done| == 0)
      && (|chain| == 0 || next.Start >= Reached(chain) - tolerance ==>
          longer == chain + [next] && more == links + [next])
      && (|chain| > 0 && next.Start < Reached(chain) - tolerance ==> longer == chain && more == links)
  {
    hide Chain, Links, Reached, FurthestEnd, Ordered;
    var all := before + done;
    var chain := Chain(tolerance, all);
    assert |all| == 0 ==> |chain| == 0 by { reveal Chain; }
    OrderedBefore(all, next);
    ChainOfMore(tolerance, before, done);
    ChainIsOrdered(tolerance, all);
    OrderedBefore(chain, next);
    ChainOfNext(tolerance, all, next);
    LinksOfNext(tolerance, before, done, next);
    if |chain| > 0 { ReachedDecides(tolerance, chain, next); }
  }

  lemma ReachKeeps(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, done: seq<Segment>, sweep: Sweep, next: Segment)
    requires tolerance >= 0 && Ordered(before + done + [next])
    requires forall i :: 0 <= i < |done| ==> hourStart <= done[i].Start
    requires ReachKept(tolerance, hourStart, before, done, sweep)
    ensures ReachKept(tolerance, hourStart, before, done + [next], Reach(tolerance, hourStart, sweep, next))
  {
    hide Gathers, GapsClosedBy, Links, Chain, Reached;
    var all, links := before + done, Links(tolerance, before, done);
    var chain := Chain(tolerance, all);
    assert before + (done + [next]) == all + [next];
    OrderedBefore(all, next);
    assert |all| == 0 ==> Reached(all) == BeforeAll by { reveal Reached; }
    if |all| > 0 { ReachedMeans(all); }
    RowKeeps(tolerance, hourStart, before, done, sweep.Raw, next);
    ChainOfOneMore(tolerance, before, done, next);
    LinksPickFrom(tolerance, before, done);
    forall i | 0 <= i < |links| ensures hourStart <= links[i].Start { assert links[i] in done; }
    RowKeeps(tolerance, hourStart, Chain(tolerance, before), links, sweep.Editable, next);
  }

  lemma OverlapKeeps(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, done: seq<Segment>, sweep: Sweep, next: Segment)
    requires tolerance >= 0 && Ordered(before + done + [next])
    requires SweepKept(tolerance, hourStart, before, done, sweep)
    ensures Overlap(tolerance, sweep, next).Overlaps == Overlaps(tolerance, before, done + [next])
  {
    assert Before(done + [next]) == done;
    OrderedBefore(before + done, next);
    if |before + done| > 0 { ReachedDecides(tolerance, before + done, next); }
  }

  // Each of the three parts of the loop's body minds its own variables.
  lemma WhatTakeDoes(tolerance: Duration, hourStart: Instant, sweep: Sweep, next: Segment)
    ensures
      var overlapped := Overlap(tolerance, sweep, next);
      var reached, taken := Reach(tolerance, hourStart, overlapped, next), Take(tolerance, hourStart, sweep, next);
      && overlapped == sweep.(Overlaps := overlapped.Overlaps)
      && taken.Overlaps == overlapped.Overlaps
      && taken.Furthest == reached.Furthest && taken.ChainEnd == reached.ChainEnd
      && taken.Raw == reached.Raw && taken.Editable == reached.Editable
      && taken.HasLength == (sweep.HasLength || next.Duration > 0)
  {
  }

  lemma TakeKeepsSweep(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, done: seq<Segment>, sweep: Sweep, next: Segment)
    requires tolerance >= 0 && Ordered(before + done + [next])
    requires forall i :: 0 <= i < |done| ==> hourStart <= done[i].Start
    requires SweepKept(tolerance, hourStart, before, done, sweep)
    ensures SweepKept(tolerance, hourStart, before, done + [next], Take(tolerance, hourStart, sweep, next))
  {
    hide Take, Reach, Overlap, Overlaps, Reached, Chain, Links, GapsClosedBy, InheritedOf, OwnOf, StreamSpec.Holes,
      Seams, SumLength, Ordered;
    var overlapped := Overlap(tolerance, sweep, next);
    WhatTakeDoes(tolerance, hourStart, sweep, next);
    var more := done + [next];
    OverlapKeeps(tolerance, hourStart, before, done, sweep, next);
    ReachKeeps(tolerance, hourStart, before, done, overlapped, next);
    assert before + more == before + done + [next];
    assert more[|done|] == next;
    assert forall i :: 0 <= i < |done| ==> more[i] == done[i];
  }

  lemma TakeAllKeepsSweep(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, best: seq<Segment>, i: nat, sweep: Sweep)
    requires tolerance >= 0 && i <= |best| && Ordered(before + best)
    requires forall i :: 0 <= i < |best| ==> hourStart <= best[i].Start
    requires SweepKept(tolerance, hourStart, before, best[..i], sweep)
    ensures SweepKept(tolerance, hourStart, before, best, TakeAll(tolerance, hourStart, sweep, best, i))
    decreases |best| - i
  {
    hide SweepKept, Take, Ordered;
    if i == |best| {
      assert best[..i] == best;
    } else {
      assert best[..i] + [best[i]] == best[..i + 1];
      OrderedPrefix(before + best, |before| + i + 1);
      assert (before + best)[..|before| + i + 1] == before + best[..i] + [best[i]];
      TakeKeepsSweep(tolerance, hourStart, before, best[..i], sweep, best[i]);
      TakeAllKeepsSweep(tolerance, hourStart, before, best, i + 1, Take(tolerance, hourStart, sweep, best[i]));
    }
  }

  lemma OrderedPrefix(best: seq<Segment>, n: nat)
    requires Ordered(best) && n <= |best|
    ensures Ordered(best[..n])
  {
  }

  // One hour's loop, given what the hours before carry.
  lemma StepKeepsSweep(tolerance: Duration, before: seq<Segment>, carry: Carry, hour: HourSelection)
    requires tolerance >= 0 && GoodHour(hour) && Ordered(before + hour.Best)
    requires carry.Furthest == Reached(before) && carry.ChainEnd == Reached(Chain(tolerance, before))
    ensures
      var hourStart := HourStart(hour.Hour);
      SweepKept(tolerance, hourStart, before, hour.Best, TakeAll(tolerance, hourStart, Begin(carry), hour.Best, 0))
  {
    assert before + [] == before;
    assert hour.Best[..0] == [];
    assert OwnOf([], HourStart(hour.Hour)) == [];
    TakeAllKeepsSweep(tolerance, HourStart(hour.Hour), before, hour.Best, 0, Begin(carry));
  }
}
