/// Cases drawn by hand that pin the model: how we know that the oracle is right. In the timelines a letter is a
/// segment's type (f, s, p), a dot is time without coverage.
module Coverage.Tests.ModelTests

open Expecto
open FsCheck
open Coverage.Tests.Model

/// The hour of the worked example; times below are in seconds since its start.
let private hour0 = 489_594

let private at (seconds: decimal) : int64 =
    startOf hour0 + int64 (seconds * 1_000_000m)

let private interval (start: decimal) (finish: decimal) : Interval = at start, at finish

let private seconds (length: decimal) : int64 = int64 (length * 1_000_000m)

let private segment kind size (start: decimal) (finish: decimal) : Segment =
    { Start = at start
      Duration = at finish - at start
      Kind = kind
      Size = size }

let private full = segment Kind.Full 1L
let private suspect = segment Kind.Suspect 1L
let private partial = segment Kind.Partial 1L

/// The archive of some segments, each in the folder of its hour, with the default tolerance of 10 ms.
let private archiveOf (segments: Segment list) : Archive =
    { Tolerance = 10_000L
      FirstHour = None
      LastHour = None
      Folders =
        segments
        |> List.groupBy (fun segment -> hourOf segment.Start)
        |> List.map (fun (number, segments) ->
            { Hour = number
              Segments = segments
              Bad = 0 }) }

let private badOnly number bad : Folder =
    { Hour = number
      Segments = []
      Bad = bad }

let private tallies full suspect partial =
    Map.ofList
        [ for kind, (count, duration: decimal) in
              [ Kind.Full, full; Kind.Suspect, suspect; Kind.Partial, partial ] do
              kind,
              { Count = count
                Duration = seconds duration } ]

let private none = 0, 0m

let private hourNumbers (report: Report) = report.Hours |> List.map _.Hour

/// The report of the hour so many hours after the first one.
let private hourAt offset (report: Report) =
    report.Hours |> List.find (fun hour -> hour.Hour = hour0 + offset)

[<Tests>]
let workedExample =
    // 0         10        20 23     30   35   40
    // ffffffffff,ffffffffff|
    //                    pppp       fffff
    //                                 f  sssss
    let report =
        archiveOf
            [ full 0m 10m
              full 10.004m 20.004m
              segment Kind.Partial 7L 19m 23m
              segment Kind.Partial 9L 19m 23m
              suspect 30m 35m
              full 30m 35m
              full 32m 33m
              suspect 35m 40m ]
        |> report

    let hour = hourAt 0 report

    testList
        "the worked example of semantics.md"
        [ testCase "the extent is 0-40"
          <| fun () -> Expect.equal report.Extent (Some(interval 0m 40m)) ""

          testCase "covered are 0-10, 10.004-23 and 30-40"
          <| fun () ->
              let covered = [ interval 0m 10m; interval 10.004m 23m; interval 30m 40m ]
              Expect.equal report.Raw.Covered covered ""
              Expect.equal (total report.Raw.Covered) (seconds 32.996m) ""

          testCase "the seam is 10-10.004, the hole 23-30"
          <| fun () ->
              Expect.equal report.Raw.Seams [ interval 10m 10.004m ] ""
              Expect.equal report.Raw.Holes [ interval 23m 30m ] ""

          testCase "editable are 30 s, with the hole 20.004-30"
          <| fun () ->
              let covered = [ interval 0m 10m; interval 10.004m 20.004m; interval 30m 40m ]
              Expect.equal report.Editable.Covered covered ""
              Expect.equal (total report.Editable.Covered) (seconds 30m) ""
              Expect.equal report.Editable.Seams [ interval 10m 10.004m ] ""
              Expect.equal report.Editable.Holes [ interval 20.004m 30m ] ""

          testCase "partial-only are 20.004-23 and 35-40"
          <| fun () -> Expect.equal report.PartialOnly [ interval 20.004m 23m; interval 35m 40m ] ""

          testCase "the status is incomplete"
          <| fun () -> Expect.equal report.Status Status.Incomplete ""

          testCase "overlaps: full 1 of 1 s, suspect 1 of 5 s, partial 2 of 5.004 s"
          <| fun () -> Expect.equal hour.Overlaps (tallies (1, 1m) (1, 5m) (2, 5.004m)) ""

          testCase "the one hour counts all segments and has the stream's coverage"
          <| fun () ->
              Expect.equal (hourNumbers report) [ hour0 ] ""
              Expect.equal hour.Segments (tallies (4, 26m) (2, 10m) (2, 8m)) ""

              Expect.equal
                  (hour.Window, hour.Raw, hour.Editable)
                  (report.Extent, report.Raw, report.Editable)
                  "" ]

