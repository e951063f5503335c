/// What `check` answers: on stdout in each format, on stderr, and with its exit code.
module Coverage.Tests.CheckTests

open System
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open Coverage.Tests.Sandbox

/// The worked example of semantics.md section 8, in a stream of its own.
let layOutExample (channel: string) (archive: Folder) =
    for name, size in
        [ "00:00.0-10-full-AAAA.ts", 1L
          "00:10.004-10-full-AAAB.ts", 1L
          "00:19.0-4-partial-AAAC.ts", 7L
          "00:19.0-4-partial-AAAD.ts", 9L
          "00:30.0-5-suspect-AAAE.ts", 1L
          "00:30.0-5-full-AAAF.ts", 1L
          "00:32.0-1-full-AAAG.ts", 1L
          "00:35.0-5-suspect-AAAH.ts", 1L ] do
        archive.File($"{channel}/source/2025-11-07T18/{name}", size)

/// A stream without a loss: ten seconds of full segments.
let private layOutWhole (channel: string) (archive: Folder) =
    archive.Files($"{channel}/source/2025-11-07T18", [ "00:00.0-5-full-AAAA.ts"; "00:05.0-5-full-AAAB.ts" ])

let private check (archive: Folder) args =
    run ([ "check"; "--base-dir"; archive.Path ] @ args)

let private lines (output: string) =
    output.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

/// The rows of CSV (RFC 4180).
let private parseCsv (csv: string) : string list list =
    let rec field (quoted: bool) (sofar: string) (row: string list) (rows: string list list) at =
        let endRow () = List.rev (sofar :: row) :: rows

        match quoted, csv[at..] with
        | true, rest when rest.StartsWith "\"\"" -> field true (sofar + "\"") row rows (at + 2)
        | _, rest when rest.StartsWith '"' -> field (not quoted) sofar row rows (at + 1)
        | false, rest when rest.StartsWith ',' -> field false "" (sofar :: row) rows (at + 1)
        | false, rest when rest.StartsWith '\n' ->
            if at + 1 = csv.Length then
                List.rev (endRow ())
            else
                field false "" [] (endRow ()) (at + 1)
        | _ -> field quoted (sofar + string csv[at]) row rows (at + 1)

    field false "" [] [] 0

let private example =
    """
    {"format":"segment-coverage/1","tolerance_seconds":0.01,
     "streams":[{"channel":"desertbus","quality":"source","status":"incomplete",
       "extent":{"start":"2025-11-07T18:00:00.000000Z","end":"2025-11-07T18:00:40.000000Z","seconds":40},
       "raw":{"covered_seconds":32.996,"hole_seconds":7,"seam_seconds":0.004,
         "holes":[{"start":"2025-11-07T18:00:23.000000Z","end":"2025-11-07T18:00:30.000000Z","seconds":7}]},
       "editable":{"covered_seconds":30,"hole_seconds":9.996,"seam_seconds":0.004,
         "holes":[{"start":"2025-11-07T18:00:20.004000Z","end":"2025-11-07T18:00:30.000000Z","seconds":9.996}]},
       "partial_only_seconds":7.996,
       "partial_only":[{"start":"2025-11-07T18:00:20.004000Z","end":"2025-11-07T18:00:23.000000Z","seconds":2.996},
                       {"start":"2025-11-07T18:00:35.000000Z","end":"2025-11-07T18:00:40.000000Z","seconds":5}],
       "hours":[{"hour":"2025-11-07T18","window_seconds":40,
         "segments":{"full":{"count":4,"seconds":26},"suspect":{"count":2,"seconds":10},
                     "partial":{"count":2,"seconds":8},"temp":{"count":0},"bad":{"count":0}},
         "overlaps":{"full":{"count":1,"seconds":1},"suspect":{"count":1,"seconds":5},
                     "partial":{"count":2,"seconds":5.004}},
         "raw":{"covered_seconds":32.996,"holes":1,"hole_seconds":7,"seam_seconds":0.004},
         "editable":{"covered_seconds":30,"holes":1,"hole_seconds":9.996,"seam_seconds":0.004},
         "account_seconds":{"full":25,"partial":7.996,"unexpected":0,"seam":0.004,"acknowledged":0,"unknown":0,"ahead":0,
                            "pending":0,"missing":7}}],
       "account":{"now":"2026-01-01T00:00:00.000000Z",
         "span":{"start":"2025-11-07T18:00:00.000000Z","end":"2025-11-07T18:00:40.000000Z","seconds":40},
         "settling_seconds":250,"expected":false,"verdict":"missing","completeness":0.6251,
         "completeness_seconds":{"good":25.004,"of":40},
         "seconds":{"full":25,"partial":7.996,"unexpected":0,"seam":0.004,"acknowledged":0,"unknown":0,"ahead":0,"pending":0,
                    "missing":7},
         "missing":[{"start":"2025-11-07T18:00:23.000000Z","end":"2025-11-07T18:00:30.000000Z","seconds":7}],
         "unknown":[],"pending":[],"ahead":[],"unexpected":[],"acknowledged":[],
         "edge":{"word":"quiet","end":"2025-11-07T18:00:40.000000Z","age_seconds":4687160},
         "acknowledgements":{"used":0,"expired":0,"unused":[]}}}],
     "failed":[],"unread":[]}
    """

