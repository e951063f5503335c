/// What the service tells of changes, by events, counters and log; the API before the first round and under many
/// callers; and its page.
module Coverage.Tests.ApiEventsTests

open System
open System.Collections.Immutable
open System.Collections.Concurrent
open System.IO
open System.Net.Http
open System.Text.Json
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging.Abstractions
open Prometheus
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox
open Coverage.Tests.ApiTests

/// A client that listens to the events of a service.
type private Listener(port: int) =
    // A connection of its own, which ends with it.
    let http = new HttpClient()

    let answer =
        http
            .GetAsync($"http://127.0.0.1:{port}/api/v1/events", HttpCompletionOption.ResponseHeadersRead)
            .Result

    let lines = ConcurrentQueue<string>()

    let reading =
        task {
            try
                use reader = new StreamReader(answer.Content.ReadAsStream())
                let mutable isOver = false

                while not isOver do
                    match! reader.ReadLineAsync() with
                    | null -> isOver <- true
                    | line -> lines.Enqueue line
            with
            | :? IOException
            | :? ObjectDisposedException
            | :? OperationCanceledException -> ()
        }

    member _.Status = int answer.StatusCode
    member _.HasEnded = reading.IsCompleted
    member _.Lines: string list = List.ofSeq lines

    /// The events so far: their numbers and what they tell.
    member this.Events: (int * JsonElement) list =
        this.Lines
        |> List.filter ((<>) "")
        |> List.filter (fun line -> line[0] <> ':')
        |> List.tail
        |> List.chunkBySize 3
        |> List.choose (fun lines ->
            match lines with
            | [ "event: round"; number; data ] when number.StartsWith "id: " && data.StartsWith "data: " ->
                Some(int (number.Substring 4), JsonElement.Parse(data.Substring 6))
            | [ _; _; _ ] -> failtest $"no event: %A{lines}"
            | _ -> None)

    /// Everything that the events say of one stream under a key, in order.
    member this.Reported(key: string, channel: string) : JsonElement list =
        [ for _, event in this.Events do
              for stream in items event?streams do
                  if text stream?channel = channel then
                      yield! items (stream.GetProperty key) ]

    interface IDisposable with
        member _.Dispose() =
            answer.Dispose()
            http.Dispose()

let private counter name channel (service: Service) =
    sample $"segment_coverage_{name}_total" [ "channel", channel; "quality", "source" ] service.Metrics

