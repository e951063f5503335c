/// A fleet that is looked at again and again says after each change what a fresh comparison of all names says.
module Coverage.Tests.FleetWatchTests

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.IO
open System.Text
open System.Threading
open System.Threading.Tasks
open Expecto
open FsCheck.FSharp
open Coverage
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox
open Coverage.Tests.NodeServer

let private stream = StreamName("c", "source")
let private firstHour = (Hour.tryParse "2025-11-07T10").Value
let private hours = 8

/// What lies in an hour of a node that a test makes up; no names where it cannot be read.
type private HourOf = Set<string> option

/// A node that a test makes up.
type private MadeUp(clock: unit -> Units.Instant, sizeOf: string -> int64) =
    inherit NodeReader()

    override _.Kind = "made up"

    member val Hours: Map<int, HourOf> = Map.empty with get, set
    member val Files: string list = [] with get, set
    member val IsHeard = true with get, set

    /// Whether the names it gives are others than those that it lists in short: those of another moment.
    member val IsApart = false with get, set

    member val Asked = 0 with get, set

    member private _.Read(number: int, names: Set<string>) =
        let block = String.Join("", names |> Seq.map (fun name -> name + "/"))
        HourNames.read (firstHour + number * 1<hour>) (ReadOnlySpan(Encoding.ASCII.GetBytes block))

    override _.StreamsAsync(_, _, _) =
        Task.FromResult(Heard<IReadOnlyList<StreamName>>.Answer([| stream |], clock ()))

    override this.ListAsync(_, settings, _) =
        let digests =
            [ for KeyValue(number, hour) in this.Hours ->
                  let at = Units.Hour(int firstHour + number)

                  match hour with
                  | _ when not (Report.isIn settings (firstHour + number * 1<hour>)) -> HourDigest.Empty at
                  | None -> HourDigest.Unknown at
                  | Some names -> HourDigest.Of(this.Read(number, names)) ]

        Task.FromResult(
            if this.IsHeard then
                Heard<StreamListing>
                    .Answer(
                        StreamListing(
                            ImmutableArray.CreateRange digests,
                            ImmutableArray.CreateRange this.Files,
                            ImmutableArray.Empty,
                            ImmutableArray.Empty
                        ),
                        clock ()
                    )
            else
                Heard<StreamListing>.Nothing "it is silent"
        )

    override this.NamesAsync(_, hour, _) =
        this.Asked <- this.Asked + 1

        let number = hour.Number - int firstHour

        Task.FromResult(
            match this.Hours.TryFind number with
            | Some(Some names) ->
                let given =
                    if this.IsApart then
                        names |> Set.filter (fun name -> name[4] <> '0')
                    else
                        names

                Heard<HourNames>.Answer(this.Read(number, given), clock ())
            | Some None -> Heard<HourNames>.Nothing "it cannot be read"
            | None -> Heard<HourNames>()
        )

    override _.SizesAsync(_, names, places, _) =
        let sizes =
            [| for place in places -> sizeOf (Encoding.ASCII.GetString(names.NameAt place)) |]

        Task.FromResult(Heard<int64[]>.Answer(sizes, clock ()))

    override _.AddressOf(_, _, name) = name

let private whole (hash: char) = String(hash, 43)

/// Names: some at the edges of an hour and some over them, twins, names near each other, files that lose, and names that are none.
let private pool =
    [| for start, duration, kind, hash in
           [ "00:00.0", "600", "full", whole 'a'
             "00:00.5", "600", "full", whole 'a'
             "00:00.0", "300", "partial", whole 'b'
             "10:00.0", "600", "full", whole 'c'
             "10:00.004", "600", "full", whole 'c'
             "10:01.0", "600", "full", whole 'c'
             "10:02.5", "600", "full", whole 'c'
             "10:03.0", "600", "full", whole 'c'
             "20:00.0", "1200", "suspect", whole 'd'
             "20:00.0", "1100", "suspect", whole 'e'
             "20:00.0", "900", "partial", whole 'f'
             "20:00.0", "800", "partial", whole 'g'
             "30:00.0", "600", "full", "AAAA"
             "40:00.0", "1200", "full", whole 'h'
             "40:00.0", "1205", "full", whole 'i'
             "45:00.0", "4500", "partial", whole 'j'
             "59:59.0", "2", "full", whole 'k'
             "59:59.5", "2", "full", whole 'k'
             "00:00.2", "2", "full", whole 'k'
             "00:30.0", "inf", "full", whole 'l' ] do
           $"{start}-{duration}-{kind}-{hash}.ts"
           $"{start}-{duration}-{kind}-{hash}.tombstone"
       "50:00.0-2-temp-abc.ts"
       "bad.ts" |]

