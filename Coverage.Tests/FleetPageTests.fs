/// The page of the program of several fleets, in a real browser: all of them, the nodes and streams of one, and the rows of one stream.
module Coverage.Tests.FleetPageTests

open System
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open Microsoft.Playwright
open Coverage.Tests.Browser
open Coverage.Tests.Sandbox

/// The program on fleets of folders.
let private serve (folder: Folder) (fleets: (string * string list) list) (more: string list) =
    let lines =
        [ for name, nodes in fleets do
              yield $"[{name}]"

              for node in nodes do
                  yield $"{node}={folder.At node}" ]

    File.WriteAllLines(folder.At "fleets", lines)

    let service =
        new Service(
            [ fleetExecutable ],
            [],
            [ "serve"; "--fleet-file"; folder.At "fleets"; "--check-interval"; "0.5" ]
            @ more
        )

    service.AwaitReady()
    service

/// Three recorded archives as one fleet, and two of them as another.
let private recorded =
    lazy
        (let folder = new Folder()

         for node in [ "A"; "B"; "C" ] do
             for path, size in RecordedTests.manifest node do
                 folder.File($"{node}/{path}", size)

         let service =
             serve folder [ "desertbus", [ "A"; "B"; "C" ]; "two", [ "A"; "B" ] ] []

         AppDomain.CurrentDomain.ProcessExit.Add(fun _ ->
             (service :> IDisposable).Dispose()
             (folder :> IDisposable).Dispose())

         service)

let private onRecorded name address (test: Window -> unit) =
    testCase name (fun () -> onPage (recorded.Force()) address test)

let private api (service: Service) path =
    match service.TryGet $"/api/v1/{path}" with
    | Some(200, answer) -> JsonElement.Parse answer
    | other -> failtest $"{path}: {other}"

/// Waits until a fleet and all of the rows of a stream are shown.
let private awaitFleet (window: Window) =
    window.Until("a fleet is shown", "() => !document.getElementById('stream').hidden")
    window.AwaitTimeline()

let private untilText (window: Window) what selector (text: string) =
    window.Until(
        what,
        $"() => [...document.querySelectorAll({JsonSerializer.Serialize selector})].some(it => it.innerText.replaceAll('\\u00a0', ' ').includes({JsonSerializer.Serialize text}))"
    )

/// The name and the status of each row of a table.
let private statuses (window: Window) table =
    List.zip (window.Texts $"{table} tbody a") (window.Texts $"{table} tbody td.status")

/// A length as the page writes it.
let private lengthText (seconds: decimal) =
    if seconds = 0m then
        "—"
    else
        let minutes = floor (seconds / 60m)
        let hours = floor (minutes / 60m)
        let rest = $"{(seconds - minutes * 60m):``0.######``} s"

        if hours > 0m then
            $"{hours} h {minutes - hours * 60m} min {rest}"
        elif minutes > 0m then
            $"{minutes} min {rest}"
        else
            rest

let private decimalOf (json: JsonElement) = json.GetDecimal()

let private hour = "2025-11-07T18"

/// A minute of segments whose hashes are whole, so that back-filling brings them.
let private whole =
    [ for i in 0..5 -> $"00:{i}0.0-10-full-{String('A', 42)}{i}.ts" ]

