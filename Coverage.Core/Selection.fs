namespace Coverage

open System
open System.Buffers
open System.Collections.Generic
open System.Collections.Immutable

/// An hour's folder after the choice: what was best for each start, and the counts of everything.
type HourSelection =
    {
        /// The hour.
        Hour: Hour
        /// The best segment of each start, in order of start.
        Best: ImmutableArray<Segment>
        /// All segments, with their own durations.
        Segments: ByKind
        /// Those that were not best for their start, with their own durations (semantics.md section 3, overlaps).
        NotBest: ByKind
        /// How many are still being written.
        Temp: int
        /// How many names did not fit the grammar.
        Bad: int
    }

/// The best segment for each start time (semantics.md section 2).
[<RequireQualifiedAccess>]
module Selection =

    /// Whether one segment is better than another of the same start. What neither is better than the other by
    /// changes no number.
    let isBetter (a: Segment) (b: Segment) : bool =
        if a.Kind <> b.Kind then
            a.Kind < b.Kind
        elif a.Kind <> SegmentKind.Full && a.Size <> b.Size then
            a.Size > b.Size
        else
            a.Duration > b.Duration

    /// The indices of the segments whose file sizes decide and are not known: two or more suspects, or partials where
    /// there is no suspect, at a start that has no full one.
    let contested (segments: ImmutableArray<Segment>) : ImmutableArray<int> =
        let notFull = ResizeArray<int>()

        for i in 0 .. segments.Length - 1 do
            if segments[i].Kind = SegmentKind.Suspect || segments[i].Kind = SegmentKind.Partial then
                notFull.Add i

        if notFull.Count < 2 then
            ImmutableArray<int>.Empty
        else
            let decided =
                HashSet(
                    segments
                    |> Seq.filter (fun segment -> segment.Kind = SegmentKind.Full)
                    |> Seq.map _.Start
                )

            notFull
            |> Seq.filter (fun i -> not (decided.Contains segments[i].Start))
            |> Seq.groupBy (fun i -> segments[i].Start)
            |> Seq.collect (fun (_, rivals) ->
                let suspects =
                    rivals
                    |> Seq.filter (fun i -> segments[i].Kind = SegmentKind.Suspect)
                    |> Seq.toArray

                let rivals = if suspects.Length > 0 then suspects else Seq.toArray rivals

                if rivals.Length < 2 then
                    Seq.empty
                else
                    rivals |> Seq.filter (fun i -> segments[i].Size < 0L))
            |> ImmutableArray.CreateRange

    /// Sorts numbers by their upper 32 bits, 11 bits at a time: three passes over them, far less than comparing.
    let private sortByUpperHalf (numbers: uint64[]) (count: int) : unit =
        let other = ArrayPool<uint64>.Shared.Rent count
        let places = Array.zeroCreate<int> 2048
        let mutable from, into = numbers, other

        for shift in 32..11..54 do
            Array.Clear places

            for i in 0 .. count - 1 do
                let digit = int (from[i] >>> shift) &&& 2047
                places[digit] <- places[digit] + 1

            let mutable place = 0

            for digit in 0..2047 do
                let here = places[digit]
                places[digit] <- place
                place <- place + here

            for i in 0 .. count - 1 do
                let digit = int (from[i] >>> shift) &&& 2047
                into[places[digit]] <- from[i]
                places[digit] <- places[digit] + 1

            let swapped = from
            from <- into
            into <- swapped

        Array.Copy(from, numbers, count)
        ArrayPool<uint64>.Shared.Return other

    /// The indices of the segments that can cover time, by start.
    let private byStart (segments: ReadOnlySpan<Segment>) : int[] =
        let order = Array.zeroCreate<int> segments.Length
        let mutable count = 0
        let mutable earliest = Int64.MaxValue
        let mutable latest = Int64.MinValue
        let mutable isSorted = true

        for i in 0 .. segments.Length - 1 do
            if segments[i].Kind < SegmentKind.Temp then
                let start = int64 segments[i].Start
                isSorted <- isSorted && latest <= start
                earliest <- min earliest start
                latest <- max latest start
                order[count] <- i
                count <- count + 1

        if isSorted then
            ()
        elif uint64 latest - uint64 earliest <= uint64 UInt32.MaxValue then
            // As in every folder whose segments start in its hour: the start fits beside the index.
            let numbers = ArrayPool<uint64>.Shared.Rent count

            for i in 0 .. count - 1 do
                let start = uint64 segments[order[i]].Start - uint64 earliest
                numbers[i] <- (start <<< 32) ||| uint64 order[i]

            sortByUpperHalf numbers count

            for i in 0 .. count - 1 do
                order[i] <- int (uint32 numbers[i])

            ArrayPool<uint64>.Shared.Return numbers
        else
            let starts = Array.zeroCreate<int64> count

            for i in 0 .. count - 1 do
                starts[i] <- int64 segments[order[i]].Start

            Array.Sort(starts, order, 0, count)

        Array.sub order 0 count

    /// Chooses the best segment of each start of an hour's folder and counts everything. The order of the folder's
    /// segments changes no number.
    let ofFolder (folder: HourFolder) : HourSelection =
        let segments = folder.Segments.AsSpan()
        let order = byStart segments
        let best = Array.zeroCreate<Segment> order.Length
        let all, notBest = Tallies(), Tallies()
        let mutable count = 0

        for i in order do
            let next = segments[i]
            all.Add(next.Kind, next.Duration)

            if count > 0 && best[count - 1].Start = next.Start then
                let held = best[count - 1]
                let winner, loser = if isBetter next held then next, held else held, next
                best[count - 1] <- winner
                notBest.Add(loser.Kind, loser.Duration)
            else
                best[count] <- next
                count <- count + 1

        { Hour = folder.Hour
          Best = Exactly.immutable best count
          Segments = all.Result
          NotBest = notBest.Result
          Temp = segments.Length - order.Length
          Bad = folder.Bad }
