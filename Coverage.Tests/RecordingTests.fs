/// Files of other recorders as segments (semantics.md section 13): the recorded cases, what is still written, and lengths.
module Coverage.Tests.RecordingTests

open System
open System.Collections.Immutable
open System.IO
open System.Text
open System.Text.Json
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

let private utc: Zone =
    { Offsets =
        ImmutableArray.Create
            { From = Instant.beforeAll
              Offset = Duration.zero } }

/// The clocks of Berlin in the autumn of 2026.
let private berlin: Zone =
    { Offsets =
        ImmutableArray.Create(
            { From = Instant.beforeAll
              Offset = Duration.ofSeconds 7200L },
            { From = Hour.start (Hour.tryParse "2026-10-25T01").Value
              Offset = Duration.ofSeconds 3600L }
        ) }

let private later: Instant = Hour.start (Hour.tryParse "2027-01-01T00").Value

let private templateOf (layout: string) : string =
    Template.presets
    |> Seq.tryPick (fun (struct (name, template)) -> if name = layout then Some template else None)
    |> Option.defaultValue layout

/// The files of a case by a template.
let private filesOf (folder: string) (layout: Template) : FoundFile list =
    [ for path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories) do
          let name = Path.GetRelativePath(folder, path)

          match Layout.read layout (ReadOnlySpan(Encoding.UTF8.GetBytes name)) with
          | LayoutReading.Fits(_, time) ->
              let bytes = File.ReadAllBytes path

              { Path = name
                Written = time
                Size = bytes.LongLength
                Modified = ValueNone
                Media = ValueSome(ContainerTests.probe bytes)
                IsUnread = false }
          | _ -> () ]

/// The folders of a playlist's segments.
let private foldersOfPlaylist (folder: string) : HourFolder seq =
    match Hls.read "" (ReadOnlySpan(File.ReadAllBytes(Path.Combine(folder, "index.m3u8")))) with
    | HlsPlaylist.OfSegments list ->
        [ for one in list.Segments ->
              { Start = one.Start
                Duration = one.Length
                Size = -1L
                Kind = SegmentKind.Full } ]
        |> List.groupBy (fun segment -> Hour.ofInstant segment.Start)
        |> Seq.map (fun (hour, segments) ->
            { Hour = hour
              Segments = ImmutableArray.CreateRange segments
              Bad = 0 })
    | other -> failtest $"{other}"

let private file (start: int64) (modified: int64 option) (media: Result<Media, MediaFault>) : FoundFile =
    { Path = $"{start:D9}"
      Written =
        { Clock = Instant.ofMicroseconds (start * 1_000_000L)
          IsLocal = false }
      Size = 1_000_000L
      Modified =
        match modified with
        | Some at -> ValueSome(Instant.ofMicroseconds (at * 1_000_000L))
        | None -> ValueNone
      Media = ValueSome media
      IsUnread = false }

let private media (seconds: int64) (isClosed: bool) : Result<Media, MediaFault> =
    Ok
        { Length = Duration.ofSeconds seconds
          Kind = SegmentKind.Full
          IsClosed = isClosed
          Start = ValueNone
          IsMtxi = false }

/// Start, length in seconds, and kind of each segment.
let private segments (recorded: Recorded) : (int64 * int64 * SegmentKind) list =
    [ for folder in recorded.Folders do
          for segment in folder.Segments ->
              int64 segment.Start / 1_000_000L, int64 segment.Duration / 1_000_000L, segment.Kind ]

let private at (seconds: int64) : Instant =
    Instant.ofMicroseconds (seconds * 1_000_000L)

