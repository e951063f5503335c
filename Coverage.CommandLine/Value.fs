namespace Coverage.CommandLine

open System
open System.Collections.Immutable
open System.Globalization
open System.Net
open System.Text
open Coverage

/// From the text of a value to the value, or to nothing when the option does not take it.
module internal Value =

    let isFolderName (name: string) =
        name <> ""
        && name <> "."
        && name <> ".."
        && name[0] <> '-'
        && name.IndexOfAny [| '/'; '\000' |] < 0

    /// The names of folders with slashes between, as channels of other layouts are called.
    let isChannelPath (name: string) =
        Seq.forall (fun part -> part <> "" && part <> "." && part <> "..") (name.Split '/')
        && name[0] <> '-'
        && not (name.Contains '\000')

    let folder (text: string) =
        if text = "" || text[0] = '-' || text.Contains '\000' then
            ValueNone
        else
            ValueSome text

    /// Empty for every quality found. The empty text, which means no quality, is not read here.
    let qualities (text: string) : ImmutableArray<string> voption =
        let names =
            text.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)
            |> Array.distinct

        if names.Length = 0 || not (Array.forall isFolderName names) then
            ValueNone
        elif Array.contains "*" names then
            ValueSome ImmutableArray.Empty
        else
            ValueSome(ImmutableArray.Create<string>(names))

    let whole (least: int) (most: int) (text: string) =
        match Seq.forall Char.IsAsciiDigit text, Int32.TryParse(text, CultureInfo.InvariantCulture) with
        | true, (true, number) when number >= least && number <= most -> ValueSome number
        | _ -> ValueNone

    let divisor text =
        match whole 1 3600 text with
        | ValueSome number when 3600 % number = 0 -> ValueSome number
        | _ -> ValueNone

    let seconds (least: Duration) (most: Duration) (text: string) =
        match Duration.tryParse (ReadOnlySpan(Encoding.UTF8.GetBytes text)) with
        | ValueSome length when length >= least && length <= most -> ValueSome length
        | _ -> ValueNone

    let allowance text =
        match seconds Duration.zero (Duration.ofSeconds 1_000_000_000L) text with
        // `Duration.tryParse` cuts longer ones to 10^9 s.
        | ValueSome length when Double.Parse(text, CultureInfo.InvariantCulture) <= 1e9 -> ValueSome length
        | _ -> ValueNone

    /// Seconds, or a number with `m`, `h` or `d`, up to 10^9 s.
    let span (text: string) =
        let unit =
            match Seq.tryLast text with
            | Some 'm' -> 60L
            | Some 'h' -> 3600L
            | Some 'd' -> 86_400L
            | _ -> 1L

        match allowance (if unit = 1L then text else text[.. text.Length - 2]) with
        | ValueSome number when int64 number <= 1_000_000_000_000_000L / unit -> ValueSome(number * unit)
        | _ -> ValueNone

    /// Words, each once.
    let words (text: string) : ImmutableArray<Word> voption =
        let named =
            text.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)
            |> Array.map (fun name -> Seq.tryFind (fun word -> Word.toText word = name) Word.all)
            |> Array.distinct

        if named.Length > 0 && Array.forall Option.isSome named then
            ValueSome(ImmutableArray.CreateRange(Array.choose id named))
        else
            ValueNone

    /// An address in full. `IPAddress` alone also reads `1`, `127.1` and `[::1]:80`.
    let address (text: string) : IPAddress voption =
        match IPAddress.TryParse text with
        | true, NonNull address when
            address.ToString() = text
            || address.AddressFamily = Sockets.AddressFamily.InterNetworkV6 && text[0] <> '['
            ->
            ValueSome address
        | _ -> ValueNone

    /// Names as browsers send them, without ports; `*.` before a name stands for anything.
    let hosts (text: string) : ImmutableArray<string> voption =
        let isHost (host: string) =
            match Uri.CheckHostName(if host.StartsWith "*." then host[2..] else host) with
            | UriHostNameType.Dns -> true
            | UriHostNameType.IPv4 -> host[0] <> '*'
            | UriHostNameType.IPv6 -> host[0] = '['
            | _ -> false

        let names =
            text.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)
            |> Array.distinct

        if names.Length > 0 && Array.forall isHost names then
            ValueSome(ImmutableArray.Create<string>(names))
        else
            ValueNone

    /// A name that a line of a list can hold, and an option.
    let nodeName (text: string) : string voption =
        if
            text <> ""
            && text = text.Trim()
            && text[0] <> '-'
            && Seq.forall (Char.IsControl >> not) text
        then
            ValueSome text
        else
            ValueNone

    /// A folder, or the address of a node: HTTP, and nothing that a path cannot be added to.
    let private nodeAt (text: string) : string voption =
        if not (text.Contains "://") then
            folder text
        else
            match Uri.TryCreate(text, UriKind.Absolute) with
            | true, NonNull uri when
                (uri.Scheme = Uri.UriSchemeHttp || uri.Scheme = Uri.UriSchemeHttps)
                && uri.Query = ""
                && uri.Fragment = ""
                && uri.UserInfo = ""
                ->
                ValueSome text
            | _ -> ValueNone

    /// `NAME=FOLDER` or `NAME=URL`; `NAME!=` is no source.
    let node (text: string) : FleetNode voption =
        let at = text.IndexOf '='
        let key = text[.. at - 1]
        let isSource = not (key.EndsWith '!')

        match nodeName (if isSource then key else key[.. key.Length - 2]), nodeAt text[at + 1 ..] with
        | ValueSome name, ValueSome address when at > 0 ->
            ValueSome
                { Name = name
                  At = address
                  IsSource = isSource }
        | _ -> ValueNone

    let oneOf (choices: (string * 'value) list) text =
        match List.tryFind (fst >> (=) text) choices with
        | Some(_, value) -> ValueSome value
        | None -> ValueNone

    let formats =
        [ "table", AnswerFormat.Table
          "json", AnswerFormat.Json
          "csv", AnswerFormat.Csv
          "bed", AnswerFormat.Bed
          "acknowledgements", AnswerFormat.Acknowledgements
          "fetch", AnswerFormat.Fetch
          "aria2", AnswerFormat.Aria2
          "curl", AnswerFormat.Curl
          "sha256", AnswerFormat.Sha256 ]

    let format = oneOf formats

    /// The forms in which a command answers.
    let formatsOf (command: Command) =
        match command with
        | Command.Cut -> List.take 2 formats
        | Command.Check -> List.take 5 formats
        | Command.Fleet ->
            formats
            |> List.filter (fun (_, format) -> format <> AnswerFormat.Acknowledgements)
        | Command.Verify -> List.take 3 formats
        | _ -> formats

    let private decimals (text: string) : decimal voption =
        let isBare =
            text <> ""
            && Char.IsAsciiDigit text[0]
            && Char.IsAsciiDigit text[text.Length - 1]

        match Decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) with
        | true, number when isBare -> ValueSome number
        | _ -> ValueNone

    let private units =
        [ "TB", 1_000_000_000_000m
          "GB", 1_000_000_000m
          "MB", 1_000_000m
          "kB", 1_000m
          "KB", 1_000m
          "B", 1m ]

    /// A number of bytes with a unit: at least 1 and at most 10^18.
    let bytes (text: string) : int64 voption =
        match
            units
            |> List.tryFind (fun (unit, _) -> text.EndsWith(unit, StringComparison.Ordinal))
        with
        | None -> ValueNone
        | Some(unit, size) ->
            match decimals text[.. text.Length - unit.Length - 1] with
            | ValueSome number when number <= 1e18m / size && number * size >= 1m ->
                ValueSome(int64 (number * size))
            | _ -> ValueNone

    /// `all`, `5%`, `2GB` or `3/30`.
    let part (text: string) : Part voption =
        match text.Split '/' with
        | [| "all" |] -> ValueSome Part.All
        | [| text |] when text.EndsWith '%' ->
            match decimals text[.. text.Length - 2] with
            | ValueSome percent when percent <= 100m -> ValueSome(Part.Percent percent)
            | _ -> ValueNone
        | [| text |] -> bytes text |> ValueOption.map Part.Bytes
        | [| part; parts |] ->
            match whole 1 Int32.MaxValue part, whole 1 Int32.MaxValue parts with
            | ValueSome part, ValueSome parts when part <= parts -> ValueSome(Part.Nth(part, parts))
            | _ -> ValueNone
        | _ -> ValueNone

    /// What the layouts without a template are called.
    let private bareLayouts = [ "wubloader"; "hls" ]

    /// The name of a layout, or a template; an error is a sentence without its subject.
    let rec layout (text: string) : Result<string, string> =
        let presets =
            [ for struct (name, _) in Template.presets do
                  name ]

        if List.contains text (bareLayouts @ presets) then
            Ok text
        elif text.StartsWith "./" && text.Contains '%' then
            layout text[2..]
        elif text.StartsWith '/' && text.Contains '%' then
            Error "takes a template of paths below --base-dir, without a / in front"
        elif not (text.Contains '%') then
            let names = "wubloader" :: presets @ [ "hls" ] |> String.concat ", "
            Error $"takes {names} or a template such as %%path/%%Y-%%m-%%d_%%H-%%M-%%S"
        else
            match Template.tryParse text with
            | Ok _ -> Ok text
            | Error fault -> Error $"has a template that cannot be used: {fault}"

    /// Whether the names of a layout have times without a zone.
    let isLocal (layout: string) : bool =
        let template =
            Template.presets
            |> Seq.tryPick (fun (struct (name, template)) -> if name = layout then Some template else None)
            |> Option.defaultValue layout

        match Template.tryParse template with
        | Ok template -> template.IsLocal
        | Error _ -> false

    let zone (text: string) : TimeZoneInfo voption =
        match TimeZoneInfo.TryFindSystemTimeZoneById text with
        | true, NonNull zone -> ValueSome zone
        | _ -> ValueNone

    let epochs = [ "s", 1_000_000L; "ms", 1_000L; "us", 1L ]

    let intervalForms =
        [ "bed", IntervalForm.Bed
          "csv", IntervalForm.Csv
          "jsonl", IntervalForm.Jsonl ]

    /// `-` for the standard input, or a file.
    let input (text: string) : string voption =
        if text = "-" then ValueSome text else folder text

    /// `bed=FILE` and the like.
    let intervals (text: string) : struct (IntervalForm * string) voption =
        let at = text.IndexOf '='

        match oneOf intervalForms text[.. at - 1], input text[at + 1 ..] with
        | ValueSome form, ValueSome file when at > 0 -> ValueSome(struct (form, file))
        | _ -> ValueNone

    let included = [ "withheld", true ]

    let logFormats = [ "text", LogFormat.Text; "json", LogFormat.Json ]

    let logFormat = oneOf logFormats

    let trustChoices =
        [ "auto", TrustStamps.Auto
          "always", TrustStamps.Always
          "never", TrustStamps.Never ]

    let trustStamps = oneOf trustChoices

    let levels = "trace, debug, information, warning, error or critical"

    let level (text: string) =
        text.ToLowerInvariant()
        |> oneOf
            [ "trace", MinimumLevel.Trace
              "debug", MinimumLevel.Debug
              "information", MinimumLevel.Information
              "info", MinimumLevel.Information
              "warning", MinimumLevel.Warning
              "warn", MinimumLevel.Warning
              "error", MinimumLevel.Error
              "critical", MinimumLevel.Critical ]

    let flag (text: string) =
        text.ToLowerInvariant()
        |> oneOf [ "1", true; "true", true; "0", false; "false", false ]
