namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// What the words of all nodes rest on: one stream of a fleet, hour by hour, and the time that it is about.
[<NoComparison; NoEquality>]
type internal FleetGround =
    {
        /// With what it is judged.
        Rules: FleetRules
        /// The known nodes.
        Known: uint64
        /// The sources of each node.
        Sources: uint64[]
        /// The hours that are listed by names.
        Hours: FleetHour[]
        /// What each listing has of them, and what back-filling brings.
        Views: FleetViews
        /// The fleet's extent.
        Extent: IntervalSet
        /// The part of it in which the known nodes differ, or may.
        Apart: IntervalSet
        /// The rest of it less what every known node has there: holes of the base.
        CommonHoles: IntervalSet
        /// What segments of the base cover that are not best.
        CommonNotBest: IntervalSet
        /// What each known node's segments cover in the hours listed by names, best or not.
        Covers: IntervalSet[]
        /// What any known node's segments cover there, and in the holes of the base.
        Covered: IntervalSet
        /// What no known node's segments cover of the time in which nodes may differ, and of the holes of the base.
        Uncovered: IntervalSet
        /// The seams of the fleet, but for those of the base.
        Seams: IntervalSet
        /// When nothing is known of each node.
        Unknown: IntervalSet[]
        /// When nothing is known of some node.
        Somewhere: IntervalSet
        /// What a segment would cover whose name is marked as deleted.
        Marked: IntervalSet
    }

/// Finding it.
[<RequireQualifiedAccess>]
module internal FleetGround =

    let private single (interval: Interval) : IntervalSet = IntervalSet.ofIntervals [ interval ]

    /// All of time.
    let private always = single (Interval.create Instant.beforeAll Instant.afterAll)

    /// Those of a set's intervals that are no longer than a length.
    let private notLonger (length: Duration) (set: IntervalSet) : IntervalSet =
        let kept = List<Interval>()

        for interval in set.Intervals do
            if interval.Length <= length then
                kept.Add interval

        IntervalSet.ofIntervals kept

    /// The longest segment that a node lists; `ValueNone` when it lists none.
    let private longestOf (hours: FleetHour[]) (common: FleetBase voption) (node: int) : Duration voption =
        let mutable longest = ValueNone

        let take (length: Duration) =
            longest <- ValueSome(max length (ValueOption.defaultValue Duration.zero longest))

        for hour in hours do
            match hour.Names[node] with
            | null -> ()
            | names ->
                for segment in names.Segments do
                    take segment.Duration

        match common with
        | ValueSome common ->
            let named = HashSet<Hour>(hours |> Seq.map _.Hour)

            for detail in common.Facts.Hours do
                let counts = detail.Timeline.Segments
                let count = counts.Full.Count + counts.Suspect.Count + counts.Partial.Count

                if count > 0 && not (named.Contains detail.Timeline.Hour) then
                    take detail.Longest
        | ValueNone -> ()

        longest

    /// The unknown hours of a node, each with its reach: as far as its longest segment, as in section 9.
    let private unknownOf (hours: FleetHour[]) (common: FleetBase voption) (node: int) : IntervalSet =
        let unknown = hours |> Array.filter (fun hour -> FleetHours.isIn node hour.Unknown)

        if unknown.Length = 0 then
            IntervalSet.empty
        else
            let reach =
                match longestOf hours common node with
                | ValueSome longest -> max longest (Duration.ofSeconds 60L)
                | ValueNone -> Duration.ofSeconds 86_400L

            unknown
            |> Array.map (fun hour ->
                Interval.create (Hour.start hour.Hour) (Instant.add reach (Hour.finish hour.Hour)))
            |> IntervalSet.ofIntervals

    /// What the segments of some hours cover, as a node lists them.
    let private coverOf (hours: FleetHour[]) (reaching: IntervalSet) (node: int) : IntervalSet =
        let times = List<Interval>()

        for hour in hours do
            match hour.Names[node] with
            | null -> ()
            | names ->
                for segment in names.Segments do
                    // What touches is one: there can be millions.
                    let last = times.Count - 1

                    if
                        last >= 0
                        && segment.Start >= times[last].Start
                        && segment.Start <= times[last].End
                    then
                        times[last] <- Interval.create times[last].Start (max times[last].End segment.End)
                    elif segment.Duration > Duration.zero then
                        times.Add segment.Interval

        Sets.union reaching (IntervalSet.ofIntervals times)

    let private markedIn (hours: FleetHour[]) : IntervalSet =
        let times = List<Interval>()

        for hour in hours do
            for names in hour.Names do
                match names with
                | null -> ()
                | names -> times.AddRange (HourNames.marked names).Intervals

        IntervalSet.ofIntervals times

    let private unionOf (sets: IntervalSet seq) : IntervalSet =
        sets |> Seq.fold Sets.union IntervalSet.empty

    /// What the words of a stream rest on.
    let make rules (listing: FleetListing) (hours: FleetHour[]) (views: FleetViews) : FleetGround =
        let known = FleetHours.known listing
        let isKnown node = FleetHours.isIn node known
        let count = listing.Nodes.Length
        let extent = single views.Union.Extent
        let apart = Sets.subtract extent views.Common

        let commonHoles, notBest, deleted =
            match listing.Base with
            | ValueSome common ->
                let holes =
                    Sets.intersect common.Facts.Report.Raw.Holes views.Common
                    |> Sets.intersect extent

                holes, common.NotBest, common.Deleted
            | ValueNone -> IntervalSet.empty, IntervalSet.empty, IntervalSet.empty

        let reaching = Sets.union notBest (IntervalSet.ofIntervals views.Reaching)

        let covers =
            Array.init count (fun node ->
                if isKnown node then
                    coverOf hours reaching node
                else
                    IntervalSet.empty)

        let covered = unionOf covers

        // A seam of the fleet may lie across the edge of what is common: there it is uncovered as well.
        let uncovered = Sets.subtract (Sets.union apart commonHoles) covered

        let unknown =
            Array.init count (fun node ->
                if isKnown node then
                    unknownOf hours listing.Base node
                else
                    always)

        { Rules = rules
          Known = known
          Sources = Array.init count (fun node -> FleetHours.sources node listing)
          Hours = hours
          Views = views
          Extent = extent
          Apart = apart
          CommonHoles = commonHoles
          CommonNotBest = notBest
          Covers = covers
          Covered = covered
          Uncovered = uncovered
          Seams = notLonger rules.Settings.Tolerance uncovered
          Unknown = unknown
          Somewhere = unionOf unknown
          Marked = Sets.union (markedIn hours) deleted }
