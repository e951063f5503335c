// The ten worst hours of an archive's last week: dotnet fsi scripts/worst-hours.fsx [ARCHIVE]
#load "load.fsx"

open Coverage
open Load

let week = 7 * 24 * 1<hour>

script (fun arguments ->
    for name, report in reports (List.tryHead arguments |> Option.defaultWith demo) do
        let end' = Hour.ofInstant report.Extent.End + 1<hour>

        let worst =
            report.Hours
            |> Seq.filter (fun hour -> hour.Hour >= end' - week && missing hour > Duration.zero)
            |> Seq.sortByDescending missing
            |> Seq.truncate 10
            |> Seq.toList

        printfn "%s  %d hours with something missing, the worst first" name worst.Length

        for hour in worst do
            printfn
                "  %s  %d holes, %s; partial-only %s"
                (Hour.toText hour.Hour)
                hour.Raw.Holes
                (length hour.Raw.HoleLength)
                (length hour.PartialOnly))
