/// Lists that stand for an archive (semantics.md section 13): what the program says of them.
module Coverage.Tests.ListsTests

open System
open System.IO
open System.Text
open System.Text.Json
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage.Tests.Sandbox

let private later = [ "--now"; "2030-01-01" ]

/// The whole answer but for what it says of the layout, and the exit code.
let private besideLayout (result: Run) =
    let answer = JsonElement.Parse result.Output

    result.ExitCode,
    [ for part in answer.EnumerateObject() do
          if part.Name <> "layout" then
              part.Name, part.Value.GetRawText() ]

/// What `check` says of a list in a file of its own.
let private checkList option (list: string) (args: string list) : Run =
    use folder = new Folder()
    File.WriteAllText(folder.At "list", list, UTF8Encoding false)
    run ([ "check"; option (folder.At "list"); "--format"; "json" ] @ args @ later)

let private names path = $"--names={path}"
let private intervals form path = $"--intervals={form}={path}"

/// The files of a folder and those below, and the folders, as find lists them.
let private find (folder: Folder) (form: string) =
    outputOf
        [ "find"
          folder.Path
          "-type"
          "d"
          "-printf"
          "%P/\\n"
          "-o"
          "-printf"
          form ]

/// What may lie in an hour: valid names, rivals for a start, marks, bad and hidden names, folders.
let private entry: Gen<string> =
    let segment =
        gen {
            let! start = Gen.elements [ "00:00.0"; "00:02"; "00:04.5"; "59:59.999999" ]
            let! length = Gen.elements [ "0"; "2"; "2.002"; "7200" ]
            let! kind = Gen.elements [ "full"; "suspect"; "partial"; "temp" ]
            let! hash = Gen.elements [ ""; "AAAA"; "BBBB"; "a-_c" ]
            return $"{start}-{length}-{kind}-{hash}"
        }

    Gen.frequency
        [ 12, Gen.map (fun name -> name + ".ts") segment
          2, Gen.map (fun name -> name + ".tombstone") segment
          1, Gen.map (fun name -> name + ".ts.tombstone") segment
          1, Gen.map (fun name -> name + ".ts/inner") segment
          1, Gen.map (fun name -> name + ".tombstone/inner") segment
          2,
          Gen.elements
              [ "00_00.0-2-full-.ts"
                "no name.ts"
                ".hidden.ts"
                "chat.json"
                "7;12.ts"
                "café.ts" ] ]

let private path: Gen<string> =
    let hour =
        Gen.elements
            [ "2026-11-24T08"
              "2026-11-24T09"
              "2026-11-24T12"
              "2026-13-24T08"
              "odd"
              ".hidden" ]

    Gen.frequency
        [ 20,
          gen {
              let! channel = Gen.elements [ "one"; "two words"; ".hidden"; "lost+found" ]
              let! quality = Gen.elements [ "source"; "480p"; ".not" ]
              let! hour = hour
              let! entry = entry
              return $"{channel}/{quality}/{hour}/{entry}"
          }
          1, Gen.elements [ "file"; "one/file"; "one/source/file"; "two words/empty/2026-11-24T08/.keep" ] ]

let private files: Gen<(string * int64) list> =
    Gen.zip path (Gen.elements [ 0L; 1L; 7L; 900L ])
    |> Gen.listOf
    |> Gen.map (List.distinctBy fst)
    // A name is of a file or of a folder.
    |> Gen.map (fun files ->
        files
        |> List.filter (fun (path, _) ->
            not (List.exists (fun (other: string, _) -> other.StartsWith(path + "/")) files)))

let private fewer =
    { Gen.config with
        maxTest = 12 * Gen.depth }

/// What the program says of an archive on a disk, and of a list of what lies in it.
let private saysTheSame (folder: Folder) (form: string) (args: string list) =
    let disk =
        run ([ "check"; "--base-dir"; folder.Path; "--format"; "json" ] @ args @ later)

    let list = checkList names (find folder form) args
    Expect.equal (besideLayout list) (besideLayout disk) (find folder form)

    let words (run: Run) =
        run.Error.Replace(folder.Path + "/", "")

    if disk.ExitCode <> 2 then
        Expect.equal (words list) (words disk) "the standard error"

