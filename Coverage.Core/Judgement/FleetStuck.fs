namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// Since when some time is fillable on a node.
[<Struct; NoComparison>]
type internal FillableSince = { Time: Interval; Since: Instant }

/// What stays fillable although back-filling should have brought it (semantics.md section 10.2), as a fold over rounds.
[<RequireQualifiedAccess>]
module internal FleetStuck =

    /// Before the first round.
    let start: ImmutableArray<FillableSince> = ImmutableArray.Empty

    /// What is fillable on a node after one more round: what was so before keeps its instant. `fillable` is empty in a round
    /// in which the node is unknown: that is a break.
    let next
        (now: Instant)
        (before: ImmutableArray<FillableSince>)
        (fillable: IntervalSet)
        : ImmutableArray<FillableSince> =
        let after = List<FillableSince>()
        let mutable old = 0

        let add (from: Instant) (until: Instant) (since: Instant) =
            let time = Interval.create from until
            let last = after.Count - 1

            if time.IsEmpty then
                ()
            elif last >= 0 && after[last].Time.End = from && after[last].Since = since then
                after[last] <-
                    { Time = Interval.create after[last].Time.Start until
                      Since = since }
            else
                after.Add { Time = time; Since = since }

        for interval in fillable.Intervals do
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

    /// What has been fillable for longer than a length.
    let stuck (now: Instant) (longest: Duration) (state: ImmutableArray<FillableSince>) : IntervalSet =
        state
        |> Seq.filter (fun one -> Instant.until now one.Since > longest)
        |> Seq.map _.Time
        |> IntervalSet.ofIntervals

    /// The time of a node's fillable spans.
    let fillable (node: NodeReport) : IntervalSet =
        node.Fillable |> Seq.map _.Time |> IntervalSet.ofIntervals
