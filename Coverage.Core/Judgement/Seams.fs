namespace Coverage

open System.Collections.Immutable

/// The seams of one stream, by place. There can be one after each segment, so they are not made into a set unless one is
/// asked for: an hour keeps its own, eight bytes each, and the few that lie across an hour's edge stand apart.
[<NoComparison; ReferenceEquality>]
type Seams =
    private
        {
            /// The details of all the stream's hours, in order.
            Hours: ImmutableArray<HourDetail>
            /// How long the seams within hours are up to the hour of an index, that one left out.
            Before: Duration[]
            /// The seams that do not begin and end in one hour, and the one that ends the extent.
            Crossing: IntervalSet
        }

/// Asking for the seams of a stream (semantics.md section 3).
[<RequireQualifiedAccess>]
module Seams =

    /// The seams of a stream, from its report and the details of all its hours in order, those that the report was put
    /// together from.
    let ofDetails (report: StreamReport) (hours: ImmutableArray<HourDetail>) : Seams =
        let crossing = ResizeArray<Interval>()

        let add (gap: Interval) =
            if not (Timeline.isHole report.Settings.Tolerance gap) then
                crossing.Add gap

        for hour in hours do
            add hour.Timeline.Raw.Inherited

        if not report.Extent.IsEmpty then
            add (Interval.create hours[hours.Length - 1].Timeline.Carry.Furthest report.Extent.End)

        let before = Array.zeroCreate<Duration>(hours.Length + 1)

        for i in 0 .. hours.Length - 1 do
            before[i + 1] <- before[i] + hours[i].Timeline.Raw.SeamLength

        { Hours = hours
          Before = before
          Crossing = IntervalSet.ofIntervals crossing }

    /// The index of the first of so many for which an answer is yes; the answers change at most once, from no to yes.
    let private firstWhere (count: int) (answer: int -> bool) : int =
        let mutable low = 0
        let mutable high = count

        while low < high do
            let middle = low + (high - low) / 2
            if answer middle then high <- middle else low <- middle + 1

        low

    /// The index of the first hour that is not earlier than another.
    let private indexOf (hour: Hour) (seams: Seams) : int =
        firstWhere seams.Hours.Length (fun i -> seams.Hours[i].Timeline.Hour >= hour)

    /// The index of the first seam within an hour that ends after an instant.
    let private firstEndingAfter (instant: Instant) (detail: HourDetail) : int =
        firstWhere detail.Seams.Length (fun i -> (detail.Seams[i].In detail.Timeline.Hour).End > instant)

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
    let lengthIn (window: Interval) (seams: Seams) : Duration =
        let struct (_, crossing) = IntervalSet.within window seams.Crossing

        if window.IsEmpty then
            Duration.zero
        else
            let first = indexOf (Hour.ofInstant window.Start) seams
            let past = indexOf (Hour.ofInstant (window.End - 1L<instant>) + 1<hour>) seams

            if past - first <= 2 then
                let mutable length = crossing

                for i in first .. past - 1 do
                    length <- length + lengthInHour window seams.Hours[i]

                length
            else
                crossing + lengthInHour window seams.Hours[first] + seams.Before[past - 1]
                - seams.Before[first + 1]
                + lengthInHour window seams.Hours[past - 1]

    /// The seam that an instant lies in; the empty interval when it lies in none. O(log n).
    let at (instant: Instant) (seams: Seams) : Interval =
        let crossing = seams.Crossing.Intervals
        let across = firstWhere crossing.Length (fun i -> crossing[i].End > instant)
        let index = indexOf (Hour.ofInstant instant) seams

        if across < crossing.Length && Interval.contains instant crossing[across] then
            crossing[across]
        elif index < seams.Hours.Length then
            let detail = seams.Hours[index]
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
    let all (seams: Seams) : IntervalSet =
        let inner =
            [| for detail in seams.Hours do
                   for seam in detail.Seams do
                       seam.In detail.Timeline.Hour |]

        IntervalSet.union (IntervalSet.ofIntervals inner) seams.Crossing
