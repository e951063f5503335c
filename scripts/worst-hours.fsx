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

        printfn "%s  %s with something missing, the worst first" name (number worst.Length "hour")

        for hour in worst do
            printfn
                "  %s  %s, %s; partial-only %s"
                (Hour.toText hour.Hour)
                (number hour.Raw.Holes "hole")
                (length hour.Raw.HoleLength)
                (length hour.PartialOnly))
