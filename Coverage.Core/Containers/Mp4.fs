namespace Coverage

open System
open System.Text

/// From where to where the fragments of a track reach, in its ticks.
[<Struct; NoComparison>]
type private Reach = { First: Int128; End: Int128 }

/// What has been read of a file.
[<NoComparison>]
type private Mp4File =
    {
        Size: int64
        Movie: Movie voption
        /// What whole pairs of `moof` and `mdat` reach, by track.
        Reached: Map<uint64, Reach>
        /// The same with the latest `moof`, whose `mdat` has not come.
        Pending: Map<uint64, Reach> voption
        HasMfra: bool
    }

/// MP4 files as bytes (semantics.md section 13): how long they are, and whether they are whole.
[<RequireQualifiedAccess>]
module internal Mp4 =

    /// How many bytes of a table are read at a time.
    [<Literal>]
    let private Chunk = 65_536

    /// Adds up the lengths of the samples of a `trun`, from a place on.
    let rec private samples
        (at: int64)
        (stride: int)
        (left: int64)
        (sum: Int128)
        (next: Int128 -> Probe)
        : Probe =
        if left <= 0L then
            next sum
        else
            let count = int (min left (int64 (Chunk / stride)))

            Need(
                at,
                count * stride,
                fun bytes ->
                    let mutable sum = sum

                    for i in 0 .. count - 1 do
                        sum <- sum + Int128.op_Implicit (Media.number bytes (i * stride) 4)

                    samples (at + int64 (count * stride)) stride (left - int64 count) sum next
            )

    /// What has been read of a `traf`: its track, the length of a sample where samples do not say it, and its reach.
    let private inFragment
        (movie: Movie)
        (box: Box)
        (reached: Map<uint64, Reach>)
        (next: Map<uint64, Reach> -> Probe)
        =
        let startOf (track: uint64) =
            match reached.TryFind track with
            | Some reach -> reach.End
            | None -> Int128.Zero

        let each (struct (track, length, reach: Reach voption)) (box: Box) next =
            let current =
                match reach with
                | ValueSome reach -> reach
                | ValueNone ->
                    { First = startOf track
                      End = startOf track }

            match box.Type with
            | "tfhd" ->
                Boxes.content box 24 (fun bytes ->
                    let track = Media.number bytes 4 4
                    let flags = Boxes.flags bytes
                    let has (flag: uint64) = if flags &&& flag <> 0UL then 1 else 0
                    let at = 8 + 8 * has 0x1UL + 4 * has 0x2UL

                    let length =
                        if has 0x8UL = 1 then
                            Media.number bytes at 4
                        else
                            movie.Defaults.TryFind track |> Option.defaultValue 0UL

                    next (struct (track, length, ValueNone)))
            | "tfdt" ->
                Boxes.content box 12 (fun bytes ->
                    let time =
                        Int128.op_Implicit (Media.number bytes 4 (if Boxes.isWide bytes then 8 else 4))

                    next (struct (track, length, ValueSome { First = time; End = time })))
            | "trun" ->
                Boxes.content box 16 (fun bytes ->
                    let flags = Boxes.flags bytes
                    let has (flag: uint64) = if flags &&& flag <> 0UL then 1 else 0
                    let count = int64 (Media.number bytes 4 4)

                    let ends (sum: Int128) =
                        next (struct (track, length, ValueSome { current with End = current.End + sum }))

                    if has 0x100UL = 0 then
                        ends (Int128.op_Implicit count * Int128.op_Implicit length)
                    else
                        let stride = 4 * (1 + has 0x200UL + has 0x400UL + has 0x800UL)
                        let at = box.From + 8L + int64 (4 * has 0x1UL + 4 * has 0x4UL)
                        samples at stride (min count ((box.Until - at) / int64 stride)) Int128.Zero ends)
            | _ -> next (struct (track, length, reach))

        Boxes.inside box (struct (0UL, 0UL, ValueNone)) each (fun (struct (track, _, reach)) ->
            match reach with
            | ValueNone -> next reached
            | ValueSome reach ->
                let all =
                    match reached.TryFind track with
                    | Some before ->
                        { First = before.First
                          End = Int128.Max(before.End, reach.End) }
                    | None -> reach

                next (reached.Add(track, all)))

    let private top (file: Mp4File) (box: Box) (next: Mp4File -> Probe) : Probe =
        match box.Type, file.Movie with
        | "moov", ValueNone ->
            Boxes.inside box Movie.none Movie.inMovie (fun movie ->
                next { file with Movie = ValueSome movie })
        | "moof", ValueSome movie ->
            let each reached (box: Box) next =
                if box.Type = "traf" then
                    inFragment movie box reached next
                else
                    next reached

            Boxes.inside box file.Reached each (fun reached ->
                next
                    { file with
                        Pending = ValueSome reached
                        Movie = ValueSome { movie with IsFragmented = true } })
        | "mdat", _ ->
            next
                { file with
                    Reached = ValueOption.defaultValue file.Reached file.Pending
                    Pending = ValueNone }
        | "mfra", _ -> next { file with HasMfra = true }
        | _ -> next file

    /// From the smallest first to the largest end of all tracks.
    let private reach (movie: Movie) (reached: Map<uint64, Reach>) : Duration =
        let mutable first = ValueNone
        let mutable last = ValueNone

        // The ticks of tracks differ: a / b < c / d where a * d < c * b.
        let isLess (struct (a: Int128, b: Int128)) (struct (c: Int128, d: Int128)) = a * d < c * b

        for track in movie.Tracks do
            match reached.TryFind track.Id with
            | Some reach when track.Timescale > 0UL ->
                let scale = Int128.op_Implicit track.Timescale
                let start, finish = struct (reach.First, scale), struct (reach.End, scale)

                if first.IsNone || isLess start first.Value then
                    first <- ValueSome start

                if last.IsNone || isLess last.Value finish then
                    last <- ValueSome finish
            | _ -> ()

        match first, last with
        | ValueSome(struct (a, b)), ValueSome(struct (c, d)) -> Media.ofSeconds (c * b - a * d) (b * d)
        | _ -> Duration.zero

    /// What a file of MediaMTX says: its `mvhd` where that is good.
    let private mtxi (movie: Movie) (start: Instant voption) (reached: Duration) : Probe =
        let declared =
            match movie.Length with
            | ValueSome ticks ->
                Media.ofSeconds (Int128.op_Implicit ticks) (Int128.op_Implicit movie.Timescale)
            | ValueNone -> Duration.zero

        let isGood =
            declared > Duration.zero
            && declared <= Duration.longest
            && abs (declared - reached) <= Duration.second

        Known(
            Ok
                { Length = if isGood then declared else reached
                  Kind =
                    if isGood then SegmentKind.Full
                    elif declared > Duration.longest then SegmentKind.Suspect
                    else SegmentKind.Partial
                  IsClosed = isGood
                  Start = start
                  IsMtxi = true }
        )

    let private finish (file: Mp4File) (at: int64) : Probe =
        let isTorn = at < file.Size || file.Pending.IsSome

        match file.Movie with
        | ValueNone -> Media.bad MediaFault.NoMoov
        | ValueSome({ Mtxi = ValueSome start } as movie) -> mtxi movie start (reach movie file.Reached)
        | ValueSome movie when movie.IsFragmented -> Media.file (reach movie file.Reached) isTorn file.HasMfra
        | ValueSome movie ->
            match movie.Length with
            | ValueSome ticks when movie.Timescale > 0UL ->
                let empty =
                    if movie.Tracks.IsEmpty then
                        0UL
                    else
                        movie.Tracks |> Seq.map _.Empty |> Seq.min

                let length =
                    Media.ofSeconds
                        (Int128.op_Implicit ticks - Int128.op_Implicit empty)
                        (Int128.op_Implicit movie.Timescale)

                Media.file length isTorn (not isTorn)
            | _ -> Media.bad MediaFault.NoLength

    /// Whether a file begins as an MP4 file does.
    let isOne (bytes: ReadOnlyMemory<byte>) : bool =
        bytes.Length >= 8
        && (match Encoding.Latin1.GetString(bytes.Span.Slice(4, 4)) with
            | "ftyp"
            | "styp"
            | "moov"
            | "moof"
            | "mdat"
            | "sidx"
            | "free"
            | "skip"
            | "wide"
            | "pdin"
            | "uuid" -> true
            | _ -> false)

    /// Finds out about a file of so many bytes.
    let probe (size: int64) : Probe =
        Boxes.sideBySide
            0L
            size
            { Size = size
              Movie = ValueNone
              Reached = Map.empty
              Pending = ValueNone
              HasMfra = false }
            top
            finish
