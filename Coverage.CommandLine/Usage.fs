namespace Coverage.CommandLine

open System
open Argu
open FSharp.Reflection

/// What the manual says about an option.
type Described =
    {
        Name: string
        /// The kind of value, such as `seconds`; None for a flag.
        Value: string option
        Text: string
        /// The words of which the value must be one; empty when it can be any.
        Choices: string list
        /// The environment variable that sets the option.
        Variable: string option
    }

/// The options under one heading of the help.
type OptionGroup =
    {
        Heading: string
        /// The commands that these options are for.
        Commands: Command list
        Options: Described list
    }

/// The text of `--help`, for one command or, for None, for all.
module internal Usage =

    let parser () =
        // Without a width Argu asks the terminal for one at every start. The host breaks the lines of the help itself.
        ArgumentParser.Create<Argument>(
            programName = "segment-coverage",
            usageStringCharacterWidth = 80,
            checkStructure = false
        )

    let private judging = [ Command.Check; Command.Verify; Command.Map; Command.Serve ]

    let private every = Command.Cut :: Command.Fleet :: judging

    let private headings =
        [ Group.Base, "OPTIONS OF EVERY COMMAND", every
          Group.Archive, "OPTIONS OF EVERY COMMAND BUT CUT", Command.Fleet :: judging
          Group.Layout, "THE ARCHIVES OF OTHER RECORDERS, FOR CHECK, VERIFY, MAP AND SERVE", judging
          Group.Lists, "LISTS THAT STAND FOR AN ARCHIVE, FOR CHECK AND MAP", [ Command.Check; Command.Map ]
          Group.Settling, "OPTIONS OF CHECK, VERIFY, MAP AND SERVE", judging
          Group.Instant,
          "OPTIONS OF CHECK, VERIFY, MAP AND FLEET",
          [ Command.Check; Command.Verify; Command.Map; Command.Fleet ]
          Group.Judgement, "WHAT CHECK, MAP AND SERVE JUDGE BY", [ Command.Check; Command.Map; Command.Serve ]
          Group.Answer,
          "OPTIONS OF CHECK, CUT, VERIFY AND FLEET",
          [ Command.Check; Command.Cut; Command.Verify; Command.Fleet ]
          Group.Check, "OPTIONS OF CHECK", [ Command.Check ]
          Group.Cut, "OPTIONS OF CUT", [ Command.Cut ]
          Group.Verify, "OPTIONS OF VERIFY", [ Command.Verify ]
          Group.Fleet, "OPTIONS OF FLEET", [ Command.Fleet ]
          Group.Nodes, "OPTIONS OF CUT, FLEET AND SERVE", [ Command.Cut; Command.Fleet; Command.Serve ]
          Group.Rules, "OPTIONS OF FLEET AND SERVE", [ Command.Fleet; Command.Serve ]
          Group.Comparing, "OPTIONS OF CUT AND SERVE", [ Command.Cut; Command.Serve ]
          Group.Reading, "OPTIONS OF VERIFY AND SERVE", [ Command.Verify; Command.Serve ]
          Group.Map, "OPTIONS OF MAP AND SERVE", [ Command.Map; Command.Serve ]
          Group.Serve, "OPTIONS OF SERVE", [ Command.Serve ]
          Group.Asking, "INSTEAD OF A RUN", every ]

    /// Whether the options of a group are for a command.
    let isOf (command: Command) (group: Group) : bool =
        headings
        |> List.exists (fun (key, _, commands) -> key = group && List.contains command commands)

    let private choices (name: string) =
        match name with
        | "--format" -> List.map fst Value.formats
        | "--trust-stamps" -> List.map fst Value.trustChoices
        | "--epoch" -> List.map fst Value.epochs
        | "--include" -> List.map fst Value.included
        | "--log-format" -> List.map fst Value.logFormats
        | "--log-level" -> List.ofArray (Value.levels.Split([| ", "; " or " |], StringSplitOptions.None))
        | _ -> []

    let private described (case: ArgumentCaseInfo) : Described =
        let name = case.CommandLineNames.Value.Head

        { Name = name
          Value = case.UnionCaseInfo.GetFields() |> Array.tryHead |> Option.map _.Name
          Text = case.Description.Value
          Choices = choices name
          Variable = case.AppSettingsName.Value |> Option.map (fun _ -> Name.variable name) }

    let private group (case: ArgumentCaseInfo) : Group =
        let values = case.UnionCaseInfo.GetFields() |> Array.map (fun _ -> box "")
        (nonNull (FSharpValue.MakeUnion(case.UnionCaseInfo, values, true)) :?> Argument).Group

    let groups () : OptionGroup list =
        let cases =
            parser().GetArgumentCases()
            |> List.filter (_.IsMainCommand >> not)
            |> List.groupBy group

        [ for key, heading, commands in headings ->
              { Heading = heading
                Commands = commands
                Options = List.find (fst >> (=) key) cases |> snd |> List.map described } ]

    /// Whether an option is for a command, by its name.
    let isNamedOf (command: Command) (name: string) : bool =
        groups ()
        |> List.exists (fun group ->
            List.contains command group.Commands
            && List.exists (fun option -> option.Name = name) group.Options)

    let private isFor (command: Command option) (commands: Command list) =
        command |> Option.forall (fun one -> List.contains one commands)

    let private usage =
        [ Command.Check, "segment-coverage check [CHANNEL ...] [OPTIONS]", "check once; print the answer"
          Command.Cut,
          "segment-coverage cut CHANNEL --start T --end T [OPTIONS]",
          "say whether a range can be cut"
          Command.Verify,
          "segment-coverage verify [CHANNEL ...] [OPTIONS]",
          "read the files; compare them with their names"
          Command.Fleet,
          "segment-coverage fleet [CHANNEL ...] --node NAME=FOLDER ... [OPTIONS]",
          "compare the archives of several nodes"
          Command.Map, "segment-coverage map [CHANNEL ...] [OPTIONS]", "write the maps (PNG) once"
          Command.Serve,
          "segment-coverage serve [CHANNEL ...] [OPTIONS]",
          "run the service: check repeatedly, serve metrics"
          Command.Serve, "segment-coverage [CHANNEL ...] [OPTIONS]", "the same as serve" ]

    let private examples =
        [ Command.Check, "    segment-coverage check --base-dir /mnt"
          Command.Check, "    segment-coverage check desertbus --base-dir /mnt --qualities source,480p"
          Command.Check, "    segment-coverage check --first-hour 2025-11-07T18 --last-hour 2025-11-08T06"
          Command.Check, "    segment-coverage check desertbus --max-missing 2.5 --format json"
          Command.Check,
          "    segment-coverage check --base-dir /recordings --layout mediamtx --zone Europe/Berlin"
          Command.Check, @"    find . -name '*.ts' -printf '%P\t%s\n' | segment-coverage check --names -"
          Command.Cut,
          @"    segment-coverage cut desertbus --base-dir /mnt \
        --start 2025-11-07T18:04:10.5 --end 2025-11-07T18:06:00"
          Command.Cut,
          @"    segment-coverage cut desertbus --node A=/mnt/a --node B=/mnt/b \
        --start 2025-11-07T18:04:10.5 --end 2025-11-07T18:06:00"
          Command.Verify, "    segment-coverage verify desertbus --base-dir /mnt --part 5%"
          Command.Fleet, "    segment-coverage fleet --node A=/mnt/a --node B=/mnt/b"
          Command.Fleet,
          @"    segment-coverage fleet desertbus --node A=/mnt/a --node B=/mnt/b \
        --for A --format aria2"
          Command.Map, "    segment-coverage map desertbus --base-dir /mnt --output-dir /srv/maps"
          Command.Serve, "    segment-coverage serve --base-dir /mnt --bind 127.0.0.1 --metrics-port 8006"
          Command.Serve,
          @"    segment-coverage serve desertbus --base-dir /mnt --make-page \
        --connection-string 'host=db user=me dbname=it'"
          Command.Serve,
          @"    segment-coverage serve --base-dir /mnt --fleet --self A \
        --node B=http://b.example.org:8006" ]

    let intro =
        "Finds what is missing in a recording that is kept as many small segments."

    /// A paragraph, and like each entry below a line of any length: the host breaks it.
    let notes =
        "The command is the first word; COMMAND --help shows the options of that command alone. A channel is a folder in the base; "
        + "without one, every channel found is checked. --name=value means --name value. If an option is repeated, the last one wins; "
        + "files of --expected and nodes add up, and so do ranges and transitions. An option can be shortened as long as no other option begins so: --first means "
        + "--first-hour, and -h means --help. After a bare -- every word is a channel. Write seconds in digits and a point: 60 or 0.25."

    let environment =
        [ "SEGMENT_COVERAGE_<OPTION>",
          "sets any option except --version and --help: SEGMENT_COVERAGE_BASE_DIR=/mnt means --base-dir /mnt. The command line wins. "
          + "An empty variable is ignored. A flag is 1 or true, 0 or false."
          "WUBLOADER_LOG_LEVEL",
          "the log level, when neither --log-level nor SEGMENT_COVERAGE_LOG_LEVEL is given" ]

    let private exitMeanings =
        [ "0",
          [ [ Command.Check ], "nothing is missing, or no more than --max-hole and --max-missing allow"
            [ Command.Cut ], "the range can be cut, of several nodes on one at least"
            [ Command.Verify ], "files of every stream were read, and no full segment has a finding"
            [ Command.Fleet ], "nothing lacks anywhere, but for what is pending or deleted"
            [ Command.Map; Command.Serve ], "done" ]
          "1",
          [ [ Command.Check ], "something is missing, unknown or ahead, or nothing is known of a stream"
            [ Command.Cut ], "the range cannot be cut, of several nodes on none"
            [ Command.Verify ], "a full segment has a finding, or no file of a stream was read"
            [ Command.Fleet ], "something lacks on a node, or everywhere"
            [ Command.Map ], "a stream has no segments" ]
          "2",
          [ [ Command.Check; Command.Map ], "no channel is named and none is found"
            [ Command.Cut ], "there is no such stream"
            [ Command.Verify; Command.Fleet ],
            "there is no such stream, or no channel is named and none is found" ]
          "64", [ every, "wrong usage, or a list, or a file of the keeper or of the nodes is wrong" ]
          "65", [ [ Command.Cut ], "sizes that are not known decide whether the range can be cut" ]
          "66",
          [ [ Command.Check; Command.Map ], "cannot read the base or the list, a stream or an hour"
            [ Command.Cut ],
            "cannot read the base, a stream or an hour; no node that was heard can cut the range, and one was not heard, or the nodes are not known"
            [ Command.Verify ], "cannot read the base, a stream, an hour or a file"
            [ Command.Fleet ],
            "a node, or a part of it, cannot be read, or the nodes are not known; the answer is printed all the same"
            [ Command.Serve ], "cannot read the base or a token; with --run-once also a stream or an hour" ]
          "69",
          [ [ Command.Check; Command.Cut; Command.Verify; Command.Fleet; Command.Map ],
            "this process may open too few files"
            [ Command.Serve ], "cannot listen on a port, or this process may open too few files" ]
          "70", [ every, "internal error, please report it" ]
          "73",
          [ [ Command.Check; Command.Cut; Command.Verify; Command.Fleet ], "cannot write the answer"
            [ Command.Map; Command.Serve ], "cannot write a map or a page" ]
          "130, 143",
          [ [ Command.Check; Command.Cut; Command.Fleet; Command.Map ],
            "ended by Ctrl-C (SIGINT), or by SIGTERM"
            [ Command.Verify ], "ended by Ctrl-C (SIGINT), or by SIGTERM; what was found so far is printed" ] ]

    /// The codes of a command with what they mean, or of all commands.
    let exitCodes (command: Command option) : (string * string) list =
        let name (one: Command) = (string one).ToLowerInvariant()

        [ for code, meanings in exitMeanings do
              match meanings |> List.filter (fst >> isFor command) with
              | [] -> ()
              | [ _, text ] when command.IsSome || List.length (fst meanings.Head) = every.Length ->
                  code, text
              | several ->
                  code,
                  several
                  |> List.map (fun (commands, text) ->
                      let names = commands |> List.map name |> String.concat ", "
                      $"{names}: {text}")
                  |> String.concat "; " ]

    /// How each command is called, and what it does.
    let commands (command: Command option) : (string * string) list =
        [ for one, line, what in usage do
              if isFor command [ one ] then
                  line, what ]

    let examplesOf (command: Command option) : string list =
        [ for one, example in examples do
              if isFor command [ one ] then
                  example ]

    let private section heading (lines: string list) =
        $"{heading}:\n\n" + String.concat "\n" lines

    /// An option in a line of any length; the host breaks it below its text.
    let private line (option: Described) =
        let value = option.Value |> Option.map (fun value -> " " + value.ToUpperInvariant())
        $"    %-26s{option.Name + Option.defaultValue String.Empty value}  {option.Text}"

    let text (command: Command option) : string =
        [ intro
          section
              "USAGE"
              ([ for line, what in commands command -> $"    {line}\n        {what}" ]
               @ [ ""; "    " + notes ])
          for group in groups () do
              if isFor command group.Commands then
                  section group.Heading (List.map line group.Options)
          section "ENVIRONMENT" [ for name, text in environment -> $"    %-26s{name}  {text}" ]
          section "EXAMPLES" (examplesOf command)
          section "EXIT CODES" [ for code, text in exitCodes command -> $"    %-8s{code}  {text}" ] ]
        |> String.concat "\n\n"

/// What `--help` says, in pieces, from which the manual and the completion are written.
module Manual =

    /// What the program is for.
    let intro: string = Usage.intro

    /// How each command is called, and what it does.
    let commands: (string * string) list = Usage.commands None

    /// How to write a command line.
    let notes: string = Usage.notes

    /// The variables of the environment, with what they do.
    let environment: (string * string) list = Usage.environment

    /// Command lines to begin with.
    let examples: string list = Usage.examplesOf None

    /// The exit codes, with what they mean.
    let exitCodes: (string * string) list = Usage.exitCodes None

    /// The options in order, under their headings.
    let groups: OptionGroup list = Usage.groups ()

    /// The options in order.
    let options: Described list = groups |> List.collect _.Options

    /// The options that are for a command, with the words that it takes.
    let ofCommand (command: Command) : Described list =
        groups
        |> List.filter (fun group -> List.contains command group.Commands)
        |> List.collect _.Options
        |> List.map (fun option ->
            if option.Name = "--format" then
                { option with
                    Choices = Value.formatsOf command |> List.map fst }
            else
                option)
