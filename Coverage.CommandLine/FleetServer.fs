namespace Coverage.CommandLine

open System
open System.Net
open Argu

/// The command line of segment-coverage-fleet.
module private FleetWords =

    /// The options of `serve` that this program takes, too.
    let shared =
        [ "--qualities"
          "--first-hour"
          "--last-hour"
          "--tolerance"
          "--node-token-file"
          "--recent-cutoff"
          "--backfill-window"
          "--stale-after"
          "--stuck-after"
          "--metrics-port"
          "--check-interval"
          "--bind"
          "--api-token-file"
          "--allowed-hosts"
          "--log-format"
          "--log-level" ]

    let parser () =
        ArgumentParser.Create<FleetServerArgument>(
            programName = "segment-coverage-fleet",
            usageStringCharacterWidth = 80,
            checkStructure = false
        )

    let private own =
        [ "--fleet-file"
          "--single"
          "--cluster"
          "--cluster-name"
          "--silo-address"
          "--silo-port"
          "--tls-certificate"
          "--tls-key"
          "--tls-authority"
          "--dry-run"
          "--version"
          "--help" ]

    let private flags = [ "--single"; "--dry-run"; "--version"; "--help" ]

    let refused fault =
        FleetServerOutcome.Refused
            $"segment-coverage-fleet: {fault}\nsegment-coverage-fleet --help lists the options."

    /// The option that a word means: that of the name, or the only one that begins so.
    let private meant (name: string) =
        let all = own @ shared

        if List.contains name all then
            Ok name
        elif name = "-h" then
            Ok "--help"
        elif Manual.options |> Seq.exists (fun one -> one.Name = name) then
            // --node is not short for --node-token-file.
            Error
                $"{name} is no option of segment-coverage-fleet; the fleets stand in the file of --fleet-file."
        else
            match
                List.filter
                    (fun (one: string) -> name.Length > 2 && one.StartsWith(name, StringComparison.Ordinal))
                    all
            with
            | [ one ] -> Ok one
            | [] ->
                let near =
                    match Nearest.tryIn all name with
                    | Some near -> $"; did you mean {near}?"
                    | None -> "."

                Error $"there is no option {Settings.shown name}{near}"
            | several ->
                let several = String.concat " or " several
                Error $"{Settings.shown name} can be {several}."

    /// Every option that was given with its value, in order.
    let rec split (words: string list) : Result<(string * string option) list, string> =
        let next option value rest =
            split rest |> Result.map (fun others -> (option, value) :: others)

        match words with
        | [] -> Ok []
        | word :: _ when not (word.StartsWith '-') ->
            Error
                $"{Settings.shown word} is neither a command (serve or migrate, the first word) nor an option; the fleets stand in the file of --fleet-file."
        | word :: rest ->
            let at = word.IndexOf '='

            match meant (if at < 0 then word else word[.. at - 1]), rest with
            | Error fault, _ -> Error fault
            | Ok flag, _ when List.contains flag flags && at >= 0 -> Error $"{flag} takes no value."
            | Ok flag, _ when List.contains flag flags -> next flag None rest
            | Ok option, _ when at >= 0 -> next option (Some word[at + 1 ..]) rest
            | Ok option, value :: rest when not (value.StartsWith "--") -> next option (Some value) rest
            | Ok option, _ -> Error $"{option} takes a value."

    let private variable (option: string) =
        "SEGMENT_COVERAGE_" + option[2..].ToUpperInvariant().Replace('-', '_')

    /// The variables of the shared options, and of no other: they may be there for a service on the same machine.
    let environment (variables: string -> string option) (name: string) : string | null =
        if
            not (List.exists (fun option -> variable option = name) shared)
            && not (name.StartsWith "WUBLOADER_")
        then
            null
        else
            match variables name, name with
            | Some text, _ -> text
            | None, "SEGMENT_COVERAGE_METRICS_PORT" -> "8007"
            | None, "SEGMENT_COVERAGE_QUALITIES" -> "*"
            | None, _ -> null

    let defaults command shared =
        { Command = command
          Cluster = null
          ClusterName = "fleet"
          FleetFile = null
          SiloAddress = IPAddress.Loopback
          SiloPort = 11111
          Certificate = null
          Key = null
          Authority = null
          IsDry = false
          Shared = shared }

    let private file name text change =
        match Value.folder text with
        | ValueSome file -> Ok(change file)
        | ValueNone ->
            Error
                $"{name} takes a file (when its name begins with '-', write './-name'), not {Settings.shown text}."

    /// The options with one more of its own.
    let private withOne variables (options: FleetServerOptions) (argument: FleetServerArgument) =
        match argument with
        | Fleet_File text -> file "--fleet-file" text (fun file -> { options with FleetFile = file })
        | Cluster text when text.StartsWith '-' ->
            Error "--cluster takes a text that does not begin with '-'."
        | Cluster text ->
            ConnectionString.parse variables text
            |> Result.map (fun database -> { options with Cluster = database })
            |> Result.mapError (fun fault -> $"--cluster: {fault}.")
        | Cluster_Name text ->
            match Value.nodeName text with
            | ValueSome name -> Ok { options with ClusterName = name }
            | ValueNone -> Error $"--cluster-name takes a name, not {Settings.shown text}."
        | Silo_Address text ->
            match Value.address text with
            | ValueSome address -> Ok { options with SiloAddress = address }
            | ValueNone ->
                Error $"--silo-address takes an address such as 10.0.0.7, not {Settings.shown text}."
        | Silo_Port text ->
            match Value.whole 1 65535 text with
            | ValueSome port -> Ok { options with SiloPort = port }
            | ValueNone ->
                Error $"--silo-port takes a whole number from 1 to 65535, not {Settings.shown text}."
        | Tls_Certificate text ->
            file "--tls-certificate" text (fun file -> { options with Certificate = file })
        | Tls_Key text -> file "--tls-key" text (fun file -> { options with Key = file })
        | Tls_Authority text -> file "--tls-authority" text (fun file -> { options with Authority = file })
        | Dry_Run -> Ok { options with IsDry = true }
        | Single
        | Version
        | Help -> Ok options

    /// Why the options do not go together, if they do not.
    let private tryFault (given: FleetServerArgument list) (options: FleetServerOptions) =
        let tls =
            [ options.Certificate; options.Key; options.Authority ]
            |> List.filter (isNull >> not)

        let isMigration = options.Command = FleetCommand.Migrate

        if
            List.exists (fun (one: FleetServerArgument) -> one.IsSingle) given
            && not (isNull options.Cluster)
        then
            Some "--single and --cluster: one process is alone, or shares a database; not both."
        elif isMigration && isNull options.Cluster then
            Some "migrate needs the database; give it with --cluster."
        elif options.IsDry && not isMigration then
            Some "--dry-run is for migrate."
        elif not isMigration && isNull options.FleetFile then
            Some "serve needs the fleets; give their file with --fleet-file."
        elif tls.Length % 3 <> 0 then
            Some "--tls-certificate, --tls-key and --tls-authority go together: give all three, or none."
        elif
            not (isNull options.Cluster)
            && not (IPAddress.IsLoopback options.SiloAddress)
            && tls.IsEmpty
        then
            Some
                $"--silo-address {options.SiloAddress}: whoever reaches the port of a silo can do everything there. Give --tls-certificate, --tls-key and --tls-authority, or an address of loopback."
        elif
            options.SiloAddress.Equals IPAddress.Any
            || options.SiloAddress.Equals IPAddress.IPv6Any
        then
            Some "--silo-address takes the one address on which the others reach this process."
        elif
            isNull options.Cluster
            && (not tls.IsEmpty
                || List.exists
                    (fun (one: FleetServerArgument) ->
                        one.IsSilo_Address || one.IsSilo_Port || one.IsCluster_Name)
                    given)
        then
            Some
                "--silo-address, --silo-port, --cluster-name and the --tls options are for --cluster: a single process talks to no other."
        else
            None

    /// The options, from those that were given.
    let options command variables (given: FleetServerArgument list) (shared: Options) =
        (Ok(defaults command shared), given)
        ||> List.fold (fun options one -> Result.bind (fun options -> withOne variables options one) options)
        |> Result.bind (fun options ->
            match tryFault given options with
            | Some fault -> Error fault
            | None -> Ok options)

    /// The options that only this program has.
    let ours () : Described list =
        [ for case in parser().GetArgumentCases() ->
              let name = case.CommandLineNames.Value.Head

              { Name = name
                Value = case.UnionCaseInfo.GetFields() |> Array.tryHead |> Option.map _.Name
                Text = case.Description.Value
                Choices = []
                Variable = case.AppSettingsName.Value |> Option.map (fun _ -> variable name) } ]

    /// Those that `serve` of segment-coverage has, too.
    let theirs () : Described list =
        [ for option in Manual.options do
              if List.contains option.Name shared then
                  let text =
                      option.Text
                          .Replace("(default: 8006)", "(default: 8007)")
                          .Replace("(default: source)", "(default: *)")
                          .Replace("; with another --layout as its names are exact, see recorders.md", "")

                  { option with Text = text } ]

    let usage =
        [ "segment-coverage-fleet serve --fleet-file FILE [OPTIONS]",
          "compare the nodes for ever; serve the API, the metrics and a page"
          "segment-coverage-fleet serve --fleet-file FILE --cluster 'host=db dbname=fleet' [OPTIONS]",
          "the same, sharing the work with the other processes of the cluster"
          "segment-coverage-fleet migrate --cluster 'host=db dbname=fleet' [--dry-run]",
          "make or change the tables of the database, and say what" ]

    let exitCodes =
        [ "0", "done"
          "64", "wrong usage, or the file of the fleets is wrong"
          "66", "cannot read the file of a token or of a certificate, or with migrate the database"
          "69", "cannot listen on a port, or this process may open too few files"
          "70", "internal error, please report it"
          "73", "migrate cannot change the database"
          "75", "the others declared this process dead, or it cannot join them: start it again" ]

    let private line (option: Described) =
        let value = option.Value |> Option.map (fun value -> " " + value.ToUpperInvariant())
        $"    %-26s{option.Name + Option.defaultValue String.Empty value}  {option.Text}"

    let intro =
        "Compares the nodes of many fleets that record the same streams, in one process or in several that share the work."

    let help () =
        let section heading (lines: string list) =
            $"{heading}:\n\n" + String.concat "\n" lines

        [ intro
          section "USAGE" [ for line, what in usage -> $"    {line}\n        {what}" ]
          section "OPTIONS" (List.map line (ours ()))
          section "OPTIONS AS THOSE OF segment-coverage serve" (List.map line (theirs ()))
          section
              "ENVIRONMENT"
              [ "    SEGMENT_COVERAGE_<OPTION>   sets any option except --version and --help. The command line wins." ]
          section "EXIT CODES" [ for code, text in exitCodes -> $"    %-8s{code}  {text}" ] ]
        |> String.concat "\n\n"

