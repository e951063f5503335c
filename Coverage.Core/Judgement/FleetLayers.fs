namespace Coverage

open System
open System.Collections.Generic

/// Operations on sets of which many do not meet: those cost nothing.
[<RequireQualifiedAccess>]
module internal Sets =

    let private areApart (a: IntervalSet) (b: IntervalSet) : bool =
        (Interval.intersect (IntervalSet.hull a) (IntervalSet.hull b)).IsEmpty

    /// The instants in both sets.
    let intersect (a: IntervalSet) (b: IntervalSet) : IntervalSet =
        if areApart a b then
            IntervalSet.empty
        else
            IntervalSet.intersect a b

    /// The instants of the first set that are not in the second.
    let subtract (a: IntervalSet) (b: IntervalSet) : IntervalSet =
        if areApart a b then a else IntervalSet.subtract a b

    /// The instants in either set.
    let union (a: IntervalSet) (b: IntervalSet) : IntervalSet =
        if a.IsEmpty then b
        elif b.IsEmpty then a
        else IntervalSet.union a b

/// A piece of time and what lies over all of it: a bit for each layer.
[<Struct; NoComparison>]
type internal Layered = { Time: Interval; Layers: uint64 }

/// Which layers lie over which time.
[<RequireQualifiedAccess>]
module internal Layers =

    /// The layer that only says that something lies there.
    let present: uint64 = 1UL <<< 63

    /// What lies where, from the first start of an item to the furthest end, without a break: neighbours differ. Items are
    /// times and their layers, in any order.
    let paint (items: List<Layered>) : Layered[] =
        let times = Array.zeroCreate<int64>(2 * items.Count)
        // An item's number at its start, the complement of it at its end.
        let events = Array.zeroCreate<int> times.Length
        let mutable count = 0

        for i in 0 .. items.Count - 1 do
            let time = items[i].Time

            if not time.IsEmpty then
                times[count] <- int64 time.Start
                events[count] <- i
                times[count + 1] <- int64 time.End
                events[count + 1] <- ~~~i
                count <- count + 2

        Array.Sort(times, events, 0, count)
        let depths = Array.zeroCreate<int> 64
        let pieces = List<Layered>()
        let mutable layers = 0UL
        let mutable from = Instant.beforeAll
        let mutable at = 0

        while at < count do
            let now = times[at]
            let before = layers

            while at < count && times[at] = now do
                let step = if events[at] >= 0 then 1 else -1
                let mutable rest = items[if step > 0 then events[at] else ~~~events[at]].Layers

                while rest <> 0UL do
                    let layer = Numerics.BitOperations.TrailingZeroCount rest
                    depths[layer] <- depths[layer] + step

                    layers <-
                        if depths[layer] > 0 then
                            layers ||| (1UL <<< layer)
                        else
                            layers &&& ~~~(1UL <<< layer)

                    rest <- rest &&& (rest - 1UL)

                at <- at + 1

            if layers <> before then
                let now = Instant.ofMicroseconds now

                if from <> Instant.beforeAll then
                    pieces.Add
                        { Time = Interval.create from now
                          Layers = before }

                from <- now

        pieces.ToArray()

    let private divided
        (before: uint64)
        (after: uint64)
        (set: IntervalSet)
        (pieces: Layered[])
        : List<Layered> =
        let parts = List<Layered>()
        let mutable at = 0

        for interval in set.Intervals do
            let mutable from = interval.Start

            while from < interval.End do
                while at < pieces.Length && pieces[at].Time.End <= from do
                    at <- at + 1

                let until, layers =
                    if at = pieces.Length then
                        interval.End, after
                    elif from < pieces[at].Time.Start then
                        pieces[at].Time.Start, before
                    else
                        pieces[at].Time.End, pieces[at].Layers

                let until = min until interval.End

                parts.Add
                    { Time = Interval.create from until
                      Layers = layers }

                from <- until

        parts

    /// What lies over each part of a set, in order: together they are the set. `pieces` are as `paint` makes them.
    let over (set: IntervalSet) (pieces: Layered[]) : List<Layered> = divided 0UL 0UL set pieces

    /// The same, but that time which nothing lies over has the layers of what is before it; and time before everything has
    /// those of what comes first, where that is asked for.
    let bridged (isFirstBefore: bool) (set: IntervalSet) (pieces: Layered[]) : List<Layered> =
        let bridged = Array.copy pieces

        for i in 1 .. bridged.Length - 1 do
            if bridged[i].Layers = 0UL then
                bridged[i] <-
                    { bridged[i] with
                        Layers = bridged[i - 1].Layers }

        if bridged.Length = 0 then
            divided 0UL 0UL set bridged
        else
            let before = if isFirstBefore then bridged[0].Layers else 0UL
            divided before bridged[bridged.Length - 1].Layers set bridged
