/// The command `cut` and the address `cut` of the API, asked as their callers ask them.
module Coverage.Tests.CutCommandTests

open System
open System.Collections.Immutable
open System.IO
open System.Net.Http
open System.Threading
open Expecto
open Coverage
open Coverage.Host
open Coverage.Tests.Sandbox

let private cut (archive: Folder) args =
    run ([ "cut"; "--base-dir"; archive.Path ] @ args)

let private between (start: string) (finish: string) = [ "--start"; start; "--end"; finish ]

let private hour = "2025-11-07T18"
let private at (clock: string) = $"{hour}:{clock}"

/// Fulls from 0 to 20 s, with a seam, and from 30 to 34 s, a partial from 40 to 44, and a full that says it goes on until 50.
let private layOut (archive: Folder) =
    archive.Files(
        $"desertbus/source/{hour}",
        [ "00:00.0-10-full-AAAA.ts"
          "00:10.004-9.996-full-AAAB.ts"
          "00:30.0-2-full-AAAC.ts"
          "00:32.0-2-full-AAAD.ts"
          "00:40.0-4-partial-AAAE.ts"
          "00:44.0-6-full-AAAF.ts"
          "00:50.0-6-temp-AAAG.ts" ]
    )

let private ask start finish more archive =
    cut archive ([ "desertbus" ] @ between start finish @ more)

let private askJson start finish more archive =
    let result = ask start finish ([ "--format"; "json" ] @ more) archive
    result.ExitCode, System.Text.Json.JsonElement.Parse result.Output

let private keys (json: System.Text.Json.JsonElement) =
    [ for one in json.EnumerateObject() -> one.Name ]

let private plan json =
    [ for item in items json?plan do
          match keys item with
          | [ "segment" ] -> text item?segment
          | [ "hole" ] when item?hole.GetBoolean() -> "HOLE"
          | other -> failtestf "%A" other ]

let private spans json =
    [ for span in items json -> text span?start, text span?``end`` ]

/// The query of the API for the same.
let private query start finish =
    $"{ApiTests.one}&start={start}&end={finish}"

let private us (clock: string) = $"{hour}:{clock}Z"

