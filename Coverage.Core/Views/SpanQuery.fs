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

    /// Spans in order of start, those closer than a length as one. No length leaves them as they are, also where they
    /// overlap.
    let private merged (closer: Duration) (spans: ImmutableArray<Interval>) : ResizeArray<Interval> =
        let merged = ResizeArray<Interval> spans.Length

        for span in spans do
            let last = merged.Count - 1

            if
                last >= 0
                && closer > Duration.zero
                && Instant.until span.Start merged[last].End < closer
            then
                merged[last] <- Interval.create merged[last].Start (max merged[last].End span.End)
            else
                merged.Add span

        merged

    /// The spans that are asked for, from all there are in order of start. They are merged as they are in the stream,
    /// then cut to the window; what is left of them there must be long enough.
    let select (query: SpanQuery) (spans: ImmutableArray<Interval>) : ImmutableArray<Interval> =
        let listed = ImmutableArray.CreateBuilder<Interval>()

        for span in merged query.Merge spans do
            let part = Interval.intersect query.Window span

            if not part.IsEmpty && part.Length >= query.Shortest then
                listed.Add part

        listed.DrainToImmutable()

    /// What lies between the holes of a stream: seams break no span.
    let spans (extent: Interval) (holes: IntervalSet) : IntervalSet = IntervalSet.gaps extent holes

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
