include "SweepLaws.dfy"

// The editable chain (semantics.md section 3): "Going through the best segments in order, the first is in the chain;
// each later one is in it when start >= furthest end of the chain so far - tolerance, and is skipped otherwise,
// whatever its type." It is a row of best segments itself, so what SweepLaws.dfy says of gaps holds for it.
module ChainLaws {
  import opened Time
  import opened IntervalSets
  import opened Segments
  import opened StreamSpec
  import opened SweepLaws

  // ---- The chain is what the rule picks ----

  // The rule, said of each segment by itself: no segment of the chain before it reaches further past its start than the
  // tolerance.
  predicate Picked(tolerance: Duration, best: seq<Segment>, i: nat)
    requires i < |best|
    decreases i
  {
    forall j :: 0 <= j < i && Picked(tolerance, best, j) ==> best[i].Start >= best[j].End() - tolerance
  }

  // Those of the first n segments that are picked, in order.
  function AllPicked(tolerance: Duration, best: seq<Segment>, n: nat): seq<Segment>
    requires n <= |best|
  {
    if n == 0 then []
    else AllPicked(tolerance, best, n - 1) + if Picked(tolerance, best, n - 1) then [best[n - 1]] else []
  }

  // LAW: the chain is exactly what the rule picks.
  lemma ChainIsWhatIsPicked(tolerance: Duration, best: seq<Segment>)
    requires tolerance >= 0 && Ordered(best)
    ensures Chain(tolerance, best) == AllPicked(tolerance, best, |best|)
  {
    ChainIsPickedSoFar(tolerance, best, |best|);
    assert best[..|best|] == best;
  }

  lemma ChainIsPickedSoFar(tolerance: Duration, best: seq<Segment>, n: nat)
    requires tolerance >= 0 && Ordered(best) && n <= |best|
    ensures Chain(tolerance, best[..n]) == AllPicked(tolerance, best, n)
  {
    if n > 0 {
      var chain := AllPicked(tolerance, best, n - 1);
      assert Before(best[..n]) == best[..n - 1];
      ChainIsPickedSoFar(tolerance, best, n - 1);
      FurthestOfPicked(tolerance, best, n - 1, best[n - 1].Start + tolerance);
      if |chain| == 0 { assert FurthestEnd(chain) == BeforeAll; }
      assert Picked(tolerance, best, n - 1) <==> FurthestEnd(chain) <= best[n - 1].Start + tolerance;
    }
  }

  // The furthest end of the picked ones reaches past an instant when one of them does.
  lemma FurthestOfPicked(tolerance: Duration, best: seq<Segment>, n: nat, x: Instant)
    requires n <= |best| && BeforeAll <= x
    ensures FurthestEnd(AllPicked(tolerance, best, n)) <= x <==>
      forall j :: 0 <= j < n && Picked(tolerance, best, j) ==> best[j].End() <= x
  {
    if n > 0 {
      FurthestOfPicked(tolerance, best, n - 1, x);
      var chain := AllPicked(tolerance, best, n - 1);
      if Picked(tolerance, best, n - 1) {
        assert Before(chain + [best[n - 1]]) == chain;
        assert FurthestEnd(chain + [best[n - 1]]) == Max(FurthestEnd(chain), best[n - 1].End());
      } else {
        assert chain + [] == chain;
      }
    }
  }

  // ---- The chain is a row of best segments ----

  lemma ChainIsOrdered(tolerance: Duration, best: seq<Segment>)
    requires Ordered(best)
    ensures Ordered(Chain(tolerance, best))
    ensures |best| > 0 ==> |Chain(tolerance, best)| > 0 && Chain(tolerance, best)[0] == best[0]
    ensures |best| > 0 ==> Last(Chain(tolerance, best)).Start <= Last(best).Start
  {
    if |best| > 1 {
      assert Last(Before(best)).Start < Last(best).Start;
      ChainIsOrdered(tolerance, Before(best));
    }
  }

