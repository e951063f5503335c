/// Whether a video of several ranges is cut, and when it fails while it is: the rules one item at a time, against the fast form.
module Coverage.Tests.CutVideoTests

open System.Collections.Immutable
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

let private zero = int64 (Hour.start 489_618<hour>)
let private second = 1_000_000L
let private at (t: int64) = Instant.ofMicroseconds (zero + t)
let private span (a, b) = Interval.create (at a) (at b)

let private segment kind (start: int64) (length: int64) : Segment =
    { Start = at start
      Duration = Duration.ofMicroseconds length
      Kind = kind
      Size = 7L }

let private full start length =
    segment SegmentKind.Full (start * second) (length * second)

let private plan (segments: Segment list) (a, b) =
    CutPlan.make (ImmutableArray.CreateRange segments) (span (a, b))

let private fade (length: int64) =
    CutJoin.Transition("fade", Duration.ofMicroseconds length)

let private faultOf joins plans =
    CutVideo.tryFault (ImmutableArray.CreateRange<CutJoin> joins) (ImmutableArray.CreateRange<CutPlan> plans)

/// Where a video fails, and how, as the rules say it: the items of a range are dealt out, first to its start, then to its end.
let private model (joins: CutJoin list) (plans: CutPlan list) =
    let lengthOf join =
        match join with
        | CutJoin.HardCut -> None
        | CutJoin.Transition(_, length) -> Some length

    let startsBy instant item =
        match item with
        | CutItem.Kept(_, segment) -> segment.Start <= instant
        | CutItem.Hole -> true

    let rec go number (into: CutJoin) (joins: CutJoin list) (plans: CutPlan list) =
        match plans with
        | [] -> None
        | plan :: others ->
            let a, b = plan.Range.Start, plan.Range.End
            let out = joins |> List.tryHead |> Option.defaultValue CutJoin.HardCut
            let items = List.ofSeq plan.Items

            let start, rest =
                match lengthOf into, items with
                | Some length, _ ->
                    List.takeWhile (startsBy (Instant.add length a)) items,
                    List.skipWhile (startsBy (Instant.add length a)) items
                | None, CutItem.Kept(_, first) :: rest when first.Start < a -> [ items.Head ], rest
                | None, _ -> [], items

            let isLate =
                match List.last items with
                | CutItem.Kept(_, last) -> last.Start > b
                | CutItem.Hole -> false

            let cannotStart =
                (lengthOf into).IsSome
                && not (start |> List.exists (fun (item: CutItem) -> item.IsKept))

            let cannotEnd =
                match lengthOf out with
                | None -> false
                | Some length ->
                    let from = Instant.subtract length b

                    let covering =
                        rest
                        |> List.skipWhile (function
                            | CutItem.Kept(_, segment) -> segment.End < from
                            | CutItem.Hole -> true)

                    match covering with
                    | CutItem.Kept(_, segment) :: _ -> segment.Start > from
                    | _ -> true

            if isLate then
                Some(number, "late")
            elif cannotStart then
                Some(number, "into")
            elif cannotEnd then
                Some(number, "out of")
            else
                go
                    (number + 1)
                    out
                    (List.truncate (joins.Length - 1) (List.skip (min 1 joins.Length) joins))
                    others

    let isBad join =
        match join with
        | CutJoin.Transition("fade", length) -> length > 60_000_000L<us>
        | CutJoin.Transition _ -> true
        | CutJoin.HardCut -> false

    match List.tryFindIndex isBad joins with
    | Some at -> Some(at + 1, "transition")
    | None -> go 0 CutJoin.HardCut joins plans

let private nameOf fault =
    match fault with
    | CutFault.LastStartsLate _ -> "late"
    | CutFault.UnknownKind _
    | CutFault.TooLong _ -> "transition"
    | CutFault.NothingInto _ -> "into"
    | CutFault.NothingOutOf _ -> "out of"

type private Video =
    { Segments: Segment list
      Joins: CutJoin list
      Ranges: (int64 * int64) list }

