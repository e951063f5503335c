/// The history of a fleet's stream: against the slow model, cell by cell, and laws of its own.
module Coverage.Tests.FleetHistoryTests

open System.Collections.Immutable
open Expecto
open FsCheck
open Coverage
open Coverage.Tests.HistoryModel

let private same what (ours: 'T) (theirs: 'T) = Expect.equal ours theirs what

let private law name (property: Looks -> unit) =
    testPropertyWithConfig
        { Gen.config with
            arbitrary = [ typeof<HistoryArbs> ] }
        name
        property

let private piecesOf (state: ImmutableArray<OpenLine>) =
    FleetHistory.without FleetHistory.start state

/// The core's steps through some looks: the state before each, and what the look makes of it.
let private steps (looks: Look list) =
    (FleetHistory.start, List.indexed looks)
    ||> List.mapFold (fun before (seed, look) ->
        let step =
            FleetHistory.next (Instant.ofMicroseconds look.Now) before (coreOf seed look)

        struct (before, look, step), step.Open)
    |> fst

/// A look that changes nothing, later.
let private later (look: Look) = { look with Now = look.Now + 100L }

let private isAsModelled (Looks looks) =
    let mutable state = Map.empty

    for struct (_, look, step) in steps looks do
        let after, ended = next state look
        same "what is open, since when" (List.sort (openCells (piecesOf step.Open))) (Map.toList after)
        same "what closed, and became" (List.sort (closedCells step.Closed)) (List.sort ended)
        state <- after

let private isCanonical (Looks looks) =
    let touches (a: Interval) (b: Interval) = a.End = b.Start

    for struct (_, _, step) in steps looks do
        for line in step.Open do
            Expect.isNonEmpty line.Pieces "a line without pieces is none"

            for a, b in Seq.pairwise line.Pieces do
                Expect.isTrue (a.Time.End <= b.Time.Start) "pieces are in order and disjoint"

                Expect.isFalse
                    (touches a.Time b.Time && a.Since = b.Since)
                    "neighbours that say the same are one"

        for a, b in Seq.pairwise step.Closed do
            Expect.isFalse
                (a.Line = b.Line
                 && touches a.Time b.Time
                 && a.Opened = b.Opened
                 && a.Became = b.Became)
                "neighbours that closed alike are one"

let private setOf (pieces: OpenPiece seq) = set (Seq.map string pieces)

let private differsAsSets (Looks looks) =
    for struct (before, _, step) in steps looks do
        let was, is = setOf (piecesOf before), setOf (piecesOf step.Open)
        same "gone" (setOf (FleetHistory.without step.Open before)) (was - is)
        same "new" (setOf (FleetHistory.without before step.Open)) (is - was)

let private staysWithoutChange (Looks looks) =
    for struct (_, look, step) in steps looks do
        let again =
            FleetHistory.next (Instant.ofMicroseconds (later look).Now) step.Open (coreOf 99 (later look))

        Expect.isEmpty again.Closed "nothing closed"
        Expect.isEmpty (FleetHistory.without step.Open again.Open) "nothing opened"
        Expect.isEmpty (FleetHistory.without again.Open step.Open) "nothing is gone"

let private isItsPieces (Looks looks) =
    for struct (_, _, step) in steps looks do
        let pieces = piecesOf step.Open

        same
            "the pieces"
            (List.ofSeq (piecesOf (FleetHistory.ofPieces (Seq.rev pieces)))
             |> List.map string)
            (List.ofSeq pieces |> List.map string)

/// Of each word of each node a look of a report says as much as the report.
let private saysTheReport (fleet: FleetModel.Fleet) =
    let report = FleetGen.judge fleet

    let names =
        ImmutableArray.CreateRange(Seq.init report.Nodes.Length (fun at -> $"node {at}"))

    let stuck =
        report.Nodes |> Seq.map FleetStuck.fillable |> ImmutableArray.CreateRange

    let look = HistoryLook.ofReport names stuck report

    let length (node: string | null) word =
        look.Said
        |> Seq.filter (fun said -> said.Line.Node = node && int said.Line.Word = word)
        |> Seq.sumBy _.Time.Length

    for at in 0 .. names.Length - 1 do
        let node = report.Nodes[at]

        for word in 1..7 do
            same $"word {word} on {names[at]}" (length names[at] word) node.Lengths[word]

        let endangered = node.Endangered |> Seq.sumBy _.Time.Length
        same "endangered" (length names[at] (int RecordedWord.Endangered)) endangered
        same "stuck" (length names[at] (int RecordedWord.Stuck)) stuck[at].Length

    for word, time in [ 5, report.Open; 6, report.Deleted; 7, report.Lost ] do
        same $"word {word} of the stream" (length null word) time.Length

    // The first look of a history opens all of it; a second one from nothing closes nothing.
    let step = FleetHistory.next 1L<instant> FleetHistory.start look
    same "lines" step.Open.Length look.Said.Length
    Expect.isEmpty step.Closed "nothing closed"

/// A live stream that all nodes record, one segment more in each round.
let private liveIsSmall () =
    let nodes = ImmutableArray.Create("a", "b")

    let look round =
        HistoryLook.make (Interval.create 0L<instant> (Instant.ofMicroseconds (round * 2_000_000L))) nodes []

    let mutable state = FleetHistory.start

    for round in 1L .. 1_000L do
        state <- (FleetHistory.next (Instant.ofMicroseconds round) state (look round)).Open

    Expect.isEmpty state "open"

[<Tests>]
let tests =
    testList
        "fleet history"
        [ law "what is open since when, and what closed and became, is the model's" isAsModelled
          law "pieces are disjoint, in order, and as few as can be" isCanonical
          law "what a look took away and brought is the difference of the states" differsAsSets
          law "a look that says the same opens and closes nothing" staysWithoutChange
          law "a state is made again from its pieces in any order" isItsPieces
          FleetGen.fleetLaw "a look says of each word as much as its report" saysTheReport
          testCase "nothing is kept of a live stream that every node has" liveIsSmall ]
