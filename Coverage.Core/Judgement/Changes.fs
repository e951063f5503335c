namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// A hole, and how long it is known of.
[<Struct; NoComparison>]
type StandingHole =
    {
        /// Where it is.
        Hole: Interval
        /// When a report first had it, or any hole it grew or shrank from.
        Since: Instant
    }

/// A hole that continues earlier ones.
[<Struct; NoComparison>]
type ResizedHole =
    {
        /// Where it is now.
        Hole: Interval
        /// How long the holes were, together, that it continues.
        Was: Duration
    }

/// What one report of a stream has other than the one before. A hole continues the earlier holes that it shares an
/// instant with.
[<NoComparison; ReferenceEquality>]
type Changes =
    {
        /// Holes that continue none.
        Opened: ImmutableArray<Interval>
        /// Earlier holes that none continues.
        Closed: ImmutableArray<StandingHole>
        /// Holes that are longer than those they continue together.
        Grown: ImmutableArray<ResizedHole>
        /// Holes that are shorter than those they continue together.
        Shrunk: ImmutableArray<ResizedHole>
        /// Hours that are reported now and were not.
        HoursAdded: ImmutableArray<Hour>
        /// Hours that were reported and are not now.
        HoursGone: ImmutableArray<Hour>
        /// The holes that there are now.
        Standing: ImmutableArray<StandingHole>
    }

/// What changes from report to report of one stream, as a fold over its reports.
[<RequireQualifiedAccess>]
module Changes =

    let private nothing =
        { Opened = ImmutableArray.Empty
          Closed = ImmutableArray.Empty
          Grown = ImmutableArray.Empty
          Shrunk = ImmutableArray.Empty
          HoursAdded = ImmutableArray.Empty
          HoursGone = ImmutableArray.Empty
          Standing = ImmutableArray.Empty }

    /// The first report of a stream, at an instant: nothing was before it, so nothing has changed.
    let first (now: Instant) (report: StreamReport) : Changes =
        { nothing with
            Standing =
                ImmutableArray.CreateRange
                    [| for hole in report.Raw.Holes.Intervals -> { Hole = hole; Since = now } |] }

    /// The same report again.
    let again (before: Changes) : Changes =
        { nothing with
            Standing = before.Standing }

    /// The hours that one report has and another has not, in order.
    let private hoursOnlyIn (report: StreamReport) (other: StreamReport) : ImmutableArray<Hour> =
        let known = HashSet(Seq.map _.Hour other.Hours)

        report.Hours
        |> Seq.map _.Hour
        |> Seq.filter (fun hour -> not (known.Contains hour))
        |> ImmutableArray.CreateRange

    /// The next report, at an instant, after the one before, which the changes given led to.
    let next (now: Instant) (before: Changes) (earlier: StreamReport) (report: StreamReport) : Changes =
        let standing = before.Standing
        let opened, grown, shrunk = ResizeArray(), ResizeArray(), ResizeArray()
        let kept = ResizeArray<StandingHole>()
        // The first of the earlier holes that does not end before the hole at hand.
        let mutable at = 0

        for hole in report.Raw.Holes.Intervals do
            while at < standing.Length && standing[at].Hole.End <= hole.Start do
                at <- at + 1

            let mutable continued = at
            let mutable was = Duration.zero
            let mutable since = now

            while continued < standing.Length && standing[continued].Hole.Start < hole.End do
                was <- was + standing[continued].Hole.Length
                since <- min since standing[continued].Since
                continued <- continued + 1

            if continued = at then
                opened.Add hole
            elif hole.Length > was then
                grown.Add { Hole = hole; Was = was }
            elif hole.Length < was then
                shrunk.Add { Hole = hole; Was = was }

            kept.Add { Hole = hole; Since = since }

        let isClosed (earlier: StandingHole) =
            let struct (count, _) = IntervalSet.within earlier.Hole report.Raw.Holes
            count = 0

        { Opened = ImmutableArray.CreateRange opened
          Closed = ImmutableArray.CreateRange(Seq.filter isClosed standing)
          Grown = ImmutableArray.CreateRange grown
          Shrunk = ImmutableArray.CreateRange shrunk
          HoursAdded = hoursOnlyIn report earlier
          HoursGone = hoursOnlyIn earlier report
          Standing = ImmutableArray.CreateRange kept }
