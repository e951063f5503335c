/// The history of a fleet's stream in PostgreSQL: what is written is what the looks say, whoever writes and whatever breaks.
module Coverage.Tests.HistoryDatabaseTests

open System
open System.Collections.Immutable
open System.IO
open System.Threading
open Expecto
open FsCheck
open FsCheck.FSharp
open Npgsql
open Coverage
open Coverage.FleetServer
open Coverage.Tests.HistoryDatabase
open Coverage.Tests.HistoryModel

let private same what (ours: 'T) (theirs: 'T) = Expect.equal ours theirs what

/// A law of the database, in fewer cases: each takes many statements.
let private law name (property: 'a -> unit) =
    testPropertyWithConfig
        { Gen.config with
            arbitrary = [ typeof<HistoryArbs> ]
            maxTest = 60 * Gen.depth }
        name
        property

/// Now and then another activation goes on.
let private readsBack (Looks looks, seed: int) =
    let fleet, random = anyFleet (), Random seed
    let mutable writer = beginBy database.Value.Source fleet

    for look in looks do
        if random.Next 3 = 0 then
            writer <- beginBy database.Value.Source fleet

        Expect.isTrue (write writer look) "the only writer writes"

    isStored fleet (after looks)

// Two writers.

let private oneWrites (Looks looks, seed: int) =
    let fleet, random = anyFleet (), Random seed
    let writers = Array.init 2 (fun _ -> beginBy database.Value.Source fleet)
    let mutable owner = 1
    let mutable state, ended = Map.empty, []

    for look in looks do
        if random.Next 4 = 0 then
            owner <- random.Next 2
            writers[owner] <- beginBy database.Value.Source fleet

        let other = 1 - owner
        let before = stored fleet

        // It has nothing to write when it knows of nothing else; then it need not know that it is no longer the writer.
        write writers[other] { look with Now = look.Now + 7L } |> ignore
        same "what the first wrote after the second has begun" (stored fleet) before

        Expect.isTrue (write writers[owner] look) "the last writer to begin writes"
        let after, more = next state look
        state <- after
        ended <- ended @ more
        isStored fleet (state, ended)

    same
        "what the writer thinks is open"
        (FleetHistory.without FleetHistory.start writers[owner].Open
         |> openCells
         |> List.sort)
        (fst (stored fleet))

let private knowsTheFirst () =
    let fleet = anyFleet ()

    let looks n =
        { Now = n
          From = 0
          Cells =
            Map.ofList
                [ None,
                  [ for _ in 1L .. n ->
                        { Word = 7
                          Reason = 0
                          Endangered = 0
                          IsStuck = false } ] ] }

    let first = beginBy database.Value.Source fleet
    Expect.isTrue (write first (looks 1L)) "it writes"
    let second = beginBy database.Value.Source fleet
    Expect.isFalse (write first (looks 2L)) "it is told"
    Expect.isFalse (write first (looks 2L)) "and again, also when it has nothing to write"
    Expect.isTrue (write second (looks 3L)) "the second writes"

/// A writer writes while another begins.
let private atOnce (Looks looks) =
    let fleet = anyFleet ()
    let mutable writer = beginBy database.Value.Source fleet
    let mutable state, ended = Map.empty, []

    for look in looks do
        let writing = store writer look.Now (coreOf 1 look)

        writer <- beginBy database.Value.Source fleet

        // Nothing to write is always written.
        if wait writing && look.Now >= 0L then
            let after, more = next state look
            state <- after
            ended <- ended @ more

        isStored fleet (state, ended)

        same
            "what the second has read"
            (FleetHistory.without FleetHistory.start writer.Open |> openCells |> List.sort)
            (Map.toList state)

/// Looks go on while the database lets a write wait.
let private goesOn (Looks looks, seed: int) =
    let fleet, random = anyFleet (), Random seed
    let writer = beginBy database.Value.Source fleet
    let mutable rest = looks

    while not rest.IsEmpty do
        let first, more = List.head rest, List.tail rest
        let meanwhile, later = List.splitAt (random.Next(min 4 (more.Length + 1))) more
        use connection = database.Value.Source.OpenConnection()
        use holding = connection.BeginTransaction()

        use locking =
            new NpgsqlCommand("SELECT FROM history_stream WHERE fleet = $1 FOR UPDATE", connection, holding)

        locking.Parameters.Add(NpgsqlParameter<string>(TypedValue = fleet)) |> ignore
        locking.ExecuteNonQuery() |> ignore
        let writing = store writer first.Now (coreOf 1 first)

        for look in meanwhile do
            writer.Follow(Units.Instant look.Now, coreOf 1 look)

        holding.Rollback()
        Expect.isTrue (wait writing) "what had changed is written"
        Expect.isTrue (wait (writer.StoreAsync go)) "and what did meanwhile"
        rest <- later

    isStored fleet (after looks)

// A database that fails.

/// Whatever breaks, and for however many looks: the database holds what was said up to one of the looks since the last write that
/// was done, and once one is done, all that was said.
let private survives (Looks looks, seed: int) =
    let fleet, random = anyFleet (), Random seed
    let between = database.Value.Between
    let writer = beginBy database.Value.ThroughSource fleet
    // What was said, and what of it the database may hold.
    let mutable memory = Map.empty, []
    let mutable possible = [ memory ]

    let follow (state, ended) look =
        let after, more = next state look
        after, ended @ more

    // A connection that broke and lay idle fails once more; then nothing breaks.
    let all = looks @ List.replicate 3 (List.last looks)

    for at, look in List.indexed all do
        match random.Next 6 with
        | _ when at >= looks.Length -> ()
        | 0 -> database.Value.EndConnections()
        | 1 -> between.Fate <- Away
        | 2 -> between.Fate <- AnswerLost
        | _ -> ()

        let isDone =
            try
                write writer look
            with :? NpgsqlException when at < all.Length - 1 ->
                false

        between.Fate <- Fine
        memory <- follow memory look
        possible <- if isDone then [ memory ] else memory :: possible
        let held = stored fleet
        Expect.exists possible (fun one -> asStored one = held) "what it holds was said"

// Many spans, and questions.

let private lostEverySecond count offset : HistoryLook =
    let cell at =
        Interval.create (at * 2_000_000L<instant>) (at * 2_000_000L<instant> + offset)

    HistoryLook.make
        (Interval.create 0L<instant> (int64 count * 2_000_000L<instant>))
        (ImmutableArray.Create "a")
        [ { Line =
              { Node = "a"
                Word = RecordedWord.Fillable
                Reason = FleetReason.None }
            Time = IntervalSet.ofIntervals [ for at in 0L .. int64 count - 1L -> cell at ] } ]

let private writesMany () =
    let fleet, count = anyFleet (), 8_000
    let writer = beginBy database.Value.Source fleet

    let write now look =
        Expect.isTrue (wait (store writer now look)) "it writes"

    write 10L (lostEverySecond count 1_000_000L<instant>)
    same "spans" (spans (all fleet)).Length count

    // All of them shrink.
    write 20L (lostEverySecond count 400_000L<instant>)

    let open', closed =
        spans (all fleet) |> List.partition (fun span -> span.Closed.IsNone)

    let kinds spans =
        spans
        |> List.map (fun span -> span.Past - span.Start, span.Opened, span.Closed, span.Became)
        |> List.distinct

    same "open" (open'.Length, kinds open') (count, [ 400_000L, 10L, None, None ])
    same "closed" (closed.Length, kinds closed) (count, [ 600_000L, 10L, Some 20L, Some "had" ])
    let again = beginBy database.Value.Source fleet
    same "read again" (List.ofSeq again.Open |> List.map string) (List.ofSeq writer.Open |> List.map string)

/// Looks that cut 8,000 spans twice while the database is away close more than memory holds.
let private forgets () =
    let fleet = anyFleet ()
    let writer = beginBy database.Value.ThroughSource fleet

    let write now length =
        wait (store writer now (lostEverySecond 8_000 length))

    let isAway now length =
        database.Value.Between.Fate <- Away
        Expect.throwsT<NpgsqlException> (fun () -> write now length |> ignore) "it is away"
        database.Value.Between.Fate <- Fine

    Expect.isTrue (write 10L 1_000_000L<instant>) "it writes"
    isAway 20L 800_000L<instant>
    isAway 30L 600_000L<instant>
    isAway 40L 400_000L<instant>
    Expect.isTrue (write 50L 200_000L<instant>) "it is back"

    let kinds =
        spans (all fleet)
        |> List.countBy (fun span -> span.Past - span.Start, span.Opened, span.Closed, span.Became)
        |> List.sort

    // With the look at 30, 16,000 pieces had closed: the one at 40 is compared with what is stored.
    same
        "spans"
        kinds
        [ (200_000L, 10L, None, None), 8_000
          (200_000L, 10L, Some 50L, Some "had"), 8_000
          (600_000L, 10L, Some 40L, Some "had"), 8_000 ]

let private knowsItsWords () =
    let fleet = anyFleet ()
    let writer = beginBy database.Value.Source fleet
    Expect.isTrue (wait (store writer 1L (lostEverySecond 1 1L<instant>))) "it writes"

    database.Value.Run
        $"UPDATE history_span SET word = 'new' WHERE stream IN (SELECT id FROM history_stream WHERE fleet = '{fleet}')"

    Expect.throwsT<InvalidDataException>
        (fun () -> beginBy database.Value.Source fleet |> ignore)
        "it is said"

/// The windows of questions are those of a filter over all spans.
let private findsWindows (Looks looks, seed: int) =
    let fleet, random = anyFleet (), Random seed
    let writer = beginBy database.Value.Source fleet

    for look in looks do
        write writer look |> ignore

    let times = looks |> List.map _.Now

    let pick () =
        List.item (random.Next times.Length) times + int64 (random.Next 3) - 1L

    let from, until = pick (), pick ()
    let node = List.item (random.Next 3) [ None; Some "a"; Some "b" ]

    let word =
        List.item (random.Next 4) [ None; Some "fillable"; Some "lost"; Some "endangered" ]

    let questionOf fleet =
        HistoryQuestion(
            fleet,
            "channel",
            "source",
            Option.toObj node,
            Option.toObj word,
            Units.Instant from,
            Units.Instant until
        )

    let asked =
        spans (all fleet)
        |> List.filter (fun span ->
            (node.IsNone || span.Node = node) && (word.IsNone || Some span.Word = word))

    same
        "spans"
        (spans (questionOf fleet))
        (asked
         |> List.filter (fun span -> span.Opened < until && (span.Closed.IsNone || span.Closed.Value > from)))

    let expected =
        asked
        |> List.filter (fun span ->
            span.Became = Some "had"
            && span.Word <> "endangered"
            && from <= span.Closed.Value
            && span.Closed.Value < until)
        |> List.groupBy (fun span -> span.Word, span.Node)
        |> List.sortBy fst
        |> List.map (fun ((word, node), spans) ->
            let waits = spans |> List.map _.Waited |> List.sort

            let atLeast part =
                waits[max 0 (int (ceil (part * decimal waits.Length)) - 1)]

            let recording = spans |> List.sumBy (fun span -> span.Past - span.Start)
            word, node, waits.Length, recording, List.map atLeast [ 0m; 0.5m; 0.9m; 1m ])

    let found =
        [ for fill in wait (History(database.Value.Source, "tests").FillTimesAsync(questionOf fleet, go)) ->
              fill.Word,
              Option.ofObj fill.Node,
              int fill.Pieces,
              fill.Recording.Microseconds,
              [ for wait in [ fill.Least; fill.Median; fill.NineOfTen; fill.Greatest ] -> wait.Microseconds ] ]

    same "times to fill" found expected
    same "of another fleet" (spans (questionOf (anyFleet ()))) []

[<Tests>]
let tests =
    testList
        "history database"
        [ law "what activations write one after the other is read back as it was said" readsBack
          law "after a second writer has begun the first can write nothing" oneWrites
          testCase "a writer is told that another has begun" knowsTheFirst
          law "a write at the time at which another writer begins is done before that or not at all" atOnce
          law "looks that are followed while a write waits are in the next one, each with its time" goesOn
          law "a database that breaks at any step loses nothing and stores nothing twice" survives
          testCase "8,000 spans are written and cut in one step" writesMany
          testCase
              "when more closes than memory holds, what is stored is compared with the newest look"
              forgets
          testCase "a stored word that this version does not know is said" knowsItsWords
          law "a question finds what was open in its window, and the times to fill" findsWindows ]
    |> testSequenced
