/// The page with the maps of all nodes: what is in it, where the nodes come from, and what a browser makes of it.
module Coverage.Tests.PageTests

open System
open System.IO
open System.Net
open System.Text.RegularExpressions
open System.Threading
open Expecto
open Microsoft.Playwright
open Coverage.CommandLine
open Coverage
open Coverage.Host
open Coverage.Tests.Browser
open Coverage.Tests.Sandbox

let private pageOf (archive: Folder) =
    archive.At "coverage-maps/c_source_coverage.html"

/// The page as it is now, or an empty text. Unlike a web server, .NET heeds the lock that it has while it is written.
let rec private page (archive: Folder) : string =
    try
        if File.Exists(pageOf archive) then
            File.ReadAllText(pageOf archive)
        else
            ""
    with :? IOException ->
        Thread.Sleep 5
        page archive

let private find (pattern: string) (page: string) =
    [ for found in Regex.Matches(page, pattern) -> WebUtility.HtmlDecode found.Groups[1].Value ]

/// What the page shows: each node with the address of its map.
let private shown (page: string) =
    List.zip (find "<figcaption><bdi>(.*)</bdi>" page) (find "<img src=\"([^\"]*)\"" page)

/// A service that writes pages ten times a second.
let private serve (archive: Folder) args =
    CheckTests.layOutExample "c" archive
    new Service(archive, "--make-page" :: args)

