include "Report.dfy"

// Coverage.Core/Facts/StreamFacts.fs: a stream's report, and where its seams are. F# keeps the seams by hours and makes a set
// of them only when asked; here they are that set (StreamFacts.seams). Its questions give the same of either.
module Facts {
  import opened Time
  import opened Intervals
  import opened IntervalSets
  import opened Timelines
  import Reports

  datatype StreamFacts = StreamFacts(Report: Reports.StreamReport, Seams: IntervalSet, LastStart: Option<Instant>) {
    function Extent(): Interval { Report.Extent }
    function Tolerance(): Duration { Report.Settings.Tolerance }
    function Holes(): IntervalSet { Report.Raw.Holes }
    function PartialOnly(): IntervalSet { Report.PartialOnly }
  }

  // The seam that an instant lies in; the empty interval when it lies in none.
  function SeamAt(instant: Instant, facts: StreamFacts): Interval {
    var at := FirstEndingAfter(instant, facts.Seams, 0, |facts.Seams|);
    if at < |facts.Seams| && Contains(facts.Seams[at], instant) then facts.Seams[at] else Empty
  }

  // How much of a window is in seams.
  function SeamsIn(window: Interval, facts: StreamFacts): Duration { Within(window, facts.Seams).1 }
}
