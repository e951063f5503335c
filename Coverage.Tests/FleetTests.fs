/// What a fleet says of its nodes: against the slow model of section 10, and laws of its own.
module Coverage.Tests.FleetTests

open System
open System.Collections.Immutable
open Expecto
open FsCheck.FSharp
open Coverage
open Coverage.Tests.FleetModel
open Coverage.Tests.FleetGen

// What the core says of one instant.

let private containing (spans: ImmutableArray<FleetSpan>) (at: Instant) =
    spans |> Seq.filter (fun span -> Interval.contains at span.Time) |> Seq.toList

let private wordIn (report: FleetReport) (i: int) (at: int64) : Word =
    let at = Instant.ofMicroseconds at
    let node = report.Nodes[i]

    let ofSpans word (spans: ImmutableArray<FleetSpan>) =
        containing spans at
        |> List.map (fun span ->
            { Word = word
              Reason =
                if word = "withheld" then
                    FleetText.ofReason span.Reason
                else
                    ""
              ByFull = span.ByFull
              From = List.ofSeq span.Nodes.Nodes })

    let ofSet word (set: IntervalSet) =
        if IntervalSet.contains at set then
            [ { Word = word
                Reason = ""
                ByFull = false
                From = [] } ]
        else
            []

    let all =
        List.concat
            [ ofSet "unknown" node.Unknown
              ofSpans "fillable" node.Fillable
              ofSpans "pending" node.Pending
              ofSpans "withheld" node.Withheld
              ofSet "open" node.Open
              ofSet "deleted" node.Deleted
              ofSet "lost" node.Lost ]

    match all with
    | [] ->
        { Word = "had"
          Reason = ""
          ByFull = false
          From = [] }
    | [ one ] -> one
    | several -> failtest $"several words: {several}"

let private same what (ours: 'T) (theirs: 'T) = Expect.equal ours theirs what

/// Everything the core says of a fleet is what the model says.
let private isAsModelled (fleet: Fleet) : unit =
    let report = judge fleet
    let answers = answers fleet
    let extent = answers.Extent |> Option.defaultValue (0L, 0L)
    same "the extent" (int64 report.Extent.Start, int64 report.Extent.End) extent

    let inside =
        answers.Points |> Array.filter (fun at -> fst extent <= at && at < snd extent)

    let until at =
        min (snd extent) (answers.Points |> Array.find (fun point -> point > at))

    for i in 0 .. fleet.Nodes.Length - 1 do
        for at in inside do
            same $"the word of node {i} at {at}" (wordIn report i at) (answers.WordAt i at)

            let endangered =
                containing report.Nodes[i].Endangered (Instant.ofMicroseconds at)
                |> List.map (fun span -> FleetText.ofReason span.Reason, List.ofSeq span.Nodes.Nodes)

            same
                $"what is endangered on node {i} at {at}"
                endangered
                (Option.toList (answers.EndangeredAt i at))

        for word in 0..7 do
            let name = FleetText.ofWord (LanguagePrimitives.EnumOfValue(byte word))

            let length =
                inside
                |> Array.filter (fun at -> (answers.WordAt i at).Word = name)
                |> Array.sumBy (fun at -> until at - at)

            same $"how much of node {i} is {name}" (int64 report.Nodes[i].Lengths[word]) length

        let files =
            [ for file in report.Nodes[i].Files ->
                  Hour.toText file.Hour + "/" + file.Name,
                  file.From,
                  match file.Fate with
                  | FleetFate.Offered -> Offered
                  | FleetFate.Pending -> Pending
                  | _ -> Withheld(FleetText.ofReason file.Reason) ]

        same $"the files of node {i}" files (FleetModel.files fleet i)

    let lacking at =
        [ "open", report.Open; "deleted", report.Deleted; "lost", report.Lost ]
        |> List.filter (fun (_, set) -> IntervalSet.contains (Instant.ofMicroseconds at) set)
        |> List.map fst

    for at in inside do
        same $"what all lack at {at}" (lacking at) (Option.toList (answers.LackingAt at))

    let copies =
        [ for at in inside do
              match answers.CopiesAt at with
              | Some nodes -> nodes, until at - at
              | None -> () ]

    for count in 0 .. fleet.Nodes.Length do
        let length =
            copies |> List.filter (fun (nodes, _) -> nodes.Length = count) |> List.sumBy snd

        same $"how much has {count} copies" (int64 report.Copies[count]) length

    for i in 0 .. fleet.Nodes.Length - 1 do
        let length =
            copies |> List.filter (fun (nodes, _) -> nodes = [ i ]) |> List.sumBy snd

        same $"how much only node {i} has" (int64 report.Sole[i]) length

    let blockers =
        [ for blocker in report.Blockers -> blocker.Node, blocker.Path, FleetText.ofBlocker blocker.Reason ]

    same "blockers" (List.sort blockers) (FleetModel.blockers fleet)

    let twins =
        [ for twins in report.Twins -> twins.First, twins.Second, twins.Count, int64 twins.Median ]

    same "twins" twins (FleetModel.twins fleet)

