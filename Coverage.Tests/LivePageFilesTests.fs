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

[<Tests>]
let files =
    testList
        "the live page: files"
        [ testCase
              "a segment whose file is not what its name says has a frame, lacks what the file lacks, and says how long it is"
          <| fun () ->
              use service =
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
                      )) ]
