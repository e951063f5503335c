namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable

/// One line with what is open of it.
[<Struct; NoComparison; NoEquality>]
type internal OpenLine =
    {
        Line: HistoryLine
        /// The open time, and since when each piece is open.
        Pieces: ImmutableArray<TimeSince>
    }

/// A piece that is open: the look at `Opened` was the first of those in a row that say this of all of `Time`.
[<Struct; NoComparison>]
type internal OpenPiece =
    { Line: HistoryLine
      Time: Interval
      Opened: Instant }

/// A piece that was open and is so no more.
[<Struct; NoComparison>]
type internal ClosedPiece =
    {
        Line: HistoryLine
        Time: Interval
        Opened: Instant
        /// The first look that no longer says it; never before `Opened`, also when a clock went back.
        Closed: Instant
        /// The word of section 10.2 that the time has in that look; none where it is out of the extent, or the node is no longer
        /// in the fleet.
        Became: FleetWord voption
    }

/// What one more look makes of a history.
[<NoComparison; NoEquality>]
type internal HistoryStep =
    {
        /// What is open after it, in the order of the lines.
        Open: ImmutableArray<OpenLine>
        /// What it closed.
        Closed: ImmutableArray<ClosedPiece>
    }

/// The spans of each word of a stream, for each node and for the stream itself, as a fold over looks.
[<RequireQualifiedAccess>]
module internal FleetHistory =

    /// Before the first look.
    let start: ImmutableArray<OpenLine> = ImmutableArray.Empty

    /// The extent by what it is now on a node, in order.
    let private wordsNow (look: HistoryLook) (node: string | null) : struct (Interval * FleetWord)[] =
        let isOfFleet =
            match node with
            | null -> true
            | name -> look.Nodes.Contains name

        let words = List<struct (Interval * FleetWord)>()
        let mutable lacking = IntervalSet.empty

        if isOfFleet then
            for said in look.Said do
                if said.Line.Word <= RecordedWord.Lost && String.Equals(said.Line.Node, node) then
                    let word: FleetWord = LanguagePrimitives.EnumOfValue(byte said.Line.Word)
                    lacking <- IntervalSet.union lacking said.Time

                    for time in said.Time.Intervals do
                        words.Add(struct (time, word))

            for time in (IntervalSet.gaps look.Extent lacking).Intervals do
                words.Add(struct (time, FleetWord.Had))

        let words = words.ToArray()
        Array.sortInPlaceBy (fun struct (time: Interval, _) -> time.Start) words
        words

    /// Closes what ended of a line, each part by what its time is now.
    let private close
        (now: Instant)
        (line: HistoryLine)
        (words: struct (Interval * FleetWord)[])
        (ended: ImmutableArray<TimeSince>)
        (closed: ImmutableArray<ClosedPiece>.Builder)
        : unit =
        let first = closed.Count
        let mutable at = 0

        let add (from: Instant) (until: Instant) (opened: Instant) (became: FleetWord voption) =
            let last = closed.Count - 1

            if
                last >= first
                && closed[last].Time.End = from
                && closed[last].Opened = opened
                && closed[last].Became = became
            then
                closed[last] <-
                    { closed[last] with
                        Time = Interval.create closed[last].Time.Start until }
            else
                closed.Add
                    { Line = line
                      Time = Interval.create from until
                      Opened = opened
                      Closed = max now opened
                      Became = became }

        let endOf (struct (time: Interval, _: FleetWord)) = time.End

        for part in ended do
            let mutable from = part.Time.Start

            while from < part.Time.End do
                while at < words.Length && endOf words[at] <= from do
                    at <- at + 1

                let struct (until, became) =
                    if at = words.Length then
                        struct (part.Time.End, ValueNone)
                    else
                        let struct (time, word) = words[at]

                        if from < time.Start then
                            struct (time.Start, ValueNone)
                        else
                            struct (time.End, ValueSome word)

                let until = min until part.Time.End
                add from until part.Since became
                from <- until

    /// What one more look makes of what was open before it.
    let next (now: Instant) (before: ImmutableArray<OpenLine>) (look: HistoryLook) : HistoryStep =
        let opened = ImmutableArray.CreateBuilder<OpenLine>()
        let closed = ImmutableArray.CreateBuilder<ClosedPiece>()
        // Lines come node by node.
        let mutable words = ValueNone

        let wordsOf (node: string | null) =
            match words with
            | ValueSome(struct (of', words)) when String.Equals(of', node) -> words
            | _ ->
                let found = wordsNow look node
                words <- ValueSome(struct (node, found))
                found

        let step (line: HistoryLine) (pieces: ImmutableArray<TimeSince>) (time: IntervalSet) =
            let stays = TimeSince.next now pieces time

            if not stays.IsEmpty then
                opened.Add { Line = line; Pieces = stays }

            let ended = TimeSince.ended pieces time

            if not ended.IsEmpty then
                close now line (wordsOf line.Node) ended closed

        let mutable old = 0
        let mutable at = 0

        while old < before.Length || at < look.Said.Length do
            let side =
                if old = before.Length then 1
                elif at = look.Said.Length then -1
                else HistoryLine.order before[old].Line look.Said[at].Line

            if side < 0 then
                step before[old].Line before[old].Pieces IntervalSet.empty
                old <- old + 1
            elif side > 0 then
                step look.Said[at].Line ImmutableArray.Empty look.Said[at].Time
                at <- at + 1
            else
                step before[old].Line before[old].Pieces look.Said[at].Time
                old <- old + 1
                at <- at + 1

        { Open = opened.DrainToImmutable()
          Closed = closed.DrainToImmutable() }

    /// The pieces that are open in one state and not, just so, in another.
    let without
        (other: ImmutableArray<OpenLine>)
        (state: ImmutableArray<OpenLine>)
        : ImmutableArray<OpenPiece> =
        let found = ImmutableArray.CreateBuilder<OpenPiece>()
        let mutable at = 0

        for one in state do
            while at < other.Length && HistoryLine.order other[at].Line one.Line < 0 do
                at <- at + 1

            let others =
                if at < other.Length && HistoryLine.order other[at].Line one.Line = 0 then
                    other[at].Pieces
                else
                    ImmutableArray.Empty

            let mutable place = 0

            for piece in one.Pieces do
                while place < others.Length && others[place].Time.Start < piece.Time.Start do
                    place <- place + 1

                if
                    place = others.Length
                    || others[place].Since <> piece.Since
                    || others[place].Time.Start <> piece.Time.Start
                    || others[place].Time.End <> piece.Time.End
                then
                    found.Add
                        { Line = one.Line
                          Time = piece.Time
                          Opened = piece.Since }

        found.DrainToImmutable()

    /// The state whose pieces these are, in any order.
    let ofPieces (pieces: seq<OpenPiece>) : ImmutableArray<OpenLine> =
        let all = List<OpenPiece>(pieces)

        all.Sort(fun a b ->
            match HistoryLine.order a.Line b.Line with
            | 0 -> compare a.Time.Start b.Time.Start
            | other -> other)

        let state = ImmutableArray.CreateBuilder<OpenLine>()
        let mutable from = 0

        while from < all.Count do
            let line = all[from].Line
            let mutable past = from + 1

            while past < all.Count && HistoryLine.order all[past].Line line = 0 do
                past <- past + 1

            let pieces =
                Array.init (past - from) (fun i ->
                    { Time = all[from + i].Time
                      Since = all[from + i].Opened })

            state.Add
                { Line = line
                  Pieces = Exactly.immutable pieces pieces.Length }

            from <- past

        state.DrainToImmutable()
