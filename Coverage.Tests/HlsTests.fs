/// Archives of HLS playlists (semantics.md section 13): reading one, and checking them on real files.
module Coverage.Tests.HlsTests

open System
open System.Diagnostics
open System.IO
open System.Text
open System.Text.Json
open System.Threading
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.Tests.Sandbox

let private read (text: string) =
    Hls.read "cam" (ReadOnlySpan(Encoding.UTF8.GetBytes text))

// A slow model of RFC 8216.

/// What may stand before the address of a segment, and the address.
type private Item =
    {
        Discontinuity: bool
        /// Milliseconds since 2026-11-28.
        Date: int option
        /// The offset in which the date is written, in minutes.
        Zone: int
        Milliseconds: int
        IsGap: bool
        Range: (int * int) option
        Name: string
    }

let private day =
    DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds()

let private anItem: Gen<Item> =
    gen {
        let! discontinuity = Gen.frequency [ 4, Gen.constant false; 1, Gen.constant true ]

        let! date =
            Gen.frequency [ 3, Gen.constant None; 2, Gen.choose (0, 90_000_000) |> Gen.map Some ]

        let! zone = Gen.elements [ 0; 60; -330; 840 ]
        let! length = Gen.elements [ 0; 1; 999; 2_000; 6_006; 3_600_000 ]
        let! isGap = Gen.frequency [ 5, Gen.constant false; 1, Gen.constant true ]

        let! range =
            Gen.frequency
                [ 3, Gen.constant None
                  1, Gen.map2 (fun a b -> Some(a, b)) (Gen.choose (0, 9)) (Gen.choose (0, 9)) ]

        let! name = Gen.elements [ "a.ts"; "b.ts"; "sub/c.m4s"; "d e.ts" ]

        return
            { Discontinuity = discontinuity
              Date = date
              Zone = zone
              Milliseconds = length
              IsGap = isGap
              Range = range
              Name = name }
    }

/// The lines of a segment. The tags stand in any order.
let private lines (order: int) (item: Item) : string list =
    let date (milliseconds: int) =
        let offset = TimeSpan.FromMinutes(float item.Zone)

        let time =
            DateTimeOffset.FromUnixTimeMilliseconds(day + int64 milliseconds).ToOffset offset

        let sign = if item.Zone < 0 then "-" else "+"
        let written = time.ToString "yyyy-MM-dd'T'HH:mm:ss.fff"

        match item.Zone with
        | 0 -> $"{written}Z"
        | 60 -> $"{written}+0100"
        | _ -> $"""{written}{sign}{offset.ToString "hh\\:mm"}"""

    let tags =
        [ if item.Discontinuity then
              "#EXT-X-DISCONTINUITY"
          match item.Date with
          | Some at -> $"#EXT-X-PROGRAM-DATE-TIME:{date at}"
          | None -> ()
          $"#EXTINF:{item.Milliseconds / 1000}.{item.Milliseconds % 1000:D3},"
          if item.IsGap then
              "#EXT-X-GAP"
          match item.Range with
          | Some(length, from) -> $"#EXT-X-BYTERANGE:{length}@{from}"
          | None -> ()
          "# a comment" ]

    let turned =
        List.skip (order % tags.Length) tags @ List.take (order % tags.Length) tags

    turned @ [ item.Name.Replace(" ", "%20") ]

/// Where a segment starts, in microseconds: it is the date of the last dated one up to it, with no discontinuity after that one,
/// and the lengths from there on.
let private startOf (items: Item list) (at: int) : int64 option =
    [ for dated in 0..at do
          match items[dated].Date with
          | Some date when not (List.exists _.Discontinuity items[dated + 1 .. at]) ->
              let lengths =
                  items[dated .. at - 1] |> List.sumBy (fun one -> int64 one.Milliseconds)

              (day + int64 date + lengths) * 1000L
          | _ -> () ]
    |> List.tryLast

let private modelled (items: Item list) =
    [ for at in 0 .. items.Length - 1 ->
          let one = items[at]
          let bytes, from = Option.defaultValue (-1, 0) one.Range
          "cam/" + one.Name, startOf items at, one.Milliseconds * 1000, one.IsGap, from, bytes ]

