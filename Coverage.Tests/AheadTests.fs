/// A segment that a wrong clock dated into the future must not hide what is missing now.
module Coverage.Tests.AheadTests

open System
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open Microsoft.Extensions.Logging.Abstractions
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox

/// The folder of a stream's hour, and the name of a segment of ten seconds, at a time.
let segmentAt (channel: string) (time: DateTime) =
    let of' (format: string) = time.ToString format
    $"""{channel}/source/{of' "yyyy-MM-ddTHH"}/{of' "mm:ss"}.0-10-full-.ts"""

let private ahead channel metrics =
    sample "segment_coverage_segments_ahead" [ "channel", channel; "quality", "source" ] metrics

/// What is served of a channel's archive, whatever the channel is called and however long the checks took.
let private served (archive: Folder) (service: Service) (channel: string) =
    let samples =
        labelled [ "channel", channel ] service.Metrics
        |> Map.toList
        |> List.choose (fun ((name, labels), value) ->
            if
                name.EndsWith "check_duration_seconds"
                || name.EndsWith "last_success_timestamp_seconds"
                || name.EndsWith "segments_ahead"
                || name.EndsWith "edge_age_seconds"
            then
                None
            else
                Some((name, labels.Remove "channel"), value))

    let answers =
        [ for address in [ "streams"; "extent"; "spans"; "holes"; "hours" ] do
              match service.TryGet $"/api/v1/{address}?channel={channel}" with
              | Some(200, answer) ->
                  let json = JsonElement.Parse answer

                  for item in items (if address = "streams" then json?streams else json?items) do
                      for property in item.EnumerateObject() do
                          if
                              not (
                                  List.contains
                                      property.Name
                                      [ "channel"; "checked"; "age_seconds"; "segments_ahead"; "account" ]
                              )
                          then
                              address, property.Name, property.Value.GetRawText()

                          if property.Name = "account" then
                              for part in [ "span"; "verdict"; "completeness"; "seconds" ] do
                                  address, part, (property.Value.GetProperty part).GetRawText()
              | other -> failtestf "%s: %A" address other ]

    let picture =
        File.ReadAllBytes(archive.At $"coverage-maps/{channel}_source_coverage.png")

    samples, answers, picture

let private warnings (service: Service) (channel: string) =
    service.WholeLog
    |> List.filter (fun line -> line.Contains $"{channel}/source: " && line.Contains "clock")

/// A clock that a test sets.
type private SetClock(start: DateTimeOffset) =
    inherit TimeProvider()
    member val Now = start with get, set
    override this.GetUtcNow() = this.Now

