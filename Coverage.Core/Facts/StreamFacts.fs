namespace Coverage

open System.Collections.Immutable

/// All that one look at a stream says: its report, and the details of its hours that the report was put together from.
///
/// There can be a seam after each segment, so the seams are not made into a set unless one is asked for: an hour keeps its
/// own, eight bytes each, and the few that lie across an hour's edge stand apart.
[<NoComparison; ReferenceEquality>]
type StreamFacts =
    private
        {
            Summary: StreamReport
            /// <exclude/>
            Details: ImmutableArray<HourDetail>
            /// How long the seams within hours are before the hour of an index.
            SeamsBefore: Duration[]
            /// The seams that do not begin and end in one hour, and the one that ends the extent.
            CrossingSeams: IntervalSet
            /// The last start of a best segment, of hours after the world's end too.
            LastOfAll: Instant voption
        }

    /// The stream's report.
    member this.Report = this.Summary

    /// The details of all its hours, in order.
    member internal this.Hours = this.Details

/// Facts of one stream, and where its seams are (semantics.md section 3).
[<RequireQualifiedAccess>]
module StreamFacts =

    /// The facts of a stream, from the details of all its hours in order, each swept with what the one before handed on.
    /// The hours after the first so many are left out of everything but `lastStart`.
    let internal ofFirst (count: int) (settings: Settings) (all: ImmutableArray<HourDetail>) : StreamFacts =
        let hours = all.RemoveRange(count, all.Length - count)

        let report = Report.ofTimelines settings [| for hour in hours -> hour.Timeline |]
        let crossing = ResizeArray<Interval>()

        let add (gap: Interval) =
            if not (Timeline.isHole settings.Tolerance gap) then
                crossing.Add gap

        for hour in hours do
            add hour.Timeline.Raw.Inherited

        if not report.Extent.IsEmpty then
            add (Interval.create hours[hours.Length - 1].Timeline.Carry.Furthest report.Extent.End)

        let before = Array.zeroCreate<Duration>(hours.Length + 1)

        for i in 0 .. hours.Length - 1 do
            before[i + 1] <- before[i] + hours[i].Timeline.Raw.SeamLength

        { Summary = report
          Details = hours
          SeamsBefore = before
          CrossingSeams = IntervalSet.ofIntervals crossing
          LastOfAll =
            all
            |> Seq.tryFindBack (fun hour -> hour.Timeline.Starts.IsSome)
            |> function
                | Some hour ->
                    let struct (_, last) = hour.Timeline.Starts.Value
                    ValueSome last
                | None -> ValueNone }

    /// The facts of a stream, from the details of all its hours, likewise: those after the world's end are left out.
    let internal ofHours (settings: Settings) (all: ImmutableArray<HourDetail>) : StreamFacts =
        let mutable count = all.Length

        if settings.LastHour.IsSome then
            while count > 0 && all[count - 1].Timeline.Hour > settings.LastHour.Value do
                count <- count - 1

        ofFirst count settings all

    /// The facts of a stream, from its hour folders in any order. Folders of the same hour count as one. The recording's
    /// edge is known where now is in the last of them, or after it.
    let ofFolders (settings: Settings) (folders: seq<HourFolder>) : StreamFacts =
        let selections = Report.selections settings folders |> Seq.toArray
        let details = Timeline.ofHours settings.Tolerance selections
        let last = details.Length - 1

        if last >= 0 then
            details[last] <- HourDetail.withBest selections[last] details[last]

        ofHours settings (ImmutableArray.CreateRange details)

    /// The index of the first hour that is not earlier than another.
    let private indexOf (hour: Hour) (facts: StreamFacts) : int =
        Search.firstWhere facts.Details.Length (fun i -> facts.Details[i].Timeline.Hour >= hour)

    /// The index of the first seam within an hour that ends after an instant.
    let private firstEndingAfter (instant: Instant) (detail: HourDetail) : int =
        Search.firstWhere detail.Seams.Length (fun i ->
            (detail.Seams[i].In detail.Timeline.Hour).End > instant)

    /// How much of a window the seams within one hour fill.
    let private lengthInHour (window: Interval) (detail: HourDetail) : Duration =
        let hour = detail.Timeline.Hour
        let mutable length = Duration.zero

        if Interval.intersect window (Interval.ofHour hour) = Interval.ofHour hour then
            length <- detail.Timeline.Raw.SeamLength
        else
            let mutable at = firstEndingAfter window.Start detail

            while at < detail.Seams.Length && (detail.Seams[at].In hour).Start < window.End do
                length <- length + (Interval.intersect window (detail.Seams[at].In hour)).Length
                at <- at + 1

        length

    /// How much of a window is in seams. O(log n), and the seams of an hour at each end of it.
    let seamsIn (window: Interval) (facts: StreamFacts) : Duration =
        let struct (_, crossing) = IntervalSet.within window facts.CrossingSeams

        if window.IsEmpty then
            Duration.zero
        else
            let first = indexOf (Hour.ofInstant window.Start) facts
            let past = indexOf (Hour.ofInstant (window.End - 1L<instant>) + 1<hour>) facts

            if past - first <= 2 then
                let mutable length = crossing

                for i in first .. past - 1 do
                    length <- length + lengthInHour window facts.Details[i]

                length
            else
                crossing
                + lengthInHour window facts.Details[first]
                + facts.SeamsBefore[past - 1]
                - facts.SeamsBefore[first + 1]
                + lengthInHour window facts.Details[past - 1]

    /// The seam that an instant lies in; the empty interval when it lies in none. O(log n).
    let seamAt (instant: Instant) (facts: StreamFacts) : Interval =
        let crossing = facts.CrossingSeams.Intervals
        let across = Search.firstWhere crossing.Length (fun i -> crossing[i].End > instant)
        let index = indexOf (Hour.ofInstant instant) facts

        if across < crossing.Length && Interval.contains instant crossing[across] then
            crossing[across]
        elif index < facts.Details.Length then
            let detail = facts.Details[index]
            let place = firstEndingAfter instant detail

            if
                place < detail.Seams.Length
                && Interval.contains instant (detail.Seams[place].In detail.Timeline.Hour)
            then
                detail.Seams[place].In detail.Timeline.Hour
            else
                Interval.empty
        else
            Interval.empty

    /// Every seam, as one set: 16 bytes each.
    let seams (facts: StreamFacts) : IntervalSet =
        let inner =
            [| for detail in facts.Details do
                   for seam in detail.Seams do
                       seam.In detail.Timeline.Hour |]

        IntervalSet.union (IntervalSet.ofIntervals inner) facts.CrossingSeams

    /// The seams that reach into a window, cut to it: `seams` cut, in O(log n + what lies in the window and in the hours at its
    /// ends).
    let internal seamsWithin (window: Interval) (facts: StreamFacts) : IntervalSet =
        let inner = ResizeArray<Interval>()

        if not window.IsEmpty then
            let past = indexOf (Hour.ofInstant (window.End - 1L<instant>) + 1<hour>) facts

            for index in indexOf (Hour.ofInstant window.Start) facts .. past - 1 do
                let detail = facts.Details[index]
                let hour = detail.Timeline.Hour
                let mutable at = firstEndingAfter window.Start detail

                while at < detail.Seams.Length && (detail.Seams[at].In hour).Start < window.End do
                    inner.Add(Interval.intersect window (detail.Seams[at].In hour))
                    at <- at + 1

        IntervalSet.union (IntervalSet.ofIntervals inner) (IntervalSet.cut window facts.CrossingSeams)

    /// The overlaps that reach into a window, in order of start. O(log n + those of the hours from which one can reach in).
    let internal overlapsReaching (window: Interval) (facts: StreamFacts) : ImmutableArray<Interval> =
        let reaching = ImmutableArray.CreateBuilder<Interval>()

        if not window.IsEmpty then
            // An overlap ends where a segment before it, or itself, ends: not after the furthest end so far.
            let first =
                Search.firstWhere facts.Details.Length (fun i ->
                    facts.Details[i].Timeline.Carry.Furthest > window.Start)

            let past = indexOf (Hour.ofInstant (window.End - 1L<instant>) + 1<hour>) facts

            for index in first .. past - 1 do
                for overlap in facts.Details[index].Overlaps do
                    if overlap.End > window.Start && overlap.Start < window.End then
                        reaching.Add overlap

        reaching.DrainToImmutable()

    /// The numbers of an hour; `ValueNone` when it is not reported. O(log n).
    let internal report (hour: Hour) (facts: StreamFacts) : HourReport voption =
        let hours = facts.Report.Hours
        let index = Search.firstWhere hours.Length (fun i -> hours[i].Hour >= hour)

        if index < hours.Length && hours[index].Hour = hour then
            ValueSome hours[index]
        else
            ValueNone

    /// What the hours before an hour hand on to it. O(log n).
    let internal carryInto (hour: Hour) (facts: StreamFacts) : Carry =
        match indexOf hour facts with
        | 0 -> Timeline.start
        | index -> facts.Details[index - 1].Timeline.Carry

    /// What the sweep found in an hour; `ValueNone` where the hour has no folder. O(log n).
    let internal hour (hour: Hour) (facts: StreamFacts) : HourDetail voption =
        let index = indexOf hour facts

        if index < facts.Details.Length && facts.Details[index].Timeline.Hour = hour then
            ValueSome facts.Details[index]
        else
            ValueNone

    /// The seams across hours' edges that reach into a window, cut to it.
    let internal crossingIn (window: Interval) (facts: StreamFacts) : IntervalSet =
        IntervalSet.cut window facts.CrossingSeams

    /// The last start of a best segment, also of one that is left out because it is after the world's end; `ValueNone`
    /// when there is none.
    let lastStart (facts: StreamFacts) : Instant voption = facts.LastOfAll

    /// The hour that holds an instant, or else the last one before it, of those that an answer is yes for.
    let private lastHourAt (instant: Instant) (answer: HourDetail -> bool) (facts: StreamFacts) =
        let mutable i = indexOf (Hour.ofInstant instant + 1<hour>) facts - 1

        while i >= 0 && not (answer facts.Details[i]) do
            i <- i - 1

        if i < 0 then ValueNone else ValueSome facts.Details[i]

    /// The longest duration of a `full` best segment in the latest hour, not later than an instant's, that has a best
    /// segment (sigma of semantics.md section 9).
    let longestFullAt (instant: Instant) (facts: StreamFacts) : Duration =
        lastHourAt instant _.Timeline.Starts.IsSome facts
        |> ValueOption.map _.LongestFull
        |> ValueOption.defaultValue Duration.zero

    /// The longest duration of any segment that is listed and not `temp`; `ValueNone` when there is none.
    let longest (facts: StreamFacts) : Duration voption =
        let mutable longest = ValueNone

        for hour in facts.Details do
            let counts = hour.Timeline.Segments

            if counts.Full.Count + counts.Suspect.Count + counts.Partial.Count > 0 then
                longest <- ValueSome(max hour.Longest (ValueOption.defaultValue Duration.zero longest))

        longest

    /// The latest end of the best segments that have a length and start before an instant; `ValueNone` when there is none.
    /// (Where the instant lies within an hour whose best segments are not kept, all of that hour count.)
    let endBefore (instant: Instant) (facts: StreamFacts) : Instant voption =
        let ends (hour: HourDetail) =
            if hour.Best.IsEmpty then
                hour.LastEnd
            else
                let mutable last = Instant.beforeAll

                for segment in hour.Best do
                    if segment.Start < instant && segment.Duration > Duration.zero then
                        last <- max last segment.End

                last

        let mutable last = Instant.beforeAll
        let past = indexOf (Hour.ofInstant instant + 1<hour>) facts

        for i in 0 .. past - 1 do
            last <- max last (ends facts.Details[i])

        if last = Instant.beforeAll then
            ValueNone
        else
            ValueSome last
