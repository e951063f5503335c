// A picture of an archive's holes, as a page that works offline: dotnet fsi scripts/plot.fsx [ARCHIVE [PAGE.html]]
// Plotly.NET may want a newer FSharp.Core than the SDK has; the warning NU1605 about that does no harm.
#r "nuget: Plotly.NET, 6.0.0"
#load "load.fsx"

open System
open System.IO
open Coverage
open Load
open Plotly.NET

let date (instant: Instant) =
    DateTime.UnixEpoch.AddMicroseconds(float instant)

let seconds (duration: Duration) = float (Duration.toSeconds duration)

/// Each hole a point: when it begins, and how long it is. However short, it is seen.
let holes (name: string, report: StreamReport) =
    let holes = report.Raw.Holes.Intervals

    Chart.Point(
        x = [ for hole in holes -> date hole.Start ],
        y = [ for hole in holes -> seconds hole.Length ],
        MultiText = [ for hole in holes -> span hole ],
        Name = name
    )
    |> Chart.withYAxisStyle ("a hole's length, seconds", AxisType = StyleParam.AxisType.Log)

/// The hours in a row: how much of each is missing.
let hours (name: string, report: StreamReport) =
    Chart.Column(
        values = [ for hour in report.Hours -> seconds (missing hour) / 60.0 ],
        Keys = [ for hour in report.Hours -> date (Hour.start hour.Hour) ],
        Name = name
    )
    |> Chart.withYAxisStyle "missing in the hour, minutes"

script (fun arguments ->
    let archive = List.tryItem 0 arguments |> Option.defaultWith demo

    let page =
        List.tryItem 1 arguments |> Option.defaultValue "holes.html" |> Path.GetFullPath

    let reports = reports archive

    [ Chart.combine (List.map holes reports)
      Chart.combine (List.map hours reports) ]
    |> Chart.SingleStack()
    |> Chart.withTitle $"What is missing in {archive} (UTC)"
    |> Chart.withSize (1200, 800)
    |> Chart.withDisplayOptions (DisplayOptions.init (PlotlyJSReference = PlotlyJSReference.Full))
    |> Chart.saveHtml page

    let found = reports |> List.sumBy (fun (_, report) -> report.Raw.Holes.Count)
    printfn "%d holes of %d streams are in %s" found reports.Length page)
