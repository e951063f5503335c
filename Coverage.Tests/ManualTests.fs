/// Whether `docs/cli.md` and the completion for bash are what the program's own description of its options gives, and what
/// bash makes of the completion.
module Coverage.Tests.ManualTests

open System
open System.IO
open Expecto
open Coverage.CommandLine
open Coverage.Tests.Sandbox
open Coverage.Tools

let private repository = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))
let private script = Path.Combine(repository, "packaging/segment-coverage.bash")

let private isCheckedIn (file: string) (text: string) =
    testCase $"{file} is what the program says"
    <| fun () ->
        let path = Path.Combine(repository, file)

        if File.ReadAllText path <> text then
            failtest $"{file} differs from the program's help: ./build.sh cli writes it anew."

/// What bash offers for the last of these words, which may be empty.
let private offered (folder: Folder) (words: string list) : string list =
    let quoted (word: string) = "'" + word.Replace("'", @"'\''") + "'"

    let lines =
        [ $"source {quoted script} || exit 1"
          "[[ $(complete -p segment-coverage) == 'complete -F _segment_coverage segment-coverage' ]] || exit 2"
          $"cd {quoted folder.Path} || exit 3"
          $"""COMP_WORDS=({words |> List.map quoted |> String.concat " "})"""
          "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))"
          "_segment_coverage"
          "printf '%s\\n' \"${COMPREPLY[@]}\"" ]

    let result = runBy [ "bash"; "--norc"; "-c"; String.concat "\n" lines ] [] []

    Expect.equal (result.ExitCode, result.Error) (0, "") ""

    result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
    |> List.ofArray
    |> List.sort

let private bashTest name test =
    archiveTest name (fun archive ->
        if not (canRun [ "bash"; "--version" ]) then
            skiptest "needs bash"

        test (fun words -> offered archive ("segment-coverage" :: words)) archive)

let private names = Manual.options |> List.map _.Name |> List.sort

let private namesOf command =
    Manual.ofCommand command |> List.map _.Name |> List.sort

/// The options that have a line in a help.
let private listed (help: string) =
    [ for line in help.Split '\n' do
          if line.StartsWith "    --" && line.IndexOf("  ", 6) > 0 then
              line.Trim().Split(' ')[0] ]
    |> List.sort

