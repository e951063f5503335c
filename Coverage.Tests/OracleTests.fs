/// The bridge from proof to program: the F# against the model that is proved, over every archive up to a bound, every
/// small argument of its parts, and random large archives.
module Coverage.Tests.OracleTests

open System
open System.Collections.Immutable
open System.Text.RegularExpressions
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

/// Whether we go further than in an ordinary run.
let deep = Gen.depth > 1

/// Says how much was compared, so that everyone sees how far this goes.
let tell (what: string) (tried: int) =
    Console.WriteLine $"compared with the proved model: {tried:N0} {what}"

/// The F#'s value, given as the oracle's, is equal to the oracle's.
let same (what: string) (ours: obj) (theirs: obj) =
    if not (ours.Equals theirs) then
        // The texts of two that differ show where; `Segments.Tally.Tally(2, 1)` is shown as `Tally(2, 1)`.
        let text (value: obj) =
            Regex.Replace(string value, @"\w+\.\w+\.", "")

        Expect.equal (text ours) (text theirs) what
        failtest what

// Archives.

/// An archive as a reader can write it down: what it is looked at with, and the names in its folders.
let text (settings: Settings) (folders: HourFolder list) : string =
    let hour (given: Hour voption) =
        match given with
        | ValueSome hour -> Hour.toText hour
        | ValueNone -> "-"

    String.concat
        "\n"
        [ $"tolerance {Duration.toText settings.Tolerance} s, "
          + $"first hour {hour settings.FirstHour}, last hour {hour settings.LastHour}"

          for folder in folders do
              $"{Hour.toText folder.Hour}/  ({folder.Bad} bad)"

              for segment in folder.Segments do
                  $"    {SegmentName.print String.Empty segment}  ({segment.Size} bytes)" ]

/// Says of what a comparison fails.
let showing (case: unit -> string) (compare: unit -> unit) : unit =
    try
        compare ()
    with
    | :? AssertException as difference -> failtest $"{difference.Message}\n{case ()}"
    | error -> failtest $"{error}\n{case ()}"

/// The whole report, every field of it.
let private sameReport (settings: Settings) (folders: HourFolder list) =
    same
        "the report"
        (Report.ofFolders settings folders |> Oracle.report)
        (Reports.__default.OfFolders(Oracle.settings settings, Oracle.folders folders))

/// What each arrow on the way to the report makes: the choice in each hour, the timelines, and what they add up to.
let private sameParts (settings: Settings) (folders: HourFolder list) =
    let selections = folders |> List.map Selection.ofFolder

    for folder, selection in List.zip folders selections do
        same "the choice" (Oracle.selection selection) (Selections.__default.OfFolder(Oracle.folder folder))

    let details = Timeline.ofHours settings.Tolerance selections
    let timelines = details |> Array.map _.Timeline
    let mutable carry = Timeline.start

    for detail, selection in Seq.zip details selections do
        same
            "what is noted"
            (Oracle.notes detail)
            (HourNotes.__default.NotesOf(
                Oracle.number settings.Tolerance,
                Oracle.carry carry,
                Oracle.selection selection
            ))

        carry <- detail.Timeline.Carry

    let theirs =
        Timelines.__default.OfHours(Oracle.number settings.Tolerance, Oracle.selections selections)

    same "the timelines" (Oracle.timelines timelines) theirs

    same
        "the report of the timelines"
        (Report.ofTimelines settings timelines |> Oracle.report)
        (Reports.__default.OfTimelines(Oracle.settings settings, theirs))

let private scale (pixel: int<s>) : MapScale =
    MapScale.tryCreate pixel 1 |> ValueOption.get

/// The report and the cells of its map.
let private sameMap (pixel: int<s>) (settings: Settings) (folders: HourFolder list) =
    let facts = StreamFacts.ofFolders settings folders
    let report = facts.Report

    let theirs =
        Reports.__default.OfFolders(Oracle.settings settings, Oracle.folders folders)

    same "the report" (Oracle.report report) theirs

    let map =
        match Map.ofAccount (scale pixel) (Account.ofFacts facts) with
        | ValueSome(Ok map) -> ValueSome map
        | ValueSome(Error error) -> failtest (string error)
        | ValueNone -> ValueNone

    same "the map" (Oracle.map map) (Reports.__default.Map(Oracle.number (int64 pixel), theirs))

