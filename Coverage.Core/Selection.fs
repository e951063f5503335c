namespace Coverage

open System
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

    /// Sorts indices by their keys, lowest first: by 11 bits of the key at a time, as many times as the highest key
    /// has bits. For an hour's microseconds that is three passes, far less than comparing.
    let private sortByKey (keys: uint64[]) (indices: int[]) (count: int) : unit =
        let mutable fromKeys, fromIndices = keys, indices

        let mutable toKeys, toIndices =
            Array.zeroCreate<uint64> count, Array.zeroCreate<int> count

        let mutable highest = 0UL

        for i in 0 .. count - 1 do
            highest <- max highest keys[i]

        let places = Array.zeroCreate<int> 2048
        let mutable shift = 0

        while shift < 64 && highest >>> shift > 0UL do
            Array.Clear places

            for i in 0 .. count - 1 do
                let digit = int (fromKeys[i] >>> shift) &&& 2047
                places[digit] <- places[digit] + 1

            let mutable place = 0

            for digit in 0..2047 do
                let here = places[digit]
                places[digit] <- place
                place <- place + here

            for i in 0 .. count - 1 do
                let digit = int (fromKeys[i] >>> shift) &&& 2047
                toKeys[places[digit]] <- fromKeys[i]
                toIndices[places[digit]] <- fromIndices[i]
                places[digit] <- places[digit] + 1

            let keys, indices = fromKeys, fromIndices
            fromKeys <- toKeys
            fromIndices <- toIndices
            toKeys <- keys
            toIndices <- indices
            shift <- shift + 11

        Array.Copy(fromIndices, indices, count)

    /// The indices of the segments that can cover time, by start.
    let private byStart (segments: ImmutableArray<Segment>) : int[] =
        let order = Array.zeroCreate<int> segments.Length
        let keys = Array.zeroCreate<uint64> segments.Length
        let mutable count = 0
        let mutable earliest = Int64.MaxValue
        let mutable latest = Int64.MinValue
        let mutable isSorted = true

        for i in 0 .. segments.Length - 1 do
            if segments[i].Kind < SegmentKind.Temp then
                let start = int64 segments[i].Start
                isSorted <- isSorted && latest <= start
                earliest <- min earliest start
                latest <- start
                keys[count] <- uint64 start
                order[count] <- i
                count <- count + 1

        if not isSorted then
            for i in 0 .. count - 1 do
                keys[i] <- keys[i] - uint64 earliest

            sortByKey keys order count

        Array.sub order 0 count

    /// Chooses the best segment of each start of an hour's folder and counts everything. The order of the folder's
    /// segments changes no number.
    let ofFolder (folder: HourFolder) : HourSelection =
        let segments = folder.Segments
        let order = byStart segments
        let best = Array.zeroCreate<Segment> order.Length
        let mutable count = 0
        let mutable all = ByKind.none
        let mutable notBest = ByKind.none

        for i in order do
            let next = segments[i]
            all <- ByKind.add next.Kind next.Duration all

            if count > 0 && best[count - 1].Start = next.Start then
                let held = best[count - 1]
                let winner, loser = if isBetter next held then next, held else held, next
                best[count - 1] <- winner
                notBest <- ByKind.add loser.Kind loser.Duration notBest
            else
                best[count] <- next
                count <- count + 1

        {
            Hour = folder.Hour
            Best = ImmutableArray.Create(best, 0, count)
            Segments = all
            NotBest = notBest
            Temp = segments.Length - order.Length
            Bad = folder.Bad
        }