/// A stream that holds nothing, as JSON.
let private nothing (channel: string) =
    $$"""
    {"channel":"{{channel}}","quality":"source","status":"empty","extent":null,
     "raw":{"covered_seconds":0,"hole_seconds":0,"seam_seconds":0,"holes":[]},
     "editable":{"covered_seconds":0,"hole_seconds":0,"seam_seconds":0,"holes":[]},
     "partial_only_seconds":0,"partial_only":[],"hours":[],
     "account":{"now":"2026-01-01T00:00:00.000000Z","span":null,"settling_seconds":240,"expected":false,"verdict":"empty",
       "completeness":null,"completeness_seconds":{"good":0,"of":0},
       "seconds":{"full":0,"partial":0,"unexpected":0,"seam":0,"acknowledged":0,"unknown":0,"ahead":0,"pending":0,"missing":0},
       "missing":[],"unknown":[],"pending":[],"ahead":[],"unexpected":[],"acknowledged":[],
       "edge":{"word":"none","end":null,"age_seconds":null},"acknowledgements":{"used":0,"expired":0,"unused":[]} } }
    """

let private expectJson (found: JsonElement) (expected: string) =
    // Equal as values: neither the order of keys nor 7 and 7.0 make a difference; a missing or another key does.
    Expect.isTrue (JsonElement.DeepEquals(found, JsonElement.Parse expected)) $"{found} is {expected}"

