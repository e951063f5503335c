namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable

/// A segment that some known node lists in an hour.
[<Struct; NoComparison; NoEquality>]
type internal FleetEntry =
    {
        /// The segment, with the largest size of all nodes that list it.
        Segment: Segment
        /// The nodes that list it.
        Listers: uint64
        /// The nodes whose marks name it.
        Markers: uint64
        /// The names it is one of.
        Names: HourNames
        /// Its place among them.
        Place: int
    }

    /// The bytes of its name.
    member this.Name: ReadOnlySpan<byte> = this.Names.NameAt this.Place

    /// The bytes of its HASH, as text.
    member this.Hash: ReadOnlySpan<byte> = NameScan.hash this.Name

/// An hour as the known nodes list it.
[<NoComparison; NoEquality>]
type internal FleetHour =
    {
        /// The hour.
        Hour: Hour
        /// What each node lists; null for one that is unknown or has no folder here.
        Names: (HourNames | null)[]
        /// The known nodes that have a folder here, known or not.
        Folders: uint64
        /// The known nodes of which this hour is unknown.
        Unknown: uint64
        /// Whether all known nodes list the same here.
        IsSame: bool
        /// What is listed, in the order of names and starts; where all list the same, nothing: any node's names say it.
        Entries: FleetEntry[]
    }

/// Hours of a fleet, from the listings of its nodes.
[<RequireQualifiedAccess>]
module internal FleetHours =

    /// Calls an action with each node of a set.
    let inline forEach (nodes: uint64) ([<InlineIfLambda>] action: int -> unit) : unit =
        let mutable rest = nodes

        while rest <> 0UL do
            action (Numerics.BitOperations.TrailingZeroCount rest)
            rest <- rest &&& (rest - 1UL)

    let inline bit (node: int) : uint64 = 1UL <<< node

    /// Whether a node is in a set of them.
    let inline isIn (node: int) (nodes: uint64) : bool = nodes &&& bit node <> 0UL

    /// The known nodes.
    let known (listing: FleetListing) : uint64 =
        let mutable known = 0UL

        for i in 0 .. listing.Nodes.Length - 1 do
            if listing.Nodes[i].IsKnown then
                known <- known ||| bit i

        known

    /// The known nodes that a node back-fills from.
    let sources (node: int) (listing: FleetListing) : uint64 =
        let mutable sources = 0UL

        for i in 0 .. listing.Nodes.Length - 1 do
            if i <> node && listing.Nodes[i].IsKnown && listing.Nodes[i].IsSource then
                sources <- sources ||| bit i

        sources

    /// Whether the name of one entry comes before that of another: starts are in the same order.
    let private order (names: HourNames) (place: int) (other: HourNames) (otherPlace: int) : int =
        let a, b = names.Segments[place].Start, other.Segments[otherPlace].Start

        if a <> b then
            (if a < b then -1 else 1)
        else
            (names.NameAt place).SequenceCompareTo(other.NameAt otherPlace)

    /// The distinct segments of some listings of an hour, in order.
    let private merge (all: (HourNames | null)[]) : List<FleetEntry> =
        let entries = List<FleetEntry>()
        let at = Array.zeroCreate<int> all.Length
        let mutable isOver = false

        while not isOver do
            // The node whose next name comes first, and all that have the same.
            let mutable first = -1
            let mutable listers = 0UL
            let mutable size = -1L

            for i in 0 .. all.Length - 1 do
                match all[i] with
                | null -> ()
                | names when at[i] = names.Segments.Length -> ()
                | names ->
                    let order =
                        match first with
                        | -1 -> -1
                        | first -> order names at[i] (Unchecked.nonNull all[first]) at[first]

                    if order < 0 then
                        first <- i
                        listers <- 0UL
                        size <- -1L

                    if order <= 0 then
                        listers <- listers ||| bit i
                        size <- max size names.Segments[at[i]].Size

            if first < 0 then
                isOver <- true
            else
                let names = Unchecked.nonNull all[first]
                let place = at[first]

                entries.Add
                    { Segment =
                        { names.Segments[place] with
                            Size = size }
                      Listers = listers
                      Markers = 0UL
                      Names = names
                      Place = place }

                forEach listers (fun i -> at[i] <- at[i] + 1)

        entries

    /// The place of a segment's name among entries; -1 when it is not there.
    let private placeOf (name: byte[]) (segment: Segment) (entries: FleetEntry[]) : int =
        let mutable at =
            Search.firstWhere entries.Length (fun i -> entries[i].Segment.Start >= segment.Start)

        let mutable found = -1

        while found < 0 && at < entries.Length && entries[at].Segment.Start = segment.Start do
            if entries[at].Name.SequenceEqual(ReadOnlySpan name) then
                found <- at

            at <- at + 1

        found

    let private entries (all: (HourNames | null)[]) : FleetEntry[] =
        let entries = (merge all).ToArray()

        for i in 0 .. all.Length - 1 do
            match all[i] with
            | null -> ()
            | names ->
                for mark in names.Marks do
                    match mark.Segment with
                    | ValueSome segment ->
                        let place = placeOf mark.Name segment entries

                        if place >= 0 then
                            entries[place] <-
                                { entries[place] with
                                    Markers = entries[place].Markers ||| bit i }
                    | ValueNone -> ()

        entries

    let private ofNodes
        (known: uint64)
        (hour: Hour)
        (nodes: struct (int * NodeHour) seq)
        (count: int)
        : FleetHour =
        let names = Array.create<HourNames | null> count null
        let mutable folders = 0UL
        let mutable unknown = 0UL

        for struct (node, nodeHour) in nodes do
            names[node] <- nodeHour.Names
            folders <- folders ||| bit node

            if isNull nodeHour.Names then
                unknown <- unknown ||| bit node

        let isSame =
            folders = known
            && unknown = 0UL
            && (let first =
                    names[Numerics.BitOperations.TrailingZeroCount known] |> Unchecked.nonNull

                let mutable same = true
                forEach known (fun i -> same <- same && HourNames.areSame first (Unchecked.nonNull names[i]))
                same)

        { Hour = hour
          Names = names
          Folders = folders
          Unknown = unknown
          IsSame = isSame
          Entries = if isSame then [||] else entries names }

    /// The hours that any known node lists, in order: those in the world of the settings.
    let ofListing (settings: Settings) (listing: FleetListing) : FleetHour[] =
        let known = known listing
        let nodes = listing.Nodes
        let at = Array.zeroCreate<int> nodes.Length
        let hours = List<FleetHour>()
        let mutable next = ValueSome Hour.first

        while next.IsSome do
            next <- ValueNone

            forEach known (fun i ->
                if at[i] < nodes[i].Hours.Length then
                    let hour = nodes[i].Hours[at[i]].Hour

                    if next.IsNone || hour < next.Value then
                        next <- ValueSome hour)

            match next with
            | ValueSome hour ->
                let there = List<struct (int * NodeHour)>()

                forEach known (fun i ->
                    if at[i] < nodes[i].Hours.Length && nodes[i].Hours[at[i]].Hour = hour then
                        there.Add(struct (i, nodes[i].Hours[at[i]]))
                        at[i] <- at[i] + 1)

                if Report.isIn settings hour then
                    hours.Add(ofNodes known hour there nodes.Length)
            | ValueNone -> ()

        hours.ToArray()

    /// The names that all known nodes list alike in an hour.
    let sameNames (hour: FleetHour) : HourNames =
        hour.Names[Numerics.BitOperations.TrailingZeroCount hour.Folders]
        |> Unchecked.nonNull