[<Tests>]
let command =
    testList
        "the command cut"
        [ archiveTest "accepts in one line, with exit code 0"
          <| fun archive ->
              layOut archive
              let its = ask (at "00:01.5") (at "00:19.5") [] archive

              Expect.equal
                  (its.ExitCode, its.Output, its.Error)
                  (0,
                   $"""desertbus/source: {us "00:01.500000"} to {us "00:19.500000"} can be cut.{"\n"}""",
                   "")
                  ""

          archiveTest
              "refuses in one line, with what is in the way and the nearest clean range, and exit code 1"
          <| fun archive ->
              layOut archive

              for start, finish, why, nearest in
                  [ "00:15",
                    "00:31",
                    $"""the segments of the cut leave out {us "00:20.000000"} to {us "00:30.000000"} (10 s)""",
                    $"""{us "00:15.000000"} to {us "00:20.000000"} (5 s)"""
                    "00:25",
                    "00:31",
                    "no segment of the cut covers its start: the first one starts at",
                    $"""{us "00:30.000000"} to {us "00:31.000000"} (1 s)"""
                    "00:45",
                    "00:55",
                    $"""the last segment ends at {us "00:50.000000"}, before the range does""",
                    $"""{us "00:45.000000"} to {us "00:50.000000"} (5 s)"""
                    "00:33.5",
                    "00:35",
                    $"""the segments of the cut leave out {us "00:34.000000"} to {us "00:40.000000"} (6 s)""",
                    $"""{us "00:30.000000"} to {us "00:34.000000"} (4 s)"""
                    "00:25",
                    "00:27",
                    "no segment of its hours, or of the hour before them, reaches into it",
                    $"""{us "00:30.000000"} to {us "00:34.000000"} (4 s)"""
                    "00:41",
                    "00:45",
                    $"""{us "00:40.000000"} to {us "00:44.000000"} is in a partial segment, which may hold less than it says: {hour}/00:40.0-4-partial-AAAE.ts""",
                    $"""{us "00:44.000000"} to {us "00:45.000000"} (1 s)""" ] do
                  let its = ask (at start) (at finish) [] archive
                  Expect.equal (its.ExitCode, its.Error) (1, "") start
                  Expect.stringContains its.Output " cannot be cut: " start
                  Expect.stringContains its.Output why start
                  Expect.stringContains its.Output $"The nearest clean range is {nearest}." start
                  Expect.equal (its.Output.Split('\n').Length) 2 "one line"

          archiveTest "with holes allowed it accepts whatever holds a segment, and says how much is not there"
          <| fun archive ->
              layOut archive
              let its = ask (at "00:15") (at "00:31") [ "--allow-holes" ] archive
              Expect.equal its.ExitCode 0 ""

              Expect.stringContains
                  its.Output
                  "can be cut, but no full segment of the cut covers 10 s of it, in 1 hole."
                  ""

              Expect.equal
                  (ask (at "00:24") (at "00:26") [ "--allow-holes" ] archive).ExitCode
                  1
                  "nothing at all"

          archiveTest "its JSON has the keys that are promised, all of them, in their order"
          <| fun archive ->
              layOut archive
              let code, json = askJson (at "00:15") (at "00:31") [] archive
              Expect.equal code 1 ""

              Expect.equal
                  (keys json)
                  [ "format"
                    "channel"
                    "quality"
                    "start"
                    "end"
                    "allow_holes"
                    "answer"
                    "will_fail"
                    "plan"
                    "holes"
                    "clean" ]
                  ""

              Expect.equal
                  [ for key in
                        [ "format"
                          "channel"
                          "quality"
                          "start"
                          "end"
                          "allow_holes"
                          "answer"
                          "will_fail" ] -> text (json.GetProperty key) ]
                  [ "segment-coverage-cut/1"
                    "desertbus"
                    "source"
                    us "00:15.000000"
                    us "00:31.000000"
                    "False"
                    "refuse"
                    "" ]
                  ""

              Expect.equal
                  (plan json)
                  [ $"{hour}/00:10.004-9.996-full-AAAB.ts"
                    "HOLE"
                    $"{hour}/00:30.0-2-full-AAAC.ts" ]
                  ""

              Expect.equal (spans json?holes) [ us "00:20.000000", us "00:30.000000" ] ""
              Expect.equal ((item 0 json?holes)?seconds.GetRawText()) "10" ""
              Expect.equal (keys json?clean) [ "after"; "before"; "longest" ] ""

              Expect.equal
                  [ for key in keys json?clean ->
                        let span = json?clean.GetProperty key
                        text span?start, text span?``end`` ]
                  [ us "00:15.000000", us "00:20.000000"
                    us "00:30.000000", us "00:31.000000"
                    us "00:15.000000", us "00:20.000000" ]
                  ""

          archiveTest "an accepted range offers no other; a cut that will fail says why"
          <| fun archive ->
              layOut archive
              let code, json = askJson (at "00:01") (at "00:10.002") [] archive
              Expect.equal code 0 ""

              Expect.equal
                  [ for key in keys json?clean -> text (json?clean.GetProperty key) ]
                  [ ""; ""; "" ]
                  "all null"

              Expect.stringContains
                  (text json?will_fail)
                  $"{hour}/00:10.004-9.996-full-AAAB.ts, starts after the range"
                  ""

              Expect.stringContains
                  (ask (at "00:01") (at "00:10.002") [] archive).Output
                  "but the cut will fail"
                  ""

          archiveTest
              "an instant has the offset that it says, else it is UTC; one that is no whole microsecond is refused"
          <| fun archive ->
              layOut archive

              Expect.equal
                  (ask "2025-11-07T19:00:01.5+01:00" "2025-11-07 18:00:19.5" [] archive).ExitCode
                  0
                  ""

              let its = ask (at "00:01.1234567") (at "00:19.5") [] archive
              Expect.equal (its.ExitCode, its.Output) (64, "") ""
              Expect.stringContains its.Error "--start takes at most six digits after the point" ""

          archiveTest "what it is not asked rightly it refuses, by name"
          <| fun archive ->
              layOut archive
              let range = between (at "00:01") (at "00:02")

              for args, named in
                  [ range, "one channel, not 0"
                    [ "a"; "b" ] @ range, "one channel, not 2"
                    [ "a" ], "--start and --end, or --range"
                    [ "a"; "--start"; at "00:01" ], "--start and --end"
                    [ "a"; "--range"; at "00:01" ], "--range takes START,END"
                    [ "a"; "--range"; $"""{at "00:01"},soon""" ], "--range takes"
                    [ "a"; "--range"; $"""{at "00:01"},{at "00:01"}""" ], "--range: the end must be later"
                    [ "a"; "--range"; $"""{at "00:01"},{at "00:02"}"""; "--start"; at "00:01" ],
                    "--range and --start: a range is given in the one way or the other"
                    [ "a"; "--transition"; "fade,1" ] @ range, "--transition: 1 given for 1 range"
                    [ "a"; "--transition"; "fade" ] @ range, "--transition takes TYPE,SECONDS"
                    [ "a" ] @ between (at "00:01") (at "00:01"), "--start and --end: the end must be later"
                    [ "a" ] @ between "soon" (at "00:01"), "--start takes"
                    [ "a"; "--format"; "csv" ] @ range, "--format: cut answers as table or json"
                    [ "a"; "--quality"; "a/b" ] @ range, "--quality takes a folder's name" ] do
                  let its = cut archive args
                  Expect.equal (its.ExitCode, its.Output) (64, "") named
                  Expect.stringContains its.Error named ""

          archiveTest "of several ranges it says for each whether it can be cut, and then for the video"
          <| fun archive ->
              layOut archive

              let video ranges more =
                  let words =
                      ranges
                      |> List.collect (fun (start, finish) -> [ "--range"; $"{at start},{at finish}" ])

                  cut archive ([ "desertbus" ] @ words @ more)

              let lines (its: Run) =
                  [ for line in its.Output.TrimEnd('\n').Split '\n' -> line.Replace("desertbus/source: ", "") ]

              let good, other, bad = ("00:01", "00:19"), ("00:30.5", "00:34"), ("00:15", "00:31")

              let its = video [ good; other ] [ "--transition"; "fade,2" ]
              Expect.equal its.ExitCode 0 ""
              Expect.equal (List.last (lines its)) "the video of these 2 ranges can be cut." ""
              Expect.equal (lines its).Length 3 "one for each range, one for the video"

              let its = video [ bad; good; bad ] []
              Expect.equal its.ExitCode 1 ""

              Expect.equal
                  (List.last (lines its))
                  "the video of these 3 ranges cannot be cut: ranges 1, 3 cannot."
                  ""

              Expect.equal
                  (List.head (lines its))
                  ((ask (at "00:15") (at "00:31") [] archive)
                      .Output.TrimEnd('\n')
                      .Replace("desertbus/source: ", ""))
                  "as it is said of the one"

              for transitions, why in
                  [ [ "fade,17.5" ], "where the transition out of range 1 starts, at"
                    [ "wipe,1" ], "the transition into range 2 is of no kind that there is, wipe"
                    [ "fade,61" ], "the transition into range 2 takes 1 min 1 s" ] do
                  let its =
                      video [ good; other ] (transitions |> List.collect (fun one -> [ "--transition"; one ]))

                  Expect.equal its.ExitCode 0 "accepted"
                  Expect.stringContains its.Output "can be cut; but the cut will fail" why
                  Expect.stringContains its.Output why ""

          archiveTest
              "its JSON of several ranges has an answer for each, with the keys of one, and one for the video"
          <| fun archive ->
              layOut archive

              let its =
                  cut
                      archive
                      [ "desertbus"
                        "--format=json"
                        $"""--range={at "00:01"},{at "00:19"}"""
                        $"""--range={at "00:15"},{at "00:31"}"""
                        $"""--range={at "00:30.5"},{at "00:34"}"""
                        "--transition="
                        "--transition=wipeleft,0.5" ]

              let json = System.Text.Json.JsonElement.Parse its.Output
              Expect.equal its.ExitCode 1 ""

              Expect.equal
                  (keys json)
                  [ "format"
                    "channel"
                    "quality"
                    "allow_holes"
                    "answer"
                    "will_fail"
                    "transitions"
                    "ranges" ]
                  ""

              Expect.equal (text json?format, text json?answer) ("segment-coverage-cuts/1", "refuse") ""

              Expect.equal (json?transitions.GetRawText()) """[null,{"type":"wipeleft","seconds":0.5}]""" ""

              for (start, finish), range in
                  List.zip [ "00:01", "00:19"; "00:15", "00:31"; "00:30.5", "00:34" ] (items json?ranges) do
                  let _, one = askJson (at start) (at finish) [] archive

                  Expect.equal
                      (keys range)
                      [ "start"; "end"; "answer"; "will_fail"; "plan"; "holes"; "clean" ]
                      ""

                  for key in keys range do
                      Expect.equal
                          ((range.GetProperty key).GetRawText())
                          ((one.GetProperty key).GetRawText())
                          $"{key} as of the range alone"

          archiveTest "one range is the same in either way"
          <| fun archive ->
              layOut archive

              for start, finish in [ "00:01", "00:19"; "00:15", "00:31" ] do
                  let one = ask (at start) (at finish) [ "--format"; "json" ] archive

                  let other =
                      cut archive [ "desertbus"; "--format"; "json"; "--range"; $"{at start},{at finish}" ]

                  Expect.equal other one ""

          archiveTest "a stream without a folder is exit code 2, a base without one 66"
          <| fun archive ->
              layOut archive
              let its = cut archive ([ "nowhere" ] @ between (at "00:01") (at "00:02"))
              Expect.equal (its.ExitCode, its.Output) (2, "") ""
              Expect.stringContains its.Error $"""there is no folder {archive.At "nowhere/source"}""" ""
              let other = ask (at "00:01") (at "00:02") [ "--quality"; "480p" ] archive
              Expect.equal (other.ExitCode, other.Output) (2, "") ""

              let its =
                  run (
                      [ "cut"; "c"; "--base-dir"; archive.At "gone" ]
                      @ between (at "00:01") (at "00:02")
                  )

              Expect.equal (its.ExitCode, its.Output) (66, "") ""
              Expect.stringContains its.Error (archive.At "gone") ""

          lowlyTest
              "an hour that cannot be read: 66 where it is needed, for the nearest clean ranges too, and nothing otherwise"
          <| fun words archive ->
              layOut archive
              archive.Files("desertbus/source/2025-11-07T20", [ "00:00.0-5-full-.ts" ])
              tool [ "chmod"; "755"; archive.Path ]
              tool [ "chmod"; "000"; archive.At "desertbus/source/2025-11-07T20" ]

              let code start finish =
                  let its =
                      runBy
                          words
                          []
                          ([ "cut"; "desertbus"; "--base-dir"; archive.Path ] @ between start finish)

                  if its.ExitCode = 66 then
                      Expect.stringContains its.Error "2025-11-07T20" ""

                  its.ExitCode

              Expect.equal (code (at "00:01") (at "00:19")) 0 "accepted without it"
              Expect.equal (code (at "00:15") (at "00:31")) 66 "refused: no nearest range is known"
              Expect.equal (code "2025-11-07T20:00:01" "2025-11-07T20:00:02") 66 "its own"

          archiveTest
              "of two files of one length and size the one with the greatest hash is cut from, of partials the largest"
          <| fun archive ->
              for name, size in
                  [ "00:00.0-10-full-zzzz.ts", 5L
                    "00:00.0-10-full-----.ts", 5L
                    "00:00.0-10-full-____.ts", 4L
                    "00:10.0-10-partial-AAAA.ts", 5L
                    "00:10.0-5-partial-AAAB.ts", 6L ] do
                  archive.File($"desertbus/source/{hour}/{name}", size)

              let _, json = askJson (at "00:01") (at "00:14") [] archive

              Expect.equal
                  (plan json)
                  [ $"{hour}/00:00.0-10-full-----.ts"
                    $"{hour}/00:10.0-5-partial-AAAB.ts"
                    "HOLE" ]
                  "" ]

