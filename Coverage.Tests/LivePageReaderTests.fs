/// The live page says what a reader takes it to say: numbers with their units, keys from anywhere, the end that moves on.
module Coverage.Tests.LivePageReaderTests

open System
open System.IO
open Expecto
open Microsoft.Playwright
open Coverage.Tests.Browser
open Coverage.Tests.LivePageTests
open Coverage.Tests.Sandbox

let private phone =
    BrowserNewContextOptions(ViewportSize = ViewportSize(Width = 400, Height = 844))

/// An hour of segments of ten seconds, of which the thirtieth is missing, up to a segment.
let private layOutTo (archive: Folder) channel (count: int) =
    archive.Files(
        $"{channel}/source/2025-11-07T18",
        [ for i in 0 .. count - 1 do
              if i <> 30 then
                  $"{i / 6:D2}:{i % 6}0.0-10-full-.ts" ]
    )

let private spanOfAddress (window: Window) =
    window.Hash.Contains "follow=yes", spanOf window.Hash

/// The instant at the right edge of the timeline, in milliseconds, as its slider has it once it is pointed there.
let private endInView (window: Window) =
    let left, top, width, _ = window.Box "#timeline"
    finish (window.Page.Mouse.MoveAsync(float32 (left + width - 3.0), float32 (top + 90.0)))

    window.Until("pointed", "() => document.querySelector('#facts strong').textContent")
    DateTimeOffset.Parse((window.Text "#facts strong").Replace(" UTC", "Z"))