[<Tests>]
let page =
    testSequencedGroup "browser"
    <| testList
        "fleet page"
        [ onRecorded "the fleets are listed with what the API says, and the worst is shown" ""
          <| fun window ->
              awaitFleet window
              let service = recorded.Force()

              Expect.equal
                  (statuses window "#fleets")
                  [ for it in items (api service "fleets")?fleets -> text it?fleet, text it?status ]
                  "both are lost, so by name"

              Expect.equal
                  (window.Texts "#fleets tbody tr:nth-child(1) td" |> List.take 3)
                  [ "lost"
                    "3 of 3"
                    string (items (api service "fleet/streams?fleet=desertbus&totals=true")?streams).Length ]
                  "of the first"

              Expect.equal (window.Text "#fleet-name") "desertbus" "it is shown"
              Expect.equal (window.Text "#live strong") "connected" ""

              let named =
                  match service.TryGet "/" with
                  | Some(200, page) ->
                      set
                          [ for found in Regex.Matches(page, "(?:href|src)=\"web/([^\"]*)\"") ->
                                found.Groups[1].Value ]
                  | other -> failtest $"{other}"

              let asked =
                  set
                      [ for address in window.Asked do
                            if Uri(address).AbsolutePath.StartsWith "/web/" then
                                Uri(address).AbsolutePath.Substring 5 ]

              Expect.isEmpty (asked - named) "all files are named in the page: none is waited for twice"

              Expect.equal
                  [ for line in window.Texts "#node-list li" -> line.Split(' ')[0..1] |> List.ofArray ]
                  [ [ "A"; "folder" ]; [ "B"; "folder" ]; [ "C"; "folder" ] ]
                  "its nodes"

          onRecorded
              "the numbers of the streams and of the chosen one are those of the API"
              "?fleet=desertbus&stream=desertbus/source"
          <| fun window ->
              awaitFleet window
              let answer = api (recorded.Force()) "fleet/streams?fleet=desertbus&totals=true"

              for stream in items answer?streams do
                  let name = $"{stream?channel}/{stream?quality}"
                  let at = window.Texts "#streams tbody a" |> List.findIndex ((=) name)

                  let sum (lengthOf: JsonElement -> JsonElement) =
                      items stream?nodes |> List.sumBy (lengthOf >> decimalOf) |> lengthText

                  Expect.equal
                      (window.Texts $"#streams tbody tr:nth-child({at + 1}) td")
                      [ text stream?status
                        lengthText (decimalOf stream?lost_seconds)
                        lengthText (decimalOf stream?open_seconds)
                        sum (fun node -> node?seconds?fillable)
                        sum (fun node -> node?seconds?withheld)
                        sum (fun node -> node?endangered_seconds)
                        $"{stream?heard} of {stream?expected}" ]
                      name

              let stream =
                  items answer?streams
                  |> List.find (fun it -> text it?channel = "desertbus" && text it?quality = "source")

              for stream in items (api (recorded.Force()) "fleet/streams?fleet=desertbus")?streams do
                  for word in [ "lost"; "open"; "deleted" ] do
                      Expect.equal
                          (decimalOf (stream.GetProperty $"{word}_seconds"))
                          (items (stream.GetProperty word)
                           |> List.sumBy (fun span -> decimalOf span?seconds))
                          $"{stream?channel}: the time that is {word}"

              let words = window.Texts "#fleet-table thead th" |> List.tail

              for at, node in List.indexed (items stream?nodes) do
                  let cells = window.Texts $"#fleet-table tbody tr:nth-child({at + 1}) td"

                  for word, cell in
                      List.zip words cells |> List.filter (fun (word, _) -> word <> "files it lacks") do
                      let found, length = (node?seconds).TryGetProperty word
                      let length = if found then length else node.GetProperty $"{word}_seconds"
                      Expect.equal cell (lengthText (length.GetDecimal())) $"{node?name}: {word}"

              Expect.equal (window.Text "#fleet-status") "lost, 3 of 3 nodes heard" ""

              // The lost span of a minute, on all of the rows.
              finish (window.Page.FocusAsync "#timeline")

              let lost =
                  items
                      (api
                          (recorded.Force())
                          "fleet/words?fleet=desertbus&channel=desertbus&quality=source&words=lost&order=length")?items
                  |> List.head

              let at = text lost?start

              window.Open(
                  window.Page.Url.Split('?')[0]
                  + $"?fleet=desertbus&stream=desertbus/source&start={at}&end={text lost?``end``}"
              )

              awaitFleet window
              finish (window.Page.FocusAsync "#timeline")

              untilText
                  window
                  "what is lost is told"
                  "#facts"
                  $"fleet: lost, {lengthText (decimalOf lost?seconds)}"

              Expect.stringContains
                  window.Told
                  "Search for a copy elsewhere"
                  "with what to do, for those who hear"

          onRecorded
              "another fleet is chosen by its row and stands in the address, and Back shows the first again"
              "?fleet=desertbus"
          <| fun window ->
              awaitFleet window
              window.Click "#fleets tbody tr:nth-child(2) a"
              untilText window "it is shown" "#fleet-name" "two"
              awaitFleet window
              Expect.stringContains (Uri(window.Page.Url).Query) "fleet=two" "the address"
              untilText window "its nodes" "#fleet-status" "2 of 2 nodes heard"
              Expect.equal (window.Texts "#node-list li").Length 2 ""
              window.Click "#streams tbody tr:nth-child(2) a"
              Expect.stringContains (Uri(window.Page.Url).Query) "stream=" "the stream, too"
              wait (window.Page.GoBackAsync()) |> ignore
              wait (window.Page.GoBackAsync()) |> ignore
              untilText window "the first again" "#fleet-name" "desertbus"

              Expect.stringContains
                  (window
                      .Evaluate(
                          "() => JSON.stringify(performance.getEntriesByType('resource').map(it => it.name).filter(it => it.includes('/events')))"
                      )
                      .GetString()
                   |> nonNull)
                  "fleet=two"
                  "its events were listened to"

          onRecorded "there is no such fleet, and no such stream: the page says so" "?fleet=three"
          <| fun window ->
              untilText window "no fleet" "#no-fleet" "There is no fleet named three"
              Expect.equal (window.Texts "#fleets tbody a") [ "desertbus"; "two" ] "those that there are"
              window.Open(window.Page.Url.Split('?')[0] + "?fleet=two&stream=none/source")
              untilText window "no stream" "#no-stream" "not among those of the fleet"

          onRecorded
              "the rows move and zoom by the keys, and N goes to what a node lacks"
              "?fleet=desertbus&stream=desertbus/source"
          <| fun window ->
              awaitFleet window
              finish (window.Page.FocusAsync "#timeline")
              window.Press("0", "Home", "n")
              window.Until("a view of it", "() => location.search.includes('start=')")
              window.AwaitTimeline()
              Expect.isFalse (window.Told.Contains "had by A, B, C") $"some node lacks it: {window.Told}"
              let near = window.Page.Url
              window.Press "-"
              window.Until("zoomed", $"() => location.href !== {JsonSerializer.Serialize near}")
              window.Press "0"
              window.Until("all", "() => !location.search.includes('start=')")

          onRecorded
              "a button copies the list of the files that a node of the fleet lacks"
              "?fleet=two&stream=desertbus/source"
          <| fun window ->
              awaitFleet window
              finish (window.Context.GrantPermissionsAsync [ "clipboard-read"; "clipboard-write" ])
              window.Click "#fleet-table tbody tr:nth-child(1) button"
              untilText window "it is copied" "#fleet-copied" "the list of what A lacks is copied"

              let list =
                  window.Evaluate("() => navigator.clipboard.readText()").GetString() |> nonNull

              match
                  recorded.Force().TryGet
                      "/api/v1/fleet/files?fleet=two&channel=desertbus&quality=source&node=A"
              with
              | Some(200, expected) ->
                  Expect.equal
                      (list.Substring(list.IndexOf '\n'))
                      (expected.Substring(expected.IndexOf '\n'))
                      ""
              | other -> failtest $"{other}"

          testCase
              "what the history says of the chosen stream is shown; where there is none, nothing"
              (fun () ->
                  let service = recorded.Force()

                  let address =
                      $"http://127.0.0.1:{service.Port}/?fleet=desertbus&stream=desertbus/source"

                  onPage service "?fleet=desertbus&stream=desertbus/source" (fun window ->
                      awaitFleet window

                      Expect.isFalse
                          (wait (window.Page.IsVisibleAsync "#history"))
                          "a single process keeps none"

                      let answers path (answer: string) =
                          finish (
                              window.Page.RouteAsync(
                                  $"**/api/v1/fleet/{path}?*",
                                  Action<IRoute>(fun route ->
                                      route.FulfillAsync(
                                          RouteFulfillOptions(
                                              Body = answer,
                                              ContentType = "application/json"
                                          )
                                      )
                                      |> ignore)
                              )
                          )

                      let span node word reason seconds opened closed =
                          $"""{{"channel":"desertbus","quality":"source","node":{node},"word":"{word}","reason":{reason},"start":"2026-11-24T08:34:28.000000Z","end":"2026-11-24T08:34:44.000000Z","seconds":{seconds},"opened":"{opened}","closed":{closed},"became":null}}"""

                      [ span "\"A\"" "fillable" "null" 16 "2026-11-24T10:01:00.000000Z" "null"
                        span "\"A\"" "fillable" "null" 40.5 "2026-11-24T09:01:00.000000Z" "null"
                        span
                            "\"A\""
                            "fillable"
                            "null"
                            9
                            "2026-11-24T08:01:00.000000Z"
                            "\"2026-11-24T08:02:00.000000Z\""
                        span "\"<C>\"" "withheld" "\"marked\"" 4 "2026-11-24T09:30:00.000000Z" "null"
                        span "null" "lost" "null" 61.25 "2026-11-24T09:00:00.000000Z" "null" ]
                      |> String.concat ","
                      |> sprintf """{"truncated":false,"items":[%s]}"""
                      |> answers "history"

                      answers
                          "fill-times"
                          """{"items":[{"word":"pending","node":"B","pieces":12,"seconds":120.5,"least_seconds":12,"median_seconds":60,"nine_of_ten_seconds":300,"greatest_seconds":4000}]}"""

                      window.Open address
                      awaitFleet window
                      window.Until("it is there", "() => !document.getElementById('history').hidden")

                      let rows table =
                          [ for row in window.Texts $"{table} tbody tr" -> row.Split('\t') |> List.ofArray ]

                      let withoutAge = rows "#standing" |> List.map (List.removeAt 3)

                      Expect.equal
                          withoutAge
                          [ [ "(the stream)"; "lost"; "2026-11-24 09:00"; "1"; "1 min 1.25 s" ]
                            [ "A"; "fillable"; "2026-11-24 09:01"; "2"; "56.5 s" ]
                            [ "<C>"; "withheld (marked)"; "2026-11-24 09:30"; "1"; "4 s" ] ]
                          "what stands, the oldest first; what is closed is not counted"

                      Expect.equal
                          (rows "#waits")
                          [ [ "B"
                              "pending"
                              "12"
                              "2 min 0.5 s"
                              "12 s"
                              "1 min 0 s"
                              "5 min 0 s"
                              "1 h 6 min" ] ]
                          "the waits"

                      Expect.isEmpty window.Violations "for everybody"))

          onRecorded
              "everybody can read it: in the light, in the dark, and on a phone"
              "?fleet=desertbus&stream=desertbus/source"
          <| fun window ->
              awaitFleet window
              Expect.isEmpty window.Violations "in the light"
              finish (window.Page.EmulateMediaAsync(PageEmulateMediaOptions(ColorScheme = ColorScheme.Dark)))
              Expect.isEmpty window.Violations "in the dark"
              finish (window.Page.SetViewportSizeAsync(360, 740))
              window.AwaitTimeline()
              Expect.isEmpty window.Violations "on a phone"

              Expect.isTrue
                  (window.Evaluate("() => document.documentElement.scrollWidth <= innerWidth").GetBoolean())
                  "nothing is wider than the phone"

          archiveTest
              "a node that becomes unknown is shown so, with what it did not answer, and what changes is shown without a reload"
          <| fun folder ->
              folder.Files(
                  $"A/c/source/{hour}",
                  whole |> List.filter (fun name -> not (name.StartsWith "00:40"))
              )

              folder.Files($"B/c/source/{hour}", whole)
              use service = serve folder [ "f", [ "A"; "B" ] ] [ "--stale-after"; "2" ]

              onPage service "?fleet=f" (fun window ->
                  awaitFleet window
                  untilText window "fillable" "#fleet-status" "fillable, 2 of 2 nodes heard"
                  folder.File($"A/c/source/{hour}/{whole[4]}", 0L)
                  untilText window "whole" "#fleet-status" "whole, 2 of 2 nodes heard"
                  untilText window "in the list, too" "#streams td.status" "whole"
                  Directory.Move(folder.At "B", folder.At "gone")
                  untilText window "it is unknown" "#node-list [data-known=false]" "B folder"
                  untilText window "the error" "#node-list [data-known=false] .trouble" "there is no folder"
                  untilText window "the rows" "#fleet-status" "unknown, 1 of 2 nodes heard"
                  untilText window "the fleet" "#fleets td.status" "unknown"
                  untilText window "what follows" "#fleet-note" "What B has is unknown"
                  untilText window "beside the connection" "#live" "connected, but 1 node is unknown"

                  window.Until(
                      "the row says so",
                      "() => /B: unknown/.test(document.getElementById('timeline').ariaLabel)"
                  )

                  Directory.Move(folder.At "gone", folder.At "B")
                  untilText window "it is back" "#fleet-status" "whole, 2 of 2 nodes heard")

          archiveTest "when the service is gone the page says so, and when it is back it goes on"
          <| fun folder ->
              folder.Files($"A/c/source/{hour}", whole)
              let service = serve folder [ "f", [ "A" ] ] []

              onPage service "" (fun window ->
                  awaitFleet window
                  service.Signal 9
                  untilText window "lost" "#live" "connection lost, trying again"
                  window.Until("it is marked", "() => document.body.classList.contains('old')"))

              (service :> IDisposable).Dispose()

          archiveTest "names with any characters are text, and choose what they name"
          <| fun folder ->
              let names = [ "<b>x</b>"; "a&fleet=\"b'#?+%"; "\u202Eשלום" ]
              let channel = "<img src=x onerror=alert(1)>&\"'"
              folder.Files($"A/{channel}/source/{hour}", whole)
              use service = serve folder [ for name in names -> name, [ "A" ] ] []

              onPage service "" (fun window ->
                  awaitFleet window
                  Expect.equal (window.Texts "#fleets tbody a" |> List.sort) (List.sort names) "as they are"

                  for at in 1..3 do
                      window.Click $"#fleets tbody tr:nth-child({at}) a"
                      let name = List.item (at - 1) (window.Texts "#fleets tbody a")
                      untilText window "it is shown" "#fleet-name" name
                      awaitFleet window
                      window.Open window.Page.Url
                      awaitFleet window
                      Expect.equal (window.Text "#fleet-name") name "by its address, too"
                      Expect.equal (window.Text "#stream-name") $"{channel}/source" "the stream"

                  Expect.equal (wait (window.Page.Locator("main img, main b").CountAsync())) 0 "no HTML")

          archiveTest "of 200 streams those are listed that fit what is written, and one is chosen by keys"
          <| fun folder ->
              for i in 0..199 do
                  folder.Files($"A/c%03d{i}/source/{hour}", (if i = 77 then List.truncate 3 whole else whole))
                  folder.Files($"B/c%03d{i}/source/{hour}", whole)

              use service = serve folder [ "f", [ "A"; "B" ] ] []

              onPage service "" (fun window ->
                  awaitFleet window
                  untilText window "how many" "#streams-count" "200 streams"

                  Expect.equal
                      (List.head (statuses window "#streams"))
                      ("c077/source", "fillable")
                      "the worst first"

                  Expect.equal (window.Text "#stream-name") "c077/source" "it is shown"
                  finish (window.Page.FillAsync("#find", "c12 whole"))
                  untilText window "some" "#streams-count" "10 of 200 streams"
                  Expect.equal (window.Texts "#streams tbody a") [ for i in 120..129 -> $"c{i}/source" ] ""
                  finish (window.Page.FocusAsync "#streams tbody tr:nth-child(3) a")
                  window.Press "Enter"
                  untilText window "it is chosen" "#stream-name" "c122/source"
                  Expect.isEmpty window.Violations "for everybody") ]
