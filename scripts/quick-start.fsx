// Names in, report out: dotnet fsi scripts/quick-start.fsx
#load "load.fsx"

open Coverage
open Load

// The files of an hour's folder: their names, and their sizes in bytes.
let hour = (Hour.tryParse "2025-11-07T18").Value

let folder =
    HourFolder.ofFiles
        hour
        [ "00:00.0-10-full-.ts", 4_000_000L
          "00:10.004-10-full-.ts", 4_000_000L
          "00:27.0-3.5-partial-.ts", 900_000L ]

let report = Report.ofFolders Report.defaults [ folder ]

printfn "%O, %s" report.Status (Report.completenessText report)
printfn "from %s" (span report.Extent)
printfn "covered %s" (length report.Raw.Covered)

for hole in report.Raw.Holes.Intervals do
    printfn "missing from %s" (span hole)

for part in report.PartialOnly.Intervals do
    printfn "partial from %s" (span part)
