/// The HTTP API, asked as its callers ask it: what it answers, what it refuses, and what it tells of changes.
module Coverage.Tests.ApiTests

open System
open System.Collections.Concurrent
open System.Collections.Immutable
open System.IO
open System.IO.Compression
open System.Net
open System.Net.Http
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open System.Threading
open Expecto
open FsCheck
open Coverage
open Coverage.Host
open Coverage.Tests.Sandbox

/// The API of an archive, as `serve` puts it together.
let internal api (archive: ApiEndpoints, fleet: FleetEndpoints, events: ApiEvents, rounds, clock) =
    let all = Seq.append (archive.All()) (fleet.All())
    new Api(ImmutableArray.CreateRange all, ApiEndpoints.Events, (fun _ -> events), rounds, clock)

let http =
    new HttpClient(
        new SocketsHttpHandler(AllowAutoRedirect = false),
        Timeout = TimeSpan.FromSeconds 60.0,
        BaseAddress = Uri "http://127.0.0.1"
    )

/// An answer, its body as it came.
type Answer =
    { Status: int
      Headers: Map<string, string>
      Body: byte[] }

    member this.Text = Encoding.UTF8.GetString this.Body
    member this.Json = JsonElement.Parse this.Text

let send (method: HttpMethod) (headers: (string * string) list) (service: Service) (path: string) : Answer =
    use request =
        new HttpRequestMessage(method, $"http://127.0.0.1:{service.Port}{path}")

    for name, value in headers do
        request.Headers.TryAddWithoutValidation(name, value) |> ignore

    use answer = http.SendAsync(request).Result

    { Status = int answer.StatusCode
      Headers =
        Map.ofSeq
            [ for header in Seq.append answer.Headers answer.Content.Headers ->
                  header.Key.ToLowerInvariant(), String.Join(",", header.Value) ]
      Body = answer.Content.ReadAsByteArrayAsync().Result }

let ask (service: Service) path =
    send HttpMethod.Get [] service ("/api/v1/" + path)

/// The JSON of an answer that succeeds.
let json (service: Service) path : JsonElement =
    let answer = ask service path

    Expect.equal
        (answer.Status, answer.Headers["content-type"])
        (200, "application/json")
        $"{path}: {answer.Text}"

    answer.Json

let layOut (archive: Folder) channel hour (names: string list) =
    archive.Files($"{channel}/source/{hour}", names)

/// An archive that was really recorded.
let private recorded (archive: Folder) =
    for path, size in RecordedTests.manifest "A" do
        archive.File(path, size)

/// The account of a stream's folder at an instant, where its keeper gives nothing, as the core makes it.
let private accountOf (now: Instant) (folder: string) : Account =
    let settings =
        { Tolerance = Duration.ofMicroseconds 10_000L
          FirstHour = ValueNone
          LastHour = ValueNone }

    let facts = Archive.Facts(settings, folder)
    let given = Given.ofStream "" "" Given.nothing
    Account.judge (Given.expectation settings [] now given facts) facts

/// A service over the worked example of semantics.md after its first round.
let onExample (archive: Folder) : Service =
    CheckTests.layOutExample "desertbus" archive
    let service = new Service(archive, [])
    service.AwaitReady()
    service

/// The same, as one of two nodes that have been compared; the other one has nothing.
let onFleet (archive: Folder) : Service =
    CheckTests.layOutExample "desertbus" archive
    let other = archive.At "other"
    Directory.CreateDirectory other |> ignore

    let service =
        new Service(archive, [ "--check-interval"; "3600"; "--fleet"; "--self"; "A"; "--node"; $"B={other}" ])

    service.AwaitReady()

    eventually "the nodes are compared" (fun () ->
        service.HasEnded
        || match service.TryGet "/api/v1/fleet/streams" with
           | Some(status, _) -> status = 200
           | None -> false)

    service

let one = "channel=desertbus&quality=source"
let oneHour = one + "&hour=2025-11-07T18"

// The manual.

/// What is another in each run: it is left out of comparisons.
let rec private settled (json: JsonElement) : JsonElement =
    let text =
        Regex.Replace(
            json.GetRawText(),
            "\"(round|finished|checked|now|age_seconds|version)\": ?(\\{[^}]*\\}|\"[^\"]*\"|-?[0-9.]+)",
            "\"$1\":0"
        )

    JsonElement.Parse text

