include "FactsLaws.dfy"

// What each step of the judgement makes, instant by instant: X, the span, the bridged time, seams and rests.
module AccountSteps {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Timelines
  import opened Measures
  import opened StreamSpec
  import opened ExtentLaws
  import opened Facts
  import opened Accounts
  import opened AccountSpec
  import opened FactsLaws
  import Reports

  // ---- Single intervals ----

  lemma SingleMeans(t: Instant, interval: Interval)
    ensures In(t, Single(interval)) <==> Contains(interval, t)
  {
    OfIntervalsMeans(t, [interval]);
    InOne(t, interval);
  }

  lemma FromMeans(t: Instant, instant: Instant)
    ensures In(t, From(instant)) <==> instant <= t < AfterAll
  {
    SingleMeans(t, Create(instant, AfterAll));
  }

  lemma UntilMeans(t: Instant, instant: Instant)
    ensures In(t, Until(instant)) <==> BeforeAll <= t < instant
  {
    SingleMeans(t, Create(BeforeAll, instant));
  }

  lemma WorldMeans(c: Case, t: Instant)
    requires Sane(c)
    ensures Contains(Accounts.World(c.Settings), t) ==> BeforeAll <= t < AfterAll
    ensures BeforeAll <= t < AfterAll ==> (Contains(Accounts.World(c.Settings), t) <==> InWorld(c, t))
    ensures InWorld(c, t) && c.Settings.FirstHour.Some? ==> BeforeAll <= t
    ensures InWorld(c, t) && c.Settings.LastHour.Some? ==> t < AfterAll
  {
    reveal Sane();
  }

  lemma HullIs(s: IntervalSet, m: iset<Instant>, t: Instant)
    requires forall u :: In(u, s) <==> u in m
    ensures Contains(Hull(s), t) <==> InHull(m, t)
  {
    HullMeans(t, s);
  }

  // ---- X and the span ----

  lemma ExpectedMeans(c: Case, facts: StreamFacts, t: Instant)
    requires Sane(c) && Tells(facts, c)
    ensures In(t, ExpectedOf(facts.Report, c.Given)) <==> InX(c, t)
    ensures InX(c, t) ==> BeforeAll <= t < AfterAll
  {
    reveal Sane(), Tells();
    ExtentHas(c);
    var world := Single(Accounts.World(c.Settings));
    SingleMeans(t, Accounts.World(c.Settings));
    WorldMeans(c, t);
    var known := Union(Single(facts.Extent()), c.Given.Unread);
    forall u ensures In(u, known) <==> u in Known(c) {
      UnionMeans(u, Single(facts.Extent()), c.Given.Unread);
      SingleMeans(u, facts.Extent());
    }
    HullIs(known, Known(c), t);
    SingleMeans(t, Hull(known));
    IntersectionMeans(t, world, Single(Hull(known)));
    if c.Given.Expected.Some? { IntersectionMeans(t, world, c.Given.Expected.Value); }
    if InHull(Known(c), t) {
      var a, b :| a in Known(c) && b in Known(c) && a <= t <= b;
      assert BeforeAll <= a && b < AfterAll;
    }
  }