[<Tests>]
let reader =
    testSequencedGroup "browser"
    <| testList
        "the live page: as it is read"
        [ testCase "on a phone no number breaks, and none parts from its unit; the status stays"
          <| fun () ->
              let service, _ = recorded.Force()
              use window = openWindow phone
              service.AwaitReady()
              window.Open $"http://127.0.0.1:{service.Port}/{desertbus}"
              window.AwaitTimeline()

              let broken =
                  "() => {
                      const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                      for (let node; (node = walker.nextNode());) {
                          if (!node.parentElement.checkVisibility()) continue;
                          for (const match of node.data.matchAll(/[\\d.,:]+([ \\u00a0](h|min|s|d|%|spans?|holes?)\\b)?/g)) {
                              const range = document.createRange();
                              range.setStart(node, match.index);
                              range.setEnd(node, match.index + match[0].length);
                              if (new Set([...range.getClientRects()].map(it => it.top)).size > 1) found.push(match[0]);
                          }
                      }
                      return found;
                  }"

              Expect.equal [ for it in (window.Evaluate broken).EnumerateArray() -> text it ] [] ""

              let status =
                  "() => [...document.querySelectorAll('#streams .status')].every(it => it.checkVisibility())"

              Expect.isTrue ((window.Evaluate status).GetBoolean()) "its status"

              let units =
                  "() => [...document.querySelectorAll('#streams .missing')].map(it => it.dataset.unit.trim())"

              for count, unit in
                  List.zip
                      (window.Texts "#streams td.missing")
                      [ for it in (window.Evaluate units).EnumerateArray() -> text it ] do
                  Expect.equal unit (if count = "1" then "span" else "spans") count

              Expect.isLessThanOrEqual
                  (window.Evaluate("() => document.documentElement.scrollWidth - innerWidth").GetInt32())
                  0
                  "nothing is wider than the phone"

          recordedTest "keys work wherever the focus is, but in a field" desertbus
          <| fun window _ ->
              window.AwaitTimeline()
              window.Press "n"
              window.Until("the first hole", "() => location.hash.includes('start=')")
              let first = window.Hash
              window.Press "n"
              Expect.notEqual window.Hash first "the next"
              window.Press "p"
              Expect.equal window.Hash first "and back"
              window.Press "0"
              Expect.equal window.Hash desertbus "all"
              finish (window.Page.FocusAsync "#clock")
              window.Press("n", "+")
              Expect.equal window.Hash desertbus "a field takes its own"
              finish (window.Page.FocusAsync "#copy-iso")
              window.Press "+"
              Expect.notEqual window.Hash desertbus "a button does not take it"
              window.Click "#view-map"
              window.Press "n"
              window.AwaitTimeline()
              Expect.isTrue (wait (window.Page.IsVisibleAsync "#timeline")) "from the map to a hole"

          recordedTest "no line and no words stand on the timeline until they are asked for" desertbus
          <| fun window _ ->
              window.AwaitTimeline()
              Expect.equal (window.Text "#facts strong", window.Texts "#facts li") ("", []) "at first"
              finish (window.Page.FocusAsync "#timeline")
              window.Until("with the focus", "() => document.querySelector('#facts li')")

          recordedTest "no label of the axis is cut off at the edge" desertbus
          <| fun window _ ->
              window.AwaitTimeline()

              let cut =
                  "async () => {
                      const { draw, paletteOf } = await import('./web/draw.js'), { Recording } = await import('./web/recording.js');
                      const { get } = await import('./web/api.js');
                      const row = (await get('streams')).streams.find(it => it.channel === 'desertbus');
                      const recording = new Recording(row, () => {}), palette = paletteOf(timeline), found = [];
                      recording.update(row);
                      const context = document.createElement('canvas').getContext('2d'), write = context.fillText.bind(context);
                      for (let width = 300; width < 1300; width += 7) {
                          let seen = 0;
                          context.fillText = (words, left, top) => {
                              const room = context.measureText(words).width;
                              const [from, to] = context.textAlign === 'right' ? [left - room, left] : context.textAlign === 'center' ? [left - room / 2, left + room / 2] : [left, left + room];
                              seen += 1;
                              if (from < 0 || to > width) found.push(`${words} at ${width}`);
                              write(words, left, top);
                          };
                          draw(context, width, recording.span, recording, palette, 'utc', null);
                          if (seen < 6) found.push(`little is said at ${width}`);
                      }
                      return found;
                  }"

              Expect.equal [ for it in (window.Evaluate cut).EnumerateArray() -> text it ] [] ""

          archiveTest "a view at the end follows the recording until it is moved back"
          <| fun archive ->
              layOutTo archive "a" 180
              use service = new Service(archive, [])

              onPage service "#stream=a/source" (fun window ->
                  window.AwaitTimeline()
                  Expect.isFalse (wait (window.Page.IsVisibleAsync "#follow")) "all of it grows by itself"
                  finish (window.Page.FocusAsync "#timeline")
                  window.Press("+", "+", "+")
                  Expect.equal (window.Text "#follow") "follow" "in the middle"
                  window.Press "End"
                  Expect.equal (window.Text "#follow") "following" "at the end"
                  Expect.isTrue (fst (spanOfAddress window)) window.Hash
                  let before = endInView window
                  layOutTo archive "a" 300
                  window.Until("it has grown", "() => summary.textContent.includes('18:50:00')")
                  window.AwaitTimeline()
                  let after = endInView window
                  Expect.isGreaterThan (after - before) (TimeSpan.FromMinutes 15.0) "with the recording"
                  window.Press "ArrowLeft"
                  Expect.equal (window.Text "#follow") "follow" "moved back"
                  Expect.isFalse (fst (spanOfAddress window)) window.Hash
                  let left = endInView window
                  layOutTo archive "a" 330
                  window.Until("it has grown again", "() => summary.textContent.includes('18:55:00')")
                  window.AwaitTimeline()
                  Expect.isLessThan (endInView window - left) (TimeSpan.FromSeconds 5.0) "it stays"
                  finish (window.Page.FocusAsync "#follow")
                  window.Press "Space"
                  Expect.equal (window.Text "#follow") "following" "by its button")

          archiveTest "a stream that the service reports no longer stays in the list until it is dismissed"
          <| fun archive ->
              layOutTo archive "a" 60
              layOutTo archive "b" 60
              use service = new Service(archive, [])

              onPage service "#stream=a/source" (fun window ->
                  window.AwaitTimeline()
                  service.AwaitRound()
                  Expect.equal (service.Stop()) 0 ""
                  window.Until("marked", "() => live.dataset.mark === 'lost'")
                  Directory.Delete(archive.At "b", true)


                  use again = startAgain service archive

                  try
                      window.Until("told of", "() => document.querySelector('#streams tr.gone')")

                      Expect.stringStarts
                          (window.Text "#streams tr:first-child .trouble")
                          "no longer reported"
                          "the first row"

                      Expect.equal (window.Text "#streams tr:first-child a") "b/source" ""

                      Expect.equal
                          (window.Text "#live strong")
                          "connected, but 1 stream is no longer reported"
                          ""

                      Expect.isEmpty window.Violations "for everybody"
                      finish (window.Page.FocusAsync "#streams tr:first-child button")
                      window.Press "Enter"
                      Expect.equal (window.Texts "#streams a") [ "a/source" ] "dismissed"
                      Expect.equal (window.Text "#live strong") "connected" ""
                  finally
                      again.Kill())

          lowlyTest "of a stream that was never read the reason is there, and no empty timeline"
          <| fun words archive ->
              layOutTo archive "a" 60
              let folder = archive.At "never/source"
              Directory.CreateDirectory folder |> ignore
              tool [ "chmod"; "-R"; "a+rwX"; archive.Path ]
              tool [ "chmod"; "000"; folder ]

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.1" ])

              try
                  onPage service "#stream=never/source" (fun window ->
                      window.Until("told of", "() => troubles.textContent")
                      Expect.stringContains (window.Text "#troubles") folder "why"

                      for part in [ "#timeline"; "#zoom-in"; "#view-map"; "#missing-heading"; "#summary" ] do
                          Expect.isFalse (wait (window.Page.IsVisibleAsync part)) part

                      Expect.stringContains (window.Text "#nothing") "nothing to show" "")
              finally
                  tool [ "chmod"; "755"; folder ] ]
