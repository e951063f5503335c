/// Random small fleets of the model, and what the core takes for them.
module Coverage.Tests.FleetGen

open System
open System.Collections.Immutable
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.Tests.FleetModel

// From the model's values to the core's.

let block (entries: string seq) : byte[] =
    entries
    |> Seq.map (fun name -> name + "/")
    |> String.concat ""
    |> Encoding.UTF8.GetBytes

let private markOf (name: string) =
    name.Substring(0, name.Length - 3) + ".tombstone"

let internal namesOf (hour: int) (files: (File * int64) list) (marks: File list) : HourNames =
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

let internal listingOf (fleet: Fleet) : FleetListing =
    { Nodes = fleet.Nodes |> List.map nodeOf |> ImmutableArray.CreateRange
      Base = ValueNone }

let private toVOption convert =
    function
    | Some value -> ValueSome(convert value)
    | None -> ValueNone

let internal rulesOf (fleet: Fleet) : FleetRules =
    { Settings =
        { Tolerance = Duration.ofMicroseconds fleet.Tolerance
          FirstHour = fleet.FirstHour |> toVOption (fun hour -> hour * 1<hour>)
          LastHour = fleet.LastHour |> toVOption (fun hour -> hour * 1<hour>) }
      Now = Instant.ofMicroseconds fleet.Now
      Cutoff = Duration.ofMicroseconds fleet.Cutoff
      Window = fleet.Window |> toVOption Duration.ofMicroseconds }

let internal judged (rules: FleetRules) (listing: FleetListing) : FleetReport =
    match Fleet.judge rules listing with
    | Ok report -> report
    | Error hours -> failtest $"the names of {Hour.toText hours[0]} are needed"

let internal judge (fleet: Fleet) : FleetReport =
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

let fileOf start duration kind hash : File =
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

/// Files here and there, some beside others.
let private scattered: Gen<File list> =
    gen {
        let! count = Gen.choose (2, 7)
        let! files = Gen.listOfLength count file
        let! more = beside files
        return files @ more
    }

/// One file after the other, with steps about the tolerance between them, over a few hours.
let rec private chained (count: int) (from: int64) : Gen<File list> =
    gen {
        let! jump =
            Gen.frequency [ 5, Gen.constant 0L; 1, Gen.elements [ -1_000_000L; 0L; 5_000L; 2_000_000L ] ]

        let! isJump = Gen.frequency [ 5, Gen.constant false; 1, Gen.constant true ]

        let! step =
            Gen.elements [ 0L; 0L; 4_000L; 9_999L; 10_000L; 10_001L; -500_000L; 1_000_000L; 3_000_000L ]

        let start =
            if isJump then
                startOf (int (from / hourLength) + 1) + jump
            else
                from + step

        let! duration =
            Gen.elements [ 0L; 5_000L; 1_000_000L; 2_000_000L; 2_002_000L; 5_000_000L ]

        let! kind = kind
        let! hash = Gen.frequency [ 4, Gen.constant hashes[2]; 1, Gen.elements hashes ]
        let one = fileOf start duration kind hash

        if count = 1 || one.Hour >= firstHour + 4 then
            return [ one ]
        else
            let! rest = chained (count - 1) (start + duration)
            return one :: rest
    }

/// Files of few contents, about as near as one is taken for the other, or as a clock that differs puts them.
let private alike: Gen<File list> =
    gen {
        let! count = Gen.choose (3, 8)
        let! base' = start

        let one =
            gen {
                let! nudge =
                    Gen.elements
                        [ 0L
                          0L
                          500L
                          999L
                          1_000L
                          1_001L
                          1_999L
                          2_000L
                          400_000L
                          2_000_000L
                          2_000_001L ]

                let! hash = Gen.elements [ hashes[0]; hashes[0]; hashes[1]; hashes[2]; "" ]
                let! kind = Gen.frequency [ 8, Gen.constant Kind.Full; 1, kind ]
                let! duration = Gen.elements [ 1_000_000L; 1_000_000L; 1_000_000L; 990_000L ]

                return
                    fileOf
                        (min (base' + nudge) (startOf (int (base' / hourLength) + 1) - 1L))
                        duration
                        kind
                        hash
            }

        return! Gen.listOfLength count one
    }

let private pools: Gen<File list> =
    Gen.frequency
        [ 3, scattered
          3,
          gen {
              let! count = Gen.choose (2, 9)
              let! from = start
              return! chained count from
          }
          2, alike ]
    |> Gen.map (List.distinctBy (fun file -> file.Hour, file.Name))

let private subset (chance: int) (items: 'T list) : Gen<'T list> =
    gen {
        let! picks = Gen.listOfLength items.Length (Gen.choose (1, 100))

        return
            List.zip items picks
            |> List.filter (fun (_, pick) -> pick <= chance)
            |> List.map fst
    }

/// An hour of a node: no folder, unknown, what many nodes share, or its own. `likeness` says how often it is shared.
let private hourOf (likeness: int) (pool: File list) (shared: HourOf) (hour: int) : Gen<(int * HourOf) list> =
    gen {
        let here = pool |> List.filter (fun file -> file.Hour = hour)

        let! how =
            Gen.frequency
                [ 1, Gen.constant 0
                  1, Gen.constant 1
                  likeness, Gen.constant 2
                  6, Gen.constant 3 ]

        let! files = subset 55 here
        let! marks = subset 8 here
        let! sizes = Gen.listOfLength files.Length (Gen.elements [ 5L; 5L; 5L; 7L; 9L ])

        return
            match how with
            | 0 -> []
            | 1 -> [ hour, Unknown ]
            | 2 -> [ hour, shared ]
            | _ -> [ hour, Listed(List.zip files sizes, marks) ]
    }

let private sharedHour (pool: File list) (hour: int) : Gen<HourOf> =
    gen {
        let here = pool |> List.filter (fun file -> file.Hour = hour)
        let! files = subset 75 here
        let! marks = subset 15 here
        let! sizes = Gen.listOfLength files.Length (Gen.elements [ 5L; 7L ])
        return Listed(List.zip files sizes, marks)
    }

let private node (likeness: int) (pool: File list) (shared: (int * HourOf) list) : Gen<Node> =
    gen {
        let! isSource = Gen.elements [ true; true; true; false ]
        let! isKnown = Gen.elements [ true; true; true; true; true; true; true; false ]

        let! hours =
            shared
            |> List.map (fun (hour, listed) -> hourOf likeness pool listed hour)
            |> Gen.sequenceToList

        let! files = subset 10 [ "0"; "2025-11-08"; "notes.txt" ]
        let! folders = subset 10 [ "old" ]

        return
            { IsSource = isSource
              IsKnown = isKnown
              Hours = List.concat hours
              Files = files
              Folders = folders }
    }

let fleets: Gen<Fleet> =
    gen {
        let! pool = pools

        let hours =
            pool
            |> List.map _.Hour
            |> List.append [ firstHour .. firstHour + 2 ]
            |> List.distinct

        let! shared =
            hours
            |> List.map (fun hour -> sharedHour pool hour |> Gen.map (fun listed -> hour, listed))
            |> Gen.sequenceToList

        let! likeness = Gen.elements [ 1; 4; 60 ]
        let! nodes = Gen.choose (1, 4)
        let! nodes = Gen.listOfLength nodes (node likeness pool shared)
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

type Fleets =
    static member Fleet() : Arbitrary<Fleet> = Arb.fromGenShrink (fleets, smaller)

let fleetLaw name (property: Fleet -> unit) =
    testPropertyWithConfig
        { Gen.config with
            arbitrary = [ typeof<Fleets> ] }
        name
        property