[<Tests>]
let events =
    testList
        "the API's events"
        [ archiveTest "one at once with nothing changed, then one a round, by the rounds' numbers"
          <| fun archive ->
              use service = onExample archive
              use listener = new Listener(service.Port)
              Expect.equal listener.Status 200 ""
              eventually "four events" (fun () -> listener.Lines.Length > 20)
              Expect.equal listener.Lines.Head "retry: 3000" ""

              for (before, _), (number, event) in List.pairwise listener.Events do
                  Expect.equal number (before + 1 + event?skipped.GetInt32()) "none left out"

              for number, event in listener.Events do
                  Expect.equal (event?round?number.GetInt32()) number ""

                  for key in [ "streams"; "gone"; "failing" ] do
                      Expect.isEmpty (items (event.GetProperty key)) key

          archiveTest "a hole opens, grows, shrinks and closes: reported, counted and logged"
          <| fun archive ->
              let hour = "2025-11-07T18"
              layOut archive "c" hour [ "00:00.0-5-full-.ts" ]
              use service = new Service(archive, [])
              service.AwaitReady()
              Expect.equal (counter "holes_opened" "c" service) (Some 0.0) "there before the first"
              use listener = new Listener(service.Port)
              eventually "an event" (fun () -> listener.Lines.Length > 4)

              let reported key = listener.Reported(key, "c")

              /// Does something and waits for one more entry.
              let after what key act =
                  let before = reported key
                  act ()
                  eventually what (fun () -> reported key <> before)
                  let now = reported key
                  Expect.hasLength now (before.Length + 1) what
                  List.last now

              let path name = archive.At $"c/source/{hour}/{name}"
              let make name () = File.WriteAllText(path name, "")

              let span (hole: JsonElement) =
                  (text hole?start).Substring 14, (text hole?``end``).Substring 14, text hole?seconds

              let opened = after "a hole" "opened" (make "00:20.0-5-full-.ts")
              Expect.equal (span opened) ("00:05.000000Z", "00:20.000000Z", "15") ""
              Expect.equal (counter "holes_opened" "c" service) (Some 1.0) ""

              let shrunk = after "less of it" "shrunk" (make "00:15.0-5-full-.ts")
              Expect.equal (span shrunk) ("00:05.000000Z", "00:15.000000Z", "10") ""
              Expect.equal (text shrunk?was_seconds) "15" ""

              let grown =
                  after "more of it" "grown" (fun () -> File.Delete(path "00:15.0-5-full-.ts"))

              Expect.equal (span grown) ("00:05.000000Z", "00:20.000000Z", "15") ""
              Expect.equal (text grown?was_seconds) "10" ""

              let closed = after "the end of it" "closed" (make "00:05.0-15-full-.ts")
              Expect.equal (span closed) ("00:05.000000Z", "00:20.000000Z", "15") ""
              Expect.isGreaterThan (closed?stood_seconds.GetDecimal()) 0m "it stood a while"

              Expect.equal
                  (counter "holes_opened" "c" service, counter "holes_closed" "c" service)
                  (Some 1.0, Some 1.0)
                  ""

              for line in
                  [ "c/source: hole opened: 2025-11-07T18:00:05.000000Z to 2025-11-07T18:00:20.000000Z, 15 s"
                    "c/source: hole shrunk: 2025-11-07T18:00:05.000000Z to 2025-11-07T18:00:15.000000Z, 10 s, which was 15 s"
                    "c/source: hole grown: 2025-11-07T18:00:05.000000Z to 2025-11-07T18:00:20.000000Z, 15 s, which was 10 s"
                    "c/source: hole closed: 2025-11-07T18:00:05.000000Z to 2025-11-07T18:00:20.000000Z, 15 s, which stood for " ] do
                  Expect.hasLength (service.WholeLog |> List.filter _.Contains(line)) 1 line

          archiveTest "hours come and go, streams come and go, and what fails says so"
          <| fun archive ->
              for channel in [ "stays"; "goes" ] do
                  layOut archive channel "2025-11-07T18" [ "00:00.0-3600-full-.ts" ]

              use service = new Service(archive, [ "--forget-after"; "0" ])
              service.AwaitReady()
              use listener = new Listener(service.Port)
              eventually "an event" (fun () -> listener.Lines.Length > 4)
              layOut archive "stays" "2025-11-07T19" [ "00:00.0-3600-full-.ts" ]

              let reported key =
                  listener.Reported(key, "stays") |> List.map text

              eventually "an hour more" (fun () -> reported "hours_added" = [ "2025-11-07T19" ])
              Directory.Delete(archive.At "stays/source/2025-11-07T18", true)
              eventually "an hour less" (fun () -> reported "hours_gone" = [ "2025-11-07T18" ])
              Directory.Delete(archive.At "goes", true)

              let gone () =
                  [ for _, event in listener.Events do
                        for stream in items event?gone -> text stream?channel ]

              eventually "a stream less" (fun () -> gone () = [ "goes" ])
              layOut archive "comes" "2025-11-07T18" [ "00:00.0-5-full-.ts"; "00:10.0-5-full-.ts" ]

              eventually "a stream more" (fun () ->
                  listener.Events
                  |> List.exists (fun (_, event) ->
                      items event?streams |> List.exists (fun stream -> text stream?channel = "comes")))

              Expect.isEmpty (listener.Reported("opened", "comes")) "nothing was there before its first check"
              let aside = archive.Path + ".aside"
              Directory.Move(archive.Path, aside)

              let failing () =
                  match List.tryLast listener.Events with
                  | Some(_, event) -> items event?failing |> List.map (fun stream -> text stream?error)
                  | None -> []

              eventually "no archive" (fun () -> failing().Length = 2)
              Expect.all (failing ()) _.Contains(archive.Path) "which"
              let streams = items (json service "streams")?streams
              Expect.all streams (fun stream -> (text stream?failing).Contains archive.Path) "there, too"
              Directory.Move(aside, archive.Path)
              eventually "all well" (fun () -> failing () = [])

          archiveTest "32 of one client may listen and no more; those who listen hold up no end"
          <| fun archive ->
              use service = onExample archive
              let listeners = [ for _ in 1..32 -> new Listener(service.Port) ]

              try
                  Expect.all listeners (fun listener -> listener.Status = 200) ""
                  let refused = ask service "events"
                  Expect.equal refused.Status 429 ""
                  Expect.isTrue (refused.Headers.ContainsKey "retry-after") ""
                  (listeners.Head :> IDisposable).Dispose()

                  eventually "a place" (fun () ->
                      use next = new Listener(service.Port)
                      next.Status = 200)

                  Expect.equal (service.Stop()) 0 ""
                  eventually "the end of all" (fun () -> listeners.Tail |> List.forall _.HasEnded)
              finally
                  for listener in listeners do
                      (listener :> IDisposable).Dispose() ]

