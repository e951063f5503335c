include "CleanRanges.dfy"

// The fast answer is the plan's: a range is accepted exactly when the walk from the segment that claims its start reaches its end.
module CleanRangesLaws {
  import opened Time
  import opened Segments
  import opened Timelines
  import opened CutPlans
  import opened CleanRanges

  // What the program sees to: one candidate for each start, in order, none of negative length, and all within its calendar.
  ghost predicate AreCandidates(c: seq<Segment>) {
    && (forall i, j :: 0 <= i < j < |c| ==> c[i].Start < c[j].Start)
    && (forall i :: 0 <= i < |c| ==> c[i].Duration >= 0 && c[i].Start >= BeforeAll)
  }

  // How far ranges are clean from a candidate on, step by step.
  ghost function Reach(c: seq<Segment>, finish: Instant, at: nat): Instant
    requires at < |c|
    ensures Reach(c, finish, at) >= c[at].End()
    decreases |c| - at
  {
    var next := Successor(c, at);
    if next > at && c[next].Start < finish then Max(c[at].End(), Reach(c, finish, next)) else c[at].End()
  }

  // A successor is the first candidate that a plan would keep.
  lemma SuccessorIsFirst(c: seq<Segment>, at: nat, next: nat)
    requires AreCandidates(c) && at < next <= |c|
    requires forall i :: at < i < next ==> c[i].Start < c[at].End() - CutTolerance
    requires next < |c| ==> c[next].Start >= c[at].End() - CutTolerance
    ensures Successor(c, at) ==
      if next < |c| && c[next].Kind == Full && !CutPlans.IsHole(c[at], c[next].Start - c[at].End()) then next else at
  {
    var earliest := c[at].End() - CutTolerance;
    var first := FirstFrom(earliest, c);
    if at + 1 < |c| && c[at + 1].Start >= earliest {
      assert next == at + 1;
    } else {
      assert Max(at + 1, first) == next by {
        if first > next { assert c[next].Start < earliest; }
        if first < next && at < first { assert c[first].Start < earliest; }
      }
    }
  }

  // The rest of a plan after a candidate that was kept and does not end it.
  lemma ChainMeans(c: seq<Segment>, a: Instant, b: Instant, finish: Instant, at: nat, last: nat)
    requires AreCandidates(c) && last < at <= |c| && c[last].End() < b
    requires forall i :: last < i < at ==> c[i].Start < c[last].End() - CutTolerance
    ensures Hole !in Go(c, a, b, finish, at, Some(last)) <==> c[last].Kind == Full && Reach(c, finish, last) >= b
    decreases |c| - at
  {
    if at == |c| || c[at].Start >= finish {
      var first := FirstFrom(c[last].End() - CutTolerance, c, at);
      SuccessorIsFirst(c, last, first);
      if first < |c| && at < first { assert c[at].Start < c[first].Start; }
    } else if c[at].Start - c[last].End() < -CutTolerance {
      ChainMeans(c, a, b, finish, at + 1, last);
    } else {
      SuccessorIsFirst(c, last, at);
      var rest := After(c, a, b, finish, at);
      var gap := c[at].Start - c[last].End();
      assert Go(c, a, b, finish, at, Some(last)) == (if CutPlans.IsHole(c[last], gap) then [Hole] else []) + [Kept(at)] + rest;
      if b > c[at].End() { ChainMeans(c, a, b, finish, at + 1, at); }
    }
  }

  // The first candidate, from a place on, that covers an instant; none is the number of candidates.
  ghost function Cover(c: seq<Segment>, a: Instant, from: nat): nat
    requires from <= |c|
    ensures from <= Cover(c, a, from) <= |c|
    ensures Cover(c, a, from) < |c| ==> c[Cover(c, a, from)].Start <= a < c[Cover(c, a, from)].End()
    decreases |c| - from
  {
    if from == |c| || c[from].Start <= a < c[from].End() then from else Cover(c, a, from + 1)
  }

  ghost predicate IsCleanFromCover(c: seq<Segment>, a: Instant, b: Instant, finish: Instant, from: nat)
    requires from <= |c|
  {
    var first := Cover(c, a, from);
    first < |c| && c[first].Kind == Full && Reach(c, finish, first) >= b
  }

