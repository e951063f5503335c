/// The manual `docs/cli.md` and the completion for bash, from the program's own description of its options.
module Coverage.Tools.Pages

open System.Text.RegularExpressions
open Coverage.CommandLine

let private makeAnew = "./build.sh cli"

/// The program's help as a page: its sections, and a table of the options.
let page () : string =
    // A word in capitals heads each section of the help. The text below it is indented, which makes it code.
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
      $"What `segment-coverage --help` says; `check`, `cut`, `verify`, `fleet`, `map` and `serve` with `--help` show their own options alone. Written by `{makeAnew}`. Do not edit it here."
      ""
      sections Manual.head
      ""
      for group in Manual.groups do
          sections $"{group.Heading}:"
          ""
          "| option | | in the environment |"
          "|---|---|---|"
          yield! List.map row group.Options
          ""
      sections Manual.tail
      "" ]
    |> String.concat "\n"

/// The completion for bash.
let completion () : string =
    let alternatives (options: Described list) =
        options |> List.map _.Name |> String.concat " | "

    let names (options: Described list) =
        options |> List.map _.Name |> String.concat " "

    let valued = Manual.options |> List.filter _.Value.IsSome
    let folders = valued |> List.filter (fun option -> option.Value = Some "folder")
    let chosen = valued |> List.filter (fun option -> not option.Choices.IsEmpty)

    let free =
        valued
        |> List.filter (fun option -> not (List.contains option folders || List.contains option chosen))

    [ $"# Completion for bash, written by {makeAnew}. Do not edit it here."
      "_segment_coverage() {"
      "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} base=${SEGMENT_COVERAGE_BASE_DIR:-.} at options"
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
      "        case ${COMP_WORDS[1]} in"
      for name, command in
          [ "check", Command.Check
            "cut", Command.Cut
            "verify", Command.Verify
            "fleet", Command.Fleet
            "map", Command.Map
            "serve", Command.Serve ] do
          $"            {name}) options=\"{names (Manual.ofCommand command)}\" ;;"
      $"            *) options=\"{names Manual.options}\" ;;"
      "        esac"
      "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")"
      "        return"
      "    fi"
      "    ((COMP_CWORD > 1)) || mapfile -t COMPREPLY < <(compgen -W \"check cut verify fleet map serve\" -- \"$word\")"
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
      "complete -F _segment_coverage segment-coverage segment-coverage-check"
      "" ]
    |> String.concat "\n"
