/// `verify`: files are read and compared with their names, as its users see it (semantics.md section 12).
module Coverage.Tests.VerifyTests

open System
open System.IO
open System.Text
open System.Text.Json
open System.Threading
open Expecto
open Coverage
open Coverage.Host
open Coverage.Units
open Coverage.Tests.Packets
open Coverage.Tests.Sandbox
open Coverage.Tests.TsTests

/// Runs `verify` on an archive and gives its answer as JSON.
let private verifyJson (archive: string) (args: string list) : Run * JsonElement =
    let result = run ([ "verify"; "--base-dir"; archive; "--format"; "json" ] @ args)
    result, JsonElement.Parse result.Output

let private only (answer: JsonElement) = item 0 answer?streams

let private items' (answer: JsonElement) = items (only answer)?items

let private good: Media =
    { First = 900_000L
      Frame = 3000L
      Frames = 60
      PacketsOfFrame = 3
      IsReordered = false
      HasAudio = true
      HasVideo = true
      Counter = 0 }

/// Puts a file into an hour of c/source; its name.
let private put (archive: Folder) (hour: string) (time: string) (kind: string) (bytes: byte[]) : string =
    let name = $"{time}-2.0-{kind}-{hashOf bytes}.ts"
    let path = archive.At $"c/source/{hour}/{name}"
    Directory.CreateDirectory(nonNull (Path.GetDirectoryName path)) |> ignore
    File.WriteAllBytes(path, bytes)
    $"{hour}/{name}"

let private goodBytes = Packets.bytes good
let private hour = "2025-01-01T00"

/// A bad file: a packet is missing.
let private badBytes = Array.removeManyAt (3 * 188) 188 goodBytes

/// How many pages of files are in the page cache; None where no tool tells.
let private pagesCached (files: string list) : int option =
    if canRun [ "fincore"; "--version" ] then
        Some(
            (outputOf ([ "fincore"; "-n"; "-o"; "PAGES" ] @ files))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            |> Array.sumBy int
        )
    else
        None

/// Looks at a file with a clock that does something whenever it is read.
let private lookWith (onClock: int -> unit) (archive: Folder) (path: string) : Look =
    let mutable calls = 0

    let clock =
        { new TimeProvider() with
            member _.GetTimestamp() =
                calls <- calls + 1
                onClock calls
                0L }

    use reader = new ContentReader(Pace(Nullable Int64.MaxValue, clock))

    use folder =
        nonNull (Coverage.Folder.Open(archive.At $"c/source/{nonNull (Path.GetDirectoryName path)}"))

    let name = Encoding.UTF8.GetBytes(nonNull (Path.GetFileName path))
    reader.Look(folder, ReadOnlySpan name, Duration 2_000_000L, CancellationToken.None)

let private findings (look: Look) =
    match look.Verified with
    | null -> []
    | verified -> [ for finding in verified.Findings -> Finding.toText finding ]

