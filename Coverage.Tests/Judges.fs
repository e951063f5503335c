/// The input of the judges, programs that others wrote: archives, and what the engine says of them. The judges are run on
/// many archives at once, because starting one takes longer than judging.
module Coverage.Tests.Judges

open System.Text
open Expecto
open Coverage

/// An archive twice: as the judges get it, and as the engine does.
type Judged =
    { Name: string
      Archive: Model.Archive
      Folders: HourFolder list }

    /// What the engine says of it with a tolerance.
    member this.ReportAt(tolerance: int64) : StreamReport =
        Report.ofFolders
            (Convert.settings
                { this.Archive with
                    Tolerance = tolerance })
            this.Folders

    member this.Report: StreamReport = this.ReportAt this.Archive.Tolerance

let private ofArchive (archive: Model.Archive) : Judged =
    { Name = "one of random archives"
      Archive = archive
      Folders = archive.Folders |> List.map Convert.folder }

/// An hour's folder as the model of names reads it.
let private folder (hour: string) (files: (string * int64) list) : Model.Folder option =
    NameModel.judgeHour hour
    |> Option.map (fun number ->
        let sizes = Map.ofList files

        let verdicts =
            [ for name in files |> List.map (fst >> Encoding.UTF8.GetBytes) |> NameModel.listed ->
                  NameModel.judge name, sizes[Encoding.UTF8.GetString name] ]

        { Hour = number
          Segments =
            [ for verdict, size in verdicts do
                  match verdict with
                  | NameModel.Verdict.Segment(offset, duration, kind) ->
                      { Start = Model.startOf number + offset
                        Duration = duration
                        Kind = kind
                        Size = size }
                  | NameModel.Verdict.Bad -> () ]
          Bad = verdicts |> List.filter (fst >> (=) NameModel.Verdict.Bad) |> List.length })

/// The streams of the recorded archives, each with several tolerances: the engine reads their names by itself.
let recorded: Lazy<Judged list> =
    lazy
        [ for node in [ "A"; "B"; "C" ] do
              let streams =
                  RecordedTests.manifest node
                  |> List.choose (fun (path, size) ->
                      match path.Split '/' with
                      | [| channel; quality; hour; name |] -> Some((channel, quality), (hour, (name, size)))
                      | _ -> None)
                  |> List.groupBy fst

              for (channel, quality), files in streams do
                  let hours = files |> List.map snd |> List.groupBy fst

                  let read ofHour =
                      hours |> List.choose (fun (hour, files) -> ofHour hour (List.map snd files))

                  let forEngine =
                      read (fun hour files ->
                          match Hour.tryParse hour with
                          | ValueSome number -> Some(HourFolder.ofFiles number files)
                          | ValueNone -> None)

                  let forJudges = read folder

                  for tolerance in [ 0L; 10_000L; 2L * Model.second ] do
                      { Name = $"node {node}: {channel}/{quality}, tolerance {tolerance} us"
                        Archive =
                          { Tolerance = tolerance
                            FirstHour = None
                            LastHour = None
                            Folders = forJudges }
                        Folders = forEngine } ]

/// Tests of a judge on random archives and on the recorded ones.
let judgedBy (name: string) (judge: Judged list -> unit) : Test =
    testList
        name
        [ testPropertyWithConfig { Gen.config with maxTest = Gen.depth } "random archives, 300 at once"
          <| fun (Gen.Archives archives) -> archives |> List.map ofArchive |> judge

          testCase "the recorded archives" (fun () -> judge recorded.Value) ]
