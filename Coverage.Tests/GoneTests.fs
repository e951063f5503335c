/// A stream whose segments are gone is not a stream that is over: its disk may be.
module Coverage.Tests.GoneTests

open System
open System.IO
open System.Text.Json
open Expecto
open Coverage.Tests.Sandbox

let private stream = [ "channel", "c"; "quality", "source" ]

let private failures metrics =
    sample "segment_coverage_failures_total" (("kind", "gone") :: stream) metrics

/// The samples of the stream that say what is on the disk, not how the checks went.
let private figures (metrics: Metrics) =
    labelled stream metrics
    |> Map.filter (fun (name, _) _ ->
        not (
            List.contains
                name
                [ "segment_coverage_check_duration_seconds"
                  "segment_coverage_last_success_timestamp_seconds"
                  "segment_coverage_scan_progress_ratio"
                  "segment_coverage_edge_age_seconds"
                  "segment_coverage_failures_total" ]
        ))

let private lastSuccess metrics =
    sample "segment_coverage_last_success_timestamp_seconds" stream metrics

/// Why the API says that the stream is failing; nothing when it does not, or there is no such stream.
let private failing (service: Service) : string option =
    match service.TryGet "/api/v1/streams?channel=c" with
    | Some(200, answer) ->
        items (JsonElement.Parse answer)?streams
        |> List.tryHead
        |> Option.bind (fun stream ->
            match stream?failing.ValueKind with
            | JsonValueKind.Null -> None
            | _ -> Some(text stream?failing))
    | other -> failtestf "%A" other

let private lines (service: Service) (part: string) =
    service.WholeLog
    |> List.filter (fun line -> line.Contains "c/source: " && line.Contains part)

let private picture (maps: string) =
    File.ReadAllBytes(Path.Combine(maps, "c_source_coverage.png"))

/// Lines reach this process a moment after they are logged.
let private logsOnce (service: Service) (text: string) =
    eventually text (fun () -> not (List.isEmpty (lines service text)))
    Expect.hasLength (lines service text) 1 "the log says so once"

/// The service loses the stream by `lose`, finds it by `find`, and tells of both; `maps` is where its maps are.
let private losesAndFinds (service: Service) (maps: string) (lose: unit -> unit) (find: unit -> unit) =
    service.Await("the stream", fun metrics -> sample "segment_coverage_holes" stream metrics = Some 1.0)
    let before = figures service.Metrics
    let map = picture maps
    Expect.equal (failures service.Metrics, failing service) (Some 0.0, None) "all is well"
    lose ()

    service.Await(
        "failures",
        fun metrics ->
            Expect.equal (figures metrics) before "the last figures stay"
            failures metrics >= Some 3.0
    )

    let stands = lastSuccess service.Metrics
    let risen = failures service.Metrics
    service.Await("a failure in each round", fun metrics -> failures metrics >= Option.map ((+) 2.0) risen)
    Expect.equal (lastSuccess service.Metrics) stands "no success"
    Expect.equal (picture maps) map "the last map stays"
    logsOnce service "no segment is left in"
    let why = failing service
    Expect.stringContains (Option.defaultValue "" why) "c/source; is its disk mounted?" "the reason"
    find ()
    eventually "it is back" (fun () -> (failing service).IsNone)
    logsOnce service "is read again"
    Expect.equal (figures service.Metrics) before "as it was"
    let counted = failures service.Metrics
    service.AwaitRound()
    Expect.equal (failures service.Metrics) counted "no failure more"