[<Tests>]
let answers =
    testList
        "verify: the answer"
        [ testCase "recorded files with faults put in have the findings and the lengths of the manifest"
          <| fun () ->
              let result, answer = verifyJson fixtures []
              Expect.equal result.ExitCode 1 "full segments have findings"
              Expect.equal (text answer?format) "segment-coverage-verify/1" "the format"
              let stream = only answer
              Expect.equal (text stream?segments, text stream?verified) ("17", "17") "all are read"

              let expected =
                  [ for segment, _, findings, measured in manifest do
                        if not findings.IsEmpty then
                            segment, findings, measured ]
                  |> List.sortWith (fun (one, _, _) (other, _, _) -> String.CompareOrdinal(one, other))

              let found =
                  [ for one in items stream?items ->
                        text one?segment,
                        [ for finding in items one?findings -> text finding ],
                        (if one?measured_seconds.ValueKind = JsonValueKind.Null then
                             None
                         else
                             Some(one?measured_seconds.GetDecimal())) ]

              Expect.equal found expected "the items, in order of hour and name"

              for kind in [ "full"; "suspect"; "partial" ] do
                  for finding in Finding.all do
                      let finding = Finding.toText finding

                      let count =
                          expected
                          |> List.filter (fun (segment, findings, _) ->
                              segment.Contains $"-{kind}-" && List.contains finding findings)

                      Expect.equal
                          (text (stream?findings.GetProperty(kind).GetProperty finding))
                          (string count.Length)
                          $"{kind} {finding}"

              Expect.equal
                  stream?measured.ValueKind
                  JsonValueKind.Null
                  "no measured view unless it is asked for"

              Expect.isEmpty (items answer?failed) "nothing is unreadable"

          testCase "CSV has a row for each segment with findings, and the table names them"
          <| fun () ->
              let csv =
                  (run [ "verify"; "--base-dir"; fixtures; "--format"; "csv" ]).Output.Trim().Split '\n'

              Expect.equal
                  csv[0]
                  "channel,quality,segment,type,findings,declared_seconds,measured_seconds"
                  "the keys"

              Expect.equal csv.Length 13 "the rows"
              Expect.exists csv (fun row -> row.EndsWith "partial,torn short,2,0.766667") "a partial"
              let table = (run [ "verify"; "--base-dir"; fixtures ]).Output
              Expect.stringContains table "17 of 17 segments" "how many"
              Expect.stringContains table "1.066667 s in the file" "how long one really is"

          archiveTest "the exit code is 0 without findings in full segments, and tells what cannot be read"
          <| fun archive ->
              put archive hour "00:00.0" "full" goodBytes |> ignore
              put archive hour "00:02.0" "partial" badBytes |> ignore

              let exits args =
                  (run ([ "verify"; "--base-dir"; archive.Path ] @ args)).ExitCode

              Expect.equal (exits []) 0 "a partial one may be anything"
              Expect.equal (exits [ "none" ]) 2 "no such stream"
              Expect.equal (exits [ "--format"; "bed" ]) 64 "no such form of this answer"
              Expect.equal (exits [ "--part"; "0/3" ]) 64 "no such part"
              Expect.equal (exits [ "--expected-from"; "2025-01-01" ]) 64 "what only judges a stream"
              Expect.equal (run [ "verify"; "--base-dir"; archive.At "none" ]).ExitCode 66 "no archive"
              put archive hour "00:04.0" "full" badBytes |> ignore
              Expect.equal (exits []) 1 "a full one may not"

          archiveTest "where no file was read the exit code is not 0, and each output says why"
          <| fun archive ->
              put archive hour "00:00.0" "full" goodBytes |> ignore

              for args, code, why in
                  [ [ "c"; "none" ], 2, "there is no folder"
                    [ "--first-hour"; "2025-01-02"; "--last-hour"; "2025-01-03" ],
                    1,
                    "no hour in the range asked for"
                    [ "--now"; "2025-01-01T00:01:00Z" ], 1, "no full, suspect or partial segment ended by" ] do
                  let result, answer = verifyJson archive.Path args
                  Expect.equal result.ExitCode code $"{args}"
                  Expect.stringContains result.Error why "the standard error"
                  let failed = item 0 answer?failed
                  Expect.equal failed?path.ValueKind JsonValueKind.Null "it is no path"
                  Expect.stringStarts (text failed?error) $"NOTHING WAS VERIFIED: {why}" "JSON"
                  let table = run ([ "verify"; "--base-dir"; archive.Path ] @ args)
                  Expect.stringContains table.Output "nothing verified" "the table"
                  Expect.equal table.ExitCode code "whatever the format"

          archiveTest
              "looked at are full, suspect and partial segments that had time to settle, and no others"
          <| fun archive ->
              put archive hour "00:00.0" "full" goodBytes |> ignore
              put archive hour "00:02.0" "suspect" goodBytes |> ignore
              put archive hour "00:04.0" "partial" goodBytes |> ignore
              let hidden = put archive hour "00:06.0" "full" goodBytes
              archive.File($"c/source/{hidden[.. hidden.Length - 4]}.tombstone", 0L)
              archive.File($"c/source/{hour}/00:08.0-2-temp-x.ts", 0L)
              archive.File($"c/source/{hour}/odd.ts", 0L)
              archive.File($"c/source/{hour}/.00:08.0-2-full-.ts", 0L)

              let segments now =
                  let _, answer = verifyJson archive.Path [ "--now"; now; "--settling"; "1m" ]
                  text (only answer)?segments

              // The longest full segment of the latest hour counts too: 2 s.
              Expect.equal (segments "2025-01-01T01:00:00Z") "3" "all three"
              Expect.equal (segments "2025-01-01T00:01:08Z") "3" "the last at its very end"
              Expect.equal (segments "2025-01-01T00:01:07.999999Z") "2" "not a microsecond before"

          archiveTest
              "the parts K/N hold every file once, but for suspects and the last hour, which each holds"
          <| fun archive ->
              for second in 0..39 do
                  put archive hour $"00:%02d{second}" "partial" badBytes |> ignore

              let suspect = put archive hour "10:00" "suspect" badBytes
              let last = put archive "2025-01-01T05" "00:00" "partial" badBytes
              put archive "2025-01-01T06" "00:00" "temp" badBytes |> ignore

              let parts =
                  [ for part in [ "1/3"; "2/3"; "3/3" ] ->
                        [ for one in items' (snd (verifyJson archive.Path [ "--part"; part ])) ->
                              text one?segment ] ]

              for part in parts do
                  Expect.containsAll part [ suspect; last ] "always"

              let rest = List.concat parts |> List.except [ suspect; last ]
              Expect.equal rest.Length 40 "each of the others once"
              Expect.equal (List.distinct rest).Length 40 "and no other"
              let _, none = verifyJson archive.Path [ "--part"; "0%" ]

              Expect.equal
                  [ for one in items' none -> text one?segment ]
                  [ suspect; last ]
                  "a part of nothing is those alone"

          archiveTest "the measured view is what check says of names with the measured lengths"
          <| fun archive ->
              use renamed = new Folder()

              for segment, _, findings, measured in manifest do
                  let name = nonNull (Path.GetFileName segment)
                  let words = name.Split('-', 4)

                  let seconds =
                      match measured with
                      | Some seconds -> string seconds
                      | None when findings = [ "empty" ] || findings = [ "not-ts" ] -> "0"
                      | None -> words[1]

                  let target =
                      Path.Combine(
                          "real/source",
                          nonNull (Path.GetDirectoryName segment),
                          $"{words[0]}-{seconds}-{words[2]}-{words[3]}"
                      )

                  let target = renamed.At target
                  Directory.CreateDirectory(nonNull (Path.GetDirectoryName target)) |> ignore
                  File.Copy(Path.Combine(fixtures, "real/source", segment), target)

              let _, verified = verifyJson fixtures [ "--measured" ]
              let _, check = checkJson renamed []
              let measured, check = (only verified)?measured, item 0 check?streams

              let named =
                  JsonElement.Parse (run [ "check"; "--base-dir"; fixtures; "--format"; "json" ]).Output


              let declared, named = (only verified)?declared, item 0 named?streams

              for key in [ "status"; "raw"; "editable"; "partial_only_seconds" ] do
                  Expect.equal (string (measured.GetProperty key)) (string (check.GetProperty key)) key

                  Expect.equal
                      (string (declared.GetProperty key))
                      (string (named.GetProperty key))
                      $"{key} by the names"

              let table = (run [ "verify"; "--base-dir"; fixtures; "--measured" ]).Output

              Expect.stringContains
                  table
                  "\n  by the names  0.93 % covered, 33.508 s; 16 holes"
                  "by the names"

              Expect.stringContains
                  table
                  "\n  measured      0.67 % covered, 24.055102 s; 13 holes"
                  "by the media" ]

/// The files that a process has open, but those that it closes meanwhile.
let private openFiles (pid: int) : string list =
    let target (fd: string) =
        try
            File.ResolveLinkTarget(fd, false) |> Option.ofObj
        with :? FileNotFoundException ->
            None

    Directory.GetFiles $"/proc/{pid}/fd"
    |> Array.choose target
    |> Array.map _.FullName
    |> List.ofArray

[<Tests>]
let interruptions =
    testList
        "verify: interruptions"
        [ for name, signal, code in [ "SIGINT", sigint, 130; "SIGTERM", sigterm, 143 ] do
              archiveTest $"{name} ends it with what was found so far, said to be not all, and with {code}"
              <| fun archive ->
                  let found = put archive hour "00:00.0" "full" badBytes
                  let waits = put archive "2025-01-01T01" "00:00.0" "full" badBytes

                  // The first file is paid for by nothing that was read before; the second waits for it, for ten minutes.
                  let args =
                      [ "verify"
                        "--base-dir"
                        archive.Path
                        "--format"
                        "json"
                        "--verify-rate"
                        $"{badBytes.Length / 600}B" ]

                  use running = start [] (itself @ args)
                  let error = running.StandardError.ReadToEndAsync()

                  eventually "it waits with the second file open" (fun () ->
                      openFiles running.Id |> List.exists _.EndsWith(waits))

                  Expect.equal (kill (running.Id, signal)) 0 "the signal is sent"
                  let answer = JsonElement.Parse(running.StandardOutput.ReadToEnd())
                  running.WaitForExit()
                  Expect.equal running.ExitCode code "the exit code of a shell"
                  Expect.equal [ for one in items' answer -> text one?segment ] [ found ] "what was found"

                  Expect.equal
                      (text (only answer)?segments, text (only answer)?verified)
                      ("2", "1")
                      "how much was read"

                  let said = "NOT ALL WAS VERIFIED: interrupted: 2 of 2 hours were begun"
                  Expect.equal (text (item 0 answer?failed)?error) said "JSON"
                  Expect.equal error.Result $"c/source: {said}\n" "the standard error"

          archiveTest
              "a terminal gets its cursor and its cursor keys back, when it ends and when it is interrupted"
          <| fun archive ->
              if not (canRun [ "script"; "--version" ]) then
                  skiptest "needs script"

              put archive hour "00:00.0" "full" goodBytes |> ignore
              put archive "2025-01-01T01" "00:00.0" "full" goodBytes |> ignore
              let pid = archive.At "pid"

              let shown rate whenRunning =
                  File.Delete pid
                  let words = $"{executable} verify --base-dir {archive.Path} --verify-rate {rate}"
                  let script = $"echo $$ > {pid}; exec {words}"

                  use running =
                      start
                          [ "TERM", "xterm-256color"; "SHELL", "/bin/sh" ]
                          [ "script"; "-qec"; script; "/dev/null" ]

                  let output = running.StandardOutput.ReadToEndAsync()
                  whenRunning ()
                  running.WaitForExit()
                  output.Result

              let barOf (output: string) = output.Contains "\027[?25l"

              let isRestored (output: string) =
                  let last (one: string) (other: string) =
                      output.LastIndexOf(one, StringComparison.Ordinal)
                      >= output.LastIndexOf(other, StringComparison.Ordinal)

                  Expect.isTrue (last "\027[?1l" "\027[?1h") $"the keys: {output}"
                  Expect.isTrue (last "\027[?25h" "\027[?25l") $"the cursor: {output}"

              isRestored (shown "1GB" ignore)

              let interrupted =
                  shown $"{goodBytes.Length / 600}B" (fun () ->
                      eventually "it waits" (fun () ->
                          File.Exists pid
                          && openFiles (int (File.ReadAllText pid))
                             |> List.exists _.Contains("2025-01-01T01/"))

                      // The bar comes after a second of work.
                      Thread.Sleep 1500
                      Expect.equal (kill (int (File.ReadAllText pid), sigint)) 0 "the signal is sent")

              Expect.isTrue (barOf interrupted) $"there was a bar: {interrupted}"
              isRestored interrupted

          test "a line says how far it is, and how long the rest takes at that speed" {
              let stream = StreamName("c", "source")

              let line =
                  VerifyProgress.Line(
                      stream,
                      FileCount(1L, 500_000_000L),
                      Nullable(FileCount(3L, 2_000_000_000L)),
                      TimeSpan.FromMinutes 20.0
                  )

              Expect.equal
                  line
                  "verifying c/source: 1 of 3 files, 500 MB of 2 GB, about 1 h 0 min 0 s left"
                  ""

              let unknown =
                  VerifyProgress.Line(stream, FileCount(1L, 5_000L), Nullable(), TimeSpan.Zero)

              Expect.equal unknown "verifying c/source: 1 file, 5 kB" "before all is counted"
          } ]

[<Tests>]
let reading =
    testList
        "verify: reading"
        [ archiveTest "a file that is replaced while it is read is read again"
          <| fun archive ->
              // Three pieces long, so that the clock is asked in between.
              let whole = Array.concat (List.replicate 40 goodBytes)
              let path = put archive hour "00:00.0" "full" whole
              let at = archive.At $"c/source/{path}"
              File.WriteAllBytes(at, Array.append whole whole)
              File.WriteAllBytes(at + ".new", whole)

              let look =
                  lookWith
                      (fun call ->
                          if call = 2 then
                              File.Move(at + ".new", at, overwrite = true))
                      archive
                      path

              Expect.equal look.Kind LookKind.Verified "it is read in the end"
              Expect.isFalse (List.contains "hash" (findings look)) "what is there now is what its name says"

          archiveTest "a file that grows whenever it is read is being written, and has no findings"
          <| fun archive ->
              let path = put archive hour "00:00.0" "full" badBytes

              let look =
                  lookWith (fun _ -> File.AppendAllText(archive.At $"c/source/{path}", "more")) archive path

              Expect.equal (look.Kind, findings look) (LookKind.Changing, []) ""

          archiveTest "a file that vanishes while it is read is nothing"
          <| fun archive ->
              let path = put archive hour "00:00.0" "full" badBytes

              let look =
                  lookWith (fun _ -> File.Delete(archive.At $"c/source/{path}")) archive path

              Expect.equal (look.Kind, findings look) (LookKind.Gone, []) ""

          lowlyTest "a file that may not be read is named, and others are read"
          <| fun words archive ->
              let path = put archive hour "00:00.0" "full" goodBytes
              put archive hour "00:02.0" "full" badBytes |> ignore
              tool [ "chmod"; "0"; archive.At $"c/source/{path}" ]
              tool [ "chmod"; "a+rx"; archive.Path ]

              let result =
                  runBy words [] [ "verify"; "--base-dir"; archive.Path; "--format"; "json" ]

              let answer = JsonElement.Parse result.Output
              Expect.equal result.ExitCode 66 "the gravest"
              let failed = item 0 answer?failed
              Expect.stringEnds (text failed?path) path "which"
              Expect.stringContains (text failed?error) "Permission denied" "why"
              Expect.equal (items' answer).Length 1 "the other one"
              Expect.stringContains result.Error path "the standard error names it, too"

          archiveTest "what is no file is not opened"
          <| fun archive ->
              put archive hour "00:00.0" "full" goodBytes |> ignore
              tool [ "mkfifo"; archive.At $"c/source/{hour}/00:02.0-2.0-full-.ts" ]
              let result, answer = verifyJson archive.Path []
              Expect.equal result.ExitCode 66 "it does not wait for a writer"
              Expect.stringContains (text (item 0 answer?failed)?error) "it is no file" ""

          for what, mayBeUncached in [ "as the system can", true; "on a system that cannot alone", false ] do
              archiveTest $"files leave the page cache as they were, {what}"
              <| fun archive ->
                  let bytes = Array.concat (List.replicate 20 goodBytes)

                  let paths =
                      [ for second in 0..3 ->
                            archive.At("c/source/" + put archive hour $"00:%02d{second}" "full" bytes) ]

                  tool ([ "sync" ] @ paths)

                  let forget path =
                      use file = File.OpenHandle path
                      Linux.posix_fadvise (file, 0L, 0L, Linux.NoLongerNeeded) |> ignore

                  forget paths[0]
                  forget paths[1]

                  match pagesCached paths[..1], pagesCached paths[2..] with
                  | Some 0, Some before when before > 0 ->
                      // A page in the middle of a file that is not there else.
                      use file = File.OpenHandle paths[1]
                      Linux.posix_fadvise (file, 0L, 0L, 1) |> ignore
                      RandomAccess.Read(file, Span(Array.zeroCreate<byte> 10), 500_000L) |> ignore
                      let each = [ for path in paths -> pagesCached [ path ] ]

                      for path in paths do
                          use file = File.OpenHandle path
                          let cache = PageCache mayBeUncached
                          let buffer = GC.AllocateUninitializedArray<byte>(4_000_000, pinned = true)
                          cache.Begin(file, int64 bytes.Length)
                          let mutable error = 0

                          Expect.equal
                              (cache.Read(file, buffer, buffer.Length, 0L, &error))
                              bytes.Length
                              "it is read"

                          cache.End file

                      Expect.equal [ for path in paths -> pagesCached [ path ] ] each "each file"
                  | _ -> skiptest "needs fincore, and a temporary folder on a disk" ]

[<Tests>]
let sizes =
    testList
        "check --sizes"
        [ archiveTest "a day that a full disk recorded is found without reading a file"
          <| fun archive ->
              for number in 0..23 do
                  archive.Files(
                      $"c/source/2025-01-01T%02d{number}",
                      [ for minute in 0..59 -> $"%02d{minute}:00-60-full-AAAA.ts" ]
                  )

              put archive "2025-01-02T00" "00:00.0" "full" goodBytes |> ignore
              archive.File("c/source/2025-01-02T00/00:02-2-temp-x.ts", 0L)
              let result, answer = checkJson archive [ "--sizes" ]
              Expect.equal result.ExitCode 0 "names are believed: nothing is missing"
              let found = items (only answer)?empty_files
              Expect.equal found.Length 1440 "every empty file, but for those that are still written"

              Expect.equal
                  (text found[0]?segment, text found[0]?``type``)
                  ("2025-01-01T00/00:00-60-full-AAAA.ts", "full")
                  "in order"

              Expect.stringContains
                  result.Error
                  "c/source: 1440 empty files, the first is 2025-01-01T00/00:00-60-full-AAAA.ts"
                  ""

              let table = run [ "check"; "--base-dir"; archive.Path; "--sizes" ]
              Expect.stringContains table.Output "empty files   1440:" "the table counts them"

              Expect.stringContains
                  table.Output
                  "\n                2025-01-01T00/09:00-60-full-AAAA.ts\n"
                  "and names the first ten"

              Expect.stringContains table.Output "\n                and 1430 more" "not more"

          archiveTest "without it no size is asked for"
          <| fun archive ->
              archive.Files($"c/source/{hour}", [ "00:00-2-full-.ts" ])
              let result, answer = checkJson archive []
              Expect.isFalse ((only answer).TryGetProperty "empty_files" |> fst) "no key"
              Expect.equal result.Error "" "no word" ]

/// A service that reads one of two parts of an archive after each check.
let private verifying (archive: string) =
    new Service(
        itself,
        [],
        [ "serve"
          "--base-dir"
          archive
          "--check-interval"
          "0.2"
          "--verify-parts"
          "2"
          "--verify-rate"
          "1GB" ]
    )

let private findingsOf (service: Service) : JsonElement =
    match service.TryGet "/api/v1/findings" with
    | Some(200, answer) -> JsonElement.Parse answer
    | other -> failtestf "no findings but %A" other

let private segmentsOf (answer: JsonElement) =
    [ for one in items answer?items -> text one?segment ]

[<Tests>]
let service =
    testList
        "verify: the service"
        [ testCase
              "it finds part by part what verify finds, and shows it as metrics, as an answer and at the segments"
          <| fun () ->
              use service = verifying fixtures
              let _, verified = verifyJson fixtures []
              let expected = items' verified

              eventually "all is found" (fun () ->
                  (service.AwaitReady()
                   segmentsOf (findingsOf service))
                      .Length
                      =
                      expected.Length)

              let answer = findingsOf service

              Expect.equal
                  (segmentsOf answer)
                  [ for one in expected -> text one?segment ]
                  "the same segments in the same order"

              Expect.equal
                  [ for one in items answer?items -> text one?findings, text one?measured_seconds ]
                  [ for one in expected -> text one?findings, text one?measured_seconds ]
                  "the same findings"

              Expect.equal
                  (text (item 0 answer?streams)?findings)
                  (text (only verified)?findings)
                  "the same counts"

              let metrics = service.Metrics
              let stream = [ "channel", "real"; "quality", "source" ]

              for kind in [ "full"; "suspect"; "partial" ] do
                  for finding in Finding.all do
                      let finding = Finding.toText finding

                      Expect.equal
                          (sample
                              "segment_coverage_findings"
                              (stream @ [ "type", kind; "finding", finding ])
                              metrics)
                          (Some(float (text ((only verified)?findings.GetProperty(kind).GetProperty finding))))
                          $"{kind} {finding}"

              Expect.isTrue
                  ((sample "segment_coverage_verified_total" stream metrics).Value >= 17.0)
                  "files are counted"

              Expect.isTrue
                  ((sample "segment_coverage_verified_bytes_total" stream metrics).Value
                   >= 222_817.0)
                  "and bytes"

              let hour =
                  match service.TryGet "/api/v1/segments?channel=real&quality=source&hour=2026-11-24T08" with
                  | Some(200, answer) -> items (JsonElement.Parse answer)?segments
                  | other -> failtestf "%A" other

              Expect.equal
                  [ for one in hour do
                        if one?findings.ValueKind <> JsonValueKind.Null then
                            text one?findings, text one?measured ]
                  [ for one in expected ->
                        String.Join(' ', [ for finding in items one?findings -> text finding ]),
                        (if one?measured_seconds.ValueKind = JsonValueKind.Null then
                             ""
                         else
                             string (int64 (one?measured_seconds.GetDecimal() * 1_000_000m))) ]
                  "each segment says what is wrong with it"

              let listed query =
                  match service.TryGet $"/api/v1/findings?{query}" with
                  | Some(200, answer) -> JsonElement.Parse answer
                  | other -> failtestf "%A" other

              for kind in [ "full"; "suspect"; "partial" ] do
                  let some = listed $"type={kind}&channel=re*"

                  let named =
                      [ for one in segmentsOf answer do
                            if one.Contains $"-{kind}-" then
                                one ]

                  Expect.equal (segmentsOf some) named $"those of type {kind}"
                  Expect.equal (text some?count) (string named.Length) "as many"

              let first = item 0 answer?items
              Expect.equal (text first?start) "2026-11-24T08:00:04.000000Z" "when it begins"
              Expect.equal (text first?``end``) "2026-11-24T08:00:06.000000Z" "and ends"

              for query in [ "channel=nope"; "quality=480p"; "channel=real&quality=s" ] do
                  match service.TryGet $"/api/v1/findings?{query}" with
                  | Some(404, _) -> ()
                  | other -> failtestf "a name of no stream looks like health: %A" other

              eventually "all parts are read" (fun () ->
                  (findingsOf service)?all_read.ValueKind <> JsonValueKind.Null)

              Expect.contains [ "1"; "2" ] (text (findingsOf service)?part) "of two parts"

              Expect.isTrue
                  ((sample "segment_coverage_verify_all_read_timestamp_seconds" [] service.Metrics).Value >
                      1e9)
                  "a metric says when"

              let logged =
                  service.WholeLog |> List.filter _.Contains("2026-11-24T08/00:16.0-2.0-full")

              Expect.equal logged.Length 1 "a full one is logged once"
              Expect.isFalse (service.WholeLog |> List.exists _.Contains("-partial-")) "a partial one is not"

          archiveTest "a file that is mended or removed has no findings when its part is read again"
          <| fun archive ->
              let mended = put archive hour "00:00.0" "full" goodBytes
              File.WriteAllBytes(archive.At $"c/source/{mended}", badBytes)
              let removed = put archive hour "00:02.0" "full" badBytes
              put archive "2025-01-01T01" "00:00.0" "partial" badBytes |> ignore
              let lost = put archive "2025-01-01T02" "00:00.0" "full" badBytes
              let stays = put archive "2025-01-01T03" "00:00.0" "suspect" badBytes
              use service = verifying archive.Path
              service.AwaitReady()
              eventually "all is found" (fun () -> (segmentsOf (findingsOf service)).Length = 5)
              File.WriteAllBytes(archive.At $"c/source/{mended}", goodBytes)
              File.Delete(archive.At $"c/source/{removed}")
              Directory.Delete(archive.At "c/source/2025-01-01T01", true)
              File.Delete(archive.At $"c/source/{lost}")
              eventually "only one is left" (fun () -> segmentsOf (findingsOf service) = [ stays ])

              Expect.equal
                  (sample
                      "segment_coverage_findings"
                      [ "channel", "c"; "quality", "source"; "type", "full"; "finding", "hash" ]
                      service.Metrics)
                  (Some 0.0)
                  "a sample of none"

          archiveTest "without the option no file is read, and there is no metric of it"
          <| fun archive ->
              put archive hour "00:00.0" "full" badBytes |> ignore
              use service = new Service(archive, [])
              service.AwaitReady()
              service.AwaitRound()
              let answer = findingsOf service
              Expect.equal (text answer?parts, text answer?count) ("0", "0") "nothing is known"

              Expect.isFalse
                  (service.Metrics
                   |> Map.exists (fun (name, _) _ -> name.Contains "verif" || name.Contains "findings"))
                  "" ]
