/// What the generators promise: valid data, and a visit to every boundary.
module Coverage.Tests.GenTests

open System
open System.Globalization
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage.Tests.Model

/// The same values on every run.
let private sample count generator =
    Gen.sampleWithSeed (Rnd 20251107UL) 50 count generator |> List.ofArray

let private reaches (what: string) condition values =
    Expect.exists values condition (sprintf "reaches: %s" what)

[<Tests>]
let generators =
    testList
        "generators"
        [ law "a segment starts in its folder's hour and lasts at most 86400 s"
          <| fun (archive: Archive) ->
              for folder in archive.Folders do
                  for segment in folder.Segments do
                      Expect.equal (hourOf segment.Start) folder.Hour ""
                      Expect.isTrue (0L <= segment.Duration && segment.Duration <= NameModel.longest) ""

          testCase "archives reach every status and every rule about hours"
          <| fun () ->
              let archives = sample 600 Gen.archive
              let reports = archives |> List.map (fun archive -> archive, report archive)

              for status in [ Status.Empty; Status.Incomplete; Status.Partial; Status.Complete ] do
                  reports |> reaches (string status) (fun (_, report) -> report.Status = status)

              let steps (report: Report) =
                  report.Hours |> List.map _.Hour |> List.pairwise

              reports
              |> reaches "an hour without a folder" (fun (archive, report) ->
                  report.Hours
                  |> List.exists (fun hour ->
                      archive.Folders |> List.forall (fun folder -> folder.Hour <> hour.Hour)))

              reports
              |> reaches "a run of 745 hours" (fun (_, report) ->
                  steps report |> List.exists (fun (left, right) -> right - left - 1 = 745))

              reports
              |> reaches "a run of 744 hours" (fun (_, report) ->
                  report.Raw.Holes
                  |> List.exists (fun (start, finish) -> hourOf finish - hourOf (start - 1L) - 1 = 744))

              reports
              |> reaches "a window that is empty" (fun (_, report) ->
                  report.Extent.IsSome && report.Hours |> List.exists _.Window.IsNone)

              reports
              |> reaches "an extent cut by the last hour" (fun (archive, report) ->
                  archive.LastHour.IsSome
                  && report.Extent <> (Model.report { archive with LastHour = None }).Extent)

          testCase "archives reach gaps, steps and starts at the boundaries"
          <| fun () ->
              let selections =
                  sample 600 Gen.archive
                  |> List.map (fun archive ->
                      let best, others = foldersRead archive |> List.collect _.Segments |> select
                      archive.Tolerance, best, others)

              let distances =
                  selections
                  |> List.collect (fun (tolerance, best, _) ->
                      List.zip best (best |> List.map endOf |> List.scan max 0L |> List.truncate best.Length)
                      |> List.map (fun (segment, e) -> tolerance, segment.Start - e))

              for away in [ -1L; 0L; 1L ] do
                  distances
                  |> reaches (sprintf "gap of the tolerance and %d" away) (fun (tolerance, distance) ->
                      tolerance > 1L && distance = tolerance + away)

                  distances
                  |> reaches (sprintf "overlap of the tolerance and %d" away) (fun (tolerance, distance) ->
                      tolerance > 1L && distance = -tolerance + away)

                  distances
                  |> reaches (sprintf "touching and %d" away) (fun (_, distance) -> distance = away)

                  selections
                  |> reaches (sprintf "end at the hour's edge and %d" away) (fun (_, best, _) ->
                      best
                      |> List.exists (fun segment ->
                          endOf segment - away = startOf (hourOf segment.Start + 1)))

              selections |> reaches "equal starts" (fun (_, _, others) -> not others.IsEmpty)

          testCase "large archives are large, and reach what lies between hours and within segments"
          <| fun () ->
              let archives = sample 200 Gen.largeArchive

              archives
              |> reaches "hundreds of segments" (fun archive ->
                  archive.Folders |> List.sumBy _.Segments.Length > 300)

              // Each best segment with the furthest end of those before it.
              let steps =
                  archives
                  |> List.collect (fun archive ->
                      match foldersRead archive |> List.collect _.Segments |> select |> fst with
                      | [] -> []
                      | first :: later ->
                          List.zip
                              later
                              (later
                               |> List.scan (fun e s -> max e (endOf s)) (endOf first)
                               |> List.truncate later.Length)
                          |> List.map (fun (segment, e) -> archive.Tolerance, segment, e))

              steps |> reaches "no length" (fun (_, segment, _) -> segment.Duration = 0L)

              steps
              |> reaches "one within others" (fun (_, segment, e) ->
                  segment.Duration > 0L && endOf segment < e)

              for away in [ -1L; 0L; 1L ] do
                  steps
                  |> reaches
                      (sprintf "a gap of the tolerance and %d over an hour's edge" away)
                      (fun (tolerance, segment, e) ->
                          segment.Start - e = tolerance + away && hourOf e < hourOf segment.Start)

              archives
              |> reaches "coverage cut off by the first hour" (fun archive ->
                  match archive.FirstHour with
                  | None -> false
                  | Some first ->
                      archive.Folders
                      |> List.exists (fun folder ->
                          folder.Hour < first
                          && folder.Segments |> List.exists (fun segment -> endOf segment > startOf first)))

          law "valid names fit the model's grammar"
          <| Prop.forAll (Arb.fromGen Gen.validName) (fun name ->
              NameModel.judge name.Bytes <> NameModel.Verdict.Bad)

          testCase "changed names are mostly bad, and now and then fit"
          <| fun () ->
              let names = sample 1000 Gen.mutatedName

              let bad =
                  names
                  |> List.filter (fun name -> NameModel.judge name.Bytes = NameModel.Verdict.Bad)

              Expect.isTrue (bad.Length > 500 && bad.Length < 1000) (string bad.Length)

          law "the model reads hours as the framework's calendar does"
          <| fun (Gen.HourName name) ->
              let ok, time =
                  DateTime.TryParseExact(
                      name,
                      "yyyy-MM-dd'T'HH",
                      CultureInfo.InvariantCulture,
                      DateTimeStyles.None
                  )

              let expected =
                  if ok && 1970 <= time.Year && time.Year <= 9998 then
                      Some(int (time - DateTime.UnixEpoch).TotalHours)
                  else
                      None

              Expect.equal (NameModel.judgeHour name) expected "" ]