[<Tests>]
let manual =
    testList
        "the manual"
        [ isCheckedIn "docs/cli.md" (Pages.page ())
          isCheckedIn "packaging/segment-coverage.bash" (Pages.completion ())

          testCase "every option is in it, with its variable"
          <| fun () ->
              Expect.equal names (List.sort (List.ofArray (Array.append Name.valued Name.flags))) ""

              let page = Pages.page ()

              for option in Manual.options do
                  Expect.stringContains page $"`{option.Name}" ""
                  Option.iter (fun variable -> Expect.stringContains page $"`{variable}`" "") option.Variable

          testCase "a command's help lists each of its options once, no other, under headings, in 80 columns"
          <| fun () ->
              for command, words in
                  [ Command.Check, [ [ "check"; "--help" ]; [ "help"; "check" ]; [ "check"; "c"; "-h" ] ]
                    Command.Cut, [ [ "cut"; "--help" ]; [ "help"; "cut" ] ]
                    Command.Fleet, [ [ "fleet"; "--help" ]; [ "help"; "fleet" ] ]
                    Command.Verify, [ [ "verify"; "--help" ]; [ "help"; "verify" ] ]
                    Command.Map, [ [ "map"; "--help" ]; [ "help"; "map" ] ]
                    Command.Serve, [ [ "serve"; "--help" ]; [ "help"; "serve" ] ] ] do
                  for words in words do
                      let help = run words
                      Expect.equal (help.ExitCode, help.Error) (0, "") ""
                      Expect.equal (listed help.Output) (namesOf command) $"{words}"

                      for line in help.Output.Split '\n' do
                          Expect.isLessThanOrEqual line.Length 80 line

                      // What is broken goes on below its own column, and never at the margin.
                      for line in help.Output.TrimEnd().Split('\n')[1..] do
                          if line <> "" && not (line.EndsWith ':' && line = line.ToUpperInvariant()) then
                              Expect.stringStarts line "    " "no line falls to the margin"

                      for heading in [ "USAGE:"; "OPTIONS OF EVERY COMMAND:"; "EXAMPLES:"; "EXIT CODES:" ] do
                          Expect.stringContains help.Output $"\n{heading}\n" ""

              Expect.isFalse ((run [ "check"; "--help" ]).Output.Contains "segment-coverage map") ""

          testCase "the exit codes in a command's help are those of the command alone"
          <| fun () ->
              let codes (words: string list) =
                  let help = (run words).Output
                  help[help.IndexOf "EXIT CODES" ..]

              Expect.stringContains
                  (codes [ "verify"; "--help" ])
                  "    1         a full segment has a finding"
                  "verify"

              Expect.isFalse ((codes [ "verify"; "--help" ]).Contains "cut") "nothing of cut"
              Expect.stringContains (codes [ "cut"; "--help" ]) "    65 " "cut"
              Expect.isFalse ((codes [ "check"; "--help" ]).Contains "65") "nothing of cut"
              Expect.stringContains (codes [ "--help" ]) "verify: a full segment" "all of them"

          testCase "what only one command takes is in the help of that command"
          <| fun () ->
              for option, commands in
                  [ "--base-dir", [ Command.Check; Command.Cut; Command.Fleet; Command.Map; Command.Serve ]
                    "--qualities", [ Command.Check; Command.Fleet; Command.Map; Command.Serve ]
                    "--format", [ Command.Check; Command.Cut; Command.Fleet ]
                    "--node", [ Command.Cut; Command.Fleet; Command.Serve ]
                    "--stale-after", [ Command.Fleet; Command.Serve ]
                    "--for", [ Command.Fleet ]
                    "--fleet", [ Command.Cut; Command.Serve ]
                    "--connection-string", [ Command.Cut; Command.Fleet; Command.Serve ]
                    "--now", [ Command.Check; Command.Fleet; Command.Map ]
                    "--keep", [ Command.Check; Command.Map; Command.Serve ]
                    "--quality", [ Command.Cut ]
                    "--strict", [ Command.Check ]
                    "--pixel", [ Command.Map; Command.Serve ]
                    "--metrics-port", [ Command.Serve ]
                    "--log-level", [ Command.Serve ] ] do
                  for command in [ Command.Check; Command.Cut; Command.Fleet; Command.Map; Command.Serve ] do
                      Expect.equal
                          (List.contains option (namesOf command))
                          (List.contains command commands)
                          $"{option} {command}"

          testCase "the help without a command lists the commands and every option once"
          <| fun () ->
              for words in [ [ "--help" ]; [ "help" ]; [ "-h" ] ] do
                  let help = run words
                  Expect.equal (listed help.Output) names $"{words}"

                  for command in [ "check"; "cut"; "fleet"; "map"; "serve"; "verify" ] do
                      Expect.stringContains help.Output $"    segment-coverage {command} " "" ]

