/// What the engine and the host's inner parts cost, in process.
module Coverage.Benchmarks.Program

open System
open System.Collections.Immutable
open System.IO
open System.Security.Cryptography
open System.Text
open System.Threading
open BenchmarkDotNet.Attributes
open BenchmarkDotNet.Configs
open BenchmarkDotNet.Jobs
open BenchmarkDotNet.Running
open BenchmarkDotNet.Toolchains.InProcess.Emit
open Prometheus
open Coverage
open Coverage.Host

let firstHour = (Hour.tryParse "2025-11-07T00").Value
let private perHour = 1800

/// A folder's names as file systems list them: in no order.
let private names (hour: Hour) : byte[] =
    let random = Random(int hour)

    let all =
        [| for i in 0 .. perHour - 1 ->
               let hash =
                   Convert.ToBase64String(SHA256.HashData(BitConverter.GetBytes(i + 10_000 * int hour)))

               $"{i / 30:D2}:{i % 30 * 2:D2}.000000-2.0-full-"
               + hash.TrimEnd('=').Replace('+', '-').Replace('/', '_')
               + ".ts/" |]

    random.Shuffle all
    Encoding.ASCII.GetBytes(String.Concat all)

let weekNames =
    [| for hour in firstHour .. 1<hour> .. firstHour + 167<hour> -> hour, names hour |]

let week =
    lazy
        (weekNames
         |> Seq.map (fun (hour, names) -> (Listing.read hour (ReadOnlySpan names)).Folder)
         |> StreamFacts.ofFolders Report.defaults
         |> Account.ofFacts)

[<MemoryDiagnoser>]
type EngineBenchmarks() =

    let name =
        Encoding.ASCII.GetBytes "59:58.000000-2.002-full-7_JK58DltW0MAnH1uQbCMoWw7lb7lBZL5WOcR9KBOd0.ts"

    let hour, block = weekNames[0]

    [<Benchmark(Description = "parse a name")>]
    member _.Parse() =
        match SegmentName.parseBytes hour (ReadOnlySpan name) with
        | Ok segment -> segment.Duration
        | Error _ -> Duration.zero

    [<Benchmark(Description = "an hour of 1800 names: parse, order, best, timeline (ns each)",
                OperationsPerInvoke = 1800)>]
    member _.Hour() =
        let listing = Listing.read hour (ReadOnlySpan block)
        (Selection.ofFolder listing.Folder |> Timeline.step 10_000L<us> Timeline.start).Carry.Furthest

    [<Benchmark(Description = "the map of a week")>]
    member _.Map() =
        Map.ofAccount MapScale.standard week.Value

[<MemoryDiagnoser>]
type OutputBenchmarks() =

    let registry = Metrics.NewCustomRegistry()

    [<GlobalSetup>]
    member _.Setup() =
        Gauges(Metrics.WithCustomRegistry registry)
            .Set(StreamName("channel", "source"), week.Value, ImmutableArray.Empty)

    [<Benchmark(Description = "the metrics of a week as text")>]
    member _.Text() =
        use text = new MemoryStream()
        registry.CollectAndExportAsTextAsync(text, CancellationToken.None).GetAwaiter().GetResult()
        text.Length

    [<Benchmark(Description = "the map of a week as PNG")>]
    member _.Png() =
        use png = new MemoryStream()

        match Map.hoursOf week.Value with
        | ValueSome(Ok(struct (first, last))) ->
            MapPicture.Write(StreamMap(week.Value, MapScale.standard, true, int first, int last), png)
        | _ -> ()

        png.Length

/// A round in which nothing on the disk changed, beyond the looking: a stream of 2-second segments with 1,500 holes is judged,
/// compared with what was said of it, and its metrics are set.
[<MemoryDiagnoser>]
type JudgingBenchmarks() =

    let stream = StreamName("channel", "source")
    let settings = Engine.Settings(10_000L, Nullable(), Nullable())
    let gauges = Gauges(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()))

    let given =
        { Given.ofStream "channel" "source" Given.nothing with
            Expected =
                ValueSome(IntervalSet.ofIntervals [ Interval.create Instant.beforeAll Instant.afterAll ]) }

    let mutable known = StreamRound stream

    let now hours second =
        Units.Instant(int64 (Hour.start (firstHour + hours * 1<hour>)) + 1_000_000L * int64 second)

    let judge hours second =
        let reading = nonNull known.Reading
        let judgement = Judgement.Of(reading, given, settings, now hours second)
        known.Succeed(reading, judgement, DateTimeOffset.UnixEpoch, TimeSpan.Zero, false)

    [<Params(168, 8760)>]
    member val Hours = 0 with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let every = this.Hours * perHour / 1500

        let folder (number: int) =
            let names =
                [ for i in 0 .. perHour - 1 do
                      if (number * perHour + i) % every <> 7 then
                          $"{i / 30:D2}:{i % 30 * 2:D2}.0-2.0-full-.ts/" ]

            Listing.read
                (firstHour + number * 1<hour>)
                (ReadOnlySpan(Encoding.ASCII.GetBytes(String.Concat names)))
            |> _.Folder

        let account =
            Seq.init this.Hours folder
            |> StreamFacts.ofFolders Report.defaults
            |> Account.ofFacts

        let reading = StreamReading.Of account

        known <- StreamRound(stream, Reading = reading)
        known <- judge this.Hours 0
        gauges.Show(null, known)

    [<Benchmark(Description = "judge, compare and show a stream of which nothing changed")>]
    member this.Unchanged() =
        let next = judge this.Hours 60
        gauges.Show(known, next)

