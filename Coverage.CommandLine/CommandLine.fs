namespace Coverage.CommandLine

open System
open System.Collections.Immutable
open System.Globalization
open FSharp.Linq.NullableOperators
open Argu
open Coverage

/// From the words and the environment to the settings. Texts of errors are for the user; no value is in one raw.
module private Read =

    /// Everything an option may be left out for.
    let defaults (command: Command) : Options =
        { Command = command
          Channels = ImmutableArray.Empty
          BaseDir = "."
          Qualities = ImmutableArray.Create "source"
          NoQuality = false
          FirstHour = Nullable()
          LastHour = Nullable()
          OutputDir = "coverage-maps"
          MetricsPort = 8006
          CheckIntervalMicroseconds = Duration.ofSeconds 60L
          FullEveryMicroseconds = Duration.ofSeconds 3600L
          TrustStamps = TrustStamps.Auto
          ForgetAfterMicroseconds = Duration.ofSeconds 86_400L
          RunOnce = false
          BackdoorPort = 0
          MakePage = false
          Database = null
          ToleranceMicroseconds = Duration.ofMicroseconds 10_000L
          Format = AnswerFormat.Table
          PixelSeconds = 2
          Rows = 300
          MaxHoleMicroseconds = Nullable()
          MaxMissingMicroseconds = Nullable()
          Strict = false
          Bind = null
          ApiTokenFile = null
          AllowedHosts = ImmutableArray.Empty
          LogFormat = LogFormat.Text
          LogLevel = MinimumLevel.Information
          Warnings = ImmutableArray.Empty }

    /// The text in quotes, with what a terminal might obey written as its number.
    let shown (text: string) =
        let printable (c: char) =
            match Char.GetUnicodeCategory c with
            | UnicodeCategory.Control
            | UnicodeCategory.Format
            | UnicodeCategory.LineSeparator
            | UnicodeCategory.ParagraphSeparator -> $"\\u%04x{int c}"
            | _ -> string c

        "'" + String.collect printable text + "'"

    let private warn (text: string) (settings: Options) =
        { settings with
            Warnings = settings.Warnings.Add text }

    /// Sets one option; `name` is how the user wrote it: as an option or as a variable.
    let set
        (variable: string -> string option)
        (settings: Options)
        (name: string, argument: Argument)
        : Result<Options, string> =
        let take read (allowed: string) text change =
            match read text with
            | ValueSome value -> Ok(change value)
            | ValueNone -> Error $"{name} takes {allowed}, not {shown text}."

        let folder =
            take Value.folder "a folder (one whose name begins with '-' is written './-name')"

        let hour text change =
            match Moment.Read text with
            | Moment.At microseconds ->
                let asked = Hour.ofInstant (Instant.ofMicroseconds microseconds)
                let hour = asked |> max Hour.first |> min Hour.last

                let side =
                    if asked < hour then
                        "before the first"
                    else
                        "after the last"

                let warned =
                    warn
                        $"{name}: {shown text} is {side} hour there is, so it is {Hour.toText hour}."
                        settings

                Ok(change (if hour = asked then settings else warned) hour)
            | Moment.Ambiguous days ->
                let days =
                    days
                    |> List.map _.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                    |> String.concat " or "

                Error $"{name}: {shown text} can be {days}; write it so."
            | Moment.Unreadable ->
                Error
                    $"{name} takes an hour or an instant such as 2025-11-07T18 or 2025-11-07T18:30:00Z, not {shown text}."

        let port (least: int) =
            take (Value.whole least 65535) ("a whole number from " + string least + " to 65535")

        let allowance =
            take Value.allowance "seconds, in digits and a point, from 0 to 1000000000"

        let day least from =
            take (Value.seconds least Duration.longest) $"seconds, in digits and a point, {from} 86400"

        match argument with
        | Base_Dir text -> folder text (fun it -> { settings with BaseDir = it })
        | Qualities "" ->
            Ok(
                { settings with NoQuality = true }
                |> warn $"{name} is empty: there is no quality, and so no stream, to look at."
            )
        | Qualities text ->
            let names = "folders' names with commas between, none with '/' or '-' first, or *"
            take Value.qualities names text (fun it -> { settings with Qualities = it })
        | First_Hour text ->
            hour text (fun settings it ->
                { settings with
                    FirstHour = Nullable it })
        | Last_Hour text -> hour text (fun settings it -> { settings with LastHour = Nullable it })
        | Output_Dir text -> folder text (fun it -> { settings with OutputDir = it })
        | Metrics_Port text -> port 1 text (fun it -> { settings with MetricsPort = it })
        | Check_Interval text ->
            day 1L<us> "over 0 and up to" text (fun it ->
                { settings with
                    CheckIntervalMicroseconds = it })
        | Full_Every text ->
            day Duration.zero "from 0 to" text (fun it ->
                { settings with
                    FullEveryMicroseconds = it })
        | Trust_Stamps text ->
            take Value.trustStamps "auto, always or never" text (fun it -> { settings with TrustStamps = it })
        | Forget_After text ->
            allowance text (fun it ->
                { settings with
                    ForgetAfterMicroseconds = it.Value })
        | Run_Once -> Ok { settings with RunOnce = true }
        | Backdoor_Port text -> port 0 text (fun it -> { settings with BackdoorPort = it })
        | Make_Page -> Ok { settings with MakePage = true }
        | Connection_String text ->
            // The text may hold a password: it is not shown, not even here.
            if text.StartsWith '-' then
                Error $"{name} takes a text that does not begin with '-'."
            else
                match ConnectionString.parse variable text with
                | Ok database -> Ok { settings with Database = database }
                | Error fault -> Error $"{name}: {fault}."
        | Tolerance text ->
            day Duration.zero "from 0 to" text (fun it ->
                { settings with
                    ToleranceMicroseconds = it })
        | Format text ->
            take Value.format "table, json, csv or bed" text (fun it -> { settings with Format = it })
        | Pixel text ->
            take Value.divisor "a whole number of seconds that divides 3600" text (fun it ->
                { settings with PixelSeconds = it })
        | Rows text ->
            take Value.divisor "a whole number that divides 3600" text (fun it -> { settings with Rows = it })
        | Max_Hole text ->
            allowance text (fun it ->
                { settings with
                    MaxHoleMicroseconds = it })
        | Max_Missing text ->
            allowance text (fun it ->
                { settings with
                    MaxMissingMicroseconds = it })
        | Strict -> Ok { settings with Strict = true }
        | Bind text -> take Value.address "an IP address in full" text (fun it -> { settings with Bind = it })
        | Api_Token_File text ->
            take Value.folder "a file (one whose name begins with '-' is written './-name')" text (fun it ->
                { settings with ApiTokenFile = it })
        | Allowed_Hosts text ->
            let names =
                "names or IP addresses with commas between, without ports, such as coverage.example.org"

            take Value.hosts names text (fun it -> { settings with AllowedHosts = it })
        | Log_Format text ->
            take Value.logFormat "text or json" text (fun it -> { settings with LogFormat = it })
        | Log_Level text -> take Value.level Value.levels text (fun it -> { settings with LogLevel = it })
        | Channel _
        | Version
        | Help -> Ok settings

    /// What no option can tell alone.
    let agree (given: (string * Argument) list) (settings: Options) : Result<Options, string> =
        let those chosen =
            given |> List.filter (snd >> chosen) |> List.map fst |> String.concat " and "

        if 3600 % (settings.PixelSeconds * settings.Rows) <> 0 then
            let names = those (fun it -> it.IsPixel || it.IsRows)

            Error
                $"{names}: rows times pixel must divide 3600, not be {settings.Rows} * {settings.PixelSeconds}."
        elif settings.FirstHour ?>? settings.LastHour then
            let names = those (fun it -> it.IsFirst_Hour || it.IsLast_Hour)

            let first, last =
                Hour.toText settings.FirstHour.Value, Hour.toText settings.LastHour.Value

            Error $"{names}: the first hour must not be after the last, as {first} is after {last}."
        else
            Ok settings

    /// What of a stray word may be shown: the value of what looks like an option may be a secret.
    let withoutValue (word: string) =
        if word.StartsWith '-' then
            word.Split('=', ':', ' ')[0]
        else
            word

    let notAChannel (word: string) =
        $"a channel is a folder's name, not {shown (withoutValue word)}."

    /// Why a word that is no option's value and no option is refused, if it is.
    let tryStray (word: string) =
        let name = withoutValue word

        if Value.isFolderName word then
            None
        elif not (word.StartsWith '-') then
            Some(notAChannel word)
        elif Array.contains name Name.flags then
            Some $"{name} takes no value."
        elif Array.contains name Name.valued then
            Some $"{name} takes its value as the next word, or after '='."
        else
            match Name.ofShort name, Name.tryNearest name with
            | several, _ when several.Length > 1 ->
                let several = String.concat " or " several
                Some $"{shown name} can be {several}."
            | _, Some near -> Some $"there is no option {shown name}; did you mean {near}?"
            | _, None -> Some $"there is no option {shown name}."

    /// A word with its option's name whole. Argu takes `--namex=value` and `--name:x=value` for `--name=value`, so that form
    /// is taken apart here.
    let split (word: string) =
        let at = if word.StartsWith '-' then word.IndexOf '=' else -1
        let name = if at < 0 then word else word[.. at - 1]

        match Name.ofShort (if word = "-h" then "--help" else name) with
        | [| whole |] when at > 0 && Array.contains whole Name.valued -> [ whole; word[at + 1 ..] ]
        | [| whole |] -> [ whole + word[name.Length ..] ]
        | _ -> [ word ]

    /// The settings, from what Argu found, the words after a bare `--` and the variables.
    let settings
        command
        (results: ParseResults<Argument>)
        (rest: string list)
        (variable: string -> string option)
        =
        let words =
            results.GetAllResults()
            |> List.collect (function
                | Channel words -> words
                | _ -> [])

        // Of a repeated option the last one wins, and only that one is looked at.
        let given =
            [ for one in results.GetAllResults ParseSource.AppSettings -> Name.variable (Name.option one), one
              for one in results.GetAllResults ParseSource.CommandLine -> Name.option one, one ]
            |> List.rev
            |> List.distinctBy fst
            |> List.rev

        let unusableFlag (name: string) =
            match variable (Name.variable name) with
            | Some text when Value.flag text = ValueNone && not (List.exists (fst >> (=) name) given) ->
                Some $"{Name.variable name} takes 1, true, 0 or false, not {shown text}."
            | _ -> None

        let levelOfWubloader (settings: Options) =
            match variable "WUBLOADER_LOG_LEVEL" with
            | Some text when not (given |> List.exists (fun (_, it) -> it.IsLog_Level)) ->
                match Value.level text with
                | ValueSome level -> { settings with LogLevel = level }
                | ValueNone ->
                    { settings with
                        Warnings =
                            settings.Warnings.Add
                                $"WUBLOADER_LOG_LEVEL takes {Value.levels}, not {shown text}; it is information now." }
            | _ -> settings

        let stackSamplerOfWubloader (settings: Options) =
            match variable "WUBLOADER_ENABLE_STACKSAMPLER" with
            | Some text when settings.Command = Command.Serve && text.ToLowerInvariant() = "true" ->
                warn
                    "WUBLOADER_ENABLE_STACKSAMPLER is not supported: there is no sampler of the stack, and no metric flamegraph."
                    settings
            | _ -> settings

        let faults =
            List.tryPick tryStray words
            |> Option.orElseWith (fun () ->
                List.tryFind (Value.isFolderName >> not) rest |> Option.map notAChannel)
            |> Option.orElseWith (fun () -> Array.tryPick unusableFlag Name.switches)

        match faults with
        | Some fault -> Error fault
        | None ->
            let start =
                { defaults command with
                    Channels = ImmutableArray.CreateRange(List.distinct (words @ rest)) }

            List.fold (fun sofar one -> Result.bind (fun it -> set variable it one) sofar) (Ok start) given
            |> Result.bind (agree given)
            |> Result.map (levelOfWubloader >> stackSamplerOfWubloader)

    let private commands =
        [ "check", Command.Check; "map", Command.Map; "serve", Command.Serve ]

    /// The command, and the words after it.
    let command (words: string list) =
        match words with
        | first :: rest when List.exists (fst >> (=) first) commands ->
            Some(List.find (fst >> (=) first) commands |> snd), rest
        | words -> None, words

    /// What the channels of a run without a command may be instead: a request for help, or a mistyped command. A service
    /// that waits for a channel `chekc` would wait for ever.
    let tryNoService (isChannel: string -> bool) (channels: string list) : Result<unit, string option> =
        let names = List.map fst commands

        match channels with
        | "help" :: rest when
            List.forall (fun word -> List.contains word names) rest
            && not (isChannel "help")
            ->
            Error None
        | [ word ] when not (isChannel word) ->
            match Nearest.tryIn (names @ [ "help"; "version" ]) word with
            | Some near when near = word && List.contains near names ->
                Error(
                    Some
                        $"the command {word} must be the first word; for a channel of that name, write -- {word}."
                )
            | Some near ->
                let near = if List.contains near names then near else "--" + near

                Error(
                    Some
                        $"{shown word} is neither a command nor the folder of a channel; did you mean {near}? For a channel that is to come, write -- {shown word}."
                )
            | None -> Ok()
        | _ -> Ok()

