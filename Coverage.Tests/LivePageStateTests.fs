/// The live page says how much is missing, what each stream is doing, and what is wrong with it.
module Coverage.Tests.LivePageStateTests

open System
open System.IO
open Expecto
open FsCheck.FSharp
open Microsoft.Playwright
open Coverage
open Coverage.Tests.Browser
open Coverage.Tests.LivePageTests
open Coverage.Tests.Sandbox

let private onWindow options (service: Service) (address: string) (test: Window -> unit) =
    use window = openWindow options
    service.AwaitReady()
    window.Open $"http://127.0.0.1:{service.Port}/{address}"
    test window
    Expect.isEmpty window.Complaints ""

let private inScheme (scheme: ColorScheme) =
    onWindow (BrowserNewContextOptions(ColorScheme = Nullable scheme))

/// A recording of some hours, a segment each; of some seconds of some of them the end is missing.
let private layOutHours (archive: Folder) channel (hours: int) (missing: (int * decimal) list) =
    let start = DateTime(2025, 11, 1)

    for hour in 0 .. hours - 1 do
        let lost = missing |> List.tryFind (fst >> (=) hour) |> Option.map snd
        let length = 3600m - Option.defaultValue 0m lost

        archive.Files(
            $"{channel}/source/" + start.AddHours(float hour).ToString "yyyy-MM-ddTHH",
            [ $"00:00.0-{length}-full-.ts" ]
        )

/// A segment of ten seconds that ends at an instant, or before it by less than a second.
let private layOutUntil (archive: Folder) channel (until: DateTime) =
    let start = until.AddSeconds -10.0
    let hour = start.ToString "yyyy-MM-ddTHH"
    archive.Files($"{channel}/source/{hour}", [ start.ToString "mm:ss" + ".0-10-full-.ts" ])

let private rowOf (window: Window) (channel: string) (cell: string) =
    text (
        window.Evaluate
            $"() => [...document.querySelectorAll('#streams tr')].find(it => it.querySelector('a').textContent === '{channel}/source')
                .querySelector('{cell}').innerText.replaceAll('\u00a0', ' ')"
    )

/// The colour of a pixel of the timeline, in pixels of the style sheet.
let private colourAt (window: Window) (x: float) (y: float) =
    [ for it in
          window
              .Evaluate(
                  "([x, y]) => Array.from(timeline.getContext('2d').getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data)",
                  [| x; y |]
              )
              .EnumerateArray() -> it.GetInt32() ]

/// How a colour's lightness is weighed in contrasts.
let private luminance (colour: int list) =
    List.map2
        (fun weight part ->
            let part = float part / 255.0

            weight
            * (if part <= 0.04045 then
                   part / 12.92
               else
                   ((part + 0.055) / 1.055) ** 2.4))
        [ 0.2126; 0.7152; 0.0722 ]
        (List.take 3 colour)
    |> List.sum

let private contrast one other =
    let one, other = luminance one + 0.05, luminance other + 0.05
    max one other / min one other

/// How far down, in eighths of the row, the coverage is missing where it is missing the furthest, about a pixel.
let private depthAt (window: Window) (x: float) =
    let script =
        "([x]) => {
            const context = timeline.getContext('2d'), ratio = devicePixelRatio, paper = [255, 255, 255];
            const depth = at => {
                let y = 60;
                while (y < 120 && paper.every((part, n) => context.getImageData(at * ratio, y * ratio, 1, 1).data[n] === part)) y++;
                return y - 60;
            };
            return Math.max(...[-2, -1, 0, 1, 2].map(by => depth(Math.floor(x) + by)));
        }"

    int (round ((window.Evaluate(script, [| x |])).GetDouble() / 7.5))

