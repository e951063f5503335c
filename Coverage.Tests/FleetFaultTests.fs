/// What becomes of three processes of the program of fleets when one is killed or paused, when the database is away, and when two do
/// not reach each other: answers may be unknown for a while, and never wrong.
module Coverage.Tests.FleetFaultTests

open System
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Coverage
open Coverage.FleetServer
open Coverage.Tests.Sandbox
open Coverage.Tests.FleetSilos
open Coverage.Tests.FleetPrograms
open Coverage.Tests.FleetTruth
open Coverage.Tests.FleetCluster
open Coverage.Tests.FleetNetwork

let private sigkill, private sigcont, private sigstop = 9, 18, 19

/// Asks all the while something happens.
let private during what (cluster: Cluster) (truths: Truths) (happens: unit -> unit) =
    let client = Client(fun () -> cluster.Members)

    try
        Thread.Sleep 1000
        happens ()
    with e ->
        for number in 0..2 do
            printfn "%s: the log of process %d: %A" what number cluster[number].Log

        reraise ()

    report what (client.Stop truths.All)

/// The first file that a node gets by back-filling: the stream, HOUR/NAME, and when it is.
let private offered (truths: Truths) (node: int) : Name * string =
    truths.All.Head.Streams
    |> Map.toSeq
    |> Seq.pick (fun (name, (stream, _)) ->
        let lacking = item node stream?nodes

        items lacking?offered
        |> List.tryHead
        |> Option.map (fun file -> name, text file?segment))

/// Fills what a node lacks, as its back-filler does.
let private fill (folder: Folder) (truths: Truths) (node: string) (place: int) =
    let (channel, quality), segment = offered truths place
    truths.Change(fun () -> folder.File($"{node}/{channel}/{quality}/{segment}", 0L))

let private exclusive =
    [ "unknown"; "fillable"; "pending"; "withheld"; "open"; "deleted"; "lost" ]

/// At no instant a time had two words of which each excludes the other, or one of them twice.
let private holdsTogether (database: string) =
    let words = String.concat "," [ for word in exclusive -> $"'{word}'" ]

    let twice =
        query
            database
            $"""
            SELECT a.node || ' ' || a.word || ' and ' || b.word || ' of ' || a.start_us || ' ' || b.start_us
            FROM coverage_fleet.history_span AS a
            JOIN coverage_fleet.history_span AS b
                ON a.stream = b.stream AND a.node IS NOT DISTINCT FROM b.node AND a.ctid < b.ctid
            WHERE int8range(a.start_us, a.end_us) && int8range(b.start_us, b.end_us)
                AND int8range(a.opened_us, a.closed_us) && int8range(b.opened_us, b.closed_us)
                AND (a.word = b.word OR a.word IN ({words}) AND b.word IN ({words}))
            """

    Expect.isEmpty twice "no time has two words at once"

/// What is open in the history is what is said: of each stream, node and word so many seconds.
let private isAsSaid (asked: Member) (truths: Truths) =
    let ofHistory () =
        let spans =
            [ for span in items (asked.Get "fleet/history?fleet=bus&limit=10000")?items do
                  if text span?closed = "" && List.contains (text span?word) exclusive then
                      (nameOf span, text span?node, text span?word), span?seconds.GetDecimal() ]

        Map.ofList
            [ for key, spans in List.groupBy fst spans do
                  key, List.sumBy snd spans ]

    let said =
        Map.ofList
            [ for KeyValue(name, (stream, _)) in truths.All.Head.Streams do
                  for word in [ "lost"; "open"; "deleted" ] do
                      (name, "", word),
                      items (stream.GetProperty word)
                      |> List.sumBy _.GetProperty("seconds").GetDecimal()

                  for node in items stream?nodes do
                      for word in exclusive do
                          (name, text node?name, word), node?seconds.GetProperty(word).GetDecimal() ]
        |> Map.filter (fun _ seconds -> seconds > 0m)

    eventually "the history says what is said" (fun () -> ofHistory () = said)

/// The file of a fleet of four nodes, as they are reached at a host.
let private fileOf (folder: Folder) (nodes: Nodes) (host: string) =
    fleetsFile folder [ "bus", [ for name, at in nodes.Addresses host -> name, string at ] ]

/// Three processes and a fleet of four nodes with that many streams.
let private three (database: string) (streams: int) (test: Folder -> Cluster -> Truths -> unit) =
    use folder = new Folder()
    use nodes = new Nodes(folder, streams)
    let truths = Truths nodes.Folders
    use cluster = new Cluster(fileOf folder nodes "127.0.0.1", libpq database)
    cluster.AwaitAll(truths, [ 0; 1; 2 ])
    test folder cluster truths

/// A test of minutes.
let private deepTest name (test: unit -> unit) =
    if Gen.depth > 1 then [ testCase name test ] else []

let private all = [ 0; 1; 2 ]

