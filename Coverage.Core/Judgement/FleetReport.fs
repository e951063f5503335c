namespace Coverage

open System.Collections.Immutable
open System.Numerics
open System.Text

/// What an instant of the fleet's extent is for a node: the first of these words that applies (semantics.md section 10).
type internal FleetWord =
    /// The node has it.
    | Had = 0uy
    /// The node was not heard, or an hour of it could not be read.
    | Unknown = 1uy
    /// Back-filling will bring it.
    | Fillable = 2uy
    /// Back-filling will bring it when it is older than the cutoff.
    | Pending = 3uy
    /// A node has it, and back-filling will not bring it.
    | Withheld = 4uy
    /// No known node has it; one that is unknown may.
    | Open = 5uy
    /// No node has it: it was deleted.
    | Deleted = 6uy
    /// No node has it.
    | Lost = 7uy

/// Why back-filling will not bring a file or time, in order: of several the first is said.
type internal FleetReason =
    /// It will.
    | None = 0uy
    /// No node that lists it is a source.
    | NoSource = 1uy
    /// It is `temp`, or HASH is not whole.
    | Name = 2uy
    /// It starts later than now.
    | Future = 3uy
    /// Its hour is older than the window.
    | Window = 4uy
    /// It is marked as deleted.
    | Marked = 5uy
    /// The node has one that a back-filler takes for the same.
    | Near = 6uy
    /// Another segment is best for its start, or its hour is unknown.
    | NotBest = 7uy

/// What will become of a file that a node lacks and another has.
type internal FleetFate =
    /// Back-filling brings it.
    | Offered = 0uy
    /// It is too young.
    | Pending = 1uy
    /// Back-filling will not bring it.
    | Withheld = 2uy

/// What blocks a back-filler.
type internal BlockerReason =
    /// A name with a DURATION that it cannot hold.
    | Duration = 0uy
    /// A plain file beside the hours.
    | File = 1uy
    /// A folder that is no hour.
    | Folder = 2uy
    /// Marks alone, in an hour that another node lacks.
    | Marks = 3uy

/// The state of a fleet's stream, worst first.
type internal FleetStatus =
    | Unknown = 0uy
    | Lost = 1uy
    | Withheld = 2uy
    | Fillable = 3uy
    | Pending = 4uy
    | Deleted = 5uy
    | Whole = 6uy

/// Words as they are written everywhere.
[<RequireQualifiedAccess>]
module internal FleetText =

    /// The word as it is written: `fillable`.
    let ofWord (word: FleetWord) : string = word.ToString().ToLowerInvariant()

    /// The reason as it is written: `no-source`.
    let ofReason (reason: FleetReason) : string =
        match reason with
        | FleetReason.NoSource -> "no-source"
        | FleetReason.NotBest -> "not-best"
        | reason -> reason.ToString().ToLowerInvariant()

    /// The reason as it is written: `marks`.
    let ofBlocker (reason: BlockerReason) : string = reason.ToString().ToLowerInvariant()

    /// The status as it is written: `whole`.
    let ofStatus (status: FleetStatus) : string = status.ToString().ToLowerInvariant()

/// A set of nodes, by their places in the fleet's list.
[<Struct; NoComparison>]
type internal NodeSet =
    {
        /// A bit for each node.
        Bits: uint64
    }

    /// Whether there is none.
    member this.IsEmpty = this.Bits = 0UL

    /// How many there are.
    member this.Count = BitOperations.PopCount this.Bits

    /// Whether a node is one of them.
    member this.Contains(node: int) = this.Bits >>> node &&& 1UL = 1UL

    /// The places of the nodes, in order.
    member this.Nodes: ImmutableArray<int> =
        let set = this
        ImmutableArray.CreateRange(Seq.filter set.Contains (seq { 0..63 }))

