/// Nodes of a fleet, what is true of their streams while one changes, and whether an answer is.
module Coverage.Tests.FleetTruth

open System
open System.Collections.Concurrent
open System.IO
open System.Text.Json
open Expecto
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
