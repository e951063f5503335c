/// The command `cut` with the nodes of a fleet: what each would do, and which to cut from.
module Coverage.Tests.FleetCutTests

open System
open System.Collections.Immutable
open System.IO
open System.Text
open System.Text.Json
open System.Threading
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.NodeServer
open Coverage.Tests.Sandbox

let private hour = "2025-11-07T18"
let private at (clock: string) = $"{hour}:{clock}"
let private us (clock: string) = $"{hour}:{clock}.000000Z"

/// A and B have a hole each, C has none; D's last segment starts after 20 s, E has another stream.
let private archiveTest name test =
    archiveTest name (fun folder ->
        let source node =
            folder.Files($"{node}/desertbus/source/{hour}", [])

            fun names ->
                for name, size in names do
                    folder.File($"{node}/desertbus/source/{hour}/{name}", size)

        let full start = $"00:{start}.0-10-full-AAAA.ts", 1L
        source "A" [ full "00"; full "20" ]
        source "B" [ full "00"; "00:10.0-10-partial-AAAA.ts", 1L; full "20" ]
        source "C" [ full "00"; full "10"; full "20" ]
        source "D" [ full "00"; full "10"; "00:20.004-10-full-AAAA.ts", 1L ]
        folder.Files($"E/other/source/{hour}", [ "00:00.0-10-full-AAAA.ts" ])
        test folder)

let private node (folder: Folder) name =
    [ "--node"; $"{name}={folder.At name}" ]

let private range start finish =
    [ "--start"; at start; "--end"; at finish ]

let private cut words = run ([ "cut"; "desertbus" ] @ words)

/// Asks nodes in folders of these names.
let private ask folder names words =
    cut (List.collect (node folder) names @ words)

let private askJson folder names words =
    let result = ask folder names ([ "--format"; "json" ] @ words)
    result.ExitCode, JsonElement.Parse result.Output

let private keys (json: JsonElement) =
    [ for one in json.EnumerateObject() -> one.Name ]

/// What is said of each node.
let private answers json =
    [ for one in items json?nodes -> text one?name, text one?answer ]

