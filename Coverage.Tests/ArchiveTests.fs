/// The reader of archives that scripts use says what the program says of the same folders.
module Coverage.Tests.ArchiveTests

open System
open System.IO
open System.Runtime.InteropServices
open System.Text.Json
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.Tests.Sandbox

let private seconds (length: Duration) = Duration.toText length

/// Every number of a report, as `check` writes it.
let private ofReport (report: StreamReport) : string list =
    let spans (set: IntervalSet) =
        [ for span in set.Intervals ->
              $"{Instant.toText span.Start} {Instant.toText span.End} {seconds span.Length}" ]

    let tallies (its: ByKind) =
        [ for tally in [ its.Full; its.Suspect; its.Partial ] -> $"{tally.Count} {seconds tally.Length}" ]

    let coverage (its: StreamCoverage) =
        [ seconds its.Covered; seconds its.HoleLength; seconds its.SeamLength ]
        @ spans its.Holes

    let hourCoverage (its: HourCoverage) =
        [ seconds its.Covered
          string its.Holes
          seconds its.HoleLength
          seconds its.SeamLength ]

    [ yield report.Status.ToString().ToLowerInvariant()
      yield! coverage report.Raw
      yield! coverage report.Editable
      yield! spans report.PartialOnly

      for hour in report.Hours do
          yield Hour.toText hour.Hour
          yield seconds hour.Window.Length
          yield! tallies hour.Segments
          yield string hour.Temp
          yield string hour.Bad
          yield! tallies hour.Overlaps
          yield! hourCoverage hour.Raw
          yield! hourCoverage hour.Editable ]

/// The same of a stream in the answer of `check`.
let private ofCheck (stream: JsonElement) : string list =
    let spans json =
        [ for span in items json -> $"{span?start} {span?``end``} {span?seconds}" ]

    let tallies (json: JsonElement) =
        [ for its in [ json?full; json?suspect; json?partial ] -> $"{its?count} {its?seconds}" ]

    let coverage (json: JsonElement) =
        [ text json?covered_seconds; text json?hole_seconds; text json?seam_seconds ]
        @ spans json?holes

    let hourCoverage (json: JsonElement) =
        [ text json?covered_seconds
          text json?holes
          text json?hole_seconds
          text json?seam_seconds ]

    [ yield text stream?status
      yield! coverage stream?raw
      yield! coverage stream?editable
      yield! spans stream?partial_only

      for hour in items stream?hours do
          yield text hour?hour
          yield text hour?window_seconds
          yield! tallies hour?segments
          yield text hour?segments?temp?count
          yield text hour?segments?bad?count
          yield! tallies hour?overlaps
          yield! hourCoverage hour?raw
          yield! hourCoverage hour?editable ]

/// The reader and `check` find the same streams in an archive, and the same numbers in each.
let private agree (archive: Folder) : unit =
    let _, answer = checkJson archive [ "--qualities"; "*" ]

    let said =
        [ for stream in items answer?streams -> $"{stream?channel}/{stream?quality}", ofCheck stream ]

    let read =
        [ for stream in Archive.Streams archive.Path ->
              $"{stream.Channel}/{stream.Quality}",
              Archive.Read stream.Path |> Report.ofFolders Report.defaults |> ofReport ]

    Expect.equal read said "streams and numbers"

    for stream in Archive.Streams archive.Path do
        Expect.equal
            (Archive.Facts(Report.defaults, stream.Path).Report |> ofReport)
            (Archive.Read stream.Path |> Report.ofFolders Report.defaults |> ofReport)
            "the facts say the same"

[<DllImport "libc">]
extern int private symlink(string target, string path)

let private link (target: string) (path: string) =
    Expect.equal (symlink (target, path)) 0 $"a link to {target}"

/// What can lie in an hour's folder under a name.
type Entry =
    | File of size: int
    | Folder
    | LinkToFile of size: int
    | LinkToFolder
    | LinkToNowhere
    | LinkInCircle

type Entries = { Entries: (string * Entry) list }

/// Names that meet: few starts, durations and kinds, so that sizes decide and marks hide; and bad ones.
let private entries: Gen<Entries> =
    let name =
        Gen.map3
            (fun start kind hash -> $"00:0{start}.0-2-{kind}-{hash}")
            (Gen.choose (0, 3))
            (Gen.elements [ "full"; "suspect"; "suspect"; "partial"; "partial"; "temp"; "odd" ])
            (Gen.elements [ ""; "AAAA"; "-AAA" ])

    let ending =
        Gen.frequency
            [ 8, Gen.constant ".ts"
              2, Gen.constant ".tombstone"
              1, Gen.elements [ ".ts.tombstone"; ".json"; ".TS" ] ]

    let entry =
        Gen.frequency
            [ 8, Gen.map File (Gen.choose (0, 3))
              1, Gen.constant Folder
              3, Gen.map LinkToFile (Gen.choose (0, 3))
              1, Gen.elements [ LinkToFolder; LinkToNowhere; LinkInCircle ] ]

    Gen.zip (Gen.map2 (+) name ending) entry
    |> Gen.listOf
    |> Gen.resize 12
    |> Gen.map (fun entries -> { Entries = List.distinctBy fst entries })

