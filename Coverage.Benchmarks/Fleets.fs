/// What fleets cost in process: judging a hundred channels of four nodes over a year with a hole an hour, of which the newest two
/// hours are listed by names and differ; an unchanged round of these; a week of four nodes by full names; and looks again and again.
module Coverage.Benchmarks.Fleets

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.Diagnostics
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open Coverage
open Coverage.CommandLine
open Coverage.Host

let private firstHour = (Hour.tryParse "2025-01-01T00").Value
let private perHour = 1800
let private channels = 100
let private hoursOfYear = 8760

/// The names of an hour: all but those that an answer is yes for, by their number.
let private names (hour: Hour) (isLost: int -> bool) : byte[] =
    [ for i in 0 .. perHour - 1 do
          if not (isLost i) then
              let hash =
                  Convert.ToBase64String(SHA256.HashData(BitConverter.GetBytes(i + 10_000 * int hour)))

              $"{i / 30:D2}:{i % 30 * 2:D2}.000000-2.0-full-"
              + hash.TrimEnd('=').Replace('+', '-').Replace('/', '_')
              + ".ts/" ]
    |> String.Concat
    |> Encoding.ASCII.GetBytes

let private node (hours: NodeHour seq) : NodeListing =
    { IsSource = true
      IsKnown = true
      Hours = ImmutableArray.CreateRange hours
      Files = ImmutableArray.Empty
      Folders = ImmutableArray.Empty }

let private listed (hour: Hour) (isLost: int -> bool) : NodeHour =
    { Hour = hour
      Names = HourNames.read hour (ReadOnlySpan(names hour isLost)) }

let private rules (hours: int) : FleetRules =
    { Settings = Report.defaults
      Now = Hour.start (firstHour + hours * 1<hour>)
      Cutoff = Duration.ofSeconds 120L
      Window = ValueNone }

/// An hour of the year.
let private holed: byte[] =
    let name (start: string) (length: int) =
        $"{start}.0-{length}-full-{String('A', 43)}.ts/"

    Encoding.ASCII.GetBytes(name "00:00" 1790 + name "30:00" 1800)

/// What is kept of an hour of the year.
let private alike (hour: Hour) : AlikeHour =
    HourNames.read hour (ReadOnlySpan holed) |> AlikeHour.ofNames

/// The end of the year.
let private now =
    Units.Instant(int64 (Hour.start (firstHour + hoursOfYear * 1<hour>)))

/// A year of one channel: a segment of 1790 s and one of 1800 s an hour, and the two newest hours by names.
let private year () : FleetListing =
    let folder (number: int) =
        let hour = firstHour + number * 1<hour>

        HourFolder.ofFiles hour [ "00:00.0-1790-full-.ts", 1L; "30:00.0-1800-full-.ts", 1L ]

    let newest =
        [| for i in 0..3 ->
               [| for number in hoursOfYear - 2 .. hoursOfYear - 1 ->
                      listed (firstHour + number * 1<hour>) (fun place -> place % 300 = 7 * i + 5) |] |]

    { Nodes = ImmutableArray.CreateRange [ for i in 0..3 -> node newest[i] ]
      Base =
        ValueSome(
            FleetBase.create
                (Seq.init (hoursOfYear - 2) folder |> StreamFacts.ofFolders Report.defaults)
                (ImmutableArray.CreateRange
                    [ for number in 0 .. hoursOfYear - 3 -> alike (firstHour + number * 1<hour>) ])
        ) }

let private judge rules listing : FleetReport =
    match Fleet.judge rules listing with
    | Ok report -> report
    | Error hours -> failwith $"the names of {Hour.toText hours[0]} are needed"