[<Tests>]
let ofNames =
    testList
        "lists of names"
        [ testPropertyWithConfig fewer "check says of a list what it says of a disk with those files"
          <| Prop.forAll (Arb.fromGen files) (fun files ->
              use folder = new Folder()

              for path, size in files do
                  folder.File(path, size)

              saysTheSame folder "%P\\t%s\\n" [ "--qualities"; "*"; "--sizes" ])

          testPropertyWithConfig fewer "the same of a template, in whatever zone, with whatever length"
          <| Prop.forAll
              (Gen.zip
                  (Gen.listOf (
                      gen {
                          let! camera =
                              Gen.elements
                                  [ "cam"; "house/door"; "a/b/c"; ".hidden"; "lost+found"; "coverage-maps" ]

                          let! day = Gen.elements [ "2026-10-25"; "2026-03-29"; "2026-02-30" ]
                          let! hour, minute = Gen.zip (Gen.choose (0, 3)) (Gen.elements [ 0; 1; 5; 6 ])
                          let! ending = Gen.elements [ ""; ".mp4"; ".ts"; ".jpg" ]
                          return $"{camera}/{day}_{hour:D2}-{minute:D2}-00{ending}"
                      }
                  ))
                  (Gen.elements [ "next"; "60"; "4.5" ])
               |> Arb.fromGen)
              (fun (files, length) ->
                  use folder = new Folder()

                  for path in files do
                      folder.File(path, 5L)

                  saysTheSame
                      folder
                      "%P\\n"
                      [ "--layout"
                        "%path/%Y-%m-%d_%H-%M-%S"
                        "--duration"
                        length
                        "--zone"
                        "Europe/Berlin" ])

          archiveTest "names that are not UTF-8 are bad, and folders of such names left out, as on a disk"
          <| fun folder ->
              let below = folder.At "one/source/2026-11-24T08"
              folder.File("one/source/2026-11-24T08/00:00.0-2-full-.ts", 1L)
              folder.File("one/source/2026-11-24T08/00:02.0-2-full-.ts", 1L)

              for name in [ "\\xff.ts"; "a\\xfe\\xff.ts" ] do
                  tool [ "bash"; "-c"; $"touch '{below}'/$'{name}'" ]

              for at in [ ""; "one/"; "one/source/" ] do
                  tool [ "bash"; "-c"; $"mkdir -p '{folder.Path}/{at}'$'\\xff/2026-11-24T08'" ]

              let list = folder.At "../" + Path.GetFileName folder.Path + ".list"

              try
                  tool
                      [ "bash"
                        "-c"
                        $"cd '{folder.Path}'; find . -printf '%%p\\t%%s\\n' > '{list}'" ]

                  let disk, _ = checkJson folder ([ "--qualities"; "*" ] @ later)
                  let ours = run ([ "check"; "--names"; list; "--format"; "json" ] @ later)
                  Expect.equal (besideLayout ours) (besideLayout disk) ""
                  Expect.equal ours.Error (disk.Error.Replace(folder.Path + "/", "")) ""
              finally
                  File.Delete list

          testCase
              "a line is what it would be on a disk: ./ in front, CR LF, slashes twice, folders, repeated lines"
          <| fun () ->
              let plain =
                  "c/q/2026-11-24T08/00:00.0-2-full-.ts\nc/q/2026-11-24T08/00:02.0-2-full-.ts\nc/q/2026-11-24T09/\n"

              let strange =
                  "./\n./c/\n./c/q/2026-11-24T09/\r\n/c//q/./2026-11-24T08/00:00.0-2-full-.ts\r\n"
                  + "c/q/2026-11-24T08/00:00.0-2-full-.ts\t5\nc/q/2026-11-24T08/00:02.0-2-full-.ts;7\n"
                  + "\r\n\nc/q/2026-11-24T08/00:00.0-2-full-.ts"

              Expect.equal
                  (besideLayout (checkList names strange []))
                  (besideLayout (checkList names plain []))
                  ""

          testCase
              "where sizes decide, those given do; without them the longest does, and such starts are counted"
          <| fun () ->
              let list a b =
                  $"c/q/2026-11-24T08/00:00.0-2-suspect-.ts{a}\nc/q/2026-11-24T08/00:00.0-4-suspect-.ts{b}\n"

              for a, b, covered, unsized in
                  [ "\t9", "\t3", "2", 0
                    ";3", ";9", "4", 0
                    "", "", "4", 1
                    "\t9", "", "4", 1
                    "", ";0", "4", 1 ] do
                  let result = checkList names (list a b) []
                  let answer = JsonElement.Parse result.Output
                  let stream = List.exactlyOne (items answer?streams)
                  Expect.equal (text stream?raw?covered_seconds) covered $"{a} {b}"
                  Expect.equal (answer?layout?unsized.GetInt32()) unsized $"{a} {b}"
                  Expect.equal (result.Error.Contains "1 start where") (unsized = 1) result.Error

          testCase "a list that is not there is 66 and named; a path out of the base is 64 with its line"
          <| fun () ->
              let missing = run [ "check"; "--names"; "/nowhere/list" ]
              Expect.equal (missing.ExitCode, missing.Output) (66, "") ""
              Expect.stringContains missing.Error "/nowhere/list" ""
              let wrong = checkList names "a/b\n../c\n" []
              Expect.equal (wrong.ExitCode, wrong.Output) (64, "") ""
              Expect.stringContains wrong.Error "line 2" ""

          archiveTest "map writes the maps of a list into the folder asked for, and touches no base"
          <| fun folder ->
              folder.File("list", 0L)
              File.WriteAllText(folder.At "list", "c/q/2026-11-24T08/00:00.0-2-full-.ts\n")

              let map =
                  run [ "map"; "--names"; folder.At "list"; "--output-dir"; folder.At "maps" ]

              Expect.equal map.ExitCode 0 map.Error
              Expect.isTrue (File.Exists(folder.At "maps/c_q_coverage.png")) map.Output

          testCase "of a recorded archive a list says what the disk does"
          <| fun () ->
              for node in [ "A"; "B"; "C" ] do
                  let archive = RecordedTests.archives[node].Force()

                  for form in [ "%P\\t%s\\n"; "%P;%s\\n" ] do
                      saysTheSame archive form [ "--qualities"; "*" ] ]

