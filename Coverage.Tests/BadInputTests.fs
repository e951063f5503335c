/// What disks, people and other programs do to an archive. Nothing of it may give a wrong number, show a stack trace or
/// stop the service.
module Coverage.Tests.BadInputTests

open System
open System.IO
open System.Threading
open Expecto
open Coverage.Tests.Sandbox
open Coverage.Tests.Png

let private chmod (mode: string) (path: string) = tool [ "chmod"; mode; path ]

let private openToAll (archive: Folder) =
    tool [ "chmod"; "-R"; "a+rwX"; archive.Path ]

let private stream channel =
    [ "channel", channel; "quality", "source" ]

let private failures kind channel metrics =
    sample "segment_coverage_failures_total" (("kind", kind) :: stream channel) metrics
    |> Option.defaultValue 0.0

/// Of the first stream of an answer: bad names, and segments that are full.
let private counts (answer: Text.Json.JsonElement) =
    let segments = (item 0 (item 0 answer?streams)?hours)?segments
    text segments?bad?count, text segments?full?count

let private lines (output: string) =
    output.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

let private hour = "c/source/2025-11-07T18"
let private good = "00:00.0-5-full-AAAA.ts"

/// Hour 18 is whole, as are the hours beside it but for 10 s in the last.
let private layOutThreeHours (archive: Folder) =
    for hour in [ 17; 18 ] do
        archive.Files($"a/source/2025-11-07T{hour}", [ "00:00-3600-full-AAAA.ts" ])

    archive.Files(
        "a/source/2025-11-07T19",
        [ "00:00-1790-full-AAAA.ts"
          "30:00-600-full-AAAA.ts"
          "40:00-1200-full-AAAA.ts" ]
    )

