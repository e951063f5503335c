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
    entries |> Seq.map (fun name -> name + "/") |> String.concat "" |> Encoding.UTF8.GetBytes

let private markOf (name: string) =
    name.Substring(0, name.Length - 3) + ".tombstone"

let private namesOf (hour: int) (files: (File * int64) list) (marks: File list) : HourNames =
    let names = (files |> List.map (fun (file, _) -> file.Name)) @ (marks |> List.map (fun file -> markOf file.Name))
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

let private judge (fleet: Fleet) : FleetReport = judged (rulesOf fleet) (listingOf fleet)

// Random small fleets: a pool of files, of which each node lists some and marks some.

let private hashes =
    // The second one is the same bytes as the first: two bits of the last digit mean nothing.
    [ String('A', 43); String('A', 42) + "B"; String('Q', 43); String('-', 43); ""; "AAAA" ]

let private nameOf (start: int64) (duration: int64) (kind: Kind) (hash: string) =
    let inHour = start % hourLength
    let minute, second = inHour / 60_000_000L, inHour / 1_000_000L % 60L
    let fraction = (inHour % 1_000_000L).ToString("000000")
    let fraction = if fraction.EndsWith "000" then fraction.Substring(0, 3) else fraction
    let seconds = (decimal duration / 1_000_000m).ToString(Globalization.CultureInfo.InvariantCulture)
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

        let! nudge = Gen.elements [ 0L; 0L; 0L; 0L; 500L; 1_000L; 1_001L; 9_999L; 10_000L; 10_001L ]
        return startOf (firstHour + hour) + offset + nudge
    }

let private kind = Gen.frequency [ 6, Gen.constant Kind.Full; 2, Gen.constant Kind.Suspect; 3, Gen.constant Kind.Partial; 1, Gen.constant Kind.Temp ]

let private file: Gen<File> =
    gen {
        let! start = start

        let! duration =
            Gen.elements [ 0L; 1_000_000L; 1_000_000L; 990_000L; 989_999L; 2_000_000L; 2_002_000L; 5_000_000L; 3_599_000_000L; 7_300_000_000L ]

        let! kind = kind
        let! hash = Gen.frequency [ 3, Gen.constant hashes[0]; 3, Gen.constant hashes[2]; 2, Gen.elements hashes ]
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
                    let! kind = kind
                    return fileOf start file.Duration (if isSame then file.Kind else kind) (if isSame then file.Hash else other)
                })
            |> Gen.sequenceToList
    }

let private subset (chance: int) (items: 'T list) : Gen<'T list> =
    gen {
        let! picks = Gen.listOfLength items.Length (Gen.choose (1, 100))
        return List.zip items picks |> List.filter (fun (_, pick) -> pick <= chance) |> List.map fst
    }

let private hourOf (pool: File list) (shared: File list) (hour: int) : Gen<(int * HourOf) list> =
    gen {
        let here = pool |> List.filter (fun file -> file.Hour = hour)
        let! how = Gen.frequency [ 1, Gen.constant 0; 1, Gen.constant 1; 3, Gen.constant 2; 6, Gen.constant 3 ]
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
        let! hours = [ firstHour .. firstHour + 2 ] |> List.map (hourOf pool shared) |> Gen.sequenceToList
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
        let! window = Gen.elements [ None; None; None; Some 3_600_000_000L; Some 7_200_000_000L ]
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
                { fleet with Nodes = List.removeAt i fleet.Nodes }

        for i in 0 .. fleet.Nodes.Length - 1 do
            let node = fleet.Nodes[i]
            let put node = { fleet with Nodes = List.updateAt i node fleet.Nodes }

            if node.Files <> [] || node.Folders <> [] then
                put { node with Files = []; Folders = [] }

            for j in 0 .. node.Hours.Length - 1 do
                put { node with Hours = List.removeAt j node.Hours }

                match node.Hours[j] with
                | hour, Listed(files, marks) ->
                    let listed files marks =
                        put { node with Hours = List.updateAt j (hour, Listed(files, marks)) node.Hours }

                    for k in 0 .. files.Length - 1 do
                        listed (List.removeAt k files) marks

                    for k in 0 .. marks.Length - 1 do
                        listed files (List.removeAt k marks)
                | _ -> ()

        if fleet.Window.IsSome then { fleet with Window = None }
        if fleet.FirstHour.IsSome then { fleet with FirstHour = None }
        if fleet.LastHour.IsSome then { fleet with LastHour = None }
    }

type private Fleets =
    static member Fleet() : Arbitrary<Fleet> = Arb.fromGenShrink (fleetOf false, smaller)

let private fleetLaw name (property: Fleet -> unit) =
    testPropertyWithConfig { Gen.config with arbitrary = [ typeof<Fleets> ] } name property

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
              Reason = if word = "withheld" then FleetText.ofReason span.Reason else ""
              ByFull = span.ByFull
              From = List.ofSeq span.Nodes.Nodes })

    let ofSet word (set: IntervalSet) =
        if IntervalSet.contains at set then
            [ { Word = word; Reason = ""; ByFull = false; From = [] } ]
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
    | [] -> { Word = "had"; Reason = ""; ByFull = false; From = [] }
    | [ one ] -> one
    | several -> failtest $"several words: {several}"

let private same what (ours: 'T) (theirs: 'T) = Expect.equal ours theirs what

/// Everything the core says of a fleet is what the model says.
let private isAsModelled (fleet: Fleet) : unit =
    let report = judge fleet
    let answers = answers fleet
    let extent = answers.Extent |> Option.defaultValue (0L, 0L)
    same "the extent" (int64 report.Extent.Start, int64 report.Extent.End) extent
    let inside = answers.Points |> Array.filter (fun at -> fst extent <= at && at < snd extent)
    let until at = min (snd extent) (answers.Points |> Array.find (fun point -> point > at))

    for i in 0 .. fleet.Nodes.Length - 1 do
        for at in inside do
            same $"the word of node {i} at {at}" (wordIn report i at) (answers.WordAt i at)

            let endangered =
                containing report.Nodes[i].Endangered (Instant.ofMicroseconds at)
                |> List.map (fun span -> FleetText.ofReason span.Reason, List.ofSeq span.Nodes.Nodes)

            same $"what is endangered on node {i} at {at}" endangered (Option.toList (answers.EndangeredAt i at))

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
        let length = copies |> List.filter (fun (nodes, _) -> nodes.Length = count) |> List.sumBy snd
        same $"how much has {count} copies" (int64 report.Copies[count]) length

    for i in 0 .. fleet.Nodes.Length - 1 do
        let length = copies |> List.filter (fun (nodes, _) -> nodes = [ i ]) |> List.sumBy snd
        same $"how much only node {i} has" (int64 report.Sole[i]) length

    let blockers =
        [ for blocker in report.Blockers -> blocker.Node, blocker.Path, FleetText.ofBlocker blocker.Reason ]

    same "blockers" (List.sort blockers) (FleetModel.blockers fleet)

    let twins =
        [ for twins in report.Twins -> twins.First, twins.Second, twins.Count, int64 twins.Median ]

    same "twins" twins (FleetModel.twins fleet)

[<Tests>]
let tests =
    testList "fleet" [ fleetLaw "a fleet is what the law says, instant by instant" isAsModelled ]
