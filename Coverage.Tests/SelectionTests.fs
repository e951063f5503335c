/// The best segment of each start.
module Coverage.Tests.SelectionTests

open System.Collections.Immutable
open Expecto
open FsCheck
open Coverage

/// The segments of an archive as if they all lay in one folder, so that many share a start.
let private oneFolder (archive: Model.Archive) : Model.Folder =
    { Hour = 489_618
      Segments = archive.Folders |> List.collect _.Segments
      Bad = archive.Folders |> List.sumBy _.Bad }

let private withSegments (segments: Segment list) (folder: HourFolder) : HourFolder =
    { folder with
        Segments = ImmutableArray.CreateRange segments }

/// What numbers can depend on: of the best segments all but their sizes, and every count.
let private numbers (selection: HourSelection) =
    {| Best = [ for segment in selection.Best -> segment.Start, segment.Duration, segment.Kind ]
       Segments = Convert.ofByKind selection.Segments
       NotBest = Convert.ofByKind selection.NotBest
       Temp = selection.Temp
       Bad = selection.Bad |}

let private tally (segments: Model.Segment list) : Map<Model.Kind, Model.Tally> =
    Map.ofList
        [ for kind in [ Model.Kind.Full; Model.Kind.Suspect; Model.Kind.Partial ] do
              let own = segments |> List.filter (fun segment -> segment.Kind = kind)

              kind,
              { Count = own.Length
                Duration = own |> List.sumBy _.Duration } ]

let private unknownSizes (folder: HourFolder) : HourFolder =
    folder
    |> withSegments [ for segment in folder.Segments -> { segment with Size = -1L } ]

/// The indices of the suspects, or of the partials where there is no suspect, at each start without a full segment,
/// where there are two of them or more.
let private rivals (segments: Segment list) : Set<int> =
    segments
    |> List.indexed
    |> List.groupBy (fun (_, segment) -> segment.Start)
    |> List.collect (fun (_, there) ->
        let ofKind kind =
            there |> List.filter (fun (_, segment) -> segment.Kind = kind) |> List.map fst

        match ofKind SegmentKind.Full, ofKind SegmentKind.Suspect, ofKind SegmentKind.Partial with
        | [], [], (_ :: _ :: _ as partials) -> partials
        | [], (_ :: _ :: _ as suspects), _ -> suspects
        | _ -> [])
    |> set

let private contested (folder: HourFolder) : int list =
    Selection.contested folder.Segments |> List.ofSeq

/// The folder with the true sizes of those asked for.
let private answer (truth: HourFolder) (folder: HourFolder) : HourFolder =
    let asked = Selection.contested folder.Segments

    let sizes =
        asked
        |> Seq.map (fun index -> truth.Segments[index].Size)
        |> ImmutableArray.CreateRange

    HourFolder.withSizes asked sizes folder

