namespace Coverage

open System
open System.Globalization
open System.Text

/// Why a listed name is bad: the field that does not fit, and what was found there, with bytes that cannot be
/// printed written as `\xNN`. `ToString` says it as a sentence.
[<RequireQualifiedAccess>]
type SegmentNameError =
    /// The name does not end in `.ts`.
    | NoSuffix of found: string
    /// The name has fewer than the three dashes that part its fields.
    | TooFewDashes of found: string
    /// TIME is not `MM:SS` or `MM:SS.f` with 1 to 6 fraction digits.
    | TimeForm of found: string
    /// TIME names a minute after 59.
    | MinuteRange of found: string
    /// TIME names a second after 59.
    | SecondRange of found: string
    /// DURATION is not digits, optionally followed by a point and digits.
    | DurationForm of found: string
    /// DURATION is over 86400 s.
    | DurationRange of found: string
    /// TYPE is none of the four.
    | UnknownType of found: string
    /// HASH holds something that base64url without padding does not.
    | HashForm of found: string
    /// HASH has a length that no base64url text has: one more than a multiple of four.
    | HashLength of found: string

    override this.ToString() =
        match this with
        | NoSuffix found -> $"the name '{found}' does not end in '.ts'"
        | TooFewDashes found -> $"the name '{found}' is not of the form TIME-DURATION-TYPE-HASH.ts"
        | TimeForm found -> $"TIME is '{found}', not MM:SS or MM:SS with one to six decimals"
        | MinuteRange found -> $"TIME is '{found}', with a minute over 59"
        | SecondRange found -> $"TIME is '{found}', with a second over 59"
        | DurationForm found -> $"DURATION is '{found}', not a number of seconds such as 2 or 2.002"
        | DurationRange found -> $"DURATION is '{found}', over 86400 seconds"
        | UnknownType found -> $"TYPE is '{found}', not full, suspect, partial or temp"
        | HashForm found -> $"HASH is '{found}', with a character that base64url does not have"
        | HashLength found -> $"HASH is '{found}', of a length that no base64url text has"

