/// Intervals and sets of them, against sets of points: each operation keeps the canonical form, and means what its
/// name says of every point.
module Coverage.Tests.IntervalSetTests

open System.Collections.Immutable
open Expecto
open FsCheck
open Coverage

let private law name property =
    testPropertyWithConfig
        { Gen.config with
            maxTest = 1000 * Gen.depth }
        name
        property

/// The generators' grid, moved so that 1970 lies in its midst.
let private moved (intervals: Model.Interval list) : Model.Interval list =
    intervals |> List.map (fun (start, finish) -> start - 12L, finish - 12L)

/// Every point of the grid and one more at either end.
let private grid = [ -13L .. 13L ]

/// The points of the grid that lie in any of the intervals.
let private naive (intervals: Model.Interval list) : Set<int64> =
    grid
    |> List.filter (fun point ->
        intervals
        |> List.exists (fun (start, finish) -> start <= point && point < finish))
    |> set

let private points (set: IntervalSet) : Set<int64> =
    grid
    |> List.filter (fun point -> IntervalSet.contains (Instant.ofMicroseconds point) set)
    |> Set.ofList

let private isCanonical (set: IntervalSet) =
    let intervals = Convert.ofIntervalSet set

    List.forall (fun (start, finish) -> start < finish) intervals
    && List.pairwise intervals
       |> List.forall (fun ((_, finish), (start, _)) -> finish < start)

/// A set means some points, and is held in the one canonical way.
let private means (expected: Set<int64>) (set: IntervalSet) =
    Expect.isTrue (isCanonical set) $"{set} is canonical"
    Expect.equal (points set) expected "has the points"
    // Nothing lies outside the grid, so that these two speak of the set, not of what was asked of it.
    Expect.equal (naive (Convert.ofIntervalSet set)) expected "holds the points"
    Expect.equal (int64 set.Length) (int64 expected.Count) "is as long as it has points"
    Expect.equal set.IsEmpty expected.IsEmpty "is empty without any"
    Expect.equal set.Count (Convert.ofIntervalSet set).Length "counts its intervals"

let private ofTwo (a: Gen.Intervals) (b: Gen.Intervals) operation naively =
    let (Gen.Intervals a), (Gen.Intervals b) = a, b
    let a, b = moved a, moved b

    operation (Convert.intervalSet a) (Convert.intervalSet b)
    |> means (naively (naive a) (naive b))

let private nothing = Unchecked.defaultof<IntervalSet>

[<Tests>]
let sets =
    testList
        "interval sets"
        [ law "any intervals make the set of their points"
          <| fun (Gen.Intervals intervals) ->
              let intervals = moved intervals
              Convert.intervalSet intervals |> means (naive intervals)

          law "union is the points in either"
          <| fun a b -> ofTwo a b IntervalSet.union Set.union

          law "intersect is the points in both"
          <| fun a b -> ofTwo a b IntervalSet.intersect Set.intersect

          law "subtract is the points of the first that are not in the second"
          <| fun a b -> ofTwo a b IntervalSet.subtract Set.difference

          law "gaps are the points of the window that are not in the set"
          <| fun (Gen.Intervals intervals) (Gen.Intervals window) ->
              let intervals = moved intervals
              let window = moved window |> List.tryHead |> Option.defaultValue (-12L, 12L)

              IntervalSet.gaps (Convert.interval window) (Convert.intervalSet intervals)
              |> means (naive [ window ] - naive intervals)

          law "covered and gaps, cut to a window, tile it end to end"
          <| fun (Gen.Intervals intervals) (Gen.Intervals window) ->
              let set = moved intervals |> Convert.intervalSet
              let window = moved window |> List.tryHead |> Option.defaultValue (-12L, 12L)
              let interval = Convert.interval window
              let covered = IntervalSet.intersect set (IntervalSet.ofIntervals [ interval ])
              let gaps = IntervalSet.gaps interval set

              let tiles = Convert.ofIntervalSet covered @ Convert.ofIntervalSet gaps |> List.sort

              if interval.IsEmpty then
                  Expect.isEmpty tiles ""
              else
                  Expect.equal (fst tiles.Head) (fst window) "from its start"
                  Expect.equal (snd (List.last tiles)) (snd window) "to its end"

                  for (_, finish), (start, _) in List.pairwise tiles do
                      Expect.equal start finish "end to end"

          law "within a window are as many intervals, and as much time, as the set has in common with it"
          <| fun (Gen.Intervals intervals) (Gen.Intervals window) ->
              let set = moved intervals |> Convert.intervalSet

              let window =
                  moved window
                  |> List.tryHead
                  |> Option.defaultValue (-12L, 12L)
                  |> Convert.interval

              let common = IntervalSet.intersect set (IntervalSet.ofIntervals [ window ])
              Expect.equal (IntervalSet.within window set) (struct (common.Count, common.Length)) ""

          testCase "Regression: nothing is within an empty window, even where an interval spans 1970"
          <| fun () ->
              let set = Convert.intervalSet [ -5L, 5L ]
              Expect.equal (IntervalSet.within Interval.empty set) (struct (0, 0L<us>)) ""

          law "sets are equal, and hash alike, exactly when they have the same points"
          <| fun (Gen.Intervals a) (Gen.Intervals b) (Gen.Intervals c) ->
              let a, b = moved a, moved b
              // Few sets drawn at random are equal, so the set is made anew in another way.
              let again =
                  List.rev a @ (a |> List.filter (fun interval -> List.contains interval b))

              for other in [ b; moved c; again ] do
                  let x, y = Convert.intervalSet a, Convert.intervalSet other
                  Expect.equal (x = y) (naive a = naive other) "equal"

                  if x = y then
                      Expect.equal (hash x) (hash y) "hash"
                      Expect.equal (string x) (string y) "text"

          testCase "sets that differ seldom hash alike"
          <| fun () ->
              let sets =
                  [ for start in 0L .. 9L do
                        for length in 1L .. 10L do
                            Convert.intervalSet [ start, start + length; 30L, 31L ] ]

              Expect.isGreaterThan (sets |> List.distinctBy hash).Length 90 ""

          testCase "a set equals nothing that is no set"
          <| fun () ->
              for other in [ null; box 1; box (Convert.interval (0L, 1L)) ] do
                  Expect.isFalse ((Convert.intervalSet [ 0L, 1L ]).Equals other) ""

          testCase "a set is shown as its intervals, one after the other"
          <| fun () ->
              let set = Convert.intervalSet [ 0L, 1L; 2L, 3L ]
              Expect.equal (string set) $"{set.Intervals[0]} {set.Intervals[1]}" ""

          testCase "the default is the empty set to every operation"
          <| fun () ->
              let some = Convert.intervalSet [ 1L, 3L ]
              let window = Convert.interval (0L, 5L)
              Expect.equal nothing IntervalSet.empty "equal"
              Expect.equal IntervalSet.empty nothing "equal, the other way"
              Expect.equal (hash nothing) (hash IntervalSet.empty) "hash"
              Expect.equal (nothing.Count, nothing.Length, nothing.IsEmpty) (0, 0L<us>, true) "empty"
              Expect.isTrue (nothing.Intervals = ImmutableArray.Empty) "intervals"

              Expect.equal
                  (IntervalSet.union nothing some, IntervalSet.union some nothing)
                  (some, some)
                  "union"

              Expect.equal (IntervalSet.intersect nothing some) nothing "intersect"
              Expect.equal (IntervalSet.intersect some nothing) nothing "intersect, the other way"
              Expect.equal (IntervalSet.subtract nothing some) nothing "subtract"
              Expect.equal (IntervalSet.subtract some nothing) some "subtract, the other way"
              Expect.equal (IntervalSet.gaps window nothing) (IntervalSet.ofIntervals [ window ]) "gaps"
              Expect.isFalse (IntervalSet.contains 0L<instant> nothing) "contains"
              Expect.equal (IntervalSet.within window nothing) (struct (0, 0L<us>)) "within" ]

