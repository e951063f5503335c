/// MPEG-TS files for tests: a small muxer, and a slow, obvious reading of the same bytes.
module Coverage.Tests.Packets

open System
open FsCheck
open FsCheck.FSharp

/// A file as a test makes it.
type Media =
    {
        /// The first timestamp of the video, in ticks of 90 kHz.
        First: int64
        /// The ticks of a frame.
        Frame: int64
        /// How many frames.
        Frames: int
        /// How many packets a frame takes.
        PacketsOfFrame: int
        /// Whether frames come in another order than they are shown.
        IsReordered: bool
        HasAudio: bool
        HasVideo: bool
        /// The counters that PIDs begin with.
        Counter: int
    }

    /// The exact length of the video in microseconds, rounded down.
    member this.Length = this.Frame * int64 this.Frames * 100L / 9L

let private mask33 = 0x1_FFFF_FFFFL

/// The header of a PES packet with a timestamp.
let private pes (id: byte) (timestamp: int64) : byte[] =
    let timestamp = timestamp &&& mask33

    [| 0uy
       0uy
       1uy
       id
       0uy
       0uy
       0x80uy
       0x80uy
       5uy
       0x21uy ||| byte ((timestamp >>> 29) &&& 0x0EL)
       byte (timestamp >>> 22)
       1uy ||| byte ((timestamp >>> 14) &&& 0xFEL)
       byte (timestamp >>> 7)
       1uy ||| byte ((timestamp <<< 1) &&& 0xFEL) |]

/// A packet: what of the payload is not given is a filler that never looks like a header.
let packet (pid: int) (begins: bool) (counter: int) (payload: byte[]) : byte[] =
    let filler = Array.init (184 - payload.Length) (fun at -> byte (0x55 + at % 7))

    Array.concat
        [ [| 0x47uy
             (if begins then 0x40uy else 0uy) ||| byte (pid >>> 8)
             byte pid
             0x10uy ||| byte (counter &&& 15) |]
          payload
          filler ]

/// A packet with nothing but an adaptation field, which says whether counters begin anew.
let adaptation (pid: int) (isMarked: bool) (counter: int) : byte[] =
    let bytes = packet pid false counter [| 183uy; (if isMarked then 0x80uy else 0uy) |]
    bytes[3] <- 0x20uy ||| byte (counter &&& 15)
    bytes

let videoPid, audioPid = 256, 257

/// The packets of a file, in order.
let packets (media: Media) : byte[][] =
    let counters = Collections.Generic.Dictionary<int, int>()

    let next pid =
        let counter =
            match counters.TryGetValue pid with
            | true, last -> last + 1
            | _ -> media.Counter

        counters[pid] <- counter
        counter

    let order =
        if media.IsReordered then
            // As with a B frame between two others: 0 2 1 4 3 …
            [| for at in 0 .. media.Frames - 1 do
                   if at = 0 then 0
                   elif at % 2 = 1 then min (at + 1) (media.Frames - 1)
                   else at - 1 |]
            |> fun order ->
                if media.Frames % 2 = 0 && media.Frames > 1 then
                    Array.append order[.. media.Frames - 2] [| media.Frames - 1 |]
                else
                    order
        else
            [| 0 .. media.Frames - 1 |]

    [| packet 0 true (next 0) [| 0uy |]
       packet 4096 true (next 4096) [| 0uy |]
       for frame in order do
           let timestamp = media.First + int64 frame * media.Frame

           if media.HasVideo then
               packet videoPid true (next videoPid) (pes 0xE0uy timestamp)

               for _ in 2 .. media.PacketsOfFrame do
                   packet videoPid false (next videoPid) [||]

           if media.HasAudio then
               packet audioPid true (next audioPid) (pes 0xC0uy timestamp)

           packet 0x1FFF false 0 [||] |]

let bytes (media: Media) : byte[] = Array.concat (packets media)

/// Files of a second or so, of one to three PIDs.
let media: Gen<Media> =
    gen {
        let! frame = Gen.elements [ 1500L; 1501L; 1800L; 3000L; 3003L; 3600L; 3753L ]
        let! frames = Gen.choose (3, 40)

        let! first =
            Gen.oneof
                [ Gen.choose64 (0L, mask33)
                  Gen.choose64 (0L, 30L * frame) |> Gen.map (fun before -> mask33 - before) ]

        let! packetsOfFrame = Gen.choose (3, 5)
        let! isReordered = Gen.elements [ true; false ]
        let! hasVideo = Gen.frequency [ 4, Gen.constant true; 1, Gen.constant false ]
        let! hasAudio = Gen.elements [ true; false ]
        let! counter = Gen.choose (0, 15)

        return
            { First = first
              Frame = frame
              Frames = frames
              PacketsOfFrame = packetsOfFrame
              IsReordered = isReordered
              HasAudio = hasAudio || not hasVideo
              HasVideo = hasVideo
              Counter = counter }
    }

