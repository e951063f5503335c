/// The rules and the dashboard in monitoring/, tried by promtool, and by a real Prometheus that scrapes the real service
/// while a stream is being recorded.
module Coverage.Tests.MonitoringTests

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Http
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open System.Threading
open Expecto
open Coverage.Tests.Sandbox

let private repository = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))
let private at (relative: string) = Path.Combine(repository, relative)
let private rules = File.ReadAllText(at "monitoring/rules.yml")
let private ruleTests = File.ReadAllText(at "monitoring/rules.test.yml")
let private operations = File.ReadAllText(at "docs/operations.md")

let private needs (program: string) =
    if not (canRun [ program; "--version" ]) then
        skiptest $"needs {program}"

let private promtool (words: string list) : Run =
    needs "promtool"
    runBy ("promtool" :: words) [] []

/// The alerts, each with the text of its rule.
let private alerts: (string * string) list =
    let rule = @"- alert: (\w+)\n((?: {8}.*\n)*)"

    [ for found in Regex.Matches(rules, rule) -> found.Groups[1].Value, found.Groups[2].Value ]

/// The part of a link after the #, as a heading's text makes it.
let private anchor (heading: string) =
    Regex.Replace(heading.ToLowerInvariant(), "[^a-z0-9 -]", "").Replace(' ', '-')

[<Tests>]
let files =
    testList
        "the monitoring rules"
        [ testCase "promtool check rules accepts them"
          <| fun () ->
              let result = promtool [ "check"; "rules"; at "monitoring/rules.yml" ]
              Expect.equal result.ExitCode 0 $"{result}"

          testCase "promtool test rules: they fire where they must, and only there"
          <| fun () ->
              let result = promtool [ "test"; "rules"; at "monitoring/rules.test.yml" ]
              Expect.equal result.ExitCode 0 $"{result}"

          testCase "for every alert there is a case in which it fires and one in which it does not"
          <| fun () ->
              Expect.isNonEmpty alerts ""

              for name, _ in alerts do
                  let outcome = @"alertname: " + name + @"\n +eval_time: \S+\n +exp_alerts:(.*)\n"

                  let outcomes =
                      [ for found in Regex.Matches(ruleTests, outcome) -> found.Groups[1].Value ]

                  Expect.contains outcomes "" $"{name} fires"
                  Expect.contains outcomes " []" $"{name} does not"

          testCase "every alert names its stream, and its hour where its series have one"
          <| fun () ->
              for name, rule in alerts do
                  let summary =
                      Regex.Match(rule, @"summary: ((?:.|\n)*?)\n +runbook_url").Groups[1].Value

                  if
                      not (
                          List.contains
                              name
                              [ "CoverageServiceDown"; "CoverageNothingRead"; "CoverageFleetNodeUnknown" ]
                      )
                  then
                      Expect.stringContains summary "{{ $labels.channel }}/{{ $labels.quality }}" name

                  if Regex.IsMatch(rule, "raw_holes|segment_count|_hour:") then
                      Expect.stringContains summary "hour {{ $labels.hour }}" name

          testCase "every alert has its section in docs/operations.md, and every section its alert"
          <| fun () ->
              let sections =
                  [ for heading in Regex.Matches(operations, "(?m)^### (Coverage.*)$") ->
                        anchor heading.Groups[1].Value ]

              let linked =
                  [ for _, rule in alerts ->
                        let link = Regex.Match(rule, @"runbook_url: (\S+)#(\S+)")
                        Expect.isTrue (File.Exists(at link.Groups[1].Value)) link.Value
                        link.Groups[2].Value ]

              Expect.equal linked sections "in the same order"

          testCase "every link within docs/operations.md leads somewhere"
          <| fun () ->
              let headings =
                  [ for heading in Regex.Matches(operations, "(?m)^#+ (.*)$") ->
                        anchor heading.Groups[1].Value ]

              for link in Regex.Matches(operations, @"\]\(#([^)]*)\)") do
                  Expect.contains headings link.Groups[1].Value ""

              for link in Regex.Matches(operations, @"\]\(([^#)]+)\)") do
                  Expect.isTrue (File.Exists(at ("docs/" + link.Groups[1].Value))) link.Value ]

/// The options with which a service compares its archive with itself.
let private aFleet (archive: Folder) =
    [ "--fleet"; "--self"; "A"; "--node"; $"B={archive.Path}" ]

let private awaitFleet (service: Service) =
    service.Await("the fleet", Map.exists (fun (name, _) _ -> name = "segment_coverage_fleet_lost_seconds"))

