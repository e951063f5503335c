/// What is found in the bytes of segments (semantics.md section 12).
module Coverage.Tests.TsTests

open System
open System.Buffers.Text
open System.IO
open System.Security.Cryptography
open System.Text
open System.Text.Json
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.Tests.Packets

/// The folder of recorded files with faults put in, and its manifest.
let fixtures = Path.Combine(AppContext.BaseDirectory, "fixtures", "ts")

/// What the manifest says of each file: its HOUR/NAME, the fault, the findings, and the length in seconds.
let manifest: (string * string * string list * decimal option) list =
    let text = File.ReadAllText(Path.Combine(fixtures, "manifest.json"))

    [ for one in (JsonElement.Parse text).EnumerateArray() do
          let measured = one.GetProperty "measured_seconds"

          string (one.GetProperty "segment"),
          string (one.GetProperty "kind"),
          [ for finding in (one.GetProperty "findings").EnumerateArray() -> string finding ],
          (if measured.ValueKind = JsonValueKind.Null then
               None
           else
               Some(measured.GetDecimal())) ]

/// The name's hash of some bytes.
let hashOf (bytes: byte[]) : string =
    Base64Url.EncodeToString(ReadOnlySpan(SHA256.HashData bytes))

/// What verifying says of bytes under a name's length and hash: the findings, and the length in microseconds.
let private verify (declared: int64) (hash: string) (bytes: byte[]) : string list * int64 option =
    let verified =
        Findings.ofFile
            (Duration.ofMicroseconds declared)
            (ReadOnlySpan(Encoding.UTF8.GetBytes hash))
            (Ts.facts (ReadOnlySpan bytes))
            (ReadOnlySpan(SHA256.HashData bytes))

    [ for finding in verified.Findings -> Finding.toText finding ],
    (match verified.Length with
     | ValueSome length -> Some(int64 length)
     | ValueNone -> None)

/// The facts of bytes that come in pieces, from a reader that has read another file.
let private inPieces (sizes: int list) (bytes: byte[]) : TsFacts =
    let reader = TsReader()
    reader.Add(ReadOnlySpan(Array.concat [ packet 300 true 7 [||]; "another file"B ]))
    reader.Begin()
    let mutable at = 0

    for size in sizes do
        let length = min size (bytes.Length - at)
        reader.Add(ReadOnlySpan(bytes, at, length))
        at <- at + length

    reader.Add(ReadOnlySpan(bytes, at, bytes.Length - at))
    reader.Facts

let private pieces: Gen<int list> =
    Gen.listOf (Gen.oneof [ Gen.choose (0, 400); Gen.elements [ 1; 187; 188; 189; 376 ] ])

/// Bytes that are sometimes a good file, mostly one with something changed, and sometimes anything.
let private anyBytes: Gen<byte[]> =
    let changed (bytes: byte[]) =
        gen {
            let! at = Gen.choose (0, bytes.Length - 1)
            let packet = at / 188 * 188
            let! other = Gen.choose (0, 255) |> Gen.map byte
            let! length = Gen.choose (1, 600)

            return!
                Gen.elements
                    [ Array.updateAt at other bytes
                      // The header of a packet, where most rules are.
                      Array.updateAt (packet + at % 6) other bytes
                      Array.removeManyAt at (min length (bytes.Length - at)) bytes
                      Array.removeManyAt packet (min 188 (bytes.Length - packet)) bytes
                      Array.insertManyAt packet bytes[packet .. min (packet + 187) (bytes.Length - 1)] bytes
                      Array.insertManyAt packet (adaptation videoPid (other > 127uy) (int other)) bytes
                      Array.mapi (fun i byte -> if i / 512 = at / 512 then 0uy else byte) bytes ]
                |> Gen.map (fun bytes -> if bytes.Length = 0 then [| 0x47uy |] else bytes)
        }

    let several (file: byte[]) =
        gen {
            let! count = Gen.choose (0, 3)
            let mutable bytes = file

            for _ in 1..count do
                let! next = changed bytes
                bytes <- next

            return bytes
        }

    let garbage =
        gen {
            let! length = Gen.choose (0, 2000)
            let! bytes = Gen.arrayOfLength length (Gen.choose (0, 255) |> Gen.map byte)

            // Half of it looks like packets, of few PIDs.
            let! isLike = Gen.elements [ true; false ]

            return
                if isLike then
                    bytes
                    |> Array.mapi (fun at byte ->
                        match at % 188 with
                        | 0 -> 0x47uy
                        | 1 -> byte &&& 0xE0uy
                        | 2 -> byte &&& 3uy
                        | 4
                        | 5 when byte < 128uy -> 0uy
                        | 6 when byte < 128uy -> 1uy
                        | _ -> byte)
                else
                    bytes
        }

    Gen.frequency [ 4, Gen.bind several (Gen.map Packets.bytes media); 1, garbage ]

