/// The service that compares the nodes of its fleet beside its own checks: `serve --fleet`.
module Coverage.Tests.FleetLoopTests

open System
open System.Collections.Immutable
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Coverage
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox

let private stream = "desertbus/source"
let private hour = $"{stream}/2025-11-07T18"
let private hash (letter: char) = String(letter, 42) + "A"

/// A segment of 10 s at a time of the hour.
let private segment (at: string) (letter: char) = $"{at}-10-full-{hash letter}.ts"

let private first = segment "00:00.0" 'a'
let private second = segment "00:10.0" 'b'
let private fourth = segment "00:30.0" 'd'

/// A service whose archive is the node A, ten rounds a second.
let private serveA (folder: Folder) (more: string list) =
    new Service(
        itself,
        [],
        [ "serve"
          "--base-dir"
          folder.At "A"
          "--check-interval"
          "0.1"
          "--fleet"
          "--self"
          "A" ]
        @ more
    )

let private nodeIn (folder: Folder) name =
    [ "--node"; $"{name}={folder.At name}" ]

let private ofStream = [ "channel", "desertbus"; "quality", "source" ]

let private fleetSample name labels (metrics: Metrics) =
    sample $"segment_coverage_fleet_{name}" labels metrics

let private isUp node = fleetSample "node_up" [ "node", node ]

let private word node word =
    fleetSample "seconds" (ofStream @ [ "node", node; "word", word ])

/// The names of the fleet's metrics of a stream that say something of a node, with the words of those that have one.
let private saidOf node (metrics: Metrics) =
    [ for name, labels in Map.keys metrics do
          if
              name.StartsWith "segment_coverage_fleet_"
              && Map.tryFind "node" labels = Some node
              && labels.ContainsKey "channel"
          then
              name.Replace("segment_coverage_fleet_", ""), Map.tryFind "word" labels ]

let private failures kind =
    sample "segment_coverage_failures_total" [ "channel", ""; "quality", ""; "kind", kind ]
    >> Option.defaultValue 0.0

/// Waits until the number of failures of a kind grows twice more: rounds have passed.
let private awaitFailures (service: Service) kind =
    let before = failures kind service.Metrics
    service.Await($"failures of {kind}", (fun metrics -> failures kind metrics >= before + 2.0))

let private linesWith (text: string) (service: Service) =
    service.WholeLog |> List.filter _.Contains(text)

let private awaitLine (text: string) (service: Service) =
    eventually $"a line with {text}" (fun () -> not (linesWith text service).IsEmpty)

let private sigstop, private sigcont, private sigkill = 19, 18, 9

