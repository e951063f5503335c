include "Selection.dfy"

// The best segment for each start time (section 2 of semantics.md; Coverage.Core/Facts/Selection.fs).
module SelectionLaws {
  import opened Time
  import opened Segments
  import opened Selections

  // The order.

  // LAW: "better" is an order, and so is "neither is better": no choice depends on who meets whom first.
  lemma BetterIsAnOrder(a: Segment, b: Segment, c: Segment)
    ensures !IsBetter(a, a)
    ensures IsBetter(a, b) ==> !IsBetter(b, a)
    ensures IsBetter(a, b) && IsBetter(b, c) ==> IsBetter(a, c)
    ensures !IsBetter(a, b) && !IsBetter(b, c) ==> !IsBetter(a, c)
  {
  }

  // LAW: segments that neither is better than the other of can still differ in one thing, the sizes of full ones.
  lemma TiesAreAlike(a: Segment, b: Segment)
    ensures !IsBetter(a, b) && !IsBetter(b, a) <==>
      a.Kind == b.Kind && a.Duration == b.Duration && (a.Kind == Full || a.Size == b.Size)
  {
  }

  // The rules in the words of section 2, of a best segment and a folder's segments.
  predicate IsBestByRules(best: Segment, segments: seq<Segment>) {
    // 1. a full one if there is any: the longest;
    if HasOf(segments, best.Start, Full) then
      best.Kind == Full && forall s <- segments :: IsOf(s, best.Start, Full) ==> s.Duration <= best.Duration
    // 2. else a suspect one: the largest file, of equals the longest;
    else if HasOf(segments, best.Start, Suspect) then
      best.Kind == Suspect && forall s <- segments :: IsOf(s, best.Start, Suspect) ==> IsNoLarger(s, best)
    // 3. else a partial one: the largest file, of equals the longest.
    else
      best.Kind == Partial && forall s <- segments :: IsOf(s, best.Start, Partial) ==> IsNoLarger(s, best)
  }

  predicate IsOf(s: Segment, start: Instant, kind: Kind) { s.Start == start && s.Kind == kind }

  predicate HasOf(segments: seq<Segment>, start: Instant, kind: Kind) { exists s <- segments :: IsOf(s, start, kind) }

  predicate IsNoLarger(a: Segment, b: Segment) {
    a.Size < b.Size || (a.Size == b.Size && a.Duration <= b.Duration)
  }

  // The segments in order.

  predicate AscendingByStart(segments: seq<Segment>) {
    forall i, j :: 0 <= i < j < |segments| ==> segments[i].Start <= segments[j].Start
  }

  predicate StrictlyByStart(segments: seq<Segment>) {
    forall i, j :: 0 <= i < j < |segments| ==> segments[i].Start < segments[j].Start
  }

  // Those that can cover time.
  function NotTemp(segments: seq<Segment>): seq<Segment> {
    if |segments| == 0 then []
    else if segments[0].Kind == Temp then NotTemp(segments[1..])
    else [segments[0]] + NotTemp(segments[1..])
  }

  lemma NotTempMeans(segments: seq<Segment>)
    ensures forall s :: s in NotTemp(segments) <==> s in segments && s.Kind != Temp
  {
  }

  lemma InsertSorts(next: Segment, sorted: seq<Segment>)
    requires AscendingByStart(sorted)
    ensures AscendingByStart(Insert(next, sorted))
    ensures multiset(Insert(next, sorted)) == multiset(sorted) + multiset{next}
  {
    if |sorted| > 0 && next.Start > sorted[0].Start {
      var first, rest := sorted[0], sorted[1..];
      assert sorted == [first] + rest;
      InsertSorts(next, rest);
      assert Insert(next, rest)[0] == next || (|rest| > 0 && Insert(next, rest)[0] == rest[0]);
      AscendingFrom(first, Insert(next, rest));
    }
  }

  lemma AscendingFrom(first: Segment, rest: seq<Segment>)
    requires AscendingByStart(rest) && (|rest| > 0 ==> first.Start <= rest[0].Start)
    ensures AscendingByStart([first] + rest)
  {
  }

  lemma ByStartSorts(segments: seq<Segment>)
    ensures AscendingByStart(ByStart(segments))
    ensures multiset(ByStart(segments)) == multiset(NotTemp(segments))
  {
    if |segments| > 0 {
      ByStartSorts(segments[1..]);
      if segments[0].Kind != Temp { InsertSorts(segments[0], ByStart(segments[1..])); }
    }
  }

