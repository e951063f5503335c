/// What the HTTP API answers of the nodes of a fleet, and the events of the rounds over them.
module Coverage.Tests.FleetApiTests

open System
open System.Collections.Immutable
open System.IO
open System.Net.Http
open System.Text.Json
open System.Threading
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.Extensions.DependencyInjection
open Coverage
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox

let private instant (text: string) =
    Units.Instant(
        int64 (Instant.ofMicroseconds (DateTimeOffset.Parse(text).ToUnixTimeMilliseconds() * 1000L))
    )

/// A clock that a test sets.
type private Clock() =
    inherit TimeProvider()
    member val Now = Units.Instant 0L with get, set

    override this.GetUtcNow() =
        DateTimeOffset.UnixEpoch.AddMicroseconds(float this.Now.Microseconds)

/// A web server whose rounds the test makes, over nodes in folders.
type private Server(folder: Folder, names: string list, more: string list) =
    let clock = Clock()

    let options =
        Asking.run
            []
            ("fleet"
             :: List.collect (fun name -> [ "--node"; $"{name}={folder.At name}" ]) names
             @ more)

    let reader =
        FleetReader(
            ImmutableArray.CreateRange(
                [ for node in options.Fleet.Nodes ->
                      struct (node, FleetNodes.ReaderOf(node, options, null, (fun () -> clock.Now))) ]
            ),
            options
        )

    let rounds, looks = Rounds<Round>(), Rounds<FleetRound>()
    let content, turns = FoundContent(), new DiskTurns()
    let port = freePort ()

    let app =
        let builder = WebApplication.CreateEmptyBuilder(WebApplicationOptions())
        builder.Services.AddRoutingCore().AddLogging() |> ignore
        builder.WebHost.UseKestrelCore().UseUrls $"http://127.0.0.1:{port}" |> ignore
        builder.Build()

    let api =
        ApiTests.api (
            ApiEndpoints(
                options,
                HourSegments(options, turns, content, clock),
                HourListings(options, turns, clock),
                Cuts(options, turns, clock),
                content,
                ComparesFleet = true
            ),
            FleetEndpoints((fun _ -> looks), ImmutableArray.Empty, options, clock),
            ApiEvents(rounds, options, CancellationToken.None, Fleet = looks),
            rounds,
            clock
        )

    do
        rounds.Publish(Round.After(null, [], DateTimeOffset.UtcNow))
        api.Map app
        app.StartAsync().Wait()

    member _.Port = port

    /// Ends a round of the archive.
    member _.Round() =
        rounds.Publish(Round.After(rounds.Latest, [], DateTimeOffset.UtcNow))

    /// Looks at the nodes and ends a round over them.
    member _.Look(at: string) =
        clock.Now <- instant at
        let look = reader.LookAsync(clock.Now, CancellationToken.None).Result

        looks.Publish(FleetRound.After(looks.Latest, look))

    /// It is as late as this, and no round has ended since.
    member _.Waits(at: string) = clock.Now <- instant at

    member _.Ask (headers: (string * string) list) (path: string) : ApiTests.Answer =
        use request =
            new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/api/v1/{path}")

        for name, value in headers do
            request.Headers.TryAddWithoutValidation(name, value) |> ignore

        use answer = ApiTests.http.SendAsync(request).Result

        { Status = int answer.StatusCode
          Headers =
            Map.ofSeq
                [ for header in Seq.append answer.Headers answer.Content.Headers ->
                      header.Key.ToLowerInvariant(), String.Join(",", header.Value) ]
          Body = answer.Content.ReadAsByteArrayAsync().Result }

    member this.Get(path: string) : string =
        let answer = this.Ask [] path
        Expect.equal answer.Status 200 $"{path}: {answer.Text}"
        answer.Text

    member this.Json(path: string) : JsonElement = JsonElement.Parse(this.Get path)

    interface IDisposable with
        member _.Dispose() =
            app.DisposeAsync().AsTask().Wait()
            (api :> IDisposable).Dispose()
            turns.Dispose()

let private now = "2027-02-01T00:00:00Z"

/// Three recorded archives, as the nodes A, B and C.
let private recorded (folder: Folder) =
    for node in [ "A"; "B"; "C" ] do
        for path, size in RecordedTests.manifest node do
            folder.File($"{node}/{path}", size)

let private onRecorded test = archiveTest test

/// What the command says of the same nodes.
let private command (folder: Folder) (more: string list) : string =
    let nodes =
        List.collect (fun name -> [ "--node"; $"{name}={folder.At name}" ]) [ "A"; "B"; "C" ]

    let result = run ([ "fleet"; "--qualities"; "*"; "--now"; now ] @ nodes @ more)
    Expect.equal result.ExitCode 1 result.Error
    result.Output

