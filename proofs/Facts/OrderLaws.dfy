include "SelectionLaws.dfy"
include "Report.dfy"

// "A tie that is left after that changes no number" (section 2 of semantics.md): what SelectionLaws.dfy says of a
// folder goes through to the report. Neither the order of a folder's segments, nor which of equals is best, nor a file
// size that is not looked up changes anything in it.
module OrderLaws {
  import opened Time
  import opened Segments
  import opened Selections
  import opened SelectionLaws
  import opened Timelines
  import Reports

  // Folders of the same hours with the same segments, each in any order.
  predicate SameButForOrder(a: seq<HourFolder>, b: seq<HourFolder>) {
    |a| == |b| && forall i :: 0 <= i < |a| ==>
      a[i].Hour == b[i].Hour && a[i].Bad == b[i].Bad && multiset(a[i].Segments) == multiset(b[i].Segments)
  }

  // LAW: the order of the segments changes nothing in a report.
  lemma OrderChangesNoReport(settings: Reports.Settings, a: seq<HourFolder>, b: seq<HourFolder>)
    requires SameButForOrder(a, b)
    ensures Reports.OfFolders(settings, a) == Reports.OfFolders(settings, b)
  {
    forall i | 0 <= i < |a| ensures SameNumbers(OfFolder(a[i]), OfFolder(b[i])) { OrderChangesNoNumber(a[i], b[i]); }
    SameNumbersSameReport(settings, a, b);
  }

  // Folders of the same hours with the same segments, but for sizes that are not looked up.
  predicate SameButForSizes(a: seq<HourFolder>, b: seq<HourFolder>) {
    |a| == |b| && forall i :: 0 <= i < |a| ==>
      a[i].Hour == b[i].Hour && a[i].Bad == b[i].Bad && DifferInSizesNotNeeded(a[i].Segments, b[i].Segments)
  }

  // LAW: a file size matters only in rules 2 and 3 with two or more candidates.
  lemma OtherSizesChangeNoReport(settings: Reports.Settings, a: seq<HourFolder>, b: seq<HourFolder>)
    requires SameButForSizes(a, b)
    ensures Reports.OfFolders(settings, a) == Reports.OfFolders(settings, b)
  {
    forall i | 0 <= i < |a| ensures SameNumbers(OfFolder(a[i]), OfFolder(b[i])) {
      OtherSizesChangeNoNumber(a[i], b[i]);
    }
    SameNumbersSameReport(settings, a, b);
  }

  // From segments to timelines to the report: nothing looks at more than what is alike.

  lemma AlikeAreTakenAlike(tolerance: Duration, hourStart: Instant, sweep: Sweep, a: Segment, b: Segment)
    requires AreAlike(a, b)
    ensures Take(tolerance, hourStart, sweep, a) == Take(tolerance, hourStart, sweep, b)
  {
    assert a.(Size := 0) == b.(Size := 0);
    SizeIsNotTaken(tolerance, hourStart, sweep, a);
    SizeIsNotTaken(tolerance, hourStart, sweep, b);
  }

  lemma SizeIsNotTaken(tolerance: Duration, hourStart: Instant, sweep: Sweep, a: Segment)
    ensures Take(tolerance, hourStart, sweep, a.(Size := 0)) == Take(tolerance, hourStart, sweep, a)
  {
    var sizeless := a.(Size := 0);
    assert sizeless.End() == a.End();
    assert Overlap(tolerance, sweep, sizeless) == Overlap(tolerance, sweep, a);
    var overlapped := Overlap(tolerance, sweep, a);
    assert Reach(tolerance, hourStart, overlapped, sizeless) == Reach(tolerance, hourStart, overlapped, a);
    var reached := Reach(tolerance, hourStart, overlapped, a);
    assert Settle(reached, sizeless) == Settle(reached, a);
  }