/// An interval of a list: its start and length in hundredths of a second from a day on, and its type.
type private Listed =
    { Start: int
      Length: int
      Type: string }

let private listed: Gen<Listed list> =
    gen {
        let! start = Gen.oneof [ Gen.choose (0, 5_000); Gen.choose (0, 2_000_000) ]

        let! length =
            Gen.oneof [ Gen.choose (0, 900); Gen.choose (0, 1_000_000); Gen.constant 40_000_000 ]

        let! kind = Gen.elements [ "full"; "full"; "suspect"; "partial" ]

        return
            { Start = start
              Length = length
              Type = kind }
    }
    |> Gen.nonEmptyListOf

let private epoch = 1_795_478_400L

let private seconds (hundredths: int) =
    let whole = epoch + int64 (hundredths / 100)
    $"{whole}.{hundredths % 100:D2}"

let private instant (hundredths: int) =
    DateTimeOffset
        .FromUnixTimeMilliseconds(epoch * 1000L + int64 hundredths * 10L)
        .ToOffset(TimeSpan.FromHours(float (hundredths % 5 - 2)))
        .ToString("yyyy-MM-dd'T'HH:mm:ss.ffzzz")

let private lines header (line: Listed -> string) (list: Listed list) =
    String.concat "\n" (header @ List.map line list) + "\n"

let private bed =
    lines [ "# a comment"; "track name=x"; "browser position" ] (fun one ->
        $"c/d/q\t{seconds one.Start}\t{seconds (one.Start + one.Length)}\t{one.Type}")

