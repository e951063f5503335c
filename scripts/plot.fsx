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

/// Each hole a point: when it begins, and how long it is. However short, it is seen.
let holes (name: string, report: StreamReport) =
    let holes = report.Raw.Holes.Intervals

    Chart.Point(
        x = [ for hole in holes -> date hole.Start ],
        y = [ for hole in holes -> Duration.toSeconds hole.Length ],
        MultiText = [ for hole in holes -> span hole ],
        Name = $"{name}  {Report.completenessText report}",
        ShowLegend = true,
        Opacity = 0.6
    )
    |> Chart.withMarkerStyle (Size = 10)

script (fun arguments ->
    let archive = List.tryItem 0 arguments |> Option.defaultWith demo

    let page =
        List.tryItem 1 arguments |> Option.defaultValue "holes.html" |> Path.GetFullPath

    let reports = reports archive

    reports
    |> List.map holes
    |> Chart.combine
    |> Chart.withXAxisStyle "when a hole begins, UTC"
    |> Chart.withYAxisStyle ("how long it is, seconds", AxisType = StyleParam.AxisType.Log)
    |> Chart.withTitle $"The holes of {archive}"
    |> Chart.withConfig (Config.init (Responsive = true))
    |> Chart.withDisplayOptions (DisplayOptions.init (PlotlyJSReference = PlotlyJSReference.Full))
    |> Chart.saveHtml page

    let found = reports |> List.sumBy (fun (_, report) -> report.Raw.Holes.Count)
    let streams = number reports.Length "stream"
    printfn "%s of %s: %s" (number found "hole") streams page)