[<Tests>]
let json =
    testList
        "check --format json"
        [ archiveTest "the worked example of semantics.md, every key and value"
          <| fun archive ->
              layOutExample "desertbus" archive
              let its, answer = checkJson archive [ "--now"; "2026-01-01" ]
              expectJson answer example
              Expect.equal (its.ExitCode, its.Error) (1, "") ""

          archiveTest "seconds are exact decimals, instants have six digits"
          <| fun archive ->
              let names =
                  [ "00:00.000001-0.333333-full-.ts"; "00:00.333334-0.000000500001-full-.ts" ]

              archive.Files("c/source/2025-11-07T18", names @ [ "59:59.999999-86400-partial-.ts" ])
              let _, answer = checkJson archive []
              let stream = item 0 answer?streams
              Expect.equal (stream?extent?start.GetString()) "2025-11-07T18:00:00.000001Z" ""
              Expect.equal (stream?extent?``end``.GetString()) "2025-11-08T18:59:59.999999Z" ""
              Expect.equal (stream?extent?seconds.GetRawText()) "89999.999998" ""

              Expect.equal
                  ((item 0 stream?hours)?segments?full?seconds.GetRawText())
                  "0.333334"
                  "two, the second 1 us"

              Expect.equal ((item 0 stream?raw?holes)?seconds.GetRawText()) "3599.666664" ""

          archiveTest "a named channel that is not there, or holds nothing, is empty and missing"
          <| fun archive ->
              archive.Files("hollow/source", [])
              layOutWhole "whole" archive

              let its, answer =
                  checkJson archive [ "absent"; "hollow"; "whole"; "--now"; "2026-01-01" ]

              Expect.equal its.ExitCode 1 ""
              expectJson (item 0 answer?streams) (nothing "absent")
              expectJson (item 1 answer?streams) (nothing "hollow")
              Expect.equal (text (item 2 answer?streams)?status) "complete" ""
              Expect.stringContains its.Error "absent" "said, too"

          archiveTest "an hour with bad and temp names only has counts, and an empty window"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-2-temp-0d39.ts"; "bad.ts"; "worse.ts" ])
              let its, answer = checkJson archive []
              Expect.equal its.ExitCode 1 "nothing is recorded"
              let hour = item 0 (item 0 answer?streams)?hours
              Expect.equal (text hour?window_seconds) "0" ""
              Expect.equal (text hour?segments?temp?count, text hour?segments?bad?count) ("1", "2") ""
              Expect.stringContains its.Error "bad.ts" "bad names are named, on stderr"

          archiveTest "a stream of bad names alone is empty, and its block says how many there are"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "12_34.0-2-full-.ts"; "worse.ts" ])
              let its = run [ "check"; "--base-dir"; archive.Path ]
              Expect.stringContains its.Output "2 bad names here, and no segment" ""

          archiveTest "a deletion mark that hides nothing is warned of, once by the service"
          <| fun archive ->
              archive.Files(
                  "c/source/2025-11-07T18",
                  [ "00:00.0-2-full-.ts"; "00:00.0-2-full-.ts.tombstone" ]
              )

              let warning =
                  "c/source: 00:00.0-2-full-.ts.tombstone in 2025-11-07T18 hides nothing"

              let its = run [ "check"; "--base-dir"; archive.Path ]
              Expect.equal its.ExitCode 0 "the segment counts"
              Expect.stringContains its.Error warning ""
              use service = new Service(archive, [])
              service.AwaitReady()
              service.AwaitRound()
              Expect.hasLength (service.WholeLog |> List.filter _.Contains(warning)) 1 ""

          archiveTest
              "an archive of partials alone is 0 % complete, and check says that its exit code is 0 unless --strict"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-2-partial-.ts" ])
              let said = "the exit code is 0 unless"
              let its = run [ "check"; "--base-dir"; archive.Path ]
              Expect.equal its.ExitCode 0 ""
              Expect.stringContains its.Output "c/source  partial  0 %" ""
              Expect.stringContains its.Output said ""
              let strict = run [ "check"; "--strict"; "--base-dir"; archive.Path ]
              Expect.equal strict.ExitCode 1 ""
              Expect.isFalse (strict.Output.Contains said) ""

          archiveTest
              "an archive with holes within the limits says that its exit code is 0, and with others says nothing of it"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-2-full-.ts"; "00:09.0-2-full-.ts" ])
              let said = "What is missing is within --max-hole: the exit code is 0."
              let allowed = run [ "check"; "--base-dir"; archive.Path; "--max-hole"; "7" ]
              Expect.equal allowed.ExitCode 0 ""
              Expect.stringContains allowed.Output said ""
              let refused = run [ "check"; "--base-dir"; archive.Path ]
              Expect.equal refused.ExitCode 1 ""
              Expect.isFalse (refused.Output.Contains said) ""

          archiveTest
              "help, and every block of check, fit into a terminal of any width, and only a name can be longer"
          <| fun archive ->
              archive.Files("c/source/2025-01-01T00", [ "00:00.0-2-full-.ts"; "bad.ts" ])
              archive.Files("c/source/2025-11-07T18", [ "00:00.000001-2-full-.ts"; "00:09.5-3-suspect-.ts" ])
              let long = String('n', 130)
              archive.Files($"{long}/source/2025-11-07T18", [ "00:00.0-2-full-.ts" ])
              archive.Files("c/480p/2025-11-07T18", [ "bad.ts" ])

              for width in [ 40; 61; 80; 140 ] do
                  let onTerminal words =
                      let typed =
                          outputOf [ "script"; "-qc"; $"stty cols {width}; {words} 2>/dev/null"; "/dev/null" ]

                      Regex.Replace(typed, @"\x1b(\[[0-9;?]*[a-zA-Z]|=)|\r", "").Split '\n'

                  let check =
                      onTerminal $"{executable} check --qualities '*' --base-dir {archive.Path}"

                  Expect.contains check "c/480p  empty" "what was asked for"

                  for line in Array.append check (onTerminal $"{executable} --help") do
                      if line.Length > width then
                          Expect.isFalse (line.Trim().Contains ' ') $"{width}: {line}"

                  Expect.contains check $"{long}/source" "with its status in the next line"

          archiveTest "help, and every block of check, fit into 80 columns without a broken word"
          <| fun archive ->
              let fits (text: string) =
                  for line in text.Split '\n' do
                      Expect.isLessThanOrEqual line.Length 80 line

              fits (run [ "--help" ]).Output

              // Holes of all lengths, many hours, bad names, an empty and a long-named stream.
              for hour in [ 0..23 ] do
                  archive.Files(
                      $"c/source/2025-11-%02d{1 + hour}T%02d{hour}",
                      [ "00:00.000001-2-full-.ts"; "00:09.5-3-suspect-.ts" ]
                  )

              archive.Files("c/source/2025-11-07T06", [ "bad.ts" ])

              archive.Files(
                  "a-channel-with-quite-a-long-name/and-a-quality/2025-11-07T06",
                  [ "00:00.0-2-full-.ts" ]
              )

              archive.Files("c/480p/2025-11-07T06", [ "bad.ts" ])
              let its = run [ "check"; "--qualities"; "*"; "--base-dir"; archive.Path ]
              fits its.Output
              Expect.stringContains its.Output "a-channel-with-quite-a-long-name/and-a-quality  complete" ""
              let words = its.Output.Split([| ' '; '\n' |], StringSplitOptions.RemoveEmptyEntries)
              Expect.contains words "2025-11-01T00" "whole words"
              Expect.contains words "partial-only," ""

          archiveTest "all qualities and channels there are, with strange names as they are"
          <| fun archive ->
              let strange = "a \"b\",\n\tc\\d [red]é"

              for quality in [ "source"; "480p"; "hollow" ] do
                  archive.Files($"{strange}/{quality}/2025-11-07T18", [])

              archive.Files($"{strange}/480p/2025-11-07T18", [ "00:00.0-5-full-.ts" ])
              archive.Files($"{strange}/source/2025-11-07T18", [ "00:00.0-5-full-.ts" ])
              let its, answer = checkJson archive [ "--qualities"; "*" ]
              Expect.equal its.ExitCode 0 its.Error

              let names = [ for it in items answer?streams -> text it?channel, text it?quality ]
              Expect.equal names [ strange, "480p"; strange, "source" ] "" ]

