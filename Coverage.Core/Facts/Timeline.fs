namespace Coverage

open System.Collections.Immutable
open System.Linq

/// What the hours so far hand on to the next one: all it needs to know of them.
[<Struct; NoComparison>]
type internal Carry =
    {
        /// The furthest end of the best segments so far, those without a length left out but for the first of all;
        /// `Instant.beforeAll` when there is none yet.
        Furthest: Instant
        /// The furthest end of the editable chain so far; likewise.
        ChainEnd: Instant
        /// Time before this is covered by a full segment or reported already, so it can be partial-only no more.
        Settled: Instant
        /// The furthest end of the suspect and partial best segments so far: from `Settled` to here is partial-only,
        /// as far as no full segment comes yet.
        PartialEnd: Instant
    }

/// The gaps that end at a start of one hour: what lies between its segments and those before them.
type internal HourGaps =
    {
        /// The gap that began before the hour, hole or seam; there is at most one.
        Inherited: Interval
        /// The holes that began in the hour.
        Holes: IntervalSet
        /// The seams that began in the hour, all together.
        SeamLength: Duration
    }

/// What one hour's folder adds to its stream, given what came before. A stream's report is put together from these.
type internal HourTimeline =
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
        /// Partial-only time reported here: from where the hours before left off to the hour's end.
        PartialOnly: IntervalSet
        /// What is handed on.
        Carry: Carry
    }

/// A stretch of time within one hour, in microseconds from the hour's start, the end excluded: half the size of an
/// `Interval`, for there can be very many.
[<Struct; NoComparison>]
type internal WithinHour =
    {
        /// Where it begins.
        From: uint32<us>
        /// Where it ends.
        To: uint32<us>
    }

    /// The stretch as an interval, in the hour it was taken from.
    member this.In(hour: Hour) : Interval =
        let at (offset: uint32<us>) =
            Instant.add (Duration.ofMicroseconds (int64 offset)) (Hour.start hour)

        Interval.create (at this.From) (at this.To)

/// What the sweep over one hour found: what the hour adds to its stream, and where its overlaps and seams are.
[<NoComparison; ReferenceEquality>]
type internal HourDetail =
    {
        /// What the hour adds to its stream.
        Timeline: HourTimeline
        /// Where the best segments that are in the way overlap what came before, in order of start; none is empty. Each
        /// starts in the hour and may reach past its end, and they may overlap each other.
        Overlaps: ImmutableArray<Interval>
        /// The seams that began and ended in the hour, in order.
        Seams: ImmutableArray<WithinHour>
        /// The best segments that are not in the editable chain, as their places in the order of the best.
        OutOfChain: ImmutableArray<int>
        /// The latest end of a best segment that has a length; `Instant.beforeAll` when none has.
        LastEnd: Instant
        /// The longest duration of a `full` best segment; zero when there is none.
        LongestFull: Duration
        /// The longest duration of any segment that is listed and not `temp`; zero when there is none.
        Longest: Duration
        /// The best segments, of an hour that was not over when it was read: the recording's edge lies among them.
        Best: ImmutableArray<Segment>
    }

