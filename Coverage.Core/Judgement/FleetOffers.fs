namespace Coverage

open System
open System.Collections.Generic

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

    /// Whether two entries have the same content and length, and are said of the same kind.
    let isSameContent (a: FleetEntry) (b: FleetEntry) : bool =
        a.Segment.Duration = b.Segment.Duration
        && a.Segment.Kind = b.Segment.Kind
        && FleetHash.areSame a.Hash b.Hash

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
