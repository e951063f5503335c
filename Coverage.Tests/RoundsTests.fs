/// What the service keeps of its rounds: the latest, whoever waits, listens or reads slowly.
module Coverage.Tests.RoundsTests

open System
open System.Collections.Immutable
open System.IO
open System.Net.Http
open System.Runtime.CompilerServices
open System.Text
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging.Abstractions
open Prometheus
open Coverage
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox
open Coverage.Tests.ApiTests

let private options (args: string list) =
    match Arguments.Parse([| "serve"; yield! args |], (fun _ -> null)) with
    | Outcome.Run options -> options
    | other -> failtest $"{other}"

let private newGauges () =
    Gauges(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()))

/// Ends a round with what is known of some streams; in a method of its own, so that no register holds the round.
[<MethodImpl(MethodImplOptions.NoInlining)>]
let private finish (rounds: Rounds<Round>) (streams: StreamRound list) =
    rounds.Publish(Round.After(rounds.Latest, streams, DateTimeOffset.UtcNow))

/// A web server of our own, on the port given to it.
let private serving (map: WebApplication -> unit) (test: int -> unit) =
    let builder = WebApplication.CreateEmptyBuilder(WebApplicationOptions())
    builder.Services.AddRoutingCore().AddLogging() |> ignore
    let port = freePort ()
    builder.WebHost.UseKestrelCore().UseUrls $"http://127.0.0.1:{port}" |> ignore
    let app = builder.Build()
    map app
    app.StartAsync().Wait()

    try
        test port
    finally
        app.DisposeAsync().AsTask().Wait()

// What is kept.

/// The body of an answer whose reader takes some of it and then nothing.
type private Stalling(taken: int, onStall: unit -> unit) =
    inherit MemoryStream()
    let mutable left = taken

    override _.WriteAsync(text: ReadOnlyMemory<byte>, stop: CancellationToken) : ValueTask =
        left <- left - text.Length

        if left >= 0 then
            ValueTask()
        else
            onStall ()
            ValueTask(Task.Delay(Timeout.Infinite, stop))

/// How many bytes are reachable.
let private liveHeap () : int64 =
    GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, true, true)
    GC.WaitForPendingFinalizers()
    GC.GetTotalMemory true

/// By this clock every folder rests, so that only what changed is read again.
type private LateClock() =
    inherit TimeProvider()
    override _.GetUtcNow() = DateTimeOffset.UtcNow.AddHours 1.0

/// Weak, and made in a method of its own so that no register holds the round.
[<MethodImpl(MethodImplOptions.NoInlining)>]
let private latest (rounds: Rounds<Round>) : WeakReference = WeakReference rounds.Latest

/// How many of these are still reachable.
let private alive (references: WeakReference seq) : int =
    liveHeap () |> ignore
    references |> Seq.filter _.IsAlive |> Seq.length

/// The check loop over a stream of thousands of hours, of which one changes before each round.
let private manyRounds
    (archive: Folder)
    (rounds: Rounds<Round>)
    (gauges: Gauges)
    (count: int)
    (after: int -> unit)
    =
    let hour number =
        let name = DateTime(2025, 1, 1).AddHours(float number).ToString "yyyy-MM-dd'T'HH"
        $"c/source/{name}"

    for number in 0..2999 do
        archive.Files(hour number, [ "00:00.0-2-full-.ts" ])

    let options = options [ "--base-dir"; archive.Path ]

    let loop =
        RoundLoop(
            options,
            Keeper(options.Judgement, LateClock()),
            gauges,
            rounds,
            NullLoggerFactory.Instance,
            LateClock()
        )

    for round in 1..count do
        // Each of the sixteen names comes and goes in turn: the archive grows no further.
        let name = archive.At $"{hour 2999}/30:%02d{3 * (round % 16)}.0-1-full-.ts"

        if File.Exists name then
            File.Delete name
        else
            File.WriteAllText(name, "")

        Expect.equal (loop.RoundAsync(CancellationToken.None).Result) 0 ""
        after round