[<Tests>]
let selection =
    testList
        "the best segment"
        [ testCase "a short full one is best beside a long suspect one, whose time is not covered"
          <| fun () ->
              // sssss
              // ff...ff
              let report = archiveOf [ suspect 0m 5m; full 0m 2m; full 5m 7m ] |> report
              Expect.equal report.Raw.Holes [ interval 2m 5m ] ""
              Expect.equal (hourAt 0 report).Overlaps (tallies none (1, 5m) none) ""

          testCase "the longest of full ones is best, whatever their sizes"
          <| fun () ->
              let longest = segment Kind.Full 1L 0m 3m
              let best, others = select [ segment Kind.Full 9L 0m 2m; longest ]
              Expect.equal (best, others.Length) ([ longest ], 1) ""

          testCase "the largest of suspect ones is best, of equals the longest, before any partial one"
          <| fun () ->
              let expected = segment Kind.Suspect 7L 0m 3m

              let best, others =
                  select
                      [ segment Kind.Partial 99L 0m 9m
                        segment Kind.Suspect 7L 0m 2m
                        expected
                        segment Kind.Suspect 6L 0m 8m ]

              Expect.equal (best, others.Length) ([ expected ], 3) ""

          testCase "of two equal segments one is best, one overlaps"
          <| fun () ->
              let hour = archiveOf [ full 0m 2m; full 0m 2m ] |> report |> hourAt 0
              Expect.equal hour.Segments (tallies (2, 4m) none none) ""
              Expect.equal hour.Overlaps (tallies (1, 2m) none none) ""

          testCase "temp segments are counted and otherwise left out"
          <| fun () ->
              let report =
                  archiveOf [ full 0m 2m; segment Kind.Temp 9L 0m 9m; segment Kind.Temp 9L 3m 9m ]
                  |> report

              Expect.equal report.Extent (Some(interval 0m 2m)) ""
              Expect.equal (hourAt 0 report).Temp 2 ""
              Expect.equal (hourAt 0 report).Overlaps (tallies none none none) "" ]