// The example of section 10.

let private exampleHour = 489_618

let private exampleFile (start: int) (duration: int) kind (hash: char) =
    fileOf
        (startOf exampleHour + int64 start * 1_000_000L)
        (int64 duration * 1_000_000L)
        kind
        (String(hash, 43))

let private example: Fleet =
    let a = exampleFile 0 10 Kind.Full 'a'
    let b = exampleFile 10 10 Kind.Full 'b'
    let c = exampleFile 20 10 Kind.Partial 'c'
    let d = exampleFile 30 10 Kind.Full 'd'

    let node files marks : Node =
        { IsSource = true
          IsKnown = true
          Hours = [ exampleHour, Listed(files |> List.map (fun file -> file, 7L), marks) ]
          Files = []
          Folders = [] }

    { Nodes =
        [ node [ a; d ] []
          node [ a; b; c ] [ d ]
          { node [] [] with
              IsKnown = false
              Hours = [] } ]
      Now = startOf exampleHour + 1_200_000_000L
      Cutoff = 120_000_000L
      Window = None
      Tolerance = 10_000L
      FirstHour = None
      LastHour = None }

/// From and until, in seconds of the example's hour.
let private seconds (time: Interval) =
    let at (instant: Instant) =
        decimal (int64 instant - startOf exampleHour) / 1_000_000m

    at time.Start, at time.End

let private setSeconds (set: IntervalSet) =
    [ for time in set.Intervals -> seconds time ]

let private spanSeconds (spans: ImmutableArray<FleetSpan>) =
    [ for span in spans ->
          seconds span.Time, FleetText.ofReason span.Reason, span.ByFull, List.ofSeq span.Nodes.Nodes ]

let private secondsOf (lengths: ImmutableArray<Duration>) =
    [ for length in lengths -> Duration.toSeconds length ]

let private exampleTests =
    let report = judge example
    let a, b, c = report.Nodes[0], report.Nodes[1], report.Nodes[2]

    testList
        "the example of the law"
        [ testCase "the fleet's extent is from the first start to the furthest end"
          <| fun () -> same "the extent" (seconds report.Extent) (0m, 40m)

          testCase "A has what it lists, and is brought the rest from B"
          <| fun () ->
              same "words" (secondsOf a.Lengths) [ 20m; 0m; 20m; 0m; 0m; 0m; 0m; 0m ]

              same
                  "fillable"
                  (spanSeconds a.Fillable)
                  [ (10m, 20m), "none", true, [ 1 ]; (20m, 30m), "none", false, [ 1 ] ]

              same "by full" (Duration.toSeconds a.FillableByFull) 10m

          testCase "B's mark endangers what A has"
          <| fun () -> same "endangered" (spanSeconds a.Endangered) [ (30m, 40m), "marked", false, [ 1 ] ]

          testCase "B's own mark withholds that from B"
          <| fun () ->
              same "words" (secondsOf b.Lengths) [ 30m; 0m; 0m; 0m; 10m; 0m; 0m; 0m ]
              same "withheld" (spanSeconds b.Withheld) [ (30m, 40m), "marked", false, [ 0 ] ]

          testCase "of C nothing is known"
          <| fun () ->
              same "words" (secondsOf c.Lengths) [ 0m; 40m; 0m; 0m; 0m; 0m; 0m; 0m ]
              same "unknown" (setSeconds c.Unknown) [ 0m, 40m ]

          testCase "nothing is lost or open, and each time has copies"
          <| fun () ->
              same "lost" (setSeconds report.Lost, setSeconds report.Open) ([], [])
              same "copies" (secondsOf report.Copies) [ 0m; 30m; 10m; 0m ]
              same "sole" (secondsOf report.Sole) [ 10m; 20m; 0m ]
              same "status" report.Status FleetStatus.Unknown

          testCase "the files that B offers to A are sorted, and D is marked"
          <| fun () ->
              let files (node: NodeReport) =
                  [ for file in node.Files -> file.Name.Substring(0, 5), file.From, file.Fate, file.Reason ]

              same
                  "A"
                  (files a)
                  [ "00:10", 1, FleetFate.Offered, FleetReason.None
                    "00:20", 1, FleetFate.Offered, FleetReason.None ]

              same "B" (files b) [ "00:30", 0, FleetFate.Withheld, FleetReason.Marked ] ]

