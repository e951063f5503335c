/// What the program costs as a whole, beside others in the same run: ratios, for times alone say more of the machine.
module Coverage.Benchmarks.WholeRuns

open System
open System.Diagnostics
open System.IO
open System.Net.Http
open System.Net.Sockets
open System.Net
open System.Threading
open Microsoft.Playwright
open Coverage

/// A tree to check: channels of hours of segments, as empty files.
type Tree =
    {
        Name: string
        Channels: int
        Hours: int
        PerHour: int
        /// Whether four hours of seven lack a segment.
        HasHoles: bool
    }

    member this.Entries = this.Channels * this.Hours * (this.PerHour + 1)

let private firstHour = (Hour.tryParse "2025-01-01T00").Value

/// Lays a tree out, unless it is there.
let private lay (folder: string) (tree: Tree) : string =
    let root = Path.Combine(folder, tree.Name)

    if not (Directory.Exists root) then
        eprintfn "laying out %s: %d entries" root tree.Entries
        let step = 3600_000 / tree.PerHour

        for channel in 0 .. tree.Channels - 1 do
            for hour in 0 .. tree.Hours - 1 do
                let name = Hour.toText (firstHour + hour * 1<hour>)

                let path =
                    Path.Combine(
                        root,
                        (if channel = 0 then "channel" else $"channel{channel}"),
                        "source",
                        name
                    )

                Directory.CreateDirectory path |> ignore
                let order = Array.init tree.PerHour id
                Random(hour).Shuffle order

                let isLost i =
                    tree.HasHoles && hour % 7 < 4 && i = tree.PerHour / 2

                for i in Array.filter (isLost >> not) order do
                    let at = i * step

                    let segment =
                        { Start =
                            Instant.add
                                (Duration.ofMicroseconds (1000L * int64 at))
                                (Hour.start (firstHour + hour * 1<hour>))
                          Duration = Duration.ofMicroseconds (1000L * int64 step)
                          Size = 0L
                          Kind = SegmentKind.Full }

                    let hash =
                        Convert.ToBase64String(Random(hour * 10_000 + i).GetItems([| 0uy .. 255uy |], 32))

                    let hash = hash.TrimEnd('=').Replace('+', '-').Replace('/', '_')
                    File.Create(Path.Combine(path, SegmentName.print hash segment)).Dispose()

    root

/// Runs a program to its end, with variables of its environment; the seconds it took.
let private seconds (variables: (string * string) list) (program: string) (arguments: string list) : float =
    let start =
        ProcessStartInfo(program, arguments, RedirectStandardOutput = true, RedirectStandardError = true)

    for name, value in variables do
        start.Environment[name] <- value

    let clock = Stopwatch.StartNew()
    use running = nonNull (Process.Start start)
    let errors = running.StandardError.ReadToEndAsync()
    running.StandardOutput.BaseStream.CopyTo Stream.Null
    running.WaitForExit()
    errors.Wait()
    clock.Elapsed.TotalSeconds

let private median (values: float list) = (List.sort values)[values.Length / 2]

/// Several measurements in turn, after one turn that does not count: the figures of each, turn by turn.
let private inTurn rounds (measurements: (unit -> float) list) : float list list =
    let turn () =
        [ for measure in measurements -> measure () ]

    turn () |> ignore
    List.init rounds (fun _ -> turn ()) |> List.transpose

/// How many times as long the first took as the other: the median of the ratios of each turn, for a machine's speed drifts.
let private ratio (first: float list) (other: float list) : float = List.map2 (/) first other |> median

/// How busy the machine is: the processes that were ready to run, on average over the last minute.
let private load () =
    (File.ReadAllText "/proc/loadavg").Split(' ')[0]

/// The environment in which the runtime writes a line into a file for each method that it compiles.
let private compilationsInto (file: string) =
    [ "DOTNET_JitStdOutFile", file; "DOTNET_JitDisasmSummary", "1" ]

