/// What media files say of themselves (semantics.md section 13): lengths, and whether they are whole.
module Coverage.Tests.ContainerTests

open System
open System.Buffers.Binary
open System.IO
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

/// What a probe of some bytes says, how many bytes it asked for, and how often.
let private follow (start: Probe) (file: byte[]) : Result<Media, MediaFault> * int64 * int =
    let rec go probe asked times =
        match probe with
        | Known said -> said, asked, times
        | Need(at, length, next) ->
            if at < 0L || length < 0 then
                failtest $"asks for {length} bytes at {at}"

            let from = int (min at (int64 file.Length))
            let bytes = ReadOnlyMemory(file, from, min length (file.Length - from))
            go (next bytes) (asked + int64 bytes.Length) (times + 1)

    go start 0L 0

let internal probe (file: byte[]) : Result<Media, MediaFault> =
    let said, _, _ = follow (Container.probe file.LongLength) file
    said

/// In words: the kind, the length in microseconds, and whether it is closed.
let private said (file: byte[]) : string =
    match probe file with
    | Ok media ->
        let closed = if media.IsClosed then " closed" else ""
        $"{media.Kind} {int64 media.Length}{closed}"
    | Error fault -> string fault

// A writer of MP4.

let private be (width: int) (value: int64) : byte[] =
    let bytes = Array.zeroCreate 8
    BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(), value)
    bytes[8 - width ..]

let private box (name: string) (parts: byte[] list) : byte[] =
    let content = Array.concat parts
    Array.concat [ be 4 (int64 content.Length + 8L); Encoding.Latin1.GetBytes name; content ]

let private full (version: int) (flags: int64) : byte[] =
    Array.append [| byte version |] (be 3 flags)

/// A track: its timescale, the length of a sample that `trex` gives, and its leading empty edit in ticks of the movie.
type private Mp4Track =
    { Scale: int64
      Default: int64
      Empty: int64
      IsWide: bool }

let private moov
    (scale: int64)
    (length: int64)
    (tracks: Mp4Track list)
    (isFragmented: bool)
    (mtxi: int64 option)
    : byte[] =
    box
        "moov"
        [ box "mvhd" [ full 0 0L; be 8 0L; be 4 scale; be 4 length; Array.zeroCreate 80 ]
          for id, track in List.indexed tracks do
              let width = if track.IsWide then 8 else 4
              let version = if track.IsWide then 1 else 0

              box
                  "trak"
                  [ box
                        "tkhd"
                        [ full version 7L
                          Array.zeroCreate (2 * width)
                          be 4 (int64 id + 1L)
                          Array.zeroCreate 60 ]
                    if track.Empty > 0L then
                        box
                            "edts"
                            [ box
                                  "elst"
                                  [ full version 0L
                                    be 4 2L
                                    be width track.Empty
                                    be width -1L
                                    be 4 0x10000L
                                    be width 5L
                                    be width 0L
                                    be 4 0x10000L ] ]
                    box
                        "mdia"
                        [ box
                              "mdhd"
                              [ full version 0L
                                Array.zeroCreate (2 * width)
                                be 4 track.Scale
                                be width 77L
                                be 4 0L ]
                          box "minf" [ Array.zeroCreate 20 ] ] ]
          if isFragmented then
              box
                  "mvex"
                  [ for id, track in List.indexed tracks do
                        box
                            "trex"
                            [ full 0 0L
                              be 4 (int64 id + 1L)
                              be 4 1L
                              be 4 track.Default
                              be 4 0L
                              be 4 0L ] ]
          match mtxi with
          | Some nanoseconds ->
              box "udta" [ box "mtxi" [ full 0 0L; Array.zeroCreate 16; be 8 3L; be 8 0L; be 8 nanoseconds ] ]
          | None -> () ]

/// Of a track in a fragment: where it begins, and the lengths of its samples; how these are written.
type private Run =
    {
        Track: int
        Start: int64
        Samples: int64 list
        /// 0: in `trun`; 1: all alike, in `tfhd`; 2: all alike, in `trex`.
        Way: int
    }

