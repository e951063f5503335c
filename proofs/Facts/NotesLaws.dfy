include "Notes.dfy"
include "TimelineLaws.dfy"

// What the sweep notes is what section 3 of semantics.md says of the best segments: the seams that begin in the hour, the time
// in which a best segment is in the way, and those that the chain leaves out.
module NotesLaws {
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
  import opened StepLaws
  import opened TimelineLaws
  import opened HourNotes

  // "every best segment with start < E - tolerance, where E is the furthest end of the best segments before it": where it is in
  // the way, of some more segments, after those before; a segment without a length is in the way of no time.
  function OverlapTimes(tolerance: Duration, before: seq<Segment>, more: seq<Segment>): seq<Interval> {
    if |more| == 0 then []
    else
      var earlier, next := before + Before(more), Last(more);
      var E := FurthestEnd(earlier);
      OverlapTimes(tolerance, before, Before(more)) +
        if |earlier| > 0 && next.Start < E - tolerance && next.Duration > 0 then [Create(next.Start, Min(E, next.End()))]
        else []
  }

  // The places, among some more segments, of those that the chain leaves out.
  function LeftOut(tolerance: Duration, before: seq<Segment>, more: seq<Segment>): seq<nat> {
    if |more| == 0 then []
    else
      LeftOut(tolerance, before, Before(more)) +
        if |Links(tolerance, before, more)| > |Links(tolerance, before, Before(more))| then [] else [|more| - 1]
  }

  function LatestEnd(best: seq<Segment>): Instant {
    if |best| == 0 then BeforeAll
    else if Last(best).Duration > 0 then Max(LatestEnd(Before(best)), Last(best).End())
    else LatestEnd(Before(best))
  }

  function LongestFull(best: seq<Segment>): Duration {
    if |best| == 0 then 0
    else if Last(best).Kind == Full then Max(LongestFull(Before(best)), Last(best).Duration)
    else LongestFull(Before(best))
  }

  ghost predicate NotesKept(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, done: seq<Segment>, notes: Notes)
  {
    && notes.Overlaps == OverlapTimes(tolerance, before, done)
    && notes.Seams == StreamSpec.Seams(tolerance, OwnOf(GapsClosedBy(before, done), hourStart))
    && notes.OutOfChain == LeftOut(tolerance, before, done)
    && notes.LastEnd == LatestEnd(done)
    && notes.LongestFull == LongestFull(done)
  }

  lemma SeamsKeep(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, done: seq<Segment>, sweep: Sweep, next: Segment)
    requires tolerance >= 0 && Ordered(before + done + [next])
    requires forall i :: 0 <= i < |done| ==> hourStart <= done[i].Start
    requires sweep.Furthest == Reached(before + done)
    ensures
      StreamSpec.Seams(tolerance, OwnOf(GapsClosedBy(before, done + [next]), hourStart)) ==
        StreamSpec.Seams(tolerance, OwnOf(GapsClosedBy(before, done), hourStart)) +
          NoteSeam(tolerance, hourStart, sweep, next)
  {
    var all, reached := before + done, Reached(before + done);
    var gaps, more := GapsClosedBy(before, done), GapsClosedBy(before, done + [next]);
    assert Before(done + [next]) == done;
    assert before + (done + [next]) == all + [next];
    assert |all + [next]| == |all| + 1;
    OrderedBefore(all, next);
    var noted := NoteSeam(tolerance, hourStart, sweep, next);
    if |all| > 0 { ReachedMeans(all); }
    if |all| > 0 && next.Duration > 0 && next.Start > reached {
      var gap := Interval(reached, next.Start);
      assert more == gaps + [gap];
      if |gaps| > 0 {
        ClosedGapsOfMore(before, done);
        GapsAreCanonical(all, reached);
        GapsClosedByEnd(before, done);
        assert gaps[0] in gaps && gaps[0] in ClosedGaps(all);
        assert hourStart <= gaps[0].End < reached;
      }
      SeamsOfOneMore(tolerance, hourStart, gaps, gap);
    } else {
      assert more == gaps;
      assert noted == [];
    }
  }

