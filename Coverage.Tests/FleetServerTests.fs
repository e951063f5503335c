/// The program of fleets as one process: what it says is what a fresh comparison says, whatever comes, goes or fails.
module Coverage.Tests.FleetServerTests

open System
open System.IO
open System.Text.Json
open Expecto
open Coverage.Tests.Sandbox
open Coverage.Tests.FleetPrograms

/// The program over a file of fleets, one look a second.
let private serve (file: string) (more: string list) =
    new Service(fleetProgram, [], [ "serve"; "--fleet-file"; file; "--check-interval"; "1" ] @ more)

let private ask (service: Service) (path: string) : string =
    match service.TryGet $"/api/v1/{path}" with
    | Some(200, answer) -> answer
    | other -> failtestf "%s: %A; the log: %A" path other service.Log

let private streams (service: Service) (fleet: string) : JsonElement =
    JsonElement.Parse(ask service $"fleet/streams?fleet={Uri.EscapeDataString fleet}")

/// Waits until it says of a fleet what is said of its nodes anew.
let private agrees (service: Service) (fleet: string) (nodes: (string * string) list) =
    eventually $"{fleet} is told of" (fun () ->
        match service.TryGet $"/api/v1/fleet/streams?fleet={Uri.EscapeDataString fleet}" with
        | Some(200, answer) ->
            let answer = JsonElement.Parse answer
            streamsOf answer = streamsOf (fresh nodes)
        | _ -> false)

/// The fleets that it answers of, with the status of each.
let private fleets (service: Service) =
    [ for one in items (JsonElement.Parse(ask service "fleets"))?fleets -> text one?fleet, text one?status ]

/// A channel whose name means something to everyone who handles it.
let private oddChannel = "a b%2F#ü?&=*\"'"

/// A list of files without the line that says when it was made.
let private undated (list: string) =
    list.Split '\n'
    |> Array.filter (fun line -> not (line.Contains " lacks, as of "))
    |> List.ofArray

let private four (folder: Folder) =
    [ for node, name in Seq.indexed [ "A"; "B"; "C"; "D" ] do
          makeArchive folder name node 5

          if node < 2 then
              folder.Files($"{name}/{oddChannel}/source/2025-11-07T18", listedBy 5 node 18)

          name, folder.At name ]

let private served (folder: Folder) (name: string) =
    let service =
        new Service(itself, [], [ "serve"; "--base-dir"; folder.At name; "--qualities"; "*" ])

    service.AwaitReady()
    service

let private singleTest name (test: Folder -> (string * string) list -> unit) =
    archiveTest name (fun folder -> test folder (four folder))