let private examples =
    let page =
        File.ReadAllText(Path.Combine(__SOURCE_DIRECTORY__, "..", "docs", "api.md"))

    [ for found in Regex.Matches(page, "```http\nGET (\\S+)\n```\n\n```(\\w+)\n((?:.|\n)*?)```") ->
          found.Groups[1].Value, found.Groups[2].Value, found.Groups[3].Value ]

[<Tests>]
let manual =
    testList
        "the manual of the API"
        [ archiveTest "every example of docs/api.md is what the service answers"
          <| fun archive ->
              use service = onExample archive
              Expect.isGreaterThan examples.Length 10 "the examples are found"

              for path, form, expected in examples do
                  let answer = send HttpMethod.Get [] service path

                  if form = "json" then
                      Expect.isTrue
                          (JsonElement.DeepEquals(settled answer.Json, settled (JsonElement.Parse expected)))
                          $"{path}: {answer.Text}"
                  else
                      Expect.equal answer.Text expected path

          archiveTest "docs/api.md has a section for every address, and names every parameter"
          <| fun archive ->
              use service = onExample archive

              let page =
                  File.ReadAllText(Path.Combine(__SOURCE_DIRECTORY__, "..", "docs", "api.md"))

              let paths = (json service "openapi.json")?paths.EnumerateObject() |> List.ofSeq
              Expect.equal paths.Length 19 "the addresses"

              for path in paths do
                  let name = path.Name.TrimStart '/'
                  Expect.isTrue (Regex.IsMatch(page, $"(?m)^## .*\\b{Regex.Escape name}\\b")) name

                  match path.Value?get.TryGetProperty "parameters" with
                  | true, parameters ->
                      for parameter in items parameters do
                          Expect.stringContains page $"`{text parameter?name}`" name
                  | _ -> () ]

// What is answered.