  lemma SpanMeans(c: Case, facts: StreamFacts, t: Instant)
    requires Sane(c) && Tells(facts, c)
    ensures
      var span := SpanOf(c.Given, facts, ExpectedOf(facts.Report, c.Given));
      && (In(t, span) <==> InSpan(c, t))
      && (Contains(Hull(span), t) <==> InSpan(c, t))
    ensures InSpan(c, t) ==> BeforeAll <= t < AfterAll
  {
    hide ExpectedOf, InX, OfIntervals, Intersection, Union, Accounts.World;
    var expected, before := ExpectedOf(facts.Report, c.Given), Until(c.Given.Now);
    var extent := Single(facts.Extent());
    var first := Union(extent, Intersection(expected, before));
    var unread := Intersection(c.Given.Unread, before);
    var known := Union(first, unread);
    ExtentHas(c);
    forall u ensures In(u, known) <==> u in KnownByNow(c)
      ensures u in KnownByNow(c) ==> BeforeAll <= u < AfterAll
    {
      UnionMeans(u, first, unread);
      UnionMeans(u, extent, Intersection(expected, before));
      IntersectionMeans(u, expected, before);
      IntersectionMeans(u, c.Given.Unread, before);
      UntilMeans(u, c.Given.Now);
      SingleMeans(u, facts.Extent());
      ExpectedMeans(c, facts, u);
      reveal Sane(), Tells();
    }
    var world := Accounts.World(c.Settings);
    var span := Intersection(Single(Hull(known)), Single(world));
    assert c.Settings == facts.Report.Settings by { reveal Tells(); }
    forall u ensures In(u, span) <==> Contains(Hull(known), u) && Contains(world, u) {
      IntersectionMeans(u, Single(Hull(known)), Single(world));
      SingleMeans(u, Hull(known));
      SingleMeans(u, world);
    }
    HullIs(known, KnownByNow(c), t);
    WorldMeans(c, t);
    HullMeans(t, span);
  }

  // ---- Short intervals beside others ----

  lemma ChosenAre(answer: Interval -> bool, s: IntervalSet, i: nat, done: seq<Interval>, x: Interval)
    requires i <= |s|
    ensures x in Chosen(answer, s, i, done) <==> x in done || (answer(x) && x in s[i..])
    decreases |s| - i
  {
    if i < |s| {
      assert s[i..] == [s[i]] + s[i + 1..];
      ChosenAre(answer, s, i + 1, if answer(s[i]) then done + [s[i]] else done, x);
    }
  }

  // [a, b) is a short maximal interval of one set that has an end in common with another.
  ghost predicate IsShortBeside(tolerance: Duration, n: iset<Instant>, m: iset<Instant>, a: Instant, b: Instant) {
    IsMaximal(m, a, b) && b - a <= tolerance && (a - 1 in n || b in n)
  }

  lemma ShortBesideMeans(
    tolerance: Duration, beside: IntervalSet, n: iset<Instant>, s: IntervalSet, m: iset<Instant>, t: Instant)
    requires forall u :: In(u, s) <==> u in m
    requires forall u :: In(u, beside) <==> u in n
    ensures In(t, ShortBeside(tolerance, beside, s)) <==>
      exists a, b :: IsShortBeside(tolerance, n, m, a, b) && a <= t < b
  {
    hide *;
    var answer := (piece: Interval) => piece.Length() <= tolerance && Touches(beside, piece);
    var chosen := Chosen(answer, s, 0, []);
    assert ShortBeside(tolerance, beside, s) == OfIntervals(chosen) by { reveal ShortBeside, KeepIf; }
    OfIntervalsMeans(t, chosen);
    MaximalAreIntervals(s, m);
    assert s[0..] == s;
    if In(t, chosen) {
      var i :| 0 <= i < |chosen| && Contains(chosen[i], t) by { reveal In; }
      var x := chosen[i];
      ChosenAre(answer, s, 0, [], x);
      assert answer(x);
      var k :| 0 <= k < |s| && s[k] == x;
      assert IsMaximal(m, x.Start, x.End);
      TouchesMeans(beside, n, x);
      assert IsShortBeside(tolerance, n, m, x.Start, x.End) by { reveal IsShortBeside, AnyInterval.Length; }
      assert x.Start <= t < x.End by { reveal Contains; }
    }
    if a, b :| IsShortBeside(tolerance, n, m, a, b) && a <= t < b {
      assert IsMaximal(m, a, b) && b - a <= tolerance && (a - 1 in n || b in n) by { reveal IsShortBeside; }
      var x := Interval(a, b);
      assert x in s;
      TouchesMeans(beside, n, x);
      ChosenAre(answer, s, 0, [], x);
      assert answer(x) by { reveal AnyInterval.Length; }
      var i :| 0 <= i < |chosen| && chosen[i] == x;
      assert Contains(chosen[i], t) by { reveal Contains; }
      assert In(t, chosen) by { reveal In; }
    }
  }