  // Counts and durations of segments, added up.

  function TallyOf(segments: seq<Segment>): ByKind {
    if |segments| == 0 then None
    else
      var last := segments[|segments| - 1];
      TallyOf(segments[..|segments| - 1]).Add(last.Kind, last.Duration)
  }

  lemma TallyOfOneMore(segments: seq<Segment>, next: Segment)
    ensures TallyOf(segments + [next]) == TallyOf(segments).Add(next.Kind, next.Duration)
  {
    assert (segments + [next])[..|segments|] == segments;
  }

  lemma {:induction false} TallyWithout(before: seq<Segment>, s: Segment, after: seq<Segment>)
    ensures TallyOf(before + [s] + after) == TallyOf(before + after).Add(s.Kind, s.Duration)
    decreases |after|
  {
    hide *;
    if |after| == 0 {
      assert before + [s] + after == before + [s] && before + after == before;
      TallyOfOneMore(before, s);
    } else {
      var rest, last := after[..|after| - 1], after[|after| - 1];
      assert before + [s] + after == before + [s] + rest + [last] && before + after == before + rest + [last];
      TallyOfOneMore(before + [s] + rest, last);
      TallyOfOneMore(before + rest, last);
      TallyWithout(before, s, rest);
      AddsSwap(TallyOf(before + rest), s, last);
    }
  }

  lemma AddsSwap(tally: ByKind, a: Segment, b: Segment)
    ensures tally.Add(a.Kind, a.Duration).Add(b.Kind, b.Duration) ==
      tally.Add(b.Kind, b.Duration).Add(a.Kind, a.Duration)
  {
  }

  lemma TallyOfSame(a: seq<Segment>, b: seq<Segment>)
    requires multiset(a) == multiset(b)
    ensures TallyOf(a) == TallyOf(b)
  {
    assert |a| == |multiset(a)| && |b| == |multiset(b)|;
    if |a| > 0 {
      var n := |a| - 1;
      assert a == a[..n] + [a[n]];
      assert a[n] in multiset(b);
      var i :| 0 <= i < |b| && b[i] == a[n];
      var rest := b[..i] + b[i + 1..];
      assert b == b[..i] + [b[i]] + b[i + 1..];
      assert multiset(rest) == multiset(b) - multiset{b[i]};
      TallyOfSame(a[..n], rest);
      TallyWithout(b[..i], b[i], b[i + 1..]);
    }
  }

  // Equal in all that any number is computed from.
  predicate AreAlike(a: Segment, b: Segment) {
    a.Start == b.Start && a.Duration == b.Duration && a.Kind == b.Kind
  }

  predicate AllAlike(a: seq<Segment>, b: seq<Segment>) {
    |a| == |b| && forall i :: 0 <= i < |a| ==> AreAlike(a[i], b[i])
  }

  lemma TallyOfAlike(a: seq<Segment>, b: seq<Segment>)
    requires AllAlike(a, b)
    ensures TallyOf(a) == TallyOf(b)
  {
    if |a| > 0 { TallyOfAlike(a[..|a| - 1], b[..|b| - 1]); }
  }

  // The loop.

  // Whether a row has a segment of the same start that another one is not better than.
  opaque predicate HasBest(row: seq<Segment>, s: Segment) {
    exists i :: 0 <= i < |row| && row[i].Start == s.Start && !IsBetter(s, row[i])
  }

  // What it has after the first i segments.
  predicate Chosen(best: seq<Segment>, ordered: seq<Segment>, i: nat)
    requires i <= |ordered|
  {
    && StrictlyByStart(best)
    && (forall k :: 0 <= k < |best| ==> best[k] in ordered)
    && (forall k :: 0 <= k < i ==> HasBest(best, ordered[k]))
    && (|best| > 0 <==> i > 0)
    && (i > 0 ==> best[|best| - 1].Start == ordered[i - 1].Start)
  }

  lemma Appended(best: seq<Segment>, next: Segment, s: Segment)
    requires HasBest(best, s) || s == next
    ensures HasBest(best + [next], s)
  {
    reveal HasBest();
    if HasBest(best, s) {
      var i :| 0 <= i < |best| && best[i].Start == s.Start && !IsBetter(s, best[i]);
      assert (best + [next])[i] == best[i];
    } else {
      BetterIsAnOrder(next, next, next);
      assert (best + [next])[|best|] == s;
    }
  }

