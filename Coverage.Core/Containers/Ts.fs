namespace Coverage

open System

/// The timestamps of one stream of a file, in ticks of 90 kHz.
[<Struct; NoComparison>]
type internal TsClock =
    {
        /// How many there are.
        Count: int64
        /// The largest less the smallest.
        Span: int64
    }

/// What the bytes of a file say, taken as MPEG-TS packets at multiples of 188 (semantics.md section 12).
[<Struct; NoComparison>]
type internal TsFacts =
    {
        /// In bytes.
        Size: int64
        /// Whether three neighbouring packets, or all where there are fewer, begin as packets do.
        IsTs: bool
        /// Whether some packet does not.
        HasLostSync: bool
        /// Whether some counter of packets does not go on from the one before.
        IsDiscontinuous: bool
        /// Whether some packet says that its transport failed.
        HasTransportError: bool
        /// Whether the clock is that of video.
        IsVideo: bool
        /// The timestamps of the video, or else of the audio.
        Clock: TsClock
    }

    /// Whether bytes are left after the last whole packet.
    member this.IsTorn: bool = this.Size % 188L <> 0L

/// The timestamps of a file's lowest PID, gathered inside `TsReader`.
[<Struct; NoComparison; NoEquality>]
type private Timestamps =
    val mutable Pid: int
    val mutable Count: int64
    /// The latest, the smallest and the largest, with the wraps of 33 bits undone.
    val mutable Last: int64
    val mutable Least: int64
    val mutable Most: int64

    member this.Add(pid: int, timestamp: int64) =
        if this.Count = 0L || pid < this.Pid then
            this.Pid <- pid
            this.Count <- 1L
            this.Last <- timestamp
            this.Least <- timestamp
            this.Most <- timestamp
        elif pid = this.Pid then
            // The step from the latest one is the shorter way round: its 33 bits with their sign.
            this.Last <- this.Last + (((timestamp - this.Last) <<< 31) >>> 31)
            this.Count <- this.Count + 1L
            this.Least <- min this.Least this.Last
            this.Most <- max this.Most this.Last

    member this.Clock: TsClock =
        { Count = this.Count
          Span = this.Most - this.Least }

/// PES packets as bytes.
[<RequireQualifiedAccess>]
module internal Pes =

    /// The presentation timestamp of a packet that begins here; -1 where it has none. A header that goes on in the next packet of
    /// the transport, which no muxer writes, has none.
    let inline timestamp (payload: ReadOnlySpan<byte>) : int64 =
        if
            payload.Length >= 14
            && payload[0] = 0uy
            && payload[1] = 0uy
            && payload[2] = 1uy
            && payload[6] &&& 0xC0uy = 0x80uy
            && payload[7] &&& 0x80uy <> 0uy
            && payload[8] >= 5uy
        then
            (int64 (payload[9] &&& 0x0Euy) <<< 29)
            ||| (int64 payload[10] <<< 22)
            ||| (int64 (payload[11] &&& 0xFEuy) <<< 14)
            ||| (int64 payload[12] <<< 7)
            ||| int64 (payload[13] >>> 1)
        else
            -1L

    /// Whether a packet that begins here is one of video.
    let inline isVideo (payload: ReadOnlySpan<byte>) : bool = payload[3] &&& 0xF0uy = 0xE0uy

    /// Whether it is one of audio.
    let inline isAudio (payload: ReadOnlySpan<byte>) : bool =
        payload[3] &&& 0xE0uy = 0xC0uy || payload[3] = 0xBDuy

