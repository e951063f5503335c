namespace Coverage

open System
open System.Collections.Immutable
open System.Text

/// How a range of a video follows the one before it.
[<RequireQualifiedAccess; NoComparison>]
type CutJoin =
    /// At once.
    | HardCut
    /// The last time of the one range and the first of the next, each so long, are shown as one.
    | Transition of Kind: string * Length: Duration

/// Why fast and smart cuts of an accepted video end with an error at one of its ranges.
[<RequireQualifiedAccess; NoComparison>]
type CutFault =
    /// The last segment of the plan, at this place among the candidates, starts after the range.
    | LastStartsLate of Place: int
    /// The transition into the range is of a kind that there is not.
    | UnknownKind of Kind: string
    /// The transition into the range is longer than transitions can be.
    | TooLong of Length: Duration
    /// No segment starts before the transition into the range is over.
    | NothingInto of Until: Instant
    /// No segment covers the start of the transition out of the range, of those that the start of the range and the transition
    /// into it leave.
    | NothingOutOf of From: Instant

/// Videos of several ranges, each of which follows the one before it by a cut or a transition.
[<RequireQualifiedAccess>]
module CutVideo =

    /// The longest transition: ffmpeg makes no longer ones.
    let longest: Duration = Duration.ofSeconds 60L

    /// The kinds of transition that the wubloader project's cutter takes, by name: most of those of ffmpeg's filter xfade, and
    /// three of its own.
    let private kinds =
        "fade fadeblack fadewhite fadegrays wipeleft wiperight wipeup wipedown slideleft slideright slideup slidedown \
         circlecrop rectcrop distance radial smoothleft smoothright smoothup smoothdown circleopen circleclose vertopen \
         vertclose horzopen horzclose dissolve pixelize diagtl diagtr diagbl diagbr hlslice hrslice vuslice vdslice hblur \
         wipetl wipetr wipebl wipebr squeezeh squeezev zoomin hlwind hrwind vuwind vdwind coverleft coverright coverup \
         coverdown revealleft revealright revealup revealdown clockwipe starwipe batman"
            .Split
            ' '

    /// Reads `KIND,SECONDS`, or the empty text, which is a hard cut.
    let tryJoin (text: string) : CutJoin voption =
        match text.Split ',' with
        | [| "" |] -> ValueSome CutJoin.HardCut
        | [| kind; seconds |] ->
            Duration.tryParse (ReadOnlySpan(Encoding.UTF8.GetBytes seconds))
            |> ValueOption.map (fun length -> CutJoin.Transition(kind, length))
        | _ -> ValueNone

    /// The answer to a video, of those to its ranges.
    let answer (answers: CutAnswer seq) : CutAnswer =
        if Seq.contains CutAnswer.Refuse answers then
            CutAnswer.Refuse
        elif Seq.contains CutAnswer.Unknown answers then
            CutAnswer.Unknown
        else
            CutAnswer.Accept

    /// The number of items that the start of a range takes: those that begin before the transition into it is over, or, without
    /// one, the first segment when the range starts within it.
    let private taken (into: CutJoin) (plan: CutPlan) : int =
        match into, plan.Items[0] with
        | CutJoin.Transition(_, length), _ ->
            let over = Instant.add length plan.Range.Start

            plan.Items
            |> Seq.tryFindIndex (function
                | CutItem.Kept(_, segment) -> segment.Start > over
                | CutItem.Hole -> false)
            |> Option.defaultValue plan.Items.Length
        | CutJoin.HardCut, CutItem.Kept(_, first) when first.Start < plan.Range.Start -> 1
        | CutJoin.HardCut, _ -> 0

    /// What is wrong with a transition itself.
    let private tryFaultOf (join: CutJoin) : CutFault voption =
        match join with
        | CutJoin.Transition(kind, _) when not (Array.contains kind kinds) ->
            ValueSome(CutFault.UnknownKind kind)
        | CutJoin.Transition(_, length) when length > longest -> ValueSome(CutFault.TooLong length)
        | _ -> ValueNone

    let private tryFaultInto (into: CutJoin) (plan: CutPlan) : CutFault voption =
        match into with
        | CutJoin.Transition(_, length) when
            not (plan.Items |> Seq.take (taken into plan) |> Seq.exists _.IsKept)
            ->
            ValueSome(CutFault.NothingInto(Instant.add length plan.Range.Start))
        | _ -> ValueNone

    let private tryFaultOutOf (into: CutJoin) (out: CutJoin) (plan: CutPlan) : CutFault voption =
        match out with
        | CutJoin.HardCut -> ValueNone
        | CutJoin.Transition(_, length) ->
            let from = Instant.subtract length plan.Range.End

            let first =
                plan.Items
                |> Seq.skip (taken into plan)
                |> Seq.tryPick (function
                    | CutItem.Kept(_, segment) when segment.End >= from -> Some segment
                    | _ -> None)

            match first with
            | Some segment when segment.Start <= from -> ValueNone
            | _ -> ValueSome(CutFault.NothingOutOf from)

    let private tryFaultAt (into: CutJoin) (out: CutJoin) (plan: CutPlan) : CutFault voption =
        let late =
            match plan.Items[plan.Items.Length - 1] with
            | CutItem.Kept(place, last) when last.Start > plan.Range.End ->
                ValueSome(CutFault.LastStartsLate place)
            | _ -> ValueNone

        late
        |> ValueOption.orElseWith (fun () -> tryFaultInto into plan)
        |> ValueOption.orElseWith (fun () -> tryFaultOutOf into out plan)

    /// A fault of a video whose ranges are accepted, and the index of its range; of several the first, those of the transitions
    /// themselves before all others. There is one join fewer than plans.
    let tryFault
        (joins: ImmutableArray<CutJoin>)
        (plans: ImmutableArray<CutPlan>)
        : struct (int * CutFault) voption =
        let at i =
            if i < 0 || i >= joins.Length then
                CutJoin.HardCut
            else
                joins[i]

        let tryFirst (tryFault: int -> CutFault voption) =
            Seq.init plans.Length (fun i -> tryFault i |> ValueOption.map (fun fault -> struct (i, fault)))
            |> Seq.tryPick ValueOption.toOption
            |> Option.toValueOption

        tryFirst (fun i -> tryFaultOf (at (i - 1)))
        |> ValueOption.orElseWith (fun () -> tryFirst (fun i -> tryFaultAt (at (i - 1)) (at i) plans[i]))
