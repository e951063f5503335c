namespace Coverage.CommandLine

open System
open System.Collections.Immutable
open System.IO
open Argu
open Coverage

/// From the words and the environment to the options. The texts of errors are for the user; no value in them is raw.
module private Words =

    /// The part of a stray word that a message may show. What follows the name of an option can be a secret.
    let private withoutValue (word: string) =
        if word.StartsWith '-' then
            word.Split('=', ':', ' ')[0]
        else
            word

    let private notAChannel folders (word: string) =
        let fault =
            $"a channel is a folder's name, not {Settings.shown (withoutValue word)}"

        match Meant.tryByPath folders word with
        | Some meant -> $"{fault}; did you mean {meant}?"
        | None -> fault + "."

    /// Why a word is refused that is neither an option nor the value of one.
    let private tryStray command folders (isChannel: string -> bool) (word: string) =
        let name = withoutValue word

        if isChannel word then
            None
        elif not (word.StartsWith '-') then
            Some(notAChannel folders word)
        elif Array.contains name Name.flags then
            Some $"{name} takes no value."
        elif Array.contains name Name.valued then
            Some $"{name} takes its value as the next word, or after '='."
        else
            match Name.ofShort (Usage.isNamedOf command) name, Name.tryNearest name with
            | several, _ when several.Length > 1 ->
                let several = String.concat " or " several
                Some $"{Settings.shown name} can be {several}."
            | _, Some near -> Some $"there is no option {Settings.shown name}; did you mean {near}?"
            | _, None -> Some $"there is no option {Settings.shown name}."

    /// A word with the full name of its option. `--name=value` is taken apart here, because Argu also reads `--namex=value` and
    /// `--name:x=value` so.
    let split (command: Command) (word: string) =
        let at = if word.StartsWith '-' then word.IndexOf '=' else -1
        let name = if at < 0 then word else word[.. at - 1]

        match Name.ofShort (Usage.isNamedOf command) (if word = "-h" then "--help" else name) with
        | [| whole |] when at > 0 && Array.contains whole Name.valued -> [ whole; word[at + 1 ..] ]
        | [| whole |] -> [ whole + word[name.Length ..] ]
        | _ -> [ word ]

    /// Every option that was given, with its name. Of a repeated option the last wins, and only the last is read; files of
    /// expected times and nodes unite, and ranges and transitions follow each other; those of the command line stand for the
    /// variable's.
    let private given (results: ParseResults<Argument>) : (string * Argument) list =
        let words = results.GetAllResults ParseSource.CommandLine

        let isOverruled (one: Argument) =
            (one.IsExpected || one.IsNode || one.IsRange || one.IsTransition)
            && List.exists (fun word -> Name.option word = Name.option one) words

        let key (at, (name, argument)) =
            match argument with
            | Expected text
            | Node text -> name, text
            | Range _
            | Transition _ -> name, string at
            | _ -> name, ""

        [ for one in results.GetAllResults ParseSource.AppSettings do
              if not (isOverruled one) then
                  Name.variable (Name.option one), one
          for one in words do
              Name.option one, one ]
        |> List.indexed
        |> List.rev
        |> List.distinctBy key
        |> List.rev
        |> List.map snd

    let private commands =
        [ "check", Command.Check
          "cut", Command.Cut
          "verify", Command.Verify
          "fleet", Command.Fleet
          "map", Command.Map
          "serve", Command.Serve ]

    /// Why an option that was given is refused: cut, verify and fleet take no options of other commands, and those take none of theirs.
    /// (`--quality` for `--qualities` would check other streams than were meant.) The database is older, and let pass.
    let private tryMisplaced (command: Command) (words: string list) (name: string, argument: Argument) =
        let isStrict =
            command = Command.Cut
            || command = Command.Verify
            || command = Command.Fleet
            || argument.Group = Group.Cut
            || argument.Group = Group.Verify
            || argument.Group = Group.Fleet
            || argument.Group = Group.Comparing
            || argument.Group = Group.Rules
            || (argument.Group = Group.Nodes && not argument.IsConnection_String)

        if isStrict && name.StartsWith "--" && not (Usage.isOf command argument.Group) then
            let near =
                match argument with
                | Quality _ -> "; did you mean --qualities?"
                | Qualities _ when command = Command.Cut -> "; did you mean --quality?"
                | _ ->
                    match List.tryHead words |> Option.bind (Nearest.tryIn (List.map fst commands)) with
                    | Some meant when command = Command.Serve -> $"; did you mean the command {meant}?"
                    | _ -> "."

            Some $"{name} is no option of {(string command).ToLowerInvariant()}{near}"
        else
            None

    /// Whether an option says that the channels are no folders in the base.
    let private isElsewhere (argument: Argument) =
        match argument with
        | Layout text -> text <> "wubloader"
        | Names _
        | Intervals _ -> true
        | _ -> false

    /// The first word or variable that is refused, if there is one.
    let private tryFault
        command
        folders
        (variable: string -> string option)
        (given: (string * Argument) list)
        (words: string list)
        (rest: string list)
        =
        let isChannel =
            if List.exists (snd >> isElsewhere) given then
                Value.isChannelPath
            else
                Value.isFolderName

        let unusableFlag (name: string) =
            match variable (Name.variable name) with
            | Some text when Value.flag text = ValueNone && not (List.exists (fst >> (=) name) given) ->
                Some $"{Name.variable name} takes 1, true, 0 or false, not {Settings.shown text}."
            | _ -> None

        List.tryPick (tryStray command folders isChannel) words
        |> Option.orElseWith (fun () -> List.tryPick (tryMisplaced command words) given)
        |> Option.orElseWith (fun () ->
            rest |> List.tryFind (isChannel >> not) |> Option.map (notAChannel folders))
        |> Option.orElseWith (fun () -> Array.tryPick unusableFlag Name.switches)

    let private warn (text: string) (options: Options) =
        { options with
            Warnings = options.Warnings.Add text }

    /// The log level from the variable that wubloader's services share, when no option gives one.
    let private levelOfWubloader
        (variable: string -> string option)
        (given: (string * Argument) list)
        (options: Options)
        =
        match variable "WUBLOADER_LOG_LEVEL" with
        | Some text when not (given |> List.exists (fun (_, argument) -> argument.IsLog_Level)) ->
            match Value.level text with
            | ValueSome level ->
                { options with
                    Options.Log.LogLevel = level }
            | ValueNone ->
                options
                |> warn
                    $"WUBLOADER_LOG_LEVEL takes {Value.levels}, not {Settings.shown text}; the level is information."
        | _ -> options

    let private stackSamplerOfWubloader (variable: string -> string option) (options: Options) =
        match variable "WUBLOADER_ENABLE_STACKSAMPLER" with
        | Some text when options.Command = Command.Serve && text.ToLowerInvariant() = "true" ->
            options
            |> warn
                "WUBLOADER_ENABLE_STACKSAMPLER is not supported: there is no sampler of the stack, and no metric flamegraph."
        | _ -> options

    /// The options, from what Argu found, the words after a bare `--` and the variables.
    let options
        command
        (results: ParseResults<Argument>)
        (rest: string list)
        folders
        variable
        : Result<Options, string> =
        let given = given results

        let words =
            results.GetAllResults()
            |> List.collect (function
                | Channel words -> words
                | _ -> [])

        match tryFault command folders variable given words rest with
        | Some fault -> Error fault
        | None ->
            { Settings.defaults command with
                Channels = ImmutableArray.CreateRange(List.distinct (words @ rest)) }
            |> Agreement.ofGiven variable given
            |> Result.map (levelOfWubloader variable given >> stackSamplerOfWubloader variable)

    /// Refuses a channel that is an archive. The service only warns, because a channel may be still to come.
    let placed folders (options: Options) : Result<Options, string> =
        let isService = options.Command = Command.Serve

        let misplaced =
            [ for channel in options.Channels do
                  match Meant.tryByChannel folders options.BaseDir channel with
                  | Some meant ->
                      $"{Settings.shown channel} is no channel, but the folder of an archive", meant
                  | None -> () ]

        let tooDeep =
            Meant.tryByBase folders options.BaseDir
            |> Option.map (fun meant ->
                $"the base {Settings.shown options.BaseDir} is the folder of a channel, not of an archive; did you mean {meant}?")

        match misplaced with
        | (fault, meant) :: _ when not isService -> Error $"{fault}; did you mean {meant}?"
        | _ ->
            let channels =
                [ for fault, meant in misplaced ->
                      $"{fault}: the service finds nothing in it; did you mean {meant}?" ]

            Ok
                { options with
                    Warnings = options.Warnings.AddRange(channels @ Option.toList tooDeep) }

    /// The command, and the words after it.
    let command (words: string list) =
        match words with
        | first :: rest when List.exists (fst >> (=) first) commands ->
            Some(List.find (fst >> (=) first) commands |> snd), rest
        | words -> None, words

    /// The command for which `help` is asked: the only word after it.
    let helped (channels: string list) : Command option =
        match channels with
        | [ "help"; name ] -> commands |> List.tryFind (fst >> (=) name) |> Option.map snd
        | _ -> None

    /// Whether the channels of a run without a command are a request for help (`Error None`) or a mistyped command. A service
    /// that watches the channel `chekc` would wait for ever.
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
                        $"{Settings.shown word} is neither a command nor the folder of a channel; did you mean {near}? If the channel is still to come, write -- {Settings.shown word}."
                )
            | None -> Ok()
        | _ -> Ok()

    /// The value of a variable for an option, by Argu's name of the option. Argu knows true and false alone; `options` refuses a
    /// flag that is neither.
    let valueOf (variable: string -> string option) (key: string) : string option =
        let name = Name.ofKey key

        match variable (Name.variable name) with
        | Some text when Array.contains name Name.switches ->
            if Value.flag text = ValueSome true then
                Some "true"
            else
                None
        | text -> text

    let refused fault =
        Outcome.Refused($"segment-coverage: {fault}\nsegment-coverage --help lists the options.", 64)

    /// What a run comes to. Unless it is sure that words are channels, a lone one is checked for a mistyped command.
    let outcome (folders: string -> string[] | null) (isSure: bool) (options: Options) : Outcome =
        let isChannel name =
            not (isNull (folders (Path.Combine(options.BaseDir, name))))

        let placed () =
            match placed folders options with
            | Ok options -> Outcome.Run options
            | Error fault -> refused fault

        if not options.Layout.IsWubloaderFolder then
            // Where channels lie is for the layout to say.
            Outcome.Run options
        elif isSure then
            placed ()
        else
            match tryNoService isChannel (List.ofSeq options.Channels) with
            | Ok() -> placed ()
            | Error None -> Outcome.Help(Usage.text (helped (List.ofSeq options.Channels)))
            | Error(Some fault) -> refused fault