  // A plan that starts late has a hole, and no candidate covers its start.
  lemma LateHasHole(c: seq<Segment>, a: Instant, b: Instant, finish: Instant, at: nat)
    requires AreCandidates(c) && at <= |c| && (at < |c| ==> c[at].Start > a)
    ensures Hole in Go(c, a, b, finish, at, Nothing)
    ensures Cover(c, a, at) == |c|
    decreases |c| - at
  {
    if at < |c| {
      if at + 1 < |c| { assert c[at].Start < c[at + 1].Start; }
      LateHasHole(c, a, b, finish, at + 1);
      if c[at].Start < finish && c[at].Start < b {
        assert Go(c, a, b, finish, at, Nothing) == [Hole, Kept(at)] + After(c, a, b, finish, at);
        assert ([Hole, Kept(at)] + After(c, a, b, finish, at))[0] == Hole;
      }
    }
  }

  lemma PlanMeans(c: seq<Segment>, a: Instant, b: Instant, finish: Instant, at: nat)
    requires AreCandidates(c) && at <= |c| && a < b < finish
    ensures Hole !in Go(c, a, b, finish, at, Nothing) <==> IsCleanFromCover(c, a, b, finish, at)
    decreases |c| - at
  {
    if at == |c| {
    } else if c[at].Start > a {
      LateHasHole(c, a, b, finish, at);
    } else if a < c[at].End() {
      assert Go(c, a, b, finish, at, Nothing) == [Kept(at)] + After(c, a, b, finish, at);
      if b > c[at].End() { ChainMeans(c, a, b, finish, at + 1, at); }
    } else {
      PlanMeans(c, a, b, finish, at + 1);
    }
  }

  // Whether a candidate lies on the way of another.
  ghost predicate IsOnWay(c: seq<Segment>, at: nat, to: nat)
    requires at < |c|
    decreases |c| - at
  {
    at == to || (Successor(c, at) > at && IsOnWay(c, Successor(c, at), to))
  }

  // The furthest end on the way from one candidate up to a later one, that excluded.
  ghost function Furthest(c: seq<Segment>, at: nat, to: nat): Instant
    requires at < |c| && at != to && IsOnWay(c, at, to)
    decreases |c| - at
  {
    var next := Successor(c, at);
    if next == to then c[at].End() else Max(c[at].End(), Furthest(c, next, to))
  }

  lemma WayGoesOn(c: seq<Segment>, at: nat, to: nat)
    requires at < |c| && IsOnWay(c, at, to)
    ensures at <= to < |c|
    decreases |c| - at
  {
    if at != to { WayGoesOn(c, Successor(c, at), to); }
  }

  lemma WaysJoin(c: seq<Segment>, at: nat, via: nat, to: nat)
    requires at < |c| && IsOnWay(c, at, via) && via < |c| && IsOnWay(c, via, to)
    ensures IsOnWay(c, at, to)
    ensures at != via && via != to ==> at != to && Furthest(c, at, to) == Max(Furthest(c, at, via), Furthest(c, via, to))
    decreases |c| - at
  {
    WayGoesOn(c, at, via);
    WayGoesOn(c, via, to);
    if at != via {
      var next := Successor(c, at);
      WaysJoin(c, next, via, to);
      if via != to { WayGoesOn(c, next, via); }
    }
  }

  // What an index holds at a place.
  ghost predicate Holds(c: seq<Segment>, index: Index, i: nat)
    requires i < |c| && index.IsFor(c)
  {
    && index.Next[i] == Successor(c, i)
    && IsOnWay(c, i, index.Jump[i])
    && (index.Next[i] == i ==> index.Jump[i] == i)
    && (index.Next[i] > i ==>
      && index.Depth[i] == index.Depth[index.Next[i]] + 1
      && index.Jump[i] > i
      && index.Furthest[i] == Furthest(c, i, index.Jump[i]))
  }

  // And from a place on.
  ghost predicate IsIndex(c: seq<Segment>, index: Index, from: nat) {
    index.IsFor(c) && forall i :: from <= i < |c| ==> Holds(c, index, i)
  }

  // Each step of a way is one less deep, so a jump that leads nowhere is as long as no other.
  lemma DepthFalls(c: seq<Segment>, index: Index, from: nat, at: nat, to: nat)
    requires IsIndex(c, index, from) && from <= at < |c| && at != to && IsOnWay(c, at, to)
    ensures to < |c| && index.Depth[at] > index.Depth[to]
    decreases |c| - at
  {
    assert Holds(c, index, at);
    var next := Successor(c, at);
    if next != to { DepthFalls(c, index, from, next, to); }
  }

