namespace Coverage

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
        /// Its hours in order, each at most once: those that have a folder, and those that are unknown. All others are known to be
        /// empty.
        Hours: ImmutableArray<NodeHour>
        /// The plain files that the node lists beside the hours' folders. It does not list hidden ones.
        Files: ImmutableArray<string>
        /// The folders beside them that are no hours, likewise.
        Folders: ImmutableArray<string>
    }

/// What all known nodes list alike in the hours that no node's listing has: where their digests are equal, names are not needed.
/// (Twins and the blockers of single names are looked for among names alone: not in these hours.)
[<NoComparison; NoEquality>]
type internal FleetBase =
    {
        /// The facts of one known node, of all its hours, with the tolerance and the hours of the rules: of them count those that no
        /// `NodeListing.Hours` has.
        Facts: StreamFacts
        /// What of these hours is covered by segments that are listed and not best: see `HourNames.notBest`.
        NotBest: IntervalSet
        /// What of these hours segments (not `temp`) would cover whose names are marked as deleted: see `HourNames.marked`.
        Deleted: IntervalSet
    }

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
