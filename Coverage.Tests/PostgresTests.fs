/// PostgreSQL as a judge: it starts from the segments, as the engine does, and says in ranges what semantics.md says.
module Coverage.Tests.PostgresTests

open System
open System.IO
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.Tests.Sandbox
open Coverage.Tests.Judges

let private writeTable (folder: Folder) name (rows: string list list) : unit =
    File.WriteAllLines(folder.At $"{name}.tsv", rows |> List.map (String.concat "\t"))

let private optional (value: 'a option) : string =
    value |> Option.map string |> Option.defaultValue @"\N"

/// The tables that `report.sql` reads.
let private write (folder: Folder) (archives: Model.Archive list) : unit =
    let table = writeTable folder
    let archives = List.indexed archives

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

/// What makes psql run one of our scripts.
let private running (script: string) : string =
    $"--file={Path.Combine(AppContext.BaseDirectory, script)}"

/// The lines that psql printed, by the archive that each begins with, sorted.
let private byArchive (output: string) : int -> string list =
    let lines =
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        |> Array.map (fun line -> line.Split('|', 2))
        |> Array.groupBy Array.head
        |> Map.ofArray

    fun id -> [ for line in Array.sort lines[string id] -> line[1] ]

[<Tests>]
let tests =
    judgedBy "PostgreSQL agrees with the engine" (fun judged ->
        let postgres = PrivatePostgres.Shared
        use folder = new Folder()
        judged |> List.map _.Archive |> write folder

        let linesOf =
            postgres.Psql [ $"--set=folder={folder.Path}"; running "report.sql" ]
            |> byArchive

        for id, judgement in List.indexed judged do
            Expect.equal (lines judgement.Report |> List.sort) (linesOf id) judgement.Name)

// The account (section 9).

/// The table of what is given, that `account.sql` reads beside those of `report.sql`.
let private writeGiven (folder: Folder) (given: Model.Expectation list) : unit =
    let ranges (intervals: Model.Interval list) =
        "{"
        + String.Join(",", [ for start, finish in intervals -> $"[{start},{finish})" ])
        + "}"

    let hours reach (given: Model.Expectation) =
        ranges [ for hour in given.Unread -> Model.startOf hour, Model.startOf (hour + 1) + reach ]

    writeTable
        folder
        "given"
        [ for id, given in List.indexed given ->
              [ string id
                string given.Now
                string given.Settling
                optional given.Keep
                given.Expected |> Option.map ranges |> optional
                ranges given.Acknowledged
                hours 0L given
                hours given.Reach given ] ]

/// An account of the engine as lines like those of `account.sql`.
let private accountLines (hours: Hour list) (account: Account) : string list =
    [ if not account.Span.IsEmpty then
          $"span|{ranges (IntervalSet.ofIntervals [ account.Span ])}"

      for word in Word.all do
          let set = Account.intervals word account

          if not set.IsEmpty then
              $"{Word.toText word}|{ranges set}"

      for hour in hours do
          let lengths = Account.lengthsIn (Interval.ofHour hour) account

          for word in Word.all do
              if lengths[int word] > Duration.zero then
                  $"{Word.toText word} in {hour}|{lengths[int word]}"

      let verdict = Verdict.ofAccount account
      $"verdict|{verdict.ToString().ToLowerInvariant()}" ]

/// Streams, what of them is given, and the engine's facts of them.
let private judgeAccounts (judged: (Model.Archive * Model.Expectation * Lazy<StreamFacts>) list) : unit =
    let postgres = PrivatePostgres.Shared
    use folder = new Folder()
    judged |> List.map (fun (archive, _, _) -> archive) |> write folder
    judged |> List.map (fun (_, given, _) -> given) |> writeGiven folder

    let linesOf =
        postgres.Psql
            [ $"--set=folder={folder.Path}"
              @"--command=\o /dev/null"
              running "report.sql"
              @"--command=\o"
              running "account.sql" ]
        |> byArchive

    for id, (archive, given, facts) in List.indexed judged do
        let hours =
            [ for folder in Model.foldersRead archive -> folder.Hour * 1<hour> ]
            |> List.distinct

        Expect.equal
            (Account.judge (Convert.expectation given) facts.Value
             |> accountLines hours
             |> List.sort)
            (linesOf id)
            $"%A{given}"

/// Of a recorded archive: expected from before it to after it, its first holes acknowledged, the newest still pending.
let private givenOf (report: StreamReport) : Model.Expectation =
    let start, finish = int64 report.Extent.Start, int64 report.Extent.End

    { Now = finish + 100L * Model.second
      Settling = 60L * Model.second
      Expected = Some [ start - 1000L * Model.second, finish + 1000L * Model.second ]
      Keep = Some((finish - start) * 2L / 3L)
      Acknowledged =
        [ for hole in Seq.truncate 2 report.Raw.Holes.Intervals -> int64 hole.Start, int64 hole.End - 1_000L ]
      Unread = []
      Reach = 0L }

[<Tests>]
let accounts =
    let simpler judged =
        match judged with
        | [ one ] -> (Gen.Arbs.Judged()).Shrinker one |> Seq.map List.singleton
        | _ -> List.splitInto 2 judged

    let many =
        Arb.fromGenShrink (Gen.listOfLength 300 (Gen.Arbs.Judged()).Generator, simpler)

    testList
        "PostgreSQL agrees with the engine on accounts"
        [ testPropertyWithConfig { Gen.config with maxTest = Gen.depth } "random archives, 300 at once"
          <| fun () ->
              Prop.forAll many (fun judged ->
                  judgeAccounts
                      [ for Gen.Judged(archive, given) in judged ->
                            archive, given, lazy (Convert.facts archive) ])

          testCase "the recorded archives"
          <| fun () ->
              judgeAccounts
                  [ for known in recorded.Value ->
                        known.Archive,
                        givenOf known.Report,
                        lazy (StreamFacts.ofFolders (Convert.settings known.Archive) known.Folders) ] ]