/// The command line of the program.
[<AbstractClass; Sealed>]
type Arguments =

    /// Reads the words after the program's name, and the environment: a function from a variable's name to its value, or
    /// null. No word and no value makes it throw. `folders` names the folders in a folder, given as the user wrote it, or is null
    /// where there is no such folder: a lone word that names no channel can be a mistyped command, and an archive's folder can
    /// stand where a channel belongs.
    static member Parse
        (args: string[], environment: Func<string, string | null>, folders: Func<string, string[] | null>)
        : Outcome =
        let folders path = folders.Invoke path
        let named, words = Words.command (List.ofArray args)

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

        let parser = Usage.parser ()

        try
            let words =
                words
                |> List.collect (Words.split (defaultArg named Command.Serve))
                |> List.toArray

            let results =
                parser.Parse(words, ConfigurationReader.FromFunction(Words.valueOf variable))

            let all = results.GetAllResults()

            if List.contains Argument.Help all then
                Outcome.Help(Usage.text named)
            elif List.contains Argument.Version all then
                Outcome.Version
            else
                match Words.options (defaultArg named Command.Serve) results rest folders variable with
                | Ok options -> Words.outcome folders (named.IsSome || not rest.IsEmpty) options
                | Error fault -> Words.refused fault
        with :? ArguParseException as error ->
            // The first line names an option without a value; usage follows.
            let fault = error.Message.Split('\n')[0]
            Words.refused (fault.Replace("ERROR: ", ""))

    /// Reads a command line for an archive that holds the folder of every channel, each empty.
    static member Parse(args: string[], environment: Func<string, string | null>) : Outcome =
        Arguments.Parse(args, environment, (fun _ -> [||]))

    /// A node as --node takes it; null for any other text.
    static member TryNode(text: string) : FleetNode | null =
        match Value.node text with
        | ValueSome node -> node
        | ValueNone -> null
