/// Folders as real disks are: listings that break off, and stamps that do not move.
module Coverage.Tests.FolderTests

open System
open System.IO
open System.Threading
open Expecto
open Coverage
open Coverage.Tests.Sandbox

let private hour = 489_594
let private inputOutput, noEntry = 5, 2

/// An hour of 1,800 segments of 2 s: more names than one call of a listing gives.
let private layOutHour (archive: Folder) (hour: int) =
    archive.Files(
        $"c/source/{Engine.HourText hour}",
        [ for second in 0..2..3598 -> $"%02d{second / 60}:%02d{second % 60}.0-2.0-full-{String('A', 43)}.ts" ]
    )

/// Checks the stream c/source, all stamps trusted.
let private look (archive: Folder) =
    let clock = TimeProvider.System

    let watch =
        StreamWatch(
            archive.At "c/source",
            Engine.Settings(10_000L, Nullable(), Nullable()),
            StampPolicy.Always,
            HourReader(clock, StampPolicy.Always),
            Workers(),
            clock
        )

    watch.CheckAsync(true, null, CancellationToken.None).GetAwaiter().GetResult()

/// The holes, hours and covered seconds of a reading.
let private said (reading: StreamReading | null) =
    let report = (nonNull reading).Report
    report.Raw.Holes.Count, report.Hours.Length, Duration.toSeconds report.Raw.Covered

/// Does something while listings of the folders in an archive fail as a function of path and call says.
let private withFault (archive: Folder) (fault: string -> int -> int) act =
    Folder.Fault <-
        Func<_, _, _>(fun path call -> if path.StartsWith archive.Path then fault path call else 0)

    try
        act ()
    finally
        Folder.Fault <- null

let private breaksOff (archive: Folder) act =
    try
        failtestf "a listing that broke off was taken for a whole one: %A" (act ())
    with :? UnreadableException as error ->
        Expect.stringContains error.Message "to its end" ""
        error.Path.Replace(archive.Path, "")