/// A change of some nodes: of the first, the second, the third, or of all.
type private Change =
    | Turns of name: string * hour: int * nodes: int list
    | Leaves of hour: int * nodes: int list
    | IsShut of hour: int * node: int
    | Vanishes of node: int
    | HasFile of name: string * node: int
    | Passes of seconds: int64
    | Resizes
    /// For some looks names and digests are of different moments, after a change.
    | Parts of name: string * hour: int * node: int * looks: int

let private changes: FsCheck.Gen<Change> =
    let hour = Gen.choose (0, hours - 1)
    let node = Gen.choose (0, 2)
    let all = Gen.constant [ 0; 1; 2 ]
    let nodes = Gen.frequency [ 3, Gen.map List.singleton node; 3, all ]

    Gen.frequency
        [ 12, Gen.map3 (fun name hour nodes -> Turns(name, hour, nodes)) (Gen.elements pool) hour nodes
          1, Gen.map2 (fun hour nodes -> Leaves(hour, nodes)) hour nodes
          1, Gen.map2 (fun hour node -> IsShut(hour, node)) hour node
          1, Gen.map Vanishes node
          1, Gen.map2 (fun name node -> HasFile(name, node)) (Gen.elements [ "x"; "2025-11-07T12.x" ]) node
          1, Gen.map Passes (Gen.choose64 (1L, 4000L))
          1, Gen.constant Resizes
          2,
          Gen.map2
              (fun (name, looks) (hour, node) -> Parts(name, hour, node, looks))
              (Gen.zip (Gen.elements pool) (Gen.choose (1, 3)))
              (Gen.zip hour node) ]

/// A start that all nodes list, a way to look, and changes.
let private worlds =
    Gen.zip3
        (Gen.listOfLength 60 (Gen.zip (Gen.choose (0, hours - 1)) (Gen.elements pool)))
        (Gen.elements
            [ []
              [ "--first-hour"; "2025-11-07T12" ]
              [ "--last-hour"; "2025-11-07T15"; "--backfill-window"; "5h" ] ])
        (Gen.listOf changes |> Gen.resize 25)

let private optionsOf (arguments: string list) =
    Asking.run [] ([ "fleet"; "--node"; "A=/a"; "--node"; "B!=/b"; "--node"; "C=/c" ] @ arguments)