[<Tests>]
let csv =
    testList
        "check --format csv"
        [ archiveTest "a header and a row for each hour: the hour's object, flattened"
          <| fun archive ->
              layOutExample "desertbus" archive
              archive.Files("desertbus/source/2025-11-07T20", [ "00:00.0-5-full-.ts" ])
              let rows = parseCsv (check archive [ "--format"; "csv" ]).Output

              Expect.equal
                  rows.Head
                  [ "channel"
                    "quality"
                    "hour"
                    "window_seconds"

                    for kind in [ "full"; "suspect"; "partial" ] do
                        $"segments_{kind}_count"
                        $"segments_{kind}_seconds"

                    "segments_temp_count"
                    "segments_bad_count"

                    for kind in [ "full"; "suspect"; "partial" ] do
                        $"overlaps_{kind}_count"
                        $"overlaps_{kind}_seconds"

                    for coverage in [ "raw"; "editable" ] do
                        $"{coverage}_covered_seconds"
                        $"{coverage}_holes"
                        $"{coverage}_hole_seconds"
                        $"{coverage}_seam_seconds"

                    for word in Coverage.Word.all do
                        $"account_seconds_{Coverage.Word.toText word}" ]
                  ""

              let hours = [ for row in rows.Tail -> row[2], row[3] ]

              Expect.equal hours [ "2025-11-07T18", "3600"; "2025-11-07T19", "3600"; "2025-11-07T20", "5" ] ""

              let segments, overlaps =
                  [ "4"; "26"; "2"; "10"; "2"; "8"; "0"; "0" ], [ "1"; "1"; "1"; "5"; "2"; "5.004" ]

              let raw, editable =
                  [ "32.996"; "2"; "3567"; "0.004" ], [ "30"; "2"; "3569.996"; "0.004" ]

              let words = [ "25"; "7.996"; "0"; "0.004"; "0"; "0"; "0"; "0"; "3567" ]

              Expect.equal
                  rows[1]
                  ([ "desertbus"; "source"; "2025-11-07T18"; "3600" ]
                   @ segments
                   @ overlaps
                   @ raw
                   @ editable
                   @ words)
                  ""

          archiveTest "names with commas, quotes and line ends are quoted"
          <| fun archive ->
              for channel in [ "a,b"; "c\"d"; "e\nf"; "plain" ] do
                  layOutWhole channel archive

              let output = (check archive [ "--format"; "csv" ]).Output
              let channels = [ for row in (parseCsv output).Tail -> row.Head ]
              Expect.equal channels [ "a,b"; "c\"d"; "e\nf"; "plain" ] ""
              Expect.stringContains output "\nplain,source," "quoted only as needed" ]

