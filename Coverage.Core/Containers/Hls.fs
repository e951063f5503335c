namespace Coverage

open System
open System.Collections.Immutable

/// A segment that a playlist lists. Playlists are long, so it is small: what it may lack has a value that says so.
[<Struct; NoComparison; NoEquality>]
type internal HlsSegment =
    {
        /// The path of its file below the archive; empty where its address leads elsewhere.
        Path: string
        /// When it starts; `Instant.beforeAll` where the playlist does not date it.
        Start: Instant
        /// How long it is.
        Length: Duration
        /// From where in its file it reaches.
        From: int64
        /// How many bytes of its file it has; -1 for all.
        Bytes: int64
        /// Whether the playlist says that it is not there.
        IsGap: bool
    }

    /// Whether the playlist says when it starts.
    member this.IsDated: bool = this.Start <> Instant.beforeAll

/// What a playlist of segments says.
[<NoComparison; NoEquality>]
type internal HlsList =
    {
        /// Its segments, in its order.
        Segments: ImmutableArray<HlsSegment>
        /// The paths of other files that it needs, such as beginnings of MP4 files (EXT-X-MAP).
        Beside: ImmutableArray<string>
        /// The number of its first segment: how many were dropped before.
        First: int64
        /// Whether no more will come.
        IsEnded: bool
    }

/// A playlist (semantics.md section 13, RFC 8216).
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type internal HlsPlaylist =
    /// It lists playlists.
    | OfPlaylists
    /// It lists segments.
    | OfSegments of HlsList
    /// It is no playlist: the line, from 1, and what is wrong with it.
    | Wrong of line: int * why: string

