include "Segment.dfy"

// Coverage.Core/Facts/Selection.fs: the best segment for each start time.
module Selections {
  import opened Time
  import opened Segments

  datatype HourFolder = HourFolder(Hour: Hour, Segments: seq<Segment>, Bad: nat)

  datatype HourSelection = HourSelection(
    Hour: Hour, Best: seq<Segment>, Segments: ByKind, NotBest: ByKind, Temp: nat, Bad: nat)

  predicate IsBetter(a: Segment, b: Segment) {
    if a.Kind != b.Kind then Rank(a.Kind) < Rank(b.Kind)
    else if a.Kind != Full && a.Size != b.Size then a.Size > b.Size
    else a.Duration > b.Duration
  }

  // What F# groups and filters lists for, said of one segment: a suspect, or a partial where there is no suspect, at a
  // start that has no full one.
  predicate IsRival(segments: seq<Segment>, i: nat)
    requires i < |segments|
  {
    && (segments[i].Kind == Suspect || segments[i].Kind == Partial)
    && (forall other <- segments :: other.Start == segments[i].Start ==> other.Kind != Full)
    && (segments[i].Kind == Partial ==> forall other <- segments ::
      other.Start == segments[i].Start ==> other.Kind != Suspect)
  }

  predicate HasRival(segments: seq<Segment>, i: nat)
    requires i < |segments|
  {
    && IsRival(segments, i)
    && exists j ::
      0 <= j < |segments| && j != i && IsRival(segments, j) && segments[j].Start == segments[i].Start
  }

  // The indices of the segments whose file sizes decide and are not known.
  function Contested(segments: seq<Segment>): set<nat> {
    set i: nat | i < |segments| && HasRival(segments, i) && segments[i].Size < 0
  }

  // StartOrder.sort, of those that can cover time. Which order equal starts come out in changes no number
  // (SelectionLaws.AnySortWillDo).
  function Insert(next: Segment, sorted: seq<Segment>): seq<Segment>
    ensures |Insert(next, sorted)| == |sorted| + 1
  {
    if |sorted| == 0 || next.Start <= sorted[0].Start then [next] + sorted
    else [sorted[0]] + Insert(next, sorted[1..])
  }

  function ByStart(segments: seq<Segment>): seq<Segment>
    ensures |ByStart(segments)| <= |segments|
  {
    if |segments| == 0 then []
    else if segments[0].Kind == Temp then ByStart(segments[1..])
    else Insert(segments[0], ByStart(segments[1..]))
  }

  // The mutable variables of the loop of choose, and the tally of all, which F# has in a loop of its own so that a folder
  // with nothing to choose (isChosen) needs no other: its own segments are the best ones then, which this gives, too.
  datatype Choice = Choice(Best: seq<Segment>, All: ByKind, NotBest: ByKind)

  // The body of choose's loop.
  function Choose(choice: Choice, next: Segment): Choice {
    var all := choice.All.Add(next.Kind, next.Duration);
    var count := |choice.Best|;
    if count > 0 && choice.Best[count - 1].Start == next.Start then
      var held := choice.Best[count - 1];
      var (winner, loser) := if IsBetter(next, held) then (next, held) else (held, next);
      Choice(choice.Best[..count - 1] + [winner], all, choice.NotBest.Add(loser.Kind, loser.Duration))
    else Choice(choice.Best + [next], all, choice.NotBest)
  }

  function ChooseAll(choice: Choice, ordered: seq<Segment>, i: nat): Choice
    requires i <= |ordered|
    decreases |ordered| - i
  {
    if i == |ordered| then choice else ChooseAll(Choose(choice, ordered[i]), ordered, i + 1)
  }

  function OfFolder(folder: HourFolder): HourSelection {
    var order := ByStart(folder.Segments);
    var choice := ChooseAll(Choice([], None, None), order, 0);
    HourSelection(folder.Hour, choice.Best, choice.All, choice.NotBest,
      |folder.Segments| - |order|, folder.Bad)
  }
}
