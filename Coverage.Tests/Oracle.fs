/// The core's values as the oracle's: those of the model that is proved, which Dafny wrote in C#. A constructor there
/// wants every field and equality there looks at every field, so none can be forgotten.
[<RequireQualifiedAccess>]
module internal Coverage.Tests.Oracle

open System.Collections.Immutable
open System.Numerics
open Coverage

let number (number: int64<'unit>) = BigInteger(int64 number)

let hour (hour: Hour) = BigInteger(int hour)

let private count (count: int) = BigInteger count

let private sequence (convert: 'a -> 'b) (items: ImmutableArray<'a>) : Dafny.ISequence<'b> =
    Dafny.Sequence<'b>.FromArray(Array.init items.Length (fun i -> convert items[i]))

let private option (convert: 'a -> 'b) (given: 'a voption) : Timelines._IOption<'b> =
    match given with
    | ValueSome value -> Timelines.Option<'b>.create_Some(convert value)
    | ValueNone -> Timelines.Option<'b>.create_Nothing()

let interval (interval: Interval) =
    Intervals.AnyInterval.create (number interval.Start, number interval.End)

let intervals (intervals: Interval list) =
    sequence interval (ImmutableArray.CreateRange intervals)

/// The intervals as they are held, so that what is equal is canonical, too.
let set (set: IntervalSet) = sequence interval set.Intervals

let sets (sets: IntervalSet list) =
    sequence set (ImmutableArray.CreateRange sets)

let countAndLength struct (number': int, length: Duration) =
    _System.Tuple2<BigInteger, BigInteger>.create(count number', number length)

let private kind (kind: SegmentKind) =
    match kind with
    | SegmentKind.Full -> Segments.Kind.create_Full ()
    | SegmentKind.Suspect -> Segments.Kind.create_Suspect ()
    | SegmentKind.Partial -> Segments.Kind.create_Partial ()
    | SegmentKind.Temp -> Segments.Kind.create_Temp ()
    | other -> invalidArg (nameof kind) (string other)

let segment (segment: Segment) =
    Segments.Segment.create (
        number segment.Start,
        number segment.Duration,
        number segment.Size,
        kind segment.Kind
    )

let private tally (tally: Tally) =
    Segments.Tally.create (count tally.Count, number tally.Length)

let private byKind (tallies: ByKind) =
    Segments.ByKind.create (tally tallies.Full, tally tallies.Suspect, tally tallies.Partial)

let folder (folder: HourFolder) =
    Selections.HourFolder.create (hour folder.Hour, sequence segment folder.Segments, count folder.Bad)

let folders (folders: HourFolder list) =
    sequence folder (ImmutableArray.CreateRange folders)

let selection (selection: HourSelection) =
    Selections.HourSelection.create (
        hour selection.Hour,
        sequence segment selection.Best,
        byKind selection.Segments,
        byKind selection.NotBest,
        count selection.Temp,
        count selection.Bad
    )

let selections (selections: HourSelection list) =
    sequence selection (ImmutableArray.CreateRange selections)

let carry (carry: Carry) =
    Timelines.Carry.create (
        number carry.Furthest,
        number carry.ChainEnd,
        number carry.Settled,
        number carry.PartialEnd
    )

let private hourGaps (gaps: HourGaps) =
    Timelines.HourGaps.create (interval gaps.Inherited, set gaps.Holes, number gaps.SeamLength)

let timeline (timeline: HourTimeline) =
    let starts struct (first, last) =
        _System.Tuple2<BigInteger, BigInteger>.create(number first, number last)

    Timelines.HourTimeline.create (
        hour timeline.Hour,
        byKind timeline.Segments,
        count timeline.Temp,
        count timeline.Bad,
        byKind timeline.Overlaps,
        option starts timeline.Starts,
        timeline.HasLength,
        hourGaps timeline.Raw,
        hourGaps timeline.Editable,
        set timeline.PartialOnly,
        carry timeline.Carry
    )

/// What the sweep noted beside the timeline.
let notes (detail: HourDetail) =
    let hour = detail.Timeline.Hour
    let seams = [| for seam in detail.Seams -> seam.In hour |]

    HourNotes.Notes.create (
        sequence interval detail.Overlaps,
        sequence interval (ImmutableArray.CreateRange seams),
        sequence count detail.OutOfChain,
        number detail.LastEnd,
        number detail.LongestFull
    )

let timelines (timelines: HourTimeline[]) =
    sequence timeline (ImmutableArray.CreateRange timelines)

let settings (settings: Settings) =
    Reports.Settings.create (
        number settings.Tolerance,
        option hour settings.FirstHour,
        option hour settings.LastHour
    )

let private status (status: Status) =
    match status with
    | Status.Empty -> Reports.Status.create_IsEmpty ()
    | Status.Incomplete -> Reports.Status.create_Incomplete ()
    | Status.Partial -> Reports.Status.create_IsPartial ()
    | Status.Complete -> Reports.Status.create_Complete ()
    | other -> invalidArg (nameof status) (string other)

let private streamCoverage (coverage: StreamCoverage) =
    Reports.StreamCoverage.create (
        number coverage.Covered,
        set coverage.Holes,
        number coverage.HoleLength,
        number coverage.SeamLength
    )

let private hourCoverage (coverage: HourCoverage) =
    Reports.HourCoverage.create (
        number coverage.Covered,
        count coverage.Holes,
        number coverage.HoleLength,
        number coverage.SeamLength
    )

let private hourReport (report: HourReport) =
    Reports.HourReport.create (
        hour report.Hour,
        interval report.Window,
        byKind report.Segments,
        count report.Temp,
        count report.Bad,
        byKind report.Overlaps,
        hourCoverage report.Raw,
        hourCoverage report.Editable,
        number report.PartialOnly
    )

let report (report: StreamReport) =
    Reports.StreamReport.create (
        settings report.Settings,
        interval report.Extent,
        status report.Status,
        streamCoverage report.Raw,
        streamCoverage report.Editable,
        set report.PartialOnly,
        sequence hourReport report.Hours
    )

let private cell (cell: Cell) =
    match cell with
    | Cell.None -> Maps.Cell.create_None ()
    | Cell.Partial -> Maps.Cell.create_Partial ()
    | Cell.Full -> Maps.Cell.create_Full ()
    | other -> invalidArg (nameof cell) (string other)

let cells (map: CoverageMap) =
    sequence cell (map.Cells.ToArray().ToImmutableArray())

let map (map: CoverageMap voption) =
    let parts (map: CoverageMap) =
        _System.Tuple3<BigInteger, BigInteger, Dafny.ISequence<Maps._ICell>>.create(
            hour map.FirstHour,
            hour map.LastHour,
            cells map
        )

    option parts map

/// Facts as the oracle has them: a stream's report, and its seams as one set.
let facts (facts: StreamFacts) =
    Facts.StreamFacts.create (
        report facts.Report,
        set (StreamFacts.seams facts),
        option number (StreamFacts.lastStart facts)
    )

let expectation (given: Expectation) =
    Accounts.Expectation.create (
        number given.Now,
        number given.Settling,
        option set given.Expected,
        option number given.Keep,
        set given.Acknowledged,
        set given.Unread,
        set given.UnreadReach
    )

let word (word: Word) =
    match word with
    | Word.Full -> Accounts.Word.create_Full ()
    | Word.Partial -> Accounts.Word.create_Partial ()
    | Word.Unexpected -> Accounts.Word.create_Unexpected ()
    | Word.Seam -> Accounts.Word.create_Seam ()
    | Word.Acknowledged -> Accounts.Word.create_Acknowledged ()
    | Word.Unknown -> Accounts.Word.create_Unknown ()
    | Word.Ahead -> Accounts.Word.create_Ahead ()
    | Word.Pending -> Accounts.Word.create_Pending ()
    | Word.Missing -> Accounts.Word.create_Missing ()
    | other -> invalidArg (nameof word) (string other)

let wordAt (given: Word voption) = option word given

let lengths (lengths: ImmutableArray<Duration>) = sequence number lengths

let spans (spans: ImmutableArray<Interval>) = sequence interval spans

let completeness (completeness: Completeness) =
    _System.Tuple2<BigInteger, BigInteger>.create(number completeness.Good, number completeness.Whole)

let verdict (verdict: Verdict) =
    match verdict with
    | Verdict.Empty -> Verdicts.Verdict.create_IsEmpty ()
    | Verdict.Missing -> Verdicts.Verdict.create_IsMissing ()
    | Verdict.Unknown -> Verdicts.Verdict.create_IsUnknown ()
    | Verdict.Ahead -> Verdicts.Verdict.create_IsAhead ()
    | Verdict.Pending -> Verdicts.Verdict.create_IsPending ()
    | Verdict.Partial -> Verdicts.Verdict.create_IsPartial ()
    | Verdict.Complete -> Verdicts.Verdict.create_Complete ()
    | other -> invalidArg (nameof verdict) (string other)

let budget (budget: Budget) =
    Verdicts.Budget.create (option number budget.LongestSpan, option number budget.Total, budget.IsStrict)

let segments (segments: ImmutableArray<Segment>) = sequence segment segments

/// The plan of a cut: the places of the candidates that are kept, -1 for a hole.
let plan (candidates: Dafny.ISequence<Segments._ISegment>) (a: BigInteger) (b: BigInteger) : int list =
    [ for item in CutPlans.__default.Make(candidates, a, b).CloneAsArray() ->
          if item.is_Hole then -1 else int item.dtor_Place ]

/// Whether a range is clean, from the index and the claims of the hour that its start lies in.
let isClean (candidates: Dafny.ISequence<Segments._ISegment>) (a: BigInteger) (b: BigInteger) : bool =
    let index = global.CleanRanges.__default.IndexFrom(candidates, BigInteger.Zero)

    global.CleanRanges.__default.ClaimsOf(candidates, Time.__default.HourOf a).CloneAsArray()
    |> Array.exists (fun claim ->
        claim.dtor_From <= a
        && a < claim.dtor_Until
        && global.CleanRanges.__default.IsCleanFrom(candidates, index, claim, b))