  lemma TouchesMeans(beside: IntervalSet, n: iset<Instant>, x: Interval)
    requires forall u :: In(u, beside) <==> u in n
    ensures Touches(beside, x) <==> x.Start - 1 in n || x.End in n
  {
    HoldsMeans(x.Start - 1, beside);
    HoldsMeans(x.End, beside);
  }

  // ---- The bridged time ----

  // A seam that is judged as any other gap.
  predicate IsCut(facts: StreamFacts, expected: IntervalSet, i: nat)
    requires i < |facts.Seams|
  {
    exists cut <- Cuts(facts, expected) :: Contains(facts.Seams[i], cut)
  }

  lemma EdgesAre(s: IntervalSet, i: nat, done: seq<Instant>)
    requires i <= |s|
    ensures forall k :: 0 <= k < |done| ==> done[k] in Edges(s, i, done)
    ensures forall k :: i <= k < |s| ==> s[k].Start in Edges(s, i, done) && s[k].End in Edges(s, i, done)
    decreases |s| - i
  {
    if i < |s| {
      var more := done + [s[i].Start, s[i].End];
      EdgesAre(s, i + 1, more);
      assert more[|done|] == s[i].Start && more[|done| + 1] == s[i].End;
      forall k | 0 <= k < |done| ensures done[k] in Edges(s, i, done) { assert more[k] == done[k]; }
    }
  }

  lemma CutSeamsMean(facts: StreamFacts, expected: IntervalSet, t: Instant)
    ensures In(t, CutSeams(facts, expected)) <==>
      exists i :: 0 <= i < |facts.Seams| && Contains(facts.Seams[i], t) && IsCut(facts, expected, i)
  {
    hide Edges, SeamAt;
    var cuts := Cuts(facts, expected);
    var at := SeamsAt(facts, cuts);
    OfIntervalsMeans(t, at);
    if In(t, at) {
      var k :| 0 <= k < |at| && Contains(at[k], t);
      SeamAtMeans(cuts[k], facts);
      assert In(cuts[k], facts.Seams);
      var i :| 0 <= i < |facts.Seams| && Contains(facts.Seams[i], cuts[k]);
      assert cuts[k] in cuts;
      assert at[k] == facts.Seams[i];
    }
    if i :| 0 <= i < |facts.Seams| && Contains(facts.Seams[i], t) && IsCut(facts, expected, i) {
      var cut :| cut in cuts && Contains(facts.Seams[i], cut);
      var k :| 0 <= k < |cuts| && cuts[k] == cut;
      SeamAtMeans(cut, facts);
      assert at[k] == facts.Seams[i];
    }
  }

  lemma BridgedMeans(c: Case, facts: StreamFacts, t: Instant)
    requires Sane(c) && Tells(facts, c)
    ensures
      var cut := CutSeams(facts, ExpectedOf(facts.Report, c.Given));
      In(t, BridgedOf(facts, cut)) <==> InExtent(c, t) && !In(t, facts.Holes()) && !In(t, cut)
  {
    var cut := CutSeams(facts, ExpectedOf(facts.Report, c.Given));
    hide ExpectedOf, CutSeams;
    var extent := Single(facts.Extent());
    SubtractMeans(t, Subtract(extent, facts.Holes()), cut);
    SubtractMeans(t, extent, facts.Holes());
    SingleMeans(t, facts.Extent());
    reveal Tells();
  }

