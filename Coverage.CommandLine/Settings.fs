namespace Coverage.CommandLine

open System
open System.Collections.Immutable
open System.Globalization
open Coverage

/// From the options that were given to the values of the groups. A message names the option as the user wrote it, by
/// option or by variable.
module internal Settings =

    let defaults (command: Command) : Options =
        { Command = command
          Channels = ImmutableArray.Empty
          Archive =
            { BaseDir = "."
              Qualities = ImmutableArray.Create "source"
              NoQuality = false
              FirstHour = Nullable()
              LastHour = Nullable()
              Tolerance = Nullable()
              TrustStamps = TrustStamps.Auto }
          Layout =
            { Layout = "wubloader"
              Zone = null
              IsNext = false
              LengthMicroseconds = Nullable()
              DurationCache = null
              Names = null
              Intervals = null
              IntervalForm = IntervalForm.Bed
              EpochMicroseconds = Nullable() }
          Judgement =
            { Expected = ImmutableArray.Empty
              ExpectedFrom = Nullable()
              ExpectedTo = Nullable()
              Acknowledged = null
              KeepMicroseconds = Nullable()
              SettlingMicroseconds = Duration.ofSeconds 240L
              Now = Nullable() }
          Check =
            { Format = AnswerFormat.Table
              MaxHoleMicroseconds = Nullable()
              MaxMissingMicroseconds = Nullable()
              Strict = false
              Words = ImmutableArray.Empty
              Sizes = false }
          Cut =
            { Quality = "source"
              Start = Nullable()
              End = Nullable()
              Ranges = ImmutableArray.Empty
              Joins = ImmutableArray.Empty
              AllowHoles = false }
          Verify =
            { Part = Part.All
              BytesPerSecond = Nullable()
              Measured = false
              Parts = 0 }
          Fleet =
            { IsCompared = false
              Nodes = ImmutableArray.Empty
              NodeFile = null
              TokenFile = null
              Self = null
              CutoffMicroseconds = Duration.ofSeconds 120L
              WindowMicroseconds = Nullable()
              StaleAfterMicroseconds = Duration.ofSeconds 600L
              StuckAfterMicroseconds = Duration.ofSeconds 900L
              For = null
              IncludesWithheld = false }
          Map =
            { OutputDir = "coverage-maps"
              PixelSeconds = 2
              Rows = 300 }
          Serve =
            { MetricsPort = 8006
              Bind = null
              ApiTokenFile = null
              AllowedHosts = ImmutableArray.Empty
              CheckIntervalMicroseconds = Duration.ofSeconds 60L
              FullEveryMicroseconds = Duration.ofSeconds 3600L
              ForgetAfterMicroseconds = Duration.ofSeconds 86_400L
              RunOnce = false
              BackdoorPort = 0
              MakePage = false
              Database = null }
          Log =
            { LogFormat = LogFormat.Text
              LogLevel = MinimumLevel.Information }
          Warnings = ImmutableArray.Empty }

    /// The text in quotes. What a terminal might obey is written as its number.
    let shown (text: string) =
        let printable (c: char) =
            match Char.GetUnicodeCategory c with
            | UnicodeCategory.Control
            | UnicodeCategory.Format
            | UnicodeCategory.LineSeparator
            | UnicodeCategory.ParagraphSeparator -> $"\\u%04x{int c}"
            | _ -> string c

        "'" + String.collect printable text + "'"

    // The kinds of values: what an option's text becomes, or a sentence that says what the option takes.

    let private take read (allowed: string) (name: string) (text: string) =
        match read text with
        | ValueSome value -> Ok value
        | ValueNone -> Error $"{name} takes {allowed}, not {shown text}."

    let private path (what: string) =
        take Value.folder $"{what} (when its name begins with '-', write './-name')"

    let private seconds least from =
        take (Value.seconds least Duration.longest) $"seconds, in digits and a point, {from} 86400"

    let private upToADay = seconds Duration.zero "from 0 to"

    let private allowance =
        take Value.allowance "seconds, in digits and a point, from 0 to 1000000000"

    let private port (least: int) =
        take (Value.whole least 65535) ("a whole number from " + string least + " to 65535")

    /// The hour of an instant, and the nearest hour that can be checked.
    let private hours (microseconds: int64) =
        let asked = Hour.ofInstant (Instant.ofMicroseconds microseconds)
        asked, asked |> max Hour.first |> min Hour.last

    let private moment (name: string) (text: string) : Result<int64, string> =
        match Moment.Read text with
        | Moment.At microseconds -> Ok microseconds
        | Moment.Ambiguous days ->
            let days =
                [ for day in days -> day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ]
                |> String.concat " or "

            Error $"{name}: {shown text} can be {days}; write it so."
        | Moment.Unreadable ->
            Error
                $"{name} takes an hour or an instant such as 2025-11-07T18 or 2025-11-07T18:30:00Z, not {shown text}."

    let private hour name text : Result<Hour, string> =
        moment name text |> Result.map (hours >> snd)

    /// An instant from 1970 on, when hours and the files of the keeper begin, too.
    let private instant name text : Result<Instant, string> =
        moment name text
        |> Result.bind (fun microseconds ->
            if microseconds < 0L then
                Error $"{name} must not be earlier than 1970, as {shown text} is."
            else
                Ok(Instant.ofMicroseconds microseconds))

    /// An instant that microseconds can say: a cut at another one would be a cut elsewhere.
    let private exactInstant name (text: string) : Result<Instant, string> =
        if Moment.IsFinerThanMicroseconds text then
            Error $"{name} takes at most six digits after the point, not {shown text}."
        else
            instant name text

    let private range name (text: string) : Result<Interval, string> =
        match text.Split ',' with
        | [| start; finish |] ->
            exactInstant name start
            |> Result.bind (fun start ->
                exactInstant name finish
                |> Result.bind (fun finish ->
                    if start < finish then
                        Ok(Interval.create start finish)
                    else
                        Error $"{name}: the end must be later than the start, in {shown text}."))
        | _ -> Error $"{name} takes START,END, two instants with a comma between, not {shown text}."

    let private span =
        take Value.span "seconds, or a number with m, h or d such as 14d, up to 1000000000 s"

    /// The text can hold a password, so no message shows it.
    let private database variable (name: string) (text: string) : Result<Database, string> =
        if text.StartsWith '-' then
            Error $"{name} takes a text that does not begin with '-'."
        else
            ConnectionString.parse variable text
            |> Result.mapError (fun fault -> $"{name}: {fault}.")

    let private into change reading = Some(Result.map change reading)

    // The options of each group; None when the option is of another group.

    let private archive name argument (options: ArchiveOptions) : Result<ArchiveOptions, string> option =
        match argument with
        | Base_Dir text ->
            path "a folder" name text
            |> into (fun value -> { options with BaseDir = value })
        | Qualities "" -> Some(Ok { options with NoQuality = true })
        | Qualities text ->
            take
                Value.qualities
                "folders' names with commas between, none with '/' or '-' first, or *"
                name
                text
            |> into (fun value -> { options with Qualities = value })
        | First_Hour text ->
            hour name text
            |> into (fun value ->
                { options with
                    FirstHour = Nullable value })
        | Last_Hour text ->
            hour name text
            |> into (fun value ->
                { options with
                    LastHour = Nullable value })
        | Tolerance text ->
            upToADay name text
            |> into (fun value ->
                { options with
                    Tolerance = Nullable value })
        | Trust_Stamps text ->
            take Value.trustStamps "auto, always or never" name text
            |> into (fun value -> { options with TrustStamps = value })
        | _ -> None

    let private layout name argument (options: LayoutOptions) : Result<LayoutOptions, string> option =
        match argument with
        | Layout text ->
            Value.layout text
            |> Result.mapError (fun fault -> $"{name} {fault}; it was {shown text}.")
            |> into (fun value -> { options with Layout = value })
        | Zone text ->
            take Value.zone "a time zone such as Europe/Berlin that this machine knows" name text
            |> into (fun value -> { options with Zone = value })
        | Duration "content" ->
            Some(
                Ok
                    { options with
                        IsNext = false
                        LengthMicroseconds = Nullable() }
            )
        | Duration "next" ->
            Some(
                Ok
                    { options with
                        IsNext = true
                        LengthMicroseconds = Nullable() }
            )
        | Duration text ->
            take
                (Value.seconds 1L<us> Duration.longest)
                "content, next, or seconds in digits and a point, over 0 and up to 86400"
                name
                text
            |> into (fun value ->
                { options with
                    IsNext = false
                    LengthMicroseconds = Nullable value })
        | Duration_Cache text ->
            path "a file" name text
            |> into (fun value -> { options with DurationCache = value })
        | Names text ->
            take Value.input "a file, or - for the standard input" name text
            |> into (fun value -> { options with Names = value })
        | Intervals text ->
            take Value.intervals "bed=FILE, csv=FILE or jsonl=FILE, - for the standard input" name text
            |> into (fun (struct (form, file)) ->
                { options with
                    Intervals = file
                    IntervalForm = form })
        | Epoch text ->
            take (Value.oneOf Value.epochs) "s, ms or us" name text
            |> into (fun value ->
                { options with
                    EpochMicroseconds = Nullable value })
        | _ -> None

    let private check name argument (options: CheckOptions) : Result<CheckOptions, string> option =
        match argument with
        | Format text ->
            take
                Value.format
                "table, json, csv, bed, acknowledgements, fetch, aria2, curl or sha256"
                name
                text
            |> into (fun value -> { options with Format = value })
        | Max_Hole text ->
            allowance name text
            |> into (fun value ->
                { options with
                    MaxHoleMicroseconds = Nullable value })
        | Max_Missing text ->
            allowance name text
            |> into (fun value ->
                { options with
                    MaxMissingMicroseconds = Nullable value })
        | Strict -> Some(Ok { options with Strict = true })
        | Words text ->
            let names = Seq.map Word.toText Word.all |> String.concat ", "

            take Value.words $"words with commas between, of {names}" name text
            |> into (fun value -> { options with Words = value })
        | Sizes -> Some(Ok { options with Sizes = true })
        | _ -> None

    let private verify name argument (options: VerifyOptions) : Result<VerifyOptions, string> option =
        match argument with
        | Part text ->
            take
                Value.part
                "all, 5% of the segments, 2GB of them, or 3/30, the third of thirty parts"
                name
                text
            |> into (fun value -> { options with Part = value })
        | Verify_Rate text ->
            take Value.bytes "a number of bytes with a unit, B, kB, MB, GB or TB, such as 20MB" name text
            |> into (fun value ->
                { options with
                    BytesPerSecond = Nullable value })
        | Measured -> Some(Ok { options with Measured = true })
        | Verify_Parts text ->
            take (Value.whole 0 1_000_000) "a whole number from 0 to 1000000" name text
            |> into (fun value -> { options with Parts = value })
        | _ -> None

    let private cut name argument (options: CutOptions) : Result<CutOptions, string> option =
        match argument with
        | Quality text ->
            take
                (fun text ->
                    if Value.isFolderName text then
                        ValueSome text
                    else
                        ValueNone)
                "a folder's name"
                name
                text
            |> into (fun value -> { options with Quality = value })
        | Start text ->
            exactInstant name text
            |> into (fun value -> { options with Start = Nullable value })
        | End text ->
            exactInstant name text
            |> into (fun value -> { options with End = Nullable value })
        | Range text ->
            range name text
            |> into (fun value ->
                { options with
                    Ranges = options.Ranges.Add value })
        | Transition text ->
            take CutVideo.tryJoin "TYPE,SECONDS such as fade,1.5, or an empty text" name text
            |> into (fun value ->
                { options with
                    Joins = options.Joins.Add value })
        | Allow_Holes -> Some(Ok { options with AllowHoles = true })
        | _ -> None

    let private nodeName = take Value.nodeName "the name of a node"

    let private fleet name argument (options: FleetOptions) : Result<FleetOptions, string> option =
        match argument with
        | Fleet -> Some(Ok { options with IsCompared = true })
        | Node text ->
            take
                Value.node
                "NAME=FOLDER or NAME=URL, an address of http or https without a query, a user or a password"
                name
                text
            |> into (fun value ->
                { options with
                    Nodes = options.Nodes.Add value })
        | Node_File text -> path "a file" name text |> into (fun value -> { options with NodeFile = value })
        | Node_Token_File text ->
            path "a file" name text
            |> into (fun value -> { options with TokenFile = value })
        | Self text -> nodeName name text |> into (fun value -> { options with Self = value })
        | Recent_Cutoff text ->
            span name text
            |> into (fun value ->
                { options with
                    CutoffMicroseconds = value })
        | Backfill_Window text ->
            span name text
            |> into (fun value ->
                { options with
                    WindowMicroseconds = Nullable value })
        | Stale_After text ->
            span name text
            |> into (fun value ->
                { options with
                    StaleAfterMicroseconds = value })
        | Stuck_After text ->
            span name text
            |> into (fun value ->
                { options with
                    StuckAfterMicroseconds = value })
        | For text -> nodeName name text |> into (fun value -> { options with For = value })
        | Include text ->
            take (Value.oneOf Value.included) "withheld" name text
            |> into (fun value ->
                { options with
                    IncludesWithheld = value })
        | _ -> None

    let private judgement
        name
        argument
        (options: JudgementOptions)
        : Result<JudgementOptions, string> option =
        match argument with
        | Expected text ->
            path "a file" name text
            |> into (fun value ->
                { options with
                    Expected = ImmutableArray.CreateRange(Seq.distinct (options.Expected.Add value)) })
        | Expected_From text ->
            instant name text
            |> into (fun value ->
                { options with
                    ExpectedFrom = Nullable value })
        | Expected_To text ->
            instant name text
            |> into (fun value ->
                { options with
                    ExpectedTo = Nullable value })
        | Acknowledged text ->
            path "a file" name text
            |> into (fun value -> { options with Acknowledged = value })
        | Keep text ->
            span name text
            |> into (fun value ->
                { options with
                    KeepMicroseconds = Nullable value })
        | Settling text ->
            span name text
            |> into (fun value ->
                { options with
                    SettlingMicroseconds = value })
        | Now text -> instant name text |> into (fun value -> { options with Now = Nullable value })
        | _ -> None

    let private map name argument (options: MapOptions) : Result<MapOptions, string> option =
        match argument with
        | Output_Dir text ->
            path "a folder" name text
            |> into (fun value -> { options with OutputDir = value })
        | Pixel text ->
            take Value.divisor "a whole number of seconds that divides 3600" name text
            |> into (fun value -> { options with PixelSeconds = value })
        | Rows text ->
            take Value.divisor "a whole number that divides 3600" name text
            |> into (fun value -> { options with Rows = value })
        | _ -> None

    /// Whom the service answers.
    let private http name argument (options: ServeOptions) : Result<ServeOptions, string> option =
        match argument with
        | Metrics_Port text -> port 1 name text |> into (fun value -> { options with MetricsPort = value })
        | Bind text ->
            take Value.address "an IP address in full" name text
            |> into (fun value -> { options with Bind = value })
        | Api_Token_File text ->
            path "a file" name text
            |> into (fun value -> { options with ApiTokenFile = value })
        | Allowed_Hosts text ->
            let names =
                "names or IP addresses with commas between, without ports, such as coverage.example.org"

            take Value.hosts names name text
            |> into (fun value -> { options with AllowedHosts = value })
        | _ -> None

    /// How the service runs.
    let private serve variable name argument (options: ServeOptions) : Result<ServeOptions, string> option =
        match argument with
        | Check_Interval text ->
            seconds 1L<us> "over 0 and up to" name text
            |> into (fun value ->
                { options with
                    CheckIntervalMicroseconds = value })
        | Full_Every text ->
            upToADay name text
            |> into (fun value ->
                { options with
                    FullEveryMicroseconds = value })
        | Forget_After text ->
            allowance name text
            |> into (fun value ->
                { options with
                    ForgetAfterMicroseconds = value })
        | Run_Once -> Some(Ok { options with RunOnce = true })
        | Backdoor_Port text -> port 0 name text |> into (fun value -> { options with BackdoorPort = value })
        | Make_Page -> Some(Ok { options with MakePage = true })
        | Connection_String text ->
            database variable name text
            |> into (fun value -> { options with Database = value })
        | _ -> None

    let private log name argument (options: LogOptions) : Result<LogOptions, string> option =
        match argument with
        | Log_Format text ->
            take Value.logFormat "text or json" name text
            |> into (fun value -> { options with LogFormat = value })
        | Log_Level text ->
            take Value.level Value.levels name text
            |> into (fun value -> { options with LogLevel = value })
        | _ -> None

    /// What is to be said of an option that is taken.
    let warnings (name: string, argument: Argument) : string list =
        match argument with
        | Qualities "" -> [ $"{name} is empty: there is no quality, and so no stream, to check." ]
        | First_Hour text
        | Last_Hour text ->
            match Moment.Read text with
            | Moment.At microseconds ->
                match hours microseconds with
                | asked, hour when asked < hour ->
                    [ $"{name}: {shown text} is before the first hour there is, so it is {Hour.toText hour}." ]
                | asked, hour when asked > hour ->
                    [ $"{name}: {shown text} is after the last hour there is, so it is {Hour.toText hour}." ]
                | _ -> []
            | _ -> []
        | _ -> []

    /// Sets one option.
    let set variable (options: Options) (name: string, argument: Argument) : Result<Options, string> =
        let trySet group set put =
            set name argument group |> Option.map (Result.map put)

        [ fun () -> trySet options.Archive archive (fun group -> { options with Archive = group })
          fun () -> trySet options.Layout layout (fun group -> { options with Layout = group })
          fun () -> trySet options.Judgement judgement (fun group -> { options with Judgement = group })
          fun () -> trySet options.Check check (fun group -> { options with Check = group })
          fun () -> trySet options.Cut cut (fun group -> { options with Cut = group })
          fun () -> trySet options.Verify verify (fun group -> { options with Verify = group })
          fun () -> trySet options.Fleet fleet (fun group -> { options with Fleet = group })
          fun () -> trySet options.Map map (fun group -> { options with Map = group })
          fun () -> trySet options.Serve http (fun group -> { options with Serve = group })
          fun () -> trySet options.Serve (serve variable) (fun group -> { options with Serve = group })
          fun () -> trySet options.Log log (fun group -> { options with Log = group }) ]
        |> List.tryPick (fun group -> group ())
        |> Option.defaultValue (Ok options)
