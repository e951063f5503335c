/// The live page in a real browser, on the real service and recorded archives.
module Coverage.Tests.LivePageTests

open System
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open FsCheck.FSharp
open Microsoft.Playwright
open Coverage
open Coverage.Tests.Browser
open Coverage.Tests.Sandbox

/// Lays out some of the recorded archive of node A.
let private layOutRecorded (folder: Folder) (prefix: string) =
    for path, size in RecordedTests.manifest "A" do
        if path.StartsWith prefix then
            folder.File(path, size)

let private qualities = [ "--qualities"; "*" ]

/// A service on all of the recorded archive, which nobody changes, and what the check says of it.
let private recorded =
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
let private recordedTest name address (test: Window -> JsonElement -> unit) =
    testCase name (fun () ->
        let service, answer = recorded.Force()
        onPage service address (fun window -> test window answer))

let private desertbus = "#stream=desertbus/source"

let private streamOf channel quality (answer: JsonElement) =
    items answer?streams
    |> List.find (fun it -> text it?channel = channel && text it?quality = quality)

/// The holes of a stream of the answer, as the page writes instants.
let private holesOf channel quality answer =
    let readable (json: JsonElement) =
        (text json).Replace('T', ' ').Replace("Z", " UTC")

    [ for hole in items (streamOf channel quality answer)?raw?holes ->
          readable hole?start, readable hole?``end`` ]

/// The holes as the page lists them.
let private listed (window: Window) =
    window.Texts "#holes td"
    |> List.chunkBySize 3
    |> List.map (fun row -> row[0], row[1])

let private spanOf (hash: string) =
    let value name =
        Regex.Match(hash, $"{name}=([^&]*)").Groups[1].Value
        |> fun text -> DateTimeOffset.Parse(text, null).ToUnixTimeMilliseconds()

    value "start", value "end"

[<Tests>]
let reading =
    testSequencedGroup "browser"
    <| testList
        "the live page: reading"
        [ recordedTest "the streams are listed, worst first, with the numbers of the check" ""
          <| fun window answer ->
              window.AwaitTimeline()

              let ratio (it: JsonElement) =
                  let missing =
                      it?raw?hole_seconds.GetDecimal() + it?partial_only_seconds.GetDecimal()

                  missing / it?extent?seconds.GetDecimal()

              let expected =
                  [ for it in items answer?streams |> List.sortByDescending ratio ->
                        $"{it?channel}/{it?quality}", string (items it?raw?holes).Length ]

              let rows = List.zip (window.Texts "#streams a") (window.Texts "#streams td.holes")

              Expect.equal rows expected ""
              Expect.equal (window.Text "#stream-name") (fst expected.Head) "the worst one is shown"
              Expect.equal (window.Text "#live strong") "live" ""

          recordedTest "the holes are those of the check, by start or by length" desertbus
          <| fun window answer ->
              window.AwaitTimeline()
              let holes = holesOf "desertbus" "source" answer
              Expect.equal (listed window) holes "by start"
              window.Click "#by-start"
              Expect.equal (listed window) (List.rev holes) "the other way round"
              window.Click "#by-length"
              Expect.stringContains (fst (listed window).Head) "08:58:30.049167" "the longest"

          recordedTest
              "a hole that is chosen is zoomed to and told of, and the address shows it to others"
              desertbus
          <| fun window answer ->
              window.AwaitTimeline()
              window.Click "#holes tr:nth-child(3) button"
              window.AwaitTimeline()

              let told =
                  "hole, 1 min 1.259833 s: 2026-11-24 08:58:30.049167 UTC to 2026-11-24 08:59:31.309000 UTC"

              window.Until("it is told", $"() => timeline.ariaValueText.includes('{told}')")
              Expect.stringContains window.Told "2026-11-24 08:58:30.049167 UTC: " "the line is at its start"
              let from, until = spanOf window.Hash
              Expect.isTrue (from < 1795510710049L && until > 1795510771309L) $"{window.Hash} is around it"
              let address = window.Page.Url
              let service, _ = recorded.Force()

              onPage service (Uri(address).Fragment) (fun other ->
                  other.AwaitTimeline()
                  Expect.equal other.Hash window.Hash "the same view"
                  other.Press("Tab", "Tab", "Tab")
                  finish (other.Page.FocusAsync "#timeline")
                  other.Press "n"
                  other.AwaitTimeline()

                  Expect.stringContains
                      other.Told
                      "2026-11-24 09:07:29.309000 UTC: hole, 36 s"
                      "and on from there")

          recordedTest
              "close by, single segments and what became of them are told"
              (desertbus + "&start=2026-11-24T08:39:26.000000Z&end=2026-11-24T08:39:40.000000Z")
          <| fun window _ ->
              window.AwaitTimeline()
              Expect.stringContains window.Told "partial-only, 8 s: 2026-11-24 08:39:28.348000" ""

              Expect.isTrue
                  (Regex.IsMatch(window.Told, "(suspect|partial) segment, in the editable chain, 2 s"))
                  window.Told

          recordedTest "the holes are copied as ISO, seconds and BED" desertbus
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
                            | _ -> $"desertbus/source\t{micros[0]}\t{micros[1]}\thole\n" ]

                  Expect.equal copied (String.concat "" expected) format

          recordedTest "times in UTC, on the reader's clock, and since the start" "#stream=midnight/source"
          <| fun window _ ->
              window.AwaitTimeline()

              for clock, expected in
                  [ "utc", "2026-12-31 23:51:58.022000 UTC"
                    "local", "2027-01-01 00:51:58.022000 +01:00"
                    "since", "+00:01:58.000000" ] do
                  wait (window.Page.SelectOptionAsync("#clock", clock)) |> ignore
                  Expect.equal (fst (listed window).Head) expected clock

          recordedTest
              "the map is the file's, and a column leads to its time"
              "#stream=midnight/source&view=map"
          <| fun window _ ->
              window.Until("a map", "() => document.getElementById('map-image').width === 24")
              let _, _, width, height = window.Box "#map-image"
              Expect.equal (width, height) (192.0, 300.0) "a column is drawn eight wide"
              Expect.equal (window.Texts "#map-axis span") [ "1 Jan"; "02:00" ] ""
              let at = Position(X = 8.0f * 5.0f + 4.0f, Y = 10.0f)
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