[<Tests>]
let bed =
    testList
        "check --format bed"
        [ archiveTest "a line for each hole, in whole microseconds, sorted"
          <| fun archive ->
              let hole = [ "00:00.0-5-full-.ts"; "00:07.5-5-full-.ts" ]
              archive.Files("b/source/2025-11-07T18", hole)
              archive.Files("b/source/2025-11-07T19", [ "00:00.0-5-full-.ts" ])
              archive.Files("a/source/2025-11-07T18", hole)
              layOutWhole "whole" archive
              let its = check archive [ "b"; "a"; "whole"; "absent"; "--format"; "bed" ]

              Expect.equal
                  (lines its.Output)
                  [ "a/source\t1762538405000000\t1762538407500000\thole"
                    "b/source\t1762538405000000\t1762538407500000\thole"
                    "b/source\t1762538412500000\t1762542000000000\thole" ]
                  ""

          archiveTest "tabs and line ends in names are escaped"
          <| fun archive ->
              archive.Files("a\tb\nc/source/2025-11-07T18", [ "00:00.0-5-full-.ts"; "00:07.5-5-full-.ts" ])

              let line =
                  Expect.wantSome
                      (lines (check archive [ "--format"; "bed" ]).Output |> List.tryExactlyOne)
                      ""

              Expect.hasLength (line.Split '\t') 4 "" ]

/// A name that clears a terminal, turns text round and reads like an encoded one.
let hostile = "\027[2Jred\u009b1m\r\u202e%1B"

/// Whether a text has no control character but line ends, and tabs between columns.
let isHarmless (text: string) : bool =
    text |> Seq.forall (fun c -> c = '\n' || c = '\t' || not (Char.IsControl c))

[<Tests>]
let escapes =
    testList
        "names that a terminal would obey"
        [ archiveTest "are written as codes by check, in every format, and by map"
          <| fun archive ->
              archive.Files(
                  $"{hostile}/{hostile}/2025-11-07T18",
                  [ "00:00.0-5-full-.ts"; "00:07.5-5-full-.ts" ]
              )

              archive.Files($"{hostile}/{hostile}/2025-11-07T18", [ hostile + ".ts" ])
              archive.Files($"{hostile}/{hostile}/{hostile}", [])
              let all = [ "--qualities"; "*"; "--base-dir"; archive.Path ]

              for command in
                  [ [ "map" ]
                    for format in [ "table"; "json"; "csv"; "bed" ] do
                        [ "check"; "--format"; format ] ] do
                  let its = run (command @ all)
                  Expect.isNonEmpty its.Output ""
                  Expect.stringContains its.Error @"\x1B[2Jred" ""

                  Expect.isTrue (isHarmless its.Output) $"{command}: {its.Output}"

                  Expect.isTrue (isHarmless its.Error) $"{command}: {its.Error}"

              let csv = parseCsv (check archive [ "--qualities"; "*"; "--format"; "csv" ]).Output
              let encoded = "%1B[2Jred%C2%9B1m%0D%E2%80%AE%251B"
              Expect.equal (List.truncate 2 csv[1]) [ encoded; encoded ] "decoding gives the name back"

              let _, answer = checkJson archive [ "--qualities"; "*" ]
              Expect.equal (text (item 0 answer?streams)?channel) hostile "JSON has escapes of its own"

          archiveTest "are written as codes where a map cannot be written, too"
          <| fun archive ->
              archive.Files($"{hostile}/source/2025-11-07T18", [ "00:00.0-5-full-.ts" ])

              Directory.CreateDirectory(archive.At $"coverage-maps/{hostile}_source_coverage.png")
              |> ignore

              let its = run [ "map"; "--base-dir"; archive.Path ]
              Expect.equal its.ExitCode 73 ""
              Expect.stringContains its.Error @"\x1B[2Jred" ""
              Expect.isTrue (isHarmless its.Error) its.Error ]