/// Rounds over a real tree: SEGMENT_COVERAGE_BENCH_TREE holds channel/source with the hours of a week, or of a year.
[<MemoryDiagnoser>]
type RoundBenchmarks() =

    let tree =
        match Environment.GetEnvironmentVariable "SEGMENT_COVERAGE_BENCH_TREE" with
        | null -> "."
        | tree -> tree

    let newWatch () =
        StreamWatch(
            Path.Combine(tree, "channel", "source"),
            Engine.Settings(10_000L, Nullable(), Nullable()),
            StampPolicy.Auto,
            HourReader(TimeProvider.System, StampPolicy.Auto),
            Workers(),
            TimeProvider.System
        )

    let known = newWatch ()

    let look (watch: StreamWatch) =
        watch.CheckAsync(false, null, CancellationToken.None).GetAwaiter().GetResult()
        |> ignore

    [<GlobalSetup>]
    member _.Setup() = look known |> ignore

    /// Every folder's names, read into segments that are not kept.
    [<Benchmark(Description = "scan and parse alone")>]
    member _.ScanAndParse() =
        let microseconds (path: string) =
            use folder = nonNull (Folder.Open path)
            let hour = (Hour.tryParse (nonNull (Path.GetFileName path))).Value
            let sum = ref 0L

            folder.ForEach(fun name _ _ ->
                match SegmentName.parseBytes hour name with
                | Ok segment -> sum.Value <- sum.Value + int64 segment.Duration
                | Error _ -> ())
            |> ignore

            sum.Value

        Directory.GetDirectories(Path.Combine(tree, "channel", "source"))
        |> Array.Parallel.map microseconds
        |> Array.sum

    [<Benchmark(Description = "a first look: scan, parse and everything else")>]
    member _.First() = look (newWatch ())

    [<Benchmark(Description = "a round with nothing changed")>]
    member _.Unchanged() = look known

    [<Benchmark(Description = "a round with one hour changed")>]
    member _.OneChanged() =
        let hour = Directory.GetDirectories(Path.Combine(tree, "channel", "source"))[0]
        let path = Path.Combine(hour, "59:59.5-0.1-full-.ts")

        if File.Exists path then
            File.Delete path
        else
            File.WriteAllText(path, "")

        look known

/// `whole FOLDER EXECUTABLE [--full-year] [OTHER COMMAND]` for whole runs, `answers FOLDER` for the API's answers, `fleets` for
/// fleets, `fleets FOLDER...` for looks at nodes in folders, `recorders FOLDER MP4` for archives of other recorders, made of
/// copies of a file, else what BenchmarkDotNet takes.
[<EntryPoint>]
let main args =
    match List.ofArray args with
    | "whole" :: folder :: executable :: rest ->
        let others = rest |> List.filter (fun word -> word <> "--full-year")
        WholeRuns.run folder executable (List.contains "--full-year" rest) (List.tryHead others)
        Answers.run folder
        0
    | [ "answers"; folder ] ->
        Answers.run folder
        0
    | [ "fleets" ] ->
        Fleets.run ()
        0
    | [ "recorders"; folder; mp4 ] ->
        Recorders.run folder mp4
        0
    | "fleets" :: folders ->
        Fleets.looks folders
        0
    | _ ->
        // In this process: the projects here are restored by Paket, which generated ones are not.
        let job = Job.ShortRun.WithToolchain InProcessEmitToolchain.Instance

        let config =
            DefaultConfig.Instance.AddJob(job).WithOptions ConfigOptions.JoinSummary

        BenchmarkSwitcher.FromAssembly(typeof<EngineBenchmarks>.Assembly).Run(args, config)
        |> ignore

        0
