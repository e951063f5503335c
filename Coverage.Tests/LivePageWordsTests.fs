/// The live page draws, tells and lists the words that the account of a stream says.
module Coverage.Tests.LivePageWordsTests

open System
open System.IO
open Expecto
open Coverage
open Coverage.Tests.Browser
open Coverage.Tests.LivePageTests
open Coverage.Tests.Sandbox

let private iso (at: DateTime) = at.ToString "yyyy-MM-ddTHH:mm:ssZ"

/// A segment of some seconds.
let private layOut (archive: Folder) channel kind (at: DateTime) (seconds: int) =
    let hour = at.ToString "yyyy-MM-ddTHH"

    archive.File(
        $"{channel}/source/{hour}/"
        + at.ToString "mm:ss.ffffff"
        + $"-{seconds}-{kind}-.ts",
        0L
    )

/// The text of the page at some instants of the whole view, and the colours of its timeline there.
let private shownAt (window: Window) (instants: DateTime list) =
    let script =
        "async instants => {
            const { Recording } = await import('./web/recording.js'), { stateAt } = await import('./web/readout.js');
            const { get } = await import('./web/api.js'), { whole } = await import('./web/view.js');
            const recording = new Recording((await get('streams')).streams[0], () => {});
            recording.update((await get('streams')).streams[0]);
            const view = whole(recording.span), context = timeline.getContext('2d');
            do {
                for (const t of instants) stateAt(recording, t, view);
                recording.spans('editable', view);
                await new Promise(resolve => setTimeout(resolve, 20));
            } while (!recording.isComplete(view));
            return instants.map(t => {
                const x = Math.round((t - view.start) / (view.end - view.start) * timeline.width);
                const { data } = context.getImageData(x - 4, 64 * devicePixelRatio, 8, 48 * devicePixelRatio);
                const colours = new Set();
                for (let at = 0; at < data.length; at += 4) {
                    colours.add([...data.slice(at, at + 3)].map(it => it.toString(16).padStart(2, '0')).join(''));
                }
                return [stateAt(recording, t, view).name, [...colours]];
            });
        }"

    let micros = [| for at in instants -> (at - DateTime.UnixEpoch).Ticks / 10L |]

    [ for shown in window.Evaluate(script, micros).EnumerateArray() ->
          text (item 0 shown), [ for colour in items (item 1 shown) -> text colour ] ]