[<Tests>]
let stream =
    testList
        "coverage of a stream"
        [ testCase "a segment inside another makes no hole"
          <| fun () ->
              // ffffffffff
              //  ff
              //           ff
              let report = archiveOf [ full 0m 100m; full 10m 20m; full 100m 110m ] |> report
              Expect.equal report.Raw.Covered [ interval 0m 110m ] ""
              Expect.equal report.Status Status.Complete ""
              Expect.equal (hourAt 0 report).Overlaps (tallies (1, 10m) none none) ""

          testCase "a gap of the tolerance is a seam, one of a microsecond more a hole"
          <| fun () ->
              let report = archiveOf [ full 0m 1m; full 1.01m 2m; full 2.010001m 3m ] |> report
              Expect.equal report.Raw.Seams [ interval 1m 1.01m ] ""
              Expect.equal report.Raw.Holes [ interval 2m 2.010001m ] ""

          testCase
              "a start of the tolerance early is in the chain and no overlap, a microsecond earlier is not so"
          <| fun () ->
              // fffff
              //     .fffff      (10 ms early)
              //          ffff   (a microsecond more)
              let report = archiveOf [ full 0m 1m; full 0.99m 2m; full 1.989999m 3m ] |> report
              Expect.equal report.Editable.Covered [ interval 0m 2m ] ""
              Expect.equal report.Editable.Holes [ interval 2m 3m ] ""
              Expect.equal (hourAt 0 report).Overlaps (tallies (1, 0.010001m) none none) ""

          testCase "an overlap is measured from the furthest end, not from the segment before"
          <| fun () ->
              // ffffffffff
              //  ff
              //     ff
              let report = archiveOf [ full 0m 100m; full 10m 20m; full 50m 65m ] |> report
              Expect.equal (hourAt 0 report).Overlaps (tallies (2, 25m) none none) ""

          testCase "what the chain skips at the end is an editable hole and no raw one"
          <| fun () ->
              // 0    5    10        30
              // ffffffffffff
              //      fffffffffffffff
              let report = archiveOf [ full 0m 10m; full 5m 30m ] |> report
              Expect.equal report.Raw.Holes [] ""
              Expect.equal report.Editable.Holes [ interval 10m 30m ] ""
              Expect.equal report.Status Status.Complete ""

          testCase "a larger tolerance can lower what is editable"
          <| fun () ->
              // 0       9 10      15     30
              // ffffffffff
              //         fffffffff
              //           ffffffffffffffff
              let archive = archiveOf [ full 0m 10m; full 9m 15m; full 10m 30m ]

              let editable tolerance =
                  total (report { archive with Tolerance = tolerance }).Editable.Covered

              Expect.equal (editable 0L) (seconds 30m) ""
              Expect.equal (editable second) (seconds 15m) ""

          testCase "a segment of length zero splits no gap"
          <| fun () ->
              // two gaps of 6 ms are one of 12 ms
              let report = archiveOf [ full 0m 1m; full 1.006m 1.006m; full 1.012m 2m ] |> report
              Expect.equal report.Raw.Holes [ interval 1m 1.012m ] ""
              Expect.equal (hourAt 0 report).Segments (tallies (3, 1.988m) none none) ""

          testCase "a segment of length zero bounds the extent"
          <| fun () ->
              // |...ffff...|
              let report = archiveOf [ full 0m 0m; full 3m 7m; full 10m 10m ] |> report
              Expect.equal report.Extent (Some(interval 0m 10m)) ""
              Expect.equal report.Raw.Holes [ interval 0m 3m; interval 7m 10m ] ""

          testCase "segments of length zero alone make no extent"
          <| fun () ->
              let report = archiveOf [ full 0m 0m; full 10m 10m ] |> report
              Expect.equal (report.Status, report.Extent, report.Raw.Holes) (Status.Empty, None, []) ""
              Expect.equal (hourAt 0 report).Window None ""
              Expect.equal (hourAt 0 report).Segments (tallies (2, 0m) none none) ""

          testCase "time that a full segment covers too is not partial-only"
          <| fun () ->
              // ffff  ffff
              //   pppp
              let report = archiveOf [ full 0m 4m; partial 2m 7m; full 6m 10m ] |> report
              Expect.equal report.PartialOnly [ interval 4m 6m ] ""
              Expect.equal report.Status Status.Partial "" ]

