/// Each option, by command line and by environment.
module Coverage.Tests.OptionTests

open Expecto
open FSharp.Reflection
open Coverage
open Coverage.CommandLine
open Coverage.Tests.Asking

[<Tests>]
let options =
    testList
        "each option"
        [ testCase "every case of the union is tried here, and no other"
          <| fun () ->
              let cases =
                  [ for case in FSharpType.GetUnionCases(typeof<Argument>, true) ->
                        "--" + case.Name.ToLowerInvariant().Replace('_', '-') ]

              Expect.equal (List.sort ("--channel" :: allOptions)) (List.sort cases) ""

          for it in specimens do
              let own = it.Option :: Option.toList it.Value
              let words = it.After @ own
              let beside = if it.NeedsItself then [] else it.After
              let text = Option.defaultValue "true" it.Value

              test $"{it.Option} has its default" { Expect.equal (it.Shows(run [] [])) it.Default "" }
              test $"{it.Option} by command line" { Expect.equal (it.Shows(run [] words)) it.Given "" }

              test $"{variable it.Option} sets {it.Option}" {
                  Expect.equal (it.Shows(run [ variable it.Option, text ] beside)) it.Given ""
              }

              test $"{variable it.Option} empty is not set" {
                  Expect.equal (it.Shows(run [ variable it.Option, "" ] beside)) it.Default ""
              }

              test $"{variable it.Option} unusable is refused by its name, and loses to {it.Option}" {
                  let unusable = [ variable it.Option, "-\001" ]
                  Expect.stringContains (refusal unusable []) (variable it.Option) ""
                  Expect.equal (it.Shows(run unusable words)) it.Given ""
              }

              test $"the help names {it.Option}" {
                  match parse [] [ "--help" ] with
                  | Outcome.Help text -> Expect.stringContains text it.Option ""
                  | other -> failtestf "%A" other
              }

              test $"{it.Option} twice is no fault" {
                  Expect.equal (it.Shows(run [] (words @ own))) it.Given ""
              }

              match it.Value with
              | Some value ->
                  test $"{it.Option} wants a value" {
                      for words in
                          [ [ it.Option ]
                            [ it.Option; "--strict" ]
                            [ it.Option; "--help" ]
                            [ it.Option; it.Option ]
                            [ it.Option; "--" ]
                            [ it.Option; "--base-dir=x" ] ] do
                          Expect.stringContains (refusal [] words) it.Option ""
                  }

                  match it.AddsUp with
                  | Some other ->
                      test $"several {it.Option} add up, each once, and stand for the variable" {
                          let twice =
                              it.After @ [ it.Option; other; $"{it.Option}={value}"; it.Option; other ]

                          let once = it.After @ [ it.Option; value; it.Option; other ]
                          let given = it.Shows(run [ variable it.Option, other + "x" ] twice)
                          Expect.equal given (it.Shows(run [] once)) ""
                          Expect.notEqual given it.Given "the other one is there, too"
                      }
                  | None ->
                      test $"of two {it.Option} the last wins, and only it is looked at" {
                          let words = it.After @ [ it.Option; "\000"; $"{it.Option}={value}" ]
                          Expect.equal (it.Shows(run [] words)) it.Given ""
                      }
              | None ->
                  test $"{it.Option} takes no value" {
                      for value in [ "true"; "false"; "" ] do
                          Expect.stringContains
                              (refusal [] [ $"{it.Option}={value}" ])
                              $"{it.Option} takes no value"
                              ""
                  }

                  test $"{variable it.Option} takes 1, true, 0 and false in any case" {
                      for text in [ "1"; "true"; "True"; "TRUE" ] do
                          Expect.equal (it.Shows(run [ variable it.Option, text ] it.After)) it.Given text

                      for text in [ "0"; "false"; "False"; "FALSE" ] do
                          Expect.equal (it.Shows(run [ variable it.Option, text ] it.After)) it.Default text

                      for text in [ "yes"; "2"; " "; "on"; "1 " ] do
                          Expect.stringContains
                              (refusal [ variable it.Option, text ] it.After)
                              (variable it.Option)
                              text
                  }

          test "ranges and transitions follow each other as they are given, and stand for the variables" {
              let range (from, until) =
                  Interval.create (from * 3_600_000_000L<instant>) (until * 3_600_000_000L<instant>)

              let cut environment words =
                  let options = run environment ([ "cut"; "a" ] @ words)
                  List.ofSeq options.Cut.Ranges, List.ofSeq options.Cut.Joins

              let fade = CutJoin.Transition("fade", 1_500_000L<us>)

              let one, other =
                  "1970-01-01T02,1970-01-01T03", "1970-01-01,1970-01-01T02:00:00+01:00"

              let variables =
                  [ variable "--range", "1970-01-01T04,1970-01-01T05"
                    variable "--transition", "a,1" ]

              Expect.equal
                  (cut
                      variables
                      [ "--range"
                        one
                        "--transition"
                        "fade,1.5"
                        "--range"
                        other
                        $"--range={one}"
                        "--transition=" ])
                  ([ range (2L, 3L); range (0L, 1L); range (2L, 3L) ], [ fade; CutJoin.HardCut ])
                  "in order"

              Expect.equal
                  (cut [ variable "--range", one ] [])
                  ([ range (2L, 3L) ], [])
                  "a variable gives one"

              Expect.equal
                  (cut [] [ "--range"; one; "--range"; one ] |> snd)
                  [ CutJoin.HardCut ]
                  "without transitions all are hard cuts"

              Expect.equal
                  (cut [] [ "--start"; "1970-01-01T02"; "--end"; "1970-01-01T03" ])
                  ([ range (2L, 3L) ], [])
                  "start and end are a range"
          }

          test "--help and --version win over a run" {
              Expect.isTrue (parse [] [ "check"; "a"; "--help"; "--version" ]).IsHelp ""
              Expect.isTrue (parse [] [ "map"; "--version"; "--bogus" ]).IsVersion ""
          }

          test "options that do not go together are refused, each by the name by which it was given" {
              for words, named in
                  [ [ "check"; "--expected-to"; "2025-11-07T18" ], [ "--expected-to needs --expected-from" ]
                    [ "--expected-from"; "2025-11-07T18"; "--expected-to"; "2025-11-07T18" ],
                    [ "--expected-from and --expected-to"; "later" ]
                    [ "--now"; "2025-11-07T18" ], [ "--now is for check, map, verify and fleet" ]
                    [ "serve"; "--now"; "2025-11-07T18" ], [ "--now is for check, map, verify and fleet" ]
                    [ "check"; "--words"; "missing" ], [ "--words"; "--format bed" ]
                    [ "serve"; "--run-once"; "--verify-parts"; "1" ],
                    [ "--run-once and --verify-parts: "; "use verify" ]
                    [ "verify"; "--keep"; "1d" ], [ "--keep is no option of verify" ]
                    [ "verify"; "--format"; "bed" ], [ "--format"; "table, json or csv" ]
                    [ "check"; "--format"; "aria2" ], [ "--format"; "csv, bed or acknowledgements" ]
                    [ "fleet" ], [ "fleet needs nodes"; "--node"; "--node-file"; "--connection-string" ]
                    [ "fleet"; "--node"; "A=a"; "--node"; "A=b" ], [ "--node"; "two nodes are named 'A'" ]
                    [ "fleet"; "--node"; "A=a"; "--base-dir"; "/mnt" ], [ "--base-dir"; "--self" ]
                    [ "fleet"; "--node"; "A=a"; "--format"; "acknowledgements" ],
                    [ "--format: fleet answers as table, json, csv or bed" ]
                    [ "fleet"; "--node"; "A=a"; "--format"; "curl" ], [ "--format"; "--for" ]
                    [ "fleet"; "--node"; "A=a"; "--for"; "A" ],
                    [ "--for"; "--format fetch, aria2, curl or sha256" ]
                    [ "fleet"; "--node"; "A=a"; "--include"; "withheld" ],
                    [ "--include"; "--format fetch, aria2, curl or sha256" ]
                    [ "serve"; "--fleet" ], [ "--fleet needs the name"; "--self" ]
                    [ "serve"; "--fleet"; "--node"; "B=b" ], [ "--fleet needs the name"; "--self" ]
                    [ "serve"; "--fleet"; "--self"; "A" ],
                    [ "--fleet needs other nodes"; "--node"; "--node-file"; "--connection-string" ]
                    [ "--fleet"; "--self"; "A"; "--node"; "B=a"; "--node"; "B=b" ],
                    [ "--node"; "two nodes are named 'B'" ]
                    [ "serve"; "--fleet"; "--run-once"; "--self"; "A"; "--node"; "B=b" ],
                    [ "--fleet and --run-once: "; "use the command fleet" ]
                    [ "check"; "--format"; "json"; "--words"; "missing" ], [ "--words"; "--format bed" ] ] do
                  for text in named do
                      Expect.stringContains (refusal [] words) text $"%A{words}"

              Expect.stringContains
                  (refusal [ variable "--now", "2025-11-07T18" ] [])
                  "SEGMENT_COVERAGE_NOW is for check, map, verify and fleet"
                  ""
          }

          test "the service warns of nodes that it does not compare, and takes them with --fleet" {
              let nodes =
                  [ "--self"
                    "A"
                    "--node"
                    "B=b"
                    "--node-file"
                    "nodes"
                    "--stuck-after"
                    "5m" ]

              let idle = run [ variable "--stale-after", "60" ] ("serve" :: nodes)

              Expect.sequenceEqual
                  (List.sort (List.ofSeq idle.Warnings))
                  [ for name in
                        [ "--node"
                          "--node-file"
                          "--self"
                          "--stuck-after"
                          "SEGMENT_COVERAGE_STALE_AFTER" ] ->
                        $"{name} has no effect: the service compares no nodes without --fleet." ]
                  ""

              Expect.isFalse idle.Fleet.IsCompared ""
              let pages = run [] [ "serve"; "--make-page"; "--connection-string"; "host=db" ]
              Expect.isEmpty pages.Warnings "the database has a meaning of its own"

              for compared in
                  [ run [] ("serve" :: "--fleet" :: nodes)
                    run [ variable "--fleet", "1" ] nodes
                    run [] [ "--fleet"; "--self"; "A"; "--connection-string"; "host=db" ] ] do
                  Expect.isTrue compared.Fleet.IsCompared ""
                  Expect.equal compared.Fleet.Self "A" ""
                  Expect.isEmpty compared.Warnings ""
          }

          test
              "cut asks nodes when it names some, or says so; a database alone asks none, and there is a warning" {
              let range = [ "cut"; "a"; "--start"; "2025-11-07"; "--end"; "2025-11-08" ]
              let database = [ "--connection-string"; "host=db" ]

              for words in
                  [ [ "--node"; "B=b" ]
                    [ "--node-file"; "nodes" ]
                    [ "--self"; "A"; "--base-dir"; "a" ]
                    "--fleet" :: database ] do
                  let options = run [] (range @ words)
                  Expect.isTrue options.Fleet.IsCompared $"%A{words}"
                  Expect.isEmpty options.Warnings ""

              let alone = run [] (range @ database)
              Expect.isFalse alone.Fleet.IsCompared ""

              Expect.sequenceEqual
                  alone.Warnings
                  [ "--connection-string has no effect: cut asks no nodes without --fleet or --node." ]
                  ""

              let variable = run [ variable "--connection-string", "host=db" ] range
              Expect.isFalse variable.Fleet.IsCompared ""
              Expect.isEmpty variable.Warnings "a variable is for all commands"
          }

          test "a rate of reading without anything to read is warned of" {
              let warnings words = List.ofSeq (run [] words).Warnings

              Expect.equal
                  (warnings [ "serve"; "--verify-rate"; "1MB" ])
                  [ "--verify-rate has no effect: the service reads no files without --verify-parts." ]
                  ""

              Expect.isEmpty (warnings [ "serve"; "--verify-rate"; "1MB"; "--verify-parts"; "30" ]) ""
              Expect.isEmpty (warnings [ "verify"; "--verify-rate"; "1MB" ]) ""
          }

          test "the environment can ask for neither" {
              run [ for it in askings -> variable it, "true" ] [] |> ignore
          } ]