  lemma SeamsOfOneMore(tolerance: Duration, hourStart: Instant, gaps: seq<Interval>, gap: Interval)
    requires |gaps| == 0 || hourStart <= gap.Start
    ensures
      StreamSpec.Seams(tolerance, OwnOf(gaps + [gap], hourStart)) ==
        StreamSpec.Seams(tolerance, OwnOf(gaps, hourStart)) +
          if gap.Start >= hourStart && !IsHole(tolerance, gap) then [gap] else []
  {
    var own, more := OwnOf(gaps, hourStart), OwnOf(gaps + [gap], hourStart);
    if gap.Start < hourStart {
      assert more == [] && own == [];
    } else {
      assert more == own + [gap];
      assert Before(more) == own;
    }
  }

  lemma OverlapsKeep(tolerance: Duration, before: seq<Segment>, done: seq<Segment>, sweep: Sweep, next: Segment)
    requires tolerance >= 0 && Ordered(before + done + [next])
    requires sweep.Furthest == Reached(before + done)
    ensures OverlapTimes(tolerance, before, done + [next]) ==
      OverlapTimes(tolerance, before, done) + NoteOverlap(tolerance, sweep, next)
  {
    assert Before(done + [next]) == done;
    OrderedBefore(before + done, next);
    if |before + done| > 0 { ReachedDecides(tolerance, before + done, next); }
  }

  lemma ChainKeeps(tolerance: Duration, before: seq<Segment>, done: seq<Segment>, sweep: Sweep, next: Segment)
    requires tolerance >= 0 && Ordered(before + done + [next])
    requires sweep.ChainEnd == Reached(Chain(tolerance, before + done))
    ensures LeftOut(tolerance, before, done + [next]) ==
      LeftOut(tolerance, before, done) + if IsOutOfChain(tolerance, sweep, next) then [|done|] else []
  {
    hide Chain, Links, Ordered;
    assert Before(done + [next]) == done;
    var all := before + done;
    ChainOfOneMore(tolerance, before, done, next);
    if |all| == 0 {
      assert Chain(tolerance, all) == [] by { reveal Chain; }
      assert BeforeAll < next.Start by { reveal Ordered; assert (before + done + [next])[|all|] == next; }
    }
  }

  lemma NoteKeeps(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, done: seq<Segment>, sweep: Sweep, notes: Notes,
    next: Segment)
    requires tolerance >= 0 && Ordered(before + done + [next])
    requires forall i :: 0 <= i < |done| ==> hourStart <= done[i].Start
    requires sweep.Furthest == Reached(before + done) && sweep.ChainEnd == Reached(Chain(tolerance, before + done))
    requires NotesKept(tolerance, hourStart, before, done, notes)
    ensures
      NotesKept(tolerance, hourStart, before, done + [next], Note(tolerance, hourStart, sweep, notes, |done|, next))
  {
    hide GapsClosedBy, OwnOf, StreamSpec.Seams, OverlapTimes, LeftOut, Chain, NoteSeam, NoteOverlap, IsOutOfChain, Ordered;
    assert Before(done + [next]) == done;
    SeamsKeep(tolerance, hourStart, before, done, sweep, next);
    OverlapsKeep(tolerance, before, done, sweep, next);
    ChainKeeps(tolerance, before, done, sweep, next);
  }