[<Tests>]
let pages =
    testList
        "the page"
        [ archiveTest "without a database it shows the local map alone, by its name"
          <| fun archive ->
              use service = serve archive []
              eventually "a page" (fun () -> page archive <> "")
              Expect.equal (shown (page archive)) [ "this node", "c_source_coverage.png" ] ""
              Expect.isEmpty (find "class=\"note\">(.*)</p>" (page archive)) ""

          archiveTest "it is written anew when it changes or is gone, and only then"
          <| fun archive ->
              use service = serve archive []
              eventually "a page" (fun () -> page archive <> "")
              File.SetLastWriteTimeUtc(pageOf archive, DateTime(2000, 1, 1))
              service.AwaitRound()

              Expect.equal
                  (File.GetLastWriteTimeUtc(pageOf archive))
                  (DateTime(2000, 1, 1))
                  "not written again"

              archive.Files("c/source/2025-11-07T19", [ "00:00.0-5-full-.ts" ])
              eventually "the new hour" (fun () -> (page archive).Contains "2025-11-07 18:00 to 20:00 UTC")
              File.Delete(pageOf archive)
              eventually "again" (fun () -> page archive <> "")

          archiveTest "the time axis marks the hours of the map"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T22", [ "00:00.0-3600-full-.ts" ])
              archive.Files("c/source/2025-11-08T03", [ "00:00.0-3600-full-.ts" ])

              use service =
                  serve archive [ "--first-hour"; "2025-11-07T21"; "--last-hour"; "2025-11-08T03" ]

              eventually "a page" (fun () -> (page archive).Contains "<time")

              // Seven hours, marked as densely as a phone has room for.
              let marks = find "<time style=\"left: ([^<]*)</time>" (page archive)

              Expect.equal
                  marks
                  [ for at, label in [ "14.2857", "22:00"; "42.8571", "8 Nov"; "71.4286", "02:00" ] ->
                        $"{at}%%\">{label}" ]
                  ""

              Expect.stringContains
                  (page archive)
                  "2025-11-07 21:00 to 2025-11-08 04:00 UTC"
                  "to the end of the last"

              Expect.stringContains (page archive) "data-columns=\"42\"" ""

          archiveTest "a stream with nothing in the range has a white map of the range, and the page shows it"
          <| fun archive ->
              use service =
                  serve
                      archive
                      [ "--first-hour"
                        "1969-12-31T00:00:00Z"
                        "--last-hour"
                        "1970-01-07T00:00:00Z" ]

              eventually "a page" (fun () -> page archive <> "")
              let picture = Png.readFile (archive.At "coverage-maps/c_source_coverage.png")
              Expect.equal (picture.Width, picture.Height) ((6 * 24 + 1) * 6, 300) ""
              Expect.allEqual (Png.cells picture) Png.White ""

              Expect.stringContains (page archive) "1970-01-01 00:00 to 1970-01-07 01:00 UTC" ""

          archiveTest
              "without a range a stream of which nothing is known has neither map nor page, until it has both"
          <| fun archive ->
              archive.Files("d/source/2025-11-07T18", [ "bad.ts" ])
              use service = serve archive []
              eventually "the other's page" (fun () -> page archive <> "")
              service.AwaitRound()

              let ofD =
                  [ "png"; "html" ]
                  |> List.map (fun kind -> archive.At $"coverage-maps/d_source_coverage.{kind}")

              Expect.isFalse (List.exists File.Exists ofD) ""
              archive.Files("d/source/2025-11-07T18", [ "00:00.0-5-full-.ts" ])
              eventually "both" (fun () -> List.forall File.Exists ofD)

          archiveTest "a range too long for a map, in which all is missing, has no map, and the log says why"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "bad.ts" ])
              let range = [ "--first-hour"; "1970-01-01T00"; "--last-hour"; "9998-12-31T23" ]

              let result =
                  run ([ "serve"; "--base-dir"; archive.Path; "--run-once"; "--make-page" ] @ range)

              Expect.equal result.ExitCode 73 result.Error
              Expect.stringContains result.Error "would be longer than 87600 hours" ""
              Expect.isFalse (File.Exists(archive.At "coverage-maps/c_source_coverage.png")) ""

          archiveTest "there is no page to a map that cannot be written"
          <| fun archive ->
              Directory.CreateDirectory(archive.At "coverage-maps/c_source_coverage.png")
              |> ignore

              use service = serve archive []
              let failures = [ "channel", "c"; "quality", "source"; "kind", "map" ]

              service.Await(
                  "a failure",
                  fun metrics -> sample "segment_coverage_failures_total" failures metrics > Some 0.0
              )

              service.AwaitRound()
              Expect.equal (page archive) "" ""

          archiveTest "a page that cannot be written is logged and counted, and the check goes on"
          <| fun archive ->
              Directory.CreateDirectory(pageOf archive) |> ignore
              use service = serve archive []
              let failures = [ "channel", "c"; "quality", "source"; "kind", "page" ]

              service.Await(
                  "a failure",
                  fun metrics -> sample "segment_coverage_failures_total" failures metrics > Some 0.0
              )

              service.AwaitRound()
              Expect.isTrue (service.WholeLog |> List.exists _.Contains("c/source: no page")) ""

          archiveTest "--run-once waits for the page"
          <| fun archive ->
              CheckTests.layOutExample "c" archive

              let result =
                  run [ "serve"; "--base-dir"; archive.Path; "--run-once"; "--make-page" ]

              Expect.equal result.ExitCode 0 result.Error
              Expect.isNonEmpty (shown (page archive)) "" ]