[<Tests>]
let moving =
    testSequencedGroup "browser"
    <| testList
        "the live page: moving"
        [ recordedTest "by the keyboard alone: a stream, a hole, zoom, move, help" ""
          <| fun window _ ->
              window.AwaitTimeline()

              let focused () =
                  text (
                      window.Evaluate "() => document.activeElement.textContent || document.activeElement.id"
                  )

              let tabTo what =
                  let rec go left =
                      if focused () <> what then
                          if left = 0 then
                              failtestf "Tab does not lead to %s" what

                          window.Press "Tab"
                          go (left - 1)

                  go 40

              tabTo "desertbus/source"
              window.Press "Enter"

              window.Until(
                  "it is shown",
                  "() => document.getElementById('stream-name').textContent === 'desertbus/source'"
              )

              tabTo "timeline"
              window.AwaitTimeline()
              window.Press("+", "+", "+")
              window.AwaitTimeline()
              let from, until = spanOf window.Hash
              let zoomed = until - from
              Expect.isTrue (abs (zoomed - 2_491_792L / 8L) < 10L) $"an eighth of the whole: {zoomed} ms"
              window.Press "Home"
              Expect.isLessThan (fst (spanOf window.Hash)) 1795509150348L "before the start"
              window.Press "ArrowRight"
              let moved, _ = spanOf window.Hash
              window.Press "ArrowRight"
              Expect.isTrue (abs (fst (spanOf window.Hash) - moved - zoomed / 10L) < 10L) "a tenth on"
              window.Press "End"
              Expect.isGreaterThan (snd (spanOf window.Hash)) 1795511546302L "past the end"
              window.Press "-"

              Expect.isTrue
                  (abs (snd (spanOf window.Hash) - fst (spanOf window.Hash) - 2L * zoomed) < 10L)
                  "twice as much"

              window.Press "0"
              Expect.equal window.Hash desertbus "all"
              window.Press("Home", "n")
              window.AwaitTimeline()
              Expect.stringContains window.Told "hole, " "the next hole"
              window.Press "?"
              Expect.isTrue (wait (window.Page.IsVisibleAsync "#help")) "help"
              window.Press "Escape"
              Expect.isFalse (wait (window.Page.IsVisibleAsync "#help")) "and away with it"

          recordedTest "the wheel zooms about the pointer, and a drag moves" desertbus
          <| fun window _ ->
              window.AwaitTimeline()
              let left, top, width, _ = window.Box "#timeline"
              let mouse = window.Page.Mouse
              finish (mouse.MoveAsync(float32 (left + width / 4.0), float32 (top + 90.0)))

              window.Until(
                  "the pointer is told of",
                  "() => document.querySelector('#facts strong').textContent"
              )

              let pointed () = window.Text "#facts strong"

              let seconds (instant: string) =
                  DateTimeOffset.Parse(instant.Replace(" UTC", "Z"))

              let before = seconds (pointed ())
              finish (mouse.WheelAsync(0.0f, -800.0f))
              window.Until("zoomed", "() => location.hash.includes('start=')")
              window.AwaitTimeline()
              let from, until = spanOf window.Hash
              Expect.isLessThan (until - from) 2_000_000L "less is shown"
              let off = abs (seconds (pointed ()) - before).TotalSeconds
              Expect.isLessThan off 3.0 "what was under the pointer still is"
              finish (mouse.DownAsync())

              finish (
                  mouse.MoveAsync(
                      float32 (left + width / 20.0),
                      float32 (top + 90.0),
                      MouseMoveOptions(Steps = 5)
                  )
              )

              finish (mouse.UpAsync())
              let moved = fst (spanOf window.Hash) - from

              Expect.isTrue
                  (abs (moved - (until - from) / 5L) < (until - from) / 50L)
                  $"a fifth on: {moved} ms"

          testCase "two fingers zoom, and one moves"
          <| fun () ->
              let service, _ = recorded.Force()

              let phone =
                  BrowserNewContextOptions(
                      HasTouch = true,
                      IsMobile = true,
                      ViewportSize = ViewportSize(Width = 390, Height = 844)
                  )

              use window = openWindow phone
              service.AwaitReady()
              window.Open $"http://127.0.0.1:{service.Port}/{desertbus}"
              window.AwaitTimeline()
              finish (window.Page.Locator("#timeline").ScrollIntoViewIfNeededAsync())
              let left, top, width, _ = window.Box "#timeline"
              let session = wait (window.Context.NewCDPSessionAsync window.Page)

              let touch (kind: string) (places: float list) =
                  let points =
                      [| for id, place in List.indexed places ->
                             dict [ "x", box (left + place * width); "y", box (top + 90.0); "id", box id ] |]

                  let arguments = Collections.Generic.Dictionary<string, obj>()
                  arguments["type"] <- kind
                  arguments["touchPoints"] <- points
                  wait (session.SendAsync("Input.dispatchTouchEvent", arguments)) |> ignore

              touch "touchStart" [ 0.45; 0.55 ]

              for step in 1..6 do
                  let spread = 0.05 * float step
                  touch "touchMove" [ 0.45 - spread; 0.55 + spread ]

              touch "touchEnd" []
              window.Until("zoomed", "() => location.hash.includes('start=')")
              let from, until = spanOf window.Hash
              let whole = 2_491_792L
              Expect.isTrue (abs (until - from - whole / 7L) < whole / 50L) $"a seventh: {until - from} ms"
              touch "touchStart" [ 0.6 ]

              for step in 1..4 do
                  touch "touchMove" [ 0.6 - 0.1 * float step ]

              touch "touchEnd" []
              let moved = fst (spanOf window.Hash) - from
              Expect.isTrue (abs (moved - (until - from) * 4L / 10L) < (until - from) / 20L) $"on: {moved} ms"
              Expect.isEmpty window.Complaints ""

              let overflow =
                  window.Evaluate "() => document.documentElement.scrollWidth - innerWidth"

              Expect.isLessThanOrEqual (overflow.GetInt32()) 0 "nothing is wider than the phone"

          recordedTest "Back undoes a choice" ""
          <| fun window _ ->
              window.AwaitTimeline()
              window.Click "text=desertbus/160p"

              window.Until(
                  "shown",
                  "() => document.getElementById('stream-name').textContent === 'desertbus/160p'"
              )

              wait (window.Page.GoBackAsync()) |> ignore

              window.Until(
                  "the worst again",
                  "() => document.getElementById('stream-name').textContent === 'midnight/source'"
              ) ]

