// What is missing in an archive: dotnet fsi scripts/missing.fsx [ARCHIVE]
#load "load.fsx"

open Coverage
open Load

script (fun arguments ->
    let archive = List.tryHead arguments |> Option.defaultWith demo

    for name, report in reports archive do
        printfn "%s  %s" name (Report.completenessText report)
        printfn "  holes: %s" (spans report.Raw.Holes)

        for hole in report.Raw.Holes.Intervals do
            printfn "    %s" (span hole)

        printfn "  partial-only: %s" (spans report.PartialOnly)

        for part in report.PartialOnly.Intervals do
            printfn "    %s" (span part))