/// What is said of the stream when every name is read by readers that know nothing yet, and nothing is kept.
let private afresh (options: Options) (readers: NodeReader list) (now: Units.Instant) : FleetReport =
    let settings: Settings =
        { Tolerance = options.ToleranceMicroseconds
          FirstHour = ValueOption.ofNullable options.FirstHour
          LastHour = ValueOption.ofNullable options.LastHour }

    let lists =
        [ for reader in readers -> (reader.ListAsync(stream, settings, CancellationToken.None).Result).Value ]

    let numbers =
        [ for list in lists do
              match list with
              | null -> ()
              | list ->
                  for hour in list.Hours do
                      if Engine.IsIn(settings, hour.Hour.Number) then
                          hour.Hour.Number ]
        |> List.distinct

    let named =
        [ for hour in numbers do
              let names =
                  [| for reader, list in List.zip readers lists ->
                         match list with
                         | null -> null
                         | list when
                             list.Hours
                             |> Seq.exists (fun one -> one.Hour.Number = hour && one.Count.HasValue)
                             ->
                             (reader.NamesAsync(stream, Units.Hour hour, CancellationToken.None).Result).Value
                         | _ -> null |]

              let mutable unsized = Fleet.unsized names

              while not unsized.IsEmpty do
                  for node, files in unsized |> Seq.groupBy _.Node do
                      let places = files |> Seq.map _.Place |> ImmutableArray.CreateRange
                      let its = Unchecked.nonNull names[node]

                      let sizes =
                          readers[node].SizesAsync(stream, its, places, CancellationToken.None).Result

                      names[node] <-
                          HourNames.withSizes places (ImmutableArray.CreateRange(nonNull sizes.Value)) its

                  unsized <- Fleet.unsized names

              hour, names ]
        |> Map.ofList

    let listing (node: int) (list: StreamListing | null) : NodeListing =
        { IsSource = options.Fleet.Nodes[node].IsSource
          IsKnown = not (isNull list)
          Hours =
            ImmutableArray.CreateRange
                [ match list with
                  | null -> ()
                  | list ->
                      for hour in list.Hours ->
                          { Hour = hour.Hour.Number * 1<hour>
                            Names =
                              match named.TryFind hour.Hour.Number with
                              | Some names -> names[node]
                              | None -> null } ]
          Files =
            match list with
            | null -> ImmutableArray.Empty
            | list -> list.Files
          Folders =
            match list with
            | null -> ImmutableArray.Empty
            | list -> list.Folders }

    FleetGen.judged
        { Settings = settings
          Now = Instant.ofMicroseconds now.Microseconds
          Cutoff = options.Fleet.CutoffMicroseconds
          Window = ValueOption.ofNullable options.Fleet.WindowMicroseconds }
        { Nodes = lists |> List.mapi listing |> ImmutableArray.CreateRange
          Base = ValueNone }

let private readerOf (options: Options) (readers: NodeReader list) =
    FleetReader(
        ImmutableArray.CreateRange(
            [ for node, reader in Seq.zip options.Fleet.Nodes readers -> struct (node, reader) ]
        ),
        options
    )

let private look (reader: FleetReader) (now: Units.Instant) =
    Seq.exactlyOne (reader.LookAsync(now, CancellationToken.None).Result).Streams

/// Makes a world, changes it, and looks after each change, twice; what is found is told.
let private staysRight (found: HashSet<string>) (start, arguments, changes) =
    let options = optionsOf arguments
    let mutable now = Units.Instant(int64 (Hour.start (firstHour + hours * 1<hour>)))
    let mutable factor = 1L

    let sizeOf (name: string) =
        // Of some names the file is gone.
        if name.Contains 'g' then
            -1L
        else
            factor * int64 name[name.Length - 4] % 101L

    let nodes = [ for _ in 0..2 -> MadeUp((fun () -> now), sizeOf) ]
    let readers = nodes |> List.map (fun node -> node :> NodeReader)

    let turn name hour (node: MadeUp) =
        match defaultArg (node.Hours.TryFind hour) (Some Set.empty) with
        | Some names ->
            let change = if names.Contains name then Set.remove else Set.add
            node.Hours <- node.Hours.Add(hour, Some(change name names))
        | None -> node.Hours <- node.Hours.Add(hour, Some Set.empty)

    for hour, name in start do
        for node in nodes do
            turn name hour node

    let reader = readerOf options readers

    let isAsAfresh (change: Change) =
        let expected = afresh options readers now
        let said = look reader now
        Expect.equal (FleetTests.text said.Report) (FleetTests.text expected) $"after {change}"

        for node in nodes do
            node.Asked <- 0

        let again = look reader now
        let asked = nodes |> List.sumBy _.Asked

        if said.Failures.IsEmpty then
            Expect.isTrue (obj.ReferenceEquals(again.Report, said.Report)) "an unchanged look says the same"
            Expect.equal asked 0 "an unchanged look asks for no names"

        if not expected.Twins.IsEmpty then
            found.Add "twins" |> ignore

        for blocker in expected.Blockers do
            found.Add $"{blocker.Reason}" |> ignore

        found.Add $"{expected.Status}" |> ignore

    isAsAfresh Resizes

    for change in changes do
        match change with
        | Turns(name, hour, which) ->
            for node in which do
                turn name hour nodes[node]
        | Leaves(hour, which) ->
            for node in which do
                nodes[node].Hours <- nodes[node].Hours.Remove hour
        | IsShut(hour, node) -> nodes[node].Hours <- nodes[node].Hours.Add(hour, None)
        | Vanishes node -> nodes[node].IsHeard <- not nodes[node].IsHeard
        | HasFile(name, node) -> nodes[node].Files <- name :: nodes[node].Files
        | Passes seconds -> now <- Units.Instant(now.Microseconds + seconds * 1_000_000L)
        | Resizes -> factor <- factor + 1L
        | Parts(name, hour, node, looks) ->
            nodes[node].IsApart <- true
            turn name hour nodes[node]

            for _ in 1..looks do
                look reader now |> ignore

            nodes[node].IsApart <- false

        isAsAfresh change

