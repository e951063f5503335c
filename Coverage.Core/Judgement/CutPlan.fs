namespace Coverage

open System.Collections.Immutable

/// One item of a plan.
[<Struct; NoComparison; RequireQualifiedAccess>]
type CutItem =
    /// A segment that is cut from, and its place among the candidates.
    | Kept of Place: int * Segment: Segment
    /// Something is missing here, or may be.
    | Hole

/// What the wubloader project's restreamer would cut a range of a stream from (semantics.md section 11).
[<NoComparison; NoEquality>]
type CutPlan =
    {
        /// The range, never empty.
        Range: Interval
        /// The items in order, never none.
        Items: ImmutableArray<CutItem>
    }

/// Whether a range is cut.
type CutAnswer =
    | Accept = 0uy
    | Refuse = 1uy
    /// Sizes that are not known decide.
    | Unknown = 2uy

/// Why the plan of a cut has its first hole.
[<RequireQualifiedAccess; NoComparison>]
type CutBlocker =
    /// No segment is to be cut from.
    | Nothing
    /// The first segment starts in the range, and none before it reaches over the start.
    | StartsLate of First: Instant
    /// A segment that is not `full`, and its place among the candidates.
    | NotFull of Place: int * Segment: Segment
    /// Time between two segments.
    | Gap of Interval
    /// The last segment ends in the range.
    | EndsEarly of Last: Instant

/// Plans of cuts. Candidates are the best segments of each start (`CutChoice`), in order of start, of the whole stream or of
/// the hours from `firstHour` to `lastHour` at least.
[<RequireQualifiedAccess>]
module CutPlan =

    /// The longest gap between two segments that is no hole; here it is always this one.
    let tolerance: Duration = Duration.ofMicroseconds 10_000L

    /// The first hour whose segments are candidates for a range: the one before that of its start.
    let firstHour (range: Interval) : Hour = Hour.ofInstant range.Start - 1<hour>

    /// The last such hour: the one in which the end lies.
    let lastHour (range: Interval) : Hour = Hour.ofInstant range.End

    /// The place of the first candidate that does not start before an instant.
    let internal firstFrom (instant: Instant) (candidates: ImmutableArray<Segment>) : int =
        Search.firstWhere candidates.Length (fun at -> candidates[at].Start >= instant)

    /// Whether time is missing after a segment that the next one starts so long after; a segment that is not full may lack some.
    let internal isHole (last: Segment) (gap: Duration) : bool =
        last.Kind <> SegmentKind.Full || gap > tolerance

    /// The plan of a range. The range must not be empty.
    let make (candidates: ImmutableArray<Segment>) (range: Interval) : CutPlan =
        let items = ImmutableArray.CreateBuilder<CutItem>()
        let finish = Hour.finish (lastHour range)
        let mutable at = firstFrom (Hour.start (firstHour range)) candidates
        let mutable last = ValueNone
        let mutable isOver = false

        let keep (next: Segment) =
            items.Add(CutItem.Kept(at, next))
            last <- ValueSome next
            isOver <- range.End <= next.End

        while not isOver && at < candidates.Length && candidates[at].Start < finish do
            let next = candidates[at]

            match last with
            | ValueNone ->
                if next.Start <= range.Start && range.Start < next.End then
                    keep next
                elif range.Start < next.Start && next.Start < range.End then
                    items.Add CutItem.Hole
                    keep next
            | ValueSome before ->
                let gap = Instant.until next.Start before.End

                if gap >= -tolerance then
                    if isHole before gap then
                        items.Add CutItem.Hole

                    keep next

            at <- at + 1

        match last with
        | ValueSome before when before.Kind = SegmentKind.Full && range.End <= before.End -> ()
        | _ -> items.Add CutItem.Hole

        { Range = range
          Items = items.DrainToImmutable() }

    /// Whether the plan is accepted: without a hole, or, with holes allowed, when it has a segment at all.
    let isAccepted (allowHoles: bool) (plan: CutPlan) : bool =
        if allowHoles then
            plan.Items |> Seq.exists _.IsKept
        else
            plan.Items |> Seq.forall _.IsKept

    /// The answer, of two plans of one range: with the shortest and with the longest of the segments whose sizes would decide and
    /// are not known. Such segments are not full, so none stands in a plan without a hole, and their lengths matter at the start of
    /// the range alone: each choice in between gives the answer of one of the two.
    let answer (allowHoles: bool) (shortest: CutPlan) (longest: CutPlan) : CutAnswer =
        match isAccepted allowHoles shortest, isAccepted allowHoles longest with
        | true, true -> CutAnswer.Accept
        | false, false -> CutAnswer.Refuse
        | _ -> CutAnswer.Unknown

    /// The time of the range that no kept full segment covers, without the seams between two neighbours that have no hole
    /// between them. There can be none although the range is refused.
    let holes (plan: CutPlan) : IntervalSet =
        let there = ResizeArray<Interval>()
        let mutable before = ValueNone

        for item in plan.Items do
            match item with
            | CutItem.Hole -> before <- ValueNone
            | CutItem.Kept(_, kept) ->
                match before with
                | ValueSome last when kept.Kind = SegmentKind.Full ->
                    there.Add(Interval.create last kept.Start)
                | _ -> ()

                before <- ValueNone

                if kept.Kind = SegmentKind.Full then
                    there.Add kept.Interval
                    before <- ValueSome kept.End

        IntervalSet.gaps plan.Range (IntervalSet.ofIntervals there)

    /// Why the plan has its first hole; `ValueNone` where it has none.
    let blocker (plan: CutPlan) : CutBlocker voption =
        let items = plan.Items
        let hole = items |> Seq.tryFindIndex _.IsHole |> Option.defaultValue items.Length

        let kept at =
            if at < 0 || at >= items.Length then
                ValueNone
            else
                match items[at] with
                | CutItem.Kept(place, segment) -> ValueSome(struct (place, segment))
                | CutItem.Hole -> ValueNone

        if hole = items.Length then
            ValueNone
        else
            match kept (hole - 1), kept (hole + 1) with
            | ValueNone, ValueNone -> ValueSome CutBlocker.Nothing
            | ValueNone, ValueSome(struct (_, first)) -> ValueSome(CutBlocker.StartsLate first.Start)
            | ValueSome(struct (place, before)), _ when before.Kind <> SegmentKind.Full ->
                ValueSome(CutBlocker.NotFull(place, before))
            | ValueSome(struct (_, before)), ValueSome(struct (_, next)) ->
                ValueSome(CutBlocker.Gap(Interval.create before.End next.Start))
            | ValueSome(struct (_, before)), ValueNone -> ValueSome(CutBlocker.EndsEarly before.End)