let private everyQuality = [ "--qualities"; "*" ]

/// A value without some keys, however deep.
let rec without (keys: string list) (json: JsonElement) : string =
    match json.ValueKind with
    | JsonValueKind.Object ->
        let fields =
            [ for field in json.EnumerateObject() do
                  if not (List.contains field.Name keys) then
                      $"\"{field.Name}\":{without keys field.Value}" ]

        "{" + String.Join(",", fields) + "}"
    | JsonValueKind.Array ->
        "["
        + String.Join(",", [ for one in json.EnumerateArray() -> without keys one ])
        + "]"
    | _ -> json.GetRawText()

/// The same of its own keys alone.
let private topWithout (keys: string list) (json: JsonElement) : string =
    let fields =
        [ for field in json.EnumerateObject() do
              if not (List.contains field.Name keys) then
                  $"\"{field.Name}\":{field.Value.GetRawText()}" ]

    "{" + String.Join(",", fields) + "}"

let added =
    [ "round"
      "lost_seconds"
      "open_seconds"
      "deleted_seconds"
      "kind"
      "endangered_seconds"
      "stuck_seconds"
      "offered_files"
      "withheld_files"
      "stuck"
      "advice" ]

let private lists =
    [ "fillable"
      "pending"
      "withheld"
      "lost"
      "open"
      "deleted"
      "unknown"
      "endangered"
      "offered" ]

let private seconds (json: JsonElement) = json.GetDecimal()

let private texts json = [ for one in items json -> text one ]

