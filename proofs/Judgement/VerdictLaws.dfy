include "AccountSums.dfy"
include "Verdict.dfy"

// The verdict and completeness of an account are what section 9 says of its words.
module VerdictLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Timelines
  import opened Measures
  import opened StreamSpec
  import opened Facts
  import opened Accounts
  import opened AccountSpec
  import opened FactsLaws
  import opened AccountSteps
  import opened AccountLaws
  import opened AccountSums
  import opened Verdicts

  // A word has a set of its own when it is none of the three that a seam can have or that covers it.
  lemma HasWord(c: Case, facts: StreamFacts, account: Account, word: Word)
    requires IsMade(c, facts, account)
    requires word !in {Word.Full, Word.Seam, Word.Unexpected}
    ensures |account.Sets.Of(word)| > 0 <==> exists t :: InSpan(c, t) && WordOf(c, t) == word
  {
    hide *;
    var s := account.Sets.Of(word);
    assert IntervalsOf(word, account) == s by { reveal IntervalsOf; }
    forall t ensures In(t, s) <==> InSpan(c, t) && WordOf(c, t) == word { WordsMean(c, facts, account, word, t); }
    HasInstants(s);
  }

  lemma HasInstants(s: IntervalSet)
    ensures |s| > 0 <==> exists t :: In(t, s)
  {
    if |s| > 0 {
      assert Contains(s[0], s[0].Start);
      assert In(s[0].Start, s);
    }
  }

  // "a best segment starts later than now + 5 min": one of them all, also where the world ends before it.
  ghost predicate IsAheadOf(c: Case, all: seq<Segment>) {
    exists i :: 0 <= i < |all| && all[i].Start > c.Given.Now + 300 * Second
  }

  ghost predicate Has(c: Case, word: Word) {
    exists t :: InSpan(c, t) && WordOf(c, t) == word
  }

  ghost predicate HasUnread(c: Case) { exists t :: In(t, c.Given.Unread) }

  // LAW: "verdict, the first that applies".
  lemma VerdictMeans(c: Case, facts: StreamFacts, account: Account, all: seq<Segment>)
    requires IsMade(c, facts, account)
    requires Ordered(all) && facts.LastStart == if |all| == 0 then Nothing else Some(Last(all).Start)
    ensures OfAccount(account) ==
      if forall t :: !InSpan(c, t) then IsEmpty
      else if Has(c, Word.Missing) then IsMissing
      else if Has(c, Word.Unknown) || HasUnread(c) then IsUnknown
      else if IsAheadOf(c, all) then IsAhead
      else if Has(c, Word.Pending) then IsPending
      else if Has(c, Word.Partial) then IsPartial
      else Complete
  {
    hide *;
    HasWord(c, facts, account, Word.Missing);
    HasWord(c, facts, account, Word.Unknown);
    HasWord(c, facts, account, Word.Pending);
    HasWord(c, facts, account, Word.Partial);
    HasInstants(c.Given.Unread);
    forall t ensures Contains(account.Whole, t) <==> InSpan(c, t) { PartsMean(c, facts, account, t); }
    PartsMean(c, facts, account, 0);
    EmptyHasNone(account.Whole);
    LastIsLatest(c, all);
    reveal OfAccount, Has, HasUnread, StartsAhead, Sets.Of, AheadBy, IsMade, IsAheadOf;
  }

  lemma EmptyHasNone(interval: Interval)
    ensures interval.IsEmpty() <==> forall t :: !Contains(interval, t)
  {
    assert !interval.IsEmpty() ==> Contains(interval, interval.Start);
  }

  lemma LastIsLatest(c: Case, all: seq<Segment>)
    requires Ordered(all)
    ensures IsAheadOf(c, all) <==> |all| > 0 && Last(all).Start > c.Given.Now + 300 * Second
  {
    if IsAheadOf(c, all) {
      var i :| 0 <= i < |all| && all[i].Start > c.Given.Now + 300 * Second;
      assert i < |all| - 1 ==> all[i].Start < Last(all).Start;
    }
  }

  // ---- Completeness ----

  // "within X, kept and before now".
  ghost predicate Counts(c: Case, t: Instant) {
    InSpan(c, t) && !IsUnexpected(c, t) && t < c.Given.Now
  }

  // "good is full and seam time within X, kept and before now".
  ghost function Good(c: Case): iset<Instant> {
    iset t: Instant | Counts(c, t) && WordOf(c, t) in {Word.Full, Word.Seam}
  }

  // "of is that and partial, unknown and missing".
  ghost function Lack(c: Case): iset<Instant> {
    iset t: Instant | Counts(c, t) && WordOf(c, t) in {Word.Partial, Word.Unknown, Word.Missing}
  }

  lemma OverMeans(c: Case, facts: StreamFacts, account: Account, t: Instant)
    requires IsMade(c, facts, account)
    ensures In(t, Over(account)) <==> !IsUnexpected(c, t) && t < c.Given.Now
    ensures In(t, Over(account)) ==> InX(c, t)
  {
    hide *;
    PartsMean(c, facts, account, t);
    IntersectionMeans(t, account.Wanted, Until(account.Judged.Now));
    UntilMeans(t, account.Judged.Now);
    UnexpectedIsNotX(c, t);
    assert Sane(c) && Tells(facts, c) by { reveal IsMade; }
    ExpectedMeans(c, facts, t);
    reveal Over;
  }

  // LAW: completeness is the good time, of the time that is good or lacks something.
  lemma CompletenessMeans(c: Case, facts: StreamFacts, account: Account)
    requires IsMade(c, facts, account)
    ensures CompletenessOf(account).0 == Measure(account.Whole, Good(c))
    ensures CompletenessOf(account).1 == Measure(account.Whole, Good(c)) + Measure(account.Whole, Lack(c))
  {
    hide *;
    var over, sets, whole := Over(account), account.Sets, account.Whole;
    var bridged, partial, seam := Intersection(over, account.Bridged), Intersection(over, sets.Partial), Intersection(over, sets.Seam);
    var lacking := Lacking(account);
    var both := Instants(bridged) - Instants(partial);
    forall t: Instant
      ensures In(t, bridged) || In(t, partial) || In(t, seam) || In(t, lacking) ==> Contains(whole, t)
      ensures t in Instants(bridged) <==> In(t, bridged)
      ensures t in Instants(partial) <==> In(t, partial)
      ensures t in Instants(seam) <==> In(t, seam)
      ensures In(t, partial) ==> In(t, bridged)
      ensures !(In(t, bridged) && In(t, seam))
      ensures t in Good(c) <==> t in both + Instants(seam)
      ensures t in Lack(c) <==> t in Instants(lacking)
    {
      OneInstant(c, facts, account, t);
      assert (t in Instants(bridged) <==> In(t, bridged)) && (t in Instants(partial) <==> In(t, partial))
        && (t in Instants(seam) <==> In(t, seam)) && (t in Instants(lacking) <==> In(t, lacking)) by { reveal Instants; }
      assert (t in Good(c) <==> Counts(c, t) && WordOf(c, t) in {Word.Full, Word.Seam}) by { reveal Good; }
      assert (t in Lack(c) <==> Counts(c, t) && WordOf(c, t) in {Word.Partial, Word.Unknown, Word.Missing}) by { reveal Lack; }
    }
    LengthMeasures(whole, bridged);
    LengthMeasures(whole, partial);
    LengthMeasures(whole, seam);
    LengthMeasures(whole, lacking);
    MeasureAdds(whole, Instants(partial), both);
    MeasureSame(whole, Instants(partial) + both, Instants(bridged));
    MeasureAdds(whole, both, Instants(seam));
    MeasureSame(whole, both + Instants(seam), Good(c));
    MeasureSame(whole, Instants(lacking), Lack(c));
    reveal CompletenessOf;
  }

  lemma OneInstant(c: Case, facts: StreamFacts, account: Account, t: Instant)
    requires IsMade(c, facts, account)
    ensures
      var over, sets := Over(account), account.Sets;
      var bridged, partial := Intersection(over, account.Bridged), Intersection(over, sets.Partial);
      var seam, lacking := Intersection(over, sets.Seam), Lacking(account);
      && (In(t, bridged) || In(t, partial) || In(t, seam) || In(t, lacking) ==> Contains(account.Whole, t))
      && (In(t, partial) ==> In(t, bridged))
      && !(In(t, bridged) && In(t, seam))
      && (Counts(c, t) && WordOf(c, t) in {Word.Full, Word.Seam} <==> (In(t, bridged) && !In(t, partial)) || In(t, seam))
      && (Counts(c, t) && WordOf(c, t) in {Word.Partial, Word.Unknown, Word.Missing} <==> In(t, lacking))
  {
    hide *;
    assert Sane(c) && Tells(facts, c) by { reveal IsMade; }
    var over, sets := Over(account), account.Sets;
    OverMeans(c, facts, account, t);
    IntersectionMeans(t, over, account.Bridged);
    IntersectionMeans(t, over, sets.Partial);
    IntersectionMeans(t, over, sets.Seam);
    UnionMeans(t, Union(sets.Partial, sets.Unknown), sets.Missing);
    UnionMeans(t, sets.Partial, sets.Unknown);
    IntersectionMeans(t, over, Union(Union(sets.Partial, sets.Unknown), sets.Missing));
    PartsMean(c, facts, account, t);
    CoveredMeans(c, t);
    OneOfThree(c, facts, t);
    if InExtent(c, t) { ExtentIsInSpan(c, t); ExtentHas(c); }
    InSpanIsInWorld(c, t);
    if In(t, account.Bridged) && In(t, facts.Seams) { BridgedSeamMeans(c, facts, account, t); }
    WordsMean(c, facts, account, Word.Unknown, t);
    WordsMean(c, facts, account, Word.Missing, t);
    WordsMean(c, facts, account, Word.Partial, t);
    reveal IntervalsOf, Sets.Of, WordOf, Lacking, Counts;
  }
}
