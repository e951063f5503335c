namespace Coverage

open System

/// What `moov` says of a track; fields that it does not have are 0.
[<NoComparison>]
type internal Track =
    {
        Id: uint64
        /// Ticks in a second.
        Timescale: uint64
        /// The length of its leading empty edits, in ticks of the movie.
        Empty: uint64
    }

/// What `moov` says.
[<NoComparison>]
type internal Movie =
    {
        /// Ticks in a second.
        Timescale: uint64
        /// In ticks; `ValueNone` where it is said to be unknown.
        Length: uint64 voption
        Tracks: Track list
        /// The length of a sample of each track, where fragments do not say it.
        Defaults: Map<uint64, uint64>
        IsFragmented: bool
        /// When the file starts, where a MediaMTX box says it.
        Mtxi: Instant voption voption
    }

/// Reading `moov`.
[<RequireQualifiedAccess>]
module internal Movie =

    /// Before anything of it is read.
    let none: Movie =
        { Timescale = 0UL
          Length = ValueNone
          Tracks = []
          Defaults = Map.empty
          IsFragmented = false
          Mtxi = ValueNone }

    /// Ticks in a second and the length in ticks, as `mvhd` and `mdhd` have them.
    let private times (bytes: ReadOnlyMemory<byte>) : struct (uint64 * uint64 voption) =
        let at, length = if Boxes.isWide bytes then 20, 8 else 12, 4
        let ticks = Media.number bytes (at + 4) length
        let unknown = if length = 8 then UInt64.MaxValue else 0xFFFF_FFFFUL

        struct (Media.number bytes at 4,
                (if ticks = unknown || bytes.Length < at + 4 + length then
                     ValueNone
                 else
                     ValueSome ticks))

    /// The length of the leading entries of `elst` that show nothing.
    let private emptyEdits (bytes: ReadOnlyMemory<byte>) : uint64 =
        let width = if Boxes.isWide bytes then 8 else 4
        let stride = 2 * width + 4
        let nothing = if width = 8 then UInt64.MaxValue else 0xFFFF_FFFFUL

        let count =
            min (int (Media.number bytes 4 4 &&& 0xFFFFUL)) ((bytes.Length - 8) / stride)

        let rec sum (entry: int) (length: uint64) =
            let at = 8 + entry * stride

            if entry < count && Media.number bytes (at + width) width = nothing then
                sum (entry + 1) (length + Media.number bytes at width)
            else
                length

        sum 0 0UL

    let private inEdits (track: Track) (box: Box) (next: Track -> Probe) : Probe =
        if box.Type = "elst" then
            Boxes.content box 4096 (fun bytes -> next { track with Empty = emptyEdits bytes })
        else
            next track

    let private inMedia (track: Track) (box: Box) (next: Track -> Probe) : Probe =
        if box.Type = "mdhd" then
            Boxes.content box 36 (fun bytes ->
                let struct (timescale, _) = times bytes
                next { track with Timescale = timescale })
        else
            next track

    let private inTrack (track: Track) (box: Box) (next: Track -> Probe) : Probe =
        match box.Type with
        | "tkhd" ->
            Boxes.content box 32 (fun bytes ->
                next
                    { track with
                        Id = Media.number bytes (if Boxes.isWide bytes then 20 else 12) 4 })
        | "edts" -> Boxes.inside box track inEdits next
        | "mdia" -> Boxes.inside box track inMedia next
        | _ -> next track

    let private inExtends (movie: Movie) (box: Box) (next: Movie -> Probe) : Probe =
        if box.Type = "trex" then
            Boxes.content box 16 (fun bytes ->
                next
                    { movie with
                        Defaults = movie.Defaults.Add(Media.number bytes 4 4, Media.number bytes 12 4) })
        else
            next movie

    let private inUserData (movie: Movie) (box: Box) (next: Movie -> Probe) : Probe =
        if box.Type = "mtxi" then
            Boxes.content box 44 (fun bytes ->
                let nanoseconds = int64 (Media.number bytes 36 8)

                let start =
                    if nanoseconds > 0L then
                        ValueSome(Instant.ofMicroseconds (nanoseconds / 1000L))
                    else
                        ValueNone

                next { movie with Mtxi = ValueSome start })
        else
            next movie

    let inMovie (movie: Movie) (box: Box) (next: Movie -> Probe) : Probe =
        match box.Type with
        | "mvhd" ->
            Boxes.content box 36 (fun bytes ->
                let struct (timescale, length) = times bytes

                next
                    { movie with
                        Timescale = timescale
                        Length = length })
        | "trak" ->
            Boxes.inside
                box
                { Id = 0UL
                  Timescale = 0UL
                  Empty = 0UL }
                inTrack
                (fun track ->
                    next
                        { movie with
                            Tracks = track :: movie.Tracks })
        | "mvex" -> Boxes.inside box { movie with IsFragmented = true } inExtends next
        | "udta" -> Boxes.inside box movie inUserData next
        | _ -> next movie
