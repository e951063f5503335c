include "../Facts/CoverageLaws.dfy"
include "AccountSpec.dfy"

// What the account takes from the facts: how covered time, holes and seams lie in the extent.
module FactsLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Timelines
  import opened StreamSpec
  import opened SweepLaws
  import opened CoverageLaws
  import opened ExtentLaws
  import opened Facts
  import opened Accounts
  import opened AccountSpec
  import Reports

  // What the program sees to: best segments start in the hours given, and all times lie between its first and last one.
  // An unread hour's reach begins with the hour.
  ghost opaque predicate Sane(c: Case) {
    && c.Settings.Tolerance >= 0
    && Ordered(c.Best)
    && (forall i :: 0 <= i < |c.Best| ==> InWorld(c, c.Best[i].Start) && c.Best[i].End() <= AfterAll)
    && (c.Settings.FirstHour.Some? ==> BeforeAll <= HourStart(c.Settings.FirstHour.Value))
    && (c.Settings.LastHour.Some? ==> HourFinish(c.Settings.LastHour.Value) <= AfterAll)
    && (c.Given.Expected.Some? ==> forall t :: In(t, c.Given.Expected.Value) ==> BeforeAll <= t < AfterAll)
    && (forall t :: In(t, c.Given.Unread) ==> BeforeAll <= t < AfterAll && In(t, c.Given.UnreadReach))
  }

  // The facts are those of the best segments: what ReportLaws and StreamFactsLaws prove of them.
  ghost opaque predicate Tells(facts: StreamFacts, c: Case) {
    var extent := ExtentIn(c.Settings, c.Best);
    && facts.Report.Settings == c.Settings
    && facts.Extent() == extent
    && facts.Holes() == StreamSpec.Holes(c.Settings.Tolerance, GapsIn(c.Best, extent))
    && facts.Seams == StreamSpec.Seams(c.Settings.Tolerance, GapsIn(c.Best, extent))
    && (forall t :: In(t, facts.PartialOnly()) <==> InExtent(c, t) && PartialOnly(c.Best, t))
  }

  lemma ExtentHas(c: Case)
    requires Sane(c)
    ensures
      var extent := ExtentIn(c.Settings, c.Best);
      && Fits(c.Best, extent)
      && BeforeAll <= extent.Start <= extent.End <= AfterAll
      && (forall t :: Contains(extent, t) ==> InWorld(c, t))
      && (forall t :: IsCovered(c, t) && InWorld(c, t) ==> Contains(extent, t))
  {
    reveal Sane();
    var best := c.Best;
    var extent := ExtentIn(c.Settings, best);
    if StreamSpec.HasLength(best) {
      ReachedMeans(best);
      var i :| 0 <= i < |best| && best[i].Duration > 0;
      assert best[0].Start <= best[i].Start < best[i].End() <= FurthestEnd(best);
      assert best[i].Start <= Last(best).Start;
      assert InWorld(c, best[0].Start) && InWorld(c, best[i].Start) && InWorld(c, Last(best).Start);
    }
    forall t | IsCovered(c, t) && InWorld(c, t) ensures Contains(extent, t) {
      var i :| 0 <= i < |best| && Covers(best[i], t);
      assert best[i].Duration > 0;
      assert best[0].Start <= best[i].Start;
    }
  }

  lemma ToleranceIs(c: Case, facts: StreamFacts)
    requires Tells(facts, c)
    ensures facts.Tolerance() == c.Settings.Tolerance
  {
    reveal Tells();
  }

  // Covered, in a hole or in a seam: one of them, everywhere in the extent, and nowhere else.
  lemma OneOfThree(c: Case, facts: StreamFacts, t: Instant)
    requires Sane(c) && Tells(facts, c)
    ensures InExtent(c, t) <==> (IsCovered(c, t) && InWorld(c, t)) || In(t, facts.Holes()) || In(t, facts.Seams)
    ensures !(IsCovered(c, t) && In(t, facts.Holes())) && !(IsCovered(c, t) && In(t, facts.Seams))
    ensures !(In(t, facts.Holes()) && In(t, facts.Seams))
  {
    reveal Tells();
    ExtentHas(c);
    var extent := ExtentIn(c.Settings, c.Best);
    if !extent.IsEmpty() { CoveredHolesAndSeamsTile(c.Settings.Tolerance, c.Best, extent.End, t); }
  }

  // A seam is short, and a maximal interval of what of the extent is not covered.
  lemma SeamStands(c: Case, facts: StreamFacts, i: nat)
    requires Sane(c) && Tells(facts, c) && i < |facts.Seams|
    ensures
      var seam := facts.Seams[i];
      && !seam.IsEmpty()
      && seam.Length() <= c.Settings.Tolerance
      && (forall t :: Contains(seam, t) ==> InExtent(c, t) && !IsCovered(c, t))
      && (InExtent(c, seam.Start - 1) ==> IsCovered(c, seam.Start - 1))
      && (InExtent(c, seam.End) ==> IsCovered(c, seam.End))
  {
    reveal Tells();
    ExtentHas(c);
    HolesInAre(c.Settings.Tolerance, c.Best, ExtentIn(c.Settings, c.Best), facts.Seams[i]);
  }

  // And so is a hole, which is long.
  lemma HoleStands(c: Case, facts: StreamFacts, i: nat)
    requires Sane(c) && Tells(facts, c) && i < |facts.Holes()|
    ensures
      var hole := facts.Holes()[i];
      && !hole.IsEmpty()
      && hole.Length() > c.Settings.Tolerance
      && (forall t :: Contains(hole, t) ==> InExtent(c, t) && !IsCovered(c, t))
      && (InExtent(c, hole.Start - 1) ==> IsCovered(c, hole.Start - 1))
      && (InExtent(c, hole.End) ==> IsCovered(c, hole.End))
  {
    reveal Tells();
    ExtentHas(c);
    HolesInAre(c.Settings.Tolerance, c.Best, ExtentIn(c.Settings, c.Best), facts.Holes()[i]);
  }

  lemma SeamAtMeans(t: Instant, facts: StreamFacts)
    ensures In(t, facts.Seams) ==> Contains(SeamAt(t, facts), t)
    ensures !In(t, facts.Seams) ==> SeamAt(t, facts) == Empty
    ensures In(t, facts.Seams) <==> !SeamAt(t, facts).IsEmpty()
    ensures forall i :: 0 <= i < |facts.Seams| && Contains(facts.Seams[i], t) ==> SeamAt(t, facts) == facts.Seams[i]
  {
    var s := facts.Seams;
    FirstEndingAfterMeans(t, s, 0, |s|);
    var at := FirstEndingAfter(t, s, 0, |s|);
    forall i | 0 <= i < |s| && Contains(s[i], t) ensures i == at {
      assert at <= i;
      if at < i { assert s[at].End < s[i].Start; }
    }
  }

  // ---- Maximal intervals are the intervals of a set ----

  lemma MaximalAreIntervals(s: IntervalSet, m: iset<Instant>)
    requires forall t :: In(t, s) <==> t in m
    ensures forall i :: 0 <= i < |s| ==> IsMaximal(m, s[i].Start, s[i].End)
    ensures forall a, b :: IsMaximal(m, a, b) ==> Interval(a, b) in s
  {
    forall i | 0 <= i < |s| ensures IsMaximal(m, s[i].Start, s[i].End) {
      StandsAlone(s, i);
      forall t | s[i].Start <= t < s[i].End ensures t in m { assert Contains(s[i], t); }
    }
    forall a, b | IsMaximal(m, a, b) ensures Interval(a, b) in s {
      assert In(a, s);
      var i :| 0 <= i < |s| && Contains(s[i], a);
      SameMaximal(m, a, b, s[i].Start, s[i].End, a);
    }
  }

  // Two maximal intervals that share an instant are the same.
  lemma SameMaximal(m: iset<Instant>, a: Instant, b: Instant, x: Instant, y: Instant, t: Instant)
    requires IsMaximal(m, a, b) && IsMaximal(m, x, y) && a <= t < b && x <= t < y
    ensures a == x && b == y
  {
    if a < x { assert x - 1 in m; }
    if x < a { assert a - 1 in m; }
    if b < y { assert b in m; }
    if y < b { assert y in m; }
  }

  // Around an instant of a set that has an end on either side there is one.
  lemma MaximalAround(m: iset<Instant>, t: Instant, low: Instant, high: Instant) returns (a: Instant, b: Instant)
    requires t in m && low < t < high && low !in m && high !in m
    ensures IsMaximal(m, a, b) && low < a <= t < b <= high
  {
    a := t;
    while a - 1 in m
      invariant low < a <= t
      invariant forall u :: a <= u <= t ==> u in m
      decreases a - low
    { a := a - 1; }
    b := t + 1;
    while b in m
      invariant t < b <= high
      invariant forall u :: a <= u < b ==> u in m
      decreases high - b
    { b := b + 1; }
  }
}
