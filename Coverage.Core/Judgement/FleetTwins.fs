namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable

/// Equal contents at different starts on two nodes (semantics.md section 10.2).
[<RequireQualifiedAccess>]
module internal FleetTwins =

    /// Fewer pairs say nothing of a clock.
    [<Literal>]
    let private fewest = 5

    /// How much later the second node's starts are, for each pair of nodes.
    type private Apart(count: int) =
        let apart = Array.init (count * count) (fun _ -> List<int64>())

        /// A pair of segments and the nodes that list each.
        member _.Add(earlier: uint64, later: uint64, length: Duration) =
            let length = int64 length

            FleetHours.forEach earlier (fun a ->
                FleetHours.forEach later (fun b ->
                    if a < b then
                        apart[a * count + b].Add length
                    elif b < a then
                        apart[b * count + a].Add(-length)))

        member _.Of(first: int, second: int) : List<int64> = apart[first * count + second]

    /// The segments near the edges of an hour that is listed by names.
    let private edgesOf (hour: FleetHour) : ImmutableArray<EdgeSegment> =
        if hour.IsSame then
            AlikeHour.edges hour.Folders (FleetHours.sameNames hour)
        else
            hour.Entries
            |> Seq.filter (fun entry ->
                TwinPairs.isAtEdge hour.Hour entry.Segment.Start && entry.Hash.Length > 0)
            |> Seq.map (fun entry ->
                { Segment = entry.Segment
                  Hash = entry.Hash.ToArray()
                  Listers = entry.Listers })
            |> ImmutableArray.CreateRange

    let private addWithin (apart: Apart) (hour: FleetHour) : unit =
        if hour.IsSame then
            for length in AlikeHour.twins (FleetHours.sameNames hour) do
                apart.Add(hour.Folders, hour.Folders, length)
        else
            let entries = hour.Entries

            TwinPairs.forEach entries.Length (fun place -> entries[place].Segment.Start) (fun a b ->
                if
                    TwinPairs.areSame entries[a].Segment entries[a].Hash entries[b].Segment entries[b].Hash
                then
                    apart.Add(
                        entries[a].Listers,
                        entries[b].Listers,
                        Instant.until entries[b].Segment.Start entries[a].Segment.Start
                    ))

    /// Twins of which each is in another hour. In the base every known node lists each segment.
    let private addAcross
        (apart: Apart)
        (known: uint64)
        (earlier: ImmutableArray<EdgeSegment>)
        (later: ImmutableArray<EdgeSegment>)
        : unit =
        let listers (edge: EdgeSegment) =
            if edge.Listers = 0UL then known else edge.Listers

        for a in earlier do
            for b in later do
                if
                    TwinPairs.areApart a.Segment.Start b.Segment.Start
                    && TwinPairs.areSame a.Segment (ReadOnlySpan a.Hash) b.Segment (ReadOnlySpan b.Hash)
                then
                    apart.Add(listers a, listers b, Instant.until b.Segment.Start a.Segment.Start)

    /// All pairs of nodes with enough twins, in order.
    let find (listing: FleetListing) (hours: FleetHour[]) : ImmutableArray<Twins> =
        let count = listing.Nodes.Length
        let known = FleetHours.known listing
        let apart = Apart count

        let alike =
            match listing.Base with
            | ValueSome common -> common.Hours
            | ValueNone -> ImmutableArray.Empty

        let mutable last = Hour.first - 2<hour>
        let mutable ends = ImmutableArray<EdgeSegment>.Empty

        let pass (hour: Hour) (edges: ImmutableArray<EdgeSegment>) =
            if hour = last + 1<hour> then
                addAcross apart known ends edges

            last <- hour
            ends <- edges

        let mutable next = 0

        let passAlike (until: Hour) =
            while next < alike.Length && alike[next].Hour < until do
                let hour = alike[next]

                for length in hour.Twins do
                    apart.Add(known, known, length)

                pass hour.Hour hour.Edges
                next <- next + 1

        for hour in hours do
            passAlike hour.Hour
            addWithin apart hour
            pass hour.Hour (edgesOf hour)

        passAlike (Hour.last + 1<hour>)

        ImmutableArray.CreateRange(
            seq {
                for first in 0 .. count - 1 do
                    for second in first + 1 .. count - 1 do
                        let all = apart.Of(first, second)

                        if all.Count >= fewest then
                            all.Sort()

                            { First = first
                              Second = second
                              Count = all.Count
                              Median = Duration.ofMicroseconds all[(all.Count - 1) / 2] }
            }
        )