/// Segment names: `TIME-DURATION-TYPE-HASH.ts` (semantics.md section 1).
[<RequireQualifiedAccess>]
module SegmentName =

    /// Any bytes as text that is safe to show on one line: control characters, backslashes and what is not UTF-8 are
    /// written as `\xNN`.
    let printable (bytes: ReadOnlySpan<byte>) : string =
        let text = StringBuilder(bytes.Length)
        let mutable rest = bytes

        while not rest.IsEmpty do
            let mutable rune = Rune()
            let mutable used = 0

            let fits = Rune.DecodeFromUtf8(rest, &rune, &used) = Buffers.OperationStatus.Done

            let shown =
                fits
                && rune.Value <> int '\\'
                && (match Rune.GetUnicodeCategory rune with
                    | UnicodeCategory.Control
                    | UnicodeCategory.Format
                    | UnicodeCategory.LineSeparator
                    | UnicodeCategory.ParagraphSeparator
                    | UnicodeCategory.Surrogate
                    | UnicodeCategory.PrivateUse
                    | UnicodeCategory.OtherNotAssigned -> false
                    | _ -> true)

            if shown then
                text.Append rune |> ignore
            else
                for i in 0 .. used - 1 do
                    text.Append("\\x").Append(rest[i].ToString("X2", CultureInfo.InvariantCulture))
                    |> ignore

            rest <- rest.Slice used

        text.ToString()

    /// Whether a name ends in `.ts`.
    let internal hasSuffix (name: ReadOnlySpan<byte>) : bool =
        name.Length >= 3
        && name[name.Length - 3] = byte '.'
        && name[name.Length - 2] = byte 't'
        && name[name.Length - 1] = byte 's'

    /// Two ASCII digits as a number, or -1.
    let inline private twoDigits (a: byte) (b: byte) : int =
        let tens, ones = int a - int '0', int b - int '0'

        if uint tens <= 9u && uint ones <= 9u then
            tens * 10 + ones
        else
            -1

    /// TIME as a length from the hour's start: never negative when it fits, -1 when its form is wrong, -2 for the
    /// minute and -3 for the second out of range.
    let private time (text: ReadOnlySpan<byte>) : Duration =
        if
            text.Length < 5
            || text[2] <> byte ':'
            || (text.Length > 5 && (text[5] <> byte '.' || text.Length = 6 || text.Length > 12))
        then
            -1L<us>
        else
            let minute = twoDigits text[0] text[1]
            let second = twoDigits text[3] text[4]
            let mutable fraction = 0
            let mutable scale = 100_000
            let mutable fits = minute >= 0 && second >= 0

            for i in 6 .. text.Length - 1 do
                let digit = int text[i] - int '0'
                fits <- fits && uint digit <= 9u
                fraction <- fraction + digit * scale
                scale <- scale / 10

            if not fits then
                -1L<us>
            elif minute > 59 then
                -2L<us>
            elif second > 59 then
                -3L<us>
            else
                Duration.ofSeconds (int64 (minute * 60 + second))
                + Duration.ofMicroseconds (int64 fraction)

    /// TYPE, or 255 for a word that is none.
    let private kind (text: ReadOnlySpan<byte>) : SegmentKind =
        if text.SequenceEqual("full"B.AsSpan()) then
            SegmentKind.Full
        elif text.SequenceEqual("suspect"B.AsSpan()) then
            SegmentKind.Suspect
        elif text.SequenceEqual("partial"B.AsSpan()) then
            SegmentKind.Partial
        elif text.SequenceEqual("temp"B.AsSpan()) then
            SegmentKind.Temp
        else
            LanguagePrimitives.EnumOfValue 255uy

    /// For each byte, whether base64url has it.
    let private base64url: bool[] =
        Array.init 256 (fun code ->
            let c = char code
            Char.IsAsciiLetterOrDigit c || c = '-' || c = '_')

    let private isBase64url (text: ReadOnlySpan<byte>) : bool =
        let mutable i = 0

        while i < text.Length && base64url[int text[i]] do
            i <- i + 1

        i = text.Length

    /// Reads the name of a file in an hour's folder, as bytes because a name need not be UTF-8. Total: any bytes give
    /// a segment, of unknown size, or what is wrong with them. Allocates only for an error.
    let parseBytes (hour: Hour) (name: ReadOnlySpan<byte>) : Result<Segment, SegmentNameError> =
        if not (hasSuffix name) then
            Error(SegmentNameError.NoSuffix(printable name))
        else
            let fields = name.Slice(0, name.Length - 3)
            let first = fields.IndexOf(byte '-')

            let afterFirst =
                if first < 0 then
                    Span.op_Implicit Span<byte>.Empty
                else
                    fields.Slice(first + 1)

            let second = afterFirst.IndexOf(byte '-')

            let afterSecond =
                if second < 0 then
                    Span.op_Implicit Span<byte>.Empty
                else
                    afterFirst.Slice(second + 1)

            let third = afterSecond.IndexOf(byte '-')

            if third < 0 then
                Error(SegmentNameError.TooFewDashes(printable name))
            else
                let timeText = fields.Slice(0, first)
                let durationText = afterFirst.Slice(0, second)
                let kindText = afterSecond.Slice(0, third)
                let hash = afterSecond.Slice(third + 1)
                let offset = time timeText

                if offset = -1L<us> then
                    Error(SegmentNameError.TimeForm(printable timeText))
                elif offset = -2L<us> then
                    Error(SegmentNameError.MinuteRange(printable timeText))
                elif offset = -3L<us> then
                    Error(SegmentNameError.SecondRange(printable timeText))
                else
                    match Duration.tryParse durationText with
                    | ValueNone -> Error(SegmentNameError.DurationForm(printable durationText))
                    | ValueSome duration when duration > Duration.longest ->
                        Error(SegmentNameError.DurationRange(printable durationText))
                    | ValueSome duration ->
                        let kind = kind kindText

                        if kind > SegmentKind.Temp then
                            Error(SegmentNameError.UnknownType(printable kindText))
                        elif kind <> SegmentKind.Temp && not (isBase64url hash) then
                            Error(SegmentNameError.HashForm(printable hash))
                        elif kind <> SegmentKind.Temp && hash.Length % 4 = 1 then
                            Error(SegmentNameError.HashLength(printable hash))
                        else
                            Ok
                                {
                                    Start = Instant.add offset (Hour.start hour)
                                    Duration = duration
                                    Size = -1L
                                    Kind = kind
                                }

    /// Reads the name of a file in an hour's folder; see `parseBytes`.
    ///
    /// <example><code lang="fsharp">
    /// SegmentName.parse 0&lt;hour&gt; "59:58.5-2.002-full-.ts"
    /// </code></example>
    let parse (hour: Hour) (name: string) : Result<Segment, SegmentNameError> =
        parseBytes hour (ReadOnlySpan(Encoding.UTF8.GetBytes name))

    /// The name of a segment as the wubloader project's recorder writes it, TIME with six decimals and DURATION as
    /// the shortest one. The inverse of `parse`: it gives the segment back, but for its size, if the hash fits.
    let print (hash: string) (segment: Segment) : string =
        let inHour = Instant.until segment.Start (Hour.start (Hour.ofInstant segment.Start))

        let minute, second, fraction =
            inHour / (60L * Duration.second), inHour / Duration.second % 60L, inHour % Duration.second

        let kind = segment.Kind.ToString().ToLowerInvariant()

        String.Format(
            CultureInfo.InvariantCulture,
            "{0:00}:{1:00}.{2:000000}-{3}-{4}-{5}.ts",
            minute,
            second,
            int64 fraction,
            Duration.toText segment.Duration,
            kind,
            hash
        )
