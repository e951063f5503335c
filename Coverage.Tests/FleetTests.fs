/// What a fleet says of its nodes: against the slow model of section 10, and laws of its own.
module Coverage.Tests.FleetTests

open System
open System.Collections.Immutable
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.Tests.FleetModel

// From the model's values to the core's.

let private block (entries: string seq) : byte[] =
    entries
    |> Seq.map (fun name -> name + "/")
    |> String.concat ""
    |> Encoding.UTF8.GetBytes

let private markOf (name: string) =
    name.Substring(0, name.Length - 3) + ".tombstone"

let private namesOf (hour: int) (files: (File * int64) list) (marks: File list) : HourNames =
    let names =
        (files |> List.map (fun (file, _) -> file.Name))
        @ (marks |> List.map (fun file -> markOf file.Name))

    let read = HourNames.read (hour * 1<hour>) (ReadOnlySpan(block names))
    let sizes = files |> List.map (fun (file, size) -> file.Name, size) |> dict

    let places = [ 0 .. read.Segments.Length - 1 ]

    HourNames.withSizes
        (ImmutableArray.CreateRange places)
        (places
         |> Seq.map (fun place -> sizes[Encoding.UTF8.GetString(read.NameAt place)])
         |> ImmutableArray.CreateRange)
        read

let private nodeOf (node: Node) : NodeListing =
    { IsSource = node.IsSource
      IsKnown = node.IsKnown
      Hours =
        node.Hours
        |> List.sortBy fst
        |> List.map (fun (hour, listed) ->
            { Hour = hour * 1<hour>
              Names =
                match listed with
                | Unknown -> null
                | Listed(files, marks) -> namesOf hour files marks })
        |> ImmutableArray.CreateRange
      Files = ImmutableArray.CreateRange node.Files
      Folders = ImmutableArray.CreateRange node.Folders }

let private listingOf (fleet: Fleet) : FleetListing =
    { Nodes = fleet.Nodes |> List.map nodeOf |> ImmutableArray.CreateRange
      Base = ValueNone }

let private toVOption convert =
    function
    | Some value -> ValueSome(convert value)
    | None -> ValueNone

let private rulesOf (fleet: Fleet) : FleetRules =
    { Settings =
        { Tolerance = Duration.ofMicroseconds fleet.Tolerance
          FirstHour = fleet.FirstHour |> toVOption (fun hour -> hour * 1<hour>)
          LastHour = fleet.LastHour |> toVOption (fun hour -> hour * 1<hour>) }
      Now = Instant.ofMicroseconds fleet.Now
      Cutoff = Duration.ofMicroseconds fleet.Cutoff
      Window = fleet.Window |> toVOption Duration.ofMicroseconds }

let private judged (rules: FleetRules) (listing: FleetListing) : FleetReport =
    match Fleet.judge rules listing with
    | Ok report -> report
    | Error hour -> failtest $"the names of {Hour.toText hour} are needed"

let private judge (fleet: Fleet) : FleetReport =
    judged (rulesOf fleet) (listingOf fleet)

// Random small fleets: a pool of files, of which each node lists some and marks some.

let private hashes =
    // The second one is the same bytes as the first: two bits of the last digit mean nothing.
    [ String('A', 43)
      String('A', 42) + "B"
      String('Q', 43)
      String('-', 43)
      ""
      "AAAA" ]

let private nameOf (start: int64) (duration: int64) (kind: Kind) (hash: string) =
    let inHour = start % hourLength
    let minute, second = inHour / 60_000_000L, inHour / 1_000_000L % 60L
    let fraction = (inHour % 1_000_000L).ToString("000000")

    let fraction =
        if fraction.EndsWith "000" then
            fraction.Substring(0, 3)
        else
            fraction

    let seconds =
        (decimal duration / 1_000_000m).ToString(Globalization.CultureInfo.InvariantCulture)

    $"""{minute.ToString "00"}:{second.ToString "00"}.{fraction}-{seconds}-{kind.ToString().ToLowerInvariant()}-{hash}.ts"""

let private fileOf start duration kind hash : File =
    { Hour = int (start / hourLength)
      Start = start
      Duration = duration
      Kind = kind
      Hash = hash
      Name = nameOf start duration kind hash }

let private firstHour = 489_618

let private start: Gen<int64> =
    gen {
        let! hour = Gen.elements [ 0; 0; 0; 1; 1; 2 ]

        let! offset =
            Gen.frequency
                [ 6, Gen.map (fun step -> int64 step * 1_000_000L) (Gen.choose (0, 8))
                  2, Gen.map (fun step -> hourLength - int64 step * 1_000_000L) (Gen.choose (1, 4)) ]

        let! nudge =
            Gen.elements [ 0L; 0L; 0L; 0L; 500L; 1_000L; 1_001L; 9_999L; 10_000L; 10_001L ]

        return startOf (firstHour + hour) + offset + nudge
    }

