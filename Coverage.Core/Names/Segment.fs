namespace Coverage

/// TYPE of semantics.md section 1.
type SegmentKind =
    /// The recorder got all of it.
    | Full = 0uy
    /// All of it as far as the recorder could tell, but something was odd.
    | Suspect = 1uy
    /// The recorder was cut off.
    | Partial = 2uy
    /// Still being written; counted and otherwise left out.
    | Temp = 3uy

/// One segment of a recording.
[<Struct; NoComparison>]
type Segment =
    {
        /// Where it starts: its hour folder's hour plus its TIME.
        Start: Instant
        /// How long it says it is: 0 to 86400 s in a name; in a list of intervals it may be years.
        Duration: Duration
        /// Its file's size in bytes; -1 while it is not known. Only `Selection.contested` ones need it.
        Size: int64
        /// What the recorder said of it.
        Kind: SegmentKind
    }

    /// The first instant after the segment.
    member this.End: Instant = Instant.add this.Duration this.Start

    /// The time it covers, if it is best for its start.
    member this.Interval: Interval = Interval.ofLength this.Start this.Duration

/// How many of something, and how long they are together. An hour's never overflow: the names of a folder fit into 2^31
/// bytes, at 20 bytes or more each, and a segment lasts a day at most. A list of intervals is refused before its lengths
/// together could.
[<Struct; NoComparison>]
type Tally =
    {
        /// How many.
        Count: int
        /// Their length together.
        Length: Duration
    }

    /// Both tallies together.
    static member (+)(a: Tally, b: Tally) : Tally =
        { Count = a.Count + b.Count
          Length = a.Length + b.Length }

/// A tally for each kind that can cover time.
[<Struct; NoComparison>]
type ByKind =
    {
        /// Of `full` segments.
        Full: Tally
        /// Of `suspect` segments.
        Suspect: Tally
        /// Of `partial` segments.
        Partial: Tally
    }

    /// Both together, kind by kind.
    static member (+)(a: ByKind, b: ByKind) : ByKind =
        { Full = a.Full + b.Full
          Suspect = a.Suspect + b.Suspect
          Partial = a.Partial + b.Partial }

/// Adds up tallies inside a function.
type internal Tallies() =
    let counts = Array.zeroCreate<int> 4
    let lengths = Array.zeroCreate<Duration> 4

    let tally (kind: SegmentKind) : Tally =
        { Count = counts[int kind]
          Length = lengths[int kind] }

    /// One more segment of a kind, of the length given.
    member _.Add(kind: SegmentKind, length: Duration) =
        counts[int kind] <- counts[int kind] + 1
        lengths[int kind] <- lengths[int kind] + length

    /// How many `temp` ones were added.
    member _.Temp = counts[int SegmentKind.Temp]

    /// What was added, but for `temp` ones.
    member _.Result: ByKind =
        { Full = tally SegmentKind.Full
          Suspect = tally SegmentKind.Suspect
          Partial = tally SegmentKind.Partial }

/// No segments at all.
[<RequireQualifiedAccess>]
module internal ByKind =

    let none = Unchecked.defaultof<ByKind>
