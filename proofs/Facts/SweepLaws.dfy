include "StreamSpec.dfy"
include "IntervalSetLaws.dfy"

// The one-pass sweep with a running furthest end: what StreamSpec.dfy computes segment by segment is what section 3 of
// semantics.md says of sets of instants. "covered: the union of the best segments"; "gaps: the maximal intervals of the
// extent that are not covered". The same laws hold for the editable chain, which is a row of segments too.
module SweepLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened StreamSpec
  import opened Timelines

  // ---- Small steps ----

  lemma CoveredBefore(segments: seq<Segment>, t: Instant)
    requires |segments| > 0
    ensures Covered(segments, t) <==> Covered(Before(segments), t) || Covers(Last(segments), t)
  {
    if Covered(Before(segments), t) {
      var i :| 0 <= i < |Before(segments)| && Covers(Before(segments)[i], t);
      assert Covers(segments[i], t);
    }
    if Covered(segments, t) && !Covers(Last(segments), t) {
      var i :| 0 <= i < |segments| && Covers(segments[i], t);
      assert Covers(Before(segments)[i], t);
    }
  }

  lemma CoveredBoth(first: seq<Segment>, more: seq<Segment>, t: Instant)
    ensures Covered(first + more, t) <==> Covered(first, t) || Covered(more, t)
  {
    var all := first + more;
    if Covered(first, t) {
      var i :| 0 <= i < |first| && Covers(first[i], t);
      assert Covers(all[i], t);
    }
    if Covered(more, t) {
      var i :| 0 <= i < |more| && Covers(more[i], t);
      assert Covers(all[|first| + i], t);
    }
  }

  // ---- The running furthest end ----

  // LAW: what is reached, or the last start, is the furthest end: that of a segment without a length is its start.
  lemma ReachedMeans(segments: seq<Segment>)
    requires Ordered(segments) && |segments| > 0
    ensures FurthestEnd(segments) == Max(Reached(segments), Last(segments).Start)
    ensures BeforeAll < segments[0].Start <= Reached(segments)
    ensures forall i :: 0 <= i < |segments| ==> segments[i].End() <= FurthestEnd(segments)
    ensures exists i :: 0 <= i < |segments| && segments[i].End() == FurthestEnd(segments)
  {
    var before := Before(segments);
    if |segments| == 1 {
      assert FurthestEnd(before) == BeforeAll;
      assert segments[0].End() == FurthestEnd(segments);
    } else {
      ReachedMeans(before);
      assert Last(before).Start < Last(segments).Start;
      if FurthestEnd(segments) == Last(segments).End() {
        assert segments[|segments| - 1].End() == FurthestEnd(segments);
      } else {
        var i :| 0 <= i < |before| && before[i].End() == FurthestEnd(before);
        assert segments[i].End() == FurthestEnd(segments);
      }
      assert forall i :: 0 <= i < |before| ==> segments[i] == before[i];
    }
  }

  lemma CoveredFromLastStartOn(segments: seq<Segment>, t: Instant)
    requires Ordered(segments) && |segments| > 0 && Last(segments).Start <= t
    ensures Covered(segments, t) <==> t < Reached(segments)
  {
    CoveredBefore(segments, t);
    if |segments| > 1 {
      assert Last(Before(segments)).Start < Last(segments).Start;
      CoveredFromLastStartOn(Before(segments), t);
    }
  }

  // ---- Gaps ----

  // LAW: the gaps are what is not covered up to an end that no segment starts after; the extent's is one, also when
  // cut.
  lemma GapsMean(segments: seq<Segment>, finish: Instant, t: Instant)
    requires Ordered(segments) && |segments| > 0 && Last(segments).Start <= finish
    ensures In(t, GapsTo(segments, finish)) <==> segments[0].Start <= t < finish && !Covered(segments, t)
  {
    var reached := Reached(segments);
    var tail := if reached < finish then [Interval(reached, finish)] else [];
    ReachedMeans(segments);
    CoveredBefore(segments, t);
    if reached < finish { InOne(t, Interval(reached, finish)); }
    if |segments| == 1 {
      assert GapsTo(segments, finish) == tail;
    } else {
      var before, last := Before(segments), Last(segments);
      assert Last(before).Start < last.Start;
      if last.Duration == 0 {
        assert GapsTo(segments, finish) == GapsTo(before, finish);
        GapsMean(before, finish, t);
      } else {
        assert GapsTo(segments, finish) == GapsTo(before, last.Start) + tail;
        InJoined(t, GapsTo(before, last.Start), tail);
        GapsMean(before, last.Start, t);
        if last.Start <= t { CoveredFromLastStartOn(segments, t); }
      }
    }
  }

  // LAW: no gap is empty, they are in order, none touches the next: so they are maximal.
  lemma GapsAreCanonical(segments: seq<Segment>, finish: Instant)
    requires Ordered(segments)
    ensures Canonical(GapsTo(segments, finish)) && Canonical(ClosedGaps(segments))
    ensures forall gap <- ClosedGaps(segments) :: gap.End < Reached(segments)
    ensures forall gap <- ClosedGaps(segments) :: segments[0].Start <= gap.Start && gap.End <= Last(segments).Start
  {
    if |segments| > 1 {
      var before := Before(segments);
      ReachedMeans(before);
      GapsAreCanonical(before, Last(segments).Start);
      assert Last(before).Start < Last(segments).Start;
    }
  }

  lemma ClosedGapsOfMore(before: seq<Segment>, more: seq<Segment>)
    ensures ClosedGaps(before + more) == ClosedGaps(before) + GapsClosedBy(before, more)
  {
    if |more| == 0 {
      assert before + more == before;
    } else {
      assert Before(before + more) == before + Before(more);
      ClosedGapsOfMore(before, Before(more));
    }
  }

  // Each ends at the start of one of these segments.
  lemma GapsClosedByEnd(before: seq<Segment>, more: seq<Segment>)
    ensures forall gap <- GapsClosedBy(before, more) :: exists i :: 0 <= i < |more| && gap.End == more[i].Start
  {
    if |more| > 0 {
      GapsClosedByEnd(before, Before(more));
      forall gap | gap in GapsClosedBy(before, more)
        ensures exists i :: 0 <= i < |more| && gap.End == more[i].Start
      {
        if gap in GapsClosedBy(before, Before(more)) {
          var i :| 0 <= i < |Before(more)| && gap.End == Before(more)[i].Start;
          assert gap.End == more[i].Start;
        } else {
          assert gap.End == more[|more| - 1].Start;
        }
      }
    }
  }

  // ---- Holes and seams ----

  // LAW: every hole is longer than the tolerance and every seam is not; each gap is one or the other.
  lemma HolesAreLonger(tolerance: Duration, gaps: seq<Interval>)
    ensures forall gap <- Holes(tolerance, gaps) :: gap in gaps && gap.Length() > tolerance
    ensures forall gap <- Seams(tolerance, gaps) :: gap in gaps && gap.Length() <= tolerance
    ensures forall gap <- gaps :: gap in Holes(tolerance, gaps) || gap in Seams(tolerance, gaps)
    ensures SumLength(Holes(tolerance, gaps)) + SumLength(Seams(tolerance, gaps)) == SumLength(gaps)
  {
    if |gaps| > 0 {
      HolesAreLonger(tolerance, Before(gaps));
      SumOfOneMore(Holes(tolerance, Before(gaps)), Last(gaps));
      SumOfOneMore(Seams(tolerance, Before(gaps)), Last(gaps));
      assert Holes(tolerance, Before(gaps)) + [] == Holes(tolerance, Before(gaps));
      assert Seams(tolerance, Before(gaps)) + [] == Seams(tolerance, Before(gaps));
    }
  }

  lemma SumOfOneMore(first: seq<Interval>, next: Interval)
    ensures SumLength(first + [next]) == SumLength(first) + next.Length()
  {
    assert Before(first + [next]) == first;
  }

  lemma SumOfBoth(first: seq<Interval>, more: seq<Interval>)
    ensures SumLength(first + more) == SumLength(first) + SumLength(more)
  {
    if |more| == 0 {
      assert first + more == first;
    } else {
      assert Before(first + more) == first + Before(more);
      SumOfBoth(first, Before(more));
    }
  }

  lemma HolesOfBoth(tolerance: Duration, first: seq<Interval>, more: seq<Interval>)
    ensures Holes(tolerance, first + more) == Holes(tolerance, first) + Holes(tolerance, more)
    ensures Seams(tolerance, first + more) == Seams(tolerance, first) + Seams(tolerance, more)
  {
    if |more| == 0 {
      assert first + more == first;
    } else {
      assert Before(first + more) == first + Before(more);
      HolesOfBoth(tolerance, first, Before(more));
    }
  }

  lemma HolesAreCanonical(tolerance: Duration, gaps: seq<Interval>)
    requires Canonical(gaps)
    ensures Canonical(Holes(tolerance, gaps)) && Canonical(Seams(tolerance, gaps))
  {
    if |gaps| > 0 {
      var before, last := Before(gaps), Last(gaps);
      var holes, seams := Holes(tolerance, before), Seams(tolerance, before);
      HolesAreCanonical(tolerance, before);
      HolesAreLonger(tolerance, before);
      forall gap | gap in before ensures gap.End < last.Start {}
      if IsHole(tolerance, last) {
        OneMoreIsCanonical(holes, last);
        assert Seams(tolerance, gaps) == seams;
      } else {
        OneMoreIsCanonical(seams, last);
        assert Holes(tolerance, gaps) == holes;
      }
    }
  }

  lemma OneMoreIsCanonical(first: seq<Interval>, next: Interval)
    requires Canonical(first) && !next.IsEmpty()
    requires forall gap <- first :: gap.End < next.Start
    ensures Canonical(first + [next])
  {
    assert forall i :: 0 <= i < |first| ==> (first + [next])[i] in first;
  }

  // LAW: "no hole meets a segment", nor does a seam.
  lemma NoGapMeetsASegment(segments: seq<Segment>, finish: Instant, gap: Interval, segment: Segment)
    requires Ordered(segments) && |segments| > 0 && Last(segments).Start <= finish
    requires gap in GapsTo(segments, finish) && segment in segments
    ensures Intersect(gap, Create(segment.Start, segment.End())).IsEmpty()
  {
    var t := Max(gap.Start, segment.Start);
    if t < Min(gap.End, segment.End()) {
      var i :| 0 <= i < |segments| && segments[i] == segment;
      assert Covers(segments[i], t);
      var j :| 0 <= j < |GapsTo(segments, finish)| && GapsTo(segments, finish)[j] == gap;
      assert Contains(GapsTo(segments, finish)[j], t);
      GapsMean(segments, finish, t);
    }
  }

  // LAW: every instant up to the end is in exactly one of covered, holes and seams, and no other in a hole or a seam.
  lemma CoveredHolesAndSeamsTile(tolerance: Duration, segments: seq<Segment>, finish: Instant, t: Instant)
    requires Ordered(segments) && |segments| > 0 && Last(segments).Start <= finish
    ensures
      var gaps := GapsTo(segments, finish);
      var covered, hole, seam := Covered(segments, t), In(t, Holes(tolerance, gaps)), In(t, Seams(tolerance, gaps));
      && !(covered && hole) && !(covered && seam) && !(hole && seam)
      && (segments[0].Start <= t < finish ==> covered || hole || seam)
      && (hole || seam ==> segments[0].Start <= t < finish)
  {
    GapsMean(segments, finish, t);
    GapsAreCanonical(segments, finish);
    HoleOrSeam(tolerance, GapsTo(segments, finish), t);
  }

  // LAW: nothing is covered outside the extent, so before any cut covered, holes and seams tile it.
  lemma ExtentHoldsAll(best: seq<Segment>, t: Instant)
    requires Ordered(best) && Covered(best, t)
    ensures Contains(Extent(best), t)
  {
    var i :| 0 <= i < |best| && Covers(best[i], t);
    assert best[i].Duration > 0;
    assert i > 0 ==> best[0].Start < best[i].Start;
    ReachedMeans(best);
  }

  lemma HoleOrSeam(tolerance: Duration, gaps: seq<Interval>, t: Instant)
    requires Canonical(gaps)
    ensures In(t, gaps) <==> In(t, Holes(tolerance, gaps)) || In(t, Seams(tolerance, gaps))
    ensures !(In(t, Holes(tolerance, gaps)) && In(t, Seams(tolerance, gaps)))
  {
    var holes, seams := Holes(tolerance, gaps), Seams(tolerance, gaps);
    HolesAreLonger(tolerance, gaps);
    if In(t, gaps) {
      var i :| 0 <= i < |gaps| && Contains(gaps[i], t);
      var gap := gaps[i];
      if gap in holes {
        var j :| 0 <= j < |holes| && holes[j] == gap;
        assert Contains(holes[j], t);
      } else {
        assert gap in gaps && gap in seams;
        var j :| 0 <= j < |seams| && seams[j] == gap;
        assert Contains(seams[j], t);
      }
    }
    if In(t, holes) {
      var i :| 0 <= i < |holes| && Contains(holes[i], t);
      assert holes[i] in holes;
      var j :| 0 <= j < |gaps| && gaps[j] == holes[i];
      if In(t, seams) {
        var k :| 0 <= k < |seams| && Contains(seams[k], t);
        assert seams[k] in seams;
        var l :| 0 <= l < |gaps| && gaps[l] == seams[k];
        assert j == l;
      }
    }
    if In(t, seams) {
      var k :| 0 <= k < |seams| && Contains(seams[k], t);
      assert seams[k] in seams;
      var l :| 0 <= l < |gaps| && gaps[l] == seams[k];
    }
  }
}
