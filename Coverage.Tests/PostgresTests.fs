/// PostgreSQL as a judge: it starts from the segments, as the engine does, and says in ranges what semantics.md says.
module Coverage.Tests.PostgresTests

open System
open System.IO
open Expecto
open Coverage
open Coverage.Tests.Sandbox
open Coverage.Tests.Judges

/// The tables that `report.sql` reads.
let private write (folder: Folder) (judged: Judged list) : unit =
    let table name (rows: string list list) =
        File.WriteAllLines(folder.At $"{name}.tsv", rows |> List.map (String.concat "\t"))

    let optional (hour: int option) =
        hour |> Option.map string |> Option.defaultValue @"\N"

    let archives = judged |> List.map _.Archive |> List.indexed

    table
        "archive"
        [ for id, archive in archives ->
              [ string id
                string archive.Tolerance
                optional archive.FirstHour
                optional archive.LastHour ] ]

    table
        "folder"
        [ for id, archive in archives do
              for folder in archive.Folders -> [ string id; string folder.Hour; string folder.Bad ] ]

    let kind =
        function
        | Model.Kind.Full -> "0"
        | Model.Kind.Suspect -> "1"
        | Model.Kind.Partial -> "2"
        | Model.Kind.Temp -> "3"

    table
        "segment"
        [ for id, archive in archives do
              for folder in archive.Folders do
                  for segment in folder.Segments ->
                      [ string id
                        string folder.Hour
                        string segment.Start
                        string segment.Duration
                        kind segment.Kind
                        string segment.Size ] ]

let private range (interval: Interval) =
    if interval.IsEmpty then
        "empty"
    else
        $"[{interval.Start},{interval.End})"

let private ranges (set: IntervalSet) =
    "{" + String.Join(",", set.Intervals |> Seq.map range) + "}"

/// A report of the engine as lines like those of `report.sql`.
let private lines (report: StreamReport) : string list =
    let ofStream what value = $"|{what}|{value}"

    let cover name (cover: StreamCoverage) =
        [ if cover.Covered > Duration.zero then
              ofStream $"{name} covered" (string cover.Covered)
          if cover.SeamLength > Duration.zero then
              ofStream $"{name} seam" (string cover.SeamLength)
          if not cover.Holes.IsEmpty then
              ofStream $"{name} hole" (ranges cover.Holes) ]

    let hour (report: HourReport) =
        let line what value = $"{report.Hour}|{what}|{value}"

        let length what (length: Duration) =
            [ if length > Duration.zero then
                  line what (string length) ]

        let cover name (cover: HourCoverage) =
            [ yield! length $"{name} covered" cover.Covered
              yield! length $"{name} seam" cover.SeamLength
              if cover.Holes > 0 then
                  line $"{name} hole" $"{cover.Holes} of {cover.HoleLength}" ]

        let byKind what (tallies: ByKind) =
            [ for kind, tally in List.indexed [ tallies.Full; tallies.Suspect; tallies.Partial ] do
                  if tally.Count > 0 then
                      line $"{what} {kind}" $"{tally.Count} of {tally.Length}" ]

        [ line "window" (range report.Window)
          yield! cover "raw" report.Raw
          yield! cover "editable" report.Editable
          yield! length "partial-only" report.PartialOnly
          yield! byKind "segments" report.Segments
          yield! byKind "overlaps" report.Overlaps
          if report.Temp > 0 then
              line "temp" (string report.Temp)
          if report.Bad > 0 then
              line "bad" (string report.Bad) ]

    [ ofStream "status" (report.Status.ToString().ToLowerInvariant())
      if not report.Extent.IsEmpty then
          ofStream "extent" (range report.Extent)
      yield! cover "raw" report.Raw
      yield! cover "editable" report.Editable
      if not report.PartialOnly.IsEmpty then
          ofStream "partial-only" (ranges report.PartialOnly)
      for report in report.Hours do
          yield! hour report ]

[<Tests>]
let tests =
    judgedBy "PostgreSQL agrees with the engine" (fun judged ->
        let postgres = PrivatePostgres.Shared
        use folder = new Folder()
        write folder judged

        let script = Path.Combine(AppContext.BaseDirectory, "report.sql")
        let output = postgres.Psql [ $"--set=folder={folder.Path}"; $"--file={script}" ]

        let byArchive =
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            |> Array.map (fun line -> line.Split('|', 2))
            |> Array.groupBy Array.head
            |> Map.ofArray

        for id, its in List.indexed judged do
            Expect.equal
                (lines its.Report |> List.sort)
                [ for line in Array.sort byArchive[string id] -> line[1] ]
                its.Name)
