/// What the program costs as a whole, beside others in the same run: ratios, for times alone say more of the machine.
module Coverage.Benchmarks.WholeRuns

open System
open System.Diagnostics
open System.IO
open System.Net.Http
open System.Net.NetworkInformation
open System.Net.Sockets
open System.Net
open System.Threading
open Coverage

/// A tree to check: channels of hours of segments, as empty files.
type Tree =
    { Name: string
      Channels: int
      Hours: int
      PerHour: int }

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

                for i in order do
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

/// Runs a program to its end; the seconds it took.
let private seconds (program: string) (arguments: string list) : float =
    let start =
        ProcessStartInfo(program, arguments, RedirectStandardOutput = true, RedirectStandardError = true)

    let clock = Stopwatch.StartNew()
    use running = nonNull (Process.Start start)
    let errors = running.StandardError.ReadToEndAsync()
    running.StandardOutput.BaseStream.CopyTo Stream.Null
    running.WaitForExit()
    errors.Wait()
    clock.Elapsed.TotalSeconds

let private median (values: float list) = (List.sort values)[values.Length / 2]

/// Several commands in turn, after one turn that does not count; the median of each.
let private inTurn rounds (commands: (string * string list) list) : float list =
    let turn () =
        [ for program, arguments in commands -> seconds program arguments ]

    turn () |> ignore
    List.init rounds (fun _ -> turn ()) |> List.transpose |> List.map median

/// What the service costs on a tree: seconds to the first complete metrics, memory in MiB and the seconds of a scrape.
let private serve (executable: string) (root: string) : float * float * float =
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

    use http = new HttpClient(BaseAddress = Uri $"http://127.0.0.1:{port}")
    let clock = Stopwatch.StartNew()
    use running = nonNull (Process.Start(ProcessStartInfo(executable, arguments)))

    /// Whether the metrics are there and complete: that of the last success comes last. The port is looked for first, for
    /// a refused connection costs this program, and so the one it measures, far more than reading the kernel's list.
    let isOpen () =
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
        |> Array.exists (fun open' -> open'.Port = port)

    let isReady () =
        http.GetStringAsync("/metrics").GetAwaiter().GetResult().Contains "last_success_timestamp_seconds{"

    while not (isOpen ()) do
        Thread.Sleep 5

    // A question costs the one who answers, so not all the time.
    while not (isReady ()) do
        Thread.Sleep 20

    let ready = clock.Elapsed.TotalSeconds

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
    let memory = float running.WorkingSet64 / 1048576.0
    running.Kill()
    running.WaitForExit()
    ready, memory, median scrapes

/// Lays the trees out under a folder, runs everything and prints the tables.
let run (folder: string) (executable: string) (isFullYear: bool) (other: string option) : unit =
    let week =
        lay
            folder
            { Name = "week"
              Channels = 1
              Hours = 168
              PerHour = 1800 }

    let perHour = if isFullYear then 1800 else 36

    let year =
        lay
            folder
            { Name = $"year-{perHour}"
              Channels = 1
              Hours = 8760
              PerHour = perHour }

    let check root =
        executable, [ "check"; "--format"; "json"; "--base-dir"; root ]

    let find root = "find", [ root; "-name"; "*.ts" ]
    let walk = Path.Combine(folder, "walk")

    let hasWalk =
        try
            seconds "cc" [ "-O2"; "-o"; walk; Path.Combine(__SOURCE_DIRECTORY__, "walk.c") ]
            |> ignore

            File.Exists walk
        with :? ComponentModel.Win32Exception ->
            false

    let rivals =
        [ "GNU find", find week
          if hasWalk then
              "the C walk", (walk, [ week ])
          match other with
          | Some command -> command, ("sh", [ "-c"; command ])
          | None -> () ]

    printfn "| the week: 168 hours, 302,568 entries | seconds | ratio to check |"
    printfn "|---|---|---|"
    let times = inTurn 9 (check week :: List.map snd rivals)
    printfn "| check --format json | %.3f | 1 |" times.Head

    for (name, _), time in List.zip rivals times.Tail do
        printfn "| %s | %.3f | %.2f |" name time (times.Head / time)

    printfn ""
    printfn "| the service | to the first complete metrics, s | working set, MiB | a scrape, ms |"
    printfn "|---|---|---|---|"

    // The first run compiles this program's own HTTP code, and does not count.
    serve executable week |> ignore

    for name, root in [ "the week", week; $"a year of {perHour} segments an hour", year ] do
        let ready, memory, scrape = serve executable root
        printfn "| %s | %.3f | %.0f | %.1f |" name ready memory (1000.0 * scrape)

    printfn ""
    printfn "| how check grows | entries | seconds | ns an entry |"
    printfn "|---|---|---|---|"

    let growth =
        [ { Name = "small"
            Channels = 1
            Hours = 168
            PerHour = 180 }
          { Name = "week"
            Channels = 1
            Hours = 168
            PerHour = 1800 }
          { Name = "long"
            Channels = 1
            Hours = 1680
            PerHour = 180 }
          { Name = "channels10"
            Channels = 10
            Hours = 24
            PerHour = 180 }
          { Name = "channels100"
            Channels = 100
            Hours = 24
            PerHour = 180 } ]

    for tree in growth do
        let time = inTurn 5 [ check (lay folder tree) ] |> List.head

        printfn
            "| %d channels, %d hours, %d segments an hour | %d | %.3f | %.0f |"
            tree.Channels
            tree.Hours
            tree.PerHour
            tree.Entries
            time
            (1e9 * time / float tree.Entries)
