include "CutPlan.dfy"

// Coverage.Core/Judgement/CleanRanges.fs: whether a range is clean, from an index of the candidates.
module CleanRanges {
  import opened Time
  import opened Segments
  import opened CutPlans

  datatype Claim = Claim(From: Instant, Until: Instant, First: nat)

  datatype Index = Index(Next: seq<nat>, Jump: seq<nat>, Depth: seq<int>, Furthest: seq<Instant>) {
    predicate IsFor(c: seq<Segment>) {
      && |Next| == |Jump| == |Depth| == |Furthest| == |c|
      && (forall i :: 0 <= i < |c| ==> Next[i] < |c| && Jump[i] < |c|)
    }
  }

  // The successor of a candidate in plans without a hole; the candidate itself where there is none.
  function Successor(c: seq<Segment>, at: nat): nat
    requires at < |c|
    ensures at <= Successor(c, at) < |c|
  {
    var earliest := c[at].End() - CutTolerance;
    var next := if at + 1 < |c| && c[at + 1].Start >= earliest then at + 1 else Max(at + 1, FirstFrom(earliest, c));
    if next < |c| && c[next].Kind == Full && !IsHole(c[at], c[next].Start - c[at].End()) then next else at
  }

  // The claims on the instants of an hour, from a candidate on; `covered` is how far those before it reach.
  function ClaimsFrom(c: seq<Segment>, finish: Instant, covered: Instant, at: nat): seq<Claim>
    decreases |c| - at
  {
    if at >= |c| || c[at].Start >= finish then []
    else
      var from, until := Max(covered, c[at].Start), Min(finish, c[at].End());
      (if from < until then [Claim(from, until, at)] else [])
        + ClaimsFrom(c, finish, Max(covered, c[at].End()), at + 1)
  }

  function ClaimsOf(c: seq<Segment>, hour: Hour): seq<Claim> {
    ClaimsFrom(c, HourFinish(hour), HourStart(hour), FirstFrom(HourStart(hour - 1), c))
  }

  // The body of the loop of `ofCandidates`, which goes from the last candidate to the first.
  function Put(c: seq<Segment>, at: nat, index: Index): Index
    requires at < |c| && index.IsFor(c)
    ensures Put(c, at, index).IsFor(c)
  {
    var next := Successor(c, at);
    var bare := Index(
      index.Next[at := next], index.Jump[at := next], index.Depth[at := index.Depth[at]],
      index.Furthest[at := c[at].End()]);
    if next == at then bare
    else
      var far := index.Jump[next];
      var deeper := bare.(Depth := bare.Depth[at := index.Depth[next] + 1]);
      if far > next && index.Depth[next] - index.Depth[far] == index.Depth[far] - index.Depth[index.Jump[far]] then
        deeper.(
          Jump := deeper.Jump[at := index.Jump[far]],
          Furthest := deeper.Furthest[at := Max(c[at].End(), Max(index.Furthest[next], index.Furthest[far]))])
      else deeper
  }

  // The index of the candidates from a place on; zero at the places before it.
  function IndexFrom(c: seq<Segment>, from: nat): Index
    requires from <= |c|
    ensures IndexFrom(c, from).IsFor(c)
    decreases |c| - from
  {
    if from == |c| then
      Index(seq(|c|, i => 0), seq(|c|, i => 0), seq(|c|, i => 0), seq(|c|, i => 0))
    else Put(c, from, IndexFrom(c, from + 1))
  }

  // `walk` of `reach`.
  function Walk(c: seq<Segment>, index: Index, finish: Instant, at: nat, furthest: Instant): Instant
    requires at < |c| && index.IsFor(c)
    decreases |c| - at
  {
    var jump, next, own := index.Jump[at], index.Next[at], Max(furthest, c[at].End());
    if jump > next && jump > at && c[jump].Start < finish then
      Walk(c, index, finish, jump, Max(furthest, index.Furthest[at]))
    else if next > at && c[next].Start < finish then Walk(c, index, finish, next, own)
    else own
  }

  // Whether a range is clean whose first instant a claim of its hour holds.
  predicate IsCleanFrom(c: seq<Segment>, index: Index, claim: Claim, b: Instant)
    requires claim.First < |c| && index.IsFor(c)
  {
    c[claim.First].Kind == Full && Walk(c, index, HourFinish(HourOf(b)), claim.First, BeforeAll) >= b
  }
}