[<Tests>]
let intervals =
    let ofPoints start finish =
        Interval.create
            (Instant.ofMicroseconds (int64<int> start))
            (Instant.ofMicroseconds (int64<int> finish))

    testList
        "intervals"
        [ law "an interval holds its start and not its end"
          <| fun start finish ->
              let interval = ofPoints start finish

              for point in min start finish - 1 .. max start finish + 1 do
                  Expect.equal
                      (Interval.contains (Instant.ofMicroseconds (int64 point)) interval)
                      (start <= point && point < finish)
                      ""

          law "an interval that ends before it starts, or where it starts, is the empty one, the default"
          <| fun start finish ->
              let interval = ofPoints start finish
              Expect.equal interval.IsEmpty (finish <= start) ""
              Expect.equal (interval = Unchecked.defaultof<Interval>) interval.IsEmpty ""
              Expect.equal interval.Length (Duration.ofMicroseconds (int64 (max 0 (finish - start)))) ""

          law "what lies in two intervals lies in each"
          <| fun a b c d ->
              let one, other = ofPoints a b, ofPoints c d
              let both = Interval.intersect one other

              for point in List.min [ a; b; c; d ] - 1 .. List.max [ a; b; c; d ] + 1 do
                  let inside = Interval.contains (Instant.ofMicroseconds (int64 point))
                  Expect.equal (inside both) (inside one && inside other) ""

          testCase "an interval is shown as its ends, the end excluded; the empty one without any"
          <| fun () ->
              Expect.equal
                  (string (ofPoints 0 1_000_001))
                  "[1970-01-01T00:00:00.000000Z, 1970-01-01T00:00:01.000001Z)"
                  ""

              Expect.equal (string Interval.empty) "[)" ""

          law "a segment covers the time from its start to its end"
          <| fun (start: int) (NonNegativeInt length) ->
              let segment: Segment =
                  { Start = Instant.ofMicroseconds (int64 start)
                    Duration = Duration.ofMicroseconds (int64 length)
                    Size = -1L
                    Kind = SegmentKind.Full }

              Expect.equal segment.Interval (Interval.create segment.Start segment.End) ""
              Expect.equal segment.Interval.Length segment.Duration ""

          testCase "an hour is 3600 s long, and a length makes the same interval as its end"
          <| fun () ->
              let hour = Interval.ofHour 489_618<hour>
              Expect.equal hour.Length Duration.hour ""
              Expect.equal (Interval.ofLength hour.Start hour.Length) hour ""
              Expect.equal (Interval.ofLength hour.Start Duration.zero) Interval.empty "" ]
