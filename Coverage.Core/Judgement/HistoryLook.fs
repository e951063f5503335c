namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable

/// A word that the history of a stream records. `had` is not one: it is the rest of the extent, and with each round of a live
/// stream there would be more of it, where nothing is wrong.
type internal RecordedWord =
    | Unknown = 1uy
    | Fillable = 2uy
    | Pending = 3uy
    | Withheld = 4uy
    | Open = 5uy
    | Deleted = 6uy
    | Lost = 7uy
    /// Had, and the next back-filling takes it away.
    | Endangered = 8uy
    /// Fillable for too long.
    | Stuck = 9uy

/// What a line of the history is about. The words of one node from `Unknown` to `Lost` are never of the same time.
[<Struct; NoComparison>]
type internal HistoryLine =
    {
        /// The node's name; null for the stream itself, of which `Open`, `Deleted` and `Lost` are said.
        Node: string | null
        /// The word.
        Word: RecordedWord
        /// Why, of `Withheld` and `Endangered`.
        Reason: FleetReason
    }

/// Lines in order.
[<RequireQualifiedAccess>]
module internal HistoryLine =

    /// The order of lines: by node (first the stream itself), word and reason.
    let order (a: HistoryLine) (b: HistoryLine) : int =
        match String.CompareOrdinal(a.Node, b.Node) with
        | 0 -> (int a.Word <<< 8 ||| int a.Reason) - (int b.Word <<< 8 ||| int b.Reason)
        | other -> other

/// One line in one look.
[<Struct; NoComparison>]
type internal SaidLine =
    { Line: HistoryLine; Time: IntervalSet }

/// What one look says of a stream.
[<NoComparison; NoEquality>]
type internal HistoryLook =
    {
        /// The fleet's extent, in which all that follows lies.
        Extent: Interval
        /// The nodes of the fleet. Of another node nothing is said: its time has no word any more.
        Nodes: ImmutableArray<string>
        /// What is said, in the order of the lines, each line once.
        Said: ImmutableArray<SaidLine>
    }

/// Making it.
[<RequireQualifiedAccess>]
module internal HistoryLook =

    /// What a look says, in any order; what is said of a line in several parts is said of it together.
    let make (extent: Interval) (nodes: ImmutableArray<string>) (said: seq<SaidLine>) : HistoryLook =
        let all = List<SaidLine>(said |> Seq.filter (fun one -> not one.Time.IsEmpty))
        all.Sort(fun a b -> HistoryLine.order a.Line b.Line)
        let joined = ImmutableArray.CreateBuilder<SaidLine>()

        for one in all do
            let last = joined.Count - 1

            if last >= 0 && HistoryLine.order joined[last].Line one.Line = 0 then
                joined[last] <-
                    { one with
                        Time = IntervalSet.union joined[last].Time one.Time }
            else
                joined.Add one

        { Extent = extent
          Nodes = nodes
          Said = joined.DrainToImmutable() }

    /// What a report says.
    let ofReport
        (nodes: ImmutableArray<string>)
        (stuck: ImmutableArray<IntervalSet>)
        (report: FleetReport)
        : HistoryLook =
        let said = List<SaidLine>()

        let add (node: string | null) (word: RecordedWord) (reason: FleetReason) (time: IntervalSet) =
            said.Add
                { Line =
                    { Node = node
                      Word = word
                      Reason = reason }
                  Time = time }

        let addSets node opened deleted lost =
            add node RecordedWord.Open FleetReason.None opened
            add node RecordedWord.Deleted FleetReason.None deleted
            add node RecordedWord.Lost FleetReason.None lost

        let addSpans node word (spans: ImmutableArray<FleetSpan>) =
            let byReason = Array.init 8 (fun _ -> List<Interval>())

            for span in spans do
                byReason[int span.Reason].Add span.Time

            for reason in 0..7 do
                add
                    node
                    word
                    (LanguagePrimitives.EnumOfValue(byte reason))
                    (IntervalSet.ofIntervals byReason[reason])

        addSets null report.Open report.Deleted report.Lost

        for at in 0 .. nodes.Length - 1 do
            let name, node = nodes[at], report.Nodes[at]
            add name RecordedWord.Unknown FleetReason.None node.Unknown
            addSpans name RecordedWord.Fillable node.Fillable
            addSpans name RecordedWord.Pending node.Pending
            addSpans name RecordedWord.Withheld node.Withheld
            addSets name node.Open node.Deleted node.Lost
            addSpans name RecordedWord.Endangered node.Endangered

            if not stuck.IsEmpty then
                add name RecordedWord.Stuck FleetReason.None stuck[at]

        make report.Extent nodes said
