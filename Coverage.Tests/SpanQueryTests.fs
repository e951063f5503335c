/// Answers about spans, and streams at a glance, against models too slow to be of use.
module Coverage.Tests.SpanQueryTests

open System.Collections.Immutable
open System.Numerics
open Expecto
open FsCheck
open Coverage

/// Any two spans closer than a length become one, until there are none left.
let rec private joined (closer: int64) (spans: Model.Interval list) : Model.Interval list =
    let isClose ((a, b): Model.Interval) ((c, d): Model.Interval) = max a c - min b d < closer

    let pair =
        spans
        |> List.indexed
        |> List.tryPick (fun (i, one) ->
            spans
            |> List.skip (i + 1)
            |> List.tryFind (isClose one)
            |> Option.map (fun other -> one, other))

    match pair with
    | Some((a, b), (c, d)) when closer > 0L ->
        let others = spans |> List.except [ (a, b); (c, d) ]
        joined closer ((min a c, max b d) :: others)
    | _ -> List.sort spans

let private select window shortest merge (spans: Model.Interval list) : Model.Interval list =
    let query =
        { Window = Convert.interval window
          Shortest = Duration.ofMicroseconds shortest
          Merge = Duration.ofMicroseconds merge }

    spans
    |> List.map Convert.interval
    |> ImmutableArray.CreateRange
    |> SpanQuery.select query
    |> Seq.map Convert.ofInterval
    |> List.ofSeq

[<Tests>]
let queries =
    testList
        "answers about spans"
        [ law "are merged as they are in the stream, then cut, then long enough"
          <| fun (Gen.SortedIntervals spans) (start: int) (length: uint16) (shortest: byte) (merge: byte) ->
              let spans = spans |> List.filter (fun (a, b) -> a < b) |> List.distinct
              let window = int64 start % 30L, int64 start % 30L + int64 length % 30L + 1L
              let shortest, merge = int64 shortest % 6L, int64 merge % 6L

              let expected =
                  [ for a, b in joined merge spans do
                        let part = max a (fst window), min b (snd window)

                        if fst part < snd part && snd part - fst part >= shortest then
                            part ]

              Expect.equal (select window shortest merge spans) expected ""

          test "a span that lies within the one before it ends nothing earlier" {
              //  0=========10   12==
              //     2==4
              Expect.equal (select (0L, 30L) 0L 3L [ 0L, 10L; 2L, 4L; 12L, 14L ]) [ 0L, 14L ] ""
          }

          law "without a merge overlapping spans stay as they are"
          <| fun (Gen.SortedIntervals spans) ->
              let spans = spans |> List.filter (fun (a, b) -> a < b)
              Expect.equal (select (-1L <<< 62, 1L <<< 62) 0L 0L spans) spans ""

          law "what lies between holes is what is covered and the seams"
          <| fun (archive: Model.Archive) ->
              let model = Model.report archive
              let report = Convert.report archive

              let pieces = Convert.intervalSet (model.Raw.Covered @ model.Raw.Seams)

              let all =
                  { Window = Convert.interval (-1L <<< 62, 1L <<< 62)
                    Shortest = Duration.zero
                    Merge = Duration.zero }

              Expect.sequenceEqual (SpanQuery.ofSpans all report.Extent report.Raw.Holes) pieces.Intervals "" ]

/// The parts of a stream, each with the share that is good.
let private shares (most: int) (archive: Model.Archive) : decimal list =
    let model = Model.report archive

    match model.Extent with
    | None -> []
    | Some(start, finish) ->
        let parts = min (int64 most) (finish - start)

        let edge part =
            start
            + int64 (BigInteger(finish - start) * BigInteger(part: int64) / BigInteger parts)

        [ for part in 0L .. parts - 1L do
              let from, until = edge part, edge (part + 1L)

              let lost =
                  model.Raw.Holes @ model.PartialOnly
                  |> List.sumBy (fun (a, b) -> max 0L (min b until - max a from))

              let good = until - from - lost
              let share = BigInteger 10_000 * BigInteger good / BigInteger(until - from)

              if good > 0L && share.IsZero then
                  0.0001m
              else
                  decimal share / 10_000m ]

[<Tests>]
let sparklines =
    testList
        "streams at a glance"
        [ law "show of each part the share that is good, rounded towards what is missing"
          <| fun (archive: Model.Archive) (most: byte) ->
              let most = 1 + int most % 70

              Expect.equal
                  (Sparkline.ofAccount most (Convert.account archive) |> List.ofSeq)
                  (shares most archive)
                  ""

          law "have parts to the microsecond"
          <| fun (first: byte) (hole: byte) (last: byte) (most: byte) ->
              let full start length : Model.Segment =
                  { Start = start
                    Duration = int64 length
                    Kind = Model.Kind.Full
                    Size = -1L }

              let archive: Model.Archive =
                  { Tolerance = 0L
                    FirstHour = None
                    LastHour = None
                    Folders =
                      [ { Hour = 0
                          Bad = 0
                          Segments = [ full 0L first; full (int64 first + int64 hole) last ] } ] }

              let most = 1 + int most % 70

              Expect.equal
                  (Sparkline.ofAccount most (Convert.account archive) |> List.ofSeq)
                  (shares most archive)
                  ""

          law "grow with the loss, whole only where nothing is missing and empty only where all is"
          <| fun (lost: byte) (more: byte) ->
              let share lost = 1m - decimal (int lost) / 255m
              let eighths = share >> Sparkline.missingEighths
              let lost, more = min lost more, max lost more
              Expect.isLessThanOrEqual (eighths lost) (eighths more) ""
              Expect.equal (eighths lost = 0) (lost = 0uy) "whole"
              Expect.equal (eighths lost = 8) (lost = 255uy) "empty"

          test "tell half a second of an hour, five seconds, thirty and two minutes apart" {
              let eighths (seconds: decimal) =
                  Sparkline.missingEighths (1m - seconds / 3600m)

              Expect.equal
                  (List.map eighths [ 0m; 0.5m; 5m; 30m; 120m; 300m; 1000m; 2000m; 3599.9m; 3600m ])
                  [ 0; 1; 2; 3; 5; 5; 6; 7; 7; 8 ]
                  ""
          } ]