/// All that is said, as text: equal texts say the same.
let internal text (report: FleetReport) : string =
    let joined (parts: string seq) = String.Join("; ", parts)

    let spans (spans: ImmutableArray<FleetSpan>) =
        joined [ for span in spans -> $"{span.Time} {span.Reason} {span.ByFull} {span.Nodes.Bits}" ]

    let lengths (lengths: ImmutableArray<Duration>) =
        joined [ for length in lengths -> string length ]

    let ofNode (node: NodeReport) =
        let files =
            joined
                [ for file in node.Files -> $"{file.Hour} {file.Name} {file.From} {file.Fate} {file.Reason}" ]

        $"{lengths node.Lengths} by full {node.FillableByFull}\n  fillable {spans node.Fillable}\n  pending {spans node.Pending}\n"
        + $"  withheld {spans node.Withheld}\n  unknown {node.Unknown}\n  open {node.Open}\n  deleted {node.Deleted}\n"
        + $"  lost {node.Lost}\n  endangered {spans node.Endangered}\n  files {files}"

    let blockers =
        joined [ for blocker in report.Blockers -> $"{blocker.Node} {blocker.Path} {blocker.Reason}" ]

    let twins =
        joined [ for twins in report.Twins -> $"{twins.First} {twins.Second} {twins.Count} {twins.Median}" ]

    $"{report.Extent} {report.Status}\nopen {report.Open}\ndeleted {report.Deleted}\nlost {report.Lost}\n"
    + $"copies {lengths report.Copies}\nsole {lengths report.Sole}\nblockers {blockers}\ntwins {twins}\nuntil {report.Until}\n"
    + String.Join("\n", report.Nodes |> Seq.map ofNode)

// Laws.

let private addsUp (fleet: Fleet) =
    let report = judge fleet

    for node in report.Nodes do
        same "the words of a node" (Seq.sum node.Lengths) report.Extent.Length

/// Spans are in order, none is empty, no two share an instant, and neighbours that touch say different things.
let private isInOrder (fleet: Fleet) =
    for node in (judge fleet).Nodes do
        for spans in [ node.Fillable; node.Pending; node.Withheld; node.Endangered ] do
            for span in spans do
                Expect.isFalse span.Time.IsEmpty "a span is not empty"

            for before, after in Seq.pairwise spans do
                let says (span: FleetSpan) =
                    span.Reason, span.ByFull, span.Nodes.Bits

                Expect.isTrue
                    (before.Time.End < after.Time.Start
                     || (before.Time.End = after.Time.Start && says before <> says after))
                    $"{before} is not before {after}, or they are one"

let private withNodes (fleet: Fleet) nodes = { fleet with Nodes = nodes }

/// A fleet with its nodes in another order says the same of each.
let private orderIsNoMatter (fleet: Fleet) =
    let report = judge fleet
    let turned = judge (withNodes fleet (List.rev fleet.Nodes))
    let count = fleet.Nodes.Length
    let mirror node = count - 1 - node

    let spans turn (spans: ImmutableArray<FleetSpan>) =
        [ for span in spans ->
              span.Time, span.Reason, span.ByFull, span.Nodes.Nodes |> Seq.map turn |> Seq.sort |> List.ofSeq ]

    let sets (report: FleetReport) =
        report.Extent, report.Status, [ report.Open; report.Deleted; report.Lost ], List.ofSeq report.Copies

    same "what all lack" (sets report) (sets turned)
    same "until" report.Until turned.Until

    for i in 0 .. count - 1 do
        let one, other = report.Nodes[i], turned.Nodes[mirror i]
        same "lengths" (List.ofSeq one.Lengths) (List.ofSeq other.Lengths)
        same "fillable" (spans id one.Fillable) (spans mirror other.Fillable)
        same "pending" (spans id one.Pending) (spans mirror other.Pending)
        same "withheld" (spans id one.Withheld) (spans mirror other.Withheld)
        same "endangered" (spans id one.Endangered) (spans mirror other.Endangered)
        same "sole" report.Sole[i] turned.Sole[mirror i]

        let files (node: NodeReport) =
            [ for file in node.Files -> file.Hour, file.Name, file.Fate, file.Reason ]

        same "files" (files one) (files other)

