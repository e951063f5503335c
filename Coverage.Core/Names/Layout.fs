namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.Globalization
open System.Text
open System.Text.Unicode

/// What a part of a template stands for (semantics.md section 13).
[<RequireQualifiedAccess>]
type internal LayoutPart =
    /// These bytes.
    | Text of byte[]
    /// `%path`: as little as fits, `/` too. Its place among the fields of names.
    | Path of place: int
    /// `%{name}`: as little as fits of one part of the path.
    | Name of place: int
    /// `%Y` and the like: so many digits, or for `%s` from 9 to 11.
    | Number of field: char * fewest: int * most: int
    /// `%z`.
    | Offset

/// Why a template cannot be used: which field, and what is wrong.
[<RequireQualifiedAccess>]
type internal LayoutError =
    /// There is no such field.
    | UnknownField of found: string
    /// `%{` has no name, or no end.
    | NameForm of found: string
    /// A field that is needed is not there.
    | Missing of field: string
    /// Two fields that do not go together.
    | NotWith of field: string * other: string

    override this.ToString() =
        match this with
        | UnknownField found ->
            $"'{found}' is no field: there are %%path, %%{{name}}, %%Y, %%m, %%d, %%j, %%H, %%M, %%S, %%f, %%s, %%z and %%%% for a %%"
        | NameForm found -> $"'{found}' is not of the form %%{{name}}"
        | Missing field ->
            $"{field} is missing: a template needs %%s, or %%Y, %%m and %%d (or %%j), %%H and %%M"
        | NotWith(field, other) -> $"{field} does not go with {other}"

/// A template of paths, read once.
[<NoComparison; ReferenceEquality>]
type internal Layout =
    {
        /// Its parts, in order.
        Parts: ImmutableArray<LayoutPart>
        /// How many fields name the stream.
        Names: int
        /// Whether an ending such as `.mp4` may follow.
        MayEnd: bool
        /// How exactly starts are written: 1 us, 1 s or 60 s.
        Resolution: Duration
        /// Whether starts are written in local time, so that a zone is needed.
        IsLocal: bool
    }

/// When a file starts, as its path says.
[<Struct; NoComparison>]
type internal WrittenTime =
    {
        /// The time on the clock, as if it were UTC.
        Clock: Instant
        /// Whether it is local time.
        IsLocal: bool
    }

/// What a path says under a template.
[<RequireQualifiedAccess; NoComparison>]
type internal LayoutReading =
    /// It does not fit.
    | PassedOver
    /// It fits, and its date is no date.
    | NoDate of names: string[]
    /// It fits: what names its stream, and when it starts.
    | Fits of names: string[] * time: WrittenTime