let private kind =
    Gen.frequency
        [ 6, Gen.constant Kind.Full
          2, Gen.constant Kind.Suspect
          3, Gen.constant Kind.Partial
          1, Gen.constant Kind.Temp ]

let private file: Gen<File> =
    gen {
        let! start = start

        let! duration =
            Gen.elements
                [ 0L
                  1_000_000L
                  1_000_000L
                  990_000L
                  989_999L
                  2_000_000L
                  2_002_000L
                  5_000_000L
                  3_599_000_000L
                  7_300_000_000L ]

        let! kind = kind

        let! hash =
            Gen.frequency [ 3, Gen.constant hashes[0]; 3, Gen.constant hashes[2]; 2, Gen.elements hashes ]

        return fileOf start duration kind hash
    }

/// Files near others, of the same content; and at the same start.
let private beside (files: File list) : Gen<File list> =
    gen {
        let! picked = Gen.listOfLength (files.Length / 2 + 1) (Gen.elements files)

        return!
            picked
            |> List.map (fun file ->
                gen {
                    let! nudge = Gen.elements [ 0L; 0L; 500L; 1_000L; 1_500L; 400_000L; 2_000_000L ]
                    let start = min (file.Start + nudge) (startOf (file.Hour + 1) - 1L)
                    let! isSame = Gen.elements [ true; true; false ]
                    let! other = Gen.elements hashes
                    let! kind = Gen.frequency [ 2, Gen.constant Kind.Full; 1, kind ]
                    let! duration = Gen.elements [ file.Duration; 990_000L; 2_000_000L; 5_000_000L ]

                    return
                        if isSame then
                            fileOf start file.Duration file.Kind file.Hash
                        else
                            fileOf start duration kind other
                })
            |> Gen.sequenceToList
    }