[<Tests>]
let services =
    testList
        "the service of a fleet"
        [ archiveTest "its gauges are what the command says, of three recorded archives"
          <| fun folder ->
              for node in [ "A"; "B"; "C" ] do
                  for path, size in RecordedTests.manifest node do
                      folder.File($"{node}/{path}", size)

              let others = List.collect (nodeIn folder) [ "B"; "C" ]
              use service = serveA folder others
              service.Await("the fleet", (isUp "C" >> Option.isSome))

              let answer =
                  run (
                      [ "fleet"; "--self"; "A"; "--base-dir"; folder.At "A"; "--format"; "json" ]
                      @ others
                  )

              let metrics = service.Metrics
              let number (json: JsonElement) = float (text json)

              let total spans =
                  List.sumBy (fun span -> decimal (text span?seconds)) spans |> float

              let streams = items (JsonElement.Parse answer.Output)?streams
              Expect.isNonEmpty streams ""

              for stream in streams do
                  let labels = [ "channel", text stream?channel; "quality", text stream?quality ]

                  let shows name more expected =
                      Expect.equal
                          (fleetSample name (labels @ more) metrics)
                          (Some expected)
                          $"{name} {labels} {more}"

                  shows "lost_seconds" [] (total (items stream?lost))
                  shows "open_seconds" [] (total (items stream?``open``))
                  shows "deleted_seconds" [] (total (items stream?deleted))

                  for copies in items stream?copies do
                      shows "copies_seconds" [ "copies", text copies?copies ] (number copies?seconds)

                  for node in items stream?nodes do
                      let its = [ "node", text node?name ]

                      for word in node?seconds.EnumerateObject() do
                          shows "seconds" (its @ [ "word", word.Name ]) (number word.Value)

                      let sole =
                          items stream?sole
                          |> List.tryFind (fun one -> text one?node = text node?name)
                          |> Option.map (fun one -> number one?seconds)

                      shows "sole_seconds" its (Option.defaultValue 0.0 sole)

                      for reason in [ "marked"; "not-best" ] do
                          items node?endangered
                          |> List.filter (fun span -> text span?reason = reason)
                          |> total
                          |> shows "endangered_seconds" (its @ [ "reason", reason ])

                      for reason in [ "duration"; "file"; "folder"; "marks" ] do
                          items stream?blockers
                          |> List.filter (fun one ->
                              text one?node = text node?name && text one?reason = reason)
                          |> List.length
                          |> float
                          |> shows "blockers" (its @ [ "reason", reason ])

          archiveTest
              "a node that is killed or paused is unknown, and its other series are gone, until it is back"
          <| fun folder ->
              folder.Files($"A/{hour}", [ first; fourth ])
              folder.Files($"B/{hour}", [ first; second ])
              let port = freePort ()

              let serveB () =
                  start
                      []
                      [ executable
                        "serve"
                        "--base-dir"
                        folder.At "B"
                        "--bind"
                        "127.0.0.1"
                        "--metrics-port"
                        string port ]

              use mutable b = serveB ()

              let signal number =
                  tool [ "kill"; $"-{number}"; string b.Id ]

              try
                  use service =
                      serveA folder [ "--node"; $"B=http://127.0.0.1:{port}"; "--stale-after"; "1" ]

                  let awaitKnown () =
                      service.Await(
                          "both are known",
                          fun metrics ->
                              isUp "B" metrics = Some 1.0
                              && fleetSample "lost_seconds" ofStream metrics = Some 10.0
                      )

                      let metrics = service.Metrics
                      Expect.equal (word "A" "fillable" metrics) (Some 10.0) ""
                      Expect.equal (word "B" "fillable" metrics) (Some 10.0) ""
                      Expect.equal (fleetSample "open_seconds" ofStream metrics) (Some 0.0) ""

                  let awaitUnknown () =
                      let errors =
                          fleetSample "pull_errors_total" [ "node", "B" ] service.Metrics
                          |> Option.defaultValue 0.0

                      // Its streams may have been heard a moment later than which they are.
                      service.Await(
                          "B is unknown, and nothing else is said of it",
                          fun metrics ->
                              isUp "B" metrics = Some 0.0
                              && saidOf "B" metrics = [ "seconds", Some "unknown" ]
                      )

                      let metrics = service.Metrics
                      Expect.equal (isUp "A" metrics) (Some 1.0) "A is up"
                      Expect.equal (saidOf "B" metrics) [ "seconds", Some "unknown" ] "nothing else of B"
                      Expect.equal (fleetSample "lost_seconds" ofStream metrics) (Some 0.0) "nothing is lost"
                      Expect.equal (fleetSample "open_seconds" ofStream metrics) (Some 20.0) "B may have it"

                      Expect.isGreaterThan
                          (fleetSample "pull_errors_total" [ "node", "B" ] metrics).Value
                          errors
                          "it is counted"

                      Expect.isSome
                          (fleetSample "node_checked_timestamp_seconds" [ "node", "B" ] metrics)
                          "it was heard once"

                  awaitKnown ()
                  signal sigkill
                  b.WaitForExit()
                  awaitUnknown ()
                  b <- serveB ()
                  awaitKnown ()
                  signal sigstop
                  awaitUnknown ()
                  signal sigcont
                  awaitKnown ()
                  // Once more where it did not listen yet at the first look.
                  Expect.isGreaterThanOrEqual (linesWith "B: answers again" service).Length 2 "twice"
                  Expect.equal (service.Stop()) 0 ""

                  Expect.hasLength
                      (linesWith "lost, no node has it" service)
                      1
                      "what was said is not said again"
              finally
                  if not b.HasExited then
                      b.Kill()

          archiveTest "a node that gives no answer holds up neither the rounds of the archive nor the end"
          <| fun folder ->
              folder.Files($"A/{hour}", [ first; fourth ])
              use silent = new NodeServer.NodeServer(fun _ -> NodeServer.Silence)
              use service = serveA folder [ "--node"; $"B={silent.Address}" ]
              service.AwaitReady()

              let errors () =
                  fleetSample "pull_errors_total" [ "node", "B" ] service.Metrics
                  |> Option.defaultValue 0.0

              let before = errors ()

              // Each of these waits for two rounds; a round of the fleet takes as long as a node has to answer.
              for _ in 1..5 do
                  service.AwaitRound()

              Expect.isLessThan (errors () - before) 9.0 "ten rounds did not wait for ten looks"
              service.Await("the look ends", (fun metrics -> isUp "B" metrics = Some 0.0))
              Expect.equal (service.Stop()) 0 "at once"

          archiveTest
              "a disk that does not answer makes all nodes unknown; the rounds of the archive go on, and so does the fleet later"
          <| fun folder ->
              folder.Files($"A/{hour}", [ first; fourth ])
              folder.Files($"B/{hour}", [ first; second ])
              let file = folder.At "nodes"
              File.WriteAllText(file, $"""B={folder.At "B"}""")
              use service = serveA folder [ "--node-file"; file; "--stale-after"; "1" ]
              service.Await("both are known", (fun metrics -> isUp "B" metrics = Some 1.0))

              // Whoever reads a pipe waits for its writer.
              tool [ "mkfifo"; folder.At "pipe" ]
              File.Move(folder.At "pipe", file, overwrite = true)

              service.Await(
                  "nothing is known",
                  fun metrics -> isUp "A" metrics = Some 0.0 && isUp "B" metrics = Some 0.0
              )

              Expect.isEmpty (saidOf "A" service.Metrics) "no figures"
              service.AwaitRound()
              service.Await("it is counted", (fun metrics -> failures "fleet" metrics > 1.0))
              Expect.hasLength (linesWith "has not ended for" service) 1 "it is logged once"
              File.WriteAllText(folder.At "again", $"""B={folder.At "B"}""")
              tool [ "sh"; "-c"; "cat \"$0\" > \"$1\""; folder.At "again"; file ]
              File.Move(folder.At "again", file, overwrite = true)
              service.Await("both are known again", (fun metrics -> isUp "B" metrics = Some 1.0))
              awaitLine "the nodes are compared again" service

          archiveTest
              "what stays fillable is stuck after --stuck-after, and no more when it is filled; each is said once"
          <| fun folder ->
              let mark = fourth.Replace(".ts", ".tombstone")
              folder.Files($"A/{hour}", [ first; fourth ])
              folder.Files($"B/{hour}", [ first; second; mark ])
              folder.Files($"B/{stream}", [ "notes.txt" ])
              let others = nodeIn folder "B"
              use service = serveA folder ("--stuck-after" :: "1" :: others)
              let stuck = fleetSample "stuck_seconds" (ofStream @ [ "node", "A" ])
              service.Await("it is stuck", (fun metrics -> stuck metrics = Some 10.0))

              Expect.equal
                  (fleetSample "stuck_seconds" (ofStream @ [ "node", "B" ]) service.Metrics)
                  (Some 0.0)
                  "what is withheld is not"

              let endangered =
                  fleetSample "endangered_seconds" (ofStream @ [ "node", "A"; "reason", "marked" ])

              Expect.equal (endangered service.Metrics) (Some 10.0) ""

              Expect.equal
                  (fleetSample "blockers" (ofStream @ [ "node", "B"; "reason", "file" ]) service.Metrics)
                  (Some 1.0)
                  ""

              folder.Files($"A/{hour}", [ second ])

              service.Await(
                  "it is filled",
                  fun metrics ->
                      stuck metrics = Some 0.0
                      && word "A" "fillable" metrics = Some 0.0
                      && fleetSample "copies_seconds" (ofStream @ [ "copies", "2" ]) metrics = Some 20.0
              )

              File.Delete(folder.At $"B/{hour}/{mark}")
              service.Await("the mark is gone", (fun metrics -> endangered metrics = Some 0.0))
              let at (clock: string) = $"2025-11-07T18:{clock}.000000Z"

              for line in
                  [ $"""{stream}: stuck on A, fillable for more than 1 s: {at "00:10"} to {at "00:20"}, 10 s"""
                    $"""{stream}: endangered on A (marked, by a mark on B): {at "00:30"} to {at "00:40"}, 10 s"""
                    $"""{stream}: lost, no node has it: {at "00:20"} to {at "00:30"}, 10 s"""
                    $"{stream}: B blocks back-filling with notes.txt" ] do
                  awaitLine line service
                  Expect.hasLength (linesWith line service) 1 "once"

              Expect.hasLength (linesWith "stuck on" service) 1 "and nothing else is"

          archiveTest
              "the file of the nodes is read again each round; one that is broken leaves the last nodes"
          <| fun folder ->
              for node in [ "A"; "B"; "C" ] do
                  folder.Files($"{node}/{hour}", [ first ])

              let file = folder.At "nodes"
              let write (text: string) = File.WriteAllText(file, text)
              let line name = $"{name}={folder.At name}\n"
              write (line "B")
              use service = serveA folder [ "--node-file"; file ]
              let nodes = [ "A"; "B"; "C" ]

              let awaitNodes (expected: string list) =
                  service.Await(
                      $"{expected}",
                      fun metrics -> List.filter (fun node -> isUp node metrics = Some 1.0) nodes = expected
                  )

                  let metrics = service.Metrics

                  for gone in List.except expected nodes do
                      Expect.isEmpty
                          (Map.filter (fun (_, labels) _ -> Map.tryFind "node" labels = Some gone) metrics)
                          gone

              awaitNodes [ "A"; "B" ]
              write (line "B" + line "C")
              awaitNodes [ "A"; "B"; "C" ]
              write (line "C")
              awaitNodes [ "A"; "C" ]
              write "B"
              awaitFailures service "nodes"
              awaitNodes [ "A"; "C" ]
              File.Delete file
              awaitFailures service "nodes"
              awaitNodes [ "A"; "C" ]
              write "# none\n"
              awaitLine "names no other node; the last nodes stay" service
              awaitNodes [ "A"; "C" ]

              Expect.hasLength (linesWith "line 1: a line is NAME=FOLDER" service) 1 "it is logged once"

              write (line "B")
              awaitNodes [ "A"; "B" ]
              awaitLine "which nodes there are is read again" service
              Expect.equal (failures "fleet" service.Metrics) 0.0 "no fault of the program"

          archiveTest "while a database has never answered nothing is compared, and the archive is checked"
          <| fun folder ->
              folder.Files($"A/{hour}", [ first; fourth ])

              use service =
                  serveA
                      folder
                      [ "--connection-string"
                        $"host=127.0.0.1 port={freePort ()} user=me dbname=it" ]

              service.AwaitReady()
              awaitFailures service "nodes"
              let metrics = service.Metrics
              Expect.equal (sample "segment_coverage_hole_seconds" ofStream metrics) (Some 20.0) "checked"

              Expect.isEmpty
                  (Map.filter (fun (name: string, _) _ -> name.Contains "_fleet_") metrics)
                  "not compared"

              Expect.hasLength
                  (linesWith "cannot read the nodes from the database" service)
                  1
                  "it is logged once"

          archiveTest
              "the nodes of a database come and go with its rows; its name for the archive is that of --self"
          <| fun folder ->
              folder.Files($"A/{hour}", [ first; fourth ])
              folder.Files($"B/{hour}", [ first; second ])
              let table = NodesTable()
              table.Add("A", "http://a.example")

              use service = serveA folder [ "--connection-string"; table.ConnectionString ]

              service.Await("A alone", (fun metrics -> word "A" "lost" metrics = Some 20.0))
              use b = new Service(itself, [], [ "serve"; "--base-dir"; folder.At "B" ])
              table.Add("B", $"http://127.0.0.1:{b.Port}")
              service.Await("B comes", (fun metrics -> word "A" "fillable" metrics = Some 10.0))
              table.Run "UPDATE nodes SET backfill_from = FALSE WHERE name = 'B'"
              service.Await("it is no source", (fun metrics -> word "A" "withheld" metrics = Some 10.0))
              table.Add("C", "no address")
              awaitFailures service "nodes"
              Expect.equal (word "A" "withheld" service.Metrics) (Some 10.0) "the last nodes stay"
              table.Run "DELETE FROM nodes WHERE name <> 'A'"
              service.Await("B goes", (fun metrics -> (isUp "B" metrics).IsNone))
              Expect.equal (word "A" "lost" service.Metrics) (Some 20.0) "as before"

          archiveTest "only the channels of the service are compared"
          <| fun folder ->
              for node in [ "A"; "B" ] do
                  for channel in [ "desertbus"; "other" ] do
                      folder.Files($"{node}/{channel}/source/2025-11-07T18", [ first ])

              use service = serveA folder (nodeIn folder "B" @ [ "desertbus" ])
              service.Await("the fleet", (isUp "B" >> Option.isSome))

              Expect.equal
                  [ for name, (labels: Map<string, string>) in Map.keys service.Metrics do
                        if name = "segment_coverage_fleet_lost_seconds" then
                            labels["channel"] ]
                  [ "desertbus" ]
                  ""

          archiveTest "nodes that are said wrongly end its start"
          <| fun folder ->
              folder.Files($"A/{hour}", [ first ])
              File.WriteAllText(folder.At "nodes", "B=b\nC\n")
              File.WriteAllText(folder.At "twice", "B=b\nB=c\n")

              for more, code, said in
                  [ [ "--node-file"; folder.At "nodes" ], 64, "line 2"
                    [ "--node-file"; folder.At "none" ], 64, "cannot be read"
                    [ "--node-file"; folder.At "twice" ], 64, "two nodes are named B"
                    [ "--node"; "B=b"; "--node-token-file"; folder.At "none" ], 66, "--node-token-file" ] do
                  let result =
                      run (
                          [ "serve"; "--base-dir"; folder.At "A"; "--fleet"; "--self"; "A" ]
                          @ [ "--metrics-port"; string (freePort ()) ]
                          @ more
                      )

                  Expect.equal result.ExitCode code $"{more}"
                  Expect.stringContains result.Error said $"{more}" ]