let private hour = "2025-11-07T18"

/// An hour of segments of ten seconds, of which some are missing.
let private layOutHour (archive: Folder) (channel: string) (missing: int list) =
    archive.Files(
        $"{channel}/source/{hour}",
        [ for i in 0..359 do
              if not (List.contains i missing) then
                  $"{i / 6:D2}:{i % 6}0.0-10-full-.ts" ]
    )

let private segmentFile (archive: Folder) channel (i: int) =
    archive.At $"{channel}/source/{hour}/{i / 6:D2}:{i % 6}0.0-10-full-.ts"

/// A test of the page of a service of its own, which looks ten times a second.
let private liveTest name (test: Folder -> Service -> Window -> unit) =
    archiveTest name (fun archive ->
        layOutHour archive "a" [ 100; 200 ]
        layOutHour archive "b" []
        use service = new Service(archive, [])
        onPage service "#stream=a/source" (test archive service))

let private holeCount (window: Window) n =
    window.Until($"{n} holes", $"() => document.querySelectorAll('#holes tr').length === {n}")

[<Tests>]
let live =
    testSequencedGroup "browser"
    <| testList
        "the live page: live"
        [ liveTest "what changes on disk is shown without a reload, and nothing else moves"
          <| fun archive _ window ->
              window.AwaitTimeline()
              holeCount window 2

              let places () =
                  [ for it in [ "#list"; "#timeline"; "#facts"; "#hole-table thead" ] -> window.Box it ]

              let before = places ()
              File.Delete(segmentFile archive "a" 300)
              holeCount window 3
              Expect.equal (snd (List.last (listed window))) "2025-11-07 18:50:10.000000 UTC" "the new one"
              Expect.equal (window.Texts "#streams td.holes") [ "3"; "0" ] ""
              archive.File($"a/source/{hour}/16:40.0-10-full-.ts", 0L)
              archive.File($"a/source/{hour}/33:20.0-10-full-.ts", 0L)
              holeCount window 1
              Expect.equal (places ()) before "everything is where it was"
              archive.Files("a/source/2025-11-07T19", [ "00:00.0-10-full-.ts" ])
              window.Until("the extent has grown", "() => summary.textContent.includes('19:00:10.000000')")

          liveTest "the streams keep their order under the pointer, and are put in order after it"
          <| fun archive _ window ->
              window.AwaitTimeline()
              finish (window.Page.HoverAsync "#streams tr:nth-child(2)")

              for i in 10..20 do
                  File.Delete(segmentFile archive "b" i)

              window.Until(
                  "b has a hole",
                  "() => document.querySelectorAll('#streams td.holes')[1].textContent === '1'"
              )

              Expect.equal (window.Texts "#streams a") [ "a/source"; "b/source" ] "as they were"
              finish (window.Page.HoverAsync "#timeline")

              window.Until(
                  "worst first",
                  "() => document.querySelector('#streams a').textContent === 'b/source'"
              )

          lowlyTest "a stream that cannot be read is marked, and its last figures stay"
          <| fun words archive ->
              layOutHour archive "a" [ 100; 200 ]
              layOutHour archive "b" [ 100 ]
              tool [ "chmod"; "-R"; "a+rwX"; archive.Path ]

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ])

              onPage service "#stream=b/source" (fun window ->
                  window.AwaitTimeline()
                  let folder = archive.At $"b/source/{hour}"
                  tool [ "chmod"; "000"; folder ]
                  window.Until("marked", "() => live.dataset.mark === 'failing'")
                  Expect.equal (window.Text "#live strong") "live, but 1 stream cannot be read" ""
                  Expect.stringContains (window.Text "#failing") folder "the path"
                  Expect.equal (window.Texts "#streams a") [ "b/source"; "a/source" ] "the worst"
                  Expect.equal (window.Texts "#streams td.holes") [ "1"; "2" ] "its figures"
                  tool [ "chmod"; "755"; folder ]
                  window.Until("live", "() => live.dataset.mark === 'live'")
                  Expect.isFalse (wait (window.Page.IsVisibleAsync "#failing")) "")

          liveTest "a lost connection is marked, and forgotten when it is back"
          <| fun archive service window ->
              window.AwaitTimeline()
              Expect.equal (service.Stop()) 0 ""
              window.Until("marked", "() => live.dataset.mark === 'lost'")
              Expect.isTrue (window.Texts("body.old").Length = 1) "all of it"

              let args =
                  [ "serve"
                    "--base-dir"
                    archive.Path
                    "--check-interval"
                    "0.1"
                    "--bind"
                    "127.0.0.1" ]

              File.Delete(segmentFile archive "a" 300)
              use again = start [] (itself @ args @ [ "--metrics-port"; string service.Port ])

              try
                  window.Until("live", "() => live.dataset.mark === 'live'")
                  holeCount window 3
              finally
                  again.Kill()

          liveTest "checks that have stopped are marked"
          <| fun _ service window ->
              window.AwaitTimeline()
              service.Signal 19 // SIGSTOP: the connection stands, and nothing comes.
              window.Until("marked", "() => live.dataset.mark === 'stopped'")
              service.Signal 18
              window.Until("live", "() => live.dataset.mark === 'live'") ]

