namespace Coverage

/// What the hours so far hand on to the next one: all it needs to know of them.
[<Struct; NoComparison>]
type Carry =
    {
        /// The furthest end of the best segments so far, those without a length left out but for the first of all;
        /// `Instant.beforeAll` when there is none yet.
        Furthest: Instant
        /// The furthest end of the editable chain so far; likewise.
        ChainEnd: Instant
        /// Time before this is covered by a full segment or was told of already, so it can be partial-only no more.
        Settled: Instant
        /// The furthest end of the suspect and partial best segments so far: from `Settled` to here is partial-only,
        /// as far as no full segment comes yet.
        PartialEnd: Instant
    }

/// The gaps that end at a start of one hour: what lies between its segments and those before them.
type HourGaps =
    {
        /// The gap that began before the hour, hole or seam; there is at most one.
        Inherited: Interval
        /// The holes that began in the hour.
        Holes: IntervalSet
        /// The seams that began in the hour, all together.
        SeamLength: Duration
    }

/// What one hour's folder adds to its stream, given what came before. A stream's report is put together from these.
type HourTimeline =
    {
        /// The hour.
        Hour: Hour
        /// All segments, with their own durations.
        Segments: ByKind
        /// How many are still being written.
        Temp: int
        /// How many names did not fit the grammar.
        Bad: int
        /// The overlaps, under the type and the hour of the segment that is in the way.
        Overlaps: ByKind
        /// The first and the last start of a best segment; nothing when there is none.
        Starts: struct (Instant * Instant) voption
        /// Whether any best segment has a length.
        HasLength: bool
        /// The gaps of the covered time.
        Raw: HourGaps
        /// The gaps of the editable chain.
        Editable: HourGaps
        /// Partial-only time told of here: from where the hours before left off to the hour's end.
        PartialOnly: IntervalSet
        /// What is handed on.
        Carry: Carry
    }

/// Covered, editable chain, holes and seams, partial-only, overlaps (semantics.md section 3), hour by hour: a stream
/// is a left fold of `step` over its hours. The tolerance enters here and nowhere else.
[<RequireQualifiedAccess>]
module Timeline =

    /// Before the first hour.
    let start: Carry =
        { Furthest = Instant.beforeAll
          ChainEnd = Instant.beforeAll
          Settled = Instant.beforeAll
          PartialEnd = Instant.beforeAll }

    /// Whether a gap is a hole; if not it is a seam.
    let isHole (tolerance: Duration) (gap: Interval) : bool = gap.Length > tolerance

    /// Collects the gaps of one hour in order.
    type private Gaps(tolerance: Duration, hourStart: Instant) =
        let mutable inherited = Interval.empty
        let holes = ResizeArray<Interval>()
        let mutable seams = Duration.zero

        member _.Add(gap: Interval) =
            if gap.Start < hourStart then inherited <- gap
            elif isHole tolerance gap then holes.Add gap
            else seams <- seams + gap.Length

        member _.Result: HourGaps =
            { Inherited = inherited
              Holes = IntervalSet.ofIntervals holes
              SeamLength = seams }

    /// One hour: what its chosen segments add, and what it hands on. Its best segments start in the hour.
    ///
    /// A best segment without a length covers nothing: it closes no gap and moves no end, but for the first of all,
    /// which begins the extent.
    let step (tolerance: Duration) (carry: Carry) (hour: HourSelection) : HourTimeline =
        let hourStart, hourEnd = Hour.start hour.Hour, Hour.finish hour.Hour
        let raw = Gaps(tolerance, hourStart)
        let editable = Gaps(tolerance, hourStart)
        let partialOnly = ResizeArray<Interval>()
        let overlaps = Tallies()
        let mutable hasLength = false
        let mutable furthest = carry.Furthest
        let mutable chainEnd = carry.ChainEnd
        let mutable settled = carry.Settled
        let mutable partialEnd = carry.PartialEnd

        let best = hour.Best.AsSpan()

        for i in 0 .. best.Length - 1 do
            let segment = best[i]
            let isFirst = furthest = Instant.beforeAll

            if segment.Start < Instant.subtract tolerance furthest then
                let length = Instant.until (min furthest segment.End) segment.Start
                overlaps.Add(segment.Kind, length)

            if isFirst then
                furthest <- segment.End
                chainEnd <- segment.End
            elif segment.Duration > Duration.zero then
                if segment.Start > furthest then
                    raw.Add(Interval.create furthest segment.Start)

                furthest <- max furthest segment.End

                if segment.Start >= Instant.subtract tolerance chainEnd then
                    if segment.Start > chainEnd then
                        editable.Add(Interval.create chainEnd segment.Start)

                    chainEnd <- max chainEnd segment.End

            // Every later segment starts later, so what is partial-only before this start stays so.
            let told = Interval.create settled (min partialEnd segment.Start)

            if not told.IsEmpty then
                partialOnly.Add told

            settled <- max settled segment.Start

            if segment.Kind = SegmentKind.Full then
                settled <- max settled segment.End
            else
                partialEnd <- max partialEnd segment.End

            hasLength <- hasLength || segment.Duration > Duration.zero

        let told = Interval.create settled (min partialEnd hourEnd)

        if not told.IsEmpty then
            partialOnly.Add told

        settled <- max settled hourEnd

        { Hour = hour.Hour
          Segments = hour.Segments
          Temp = hour.Temp
          Bad = hour.Bad
          Overlaps = hour.NotBest + overlaps.Result
          Starts =
            if hour.Best.IsEmpty then
                ValueNone
            else
                ValueSome(struct (hour.Best[0].Start, hour.Best[hour.Best.Length - 1].Start))
          HasLength = hasLength
          Raw = raw.Result
          Editable = editable.Result
          PartialOnly = IntervalSet.ofIntervals partialOnly
          Carry =
            { Furthest = furthest
              ChainEnd = chainEnd
              Settled = settled
              // What no full segment can leave over is forgotten, so that equal prospects are equal values.
              PartialEnd = max partialEnd settled } }

    /// The hours of a stream, in order, each given what those before it hand on.
    let ofHours (tolerance: Duration) (hours: seq<HourSelection>) : HourTimeline[] =
        let mutable carry = start

        [| for hour in hours do
               let next = step tolerance carry hour
               carry <- next.Carry
               next |]