  lemma Replaced(others: seq<Segment>, held: Segment, winner: Segment, s: Segment)
    requires HasBest(others + [held], s)
    requires winner.Start == held.Start && !IsBetter(held, winner)
    ensures HasBest(others + [winner], s)
  {
    reveal HasBest();
    var row := others + [held];
    var i :| 0 <= i < |row| && row[i].Start == s.Start && !IsBetter(s, row[i]);
    if i == |others| { BetterIsAnOrder(s, held, winner); }
    assert (others + [winner])[i].Start == s.Start && !IsBetter(s, (others + [winner])[i]);
  }

  lemma ChooseChooses(choice: Choice, ordered: seq<Segment>, i: nat)
    requires i < |ordered| && AscendingByStart(ordered)
    requires Chosen(choice.Best, ordered, i)
    ensures Chosen(Choose(choice, ordered[i]).Best, ordered, i + 1)
  {
    var next, best, n := ordered[i], choice.Best, |choice.Best|;
    if n > 0 && best[n - 1].Start == next.Start {
      var others, held := best[..n - 1], best[n - 1];
      var winner := if IsBetter(next, held) then next else held;
      assert best == others + [held];
      BetterIsAnOrder(next, held, next);
      BetterIsAnOrder(held, held, held);
      forall k | 0 <= k < i + 1 ensures HasBest(others + [winner], ordered[k]) {
        if k < i { Replaced(others, held, winner, ordered[k]); }
        else {
          BetterIsAnOrder(next, next, next);
          reveal HasBest();
          assert (others + [winner])[n - 1] == winner;
        }
      }
    } else {
      forall k | 0 <= k < i + 1 ensures HasBest(best + [next], ordered[k]) { Appended(best, next, ordered[k]); }
    }
  }

  lemma ChooseAllChooses(choice: Choice, ordered: seq<Segment>, i: nat)
    requires i <= |ordered| && AscendingByStart(ordered)
    requires Chosen(choice.Best, ordered, i)
    ensures Chosen(ChooseAll(choice, ordered, i).Best, ordered, |ordered|)
    decreases |ordered| - i
  {
    if i < |ordered| {
      ChooseChooses(choice, ordered, i);
      hide Chosen, Choose;
      ChooseAllChooses(Choose(choice, ordered[i]), ordered, i + 1);
    }
  }

  // What it counts: everything under all, and everything but the best under not best.
  predicate Counted(choice: Choice, ordered: seq<Segment>, i: nat)
    requires i <= |ordered|
  {
    && choice.All == TallyOf(ordered[..i])
    && choice.NotBest.Plus(TallyOf(choice.Best)) == choice.All
  }

  lemma PlusAdds(a: ByKind, b: ByKind, s: Segment)
    ensures a.Add(s.Kind, s.Duration).Plus(b) == a.Plus(b).Add(s.Kind, s.Duration)
    ensures a.Plus(b.Add(s.Kind, s.Duration)) == a.Plus(b).Add(s.Kind, s.Duration)
  {
  }

  // Of two segments the winner counts as best, the loser as not best: together they are what was held and what came.
  lemma {:induction false} WinnerAndLoserCount(
    notBest: ByKind, others: seq<Segment>, held: Segment, next: Segment, winner: Segment, loser: Segment)
    requires (winner == next && loser == held) || (winner == held && loser == next)
    ensures notBest.Add(loser.Kind, loser.Duration).Plus(TallyOf(others + [winner])) ==
      notBest.Plus(TallyOf(others + [held])).Add(next.Kind, next.Duration)
  {
    hide *;
    var rest := TallyOf(others);
    TallyOfOneMore(others, held);
    TallyOfOneMore(others, winner);
    PlusAdds(notBest, rest.Add(winner.Kind, winner.Duration), loser);
    PlusAdds(notBest, rest, winner);
    PlusAdds(notBest, rest, held);
    AddsSwap(notBest.Plus(rest), held, next);
  }