[<Tests>]
let missing =
    testSequencedGroup "browser"
    <| testList
        "the live page: how much is missing"
        [ archiveTest "a stream of another recorder, whose channel holds slashes, is shown by its address"
          <| fun archive ->
              for start in 0..10..50 do
                  archive.File($"house/door/hd/2026-11-28_20-00-{start:D2}.ts", 1L)
                  archive.File($"yard/2026-11-28_20-01-{start:D2}.ts", 1L)

              use service =
                  new Service(
                      archive,
                      [ "--layout"
                        "%path/%Y-%m-%d_%H-%M-%S.ts"
                        "--duration"
                        "10"
                        "--zone"
                        "UTC" ]
                  )

              onWindow
                  (BrowserNewContextOptions())
                  service
                  "#stream=house/door/hd&view=timeline"
                  (fun window ->
                      window.AwaitTimeline()
                      Expect.equal (window.Text "#stream-name") "house/door/hd" ""
                      window.Click "text=yard/default"
                      window.Until("the other", "() => location.hash.includes('stream=yard/default')"))

          recordedTest "the eighths that are missing are the core's" ""
          <| fun window _ ->
              let shares = [ 0..10_000 ]

              let script =
                  "async lost => {
                      const { missingEighths } = await import('./web/spans.js');
                      return lost.map(it => missingEighths(it, 10000));
                  }"

              let told = window.Evaluate(script, Array.ofList shares).EnumerateArray()

              for lost, told in Seq.zip shares told do
                  Expect.equal
                      (told.GetInt32())
                      (Sparkline.missingEighths (1m - decimal lost / 10_000m))
                      $"{lost}"

          recordedTest "each pixel of a view has the eighths of what is missing in its time" ""
          <| fun window _ ->
              // A prime number of microseconds each, so that no share is on an edge between two steps.
              let cell, width = 9973L, 40

              let cases =
                  [ for _ in 1..200 do
                        Gen.choose64 (-cell, (int64 width + 1L) * cell)
                        |> Gen.sample 24
                        |> Array.distinct
                        |> Array.sort
                        |> Array.chunkBySize 2
                        |> Array.filter (fun pair -> pair.Length = 2)
                        // The short ones matter as much.
                        |> Array.mapi (fun at pair ->
                            [| pair[0]; if at % 2 = 0 then min pair[1] (pair[0] + 30L) else pair[1] |]) ]

              let script =
                  "async ([cases, cell, width]) => {
                      const { onPixels } = await import('./web/spans.js');
                      return cases.map(spans => {
                          const found = Array(width).fill(0);
                          for (const { left, right, eighths } of onPixels(spans.map(([start, end]) => ({ start, end })), { start: 0, end: cell * width }, width)) {
                              for (let at = left; at < right; at++) found[at] += eighths;
                          }
                          return found;
                      });
                  }"

              let argument: obj[] = [| Array.ofList cases; cell; width |]

              for spans, found in Seq.zip cases (window.Evaluate(script, argument).EnumerateArray()) do
                  let expected =
                      [ for pixel in 0L .. int64 width - 1L ->
                            let lost =
                                spans
                                |> Array.sumBy (fun span ->
                                    max 0L (min span[1] ((pixel + 1L) * cell) - max span[0] (pixel * cell)))

                            Sparkline.missingEighths (1m - decimal lost / decimal cell) ]

                  Expect.equal [ for it in found.EnumerateArray() -> it.GetInt32() ] expected $"{spans}"

          archiveTest "half a second, ten seconds and two minutes of five days differ, and an hour is all"
          <| fun archive ->
              let missing = [ 20, 0.5m; 40, 10m; 60, 120m; 80, 3599m ]
              layOutHours archive "five" 120 missing
              use service = new Service(archive, [])

              onPage service "#stream=five/source&view=timeline" (fun window ->
                  window.AwaitTimeline()
                  let _, _, width, _ = window.Box "#timeline"
                  // There is a fiftieth of room at both ends.
                  let place hour = (hour + 2.4) / 124.8 * (width - 2.0)

                  let depths =
                      [ for hour, lost in missing ->
                            depthAt window (place (float hour + 1.0 - float lost / 7200.0)) ]

                  Expect.equal (List.sort depths |> List.distinct) depths $"each deeper: {depths}"
                  Expect.isGreaterThan depths.Head 0 "the shortest is seen"
                  Expect.equal (List.last depths) 8 "all of a pixel"
                  Expect.equal (depthAt window (place 10.5)) 0 "whole"

                  // The strip has sixty parts, two hours each.
                  let strip =
                      "() => {
                          const canvas = document.querySelector('#streams canvas'), context = canvas.getContext('2d');
                          return Array.from({ length: 60 }, (_, at) => {
                              const column = context.getImageData((at + .5) * canvas.width / 60, 0, 1, canvas.height).data;
                              let y = 0;
                              while (y < canvas.height && column[4 * y] !== 0x1f) y++;
                              return y;
                          });
                      }"

                  let bars = [ for it in window.Evaluate(strip).EnumerateArray() -> it.GetInt32() ]
                  let worse = [ for hour, _ in missing -> bars[hour / 2] ]
                  Expect.equal (List.sort worse |> List.distinct) worse $"each less: {worse}"
                  Expect.equal (List.filter ((=) 0) bars).Length 56 "the others are whole"

                  Expect.stringStarts
                      (string (wait (window.Page.GetAttributeAsync("#streams canvas", "aria-label"))))
                      "something is missing in 4 of 60 parts"
                      "in words")

          for scheme in [ ColorScheme.Light; ColorScheme.Dark ] do
              testCase $"what is outside the extent does not look like a hole, {scheme}"
              <| fun () ->
                  let service, _ = recorded.Force()

                  inScheme scheme service desertbus (fun window ->
                      window.AwaitTimeline()
                      let _, _, width, _ = window.Box "#timeline"
                      // The longest hole is from 1559.7 s to 1621 s of 2395.954 s.
                      let hole = colourAt window ((1590.0 + 47.9) / 2491.79 * (width - 2.0)) 100.0
                      // Some of these are of the stripes.
                      let outside = [ for x in 1.0 .. 12.0 -> colourAt window x 100.0 ]

                      for colour in outside do
                          Expect.isGreaterThan (contrast hole colour) 1.25 $"{hole} and {colour}"

                      Expect.isGreaterThan (List.distinct outside).Length 1 "striped") ]