/// How many methods were compiled at run time, not counting those that were compiled again, better, for being called often.
let private compiled (file: string) : int =
    let methods =
        File.ReadLines file |> Seq.filter (_.Contains("Tier1") >> not) |> Seq.length

    File.Delete file
    methods

/// Runs the service on a tree until its first complete metrics, and answers a question about it: from the seconds that took,
/// the client and the process.
let private serve
    (variables: (string * string) list)
    (executable: string)
    (root: string)
    (question: float -> HttpClient -> Process -> 'T)
    : 'T =
    let port =
        use probe = new TcpListener(IPAddress.Loopback, 0)
        probe.Start()
        (probe.LocalEndpoint :?> IPEndPoint).Port

    let arguments =
        [ "serve"
          "--base-dir"
          root
          "--metrics-port"
          string port
          "--bind"
          "127.0.0.1"
          "--check-interval"
          "5"
          "--log-level"
          "error" ]

    let start = ProcessStartInfo(executable, arguments)

    for name, value in variables do
        start.Environment[name] <- value

    use http = new HttpClient(BaseAddress = Uri $"http://127.0.0.1:{port}")
    let clock = Stopwatch.StartNew()
    use running = nonNull (Process.Start start)

    /// Whether the port is open. What asks takes time from the one it measures: no exception, and no list of all connections.
    let isOpen () =
        use socket = new Socket(SocketType.Stream, ProtocolType.Tcp)
        use connected = new ManualResetEventSlim()

        use attempt =
            new SocketAsyncEventArgs(RemoteEndPoint = IPEndPoint(IPAddress.Loopback, port))

        attempt.Completed.Add(fun _ -> connected.Set())

        if socket.ConnectAsync attempt then
            connected.Wait()

        attempt.SocketError = SocketError.Success

    /// Whether the metrics are complete: that of the last success comes last.
    let isReady () =
        http.GetStringAsync("/metrics").GetAwaiter().GetResult().Contains "last_success_timestamp_seconds{"

    while not (isOpen ()) do
        Thread.Sleep 5

    // A question costs the one who answers, so not all the time.
    while not (isReady ()) do
        Thread.Sleep 20

    let answer = question clock.Elapsed.TotalSeconds http running
    running.Kill()
    running.WaitForExit()
    answer

/// Seconds to the first complete metrics.
let private readyAfter executable root () =
    serve [] executable root (fun ready _ _ -> ready)

/// Seconds to the first complete metrics, memory in MiB some rounds later, and the seconds of a scrape.
let private costs (executable: string) (root: string) : float * float * float =
    serve [] executable root (fun ready http running ->
        let scrape () =
            http.GetByteArrayAsync("/metrics").GetAwaiter().GetResult() |> ignore

        let scrapes =
            [ for _ in 1..9 ->
                  let clock = Stopwatch.StartNew()
                  scrape ()
                  clock.Elapsed.TotalSeconds ]

        // Some rounds later, with no client.
        Thread.Sleep 12_000
        scrape ()
        running.Refresh()
        ready, float running.WorkingSet64 / 1048576.0, median scrapes)

/// Prints how long a thing takes beside others, in turn.
let private compare
    (title: string)
    (name: string, measure: unit -> float)
    (rivals: (string * (unit -> float)) list)
    =
    printfn "| %s | seconds | %s takes so many times as long |" title name
    printfn "|---|---|---|"
    let times = inTurn 9 (measure :: List.map snd rivals)
    printfn "| %s | %.3f | 1 |" name (median times.Head)

    for (rival, _), time in List.zip rivals times.Tail do
        printfn "| %s | %.3f | %.2f |" rival (median time) (ratio times.Head time)

    printfn ""

/// Prints how many methods are compiled at run time, for want of code compiled ahead.
let private compilations (folder: string) (executable: string) (week: string) : unit =
    let file = Path.Combine(folder, "compiled")

    printfn "| methods compiled at run time, on the week | |"
    printfn "|---|---|"

    seconds (compilationsInto file) executable [ "check"; "--format"; "json"; "--base-dir"; week ]
    |> ignore

    printfn "| by check | %d |" (compiled file)
    serve (compilationsInto file) executable week (fun _ _ _ -> ())
    printfn "| by the service, to its first complete metrics | %d |" (compiled file)
    printfn ""

/// Prints what the service costs on some archives, each with its name.
let private services (executable: string) (archives: (string * string) list) : unit =
    printfn "| the service | to the first complete metrics, s | working set, MiB | a scrape, ms |"
    printfn "|---|---|---|---|"

    for name, root in archives do
        let ready, memory, scrape = costs executable root
        printfn "| %s | %.3f | %.0f | %.1f |" name ready memory (1000.0 * scrape)

    printfn ""

/// Gives every cached page, folder and inode of the system back, where this process may.
let private dropCaches () : bool =
    try
        File.WriteAllText("/proc/sys/vm/drop_caches", "3")
        true
    with
    | :? IOException
    | :? UnauthorizedAccessException -> false

/// Prints how long things take when nothing of the archive is in memory, each once the caches were dropped.
let private cold (measurements: (string * (unit -> float)) list) : unit =
    let fromDisk (measure: unit -> float) () =
        dropCaches () |> ignore
        measure ()

    if dropCaches () then
        printfn "| the week, from the disk | seconds |"
        printfn "|---|---|"

        for (name, _), times in
            List.zip measurements (inTurn 3 [ for _, measure in measurements -> fromDisk measure ]) do
            printfn "| %s | %.3f |" name (median times)

        printfn ""
    else
        printfn "The caches of the system may not be dropped here: no figures from the disk.\n"

/// Prints how long the live page takes on some archives, each with its name: visits with an empty cache.
let private pages (executable: string) (archives: (string * string) list) : unit =
    let chromium =
        (Environment.GetEnvironmentVariable "PATH" |> string).Split ':'
        |> Array.map (fun folder -> Path.Combine(folder, "chromium"))
        |> Array.tryFind File.Exists

    match chromium with
    | None -> printfn "There is no chromium: no figures of the page.\n"
    | Some chromium ->
        // The tests have the driver, a program of its own, beside them.
        Environment.SetEnvironmentVariable(
            "PLAYWRIGHT_DRIVER_SEARCH_PATH",
            Path.Combine(__SOURCE_DIRECTORY__, "../Coverage.Tests/bin/Release/net10.0")
        )

        use driver = Playwright.CreateAsync().GetAwaiter().GetResult()

        let launch =
            BrowserTypeLaunchOptions(ExecutablePath = chromium, Args = [ "--no-sandbox" ])

        let browser = driver.Chromium.LaunchAsync(launch).GetAwaiter().GetResult()

        let milliseconds (page: IPage) (script: string) =
            page.EvaluateAsync<float>(script).GetAwaiter().GetResult()

        let visit (address: string) =
            let context = browser.NewContextAsync().GetAwaiter().GetResult()
            let page = context.NewPageAsync().GetAwaiter().GetResult()
            page.GotoAsync(address).GetAwaiter().GetResult() |> ignore

            page.WaitForFunctionAsync("() => document.querySelector('#missing tr')").GetAwaiter().GetResult()
            |> ignore

            let listed = milliseconds page "performance.now()"

            let painted =
                milliseconds page "performance.getEntriesByName('first-contentful-paint')[0].startTime"

            context.CloseAsync().GetAwaiter().GetResult()
            painted, listed

        printfn "| the live page | first paint, ms | the missing spans are listed, ms |"
        printfn "|---|---|---|"

        for name, root in archives do
            let visits =
                serve [] executable root (fun _ http _ ->
                    let visits = [ for _ in 0..5 -> visit (string http.BaseAddress) ]

                    visits.Tail)

            printfn "| %s | %.0f | %.0f |" name (median (List.map fst visits)) (median (List.map snd visits))

        browser.CloseAsync().GetAwaiter().GetResult()
        printfn ""

/// Prints how the time of a check grows with an archive, from how long a check of one takes.
let private growth (folder: string) (check: string -> unit -> float) : unit =
    printfn "| how check grows | entries | seconds | ns an entry |"
    printfn "|---|---|---|---|"

    let trees =
        [ for name, channels, hours, perHour in
              [ "small", 1, 168, 180
                "week", 1, 168, 1800
                "long", 1, 1680, 180
                "channels10", 10, 24, 180
                "channels100", 100, 24, 180 ] ->
              { Name = name
                Channels = channels
                Hours = hours
                PerHour = perHour
                HasHoles = false } ]

    for tree in trees do
        let time = inTurn 5 [ check (lay folder tree) ] |> List.head |> median

        printfn
            "| %d channels, %d hours, %d segments an hour | %d | %.3f | %.0f |"
            tree.Channels
            tree.Hours
            tree.PerHour
            tree.Entries
            time
            (1e9 * time / float tree.Entries)

/// Lays the trees out under a folder, runs everything and prints the tables.
let run (folder: string) (executable: string) (isFullYear: bool) (other: string option) : unit =
    let week =
        lay
            folder
            { Name = "week"
              Channels = 1
              Hours = 168
              PerHour = 1800
              HasHoles = false }

    let perHour = if isFullYear then 1800 else 36

    let year =
        lay
            folder
            { Name = $"year-{perHour}"
              Channels = 1
              Hours = 8760
              PerHour = perHour
              HasHoles = false }

    let check root =
        let arguments = [ "check"; "--format"; "json"; "--base-dir"; root ]
        fun () -> seconds [] executable arguments

    let yearWithHoles =
        lay
            folder
            { Name = $"year-{perHour}-holes"
              Channels = 1
              Hours = 8760
              PerHour = perHour
              HasHoles = true }

    let walk = Path.Combine(folder, "walk")

    let hasWalk =
        try
            seconds [] "cc" [ "-O2"; "-o"; walk; Path.Combine(__SOURCE_DIRECTORY__, "walk.c") ]
            |> ignore

            File.Exists walk
        with :? ComponentModel.Win32Exception ->
            false

    let native =
        let program = executable + "-check"

        [ if File.Exists program then
              "the same, native",
              (fun () -> seconds [] program [ "check"; "--format"; "json"; "--base-dir"; week ]) ]

    let walks =
        [ if hasWalk then
              "a bare `getdents64` walk in C", (fun () -> seconds [] walk [ week ]) ]

    let rivals =
        [ "GNU find -name '*.ts'", (fun () -> seconds [] "find" [ week; "-name"; "*.ts" ])
          yield! walks
          match other with
          | Some command -> command, (fun () -> seconds [] "sh" [ "-c"; command ])
          | None -> () ]

    printfn "%d processors, load %s at the start.\n" Environment.ProcessorCount (load ())
    let entries = "the week: 168 hours, 302,568 entries"
    compare entries ("`check --format json`", check week) [ yield! native; yield! rivals ]

    // The first run compiles this program's own HTTP code, and does not count.
    compare
        entries
        ("`serve`, from its start to its first complete metrics", readyAfter executable week)
        walks

    compare
        $"a year of {perHour} segments an hour"
        ("`check --format json`", check year)
        [ if hasWalk then
              "a bare `getdents64` walk in C", (fun () -> seconds [] walk [ year ]) ]

    cold [ "`check --format json`", check week; yield! walks ]
    compilations folder executable week
    services executable [ "the week", week; $"a year of {perHour} segments an hour", year ]
    pages executable [ $"a year of {perHour} segments an hour, 5,007 holes", yearWithHoles ]
    growth folder check
    printfn "\nLoad %s at the end." (load ())