  lemma {:induction false} ChooseCounts(choice: Choice, ordered: seq<Segment>, i: nat)
    requires i < |ordered|
    requires Counted(choice, ordered, i)
    ensures Counted(Choose(choice, ordered[i]), ordered, i + 1)
  {
    hide *;
    reveal Counted, Choose;
    var next, n := ordered[i], |choice.Best|;
    assert ordered[..i + 1] == ordered[..i] + [next];
    TallyOfOneMore(ordered[..i], next);
    if n > 0 && choice.Best[n - 1].Start == next.Start {
      var others, held := choice.Best[..n - 1], choice.Best[n - 1];
      assert choice.Best == others + [held];
      var (winner, loser) := if IsBetter(next, held) then (next, held) else (held, next);
      WinnerAndLoserCount(choice.NotBest, others, held, next, winner, loser);
    } else {
      TallyOfOneMore(choice.Best, next);
      PlusAdds(choice.NotBest, TallyOf(choice.Best), next);
    }
  }

  lemma ChooseAllCounts(choice: Choice, ordered: seq<Segment>, i: nat)
    requires i <= |ordered|
    requires Counted(choice, ordered, i)
    ensures Counted(ChooseAll(choice, ordered, i), ordered, |ordered|)
    decreases |ordered| - i
  {
    if i < |ordered| {
      ChooseCounts(choice, ordered, i);
      ChooseAllCounts(Choose(choice, ordered[i]), ordered, i + 1);
    }
  }

  // A folder's selection.

  // LAW: the best segments are segments of the folder, and their starts increase; each segment that is not temp has
  // among them one of its start that it is not better than. As they increase there is no other of its start.
  lemma OneBestForEachStart(folder: HourFolder)
    ensures StrictlyByStart(OfFolder(folder).Best)
    ensures forall b <- OfFolder(folder).Best :: b in folder.Segments && b.Kind != Temp
    ensures forall s <- folder.Segments :: s.Kind != Temp ==> HasBest(OfFolder(folder).Best, s)
  {
    var ordered, best := ByStart(folder.Segments), OfFolder(folder).Best;
    ByStartSorts(folder.Segments);
    ChooseAllChooses(Choice([], None, None), ordered, 0);
    hide OfFolder, ChooseAll, ByStart, IsBetter, AscendingByStart, StrictlyByStart;
    assert best == ChooseAll(Choice([], None, None), ordered, 0).Best by { reveal OfFolder; }
    forall b | b in best ensures b in folder.Segments && b.Kind != Temp {
      assert b in ordered;
      InByStart(folder.Segments, b);
    }
    forall s | s in folder.Segments && s.Kind != Temp ensures HasBest(best, s) {
      InByStart(folder.Segments, s);
      var k :| 0 <= k < |ordered| && ordered[k] == s;
    }
  }

  lemma InByStart(segments: seq<Segment>, s: Segment)
    ensures s in ByStart(segments) <==> s in segments && s.Kind != Temp
  {
    ByStartSorts(segments);
    NotTempMeans(segments);
    assert s in ByStart(segments) <==> s in multiset(ByStart(segments));
    assert s in NotTemp(segments) <==> s in multiset(NotTemp(segments));
  }

  // LAW: exactly one for each start that has a segment that is not temp.
  lemma ExactlyOne(folder: HourFolder, s: Segment) returns (i: nat)
    requires s in folder.Segments && s.Kind != Temp
    ensures i < |OfFolder(folder).Best| && OfFolder(folder).Best[i].Start == s.Start
    ensures forall j :: 0 <= j < |OfFolder(folder).Best| && OfFolder(folder).Best[j].Start == s.Start ==> j == i
  {
    OneBestForEachStart(folder);
    hide OfFolder, IsBetter;
    reveal HasBest();
    i :| 0 <= i < |OfFolder(folder).Best| && OfFolder(folder).Best[i].Start == s.Start;
  }

  lemma HasBestMeans(row: seq<Segment>, best: Segment, s: Segment)
    requires StrictlyByStart(row) && best in row
    requires HasBest(row, s) && s.Start == best.Start
    ensures !IsBetter(s, best)
  {
    reveal HasBest();
    var i :| 0 <= i < |row| && row[i].Start == s.Start && !IsBetter(s, row[i]);
    var j :| 0 <= j < |row| && row[j] == best;
    assert i == j;
  }

  // LAW: so no candidate of its start is better than a best segment.
  lemma NoneIsBetterThanBest(folder: HourFolder, best: Segment, s: Segment)
    requires best in OfFolder(folder).Best
    requires s in folder.Segments && s.Kind != Temp && s.Start == best.Start
    ensures !IsBetter(s, best)
  {
    OneBestForEachStart(folder);
    HasBestMeans(OfFolder(folder).Best, best, s);
  }