[<Tests>]
let nodes =
    testList
        "the page's nodes"
        [ archiveTest "are those that back-filling uses, by name, and follow the table"
          <| fun archive ->
              let table = NodesTable()
              table.Add("b", "https://b.example/")
              table.Add("B", "http://b.example:8080/x y?z#w")
              table.Add("a", "http://me:secret@a.example")
              table.Add("no", "http://no.example")
              table.Run "UPDATE nodes SET backfill_from = FALSE WHERE name = 'no'"
              use service = serve archive [ "--connection-string"; table.ConnectionString ]
              eventually "the nodes" (fun () -> (shown (page archive)).Length = 3)
              let map = "segments/coverage-maps/c_source_coverage.png"

              Expect.equal
                  (shown (page archive))
                  [ "B", $"http://b.example:8080/x%%20y/{map}"
                    "a", $"http://a.example/{map}"
                    "b", $"https://b.example/{map}" ]
                  ""

              table.Run "DELETE FROM nodes WHERE name <> 'a'; UPDATE nodes SET url = 'http://c.example'"

              eventually "the change" (fun () -> shown (page archive) = [ "a", $"http://c.example/{map}" ])

              table.Run "DELETE FROM nodes"

              eventually "the local map when there is none" (fun () ->
                  shown (page archive) = [ "this node", "c_source_coverage.png" ])

              Expect.isNonEmpty (find "class=\"note\">(.*)</p>" (page archive)) "and the reason"

          test "their maps lie where this one's lies in its base; of a folder outside, its name" {
              let address (folder: string) =
                  match
                      Arguments.Parse(
                          [| "serve"; "--base-dir"; "/mnt"; "--output-dir"; folder |],
                          fun _ -> null
                      )
                  with
                  | Outcome.Run options ->
                      let nodes = [ Node("n", "http://n", true) ]

                      MapPage.Html(options, StreamName("a:/b", "ü%"), null, nodes, null)
                      |> find "<img src=\"([^\"]*)\""
                      |> List.exactlyOne
                  | other -> failtestf "%A" other

              let file = "a%3A_b_%C3%BC%25_coverage.png"

              for folder, expected in
                  [ "coverage-maps", "coverage-maps/"
                    "x/y z", "x/y%20z/"
                    "/mnt/x/", "x/"
                    ".", ""
                    "/srv/maps", "maps/"
                    "../maps/", "maps/" ] do
                  Expect.equal (address folder) $"http://n/segments/{expected}{file}" folder
          }

          archiveTest "a locked table holds up no check; one warning; the page follows when it is free"
          <| fun archive ->
              let table = NodesTable()
              let locked = table.Lock()
              use service = serve archive [ "--connection-string"; table.ConnectionString ]
              service.AwaitReady()

              for _ in 1..3 do
                  service.AwaitRound()

              Expect.isEmpty (shown (page archive)) "no answer yet"

              locked.Dispose()
              table.Add("a", "http://a.example")
              eventually "the node" (fun () -> (shown (page archive) |> List.map fst) = [ "a" ])

          archiveTest "without the table, or with a wrong password, there is one warning and the local map"
          <| fun archive ->
              let server = PrivatePostgres.Shared
              let right = libpq server.ConnectionString

              for text, why in
                  [ right, "nodes"
                    Regex.Replace(right, "://(.*):.*@", "://$1:hunter2@"), "password" ] do
                  tool [ "rm"; "-rf"; archive.At "coverage-maps" ]
                  use service = serve archive [ "--connection-string"; text ]
                  eventually "a page" (fun () -> page archive <> "")
                  Expect.equal (shown (page archive)) [ "this node", "c_source_coverage.png" ] ""

                  for _ in 1..3 do
                      service.AwaitRound()

                  let warnings =
                      service.WholeLog
                      |> List.filter _.Contains("cannot read the nodes from the database")

                  Expect.hasLength warnings 1 ""
                  Expect.stringContains warnings.Head why ""
                  Expect.isFalse (service.Log |> List.exists _.Contains("hunter2")) ""

          archiveTest "outlive the server's stop: the last known ones stay, and follow again after its start"
          <| fun archive ->
              // Asked of the shared server, which itself must not be stopped.
              let shared = PrivatePostgres.Shared

              let bin =
                  shared.Psql([ "--command=SELECT setting FROM pg_config WHERE name = 'BINDIR'" ]).Trim()

              use cluster = new Folder()
              let data, port = cluster.At "data", freePort ()

              let asUser =
                  if Environment.IsPrivilegedProcess then
                      tool [ "chown"; "-R"; "65534:65534"; cluster.Path ]
                      asNobody
                  else
                      []

              // Reached through its socket, which its folder names.
              let control (words: string list) =
                  tool (asUser @ [ "sh"; "-c"; "cd / && exec \"$@\" >/dev/null"; "sh" ] @ words)

              let start () =
                  control
                      [ Path.Combine(bin, "pg_ctl")
                        "--pgdata=" + data
                        "--log=" + cluster.At "log"
                        $"--options=-p {port} -c listen_addresses= -c unix_socket_directories={cluster.Path} -c fsync=off"
                        "start" ]

              let stop () =
                  control [ Path.Combine(bin, "pg_ctl"); "--pgdata=" + data; "--mode=immediate"; "stop" ]

              let sql (text: string) =
                  control
                      [ Path.Combine(bin, "psql")
                        "--host=" + cluster.Path
                        $"--port={port}"
                        "--username=postgres"
                        "--command=" + text ]

              control
                  [ Path.Combine(bin, "initdb")
                    "--pgdata=" + data
                    "--username=postgres"
                    "--auth=trust"
                    "--no-sync"
                    "--locale=C"
                    "--encoding=UTF8" ]

              start ()

              try
                  sql "CREATE TABLE nodes (name TEXT PRIMARY KEY, url TEXT NOT NULL, backfill_from BOOLEAN)"
                  sql "INSERT INTO nodes VALUES ('a', 'http://a', TRUE), ('unused', 'http://u', NULL)"

                  use service =
                      serve
                          archive
                          [ "--connection-string"
                            $"host={cluster.Path} port={port} user=postgres dbname=postgres" ]

                  let names () = shown (page archive) |> List.map fst

                  let notes () =
                      find "class=\"note\">(.*)</p>" (page archive)

                  let warnings () =
                      service.WholeLog
                      |> List.filter _.Contains("cannot read the nodes from the database")
                      |> List.length

                  eventually "the node" (fun () -> names () = [ "a" ])
                  Expect.equal (notes (), warnings ()) ([], 0) ""

                  for time in 1..2 do
                      stop ()
                      eventually "that they are the last known ones" (fun () -> notes () <> [])
                      Expect.equal (names ()) (List.take time [ "a"; "b"; "c" ]) ""

                      for _ in 1..3 do
                          service.AwaitRound()

                      Expect.equal (warnings ()) time "one each time"
                      start ()
                      let next = List.item time [ "a"; "b"; "c" ]
                      sql $"INSERT INTO nodes VALUES ('{next}', 'http://n', TRUE)"
                      eventually "the new node" (fun () -> (names ()).Length = time + 1 && notes () = [])
              finally
                  stop () ]

