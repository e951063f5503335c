/// What `check` says of a stream that is judged: by what is expected, kept, acknowledged, and by the instant of the judgement.
module Coverage.Tests.JudgedCheckTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open Expecto
open Coverage.Tests.Sandbox

// Archives and files.

let private utc (text: string) =
    DateTime.Parse(
        text,
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal ||| DateTimeStyles.AdjustToUniversal
    )

/// Records a stream from one instant to another, in segments of ten minutes that begin where the one before ends.
let private record (archive: Folder) (stream: string) (from: string) (until: string) =
    let until = utc until

    let rec go (start: DateTime) =
        if start < until then
            let length = min (TimeSpan.FromMinutes 10.0) (until - start)
            let hour = start.ToString("yyyy-MM-ddTHH", CultureInfo.InvariantCulture)
            let minute = start.ToString("mm:ss.ffffff", CultureInfo.InvariantCulture)
            archive.File($"{stream}/{hour}/{minute}-{length.TotalSeconds}-full-AAAA.ts", 1L)
            go (start + length)

    go (utc from)

/// Writes a file of the keeper beside the channels, where no stream is: its path.
let private write (archive: Folder) (name: string) (lines: string list) : string =
    let path = archive.At name
    File.WriteAllText(path, String.concat "\n" lines + "\n")
    path

let private expected archive lines =
    write archive "expected.csv" ("stream,start,end" :: lines)

let private acknowledged archive lines =
    write archive "known.csv" ("stream,start,end,reason,by,until" :: lines)

// Answers.

let private check (archive: Folder) args =
    run ([ "check"; "--base-dir"; archive.Path ] @ args)

/// Instants as short as they can be.
let private brief (instant: JsonElement) =
    (text instant).Replace(".000000Z", "").Replace("T", " ")

let private spans (word: string) (account: JsonElement) =
    [ for span in items (account.GetProperty word) ->
          brief span?start + " to " + brief (span.GetProperty "end") ]

let private account stream = stream?account

/// The account of the only stream, with the exit code.
let private judged archive args : int * JsonElement =
    let its, answer = checkJson archive args
    its.ExitCode, (List.exactlyOne (items answer?streams))?account

let private secondsOf (word: string) (account: JsonElement) =
    account?seconds.GetProperty(word).GetDecimal()

let private expectJson (found: JsonElement) (expected: string) =
    Expect.isTrue (JsonElement.DeepEquals(found, JsonElement.Parse expected)) $"{found} is {expected}"

