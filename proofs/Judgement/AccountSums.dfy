include "../Facts/WindowLaws.dfy"
include "AccountLaws.dfy"

// How much time each word has, in all and in any window: the words add up to the span, and hours to the stream.
module AccountSums {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened IntervalSetLaws
  import opened Segments
  import opened Timelines
  import opened Measures
  import opened WindowLaws
  import opened StreamSpec
  import opened ExtentLaws
  import opened Facts
  import opened Accounts
  import opened AccountSpec
  import opened FactsLaws
  import opened AccountSteps
  import opened AccountLaws
  import Reports

  // ---- The parts of a length ----

  // The part of a window within the i-th and later intervals, added up interval by interval.
  lemma WantedSeamsAre(account: Account, window: Interval, s: iset<Instant>, wanted: IntervalSet, i: nat, sum: Duration)
    requires i <= |wanted|
    requires forall x: Interval :: BridgedSeamsIn(account, x) == Measure(x, s)
    requires forall k :: 0 <= k < |wanted| ==> window.Start <= wanted[k].Start && wanted[k].End <= window.End
    ensures WantedSeamsIn(account, wanted, i, sum) == sum + Measure(window, s * Instants(wanted[i..]))
    decreases |wanted| - i
  {
    hide BridgedSeamsIn, Measure, Instants;
    if i == |wanted| {
      assert wanted[i..] == [];
      MeasureNone(window, s * Instants([])) by { reveal Instants; }
    } else {
      var first, rest := wanted[i], wanted[i + 1..];
      WantedSeamsAre(account, window, s, wanted, i + 1, sum + BridgedSeamsIn(account, first));
      assert wanted[i..][0] == first && wanted[i..][1..] == rest;
      TailIsApart(wanted, i);
      RestIsApart(wanted[i..]);
      InstantsOfFirst(wanted[i..]);
      MeasureOfPart(window, first, s);
      assert Intersect(window, first) == first;
      MeasureAdds(window, s * InstantsOf(first), s * Instants(rest));
      assert s * InstantsOf(first) + s * Instants(rest) == s * Instants(wanted[i..]);
    }
  }

  lemma TailIsApart(s: IntervalSet, i: nat)
    requires i < |s|
    ensures Apart(s[i..])
  {
    assert Canonical(s[i..]);
    CanonicalIsApart(s[i..]);
  }

  lemma CutLiesWithin(window: Interval, s: IntervalSet)
    ensures forall k :: 0 <= k < |Cut(window, s)| ==>
      window.Start <= Cut(window, s)[k].Start && Cut(window, s)[k].End <= window.End
  {
    var pieces := Cut(window, s);
    hide Cut;
    forall k | 0 <= k < |pieces| ensures window.Start <= pieces[k].Start && pieces[k].End <= window.End {
      assert Contains(pieces[k], pieces[k].Start) && Contains(pieces[k], pieces[k].End - 1);
      assert In(pieces[k].Start, pieces) && In(pieces[k].End - 1, pieces);
      CutMeans(pieces[k].Start, window, s);
      CutMeans(pieces[k].End - 1, window, s);
    }
  }

  lemma BridgedSeamsMeasure(c: Case, facts: StreamFacts, account: Account, window: Interval)
    requires IsMade(c, facts, account)
    ensures BridgedSeamsIn(account, window) == Measure(window, Instants(BridgedSeams(account)))
  {
    hide *;
    var seams, cut := Instants(facts.Seams), Instants(account.CutSeams);
    var bridged := Instants(BridgedSeams(account));
    forall t: Instant
      ensures t in cut ==> t in seams
      ensures t in bridged <==> t in seams && t !in cut
      ensures account.Found == facts
    {
      PartsMean(c, facts, account, t);
      SubtractMeans(t, facts.Seams, account.CutSeams);
      assert In(t, account.CutSeams) ==> In(t, facts.Seams) by {
        reveal IsMade, Judge;
        CutIsOfSeams(facts, ExpectedOf(facts.Report, c.Given), t);
      }
      assert (t in cut <==> In(t, account.CutSeams)) && (t in seams <==> In(t, facts.Seams)) by { reveal Instants; }
      assert t in bridged <==> In(t, facts.Seams) && !In(t, account.CutSeams) by { reveal Instants, BridgedSeams; }
    }
    PartsMean(c, facts, account, 0);
    WithinMeasures(window, facts.Seams);
    WithinMeasures(window, account.CutSeams);
    MeasureAdds(window, bridged, cut);
    MeasureSame(window, bridged + cut, seams);
    reveal BridgedSeamsIn, SeamsIn;
  }