[<Tests>]
let listings =
    testSequenced
    <| testList
        "listings that break off"
        [ archiveTest
              "Regression: whatever the error, an hour whose listing always breaks off is unread, and it alone"
          <| fun archive ->
              layOutHour archive hour
              layOutHour archive (hour + 1)
              let broken = $"/c/source/{Engine.HourText(hour + 1)}"

              for error in [ noEntry; inputOutput; 20; 116 ] do
                  for from in [ 1; 2 ] do
                      let fault (path: string) call =
                          if path.EndsWith broken && call >= from then error else 0

                      withFault archive fault (fun () ->
                          let reading = look archive
                          let unread = Seq.exactlyOne (nonNull reading).Unread
                          Expect.equal unread.Hour (Units.Hour(hour + 1)) $"error {error} from call {from}"
                          Expect.equal unread.Failure.Path (archive.Path + broken) ""
                          Expect.stringContains unread.Failure.Message "to its end" ""
                          Expect.equal (said reading) (0, 1, 3600m) "the other hour"

                          Expect.equal
                              (breaksOff archive (fun () ->
                                  Archive.Facts(Report.defaults, archive.At "c/source")))
                              broken
                              "a script is not given half of the numbers")

          archiveTest "a listing that breaks off once is begun anew, and nothing is missing or there twice"
          <| fun archive ->
              layOutHour archive hour
              let whole = said (look archive)
              Expect.equal whole (0, 1, 3600m) ""

              for folder in [ ""; "/c"; "/c/source"; $"/c/source/{Engine.HourText hour}" ] do
                  let mutable failed = false

                  let fault path call =
                      if path = archive.Path + folder && call = 2 && not failed then
                          failed <- true
                          noEntry
                      else
                          0

                  withFault archive fault (fun () ->
                      let streams =
                          StreamSearch(archive.Path, TimeProvider.System, StampPolicy.Always)
                              .Streams([||], [||], (fun _ -> false))
                              .Streams

                      Expect.sequenceEqual (streams |> Seq.map _.Stream) [ StreamName("c", "source") ] folder
                      Expect.equal (said (look archive)) whole folder)

                  Expect.isTrue failed folder

          archiveTest
              "where a stream's own listing, or the base's, breaks off there is none of the stream, or of any"
          <| fun archive ->
              layOutHour archive hour

              let always folder path call =
                  if path = archive.Path + folder && call > 1 then
                      noEntry
                  else
                      0

              withFault archive (always "/c/source") (fun () ->
                  Expect.equal (breaksOff archive (fun () -> look archive)) "/c/source" "")

              withFault archive (always "") (fun () ->
                  let search = StreamSearch(archive.Path, TimeProvider.System, StampPolicy.Always)

                  let streams () =
                      search.Streams([||], [||], (fun _ -> false))

                  Expect.equal (breaksOff archive streams) "" "")

          archiveTest "an hour that is removed while it is listed was never listed"
          <| fun archive ->
              layOutHour archive hour
              layOutHour archive (hour + 1)
              let removed = archive.At $"c/source/{Engine.HourText(hour + 1)}"

              // Its files go first, as always: what is listed by then is half of it.
              let fault path call =
                  if path = removed && call = 2 && Directory.Exists removed then
                      Directory.Delete(removed, true)
                      noEntry
                  else
                      0

              withFault archive fault (fun () -> Expect.equal (said (look archive)) (0, 1, 3600m) "")

          archiveTest "Regression: the second call of a real listing fails: no hole that is not there"
          <| fun archive ->
              if not (canRun [ "strace"; "-o"; "/dev/null"; "true" ]) then
                  skiptest "needs strace, and the right to trace"

              layOutHour archive hour
              let path = archive.At $"c/source/{Engine.HourText hour}"

              let check faults =
                  let words =
                      [ "strace"
                        "-f"
                        "-o"
                        archive.At "trace"
                        "-P"
                        path
                        "-e"
                        "trace=getdents64"
                        "-e"
                        $"inject=getdents64:{faults}" ]
                      @ itself

                  let result =
                      runBy words [] [ "check"; "c"; "--base-dir"; archive.Path; "--format"; "bed" ]

                  Expect.stringContains (File.ReadAllText(archive.At "trace")) "INJECTED" "a call failed"
                  result

              for faults in [ "error=ENOENT:when=2+"; "error=EIO:when=2+" ] do
                  let result = check faults
                  Expect.equal result.ExitCode 66 result.Output
                  Expect.stringContains result.Error path ""

              for faults in [ "error=ENOENT:when=2"; "error=EINTR:when=1" ] do
                  let result = check faults

                  Expect.equal
                      (result.ExitCode, result.Output.Split('\n').Length)
                      (0, 1)
                      (result.Output + result.Error) ]

/// Mounts a pool of the folders a and b of an archive at the folder pool, and unmounts it in the end.
let private withPool (archive: Folder) act =
    let hasFuse = Environment.IsPrivilegedProcess && File.Exists "/dev/fuse"

    for folder in [ "a"; "b"; "pool" ] do
        archive.Files(folder, [])

    // New files go to the second disk; a folder that is on both has the stamp of the first.
    let mount =
        [ "mergerfs"
          "-o"
          "category.create=ff,minfreespace=0"
          archive.At "a" + "=NC:" + archive.At "b"
          archive.At "pool" ]

    if not (hasFuse && canRun mount) then
        skiptest "needs mergerfs, /dev/fuse, and root to mount it"

    try
        act ()
    finally
        tool [ "umount"; "--lazy"; archive.At "pool" ]

/// The stream c/source as the service's API tells it.
let private streamOf (service: Service) =
    match service.TryGet "/api/v1/streams" with
    | Some(200, answer) -> item 0 (Text.Json.JsonElement.Parse answer)?streams
    | other -> failtestf "no streams but %A" other

/// How often the log says what the stamps are worth.
let private logged (service: Service) =
    service.WholeLog |> List.filter _.Contains("stamps of folders on ")

