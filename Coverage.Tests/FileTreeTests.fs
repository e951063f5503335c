/// Looking again at the archive of another recorder says what a fresh look says, whatever happened to its files.
module Coverage.Tests.FileTreeTests

open System
open System.Collections.Immutable
open System.IO
open System.Text
open System.Threading
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.Units
open Coverage.Tests.Sandbox

/// A clock by which every file and folder was left alone for long.
type LateClock() =
    inherit TimeProvider()
    override _.GetUtcNow() = DateTimeOffset.UtcNow.AddHours 3.0

/// What happens to an archive between two looks; numbers pick among what is there.
type Edit =
    | Add of folder: int * content: int
    /// The same name in two folders, with other bytes.
    | AddTwins
    | AddOdd of folder: int
    | Delete of file: int
    | Rename of file: int
    /// Another file is moved over it.
    | Replace of file: int * content: int
    | MoveFolder of folder: int * into: int
    | SwapFolders
    | RemoveFolder of folder: int
    /// A folder of that name takes the place of a file.
    | BecomeFolder of file: int
    /// These leave a folder's stamp as it is.
    | Append of file: int
    | Overwrite of file: int * content: int
    | SetBack of file: int

type Edits = { Rounds: Edit list list }

let private number = Gen.choose (0, 1000)

let private moving =
    [ 6, Gen.map2 (fun folder content -> Add(folder, content)) number number
      2, Gen.constant AddTwins
      1, Gen.map AddOdd number
      2, Gen.map Delete number
      2, Gen.map Rename number
      2, Gen.map2 (fun file content -> Replace(file, content)) number number
      1, Gen.map2 (fun folder into -> MoveFolder(folder, into)) number number
      1, Gen.constant SwapFolders
      1, Gen.map RemoveFolder number
      1, Gen.map BecomeFolder number ]

let private inPlace =
    [ 2, Gen.map Append number
      3, Gen.map2 (fun file content -> Overwrite(file, content)) number number
      2, Gen.map SetBack number ]

let private rounds (edits: (int * Gen<Edit>) list) =
    Gen.frequency edits
    |> Gen.listOf
    |> Gen.resize 6
    |> Gen.listOfLength 6
    |> Gen.map (fun rounds -> { Rounds = rounds })
    |> Arb.fromGen

let private contents =
    lazy
        [| for name in [ "14"; "20"; "26" ] do
               File.ReadAllBytes(
                   Path.Combine(ContainerTests.cases, "mp4-continuing-clock", $"2026-11-28_20-25-{name}.mp4")
               )
           [||]
           Encoding.ASCII.GetBytes "no media file at all" |]

let private folders = [| "cam"; "cam/front"; "door"; "door/back" |]

