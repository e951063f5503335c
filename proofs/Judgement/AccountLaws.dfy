include "AccountSteps.dfy"

// The account says of each instant the first word of section 9's table that applies to it, and of no other instant anything.
module AccountLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Timelines
  import opened Measures
  import opened StreamSpec
  import opened ExtentLaws
  import opened Facts
  import opened Accounts
  import opened AccountSpec
  import opened FactsLaws
  import opened AccountSteps
  import Reports

  // ---- What the account is made of ----

  ghost predicate IsMade(c: Case, facts: StreamFacts, account: Account) {
    Sane(c) && Tells(facts, c) && account == Judge(c.Given, facts)
  }

  // What is not bridged, by the words before `acknowledged`.
  ghost predicate IsBridged(account: Account, t: Instant) { In(t, account.Bridged) }

  lemma PartsMean(c: Case, facts: StreamFacts, account: Account, t: Instant)
    requires IsMade(c, facts, account)
    ensures Contains(account.Whole, t) <==> InSpan(c, t)
    ensures In(t, account.Wanted) <==> !IsUnexpected(c, t)
    ensures In(t, account.Bridged) <==>
      (IsCovered(c, t) && InWorld(c, t)) || (In(t, facts.Seams) && !In(t, account.CutSeams))
    ensures In(t, account.Bridged) ==> InExtent(c, t)
    ensures In(t, account.Sets.Partial) <==> InExtent(c, t) && PartialOnly(c.Best, t)
    ensures In(t, account.Sets.Unexpected) <==> InSpan(c, t) && !In(t, account.Bridged) && IsUnexpected(c, t)
    ensures In(t, account.Sets.Seam) <==>
      InSpan(c, t) && !In(t, account.Bridged) && !IsUnexpected(c, t) && IsSeam(c, t)
    ensures account.Found == facts && account.Judged == c.Given
  {
    var tolerance := facts.Tolerance();
    var expected := ExpectedOf(facts.Report, c.Given);
    var span := SpanOf(c.Given, facts, expected);
    var kept := From(KeptFrom(c.Given));
    var wanted := Intersection(expected, kept);
    var bridged := BridgedOf(facts, CutSeams(facts, expected));
    var loose := Subtract(span, bridged);
    var due := Intersection(loose, wanted);
    var short := ShortBeside(tolerance, bridged, Subtract(expected, bridged));
    hide *;
    assert
      && account.Whole == Hull(span) && account.Bridged == bridged && account.Wanted == wanted
      && account.Found == facts && account.CutSeams == CutSeams(facts, expected) && account.Judged == c.Given
      && account.Sets.Partial == facts.PartialOnly()
      && account.Sets.Unexpected == Subtract(loose, wanted)
      && account.Sets.Seam == Intersection(short, due)
      && Sane(c) && Tells(facts, c)
      by { reveal IsMade, Judge, LostOf; }
    SpanMeans(c, facts, t);
    ExpectedMeans(c, facts, t);
    IntersectionMeans(t, expected, kept);
    FromMeans(t, KeptFrom(c.Given));
    assert In(t, wanted) <==> !IsUnexpected(c, t) by { reveal IsUnexpected, KeptFrom; }
    SubtractMeans(t, span, bridged);
    IntersectionMeans(t, loose, wanted);
    SubtractMeans(t, loose, wanted);
    IntersectionMeans(t, short, due);
    SeamsMean(c, facts, t);
    ToleranceIs(c, facts);
    BridgedMeans(c, facts, t);
    OneOfThree(c, facts, t);
    assert In(t, facts.PartialOnly()) <==> InExtent(c, t) && PartialOnly(c.Best, t) by { reveal Tells(); }
    CutIsOfSeams(facts, expected, t);
  }

  lemma CutIsOfSeams(facts: StreamFacts, expected: IntervalSet, t: Instant)
    ensures In(t, CutSeams(facts, expected)) ==> In(t, facts.Seams)
  {
    hide *;
    CutSeamsMean(facts, expected, t);
    if In(t, CutSeams(facts, expected)) {
      var i :| 0 <= i < |facts.Seams| && Contains(facts.Seams[i], t) && IsCut(facts, expected, i);
      reveal In;
    }
  }

  // A bridged seam is a seam, where it is expected, and nothing else.
  lemma BridgedSeamMeans(c: Case, facts: StreamFacts, account: Account, t: Instant)
    requires IsMade(c, facts, account)
    requires In(t, account.Bridged) && In(t, facts.Seams)
    ensures !IsCovered(c, t) && InSpan(c, t) && (InX(c, t) ==> IsSeam(c, t))
  {
    hide *;
    reveal IsMade;
    var expected := ExpectedOf(facts.Report, c.Given);
    assert account.Bridged == BridgedOf(facts, CutSeams(facts, expected)) by { reveal Judge; }
    OneOfThree(c, facts, t);
    BridgedIs(c, facts, t);
    var i :| 0 <= i < |facts.Seams| && IsBridgedSeam(c, facts, t, i);
    assert Contains(facts.Seams[i], t) && !IsCut(facts, ExpectedOf(facts.Report, c.Given), i) by { reveal IsBridgedSeam; }
    UncutStands(c, facts, i);
    ExtentIsInSpan(c, t);
    if InX(c, t) {
      var seam := facts.Seams[i];
      assert IsSeamOf(c, seam.Start, seam.End);
      assert seam.Start <= t < seam.End by { reveal Contains; }
      reveal IsSeam;
    }
  }

  lemma ExtentIsInSpan(c: Case, t: Instant)
    requires Sane(c) && InExtent(c, t)
    ensures InSpan(c, t)
  {
    ExtentHas(c);
    assert t in KnownByNow(c);
  }

  // ---- What is lost ----

  lemma LostMeans(c: Case, facts: StreamFacts, account: Account, t: Instant)
    requires IsMade(c, facts, account)
    ensures In(t, account.Sets.Acknowledged) <==> IsAccepted(c, t) || (t in Open(c) && IsRest(c, t))
    ensures In(t, account.Sets.Unknown) <==> t in Open(c) && !IsRest(c, t) && In(t, c.Given.UnreadReach)
    ensures In(t, account.Sets.Ahead) <==>
      t in Open(c) && !IsRest(c, t) && !In(t, c.Given.UnreadReach) && t >= c.Given.Now
    ensures In(t, account.Sets.Pending) <==>
      t in Open(c) && !IsRest(c, t) && !In(t, c.Given.UnreadReach) && c.Given.Now - c.Given.Settling <= t < c.Given.Now
    ensures In(t, account.Sets.Missing) <==>
      && t in Open(c) && !IsRest(c, t) && !In(t, c.Given.UnreadReach)
      && t < c.Given.Now && t < c.Given.Now - c.Given.Settling
  {
    var tolerance := facts.Tolerance();
    var wanted, bridged := account.Wanted, account.Bridged;
    var expected := ExpectedOf(facts.Report, c.Given);
    var loose := Subtract(SpanOf(c.Given, facts, expected), bridged);
    var due := Intersection(loose, wanted);
    var seam := account.Sets.Seam;
    var lost := Subtract(due, seam);
    var accepted := Intersection(lost, c.Given.Acknowledged);
    var open := Subtract(lost, accepted);
    var rest := ShortBeside(tolerance, accepted, open);
    var afterRest := Subtract(open, rest);
    var unknown := Intersection(afterRest, c.Given.UnreadReach);
    var afterUnknown := Subtract(afterRest, unknown);
    var ahead := Intersection(afterUnknown, From(c.Given.Now));
    var afterAhead := Subtract(afterUnknown, ahead);
    var pending := Intersection(afterAhead, From(c.Given.Now - c.Given.Settling));
    hide *;
    assert
      && account.Sets.Acknowledged == Union(accepted, rest) && account.Sets.Unknown == unknown
      && account.Sets.Ahead == ahead && account.Sets.Pending == pending
      && account.Sets.Missing == Subtract(afterAhead, pending)
      && Sane(c) && Tells(facts, c)
      by { reveal IsMade, Judge, LostOf; }
    ToleranceIs(c, facts);
    forall u
      ensures In(u, open) <==> u in Open(c)
      ensures In(u, accepted) <==> IsAccepted(c, u)
    {
      SpanMeans(c, facts, u);
      PartsMean(c, facts, account, u);
      SubtractMeans(u, SpanOf(c.Given, facts, expected), bridged);
      IntersectionMeans(u, loose, wanted);
      SubtractMeans(u, due, seam);
      IntersectionMeans(u, lost, c.Given.Acknowledged);
      SubtractMeans(u, lost, accepted);
      if In(u, bridged) && !IsCovered(c, u) { BridgedSeamMeans(c, facts, account, u); }
      UnexpectedIsNotX(c, u);
      InSpanIsInWorld(c, u);
      assert In(u, lost) <==> IsLost(c, u) by { reveal IsLost; }
      assert u in Open(c) <==> IsLost(c, u) && !In(u, c.Given.Acknowledged) by { reveal Open; }
      assert IsAccepted(c, u) <==> IsLost(c, u) && In(u, c.Given.Acknowledged) by { reveal IsAccepted; }
    }
    var n := iset u: Instant | IsAccepted(c, u);
    ShortBesideMeans(tolerance, accepted, n, open, Open(c), t);
    assert In(t, rest) <==> IsRest(c, t) by {
      reveal IsRest, IsShortBeside, IsRestOf;
      forall a, b ensures IsShortBeside(tolerance, n, Open(c), a, b) <==> IsRestOf(c, a, b) { }
    }
    UnionMeans(t, accepted, rest);
    SubtractMeans(t, open, rest);
    IntersectionMeans(t, afterRest, c.Given.UnreadReach);
    SubtractMeans(t, afterRest, unknown);
    IntersectionMeans(t, afterUnknown, From(c.Given.Now));
    SubtractMeans(t, afterUnknown, ahead);
    IntersectionMeans(t, afterAhead, From(c.Given.Now - c.Given.Settling));
    SubtractMeans(t, afterAhead, pending);
    FromMeans(t, c.Given.Now);
    FromMeans(t, c.Given.Now - c.Given.Settling);
    OpenIsInTime(c, facts, t);
    RestIsOpen(c, t);
  }

  lemma UnexpectedIsNotX(c: Case, t: Instant)
    ensures !IsUnexpected(c, t) ==> InX(c, t)
  {
  }

  lemma InSpanIsInWorld(c: Case, t: Instant)
    ensures InSpan(c, t) ==> InWorld(c, t)
  {
  }

  lemma OpenIsInTime(c: Case, facts: StreamFacts, t: Instant)
    requires Sane(c) && Tells(facts, c)
    ensures t in Open(c) ==> BeforeAll <= t < AfterAll
  {
    SpanMeans(c, facts, t);
  }

  lemma RestIsOpen(c: Case, t: Instant)
    ensures IsRest(c, t) ==> t in Open(c)
  {
  }

  // ---- The words ----

  // What is covered in the span, and by what.
  lemma CoveredMeans(c: Case, t: Instant)
    requires Sane(c)
    ensures InSpan(c, t) && IsCovered(c, t) ==> InExtent(c, t)
    ensures IsFull(c, t) ==> IsCovered(c, t)
    ensures IsCovered(c, t) ==> (PartialOnly(c.Best, t) <==> !IsFull(c, t))
    ensures PartialOnly(c.Best, t) ==> IsCovered(c, t)
  {
    ExtentHas(c);
    if IsFull(c, t) { var i :| 0 <= i < |c.Best| && c.Best[i].Kind == Kind.Full && Covers(c.Best[i], t); }
    if IsCovered(c, t) { var i :| 0 <= i < |c.Best| && Covers(c.Best[i], t); }
  }

  // LAW: "Each instant of S has the first of these words that applies": the set of a word holds those instants of the span
  // whose word it is.
  lemma WordsMean(c: Case, facts: StreamFacts, account: Account, word: Word, t: Instant)
    requires IsMade(c, facts, account)
    ensures In(t, IntervalsOf(word, account)) <==> InSpan(c, t) && WordOf(c, t) == word
  {
    hide *;
    assert Sane(c) && Tells(facts, c) by { reveal IsMade; }
    var sets, seams := account.Sets, BridgedSeams(account);
    PartsMean(c, facts, account, t);
    LostMeans(c, facts, account, t);
    CoveredMeans(c, t);
    InSpanIsInWorld(c, t);
    UnexpectedIsNotX(c, t);
    if InExtent(c, t) { ExtentIsInSpan(c, t); }
    assert seams == Subtract(facts.Seams, account.CutSeams) by { reveal BridgedSeams; }
    SubtractMeans(t, facts.Seams, account.CutSeams);
    SubtractMeans(t, account.Bridged, sets.Partial);
    SubtractMeans(t, Subtract(account.Bridged, sets.Partial), seams);
    UnionMeans(t, sets.Seam, Intersection(seams, account.Wanted));
    IntersectionMeans(t, seams, account.Wanted);
    UnionMeans(t, sets.Unexpected, Subtract(seams, account.Wanted));
    SubtractMeans(t, seams, account.Wanted);
    OneOfThree(c, facts, t);
    if In(t, seams) { BridgedSeamMeans(c, facts, account, t); }
    UnreadIsReached(c, t);
    assert In(t, seams) ==> InWorld(c, t);
    assert (t in Open(c) <==> IsLost(c, t) && !In(t, c.Given.Acknowledged)) by { reveal Open; }
    assert (IsAccepted(c, t) <==> IsLost(c, t) && In(t, c.Given.Acknowledged)) by { reveal IsAccepted; }
    assert (IsLost(c, t) <==> InSpan(c, t) && !IsCovered(c, t) && !IsUnexpected(c, t) && !IsSeam(c, t)) by { reveal IsLost; }
    reveal WordOf, IntervalsOf, Sets.Of;
  }

  lemma UnreadIsReached(c: Case, t: Instant)
    requires Sane(c)
    ensures In(t, c.Given.Unread) ==> In(t, c.Given.UnreadReach)
  {
    reveal Sane();
  }

  // LAW: "the words' intervals tile S": every instant of the span is in the set of one word, and of no other; no instant
  // outside is in any.
  lemma WordsTile(c: Case, facts: StreamFacts, account: Account, t: Instant)
    requires IsMade(c, facts, account)
    ensures Contains(account.Whole, t) <==> exists word: Word :: In(t, IntervalsOf(word, account))
    ensures forall a: Word, b: Word :: In(t, IntervalsOf(a, account)) && In(t, IntervalsOf(b, account)) ==> a == b
  {
    hide *;
    PartsMean(c, facts, account, t);
    forall word: Word
      ensures In(t, IntervalsOf(word, account)) <==> InSpan(c, t) && WordOf(c, t) == word
    {
      WordsMean(c, facts, account, word, t);
    }
    assert Contains(account.Whole, t) ==> In(t, IntervalsOf(WordOf(c, t), account));
  }

  // LAW: the word of one instant is its word, and outside the span there is none.
  lemma WordAtMeans(c: Case, facts: StreamFacts, account: Account, t: Instant)
    requires IsMade(c, facts, account)
    ensures WordAt(t, account) == if InSpan(c, t) then Some(WordOf(c, t)) else Nothing
  {
    hide *;
    assert Sane(c) && Tells(facts, c) by { reveal IsMade; }
    PartsMean(c, facts, account, t);
    LostMeans(c, facts, account, t);
    CoveredMeans(c, t);
    UnexpectedIsNotX(c, t);
    InSpanIsInWorld(c, t);
    UnreadIsReached(c, t);
    OneOfThree(c, facts, t);
    HoldsMeans(t, account.Bridged);
    HoldsMeans(t, account.Sets.Partial);
    HoldsMeans(t, account.Wanted);
    SeamAtMeans(t, facts);
    if In(t, account.Bridged) && In(t, facts.Seams) { BridgedSeamMeans(c, facts, account, t); }
    assert (t in Open(c) <==> IsLost(c, t) && !In(t, c.Given.Acknowledged)) by { reveal Open; }
    assert (IsAccepted(c, t) <==> IsLost(c, t) && In(t, c.Given.Acknowledged)) by { reveal IsAccepted; }
    assert (IsLost(c, t) <==> InSpan(c, t) && !IsCovered(c, t) && !IsUnexpected(c, t) && !IsSeam(c, t)) by { reveal IsLost; }
    FirstWordIs(t, account);
    reveal WordOf, WordAt;
  }

  lemma FirstWordIs(t: Instant, account: Account)
    ensures
      var sets := account.Sets;
      FirstWord(t, account, 0) ==
        if In(t, sets.Partial) then Some(Word.Partial)
        else if In(t, sets.Unexpected) then Some(Word.Unexpected)
        else if In(t, sets.Seam) then Some(Word.Seam)
        else if In(t, sets.Acknowledged) then Some(Word.Acknowledged)
        else if In(t, sets.Unknown) then Some(Word.Unknown)
        else if In(t, sets.Ahead) then Some(Word.Ahead)
        else if In(t, sets.Pending) then Some(Word.Pending)
        else if In(t, sets.Missing) then Some(Word.Missing)
        else Nothing
  {
    hide In, Holds;
    forall word: Word ensures Holds(t, account.Sets.Of(word)) <==> In(t, account.Sets.Of(word)) {
      HoldsMeans(t, account.Sets.Of(word));
    }
    assert !In(t, []) by { reveal In; }
    reveal FirstWord;
    assert FirstWord(t, account, 9) == Nothing;
    assert FirstWord(t, account, 7) == if In(t, account.Sets.Pending) then Some(Word.Pending) else FirstWord(t, account, 8);
    assert FirstWord(t, account, 5) == if In(t, account.Sets.Unknown) then Some(Word.Unknown) else FirstWord(t, account, 6);
    assert FirstWord(t, account, 3) == if In(t, account.Sets.Seam) then Some(Word.Seam) else FirstWord(t, account, 4);
  }
}