[<Tests>]
let permissions =
    testList
        "what cannot be read"
        [ for what, path in [ "a quality", "a/source"; "a channel", "a" ] do
              lowlyTest $"{what}: check names the path, ends with 66, and tells of the others"
              <| fun words archive ->
                  CheckTests.layOutExample "a" archive
                  CheckTests.layOutExample "b" archive
                  openToAll archive
                  chmod "000" (archive.At path)

                  for args in [ []; [ "a"; "b" ]; [ "--qualities"; "*" ] ] do
                      let result =
                          runBy words [] ([ "check"; "--base-dir"; archive.Path; "--format"; "json" ] @ args)

                      let answer = Text.Json.JsonElement.Parse result.Output
                      Expect.equal result.ExitCode 66 result.Error
                      Expect.hasLength (lines result.Error) 1 result.Error
                      Expect.stringContains result.Error (archive.At path) ""

                      Expect.equal
                          [ for it in items answer?streams -> text it?channel ]
                          [ "b" ]
                          "no number for a"

                      Expect.hasLength (items answer?failed) 1 ""
                      let failed = item 0 answer?failed

                      Expect.equal
                          [ for it in failed.EnumerateObject() -> it.Name ]
                          [ "channel"; "quality"; "path"; "error" ]
                          ""

                      Expect.equal (text failed?channel) "a" ""
                      Expect.stringStarts (text failed?path) (archive.At path) ""

              lowlyTest
                  $"{what}: the service counts it, keeps the last figures and picture, and goes on with the others"
              <| fun words archive ->
                  CheckTests.layOutExample "a" archive
                  CheckTests.layOutExample "b" archive
                  openToAll archive
                  let settings = [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ]
                  use service = new Service(words, [], settings)
                  service.AwaitReady()

                  let picture = archive.At "coverage-maps/a_source_coverage.png"
                  service.AwaitRound()
                  chmod "000" (archive.At path)
                  service.Await("a failure", fun metrics -> failures "read" "a" metrics >= 2.0)
                  let shown = labelled (("hour", "2025-11-07T18") :: stream "a") service.Metrics

                  Expect.equal
                      (Map.tryFind
                          ("raw_coverage", Map.ofList (("hour", "2025-11-07T18") :: stream "a"))
                          shown)
                      (Some 32.996)
                      ""

                  Expect.hasLength (List.ofSeq shown.Keys) 17 "every sample of the hour"
                  Expect.equal (sample "segment_coverage_holes" (stream "a") service.Metrics) (Some 1.0) ""

                  Expect.equal (readFile picture).Width 6 ""

                  let stood = File.GetLastWriteTimeUtc picture
                  archive.File("b/source/2025-11-07T18/00:23.0-7-full-AAAI.ts", 0L)

                  service.Await(
                      "b goes on",
                      fun metrics -> sample "segment_coverage_holes" (stream "b") metrics = Some 0.0
                  )

                  Expect.equal (File.GetLastWriteTimeUtc picture) stood "the last picture stays"
                  Expect.equal (failures "read" "b" service.Metrics) 0.0 ""

                  Expect.isTrue
                      (service.WholeLog |> List.exists _.Contains(archive.At path))
                      "the log names the path"

                  Expect.isFalse (service.Log |> List.exists _.Contains("   at ")) "no stack trace"
                  chmod "755" (archive.At path)
                  archive.File("a/source/2025-11-07T18/00:23.0-7-full-AAAI.ts", 0L)

                  service.Await(
                      "a is back",
                      fun metrics -> sample "segment_coverage_holes" (stream "a") metrics = Some 0.0
                  )

                  Expect.equal (service.Stop()) 0 ""

          lowlyTest "an hour: check names the path, ends with 66, and tells of all other hours"
          <| fun words archive ->
              layOutThreeHours archive
              CheckTests.layOutExample "b" archive
              openToAll archive
              let old = archive.At "a/source/2025-11-07T18"
              chmod "000" old

              let its = runBy words [] [ "check"; "--base-dir"; archive.Path; "--format"; "json" ]

              let answer = Text.Json.JsonElement.Parse its.Output
              Expect.equal its.ExitCode 66 its.Error
              Expect.hasLength (lines its.Error |> List.filter _.Contains(old)) 1 its.Error
              Expect.equal [ for it in items answer?streams -> text it?channel ] [ "a"; "b" ] ""
              Expect.equal (text (item 0 answer?streams)?raw?covered_seconds) "7190" "of what was read"
              Expect.isEmpty (items answer?failed) "no stream fails"

          lowlyTest
              "an old hour: the service counts it, shows no number of it, and sees what is lost in the live one meanwhile"
          <| fun words archive ->
              layOutThreeHours archive
              openToAll archive
              let old = archive.At "a/source/2025-11-07T18"
              let settings = [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ]
              use service = new Service(words, [], settings)
              service.AwaitReady()
              service.AwaitRound()

              let ofHour name hour metrics =
                  sample name (("hour", $"2025-11-07T{hour}") :: stream "a") metrics

              let all = service.Metrics

              Expect.equal
                  (ofHour "raw_coverage" 18 all, ofHour "raw_holes" 19 all)
                  (Some 3600.0, Some 1.0)
                  ""

              chmod "000" old
              service.Await("a failure", fun metrics -> failures "read" "a" metrics >= 2.0)
              let unread = service.Metrics
              Expect.isEmpty (labelled (("hour", "2025-11-07T18") :: stream "a") unread) "no number"
              Expect.equal (ofHour "raw_coverage" 17 unread) (Some 3600.0) "those of others stay"
              File.Delete(archive.At "a/source/2025-11-07T19/30:00-600-full-AAAA.ts")
              service.Await("the loss", fun metrics -> ofHour "raw_coverage" 19 metrics = Some 2990.0)
              let counted = failures "read" "a" service.Metrics
              service.Await("it goes on", fun metrics -> failures "read" "a" metrics >= counted + 2.0)

              let about =
                  service.WholeLog
                  |> List.filter (fun line -> line.Contains " fail: " && line.Contains old)

              Expect.hasLength about 1 "told once"
              chmod "755" old
              service.Await("it is read", fun metrics -> ofHour "raw_coverage" 18 metrics = Some 3600.0)
              let counted = failures "read" "a" service.Metrics
              service.AwaitRound()
              Expect.equal (failures "read" "a" service.Metrics) counted "no failure any more"

              eventually "its end is told" (fun () ->
                  service.Log |> List.exists _.Contains("is unread no more"))

          lowlyTest "each hour that cannot be read is named, and serve --run-once ends with 66"
          <| fun words archive ->
              layOutThreeHours archive
              openToAll archive
              let closed = [ for hour in [ 17; 18 ] -> archive.At $"a/source/2025-11-07T{hour}" ]
              List.iter (chmod "000") closed
              let its = runOnceBy words archive
              Expect.equal its.ExitCode 66 its.Error

              for path in closed do
                  Expect.stringContains (its.Output + its.Error) path ""

          lowlyTest "files that cannot be looked up make their hour unread only where a size decides"
          <| fun words archive ->
              archive.Files("a/source/2025-11-07T18", [ good; "00:05.0-5-suspect-AAAA.ts" ])

              archive.Files(
                  "b/source/2025-11-07T18",
                  [ good; "00:05.0-5-suspect-AAAA.ts"; "00:05.0-5-suspect-AAAB.ts" ]
              )

              openToAll archive

              for channel in [ "a"; "b" ] do
                  chmod "444" (archive.At $"{channel}/source/2025-11-07T18")

              let result =
                  runBy words [] [ "check"; "--base-dir"; archive.Path; "--format"; "json" ]

              let answer = Text.Json.JsonElement.Parse result.Output
              Expect.equal result.ExitCode 66 ""
              Expect.equal (text (item 0 answer?streams)?status) "partial" "a full and a suspect"
              Expect.equal (text (item 1 answer?streams)?status) "empty" "nothing was read"
              Expect.stringContains result.Error (archive.At "b/source/2025-11-07T18/00:05.0-5-suspect") ""

          for was, link, qualities, failed, isUnread in
              [ "Regression: ", "link", "source", Some "link/source", false
                "Regression: ", "link", "*", Some "link/*", false
                "", "b/link", "source", None, false
                "Regression: ", "b/link", "*", Some "b/link", false
                "", "b/source/2025-11-07T19", "source", None, true
                "", "b/source/2025-11-07T19", "*", None, true
                "Regression: ", "b/source/no hour", "*", None, false ] do
              let becomes =
                  match failed with
                  | Some stream -> $"fails {stream} alone"
                  | None when isUnread -> "is an unread hour"
                  | None -> "fails nothing"

              lowlyTest $"{was}a link {link} that cannot be looked up {becomes}, qualities {qualities}"
              <| fun words archive ->
                  CheckTests.layOutExample "base/a" archive
                  CheckTests.layOutExample "base/b" archive
                  CheckTests.layOutExample "base/c" archive
                  archive.Files("closed/in/2025-11-07T18", [ good ])
                  openToAll archive

                  File.CreateSymbolicLink(archive.At $"base/{link}", archive.At "closed/in")
                  |> ignore

                  chmod "000" (archive.At "closed")
                  let settings = [ "--base-dir"; archive.At "base"; "--qualities"; qualities ]
                  let result = runBy words [] ([ "check"; "--format"; "json" ] @ settings)
                  let answer = Text.Json.JsonElement.Parse result.Output

                  let names list =
                      [ for it in items list -> $"{text it?channel}/{text it?quality}" ]

                  let all = [ "a/source"; "b/source"; "c/source" ]
                  let reported = all |> List.filter (fun stream -> Some stream <> failed)
                  Expect.equal (names answer?streams, names answer?failed) (reported, Option.toList failed) ""

                  for stream in items answer?streams do
                      Expect.equal (text stream?raw?covered_seconds) "32.996" "its figures"

                  Expect.isFalse (result.Error.Contains "cannot write") result.Error

                  if failed.IsSome || isUnread then
                      Expect.equal result.ExitCode 66 result.Error
                      Expect.stringContains result.Error (archive.At $"base/{link}") "the path"
                  else
                      Expect.equal result.ExitCode 1 result.Error

                  let map = runBy words [] ("map" :: settings)

                  Expect.equal
                      (map.ExitCode, (lines map.Output).Length)
                      ((if failed.IsSome || isUnread then 66 else 0), reported.Length)
                      map.Error

                  use service =
                      new Service(words, [], [ "serve"; "--check-interval"; "0.1" ] @ settings)

                  service.AwaitReady()
                  service.AwaitRound()

                  for stream in reported do
                      let labels = [ "channel", stream.Split('/')[0]; "quality", stream.Split('/')[1] ]
                      Expect.equal (sample "segment_coverage_holes" labels service.Metrics) (Some 1.0) stream

          lowlyTest
              "an hour that cannot be read while all is read again is read as soon as it can be, and makes no round read all"
          <| fun words archive ->
              for hour in 18..20 do
                  archive.Files($"c/source/2025-11-07T{hour}", [ "00:00.0-3600-full-.ts" ])

              openToAll archive

              // All is read again after 8 s; by then the folders have been alone long enough to be trusted.
              let settings =
                  [ "--full-every"; "8"; "--log-level"; "debug"; "--check-interval"; "0.1" ]

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; archive.Path ] @ settings)

              let readings () =
                  service.Log |> List.filter _.Contains(": best segment") |> List.length

              let aRound () =
                  let before = readings ()
                  service.AwaitRound()
                  readings () - before

              service.AwaitReady()
              eventually "all rest" (fun () -> aRound () = 0)
              chmod "000" (archive.At "c/source/2025-11-07T20")
              let resting = readings ()
              service.Await("failures", fun metrics -> failures "read" "c" metrics >= 2.0)
              eventually "all that can be is read again" (fun () -> readings () >= resting + 2)
              eventually "and then all rest, though one is unread" (fun () -> aRound () = 0)
              chmod "755" (archive.At "c/source/2025-11-07T20")

              eventually "it is read with the first round that can" (fun () ->
                  service.Log
                  |> List.filter _.Contains("2025-11-07T20: best segment")
                  |> List.length
                  >= 2)

          lowlyTest
              "Regression: an output folder that cannot be read: the service starts, and counts the maps it cannot write"
          <| fun words archive ->
              CheckTests.layOutExample "c" archive
              archive.Files("coverage-maps", [])
              openToAll archive
              chmod "000" (archive.At "coverage-maps")

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ])

              service.Await("failures", fun metrics -> failures "map" "c" metrics >= 2.0)
              Expect.equal (sample "segment_coverage_holes" (stream "c") service.Metrics) (Some 1.0) ""

          lowlyTest "the base"
          <| fun words archive ->
              CheckTests.layOutExample "a" archive
              openToAll archive
              chmod "000" archive.Path

              for command in [ "check"; "map"; "serve" ] do
                  let result =
                      runBy
                          words
                          []
                          [ command; "--base-dir"; archive.Path; "--metrics-port"; string (freePort ()) ]

                  Expect.equal (result.ExitCode, result.Output) (66, "") result.Error
                  Expect.hasLength (lines result.Error) 1 result.Error
                  Expect.stringContains result.Error archive.Path "" ]