[<Tests>]
let access =
    testSequencedGroup "browser"
    <| testList
        "the live page: for everybody"
        [ for scheme in [ ColorScheme.Light; ColorScheme.Dark ] do
              testCase $"axe finds nothing wrong, {scheme}"
              <| fun () ->
                  let service, _ = recorded.Force()
                  use window = openWindow (BrowserNewContextOptions(ColorScheme = scheme))
                  service.AwaitReady()
                  window.Open $"http://127.0.0.1:{service.Port}/"
                  window.AwaitTimeline()
                  Expect.isEmpty window.Violations "the timeline"
                  window.Press "?"
                  Expect.isEmpty window.Violations "the help"
                  window.Press "Escape"
                  window.Click "#view-map"
                  window.Until("a map", "() => document.getElementById('map-image').width > 1")
                  Expect.isEmpty window.Violations "the map"
                  Expect.isEmpty window.Complaints ""

          archiveTest "whatever a channel is called is shown as text and runs nothing"
          <| fun archive ->
              let run = "document.title='obeyed'"

              let hostile =
                  [ $"<script>{run}<|script>"
                    $"\"'><img src=x onerror={run}>"
                    "a*b?c&d=e#f%2f+g"
                    "\u202egnihton"
                    "tab\tand\nline" ]

              for name in hostile do
                  CheckTests.layOutExample name archive

              use service = new Service(archive, [])

              onPage service "" (fun window ->
                  window.AwaitTimeline()

                  let names =
                      [ for name in
                            window
                                .Evaluate(
                                    "() => [...document.querySelectorAll('#streams a')].map(it => it.textContent)"
                                )
                                .EnumerateArray() -> text name ]

                  Expect.equal
                      (List.sort names)
                      (hostile |> List.map (fun name -> name + "/source") |> List.sort)
                      "as text"

                  Expect.equal
                      (text (window.Evaluate "() => document.querySelectorAll('img, script').length"))
                      "1"
                      "ours alone"

                  for i in 1 .. hostile.Length do
                      window.Click $"#streams tr:nth-child({i}) a"

                      let name =
                          text (
                              window.Evaluate(
                                  $"() => document.querySelectorAll('#streams a')[{i - 1}].textContent"
                              )
                          )

                      window.Until(
                          "it is shown",
                          $"() => document.getElementById('stream-name').textContent === {JsonSerializer.Serialize name}"
                      )

                      holeCount window 1
                      window.AwaitTimeline()
                      let hash = window.Hash
                      wait (window.Page.ReloadAsync()) |> ignore
                      window.AwaitTimeline()
                      Expect.equal window.Hash hash ""

                      Expect.equal
                          (text (window.Evaluate "() => document.getElementById('stream-name').textContent"))
                          name
                          "again from its address"

                      Expect.stringContains
                          (wait (window.Page.TitleAsync()))
                          "Coverage"
                          "not that of a script")

          testCase "behind a proxy's path it works as well"
          <| fun () ->
              let service, _ = recorded.Force()
              use window = openWindow (BrowserNewContextOptions())
              service.AwaitReady()

              let pass (route: IRoute) : Threading.Tasks.Task =
                  let path = Uri(route.Request.Url).PathAndQuery

                  if not (path.StartsWith "/some/path/") || path.Contains "events" then
                      route.AbortAsync()
                  else
                      task {
                          let own = $"http://127.0.0.1:{service.Port}{path.Substring 10}"
                          let! answer = route.FetchAsync(RouteFetchOptions(Url = own))
                          do! route.FulfillAsync(RouteFulfillOptions(Response = answer))
                      }

              finish (window.Page.RouteAsync("**/*", Func<IRoute, Threading.Tasks.Task>(pass)))
              window.Open "http://proxy.example/some/path/"
              window.AwaitTimeline()
              holeCount window 3 ]