let private found (playlist: HlsPlaylist) =
    match playlist with
    | HlsPlaylist.OfSegments list ->
        [ for one in list.Segments ->
              let start = if one.IsDated then Some(int64 one.Start) else None
              one.Path, start, int (int64 one.Length), one.IsGap, int one.From, int one.Bytes ]
    | HlsPlaylist.Wrong(line, why) -> failtest $"{line}: {why}"
    | HlsPlaylist.OfPlaylists -> failtest "of playlists"

// Real files.

let private header = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:10\n"

let private write (archive: Folder) (path: string) (text: string) =
    Directory.CreateDirectory(nonNull (Path.GetDirectoryName(archive.At path)))
    |> ignore

    File.WriteAllText(archive.At path, text)

/// Segments of 10 s, one after another from 20:00:00.
let private dated (names: string seq) =
    "#EXT-X-PROGRAM-DATE-TIME:2026-11-28T20:00:00.000Z\n"
    + String.concat "" [ for name in names -> $"#EXTINF:10.0,\n{name}\n" ]

let private check (archive: Folder) (args: string list) =
    checkJson archive ([ "--layout"; "hls"; "--now"; "2027-01-01" ] @ args)

let private stream (name: string) (answer: JsonElement) =
    items answer?streams
    |> List.find (fun one -> $"{one?channel}/{one?quality}" = name)

/// The holes of a stream, as seconds after 20:00:00.
let private holes (stream: JsonElement) =
    let second (time: JsonElement) =
        int ((time.GetDateTimeOffset() - DateTimeOffset(2026, 11, 28, 20, 0, 0, TimeSpan.Zero)).TotalSeconds)

    [ for hole in items stream?raw?holes -> second hole?start, second (hole.GetProperty "end") ]

/// Two hours later than it is, when no file is new and every stamp is believed.
let private later =
    { new TimeProvider() with
        override _.GetUtcNow() = DateTimeOffset.UtcNow.AddHours 2.0 }

let private openAt (clock: TimeProvider) (archive: Folder) =
    HlsStreams(archive.Path, "maps", Report.defaults, StampPolicy.Auto, TimeSpan.FromDays 1.0, clock)

let private look (streams: HlsStreams) =
    streams.SearchAsync([], [], (fun _ -> true), CancellationToken.None).Result

let private reading (streams: HlsStreams) (name: StreamName) =
    let struct (reading, _) =
        streams
            .ReadAsync(
                name,
                StreamLook(Coverage.Units.Instant 1_800_000_000_000_000L),
                CancellationToken.None
            )
            .Result

    nonNull reading

/// All that is known after a look.
let private known (streams: HlsStreams) =
    let found = look streams

    [ for one in found.Streams ->
          let its = reading streams one.Stream
          let facts = nonNull its.Media

          one.Stream.ToString(),
          [ for struct (segment, path) in facts.Segments ->
                int64 segment.Start, int64 segment.Duration, segment.Size, path ],
          (facts.Unplaced, facts.LeadsElsewhere, facts.HasDropped),
          [ for struct (path, reason) in facts.Bad -> path, reason ],
          its.Report.Raw.Covered ],
    string found.Left

/// Something that happens to an archive.
type private Event =
    | Lists of playlist: string * items: Item list * isWrong: bool
    | Makes of name: string * size: int
    | Removes of name: string

let private event: Gen<Event> =
    Gen.frequency
        [ 4,
          Gen.map3
              (fun playlist items isWrong -> Lists(playlist, items, isWrong))
              (Gen.elements [ "cam/live.m3u8"; "cam/full.m3u8"; "cam.m3u8"; "cam/default.m3u8" ])
              (Gen.listOf anItem |> Gen.map (List.truncate 6))
              (Gen.frequency [ 6, Gen.constant false; 1, Gen.constant true ])
          3,
          Gen.map2
              (fun name size -> Makes(name, size))
              (Gen.elements [ "a.ts"; "b.ts"; "sub/c.m4s"; "x.vtt" ])
              (Gen.elements [ 0; 5; 9 ])
          1, Gen.map Removes (Gen.elements [ "a.ts"; "b.ts"; "live.m3u8"; "sub/c.m4s" ]) ]