/// A web server that gives out a folder under /segments/, as a node does, with the page as it is at each time.
type private Web(folder: Folder) =
    let port = freePort ()
    let listener = new HttpListener()
    let asked = Collections.Concurrent.ConcurrentQueue<string>()
    let mutable before: string -> unit = ignore

    do
        listener.Prefixes.Add $"http://127.0.0.1:{port}/"
        listener.Start()

        Thread(
            (fun () ->
                try
                    while true do
                        let context = listener.GetContext()
                        let path = (nonNull context.Request.Url).LocalPath
                        before path
                        asked.Enqueue((nonNull context.Request.Url).PathAndQuery)
                        use response = context.Response
                        let file = folder.At(path.Substring(path.LastIndexOf "/segments/" + 10))

                        if path.Contains "/segments/" && File.Exists file then
                            response.ContentType <- if file.EndsWith ".png" then "image/png" else "text/html"

                            response.OutputStream.Write(File.ReadAllBytes file)
                        else
                            response.StatusCode <- 404
                with
                | :? HttpListenerException
                | :? ObjectDisposedException -> ()),
            IsBackground = true
        )
            .Start()

    member _.Root = $"http://127.0.0.1:{port}"

    /// What was asked for.
    member _.Asked = List.ofSeq asked

    /// Called with each request before its answer.
    member _.BeforeAnswer
        with set value = before <- value

    interface IDisposable with
        member _.Dispose() = listener.Close()

