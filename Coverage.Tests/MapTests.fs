/// The coverage map, cell by cell against the model's.
module Coverage.Tests.MapTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

let private divisors number =
    [ 1..number ] |> List.filter (fun divisor -> number % divisor = 0)

/// A layout with one of the pixels given, as pixel and rows.
let private scaleOf (pixels: Gen<int>) : Gen<int * int> =
    gen {
        let! pixel = pixels
        let! rows = Gen.elements (divisors (3600 / pixel))
        return pixel, rows
    }

/// Any layout; seldom one with very many cells, which take the model long.
let private anyScale =
    let few, many = divisors 3600 |> List.partition (fun pixel -> pixel >= 20)

    Gen.frequency [ 9, Gen.elements few; 1, Gen.elements many ] |> scaleOf

let private coarseScale = Gen.elements [ 900; 1200; 1800; 3600 ] |> scaleOf

let private scale (pixel, rows) : MapScale =
    match MapScale.tryCreate (pixel * 1<s>) rows with
    | ValueSome scale -> scale
    | ValueNone -> failtest $"{pixel} s and {rows} rows make no layout"

let private cellsOf (map: CoverageMap) : Model.Cell list =
    [ for cell in map.Cells.ToArray() ->
          match cell with
          | Cell.None -> Model.Cell.None
          | Cell.Partial -> Model.Cell.Partial
          | _ -> Model.Cell.Full ]

let private equalsModel (archive: Model.Archive) (pixel, rows) =
    let expected = Model.map pixel rows archive

    match Convert.account archive |> Map.ofAccount (scale (pixel, rows)) with
    | ValueNone -> Expect.equal Model.CoverageMap.NotWritten expected ""
    | ValueSome(Error(MapError.TooLong(first, last))) ->
        Expect.equal (Model.CoverageMap.Refused(int first, int last)) expected ""
    | ValueSome(Ok map) ->
        match expected with
        | Model.CoverageMap.Cells cells -> Expect.sequenceEqual (cellsOf map) cells ""
        | other -> failtest $"drawn, not {other}"

        Expect.equal (map.Columns * rows) map.Cells.Length "whole columns"
        Expect.equal (map.Columns * rows * pixel % 3600) 0 "whole hours"

        Expect.equal
            (int (map.LastHour - map.FirstHour + 1<hour>) * 3600)
            (map.Cells.Length * pixel)
            "from the first to the last hour"

let private hour0: Hour = 489_618<hour>

/// A stream of one second at the start of the first hour and of one so many hours later.
let private apart (hours: int) : Account =
    let folder hour : HourFolder =
        HourFolder.ofFiles hour [ "00:00-1-full-.ts", 1L ]

    Convert.accountOf Report.defaults [ folder hour0; folder (hour0 + hours * 1<hour>) ]

