namespace Coverage

open System
open System.Collections.Immutable

[<Struct; CustomEquality; NoComparison>]
type IntervalSet =
    private
        { Canonical: ImmutableArray<Interval> }

    member this.Intervals =
        if this.Canonical.IsDefault then
            ImmutableArray<Interval>.Empty
        else
            this.Canonical

    member this.Count = this.Intervals.Length

    member this.IsEmpty = this.Count = 0

    member this.Length =
        let mutable sum = Duration.zero

        for interval in this.Intervals do
            sum <- sum + interval.Length

        sum

    override this.Equals(other: obj) =
        match other with
        | :? IntervalSet as set -> (this :> IEquatable<IntervalSet>).Equals set
        | _ -> false

    override this.GetHashCode() =
        let mutable hash = HashCode()

        for interval in this.Intervals do
            hash.Add interval

        hash.ToHashCode()

    override this.ToString() = String.Join(" ", this.Intervals)

    interface IEquatable<IntervalSet> with
        member this.Equals other =
            this.Intervals.AsSpan().SequenceEqual(other.Intervals.AsSpan())

[<RequireQualifiedAccess>]
module IntervalSet =

    let empty: IntervalSet = { Canonical = ImmutableArray<Interval>.Empty }

    /// The one place where the canonical form is made: intervals sorted by start go in, what overlaps or touches
    /// becomes one, empties are dropped. Works in the array it is given, which no other code holds.
    let private ofSorted (intervals: Interval[]) (count: int) : IntervalSet =
        let mutable kept = 0

        for i in 0 .. count - 1 do
            let next = intervals[i]

            if not next.IsEmpty then
                if kept > 0 && next.Start <= intervals[kept - 1].End then
                    let last = intervals[kept - 1]
                    intervals[kept - 1] <- Interval.create last.Start (max last.End next.End)
                else
                    intervals[kept] <- next
                    kept <- kept + 1

        { Canonical = Exactly.immutable intervals kept }

    let ofIntervals (intervals: seq<Interval>) : IntervalSet =
        let array = Seq.toArray intervals
        let mutable isSorted = true

        for i in 1 .. array.Length - 1 do
            isSorted <- isSorted && array[i - 1].Start <= array[i].Start

        if not isSorted then
            Array.sortInPlaceBy (fun (interval: Interval) -> interval.Start) array

        ofSorted array array.Length

    let union (a: IntervalSet) (b: IntervalSet) : IntervalSet =
        let xs, ys = a.Intervals, b.Intervals
        let merged = Array.zeroCreate (xs.Length + ys.Length)
        let mutable i = 0
        let mutable j = 0

        while i < xs.Length || j < ys.Length do
            if j = ys.Length || (i < xs.Length && xs[i].Start <= ys[j].Start) then
                merged[i + j] <- xs[i]
                i <- i + 1
            else
                merged[i + j] <- ys[j]
                j <- j + 1

        ofSorted merged merged.Length

    let intersect (a: IntervalSet) (b: IntervalSet) : IntervalSet =
        let xs, ys = a.Intervals, b.Intervals
        // Each step leaves one interval behind and adds at most one piece.
        let pieces = Array.zeroCreate (xs.Length + ys.Length)
        let mutable count = 0
        let mutable i = 0
        let mutable j = 0

        while i < xs.Length && j < ys.Length do
            pieces[count] <- Interval.intersect xs[i] ys[j]
            count <- count + 1

            if xs[i].End <= ys[j].End then i <- i + 1 else j <- j + 1

        ofSorted pieces count

    let gaps (window: Interval) (set: IntervalSet) : IntervalSet =
        let pieces = Array.zeroCreate (set.Count + 1)
        let mutable from = window.Start
        let mutable count = 0

        for interval in set.Intervals do
            pieces[count] <- Interval.create from (min interval.Start window.End)
            count <- count + 1
            from <- max from interval.End

        pieces[count] <- Interval.create from window.End
        ofSorted pieces (count + 1)

    let hull (set: IntervalSet) : Interval =
        if set.IsEmpty then
            Interval.empty
        else
            Interval.create set.Intervals[0].Start set.Intervals[set.Count - 1].End

    let subtract (a: IntervalSet) (b: IntervalSet) : IntervalSet = intersect a (gaps (hull a) b)

    /// The index of the first interval that ends after an instant.
    let private firstEndingAfter (instant: Instant) (set: IntervalSet) : int =
        let mutable low = 0
        let mutable high = set.Count

        while low < high do
            let middle = low + (high - low) / 2

            if set.Intervals[middle].End <= instant then
                low <- middle + 1
            else
                high <- middle

        low

    let contains (instant: Instant) (set: IntervalSet) : bool =
        let at = firstEndingAfter instant set
        at < set.Count && set.Intervals[at].Start <= instant

    let cut (window: Interval) (set: IntervalSet) : IntervalSet =
        let first =
            if window.IsEmpty then
                set.Count
            else
                firstEndingAfter window.Start set

        let mutable last = first

        while last < set.Count && set.Intervals[last].Start < window.End do
            last <- last + 1

        let pieces =
            Array.init (last - first) (fun i -> Interval.intersect window set.Intervals[first + i])

        ofSorted pieces pieces.Length

    let within (window: Interval) (set: IntervalSet) : struct (int * Duration) =
        // The empty window is `[0, 0)`, which an interval can reach across.
        let mutable at =
            if window.IsEmpty then
                set.Count
            else
                firstEndingAfter window.Start set

        let mutable count = 0
        let mutable length = Duration.zero

        while at < set.Count && set.Intervals[at].Start < window.End do
            count <- count + 1
            length <- length + (Interval.intersect window set.Intervals[at]).Length
            at <- at + 1

        struct (count, length)
