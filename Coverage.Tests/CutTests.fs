/// Whether a range is cut, and the clean ranges: against recorded answers, and against plans made one by one.
module Coverage.Tests.CutTests

open System
open System.Collections.Immutable
open System.IO
open System.Text
open System.Text.Json
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

let private hour = 489_618<hour>
let private zero = int64 (Hour.start hour)
let private hourLength = int64 Duration.hour

let private segment kind (start: int64) (duration: int64) : Segment =
    { Start = Instant.ofMicroseconds (zero + start)
      Duration = Duration.ofMicroseconds duration
      Kind = kind
      Size = 7L }

let private range (start: int64, finish: int64) : Interval =
    Interval.create (Instant.ofMicroseconds (zero + start)) (Instant.ofMicroseconds (zero + finish))

/// Segments as they are listed in the folders of their hours, by start, each with its name.
let private listed (named: (string * Segment) list) : ImmutableArray<Segment> * (int -> byte[]) =
    let ofHour (hour: Hour, named: (string * Segment) list) =
        let names =
            named |> List.map (fst >> fun name -> Encoding.ASCII.GetBytes(name + "/"))

        let starts = names |> List.scan (fun at name -> at + name.Length) 0
        let sizes = List.zip (List.take named.Length starts) named |> Map.ofList
        let block = Array.concat names
        let listing = Listing.read hour (ReadOnlySpan block)

        [ for segment, at in Seq.zip listing.Folder.Segments listing.NameStarts do
              { segment with
                  Size = (snd sizes[at]).Size },
              (Listing.nameAt at (ReadOnlySpan block)).ToArray() ]

    let all =
        named
        |> List.groupBy (fun (_, segment) -> Hour.ofInstant segment.Start)
        |> List.sortBy fst
        |> List.collect ofHour

    ImmutableArray.CreateRange(List.map fst all), (fun at -> snd all[at])

/// The candidates for a cut, of segments with their names.
let private candidatesOf (named: (string * Segment) list) : ImmutableArray<Segment> =
    let segments, nameOf = listed named

    CutChoice.best Unsized.Longest nameOf segments
    |> Seq.map (fun at -> segments[at])
    |> ImmutableArray.CreateRange

/// A name of each segment; no two are alike.
let private named (segments: Segment list) : (string * Segment) list =
    [ for i, segment in List.indexed segments -> SegmentName.print $"A%03d{i}" segment, segment ]

let private candidates (segments: Segment list) : ImmutableArray<Segment> = candidatesOf (named segments)

/// The kept segments of a plan, with None for a hole.
let private items (plan: CutPlan) =
    [ for item in plan.Items ->
          match item with
          | CutItem.Kept(_, kept) -> Some(int64 kept.Start - zero, int64 kept.Duration, kept.Kind)
          | CutItem.Hole -> None ]

let private kindOf (text: string) : SegmentKind =
    match text with
    | "full" -> SegmentKind.Full
    | "suspect" -> SegmentKind.Suspect
    | "partial" -> SegmentKind.Partial
    | _ -> SegmentKind.Temp

let private recorded =
    lazy
        (File.ReadLines(Path.Combine(AppContext.BaseDirectory, "fixtures", "cut", "cut.jsonl"))
         |> Seq.map (fun line -> JsonDocument.Parse(line).RootElement)
         |> List.ofSeq)

/// The rules of section 11 as that page says them, of the candidates of a range.
let private modelPlan (all: Segment list) (a: int64, b: int64) =
    let hourOf instant =
        Math.Floor(decimal instant / 3_600_000_000m)

    let there =
        all
        |> List.filter (fun one ->
            hourOf (int64 one.Start) >= hourOf a - 1m
            && hourOf (int64 one.Start) <= hourOf b)

    let rec go (plan: Segment option list) (rest: Segment list) =
        let last = plan |> List.tryPick id

        match last, rest with
        | Some last, _ when b <= int64 last.End -> plan
        | _, [] -> plan
        | None, next :: rest ->
            let s, e = int64 next.Start, int64 next.End

            if s <= a && a < e then go [ Some next ] rest
            elif a < s && s < b then go [ Some next; None ] rest
            else go [] rest
        | Some last, next :: rest ->
            let gap = int64 next.Start - int64 last.End

            if gap < -10_000L then
                go plan rest
            elif last.Kind <> SegmentKind.Full || gap > 10_000L then
                go (Some next :: None :: plan) rest
            else
                go (Some next :: plan) rest

    let plan = go [] there

    match plan with
    | Some last :: _ when last.Kind = SegmentKind.Full && b <= int64 last.End -> List.rev plan
    | _ -> List.rev (None :: plan)

