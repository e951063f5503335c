/// Several processes of the program of fleets that share a database, their nodes, and a client that asks all of them each second
/// and compares each answer with the truth.
module Coverage.Tests.FleetCluster

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Net.Http
open System.Text.Json
open System.Threading
open Expecto
open Npgsql
open Coverage.Tests.NodeServer
open Coverage.Tests.Sandbox
open Coverage.Tests.FleetPrograms

/// A node that gives again what another answered: it was asked once for all that there is.
let private replay (recorded: ConcurrentDictionary<string * string, Reply>) (request: Request) : Reply =
    match recorded.TryGetValue((request.Method, request.Path)) with
    | true, Answer(status, headers, body) ->
        // With the date of now.
        Answer(
            status,
            [ for name, value in headers do
                  if name <> "Date" then
                      name, value ],
            body
        )
    | _ -> NodeServer.text 503 "not recorded"

/// Four nodes of a fleet: two that serve archives, and two that replay what such a service answered of theirs.
type Nodes(folder: Folder, streams: int) =
    let names = [ "A"; "B"; "C"; "D" ]

    do
        for node, name in Seq.indexed names do
            makeArchive folder name node streams

    let serve name =
        let service =
            new Service(itself, [], [ "serve"; "--base-dir"; folder.At name; "--qualities"; "*" ])

        service.AwaitReady()
        service

    let record (name: string) : NodeServer =
        use service = serve name
        let recorded = ConcurrentDictionary<string * string, Reply>()

        let server =
            new NodeServer(fun request ->
                let reply = forward service.Port request
                recorded[(request.Method, request.Path)] <- reply
                reply)

        // Beside a node without anything every hour is asked for by name.
        let empty = folder.At "nothing"
        Directory.CreateDirectory empty |> ignore
        fresh [ name, server.Address; "nothing", empty ] |> ignore
        server.Answers(replay recorded)
        server

    let served = [ serve "A"; serve "B" ]
    let replayed = [ record "C"; record "D" ]

    /// Where they are for the program.
    member _.Addresses(host: string) : (string * Uri) list =
        List.zip
            names
            ([ for service in served -> Uri $"http://{host}:{service.Port}" ]
             @ [ for server in replayed -> UriBuilder(server.Address, Host = host).Uri ])

    /// Where what they list lies, for a comparison without the program.
    member _.Folders = [ for name in names -> name, folder.At name ]

    interface IDisposable with
        member _.Dispose() =
            for service in served do
                (service :> IDisposable).Dispose()

            for server in replayed do
                (server :> IDisposable).Dispose()

/// What is true of the streams, from one instant to another.
type Truth =
    { From: DateTime
      Until: DateTime
      Streams: Map<Name, JsonElement * string> }

let private truthOf (nodes: (string * string) list) : Map<Name, JsonElement * string> =
    Map.ofList [ for stream in items (fresh nodes)?streams -> nameOf stream, (stream, said stream) ]

/// The truth of an archive that changes.
type Truths(nodes: (string * string) list) =
    let mutable all =
        [ { From = DateTime.MinValue
            Until = DateTime.MaxValue
            Streams = truthOf nodes } ]

    member _.All = all

    /// Changes the archive; while it changes both are true.
    member _.Change(change: unit -> unit) =
        let from = DateTime.UtcNow
        let last = List.head all

        // Before it is known what it says now, either may be answered: it is judged when the client has ended.
        change ()
        let until = DateTime.UtcNow

        all <-
            { From = from
              Until = DateTime.MaxValue
              Streams = truthOf nodes }
            :: { last with Until = until }
            :: List.tail all

/// What became of one question to one process.
type Outcome =
    /// All of it is told.
    | Told
    /// So many streams are unknown; all of them where it says 503.
    | Unknown of int
    /// No answer.
    | Silent
    /// A wrong answer, and why.
    | Wrong of string

let private lostOf (stream: JsonElement) =
    items stream?lost |> List.sumBy (fun span -> span?seconds.GetDecimal())