[<Tests>]
let table =
    testList
        "check for people"
        [ archiveTest "names, completeness and holes, in plain text where no terminal listens"
          <| fun archive ->
              layOutExample "desertbus" archive
              layOutWhole "whole [red]" archive
              let its = check archive []

              for part in
                  [ "desertbus/source"
                    "62.51 %"
                    "18:00:23"
                    "18:00:30"
                    "whole [red]/source"
                    "100 %" ] do
                  Expect.stringContains its.Output part ""

              Expect.isFalse (its.Output.Contains '\027') "no escapes of a terminal"
              Expect.equal (its.ExitCode, its.Error) (1, "") ""

          archiveTest "the row of hours says how much of each is missing"
          <| fun archive ->
              let lost = [ 0m; 0.5m; 5m; 30m; 60m; 120m; 1000m; 3000m; 0m; 0m ]

              for hour, lost in List.indexed lost do
                  let kind = if hour = 8 then "partial" else "full"
                  archive.Files($"c/source/2025-11-07T{hour:D2}", [ $"00:00.0-{3600m - lost}-{kind}-.ts" ])

              archive.Files("c/source/2025-11-07T11", [ "00:00.0-3600-full-.ts" ])
              let rows = (check archive []).Output.Split('\n') |> Array.map _.Trim()
              Expect.contains rows "█▇▆▅▄▃▂▁▒█·█" $"{rows}"

          archiveTest "a line ends between words, and never between a number and its unit"
          <| fun archive ->
              // A seam of 1 ms after each of 20, and long figures. With as many words a line as fit, one would end in a number.
              for minute in 0..19 do
                  archive.Files("c/source/2025-11-07T18", [ $"{minute:D2}:00.0-59.999-full-.ts" ])

              archive.Files("c/source/2025-11-08T18", [ "20:33.333333-0.000001-full-.ts" ])
              let output = (check archive []).Output

              let isBroken =
                  Seq.exists (fun (line: string) -> line.Contains "s of seams)" && line.StartsWith "       ")

              Expect.isTrue (isBroken (output.Split '\n')) $"a line was broken: {output}"

              for line in output.Split '\n' do
                  Expect.isLessThanOrEqual line.Length 80 line
                  Expect.isFalse (Regex.IsMatch(line, @"^\s+(h|min|s|%)\b")) line

          archiveTest "a folder for maps that cannot be made is named"
          <| fun archive ->
              layOutWhole "c" archive
              let its = run [ "map"; "--base-dir"; archive.Path; "--output-dir"; "/proc/nope" ]
              Expect.equal its.ExitCode 73 ""
              Expect.stringContains its.Error "the folder /proc/nope cannot be made" ""
              Expect.isFalse (its.Error.Contains "Could not find file") its.Error

          archiveTest "what is not quite complete is not shown as 100 %"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-86400-full-.ts" ])
              archive.Files("c/source/2025-11-08T18", [ "00:00.02-86400-full-.ts" ])
              let its = check archive []
              Expect.stringContains its.Output "99.99999 %" ""
              Expect.isFalse (its.Output.Contains "100 %") "" ]

