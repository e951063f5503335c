/// The command line and the environment, as a user meets them.
module Coverage.Tests.CommandLineTests

open System
open Expecto
open Coverage.CommandLine
open Coverage.Tests.Asking

[<Tests>]
let channels =
    let given words =
        let options = run [] words
        options.Command, List.ofSeq options.Channels

    testList
        "commands and channels"
        [ for words, command, channels in
              [ [], Command.Serve, []
                [ "check" ], Command.Check, []
                [ "map"; "a" ], Command.Map, [ "a" ]
                [ "serve"; "a"; "b" ], Command.Serve, [ "a"; "b" ]
                [ "a"; "check" ], Command.Serve, [ "a"; "check" ]
                [ "check"; "check"; "map" ], Command.Check, [ "check"; "map" ]
                [ "--strict"; "check" ], Command.Serve, [ "check" ]
                [ "Check" ], Command.Serve, [ "Check" ]
                [ "--"; "check" ], Command.Serve, [ "check" ]
                [ "check"; "--" ], Command.Check, []
                [ "b"; "a"; "--strict"; "b"; "--"; "a"; "c" ], Command.Serve, [ "b"; "a"; "c" ]
                [ "check"; "a b"; "ä"; "..."; "a-b"; "a=b" ],
                Command.Check,
                [ "a b"; "ä"; "..."; "a-b"; "a=b" ] ] do
              testCase $"%A{words}"
              <| fun () -> Expect.equal (given words) (command, channels) ""

          testCase "a hundred thousand of them"
          <| fun () ->
              let names = [ for number in 1..100_000 -> string number ]
              Expect.equal (given names) (Command.Serve, names) ""

          for word in [ ""; "."; ".."; "a/b"; "/"; "a\000"; "-"; "-x"; "-1"; "---" ] do
              test $"no channel: %A{word}" {
                  refusal [] [ word ] |> ignore
                  refusal [] [ "check"; "a"; word ] |> ignore
                  refusal [] [ "check"; "--"; word ] |> ignore
                  refusal [] [ "check"; "--"; "a"; word ] |> ignore
              }

          test "after a bare -- an option is a channel that is refused" {
              for option in [ "--strict"; "--base-dir"; "--help"; "--" ] do
                  Expect.stringContains (refusal [] [ "--"; option ]) option ""
          }

          test "cut, verify and fleet take no options of others, and others none of theirs" {
              for words in
                  [ [ "check"; "--quality"; "source" ]
                    [ "serve"; "--quality"; "source" ]
                    [ "map"; "--part"; "5%" ]
                    [ "check"; "--measured" ]
                    [ "cut"
                      "a"
                      "--qualities"
                      "source"
                      "--start"
                      "2025-11-07"
                      "--end"
                      "2025-11-08" ]
                    [ "verify"; "--max-hole"; "5" ]
                    [ "fleet"; "--keep"; "5"; "--node"; "A=a" ]
                    [ "fleet"; "--max-hole"; "5" ]
                    [ "check"; "--node"; "A=a" ]
                    [ "map"; "--stale-after"; "5" ]
                    [ "check"; "--fleet" ]
                    [ "fleet"; "--fleet"; "--node"; "A=a" ]
                    [ "serve"; "--for"; "A" ] ] do
                  let option = words |> List.find _.StartsWith("--")
                  Expect.stringContains (refusal [] words) $"{option} is no option of {words.Head}" ""
          }

          test "a shortened option is one of the command's where it can be" {
              for words in [ [ "check"; "--qual"; "480p" ]; [ "--qual"; "480p" ] ] do
                  Expect.sequenceEqual
                      (run [] words).Qualities
                      [ "480p" ]
                      "of the options of cut none is meant"

              Expect.stringContains (refusal [] [ "check"; "--s" ]) "--settling or --strict or --sizes" ""
          } ]

