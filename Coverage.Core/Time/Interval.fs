namespace Coverage

open System
open System.Collections.Immutable
open System.Runtime.InteropServices

/// Arrays that only the function that made them has seen, as immutable ones.
module internal Exactly =

    /// The first items of an array, without a copy when that is all of them. `Array.Copy` moves them in one go, also
    /// where generic code over our own types is not compiled ahead.
    let immutable (items: 'T[]) (count: int) : ImmutableArray<'T> =
        if count = items.Length then
            ImmutableCollectionsMarshal.AsImmutableArray items
        else
            let exact = Array.zeroCreate count
            Array.Copy(items, exact, count)
            ImmutableCollectionsMarshal.AsImmutableArray exact

/// A stretch of time `[Start, End)`: the start belongs to it, the end does not. `Start <= End` always, and every
/// empty interval is the same one, `default`, so that equality of values is equality of what they mean.
[<Struct; NoComparison>]
type Interval =
    private
        { First: Instant
          Past: Instant }

    /// The first instant of the interval.
    member this.Start = this.First

    /// The first instant after the interval.
    member this.End = this.Past

    /// How long the interval is; zero for the empty one.
    member this.Length: Duration = Instant.until this.Past this.First

    /// Whether no instant lies in the interval.
    member this.IsEmpty = this.First = this.Past

    override this.ToString() =
        if this.IsEmpty then
            "[)"
        else
            $"[{Instant.toText this.First}, {Instant.toText this.Past})"

    /// The interval between two points; the empty one when the second is not later than the first.
    static member internal Create(start: Instant, finish: Instant) =
        if finish <= start then
            Unchecked.defaultof<Interval>
        else
            { First = start; Past = finish }

/// Making intervals and asking of one or two of them.
[<RequireQualifiedAccess>]
module Interval =

    /// The interval that holds no instant.
    let empty = Unchecked.defaultof<Interval>

    /// The interval `[start, finish)`; the empty one when `finish <= start` (semantics.md, head).
    let create (start: Instant) (finish: Instant) : Interval = Interval.Create(start, finish)

    /// The interval from a point on, for a length of time.
    let ofLength (start: Instant) (length: Duration) : Interval =
        Interval.Create(start, Instant.add length start)

    /// The calendar hour as an interval (semantics.md section 4).
    let ofHour (hour: Hour) : Interval =
        Interval.Create(Hour.start hour, Hour.finish hour)

    /// What lies in both.
    let intersect (a: Interval) (b: Interval) : Interval =
        Interval.Create(max a.Start b.Start, min a.End b.End)

    /// Whether an instant lies in the interval.
    let contains (instant: Instant) (interval: Interval) : bool =
        interval.Start <= instant && instant < interval.End