  lemma NoteAllKeeps(
    tolerance: Duration, hourStart: Instant, before: seq<Segment>, best: seq<Segment>, i: nat, sweep: Sweep, notes: Notes)
    requires tolerance >= 0 && i <= |best| && Ordered(before + best)
    requires forall i :: 0 <= i < |best| ==> hourStart <= best[i].Start
    requires SweepKept(tolerance, hourStart, before, best[..i], sweep)
    requires NotesKept(tolerance, hourStart, before, best[..i], notes)
    ensures NotesKept(tolerance, hourStart, before, best, NoteAll(tolerance, hourStart, sweep, notes, best, i))
    decreases |best| - i
  {
    hide NotesKept, SweepKept, Take, Note, Ordered;
    if i == |best| {
      assert best[..i] == best;
    } else {
      assert best[..i] + [best[i]] == best[..i + 1];
      OrderedPrefix(before + best, |before| + i + 1);
      assert (before + best)[..|before| + i + 1] == before + best[..i] + [best[i]];
      assert sweep.Furthest == Reached(before + best[..i]) && sweep.ChainEnd == Reached(Chain(tolerance, before + best[..i]))
        by { reveal SweepKept; }
      NoteKeeps(tolerance, hourStart, before, best[..i], sweep, notes, best[i]);
      TakeKeepsSweep(tolerance, hourStart, before, best[..i], sweep, best[i]);
      NoteAllKeeps(tolerance, hourStart, before, best, i + 1, Take(tolerance, hourStart, sweep, best[i]),
        Note(tolerance, hourStart, sweep, notes, i, best[i]));
    }
  }

  // LAW: what is noted in an hour: the seams among the gaps that begin and end there, the time of each overlap, the best segments
  // that are not in the chain, the latest end and the longest full segment.
  lemma NotesMean(tolerance: Duration, before: seq<Segment>, carry: Carry, hour: HourSelection)
    requires tolerance >= 0 && GoodHour(hour) && Ordered(before + hour.Best)
    requires carry.Furthest == Reached(before) && carry.ChainEnd == Reached(Chain(tolerance, before))
    ensures NotesKept(tolerance, HourStart(hour.Hour), before, hour.Best, NotesOf(tolerance, carry, hour))
  {
    assert before + [] == before;
    assert hour.Best[..0] == [];
    assert OwnOf([], HourStart(hour.Hour)) == [];
    NoteAllKeeps(tolerance, HourStart(hour.Hour), before, hour.Best, 0, Begin(carry), NoNotes);
  }

  // LAW: so the seams noted are as long as the timeline says.
  lemma NotedSeamsAddUp(tolerance: Duration, before: seq<Segment>, carry: Carry, hour: HourSelection)
    requires tolerance >= 0 && GoodHour(hour) && Ordered(before + hour.Best)
    requires carry.Furthest == Reached(before) && carry.ChainEnd == Reached(Chain(tolerance, before))
    ensures SumLength(NotesOf(tolerance, carry, hour).Seams) == Step(tolerance, carry, hour).Raw.SeamLength
  {
    hide Take, TakeAll, NoteAll, GapsClosedBy, OwnOf, StreamSpec.Seams, Ordered, Overlaps, OverlapTimes, LeftOut, Chain;
    NotesMean(tolerance, before, carry, hour);
    StepKeepsSweep(tolerance, before, carry, hour);
  }

  // LAW: a place that is noted is that of a segment that does not join the chain, and every other segment joins it.
  lemma LeftOutMeans(tolerance: Duration, before: seq<Segment>, more: seq<Segment>, i: nat)
    requires i < |more|
    ensures i in LeftOut(tolerance, before, more) <==>
      Links(tolerance, before, more[..i + 1]) == Links(tolerance, before, more[..i])
  {
    LeftOutIsEarlier(tolerance, before, Before(more));
    if i == |more| - 1 {
      assert more[..i + 1] == more && more[..i] == Before(more);
    } else {
      assert Before(more)[..i + 1] == more[..i + 1] && Before(more)[..i] == more[..i];
      LeftOutMeans(tolerance, before, Before(more), i);
    }
  }

  lemma LeftOutIsEarlier(tolerance: Duration, before: seq<Segment>, more: seq<Segment>)
    ensures forall i <- LeftOut(tolerance, before, more) :: i < |more|
  {
  }
}