/// A span of one word, with all that goes with the word; neighbours that say the same are one.
[<Struct; NoComparison>]
type internal FleetSpan =
    {
        /// When.
        Time: Interval
        /// Why, of `withheld` time and of what is endangered (`Marked` or `NotBest`).
        Reason: FleetReason
        /// Of `fillable` time: whether more than suspect and partial segments will cover it.
        ByFull: bool
        /// From which nodes; of what is endangered, by whose marks.
        Nodes: NodeSet
    }

/// A file that another known node lists and a node lacks.
[<Struct; NoComparison; NoEquality>]
type internal FleetFile =
    {
        /// The names it is one of: those of a node that lists it.
        Names: HourNames
        /// Its place among them.
        Place: int
        /// The first source that lists it, or else the first node.
        From: int
        /// What will become of it.
        Fate: FleetFate
        /// Why it is withheld, where it is.
        Reason: FleetReason
    }

    /// Its hour.
    member this.Hour = this.Names.Hour

    /// Its name in the folder of its hour.
    member this.Name = Encoding.UTF8.GetString(this.Names.NameAt this.Place)

    /// The segment, with its size on the node whose names these are, -1 where that is not known.
    member this.Segment = this.Names.Segments[this.Place]

/// What the fleet says of one node. The lengths of the words add up to the fleet's extent.
[<NoComparison; NoEquality>]
type internal NodeReport =
    {
        /// How much time has each word, by the word's number.
        Lengths: ImmutableArray<Duration>
        /// How much of the fillable time more than suspect and partial segments will cover.
        FillableByFull: Duration
        /// What back-filling will bring, and from where.
        Fillable: ImmutableArray<FleetSpan>
        /// What it will bring later, likewise.
        Pending: ImmutableArray<FleetSpan>
        /// What it will not bring, why, and who has it.
        Withheld: ImmutableArray<FleetSpan>
        /// When nothing is known of the node.
        Unknown: IntervalSet
        /// The time that no known node has and an unknown one may have.
        Open: IntervalSet
        /// The time that no node has and that a mark deletes.
        Deleted: IntervalSet
        /// The time that no node has, without a mark.
        Lost: IntervalSet
        /// What the next back-filling takes away, why, and by whose marks.
        Endangered: ImmutableArray<FleetSpan>
        /// The files that another known node lists and this one lacks, in known hours of it, by hour and name.
        Files: ImmutableArray<FleetFile>
    }

/// Something on a node that ends every pass of a back-filler early.
[<NoComparison>]
type internal Blocker =
    {
        /// The node it lies on.
        Node: int
        /// Where, below the stream.
        Path: string
        /// Why it blocks.
        Reason: BlockerReason
    }

/// Equal contents at different starts on two nodes: a clock differs.
[<NoComparison>]
type internal Twins =
    {
        /// The node that comes first.
        First: int
        /// The other one.
        Second: int
        /// How many pairs.
        Count: int
        /// By how much the second node's starts are later: the lower middle.
        Median: Duration
    }

/// What a fleet says of one stream.
[<NoComparison; NoEquality>]
type internal FleetReport =
    {
        /// The extent of what all known nodes list.
        Extent: Interval
        /// The stream in one word.
        Status: FleetStatus
        /// What no known node has and some unknown one may have.
        Open: IntervalSet
        /// What no node has and is marked as deleted.
        Deleted: IntervalSet
        /// What no node has.
        Lost: IntervalSet
        /// How much of the extent, seams left out, so many known nodes list, by their number.
        Copies: ImmutableArray<Duration>
        /// How much of the extent only this node lists, by node.
        Sole: ImmutableArray<Duration>
        /// What it says of each node.
        Nodes: ImmutableArray<NodeReport>
        /// What blocks back-filling, by node, path and reason.
        Blockers: ImmutableArray<Blocker>
        /// Pairs of nodes whose clocks differ.
        Twins: ImmutableArray<Twins>
        /// Until when the same listings say the same: at this instant, by now alone, something may become another.
        Until: Instant
    }