[<Tests>]
let words =
    testSequencedGroup "browser"
    <| testList
        "the live page: its numbers"
        [ recordedTest "instants and lengths are written and read as the core does" ""
          <| fun window _ ->
              let instants =
                  Gen.choose64 (0L, 9_007_199_254_740_991L) |> Gen.sample 300 |> List.ofArray

              let edges = [ 0L; 1L; 999_999L; 1_000_000L; 86_399_999_999L; 951_782_400_000_000L ]
              let all = instants @ edges

              let script =
                  "async all => { const time = await import('./web/time.js');
                      return all.map(t => [time.isoText(t), time.parseInstant(time.isoText(t)), time.secondsText(t)]) }"

              let answers =
                  (window.Evaluate(script, Array.ofList all)).EnumerateArray() |> List.ofSeq

              for t, answer in List.zip all answers do
                  Expect.equal (text (item 0 answer)) (Engine.InstantText t) ""
                  Expect.equal ((item 1 answer).GetInt64()) t "and back"
                  Expect.equal (text (item 2 answer)) ((Engine.Seconds t).ToString "0.######") "as seconds"

          recordedTest "the state it tells of any instant is that of the report" ""
          <| fun window answer ->
              let stream = streamOf "desertbus" "source" answer

              let spans (json: JsonElement) =
                  [ for it in items json ->
                        [ it?start; it?``end`` ]
                        |> List.map (fun it ->
                            (DateTimeOffset.Parse(text it) - DateTimeOffset.UnixEpoch).Ticks / 10L) ]

              let holes, partial = spans stream?raw?holes, spans stream?partial_only
              let extent = spans (JsonElement.Parse $"[{stream?extent}]") |> List.head

              let edges =
                  extent :: holes @ partial
                  |> List.concat
                  |> List.collect (fun t -> [ t - 1L; t; t + 1L ])

              let some =
                  Gen.choose64 (extent[0] - 1000L, extent[1] + 1000L)
                  |> Gen.sample 300
                  |> List.ofArray

              let all = edges @ some

              let expected t =
                  let isIn = List.exists (fun (span: int64 list) -> span[0] <= t && t < span[1])

                  if not (isIn [ extent ]) then
                      "outside the extent: nothing is known"
                  elif isIn holes then
                      "hole"
                  elif isIn partial then
                      "partial-only"
                  else
                      "full"

              let script =
                  "async all => {
                      const { Recording } = await import('./web/recording.js'), { stateAt } = await import('./web/readout.js');
                      const { get } = await import('./web/api.js');
                      const row = (await get('streams')).streams.find(it => it.channel === 'desertbus' && it.quality === 'source');
                      const recording = new Recording(row, () => {});
                      recording.update(row);
                      const view = recording.extent, near = { start: view.start, end: view.end };
                      while (!recording.isComplete(near)) {
                          recording.spans('holes', near); recording.spans('partial', near); recording.spans('editable', near); recording.details(near);
                          await new Promise(resolve => setTimeout(resolve, 20));
                      }
                      return all.map(t => stateAt(recording, t, near).name);
                  }"

              let answers =
                  (window.Evaluate(script, Array.ofList all)).EnumerateArray() |> List.ofSeq

              for t, answer in List.zip all answers do
                  let told = if text answer = "seam" then "full" else text answer
                  Expect.equal told (expected t) (Engine.InstantText t)

          test "the colours of the legend are the map's" {
              let style = Coverage.Host.LivePage.SharedStyle

              for name, cell in [ "full", Cell.Full; "partial", Cell.Partial; "none", Cell.None ] do
                  Expect.stringContains style $"--{name}: {Coverage.Host.MapPicture.ColourOf cell};" name
          } ]