  lemma ChainOfMore(tolerance: Duration, before: seq<Segment>, more: seq<Segment>)
    ensures Chain(tolerance, before + more) == Chain(tolerance, before) + Links(tolerance, before, more)
  {
    var chain := Chain(tolerance, before);
    if |more| == 0 {
      assert before + more == before;
    } else {
      assert Before(before + more) == before + Before(more);
      ChainOfMore(tolerance, before, Before(more));
      var links := Links(tolerance, before, Before(more));
      assert chain + links + [Last(more)] == chain + (links + [Last(more)]);
    }
  }

  lemma ChainPicksFrom(tolerance: Duration, best: seq<Segment>)
    ensures forall segment <- Chain(tolerance, best) :: segment in best
  {
    if |best| > 0 { ChainPicksFrom(tolerance, Before(best)); }
  }

  lemma LinksPickFrom(tolerance: Duration, before: seq<Segment>, more: seq<Segment>)
    ensures forall segment <- Links(tolerance, before, more) :: segment in more
  {
    if |more| > 0 { LinksPickFrom(tolerance, before, Before(more)); }
  }

  // LAW: "editable coverage lies within raw coverage".
  lemma ChainLiesWithin(tolerance: Duration, best: seq<Segment>, t: Instant)
    requires Covered(Chain(tolerance, best), t)
    ensures Covered(best, t)
  {
    var chain := Chain(tolerance, best);
    var i :| 0 <= i < |chain| && Covers(chain[i], t);
    ChainPicksFrom(tolerance, best);
    assert chain[i] in best;
    var j :| 0 <= j < |best| && best[j] == chain[i];
    assert Covers(best[j], t);
  }

  // LAW: "its gaps are classed as above into editable holes and seams": with editable coverage they tile the same
  // extent.
  lemma EditableTiles(tolerance: Duration, best: seq<Segment>, finish: Instant, t: Instant)
    requires Ordered(best) && |best| > 0 && Last(best).Start <= finish
    ensures
      var chain := Chain(tolerance, best);
      var gaps := GapsTo(chain, finish);
      var editable, hole, seam := Covered(chain, t), In(t, Holes(tolerance, gaps)), In(t, Seams(tolerance, gaps));
      && !(editable && hole) && !(editable && seam) && !(hole && seam)
      && (best[0].Start <= t < finish ==> editable || hole || seam)
      && (hole || seam ==> best[0].Start <= t < finish)
  {
    ChainIsOrdered(tolerance, best);
    CoveredHolesAndSeamsTile(tolerance, Chain(tolerance, best), finish, t);
  }

  // LAW: no two of its segments overlap by more than the tolerance, neighbours or not.
  lemma ChainOverlapsLittle(tolerance: Duration, best: seq<Segment>, i: nat, j: nat)
    requires Ordered(best) && i < j < |Chain(tolerance, best)|
    ensures Min(Chain(tolerance, best)[i].End(), Chain(tolerance, best)[j].End()) - Chain(tolerance, best)[j].Start
      <= tolerance
  {
    var chain := Chain(tolerance, Before(best));
    ChainIsOrdered(tolerance, Before(best));
    if j < |chain| {
      ChainOverlapsLittle(tolerance, Before(best), i, j);
    } else {
      ReachedMeans(chain);
    }
  }

  // ---- Segments without a length ----

  // They can stand in the chain, but shut nothing out that could not stand there without them: every later segment
  // starts later. So it is enough to carry how far the others reach.
  lemma ReachedDecides(tolerance: Duration, segments: seq<Segment>, next: Segment)
    requires tolerance >= 0 && Ordered(segments + [next]) && |segments| > 0
    ensures next.Start >= FurthestEnd(segments) - tolerance <==> next.Start >= Reached(segments) - tolerance
    ensures next.Start < FurthestEnd(segments) - tolerance <==> next.Start < Reached(segments) - tolerance
    ensures next.Start < FurthestEnd(segments) - tolerance ==> FurthestEnd(segments) == Reached(segments)
  {
    var all := segments + [next];
    assert forall i :: 0 <= i < |segments| ==> segments[i] == all[i];
    assert all[|segments|] == next;
    assert Ordered(segments);
    ReachedMeans(segments);
  }
}