[<Tests>]
let kept =
    testSequenced
    <| testList
        "the rounds that are kept"
        [ let count = if Gen.depth > 1 then 5000 else 100

          archiveTest
              $"the live heap after {count} changing rounds is that after 30, beside a slow listener and a client that waits"
          <| fun archive ->
              use over = new CancellationTokenSource()
              let gauges = newGauges ()
              let rounds = Rounds<Round>()
              let context = DefaultHttpContext()
              let mutable isStalled = false
              context.Response.Body <- new Stalling(100, (fun () -> isStalled <- true))
              let listening = ApiEvents(rounds, options [], over.Token).ServeAsync context
              let waiting = rounds.WaitAsync(Int32.MaxValue, over.Token)

              // What other tests have left there is no part of it.
              let before = liveHeap ()
              let reports = ResizeArray<WeakReference>()
              let mutable early = 0L
              let mutable late = 0L

              manyRounds archive rounds gauges count (fun round ->
                  reports.Add(latest rounds)

                  if round = 30 then
                      early <- liveHeap () - before
                  elif round = count then
                      late <- liveHeap () - before)

              printfn
                  "live heap after 30 rounds: %d KiB, after %d: %d KiB"
                  (early / 1024L)
                  count
                  (late / 1024L)

              Expect.isTrue isStalled "the listener is in the middle of an event"
              Expect.isFalse (listening.IsCompleted || waiting.IsCompleted) "both are there to the end"
              Expect.equal (nonNull rounds.Latest).ChangedIn count "every round found a change"
              Expect.isLessThanOrEqual (float late) (1.2 * float early) ""
              Expect.equal (alive reports) 1 "the latest round alone is kept"
              over.Cancel()

          testCase "no round is kept by an answer on its way to a slow reader, nor by an event"
          <| fun () ->
              use folder = new Folder()
              let options = options [ "--base-dir"; folder.Path ]
              let rounds = Rounds<Round>()
              let clock = TimeProvider.System
              let mutable stalled = 0

              let content = FoundContent()
              use turns = new DiskTurns()

              let events = ApiEvents(rounds, options, CancellationToken.None)

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
                      events,
                      rounds,
                      clock
                  )

              finish rounds []
              let first = latest rounds
              let paths = [ "streams"; "extents"; "holes"; "hours"; "events" ]

              let map (app: WebApplication) =
                  app.Use(fun (context: HttpContext) (next: RequestDelegate) ->
                      context.Response.Body <-
                          new Stalling(0, (fun () -> Interlocked.Increment &stalled |> ignore))

                      next.Invoke context)
                  |> ignore

                  api.Map app

              serving map (fun port ->
                  use http = new HttpClient()

                  let answers =
                      [ for path in paths -> http.GetAsync $"http://127.0.0.1:{port}/api/v1/{path}" ]

                  eventually "every answer is on its way" (fun () -> Volatile.Read &stalled = paths.Length)
                  finish rounds []
                  finish rounds []
                  Expect.equal (alive [ first ]) 0 "the first round is let go"
                  Expect.isFalse (answers |> List.exists _.IsCompleted) "no answer has arrived")

          testCase "who waits is woken by the first round after the one named, or at once when it is over"
          <| fun () ->
              let rounds = Rounds<Round>()

              let next () = finish rounds []

              let first = rounds.WaitAsync(0, CancellationToken.None)
              let third = rounds.WaitAsync(2, CancellationToken.None)
              Expect.isFalse first.IsCompleted "before the first round"
              next ()
              first.Wait()
              Expect.isTrue (rounds.WaitAsync(0, CancellationToken.None).IsCompleted) "it is over"
              next ()
              Expect.isFalse third.IsCompleted "it waits for the third"
              next ()
              third.Wait()

          testCase "a stream that went away while it was read for the first time leaves no sample"
          <| fun () ->
              let registry = Metrics.NewCustomRegistry()
              let gauges = Gauges(Metrics.WithCustomRegistry registry)
              gauges.Progress(Progress(StreamName("c", "source"), 1, 2))
              gauges.Keep(Collections.Generic.HashSet())
              use text = new MemoryStream()
              registry.CollectAndExportAsTextAsync(text).Wait()
              let metrics = parseMetrics (Encoding.UTF8.GetString(text.ToArray()))
              Expect.isEmpty (labelled [ "channel", "c" ] metrics) ""

          testCase
              "Regression: a count of memory that the runtime says is negative has no sample, until it is one again"
          <| fun () ->
              let registry = Metrics.NewCustomRegistry()
              let memory = Metrics.WithCustomRegistry(registry).CreateGauge("memory", "")
              let mutable now = 0.0
              // As the library does it: before each scrape.
              ProcessStats.NeverNegative(registry, memory)
              registry.AddBeforeCollectCallback(fun () -> memory.Set now)

              for value, shown in [ 5.0, Some 5.0; -2419112.0, None; 7.0, Some 7.0 ] do
                  now <- value
                  use text = new MemoryStream()
                  registry.CollectAndExportAsTextAsync(text).Wait()
                  let metrics = parseMetrics (Encoding.UTF8.GetString(text.ToArray()))
                  Expect.equal (sample "memory" [] metrics) shown $"{value}" ]

