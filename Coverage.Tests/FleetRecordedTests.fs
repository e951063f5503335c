/// Three recorded archives as one fleet: A and B recorded the same streams, C is B after a back-filler copied from A.
module Coverage.Tests.FleetRecordedTests

open System
open System.Collections.Immutable
open System.Text
open Expecto
open Coverage

/// What the nodes of a fleet list of a stream, from the paths and sizes of their archives.
let private listing (stream: string) (nodes: string list) : FleetListing =
    let hourOf (hour: Hour) (files: (string * int64) list) : NodeHour =
        let block =
            files
            |> List.map (fun (name, _) -> name + "/")
            |> String.concat ""
            |> Encoding.UTF8.GetBytes

        let read = HourNames.read hour (ReadOnlySpan block)
        let sizes = dict files
        let places = [ 0 .. read.Segments.Length - 1 ]

        { Hour = hour
          Names =
            HourNames.withSizes
                (ImmutableArray.CreateRange places)
                (places
                 |> Seq.map (fun place -> sizes[Encoding.UTF8.GetString(read.NameAt place)])
                 |> ImmutableArray.CreateRange)
                read }

    let nodeOf (node: string) : NodeListing =
        { IsSource = true
          IsKnown = true
          Hours =
            RecordedTests.manifest node
            |> List.choose (fun (path, size) ->
                let parts = path.Split '/'

                if parts.Length = 4 && path.StartsWith(stream + "/") then
                    Some(parts[2], (parts[3], size))
                else
                    None)
            |> List.groupBy fst
            |> List.sortBy fst
            |> List.choose (fun (hour, files) ->
                match Hour.tryParse hour with
                | ValueSome hour -> Some(hourOf hour (List.map snd files))
                | ValueNone -> None)
            |> ImmutableArray.CreateRange
          Files = ImmutableArray.Empty
          Folders = ImmutableArray.Empty }

    { Nodes = nodes |> List.map nodeOf |> ImmutableArray.CreateRange
      Base = ValueNone }

let private rules: FleetRules =
    { Settings = Report.defaults
      Now = (Hour.tryParse "2027-02-01T00").Value |> Hour.start
      Cutoff = Duration.ofSeconds 120L
      Window = ValueNone }

let private judge stream nodes : FleetReport =
    match Fleet.judge rules (listing stream nodes) with
    | Ok report -> report
    | Error hours -> failtest $"the names of {Hour.toText hours[0]} are needed"

/// What the nodes' own coverage promises a node: what any of them has and it has not.
let private promised (listing: FleetListing) (node: int) : Duration =
    let hasOf (node: NodeListing) =
        let report =
            node.Hours
            |> Seq.map (fun hour ->
                { Hour = hour.Hour
                  Segments = (Unchecked.nonNull hour.Names).Segments
                  Bad = 0 })
            |> Report.ofFolders Report.defaults

        IntervalSet.gaps report.Extent report.Raw.Holes

    let all =
        listing.Nodes |> Seq.map hasOf |> Seq.fold IntervalSet.union IntervalSet.empty

    (IntervalSet.subtract all (hasOf listing.Nodes[node])).Length

let private secondsOf (lengths: Duration seq) : decimal list =
    [ for length in lengths -> Duration.toSeconds length ]

let private spans (times: Interval seq) : string list =
    [ for time in times -> $"{(Instant.toText time.Start).Substring(11, 12)} {Duration.toText time.Length}" ]

