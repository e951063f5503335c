/// The service killed in the middle of its pictures, and watching an archive that does not rest.
module Coverage.Tests.EnduranceTests

open System
open System.Diagnostics
open System.IO
open System.Threading
open System.Threading.Tasks
open Expecto
open Coverage.Tests.Sandbox

let private sigkill = 9

/// How many bytes of a process are in memory.
let private resident (service: Service) : int64 =
    File.ReadAllLines $"/proc/{service.Id}/status"
    |> Array.find _.StartsWith("VmRSS:")
    |> fun line -> 1024L * int64 (line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])

let private segment (second: int) =
    $"%02d{second / 60}:%02d{second % 60}.0-2-full-.ts"

/// The folder of an hour, by its place from the first one on.
let private folder (stream: string) (hour: int) =
    let first = DateTime(2025, 11, 7)
    Path.Combine(stream, first.AddHours(float hour).ToString "yyyy-MM-dd'T'HH")

[<Tests>]
let killed =
    let rounds = if Gen.depth > 1 then 2000 else 30

    archiveTest $"a service killed {rounds} times at any moment never leaves a broken picture, nor none"
    <| fun archive ->
        // Many hours make a large picture: the service is busy with one most of the time.
        let hours = 3000

        for hour in [ 0; hours - 1 ] do
            archive.Files(folder "c/source" hour, [ segment 0 ])

        let random = Random 20251107
        let picture = archive.At "coverage-maps/c_source_coverage.png"
        let maps = archive.At "coverage-maps"
        let mutable inTheMiddle = 0

        let leftovers () =
            if Directory.Exists maps then
                Directory.GetFiles(maps, ".*").Length
            else
                0

        use finish = new CancellationTokenSource()

        // Every picture differs from the one before.
        let changing =
            Task.Run(fun () ->
                let changed = archive.At(folder "c/source" 0 + "/" + segment 3000)

                while not finish.IsCancellationRequested do
                    File.WriteAllText(changed, "")
                    Thread.Sleep 5
                    File.Delete changed
                    Thread.Sleep 5)

        for round in 1..rounds do
            use service = new Service(archive, [ "--check-interval"; "0.001" ])

            if round = 1 then
                service.AwaitReady()

            Thread.Sleep(random.Next 900)
            service.Signal sigkill
            service.End(TimeSpan.FromSeconds 60.0) |> ignore
            inTheMiddle <- inTheMiddle + leftovers ()

            if round = 1 then
                eventually "a first picture" (fun () -> File.Exists picture)

            // Decoded to the last cell, with its checksums.
            Expect.equal (Png.readFile picture).Width (6 * hours) $"round {round}"

        finish.Cancel()
        changing.Wait()
        printfn "killed %d times, %d of them while a picture was written" rounds inTheMiddle
        use service = new Service(archive, [])
        service.AwaitReady()
        Expect.equal (leftovers ()) 0 "what was left behind is removed at the next start"

/// Changes an archive as recorders, back-fillers, operators and cleaners do, step by step.
type private World(archive: Folder, random: Random) =
    let stream = "c/source"
    let mutable live = 3600

    let anyHour () = random.Next(max 1 (live / 3600))

    let anySegment () =
        let folder = archive.At(folder stream (anyHour ()))

        if Directory.Exists folder then
            match Directory.GetFiles(folder, "*.ts") with
            | [||] -> None
            | files -> Some files[random.Next files.Length]
        else
            None

    /// The recorder: a segment more, written aside and renamed; now and then it stalls.
    member _.Grow() =
        let hour, second = live / 3600, live % 3600

        if random.Next 20 > 0 then
            let name = Path.Combine(folder stream hour, segment second)
            let aside = name + ".part"
            archive.File(aside, 0L)
            File.Move(archive.At aside, archive.At name, overwrite = true)

        live <- live + 2

    member this.Step() =
        match random.Next 100 with
        | 0 ->
            let folder = archive.At(folder stream (anyHour ()))

            if Directory.Exists folder then
                Directory.Delete(folder, true)
        | 1
        | 2 ->
            // A back-filler fetches what may be missing, under another type.
            let second = 2 * random.Next 1800
            let kind = if random.Next 2 = 0 then "partial" else "suspect"

            archive.File(
                Path.Combine(folder stream (anyHour ()), (segment second).Replace("full", kind)),
                int64 (random.Next 9)
            )
        | 3 -> anySegment () |> Option.iter File.Delete
        | 4 ->
            anySegment ()
            |> Option.iter (fun file -> File.WriteAllText(file[.. file.Length - 4] + ".tombstone", ""))
        | 5 -> archive.File(Path.Combine(folder stream (anyHour ()), $"bad{random.Next 9}.ts"), 0L)
        | 6 -> live <- live + 1800
        | _ -> this.Grow()