/// Does an edit, and sets the times of the folders it was done in to ones they never had: clocks of file systems tick coarsely.
let private apply (root: string) (ticks: int ref) (edit: Edit) =
    let at (path: string) = Path.Combine(root, path)

    let files () =
        Directory.GetFiles(root, "*", SearchOption.AllDirectories)
        |> Array.filter (_.Contains("/.gone/") >> not)
        |> Array.sort

    let next () =
        ticks.Value <- ticks.Value + 1
        DateTime(2025, 1, 1).AddSeconds(float (4 * ticks.Value))

    let name () =
        $"""{next().ToString "yyyy-MM-dd_HH-mm-ss"}.mp4"""

    let touch (path: string) =
        if Directory.Exists path then
            Directory.SetLastWriteTimeUtc(path, next ())

    let parent (path: string) = string (Path.GetDirectoryName path)

    // What is gone is kept where no tree looks: a file system gives a new file the number of one that is deleted, and between
    // two looks a folder does not tell such a file from the old one.
    let remove (path: string) =
        Directory.CreateDirectory(at ".gone") |> ignore
        Directory.Move(path, at $".gone/{next().Ticks}")

    let write (path: string) (content: int) =
        Directory.CreateDirectory(parent path) |> ignore
        File.WriteAllBytes(path, contents.Value[content % contents.Value.Length])

    let onFile (index: int) (act: string -> unit) =
        match files () with
        | [||] -> ()
        | all ->
            act all[index % all.Length]
            touch (parent all[index % all.Length])

    let folder (index: int) = at folders[index % folders.Length]

    match edit with
    | Add(where, content) ->
        write (Path.Combine(folder where, name ())) content
        touch (folder where)
    | AddTwins ->
        let name = name ()

        for where in 0 .. folders.Length - 1 do
            write (Path.Combine(folder where, name)) where
            touch (folder where)
    | AddOdd where ->
        write (Path.Combine(folder where, $"odd{ticks.Value}.txt")) 0
        touch (folder where)
    | Delete file -> onFile file remove
    | Rename file -> onFile file (fun path -> File.Move(path, Path.Combine(parent path, name ())))
    | Replace(file, content) ->
        onFile file (fun path ->
            write (Path.Combine(parent path, ".new")) content
            remove path
            File.Move(Path.Combine(parent path, ".new"), path))
    | MoveFolder(where, into) ->
        if Directory.Exists(folder where) then
            Directory.Move(folder where, at $"moved{next().Ticks}{into}")
            touch (parent (folder where))
            touch root
    | SwapFolders ->
        if Directory.Exists(at "cam") && Directory.Exists(at "door") then
            Directory.Move(at "cam", at "aside")
            Directory.Move(at "door", at "cam")
            Directory.Move(at "aside", at "door")
            touch root
    | RemoveFolder where ->
        if Directory.Exists(folder where) then
            remove (folder where)
            touch (parent (folder where))
    | BecomeFolder file ->
        onFile file (fun path ->
            remove path
            write (Path.Combine(path, name ())) 0)
    | Append file ->
        match files () with
        | [||] -> ()
        | all -> File.AppendAllText(all[file % all.Length], "more")
    | Overwrite(file, content) ->
        match files () with
        | [||] -> ()
        | all -> write all[file % all.Length] content
    | SetBack file ->
        match files () with
        | [||] -> ()
        | all -> File.SetLastWriteTimeUtc(all[file % all.Length], DateTime(2024, 12, 31))

let private template =
    match Template.tryParse "%path/%Y-%m-%d_%H-%M-%S" with
    | Ok template -> template
    | Error error -> failwith $"{error}"

let private rules =
    MediaRules(
        template,
        { Offsets =
            ImmutableArray.Create
                { From = Coverage.Instant.beforeAll
                  Offset = Coverage.Duration.zero } },
        LengthRule.Content,
        Engine.Settings(10_000L, Nullable(), Nullable()),
        true
    )

/// A tree and what it was told so far.
type private Told(root: string, clock: TimeProvider) =
    let tree =
        FileTree<MediaFile>(
            root,
            "maps",
            MediaLook(template, true, clock),
            StampPolicy.Always,
            Workers(),
            clock
        )

    let files =
        Collections.Generic.SortedDictionary<string, MediaFile> StringComparer.Ordinal

    /// What it knows after another look: each file with its size and what it says, and how many were passed over.
    member _.Look() =
        let listing = tree.ListAsync(false, CancellationToken.None).Result

        for change in listing.Changes do
            match change.Before, change.Now with
            | null, Null -> failtest "a change of nothing"
            | before, now ->
                match before with
                | null -> ()
                | before ->
                    Expect.isTrue (files.Remove before.Path) $"{before.Path} was known before it changed"

                match now with
                | null -> ()
                | now -> files.Add(now.Path, now)

        [ for file in files.Values -> file.Path, file.Stamp, file.Said ], listing.PassedOver

