namespace Coverage

open System.Collections.Generic
open System.Collections.Immutable

/// A file of a node whose size decides and is not known.
[<Struct; NoComparison; NoEquality>]
type internal UnsizedFile =
    {
        /// The node.
        Node: int
        /// The place of its name in the hour's names.
        Place: int
    }

/// Several nodes compared (semantics.md section 10).
[<RequireQualifiedAccess>]
module internal Fleet =

    let private setOf (spans: ImmutableArray<FleetSpan>) : IntervalSet =
        spans |> Seq.map _.Time |> IntervalSet.ofIntervals

    let private lengthOf (spans: ImmutableArray<FleetSpan>) : Duration =
        let mutable sum = Duration.zero

        for span in spans do
            sum <- sum + span.Time.Length

        sum

    /// The files that others list and a node lacks, by hour and name.
    let private filesOf (ground: FleetGround) (node: int) : ImmutableArray<FleetFile> =
        let files = ImmutableArray.CreateBuilder<FleetFile>()

        for index in 0 .. ground.Hours.Length - 1 do
            let hour = ground.Hours[index]

            if not hour.IsSame && not (FleetHours.isIn node hour.Unknown) then
                for place in 0 .. hour.Entries.Length - 1 do
                    let entry = hour.Entries[place]

                    if not (FleetHours.isIn node entry.Listers) then
                        let offer = ground.Views.Offers[index].[node].[place]
                        let bySource = entry.Listers &&& ground.Sources[node]
                        let from = if bySource <> 0UL then bySource else entry.Listers

                        files.Add
                            { Names = entry.Names
                              Place = entry.Place
                              From = System.Numerics.BitOperations.TrailingZeroCount from
                              Fate = offer.Fate
                              Reason = offer.FateReason }

        files.DrainToImmutable()

    /// What is said of a node, from its words where the nodes may differ and where they do not.
    let private reportOf
        (ground: FleetGround)
        (node: int)
        (apart: NodeSpans)
        (common: NodeSpans)
        : NodeReport =
        let isKnown = FleetHours.isIn node ground.Known

        let spans (word: FleetWord) =
            let all = List<FleetSpan>(apart.Spans[int word])
            all.AddRange common.Spans[int word]
            FleetWords.joined all

        let set (word: FleetWord) =
            Sets.union apart.Sets[int word] common.Sets[int word]

        let fillable, pending, withheld =
            spans FleetWord.Fillable, spans FleetWord.Pending, spans FleetWord.Withheld

        let unknown, opened, deleted, lost =
            set FleetWord.Unknown, set FleetWord.Open, set FleetWord.Deleted, set FleetWord.Lost

        let rest =
            [| unknown.Length
               lengthOf fillable
               lengthOf pending
               lengthOf withheld
               opened.Length
               deleted.Length
               lost.Length |]

        let had = ground.Extent.Length - Array.sum rest

        { Lengths = ImmutableArray.CreateRange(Array.append [| had |] rest)
          FillableByFull = fillable |> Seq.filter _.ByFull |> Seq.sumBy _.Time.Length
          Fillable = fillable
          Pending = pending
          Withheld = withheld
          Unknown = unknown
          Open = opened
          Deleted = deleted
          Lost = lost
          Endangered =
            if isKnown then
                FleetWords.joined (FleetSources.endangered ground node)
            else
                ImmutableArray.Empty
          Files =
            if isKnown then
                filesOf ground node
            else
                ImmutableArray.Empty }

    /// The next instant at which now alone can change what is said.
    let private until (ground: FleetGround) : Instant =
        let rules = ground.Rules
        let mutable next = Instant.afterAll

        let at (instant: Instant) =
            if instant > rules.Now then
                next <- min next instant

        for hour in ground.Hours do
            if not hour.IsSame then
                for entry in hour.Entries do
                    if entry.Listers <> ground.Known then
                        at entry.Segment.Start
                        at (Instant.add rules.Cutoff entry.Segment.Start)

                match rules.Window with
                | ValueSome window -> at (Instant.add window (Hour.start hour.Hour))
                | ValueNone -> ()

        next

    let private statusOf
        (ground: FleetGround)
        (lost: IntervalSet)
        (deleted: IntervalSet)
        nodes
        : FleetStatus =
        let any (spans: NodeReport -> ImmutableArray<FleetSpan>) =
            nodes |> Array.exists (fun node -> not (spans node).IsEmpty)

        if not ground.Somewhere.IsEmpty then FleetStatus.Unknown
        elif not lost.IsEmpty then FleetStatus.Lost
        elif any _.Withheld then FleetStatus.Withheld
        elif any _.Fillable then FleetStatus.Fillable
        elif any _.Pending then FleetStatus.Pending
        elif not deleted.IsEmpty then FleetStatus.Deleted
        else FleetStatus.Whole

    /// The words of all nodes, and what is lacking everywhere.
    let private ofGround
        rules
        (listing: FleetListing)
        (hours: FleetHour[])
        (ground: FleetGround)
        : FleetReport =
        let holes = ground.CommonHoles

        // Where none of its hours is unknown, a known node has the same words in the base as any other.
        let isCalm node =
            FleetHours.isIn node ground.Known
            && (Sets.intersect holes ground.Unknown[node]).IsEmpty

        let calm =
            seq { 0 .. listing.Nodes.Length - 1 }
            |> Seq.tryFind isCalm
            |> Option.map (FleetWords.common ground)

        let nodes =
            Array.init listing.Nodes.Length (fun node ->
                if FleetHours.isIn node ground.Known then
                    match calm with
                    | Some words when isCalm node -> words
                    | _ -> FleetWords.common ground node
                    |> reportOf ground node (FleetWords.apart ground node)
                else
                    reportOf ground node (FleetWords.unknown ground) FleetWords.none)

        let lacking = Sets.subtract ground.Uncovered ground.Seams

        let opened = Sets.intersect lacking ground.Somewhere
        let closed = Sets.subtract lacking opened
        let deleted = Sets.intersect closed ground.Marked
        let lost = Sets.subtract closed deleted
        let copies, sole = FleetCopies.find ground listing.Base

        // Nodes mostly lack what all lack: then they share it.
        let shared (own: IntervalSet) (all: IntervalSet) = if own = all then all else own

        let nodes =
            nodes
            |> Array.map (fun node ->
                { node with
                    Open = shared node.Open opened
                    Deleted = shared node.Deleted deleted
                    Lost = shared node.Lost lost })

        { Extent = ground.Views.Union.Extent
          Status = statusOf ground lost deleted nodes
          Open = opened
          Deleted = deleted
          Lost = lost
          Copies = copies
          Sole = sole
          Nodes = ImmutableArray.CreateRange nodes
          Blockers = FleetBlockers.find rules listing hours
          Twins = FleetTwins.find listing hours
          Until = until ground }

    /// What a fleet says of a stream. An error are hours of the base whose names are needed after all: list them by names for
    /// every node and ask again.
    let judge (rules: FleetRules) (listing: FleetListing) : Result<FleetReport, ImmutableArray<Hour>> =
        if listing.Nodes.Length > FleetListing.mostNodes then
            invalidArg (nameof listing) $"A fleet has at most {FleetListing.mostNodes} nodes."

        let hours = FleetHours.ofListing rules.Settings listing

        FleetViews.ofHours rules listing hours
        |> Result.map (FleetGround.make rules listing hours >> ofGround rules listing hours)

    /// The time that some node lacks, or that all do; what is unknown left out.
    let lacking (report: FleetReport) : IntervalSet =
        let times = List<Interval>()

        for node in report.Nodes do
            for spans in [ node.Fillable; node.Pending; node.Withheld ] do
                for span in spans do
                    times.Add span.Time

            for set in [ node.Open; node.Deleted; node.Lost ] do
                times.AddRange set.Intervals

        IntervalSet.ofIntervals times

    /// The files of an hour whose sizes decide and are not known, by node and place: where two or more suspects, or partials,
    /// start at once, on one node or on different ones. Null where a node lists nothing that is known.
    let unsized (names: (HourNames | null)[]) : ImmutableArray<UnsizedFile> =
        let found = ImmutableArray.CreateBuilder<UnsizedFile>()
        let rivals = Dictionary<struct (Instant * SegmentKind), HashSet<string>>()

        let forEach (action: int -> HourNames -> int -> unit) =
            for node in 0 .. names.Length - 1 do
                match names[node] with
                | null -> ()
                | names ->
                    for place in 0 .. names.Segments.Length - 1 do
                        if names.Segments[place].Kind <> SegmentKind.Full then
                            action node names place

        forEach (fun _ names place ->
            let key = struct (names.Segments[place].Start, names.Segments[place].Kind)

            if not (rivals.ContainsKey key) then
                rivals[key] <- HashSet<string>()

            rivals[key].Add(System.Text.Encoding.Latin1.GetString(names.NameAt place))
            |> ignore)

        forEach (fun node names place ->
            let segment = names.Segments[place]

            if segment.Size < 0L && rivals[struct (segment.Start, segment.Kind)].Count > 1 then
                found.Add { Node = node; Place = place })

        found.DrainToImmutable()
