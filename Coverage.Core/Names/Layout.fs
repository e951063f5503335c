namespace Coverage

open System
open System.Collections.Generic
open System.Globalization
open System.Text
open System.Text.Unicode

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

/// Reading paths by a template, and writing them (semantics.md section 13).
[<RequireQualifiedAccess>]
module internal Layout =

    /// The endings that may follow where the template has none.
    let private endings = [| ".mp4"B; ".ts"B; ".mkv"B |]

    /// The fields of numbers.
    [<Literal>]
    let private fields = "YmdjHMSfs"

    /// What a match holds while it is made: the number of each of the fields, -1 while it has none; the offset in minutes; and from
    /// where to where each name reaches.
    [<Sealed; AllowNullLiteral>]
    type private Match(names: int, remembers: bool) =
        member val Numbers = Array.create fields.Length -1L
        member val Offset: int voption = ValueNone with get, set

        /// From which part and place on nothing fits.
        member val Failed: HashSet<struct (int * int)> | null =
            if remembers then HashSet<struct (int * int)>() else null

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
    let rec private fits (layout: Template) (part: int) (path: byte[]) (at: int) (found: Match) : bool =
        let rest = ReadOnlySpan(path, at, path.Length - at)

        if part = layout.Parts.Length then
            rest.IsEmpty || layout.MayEnd && isEnding rest
        else
            match layout.Parts[part] with
            | TemplatePart.Text text ->
                rest.StartsWith(ReadOnlySpan text)
                && fits layout (part + 1) path (at + text.Length) found
            | TemplatePart.Path place -> named layout part path at found place true
            | TemplatePart.Name place -> named layout part path at found place false
            | TemplatePart.Number(field, fewest, most) ->
                let place = fields.IndexOf field
                let before = found.Numbers[place]
                let mutable isFound = false
                let mutable length = fewest

                while not isFound && length <= most && length <= rest.Length do
                    let value = number (rest.Slice(0, length))

                    if value < 0L then
                        length <- most
                    elif before < 0L || before = value then
                        found.Numbers[place] <- value
                        isFound <- fits layout (part + 1) path (at + length) found

                    length <- length + 1

                if not isFound then
                    found.Numbers[place] <- before

                isFound
            | TemplatePart.Offset ->
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
                let next = struct (part + 1, until)

                // Of several names in a row each end would be tried with each of the others.
                let isTried =
                    match found.Failed with
                    | null -> false
                    | failed -> failed.Contains next

                if not isTried && isName (ReadOnlySpan(path, at, until - at)) then
                    found.From[place] <- at
                    found.Until[place] <- until
                    isFound <- fits layout (part + 1) path until found

                    if not isFound then
                        found.From[place] <- -1

                        match found.Failed with
                        | null -> ()
                        | failed -> failed.Add next |> ignore

                until <- until + 1

            isFound

    and private isEnding (rest: ReadOnlySpan<byte>) : bool =
        let mutable isOne = false

        for ending in endings do
            isOne <- isOne || rest.SequenceEqual(ReadOnlySpan ending)

        isOne

    /// The time that the numbers of a match write; nothing where they are no date.
    let private timeOf (found: Match) (isLocal: bool) : WrittenTime voption =
        let field (name: char) = int found.Numbers[fields.IndexOf name]

        let fraction =
            if field 'f' < 0 then
                0L<instant>
            else
                int64 (field 'f') * 1L<instant>

        let seconds = found.Numbers[fields.IndexOf 's']

        if seconds >= 0L then
            ValueSome
                { Clock = seconds * int64 Duration.second * 1L<instant> + fraction
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
    let read (layout: Template) (path: ReadOnlySpan<byte>) : LayoutReading =
        let bytes = path.ToArray()
        let found = Match(layout.Names, layout.IsPlain && layout.Names > 1)

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
    let print (layout: Template) (names: string[]) (time: WrittenTime) : string voption =
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
                        | TemplatePart.Text text -> Encoding.UTF8.GetString text
                        | TemplatePart.Path place
                        | TemplatePart.Name place -> names[place]
                        | TemplatePart.Number(field, _, _) -> digits field clock
                        | TemplatePart.Offset -> "Z")
                )

            match read layout (ReadOnlySpan(Encoding.UTF8.GetBytes path)) with
            | LayoutReading.Fits(same, written) when same = names && written.Clock = time.Clock ->
                ValueSome path
            | _ -> ValueNone

    /// The channel and the quality of a stream, from what names it.
    let streamOf (names: string[]) : struct (string * string) =
        if names.Length = 0 then
            struct ("default", "default")
        else
            let whole =
                if names.Length = 1 then
                    names[0]
                else
                    String.Join('/', names)

            match whole.LastIndexOf '/' with
            | -1 -> struct (whole, "default")
            | last -> struct (whole.Substring(0, last), whole.Substring(last + 1))
