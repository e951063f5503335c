/// The live page in a real browser, on the real service and recorded archives.
module Coverage.Tests.LivePageTests

open System
open System.IO
open System.Net.Http
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open Microsoft.Playwright
open Coverage.Tests.Browser
open Coverage.Tests.Sandbox

/// Lays out some of the recorded archive of node A.
let private layOutRecorded (folder: Folder) (prefix: string) =
    for path, size in RecordedTests.manifest "A" do
        if path.StartsWith prefix then
            folder.File(path, size)

let private qualities = [ "--qualities"; "*" ]

/// A service on all of the recorded archive, which nobody changes, and what the check says of it.
let recorded =
    lazy
        (let archive = new Folder()
         layOutRecorded archive ""

         let service =
             new Service(itself, [], [ "serve"; "--base-dir"; archive.Path ] @ qualities)

         AppDomain.CurrentDomain.ProcessExit.Add(fun _ ->
             (service :> IDisposable).Dispose()
             (archive :> IDisposable).Dispose())

         service, snd (checkJson archive qualities))

/// A test on the recorded archive's page.
let recordedTest name address (test: Window -> JsonElement -> unit) =
    testCase name (fun () ->
        let service, answer = recorded.Force()
        onPage service address (fun window -> test window answer))

let desertbus = "#stream=desertbus/source"

let streamOf channel quality (answer: JsonElement) =
    items answer?streams
    |> List.find (fun it -> text it?channel = channel && text it?quality = quality)

/// The missing spans of a stream of the answer, as the page writes instants.
let private missingOf channel quality answer =
    let readable (json: JsonElement) =
        (text json).Replace('T', ' ').Replace("Z", " UTC")

    [ for span in items (streamOf channel quality answer)?account?missing ->
          readable span?start, readable span?``end`` ]

/// The holes as the page lists them.
let listed (window: Window) =
    window.Texts "#missing td"
    |> List.chunkBySize 3
    |> List.map (fun row -> row[0], row[1])

let spanOf (hash: string) =
    let value name =
        Regex.Match(hash, $"{name}=([^&]*)").Groups[1].Value
        |> fun text -> DateTimeOffset.Parse(text, null).ToUnixTimeMilliseconds()

    value "start", value "end"

/// Waits until so many holes are listed.
let holeCount (window: Window) n =
    window.Until($"{n} holes", $"() => document.querySelectorAll('#missing tr').length === {n}")