/// Covered, editable chain, holes and seams, partial-only, overlaps (semantics.md section 3), hour by hour: a stream
/// is a left fold of `sweep` over its hours. The tolerance enters here and nowhere else.
[<RequireQualifiedAccess>]
module internal Timeline =

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
        let seams = ResizeArray<WithinHour>()
        let mutable seamLength = Duration.zero

        member _.Add(gap: Interval) =
            let inHour (instant: Instant) =
                uint32 (int64 (instant - hourStart)) * 1u<us>

            if gap.Start < hourStart then
                inherited <- gap
            elif isHole tolerance gap then
                holes.Add gap
            else
                seams.Add
                    { From = inHour gap.Start
                      To = inHour gap.End }

                seamLength <- seamLength + gap.Length

        member _.Seams = ImmutableArray.CreateRange seams

        member _.Result: HourGaps =
            { Inherited = inherited
              Holes = IntervalSet.ofIntervals holes
              SeamLength = seamLength }

    /// The sweep over one hour's best segments in order: `Take` each of them, then `Finish`.
    type private Sweep(tolerance: Duration, carry: Carry, hour: HourSelection) =
        let raw = Gaps(tolerance, Hour.start hour.Hour)
        let editable = Gaps(tolerance, Hour.start hour.Hour)
        let partialOnly = ResizeArray<Interval>()
        let overlapped = Tallies()
        let overlaps = ResizeArray<Interval>()
        let outOfChain = ResizeArray<int>()
        let mutable hasLength = false
        let mutable lastEnd = Instant.beforeAll
        let mutable longestFull = Duration.zero
        let mutable furthest = carry.Furthest
        let mutable chainEnd = carry.ChainEnd
        let mutable settled = carry.Settled
        let mutable partialEnd = carry.PartialEnd

        let overlap (segment: Segment) =
            if segment.Start < Instant.subtract tolerance furthest then
                let overlap = Interval.create segment.Start (min furthest segment.End)
                overlapped.Add(segment.Kind, overlap.Length)

                if not overlap.IsEmpty then
                    overlaps.Add overlap

        // A segment without a length covers nothing: it closes no gap and moves no end, but for the first of all,
        // which begins the extent.
        let reach (index: int) (segment: Segment) =
            let isInChain = segment.Start >= Instant.subtract tolerance chainEnd

            if not isInChain then
                outOfChain.Add index

            if furthest = Instant.beforeAll then
                furthest <- segment.End
                chainEnd <- segment.End
            elif segment.Duration > Duration.zero then
                if segment.Start > furthest then
                    raw.Add(Interval.create furthest segment.Start)

                furthest <- max furthest segment.End

                if isInChain then
                    if segment.Start > chainEnd then
                        editable.Add(Interval.create chainEnd segment.Start)

                    chainEnd <- max chainEnd segment.End

        let settle (until: Instant) =
            let partial = Interval.create settled (min partialEnd until)

            if not partial.IsEmpty then
                partialOnly.Add partial

            settled <- max settled until

        /// One more best segment, and its place among them.
        member _.Take(index: int, segment: Segment) =
            overlap segment
            reach index segment

            // Every later segment starts later, so what is partial-only before this start stays so.
            settle segment.Start

            if segment.Kind = SegmentKind.Full then
                settled <- max settled segment.End
                longestFull <- max longestFull segment.Duration
            else
                partialEnd <- max partialEnd segment.End

            if segment.Duration > Duration.zero then
                hasLength <- true
                lastEnd <- max lastEnd segment.End

        /// What the whole hour gave.
        member _.Finish() : HourDetail =
            settle (Hour.finish hour.Hour)

            { Timeline =
                { Hour = hour.Hour
                  Segments = hour.Segments
                  Temp = hour.Temp
                  Bad = hour.Bad
                  Overlaps = hour.NotBest + overlapped.Result
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
                      // Normalise: a PartialEnd before Settled has no effect, and carries are compared.
                      PartialEnd = max partialEnd settled } }
              Overlaps = ImmutableArray.CreateRange overlaps
              Seams = raw.Seams
              OutOfChain = ImmutableArray.CreateRange outOfChain
              LastEnd = lastEnd
              LongestFull = longestFull
              Longest = hour.Longest
              Best = ImmutableArray.Empty }

    /// One hour: what its chosen segments add to the stream, what it hands on, and where its overlaps and seams are. Its
    /// best segments start in the hour.
    let sweep (tolerance: Duration) (carry: Carry) (hour: HourSelection) : HourDetail =
        let sweep = Sweep(tolerance, carry, hour)
        let best = hour.Best.AsSpan()

        for i in 0 .. best.Length - 1 do
            sweep.Take(i, best[i])

        sweep.Finish()

    /// What one hour adds to the stream, and what it hands on.
    let step (tolerance: Duration) (carry: Carry) (hour: HourSelection) : HourTimeline =
        (sweep tolerance carry hour).Timeline

    /// The hours of a stream, in order, each given what those before it hand on.
    let ofHours (tolerance: Duration) (hours: seq<HourSelection>) : HourDetail[] =
        let mutable carry = start

        [| for hour in hours do
               let next = sweep tolerance carry hour
               carry <- next.Timeline.Carry
               next |]

/// What a sweep found, kept and compared.
[<RequireQualifiedAccess>]
module internal HourDetail =

    /// The detail with the best segments it was swept from: for an hour that is not over.
    let withBest (hour: HourSelection) (detail: HourDetail) : HourDetail = { detail with Best = hour.Best }

    /// The detail without its best segments: for an hour that is over.
    let withoutBest (detail: HourDetail) : HourDetail =
        { detail with
            Best = ImmutableArray.Empty }

    /// Whether two details of an hour say the same.
    let areSame (a: HourDetail) (b: HourDetail) : bool =
        a.Timeline = b.Timeline
        && Enumerable.SequenceEqual(a.Overlaps, b.Overlaps)
        && Enumerable.SequenceEqual(a.Seams, b.Seams)
        && Enumerable.SequenceEqual(a.OutOfChain, b.OutOfChain)
        && a.LastEnd = b.LastEnd
        && a.LongestFull = b.LongestFull
        && a.Longest = b.Longest
        && Enumerable.SequenceEqual(a.Best, b.Best)