let private expectations =
    [ archiveTest "Regression: an instant before 1970 is refused: no answer could write it"
      <| fun archive ->
          for option in [ "--now"; "--expected-from" ] do
              let result =
                  run [ "check"; "--base-dir"; archive.Path; option; "1969-12-31T23:59:59.5Z" ]

              Expect.equal (result.ExitCode, result.Output) (64, "") ""
              Expect.stringContains result.Error $"{option} must not be earlier than 1970" ""

      archiveTest "Regression: a file that names no time is warned of: by it nothing is missing"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:20" "2025-11-07 21:00:00"

          let file = expected archive []
          let result = run [ "check"; "--base-dir"; archive.Path; "--expected"; file ]
          Expect.equal result.ExitCode 0 result.Output
          Expect.stringContains result.Error $"{file} names no time" ""

      archiveTest "a recorder that starts 20 s late and stops 2 h early: every key of the account, by hand"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:20" "2025-11-07 21:00:00"

          let file = expected archive [ "show/*,2025-11-07T18:00:00Z,2025-11-07T23:00:00Z" ]

          let its, answer =
              checkJson archive [ "--expected"; file; "--now"; "2025-11-08T00:00:00Z" ]

          let stream = List.exactlyOne (items answer?streams)

          expectJson
              stream?account
              """
              {"now":"2025-11-08T00:00:00.000000Z",
               "span":{"start":"2025-11-07T18:00:00.000000Z","end":"2025-11-07T23:00:00.000000Z","seconds":18000},
               "settling_seconds":840,"expected":true,"verdict":"missing","completeness":0.598888,
               "completeness_seconds":{"good":10780,"of":18000},
               "seconds":{"full":10780,"partial":0,"unexpected":0,"seam":0,"acknowledged":0,"unknown":0,"ahead":0,"pending":0,
                          "missing":7220},
               "missing":[{"start":"2025-11-07T18:00:00.000000Z","end":"2025-11-07T18:00:20.000000Z","seconds":20},
                          {"start":"2025-11-07T21:00:00.000000Z","end":"2025-11-07T23:00:00.000000Z","seconds":7200}],
               "unknown":[],"pending":[],"ahead":[],"unexpected":[],"acknowledged":[],
               "edge":{"word":"stopped","end":"2025-11-07T21:00:00.000000Z","age_seconds":10800},
               "acknowledgements":{"used":0,"expired":0,"unused":[]}}
              """

          Expect.equal
              [ for hour in items stream?hours ->
                    text hour?hour,
                    hour?account_seconds?full.GetDecimal(),
                    hour?account_seconds?missing.GetDecimal() ]
              [ "2025-11-07T18", 3580m, 20m
                "2025-11-07T19", 3600m, 0m
                "2025-11-07T20", 3600m, 0m
                "2025-11-07T21", 0m, 3600m
                "2025-11-07T22", 0m, 3600m ]
              "the hours, and those without a folder"

          Expect.equal (text stream?status) "complete" "the facts have no hole"
          Expect.equal (its.ExitCode, its.Error) (1, "") ""

          for budget, code in [ "7200", 0; "7199", 1 ] do
              let args = [ "--expected"; file; "--now"; "2025-11-08"; "--max-hole"; budget ]
              Expect.equal (check archive args).ExitCode code $"--max-hole {budget}"

      archiveTest "the table says the verdict and what is missing first, and how the recording stands"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:20" "2025-11-07 21:00:00"

          let its =
              check
                  archive
                  [ "--expected-from"
                    "2025-11-07T18"
                    "--expected-to"
                    "2025-11-07T23"
                    "--now"
                    "2025-11-08" ]

          let lines = List.ofArray (its.Output.Split '\n')
          Expect.stringStarts lines[0] "show/source  missing  59.8" ""
          Expect.stringContains lines[1] "missing       2, total 2 h 0 min 20 s" ""
          Expect.stringContains its.Output "2025-11-07 21:00:00.000000" ""
          Expect.stringContains its.Output "stopped; the latest segment ended 3 h" ""

      archiveTest "a stream that never starts, and has no folder, is all missing"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:00" "2025-11-07 19:00:00"

          let file =
              expected
                  archive
                  [ "show/*,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z"
                    "door/source,2025-11-07T18:00:00Z,2025-11-07T18:30:00Z" ]

          let args = [ "--expected"; file; "--now"; "2025-11-08" ]

          for channels in [ []; [ "show"; "door" ]; [ "door" ] ] do
              let its, answer = checkJson archive (channels @ args)
              let streams = items answer?streams
              let door = streams |> List.find (fun stream -> text stream?channel = "door")
              Expect.equal (text door?account?verdict) "missing" ""
              Expect.equal (spans "missing" door?account) [ "2025-11-07 18:00:00 to 2025-11-07 18:30:00" ] ""

              Expect.equal
                  (door?account?completeness.GetDecimal(), text door?account?edge?word)
                  (0m, "none")
                  ""

              Expect.equal (text door?status) "empty" "the facts"
              Expect.equal its.ExitCode 1 ""
              Expect.stringContains its.Error "there is no folder" "said where the folder should be"

          Expect.equal
              (check archive ([ "show" ] @ args)).ExitCode
              0
              "who asks for another stream hears nothing"

      archiveTest "a stream that no file names is expected never: nothing of it is missing"
      <| fun archive ->
          for stream in [ "a/source"; "b/source" ] do
              record archive stream "2025-11-07 18:00:00" "2025-11-07 18:10:00"
              record archive stream "2025-11-07 18:20:00" "2025-11-07 18:30:00"

          let file = expected archive [ "a/source,2025-11-07T18:00:00Z," ]

          let its, answer =
              checkJson archive [ "--expected"; file; "--now"; "2025-11-07T20:00:00Z" ]

          let other = (item 1 answer?streams)?account
          Expect.equal (text other?verdict, secondsOf "unexpected" other) ("complete", 600m) ""
          Expect.equal (text other?edge?word) "ended" ""
          Expect.equal its.ExitCode 1 "for the other one"

      archiveTest "a pattern that fits no stream is warned of, with its place, and changes no answer"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:00" "2025-11-07 19:00:00"

          let file =
              expected
                  archive
                  [ "show/*,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z"
                    "shwo/*,2025-11-07T18:00:00Z," ]

          let known =
              acknowledged archive [ "sohw/*,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z,a typing error,," ]

          let its =
              check archive [ "--expected"; file; "--acknowledged"; known; "--now"; "2025-11-08" ]

          Expect.equal its.ExitCode 0 ""
          Expect.hasLength (its.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)) 2 its.Error
          Expect.stringContains its.Error $"{file}, line 3: no stream that is checked fits shwo/*" ""
          Expect.stringContains its.Error $"{known}, line 2: no stream that is checked fits sohw/*" ""

      archiveTest "--first-hour and --last-hour judge the whole range that was asked for"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:30:00" "2025-11-07 19:30:00"
          let now = [ "--now"; "2025-11-08" ]
          Expect.equal (fst (judged archive now)) 0 "without a range, the extent"

          let code, it =
              judged archive (now @ [ "--first-hour"; "2025-11-07T17"; "--last-hour"; "2025-11-07T20" ])

          Expect.equal
              (code, spans "missing" it)
              (1,
               [ "2025-11-07 17:00:00 to 2025-11-07 18:30:00"
                 "2025-11-07 19:30:00 to 2025-11-07 21:00:00" ])
              ""

          Expect.isFalse (it?expected.GetBoolean()) "nothing was given"

          let code, it = judged archive (now @ [ "--first-hour"; "2025-11-07T17" ])
          Expect.equal (code, spans "missing" it) (0, []) "with one end alone, the extent"

          // A range of which nothing is there, of a stream with a folder and of one without.
          for channel in [ "show"; "door" ] do
              let code, it =
                  judged
                      archive
                      ([ channel; "--first-hour"; "2025-11-06T00"; "--last-hour"; "2025-11-06T01" ]
                       @ now)

              Expect.equal
                  (code, spans "missing" it)
                  (1, [ "2025-11-06 00:00:00 to 2025-11-06 02:00:00" ])
                  channel

          let code, it =
              judged
                  archive
                  ([ "--expected-from"; "2025-11-07T18:30"; "--expected-to"; "2025-11-07T19:30" ]
                   @ now
                   @ [ "--first-hour"; "2025-11-07T17"; "--last-hour"; "2025-11-07T20" ])

          Expect.equal
              (code, text it?verdict)
              (0, "complete")
              "what is expected is cut to the range, not the reverse" ]

