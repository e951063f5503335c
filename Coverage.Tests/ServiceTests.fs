/// The service: what a scraper sees, what the log tells, and how it ends.
module Coverage.Tests.ServiceTests

open System
open System.Collections.Concurrent
open System.IO
open System.Net.Sockets
open System.Text.Json
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.Logging.Abstractions
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox

let private stream channel =
    [ "channel", channel; "quality", "source" ]

let private total name channel metrics =
    sample $"segment_coverage_{name}" (stream channel) metrics

[<Tests>]
let warmUp =
    testCase "what the program warms up with runs to its end: a fault there is hidden by the program"
    <| fun () ->
        Coverage.Host.WarmUp.Print(Coverage.Host.WarmUp.Check())
        Coverage.Host.Serve.Rehearse(Coverage.Host.WarmUp.Check())

[<Tests>]
let metrics =
    testList
        "the service's metrics"
        [ archiveTest "the worked example of semantics.md: every sample of its hour, and of its stream"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              use service = new Service(archive, [])
              service.AwaitReady()
              let metrics = service.Metrics

              let ofTheHour =
                  [ for gauge, full, suspect, partial in
                        [ "segment_count", 4.0, 2.0, 2.0
                          "segment_duration", 26.0, 10.0, 8.0
                          "overlap_count", 1.0, 1.0, 2.0
                          "overlap_duration", 1.0, 5.0, 5.004 ] do
                        gauge, [ "type", "full" ], full
                        gauge, [ "type", "suspect" ], suspect
                        gauge, [ "type", "partial" ], partial

                    "segment_count", [ "type", "bad" ], 0.0
                    "raw_coverage", [], 32.996
                    "editable_coverage", [], 30.0
                    "raw_holes", [], 1.0
                    "editable_holes", [], 1.0 ]

              let labels = ("hour", "2025-11-07T18") :: stream "desertbus"

              let expected =
                  Map.ofList
                      [ for gauge, kind, value in ofTheHour -> (gauge, Map.ofList (kind @ labels)), value ]

              Expect.equal (labelled labels metrics) expected "these names, labels and values, and no others"

              for name, value in
                  [ "complete_ratio", 0.6251
                    "holes", 1.0
                    "hole_seconds", 7.0
                    "longest_hole_seconds", 7.0
                    "editable_holes", 1.0
                    "editable_hole_seconds", 9.996
                    "partial_only_seconds", 7.996
                    "bad_segments", 0.0
                    "segments_ahead", 0.0
                    "last_segment_end_timestamp_seconds", 1762538440.0
                    "hour_reports", 1.0 ] do
                  Expect.equal (total name "desertbus" metrics) (Some value) name

              for kind in [ "read"; "gone"; "map"; "page"; "internal" ] do
                  let labels = ("kind", kind) :: stream "desertbus"

                  Expect.equal
                      (sample "segment_coverage_failures_total" labels metrics)
                      (Some 0.0)
                      "there before the first"

              let now = DateTimeOffset.UtcNow.ToUnixTimeSeconds()

              let age =
                  float now
                  - (total "last_success_timestamp_seconds" "desertbus" metrics |> Option.get)

              Expect.isTrue (abs age < 60.0) $"the last success was {age} s ago"
              Expect.isSome (total "check_duration_seconds" "desertbus" metrics) ""

              let info =
                  metrics |> Map.filter (fun (name, _) _ -> name = "segment_coverage_build_info")

              Expect.equal (List.ofSeq info.Values) [ 1.0 ] ""

          archiveTest "the log's messages are counted, by level, category and the method that logs"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              archive.Files("c/source/no hour", [])
              use service = new Service(archive, [ "--log-level"; "debug" ])
              service.AwaitReady()
              service.AwaitRound()

              let counts level func =
                  let labels =
                      [ "level", level; "module", "Coverage.Host.CheckLoop"; "function", func ]

                  sample "log_count_total" labels service.Metrics

              Expect.equal (counts "DEBUG" "UpdateMap") (Some 1.0) "the map was written"
              Expect.equal (counts "WARNING" "Show") (Some 1.0) "the odd folder"

              let lines (level: string) =
                  service.WholeLog
                  |> List.filter _.Contains($" {level}: Coverage.Host.CheckLoop")
                  |> List.length
                  |> float

              Expect.equal (counts "INFO" "Show") (Some(lines "info")) "as many as there are"

              Directory.CreateDirectory(archive.At "coverage-maps/d_source_coverage.png")
              |> ignore

              CheckTests.layOutExample "d" archive
              eventually "an error" (fun () -> counts "ERROR" "UpdateMap" >= Some 1.0)

          archiveTest "at debug each best segment has a line of its own"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              use service = new Service(archive, [ "--log-level"; "debug" ])
              service.AwaitReady()

              let best =
                  [ for line in service.WholeLog do
                        let found = Regex.Match(line, @"/2025-11-07T18: best segment (\S+)$")

                        if found.Success then
                            found.Groups[1].Value.Split('-')[0] ]

              // A young folder is read more than once.
              Expect.equal
                  (List.take 6 best)
                  [ "00:00.0"; "00:10.004"; "00:19.0"; "00:30.0"; "00:32.0"; "00:35.0" ]
                  ""

          archiveTest "labels hold any name"
          <| fun archive ->
              let strange = "a \"b\",\n\\c {d} é"
              CheckTests.layOutExample strange archive
              use service = new Service(archive, [])
              service.AwaitReady()
              Expect.equal (total "holes" strange service.Metrics) (Some 1.0) ""

          archiveTest
              "what a terminal would obey is percent-encoded in labels, and written as codes in the log and the page"
          <| fun archive ->
              CheckTests.layOutExample CheckTests.hostile archive
              use service = new Service(archive, [ "--make-page"; "--log-level"; "debug" ])
              service.AwaitReady()
              let encoded = "%1B[2Jred%C2%9B1m%0D%E2%80%AE%251B"
              Expect.equal (total "holes" encoded service.Metrics) (Some 1.0) ""
              let _, scrape = Option.get (service.TryGet "/metrics")
              Expect.isTrue (CheckTests.isHarmless scrape) "the scrape"

              let page = archive.At $"coverage-maps/{CheckTests.hostile}_source_coverage.html"
              eventually "a page" (fun () -> File.Exists page)
              Expect.isTrue (CheckTests.isHarmless (File.ReadAllText page)) "the page"
              Directory.Delete(archive.At CheckTests.hostile, true)
              CheckTests.layOutExample "another" archive

              service.Await(
                  "the other",
                  fun metrics ->
                      metrics
                      |> Map.exists (fun (_, labels) _ -> Map.tryFind "channel" labels = Some "another")
              )

              for line in service.WholeLog do
                  Expect.isTrue (CheckTests.isHarmless line) line

          archiveTest "while the extent is empty there is no ratio and no last end"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "bad.ts" ])
              use service = new Service(archive, [])
              service.AwaitReady()
              Expect.equal (total "bad_segments" "c" service.Metrics) (Some 1.0) ""
              Expect.equal (total "complete_ratio" "c" service.Metrics) None ""
              Expect.equal (total "last_segment_end_timestamp_seconds" "c" service.Metrics) None ""
              archive.File("c/source/2025-11-07T18/00:00.0-5-full-.ts", 0L)
              service.Await("a ratio", fun metrics -> total "complete_ratio" "c" metrics = Some 1.0)
              File.Delete(archive.At "c/source/2025-11-07T18/00:00.0-5-full-.ts")
              service.Await("none again", fun metrics -> (total "complete_ratio" "c" metrics).IsNone)

          archiveTest
              "the samples of deleted hours and of forgotten streams disappear; a channel that comes later is found"
          <| fun archive ->
              for channel in [ "stays"; "goes" ] do
                  for hour in 18..20 do
                      archive.Files($"{channel}/source/2025-11-07T{hour}", [ "00:00.0-3600-full-.ts" ])

              use service = new Service(archive, [ "--forget-after"; "0" ])
              service.AwaitReady()

              let hours channel metrics =
                  labelled (stream channel) metrics
                  |> Map.keys
                  |> Seq.choose (fun (_, labels) -> labels.TryFind "hour")
                  |> Seq.distinct
                  |> List.ofSeq

              let three = [ "2025-11-07T18"; "2025-11-07T19"; "2025-11-07T20" ]
              Expect.equal (hours "stays" service.Metrics, hours "goes" service.Metrics) (three, three) ""
              Directory.Delete(archive.At "stays/source/2025-11-07T18", true)
              Directory.Delete(archive.At "goes", true)
              CheckTests.layOutExample "comes" archive

              service.Await(
                  "what is gone is gone",
                  fun metrics ->
                      hours "stays" metrics = three.Tail
                      && Map.isEmpty (labelled [ "channel", "goes" ] metrics)
                      && total "hole_seconds" "comes" metrics = Some 7.0
              )

              Expect.equal (total "hour_reports" "stays" service.Metrics) (Some 2.0) ""

          archiveTest "a named channel that is not there is told of once, and looked for again"
          <| fun archive ->
              CheckTests.layOutExample "here" archive
              // As the wubloader project's deployments start it: no command, the channels first.
              let args =
                  [ "here"; "later"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ]

              use service = new Service(itself, [], args)
              service.AwaitReady()

              for _ in 1..3 do
                  service.AwaitRound()

              Expect.hasLength (service.WholeLog |> List.filter _.Contains("later")) 1 "one line"

              Expect.isEmpty (labelled [ "channel", "later" ] service.Metrics) "no number without an archive"

              CheckTests.layOutExample "later" archive
              service.Await("the channel", fun metrics -> total "holes" "later" metrics = Some 1.0) ]

