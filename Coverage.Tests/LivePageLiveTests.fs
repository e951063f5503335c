/// The live page follows its service, shows any name, and is for everybody.
module Coverage.Tests.LivePageLiveTests

open System
open System.IO
open System.Text.Json
open Expecto
open Microsoft.Playwright
open Coverage.Tests.Browser
open Coverage.Tests.LivePageTests
open Coverage.Tests.Sandbox

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

[<Tests>]
let live =
    testSequencedGroup "browser"
    <| testList
        "the live page: live"
        [ liveTest "what changes on disk is shown without a reload, and nothing else moves"
          <| fun archive _ window ->
              window.AwaitTimeline()
              holeCount window 2
              window.Click "#by-start"

              let places () =
                  [ for it in [ "#list"; "#timeline"; "#facts"; "#missing-table thead" ] -> window.Box it ]

              let before = places ()
              File.Delete(segmentFile archive "a" 300)
              holeCount window 3
              Expect.equal (snd (List.last (listed window))) "2025-11-07 18:50:10.000000 UTC" "the new one"
              Expect.equal (window.Texts "#streams td.missing") [ "3"; "0" ] ""
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
                  "() => document.querySelectorAll('#streams td.missing')[1].textContent === '1'"
              )

              Expect.equal (window.Texts "#streams a") [ "a/source"; "b/source" ] "as they were"
              window.Click "#streams tr:nth-child(2) a"
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
                  let folder = archive.At "b/source"
                  tool [ "chmod"; "000"; folder ]
                  window.Until("marked", "() => live.dataset.mark === 'failing'")
                  Expect.equal (window.Text "#live strong") "connected, but 1 stream fails" ""
                  Expect.stringContains (window.Text "#troubles") folder "the path"
                  Expect.stringContains (window.Text "#streams tr:first-child .trouble") folder "in the list"
                  Expect.equal (window.Text "#condition strong") "failing" ""
                  Expect.equal (window.Texts "#streams a") [ "b/source"; "a/source" ] "the worst"
                  Expect.equal (window.Texts "#streams td.missing") [ "1"; "2" ] "its figures"
                  tool [ "chmod"; "755"; folder ]
                  window.Until("connected", "() => live.dataset.mark === 'connected'")
                  Expect.isFalse (wait (window.Page.IsVisibleAsync "#troubles")) "")

          liveTest "a lost connection is marked, and forgotten when it is back"
          <| fun archive service window ->
              window.AwaitTimeline()
              Expect.equal (service.Stop()) 0 ""
              window.Until("marked", "() => live.dataset.mark === 'lost'")
              Expect.isTrue (window.Texts("body.old").Length = 1) "all of it"


              File.Delete(segmentFile archive "a" 300)
              use again = startAgain service archive

              try
                  window.Until("connected", "() => live.dataset.mark === 'connected'")
                  holeCount window 3
              finally
                  again.Kill()

          liveTest "an answer that does not come is told of, and asked for again with the next round"
          <| fun _ _ window ->
              window.AwaitTimeline()
              let cut (route: IRoute) = route.AbortAsync()
              finish (window.Page.RouteAsync("**/words?*", Func<IRoute, Threading.Tasks.Task>(cut)))
              window.Click "text=b/source"
              window.Until("told of", "() => problem.textContent.includes('the service does not answer')")

              Expect.equal
                  (window.Text "#missing-count")
                  "The list is being read."
                  "rather than that nothing is missing"

              finish (window.Page.UnrouteAsync "**/words?*")

              window.Until(
                  "there",
                  "() => document.getElementById('missing-count').textContent === 'Nothing is.'"
              )

              window.Until("forgotten", "() => problem.hidden")

          liveTest "checks that have stopped are marked"
          <| fun _ service window ->
              window.AwaitTimeline()
              service.Signal 19 // SIGSTOP: the connection stands, and nothing comes.
              window.Until("marked", "() => live.dataset.mark === 'stopped'")
              service.Signal 18
              window.Until("connected", "() => live.dataset.mark === 'connected'") ]

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

          recordedTest "on paper it is light, without what only a screen can do" desertbus
          <| fun window _ ->
              window.AwaitTimeline()

              let print scheme media =
                  finish (
                      window.Page.EmulateMediaAsync(
                          PageEmulateMediaOptions(ColorScheme = Nullable scheme, Media = Nullable media)
                      )
                  )

              let isShown selector =
                  wait (window.Page.IsVisibleAsync selector)

              Expect.isTrue (isShown "#zoom-in") ""
              print ColorScheme.Dark Media.Print
              Expect.isFalse (isShown "#zoom-in" || isShown "#clock") "no controls"
              Expect.isTrue (isShown "#timeline" && isShown "#missing-table" && isShown "#streams") ""

              let background =
                  text (window.Evaluate "() => getComputedStyle(document.documentElement).backgroundColor")

              Expect.equal background "rgb(255, 255, 255)" "though the scheme is dark"

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
              window.Open("http://proxy.example/some/path/" + desertbus)
              window.AwaitTimeline()
              holeCount window 5 ]
