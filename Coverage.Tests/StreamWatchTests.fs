/// Looking again reads only what changed, and says what a fresh look says.
module Coverage.Tests.StreamWatchTests

open System
open System.IO
open System.Runtime.InteropServices
open System.Text
open System.Threading
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

/// A clock by which every folder was left alone for long, so that its stamp is trusted at once.
type private LateClock() =
    inherit TimeProvider()
    override _.GetUtcNow() = DateTimeOffset.UtcNow.AddHours 1.0

let private stream = StreamName("channel", "source")
let private firstHour = 489_594

/// What happens to an archive between two looks; numbers pick among what is there.
type Edit =
    | Add of hour: int * second: int * duration: int * kind: int
    | Delete of file: int
    | Rename of file: int * duration: int * kind: int
    | Tombstone of file: int
    | Grow of file: int
    | AddBadName of hour: int
    | AddFolder of hour: int
    | RemoveFolder of hour: int

type Rounds = { Edits: Edit list list }

/// Starts and lengths that meet: on a coarse grid, at both edges of the hour, and reaching over one or more.
let private edits: Gen<Edit list list> =
    let hour = Gen.choose (0, 4)

    let second =
        Gen.frequency [ 4, Gen.elements [ 0; 10; 20; 3590; 3599 ]; 1, Gen.choose (0, 3599) ]

    let duration = Gen.elements [ 0; 5; 10; 12; 3600; 9000 ]
    let kind = Gen.choose (0, 3)
    let file = Gen.choose (0, 1000)

    Gen.frequency
        [ 12, Gen.map Add (Gen.map4 (fun a b c d -> a, b, c, d) hour second duration kind)
          2, Gen.map Delete file
          2, Gen.map Rename (Gen.map3 (fun a b c -> a, b, c) file duration kind)
          1, Gen.map Tombstone file
          2, Gen.map Grow file
          1, Gen.map AddBadName hour
          1, Gen.map AddFolder hour
          1, Gen.map RemoveFolder hour ]
    |> Gen.listOf
    |> Gen.resize 6
    |> Gen.listOfLength 8

type Arbs =
    static member Rounds() =
        edits |> Gen.map (fun edits -> { Edits = edits }) |> Arb.fromGen

let private config =
    { FsCheckConfig.defaultConfig with
        maxTest = 60 * Gen.depth
        arbitrary = [ typeof<Arbs> ] }