[<Tests>]
let hours =
    testList
        "hours"
        [ testCase "a hole over three hours is one of the stream and one in each hour"
          <| fun () ->
              // hour 0        hour 1        hour 2
              // ..........fff|.............|.....fff
              let report = archiveOf [ full 3000m 3010m; full 7500m 7510m ] |> report
              Expect.equal report.Raw.Holes [ interval 3010m 7500m ] ""
              Expect.equal (hourNumbers report) [ hour0; hour0 + 1; hour0 + 2 ] ""
              let holes offset = (hourAt offset report).Raw.Holes
              Expect.equal (holes 0) [ interval 3010m 3600m ] ""
              Expect.equal (holes 1) [ interval 3600m 7200m ] ""
              Expect.equal (holes 2) [ interval 7200m 7500m ] ""
              Expect.equal (hourAt 1 report).Segments (tallies none none none) ""

          testCase "a part of a hole is a hole however short it is"
          <| fun () ->
              // 12 ms of which 2 ms lie in the first hour
              let report = archiveOf [ full 3590m 3599.998m; full 3600.01m 3610m ] |> report
              Expect.equal (hourAt 0 report).Raw.Holes [ interval 3599.998m 3600m ] ""
              Expect.equal (hourAt 1 report).Raw.Holes [ interval 3600m 3600.01m ] ""

          testCase "a hole that ends at the hour's edge does not count in the next"
          <| fun () ->
              let report = archiveOf [ full 0m 3500m; full 3600m 3700m ] |> report
              Expect.equal (hourAt 0 report).Raw.Holes.Length 1 ""
              Expect.equal (hourAt 1 report).Raw.Holes.Length 0 ""

          testCase "an inner hour without holes has 3600 s of coverage and seams"
          <| fun () ->
              // a segment reaches in, a seam lies on the far edge
              let report =
                  archiveOf [ full 0m 3700m; full 3700.003m 7199.999m; full 7200.002m 7300m ]
                  |> report

              let inner = (hourAt 1 report).Raw
              Expect.equal (total inner.Covered) (seconds 3599.996m) ""
              Expect.equal (total inner.Seams) (seconds 0.004m) ""

          testCase "a segment counts whole in its folder's hour, and covers in the next"
          <| fun () ->
              let report = archiveOf [ full 3590m 3610m ] |> report
              Expect.equal (hourAt 0 report).Segments (tallies (1, 20m) none none) ""
              Expect.equal (total (hourAt 0 report).Raw.Covered) (seconds 10m) ""
              Expect.equal (hourAt 1 report).Segments (tallies none none none) ""
              Expect.equal (hourAt 1 report).Raw.Covered [ interval 3600m 3610m ] ""

          testCase "an overlap with the previous hour counts in the hour it starts in"
          <| fun () ->
              let report = archiveOf [ full 3590m 3610m; suspect 3605m 3620m ] |> report
              Expect.equal (hourAt 0 report).Overlaps (tallies none none none) ""
              Expect.equal (hourAt 1 report).Overlaps (tallies none (1, 5m) none) ""

          testCase "two folders of one hour count as one"
          <| fun () ->
              let folder segments bad : Folder =
                  { Hour = hour0
                    Segments = segments
                    Bad = bad }

              let report =
                  { archiveOf [] with
                      Folders = [ folder [ full 10m 20m ] 1; folder [ full 0m 10m ] 2 ] }
                  |> report

              Expect.equal (hourNumbers report) [ hour0 ] ""
              Expect.equal (hourAt 0 report).Bad 3 ""
              Expect.equal report.Raw.Covered [ interval 0m 20m ] ""

          testCase
              "a folder with bad names only is reported without coverage, outside the extent without a window"
          <| fun () ->
              let archive = archiveOf [ full 0m 10m; full 7200m 7210m ]

              let report =
                  { archive with
                      Folders = archive.Folders @ [ badOnly (hour0 + 1) 2; badOnly (hour0 + 9) 3 ] }
                  |> report

              Expect.equal (hourNumbers report) [ hour0; hour0 + 1; hour0 + 2; hour0 + 9 ] ""
              let inside, outside = hourAt 1 report, hourAt 9 report
              Expect.equal (inside.Bad, inside.Raw.Holes) (2, [ interval 3600m 7200m ]) ""
              Expect.equal (outside.Bad, outside.Window, outside.Raw.Holes) (3, None, []) ""

          testCase "a run of 744 empty hours is reported, one of 745 is not"
          <| fun () ->
              let apart hours =
                  archiveOf [ full 0m 10m; full (3600m * hours) (3600m * hours + 10m) ] |> report

              Expect.equal (hourNumbers (apart 745m)) [ hour0 .. hour0 + 745 ] ""
              Expect.equal (hourNumbers (apart 746m)) [ hour0; hour0 + 746 ] ""
              Expect.equal (apart 746m).Raw.Holes [ interval 10m (3600m * 746m) ] ""

          testCase "a folder or coverage within an empty run makes it two runs"
          <| fun () ->
              let far = full (3600m * 746m) (3600m * 746m + 10m)
              let archive = archiveOf [ full 0m 10m; far ]

              let withFolder =
                  { archive with
                      Folders = badOnly (hour0 + 400) 0 :: archive.Folders }

              Expect.equal (hourNumbers (report withFolder)) [ hour0 .. hour0 + 746 ] ""
              let reachingOn = archiveOf [ full 0m 3601m; far ]
              Expect.equal (hourNumbers (report reachingOn)) [ hour0 .. hour0 + 746 ] ""

          testCase "what a segment of an hour before the first covers does not count"
          <| fun () ->
              // hour 0 is not read: ffff|ff
              //                         |    fff
              let report =
                  { archiveOf [ full 3000m 3700m; full 3800m 3900m ] with
                      FirstHour = Some(hour0 + 1) }
                  |> report

              Expect.equal report.Extent (Some(interval 3800m 3900m)) ""
              Expect.equal (hourNumbers report) [ hour0 + 1 ] ""

          testCase "the extent ends with the last hour, counts and durations are whole"
          <| fun () ->
              let report =
                  { archiveOf [ full 3000m 3700m; full 3700m 3900m ] with
                      LastHour = Some hour0 }
                  |> report

              Expect.equal report.Extent (Some(interval 3000m 3600m)) ""
              Expect.equal report.Raw.Covered [ interval 3000m 3600m ] ""
              Expect.equal (hourNumbers report) [ hour0 ] ""
              Expect.equal (hourAt 0 report).Segments (tallies (1, 700m) none none) ""

          testCase "a gap is cut at the end of the last hour before it is classed"
          <| fun () ->
              // the chain ends 5 ms before the hour does; what it skips reaches far on
              let archive = archiveOf [ full 0m 3599.995m; full 3590m 3700m ]
              let cut = { archive with LastHour = Some hour0 }
              Expect.equal (report archive).Editable.Holes [ interval 3599.995m 3700m ] ""
              Expect.equal (report cut).Editable.Holes [] ""
              Expect.equal (report cut).Editable.Seams [ interval 3599.995m 3600m ] "" ]