[<Tests>]
let command =
    testList
        "the command cut of a fleet"
        [ archiveTest "has a line for each node, then the node to cut from"
          <| fun folder ->
              let its = ask folder [ "A"; "B"; "C" ] (range "00:05" "00:25")

              Expect.equal
                  (its.ExitCode, its.Error, its.Output.TrimEnd('\n').Split '\n')
                  (0,
                   "",
                   [| $"""A: {us "00:05"} to {us "00:25"} cannot be cut: the segments of the cut leave out {us "00:10"} to {us "00:20"} (10 s). The nearest clean range is {us "00:05"} to {us "00:10"} (5 s)."""
                      $"""B: {us "00:05"} to {us "00:25"} cannot be cut: {us "00:10"} to {us "00:20"} is in a partial segment, which may hold less than it says: {hour}/00:10.0-10-partial-AAAA.ts. The nearest clean range is {us "00:05"} to {us "00:10"} (5 s)."""
                      $"""C: {us "00:05"} to {us "00:25"} can be cut."""
                      "desertbus/source: to be cut from node C." |])
                  ""

          archiveTest
              "its JSON has for each node the keys of an answer that is given alone, and the same in them"
          <| fun folder ->
              let names = [ "A"; "B"; "C"; "D" ]

              for words in
                  [ range "00:05" "00:25"
                    range "00:05" "00:25" @ [ "--allow-holes" ]
                    range "00:05" "00:20.002"
                    range "01:05" "01:25"
                    [ $"""--range={at "00:01"},{at "00:09"}"""
                      $"""--range={at "00:05"},{at "00:25"}"""
                      "--transition=fade,1" ] ] do
                  let _, json = askJson folder names words

                  for name, node in List.zip names (items json?nodes) do
                      let alone = cut ([ "--base-dir"; folder.At name; "--format"; "json" ] @ words)

                      let alone = JsonElement.Parse alone.Output
                      let own = keys node |> List.except [ "name"; "error" ]
                      let asked = keys json |> List.except [ "from"; "nodes" ]
                      Expect.equal (text node?name, text node?error) (name, "") ""
                      Expect.equal (Set.ofList (asked @ own)) (Set.ofList (keys alone)) "all keys"

                      for key in keys alone do
                          let where = if List.contains key asked then json else node

                          Expect.equal
                              ((where.GetProperty key).GetRawText())
                              ((alone.GetProperty key).GetRawText())
                              $"{name}: {key}"

              let _, json = askJson folder names (range "00:05" "00:25")

              Expect.equal
                  (keys json)
                  [ "format"
                    "channel"
                    "quality"
                    "start"
                    "end"
                    "allow_holes"
                    "from"
                    "nodes" ]
                  ""

              Expect.equal
                  (keys (item 0 json?nodes))
                  [ "name"; "answer"; "will_fail"; "plan"; "holes"; "clean"; "error" ]
                  ""

          archiveTest
              "is to be cut from the first node that accepts; where the cut will fail, after all others"
          <| fun folder ->
              let from names finish =
                  let code, json = askJson folder names (range "00:05" finish)
                  code, text json?from

              Expect.equal (from [ "A"; "D"; "C" ] "00:25") (0, "D") "the first that accepts"
              Expect.equal (from [ "A"; "D"; "C" ] "00:20.002") (0, "C") "D's last segment starts after it"
              Expect.equal (from [ "A"; "D" ] "00:20.002") (0, "D") "D alone accepts"
              let its = ask folder [ "A"; "D" ] (range "00:05" "00:20.002")
              Expect.stringContains its.Output "to be cut from node D, where the cut will fail." ""

          archiveTest
              "the exit code: 0 where one accepts, 1, 2 for no such stream, 64, 66 where one was not heard"
          <| fun folder ->
              let range = range "00:05" "00:25"

              for names, code, last in
                  [ [ "A"; "C" ], 0, "to be cut from node C."
                    [ "nowhere"; "C" ], 0, "to be cut from node C."
                    [ "A"; "B" ], 1, "no node can cut it."
                    [ "A"; "E" ], 1, "no node can cut it."
                    [ "E" ], 2, "no node has such a stream."
                    [ "A"; "nowhere" ], 66, "no node that was heard can cut it; nowhere was not heard."
                    [ "E"; "nowhere" ], 66, "no node that was heard can cut it; nowhere was not heard." ] do
                  let its = ask folder names range
                  Expect.equal its.ExitCode code $"{names}"
                  Expect.stringEnds its.Output $"desertbus/source: {last}\n" $"{names}"

              let _, json = askJson folder [ "E"; "nowhere" ] range
              Expect.equal (answers json) [ "E", "refuse"; "nowhere", "" ] ""

              Expect.stringContains
                  (text (item 1 json?nodes)?error)
                  $"""there is no folder {folder.At "nowhere"}"""
                  ""

              Expect.stringContains
                  (ask folder [ "E" ] range).Output
                  "E: there is no stream desertbus/source\n"
                  ""

              for words, why in
                  [ [ "--fleet" ], "--fleet needs nodes: give each with --node"
                    node folder "A" @ [ "--node"; "A=" + folder.At "B" ], "two nodes are named 'A'"
                    node folder "A" @ [ "--base-dir"; folder.Path ], "--self"
                    node folder "A" @ [ "--stale-after"; "5" ], "--stale-after is no option of cut" ] do
                  let its = cut (words @ range)
                  Expect.equal (its.ExitCode, its.Output) (64, "") why
                  Expect.stringContains its.Error why ""

          archiveTest
              "nodes come from the command line, from a file and from a database; --self is the folder"
          <| fun folder ->
              let table = NodesTable()
              use server = new NodeServer(restreaming (folder.At "C"))
              table.Add("C", server.Address)
              table.Add("A", "http://a.example")
              File.WriteAllText(folder.At "nodes", $"""B={folder.At "B"}{"\n"}""")

              let its =
                  [ "--self"
                    "A"
                    "--base-dir"
                    folder.At "A"
                    "--node-file"
                    folder.At "nodes"
                    "--format"
                    "json" ]
                  @ range "00:05" "00:25"
                  @ [ "--connection-string"; table.ConnectionString ]
                  |> cut

              Expect.equal (its.ExitCode, its.Error) (0, "") ""
              let json = JsonElement.Parse its.Output
              Expect.equal (answers json) [ "B", "refuse"; "A", "refuse"; "C", "accept" ] ""
              Expect.equal (text json?from) "C" ""

              let plain =
                  cut (
                      [ "--base-dir"; folder.At "C"; "--connection-string"; table.ConnectionString ]
                      @ range "00:05" "00:25"
                  )

              Expect.equal
                  (plain.ExitCode, plain.Output)
                  (0, $"""desertbus/source: {us "00:05"} to {us "00:25"} can be cut.{"\n"}""")
                  "a database alone asks no nodes"

              Expect.stringContains plain.Error "--connection-string has no effect" "and that is said"

          archiveTest "sizes that are not known: unknown where they decide, 65; else the answer is as it is"
          <| fun folder ->
              let partial length size =
                  $"00:30.0-{length}-partial-{size}AAA.ts", int64 size

              for name, size in [ partial 2 9; partial 20 8 ] do
                  folder.File($"C/desertbus/source/{hour}/{name}", size)

              folder.File($"C/desertbus/source/{hour}/00:31.0-10-full-AAAA.ts", 1L)

              use server =
                  new NodeServer(fun request ->
                      if request.Method = "HEAD" then
                          Answer(500, [], [||])
                      else
                          restreaming (folder.At "C") request)

              let ask words =
                  let its = cut ([ "--node"; $"N={server.Address}"; "--format"; "json" ] @ words)
                  its.ExitCode, JsonElement.Parse its.Output

              let code, json = ask (range "00:35" "00:39")
              Expect.equal (code, answers json) (65, [ "N", "unknown" ]) "the longer one lies before"
              Expect.stringContains (text (item 0 json?nodes)?error) "500" "why"
              Expect.equal (text (item 0 json?nodes)?clean) "" "not known"
              let code, json = ask (range "00:32.5" "00:42")
              Expect.equal (code, answers json) (1, [ "N", "refuse" ]) "10 s of the hour are not there"
              let code, json = ask (range "00:05" "00:25")
              Expect.equal (code, answers json) (0, [ "N", "accept" ]) "they do not decide"

              let its = cut ([ "--node"; $"N={server.Address}" ] @ range "00:35" "00:39")

              Expect.stringContains
                  its.Output
                  "may be cut, or may not: sizes of files decide that are not known."
                  ""

              Expect.stringContains its.Output "desertbus/source: whether N can cut it is not known." ""

          archiveTest "a node's clean ranges are not known where an hour is not, and its refusal stands"
          <| fun folder ->
              folder.Files("A/desertbus/source/2025-11-08T03", [ "00:00.0-10-full-AAAA.ts" ])

              use server =
                  new NodeServer(fun request ->
                      if request.Path.Contains "2025-11-08T03" then
                          Answer(500, [], [||])
                      else
                          restreaming (folder.At "A") request)

              let ask words =
                  cut ([ "--node"; $"N={server.Address}" ] @ words)

              let its = ask (range "00:05" "00:25")
              Expect.equal its.ExitCode 1 ""
              Expect.stringContains its.Output "The nearest clean range is not known." ""
              Expect.stringContains its.Output "N: the nearest range that can be cut is not known" ""
              let its = ask [ "--start"; "2025-11-08T03:00:01"; "--end"; "2025-11-08T03:00:02" ]
              Expect.equal its.ExitCode 66 "its own hour"
              Expect.stringContains its.Output "N: not heard: " "" ]

