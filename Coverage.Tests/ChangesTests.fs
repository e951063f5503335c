/// What an account has other than the one before, against a model that compares every hole with every other.
module Coverage.Tests.ChangesTests

open System.Collections.Immutable
open Expecto
open FsCheck
open Coverage

/// An account of which nothing is covered: all that is expected is missing, and the hours have empty folders.
let private accountOf (missing: IntervalSet) (hours: int seq) : Account =
    let folder number : HourFolder =
        { Hour = number * 1<hour>
          Segments = ImmutableArray.Empty
          Bad = 1 }

    hours
    |> Seq.map folder
    |> StreamFacts.ofFolders
        { Report.defaults with
            Tolerance = Duration.zero }
    |> Account.judge
        { Expectation.none with
            Expected = ValueSome missing }

let private withHoles (Gen.Intervals intervals) : Account =
    accountOf (Convert.intervalSet intervals) []

let private missing (account: Account) : IntervalSet = Account.intervals Word.Missing account

let private meets (a: Interval) (b: Interval) = not (Interval.intersect a b).IsEmpty
let private at (look: int) : Instant = int64 look * 1L<instant>

/// The changes from look to look, the first one at instant 0.
let private follow (accounts: Account list) : Changes list =
    match accounts with
    | [] -> []
    | first :: _ ->
        List.pairwise accounts
        |> List.indexed
        |> List.scan
            (fun before (look, (earlier, account)) -> Changes.next (at (look + 1)) before earlier account)
            (Changes.first (at 0) first)

/// Each hole of the latest check, with the time since which it is known.
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
              let accounts = looks |> List.map withHoles |> List.truncate 6
              let all = follow accounts

              let known =
                  accounts
                  |> List.indexed
                  |> List.scan (fun known (look, account) -> standingOf known (at look) (missing account)) []
                  |> List.tail

              for changes, known in List.zip all known do
                  Expect.equal (standing changes.Standing) known "what stands, and since when"

              for at in 1 .. accounts.Length - 1 do
                  let before = List.ofSeq (missing accounts[at - 1]).Intervals
                  let now = List.ofSeq (missing accounts[at]).Intervals
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
                  follow [ accountOf IntervalSet.empty before; accountOf IntervalSet.empty now ]
                  |> List.last

              Expect.equal
                  (changes.HoursAdded |> Seq.map int |> List.ofSeq)
                  (Set.toList (now - before))
                  "added"

              Expect.equal (changes.HoursGone |> Seq.map int |> List.ofSeq) (Set.toList (before - now)) "gone"

          law "at the first check, and when the account stays, nothing changes and what stands stays"
          <| fun (Gen.Intervals holes) (hours: Set<int>) ->
              let account = accountOf (Convert.intervalSet holes) hours
              let first = Changes.first (at 7) account

              for changes in [ first; Changes.again first; Changes.next (at 8) first account account ] do
                  Expect.isEmpty changes.Opened ""
                  Expect.isEmpty changes.Closed ""
                  Expect.isEmpty changes.Grown ""
                  Expect.isEmpty changes.Shrunk ""
                  Expect.isEmpty changes.HoursAdded ""
                  Expect.isEmpty changes.HoursGone ""

                  Expect.equal
                      (standing changes.Standing)
                      [ for hole in (missing account).Intervals -> hole, at 7 ]
                      "" ]