let private clocks =
    [ archiveTest "what is not there is ahead, then pending, then missing, as now moves on"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:00" "2025-11-07 18:30:00"

          let at now =
              let code, it =
                  judged archive [ "--expected-from"; "2025-11-07T18"; "--now"; $"2025-11-07T{now}Z" ]

              code, text it?verdict, text it?edge?word, spans "pending" it, spans "missing" it

          // The settling is 240 s and a segment of 600 s.
          Expect.equal (at "18:30:00") (0, "complete", "recording", [], []) ""

          Expect.equal
              (at "18:44:00")
              (0, "pending", "recording", [ "2025-11-07 18:30:00 to 2025-11-07 18:44:00" ], [])
              ""

          Expect.equal
              (at "18:44:01")
              (1,
               "missing",
               "stopped",
               [ "2025-11-07 18:30:01 to 2025-11-07 18:44:01" ],
               [ "2025-11-07 18:30:00 to 2025-11-07 18:30:01" ])
              ""

          Expect.equal
              (at "20:00:00")
              (1,
               "missing",
               "stopped",
               [ "2025-11-07 19:46:00 to 2025-11-07 20:00:00" ],
               [ "2025-11-07 18:30:00 to 2025-11-07 19:46:00" ])
              ""

      archiveTest "--settling is what is waited for beside the longest segment"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:00" "2025-11-07 18:30:00"

          for settling, missing in [ "0", 10m; "5m", 5m; "600", 0m ] do
              let _, it =
                  judged
                      archive
                      [ "--expected-from"
                        "2025-11-07T18"
                        "--now"
                        "2025-11-07T18:50:00Z"
                        "--settling"
                        settling ]

              Expect.equal (secondsOf "missing" it) (missing * 60m) settling

      archiveTest "a clock of the checker that is set to 1970 is said, and is no success"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:00" "2025-11-07 18:10:00"
          record archive "show/source" "2025-11-07 18:20:00" "2025-11-07 18:30:00"

          for given in
              [ []
                [ "--expected-from"; "2025-11-07T18" ]
                [ "--keep"; "14d" ]
                [ "--first-hour"; "2025-11-07T18"; "--last-hour"; "2025-11-07T18" ] ] do
              let code, it = judged archive (given @ [ "--now"; "1970-01-01" ])
              Expect.equal (code, text it?verdict, text it?edge?word) (1, "ahead", "none") $"%A{given}"
              Expect.equal (secondsOf "missing" it) 0m $"%A{given}"
              Expect.equal (spans "ahead" it) [ "2025-11-07 18:10:00 to 2025-11-07 18:20:00" ] $"%A{given}"

          let its = check archive [ "--now"; "1970-01-01" ]
          Expect.stringStarts its.Output "show/source  ahead" ""
          Expect.stringContains its.Output "is wrong" "the table says why"

      archiveTest "retention: while the recorder deletes what --keep no longer asks for, all is complete"
      <| fun archive ->
          record archive "show/source" "2025-11-05 00:00:00" "2025-11-20 00:00:00"

          let args now =
              [ "--expected-from"; "2025-11-01"; "--now"; now ]

          for hour in 0..2 do
              let now = $"2025-11-20T0{hour}:00:00Z"
              record archive "show/source" "2025-11-20 00:00:00" now
              // The recorder is an hour late with its deletions.
              for old in Directory.GetDirectories(archive.At "show/source") do
                  if String.CompareOrdinal(Path.GetFileName old, $"2025-11-05T{22 + min hour 1}") < 0 then
                      Directory.Delete(old, true)

              let code, it = judged archive (args now @ [ "--keep"; "14d" ])
              Expect.equal (code, text it?verdict) (0, "complete") now
              Expect.equal (brief it?span?start) "2025-11-01 00:00:00" ""

          let code, it = judged archive (args "2025-11-20T02:00:00Z")

          Expect.equal
              (code, spans "missing" it)
              (1, [ "2025-11-01 00:00:00 to 2025-11-05 23:00:00" ])
              "without --keep"

          // One that deletes a day too much.
          let code, it = judged archive (args "2025-11-20T02:00:00Z" @ [ "--keep"; "15d" ])

          Expect.equal (code, spans "missing" it) (1, [ "2025-11-05 02:00:00 to 2025-11-05 23:00:00" ]) "" ]