// Over HTTP as of the folder.

let private options = Asking.run [] [ "fleet"; "--node"; "N=x" ]

/// What a node at an address, or a folder, answers to a cut.
let private said (question: CutQuestion) (at: string) : string =
    let node = { Name = "N"; At = at; IsSource = true }

    let reader = FleetNodes.ReaderOf(node, options, null, (fun () -> Units.Instant 0L))

    let cut = NodeCutter(node, reader).AskAsync(question, CancellationToken.None).Result
    use output = new MemoryStream()

    do
        use json = new Utf8JsonWriter(output)
        json.WriteStartObject()
        NodeCutFields.WriteCut(json, question, [| cut |])
        json.WriteEndObject()

    Encoding.UTF8.GetString(output.ToArray())

/// What the folder of an archive answers, in the same form.
let private saidAlone (question: CutQuestion) (folder: string) : string =
    let reader = CutReader(TimeProvider.System, StampPolicy.Auto)

    let asked =
        match CutStream.Open(question.Stream.PathIn folder, reader) with
        | null -> failtest "there is no such stream"
        | from -> AskedCut.Of(question, from, CancellationToken.None).WithNearest CancellationToken.None

    let node =
        { Name = "N"
          At = folder
          IsSource = true }

    use output = new MemoryStream()

    do
        use json = new Utf8JsonWriter(output)
        json.WriteStartObject()
        NodeCutFields.WriteCut(json, question, [| NodeCut(node, asked, true, null) |])
        json.WriteEndObject()

    Encoding.UTF8.GetString(output.ToArray())

