namespace Coverage

open System
open System.Collections.Immutable
open System.Globalization

/// A segment that a playlist lists.
[<NoComparison>]
type internal HlsSegment =
    {
        /// Its address, as the playlist has it.
        Uri: string
        /// When it starts; none where the playlist does not date it.
        Start: Instant voption
        /// How long it is.
        Length: Duration
        /// Whether the playlist says that it is not there.
        IsGap: bool
        /// Whether it is a part of a file that others may share.
        IsPart: bool
    }

/// A playlist (semantics.md section 13, RFC 8216).
[<RequireQualifiedAccess; NoComparison>]
type internal HlsPlaylist =
    /// It lists playlists.
    | OfPlaylists
    /// It lists segments; whether no more will come.
    | OfSegments of segments: ImmutableArray<HlsSegment> * isEnded: bool
    /// It is no playlist: the line, from 1, and what is wrong with it.
    | Wrong of line: int * why: string

/// Reading playlists.
[<RequireQualifiedAccess>]
module internal Hls =

    /// The text after a tag's colon; nothing where the line is another tag.
    let private tag (name: string) (line: string) : string voption =
        if line.StartsWith(name + ":", StringComparison.Ordinal) then
            ValueSome(line.Substring(name.Length + 1))
        else
            ValueNone

    /// The length of `#EXTINF`: before the comma.
    let private lengthOf (text: string) : Duration voption =
        let number = text.Split(',').[0].Trim()
        let mutable seconds = 0m

        if
            Decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, &seconds)
            && seconds <= 1_000_000_000m
        then
            ValueSome(Duration.ofMicroseconds (int64 (Math.Round(seconds * 1_000_000m))))
        else
            ValueNone

    /// A date; without an offset it is UTC.
    let private dateOf (text: string) : Instant voption =
        let mutable date = DateTimeOffset()

        if
            DateTimeOffset.TryParse(
                text.Trim(),
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                &date
            )
        then
            ValueSome(Instant.ofMicroseconds ((date.UtcTicks - DateTime.UnixEpoch.Ticks) / 10L))
        else
            ValueNone

    /// Reads a playlist. Lines that it need not know are passed over.
    let read (text: string) : HlsPlaylist =
        let lines = text.Replace("\r\n", "\n").Split '\n'
        let segments = ImmutableArray.CreateBuilder<HlsSegment>()
        let mutable wrong = ValueNone
        let mutable isOfPlaylists = false
        let mutable isEnded = false
        let mutable length = ValueNone
        let mutable isGap = false
        let mutable isPart = false
        // Where the segments before end, and the date of the next one.
        let mutable reached = ValueNone
        let mutable date = ValueNone

        let fail (line: int) (why: string) =
            if wrong.IsNone then
                wrong <- ValueSome(struct (line, why))

        if (lines[0].TrimStart '\uFEFF').Trim() <> "#EXTM3U" then
            fail 1 "the first line is not #EXTM3U"

        for number in 1 .. lines.Length - 1 do
            let line = lines[number].Trim()

            match tag "#EXTINF" line, tag "#EXT-X-PROGRAM-DATE-TIME" line with
            | ValueSome text, _ ->
                length <- lengthOf text

                if length.IsNone then
                    fail (number + 1) "#EXTINF has no length in seconds"
            | _, ValueSome text ->
                date <- dateOf text

                if date.IsNone then
                    fail (number + 1) "#EXT-X-PROGRAM-DATE-TIME has no date"
            | _ ->
                if line.StartsWith("#EXT-X-STREAM-INF", StringComparison.Ordinal) then
                    isOfPlaylists <- true
                elif line = "#EXT-X-DISCONTINUITY" then
                    reached <- ValueNone
                elif line = "#EXT-X-GAP" then
                    isGap <- true
                elif line.StartsWith("#EXT-X-BYTERANGE", StringComparison.Ordinal) then
                    isPart <- true
                elif line = "#EXT-X-ENDLIST" then
                    isEnded <- true
                elif line <> "" && line[0] <> '#' && not isOfPlaylists then
                    match length with
                    | ValueNone -> fail (number + 1) "a segment has no #EXTINF before it"
                    | ValueSome known ->
                        let start = ValueOption.orElse reached date

                        segments.Add
                            { Uri = line
                              Start = start
                              Length = known
                              IsGap = isGap
                              IsPart = isPart }

                        reached <- ValueOption.map (Instant.add known) start
                        date <- ValueNone
                        length <- ValueNone
                        isGap <- false
                        isPart <- false

        match wrong with
        | ValueSome(struct (line, why)) -> HlsPlaylist.Wrong(line, why)
        | ValueNone when isOfPlaylists -> HlsPlaylist.OfPlaylists
        | ValueNone -> HlsPlaylist.OfSegments(segments.DrainToImmutable(), isEnded)