[<Tests>]
let tests =
    testList
        "the program of fleets"
        [ singleTest
              "says of several fleets, of nodes in folders and over HTTP, what a fresh comparison says"
              (fun folder nodes ->
                  use b = served folder "B"
                  use c = served folder "C"

                  let mixed =
                      [ "A", folder.At "A"
                        "B", $"http://127.0.0.1:{b.Port}"
                        "C!", $"http://127.0.0.1:{c.Port}" ]

                  let odd = "of / two % ends"
                  use service = serve (fleetsFile folder [ "all", nodes; odd, mixed ]) []
                  agrees service "all" nodes
                  agrees service odd mixed
                  Expect.equal (List.map fst (fleets service)) [ "all"; odd ] "the fleets"

                  for fleet, nodes in [ "all", nodes; odd, mixed ] do
                      let truth = fresh nodes
                      let answer = streams service fleet
                      Expect.equal (streamsOf answer) (streamsOf truth) $"{fleet}: the streams"
                      Expect.isTrue ((streamsOf answer).ContainsKey(oddChannel, "source")) "the odd one"

                      let states (answer: JsonElement) =
                          [ for node in items answer?nodes ->
                                text node?name,
                                text node?at,
                                text node?known,
                                text node?source,
                                text node?error ]

                      Expect.equal (states answer) (states truth) $"{fleet}: the nodes"
                      let of' = $"fleet={Uri.EscapeDataString fleet}"

                      Expect.equal
                          (List.sort (
                              List.ofArray ((ask service $"fleet/words?{of'}&node=*&format=bed").Split '\n')
                          ))
                          (freshSpans nodes)
                          $"{fleet}: the spans"

                      for name, _ in nodes do
                          let node = name.TrimEnd '!'

                          for form in [ "fetch"; "sha256" ] do
                              for query, more in [ "", []; "&include=withheld", [ "--include"; "withheld" ] ] do
                                  Expect.equal
                                      (undated (
                                          ask service $"fleet/files?{of'}&node={node}&format={form}{query}"
                                      ))
                                      (undated (freshFiles nodes node form more))
                                      $"{fleet}: the files of {node} as {form}"

                      let statuses = [ for stream in items truth?streams -> text stream?status ]

                      Expect.contains statuses (snd (List.find (fst >> (=) fleet) (fleets service))) "status"

                  Expect.equal
                      (fst (service.TryGet("/api/v1/fleet/streams").Value))
                      400
                      "which one must be said"

                  Expect.equal
                      (fst (service.TryGet("/api/v1/fleet/streams?fleet=other").Value))
                      404
                      "there is no other"

                  Expect.equal
                      (fst (service.TryGet("/api/v1/fleet/history?fleet=all").Value))
                      404
                      "no history without a database")

          singleTest
              "has the figures of its answer as metrics, with the fleet as a label"
              (fun folder nodes ->
                  use service =
                      serve (fleetsFile folder [ "all", nodes; "some", List.take 2 nodes ]) []

                  agrees service "all" nodes
                  agrees service "some" (List.take 2 nodes)
                  let metrics = service.Metrics

                  for fleet in [ "all"; "some" ] do
                      for stream in items (streams service fleet)?streams do
                          let labels more =
                              [ "fleet", fleet
                                "channel", Coverage.Engine.PercentEncoded(text stream?channel)
                                "quality", text stream?quality ]
                              @ more

                          let total (spans: JsonElement) =
                              items spans |> List.sumBy (fun span -> span?seconds.GetDouble())

                          let figure name more =
                              sample $"segment_coverage_fleet_{name}" (labels more) metrics

                          for word in [ "lost"; "open"; "deleted" ] do
                              Expect.equal
                                  (figure $"{word}_seconds" [])
                                  (Some(total (stream.GetProperty word)))
                                  $"{fleet} {word}"

                          for node in items stream?nodes do
                              for word in node?seconds.EnumerateObject() do
                                  Expect.equal
                                      (figure "seconds" [ "node", text node?name; "word", word.Name ])
                                      (Some(word.Value.GetDouble()))
                                      $"{fleet} {word.Name}")

          singleTest "follows fleets, nodes and streams that come and go" (fun folder nodes ->
              let both fleets = fleetsFile folder fleets |> ignore
              use service = serve (fleetsFile folder [ "all", nodes ]) []
              agrees service "all" nodes

              // A stream that only one node has.
              folder.Files("A/new/480p/2025-11-07T18", [ segment 0 "new" ])
              agrees service "all" nodes

              let names () =
                  Map.keys (streamsOf (streams service "all"))

              Expect.contains (names ()) ("new", "480p") "it is there"
              Directory.Delete(folder.At "A/new", true)
              agrees service "all" nodes

              // A node, and a fleet.
              let three = List.take 3 nodes
              both [ "all", three; "pair", List.skip 2 nodes ]
              agrees service "all" three
              agrees service "pair" (List.skip 2 nodes)
              Expect.equal (List.map fst (fleets service)) [ "all"; "pair" ] ""
              both [ "pair", nodes ]
              agrees service "pair" nodes

              eventually "the other is gone" (fun () ->
                  fst (service.TryGet("/api/v1/fleet/streams?fleet=all").Value) = 404)

              eventually "so are its figures" (fun () ->
                  Map.isEmpty (labelled [ "fleet", "all"; "channel", "ch001" ] service.Metrics))

              both [ "all", nodes; "pair", three ]
              agrees service "all" nodes
              agrees service "pair" three)

          singleTest "keeps the last fleets while the file is wrong, and says so" (fun folder nodes ->
              let file = fleetsFile folder [ "all", nodes ]
              use service = serve file []
              agrees service "all" nodes
              File.WriteAllText(file, "[all\nA=/mnt\n")

              eventually "the log says so" (fun () ->
                  service.Log
                  |> List.exists (fun line ->
                      line.Contains $"{file}, line 1: " && line.Contains "the last fleets stay"))

              File.Delete file
              folder.Files("A/ch000/source/2025-11-07T18", [ segment 50 "another" ])
              agrees service "all" nodes
              fleetsFile folder [ "all", List.take 2 nodes ] |> ignore
              agrees service "all" (List.take 2 nodes)

              Expect.exists
                  service.WholeLog
                  _.Contains("the file of the fleets is read again")
                  "and when it is right")

          singleTest "says of a node that fails that it does, and keeps what it listed" (fun folder nodes ->
              use b = served folder "B"
              let nodes = List.updateAt 1 ("B", $"http://127.0.0.1:{b.Port}") nodes

              // Nobody ever heard E.
              let all = nodes @ [ "E", $"http://127.0.0.1:{freePort ()}" ]
              use service = serve (fleetsFile folder [ "all", nodes; "more", all ]) []
              agrees service "all" nodes

              eventually "the other is told of" (fun () ->
                  match fleets service with
                  | [ _; _, status ] -> status = "unknown"
                  | _ -> false)

              let before = streamsOf (streams service "all")
              let e = List.last (items (streams service "more")?nodes)
              Expect.equal (text e?known, text e?``checked``) ("False", "") "E was never heard"
              Expect.stringContains (text e?error) "gives no answer" "and it is said why"

              for stream in items (streams service "more")?streams do
                  Expect.equal (text stream?status) "unknown" ""
                  Expect.equal (items stream?lost) [] "nothing is lost: E may have it"
                  Expect.equal (text stream?expected, text stream?heard) ("5", "4") ""

              Expect.equal (b.Stop()) 0 ""

              let failing () =
                  let node = (items (streams service "all")?nodes)[1]
                  text node?error <> ""

              eventually "it is said that B fails" failing
              Expect.equal (streamsOf (streams service "all")) before "what it listed stays"

              Expect.isTrue
                  ((sample
                      "segment_coverage_fleet_pull_errors_total"
                      [ "fleet", "all"; "node", "B" ]
                      service.Metrics)
                      .Value
                      >
                      0.0)
                  "it is counted")

          singleTest "a signal ends it while a node lets it wait, and that is no fault" (fun folder nodes ->
              use b = served folder "B"
              let nodes = List.updateAt 1 ("B", $"http://127.0.0.1:{b.Port}") nodes
              use service = serve (fleetsFile folder [ "all", nodes ]) []
              agrees service "all" nodes
              b.Signal 19 // SIGSTOP: its port takes requests, and nothing answers.

              let rounds () =
                  (streams service "all")?round?number.GetInt32()

              let before = rounds ()
              eventually "a look without B" (fun () -> rounds () > before + 1)
              Expect.equal (service.Stop()) 0 ""
              b.Signal 18
              Expect.isFalse (service.Log |> List.exists _.Contains("fault")) $"%A{service.Log}")

          archiveTest "refuses a wrong file at the start, with the line" (fun folder ->
              let file = folder.At "fleets"

              let refused (lines: string list) (more: string list) =
                  File.WriteAllLines(file, lines)
                  let result = runBy fleetProgram [] ([ "serve"; "--fleet-file"; file ] @ more)
                  Expect.equal (result.ExitCode, result.Output) (64, "") $"%A{lines}: {result.Error}"
                  result.Error

              for lines, line, words in
                  [ [ "A=/mnt" ], 1, "[NAME]"
                    [ "# all"; ""; "[all"; "A=/mnt" ], 3, "[NAME]"
                    [ "[]"; "A=/mnt" ], 1, "[NAME]"
                    [ "["; "A=/mnt" ], 1, "[NAME]"
                    [ "[all]"; "A=/mnt"; "[all]"; "B=/mnt" ], 3, "no two have the same name"
                    [ "[all]"; "A=/mnt"; "A=/other" ], 3, "two nodes are named A"
                    [ "[all]"; "A" ], 2, "NAME=URL"
                    [ "[all]"; "A=ftp://a" ], 2, "NAME=URL"
                    [ "[all]"; "database = host" ], 2, "database = TEXT"
                    [ "[all]"; "database = host=db"; "database = host=db" ], 3, "database = TEXT" ] do
                  let error = refused lines []
                  Expect.stringContains error $"{file}, line {line}: " $"%A{lines}"
                  Expect.stringContains error words $"%A{lines}"

              for lines in [ []; [ "# nothing" ]; [ "[all]" ] ] do
                  Expect.stringContains (refused lines []) file $"%A{lines}"

              Expect.stringContains
                  (refused [ "[all]"; "A=http://a"; "B=/mnt" ] [ "--cluster"; "host=db" ])
                  $"{file}, line 3: "
                  "folders are for one process"

              let result = runBy fleetProgram [] [ "serve"; "--fleet-file"; folder.At "nowhere" ]
              Expect.equal result.ExitCode 64 result.Error
              Expect.stringContains result.Error (folder.At "nowhere") "no file")

          testCase "prints its version and its help, and refuses what it does not know"
          <| fun () ->
              let version = runBy fleetProgram [] [ "--version" ]
              Expect.equal version.ExitCode 0 version.Error
              Expect.stringStarts version.Output "segment-coverage-fleet " ""
              let help = runBy fleetProgram [] [ "--help" ]
              Expect.equal (help.ExitCode, help.Error) (0, "") ""
              Expect.stringContains help.Output "--fleet-file" ""
              let wrong = runBy fleetProgram [] [ "serve"; "--flee" ]
              Expect.equal wrong.ExitCode 64 wrong.Error ]
