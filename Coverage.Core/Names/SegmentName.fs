namespace Coverage

open System
open System.Globalization
open System.Text

/// Segment names: `TIME-DURATION-TYPE-HASH.ts` (semantics.md section 1).
[<RequireQualifiedAccess>]
module SegmentName =

    /// Whether a rune moves the cursor, commands a terminal, hides, or turns text round.
    let private isHidden (rune: Rune) : bool =
        match Rune.GetUnicodeCategory rune with
        | UnicodeCategory.Control
        | UnicodeCategory.Format
        | UnicodeCategory.LineSeparator
        | UnicodeCategory.ParagraphSeparator
        | UnicodeCategory.PrivateUse
        | UnicodeCategory.OtherNotAssigned -> true
        | _ -> false

    let private appendBytes (prefix: string) (bytes: ReadOnlySpan<byte>) (text: StringBuilder) : unit =
        for i in 0 .. bytes.Length - 1 do
            text.Append(prefix).Append(bytes[i].ToString("X2", CultureInfo.InvariantCulture))
            |> ignore

    /// Any bytes as text that is safe to show on one line: control characters, backslashes and what is not UTF-8 are
    /// written as `\xNN`.
    let printable (bytes: ReadOnlySpan<byte>) : string =
        let text = StringBuilder(bytes.Length)
        let mutable rest = bytes

        while not rest.IsEmpty do
            let mutable rune = Rune()
            let mutable used = 0

            let fits = Rune.DecodeFromUtf8(rest, &rune, &used) = Buffers.OperationStatus.Done

            if fits && rune.Value <> int '\\' && not (isHidden rune) then
                text.Append rune |> ignore
            else
                appendBytes "\\x" (rest.Slice(0, used)) text

            rest <- rest.Slice used

        text.ToString()

    /// What copying tools write for a colon where a file system cannot hold one: other colons (full-width, small, a letter,
    /// a length mark, the ratio sign), the private characters of WSL and Cygwin (F03A) and of Macs on SMB (F022), and its
    /// code in an address; and characters that no name can have there.
    let private lookAlikes =
        [| "："
           "﹕"
           "꞉"
           "ː"
           "∶"
           "\uF03A"
           "\uF022"
           "%3A"
           "%3a"
           "_"
           "-"
           "."
           ";"
           "=" |]
        |> Array.map Encoding.UTF8.GetBytes

    /// Whether a name that does not fit would, with a colon after the minute in the place of a look-alike.
    let internal isRecoded (name: ReadOnlySpan<byte>) : bool =
        let rest = name.Slice(min 2 name.Length)
        let mutable found = false

        for lookAlike in lookAlikes do
            if not found && rest.StartsWith(ReadOnlySpan lookAlike) then
                let restored =
                    Array.concat [ name.Slice(0, 2).ToArray(); ":"B; rest.Slice(lookAlike.Length).ToArray() ]

                found <- (NameScan.scan (ReadOnlySpan restored)).Fits

        found

    /// A name for formats that can write a line end and no other control character, such as CSV: those are percent-encoded,
    /// as `%1B`, and so is a `%` that would read as such a code. Decoding every `%NN` gives the name back.
    let percentEncoded (name: string) : string =
        let text = StringBuilder(name.Length)

        for at in 0 .. name.Length - 1 do
            let isHex i =
                i < name.Length && Char.IsAsciiHexDigit name[i]

            let mutable rune = Rune()

            if name[at] = '\n' then
                text.Append '\n' |> ignore
            elif name[at] = '%' && isHex (at + 1) && isHex (at + 2) then
                text.Append "%25" |> ignore
            elif Rune.TryGetRuneAt(name, at, &rune) then
                if isHidden rune then
                    appendBytes "%" (ReadOnlySpan(Encoding.UTF8.GetBytes(string rune))) text
                else
                    text.Append rune |> ignore

        text.ToString()

    /// What is wrong with a name, in words.
    let internal errorOf (fault: Fault) (name: ReadOnlySpan<byte>) : SegmentNameError =
        let fields = name.Slice(0, max 0 (name.Length - 3))
        let struct (first, second, third) = NameScan.dashes fields

        match fault with
        | _ when isRecoded name -> SegmentNameError.Recoded(printable name)
        | Fault.NoSuffix -> SegmentNameError.NoSuffix(printable name)
        | Fault.TooFewDashes -> SegmentNameError.TooFewDashes(printable name)
        | Fault.TimeForm -> SegmentNameError.TimeForm(printable (fields.Slice(0, first)))
        | Fault.MinuteRange -> SegmentNameError.MinuteRange(printable (fields.Slice(0, first)))
        | Fault.SecondRange -> SegmentNameError.SecondRange(printable (fields.Slice(0, first)))
        | Fault.DurationForm ->
            SegmentNameError.DurationForm(printable (fields.Slice(first + 1, second - first - 1)))
        | Fault.DurationRange ->
            SegmentNameError.DurationRange(printable (fields.Slice(first + 1, second - first - 1)))
        | Fault.UnknownType ->
            SegmentNameError.UnknownType(printable (fields.Slice(second + 1, third - second - 1)))
        | Fault.HashForm -> SegmentNameError.HashForm(printable (fields.Slice(third + 1)))
        | _ -> SegmentNameError.HashLength(printable (fields.Slice(third + 1)))

    /// Reads the name of a file in an hour's folder, as bytes because a name need not be UTF-8. Total: any bytes give
    /// a segment, of unknown size, or what is wrong with them. Allocates only for an error.
    let parseBytes (hour: Hour) (name: ReadOnlySpan<byte>) : Result<Segment, SegmentNameError> =
        let scanned = NameScan.scan name

        if scanned.Fits then
            Ok(scanned.InHour hour)
        else
            Error(errorOf scanned.Fault name)

    /// <summary>Reads the name of a file in an hour's folder; see <c>parseBytes</c>.</summary>
    /// <example><code lang="fsharp">
    /// match SegmentName.parse 0&lt;hour&gt; "59:58.5-2.002-full-.ts" with
    /// | Ok segment -> segment.Kind
    /// | Error _ -> SegmentKind.Temp
    /// // Full
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
