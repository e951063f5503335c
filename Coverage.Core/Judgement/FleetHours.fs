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
            StreamFacts.firstWhere entries.Length (fun i -> entries[i].Segment.Start >= segment.Start)

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

/// What becomes of a segment of an hour on one node.
[<Struct; NoComparison; NoEquality>]
type internal Offer =
    {
        /// What will become of it, where the node does not list it and its hour is known.
        Fate: FleetFate
        /// The reason of that.
        FateReason: FleetReason
        /// Why time that it covers is withheld from the node: a cutoff aside.
        Reason: FleetReason
        /// Whether it is in after(i).
        IsAfter: bool
        /// Whether it would be without the cutoff.
        IsLater: bool
    }

/// What back-filling will bring (semantics.md section 10.1).
[<RequireQualifiedAccess>]
module internal FleetOffers =

    /// Two starts no further apart than this are one to a back-filler.
    let private nearness: Duration = Duration.ofMicroseconds 1_000L

    /// The value of a digit of base64url.
    let private digit (c: byte) : int =
        if c >= byte 'a' then int (c - byte 'a') + 26
        elif c = byte '_' then 63
        elif c >= byte 'A' then int (c - byte 'A')
        elif c = byte '-' then 62
        else int (c - byte '0') + 52

    /// Whether two hashes are the same bytes: some bits of the last digit can belong to none.
    let isSameHash (a: ReadOnlySpan<byte>) (b: ReadOnlySpan<byte>) : bool =
        a.Length = b.Length
        && (a.SequenceEqual b
            || (a.Length > 0
                && (let last = a.Length - 1

                    let unused =
                        match a.Length % 4 with
                        | 2 -> 4
                        | 3 -> 2
                        | _ -> 0

                    a.Slice(0, last).SequenceEqual(b.Slice(0, last))
                    && (digit a[last] ^^^ digit b[last]) >>> unused = 0)))

    /// Whether two entries have the same content and length, and are said of the same kind.
    let isSameContent (a: FleetEntry) (b: FleetEntry) : bool =
        a.Segment.Duration = b.Segment.Duration
        && a.Segment.Kind = b.Segment.Kind
        && isSameHash a.Hash b.Hash

    /// Whether an answer is yes for an entry that is near one, itself left out.
    let inline private existsNear
        (entries: FleetEntry[])
        (place: int)
        ([<InlineIfLambda>] answer: int -> bool)
        : bool =
        let mutable found = false
        let start = entries[place].Segment.Start
        let mutable at = place - 1

        while not found
              && at >= 0
              && Instant.until start entries[at].Segment.Start <= nearness do
            found <- isSameContent entries[at] entries[place] && answer at
            at <- at - 1

        at <- place + 1

        while not found
              && at < entries.Length
              && Instant.until entries[at].Segment.Start start <= nearness do
            found <- isSameContent entries[at] entries[place] && answer at
            at <- at + 1

        found

    /// Whether the window, where there is one, leaves an hour to back-filling.
    let isInWindow (rules: FleetRules) (hour: Hour) : bool =
        rules.Window.IsNone
        || Hour.start hour > Instant.subtract rules.Window.Value rules.Now

    /// The marks that are laid on a node: its own, and those of its sources in the window.
    let laidOn (rules: FleetRules) (node: int) (sources: uint64) (hour: Hour) : uint64 =
        if isInWindow rules hour then
            FleetHours.bit node ||| sources
        else
            FleetHours.bit node

    /// The first rule but the cutoff's that keeps a segment, which the node does not list, from it.
    let private reasonOf
        rules
        node
        sources
        (hour: FleetHour)
        (isStill: int -> bool)
        (place: int)
        : FleetReason =
        let entry = hour.Entries[place]

        if entry.Listers &&& sources = 0UL then
            FleetReason.NoSource
        elif entry.Hash.Length <> 43 then
            FleetReason.Name
        elif entry.Segment.Start > rules.Now then
            FleetReason.Future
        elif not (isInWindow rules hour.Hour) then
            FleetReason.Window
        elif entry.Markers &&& (FleetHours.bit node ||| sources) <> 0UL then
            FleetReason.Marked
        elif existsNear hour.Entries place isStill then
            FleetReason.Near
        else
            FleetReason.None

    /// Of segments near each other that no source lists together, the first counts as offered: leaves the others out.
    let private firstOfNear (entries: FleetEntry[]) (sources: uint64) (isOffered: bool[]) : unit =
        for place in 0 .. entries.Length - 1 do
            if isOffered[place] then
                isOffered[place] <-
                    not (
                        existsNear entries place (fun other ->
                            other < place
                            && isOffered[other]
                            && entries[other].Listers &&& entries[place].Listers &&& sources = 0UL)
                    )

    /// What becomes of a segment that the node lists, or that its unknown hour may hold.
    let private kept (reason: FleetReason) (isKept: bool) : Offer =
        { Fate = FleetFate.Withheld
          FateReason = reason
          Reason = reason
          IsAfter = isKept
          IsLater = isKept }

    /// What becomes of a segment that the node does not list.
    let private newOne (reason: FleetReason) (isOld: bool) (isOffered: bool) (isLater: bool) : Offer =
        // The table asks for the age before it asks for the window, for marks and for what is near.
        let isYoung =
            not isOld && (reason = FleetReason.None || reason > FleetReason.Future)

        { Fate =
            if isOffered then FleetFate.Offered
            elif isYoung then FleetFate.Pending
            else FleetFate.Withheld
          FateReason =
            if isOffered || isYoung then FleetReason.None
            elif reason = FleetReason.None then FleetReason.Near
            else reason
          Reason =
            if isOffered || isLater then FleetReason.NotBest
            elif reason = FleetReason.None then FleetReason.Near
            else reason
          IsAfter = isOffered
          IsLater = isLater }

    /// What becomes of each segment of an hour on a node, by its place among the entries.
    let ofHour (rules: FleetRules) (node: int) (sources: uint64) (hour: FleetHour) : Offer[] =
        let entries = hour.Entries

        let isListed place =
            FleetHours.isIn node entries[place].Listers

        let laid = laidOn rules node sources hour.Hour

        let isStill place =
            isListed place && entries[place].Markers &&& laid = 0UL

        let oldest = Instant.subtract rules.Cutoff rules.Now
        let offers = Array.create entries.Length (kept FleetReason.NotBest false)
        let lacking = List<struct (int * FleetReason)>()

        if not (FleetHours.isIn node hour.Unknown) then
            for place in 0 .. entries.Length - 1 do
                if not (isListed place) then
                    lacking.Add(struct (place, reasonOf rules node sources hour isStill place))
                elif isStill place then
                    offers[place] <- kept FleetReason.NotBest true
                else
                    offers[place] <- kept FleetReason.Marked false

        if lacking.Count > 0 then
            let later = Array.zeroCreate<bool> entries.Length
            let offered = Array.zeroCreate<bool> entries.Length

            for struct (place, reason) in lacking do
                later[place] <- reason = FleetReason.None
                offered[place] <- later[place] && entries[place].Segment.Start <= oldest

            firstOfNear entries sources later
            firstOfNear entries sources offered

            for struct (place, reason) in lacking do
                let isOld = entries[place].Segment.Start <= oldest
                offers[place] <- newOne reason isOld offered[place] later[place]

        offers