  lemma IndexHolds(c: seq<Segment>, from: nat)
    requires from <= |c|
    ensures IsIndex(c, IndexFrom(c, from), from)
    decreases |c| - from
  {
    if from < |c| {
      IndexHolds(c, from + 1);
      PutHolds(c, from, IndexFrom(c, from + 1));
    }
  }

  lemma PutHolds(c: seq<Segment>, at: nat, index: Index)
    requires at < |c| && IsIndex(c, index, at + 1)
    ensures IsIndex(c, Put(c, at, index), at)
  {
    var put := Put(c, at, index);
    PutHoldsHere(c, at, index);
    forall i | at <= i < |c| ensures Holds(c, put, i) {
      if i > at {
        assert Holds(c, index, i);
        assert put.Next[i] == index.Next[i] && put.Jump[i] == index.Jump[i];
        assert put.Depth[i] == index.Depth[i] && put.Furthest[i] == index.Furthest[i];
        assert put.Depth[put.Next[i]] == index.Depth[index.Next[i]];
      }
    }
  }

  lemma PutHoldsHere(c: seq<Segment>, at: nat, index: Index)
    requires at < |c| && IsIndex(c, index, at + 1)
    ensures Holds(c, Put(c, at, index), at)
  {
    var next, put := Successor(c, at), Put(c, at, index);
    assert put.Next[at] == next;
    if next > at {
      assert IsOnWay(c, next, next) && IsOnWay(c, at, next);
      assert Furthest(c, at, next) == c[at].End();
      assert Holds(c, index, next);
      assert put.Depth[at] == index.Depth[next] + 1 && put.Depth[next] == index.Depth[next];
      var far := index.Jump[next];
      WayGoesOn(c, next, far);
      if far > next {
        assert Holds(c, index, far);
        WaysJoin(c, at, next, far);
        DepthFalls(c, index, at + 1, next, far);
        var further := index.Jump[far];
        WayGoesOn(c, far, further);
        if index.Depth[next] - index.Depth[far] == index.Depth[far] - index.Depth[further] {
          assert further > far;
          WaysJoin(c, next, far, further);
          WaysJoin(c, at, next, further);
          assert put.Jump[at] == further;
          assert put.Furthest[at] == Max(c[at].End(), Max(index.Furthest[next], index.Furthest[far]));
        }
      }
    }
  }

  // A walk by steps, from one candidate to a later one on its way that is begun in time.
  lemma ReachGoesBy(c: seq<Segment>, finish: Instant, at: nat, to: nat)
    requires AreCandidates(c) && at < |c| && at != to && IsOnWay(c, at, to) && to < |c| && c[to].Start < finish
    ensures Reach(c, finish, at) == Max(Furthest(c, at, to), Reach(c, finish, to))
    decreases |c| - at
  {
    var next := Successor(c, at);
    WayGoesOn(c, next, to);
    if next != to {
      assert c[next].Start < c[to].Start;
      ReachGoesBy(c, finish, next, to);
    }
  }

  lemma WalkReaches(c: seq<Segment>, index: Index, finish: Instant, at: nat, furthest: Instant)
    requires AreCandidates(c) && at < |c| && IsIndex(c, index, 0)
    ensures Walk(c, index, finish, at, furthest) == Max(furthest, Reach(c, finish, at))
    decreases |c| - at
  {
    var jump, next := index.Jump[at], index.Next[at];
    assert Holds(c, index, at);
    WayGoesOn(c, at, jump);
    if jump > next && jump > at && c[jump].Start < finish {
      WalkReaches(c, index, finish, jump, Max(furthest, index.Furthest[at]));
      ReachGoesBy(c, finish, at, jump);
    } else if next > at && c[next].Start < finish {
      WalkReaches(c, index, finish, next, Max(furthest, c[at].End()));
    }
  }

