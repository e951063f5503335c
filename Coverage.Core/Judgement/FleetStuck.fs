namespace Coverage

open System.Collections.Immutable

/// What stays fillable although back-filling should have brought it (semantics.md section 10.2), as a fold over rounds.
[<RequireQualifiedAccess>]
module internal FleetStuck =

    /// Before the first round.
    let start: ImmutableArray<TimeSince> = ImmutableArray.Empty

    /// What is fillable on a node after one more round: what was so before keeps its instant. `fillable` is empty in a round
    /// in which the node is unknown: that is a break.
    let next
        (now: Instant)
        (before: ImmutableArray<TimeSince>)
        (fillable: IntervalSet)
        : ImmutableArray<TimeSince> =
        TimeSince.next now before fillable

    /// What has been fillable for longer than a length.
    let stuck (now: Instant) (longest: Duration) (state: ImmutableArray<TimeSince>) : IntervalSet =
        state
        |> Seq.filter (fun one -> Instant.until now one.Since > longest)
        |> Seq.map _.Time
        |> IntervalSet.ofIntervals

    /// The time of a node's fillable spans.
    let fillable (node: NodeReport) : IntervalSet =
        node.Fillable |> Seq.map _.Time |> IntervalSet.ofIntervals
