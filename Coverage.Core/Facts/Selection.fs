namespace Coverage

open System
open System.Buffers
open System.Collections.Generic
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
        let order = ArrayPool<int>.Shared.Rent segments.Length
        let mutable candidates = 0

        for i in 0 .. segments.Length - 1 do
            if segments[i].Kind < SegmentKind.Temp then
                order[candidates] <- i
                candidates <- candidates + 1

        StartOrder.sort segments (order.AsSpan(0, candidates))
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