  // A seam that is not cut lies within X or apart from it, and covered time is on both sides of it.
  lemma UncutStands(c: Case, facts: StreamFacts, i: nat)
    requires Sane(c) && Tells(facts, c) && i < |facts.Seams|
    requires !IsCut(facts, ExpectedOf(facts.Report, c.Given), i)
    ensures
      var seam := facts.Seams[i];
      && IsCovered(c, seam.Start - 1) && InExtent(c, seam.Start - 1)
      && IsCovered(c, seam.End) && InExtent(c, seam.End)
      && (forall t :: Contains(seam, t) ==> (InX(c, t) <==> InX(c, seam.Start)))
      && (InX(c, seam.Start) ==> IsSeamOf(c, seam.Start, seam.End))
  {
    var seam := facts.Seams[i];
    var expected := ExpectedOf(facts.Report, c.Given);
    hide ExpectedOf, InX, Edges;
    SeamStands(c, facts, i);
    var extent := ExtentIn(c.Settings, c.Best);
    assert facts.Extent() == extent by { reveal Tells(); }
    assert Contains(seam, seam.Start) && Contains(seam, seam.End - 1);
    EdgesAre(expected, 0, []);
    var edges := Edges(expected, 0, []);
    var ends := [extent.Start, extent.End - 1];
    assert Cuts(facts, expected) == edges + ends;
    assert extent.Start in ends && extent.End - 1 in ends;
    assert !Contains(seam, extent.Start) && !Contains(seam, extent.End - 1);
    assert InExtent(c, seam.Start - 1) && InExtent(c, seam.End);
    forall t | Contains(seam, t) ensures InX(c, t) <==> InX(c, seam.Start) {
      ExpectedMeans(c, facts, t);
      ExpectedMeans(c, facts, seam.Start);
      if u :| (u == t || u == seam.Start) && In(u, expected) {
        var k :| 0 <= k < |expected| && Contains(expected[k], u);
        assert expected[k].Start in edges && expected[k].End in edges;
        assert !Contains(seam, expected[k].Start) && !Contains(seam, expected[k].End);
        assert Contains(expected[k], t) && Contains(expected[k], seam.Start);
      }
    }
    if InX(c, seam.Start) {
      forall t | seam.Start <= t < seam.End ensures t in Bare(c) { assert Contains(seam, t); }
      assert IsMaximal(Bare(c), seam.Start, seam.End);
    }
  }

  // ---- Seams ----

  // "X less the covered time", but for the seams that are not cut: what the program looks for seams in.
  ghost function Loose(c: Case, bridged: IntervalSet): iset<Instant> {
    iset u: Instant | InX(c, u) && !In(u, bridged)
  }

  ghost predicate IsBridgedSeam(c: Case, facts: StreamFacts, t: Instant, i: nat)
    requires i < |facts.Seams|
  {
    Contains(facts.Seams[i], t) && !IsCut(facts, ExpectedOf(facts.Report, c.Given), i)
  }

  // What is bridged is covered or in a seam that is not cut.
  lemma BridgedIs(c: Case, facts: StreamFacts, t: Instant)
    requires Sane(c) && Tells(facts, c)
    ensures
      var cut := CutSeams(facts, ExpectedOf(facts.Report, c.Given));
      In(t, BridgedOf(facts, cut)) <==>
        (IsCovered(c, t) && InWorld(c, t)) ||
        (exists i :: 0 <= i < |facts.Seams| && IsBridgedSeam(c, facts, t, i))
  {
    var expected := ExpectedOf(facts.Report, c.Given);
    hide ExpectedOf, IsCut;
    var cut := CutSeams(facts, expected);
    OneOfThree(c, facts, t);
    CutSeamsMean(facts, expected, t);
    BridgedMeans(c, facts, t);
    if In(t, facts.Seams) {
      var i :| 0 <= i < |facts.Seams| && Contains(facts.Seams[i], t);
      forall k | 0 <= k < |facts.Seams| && Contains(facts.Seams[k], t) ensures k == i {
        assert k < i || k == i || i < k;
      }
      assert In(t, cut) <==> IsCut(facts, expected, i);
      if !IsCut(facts, expected, i) { assert IsBridgedSeam(c, facts, t, i); }
      if k :| 0 <= k < |facts.Seams| && IsBridgedSeam(c, facts, t, k) { assert k == i; }
    } else {
      if k :| 0 <= k < |facts.Seams| && IsBridgedSeam(c, facts, t, k) { assert Contains(facts.Seams[k], t); }
    }
  }