/// Reading playlists.
[<RequireQualifiedAccess>]
module internal Hls =

    // Each is made once: a literal of bytes makes a new array wherever it is used.
    let private extinfTag = "#EXTINF:"B
    let private dateTag = "#EXT-X-PROGRAM-DATE-TIME:"B
    let private rangeTag = "#EXT-X-BYTERANGE:"B
    let private sequenceTag = "#EXT-X-MEDIA-SEQUENCE:"B
    let private streamTag = "#EXT-X-STREAM-INF"B
    let private discontinuityTag = "#EXT-X-DISCONTINUITY"B
    let private gapTag = "#EXT-X-GAP"B
    let private endTag = "#EXT-X-ENDLIST"B
    let private otherTag = "#EXT-X-"B
    let private firstTag = "#EXTM3U"B
    let private blanks = " \t\r"B
    let private blanksAndPoint = " \t."B
    let private uriMark = "URI=\""B
    let private offsetSigns = "Zz+-"B

    /// The number that digits write, at most 18 of them; -1 for anything else.
    let private number (digits: ReadOnlySpan<byte>) : int64 =
        let mutable value = if digits.IsEmpty || digits.Length > 18 then -1L else 0L

        for c in digits do
            value <-
                if value < 0L || c - byte '0' > 9uy then
                    -1L
                else
                    value * 10L + int64 (c - byte '0')

        value

    /// The minutes of an offset: `Z`, `+hh:mm`, `+hhmm`, `+hh` or nothing, which is UTC; -10,000 where it is none.
    let private offset (text: ReadOnlySpan<byte>) : int64 =
        if text.IsEmpty || text.Length = 1 && (text[0] = byte 'Z' || text[0] = byte 'z') then
            0L
        elif text.Length >= 3 && (text[0] = byte '+' || text[0] = byte '-') then
            let rest = text.Slice 3
            let hours = number (text.Slice(1, 2))

            let minutes =
                if rest.IsEmpty then
                    0L
                elif rest.Length = 3 && rest[0] = byte ':' then
                    number (rest.Slice 1)
                elif rest.Length = 2 then
                    number rest
                else
                    -1L

            if hours < 0L || hours > 23L || minutes < 0L || minutes > 59L then
                -10_000L
            elif text[0] = byte '-' then
                -(60L * hours + minutes)
            else
                60L * hours + minutes
        else
            -10_000L

    /// A date, as `2026-11-28T20:25:14.206+01:00`; `Instant.beforeAll` for anything else, and for what no hour can hold.
    let private dateOf (text: ReadOnlySpan<byte>) : Instant =
        let isForm =
            text.Length >= 19
            && text[4] = byte '-'
            && text[7] = byte '-'
            && (text[10] = byte 'T' || text[10] = byte 't' || text[10] = byte ' ')
            && text[13] = byte ':'
            && text[16] = byte ':'

        if not isForm then
            Instant.beforeAll
        else
            let year, month, day =
                number (text.Slice(0, 4)), number (text.Slice(5, 2)), number (text.Slice(8, 2))

            let hour, minute = number (text.Slice(11, 2)), number (text.Slice(14, 2))
            let zone = text.Slice(17).IndexOfAny(offsetSigns)
            let seconds = if zone < 0 then text.Slice 17 else text.Slice(17, zone)
            let offset = if zone < 0 then 0L else offset (text.Slice(17 + zone))

            let length =
                if seconds.Length = 2 || seconds.Length > 2 && seconds[2] = byte '.' then
                    Duration.read seconds
                else
                    -1L<us>

            let isDate =
                year >= 1970L
                && year <= 9998L
                && month >= 1L
                && month <= 12L
                && day >= 1L
                && day <= int64 (DateTime.DaysInMonth(int year, int month))
                && hour >= 0L
                && hour <= 23L
                && minute >= 0L
                && minute <= 59L
                && length >= Duration.zero
                && length <= Duration.ofSeconds 60L
                && number (seconds.Slice(0, 2)) <= 59L
                && offset > -10_000L

            if not isDate then
                Instant.beforeAll
            else
                let midnight =
                    (DateTime(int year, int month, int day) - DateTime.UnixEpoch).Ticks / 10L

                let start =
                    Instant.ofMicroseconds midnight
                    |> Instant.add (Duration.ofSeconds (60L * (60L * hour + minute - offset)))
                    |> Instant.add length

                if start >= Hour.start Hour.first && start < Hour.finish Hour.last then
                    start
                else
                    Instant.beforeAll

    /// What some editors put in front.
    let private byteOrderMark = [| 0xEFuy; 0xBBuy; 0xBFuy |]

    /// Reads a playlist line by line.
    [<Sealed>]
    type private Reader(folder: string, expected: int) =
        let segments = ImmutableArray.CreateBuilder<HlsSegment> expected
        let beside = ImmutableArray.CreateBuilder<string>()
        let mutable wrong = ValueNone
        let mutable isOfPlaylists = false
        let mutable isEnded = false
        let mutable first = 0L
        // What is known of the next segment. A length below zero is none yet.
        let mutable length = -1L<us>
        let mutable isGap = false
        let mutable from = 0L
        let mutable bytes = -1L
        // Where the segments before end, and the date of the next one.
        let mutable reached = Instant.beforeAll
        let mutable date = Instant.beforeAll

        let fail (line: int) (why: string) = wrong <- ValueSome(struct (line, why))

        let extinf (line: int) (text: ReadOnlySpan<byte>) =
            let comma = text.IndexOf(byte ',')
            let number = (if comma < 0 then text else text.Slice(0, comma)).Trim(blanksAndPoint)
            length <- Duration.read number

            if length < Duration.zero then
                fail line "#EXTINF has no length in seconds"
            elif length > Duration.longest then
                fail line "#EXTINF is longer than a day"

        let range (line: int) (text: ReadOnlySpan<byte>) =
            let at = text.IndexOf(byte '@')
            bytes <- number (if at < 0 then text else text.Slice(0, at))

            // -1 says that it follows the part before.
            from <- if at < 0 then -1L else number (text.Slice(at + 1))

            if bytes < 0L || (at >= 0 && from < 0L) then
                fail line "#EXT-X-BYTERANGE has no bytes"

        let needs (text: ReadOnlySpan<byte>) =
            let at = text.IndexOf uriMark

            if at >= 0 then
                let address = text.Slice(at + 5)
                let ending = address.IndexOf(byte '"')

                let path =
                    if ending < 0 then
                        ""
                    else
                        HlsAddress.locate folder (address.Slice(0, ending))

                if path <> "" && (beside.Count = 0 || beside[beside.Count - 1] <> path) then
                    beside.Add path

        let segment (line: int) (address: ReadOnlySpan<byte>) =
            let path = HlsAddress.locate folder address
            let hasOne = segments.Count > 0

            let before =
                if hasOne then
                    segments[segments.Count - 1]
                else
                    Unchecked.defaultof<_>

            let isSame = hasOne && before.Path = path

            if length < Duration.zero then
                fail line "a segment has no #EXTINF before it"
            elif from < 0L && not (isSame && before.Bytes >= 0L) then
                fail
                    line
                    "#EXT-X-BYTERANGE does not say where it begins, and none of the same file is before it"
            else
                let start = if date <> Instant.beforeAll then date else reached

                if start >= Hour.finish Hour.last then
                    fail line "the segments reach beyond the year 9998"

                segments.Add
                    { Path = (if isSame then before.Path else path)
                      Start = start
                      Length = length
                      From = (if from < 0L then before.From + before.Bytes else from)
                      Bytes = bytes
                      IsGap = isGap }

                reached <-
                    if start = Instant.beforeAll then
                        start
                    else
                        Instant.add length start

                date <- Instant.beforeAll
                length <- -1L<us>
                isGap <- false
                from <- 0L
                bytes <- -1L

        /// The line that is wrong, and why.
        member _.Wrong = wrong

        /// Takes the first line.
        member _.First(line: ReadOnlySpan<byte>) =
            let text = if line.StartsWith byteOrderMark then line.Slice 3 else line

            if not (text.TrimEnd(blanks).SequenceEqual firstTag) then
                fail 1 "the first line is not #EXTM3U"

        /// Takes a later line; one that it need not know is passed over.
        member _.Line(number': int, line: ReadOnlySpan<byte>) =
            if line.IsEmpty then
                ()
            elif line[0] <> byte '#' then
                if not isOfPlaylists then
                    segment number' line
            elif line.StartsWith extinfTag then
                extinf number' (line.Slice 8)
            elif line.StartsWith dateTag then
                date <- dateOf (line.Slice(25).Trim(blanks))

                if date = Instant.beforeAll then
                    fail number' "#EXT-X-PROGRAM-DATE-TIME has no date"
            elif line.StartsWith rangeTag then
                range number' (line.Slice(17).Trim(blanks))
            elif line.StartsWith sequenceTag then
                first <- max 0L (number (line.Slice(22).Trim(blanks)))
            elif line.StartsWith streamTag then
                isOfPlaylists <- true
            elif line.SequenceEqual discontinuityTag then
                reached <- Instant.beforeAll
            elif line.SequenceEqual gapTag then
                isGap <- true
            elif line.SequenceEqual endTag then
                isEnded <- true
            elif line.StartsWith otherTag then
                needs line

        /// What the lines say.
        member _.Result: HlsPlaylist =
            match wrong with
            | ValueSome(struct (line, why)) -> HlsPlaylist.Wrong(line, why)
            | ValueNone when isOfPlaylists -> HlsPlaylist.OfPlaylists
            | ValueNone ->
                HlsPlaylist.OfSegments
                    { Segments = segments.DrainToImmutable()
                      Beside = beside.DrainToImmutable()
                      First = first
                      IsEnded = isEnded }

    /// Reads the bytes of a playlist that lies in a folder of the archive, which is empty for the archive itself. What it makes
    /// is no more than a few times as long as they are.
    let read (folder: string) (text: ReadOnlySpan<byte>) : HlsPlaylist =
        // Counted, since a list that grows as it is read takes up three times as much.
        let reader = Reader(folder, text.Count extinfTag)
        let mutable rest = text
        let mutable line = 0

        while line = 0 || not rest.IsEmpty && reader.Wrong.IsNone do
            let ending = rest.IndexOf(byte '\n')
            let one = if ending < 0 then rest else rest.Slice(0, ending)

            rest <-
                if ending < 0 then
                    ReadOnlySpan.Empty
                else
                    rest.Slice(ending + 1)

            line <- line + 1

            if line = 1 then
                reader.First one
            else
                reader.Line(line, one.Trim(blanks))

        reader.Result
