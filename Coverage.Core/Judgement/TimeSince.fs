namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// Some time, and since when the same has been said of it. A list of these is sorted and disjoint, and neighbours that touch
/// have different instants.
[<Struct; NoComparison>]
type internal TimeSince = { Time: Interval; Since: Instant }

/// What is said of time, as a fold over looks: each instant keeps when it was first said of it, whatever becomes of the span
/// around it.
[<RequireQualifiedAccess>]
module internal TimeSince =

    /// The time of which it is said now. What was so before keeps its instant, the rest is so since now.
    let next
        (now: Instant)
        (before: ImmutableArray<TimeSince>)
        (time: IntervalSet)
        : ImmutableArray<TimeSince> =
        let after = List<TimeSince>()
        let mutable old = 0

        let add (from: Instant) (until: Instant) (since: Instant) =
            let last = after.Count - 1

            if last >= 0 && after[last].Time.End = from && after[last].Since = since then
                after[last] <-
                    { Time = Interval.create after[last].Time.Start until
                      Since = since }
            else
                after.Add
                    { Time = Interval.create from until
                      Since = since }

        for interval in time.Intervals do
            let mutable from = interval.Start

            while from < interval.End do
                while old < before.Length && before[old].Time.End <= from do
                    old <- old + 1

                if old = before.Length then
                    add from interval.End now
                    from <- interval.End
                elif from < before[old].Time.Start then
                    let until = min before[old].Time.Start interval.End
                    add from until now
                    from <- until
                else
                    let until = min before[old].Time.End interval.End
                    add from until before[old].Since
                    from <- until

        ImmutableArray.CreateRange after

    /// The time of which it was said before and is not said now, with the instants it had.
    let ended (before: ImmutableArray<TimeSince>) (time: IntervalSet) : ImmutableArray<TimeSince> =
        let now = time.Intervals
        let ended = ImmutableArray.CreateBuilder<TimeSince>()
        let mutable at = 0

        for piece in before do
            let mutable from = piece.Time.Start

            while from < piece.Time.End do
                while at < now.Length && now[at].End <= from do
                    at <- at + 1

                if at < now.Length && now[at].Start <= from then
                    from <- min now[at].End piece.Time.End
                else
                    let until =
                        if at < now.Length then
                            min now[at].Start piece.Time.End
                        else
                            piece.Time.End

                    ended.Add
                        { piece with
                            Time = Interval.create from until }

                    from <- until

        ended.DrainToImmutable()