[<Tests>]
let answers =
    testList
        "the API's answers"
        [ archiveTest "are the numbers of check, of a stream that was really recorded"
          <| fun archive ->
              recorded archive
              use service = new Service(archive, [])
              service.AwaitReady()
              let _, answer = checkJson archive []
              let streams = items answer?streams
              Expect.isNonEmpty streams ""

              for stream in streams do
                  let query = $"channel={text stream?channel}&quality={text stream?quality}"

                  let same what (expected: JsonElement seq) (actual: JsonElement seq) =
                      let fields (item: JsonElement) =
                          [ for field in item.EnumerateObject() do
                                if field.Name <> "channel" && field.Name <> "quality" then
                                    field.Name, field.Value.GetRawText() ]

                      Expect.equal
                          [ for item in actual -> fields item ]
                          [ for item in expected -> fields item ]
                          what

                  let items path =
                      items (json service $"{path}{query}")?items

                  same "holes" (Sandbox.items stream?raw?holes) (items "holes?")
                  same "editable holes" (Sandbox.items stream?editable?holes) (items "holes?kind=editable&")
                  same "partial-only" (Sandbox.items stream?partial_only) (items "partial?")
                  same "hours" (Sandbox.items stream?hours) (items "hours?")

                  let total = item 0 (json service $"streams?{query}")?streams

                  for key, expected in
                      [ "status", stream?status
                        "extent_seconds", stream?extent?seconds
                        "start", stream?extent?start
                        "covered_seconds", stream?raw?covered_seconds
                        "hole_seconds", stream?raw?hole_seconds
                        "seam_seconds", stream?raw?seam_seconds
                        "editable_covered_seconds", stream?editable?covered_seconds
                        "partial_only_seconds", stream?partial_only_seconds ] do
                      Expect.equal (text (total.GetProperty key)) (text expected) key

          archiveTest "of spans add up: what lies between holes and the holes are the extent"
          <| fun archive ->
              recorded archive
              use service = new Service(archive, [])
              service.AwaitReady()

              for kind in [ "raw"; "editable" ] do
                  let seconds path =
                      (json service $"{path}?kind={kind}")?seconds.GetDecimal()

                  let extents =
                      items (json service "extent")?items
                      |> List.sumBy (fun hole -> hole?seconds.GetDecimal())

                  Expect.equal (seconds "spans" + seconds "holes") extents kind

          archiveTest "of words are the core's account, and its instants have one word each"
          <| fun archive ->
              recorded archive
              CheckTests.layOutExample "example" archive
              use service = new Service(archive, [])
              service.AwaitReady()
              let all = [ for word in Word.all -> Word.toText word ]
              let everyWord = String.Join(",", all)
              let extents = items (json service "extent")?items
              Expect.isNonEmpty extents ""

              for extent in extents do
                  let channel, quality = text extent?channel, text extent?quality

                  let account =
                      accountOf
                          (Instant.ofMicroseconds (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000L))
                          (archive.At $"{channel}/{quality}")

                  let answer query =
                      json service $"words?channel={channel}&quality={quality}{query}"

                  let spans query =
                      [ for span in items (answer query)?items ->
                            text span?word, text span?start, text (span.GetProperty "end") ]

                  let expected words =
                      [ for word in Word.all do
                            if List.contains (Word.toText word) words then
                                for interval in (Account.intervals word account).Intervals do
                                    Word.toText word,
                                    Instant.toText interval.Start,
                                    Instant.toText interval.End ]
                      |> List.sortBy (fun (_, start, _) -> start)

                  for words in [ all; [ "full" ]; [ "missing"; "partial" ]; [ "seam" ] ] do
                      let asked = String.Join(",", words)
                      let answer = answer $"&words={asked}"
                      let whole = expected words
                      Expect.equal (answer?count.GetInt32()) whole.Length $"{channel}: {asked}"
                      Expect.equal (spans $"&words={asked}") (List.truncate 10000 whole) $"{channel}: {asked}"

                  let usual = all |> List.except [ "full"; "seam" ]
                  Expect.equal (spans "") (expected usual) "without words: all but full and seam"

                  Expect.equal
                      (spans "&words=partial&words=missing,partial")
                      (expected [ "partial"; "missing" ])
                      "repeated, each once"

                  Expect.equal
                      ((answer $"&words={everyWord}")?seconds.GetDecimal())
                      (extent?seconds.GetDecimal())
                      "their total is the extent"

                  let holes = json service $"holes?channel={channel}&quality={quality}"

                  Expect.equal
                      [ for _, start, finish in spans "&words=missing,ahead" -> start, finish ]
                      [ for hole in items holes?items -> text hole?start, text (hole.GetProperty "end") ]
                      "what is missing, or ahead, is the holes"

              Expect.equal
                  (ask service "words?channel=example&order=length&limit=2&format=text").Text
                  ("#channel quality word start end seconds\n"
                   + "example source missing 2025-11-07T18:00:23.000000Z 2025-11-07T18:00:30.000000Z 7\n"
                   + "example source partial 2025-11-07T18:00:35.000000Z 2025-11-07T18:00:40.000000Z 5\n")
                  "the longest first"

          archiveTest "of words are refused where they are too many for a form that cannot say so"
          <| fun archive ->
              // A seam after each segment, 10,800 in nine hours.
              for hour in 0..8 do
                  archive.Files(
                      $"c/source/2025-11-07T%02d{hour}",
                      [ for second in 0..3..3597 -> $"%02d{second / 60}:%02d{second % 60}.0-2.995-full-.ts" ]
                  )

              use service = new Service(archive, [])
              service.AwaitReady()
              Expect.equal (ask service "words?words=full&format=csv").Status 413 ""
              Expect.equal (ask service "words?format=csv").Status 200 "nothing is missing"
              let answer = json service "words?words=full,seam"
              Expect.equal (text answer?count, text answer?truncated) ("21599", "True") ""

          archiveTest "list what is asked for: window, length, order, limit, names"
          <| fun archive ->
              for channel, start in [ "a", 10; "ab", 20; "b", 40 ] do
                  layOut
                      archive
                      channel
                      "2025-11-07T18"
                      [ "00:00.0-5-full-.ts"; $"00:%d{start}.0-5-full-.ts" ]

              use service = new Service(archive, [])
              service.AwaitReady()

              let channels query =
                  [ for hole in items (json service $"holes?{query}")?items -> text hole?channel ]

              Expect.equal (channels "") [ "a"; "ab"; "b" ] "by start, then as found"
              Expect.equal (channels "order=length") [ "b"; "ab"; "a" ] ""
              Expect.equal (channels "order=length&limit=2") [ "b"; "ab" ] ""
              Expect.equal (channels "min=15") [ "ab"; "b" ] ""
              Expect.equal (channels "channel=a*") [ "a"; "ab" ] ""
              Expect.equal (channels "channel=?") [ "a"; "b" ] ""
              Expect.equal (channels "channel=ab&channel=b&quality=sour*") [ "ab"; "b" ] ""
              Expect.equal (channels "start=2025-11-07T18:00:10Z") [ "ab"; "b" ] ""
              Expect.equal (channels "channel=A") [] "letters are what they are"

              let cut =
                  item 0 (json service "holes?channel=b&start=1762538410&end=1762538412.5")?items

              Expect.equal (text cut?start, text cut?seconds) ("2025-11-07T18:00:10.000000Z", "2.5") ""

              let limited = json service "holes?limit=1"

              Expect.equal
                  (text limited?count, text limited?seconds, text limited?truncated)
                  ("3", "55", "True")
                  "of all that match"

              for status in [ 204; 404 ] do
                  Expect.equal (ask service $"holes?channel=c&nodata={status}").Status status ""
                  Expect.equal (ask service $"hours?channel=c&nodata={status}").Status status ""

          archiveTest "hold any name"
          <| fun archive ->
              let strange = "a \"b\",\n\\c {d} é"
              CheckTests.layOutExample strange archive
              use service = new Service(archive, [])
              service.AwaitReady()
              let name = Uri.EscapeDataString strange

              for path in [ "detail"; "segments" ] do
                  let answer = json service $"{path}?channel={name}&quality=source&hour=2025-11-07T18"

                  Expect.equal (text answer?channel) strange path

              Expect.equal (text (item 0 (json service "holes")?items)?channel) strange ""
              Expect.stringStarts (ask service "holes?format=csv").Text "channel,quality" ""

              Expect.equal
                  (ask service "holes?format=request").Text
                  "a\\x20\"b\",\\x0A\\x5Cc\\x20{d}\\x20é source 2025-11-07T18:00:23.000000Z 2025-11-07T18:00:30.000000Z\n"
                  "a word"

          archiveTest "add up what 64 bits do not hold: forty clocks that were wrong by thousands of years"
          <| fun archive ->
              for channel in 1..40 do
                  // All ahead, so that nothing is left out for that.
                  archive.Files($"c{channel}/source/2101-01-01T00", [ "00:00.0-1-full-.ts" ])
                  archive.Files($"c{channel}/source/9998-12-31T23", [ "59:59.0-1-full-.ts" ])

              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()

              let years =
                  (DateTime(9999, 1, 1) - DateTime(2101, 1, 1)).Ticks / TimeSpan.TicksPerSecond

              let holes = json service "holes"
              Expect.equal (text holes?count, text holes?seconds) ("40", string (40L * (years - 2L))) "exact"

              for path in
                  [ for kind in [ "holes"; "spans" ] do
                        for options in [ ""; "?kind=editable"; "?merge=1000000000&min=1&order=length" ] do
                            kind + options

                        for format in [ "csv"; "bed"; "text"; "request" ] do
                            $"{kind}?format={format}"

                    "overlaps"
                    "partial"
                    "words"
                    "words?words=full,seam&merge=1000000000&order=length"
                    "streams"
                    "extent"
                    "hours" ] do
                  Expect.equal (ask service path).Status 200 path

          law "add up any lengths"
          <| fun (lengths: NonNegativeInt list) ->
              let lengths =
                  Int64.MaxValue
                  :: [ for NonNegativeInt one in lengths -> Int64.MaxValue - int64 one ]

              let sum = lengths |> List.sumBy Numerics.BigInteger
              let seconds = Texts.Seconds(lengths |> List.map Units.Duration)
              Expect.equal (Numerics.BigInteger(seconds * 1_000_000m)) sum ""

          archiveTest "write what a terminal would obey as codes, in every form"
          <| fun archive ->
              CheckTests.layOutExample CheckTests.hostile archive
              use service = new Service(archive, [])
              service.AwaitReady()

              for path in
                  [ "streams"
                    "extent"
                    "extent?format=csv"
                    "extent?format=text"
                    "hours"
                    "hours?format=csv"
                    "holes?channel=%1B"
                    "map.png?channel=%1B&quality=source"
                    "holes?%1B=1"
                    for format in [ "json"; "csv"; "bed"; "text"; "request" ] do
                        $"holes?format={format}"
                        $"words?format={format}" ] do
                  let answer = ask service path
                  Expect.isNonEmpty answer.Text ""

                  Expect.isTrue (CheckTests.isHarmless answer.Text) $"{path}: {answer.Text}"

              Expect.stringContains
                  (ask service "holes?format=csv").Text
                  "\n%1B[2Jred%C2%9B1m%0D%E2%80%AE%251B,source,"
                  "decoding gives the name back"

          archiveTest "have the picture that the archive has"
          <| fun archive ->
              use service = onExample archive
              let answer = ask service $"map.png?{one}"
              Expect.equal (answer.Status, answer.Headers["content-type"]) (200, "image/png") ""

              Expect.equal
                  answer.Body
                  (File.ReadAllBytes(archive.At "coverage-maps/desertbus_source_coverage.png"))
                  ""

          archiveTest "have the segments that the folder has now, temp ones too"
          <| fun archive ->
              use service = onExample archive

              let segments () =
                  [ for segment in items (json service $"segments?{oneHour}")?segments ->
                        segment?start.GetInt64() / 1000L,
                        text segment?kind,
                        segment?best.GetBoolean(),
                        segment?chain.GetBoolean() ]

              let before = segments ()
              Expect.hasLength before 8 ""
              Expect.contains before (0L, "full", true, true) ""
              Expect.contains before (19_000L, "partial", true, false) "begins within the one before"
              Expect.contains before (19_000L, "partial", false, false) "the smaller file"
              Expect.contains before (32_000L, "full", true, false) "within another"
              archive.File("desertbus/source/2025-11-07T18/00:50.0-5-temp-x.ts", 0L)
              Expect.equal (segments ()) (before @ [ 50_000L, "temp", false, false ]) "read anew"

          law "an instant is read as it is written, and as seconds"
          <| fun (NonNegativeInt seconds) (NonNegativeInt fraction) ->
              let instant = int64 seconds * 1_000_000L + int64 (fraction % 1_000_000)
              let read (text: string) = Parameters.Start.Read text
              let printed = Engine.InstantText instant
              let expected = box (Units.Instant instant)
              Expect.equal (read printed) expected "ISO"
              Expect.equal (read (printed.Replace('T', ' ').TrimEnd 'Z')) expected "as check prints it"
              let decimal = Engine.Seconds instant

              Expect.equal
                  (read (decimal.ToString Globalization.CultureInfo.InvariantCulture))
                  expected
                  "seconds" ]