  lemma SeamsMean(c: Case, facts: StreamFacts, t: Instant)
    requires Sane(c) && Tells(facts, c)
    ensures
      var expected := ExpectedOf(facts.Report, c.Given);
      var bridged := BridgedOf(facts, CutSeams(facts, expected));
      !In(t, bridged) ==>
        (In(t, ShortBeside(c.Settings.Tolerance, bridged, Subtract(expected, bridged))) <==> IsSeam(c, t))
  {
    var expected := ExpectedOf(facts.Report, c.Given);
    var bridged := BridgedOf(facts, CutSeams(facts, expected));
    hide ExpectedOf, BridgedOf, CutSeams, IsCut, InX, ShortBeside, Subtract, IsMaximal;
    var n := Instants(bridged);
    var m := Loose(c, bridged);
    forall u ensures In(u, Subtract(expected, bridged)) <==> u in m {
      SubtractMeans(u, expected, bridged);
      ExpectedMeans(c, facts, u);
    }
    ShortBesideMeans(c.Settings.Tolerance, bridged, n, Subtract(expected, bridged), m, t);
    if !In(t, bridged) {
      if a, b :| IsShortBeside(c.Settings.Tolerance, n, m, a, b) && a <= t < b {
        LooseIsBare(c, facts, a, b);
      }
      if a, b :| IsSeamOf(c, a, b) && a <= t < b {
        BareIsLoose(c, facts, a, b, t);
      }
    }
  }

  lemma LooseIsBare(c: Case, facts: StreamFacts, a: Instant, b: Instant)
    requires Sane(c) && Tells(facts, c)
    requires
      var bridged := BridgedOf(facts, CutSeams(facts, ExpectedOf(facts.Report, c.Given)));
      IsShortBeside(c.Settings.Tolerance, Instants(bridged), Loose(c, bridged), a, b)
    ensures IsSeamOf(c, a, b)
  {
    var bridged := BridgedOf(facts, CutSeams(facts, ExpectedOf(facts.Report, c.Given)));
    hide ExpectedOf, BridgedOf, CutSeams, IsCut, InX;
    forall u | a <= u < b ensures u in Bare(c) {
      assert u in Loose(c, bridged);
      BridgedIs(c, facts, u);
      ExpectedMeans(c, facts, u);
      InXIsInWorld(c, u);
    }
    BesideLoose(c, facts, a, a - 1);
    BesideLoose(c, facts, b - 1, b);
  }

  lemma InXIsInWorld(c: Case, t: Instant)
    ensures InX(c, t) ==> InWorld(c, t)
  {
  }

