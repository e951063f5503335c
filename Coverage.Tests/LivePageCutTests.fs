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
    wait (window.Page.IsVisibleAsync "#cut-range")

let private valueOf (window: Window) (selector: string) =
    wait (window.Page.InputValueAsync selector)

/// Both ends, as their fields have them.
let private ends window =
    valueOf window "#cut-from", valueOf window "#cut-to"

/// Types into a field, in the place of what it has.
let private enter (window: Window) (selector: string) (text: string) =
    finish (window.Page.FillAsync(selector, text))
    finish (window.Page.PressAsync(selector, "Enter"))

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
              awaitAnswer window "cannot be cut"
              Expect.equal (spanOf window.Hash) (spanOf shown) "the view stays"
              let from, until = ends window

              Expect.isTrue
                  (from.StartsWith "2026-11-24T08:42:2" && until.StartsWith "2026-11-24T08:46:2")
                  $"{from} to {until}"

              Expect.equal
                  (window.Text "#cut-why")
                  "The segments of the cut leave out 2026-11-24 08:43:28.348000 to 08:43:50.337000 UTC (21.989 s)."
                  "as the command says"

              Expect.equal
                  (window.Text "#cut-nearest-start", window.Text "#cut-nearest-end")
                  ("2026-11-24T08:43:52.339000Z", until)
                  "the longest within"

              Expect.isEmpty window.Violations "for everybody"
              window.Click "#take-nearest"
              awaitAnswer window ": can be cut"

              Expect.equal (ends window) ("2026-11-24T08:43:52.339000Z", until) ""

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

              awaitAnswer window "cannot be cut"

          recordedTest
              "by the keyboard alone: I marks the start, O the end, Escape drops both"
              (desertbus + "&start=2026-11-24T08:48:00.000000Z&end=2026-11-24T09:00:00.000000Z")
          <| fun window _ ->
              window.AwaitTimeline()
              finish (window.Page.FocusAsync "#timeline")
              window.Press "i"

              Expect.equal (ends window) ("2026-11-24T08:54:00.000000Z", "") ""

              window.Press("Shift+ArrowRight", "Shift+ArrowRight", "o")
              awaitAnswer window ": can be cut"
              Expect.equal (valueOf window "#cut-to") "2026-11-24T08:54:07.200000Z" ""
              window.Press("Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft", "o")
              Expect.equal (valueOf window "#cut-from") "" "the end is before it"

              Expect.equal
                  (window.Text "#cut-note")
                  "The start was not before this end, so it is dropped."
                  "and the page says so"

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
              awaitAnswer window ": can be cut"
              Expect.equal (spanOf window.Hash) (spanOf shown) "the view stays"
              finish (window.Context.GrantPermissionsAsync [ "clipboard-read"; "clipboard-write" ])

              for name in [ "from"; "to" ] do
                  window.Click $"#copy-cut-{name}"

                  window.Until(
                      "it says so",
                      "() => document.getElementById('cut-copied').textContent === 'copied'"
                  )

                  let copied = window.Evaluate("() => navigator.clipboard.readText()").GetString()
                  Expect.equal copied (valueOf window $"#cut-{name}") name
                  window.Until("no longer", "() => document.getElementById('cut-copied').textContent === ''")

              window.Click "#select"
              drag window 0.5 0.4
              Expect.notEqual (spanOf window.Hash) (spanOf shown) "a drag moves again"
              Expect.isTrue (isShown window) "what is selected stays"

              window.Click
                  "#streams tr:has-text('midnight/source') button, #streams tr:has-text('midnight/source') a"

              window.Until("it is gone", "() => document.getElementById('cut-range').hidden")

          recordedTest
              "both ends are typed; the address holds them, and opened again it selects them"
              (desertbus + "&view=timeline")
          <| fun window _ ->
              window.AwaitTimeline()
              enter window "#cut-from" "08:45"
              enter window "#cut-to" "2026-11-24T09:46:10.5+01:00"
              awaitAnswer window "can be cut"
              Expect.equal (window.Text "#cut-answer") "1 min 10.5 s: can be cut" ""
              let typed = "2026-11-24T08:45:00.000000Z", "2026-11-24T08:46:10.500000Z"
              Expect.equal (ends window) typed "as instants"

              Expect.stringEnds window.Hash $"&from={fst typed}&to={snd typed}&view=timeline" "the address"

              wait (window.Page.ReloadAsync()) |> ignore
              awaitAnswer window "can be cut"
              Expect.equal (window.Text "#cut-answer") "1 min 10.5 s: can be cut" ""
              Expect.equal (ends window) typed "again"
              window.Click "#zoom-range"

              Expect.equal
                  (spanOf window.Hash)
                  (spanOf "start=2026-11-24T08:43:49.5Z&end=2026-11-24T08:47:21Z")
                  "with as much on each side"

              enter window "#cut-to" "soon"
              Expect.stringStarts (window.Text "#cut-note") "“soon” is no time: write 08:43, " "what to write"
              Expect.equal (valueOf window "#cut-to") "soon" "to be corrected"
              finish (window.Page.PressAsync("#cut-to", "Escape"))
              Expect.equal (ends window) typed "left as it was"
              Expect.equal (window.Texts "#cut-note") [ "" ] ""

          recordedTest "what is typed is on the clock that the page shows, and so is what is said" view
          <| fun window _ ->
              window.AwaitTimeline()

              let from clock text =
                  wait (window.Page.SelectOptionAsync("#clock", ([| clock |]: string array)))
                  |> ignore

                  enter window "#cut-from" text
                  window.Until("selected", "() => location.hash.includes('&from=')")
                  window.Hash.Split('&') |> Array.find _.StartsWith("from=")

              Expect.equal (from "utc" "08:44:10,25") "from=2026-11-24T08:44:10.250000Z" "UTC"
              Expect.equal (from "local" "09:44:11") "from=2026-11-24T08:44:11.000000Z" "Berlin"
              Expect.equal (valueOf window "#cut-from") "2026-11-24 09:44:11.000000 +01:00" ""
              Expect.equal (from "local" "08:44:12Z") "from=2026-11-24T08:44:12.000000Z" "its own zone"
              Expect.equal (from "since" "00:11:40.5") "from=2026-11-24T08:44:10.848000Z" "since the start"
              Expect.equal (valueOf window "#cut-from") "+00:11:40.500000" ""
              Expect.equal (from "utc" "1795509850.5") "from=2026-11-24T08:44:10.500000Z" "since 1970"
              enter window "#cut-from" "08:43"

              wait (window.Page.SelectOptionAsync("#clock", ([| "local" |]: string array)))
              |> ignore

              enter window "#cut-to" "09:44"
              awaitAnswer window "cannot be cut"

              Expect.equal
                  (window.Text "#cut-why")
                  "The segments of the cut leave out 2026-11-24 09:43:28.348000 to 09:43:50.337000 +01:00 (21.989 s)."
                  ""

              Expect.equal
                  (window.Text "#cut-nearest-start", window.Text "#cut-nearest-end")
                  ("2026-11-24 09:43:00.000000 +01:00", "2026-11-24 09:43:28.348000 +01:00")
                  ""

          recordedTest
              "the page gives the same reason as the command, whatever stands in the way"
              (desertbus + "&view=timeline")
          <| fun window _ ->
              let script =
                  "async plan => {
                      const { blockerOf } = await import('./web/segment.js');
                      return blockerOf({ plan: JSON.parse(plan) }, 'utc', 0);
                  }"

              let blocker (plan: string list) =
                  let items =
                      [ for name in plan ->
                            if name = "hole" then
                                """{"hole":true}"""
                            else
                                $$"""{"segment":"2026-11-24T08/{{name}}.ts"}""" ]

                  let plan = String.concat "," items
                  text (window.Evaluate(script, $"[{plan}]")) |> _.Replace('\u00a0', ' ')

              let first, partial, last =
                  "00:10.5-2.0-full-A-B", "00:12.5-2.0-partial-", "00:20.25-1-full-"

              let cases =
                  [ [ "hole" ], "no segment of its hours, or of the hour before them, reaches into it"
                    [ "hole"; last ],
                    "no segment of the cut covers its start: the first one starts at 2026-11-24 08:00:20.250000 UTC"
                    [ first; partial; "hole"; last ],
                    $"2026-11-24 08:00:12.500000 to 08:00:14.500000 UTC is in a partial segment, which may hold less than it says: 2026-11-24T08/{partial}.ts"
                    [ first; "hole"; last ],
                    "the segments of the cut leave out 2026-11-24 08:00:12.500000 to 08:00:20.250000 UTC (7.75 s)"
                    [ first; "hole" ],
                    "the last segment ends at 2026-11-24 08:00:12.500000 UTC, before the range does" ]

              for plan, reason in cases do
                  Expect.equal (blocker plan) reason $"%A{plan}"

          recordedTest
              "on the map a mark says where ranges are selected; a range of more than a day has an answer, too"
              (desertbus + "&view=map")
          <| fun window _ ->
              window.Until("the map", "() => document.getElementById('map-scale').textContent")
              window.Press "i"

              Expect.equal
                  (window.Text "#map-place")
                  "A range to cut is selected on the timeline: choose a column, or press Timeline."
                  ""

              window.Click "#view-timeline"
              enter window "#cut-from" "2026-11-20"
              enter window "#cut-to" "2026-11-24 08:00"
              awaitAnswer window "no answer"

              Expect.stringStarts
                  (window.Text "#cut-why")
                  "The range is longer than 24 hours; ask for parts"
                  "" ]