[<Tests>]
let stamps =
    testList
        "stamps of folders"
        [ testCase
              "are trusted where the file system is known to move them, and not before its margin is over"
          <| fun () ->
              let taken = DateTimeOffset.FromUnixTimeSeconds 1_000_000_000L

              let isSettled (fileSystem: uint32) choice age =
                  let time = StatTime(1_000_000_000L - age, 0u)
                  FolderStamp(1UL, 2UL, time, time).IsSettledAt(taken, StampTrust(fileSystem, choice))

              // The numbers of linux/magic.h: ext4, xfs, btrfs, tmpfs, overlay, f2fs, and zfs' and bcachefs' own.
              let local =
                  [ 0xEF53u
                    0x58465342u
                    0x9123683Eu
                    0x01021994u
                    0x794C7630u
                    0xF2F52010u
                    0x2FC12FC1u
                    0xCA451A4Eu ]

              let nfs = 0x6969u
              // fuse, cifs, smb2, 9p, ramfs, vfat.
              let others =
                  [ 0x65735546u; 0xFF534D42u; 0xFE534D42u; 0x01021997u; 0x858458F6u; 0x4D44u ]

              for one in local do
                  Expect.equal
                      (List.map (isSettled one StampPolicy.Auto) [ 3L; 4L ])
                      [ false; true ]
                      $"0x{one:x}"

              Expect.equal (List.map (isSettled nfs StampPolicy.Auto) [ 63L; 64L ]) [ false; true ] "nfs"

              for one in others do
                  Expect.isFalse (isSettled one StampPolicy.Auto 1_000_000L) $"0x{one:x}"
                  Expect.isTrue (isSettled one StampPolicy.Always 4L) $"0x{one:x} always"

              for one in nfs :: local @ others do
                  Expect.isFalse (isSettled one StampPolicy.Never 1_000_000L) $"0x{one:x} never"

          archiveTest
              "Regression: hours that are made through a pool of disks are covered after the next round"
          <| fun archive ->
              withPool archive (fun () ->
                  let segments minutes =
                      [ for minute in minutes -> $"%02d{minute}:00-60-full-.ts" ]

                  let inHour disk hour =
                      $"{disk}/c/source/{Engine.HourText hour}"

                  archive.Files(inHour "a" hour, segments [ 0..29 ])
                  archive.Files(inHour "b" hour, segments [ 30..59 ])

                  // Stamps are trusted when they are 3 s old, by the time that only the system sets.
                  Thread.Sleep 4000

                  use service =
                      new Service(
                          itself,
                          [],
                          [ "serve"
                            "--base-dir"
                            archive.At "pool"
                            "--output-dir"
                            archive.At "maps"
                            "--check-interval"
                            "1" ]
                      )

                  let covered () = text (streamOf service)?covered_seconds
                  service.AwaitReady()
                  Expect.equal (covered ()) "3600" ""

                  for added in 1..2 do
                      archive.Files(inHour "pool" (hour + added), segments [ 0..59 ])

                  service.AwaitRound()
                  Expect.equal (covered ()) "10800" "the new hours"
                  File.Delete(archive.At(inHour "pool" hour + "/59:00-60-full-.ts"))
                  service.AwaitRound()
                  Expect.equal (covered ()) "10740" "a loss on the second disk"

                  let trust = item 0 (streamOf service)?trust_stamps

                  Expect.equal
                      (text trust?file_system, trust?trusted.GetBoolean())
                      ("fuse", false)
                      "the API says so"

                  Expect.hasLength (logged service) 1 "and the log, once")

          archiveTest "the choice is the user's, is logged once, and stands in the API"
          <| fun archive ->
              for channel in [ "c"; "d" ] do
                  archive.Files($"{channel}/source/{Engine.HourText hour}", [ "00:00-10-full-.ts" ])

              for choice, isTrusted in [ "always", true; "never", false ] do
                  use service = new Service(archive, [ "--trust-stamps"; choice ])
                  service.AwaitReady()
                  service.AwaitRound()
                  let trust = (streamOf service)?trust_stamps
                  Expect.equal (trust.GetArrayLength()) 1 choice
                  Expect.equal ((item 0 trust)?trusted.GetBoolean()) isTrusted choice
                  Expect.hasLength (logged service) 1 choice

                  Expect.stringContains
                      (logged service).Head
                      (text (item 0 trust)?file_system
                       + (if isTrusted then " are trusted" else " are not trusted"))
                      choice

                  Expect.equal (service.Stop()) 0 choice ]