[<Tests>]
let coverageMap =
    let cells map =
        match map with
        | CoverageMap.Cells cells -> cells
        | other -> failtestf "no cells: %A" other

    testList
        "the coverage map"
        [ testCase "a cell is none, else partial, when any part of it is"
          <| fun () ->
              // cells of 2 s from 0:  0-2 4-6 8-10 12-14 ...
              // fffffpppp...ff,ff     full to 5, partial to 9, hole to 12, a seam within 14-16, ending at 17
              let cells =
                  archiveOf [ full 0m 5m; partial 5m 9m; full 12m 15m; full 15.004m 17m ]
                  |> map 2 300
                  |> cells

              let expected =
                  [ Cell.Full // 0-2
                    Cell.Full // 2-4
                    Cell.Partial // 4-6
                    Cell.Partial // 6-8
                    Cell.None // 8-10, the hole begins at 9
                    Cell.None // 10-12
                    Cell.Full // 12-14
                    Cell.Full // 14-16, with the seam
                    Cell.None ] // 16-18, the extent ends at 17

              Expect.equal (List.truncate 9 cells) expected ""
              Expect.equal cells.Length 1800 ""
              Expect.allEqual (List.skip 9 cells) Cell.None ""

          testCase "it runs from the first to the last hour of the extent, or those given"
          <| fun () ->
              let archive = archiveOf [ full 3599m 3600m; full 7200m 7201m ]

              let given =
                  { archive with
                      FirstHour = Some(hour0 - 1)
                      LastHour = Some(hour0 + 4) }

              Expect.equal (archive |> map 3600 1 |> cells |> List.length) 3 ""
              Expect.equal (given |> map 3600 1 |> cells |> List.length) 6 ""
              Expect.equal (given |> map 1 60 |> cells |> List.findIndex ((=) Cell.Full)) (3600 + 3599) ""

          testCase "its cells in order of time do not depend on the rows"
          <| fun () ->
              let archive = archiveOf [ full 100m 200m; partial 300m 900m; full 899m 4000m ]
              Expect.equal (map 2 300 archive) (map 2 60 archive) ""

          testCase "for an empty extent none is written, one of over 87,600 hours is refused"
          <| fun () ->
              let of' hours =
                  archiveOf [ full 0m 1m; full (3600m * hours) (3600m * hours + 1m) ]
                  |> map 3600 1

              Expect.equal (archiveOf [] |> map 2 300) CoverageMap.NotWritten ""
              Expect.equal (of' 87_599m |> cells |> List.length) 87_600 ""
              Expect.equal (of' 87_600m) (CoverageMap.Refused(hour0, hour0 + 87_600)) "" ]

let private length (extent: Interval option) = extent |> Option.toList |> total

/// The time that both lists of intervals have, each without overlaps.
let private common (a: Interval list) (b: Interval list) =
    List.allPairs a b
    |> List.sumBy (fun ((s, e), (s', e')) -> max 0L (min e e' - max s s'))

[<Tests>]
let laws =
    testList
        "laws of the model"
        [ law "covered and holes and seams are the extent"
          <| fun archive ->
              let report = report archive

              for cover in [ report.Raw; report.Editable ] do
                  let parts = List.sort (cover.Covered @ cover.Holes @ cover.Seams)
                  Expect.equal (total parts) (length report.Extent) "in length"

                  for (_, finish), (start, _) in List.pairwise parts do
                      Expect.equal finish start "end to end"

          law "editable coverage and partial-only time lie within raw coverage"
          <| fun archive ->
              let report = report archive

              for inner in [ report.Editable.Covered; report.PartialOnly ] do
                  Expect.equal (common inner report.Raw.Covered) (total inner) ""

          law
              "before any cut, the best segments' durations are the covered time and what each has in common with earlier ones"
          <| fun (archive: Archive) ->
              let whole = { archive with LastHour = None }
              let best, _ = foldersRead whole |> List.collect _.Segments |> select

              // The furthest end before each segment, this time carried along.
              let ends = best |> List.map endOf |> List.scan max 0L

              let shared =
                  List.zip best (List.truncate best.Length ends)
                  |> List.sumBy (fun (segment, e) -> max 0L (min e (endOf segment) - segment.Start))

              Expect.equal (best |> List.sumBy _.Duration) (total (report whole).Raw.Covered + shared) ""

          law "the hours' seconds add up to the stream's, but for the holes of hours not reported"
          <| fun archive ->
              let report = report archive

              let sum (part: Cover -> Interval list) (cover: HourReport -> Cover) =
                  report.Hours |> List.sumBy (cover >> part >> total)

              for ofStream, ofHour in
                  [ report.Raw, (fun (hour: HourReport) -> hour.Raw)
                    report.Editable, (fun hour -> hour.Editable) ] do
                  Expect.equal (sum _.Covered ofHour) (total ofStream.Covered) "covered"
                  Expect.equal (sum _.Seams ofHour) (total ofStream.Seams) "seams"

                  let windows = report.Hours |> List.sumBy (fun hour -> length hour.Window)
                  let unreported = length report.Extent - windows
                  Expect.equal (sum _.Holes ofHour + unreported) (total ofStream.Holes) "holes"

              Expect.equal (report.Hours |> List.sumBy (_.PartialOnly >> total)) (total report.PartialOnly) ""

          law "hours that are not reported come in runs of more than 744"
          <| fun archive ->
              let report = report archive

              // Outside the extent an hour needs a folder to be reported, so no rule holds there.
              let inExtent number =
                  report.Extent
                  |> Option.map hoursOf
                  |> Option.exists (fun (first, last) -> first <= number && number <= last)

              for left, right in report.Hours |> List.map _.Hour |> List.pairwise do
                  Expect.isTrue (right > left) "in order"

                  if inExtent left && inExtent right then
                      Expect.isTrue (right = left + 1 || right - left - 1 > 744) ""

          law "the order of folders and of segments in them changes nothing"
          <| fun (archive: Archive) ->
              let backwards =
                  { archive with
                      Folders =
                          archive.Folders
                          |> List.rev
                          |> List.map (fun folder ->
                              { folder with
                                  Segments = List.rev folder.Segments }) }

              Expect.equal (report backwards) (report archive) ""

          law "a cell of an hour is none exactly when the hour's window is short or has a hole"
          <| fun (Gen.ShortArchive archive) ->
              match map 3600 1 archive with
              | CoverageMap.Cells cells ->
                  let report = report archive

                  let hole number =
                      report.Hours
                      |> List.tryFind (fun hour -> hour.Hour = number)
                      |> Option.forall (fun hour -> length hour.Window < Model.hour || hour.Raw.Holes <> [])

                  match report.Extent with
                  | Some extent ->
                      let first = archive.FirstHour |> Option.defaultValue (fst (hoursOf extent))

                      cells
                      |> List.iteri (fun index cell ->
                          Expect.equal (cell = Cell.None) (hole (first + index)) "")
                  | None -> failtest "cells without an extent"
              | CoverageMap.NotWritten -> Expect.isNone (report archive).Extent ""
              | CoverageMap.Refused _ -> failtest "refused" ]
