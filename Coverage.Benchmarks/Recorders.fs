/// What the archives of other recorders cost beside one of the wubloader project's of as many files, in process.
module Coverage.Benchmarks.Recorders

open System
open System.Diagnostics
open System.IO
open System.Threading
open Coverage
open Coverage.CommandLine
open Coverage.Host

/// Files of a tree; each lasts four seconds.
let private most = 300_000

let private firstInstant = DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)

/// Writes a file that was last changed when it ended.
let private write (bytes: byte[]) (finish: DateTime) (path: string) =
    Directory.CreateDirectory(nonNull (Path.GetDirectoryName path)) |> ignore
    File.WriteAllBytes(path, bytes)
    File.SetLastWriteTimeUtc(path, finish)

/// The trees: a name, the words that the program is given for it, and the path of each file.
let private trees: (string * string list * (int -> DateTime * string)) list =
    let at (seconds: int) = firstInstant.AddSeconds(float seconds)

    [ "wubloader",
      [],
      fun i ->
          at (4 * i),
          $"channel/source/{at (4 * i):``yyyy-MM-ddTHH``}/{at (4 * i):``mm:ss``}.0-4.0-full-{i}.ts"
      "flat",
      [ "--layout"; "%Y-%m-%d_%H-%M-%S" ],
      fun i -> at (4 * i), $"{at (4 * i):``yyyy-MM-dd_HH-mm-ss``}.mp4"
      "frigate",
      [ "--layout"; "frigate" ],
      fun i ->
          let start = at (4 * (i / 10))
          start, $"{start:``yyyy-MM-dd/HH``}/cam{i % 10}/{start:``mm.ss``}.mp4" ]

/// Hours after the trees were made, so that their files are at rest.
type private Later() =
    inherit TimeProvider()
    override _.GetUtcNow() = DateTimeOffset.UtcNow.AddHours 3.0

let private timed (work: unit -> unit) =
    GC.Collect()
    let watch = Stopwatch.StartNew()
    work ()
    watch.Elapsed.TotalMilliseconds

/// Makes the trees in a folder, where they are not, of copies of an MP4 file; prints what looks at them cost, each beside the
/// tree of the wubloader project.
let run (folder: string) (mp4: string) =
    let bytes = File.ReadAllBytes mp4
    let mutable usual = [||]

    printfn "%-10s %12s %12s %12s %12s %10s" "ms" "first" "with cache" "unchanged" "a new file" "MB kept"

    for name, words, pathOf in trees do
        let tree = Path.Combine(folder, name)

        if not (Directory.Exists tree) then
            for i in 0 .. most - 1 do
                let start, path = pathOf i

                write
                    (if words.IsEmpty then [||] else bytes)
                    (start.AddSeconds 4.0)
                    (Path.Combine(tree, path))

        let cache = Path.Combine(folder, name + ".sqlite")
        File.Delete cache

        let options =
            match
                Arguments.Parse(
                    [| "check"; "--base-dir"; tree; "--duration-cache"; cache; yield! words |],
                    fun _ -> null
                )
            with
            | Outcome.Run options -> options
            | _ -> failwith "the program refuses its words"

        let start () =
            Recorders.Open(options, null, Action<string>(eprintfn "%s"), Later())

        let round (streams: IRecordedStreams) =
            let found =
                streams.SearchAsync([||], [||], (fun _ -> true), CancellationToken.None).Result

            for one in found.Streams do
                streams
                    .ReadAsync(
                        one.Stream,
                        StreamLook(Units.Instant.Of(DateTimeOffset.UtcNow)),
                        CancellationToken.None
                    )
                    .Result
                |> ignore

        let added =
            let _, path = pathOf most
            Path.Combine(tree, path)

        round (start ()) // Compiles, and makes the cache.
        File.Delete cache
        let first = timed (fun () -> round (start ()))
        let again = start ()
        let before = GC.GetTotalMemory true
        let withCache = timed (fun () -> round again)
        let kept = GC.GetTotalMemory true - before
        let unchanged = timed (fun () -> round again)
        write (if words.IsEmpty then [||] else bytes) DateTime.UtcNow added
        let newFile = timed (fun () -> round again)
        File.Delete added
        GC.KeepAlive again
        let figures = [| first; withCache; unchanged; newFile; float kept / 1e6 |]

        if words.IsEmpty then
            usual <- figures

        printfn "%-10s %12.0f %12.0f %12.1f %12.0f %10.0f" name first withCache unchanged newFile figures[4]
        let ratio at = figures[at] / usual[at]

        printfn
            "%-10s %12.1f %12.1f %12.1f %12.1f %10.1f"
            "  times"
            (ratio 0)
            (ratio 1)
            (ratio 2)
            (ratio 3)
            (ratio 4)