[<Tests>]
let tests =
    testList
        "segments ahead of the clock"
        [ archiveTest "Regression: everything served is as without them, but for their number, and said once"
          <| fun archive ->
              let now = DateTime.UtcNow

              for channel in [ "plain"; "dated" ] do
                  for seconds in [ 7200; 7190; 7170; 600; 590 ] do
                      archive.File(segmentAt channel (now.AddSeconds(float -seconds)), 0L)

              for hours in [ 48.0; 48.0 + 24.0 * 365.0 ] do
                  archive.File(segmentAt "dated" (now.AddHours hours), 0L)

              use service = new Service(archive, [])
              service.AwaitReady()
              service.AwaitRound()
              Expect.equal (served archive service "dated") (served archive service "plain") ""

              Expect.equal
                  (ahead "dated" service.Metrics, ahead "plain" service.Metrics)
                  (Some 2.0, Some 0.0)
                  ""

              match service.TryGet "/api/v1/streams" with
              | Some(200, answer) ->
                  let logged =
                      [ for stream in items (JsonElement.Parse answer)?streams ->
                            text stream?channel, text stream?segments_ahead ]

                  Expect.equal logged [ "dated", "2"; "plain", "0" ] ""
              | other -> failtestf "%A" other

              archive.File(segmentAt "dated" (now.AddHours 49.0), 0L)
              service.Await("one more", fun metrics -> ahead "dated" metrics = Some 3.0)
              Expect.hasLength (warnings service "dated") 1 ""
              Expect.hasLength (warnings service "plain") 0 ""

              // A loss, and the stream's age, are what they are.
              let holes channel metrics =
                  sample "segment_coverage_hole_seconds" [ "channel", channel; "quality", "source" ] metrics

              let before = holes "dated" service.Metrics

              for channel in [ "plain"; "dated" ] do
                  archive.File(segmentAt channel (now.AddSeconds -560.0), 0L)

              service.Await(
                  "20 seconds more are lost",
                  fun metrics ->
                      holes "dated" metrics = Option.map ((+) 20.0) before
                      && holes "plain" metrics = holes "dated" metrics
              )

              service.AwaitRound()
              Expect.equal (served archive service "dated") (served archive service "plain") ""

          archiveTest "check and map leave nothing out"
          <| fun archive ->
              let now = DateTime.UtcNow
              archive.File(segmentAt "c" (now.AddHours -1.0), 0L)
              archive.File(segmentAt "c" (now.AddHours 48.0), 0L)
              let _, answer = checkJson archive []
              let hours = items (item 0 answer?streams)?hours
              Expect.hasLength hours 50 "49 hours later, and both ends"
              Expect.equal (run [ "map"; "--base-dir"; archive.Path ]).ExitCode 0 ""

              Expect.equal
                  (Png.readFile (archive.At "coverage-maps/c_source_coverage.png")).Width
                  (50 * 6)
                  "six columns an hour"

          archiveTest
              "Regression: when all of them are, this machine's clock is doubted, and nothing is left out"
          <| fun archive ->
              let now = DateTime.UtcNow

              for hours in [ 48.0; 50.0 ] do
                  archive.File(segmentAt "c" (now.AddHours hours), 0L)

              use service = new Service(archive, [])
              service.AwaitReady()

              let count =
                  sample "segment_coverage_hour_reports" [ "channel", "c"; "quality", "source" ]

              Expect.equal (count service.Metrics) (Some 3.0) ""
              Expect.equal (ahead "c" service.Metrics) (Some 2.0) ""
              service.AwaitRound()

              match warnings service "c" with
              | [ line ] -> Expect.stringContains line "this machine's clock" ""
              | other -> failtestf "%A" other

              archive.File(segmentAt "c" (now.AddHours -1.0), 0L)
              service.Await("a segment that is not ahead", fun metrics -> count metrics = Some 1.0)
              eventually "which is said" (fun () -> (warnings service "c").Length = 2)

          archiveTest "an hour is ahead until five minutes before it begins"
          <| fun archive ->
              let hour = DateTimeOffset(2025, 11, 7, 18, 0, 0, TimeSpan.Zero)

              for time in [ hour.AddMinutes -30.0; hour ] do
                  archive.File(segmentAt "c" time.UtcDateTime, 0L)

              let options =
                  match Arguments.Parse([| "serve"; "--base-dir"; archive.Path |], (fun _ -> null)) with
                  | Outcome.Run options -> options
                  | other -> failtestf "%A" other

              let registry = Prometheus.Metrics.NewCustomRegistry()
              let gauges = Gauges(Prometheus.Metrics.WithCustomRegistry registry)
              let clock = SetClock hour

              let keeper = Keeper(options.Judgement, clock)

              let loop =
                  RoundLoop(options, keeper, gauges, Rounds<Round>(), NullLoggerFactory.Instance, clock)

              let aheadAt (now: DateTimeOffset) =
                  clock.Now <- now
                  Expect.equal (loop.RoundAsync(CancellationToken.None).Result) 0 ""
                  use text = new MemoryStream()
                  registry.CollectAndExportAsTextAsync(text).Wait()
                  ahead "c" (parseMetrics (Text.Encoding.UTF8.GetString(text.ToArray())))

              let long = hour.AddMinutes -5.0
              Expect.equal (aheadAt (long.AddMicroseconds -1.0)) (Some 1.0) "just before"
              Expect.equal (aheadAt long) (Some 0.0) "then"
              Expect.equal (aheadAt (long.AddMicroseconds -1.0)) (Some 1.0) "a clock that is set back" ]
