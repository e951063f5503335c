/// Temporary archives on disk, and the real executable run on them as its users run it.
module Coverage.Tests.Sandbox

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Http
open System.Net.Sockets
open System.Runtime.InteropServices
open System.Text.Json
open System.Text.RegularExpressions
open System.Threading
open Expecto

/// A program of a project, as it was built with these tests.
let private built project name =
    let build = DirectoryInfo AppContext.BaseDirectory
    let configuration = (nonNull build.Parent).Name

    let runtime =
        "linux-" + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()

    [| build.FullName
       $"../../../../{project}/bin"
       configuration
       "net10.0"
       runtime
       name |]
    |> Path.Combine
    |> Path.GetFullPath

/// The executable under test: the program built with these tests, or the program that SEGMENT_COVERAGE_EXE names.
let executable =
    match Environment.GetEnvironmentVariable "SEGMENT_COVERAGE_EXE" with
    | null
    | "" -> built "Coverage.Host" "segment-coverage"
    | given -> Path.GetFullPath given

/// The program of the fleets: that built with these tests, or the program that SEGMENT_COVERAGE_FLEET_EXE names.
let fleetExecutable =
    match Environment.GetEnvironmentVariable "SEGMENT_COVERAGE_FLEET_EXE" with
    | null
    | "" -> built "Coverage.Fleet.Server" "segment-coverage-fleet"
    | given -> Path.GetFullPath given

/// With COVERAGE_NATIVE=1, words that run the executable to check, cut, map or verify once run the native program beside it,
/// which asks no nodes.
let private orNative =
    if Environment.GetEnvironmentVariable "COVERAGE_NATIVE" <> "1" then
        id
    else
        fun (words: string list) ->
            let isOnce (program: string, command) =
                Path.GetFileName program = "segment-coverage"
                && List.contains command [ "check"; "cut"; "map"; "verify" ]

            let asksNodes =
                words
                |> List.exists (fun word ->
                    List.contains word [ "--node"; "--node-file"; "--self"; "--fleet" ])

            match List.tryFindIndex isOnce (List.pairwise words) with
            | Some at when not asksNodes -> List.updateAt at (words[at] + "-check") words
            | _ -> words

/// How long anything may take before its test fails; far more than it takes.
let private limit = TimeSpan.FromSeconds 240.0

/// Starts a program with its outputs redirected. The environment is ours without the settings of the executable.
let start (environment: (string * string) list) (words: string list) : Process =
    let words = orNative words

    let info =
        ProcessStartInfo(words.Head, words.Tail, RedirectStandardOutput = true, RedirectStandardError = true)

    for name in List.ofSeq info.Environment.Keys do
        if name.StartsWith "SEGMENT_COVERAGE_" || name.StartsWith "WUBLOADER_" then
            info.Environment.Remove name |> ignore

    for name, value in environment do
        info.Environment[name] <- value

    nonNull (Process.Start info)

/// What became of a program.
type Run =
    { ExitCode: int
      Output: string
      Error: string }

/// Runs a program to its end.
let private complete environment words : Run =
    use it = start environment words
    let output = it.StandardOutput.ReadToEndAsync()
    let error = it.StandardError.ReadToEndAsync()

    if not (it.WaitForExit limit) then
        it.Kill(entireProcessTree = true)
        failtestf "%A did not end in %A" words limit

    { ExitCode = it.ExitCode
      Output = output.Result
      Error = error.Result }

/// The words that run the executable as it is.
let itself = [ executable ]

/// Runs the executable by these words, in an environment.
let runBy (words: string list) environment (args: string list) : Run = complete environment (words @ args)

/// Runs the executable.
let run (args: string list) : Run = runBy itself [] args

/// What a tool of the system, run in an environment, prints; it must succeed.
let outputIn environment (words: string list) : string =
    let result = complete environment words

    if result.ExitCode <> 0 then
        failtestf "%s: %s" (String.concat " " words) result.Error

    result.Output

/// What a tool of the system prints; it must succeed.
let outputOf (words: string list) : string = outputIn [] words

/// Runs a tool of the system, which must succeed.
let tool (words: string list) : unit = outputOf words |> ignore

/// Whether a tool of the system is there and succeeds.
let canRun (words: string list) : bool =
    try
        (complete [] words).ExitCode = 0
    with :? ComponentModel.Win32Exception ->
        false

/// The words before a command that root runs as a user whom permissions bind.
let asNobody = [ "setpriv"; "--reuid=65534"; "--regid=65534"; "--clear-groups" ]