let private moof (runs: Run list) : byte[] =
    box
        "moof"
        [ box "mfhd" [ full 0 0L; be 4 1L ]
          for run in runs do
              box
                  "traf"
                  [ box
                        "tfhd"
                        [ full 0 (if run.Way = 1 then 0x020008L else 0x020000L)
                          be 4 (int64 run.Track + 1L)
                          if run.Way = 1 then
                              be 4 run.Samples.Head ]
                    box "tfdt" [ full 1 0L; be 8 run.Start ]
                    box
                        "trun"
                        [ full 0 (if run.Way = 0 then 0x000301L else 0x000201L)
                          be 4 (int64 run.Samples.Length)
                          be 4 0L
                          for sample in run.Samples do
                              if run.Way = 0 then
                                  be 4 sample

                              be 4 100L ] ] ]

let private ftyp = box "ftyp" [ "isom"B; be 4 0L ]

/// A fragmented file: its tracks, its fragments, and how many bytes of it are there.
let private fragmented: Gen<Mp4Track list * Run list list * int> =
    gen {
        let! tracks =
            Gen.map4
                (fun scale length isWide empty ->
                    { Scale = scale
                      Default = length
                      Empty = empty
                      IsWide = isWide })
                (Gen.elements [ 90_000L; 48_000L; 1_000L; 30_000L ])
                (Gen.choose64 (1L, 4_000L))
                (Gen.elements [ true; false ])
                (Gen.constant 0L)
            |> Gen.listOf
            |> Gen.resize 3

        let tracks =
            if tracks.IsEmpty then
                [ { Scale = 1_000L
                    Default = 40L
                    Empty = 0L
                    IsWide = false } ]
            else
                tracks

        let! count = Gen.choose (0, 4)

        let! fragments =
            gen {
                let! runs =
                    [ for id, track in List.indexed tracks do
                          gen {
                              let! start = Gen.choose64 (0L, 1_000_000L)
                              let! samples = Gen.choose (1, 30)
                              let! way = Gen.choose (0, 2)
                              let! length = Gen.choose64 (1L, 5_000L)
                              let! lengths = Gen.listOfLength samples (Gen.choose64 (0L, 5_000L))

                              return
                                  { Track = id
                                    Start = start
                                    Samples =
                                      match way with
                                      | 0 -> lengths
                                      | 1 -> List.replicate samples length
                                      | _ -> List.replicate samples track.Default
                                    Way = way }
                          } ]
                    |> Gen.collectToList id

                return runs
            }
            |> Gen.listOfLength count

        let! cut = Gen.choose (0, 2000)
        return tracks, fragments, cut
    }

/// The length of what whole fragments have, as a fraction of seconds that is made into microseconds in the end.
let private lengthOf (tracks: Mp4Track list) (fragments: Run list list) : decimal =
    let runs = List.concat fragments

    if runs.IsEmpty then
        0m
    else
        let seconds (track: int) (ticks: int64) =
            decimal ticks / decimal tracks[track].Scale

        let first =
            tracks
            |> List.indexed
            |> List.map (fun (id, _) -> seconds id (runs |> List.find (fun run -> run.Track = id)).Start)
            |> List.min

        let last =
            runs
            |> List.map (fun run -> seconds run.Track (run.Start + List.sum run.Samples))
            |> List.max

        last - first

// A writer of Matroska.

let private element (id: int64) (content: byte[]) : byte[] =
    let id = (be 8 id) |> Array.skipWhile ((=) 0uy)
    Array.concat [ id; [| 0x08uy |]; be 4 (int64 content.Length); content ]

let private open' (id: int64) (content: byte[]) : byte[] =
    let id = (be 8 id) |> Array.skipWhile ((=) 0uy)

    Array.concat
        [ id
          [| 0x01uy; 0xFFuy; 0xFFuy; 0xFFuy; 0xFFuy; 0xFFuy; 0xFFuy; 0xFFuy |]
          content ]

let private cluster (isOpen: bool) (timestamp: int64) : byte[] =
    let content =
        Array.concat
            [ element 0xE7L (be 3 timestamp)
              element 0xA3L (Array.zeroCreate 50)
              element 0xA3L (Array.zeroCreate 9) ]

    (if isOpen then open' else element) 0x1F43B675L content

let private matroska (isOpen: bool) (duration: float option) (clusters: byte[] list) : byte[] =
    let info =
        element
            0x1549A966L
            (Array.concat
                [ element 0x2AD7B1L (be 3 1_000_000L)
                  match duration with
                  | Some length -> element 0x4489L (be 8 (BitConverter.DoubleToInt64Bits length))
                  | None -> () ])

    Array.concat
        [ element 0x1A45DFA3L (Array.zeroCreate 20)
          (if isOpen then open' else element)
              0x18538067L
              (Array.concat [ element 0xECL (Array.zeroCreate 30); info; Array.concat clusters ]) ]

// The recorded cases.

/// The folder of recordings in other layouts, and its manifest.
let cases = Path.Combine(AppContext.BaseDirectory, "fixtures", "layouts")

let private recorded: string list =
    Directory.GetFiles(cases, "*", SearchOption.AllDirectories)
    |> Seq.filter (fun path -> not (path.EndsWith ".json" || path.EndsWith ".m3u8"))
    |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b))
    |> Seq.toList