let private timesOf (of': FleetSpan seq) : Interval seq = of' |> Seq.map _.Time

let private abc = [ "A"; "B"; "C" ]

/// Checks, for each node: had, fillable, withheld and lost seconds, by full, and what the union of spans promises.
let private addsUp
    (stream: string)
    (expected: (decimal * decimal * decimal * decimal * decimal * decimal) list)
    =
    testCase $"{stream}: what each node has, is brought, is kept from and has lost"
    <| fun () ->
        let report = judge stream abc

        let found =
            [ for node in 0..2 ->
                  let one = report.Nodes[node]

                  let seconds (word: FleetWord) =
                      Duration.toSeconds one.Lengths[int word]

                  seconds FleetWord.Had,
                  seconds FleetWord.Fillable,
                  seconds FleetWord.Withheld,
                  seconds FleetWord.Lost,
                  Duration.toSeconds one.FillableByFull,
                  Duration.toSeconds (promised (listing stream abc) node) ]

        Expect.equal found expected "A, B and C"

        for node in report.Nodes do
            Expect.equal (Seq.sum node.Lengths) report.Extent.Length "the words add up to the fleet's extent"

[<Tests>]
let tests =
    testList
        "fleet of recorded archives"
        [ addsUp
              "desertbus/source"
              [ 2259.712167m, 56m, 0m, 84.241833m, 56m, 56m
                2205.690167m, 110.022m, 0m, 84.241833m, 110.022m, 110.022m
                2311.712167m, 0m, 4m, 84.241833m, 0m, 4m ]

          addsUp
              "desertbus/160p"
              [ 2259.712167m, 0m, 0m, 136.241833m, 0m, 0m
                0m, 2259.712167m, 0m, 136.241833m, 2249.710167m, 2259.712167m
                2259.712167m, 0m, 0m, 136.241833m, 0m, 0m ]

          addsUp
              "midnight/source"
              [ 2306.857m, 54.038m, 0m, 6788.29m, 54.038m, 54.038m
                2226.785m, 134.11m, 0m, 6788.29m, 130.11m, 134.11m
                2360.895m, 0m, 0m, 6788.29m, 0m, 0m ]

          testCase "what no node has is what was lost on purpose"
          <| fun () ->
              let report = judge "desertbus/source" abc

              Expect.equal
                  (spans report.Lost.Intervals)
                  [ "08:43:28.348 21.989"; "08:58:30.049 61.259833"; "09:10:29.309 0.993" ]
                  "the stream was restarted, was down, and a recorder was restarted"

              Expect.equal (secondsOf report.Copies) [ 84.241833m; 0m; 170.022m; 2145.690167m ] "copies"
              Expect.equal report.Status FleetStatus.Lost "the status"

          testCase "C's marks would take 4 s from A and B, and keep them from C"
          <| fun () ->
              let report = judge "desertbus/source" abc

              for node in 0..1 do
                  let endangered = report.Nodes[node].Endangered
                  Expect.equal (spans (timesOf endangered)) [ "08:36:04.348 4" ] "when"
                  Expect.equal endangered[0].Reason FleetReason.Marked "why"
                  Expect.sequenceEqual endangered[0].Nodes.Nodes [ 2 ] "by whose mark"

              let withheld = report.Nodes[2].Withheld
              Expect.equal (spans (timesOf withheld)) [ "08:36:04.348 4" ] "when"
              Expect.sequenceEqual withheld[0].Nodes.Nodes [ 0; 1 ] "who has it"

          testCase "C is B after it copied from A: all that A offers B it has"
          <| fun () ->
              for stream in [ "desertbus/source"; "midnight/source" ] do
                  let alone = judge stream [ "A"; "B" ]
                  let c = (listing stream [ "C" ]).Nodes[0]

                  let names =
                      Set.ofSeq
                          [ for hour in c.Hours do
                                let names = Unchecked.nonNull hour.Names

                                for place in 0 .. names.Segments.Length - 1 ->
                                    Hour.toText hour.Hour + "/" + Encoding.UTF8.GetString(names.NameAt place) ]

                  let missing =
                      [ for file in alone.Nodes[1].Files do
                            let path = Hour.toText file.Hour + "/" + file.Name

                            if file.Fate = FleetFate.Offered && not (names.Contains path) then
                                path ]

                  Expect.isEmpty missing stream ]
