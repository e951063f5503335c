/// What the wubloader project's own deployment asks of its checker, as facts, and ours in its place.
module Coverage.Tests.DropInTests

open System
open System.IO
open System.IO.Compression
open System.Net.Http
open System.Text.RegularExpressions
open Expecto
open Coverage.Tests.Sandbox

/// What a deployment starts: the words, the channels and qualities among them, and where its Prometheus scrapes.
type private Deployment =
    { Name: string
      Channels: string list
      Qualities: string list
      Others: string list
      Scraped: string }

/// The volume of the segments in every deployment, which is the archive here.
let private volume = "/mnt"

let private database =
    "dbname='wubloader' host='postgres' password='dbfh2019' port='5432' user='vst'"

let private deployments =
    let channels = [ "desertbus"; "db_chief"; "db_high"; "db_audio"; "db_bus" ]

    let range =
        [ "--first-hour"
          "1969-12-31T00:00:00Z"
          "--last-hour"
          "1970-01-07T00:00:00Z" ]

    let page = [ "--make-page"; "--connection-string"; database ]

    [ { Name = "docker-compose, by nginx"
        Channels = channels
        Qualities = [ "source"; "480p" ]
        Others = range @ page
        Scraped = "/metrics" }
      { Name = "Kubernetes, by the ingress"
        Channels = channels
        Qualities = [ "source"; "480p" ]
        Others = [ "--metrics-port"; "80" ] @ range @ page
        Scraped = "/metrics/segment_coverage" }
      { Name = "docker-compose, before it had a range and a page"
        Channels = [ "desertbus" ]
        Qualities = [ "source"; "480p" ]
        Others = []
        Scraped = "/metrics" } ]

/// The gauges of the checker: name, help, and the values of the label type for those that have it.
let private gauges =
    let types = [ "full"; "suspect"; "partial" ]

    [ "segment_count", "Number of segments in an hour", "bad" :: types
      "segment_duration", "Segment duration in an hour", types
      "raw_coverage", "Total time covered by segments in an hour", []
      "editable_coverage", "Non-overlapping time covered by segments in an hour", []
      "raw_holes", "Number of holes in raw coverage for the hour", []
      "editable_holes", "Number of holes in editable coverage for the hour", []
      "overlap_count", "Number of overlap segments for the hour", types
      "overlap_duration", "Duration of overlaping segments for the hour", types ]

/// What every official client says of its process.
let private processFigures =
    [ "process_cpu_seconds_total", "counter"
      "process_start_time_seconds", "gauge"
      "process_resident_memory_bytes", "gauge"
      "process_virtual_memory_bytes", "gauge"
      "process_open_fds", "gauge"
      "process_max_fds", "gauge" ]

/// What the dashboards ask for: metrics, and the labels that a query chooses or groups by and the scrape does not add.
let private asked =
    [ "log_count_total", [ "level"; "module"; "function" ]
      "process_cpu_seconds_total", []
      "process_resident_memory_bytes", []
      "process_start_time_seconds", []
      "process_open_fds", [] ]

/// The names that the level of a message has on the dashboards, which leave INFO out.
let private levels = [ "DEBUG"; "INFO"; "WARNING"; "ERROR"; "CRITICAL" ]

let private serve (archive: Folder) environment (deployment: Deployment) more =
    let words =
        deployment.Channels
        @ [ "--base-dir"; volume; "--qualities"; String.concat "," deployment.Qualities ]
        @ deployment.Others
        |> List.map (fun word -> if word = volume then archive.Path else word)

    new Service(itself, environment, words @ more)

let private text (service: Service) (path: string) =
    match service.TryGet path with
    | Some(200, text) -> text
    | other -> failtestf "%s: %A" path other

let private layOut (archive: Folder) =
    // As it is before the first start: not every channel has been live.
    CheckTests.layOutExample "desertbus" archive
    archive.Files("desertbus/480p/2025-11-07T18", [ "00:00.0-10-full-.ts" ])

let private http = new HttpClient()