let private sameTree (newClock: unit -> TimeProvider) (edits: Edits) =
    use folder = new Folder()
    let ticks = ref 0
    let tree = Told(folder.Path, newClock ())

    for edits in edits.Rounds do
        List.iter (apply folder.Path ticks) edits
        Expect.equal (tree.Look()) (Told(folder.Path, newClock ()).Look()) $"after {edits}"

let private newStreams (root: string) clock =
    MediaStreams(root, "maps", rules, StampPolicy.Always, TimeSpan.FromDays 1.0, clock)

/// Everything that is said of the streams, in a form that is equal when it is.
let private said (streams: MediaStreams) =
    let found =
        streams.SearchAsync([||], [||], (fun _ -> false), CancellationToken.None).Result

    [ for one in found.Streams do
          let struct (reading, _) =
              streams
                  .ReadAsync(one.Stream, StreamLook(Instant.Of DateTimeOffset.UtcNow), CancellationToken.None)
                  .Result

          match reading with
          | null -> one.Stream.ToString(), None
          | reading ->
              let media = nonNull reading.Media

              one.Stream.ToString(),
              Some(
                  (reading.Report.Extent,
                   reading.Report.Status,
                   reading.Report.Raw,
                   List.ofSeq reading.Report.Hours),
                  (List.ofSeq media.Segments, List.ofSeq media.Bad, media.OffBy, media.Ambiguous, media.IsThin)
              ) ],
    found.Left

let private sameStreams (newClock: unit -> TimeProvider) (edits: Edits) =
    use folder = new Folder()
    let ticks = ref 0
    let streams = newStreams folder.Path (newClock ())

    for edits in edits.Rounds do
        List.iter (apply folder.Path ticks) edits
        Expect.equal (said streams) (said (newStreams folder.Path (newClock ()))) $"after {edits}"

let private law name count edits (holds: Edits -> unit) =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = count * Gen.depth }
        name
        (Prop.forAll (rounds edits) holds)

let private late () : TimeProvider = LateClock()
let private now () : TimeProvider = TimeProvider.System

[<Tests>]
let tests =
    testList
        "file tree"
        [ law "after any edits a tree knows what a fresh one knows" 40 (moving @ inPlace) (sameTree now)

          law
              "and where everything was at rest, whatever is moved, swapped or replaced"
              40
              moving
              (sameTree late)

          law "after any edits streams are read as for the first time" 30 (moving @ inPlace) (sameStreams now)

          law "and where everything was at rest" 30 moving (sameStreams late)

          archiveTest "a link that leads back is looked into once"
          <| fun archive ->
              apply archive.Path (ref 0) (Add(0, 0))
              File.CreateSymbolicLink(archive.At "cam/again", archive.Path) |> ignore
              File.CreateSymbolicLink(archive.At "cam/self", ".") |> ignore
              let files, _ = Told(archive.Path, now ()).Look()
              Expect.hasLength files 1 "one file, by one path"

          archiveTest "a listing that breaks off loses no change"
          <| fun archive ->
              let ticks = ref 0
              apply archive.Path ticks (Add(0, 0))
              let clock = LateClock()
              let mutable breaks = false
              let look = MediaLook(template, true, clock) :> IFileLook<MediaFile>

              let breaking =
                  { new IFileLook<MediaFile> with
                      member _.Look(folder, name, path, before, file) =
                          if breaks then
                              raise (UnreadableException(path, "a fault"))

                          look.Look(folder, name, path, before, &file) }

              let tree =
                  FileTree<MediaFile>(archive.Path, "maps", breaking, StampPolicy.Always, Workers(), clock)

              let changes () =
                  let listing = tree.ListAsync(false, CancellationToken.None).Result
                  listing.Changes.Count, listing.Unreadable.Count

              Expect.equal (changes ()) (1, 0) "the first"
              apply archive.Path ticks (Add(0, 1))
              breaks <- true
              Expect.equal (changes ()) (0, 1) "nothing is said of a folder that cannot be looked at"
              breaks <- false
              Expect.equal (changes ()) (1, 0) "and the change is found later" ]
