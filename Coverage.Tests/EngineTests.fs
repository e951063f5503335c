/// The face for C#: it says what the core says, with plain numbers.
module Coverage.Tests.EngineTests

open System
open System.Collections.Immutable
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

/// The hours of the map, or the reason why there are none, are what the core says, whatever was held for the reason
/// before; the cells of the hours, one by one, are the map's.
let private isDrawn (account: Account) : unit =
    let scale = Engine.MapScale(1800, 2)
    Expect.equal (scale.Pixel, scale.Rows) (1800<s>, 2) ""
    let mutable first, last = 0, 0
    let mutable refused: string | null = "of old"
    let isThere = Engine.TryMapHours(account, &first, &last, &refused)

    match Map.ofAccount scale account with
    | ValueSome(Ok expected) ->
        Expect.isTrue isThere ""
        Expect.equal (first * 1<hour>, last * 1<hour>) (expected.FirstHour, expected.LastHour) ""

        for hour in first..last do
            Expect.isTrue
                (Engine
                    .MapCells(scale, false, account, hour, hour)
                    .Span.SequenceEqual(expected.Cells.Span.Slice(2 * (hour - first), 2)))
                ""

        Expect.isNull refused ""
    | ValueSome(Error error) -> Expect.equal (isThere, refused) (false, string error) ""
    | ValueNone -> Expect.equal (isThere, refused) (false, null) ""