/// Every Saturday of the summer half of 2025 and some weeks around it.
let private weeks (first: string) =
    [ for week in 0..32 -> DateTime.Parse(first, CultureInfo.InvariantCulture).AddDays(7.0 * float week) ]

let private programmes =
    let berlin = TimeZoneInfo.FindSystemTimeZoneById "Europe/Berlin"

    let instant (time: DateTime) =
        time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)

    let toUtc (local: DateTime) =
        TimeZoneInfo.ConvertTimeToUtc(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), berlin)

    let calendar archive =
        write
            archive
            "programme.ics"
            [ "BEGIN:VCALENDAR"
              "VERSION:2.0"
              "PRODID:-//coverage//tests"
              "BEGIN:VEVENT"
              "UID:evening@example.org"
              "DTSTAMP:20250101T000000Z"
              "DTSTART;TZID=Europe/Berlin:20250322T180000"
              "DTEND;TZID=Europe/Berlin:20250322T200000"
              "RRULE:FREQ=WEEKLY;COUNT=33"
              "CATEGORIES:evening/*"
              "END:VEVENT"
              "BEGIN:VEVENT"
              "UID:night@example.org"
              "DTSTAMP:20250101T000000Z"
              "DTSTART;TZID=Europe/Berlin:20250323T013000"
              "DTEND;TZID=Europe/Berlin:20250323T043000"
              "RRULE:FREQ=WEEKLY;COUNT=32"
              "CATEGORIES:night/*"
              "END:VEVENT"
              "END:VCALENDAR" ]

    [ archiveTest
          "a weekly programme over both clock changes of Europe/Berlin: who follows the local time misses nothing"
      <| fun archive ->
          for local in weeks "2025-03-22 18:00" do
              record archive "evening/source" (instant (toUtc local)) (instant ((toUtc local).AddHours 2.0))

          for local in List.take 32 (weeks "2025-03-23 01:30") do
              record archive "night/source" (instant (toUtc local)) (instant ((toUtc local).AddHours 3.0))

          let its, answer =
              checkJson archive [ "--expected"; calendar archive; "--now"; "2025-12-01" ]

          for stream, hours in List.zip (items answer?streams) [ 66m; 96m ] do
              let it = account stream
              Expect.equal (spans "missing" it) [] (text stream?channel)
              Expect.equal (text it?verdict, secondsOf "full" it) ("complete", hours * 3600m) ""

          Expect.equal its.ExitCode 0 its.Error

      archiveTest "a recorder whose clock knows no summer time misses the first hour of each summer week"
      <| fun archive ->
          for local in weeks "2025-03-22 17:00" do
              record archive "evening/source" (instant local) (instant (local.AddHours 2.0))

          let code, it =
              judged archive [ "evening"; "--expected"; calendar archive; "--now"; "2025-12-01" ]

          let late =
              [ for local in weeks "2025-03-22 18:00" do
                    if (toUtc local).Hour = 16 then
                        $"{instant (toUtc local)} to {instant ((toUtc local).AddHours 1.0)}" ]

          Expect.hasLength late 30 "from 5 April to 25 October"
          Expect.equal (code, spans "missing" it) (1, late) "" ]

