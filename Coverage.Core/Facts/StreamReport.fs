namespace Coverage

open System.Collections.Immutable

/// What a stream is checked with.
type Settings =
    {
        /// The longest gap that is a seam and no hole (semantics.md section 3). At most `Duration.longest`: a run of
        /// hours that is not reported must be a hole, or its seam would be missing from the hours' sums.
        Tolerance: Duration
        /// The hour at which the world begins, if it is cut there (semantics.md section 4).
        FirstHour: Hour voption
        /// The last hour of the world, if it is cut after it.
        LastHour: Hour voption
    }

/// A stream in one word (semantics.md section 3).
type Status =
    /// The extent is empty: nothing is known.
    | Empty = 0uy
    /// There is a hole.
    | Incomplete = 1uy
    /// There is no hole, but time that only suspect or partial segments cover.
    | Partial = 2uy
    /// Nothing is missing.
    | Complete = 3uy

/// What is covered in a stream's extent and what is not: `Covered + HoleLength + SeamLength` is the extent's length.
type StreamCoverage =
    {
        /// How much is covered.
        Covered: Duration
        /// The gaps longer than the tolerance.
        Holes: IntervalSet
        /// Their length together.
        HoleLength: Duration
        /// The length of all other gaps together.
        SeamLength: Duration
    }

/// What is covered in an hour's window and what is not: `Covered + HoleLength + SeamLength` is the window's length.
[<Struct; NoComparison>]
type HourCoverage =
    {
        /// How much is covered.
        Covered: Duration
        /// How many holes reach into the window.
        Holes: int
        /// How much of the window is in them.
        HoleLength: Duration
        /// How much of the window is in seams.
        SeamLength: Duration
    }

/// One hour of a stream (semantics.md section 4).
type HourReport =
    {
        /// The hour.
        Hour: Hour
        /// The part of the extent that lies in the hour.
        Window: Interval
        /// The segments of its folder.
        Segments: ByKind
        /// How many more are still being written.
        Temp: int
        /// How many names did not fit the grammar.
        Bad: int
        /// Overlaps, under the type of the segment that is in the way.
        Overlaps: ByKind
        /// What any best segment covers.
        Raw: HourCoverage
        /// What the editable chain covers.
        Editable: HourCoverage
        /// How much of the window suspect or partial segments alone cover.
        PartialOnly: Duration
    }

/// One stream: everything that semantics.md says of it.
type StreamReport =
    {
        /// What it was looked at with.
        Settings: Settings
        /// From the first start to the furthest end.
        Extent: Interval
        /// The stream in one word.
        Status: Status
        /// What any best segment covers.
        Raw: StreamCoverage
        /// What the editable chain covers.
        Editable: StreamCoverage
        /// What suspect or partial segments alone cover.
        PartialOnly: IntervalSet
        /// The hours reported, in order.
        Hours: ImmutableArray<HourReport>
    }