let private timed (what: string) (action: unit -> 'T) : 'T =
    let before = GC.GetTotalAllocatedBytes true
    let clock = Stopwatch.StartNew()
    let result = action ()
    let milliseconds = clock.Elapsed.TotalMilliseconds
    let allocated = float (GC.GetTotalAllocatedBytes true - before) / 1048576.0
    printfn $"{what}: {milliseconds:F1} ms, {allocated:F1} MiB allocated"
    result

let private mebibytes (bytes: int64) = float bytes / 1048576.0

/// The most that an action has in memory beyond what there was, as far as a look at it each millisecond tells.
let private peakOf (action: unit -> 'T) : 'T * float =
    let before = GC.GetTotalMemory true
    let mutable isOver = false
    let mutable peak = 0L

    let watch =
        Thread(fun () ->
            while not (Volatile.Read &isOver) do
                peak <- max peak (GC.GetTotalMemory false - before)
                Thread.Sleep 1)

    watch.Start()
    let result = action ()
    Volatile.Write(&isOver, true)
    watch.Join()
    result, mebibytes peak

/// A node that a year is made up for: as the year of a channel, and of the newest two hours each node lacks others.
type private MadeUp(node: int) =
    inherit NodeReader()

    let read (hour: Hour) : HourNames =
        let isNewest = int (hour - firstHour) >= hoursOfYear - 2

        HourNames.read
            hour
            (ReadOnlySpan(
                if isNewest then
                    names hour (fun place -> place % 300 = 7 * node + 5)
                else
                    holed
            ))

    let digests =
        [| for number in 0 .. hoursOfYear - 1 -> HourDigest.Of(read (firstHour + number * 1<hour>)) |]

    override _.Kind = "made up"

    override _.StreamsAsync(_, _, _) =
        let streams =
            [| for channel in 1..channels -> StreamName(string channel, "source") |]

        Task.FromResult(Heard<IReadOnlyList<StreamName>>.Answer(streams, now))

    override _.ListAsync(_, _, _) =
        let none = ImmutableArray.Empty

        Task.FromResult(
            Heard<StreamListing>
                .Answer(StreamListing(ImmutableArray.Create<HourDigest> digests, none, none, none), now)
        )

    override _.NamesAsync(_, hour, _) =
        Task.FromResult(Heard<HourNames>.Answer(read (hour.Number * 1<hour>), now))

    override _.SizesAsync(_, _, _, _) = failwith "no size decides"
    override _.AddressOf(_, _, _) = ""

/// Three looks of one reader.
let private lookThrice (what: string) (options: Options) (readers: (FleetNode * NodeReader) list) : unit =
    let reader =
        FleetReader(
            ImmutableArray.CreateRange [ for node, reader in readers -> struct (node, reader) ],
            options
        )

    let before = GC.GetTotalMemory true

    for which in [ "first"; "second"; "third" ] do
        let look =
            timed $"{what}, the {which} look" (fun () -> reader.LookAsync(now, CancellationToken.None).Result)

        printfn
            $"  {look.Streams.Length} streams, lost {look.Streams[0].Report.Lost.Length} us, live {mebibytes (GC.GetTotalMemory true - before):F1} MiB"

    GC.KeepAlive reader

let private optionsOf (nodes: string list) : Options =
    match
        Arguments.Parse(
            [| "fleet"
               for node in nodes do
                   "--node"
                   node |],
            (fun _ -> null)
        )
    with
    | Outcome.Run options -> options
    | other -> failwith $"%A{other}"

/// Looks at nodes in folders.
let looks (folders: string list) : unit =
    let options =
        optionsOf [ for folder in folders -> $"{IO.Path.GetFileName folder}={folder}" ]

    lookThrice
        $"{folders.Length} folders"
        options
        [ for node in options.Fleet.Nodes -> node, FolderNode(node.At, (fun () -> now), StampPolicy.Auto) ]

let private lengthOf (report: FleetReport) (word: FleetWord) =
    Duration.toText report.Nodes[0].Lengths[int word]

let run () : unit =
    let one = year ()
    let rules = rules hoursOfYear

    for _ in 1..3 do
        judge rules one |> ignore

    let fleet = Array.create channels one
    let before = GC.GetTotalMemory true

    for round in 1..3 do
        let reports =
            timed $"{channels} channels, 4 nodes, a year" (fun () -> fleet |> Array.map (judge rules))

        let kept = mebibytes (GC.GetTotalMemory true - before)

        printfn
            $"  kept {kept:F1} MiB; lost {lengthOf reports[0] FleetWord.Lost} s, fillable {lengthOf reports[0] FleetWord.Fillable} s"

        timed "  an unchanged round" (fun () ->
            let now = rules.Now + 1L<instant>
            reports |> Array.filter (fun report -> report.Until <= now) |> Array.length)
        |> printfn "  %d to be judged again"

    let reports, peak = peakOf (fun () -> fleet |> Array.map (judge rules))
    printfn $"  at most {peak:F1} MiB while {reports.Length} are judged"

    let live = GC.GetTotalMemory true
    let another = year ()

    printfn
        $"  the facts of a channel and what is kept of its hours: {mebibytes (GC.GetTotalMemory true - live):F1} MiB"

    GC.KeepAlive another

    let options = optionsOf [ "A=/a"; "B=/b"; "C=/c"; "D=/d" ]

    lookThrice
        $"{channels} channels, 4 made-up nodes, a year"
        options
        [ for i in 0..3 -> options.Fleet.Nodes[i], MadeUp i :> NodeReader ]

    let week (isSame: bool) =
        { Nodes =
            ImmutableArray.CreateRange
                [ for i in 0..3 ->
                      node
                          [ for number in 0..167 ->
                                listed (firstHour + number * 1<hour>) (fun place ->
                                    not isSame && place % 300 = 7 * i + 5) ] ]
          Base = ValueNone }

    let blocks =
        [| for number in 0..167 ->
               firstHour + number * 1<hour>, names (firstHour + number * 1<hour>) (fun _ -> false) |]

    for _ in 1..2 do
        timed "reading the names of a week of one node" (fun () ->
            blocks
            |> Array.map (fun (hour, block) -> HourNames.read hour (ReadOnlySpan block)))
        |> ignore

    for isSame in [ true; false ] do
        let listing = week isSame

        for _ in 1..3 do
            let report =
                timed $"a week of 4 nodes by names, all hours the same: {isSame}" (fun () ->
                    judge
                        { rules with
                            Now = Hour.start (firstHour + 168<hour>) }
                        listing)

            printfn $"  fillable {lengthOf report FleetWord.Fillable} s"
