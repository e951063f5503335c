namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// A hole, and how long it is known of.
[<Struct; NoComparison>]
type StandingHole =
    {
        /// Where it is.
        Hole: Interval
        /// When an account first had it, or any hole it grew or shrank from.
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

/// What one account of a stream has other than the one before; a hole is a missing span of it. A hole continues the earlier holes that it shares an
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

/// What changes from report to report of one stream, as a fold over its accounts.
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

    let private missing (account: Account) : IntervalSet = Account.set Word.Missing account

    /// The first account of a stream: nothing was before it, so nothing has changed.
    let first (now: Instant) (account: Account) : Changes =
        { nothing with
            Standing =
                ImmutableArray.CreateRange
                    [| for hole in (missing account).Intervals -> { Hole = hole; Since = now } |] }

    /// The same account again.
    let again (before: Changes) : Changes =
        { nothing with
            Standing = before.Standing }

    /// The hours that one report has and another has not, in order.
    let private hoursOnlyIn (report: StreamReport) (other: StreamReport) : ImmutableArray<Hour> =
        let hours (report: StreamReport) =
            report.Hours |> Seq.map (fun (hour: HourReport) -> hour.Hour)

        let known = HashSet(hours other)

        hours report
        |> Seq.filter (fun hour -> not (known.Contains hour))
        |> ImmutableArray.CreateRange

    /// The next account, at an instant, after the one before, which the changes given led to.
    let next (now: Instant) (before: Changes) (earlier: Account) (account: Account) : Changes =
        let standing = before.Standing
        let opened, grown, shrunk = ResizeArray(), ResizeArray(), ResizeArray()
        let kept = ResizeArray<StandingHole>()
        // The first of the earlier holes that does not end before the hole at hand.
        let mutable at = 0

        for hole in (missing account).Intervals do
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
            let struct (count, _) = IntervalSet.within earlier.Hole (missing account)
            count = 0

        { Opened = ImmutableArray.CreateRange opened
          Closed = ImmutableArray.CreateRange(Seq.filter isClosed standing)
          Grown = ImmutableArray.CreateRange grown
          Shrunk = ImmutableArray.CreateRange shrunk
          HoursAdded = hoursOnlyIn account.Facts.Report earlier.Facts.Report
          HoursGone = hoursOnlyIn earlier.Facts.Report account.Facts.Report
          Standing = ImmutableArray.CreateRange kept }