let private aloneAllIsLost (fleet: Fleet) =
    for node in fleet.Nodes do
        let report = judge (withNodes fleet [ { node with IsKnown = true } ])
        let one = report.Nodes[0]

        let whole = one.Lengths[int FleetWord.Fillable] + one.Lengths[int FleetWord.Pending]

        same "fillable or pending" whole Duration.zero
        same "files" one.Files.Length 0

        for span in one.Withheld do
            same "withheld" span.Reason FleetReason.NotBest

/// What a node more, of which nothing is known, changes: only that lost, and deleted, becomes open.
let private oneUnknownMore (fleet: Fleet) =
    let before = judge fleet

    let unheard: Node =
        { IsSource = true
          IsKnown = false
          Hours = []
          Files = []
          Folders = [] }

    let after = judge (withNodes fleet (fleet.Nodes @ [ unheard ]))
    same "lost" (setSeconds after.Lost, setSeconds after.Deleted) ([], [])

    let lacking (report: FleetReport) =
        IntervalSet.union report.Open (IntervalSet.union report.Deleted report.Lost)

    same "open" after.Open (lacking before)

    for i in 0 .. fleet.Nodes.Length - 1 do
        let one, other = before.Nodes[i], after.Nodes[i]

        same
            "the first five words"
            (Seq.take 5 one.Lengths |> List.ofSeq)
            (Seq.take 5 other.Lengths |> List.ofSeq)

/// Nodes that list the same have nothing to bring each other.
let private equalNodesAreDone (fleet: Fleet) =
    let node = { fleet.Nodes[0] with IsKnown = true }
    let report = judge (withNodes fleet [ node; node; node ])
    let alone = judge (withNodes fleet [ node ])

    for one in report.Nodes do
        same "files" one.Files.Length 0
        same "endangered" one.Endangered.Length 0
        same "words" (List.ofSeq one.Lengths) (List.ofSeq alone.Nodes[0].Lengths)

/// Back-filling to its end: nodes that list what after(i) says are brought nothing more, unless files are near each other.
let private untilHolds (fleet: Fleet) =
    let rules, listing = rulesOf fleet, listingOf fleet
    let report = judged rules listing

    if report.Until < Instant.afterAll then
        let at now =
            judged { rules with Now = now } listing |> text

        same "until then" (at (report.Until - 1L<instant>)) (text report)
    else
        same
            "for ever"
            (text (
                judged
                    { rules with
                        Now = Instant.add (Duration.ofSeconds 900_000_000L) rules.Now }
                    listing
            ))
            (text report)

// The base: hours that all list alike, without their names.

let private factsOf (rules: FleetRules) (node: NodeListing) : StreamFacts =
    node.Hours
    |> Seq.choose (fun hour ->
        match hour.Names with
        | null -> None
        | names ->
            Some
                { Hour = hour.Hour
                  Segments = names.Segments
                  Bad = 0 })
    |> StreamFacts.ofFolders rules.Settings

/// The base of some hours of a node.
let private baseOf (rules: FleetRules) (node: NodeListing) (hours: Hour Set) : FleetBase =
    FleetBase.create
        (factsOf rules node)
        (ImmutableArray.CreateRange
            [ for hour in node.Hours do
                  match hour.Names with
                  | null -> ()
                  | names ->
                      if hours.Contains hour.Hour then
                          AlikeHour.ofNames names ])

/// The hours that all known nodes list alike.
let private alike (settings: Settings) (listing: FleetListing) : Hour Set =
    FleetHours.ofListing settings listing
    |> Seq.filter _.IsSame
    |> Seq.map _.Hour
    |> Set.ofSeq