let private modelClean (all: Segment list) range =
    modelPlan all range |> List.forall _.IsSome

/// Lengths around which the rules turn.
let private step =
    Gen.frequency
        [ 5, Gen.constant 0L
          3, Gen.elements [ 9_999L; 10_000L; 10_001L; -9_999L; -10_000L; -10_001L ]
          1, Gen.elements [ 1L; -1L; 5_000L; -5_000L; 400_000L; -1_500_000L ] ]

/// Segments one behind the other, up to some seconds around the turn of an hour, each start with one or two of them.
let private stretch: Gen<Segment list> =
    let rec more count (start: int64) : Gen<Segment list> =
        gen {
            let! toEdge = step

            let! duration =
                Gen.frequency
                    [ 6, Gen.elements [ 1_000_000L; 2_000_000L; 2_002_000L; 4_000_000L ]
                      2, Gen.elements [ 0L; 1L; 5_000L; 9_000L ]
                      2, Gen.constant (max 0L ((start / hourLength + 1L) * hourLength - start + toEdge))
                      1, Gen.elements [ hourLength; 2L * hourLength; hourLength + 5_000_000L ] ]

            let duration = min duration (24L * hourLength)

            let! kind =
                Gen.frequency
                    [ 9, Gen.constant SegmentKind.Full
                      1, Gen.elements [ SegmentKind.Suspect; SegmentKind.Partial ] ]

            let one = segment kind start duration

            if count = 0 then
                return [ one ]
            else
                let! step = step

                let! back =
                    Gen.frequency [ 4, Gen.constant 0L; 1, Gen.elements [ 1_000_000L; 1_990_000L ] ]

                let! rest = more (count - 1) (max 0L (start + duration + step - back))
                return one :: rest
        }

    gen {
        let! count = Gen.choose (0, 9)

        let! start =
            Gen.elements
                [ 0L
                  hourLength - 5_000_000L
                  hourLength - 12_000_000L
                  hourLength - 2_000_000L ]

        return! more count start
    }

/// The instants at which an answer can change, and those beside them.
let private points (all: Segment list) : int64 list =
    [ for one in all do
          for at in [ int64 one.Start; int64 one.End ] do
              at
              at + 1_000_000L
              (at / hourLength) * hourLength
              (at / hourLength + 1L) * hourLength ]
    |> List.collect (fun at -> [ at - 1L; at; at + 1L ])
    |> List.distinct
    |> List.sort

type private Question =
    { Segments: Segment list
      Range: int64 * int64 }

let private question: Gen<Question> =
    gen {
        let! segments = stretch
        let points = points segments
        let! a = Gen.elements points
        let! step = Gen.elements [ 0L; 1L; 3_000_000L; 20_000_000L ]
        let! b = Gen.elements points
        let b = if a < b then b else a + 1L + step

        return { Segments = segments; Range = a, b }
    }

let private spanOf (a, b) : Interval =
    Interval.create (Instant.ofMicroseconds a) (Instant.ofMicroseconds b)

let private ends (range: Interval) =
    if range.IsEmpty then
        ValueNone
    else
        ValueSome(Convert.ofInterval range)

let private ask (segments: Segment list) = List.ofSeq (candidates segments)

let private cutLaw name (test: Question -> unit) =
    let questions =
        Arb.fromGenShrink (
            question,
            fun question ->
                Seq.init question.Segments.Length (fun at ->
                    { question with
                        Segments = List.removeAt at question.Segments })
        )

    testPropertyWithConfig Gen.config name (Prop.forAll questions test)

