// How complete an archive is on each day of the week, UTC: dotnet fsi scripts/weekdays.fsx [ARCHIVE]
#load "load.fsx"

open System
open Coverage
open Load

let weekday (hour: HourReport) =
    DateTime.UnixEpoch.AddHours(int hour.Hour).DayOfWeek

script (fun arguments ->
    for name, report in reports (List.tryHead arguments |> Option.defaultWith demo) do
        printfn "%s" name

        for day, hours in report.Hours |> Seq.groupBy weekday |> Seq.sortBy fst do
            let recorded = hours |> Seq.sumBy _.Window.Length
            let missing = hours |> Seq.sumBy missing

            printfn
                "  %-9O  %9s of %s; missing %s"
                day
                (percent (recorded - missing) recorded)
                (length recorded)
                (length missing))
