namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.Text

/// What ends every pass of a back-filler early, as far as names tell (semantics.md section 10.2).
[<RequireQualifiedAccess>]
module internal FleetBlockers =

    /// Whether an hour has a segment that a back-filler would fetch.
    let private hasWhole (names: HourNames) : bool =
        let mutable found = false
        let mutable at = 0

        while not found && at < names.Segments.Length do
            found <- (NameScan.hash (names.NameAt at)).Length = 43
            at <- at + 1

        found

    let private bytesOf (text: string) : byte[] = Encoding.UTF8.GetBytes text

    let private isGreater (a: string) (b: string) : bool =
        (ReadOnlySpan(bytesOf a)).SequenceCompareTo(ReadOnlySpan(bytesOf b)) > 0

    /// The first hour of a node, or of the base, which each has.
    let private firstHour (listing: FleetListing) (node: NodeListing) : Hour voption =
        let own =
            if node.Hours.IsEmpty then
                ValueNone
            else
                ValueSome node.Hours[0].Hour

        match listing.Base with
        | ValueSome common when not common.Facts.Hours.IsEmpty ->
            let first = common.Facts.Hours[0].Timeline.Hour
            ValueSome(min first (ValueOption.defaultValue first own))
        | _ -> own

    /// All blockers, by node, path and reason.
    let find (rules: FleetRules) (listing: FleetListing) (hours: FleetHour[]) : ImmutableArray<Blocker> =
        let known = FleetHours.known listing
        let blockers = List<Blocker>()

        FleetHours.forEach known (fun node ->
            let told = listing.Nodes[node]
            let isSource = told.IsSource && listing.Nodes.Length > 1
            let found = List<Blocker>()

            let add path reason =
                found.Add
                    { Node = node
                      Path = path
                      Reason = reason }

            for hour in hours do
                match hour.Names[node] with
                | null -> ()
                | names ->
                    for name in names.Endless do
                        add $"{Hour.toText hour.Hour}/{name}" BlockerReason.Duration

                    let isLacking = known &&& ~~~hour.Folders <> 0UL

                    if isSource && isLacking && names.Marks.Length > 0 && not (hasWhole names) then
                        add (Hour.toText hour.Hour) BlockerReason.Marks

            if isSource then
                match firstHour listing told with
                | ValueSome first ->
                    for file in told.Files do
                        if isGreater file (Hour.toText first) then
                            add file BlockerReason.File
                | ValueNone -> ()

                if rules.Window.IsSome then
                    for folder in told.Folders do
                        add folder BlockerReason.Folder

            found
            |> Seq.sortWith (fun a b ->
                match String.CompareOrdinal(a.Path, b.Path) with
                | 0 -> compare a.Reason b.Reason
                | order -> order)
            |> blockers.AddRange)

        ImmutableArray.CreateRange blockers

/// Equal contents at different starts on two nodes (semantics.md section 10.2).
[<RequireQualifiedAccess>]
module internal FleetTwins =

    let private nearest: Duration = Duration.ofMicroseconds 1_000L
    let private furthest: Duration = Duration.ofSeconds 2L

    /// Fewer pairs say nothing of a clock.
    [<Literal>]
    let private fewest = 5

    /// The segments of an hour in order of start, as entries.
    let private entriesOf (hour: FleetHour) : FleetEntry[] =
        if hour.IsSame then
            let names = FleetHours.sameNames hour

            Array.init names.Segments.Length (fun place ->
                { Segment = names.Segments[place]
                  Listers = hour.Folders
                  Markers = 0UL
                  Names = names
                  Place = place })
        else
            hour.Entries

    /// Calls an action with all pairs of entries that are twins, the one that starts first first. Hours are in order.
    let private forEachPair (hours: FleetHour[]) (action: FleetEntry -> FleetEntry -> unit) : unit =
        // Those before, as far as one can be a twin of what comes.
        let mutable tail: FleetEntry[] = [||]

        for hour in hours do
            let all = Array.append tail (entriesOf hour)

            for later in tail.Length .. all.Length - 1 do
                let start = all[later].Segment.Start
                let mutable earlier = later - 1

                while earlier >= 0 && Instant.until start all[earlier].Segment.Start <= furthest do
                    if
                        Instant.until start all[earlier].Segment.Start >= nearest
                        && FleetOffers.isSameContent all[earlier] all[later]
                        && all[later].Hash.Length > 0
                    then
                        action all[earlier] all[later]

                    earlier <- earlier - 1

            let from = Instant.subtract furthest (Hour.finish hour.Hour)

            let first = Search.firstWhere all.Length (fun i -> all[i].Segment.Start >= from)

            tail <- Array.sub all first (all.Length - first)

    /// All pairs of nodes with enough twins, in order.
    let find (count: int) (hours: FleetHour[]) : ImmutableArray<Twins> =
        let apart = Array.init (count * count) (fun _ -> List<int64>())

        forEachPair hours (fun earlier later ->
            let length = int64 (Instant.until later.Segment.Start earlier.Segment.Start)

            FleetHours.forEach earlier.Listers (fun a ->
                FleetHours.forEach later.Listers (fun b ->
                    // The second node's start less the first's.
                    if a < b then
                        apart[a * count + b].Add length
                    elif b < a then
                        apart[b * count + a].Add(-length))))

        ImmutableArray.CreateRange(
            seq {
                for first in 0 .. count - 1 do
                    for second in first + 1 .. count - 1 do
                        let all = apart[first * count + second]

                        if all.Count >= fewest then
                            all.Sort()

                            { First = first
                              Second = second
                              Count = all.Count
                              Median = Duration.ofMicroseconds all[(all.Count - 1) / 2] }
            }
        )