/// A clock by which every folder was left alone for long, so that only what changed is read again.
type private LateClock() =
    inherit TimeProvider()
    override _.GetUtcNow() = DateTimeOffset.UtcNow.AddHours 1.0

[<Tests>]
let rounds =
    testList
        "the service's rounds"
        [ archiveTest "Regression: the progress of a round that is over is 1, however little it read"
          <| fun archive ->
              let hour (number: int) = $"c/source/2025-11-07T{number}"

              for number in 18..20 do
                  archive.Files(hour number, [ "00:00.0-3600-full-.ts" ])

              let options =
                  match Arguments.Parse([| "serve"; "--base-dir"; archive.Path |], (fun _ -> null)) with
                  | Outcome.Run options -> options
                  | other -> failtestf "%A" other

              let registry = Prometheus.Metrics.NewCustomRegistry()
              let gauges = Gauges(Prometheus.Metrics.WithCustomRegistry registry)

              let loop =
                  RoundLoop(
                      options,
                      Keeper(options.Judgement, LateClock()),
                      gauges,
                      Rounds<Round>(),
                      NullLoggerFactory.Instance,
                      LateClock()
                  )

              let round () =
                  Expect.equal (loop.RoundAsync(CancellationToken.None).Result) 0 ""
                  use text = new MemoryStream()
                  registry.CollectAndExportAsTextAsync(text).Wait()
                  parseMetrics (Text.Encoding.UTF8.GetString(text.ToArray()))

              Expect.equal (total "scan_progress_ratio" "c" (round ())) (Some 1.0) "all hours read"
              archive.File(hour 18 + "/00:00.0-5-suspect-.ts", 0L)
              Directory.SetLastWriteTimeUtc(archive.At(hour 18), DateTime(2025, 1, 1))
              let metrics = round ()

              let labels = [ "hour", "2025-11-07T18"; "type", "suspect" ] @ stream "c"
              Expect.equal (sample "segment_count" labels metrics) (Some 1.0) "the first of three read"
              Expect.equal (total "scan_progress_ratio" "c" metrics) (Some 1.0) ""
              Expect.equal (total "scan_progress_ratio" "c" (round ())) (Some 1.0) "none read"

          archiveTest "Regression: that no hour lies in the range is told loudly, once"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-5-full-.ts" ])
              use service = new Service(archive, [ "--first-hour"; "2025-11-07T20" ])
              service.AwaitReady()

              for _ in 1..3 do
                  service.AwaitRound()

              let loud () =
                  service.WholeLog |> List.filter _.Contains("NOTHING WAS CHECKED")

              Expect.hasLength (loud ()) 1 ""
              Expect.stringContains (loud ()).Head "2025-11-07T18" "what there is"
              archive.Files("c/source/2025-11-07T20", [ "00:00.0-5-full-.ts" ])

              service.Await(
                  "an hour in the range",
                  fun metrics -> total "complete_ratio" "c" metrics = Some 1.0
              )

              Directory.Delete(archive.At "c/source/2025-11-07T20", true)
              eventually "told of again when it comes to that again" (fun () -> (loud ()).Length = 2) ]

