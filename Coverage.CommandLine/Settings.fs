namespace Coverage.CommandLine

open System
open System.Collections.Immutable
open System.Globalization
open FSharp.Linq.NullableOperators
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

    let private warnings (name: string, argument: Argument) : string list =
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
    let private set variable (options: Options) (name: string, argument: Argument) : Result<Options, string> =
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

    /// The ranges of a cut as it was asked for, and how they follow each other.
    let private wholeCut (cut: CutOptions) : CutOptions =
        let ranges =
            if cut.Start.HasValue && cut.End.HasValue then
                cut.Ranges.Insert(0, Interval.create cut.Start.Value cut.End.Value)
            else
                cut.Ranges

        { cut with
            Ranges = ranges
            Joins =
                if cut.Joins.IsEmpty then
                    ImmutableArray.CreateRange(Seq.replicate (max 0 (ranges.Length - 1)) CutJoin.HardCut)
                else
                    cut.Joins }

    /// Whether nodes are given, in whichever way.
    let private hasNodes (options: Options) : bool =
        options.Fleet.Nodes.Length > 0
        || not (isNull options.Fleet.NodeFile)
        || not (isNull options.Serve.Database)

    /// Why nodes that are named one by one cannot be told apart, if they cannot.
    let private tryTwice (names: (Argument -> bool) -> string) (options: Options) : string option =
        options.Fleet.Nodes
        |> Seq.countBy _.Name
        |> Seq.tryFind (fun (_, count) -> count > 1)
        |> Option.map (fun (name, _) -> $"{names _.IsNode}: two nodes are named {shown name}.")

    /// Why nodes cannot be asked once, if they cannot.
    let private tryNodesFault (names: (Argument -> bool) -> string) who (options: Options) : string option =
        let baseDir: string = names (fun (one: Argument) -> one.IsBase_Dir)

        match tryTwice names options with
        | Some fault -> Some fault
        | None when not (hasNodes options) && isNull options.Fleet.Self ->
            Some
                $"{who} needs nodes: give each with --node NAME=FOLDER or --node NAME=URL, or all with --node-file or --connection-string."
        | None when baseDir.StartsWith "--" && isNull options.Fleet.Self ->
            Some $"{baseDir} is the archive of the node that --self names; give that too."
        | None -> None

    /// Whether a cut is asked of nodes: it says so, or names some. (The database may be there for the service.)
    let private asksNodes (fleet: FleetOptions) : bool =
        fleet.IsCompared
        || fleet.Nodes.Length > 0
        || not (isNull fleet.NodeFile)
        || not (isNull fleet.Self)

    /// Why a cut cannot be asked for, if it cannot.
    let private tryCutFault names (options: Options) : string option =
        let cut = options.Cut
        let whole = wholeCut cut
        let joined = whole.Joins.Length

        let several =
            if whole.Ranges.Length = 1 then
                "1 range"
            else
                $"{whole.Ranges.Length} ranges"

        let isEnd (one: Argument) = one.IsStart || one.IsEnd

        if options.Channels.Length <> 1 then
            Some $"cut takes one channel, not {options.Channels.Length}."
        elif not cut.Ranges.IsEmpty && (cut.Start.HasValue || cut.End.HasValue) then
            Some
                $"{names (fun (one: Argument) -> isEnd one || one.IsRange)}: a range is given in the one way or the other."
        elif cut.Ranges.IsEmpty && not (cut.Start.HasValue && cut.End.HasValue) then
            Some "cut needs --start and --end, or --range."
        elif cut.Start ?>=? cut.End then
            Some $"{names isEnd}: the end must be later than the start."
        elif joined <> whole.Ranges.Length - 1 then
            Some
                $"{names _.IsTransition}: {joined} given for {several}; there is one for each range but the first, or none."
        elif
            options.Check.Format <> AnswerFormat.Table
            && options.Check.Format <> AnswerFormat.Json
        then
            Some $"{names _.IsFormat}: cut answers as table or json."
        elif asksNodes options.Fleet then
            tryNodesFault names (names _.IsFleet) options
        else
            None

    /// Why the service cannot compare nodes, if it cannot.
    let private tryComparingFault (names: (Argument -> bool) -> string) (options: Options) : string option =
        let fleet = options.Fleet

        match tryTwice names options with
        | _ when not fleet.IsCompared -> None
        | Some fault -> Some fault
        | None when options.Serve.RunOnce ->
            Some
                $"{names (fun one -> one.IsFleet || one.IsRun_Once)}: the service compares nodes beside its checks, and there is one alone; use the command fleet."
        | None when isNull fleet.Self ->
            Some
                $"{names _.IsFleet} needs the name of the node whose archive is in --base-dir; give it with --self."
        | None when not (hasNodes options) ->
            Some
                $"{names _.IsFleet} needs other nodes: give each with --node NAME=FOLDER or --node NAME=URL, or all with --node-file or --connection-string."
        | None -> None

    /// Why nodes cannot be compared, if they cannot.
    let private tryFleetFault names (options: Options) : string option =
        let fleet, format = options.Fleet, options.Check.Format
        let isList = format >= AnswerFormat.Fetch

        match tryNodesFault names "fleet" options with
        | Some fault -> Some fault
        | None when format = AnswerFormat.Acknowledgements ->
            Some
                $"{names _.IsFormat}: fleet answers as table, json, csv or bed, or with --for as fetch, aria2, curl or sha256."
        | None when isList && isNull fleet.For ->
            Some $"{names _.IsFormat} lists the files that one node lacks; give that with --for."
        | None when not isList && not (isNull fleet.For) ->
            Some
                $"{names _.IsFor} chooses what --format fetch, aria2, curl or sha256 lists; give one of those too."
        | None when fleet.IncludesWithheld && not isList ->
            Some
                $"{names _.IsInclude} adds to what --format fetch, aria2, curl or sha256 lists; give one of those too."
        | None -> None

    /// Why the layout, or a list in the place of an archive, cannot be as it was given, if it cannot.
    let private tryLayoutFault
        (given: (string * Argument) list)
        (names: (Argument -> bool) -> string)
        (options: Options)
        : string option =
        let layout = options.Layout
        let isList = not (isNull layout.List)
        let list = names (fun one -> one.IsNames || one.IsIntervals)
        let isGiven isOne = List.exists (snd >> isOne) given
        let isContent = not (layout.IsNext || layout.LengthMicroseconds.HasValue)

        let isBaseGiven =
            given |> List.exists (fun (name, one) -> one.IsBase_Dir && name.StartsWith "--")

        [ not (isNull layout.Names || isNull layout.Intervals), $"{list}: one list stands for the archive."
          isList && options.Command <> Command.Check && options.Command <> Command.Map,
          $"{list} is for check and map."
          isList && isBaseGiven,
          $"{list} stands for the archive, so that {names _.IsBase_Dir} has nothing to name."
          not (isNull layout.Intervals)
          && isGiven (fun one -> one.IsLayout || one.IsZone || one.IsDuration),
          $"{names _.IsIntervals} says when all begins and how long it is, so that {names (fun one -> one.IsLayout || one.IsZone || one.IsDuration)} has nothing to say."
          layout.EpochMicroseconds.HasValue && isNull layout.Intervals,
          $"{names _.IsEpoch} says what numbers in --intervals count; give that too."
          layout.EpochMicroseconds.HasValue && layout.IntervalForm = IntervalForm.Bed,
          $"{names _.IsEpoch}: the numbers of BED are seconds."
          isGiven _.IsZone && (layout.Layout = "wubloader" || layout.Layout = "hls"),
          $"{names _.IsZone}: the times of the layout {layout.Layout} are UTC, or say their offset."
          isGiven _.IsDuration && layout.Layout = "wubloader",
          $"{names _.IsDuration}: names of the layout wubloader say how long files are; give the layout with --layout."
          isGiven _.IsDuration && layout.Layout = "hls",
          $"{names _.IsDuration}: playlists say how long segments are."
          not (isNull layout.Names) && layout.Layout = "hls",
          $"{names _.IsNames} holds no playlists to read; copy those with rclone, or keep the archive on a disk."
          not (isNull layout.Names) && layout.Layout <> "wubloader" && isContent,
          $"{names _.IsNames} names files that cannot be opened; say how long they are with --duration next or --duration SECONDS."
          options.Command = Command.Serve
          && options.Fleet.IsCompared
          && layout.Layout <> "wubloader",
          $"{names _.IsFleet} compares archives of the layout wubloader alone." ]
        |> List.tryFind fst
        |> Option.map snd

    /// The options as the layout has them: of other archives every quality is looked at, and beside a list no base counts, so
    /// that its maps go to the folder for them where the program runs.
    let private withLayout (given: (string * Argument) list) (options: Options) : Options =
        let options =
            if isNull options.Layout.List then
                options
            else
                { options with
                    Options.Archive.BaseDir = "." }

        if
            options.Layout.IsWubloaderFolder
            || List.exists (fun (_, one: Argument) -> one.IsQualities) given
        then
            options
        else
            { options with
                Options.Archive.Qualities = ImmutableArray.Empty }

    /// Refuses options that contradict each other.
    let private agree (given: (string * Argument) list) (options: Options) : Result<Options, string> =
        let names isOne =
            given
            |> List.filter (snd >> isOne)
            |> List.map fst
            |> List.distinct
            |> String.concat " and "

        let map, archive, judgement = options.Map, options.Archive, options.Judgement
        let layoutFault = tryLayoutFault given names options

        if layoutFault.IsSome then
            Error layoutFault.Value
        elif 3600 % (map.PixelSeconds * map.Rows) <> 0 then
            Error
                $"{names (fun one -> one.IsPixel || one.IsRows)}: rows times pixel must divide 3600, not be {map.Rows} * {map.PixelSeconds}."
        elif archive.FirstHour ?>? archive.LastHour then
            let first, last =
                Hour.toText archive.FirstHour.Value, Hour.toText archive.LastHour.Value

            Error
                $"{names (fun one -> one.IsFirst_Hour || one.IsLast_Hour)}: the first hour must not be after the last, as {first} is after {last}."
        elif judgement.ExpectedTo.HasValue && not judgement.ExpectedFrom.HasValue then
            Error $"{names _.IsExpected_To} needs --expected-from."
        elif judgement.ExpectedFrom ?>=? judgement.ExpectedTo then
            Error
                $"{names (fun one -> one.IsExpected_From || one.IsExpected_To)}: the end must be later than the start."
        elif judgement.Now.HasValue && options.Command = Command.Serve then
            Error
                $"{names _.IsNow} is for check, map, verify and fleet: the service judges at the instant of each check."
        elif
            options.Serve.RunOnce
            && options.Verify.Parts > 0
            && options.Command = Command.Serve
        then
            Error
                $"{names (fun one -> one.IsRun_Once || one.IsVerify_Parts)}: the service verifies files between its checks, and there is one alone; use verify."
        elif not options.Check.Words.IsEmpty && options.Check.Format <> AnswerFormat.Bed then
            Error $"{names _.IsWords} chooses what --format bed lists; give that too."
        elif options.Command = Command.Cut then
            tryCutFault names options
            |> Option.map Error
            |> Option.defaultWith (fun () ->
                Ok
                    { options with
                        Cut = wholeCut options.Cut
                        Options.Fleet.IsCompared = asksNodes options.Fleet })
        elif
            options.Command = Command.Verify
            && not (List.exists (snd >> (=) options.Check.Format) (Value.formatsOf Command.Verify))
        then
            Error $"{names _.IsFormat}: verify answers as table, json or csv."
        elif
            options.Command = Command.Check
            && not (List.exists (snd >> (=) options.Check.Format) (Value.formatsOf Command.Check))
        then
            Error $"{names _.IsFormat}: check answers as table, json, csv, bed or acknowledgements."
        elif options.Command = Command.Fleet then
            tryFleetFault names options
            |> Option.map Error
            |> Option.defaultValue (Ok options)
        elif options.Command = Command.Serve then
            tryComparingFault names options
            |> Option.map Error
            |> Option.defaultValue (Ok options)
        else
            Ok options

    /// Options that have no effect without another, and one that may be meant.
    let private idle (given: (string * Argument) list) (options: Options) : string list =
        [ if
              isNull options.Layout.Zone
              && options.Layout.Layout <> "wubloader"
              && options.Layout.Layout <> "frigate"
              && Value.isLocal options.Layout.Layout
          then
              $"the names of the layout {shown options.Layout.Layout} say no time zone and are taken for UTC; give --zone where the recorder writes local time."
          for name, argument in given do
              if
                  argument.IsVerify_Rate
                  && options.Command = Command.Serve
                  && options.Verify.Parts = 0
              then
                  $"{name} has no effect: the service reads no files without --verify-parts."
              elif
                  argument.IsDuration_Cache
                  && (options.Layout.IsNext
                      || options.Layout.LengthMicroseconds.HasValue
                      || not (isNull options.Layout.List)
                      || options.Layout.Layout = "wubloader"
                      || options.Layout.Layout = "hls")
              then
                  $"{name} has no effect: no file is opened to see how long it is."
              elif
                  (argument.Group = Group.Rules
                   || argument.Group = Group.Nodes && not argument.IsConnection_String)
                  && options.Command = Command.Serve
                  && not options.Fleet.IsCompared
              then
                  $"{name} has no effect: the service compares no nodes without --fleet."
              elif
                  argument.Group = Group.Nodes
                  && options.Command = Command.Cut
                  && not options.Fleet.IsCompared
                  && name.StartsWith "--"
              then
                  $"{name} has no effect: cut asks no nodes without --fleet or --node." ]

    /// The options of a run, from those given, each with its name.
    let ofGiven variable (given: (string * Argument) list) (options: Options) : Result<Options, string> =
        (Ok options, given)
        ||> List.fold (fun sofar one -> sofar |> Result.bind (fun options -> set variable options one))
        |> Result.bind (agree given)
        |> Result.map (withLayout given)
        |> Result.map (fun options ->
            { options with
                Warnings = options.Warnings.AddRange(List.collect warnings given @ idle given options) })
