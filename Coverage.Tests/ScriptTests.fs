/// The scripts in scripts/, each run as its first lines say.
module Coverage.Tests.ScriptTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open Coverage.Tests.Sandbox

let private scripts =
    Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "../scripts"))

let private words (name: string) =
    [ "dotnet"; "fsi"; Path.Combine(scripts, name + ".fsx") ]

let private runScript name args : Run = runBy (words name) [] args

/// What a script prints; it must succeed.
let private said name args : string list =
    let result = runScript name args
    Expect.equal result.ExitCode 0 (result.Output + result.Error)
    result.Output.TrimEnd().Split '\n' |> List.ofArray

/// The demo's archive and its second node's, which no test changes; gone when the tests are.
let demos =
    lazy
        (let folder = new Folder()
         AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> (folder :> IDisposable).Dispose())
         DemoArchive.write (folder.At "first")
         DemoArchive.writeOther (folder.At "second")
         folder.At "first", folder.At "second")

let private streamHole =
    "    2025-11-07 18:58:00 to 2025-11-07 19:03:20  5 min 20 s"

[<Tests>]
let each =
    testList
        "scripts"
        [ testCase "quick-start: names in, report out"
          <| fun () ->
              Expect.equal
                  (said "quick-start" [])
                  [ "Incomplete, 65.59 %"
                    "from 2025-11-07 18:00:00 to 2025-11-07 18:00:30.5  30.5 s"
                    "covered 23.5 s"
                    "missing from 2025-11-07 18:00:20.004 to 2025-11-07 18:00:27  6.996 s"
                    "partial from 2025-11-07 18:00:27 to 2025-11-07 18:00:30.5  3.5 s" ]
                  ""

          testCase "missing: the demo's losses, and nothing else"
          <| fun () ->
              let first, _ = demos.Force()

              Expect.equal
                  (said "missing" [ first ])
                  [ "demo/source  98.28 %"
                    "  holes: 3, total 5 min 38 s"
                    "    2025-11-07 18:21:30 to 2025-11-07 18:21:46  16 s"
                    streamHole
                    "    2025-11-07 22:10:04 to 2025-11-07 22:10:06  2 s"
                    "  partial-only: 1, total 2 s"
                    "    2025-11-07 21:15:00 to 2025-11-07 21:15:02  2 s" ]
                  ""

          testCase "compare: what each of two nodes has that the other lacks"
          <| fun () ->
              let first, second = demos.Force()

              Expect.equal
                  (said "compare" [ first; second ])
                  [ "What the first node has and the second lacks:"
                    "  demo/source  1, total 20 s"
                    "    2025-11-07 18:30:00 to 2025-11-07 18:30:20  20 s"
                    "What the second node has and the first lacks:"
                    "  demo/source  2, total 18 s"
                    "    2025-11-07 18:21:30 to 2025-11-07 18:21:46  16 s"
                    "    2025-11-07 22:10:04 to 2025-11-07 22:10:06  2 s" ]
                  ""

          testCase "worst-hours: the hour that lacks most comes first, and no hour that lacks nothing"
          <| fun () ->
              let first, _ = demos.Force()

              Expect.equal
                  (said "worst-hours" [ first ])
                  [ "demo/source  4 hours with something missing, the worst first"
                    "  2025-11-07T19  1 hole, 3 min 20 s; partial-only 0 s"
                    "  2025-11-07T18  2 holes, 2 min 16 s; partial-only 0 s"
                    "  2025-11-07T21  0 holes, 0 s; partial-only 2 s"
                    "  2025-11-07T22  1 hole, 2 s; partial-only 0 s" ]
                  ""

          archiveTest "what-if: a list fills holes, but for what a mark hides here; its sizes decide"
          <| fun folder ->
              let hour = "demo/source/2025-11-07T18"
              folder.File($"archive/{hour}/00:00.0-10-full-.ts", 9L)
              folder.File($"archive/{hour}/00:20.0-10-partial-.ts", 9L)
              folder.File($"archive/{hour}/00:40.0-10-full-.ts", 9L)
              folder.File($"archive/{hour}/00:30.0-5-full-.tombstone", 0L)
              let list = folder.At "list.tsv"

              File.WriteAllLines(
                  list,
                  [ $"{hour}/00:10.0-4-full-.ts\t5"
                    $"{hour}/00:14.0-6-partial-.ts\t5"
                    $"{hour}/00:20.0-8-partial-.ts\t5"
                    $"{hour}/00:30.0-5-full-.ts\t5"
                    "demo/chat/2025-11-07T18/messages.json\t5"
                    "demo/thumbnail.jpg\t5" ]
              )

              Expect.equal
                  (said "what-if" [ folder.At "archive"; list ])
                  [ "demo/source"
                    "  now 40 %, with the list 48 %"
                    "  filled: 1, total 10 s"
                    "  no longer partial-only: none"
                    "  still missing: 1, total 10 s"
                    "    2025-11-07 18:00:30 to 2025-11-07 18:00:40  10 s" ]
                  ""

          testCase "expected: time before the first segment and after the last is missing, too"
          <| fun () ->
              let first, _ = demos.Force()
              let stream = Path.Combine(first, "demo", "source")

              Expect.equal
                  (said "expected" [ stream; "2025-11-07T18:05Z"; "2025-11-08T00:00:00+00:00" ])
                  [ "complete: 91.36 %"
                    "missing: 5, total 30 min 38 s"
                    "  2025-11-07 18:05:00 to 2025-11-07 18:10:00  5 min 0 s"
                    "  2025-11-07 18:21:30 to 2025-11-07 18:21:46  16 s"
                    streamHole.Trim() |> sprintf "  %s"
                    "  2025-11-07 22:10:04 to 2025-11-07 22:10:06  2 s"
                    "  2025-11-07 23:40:00 to 2025-11-08 00:00:00  20 min 0 s" ]
                  ""

          testCase "plot: the page holds every hole and loads nothing"
          <| fun () ->
              let first, _ = demos.Force()
              use folder = new Folder()
              let page = folder.At "holes.html"
              let result = runScript "plot" [ first; page ]

              if Regex.IsMatch(result.Output + result.Error, "NU1301|NU1101|NU1102") then
                  skiptest "needs a NuGet feed that has Plotly.NET"

              Expect.equal result.ExitCode 0 (result.Output + result.Error)
              Expect.stringContains result.Output $"3 holes of 1 stream: {page}" ""
              let html = File.ReadAllText page
              Expect.isTrue (Regex.IsMatch(html, "\"responsive\": ?true")) "it is as wide as the window"
              Expect.isFalse (html.Contains "\"width\":1200") ""
              Expect.stringContains html "2025-11-07 18:58:00 to 2025-11-07 19:03:20  5 min 20 s" ""
              Expect.stringContains html "plotly.js v" "the library is in the page"

              Expect.isFalse
                  (Regex.IsMatch(
                      html,
                      """<(script|link|img|iframe)\b[^>]*(src|href)\s*=\s*["']?(https?:)?//"""
                  ))
                  "nothing comes from elsewhere"

          archiveTest
              "live: a hole that is filled, a hole that opens, and the recording's new end are printed"
          <| fun folder ->
              let name time =
                  $"demo/source/2025-11-07T18/{time}-10-full-.ts"

              folder.File(name "00:00.0", 0L)
              folder.File(name "00:20.0", 0L)
              use watching = start [] (words "live" @ [ folder.Path; "0.2" ])

              try
                  let next () =
                      watching.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds 60.0).Result

                  Expect.equal (next ()) "demo/source  66.67 %, recorded to 2025-11-07 18:00:30" ""
                  folder.File(name "00:10.0", 0L)
                  let filled = "2025-11-07 18:00:10 to 2025-11-07 18:00:20  10 s"
                  Expect.equal (next ()) $"demo/source  filled   {filled}" ""
                  folder.File(name "00:33.0", 0L)
                  let missing = "2025-11-07 18:00:30 to 2025-11-07 18:00:33  3 s"
                  Expect.equal (next ()) $"demo/source  missing  {missing}" ""
                  Expect.equal (next ()) "demo/source  recorded to 2025-11-07 18:00:43" ""
              finally
                  watching.Kill(entireProcessTree = true)

          testCase "weekdays: the demo, made where it is not there, is a Friday"
          <| fun () ->
              match said "weekdays" [] with
              | [ "demo/source"; friday ] -> Expect.stringStarts friday "  Friday " ""
              | other -> failtestf "%A" other

          archiveTest "check and the scripts give the completeness of the same time in the same words"
          <| fun archive ->
              // 93.9 %, which rounded to two digits is 93.90, and cut after them, of a sum of floats, 93.89.
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-900-full-.ts"; "15:58.5-0-full-.ts" ])
              archive.Files("c/source/2025-11-07T18", [ "15:58.5-39-full-.ts" ])
              let table = (run [ "check"; "--base-dir"; archive.Path ]).Output
              let share = Regex.Match(table, @"\S+ %").Value
              Expect.stringContains share "94." ""

              for name in [ "weekdays"; "missing" ] do
                  Expect.stringContains (String.concat "\n" (said name [ archive.Path ])) $" {share}" name

          archiveTest "a wrong path and wrong arguments end with a message and a code of their own"
          <| fun folder ->
              for name, args, code, message in
                  [ "missing", [ folder.At "nowhere" ], 66, folder.At "nowhere"
                    "compare", [ folder.Path ], 64, "Give two archives"
                    "expected", [ folder.Path ], 64, "Give a stream's folder"
                    "expected", [ folder.Path; "now"; "then" ], 64, "This is no instant: now."
                    "expected", [ folder.At "nowhere"; "2025-11-07"; "2025-11-08" ], 66, folder.At "nowhere"
                    "what-if", [ folder.Path ], 64, "its path below the archive, a tab, and its size in bytes" ] do
                  let result = runScript name args
                  Expect.equal result.ExitCode code result.Error
                  Expect.stringContains result.Error message ""
                  Expect.isFalse (result.Error.Contains "   at ") "no stack trace"

          testCase "build.sh: help and a wrong target list each target in a line, without a stack trace"
          <| fun () ->
              let build target =
                  runBy [ "dotnet"; "fsi"; Path.Combine(scripts, "../build.fsx"); "-t" ] [] target

              let help = build [ "help" ]

              if Regex.IsMatch(help.Output + help.Error, "NU1301|NU1101|NU1102") then
                  skiptest "needs a NuGet feed that has FAKE"

              let source = File.ReadAllText(Path.Combine(scripts, "../build.fsx"))

              let created =
                  [ for found in Regex.Matches(source, "(?m)^Target.create \"(\\w+)\"") ->
                        found.Groups[1].Value.ToLowerInvariant() ]

              let listed =
                  [ for found in Regex.Matches(help.Output, @"(?m)^    (\w+) +\S") -> found.Groups[1].Value ]

              Expect.equal (List.sort listed) (List.sort created) help.Output
              Expect.equal help.ExitCode 0 help.Error

              for wrong in [ [ "nosuch" ]; [] ] do
                  let result = build wrong
                  Expect.equal result.ExitCode 64 result.Error
                  Expect.stringContains result.Error help.Output "the same list"
                  Expect.isFalse ((result.Output + result.Error).Contains "   at ") result.Error

              Expect.stringContains (build [ "nosuch" ]).Error "There is no target 'nosuch'" ""

          testCase "at the prompt, values are shown as people write them"
          <| fun () ->
              let first, _ = demos.Force()

              let input =
                  $"""#load "{scripts}/load.fsx";;
let name, report = Load.reports "{first}" |> List.head;;
report.Raw.Holes;;
report.Extent;;
report.Hours[1];;
report.Raw;;
let hour = Load.streams "{first}" |> List.head |> snd |> Array.head;;
hour.Segments[0];;
#quit;;
"""

              let shown =
                  outputOf [ "bash"; "-c"; "printf '%s' \"$0\" | dotnet fsi --nologo"; input ]

              for line in
                  [ "Incomplete 98.28 %; holes: 3, total 5 min 38 s; partial-only: 1, total 2 s; 6 hours"
                    "val it: Coverage.IntervalSet =\n  3, total 5 min 38 s\n  2025-11-07 18:21:30 to 2025-11-07 18:21:46  16 s"
                    "val it: Coverage.Interval =\n  2025-11-07 18:10:00 to 2025-11-07 23:40:00  5 h 30 min 0 s"
                    "2025-11-07T19  covered 56 min 40 s; missing 3 min 20 s"
                    "covered 5 h 24 min 22 s; holes: 3, total 5 min 38 s; seams 0 s"
                    "2025-11-07T18  1433 segments, 0 bad names"
                    "Full 2025-11-07 18:10:00  2 s" ] do
                  let squeezed (text: string) = Regex.Replace(text, @"\s+", " ")
                  Expect.stringContains (squeezed shown) (squeezed line) shown

          testCase "each is under 60 lines and says at its head how to run it"
          <| fun () ->
              for file in Directory.GetFiles(scripts, "*.fsx") do
                  let name = nonNull (Path.GetFileName file)
                  let lines = File.ReadAllLines file

                  // What others load.
                  if not (List.contains name [ "load.fsx"; "demo-archive.fsx"; "site.fsx" ]) then
                      Expect.isLessThan lines.Length 60 name

                      let head = lines |> Array.takeWhile (fun line -> line.StartsWith "//")
                      Expect.stringContains (String.concat "\n" head) $"dotnet fsi scripts/{name}" name ]