let private hundredths (length: decimal) =
    Math.Round(length, 6, MidpointRounding.ToEven)

/// A fault put into a good file: what is done, the finding that is meant, and the file with its name's length and hash.
let private faults (media: Media) (at: int) : (string * string list * byte[] * int64 * string) list =
    let good = packets media
    let bytes = Array.concat good
    let declared = media.Length

    let anew what finding changed declared =
        what, finding, changed, declared, hashOf changed

    let choose (isMeant: byte[] -> bool) =
        let places =
            [ for place in 0 .. good.Length - 1 do
                  if isMeant good[place] then
                      place ]

        places[at % places.Length]

    let isOf pid (packet: byte[]) =
        int (packet[1] &&& 31uy) * 256 + int packet[2] = pid

    let begins (packet: byte[]) = packet[1] &&& 0x40uy <> 0uy
    let stuffing = choose (isOf 0x1FFF)

    // The first two packets are the tables; the last is stuffing.
    let leeway =
        if media.HasVideo then
            max 50_000L (3L * media.Frame * 100L / 18L)
        else
            150_000L

    [ "nothing", [], bytes, declared, hashOf bytes
      "nothing, and a name without a hash", [], bytes, declared, ""
      "all bytes gone", [ "empty" ], [||], declared, hashOf bytes
      "all bytes gone, and the hash of nothing", [ "empty" ], [||], declared, hashOf [||]
      "a bit turned in a payload",
      [ "hash" ],
      Array.updateAt (stuffing * 188 + 100) 0uy bytes,
      declared,
      hashOf bytes
      anew
          "a text in place of the media"
          [ "not-ts" ]
          (Encoding.UTF8.GetBytes(String.replicate 100 "no media "))
          declared
      anew
          "bytes after the last packet"
          [ "torn" ]
          (Array.append bytes (Array.replicate (1 + at % 187) 0x47uy))
          declared
      anew
          "a packet of zeros between others"
          [ "sync" ]
          (Array.insertManyAt (stuffing * 188) (Array.zeroCreate<byte> 188) bytes)
          declared
      if media.HasVideo then
          // One that another of its frame follows.
          let dropped =
              choose (fun packet ->
                  isOf videoPid packet
                  && not (begins packet)
                  && not (obj.ReferenceEquals(packet, good |> Array.findBack (isOf videoPid))))

          anew "a packet gone" [ "continuity" ] (Array.concat (Array.removeAt dropped good)) declared

          anew
              "a packet thrice"
              [ "continuity" ]
              (Array.concat (Array.insertManyAt dropped [ good[dropped]; good[dropped] ] good))
              declared

          anew
              "a packet twice, as is allowed"
              []
              (Array.concat (Array.insertAt dropped good[dropped] good))
              declared
      anew
          "a packet that says that its transport failed"
          [ "transport-error" ]
          (Array.updateAt (stuffing * 188 + 1) (0x80uy ||| 0x1Fuy) bytes)
          declared
      anew "a name that says more than there is" [ "short" ] bytes (declared + leeway + 2L)
      anew "a name that says less than there is" [ "long" ] bytes (max 0L (declared - leeway - 2L)) ]
    |> List.filter (fun (what, _, _, said, _) -> what <> "a name that says less than there is" || said > 0L)