/// What Chromium makes of a page after some seconds of its own time.
let private browse (profile: Folder) (seconds: int) (action: string list) (address: string) =
    if not (canRun [ "chromium"; "--version" ]) then
        skiptest "needs chromium"

    outputOf (
        [ "chromium"
          "--headless"
          "--no-sandbox"
          "--disable-gpu"
          "--disable-dev-shm-usage"
          "--hide-scrollbars"
          "--user-data-dir=" + profile.Path
          $"--virtual-time-budget={seconds * 1000}" ]
        @ action
        @ [ address ]
    )

let private optionsOf (archive: Folder) =
    match Arguments.Parse([| "serve"; "--base-dir"; archive.Path |], fun _ -> null) with
    | Outcome.Run options -> options
    | other -> failtestf "%A" other

[<Tests>]
let browser =
    testList
        "the page in a browser"
        [ archiveTest "whatever channels and nodes are called is shown as text and runs nothing"
          <| fun archive ->
              use profile = new Folder()
              use web = new Web(archive)
              let run = "document.title='obeyed'"

              let hostile =
                  [ $"<script>{run}</script>"
                    $"\"'><img src=x onerror={run}>"
                    "</title></style>&lt;" ]

              for name in hostile do
                  archive.Files("x/source/2025-11-07T18", [])

                  let nodes =
                      [ Node(name, web.Root + "/\"onerror=\"" + run, true)
                        Node(name, "javascript:" + run, true)
                        Node(name, "data:text/html," + name, true)
                        Node(name, name, true)
                        Node(name, "http://" + name, true) ]

                  let html =
                      MapPage.Html(
                          optionsOf archive,
                          StreamName(name.Replace('/', ' '), name),
                          null,
                          nodes,
                          name
                      )

                  Directory.CreateDirectory(archive.At "coverage-maps") |> ignore
                  File.WriteAllText(archive.At "coverage-maps/p.html", html)

                  let dom =
                      browse profile 40 [ "--dump-dom" ] (web.Root + "/segments/coverage-maps/p.html")

                  let title = find "<title>(.*)</title>" dom |> List.exactlyOne
                  Expect.equal title $"{name.Replace('/', ' ')}/{name}: coverage" "not that of a script"
                  Expect.hasLength (find "<script>(\\n)" dom) 1 "ours alone"
                  Expect.equal (find "<figcaption><bdi>(.*)</bdi>" dom) [ for _ in nodes -> name ] "as text"
                  Expect.hasLength (find "<img (src=\"http)" dom) 1 "the one address of the web"

          archiveTest "pictures load, are fetched again, and a change of the nodes appears, without a reload"
          <| fun archive ->
              use profile = new Folder()
              use web = new Web(archive)
              CheckTests.layOutExample "c" archive
              tool [ executable; "map"; "c"; "--base-dir"; archive.Path ]
              let options, stream = optionsOf archive, StreamName("c", "source")
              let hour = (Coverage.Hour.tryParse "2025-11-07T18").Value |> int
              let axis = TimeAxis(hour, hour, 6)

              let write (nodes: string list) (axis: TimeAxis) =
                  let nodes = [ for name in nodes -> Node(name, web.Root, true) ]

                  File.WriteAllText(pageOf archive, MapPage.Html(options, stream, axis, nodes, null))

              let address = web.Root + "/segments/coverage-maps/c_source_coverage.html"
              write [ "a"; "b" ] axis
              let dom = browse profile 40 [ "--dump-dom" ] address

              Expect.hasLength
                  (find "<figure style=\"[^\"]*\"(|.class=\"\")>" dom)
                  2
                  "neither missing nor of another time"

              Expect.isTrue
                  (web.Asked |> List.exists (fun asked -> Regex.IsMatch(asked, @"\.png\?\d+$")))
                  "fetched again past any cache"

              write [ "a" ] (TimeAxis(hour, hour + 1, 12))
              let dom = browse profile 5 [ "--dump-dom" ] address

              Expect.hasLength
                  (find "<figure style=\"[^\"]*\" class=\"(differs)\">" dom)
                  1
                  "its axis would be wrong"

              // The first answer is this one; the other is there when the script asks.
              write [ "a"; "b" ] axis
              let before = web.Asked.Length

              web.BeforeAnswer <-
                  fun path ->
                      if path.EndsWith ".html" && List.contains path (List.skip before web.Asked) then
                          write [ "a"; "b"; "z" ] axis

              let dom = browse profile 40 [ "--dump-dom" ] address
              Expect.equal (find "<figcaption><bdi>(.*)</bdi>" dom) [ "a"; "b"; "z" ] "without a reload" ]