let private acknowledgements =
    let layOut archive =
        record archive "show/source" "2025-11-07 18:00:00" "2025-11-07 18:10:00"
        record archive "show/source" "2025-11-07 18:20:00" "2025-11-07 19:00:00"

    let line = "show/*,2025-11-07T18:10:00Z,2025-11-07T18:20:00Z,power cut,anna,"

    [ archiveTest "an acknowledged hole is excused; what it grows by is missing; filled, its line is unused"
      <| fun archive ->
          layOut archive

          let args =
              [ "--acknowledged"; acknowledged archive [ line ]; "--now"; "2025-11-08" ]

          let code, it = judged archive args
          Expect.equal (code, text it?verdict, secondsOf "acknowledged" it) (0, "complete", 600m) ""

          expectJson
              it?acknowledged
              """[{"start":"2025-11-07T18:10:00.000000Z","end":"2025-11-07T18:20:00.000000Z","seconds":600,
                   "reason":"power cut","by":"anna"}]"""

          expectJson it?acknowledgements """{"used":1,"expired":0,"unused":[]}"""
          Expect.stringContains (check archive args).Output "power cut: 10 min" "the table"

          File.Delete(archive.At "show/source/2025-11-07T18/20:00.000000-600-full-AAAA.ts")
          let code, it = judged archive args

          Expect.equal
              (code, text it?verdict, spans "missing" it)
              (1, "missing", [ "2025-11-07 18:20:00 to 2025-11-07 18:30:00" ])
              "it grew"

          record archive "show/source" "2025-11-07 18:10:00" "2025-11-07 18:30:00"
          let code, it = judged archive args
          Expect.equal (code, text it?verdict, spans "acknowledged" it) (0, "complete", []) "it was filled"

          expectJson
              it?acknowledgements
              """{"used":0,"expired":0,"unused":[{"line":2,"start":"2025-11-07T18:10:00.000000Z",
                  "end":"2025-11-07T18:20:00.000000Z","reason":"power cut"}]}"""

          Expect.stringContains (check archive args).Output "not needed" "the table"

      archiveTest "an acknowledgement ends with its until, and a rest within the tolerance goes with it"
      <| fun archive ->
          layOut archive

          let file =
              acknowledged
                  archive
                  [ "show/*,2025-11-07T18:10:00.005Z,2025-11-07 18:19:59.990000,power cut,,2025-12-01T00:00:00Z" ]

          for now, code, verdict, used, expired in
              [ "2025-11-30T23:59:59.999999Z", 0, "complete", 1, 0
                "2025-12-01T00:00:00Z", 1, "missing", 0, 1 ] do
              let found, it = judged archive [ "--acknowledged"; file; "--now"; now ]
              Expect.equal (found, text it?verdict) (code, verdict) now

              Expect.equal
                  (it?acknowledgements?used.GetInt32(), it?acknowledgements?expired.GetInt32())
                  (used, expired)
                  now

      archiveTest "--format acknowledgements writes what --acknowledged takes as soon as there are reasons"
      <| fun archive ->
          layOut archive
          record archive "a,\"b/source" "2025-11-07 18:00:00.000001" "2025-11-07 18:10:00"
          record archive "a,\"b/source" "2025-11-07 18:10:00.5" "2025-11-07 18:20:00"

          let now = [ "--now"; "2025-11-08" ]
          let its = check archive (now @ [ "--format"; "acknowledgements" ])
          Expect.equal its.ExitCode 1 "something is missing"

          Expect.equal
              its.Output
              ("stream,start,end,reason,by,until\n"
               + "\"a,\"\"b/source\",2025-11-07T18:10:00.000000Z,2025-11-07T18:10:00.500000Z,,,\n"
               + "show/source,2025-11-07T18:10:00.000000Z,2025-11-07T18:20:00.000000Z,,,\n")
              ""

          let file = archive.At "known.csv"
          File.WriteAllText(file, its.Output)
          let refused = check archive (now @ [ "--acknowledged"; file ])
          Expect.equal (refused.ExitCode, refused.Output) (64, "") ""
          Expect.stringContains refused.Error $"{file}, line 2, reason: there is none" ""

          File.WriteAllText(file, its.Output.Replace("Z,,,", "Z,power cut,,"))
          let passed = check archive (now @ [ "--acknowledged"; file ])
          Expect.equal (passed.ExitCode, passed.Error) (0, "") ""

          let nothing =
              check archive (now @ [ "--acknowledged"; file; "--format"; "acknowledgements" ])

          Expect.equal (nothing.ExitCode, nothing.Output) (0, "stream,start,end,reason,by,until\n") "" ]