[<Tests>]
let scrape =
    testList
        "what is scraped"
        [ archiveTest
              "promtool check metrics objects to nothing but the inherited names, and a count of hours that it takes for a unit"
          <| fun archive ->
              needs "promtool"
              CheckTests.layOutExample "c" archive
              use service = new Service(archive, aFleet archive)
              awaitFleet service

              match service.TryGet "/metrics" with
              | Some(200, text) ->
                  let file = archive.At "metrics"
                  File.WriteAllText(file, text)

                  let result = runBy [ "sh"; "-c"; "promtool check metrics < \"$0\""; file ] [] []

                  let objected =
                      result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                      |> Array.map (fun line -> line.Split(' ')[0])

                  Expect.equal
                      (List.sort (List.ofArray objected))
                      [ "overlap_count"; "segment_count"; "segment_coverage_unread_hours" ]
                      result.Error
              | other -> failtestf "%A" other

          archiveTest "docs/operations.md tells what every metric of ours means"
          <| fun archive ->
              CheckTests.layOutExample "c" archive
              use service = new Service(archive, aFleet archive)
              awaitFleet service

              for name in service.Metrics.Keys |> Seq.map fst |> Seq.distinct do
                  if not (Regex.IsMatch(name, "^(process|dotnet)_")) then
                      let short = name.Replace("segment_coverage_", "")
                      Expect.stringContains operations $"`{short}`" "" ]

/// A stream that is being recorded: a segment for each second that is over, while the recorder is not failing.
type private Recorder(archive: Folder, channel: string) =
    let lost = List<DateTime>()
    let mutable failing = false
    let mutable stopping = false

    let write (second: DateTime) =
        let time (format: string) = second.ToString format
        archive.File($"""{channel}/source/{time "yyyy-MM-ddTHH"}/{time "mm:ss"}.0-1-full-.ts""", 0L)

    let record () =
        let now = DateTime.UtcNow

        let mutable next =
            DateTime(now.Ticks - now.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc).AddSeconds -30.0

        while not stopping do
            while next.AddSeconds 1.0 <= DateTime.UtcNow do
                if failing then lost.Add next else write next
                next <- next.AddSeconds 1.0

            Thread.Sleep 100

    let thread = Thread record
    do thread.Start()

    /// Loses three seconds.
    member _.Fail() : unit =
        failing <- true
        eventually "a loss" (fun () -> lost.Count >= 3)
        failing <- false

    /// Writes what was lost, as a back-filler does.
    member _.Fill() : unit = List.ofSeq lost |> List.iter write

    interface IDisposable with
        member _.Dispose() =
            stopping <- true
            thread.Join()

let private http = new HttpClient(Timeout = TimeSpan.FromSeconds 60.0)

/// Reads what a process writes: a full pipe without a reader would stop it.
let private readAway (running: System.Diagnostics.Process) =
    running.OutputDataReceived.Add ignore
    running.ErrorDataReceived.Add ignore
    running.BeginOutputReadLine()
    running.BeginErrorReadLine()

/// A Prometheus of our own, with our rules, that scrapes a port of this machine. Times in the rules are made shorter.
type private Prometheus(scraped: int) =
    let folder = new Folder()
    let port = freePort ()

    let running =
        let shorter =
            Regex.Replace(rules, @"(?m)^( +(?:for|interval): )\d+[smhd]$", "${1}1s")

        File.WriteAllText(folder.At "rules.yml", shorter)

        File.WriteAllLines(
            folder.At "prometheus.yml",
            [ "rule_files: [rules.yml]"
              "scrape_configs:"
              "  - job_name: any"
              "    scrape_interval: 500ms"
              "    static_configs:"
              $"      - targets: ['127.0.0.1:{scraped}']" ]
        )

        start
            []
            [ "prometheus"
              "--config.file"
              folder.At "prometheus.yml"
              "--storage.tsdb.path"
              folder.At "data"
              "--web.listen-address"
              $"127.0.0.1:{port}" ]

    do readAway running

    let get (path: string) =
        use answer = http.GetAsync($"http://127.0.0.1:{port}{path}").Result
        let text = answer.Content.ReadAsStringAsync().Result

        if not answer.IsSuccessStatusCode then
            failtest $"{path}: {text}"

        (JsonElement.Parse text)?data

    member _.AwaitReady() : unit =
        eventually "a Prometheus" (fun () ->
            try
                use answer = http.GetAsync($"http://127.0.0.1:{port}/-/ready").Result
                answer.IsSuccessStatusCode
            with :? AggregateException ->
                false)

    /// The samples that an expression has now.
    member _.Query(expression: string) : JsonElement list =
        items (get $"/api/v1/query?query={Uri.EscapeDataString expression}")?result

    /// The alerts of a name that are firing for a channel.
    member _.Firing(name: string, channel: string) : JsonElement list =
        items (get "/api/v1/alerts")?alerts
        |> List.filter (fun alert ->
            let labels = alert?labels

            text alert?state = "firing"
            && text labels?alertname = name
            && text labels?channel = channel)

    interface IDisposable with
        member _.Dispose() =
            running.Kill(entireProcessTree = true)
            running.WaitForExit()
            running.Dispose()
            (folder :> IDisposable).Dispose()

