include "AccountLaws.dfy"

// What section 9 says always holds of the words: under its table, and with nothing given.
module AccountTimeLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Timelines
  import opened Measures
  import opened StreamSpec
  import opened CoverageLaws
  import opened ExtentLaws
  import opened Facts
  import opened Accounts
  import opened AccountSpec
  import opened FactsLaws
  import opened AccountSteps
  import opened AccountLaws
  import Reports

  // ---- More is acknowledged ----

  function Acknowledging(c: Case, acknowledged: IntervalSet): Case {
    c.(Given := c.Given.(Acknowledged := acknowledged))
  }

  // What is lost has nothing to do with what is acknowledged.
  lemma LostWhateverIsAcknowledged(c: Case, acknowledged: IntervalSet, t: Instant)
    ensures var d := Acknowledging(c, acknowledged);
      && (InX(c, t) <==> InX(d, t))
      && (InSpan(c, t) <==> InSpan(d, t))
      && (IsSeam(c, t) <==> IsSeam(d, t))
      && (IsLost(c, t) <==> IsLost(d, t))
  {
    hide *;
    var d := Acknowledging(c, acknowledged);
    reveal Acknowledging;
    forall u ensures InExtent(c, u) <==> InExtent(d, u) {
      assert InExtent(c, u) <==> InExtent(d, u) by { reveal InExtent; }
    }
    forall u ensures IsCovered(c, u) <==> IsCovered(d, u) {
      assert IsCovered(c, u) <==> IsCovered(d, u) by { reveal IsCovered; }
    }
    assert Known(c) == Known(d) by { reveal Known; }
    forall u ensures InWorld(c, u) <==> InWorld(d, u) {
      assert InWorld(c, u) <==> InWorld(d, u) by { reveal InWorld; }
    }
    forall u ensures InX(c, u) <==> InX(d, u) {
      assert InX(c, u) <==> InX(d, u) by { reveal InX; }
    }
    assert KnownByNow(c) == KnownByNow(d) by { reveal KnownByNow; }
    assert InSpan(c, t) <==> InSpan(d, t) by { reveal InSpan; }
    assert Bare(c) == Bare(d) by { reveal Bare; }
    assert IsSeam(c, t) <==> IsSeam(d, t) by {
      reveal IsSeam, IsSeamOf;
      forall a, b ensures IsSeamOf(c, a, b) <==> IsSeamOf(d, a, b) { }
    }
    assert IsUnexpected(c, t) <==> IsUnexpected(d, t) by { reveal IsUnexpected; }
    reveal IsLost;
  }

  // LAW: "Taking more into A never makes more missing."
  lemma MoreAcknowledgedIsNotMoreMissing(c: Case, more: IntervalSet, t: Instant)
    requires forall u :: In(u, c.Given.Acknowledged) ==> In(u, more)
    requires InSpan(Acknowledging(c, more), t) && WordOf(Acknowledging(c, more), t) == Word.Missing
    ensures InSpan(c, t) && WordOf(c, t) == Word.Missing
  {
    var d := Acknowledging(c, more);
    hide InX, InSpan, IsSeam, IsLost, IsRest, IsUnexpected, IsMaximal;
    forall u ensures IsLost(c, u) <==> IsLost(d, u) { LostWhateverIsAcknowledged(c, more, u); }
    LostWhateverIsAcknowledged(c, more, t);
    assert IsUnexpected(c, t) <==> IsUnexpected(d, t) by { reveal IsUnexpected; }
    assert IsLost(d, t) by { reveal IsLost; }
    if IsRest(c, t) {
      reveal IsRest;
      var a, b :| IsRestOf(c, a, b) && a <= t < b;
      RestsStay(c, more, t, a, b);
    }
  }

  lemma RestsStay(c: Case, more: IntervalSet, t: Instant, a: Instant, b: Instant)
    requires forall u :: In(u, c.Given.Acknowledged) ==> In(u, more)
    requires forall u :: IsLost(c, u) <==> IsLost(Acknowledging(c, more), u)
    requires IsRestOf(c, a, b) && a <= t < b && t in Open(Acknowledging(c, more))
    ensures IsRest(Acknowledging(c, more), t)
  {
    var d := Acknowledging(c, more);
    hide IsLost;
    assert forall u :: u in Open(d) ==> u in Open(c);
    var x, y := MaximalAround(Open(d), t, a - 1, b);
    assert IsRestOf(d, x, y) by {
      if x > a {
        assert x - 1 in Open(c);
        assert IsAccepted(d, x - 1);
      } else if y < b {
        assert y in Open(c);
        assert IsAccepted(d, y);
      } else {
        assert IsAccepted(c, a - 1) ==> IsAccepted(d, a - 1);
        assert IsAccepted(c, b) ==> IsAccepted(d, b);
      }
    }
  }

  // ---- Time goes by ----

  function At(c: Case, now: Instant): Case { c.(Given := c.Given.(Now := now)) }

  // X is not cut at now.
  lemma ExpectedAtAnyNow(c: Case, now: Instant, t: Instant)
    ensures InX(c, t) <==> InX(At(c, now), t)
    ensures IsSeam(c, t) <==> IsSeam(At(c, now), t)
    ensures InExtent(c, t) <==> InExtent(At(c, now), t)
    ensures IsCovered(c, t) <==> IsCovered(At(c, now), t)
    ensures InWorld(c, t) <==> InWorld(At(c, now), t)
  {
    hide *;
    var d := At(c, now);
    reveal At;
    forall u ensures InExtent(c, u) <==> InExtent(d, u) {
      assert InExtent(c, u) <==> InExtent(d, u) by { reveal InExtent; }
    }
    forall u ensures IsCovered(c, u) <==> IsCovered(d, u) {
      assert IsCovered(c, u) <==> IsCovered(d, u) by { reveal IsCovered; }
    }
    assert Known(c) == Known(d) by { reveal Known; }
    forall u ensures InWorld(c, u) <==> InWorld(d, u) {
      assert InWorld(c, u) <==> InWorld(d, u) by { reveal InWorld; }
    }
    forall u ensures InX(c, u) <==> InX(d, u) {
      assert InX(c, u) <==> InX(d, u) by { reveal InX; }
    }
    assert Bare(c) == Bare(d) by { reveal Bare; }
    assert IsSeam(c, t) <==> IsSeam(d, t) by {
      reveal IsSeam, IsSeamOf;
      forall a, b ensures IsSeamOf(c, a, b) <==> IsSeamOf(d, a, b) { }
    }
  }

  // The span only grows.
  lemma SpanGrows(c: Case, now: Instant, t: Instant)
    requires now >= c.Given.Now && InSpan(c, t)
    ensures InSpan(At(c, now), t)
  {
    hide InX, InExtent, InWorld;
    var d := At(c, now);
    forall u ensures u in KnownByNow(c) ==> u in KnownByNow(d) { ExpectedAtAnyNow(c, now, u); }
    ExpectedAtAnyNow(c, now, t);
  }

  // Of what was over already, the same is lost where nothing is too old to be kept.
  lemma LostAtAnyNow(c: Case, now: Instant, t: Instant)
    requires now >= c.Given.Now && t < c.Given.Now && c.Given.Keep.Nothing?
    ensures IsLost(c, t) <==> IsLost(At(c, now), t)
  {
    hide IsSeam;
    var d := At(c, now);
    ExpectedAtAnyNow(c, now, t);
    if InX(c, t) {
      assert t in KnownByNow(c) && t in KnownByNow(d);
      assert InSpan(c, t) && InSpan(d, t);
    }
  }

  // LAW: "An instant that is missing at one now is missing at every later now while the disk, X, A and sigma stay, but that
  // keep may make it unexpected or a rest."
  lemma MissingStaysMissing(c: Case, now: Instant, t: Instant)
    requires now >= c.Given.Now
    requires InSpan(c, t) && WordOf(c, t) == Word.Missing
    ensures
      var d := At(c, now);
      && InSpan(d, t)
      && (WordOf(d, t) == Word.Missing ||
          (WordOf(d, t) == Word.Unexpected && c.Given.Keep.Some?) || (WordOf(d, t) == Word.Acknowledged && IsRest(d, t)))
  {
    hide InX, InSpan, IsSeam, IsRest;
    var d := At(c, now);
    SpanGrows(c, now, t);
    ExpectedAtAnyNow(c, now, t);
  }

  // LAW: where all is kept, and settling is no shorter than the tolerance, it is no rest either. (A shorter settling can say
  // missing of the first part of what will be a rest: the rest's end, and what is acknowledged behind it, are not over yet.)
  lemma MissingStaysMissingWhereAllIsKept(c: Case, now: Instant, t: Instant)
    requires now >= c.Given.Now
    requires c.Given.Keep.Nothing? && c.Given.Settling >= c.Settings.Tolerance
    requires InSpan(c, t) && WordOf(c, t) == Word.Missing
    ensures InSpan(At(c, now), t) && WordOf(At(c, now), t) == Word.Missing
  {
    hide InX, InSpan, IsSeam, IsRest, IsLost;
    var d := At(c, now);
    MissingStaysMissing(c, now, t);
    if IsRest(d, t) {
      assert exists a, b :: IsRestOf(d, a, b) && a <= t < b by { reveal IsRest; }
      var a, b :| IsRestOf(d, a, b) && a <= t < b;
      assert b < c.Given.Now;
      forall u | a - 1 <= u <= b ensures IsLost(c, u) <==> IsLost(d, u) { LostAtAnyNow(c, now, u); }
      forall u | a - 1 <= u <= b ensures u in Open(c) <==> u in Open(d) { }
      assert IsRestOf(c, a, b);
      assert IsRest(c, t) by { reveal IsRest; }
      assert false;
    }
  }

  // ---- Nothing given ----

  // "With nothing given but a now after the extent's end plus sigma, and no unread hour"; or expected is the extent.
  ghost predicate IsOfFacts(c: Case) {
    var extent := ExtentIn(c.Settings, c.Best);
    && Sane(c)
    && c.Given.Keep.Nothing?
    && c.Given.Acknowledged == [] && c.Given.Unread == [] && c.Given.UnreadReach == []
    && c.Given.Settling >= 0 && c.Given.Now >= extent.End + c.Given.Settling
    && (c.Given.Expected.Nothing? ==> c.Settings.FirstHour.Nothing? || c.Settings.LastHour.Nothing?)
    && (c.Given.Expected.Some? ==> forall t :: In(t, c.Given.Expected.Value) <==> Contains(extent, t))
  }

  lemma OfFactsExpects(c: Case, t: Instant)
    requires IsOfFacts(c)
    ensures InX(c, t) <==> InExtent(c, t)
    ensures InSpan(c, t) <==> InExtent(c, t)
  {
    ExtentHas(c);
    HullOfExtent(c, Known(c), t);
    forall u ensures InX(c, u) <==> InExtent(c, u) {
      forall v ensures v in Known(c) <==> InExtent(c, v) { }
      HullOfExtent(c, Known(c), u);
    }
    forall v ensures v in KnownByNow(c) <==> InExtent(c, v) { }
    HullOfExtent(c, KnownByNow(c), t);
  }

  lemma HullOfExtent(c: Case, m: iset<Instant>, t: Instant)
    requires forall v :: v in m <==> InExtent(c, v)
    ensures InHull(m, t) <==> InExtent(c, t)
  {
  }

  // An extent that is not empty has covered time.
  lemma CoveredSomewhere(c: Case) returns (t: Instant)
    requires Sane(c) && !ExtentIn(c.Settings, c.Best).IsEmpty()
    ensures InExtent(c, t) && IsCovered(c, t)
  {
    ExtentHas(c);
    reveal Sane();
    var i :| 0 <= i < |c.Best| && c.Best[i].Duration > 0;
    assert Covers(c.Best[i], c.Best[i].Start);
    return c.Best[i].Start;
  }

  lemma OfFactsSeams(c: Case, facts: StreamFacts, t: Instant)
    requires IsOfFacts(c) && Tells(facts, c)
    ensures IsSeam(c, t) <==> In(t, facts.Seams)
  {
    hide InX, InSpan, ExtentIn, IsCovered, Sane, Tells;
    forall u ensures u in Bare(c) <==> InExtent(c, u) && !IsCovered(c, u) { OfFactsExpects(c, u); }
    if i :| 0 <= i < |facts.Seams| && Contains(facts.Seams[i], t) {
      var seam := facts.Seams[i];
      SeamStands(c, facts, i);
      assert IsMaximal(Bare(c), seam.Start, seam.End);
      assert IsCovered(c, seam.Start - 1) || IsCovered(c, seam.End) by {
        if !IsCovered(c, seam.Start - 1) && !IsCovered(c, seam.End) {
          var u := CoveredSomewhere(c);
          assert Contains(seam, u);
        }
      }
      assert IsSeamOf(c, seam.Start, seam.End);
    }
    if a, b :| IsSeamOf(c, a, b) && a <= t < b {
      assert t in Bare(c);
      OneOfThree(c, facts, t);
      if i :| 0 <= i < |facts.Holes()| && Contains(facts.Holes()[i], t) {
        var hole := facts.Holes()[i];
        HoleStands(c, facts, i);
        assert IsMaximal(Bare(c), hole.Start, hole.End);
        SameMaximal(Bare(c), a, b, hole.Start, hole.End, t);
      }
    }
  }

  lemma OfFactsWords(c: Case, facts: StreamFacts, t: Instant)
    requires IsOfFacts(c) && Tells(facts, c) && InSpan(c, t)
    ensures WordOf(c, t) == Word.Missing <==> In(t, facts.Holes())
    ensures WordOf(c, t) == Word.Seam <==> In(t, facts.Seams)
    ensures WordOf(c, t) == Word.Partial <==> PartialOnly(c.Best, t)
    ensures WordOf(c, t) in {Word.Full, Word.Partial, Word.Seam, Word.Missing}
  {
    hide InX, InSpan, ExtentIn, IsCovered, Sane, Tells, IsSeam, IsFull, PartialOnly;
    OfFactsExpects(c, t);
    OfFactsSeams(c, facts, t);
    OneOfThree(c, facts, t);
    CoveredMeans(c, t);
    assert !IsRest(c, t) by {
      if a, b :| IsRestOf(c, a, b) && a <= t < b { assert false; }
    }
  }

  // LAW: with nothing given, "missing is exactly the holes of section 3 and seam its seams"; the span is the extent, and there
  // is no other word but full and partial.
  lemma OfFactsMeans(c: Case, facts: StreamFacts, account: Account)
    requires IsMade(c, facts, account) && IsOfFacts(c)
    ensures account.Whole == facts.Extent()
    ensures IntervalsOf(Word.Missing, account) == facts.Holes()
    ensures IntervalsOf(Word.Seam, account) == facts.Seams
    ensures IntervalsOf(Word.Partial, account) == facts.PartialOnly()
    ensures forall word <- [Word.Unexpected, Word.Acknowledged, Word.Unknown, Word.Ahead, Word.Pending] ::
      IntervalsOf(word, account) == []
  {
    hide *;
    assert Tells(facts, c) && Sane(c) by { reveal IsMade; }
    forall word: Word, t: Instant ensures In(t, IntervalsOf(word, account)) <==> InSpan(c, t) && WordOf(c, t) == word {
      WordsMean(c, facts, account, word, t);
    }
    forall t: Instant
      ensures InSpan(c, t) <==> InExtent(c, t)
      ensures In(t, IntervalsOf(Word.Missing, account)) <==> In(t, facts.Holes())
      ensures In(t, IntervalsOf(Word.Seam, account)) <==> In(t, facts.Seams)
      ensures In(t, IntervalsOf(Word.Partial, account)) <==> In(t, facts.PartialOnly())
      ensures Contains(account.Whole, t) <==> Contains(facts.Extent(), t)
    {
      OfFactsExpects(c, t);
      OneOfThree(c, facts, t);
      PartsMean(c, facts, account, t);
      if InSpan(c, t) { OfFactsWords(c, facts, t); }
      assert In(t, facts.PartialOnly()) <==> InExtent(c, t) && PartialOnly(c.Best, t) by { reveal Tells(); }
      assert InExtent(c, t) <==> Contains(facts.Extent(), t) by { reveal Tells(), InExtent; }
    }
    SameInstantsSameSet(IntervalsOf(Word.Missing, account), facts.Holes());
    SameInstantsSameSet(IntervalsOf(Word.Seam, account), facts.Seams);
    SameInstantsSameSet(IntervalsOf(Word.Partial, account), facts.PartialOnly());
    forall word | word in [Word.Unexpected, Word.Acknowledged, Word.Unknown, Word.Ahead, Word.Pending]
      ensures IntervalsOf(word, account) == []
    {
      NoOtherWord(c, facts, account, word);
    }
    SameInstantsSameInterval(account.Whole, facts.Extent());
  }

  lemma NoOtherWord(c: Case, facts: StreamFacts, account: Account, word: Word)
    requires IsMade(c, facts, account) && IsOfFacts(c)
    requires word !in {Word.Full, Word.Partial, Word.Seam, Word.Missing}
    ensures IntervalsOf(word, account) == []
  {
    hide *;
    assert Tells(facts, c) && Sane(c) by { reveal IsMade; }
    var s: IntervalSet := IntervalsOf(word, account);
    if |s| > 0 {
      var t := s[0].Start;
      assert In(t, s) by { reveal In, Contains, Canonical, AnyInterval.IsEmpty; assert Contains(s[0], t); }
      WordsMean(c, facts, account, word, t);
      OfFactsWords(c, facts, t);
    }
  }

  lemma SameInstantsSameInterval(a: Interval, b: Interval)
    requires forall t :: Contains(a, t) <==> Contains(b, t)
    ensures a == b
  {
    assert !a.IsEmpty() ==> Contains(a, a.Start) && Contains(a, a.End - 1);
    assert !b.IsEmpty() ==> Contains(b, b.Start) && Contains(b, b.End - 1);
    assert !Contains(a, a.Start - 1) && !Contains(a, a.End) && !Contains(b, b.Start - 1) && !Contains(b, b.End);
  }

  // LAW: the account of the facts alone is one of those with nothing given.
  lemma TheAccountOfFacts(c: Case, facts: StreamFacts)
    requires Sane(c) && Tells(facts, c)
    ensures
      var d := c.(Given := NothingGiven.(Expected := Some(Single(facts.Extent()))));
      IsOfFacts(d) && IsMade(d, facts, OfFacts(facts))
  {
    var d := c.(Given := NothingGiven.(Expected := Some(Single(facts.Extent()))));
    hide *;
    assert facts.Extent() == ExtentIn(c.Settings, c.Best) by { reveal Tells(); }
    forall t ensures In(t, Single(facts.Extent())) <==> Contains(ExtentIn(c.Settings, c.Best), t) {
      SingleMeans(t, facts.Extent());
    }
    reveal NothingGiven;
    SaneOfFacts(c, d);
    TellsOfFacts(c, d, facts);
    assert IsOfFacts(d) by { ExtentHas(c); reveal IsOfFacts; }
    assert OfFacts(facts) == Judge(d.Given, facts) by { reveal OfFacts; }
    reveal IsMade;
  }

  lemma SaneOfFacts(c: Case, d: Case)
    requires Sane(c) && d.Settings == c.Settings && d.Best == c.Best
    requires d.Given.Unread == [] && d.Given.Expected.Some?
    requires forall t :: In(t, d.Given.Expected.Value) <==> Contains(ExtentIn(c.Settings, c.Best), t)
    ensures Sane(d)
  {
    hide ExtentIn;
    ExtentHas(c);
    forall t ensures InWorld(c, t) <==> InWorld(d, t) { }
    reveal Sane();
  }

  lemma TellsOfFacts(c: Case, d: Case, facts: StreamFacts)
    requires Tells(facts, c) && d.Settings == c.Settings && d.Best == c.Best
    ensures Tells(facts, d)
  {
    hide ExtentIn, GapsIn, StreamSpec.Holes, StreamSpec.Seams, PartialOnly;
    forall t ensures InExtent(c, t) <==> InExtent(d, t) { }
    reveal Tells();
  }
}