/// Runs with some words, and the exit code it gives.
let private exitCode (archive: Folder) (expected: int) (args: string list) =
    let its = check archive args
    Expect.equal its.ExitCode expected $"{args}: {its.Error}"

[<Tests>]
let exitCodes =
    testList
        "check's exit codes"
        [ archiveTest "complete and partial are 0; with --strict each partial-only span is a hole"
          <| fun archive ->
              layOutWhole "whole" archive

              archive.Files("partial/source/2025-11-07T18", [ "00:00.0-5-full-.ts"; "00:05.0-5-suspect-.ts" ])

              let code = exitCode archive
              code 0 []
              code 1 [ "--strict" ]
              code 0 [ "whole"; "--strict" ]
              code 0 [ "--strict"; "--max-hole"; "5" ]
              code 1 [ "--strict"; "--max-hole"; "4.999999" ]

          archiveTest "any hole is 1; --max-hole and --max-missing let some pass"
          <| fun archive ->
              // fffff  fffff   fffff: holes of 2 and 3 s.
              archive.Files(
                  "c/source/2025-11-07T18",
                  [ "00:00.0-5-full-.ts"; "00:07.0-5-full-.ts"; "00:15.0-5-full-.ts" ]
              )

              let code = exitCode archive
              code 1 []
              code 0 [ "--max-hole"; "3" ]
              code 1 [ "--max-hole"; "2.999999" ]
              code 0 [ "--max-missing"; "5" ]
              code 1 [ "--max-missing"; "4.999999" ]
              code 1 [ "--max-hole"; "3"; "--max-missing"; "4" ]
              code 1 [ "--max-hole"; "2"; "--max-missing"; "5" ]
              code 0 [ "--max-hole=3"; "--max-missing=5" ]
              code 0 [ "--tolerance"; "3" ]

          archiveTest "the missing time of different streams is not added up"
          <| fun archive ->
              for channel in [ "a"; "b" ] do
                  archive.Files(
                      $"{channel}/source/2025-11-07T18",
                      [ "00:00.0-5-full-.ts"; "00:07.0-5-full-.ts" ]
                  )

              exitCode archive 0 [ "--max-missing"; "2" ]

          archiveTest "an absent stream is missing whatever the limits"
          <| fun archive ->
              layOutWhole "whole" archive
              exitCode archive 1 [ "absent"; "--max-hole"; "1000"; "--max-missing"; "1000" ]
              exitCode archive 1 [ "whole"; "--qualities"; "source,480p" ]

          archiveTest "2 where no channel is named and none is found"
          <| fun archive ->
              archive.Files("chat/source", [])
              archive.Files("coverage-maps", [ "a_source_coverage.png" ])
              archive.Files("playlist-debug/c/source", [ "x.ts" ])
              let its = check archive []
              Expect.equal its.ExitCode 2 ""
              Expect.stringContains its.Error archive.Path "it says where it looked"

          archiveTest "64 for wrong usage, with nothing on stdout"
          <| fun archive ->
              for wrong in
                  [ [ "--base-dri"; "/m" ]
                    [ "--max-hole"; "0,5" ]
                    [ "--first-hour"; "2025-11-07T19"; "--last-hour"; "2025-11-07T18" ] ] do
                  let its = check archive wrong
                  Expect.equal (its.ExitCode, its.Output) (64, "") $"{wrong}"
                  Expect.isNonEmpty its.Error $"{wrong}"

          archiveTest "an answer that cannot be written is no success"
          <| fun archive ->
              layOutWhole "c" archive

              for output in [ ">/dev/full"; ">&-" ] do
                  for format in [ "table"; "json"; "csv" ] do
                      let words = [ "sh"; "-c"; "exec \"$0\" \"$@\" " + output ] @ itself
                      let its = runBy words [] [ "check"; "--base-dir"; archive.Path; "--format"; format ]
                      Expect.equal its.ExitCode 73 $"{format} {output}"
                      Expect.hasLength (lines its.Error) 1 $"one sentence: {its.Error}" ]