// Every archive.

/// What there can be in an archive, and with what settings it is read: a bounded world of archives.
type private World =
    {
        /// Where, how long and of what kind a segment can be; `sized` sees to the sizes.
        Segments: Segment list
        /// How many segments an archive has at most.
        Most: int
        /// Whether segments are listed in every order. If not, then in one: that it changes nothing is a law of its own.
        InEveryOrder: bool
        /// In which hours there can be a bad name, so that they have a folder.
        Bad: Hour list list
        /// What an archive is looked at with.
        Settings: Settings list
    }

/// Segments at all the starts, of all the lengths and kinds, and `temp` ones of the greatest length.
let private segments (starts: Instant list) (lengths: Duration list) : Segment list =
    let segment kind start length =
        { Start = start
          Duration = length
          Size = 0L
          Kind = kind }

    [ for start in starts do
          for kind in [ SegmentKind.Full; SegmentKind.Suspect; SegmentKind.Partial ] do
              for length in lengths do
                  segment kind start length

          segment SegmentKind.Temp start (List.max lengths) ]

/// The segments with the sizes that can matter: either of two for a suspect or partial one where another of its kind
/// starts with it. All other sizes ought not to matter, so they are against what does: the better the kind, the smaller
/// the file, and of full ones the longest has the smallest.
let private sized (segments: Segment list) : Segment list list =
    let sizes (segment: Segment) : int64 list =
        let rivals =
            segments
            |> List.filter (fun other -> other.Start = segment.Start && other.Kind = segment.Kind)

        let smallest = int64 segment.Kind * int64 Duration.longest

        match segment.Kind with
        | SegmentKind.Full -> [ int64 (Duration.longest - segment.Duration) ]
        | SegmentKind.Temp -> [ smallest ]
        | _ when rivals.Length = 1 -> [ smallest ]
        | _ -> [ smallest; smallest + 1L ]

    List.foldBack
        (fun segment rest ->
            [ for size in sizes segment do
                  for others in rest -> { segment with Size = size } :: others ])
        segments
        [ [] ]

let private foldersOf (bad: Hour list) (segments: Segment list) : HourFolder list =
    let hours = segments |> List.map (fun segment -> Hour.ofInstant segment.Start)

    [ for hour in bad @ hours |> List.distinct |> List.sort ->
          { Hour = hour
            Segments =
              List.zip hours segments
              |> Seq.filter (fst >> (=) hour)
              |> Seq.map snd
              |> ImmutableArray.CreateRange
            Bad = bad |> List.filter ((=) hour) |> List.length } ]

