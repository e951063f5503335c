namespace Coverage

open System
open System.Buffers
open System.Collections.Immutable

/// An hour's folder after the choice: what was best for each start, and the counts of everything.
type internal HourSelection =
    {
        /// The hour.
        Hour: Hour
        /// The best segment of each start, in order of start.
        Best: ImmutableArray<Segment>
        /// All segments, with their own durations.
        Segments: ByKind
        /// Those that were not best for their start, with their own durations (semantics.md section 3, overlaps).
        NotBest: ByKind
        /// The longest duration of all of them; zero when there is none.
        Longest: Duration
        /// How many are still being written.
        Temp: int
        /// How many names did not fit the grammar.
        Bad: int
    }

/// The best segment for each start time (semantics.md section 2).
[<RequireQualifiedAccess>]
module internal Selection =

    /// Whether one segment is better than another of the same start. What neither is better than the other by
    /// changes no number.
    let isBetter (a: Segment) (b: Segment) : bool =
        if a.Kind <> b.Kind then
            a.Kind < b.Kind
        elif a.Kind <> SegmentKind.Full && a.Size <> b.Size then
            a.Size > b.Size
        else
            a.Duration > b.Duration

    /// The indices of the segments that can cover time, in order of start, at the front of an array of the pool; how many.
    let private inOrder (segments: ReadOnlySpan<Segment>) : struct (int[] * int) =
        let order = ArrayPool<int>.Shared.Rent segments.Length
        let mutable count = 0

        for i in 0 .. segments.Length - 1 do
            if segments[i].Kind < SegmentKind.Temp then
                order[count] <- i
                count <- count + 1

        StartOrder.sort segments (order.AsSpan(0, count))
        struct (order, count)

    /// How many segments are suspect or partial.
    let private notFull (segments: ReadOnlySpan<Segment>) : int =
        let mutable count = 0

        for i in 0 .. segments.Length - 1 do
            if segments[i].Kind = SegmentKind.Suspect || segments[i].Kind = SegmentKind.Partial then
                count <- count + 1

        count

    /// The indices of the segments whose file sizes decide and are not known: two or more suspects, or partials where
    /// there is no suspect, at a start that has no full one.
    let contested (segments: ImmutableArray<Segment>) : ImmutableArray<int> =
        if notFull (segments.AsSpan()) < 2 then
            ImmutableArray<int>.Empty
        else
            let struct (order, count) = inOrder (segments.AsSpan())
            let asked = ImmutableArray.CreateBuilder<int>()
            let mutable first = 0

            while first < count do
                // The segments of one start: what the best kind among them is, and how many are of it.
                let mutable next = first
                let mutable kind = SegmentKind.Temp
                let mutable rivals = 0

                while next < count && segments[order[next]].Start = segments[order[first]].Start do
                    if segments[order[next]].Kind < kind then
                        kind <- segments[order[next]].Kind
                        rivals <- 0

                    if segments[order[next]].Kind = kind then
                        rivals <- rivals + 1

                    next <- next + 1

                if kind <> SegmentKind.Full && rivals > 1 then
                    for at in first .. next - 1 do
                        if segments[order[at]].Kind = kind && segments[order[at]].Size < 0L then
                            asked.Add order[at]

                first <- next

            ArrayPool<int>.Shared.Return order
            asked.DrainToImmutable()

    /// Whether there is nothing to choose: all segments can cover time, and each starts later than the one before.
    let private isChosen (segments: ReadOnlySpan<Segment>) : bool =
        let mutable isChosen = true
        let mutable before = Int64.MinValue

        for i in 0 .. segments.Length - 1 do
            isChosen <-
                isChosen
                && segments[i].Kind < SegmentKind.Temp
                && before < int64 segments[i].Start

            before <- int64 segments[i].Start

        isChosen

    /// The best segment of each start, in order of start, and the others.
    let private choose (segments: ReadOnlySpan<Segment>) : struct (ImmutableArray<Segment> * ByKind) =
        let struct (order, candidates) = inOrder segments
        let best = Array.zeroCreate<Segment> candidates
        let notBest = Tallies()
        let mutable count = 0

        for at in 0 .. candidates - 1 do
            let next = segments[order[at]]

            if count > 0 && best[count - 1].Start = next.Start then
                let held = best[count - 1]
                let winner, loser = if isBetter next held then next, held else held, next
                best[count - 1] <- winner
                notBest.Add(loser.Kind, loser.Duration)
            else
                best[count] <- next
                count <- count + 1

        ArrayPool<int>.Shared.Return order
        struct (Exactly.immutable best count, notBest.Result)

    /// Chooses the best segment of each start of an hour's folder and counts everything. The order of the folder's
    /// segments changes no number.
    let ofFolder (folder: HourFolder) : HourSelection =
        let segments = folder.Segments.AsSpan()
        let all = Tallies()
        let mutable longest = Duration.zero

        for i in 0 .. segments.Length - 1 do
            all.Add(segments[i].Kind, segments[i].Duration)

            if segments[i].Kind < SegmentKind.Temp then
                longest <- max longest segments[i].Duration

        let struct (best, notBest) =
            if isChosen segments then
                struct (folder.Segments, ByKind.none)
            else
                choose segments

        { Hour = folder.Hour
          Best = best
          Segments = all.Result
          NotBest = notBest
          Longest = longest
          Temp = all.Temp
          Bad = folder.Bad }