/// Every expression of the dashboard, with the variables that choose streams and nodes choosing all.
let private dashboard: string list =
    let rec expressions (json: JsonElement) =
        match json.ValueKind with
        | JsonValueKind.Object ->
            [ for property in json.EnumerateObject() do
                  if property.Name = "expr" then
                      text property.Value

                  yield! expressions property.Value ]
        | JsonValueKind.Array -> List.collect expressions (items json)
        | _ -> []

    let json = JsonElement.Parse(File.ReadAllText(at "monitoring/dashboard.json"))

    let choices =
        [ for variable in items json?templating?list do
              if text variable?``type`` = "query" then
                  let query =
                      Regex.Match(text variable?query?query, @"^label_values\((\w+), (\w+)\)$")

                  $"count by ({query.Groups[2].Value}) ({query.Groups[1].Value})" ]

    choices @ expressions json?panels
    |> List.map (fun expression -> Regex.Replace(expression, @"\$\w+", ".*"))

[<Tests>]
let fleet =
    archiveTest "a real Prometheus sees a hole appear and be filled, and has data for all of the dashboard"
    <| fun archive ->
        needs "prometheus"
        // An old stream with what a healthy stream does not have: a bad name, and time that cannot be edited.
        CheckTests.layOutExample "old" archive
        archive.File("old/source/2025-11-07T18/bad.ts", 0L)
        use recorder = new Recorder(archive, "live")
        // What is not there is missing as soon as the longest segment is over.
        use service = new Service(archive, [ "--settling"; "0" ] @ aFleet archive)
        service.AwaitReady()
        use prometheus = new Prometheus(service.Port)
        prometheus.AwaitReady()

        eventually "the hole of old is missing" (fun () ->
            not (prometheus.Firing("CoverageMissing", "old").IsEmpty))

        let isWhole () =
            not (prometheus.Query "segment_coverage_holes{channel=\"live\"} == 0").IsEmpty

        eventually "live is seen" isWhole
        Expect.isEmpty (prometheus.Firing("CoverageMissing", "live")) "and whole"
        recorder.Fail()

        let firing () =
            prometheus.Firing("CoverageMissing", "live")

        eventually "the alert fires" (fun () -> not (firing ()).IsEmpty)

        for alert in firing () do
            Expect.isMatch
                (text alert?annotations?summary)
                $@"^live/source: \S+s missing on 127\.0\.0\.1:{service.Port}$"
                ""

        Expect.isGreaterThan dashboard.Length 20 "the dashboard is read"

        for expression in dashboard do
            eventually $"data for {expression}" (fun () -> not (prometheus.Query expression).IsEmpty)

        recorder.Fill()
        eventually "the alert resolves" (fun () -> (firing ()).IsEmpty)

        Expect.isTrue (isWhole ()) "by being filled, not by being gone"

        Expect.isNonEmpty (prometheus.Firing("CoverageMissing", "old")) "what was not filled still fires"

[<Tests>]
let ahead =
    archiveTest
        "Regression: a segment dated two days ahead keeps no real Prometheus from telling that a stream stops, and loses"
    <| fun archive ->
        needs "prometheus"
        let now = DateTime.UtcNow

        let record (ago: int) =
            archive.File(AheadTests.segmentAt "c" (now.AddSeconds(float -ago)), 0L)

        List.iter record [ 1000; 990 ]
        archive.File(AheadTests.segmentAt "c" (now.AddDays 2.0), 0L)
        use service = new Service(archive, [])
        service.AwaitReady()
        use prometheus = new Prometheus(service.Port)
        prometheus.AwaitReady()

        let sees (expression: string) =
            eventually expression (fun () -> not (prometheus.Query expression).IsEmpty)

        sees "segment_coverage_hole_seconds{channel=\"c\"} == 0"
        record 960

        for alert in [ "CoverageMissing"; "CoverageMissingGrows"; "CoverageQuiet"; "CoverageAhead" ] do
            eventually alert (fun () -> not (prometheus.Firing(alert, "c").IsEmpty))

