namespace Coverage

open System
open System.Buffers

/// Segments in order of start.
[<RequireQualifiedAccess>]
module internal StartOrder =

    /// Puts indices of segments in order of their starts. Segments with equal starts come out in any order.
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
            // The starts of one hour fit in 32 bits, beside the index: one array of numbers is sorted, without comparer.
            let keys = ArrayPool<uint64>.Shared.Rent indices.Length

            for at in 0 .. indices.Length - 1 do
                let start = uint64 segments[indices[at]].Start - uint64 earliest
                keys[at] <- (start <<< 32) ||| uint64 indices[at]

            keys.AsSpan(0, indices.Length).Sort()

            for at in 0 .. indices.Length - 1 do
                indices[at] <- int (uint32 keys[at])

            ArrayPool<uint64>.Shared.Return keys
        else
            // A name can lie in the folder of another hour, days away.
            let starts = Array.zeroCreate<int64> indices.Length

            for at in 0 .. indices.Length - 1 do
                starts[at] <- int64 segments[indices[at]].Start

            starts.AsSpan().Sort indices