let private subset (chance: int) (items: 'T list) : Gen<'T list> =
    gen {
        let! picks = Gen.listOfLength items.Length (Gen.choose (1, 100))

        return
            List.zip items picks
            |> List.filter (fun (_, pick) -> pick <= chance)
            |> List.map fst
    }

let private hourOf (pool: File list) (shared: File list) (hour: int) : Gen<(int * HourOf) list> =
    gen {
        let here = pool |> List.filter (fun file -> file.Hour = hour)

        let! how =
            Gen.frequency [ 1, Gen.constant 0; 1, Gen.constant 1; 3, Gen.constant 2; 6, Gen.constant 3 ]

        let! mine = subset 55 here
        let! marks = subset 8 here

        let files, marks =
            if how = 2 then
                shared |> List.filter (fun file -> file.Hour = hour), []
            else
                mine, marks

        let! sizes = Gen.listOfLength files.Length (Gen.elements [ 5L; 5L; 5L; 7L; 9L ])

        return
            match how with
            | 0 -> []
            | 1 -> [ hour, Unknown ]
            | _ -> [ hour, Listed(List.zip files sizes, marks) ]
    }

let private node (isAllKnown: bool) pool shared : Gen<Node> =
    gen {
        let! isSource = Gen.elements [ true; true; true; false ]
        let! isKnown = Gen.elements [ true; true; true; true; true; isAllKnown ]

        let! hours =
            [ firstHour .. firstHour + 2 ]
            |> List.map (hourOf pool shared)
            |> Gen.sequenceToList

        let! files = subset 10 [ "0"; "2025-11-08"; "notes.txt" ]
        let! folders = subset 10 [ "old" ]

        let hours =
            List.concat hours
            |> List.filter (fun (_, listed) -> not isAllKnown || listed <> Unknown)

        return
            { IsSource = isSource
              IsKnown = isKnown
              Hours = hours
              Files = files
              Folders = folders }
    }

let private fleetOf (isAllKnown: bool) : Gen<Fleet> =
    gen {
        let! count = Gen.choose (2, 7)
        let! files = Gen.listOfLength count file
        let! more = beside files
        let pool = files @ more |> List.distinctBy (fun file -> file.Hour, file.Name)
        let! shared = subset 60 pool
        let! nodes = Gen.choose (1, 4)
        let! nodes = Gen.listOfLength nodes (node isAllKnown pool shared)
        let! ago = Gen.elements [ 0L; 3L; 5L; 120L; 121L; 3_600L; 7_200L; 100_000L ]
        let! now = Gen.elements pool |> Gen.map (fun file -> file.Start + ago * 1_000_000L)

        let! window =
            Gen.elements [ None; None; None; Some 3_600_000_000L; Some 7_200_000_000L ]

        let! first = Gen.elements [ None; None; None; Some(firstHour + 1) ]
        let! last = Gen.elements [ None; None; None; Some firstHour; Some(firstHour + 1) ]
        let! cutoff = Gen.elements [ 120_000_000L; 0L; 4_000_000L ]

        return
            { Nodes = nodes
              Now = now
              Cutoff = cutoff
              Window = window
              Tolerance = 10_000L
              FirstHour = first
              LastHour =
                match first, last with
                | Some first, Some last -> Some(max first last)
                | _ -> last }
    }

/// Less of it, for finding a small counterexample.
let private smaller (fleet: Fleet) : Fleet seq =
    seq {
        if fleet.Nodes.Length > 1 then
            for i in 0 .. fleet.Nodes.Length - 1 do
                { fleet with
                    Nodes = List.removeAt i fleet.Nodes }

        for i in 0 .. fleet.Nodes.Length - 1 do
            let node = fleet.Nodes[i]

            let put node =
                { fleet with
                    Nodes = List.updateAt i node fleet.Nodes }

            if node.Files <> [] || node.Folders <> [] then
                put { node with Files = []; Folders = [] }

            for j in 0 .. node.Hours.Length - 1 do
                put
                    { node with
                        Hours = List.removeAt j node.Hours }

                match node.Hours[j] with
                | hour, Listed(files, marks) ->
                    let listed files marks =
                        put
                            { node with
                                Hours = List.updateAt j (hour, Listed(files, marks)) node.Hours }

                    for k in 0 .. files.Length - 1 do
                        listed (List.removeAt k files) marks

                    for k in 0 .. marks.Length - 1 do
                        listed files (List.removeAt k marks)
                | _ -> ()

        if fleet.Window.IsSome then
            { fleet with Window = None }

        if fleet.FirstHour.IsSome then
            { fleet with FirstHour = None }

        if fleet.LastHour.IsSome then
            { fleet with LastHour = None }
    }

type private Fleets =
    static member Fleet() : Arbitrary<Fleet> =
        Arb.fromGenShrink (fleetOf false, smaller)

let private fleetLaw name (property: Fleet -> unit) =
    testPropertyWithConfig
        { Gen.config with
            arbitrary = [ typeof<Fleets> ] }
        name
        property

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
let private text (report: FleetReport) : string =
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
    let names =
        [ for hour in node.Hours do
              match hour.Names with
              | null -> ()
              | names ->
                  if hours.Contains hour.Hour then
                      names ]

    let unionOf (setOf: HourNames -> IntervalSet) =
        names |> List.map setOf |> List.fold IntervalSet.union IntervalSet.empty

    { Facts = factsOf rules node
      NotBest = unionOf HourNames.notBest
      Deleted = unionOf HourNames.marked }

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
    | Error hour ->
        Expect.isTrue (hours.Contains hour) "an hour whose names are needed is one of the base"
        judgeOnBase rules listing first (hours.Remove hour)

/// Without the names of hours that all list alike the same is said; but for twins and blockers, which are seen from names.
let private baseSaysTheSame (fleet: Fleet) =
    match fleet.Nodes |> List.tryFindIndex _.IsKnown with
    | Some first ->
        let rules, listing = rulesOf fleet, listingOf fleet

        let bare (report: FleetReport) =
            text
                { report with
                    Twins = ImmutableArray.Empty
                    Blockers = ImmutableArray.Empty }

        let report, _ = judgeOnBase rules listing first (alike rules.Settings listing)
        same "on a base" (bare report) (bare (judged rules listing))
    | None -> ()

// The generators reach what there is.

let private reaches =
    testCase "the random fleets hold every word, reason and fate, seams, near files, twins and blockers"
    <| fun () ->
        let fleets = Gen.sampleWithSeed (Rnd 18UL) 50 3000 (fleetOf false)
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
                    "twins" ] ]
            |> Set.ofList

        same "not reached" (Set.toList (expected - Set.ofSeq found)) []

// Names of an hour.

let private read (names: string list) =
    HourNames.read 0<hour> (ReadOnlySpan(block names))

let private listedNames (hour: HourNames) =
    [ for place in 0 .. hour.Segments.Length - 1 -> Encoding.UTF8.GetString(hour.NameAt place) ]

let private whole (hash: char) = String(hash, 43)

