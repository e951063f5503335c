namespace Coverage

open System.Collections.Immutable

/// One reported hour of a stream, looked at closely; all but the overlaps is cut to the window (semantics.md section 4).
[<NoComparison>]
type internal Closeup =
    {
        /// The hour's numbers.
        Report: HourReport
        /// What is missing of the covered time.
        Holes: IntervalSet
        /// What is missing of the editable chain.
        EditableHoles: IntervalSet
        /// What suspect or partial segments alone cover.
        PartialOnly: IntervalSet
        /// As in `HourDetail.Overlaps`.
        Overlaps: ImmutableArray<Interval>
        /// The seams: the first `Closeup.mostSeams` of the hour, and those across its edges.
        Seams: IntervalSet
        /// How many seams there are in all. Their length is in the hour's numbers.
        SeamCount: int
    }

/// Looking closely at an hour (semantics.md sections 3 and 4).
[<RequireQualifiedAccess>]
module internal Closeup =

    /// How many seams of an hour are listed.
    [<Literal>]
    let mostSeams = 1000

    /// An hour of a stream; `ValueNone` when it is not reported. O(log n + what lies in the hour).
    let ofHour (facts: StreamFacts) (hour: Hour) : Closeup voption =
        match StreamFacts.report hour facts with
        | ValueNone -> ValueNone
        | ValueSome numbers ->
            let report = facts.Report
            let window = numbers.Window
            let cut set = IntervalSet.cut window set
            let across = StreamFacts.crossingIn window facts

            let seams, overlaps =
                match StreamFacts.hour hour facts with
                | ValueSome detail -> detail.Seams, detail.Overlaps
                | ValueNone -> ImmutableArray.Empty, ImmutableArray.Empty

            let listed = Array.init (min seams.Length mostSeams) (fun i -> seams[i].In hour)

            ValueSome
                { Report = numbers
                  Holes = cut report.Raw.Holes
                  EditableHoles = cut report.Editable.Holes
                  PartialOnly = cut report.PartialOnly
                  Overlaps = overlaps
                  Seams = IntervalSet.union (IntervalSet.ofIntervals listed) across
                  SeamCount = across.Count + seams.Length }