[<Tests>]
let face =
    testList
        "the face for C#"
        [ law "reads an hour as the core does, and writes it back"
          <| fun (Gen.HourName name) ->
              let isHour, hour = Engine.TryParseHour name

              match Hour.tryParse name with
              | ValueSome expected ->
                  Expect.equal (isHour, hour) (true, int expected) ""
                  Expect.equal (Engine.HourText hour) name ""
              | ValueNone -> Expect.isFalse isHour ""

          law "counts in microseconds, in seconds and in words as the core does"
          <| Prop.forAll
              (Gen.choose64 (-1_000_000L, 253_370_764_800_000_000L) |> Arb.fromGen)
              (fun microseconds ->
                  Expect.equal
                      (Engine.InstantText microseconds)
                      (Instant.toText (Instant.ofMicroseconds microseconds))
                      ""

                  Expect.equal (Engine.Seconds microseconds) (decimal microseconds / 1_000_000m) "")

          law "shows, lists and finds names as the core does"
          <| fun (name: Gen.Name) (before: Gen.Name) ->
              let text = Encoding.UTF8.GetString name.Bytes
              let shown = SegmentName.printable (ReadOnlySpan name.Bytes)
              Expect.equal (Engine.Printable(ReadOnlySpan name.Bytes)) shown ""

              Expect.equal
                  (Engine.Printable text)
                  (SegmentName.printable (ReadOnlySpan(Encoding.UTF8.GetBytes text)))
                  ""

              Expect.equal (Engine.PercentEncoded text) (SegmentName.percentEncoded text) ""

              Expect.equal
                  (Engine.IsListed(ReadOnlySpan name.Bytes))
                  (Listing.isListed (ReadOnlySpan name.Bytes))
                  ""

              Expect.isTrue (Engine.IsMark(ReadOnlySpan(Array.append name.Bytes ".tombstone"B))) ""
              Expect.isFalse (Engine.IsMark(ReadOnlySpan(Array.append name.Bytes ".tomb"B))) ""

              // A name holds no slash.
              let part (bytes: byte[]) = Array.filter ((<>) (byte '/')) bytes

              let block =
                  Array.concat [ part before.Bytes; "/"B; part name.Bytes; "/"B; "more/"B ]

              Expect.equal
                  (Engine.NameAt((part before.Bytes).Length + 1, ReadOnlySpan block).ToArray())
                  (part name.Bytes)
                  ""

          law "takes the settings as they are, and asks of an hour what they say"
          <| fun (archive: Model.Archive) (away: int) ->
              let settings = Convert.settings archive

              let given =
                  Engine.Settings(
                      archive.Tolerance,
                      Convert.nullable settings.FirstHour,
                      Convert.nullable settings.LastHour
                  )

              Expect.equal given settings ""

              for hour in [ archive.FirstHour; archive.LastHour ] |> List.choose id do
                  for hour in [ hour - 1; hour; hour + 1; hour + away ] do
                      Expect.equal (Engine.IsIn(given, hour)) (Report.isIn settings (hour * 1<hour>)) ""

          law "reports completeness as the core does, null for an empty extent"
          <| fun (archive: Model.Archive) ->
              let account = Convert.account archive
              let completeness = Account.completeness account

              Expect.equal
                  (Engine.Completeness account)
                  (ValueOption.toNullable (Completeness.ratio completeness))
                  ""

              Expect.equal (Engine.CompletenessText account) (Completeness.toText completeness) ""

          law "draws a map, or gives null and the reason, or null alone, as the core does"
          <| fun (archive: Model.Archive) -> isDrawn (Convert.account archive)

          testCase
              "refuses a map with the reason when its hours are too many, and with none when there is no extent"
          <| fun () ->
              for hours in [ []; [ 0 ]; [ 0; 87_600 ] ] do
                  [ for hour in hours -> HourFolder.ofFiles (hour * 1<hour>) [ "00:00-1-full-.ts", 1L ] ]
                  |> Convert.accountOf Report.defaults
                  |> isDrawn

          law "looks closely at an hour as the core does, and gives null for an hour that is not reported"
          <| fun (archive: Model.Archive) ->
              let facts = Convert.facts archive

              let values (closeup: Closeup) =
                  closeup.Report,
                  (closeup.Holes, closeup.EditableHoles, closeup.PartialOnly, closeup.Seams),
                  (List.ofSeq closeup.Overlaps, closeup.SeamCount)

              for hour in facts.Report.Hours do
                  for near in [ hour.Hour - 1<hour>; hour.Hour; hour.Hour + 1<hour> ] do
                      Expect.equal
                          (Engine.Closeup(facts, int near) |> Option.ofObj |> Option.map values)
                          (Closeup.ofHour facts near |> ValueOption.toOption |> Option.map values)
                          ""

          law "tells changes as the core does"
          <| fun (earlier: Model.Archive) (later: Model.Archive) ->
              let earlier, later = Convert.account earlier, Convert.account later
              let first = Engine.FirstChanges(1L, earlier)
              let next = Engine.NextChanges(2L, first, earlier, later)

              let fields (changes: Changes) =
                  [ changes.Opened.Length
                    changes.Closed.Length
                    changes.Grown.Length
                    changes.Shrunk.Length
                    changes.HoursAdded.Length
                    changes.HoursGone.Length ],
                  List.ofSeq changes.Standing

              Expect.equal (fields first) (fields (Changes.first 1L<instant> earlier)) "the first"
              Expect.equal (fields next) (fields (Changes.next 2L<instant> first earlier later)) "the next"

              Expect.equal
                  (fields (Engine.NoChanges next))
                  (fields (Changes.again next))
                  "the same report again"

          law "answers about spans as the core does"
          <| fun (archive: Model.Archive) (start: int16) (length: uint16) (shortest: byte) (merge: byte) ->
              let account = Convert.account archive
              let facts = account.Facts
              let report = facts.Report
              let from = int64 report.Extent.Start + 1000L * int64 start

              let asked =
                  Engine.SpanQuery(from, from + 1000L * int64 length, int64 shortest, int64 merge)

              Expect.equal
                  asked
                  { Window = Convert.interval (from, from + 1000L * int64 length)
                    Shortest = Duration.ofMicroseconds (int64 shortest)
                    Merge = Duration.ofMicroseconds (int64 merge) }
                  "as it is asked"

              let holes = report.Raw.Holes
              Expect.sequenceEqual (Engine.Select(asked, holes)) (SpanQuery.ofSet asked holes) "holes"

              Expect.sequenceEqual
                  (Engine.SelectSpans(asked, report.Extent, holes))
                  (SpanQuery.ofSpans asked report.Extent holes)
                  "between holes"

              Expect.sequenceEqual
                  (Engine.SelectOverlaps(asked, facts))
                  (SpanQuery.ofOverlaps asked facts)
                  "overlaps"

              for word in Word.all do
                  Expect.sequenceEqual
                      (Engine.SelectWord(asked, account, word))
                      (SpanQuery.ofWord asked word account)
                      (Word.toText word)

                  Expect.equal (Engine.Words(account, word)) (Account.intervals word account) "all of it"

              let hours = AccountHours.ofAccount [] account

              Expect.sequenceEqual
                  (Engine.Select(asked, hours) |> Seq.map _.Hour)
                  (AccountHours.within asked.Window hours |> Seq.map _.Hour)
                  "hours"

              for hour in report.Hours do
                  for near in [ hour.Hour - 1<hour>; hour.Hour; hour.Hour + 1<hour> ] do
                      Expect.equal
                          (Engine.IsReported(facts, int near))
                          (StreamFacts.report near facts).IsSome
                          "reported"

                      Expect.equal
                          (Engine.CarryInto(facts, int near))
                          (StreamFacts.carryInto near facts)
                          "handed on"

          testCase "gives a folder the sizes that it gets"
          <| fun () ->
              let folder =
                  HourFolder.ofFiles 0<hour> [ "00:00-1-suspect-.ts", -1L; "00:00-2-suspect-.ts", -1L ]

              let answered =
                  Engine.WithSizes(folder, Engine.Contested folder, ImmutableArray.Create(7L, -1L))

              Expect.sequenceEqual (answered.Segments |> Seq.map _.Size) [ 7L ] "" ]
