/// What a scraper sees of the words, verdict and edge of streams, as the clock goes on.
module Coverage.Tests.WordMetricsTests

open System
open System.IO
open System.Text
open System.Threading
open Expecto
open Microsoft.Extensions.Logging.Abstractions
open Prometheus
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox

/// A clock that stands where it is put.
type private SetClock() =
    inherit TimeProvider()
    member val Now = DateTimeOffset.UnixEpoch with get, set
    override this.GetUtcNow() = this.Now

let private start = DateTimeOffset(2025, 11, 7, 18, 0, 0, TimeSpan.Zero)

/// A service without HTTP: each call makes a round so many seconds after the start, and gives the samples after it.
let private served (archive: Folder) (args: string list) : float -> Metrics =
    let registry = Metrics.NewCustomRegistry()
    let clock = SetClock()

    let options =
        match Arguments.Parse([| "serve"; "--base-dir"; archive.Path; yield! args |], (fun _ -> null)) with
        | Outcome.Run options -> options
        | other -> failtest $"{other}"

    let loop =
        RoundLoop(
            options,
            Keeper(options.Judgement, clock),
            Gauges(Metrics.WithCustomRegistry registry),
            Rounds<Round>(),
            NullLoggerFactory.Instance,
            clock
        )

    fun seconds ->
        clock.Now <- start.AddSeconds seconds
        loop.RoundAsync(CancellationToken.None).Result |> ignore
        use text = new MemoryStream()
        registry.CollectAndExportAsTextAsync(text, CancellationToken.None).Wait()
        parseMetrics (Encoding.UTF8.GetString(text.ToArray()))

/// Makes a segment that begins so many seconds after the start.
let private segment (archive: Folder) (kind: string) (from: int) (length: int) : unit =
    let time = start.AddSeconds from
    let hour = time.ToString "yyyy-MM-ddTHH"
    archive.File($"""c/source/{hour}/{time.ToString "mm:ss"}.0-{length}-{kind}-.ts""", 0L)

let private stream = [ "channel", "c"; "quality", "source" ]

/// The samples of a metric of the stream, by the value of the label that they have besides.
let private by (name: string) (label: string) (metrics: Metrics) : (string * float) list =
    [ for KeyValue((found, labels), value) in labelled stream metrics do
          if found = "segment_coverage_" + name then
              labels[label], value ]

let private one (name: string) (metrics: Metrics) : float option =
    sample ("segment_coverage_" + name) stream metrics