  // LAW: and that is what the three rules of section 2 say.
  lemma BestByRules(folder: HourFolder, best: Segment)
    requires best in OfFolder(folder).Best
    ensures IsBestByRules(best, folder.Segments)
  {
    OneBestForEachStart(folder);
    hide OfFolder, IsBetter;
    forall s | s in folder.Segments && s.Kind != Temp && s.Start == best.Start ensures !IsBetter(s, best) {
      NoneIsBetterThanBest(folder, best, s);
    }
    UnbeatenIsBestByRules(folder.Segments, best);
  }

  lemma UnbeatenIsBestByRules(segments: seq<Segment>, best: Segment)
    requires best in segments && best.Kind != Temp
    requires forall s <- segments :: s.Kind != Temp && s.Start == best.Start ==> !IsBetter(s, best)
    ensures IsBestByRules(best, segments)
  {
    assert IsOf(best, best.Start, best.Kind);
  }

  // LAW: counted is every segment that is not temp, with its own duration; and so is every one that was not best for
  // its start (the first kind of overlap in section 3): they and the best ones are all.
  lemma CountsAreSums(folder: HourFolder)
    ensures OfFolder(folder).Segments == TallyOf(NotTemp(folder.Segments))
    ensures OfFolder(folder).NotBest.Plus(TallyOf(OfFolder(folder).Best)) == OfFolder(folder).Segments
    ensures OfFolder(folder).Temp + |NotTemp(folder.Segments)| == |folder.Segments|
    ensures OfFolder(folder).Hour == folder.Hour && OfFolder(folder).Bad == folder.Bad
  {
    hide *;
    reveal OfFolder, Counted;
    var ordered := ByStart(folder.Segments);
    ByStartSorts(folder.Segments);
    NothingCounted(ordered);
    ChooseAllCounts(Choice([], None, None), ordered, 0);
    assert ordered[..|ordered|] == ordered;
    TallyOfSame(ordered, NotTemp(folder.Segments));
    assert |ordered| == |multiset(ordered)|;
    assert |NotTemp(folder.Segments)| == |multiset(NotTemp(folder.Segments))|;
  }

  lemma NothingCounted(ordered: seq<Segment>)
    ensures Counted(Choice([], None, None), ordered, 0)
  {
  }

  // What changes no number.

  // Equal selections, in all that any number is computed from.
  predicate SameNumbers(a: HourSelection, b: HourSelection) {
    && a.Hour == b.Hour && a.Segments == b.Segments && a.NotBest == b.NotBest && a.Temp == b.Temp && a.Bad == b.Bad
    && AllAlike(a.Best, b.Best)
  }

  opaque predicate HasStart(row: seq<Segment>, start: Instant) {
    exists i :: 0 <= i < |row| && row[i].Start == start
  }

  lemma HasStartAt(row: seq<Segment>, i: nat)
    requires i < |row|
    ensures HasStart(row, row[i].Start)
  {
    reveal HasStart();
  }

  // Without its last one an increasing row has the starts before that one's.
  lemma HasStartBefore(row: seq<Segment>, start: Instant)
    requires |row| > 0 && StrictlyByStart(row)
    ensures HasStart(row[..|row| - 1], start) <==> HasStart(row, start) && start < row[|row| - 1].Start
  {
    reveal HasStart();
    var n := |row| - 1;
    if HasStart(row[..n], start) {
      var i :| 0 <= i < n && row[..n][i].Start == start;
      assert row[i].Start == start;
    }
    if HasStart(row, start) && start < row[n].Start {
      var i :| 0 <= i < |row| && row[i].Start == start;
      assert row[..n][i].Start == start;
    }
  }

  lemma LastStartIsLatest(row: seq<Segment>, start: Instant)
    requires StrictlyByStart(row) && HasStart(row, start)
    ensures |row| > 0 && start <= row[|row| - 1].Start
  {
    reveal HasStart();
  }