let rec private judgeOnBase rules (listing: FleetListing) (first: int) (hours: Hour Set) : FleetReport * int =
    let without =
        { Nodes =
            listing.Nodes
            |> Seq.map (fun node ->
                { node with
                    Hours =
                        node.Hours
                        |> Seq.filter (fun hour -> not (hours.Contains hour.Hour))
                        |> ImmutableArray.CreateRange })
            |> ImmutableArray.CreateRange
          Base = ValueSome(baseOf rules listing.Nodes[first] hours) }

    match Fleet.judge rules without with
    | Ok report -> report, hours.Count
    | Error needed ->
        let needed = Set.ofSeq needed
        Expect.isNonEmpty needed "some are needed"
        Expect.isTrue (needed.IsSubsetOf hours) "hours whose names are needed are of the base"
        judgeOnBase rules listing first (hours - needed)

/// Without the names of hours that all list alike the same is said.
let private baseSaysTheSame (fleet: Fleet) =
    match fleet.Nodes |> List.tryFindIndex _.IsKnown with
    | Some first ->
        let rules, listing = rulesOf fleet, listingOf fleet

        let report, _ = judgeOnBase rules listing first (alike rules.Settings listing)
        same "on a base" (text report) (text (judged rules listing))
    | None -> ()

// Situations: seams of the fleet that lie in no word of their own, and a base with seams and holes.

/// A file by its start and its end, in seconds of the example's hour.
let private between (start: float) (finish: float) kind (hash: char) =
    let at (seconds: float) = int64 (Math.Round(seconds * 1e6))

    fileOf (startOf exampleHour + at start) (at finish - at start) kind (String(hash, 43))

let private listing (isSource: bool) (files: File list) : Node =
    let hours = files |> List.groupBy _.Hour

    { IsSource = isSource
      IsKnown = true
      Hours = [ for hour, files in hours -> hour, Listed(files |> List.map (fun file -> file, 7L), []) ]
      Files = []
      Folders = [] }

let private fleetWith (nodes: Node list) : Fleet =
    { example with
        Nodes = nodes
        Now = startOf exampleHour + 40_000_000_000L }

let private a10 = between 0.0 10.0 Kind.Full 'a'
let private b20 = between 10.004 20.0 Kind.Full 'b'
let private c30 = between 20.004 30.0 Kind.Full 'c'

/// Judges a fleet, and holds the model to it.
let private situation name (fleet: Fleet) (check: FleetReport -> unit) =
    testCase name
    <| fun () ->
        isAsModelled fleet
        check (judge fleet)

let private seamTests =
    testList
        "a seam of the fleet"
        [ //  A |---10|
          //  B |---10|.004---20|.004---30|    no source
          situation
              "after what a node has is had, and after what is withheld is withheld"
              (fleetWith [ listing true [ a10 ]; listing false [ a10; b20; c30 ] ])
              (fun report ->
                  let a = report.Nodes[0]
                  same "withheld" (spanSeconds a.Withheld) [ (10.004m, 30m), "no-source", false, [ 1 ] ]
                  same "words" (secondsOf a.Lengths) [ 10.004m; 0m; 0m; 0m; 19.996m; 0m; 0m; 0m ])

          //  A |---10|
          //  B |---10|.004---20|
          //  C                 |.004---30|    no source
          situation
              "after what is fillable is fillable, from the same node"
              (fleetWith [ listing true [ a10 ]; listing true [ a10; b20 ]; listing false [ c30 ] ])
              (fun report ->
                  let a = report.Nodes[0]
                  // The seam before B's file is one of after(i), and what is before it comes from nowhere.
                  same
                      "fillable"
                      (spanSeconds a.Fillable)
                      [ (10m, 10.004m), "none", true, []; (10.004m, 20.004m), "none", true, [ 1 ] ]

                  same "withheld" (spanSeconds a.Withheld) [ (20.004m, 30m), "no-source", false, [ 2 ] ])

          //  the same, 100 s after the hour's start, with a cutoff of 85 s: B's file is too young
          situation
              "after what is pending is pending, from the same node"
              { fleetWith [ listing true [ a10 ]; listing true [ a10; b20 ]; listing false [ c30 ] ] with
                  Now = startOf exampleHour + 90_000_000L
                  Cutoff = 85_000_000L }
              (fun report ->
                  let a = report.Nodes[0]

                  same
                      "pending"
                      (spanSeconds a.Pending)
                      [ (10m, 10.004m), "none", false, []; (10.004m, 20.004m), "none", false, [ 1 ] ])

          //  B |.004---20|.004---30|    no source, after a file without a length
          situation
              "at the very start is what comes after it"
              (fleetWith [ listing true []; listing false [ between 10.0 10.0 Kind.Full 'a'; b20; c30 ] ])
              (fun report ->
                  same
                      "withheld"
                      (spanSeconds report.Nodes[0].Withheld)
                      [ (10m, 30m), "no-source", false, [ 1 ] ]

                  same "copies" (secondsOf report.Copies) [ 0m; 19.992m; 0m ])

          //  A's hour is unknown, and reaches 60 s into the next, where one of B's files ends.
          situation
              "after what is unknown is unknown"
              (fleetWith
                  [ { listing true [] with
                        Hours = [ exampleHour, Unknown ] }
                    listing
                        false
                        [ between 0.0 10.0 Kind.Full 'a'
                          between 3650.0 3660.0 Kind.Full 'b'
                          between 3660.004 3670.0 Kind.Full 'c' ] ])
              (fun report ->
                  let a = report.Nodes[0]
                  // Nothing of A is listed: its hour reaches for a day.
                  same "unknown" (setSeconds a.Unknown) [ 0m, 3670m ])

          situation
              "after what is unknown is unknown, where the reach ends"
              (fleetWith
                  [ { listing true [ between 7200.0 7201.0 Kind.Full 'd' ] with
                        Hours =
                            [ exampleHour, Unknown
                              exampleHour + 2, Listed([ between 7200.0 7201.0 Kind.Full 'd', 7L ], []) ] }
                    listing
                        false
                        [ between 0.0 10.0 Kind.Full 'a'
                          between 3650.0 3660.0 Kind.Full 'b'
                          between 3660.004 3670.0 Kind.Full 'c' ] ])
              (fun report ->
                  let a = report.Nodes[0]
                  same "unknown" (setSeconds a.Unknown) [ 0m, 3660.004m ]
                  same "withheld" (spanSeconds a.Withheld) [ (3660.004m, 3670m), "no-source", false, [ 1 ] ]) ]

