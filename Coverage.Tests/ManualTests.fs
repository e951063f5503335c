/// `docs/cli.md` and the completion for bash, made from the program's own description of its options, so that they
/// cannot drift from it.
module Coverage.Tests.ManualTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open Argu
open Coverage.CommandLine
open Coverage.Tests.Sandbox

/// What the manual has to say about an option.
type private Described =
    {
        Name: string
        /// What its value is called; nothing for a flag.
        Value: string option
        Text: string
        /// The words that its value is one of; none when it may be any.
        Choices: string list
        Variable: string option
    }

let private described: Described list =
    let parser =
        ArgumentParser.Create<Argument>(programName = "segment-coverage", checkStructure = false)

    [ for case in parser.GetArgumentCases() do
          if not case.IsMainCommand then
              let name = case.CommandLineNames.Value.Head

              { Name = name
                Value = case.UnionCaseInfo.GetFields() |> Array.tryHead |> Option.map _.Name
                Text = case.Description.Value
                Choices =
                  match name with
                  | "--format" -> List.map fst Value.formats
                  | "--trust-stamps" -> List.map fst Value.trustChoices
                  | "--log-format" -> List.map fst Value.logFormats
                  | "--log-level" ->
                      Value.levels.Split([| ", "; " or " |], StringSplitOptions.None) |> List.ofArray
                  | _ -> []
                Variable = case.AppSettingsName.Value |> Option.map (fun _ -> Name.variable name) } ]

let private makeAnew = "./build.sh cli"

/// The program's help as a page: its sections, and a table of the options.
let private page: string =
    // The help's sections are headed by a word in capitals; what stands under it is indented, which makes it code.
    let sections (help: string) =
        Regex.Replace(
            help.Trim(),
            "^([A-Z ]+):$",
            (fun heading ->
                $"## {heading.Groups[1].Value[0]}{heading.Groups[1].Value[1..].ToLowerInvariant()}"),
            RegexOptions.Multiline
        )

    let cell (text: string) = Regex.Replace(text, @"[|*<\\]", @"\$0")

    let row (option: Described) =
        let name =
            match option.Value with
            | Some value -> $"{option.Name} {value.ToUpperInvariant()}"
            | None -> option.Name

        let variable =
            match option.Variable with
            | Some variable -> $"`{variable}`"
            | None -> ""

        $"| `{name}` | {cell option.Text} | {variable} |"

    [ "# The command line"
      ""
      $"What `segment-coverage --help` says, written by `{makeAnew}`. Do not edit it here."
      ""
      sections Usage.head
      ""
      "## Options"
      ""
      "| option | | in the environment |"
      "|---|---|---|"
      yield! List.map row described
      ""
      sections Usage.tail
      "" ]
    |> String.concat "\n"

/// The completion for bash.
let private completion: string =
    let alternatives (options: Described list) =
        options |> List.map _.Name |> String.concat " | "

    let names (options: Described list) =
        options |> List.map _.Name |> String.concat " "

    let valued = described |> List.filter _.Value.IsSome
    let folders = valued |> List.filter (fun option -> option.Value = Some "folder")
    let chosen = valued |> List.filter (fun option -> not option.Choices.IsEmpty)

    let free =
        valued
        |> List.filter (fun option -> not (List.contains option folders || List.contains option chosen))

    [ $"# Completion for bash, written by {makeAnew}. Do not edit it here."
      "_segment_coverage() {"
      "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} base=${SEGMENT_COVERAGE_BASE_DIR:-.} at"
      "    local -A channels=()"
      "    # --name=value is three words to bash."
      "    if [[ $word == = ]]; then"
      "        word="
      "    elif [[ $before == = ]]; then"
      "        before=${COMP_WORDS[COMP_CWORD - 2]}"
      "    fi"
      "    COMPREPLY=()"
      "    case $before in"
      $"    {alternatives folders})"
      "        compopt -o filenames 2>/dev/null"
      "        mapfile -t COMPREPLY < <(compgen -d -- \"$word\")"
      "        return"
      "        ;;"
      for option in chosen do
          $"    {option.Name})"
          $"""        mapfile -t COMPREPLY < <(compgen -W "{String.concat " " option.Choices}" -- "$word")"""
          "        return"
          "        ;;"
      $"    {alternatives free})"
      "        return"
      "        ;;"
      "    esac"
      "    if [[ $word == -* ]]; then"
      $"""        mapfile -t COMPREPLY < <(compgen -W "{names described}" -- "$word")"""
      "        return"
      "    fi"
      "    ((COMP_CWORD > 1)) || mapfile -t COMPREPLY < <(compgen -W \"check map serve\" -- \"$word\")"
      "    # Channels: the folders in the base that hold folders of qualities."
      "    for ((at = 1; at < COMP_CWORD; at++)); do"
      "        if [[ ${COMP_WORDS[at]} == --base-dir ]]; then"
      "            base=${COMP_WORDS[at + 1]}"
      "            [[ $base != = ]] || base=${COMP_WORDS[at + 2]}"
      "        fi"
      "    done"
      "    base=${base/#\\~/$HOME}"
      "    for at in \"$base/$word\"*/*/; do"
      "        at=${at#\"$base/\"}"
      "        [[ ! -d $base/$at ]] || channels[${at%%/*}]="
      "    done"
      "    for at in \"${!channels[@]}\"; do"
      "        COMPREPLY+=(\"$(printf %q \"$at\")\")"
      "    done"
      "}"
      "complete -F _segment_coverage segment-coverage"
      "" ]
    |> String.concat "\n"