let private question (stream: StreamName) (allowsHoles: bool) (range: Interval) =
    CutQuestion(stream, ImmutableArray.Create range, ImmutableArray.Empty, allowsHoles)

let private start = Hour.start (Hour.tryParse hour).Value

let private span (from: int64) (length: int64) : Interval =
    let from = Instant.add (Duration.ofMicroseconds (from * 1000L)) start
    Interval.create from (Instant.add (Duration.ofMicroseconds (length * 1000L)) from)

/// A file of a small archive: second, length, type, hash and size. Many have one start, and differ by what decides then.
let private file: Gen<string * int64> =
    gen {
        let! second = Gen.choose (0, 12)
        let! length = Gen.elements [ 1; 2; 2; 3; 5 ]
        let! kind = Gen.elements [ "full"; "full"; "full"; "partial"; "suspect"; "temp" ]
        let! hash = Gen.elements [ "AAAA"; "zzzz"; "----"; "AQ"; "" ]
        let! size = Gen.elements [ 0L; 1L; 2L ]
        let! minute = Gen.elements [ 0; 0; 59 ]
        let second = if minute = 59 then 59 - second else second
        return $"%02d{minute}:%02d{second}.0-{length}-{kind}-{hash}.ts", size
    }

let private archive: Gen<(string * int64) list * Interval * bool> =
    gen {
        let! count = Gen.choose (1, 14)
        let! files = Gen.listOfLength count file
        let! from = Gen.choose (-2_000, 14_000)
        let! length = Gen.elements [ 500; 1_000; 3_000; 8_000; 3_600_000 ]
        let! allowsHoles = Gen.elements [ false; false; true ]
        return files, span (int64 from) (int64 length), allowsHoles
    }

type private Archives =
    static member All() : Arbitrary<((string * int64) list * Interval * bool) list> =
        Arb.fromGen (Gen.listOfLength 40 archive)

[<Tests>]
let laws =
    testList
        "a cut from a node"
        [ testPropertyWithConfig
              { Gen.config with
                  maxTest = 5
                  arbitrary = [ typeof<Archives> ] }
              "over HTTP says what it says of the folder, by a service and by a restreamer"
          <| fun (archives: ((string * int64) list * Interval * bool) list) ->
              use folder = new Folder()

              for i, (files, _, _) in List.indexed archives do
                  for name, size in files do
                      folder.File($"c{i}/source/{hour}/{name}", size)

              use service = new Service(folder, [ "--check-interval"; "3600" ])
              service.AwaitReady()
              use server = new NodeServer(restreaming folder.Path)

              for i, (_, range, allowsHoles) in List.indexed archives do
                  let question = question (StreamName($"c{i}", "source")) allowsHoles range
                  let expected = saidAlone question folder.Path
                  Expect.equal (said question folder.Path) expected "a folder"
                  Expect.equal (said question server.Address) expected "a restreamer"
                  Expect.equal (said question $"http://127.0.0.1:{service.Port}") expected "a service"

          testCase
              "of recorded archives is the same of the folder, by a service, and by a restreamer as it was recorded"
          <| fun () ->
              for node in [ "A"; "C" ] do
                  let folder = RecordedTests.archives[node].Force()

                  use service =
                      new Service(folder, [ "--check-interval"; "3600"; "--qualities"; "*" ])

                  service.AwaitReady()
                  let recorded, asked = restreamer node, restreaming folder.Path

                  // Of full segments no sizes were recorded.
                  use server =
                      new NodeServer(fun request ->
                          if request.Method = "HEAD" then
                              asked request
                          else
                              recorded request)

                  let first = Hour.start (Hour.tryParse "2026-11-24T08").Value

                  let ranges =
                      [ for minute in 30..4..76 do
                            for seconds in [ 10L; 240L ] ->
                                let from = Instant.add (Duration.ofSeconds (int64 minute * 60L)) first
                                Interval.create from (Instant.add (Duration.ofSeconds seconds) from) ]

                  let answers =
                      [ for range in ranges do
                            for allowsHoles in [ false; true ] ->
                                let question = question (StreamName("desertbus", "source")) allowsHoles range
                                let expected = saidAlone question folder.Path

                                for at in [ folder.Path; server.Address; $"http://127.0.0.1:{service.Port}" ] do
                                    Expect.equal (said question at) expected $"{range} of {at}"

                                expected.Contains "\"answer\":\"accept\"" ]

                  Expect.contains answers true "some are accepted"
                  Expect.contains answers false "some are refused" ]