/// The facts of a file as a slow, obvious reading of all its packets at once finds them.
module Model =

    type Facts =
        {
            Size: int
            IsTs: bool
            IsTorn: bool
            HasLostSync: bool
            IsDiscontinuous: bool
            HasTransportError: bool
            /// The video's timestamps, or else the audio's, in order, with the wraps undone.
            Timestamps: int64 list
            IsVideo: bool
        }

    let private isPacket (packet: byte[]) = packet[0] = 0x47uy

    let private pid (packet: byte[]) =
        (int packet[1] % 32) * 256 + int packet[2]

    let private counter (packet: byte[]) = int packet[3] % 16
    let private hasPayload (packet: byte[]) = packet[3] / 16uy % 2uy = 1uy
    let private hasAdaptation (packet: byte[]) = packet[3] / 32uy % 2uy = 1uy

    let private isMarked (packet: byte[]) =
        hasAdaptation packet && packet[4] > 0uy && packet[5] >= 128uy

    /// Which packets of one PID repeat the one before them: of a run of the same packets every second one.
    let private repetitions (packets: byte[] list) : bool list =
        let rec from (before: byte[] option) packets =
            match before, packets with
            | _, [] -> []
            | Some before, packet :: rest when packet = before && hasPayload packet -> true :: from None rest
            | _, packet :: rest -> false :: from (Some packet) rest

        from None packets

    let private isContinuous (packets: byte[] list) : bool =
        // After a repetition the same packet is one too many.
        List.zip packets (repetitions packets)
        |> List.pairwise
        |> List.forall (fun ((before, _), (packet, isRepetition)) ->
            isRepetition
            || isMarked packet
            || counter packet =
                (if hasPayload packet then
                     (counter before + 1) % 16
                 else
                     counter before))

    let private payload (packet: byte[]) : byte[] =
        let at = if hasAdaptation packet then 5 + int packet[4] else 4
        if hasPayload packet && at < 188 then packet[at..] else [||]

    let private tryTimestamp (packet: byte[]) : (byte * int64) option =
        match payload packet with
        | data when
            packet[1] / 64uy % 2uy = 0uy
            || data.Length < 14
            || data[..2] <> [| 0uy; 0uy; 1uy |]
            ->
            None
        | data when data[6] / 64uy <> 2uy || data[7] < 128uy || data[8] < 5uy -> None
        | data ->
            let part (at: int) = int64 (data[at] / 2uy)

            let high = int64 (data[9] / 2uy % 8uy)

            Some(
                data[3],
                (((high * 256L + int64 data[10]) * 128L + part 11) * 256L + int64 data[12])
                * 128L
                + part 13
            )

    let private unwrapped (timestamps: int64 list) : int64 list =
        let modulus = 1L <<< 33

        let nearest (last: int64) (timestamp: int64) =
            let step = ((timestamp - last) % modulus + modulus) % modulus
            last + (if step >= modulus / 2L then step - modulus else step)

        match timestamps with
        | [] -> []
        | first :: rest -> List.scan nearest first rest

    let facts (bytes: byte[]) : Facts =
        let all =
            bytes |> Array.chunkBySize 188 |> Array.filter (fun chunk -> chunk.Length = 188)

        let good = all |> Array.filter isPacket |> List.ofArray
        let ofPids = good |> List.filter (fun one -> pid one <> 0x1FFF) |> List.groupBy pid

        let timestamps isWanted =
            [ for pid, packets in ofPids do
                  let found =
                      List.zip packets (repetitions packets)
                      |> List.filter (snd >> not)
                      |> List.choose (fst >> tryTimestamp)
                      |> List.filter (fst >> isWanted)

                  if not found.IsEmpty then
                      pid, List.map snd found ]
            |> List.sortBy fst
            |> List.tryHead
            |> Option.map snd

        let video = timestamps (fun id -> id >= 0xE0uy && id <= 0xEFuy)
        let audio = timestamps (fun id -> id >= 0xC0uy && id <= 0xDFuy || id = 0xBDuy)

        { Size = bytes.Length
          IsTs =
            all.Length > 0
            && all |> Array.windowed (min 3 all.Length) |> Array.exists (Array.forall isPacket)
          IsTorn = bytes.Length % 188 <> 0
          HasLostSync = all |> Array.exists (isPacket >> not)
          IsDiscontinuous = ofPids |> List.exists (snd >> isContinuous >> not)
          HasTransportError = good |> List.exists (fun one -> one[1] >= 128uy)
          Timestamps = video |> Option.orElse audio |> Option.defaultValue [] |> unwrapped |> List.sort
          IsVideo = video.IsSome }

    /// The length in microseconds and the length of a frame, exact to far less than one; none of fewer than two timestamps.
    let tryLength (facts: Facts) : (decimal * decimal) option =
        match facts.Timestamps with
        | []
        | [ _ ] -> None
        | timestamps ->
            let steps =
                timestamps
                |> List.pairwise
                |> List.map (fun (one, next) -> decimal (next - one))

            let frame = List.average steps
            Some((List.sum steps + frame) * 100m / 9m, frame * 100m / 9m)

    /// What is wrong with a file, as words, and its length.
    let judge (declared: int64) (isNamed: bool) (bytes: byte[]) : string list * decimal option =
        let facts = facts bytes

        if facts.Size = 0 then
            [ "empty" ], None
        elif not facts.IsTs then
            [ if not isNamed then
                  "hash"
              "not-ts" ],
            None
        else
            let length = tryLength facts

            let difference, leeway =
                match length with
                | Some(length, frame) ->
                    length - decimal declared,
                    (if facts.IsVideo then
                         max 50_000m (1.5m * frame)
                     else
                         150_000m)
                | None -> 0m, 0m

            [ if not isNamed then
                  "hash"
              if facts.IsTorn then
                  "torn"
              if facts.HasLostSync then
                  "sync"
              if facts.IsDiscontinuous then
                  "continuity"
              if facts.HasTransportError then
                  "transport-error"
              if difference < -leeway then
                  "short"
              if difference > leeway then
                  "long" ],
            Option.map fst length
