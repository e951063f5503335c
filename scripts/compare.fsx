// What one node has that another lacks: dotnet fsi scripts/compare.fsx [ARCHIVE OTHER-ARCHIVE]
#load "load.fsx"

open System
open Coverage
open Load

/// What a stream has: its extent without the holes. A seam counts as recorded: there is nothing to fetch for it.
let recorded (report: StreamReport) =
    IntervalSet.gaps report.Extent report.Raw.Holes

script (fun arguments ->
    let nodes =
        match arguments with
        | [ one; other ] -> [ "the first", reports one; "the second", reports other ]
        | [] -> [ "the first", reports (demo ()); "the second", reports (demoOther ()) ]
        | _ -> raise (ArgumentException "Give two archives, or none for the demo's.")

    let print (name, own: (string * StreamReport) list) (otherName, others) =
        printfn "What %s node has and %s lacks:" name otherName
        let others = Map.ofList others

        for stream, report in own do
            let there =
                match Map.tryFind stream others with
                | Some other -> recorded other
                | None -> IntervalSet.empty

            let more = IntervalSet.subtract (recorded report) there
            printfn "  %s  %s" stream (spans more)

            for part in more.Intervals do
                printfn "    %s" (span part)

    print nodes[0] nodes[1]
    print nodes[1] nodes[0])