/// What `--help` of segment-coverage-fleet says, in pieces, from which the manual is written.
module FleetManual =

    /// What the program is for.
    let intro: string = FleetWords.intro

    /// How each command is called, and what it does.
    let commands: (string * string) list = FleetWords.usage

    /// The options that only this program has.
    let ours: Described list = FleetWords.ours ()

    /// Those that `serve` of segment-coverage has, too.
    let theirs: Described list = FleetWords.theirs ()

    /// The exit codes, with what they mean.
    let exitCodes: (string * string) list = FleetWords.exitCodes

/// The command line of segment-coverage-fleet.
[<AbstractClass; Sealed>]
type FleetServerArguments =

    /// A connection string as --cluster takes it; null for any other text. Variables of libpq give what it leaves out.
    static member TryDatabase(text: string, environment: Func<string, string | null>) : Database | null =
        match ConnectionString.parse (environment.Invoke >> Option.ofObj) text with
        | Ok database -> database
        | Error _ -> null

    /// Reads the words after the program's name, and the environment: a function from a variable's name to its value, or null. No
    /// word and no value makes it throw.
    static member Parse(args: string[], environment: Func<string, string | null>) : FleetServerOutcome =
        let variables name =
            match environment.Invoke name with
            | null
            | "" -> None
            | text -> Some text

        let command, words =
            match List.ofArray args with
            | "serve" :: words -> FleetCommand.Serve, words
            | "migrate" :: words -> FleetCommand.Migrate, words
            | words -> FleetCommand.Serve, words

        let firstLine (text: string) (head: string) =
            (Array.head (text.Split '\n')).Replace(head, "")

        let valueOf (key: string) =
            variables ("SEGMENT_COVERAGE_" + key.ToUpperInvariant().Replace(' ', '_'))
            |> Option.bind (fun text ->
                match Value.flag text with
                | ValueSome isSet when key = "single" || key = "dry run" ->
                    if isSet then Some "true" else None
                | _ -> Some text)

        let ofShared (given: (string * string option) list) =
            let words =
                [ for name, value in given -> $"{name}={Option.defaultValue String.Empty value}" ]

            match
                Arguments.Parse(
                    [| "serve"
                       "--fleet"
                       "--self"
                       "fleet"
                       "--node-file"
                       "fleet"
                       yield! words |],
                    Func<string, string | null>(FleetWords.environment variables)
                )
            with
            | Outcome.Run options ->
                Ok
                    { options with
                        Fleet =
                            { options.Fleet with
                                Self = null
                                NodeFile = null } }
            | Outcome.Refused(text, _) -> Error(firstLine text "segment-coverage: ")
            | Outcome.Help _
            | Outcome.Version -> Error "the options cannot be read."

        try
            match FleetWords.split words with
            | Error fault -> FleetWords.refused fault
            | Ok given when List.exists (fst >> (=) "--help") given ->
                FleetServerOutcome.Help(FleetWords.help ())
            | Ok given when List.exists (fst >> (=) "--version") given -> FleetServerOutcome.Version
            | Ok given ->
                let theirs, ours =
                    given |> List.partition (fun (name, _) -> List.contains name FleetWords.shared)

                let results =
                    FleetWords
                        .parser()
                        .Parse(
                            [| for name, value in ours do
                                   name
                                   yield! Option.toArray value |],
                            ConfigurationReader.FromFunction valueOf
                        )

                let all =
                    results.GetAllResults ParseSource.AppSettings
                    @ results.GetAllResults ParseSource.CommandLine

                // The command line wins also where it says the opposite.
                let all =
                    if List.exists (fst >> (=) "--single") ours then
                        List.filter (fun (one: FleetServerArgument) -> not one.IsCluster) all
                        @ List.filter _.IsCluster (results.GetAllResults ParseSource.CommandLine)
                    else
                        all

                match ofShared theirs |> Result.bind (FleetWords.options command variables all) with
                | Ok options -> FleetServerOutcome.Run options
                | Error fault -> FleetWords.refused fault
        with :? ArguParseException as error ->
            FleetWords.refused (firstLine error.Message "ERROR: ")
