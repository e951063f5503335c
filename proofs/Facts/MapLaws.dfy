include "Map.dfy"

// The coverage map (section 5 of semantics.md; Coverage.Core/Views/Map.fs).
module MapLaws {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Maps

  // "The cell in row r and column c starts at first hour + (c * rows + r) * pixel", and is number c * rows + r.
  function CellStart(origin: Instant, pixel: Duration, i: int): Instant { origin + i * pixel }

  predicate InCell(origin: Instant, pixel: Duration, i: int, t: Instant) {
    CellStart(origin, pixel, i) <= t < CellStart(origin, pixel, i + 1)
  }

  // What section 5 says of a cell's instants.

  ghost predicate IsNone(origin: Instant, pixel: Duration, i: int, extent: Interval, holes: IntervalSet) {
    exists t :: InCell(origin, pixel, i, t) && (!Contains(extent, t) || In(t, holes))
  }

  ghost predicate IsPartial(origin: Instant, pixel: Duration, i: int, partialOnly: IntervalSet) {
    exists t :: InCell(origin, pixel, i, t) && In(t, partialOnly)
  }

  // LAW: a map has a whole number of cells in each of its hours, and they tile them end to end.
  lemma CellsTileTheHours(
    pixelSeconds: nat, first: Hour, last: Hour, extent: Interval, holes: IntervalSet, partialOnly: IntervalSet)
    requires pixelSeconds > 0 && 3600 % pixelSeconds == 0 && first <= last
    ensures var cells := Draw(pixelSeconds, first, last, extent, holes, partialOnly);
      && |cells| == (last - first + 1) * (3600 / pixelSeconds)
      && CellStart(HourStart(first), pixelSeconds * Second, |cells|) == HourFinish(last)
  {
    var hours, inHour := last - first + 1, 3600 / pixelSeconds;
    DrawHasCells(pixelSeconds, first, last, extent, holes, partialOnly);
    assert inHour * pixelSeconds == 3600;
    calc {
      hours * inHour * (pixelSeconds * Second);
      hours * (inHour * pixelSeconds) * Second;
      hours * HourLength;
    }
  }

  lemma DrawHasCells(
    pixelSeconds: nat, first: Hour, last: Hour, extent: Interval, holes: IntervalSet, partialOnly: IntervalSet)
    requires pixelSeconds > 0 && 3600 % pixelSeconds == 0
    ensures |Draw(pixelSeconds, first, last, extent, holes, partialOnly)| ==
      Max(0, last - first + 1) * (3600 / pixelSeconds)
  {
  }

  // LAW: a cell is none when any part of it is outside the extent or in a hole; else partial when any part of it is
  // partial-only; else full.
  lemma CellsMean(
    pixelSeconds: nat, first: Hour, last: Hour, extent: Interval, holes: IntervalSet, partialOnly: IntervalSet, i: nat)
    requires pixelSeconds > 0 && 3600 % pixelSeconds == 0
    requires i < |Draw(pixelSeconds, first, last, extent, holes, partialOnly)|
    ensures var origin, pixel := HourStart(first), pixelSeconds * Second;
      Draw(pixelSeconds, first, last, extent, holes, partialOnly)[i] ==
      if IsNone(origin, pixel, i, extent, holes) then None
      else if IsPartial(origin, pixel, i, partialOnly) then Partial
      else Full
  {
    var origin, pixel := HourStart(first), pixelSeconds * Second;
    DrawHasCells(pixelSeconds, first, last, extent, holes, partialOnly);
    var count := |Draw(pixelSeconds, first, last, extent, holes, partialOnly)|;
    var blank: seq<Cell> := seq(count, _ => None);
    var from, until := CeilingCell(origin, pixel, count, extent.Start), FloorCell(origin, pixel, count, extent.End);
    var within := Fill(blank, from, until, Full);
    var partials := DrawPartials(origin, pixel, within, partialOnly, 0);
    assert Draw(pixelSeconds, first, last, extent, holes, partialOnly) == DrawHoles(origin, pixel, partials, holes, 0);
    assert partialOnly[0..] == partialOnly && holes[0..] == holes;
    PartialsMean(origin, pixel, within, partialOnly, 0, i);
    HolesMean(origin, pixel, partials, holes, 0, i);
    WholeInExtent(origin, pixel, count, i, extent);
    NoneInParts(origin, pixel, i, extent, holes);
    MeetsAnyMeans(origin, pixel, i, partialOnly);
  }

  // Which cells an interval is drawn into.

  lemma Division(x: int, p: int, i: int)
    requires p > 0
    ensures x / p <= i <==> x < (i + 1) * p
    ensures i < (x + p - 1) / p <==> i * p < x
  {
    Floor(x, p, i);
    Floor(x + p - 1, p, i);
    assert (i + 1) * p == i * p + p;
  }

  lemma Floor(x: int, p: int, i: int)
    requires p > 0
    ensures x / p <= i <==> x < (i + 1) * p
  {
    var q := x / p;
    assert q * p <= x < (q + 1) * p;
    if q <= i { assert (q + 1) * p <= (i + 1) * p; }
    else { assert (i + 1) * p <= q * p; }
  }

  predicate Meets(origin: Instant, pixel: Duration, i: int, interval: Interval) {
    CellStart(origin, pixel, i) < interval.End && interval.Start < CellStart(origin, pixel, i + 1)
  }