  lemma AlikeAreAllTakenAlike(
    tolerance: Duration, hourStart: Instant, sweep: Sweep, a: seq<Segment>, b: seq<Segment>, i: nat)
    requires AllAlike(a, b) && i <= |a|
    ensures TakeAll(tolerance, hourStart, sweep, a, i) == TakeAll(tolerance, hourStart, sweep, b, i)
    decreases |a| - i
  {
    hide Take;
    if i < |a| {
      AlikeAreTakenAlike(tolerance, hourStart, sweep, a[i], b[i]);
      AlikeAreAllTakenAlike(tolerance, hourStart, Take(tolerance, hourStart, sweep, a[i]), a, b, i + 1);
    }
  }

  lemma SameNumbersSameStep(tolerance: Duration, carry: Carry, a: HourSelection, b: HourSelection)
    requires SameNumbers(a, b)
    ensures Step(tolerance, carry, a) == Step(tolerance, carry, b)
  {
    hide TakeAll, Tell;
    AlikeAreAllTakenAlike(tolerance, HourStart(a.Hour), Begin(carry), a.Best, b.Best, 0);
    if |a.Best| > 0 { assert AreAlike(a.Best[0], b.Best[0]) && AreAlike(a.Best[|a.Best| - 1], b.Best[|a.Best| - 1]); }
  }

  predicate AllSameNumbers(a: seq<HourSelection>, b: seq<HourSelection>) {
    |a| == |b| && forall i :: 0 <= i < |a| ==> SameNumbers(a[i], b[i])
  }

  lemma SameNumbersSameTimelines(
    tolerance: Duration, carry: Carry, a: seq<HourSelection>, b: seq<HourSelection>, i: nat, done: seq<HourTimeline>)
    requires AllSameNumbers(a, b) && i <= |a|
    ensures OfHoursFrom(tolerance, carry, a, i, done) == OfHoursFrom(tolerance, carry, b, i, done)
    decreases |a| - i
  {
    hide Step, SameNumbers;
    if i < |a| {
      SameNumbersSameStep(tolerance, carry, a[i], b[i]);
      var next := Step(tolerance, carry, a[i]);
      SameNumbersSameTimelines(tolerance, next.Carry, a, b, i + 1, done + [next]);
    }
  }

  lemma SameNumbersAreChosen(
    settings: Reports.Settings, a: seq<HourFolder>, b: seq<HourFolder>, i: nat, x: seq<HourSelection>,
    y: seq<HourSelection>)
    requires |a| == |b| && i <= |a| && AllSameNumbers(x, y)
    requires forall k :: 0 <= k < |a| ==> a[k].Hour == b[k].Hour && SameNumbers(OfFolder(a[k]), OfFolder(b[k]))
    ensures AllSameNumbers(Reports.Chosen(settings, a, i, x), Reports.Chosen(settings, b, i, y))
    decreases |a| - i
  {
    hide OfFolder, SameNumbers;
    if i < |a| {
      if Reports.IsIn(settings, a[i].Hour) {
        SameNumbersAreChosen(settings, a, b, i + 1, x + [OfFolder(a[i])], y + [OfFolder(b[i])]);
      } else {
        SameNumbersAreChosen(settings, a, b, i + 1, x, y);
      }
    }
  }

  lemma SameNumbersSameReport(settings: Reports.Settings, a: seq<HourFolder>, b: seq<HourFolder>)
    requires |a| == |b|
    requires forall k :: 0 <= k < |a| ==> a[k].Hour == b[k].Hour && SameNumbers(OfFolder(a[k]), OfFolder(b[k]))
    ensures Reports.OfFolders(settings, a) == Reports.OfFolders(settings, b)
  {
    hide *;
    reveal Reports.OfFolders, OfHours;
    assert AllSameNumbers([], []) by { reveal AllSameNumbers; }
    SameNumbersAreChosen(settings, a, b, 0, [], []);
    var x, y := Reports.Chosen(settings, a, 0, []), Reports.Chosen(settings, b, 0, []);
    assert |x| == |y| by { reveal AllSameNumbers; }
    SameNumbersSameTimelines(settings.Tolerance, Start, x, y, 0, []);
  }
}