/// In an archive whose channels have these names.
let private parseIn (folder: string) (there: string list) (words: string list) =
    Arguments.Parse(
        Array.ofList words,
        (fun _ -> null),
        fun (path: string) ->
            match List.exists (fun name -> path = $"{folder}/{name}") there with
            | true -> [||]
            | false -> null
    )

/// Where these folders of hours are all there is.
let private parseAmong (hours: string list) (words: string list) =
    let folders (path: string) : string[] | null =
        let path = path.Replace("./", "").TrimEnd '/'

        match hours |> List.filter _.StartsWith(path + "/") with
        | [] -> null
        | below ->
            below
            |> List.map (fun hour -> hour[path.Length + 1 ..].Split('/')[0])
            |> List.distinct
            |> Array.ofList

    Arguments.Parse(Array.ofList words, (fun _ -> null), folders)

[<Tests>]
let misplaced =
    let hour = "source/2025-11-07T18"
    let archive = [ $"archA/desertbus/{hour}"; $"/mnt/arch b/zz/{hour}" ]

    let isRefused words meant =
        match parseAmong archive words with
        | Outcome.Refused(text, 64) -> Expect.stringContains text $"did you mean {meant}?" ""
        | other -> failtestf "%A" other

    let warnings among words =
        match parseAmong among words with
        | Outcome.Run options -> List.ofSeq options.Warnings
        | other -> failtestf "%A" other

    testList
        "an archive that is given as a channel"
        [ for word, meant in
              [ "archA", "--base-dir archA"
                "archA/", "--base-dir archA/"
                "./archA", "--base-dir ./archA"
                "/mnt/arch b", "--base-dir '/mnt/arch b'"
                "archA/desertbus", "desertbus --base-dir archA"
                "/mnt/arch b/zz/", "zz --base-dir '/mnt/arch b'" ] do
              test $"check {word} and map {word} are refused with what may be meant" {
                  for command in [ "check"; "map" ] do
                      isRefused [ command; word ] meant
                      isRefused [ command; "zz"; word; "--base-dir"; "/mnt/arch b" ] meant
                      isRefused [ command; "--"; word ] meant
              }

          test "the service warns and starts, because a channel may be still to come" {
              for words in
                  [ [ "serve"; "archA" ]
                    [ "archA" ]
                    [ "archA"; "zz"; "--base-dir"; "/mnt/arch b" ] ] do
                  let warning =
                      Expect.wantSome (List.tryExactlyOne (warnings archive words)) $"{words}"

                  Expect.stringContains warning "did you mean --base-dir archA?" ""
          }

          test "a channel, a channel that is still to come, and a channel named as an archive are no mistake" {
              for among, words in
                  [ archive, [ "check"; "desertbus"; "--base-dir"; "archA" ]
                    archive, [ "check"; "newcomer" ]
                    archive, [ "serve"; "newcomer" ]
                    "/mnt/archA/480p/2025-11-07T18" :: archive, [ "check"; "archA"; "--base-dir"; "/mnt" ]
                    "/mnt/archA/480p/none" :: archive, [ "check"; "archA"; "--base-dir"; "/mnt" ]
                    $"archA/{hour}" :: archive, [ "check"; "archA" ] ] do
                  Expect.isEmpty (warnings among words) $"{words}"
          }

          test "a base one level too deep is a warning that names the base" {
              for base', meant in
                  [ "archA/desertbus", "archA"
                    "archA/desertbus/", "archA"
                    "/mnt/arch b/zz", "'/mnt/arch b'" ] do
                  for command in [ "check"; "map"; "serve" ] do
                      let warning =
                          Expect.wantSome
                              (List.tryExactlyOne (warnings archive [ command; "--base-dir"; base' ]))
                              base'

                      Expect.stringContains warning $"did you mean --base-dir {meant}?" ""
          } ]

[<Tests>]
let mistyped =
    testList
        "a lone word that is no channel's folder"
        [ for word, meant in
              [ "chekc", "check"
                "chck", "check"
                "Check", "check"
                "mpa", "map"
                "sevre", "serve"
                "hlep", "--help"
                "version", "--version"
                "versoin", "--version" ] do
              test $"{word} is refused with a suggestion, wherever it stands" {
                  for words in [ [ word; "--base-dir"; "/x" ]; [ "--base-dir"; "/x"; word ] ] do
                      match parseIn "/x" [ "desertbus" ] words with
                      | Outcome.Refused(text, 64) ->
                          Expect.stringContains text $"'{word}'" ""
                          Expect.stringContains text $"did you mean {meant}?" ""
                      | other -> failtestf "%A" other
              }

          test "a command that is not the first word is refused" {
              match parseIn "." [] [ "--strict"; "check" ] with
              | Outcome.Refused(text, 64) -> Expect.stringContains text "must be the first word" ""
              | other -> failtestf "%A" other
          }

          test "help prints the help" {
              for words in [ [ "help" ]; [ "help"; "check" ]; [ "help"; "--base-dir"; "/mnt" ] ] do
                  Expect.isTrue (parseIn "." [] words).IsHelp $"{words}"
          }

          test
              "a channel of that name, a channel that is nothing like a command, several, and those after -- are channels" {
              for words, there in
                  [ [ "chekc" ], [ "chekc" ]
                    [ "help" ], [ "help" ]
                    [ "help"; "check" ], [ "help" ]
                    [ "desertbus" ], []
                    [ "dogs" ], []
                    [ "chekc"; "desertbus" ], []
                    [ "help"; "desertbus" ], []
                    [ "--"; "chekc" ], []
                    [ "serve"; "chekc" ], [] ] do
                  match parseIn "." there words with
                  | Outcome.Run options ->
                      Expect.equal options.Command Command.Serve ""

                      Expect.sequenceEqual
                          options.Channels
                          (words |> List.except [ "--"; "serve" ])
                          $"{words}"
                  | other -> failtestf "%A" other
          } ]

[<Tests>]
let others =
    testList
        "the rest of the command line"
        [ test "the deployments' command line" {
              let options =
                  run
                      []
                      [ "chan1"
                        "chan2"
                        "--base-dir"
                        "/mnt"
                        "--qualities"
                        "source,480p"
                        "--first-hour"
                        "2025-11-07T00:00:00Z"
                        "--last-hour"
                        "2025-11-15T00:00:00Z"
                        "--make-page"
                        "--connection-string"
                        "host='db' user='me' password='a=b c' dbname='x'"
                        "--metrics-port"
                        "80" ]

              Expect.equal options.Command Command.Serve ""
              Expect.sequenceEqual options.Channels [ "chan1"; "chan2" ] ""
              Expect.equal options.BaseDir "/mnt" ""
              Expect.sequenceEqual options.Qualities [ "source"; "480p" ] ""
              Expect.equal options.FirstHour (Nullable(hour "2025-11-07T00")) ""
              Expect.equal options.LastHour (Nullable(hour "2025-11-15T00")) ""
              Expect.isTrue options.MakePage ""
              Expect.equal options.MetricsPort 80 ""
              Expect.isNotNull options.Database ""
              Expect.isEmpty options.Warnings ""
          }

          for level, expected in
              [ "DEBUG", MinimumLevel.Debug
                "INFO", MinimumLevel.Information
                "warn", MinimumLevel.Warning ] do
              test $"WUBLOADER_LOG_LEVEL={level} when nothing else tells" {
                  Expect.equal (run [ "WUBLOADER_LOG_LEVEL", level ] []).LogLevel expected ""
              }

          test "WUBLOADER_LOG_LEVEL loses to the option and to its variable" {
              for value in [ "debug"; "loud" ] do
                  let wubloader = "WUBLOADER_LOG_LEVEL", value

                  for options in
                      [ run [ wubloader ] [ "--log-level"; "error" ]
                        run [ wubloader; "SEGMENT_COVERAGE_LOG_LEVEL", "error" ] [] ] do
                      Expect.equal options.LogLevel MinimumLevel.Error ""
                      Expect.isEmpty options.Warnings ""
          }

          test "an unusable WUBLOADER_LOG_LEVEL is a warning" {
              let options = run [ "WUBLOADER_LOG_LEVEL", "lo\027ud" ] []
              Expect.equal options.LogLevel MinimumLevel.Information ""
              let warning = Expect.wantSome (Seq.tryExactlyOne options.Warnings) ""
              Expect.stringContains warning @"'lo\u001bud'" ""
          }

          for word, near in
              [ "--base-dri", "--base-dir"
                "--base_dir", "--base-dir"
                "--base-dri=/mnt", "--base-dir"
                "--STRICT", ""
                "-strict", "--strict"
                "--Help", "--help"
                "--max-holes", "--max-hole"
                "--qualites", "--qualities"
                "--qualites=480p", "--qualities"
                "--max-x", ""
                "-v", "--version"
                "-V", "--version"
                "-H", ""
                "--nothing-like-it", "" ] do
              test $"{word} is refused by name, with what may have been meant" {
                  let text = refusal [] [ "check"; word; "x" ]
                  Expect.stringContains text $"there is no option '{word.Split('=')[0]}'" ""
                  Expect.equal (text.Contains "did you mean") (near <> "") ""
                  Expect.stringContains text near ""
              }

          test "WUBLOADER_ENABLE_STACKSAMPLER is named as not supported, by the service alone" {
              let warned value words =
                  (run [ "WUBLOADER_ENABLE_STACKSAMPLER", value ] words).Warnings
                  |> Seq.exists _.Contains("WUBLOADER_ENABLE_STACKSAMPLER is not supported")

              Expect.isTrue (warned "true" []) ""
              Expect.isTrue (warned "TRUE" [ "serve" ]) ""
              Expect.isFalse (warned "false" []) "it asks for nothing"
              Expect.isFalse (warned "true" [ "check" ]) ""
          }

          test
              "every beginning of an option that no other of the command has is that option, and -h is --help" {
              for whole in allOptions do
                  for length in 3 .. whole.Length - 1 do
                      let short = whole[.. length - 1]

                      let all = allOptions |> List.filter _.StartsWith(short)

                      let meant =
                          match all |> List.filter (Usage.isNamedOf Command.Serve) with
                          | [] -> all
                          | ofServe -> ofServe

                      match meant with
                      | _ when List.contains short all -> () // It is an option itself.
                      | [ whole ] ->
                          let value =
                              specimens
                              |> List.tryFind (fun it -> it.Option = whole)
                              |> Option.bind _.Value
                              |> Option.toList

                          Expect.equal
                              (plain (parse [] (short :: value)))
                              (plain (parse [] (whole :: value)))
                              short

                          for value in value do
                              let joined = [ $"{short}={value}" ]

                              Expect.equal
                                  (plain (parse [] joined))
                                  (plain (parse [] (whole :: [ value ])))
                                  short
                      | several ->
                          let text = refusal [] [ short; "x" ]
                          Expect.stringContains text $"'{short}' can be" ""

                          for one in several do
                              Expect.stringContains text one ""

              Expect.isTrue (parse [] [ "check"; "-h" ]).IsHelp ""
          }

          test "--backdoor-port is --backd at its shortest, which the program's start relies on" {
              Expect.stringContains (refusal [] [ "--back"; "1" ]) "--backdoor-port" ""
              Expect.equal (run [] [ "--backd"; "1234" ]).BackdoorPort 1234 ""
          }

          test "the help tells the exit codes" {
              match parse [] [ "--help" ] with
              | Outcome.Help text ->
                  let codes = text.Substring(text.IndexOf "EXIT CODES")

                  for code in [ 0; 1; 2; 64; 65; 66; 69; 70; 73; 143 ] do
                      Expect.isTrue (codes.Contains $" {code} ") $"{code}"
              | other -> failtestf "%A" other
          } ]