  // Of an instant in the loose time and its neighbour: bridged is covered, and what is not loose is not bare.
  lemma BesideLoose(c: Case, facts: StreamFacts, u: Instant, v: Instant)
    requires Sane(c) && Tells(facts, c)
    requires v == u + 1 || v == u - 1
    requires
      var bridged := BridgedOf(facts, CutSeams(facts, ExpectedOf(facts.Report, c.Given)));
      (u in Loose(c, bridged) && v !in Loose(c, bridged)) || (v in Loose(c, bridged) && u !in Loose(c, bridged))
    ensures
      var bridged := BridgedOf(facts, CutSeams(facts, ExpectedOf(facts.Report, c.Given)));
      && (u in Loose(c, bridged) ==> (In(v, bridged) ==> IsCovered(c, v)) && v !in Bare(c))
      && (v in Loose(c, bridged) ==> (In(u, bridged) ==> IsCovered(c, u)) && u !in Bare(c))
  {
    var bridged := BridgedOf(facts, CutSeams(facts, ExpectedOf(facts.Report, c.Given)));
    hide ExpectedOf, BridgedOf, CutSeams, IsCut, InX;
    var (x, y) := if u in Loose(c, bridged) then (u, v) else (v, u);
    BridgedIs(c, facts, x);
    BridgedIs(c, facts, y);
    InXIsInWorld(c, x);
    InXIsInWorld(c, y);
    if In(y, bridged) && !IsCovered(c, y) {
      var i :| 0 <= i < |facts.Seams| && IsBridgedSeam(c, facts, y, i);
      UncutStands(c, facts, i);
      assert !Contains(facts.Seams[i], x) by { if Contains(facts.Seams[i], x) { assert IsBridgedSeam(c, facts, x, i); } }
      assert x == facts.Seams[i].Start - 1 || x == facts.Seams[i].End;
      assert false;
    }
  }

  lemma BareIsLoose(c: Case, facts: StreamFacts, a: Instant, b: Instant, t: Instant)
    requires Sane(c) && Tells(facts, c) && IsSeamOf(c, a, b) && a <= t < b
    requires !In(t, BridgedOf(facts, CutSeams(facts, ExpectedOf(facts.Report, c.Given))))
    ensures
      var bridged := BridgedOf(facts, CutSeams(facts, ExpectedOf(facts.Report, c.Given)));
      IsShortBeside(c.Settings.Tolerance, Instants(bridged), Loose(c, bridged), a, b)
  {
    var bridged := BridgedOf(facts, CutSeams(facts, ExpectedOf(facts.Report, c.Given)));
    hide ExpectedOf, BridgedOf, CutSeams, IsCut, InX;
    forall u | a <= u < b ensures u in Loose(c, bridged) {
      assert u in Bare(c);
      BridgedIs(c, facts, u);
      if In(u, bridged) {
        var i :| 0 <= i < |facts.Seams| && IsBridgedSeam(c, facts, u, i);
        UncutStands(c, facts, i);
        SameMaximal(Bare(c), a, b, facts.Seams[i].Start, facts.Seams[i].End, u);
        assert IsBridgedSeam(c, facts, t, i);
        BridgedIs(c, facts, t);
      }
    }
    assert a in Bare(c) && b - 1 in Bare(c);
    InXIsInWorld(c, a);
    InXIsInWorld(c, b - 1);
    NotLoose(c, facts, a - 1);
    NotLoose(c, facts, b);
    if IsCovered(c, a - 1) { CoveredNextTo(c, a, a - 1); BridgedIs(c, facts, a - 1); }
    if IsCovered(c, b) { CoveredNextTo(c, b - 1, b); BridgedIs(c, facts, b); }
  }

  // Nothing reaches into the hours given from outside, and what reaches out of them covers their last instant.
  lemma CoveredNextTo(c: Case, x: Instant, y: Instant)
    requires Sane(c) && InWorld(c, x) && !IsCovered(c, x) && IsCovered(c, y)
    requires y == x + 1 || y == x - 1
    ensures InWorld(c, y)
  {
    reveal Sane();
    var i :| 0 <= i < |c.Best| && Covers(c.Best[i], y);
    assert InWorld(c, c.Best[i].Start);
    assert !Covers(c.Best[i], x);
  }

  // What is not bare is not loose.
  lemma NotLoose(c: Case, facts: StreamFacts, y: Instant)
    requires Sane(c) && Tells(facts, c) && y !in Bare(c)
    ensures y !in Loose(c, BridgedOf(facts, CutSeams(facts, ExpectedOf(facts.Report, c.Given))))
  {
    hide ExpectedOf, BridgedOf, CutSeams, IsCut, InX;
    BridgedIs(c, facts, y);
    InXIsInWorld(c, y);
  }
}
