/// The slow model of a stream's history: time is a row of cells, and of each cell it is kept since when which line says it.
module Coverage.Tests.HistoryModel

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open Coverage

/// What a cell is: a word by its number, with its reason where it has one, and whether it is endangered, why, or stuck.
type Cell =
    { Word: int
      Reason: int
      Endangered: int
      IsStuck: bool }

/// One look. `Cells` are those from `From` on, the extent; a node that is not there is not in the fleet.
type Look =
    { Now: int64
      From: int
      Cells: Map<string option, Cell list> }

/// What is said of one cell: node, word, reason, cell.
type Said = string option * int * int * int

/// A cell that is no longer said: since when it was, until when, and the number of what it is then.
type Ended =
    { Said: Said
      Opened: int64
      Closed: int64
      Became: int option }

/// How long a cell is.
let private width = 10L

let private endangered, private stuck = 8, 9

/// What a look says.
let saidOf (look: Look) : Said list =
    [ for node, cells in Map.toList look.Cells do
          for at, cell in List.indexed cells do
              let at = look.From + at

              if cell.Word > 0 then
                  node, cell.Word, cell.Reason, at

              if cell.Endangered > 0 then
                  node, endangered, cell.Endangered, at

              if cell.IsStuck then
                  node, stuck, 0, at ]

/// One more look: what is said since when, and what ended.
let next (before: Map<Said, int64>) (look: Look) : Map<Said, int64> * Ended list =
    let now = saidOf look

    let after =
        now
        |> List.map (fun said -> said, before |> Map.tryFind said |> Option.defaultValue look.Now)
        |> Map.ofList

    let became (node, _, _, at) =
        Map.tryFind node look.Cells
        |> Option.bind (List.tryItem (at - look.From))
        |> Option.map _.Word

    after,
    [ for said, opened in Map.toList before do
          if not (after.ContainsKey said) then
              { Said = said
                Opened = opened
                Closed = max look.Now opened
                Became = became said } ]

/// The state and all that ended, after some looks.
let after (looks: Look list) : Map<Said, int64> * Ended list =
    ((Map.empty, []), looks)
    ||> List.fold (fun (state, ended) look ->
        let state, more = next state look
        state, ended @ more)

// To and from the core's values.

let private lineOf (node: string option) (word: int) (reason: int) : HistoryLine =
    { Node = Option.toObj node
      Word = LanguagePrimitives.EnumOfValue(byte word)
      Reason = LanguagePrimitives.EnumOfValue(byte reason) }

let private cellsOf (from: int) (past: int) : Interval =
    Interval.create
        (Instant.ofMicroseconds (int64 from * width))
        (Instant.ofMicroseconds (int64 past * width))

/// A look as the core takes it, cell by cell, in an order that a number makes.
let internal coreOf (seed: int) (look: Look) : HistoryLook =
    let said =
        saidOf look
        |> List.map (fun (node, word, reason, at) ->
            ({ Line = lineOf node word reason
               Time = IntervalSet.ofIntervals [ cellsOf at (at + 1) ] }
            : SaidLine))
        |> List.toArray

    Random(seed).Shuffle said
    let length = (Map.find None look.Cells).Length

    HistoryLook.make
        (cellsOf look.From (look.From + length))
        (look.Cells |> Map.toSeq |> Seq.choose fst |> ImmutableArray.CreateRange)
        said

/// The cells of a span.
let cellsIn (start: int64) (past: int64) : int list =
    [ int (start / width) .. int (past / width) - 1 ]

let private saidIn (line: HistoryLine) (time: Interval) : Said list =
    [ for at in cellsIn (int64 time.Start) (int64 time.End) ->
          Option.ofObj line.Node, int line.Word, int line.Reason, at ]

/// What is open, cell by cell.
let internal openCells (pieces: OpenPiece seq) : (Said * int64) list =
    [ for piece in pieces do
          for said in saidIn piece.Line piece.Time -> said, int64 piece.Opened ]

/// What closed, cell by cell.
let internal closedCells (pieces: ClosedPiece seq) : Ended list =
    [ for piece in pieces do
          for said in saidIn piece.Line piece.Time ->
              { Said = said
                Opened = int64 piece.Opened
                Closed = int64 piece.Closed
                Became = piece.Became |> ValueOption.map int |> ValueOption.toOption } ]

// Random looks.

let private cell (words: (int * int) list) : Gen<Cell> =
    gen {
        let! word = Gen.frequency [ for often, word in words -> often, Gen.constant word ]
        let! reason = Gen.elements [ 1; 5; 7 ]
        let! endangered = Gen.frequency [ 3, Gen.constant 0; 1, Gen.elements [ 5; 7 ] ]
        let! isStuck = Gen.elements [ true; false ]

        return
            { Word = word
              Reason = if word = 4 then reason else 0
              Endangered = if word = 0 then endangered else 0
              IsStuck = word = 2 && isStuck }
    }

let private ofNode = [ 4, 0; 1, 1; 2, 2; 1, 3; 2, 4; 1, 5; 1, 6; 1, 7 ]

let private ofStream = [ 5, 0; 1, 5; 1, 6; 2, 7 ]

/// The next look: mostly some cells are other ones, now and then the extent or the nodes are; the clock may stand, or go back.
let private lookAfter (before: Look) : Gen<Look> =
    gen {
        let! step =
            Gen.frequency [ 8, Gen.choose64 (1L, 5L); 1, Gen.constant 0L; 1, Gen.constant -3L ]

        let! isOtherExtent = Gen.frequency [ 3, Gen.constant false; 1, Gen.constant true ]
        let! from = Gen.choose (0, 3)
        let! length = Gen.choose (0, 8)
        let before' = (Map.find None before.Cells).Length
        let from, length = if isOtherExtent then from, length else before.From, before'
        let! hasSecond = Gen.frequency [ 5, Gen.constant true; 1, Gen.constant false ]

        let row node words =
            let was = Map.tryFind node before.Cells |> Option.defaultValue []

            [ for at in from .. from + length - 1 ->
                  gen {
                      let! other = cell words

                      return!
                          match List.tryItem (at - before.From) was with
                          | Some same -> Gen.frequency [ 3, Gen.constant same; 1, Gen.constant other ]
                          | None -> Gen.constant other
                  } ]
            |> Gen.sequenceToList

        let! ofStream = row None [ for often, word in ofStream -> often, word ]

        let ofStream =
            ofStream |> List.map (fun (cell: Cell) -> { cell with Endangered = 0 })

        let! first = row (Some "a") ofNode
        let! second = row (Some "b") ofNode

        return
            { Now = before.Now + step
              From = from
              Cells =
                Map.ofList
                    [ None, ofStream
                      Some "a", first
                      if hasSecond then
                          Some "b", second ] }
    }

let private looks: Gen<Look list> =
    let rec more count before =
        gen {
            if count = 0 then
                return []
            else
                let! look = lookAfter before
                let! rest = more (count - 1) look
                return look :: rest
        }

    gen {
        let! count = Gen.choose (1, 8)

        return!
            more
                count
                { Now = 1_000L
                  From = 0
                  Cells = Map.ofList [ None, [] ] }
    }

/// Random looks of one stream, one after the other.
type Looks = Looks of Look list

/// How a property finds them.
type HistoryArbs =
    static member Looks() : Arbitrary<Looks> =
        Arb.fromGenShrink (
            Gen.map Looks looks,
            fun (Looks looks) -> seq { for at in 0 .. looks.Length - 1 -> Looks(List.removeAt at looks) }
        )