  lemma WantedSeamsMeasure(c: Case, facts: StreamFacts, account: Account, window: Interval)
    requires IsMade(c, facts, account)
    ensures WantedSeamsIn(account, Cut(window, account.Wanted), 0, 0) ==
      Measure(window, Instants(BridgedSeams(account)) * Instants(account.Wanted))
  {
    hide *;
    var s := Instants(BridgedSeams(account));
    var wanted := Cut(window, account.Wanted);
    forall x: Interval ensures BridgedSeamsIn(account, x) == Measure(x, s) {
      BridgedSeamsMeasure(c, facts, account, x);
    }
    CutLiesWithin(window, account.Wanted);
    WantedSeamsAre(account, window, s, wanted, 0, 0);
    assert wanted[0..] == wanted;
    forall t | Contains(window, t) ensures t in s * Instants(wanted) <==> t in s * Instants(account.Wanted) {
      CutMeans(t, window, account.Wanted);
      assert (t in Instants(wanted) <==> In(t, wanted)) && (t in Instants(account.Wanted) <==> In(t, account.Wanted))
        by { reveal Instants; }
    }
    MeasureSame(window, s * Instants(wanted), s * Instants(account.Wanted));
  }

  // ---- The length of a word ----

  // The instants of a word, as the program has them.
  lemma SaidIs(c: Case, facts: StreamFacts, account: Account, word: Word)
    requires IsMade(c, facts, account)
    ensures Said(c, word) == Instants(IntervalsOf(word, account))
  {
    hide *;
    forall t: Instant ensures t in Said(c, word) <==> t in Instants(IntervalsOf(word, account)) {
      WordsMean(c, facts, account, word, t);
      assert t in Said(c, word) <==> InSpan(c, t) && WordOf(c, t) == word by { reveal Said; }
      assert t in Instants(IntervalsOf(word, account)) <==> In(t, IntervalsOf(word, account)) by { reveal Instants; }
    }
  }

  lemma MeasureOfJoined(window: Interval, a: IntervalSet, b: iset<Instant>, both: IntervalSet)
    requires forall t :: !(In(t, a) && t in b)
    requires forall t :: In(t, both) <==> In(t, a) || t in b
    ensures Measure(window, Instants(both)) == Within(window, a).1 + Measure(window, b)
  {
    hide Within, Measure;
    WithinMeasures(window, a);
    MeasureAdds(window, Instants(a), b);
    assert Instants(a) + b == Instants(both);
  }