/// Segments one behind the other with seams, holes and overlaps, and ranges and transitions whose ends lie at theirs or nearly.
let private video: Gen<Video> =
    gen {
        let! steps =
            Gen.listOf (
                Gen.zip3
                    (Gen.elements [ 1L; 2L; 4L ])
                    (Gen.frequency
                        [ 6, Gen.constant 0L
                          2, Gen.elements [ 9_000L; -9_000L ]
                          1, Gen.elements [ 3L * second; -second ] ])
                    (Gen.frequency [ 9, Gen.constant SegmentKind.Full; 1, Gen.constant SegmentKind.Partial ])
            )

        let segments =
            ((0L, []), steps)
            ||> List.fold (fun (start, made) (length, gap, kind) ->
                start + length * second + gap, segment kind start (length * second) :: made)
            |> snd
            |> List.sortBy _.Start
            |> List.distinctBy _.Start

        let points =
            [ 0L; 10L * second ]
            @ [ for one in segments do
                    int64 one.Start - zero
                    int64 one.End - zero ]

        let near =
            Gen.map2 (+) (Gen.elements points) (Gen.elements [ 0L; 0L; 1L; -1L; second / 2L; -second / 2L ])

        let range =
            Gen.map2 (fun a b -> min a b, (if a = b then a + second else max a b)) near near

        let join =
            Gen.frequency
                [ 2, Gen.constant CutJoin.HardCut
                  6, Gen.map fade (Gen.elements [ 0L; 1L; second / 2L; second; 2L * second; 5L * second ])
                  1, Gen.map fade (Gen.elements [ 60L * second; 60L * second + 1L ])
                  1, Gen.constant (CutJoin.Transition("fadeslow", Duration.second)) ]

        let! ranges = Gen.nonEmptyListOf range |> Gen.map (List.truncate 4)
        let! joins = Gen.listOfLength (ranges.Length - 1) join

        return
            { Segments = segments
              Joins = joins
              Ranges = ranges }
    }