let private nameTests =
    let full = $"00:00.5-2.0-full-{whole 'a'}.ts"
    let other = $"00:00.50-2.0-full-{whole 'a'}.ts"
    let mark = $"00:02-2.0-full-{whole 'b'}"

    testList
        "names of an hour"
        [ testCase "names come in the order of their bytes, which is one of start"
          <| fun () ->
              let names = [ other; "00:00-1-partial-.ts"; full; "00:00.49-1-full-.ts" ]
              let hour = read names
              same "names" (listedNames hour) (List.sortWith (fun a b -> String.CompareOrdinal(a, b)) names)

              same
                  "starts"
                  (hour.Segments |> Seq.map _.Start |> List.ofSeq)
                  (hour.Segments |> Seq.map _.Start |> Seq.sort |> List.ofSeq)

          testCase "what is hidden, temp, bad or not listed is no segment"
          <| fun () ->
              let hour =
                  read
                      [ full
                        mark + ".ts"
                        mark + ".tombstone"
                        "00:01-1-temp-x.ts"
                        "odd.ts"
                        ".00:03-1-full-.ts"
                        "chat.json" ]

              same "names" (listedNames hour) [ full ]

              same
                  "marks"
                  (hour.Marks
                   |> Seq.map (fun one -> Encoding.UTF8.GetString one.Name)
                   |> List.ofSeq)
                  [ mark + ".ts" ]

              same "listed names and marks" hour.Count 4

          testCase "a digest is the same in whatever order, and tells names and marks apart"
          <| fun () ->
              let names = [ full; other; mark + ".tombstone"; "odd.ts" ]
              let digest names = (read names).Digest
              same "turned" (digest names) (digest (List.rev names))
              same "with what is not listed" (digest ("chat.json" :: mark + ".ts" :: names)) (digest names)

              for less in names do
                  Expect.notEqual (digest names) (digest (List.except [ less ] names)) less

              Expect.notEqual (digest [ mark + ".tombstone" ]) (digest [ mark + ".ts" ]) "marks are not files"

          testCase "a digest is the sum of the first 16 bytes of each name's SHA-256"
          <| fun () ->
              let hash (name: string) =
                  let bytes = Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes name)
                  Numerics.BigInteger(ReadOnlySpan(bytes, 0, 16), true, true)

              let sum = (hash full + hash "odd.ts") % Numerics.BigInteger.Pow(2, 128)
              same "the sum" (string (read [ full; "odd.ts" ]).Digest) (string sum)

          testCase "a file that is gone when its size is looked up was never listed"
          <| fun () ->
              let hour = read [ full; other ]
              let places = ImmutableArray.Create(0, 1)
              let one = HourNames.withSizes places (ImmutableArray.Create(-1L, 9L)) hour
              same "names" (listedNames one) [ other ]
              same "digest" (one.Digest, one.Count) ((read [ other ]).Digest, 1)
              same "size" one.Segments[0].Size 9L

          testCase "a DURATION that no back-filler can hold is found, whatever way it is written"
          <| fun () ->
              for duration in
                  [ "inf"
                    "Infinity"
                    "1e999"
                    "86400000000000"
                    "8_6400000000000.5"
                    " +1e+14 "
                    "9.e13" ] do
                  let name = $"00:00-{duration}-full-{whole 'a'}.ts"
                  same duration (List.ofSeq (read [ name ]).Endless) [ name ]

              for duration in
                  [ "nan"
                    "86399999999999"
                    "90000"
                    "x"
                    ""
                    "++inf"
                    "_1e99"
                    "1__0e99"
                    "infinit"
                    "1e" ] do
                  let name = $"00:00-{duration}-full-{whole 'a'}.ts"
                  same duration (List.ofSeq (read [ name ]).Endless) []

              for name in [ "0:00-inf-full-.ts"; "00:00-inf-whole-.ts"; "00:00-inf-full-x.ts" ] do
                  same name (List.ofSeq (read [ name ]).Endless) [] ]

let private endlessBlocks =
    testCase "an endless DURATION blocks, on whichever node"
    <| fun () ->
        let name = $"00:00-inf-full-{whole 'a'}.ts"

        let node isSource names : NodeListing =
            { IsSource = isSource
              IsKnown = true
              Hours = ImmutableArray.Create { Hour = 0<hour>; Names = read names }
              Files = ImmutableArray.Empty
              Folders = ImmutableArray.Empty }

        let report =
            judged
                (rulesOf example)
                { Nodes = ImmutableArray.Create(node true [], node false [ name ])
                  Base = ValueNone }

        same
            "blockers"
            [ for blocker in report.Blockers -> blocker.Node, blocker.Path, blocker.Reason ]
            [ 1, "1970-01-01T00/" + name, BlockerReason.Duration ]