  lemma CellsOfInterval(origin: Instant, pixel: Duration, count: nat, i: nat, interval: Interval)
    requires pixel > 0 && i < count
    ensures FloorCell(origin, pixel, count, interval.Start) <= i < CeilingCell(origin, pixel, count, interval.End) <==>
      Meets(origin, pixel, i, interval)
  {
    Division(interval.Start - origin, pixel, i);
    Division(interval.End - origin, pixel, i);
  }

  lemma MeetsMeans(origin: Instant, pixel: Duration, i: int, interval: Interval) returns (t: Instant)
    requires pixel > 0 && !interval.IsEmpty() && Meets(origin, pixel, i, interval)
    ensures InCell(origin, pixel, i, t) && Contains(interval, t)
  {
    t := Max(CellStart(origin, pixel, i), interval.Start);
    assert CellStart(origin, pixel, i + 1) == CellStart(origin, pixel, i) + pixel;
  }

  // Whether a cell meets one of the intervals from the k-th on.
  ghost predicate MeetsAny(origin: Instant, pixel: Duration, i: int, s: seq<Interval>, k: nat)
    requires k <= |s|
  {
    exists j :: k <= j < |s| && Meets(origin, pixel, i, s[j])
  }

  lemma MeetsAnyMeans(origin: Instant, pixel: Duration, i: int, s: IntervalSet)
    requires pixel > 0
    ensures MeetsAny(origin, pixel, i, s, 0) <==> exists t :: InCell(origin, pixel, i, t) && In(t, s)
  {
    if MeetsAny(origin, pixel, i, s, 0) {
      var j :| 0 <= j < |s| && Meets(origin, pixel, i, s[j]);
      var t := MeetsMeans(origin, pixel, i, s[j]);
      assert In(t, s);
    }
    if t :| InCell(origin, pixel, i, t) && In(t, s) {
      var j :| 0 <= j < |s| && Contains(s[j], t);
      assert Meets(origin, pixel, i, s[j]);
    }
  }

  lemma PartialsMean(origin: Instant, pixel: Duration, cells: seq<Cell>, partialOnly: IntervalSet, k: nat, i: nat)
    requires pixel > 0 && k <= |partialOnly| && i < |cells|
    ensures DrawPartials(origin, pixel, cells, partialOnly, k)[i] ==
      if cells[i] == Full && MeetsAny(origin, pixel, i, partialOnly, k) then Partial else cells[i]
    decreases |partialOnly| - k
  {
    if k < |partialOnly| {
      var from := FloorCell(origin, pixel, |cells|, partialOnly[k].Start);
      var until := CeilingCell(origin, pixel, |cells|, partialOnly[k].End);
      CellsOfInterval(origin, pixel, |cells|, i, partialOnly[k]);
      PartialsMean(origin, pixel, Replace(cells, from, until, Full, Partial), partialOnly, k + 1, i);
    }
  }

  lemma HolesMean(origin: Instant, pixel: Duration, cells: seq<Cell>, holes: IntervalSet, k: nat, i: nat)
    requires pixel > 0 && k <= |holes| && i < |cells|
    ensures DrawHoles(origin, pixel, cells, holes, k)[i] ==
      if MeetsAny(origin, pixel, i, holes, k) then None else cells[i]
    decreases |holes| - k
  {
    if k < |holes| {
      var from := FloorCell(origin, pixel, |cells|, holes[k].Start);
      var until := CeilingCell(origin, pixel, |cells|, holes[k].End);
      CellsOfInterval(origin, pixel, |cells|, i, holes[k]);
      HolesMean(origin, pixel, Fill(cells, from, until, None), holes, k + 1, i);
    }
  }

  // LAW: rounding towards zero, as F# divides, gives the same cells: they are held within the map.
  function Truncated(x: int, p: int): int
    requires p > 0
  {
    if x >= 0 then x / p else -(-x / p)
  }

  lemma TruncatingGivesTheSameCell(count: nat, x: int, p: int)
    requires p > 0
    ensures Held(count, Truncated(x, p)) == Held(count, x / p)
  {
    if x < 0 {
      Floor(x, p, -1);
      Floor(-x, p, -1);
    }
  }

  // A cell that lies in the extent whole.
  lemma WholeInExtent(origin: Instant, pixel: Duration, count: nat, i: nat, extent: Interval)
    requires pixel > 0 && i < count
    ensures CeilingCell(origin, pixel, count, extent.Start) <= i < FloorCell(origin, pixel, count, extent.End) <==>
      forall t :: InCell(origin, pixel, i, t) ==> Contains(extent, t)
  {
    Division(extent.Start - origin, pixel, i);
    Division(extent.End - origin, pixel, i);
    var start, end := CellStart(origin, pixel, i), CellStart(origin, pixel, i + 1);
    assert end == start + pixel;
    if forall t :: InCell(origin, pixel, i, t) ==> Contains(extent, t) {
      assert InCell(origin, pixel, i, start) && InCell(origin, pixel, i, end - 1);
    }
  }

  lemma NoneInParts(origin: Instant, pixel: Duration, i: int, extent: Interval, holes: IntervalSet)
    requires pixel > 0
    ensures IsNone(origin, pixel, i, extent, holes) <==>
      !(forall t :: InCell(origin, pixel, i, t) ==> Contains(extent, t)) || MeetsAny(origin, pixel, i, holes, 0)
  {
    MeetsAnyMeans(origin, pixel, i, holes);
  }
}