[<Tests>]
let tests =
    testList
        "videos of several ranges"
        [ testPropertyWithConfig
              Gen.config
              "fail at the range, and in the way, that the rules say item by item"
              (Prop.forAll (Arb.fromGen video) (fun video ->
                  let plans = video.Ranges |> List.map (plan video.Segments)

                  let found =
                      match faultOf video.Joins plans with
                      | ValueSome(struct (at, fault)) -> Some(at, nameOf fault)
                      | ValueNone -> None

                  Expect.equal found (model video.Joins plans) $"%A{video}"))

          testPropertyWithConfig
              Gen.config
              "with hard cuts alone fail exactly when a range of theirs does"
              (Prop.forAll (Arb.fromGen video) (fun video ->
                  let plans = video.Ranges |> List.map (plan video.Segments)
                  let cuts = List.replicate (plans.Length - 1) CutJoin.HardCut

                  let expected =
                      plans
                      |> List.tryFindIndex (fun plan ->
                          match plan.Items[plan.Items.Length - 1] with
                          | CutItem.Kept(_, last) -> last.Start > plan.Range.End
                          | CutItem.Hole -> false)

                  Expect.equal
                      (faultOf cuts plans
                       |> ValueOption.map (fun struct (at, _) -> at)
                       |> ValueOption.toOption)
                      expected
                      ""))

          // 0    2    4    6    8   10   12
          // |----|----|----|----|----|----|
          test
              "a transition out of a range must begin after its start is cut, and after the transition into it" {
              let segments = [ for i in 0L .. 5L -> full (2L * i) 2L ]

              let ask joins ranges =
                  faultOf joins (ranges |> List.map (plan segments))

              let a, b = (second, 7L * second), (second, 11L * second)
              Expect.equal (ask [ fade (4L * second) ] [ a; b ]) ValueNone "it begins at 3 s"

              Expect.equal
                  (ask [ fade (5L * second) ] [ a; b ])
                  ValueNone
                  "at 2 s, where the next segment does"

              Expect.equal
                  (ask [ fade (5L * second + 1L) ] [ a; b ])
                  (ValueSome(struct (0, CutFault.NothingOutOf(at (2L * second - 1L)))))
                  "in the segment that is cut at the range's start"

              Expect.equal
                  (ask [ fade (5L * second + 1L) ] [ (0L, 7L * second); b ])
                  ValueNone
                  "which is not cut where the range starts with it"

              // The transition into the second range ends at 4 s: the segments that begin up to then belong to it.
              Expect.equal
                  (ask [ fade (3L * second); fade (5L * second) ] [ (0L, 7L * second); b; a ])
                  ValueNone
                  "it begins at 6 s"

              Expect.equal
                  (ask [ fade (3L * second); fade (5L * second + 1L) ] [ (0L, 7L * second); b; a ])
                  (ValueSome(struct (1, CutFault.NothingOutOf(at (6L * second - 1L)))))
                  "just before"
          }

          test "a hole at a transition fails it, although holes are allowed" {
              // 0-4 and 20-24 s
              let segments = [ full 0L 4L; full 20L 4L ]
              let plans = List.map (plan segments) [ 0L, 4L * second; 15L * second, 24L * second ]

              Expect.equal
                  (faultOf [ fade second ] plans)
                  (ValueSome(struct (1, CutFault.NothingInto(at (16L * second)))))
                  "nothing is there when it is over"

              Expect.equal
                  (faultOf [ fade (3L * second) ] (List.rev plans))
                  ValueNone
                  "out of the one with the hole"

              let late = [ plan [ full 0L 4L ] (0L, 10L * second); plans[1] ]

              Expect.equal
                  (faultOf [ fade (5L * second) ] late)
                  (ValueSome(struct (0, CutFault.NothingOutOf(at (5L * second)))))
                  "nothing is there from where it starts"
          }

          test "a transition has a kind that there is, and takes a minute at most" {
              let plans =
                  List.map (plan [ full 0L 100L; full 100L 100L ]) [ 0L, 200L * second; 0L, 200L * second ]

              let ask kind length =
                  faultOf [ CutJoin.Transition(kind, Duration.ofMicroseconds length) ] plans

              for kind in [ "fade"; "wipebr"; "batman" ] do
                  Expect.equal (ask kind (60L * second)) ValueNone kind

              for kind in [ ""; "cut"; "fadeslow"; "Fade"; "fade " ] do
                  Expect.equal (ask kind second) (ValueSome(struct (1, CutFault.UnknownKind kind))) kind

              let length = 60L * second + 1L

              Expect.equal
                  (ask "fade" length)
                  (ValueSome(struct (1, CutFault.TooLong(Duration.ofMicroseconds length))))
                  ""
          }

          test "are accepted when each of their ranges is, and unknown when one is and none is refused" {
              for answers, expected in
                  [ [ CutAnswer.Accept; CutAnswer.Accept ], CutAnswer.Accept
                    [ CutAnswer.Accept; CutAnswer.Unknown ], CutAnswer.Unknown
                    [ CutAnswer.Unknown; CutAnswer.Refuse; CutAnswer.Accept ], CutAnswer.Refuse ] do
                  Expect.equal (CutVideo.answer answers) expected $"%A{answers}"
          }

          test "a transition is written TYPE,SECONDS, and a hard cut is an empty text" {
              for text, expected in
                  [ "", ValueSome CutJoin.HardCut
                    "fade,1", ValueSome(fade second)
                    "fade,0.5", ValueSome(fade (second / 2L))
                    ",1", ValueSome(CutJoin.Transition("", Duration.second))
                    "fade", ValueNone
                    "fade,", ValueNone
                    "fade,-1", ValueNone
                    "fade,1e3", ValueNone
                    "fade,nan", ValueNone
                    "fade,1,2", ValueNone ] do
                  Expect.equal (CutVideo.tryJoin text) expected text
          } ]
