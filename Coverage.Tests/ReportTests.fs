/// Whole reports against the model's, and the laws of semantics.md sections 3 and 4.
module Coverage.Tests.ReportTests

open System
open System.Collections.Immutable
open System.Globalization
open System.Numerics
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

/// A stream's coverage, or an hour's; an hour's has no list of holes.
let private cover covered holes holeLength seamLength =
    {| Covered = covered
       Holes = holes
       HoleLength = holeLength
       SeamLength = seamLength |}

let private ofModel (report: Model.Report) =
    let streamCover (cover': Model.Cover) =
        cover (Model.total cover'.Covered) cover'.Holes (Model.total cover'.Holes) (Model.total cover'.Seams)

    let hourCover (cover': Model.Cover) =
        cover
            (Model.total cover'.Covered)
            cover'.Holes.Length
            (Model.total cover'.Holes)
            (Model.total cover'.Seams)

    {| Status = report.Status
       Extent = report.Extent
       Raw = streamCover report.Raw
       Editable = streamCover report.Editable
       PartialOnly = report.PartialOnly
       Hours =
        [ for hour in report.Hours ->
              {| Hour = hour.Hour
                 Window = hour.Window
                 Segments = hour.Segments
                 Temp = hour.Temp
                 Bad = hour.Bad
                 Overlaps = hour.Overlaps
                 Raw = hourCover hour.Raw
                 Editable = hourCover hour.Editable
                 PartialOnly = Model.total hour.PartialOnly |} ] |}

let private ofCore (report: StreamReport) =
    let streamCover (cover': StreamCoverage) =
        cover
            (int64 cover'.Covered)
            (Convert.ofIntervalSet cover'.Holes)
            (int64 cover'.HoleLength)
            (int64 cover'.SeamLength)

    let hourCover (cover': HourCoverage) =
        cover (int64 cover'.Covered) cover'.Holes (int64 cover'.HoleLength) (int64 cover'.SeamLength)

    let optional (interval: Interval) =
        if interval.IsEmpty then
            None
        else
            Some(Convert.ofInterval interval)

    {| Status =
        match report.Status with
        | Status.Empty -> Model.Status.Empty
        | Status.Incomplete -> Model.Status.Incomplete
        | Status.Partial -> Model.Status.Partial
        | _ -> Model.Status.Complete
       Extent = optional report.Extent
       Raw = streamCover report.Raw
       Editable = streamCover report.Editable
       PartialOnly = Convert.ofIntervalSet report.PartialOnly
       Hours =
        [ for hour in report.Hours ->
              {| Hour = int hour.Hour
                 Window = optional hour.Window
                 Segments = Convert.ofByKind hour.Segments
                 Temp = hour.Temp
                 Bad = hour.Bad
                 Overlaps = Convert.ofByKind hour.Overlaps
                 Raw = hourCover hour.Raw
                 Editable = hourCover hour.Editable
                 PartialOnly = int64 hour.PartialOnly |} ] |}

/// The report as the host makes it, through the face for C#: from blocks of names, and sizes where they are asked for.
let private throughTheFace (archive: Model.Archive) : StreamReport =
    let settings = Convert.settings archive

    let settings =
        Engine.Settings(
            int64 settings.Tolerance,
            Convert.nullable settings.FirstHour,
            Convert.nullable settings.LastHour
        )

    let mutable carry = Engine.Start

    let hours =
        [| for folder in Model.foldersRead archive |> List.map Convert.folder do
               let names =
                   [ for i in 0 .. folder.Segments.Length - 1 do
                         SegmentName.print $"{i:D4}" folder.Segments[i] + "/"

                     for i in 1 .. folder.Bad do
                         $"bad {i}.ts/" ]
                   |> String.concat ""
                   |> Encoding.UTF8.GetBytes

               let listing = Engine.Read(int folder.Hour, ReadOnlySpan names)
               let listed = listing.Folder
               let asked = Engine.Contested listed

               // The hash in a name is the segment's number.
               let size index =
                   let name = Engine.NameAt(listing.NameStarts[index], ReadOnlySpan names)
                   folder.Segments[int (Encoding.UTF8.GetString(name.Slice(name.Length - 7, 4)))].Size

               let sizes = asked |> Seq.map size |> ImmutableArray.CreateRange

               let choice = Engine.Select(Engine.WithSizes(listed, asked, sizes))
               let hour = Engine.Step(archive.Tolerance, carry, choice)
               carry <- hour.Timeline.Carry
               hour |]

    Engine.Facts(settings, ImmutableArray.CreateRange hours).Report

[<Tests>]
let equality =
    testList
        "reports"
        [ testPropertyWithConfig
              { Gen.config with
                  maxTest = 4000 * Gen.depth }
              "are the model's, every number of the stream and of its hours"
          <| fun (archive: Model.Archive) ->
              Expect.equal (ofCore (Convert.report archive)) (ofModel (Model.report archive)) ""

          testCase "are made with a tolerance of 10 ms, and without a limit, unless set otherwise"
          <| fun () ->
              Expect.equal
                  Report.defaults
                  { Tolerance = Duration.ofMicroseconds 10_000L
                    FirstHour = ValueNone
                    LastHour = ValueNone }
                  ""

          law "do not depend on the order of folders, nor of segments in them"
          <| fun (archive: Model.Archive) ->
              let report = Convert.report archive

              let backwards =
                  { archive with
                      Folders =
                          archive.Folders
                          |> List.rev
                          |> List.map (fun folder ->
                              { folder with
                                  Segments = List.rev folder.Segments }) }

              Expect.equal (Convert.report backwards) report ""

          testCase "Regression: an hour beyond the last one adds no partial-only time"
          <| fun () ->
              let settings =
                  { Report.defaults with
                      LastHour = ValueSome 4<hour> }

              let beyond =
                  HourFolder.ofFiles 9<hour> [ "00:00-2-partial-.ts", 0L ]
                  |> Selection.ofFolder
                  |> Timeline.step settings.Tolerance Timeline.start

              Expect.isTrue (Report.ofTimelines settings [| beyond |]).PartialOnly.IsEmpty ""

          law "made through the face for C#, from names and the sizes it asks for, are the same"
          <| fun (archive: Model.Archive) -> Expect.equal (throughTheFace archive) (Convert.report archive) "" ]

[<Tests>]
let sums =
    let covers (report: StreamReport) =
        [ report.Raw, (fun (hour: HourReport) -> hour.Raw)
          report.Editable, (fun hour -> hour.Editable) ]

    testList
        "sums of a report"
        [ law "covered and holes and seams are the extent"
          <| fun (archive: Model.Archive) ->
              let report = Convert.report archive

              for cover, _ in covers report do
                  Expect.equal (cover.Covered + cover.HoleLength + cover.SeamLength) report.Extent.Length ""
                  Expect.equal cover.HoleLength cover.Holes.Length "as long as the holes"

          law "covered and holes and seams of an hour are its window"
          <| fun (archive: Model.Archive) ->
              let report = Convert.report archive

              for hour in report.Hours do
                  Expect.equal hour.Window (Interval.intersect report.Extent (Interval.ofHour hour.Hour)) ""

                  for _, ofHour in covers report do
                      let cover = ofHour hour

                      Expect.equal (cover.Covered + cover.HoleLength + cover.SeamLength) hour.Window.Length ""

          law "an inner hour without holes has 3600 s of coverage and seams"
          <| fun (archive: Model.Archive) ->
              let report = Convert.report archive

              for hour in report.Hours do
                  if
                      Hour.start hour.Hour >= report.Extent.Start
                      && Hour.finish hour.Hour <= report.Extent.End
                  then
                      for _, ofHour in covers report do
                          let cover = ofHour hour

                          if cover.Holes = 0 then
                              Expect.equal (cover.Covered + cover.SeamLength) Duration.hour ""

          law "the hours' seconds add up to the stream's, but for the holes of hours not reported"
          <| fun (archive: Model.Archive) ->
              let report = Convert.report archive
              let unreported = report.Extent.Length - (report.Hours |> Seq.sumBy _.Window.Length)

              for ofStream, ofHour in covers report do
                  let sum (part: HourCoverage -> Duration) =
                      report.Hours |> Seq.sumBy (ofHour >> part)

                  Expect.equal (sum _.Covered) ofStream.Covered "covered"
                  Expect.equal (sum _.SeamLength) ofStream.SeamLength "seams"
                  Expect.equal (sum _.HoleLength + unreported) ofStream.HoleLength "holes"

              Expect.equal (report.Hours |> Seq.sumBy _.PartialOnly) report.PartialOnly.Length "partial-only"

          law
              "before any cut, the best segments' durations are the covered time and what each has in common with earlier ones"
          <| fun (archive: Model.Archive) ->
              let report = Convert.report { archive with LastHour = None }

              let best =
                  [ for folder in Model.foldersRead { archive with LastHour = None } do
                        yield! (Selection.ofFolder (Convert.folder folder)).Best ]

              let ends = best |> List.map _.End |> List.scan max Instant.beforeAll

              let shared =
                  List.zip best (List.truncate best.Length ends)
                  |> List.sumBy (fun (segment, e) ->
                      max Duration.zero (Instant.until (min e segment.End) segment.Start))

              Expect.equal (best |> List.sumBy _.Duration) (report.Raw.Covered + shared) ""

          law "editable coverage lies within raw coverage, in the stream and in each hour"
          <| fun (archive: Model.Archive) ->
              let report = Convert.report archive

              let missing = IntervalSet.subtract report.Raw.Holes report.Editable.Holes
              Expect.isTrue missing.IsEmpty "raw holes lie within editable ones"
              Expect.isLessThanOrEqual report.Editable.Covered report.Raw.Covered ""

              for hour in report.Hours do
                  Expect.isLessThanOrEqual hour.Editable.Covered hour.Raw.Covered ""

          law "partial-only time is covered time"
          <| fun (archive: Model.Archive) ->
              let report = Convert.report archive
              Expect.isTrue (IntervalSet.intersect report.PartialOnly report.Raw.Holes).IsEmpty ""
              Expect.isLessThanOrEqual report.PartialOnly.Length report.Raw.Covered "" ]

[<Tests>]
let workedExample =
    // 0         10        20 23     30   35   40
    // ffffffffff,ffffffffff|
    //                    pppp       fffff
    //                                 f  sssss
    let hour: Hour = 489_594<hour>

    let report =
        [ HourFolder.ofFiles
              hour
              [ "00:00.0-10-full-AAAA.ts", 1L
                "00:10.004-10-full-AAAB.ts", 1L
                "00:19.0-4-partial-AAAC.ts", 7L
                "00:19.0-4-partial-AAAD.ts", 9L
                "00:30.0-5-suspect-AAAE.ts", 1L
                "00:30.0-5-full-AAAF.ts", 1L
                "00:32.0-1-full-AAAG.ts", 1L
                "00:35.0-5-suspect-AAAH.ts", 1L ] ]
        |> Report.ofFolders Report.defaults

    let span (start: decimal) (finish: decimal) : Model.Interval =
        let at (seconds: decimal) =
            int64 (Hour.start hour) + int64 (seconds * 1_000_000m)

        at start, at finish

    let seconds (length: decimal) =
        Duration.ofMicroseconds (int64 (length * 1_000_000m))

    let tally count length : Tally =
        { Count = count
          Length = seconds length }

    testList
        "the worked example of semantics.md, from the names of its files"
        [ testCase "the hour is 2025-11-07T18"
          <| fun () -> Expect.equal (Hour.toText hour) "2025-11-07T18" ""

          testCase "the extent is 0-40, the status incomplete"
          <| fun () ->
              Expect.equal (Convert.ofInterval report.Extent) (span 0m 40m) ""
              Expect.equal report.Status Status.Incomplete ""

          testCase "covered are 32.996 s, the seam is 4 ms, the hole 23-30"
          <| fun () ->
              Expect.equal report.Raw.Covered (seconds 32.996m) ""
              Expect.equal report.Raw.SeamLength (seconds 0.004m) ""
              Expect.equal (Convert.ofIntervalSet report.Raw.Holes) [ span 23m 30m ] ""

          testCase "editable are 30 s, the seam is 4 ms, the hole 20.004-30"
          <| fun () ->
              Expect.equal report.Editable.Covered (seconds 30m) ""
              Expect.equal report.Editable.SeamLength (seconds 0.004m) ""
              Expect.equal (Convert.ofIntervalSet report.Editable.Holes) [ span 20.004m 30m ] ""

          testCase "partial-only are 20.004-23 and 35-40"
          <| fun () ->
              Expect.equal (Convert.ofIntervalSet report.PartialOnly) [ span 20.004m 23m; span 35m 40m ] ""

          testCase "its one hour has the stream's coverage, all segments, and the overlaps"
          <| fun () ->
              let hour = Seq.exactlyOne report.Hours
              Expect.equal hour.Window report.Extent ""

              Expect.equal
                  hour.Segments
                  { Full = tally 4 26m
                    Suspect = tally 2 10m
                    Partial = tally 2 8m }
                  ""

              Expect.equal
                  hour.Overlaps
                  { Full = tally 1 1m
                    Suspect = tally 1 5m
                    Partial = tally 2 5.004m }
                  ""

              Expect.equal (hour.Temp, hour.Bad) (0, 0) ""
              Expect.equal hour.PartialOnly (seconds 7.996m) ""

              for ofHour, ofStream in [ hour.Raw, report.Raw; hour.Editable, report.Editable ] do
                  Expect.equal
                      ofHour
                      { Covered = ofStream.Covered
                        Holes = 1
                        HoleLength = ofStream.HoleLength
                        SeamLength = ofStream.SeamLength }
                      ""

          testCase "its completeness is 25.004 s of 40"
          <| fun () ->
              Expect.equal (Report.completeness report |> Completeness.ratio) (ValueSome 0.6251m) ""
              Expect.equal (Report.completenessText report) "62.51 %" "" ]

[<Tests>]
let lostHours =
    let first: Hour = 489_594<hour>

    /// Two whole hours and so many between them of which there is nothing at all.
    let report (lost: int) =
        [ first; first + (lost + 1) * 1<hour> ]
        |> List.map (fun hour -> HourFolder.ofFiles hour [ "00:00.0-3600-full-.ts", 1L ])
        |> Report.ofFolders Report.defaults

    let hours (count: int) =
        int64 Duration.hour * int64 count |> Duration.ofMicroseconds

    let ofHours (report: StreamReport) =
        report.Hours |> Seq.sumBy _.Raw.HoleLength

    testList
        "hours lost in a run"
        [ testCase "744 are reported hour by hour, each with one hole"
          <| fun () ->
              let report = report 744

              Expect.equal
                  [ for hour in report.Hours -> hour.Hour ]
                  [ for at in 0..745 -> first + at * 1<hour> ]
                  ""

              for lost in Seq.skip 1 report.Hours |> Seq.take 744 do
                  Expect.equal lost.Window (Interval.ofHour lost.Hour) ""
                  Expect.equal (lost.Raw.Covered, lost.Raw.Holes) (Duration.zero, 1) ""
                  Expect.equal (lost.Editable.Covered, lost.Editable.Holes) (Duration.zero, 1) ""
                  Expect.equal lost.Segments.Full.Count 0 ""

              Expect.equal report.Raw.Holes.Count 1 "one hole of the stream"
              Expect.equal (report.Raw.HoleLength, ofHours report) (hours 744, hours 744) ""

          testCase "745 are not: they stand in the stream's holes and are missing from the hour sums"
          <| fun () ->
              let report = report 745
              Expect.equal [ for hour in report.Hours -> hour.Hour ] [ first; first + 746<hour> ] ""

              for cover in [ report.Raw; report.Editable ] do
                  let hole = Seq.exactlyOne cover.Holes.Intervals
                  Expect.equal hole.Start (Hour.finish first) ""
                  Expect.equal hole.End (Hour.start (first + 746<hour>)) ""
                  Expect.equal cover.HoleLength (hours 745) ""

              Expect.equal (ofHours report) Duration.zero ""
              Expect.equal (report.Hours |> Seq.sumBy _.Editable.HoleLength) Duration.zero ""
              Expect.equal (report.Hours |> Seq.sumBy _.Raw.Covered) report.Raw.Covered ""
              Expect.equal report.Status Status.Incomplete "" ]

/// A report of which so much of the extent is missing, in a hole and in partial-only time.
let private missing (extent: int64) (hole: int64) (partial: int64) : StreamReport =
    let report = Report.ofFolders Report.defaults []
    let lacking = Convert.intervalSet [ extent - hole, extent ]

    { report with
        Extent = Convert.interval (0L, extent)
        Status =
            if hole > 0L then Status.Incomplete
            elif partial > 0L then Status.Partial
            else Status.Complete
        Raw =
            { report.Raw with
                Holes = lacking
                HoleLength = lacking.Length }
        PartialOnly = Convert.intervalSet [ 0L, partial ] }

/// Extents from a microsecond to eight thousand years, of which nothing, next to nothing, some, almost all or all is
/// missing.
let private anyMissing =
    gen {
        let! power = Gen.choose (0, 57)
        let! extent = Gen.choose64 (1L <<< power, (1L <<< (power + 1)) - 1L)

        let! bad =
            Gen.oneof
                [ Gen.elements
                      [ 0L
                        1L
                        2L
                        extent - 1L
                        extent
                        extent / 2L
                        extent / 10_000L
                        extent / 20_000L ]
                  Gen.choose64 (0L, extent) ]

        let bad = max 0L (min extent bad)
        let! partial = Gen.oneof [ Gen.elements [ 0L; bad ]; Gen.choose64 (0L, bad) ]
        return extent, bad - partial, partial
    }

[<Tests>]
let completeness =
    let number (text: string) =
        Decimal.Parse(text.AsSpan(0, text.Length - 2), NumberStyles.Float, CultureInfo.InvariantCulture)

    testList
        "completeness"
        [ law "is 1 for a complete stream and no other, and nothing for an empty extent"
          <| fun (archive: Model.Archive) ->
              let report = Convert.report archive
              let completeness = Report.completeness report |> Completeness.ratio
              Expect.equal (completeness = ValueSome 1m) (report.Status = Status.Complete) ""
              Expect.equal completeness.IsNone (report.Status = Status.Empty) ""
              Expect.equal (Report.completenessText report = "100 %") (report.Status = Status.Complete) ""
              Expect.equal (Report.completenessText report = "-") (report.Status = Status.Empty) ""

          testPropertyWithConfig
              { Gen.config with
                  maxTest = 3000 * Gen.depth }
              "is 1 exactly when nothing is missing, 0 when all is"
          <| Prop.forAll (Arb.fromGen anyMissing) (fun (extent, hole, partial) ->
              match missing extent hole partial |> Report.completeness |> Completeness.ratio with
              | ValueNone -> failtest "nothing"
              | ValueSome ratio ->
                  Expect.equal (ratio = 1m) (hole + partial = 0L) "1"
                  Expect.equal (ratio = 0m) (hole + partial = extent) "0"
                  Expect.isTrue (0m <= ratio && ratio <= 1m) "from 0 to 1")

          testPropertyWithConfig
              { Gen.config with
                  maxTest = 3000 * Gen.depth }
              "is shown as 100 only when nothing is missing, as 0 only when all is, else within the rounding"
          <| Prop.forAll (Arb.fromGen anyMissing) (fun (extent, hole, partial) ->
              let text = Report.completenessText (missing extent hole partial)
              let shown = number text
              let bad = hole + partial
              Expect.isTrue (text.EndsWith " %") text
              Expect.equal (text = "100 %") (bad = 0L) text
              Expect.equal (text = "0 %") (bad = extent) text
              Expect.equal (shown = 100m, shown = 0m) (bad = 0L, bad = extent) text

              // In whole units of the last digit shown, two at least: |shown - exact| is half a unit or less.
              let digits = max 2 (int shown.Scale)
              let unit = BigInteger.Pow(BigInteger 10, digits)
              let units = BigInteger(shown * decimal unit)
              let exact = BigInteger(extent - bad) * BigInteger 100 * unit

              Expect.isTrue
                  (BigInteger.Abs(units * BigInteger extent - exact) * BigInteger 2
                   <= BigInteger extent)
                  text)

          testCase "is written with as many digits as it takes"
          <| fun () ->
              for extent, hole, expected in
                  [ 40_000L, 14_996L, "62.51 %"
                    2L, 1L, "50 %"
                    3L, 1L, "66.67 %"
                    100_000L, 1L, "99.999 %"
                    86_400_000_000L, 1L, "99.999999999 %"
                    86_400_000_000L, 86_399_999_999L, "0.000000001 %"
                    7L, 0L, "100 %"
                    7L, 7L, "0 %" ] do
                  Expect.equal (Report.completenessText (missing extent hole 0L)) expected ""

          testCase "of an empty extent is a dash"
          <| fun () -> Expect.equal (Report.completenessText (Report.ofFolders Report.defaults [])) "-" "" ]
