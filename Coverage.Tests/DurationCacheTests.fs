/// The cache of durations changes no answer: whatever happens to it, and whatever happens to the files.
module Coverage.Tests.DurationCacheTests

open System
open System.IO
open System.Collections.Generic
open System.Threading
open Expecto
open Microsoft.Data.Sqlite
open Coverage
open Coverage.Host
open Coverage.Tests.FileTreeTests
open Coverage.Tests.Sandbox

let private template =
    match Template.tryParse "%Y-%m-%d_%H-%M-%S" with
    | Ok template -> template
    | Error error -> failwith $"{error}"

/// An archive of so many copies of a recorded file, of which the clock says that they are at rest.
let private fill (archive: Folder) (count: int) =
    let bytes =
        File.ReadAllBytes(
            Path.Combine(ContainerTests.cases, "mp4-continuing-clock", "2026-11-28_20-25-14.mp4")
        )

    for i in 0 .. count - 1 do
        let start = DateTime(2026, 1, 1).AddSeconds(float (4 * i))
        Directory.CreateDirectory(archive.At "a") |> ignore
        let path = archive.At $"""a/{start.ToString "yyyy-MM-dd_HH-mm-ss"}.mp4"""
        File.WriteAllBytes(path, bytes)
        File.SetLastWriteTimeUtc(path, start)

/// The files of an archive by a cache: which of them were recalled, what all say, and what went wrong with the cache.
let private look (clock: TimeProvider) (root: string) (cache: string) =
    let trouble = List<string>()

    let memory =
        DurationCache(cache, false, Path.Combine(root, "a"), Action<string>(trouble.Add)).Memory

    let recalled = List<string>()

    let counting =
        MediaMemory(
            (fun path stamp ->
                let said = memory.Recall.Invoke(path, stamp)

                if said.HasValue then
                    lock recalled (fun () -> recalled.Add path)

                said),
            memory.Keep
        )

    let tree =
        FileTree<MediaFile>(
            Path.Combine(root, "a"),
            "maps",
            MediaLook(template, true, clock, counting),
            StampPolicy.Auto,
            Workers(),
            clock
        )

    let listing = tree.ListAsync(false, CancellationToken.None).Result
    memory.Keep.Invoke listing

    let said =
        [ for change in listing.Changes do
              match change.Now with
              | null -> ()
              | file -> file.Path, file.Stamp, file.Said ]

    recalled.Count, List.sortBy (fun (path, _, _) -> path) said, List.ofSeq trouble

let private late = LateClock()

/// What files say when there is no cache.
let private plain (archive: Folder) =
    let _, said, _ = look late archive.Path (archive.At $"none{Guid.NewGuid()}")
    said

/// Runs statements on a database.
let private execute (path: string) (text: string) =
    use connection = new SqliteConnection($"Data Source={path};Pooling=False")
    connection.Open()
    use command = connection.CreateCommand()
    command.CommandText <- text
    command.ExecuteScalar()

let private files (archive: Folder) =
    Directory.GetFiles(archive.At "a") |> Array.sort

/// The words that run these tests' program as one that writes a cache, until it is killed.
let private itselfRemembering =
    [ "dotnet"; typeof<LateClock>.Assembly.Location; "remember" ]

/// Writes all rows of a cache again and again: each look finds rows of other sizes.
let remember (root: string) (cache: string) =
    while true do
        Console.Out.WriteLine "writing"
        look late root cache |> ignore
        execute cache "UPDATE file SET size = size + 1" |> ignore

/// A test with an archive of 20 files, and the path of a cache that knows them.
let private cacheTest (name: string) (test: Folder -> string -> unit) =
    archiveTest name (fun archive ->
        fill archive 20
        let cache = archive.At "cache.sqlite"
        let recalled, _, trouble = look late archive.Path cache
        Expect.equal (recalled, trouble) (0, []) "there was no cache"
        test archive cache)

let private knows (count: int) (archive: Folder) (cache: string) =
    let recalled, said, trouble = look late archive.Path cache
    Expect.equal said (plain archive) "what files say"
    Expect.equal (recalled, trouble) (count, []) "how many were recalled"

/// It says why, once, answers as without a cache, and knows all files after that, or none where it is not made anew.
let private isMadeAnew (why: string) (known: int) (archive: Folder) (cache: string) =
    let recalled, said, trouble = look late archive.Path cache
    Expect.equal said (plain archive) "what files say"
    Expect.equal recalled 0 "nothing is believed"
    Expect.hasLength trouble 1 "said once"
    Expect.stringContains trouble[0] why "the reason"

    if known > 0 then
        knows known archive cache