/// Templates of paths (semantics.md section 13).
[<RequireQualifiedAccess>]
module internal Layout =

    /// The endings that may follow where the template has none.
    let private endings = [| ".mp4"B; ".ts"B; ".mkv"B |]

    /// The digits of each field of a number: the fewest and the most.
    let private numbers =
        dict
            [ 'Y', (4, 4)
              'm', (2, 2)
              'd', (2, 2)
              'H', (2, 2)
              'M', (2, 2)
              'S', (2, 2)
              'j', (3, 3)
              'f', (6, 6)
              's', (9, 11) ]

    /// The parts of a template, with the names of its fields in the order of their places.
    let private partsOf (template: string) : Result<LayoutPart list * string list, LayoutError> =
        let rec next (at: int) (parts: LayoutPart list) (names: string list) =
            let rest = template.Substring at

            let place (name: string) =
                match List.tryFindIndex ((=) name) names with
                | Some place -> place, names
                | None -> names.Length, names @ [ name ]

            let text (bytes: byte[]) (length: int) =
                match parts with
                | LayoutPart.Text before :: earlier ->
                    next (at + length) (LayoutPart.Text(Array.append before bytes) :: earlier) names
                | _ -> next (at + length) (LayoutPart.Text bytes :: parts) names

            if rest = "" then
                Ok(List.rev parts, names)
            elif rest[0] <> '%' then
                let length = if rest.Contains '%' then rest.IndexOf '%' else rest.Length
                text (Encoding.UTF8.GetBytes(rest.Substring(0, length))) length
            elif rest.StartsWith("%%", StringComparison.Ordinal) then
                text "%"B 2
            elif rest.StartsWith("%path", StringComparison.Ordinal) then
                let place, names = place "%path"
                next (at + 5) (LayoutPart.Path place :: parts) names
            elif rest.StartsWith("%{", StringComparison.Ordinal) then
                let finish = rest.IndexOf '}'

                if finish <= 2 then
                    Error(LayoutError.NameForm rest)
                else
                    let place, names = place (rest.Substring(0, finish + 1))
                    next (at + finish + 1) (LayoutPart.Name place :: parts) names
            elif rest.StartsWith("%z", StringComparison.Ordinal) then
                next (at + 2) (LayoutPart.Offset :: parts) names
            elif rest.Length > 1 && numbers.ContainsKey rest[1] then
                let fewest, most = numbers[rest[1]]
                next (at + 2) (LayoutPart.Number(rest[1], fewest, most) :: parts) names
            else
                Error(LayoutError.UnknownField(rest.Substring(0, min 2 rest.Length)))

        next 0 [] []

    /// What is wrong with the fields of a template together, if anything is.
    let private faultOf (has: char -> bool) (hasOffset: bool) : LayoutError option =
        let missing field =
            if has field then
                None
            else
                Some(LayoutError.Missing $"%%{field}")

        let apart field other =
            if has field && has other then
                Some(LayoutError.NotWith($"%%{field}", $"%%{other}"))
            else
                None

        let rules =
            if has 's' then
                [ for other in "YmdjHMS" -> apart 's' other ]
                @ [ (if hasOffset then
                         Some(LayoutError.NotWith("%s", "%z"))
                     else
                         None) ]
            else
                [ missing 'Y'
                  (if has 'j' then None else missing 'm')
                  (if has 'j' then None else missing 'd')
                  apart 'j' 'm'
                  apart 'j' 'd'
                  missing 'H'
                  missing 'M'
                  (if has 'f' then missing 'S' else None) ]

        List.tryPick id rules

    /// Whether the text after the last field of a template ends in an ending of its own: a point with letters and digits.
    let private hasEnding (parts: LayoutPart list) : bool =
        match List.tryLast parts with
        | Some(LayoutPart.Text bytes) ->
            let text = Encoding.UTF8.GetString bytes
            let point = text.LastIndexOf '.'

            point >= 0
            && point < text.Length - 1
            && Seq.forall Char.IsAsciiLetterOrDigit (text.Substring(point + 1))
        | _ -> false

    /// Reads a template.
    let tryParse (template: string) : Result<Layout, LayoutError> =
        match partsOf template with
        | Error error -> Error error
        | Ok(parts, names) ->
            let fields =
                HashSet<char>(
                    parts
                    |> Seq.choose (function
                        | LayoutPart.Number(field, _, _) -> Some field
                        | _ -> None)
                )

            let hasOffset = List.contains LayoutPart.Offset parts

            match faultOf fields.Contains hasOffset with
            | Some fault -> Error fault
            | None ->
                Ok
                    { Parts = ImmutableArray.CreateRange parts
                      Names = names.Length
                      MayEnd = not (hasEnding parts)
                      Resolution =
                        if fields.Contains 'f' then
                            Duration.ofMicroseconds 1L
                        elif fields.Contains 'S' || fields.Contains 's' then
                            Duration.second
                        else
                            Duration.ofSeconds 60L
                      IsLocal = not (hasOffset || fields.Contains 's') }

    /// The presets that are templates, with their names.
    let presets: ImmutableArray<struct (string * string)> =
        ImmutableArray.Create(
            struct ("mediamtx", "%path/%Y-%m-%d_%H-%M-%S-%f"),
            struct ("frigate", "%Y-%m-%d/%H/%{camera}/%M.%S.mp4")
        )

    /// What a match holds while it is made: the number of each field, -1 while it has none; the offset in minutes; and from
    /// where to where each name reaches.
    [<Sealed; AllowNullLiteral>]
    type private Match(names: int) =
        member val Numbers = Array.create 128 -1L
        member val Offset: int voption = ValueNone with get, set
        member val From = Array.create names -1
        member val Until = Array.create names -1

    let private isDigit (c: byte) = c - byte '0' <= 9uy

    /// The number that digits write; -1 where one is no digit.
    let private number (digits: ReadOnlySpan<byte>) : int64 =
        let mutable value = 0L

        for c in digits do
            value <-
                if value < 0L || not (isDigit c) then
                    -1L
                else
                    value * 10L + int64 (c - byte '0')

        value

    /// Whether a name of a stream may be so: no part of it is empty or hidden, and so none is `.` or `..`.
    let private isName (text: ReadOnlySpan<byte>) : bool =
        not text.IsEmpty
        && text[0] <> byte '.'
        && text[0] <> byte '/'
        && text[text.Length - 1] <> byte '/'
        && text.IndexOf "//"B < 0
        && text.IndexOf "/."B < 0

    /// The length of an offset at the front of a text, and its minutes; 0 where there is none.
    let private offset (text: ReadOnlySpan<byte>) : struct (int * int) =
        if text.IsEmpty then
            struct (0, 0)
        elif text[0] = byte 'Z' then
            struct (1, 0)
        elif text.Length >= 5 && (text[0] = byte '+' || text[0] = byte '-') then
            let colon = if text[3] = byte ':' then 1 else 0

            if text.Length < 5 + colon then
                struct (0, 0)
            else
                let hours, minutes = number (text.Slice(1, 2)), number (text.Slice(3 + colon, 2))
                let sign = if text[0] = byte '-' then -1 else 1

                if hours < 0L || minutes < 0L then
                    struct (0, 0)
                else
                    // What no offset can be is no date in the end.
                    let total =
                        if minutes > 59L then
                            10_000
                        else
                            int (hours * 60L + minutes)

                    struct (5 + colon, sign * total)
        else
            struct (0, 0)

    /// Whether the rest of a path fits the rest of a template; what it says goes into the match.
    let rec private fits (layout: Layout) (part: int) (path: byte[]) (at: int) (found: Match) : bool =
        let rest = ReadOnlySpan(path, at, path.Length - at)

        if part = layout.Parts.Length then
            rest.IsEmpty || layout.MayEnd && isEnding rest
        else
            match layout.Parts[part] with
            | LayoutPart.Text text ->
                rest.StartsWith(ReadOnlySpan text)
                && fits layout (part + 1) path (at + text.Length) found
            | LayoutPart.Path place -> named layout part path at found place true
            | LayoutPart.Name place -> named layout part path at found place false
            | LayoutPart.Number(field, fewest, most) ->
                let before = found.Numbers[int field]
                let mutable isFound = false
                let mutable length = fewest

                while not isFound && length <= most && length <= rest.Length do
                    let value = number (rest.Slice(0, length))

                    if value < 0L then
                        length <- most
                    elif before < 0L || before = value then
                        found.Numbers[int field] <- value
                        isFound <- fits layout (part + 1) path (at + length) found

                    length <- length + 1

                if not isFound then
                    found.Numbers[int field] <- before

                isFound
            | LayoutPart.Offset ->
                let struct (length, minutes) = offset rest
                let before = found.Offset

                if length > 0 && (before.IsNone || before.Value = minutes) then
                    found.Offset <- ValueSome minutes
                    let isFound = fits layout (part + 1) path (at + length) found

                    if not isFound then
                        found.Offset <- before

                    isFound
                else
                    false

    /// Whether the rest fits with as little as can be for a name; one that has stood before must say the same.
    and private named layout part path at found place mayHoldSlash : bool =
        if found.From[place] >= 0 then
            let before =
                ReadOnlySpan(path, found.From[place], found.Until[place] - found.From[place])

            ReadOnlySpan(path, at, path.Length - at).StartsWith before
            && fits layout (part + 1) path (at + before.Length) found
        else
            let mutable isFound = false
            let mutable until = at + 1

            while not isFound
                  && until <= path.Length
                  && (mayHoldSlash || path[until - 1] <> byte '/') do
                if isName (ReadOnlySpan(path, at, until - at)) then
                    found.From[place] <- at
                    found.Until[place] <- until
                    isFound <- fits layout (part + 1) path until found

                    if not isFound then
                        found.From[place] <- -1

                until <- until + 1

            isFound

    and private isEnding (rest: ReadOnlySpan<byte>) : bool =
        let mutable isOne = false

        for ending in endings do
            isOne <- isOne || rest.SequenceEqual(ReadOnlySpan ending)

        isOne

    /// The time that the numbers of a match write; nothing where they are no date.
    let private timeOf (found: Match) (isLocal: bool) : WrittenTime voption =
        let field (name: char) = int found.Numbers[int name]

        let fraction =
            if field 'f' < 0 then
                0L<instant>
            else
                int64 (field 'f') * 1L<instant>

        if found.Numbers[int 's'] >= 0L then
            ValueSome
                { Clock = found.Numbers[int 's'] * int64 Duration.second * 1L<instant> + fraction
                  IsLocal = false }
        else
            let year, hour, minute, second = field 'Y', field 'H', field 'M', max 0 (field 'S')
            let minutes = ValueOption.defaultValue 0 found.Offset

            let isDay =
                if field 'j' >= 0 then
                    field 'j' >= 1
                    && field 'j' <= (if DateTime.IsLeapYear(max 1 year) then 366 else 365)
                else
                    field 'm' >= 1
                    && field 'm' <= 12
                    && field 'd' >= 1
                    && field 'd' <= DateTime.DaysInMonth(max 1 year, field 'm')

            // A day is kept on both sides for the offset.
            if
                year < 1970
                || year > 9998
                || not isDay
                || hour > 23
                || minute > 59
                || second > 59
                || abs minutes > 24 * 60
            then
                ValueNone
            else
                let day =
                    if field 'j' >= 0 then
                        DateTime(year, 1, 1).AddDays(float (field 'j' - 1))
                    else
                        DateTime(year, field 'm', field 'd')

                let seconds =
                    int64 (day - DateTime.UnixEpoch).Days * 86_400L
                    + int64 (hour * 3600 + (minute - minutes) * 60 + second)

                ValueSome
                    { Clock = seconds * int64 Duration.second * 1L<instant> + fraction
                      IsLocal = isLocal }

    /// What a path says. One that is no UTF-8 does not fit.
    let read (layout: Layout) (path: ReadOnlySpan<byte>) : LayoutReading =
        let bytes = path.ToArray()
        let found = Match layout.Names

        if not (Utf8.IsValid path && fits layout 0 bytes 0 found) then
            LayoutReading.PassedOver
        else
            let names =
                Array.init layout.Names (fun place ->
                    Encoding.UTF8.GetString(bytes, found.From[place], found.Until[place] - found.From[place]))

            match timeOf found layout.IsLocal with
            | ValueSome time when time.Clock >= 0L<instant> -> LayoutReading.Fits(names, time)
            | _ -> LayoutReading.NoDate names

    /// The digits of a field for a time.
    let private digits (field: char) (time: DateTime) : string =
        let text (format: string) =
            time.ToString(format, CultureInfo.InvariantCulture)

        match field with
        | 'Y' -> text "yyyy"
        | 'm' -> text "MM"
        | 'd' -> text "dd"
        | 'H' -> text "HH"
        | 'M' -> text "mm"
        | 'S' -> text "ss"
        | 'f' -> text "ffffff"
        | 'j' -> time.DayOfYear.ToString("000", CultureInfo.InvariantCulture)
        | _ ->
            ((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond).ToString
                CultureInfo.InvariantCulture

    /// The path that says so, without an ending that may follow: the inverse of `read`. `ValueNone` where no path does.
    let print (layout: Layout) (names: string[]) (time: WrittenTime) : string voption =
        if
            names.Length <> layout.Names
            || time.Clock < 0L<instant>
            || time.Clock >= Hour.finish Hour.last
        then
            ValueNone
        else
            let clock = DateTime.UnixEpoch.AddTicks(int64 time.Clock * 10L)

            let path =
                String.Concat(
                    layout.Parts
                    |> Seq.map (function
                        | LayoutPart.Text text -> Encoding.UTF8.GetString text
                        | LayoutPart.Path place
                        | LayoutPart.Name place -> names[place]
                        | LayoutPart.Number(field, _, _) -> digits field clock
                        | LayoutPart.Offset -> "Z")
                )

            match read layout (ReadOnlySpan(Encoding.UTF8.GetBytes path)) with
            | LayoutReading.Fits(same, written) when same = names && written.Clock = time.Clock ->
                ValueSome path
            | _ -> ValueNone

    /// The channel and the quality of a stream, from what names it.
    let streamOf (names: string[]) : struct (string * string) =
        let parts = String.Join('/', names).Split '/'

        if names.Length = 0 then
            struct ("default", "default")
        elif parts.Length = 1 then
            struct (parts[0], "default")
        else
            struct (String.Join('/', parts, 0, parts.Length - 1), parts[parts.Length - 1])
