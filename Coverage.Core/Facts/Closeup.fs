namespace Coverage

open System.Collections.Immutable
open System.Linq

/// One reported hour of a stream, looked at closely; all but the overlaps is cut to the window (semantics.md section 4).
[<NoComparison>]
type Closeup =
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
module Closeup =

    /// How many seams of an hour are listed.
    [<Literal>]
    let mostSeams = 1000

    /// The seams that lie across an hour's edge, and the one, if any, between the furthest end and the extent's.
    let private crossing (report: StreamReport) (details: ImmutableArray<HourDetail>) : Interval seq =
        seq {
            for detail in details do
                detail.Timeline.Raw.Inherited

            // A report of any hour has details.
            Interval.create details[details.Length - 1].Timeline.Carry.Furthest report.Extent.End
        }
        |> Seq.filter (fun gap -> not (Timeline.isHole report.Settings.Tolerance gap))

    /// An hour of a stream, from the stream's report and the details of all its hours in order, those that the report
    /// was put together from; `ValueNone` when the hour is not reported.
    let ofHour (report: StreamReport) (details: ImmutableArray<HourDetail>) (hour: Hour) : Closeup voption =
        match report.Hours |> Seq.tryFind (fun reported -> reported.Hour = hour) with
        | None -> ValueNone
        | Some reported ->
            let window = IntervalSet.ofIntervals [ reported.Window ]
            let own = details |> Seq.tryFind (fun detail -> detail.Timeline.Hour = hour)

            let across =
                crossing report details
                |> Seq.map (Interval.intersect reported.Window)
                |> Seq.filter (fun part -> not part.IsEmpty)
                |> Seq.toArray

            let own, overlaps =
                match own with
                | Some detail -> detail.Seams, detail.Overlaps
                | None -> ImmutableArray.Empty, ImmutableArray.Empty

            let shown = own |> Seq.truncate mostSeams |> Seq.map _.In(hour)

            ValueSome
                { Report = reported
                  Holes = IntervalSet.intersect window report.Raw.Holes
                  EditableHoles = IntervalSet.intersect window report.Editable.Holes
                  PartialOnly = IntervalSet.intersect window report.PartialOnly
                  Overlaps = overlaps
                  Seams = IntervalSet.ofIntervals (Seq.append shown across)
                  SeamCount = across.Length + own.Length }