[<Tests>]
let bash =
    testList
        "the completion in bash"
        [ bashTest "the first word: a command, or a channel"
          <| fun offered archive ->
              Expect.equal
                  (offered [ "" ])
                  [ "check"; "cut"; "fleet"; "map"; "serve"; "verify" ]
                  "no channel is here"

              archive.Files("chess/source/2025-11-07T18", [])
              archive.Files("midnight/source/2025-11-07T18", [])
              Expect.equal (offered [ "ch" ]) [ "check"; "chess" ] ""
              Expect.equal (offered [ "m" ]) [ "map"; "midnight" ] ""

          bashTest "later words are channels: the folders in the base that hold folders of hours"
          <| fun offered archive ->
              archive.Files("base/one/source/2025-11-07T18", [])
              archive.Files("base/one/480p/2025-11-07T18", [])
              archive.Files("base/two words/source/2025-11-07T18", [])
              archive.Files("base/playlist-debug/one/source", [ "playlist.m3u8" ])
              archive.Files("base/coverage-maps", [ "one_source_coverage.png" ])
              archive.File("base/file", 0L)
              let both = [ "one"; @"two\ words" ]
              Expect.equal (offered [ "check"; "--base-dir"; "base"; "" ]) both ""
              Expect.equal (offered [ "check"; "--base-dir"; "="; "base"; "" ]) both "--base-dir=base"

              Expect.equal
                  (offered [ "check"; "--base-dir"; archive.At "base"; "--strict"; "t" ])
                  both.Tail
                  ""

              Expect.equal (offered [ "check"; "--base-dir"; "nowhere"; "" ]) [] ""

          bashTest "a quality is one of those in the base"
          <| fun offered archive ->
              archive.Files("one/source/2025-11-07T18", [])
              archive.Files("two/480p/2025-11-07T18", [])
              Expect.equal (offered [ "cut"; "one"; "--quality"; "" ]) [ "480p"; "source" ] ""
              Expect.equal (offered [ "check"; "--qualities"; "4" ]) [ "480p" ] ""

          bashTest "the forms of an answer are those of the command"
          <| fun offered _ ->
              Expect.equal (offered [ "cut"; "--format"; "" ]) [ "json"; "table" ] ""
              Expect.equal (offered [ "verify"; "--format"; "" ]) [ "csv"; "json"; "table" ] ""

          bashTest "the options of the command, every option where none is named, and those that begin so"
          <| fun offered _ ->
              for name, command in
                  [ "check", Command.Check
                    "cut", Command.Cut
                    "fleet", Command.Fleet
                    "verify", Command.Verify
                    "map", Command.Map
                    "serve", Command.Serve ] do
                  Expect.equal (offered [ name; "-" ]) (namesOf command) name

              Expect.equal (offered [ "-" ]) names ""
              Expect.equal (offered [ "desertbus"; "-" ]) names ""
              Expect.equal (offered [ "--max" ]) [ "--max-hole"; "--max-missing" ] ""
              Expect.equal (offered [ "--nothing-of-ours" ]) [] ""

          bashTest "every word that is offered for a value is taken"
          <| fun offered _ ->
              let fleet = [ "fleet"; "--node"; "A=a" ]
              let list = fleet @ [ "--for"; "A"; "--format"; "fetch" ]

              for command, name, before in
                  [ Command.Check, "check", [ [ "check" ]; [ "check"; "--intervals"; "csv=x" ] ]
                    Command.Fleet, "fleet", [ fleet; list ] ] do
                  for option in Manual.ofCommand command do
                      if not option.Choices.IsEmpty then
                          let words = offered [ name; option.Name; "" ]
                          Expect.equal words (List.sort option.Choices) $"{name} {option.Name}"
                          Expect.equal (offered [ name; option.Name; "=" ]) words $"{option.Name}="

                          for word in words do
                              let first = [ name; option.Name; "="; word[..1] ]
                              Expect.contains (offered first) word ""

                              let isTaken words =
                                  (Arguments.Parse(Array.ofList words, (fun _ -> null))).IsRun

                              Expect.isTrue
                                  (before
                                   |> List.exists (fun before -> isTaken (before @ [ option.Name; word ])))
                                  $"{name} {option.Name} {word}"

          bashTest "folders for folders, nothing for what may be anything, and not a channel"
          <| fun offered archive ->
              archive.Files("maps here/source", [])
              archive.File("map.png", 0L)

              for option in Manual.options do
                  match option.Value with
                  | Some "folder" ->
                      Expect.equal (offered [ "map"; option.Name; "ma" ]) [ "maps here" ] option.Name
                  | Some _ when option.Choices.IsEmpty ->
                      Expect.equal (offered [ "map"; option.Name; "" ]) [] option.Name
                  | _ -> () ]