[<Tests>]
let answers =
    testList
        "the API of the fleet"
        [ onRecorded "says of three recorded archives what the command says, and adds to it"
          <| fun folder ->
              recorded folder
              use server = new Server(folder, [ "A"; "B"; "C" ], everyQuality)
              server.Look now
              let said = JsonElement.Parse(command folder [ "--format"; "json" ])
              let answer = server.Json "fleet/streams"
              Expect.equal (without added answer) (without [] said) "all of it"

              for stream in items said?streams do
                  let one =
                      server.Json $"fleet/streams?channel={text stream?channel}&quality={text stream?quality}"

                  Expect.equal
                      [ for it in items one?streams -> without added it ]
                      [ without [] stream ]
                      "one stream"

              Expect.equal
                  [ for node in items answer?nodes -> text node?kind ]
                  [ "folder"; "folder"; "folder" ]
                  ""

              Expect.equal (text answer?round?number) "1" ""

              let totals = server.Json "fleet/streams?totals=true"

              for stream, whole in List.zip (items totals?streams) (items answer?streams) do
                  for key in [ "lost"; "open"; "deleted" ] do
                      Expect.isFalse (fst (stream.TryGetProperty key)) key

                  for node, all in List.zip (items stream?nodes) (items whole?nodes) do
                      Expect.equal
                          (node.GetRawText())
                          (topWithout (lists @ [ "stuck" ]) all)
                          "the same without spans and files"

                      Expect.equal (text all?offered_files) (string (items all?offered).Length) "files"

                      Expect.equal
                          (seconds all?endangered_seconds)
                          (items all?endangered |> List.sumBy (fun span -> seconds span?seconds))
                          "endangered"

          onRecorded
              "its spans are those of the command's BED, and each instant of the extent has one word for a node"
          <| fun folder ->
              recorded folder
              use server = new Server(folder, [ "A"; "B"; "C" ], everyQuality)
              server.Look now

              // The command's is in order of streams, the service's in order of time.
              let sorted (lines: string) =
                  List.sort (List.ofArray (lines.Split '\n'))

              Expect.equal
                  (sorted (server.Get "fleet/words?node=*&format=bed"))
                  (sorted (command folder [ "--format"; "bed" ]))
                  "BED"

              let words =
                  [ "had"
                    "unknown"
                    "fillable"
                    "pending"
                    "withheld"
                    "open"
                    "deleted"
                    "lost" ]

              for stream in items (server.Json "fleet/streams")?streams do
                  for node in items stream?nodes do
                      let of' words =
                          let words = String.concat "," words

                          server.Json
                              $"fleet/words?channel={text stream?channel}&quality={text stream?quality}&node={text node?name}&words={words}"

                      Expect.equal (seconds (of' words)?seconds) (seconds stream?extent?seconds) "all words"

                      let spans =
                          [ for span in items (of' words)?items ->
                                text span?start, text (span.GetProperty "end") ]

                      for (_, finish), (start, _) in List.pairwise spans do
                          Expect.equal start finish "one after the other"

                      for word in words do
                          Expect.equal
                              (seconds (of' [ word ])?seconds)
                              (seconds (node?seconds.GetProperty word))
                              word

          onRecorded "lists what is asked for: time, nodes, words, the longest first, in each form"
          <| fun folder ->
              recorded folder
              use server = new Server(folder, [ "A"; "B"; "C" ], [])
              server.Look now
              let one = "channel=desertbus&quality=source"

              let window = $"fleet/words?{one}&start=2026-11-24T08:34:30&end=2026-11-24T08:36:06"

              Expect.equal
                  (server.Get(window + "&format=text"))
                  ("#channel quality node word start end seconds reason from\n"
                   + "desertbus source A fillable 2026-11-24T08:34:30.000000Z 2026-11-24T08:34:44.348000Z 14.348 - B,C\n"
                   + "desertbus source A endangered 2026-11-24T08:36:04.348000Z 2026-11-24T08:36:06.000000Z 1.652 marked C\n"
                   + "desertbus source B endangered 2026-11-24T08:36:04.348000Z 2026-11-24T08:36:06.000000Z 1.652 marked C\n"
                   + "desertbus source C withheld 2026-11-24T08:36:04.348000Z 2026-11-24T08:36:06.000000Z 1.652 marked A,B\n")
                  "cut to the window"

              Expect.equal
                  (server.Get(window + "&node=B&node=C&words=endangered,withheld&format=csv"))
                  ("channel,quality,node,word,start,end,seconds,reason,from\n"
                   + "desertbus,source,B,endangered,2026-11-24T08:36:04.348000Z,2026-11-24T08:36:06.000000Z,1.652,marked,C\n"
                   + "desertbus,source,C,withheld,2026-11-24T08:36:04.348000Z,2026-11-24T08:36:06.000000Z,1.652,marked,\"A,B\"\n")
                  "nodes and words"

              let answer = server.Json $"fleet/words?{one}&words=lost&order=length&limit=2"

              Expect.equal
                  (text answer?count,
                   text answer?truncated,
                   [ for it in items answer?items -> text it?node, text it?seconds ])
                  ("12", "True", [ "", "61.259833"; "A", "61.259833" ])
                  "the stream's, and those of the nodes"

              Expect.equal
                  [ for it in items answer?advice -> text it?word, text it?advice ]
                  (List.replicate 2 ("lost", FleetAdvice.Lost))
                  "what to do"

              Expect.equal (server.Ask [] $"fleet/words?{one}&words=deleted&nodata=404").Status 404 ""
              Expect.equal (text (server.Json $"fleet/words?{one}&words=deleted")?count) "0" ""

              for wrong in [ "words=full"; "format=request"; "start=2026-11-25&end=2026-11-24"; "other=1" ] do
                  Expect.equal (server.Ask [] $"fleet/words?{wrong}").Status 400 wrong

          onRecorded "lists the files that a node lacks as the command does, of a time where one is asked for"
          <| fun folder ->
              recorded folder
              use server = new Server(folder, [ "A"; "B"; "C" ], everyQuality)
              server.Look now

              for form in [ "fetch"; "curl"; "sha256" ] do
                  Expect.equal
                      (server.Get $"fleet/files?node=A&format={form}")
                      (command folder [ "--for"; "A"; "--format"; form ])
                      form

              Expect.equal
                  (server.Get "fleet/files?node=C&include=withheld")
                  (command folder [ "--for"; "C"; "--format"; "fetch"; "--include"; "withheld" ])
                  "with what back-filling does not bring"

              let some =
                  server.Get
                      "fleet/files?node=A&channel=desertbus&quality=source&start=2026-11-24T08:34:30&end=2026-11-24T08:34:33"

              Expect.equal
                  [ for line in some.Split('\n', StringSplitOptions.RemoveEmptyEntries) ->
                        line.Substring(0, 35) ]
                  [ "# 3 files that A lacks, as of 2027-"
                    "desertbus/source/2026-11-24T08/34:2"
                    "desertbus/source/2026-11-24T08/34:3"
                    "desertbus/source/2026-11-24T08/34:3" ]
                  "those that reach into three seconds"

              let refused = server.Ask [] "fleet/files?node=D"
              Expect.equal refused.Status 404 ""

              Expect.equal
                  (text refused.Json?detail)
                  "no node is named D; there are A, B, C"
                  "which there are"

              Expect.equal (server.Ask [] "fleet/files").Status 400 "of no node"
              let ofFolders = server.Ask [] "fleet/files?node=A&format=aria2"

              Expect.equal
                  (ofFolders.Status, text ofFolders.Json?parameter)
                  (400, "format")
                  "aria2 fetches over HTTP"

          archiveTest
              "an answer about time is the same until something changes; there is none before the first round, nor long after the last"
          <| fun folder ->
              let hour = "2025-11-07T18"
              folder.Files($"A/c/source/{hour}", [ "00:00.0-5-full-AAAA.ts"; "00:10.0-5-full-AAAB.ts" ])
              folder.Files($"B/c/source/{hour}", [ "00:00.0-5-full-AAAA.ts"; "00:10.0-5-full-AAAB.ts" ])
              use server = new Server(folder, [ "A"; "B" ], [])

              for path in [ "fleet/streams"; "fleet/words"; "fleet/files?node=A" ] do
                  let early = server.Ask [] path
                  Expect.equal early.Status 503 path
                  Expect.isTrue (early.Headers.ContainsKey "retry-after") path

              server.Look "2025-11-07T19:00:00Z"
              let first = server.Ask [] "fleet/words"

              let again () =
                  (server.Ask [ "If-None-Match", first.Headers["etag"] ] "fleet/words").Status

              Expect.equal (again ()) 304 ""
              server.Look "2025-11-07T19:01:00Z"
              Expect.equal (again ()) 304 "a round that says the same"
              folder.Files($"B/c/source/{hour}", [ "00:05.0-5-full-AAAC.ts" ])
              server.Look "2025-11-07T19:02:00Z"
              Expect.equal (again ()) 200 "a round that says another"
              server.Waits "2025-11-07T20:00:00Z"
              let late = server.Ask [] "fleet/words"
              Expect.equal late.Status 503 "an hour without a round: nobody knows"
              Expect.stringContains (text late.Json?detail) "2025-11-07T19:02:00.000000Z" "since when"

          archiveTest "of a service that compares no nodes it is not there, and says why"
          <| fun folder ->
              use service = ApiTests.onExample folder

              for path in [ "fleet/streams"; "fleet/words"; "fleet/files?node=A" ] do
                  let answer = ApiTests.ask service path
                  Expect.equal answer.Status 404 path
                  Expect.stringContains (text answer.Json?detail) "--fleet" path

              Expect.equal (text (ApiTests.json service "streams")?fleet) "False" "" ]

/// The events of a server as they come: their lines, without those between.
let private listen (server: Server) =
    let http = new HttpClient()

    let answer =
        http
            .GetAsync(
                $"http://127.0.0.1:{server.Port}/api/v1/events",
                HttpCompletionOption.ResponseHeadersRead
            )
            .Result

    let reader = new StreamReader(answer.Content.ReadAsStream())

    let rec next lines =
        match reader.ReadLine() with
        | null -> failtest "the events ended"
        | "" when List.exists (fun (line: string) -> line.StartsWith "data: ") lines -> List.rev lines
        | "" -> next []
        | line -> next (line :: lines)

    fun () -> next []

let private data (event: string list) =
    JsonElement.Parse((List.last event).Substring "data: ".Length)

[<Tests>]
let events =
    testList
        "the events of the fleet"
        [ archiveTest
              "one at once, then one for each round over the nodes, among those of the archive with their ids"
          <| fun folder ->
              let hour = "2025-11-07T18"
              folder.Files($"A/c/source/{hour}", [ "00:00.0-5-full-AAAA.ts" ])
              folder.Files($"B/c/source/{hour}", [ "00:05.0-5-full-AAAB.ts" ])
              use server = new Server(folder, [ "A"; "B" ], [])
              let next = listen server
              Expect.equal (List.truncate 2 (next ())) [ "event: round"; "id: 1" ] "that of the archive"
              server.Look "2025-11-07T19:00:00Z"
              let first = next ()
              Expect.equal (List.length first, first.Head) (2, "event: fleet") "it has no id"

              Expect.equal
                  (text (data first)?round?number, text (data first)?skipped, items (data first)?streams)
                  ("1", "0", [])
                  "the first one tells no changes"

              Expect.equal
                  [ for node in items (data first)?nodes -> text node?name, text node?kind ]
                  [ "A", "folder"; "B", "folder" ]
                  ""

              Directory.Move(folder.At "B", folder.At "gone")
              server.Look "2025-11-07T19:01:00Z"
              let second = data (next ())

              Expect.equal
                  (texts second?became_unknown, texts second?became_known)
                  ([ "B" ], [])
                  "B has no folder"

              Expect.equal
                  [ for it in items second?streams -> text it?channel, text it?status ]
                  [ "c", "unknown" ]
                  "and so"

              server.Round()
              Expect.equal (List.truncate 2 (next ())) [ "event: round"; "id: 2" ] "ids go on"
              Directory.Move(folder.At "gone", folder.At "B")
              server.Look "2025-11-07T19:02:00Z"
              let third = data (next ())
              Expect.equal (texts third?became_unknown, texts third?became_known) ([], [ "B" ]) "B is back"
              Expect.equal (text (item 1 third?nodes)?known) "True" ""
              let late = listen server
              Expect.equal (text (data (late ()))?round?number) "2" "the latest of the archive"
              let event = data (late ())

              Expect.equal
                  (text event?round?number, items event?streams)
                  ("3", [])
                  "the latest of the fleet, at once" ]
