/// A report as bytes, as it goes from one process of a fleet's program to another: nothing of it is lost on the way.
module Coverage.Tests.ReportBytesTests

open Expecto
open Coverage
open Coverage.FleetServer
open Coverage.Tests.FleetGen

/// A report as values that are equal when it says the same.
let private plain (report: FleetReport) =
    let set (time: IntervalSet) = List.ofSeq time.Intervals

    let spans (spans: FleetSpan seq) =
        [ for span in spans -> span.Time, span.Reason, span.ByFull, span.Nodes.Bits ]

    let node (node: NodeReport) =
        let files =
            [ for file in node.Files -> file.Hour, file.Name, file.Segment, file.From, file.Fate, file.Reason ]

        (List.ofSeq node.Lengths, node.FillableByFull, files),
        [ for words in [ node.Fillable; node.Pending; node.Withheld; node.Endangered ] -> spans words ],
        [ for words in [ node.Unknown; node.Open; node.Deleted; node.Lost ] -> set words ]

    (report.Extent, report.Status, set report.Open, set report.Deleted, set report.Lost),
    (List.ofSeq report.Copies, List.ofSeq report.Sole, report.Until),
    List.map node (List.ofSeq report.Nodes),
    [ for blocker in report.Blockers -> blocker.Node, blocker.Path, blocker.Reason ],
    [ for twins in report.Twins -> twins.First, twins.Second, twins.Count, twins.Median ]

[<Tests>]
let tests =
    testList
        "reports as bytes"
        [ fleetLaw
              "what was written is read again: every field, the files with their names and sizes"
              (fun fleet ->
                  let report = judge fleet
                  let bytes = ReportBytes.Of report
                  let again = ReportBytes.Read bytes
                  Expect.equal (plain again) (plain report) "the same"
                  Expect.equal (ReportBytes.Of again) bytes "and as the same bytes") ]
