/// What is kept of each hour for looking closely, against the model, and against the timelines it stands beside.
module Coverage.Tests.HourDetailTests

open System.Collections.Immutable
open Expecto
open FsCheck
open Coverage

/// The hours of an archive, each with what the ones before hand on.
let private steps (archive: Model.Archive) : (Carry * HourSelection * HourDetail) list =
    Model.foldersRead archive
    |> List.map (Convert.folder >> Selection.ofFolder)
    |> List.mapFold
        (fun carry hour ->
            let detail = Timeline.sweep (Duration.ofMicroseconds archive.Tolerance) carry hour

            (carry, hour, detail), detail.Timeline.Carry)
        Timeline.start
    |> fst

let private detailsOf (archive: Model.Archive) : HourDetail list =
    [ for _, _, detail in steps archive -> detail ]

/// A segment of a length, in tenths of a second, at a place in hour 0 in seconds.
let private tenths (second: int) (length: int) : Segment =
    { Start = int64 second * 1_000_000L<instant>
      Duration = Duration.ofMicroseconds (int64 length * 100_000L)
      Size = -1L
      Kind = SegmentKind.Full }

/// Everything in a detail, as values that can be compared.
let private contents (detail: HourDetail) =
    detail.Timeline,
    List.ofSeq detail.Overlaps,
    [ for seam in detail.Seams -> seam.From, seam.To ],
    List.ofSeq detail.OutOfChain,
    (detail.LastEnd, detail.LongestFull, detail.Longest),
    List.ofSeq detail.Best

[<Tests>]
let details =
    testList
        "details of hours"
        [ law "add up to its seams and overlaps"
          <| fun (Gen.LargeArchive archive) ->
              for _, hour, detail in steps archive do
                  let timeline = detail.Timeline

                  let sum (tallies: ByKind) =
                      tallies.Full + tallies.Suspect + tallies.Partial

                  Expect.equal
                      (detail.Seams |> Seq.sumBy (fun seam -> int64 seam.To - int64 seam.From))
                      (int64 timeline.Raw.SeamLength)
                      "seams"

                  Expect.equal
                      ((detail.Overlaps |> Seq.sumBy _.Length) + (sum hour.NotBest).Length)
                      (sum timeline.Overlaps).Length
                      "overlaps"

          law "hold the furthest end, the longest full segment and the longest of all"
          <| fun (Gen.LargeArchive archive) ->
              for selection, (folder: Model.Folder) in Seq.zip (steps archive) (Model.foldersRead archive) do
                  let _, hour, detail = selection
                  let best = List.ofSeq hour.Best

                  let longest (segments: Segment list) =
                      segments |> List.map _.Duration |> List.fold max Duration.zero

                  Expect.equal
                      detail.LastEnd
                      (best
                       |> List.filter (fun segment -> segment.Duration > Duration.zero)
                       |> List.map _.End
                       |> List.fold max Instant.beforeAll)
                      "the furthest end"

                  Expect.equal
                      detail.LongestFull
                      (best |> List.filter (fun segment -> segment.Kind = SegmentKind.Full) |> longest)
                      "the longest full one"

                  Expect.equal
                      (int64 detail.Longest)
                      (folder.Segments
                       |> List.filter (fun segment -> segment.Kind <> Model.Kind.Temp)
                       |> List.map _.Duration
                       |> List.fold max 0L)
                      "the longest of all"

          law "are the same when all that is in them is"
          <| fun (archive: Model.Archive) ->
              for other in archive :: List.ofSeq (Seq.truncate 20 (Gen.simplerArchive archive)) do
                  for one, other in Seq.zip (detailsOf archive) (detailsOf other) do
                      Expect.equal (HourDetail.areSame one other) (contents one = contents other) ""

          testCase "are other ones when anything in them is"
          <| fun () ->
              let detail =
                  { Hour = 0<hour>
                    Segments = ImmutableArray.Create(tenths 0 19, tenths 2 30, tenths 3 30)
                    Bad = 0 }
                  |> Selection.ofFolder
                  |> Timeline.sweep Duration.second Timeline.start

              let seam = detail.Seams[0]

              Expect.isTrue
                  (HourDetail.areSame
                      detail
                      { detail with
                          Seams = ImmutableArray.Create seam })
                  ""

              for other in
                  [ { detail with
                        OutOfChain = ImmutableArray.Create 1 }
                    { detail with
                        LastEnd = detail.LastEnd + 1L<instant> }
                    { detail with
                        LongestFull = Duration.zero }
                    { detail with Longest = Duration.hour }
                    { detail with
                        Best = ImmutableArray.Create(tenths 0 19) }
                    { detail with
                        Seams = ImmutableArray.Create { seam with To = seam.To + 1u<us> } }
                    { detail with
                        Overlaps = ImmutableArray.Empty }
                    { detail with
                        Timeline = { detail.Timeline with Bad = 1 } } ] do
                  Expect.isFalse (HourDetail.areSame detail other) $"%A{contents other}"

          testCase "hold every seam of an hour, of which a closeup lists the first thousand and counts all"
          <| fun () ->
              for count in [ 999; 1000; 1001; 1799 ] do
                  let segments = [ for i in 0..count -> tenths (2 * i) 19 ]

                  let detail =
                      { Hour = 0<hour>
                        Segments = ImmutableArray.CreateRange segments
                        Bad = 0 }
                      |> Selection.ofFolder
                      |> Timeline.sweep Duration.second Timeline.start

                  let facts =
                      StreamFacts.ofHours
                          { Report.defaults with
                              Tolerance = Duration.second }
                          (ImmutableArray.Create detail)

                  let closeup = (Closeup.ofHour facts 0<hour>).Value
                  Expect.equal closeup.SeamCount count ""
                  Expect.equal closeup.Seams.Count (min count 1000) ""

                  Expect.equal
                      detail.Timeline.Raw.SeamLength
                      (Duration.ofMicroseconds (int64 count * 100_000L))
                      ""

                  Expect.equal
                      [ for seam in detail.Seams -> seam.From, seam.To ]
                      [ for i in 1..count ->
                            uint32 (2 * i) * 1_000_000u<us> - 100_000u<us>, uint32 (2 * i) * 1_000_000u<us> ]
                      ""

          law "tell which best segments are not in the model's chain"
          <| fun (archive: Model.Archive) ->
              let best, _ = Model.foldersRead archive |> List.collect _.Segments |> Model.select

              let chain = Model.chain archive.Tolerance best |> List.map _.Start |> set

              for _, hour, detail in steps archive do
                  Expect.equal
                      (List.ofSeq detail.OutOfChain)
                      [ for i in 0 .. hour.Best.Length - 1 do
                            if not (chain.Contains(int64 hour.Best[i].Start)) then
                                i ]
                      "" ]