/// A folder that is removed in the end, with whatever names and permissions are in it.
type Folder() =
    let path = (Directory.CreateTempSubdirectory "segment-coverage-").FullName

    member _.Path = path

    /// The path of something in it.
    member _.At(relative: string) = Path.Combine(path, relative)

    /// Makes a file of a size, and the folders it lies in; the content is nothing but zeros.
    member this.File(relative: string, size: int64) =
        let file = FileInfo(this.At relative)
        (nonNull file.Directory).Create()
        use stream = file.Create()
        stream.SetLength size

    /// Makes a folder with some files of no size.
    member this.Files(relative: string, names: string seq) =
        Directory.CreateDirectory(this.At relative) |> ignore

        for name in names do
            this.File(Path.Combine(relative, name), 0L)

    interface IDisposable with
        member _.Dispose() =
            // By tools, for .NET cannot name what is not UTF-8.
            tool [ "chmod"; "-R"; "u+rwX"; path ]
            tool [ "rm"; "-rf"; path ]

/// Runs `check` by these words on a folder and gives its answer as JSON.
let checkJsonBy (words: string list) (folder: Folder) (args: string list) : Run * JsonElement =
    let result =
        runBy words [] ([ "check"; "--base-dir"; folder.Path; "--format"; "json" ] @ args)

    result, JsonElement.Parse result.Output

/// Runs `check` on a folder and gives its answer as JSON.
let checkJson: Folder -> string list -> Run * JsonElement = checkJsonBy itself

/// A property of a JSON object: `json?streams`.
let (?) (json: JsonElement) (key: string) : JsonElement = json.GetProperty key

/// A JSON array as a list.
let items (json: JsonElement) : JsonElement list = List.ofSeq (json.EnumerateArray())

/// An item of a JSON array.
let item (at: int) (json: JsonElement) : JsonElement = json[at]

/// A JSON string or number as its text.
let text (json: JsonElement) : string = json.ToString()

/// The samples of a scrape, each under its name and labels.
type Metrics = Map<string * Map<string, string>, float>

/// Reads Prometheus' text format.
let parseMetrics (scrape: string) : Metrics =
    let unescaped (value: string) =
        Regex.Replace(
            value,
            @"\\(.)",
            (fun found ->
                if found.Groups[1].Value = "n" then
                    "\n"
                else
                    found.Groups[1].Value)
        )

    scrape.Split '\n'
    |> Seq.filter (fun line -> line <> "" && line[0] <> '#')
    |> Seq.map (fun line ->
        let sample = Regex.Match(line, @"^(\w+)(?:\{(.*)\})? (\S+)$")
        Expect.isTrue sample.Success $"a sample: {line}"

        let labels =
            Regex.Matches(sample.Groups[2].Value, @"(\w+)=""((?:[^""\\]|\\.)*)""")
            |> Seq.map (fun label -> label.Groups[1].Value, unescaped label.Groups[2].Value)

        (sample.Groups[1].Value, Map.ofSeq labels), float sample.Groups[3].Value)
    |> Map.ofSeq

/// A sample's value, if it is there.
let sample (name: string) (labels: (string * string) list) (metrics: Metrics) : float option =
    Map.tryFind (name, Map.ofList labels) metrics

/// The samples whose labels have these values.
let labelled (labels: (string * string) list) (metrics: Metrics) : Metrics =
    metrics
    |> Map.filter (fun (_, found) _ ->
        labels
        |> List.forall (fun (label, value) -> Map.tryFind label found = Some value))

/// Waits until something holds, looking again and again.
let eventually (what: string) (holds: unit -> bool) : unit =
    let clock = Stopwatch.StartNew()

    while not (holds ()) do
        if clock.Elapsed > limit then
            failtestf "not in %A: %s" limit what

        Thread.Sleep 20

let private http = new HttpClient(Timeout = limit)

// Below the ports that the system gives to clients, so that no connection takes one between choice and use.
let mutable private lastPort = 20_000 + Environment.ProcessId % 10_000

/// A port of this machine that no process listens on.
let rec freePort () : int =
    let port = Interlocked.Increment &lastPort

    try
        use listener = new TcpListener(IPAddress.Any, port)
        listener.Start()
        port
    with :? SocketException ->
        freePort ()

[<DllImport "libc">]
extern int kill(int pid, int signal)

let sigint = 2
let sigquit = 3
let sigterm = 15

