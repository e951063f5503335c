namespace Coverage

open System.Collections.Immutable

/// The instants at which a range can start for which one candidate is the first of the plan.
[<Struct; NoComparison>]
type private Claim =
    {
        /// The first such instant.
        From: Instant
        /// The first after them.
        Until: Instant
        /// The candidate's place.
        First: int
    }

/// The clean ranges of a stream: those that are cut without a hole (semantics.md section 11).
///
/// A plan is decided by its first segment, from which it goes on in one way: so each `full` candidate has at most one successor
/// in plans without a hole, later than itself, and the successors make a forest. From a candidate a range is clean up to the
/// furthest end on its way that is begun before the hour of the range's end is over. Ways are walked by jumps, in O(log n).
[<NoComparison; ReferenceEquality>]
type CleanRanges =
    private
        {
            /// <exclude/>
            Candidates: ImmutableArray<Segment>
            /// The successor of each candidate; the candidate itself where there is none.
            Next: int[]
            /// A candidate further on the way of each; itself where there is no successor.
            Jump: int[]
            /// The furthest end on the way of each, from its own up to the jump's, that excluded.
            Furthest: Instant[]
            // In order; no two have an instant in common. Where a segment that is not full is the first, it stands here, too.
            /// <exclude/>
            Claims: Claim[]
        }

/// The clean ranges nearest to one that is not; each is empty where there is none.
[<Struct; NoComparison; RequireQualifiedAccess>]
type NearestClean =
    {
        /// Of those that start in the range asked for or later: the earliest, and of those the longest.
        After: Interval
        /// Of those that end in it or earlier: the latest end, and with that the earliest start.
        Before: Interval
        /// The longest of those within it, of equals the first.
        Longest: Interval
    }