/// A folder that is gone after the test.
let private withFolder (test: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("coverage-watch-").FullName

    try
        test folder
    finally
        Directory.Delete(folder, true)

/// Everything a report says, in a form that is equal when it is.
let private said (reading: StreamReading | null) =
    match reading with
    | null -> None
    | reading ->
        let report = reading.Report

        Some(
            report.Extent,
            report.Status,
            report.Raw,
            report.Editable,
            report.PartialOnly,
            List.ofSeq report.Hours,
            [ for bad in reading.BadNames -> bad.Key.Number, bad.Value.Length ] |> List.sort
        )

let private newWatchUpTo (last: Nullable<int>) (trust: StampPolicy) folder (clock: TimeProvider) =
    StreamWatch(
        stream.PathIn folder,
        Engine.Settings(10_000L, Nullable(), last),
        trust,
        HourReader(clock, trust),
        Workers(),
        clock
    )

let private newWatchOf = newWatchUpTo (Nullable())

let private newWatch = newWatchOf StampPolicy.Always

let private look afresh (watch: StreamWatch) =
    let mutable read = 0

    let reading =
        watch
            .CheckAsync(afresh, (fun _ _ -> read <- read + 1), CancellationToken.None)
            .GetAwaiter()
            .GetResult()

    reading, read

/// Does an edit, and sets the folder's own time to one it never had: file systems' clocks tick coarsely.
let private apply (source: string) (ticks: int ref) (edit: Edit) =
    let folder hour =
        Path.Combine(source, Engine.HourText(firstHour + hour))

    let files () =
        if Directory.Exists source then
            Directory.GetFiles(source, "*.ts", SearchOption.AllDirectories) |> Array.sort
        else
            [||]

    let touch (path: string) =
        ticks.Value <- ticks.Value + 1
        Directory.SetLastWriteTimeUtc(path, DateTime(2025, 1, 1).AddSeconds(float ticks.Value))

    let folderOf (file: string) = string (FileInfo(file).DirectoryName)
    let kinds = [| "full"; "suspect"; "partial"; "temp" |]

    let name (time: string) (duration: int) (kind: int) =
        ticks.Value <- ticks.Value + 1
        $"""{time}-{duration}-{kinds[kind]}-{ticks.Value.ToString "0000"}.ts"""

    let onFile index (act: string -> unit) =
        match files () with
        | [||] -> ()
        | all ->
            let file = all[index % all.Length]
            act file
            touch (folderOf file)

    match edit with
    | Add(hour, second, duration, kind) ->
        let path = folder hour
        Directory.CreateDirectory path |> ignore

        File.WriteAllBytes(
            Path.Combine(path, name $"{second / 60:D2}:{second % 60:D2}" duration kind),
            [| 1uy |]
        )

        touch path
    | Delete file -> onFile file File.Delete
    | Rename(file, duration, kind) ->
        onFile file (fun path ->
            let time = FileInfo(path).Name.Split('-')[0]
            File.Move(path, Path.Combine(folderOf path, name time duration kind)))
    | Tombstone file -> onFile file (fun path -> File.WriteAllText(path.Replace(".ts", ".tombstone"), ""))
    | Grow file ->
        match files () with
        | [||] -> ()
        | all -> File.AppendAllText(all[file % all.Length], "more")
    | AddBadName hour ->
        if Directory.Exists(folder hour) then
            File.WriteAllText(Path.Combine(folder hour, $"bad{ticks.Value}.ts"), "")
            touch (folder hour)
    | AddFolder hour -> Directory.CreateDirectory(folder hour) |> ignore
    | RemoveFolder hour ->
        if Directory.Exists(folder hour) then
            Directory.Delete(folder hour, true)

let private agrees trust (clock: TimeProvider) (rounds: Rounds) =
    withFolder (fun folder ->
        let source = Path.Combine(folder, "channel", "source")
        let ticks = ref 0
        let watch = newWatchOf trust folder clock

        for edits in rounds.Edits do
            List.iter (apply source ticks) edits
            let again, _ = look false watch
            let fresh, _ = look true (newWatch folder clock)
            Expect.equal (said again) (said fresh) $"after {edits}")

/// A check that leaves out what is after an hour, or keeps the best segments from an hour on, and how many hours it read.
let private lookBetween
    (last: Nullable<Units.Hour>)
    (keepBestFrom: Nullable<Units.Hour>)
    (watch: StreamWatch)
    =
    let mutable read = 0

    let reading =
        watch
            .CheckAsync(false, (fun _ _ -> read <- read + 1), CancellationToken.None, last, keepBestFrom)
            .GetAwaiter()
            .GetResult()

    reading, read

let private lookUpTo (last: int) =
    lookBetween (Nullable(Units.Hour last)) (Nullable())

let private lookFrom (from: int) =
    lookBetween (Nullable()) (Nullable(Units.Hour from))

/// How many segments lie in the hours of a reading that a condition holds for.
let private segments (condition: int -> bool) (reading: StreamReading | null) =
    match reading with
    | null -> 0
    | reading ->
        reading.Report.Hours
        |> Seq.filter (fun hour -> condition (int hour.Hour))
        |> Seq.sumBy (fun hour ->
            hour.Segments.Full.Count
            + hour.Segments.Suspect.Count
            + hour.Segments.Partial.Count)

/// Whatever the clock says, what is ahead of it is left out as by a last hour, unless nothing would be left.
let private leavesOutAhead (rounds: Rounds) (clocks: int list) =
    withFolder (fun folder ->
        let source = Path.Combine(folder, "channel", "source")
        let ticks = ref 0
        let watch = newWatch folder (LateClock())

        for edits, clock in List.zip rounds.Edits clocks do
            List.iter (apply source ticks) edits
            let last = firstHour + clock
            let reading, _ = lookUpTo last watch
            let whole, _ = look true (newWatch folder (LateClock()))

            let present, ahead =
                segments (fun hour -> hour <= last) whole, segments (fun hour -> hour > last) whole

            let expected =
                if present > 0 then
                    fst (look true (newWatchUpTo (Nullable last) StampPolicy.Always folder (LateClock())))
                else
                    whole

            Expect.equal (said reading) (said expected) $"up to hour {clock} after {edits}"

            let told =
                match reading with
                | null -> None
                | reading ->
                    match reading.Ahead with
                    | null -> None
                    | its -> Some(its.Count, its.AreAll)

            Expect.equal told (if ahead > 0 then Some(ahead, (present = 0)) else None) "they are counted")

[<DllImport "libc">]
extern int private inotify_init1(int flags)

[<DllImport "libc">]
extern int private inotify_add_watch(int descriptor, string path, uint32 mask)

[<DllImport "libc">]
extern nativeint private read(int descriptor, byte[] buffer, nativeint size)

[<DllImport "libc">]
extern int private close(int descriptor)

/// Tells which folders in a folder are opened.
type private Opened(parent: string) =
    let descriptor = inotify_init1 0x800 // Not blocking.
    do Expect.isGreaterThan (inotify_add_watch (descriptor, parent, 0x20u)) 0 "inotify"

    /// The names of those opened since the last time it was asked.
    member _.Names() : Set<string> =
        // struct inotify_event: watch (4 bytes), mask (4), cookie (4), length of the name (4), name ended by NULs.
        let buffer = Array.zeroCreate 65_536
        let got = int (read (descriptor, buffer, nativeint buffer.Length))

        0
        |> List.unfold (fun at ->
            if at >= got then
                None
            else
                let length = int (BitConverter.ToUInt32(buffer, at + 12))
                let name = Encoding.UTF8.GetString(buffer, at + 16, length).TrimEnd '\000'
                Some(name, at + 16 + length))
        |> List.filter (fun name -> name <> "")
        |> Set.ofList

    interface IDisposable with
        member _.Dispose() = close descriptor |> ignore

[<Tests>]
let whileItChanges =
    testList
        "looking while a recorder works"
        [ testCase "Regression: segments renamed while their hour is listed leave no hole"
          <| fun () ->
              withFolder (fun folder ->
                  // Beside so many long names that listing them takes many calls, between which one can slip through.
                  let source = Path.Combine(folder, "channel", "source", Engine.HourText firstHour)
                  Directory.CreateDirectory source |> ignore

                  for other in 1..2000 do
                      File.WriteAllText(Path.Combine(source, $"%0200d{other}.json"), "")

                  let segments = 360

                  let path segment (hash: char) =
                      let time = $"%02d{segment / 6}:%02d{segment % 6 * 10}"
                      Path.Combine(source, $"{time}-10-full-{String(hash, 43)}.ts")

                  for segment in 0 .. segments - 1 do
                      File.WriteAllText(path segment 'A', "")

                  let mutable looks = 0
                  let mutable renames = 0
                  use stop = new CancellationTokenSource()

                  // 20 ms apart, which is longer than any clock's tick, and at most three to a look, so that one of the
                  // five times that a look lists the folder finds it at rest, however busy this machine is.
                  let recorder =
                      Thread(fun () ->
                          let mutable look, inLook = 0, 0

                          while not stop.IsCancellationRequested do
                              let now = Volatile.Read &looks

                              if now <> look then
                                  look <- now
                                  inLook <- 0

                              if inLook < 3 then
                                  let segment = renames * 7 % segments
                                  let odd = renames / segments % 2 = 1
                                  let before, after = if odd then 'B', 'A' else 'A', 'B'
                                  File.Move(path segment before, path segment after)
                                  inLook <- inLook + 1
                                  renames <- renames + 1

                              Thread.Sleep 20)

                  recorder.Start()

                  try
                      let watch = newWatch folder TimeProvider.System
                      let clock = Diagnostics.Stopwatch.StartNew()

                      while clock.Elapsed < TimeSpan.FromSeconds 2.0 || renames < 20 do
                          Volatile.Write(&looks, looks + 1)
                          let report = (nonNull (fst (look false watch))).Report
                          Expect.equal report.Status Status.Complete $"look {looks}"
                          Expect.equal report.Raw.Covered (Duration.ofSeconds 3600) $"look {looks}"
                  finally
                      stop.Cancel()
                      recorder.Join())

          testCase "Regression: hours without segments are not opened by every discovery, while they rest"
          <| fun () ->
              withFolder (fun folder ->
                  let hours = [ for hour in 0..299 -> Engine.HourText(firstHour + hour) ]
                  let chat = Path.Combine(folder, "channel", "chat")

                  for hour in hours do
                      Directory.CreateDirectory(Path.Combine(chat, hour)) |> ignore
                      File.WriteAllText(Path.Combine(chat, hour, "batch.json"), "")

                  let archive = StreamSearch(folder, LateClock(), StampPolicy.Always)

                  let found () =
                      archive.Streams([||], [||], (fun _ -> false)).Streams.Count

                  use opened = new Opened(chat)
                  Expect.equal (found ()) 0 "chat is no stream"
                  Expect.equal (opened.Names()) (set hours) "each is looked into once"
                  Expect.equal (found ()) 0 ""
                  Expect.equal (opened.Names()) Set.empty "and never again"

                  let changed = Path.Combine(chat, hours[7])
                  File.WriteAllText(Path.Combine(changed, "00:00-2-full-.ts"), "")
                  Directory.SetLastWriteTimeUtc(changed, DateTime(2025, 1, 1))
                  Expect.equal (found ()) 1 "until something changes"
                  Expect.equal (opened.Names()) (set [ hours[7] ]) "there")

          testCase
              "Regression: an hour of dangling links alone is looked into again, as links can come to lead somewhere"
          <| fun () ->
              withFolder (fun folder ->
                  let hour = Path.Combine(folder, "channel", "source", Engine.HourText firstHour)
                  Directory.CreateDirectory hour |> ignore
                  let target = Path.Combine(folder, "elsewhere")

                  File.CreateSymbolicLink(Path.Combine(hour, "00:00-2-full-.ts"), target)
                  |> ignore

                  let archive = StreamSearch(folder, LateClock(), StampPolicy.Always)

                  let found () =
                      archive.Streams([| "channel" |], [||], (fun _ -> false)).Streams
                      |> Seq.map _.Stream.Quality
                      |> List.ofSeq

                  Expect.equal (found ()) [ "*" ] "no stream yet"
                  File.WriteAllText(target, "")
                  Expect.equal (found ()) [ "source" ] "now it is one") ]

[<Tests>]
let tests =
    testList
        "looking again"
        [ testPropertyWithConfig
              config
              "after any edits it says what a fresh look says, where stamps are trusted"
          <| agrees StampPolicy.Always (LateClock())

          testPropertyWithConfig { config with maxTest = 15 } "and where folders changed a moment ago"
          <| agrees StampPolicy.Always TimeProvider.System

          testPropertyWithConfig { config with maxTest = 30 } "and where stamps are not trusted"
          <| agrees StampPolicy.Never (LateClock())
          testPropertyWithConfig
              { config with maxTest = 30 * Gen.depth }
              "hours ahead of the clock are left out as by a last hour, while the clock goes on and back"
          <| fun (rounds: Rounds) ->
              Prop.forAll (Gen.choose (-1, 5) |> Gen.listOfLength 8 |> Arb.fromGen) (fun clocks ->
                  leavesOutAhead rounds clocks)

          testCase "an hour that was ahead is served when its time comes, without being read again"
          <| fun () ->
              withFolder (fun folder ->
                  let source = Path.Combine(folder, "channel", "source")
                  let ticks = ref 0

                  for hour in [ 0; 1; 3 ] do
                      apply source ticks (Add(hour, 0, 10, 0))

                  let watch = newWatch folder (LateClock())
                  let at clock = lookUpTo (firstHour + clock) watch
                  let first, read = at 1
                  let report = (nonNull first).Report
                  Expect.equal (report.Hours.Length, read) (2, 3) "two of the three that are read"
                  Expect.isTrue report.Settings.LastHour.IsNone "a map that ends with the recording"

                  for clock in [ 1; 2 ] do
                      let again, read = at clock

                      Expect.isTrue
                          (Object.ReferenceEquals((nonNull again).Report, report))
                          "the same report"

                      Expect.equal read 0 "nothing is read"

                  let later, read = at 3
                  Expect.equal ((nonNull later).Report.Hours.Length, read) (4, 0) "its time has come"
                  Expect.isNull (nonNull later).Ahead "")

          testCase
              "Regression: a stream whose hours go when they are opened is bare; one whose hours lie elsewhere is not"
          <| fun () ->
              withFolder (fun folder ->
                  let source = Path.Combine(folder, "channel", "source")
                  apply source (ref 0) (Add(1, 0, 10, 0))
                  let hours = Directory.GetDirectories source

                  // Asked for the time at the beginning of a look, and then where an hour's folder was opened.
                  let mutable asked = 0

                  let clock =
                      { new TimeProvider() with
                          override _.GetUtcNow() =
                              if Interlocked.Increment &asked = 2 then
                                  Directory.Delete(hours[0], true)

                              DateTimeOffset.UtcNow }

                  let bare = nonNull (fst (look true (newWatch folder clock)))
                  Expect.isFalse (Directory.Exists hours[0]) "it went"
                  Expect.isTrue bare.IsBare ""
                  apply source (ref 0) (Add(1, 0, 10, 0))
                  let upTo = newWatchUpTo (Nullable firstHour) StampPolicy.Always folder (LateClock())
                  let elsewhere = nonNull (fst (look true upTo))
                  Expect.isFalse (elsewhere.HoldsSegments || elsewhere.IsBare) "nothing in the range"
                  Directory.Delete(hours[0], true)
                  Expect.isTrue (nonNull (fst (look false upTo))).IsBare "nothing at all")

          for trust in [ StampPolicy.Always; StampPolicy.Never ] do
              testCase
                  $"reads nothing when nothing changed, and gives the same report; stamps trusted: {trust}"
              <| fun () ->
                  withFolder (fun folder ->
                      let source = Path.Combine(folder, "channel", "source")
                      let ticks = ref 0

                      [ Add(0, 0, 10, 0); Add(0, 10, 10, 2); Add(0, 10, 12, 2); Add(2, 0, 10, 0) ]
                      |> List.iter (apply source ticks)

                      let watch = newWatchOf trust folder (LateClock())
                      let first, read = look false watch
                      Expect.equal read 2 "hours read at first"
                      let second, read = look false watch
                      Expect.equal read 0 "hours read when nothing changed"

                      Expect.isTrue
                          (obj.ReferenceEquals((nonNull first).Report, (nonNull second).Report))
                          "the same report")

          testCase "reads the one hour that changed, and the next when what is handed on changed"
          <| fun () ->
              withFolder (fun folder ->
                  let source = Path.Combine(folder, "channel", "source")
                  let ticks = ref 0
                  [ for hour in 0..4 -> Add(hour, 0, 10, 0) ] |> List.iter (apply source ticks)
                  let watch = newWatch folder (LateClock())
                  look false watch |> ignore
                  apply source ticks (Add(1, 5, 1, 0))
                  Expect.equal (snd (look false watch)) 1 "a segment within another hands nothing on"
                  apply source ticks (Add(1, 3590, 10, 0))
                  Expect.equal (snd (look false watch)) 2 "a segment that reaches to the next hour")

          testCase "sees a partial file grow where partials compete, though its folder tells nothing"
          <| fun () ->
              withFolder (fun folder ->
                  let source = Path.Combine(folder, "channel", "source")
                  let ticks = ref 0
                  [ Add(0, 0, 5, 2); Add(0, 0, 10, 2) ] |> List.iter (apply source ticks)
                  let watch = newWatch folder (LateClock())

                  for file, covered in [ 0, 5; 1, 10 ] do
                      // The files are in order of name: the one of 10 seconds comes first.
                      apply source ticks (Grow(1 - file))
                      apply source ticks (Grow(1 - file))
                      let reading, _ = look false watch

                      Expect.equal
                          (nonNull reading).Report.Raw.Covered
                          (Duration.ofSeconds covered)
                          "the larger one is best"

                      apply source ticks (Grow file)
                      apply source ticks (Grow file)
                      apply source ticks (Grow file))

          testCase "an hour that changed without a sign is found by a look afresh, and told"
          <| fun () ->
              // Two changes within one tick of the file system's clock, a look between them.
              let missed folder (attempt: int) =
                  let home = Path.Combine(folder, string attempt)
                  let source = Path.Combine(home, "channel", "source", Engine.HourText firstHour)
                  Directory.CreateDirectory source |> ignore
                  let watch = newWatch home (LateClock())
                  File.WriteAllText(Path.Combine(source, "00:00-2-full-.ts"), "")
                  look false watch |> ignore
                  File.WriteAllText(Path.Combine(source, "00:02-2-full-.ts"), "")
                  let reading, read = look false watch

                  if read = 0 then
                      Expect.equal (nonNull reading).Report.Raw.Covered (Duration.ofSeconds 2) "missed"
                      let reading, _ = look true watch
                      Expect.equal (nonNull reading).Report.Raw.Covered (Duration.ofSeconds 4) "corrected"
                      Expect.equal (List.ofSeq (nonNull reading).Corrected) [ Units.Hour firstHour ] "told"

                  read = 0

              withFolder (fun folder ->
                  // Most file systems of today time every change apart; ramfs, which only root can have, does not.
                  let mount program (words: string list) =
                      use run = System.Diagnostics.Process.Start(program, words)
                      run.WaitForExit()
                      run.ExitCode = 0

                  let isRam =
                      Environment.IsPrivilegedProcess
                      && mount "mount" [ "-t"; "ramfs"; "ramfs"; folder ]

                  try
                      if not (Seq.exists (missed folder) (seq { 1..200 })) then
                          skiptest "needs a file system that misses changes: ramfs, and root to mount it"
                  finally
                      if isRam then
                          mount "umount" [ folder ] |> ignore) ]

/// Does something while the listings of some hours, wherever they lie below a folder, break off.
let private whileUnread (folder: string) (hours: Set<int>) (act: unit -> 'a) : 'a =
    let names = hours |> Set.map (fun hour -> Engine.HourText(firstHour + hour))

    Folder.Fault <-
        Func<_, _, _>(fun path _ ->
            if path.StartsWith folder && names.Contains(string (Path.GetFileName path)) then
                5
            else
                0)

    try
        act ()
    finally
        Folder.Fault <- null

/// What is unread, as hours after the first.
let private unread (reading: StreamReading | null) =
    match reading with
    | null -> []
    | reading -> [ for hour in reading.Unread -> hour.Hour.Number - firstHour ]

/// A copy of a stream without the folders of some hours.
let private copyWithout (hours: Set<int>) (source: string) (target: string) =
    if Directory.Exists source then
        Directory.CreateDirectory target |> ignore

        for hour in Directory.GetDirectories source do
            let name = string (Path.GetFileName hour)

            if not (hours |> Set.exists (fun hour -> Engine.HourText(firstHour + hour) = name)) then
                Directory.CreateDirectory(Path.Combine(target, name)) |> ignore

                for file in Directory.GetFiles hour do
                    File.Copy(file, Path.Combine(target, name, string (Path.GetFileName file)))

let private goesOnWithout trust (rounds: Rounds) (unreadable: Set<int> list) =
    withFolder (fun folder ->
        let source = stream.PathIn folder
        let ticks = ref 0
        let watch = newWatchOf trust folder (LateClock())

        // In the end all can be read again.
        for at, (edits, hours) in
            List.indexed (List.zip (rounds.Edits @ [ [] ]) (unreadable @ [ Set.empty ])) do
            List.iter (apply source ticks) edits

            let pathOf hour =
                Path.Combine(source, Engine.HourText(firstHour + hour))

            let there = hours |> Set.filter (pathOf >> Directory.Exists)

            // Whatever makes a folder unreadable moves its stamp, as a change of its mode does.
            for hour in there do
                ticks.Value <- ticks.Value + 1

                Directory.SetLastWriteTimeUtc(
                    pathOf hour,
                    DateTime(2025, 1, 1).AddSeconds(float ticks.Value)
                )

            let again, _ = whileUnread folder hours (fun () -> look false watch)
            let copy = Path.Combine(folder, $"copy{at}")
            copyWithout hours source (stream.PathIn copy)
            let without, _ = look true (newWatch copy (LateClock()))
            Expect.equal (said again) (said without) $"without {hours} after {edits}"
            Expect.equal (unread again) (List.ofSeq there) "each is named, in order")

/// The edge, from all best segments there are.
let private edgeAt (now: Instant) (source: string) : Instant voption =
    let ends =
        [ if Directory.Exists source then
              for folder in Archive.Read source do
                  for best in (Selection.ofFolder folder).Best do
                      if best.Start < now && best.Duration > Duration.zero then
                          best.End ]

    if ends.IsEmpty then ValueNone else ValueSome(List.max ends)

/// Whatever was asked before, the edge at an instant is that of all segments there are.
let private knowsTheEdge (rounds: Rounds) (instants: (int * int) list) =
    withFolder (fun folder ->
        let source = stream.PathIn folder
        let ticks = ref 0
        let watch = newWatch folder (LateClock())

        for edits, (hour, second) in List.zip rounds.Edits instants do
            List.iter (apply source ticks) edits

            let now =
                Instant.add (Duration.ofSeconds (int64 second)) (Hour.start ((firstHour + hour) * 1<hour>))

            match lookFrom (int (Hour.ofInstant now)) watch with
            | null, _ -> ()
            | reading, _ ->
                Expect.equal (StreamFacts.endBefore now reading.Facts) (edgeAt now source) $"{edits}")

/// Instants within hours, and at their edges.
let private instants: Gen<(int * int) list> =
    Gen.zip
        (Gen.choose (-1, 5))
        (Gen.frequency [ 2, Gen.elements [ 0; 1; 5; 10; 11; 3590; 3599 ]; 1, Gen.choose (0, 3599) ])
    |> Gen.listOfLength 8

let private unreadable: Gen<Set<int> list> =
    Gen.frequency
        [ 1, Gen.constant Set.empty
          2, Gen.choose (0, 4) |> Gen.listOf |> Gen.resize 3 |> Gen.map Set.ofList ]
    |> Gen.listOfLength 8

[<Tests>]
let unreadHours =
    // What makes listings break off is set for all.
    testSequenced
    <| testList
        "looking where hours cannot be read"
        [ for trust in [ StampPolicy.Always; StampPolicy.Never ] do
              testPropertyWithConfig
                  { config with maxTest = 30 * Gen.depth }
                  $"the rest is told as if they had no folders, and all when they can be read again; stamps trusted: {trust}"
              <| fun (rounds: Rounds) -> Prop.forAll (Arb.fromGen unreadable) (goesOnWithout trust rounds)

          testCase "the account stays while what is unread does, and only the unread hour is tried again"
          <| fun () ->
              withFolder (fun folder ->
                  let source = stream.PathIn folder
                  let ticks = ref 0
                  [ for hour in 0..3 -> Add(hour, 0, 10, 0) ] |> List.iter (apply source ticks)

                  Directory.CreateDirectory(Path.Combine(source, Engine.HourText(firstHour + 4)))
                  |> ignore

                  let watch = newWatch folder (LateClock())

                  let look hours =
                      let reading, read = whileUnread folder (set hours) (fun () -> look false watch)
                      (nonNull reading).Account, read

                  let same (one: Account) (other: Account) = Object.ReferenceEquals(one, other)
                  let all, read = look []
                  Expect.equal read 5 "all"

                  Directory.SetLastWriteTimeUtc(
                      Path.Combine(source, Engine.HourText(firstHour + 1)),
                      DateTime(2024, 1, 1)
                  )

                  let without, _ = look [ 1 ]
                  Expect.isFalse (same all without) "an hour is unread"
                  let again, read = look [ 1 ]
                  Expect.equal (same without again, read) (true, 1) "and stays so"

                  Directory.SetLastWriteTimeUtc(
                      Path.Combine(source, Engine.HourText(firstHour + 4)),
                      DateTime(2024, 1, 1)
                  )

                  let more, read = look [ 1; 4 ]
                  Expect.equal (same again more, read) (false, 2) "one more, in which there is nothing"
                  let fewer, _ = look [ 4 ]
                  Expect.isFalse (same more fewer) "one fewer"
                  let whole, read = look []
                  Expect.equal (same fewer whole, read) (false, 1) "none"
                  Expect.equal whole.Facts.Report all.Facts.Report "and all is told")

          testCase "a stream of which every hour is unread is not bare"
          <| fun () ->
              withFolder (fun folder ->
                  apply (stream.PathIn folder) (ref 0) (Add(0, 0, 10, 0))

                  let reading =
                      whileUnread folder (set [ 0 ]) (fun () ->
                          nonNull (fst (look true (newWatch folder (LateClock())))))

                  Expect.isFalse reading.IsBare ""
                  Expect.isTrue reading.AnyInRange "") ]

[<Tests>]
let edge =
    testList
        "the edge of a recording that is looked at again"
        [ testPropertyWithConfig
              { config with maxTest = 60 * Gen.depth }
              "it is known at any instant, within an hour and at the edges of hours, while the clock goes on and back"
          <| fun (rounds: Rounds) -> Prop.forAll (Arb.fromGen instants) (knowsTheEdge rounds)

          testCase "an hour that is over is not read for that, nor is the account another"
          <| fun () ->
              withFolder (fun folder ->
                  let source = stream.PathIn folder
                  let ticks = ref 0
                  [ for hour in 0..2 -> Add(hour, 0, 10, 0) ] |> List.iter (apply source ticks)
                  let watch = newWatch folder (LateClock())
                  let at hour = lookFrom (firstHour + hour) watch
                  let first, _ = at 1
                  let account = (nonNull first).Account

                  // The folder changed, and nothing in it that counts.
                  let touchLast () =
                      ticks.Value <- ticks.Value + 1
                      let last = Path.Combine(source, Engine.HourText(firstHour + 2))
                      Directory.SetLastWriteTimeUtc(last, DateTime(2024, 1, 1).AddSeconds(float ticks.Value))

                  for hour in [ 2; 3; 4 ] do
                      touchLast ()
                      let later, read = at hour
                      Expect.equal read 1 "the one that changed"

                      Expect.isTrue
                          (Object.ReferenceEquals((nonNull later).Account, account))
                          $"the same account, hour {hour}"

                  let back, read = at 1
                  Expect.equal read 2 "a clock that goes back asks for what is not kept"

                  Expect.equal
                      (nonNull back).Report
                      account.Facts.Report
                      "and the numbers are those of before") ]