let private failures =
    [ archiveTest
          "a line that cannot be read names file, line and field: 64, and nothing on the standard output"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:00" "2025-11-07 19:00:00"

          let event lines =
              [ "BEGIN:VCALENDAR"
                "VERSION:2.0"
                "PRODID:x"
                "BEGIN:VEVENT"
                "UID:a"
                "DTSTAMP:20250101T000000Z" ]
              @ lines
              @ [ "END:VEVENT"; "END:VCALENDAR" ]

          for option, name, content, places in
              [ "--expected", "e.csv", [ "stream,start" ], [ "line 1"; "stream,start,end" ]
                "--expected",
                "e.csv",
                [ "stream,start,end"; "show,2025-11-07T18:00:00Z," ],
                [ "line 2, stream" ]
                "--expected", "e.csv", [ "stream,start,end"; "show/*,yesterday," ], [ "line 2, start" ]
                "--expected",
                "e.csv",
                [ "stream,start,end"
                  "show/*,2025-11-07T18:00:00Z,"
                  "show/*,2025-11-07T18:00:00Z,2025-11-07T18:00:00Z" ],
                [ "line 3, end" ]
                "--expected", "e.ics", event [ "DTSTART:20250101T000000Z" ], [ "line 4"; "DTEND" ]
                "--expected",
                "e.ics",
                event [ "DTSTART;TZID=Europe/Berln:20250101T000000"; "DURATION:PT1H" ],
                [ "line 7"; "DTSTART"; "Europe/Berln" ]
                "--expected", "e.txt", [ "" ], [ ".ics"; ".csv" ]
                "--acknowledged",
                "k.csv",
                [ "stream,start,end,reason"
                  "show/*,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z," ],
                [ "line 2, reason" ]
                "--acknowledged",
                "k.csv",
                [ "stream,start,end,reason,by,until"
                  "show/*,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z,x,,soon" ],
                [ "line 2, until" ]
                "--acknowledged",
                "k.csv",
                [ "stream,start,end,reason"; "show/*,2025-11-07T18:00:00Z,,x" ],
                [ "line 2, end" ] ] do
              let file = write archive name content

              for format in [ "table"; "json" ] do
                  let its = check archive [ option; file; "--now"; "2025-11-08"; "--format"; format ]

                  Expect.equal (its.ExitCode, its.Output) (64, "") $"%A{content}: {its.Error}"

                  for place in file :: places do
                      Expect.stringContains its.Error place $"%A{content}"

          let its = check archive [ "--expected"; archive.At "none.ics" ]
          Expect.equal (its.ExitCode, its.Output) (64, "") ""
          Expect.stringContains its.Error "none.ics: there is no such file" ""

      lowlyTest "an old hour that cannot be read while the live one loses 10 min: unknown, missing, 66"
      <| fun words archive ->
          record archive "show/source" "2025-11-07 10:00:00" "2025-11-07 18:10:00"
          record archive "show/source" "2025-11-07 18:20:00" "2025-11-07 18:50:00"
          tool [ "chmod"; "-R"; "a+rX"; archive.Path ]
          let old = archive.At "show/source/2025-11-07T11"
          tool [ "chmod"; "000"; old ]

          let its =
              runBy
                  words
                  []
                  [ "check"
                    "--base-dir"
                    archive.Path
                    "--format"
                    "json"
                    "--now"
                    "2025-11-07T18:50:00Z" ]

          let answer = JsonElement.Parse its.Output
          let stream = List.exactlyOne (items answer?streams)
          let it = account stream
          Expect.equal its.ExitCode 66 its.Error
          Expect.equal (text it?verdict) "missing" "which is worse than unknown"
          Expect.equal (spans "missing" it) [ "2025-11-07 18:10:00 to 2025-11-07 18:20:00" ] ""
          Expect.equal (spans "unknown" it) [ "2025-11-07 11:00:00 to 2025-11-07 12:00:00" ] ""
          Expect.equal (items answer?failed) [] ""
          let unread = List.exactlyOne (items answer?unread)

          Expect.equal
              [ for key in [ "channel"; "quality"; "hour"; "path" ] -> text (unread.GetProperty key) ]
              [ "show"; "source"; "2025-11-07T11"; old ]
              ""

          Expect.stringContains (text unread?error) old "and why"

          let hour =
              items stream?hours |> List.find (fun hour -> text hour?hour = "2025-11-07T11")

          Expect.equal (hour?raw?holes.ValueKind) JsonValueKind.Null "no facts"
          Expect.equal (hour?account_seconds?unknown.GetDecimal()) 3600m ""

      lowlyTest "the exit code of each answer"
      <| fun words archive ->
          for channel in [ "whole"; "holed"; "ahead"; "part"; "closed" ] do
              record archive $"{channel}/source" "2025-11-07 18:00:00" "2025-11-07 18:10:00"

          record archive "holed/source" "2025-11-07 18:20:00" "2025-11-07 18:30:00"
          record archive "ahead/source" "2025-11-09 00:00:00" "2025-11-09 00:10:00"
          archive.File("part/source/2025-11-07T18/10:00.0-60-partial-AAAA.ts", 1L)
          Directory.CreateDirectory(archive.At "empty/source") |> ignore

          let known =
              acknowledged archive [ "holed/*,2025-11-07T18:10:00Z,2025-11-07T18:20:00Z,power cut,," ]

          let future = expected archive [ "*/*,2025-11-08T00:00:00Z," ]
          tool [ "chmod"; "-R"; "a+rX"; archive.Path ]
          tool [ "chmod"; "000"; archive.At "closed/source/2025-11-07T18" ]
          use none = new Folder()
          tool [ "chmod"; "a+rX"; none.Path ]
          let hole = 600.0

          for code, verdict, args in
              [ 0, Some "complete", [ "whole" ]
                0, Some "partial", [ "part" ]
                1, Some "partial", [ "part"; "--strict" ]
                1, Some "missing", [ "holed" ]
                0, Some "missing", [ "holed"; "--max-hole"; $"{hole}" ]
                1, Some "missing", [ "holed"; "--max-missing"; $"{hole - 1.0}" ]
                0, Some "complete", [ "holed"; "--acknowledged"; known ]
                1, Some "ahead", [ "ahead"; "--expected"; future ]
                1, Some "missing", [ "ahead"; "--max-hole"; "1000000000" ]
                1, Some "empty", [ "empty" ]
                1, Some "empty", [ "never" ]
                66, Some "unknown", [ "closed" ]
                66, None, [ "closed"; "holed"; "empty" ]
                66, None, [] // every one
                2, None, [ "--base-dir"; none.Path ]
                64, None, [ "--expected"; archive.At "none.csv" ]
                64, None, [ "--now"; "never" ] ] do
              let its =
                  runBy
                      words
                      []
                      ([ "check"; "--base-dir"; archive.Path; "--format"; "json" ]
                       @ args
                       @ (if List.contains "--now" args then
                              []
                          else
                              [ "--now"; "2025-11-08" ]))

              Expect.equal its.ExitCode code $"%A{args}: {its.Error}"

              match verdict with
              | Some verdict ->
                  let stream = List.exactlyOne (items (JsonElement.Parse its.Output)?streams)
                  Expect.equal (text stream?account?verdict) verdict $"%A{args}"
              | None -> () ]