[<Tests>]
let tests =
    testList
        "recording"
        [ test "each recorded case is what its manifest says" {
              let manifest =
                  JsonElement.Parse(File.ReadAllText(Path.Combine(ContainerTests.cases, "manifest.json")))

              for one in manifest.EnumerateArray() do
                  let name = string (one.GetProperty "name")
                  let layoutName = string (one.GetProperty "layout")
                  let expected = one.GetProperty "expect"
                  let folder = Path.Combine(ContainerTests.cases, name)

                  let zone =
                      if one.GetProperty("zone").ValueKind = JsonValueKind.Null then
                          utc
                      else
                          berlin

                  let folders, resolution =
                      if layoutName = "hls" then
                          Seq.toList (foldersOfPlaylist folder), Duration.ofMicroseconds 1000L
                      else
                          match Template.tryParse (templateOf layoutName) with
                          | Error error -> failtest $"{name}: {error}"
                          | Ok layout ->
                              let recorded =
                                  Recording.read zone LengthRule.Content later [] (filesOf folder layout)

                              Seq.toList recorded.Folders, layout.Resolution

                  let tolerance = Recording.tolerance resolution false

                  let settings =
                      { Report.defaults with
                          Tolerance = tolerance }

                  let report = Report.ofFolders settings folders

                  let count kind =
                      folders
                      |> Seq.collect _.Segments
                      |> Seq.filter (fun one -> one.Kind = kind)
                      |> Seq.length

                  let types = expected.GetProperty "types"

                  for kind, key in
                      [ SegmentKind.Full, "full"
                        SegmentKind.Suspect, "suspect"
                        SegmentKind.Partial, "partial"
                        SegmentKind.Temp, "temp" ] do
                      Expect.equal (count kind) (types.GetProperty(key).GetInt32()) $"{name}: {key}"

                  Expect.equal
                      (folders |> Seq.sumBy _.Bad)
                      (types.GetProperty("bad").GetInt32())
                      $"{name}: bad"

                  let span (interval: Interval) =
                      [ Instant.toText interval.Start; Instant.toText interval.End ]

                  let given (element: JsonElement) =
                      [ for text in element.EnumerateArray() -> string text ]

                  let extent = expected.GetProperty "extent"

                  if extent.ValueKind = JsonValueKind.Null then
                      Expect.isTrue report.Extent.IsEmpty $"{name}: no extent"
                  else
                      Expect.equal (span report.Extent) (given extent) $"{name}: extent"

                  Expect.equal
                      [ for hole in report.Raw.Holes.Intervals -> span hole ]
                      [ for hole in (expected.GetProperty "holes").EnumerateArray() -> given hole ]
                      $"{name}: holes"

                  Expect.equal
                      ((string report.Status).ToLowerInvariant())
                      (string (expected.GetProperty "status"))
                      $"{name}: status"

                  Expect.equal
                      (Duration.toSeconds tolerance)
                      (expected.GetProperty("tolerance_seconds").GetDecimal())
                      $"{name}: tolerance"
          }

          test "the newest file is still written for twice the usual length and a minute, unless it is closed" {
              let read (now: int64) (last: Result<Media, MediaFault>) =
                  Recording.read
                      utc
                      LengthRule.Content
                      (at now)
                      []
                      [ file 100L None (media 10L true)
                        file 110L None (media 10L false)
                        file 120L None (media 10L true)
                        file 130L None last ]

              let last recorded = segments recorded |> List.last
              Expect.equal (last (read 209L (media 3L false))) (130L, 3L, SegmentKind.Temp) "before"
              Expect.equal (last (read 210L (media 3L false))) (130L, 3L, SegmentKind.Full) "80 s later"
              Expect.equal (last (read 131L (media 3L true))) (130L, 3L, SegmentKind.Full) "closed"

              Expect.equal
                  (last (read 131L (Error MediaFault.NoMoov)))
                  (130L, 0L, SegmentKind.Temp)
                  "no moov yet"

              Expect.equal (read 209L (Error MediaFault.Empty)).Bad.Length 0 "not bad yet"
              Expect.equal (read 210L (Error MediaFault.Empty)).Bad.Length 1 "bad now"

              let alone now =
                  Recording.read utc LengthRule.Content (at now) [] [ file 100L None (media 500L false) ]

              Expect.equal (last (alone 159L)) (100L, 500L, SegmentKind.Temp) "alone"
              Expect.equal (last (alone 160L)) (100L, 500L, SegmentKind.Full) "alone, a minute later"
          }

          test "files last until the next one, or as long as is usual" {
              let read starts =
                  Recording.read
                      utc
                      LengthRule.Next
                      later
                      []
                      [ for start in starts -> file start None (media 1L true) ]
                  |> segments
                  |> List.map (fun (start, length, _) -> start, length)

              Expect.equal
                  (read [ 0L; 10L; 20L; 35L; 51L; 61L ])
                  [ 0L, 10L; 10L, 10L; 20L, 15L; 35L, 10L; 51L, 10L; 61L, 10L ]
                  "a distance of 16 is too far for a usual 10"

              Expect.equal (read [ 5L ]) [ 5L, 0L ] "one file"
              Expect.equal (read [ 0L; 0L; 10L ]) [ 0L, 10L; 0L, 10L; 10L, 10L ] "files of one start"
          }

          test "of a file that says when it starts the name counts within a second" {
              let told (start: int64) =
                  Ok
                      { Length = Duration.ofSeconds 4L
                        Kind = SegmentKind.Full
                        IsClosed = true
                        Start = ValueSome(Instant.ofMicroseconds start)
                        IsMtxi = true }

              let read start =
                  (Recording.read utc LengthRule.Content later [] [ file 100L None (told start) ])
                      .Folders[0].Segments[0].Start

              Expect.equal (read 101_000_000L) (at 100L) "a second off"
              Expect.equal (read 101_000_001L) (Instant.ofMicroseconds 101_000_001L) "more"
              Expect.equal (read 98_000_000L) (at 98L) "before"
          }

          test "local times that come twice are counted, and those that never were are bad" {
              let local (text: string) : FoundFile =
                  { file 0L None (media 4L true) with
                      Path = text
                      Written =
                          { Clock =
                              Instant.ofMicroseconds (
                                  (DateTime.Parse(text, Globalization.CultureInfo.InvariantCulture)
                                   - DateTime.UnixEpoch)
                                      .Ticks
                                  / 10L
                              )
                            IsLocal = true } }

              let spring: Zone =
                  { Offsets =
                      ImmutableArray.Create(
                          { From = Instant.beforeAll
                            Offset = Duration.ofSeconds 3600L },
                          { From = Hour.start (Hour.tryParse "2026-03-29T01").Value
                            Offset = Duration.ofSeconds 7200L }
                      ) }

              let autumn =
                  Recording.read
                      berlin
                      LengthRule.Content
                      later
                      []
                      [ local "2026-10-25T02:30:00"; local "2026-10-25T03:30:00" ]

              Expect.equal autumn.Ambiguous 1 "02:30 came twice"

              let skipped =
                  Recording.read spring LengthRule.Content later [ "a" ] [ local "2026-03-29T02:30:00" ]

              Expect.equal
                  [ for struct (path, fault) in skipped.Bad -> path, fault ]
                  [ "2026-03-29T02:30:00", FileFault.Skipped; "a", FileFault.NoDate ]
                  "02:30 never was"
          }

          test "clocks that are an hour off are noticed by the times of the files" {
              let read off =
                  (Recording.read
                      utc
                      LengthRule.Content
                      later
                      []
                      [ for at in 1000L..10L..1500L -> file at (Some(at + 10L + off)) (media 10L true) ])
                      .OffBy

              Expect.equal (read 1L) ValueNone "right"
              Expect.equal (read 3600L) (ValueSome(Duration.ofSeconds 3600L)) "an hour"
          }

          test "a run is thin when its files have less than they span" {
              let thin resolution (list: (int64 * int64) list) =
                  Recording.isThin
                      resolution
                      (Duration.ofSeconds 1L)
                      [ for start, length in list ->
                            { Start = Instant.ofMicroseconds (start * 1000L)
                              Duration = Duration.ofMicroseconds (length * 1000L)
                              Size = 1_000_000L
                              Kind = SegmentKind.Full } ]

              let second = Duration.second

              let run length =
                  [ for at in 0L .. 99L -> at * 10_000L, length ]

              Expect.isFalse (thin second (run 10_000L)) "whole"
              Expect.isFalse (thin second (run 9_800L)) "0.98"
              Expect.isTrue (thin second (run 9_700L)) "0.97"

              Expect.isFalse
                  (thin (Duration.ofMicroseconds 1L) (run 9_700L))
                  "starts are exact: gaps are seen"

              Expect.isFalse (thin second [ 0L, 9_700L ]) "one file"
              Expect.isTrue (thin second ((-500_000L, 10_000L) :: run 9_500L)) "one of two runs"
          }

          test "a file that says more seconds than it has bytes is bad: its length is a damaged number" {
              let read (size: int64) =
                  Recording.read
                      utc
                      LengthRule.Content
                      later
                      []
                      [ { file 0L None (media 86_400L true) with
                            Size = size } ]

              Expect.equal (segments (read 86_400L)) [ 0L, 86_400L, SegmentKind.Full ] "a byte a second"
              Expect.equal (segments (read 86_399L), (read 86_399L).Bad.Length) ([], 1) "less"
              Expect.equal (segments (read -1L)) [ 0L, 86_400L, SegmentKind.Full ] "its size is not known"
          }

          test
              "of a time that came twice the modification time tells which is meant, whatever tells the length" {
              let first =
                  int64 (Hour.start (Hour.tryParse "2026-10-25T00").Value) / 1_000_000L + 1_800L

              let read (rule: LengthRule) (modified: int64 option) =
                  let local (one: FoundFile) =
                      { one with
                          Written =
                              { Clock = one.Written.Clock + 7_200_000_000L<instant>
                                IsLocal = true } }

                  Recording.read
                      berlin
                      rule
                      later
                      []
                      [ local (file (first - 3_600L) None (media 300L true))
                        local (file (first - 3_300L) None (media 300L true))
                        local (file first modified (media 300L true)) ]

              for rule in
                  [ LengthRule.Content
                    LengthRule.Fixed(Duration.ofSeconds 300L)
                    LengthRule.Next ] do
                  for modified, start in
                      [ None, first
                        Some(first + 300L), first
                        Some(first + 3_900L), first + 3_600L
                        Some(first + 9_000L), first ] do
                      let found = read rule modified

                      let start', _, _ = List.last (segments found)
                      Expect.equal (start', found.Ambiguous) (start, 1) $"{rule}, {modified}"
          }

          law "every file is a segment of its hour or is bad"
          <| Prop.forAll
              (Arb.fromGen (
                  Gen.listOf (
                      Gen.map3
                          (fun start length kind ->
                              file
                                  start
                                  None
                                  (match kind with
                                   | 0 -> Error MediaFault.NoMoov
                                   | kind -> media length (kind = 1)))
                          (Gen.choose64 (0L, 20_000L))
                          (Gen.choose64 (0L, 100L))
                          (Gen.choose (0, 3))
                  )
              ))
              (fun files ->
                  let recorded = Recording.read utc LengthRule.Content (at 20_100L) [] files

                  let hours = [ for folder in recorded.Folders -> folder.Hour ]

                  Expect.equal hours (List.sort (List.distinct hours)) "each hour once, in order"

                  for folder in recorded.Folders do
                      for segment in folder.Segments do
                          Expect.equal (Hour.ofInstant segment.Start) folder.Hour "in its hour"

                  (recorded.Folders |> Seq.sumBy _.Segments.Length) + recorded.Bad.Length = files.Length
                  && recorded.Bad.Length = (recorded.Folders |> Seq.sumBy _.Bad)) ]