let private layOut (archive: Folder) (hour: string) (entries: Entries) =
    Directory.CreateDirectory(archive.At hour) |> ignore

    for at, (name, entry) in List.indexed entries.Entries do
        let path = Path.Combine(hour, name)

        match entry with
        | File size -> archive.File(path, int64 size)
        | Folder -> Directory.CreateDirectory(archive.At path) |> ignore
        | LinkToFile size ->
            archive.File($"elsewhere/{hour}/{at}", int64 size)
            link (archive.At $"elsewhere/{hour}/{at}") (archive.At path)
        | LinkToFolder -> link ".." (archive.At path)
        | LinkToNowhere -> link "nowhere" (archive.At path)
        | LinkInCircle -> link name (archive.At path)

type Arbs =
    static member Hours() =
        Gen.listOfLength 24 entries |> Gen.map Array.ofList |> Arb.fromGen

let private config =
    { FsCheckConfig.defaultConfig with
        maxTest = 10 * Gen.depth
        arbitrary = [ typeof<Arbs> ] }

[<Tests>]
let reader =
    testList
        "the reader of archives"
        [ for node in [ "A"; "B"; "C" ] do
              archiveTest $"it says what check says of the recorded archive of node {node}"
              <| fun archive ->
                  for path, size in RecordedTests.manifest node do
                      archive.File(path, size)

                  agree archive

          testPropertyWithConfig
              config
              "it says what check says of folders with links, marks, and names that collide"
              (fun (hours: Entries[]) ->
                  use archive = new Folder()

                  for at, entries in Array.indexed hours do
                      layOut archive $"channel/source/2025-11-07T{at:D2}" entries

                  agree archive)

          archiveTest "hidden folders, lost+found and what holds no segment are no streams"
          <| fun archive ->
              for channel in [ "a"; ".hidden"; "lost+found" ] do
                  archive.Files($"{channel}/source/2025-11-07T18", [ "00:00.0-2-full-.ts" ])

              archive.Files("a/chat/2025-11-07T18", [ "messages.json" ])
              archive.Files("a/odd/2025-11-07", [ "00:00.0-2-full-.ts" ])
              archive.Files("a/.hidden/2025-11-07T18", [ "00:00.0-2-full-.ts" ])
              archive.Files("a/bad/2025-11-07T18", [ "bad.ts" ])

              Expect.equal
                  [ for stream in Archive.Streams archive.Path -> stream.Channel, stream.Quality ]
                  [ "a", "bad"; "a", "source" ]
                  ""

          archiveTest
              "two nodes' folders of an hour can be put together: suspects and partials have their sizes"
          <| fun archive ->
              let hour = "2025-11-07T18"
              archive.File($"a/source/{hour}/00:00.0-2-partial-.ts", 5L)
              archive.File($"b/source/{hour}/00:00.0-3-partial-.ts", 4L)

              let both =
                  [ "a/source"; "b/source" ]
                  |> Seq.collect (archive.At >> Archive.Read)
                  |> Report.ofFolders Report.defaults

              Expect.equal both.Raw.Covered (Duration.ofSeconds 2L) "the larger one is best"

          archiveTest "names that are not UTF-8 are told apart by their bytes, and no stream is named so"
          <| fun archive ->
              let hour = "c/source/2025-11-07T18"
              archive.Files(hour, [ "00:00.0-5-full-.ts" ])

              let make (words: string) =
                  tool [ "sh"; "-c"; $"cd \"$0\" && {words}"; archive.Path ]

              // Two bad names of which a mark hides one.
              make $": > \"$(printf '{hour}/\\377.ts')\" && : > \"$(printf '{hour}/\\376.ts')\""
              make $": > \"$(printf '{hour}/\\377.tombstone')\""
              make $"cp -r c \"$(printf '\\377')\" && cp -r c/source \"$(printf 'c/\\377')\""
              agree archive
              let folder = Array.exactlyOne (Archive.Read(archive.At "c/source"))
              Expect.equal (folder.Segments.Length, folder.Bad) (1, 1) ""

          archiveTest "a folder that is not there is an error that names it, one that is empty is not"
          <| fun archive ->
              let nowhere = archive.At "nowhere"

              for look in
                  [ fun (path: string) -> Archive.Read path |> ignore
                    fun path -> Archive.Streams path |> ignore
                    fun path -> Archive.Facts(Report.defaults, path) |> ignore ] do
                  let error =
                      try
                          look nowhere
                          ""
                      with :? UnreadableException as error ->
                          Expect.equal error.Path nowhere ""
                          error.Message

                  Expect.stringContains error nowhere ""

              Expect.isEmpty (Archive.Read archive.Path) ""
              Expect.isEmpty (Archive.Streams archive.Path) "" ]
