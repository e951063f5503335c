/// The manual `docs/cli.md` and the completion for bash, from the program's own description of its options.
module Coverage.Tools.Pages

open System.Text.RegularExpressions
open Coverage.CommandLine

let private makeAnew = "./build.sh cli"

/// The program's help as a page: its sections, and a table of the options.
let page () : string =
    let title (heading: string) =
        $"## {heading[0]}{heading[1..].ToLowerInvariant()}"

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
      $"What `segment-coverage --help` says; `check`, `cut`, `verify`, `fleet`, `map` and `serve` with `--help` show their own options alone. Written by `{makeAnew}`. Do not edit it here."
      ""
      Manual.intro
      ""
      title "USAGE"
      ""
      "| | |"
      "|---|---|"
      for line, what in Manual.commands do
          $"| `{line}` | {cell what} |"
      ""
      cell Manual.notes
      ""
      for group in Manual.groups do
          title group.Heading
          ""
          "| option | | in the environment |"
          "|---|---|---|"
          yield! List.map row group.Options
          ""
      title "ENVIRONMENT"
      ""
      "| variable | |"
      "|---|---|"
      for name, text in Manual.environment do
          $"| `{name}` | {cell text} |"
      ""
      title "EXAMPLES"
      ""
      yield! Manual.examples
      ""
      title "EXIT CODES"
      ""
      "| code | means |"
      "|---|---|"
      for code, text in Manual.exitCodes do
          $"| {code} | {cell text} |"
      ""
      "## segment-coverage-fleet"
      ""
      $"{FleetManual.intro} See [The fleet](fleet.md#beyond-one-service)."
      ""
      "| | |"
      "|---|---|"
      for line, what in FleetManual.commands do
          $"| `{line}` | {cell what} |"
      ""
      for heading, options in
          [ "option", FleetManual.ours
            "option as that of `segment-coverage serve`", FleetManual.theirs ] do
          $"| {heading} | | in the environment |"
          "|---|---|---|"
          yield! List.map row options
          ""
      "| exit code | means |"
      "|---|---|"
      for code, text in FleetManual.exitCodes do
          $"| {code} | {cell text} |"
      "" ]
    |> String.concat "\n"

/// The completion for bash.
let completion () : string =
    let alternatives (options: Described list) =
        options |> List.map _.Name |> String.concat " | "

    let names (options: Described list) =
        options |> List.map _.Name |> String.concat " "

    let commands =
        [ "check", Command.Check
          "cut", Command.Cut
          "verify", Command.Verify
          "fleet", Command.Fleet
          "map", Command.Map
          "serve", Command.Serve ]

    let valued = Manual.options |> List.filter _.Value.IsSome
    let folders = valued |> List.filter (fun option -> option.Value = Some "folder")
    let chosen = valued |> List.filter (fun option -> not option.Choices.IsEmpty)
    let qualities = valued |> List.filter _.Name.StartsWith("--qualit")

    let free =
        valued
        |> List.filter (fun option -> not (List.contains option (folders @ chosen @ qualities)))

    // The words of an option, where a command takes others than the rest.
    let words (option: Described) =
        [ for name, command in commands do
              match Manual.ofCommand command |> List.tryFind (fun one -> one.Name = option.Name) with
              | Some one when one.Choices <> option.Choices -> name, one.Choices
              | _ -> () ]

    let spaced (words: string list) = String.concat " " words

    let offer (list: string) =
        $"        mapfile -t COMPREPLY < <(compgen -W \"{list}\" -- \"$word\")"

    [ $"# Completion for bash, written by {makeAnew}. Do not edit it here."
      "_segment_coverage() {"
      "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} base=${SEGMENT_COVERAGE_BASE_DIR:-.}"
      "    local at options hours"
      "    local -A channels=() qualities=()"
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

          match words option with
          | [] -> offer (spaced option.Choices)
          | others ->
              "        case ${COMP_WORDS[1]} in"

              for name, choices in others do
                  $"            {name}) options=\"{spaced choices}\" ;;"

              $"            *) options=\"{spaced option.Choices}\" ;;"
              "        esac"
              offer "$options"

          "        return"
          "        ;;"
      $"    {alternatives free})"
      "        return"
      "        ;;"
      "    esac"
      "    if [[ $word == -* ]]; then"
      "        case ${COMP_WORDS[1]} in"
      for name, command in commands do
          $"            {name}) options=\"{names (Manual.ofCommand command)}\" ;;"
      $"            *) options=\"{names Manual.options}\" ;;"
      "        esac"
      offer "$options"
      "        return"
      "    fi"
      "    for ((at = 1; at < COMP_CWORD; at++)); do"
      "        if [[ ${COMP_WORDS[at]} == --base-dir ]]; then"
      "            base=${COMP_WORDS[at + 1]}"
      "            [[ $base != = ]] || base=${COMP_WORDS[at + 2]}"
      "        fi"
      "    done"
      "    base=${base/#\\~/$HOME}"
      "    # Channels and qualities: the folders in the base that hold folders of hours, CHANNEL/QUALITY/HOUR."
      "    for at in \"$base/\"*/*/; do"
      "        hours=(\"$at\"????-??-??T??)"
      "        [[ -d ${hours[0]} ]] || continue"
      "        at=${at#\"$base/\"}"
      "        at=${at%/}"
      "        channels[${at%%/*}]="
      "        qualities[${at#*/}]="
      "    done"
      "    case $before in"
      $"    {alternatives qualities})"
      "        options=(\"${!qualities[@]}\")"
      "        ;;"
      "    *)"
      "        options=(\"${!channels[@]}\")"
      "        ((COMP_CWORD > 1)) || options+=(check cut verify fleet map serve)"
      "        ;;"
      "    esac"
      "    for at in \"${options[@]}\"; do"
      "        [[ $at != \"$word\"* ]] || COMPREPLY+=(\"$(printf %q \"$at\")\")"
      "    done"
      "}"
      "complete -F _segment_coverage segment-coverage segment-coverage-check"
      "" ]
    |> String.concat "\n"