[<Tests>]
let closeups =
    testList
        "hours looked at closely"
        [ law "are the model's"
          <| fun (archive: Model.Archive) ->
              let expected = Model.report archive
              let facts = Convert.facts archive

              let overlaps =
                  Model.foldersRead archive
                  |> List.collect _.Segments
                  |> Model.select
                  |> fun (best, _) -> Model.overlaps archive.Tolerance best []

              for hour in expected.Hours do
                  match Closeup.ofHour facts (hour.Hour * 1<hour>) with
                  | ValueNone -> failtest "it is reported"
                  | ValueSome closeup ->
                      Expect.equal (int closeup.Report.Hour) hour.Hour "the hour"
                      Expect.equal (Convert.ofIntervalSet closeup.Holes) hour.Raw.Holes "holes"

                      Expect.equal
                          (Convert.ofIntervalSet closeup.EditableHoles)
                          hour.Editable.Holes
                          "editable holes"

                      Expect.equal (Convert.ofIntervalSet closeup.PartialOnly) hour.PartialOnly "partial-only"
                      Expect.equal (Convert.ofIntervalSet closeup.Seams) hour.Raw.Seams "seams"
                      Expect.equal closeup.SeamCount hour.Raw.Seams.Length "how many"

                      Expect.equal
                          (int64 closeup.Report.Raw.SeamLength)
                          (Model.total hour.Raw.Seams)
                          "how long"

                      Expect.equal
                          (closeup.Overlaps |> Seq.map Convert.ofInterval |> List.ofSeq)
                          [ for segment, time in overlaps do
                                if Model.hourOf segment.Start = hour.Hour && time > 0L then
                                    segment.Start, segment.Start + time ]
                          "overlaps"

          testCase "the seam between the furthest end and a last start without a length"
          <| fun () ->
              //  |=========|  seam  |
              //  0        1.9      2.0
              let archive: Model.Archive =
                  { Tolerance = 1_000_000L
                    FirstHour = None
                    LastHour = None
                    Folders =
                      [ { Hour = 0
                          Bad = 0
                          Segments =
                            [ for start, length in [ 0L, 1_900_000L; 2_000_000L, 0L ] ->
                                  { Start = start
                                    Duration = length
                                    Kind = Model.Kind.Full
                                    Size = -1L } ] } ] }

              let closeup = (Closeup.ofHour (Convert.facts archive) 0<hour>).Value
              Expect.equal (Convert.ofIntervalSet closeup.Seams) [ 1_900_000L, 2_000_000L ] ""
              Expect.equal closeup.SeamCount 1 ""

          law "are only those that are reported"
          <| fun (archive: Model.Archive) ->
              let facts = Convert.facts archive
              let reported = facts.Report.Hours |> Seq.map _.Hour |> set

              for hour in reported do
                  for near in [ hour - 1<hour>; hour + 1<hour> ] do
                      if not (reported.Contains near) then
                          Expect.isTrue (Closeup.ofHour facts near).IsNone "" ]
