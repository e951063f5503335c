/// Archives that were really recorded (fixtures/recorded), and what the wubloader project's checker said of them: the
/// same numbers, but for the differences that semantics.md section 7 names.
module Coverage.Tests.RecordedTests

open System
open System.IO
open System.IO.Compression
open Expecto
open Coverage.Tests.Sandbox
open Coverage.Tests.Png

let private fixture (name: string) =
    Path.Combine(AppContext.BaseDirectory, "fixtures", "recorded", name)

/// The files of a node's archive, each as its path and its size.
let manifest (node: string) : (string * int64) list =
    use packed = File.OpenRead(fixture $"manifest-node{node}.tsv.gz")
    use lines = new StreamReader(new GZipStream(packed, CompressionMode.Decompress))

    [ for line in lines.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries) do
          match line.Split '\t' with
          | [| path; size |] -> path, int64 size
          | other -> failwithf "no line of a manifest: %A" other ]

/// A node's archive, laid out as files of the recorded sizes; it is gone when the tests are.
let private layOut (node: string) : Folder =
    let archive = new Folder()
    AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> (archive :> IDisposable).Dispose())

    for path, size in manifest node do
        archive.File(path, size)

    archive

/// The archives of the nodes, laid out when they are asked for.
let archives =
    Map.ofList [ for node in [ "A"; "B"; "C" ] -> node, lazy (layOut node) ]

/// A test on a node's archive, which it leaves as it is, and with a folder for maps of its own.
let private nodeTest (node: string) (name: string) (test: Folder -> Folder -> unit) =
    archiveTest $"node {node}: {name}" (fun folder -> test (archives[node].Force()) folder)

/// The spans of a JSON array, each as start, end and seconds.
let private spans json =
    [ for span in items json -> text span?start, text span?``end``, text span?seconds ]

let private stream channel quality (answer: Text.Json.JsonElement) =
    items answer?streams
    |> List.find (fun it -> text it?channel = channel && text it?quality = quality)

[<Tests>]
let losses =
    testList
        "recorded archives: the losses"
        [ nodeTest "A" "what was lost on purpose is found, to the microsecond, and nothing else"
          <| fun archive _ ->
              let result, answer = checkJson archive [ "--qualities"; "*" ]
              Expect.equal result.ExitCode 1 "something is missing"

              let names = [ for it in items answer?streams -> $"{it?channel}/{it?quality}" ]

              Expect.equal
                  names
                  [ "desertbus/160p"; "desertbus/source"; "midnight/source" ]
                  "neither chat nor playlists"

              Expect.isEmpty (items answer?failed) ""

              let desertbus = stream "desertbus" "source" answer
              let at time = $"2026-11-24T{time}Z"

              Expect.equal
                  (spans desertbus?raw?holes)
                  [ at "08:34:28.348000", at "08:34:44.348000", "16" // recorder killed
                    at "08:43:28.348000", at "08:43:50.337000", "21.989" // stream restarted
                    at "08:58:30.049167", at "08:59:31.309000", "61.259833" // stream down
                    at "09:07:29.309000", at "09:08:05.309000", "36" // recorder restarted
                    at "09:10:29.309000", at "09:10:30.302000", "0.993" ]
                  ""

              let partialOnly = spans desertbus?partial_only
              Expect.hasLength partialOnly 4 ""
              Expect.contains partialOnly (at "08:39:28.348000", at "08:39:36.348000", "8") ""
              Expect.equal (text desertbus?status) "incomplete" ""

          nodeTest "A" "a jump of the clock leaves an hour without a folder, which is reported lost"
          <| fun archive _ ->
              let _, answer = checkJson archive [ "midnight" ]
              let midnight = stream "midnight" "source" answer
              let jump = "2027-01-01T00:09:51.749000Z", "2027-01-01T02:03:00.039000Z", "6788.29"
              Expect.contains (spans midnight?raw?holes) jump ""

              let hours =
                  [ for hour in items midnight?hours ->
                        text hour?hour, text hour?segments?full?count, text hour?raw?hole_seconds ]

              Expect.equal
                  hours
                  [ "2026-12-31T23", "290", "16"
                    "2027-01-01T00", "300", "3008.251"
                    "2027-01-01T01", "0", "3600"
                    "2027-01-01T02", "565", "218.077" ]
                  ""

          nodeTest "C" "what its tombstones hide is missing, and what it got from A is not"
          <| fun archive _ ->
              let result, answer = checkJson archive []
              Expect.equal result.ExitCode 1 ""
              let at time = $"2026-11-24T{time}Z"

              Expect.equal
                  (spans (stream "desertbus" "source" answer)?raw?holes)
                  [ at "08:36:04.348000", at "08:36:08.348000", "4" // the tombstones
                    at "08:43:28.348000", at "08:43:50.337000", "21.989"
                    at "08:58:30.049167", at "08:59:31.309000", "61.259833"
                    at "09:10:29.309000", at "09:10:30.302000", "0.993" ]
                  ""

          nodeTest "B" "check, map and serve tell of its losses, one of them over the full hour"
          <| fun archive maps ->
              let result, answer = checkJson archive []
              Expect.equal result.ExitCode 1 ""
              let holes = spans (stream "desertbus" "source" answer)?raw?holes

              let acrossTheHour (from: string, until: string, _) =
                  from[11..12] = "08" && until[11..12] = "09"

              Expect.hasLength (List.filter acrossTheHour holes) 1 $"{holes}"

              let map = run [ "map"; "--base-dir"; archive.Path; "--output-dir"; maps.Path ]
              Expect.equal map.ExitCode 0 map.Error
              use service = new Service(archive, [ "--output-dir"; maps.Path ])
              service.AwaitReady()

              for name in [ "desertbus"; "midnight" ] do
                  let labels = [ "channel", name; "quality", "source" ]
                  let stream = stream name "source" answer
                  let picture = readFile (maps.At $"{name}_source_coverage.png")
                  Expect.equal (picture.Width, picture.Height) (6 * (items stream?hours).Length, 300) ""

                  Expect.equal
                      (sample "segment_coverage_holes" labels service.Metrics)
                      (Some(float (items stream?raw?holes).Length))
                      "as many as check tells" ]