  // The claims of an hour: one holds an instant exactly when a candidate covers it, and it is that of the first.
  lemma ClaimsMean(c: seq<Segment>, finish: Instant, covered: Instant, at: nat, a: Instant, i: nat)
    requires AreCandidates(c) && at <= |c| && covered <= a < finish
    requires i < |ClaimsFrom(c, finish, covered, at)|
    ensures
      var claim := ClaimsFrom(c, finish, covered, at)[i];
      claim.From <= a < claim.Until ==> claim.First == Cover(c, a, at) < |c|
    decreases |c| - at
  {
    var from, until, reached := Max(covered, c[at].Start), Min(finish, c[at].End()), Max(covered, c[at].End());
    var own := if from < until then [Claim(from, until, at)] else [];
    assert ClaimsFrom(c, finish, covered, at) == own + ClaimsFrom(c, finish, reached, at + 1);
    if i >= |own| {
      var claim := ClaimsFrom(c, finish, reached, at + 1)[i - |own|];
      assert claim == ClaimsFrom(c, finish, covered, at)[i];
      if reached <= a {
        ClaimsMean(c, finish, reached, at + 1, a, i - |own|);
      } else {
        ClaimsBegin(c, finish, reached, at + 1, i - |own|);
      }
    }
  }

  lemma ClaimsBegin(c: seq<Segment>, finish: Instant, covered: Instant, at: nat, i: nat)
    requires i < |ClaimsFrom(c, finish, covered, at)|
    ensures ClaimsFrom(c, finish, covered, at)[i].From >= covered
    decreases |c| - at
  {
    var from, until, reached := Max(covered, c[at].Start), Min(finish, c[at].End()), Max(covered, c[at].End());
    var own := if from < until then [Claim(from, until, at)] else [];
    assert ClaimsFrom(c, finish, covered, at) == own + ClaimsFrom(c, finish, reached, at + 1);
    if i >= |own| { ClaimsBegin(c, finish, reached, at + 1, i - |own|); }
  }

  lemma CoverIsClaimed(c: seq<Segment>, finish: Instant, covered: Instant, at: nat, a: Instant)
    requires AreCandidates(c) && at <= |c| && covered <= a < finish && Cover(c, a, at) < |c|
    ensures exists claim <- ClaimsFrom(c, finish, covered, at) :: claim.From <= a < claim.Until
    decreases |c| - at
  {
    var from, until, reached := Max(covered, c[at].Start), Min(finish, c[at].End()), Max(covered, c[at].End());
    var own := if from < until then [Claim(from, until, at)] else [];
    var first := Cover(c, a, at);
    if at < first { assert c[at].Start < c[first].Start; }
    assert ClaimsFrom(c, finish, covered, at) == own + ClaimsFrom(c, finish, reached, at + 1);
    if first == at {
      assert Claim(from, until, at) in own + ClaimsFrom(c, finish, reached, at + 1);
    } else {
      CoverIsClaimed(c, finish, reached, at + 1, a);
      var claim :| claim in ClaimsFrom(c, finish, reached, at + 1) && claim.From <= a < claim.Until;
      assert claim in own + ClaimsFrom(c, finish, reached, at + 1);
    }
  }

  // LAW: "Accepted is a plan without a HOLE": so says the fast form, from the claim that holds the start of the range.
  lemma FastMeansAccepted(c: seq<Segment>, a: Instant, b: Instant, claim: Claim)
    requires AreCandidates(c) && BeforeAll <= a < b
    requires claim in ClaimsOf(c, HourOf(a)) && claim.From <= a < claim.Until
    ensures claim.First < |c|
    ensures IsCleanFrom(c, IndexFrom(c, 0), claim, b) <==> IsAccepted(Make(c, a, b))
  {
    var from := FirstFrom(HourStart(HourOf(a) - 1), c);
    var claims := ClaimsOf(c, HourOf(a));
    var i :| 0 <= i < |claims| && claims[i] == claim;
    ClaimsMean(c, HourFinish(HourOf(a)), HourStart(HourOf(a)), from, a, i);
    PlanMeans(c, a, b, HourFinish(HourOf(b)), from);
    IndexHolds(c, 0);
    WalkReaches(c, IndexFrom(c, 0), HourFinish(HourOf(b)), claim.First, BeforeAll);
  }

  // And where no claim holds the start, the plan has a hole.
  lemma UnclaimedIsRefused(c: seq<Segment>, a: Instant, b: Instant)
    requires AreCandidates(c) && a < b
    requires forall claim <- ClaimsOf(c, HourOf(a)) :: !(claim.From <= a < claim.Until)
    ensures !IsAccepted(Make(c, a, b))
  {
    var from := FirstFrom(HourStart(HourOf(a) - 1), c);
    PlanMeans(c, a, b, HourFinish(HourOf(b)), from);
    if Cover(c, a, from) < |c| { CoverIsClaimed(c, HourFinish(HourOf(a)), HourStart(HourOf(a)), from, a); }
  }
}