let private csv =
    lines [ "type,start,stream,end" ] (fun one ->
        $"{one.Type},{instant one.Start},\"c/d/q\",{instant (one.Start + one.Length)}")

let private jsonl =
    lines [] (fun one ->
        let length = $"{one.Length / 100}.{one.Length % 100:D2}"

        $"{{\"stream\":\"c\\/d/q\",\"start\":{seconds one.Start},\"duration\":{length},\"type\":\"{one.Type}\"}}")

/// What is covered, and covered by no full one, by asking of each step between two ends.
let private slowly (list: Listed list) =
    // Of one start a full one is best, else a suspect one; of these the longest.
    let best =
        list
        |> List.groupBy _.Start
        |> List.map (fun (_, all) ->
            all
            |> List.maxBy (fun one ->
                -(List.findIndex ((=) one.Type) [ "full"; "suspect"; "partial" ]), one.Length))

    let ends =
        best
        |> List.collect (fun one -> [ one.Start; one.Start + one.Length ])
        |> List.distinct
        |> List.sort

    let sum holds =
        List.pairwise ends
        |> List.filter (fun (from, _) -> holds from)
        |> List.sumBy (fun (from, until) -> until - from)

    let by kinds at =
        best
        |> List.exists (fun one ->
            List.contains one.Type kinds && one.Start <= at && at < one.Start + one.Length)

    let any = by [ "full"; "suspect"; "partial" ]
    decimal (sum any) / 100m, decimal (sum (fun at -> any at && not (by [ "full" ] at))) / 100m

