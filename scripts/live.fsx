// Watches an archive and prints what changes, until it is ended: dotnet fsi scripts/live.fsx [ARCHIVE [SECONDS]]
#load "load.fsx"

open System
open System.Threading
open Coverage
open Load

/// What is new in a stream since the last look, a line for each change.
let changes (before: StreamReport) (now: StreamReport) =
    [ for hole in (IntervalSet.subtract before.Raw.Holes now.Raw.Holes).Intervals do
          $"filled   {span hole}"
      for hole in (IntervalSet.subtract now.Raw.Holes before.Raw.Holes).Intervals do
          $"missing  {span hole}"
      for part in (IntervalSet.subtract now.PartialOnly before.PartialOnly).Intervals do
          $"partial  {span part}"
      if now.Extent.End <> before.Extent.End then
          $"recorded to {time now.Extent.End}" ]

script (fun arguments ->
    let archive = List.tryItem 0 arguments |> Option.defaultWith demo

    let pause =
        match List.tryItem 1 arguments |> Option.defaultValue "10" |> Double.TryParse with
        | true, seconds when seconds > 0.0 && seconds <= 86400.0 -> TimeSpan.FromSeconds seconds
        | _ -> raise (ArgumentException "The time between two looks is over 0 and at most 86400 seconds.")

    let rec watch (before: Map<string, StreamReport>) =
        Thread.Sleep pause
        let now = Map.ofList (reports archive)

        for KeyValue(name, report) in now do
            match Map.tryFind name before with
            | Some before ->
                for change in changes before report do
                    printfn "%s  %s" name change
            | None -> printfn "%s  is new" name

        for name in before.Keys do
            if not (now.ContainsKey name) then
                printfn "%s  is gone" name

        watch now

    let first = reports archive

    for name, report in first do
        printfn "%s  %s, recorded to %s" name (Report.completenessText report) (time report.Extent.End)

    watch (Map.ofList first))
