include "SweepLaws.dfy"

// "covered (raw coverage): the union of the best segments. Its length counts every instant once." (semantics.md section
// 3): the sweep's gaps are those of the union, and the lengths add up.
module UnionLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened StreamSpec
  import opened SweepLaws

  // The sweep that keeps what is covered instead of what is not. The program has no such list: it takes the gaps'
  // length from the extent's.
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

  // LAW: the runs are the union of the segments.
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

  // LAW: what the sweep finds are the gaps of the union.
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
      SweepLaws.GapsMean(segments, finish, t);
      RunsMean(segments, t);
      IntervalSetLaws.GapsMean(t, window, Runs(segments));
    }
    SameInstantsSameSet(GapsTo(segments, finish), IntervalSets.Gaps(window, Runs(segments)));
  }

  // LAW: "covered + holes + seams = extent", in lengths: "its length counts every instant once".
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

  function SumDuration(segments: seq<Segment>): Duration {
    if |segments| == 0 then 0 else SumDuration(Before(segments)) + Last(segments).Duration
  }

  function CoveredAgain(segments: seq<Segment>): Duration {
    if |segments| <= 1 then 0
    else
      var E := FurthestEnd(Before(segments));
      CoveredAgain(Before(segments)) + Max(0, Min(E, Last(segments).End()) - Last(segments).Start)
  }

  // LAW: "The durations of the best segments add up to the covered time plus the sum of max(0, min(E, its end) - start)
  // over the best segments after the first".
  lemma DurationsAddUp(segments: seq<Segment>)
    requires Ordered(segments)
    ensures SumDuration(segments) == SumLength(Runs(segments)) + CoveredAgain(segments)
  {
    if |segments| == 0 {
      assert Runs(segments) == [];
    } else if |segments| == 1 {
      assert segments == [segments[0]];
      RunsOfOne(segments[0]);
      assert SumDuration(Before(segments)) == 0;
    } else {
      OneMoreAddsUp(segments);
      DurationsAddUp(Before(segments));
    }
  }

  lemma OneMoreAddsUp(segments: seq<Segment>)
    requires Ordered(segments) && |segments| > 1
    ensures Ordered(Before(segments))
    ensures SumDuration(segments) - SumDuration(Before(segments)) ==
      (SumLength(Runs(segments)) - SumLength(Runs(Before(segments)))) +
      (CoveredAgain(segments) - CoveredAgain(Before(segments)))
  {
    hide Runs, SumLength, Reached, FurthestEnd;
    RunsGrow(segments);
    NewAndAgain(segments);
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