  // LAW: the length of a word in a window is the time in the window that has it.
  lemma LengthInMeans(c: Case, facts: StreamFacts, account: Account, word: Word, window: Interval)
    requires IsMade(c, facts, account)
    ensures LengthIn(window, account, word) == Measure(window, Said(c, word))
  {
    hide *;
    var sets, seams := account.Sets, BridgedSeams(account);
    var both := IntervalsOf(word, account);
    SaidIs(c, facts, account, word);
    BridgedSeamsMeasure(c, facts, account, window);
    WantedSeamsMeasure(c, facts, account, window);
    var wanted := Instants(seams) * Instants(account.Wanted);
    var others := Instants(seams) - Instants(account.Wanted);
    forall t: Instant
      ensures In(t, seams) ==> In(t, account.Bridged) && !In(t, sets.Partial)
      ensures In(t, sets.Partial) ==> In(t, account.Bridged)
      ensures In(t, sets.Seam) || In(t, sets.Unexpected) ==> !In(t, account.Bridged)
      ensures t in wanted <==> In(t, seams) && In(t, account.Wanted)
      ensures t in others <==> In(t, seams) && !In(t, account.Wanted)
      ensures t in Instants(seams) <==> In(t, seams)
      ensures t in Instants(sets.Partial) <==> In(t, sets.Partial)
      ensures t in Instants(both) <==> In(t, both)
    {
      assert Sane(c) && Tells(facts, c) by { reveal IsMade; }
      assert seams == Subtract(facts.Seams, account.CutSeams) by { PartsMean(c, facts, account, t); reveal BridgedSeams; }
      SubtractMeans(t, facts.Seams, account.CutSeams);
      PartsMean(c, facts, account, t);
      OneOfThree(c, facts, t);
      CoveredMeans(c, t);
      ExtentHas(c);
      assert InExtent(c, t) ==> InWorld(c, t) by { reveal InExtent; }
      assert (t in Instants(seams) <==> In(t, seams)) && (t in Instants(account.Wanted) <==> In(t, account.Wanted))
        && (t in Instants(sets.Partial) <==> In(t, sets.Partial)) && (t in Instants(both) <==> In(t, both))
        by { reveal Instants; }
    }
    match word {
      case Full =>
        forall t: Instant
          ensures In(t, both) <==> In(t, account.Bridged) && !In(t, sets.Partial) && !In(t, seams)
        {
          assert both == Subtract(Subtract(account.Bridged, sets.Partial), seams) by { reveal IntervalsOf; }
          SubtractMeans(t, account.Bridged, sets.Partial);
          SubtractMeans(t, Subtract(account.Bridged, sets.Partial), seams);
        }
        var rest := Instants(both) + Instants(seams);
        MeasureAdds(window, Instants(both), Instants(seams));
        MeasureOfJoined(window, sets.Partial, rest, account.Bridged);
        WithinMeasures(window, account.Bridged);
        reveal LengthIn;
      case Seam =>
        forall t: Instant ensures In(t, both) <==> In(t, sets.Seam) || t in wanted {
          assert both == Union(sets.Seam, Intersection(seams, account.Wanted)) by { reveal IntervalsOf, Sets.Of; }
          UnionMeans(t, sets.Seam, Intersection(seams, account.Wanted));
          IntersectionMeans(t, seams, account.Wanted);
        }
        MeasureOfJoined(window, sets.Seam, wanted, both);
        reveal LengthIn, Sets.Of;
      case Unexpected =>
        forall t: Instant ensures In(t, both) <==> In(t, sets.Unexpected) || t in others {
          assert both == Union(sets.Unexpected, Subtract(seams, account.Wanted)) by { reveal IntervalsOf, Sets.Of; }
          UnionMeans(t, sets.Unexpected, Subtract(seams, account.Wanted));
          SubtractMeans(t, seams, account.Wanted);
        }
        MeasureOfJoined(window, sets.Unexpected, others, both);
        MeasureAdds(window, wanted, others);
        MeasureSame(window, wanted + others, Instants(seams));
        reveal LengthIn, Sets.Of;
      case _ =>
        assert both == sets.Of(word) by { reveal IntervalsOf; }
        WithinMeasures(window, both);
        reveal LengthIn;
    }
  }

  // ---- Sums ----

  function SumOf(lengths: seq<Duration>): Duration {
    if |lengths| == 0 then 0 else SumOf(lengths[..|lengths| - 1]) + lengths[|lengths| - 1]
  }

  // The instants of the span whose word is one of the first n.
  ghost function SaidFirst(c: Case, n: nat): iset<Instant>
    requires n <= |Words|
  {
    iset t: Instant | InSpan(c, t) && WordOf(c, t) in Words[..n]
  }

  lemma SumOfFirst(c: Case, facts: StreamFacts, account: Account, window: Interval, n: nat)
    requires IsMade(c, facts, account) && n <= |Words|
    ensures SumOf(LengthsIn(window, account)[..n]) == Measure(window, SaidFirst(c, n))
  {
    hide *;
    reveal LengthsIn, SumOf;
    var lengths := LengthsIn(window, account);
    if n == 0 {
      assert forall t :: t !in SaidFirst(c, 0) by {
        assert Words[..0] == [];
        reveal SaidFirst;
      }
      MeasureNone(window, SaidFirst(c, 0));
    } else {
      var before, word := SaidFirst(c, n - 1), Words[n - 1];
      SumOfFirst(c, facts, account, window, n - 1);
      assert lengths[..n][..n - 1] == lengths[..n - 1];
      LengthInMeans(c, facts, account, word, window);
      forall t: Instant
        ensures !(t in before && t in Said(c, word))
        ensures t in SaidFirst(c, n) <==> t in before || t in Said(c, word)
      {
        WordsOnce(n);
        assert (t in SaidFirst(c, n) <==> InSpan(c, t) && WordOf(c, t) in Words[..n])
          && (t in before <==> InSpan(c, t) && WordOf(c, t) in Words[..n - 1]) by { reveal SaidFirst; }
        assert t in Said(c, word) <==> InSpan(c, t) && WordOf(c, t) == word by { reveal Said; }
      }
      MeasureAdds(window, before, Said(c, word));
      assert before + Said(c, word) == SaidFirst(c, n);
    }
  }