/// What takes the messages of a webhook, on a port of this machine: their bodies.
type private Receiver() =
    let port = freePort ()
    let bodies = Collections.Concurrent.ConcurrentQueue<JsonElement>()
    let listener = new HttpListener()

    let take () =
        try
            while true do
                let context = listener.GetContext()
                use reader = new StreamReader(context.Request.InputStream)
                bodies.Enqueue(JsonElement.Parse(reader.ReadToEnd()))
                context.Response.Close()
        with
        | :? HttpListenerException
        | :? ObjectDisposedException -> ()

    do
        listener.Prefixes.Add $"http://127.0.0.1:{port}/"
        listener.Start()

    let thread = Thread take
    do thread.Start()

    member _.Address = $"http://127.0.0.1:{port}/"

    /// The alerts of each message that has come, by name.
    member _.Messages: (string * string list) list =
        [ for body in bodies ->
              text body?status, [ for alert in items body?alerts -> text alert?labels?alertname ] |> List.sort ]

    interface IDisposable with
        member _.Dispose() =
            listener.Close()
            thread.Join()

/// Posts alerts of a stream to an Alertmanager, as Prometheus does; their end, where they have one.
let private post (port: int) (ends: string) (alerts: (string * string * string) list) : bool =
    let body =
        String.concat
            ","
            [ for name, severity, channel in alerts ->
                  $$"""{"labels":{"alertname":"{{name}}","severity":"{{severity}}","instance":"a","channel":"{{channel}}","quality":"source"}{{ends}}}""" ]

    try
        use content = new StringContent($"[{body}]", Encoding.UTF8, "application/json")

        use answer =
            http.PostAsync($"http://127.0.0.1:{port}/api/v2/alerts", content).Result

        answer.IsSuccessStatusCode
    with :? AggregateException ->
        false

[<Tests>]
let alertmanager =
    testList
        "the Alertmanager configuration"
        [ testCase "amtool check-config accepts it"
          <| fun () ->
              needs "amtool"

              let its = runBy [ "amtool"; "check-config"; at "monitoring/alertmanager.yml" ] [] []

              Expect.equal its.ExitCode 0 $"{its}"

          archiveTest
              "a real Alertmanager sends one message for each stream to a webhook, and one when all is well again"
          <| fun folder ->
              needs "prometheus-alertmanager"
              use receiver = new Receiver()
              let written = File.ReadAllText(at "monitoring/alertmanager.yml")
              let address = Regex.Match(written, @"url: (\S+)").Groups[1].Value

              let shorter =
                  Regex.Replace(
                      written.Replace(address, receiver.Address),
                      @"(group_wait|group_interval): \d+[smh]",
                      "$1: 1s"
                  )

              File.WriteAllText(folder.At "alertmanager.yml", shorter)
              let port = freePort ()

              use running =
                  start
                      []
                      [ "prometheus-alertmanager"
                        "--config.file"
                        folder.At "alertmanager.yml"
                        "--storage.path"
                        folder.At "data"
                        "--cluster.listen-address="
                        "--web.listen-address"
                        $"127.0.0.1:{port}" ]

              readAway running

              try
                  let alerts =
                      [ "CoverageMissing", "warning", "c"
                        "CoverageMissingGrows", "critical", "c"
                        "CoverageStopped", "critical", "c"
                        "CoverageMissing", "warning", "d" ]

                  eventually "it takes alerts" (fun () -> post port "" alerts)

                  let has message =
                      eventually $"{message}" (fun () -> List.contains message receiver.Messages)

                  has ("firing", [ "CoverageMissingGrows"; "CoverageStopped" ])
                  has ("firing", [ "CoverageMissing" ])

                  Expect.all
                      receiver.Messages
                      (fun (_, names) -> names.Length < 3)
                      "what is missing is not said beside what grows"

                  let now = DateTime.UtcNow.ToString "yyyy-MM-ddTHH:mm:ss.fffZ"
                  Expect.isTrue (post port $",\"endsAt\":\"{now}\"" alerts) ""
                  has ("resolved", [ "CoverageMissing" ])
              finally
                  running.Kill(entireProcessTree = true)
                  running.WaitForExit() ]