/// Finds the facts of a file in one pass over its bytes, which come in pieces of any size. Any bytes will do. One reader
/// serves file after file and keeps its arrays; the number of PIDs of a file bounds them, at most 8191.
[<Sealed>]
type internal TsReader() =

    /// The place of each PID in the arrays below, from 1; 0 while the file has no packet of it.
    let places = Array.zeroCreate<int16> 0x2000

    /// The PIDs that have a place, in order of their places.
    let mutable pids = Array.zeroCreate<int16> 8
    let mutable known = 0

    /// The latest packet of each PID, one after another, and whether it repeats the one before it.
    let mutable packets = Array.zeroCreate<byte>(8 * 188)
    let mutable isRepeated = Array.zeroCreate<bool> 8

    /// The beginning of a packet that the next piece goes on with.
    let begun = Array.zeroCreate<byte> 188
    let mutable begunLength = 0

    let mutable size = 0L
    let mutable run = 0L
    let mutable longestRun = 0L
    let mutable hasLostSync = false
    let mutable isDiscontinuous = false
    let mutable hasTransportError = false
    let mutable video = Unchecked.defaultof<Timestamps>
    let mutable audio = Unchecked.defaultof<Timestamps>

    /// The place of a PID that has none yet.
    let place (pid: int) : int =
        if known = pids.Length then
            Array.Resize(&pids, 2 * known)
            Array.Resize(&isRepeated, 2 * known)
            Array.Resize(&packets, 2 * known * 188)

        pids[known] <- int16 pid
        isRepeated[known] <- false
        known <- known + 1
        places[pid] <- int16 known
        known

    /// Takes the timestamp of a PES packet that begins in a packet's payload.
    let begin' (pid: int) (payload: ReadOnlySpan<byte>) : unit =
        let timestamp = Pes.timestamp payload

        if timestamp >= 0L then
            if Pes.isVideo payload then
                video.Add(pid, timestamp)
            elif Pes.isAudio payload then
                audio.Add(pid, timestamp)

    /// Whether a packet goes on from the latest one of its PID; and whether it repeats that one, for the first time.
    let goesOn (at: int) (packet: ReadOnlySpan<byte>) (isMarked: bool) : struct (bool * bool) =
        let latest = ReadOnlySpan(packets, at * 188, 188)
        let counter, before = packet[3] &&& 0x0Fuy, latest[3] &&& 0x0Fuy

        if packet[3] &&& 0x10uy = 0uy then
            struct (isMarked || counter = before, false)
        elif counter = before && not isRepeated[at] && packet.SequenceEqual latest then
            struct (true, true)
        else
            struct (isMarked || counter = ((before + 1uy) &&& 0x0Fuy), false)

    /// Takes a packet that begins as packets do, of any PID but that of stuffing.
    let take (pid: int) (packet: ReadOnlySpan<byte>) : unit =
        let hasAdaptation = packet[3] &&& 0x20uy <> 0uy
        let adaptation = if hasAdaptation then 1 + int packet[4] else 0
        let isMarked = adaptation > 1 && packet[5] &&& 0x80uy <> 0uy
        let mutable isRepetition = false
        let mutable at = int places[pid] - 1

        if at < 0 then
            at <- place pid - 1
        else
            let struct (isGood, repeats) = goesOn at packet isMarked
            isDiscontinuous <- isDiscontinuous || not isGood
            isRepetition <- repeats

        isRepeated[at] <- isRepetition
        packet.CopyTo(Span(packets, at * 188, 188))
        let begins = packet[1] &&& 0x40uy <> 0uy && packet[3] &&& 0x10uy <> 0uy

        if begins && not isRepetition && 4 + adaptation < 188 then
            begin' pid (packet.Slice(4 + adaptation))

    let takeAny (packet: ReadOnlySpan<byte>) : unit =
        if packet[0] <> 0x47uy then
            hasLostSync <- true
            run <- 0L
        else
            run <- run + 1L
            longestRun <- max longestRun run
            hasTransportError <- hasTransportError || packet[1] &&& 0x80uy <> 0uy
            let pid = (int (packet[1] &&& 0x1Fuy) <<< 8) ||| int packet[2]

            if pid <> 0x1FFF then
                take pid packet

    /// Begins a file.
    member _.Begin() : unit =
        for at in 0 .. known - 1 do
            places[int pids[at]] <- 0s

        known <- 0
        begunLength <- 0
        size <- 0L
        run <- 0L
        longestRun <- 0L
        hasLostSync <- false
        isDiscontinuous <- false
        hasTransportError <- false
        video <- Unchecked.defaultof<Timestamps>
        audio <- Unchecked.defaultof<Timestamps>

    /// Takes the next piece of the file.
    member _.Add(piece: ReadOnlySpan<byte>) : unit =
        size <- size + int64 piece.Length
        let mutable rest = piece

        if begunLength > 0 then
            let length = min (188 - begunLength) rest.Length
            rest.Slice(0, length).CopyTo(begun.AsSpan begunLength)
            begunLength <- begunLength + length
            rest <- rest.Slice length

            if begunLength = 188 then
                begunLength <- 0
                takeAny (ReadOnlySpan begun)

        while rest.Length >= 188 do
            takeAny (rest.Slice(0, 188))
            rest <- rest.Slice 188

        if not rest.IsEmpty then
            rest.CopyTo(begun.AsSpan())
            begunLength <- rest.Length

    /// The facts of the bytes taken since the beginning of the file.
    member _.Facts: TsFacts =
        let count = size / 188L

        { Size = size
          IsTs = count > 0L && longestRun >= min 3L count
          HasLostSync = hasLostSync
          IsDiscontinuous = isDiscontinuous
          HasTransportError = hasTransportError
          IsVideo = video.Count > 0L
          Clock = if video.Count > 0L then video.Clock else audio.Clock }

/// MPEG-TS files as bytes (semantics.md section 12).
[<RequireQualifiedAccess>]
module internal Ts =

    /// The facts of a file.
    let facts (bytes: ReadOnlySpan<byte>) : TsFacts =
        let reader = TsReader()
        reader.Add bytes
        reader.Facts

    let inline private big (number: int64) : Int128 = Int128.op_Implicit number

    /// The length of what the timestamps count, from the first frame to the end of the last, as a fraction of microseconds.
    /// A tick is 100/9 of one, and the last frame is as long as all are in the mean.
    let fraction (clock: TsClock) : struct (Int128 * Int128) =
        struct (big clock.Span * big clock.Count * big 100L, big 9L * big (clock.Count - 1L))

    /// That length, rounded half-even as all decimals are; none of one timestamp.
    let length (clock: TsClock) : Duration voption =
        if clock.Count < 2L then
            ValueNone
        else
            let struct (dividend, divisor) = fraction clock
            let struct (whole, rest) = Int128.DivRem(dividend, divisor)
            let left = rest + rest - divisor

            let up = left > Int128.Zero || left = Int128.Zero && Int128.IsOddInteger whole

            // A file of garbage can have timestamps all over.
            let rounded =
                Int128.Min(big Int64.MaxValue, (if up then whole + Int128.One else whole))

            ValueSome(Duration.ofMicroseconds (Int128.op_Explicit rounded: int64))