[<Tests>]
let address =
    testList
        "the address cut of the API"
        [ archiveTest "answers as the command does, with 200 or 406"
          <| fun archive ->
              layOut archive
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()

              for start, finish, more, status in
                  [ "00:01", "00:19", "", 200
                    "00:15", "00:31", "", 406
                    "00:15", "00:31", "&allow_holes=true", 200
                    "00:24", "00:26", "&allow_holes=true", 406
                    "00:15", "00:31", "&allow_holes=false", 406 ] do
                  let answer = ApiTests.ask service ("cut?" + query (at start) (at finish) + more)

                  Expect.equal
                      (answer.Status, answer.Headers["content-type"])
                      (status, "application/json")
                      answer.Text

                  let words = if more.EndsWith "true" then [ "--allow-holes" ] else []
                  let its = ask (at start) (at finish) ([ "--format"; "json" ] @ words) archive
                  Expect.equal (answer.Text + "\n") its.Output ""

              let good, bad = $"""{at "00:01"},{at "00:19"}""", $"""{at "00:15"},{at "00:31"}"""

              for ranges, transitions, more, status in
                  [ [ good ], [], "", 200
                    [ good; good ], [], "", 200
                    [ good; good ], [ "fade,1" ], "", 200
                    [ good; bad; good ], [ ""; "fade,1" ], "", 406
                    [ good; bad; good ], [ ""; "nosuch,1" ], "&allow_holes=true", 200 ] do
                  let query =
                      [ for range in ranges -> $"&range={range}" ]
                      @ [ for transition in transitions -> $"&transition={transition}" ]
                      |> String.concat ""

                  // Ranges stand for start and end.
                  let answer =
                      ApiTests.ask service ("cut?" + ApiTests.one + "&start=2025" + query + more)

                  Expect.equal answer.Status status answer.Text

                  let words =
                      [ for range in ranges -> $"--range={range}" ]
                      @ [ for transition in transitions -> $"--transition={transition}" ]
                      @ (if more = "" then [] else [ "--allow-holes" ])

                  let its = cut archive ([ "desertbus"; "--format"; "json" ] @ words)
                  Expect.equal (answer.Text + "\n") its.Output query

              let head =
                  ApiTests.send HttpMethod.Head [] service ("/api/v1/cut?" + query (at "00:15") (at "00:31"))

              Expect.equal (head.Status, head.Text) (406, "") ""

          archiveTest "reads the folder as it is now, not as the round found it"
          <| fun archive ->
              layOut archive
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()

              let status () =
                  (ApiTests.ask service ("cut?" + query (at "00:01") (at "00:12"))).Status

              Expect.equal (status ()) 200 ""
              File.Delete(archive.At $"desertbus/source/{hour}/00:00.0-10-full-AAAA.ts")
              Expect.equal (status ()) 406 ""

          archiveTest
              "where the search for the nearest range takes too long it says what is in the way, and when to ask again"
          <| fun archive ->
              layOut archive
              archive.Files("desertbus/source/2025-11-08T18", [ "00:00.0-5-full-.ts" ])

              let options =
                  match
                      Coverage.CommandLine.Arguments.Parse([| "--base-dir"; archive.Path |], (fun _ -> null))
                  with
                  | Coverage.CommandLine.Outcome.Run options -> options
                  | other -> failtestf "%A" other

              // The time that the search may take is over at once.
              let hasty =
                  { new TimeProvider() with
                      member _.CreateTimer(callback, state, due, period) =
                          callback.Invoke state
                          TimeProvider.System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period) }

              use turns = new DiskTurns()
              let cuts = Cuts(options, turns, hasty)

              let ask (start: int64) (finish: int64) =
                  let instant second =
                      Instant.add (Duration.ofSeconds second) (Hour.start (Hour.tryParse hour).Value)

                  cuts.AskAsync(
                      StreamName("desertbus", "source"),
                      ImmutableArray.Create(Interval.create (instant start) (instant finish)),
                      ImmutableArray.Empty,
                      false,
                      CancellationToken.None
                  )

              Expect.equal ((ask 1L 19L).Result.Status) 200 "what is accepted needs no search"

              let problem =
                  try
                      (ask 15L 31L).GetAwaiter().GetResult() |> ignore
                      failtest "there is an answer"
                  with :? ApiProblem as problem ->
                      problem

              Expect.equal (problem.Status, problem.RetryAfterSeconds) (503, Nullable 10) ""

              Expect.stringContains
                  problem.Message
                  $"""cannot be cut: the segments of the cut leave out {us "00:20.000000"}"""
                  ""

          archiveTest "refuses what it cannot answer, and says which parameter is wrong"
          <| fun archive ->
              layOut archive
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()

              for query, status, detail in
                  [ (query (at "00:01") (at "00:12")).Replace("desertbus", "x"),
                    404,
                    "no stream x/source is reported"
                    ApiTests.one + "&start=2025-11-07", 400, "end is missing"
                    query (at "00:01") (at "00:01"), 400, "end is not later than start"
                    query (at "00:01.1234567") (at "00:12"), 400, "at most six digits"
                    query (at "00:01") (at "00:12") + "&allow_holes=1", 400, "true or false"
                    ApiTests.one, 400, "start is missing"
                    ApiTests.one + $"""&range={at "00:01"}""", 400, "range cannot be"
                    ApiTests.one + $"""&range={at "00:02"},{at "00:01"}""",
                    400,
                    "the end later than the start"
                    query (at "00:01") (at "00:12") + "&transition=fade,1",
                    400,
                    "transition is given 1 times with 1 range"
                    query (at "00:01") (at "00:12") + "&transition=fade", 400, "transition cannot be"
                    ApiTests.one + String.replicate 2 $"""&range={at "00:00"},2025-11-08T06:00:01""",
                    413,
                    "longer than 24 hours"
                    ApiTests.one + String.replicate 101 $"""&range={at "00:01"},{at "00:02"}""",
                    413,
                    "more than 100"
                    query (at "00:01") "2025-11-08T18:00:02", 413, "longer than 24 hours" ] do
                  let answer = ApiTests.ask service $"cut?{query}"
                  Expect.equal answer.Status status answer.Text
                  Expect.stringContains (text answer.Json?detail) detail "" ]