// The generators reach what there is.

let private reaches =
    testCase "the random fleets hold every word, reason and fate, seams, near files, twins and blockers"
    <| fun () ->
        let fleets = Gen.sampleWithSeed (FsCheck.Rnd 18UL) 50 3000 fleets
        let found = System.Collections.Generic.HashSet<string>()

        for fleet in fleets do
            let report = judge fleet

            for node in report.Nodes do
                for word in 0..7 do
                    if node.Lengths[word] > Duration.zero then
                        found.Add(FleetText.ofWord (LanguagePrimitives.EnumOfValue(byte word)))
                        |> ignore

                for span in node.Withheld do
                    found.Add $"withheld {FleetText.ofReason span.Reason}" |> ignore

                for span in node.Endangered do
                    found.Add $"endangered {FleetText.ofReason span.Reason}" |> ignore

                for span in node.Fillable do
                    found.Add $"by full {span.ByFull}, sourced {not span.Nodes.IsEmpty}" |> ignore

                for file in node.Files do
                    found.Add $"file {file.Fate} {FleetText.ofReason file.Reason}" |> ignore

            for blocker in report.Blockers do
                found.Add $"blocker {FleetText.ofBlocker blocker.Reason}" |> ignore

            if not report.Twins.IsEmpty then
                found.Add "twins" |> ignore

            match fleet.Nodes |> List.tryFindIndex _.IsKnown with
            | Some first ->
                let rules, listing = rulesOf fleet, listingOf fleet
                let _, hours = judgeOnBase rules listing first (alike rules.Settings listing)

                if hours > 0 && Seq.length (FleetHours.ofListing rules.Settings listing) > hours then
                    found.Add $"a base of {min 2 hours} hours or more beside names" |> ignore
            | None -> ()

            found.Add $"status {FleetText.ofStatus report.Status}" |> ignore

        let reasons = [ "no-source"; "name"; "future"; "window"; "marked"; "near" ]

        let textOf (number: int) =
            LanguagePrimitives.EnumOfValue(byte number) |> FleetText.ofWord

        let statusOf (number: int) =
            LanguagePrimitives.EnumOfValue(byte number) |> FleetText.ofStatus

        let expected =
            List.concat
                [ List.map textOf [ 0..7 ]
                  reasons @ [ "not-best" ] |> List.map (fun reason -> $"withheld {reason}")
                  reasons |> List.map (fun reason -> $"file Withheld {reason}")
                  [ 0..6 ] |> List.map (fun status -> $"status {statusOf status}")
                  [ "file Offered none"
                    "file Pending none"
                    "endangered marked"
                    "endangered not-best"
                    "by full True, sourced True"
                    "by full True, sourced False"
                    "by full False, sourced True"
                    "blocker file"
                    "blocker folder"
                    "blocker marks"
                    "a base of 1 hours or more beside names"
                    "a base of 2 hours or more beside names"
                    "twins" ] ]
            |> Set.ofList

        same "not reached" (Set.toList (expected - Set.ofSeq found)) []