let private happen (archive: Folder) (event: Event) =
    Directory.CreateDirectory(archive.At "cam/sub") |> ignore

    match event with
    | Lists(playlist, items, isWrong) ->
        let text = "#EXTM3U\n" + String.concat "\n" (List.collect (lines 0) items) + "\n"
        write archive playlist (if isWrong then "nonsense\n" else text)
    | Makes(name, size) ->
        // One of that name that is there stays: an old file is looked at again when every file is (--full-every).
        if not (File.Exists(archive.At $"cam/{name}")) then
            archive.File($"cam/{name}", int64 size)
    | Removes name -> File.Delete(archive.At $"cam/{name}")

    // More than a tick of the file system's clock.
    Thread.Sleep 10

/// The case of the killed and restarted ffmpeg, made here.
let private record (archive: Folder) (seconds: float) (isKilled: bool) =
    let words =
        "ffmpeg -loglevel error -re -f lavfi -i testsrc=size=64x64:rate=10 -c:v mpeg2video -g 10 -f hls -hls_time 1 -hls_list_size 0 \
         -hls_flags program_date_time+append_list+temp_file cam/index.m3u8"

    let info =
        ProcessStartInfo(
            "ffmpeg",
            words.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..],
            WorkingDirectory = archive.Path,
            RedirectStandardInput = true
        )

    use running = nonNull (Process.Start info)

    // Until it has listed so much.
    let listed () =
        try
            File.ReadLines(archive.At "cam/index.m3u8")
            |> Seq.filter _.StartsWith("#EXTINF")
            |> Seq.length
        with :? IOException ->
            0

    let before = listed ()
    eventually "ffmpeg records" (fun () -> float (listed () - before) >= seconds || running.HasExited)

    if isKilled then
        running.Kill()
    else
        kill (running.Id, sigint) |> ignore

    running.WaitForExit()