  // Two rows that increase and have the same starts are as long, and their starts are equal one by one.
  lemma SameStarts(a: seq<Segment>, b: seq<Segment>)
    requires StrictlyByStart(a) && StrictlyByStart(b)
    requires forall start :: HasStart(a, start) <==> HasStart(b, start)
    ensures |a| == |b|
    ensures forall i :: 0 <= i < |a| ==> a[i].Start == b[i].Start
  {
    if |a| > 0 {
      HasStartAt(a, |a| - 1);
      LastStartIsLatest(b, a[|a| - 1].Start);
    }
    if |b| > 0 {
      HasStartAt(b, |b| - 1);
      LastStartIsLatest(a, b[|b| - 1].Start);
    }
    if |a| > 0 {
      var m, n := |a| - 1, |b| - 1;
      forall start ensures HasStart(a[..m], start) <==> HasStart(b[..n], start) {
        HasStartBefore(a, start);
        HasStartBefore(b, start);
      }
      SameStarts(a[..m], b[..n]);
      forall i | 0 <= i < |a| ensures a[i].Start == b[i].Start {
        if i < m { assert a[..m][i] == a[i] && b[..n][i] == b[i]; }
      }
    }
  }

  // The starts of the best segments are those of the folder's.
  lemma StartsOfBest(folder: HourFolder, start: Instant)
    ensures HasStart(OfFolder(folder).Best, start) <==> HasStart(NotTemp(folder.Segments), start)
  {
    OneBestForEachStart(folder);
    hide OfFolder, IsBetter, StrictlyByStart;
    reveal HasStart();
    var best, all := OfFolder(folder).Best, NotTemp(folder.Segments);
    NotTempMeans(folder.Segments);
    if HasStart(best, start) {
      var i :| 0 <= i < |best| && best[i].Start == start;
      assert best[i] in all;
    }
    if HasStart(all, start) {
      var i :| 0 <= i < |all| && all[i].Start == start;
      assert all[i] in folder.Segments;
      reveal HasBest();
    }
  }

  lemma NotTempOfSame(a: seq<Segment>, b: seq<Segment>)
    requires multiset(a) == multiset(b)
    ensures multiset(NotTemp(a)) == multiset(NotTemp(b))
  {
    forall s ensures multiset(NotTemp(a))[s] == multiset(NotTemp(b))[s] {
      CountOfNotTemp(a, s);
      CountOfNotTemp(b, s);
    }
  }

  lemma CountOfNotTemp(segments: seq<Segment>, s: Segment)
    ensures multiset(NotTemp(segments))[s] == if s.Kind == Temp then 0 else multiset(segments)[s]
  {
    if |segments| > 0 {
      assert segments == [segments[0]] + segments[1..];
      CountOfNotTemp(segments[1..], s);
    }
  }

  lemma HasStartOfSame(a: seq<Segment>, b: seq<Segment>, start: Instant)
    requires multiset(a) == multiset(b)
    ensures HasStart(a, start) <==> HasStart(b, start)
  {
    reveal HasStart();
    if HasStart(a, start) {
      var i :| 0 <= i < |a| && a[i].Start == start;
      assert a[i] in multiset(b);
    }
    if HasStart(b, start) {
      var i :| 0 <= i < |b| && b[i].Start == start;
      assert b[i] in multiset(a);
    }
  }

  lemma TiesOfOneStart(a: Segment, b: Segment)
    requires a.Start == b.Start && !IsBetter(a, b) && !IsBetter(b, a)
    ensures AreAlike(a, b) && (a.Kind == Full || a == b)
  {
    TiesAreAlike(a, b);
  }

  // LAW: the order of a folder's segments changes no number, nor does which of equals is chosen.
  lemma OrderChangesNoNumber(a: HourFolder, b: HourFolder)
    requires a.Hour == b.Hour && a.Bad == b.Bad && multiset(a.Segments) == multiset(b.Segments)
    ensures SameNumbers(OfFolder(a), OfFolder(b))
    ensures forall i :: 0 <= i < |OfFolder(a).Best| ==>
      OfFolder(a).Best[i].Kind == Full || OfFolder(a).Best[i] == OfFolder(b).Best[i]
  {
    hide *;
    var x, y := OfFolder(a).Best, OfFolder(b).Best;
    OneBestForEachStart(a);
    OneBestForEachStart(b);
    NotTempOfSame(a.Segments, b.Segments);
    forall start ensures HasStart(x, start) <==> HasStart(y, start) {
      StartsOfBest(a, start);
      StartsOfBest(b, start);
      HasStartOfSame(NotTemp(a.Segments), NotTemp(b.Segments), start);
    }
    SameStarts(x, y);
    forall i | 0 <= i < |x| ensures AreAlike(x[i], y[i]) && (x[i].Kind == Full || x[i] == y[i]) {
      assert x[i] in multiset(a.Segments) && y[i] in multiset(b.Segments);
      NoneIsBetterThanBest(a, x[i], y[i]);
      NoneIsBetterThanBest(b, y[i], x[i]);
      TiesOfOneStart(x[i], y[i]);
    }
    assert AllAlike(x, y) by { reveal AllAlike; }
    TallyOfSame(NotTemp(a.Segments), NotTemp(b.Segments));
    assert |multiset(NotTemp(a.Segments))| == |NotTemp(a.Segments)|;
    assert |multiset(NotTemp(b.Segments))| == |NotTemp(b.Segments)|;
    assert |multiset(a.Segments)| == |a.Segments| && |multiset(b.Segments)| == |b.Segments|;
    SameCounts(a, b);
  }

