/// The live page of a service that compares the nodes of a fleet: their rows, what is told of them, and lists to copy.
module Coverage.Tests.LivePageFleetTests

open System
open System.IO
open System.Text.Json
open Expecto
open Microsoft.Playwright
open Coverage.Tests.Browser
open Coverage.Tests.LivePageTests
open Coverage.Tests.Sandbox

/// Nodes in folders of these names.
let private nodes (folder: Folder) names =
    List.collect (fun name -> [ "--node"; $"{name}={folder.At name}" ]) names

let private serve (folder: Folder) (more: string list) =
    let service =
        new Service(
            itself,
            [],
            [ "serve"
              "--base-dir"
              folder.At "A"
              "--fleet"
              "--self"
              "A"
              "--check-interval"
              "0.2" ]
            @ more
        )

    service.AwaitReady()

    eventually "the nodes are compared" (fun () ->
        match service.TryGet "/api/v1/fleet/streams" with
        | Some(200, _) -> true
        | _ -> service.HasEnded)

    service

/// Three recorded archives, of which the first is checked, and its service.
let private recorded =
    lazy
        (let folder = new Folder()

         for node in [ "A"; "B"; "C" ] do
             for path, size in RecordedTests.manifest node do
                 folder.File($"{node}/{path}", size)

         let service = serve folder (nodes folder [ "B"; "C" ])

         AppDomain.CurrentDomain.ProcessExit.Add(fun _ ->
             (service :> IDisposable).Dispose()
             (folder :> IDisposable).Dispose())

         service)

let private recordedTest name address test =
    testCase name (fun () -> onPage (recorded.Force()) address test)

/// Waits for the rows of the nodes.
let private awaitRows (window: Window) =
    window.Until("the rows are there", "() => !document.querySelector('#fleet-rows').hidden")
    window.AwaitTimeline()

let private rowsLabel (window: Window) =
    match wait (window.Page.GetAttributeAsync("#fleet-rows", "aria-label")) with
    | null -> ""
    | text -> text.Replace('\u00a0', ' ')

/// The colours of a pixel's height of the bar of a row: 0 is what no node has, 1 the first node.
let private coloursAt (window: Window) (row: int) (x: float) : int list list =
    let script =
        "([x, y]) => { const at = devicePixelRatio || 1, rows = document.getElementById('fleet-rows').getContext('2d'); return Array.from({ length: 13 }, (_, i) => [...rows.getImageData(x * at, (y + i) * at, 1, 1).data].slice(0, 3)); }"

    [ for pixel in items (window.Evaluate(script, [| x; float (row * 34 + 18) |])) ->
          [ for part in items pixel -> part.GetInt32() ] ]

let private had = [ 0x1f; 0x77; 0xb4 ]

/// A view of three minutes: A lacks 08:34:28 to 08:34:44, and a mark on C endangers 08:36:04 to 08:36:08.
let private threeMinutes =
    desertbus + "&view=timeline&start=2026-11-24T08:34:00Z&end=2026-11-24T08:37:00Z"

/// Points at a second of that view, on the rows.
let private pointAt (window: Window) (seconds: float) =
    let left, top, width, _ = window.Box "#fleet-rows"
    finish (window.Page.Mouse.MoveAsync(float32 (left + seconds / 180.0 * width), float32 (top + 60.0)))

let private toldAre (window: Window) what (texts: string list) =
    for text in texts do
        window.Until(
            $"{what}: {text}",
            $"() => document.getElementById('facts').innerText.replaceAll('\\u00a0', ' ').includes({JsonSerializer.Serialize text})"
        )