/// The executable running as a service on a free port of this machine; it is killed in the end if it still runs.
type Service(words: string list, environment: (string * string) list, args: string list) =
    let port = freePort ()
    let log = ConcurrentQueue<string>()

    let running =
        let own = [ "--metrics-port"; string port; "--bind"; "127.0.0.1" ]
        start environment (words @ args @ own)

    do
        running.ErrorDataReceived.Add(fun line ->
            match line.Data with
            | null -> ()
            | line -> log.Enqueue line)

        running.BeginErrorReadLine()

    /// A service that checks a folder ten times a second.
    new(folder: Folder, args: string list) =
        new Service(itself, [], [ "serve"; "--base-dir"; folder.Path; "--check-interval"; "0.1" ] @ args)

    /// What has come in of its log; a line comes in a moment after it is logged.
    member _.Log: string list = List.ofSeq log

    member _.Port: int = port

    member _.Id: int = running.Id

    member _.HasEnded: bool = running.HasExited

    /// The status and the text of an answer; nothing while it does not listen.
    member _.TryGet(path: string) : (int * string) option =
        try
            use answer = http.GetAsync($"http://127.0.0.1:{port}{path}").Result
            Some(int answer.StatusCode, answer.Content.ReadAsStringAsync().Result)
        with :? AggregateException ->
            None

    member this.Metrics: Metrics =
        match this.TryGet "/metrics" with
        | Some(200, scrape) -> parseMetrics scrape
        | other -> failtestf "no metrics but %A; the log: %A" other this.Log

    /// What it has logged by now: waits until as many lines have come in as it counts.
    member this.WholeLog: string list =
        match this.TryGet "/metrics" with
        | Some(200, scrape) ->
            let counted =
                parseMetrics scrape
                |> Map.toSeq
                |> Seq.sumBy (fun ((name, _), value) -> if name = "log_count_total" then int value else 0)

            eventually $"{counted} lines of the log" (fun () -> log.Count >= counted)
        | _ -> ()

        this.Log

    /// Waits for the end of the first round.
    member this.AwaitReady() : unit =
        eventually "a first round" (fun () ->
            this.HasEnded
            || match this.TryGet "/health/ready" with
               | Some(status, _) -> status = 200
               | None -> false)

        if this.HasEnded then
            failtestf "the service ended: %A" this.Log

    /// Waits until its samples show something.
    member this.Await(what: string, holds: Metrics -> bool) : unit =
        this.AwaitReady()
        eventually what (fun () -> holds this.Metrics)

    /// Waits for a round that began after this moment to look at a stream that it can read.
    member this.AwaitRound() : unit =
        let successes () =
            this.Metrics
            |> Map.filter (fun (name, _) _ -> name = "segment_coverage_last_success_timestamp_seconds")

        eventually "it answers" (fun () -> (this.TryGet "/health/live").IsSome)

        // The round that gives the first change may have begun before.
        for _ in 1..2 do
            let before = successes ()
            eventually "another round" (fun () -> successes () <> before)

    member _.Signal(signal: int) : unit =
        Expect.equal (kill (running.Id, signal)) 0 "the signal is sent"

    /// Waits for the end: the exit code.
    member this.End(within: TimeSpan) : int =
        if not (running.WaitForExit within) then
            failtestf "the service did not end in %A: %A" within this.Log

        running.WaitForExit() // For the rest of its log.
        running.ExitCode

    /// Ends it with a signal: the exit code.
    member this.Stop() : int =
        this.Signal sigterm
        this.End(TimeSpan.FromSeconds 5.0)

    interface IDisposable with
        member _.Dispose() =
            if not running.HasExited then
                running.Kill(entireProcessTree = true)

            running.Dispose()

/// A test with an archive of its own.
let archiveTest (name: string) (test: Folder -> unit) : Test =
    testCase name (fun () ->
        use folder = new Folder()
        test folder)

/// The words that run the executable as a user whom permissions bind; root reads everything.
let private lowly =
    lazy
        (if not Environment.IsPrivilegedProcess then
             Ok itself
         else
             // Beside a clone that may lie in a closed home.
             let copy = new Folder()
             AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> (copy :> IDisposable).Dispose())
             tool [ "cp"; "-r"; nonNull (Path.GetDirectoryName executable) + "/."; copy.Path ]
             tool [ "chmod"; "-R"; "a+rX"; copy.Path ]
             let words = asNobody @ [ copy.At(nonNull (Path.GetFileName executable)) ]

             if canRun (words @ [ "--version" ]) then
                 Ok words
             else
                 Error "needs another user than root, or setpriv and a .NET that others may run")

/// A test in which the executable is run by these words, by a user whom permissions bind, and the archive is theirs.
let lowlyTest name (test: string list -> Folder -> unit) =
    archiveTest name (fun archive ->
        match lowly.Value with
        | Ok words -> test words archive
        | Error why -> skiptest why)

/// Runs the service for one round by these words.
let runOnceBy (words: string list) (archive: Folder) : Run =
    runBy
        words
        []
        [ "serve"
          "--base-dir"
          archive.Path
          "--run-once"
          "--metrics-port"
          string (freePort ()) ]

/// Starts a service that has ended once more, on the same port.
let startAgain (service: Service) (archive: Folder) : Process =
    start
        []
        (itself
         @ [ "serve"
             "--base-dir"
             archive.Path
             "--check-interval"
             "0.1"
             "--bind"
             "127.0.0.1"
             "--metrics-port"
             string service.Port ])