[<Tests>]
let tests =
    testList
        "hls"
        [ law "segments of a playlist start where RFC 8216 dates them"
          <| Prop.forAll
              (Arb.fromGen (Gen.zip (Gen.listOf anItem) (Gen.zip (Gen.choose (0, 3)) (Gen.choose (0, 5)))))
              (fun (items, (form, order)) ->
                  let text =
                      String.concat
                          "\n"
                          ("#EXTM3U" :: List.collect (lines order) items @ [ "#EXT-X-ENDLIST" ])

                  let written =
                      match form with
                      | 0 -> text
                      | 1 -> text + "\n"
                      | 2 -> text.Replace("\n", "\r\n")
                      | _ -> "\uFEFF" + text.Replace("\n", "\n\n")

                  // Turned round, a tag of one segment still stands before its address.
                  Expect.equal (found (read written)) (modelled items) text)

          test "an address names a file below the archive, or nothing that is looked at" {
              for address, path in
                  [ "a.ts", "cam/hd/a.ts"
                    "sub/a.ts", "cam/hd/sub/a.ts"
                    "./a.ts", "cam/hd/a.ts"
                    "../a.ts", "cam/a.ts"
                    "../../a.ts", "a.ts"
                    "sub/../a.ts", "cam/hd/a.ts"
                    "sub//a.ts", "cam/hd/sub/a.ts"
                    "a.ts?token=x/../y#z", "cam/hd/a.ts"
                    "a.ts#t=1", "cam/hd/a.ts"
                    "a%20b%C3%A4.ts", "cam/hd/a bä.ts"
                    "bä.ts", "cam/hd/bä.ts"
                    "100%.ts", "cam/hd/100%.ts"
                    "a%2Fb.ts", "cam/hd/a/b.ts"
                    "%2e%2e/a.ts", "cam/a.ts"
                    "12:00:00.ts", "cam/hd/12:00:00.ts"
                    "../../../a.ts", ""
                    "../../../cam/hd/a.ts", ""
                    "http://host/a.ts", ""
                    "file:///a.ts", ""
                    "/a.ts", ""
                    "//host/a.ts", ""
                    "?x", ""
                    ".a.ts", ""
                    "sub/.a/b.ts", ""
                    "a%00.ts", ""
                    "a%FF.ts", ""
                    String('a', 5000), "" ] do
                  Expect.equal
                      (HlsAddress.locate "cam/hd" (ReadOnlySpan(Encoding.UTF8.GetBytes address)))
                      path
                      address

              Expect.equal (HlsAddress.locate "" (ReadOnlySpan "a.ts"B)) "a.ts" "at the top"
          }

          test "what is no playlist is wrong, and the line says where" {
              let wrong (text: string) =
                  match read text with
                  | HlsPlaylist.Wrong(line, why) -> line, why
                  | _ -> failtest $"{text.Substring(0, min 80 text.Length)}"

              for text, line in
                  [ "", 1
                    "\n#EXTM3U", 1
                    "<html>", 1
                    "#EXTM3U8\n", 1
                    "#EXTM3U\na.ts", 2
                    "#EXTM3U\r\n#EXTINF:,\r\na.ts", 2
                    "#EXTM3U\n\n#EXTINF:-1,\na.ts", 3
                    "#EXTM3U\n#EXTINF:1e3,\na.ts", 2
                    "#EXTM3U\n#EXTINF:nan,\na.ts", 2
                    "#EXTM3U\n#EXTINF:86400.000001,\na.ts", 2
                    "#EXTM3U\n#EXTINF:99999999999999999999999999999999,\na.ts", 2
                    "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:10:30\n", 2
                    "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2026-02-29T00:00:00Z\n", 2
                    "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T24:00:00Z\n", 2
                    "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00+25:00\n", 2
                    "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00+01:00\n", 2
                    "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:9999-01-01T00:00:00Z\n", 2
                    "#EXTM3U\n#EXTINF:2,\n#EXT-X-BYTERANGE:10\na.ts", 4
                    "#EXTM3U\n#EXTINF:2,\n#EXT-X-BYTERANGE:x@0\na.ts", 3
                    "#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:9998-12-31T23:00:00Z\n#EXTINF:3600,\na.ts\n#EXTINF:1,\nb.ts",
                    6 ] do
                  Expect.equal (fst (wrong text)) line text

              let day = "#EXTM3U\n#EXTINF:86400,\na.ts"
              Expect.equal (found (read day) |> List.length) 1 "a day is not too long"
          }

          law "no bytes make reading fail"
          <| Prop.forAll
              (Arb.fromGen (
                  Gen.zip
                      (Gen.listOf anItem
                       |> Gen.map (fun items ->
                           String.concat "\n" ("#EXTM3U" :: List.collect (lines 0) items)))
                      (Gen.listOf (Gen.zip (Gen.choose (0, 1000)) (Gen.choose (0, 255))))
              ))
              (fun (text, changes) ->
                  let bytes = Encoding.UTF8.GetBytes text

                  for at, value in changes do
                      bytes[at % bytes.Length] <- byte value

                  Hls.read "cam" (ReadOnlySpan bytes) |> ignore)

          test "reading allocates no more than a few times what a playlist is long" {
              let size = 10_000_000

              let times (line: string) =
                  String.concat "" (List.replicate (size / line.Length) line)

              for name, text in
                  [ "many segments", times "#EXTINF:1\na\n"
                    "other files", times "#EXTINF:1\na\n#EXTINF:1\nb\n"
                    "one line", "#EXTINF:1\n" + String('a', size)
                    "a long path", "#EXTINF:1\n" + times "a/../"
                    "many escapes", "#EXTINF:1\n" + times "%20"
                    "a long query", "#EXTINF:1\na?" + String('b', size)
                    "no line", String('\n', size)
                    "lengths alone", times "#EXTINF:\n"
                    "attributes", times "#EXT-X-MAP:URI=\"a\"\n#EXT-X-MAP:URI=\"b\"\n"
                    "dates", times "#EXT-X-PROGRAM-DATE-TIME:2026-11-28T20:00:00Z\n"
                    "zeros", String('\000', size) ] do
                  let bytes = Encoding.UTF8.GetBytes("#EXTM3U\n" + text)
                  let before = GC.GetAllocatedBytesForCurrentThread()
                  Hls.read "" (ReadOnlySpan bytes) |> ignore
                  let allocated = GC.GetAllocatedBytesForCurrentThread() - before
                  Expect.isLessThan allocated (8L * int64 size) name
          }

          archiveTest "what is listed and is there counts; what is not, is empty or a gap leaves a hole"
          <| fun archive ->
              for name in [ "0.ts"; "3.ts"; "sub/4 4.ts"; "5.ts"; "6.ts"; "9.ts" ] do
                  archive.File($"cam/hd/{name}", 7L)

              archive.File("cam/hd/2.ts", 0L)
              archive.File("cam/1.ts", 7L)
              archive.File("cam/hd/init.mp4", 7L)
              archive.File("cam/hd/notes.txt", 7L)
              write archive "cam/all.m3u8" "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhd/index.m3u8\n"

              write
                  archive
                  "cam/hd/index.m3u8"
                  (header
                   + "#EXTINF:3,\n0.ts\n#EXT-X-MAP:URI=\"init.mp4\"\n"
                   + dated
                       [ "0.ts"
                         "../1.ts"
                         "2.ts"
                         "3.ts?x#y"
                         "sub/4%204.ts"
                         "http://host/5.ts"
                         "#EXT-X-GAP\n6.ts"
                         "7.ts"
                         "0.ts"
                         "8.ts" ]
                   + "#EXT-X-DISCONTINUITY\n#EXTINF:10,\n9.ts\n#EXTINF:10,\n8.ts\n")

              let result, answer = check archive []

              Expect.equal
                  [ for one in items answer?streams -> $"{one?channel}/{one?quality}" ]
                  [ "cam/hd/index" ]
                  "one stream"

              let its = stream "cam/hd/index" answer
              Expect.equal (holes its) [ 20, 30; 50, 80 ] "the holes"

              Expect.equal
                  (text its?extent?``end``)
                  "2026-11-28T20:01:30.000000Z"
                  "what is not there bounds nothing"

              Expect.equal
                  (its?files?unplaced.GetInt32())
                  2
                  "before the first date, and after a discontinuity"

              Expect.equal
                  (answer?layout?unplaced.GetInt32())
                  1
                  "5.ts, which is listed as that of a host; the gap's file is listed"

              Expect.equal (answer?layout?passed_over.GetInt32()) 1 "notes.txt"
              Expect.stringContains (text (item 0 its?warnings)) "lead out of the archive" "the host"
              Expect.equal result.ExitCode 1 result.Error

          archiveTest "parts of one file are segments, as far as the file reaches"
          <| fun archive ->
              archive.File("all.mp4", 250L)

              write
                  archive
                  "all.m3u8"
                  (header
                   + dated
                       [ "#EXT-X-BYTERANGE:100@0\nall.mp4"
                         "#EXT-X-BYTERANGE:100\nall.mp4"
                         "#EXT-X-BYTERANGE:100\nall.mp4"
                         "#EXT-X-BYTERANGE:100\nall.mp4"
                         "#EXT-X-BYTERANGE:100@0\nall.mp4" ])

              let _, answer = check archive []
              let its = stream "all/default" answer
              Expect.equal (holes its) [ 30, 40 ] "the fourth begins after the end"
              Expect.equal (answer?layout?unplaced.GetInt32()) 0 "the file is listed"

          archiveTest "a playlist that is wrong is a bad file of its stream, and of no other"
          <| fun archive ->
              archive.File("a/0.ts", 7L)
              write archive "a/good.m3u8" (header + dated [ "0.ts" ])
              write archive "a/bad.m3u8" (header + "0.ts\n")
              write archive "a/binary.m3u8" (String('\000', 100_000))
              write archive "a/line.m3u8" ("#EXTM3U\n" + String('x', 10_000_000))
              let result, answer = check archive []

              let bad name =
                  [ for one in items (stream name answer)?files?bad -> $"{one?path} {one?reason}" ]

              Expect.equal (bad "a/good") [] "good"
              Expect.equal (bad "a/bad") [ "a/bad.m3u8 line 4: a segment has no #EXTINF before it" ] "bad"
              Expect.equal (bad "a/binary") [ "a/binary.m3u8 line 1: the first line is not #EXTM3U" ] "binary"

              Expect.equal
                  (bad "a/line")
                  [ "a/line.m3u8 line 2: a segment has no #EXTINF before it" ]
                  "a long line"

              Expect.equal (text (stream "a/good" answer)?status) "complete" "the other is judged"
              Expect.equal result.ExitCode 1 result.Error

          archiveTest
              "playlists of the same files are streams each, and a live one that drops segments says so"
          <| fun archive ->
              for at in 0..5 do
                  archive.File($"cam/{at}.ts", 7L)

              let live = "#EXT-X-MEDIA-SEQUENCE:4\n"
              write archive "cam/live.m3u8" (header + live + dated [ "4.ts"; "5.ts" ])
              let _, alone = check archive []
              Expect.equal (alone?layout?unplaced.GetInt32()) 4 "what it dropped"

              Expect.stringContains
                  (text (item 0 (stream "cam/live" alone)?warnings))
                  "dropped its first segments"
                  ""

              write
                  archive
                  "cam/full.m3u8"
                  (header + dated [ for at in 0..5 -> $"{at}.ts" ] + "#EXT-X-ENDLIST\n")

              let _, both = check archive []
              Expect.equal (both?layout?unplaced.GetInt32()) 0 "the other lists them"
              Expect.equal ((stream "cam/live" both)?raw?covered_seconds.GetInt32()) 20 "its own"
              Expect.equal ((stream "cam/full" both)?raw?covered_seconds.GetInt32()) 60 "all"
              Expect.equal (items (stream "cam/live" both)?warnings) [] "nothing lies beside it unlisted"

          lowlyTest "a playlist that cannot be read fails its stream, and no other"
          <| fun words archive ->
              for name in [ "a"; "b" ] do
                  archive.File($"cam/{name}.ts", 7L)
                  write archive $"cam/{name}.m3u8" (header + dated [ $"{name}.ts" ])

              tool [ "chmod"; "-R"; "a+rX"; archive.Path ]
              tool [ "chmod"; "000"; archive.At "cam/a.m3u8" ]

              let result, answer =
                  checkJsonBy words archive [ "--layout"; "hls"; "--now"; "2027-01-01" ]

              Expect.equal result.ExitCode 66 result.Error

              Expect.equal
                  [ for one in items answer?failed -> $"{one?channel}/{one?quality}" ]
                  [ "cam/a" ]
                  "failed"

              Expect.equal (text (stream "cam/b" answer)?status) "complete" "the other"

          lowlyTest "a folder that cannot be read fails the streams that list files of it"
          <| fun words archive ->
              archive.File("files/a.ts", 7L)
              archive.File("b.ts", 7L)
              write archive "a.m3u8" (header + dated [ "files/a.ts" ])
              write archive "b.m3u8" (header + dated [ "b.ts" ])
              tool [ "chmod"; "-R"; "a+rX"; archive.Path ]
              tool [ "chmod"; "000"; archive.At "files" ]

              let result, answer =
                  checkJsonBy words archive [ "--layout"; "hls"; "--now"; "2027-01-01" ]

              Expect.equal result.ExitCode 66 result.Error

              Expect.equal
                  [ for one in items answer?failed -> text one?channel ]
                  [ "a" ]
                  "failed, rather than a hole"

              Expect.equal (text (stream "b/default" answer)?status) "complete" "the other"

          archiveTest
              "a round in which nothing changed reads no playlist again, and a changed one costs its stream alone"
          <| fun archive ->
              for name in [ "a"; "b" ] do
                  archive.File($"{name}.ts", 7L)
                  write archive $"{name}.m3u8" (header + dated [ $"{name}.ts" ])

              let streams = openAt later archive

              let both () =
                  look streams |> ignore
                  reading streams (StreamName("a", "default")), reading streams (StreamName("b", "default"))

              let a, b = both ()

              for _ in 1..3 do
                  let again = both ()

                  Expect.isTrue
                      (obj.ReferenceEquals(a, fst again) && obj.ReferenceEquals(b, snd again))
                      "the same values"

              Thread.Sleep 10
              write archive "a.m3u8" (header + dated [ "a.ts"; "a.ts" ])
              let changed, same = both ()
              Expect.equal (int64 changed.Report.Raw.Covered) 20_000_000L "the one that changed"
              Expect.isTrue (obj.ReferenceEquals(b, same)) "the other was not read"

          archiveTest "what may be half a playlist is believed at the second look"
          <| fun archive ->
              for at in 0..3 do
                  archive.File($"{at}.ts", 7L)

              let streams = openAt TimeProvider.System archive

              let covered () =
                  look streams |> ignore

                  int64 (reading streams (StreamName("a", "default"))).Report.Raw.Covered
                  / 1_000_000L

              let whole = header + dated [ "0.ts"; "1.ts"; "2.ts" ]
              write archive "a.m3u8" whole
              Expect.equal (covered ()) 30L "whole"

              for torn in
                  [ ""
                    header
                    header + dated [ "0.ts" ]
                    whole.Substring(0, whole.Length - 3)
                    "#EXTM" ] do
                  write archive "a.m3u8" torn
                  Expect.equal (covered ()) 30L $"{torn}: what was known stays"
                  write archive "a.m3u8" (whole + "#EXTINF:10.0,\n3.ts\n")
                  Expect.equal (covered ()) 40L "it was written to its end"
                  write archive "a.m3u8" whole
                  Expect.equal (covered ()) 40L "the last one is gone?"
                  Expect.equal (covered ()) 30L "yes"

          testPropertyWithConfig
              { Gen.config with maxTest = 40 }
              "looking again and again finds what a first look finds"
          <| Prop.forAll (Arb.fromGen (Gen.listOf event |> Gen.map (List.truncate 8))) (fun events ->
              use archive = new Folder()
              archive.File("cam/a.ts", 5L)
              let watch = openAt later archive

              for event in events do
                  happen archive event
                  known watch |> ignore

                  // What may be half a playlist is believed now.
                  Expect.equal (known watch) (known (openAt later archive)) $"{event}")

          archiveTest "a live playlist that grows is followed by the service"
          <| fun archive ->
              let now = DateTimeOffset.UtcNow.AddMinutes -30.0

              let grow (count: int) =
                  archive.File($"cam/{count - 1}.ts", 7L)
                  let date = now.ToString "yyyy-MM-dd'T'HH:mm:ss.fffzzz"

                  write
                      archive
                      "cam/new"
                      (header
                       + $"#EXT-X-PROGRAM-DATE-TIME:{date}\n"
                       + String.concat "" [ for at in 0 .. count - 1 -> $"#EXTINF:2.0,\n{at}.ts\n" ])

                  File.Move(archive.At "cam/new", archive.At "cam/index.m3u8", overwrite = true)

              grow 1
              use service = new Service(archive, [ "--layout"; "hls" ])

              let total name metrics =
                  sample $"segment_coverage_{name}" [ "channel", "cam"; "quality", "index" ] metrics

              let edge (count: int) (metrics: Metrics) =
                  let expected =
                      float (now.AddSeconds(2.0 * float count).ToUnixTimeMilliseconds()) / 1000.0

                  match total "last_segment_end_timestamp_seconds" metrics with
                  | Some found -> abs (found - expected) < 0.01
                  | None -> false

              service.Await("one segment", edge 1)

              for count in 2..6 do
                  grow count
                  service.Await($"{count} segments", edge count)

              Expect.equal (total "holes" service.Metrics) (Some 0.0) "no hole"
              File.Delete(archive.At "cam/3.ts")
              service.Await("a hole", (fun metrics -> total "holes" metrics = Some 1.0))
              File.WriteAllText(archive.At "cam/index.m3u8", "nonsense\n")

              let isGone metrics =
                  sample
                      "segment_coverage_failures_total"
                      [ "channel", "cam"; "quality", "index"; "kind", "gone" ]
                      metrics
                  |> Option.exists (fun count -> count > 0.0)

              service.Await("of a playlist that is wrong nothing is left", isGone)

              grow 7

              service.Await(
                  "it is read again",
                  (fun metrics -> edge 7 metrics && total "holes" metrics = Some 1.0)
              )

              Expect.equal (service.Stop()) 0 "it ends"

          archiveTest "ffmpeg that was killed and started again leaves one hole"
          <| fun archive ->
              if not (canRun [ "ffmpeg"; "-version" ]) then
                  skiptest "needs ffmpeg"

              Directory.CreateDirectory(archive.At "cam") |> ignore
              record archive 2.0 true
              Thread.Sleep 1000
              record archive 2.0 false
              let _, answer = check archive []
              let its = stream "cam/index" answer

              let listed =
                  File.ReadLines(archive.At "cam/index.m3u8")
                  |> Seq.filter _.StartsWith("#EXTINF")
                  |> Seq.length

              Expect.equal
                  (items its?hours |> List.sumBy (fun hour -> hour?segments?full?count.GetInt32()))
                  listed
                  "each segment"

              Expect.equal (List.length (items its?raw?holes)) 1 "one hole"
              let hole = (item 0 its?raw?holes)?seconds.GetDecimal()
              Expect.isTrue (hole > 0.9m) $"a hole of {hole} s"
              Expect.equal (its?files?unplaced.GetInt32()) 0 "all are dated" ]