  lemma WordsOnce(n: nat)
    requires 0 < n <= |Words|
    ensures Words[..n] == Words[..n - 1] + [Words[n - 1]]
    ensures Words[n - 1] !in Words[..n - 1]
    ensures forall word: Word :: word in Words[..|Words|]
  {
    reveal Words;
    assert Words[..|Words|] == Words;
    forall word: Word ensures word in Words {
      match word {
        case Full => assert Words[0] == word;
        case Partial => assert Words[1] == word;
        case Unexpected => assert Words[2] == word;
        case Seam => assert Words[3] == word;
        case Acknowledged => assert Words[4] == word;
        case Unknown => assert Words[5] == word;
        case Ahead => assert Words[6] == word;
        case Pending => assert Words[7] == word;
        case Missing => assert Words[8] == word;
      }
    }
  }

  // LAW: the words' lengths in a window add up to the window's part of the span.
  lemma LengthsInAddUp(c: Case, facts: StreamFacts, account: Account, window: Interval)
    requires IsMade(c, facts, account)
    ensures SumOf(LengthsIn(window, account)) == Intersect(window, account.Whole).Length()
  {
    hide *;
    var all := SaidFirst(c, |Words|);
    assert |Words| == 9 by { reveal Words; }
    SumOfFirst(c, facts, account, window, |Words|);
    assert LengthsIn(window, account)[..|Words|] == LengthsIn(window, account) by { reveal LengthsIn; }
    forall t: Instant ensures t in all <==> t in InstantsOf(account.Whole) {
      PartsMean(c, facts, account, t);
      WordsOnce(|Words|);
      assert t in all <==> InSpan(c, t) && WordOf(c, t) in Words[..|Words|] by { reveal SaidFirst; }
      assert t in InstantsOf(account.Whole) <==> Contains(account.Whole, t) by { reveal InstantsOf; }
    }
    MeasureSame(window, all, InstantsOf(account.Whole));
    MeasureOfInterval(window, account.Whole);
  }

  // LAW: "the words' intervals tile S, their lengths add up to it".
  lemma LengthsAddUp(c: Case, facts: StreamFacts, account: Account)
    requires IsMade(c, facts, account)
    ensures SumOf(Lengths(account)) == account.Whole.Length()
  {
    LengthsInAddUp(c, facts, account, account.Whole);
  }

  // ---- Hours ----

  function SumOfHours(account: Account, word: Word, hours: seq<Hour>): Duration {
    if |hours| == 0 then 0
    else SumOfHours(account, word, hours[..|hours| - 1]) + LengthIn(OfHour(hours[|hours| - 1]), account, word)
  }

  // LAW: "each word's time is cut to hours as section 4 cuts holes": over hours that hold all time of a word, each once, their
  // sum is the stream's.
  lemma HoursSum(c: Case, facts: StreamFacts, account: Account, word: Word, hours: seq<Hour>)
    requires IsMade(c, facts, account) && Distinct(hours)
    requires forall t :: InSpan(c, t) && WordOf(c, t) == word ==> HourOf(t) in hours
    ensures SumOfHours(account, word, hours) == LengthIn(account.Whole, account, word)
  {
    hide *;
    var whole, said := account.Whole, Said(c, word);
    HoursMeasure(c, facts, account, word, hours);
    HoursAddUp(whole, hours, said);
    LengthInMeans(c, facts, account, word, whole);
    forall t ensures t in said * InHours(hours) <==> t in said {
      assert t in said <==> InSpan(c, t) && WordOf(c, t) == word by { reveal Said; }
      assert t in InHours(hours) <==> HourOf(t) in hours by { reveal InHours; }
    }
    MeasureSame(whole, said * InHours(hours), said);
  }

  lemma HoursMeasure(c: Case, facts: StreamFacts, account: Account, word: Word, hours: seq<Hour>)
    requires IsMade(c, facts, account)
    ensures SumOfHours(account, word, hours) == SumOverHours(account.Whole, hours, Said(c, word))
  {
    hide *;
    reveal SumOfHours, SumOverHours;
    if |hours| > 0 {
      var said, hour := Said(c, word), hours[|hours| - 1];
      HoursMeasure(c, facts, account, word, hours[..|hours| - 1]);
      LengthInMeans(c, facts, account, word, OfHour(hour));
      MeasureOfPart(OfHour(hour), account.Whole, said);
      forall t ensures t in said * InstantsOf(account.Whole) <==> t in said {
        PartsMean(c, facts, account, t);
        assert t in said ==> InSpan(c, t) by { reveal Said; }
        assert t in InstantsOf(account.Whole) <==> Contains(account.Whole, t) by { reveal InstantsOf; }
      }
      MeasureSame(OfHour(hour), said * InstantsOf(account.Whole), said);
      assert Intersect(OfHour(hour), account.Whole) == WindowOf(account.Whole, hour) by {
        reveal WindowOf, Intersect, Max, Min;
      }
    }
  }
}