let private killed () =
    let database = migrated ()

    three database 12 (fun folder cluster truths ->
        during "killed" cluster truths (fun () ->
            cluster[0].Signal sigkill
            cluster[0].End() |> ignore
            fill folder truths "A" 0
            cluster.AwaitAll(truths, [ 1; 2 ])

            eventually "the others know that it is gone" (fun () ->
                [ 1; 2 ]
                |> List.exists (fun number -> cluster[number].Log |> List.exists _.Contains(" is gone")))

            cluster.AwaitAll(truths, [ 1; 2 ])
            cluster.StartAgain 0
            cluster.AwaitAll(truths, all))

        isAsSaid cluster[0] truths
        holdsTogether database

        let filled =
            [ for item in items (cluster[1].Get "fleet/fill-times?fleet=bus&node=A")?items do
                  if text item?word = "fillable" then
                      item?pieces.GetInt32() ]

        Expect.isGreaterThan (List.sum filled) 0 "what was filled is counted"

        let opened fleet =
            query
                database
                $"""
                SELECT count(*) FROM coverage_fleet.history_span AS span
                JOIN coverage_fleet.history_stream AS stream ON stream.id = span.stream
                WHERE stream.fleet = '{fleet}' AND span.closed_us IS NULL
                """

        Expect.notEqual (opened "bus") [ "0" ] "some is open"

        // The fleet leaves the file, and another comes.
        let file = folder.At "fleets"
        let lines = File.ReadAllLines file
        File.WriteAllLines(file + ".new", "[other]" :: List.tail (List.ofArray lines))
        File.Move(file + ".new", file, overwrite = true)
        eventually "nothing is open of a fleet that is gone" (fun () -> opened "bus" = [ "0" ])
        eventually "but of the other" (fun () -> opened "other" <> [ "0" ]))

/// Pauses, absences and the end of all, one after the other.
let private oneAfterTheOther () =
    use server = PrivatePostgres.Own()
    let database = server.ConnectionString
    Expect.equal (fst (migrate false database)) 0 "migrated"

    three database 100 (fun folder cluster truths ->
        during "killed" cluster truths (fun () ->
            cluster[0].Signal sigkill
            cluster[0].End() |> ignore
            fill folder truths "A" 0
            cluster.AwaitAll(truths, [ 1; 2 ])
            Thread.Sleep 10_000
            cluster.StartAgain 0
            cluster.AwaitAll(truths, all))

        during "paused for 20 s" cluster truths (fun () ->
            cluster[1].Signal sigstop
            fill folder truths "B" 1
            Thread.Sleep 20_000
            cluster[1].Signal sigcont
            Expect.equal (cluster[1].End()) FatalEnd.TryAgain "it reads that it was declared dead"
            cluster.StartAgain 1
            cluster.AwaitAll(truths, all))

        let staysWhole what (away: unit -> unit) (back: unit -> unit) =
            during what cluster truths (fun () ->
                away ()
                fill folder truths "A" 0
                Thread.Sleep 25_000
                cluster.AwaitAll(truths, all)
                back ()
                isAsSaid cluster[0] truths)

        staysWhole "the database paused for 25 s" (fun () -> server.Signal sigstop) (fun () ->
            server.Signal sigcont)

        staysWhole "the database stopped for 25 s" server.Stop server.Start

        during "all killed at once" cluster truths (fun () ->
            for number in all do
                cluster[number].Signal sigkill

            fill folder truths "B" 1

            for number in all do
                cluster.StartAgain number

            cluster.AwaitAll(truths, all))

        isAsSaid cluster[2] truths
        holdsTogether database)

/// Certificates for processes, by the script that is packed for it: certificate, key and authority of each.
let private certificates (folder: Folder) (names: string list) =
    let script = Path.Combine(__SOURCE_DIRECTORY__, "../packaging/certificates.sh")
    outputOf ([ "bash"; script; folder.At "tls" ] @ names) |> ignore
    fun name -> [ for file in [ name + ".pem"; name + ".key"; "authority.pem" ] -> folder.At("tls/" + file) ]

/// Two processes do not reach each other, and both reach the third, the database and the nodes.
let private cutOff () =
    if not (canRun [ "openssl"; "version" ]) then
        skiptest "needs openssl"

    use server = PrivatePostgres.Own()
    let database = server.ConnectionString
    Expect.equal (fst (migrate false database)) 0 "migrated"
    use network = new Network(3)
    use folder = new Folder()
    use nodes = new Nodes(folder, 100)
    let truths = Truths nodes.Folders
    let ports = server.Port :: [ for _, at in nodes.Addresses network.Host -> at.Port ]
    let relays = [ for port in ports -> new Relay(network.Host, port) ]
    let tls = certificates folder [ "0"; "1"; "2" ]

    let options number =
        let files = tls (string number)

        [ "--bind"; network.Address number; "--metrics-port"; "8007" ]
        @ [ "--silo-address"; network.Address number ]
        @ List.concat (
            List.zip [ "--tls-certificate"; "--tls-key"; "--tls-authority" ] files
            |> List.map (fun (option, file) -> [ option; file ])
        )

    use cluster =
        new Cluster(
            (fun number -> network.Words number @ fleetProgram),
            options,
            (fun number -> $"http://{network.Address number}:8007"),
            fileOf folder nodes network.Host,
            (libpq database).Replace("127.0.0.1", network.Host)
        )

    cluster.AwaitAll(truths, all)

    during "two cut off from each other" cluster truths (fun () ->
        network.Cut(0, 1)
        fill folder truths "A" 0
        eventually "one of them ends" (fun () -> cluster[0].HasEnded || cluster[1].HasEnded)
        let ended, stays = if cluster[0].HasEnded then 0, 1 else 1, 0
        Expect.equal (cluster[ended].End()) FatalEnd.TryAgain "the code"
        cluster.AwaitAll(truths, [ stays; 2 ])
        Thread.Sleep 10_000
        network.Join(0, 1)
        cluster.StartAgain ended
        cluster.AwaitAll(truths, all))

    isAsSaid cluster[2] truths
    holdsTogether database

    for relay in relays do
        (relay :> IDisposable).Dispose()

[<Tests>]
let tests =
    testList
        "the program of fleets in a cluster"
        (testCase
            "one that is killed while an archive changes leaves no answer wrong, comes back, and the history holds together"
            killed
         :: deepTest
             "pauses, a database that is away and the end of all leave no answer wrong"
             oneAfterTheOther
         @ deepTest "two that do not reach each other leave no answer wrong" cutOff)
    |> testSequencedGroup "fleets"