// Validators and forms.

[<Tests>]
let validators =
    testList
        "the API's validators"
        [ archiveTest "what has not changed is not sent again"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()

              for path in
                  [ "holes"
                    "streams"
                    "holes?format=csv"
                    $"map.png?{one}"
                    $"detail?{oneHour}" ] do
                  let first = ask service path

                  for header, value in
                      [ "If-None-Match", first.Headers["etag"]
                        "If-None-Match", "\"x\", " + first.Headers["etag"]
                        "If-None-Match", "*" ] do
                      let again = send HttpMethod.Get [ header, value ] service ("/api/v1/" + path)
                      Expect.equal (again.Status, again.Body.Length) (304, 0) $"{path} {header}: {value}"
                      Expect.equal again.Headers["etag"] first.Headers["etag"] ""

                  // The date given within a round's own second is that of the one before, for safety.
                  eventually "a date that stands for the round" (fun () ->
                      let date = (ask service path).Headers["last-modified"]

                      (send HttpMethod.Get [ "If-Modified-Since", date ] service ("/api/v1/" + path)).Status =
                          304)

                  let other =
                      send HttpMethod.Get [ "If-None-Match", "\"x\"" ] service ("/api/v1/" + path)

                  Expect.equal (other.Status, other.Body.Length) (200, first.Body.Length) path

          archiveTest "what says its round is new with each, what does not only with a change"
          <| fun archive ->
              use service = onExample archive
              let tag path = (ask service path).Headers["etag"]
              let json, csv = tag "holes", tag "holes?format=csv"
              service.AwaitRound()
              Expect.notEqual (tag "holes") json ""
              Expect.equal (tag "holes?format=csv") csv ""
              archive.File("desertbus/source/2025-11-07T18/00:50.0-5-full-.ts", 0L)
              eventually "another tag" (fun () -> tag "holes?format=csv" <> csv)
              Expect.stringContains (ask service "holes?format=csv").Text "18:00:40" "with the new answer"

          archiveTest "answers are packed for who accepts it"
          <| fun archive ->
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              CheckTests.layOutExample "desertbus" archive
              service.AwaitReady()
              let path = "/api/v1/openapi.json"
              let plain = send HttpMethod.Get [] service path
              Expect.isFalse (plain.Headers.ContainsKey "content-encoding") ""

              for coding, unpack in
                  [ "br",
                    (fun (packed: Stream) -> new BrotliStream(packed, CompressionMode.Decompress) :> Stream)
                    "gzip", (fun packed -> new GZipStream(packed, CompressionMode.Decompress) :> Stream) ] do
                  let answer = send HttpMethod.Get [ "Accept-Encoding", coding ] service path
                  Expect.equal answer.Headers["content-encoding"] coding ""
                  Expect.equal answer.Headers["vary"] "Accept-Encoding" ""
                  use unpacked = new MemoryStream()
                  (unpack (new MemoryStream(answer.Body))).CopyTo unpacked
                  Expect.equal (unpacked.ToArray()) plain.Body ""

          archiveTest "GET and HEAD, and nothing else"
          <| fun archive ->
              use service = onExample archive

              for path in
                  [ "holes"
                    "segments?" + oneHour
                    "digests?" + one
                    "names?" + oneHour
                    $"map.png?{one}"
                    "openapi.json"
                    "nothing" ] do
                  let path = "/api/v1/" + path

                  let get, head =
                      send HttpMethod.Get [] service path, send HttpMethod.Head [] service path

                  Expect.equal (head.Status, head.Body.Length) (get.Status, 0) path
                  Expect.equal head.Headers["content-type"] get.Headers["content-type"] path

                  for method in [ "POST"; "PUT"; "DELETE"; "PATCH" ] do
                      let refused = send (HttpMethod method) [] service path

                      Expect.equal
                          (refused.Status, refused.Headers["allow"])
                          (405, "GET,HEAD")
                          $"{method} {path}" ]

