namespace Coverage

open System
open System.Buffers
open System.Numerics

/// Segments in order of start.
[<RequireQualifiedAccess>]
module internal StartOrder =

    /// Sorts a few numbers.
    let private sortFew (numbers: Span<uint64>) : unit =
        for i in 1 .. numbers.Length - 1 do
            let next = numbers[i]
            let mutable place = i

            while place > 0 && numbers[place - 1] > next do
                numbers[place] <- numbers[place - 1]
                place <- place - 1

            numbers[place] <- next

    /// Sorts numbers up to a greatest one of at least 11 bits. First each goes among those with the same upper 11 bits: starts lie scattered
    /// over their hour, so hardly any have company, and that is far less work than comparing.
    let private sortUpTo (greatest: uint64) (numbers: Span<uint64>) : unit =
        let shift = 53 - BitOperations.LeadingZeroCount greatest
        let ends = ArrayPool<int>.Shared.Rent 2048
        let scattered = ArrayPool<uint64>.Shared.Rent numbers.Length
        Array.Clear ends

        for number in numbers do
            let upper = int (number >>> shift)
            ends[upper] <- ends[upper] + 1

        let mutable place = 0

        for upper in 0..2047 do
            let here = ends[upper]
            ends[upper] <- place
            place <- place + here

        for number in numbers do
            let upper = int (number >>> shift)
            scattered[ends[upper]] <- number
            ends[upper] <- ends[upper] + 1

        let mutable from = 0

        for upper in 0..2047 do
            let count = ends[upper] - from

            if count > 16 then
                scattered.AsSpan(from, count).Sort()
            elif count > 1 then
                sortFew (scattered.AsSpan(from, count))

            from <- ends[upper]

        scattered.AsSpan(0, numbers.Length).CopyTo numbers
        ArrayPool<uint64>.Shared.Return scattered
        ArrayPool<int>.Shared.Return ends

    /// Puts indices of segments in order of their starts. Which order equal starts come out in is not said.
    let sort (segments: ReadOnlySpan<Segment>) (indices: Span<int>) : unit =
        let mutable earliest = Int64.MaxValue
        let mutable latest = Int64.MinValue
        let mutable isSorted = true

        for i in indices do
            let start = int64 segments[i].Start
            isSorted <- isSorted && latest <= start
            earliest <- min earliest start
            latest <- max latest start

        if isSorted then
            ()
        elif uint64 latest - uint64 earliest <= uint64 UInt32.MaxValue then
            // As in every folder whose segments start in its hour: the start fits beside the index.
            let numbers = ArrayPool<uint64>.Shared.Rent indices.Length

            for at in 0 .. indices.Length - 1 do
                let start = uint64 segments[indices[at]].Start - uint64 earliest
                numbers[at] <- (start <<< 32) ||| uint64 indices[at]

            let greatest = ((uint64 latest - uint64 earliest) <<< 32) ||| uint64 UInt32.MaxValue

            sortUpTo greatest (numbers.AsSpan(0, indices.Length))

            for at in 0 .. indices.Length - 1 do
                indices[at] <- int (uint32 numbers[at])

            ArrayPool<uint64>.Shared.Return numbers
        else
            let starts = Array.zeroCreate<int64> indices.Length

            for at in 0 .. indices.Length - 1 do
                starts[at] <- int64 segments[indices[at]].Start

            starts.AsSpan().Sort indices