[<Tests>]
let map =
    testList
        "the map"
        [ testPropertyWithConfig
              { Gen.config with
                  maxTest = 400 * Gen.depth }
              "is the model's, cell by cell, in every layout"
          <| fun (Gen.ShortArchive archive) -> Prop.forAll (Arb.fromGen anyScale) (equalsModel archive)

          law "is the model's over lost months and years, too"
          <| fun (archive: Model.Archive) -> Prop.forAll (Arb.fromGen coarseScale) (equalsModel archive)

          law "has cells that do not depend on the rows"
          <| fun (Gen.ShortArchive archive) ->
              let layouts =
                  anyScale
                  |> Gen.bind (fun (pixel, rows) ->
                      Gen.zip (Gen.constant (pixel, rows)) (scaleOf (Gen.constant pixel)))

              Prop.forAll (Arb.fromGen layouts) (fun (one, other) ->
                  let account = Convert.account archive

                  match Map.ofAccount (scale one) account, Map.ofAccount (scale other) account with
                  | ValueSome(Ok a), ValueSome(Ok b) ->
                      Expect.isTrue (a.Cells.Span.SequenceEqual b.Cells.Span) ""
                  | a, b -> Expect.equal (a.IsNone, b.IsNone) (true, true) "")

          testCase
              "takes a pixel that divides the hour and rows that divide it into whole columns, and no others"
          <| fun () ->
              for pixel in -2 .. 3602 do
                  for rows in [ -1; 0; 1; 2; 7; 60; 300; 1800; 3600; 3601 ] do
                      Expect.equal
                          (MapScale.tryCreate (pixel * 1<s>) rows).IsSome
                          (pixel > 0 && rows > 0 && 3600 % pixel = 0 && 3600 % (rows * pixel) = 0)
                          $"{pixel} s, {rows} rows"

          testCase "has 300 rows of 2 s unless set otherwise, six columns an hour"
          <| fun () ->
              Expect.equal (MapScale.standard.Pixel, MapScale.standard.Rows) (2<s>, 300) ""

              match Map.ofAccount MapScale.standard (apart 1) with
              | ValueSome(Ok map) -> Expect.equal map.Columns 12 ""
              | other -> failtest $"{other}"

          testCase "of 87,600 hours is drawn, of one more refused with the hours at both ends"
          <| fun () ->
              match Map.ofAccount (scale (3600, 1)) (apart 87_599) with
              | ValueSome(Ok map) -> Expect.equal map.Cells.Length 87_600 ""
              | other -> failtest $"{other}"

              // With the smallest pixel, too: it is refused before anything of that size is made.
              for layout in [ 3600, 1; 1, 3600 ] do
                  match Map.ofAccount (scale layout) (apart 87_600) with
                  | ValueSome(Error error) ->
                      Expect.equal error (MapError.TooLong(hour0, hour0 + 87_600<hour>)) ""

                      Expect.equal
                          (string error)
                          $"a map from {Hour.toText hour0} to {Hour.toText (hour0 + 87_600<hour>)} would be longer \
                            than 87600 hours; give a first or last hour, or look whether a clock was wrong once"
                          ""
                  | other -> failtest $"{other}"

          testCase "has as many cells an hour as the pixel goes into it, in every layout"
          <| fun () ->
              for pixel in divisors 3600 do
                  match Map.ofAccount (scale (pixel, 1)) (apart 1) with
                  | ValueSome(Ok map) -> Expect.equal map.Cells.Length (2 * (3600 / pixel)) $"{pixel} s"
                  | other -> failtest $"{other}"

          testCase "shows nothing of a stream that lies within a cell, or across the edge of two"
          <| fun () ->
              for name, cells in [ "00:01-1-full-.ts", 1; "59:59.5-1-full-.ts", 2 ] do
                  let account =
                      Convert.accountOf Report.defaults [ HourFolder.ofFiles hour0 [ name, 1L ] ]

                  match Map.ofAccount (scale (3600, 1)) account with
                  | ValueSome(Ok map) ->
                      Expect.equal (cellsOf map) (List.replicate cells Model.Cell.None) name
                  | other -> failtest $"{other}"

          law "of fewer hours is a piece of that of more"
          <| fun (Gen.ShortArchive archive) ->
              let account = Convert.account archive

              if not account.Span.IsEmpty then
                  let draw first last =
                      let scale = scale (900, 4)

                      match Map.part scale first last account with
                      | Ok map -> cellsOf map
                      | Error error -> failtest $"{error}"

                  let first = Hour.ofInstant account.Span.Start - 2<hour>
                  let last = Hour.ofInstant account.Span.End + 2<hour>
                  let whole = draw first last

                  for from in first .. 1<hour> .. last do
                      for until in from .. 1<hour> .. last do
                          let skipped, shown = int (from - first), int (until - from) + 1

                          Expect.sequenceEqual
                              (draw from until)
                              (whole |> List.skip (4 * skipped) |> List.truncate (4 * shown))
                              ""

          testCase "of an empty extent is none"
          <| fun () ->
              Expect.isTrue (Map.ofAccount MapScale.standard (Convert.accountOf Report.defaults [])).IsNone ""

          testCase "runs over the hours given, none where the extent does not reach"
          <| fun () ->
              let settings =
                  { Report.defaults with
                      FirstHour = ValueSome(hour0 - 1<hour>)
                      LastHour = ValueSome(hour0 + 2<hour>) }

              let account =
                  Convert.accountOf settings [ HourFolder.ofFiles hour0 [ "00:00-3600-full-.ts", 1L ] ]

              match Map.ofAccount (scale (3600, 1)) account with
              | ValueSome(Ok map) ->
                  Expect.equal
                      (cellsOf map)
                      [ Model.Cell.None; Model.Cell.Full; Model.Cell.None; Model.Cell.None ]
                      ""
              | other -> failtest $"{other}" ]
