/// The live page's timeline is moved by keys, wheel, drag and fingers.
module Coverage.Tests.LivePageMovingTests

open System
open Expecto
open Microsoft.Playwright
open Coverage.Tests.Browser
open Coverage.Tests.LivePageTests
open Coverage.Tests.Sandbox

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
              Expect.stringContains window.Told "missing, " "the next missing span"
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

          recordedTest
              "a press on the row of the whole extent goes there"
              (desertbus + "&start=2026-11-24T08:34:10.000000Z&end=2026-11-24T08:35:00.000000Z")
          <| fun window _ ->
              window.AwaitTimeline()
              let left, top, width, _ = window.Box "#timeline"
              finish (window.Page.Mouse.ClickAsync(float32 (left + width * 0.75), float32 (top + 248.0)))
              window.Until("moved", "() => !location.hash.includes('08:34:10')")
              let from, until = spanOf window.Hash
              let expected = 1795509150348L - 47_919L + 2_491_792L * 3L / 4L
              Expect.isTrue (abs ((from + until) / 2L - expected) < 3_000L) window.Hash
              Expect.equal (until - from) 50_000L "as much as before"

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

              eventually "it has moved on by what the finger went" (fun () ->
                  let moved = fst (spanOf window.Hash) - from
                  abs (moved - (until - from) * 4L / 10L) < (until - from) / 20L)

              Expect.isEmpty window.Complaints ""

              let overflow =
                  window.Evaluate "() => document.documentElement.scrollWidth - innerWidth"

              Expect.isLessThanOrEqual (overflow.GetInt32()) 0 "nothing is wider than the phone"

          recordedTest "Back undoes a choice" ""
          <| fun window _ ->
              window.AwaitTimeline()
              let worst = window.Text "#stream-name"
              window.Click "text=desertbus/160p"

              window.Until(
                  "shown",
                  "() => document.getElementById('stream-name').textContent === 'desertbus/160p'"
              )

              wait (window.Page.GoBackAsync()) |> ignore

              window.Until(
                  "the worst again",
                  $"() => document.getElementById('stream-name').textContent === '{worst}'"
              ) ]
