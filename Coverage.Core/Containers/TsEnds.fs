namespace Coverage

open System
open System.Collections.Generic

/// MPEG-TS files from their ends (semantics.md section 13): how long they are, without reading all of them.
[<RequireQualifiedAccess>]
module internal TsEnds =

    /// How much is read of each end at first, in whole packets.
    [<Literal>]
    let private First = 65_424

    /// More than this is not read of an end.
    [<Literal>]
    let private Most = 4_187_136

    /// How many timestamps of each end are enough: pictures are not sent in order, and no further apart.
    [<Literal>]
    let private Enough = 8

    /// Where the payload of a packet begins that begins a PES packet; 0 where it does not.
    let private payloadAt (packet: ReadOnlySpan<byte>) : int =
        if packet[0] <> 0x47uy || packet[1] &&& 0x40uy = 0uy || packet[3] &&& 0x10uy = 0uy then
            0
        elif packet[3] &&& 0x20uy = 0uy then
            4
        else
            let at = 5 + int packet[4]
            if at < 188 then at else 0

    /// The timestamps of an end, by kind (video comes first) and PID, in the order of the file.
    let private timestamps (bytes: ReadOnlySpan<byte>) : SortedDictionary<struct (bool * int), List<int64>> =
        let found = SortedDictionary<struct (bool * int), List<int64>>()
        let mutable at = 0

        while at + 188 <= bytes.Length do
            let packet = bytes.Slice(at, 188)
            let from = payloadAt packet
            let payload = packet.Slice from

            if from > 0 then
                let timestamp = Pes.timestamp payload

                if timestamp >= 0L && (Pes.isVideo payload || Pes.isAudio payload) then
                    let pid = (int (packet[1] &&& 0x1Fuy) <<< 8) ||| int packet[2]
                    let key = struct (not (Pes.isVideo payload), pid)

                    if not (found.ContainsKey key) then
                        found[key] <- List<int64>()

                    found[key].Add timestamp

            at <- at + 188

        found

    /// Timestamps with the wraps of 33 bits undone, from one on.
    let private unwrapped (from: int64) (timestamps: List<int64>) : int64[] =
        let mutable last = from

        [| for timestamp in timestamps do
               last <- last + (((timestamp - last) <<< 31) >>> 31)
               last |]

    /// The steps between neighbours.
    let private steps (timestamps: int64[]) : int64[] =
        timestamps
        |> Array.sort
        |> Array.pairwise
        |> Array.map (fun (one, next) -> next - one)
        |> Array.filter (fun step -> step > 0L)

    /// The length by the timestamps of both ends: from the least to the most, and a step more; none where there are too few.
    let private lengthOf
        (head: ReadOnlySpan<byte>)
        (tail: ReadOnlySpan<byte>)
        (enough: int)
        : Duration voption =
        let first, last = timestamps head, timestamps tail

        let lowest = Seq.append first.Keys last.Keys |> Seq.sort |> Seq.tryHead

        match lowest with
        | Some key when first.ContainsKey key && last.ContainsKey key ->
            let head = unwrapped first[key].[0] first[key]
            let tail = unwrapped head[head.Length - 1] last[key]
            let steps = Array.append (steps head) (steps tail) |> Array.sort

            if head.Length < enough || tail.Length < enough || steps.Length = 0 then
                ValueNone
            else
                let ticks = Array.max tail - Array.min head + steps[(steps.Length - 1) / 2]

                ValueSome(Media.ofSeconds (Int128.op_Implicit ticks) (Int128.op_Implicit 90_000L))
        | _ -> ValueNone

    let private file (size: int64) (length: Duration voption) : Probe =
        match length with
        | ValueSome length -> Media.file length (size % 188L <> 0L) false
        | ValueNone -> Media.bad MediaFault.NoLength

    /// Reads as much of both ends as it takes.
    let rec private ends (size: int64) (length: int) : Probe =
        if size <= 2L * int64 length then
            whole size size
        else
            Need(0L, length, (fun head -> before size head ((size / 188L) * 188L)))

    /// Reads before some place of a file whose head is known; after it there is no timestamp.
    and private before (size: int64) (head: ReadOnlyMemory<byte>) (place: int64) : Probe =
        let length = head.Length

        if place <= 2L * int64 length then
            whole size place
        else
            let tailAt = place - int64 length

            Need(
                tailAt,
                length,
                fun tail ->
                    let enough = if length < Most then Enough else 1

                    match lengthOf head.Span tail.Span enough with
                    | ValueNone when length < Most -> ends size (min Most (4 * length))
                    // Room that was set aside and never written, as after a power cut.
                    | ValueNone when (timestamps tail.Span).Count = 0 -> before size head tailAt
                    | found -> file size found
            )

    and private whole (size: int64) (until: int64) : Probe =
        Need(0L, int until, (fun bytes -> file size (Ts.length (Ts.facts bytes.Span).Clock)))

    /// How many packets begin as packets do, one after another, from the first of them.
    let isOne (bytes: ReadOnlyMemory<byte>) : bool =
        let packets = bytes.Length / 188
        let mutable run = 0
        let mutable longest = 0

        for packet in 0 .. packets - 1 do
            run <- if bytes.Span[packet * 188] = 0x47uy then run + 1 else 0
            longest <- max longest run

        packets > 0 && longest >= min 3 packets

    /// Finds out about a file of so many bytes.
    let probe (size: int64) : Probe = ends size First

/// Media files as bytes (semantics.md section 13).
[<RequireQualifiedAccess>]
module internal Container =

    /// How much of the beginning tells what a file is.
    [<Literal>]
    let private Head = 1880

    /// Finds out about a file of so many bytes.
    let probe (size: int64) : Probe =
        if size <= 0L then
            Media.bad MediaFault.Empty
        else
            Need(
                0L,
                int (min size (int64 Head)),
                fun bytes ->
                    if Matroska.isOne bytes then Matroska.probe size
                    elif Mp4.isOne bytes then Mp4.probe size
                    elif TsEnds.isOne bytes then TsEnds.probe size
                    else Media.bad MediaFault.UnknownForm
            )