[<Tests>]
let tests =
    testList
        "duration cache"
        [ cacheTest "what files said is recalled, by the time they are at rest" (knows 20)

          cacheTest "a file of another size is asked again"
          <| fun archive cache ->
              let path = (files archive)[3]
              let time = File.GetLastWriteTimeUtc path
              File.AppendAllText(path, "more")
              File.SetLastWriteTimeUtc(path, time)
              knows 19 archive cache
              knows 20 archive cache

          cacheTest "a file of another time is asked again"
          <| fun archive cache ->
              File.SetLastWriteTimeUtc((files archive)[3], DateTime(2026, 2, 2))
              knows 19 archive cache

          cacheTest "a file of the same size and time is asked again when other bytes were written"
          <| fun archive cache ->
              let path = (files archive)[3]
              let time = File.GetLastWriteTimeUtc path
              let bytes = File.ReadAllBytes path
              Thread.Sleep 20
              File.WriteAllBytes(path, Array.create bytes.Length 0uy)
              File.SetLastWriteTimeUtc(path, time)
              knows 19 archive cache

          archiveTest "a file that was changed a moment ago is not remembered"
          <| fun archive ->
              fill archive 3
              let cache = archive.At "cache.sqlite"

              for _ in 1..2 do
                  let recalled, said, trouble = look TimeProvider.System archive.Path cache
                  Expect.equal (recalled, trouble) (0, []) "none"
                  Expect.equal said (plain archive) "what files say"

          cacheTest "a row that says another length is not believed"
          <| fun archive cache ->
              execute cache "UPDATE file SET length = length + 1" |> ignore
              isMadeAnew "damaged" 20 archive cache

          cacheTest "rows of files that are gone are removed"
          <| fun archive cache ->
              File.Delete((files archive)[0])
              knows 19 archive cache
              Expect.equal (execute cache "SELECT count(*) FROM file") (box 19L) "rows"

          cacheTest "a cache of another version is thrown away"
          <| fun archive cache ->
              execute cache "PRAGMA user_version = 99" |> ignore
              knows 0 archive cache
              knows 20 archive cache

          cacheTest "a cache without its table is made anew"
          <| fun archive cache ->
              execute cache "DROP TABLE file" |> ignore
              isMadeAnew "damaged" 20 archive cache

          cacheTest "a file that is cut off, or has other bytes anywhere, changes no answer"
          <| fun archive cache ->
              let bytes = File.ReadAllBytes cache
              let expected = plain archive
              let random = Random 7

              for round in 1..60 do
                  let damaged = Array.copy bytes

                  for _ in 0 .. round % 4 do
                      let at = 72 + random.Next(damaged.Length - 72)
                      damaged[at] <- damaged[at] ^^^ byte (1 <<< random.Next 8)

                  let length =
                      if round % 3 = 0 then
                          72 + random.Next(damaged.Length - 72)
                      else
                          damaged.Length

                  File.WriteAllBytes(cache, damaged[.. length - 1])
                  let _, said, trouble = look late archive.Path cache
                  Expect.equal said expected $"round {round}: {trouble}"

          archiveTest "a file that is no cache is left alone"
          <| fun archive ->
              fill archive 5
              File.WriteAllText(archive.At "mine.db", "dear diary")
              execute (archive.At "other.db") "CREATE TABLE events (id INTEGER)" |> ignore

              for name in [ "mine.db"; "other.db" ] do
                  let before = File.ReadAllBytes(archive.At name)
                  isMadeAnew "no cache of this program" 0 archive (archive.At name)
                  Expect.equal (File.ReadAllBytes(archive.At name)) before name

          archiveTest "archives may share a cache"
          <| fun archive ->
              use other = new Folder()
              fill archive 5
              fill other 7
              let cache = archive.At "cache.sqlite"

              for folder in [ archive; other ] do
                  look late folder.Path cache |> ignore

              knows 5 archive cache
              knows 7 other cache

          cacheTest "two at once both answer rightly"
          <| fun archive cache ->
              File.Delete cache
              let expected = plain archive

              let answers =
                  Array.Parallel.init 8 (fun _ ->
                      let _, said, _ = look late archive.Path cache
                      said)

              for said in answers do
                  Expect.equal said expected "what files say"

              knows 20 archive cache

          cacheTest "one that another process holds is done without, and that is said"
          <| fun archive cache ->
              use connection = new SqliteConnection($"Data Source={cache};Pooling=False")
              connection.Open()
              use command = connection.CreateCommand()
              command.CommandText <- "BEGIN EXCLUSIVE"
              command.ExecuteNonQuery() |> ignore
              isMadeAnew "another process" 0 archive cache

          cacheTest "killed at any moment, it changes no answer and is not damaged"
          <| fun archive cache ->
              let expected = plain archive
              let random = Random 11

              for kill in 1..12 do
                  use child = start [] (itselfRemembering @ [ archive.Path; cache ])
                  // It says so when it begins to write, again and again.
                  child.StandardOutput.ReadLine() |> ignore
                  Thread.Sleep(random.Next 60)
                  child.Kill()
                  child.WaitForExit()
                  let _, said, trouble = look late archive.Path cache
                  Expect.equal (said, trouble) (expected, []) $"after kill {kill}"

          cacheTest "a folder that nobody may write into is said once"
          <| fun archive _ ->
              let cache = "/proc/nowhere/cache.sqlite"
              let recalled, said, trouble = look late archive.Path cache
              Expect.equal (recalled, said) (0, plain archive) "what files say"
              Expect.hasLength trouble 1 "said once"

          cacheTest "a name that is no file's is said once"
          <| fun archive _ ->
              let recalled, said, trouble = look late archive.Path "/dev/full"
              Expect.equal (recalled, said) (0, plain archive) "what files say"
              Expect.hasLength trouble 1 "said once" ]