[<Tests>]
let opening =
    testSequencedGroup "browser"
    <| testList
        "the live page: what it opens with"
        [ archiveTest
              "with the map where the extent is longer than two days, and there as long as nothing else is chosen"
          <| fun archive ->
              layOutHours archive "long" 49 [ 20, 60m ]
              layOutHours archive "short" 48 [ 20, 60m ]
              use service = new Service(archive, [])

              let shows (window: Window) view =
                  window.Until(view, $"() => !document.getElementById('{view}-view').hidden")
                  let other = if view = "map" then "timeline" else "map"
                  Expect.isFalse (wait (window.Page.IsVisibleAsync $"#{other}-view")) ""

                  Expect.equal
                      (wait (window.Page.GetAttributeAsync($"#view-{view}", "aria-pressed")))
                      "true"
                      "its button"

              let stream = "#stream=long/source"

              onPage service stream (fun window ->
                  window.Until("a map", "() => document.getElementById('map-image').width > 1")
                  shows window "map"
                  Expect.equal window.Hash stream "it is the usual one"
                  window.Click "#missing tr button"
                  shows window "timeline"
                  window.AwaitTimeline()
                  window.Click "#all"
                  shows window "timeline")

              onPage service "#stream=short/source" (fun window ->
                  window.AwaitTimeline()
                  shows window "timeline"
                  archive.Files("short/source/2025-11-03T00", [ "00:00.0-10-full-.ts" ])
                  window.Until("longer", "() => summary.textContent.includes('2025-11-03 00:00:10')")
                  shows window "timeline"
                  window.Click "text=long/source"
                  shows window "map")

              for address, view in
                  [ stream + "&view=timeline", "timeline"
                    stream + "&start=2025-11-01T10:00:00.000000Z&end=2025-11-01T20:00:00.000000Z", "timeline"
                    "#stream=short/source&view=map", "map" ] do
                  onPage service address (fun window -> shows window view)

          archiveTest "the map shows apart what is missing and what is outside the extent"
          <| fun archive ->
              archive.Files("c/source/2025-11-01T00", [ "20:00.0-1200-full-.ts"; "50:00.0-300-full-.ts" ])

              let cells =
                  "() => {
                      const canvas = document.getElementById('map-image'), context = canvas.getContext('2d');
                      return [0, 10, 20, 40, 45, 50, 54, 55, 59].map(minute => {
                          const cell = minute * 60 / 2, { data } = context.getImageData(Math.floor(cell / 300), cell % 300, 1, 1);
                          return data[3] === 0 ? 'outside' : [...data].slice(0, 3).map(it => it.toString(16).padStart(2, '0')).join('');
                      });
                  }"

              for args, before in [ [], 0; [ "--first-hour"; "2025-10-31T22" ], 2 ] do
                  use service = new Service(archive, args)

                  onPage service "#stream=c/source&view=map" (fun window ->
                      window.Until(
                          "a map",
                          $"() => document.getElementById('map-image').width === {6 + 6 * before}"
                      )

                      let colours =
                          [ for it in
                                window
                                    .Evaluate(cells.Replace("cell / 300)", $"cell / 300) + {6 * before}"))
                                    .EnumerateArray() -> text it ]

                      let outside, none, full = "outside", "ffffff", "1f77b4"

                      Expect.equal
                          colours
                          [ outside; outside; full; none; none; full; full; outside; outside ]
                          $"{args}") ]

