namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// What a listing has of a stream: an extent, holes and what is partial-only, as section 3 says.
[<NoComparison; NoEquality>]
type internal FleetView =
    {
        /// The extent.
        Extent: Interval
        /// The extent less the holes.
        Has: IntervalSet
        /// What only suspect or partial segments cover.
        PartialOnly: IntervalSet
    }

/// Hours of a base, one after the other, none of which is listed by names: each view has in them what the base has.
[<NoComparison; NoEquality>]
type internal BaseRun =
    {
        /// The first of them.
        First: Hour
        /// The last of them.
        Last: Hour
        /// What the hours before hand on to the first.
        Into: Carry
        /// What the last hands on.
        Onward: Carry
        /// The first and the last start of a best segment.
        Starts: struct (Instant * Instant) voption
        /// Whether any best segment has a length.
        HasLength: bool
    }

/// Folds the hours of one listing into its view.
type internal FleetFold(tolerance: Duration) =
    let holes = List<Interval>()
    let partialOnly = List<Interval>()
    let mutable carry = Timeline.start
    let mutable first = Instant.beforeAll
    let mutable last = Instant.beforeAll
    let mutable hasLength = false

    let start (starts: struct (Instant * Instant) voption) =
        match starts with
        | ValueSome(struct (one, other)) ->
            if first = Instant.beforeAll then
                first <- one

            last <- other
        | ValueNone -> ()

    /// What is handed on. The chain is no matter here: where nothing but it differs, hours are swept once.
    member _.Carry: Carry = { carry with ChainEnd = carry.Furthest }

    /// One more hour.
    member _.Take(hour: HourTimeline) =
        start hour.Starts
        hasLength <- hasLength || hour.HasLength

        if Timeline.isHole tolerance hour.Raw.Inherited then
            holes.Add hour.Raw.Inherited

        for hole in hour.Raw.Holes.Intervals do
            holes.Add hole

        partialOnly.AddRange hour.PartialOnly.Intervals
        carry <- hour.Carry

    /// Hours in which the view has what the base has: no more is said of them here.
    member _.Skip(run: BaseRun) =
        start run.Starts
        hasLength <- hasLength || run.HasLength
        carry <- run.Onward

    /// The view of all hours, cut at the end of the last one asked for.
    member _.View(settings: Settings) : FleetView =
        let finish =
            settings.LastHour
            |> ValueOption.map Hour.finish
            |> ValueOption.defaultValue Instant.afterAll

        let extent =
            if hasLength then
                Interval.create first (min finish (max last carry.Furthest))
            else
                Interval.empty

        let rest = Interval.create carry.Furthest extent.End

        if hasLength && Timeline.isHole tolerance rest then
            holes.Add rest

        partialOnly.Add(Interval.create carry.Settled carry.PartialEnd)

        { Extent = extent
          Has = IntervalSet.gaps extent (IntervalSet.ofIntervals holes)
          PartialOnly = IntervalSet.cut extent (IntervalSet.ofIntervals partialOnly) }