/// A look at nodes in folders, at an instant.
let private lookAt (folder: Folder) (names: string list) : FleetLook =
    let options = Asking.run [] ("fleet" :: List.collect (nodeIn folder) names)

    let now = Units.Instant(1_800_000_000_000_000L)

    let nodes =
        [ for node in options.Fleet.Nodes ->
              struct (node, FleetNodes.ReaderOf(node, options, null, (fun () -> now))) ]

    FleetReader(ImmutableArray.CreateRange nodes, options).LookAsync(now, CancellationToken.None).Result

[<Tests>]
let rounds =
    archiveTest
        "a round of a fleet says which streams changed: those of which another thing is said, new ones, and gone ones"
    <| fun folder ->
        let channel name node = $"{node}/{name}/source/2025-11-07T18"

        for node in [ "A"; "B" ] do
            folder.Files(channel "same" node, [ first; fourth ])
            folder.Files(channel "other" node, [ first; fourth ])
            folder.Files(channel "gone" node, [ first ])

        let next before look =
            let round = FleetRound.After(before, look)
            round, [ for stream in round.Changed -> stream.Channel ]

        let one, changed = next null (lookAt folder [ "A"; "B" ])
        Expect.equal (one.Number, changed) (1, [ "gone"; "other"; "same" ]) "each is new"
        let two, changed = next one (lookAt folder [ "A"; "B" ])
        Expect.equal (two.Number, changed) (2, []) "as before"
        folder.Files(channel "other" "A", [ second ])
        folder.Files(channel "new" "A", [ second ])

        for node in [ "A"; "B" ] do
            tool [ "rm"; "-r"; folder.At $"{node}/gone" ]

        let three, changed = next two (lookAt folder [ "A"; "B" ])
        Expect.equal (List.sort changed) [ "gone"; "new"; "other" ] ""
        let _, changed = next three (lookAt folder [ "B"; "A" ])
        Expect.equal changed [ "new"; "other"; "same" ] "of other nodes each is another"
