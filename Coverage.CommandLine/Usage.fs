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
          Group.Judgement, "WHAT CHECK, VERIFY, MAP AND SERVE JUDGE BY", judging
          Group.Instant,
          "OPTIONS OF CHECK, VERIFY, MAP AND FLEET",
          [ Command.Check; Command.Verify; Command.Map; Command.Fleet ]
          Group.Answer,
          "OPTIONS OF CHECK, CUT, VERIFY AND FLEET",
          [ Command.Check; Command.Cut; Command.Verify; Command.Fleet ]
          Group.Check, "OPTIONS OF CHECK", [ Command.Check ]
          Group.Cut, "OPTIONS OF CUT", [ Command.Cut ]
          Group.Verify, "OPTIONS OF VERIFY", [ Command.Verify ]
          Group.Fleet, "OPTIONS OF FLEET", [ Command.Fleet ]
          Group.Nodes, "OPTIONS OF FLEET AND SERVE", [ Command.Fleet; Command.Serve ]
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

    /// The lines of a section that are for the command.
    let private chosen command (lines: (Command * string) list) =
        lines
        |> List.filter (fun (one, _) -> isFor command [ one ])
        |> List.map (fun (_, line) -> line + "\n")
        |> String.concat ""

    let private usage =
        [ Command.Check, "    segment-coverage check [CHANNEL ...] [OPTIONS]  check once; print the answer"
          Command.Cut,
          "    segment-coverage cut   CHANNEL --start T --end T [OPTIONS]
                                                    say whether a range can be cut"
          Command.Verify,
          "    segment-coverage verify [CHANNEL ...] [OPTIONS] read the files; compare them with
                                                    their names"
          Command.Fleet,
          "    segment-coverage fleet [CHANNEL ...] --node NAME=FOLDER ... [OPTIONS]
                                                    compare the archives of several nodes"
          Command.Map, "    segment-coverage map   [CHANNEL ...] [OPTIONS]  write the maps (PNG) once"
          Command.Serve,
          "    segment-coverage serve [CHANNEL ...] [OPTIONS]  run the service: check
                                                    repeatedly, serve metrics
    segment-coverage       [CHANNEL ...] [OPTIONS]  the same as serve" ]

    let private examples =
        [ Command.Check, "    segment-coverage check --base-dir /mnt"
          Command.Check, "    segment-coverage check desertbus --base-dir /mnt --qualities source,480p"
          Command.Check, "    segment-coverage check --first-hour 2025-11-07T18 --last-hour 2025-11-08T06"
          Command.Check, "    segment-coverage check desertbus --max-missing 2.5 --format json"
          Command.Cut,
          @"    segment-coverage cut desertbus --base-dir /mnt \
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
        --connection-string 'host=db user=me dbname=it'" ]

    /// What stands before the options.
    let head (command: Command option) : string =
        $"""Finds what is missing in a recording that is kept as many small segments.

USAGE:

{chosen command usage}
    The command is the first word; COMMAND --help shows the options of that
    command alone. A channel is a folder in the base; without one, every channel
    found is checked. --name=value means --name value. If an option is repeated,
    the last one wins; files of --expected, and nodes, add up. An option can be shortened as long as no other option
    begins so: --first means --first-hour, and -h means --help. After a bare --
    every word is a channel. Write seconds in digits and a point: 60 or 0.25.
"""

    /// What stands after the options.
    let tail (command: Command option) : string =
        $"""ENVIRONMENT:

    SEGMENT_COVERAGE_<OPTION>   sets any option except --version and --help:
                                SEGMENT_COVERAGE_BASE_DIR=/mnt means --base-dir
                                /mnt. The command line wins. An empty variable
                                is ignored. A flag is 1 or true, 0 or false.
    WUBLOADER_LOG_LEVEL         the log level, when neither --log-level nor
                                SEGMENT_COVERAGE_LOG_LEVEL is given

EXAMPLES:

{chosen command examples}
EXIT CODES:

    0    nothing is missing;         65   sizes that are not known decide
         the range can be cut             whether the range can be cut
    1    something is missing,       66   cannot read the base, a stream, an hour,
         unknown or ahead;                a node or the token
         the range cannot be cut     69   cannot listen on the metrics port, or too
    2    no channel is named and          few files may be open
         none is found; there is     70   internal error, please report it
         no such stream to cut       73   cannot write a map, a page or the
    64   wrong usage, or a file of        answer
         the keeper or of the
         nodes is wrong"""

    /// An option in a line of any length; the host breaks it below its text.
    let private line (option: Described) =
        let value = option.Value |> Option.map (fun value -> " " + value.ToUpperInvariant())
        $"    %-26s{option.Name + Option.defaultValue String.Empty value}  {option.Text}\n"

    let text (command: Command option) : string =
        [ head command
          for group in groups () do
              if isFor command group.Commands then
                  $"{group.Heading}:\n\n" + String.concat "" (List.map line group.Options)
          tail command ]
        |> String.concat "\n"

/// What `--help` says, in pieces, from which the manual and the completion are written.
module Manual =

    /// What stands before the options.
    let head = Usage.head None

    /// What stands after the options.
    let tail = Usage.tail None

    /// The options in order, under their headings.
    let groups: OptionGroup list = Usage.groups ()

    /// The options in order.
    let options: Described list = groups |> List.collect _.Options

    /// The options that are for a command.
    let ofCommand (command: Command) : Described list =
        groups
        |> List.filter (fun group -> List.contains command group.Commands)
        |> List.collect _.Options
