include "../Facts/IntervalSet.dfy"

// Coverage.Core/Judgement/FleetWords.fs, with the sets of FleetLayers.fs: a node's words of the time that it does not have.
module FleetWords {
  import opened Time
  import opened Intervals
  import opened IntervalSets

  // Sets.areApart.
  predicate AreApart(a: IntervalSet, b: IntervalSet) { Intersect(Hull(a), Hull(b)).IsEmpty() }

  // Sets.intersect.
  function Both(a: IntervalSet, b: IntervalSet): IntervalSet { if AreApart(a, b) then [] else Intersection(a, b) }

  // Sets.subtract.
  function Less(a: IntervalSet, b: IntervalSet): IntervalSet { if AreApart(a, b) then a else Subtract(a, b) }

  // Sets.union.
  function Either(a: IntervalSet, b: IntervalSet): IntervalSet {
    if |a| == 0 then b else if |b| == 0 then a else Union(a, b)
  }

  // divide: each word takes what it applies to of what is left, and the last word the rest.
  function Divide(left: IntervalSet, applies: seq<IntervalSet>): seq<IntervalSet>
    ensures |Divide(left, applies)| == |applies| + 1
    decreases |applies|
  {
    if |applies| == 0 then [left]
    else
      var taken := Both(left, applies[0]);
      [taken] + Divide(Less(left, taken), applies[1..])
  }

  // reportOf: how long all words but `had` are.
  function Lengths(words: seq<IntervalSet>): Duration {
    if |words| == 0 then 0 else Length(words[0]) + Lengths(words[1..])
  }
}