let private formats =
    [ archiveTest "--words chooses what BED lists, in order of time; without it BED lists the holes"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:00" "2025-11-07 18:10:00"
          record archive "show/source" "2025-11-07 18:20:00" "2025-11-07 18:30:00"

          let args =
              [ "--expected-from"
                "2025-11-07T17:50"
                "--now"
                "2025-11-07T18:50:00Z"
                "--format"
                "bed" ]

          let bed lines =
              String.concat
                  ""
                  [ for start: string, until: string, word in lines do
                        let at (time: string) =
                            (utc ("2025-11-07 " + time) - DateTime.UnixEpoch).Ticks / 10L

                        $"show/source\t{at start}\t{at until}\t{word}\n" ]

          let output more = (check archive (args @ more)).Output
          Expect.equal (output []) (bed [ "18:10", "18:20", "hole" ]) "the facts"

          Expect.equal
              (output [ "--words"; "pending,missing" ])
              (bed
                  [ "17:50", "18:00", "missing"
                    "18:10", "18:20", "missing"
                    "18:30", "18:36", "missing"
                    "18:36", "18:50", "pending" ])
              ""

          Expect.equal
              (output [ "--words"; "full" ])
              (bed [ "18:00", "18:10", "full"; "18:20", "18:30", "full" ])
              "neighbouring segments are one span"

          Expect.equal (output [ "--words"; "unknown,ahead" ]) "" "" ]

