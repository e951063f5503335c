namespace Coverage

open System.Collections.Immutable

/// From when on a zone's clocks are ahead of UTC by so much.
[<Struct; NoComparison>]
type internal ZoneOffset =
    {
        /// The first instant of it.
        From: Instant
        /// How far the clocks are ahead; negative where they are behind.
        Offset: Duration
    }

/// A time zone: what its clocks show (semantics.md section 13). The core knows no zone; the host makes them.
[<NoComparison; ReferenceEquality>]
type internal Zone =
    {
        /// What is ahead of UTC by how much, in order; the first is from `Instant.beforeAll` on.
        Offsets: ImmutableArray<ZoneOffset>
    }

/// What a local time is.
[<RequireQualifiedAccess; Struct; NoComparison>]
type internal LocalTime =
    /// Clocks never showed it.
    | Skipped
    /// They showed it once.
    | Once of Instant
    /// They showed it twice.
    | Twice of earlier: Instant * later: Instant

/// Local times as instants.
[<RequireQualifiedAccess>]
module internal Zone =

    /// No clock of a zone is further from UTC.
    let private furthest: Duration = Duration.ofSeconds 93_600L

    /// The index of the offset that holds at an instant.
    let private indexAt (instant: Instant) (zone: Zone) : int =
        let mutable low = 0
        let mutable high = zone.Offsets.Length - 1

        while low < high do
            let middle = (low + high + 1) / 2

            if zone.Offsets[middle].From <= instant then
                low <- middle
            else
                high <- middle - 1

        low

    /// When the clocks of a zone showed a time, given as if it were UTC. Of more than two instants the first and the last.
    let read (zone: Zone) (clock: Instant) : LocalTime =
        let mutable result = LocalTime.Skipped

        let first = indexAt (Instant.subtract furthest clock) zone
        let last = indexAt (Instant.add furthest clock) zone

        for index in first..last do
            let instant = Instant.subtract zone.Offsets[index].Offset clock

            let until =
                if index + 1 < zone.Offsets.Length then
                    zone.Offsets[index + 1].From
                else
                    Instant.afterAll

            if zone.Offsets[index].From <= instant && instant < until then
                result <-
                    match result with
                    | LocalTime.Skipped -> LocalTime.Once instant
                    | LocalTime.Once earlier
                    | LocalTime.Twice(earlier, _) -> LocalTime.Twice(earlier, instant)

        result

    /// Of the two instants of a local time that came twice, the one that a file's start is. `expected` is when its
    /// modification time, less its length, says that it started: it decides when the nearer one is less than 10 minutes off it.
    let choose (earlier: Instant) (later: Instant) (expected: Instant voption) : Instant =
        let off (instant: Instant) (expected: Instant) = abs (Instant.until instant expected)

        match expected with
        | ValueSome expected when
            off later expected < off earlier expected
            && off later expected < Duration.ofSeconds 600L
            ->
            later
        | _ -> earlier

    /// By how much clocks seem to differ from UTC, by the times that lie between the ends of files and their modifications:
    /// the multiple of 15 minutes, other than 0 and at most 14 hours, that is within 2 minutes of their lower middle.
    let offBy (lags: ImmutableArray<Duration>) : Duration voption =
        if lags.IsEmpty then
            ValueNone
        else
            let median = lags.Sort()[(lags.Length - 1) / 2]
            let quarter = Duration.ofSeconds 900L

            let half =
                if median < Duration.zero then
                    -quarter / 2L
                else
                    quarter / 2L

            let nearest = (median + half) / quarter * quarter

            if
                nearest <> Duration.zero
                && abs nearest <= Duration.ofSeconds 50_400L
                && abs (median - nearest) <= Duration.ofSeconds 120L
            then
                ValueSome nearest
            else
                ValueNone