// Without a service around it.

let private options (archive: Folder) =
    match Arguments.Parse([| "serve"; "--base-dir"; archive.Path |], (fun _ -> null)) with
    | Outcome.Run options -> options
    | other -> failtest $"%A{other}"

[<Tests>]
let limits =
    testList
        "the API's limits"
        [ archiveTest "before the first round there is no answer, but the events begin with it"
          <| fun archive ->
              let options = options archive
              let gauges = Gauges(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()))
              let rounds = Rounds<Round>()
              let builder = WebApplication.CreateEmptyBuilder(WebApplicationOptions())
              builder.Services.AddRoutingCore().AddLogging() |> ignore
              let port = freePort ()

              builder.WebHost.UseKestrelCore().UseUrls $"http://127.0.0.1:{port}" |> ignore

              let app = builder.Build()
              let clock = TimeProvider.System

              let content = FoundContent()
              use turns = new DiskTurns()

              use api =
                  ApiTests.api (
                      ApiEndpoints(
                          options,
                          HourSegments(options, turns, content, clock),
                          HourListings(options, turns, clock),
                          Cuts(options, turns, clock),
                          content
                      ),
                      FleetEndpoints((fun _ -> null), ImmutableArray.Empty, options, clock),
                      ApiEvents(rounds, options, CancellationToken.None),
                      rounds,
                      clock
                  )

              api.Map app
              app.StartAsync().Wait()

              try
                  let get (path: string) =
                      http.GetAsync($"http://127.0.0.1:{port}/api/v1/{path}").Result

                  for path in [ "streams"; "holes"; "map.png?channel=a&quality=b"; "segments" ] do
                      use answer = get path
                      Expect.equal (int answer.StatusCode) 503 path
                      Expect.isNotNull answer.Headers.RetryAfter path

                  use listener = new Listener(port)
                  Expect.equal listener.Status 200 ""
                  eventually "a beginning" (fun () -> listener.Lines <> [])
                  rounds.Publish(Round.After(rounds.Latest, [], DateTimeOffset.UtcNow))
                  eventually "the first round" (fun () -> listener.Events.Length = 1)
                  use answer = get "streams"
                  Expect.equal (int answer.StatusCode) 200 ""
              finally
                  app.DisposeAsync().AsTask().Wait()

          archiveTest "many callers at a time get answers or a request to wait, and the checks go on"
          <| fun archive ->
              for hour in 10..19 do
                  let names = [ for minute in 0..59 -> $"%02d{minute}:00.0-50-full-.ts" ]
                  layOut archive "c" $"2025-11-07T{hour}" names

              use service = new Service(archive, [])
              service.AwaitReady()
              let before = (json service "streams")?round?number.GetInt32()

              // Fewer connections than one client may have.
              use http = new HttpClient(new SocketsHttpHandler(MaxConnectionsPerServer = 100))

              let statuses =
                  [| for _ in 1..300 ->
                         task {
                             use! answer =
                                 http.GetAsync $"http://127.0.0.1:{service.Port}/api/v1/holes?merge=0.1"

                             return int answer.StatusCode
                         } |]
                  |> Task.WhenAll
                  |> _.Result
                  |> Array.countBy id
                  |> Map.ofArray

              Expect.isTrue (statuses.ContainsKey 200) $"{statuses}"
              Expect.isEmpty (statuses |> Map.filter (fun status _ -> status <> 200 && status <> 429)) ""

              eventually "more rounds" (fun () ->
                  (json service "streams")?round?number.GetInt32() > before + 1)

          archiveTest
              "more rows than fit are reported, and refused where the format has no place to report them"
          <| fun archive ->
              // A hole after each tenth of a second.
              let names =
                  [ for second in 0..3599 do
                        for tenth in 0..2 -> $"%02d{second / 60}:%02d{second % 60}.{3 * tenth}-0.1-full-.ts" ]

              layOut archive "c" "2025-11-07T18" names
              use service = new Service(archive, [])
              service.AwaitReady()
              let answer = json service "holes"

              Expect.equal
                  (text answer?count, text answer?limit, text answer?truncated, (items answer?items).Length)
                  ("10799", "10000", "True", 10000)
                  ""

              let refused = ask service "holes?format=request"
              Expect.equal refused.Status 413 ""
              Expect.stringContains (text refused.Json?detail) "10799" "how many"

              Expect.equal
                  ((ask service "holes?format=request&limit=3").Text.Split('\n').Length)
                  4
                  "whoever gives a limit knows"

              let segments = json service "segments?channel=c&quality=source&hour=2025-11-07T18"
              Expect.equal (text segments?truncated, (items segments?segments).Length) ("True", 5000) "" ]