[<Tests>]
let conditions =
    testSequencedGroup "browser"
    <| testList
        "the live page: what a stream is doing"
        [ archiveTest "recording, stopped or ended as its account says, whatever the connection is"
          <| fun archive ->
              let now = DateTime.UtcNow
              let instant (at: DateTime) = at.ToString "yyyy-MM-ddTHH:mm:ssZ"
              layOutUntil archive "recording" now
              layOutUntil archive "stopped" (now.AddHours -2.0)
              layOutUntil archive "ended" (now.AddHours -1.0)

              use service =
                  new Service(
                      archive,
                      [ "--expected-from"
                        instant (now.AddHours -3.0)
                        "--expected-to"
                        instant (now.AddMinutes -61.0) ]
                  )

              onPage service "#stream=stopped/source" (fun window ->
                  window.AwaitTimeline()

                  for state in [ "recording"; "stopped"; "ended" ] do
                      Expect.equal (rowOf window state "td.condition strong") state ""

                  Expect.equal (window.Text "#condition strong") "stopped" ""
                  Expect.stringContains (window.Text "#verdict") "missing in" "which should not be"
                  Expect.stringStarts (window.Text "#condition span") "last segment 2 h " ""
                  Expect.equal (window.Text "#live strong") "connected" "which is another matter"

                  Expect.isTrue
                      (Text.RegularExpressions.Regex.IsMatch(
                          window.Text "#live span",
                          "^checked \\d+ s ago$"
                      ))
                      ""

                  layOutUntil archive "stopped" DateTime.UtcNow

                  window.Until(
                      "it goes on",
                      "() => document.querySelector('#condition strong').textContent === 'recording'"
                  ))

          for scheme in [ ColorScheme.Light; ColorScheme.Dark ] do
              archiveTest
                  $"segments ahead of the clock, and a stream that is gone, are warned of in colour, {scheme}"
              <| fun archive ->
                  let now = DateTime.UtcNow

                  for channel in [ "dated"; "gone" ] do
                      layOutUntil archive channel (now.AddMinutes -30.0)

                  layOutUntil archive "dated" (now.AddDays 2.0)
                  layOutUntil archive "wrong" (now.AddDays 2.0)
                  use service = new Service(archive, [])

                  inScheme scheme service "#stream=dated/source" (fun window ->
                      window.AwaitTimeline()

                      let left =
                          "1 segment dated ahead of now: a clock was wrong; left out until that time comes"

                      Expect.equal (rowOf window "dated" ".trouble") "1 segment ahead" "a mark in the list"
                      Expect.equal (window.Text "#troubles") left "the whole of it near the stream"
                      Expect.equal (rowOf window "wrong" "td.condition strong") "ahead" ""
                      Expect.equal (rowOf window "wrong" ".trouble") "" "which says it once"
                      Expect.equal (rowOf window "gone" ".trouble") "" "nothing is wrong with it"

                      let colours =
                          "() => [document.querySelector('#troubles'), document.querySelector('#streams .trouble:not([hidden])')]
                              .map(it => getComputedStyle(it).color)"

                      for colour in window.Evaluate(colours).EnumerateArray() do
                          let warning =
                              if scheme = ColorScheme.Dark then
                                  "rgb(255, 141, 132)"
                              else
                                  "rgb(179, 38, 30)"

                          Expect.equal (text colour) warning ""

                      Directory.Delete(archive.At "gone", true)
                      window.Until("marked", "() => live.dataset.mark === 'failing'")
                      Expect.stringContains (rowOf window "gone" ".trouble") "no segment is left in" "why"
                      Expect.equal (rowOf window "gone" "td.status") "failing" ""

                      Expect.isTrue
                          (Text.RegularExpressions.Regex.IsMatch(
                              rowOf window "gone" "td.condition",
                              "^30 min \\d+ s ago$"
                          ))
                          "the age of its last segment alone"

                      Expect.equal (rowOf window "gone" "td.missing") "0" "its last figures"
                      Expect.isEmpty window.Violations "for everybody"
                      finish (window.Page.SetViewportSizeAsync(390, 844))

                      Expect.isTrue
                          (wait (window.Page.Locator("#streams .trouble").First.IsVisibleAsync()))
                          "on a phone"

                      Expect.isLessThanOrEqual
                          (window
                              .Evaluate("() => document.documentElement.scrollWidth - innerWidth")
                              .GetInt32())
                          0
                          "nothing is wider than the phone"

                      Expect.isLessThanOrEqual
                          (window.Evaluate("() => list.scrollWidth - list.clientWidth").GetInt32())
                          0
                          "nor than the list")

          recordedTest "a service that does not count segments ahead has none" ""
          <| fun window _ ->
              let told =
                  "async () => (await import('./web/condition.js')).troublesOf({ failing: null }).length"

              Expect.equal (window.Evaluate(told).GetInt32()) 0 "" ]