[<Tests>]
let selection =
    testList
        "the choice of the best"
        [ law "is the model's"
          <| fun archive ->
              let folder = oneFolder archive
              let best, others = Model.select folder.Segments
              let temp = folder.Segments |> List.filter (fun s -> s.Kind = Model.Kind.Temp)

              Expect.equal
                  (numbers (Selection.ofFolder (Convert.folder folder)))
                  {| Best =
                      [ for segment in List.map Convert.segment best ->
                            segment.Start, segment.Duration, segment.Kind ]
                     Segments = tally folder.Segments
                     NotBest = tally others
                     Temp = temp.Length
                     Bad = folder.Bad |}
                  ""

          law "is exactly one for each start of a segment that is not temp, in order"
          <| fun archive ->
              let folder = Convert.folder (oneFolder archive)
              let best = (Selection.ofFolder folder).Best |> Seq.map _.Start |> List.ofSeq

              let starts =
                  folder.Segments
                  |> Seq.filter (fun segment -> segment.Kind <> SegmentKind.Temp)
                  |> Seq.map _.Start
                  |> Set.ofSeq

              Expect.equal best (Set.toList starts) ""

          law "is in order however the starts crowd and whatever is far away"
          <| fun (crowd: NonNegativeInt list) (PositiveInt far) (isVeryFar: bool) ->
              // Up to hundreds within a millisecond, and one minutes or days from them.
              let far = int64 far * (if isVeryFar then 1L <<< 32 else 1L <<< 20)

              let starts =
                  far
                  :: [ for NonNegativeInt n in
                           crowd @ List.map (fun (NonNegativeInt n) -> NonNegativeInt(3 * n + 1)) crowd ->
                           int64 n ]

              let folder =
                  { Hour = 0<hour>
                    Segments = ImmutableArray.Empty
                    Bad = 0 }
                  |> withSegments
                      [ for start in starts ->
                            { Start = start * 1L<instant>
                              Duration = Duration.second
                              Size = -1L
                              Kind = SegmentKind.Full } ]

              Expect.equal
                  [ for segment in (Selection.ofFolder folder).Best -> int64 segment.Start ]
                  (List.distinct starts |> List.sort)
                  ""

          testCase
              "is in order whatever lies between the first start and the last, and however they crowd there"
          <| fun () ->
              // Not in one order again and again: what the last sort left behind must not pass for the next one's.
              let random = System.Random 20251107

              for bits in 3..40 do
                  for span in [ (1L <<< bits) - 1L; 1L <<< bits; (1L <<< bits) + 1L ] do
                      let near = [ for n in 0L .. 20L -> min n span ]

                      let starts =
                          near @ List.map (fun n -> span - n) near @ [ span / 2L ]
                          |> List.distinct
                          |> List.randomShuffleWith random

                      let folder =
                          { Hour = 0<hour>
                            Segments = ImmutableArray.Empty
                            Bad = 0 }
                          |> withSegments
                              [ for start in starts ->
                                    { Start = start * 1L<instant>
                                      Duration = Duration.second
                                      Size = -1L
                                      Kind = SegmentKind.Full } ]

                      Expect.equal
                          [ for segment in (Selection.ofFolder folder).Best -> int64 segment.Start ]
                          (List.sort starts)
                          $"{span}"

          law "takes segments of the folder, as they are"
          <| fun archive ->
              let folder = Convert.folder (oneFolder archive)

              for best in (Selection.ofFolder folder).Best do
                  Expect.contains folder.Segments best ""

          law "does not depend on the order of the listing"
          <| fun archive (keys: int[]) ->
              let folder = Convert.folder (oneFolder archive)
              let segments = List.ofSeq folder.Segments
              let expected = numbers (Selection.ofFolder folder)

              let shuffled =
                  segments
                  |> List.indexed
                  |> List.sortBy (fun (i, _) -> if keys.Length = 0 then -i else keys[i % keys.Length])
                  |> List.map snd

              for other in [ List.rev segments; shuffled ] do
                  Expect.equal (folder |> withSegments other |> Selection.ofFolder |> numbers) expected ""

          law "of the same start, the best is better than every other, or as good"
          <| fun archive ->
              let folder = Convert.folder (oneFolder archive)

              for best in (Selection.ofFolder folder).Best do
                  for other in folder.Segments do
                      if other.Start = best.Start && other.Kind <> SegmentKind.Temp then
                          Expect.isFalse (Selection.isBetter other best) ""

          testCase "of two, goes by type, then by size unless full, then by length"
          <| fun () ->
              let segments =
                  [ for kind in [ SegmentKind.Full; SegmentKind.Suspect; SegmentKind.Partial ] do
                        for size in [ 0L; 1L ] do
                            for duration in [ 0L<us>; 1L<us> ] do
                                { Start = 0L<instant>
                                  Duration = duration
                                  Size = size
                                  Kind = kind } ]

              let rank (segment: Segment) =
                  -int segment.Kind,
                  (if segment.Kind = SegmentKind.Full then 0L else segment.Size),
                  segment.Duration

              for a in segments do
                  for b in segments do
                      Expect.equal (Selection.isBetter a b) (rank a > rank b) $"{a} {b}" ]