/// An archive that takes far longer to read than a test: links to one hour under the names of many.
let private layOutEndless (archive: Folder) =
    archive.Files(
        "c/source/2000-01-01T00",
        [ for second in 0..1999 -> $"%02d{second / 60}:%02d{second % 60}.0-1-full-.ts" ]
    )

    for hour in 1..2000 do
        let name = DateTime(2000, 1, 1).AddHours(hour).ToString "yyyy-MM-dd'T'HH"

        File.CreateSymbolicLink(archive.At $"c/source/{name}", "2000-01-01T00")
        |> ignore

    for channel in 1..50 do
        File.CreateSymbolicLink(archive.At $"c{channel}", "c") |> ignore

[<Tests>]
let health =
    testList
        "the service while a scan runs"
        [ for signal, name in [ sigterm, "SIGTERM"; sigint, "SIGINT"; sigquit, "SIGQUIT" ] do
              archiveTest $"it answers, is live but not ready, and {name} ends it at once"
              <| fun archive ->
                  layOutEndless archive
                  use service = new Service(archive, [ "--log-level"; "warning" ])
                  eventually "it listens" (fun () -> service.TryGet("/health/live").IsSome)
                  Expect.equal (service.TryGet "/health/live") (Some(200, "live\n")) ""

                  Expect.equal
                      (service.TryGet "/health/ready" |> Option.map fst)
                      (Some 503)
                      "the first round is not over"

                  let info =
                      service.Metrics
                      |> Map.filter (fun (name, _) _ -> name = "segment_coverage_build_info")

                  Expect.isNonEmpty info "metrics at any time"
                  service.Signal signal
                  Expect.equal (service.End(TimeSpan.FromSeconds 5.0)) 0 "" ]