/// Judges what a process answered, and when.
let judge (truths: Truth list) (at: DateTime) (status: int, body: string) : Outcome =
    let names = Map.keys (List.head truths).Streams

    match status with
    | 503 -> Unknown names.Count
    | 200 ->
        let answer = JsonElement.Parse body

        let streams =
            Map.ofList [ for stream in items answer?streams -> nameOf stream, stream ]

        let isHeard =
            items answer?nodes |> List.forall (fun node -> node?known.GetBoolean())

        // What is said of a stream was true at some instant between that of the oldest listing and now.
        let isTrue name (stream: JsonElement) =
            let asOf = stream?as_of.GetDateTime().ToUniversalTime()

            truths
            |> List.exists (fun truth ->
                asOf <= truth.Until && truth.From <= at && snd truth.Streams[name] = said stream)

        let wrong =
            [ for name in names do
                  match streams.TryFind name with
                  | None when isHeard -> $"{name} is missing, and every node was heard"
                  | None -> ()
                  | Some stream when text stream?status = "unknown" ->
                      let most =
                          truths |> List.map (fun truth -> lostOf (fst truth.Streams[name])) |> List.max

                      if lostOf stream > most then
                          $"{name} is unknown, and more of it is lost than there is: {stream}"
                  | Some stream when not (isTrue name stream) ->
                      $"{name} as of {stream?as_of} at {at:O}: {stream}; and not {snd (List.head truths).Streams[name]}"
                  | _ -> ()
              for name in streams.Keys do
                  if not (Seq.contains name names) then
                      $"{name} is no stream" ]

        let unknown =
            names.Count
            - Seq.length (
                streams
                |> Seq.filter (fun (KeyValue(_, stream)) -> text stream?status <> "unknown")
            )

        if wrong <> [] then Wrong(String.concat "\n" wrong)
        elif unknown > 0 then Unknown unknown
        else Told
    | other -> Wrong $"status {other}: {body}"

/// A process of the program, with what it logs.
type Member(words: string list, args: string list, address: string) =
    let log = ConcurrentQueue<string>()
    let running = start [] (words @ args)

    // A machine that pauses leaves its clients without an answer; they do not wait for long.
    static let http = new HttpClient(Timeout = TimeSpan.FromSeconds 3.0)

    do
        running.ErrorDataReceived.Add(fun line -> line.Data |> Option.ofObj |> Option.iter log.Enqueue)
        running.BeginErrorReadLine()

    member _.Id = running.Id
    member _.Log: string list = List.ofSeq log
    member _.HasEnded = running.HasExited

    /// Waits for its end: the exit code.
    member _.End() : int =
        eventually "the process ends" (fun () -> running.HasExited)
        running.WaitForExit()
        running.ExitCode

    member _.Signal(signal: int) =
        Expect.equal (kill (running.Id, signal)) 0 "the signal is sent"

    /// The status and the text of an answer; nothing while there is none.
    member _.TryGet(path: string) : (int * string) option =
        try
            use answer = http.GetAsync($"{address}/api/v1/{path}").Result
            Some(int answer.StatusCode, answer.Content.ReadAsStringAsync().Result)
        with :? AggregateException ->
            None

    member this.Get(path: string) : JsonElement =
        match this.TryGet path with
        | Some(200, body) -> JsonElement.Parse body
        | other -> failtestf "%s: %A; the log: %A" path other this.Log

    interface IDisposable with
        member _.Dispose() =
            if not running.HasExited then
                running.Kill(entireProcessTree = true)

            running.Dispose()

