namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// What goes with the words of a node: from where time comes, and why it does not (semantics.md section 10.2).
[<RequireQualifiedAccess>]
module internal FleetSources =

    /// Calls an action with the hours that are listed by names and from which a segment can reach into some time.
    let private near (ground: FleetGround) (time: IntervalSet) (action: int -> FleetHour -> unit) : unit =
        if not time.IsEmpty then
            for i in 0 .. ground.Hours.Length - 1 do
                let hour = Interval.ofHour ground.Hours[i].Hour

                let struct (count, _) =
                    IntervalSet.within
                        (Interval.create hour.Start (Instant.add Duration.longest hour.End))
                        time

                if count > 0 then
                    action i ground.Hours[i]

    /// Some time with what lies a seam before and after each interval of it.
    let private around (ground: FleetGround) (time: IntervalSet) : IntervalSet =
        let more = ground.Rules.Settings.Tolerance + Duration.ofMicroseconds 1L
        let around = List<Interval>()

        for interval in time.Intervals do
            around.Add(Interval.create (Instant.subtract more interval.Start) (Instant.add more interval.End))

        IntervalSet.ofIntervals around

    let private touches (time: IntervalSet) (segment: Segment) : bool =
        let struct (count, _) = IntervalSet.within segment.Interval time
        count > 0

    /// Whether a segment is best for its start, or as good as the one that is.
    let private isBest (best: ImmutableArray<Segment>) (segment: Segment) : bool =
        let at = Search.firstWhere best.Length (fun i -> best[i].Start >= segment.Start)

        at < best.Length
        && best[at].Start = segment.Start
        && not (Selection.isBetter best[at] segment)

    /// What lies over the best segments of a view in and around some time. `layered` gives segments of an hour that is not the same everywhere and what lies over them.
    let private bestNear
        (ground: FleetGround)
        (time: IntervalSet)
        (selection: int -> FleetHour -> HourSelection)
        (layered: int -> FleetHour -> List<struct (Segment * uint64)>)
        : Layered[] =
        let around = around ground time
        let items = List<Layered>()

        let add (segment: Segment) (layers: uint64) =
            if touches around segment then
                items.Add
                    { Time = segment.Interval
                      Layers = layers ||| Layers.present }

        near ground around (fun index hour ->
            let best = (selection index hour).Best

            for segment in best do
                add segment 0UL

            if not hour.IsSame then
                for struct (segment, layers) in layered index hour do
                    if isBest best segment then
                        add segment layers)

        Layers.paint items

    /// Where fillable or pending time comes from: the sources of the new best segments that cover it.
    let private sourced
        (ground: FleetGround)
        (node: int)
        (isLater: bool)
        (time: IntervalSet)
        : List<Layered> =
        let selection index (hour: FleetHour) =
            if hour.IsSame then
                FleetViews.selectionOf (FleetHours.sameNames hour)
            else
                FleetViews.selectionAfter isLater hour ground.Views.Offers[index].[node]

        let layered index (hour: FleetHour) =
            let found = List<struct (Segment * uint64)>()

            for place in 0 .. hour.Entries.Length - 1 do
                let entry = hour.Entries[place]
                let offer = ground.Views.Offers[index].[node].[place]

                let isNew =
                    if isLater then
                        offer.IsLater && not offer.IsAfter
                    else
                        offer.IsAfter

                if isNew && not (FleetHours.isIn node entry.Listers) then
                    found.Add(struct (entry.Segment, entry.Listers &&& ground.Sources[node]))

            found

        if time.IsEmpty then
            List<Layered>()
        else
            bestNear ground time selection layered |> Layers.bridged false time

    let private span time reason isByFull nodes : FleetSpan =
        { Time = time
          Reason = reason
          ByFull = isByFull
          Nodes = { Bits = nodes &&& ~~~Layers.present } }

    /// Fillable time of a node: whether by full, and from where.
    let fillable (ground: FleetGround) (node: int) (time: IntervalSet) : List<FleetSpan> =
        let spans = List<FleetSpan>()
        let partial = ground.Views.Filled[node].PartialOnly

        for part in sourced ground node false time do
            let byPartial = IntervalSet.cut part.Time partial
            let byFull = IntervalSet.gaps part.Time byPartial

            for time in byPartial.Intervals do
                spans.Add(span time FleetReason.None false part.Layers)

            for time in byFull.Intervals do
                spans.Add(span time FleetReason.None true part.Layers)

        spans

    /// Pending time of a node: from where.
    let pending (ground: FleetGround) (node: int) (time: IntervalSet) : List<FleetSpan> =
        let spans = List<FleetSpan>()

        for part in sourced ground node true time do
            spans.Add(span part.Time FleetReason.None false part.Layers)

        spans

    /// Withheld time of a node: the first reason of the segments that cover it, and the nodes that list those.
    let withheld (ground: FleetGround) (node: int) (time: IntervalSet) : List<FleetSpan> =
        let byReason = Array.init 8 (fun _ -> List<Layered>())

        let add (reason: FleetReason) (listers: uint64) (covered: Interval) =
            let struct (count, _) = IntervalSet.within covered time

            if count > 0 then
                byReason[int reason].Add { Time = covered; Layers = listers }

        near ground time (fun index hour ->
            if hour.IsSame then
                for segment in (FleetHours.sameNames hour).Segments do
                    add FleetReason.NotBest ground.Known segment.Interval
            else
                for place in 0 .. hour.Entries.Length - 1 do
                    let entry = hour.Entries[place]
                    let reason = ground.Views.Offers[index].[node].[place].Reason
                    add reason entry.Listers entry.Segment.Interval)

        for covered in ground.CommonNotBest.Intervals do
            add FleetReason.NotBest ground.Known covered

        let spans = List<FleetSpan>()
        let mutable left = time

        for reason in 1..7 do
            let said = List<Interval>()
            let reasons = byReason[reason]

            if reasons.Count > 0 then
                for part in Layers.over left (Layers.paint reasons) do
                    if part.Layers <> 0UL then
                        said.Add part.Time

                        spans.Add(
                            span part.Time (LanguagePrimitives.EnumOfValue(byte reason)) false part.Layers
                        )

                left <- Sets.subtract left (IntervalSet.ofIntervals said)

        spans

    /// What the next back-filling takes from a node: by whose marks, where they hide its best segments.
    let endangered (ground: FleetGround) (node: int) : List<FleetSpan> =
        let views = ground.Views

        let time =
            Sets.subtract views.Own[node].Has views.Filled[node].Has
            |> Sets.intersect ground.Apart

        let layered _ (hour: FleetHour) =
            let found = List<struct (Segment * uint64)>()
            let laid = FleetOffers.laidOn ground.Rules node ground.Sources[node] hour.Hour
            // The node's own segments, with its own sizes, are in the order of the entries.
            let mutable at = 0

            match hour.Names[node] with
            | null -> ()
            | names ->
                for entry in hour.Entries do
                    if FleetHours.isIn node entry.Listers then
                        found.Add(struct (names.Segments[at], entry.Markers &&& laid))
                        at <- at + 1

            found

        let spans = List<FleetSpan>()

        if not time.IsEmpty then
            let pieces =
                bestNear ground time (fun _ hour -> FleetViews.selectionOwn hour node) layered

            for part in Layers.bridged true time pieces do
                let marks = part.Layers &&& ~~~Layers.present

                let reason =
                    if marks = 0UL then
                        FleetReason.NotBest
                    else
                        FleetReason.Marked

                spans.Add(span part.Time reason false marks)

        spans