let private sizeTests =
    testCase "sizes are asked for where two suspects, or partials, of different names start at once"
    <| fun () ->
        let node names : NodeListing =
            { IsSource = true
              IsKnown = true
              Hours = ImmutableArray.Create { Hour = 0<hour>; Names = read names }
              Files = ImmutableArray.Empty
              Folders = ImmutableArray.Empty }

        let suspect hash = $"00:00-1-suspect-{whole hash}.ts"
        let partial hash = $"00:05-1-partial-{whole hash}.ts"
        let full = $"00:09-1-full-{whole 'a'}.ts"

        let unsized nodes =
            [ for file in
                  Fleet.unsized
                      Report.defaults
                      { Nodes = ImmutableArray.CreateRange nodes
                        Base = ValueNone } -> file.Node, int file.Hour, file.Place ]

        same "one of each" (unsized [ node [ suspect 'a'; partial 'a'; full ]; node [ suspect 'a' ] ]) []

        same
            "two suspects on two nodes"
            (unsized [ node [ suspect 'a'; partial 'a' ]; node [ suspect 'b'; full ] ])
            [ 0, 0, 0; 1, 0, 0 ]

// Stuck.

let private stuckTests =
    let at seconds =
        Instant.ofMicroseconds (seconds * 1_000_000L)

    let set spans =
        IntervalSet.ofIntervals [ for a, b in spans -> Interval.create (at a) (at b) ]

    let rounds given =
        (FleetStuck.start, given)
        ||> List.fold (fun state (now, spans) -> FleetStuck.next (at now) state (set spans))

    let stuck now given =
        FleetStuck.stuck (at now) (Duration.ofSeconds 900L) (rounds given)

    testList
        "what is stuck"
        [ testCase "time that stays fillable for longer than it may is stuck"
          <| fun () ->
              let given = [ 1_000L, [ 0L, 10L ]; 1_500L, [ 0L, 10L ]; 1_901L, [ 0L, 10L ] ]
              same "after 901 s" (stuck 1_901L given) (set [ 0L, 10L ])

              same
                  "after 900 s"
                  (stuck 1_900L (List.take 2 given @ [ 1_900L, [ 0L, 10L ] ]))
                  IntervalSet.empty

          testCase "a break begins anew"
          <| fun () ->
              let given =
                  [ 1_000L, [ 0L, 10L ]; 1_500L, []; 1_600L, [ 0L, 10L ]; 1_901L, [ 0L, 10L ] ]

              same "stuck" (stuck 1_901L given) IntervalSet.empty

          testCase "of time that grew and shrank, what was there all along is stuck"
          <| fun () ->
              let given =
                  [ 1_000L, [ 0L, 10L; 20L, 30L ]; 1_500L, [ 5L, 25L ]; 2_000L, [ 0L, 30L ] ]

              same "stuck" (stuck 2_000L given) (set [ 5L, 10L; 20L, 25L ])

          testPropertyWithConfig
              Gen.config
              "each instant is as old as its unbroken rounds"
              (fun (given: (bool * bool * bool) list) ->
                  let spans (a, b, c) =
                      [ if a then
                            0L, 1L
                        if b then
                            1L, 2L
                        if c then
                            2L, 3L ]

                  let all = given |> List.mapi (fun i one -> int64 i * 400L, spans one)
                  let now = int64 (given.Length - 1) * 400L

                  let isStuck pick =
                      let unbroken = given |> List.rev |> List.takeWhile pick |> List.length
                      int64 (unbroken - 1) * 400L > 900L

                  let expected =
                      set
                          [ if isStuck (fun (a, _, _) -> a) then
                                0L, 1L
                            if isStuck (fun (_, b, _) -> b) then
                                1L, 2L
                            if isStuck (fun (_, _, c) -> c) then
                                2L, 3L ]

                  same "stuck" (stuck now all) expected) ]

[<Tests>]
let tests =
    testList
        "fleet"
        [ fleetLaw "a fleet is what the law says, instant by instant" isAsModelled
          fleetLaw "the words of each node add up to the fleet's extent" addsUp
          fleetLaw "the order of nodes changes the order of lists alone" orderIsNoMatter
          fleetLaw "with one node every hole is lost or deleted, or only losers cover it" aloneAllIsLost
          fleetLaw "one unknown node more makes what all lack open, and nothing else" oneUnknownMore
          fleetLaw "nodes that list the same bring each other nothing" equalNodesAreDone
          fleetLaw "until the instant that is said, the same listings say the same" untilHolds
          fleetLaw "hours that all list alike need no names" baseSaysTheSame
          exampleTests
          reaches
          nameTests
          endlessBlocks
          sizeTests
          stuckTests ]