let private service =
    [ archiveTest
          "a hole that grows by time alone is logged as it is found, and again when the disk changes it"
      <| fun archive ->
          let now = DateTime.UtcNow

          let at minutes =
              (now.AddMinutes -minutes).ToString("yyyy-MM-dd HH:mm:00", CultureInfo.InvariantCulture)

          record archive "show/source" (at 120.0) (at 100.0)
          record archive "show/source" (at 80.0) (at 60.0)
          use service = new Service(archive, [ "--expected-from"; at 120.0 ])
          service.AwaitReady()

          let missing () =
              sample
                  "segment_coverage_word_seconds"
                  [ "channel", "show"; "quality", "source"; "word", "missing" ]
                  service.Metrics

          let first = missing ()

          for _ in 1..3 do
              service.AwaitRound()

          Expect.isGreaterThan (missing ()) first "time goes on"

          let holes () =
              service.WholeLog |> List.filter _.Contains("hole")

          let logged what =
              holes () |> List.filter _.Contains(": hole " + what)

          Expect.hasLength
              (holes () |> List.filter _.Contains("show/source: missing: 2 holes, "))
              1
              "the first round"

          Expect.equal (logged "grown") [] "no line for each round"

          Directory.GetFiles(archive.At "show/source", "*", SearchOption.AllDirectories)
          |> Array.sort
          |> Array.last
          |> File.Delete

          eventually "the disk made it longer" (fun () -> not (List.isEmpty (logged "grown")))
          record archive "show/source" (at 120.0) (at 1.0)
          eventually "all came in" (fun () -> logged "closed" |> List.length = 2)

      archiveTest
          "a file that breaks while the service runs is logged once and counted, and what it said holds on"
      <| fun archive ->
          record archive "show/source" "2025-11-07 18:00:00" "2025-11-07 19:00:00"
          let file = expected archive [ "show/*,2025-11-07T18:00:00Z,2025-11-07T20:00:00Z" ]
          use service = new Service(archive, [ "--expected"; file ])
          service.AwaitReady()

          let missing () =
              sample
                  "segment_coverage_word_seconds"
                  [ "channel", "show"; "quality", "source"; "word", "missing" ]
                  service.Metrics

          let failures () =
              sample
                  "segment_coverage_failures_total"
                  [ "channel", ""; "quality", ""; "kind", "expected" ]
                  service.Metrics

          Expect.equal (missing (), failures ()) (Some 3600.0, Some 0.0) ""
          expected archive [ "show/*,2025-11-07T18:00:00Z,tonight" ] |> ignore
          eventually "it is counted in each round" (fun () -> failures () > Some 2.0)
          Expect.equal (missing ()) (Some 3600.0) "the last good file holds"

          let logged (what: string) =
              service.WholeLog |> List.filter _.Contains(what)

          Expect.hasLength (logged $"{file}, line 2, end: 'tonight'") 1 ""

          expected archive [ "show/*,2025-11-07T18:00:00Z,2025-11-07T19:30:00Z" ]
          |> ignore

          eventually "the new file holds" (fun () -> missing () = Some 1800.0)
          Expect.hasLength (logged $"{file} is read again") 1 ""
          let count = failures ()
          service.AwaitRound()
          Expect.equal (failures ()) count "and is counted no more" ]

[<Tests>]
let judgedCheck =
    testList
        "check, judged"
        [ testList "expectations" expectations
          testList "clocks" clocks
          testList "programmes" programmes
          testList "acknowledgements" acknowledgements
          testList "failures" failures
          testList "formats" formats
          testList "the service" service ]