[<Tests>]
let cases =
    testList
        "the bytes of segments: recorded files with faults put in"
        [ for segment, kind, findings, measured in manifest do
              testCase kind
              <| fun () ->
                  let path = Path.Combine(fixtures, "real", "source", segment)
                  let name = Encoding.UTF8.GetBytes(nonNull (Path.GetFileName path))

                  let declared =
                      match SegmentName.parseBytes 0<hour> (ReadOnlySpan name) with
                      | Ok segment -> int64 segment.Duration
                      | Error error -> failtest $"{error}"

                  let hash = Encoding.UTF8.GetString(NameScan.hash (ReadOnlySpan name))
                  let found, length = verify declared hash (File.ReadAllBytes path)
                  Expect.equal found findings "the findings"

                  Expect.equal
                      (length |> Option.map (fun length -> decimal length / 1_000_000m))
                      measured
                      "the length" ]

[<Tests>]
let laws =
    testList
        "the bytes of segments"
        [ law "a fault put into a good file is found by exactly the rule meant for it"
          <| Prop.forAll (Arb.fromGen (Gen.zip media (Gen.choose (0, 1_000_000)))) (fun (media, at) ->
              for what, findings, bytes, declared, hash in faults media at do
                  Expect.equal (fst (verify declared hash bytes)) findings what)

          law
              "the length of a good file is that of its frames, whatever their order and wherever the clock wraps"
          <| Prop.forAll (Arb.fromGen media) (fun media ->
              let exact = decimal media.Frame * decimal media.Frames * 100m / 9m
              let _, length = verify 0L "" (Packets.bytes media)
              Expect.equal length (Some(int64 (Math.Round(exact, MidpointRounding.ToEven)))) "")

          law "any bytes are judged as a slow, obvious reading of all of them judges them"
          <| Prop.forAll
              (Arb.fromGen (Gen.zip3 anyBytes (Gen.choose (0, 2_000_000)) (Gen.elements [ true; false ])))
              (fun (bytes, declared, isNamed) ->
                  let findings, length = Model.judge declared isNamed bytes
                  let found, measured = verify declared (if isNamed then hashOf bytes else "AA") bytes
                  Expect.equal found findings "the findings"

                  Expect.equal
                      (Option.map decimal measured)
                      (length |> Option.map (fun length -> Math.Round(length, MidpointRounding.ToEven)))
                      "the length")

          law "the facts of a file do not depend on the pieces in which it comes, nor on the file before"
          <| Prop.forAll (Arb.fromGen (Gen.zip anyBytes pieces)) (fun (bytes, pieces) ->
              Expect.equal (inPieces pieces bytes) (Ts.facts (ReadOnlySpan bytes)) "")

          testCase "any bytes have facts: a thousand files of noise, a million in depth"
          <| fun () ->
              let random = Random 16
              let reader = TsReader()

              let seed =
                  Packets.bytes
                      { First = 0x1_FFFF_0000L
                        Frame = 1501L
                        Frames = 40
                        PacketsOfFrame = 3
                        IsReordered = true
                        HasAudio = true
                        HasVideo = true
                        Counter = 14 }


              for _ in 1 .. (if Gen.depth > 1 then 1_000_000 else 1_000) do
                  let bytes =
                      if random.Next 2 = 0 then
                          Array.init (random.Next 1500) (fun at ->
                              if at % 188 = 0 && random.Next 8 > 0 then
                                  0x47uy
                              else
                                  byte (random.Next 256))
                      else
                          let bytes = seed[.. random.Next seed.Length]

                          for _ in 0 .. random.Next 20 do
                              bytes[random.Next bytes.Length] <- byte (random.Next 256)

                          bytes

                  reader.Begin()
                  reader.Add(ReadOnlySpan bytes)
                  let facts = reader.Facts

                  let verified =
                      Findings.ofFile Duration.second (ReadOnlySpan [||]) facts (ReadOnlySpan [||])

                  Expect.equal facts.Size (int64 bytes.Length) "every byte is counted"

                  Expect.isTrue
                      (facts.Clock.Span >= 0L && verified.LengthOr Duration.second >= Duration.zero)
                      "a length is no less than nothing"

                  if facts.IsTs then
                      Expect.equal (verified.Findings.Contains Finding.Torn) (bytes.Length % 188 <> 0) "torn" ]
