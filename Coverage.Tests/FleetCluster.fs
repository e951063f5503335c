/// Several processes of the program of fleets that share a database, and a client that asks all of them each second and compares
/// each answer with the truth.
module Coverage.Tests.FleetCluster

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.Net.Http
open System.Text.Json
open System.Threading
open Expecto
open Npgsql
open Coverage.Tests.Sandbox
open Coverage.Tests.FleetPrograms
open Coverage.Tests.FleetTruth

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
    for process', all in outcomes |> List.groupBy (fun (process', _, _) -> process') |> List.sortBy fst do
        let asked = [ for _, second, outcome in all -> second, outcome ] |> List.sortBy fst

        // A question without an answer takes some seconds: it stands for all until the next one.
        let until = (List.map fst asked |> List.tail) @ [ fst (List.last asked) + 1 ]

        let seconds which =
            List.zip asked until
            |> List.sumBy (fun ((second, outcome), until) -> if which outcome then until - second else 0)

        printfn
            "%s: process %d told all for %d s; something was unknown for %d s, no answer came for %d s"
            what
            process'
            (seconds _.IsTold)
            (seconds _.IsUnknown)
            (seconds _.IsSilent)

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

    /// Starts again what the others have declared dead, as the unit does: a busy machine may be too slow for them.
    member this.Tend(numbers: int list) =
        for number in numbers do
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
            this.Tend numbers

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