  lemma SameCounts(a: HourFolder, b: HourFolder)
    requires a.Hour == b.Hour && a.Bad == b.Bad && |a.Segments| == |b.Segments|
    requires AllAlike(OfFolder(a).Best, OfFolder(b).Best)
    requires TallyOf(NotTemp(a.Segments)) == TallyOf(NotTemp(b.Segments))
    requires |NotTemp(a.Segments)| == |NotTemp(b.Segments)|
    ensures SameNumbers(OfFolder(a), OfFolder(b))
  {
    hide *;
    reveal SameNumbers;
    CountsAreSums(a);
    CountsAreSums(b);
    TallyOfAlike(OfFolder(a).Best, OfFolder(b).Best);
    PlusCancels(OfFolder(a).NotBest, OfFolder(b).NotBest, TallyOf(OfFolder(a).Best));
  }

  lemma PlusCancels(a: ByKind, b: ByKind, c: ByKind)
    requires a.Plus(c) == b.Plus(c)
    ensures a == b
  {
  }

  // LAW: so it changes no number either in which order a sort leaves equal starts: F# has two, this model a third.
  lemma AnySortWillDo(folder: HourFolder, ordered: seq<Segment>)
    requires AscendingByStart(ordered) && multiset(ordered) == multiset(NotTemp(folder.Segments))
    ensures var choice := ChooseAll(Choice([], None, None), ordered, 0);
      && choice.All == OfFolder(folder).Segments
      && choice.NotBest == OfFolder(folder).NotBest
      && AllAlike(choice.Best, OfFolder(folder).Best)
  {
    hide *;
    reveal OfFolder, SameNumbers;
    var those := NotTemp(folder.Segments);
    assert NoneIsTemp(ordered) && NoneIsTemp(those) by {
      reveal NoneIsTemp;
      NotTempMeans(folder.Segments);
      forall s | s in ordered ensures s in those { assert s in multiset(ordered); }
    }
    SortedStays(ordered);
    ByStartPassesTempOver(folder.Segments);
    OrderChangesNoNumber(HourFolder(folder.Hour, ordered, folder.Bad), HourFolder(folder.Hour, those, folder.Bad));
  }

  predicate NoneIsTemp(segments: seq<Segment>) { forall s <- segments :: s.Kind != Temp }

  lemma SortedStays(segments: seq<Segment>)
    requires AscendingByStart(segments) && NoneIsTemp(segments)
    ensures ByStart(segments) == segments
  {
    if |segments| > 0 {
      SortedStays(segments[1..]);
      assert segments == [segments[0]] + segments[1..];
    }
  }

  lemma ByStartPassesTempOver(segments: seq<Segment>)
    ensures ByStart(NotTemp(segments)) == ByStart(segments)
  {
    if |segments| > 0 { ByStartPassesTempOver(segments[1..]); }
  }

  // Segments that differ in sizes alone, and in none of those that are looked up.
  predicate DifferInSizesNotNeeded(a: seq<Segment>, b: seq<Segment>) {
    AllAlike(a, b) && forall i :: 0 <= i < |a| && HasRival(a, i) ==> a[i].Size == b[i].Size
  }