[<Tests>]
let sizes =
    testList
        "the sizes that are asked for"
        [ law "are those of two or more rivals of the kind that wins, where they are not known"
          <| fun archive ->
              let folder = Convert.folder (oneFolder archive)
              let expected = rivals (List.ofSeq folder.Segments)
              Expect.equal (set (contested (unknownSizes folder))) expected ""

              // Every other size is known.
              let half =
                  folder
                  |> withSegments
                      [ for i in 0 .. folder.Segments.Length - 1 ->
                            { folder.Segments[i] with
                                Size = if i % 2 = 0 then -1L else folder.Segments[i].Size } ]

              Expect.equal (set (contested half)) (expected |> Set.filter (fun i -> i % 2 = 0)) ""

          law "are enough: with them alone the numbers are those of all sizes"
          <| fun archive ->
              let folder = Convert.folder (oneFolder archive)
              let answered = folder |> unknownSizes |> answer folder

              Expect.equal (numbers (Selection.ofFolder answered)) (numbers (Selection.ofFolder folder)) ""

          law "are all needed: one of them can decide, whatever the others are"
          <| fun archive ->
              let folder = Convert.folder (oneFolder archive)

              for index in contested (unknownSizes folder) do
                  // Longer than every rival by a mark of its own, so that its victory is seen.
                  let sized size =
                      folder
                      |> withSegments
                          [ for i in 0 .. folder.Segments.Length - 1 ->
                                if i = index then
                                    { folder.Segments[i] with
                                        Size = size
                                        Duration = Duration.longest + 1L<us> }
                                else
                                    { folder.Segments[i] with
                                        Size = folder.Segments[i].Size + 1L } ]
                      |> Selection.ofFolder

                  Expect.notEqual (numbers (sized 0L)) (numbers (sized (1L <<< 50))) ""

          law "are no others: any size of a segment that is not asked for changes no number"
          <| fun archive (other: int64) ->
              let folder = Convert.folder (oneFolder archive)
              let asked = set (contested (unknownSizes folder))

              let changed =
                  folder
                  |> withSegments
                      [ for i in 0 .. folder.Segments.Length - 1 ->
                            if asked.Contains i then
                                folder.Segments[i]
                            else
                                { folder.Segments[i] with Size = other } ]

              Expect.equal (numbers (Selection.ofFolder changed)) (numbers (Selection.ofFolder folder)) ""

          law "are asked for once"
          <| fun archive ->
              let folder = Convert.folder (oneFolder archive)
              Expect.isEmpty (folder |> unknownSizes |> answer folder |> contested) ""

          testCase "are not asked for when they are known to be zero"
          <| fun () ->
              let rivals: Segment list =
                  [ for _ in 1..3 ->
                        { Start = 0L<instant>
                          Duration = Duration.second
                          Size = 0L
                          Kind = SegmentKind.Suspect } ]

              Expect.isEmpty (Selection.contested (ImmutableArray.CreateRange rivals)) ""

          testCase "are asked for anew when suspects turn out to be gone and partials stand in their place"
          <| fun () ->
              let segment kind : Segment =
                  { Start = 0L<instant>
                    Duration = Duration.second
                    Size = -1L
                    Kind = kind }

              let folder: HourFolder =
                  { Hour = Hour.first
                    Segments =
                      ImmutableArray.Create(
                          segment SegmentKind.Partial,
                          segment SegmentKind.Suspect,
                          segment SegmentKind.Partial,
                          segment SegmentKind.Suspect
                      )
                    Bad = 0 }

              Expect.equal (contested folder) [ 1; 3 ] ""

              let bothGone =
                  HourFolder.withSizes (ImmutableArray.Create(1, 3)) (ImmutableArray.Create(-1L, -1L)) folder

              Expect.equal (contested bothGone) [ 0; 1 ] "" ]
