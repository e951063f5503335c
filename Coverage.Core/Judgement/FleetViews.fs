namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// The views of a fleet.
[<NoComparison; NoEquality>]
type internal FleetViews =
    {
        /// Of each known node, what it lists.
        Own: FleetView[]
        /// Of each known node, after(i).
        Filled: FleetView[]
        /// Of each known node, after(i) without the cutoff.
        Later: FleetView[]
        /// The fleet listing's.
        Union: FleetView
        /// What becomes of each entry of each hour on each known node: by hour and node; nothing for hours that are the same.
        Offers: Offer[][][]
        /// The time in which every view has what the base has.
        Common: IntervalSet
        /// What segments of the base cover beyond that.
        Reaching: List<Interval>
    }

/// Folds of a fleet's hours.
[<RequireQualifiedAccess>]
module internal FleetViews =

    let private folder (hour: Hour) (segments: Segment[]) : HourFolder =
        { Hour = hour
          Segments = ImmutableArray.Create<Segment> segments
          Bad = 0 }

    /// The folder of the entries that an answer is yes for.
    let private chosen (hour: FleetHour) (answer: int -> bool) : HourFolder =
        let kept = List<Segment>(hour.Entries.Length)

        for i in 0 .. hour.Entries.Length - 1 do
            if answer i then
                kept.Add hour.Entries[i].Segment

        folder hour.Hour (kept.ToArray())

    /// The best segments of an hour in after(i), or without the cutoff.
    let selectionAfter (isLater: bool) (hour: FleetHour) (offers: Offer[]) : HourSelection =
        chosen hour (fun i -> if isLater then offers[i].IsLater else offers[i].IsAfter)
        |> Selection.ofFolder

    /// The best segments of an hour of what one node lists.
    let selectionOf (names: HourNames) : HourSelection =
        Selection.ofFolder
            { Hour = names.Hour
              Segments = names.Segments
              Bad = 0 }

    /// The best segments of an hour of one node.
    let selectionOwn (hour: FleetHour) (node: int) : HourSelection =
        match hour.Names[node] with
        | null -> Selection.ofFolder (folder hour.Hour [||])
        | names -> selectionOf names

    /// Whether hours from an instant on get the same view after one carry as after another.
    let private isSameCover (from: Instant) (a: Carry) (b: Carry) : bool =
        let settled (carry: Carry) = max from carry.Settled

        a.Furthest = b.Furthest
        && settled a = settled b
        && max (settled a) a.PartialEnd = max (settled b) b.PartialEnd

    /// The runs of a base's hours between the hours that are listed by names.
    let private runs (settings: Settings) (hours: FleetHour[]) (facts: StreamFacts) : List<BaseRun> =
        let runs = List<BaseRun>()
        let all = facts.Hours
        let mutable at = 0
        let mutable next = 0

        let isNamed (hour: Hour) =
            at < hours.Length && hours[at].Hour = hour

        let pass (hour: Hour) =
            while at < hours.Length && hours[at].Hour < hour do
                at <- at + 1

        while next < all.Length do
            let first = all[next].Timeline.Hour
            pass first

            if isNamed first || not (Report.isIn settings first) then
                next <- next + 1
            else
                let into =
                    if next = 0 then
                        Timeline.start
                    else
                        all[next - 1].Timeline.Carry

                let until =
                    if at < hours.Length then
                        hours[at].Hour
                    else
                        Hour.last + 1<hour>

                let begun = next
                let mutable starts = ValueNone
                let mutable hasLength = false

                while next < all.Length
                      && all[next].Timeline.Hour < until
                      && Report.isIn settings all[next].Timeline.Hour do
                    let timeline = all[next].Timeline
                    hasLength <- hasLength || timeline.HasLength

                    match starts, timeline.Starts with
                    | ValueSome(struct (first, _)), ValueSome(struct (_, last)) ->
                        starts <- ValueSome(struct (first, last))
                    | ValueNone, _ -> starts <- timeline.Starts
                    | _ -> ()

                    next <- next + 1

                runs.Add
                    { First = all[begun].Timeline.Hour
                      Last = all[next - 1].Timeline.Hour
                      Into = into
                      Onward = all[next - 1].Timeline.Carry
                      Starts = starts
                      HasLength = hasLength }

        runs

    /// The fold of all hours of some nodes' listings.
    type private Folds(rules: FleetRules, known: uint64, sources: uint64[]) =
        let tolerance = rules.Settings.Tolerance
        let make _ = FleetFold tolerance
        let own = Array.init sources.Length make
        let after = Array.init sources.Length make
        let later = Array.init sources.Length make
        let union = FleetFold tolerance
        let common = List<Interval>()
        let reaching = List<Interval>()
        // The furthest end of anything listed in the hours listed by names.
        let mutable furthest = Instant.beforeAll

        let all =
            [| union
               for i in 0 .. sources.Length - 1 do
                   if FleetHours.isIn i known then
                       own[i]
                       after[i]
                       later[i] |]

        /// Sweeps one hour of some folds that have the same best segments.
        let take (folds: FleetFold seq) (selection: HourSelection) =
            let swept = List<struct (Carry * HourTimeline)>()

            for fold in folds do
                let carry = fold.Carry

                let mutable found =
                    swept.FindIndex(fun (struct (other, _)) ->
                        isSameCover (Hour.start selection.Hour) other carry)


                if found < 0 then
                    found <- swept.Count
                    swept.Add(struct (carry, Timeline.step tolerance carry selection))

                let struct (_, timeline) = swept[found]
                fold.Take timeline

        let reach (segments: ImmutableArray<Segment>) =
            for segment in segments do
                furthest <- max furthest segment.End

        /// Takes an hour that is listed by names; what becomes of its entries on each node.
        member _.Take(hour: FleetHour) : Offer[][] =
            if hour.IsSame then
                let names = FleetHours.sameNames hour
                reach names.Segments
                take all (selectionOf names)
                [||]
            else
                for entry in hour.Entries do
                    furthest <- max furthest entry.Segment.End

                // Most views have all that is listed: those are swept together.
                let whole = List<FleetFold>()
                whole.Add union
                let offers = Array.create sources.Length [||]

                let takeNew (fold: FleetFold) (isLater: bool) (offer: Offer[]) =
                    if offer |> Array.forall (fun one -> if isLater then one.IsLater else one.IsAfter) then
                        whole.Add fold
                    else
                        take [| fold |] (selectionAfter isLater hour offer)

                FleetHours.forEach known (fun i ->
                    let offer = FleetOffers.ofHour rules i sources[i] hour
                    offers[i] <- offer
                    take [| own[i] |] (selectionOwn hour i)
                    takeNew after[i] false offer
                    takeNew later[i] true offer)

                take whole (chosen hour (fun _ -> true) |> Selection.ofFolder)
                offers

        /// Passes over hours of the base; whether every view has the same time as the base where they begin.
        member _.Skip(run: BaseRun, isLast: bool) : bool =
            let start = Hour.start run.First

            let out =
                if isLast then
                    run.Onward.Furthest
                else
                    min run.Onward.Furthest (Hour.finish run.Last)

            // What is listed after the end of what is best is not best, and lies in no view and in no hole of the base.
            let isSame =
                furthest <= run.Into.Furthest
                && all |> Array.forall (fun fold -> isSameCover start fold.Carry run.Into)

            common.Add(Interval.create (min run.Into.Furthest start) out)
            reaching.Add(Interval.create out run.Onward.Furthest)

            for fold in all do
                fold.Skip run

            isSame

        member _.Views(offers: Offer[][][]) : FleetViews =
            let view (fold: FleetFold) = fold.View rules.Settings

            { Own = Array.map view own
              Filled = Array.map view after
              Later = Array.map view later
              Union = view union
              Offers = offers
              Common = IntervalSet.ofIntervals common
              Reaching = reaching }

    /// The views of a fleet's stream. An error are hours of the base whose names are needed: others reach into them.
    let ofHours
        (rules: FleetRules)
        (listing: FleetListing)
        (hours: FleetHour[])
        : Result<FleetViews, ImmutableArray<Hour>> =
        let sources =
            Array.init listing.Nodes.Length (fun i -> FleetHours.sources i listing)

        let folds = Folds(rules, FleetHours.known listing, sources)
        let offers = Array.create hours.Length [||]

        let runs =
            match listing.Base with
            | ValueSome common -> runs rules.Settings hours common.Facts
            | ValueNone -> List<BaseRun>()

        let mutable run = 0
        let needed = ImmutableArray.CreateBuilder<Hour>()

        let skip () =
            let isLast =
                run = runs.Count - 1
                && (hours.Length = 0 || hours[hours.Length - 1].Hour < runs[run].First)

            if not (folds.Skip(runs[run], isLast)) then
                needed.Add runs[run].First

            run <- run + 1

        for i in 0 .. hours.Length - 1 do
            while run < runs.Count && runs[run].First < hours[i].Hour do
                skip ()

            offers[i] <- folds.Take hours[i]

        while run < runs.Count do
            skip ()

        if needed.Count > 0 then
            Error(needed.ToImmutable())
        else
            Ok(folds.Views offers)