[<Tests>]
let notThere =
    testList
        "what is not there, or is something else"
        [ archiveTest "a base that does not exist, or is a file"
          <| fun archive ->
              archive.File("file", 7L)

              for path in [ archive.At "absent"; archive.At "file" ] do
                  let result = run [ "check"; "--base-dir"; path; "--format"; "json" ]
                  Expect.equal (result.ExitCode, result.Output) (66, "") ""
                  Expect.hasLength (lines result.Error) 1 result.Error
                  Expect.stringContains result.Error path ""

          archiveTest "a base that goes away under the service: the last figures stay until it is back"
          <| fun archive ->
              CheckTests.layOutExample "base/c" archive

              use service =
                  new Service(
                      itself,
                      [],
                      [ "serve"; "--base-dir"; archive.At "base"; "--check-interval"; "0.1" ]
                  )

              service.AwaitReady()
              Directory.Move(archive.At "base", archive.At "away")
              service.Await("failures", fun metrics -> failures "read" "c" metrics >= 2.0)
              Expect.equal (sample "segment_coverage_holes" (stream "c") service.Metrics) (Some 1.0) ""
              Expect.isFalse (Directory.Exists(archive.At "base")) "no map makes it anew"
              archive.File("away/c/source/2025-11-07T18/00:23.0-7-full-AAAI.ts", 0L)
              Directory.Move(archive.At "away", archive.At "base")

              service.Await(
                  "it is back",
                  fun metrics -> sample "segment_coverage_holes" (stream "c") metrics = Some 0.0
              )

          for interval, times in [ "0.1", 2; "0.001", 15 ] do
              archiveTest
                  $"Regression: a base that is empty all at once is a failure until its content is back, rounds {interval} s apart"
              <| fun archive ->
                  CheckTests.layOutExample "base/c" archive
                  archive.Files("away", [])
                  let here, away = archive.At "base/c", archive.At "away/c"

                  let settings = [ "--output-dir"; archive.At "maps"; "--check-interval"; interval ]

                  use service =
                      new Service(itself, [], [ "serve"; "--base-dir"; archive.At "base" ] @ settings)

                  service.AwaitReady()

                  for time in 1..times do
                      let before = failures "gone" "c" service.Metrics
                      Directory.Move(here, away)

                      let holes metrics =
                          sample "segment_coverage_holes" (stream "c") metrics

                      let labels = ("hour", "2025-11-07T18") :: stream "c"

                      service.Await(
                          "failures",
                          fun metrics ->
                              Expect.equal (holes metrics) (Some 1.0) $"the last figures stay, time {time}"

                              Expect.equal
                                  (sample "raw_coverage" labels metrics)
                                  (Some 32.996)
                                  "the hour's too"

                              failures "gone" "c" metrics >= before + 2.0
                      )

                      Directory.Move(away, here)
                      service.AwaitRound()
                      Expect.equal (holes service.Metrics) (Some 1.0) "back"

                  Expect.isTrue (service.WholeLog |> List.exists _.Contains("is its disk mounted?")) ""
                  archive.File("base/c/source/2025-11-07T18/00:23.0-7-full-AAAI.ts", 0L)

                  service.Await(
                      "it goes on",
                      fun metrics -> sample "segment_coverage_holes" (stream "c") metrics = Some 0.0
                  )

                  Expect.isFalse (service.Log |> List.exists _.Contains("   at ")) "no stack trace"
                  Expect.equal (service.Stop()) 0 ""

          archiveTest "Regression: a channel of a name longer than any can be is missing, not unreadable"
          <| fun archive ->
              CheckTests.layOutExample "c" archive

              for length in [ 256; 5000 ] do
                  for qualities in [ []; [ "--qualities"; "*" ] ] do
                      let result, answer = checkJson archive (String('c', length) :: qualities)
                      Expect.equal result.ExitCode 1 result.Error
                      Expect.equal [ for it in items answer?streams -> text it?status ] [ "empty" ] ""
                      Expect.isEmpty (items answer?failed) ""
                      Expect.stringContains result.Error "there is no folder" ""

          archiveTest "a channel or quality that is a file is not there; an hour that is one is none"
          <| fun archive ->
              archive.File("file", 7L)
              archive.File("c/480p", 7L)
              archive.File("c/source/2025-11-07T17", 7L)
              archive.Files(hour, [ good ])
              let result, answer = checkJson archive []
              Expect.equal (result.ExitCode, result.Error) (0, "") "silently"
              Expect.hasLength (items answer?streams) 1 ""
              Expect.hasLength (items (item 0 answer?streams)?hours) 1 ""
              let result, answer = checkJson archive [ "file"; "c"; "--qualities"; "source,480p" ]
              Expect.equal result.ExitCode 1 ""
              let statuses = [ for it in items answer?streams -> text it?status ]
              Expect.equal statuses [ "empty"; "empty"; "complete"; "empty" ] ""

          archiveTest "hours and files that go while they are read were never there"
          <| fun archive ->
              // Hour 18 stands still, hour 19 comes and goes, with files whose sizes decide.
              archive.Files(hour, [ "00:00.0-3600-full-.ts" ])

              use service =
                  new Service(
                      itself,
                      [],
                      [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.001" ]
                  )

              service.AwaitReady()
              use stop = new CancellationTokenSource()

              let comingAndGoing =
                  Thread(fun () ->
                      while not stop.IsCancellationRequested do
                          for second in 10..40 do
                              for hash in [ "AAAA"; "AAAB"; "AAAC" ] do
                                  archive.File(
                                      $"c/source/2025-11-07T19/00:{second}.0-1-partial-{hash}.ts",
                                      1L
                                  )

                          Directory.Delete(archive.At "c/source/2025-11-07T19", true))

              comingAndGoing.Start()

              for _ in 1..150 do
                  let metrics = service.Metrics
                  let still = ("hour", "2025-11-07T18") :: stream "c"
                  Expect.equal (sample "raw_coverage" still metrics) (Some 3600.0) ""
                  Expect.equal (sample "raw_holes" still metrics) (Some 0.0) ""

                  Expect.equal
                      (failures "read" "c" metrics + failures "internal" "c" metrics)
                      0.0
                      $"{service.Log}"

              stop.Cancel()
              comingAndGoing.Join()

              service.Await(
                  "the end of it",
                  fun metrics -> sample "segment_coverage_hour_reports" (stream "c") metrics = Some 1.0
              )

              Expect.isFalse (service.Log |> List.exists _.Contains("   at ")) "no stack trace"

          archiveTest "links are followed; those that lead nowhere were never listed"
          <| fun archive ->
              let link (name: string) (target: string) =
                  File.CreateSymbolicLink(archive.At name, target) |> ignore

              archive.Files("elsewhere", [ good; "folder.ts/00:05.0-5-full-AAAA.ts" ])
              archive.Files(hour, [])
              link (hour + "/00:00.0-5-full-BBBB.ts") (archive.At "elsewhere/" + good)
              link (hour + "/00:05.0-5-full-BBBB.ts") (archive.At "nowhere.ts")
              link (hour + "/00:10.0-5-full-BBBB.ts") (archive.At "elsewhere/folder.ts")
              link (hour + "/00:15.0-5-full-BBBB.ts") "00:15.0-5-full-BBBB.ts"
              link (hour + "/bad.ts") "nowhere.ts"
              link "c/source/2025-11-07T19" (archive.At "elsewhere")
              link "c/source/2025-11-07T20" (archive.At "nowhere")
              link "c/source/2025-11-07T21" "2025-11-07T21"
              link "c/source/not an hour" (archive.At "nowhere")
              link "linked" "c"
              link "looped" "looped"
              let result, answer = checkJson archive []
              Expect.equal [ for it in items answer?streams -> text it?channel ] [ "c"; "linked" ] ""
              Expect.equal (counts answer) ("0", "1") ""
              let extent = (item 0 answer?streams)?extent
              Expect.equal (text extent?``end``) "2025-11-07T19:00:05.000000Z" "hours 20 and 21 are none"
              Expect.equal (result.ExitCode, result.Error) (1, "") "the hole between"

          archiveTest "of rivals that lead nowhere no size is asked: the rival that is there is best"
          <| fun archive ->
              archive.File(hour + "/00:00.0-3-partial-AAAA.ts", 5L)
              archive.File(hour + "/00:00.0-4-partial-AAAB.ts", 9L)

              File.CreateSymbolicLink(archive.At(hour + "/00:00.0-9-partial-AAAC.ts"), "nowhere")
              |> ignore

              let _, answer = checkJson archive []
              Expect.equal (text (item 0 answer?streams)?extent?seconds) "4" "the largest that is there"

          archiveTest "the sizes that decide are those of the files that links lead to"
          <| fun archive ->
              archive.File("large", 1000L)
              archive.File("small", 1L)
              archive.Files(hour, [])

              File.CreateSymbolicLink(archive.At(hour + "/00:00.0-3-partial-AAAA.ts"), archive.At "large")
              |> ignore
              // The longer path makes the larger link.
              let long = archive.At(String.replicate 20 "./" + "small")

              File.CreateSymbolicLink(archive.At(hour + "/00:00.0-4-partial-AAAA.ts"), long)
              |> ignore

              let _, answer = checkJson archive []
              Expect.equal (text (item 0 answer?streams)?extent?seconds) "3" "" ]

[<Tests>]
let names =
    testList
        "names"
        [ archiveTest "segments: each that does not fit the grammar is bad, counted and named"
          <| fun archive ->
              let bad =
                  [ "00:00.0-inf-full-AAAA.ts"
                    "00:00.0-nan-full-AAAA.ts"
                    "00:00.0-1e3-full-AAAA.ts"
                    "60:00.0-5-full-AAAA.ts"
                    "00:60.0-5-full-AAAA.ts"
                    "00:00.0--5-full-AAAA.ts"
                    "00:00.0-86400.000001-full-AAAA.ts"
                    "00:00.0-5-Full-AAAA.ts"
                    "00:00.0-5-full.ts"
                    "00:00.0000000-5-full-AAAA.ts"
                    " 00:00.0-5-full-AAAA.ts"
                    "x.ts" ]

              // None of these is listed at all.
              archive.Files(
                  hour,
                  [ ".hidden.ts"
                    "chat.json"
                    "00:00.0-5-full-AAAA.TS"
                    "00:00.0-5-full-AAAA.ts.part" ]
              )

              archive.Files(hour + "/x-folder.ts", [])
              archive.Files(hour, good :: bad)
              let result, answer = checkJson archive []
              Expect.equal (counts answer) (string bad.Length, "1") ""
              Expect.equal result.ExitCode 0 "and nothing is missing for it"
              Expect.equal (text (item 0 answer?streams)?extent?seconds) "5" ""
              Expect.hasLength (lines result.Error) 1 "one line a folder"

              Expect.stringContains
                  result.Error
                  "c/source: 12 bad names in 2025-11-07T18, first: "
                  "with their number"

          archiveTest "names that were re-coded are named as such, though the first bad name is another"
          <| fun archive ->
              archive.Files(hour, [ good; "x.ts"; "00_05-2-full-.ts"; "00_07-2-full-.ts"; "00.ts" ])
              let result, _ = checkJson archive []
              Expect.stringContains result.Error "4 bad names in 2025-11-07T18, first: 00.ts: " ""
              Expect.stringContains result.Error "; 2 of the names are re-coded: a copying tool" ""
              File.Delete(archive.At(hour + "/00.ts"))
              let result, _ = checkJson archive []
              Expect.stringContains result.Error "3 bad names in 2025-11-07T18, first: 00_05-2-full-.ts: " ""
              Expect.stringEnds (result.Error.TrimEnd()) "; 2 of the names are re-coded" ""

          archiveTest "hours: a folder that is none is left out and reported once"
          <| fun archive ->
              archive.Files(hour, [ good ])

              let strange =
                  [ "2025-13-07T18"
                    "2025-11-31T18"
                    "2025-11-07T24"
                    "1969-12-31T23"
                    "0000-01-01T00"
                    "2025-11-07T18 " ]

              for name in ".hidden" :: strange do
                  archive.Files($"c/source/{name}", [ good ])

              use service = new Service(archive, [])
              service.AwaitReady()
              service.AwaitRound()
              Expect.equal (sample "segment_coverage_hour_reports" (stream "c") service.Metrics) (Some 1.0) ""

              for name in strange do
                  Expect.hasLength (service.WholeLog |> List.filter _.Contains($"{name} ")) 1 name

              Expect.isFalse (service.WholeLog |> List.exists _.Contains(".hidden")) ""
              let result, answer = checkJson archive []
              Expect.hasLength (items (item 0 answer?streams)?hours) 1 ""
              Expect.equal (result.ExitCode, (lines result.Error).Length) (0, strange.Length) ""

          archiveTest "tombstones hide what bears their name, good, bad or still being written"
          <| fun archive ->
              archive.Files(
                  hour,
                  [ good
                    "00:05.0-5-full-AAAA.ts"
                    "00:05.0-5-full-AAAA.tombstone"
                    "00:10.0-5-temp-AAAA.ts"
                    "00:10.0-5-temp-AAAA.tombstone"
                    "bad.ts"
                    "bad.tombstone"
                    "worse.ts"
                    // These hide nothing.
                    "worse.ts.tombstone"
                    "00:00.0-5-full-AAAA.ts.tombstone"
                    "lonely.tombstone" ]
              )

              archive.Files(hour, [ "00:15.0-5-full-AAAA.ts" ])
              archive.Files(hour + "/00:15.0-5-full-AAAA.tombstone", []) // A folder is a mark, too.
              let _, answer = checkJson archive []
              Expect.equal (counts answer) ("1", "1") ""
              let temp = (item 0 (item 0 answer?streams)?hours)?segments?temp?count
              Expect.equal (text temp) "0" ""
              Expect.equal (text (item 0 answer?streams)?extent?seconds) "5" ""

          archiveTest "of 255 bytes"
          <| fun archive ->
              let start, finish = "00:00.00-5-full-", ".ts"
              let long = start + String('A', 255 - start.Length - finish.Length) + finish
              archive.Files(hour, [ long; String('b', 252) + finish ])
              archive.Files($"c/source/{String('h', 255)}", [ good ])
              let result, answer = checkJson archive []
              Expect.equal (counts answer) ("1", "1") ""
              Expect.equal result.ExitCode 0 ""

          archiveTest "a channel of 255 bytes is reported; its map has no name that a disk could hold"
          <| fun archive ->
              let long = String('c', 255)
              CheckTests.layOutExample long archive
              CheckTests.layOutExample "short" archive
              let result, answer = checkJson archive [ long ]
              Expect.equal (result.ExitCode, text (item 0 answer?streams)?channel) (1, long) ""
              let result = run [ "map"; "--base-dir"; archive.Path ]
              Expect.equal result.ExitCode 73 result.Error
              Expect.hasLength (lines result.Error) 1 result.Error
              Expect.hasLength (lines result.Output) 1 "the other is drawn"
              use service = new Service(archive, [])
              service.Await("failures", fun metrics -> failures "map" long metrics >= 2.0)
              Expect.equal (sample "segment_coverage_holes" (stream long) service.Metrics) (Some 1.0) ""

          archiveTest "that are not UTF-8"
          <| fun archive ->
              archive.Files(hour, [ good ])

              let make (words: string) =
                  tool [ "sh"; "-c"; $"cd \"$0\" && {words}"; archive.Path ]

              make $": > \"$(printf '{hour}/\\377\\376.ts')\"" // bad

              make
                  $": > \"$(printf '{hour}/hidden\\377.ts')\" && : > \"$(printf '{hour}/hidden\\377.tombstone')\""

              make $": > \"$(printf '{hour}/00:00.0-5-temp-\\377.ts')\"" // any text is a good hash there
              make $"mkdir -p \"$(printf 'c/source/2025-11-07T1\\377')\""
              make $"mkdir -p \"$(printf 'c/\\377')\" && cp -r {hour} \"$(printf 'c/\\377')\""
              make $"mkdir -p \"$(printf '\\377/source')\" && cp -r {hour} \"$(printf '\\377/source')\""
              let result, answer = checkJson archive [ "--qualities"; "*" ]
              Expect.equal (counts answer) ("1", "1") ""
              Expect.equal result.ExitCode 0 result.Error
              Expect.hasLength (items answer?streams) 1 "what no report can name is not in it"
              // The bad name, the folder that is no hour, the quality and the channel.
              Expect.hasLength (lines result.Error) 4 $"but is logged: {result.Error}"
              use service = new Service(archive, [ "--qualities"; "*" ])
              service.AwaitReady()
              service.AwaitRound()

              Expect.equal (sample "segment_coverage_bad_segments" (stream "c") service.Metrics) (Some 1.0) ""

              Expect.isFalse (service.WholeLog |> List.exists _.Contains('\uFFFD')) "no bytes raw in the log"
              Expect.hasLength (service.WholeLog |> List.filter _.Contains("\\xFF")) 4 "logged once"

          archiveTest "100,000 bad ones are counted, and do not drown the log"
          <| fun archive ->
              archive.Files(hour, [ good ])

              tool
                  [ "sh"
                    "-c"
                    "cd \"$0\" && seq -f '%06.0f.ts' 100000 | xargs touch"
                    archive.At hour ]

              let result, answer = checkJson archive []
              Expect.equal (counts answer) ("100000", "1") ""
              Expect.hasLength (lines result.Error) 1 "one line a folder"
              Expect.stringContains result.Error "100000 bad names in 2025-11-07T18, first: " ""

              use service =
                  new Service(itself, [], [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "1" ])

              service.AwaitReady()
              service.AwaitRound()

              Expect.equal
                  (sample "segment_coverage_bad_segments" (stream "c") service.Metrics)
                  (Some 100_000.0)
                  ""

              Expect.isLessThan service.WholeLog.Length 20 "once, not with each round" ]

/// Two streams whose pictures have one name. Of the first there is more to read, so it would come in second.
let private layOutNamesakes (archive: Folder) =
    for hour in 0..23 do
        archive.Files(
            $"a/b_c/2025-11-07T%02d{hour}",
            [ for minute in 0..59 -> $"%02d{minute}:00-60-full-.ts" ]
        )

    archive.Files("a_b/c/2025-11-07T18", [ "00:00-3600-full-.ts" ])

let private namesake = "coverage-maps/a_b_c_coverage.png"

/// The width of the first one's picture.
let private ofFirst = 24 * 6

[<Tests>]
let output =
    testList
        "maps that cannot be written"
        [ archiveTest "a file where the output folder should be: the numbers are printed all the same"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              archive.File("coverage-maps", 7L)
              let result = run [ "map"; "--base-dir"; archive.Path ]
              Expect.equal (result.ExitCode, result.Output) (73, "") ""
              Expect.hasLength (lines result.Error) 1 result.Error
              Expect.stringContains result.Error "coverage-maps" ""
              use service = new Service(archive, [])
              service.Await("failures", fun metrics -> failures "map" "c" metrics >= 2.0)
              Expect.equal (sample "segment_coverage_holes" (stream "c") service.Metrics) (Some 1.0) ""
              Expect.equal (failures "read" "c" service.Metrics) 0.0 ""
              File.Delete(archive.At "coverage-maps")
              eventually "a map" (fun () -> File.Exists(archive.At "coverage-maps/c_source_coverage.png"))
              Expect.equal (service.Stop()) 0 ""

          archiveTest "a folder where the picture should be"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              archive.Files("coverage-maps/c_source_coverage.png", [ "in the way" ])
              let result = run [ "map"; "--base-dir"; archive.Path ]
              Expect.equal result.ExitCode 73 result.Error

              let left =
                  [ for it in DirectoryInfo(archive.At "coverage-maps").EnumerateFileSystemInfos() -> it.Name ]

              Expect.equal left [ "c_source_coverage.png" ] "nothing half-written is left over"

          archiveTest
              "Regression: of two streams whose pictures have one name the first has it in every round"
          <| fun archive ->
              layOutNamesakes archive
              use service = new Service(archive, [ "--qualities"; "*" ])
              service.AwaitReady()
              let second = [ "channel", "a_b"; "quality", "c" ]
              let first = [ "channel", "a"; "quality", "b_c" ]

              let failed stream metrics =
                  sample "segment_coverage_failures_total" (("kind", "map") :: stream) metrics
                  |> Option.defaultValue 0.0

              for _ in 1..10 do
                  File.Delete(archive.At namesake)
                  eventually "the picture" (fun () -> File.Exists(archive.At namesake))
                  Expect.equal (readFile (archive.At namesake)).Width ofFirst "the first one's"
                  let before = failed second service.Metrics
                  service.Await("a round", fun metrics -> failed second metrics > before)

              Expect.equal (failed first service.Metrics) 0.0 ""

              Expect.equal (sample "segment_coverage_holes" second service.Metrics) (Some 0.0) "but is logged"

          lowlyTest "Regression: and while the first cannot be looked into, its picture is not the other's"
          <| fun words archive ->
              layOutNamesakes archive
              openToAll archive
              let settings = [ "--check-interval"; "0.1"; "--qualities"; "*" ]

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; archive.Path ] @ settings)

              service.AwaitReady()
              chmod "000" (archive.At "a")

              let failed metrics =
                  sample
                      "segment_coverage_failures_total"
                      [ "channel", "a"; "quality", "*"; "kind", "read" ]
                      metrics

              service.Await("failures", fun metrics -> failed metrics >= Some 3.0)
              Expect.equal (readFile (archive.At namesake)).Width ofFirst "the first one's"

          archiveTest
              "Regression: of two streams whose pictures have one name map draws the first, and says so"
          <| fun archive ->
              layOutNamesakes archive

              for _ in 1..5 do
                  let result = run [ "map"; "--base-dir"; archive.Path; "--qualities"; "*" ]
                  Expect.equal (result.ExitCode, result.Output) (73, archive.At namesake + "\n") ""
                  Expect.hasLength (lines result.Error) 1 result.Error
                  Expect.stringStarts result.Error "a_b/c: another stream's map has the same name" ""
                  Expect.equal (readFile (archive.At namesake)).Width ofFirst "the first one's"

          archiveTest
              "Regression: what a killed program left half-written is removed at the start, nothing else is"
          <| fun archive ->
              CheckTests.layOutExample "c" archive

              archive.Files(
                  "coverage-maps",
                  [ ".coverage-left.tmp"
                    ".coverage-locked.tmp"
                    "coverage-other.tmp"
                    ".coverage-other.png" ]
              )

              use _ =
                  new FileStream(
                      archive.At "coverage-maps/.coverage-locked.tmp",
                      FileMode.Open,
                      FileAccess.Write,
                      FileShare.None
                  )

              // None of these is a file that this program left; opening the first two waits for ever.
              let strange =
                  [ ".coverage-fifo.tmp"
                    ".coverage-to-fifo.tmp"
                    ".coverage-to-device.tmp"
                    ".coverage-to-file.tmp"
                    ".coverage-folder.tmp" ]

              let inMaps (name: string) = archive.At $"coverage-maps/{name}"
              tool [ "mkfifo"; inMaps strange[0] ]

              for link, target in [ 1, inMaps strange[0]; 2, "/dev/zero"; 3, archive.At "c" ] do
                  File.CreateSymbolicLink(inMaps strange[link], target) |> ignore

              Directory.CreateDirectory(inMaps strange[4]) |> ignore
              let port = string (freePort ())

              let result =
                  run [ "serve"; "--base-dir"; archive.Path; "--run-once"; "--metrics-port"; port ]

              Expect.equal result.ExitCode 0 result.Error

              let left =
                  [ for it in DirectoryInfo(archive.At "coverage-maps").EnumerateFileSystemInfos() -> it.Name ]

              Expect.equal
                  (set left)
                  (set
                      [ yield! strange
                        ".coverage-locked.tmp"
                        "coverage-other.tmp"
                        ".coverage-other.png"
                        "c_source_coverage.png" ])
                  ""

          lowlyTest "a folder that may not be written: the old picture stays"
          <| fun words archive ->
              CheckTests.layOutExample "c" archive
              archive.File("coverage-maps/c_source_coverage.png", 7L)
              openToAll archive
              chmod "555" (archive.At "coverage-maps")
              let result = runBy words [] [ "map"; "--base-dir"; archive.Path ]
              Expect.equal (result.ExitCode, result.Output) (73, "") result.Error
              Expect.hasLength (lines result.Error) 1 result.Error
              Expect.equal (FileInfo(archive.At "coverage-maps/c_source_coverage.png").Length) 7L ""

          archiveTest "a full disk: the old picture stays, until there is room again"
          <| fun archive ->
              if not (canRun [ "unshare"; "-m"; "sh"; "-c"; "mount -t tmpfs -o size=16k none /mnt" ]) then
                  skiptest "needs the right to mount, and unshare"

              CheckTests.layOutExample "c" archive
              archive.File("old", 7L)
              archive.Files("coverage-maps", [])

              // A small disk of its own, which no other process sees and which is gone with the service.
              let script =
                  "mount -t tmpfs -o size=16k none \"$0/coverage-maps\" && cd \"$0/coverage-maps\" "
                  + "&& cp ../old c_source_coverage.png && cat /dev/zero >filler 2>/dev/null; "
                  + "cd \"$0\" && exec \"$@\""

              let words = [ "unshare"; "-m"; "sh"; "-c"; script; archive.Path ] @ itself

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ])

              service.Await("failures", fun metrics -> failures "map" "c" metrics >= 2.0)
              let disk = DirectoryInfo($"/proc/{service.Id}/root{archive.Path}/coverage-maps")
              let old = FileInfo(Path.Combine(disk.FullName, "c_source_coverage.png"))
              Expect.equal old.Length 7L "the old one"
              Expect.equal (sample "segment_coverage_holes" (stream "c") service.Metrics) (Some 1.0) ""

              Expect.isTrue
                  (service.WholeLog |> List.exists _.Contains("c_source_coverage.png"))
                  "the log says which"

              Expect.isFalse (service.Log |> List.exists _.Contains("   at ")) "no stack trace"
              File.Delete(Path.Combine(disk.FullName, "filler"))
              eventually "a new picture" (fun () -> FileInfo(old.FullName).Length > 7L)
              Expect.equal (readFile old.FullName).Width 6 ""

              let names () =
                  [ for it in disk.EnumerateFileSystemInfos() -> it.Name ]

              eventually "nothing is left over" (fun () -> names () = [ old.Name ])
              Expect.equal (service.Stop()) 0 "" ]