// Why a number differs, in the words of semantics.md section 7.

let private edge = "it does not cut raw and editable coverage at the hour's edge"

let private chain =
    "it compares a segment with the previous best one instead of the chain for editable coverage"

let private beside = "it does not count a suspect beside a full one"
let private twice = "it counts an overlap within the tolerance twice"
let private noFolder = "it skips hours that have no folder"

/// A sample that differs: gauge, channel/quality/hour[/type], what that checker recorded, what is right, and why.
/// The cases of node A and C are much alike, because C got from A what it lost.
let private differences =
    let desertbus = "desertbus/source/2026-11-24T"
    let small = "desertbus/160p/2026-11-24T"

    let old, young, lost =
        "midnight/source/2026-12-31T23", "midnight/source/2027-01-01T00", "midnight/source/2027-01-01T01"

    let common =
        [
          // The last segment of hour 08 reaches 1.310 s into hour 09; and one begins 1 ms before its predecessor ends.
          "raw_coverage", small + "08", Some 1551.712167, 1550.401167, edge + ", and " + twice
          "raw_coverage", small + "09", Some 708.0, 709.31, edge
          "editable_coverage", small + "08", Some 1551.712167, 1550.401167, edge + ", and " + twice
          "editable_coverage", small + "09", Some 708.0, 709.31, edge
          // The last one of 2026 reaches 22 ms into 2027.
          "raw_coverage", young, Some 591.727, 591.749, edge
          // There, seven segments in a row begin before their predecessors end. None is editable to that checker; but
          // each second one goes on where the chain ends, from 00:04:54.022 to 00:04:59.755333.
          "editable_coverage", young, Some 585.2, 590.955333, edge + ", and " + chain
          // Of the suspects that start with a full segment.
          "overlap_count", small + "08/suspect", Some 0.0, 10.0, beside
          "overlap_duration", small + "08/suspect", Some 0.0, 20.02, beside
          "overlap_count", small + "09/suspect", Some 0.0, 9.0, beside
          "overlap_duration", small + "09/suspect", Some 0.0, 18.0, beside
          // The clock jumped over hour 01.
          for kind in [ "full"; "suspect"; "partial"; "bad" ] do
              "segment_count", $"{lost}/{kind}", None, 0.0, noFolder

          for kind in [ "full"; "suspect"; "partial" ] do
              "segment_duration", $"{lost}/{kind}", None, 0.0, noFolder
              "overlap_count", $"{lost}/{kind}", None, 0.0, noFolder
              "overlap_duration", $"{lost}/{kind}", None, 0.0, noFolder

          "raw_coverage", lost, None, 0.0, noFolder
          "editable_coverage", lost, None, 0.0, noFolder
          "raw_holes", lost, None, 1.0, noFolder
          "editable_holes", lost, None, 1.0, noFolder ]

    // In desertbus/source the last segment of hour 08 reaches 1.309 s into hour 09. And a suspect of 2.002 s begins at
    // 08:47:59.085, within a full one. The full one after it goes on where the chain ends, at 08:48:00.587; but it begins
    // before the suspect ends, so that checker leaves it out.
    Map.ofList
        [ "A",
          common
          @ [ "raw_coverage", desertbus + "08", Some 1551.712167, 1550.403167, edge
              "raw_coverage", desertbus + "09", Some 708.0, 709.309, edge
              "editable_coverage", desertbus + "08", Some 1549.710167, 1550.403167, edge + ", and " + chain
              "editable_coverage", desertbus + "09", Some 708.0, 709.309, edge
              "editable_holes", desertbus + "08", Some 4.0, 3.0, chain
              "overlap_count", desertbus + "08/suspect", Some 1.0, 13.0, beside
              "overlap_duration", desertbus + "08/suspect", Some 1.502, 25.522, beside
              "overlap_count", desertbus + "09/suspect", Some 0.0, 9.0, beside
              "overlap_duration", desertbus + "09/suspect", Some 0.0, 18.0, beside
              "raw_coverage", old, Some 584.0, 583.978, edge
              "editable_coverage", old, Some 584.0, 583.978, edge ]
          "C",
          common
          @ [ "raw_coverage", desertbus + "08", Some 1563.712167, 1562.403167, edge
              "raw_coverage", desertbus + "09", Some 748.0, 749.309, edge
              "editable_coverage", desertbus + "08", Some 1561.710167, 1562.403167, edge + ", and " + chain
              "editable_coverage", desertbus + "09", Some 748.0, 749.309, edge
              "editable_holes", desertbus + "08", Some 4.0, 3.0, chain
              "overlap_count", desertbus + "08/suspect", Some 1.0, 20.0, beside
              "overlap_duration", desertbus + "08/suspect", Some 1.502, 39.524, beside
              "overlap_count", desertbus + "09/suspect", Some 0.0, 11.0, beside
              "overlap_duration", desertbus + "09/suspect", Some 0.0, 22.0, beside
              "raw_coverage", old, Some 600.0, 599.978, edge
              "editable_coverage", old, Some 600.0, 599.978, edge ] ]

