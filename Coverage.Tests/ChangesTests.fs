/// What a report has other than the one before, against a model that compares every hole with every other.
module Coverage.Tests.ChangesTests

open System.Collections.Immutable
open Expecto
open FsCheck
open Coverage

let private empty = Report.ofFolders Report.defaults []

/// A report of which nothing matters but its holes and which hours it has.
let private reportOf (holes: IntervalSet) (hours: int seq) : StreamReport =
    let hour number : HourReport =
        { Hour = number * 1<hour>
          Window = Interval.empty
          Segments = Unchecked.defaultof<ByKind>
          Temp = 0
          Bad = 0
          Overlaps = Unchecked.defaultof<ByKind>
          Raw = Unchecked.defaultof<HourCoverage>
          Editable = Unchecked.defaultof<HourCoverage>
          PartialOnly = Duration.zero }

    { empty with
        Raw = { empty.Raw with Holes = holes }
        Hours = hours |> Seq.map hour |> ImmutableArray.CreateRange }

let private withHoles (Gen.Intervals intervals) : StreamReport =
    reportOf (Convert.intervalSet intervals) []

let private meets (a: Interval) (b: Interval) = not (Interval.intersect a b).IsEmpty
let private at (look: int) : Instant = int64 look * 1L<instant>

/// The changes from look to look, the first one at instant 0.
let private follow (reports: StreamReport list) : Changes list =
    match reports with
    | [] -> []
    | first :: _ ->
        List.pairwise reports
        |> List.indexed
        |> List.scan
            (fun before (look, (earlier, report)) -> Changes.next (at (look + 1)) before earlier report)
            (Changes.first (at 0) first)

/// How long each hole of a look is known of, as (hole, since); from the oldest look on.
let private standingOf (earlier: (Interval * Instant) list) (now: Instant) (holes: IntervalSet) =
    [ for hole in holes.Intervals do
          let continued = earlier |> List.filter (fst >> meets hole) |> List.map snd

          hole, List.min (now :: continued) ]

let private resized (holes: ImmutableArray<ResizedHole>) =
    [ for hole in holes -> hole.Hole, hole.Was ]

let private standing (holes: ImmutableArray<StandingHole>) =
    [ for hole in holes -> hole.Hole, hole.Since ]

[<Tests>]
let changes =
    testList
        "changes from look to look"
        [ law "are the model's"
          <| fun (looks: Gen.Intervals list) ->
              let reports = looks |> List.map withHoles |> List.truncate 6
              let all = follow reports

              let known =
                  reports
                  |> List.indexed
                  |> List.scan (fun known (look, report) -> standingOf known (at look) report.Raw.Holes) []
                  |> List.tail

              for changes, known in List.zip all known do
                  Expect.equal (standing changes.Standing) known "what stands, and since when"

              for at in 1 .. reports.Length - 1 do
                  let before = List.ofSeq reports[at - 1].Raw.Holes.Intervals
                  let now = List.ofSeq reports[at].Raw.Holes.Intervals
                  let changes = all[at]
                  let continued hole = before |> List.filter (meets hole)
                  let was hole = continued hole |> List.sumBy _.Length

                  Expect.equal
                      (List.ofSeq changes.Opened)
                      (now |> List.filter (fun hole -> (continued hole).IsEmpty))
                      "opened"

                  Expect.equal
                      (standing changes.Closed)
                      (known[at - 1]
                       |> List.filter (fun (hole, _) -> not (List.exists (meets hole) now)))
                      "closed"

                  Expect.equal
                      (resized changes.Grown)
                      [ for hole in now do
                            if not (continued hole).IsEmpty && hole.Length > was hole then
                                hole, was hole ]
                      "grown"

                  Expect.equal
                      (resized changes.Shrunk)
                      [ for hole in now do
                            if hole.Length < was hole then
                                hole, was hole ]
                      "shrunk"

          law "hours are added and gone as the sets of them say"
          <| fun (before: Set<int>) (now: Set<int>) ->
              let changes =
                  follow [ reportOf IntervalSet.empty before; reportOf IntervalSet.empty now ]
                  |> List.last

              Expect.equal
                  (changes.HoursAdded |> Seq.map int |> List.ofSeq)
                  (Set.toList (now - before))
                  "added"

              Expect.equal (changes.HoursGone |> Seq.map int |> List.ofSeq) (Set.toList (before - now)) "gone"

          law "at the first look, and when the report stays, nothing changes and what stands stays"
          <| fun (Gen.Intervals holes) (hours: Set<int>) ->
              let report = reportOf (Convert.intervalSet holes) hours
              let first = Changes.first (at 7) report

              for changes in [ first; Changes.again first; Changes.next (at 8) first report report ] do
                  Expect.isEmpty changes.Opened ""
                  Expect.isEmpty changes.Closed ""
                  Expect.isEmpty changes.Grown ""
                  Expect.isEmpty changes.Shrunk ""
                  Expect.isEmpty changes.HoursAdded ""
                  Expect.isEmpty changes.HoursGone ""

                  Expect.equal
                      (standing changes.Standing)
                      [ for hole in report.Raw.Holes.Intervals -> hole, at 7 ]
                      "" ]
