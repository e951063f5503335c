namespace Coverage

open System
open System.Collections.Immutable

/// Reports of streams, put together from their hours (semantics.md sections 3 and 4).
[<RequireQualifiedAccess>]
module Report =

    /// A longer run of hours without folder and coverage is not reported hour by hour.
    [<Literal>]
    let longestRun = 744

    /// What a stream is checked with by default: a tolerance of 10 ms, and no hour cut off.
    let defaults: Settings =
        { Tolerance = 10_000L<us>
          FirstHour = ValueNone
          LastHour = ValueNone }

    /// Whether an hour is in the world that the settings leave.
    let isIn (settings: Settings) (hour: Hour) : bool =
        (ValueOption.isNone settings.FirstHour || hour >= settings.FirstHour.Value)
        && (ValueOption.isNone settings.LastHour || hour <= settings.LastHour.Value)

    /// The extent: from the first start of a best segment to the furthest end, cut at the end of the last hour.
    let private extent (settings: Settings) (hours: HourTimeline[]) : Interval =
        if hours |> Array.exists _.HasLength then
            let struct (first, _) =
                (hours |> Array.find (fun hour -> ValueOption.isSome hour.Starts)).Starts.Value

            let struct (_, last) =
                (hours |> Array.findBack (fun hour -> ValueOption.isSome hour.Starts)).Starts.Value

            let furthest = max last (Array.last hours).Carry.Furthest

            match settings.LastHour with
            | ValueSome hour -> Interval.create first (min furthest (Hour.finish hour))
            | ValueNone -> Interval.create first furthest
        else
            Interval.empty

    /// The stream's holes, and its seams that cross an hour's edge; with the gap, if any, from the furthest end to
    /// the extent's.
    let private gaps
        settings
        (extent: Interval)
        (furthest: Instant)
        (hours: HourGaps[])
        : IntervalSet * IntervalSet =
        let holes, crossingSeams = ResizeArray<Interval>(), ResizeArray<Interval>()

        let classify (crossing: Interval) =
            if Timeline.isHole settings.Tolerance crossing then
                holes.Add crossing
            else
                crossingSeams.Add crossing

        for hour in hours do
            classify hour.Inherited

            for hole in hour.Holes.Intervals do
                holes.Add hole

        if not extent.IsEmpty then
            classify (Interval.create furthest extent.End)

        IntervalSet.ofIntervals holes, IntervalSet.ofIntervals crossingSeams

    /// The hours to report: those with a folder, and those the extent reaches into but for long runs with neither
    /// folder nor coverage.
    let private reported (extent: Interval) (hours: HourTimeline[]) : struct (Hour * HourTimeline voption)[] =
        // The empty extent is `[0, 0)`: this is the hour before all then.
        let lastInExtent = Hour.ofInstant (extent.End - 1L<instant>)

        [| for i in 0 .. hours.Length - 1 do
               let hour = hours[i]
               struct (hour.Hour, ValueSome hour)

               // The hours up to the next folder, or to the end: first those that segments reach into, then the rest.
               let next =
                   if i + 1 < hours.Length then
                       min hours[i + 1].Hour (lastInExtent + 1<hour>)
                   else
                       lastInExtent + 1<hour>

               // From the folder to here every hour has coverage: the segment that ends last starts before them all
               // (proofs/Facts/ReportedLaws.dfy, WhoReaches).
               let uncovered =
                   max (hour.Hour + 1<hour>) (Hour.ofInstant (hour.Carry.Furthest - 1L<instant>) + 1<hour>)

               if hour.Carry.Furthest > Instant.beforeAll then
                   for lost in hour.Hour + 1<hour> .. 1<hour> .. min next uncovered - 1<hour> do
                       struct (lost, ValueNone)

                   if next - uncovered <= longestRun * 1<hour> then
                       for lost in uncovered .. 1<hour> .. next - 1<hour> do
                           struct (lost, ValueNone) |]

    let private hourCoverage
        (window: Interval)
        (holes: IntervalSet)
        (crossing: IntervalSet)
        (inner: Duration)
        : HourCoverage =
        let struct (count, holeLength) = IntervalSet.within window holes
        let struct (_, crossingLength) = IntervalSet.within window crossing
        let seamLength = inner + crossingLength

        { Covered = window.Length - holeLength - seamLength
          Holes = count
          HoleLength = holeLength
          SeamLength = seamLength }

    let private streamCoverage
        (extent: Interval)
        (holes: IntervalSet)
        (crossing: IntervalSet)
        (inner: Duration)
        : StreamCoverage =
        let seamLength = inner + crossing.Length

        { Covered = extent.Length - holes.Length - seamLength
          Holes = holes
          HoleLength = holes.Length
          SeamLength = seamLength }

    /// What suspect or partial segments alone cover of the extent: what the hours say, and what the last hands on.
    let private partialOnlyIn (extent: Interval) (carry: Carry) (hours: HourTimeline[]) : IntervalSet =
        let spans = ResizeArray<Interval>()

        for hour in hours do
            for span in hour.PartialOnly.Intervals do
                spans.Add(Interval.intersect extent span)

        spans.Add(Interval.intersect extent (Interval.create carry.Settled carry.PartialEnd))
        IntervalSet.ofIntervals spans

    let private status (extent: Interval) (holes: IntervalSet) (partialOnly: IntervalSet) : Status =
        if extent.IsEmpty then Status.Empty
        elif not holes.IsEmpty then Status.Incomplete
        elif not partialOnly.IsEmpty then Status.Partial
        else Status.Complete

    /// Puts a stream's report together from the timelines of its hours, in order: all those in the world of the
    /// settings, each stepped to from the one before.
    let internal ofTimelines (settings: Settings) (hours: HourTimeline[]) : StreamReport =
        let extent = extent settings hours

        let carry =
            if hours.Length = 0 then
                Timeline.start
            else
                (Array.last hours).Carry

        let rawHoles, rawCrossing =
            gaps settings extent carry.Furthest (hours |> Array.map _.Raw)

        let editableHoles, editableCrossing =
            gaps settings extent carry.ChainEnd (hours |> Array.map _.Editable)

        let partialOnly = partialOnlyIn extent carry hours

        let hourReport struct (hour: Hour, timeline: HourTimeline voption) : HourReport =
            let window = Interval.intersect extent (Interval.ofHour hour)
            let struct (_, partialLength) = IntervalSet.within window partialOnly

            // An hour that was lost whole has the counts of an empty folder.
            let segments, temp, bad, overlaps, rawSeams, editableSeams =
                match timeline with
                | ValueSome t ->
                    t.Segments, t.Temp, t.Bad, t.Overlaps, t.Raw.SeamLength, t.Editable.SeamLength
                | ValueNone -> ByKind.none, 0, 0, ByKind.none, Duration.zero, Duration.zero

            { Hour = hour
              Window = window
              Segments = segments
              Temp = temp
              Bad = bad
              Overlaps = overlaps
              Raw = hourCoverage window rawHoles rawCrossing rawSeams
              Editable = hourCoverage window editableHoles editableCrossing editableSeams
              PartialOnly = partialLength }

        { Settings = settings
          Extent = extent
          Status = status extent rawHoles partialOnly
          Raw = streamCoverage extent rawHoles rawCrossing (hours |> Array.sumBy _.Raw.SeamLength)
          Editable =
            streamCoverage extent editableHoles editableCrossing (hours |> Array.sumBy _.Editable.SeamLength)
          PartialOnly = partialOnly
          Hours =
            reported extent hours
            |> Array.map hourReport
            |> ImmutableArray.Create<HourReport> }

    /// The selections of the hours in the world of the settings, in order, from hour folders in any order. Folders of the
    /// same hour count as one.
    let internal selections (settings: Settings) (folders: seq<HourFolder>) : seq<HourSelection> =
        folders
        |> Seq.filter (fun folder -> isIn settings folder.Hour)
        |> Seq.groupBy _.Hour
        |> Seq.sortBy fst
        |> Seq.map (fun (hour, folders) ->
            match Seq.toArray folders with
            | [| folder |] -> folder
            | folders ->
                { Hour = hour
                  Segments = folders |> Seq.collect _.Segments |> ImmutableArray.CreateRange
                  Bad = folders |> Array.sumBy _.Bad })
        |> Seq.map Selection.ofFolder

    /// <summary>The report of a stream, from its hour folders in any order. Folders of the same hour count as one.</summary>
    /// <example><code lang="fsharp">
    /// let report =
    ///     [ HourFolder.ofFiles Hour.first [ "00:00.0-10-full-.ts", 1L; "00:12.0-10-full-.ts", 1L ] ]
    ///     |> Report.ofFolders Report.defaults
    /// report.Raw.Holes
    /// // [1970-01-01T00:00:10.000000Z, 1970-01-01T00:00:12.000000Z)
    /// </code></example>
    let ofFolders (settings: Settings) (folders: seq<HourFolder>) : StreamReport =
        selections settings folders
        |> Timeline.ofHours settings.Tolerance
        |> Array.map _.Timeline
        |> ofTimelines settings

    /// How much of the extent is good: neither in a hole nor partial-only.
    let completeness (report: StreamReport) : Completeness =
        { Good = report.Extent.Length - report.Raw.HoleLength - report.PartialOnly.Length
          Whole = report.Extent.Length }

    /// The completeness as people read it; see `Completeness.toText`.
    let completenessText (report: StreamReport) : string =
        Completeness.toText (completeness report)