[<Tests>]
let plans =
    testList
        "cut plans"
        [ test "every recorded case: the plan, and whether it is accepted" {
              for case in recorded.Value do
                  let number (item: JsonElement) (at: int) = item[at].GetInt64()

                  let all =
                      candidates
                          [ for one in case.GetProperty("segments").EnumerateArray() ->
                                { segment
                                      (kindOf (one[2].GetString() |> nonNull))
                                      (number one 0)
                                      (number one 1) with
                                    Size = number one 3 } ]

                  let asked = case.GetProperty "range"
                  let plan = CutPlan.make all (range (number asked 0, number asked 1))

                  let expected =
                      [ for item in case.GetProperty("plan").EnumerateArray() ->
                            if item.ValueKind = JsonValueKind.Null then
                                None
                            else
                                Some(number item 0, number item 1, kindOf (item[2].GetString() |> nonNull)) ]

                  Expect.equal (items plan) expected (case.ToString())

                  Expect.equal
                      (CutPlan.isAccepted false plan, CutPlan.isAccepted true plan)
                      (case.GetProperty("accept").GetBoolean(),
                       case.GetProperty("accept_with_holes").GetBoolean())
                      (case.ToString())

              Expect.equal recorded.Value.Length 415 "all of them"
          }

          law "are those of the rules, read one after the other, in any archive"
          <| fun (Gen.LargeArchive archive) (NonNegativeInt from) (NonNegativeInt length) ->
              let all =
                  archive.Folders
                  |> List.collect _.Segments
                  |> List.map Convert.segment
                  |> List.filter (fun one -> one.Kind < SegmentKind.Temp)
                  |> ask

              let points = points all
              let a = if points.IsEmpty then 0L else points[from % points.Length]
              let asked = a, a + 1L + int64 length * 77_777L
              let plan = CutPlan.make (ImmutableArray.CreateRange all) (spanOf asked)

              let expected =
                  modelPlan all asked
                  |> List.map (Option.map (fun one -> int64 one.Start - zero, int64 one.Duration, one.Kind))

              Expect.equal (items plan) expected "the plan"

          cutLaw "are those of the rules, read one after the other, where segments hardly fit"
          <| fun asked ->
              let all = ask asked.Segments
              let plan = CutPlan.make (ImmutableArray.CreateRange all) (spanOf asked.Range)

              let expected =
                  modelPlan all asked.Range
                  |> List.map (Option.map (fun one -> int64 one.Start - zero, int64 one.Duration, one.Kind))

              Expect.equal (items plan) expected "the plan"

          cutLaw "a plan without a hole leaves no time out; whatever a plan leaves out it has a hole for"
          <| fun asked ->
              let plan = CutPlan.make (candidates asked.Segments) (spanOf asked.Range)
              let holes = CutPlan.holes plan

              if CutPlan.isAccepted false plan then
                  Expect.isTrue holes.IsEmpty "nothing is left out"

              Expect.equal (CutPlan.blocker plan).IsNone (CutPlan.isAccepted false plan) "what is in the way"

              let fulls =
                  [ for item in plan.Items do
                        match item with
                        | CutItem.Kept(_, one) when one.Kind = SegmentKind.Full -> one
                        | _ -> () ]

              let left =
                  IntervalSet.gaps plan.Range (fulls |> List.map _.Interval |> IntervalSet.ofIntervals)

              Expect.isTrue (IntervalSet.subtract holes left).IsEmpty "a hole is time that no full one covers"

              // A kept one of no length parts two seams that lie side by side.
              for rest in (IntervalSet.subtract left holes).Intervals do
                  let within =
                      fulls |> List.map _.Start |> List.filter (fun at -> Interval.contains at rest)

                  for before, after in List.pairwise (List.sort (rest.Start :: within @ [ rest.End ])) do
                      Expect.isLessThanOrEqual
                          (Instant.until after before)
                          CutPlan.tolerance
                          "what else is left is seams"

          test "of a range with a hole: what is in the way, and the time that lacks" {
              let full start length = segment SegmentKind.Full start length
              let seconds = 1_000_000L

              let all =
                  candidates
                      [ full 0L (10L * seconds)
                        full (10L * seconds + 5_000L) (2L * seconds)
                        full (20L * seconds) (5L * seconds) ]

              let plan asked = CutPlan.make all (range asked)
              let instant at = Instant.ofMicroseconds (zero + at)

              let holes asked =
                  (CutPlan.holes (plan asked)).Intervals |> List.ofSeq

              Expect.equal
                  (holes (5L * seconds, 24L * seconds))
                  [ range (12L * seconds + 5_000L, 20L * seconds) ]
                  "the seam is no hole"

              match (CutPlan.blocker (plan (5L * seconds, 24L * seconds))) with
              | ValueSome(CutBlocker.Gap gap) ->
                  Expect.equal gap (range (12L * seconds + 5_000L, 20L * seconds)) "the gap"
              | other -> failtestf "%A" other

              match (CutPlan.blocker (plan (15L * seconds, 24L * seconds))) with
              | ValueSome(CutBlocker.StartsLate first) ->
                  Expect.equal first (instant (20L * seconds)) "the first"
              | other -> failtestf "%A" other

              match (CutPlan.blocker (plan (21L * seconds, 30L * seconds))) with
              | ValueSome(CutBlocker.EndsEarly last) -> Expect.equal last (instant (25L * seconds)) "the last"
              | other -> failtestf "%A" other

              match (CutPlan.blocker (plan (13L * seconds, 14L * seconds))) with
              | ValueSome CutBlocker.Nothing -> ()
              | other -> failtestf "%A" other
          }

          test "a range can be refused although no time of it lacks: the segment that is not full is named" {
              let all =
                  candidates
                      [ segment SegmentKind.Partial 0L 10_000_000L
                        segment SegmentKind.Full 9_992_000L 10_008_000L ]

              let plan = CutPlan.make all (range (9_995_000L, 15_000_000L))
              Expect.isFalse (CutPlan.isAccepted false plan) "refused"
              Expect.isTrue (CutPlan.holes plan).IsEmpty "no time"

              match CutPlan.blocker plan with
              | ValueSome(CutBlocker.NotFull(place, segment)) ->
                  Expect.equal (place, segment.Kind) (0, SegmentKind.Partial) "the partial one"
              | other -> failtestf "%A" other
          }

          test
              "a cut fails while it is done when its last segment starts after the range, with or without a hole before it" {
              let full start length = segment SegmentKind.Full start length
              let near = candidates [ full 0L 10_000_000L; full 10_006_000L 2_000_000L ]
              let plan all asked = CutPlan.make all (range asked)

              let fails allowHoles plan =
                  let accepted = CutPlan.isAccepted allowHoles plan

                  accepted,
                  accepted
                  && (CutVideo.tryFault ImmutableArray.Empty (ImmutableArray.Create<CutPlan> plan)).IsSome

              Expect.equal (fails false (plan near (5_000_000L, 10_003_000L))) (true, true) "in the seam"
              Expect.equal (fails false (plan near (5_000_000L, 10_006_000L))) (true, false) "at its end"
              let far = candidates [ full 0L 10_000_000L; full 30_000_000L 2_000_000L ]
              Expect.equal (fails true (plan far (5_000_000L, 20_000_000L))) (true, true) "after a hole"
              Expect.equal (fails false (plan far (5_000_000L, 20_000_000L))) (false, false) "refused"
              Expect.equal (fails true (plan far (5_000_000L, 31_000_000L))) (true, false) "within it"
          }

          test "a long segment begun two hours before is not seen" {
              let all = candidates [ segment SegmentKind.Full 0L (3L * hourLength) ]

              let accepted asked =
                  CutPlan.isAccepted false (CutPlan.make all (range asked))

              Expect.isTrue (accepted (2L * hourLength - 1L, 2L * hourLength + 1L)) "in the next hour"
              Expect.isFalse (accepted (2L * hourLength, 2L * hourLength + 1L)) "in the one after"
          } ]