/// So many hours in a row, each covered by one segment.
let private fullHours (archive: Folder) (count: int) =
    for hour in 0 .. count - 1 do
        let name = DateTime(2000, 1, 1).AddHours(hour).ToString "yyyy-MM-dd'T'HH"
        archive.Files($"c/source/{name}", [ "00:00.0-3600-full-.ts" ])

[<Tests>]
let ending =
    testList
        "the service's end"
        [ for signal, name in [ sigterm, "SIGTERM"; sigint, "SIGINT"; sigquit, "SIGQUIT" ] do
              archiveTest $"{name} between two rounds ends it with 0"
              <| fun archive ->
                  CheckTests.layOutExample "c" archive

                  use service =
                      new Service(
                          itself,
                          [],
                          [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "3600" ]
                      )

                  service.AwaitReady()
                  service.Signal signal
                  Expect.equal (service.End(TimeSpan.FromSeconds 5.0)) 0 ""

          archiveTest "what is being asked when it ends is answered, and no answer is an error"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              use service = new Service(archive, [])
              service.AwaitReady()
              let address = "/api/v1/digests?channel=c&quality=source"

              let answers = Array.init 4 (fun _ -> ConcurrentQueue<int>())

              let askers =
                  [ for mine in answers ->
                        // Threads of their own: those of the pool may all be busy.
                        Task.Factory.StartNew(
                            (fun () ->
                                Seq.initInfinite (fun _ -> service.TryGet address)
                                |> Seq.takeWhile Option.isSome
                                |> Seq.iter (fun answer -> mine.Enqueue(fst answer.Value))),
                            TaskCreationOptions.LongRunning
                        ) ]

              eventually "all ask" (fun () -> answers |> Array.forall (fun mine -> mine.Count > 20))
              Expect.equal (service.Stop()) 0 ""

              Task.WaitAll(Array.ofList askers)

              for mine in answers do
                  Expect.equal (List.distinct (List.ofSeq mine)) [ 200 ] $"%A{service.Log}"

              Expect.isFalse (service.Log |> List.exists _.Contains(" fail: ")) $"%A{service.Log}"

          archiveTest "a log that nobody reads does not hold up the end"
          <| fun archive ->
              fullHours archive 1000

              // Its stderr is a pipe whose other end is open and never read.
              let pipe = archive.At "pipe"
              tool [ "mkfifo"; pipe ]
              let words = [ "sh"; "-c"; "exec 3<>\"$0\"; exec \"$@\" 2>&3"; pipe ] @ itself
              use service = new Service(words, [], [ "serve"; "--base-dir"; archive.Path ])
              eventually "it listens" (fun () -> service.TryGet("/health/live").IsSome)
              eventually "the samples of some hours" (fun () -> service.Metrics.Count > 100)
              service.Signal sigterm
              Expect.equal (service.End(TimeSpan.FromSeconds 10.0)) 0 ""

          archiveTest "a log that nobody reads holds up no check, and --run-once ends"
          <| fun archive ->
              fullHours archive 1000

              let pipe = archive.At "pipe"
              tool [ "mkfifo"; pipe ]
              let words = [ "sh"; "-c"; "exec 3<>\"$0\"; exec \"$@\" 2>&3"; pipe ] @ itself

              let once = runOnceBy words archive

              Expect.equal once.ExitCode 0 ""
              use service = new Service(words, [], [ "serve"; "--base-dir"; archive.Path ])
              service.AwaitReady()

              Expect.equal
                  (sample
                      "segment_coverage_hour_reports"
                      [ "channel", "c"; "quality", "source" ]
                      service.Metrics)
                  (Some 1000.0)
                  ""

          for format, notice in
              [ "text", @"^\S+Z warn: Coverage\.Log: (\d+) lines? of the log dropped: "
                "json", @"^\{.*""LogLevel"":""Warning"".*""Message"":""(\d+) lines? of the log dropped: .*\}$" ] do
              archiveTest $"a log that is read again says how many lines were left out, as {format}"
              <| fun archive ->
                  // More than wait, of five lines each at level debug.
                  fullHours archive 11_000

                  let pipe = archive.At "pipe"
                  tool [ "mkfifo"; pipe ]
                  // Opened for both, a pipe waits for nobody.
                  use held = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite)
                  let words = [ "sh"; "-c"; "exec \"$@\" 2>\"$0\""; pipe ] @ itself

                  use service =
                      new Service(
                          words,
                          [],
                          [ "serve"
                            "--base-dir"
                            archive.Path
                            "--check-interval"
                            "0.1"
                            "--log-level"
                            "debug"
                            "--log-format"
                            format ]
                      )

                  service.AwaitReady()
                  let log = ConcurrentQueue<string>()

                  let reading =
                      // A thread of its own: those of the pool may all be busy.
                      Task.Factory.StartNew(
                          (fun () ->
                              use lines = new StreamReader(held)

                              while true do
                                  lines.ReadLine() |> Option.ofObj |> Option.iter log.Enqueue),
                          TaskCreationOptions.LongRunning
                      )

                  archive.Files("d/source/2025-11-07T18", [ "00:00.0-3600-full-.ts" ])

                  eventually "the log of the other stream" (fun () ->
                      log |> Seq.exists _.Contains("d/source/2025-11-07T18: raw"))

                  Expect.isFalse reading.IsFaulted ""

                  let notices () =
                      log |> Seq.filter (fun line -> Regex.IsMatch(line, notice))

                  eventually "the line that says so" (fun () -> not (Seq.isEmpty (notices ())))
                  let said = Regex.Match(Seq.head (notices ()), notice)

                  let lines =
                      log
                      |> Seq.filter (fun line -> Regex.IsMatch(line, "c/source/.*: "))
                      |> Seq.length

                  Expect.isGreaterThan lines 50_000 "those that waited"
                  Expect.isGreaterThanOrEqual (lines + int said.Groups[1].Value) 55_000 "none is forgotten"

          archiveTest
              "where too few files may be open it does not start, and says so; where few may, it takes fewer connections"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-2-full-.ts" ])

              let limited (most: int) =
                  [ "sh"; "-c"; $"ulimit -n {most}; exec \"$@\""; "sh" ] @ itself

              for most in [ 100; 230 ] do
                  let its =
                      runBy (limited most) [] [ "serve"; "--base-dir"; archive.Path; "--run-once" ]

                  Expect.equal its.ExitCode 69 its.Error
                  Expect.stringStarts its.Error $"this process may have {most} files open, and " ""
                  Expect.equal (its.Error.TrimEnd('\n').Split('\n').Length) 1 its.Error

              use service =
                  new Service(
                      limited 400,
                      [],
                      [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ]
                  )

              eventually "the port" (fun () ->
                  service.HasEnded || service.Log |> List.exists _.Contains("metrics on port"))

              Expect.exists
                  service.WholeLog
                  _.Contains("may have 400 files open: it takes 80 connections at a time")
                  ""

              // The first requests of all, more than may be open.
              let clients =
                  [ for _ in 1..150 ->
                        let client = new Net.Sockets.TcpClient("127.0.0.1", service.Port)
                        client.GetStream().Write(Text.Encoding.ASCII.GetBytes "GET / HTTP/1.1\r\n")
                        client ]

              for client in clients do
                  client.Dispose()

              eventually "an answer after the flood" (fun () ->
                  service.HasEnded || service.TryGet "/" |> Option.map fst = Some 200)

              service.AwaitReady()
              Expect.equal (service.TryGet "/api/v1/streams" |> Option.map fst) (Some 200) ""

          archiveTest "an output folder that is a link to nowhere, or a pipe, is said not to be a folder"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-2-full-.ts" ])
              File.CreateSymbolicLink(archive.At "link", "nowhere") |> ignore
              tool [ "mkfifo"; archive.At "pipe" ]

              for name in [ "link"; "pipe" ] do
                  let its = run [ "map"; "--base-dir"; archive.Path; "--output-dir"; archive.At name ]
                  Expect.equal its.ExitCode 73 its.Error
                  Expect.stringContains its.Error $"{archive.At name} is there and is not a folder" ""

          archiveTest "a last word that nobody reads does not hold up the end"
          <| fun archive ->
              let pipe = archive.At "pipe"
              tool [ "mkfifo"; pipe ]
              // The pipe is full from the start.
              let words =
                  [ "sh"
                    "-c"
                    "exec 3<>\"$0\"; head -c 65536 /dev/zero >&3; exec \"$@\" 2>&3"
                    pipe ]
                  @ itself

              for args, code in
                  [ [ "serve"; "--base-dir"; archive.At "absent" ], 66
                    [ "serve"; "--check-interval"; "never" ], 64 ] do
                  Expect.equal (runBy words [] args).ExitCode code $"{args}"

          archiveTest "--run-once draws the maps, tells the hours and ends with 0, holes or not"
          <| fun archive ->
              CheckTests.layOutExample "c" archive

              let its =
                  run
                      [ "serve"
                        "--base-dir"
                        archive.Path
                        "--run-once"
                        "--metrics-port"
                        string (freePort ()) ]

              Expect.equal its.ExitCode 0 its.Error
              Expect.isTrue (File.Exists(archive.At "coverage-maps/c_source_coverage.png")) ""
              Expect.stringContains its.Error "2025-11-07T18" ""
              Expect.equal its.Output "" "the log is no data"

          archiveTest "systemd is told when the port is open, and of the end"
          <| fun archive ->
              CheckTests.layOutExample "c" archive

              // What a service's parent is called tells it that it is systemd's.
              let systemd = archive.At "systemd"
              File.WriteAllText(systemd, "#!/bin/sh\ntrap 'kill $!' TERM\n\"$@\" & wait; wait $!\n")
              File.SetUnixFileMode(systemd, UnixFileMode.UserRead ||| UnixFileMode.UserExecute)
              let address = archive.At "notify"

              use socket =
                  new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)

              socket.Bind(UnixDomainSocketEndPoint address)
              socket.ReceiveTimeout <- 60_000

              let told () =
                  let buffer = Array.zeroCreate 100
                  Text.Encoding.UTF8.GetString(buffer, 0, socket.Receive buffer).Trim()

              use service =
                  new Service(
                      systemd :: itself,
                      [ "NOTIFY_SOCKET", address ],
                      [ "serve"; "--base-dir"; archive.Path; "--log-format"; "json" ]
                  )

              Expect.equal (told ()) "READY=1" ""
              Expect.equal (service.TryGet "/health/live" |> Option.map fst) (Some 200) "the port is open"
              eventually "a line of the log" (fun () -> not service.Log.IsEmpty)
              Expect.stringStarts service.Log.Head "{" "the log has the form asked for"
              service.Signal sigterm
              Expect.equal (told ()) "STOPPING=1" ""
              Expect.equal (service.End(TimeSpan.FromSeconds 5.0)) 0 ""

          archiveTest "a base that is not there, or a port that is taken, is a sentence and a code"
          <| fun archive ->
              let its = run [ "serve"; "--base-dir"; archive.At "absent" ]
              Expect.equal its.ExitCode 66 ""
              Expect.stringContains its.Error "absent" ""
              CheckTests.layOutExample "c" archive
              use service = new Service(archive, [])
              service.AwaitReady()
              let port = string service.Port

              let its =
                  run
                      [ "serve"
                        "--base-dir"
                        archive.Path
                        "--bind"
                        "127.0.0.1"
                        "--metrics-port"
                        port ]

              Expect.equal its.ExitCode 69 its.Error

              // The first look goes on beside it and may say something, too.
              let complaints =
                  its.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                  |> Array.filter (fun line -> not (line.Contains " info: "))

              Expect.hasLength complaints 1 "one line, no stack trace"
              Expect.stringContains complaints[0] port "" ]