[<Tests>]
let holes =
    testSequencedGroup "browser"
    <| testList
        "the live page: many holes"
        [ archiveTest "the twenty longest are listed first, under the numbers of all; the rest when asked for"
          <| fun archive ->
              // Holes of 1 to 50 s, in an order of their own.
              let missing = [ for hour in 0..49 -> hour, decimal (1 + hour * 7 % 50) ]
              layOutHours archive "many" 51 missing
              use service = new Service(archive, [])

              onPage service "#stream=many/source&view=timeline" (fun window ->
                  window.AwaitTimeline()
                  holeCount window 20

                  let lengths () = window.Texts "#missing td.number"
                  Expect.equal (lengths ()) [ for length in 50..-1..31 -> $"{length} s" ] "the longest"

                  Expect.equal
                      (window.Text "#missing-count")
                      "50 spans, 21 min 15 s missing, the longest 50 s"
                      "above it"

                  let _, above, _, _ = window.Box "#missing-count"
                  let _, table, _, _ = window.Box "#missing-table"
                  Expect.isLessThan above table ""
                  Expect.equal (window.Text "#more") "30 more of 30" ""
                  window.Click "#more"
                  Expect.equal (lengths ()) [ for length in 50..-1..1 -> $"{length} s" ] "all"
                  Expect.isFalse (wait (window.Page.IsVisibleAsync "#more")) "there are no more") ]

[<Tests>]
let apiPage =
    testSequencedGroup "browser"
    <| testList
        "the API's page in a browser"
        [ testCase "fits a phone, offers no servers to choose, and asks this one"
          <| fun () ->
              let service, _ = recorded.Force()

              let phone =
                  BrowserNewContextOptions(
                      IsMobile = true,
                      ViewportSize = ViewportSize(Width = 390, Height = 844)
                  )

              onWindow phone service "api/" (fun window ->
                  window.Until("rendered", "() => document.querySelectorAll('.opblock').length > 5")
                  Expect.equal (window.Evaluate("() => innerWidth").GetInt32()) 390 "as wide as the phone is"
                  Expect.isFalse (wait (window.Page.IsVisibleAsync ".scheme-container")) ""
                  Expect.isFalse (wait (window.Page.IsVisibleAsync ".topbar")) "nothing to choose"

                  Expect.equal
                      (text (window.Evaluate "() => document.querySelector('.way a').href"))
                      $"http://127.0.0.1:{service.Port}/"
                      "the way back"

                  Expect.isFalse ((window.Text "body").Contains "Servers") ""
                  window.Click ".opblock:first-of-type .opblock-summary-control"
                  window.Click ".try-out__btn"
                  window.Click ".execute"

                  window.Until(
                      "an answer",
                      "() => document.querySelector('.live-responses-table .response-col_status')"
                  )

                  Expect.exists
                      window.Asked
                      (fun address -> address.StartsWith $"http://127.0.0.1:{service.Port}/api/v1/streams")
                      "") ]