[<Tests>]
let ofIntervals =
    testList
        "lists of intervals"
        [ testPropertyWithConfig fewer "the three forms of a list say the same, and what a slow model says"
          <| Prop.forAll (Arb.fromGen listed) (fun list ->
              let ofBed = checkList (intervals "bed") (bed list) []
              let ofCsv = checkList (intervals "csv") (csv list) []
              let ofJson = checkList (intervals "jsonl") (jsonl list) [ "--epoch"; "s" ]
              Expect.equal (besideLayout ofCsv) (besideLayout ofBed) (csv list)
              Expect.equal (besideLayout ofJson) (besideLayout ofBed) (jsonl list)
              let stream = List.exactlyOne (items (JsonElement.Parse ofBed.Output)?streams)
              Expect.equal (text stream?channel, text stream?quality) ("c/d", "q") ""

              let found =
                  stream?raw?covered_seconds.GetDecimal(), stream?partial_only_seconds.GetDecimal()

              Expect.equal found (slowly list) (bed list)

              let inHours =
                  items stream?hours
                  |> List.sumBy (fun hour -> hour?raw?covered_seconds.GetDecimal())

              Expect.equal inHours (fst found) "the hours add up"

              // A repeated option's last wins: this is BED of what there is, in microseconds.
              let words =
                  checkList (intervals "bed") (bed list) [ "--format"; "bed"; "--words"; "full,partial" ]

              let again = checkList (intervals "bed") words.Output [ "--epoch"; "us" ]
              let stream = List.exactlyOne (items (JsonElement.Parse again.Output)?streams)

              Expect.equal
                  (stream?raw?covered_seconds.GetDecimal(), stream?partial_only_seconds.GetDecimal())
                  found
                  words.Output)

          testCase "a line that cannot be read is named by its number, and nothing is said of the others"
          <| fun () ->
              let header = "stream,start,end,type\n"
              let good = "c,2026-01-01T00:00:00Z,2026-01-01T00:00:01Z,full\n"

              for form, args, list, line in
                  [ "bed", [], "c 1 2\nc 5 3\n", 2
                    "bed", [], "c 0 253370764800\n", 1
                    "bed", [], "c 1\n", 1
                    "bed", [], "c 1 2 full more\n", 1
                    "bed", [], "c 1 2 temp\n", 1
                    "bed", [], "# x\n\nc 1 -2\n", 3
                    "bed", [], "c 1 1e3\n", 1
                    "bed", [], "c 1 99999999999999999999999\n", 1
                    "bed", [], "/c 1 2\n", 1
                    "bed", [], "c 2026-01-01T00:00:00Z 2026-01-01T00:00:01Z\n", 1
                    "csv", [], "", 1
                    "csv", [], "start\n", 1
                    "csv", [], "start,end,duration\n", 1
                    "csv", [], "start,end,typ\n", 1
                    "csv", [], "start,end,start\n", 1
                    "csv", [], header + good + "c,1,2,full\n", 3
                    "csv", [], header + good + "c,2026-01-01T00:00:00,2026-01-01T00:00:01Z,full\n", 3
                    "csv", [], header + good + "c,2026-02-30T00:00:00Z,2026-03-01T00:00:01Z,full\n", 3
                    "csv", [], header + good + "c,1969-12-31T23:59:59Z,2026-03-01T00:00:01Z,full\n", 3
                    "csv", [], header + good + "c,2026-01-01T00:00:00Z\n", 3
                    "csv", [], header + "\"c,2026-01-01T00:00:00Z,2026-01-01T00:00:01Z,full\n" + good, 2
                    "jsonl", [], "{\"start\":1,\"end\":2}\n", 1
                    "jsonl", [ "--epoch"; "s" ], "{\"start\":1,\"end\":2}\n[]\n", 2
                    "jsonl", [ "--epoch"; "s" ], "{\"start\":1,\"end\":2}\n{\"start\":1,\"end\":2", 2
                    "jsonl", [ "--epoch"; "s" ], "{\"start\":1,\"end\":2} x\n", 1
                    "jsonl", [ "--epoch"; "s" ], "{\"start\":1}\n", 1
                    "jsonl", [ "--epoch"; "s" ], "{\"start\":1,\"end\":2,\"start\":1}\n", 1
                    "jsonl", [ "--epoch"; "s" ], "{\"start\":true,\"end\":2}\n", 1
                    "jsonl", [ "--epoch"; "s" ], "{\"start\":1,\"duration\":2,\"stream\":\"\\ud800\"}\n", 1
                    "jsonl", [ "--epoch"; "s" ], "{\"start\":1,\"end\":2}\n" + String('x', 100_000) + "\n", 2 ] do
                  let result = checkList (intervals form) list args
                  Expect.equal (result.ExitCode, result.Output) (64, "") list[.. min 99 (list.Length - 1)]
                  Expect.stringContains result.Error $", line {line}: " list[.. min 99 (list.Length - 1)]

          testCase "numbers count what --epoch says, lengths are seconds, and all is rounded half to even"
          <| fun () ->
              let extent unit list =
                  let result = checkList (intervals "jsonl") list [ "--epoch"; unit ]
                  let stream = List.exactlyOne (items (JsonElement.Parse result.Output)?streams)
                  text stream?extent?start, text stream?extent?seconds

              let start = "1970-01-12T13:46:40.000001Z"
              Expect.equal (extent "us" "{\"start\":1000000000001,\"duration\":1.5}") (start, "1.5") ""

              Expect.equal
                  (extent "ms" "{\"start\":1000000000.0005,\"duration\":2}")
                  ("1970-01-12T13:46:40.000000Z", "2")
                  ""

              Expect.equal (extent "s" "{\"start\":\"1000000.0000005001\",\"duration\":2}") (start, "2") ""

          testCase "a segment of a year has its hours, and a list without streams is of default/default"
          <| fun () ->
              let result =
                  checkList (intervals "csv") "start,duration\n2025-01-01T00:00:00Z,31536000\n" []

              let stream = List.exactlyOne (items (JsonElement.Parse result.Output)?streams)
              Expect.equal (text stream?channel, text stream?quality) ("default", "default") ""
              Expect.equal (text stream?status, result.ExitCode) ("complete", 0) ""

              Expect.equal
                  [ for hour in items stream?hours -> text hour?raw?covered_seconds ]
                  (List.replicate 8760 "3600")
                  "" ]
