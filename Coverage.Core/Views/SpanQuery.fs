namespace Coverage

open System.Collections.Immutable

/// Which of a stream's spans (covered, holes, overlaps, partial-only) a caller wants to see, and how.
[<Struct; NoComparison>]
type internal SpanQuery =
    {
        /// What spans are cut to; what lies outside of it is not listed.
        Window: Interval
        /// Nothing shorter than this is listed.
        Shortest: Duration
        /// Spans closer to each other than this are listed as one.
        Merge: Duration
    }

/// Answers about spans.
[<RequireQualifiedAccess>]
module internal SpanQuery =

    /// Spans in order of start, those closer than a length as one.
    let private merged (closer: Duration) (spans: ImmutableArray<Interval>) : ImmutableArray<Interval> =
        let merged = ImmutableArray.CreateBuilder<Interval>()

        for span in spans do
            let last = merged.Count - 1

            if last >= 0 && Instant.until span.Start merged[last].End < closer then
                merged[last] <- Interval.create merged[last].Start (max merged[last].End span.End)
            else
                merged.Add span

        merged.DrainToImmutable()

    /// The spans that are asked for, from those in order of start that reach into `reach`, or more of them. They are merged
    /// as they are in the stream, then cut to the window; what is left of them there must be long enough. Without a merge
    /// they stay as they are, also where they overlap.
    let select (query: SpanQuery) (spans: ImmutableArray<Interval>) : ImmutableArray<Interval> =
        let listed = ImmutableArray.CreateBuilder<Interval>()

        let spans =
            if query.Merge > Duration.zero then
                merged query.Merge spans
            else
                spans

        for span in spans do
            let part = Interval.intersect query.Window span

            if not part.IsEmpty && part.Length >= query.Shortest then
                listed.Add part

        listed.DrainToImmutable()

    /// Where spans lie that `select` needs. A gap that is merged over in the window is shorter than the merge, so what lies on
    /// both sides of it reaches this far at least.
    let reach (query: SpanQuery) : Interval =
        Interval.create
            (Instant.subtract query.Merge query.Window.Start)
            (Instant.add query.Merge query.Window.End)

    /// What is asked for of a set: the set's own array where that is all of it, so that it can be known again.
    let ofSet (query: SpanQuery) (set: IntervalSet) : ImmutableArray<Interval> =
        let hull = IntervalSet.hull set

        if
            query.Merge = Duration.zero
            && query.Shortest = Duration.zero
            && Interval.intersect query.Window hull = hull
        then
            set.Intervals
        else
            select query (IntervalSet.cut (reach query) set).Intervals

    /// What is asked for of the time that has a word.
    let ofWord (query: SpanQuery) (word: Word) (account: Account) : ImmutableArray<Interval> =
        match word with
        | Word.Full
        | Word.Seam
        | Word.Unexpected ->
            let near = Interval.intersect (reach query) account.Span
            select query (Account.intervalsIn near word account).Intervals
        | _ -> ofSet query (Account.set word account)

    /// What is asked for of the places where a best segment overlaps the ones before it.
    let ofOverlaps (query: SpanQuery) (facts: StreamFacts) : ImmutableArray<Interval> =
        select query (StreamFacts.overlapsReaching (reach query) facts)

    /// What is asked for of that which lies between the holes of a stream: seams break no span.
    let ofSpans (query: SpanQuery) (extent: Interval) (holes: IntervalSet) : ImmutableArray<Interval> =
        let near = Interval.intersect (reach query) extent
        select query (IntervalSet.gaps near (IntervalSet.cut near holes)).Intervals

/// A stream at a glance.
[<RequireQualifiedAccess>]
module internal Sparkline =

    /// How much of a part is missing, in eighths of the height of a bar, by the share of it that is there: none only
    /// where nothing is missing, eight only where all is. Between them a step is about three times the loss of the one
    /// before, so that half a second of an hour and two minutes of it differ.
    let missingEighths (share: decimal) : int =
        if share <= 0m then 8
        elif share < 0.7m then 7
        elif share < 0.9m then 6
        elif share < 0.97m then 5
        elif share < 0.99m then 4
        elif share < 0.997m then 3
        elif share < 0.999m then 2
        elif share < 1m then 1
        else 0

    /// For each of so many equal parts of the span, in order, the share of it that does not lack (`Account.lacking`), from
    /// 0 to 1 in ten-thousandths: 1 only where nothing lacks, and 0 only where all does. Fewer parts when the span has
    /// fewer microseconds; none for an empty one.
    let ofAccount (most: int) (account: Account) : ImmutableArray<decimal> =
        let span = account.Span
        let length = int64 span.Length
        let parts = min (int64 most) length
        let lacking = Account.lacking account

        // Where a part begins, rounded down, without a product that could overflow.
        let edge part =
            Instant.add
                (Duration.ofMicroseconds (length / parts * part + length % parts * part / parts))
                span.Start

        ImmutableArray.CreateRange
            [| for part in 0L .. parts - 1L do
                   let window = Interval.create (edge part) (edge (part + 1L))
                   let struct (_, lost) = IntervalSet.within window lacking

                   if lost = window.Length then
                       0m
                   else
                       let share = 1m - decimal (int64 lost) / decimal (int64 window.Length)
                       decimal (max 1 (int (share * 10_000m))) / 10_000m |]