/// The one value of a label whose sample is 1: the others are 0.
let private chosen (name: string) (label: string) (of': string list) (metrics: Metrics) : string =
    let samples = by name label metrics
    Expect.equal (set (List.map fst samples)) (set of') name

    match List.filter (fun (_, value) -> value <> 0.0) samples with
    | [ word, 1.0 ] -> word
    | other -> failtest $"{name}: {other}"

let private verdict =
    chosen "verdict" "verdict" [ "empty"; "missing"; "unknown"; "ahead"; "pending"; "partial"; "complete" ]

let private edge =
    chosen "edge" "state" [ "none"; "recording"; "quiet"; "stopped"; "ended" ]

let private words (metrics: Metrics) : Map<string, float> =
    Map.ofList (by "word_seconds" "word" metrics)

let private noWords =
    Map.ofList
        [ for word in
              [ "full"
                "partial"
                "unexpected"
                "seam"
                "acknowledged"
                "unknown"
                "ahead"
                "pending"
                "missing" ] -> word, 0.0 ]

let private wordsAre (expected: (string * float) list) (metrics: Metrics) : unit =
    Expect.equal
        (words metrics)
        (List.fold (fun all (word, length) -> Map.add word length all) noWords expected)
        "the words"

[<Tests>]
let all =
    testList
        "the metrics of words"
        [ archiveTest "say each word's time, the verdict, the edge and the lines; time alone changes them"
          <| fun archive ->
              segment archive "full" 0 10
              segment archive "partial" 10 10
              segment archive "full" 30 10
              segment archive "full" 50 10

              File.WriteAllLines(
                  archive.At "known.csv",
                  [ "stream,start,end,reason,until"
                    "c/source,2025-11-07T18:00:20Z,2025-11-07T18:00:30Z,lost,"
                    "c/source,2025-11-07T18:00:00Z,2025-11-07T18:00:10Z,there,"
                    "c/source,2025-11-07T18:00:40Z,2025-11-07T18:00:50Z,awaited,2025-11-07T18:05:00Z"
                    "d/source,2025-11-07T18:00:40Z,2025-11-07T18:00:50Z,of another," ]
              )

              let at =
                  served
                      archive
                      [ "--expected-from"
                        "2025-11-07T18:00:00Z"
                        "--expected-to"
                        "2025-11-07T19:00:00Z"
                        "--acknowledged"
                        archive.At "known.csv" ]

              // Settling is 240 s and the longest segment.
              let early = at 600.0

              wordsAre
                  [ "full", 30.0
                    "partial", 10.0
                    "acknowledged", 10.0
                    "pending", 250.0
                    "missing", 300.0 ]
                  early

              Expect.equal (one "missing_spans" early) (Some 2.0) ""
              Expect.equal (one "longest_missing_seconds" early) (Some 290.0) ""
              Expect.equal (verdict early) "missing" ""
              Expect.equal (edge early) "stopped" ""
              Expect.equal (one "edge_age_seconds" early) (Some 540.0) ""
              Expect.equal (one "expected" early) (Some 1.0) ""
              Expect.equal (one "unread_hours" early) (Some 0.0) ""

              Expect.equal
                  (by "acknowledgements" "state" early |> List.sort)
                  [ "expired", 1.0; "unused", 1.0; "used", 1.0 ]
                  ""

              let late = at 4000.0
              wordsAre [ "full", 30.0; "partial", 10.0; "acknowledged", 10.0; "missing", 3550.0 ] late
              Expect.equal (one "longest_missing_seconds" late) (Some 3540.0) ""
              Expect.equal (one "edge_age_seconds" late) (Some 3940.0) ""
              Expect.equal (one "expected" late) (Some 0.0) "no longer"
              Expect.equal (one "hole_seconds" late) (Some 20.0) "the facts stay what they were"

          archiveTest "say nothing of what nothing was given of, and of no edge where there is none"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "bad.ts" ])
              let at = served archive []
              let empty = at 0.0
              wordsAre [] empty
              Expect.equal (verdict empty) "empty" ""
              Expect.equal (edge empty) "none" ""
              Expect.equal (one "edge_age_seconds" empty) None ""
              Expect.equal (one "expected" empty) None ""
              segment archive "full" 0 10
              let recording = at 20.0
              wordsAre [ "full", 10.0 ] recording
              Expect.equal (verdict recording) "complete" ""
              Expect.equal (edge recording) "recording" ""
              Expect.equal (one "edge_age_seconds" recording) (Some 10.0) ""
              let quiet = at 300.0
              Expect.equal (edge quiet) "quiet" ""
              Expect.equal (verdict quiet) "complete" "nothing says that more is expected"

          archiveTest "an expected stream that never started is missing, and has no edge"
          <| fun archive ->
              File.WriteAllLines(
                  archive.At "expected.csv",
                  [ "stream,start,end"; "c/source,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z" ]
              )

              let at = served archive [ "--expected"; archive.At "expected.csv" ]
              let metrics = at 600.0
              wordsAre [ "pending", 240.0; "missing", 360.0 ] metrics
              Expect.equal (verdict metrics) "missing" ""
              Expect.equal (edge metrics) "none" ""
              Expect.equal (one "edge_age_seconds" metrics) None ""

          archiveTest "go with their stream"
          <| fun archive ->
              segment archive "full" 0 10
              let at = served archive [ "--forget-after"; "0" ]
              Expect.isNonEmpty (words (at 0.0)) ""
              Directory.Delete(archive.At "c", true)
              Expect.isEmpty (labelled stream (at 60.0)) "no sample of it is left"

          archiveTest "segments that arrive in another order open no hole"
          <| fun archive ->
              for from in 0..2..48 do
                  segment archive "full" from 2

              let at = served archive []
              at 50.0 |> ignore

              for index, from in List.indexed [ 56; 52; 58; 54; 50 ] do
                  segment archive "full" from 2
                  let metrics = at (60.0 + 0.2 * float index)
                  Expect.equal (one "missing_spans" metrics) (Some 0.0) ""

              let metrics = at 61.0
              Expect.equal (one "holes" metrics) (Some 0.0) "the last one filled it"
              Expect.equal (one "holes_opened_total" metrics) (Some 0.0) "none opened"
              Expect.equal (one "holes_closed_total" metrics) (Some 0.0) ""

          archiveTest
              "a hole opens when it is older than settling, by time alone, and closes when it is filled"
          <| fun archive ->
              segment archive "full" 0 10
              segment archive "full" 20 10
              let at = served archive []

              let opened metrics =
                  one "holes_opened_total" metrics, one "holes_closed_total" metrics

              let pending = at 40.0
              Expect.equal (verdict pending) "pending" ""
              Expect.equal (one "holes" pending) (Some 1.0) "the hole is a fact"
              Expect.equal (opened (at 259.0)) (Some 0.0, Some 0.0) "all of it may still come in"
              let first = at 265.0
              wordsAre [ "full", 20.0; "missing", 5.0; "pending", 5.0 ] first
              Expect.equal (opened first) (Some 1.0, Some 0.0) "a part is too old"
              let whole = at 270.0
              wordsAre [ "full", 20.0; "missing", 10.0 ] whole
              Expect.equal (opened whole) (Some 1.0, Some 0.0) "it grows, and is the same hole"
              Expect.equal (verdict whole) "missing" ""
              segment archive "full" 10 10
              let filled = at 300.0
              Expect.equal (opened filled) (Some 1.0, Some 1.0) ""
              Expect.equal (verdict filled) "complete" "" ]
