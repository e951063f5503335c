namespace Coverage

open System.Collections.Immutable

/// A set of instants, held as intervals in one canonical way: sorted, none empty, and neighbours strictly apart
/// (`end < next start`; what touches is one interval). So two sets are equal when their intervals are, and
/// `default` is the empty set. Building is O(n log n), or O(n) from sorted intervals; union, intersect and
/// subtract are O(n + m).
[<Struct; CustomEquality; NoComparison>]
type IntervalSet =
    private
        { Canonical: ImmutableArray<Interval> }

    /// The intervals, in order.
    member Intervals: ImmutableArray<Interval>

    /// How many intervals there are.
    member Count: int

    /// Whether no instant is in the set.
    member IsEmpty: bool

    /// How much time is in the set, every instant counted once.
    member Length: Duration

    interface System.IEquatable<IntervalSet>

/// Set operations; each keeps the canonical form.
[<RequireQualifiedAccess>]
module IntervalSet =

    /// The set without an instant.
    val empty: IntervalSet

    /// The set of the instants that lie in any of the intervals, which may come in any order, overlap and be empty.
    val ofIntervals: intervals: seq<Interval> -> IntervalSet

    /// The instants in either set.
    val union: a: IntervalSet -> b: IntervalSet -> IntervalSet

    /// The instants in both sets.
    val intersect: a: IntervalSet -> b: IntervalSet -> IntervalSet

    /// The instants of the first set that are not in the second.
    val subtract: a: IntervalSet -> b: IntervalSet -> IntervalSet

    /// <summary>The instants of a window that are not in the set: with <c>intersect</c> it tiles the window.</summary>
    /// <example><code lang="fsharp">
    /// let after seconds = Hour.start Hour.first |> Instant.add (Duration.ofSeconds seconds)
    /// let covered = IntervalSet.ofIntervals [ Interval.create (after 2L) (after 5L) ]
    /// IntervalSet.gaps (Interval.create (after 1L) (after 5L)) covered
    /// // [1970-01-01T00:00:01.000000Z, 1970-01-01T00:00:02.000000Z)
    /// </code></example>
    val gaps: window: Interval -> set: IntervalSet -> IntervalSet

    /// The part of the set that lies in a window: `intersect` with it, in O(log n + what reaches in).
    val cut: window: Interval -> set: IntervalSet -> IntervalSet

    /// The smallest interval that holds the set; the empty one for the empty set.
    val hull: set: IntervalSet -> Interval

    /// Whether an instant is in the set. O(log n).
    val contains: instant: Instant -> set: IntervalSet -> bool

    /// How many of the set's intervals reach into a window, and how much of it they fill together.
    /// O(log n + what reaches in), without building a set.
    val within: window: Interval -> set: IntervalSet -> struct (int * Duration)