  // LAW: file sizes matter only in rules 2 and 3 with two or more candidates.
  lemma OtherSizesChangeNoNumber(a: HourFolder, b: HourFolder)
    requires a.Hour == b.Hour && a.Bad == b.Bad && DifferInSizesNotNeeded(a.Segments, b.Segments)
    ensures SameNumbers(OfFolder(a), OfFolder(b))
  {
    hide *;
    var x, y := OfFolder(a).Best, OfFolder(b).Best;
    OneBestForEachStart(a);
    OneBestForEachStart(b);
    assert AllAlike(a.Segments, b.Segments) by { reveal DifferInSizesNotNeeded; }
    NotTempOfAlike(a.Segments, b.Segments);
    forall start ensures HasStart(x, start) <==> HasStart(y, start) {
      StartsOfBest(a, start);
      StartsOfBest(b, start);
      HasStartOfAlike(NotTemp(a.Segments), NotTemp(b.Segments), start);
    }
    SameStarts(x, y);
    forall i | 0 <= i < |x| ensures AreAlike(x[i], y[i]) { OtherSizesChangeNoBest(a, b, x[i], y[i]); }
    assert AllAlike(x, y) by { reveal AllAlike; }
    TallyOfAlike(NotTemp(a.Segments), NotTemp(b.Segments));
    reveal AllAlike;
    SameCounts(a, b);
  }

  lemma HasStartOfAlike(a: seq<Segment>, b: seq<Segment>, start: Instant)
    requires AllAlike(a, b)
    ensures HasStart(a, start) <==> HasStart(b, start)
  {
    reveal HasStart();
    assert forall i :: 0 <= i < |a| ==> AreAlike(a[i], b[i]);
  }

  lemma NotTempOfAlike(a: seq<Segment>, b: seq<Segment>)
    requires AllAlike(a, b)
    ensures AllAlike(NotTemp(a), NotTemp(b))
  {
    if |a| > 0 {
      assert AreAlike(a[0], b[0]);
      NotTempOfAlike(a[1..], b[1..]);
    }
  }

  lemma OtherSizesChangeNoBest(a: HourFolder, b: HourFolder, x: Segment, y: Segment)
    requires DifferInSizesNotNeeded(a.Segments, b.Segments)
    requires x in OfFolder(a).Best && y in OfFolder(b).Best && x.Start == y.Start
    ensures AreAlike(x, y)
  {
    hide OfFolder, IsBetter;
    OneBestForEachStart(a);
    OneBestForEachStart(b);
    var p :| 0 <= p < |a.Segments| && a.Segments[p] == x;
    var q :| 0 <= q < |b.Segments| && b.Segments[q] == y;
    var x', y' := b.Segments[p], a.Segments[q];
    assert AreAlike(x, x') && AreAlike(y', y);
    assert x' in b.Segments && y' in a.Segments;
    NoneIsBetterThanBest(a, x, y');
    NoneIsBetterThanBest(b, y, x');
    KindsAgree(x, x', y, y');
    if x.Kind != Full && p != q {
      BestIsRival(a, p);
      RivalOfSameKind(a.Segments, p, q);
      assert x == x' && y == y';
      TiesAreAlike(x, y);
    } else if x.Kind == Full {
      FullByDuration(x, y');
      FullByDuration(y, x');
    }
  }

  // The kinds of the best do not depend on sizes.
  lemma KindsAgree(x: Segment, x': Segment, y: Segment, y': Segment)
    requires AreAlike(x, x') && AreAlike(y, y')
    requires !IsBetter(y', x) && !IsBetter(x', y)
    ensures x.Kind == y.Kind
  {
  }

  lemma FullByDuration(x: Segment, y: Segment)
    requires x.Kind == Full && y.Kind == Full && !IsBetter(y, x)
    ensures y.Duration <= x.Duration
  {
  }

  lemma BestIsRival(folder: HourFolder, p: nat)
    requires p < |folder.Segments| && folder.Segments[p] in OfFolder(folder).Best && folder.Segments[p].Kind != Full
    ensures IsRival(folder.Segments, p)
  {
    hide OfFolder, IsBetter;
    var best := folder.Segments[p];
    OneBestForEachStart(folder);
    forall other | other in folder.Segments && other.Start == best.Start && other.Kind != Temp
      ensures Rank(other.Kind) >= Rank(best.Kind)
    {
      NoneIsBetterThanBest(folder, best, other);
      reveal IsBetter;
    }
  }

  lemma RivalOfSameKind(segments: seq<Segment>, p: nat, q: nat)
    requires p < |segments| && q < |segments| && p != q && IsRival(segments, p)
    requires segments[q].Start == segments[p].Start && segments[q].Kind == segments[p].Kind
    ensures HasRival(segments, p) && HasRival(segments, q)
  {
    assert IsRival(segments, q);
  }
}