[<Tests>]
let tests =
    testList
        "container"
        [ test "files whose clock goes on are as long as they are, not as late" {
              for second in [ "14"; "20"; "26" ] do
                  let path =
                      Path.Combine(cases, "mp4-continuing-clock", $"2026-11-28_20-25-{second}.mp4")

                  Expect.equal (said (File.ReadAllBytes path)) "Full 4000000 closed" path
          }

          test "a recorded file that is cut anywhere is no longer than the whole one, and never closed" {
              for path in recorded do
                  let whole = File.ReadAllBytes path

                  let length =
                      match probe whole with
                      | Ok media -> media.Length
                      | Error _ -> Duration.zero

                  for part in 1..40 do
                      match probe whole[.. whole.Length * part / 41 - 1] with
                      | Ok media ->
                          Expect.isLessThanOrEqual media.Length length $"{path} {part}"
                          Expect.isFalse media.IsClosed $"{path} {part}"
                      | Error _ -> ()
          }

          test "an empty file is bad, and so is a page, and an MP4 file without moov" {
              Expect.equal (said [||]) "Empty" "empty"
              Expect.equal (said "<html><body>not found</body></html>"B) "UnknownForm" "a page"
              Expect.equal (said (Array.append ftyp (box "mdat" [ Array.zeroCreate 100 ]))) "NoMoov" "no moov"
          }

          test "an MP4 file is as long as mvhd says, less the smallest leading empty edit" {
              let track empty =
                  { Scale = 90_000L
                    Default = 0L
                    Empty = empty
                    IsWide = empty % 2L = 1L }

              let file tracks =
                  Array.concat
                      [ ftyp
                        box "mdat" [ Array.zeroCreate 100 ]
                        moov 1000L 12_034L tracks false None ]

              Expect.equal (said (file [ track 0L ])) "Full 12034000 closed" "no edit"
              Expect.equal (said (file [ track 8_001L; track 8_004L ])) "Full 4033000 closed" "the smaller"
              Expect.equal (said (file [ track 8_001L; track 0L ])) "Full 12034000 closed" "a track without"

              Expect.equal
                  (said (Array.append (file [ track 0L ]) [| 0uy; 0uy |]))
                  "Partial 12034000"
                  "bytes are left: something was cut"

              Expect.equal
                  (said (Array.concat [ ftyp; moov 1000L 0xFFFF_FFFFL [ track 0L ] false None ]))
                  "NoLength"
                  "an unknown length"
          }

          law "a fragmented file reaches over its whole pairs, wherever it is cut"
          <| Prop.forAll (Arb.fromGen fragmented) (fun (tracks, fragments, cut) ->
              let head = Array.concat [ ftyp; moov 1000L 0L tracks true None ]

              let pairs =
                  [ for runs in fragments -> Array.append (moof runs) (box "mdat" [ Array.zeroCreate 40 ]) ]

              let file = Array.concat (head :: pairs)
              let file = file[.. max head.Length (file.Length - cut) - 1]

              // The pairs that are there with their last byte.
              let ends = (head.Length, pairs) ||> List.scan (fun at pair -> at + pair.Length)
              let whole = (ends |> List.filter (fun at -> at <= file.Length) |> List.length) - 1

              // The length of a moof alone at the end, of which no byte of mdat came, is torn, too.
              let isTorn = List.contains file.Length ends |> not
              let length = lengthOf tracks (List.take whole fragments)

              match probe file with
              | Ok media ->
                  (abs (Duration.toSeconds media.Length - length) < 0.000001m
                   && (media.Kind = SegmentKind.Partial) = isTorn
                   && not media.IsClosed)
                  |> Prop.label $"{media} {length} torn {isTorn}"
              | Error fault -> false |> Prop.label (string fault))

          test "a file of MediaMTX says when it starts, and mvhd counts where it is good" {
              let track =
                  { Scale = 1000L
                    Default = 40L
                    Empty = 0L
                    IsWide = false }

              let file (length: int64) =
                  Array.concat
                      [ ftyp
                        moov 1000L length [ track ] true (Some 1_795_897_514_000_123_456L)
                        moof
                            [ { Track = 0
                                Start = 0L
                                Samples = List.replicate 100 40L
                                Way = 2 } ]
                        box "mdat" [ Array.zeroCreate 10 ] ]

              for length, expected in
                  [ 4_500L, "Full 4500000 closed"
                    5_000L, "Full 5000000 closed"
                    5_001L, "Partial 4000000"
                    0L, "Partial 4000000"
                    86_400_001L, "Suspect 4000000" ] do
                  Expect.equal (said (file length)) expected $"{length}"

              match probe (file 0L) with
              | Ok media ->
                  Expect.isTrue media.IsMtxi "it has the box"

                  Expect.equal
                      media.Start
                      (ValueSome(Instant.ofMicroseconds 1_795_897_514_000_123L))
                      "its start"
              | Error fault -> failtest (string fault)
          }

          test "a fragmented file with mfra at its end is closed" {
              let track =
                  { Scale = 1000L
                    Default = 40L
                    Empty = 0L
                    IsWide = false }

              let file =
                  Array.concat
                      [ ftyp
                        moov 1000L 0L [ track ] true None
                        moof
                            [ { Track = 0
                                Start = 7L
                                Samples = [ 40L; 40L ]
                                Way = 0 } ]
                        box "mdat" [ Array.zeroCreate 10 ]
                        box "mfra" [ Array.zeroCreate 20 ] ]

              Expect.equal (said file) "Full 80000 closed" "closed"
          }

          test "a Matroska file is as long as it says, less where it begins; cut, as its whole clusters are" {
              let clusters isOpen =
                  List.map (cluster isOpen) [ 4_000L; 5_000L; 7_000L ]

              let file = matroska false (Some 8_500.5) (clusters false)
              Expect.equal (said file) "Full 4500500 closed" "closed"

              Expect.equal
                  (said (matroska false None (clusters false)))
                  "Full 3000000 closed"
                  "without Duration"

              Expect.equal
                  (said (matroska true None (clusters false)))
                  "Partial 3000000"
                  "it was never finished"

              Expect.equal
                  (said (matroska true None (clusters true)))
                  "Partial 3000000"
                  "clusters of unknown length"

              Expect.equal
                  (said (matroska true (Some 8_500.0) (clusters true)))
                  "Full 4500000"
                  "it says its length"

              Expect.equal (said file[.. file.Length - 2]) "Partial 1000000" "the last cluster is cut"

              Expect.equal
                  (said file[.. file.Length - 1 - (cluster false 0L).Length])
                  "Partial 1000000"
                  "the last cluster is not there"

              Expect.equal (said (matroska false (Some 8_500.0) [])) "NoLength" "no cluster"
          }

          law "an MPEG-TS file that is read from its ends is as long as all of it, to the frame"
          <| Prop.forAll (Arb.fromGen Packets.media) (fun media ->
              // Some megabytes: more than is read.
              let media =
                  { media with
                      Frames = 400
                      PacketsOfFrame = 12 }

              let file = Packets.bytes media

              let exact = (Ts.length (Ts.facts (ReadOnlySpan file)).Clock).Value

              let said, asked, _ = follow (Container.probe file.LongLength) file
              let frame = media.Frame * 100L / 9L

              match said with
              | Ok said ->
                  (abs (int64 (said.Length - exact)) <= frame
                   && said.Kind = SegmentKind.Full
                   && (not media.HasVideo || asked < file.LongLength))
                  |> Prop.label $"{said.Length} {exact} {asked} {file.Length}"
              | Error fault -> false |> Prop.label (string fault))

          law "a small MPEG-TS file is as long as verifying finds"
          <| Prop.forAll (Arb.fromGen Packets.media) (fun media ->
              let file = Packets.bytes media

              match probe file with
              | Ok said -> ValueSome said.Length = Ts.length (Ts.facts (ReadOnlySpan file)).Clock
              | Error _ -> false)

          law "any bytes are something, and no more of them is asked for than a few times what there is"
          <| Prop.forAll
              (Arb.fromGen (
                  gen {
                      let! path = Gen.elements recorded
                      let bytes = File.ReadAllBytes path
                      let! changes = Gen.choose (0, 20)

                      let! places =
                          Gen.listOfLength
                              changes
                              (Gen.zip (Gen.choose (0, max 0 (bytes.Length - 1))) (Gen.choose (0, 255)))

                      let! near =
                          Gen.listOfLength
                              changes
                              (Gen.zip
                                  (Gen.choose (0, min 800 (max 0 (bytes.Length - 1))))
                                  (Gen.elements [ 0; 1; 0xFF; 0x7F; 0x80 ]))

                      let! length =
                          Gen.frequency [ 3, Gen.constant bytes.Length; 1, Gen.choose (0, bytes.Length) ]

                      for place, value in places @ near do
                          if bytes.Length > 0 then
                              bytes[place] <- byte value

                      return bytes[.. length - 1]
                  }
              ))
              (fun file ->
                  for start in
                      [ Container.probe file.LongLength
                        Mp4.probe file.LongLength
                        Matroska.probe file.LongLength
                        TsEnds.probe file.LongLength ] do
                      let said, asked, times = follow start file
                      Expect.isLessThanOrEqual asked (8L * file.LongLength + 100_000L) "bytes asked for"
                      Expect.isLessThanOrEqual times (file.Length + 10) "times asked"

                      match said with
                      | Ok media -> Expect.isGreaterThanOrEqual media.Length Duration.zero "a length"
                      | Error _ -> ())

          test "a playlist dates its segments, and those after a discontinuity only by a date" {
              let read (lines: string list) =
                  let text = String.concat "\n" ("#EXTM3U" :: lines)

                  match Hls.read "" (ReadOnlySpan(Encoding.UTF8.GetBytes text)) with
                  | HlsPlaylist.OfSegments list ->
                      [ for one in list.Segments ->
                            let start =
                                if one.IsDated then
                                    (Instant.toText one.Start).Substring 11
                                else
                                    "unplaced"

                            let gap = if one.IsGap then " gap" else ""
                            let part = if one.Bytes >= 0L then $" part {one.From}" else ""
                            $"{one.Path} {start} {int64 one.Length}{gap}{part}" ],
                      list.IsEnded
                  | HlsPlaylist.OfPlaylists -> [ "of playlists" ], false
                  | HlsPlaylist.Wrong(line, why) -> [ $"{line}: {why}" ], false

              Expect.equal
                  (read
                      [ "#EXTINF:4.0,"
                        "a.ts"
                        "#EXT-X-PROGRAM-DATE-TIME:2026-11-28T20:25:14.206+0100"
                        "#EXTINF:4.0004995,title, more"
                        "b.ts"
                        "# a comment"
                        "#EXT-X-GAP"
                        "#EXTINF:2"
                        "c.ts"
                        "#EXTINF:2,"
                        "#EXT-X-BYTERANGE:100@0"
                        "d.ts"
                        "#EXT-X-DISCONTINUITY"
                        "#EXTINF:2,"
                        "e.ts"
                        "#EXT-X-PROGRAM-DATE-TIME:2026-11-28T19:26:00Z"
                        "#EXT-X-DISCONTINUITY"
                        "#EXTINF:2,"
                        "f.ts"
                        "#EXT-X-ENDLIST" ])
                  ([ "a.ts unplaced 4000000"
                     "b.ts 19:25:14.206000Z 4000500"
                     "c.ts 19:25:18.206500Z 2000000 gap"
                     "d.ts 19:25:20.206500Z 2000000 part 0"
                     "e.ts unplaced 2000000"
                     "f.ts 19:26:00.000000Z 2000000" ],
                   true)
                  "all"

              Expect.equal
                  (read [ "#EXT-X-STREAM-INF:BANDWIDTH=1"; "a.m3u8" ])
                  ([ "of playlists" ], false)
                  "of playlists"

              Expect.equal (read [ "a.ts" ]) ([ "2: a segment has no #EXTINF before it" ], false) "no length"

              Expect.equal
                  (read [ "#EXTINF:x,"; "a.ts" ])
                  ([ "2: #EXTINF has no length in seconds" ], false)
                  "no number"

              Expect.equal
                  (read [ "#EXT-X-PROGRAM-DATE-TIME:yesterday" ])
                  ([ "2: #EXT-X-PROGRAM-DATE-TIME has no date" ], false)
                  "no date"

              match Hls.read "" (ReadOnlySpan "<html>"B) with
              | HlsPlaylist.Wrong(1, _) -> ()
              | other -> failtest $"{other}"
          } ]
