namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable

/// Whether HASHes are the same.
[<RequireQualifiedAccess>]
module internal FleetHash =

    /// The value of a digit of base64url.
    let private digit (c: byte) : int =
        if c >= byte 'a' then int (c - byte 'a') + 26
        elif c = byte '_' then 63
        elif c >= byte 'A' then int (c - byte 'A')
        elif c = byte '-' then 62
        else int (c - byte '0') + 52

    /// Whether two hashes are the same bytes: some bits of the last digit can belong to none.
    let areSame (a: ReadOnlySpan<byte>) (b: ReadOnlySpan<byte>) : bool =
        a.Length = b.Length
        && (a.SequenceEqual b
            || (a.Length > 0
                && (let last = a.Length - 1

                    let unused =
                        match a.Length % 4 with
                        | 2 -> 4
                        | 3 -> 2
                        | _ -> 0

                    a.Slice(0, last).SequenceEqual(b.Slice(0, last))
                    && (digit a[last] ^^^ digit b[last]) >>> unused = 0)))

/// A segment near an hour's edge: in the hour beyond it there can be a twin.
[<Struct; NoComparison; NoEquality>]
type internal EdgeSegment =
    {
        /// The segment.
        Segment: Segment
        /// The bytes of its HASH, as text.
        Hash: byte[]
        /// The nodes that list it; none is said in an hour that all known nodes list alike.
        Listers: uint64
    }

/// Pairs of segments that are twins, for one list of them (semantics.md section 10.2).
[<RequireQualifiedAccess>]
module internal TwinPairs =

    let private nearest: Duration = Duration.ofMicroseconds 1_000L
    let private furthest: Duration = Duration.ofSeconds 2L

    /// Whether two starts are as far apart as those of twins.
    let areApart (earlier: Instant) (later: Instant) : bool =
        let apart = Instant.until later earlier
        apart >= nearest && apart <= furthest

    /// Whether a start is so near an edge of its hour that a twin can lie beyond it.
    let isAtEdge (hour: Hour) (start: Instant) : bool =
        start <= Instant.add furthest (Hour.start hour)
        || start >= Instant.subtract furthest (Hour.finish hour)

    /// Whether two segments have the same contents, and a hash that says so.
    let areSame (a: Segment) (aHash: ReadOnlySpan<byte>) (b: Segment) (bHash: ReadOnlySpan<byte>) : bool =
        a.Duration = b.Duration
        && a.Kind = b.Kind
        && aHash.Length > 0
        && FleetHash.areSame aHash bHash

    /// Calls an action with the places of each pair that is so far apart, of segments in order of start; the earlier one first.
    let inline forEach
        (count: int)
        ([<InlineIfLambda>] startAt: int -> Instant)
        ([<InlineIfLambda>] action: int -> int -> unit)
        : unit =
        for later in 1 .. count - 1 do
            let start = startAt later
            let mutable earlier = later - 1

            while earlier >= 0 && Instant.until start (startAt earlier) <= Duration.ofSeconds 2L do
                if areApart (startAt earlier) start then
                    action earlier later

                earlier <- earlier - 1

/// What is kept of an hour that all known nodes list alike, when its names are not.
[<NoComparison; ReferenceEquality>]
type internal AlikeHour =
    {
        /// The hour.
        Hour: Hour
        /// What is covered by segments that are listed and not best: see `HourNames.notBest`.
        NotBest: IntervalSet
        /// What segments (not `temp`) would cover whose names are marked as deleted: see `HourNames.marked`.
        Deleted: IntervalSet
        /// Listed names that are the blocker `duration`.
        Endless: ImmutableArray<string>
        /// How far apart the twins are that it has.
        Twins: ImmutableArray<Duration>
        /// The segments near its edges that have a hash.
        Edges: ImmutableArray<EdgeSegment>
    }

/// Keeping it.
[<RequireQualifiedAccess>]
module internal AlikeHour =

    let private hashAt (names: HourNames) (place: int) : ReadOnlySpan<byte> =
        NameScan.hash (names.NameAt place)

    /// The segments near the edges of an hour.
    let edges (listers: uint64) (names: HourNames) : ImmutableArray<EdgeSegment> =
        let edges = ImmutableArray.CreateBuilder<EdgeSegment>()

        for place in 0 .. names.Segments.Length - 1 do
            let segment = names.Segments[place]

            if TwinPairs.isAtEdge names.Hour segment.Start && (hashAt names place).Length > 0 then
                edges.Add
                    { Segment = segment
                      Hash = (hashAt names place).ToArray()
                      Listers = listers }

        edges.DrainToImmutable()

    /// How far apart the twins of an hour are.
    let twins (names: HourNames) : ImmutableArray<Duration> =
        let twins = ImmutableArray.CreateBuilder<Duration>()
        let segments = names.Segments

        TwinPairs.forEach segments.Length (fun place -> segments[place].Start) (fun a b ->
            if TwinPairs.areSame segments[a] (hashAt names a) segments[b] (hashAt names b) then
                twins.Add(Instant.until segments[b].Start segments[a].Start))

        twins.DrainToImmutable()

    /// What is kept of an hour.
    let ofNames (names: HourNames) : AlikeHour =
        { Hour = names.Hour
          NotBest = HourNames.notBest names
          Deleted = HourNames.marked names
          Endless = names.Endless
          Twins = twins names
          Edges = edges 0UL names }