[<Tests>]
let deployed =
    testList
        "in the wubloader project's deployment"
        [ for deployment in deployments do
              archiveTest
                  $"{deployment.Name}: it runs, is scraped, and makes the map and the page of each stream there is"
              <| fun archive ->
                  layOut archive
                  use service = serve archive [] deployment []
                  service.AwaitReady()
                  let metrics = parseMetrics (text service deployment.Scraped)

                  for quality in deployment.Qualities do
                      let stream = [ "channel", "desertbus"; "quality", quality ]
                      Expect.isSome (sample "segment_coverage_hour_reports" stream metrics) quality

                      let made (kind: string) =
                          File.Exists(archive.At $"coverage-maps/desertbus_{quality}_coverage.{kind}")

                      eventually "the map" (fun () -> made "png")

                      if List.contains "--make-page" deployment.Others then
                          eventually "the page" (fun () -> made "html")

                  let hours = labelled [ "channel", "desertbus"; "hour", "2025-11-07T18" ] metrics

                  Expect.equal
                      hours.IsEmpty
                      (List.contains "--first-hour" deployment.Others)
                      "hours outside the range are not reported"

                  Expect.equal (service.Stop()) 0 ""

          archiveTest "the gauges have its names, help, labels and types, and no others"
          <| fun archive ->
              layOut archive
              use service = serve archive [] deployments[2] []
              service.AwaitReady()
              let scrape = text service "/metrics"
              let metrics = parseMetrics scrape

              for name, help, types in gauges do
                  Expect.stringContains scrape $"# HELP {name} {help}\n# TYPE {name} gauge\n" ""

                  let samples =
                      metrics.Keys |> Seq.filter (fst >> (=) name) |> Seq.map snd |> List.ofSeq

                  let labels =
                      [ "channel"; "hour"; "quality" ] @ (if types.IsEmpty then [] else [ "type" ])

                  Expect.isNonEmpty samples name

                  for sample in samples do
                      Expect.sequenceEqual sample.Keys labels name

                  let found =
                      samples |> List.choose (Map.tryFind "type") |> List.distinct |> List.sort

                  Expect.equal found (List.sort types) name

          archiveTest "what its dashboards ask for is there, and the process's figures are true"
          <| fun archive ->
              layOut archive
              let before = DateTimeOffset.UtcNow.ToUnixTimeSeconds()
              use service = serve archive [ "WUBLOADER_LOG_LEVEL", "DEBUG" ] deployments[0] []
              service.AwaitReady()
              let scrape = text service "/metrics"
              let metrics = parseMetrics scrape

              for name, labels in asked do
                  let samples = metrics.Keys |> Seq.filter (fst >> (=) name) |> List.ofSeq
                  Expect.isNonEmpty samples name

                  for _, found in samples do
                      Expect.equal (List.ofSeq found.Keys |> List.sort) (List.sort labels) name

              for (name, labels) in metrics.Keys do
                  if name = "log_count_total" then
                      Expect.contains levels labels["level"] ""

              for name, kind in processFigures do
                  Expect.stringContains scrape $"# TYPE {name} {kind}\n" ""

              let value name = sample name [] metrics |> Option.get
              let status = File.ReadAllText $"/proc/{service.Id}/status"
              let limits = File.ReadAllText $"/proc/{service.Id}/limits"

              let within factor (expected: float) (found: float) name =
                  Expect.isTrue
                      (found > expected / factor && found < expected * factor)
                      $"{name}: {found}, {expected}"

              let kib name =
                  float (Regex.Match(status, name + @":\s+(\d+) kB").Groups[1].Value) * 1024.0

              within 2.0 (kib "VmRSS") (value "process_resident_memory_bytes") "resident"
              within 2.0 (kib "VmSize") (value "process_virtual_memory_bytes") "virtual"

              within
                  1.5
                  (float (Directory.GetFileSystemEntries $"/proc/{service.Id}/fd").Length)
                  (value "process_open_fds")
                  "open"

              Expect.equal
                  (value "process_max_fds")
                  (float (Regex.Match(limits, @"Max open files\s+(\d+)").Groups[1].Value))
                  "the soft limit"

              Expect.isTrue (value "process_cpu_seconds_total" > 0.0) ""
              Expect.isTrue (abs (value "process_start_time_seconds" - float before) < 60.0) ""

          archiveTest "metrics answer at the path that the ingress keeps, compressed for who asks"
          <| fun archive ->
              layOut archive
              use service = serve archive [] deployments[2] []
              service.AwaitReady()

              let names (scrape: string) =
                  parseMetrics scrape |> Map.keys |> Seq.map fst |> Set.ofSeq

              let plain = names (text service "/metrics")
              Expect.contains plain "raw_coverage" ""

              for path in [ "/metrics/segment_coverage"; "/metrics/"; "/metrics/a/b" ] do
                  Expect.equal (names (text service path)) plain path

              use question =
                  new HttpRequestMessage(
                      HttpMethod.Get,
                      $"http://127.0.0.1:{service.Port}/metrics/segment_coverage"
                  )

              question.Headers.Add("Accept-Encoding", "gzip")
              use answer = http.Send question
              Expect.sequenceEqual answer.Content.Headers.ContentEncoding [ "gzip" ] ""

              use unpacked =
                  new GZipStream(answer.Content.ReadAsStream(), CompressionMode.Decompress)

              use reader = new StreamReader(unpacked)
              Expect.equal (names (reader.ReadToEnd())) plain ""

          archiveTest "its variables: the level of the log holds, the sampler is named as not supported"
          <| fun archive ->
              layOut archive

              let variables =
                  [ "WUBLOADER_LOG_LEVEL", "DEBUG"; "WUBLOADER_ENABLE_STACKSAMPLER", "true" ]

              use service = serve archive variables deployments[2] []
              service.AwaitReady()
              Expect.exists service.WholeLog _.Contains("WUBLOADER_ENABLE_STACKSAMPLER is not supported") ""
              Expect.exists service.WholeLog _.Contains(" dbug: ") "" ]