/// The environment variable that, set to anything, makes the tests write the files anew.
let private updating = "COVERAGE_UPDATE_CLI"

let private repository = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))
let private script = Path.Combine(repository, "packaging/segment-coverage.bash")

let private isCheckedIn (file: string) (text: string) =
    testCase $"{file} is what the program says"
    <| fun () ->
        let path = Path.Combine(repository, file)

        if not (String.IsNullOrEmpty(Environment.GetEnvironmentVariable updating)) then
            File.WriteAllText(path, text)
        elif File.ReadAllText path <> text then
            failtest $"{file} has drifted from the program: {makeAnew} writes it anew."

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

    let its = runBy [ "bash"; "--norc"; "-c"; String.concat "\n" lines ] [] []

    Expect.equal (its.ExitCode, its.Error) (0, "") ""

    its.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
    |> List.ofArray
    |> List.sort

let private bashTest name test =
    archiveTest name (fun archive ->
        if not (canRun [ "bash"; "--version" ]) then
            skiptest "needs bash"

        test (fun words -> offered archive ("segment-coverage" :: words)) archive)

let private names = described |> List.map _.Name |> List.sort

[<Tests>]
let manual =
    testList
        "the manual"
        [ isCheckedIn "docs/cli.md" page
          isCheckedIn "packaging/segment-coverage.bash" completion

          testCase "every option is in it, with its variable"
          <| fun () ->
              Expect.equal names (List.sort (List.ofArray (Array.append Name.valued Name.flags))) ""

              for option in described do
                  Expect.stringContains page $"`{option.Name}" ""
                  Option.iter (fun variable -> Expect.stringContains page $"`{variable}`" "") option.Variable

          testCase "the help is the same whatever the command, and has examples"
          <| fun () ->
              let help = run [ "--help" ]
              Expect.stringContains help.Output "EXAMPLES:" ""

              for command in [ "check"; "map"; "serve" ] do
                  Expect.equal (run [ command; "--help" ]) help command
                  Expect.stringContains help.Output $"    segment-coverage {command} " "" ]

[<Tests>]
let bash =
    testList
        "the completion in bash"
        [ bashTest "the first word: a command, or a channel"
          <| fun offered archive ->
              Expect.equal (offered [ "" ]) [ "check"; "map"; "serve" ] "no channel is here"
              archive.Files("chess/source/2025-11-07T18", [])
              archive.Files("midnight/source/2025-11-07T18", [])
              Expect.equal (offered [ "ch" ]) [ "check"; "chess" ] ""
              Expect.equal (offered [ "m" ]) [ "map"; "midnight" ] ""

          bashTest "later words are channels: the folders in the base that hold folders"
          <| fun offered archive ->
              archive.Files("base/one/source", [])
              archive.Files("base/one/480p", [])
              archive.Files("base/two words/source", [])
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

          bashTest "every option, and those that begin so"
          <| fun offered _ ->
              Expect.equal (offered [ "check"; "-" ]) names ""
              Expect.equal (offered [ "--max" ]) [ "--max-hole"; "--max-missing" ] ""
              Expect.equal (offered [ "--nothing-of-ours" ]) [] ""

          bashTest "every word that is offered for a value is taken"
          <| fun offered _ ->
              for option in described do
                  if not option.Choices.IsEmpty then
                      let words = offered [ "check"; option.Name; "" ]
                      Expect.equal words (List.sort option.Choices) option.Name
                      Expect.equal (offered [ "check"; option.Name; "=" ]) words $"{option.Name}="

                      for word in words do
                          let first = [ "check"; option.Name; "="; word[..1] ]
                          Expect.contains (offered first) word ""

                          match CommandLine.Parse([| "check"; option.Name; word |], (fun _ -> null)) with
                          | Outcome.Run _ -> ()
                          | other -> failtestf "%A" other

          bashTest "folders for folders, nothing for what may be anything, and not a channel"
          <| fun offered archive ->
              archive.Files("maps here/source", [])
              archive.File("map.png", 0L)

              for option in described do
                  match option.Value with
                  | Some "folder" ->
                      Expect.equal (offered [ "map"; option.Name; "ma" ]) [ "maps here" ] option.Name
                  | Some _ when option.Choices.IsEmpty ->
                      Expect.equal (offered [ "map"; option.Name; "" ]) [] option.Name
                  | _ -> () ]