/// The samples of each hour, as a fresh `check` has their values.
let private byCheck (archive: Folder) : Metrics =
    let _, answer = checkJson archive []
    let stream = answer?streams |> item 0
    let seconds (json: Text.Json.JsonElement) = json.GetDouble()

    Map.ofList
        [ for hour in items stream?hours do
              let labels more =
                  Map.ofList ([ "channel", "c"; "quality", "source"; "hour", text hour?hour ] @ more)

              let sample name more value = (name, labels more), value

              for kind in [ "full"; "suspect"; "partial" ] do
                  let of' (tallies: Text.Json.JsonElement) = tallies.GetProperty kind
                  let kind = [ "type", kind ]
                  sample "segment_count" kind (seconds (of' hour?segments)?count)
                  sample "segment_duration" kind (seconds (of' hour?segments)?seconds)
                  sample "overlap_count" kind (seconds (of' hour?overlaps)?count)
                  sample "overlap_duration" kind (seconds (of' hour?overlaps)?seconds)

              sample "segment_count" [ "type", "bad" ] (seconds hour?segments?bad?count)
              sample "raw_coverage" [] (seconds hour?raw?covered_seconds)
              sample "editable_coverage" [] (seconds hour?editable?covered_seconds)
              sample "raw_holes" [] (seconds hour?raw?holes)
              sample "editable_holes" [] (seconds hour?editable?holes) ]

let private ofHours (metrics: Metrics) : Metrics =
    metrics |> Map.filter (fun (_, labels) _ -> labels.ContainsKey "hour")

[<Tests>]
let soak =
    let length = TimeSpan.FromSeconds(if Gen.depth > 1 then 300.0 else 8.0)

    archiveTest
        $"over {length.TotalSeconds} s of an archive that grows, is filled, marked and loses hours, every scrape parses, and in the end agrees with check"
    <| fun archive ->
        let world = World(archive, Random 1)
        world.Grow()

        use service =
            new Service(archive, [ "--check-interval"; "0.05"; "--full-every"; "2" ])

        service.AwaitReady()
        let clock = Stopwatch.StartNew()
        let memory = ResizeArray<int64>()
        let mutable scrapes = 0

        // A step every 2 ms, whatever a scrape takes.
        while clock.Elapsed < length do
            for _ in 1..10 do
                world.Step()

            for KeyValue((name, labels), value) in service.Metrics do
                if value < 0.0 || (name.EndsWith "_coverage" && value > 3600.0) then
                    failtestf "%s %A is %f" name labels value

            memory.Add(resident service)
            scrapes <- scrapes + 1
            Thread.Sleep 20

        // What is looked at now is what there is in the end.
        service.AwaitRound()
        let expected = byCheck archive
        eventually "the samples of a fresh check" (fun () -> ofHours service.Metrics = expected)

        let hours =
            expected |> Map.filter (fun (name, _) _ -> name = "raw_holes") |> Map.count

        printfn "%d scrapes while %d hours came and went" scrapes hours

        // The archive grew meanwhile, and with it what is remembered: some kilobytes an hour.
        let half, most = Seq.max (Seq.take (memory.Count / 2) memory), Seq.max memory
        let allowed = half + half / 4L + int64 hours * 20_000L
        Expect.isLessThanOrEqual most allowed $"memory stays flat: {half} by half-time, {most} in all"