/// The command line of the program.
[<AbstractClass; Sealed>]
type CommandLine =

    /// Reads the words after the program's name, and the environment: a function from a variable's name to its
    /// value, or null. Does not throw on whatever a user can write. `isChannel` says whether a folder, which is given as it
    /// was written, holds the folder of a channel: a lone word that is none may be a mistyped command.
    static member Parse
        (args: string[], environment: Func<string, string | null>, isChannel: Func<string, string, bool>)
        : Outcome =
        let named, words = Read.command (List.ofArray args)
        let command = defaultArg named Command.Serve

        // After a bare `--` every word is a channel.
        let words, rest =
            match List.tryFindIndex ((=) "--") words with
            | Some at -> List.take at words, List.skip (at + 1) words
            | None -> words, []

        let variable name =
            match environment.Invoke name with
            | null
            | "" -> None
            | text -> Some text

        // Argu knows true and false alone; a flag that is neither is refused by `Read.settings`.
        let reader key =
            match variable (Name.variable (Name.ofKey key)) with
            | Some text when Array.contains (Name.ofKey key) Name.switches ->
                if Value.flag text = ValueSome true then
                    Some "true"
                else
                    None
            | text -> text

        let refused fault =
            Outcome.Refused($"segment-coverage: {fault}\nsegment-coverage --help tells what there is.", 64)

        let parser =
            ArgumentParser.Create<Argument>(programName = "segment-coverage", checkStructure = false)

        try
            let results =
                parser.Parse(
                    words |> List.collect Read.split |> List.toArray,
                    ConfigurationReader.FromFunction reader
                )

            let all = results.GetAllResults()

            if List.contains Argument.Help all then
                Outcome.Help(Usage.text parser)
            elif List.contains Argument.Version all then
                Outcome.Version
            else
                match Read.settings command results rest variable with
                | Ok settings when named = None && rest.IsEmpty ->
                    let isChannel name =
                        isChannel.Invoke(settings.BaseDir, name)

                    match Read.tryNoService isChannel (List.ofSeq settings.Channels) with
                    | Ok() -> Outcome.Run settings
                    | Error None -> Outcome.Help(Usage.text parser)
                    | Error(Some fault) -> refused fault
                | Ok settings -> Outcome.Run settings
                | Error fault -> refused fault
        with :? ArguParseException as error ->
            // The first line names an option without a value; usage follows.
            let fault = error.Message.Split('\n')[0]
            refused (fault.Replace("ERROR: ", ""))

    /// As with an archive that holds the folder of every channel.
    static member Parse(args: string[], environment: Func<string, string | null>) : Outcome =
        CommandLine.Parse(args, environment, (fun _ _ -> true))