// What is refused.

[<Tests>]
let refusals =
    testList
        "the API's refusals"
        [ archiveTest "name the parameter and what it may be"
          <| fun archive ->
              use service = onExample archive

              for path, parameter, detail in
                  [ "holes?strat=5", "strat", "did you mean start?"
                    "holes?hour=2025-11-07T18", "hour", "there is no parameter"
                    "overlaps?kind=raw", "kind", "there is no parameter"
                    "events?channel=a", "channel", "there is no parameter"
                    "holes?limit=1&limit=2", "limit", "more than once"
                    "holes?start=yesterday", "start", "an instant such as"
                    "holes?start=2025-13-01", "start", "an instant such as"
                    "holes?start=-1", "start", "an instant such as"
                    "holes?start=1e9", "start", "an instant such as"
                    "holes?start=99999999999999", "start", "an instant such as"
                    "holes?start=", "start", "an instant such as"
                    "holes?start=2025-11-07&end=2025-11-07", "end", "not later than start"
                    "hours?end=2025-11-07&start=2025-11-08", "end", "not later than start"
                    "words?kind=raw", "kind", "there is no parameter"
                    "words?words=gone", "words", "pending or missing"
                    "words?words=full,Seam", "words", "with commas between them"
                    "words?words=", "words", "full, partial"
                    "holes?min=0,5", "min", "seconds from 0"
                    "holes?merge=-1", "merge", "seconds from 0"
                    "holes?limit=0", "limit", "from 1 to 10000"
                    "holes?limit=10001", "limit", "from 1 to 10000"
                    "holes?kind=all", "kind", "raw or editable"
                    "holes?order=size", "order", "time or length"
                    "holes?format=xml", "format", "json, csv, bed, text or request"
                    "hours?format=bed", "format", "json or csv"
                    "holes?nodata=500", "nodata", "204 or 404"
                    "digests?channel=a", "quality", "is missing"
                    $"digests?{one}&format=csv", "format", "json or text"
                    $"digests?{oneHour}", "hour", "there is no parameter"
                    $"names?{one}", "hour", "is missing"
                    $"names?{one}&hour=18", "hour", "such as 2025-11-07T18"
                    "detail?channel=a&quality=b", "hour", "is missing"
                    "segments?quality=b&hour=2025-11-07T18", "channel", "is missing"
                    $"detail?{one}&hour=18", "hour", "such as 2025-11-07T18" ] do
                  let answer = ask service path

                  Expect.equal
                      (answer.Status, answer.Headers["content-type"])
                      (400, "application/problem+json")
                      path

                  Expect.equal (text answer.Json?parameter) parameter path
                  Expect.stringContains (text answer.Json?detail) detail path
                  Expect.isNonEmpty (text answer.Json?allowed) path

          archiveTest "what is not reported is not found, whatever it is called"
          <| fun archive ->
              archive.Files("desertbus/chat/2025-11-07T18", [ "a.json" ])
              use service = onExample archive

              for channel, quality, hour in
                  [ "desertbus", "chat", "2025-11-07T18"
                    "desertbus", "source", "2025-11-07T19"
                    "*", "source", "2025-11-07T18"
                    "..", "desertbus", "2025-11-07T18"
                    "../" + Path.GetFileName archive.Path + "/desertbus", "source", "2025-11-07T18"
                    "desertbus/source", "..", "2025-11-07T18"
                    "desertbus\000", "source", "2025-11-07T18"
                    "", "", "2025-11-07T18" ] do
                  let query =
                      $"channel={Uri.EscapeDataString channel}&quality={Uri.EscapeDataString quality}"

                  for path in [ $"detail?{query}&hour={hour}"; $"segments?{query}&hour={hour}" ] do
                      let answer = ask service path
                      Expect.equal (answer.Status, text answer.Json?title) (404, "Not Found") path

              Expect.equal (ask service "nothing").Status 404 ""

          archiveTest "an empty stream has no picture; what it has is answered"
          <| fun archive ->
              layOut archive "c" "2025-11-07T18" [ "bad.ts" ]
              use service = new Service(archive, [])
              service.AwaitReady()
              Expect.equal (ask service "map.png?channel=c&quality=source").Status 404 ""
              let stream = item 0 (json service "streams")?streams

              Expect.equal
                  [ for key in [ "status"; "start"; "completeness"; "age_seconds"; "holes"; "bad_segments" ] ->
                        (stream.GetProperty key).GetRawText() ]
                  [ "\"empty\""; "null"; "null"; "null"; "0"; "1" ]
                  ""

              Expect.equal (text (json service "extent")?count) "0" ""

              Expect.equal
                  ((json service "detail?channel=c&quality=source&hour=2025-11-07T18")?window.GetRawText())
                  "[0,0]"
                  ""

          lowlyTest "a stream that was never read has no numbers, and says why"
          <| fun words archive ->
              layOut archive "c" "2025-11-07T18" [ "00:00.0-5-full-.ts" ]
              tool [ "chmod"; "755"; archive.Path ]
              tool [ "chmod"; "000"; archive.At "c/source" ]

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ])

              service.AwaitReady()
              let stream = item 0 (json service "streams")?streams
              Expect.equal (text stream?status) "unknown" ""
              Expect.stringContains (text stream?failing) (archive.At "c/source") "the path"

              for key in [ "holes"; "covered_seconds"; "checked"; "completeness"; "hours" ] do
                  Expect.equal (stream.GetProperty key).ValueKind JsonValueKind.Null key

              Expect.equal (ask service "detail?channel=c&quality=source&hour=2025-11-07T18").Status 404 ""
              Expect.equal (text (json service "holes")?count) "0" "" ]