/// Asks every process each second for every stream of the fleet, from when it is made until it is stopped.
type Client(members: unit -> Member[]) =
    let answers = ConcurrentQueue<int * int * DateTime * (int * string) option>()
    let mutable isStopping = false
    let clock = Stopwatch.StartNew()

    let askEachSecond (process': int) =
        let mutable second = 0

        while not isStopping do
            let asked = Array.item process' (members ())
            let answer = asked.TryGet "fleet/streams?fleet=bus"
            answers.Enqueue((process', second, DateTime.UtcNow, answer))
            second <- int clock.Elapsed.TotalSeconds + 1
            let rest = float second - clock.Elapsed.TotalSeconds
            Thread.Sleep(TimeSpan.FromSeconds(max 0.0 rest))

    let threads =
        [ for process' in 0 .. (members ()).Length - 1 ->
              let thread = Thread((fun () -> askEachSecond process'), IsBackground = true)
              thread.Start()
              thread ]

    member _.Now = clock.Elapsed.TotalSeconds

    /// Stops it: what each process answered in each second.
    member _.Stop(truths: Truth list) : (int * int * Outcome) list =
        isStopping <- true

        for thread in threads do
            thread.Join()

        [ for process', second, at, answer in answers do
              process', second, Option.fold (fun _ -> judge truths at) Silent answer ]

/// Prints of each process for how many seconds it did not tell all; no answer may be wrong.
let report (what: string) (outcomes: (int * int * Outcome) list) =
    for process', all in List.groupBy (fun (process', _, _) -> process') outcomes do
        let count which =
            all |> List.filter (fun (_, _, outcome) -> which outcome) |> List.length

        printfn
            "%s: process %d of %d s told all in %d, something was unknown in %d, no answer in %d"
            what
            process'
            all.Length
            (count _.IsTold)
            (count _.IsUnknown)
            (count _.IsSilent)

    let wrong =
        [ for process', second, outcome in outcomes do
              match outcome with
              | Wrong why -> $"process {process'} in second {second}: {why}"
              | _ -> () ]

    Expect.isEmpty wrong $"{what}: no answer is wrong"

/// Three processes over a file of fleets and a database. `words` and `options` say how one of a number is started, `address` where
/// it answers.
type Cluster
    (
        words: int -> string list,
        options: int -> string list,
        address: int -> string,
        fleets: string,
        database: string
    ) =
    let launch number =
        let args =
            [ "serve"
              "--fleet-file"
              fleets
              "--cluster"
              database
              "--check-interval"
              "2" ]

        new Member(words number, args @ options number, address number)

    let members = [| for number in 0..2 -> launch number |]

    /// Three on loopback.
    new(fleets, database) =
        let ports, silos =
            [| for _ in 0..2 -> freePort () |], [| for _ in 0..2 -> freePort () |]

        let options number =
            [ "--bind"
              "127.0.0.1"
              "--metrics-port"
              string ports[number]
              "--silo-port"
              string silos[number] ]

        new Cluster(
            (fun _ -> fleetProgram),
            options,
            (fun number -> $"http://127.0.0.1:{ports[number]}"),
            fleets,
            database
        )

    member _.Members = members
    member _.Item(number: int) = members[number]

    /// Starts one again that has ended.
    member _.StartAgain(number: int) =
        (members[number] :> IDisposable).Dispose()
        members[number] <- launch number

    /// Starts again what the others have declared dead, as the unit does.
    member this.Tend() =
        for number in 0..2 do
            if members[number].HasEnded then
                let code = members[number].End()

                if code <> Coverage.FleetServer.FatalEnd.TryAgain then
                    failtestf "process %d ended with %d: %A" number code members[number].Log

                printfn "process %d was declared dead; it is started again" number
                this.StartAgain number

    /// Waits until some processes tell all of the newest truth.
    member this.AwaitAll(truths: Truths, numbers: int list) =
        let newest = List.truncate 1 truths.All

        eventually $"the processes {numbers} tell all" (fun () ->
            for number in numbers do
                if members[number].HasEnded then
                    this.Tend()

            numbers
            |> List.forall (fun number ->
                match members[number].TryGet "fleet/streams?fleet=bus" with
                | Some answer -> judge newest DateTime.UtcNow answer = Told
                | None -> false))

    interface IDisposable with
        member _.Dispose() =
            for one in members do
                (one :> IDisposable).Dispose()

/// The words of libpq for a database that the driver's words name.
let libpq (database: string) : string =
    let it = NpgsqlConnectionStringBuilder database
    $"host={it.Host} port={it.Port} user={it.Username} password={it.Password} dbname={it.Database}"