[<Tests>]
let reading =
    testSequencedGroup "browser"
    <| testList
        "the live page: reading"
        [ recordedTest "the streams are listed, worst first, with the numbers of the check" ""
          <| fun window answer ->
              window.AwaitTimeline()

              // Whether what is recorded for a night to come is ahead depends on the day of the test.
              let rank (it: JsonElement) =
                  let completeness = it?account?completeness

                  let share =
                      if completeness.ValueKind = JsonValueKind.Null then
                          1m
                      else
                          completeness.GetDecimal()

                  if List.contains (text it?account?verdict) [ "missing"; "unknown"; "ahead" ] then
                      share - 1m
                  else
                      share

              let expected =
                  [ for it in items answer?streams |> List.sortBy rank ->
                        $"{it?channel}/{it?quality}", string (items it?account?missing).Length ]

              let rows = List.zip (window.Texts "#streams a") (window.Texts "#streams td.missing")

              Expect.equal rows expected ""
              Expect.equal (window.Text "#stream-name") (fst expected.Head) "the worst one is shown"
              Expect.equal (window.Text "#live strong") "connected" ""

          recordedTest "what is missing is what the check says, the longest first, or by start" desertbus
          <| fun window answer ->
              window.AwaitTimeline()
              let holes = missingOf "desertbus" "source" answer
              let byLength = [ for place in [ 2; 3; 1; 0; 4 ] -> holes[place] ]
              Expect.equal (listed window) byLength "by length"
              window.Click "#by-start"
              Expect.equal (listed window) holes "by start"
              window.Click "#by-start"
              Expect.equal (listed window) (List.rev holes) "the other way round"

              Expect.equal
                  (window.Text "#missing-count")
                  "5 spans, 2 min 16.241833 s missing, the longest 1 min 1.259833 s"
                  ""

          recordedTest
              "a missing span that is chosen is zoomed to and told of, and the address shows it to others"
              desertbus
          <| fun window answer ->
              window.AwaitTimeline()
              window.Click "#missing tr:nth-child(1) button"
              window.AwaitTimeline()

              let told =
                  "missing, 1 min 1.259833 s: 2026-11-24 08:58:30.049167 to 08:59:31.309000 UTC"

              window.Until(
                  "it is told",
                  $"() => timeline.ariaValueText.replaceAll('\u00a0', ' ').includes('{told}')"
              )

              Expect.stringContains window.Told "2026-11-24 08:58:30.049167 UTC: " "the line is at its start"
              let from, until = spanOf window.Hash
              Expect.isTrue (from < 1795510710049L && until > 1795510771309L) $"{window.Hash} is around it"
              let address = window.Page.Url
              let service, _ = recorded.Force()

              onPage service (Uri(address).Fragment) (fun other ->
                  other.AwaitTimeline()
                  Expect.equal other.Hash window.Hash "the same view"
                  finish (other.Page.FocusAsync "#timeline")
                  other.Press "n"
                  other.AwaitTimeline()

                  Expect.stringContains
                      other.Told
                      "2026-11-24 09:07:29.309000 UTC: missing, 36 s"
                      "and on from there")

          recordedTest
              "close by, single segments and what became of them are told"
              (desertbus + "&start=2026-11-24T08:39:26.000000Z&end=2026-11-24T08:39:40.000000Z")
          <| fun window _ ->
              window.AwaitTimeline()
              Expect.stringContains window.Told "partial, 8 s: 2026-11-24 08:39:28.348000" ""

              Expect.isTrue
                  (Regex.IsMatch(window.Told, "(suspect|partial) segment, in the editable chain, 2 s"))
                  window.Told

          recordedTest "what is missing is copied as ISO, seconds and BED" desertbus
          <| fun window answer ->
              window.AwaitTimeline()
              finish (window.Context.GrantPermissionsAsync [ "clipboard-read"; "clipboard-write" ])
              let holes = items (streamOf "desertbus" "source" answer)?raw?holes

              for format in [ "iso"; "seconds"; "bed" ] do
                  window.Click $"#copy-{format}"
                  window.Until("copied", "() => copied.textContent === '5 copied'")

                  let copied =
                      window.Evaluate("() => navigator.clipboard.readText()").GetString() |> string

                  finish (window.Page.EvaluateAsync "() => { copied.textContent = '' }")

                  let expected =
                      [ for hole in holes do
                            let ends = [ hole?start; hole?``end`` ] |> List.map (text >> DateTimeOffset.Parse)
                            let micros = [ for it in ends -> (it - DateTimeOffset.UnixEpoch).Ticks / 10L ]

                            match format with
                            | "iso" -> $"{hole?start}\t{hole?``end``}\n"
                            | "seconds" ->
                                [ for it in micros -> (decimal it / 1000000m).ToString "0.######" ]
                                |> String.concat "\t"
                                |> sprintf "%s\n"
                            | _ -> $"desertbus/source\t{micros[0]}\t{micros[1]}\tmissing\n" ]

                  Expect.equal copied (String.concat "" expected) format

          recordedTest "times in UTC, on the reader's clock, and since the start" desertbus
          <| fun window answer ->
              window.AwaitTimeline()
              window.Click "#by-start"
              let stream = streamOf "desertbus" "source" answer

              let first, start =
                  DateTimeOffset.Parse(text (items stream?account?missing).Head?start),
                  DateTimeOffset.Parse(text stream?account?span?start)

              for clock, expected in
                  [ "utc", first.ToString "yyyy-MM-dd HH:mm:ss.ffffff 'UTC'"
                    "local", first.ToOffset(TimeSpan.FromHours 1.0).ToString "yyyy-MM-dd HH:mm:ss.ffffff zzz"
                    "since", (first - start).ToString "'+'hh\:mm\:ss\.ffffff" ] do
                  wait (window.Page.SelectOptionAsync("#clock", clock)) |> ignore
                  Expect.equal (fst (listed window).Head) expected clock

          recordedTest
              "the map is the file's, and a column leads to its time"
              "#stream=midnight/source&view=map"
          <| fun window _ ->
              window.Until("a map", "() => document.getElementById('map-image').width === 24")
              let _, _, width, height = window.Box "#map-image"
              Expect.equal (width, height) (960.0, 600.0) "a cell is drawn forty wide and two high"

              Expect.equal
                  (window.Texts "#map-axis span")
                  [ "23:00"; "23:30"; "1 Jan"; "00:30"; "01:00"; "01:30"; "02:00"; "02:30" ]
                  "where there is room"

              let at = Position(X = 40.0f * 5.0f + 4.0f, Y = 10.0f)
              finish (window.Page.ClickAsync("#map-image", PageClickOptions(Position = at)))
              window.AwaitTimeline()
              let from, until = spanOf window.Hash
              let column = DateTimeOffset.Parse("2026-12-31T23:50Z").ToUnixTimeMilliseconds()
              Expect.isTrue (from <= column && column + 600_000L <= until) window.Hash

          recordedTest "nothing is loaded from elsewhere, and all of it again without being sent again" ""
          <| fun window _ ->
              window.AwaitTimeline()

              for address in window.Asked do
                  Expect.stringStarts address "http://127.0.0.1:" ""

              let sizes =
                  "async () => { const own = performance.getEntriesByType('resource').filter(it => it.name.includes('/web/'));
                      return own.map(it => it.transferSize) }"

              wait (window.Page.ReloadAsync()) |> ignore
              window.AwaitTimeline()

              let sent =
                  [ for size in (window.Evaluate sizes).EnumerateArray() -> size.GetInt32() ]

              Expect.isGreaterThan sent.Length 10 "its modules"
              Expect.all sent (fun size -> size < 600) "a header each" ]

