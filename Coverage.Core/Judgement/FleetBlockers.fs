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
        | ValueSome common when not common.Hours.IsEmpty ->
            let first = common.Hours[0].Hour
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

            let addEndless (hour: Hour) (names: ImmutableArray<string>) =
                for name in names do
                    add $"{Hour.toText hour}/{name}" BlockerReason.Duration

            match listing.Base with
            | ValueSome common ->
                for hour in common.Hours do
                    addEndless hour.Hour hour.Endless
            | ValueNone -> ()

            for hour in hours do
                match hour.Names[node] with
                | null -> ()
                | names ->
                    addEndless hour.Hour names.Endless

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