[<Tests>]
let folders =
    testList
        "a stream whose segments are gone"
        [ for what, from, left in
              [ "the folder of its channel", "c", []
                "its own folder", "c/source", []
                "all in the folder of its channel", "c", [ "c" ]
                "all in its own folder", "c/source", [ "c/source" ]
                "all in its hours' folders", "c/source/2025-11-07T18", [ "c/source/2025-11-07T18" ] ] do
              for named in [ []; [ "c" ]; [ "c"; "--qualities"; "*" ] ] do
                  archiveTest $"Regression: fails until it is back: {what} is gone, started with {named}"
                  <| fun archive ->
                      CheckTests.layOutExample "base/c" archive
                      let here, away = archive.At("base/" + from), archive.At "away"

                      use service =
                          new Service(
                              itself,
                              [],
                              [ "serve"; "--base-dir"; archive.At "base"; "--check-interval"; "0.1" ] @ named
                          )

                      losesAndFinds
                          service
                          (archive.At "base/coverage-maps")
                          (fun () ->
                              Directory.Move(here, away)

                              for folder in left do
                                  Directory.CreateDirectory(archive.At("base/" + folder)) |> ignore)
                          (fun () ->
                              for folder in left do
                                  Directory.Delete(archive.At("base/" + folder))

                              Directory.Move(away, here))

          archiveTest "what changed while it was away is seen when it is back, though no stamp tells of it"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              let hour = archive.At "away/source/2025-11-07T18"
              use service = new Service(archive, [])
              service.AwaitReady()
              let old = Directory.GetLastWriteTimeUtc(archive.At "c/source/2025-11-07T18")
              Directory.Move(archive.At "c", archive.At "away")
              service.Await("failures", fun metrics -> failures metrics >= Some 1.0)
              File.WriteAllText(Path.Combine(hour, "00:23.0-7-full-AAAI.ts"), "")
              Directory.SetLastWriteTimeUtc(hour, old)
              Directory.Move(archive.At "away", archive.At "c")

              service.Await(
                  "the hole is filled",
                  fun metrics -> sample "segment_coverage_holes" stream metrics = Some 0.0
              )

          archiveTest "is forgotten after a while, with a line in the log and every sample"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              CheckTests.layOutExample "stays" archive
              use service = new Service(archive, [ "--forget-after"; "2" ])
              service.AwaitReady()
              Directory.Move(archive.At "c", archive.At ".away")
              service.Await("failures", fun metrics -> failures metrics >= Some 2.0)
              service.Await("nothing is left", fun metrics -> Map.isEmpty (labelled stream metrics))
              logsOnce service "forgotten; "
              service.AwaitRound()
              Expect.hasLength (lines service "is left in") 1 "and of its going once"
              Expect.isEmpty (labelled stream service.Metrics) ""
              Directory.Move(archive.At ".away", archive.At "c")

              service.Await(
                  "it is found like a new one",
                  fun metrics -> sample "segment_coverage_holes" stream metrics = Some 1.0
              )

          archiveTest
              "that never held any is no failure; nor does a new process know of a stream that it never saw"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "chat.json" ])
              CheckTests.layOutExample "stays" archive
              use service = new Service(archive, [ "c"; "stays" ])

              service.Await(
                  "it is reported",
                  fun metrics -> sample "segment_coverage_holes" stream metrics = Some 0.0
              )

              Directory.Delete(archive.At "c", true)
              service.Await("nothing is left", fun metrics -> Map.isEmpty (labelled stream metrics))
              Expect.equal (service.Stop()) 0 ""
              Directory.Delete(archive.At "stays", true)
              use later = new Service(archive, [])

              eventually "it says so" (fun () ->
                  later.Log |> List.exists _.Contains("no channel found under"))

              Expect.isFalse (later.Log |> List.exists _.Contains("is its disk mounted?")) "" ]

/// The words that run the executable with disks that it alone sees, by a script in which $0 is the archive.
let private withDisks (archive: Folder) (script: string) : string list =
    if not (canRun [ "unshare"; "-m"; "sh"; "-c"; "mount -t tmpfs none /mnt" ]) then
        skiptest "needs the right to mount, and unshare"

    let disk =
        "mount -t tmpfs none \"$0/disk\" && cp -r \"$0/recorded/.\" \"$0/disk\" && "

    [ "unshare"; "-m"; "sh"; "-c"; disk + script + " && exec \"$@\""; archive.Path ]
    @ itself

let private among (service: Service) (words: string list) =
    tool ([ "nsenter"; "-t"; string service.Id; "-m" ] @ words)

[<Tests>]
let disks =
    testList
        "a disk that goes away under the service"
        [ archiveTest
              "Regression: all that is left is the mount point, with the output folder that was made there"
          <| fun archive ->
              CheckTests.layOutExample "recorded/c" archive

              for folder in [ "disk"; "recorded/coverage-maps"; "base/coverage-maps" ] do
                  archive.Files(folder, [])

              let base' = archive.At "base"
              let words = withDisks archive "mount --bind \"$0/disk\" \"$0/base\""

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; base'; "--check-interval"; "0.1" ])

              losesAndFinds
                  service
                  $"/proc/{service.Id}/root{base'}/coverage-maps"
                  (fun () -> among service [ "umount"; "--lazy"; base' ])
                  (fun () -> among service [ "mount"; "--bind"; archive.At "disk"; base' ])

              Expect.isFalse (service.Log |> List.exists _.Contains("no channel found")) ""

          archiveTest "Regression: one channel of several is on a disk of its own"
          <| fun archive ->
              CheckTests.layOutExample "recorded" archive
              CheckTests.layOutExample "base/stays" archive

              for folder in [ "disk"; "base/c" ] do
                  archive.Files(folder, [])

              let base', channel = archive.At "base", archive.At "base/c"
              let words = withDisks archive "mount --bind \"$0/disk\" \"$0/base/c\""

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; base'; "--check-interval"; "0.1" ])

              losesAndFinds
                  service
                  (Path.Combine(base', "coverage-maps"))
                  (fun () -> among service [ "umount"; "--lazy"; channel ])
                  (fun () -> among service [ "mount"; "--bind"; archive.At "disk"; channel ])

              let others =
                  service.Metrics
                  |> labelled [ "channel", "stays" ]
                  |> Map.filter (fun (name, _) _ -> name = "segment_coverage_failures_total")

              Expect.all others.Values ((=) 0.0) "the other one never failed" ]