/// The log of some rounds.
let private log (archive: Folder) environment args =
    let settings = [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ]
    use service = new Service(itself, environment, settings @ args)
    service.AwaitReady()
    service.AwaitRound()
    Expect.equal (service.Stop()) 0 ""
    service.Log

[<Tests>]
let logging =
    testList
        "the service's log"
        [ archiveTest "as text: one line a message, each with a UTC timestamp and a level"
          <| fun archive ->
              CheckTests.layOutExample "a\nb" archive
              archive.Files("a\nb/source/2025-11-07T19", [ "line\nend.ts" ])
              archive.Files("a\nb/source/no hour", [])
              let lines = log archive [] [ "--log-level"; "debug" ]
              Expect.isNonEmpty lines ""

              for line in lines do
                  Expect.isMatch
                      line
                      @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (trce|dbug|info|warn|fail|crit): \S"
                      ""

              let stamp = DateTimeOffset.Parse(lines.Head.Split(' ')[0])
              Expect.isTrue ((DateTimeOffset.UtcNow - stamp).Duration() < TimeSpan.FromMinutes 2.0) "UTC"

          archiveTest "as JSON: one document a line, each with a UTC timestamp, a level and a message"
          <| fun archive ->
              CheckTests.layOutExample "a\nb" archive
              let lines = log archive [] [ "--log-format"; "json" ]
              Expect.isNonEmpty lines ""

              for line in lines do
                  let message = JsonElement.Parse line
                  Expect.isTrue ((text message?Timestamp).EndsWith 'Z') line
                  Expect.isNonEmpty (text message?LogLevel) line
                  Expect.isNonEmpty (text message?Message) line

          archiveTest
              "a stream is told in one line a round in which it changed; at level debug each hour that did, too"
          <| fun archive ->
              for hour in 18..19 do
                  archive.Files($"c/source/2025-11-07T{hour}", [ "00:00.0-3600-full-.ts" ])

              use service = new Service(archive, [ "--log-level"; "debug" ])
              service.AwaitReady()
              service.AwaitRound()

              let about hour =
                  service.WholeLog
                  |> List.filter _.Contains($"dbug: Coverage.Host.CheckLoop: c/source/2025-11-07T{hour}:")
                  |> List.length

              let told () =
                  service.WholeLog
                  |> List.filter _.Contains("info: Coverage.Host.CheckLoop: c/source: ")

              let ofOne = about 18
              Expect.isGreaterThan ofOne 0 ""
              Expect.equal (about 19) ofOne "as much of each"

              let summaries () =
                  told () |> List.filter _.Contains("new or changed")

              Expect.hasLength (summaries ()) 1 $"{told ()}"

              Expect.stringContains
                  (summaries ()).Head
                  "2 hours new or changed, 2025-11-07T18 to 2025-11-07T19; recorded to 2025-11-07T20:00:00"
                  ""

              archive.File("c/source/2025-11-07T19/30:00.0-1-suspect-.ts", 0L)
              service.Await("the change", fun _ -> about 19 > ofOne)
              service.AwaitRound()
              Expect.equal (about 18, about 19) (ofOne, 2 * ofOne) "the changed one once more, the other not"
              Expect.hasLength (summaries ()) 2 $"{told ()}"
              Expect.stringContains (List.last (summaries ())) "1 hour new or changed, 2025-11-07T19;" ""

          archiveTest "the figures: span, segments, overlaps, coverage and holes, with their totals"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              let lines = log archive [] [ "--log-level"; "debug" ] |> String.concat "\n"

              for figure in
                  [ "2025-11-07T18:00:00.000000Z"
                    "2025-11-07T18:00:40.000000Z"
                    "40 s"
                    "4 full totalling 26 s"
                    "2 suspect totalling 10 s"
                    "2 partial totalling 8 s"
                    "0 bad"
                    "2 partial totalling 5.004 s"
                    "32.996 s"
                    "30 s"
                    "1 hole totalling 7 s"
                    "1 editable hole totalling 9.996 s"
                    "covered 32.996 s, 1 hole totalling 7 s, partial-only 7.996 s" ] do
                  Expect.stringContains lines figure ""

              Expect.isFalse (lines.Contains "[0]") "no line has the number of its event"

          archiveTest "a failure that lasts is told when it begins and when it ends, not in every round"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              let blocked = archive.At "coverage-maps/c_source_coverage.png"
              Directory.CreateDirectory(Path.Combine(blocked, "x")) |> ignore
              use service = new Service(archive, [])
              service.AwaitReady()

              for _ in 1..3 do
                  service.AwaitRound()

              let about (text: string) =
                  service.WholeLog |> List.filter _.Contains(text)

              Expect.hasLength (about " fail: ") 1 $"{service.Log}"

              Expect.stringContains
                  (about " fail: ").Head
                  "c/source: no map: cannot write"
                  "there is no last one"

              Directory.Delete(blocked, true)
              eventually "its end is told" (fun () -> (about "c/source: the map is written again").Length = 1)

          lowlyTest "where there are no figures yet the log does not say that the last ones stay"
          <| fun words archive ->
              CheckTests.layOutExample "c" archive
              tool [ "chmod"; "-R"; "a+rwX"; archive.Path ]
              let source = archive.At "c/source"
              tool [ "chmod"; "000"; source ]

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ])

              let failed () =
                  service.Log |> List.filter _.Contains(" fail: ")

              eventually "the failure is told" (fun () -> not (failed ()).IsEmpty)
              Expect.stringContains (failed ()).Head "there are no figures yet" ""
              tool [ "chmod"; "755"; source ]
              service.AwaitRound()
              tool [ "chmod"; "000"; source ]
              eventually "it is told anew when it begins anew" (fun () -> (failed ()).Length = 2)
              Expect.stringContains (List.last (failed ())) "the last figures stay" ""

          archiveTest "at level debug the best segments are named, and the others are not"
          <| fun archive ->
              CheckTests.layOutExample "c" archive

              for environment, args in
                  [ [], [ "--log-level"; "debug" ]
                    [ "WUBLOADER_LOG_LEVEL", "DEBUG" ], []
                    [ "SEGMENT_COVERAGE_LOG_LEVEL", "debug"; "WUBLOADER_LOG_LEVEL", "ERROR" ], [] ] do
                  let lines = log archive environment args |> String.concat "\n"

                  let named =
                      Regex.Matches(lines, @"-(AAA[A-H])\.ts")
                      |> Seq.map _.Groups[1].Value
                      |> Set.ofSeq

                  Expect.equal
                      named
                      (set [ "AAAA"; "AAAB"; "AAAD"; "AAAF"; "AAAG"; "AAAH" ])
                      $"{environment} {args}"

              let lines = log archive [ "WUBLOADER_LOG_LEVEL", "INFO" ] [] |> String.concat "\n"
              Expect.isFalse (lines.Contains "AAAA") "not at level info" ]
