include "../Facts/IntervalSetLaws.dfy"
include "FleetWords.dfy"

// Section 10.2 of semantics.md: each instant of a fleet's extent has one word, the first that applies, for each node.
module FleetWordsLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened FleetWords

  // LAW: what is not worked out for sets that are apart would change nothing.
  lemma ApartChangesNothing(a: IntervalSet, b: IntervalSet)
    ensures Both(a, b) == Intersection(a, b)
    ensures Less(a, b) == Subtract(a, b)
    ensures Either(a, b) == Union(a, b)
  {
    forall t
      ensures In(t, Intersection(a, b)) <==> In(t, a) && In(t, b)
      ensures In(t, Subtract(a, b)) <==> In(t, a) && !In(t, b)
      ensures In(t, Union(a, b)) <==> In(t, a) || In(t, b)
      ensures AreApart(a, b) ==> !(In(t, a) && In(t, b))
    {
      IntersectionMeans(t, a, b);
      SubtractMeans(t, a, b);
      UnionMeans(t, a, b);
      HullMeans(t, a);
      HullMeans(t, b);
    }
    if AreApart(a, b) {
      forall t ensures In(t, Intersection(a, b)) <==> In(t, []) {}
      SameInstantsSameSet(Intersection(a, b), []);
      SameInstantsSameSet(Subtract(a, b), a);
    }
    if |a| == 0 {
      SameInstantsSameSet(Union(a, b), b);
    } else if |b| == 0 {
      SameInstantsSameSet(Union(a, b), a);
    }
  }

  lemma StepMeans(t: Instant, left: IntervalSet, applies: IntervalSet)
    ensures In(t, Both(left, applies)) <==> In(t, left) && In(t, applies)
    ensures In(t, Less(left, Both(left, applies))) <==> In(t, left) && !In(t, applies)
  {
    ApartChangesNothing(left, applies);
    ApartChangesNothing(left, Both(left, applies));
    IntersectionMeans(t, left, applies);
    SubtractMeans(t, left, Both(left, applies));
  }

  // The number of the first word that applies to an instant; the last word always does.
  function FirstThatApplies(t: Instant, applies: seq<IntervalSet>): nat
    ensures FirstThatApplies(t, applies) <= |applies|
    ensures FirstThatApplies(t, applies) < |applies| ==> In(t, applies[FirstThatApplies(t, applies)])
    ensures forall i :: 0 <= i < FirstThatApplies(t, applies) ==> !In(t, applies[i])
  {
    if |applies| == 0 || In(t, applies[0]) then 0 else 1 + FirstThatApplies(t, applies[1..])
  }

  // LAW: each instant that is divided has one word, the first that applies; no other instant has any.
  lemma OneWord(t: Instant, left: IntervalSet, applies: seq<IntervalSet>, word: nat)
    requires word <= |applies|
    ensures In(t, Divide(left, applies)[word]) <==> In(t, left) && word == FirstThatApplies(t, applies)
    decreases |applies|
  {
    if |applies| > 0 {
      StepMeans(t, left, applies[0]);
      if word > 0 {
        OneWord(t, Less(left, Both(left, applies[0])), applies[1..], word - 1);
      }
    }
  }

  // LAW: the lengths of the words add up to what is divided.
  lemma WordsAddUp(left: IntervalSet, applies: seq<IntervalSet>)
    ensures Lengths(Divide(left, applies)) == Length(left)
    decreases |applies|
  {
    if |applies| == 0 {
      assert Divide(left, applies)[1..] == [];
    } else {
      var taken := Both(left, applies[0]);
      var rest := Less(left, taken);
      ApartChangesNothing(left, applies[0]);
      ApartChangesNothing(left, taken);
      forall t
        ensures !(In(t, taken) && In(t, rest))
        ensures In(t, left) <==> In(t, taken) || In(t, rest)
      {
        StepMeans(t, left, applies[0]);
      }
      LengthOfDisjoint(taken, rest, left);
      WordsAddUp(rest, applies[1..]);
      assert Divide(left, applies)[1..] == Divide(rest, applies[1..]);
    }
  }

  // LAW: with what the node has, they add up to the fleet's extent: `had` is what its listing has of it.
  lemma WordsTileTheExtent(extent: IntervalSet, has: IntervalSet, applies: seq<IntervalSet>)
    ensures Length(Intersection(extent, has)) + Lengths(Divide(Less(extent, has), applies)) == Length(extent)
  {
    ApartChangesNothing(extent, has);
    LengthOfSubtract(extent, has);
    WordsAddUp(Less(extent, has), applies);
  }

  // LAW: where more is unknown, only words after `open` become `open`: more that applies to one word takes from later ones
  // alone, and changes no earlier one.
  lemma MoreTakesFromLaterWords(left: IntervalSet, applies: seq<IntervalSet>, open: nat, more: IntervalSet, t: Instant, word: nat)
    requires open < |applies| && word <= |applies|
    requires forall u :: In(u, applies[open]) ==> In(u, more)
    ensures word < open ==>
      (In(t, Divide(left, applies)[word]) <==> In(t, Divide(left, applies[open := more])[word]))
    ensures word > open && In(t, Divide(left, applies[open := more])[word]) ==> In(t, Divide(left, applies)[word])
    ensures word > open && In(t, Divide(left, applies)[word]) && !In(t, Divide(left, applies[open := more])[word]) ==>
      In(t, Divide(left, applies[open := more])[open])
  {
    var other := applies[open := more];
    OneWord(t, left, applies, word);
    OneWord(t, left, other, word);
    OneWord(t, left, other, open);
    var a, b := FirstThatApplies(t, applies), FirstThatApplies(t, other);
    if a < open {
      assert In(t, other[a]) && (b < a ==> !In(t, applies[b]));
      assert a == b;
    } else {
      forall i | 0 <= i < open ensures !In(t, other[i]) { assert other[i] == applies[i]; }
      assert b >= open;
      if b > open {
        assert !In(t, other[open]);
        assert a > open;
        if a < b { assert other[a] == applies[a]; }
        if b < a { assert other[b] == applies[b]; }
        assert a == b;
      }
    }
  }

  // LAW: with everything unknown no word after `open` is left.
  lemma AllUnknownIsOpen(left: IntervalSet, applies: seq<IntervalSet>, open: nat, t: Instant, word: nat)
    requires open < word <= |applies|
    requires forall u :: In(u, left) ==> In(u, applies[open])
    ensures !In(t, Divide(left, applies)[word])
  {
    OneWord(t, left, applies, word);
  }
}