/// All rows of so many of the options, from one on; without every order, none is before the one in front of it.
let rec private rows inEveryOrder count from (options: 'a[]) : 'a list seq =
    seq {
        if count = 0 then
            []
        else
            for i in from .. options.Length - 1 do
                for rest in rows inEveryOrder (count - 1) (if inEveryOrder then 0 else i) options do
                    options[i] :: rest
    }

/// Compares every archive of a world, those of few segments first; how many there were.
let private every (world: World) compare : int =
    let options = Array.ofList world.Segments

    let compareAll (rows: Segment list seq) : int =
        let mutable tried = 0

        for row in rows do
            for segments in sized row do
                for bad in world.Bad do
                    let folders = foldersOf bad segments

                    for settings in world.Settings do
                        showing (fun () -> text settings folders) (fun () -> compare settings folders)
                        tried <- tried + 1

        tried

    /// Those of one length, on all processors, by the first segment.
    let ofLength count =
        options
        |> Array.mapi (fun first segment ->
            rows world.InEveryOrder (count - 1) (if world.InEveryOrder then 0 else first) options
            |> Seq.map (fun rest -> segment :: rest))
        |> Array.Parallel.map (fun rows ->
            try
                Ok(compareAll rows)
            with error ->
                Error error)
        |> Array.sumBy (function
            | Ok tried -> tried
            | Error error -> raise error)

    compareAll [ [] ] + List.sumBy ofLength [ 1 .. world.Most ]

/// The hour before the edge, the one after it.
let private before, after = 489_618<hour>, 489_619<hour>

/// So many microseconds after the edge.
let private fromEdge (microseconds: int64) : Instant =
    Hour.start after + microseconds * 1L<instant>

let private settings (tolerances: Duration list) (firsts: Hour voption list) (lasts: Hour voption list) =
    [ for tolerance in tolerances do
          for first in firsts do
              for last in lasts do
                  if first.IsNone || last.IsNone || first.Value <= last.Value then
                      { Tolerance = tolerance
                        FirstHour = first
                        LastHour = last } ]

let private uncut = [ ValueNone ]

let private tolerances = [ 0L<us>; 1L<us>; 2L<us> ]

/// The hour's edge in the middle, and a grid of microseconds around it.
let private edge =
    { Segments =
        segments
            (List.map fromEdge [ -2L .. 1L ])
            [ for length in 0L .. 3L -> Duration.ofMicroseconds length ]
      Most = 4
      InEveryOrder = false
      Bad = [ [] ]
      Settings = settings (List.tail tolerances) uncut uncut }

/// The same world, cut at every hour.
let private edgeCut =
    let hours = [ ValueNone; ValueSome before; ValueSome after ]

    { edge with
        Most = if deep then 4 else 3
        Settings = settings tolerances hours hours }

/// The same world, listed in every order.
let private edgeInEveryOrder =
    { edge with
        Most = 3
        InEveryOrder = true
        Settings = settings (if deep then tolerances else [ 1L<us> ]) uncut uncut }

let private halfHour = 1800L * Duration.second

/// Three hours in steps of half an hour, of which any may be lost, and segments of up to two hours and a half.
let private threeHours =
    { edge with
        Segments =
            segments
                [ for steps in 0L .. 5L -> Instant.add (steps * halfHour) (Hour.start before) ]
                [ for steps in [ 0L; 1L; 2L; 5L ] -> steps * halfHour ]
        Most = if deep then 3 else 2
        Bad =
            [ []
              [ after ]
              [ before - 1<hour>; before; after + 2<hour> ]
              [ after + 1<hour>; after + 4<hour> ] ]
        Settings =
            settings
                [ 0L<us>; halfHour ]
                [ ValueNone; ValueSome before; ValueSome after ]
                [ ValueNone; ValueSome after; ValueSome(after + 2<hour>) ] }

/// Two hours so far apart that the run of lost ones between them is just reported, or just not.
let private longRuns =
    { edge with
        Segments =
            segments [ Hour.start before ] [ 1L<us>; Duration.hour; Duration.hour + 1L<us>; Duration.longest ]
            @ segments [ for run in 743..747 -> Hour.start (after + run * 1<hour>) ] [ Duration.second ]
            |> List.filter (fun segment -> segment.Kind = SegmentKind.Full)
        Most = 2
        Bad = [ []; [ after ]; [ before + 372<hour> ] ]
        Settings = settings [ 0L<us> ] uncut [ ValueNone; ValueSome(before + 745<hour>) ] }

// Every small argument of the parts.

let private interval (start: int64, finish: int64) : Interval =
    Interval.create (Instant.ofMicroseconds start) (Instant.ofMicroseconds finish)

/// The empty interval, and all others between two of the points.
let private intervals (points: int64 list) : Interval list =
    Interval.empty
    :: [ for start in points do
             for finish in points do
                 if start < finish then
                     interval (start, finish) ]

let private sameSets () : int =
    // Around zero, where the empty interval stands.
    let sets =
        [| for chosen in 0..255 ->
               IntervalSet.ofIntervals
                   [ for cell in 0L .. 7L do
                         if chosen >>> int cell &&& 1 = 1 then
                             interval (cell - 4L, cell - 3L) ] |]

    let theirs = sets |> Array.map Oracle.set
    let mutable tried = 0

    let compare (what: string) (arguments: obj list) (ours: obj) (theirs: obj) =
        showing (fun () -> String.Join("; ", arguments)) (fun () -> same what ours theirs)
        tried <- tried + 1

    for a in 0..255 do
        compare
            "hull"
            [ sets[a] ]
            (IntervalSet.hull sets[a] |> Oracle.interval)
            (IntervalSets.__default.Hull theirs[a])

        compare "length" [ sets[a] ] (Oracle.number sets[a].Length) (IntervalSets.__default.Length theirs[a])

        for b in 0..255 do
            for name, ofOurs, ofTheirs in
                [ "union", IntervalSet.union, IntervalSets.__default.Union
                  "intersect", IntervalSet.intersect, IntervalSets.__default.Intersection
                  "subtract", IntervalSet.subtract, IntervalSets.__default.Subtract ] do
                compare
                    name
                    [ sets[a]; sets[b] ]
                    (ofOurs sets[a] sets[b] |> Oracle.set)
                    (ofTheirs (theirs[a], theirs[b]))

        for window in intervals [ -5L .. 5L ] do
            let ofTheirs = Oracle.interval window, theirs[a]

            compare
                "gaps"
                [ window; sets[a] ]
                (IntervalSet.gaps window sets[a] |> Oracle.set)
                (IntervalSets.__default.Gaps ofTheirs)

            compare
                "cut"
                [ window; sets[a] ]
                (IntervalSet.cut window sets[a] |> Oracle.set)
                (IntervalSets.__default.Cut ofTheirs)

            compare
                "within"
                [ window; sets[a] ]
                (IntervalSet.within window sets[a] |> Oracle.countAndLength)
                (IntervalSets.__default.Within ofTheirs)

        for instant in [ -5L<instant> .. 1L<instant> .. 5L<instant> ] do
            compare
                "contains"
                [ instant; sets[a] ]
                (IntervalSet.contains instant sets[a])
                (IntervalSets.__default.Holds(Oracle.number instant, theirs[a]))

    let options = intervals [ -2L .. 3L ] |> Array.ofList

    for count in 0..4 do
        for row in rows true count 0 options do
            compare
                "ofIntervals"
                [ row ]
                (IntervalSet.ofIntervals row |> Oracle.set)
                (IntervalSets.__default.OfIntervals(Oracle.intervals row))

    tried

/// From everything that can be handed on, whether any hour hands it on or not.
let private sameSteps () : int =
    let ends =
        [ Instant.beforeAll
          fromEdge -2L
          fromEdge 0L
          fromEdge 1L
          fromEdge 2L
          Hour.finish after + 1L<instant> ]

    let carries =
        [ for furthest in ends do
              for chainEnd in ends do
                  for settled in ends do
                      for partialEnd in ends ->
                          { Furthest = furthest
                            ChainEnd = chainEnd
                            Settled = settled
                            PartialEnd = partialEnd } ]

    let options =
        segments [ fromEdge 0L; fromEdge 1L ] [ 0L<us>; 1L<us>; 2L<us> ] |> Array.ofList

    let step (hour: HourSelection) =
        for carry in carries do
            for tolerance in tolerances do
                showing (fun () -> $"{tolerance} us\n{carry}\n{hour}") (fun () ->
                    let detail = Timeline.sweep tolerance carry hour

                    let given = Oracle.number tolerance, Oracle.carry carry, Oracle.selection hour

                    same "the step" (Oracle.timeline detail.Timeline) (Timelines.__default.Step given)
                    same "what is noted" (Oracle.notes detail) (HourNotes.__default.NotesOf given))

    let hours =
        [| for count in 0..2 do
               for row in rows false count 0 options do
                   Selection.ofFolder (List.head (foldersOf [ after ] row)) |]

    hours |> Array.Parallel.iter step
    hours.Length * carries.Length * tolerances.Length

/// Of an hour in two cells, with points on, just before and just after every edge of a cell.
let private sameMaps () : int =
    let points =
        [ for edge in 0L .. 2L do
              for beside in -1L .. 1L -> int64 (fromEdge (edge * int64 halfHour + beside)) ]

    let options = intervals points

    let draw (extent: Interval) =
        for hole in options do
            for partial in options do
                showing (fun () -> $"{extent}; {hole}; {partial}") (fun () ->
                    let holes = IntervalSet.ofIntervals [ hole ]
                    let partialOnly = IntervalSet.ofIntervals [ partial ]

                    match
                        Map.draw
                            (scale 1800<s>)
                            after
                            after
                            extent
                            [| struct (Cell.Partial, partialOnly); struct (Cell.None, holes) |]
                    with
                    | Ok map ->
                        same
                            "the map"
                            (Oracle.cells map)
                            (Maps.__default.Draw(
                                Oracle.number 1800L,
                                Oracle.hour after,
                                Oracle.hour after,
                                Oracle.interval extent,
                                Oracle.set holes,
                                Oracle.set partialOnly
                            ))
                    | Error error -> failtest (string error))

    options |> Array.ofList |> Array.Parallel.iter draw
    pown options.Length 3

/// Of two segments of the same start.
let private sameChoices () : int =
    let options =
        [ for kind in [ SegmentKind.Full; SegmentKind.Suspect; SegmentKind.Partial; SegmentKind.Temp ] do
              for size in 0L .. 2L do
                  for length in [ 0L<us>; 1L<us>; 2L<us> ] ->
                      { Start = fromEdge 0L
                        Duration = length
                        Size = size
                        Kind = kind } ]

    for a in options do
        for b in options do
            showing (fun () -> $"{a}; {b}") (fun () ->
                same
                    "whether it is better"
                    (Selection.isBetter a b)
                    (Selections.__default.IsBetter(Oracle.segment a, Oracle.segment b)))

    options.Length * options.Length

[<Tests>]
let everything =
    // Alone, because it takes all the processors itself.
    testSequenced
    <| testList
        "the F# and the model that is proved"
        [ testCase "report the same of every archive around an hour's edge"
          <| fun () ->
              every edge sameReport
              |> tell $"archives of up to {edge.Most} segments around an hour's edge"

          testCase "report the same of every archive cut at an hour's edge"
          <| fun () ->
              every edgeCut sameReport
              |> tell $"archives of up to {edgeCut.Most} segments cut at an hour's edge"

          testCase "choose, step and add up the same in every order of names"
          <| fun () ->
              every edgeInEveryOrder sameParts
              |> tell $"listings of up to {edgeInEveryOrder.Most} segments in every order"

          testCase "report and draw the same of every archive over three hours"
          <| fun () ->
              every threeHours (sameMap 900<s>)
              |> tell $"archives of up to {threeHours.Most} segments over three hours, with maps"

          testCase "report the same of hours about 744 hours apart"
          <| fun () -> every longRuns sameReport |> tell "archives of two hours about 744 hours apart"

          testCase "choose the same of any two segments"
          <| fun () -> sameChoices () |> tell "choices of two segments"

          testCase "step the same from everything that may be handed on"
          <| fun () -> sameSteps () |> tell "steps over an hour"

          testCase "compute the same with all sets of eight cells"
          <| fun () -> sameSets () |> tell "results of set operations"

          testCase "draw the same, to a microsecond beside the cells' edges"
          <| fun () -> sameMaps () |> tell "maps of two cells" ]

// Random archives.

/// The folders as the oracle takes them: in order, one for each hour.
let private joined (archive: Model.Archive) : HourFolder list =
    Model.foldersRead
        { archive with
            FirstHour = None
            LastHour = None }
    |> List.map Convert.folder

[<Tests>]
let random =
    let law cases name property =
        testPropertyWithConfig
            { Gen.config with
                maxTest = cases * Gen.depth }
            name
            property

    testList
        "the F# and the model that is proved, at random"
        [ law 2000 "report the same of large archives"
          <| fun (Gen.LargeArchive archive) ->
              let settings = Convert.settings archive
              let folders = joined archive

              showing (fun () -> text settings folders) (fun () ->
                  same
                      "the report"
                      (Convert.report archive |> Oracle.report)
                      (Reports.__default.OfFolders(Oracle.settings settings, Oracle.folders folders)))

          law 1000 "choose, step and add up the same of large archives"
          <| fun (Gen.LargeArchive archive) ->
              let settings = Convert.settings archive
              let folders = joined archive
              showing (fun () -> text settings folders) (fun () -> sameParts settings folders)

          law 500 "draw the same of short archives"
          <| fun (Gen.ShortArchive archive) ->
              Prop.forAll
                  (Arb.fromGen (Gen.elements [ 60<s>; 300<s>; 900<s>; 1200<s>; 3600<s> ]))
                  (fun pixel ->
                      let settings = Convert.settings archive
                      let folders = joined archive
                      showing (fun () -> text settings folders) (fun () -> sameMap pixel settings folders)) ]
