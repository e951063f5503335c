/// On the live page a range is selected, by drag or by keys, and the page says whether it cuts.
module Coverage.Tests.LivePageCutTests

open System
open Expecto
open Microsoft.Playwright
open Coverage.Tests.Browser
open Coverage.Tests.LivePageTests
open Coverage.Tests.Sandbox

/// A view of sixteen minutes with a hole at 08:43:28.
let private view =
    desertbus + "&start=2026-11-24T08:40:00.000000Z&end=2026-11-24T08:56:00.000000Z"

/// Drags over the timeline, from one share of its width to another.
let private drag (window: Window) (from: float) (until: float) =
    let left, top, width, _ = window.Box "#timeline"
    let mouse = window.Page.Mouse


    let moveTo share steps =
        finish (
            mouse.MoveAsync(
                float32 (left + width * share),
                float32 (top + 90.0),
                MouseMoveOptions(Steps = Nullable steps)
            )
        )

    moveTo from 1
    finish (mouse.DownAsync())
    moveTo until 5
    finish (mouse.UpAsync())

let private withShift (window: Window) work =
    finish (window.Page.Keyboard.DownAsync "Shift")
    work ()
    finish (window.Page.Keyboard.UpAsync "Shift")

let private awaitAnswer (window: Window) (what: string) =
    window.Until(what, $"() => document.getElementById('cut-answer').textContent.includes('{what}')")

let private isShown (window: Window) =
    wait (window.Page.IsVisibleAsync "#cut")

[<Tests>]
let cutting =
    testSequencedGroup "browser"
    <| testList
        "the live page: cutting"
        [ recordedTest
              "a drag with Shift selects a range; what does not cut says why, and the nearest that does is taken"
              view
          <| fun window _ ->
              window.AwaitTimeline()
              let shown = window.Hash
              Expect.isFalse (isShown window) "nothing is selected"
              withShift window (fun () -> drag window 0.15 0.4)
              awaitAnswer window "does not cut"
              Expect.equal window.Hash shown "the view stays"
              let from, until = window.Text "#cut-from", window.Text "#cut-to"

              Expect.isTrue
                  (from.StartsWith "2026-11-24T08:42:2" && until.StartsWith "2026-11-24T08:46:2")
                  $"{from} to {until}"

              Expect.stringContains
                  (window.Text "#cut-why")
                  "covers 2026-11-24T08:43:28.348000Z to 2026-11-24T08:43:52.339000Z (23.991 s)"
                  "the hole and the partial segment after it"

              Expect.equal
                  (window.Text "#cut-nearest")
                  $"2026-11-24T08:43:52.339000Z to {until}"
                  "the longest within"

              Expect.isEmpty window.Violations "for everybody"
              window.Click "#take-nearest"
              awaitAnswer window ": cuts"

              Expect.equal
                  (window.Text "#cut-from", window.Text "#cut-to")
                  ("2026-11-24T08:43:52.339000Z", until)
                  ""

              Expect.isFalse (wait (window.Page.IsVisibleAsync "#cut-nearest")) "no other is offered"
              window.Click "#drop-range"
              Expect.isFalse (isShown window) "dropped"

          recordedTest
              "an answer that takes too long: the page says why, and that it asks again, and does"
              view
          <| fun window _ ->
              window.AwaitTimeline()
              let mutable asked = 0

              let first (route: IRoute) =
                  asked <- asked + 1

                  if asked = 1 then
                      route.FulfillAsync(
                          RouteFulfillOptions(
                              Status = Nullable 503,
                              Headers = dict [ "Retry-After", "2" ],
                              ContentType = "application/problem+json",
                              Body = """{"detail":"the disk gives no answer in 10 s"}"""
                          )
                      )
                  else
                      route.ContinueAsync()

              finish (window.Page.RouteAsync("**/cut?*", Func<IRoute, Threading.Tasks.Task>(first)))
              withShift window (fun () -> drag window 0.15 0.4)
              awaitAnswer window "no answer yet"

              Expect.equal
                  (window.Text "#cut-why")
                  "The disk gives no answer in 10 s. The service is asked again in 2 s."
                  ""

              awaitAnswer window "does not cut"

          recordedTest
              "by the keyboard alone: I marks the start, O the end, Escape drops both"
              (desertbus + "&start=2026-11-24T08:48:00.000000Z&end=2026-11-24T09:00:00.000000Z")
          <| fun window _ ->
              window.AwaitTimeline()
              finish (window.Page.FocusAsync "#timeline")
              window.Press "i"

              Expect.equal
                  (window.Text "#cut-from", window.Text "#cut-to")
                  ("2026-11-24T08:54:00.000000Z", "not marked yet")
                  ""

              window.Press("Shift+ArrowRight", "Shift+ArrowRight", "o")
              awaitAnswer window ": cuts"
              Expect.equal (window.Text "#cut-to") "2026-11-24T08:54:07.200000Z" ""
              window.Press("Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft", "o")
              Expect.equal (window.Text "#cut-from") "not marked yet" "the end is before it"
              window.Press "Escape"
              Expect.isFalse (isShown window) "dropped"

          recordedTest
              "a button makes a plain drag select; both instants are there to copy; another stream drops the range"
              view
          <| fun window _ ->
              window.AwaitTimeline()
              let shown = window.Hash
              window.Click "#select"
              drag window 0.8 0.6
              awaitAnswer window ": cuts"
              Expect.equal window.Hash shown "the view stays"
              finish (window.Context.GrantPermissionsAsync [ "clipboard-read"; "clipboard-write" ])

              for name in [ "from"; "to" ] do
                  window.Click $"#copy-cut-{name}"

                  window.Until(
                      "it says so",
                      "() => document.getElementById('cut-copied').textContent === 'copied'"
                  )

                  let copied = window.Evaluate("() => navigator.clipboard.readText()").GetString()
                  Expect.equal copied (window.Text $"#cut-{name}") name
                  window.Until("no longer", "() => document.getElementById('cut-copied').textContent === ''")

              window.Click "#select"
              drag window 0.5 0.4
              Expect.notEqual window.Hash shown "a drag moves again"
              Expect.isTrue (isShown window) "what is selected stays"

              window.Click
                  "#streams tr:has-text('midnight/source') button, #streams tr:has-text('midnight/source') a"

              window.Until("it is gone", "() => document.getElementById('cut').hidden") ]