let private baseTests =
    // Three hours that both list alike, with a seam, a hole that a loser half covers, a mark in the hole, and a file over the
    // second hour's edge; then one in which they differ.
    let hours: (int * HourOf) list =
        let inHour (hour: int) (start: float) (finish: float) kind hash =
            between (3600.0 * float hour + start) (3600.0 * float hour + finish) kind hash

        [ for hour in 0..2 ->
              let lost = inHour hour 20.0 26.0 Kind.Full 'm'

              exampleHour + hour,
              Listed(
                  [ inHour hour 0.0 10.0 Kind.Full 'a', 7L
                    inHour hour 10.004 12.0 Kind.Full 'b', 7L
                    // In the third hour it leaves 5 ms of the hole.
                    inHour hour 10.004 (if hour = 2 then 29.995 else 20.0) Kind.Partial 'c', 7L
                    // A loser that covers the seam, in the second hour alone.
                    inHour hour 0.0 (if hour = 1 then 11.0 else 9.0) Kind.Partial 'e', 7L
                    inHour hour 30.0 (if hour = 1 then 3605.0 else 3590.0) Kind.Full 'd', 7L ],
                  [ lost ]
              ) ]

    let last (files: File list) =
        exampleHour + 3, Listed(files |> List.map (fun file -> file, 7L), [])

    let e = between 10800.0 10810.0 Kind.Full 'e'
    let f = between 10810.0 10820.0 Kind.Full 'f'

    let nodes =
        [ { listing true [] with
              Hours = hours @ [ last [ e ] ] }
          { listing true [] with
              Hours = hours @ [ last [ e; f ] ] } ]

    testCase "a base of three hours needs no names, and says the same"
    <| fun () ->
        let fleet = fleetWith nodes
        isAsModelled fleet
        let rules, listing = rulesOf fleet, listingOf fleet
        let report, count = judgeOnBase rules listing 0 (alike rules.Settings listing)
        same "hours without names" count 3
        same "on a base" (text report) (text (judged rules listing))
        // The last 10 s of two hours and 4 s of two holes; 6 s of these are marked.
        same
            "lost and deleted"
            (Duration.toSeconds report.Lost.Length, Duration.toSeconds report.Deleted.Length)
            (28m, 12m)

        same "fillable" (spanSeconds report.Nodes[0].Fillable) [ (10810m, 10820m), "none", true, [ 1 ] ]

let private notBestBetween =
    testCase "Regression: what is not best, in an hour between two of the base, is listed all the same"
    <| fun () ->
        let alike =
            [ between 3596.0 3596.99 Kind.Full 'a'; between 7208.0 7209.0 Kind.Full 'd' ]

        let between =
            [ between 3600.0 3600.0 Kind.Full 'b'; between 3600.0 3605.0 Kind.Partial 'c' ]

        let fleet = fleetWith [ listing true alike; listing true (alike @ between) ]
        isAsModelled fleet
        baseSaysTheSame fleet

[<Tests>]
let tests =
    testList
        "fleet"
        [ fleetLaw "a fleet is what the law says, instant by instant" isAsModelled
          fleetLaw "the words of each node add up to the fleet's extent" addsUp
          fleetLaw "spans are in order, and neighbours differ" isInOrder
          fleetLaw "the order of nodes changes the order of lists alone" orderIsNoMatter
          fleetLaw "with one node every hole is lost or deleted, or only losers cover it" aloneAllIsLost
          fleetLaw "one unknown node more makes what all lack open, and nothing else" oneUnknownMore
          fleetLaw "nodes that list the same bring each other nothing" equalNodesAreDone
          fleetLaw "until the instant that is said, the same listings say the same" untilHolds
          fleetLaw "hours that all list alike need no names" baseSaysTheSame
          exampleTests
          seamTests
          baseTests
          notBestBetween
          reaches ]