[<Tests>]
let choices =
    testList
        "the best segment for a cut"
        [ law "is as good as the best of section 2, in any archive"
          <| fun (Gen.LargeArchive archive) ->
              let all =
                  [ for one in archive.Folders |> List.collect _.Segments -> Convert.segment one ]

              let selection =
                  Selection.ofFolder
                      { Hour = hour
                        Segments =
                          ImmutableArray.CreateRange(List.filter (fun one -> one.Kind < SegmentKind.Temp) all)
                        Bad = 0 }

              let better =
                  Seq.zip (candidates all) selection.Best
                  |> Seq.filter (fun (mine, best) ->
                      mine.Kind <> best.Kind || mine.Size < best.Size && mine.Kind <> SegmentKind.Full)

              Expect.isEmpty better "as good"
              Expect.equal (candidates all).Length selection.Best.Length "one of each start"

          test "of equals in length and size the greatest decoded hash wins, not the greatest text" {
              // A is 0 and a is 26 in base64url, though 'A' < 'a' < '-' does not hold as text; - is 62 and _ is 63.
              for hashes, winner in
                  [ [ "aaaa"; "AAAA" ], "aaaa"
                    [ "----"; "zzzz"; "9999" ], "----"
                    [ ""; "AA" ], "AA"
                    [ "AAAA"; "AAAAAA" ], "AAAAAA"
                    // Bits of the last character that are of no byte are left out, as Python's decoder does.
                    [ "AB"; "AA" ], "AA"
                    [ "AP"; "AQ" ], "AQ"
                    [ "AAB"; "AAA" ], "AAA"
                    [ "AAD"; "AAE" ], "AAE" ] do
                  let one = segment SegmentKind.Full 0L 2_000_000L

                  let segments, nameOf =
                      listed [ for hash in hashes -> SegmentName.print hash one, one ]

                  let best =
                      CutChoice.best Unsized.Longest nameOf segments
                      |> Seq.exactlyOne
                      |> nameOf
                      |> Encoding.ASCII.GetString

                  Expect.equal best (SegmentName.print winner one) $"{winner} of {hashes}"
          }

          test "of suspects of one size the first name in byte order wins, whatever its length" {
              let suspect length = segment SegmentKind.Suspect 0L length
              let all = candidates [ suspect 2_000_000L; suspect 10_000_000L; suspect 9_000_000L ]
              Expect.equal [ for one in all -> int64 one.Duration ] [ 10_000_000L ] "10 comes before 2"
          }

          test "sizes are asked for where they decide, for a name too, and nowhere else" {
              let unsized kind start duration =
                  { segment kind start duration with
                      Size = -1L }

              let all =
                  [ unsized SegmentKind.Full 0L 1L
                    unsized SegmentKind.Full 0L 2L
                    unsized SegmentKind.Full 0L 2L
                    unsized SegmentKind.Suspect 0L 2L
                    unsized SegmentKind.Suspect 10L 1L
                    unsized SegmentKind.Suspect 10L 2L
                    unsized SegmentKind.Partial 10L 2L
                    unsized SegmentKind.Temp 20L 2L
                    unsized SegmentKind.Temp 20L 2L
                    unsized SegmentKind.Partial 30L 2L ]

              Expect.equal
                  (List.ofSeq (CutChoice.contested (ImmutableArray.CreateRange all)))
                  [ 1; 2; 4; 5 ]
                  "those"
          }

          cutLaw "where sizes are not known, the answer is unknown exactly when choices differ in it"
          <| fun asked ->
              // Each segment that is not full gets a rival of another length.
              let all =
                  [ for one in asked.Segments do
                        { one with Size = -1L }

                        if one.Kind <> SegmentKind.Full then
                            { one with
                                Size = -1L
                                Duration = one.Duration / 2L } ]

              let segments, nameOf = listed (named all)
              let chosen places = [ for at in places -> segments[at] ]

              /// Every choice there is.
              let rec choices (rest: Segment list) =
                  match rest with
                  | [] -> [ [] ]
                  | first :: _ ->
                      let there, later = rest |> List.partition (fun one -> one.Start = first.Start)
                      let kind = there |> List.map _.Kind |> List.min
                      let rivals = there |> List.filter (fun one -> one.Kind = kind)

                      let rivals =
                          if kind = SegmentKind.Full then
                              [ List.maxBy _.Duration rivals ]
                          else
                              rivals

                      [ for one in rivals do
                            for later in choices later do
                                one :: later ]

              let plan unsized =
                  CutPlan.make
                      (ImmutableArray.CreateRange(chosen (CutChoice.best unsized nameOf segments)))
                      (spanOf asked.Range)

              for allowHoles in [ false; true ] do
                  let answers =
                      choices (List.ofSeq segments)
                      |> List.map (fun all ->
                          CutPlan.isAccepted
                              allowHoles
                              (CutPlan.make (ImmutableArray.CreateRange all) (spanOf asked.Range)))
                      |> List.distinct

                  let expected =
                      match answers with
                      | [ true ] -> CutAnswer.Accept
                      | [ false ] -> CutAnswer.Refuse
                      | _ -> CutAnswer.Unknown

                  Expect.equal
                      (CutPlan.answer allowHoles (plan Unsized.Shortest) (plan Unsized.Longest))
                      expected
                      $"holes allowed: {allowHoles}" ]

