include "IntervalSet.dfy"

// Coverage.Core/Views/Map.fs: the cells of the coverage map.
module Maps {
  import opened Time
  import opened Intervals
  import opened IntervalSets

  datatype Cell = None | Partial | Full

  const Longest := 87_600

  // A cell's number, held within the map. F# rounds towards zero where this rounds down: held they are the same
  // (MapLaws.TruncatingGivesTheSameCell).
  function Held(count: nat, cell: int): nat
    ensures Held(count, cell) <= count
  {
    Max(0, Min(count, cell))
  }

  function FloorCell(origin: Instant, pixel: Duration, count: nat, instant: Instant): nat
    requires pixel > 0
    ensures FloorCell(origin, pixel, count, instant) <= count
  {
    Held(count, (instant - origin) / pixel)
  }

  function CeilingCell(origin: Instant, pixel: Duration, count: nat, instant: Instant): nat
    requires pixel > 0
    ensures CeilingCell(origin, pixel, count, instant) <= count
  {
    Held(count, (instant - origin + pixel - 1) / pixel)
  }

  // Span.Fill: the cells from one number to another, the other left out.
  function Fill(cells: seq<Cell>, from: nat, to: nat, cell: Cell): seq<Cell>
    requires to <= |cells|
    ensures |Fill(cells, from, to, cell)| == |cells|
    ensures forall i :: 0 <= i < |cells| ==>
      Fill(cells, from, to, cell)[i] == if from <= i < to then cell else cells[i]
  {
    seq(|cells|, i requires 0 <= i < |cells| => if from <= i < to then cell else cells[i])
  }

  // Span.Replace.
  function Replace(cells: seq<Cell>, from: nat, to: nat, was: Cell, cell: Cell): seq<Cell>
    requires to <= |cells|
    ensures |Replace(cells, from, to, was, cell)| == |cells|
    ensures forall i :: 0 <= i < |cells| ==>
      Replace(cells, from, to, was, cell)[i] == if from <= i < to && cells[i] == was then cell else cells[i]
  {
    seq(|cells|, i requires 0 <= i < |cells| => if from <= i < to && cells[i] == was then cell else cells[i])
  }

  function DrawPartials(
    origin: Instant, pixel: Duration, cells: seq<Cell>, partialOnly: seq<Interval>, i: nat): seq<Cell>
    requires pixel > 0 && i <= |partialOnly|
    ensures |DrawPartials(origin, pixel, cells, partialOnly, i)| == |cells|
    decreases |partialOnly| - i
  {
    if i == |partialOnly| then cells
    else
      var from := FloorCell(origin, pixel, |cells|, partialOnly[i].Start);
      var to := CeilingCell(origin, pixel, |cells|, partialOnly[i].End);
      DrawPartials(origin, pixel, Replace(cells, from, to, Full, Partial), partialOnly, i + 1)
  }

  function DrawHoles(origin: Instant, pixel: Duration, cells: seq<Cell>, holes: seq<Interval>, i: nat): seq<Cell>
    requires pixel > 0 && i <= |holes|
    ensures |DrawHoles(origin, pixel, cells, holes, i)| == |cells|
    decreases |holes| - i
  {
    if i == |holes| then cells
    else
      var from := FloorCell(origin, pixel, |cells|, holes[i].Start);
      var to := CeilingCell(origin, pixel, |cells|, holes[i].End);
      DrawHoles(origin, pixel, Fill(cells, from, to, None), holes, i + 1)
  }

  // The cells of a map from one hour to another, both shown, a cell pixelSeconds long. That a map of more than Longest
  // hours is refused is left to the program.
  function Draw(
    pixelSeconds: nat, first: Hour, last: Hour, extent: Interval, holes: IntervalSet, partialOnly: IntervalSet): seq<Cell>
    requires pixelSeconds > 0 && 3600 % pixelSeconds == 0
  {
    var pixel := pixelSeconds * Second;
    var origin := HourStart(first);
    var count := Max(0, last - first + 1) * (3600 / pixelSeconds);
    var blank := seq(count, _ => None);
    var from := CeilingCell(origin, pixel, count, extent.Start);
    var within := Fill(blank, from, FloorCell(origin, pixel, count, extent.End), Full);
    DrawHoles(origin, pixel, DrawPartials(origin, pixel, within, partialOnly, 0), holes, 0)
  }
}