[<Tests>]
let range =
    testList
        "check with first and last hour"
        [ archiveTest "hours outside are neither read nor reported"
          <| fun archive ->
              for hour in 17..20 do
                  archive.Files($"c/source/2025-11-07T{hour}", [ "00:00.0-3600-full-.ts" ])

              let _, answer =
                  checkJson
                      archive
                      [ "--first-hour"; "2025-11-07T18"; "--last-hour"; "2025-11-07T20:59:59+01:00" ]

              let hours = [ for hour in items (item 0 answer?streams)?hours -> text hour?hour ]
              Expect.equal hours [ "2025-11-07T18"; "2025-11-07T19" ] ""

          archiveTest "a range that holds none of the hours there are is told loudly, with both"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-5-full-.ts" ])
              archive.Files("c/source/2025-11-07T21", [ "00:00.0-5-full-.ts" ])

              for range in
                  [ [ "--first-hour"; "2026-11-07T18" ]
                    [ "--last-hour"; "2024-11-07T18" ]
                    [ "--first-hour"; "2025-11-07T19"; "--last-hour"; "2025-11-07T20" ] ] do
                  let its, answer = checkJson archive range
                  Expect.equal its.ExitCode 1 ""
                  Expect.equal (text (item 0 answer?streams)?status) "empty" ""
                  Expect.hasLength (lines its.Error) 1 ""

                  let table = (check archive range).Output

                  for hour in range[1] :: [ "2025-11-07T18"; "2025-11-07T21" ] do
                      Expect.stringContains its.Error hour ""
                      Expect.stringContains table hour "the table, too: the standard error may go elsewhere"

                  Expect.stringContains table "no hour in the range asked for" ""
                  Expect.isFalse (table.Contains "nothing is recorded") "for there is plenty"

          archiveTest "the table of a stream without a folder names the folder that is not there"
          <| fun archive ->
              layOutWhole "c" archive
              let table = (check archive [ "--qualities"; "480p"; "c"; "absent" ]).Output

              for channel in [ "c"; "absent" ] do
                  Expect.stringContains
                      (Regex.Replace(table, @"\s+", " "))
                      $"there is no folder {archive.At channel}/480p"
                      ""

              Expect.isFalse (table.Contains "nothing is recorded") "" ]

[<Tests>]
let environment =
    testList
        "settings from the environment"
        [ archiveTest "Regression: what is redirected has no colours, whatever machine builds with it"
          <| fun archive ->
              layOutExample "c" archive
              layOutWhole "whole" archive
              archive.Files("empty/source", [])

              for variable in [ "GITHUB_ACTIONS", "true"; "TF_BUILD", "1"; "TERM", "xterm-256color" ] do
                  for words in [ [ "check"; "c"; "whole"; "empty" ]; [ "map" ]; [ "--help" ] ] do
                      let its = runBy itself [ variable ] (words @ [ "--base-dir"; archive.Path ])
                      Expect.isNonEmpty its.Output ""

                      Expect.isFalse
                          (its.Output.Contains '\027' || its.Error.Contains '\027')
                          $"{variable} {words}"

          archiveTest "a variable is as good as an option, and the command line wins"
          <| fun archive ->
              layOutExample "desertbus" archive

              let variables =
                  [ "SEGMENT_COVERAGE_BASE_DIR", archive.Path
                    "SEGMENT_COVERAGE_FORMAT", "bed"
                    "SEGMENT_COVERAGE_STRICT", "1" ]

              let its = runBy itself variables [ "check" ]
              Expect.hasLength (lines its.Output) 1 its.Output
              let its = runBy itself variables [ "check"; "--format"; "csv"; "--max-hole"; "7" ]
              Expect.hasLength (lines its.Output) 2 its.Output
              Expect.equal its.ExitCode 0 "no partial-only span is longer than 7 s"

          testCase "--help and --version answer on stdout"
          <| fun () ->
              let help = run [ "check"; "--help" ]
              Expect.equal (help.ExitCode, help.Error) (0, "") ""
              Expect.stringContains help.Output "--base-dir" ""
              let version = run [ "--version" ]
              Expect.equal version.ExitCode 0 ""
              Expect.isMatch version.Output @"^segment-coverage \d+\.\d+\.\d+\n$" "" ]
