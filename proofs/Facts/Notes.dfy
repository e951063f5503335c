include "Timeline.dfy"

// What the sweep of Coverage.Core/Facts/Timeline.fs notes beside the timeline: where the overlaps and the seams are, and which
// best segments are not in the chain. In F# the variables of both are those of one class; here a note is taken of each segment
// as the sweep stands before it.
module HourNotes {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Segments
  import opened Selections
  import opened Timelines

  // Seams are intervals here; F# keeps them by their distance from the hour's start.
  datatype Notes = Notes(
    Overlaps: seq<Interval>, Seams: seq<Interval>, OutOfChain: seq<nat>, LastEnd: Instant, LongestFull: Duration)

  const NoNotes := Notes([], [], [], BeforeAll, 0)

  function NoteOverlap(tolerance: Duration, sweep: Sweep, segment: Segment): seq<Interval> {
    if segment.Start < sweep.Furthest - tolerance then
      var overlap := Create(segment.Start, Min(sweep.Furthest, segment.End()));
      if overlap.IsEmpty() then [] else [overlap]
    else []
  }

  function NoteSeam(tolerance: Duration, hourStart: Instant, sweep: Sweep, segment: Segment): seq<Interval> {
    if sweep.Furthest != BeforeAll && segment.Duration > 0 && segment.Start > sweep.Furthest then
      var gap := Create(sweep.Furthest, segment.Start);
      if gap.Start >= hourStart && !IsHole(tolerance, gap) then [gap] else []
    else []
  }

  predicate IsOutOfChain(tolerance: Duration, sweep: Sweep, segment: Segment) {
    segment.Start < sweep.ChainEnd - tolerance
  }

  function Note(
    tolerance: Duration, hourStart: Instant, sweep: Sweep, notes: Notes, index: nat, segment: Segment): Notes
  {
    Notes(
      notes.Overlaps + NoteOverlap(tolerance, sweep, segment),
      notes.Seams + NoteSeam(tolerance, hourStart, sweep, segment),
      notes.OutOfChain + (if IsOutOfChain(tolerance, sweep, segment) then [index] else []),
      if segment.Duration > 0 then Max(notes.LastEnd, segment.End()) else notes.LastEnd,
      if segment.Kind == Full then Max(notes.LongestFull, segment.Duration) else notes.LongestFull)
  }

  function NoteAll(
    tolerance: Duration, hourStart: Instant, sweep: Sweep, notes: Notes, best: seq<Segment>, i: nat): Notes
    requires i <= |best|
    decreases |best| - i
  {
    if i == |best| then notes
    else
      NoteAll(tolerance, hourStart, Take(tolerance, hourStart, sweep, best[i]),
        Note(tolerance, hourStart, sweep, notes, i, best[i]), best, i + 1)
  }

  function NotesOf(tolerance: Duration, carry: Carry, hour: HourSelection): Notes {
    NoteAll(tolerance, HourStart(hour.Hour), Begin(carry), NoNotes, hour.Best, 0)
  }
}
