/// What a service keeps of its rounds.
module Coverage.Tests.RoundsTests

open System
open System.IO
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.Logging.Abstractions
open Prometheus
open Coverage
open Coverage.CommandLine
open Coverage.Host

/// A body that nobody reads: what is written to it never arrives.
type private Unread() =
    inherit MemoryStream()

    override _.WriteAsync(_: ReadOnlyMemory<byte>, stop: CancellationToken) =
        ValueTask(Task.Delay(Timeout.Infinite, stop))

let private options =
    match CommandLine.Parse([| "serve" |], fun _ -> null) with
    | Outcome.Run options -> options
    | other -> failwith $"{other}"

let private finish (rounds: Rounds) (reading: StreamReading) =
    let now = DateTimeOffset.UtcNow
    rounds.Finish([ Look(StreamName("c", "source"), reading, now, null) ], now)

/// How many bytes are reachable.
let private liveHeap () =
    GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, true, true)
    GC.WaitForPendingFinalizers()
    GC.GetTotalMemory true

/// Looks again and again at a stream of thousands of hours, one of which changes between two looks.
let private manyRounds (folder: string) (rounds: Rounds) (count: int) (after: int -> unit) =
    let stream = StreamName("c", "source")
    let first = DateTime(2025, 1, 1)

    let hour number =
        let name = first.AddHours(float number).ToString "yyyy-MM-dd'T'HH"
        Directory.CreateDirectory(Path.Combine(folder, "c", "source", name)).FullName

    for number in 0..2999 do
        File.WriteAllText(Path.Combine(hour number, "00:00.0-2-full-.ts"), "")

    let watch =
        StreamWatch(
            Archive(folder, TimeProvider.System),
            stream,
            Engine.Settings(10_000L, Nullable(), Nullable()),
            HourReader(TimeProvider.System),
            Workers(),
            TimeProvider.System
        )

    for round in 1..count do
        File.WriteAllText(
            Path.Combine(
                hour 2999,
                $"%02d{round / 20 % 60}:%02d{3 * (round % 20)}.%d{round / 1200}-1-full-.ts"
            ),
            ""
        )


        match watch.LookAsync(false, null, CancellationToken.None).Result with
        | null -> failtest "the stream is there"
        | reading -> finish rounds reading

        after round

[<Tests>]
let tests =
    testSequenced
    <| testList
        "rounds"
        [ let count = if Gen.depth > 1 then 5000 else 120

          testCase
              $"the live heap after {count} changing rounds is that after 30, beside a listener that takes nothing and one that waits"
          <| fun () ->
              let folder = Directory.CreateTempSubdirectory("coverage-rounds-").FullName
              use over = new CancellationTokenSource()

              try
                  let rounds =
                      Rounds(
                          Gauges(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())),
                          NullLogger<Rounds>.Instance
                      )

                  let context = DefaultHttpContext()
                  context.Response.Body <- new Unread()
                  let listening = ApiEvents(rounds, options, over.Token).ServeAsync context
                  let waiting = rounds.WaitAsync(Int32.MaxValue, over.Token)
                  let mutable early = 0L
                  let mutable late = 0L

                  manyRounds folder rounds count (fun round ->
                      if round = 30 then
                          early <- liveHeap ()
                      elif round = count then
                          late <- liveHeap ())

                  printfn
                      "live heap after 30 rounds: %d KiB, after %d: %d KiB"
                      (early / 1024L)
                      count
                      (late / 1024L)

                  Expect.isFalse waiting.IsCompleted "it waits to the end"
                  Expect.isLessThanOrEqual (float late) (1.2 * float early) ""
                  over.Cancel()
                  Task.WaitAny([| listening |]) |> ignore
              finally
                  Directory.Delete(folder, true)

          testCase "who waits is woken by the first round after the one named, or at once when it is over"
          <| fun () ->
              let rounds =
                  Rounds(
                      Gauges(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())),
                      NullLogger<Rounds>.Instance
                  )

              let next () =
                  rounds.Finish([], DateTimeOffset.UtcNow)

              let first = rounds.WaitAsync(0, CancellationToken.None)
              let third = rounds.WaitAsync(2, CancellationToken.None)
              Expect.isFalse first.IsCompleted "before the first round"
              next ()
              first.Wait()
              Expect.isTrue (rounds.WaitAsync(0, CancellationToken.None).IsCompleted) "it is over"
              next ()
              Expect.isFalse third.IsCompleted "it waits for the third"
              next ()
              third.Wait() ]
