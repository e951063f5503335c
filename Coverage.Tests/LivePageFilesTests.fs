/// The live page: what is wrong with the files of segments.
module Coverage.Tests.LivePageFilesTests

open System.Text.Json
open Expecto
open Coverage.Tests.Browser
open Coverage.Tests.Sandbox

/// The colour of a pixel of the timeline, as red, green and blue.
let private colourAt (window: Window) (x: int) (y: int) : int list =
    let script =
        "([x, y]) => { const at = devicePixelRatio || 1; return [...timeline.getContext('2d').getImageData(x * at, y * at, 1, 1).data].slice(0, 3); }"

    [ for part in items (window.Evaluate(script, [| x; y |])) -> part.GetInt32() ]

/// A service that has verified media of which some files are not what their names say.
let private verifying () =
    let service =
        new Service(
            itself,
            [],
            [ "serve"
              "--base-dir"
              TsTests.fixtures
              "--check-interval"
              "0.2"
              "--verify-parts"
              "1" ]
        )

    service.AwaitReady()

    eventually "all is found" (fun () ->
        match service.TryGet "/api/v1/findings" with
        | Some(200, answer) -> text (JsonElement.Parse answer)?count = "12"
        | _ -> false)

    service

let private isShown (window: Window) selector =
    wait (window.Page.IsVisibleAsync selector)