[<Tests>]
let access =
    testSequencedGroup "browser"
    <| testList
        "the page for everybody"
        [ archiveTest "a small map fills its room by whole pixels, and what is outside the extent is grey"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "20:00.0-1200-full-.ts"; "55:00.0-60-full-.ts" ])
              archive.Files("c/source/2025-11-07T19", [ "00:00.0-620-full-.ts" ])
              use web = new Web(archive)
              tool (itself @ [ "serve"; "--base-dir"; archive.Path; "--run-once"; "--make-page" ])

              for width, column in [ 1200, 64; 400, 30 ] do
                  use window =
                      openWindow (
                          BrowserNewContextOptions(ViewportSize = ViewportSize(Width = width, Height = 900))
                      )

                  window.Open(web.Root + "/segments/coverage-maps/c_source_coverage.html")
                  let left, top, wide, high = window.Box "img"
                  Expect.equal (wide, high) (float (12 * column), 600.0) $"{width}"

                  let beyond =
                      [ for it in
                            items (
                                window.Evaluate
                                    "() => [...document.querySelectorAll('#maps .beyond')].map(it => { const box = it.getBoundingClientRect(); return [box.left, box.top, box.width, box.height] })"
                            ) -> [ for it in items it -> it.GetDouble() ] ]

                  let column = float column

                  Expect.equal
                      beyond
                      [ [ left; top; 2.0 * column; 600.0 ]
                        [ left + 7.0 * column; top + 20.0; column; 580.0 ]
                        [ left + 8.0 * column; top; 4.0 * column; 600.0 ] ]
                      "18:00 to 18:20, and after 19:10:20"

                  Expect.stringContains (window.Text "#maps") "2025-11-07 18:00 to 20:00 UTC" ""

          for scheme in [ ColorScheme.Light; ColorScheme.Dark ] do
              archiveTest $"the keyboard alone scrolls a wide map, and axe finds nothing wrong, {scheme}"
              <| fun archive ->
                  CheckTests.layOutExample "c" archive
                  use web = new Web(archive)

                  tool
                      [ executable
                        "map"
                        "c"
                        "--base-dir"
                        archive.Path
                        "--last-hour"
                        "2025-11-30T00" ]

                  let first = (Coverage.Hour.tryParse "2025-11-07T18").Value |> int
                  let last = (Coverage.Hour.tryParse "2025-11-30T00").Value |> int
                  let axis = TimeAxis(first, last, (last - first + 1) * 6)

                  File.WriteAllText(
                      pageOf archive,
                      MapPage.Html(optionsOf archive, StreamName("c", "source"), axis, null, null)
                  )

                  use window = openWindow (BrowserNewContextOptions(ColorScheme = scheme))
                  window.Open(web.Root + "/segments/coverage-maps/c_source_coverage.html")
                  Expect.equal window.Violations [] ""
                  window.Press "Tab"

                  Expect.equal
                      (text (window.Evaluate "() => document.activeElement.id"))
                      "maps"
                      "the first stop"

                  Expect.equal
                      (text (window.Evaluate "() => maps.getAttribute('role') + ' ' + maps.ariaLabel"))
                      "region maps, to scroll sideways"
                      "named"

                  window.Press "ArrowRight"
                  window.Until("it has scrolled", "() => maps.scrollLeft > 0") ]
