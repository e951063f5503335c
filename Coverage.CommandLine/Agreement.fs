namespace Coverage.CommandLine

open System
open System.Collections.Immutable
open FSharp.Linq.NullableOperators
open Coverage

/// Whether the options that were given go together, and what they come to.
module internal Agreement =

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
        |> Option.map (fun (name, _) -> $"{names _.IsNode}: two nodes are named {Settings.shown name}.")

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
          (options.Command = Command.Cut || options.Command = Command.Fleet)
          && layout.Layout <> "wubloader",
          $"{names _.IsLayout}: cut and fleet are for the layout wubloader alone."
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
              options.Command <> Command.Cut
              && options.Command <> Command.Fleet
              && isNull options.Layout.Zone
              && options.Layout.Layout <> "wubloader"
              && options.Layout.Layout <> "frigate"
              && Value.isLocal options.Layout.Layout
          then
              $"the names of the layout {Settings.shown options.Layout.Layout} say no time zone and are taken for UTC; give --zone where the recorder writes local time."
          match options.Layout.Zone with
          | NonNull zone when options.Layout.Layout = "frigate" && zone.BaseUtcOffset <> TimeSpan.Zero ->
              $"Frigate names its files in UTC, whatever the zone of its machine is; they are read as times of {zone.Id} all the same."
          | _ -> ()
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
        ||> List.fold (fun sofar one ->
            sofar |> Result.bind (fun options -> Settings.set variable options one))
        |> Result.bind (agree given)
        |> Result.map (withLayout given)
        |> Result.map (fun options ->
            { options with
                Warnings =
                    options.Warnings.AddRange(List.collect Settings.warnings given @ idle given options) })
