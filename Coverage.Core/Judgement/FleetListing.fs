namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// The hour of a node: what it lists there, or that nothing is known of it.
[<Struct; NoComparison; NoEquality>]
type internal NodeHour =
    {
        /// The hour.
        Hour: Hour
        /// What the node lists; null where the hour is unknown: its folder is there, or may be, and its names were never had.
        Names: HourNames | null
    }

/// What one node lists of a stream (semantics.md section 10).
[<NoComparison; NoEquality>]
type internal NodeListing =
    {
        /// Whether the others back-fill from it: `backfill_from`.
        IsSource: bool
        /// Whether it was heard, and lately enough. One that was not counts for nothing but `unknown` and `open`.
        IsKnown: bool
        /// Its hours in order, each at most once: those that have a folder, and those that are unknown. All others but those of a
        /// base are known to be empty. Of hours that the rules leave out only that they are there counts.
        Hours: ImmutableArray<NodeHour>
        /// The plain files that the node lists beside the hours' folders. It does not list hidden ones.
        Files: ImmutableArray<string>
        /// The folders beside them that are no hours, likewise.
        Folders: ImmutableArray<string>
    }

/// What all known nodes list alike in hours that no node's listing has: where their digests are equal, names are not needed.
[<NoComparison; NoEquality>]
type internal FleetBase =
    {
        /// The facts of one known node, of all its hours, with the tolerance and the hours of the rules: of them count those that no
        /// `NodeListing.Hours` has.
        Facts: StreamFacts
        /// These hours, in order: all known nodes list them, and no size decides in them.
        Hours: ImmutableArray<AlikeHour>
        /// What of these hours is covered by segments that are not best.
        NotBest: IntervalSet
        /// What of these hours segments would cover whose names are marked as deleted.
        Deleted: IntervalSet
    }

/// Bases of fleets.
[<RequireQualifiedAccess>]
module internal FleetBase =

    let private unionOf (hours: ImmutableArray<AlikeHour>) (setOf: AlikeHour -> IntervalSet) : IntervalSet =
        let times = List<Interval>()

        for hour in hours do
            times.AddRange (setOf hour).Intervals

        IntervalSet.ofIntervals times

    /// The base of some hours, in order, with the facts of a known node.
    let create (facts: StreamFacts) (hours: ImmutableArray<AlikeHour>) : FleetBase =
        { Facts = facts
          Hours = hours
          NotBest = unionOf hours _.NotBest
          Deleted = unionOf hours _.Deleted }

/// One stream of a fleet as its nodes list it.
[<NoComparison; NoEquality>]
type internal FleetListing =
    {
        /// The nodes, at most `FleetListing.mostNodes`. Their order changes the order of lists alone.
        Nodes: ImmutableArray<NodeListing>
        /// What is alike everywhere and not listed by names; `ValueNone` where every hour is listed.
        Base: FleetBase voption
    }

/// Listings of fleets.
[<RequireQualifiedAccess>]
module internal FleetListing =

    /// More nodes than this are not compared: a set of them is a number of 64 bits.
    [<Literal>]
    let mostNodes = 60

/// With what a fleet is judged.
[<NoComparison>]
type internal FleetRules =
    {
        /// Tolerance, first and last hour.
        Settings: Settings
        /// The instant of the look.
        Now: Instant
        /// Younger segments are left alone by back-filling: `--recent-cutoff`.
        Cutoff: Duration
        /// Older hours are left alone by back-filling, where given: `--backfill-window`.
        Window: Duration voption
    }