// Slow listeners, by real connections.

/// Ends a round of which the event is large: its number is that of the rounds finished so far.
let private finishLarge (rounds: Rounds<Round>) =
    let failing = String('x', 200_000)
    let failure = Failure(FailureKind.Read, failing, null, null)
    finish rounds [ StreamRound(StreamName("c", "source")).Fail failure ]

/// An answer to a listener that reads only when told to.
let private listen (http: HttpClient) (port: int) : StreamReader =
    let answer =
        http.GetAsync($"http://127.0.0.1:{port}/", HttpCompletionOption.ResponseHeadersRead).Result

    new StreamReader(answer.Content.ReadAsStream())

/// The next event: the number of its round, and how many rounds it skips; nothing at the end of the answer.
let rec private nextEvent (reader: StreamReader) : (int * int) option =
    match reader.ReadLine() with
    | null -> None
    | line when line.StartsWith "data: " ->
        let event = Json.JsonElement.Parse(line.Substring 6)
        Some(event?round?number.GetInt32(), event?skipped.GetInt32())
    | _ -> nextEvent reader

[<Tests>]
let slow =
    testList
        "slow listeners"
        [ testCase "one that is behind skips to the latest round and is told over how many"
          <| fun () ->
              let rounds = Rounds<Round>()
              let events = ApiEvents(rounds, options [], CancellationToken.None)
              finishLarge rounds

              serving (fun app -> app.MapGet("/", events.ServeAsync) |> ignore) (fun port ->
                  use http = new HttpClient()
                  use reader = listen http port
                  Expect.equal (nextEvent reader) (Some(1, 0)) "the beginning"
                  let last = 300

                  // Far more than all queues on the way hold.
                  for _ in 2..last do
                      finishLarge rounds

                  let told =
                      List.unfold
                          (fun number ->
                              if number = last then
                                  None
                              else
                                  nextEvent reader
                                  |> Option.map (fun (next, skipped) -> (next, skipped), next))
                          1

                  for (before, _), (number, skipped) in List.pairwise ((1, 0) :: told) do
                      Expect.equal number (before + 1 + skipped) "every round is told of or skipped"

                  Expect.equal (fst (List.last told)) last "the latest comes in the end"
                  Expect.isLessThan told.Length (last / 2) "most were skipped")

          testCase "one that takes nothing is closed"
          <| fun () ->
              let rounds = Rounds<Round>()

              let events =
                  ApiEvents(rounds, options [], CancellationToken.None, Patience = TimeSpan.FromSeconds 2.0)

              let mutable isOver = false

              let serve (context: HttpContext) : Task =
                  task {
                      do! events.ServeAsync context
                      isOver <- true
                  }

              serving (fun app -> app.MapGet("/", RequestDelegate serve) |> ignore) (fun port ->
                  use http = new HttpClient()
                  finishLarge rounds
                  use reader = listen http port

                  eventually "its end" (fun () ->
                      finishLarge rounds
                      isOver)

                  let last = (nonNull rounds.Latest).Number

                  let told =
                      try
                          List.unfold (fun () -> nextEvent reader |> Option.map (fun event -> event, ())) ()
                      with
                      | :? IOException
                      | :? HttpRequestException -> []

                  Expect.isFalse
                      (told |> List.exists (fun (number, _) -> number = last))
                      "the latest never came") ]