[<Tests>]
let fleet =
    testSequencedGroup "browser"
    <| testList
        "the live page: the fleet"
        [ recordedTest "below the timeline is a row for each node, with words as colours" threeMinutes
          <| fun window ->
              awaitRows window
              Expect.equal (rowsLabel window) "rows of the fleet: fleet: what no node has; A; B; C" ""
              let _, _, width, _ = window.Box "#fleet-rows"

              let at row seconds =
                  coloursAt window row (seconds / 180.0 * width)

              for row in 0..3 do
                  Expect.equal (at row 10.0) (List.replicate 13 had) "all have it"

              Expect.all (at 1 36.0) (fun colour -> colour <> had) "A lacks it"
              Expect.equal (at 2 36.0) (List.replicate 13 had) "B has it"
              Expect.isGreaterThan (List.distinct (at 1 36.0)).Length 1 "a pattern, not a colour alone"
              Expect.equal (List.head (at 1 126.0)) had "A has what is endangered"
              Expect.notEqual (List.last (at 1 126.0)) had "and its lower edge says so"
              Expect.equal (List.last (at 3 10.0)) had "C loses nothing"
              Expect.notEqual (at 3 126.0) (at 1 36.0) "withheld is no fillable"

              // An hour that has a hole which no node fills.
              window.Open(
                  Uri(
                      window.Page.Url.Split('#')[0]
                      + desertbus
                      + "&view=timeline&start=2026-11-24T08:43:30Z&end=2026-11-24T08:43:40Z"
                  )
                  |> string
              )

              awaitRows window

              for row in 0..3 do
                  Expect.equal (List.item 6 (coloursAt window row 300.0)) [ 255; 255; 255 ] "lost is blank"

              Expect.equal
                  (window.Texts "#fleet-words strong")
                  [ "had"; "fillable"; "withheld"; "lost"; "endangered" ]
                  "the legend has those that occur"

          recordedTest
              "what is told of an instant: who has it, from where it comes, why it does not, what to do"
              threeMinutes
          <| fun window ->
              awaitRows window
              pointAt window 36.0

              toldAre
                  window
                  "fillable"
                  [ "had by B, C"
                    "A: fillable from B, C, 16 s: 2026-11-24 08:34:28.348000 to 08:34:44.348000 UTC"
                    "Back-filling brings it. If it does not, see what blocks, or fetch the files" ]

              Expect.stringContains window.Told "A: fillable from B, C, 16 s" "so do those who hear"
              pointAt window 126.0

              toldAre
                  window
                  "endangered"
                  [ "A, B: endangered (marked) by a mark on C, 4 s"
                    "If it was not to be deleted, remove the mark now."
                    "C: withheld (marked) from A, B, 4 s" ]

              window.Open(
                  window.Page.Url.Split('#')[0]
                  + desertbus
                  + "&view=timeline&start=2026-11-24T08:58:40Z&end=2026-11-24T08:59:20Z"
              )

              awaitRows window
              pointAt window 90.0
              toldAre window "lost" [ "fleet: lost, 1 min 1.259833 s"; "Search for a copy elsewhere" ]

          recordedTest "the rows move and zoom with the timeline" threeMinutes
          <| fun window ->
              awaitRows window
              let left, top, width, _ = window.Box "#fleet-rows"
              let before = window.Hash
              finish (window.Page.Mouse.MoveAsync(float32 (left + width / 2.0), float32 (top + 20.0)))
              finish (window.Page.Mouse.WheelAsync(0f, -300f))
              window.Until("nearer", $"() => location.hash !== {JsonSerializer.Serialize before}")
              let near = window.Hash
              finish (window.Page.Mouse.DownAsync())
              finish (window.Page.Mouse.MoveAsync(float32 (left + width / 4.0), float32 (top + 20.0)))
              finish (window.Page.Mouse.UpAsync())
              window.Until("moved", $"() => location.hash !== {JsonSerializer.Serialize near}")
              Expect.stringContains window.Hash "start=" "a view of its own"

          recordedTest
              "a button copies the list of the files that a node lacks"
              (desertbus + "&view=timeline")
          <| fun window ->
              awaitRows window
              finish (window.Context.GrantPermissionsAsync [ "clipboard-read"; "clipboard-write" ])

              Expect.equal
                  (window.Texts "#fleet-table button")
                  [ "Copy the list of 54 files"; "Copy the list of 109 files" ]
                  "of A and B"

              let list query =
                  match
                      recorded.Force().TryGet
                          $"/api/v1/fleet/files?channel=desertbus&quality=source&node={query}"
                  with
                  | Some(200, list) -> list.Substring(list.IndexOf '\n')
                  | other -> failtest $"{other}"

              let copied () =
                  window.Until(
                      "it says so",
                      "() => document.getElementById('fleet-copied').textContent.includes('copied')"
                  )

                  let list =
                      window.Evaluate("() => navigator.clipboard.readText()").GetString() |> nonNull

                  list.Substring(list.IndexOf '\n')

              window.Click "#fleet-table tbody tr:nth-child(1) button"
              Expect.equal (copied ()) (list "A") "what A lacks"
              window.Until("it is over", "() => document.getElementById('fleet-copied').textContent === ''")
              window.Click "#with-withheld"

              Expect.equal
                  (window.Texts "#fleet-table tbody tr:nth-child(3) button")
                  [ "Copy the list of 2 files" ]
                  "of C, too"

              window.Click "#fleet-table tbody tr:nth-child(3) button"
              Expect.equal (copied ()) (list "C&include=withheld") "what C does not get"

          recordedTest
              "the nodes, and what each has, are there in words, for everybody"
              (desertbus + "&view=timeline")
          <| fun window ->
              awaitRows window

              Expect.equal
                  [ for line in window.Texts "#node-list li" -> line.Split(' ')[0..1] |> List.ofArray ]
                  [ [ "A"; "folder" ]; [ "B"; "folder" ]; [ "C"; "folder" ] ]
                  ""

              Expect.equal (window.Text "#fleet-status") "lost, 3 of 3 nodes heard" ""

              Expect.equal
                  (window.Texts "#fleet-table tbody tr:nth-child(1) td")
                  [ "37 min 39.712167 s"
                    "56 s"
                    "—"
                    "1 min 24.241833 s"
                    "4 s"
                    "Copy the list of 54 files" ]
                  "of A"

              Expect.isEmpty window.Violations "for everybody"

              finish (window.Page.EmulateMediaAsync(PageEmulateMediaOptions(ColorScheme = ColorScheme.Dark)))

              Expect.isEmpty window.Violations "in the dark, too"

          archiveTest
              "a node that no longer answers is hatched and unknown since it was heard, and what changes is shown without a reload"
          <| fun folder ->
              let hour = "2025-11-07T18"
              let whole = [ for i in 0..5 -> $"00:{i}0.0-10-full-AAA{i}.ts" ]

              folder.Files(
                  $"A/c/source/{hour}",
                  whole |> List.filter (fun name -> not (name.StartsWith "00:40"))
              )

              folder.Files($"B/c/source/{hour}", whole)

              use other =
                  new Service(itself, [], [ "serve"; "--base-dir"; folder.At "B"; "--check-interval"; "0.2" ])

              other.AwaitReady()

              use service =
                  serve folder [ "--node"; $"B=http://127.0.0.1:{other.Port}"; "--stale-after"; "1" ]

              onPage service "#stream=c/source&view=timeline" (fun window ->
                  awaitRows window

                  window.Until(
                      "B is heard",
                      "() => !document.querySelector('#node-list [data-known=false]')"
                  )

                  let kind = (List.item 1 (window.Texts "#node-list li")).Split(' ')[1]
                  Expect.equal kind "segment-coverage" "what kind of node it is"
                  let _, _, width, _ = window.Box "#fleet-rows"
                  Expect.equal (coloursAt window 2 (width * 0.75)) (List.replicate 13 had) "B has it"
                  folder.File($"A/c/source/{hour}/00:40.0-10-full-AAA4.ts", 0L)

                  window.Until(
                      "A lacks nothing",
                      "() => document.querySelector('#fleet-status').textContent.startsWith('whole')"
                  )

                  other.Signal 9

                  window.Until(
                      "B is unknown",
                      "() => document.querySelector('#node-list [data-known=false]')"
                  )

                  window.Until(
                      "since when",
                      "() => /B: unknown since \\d\\d:\\d\\d/.test(document.getElementById('fleet-rows').ariaLabel)"
                  )

                  window.AwaitTimeline()

                  Expect.stringContains
                      (List.item 1 (window.Texts "#node-list li"))
                      "unknown since "
                      "in the list"

                  let hatched = coloursAt window 2 (width * 0.75)
                  Expect.isFalse (List.contains had hatched) "B's row is no longer had"
                  Expect.isGreaterThan (List.distinct hatched).Length 1 "it is hatched"
                  Expect.equal (coloursAt window 1 (width * 0.75)) (List.replicate 13 had) "A's is as it was")

          archiveTest
              "a stream that other nodes alone have is named, and one that they have longer is shown as long"
          <| fun folder ->
              let hour = "2025-11-07T18"
              folder.Files($"A/c/source/{hour}", [ "00:10.0-10-full-AAAA.ts" ])
              folder.Files($"B/c/source/{hour}", [ "00:00.0-10-full-AAAZ.ts"; "00:10.0-10-full-AAAA.ts" ])
              folder.Files($"B/d/source/{hour}", [ "00:00.0-10-full-AAAZ.ts" ])
              use service = serve folder (nodes folder [ "B" ])

              onPage service "#stream=c/source&view=timeline" (fun window ->
                  awaitRows window
                  Expect.stringContains (window.Text "#elsewhere") "d/source" "it is not in the list"
                  let _, _, width, _ = window.Box "#fleet-rows"
                  // The first half is B's alone.
                  Expect.equal (coloursAt window 2 (width * 0.25)) (List.replicate 13 had) "B began earlier"
                  Expect.isFalse (List.contains had (coloursAt window 1 (width * 0.25))) "A did not")

          LivePageTests.recordedTest "without a fleet there is nothing of it" (desertbus + "&view=timeline")
          <| fun window _ ->
              window.AwaitTimeline()

              for part in [ "#fleet-rows"; "#nodes"; "#fleet"; "#fleet-words" ] do
                  Expect.isFalse (wait (window.Page.IsVisibleAsync part)) part

              Expect.isFalse (window.Asked |> List.exists _.Contains("/fleet/")) "nor is it asked for" ]