/// Asking for clean ranges.
[<RequireQualifiedAccess>]
module CleanRanges =

    /// The shortest that are offered.
    let private shortest: Duration = Duration.second

    /// The successor of a candidate.
    let private successor (candidates: ImmutableArray<Segment>) (at: int) : int =
        let segment = candidates[at]
        let earliest = Instant.subtract CutPlan.tolerance segment.End

        // The next one, or else a later one of which the present one covers all that comes before it.
        let next =
            if at + 1 < candidates.Length && candidates[at + 1].Start >= earliest then
                at + 1
            else
                max (at + 1) (CutPlan.firstFrom earliest candidates)

        if
            next < candidates.Length
            && candidates[next].Kind = SegmentKind.Full
            && not (CutPlan.isHole segment (Instant.until candidates[next].Start segment.End))
        then
            next
        else
            at

    /// The claims on the instants of one hour: of the candidates of the hour before it and its own, the first that covers an
    /// instant has it.
    let private claimsOf
        (candidates: ImmutableArray<Segment>)
        (hour: Hour)
        (claims: ResizeArray<Claim>)
        : unit =
        let finish = Hour.finish hour
        let mutable covered = Hour.start hour
        let mutable at = CutPlan.firstFrom (Hour.start (hour - 1<hour>)) candidates

        while at < candidates.Length && candidates[at].Start < finish do
            let from = max covered candidates[at].Start
            let until = min finish candidates[at].End

            if from < until then
                claims.Add
                    { From = from
                      Until = until
                      First = at }

            covered <- max covered candidates[at].End
            at <- at + 1

    let private claims (candidates: ImmutableArray<Segment>) : Claim[] =
        let claims = ResizeArray<Claim>()
        let mutable next = Hour.first

        for i in 0 .. candidates.Length - 1 do
            let hour = Hour.ofInstant candidates[i].Start

            if i = 0 || hour >= next then
                // A segment reaches into the hour after its own; those further on do not see it.
                if i > 0 && hour > next then
                    claimsOf candidates next claims

                claimsOf candidates hour claims
                next <- hour + 1<hour>

        if candidates.Length > 0 then
            claimsOf candidates next claims

        claims.ToArray()

    /// The clean ranges of a stream, of all its candidates: the best segments of each start for a cut, in order of start.
    /// O(n log n) at most, O(n) where segments hardly overlap.
    let ofCandidates (candidates: ImmutableArray<Segment>) : CleanRanges =
        let next = Array.zeroCreate<int> candidates.Length
        let jump = Array.zeroCreate<int> candidates.Length
        let depth = Array.zeroCreate<int> candidates.Length
        let furthest = Array.zeroCreate<Instant> candidates.Length

        for at in candidates.Length - 1 .. -1 .. 0 do
            let to' = successor candidates at
            next[at] <- to'
            jump[at] <- to'
            furthest[at] <- candidates[at].End

            if to' > at then
                depth[at] <- depth[to'] + 1
                let far = jump[to']

                // Two jumps of one length make one: any way is walked in O(log n) steps.
                if depth[to'] - depth[far] = depth[far] - depth[jump[far]] && far > to' then
                    jump[at] <- jump[far]
                    furthest[at] <- max furthest[at] (max furthest[to'] furthest[far])

        { Candidates = candidates
          Next = next
          Jump = jump
          Furthest = furthest
          Claims = claims candidates }

    /// How far ranges are clean that start with a candidate and end in the hour that ends at `finish`: the furthest end on its
    /// way, of segments that start before then.
    let private reach (finish: Instant) (first: int) (clean: CleanRanges) : Instant =
        let isOpen at = clean.Candidates[at].Start < finish

        let rec walk at furthest =
            let furthest' = max furthest clean.Candidates[at].End

            if clean.Jump[at] > clean.Next[at] && isOpen clean.Jump[at] then
                walk clean.Jump[at] (max furthest clean.Furthest[at])
            elif clean.Next[at] > at && isOpen clean.Next[at] then
                walk clean.Next[at] furthest'
            else
                furthest'

        if clean.Candidates[first].Kind = SegmentKind.Full then
            walk first Instant.beforeAll
        else
            Instant.beforeAll

    /// The index of the first claim that ends after an instant.
    let private firstEndingAfter (instant: Instant) (clean: CleanRanges) : int =
        Search.firstWhere clean.Claims.Length (fun at -> clean.Claims[at].Until > instant)

    /// Whether a range, which must not be empty, is clean: whether its plan has no hole. O(log n).
    let isClean (range: Interval) (clean: CleanRanges) : bool =
        let at = firstEndingAfter range.Start clean

        at < clean.Claims.Length
        && clean.Claims[at].From <= range.Start
        && reach (Hour.finish (CutPlan.lastHour range)) clean.Claims[at].First clean
           >= range.End

    let private after (range: Interval) (clean: CleanRanges) : Interval =
        let mutable at = firstEndingAfter range.Start clean
        let mutable found = Interval.empty

        while found.IsEmpty && at < clean.Claims.Length do
            let from = max range.Start clean.Claims[at].From
            let until = reach Instant.afterAll clean.Claims[at].First clean

            if until >= Instant.add shortest from then
                found <- Interval.create from until

            at <- at + 1

        found

    /// Of the ranges that end not after the one asked for, and start with each claim as early as they can, that which `isBetter`
    /// than those before it.
    let private best
        (start: Instant)
        (isBetter: Interval -> Interval -> bool)
        (range: Interval)
        (clean: CleanRanges)
        : Interval =
        let finish = Hour.finish (CutPlan.lastHour range)
        let mutable at = firstEndingAfter start clean
        let mutable found = Interval.empty

        while at < clean.Claims.Length && clean.Claims[at].From < range.End do
            let from = max start clean.Claims[at].From
            let until = min range.End (reach finish clean.Claims[at].First clean)

            if until >= Instant.add shortest from then
                let next = Interval.create from until

                if found.IsEmpty || isBetter next found then
                    found <- next

            at <- at + 1

        found

    /// The clean ranges nearest to one, each at least 1 s long. O(n log n).
    let nearest (range: Interval) (clean: CleanRanges) : NearestClean =
        { NearestClean.After = after range clean
          NearestClean.Before = best Instant.beforeAll (fun one other -> one.End > other.End) range clean
          NearestClean.Longest = best range.Start (fun one other -> one.Length > other.Length) range clean }