let private config =
    { Gen.config with
        maxTest = 100 * Gen.depth }

/// A node in a folder, in which a test changes files.
let private inFolder (folder: Folder) (now: unit -> Units.Instant) : NodeReader =
    FolderNode(folder.Path, now, StampPolicy.Auto)

let private foldersStayRight (start, arguments, changes) =
    let options = optionsOf arguments
    let mutable now = Units.Instant(int64 (Hour.start (firstHour + hours * 1<hour>)))
    let folders = [ for _ in 0..2 -> new Folder() ]

    try
        let at (folder: Folder) hour =
            folder.At $"c/source/{Hour.toText (firstHour + hour * 1<hour>)}"

        let turn (name: string) hour (folder: Folder) =
            let path = Path.Combine(at folder hour, name)

            if File.Exists path then
                File.Delete path
            else
                Directory.CreateDirectory(at folder hour) |> ignore
                File.WriteAllText(path, String(' ', name.Length % 7))

        for folder in folders do
            Directory.CreateDirectory(folder.At "c/source") |> ignore

            for hour, name in start do
                turn name hour folder

        let fresh () =
            [ for folder in folders -> inFolder folder (fun () -> now) ]

        let reader = readerOf options (fresh ())

        for change in changes do
            match change with
            | Turns(name, hour, which) ->
                for node in which do
                    turn name hour folders[node]
            | Leaves(hour, which) ->
                for node in which do
                    if Directory.Exists(at folders[node] hour) then
                        Directory.Delete(at folders[node] hour, true)
            | IsShut(hour, node) -> turn pool[0] hour folders[node]
            | Vanishes node ->
                let path = folders[node].Path

                if Directory.Exists path then
                    Directory.Move(path, path + ".away")
                else
                    Directory.Move(path + ".away", path)
            | Parts _ -> ()
            | HasFile(name, node) ->
                if Directory.Exists(folders[node].At "c/source") then
                    File.WriteAllText(folders[node].At $"c/source/{name}", "")
            | Passes seconds -> now <- Units.Instant(now.Microseconds + seconds * 1_000_000L)
            | Resizes ->
                for path in
                    Directory.EnumerateFiles(folders[0].At "c/source", "*.ts", SearchOption.AllDirectories) do
                    File.AppendAllText(path, "more")

            // With no node that is heard nothing is found.
            if folders |> List.exists (fun folder -> Directory.Exists folder.Path) then
                let expected = afresh options (fresh ()) now

                Expect.equal
                    (FleetTests.text (look reader now).Report)
                    (FleetTests.text expected)
                    $"after {change}"
    finally
        for folder in folders do
            if Directory.Exists(folder.Path + ".away") then
                Directory.Move(folder.Path + ".away", folder.Path)

            (folder :> IDisposable).Dispose()