[<Tests>]
let started =
    testList
        "what is started by mistake"
        [ archiveTest
              "a mistyped command ends with 64 and listens on nothing; a channel of that name is served"
          <| fun archive ->
              let result = run [ "chekc"; "--base-dir"; archive.Path ]
              Expect.equal result.ExitCode 64 ""
              Expect.stringContains result.Error "did you mean check?" ""
              CheckTests.layOutExample "chekc" archive
              use service = new Service(itself, [], [ "chekc"; "--base-dir"; archive.Path ])
              service.AwaitReady()
              Expect.equal (service.Stop()) 0 ""

          test "help prints the help, and ends with 0" {
              for words in [ [ "help" ]; [ "-h" ]; [ "check"; "-h" ]; [ "--he" ] ] do
                  let result = run words
                  Expect.equal (result.ExitCode, result.Error) (0, "") ""
                  Expect.stringContains result.Output "USAGE:" ""
          }

          archiveTest "no quality is no stream, in the service, too"
          <| fun archive ->
              layOut archive
              use service = new Service(archive, [ "--qualities"; "" ])
              service.AwaitReady()
              Expect.isEmpty (labelled [ "channel", "desertbus" ] service.Metrics) ""
              Expect.exists service.WholeLog _.Contains("there is no quality") ""

          test "an internal error is reported with its stack trace" {
              let rec fail depth : unit =
                  if depth = 0 then
                      invalidOp "the cause"
                  else
                      fail (depth - 1)
                      ignore depth

              let error =
                  try
                      fail 3
                      failtest "it must fail"
                  with :? InvalidOperationException as error ->
                      Coverage.Host.Program.Report error

              Expect.stringStarts
                  error
                  "internal error, please report it: System.InvalidOperationException: the cause"
                  ""

              Expect.isGreaterThan (Regex.Matches(error, "(?m)^   at .*fail").Count) 2 error
          } ]