[<Tests>]
let files =
    testList
        "the live page: files"
        [ testCase
              "a segment whose file is not what its name says has a frame, lacks what the file lacks, and says how long it is"
          <| fun () ->
              use service = verifying ()

              // Of 16 to 18 s 1.07 s are there; the middle of the view is 17 s, which is.
              onPage
                  service
                  "#stream=real/source&view=timeline&start=2026-11-24T08:00:12Z&end=2026-11-24T08:00:22Z"
                  (fun window ->
                      window.AwaitTimeline()
                      Expect.stringContains window.Told "full segment" "the segment"

                      Expect.stringContains
                          window.Told
                          "its file is not what its name says: short; it holds 1.066667 s of media"
                          "what is wrong"

                      let _, _, width, _ = window.Box "#timeline"
                      let x second = int ((second - 12.0) / 10.0 * width)
                      // In the row of the segments, between its frame and the line of the chain.
                      let inside = 185

                      Expect.notEqual
                          (colourAt window (x 16.9) inside)
                          (colourAt window (x 17.6) inside)
                          "what is there, and what is not"

                      Expect.equal
                          (colourAt window (x 17.6) inside)
                          [ 255; 255; 255 ]
                          "what is not there is blank"

                      let frame = colourAt window (x 17.6) 181
                      Expect.equal (colourAt window (x 16.9) 181) frame "a frame around all of it"
                      Expect.notEqual frame (colourAt window (x 16.9) inside) "a frame of its own colour"
                      Expect.notEqual frame [ 255; 255; 255 ] "a frame that is seen"

                      window.Open
                          $"http://127.0.0.1:{service.Port}/#stream=real/source&view=timeline&start=2026-11-24T08:00:32Z&end=2026-11-24T08:00:42Z"

                      window.AwaitTimeline()

                      window.Until(
                          "an empty one",
                          "() => timeline.ariaValueText.includes('empty; it holds no media')"
                      ))

          testCase
              "what is found is counted for each stream, marked in a wide view, gone to one by one, and its path is there to copy"
          <| fun () ->
              use service = verifying ()

              onPage service "#stream=real/source&view=timeline" (fun window ->
                  window.AwaitTimeline()

                  Expect.equal
                      (window.Text "#streams .trouble")
                      "full segments are not what their names say: empty 2, hash 3, not-ts 1, torn 1, sync 1, continuity 3, short 2, long 1"
                      "in the list"

                  Expect.stringStarts
                      (window.Text "[data-fact='in the files']")
                      "full segments: empty 2, hash 3, not-ts 1, torn 1, sync 1, continuity 3, short 2, long 1; suspect segments: short 1; partial segments: torn 1, short 1; "
                      "all kinds"

                  Expect.isTrue (isShown window "li.found") "the legend has it"

                  /// Goes to another file, and waits for its path.
                  let another (go: unit -> unit) =
                      let before = window.Text "#file-paths"
                      go ()
                      eventually "another file" (fun () -> window.Text "#file-paths" <> before)
                      window.AwaitTimeline()
                      window.Text "#file-paths"

                  Expect.equal
                      [ for _ in 1..3 -> (another (fun () -> window.Click "#next-found")).Substring(0, 25) ]
                      [ "2026-11-24T08/00:04.0-2.0"
                        "2026-11-24T08/00:08.0-2.0"
                        "2026-11-24T08/00:12.0-2.0" ]
                      "full ones, one after the other"

                  Expect.stringStarts
                      (another (fun () -> window.Press "F"))
                      "2026-11-24T08/00:08.0-2.0-full-K6z0eY"
                      "and back"

                  finish (window.Context.GrantPermissionsAsync [ "clipboard-read"; "clipboard-write" ])
                  window.Click "#copy-file"

                  window.Until(
                      "it says so",
                      "() => document.getElementById('file-copied').textContent === 'copied'"
                  )

                  Expect.equal
                      (window.Evaluate("() => navigator.clipboard.readText()").GetString())
                      (window.Text "#file-paths" + "\n")
                      "copied"

                  Expect.isEmpty window.Violations "for everybody")

          testCase "a cross marks each finding in a view of more than ten minutes"
          <| fun () ->
              use service = verifying ()
              let view = "&start=2026-11-24T07:50:00Z&end=2026-11-24T08:10:00Z"

              onPage service ("#stream=real/source&view=timeline" + view) (fun window ->
                  window.AwaitTimeline()

                  let crosses () =
                      // Where there is no span of more than ten minutes a frame stands for each: so the page is asked itself.
                      let script =
                          "async () => {
                              const { draw, paletteOf } = await import('./web/draw.js');
                              const canvas = new OffscreenCanvas(1000, 254), context = canvas.getContext('2d');
                              const item = at => ({ start: at, end: at + 2, kind: 'full' });
                              const recording = {
                                  bounds: { start: 0, end: 1000 }, span: { start: 0, end: 1000 }, found: { items: [item(299), item(699)] }, all: () => ({ items: [] }),
                                  segments: () => undefined, details: () => undefined, ofWord: () => [], spans: () => ({ items: [] }),
                              };
                              const palette = paletteOf(document.getElementById('timeline'));
                              draw(context, 1000, { start: 0, end: 1000 }, recording, palette, 'utc', null);
                              const at = x => [...context.getImageData(x, 186, 1, 1).data].join();
                              return [at(300) !== at(500), at(700) === at(300)];
                          }"

                      [ for it in items (window.Evaluate script) -> it.GetBoolean() ]

                  Expect.equal (crosses ()) [ true; true ] "two of one colour")

          testCase
              "a cut of files that are not what their names say can be made, with a warning; without verifying the page says that it goes by names"
          <| fun () ->
              use service = verifying ()

              let ask from until =
                  $"#stream=real/source&view=timeline&from=2026-11-24T08:00:{from}Z&to=2026-11-24T08:00:{until}Z"

              let answered (window: Window) =
                  window.Until(
                      "an answer",
                      "() => document.getElementById('cut-answer').textContent.includes('cut')"
                  )

                  window.Text "#cut-answer", window.Text "#cut-files"

              onPage service (ask "08.5" "09") (fun window ->
                  let answer, files = answered window
                  Expect.equal answer "0.5 s: can be cut, but its only file is not what its name says" ""
                  Expect.stringStarts files "hash continuity: 2026-11-24T08/00:08.0-2.0-full-K6z0eY" "")

              onPage service (ask "00.5" "01") (fun window ->
                  Expect.equal
                      (answered window)
                      ("0.5 s: can be cut",
                       "Nothing wrong is found in its 1 file, as far as the service has read it.")
                      "a good one")

              use plain = new Service(itself, [], [ "serve"; "--base-dir"; TsTests.fixtures ])

              onPage plain (ask "08.5" "09") (fun window ->
                  Expect.equal
                      (answered window)
                      ("0.5 s: can be cut",
                       "This goes by the names of the files: the service does not look into them (--verify-parts).")
                      "names alone"

                  Expect.isFalse (isShown window "li.found") "no legend"
                  Expect.isFalse (isShown window "#next-found") "and nothing to go to") ]