/// Asks for a path of the service with these headers: the answer, and the length of what came.
let private ask (service: Service) (method: HttpMethod) (path: string) (headers: (string * string) list) =
    use client = new HttpClient()

    use request =
        new HttpRequestMessage(method, $"http://127.0.0.1:{service.Port}{path}")

    for name, value in headers do
        request.Headers.Add(name, value)

    let answer = client.Send request
    answer, answer.Content.ReadAsByteArrayAsync().Result.Length

[<Tests>]
let files =
    testList
        "the live page: its files"
        [ testCase "all of them are named in the page, and each is served, packed, tagged and by its kind"
          <| fun () ->
              let service, _ = recorded.Force()
              service.AwaitReady()

              let page =
                  match service.TryGet "/" with
                  | Some(200, page) -> page
                  | other -> failtestf "%A" other

              let named =
                  [ for found in Regex.Matches(page, "(?:href|src)=\"web/([^\"]*)\"") -> found.Groups[1].Value ]

              let there =
                  [ for name in typeof<Coverage.Host.StreamRound>.Assembly.GetManifestResourceNames() do
                        if name.StartsWith "web/" then
                            name.Substring 4 ]

              let others =
                  set [ "index.html"; "login.html"; "login.js"; "api.css"; "api-page.js" ]

              let ofFleets =
                  set
                      [ "fleets.html"
                        "fleets.css"
                        "fleets.js"
                        "fleethistory.js"
                        "fleetpicture.js"
                        "rows.js" ]

              Expect.equal (set named) (set there - others - ofFleets) "none is waited for twice"

              for path in "/" :: [ for name in there -> "/web/" + name ] do
                  let plain, size = ask service HttpMethod.Get path []
                  Expect.equal (int plain.StatusCode) 200 path

                  let kind =
                      match Path.GetExtension path with
                      | ".js" -> "text/javascript"
                      | ".css" -> "text/css"
                      | ".svg" -> "image/svg+xml"
                      | _ -> "text/html"

                  let contentType = plain.Content.Headers.ContentType |> Option.ofObj
                  Expect.equal (contentType |> Option.map _.MediaType) (Some kind) path
                  let policy = plain.Headers.GetValues "Content-Security-Policy" |> Seq.exactlyOne
                  Expect.stringContains policy "default-src 'self'" path

                  let packed, packedSize =
                      ask service HttpMethod.Get path [ "Accept-Encoding", "br, gzip" ]

                  Expect.contains
                      [ "br"; "gzip" ]
                      (Seq.exactlyOne packed.Content.Headers.ContentEncoding)
                      path

                  Expect.isLessThan packedSize size path
                  let tag = plain.Headers.ETag |> string
                  let again, none = ask service HttpMethod.Get path [ "If-None-Match", tag ]
                  Expect.equal (int again.StatusCode, none) (304, 0) path
                  let head, none = ask service HttpMethod.Head path []
                  Expect.equal (int head.StatusCode, none) (200, 0) path

          testCase "nothing else is there, and nothing is taken"
          <| fun () ->
              let service, _ = recorded.Force()
              service.AwaitReady()

              for path in
                  [ "/web/"
                    "/web/other.js"
                    "/web/..%2findex.html"
                    "/index.html"
                    "/web/index.html/x" ] do
                  let answer, _ = ask service HttpMethod.Get path []
                  Expect.equal (int answer.StatusCode) 404 path

              for path in [ "/"; "/web/main.js" ] do
                  let answer, _ = ask service HttpMethod.Post path []
                  Expect.equal (int answer.StatusCode) 405 path ]
