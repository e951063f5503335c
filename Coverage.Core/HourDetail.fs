namespace Coverage

open System.Collections.Immutable

/// A stretch of time within one hour, in microseconds from the hour's start, the end excluded: half the size of an
/// `Interval`, for there can be very many.
[<Struct; NoComparison>]
type WithinHour =
    {
        /// Where it begins.
        From: uint32<us>
        /// Where it ends.
        To: uint32<us>
    }

/// What is kept of one hour's folder for looking closely, beside the timeline that its stream's report is put together
/// from: where its overlaps and seams are.
[<NoComparison; ReferenceEquality>]
type HourDetail =
    {
        /// What the hour adds to its stream.
        Timeline: HourTimeline
        /// Where the best segments that are in the way overlap what came before, in order of start; none is empty. Each
        /// starts in the hour and may reach past its end, and they may overlap each other.
        Overlaps: ImmutableArray<Interval>
        /// The seams that began and ended in the hour, in order; only the first `HourDetail.seamsKept`.
        Seams: ImmutableArray<WithinHour>
        /// How many of those seams there are.
        SeamCount: int
    }

/// One reported hour of a stream, looked at closely; all but the overlaps is cut to the window (semantics.md section 4).
[<NoComparison>]
type Closeup =
    {
        /// The hour's numbers.
        Report: HourReport
        /// What is missing of the covered time.
        Holes: IntervalSet
        /// What is missing of the editable chain.
        EditableHoles: IntervalSet
        /// What suspect or partial segments alone cover.
        PartialOnly: IntervalSet
        /// As in `HourDetail.Overlaps`.
        Overlaps: ImmutableArray<Interval>
        /// The seams: those kept of the hour, and those across its edges.
        Seams: IntervalSet
        /// How many seams there are, kept or not. Their length is in the hour's numbers.
        SeamCount: int
    }

/// Looking closely at an hour (semantics.md sections 3 and 4).
[<RequireQualifiedAccess>]
module HourDetail =

    /// How many seams of an hour are kept.
    [<Literal>]
    let seamsKept = 1000

    /// One hour: what its chosen segments add to the stream, as `Timeline.step` has it, and where.
    let step (tolerance: Duration) (carry: Carry) (hour: HourSelection) : HourDetail =
        let hourStart = Hour.start hour.Hour
        let overlaps, seams = ResizeArray<Interval>(), ResizeArray<WithinHour>()
        let mutable seamCount = 0
        let mutable furthest = carry.Furthest

        let inHour instant =
            uint32 (int64 (instant - hourStart)) * 1u<us>

        for segment in hour.Best do
            if segment.Start < Instant.subtract tolerance furthest then
                let overlap = Interval.create segment.Start (min furthest segment.End)

                if not overlap.IsEmpty then
                    overlaps.Add overlap

            if furthest = Instant.beforeAll then
                furthest <- segment.End
            elif segment.Duration > Duration.zero then
                let gap = Interval.create furthest segment.Start

                if not gap.IsEmpty && gap.Start >= hourStart && not (Timeline.isHole tolerance gap) then
                    if seamCount < seamsKept then
                        seams.Add
                            { From = inHour gap.Start
                              To = inHour gap.End }

                    seamCount <- seamCount + 1

                furthest <- max furthest segment.End

        { Timeline = Timeline.step tolerance carry hour
          Overlaps = ImmutableArray.CreateRange overlaps
          Seams = ImmutableArray.CreateRange seams
          SeamCount = seamCount }

    /// Whether two details of an hour say the same.
    let areSame (a: HourDetail) (b: HourDetail) : bool =
        a.Timeline = b.Timeline
        && a.SeamCount = b.SeamCount
        && System.Linq.Enumerable.SequenceEqual(a.Overlaps, b.Overlaps)
        && System.Linq.Enumerable.SequenceEqual(a.Seams, b.Seams)

    /// For each best segment of an hour, in order, whether it is in the editable chain, given what came before.
    let inChain (tolerance: Duration) (carry: Carry) (hour: HourSelection) : ImmutableArray<bool> =
        let mutable chainEnd = carry.ChainEnd

        ImmutableArray.CreateRange
            [| for segment in hour.Best do
                   let isIn = segment.Start >= Instant.subtract tolerance chainEnd

                   // One without a length moves no end later in `Timeline.step`; here that would change nothing, for
                   // every later one starts after it.
                   if isIn then
                       chainEnd <- max chainEnd segment.End

                   isIn |]

    /// The seams that lie across an hour's edge, and the one, if any, between the furthest end and the extent's.
    let private crossing (report: StreamReport) (details: ImmutableArray<HourDetail>) : Interval seq =
        seq {
            for detail in details do
                detail.Timeline.Raw.Inherited

            // A report of any hour has details.
            Interval.create details[details.Length - 1].Timeline.Carry.Furthest report.Extent.End
        }
        |> Seq.filter (fun gap -> not (Timeline.isHole report.Settings.Tolerance gap))

    /// An hour of a stream, from the stream's report and the details of all its hours in order, those that the report
    /// was put together from; `ValueNone` when the hour is not reported.
    let closeup (report: StreamReport) (details: ImmutableArray<HourDetail>) (hour: Hour) : Closeup voption =
        match report.Hours |> Seq.tryFind (fun reported -> reported.Hour = hour) with
        | None -> ValueNone
        | Some reported ->
            let window = IntervalSet.ofIntervals [ reported.Window ]
            let own = details |> Seq.tryFind (fun detail -> detail.Timeline.Hour = hour)

            let across =
                crossing report details
                |> Seq.map (Interval.intersect reported.Window)
                |> Seq.filter (fun part -> not part.IsEmpty)
                |> Seq.toArray

            let inHour (offset: uint32<us>) =
                Instant.add (Duration.ofMicroseconds (int64 offset)) (Hour.start hour)

            let kept =
                match own with
                | Some detail ->
                    detail.Seams
                    |> Seq.map (fun seam -> Interval.create (inHour seam.From) (inHour seam.To))
                | None -> Seq.empty

            ValueSome
                { Report = reported
                  Holes = IntervalSet.intersect window report.Raw.Holes
                  EditableHoles = IntervalSet.intersect window report.Editable.Holes
                  PartialOnly = IntervalSet.intersect window report.PartialOnly
                  Overlaps =
                    match own with
                    | Some detail -> detail.Overlaps
                    | None -> ImmutableArray.Empty
                  Seams = IntervalSet.ofIntervals (Seq.append kept across)
                  SeamCount =
                    across.Length
                    + (match own with
                       | Some detail -> detail.SeamCount
                       | None -> 0) }