[<Tests>]
let page =
    testList
        "the API's page"
        [ archiveTest "renders the description, from this service alone and by addresses relative to it"
          <| fun archive ->
              use service = onExample archive
              let get path = send HttpMethod.Get [] service path

              for path, location in [ "/api", "api/index.html"; "/api/", "index.html" ] do
                  let answer = get path
                  Expect.equal (answer.Status, answer.Headers["location"]) (301, location) path

              let html = get "/api/index.html"
              Expect.equal html.Status 200 ""

              let files =
                  [ for found in Regex.Matches(html.Text, "(?:src|href)=\"([^\"]*)\"") ->
                        found.Groups[1].Value ]

              Expect.isGreaterThan files.Length 4 ""

              for file in files do
                  Expect.isTrue (Regex.IsMatch(file, @"^(\./|\.\./web/)?[\w.-]+$")) $"{file} is relative"
                  Expect.equal (get $"/api/{file}").Status 200 file

              Expect.stringContains (get "/api/index.js").Text "v1/openapi.json" "which description"
              let description = json service "openapi.json"
              Expect.equal (text (item 0 description?servers)?url) "." "relative to the description"

          archiveTest "describes what there is: each address takes each of its parameters, and no others"
          <| fun archive ->
              use service = onFleet archive

              let values =
                  Map.ofList
                      [ "channel", "desertbus"
                        "node", "A"
                        "totals", "true"
                        "quality", "source"
                        "hour", "2025-11-07T18"
                        "start", "2025-11-07"
                        "end", "2025-11-08"
                        "words", "full,missing"
                        "min", "0"
                        "merge", "0"
                        "limit", "5"
                        "allow_holes", "true"
                        // A transition stands between two ranges.
                        "range", "2025-11-07T18:00,2025-11-07T18:01&range=2025-11-07T18:02,2025-11-07T18:03"
                        "transition", "fade,1" ]

              for path in (json service "openapi.json")?paths.EnumerateObject() do
                  if path.Name <> "/events" then
                      let query =
                          [ for parameter in items path.Value?get?parameters do
                                let name = text parameter?name

                                match Map.tryFind name values, parameter?schema.TryGetProperty "enum" with
                                | Some _, _ when path.Name = "/fleet/words" && name = "words" ->
                                    "words=lost,had"
                                | Some value, _ -> $"{name}={value}"
                                | None, (true, choices) ->
                                    $"{name}={text choices[choices.GetArrayLength() - 1]}"
                                | None, _ -> failtest $"{path.Name}: {name}" ]
                          |> String.concat "&"

                      let answer = ask service $"{path.Name.Substring 1}?{query}"
                      // A cut that is refused is an answer, too.
                      let expected = if path.Name = "/cut" then [ 200; 406 ] else [ 200 ]
                      Expect.contains expected answer.Status $"{path.Name}?{query}"

                      Expect.equal
                          (ask service $"{path.Name.Substring 1}?{query}&other=1").Status
                          400
                          path.Name ]