/// The samples of hours, each under its gauge and channel/quality/hour[/type].
let private ofHours (metrics: Metrics) : Map<string * string, float> =
    metrics
    |> Map.toSeq
    |> Seq.choose (fun ((gauge, labels), value) ->
        if labels.ContainsKey "hour" then
            let labelled =
                [ "channel"; "quality"; "hour"; "type" ] |> List.choose labels.TryFind

            Some((gauge, String.concat "/" labelled), value)
        else
            None)
    |> Map.ofSeq

[<Tests>]
let gauges =
    testList
        "recorded archives: the gauges are those of the wubloader project's checker, but for named differences"
        [ for node in [ "A"; "C" ] do
              nodeTest node "119 samples recorded"
              <| fun archive maps ->
                  use service =
                      new Service(archive, [ "--qualities"; "*"; "--output-dir"; maps.Path ])

                  service.AwaitReady()
                  let ours = ofHours service.Metrics

                  let recorded =
                      [ "desertbus"; "midnight" ]
                      |> Seq.map (fun channel -> File.ReadAllText(fixture $"node{node}-{channel}.prom"))
                      |> Seq.collect (parseMetrics >> ofHours >> Map.toSeq)
                      |> Map.ofSeq

                  Expect.equal (recorded.Count, ours.Count) (119, 119 + 17) ""

                  let found =
                      [ for KeyValue(name, value) in ours do
                            let there = recorded.TryFind name

                            if there <> Some value then
                                name, (there, value) ]

                  let named =
                      [ for gauge, it, there, here, _ in differences[node] -> (gauge, it), (there, here) ]

                  Expect.equal found (List.sort named) "each difference is in the table, and no other"

                  let unknown = recorded.Keys |> Seq.filter (ours.ContainsKey >> not) |> List.ofSeq
                  Expect.isEmpty unknown "nothing that was recorded is left out" ]

/// Cells of the recorded maps that differ: channel, quality, first and last cell, what that checker drew, what is
/// right, and why.
let private redrawn =
    [
      // 08:47:58 to 08:48:02: the suspect at 08:47:59.085, all of which the full ones around it cover, too.
      "desertbus", "source", 1439, 1440, Orange, Blue, "it draws suspects over full ones"
      // 00:00:00 to 00:00:02: a partial one of the hour before reaches 22 ms into this one.
      "midnight",
      "source",
      1800,
      1800,
      Blue,
      Orange,
      "it does not cut at the hour's edge, it drops what is beyond" ]

[<Tests>]
let maps =
    testList
        "recorded archives: the maps are those of the wubloader project's checker, but for named cells"
        [ for node in [ "A"; "C" ] do
              nodeTest node "every cell of the three maps"
              <| fun archive maps ->
                  let map =
                      run
                          [ "map"
                            "--base-dir"
                            archive.Path
                            "--qualities"
                            "*"
                            "--output-dir"
                            maps.Path ]

                  Expect.equal map.ExitCode 0 map.Error

                  for channel, quality in [ "desertbus", "160p"; "desertbus", "source"; "midnight", "source" ] do
                      let theirs = readFile (fixture $"node{node}-{channel}-{quality}.png")
                      let ours = readFile (maps.At $"{channel}_{quality}_coverage.png")
                      Expect.equal (ours.Width, ours.Height) (theirs.Width, theirs.Height) ""

                      let found =
                          Seq.zip (cells theirs) (cells ours)
                          |> Seq.indexed
                          |> Seq.filter (fun (_, (there, here)) -> there <> here)
                          |> List.ofSeq

                      let named =
                          [ for drawn, quality', first, last, there, here, _ in redrawn do
                                if (drawn, quality') = (channel, quality) then
                                    for cell in first..last -> cell, (there, here) ]

                      Expect.equal found named $"{channel}/{quality}" ]
