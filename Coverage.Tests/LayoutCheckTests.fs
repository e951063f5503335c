/// What the program says of the archives of other recorders (semantics.md section 13): real files, checked by the command.
module Coverage.Tests.LayoutCheckTests

open System
open System.IO
open System.Text.Json
open Expecto
open Coverage.Tests.Sandbox

/// Long after everything in the recorded cases.
let private later = [ "--now"; "2027-01-01" ]

/// Copies a recorded case into an archive, under a folder there.
let private copy (case: string) (archive: Folder) (below: string) =
    let from = Path.Combine(ContainerTests.cases, case)

    for path in Directory.GetFiles(from, "*", SearchOption.AllDirectories) do
        let target = archive.At(Path.Combine(below, Path.GetRelativePath(from, path)))
        Directory.CreateDirectory(nonNull (Path.GetDirectoryName target)) |> ignore
        File.Copy(path, target)

let private stream (answer: JsonElement) = List.exactlyOne (items answer?streams)

/// How many segments, and files that are none, the hours of a stream have.
let private counts (stream: JsonElement) =
    let sum (of': JsonElement -> JsonElement) =
        items stream?hours |> List.sumBy (fun hour -> (of' hour).GetInt32())

    [ "full", sum (fun hour -> hour?segments?full?count)
      "suspect", sum (fun hour -> hour?segments?suspect?count)
      "partial", sum (fun hour -> hour?segments?partial?count)
      "temp", sum (fun hour -> hour?segments?temp?count)
      "bad", sum (fun hour -> hour?segments?bad?count) ]

let private manifest =
    lazy
        (JsonElement.Parse(File.ReadAllText(Path.Combine(ContainerTests.cases, "manifest.json")))
         |> items)

let private isNull (json: JsonElement) = json.ValueKind = JsonValueKind.Null

[<Tests>]
let tests =
    testList
        "layout check"
        [ archiveTest "check says of each recorded case what its manifest says"
          <| fun archive ->
              for case in manifest.Value do
                  let name, expected = text case?name, case?expect
                  copy name archive name

                  let zone =
                      if isNull case?zone then
                          []
                      else
                          [ "--zone"; text case?zone ]

                  let result =
                      run (
                          [ "check"
                            "--base-dir"
                            archive.At name
                            "--layout"
                            text case?layout
                            "--format"
                            "json" ]
                          @ zone
                          @ later
                      )

                  let found = stream (JsonElement.Parse result.Output)

                  for key, count in counts found do
                      Expect.equal count (expected?types.GetProperty(key).GetInt32()) $"{name}: {key}"

                  Expect.equal (text found?status) (text expected?status) $"{name}: status"

                  Expect.equal
                      (found?tolerance_seconds.GetDecimal())
                      (expected?tolerance_seconds.GetDecimal())
                      $"{name}: tolerance"

                  let span (interval: JsonElement) =
                      [ text interval?start; text (interval.GetProperty "end") ]

                  let given (interval: JsonElement) = items interval |> List.map text

                  if isNull expected?extent then
                      Expect.isTrue (isNull found?extent) $"{name}: no extent"
                  else
                      Expect.equal (span found?extent) (given expected?extent) $"{name}: extent"

                  Expect.equal
                      (items found?raw?holes |> List.map span)
                      (items expected?holes |> List.map given)
                      $"{name}: holes"

          archiveTest "streams of a layout are named by the path, and their maps by it with _ for /"
          <| fun archive ->
              copy "ts-2.5s" archive "house/door/hd"
              copy "ts-atclocktime" archive "yard"
              let layout = [ "--layout"; "%path/%Y-%m-%d_%H-%M-%S.ts" ]
              let _, answer = checkJson archive (layout @ later)

              Expect.equal
                  [ for one in items answer?streams -> text one?channel, text one?quality ]
                  [ "house/door", "hd"; "yard", "default" ]
                  "the streams"

              let maps = run ([ "map"; "--base-dir"; archive.Path ] @ layout @ later)
              Expect.equal maps.ExitCode 0 maps.Error

              for name in [ "house_door_hd_coverage.png"; "yard_default_coverage.png" ] do
                  Expect.isTrue (File.Exists(archive.At $"coverage-maps/{name}")) name

              // Our own maps are no files that were passed over.
              let _, again = checkJson archive (layout @ later)
              Expect.equal (again?layout?passed_over.GetInt32()) 0 "the folder of the maps is left out"

              let _, one = checkJson archive ("house/door" :: layout @ later)
              Expect.equal (text (stream one)?channel) "house/door" "a channel can be asked for"

          archiveTest "what the layout is, and what does not fit it, is said"
          <| fun archive ->
              copy "mkv-epoch-killed" archive ""
              archive.File("notes.txt", 3L)
              archive.File("cam1-99999.mkv", 3L)
              let result, answer = checkJson archive ([ "--layout"; "%{camera}-%s" ] @ later)
              let layout = answer?layout

              Expect.equal
                  (text layout?name, text layout?template)
                  ("template", "%{camera}-%s")
                  "the template"

              Expect.equal (text layout?zone, text layout?duration) ("UTC", "content") "zone and duration"
              Expect.equal (layout?resolution_seconds.GetDecimal()) 1m "the resolution"
              Expect.equal (layout?passed_over.GetInt32()) 2 "passed over"
              Expect.stringContains result.Error "2 files passed over" "the standard error says so"
              let bad = items (stream answer)?files?bad
              Expect.equal [ for one in bad -> text one?path ] [ "cam1-1795897530.mkv" ] "the bad file"

              Expect.stringContains
                  (text (List.head (items (stream answer)?warnings)))
                  "a hole shorter than 2 s may go unseen"
                  "the warning"

          archiveTest "an archive whose files say less than they span is thin, which --strict fails"
          <| fun archive ->
              // Each file starts a second and a half after the one before ends, which names to the second cannot show.
              for start in 0..5..50 do
                  archive.File($"cam/2026-11-28_20-00-{start:D2}.mp4", 1L)

              let args = [ "--layout"; "%path/%Y-%m-%d_%H-%M-%S"; "--duration"; "4" ] @ later

              let lax, answer = checkJson archive args
              Expect.equal (lax.ExitCode, text (stream answer)?status) (0, "thin") ""
              let strict, _ = checkJson archive ("--strict" :: args)
              Expect.equal strict.ExitCode 1 "--strict"

          lowlyTest "a folder that cannot be read fails the streams that may lie in it, and no other"
          <| fun words archive ->
              copy "ts-2.5s" archive "a/hd"
              copy "ts-2.5s" archive "b/hd"
              tool [ "chmod"; "-R"; "a+rX"; archive.Path ]
              tool [ "chmod"; "000"; archive.At "a" ]

              let result, answer =
                  checkJsonBy words archive ([ "--layout"; "%path/%Y-%m-%d_%H-%M-%S.ts" ] @ later)

              Expect.equal result.ExitCode 66 result.Error

              Expect.equal
                  [ for one in items answer?streams -> text one?channel ]
                  [ "b" ]
                  "the other is judged"

              Expect.equal [ for one in items answer?failed -> text one?channel ] [ "a" ] "this one is not"

          lowlyTest "of the hour of a file that cannot be read nothing is known"
          <| fun words archive ->
              copy "ts-2.5s" archive "a"
              let file = archive.At "a/2026-11-28_20-28-21.ts"
              File.Copy(file, archive.At "a/2026-11-28_18-00-00.ts")
              tool [ "chmod"; "-R"; "a+rX"; archive.Path ]
              tool [ "chmod"; "000"; file ]

              let result, answer =
                  checkJsonBy words archive ([ "--layout"; "%path/%Y-%m-%d_%H-%M-%S.ts" ] @ later)

              Expect.equal result.ExitCode 66 result.Error
              let unread = List.exactlyOne (items answer?unread)
              Expect.equal (text unread?hour, text unread?path) ("2026-11-28T20", file) "the hour"

          archiveTest "room at the end of a file that was never written to changes nothing of its length"
          <| fun archive ->
              copy "ts-2.5s" archive ""
              let layout = [ "--layout"; "%Y-%m-%d_%H-%M-%S.ts" ] @ later
              let _, before = checkJson archive layout

              use file = File.OpenWrite(archive.At "2026-11-28_20-28-29.ts")
              file.SetLength(file.Length + 188L * 200_000L)
              let _, after = checkJson archive layout
              Expect.equal (text after?streams) (text before?streams) ""

          archiveTest "a file whose name is not UTF-8 is passed over and counted"
          <| fun archive ->
              copy "mkv-epoch-killed" archive ""
              tool [ "sh"; "-c"; $"touch '{archive.Path}'/$(printf 'caf\\351-1795897514.mkv')" ]
              let _, answer = checkJson archive ([ "--layout"; "%{camera}-%s" ] @ later)
              Expect.equal (answer?layout?passed_over.GetInt32()) 1 ""

          testCase "a name that fits no template is known for that soon, however its fields can be laid"
          <| fun () ->
              let template =
                  match Coverage.Template.tryParse "%{a}%{b}%{c}%{d}%{e}-%s" with
                  | Ok template -> template
                  | Error error -> failtest $"{error}"

              match Coverage.Layout.read template (ReadOnlySpan(Array.create 240 (byte 'a'))) with
              | Coverage.LayoutReading.PassedOver -> ()
              | other -> failtest $"{other}"

          archiveTest "verify reads files of other layouts and says of MPEG-TS what is wrong with it"
          <| fun archive ->
              copy "ts-2.5s" archive "ts"
              copy "mp4-killed" archive "mp4"
              let broken = archive.At "ts/2026-11-28_20-28-21.ts"
              let bytes = File.ReadAllBytes broken
              bytes[188 * 40] <- 0uy
              File.WriteAllBytes(broken, bytes)

              let result =
                  run (
                      [ "verify"; "--base-dir"; archive.Path; "--format"; "json" ]
                      @ [ "--layout"; "%path/%Y%m%d_%H%M%S" ]
                      @ later
                  )

              let mp4 = stream (JsonElement.Parse result.Output)

              Expect.equal
                  (text mp4?channel, mp4?verified.GetInt32(), result.ExitCode)
                  ("mp4", 4, 0)
                  result.Error

              Expect.isEmpty (items mp4?items) "nothing is said of MP4"

              let result =
                  run (
                      [ "verify"; "--base-dir"; archive.Path; "--format"; "json" ]
                      @ [ "--layout"; "%path/%Y-%m-%d_%H-%M-%S.ts" ]
                      @ later
                  )

              let item = List.exactlyOne (items (stream (JsonElement.Parse result.Output))?items)
              Expect.equal (text item?segment) "ts/2026-11-28_20-28-21.ts" "the file, by its path"
              Expect.contains [ for one in items item?findings -> text one ] "sync" "what is wrong"
              Expect.equal result.ExitCode 1 "a full segment has a finding"

          archiveTest
              "the service sees files come and grow, and counts the newest as temp until it rests for long"
          <| fun archive ->
              let name (back: float) =
                  (DateTime.UtcNow.AddSeconds -back).ToString("yyyy-MM-dd_HH-mm-ss")

              let whole =
                  File.ReadAllBytes(Path.Combine(ContainerTests.cases, "ts-2.5s", "2026-11-28_20-28-21.ts"))

              let write (back: float) (bytes: byte[]) =
                  let path = archive.At $"cam/{name back}.ts"
                  File.WriteAllBytes(path, bytes)
                  path

              Directory.CreateDirectory(archive.At "cam") |> ignore
              write 7200.0 whole |> ignore
              let newest = write 1.0 whole[.. 188 * 20 - 1]

              use service =
                  new Service(
                      archive,
                      [ "--layout"
                        "%path/%Y-%m-%d_%H-%M-%S.ts"
                        "--zone"
                        "UTC"
                        "--verify-parts"
                        "1" ]
                  )

              let streams () =
                  match service.TryGet "/api/v1/streams" with
                  | Some(200, answer) -> items (JsonElement.Parse answer)?streams
                  | other -> failtestf "%A" other

              let count (key: string) =
                  match streams () with
                  | [ one ] -> one.GetProperty(key).GetInt32()
                  | _ -> -1

              service.AwaitReady()
              Expect.equal (count "temp_segments") 1 "the newest is being written"
              File.WriteAllBytes(newest, whole)
              service.AwaitRound()
              Expect.equal (count "temp_segments") 1 "it is still"

              // A later one takes its place as the newest: now it is whole.
              write 0.0 whole |> ignore

              let fullSegments () =
                  service.Metrics
                  |> labelled [ "type", "full" ]
                  |> Map.filter (fun (name, _) _ -> name = "segment_count")
                  |> Map.toSeq
                  |> Seq.sumBy snd

              eventually "two are whole" (fun () -> fullSegments () = 2.0)
              Expect.equal (text (List.exactlyOne (streams ()))?channel) "cam" ""

              let hour = (DateTime.UtcNow.AddSeconds -7200.0).ToString "yyyy-MM-ddTHH"

              match service.TryGet $"/api/v1/segments?channel=cam&quality=default&hour={hour}" with
              | Some(200, answer) ->
                  let segment = List.exactlyOne (items (JsonElement.Parse answer)?segments)
                  Expect.equal (segment?length.GetInt64(), text segment?kind) (2_500_000L, "full") ""
              | other -> failtestf "%A" other

              for path, status in
                  [ "cut?channel=cam&quality=default&start=2025-11-07T18&end=2025-11-07T19", 404
                    "digests?channel=cam&quality=default", 403 ] do
                  match service.TryGet $"/api/v1/{path}" with
                  | Some(found, answer) ->
                      Expect.equal found status answer
                      Expect.stringContains answer "layout" path
                  | None -> failtest path

              File.Delete newest
              eventually "what is gone is gone" (fun () -> fullSegments () = 1.0)
              Expect.equal (service.Stop()) 0 "" ]