[<Tests>]
let cleanRanges =
    testList
        "clean ranges"
        [ cutLaw "the fast answer is the plan's"
          <| fun asked ->
              let all = candidates asked.Segments
              let clean = CleanRanges.ofCandidates all
              let points = points asked.Segments

              for a in points do
                  for b in points do
                      if a < b then
                          let plan = CutPlan.make all (spanOf (a, b))

                          if CleanRanges.isClean (spanOf (a, b)) clean <> CutPlan.isAccepted false plan then
                              failtestf "[%d, %d): %A" (a - zero) (b - zero) (items plan)

          cutLaw "the model that is proved says the same, of the plan and of the way there"
          <| fun asked ->
              let all = candidates asked.Segments
              let a, b = asked.Range
              let theirs = Oracle.segments all
              let instant (at: int64) = Numerics.BigInteger at

              let plan =
                  [ for item in (CutPlan.make all (spanOf asked.Range)).Items ->
                        match item with
                        | CutItem.Kept(place, _) -> place
                        | CutItem.Hole -> -1 ]

              Expect.equal (Oracle.plan theirs (instant a) (instant b)) plan "the plan"
              let clean = CleanRanges.ofCandidates all |> CleanRanges.isClean (spanOf asked.Range)
              Expect.equal (Oracle.isClean theirs (instant a) (instant b)) clean "whether it is clean"

          law "the fast answer is the plan's, in any archive"
          <| fun (Gen.LargeArchive archive) (a: NonNegativeInt) (b: NonNegativeInt) ->
              let all =
                  [ for one in archive.Folders |> List.collect _.Segments -> Convert.segment one ]
                  |> candidates

              let clean = CleanRanges.ofCandidates all
              let points = points (List.ofSeq all)

              for i in 0..40 do
                  if not points.IsEmpty then
                      let a = points[(a.Get + 31 * i) % points.Length]
                      let b = points[(b.Get + 17 * i) % points.Length]

                      if a < b then
                          Expect.equal
                              (CleanRanges.isClean (spanOf (a, b)) clean)
                              (CutPlan.isAccepted false (CutPlan.make all (spanOf (a, b))))
                              $"[{a}, {b})"

          cutLaw "the nearest are those of all ranges between the points where answers change"
          <| fun asked ->
              let all = ask asked.Segments
              let a, b = asked.Range
              let points = List.distinct (a :: b :: points all) |> List.sort

              let clean =
                  [ for x in points do
                        for y in points do
                            if y - x >= 1_000_000L && modelClean all (x, y) then
                                x, y ]

              let choose filter order =
                  match List.filter filter clean with
                  | [] -> ValueNone
                  | found -> ValueSome(List.minBy order found)

              let nearest =
                  CleanRanges.nearest
                      (spanOf asked.Range)
                      (CleanRanges.ofCandidates (ImmutableArray.CreateRange all))

              Expect.equal (ends nearest.After) (choose (fun (x, _) -> x >= a) (fun (x, y) -> x, -y)) "after"

              Expect.equal
                  (ends nearest.Before)
                  (choose (fun (_, y) -> y <= b) (fun (x, y) -> -y, x))
                  "before"

              Expect.equal
                  (ends nearest.Longest)
                  (choose (fun (x, y) -> x >= a && y <= b) (fun (x, y) -> x - y, x))
                  "longest"

          test "a part of a clean range need not be clean" {
              let full start finish =
                  segment SegmentKind.Full (start * 1_000_000L) ((finish - start) * 1_000_000L)

              let clean =
                  CleanRanges.ofCandidates (
                      candidates [ full 0L 10L; full 4L 14L; full 10L 20L; full 20L 30L ]
                  )

              Expect.isTrue (CleanRanges.isClean (range (2_000_000L, 25_000_000L)) clean) "the whole"
              Expect.isFalse (CleanRanges.isClean (range (12_000_000L, 25_000_000L)) clean) "its part"
          }

          test
              "the end of an hour hides the segment that begins the next, for ranges that end in the seam before it" {
              let clean =
                  CleanRanges.ofCandidates (
                      candidates
                          [ segment SegmentKind.Full 0L (hourLength - 5_000L)
                            segment SegmentKind.Full (hourLength + 1_000L) 2_000_000L ]
                  )

              let isClean finish =
                  CleanRanges.isClean (range (0L, finish)) clean

              Expect.isTrue (isClean (hourLength - 5_000L)) "where the first one ends"
              Expect.isFalse (isClean (hourLength - 4_999L)) "after that"
              Expect.isFalse (isClean (hourLength - 1L)) "up to the hour's end"
              Expect.isTrue (isClean hourLength) "from when on the hour of the next one is looked at"
          }

          test "a chain of 200,000 segments is walked in a few jumps, and answers at both ends" {
              let all =
                  ImmutableArray.CreateRange(
                      Seq.init 200_000 (fun i -> segment SegmentKind.Full (int64 i * 2_000_000L) 2_000_000L)
                  )

              let clean = CleanRanges.ofCandidates all
              let finish = 400_000_000_000L

              for at in 0L..20_000L..199_999L do
                  Expect.isTrue (CleanRanges.isClean (range (at * 2_000_000L, finish)) clean) "to the end"

                  Expect.isFalse
                      (CleanRanges.isClean (range (at * 2_000_000L, finish + 1L)) clean)
                      "not beyond"
          } ]
