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

  // With the last start it is the furthest end: that of a segment without a length is its start.
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

  // To any end that no segment starts after; the extent's is one, also when it is cut.
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

  // None empty, in order, none touching the next: so they are maximal.
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

  // "no hole meets a segment", nor does a seam.
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

  // Every instant up to the end is in exactly one of covered, holes and seams, and no other in a hole or a seam.
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

  // Nothing is covered outside the extent, so before any cut they tile it.
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

  // ---- The union itself ----

  // The sweep that keeps what is covered instead of what is not. The program has no such list: it takes the gaps' length
  // from the extent's.
  function Runs(segments: seq<Segment>): seq<Interval> {
    if |segments| == 0 then []
    else
      var runs, last := Runs(Before(segments)), Last(segments);
      if last.Duration <= 0 then runs
      else if |runs| > 0 && last.Start <= Last(runs).End then
        Before(runs) + [Create(Last(runs).Start, Max(Last(runs).End, last.End()))]
      else runs + [Create(last.Start, last.End())]
  }

  lemma RunsAreCanonical(segments: seq<Segment>)
    requires Ordered(segments)
    ensures Canonical(Runs(segments))
    ensures |Runs(segments)| > 0 ==>
      Last(Runs(segments)).End == Reached(segments) && Last(Runs(segments)).Start <= Last(segments).Start
    ensures |Runs(segments)| == 0 && |segments| > 0 ==> Reached(segments) == segments[0].Start
  {
    if |segments| > 0 {
      var before, last := Before(segments), Last(segments);
      var runs := Runs(before);
      hide Canonical;
      RunsAreCanonical(before);
      assert |before| > 0 ==> Last(before).Start < last.Start;
      if last.Duration > 0 {
        if |runs| > 0 && last.Start <= Last(runs).End {
          LastMayGrow(runs, Create(Last(runs).Start, Max(Last(runs).End, last.End())));
        } else {
          AfterLastIsCanonical(runs, Create(last.Start, last.End()));
        }
      }
    }
  }

  lemma LastMayGrow(first: seq<Interval>, grown: Interval)
    requires Canonical(first) && |first| > 0 && grown.Start == Last(first).Start && !grown.IsEmpty()
    ensures Canonical(Before(first) + [grown])
  {
    forall gap | gap in Before(first) ensures gap.End < grown.Start {}
    OneMoreIsCanonical(Before(first), grown);
  }

  lemma AfterLastIsCanonical(first: seq<Interval>, next: Interval)
    requires Canonical(first) && !next.IsEmpty()
    requires |first| > 0 ==> Last(first).End < next.Start
    ensures Canonical(first + [next])
  {
    forall gap | gap in first ensures gap.End < next.Start {
      var i :| 0 <= i < |first| && first[i] == gap;
      if i < |first| - 1 { assert first[i].End < Last(first).Start < Last(first).End; }
    }
    OneMoreIsCanonical(first, next);
  }

  // The union of the segments, as a canonical set.
  lemma RunsMean(segments: seq<Segment>, t: Instant)
    requires Ordered(segments)
    ensures In(t, Runs(segments)) <==> Covered(segments, t)
  {
    if |segments| > 0 {
      var before, last := Before(segments), Last(segments);
      var runs := Runs(before);
      RunsMean(before, t);
      RunsAreCanonical(before);
      CoveredBefore(segments, t);
      var own := Create(last.Start, last.End());
      if last.Duration <= 0 {
      } else if |runs| > 0 && last.Start <= Last(runs).End {
        var joined := Create(Last(runs).Start, Max(Last(runs).End, last.End()));
        assert |before| > 0 ==> Last(before).Start < last.Start;
        InJoined(t, Before(runs), [joined]);
        InJoined(t, Before(runs), [Last(runs)]);
        assert runs == Before(runs) + [Last(runs)];
        InOne(t, joined);
        InOne(t, Last(runs));
      } else {
        InJoined(t, runs, [own]);
        InOne(t, own);
      }
    }
  }

  // The next segment adds what it has beyond what was reached.
  lemma RunsGrow(segments: seq<Segment>)
    requires Ordered(segments) && |segments| > 1
    ensures
      var before, last := Before(segments), Last(segments);
      SumLength(Runs(segments)) ==
        SumLength(Runs(before)) + Max(0, last.End() - Max(last.Start, Reached(before)))
  {
    var before, last := Before(segments), Last(segments);
    var runs := Runs(before);
    assert Last(before).Start < last.Start;
    ReachedMeans(before);
    RunsAreCanonical(before);
    if last.Duration <= 0 {
    } else if |runs| > 0 && last.Start <= Last(runs).End {
      SumOfOneMore(Before(runs), Create(Last(runs).Start, Max(Last(runs).End, last.End())));
    } else {
      SumOfOneMore(runs, Create(last.Start, last.End()));
    }
  }

  lemma RunsOfOne(segment: Segment)
    requires Ordered([segment])
    ensures SumLength(Runs([segment])) == segment.Duration
  {
    assert Before([segment]) == [];
    assert Runs([]) == [];
    if segment.Duration > 0 {
      assert Runs([segment]) == [] + [Create(segment.Start, segment.End())];
      SumOfOneMore([], Create(segment.Start, segment.End()));
    }
  }

  // What the sweep finds are the gaps of the union.
  lemma GapsAreThoseOfTheUnion(segments: seq<Segment>, finish: Instant)
    requires Ordered(segments) && |segments| > 0 && Last(segments).Start <= finish
    requires Canonical(Runs(segments))
    ensures GapsTo(segments, finish) == IntervalSets.Gaps(Create(segments[0].Start, finish), Runs(segments))
  {
    var window := Create(segments[0].Start, finish);
    GapsAreCanonical(segments, finish);
    forall t
      ensures In(t, GapsTo(segments, finish)) <==> In(t, IntervalSets.Gaps(window, Runs(segments)))
    {
      GapsMean(segments, finish, t);
      RunsMean(segments, t);
      IntervalSetLaws.GapsMean(t, window, Runs(segments));
    }
    SameInstantsSameSet(GapsTo(segments, finish), IntervalSets.Gaps(window, Runs(segments)));
  }

  // "covered + holes + seams = extent", in lengths: "its length counts every instant once".
  lemma LengthsTile(segments: seq<Segment>, finish: Instant)
    requires Ordered(segments) && |segments| > 0 && Reached(segments) <= finish
    ensures SumLength(Runs(segments)) + SumLength(GapsTo(segments, finish)) == finish - segments[0].Start
  {
    LengthsTileSoFar(segments);
    if Reached(segments) < finish {
      SumOfOneMore(ClosedGaps(segments), Interval(Reached(segments), finish));
    } else {
      assert GapsTo(segments, finish) == ClosedGaps(segments);
    }
  }

  lemma LengthsTileSoFar(segments: seq<Segment>)
    requires Ordered(segments) && |segments| > 0
    ensures SumLength(Runs(segments)) + SumLength(ClosedGaps(segments)) == Reached(segments) - segments[0].Start
  {
    if |segments| == 1 {
      assert segments == [segments[0]];
      RunsOfOne(segments[0]);
    } else {
      var before, last := Before(segments), Last(segments);
      RunsGrow(segments);
      LengthsTileSoFar(before);
      if last.Duration > 0 && last.Start > Reached(before) {
        SumOfOneMore(ClosedGaps(before), Interval(Reached(before), last.Start));
      } else {
        assert ClosedGaps(segments) == ClosedGaps(before);
      }
    }
  }

  // "the durations of the best segments add up to the covered time plus the sum of max(0, min(E, its end) - start) over
  // the best segments after the first".
  function SumDuration(segments: seq<Segment>): Duration {
    if |segments| == 0 then 0 else SumDuration(Before(segments)) + Last(segments).Duration
  }

  function CoveredAgain(segments: seq<Segment>): Duration {
    if |segments| <= 1 then 0
    else
      var E := FurthestEnd(Before(segments));
      CoveredAgain(Before(segments)) + Max(0, Min(E, Last(segments).End()) - Last(segments).Start)
  }

  lemma DurationsAddUp(segments: seq<Segment>)
    requires Ordered(segments)
    ensures SumDuration(segments) == SumLength(Runs(segments)) + CoveredAgain(segments)
  {
    if |segments| == 0 {
    } else if |segments| == 1 {
      assert segments == [segments[0]];
      RunsOfOne(segments[0]);
      assert SumDuration(Before(segments)) == 0;
    } else {
      var before, last := Before(segments), Last(segments);
      var beyond := Max(0, last.End() - Max(last.Start, Reached(before)));
      var again := Max(0, Min(FurthestEnd(before), last.End()) - last.Start);
      hide Max, Min;
      assert SumDuration(segments) == SumDuration(before) + last.Duration;
      assert SumLength(Runs(segments)) == SumLength(Runs(before)) + beyond by { RunsGrow(segments); }
      assert CoveredAgain(segments) == CoveredAgain(before) + again;
      assert last.Duration == beyond + again by { NewAndAgain(segments); }
      DurationsAddUp(before);
    }
  }

  // A segment's duration is what it has beyond what was reached, and what lies before.
  lemma NewAndAgain(segments: seq<Segment>)
    requires Ordered(segments) && |segments| > 1
    ensures
      var before, last := Before(segments), Last(segments);
      last.Duration ==
        Max(0, last.End() - Max(last.Start, Reached(before))) +
        Max(0, Min(FurthestEnd(before), last.End()) - last.Start)
  {
    var before := Before(segments);
    ReachedMeans(before);
    assert Last(before).Start < Last(segments).Start;
  }
}