[<Tests>]
let words =
    testSequencedGroup "browser"
    <| testList
        "the live page: words"
        [ lowlyTest "each word is told, drawn in a colour of its own, and in the legend where it occurs"
          <| fun words archive ->
              let now = DateTime.UtcNow
              let start = now.Date.AddHours(float now.Hour - 4.0)
              let at = start.AddMinutes: float -> DateTime
              let full from = layOut archive "a" "full" (at from) 600
              List.iter full [ 0.0; 30.0; 50.0; 60.0; 120.0; 150.0 ]
              layOut archive "a" "partial" (at 10.0) 600
              layOut archive "a" "full" ((at 130.0).AddMilliseconds 5.0) 595
              // Between now and it there is time that is still to come.
              layOut archive "a" "full" (now.AddMinutes 4.0) 30

              let given = Path.Combine(archive.Path, ".given")
              Directory.CreateDirectory given |> ignore

              let expected, acknowledged =
                  Path.Combine(given, "e.csv"), Path.Combine(given, "a.csv")

              File.WriteAllText(
                  expected,
                  $"stream,start,end\na/source,{iso (at 0.0)},{iso (at 140.0)}\na/source,{iso (at 150.0)},\n"
              )

              File.WriteAllText(
                  acknowledged,
                  $"stream,start,end,reason\na/source,{iso (at 40.0)},{iso (at 50.0)},power\n"
              )

              tool [ "chmod"; "-R"; "a+rwX"; archive.Path ]
              let unread = archive.At("a/source/" + (at 60.0).ToString "yyyy-MM-ddTHH")
              tool [ "chmod"; "000"; unread ]

              try
                  use service =
                      new Service(
                          words,
                          [],
                          [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "1" ]
                          @ [ "--expected"; expected; "--acknowledged"; acknowledged; "a" ]
                      )

                  onPage service "#stream=a/source&view=timeline" (fun window ->
                      window.AwaitTimeline()

                      let cases =
                          [ at 5.0, "full", "1f77b4"
                            at 15.0, "partial", "ff7f0e"
                            at 25.0, "missing", "ffffff"
                            at 45.0, "acknowledged", "9edae5"
                            at 90.0, "unknown", "c7c7c7"
                            at 145.0, "unexpected", "d9d9d9"
                            at 180.0, "missing", "ffffff"
                            now.AddMinutes -2.0, "pending", "dbdb8d"
                            now.AddMinutes 2.5, "ahead", "c5b0d5" ]

                      let shown = shownAt window [ for at, _, _ in cases -> at ]

                      for (at, word, colour), (told, colours) in List.zip cases shown do
                          Expect.equal told word (iso at)
                          Expect.contains colours colour $"{word} at {iso at}"

                          if word <> "missing" then
                              Expect.isFalse (List.contains "ffffff" colours) $"{word} is not white"

                          if word <> "missing" && word <> "full" then
                              Expect.isGreaterThan colours.Length 1 $"{word} has a pattern"

                      let legend =
                          [ for word in
                                window
                                    .Evaluate(
                                        "() => [...document.querySelectorAll('#words li')].map(it => it.dataset.word)"
                                    )
                                    .EnumerateArray() -> text word ]

                      Expect.equal (set legend) (set [ for word in Word.all -> Word.toText word ]) ""

                      Expect.isEmpty window.Violations "for everybody")
              finally
                  tool [ "chmod"; "755"; unread ]

          archiveTest "a click on a missing span offers the line that acknowledges it, as the check writes it"
          <| fun archive ->
              let start = DateTime(2025, 11, 7, 18, 0, 0)
              layOut archive "a,b" "full" start 600
              layOut archive "a,b" "full" (start.AddMinutes 20.0) 600
              use service = new Service(archive, [])

              onPage service "" (fun window ->
                  window.AwaitTimeline()

                  Expect.equal
                      (window.Texts "#words li strong")
                      [ "full"; "missing" ]
                      "no word that does not occur"

                  Expect.isFalse (wait (window.Page.IsVisibleAsync "#acknowledge")) "nothing is chosen"
                  let left, top, width, _ = window.Box "#timeline"
                  finish (window.Page.Mouse.ClickAsync(float32 (left + width / 2.0), float32 (top + 90.0)))
                  window.Until("offered", "() => !acknowledge.hidden")
                  let line = window.Text "#acknowledgement"

                  let check =
                      run [ "check"; "--base-dir"; archive.Path; "--format"; "acknowledgements" ]

                  Expect.equal (List.ofArray (check.Output.Split '\n') |> List.item 1) line check.Output

                  finish (window.Context.GrantPermissionsAsync [ "clipboard-read"; "clipboard-write" ])

                  window.Click "#copy-acknowledgement"

                  window.Until(
                      "copied",
                      "() => document.getElementById('acknowledgement-copied').textContent === 'copied'"
                  )

                  let copied = window.Evaluate("() => navigator.clipboard.readText()").GetString()
                  Expect.equal copied (line + "\n") ""
                  // The page may have moved to the button.
                  finish (window.Page.EvaluateAsync("() => scrollTo(0, 0)"))
                  let left, top, width, _ = window.Box "#timeline"
                  finish (window.Page.Mouse.ClickAsync(float32 (left + width / 8.0), float32 (top + 90.0)))
                  window.Until("no more", "() => acknowledge.hidden"))

          archiveTest "a word that changes by time alone is followed"
          <| fun archive ->
              let now = DateTime.UtcNow
              layOut archive "a" "full" (now.AddSeconds -2.0) 1

              use service =
                  new Service(archive, [ "--expected-from"; iso (now.AddSeconds -2.0); "--settling"; "25" ])

              onPage service "#stream=a/source&view=timeline" (fun window ->
                  window.Until("it may still come in", "() => verdict.dataset.status === 'pending'")
                  Expect.equal (window.Text "#condition strong") "recording" ""
                  window.Until("it does not", "() => verdict.dataset.status === 'missing'")
                  window.Until("it is listed", "() => document.querySelectorAll('#missing tr').length === 1")

                  window.Until(
                      "stopped",
                      "() => document.querySelector('#condition strong').textContent === 'stopped'"
                  ))

          archiveTest "a stream that never started is missing as a whole"
          <| fun archive ->
              use service =
                  new Service(
                      archive,
                      [ "--expected-from"
                        "2025-11-07T18:00:00Z"
                        "--expected-to"
                        "2025-11-07T20:00:00Z"
                        "a" ]
                  )

              onPage service "#stream=a/source" (fun window ->
                  window.AwaitTimeline()
                  Expect.equal (window.Text "#verdict") "2 h 0 min 0 s missing in 1 span" ""
                  holeCount window 1
                  Expect.equal (window.Texts "#streams td.status") [ "missing" ] ""
                  window.Click "#view-map"
                  window.Until("a map", "() => document.getElementById('map-image').width === 12")
                  Expect.equal (window.Texts "#map-words li strong") [ "missing" ] "")

          test "the words of the page are the core's, in the colours of the map" {
              use source =
                  match
                      typeof<Coverage.Host.StreamRound>.Assembly.GetManifestResourceStream "web/words.js"
                  with
                  | null -> failtest "no list of words"
                  | source -> new StreamReader(source)

              let script = source.ReadToEnd()

              for word in Word.all do
                  Expect.stringContains script $"name: \"{Word.toText word}\"" ""

              for cell, word in
                  [ Cell.Full, "full"
                    Cell.Partial, "partial"
                    Cell.Unexpected, "unexpected"
                    Cell.Acknowledged, "acknowledged"
                    Cell.Unknown, "unknown"
                    Cell.Pending, "pending"
                    Cell.None, "missing" ] do
                  Expect.stringContains
                      script
                      $"name: \"{word}\", cell: \"{Coverage.Host.MapPicture.ColourOf cell}\""
                      word
          } ]