[<Tests>]
let tests =
    testList
        "fleet watch"
        [ testPropertyWithConfig
              config
              "after each change the same is said as when all names are read afresh"
              (Prop.forAll (Arb.fromGen worlds) (staysRight (HashSet())))

          testPropertyWithConfig
              { config with maxTest = 10 * Gen.depth }
              "so it is of nodes in folders"
              (Prop.forAll (Arb.fromGen worlds) (fun (start, arguments, changes) ->
                  let isPossible change =
                      match change with
                      | Turns _
                      | Leaves _
                      | Resizes
                      | HasFile _ -> true
                      | _ -> false

                  // Files change while all folders are there; then folders come and go.
                  let first, rest = List.partition isPossible changes

                  let rest =
                      rest
                      |> List.filter (fun change ->
                          match change with
                          | IsShut _
                          | Parts _ -> false
                          | _ -> true)

                  foldersStayRight (start, arguments, first @ rest)))

          testCase "the random worlds hold twins, blockers, unknown nodes and lost time"
          <| fun () ->
              let found = HashSet<string>()

              for world in Gen.sampleWithSeed (FsCheck.Rnd 7UL) 25 60 worlds do
                  staysRight found world

              for what in [ "twins"; "Duration"; "File"; "Marks"; "Unknown"; "Lost" ] do
                  Expect.isTrue (found.Contains what) $"{what} is reached"

          testCase "names are asked of one node, and only in hours that differ or are new"
          <| fun () ->
              let now = Units.Instant(int64 (Hour.start (firstHour + hours * 1<hour>)))
              let nodes = [ for _ in 0..2 -> MadeUp((fun () -> now), (fun _ -> 1L)) ]
              let name = pool[0]

              for node in nodes do
                  node.Hours <- Map.ofList [ for hour in 0 .. hours - 1 -> hour, Some(Set.singleton name) ]

              let reader = readerOf (optionsOf []) [ for node in nodes -> node :> NodeReader ]

              let asked () =
                  look reader now |> ignore
                  let asked = nodes |> List.map _.Asked

                  for node in nodes do
                      node.Asked <- 0

                  asked

              Expect.equal (asked ()) [ hours; 0; 0 ] "each hour once"
              Expect.equal (asked ()) [ 0; 0; 0 ] "none"
              nodes[1].Hours <- nodes[1].Hours.Add(2, Some(Set.ofList [ name; pool[6] ]))

              Expect.equal
                  (asked ())
                  [ 2; 1; 0 ]
                  "the hour in which one differs, and the one after it: the other reaches further"

              nodes[1].IsHeard <- false
              Expect.equal (asked ()) [ 0; 0; 0 ] "none: what is left is alike and known"
              nodes[1].IsHeard <- true
              nodes[1].Hours <- nodes[0].Hours
              Expect.equal (asked ()) [ 0; 0; 0 ] "none: so it was"

          archiveTest "so it is of services: names are asked for where they list other things than a folder"
          <| fun archive ->
              use other = new Folder()
              let now = Units.Instant(int64 (Hour.start (firstHour + hours * 1<hour>)))

              for hour in 0 .. hours - 1 do
                  for folder in [ archive; other ] do
                      folder.File($"c/source/{Hour.toText (firstHour + hour * 1<hour>)}/{pool[0]}", 3L)

              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()
              use server = new NodeServer(forward service.Port)

              let readers () : NodeReader list =
                  [ HttpNode(
                        server.Address,
                        null,
                        (fun () -> now),
                        Units.Duration 600_000_000L,
                        TimeProvider.System
                    )
                    inFolder other (fun () -> now) ]

              let options =
                  Asking.run [] [ "fleet"; "--node"; $"A={server.Address}"; "--node"; $"B={other.Path}" ]

              let reader = readerOf options (readers ())

              let names () =
                  [ for _, path in server.TakeAsked() do
                        if path.StartsWith "/api/v1/names" then
                            path.Substring(path.IndexOf "hour=" + 5) ]

              let isRight what expected =
                  let said = look reader now
                  Expect.equal (List.sort (names ())) expected what

                  Expect.equal
                      (FleetTests.text said.Report)
                      (FleetTests.text (afresh options (readers ()) now))
                      what

                  names () |> ignore

              isRight "alike" []
              archive.File($"c/source/2025-11-07T12/{pool[6]}", 3L)
              isRight "one hour differs" [ "2025-11-07T12" ]
              isRight "and stays so" []
              File.Delete(archive.At $"c/source/2025-11-07T14/{pool[0]}")
              archive.File($"c/source/2025-11-07T14/{pool[4]}", 3L)
              isRight "another has another file" [ "2025-11-07T14" ]
              other.File($"c/source/2025-11-07T12/{pool[6]}", 3L)
              isRight "the first is alike again" []
              Directory.Delete(archive.At "c/source/2025-11-07T10", true)
              isRight "an hour is gone" []
              other.File($"c/source/2025-11-07T18/{pool[0]}", 3L)
              archive.File($"c/source/2025-11-07T18/{pool[2]}", 3L)
              isRight "a new hour" [ "2025-11-07T18" ] ]
