/// The slow, obvious model of semantics.md: what the engine must agree with. It shares no code with the core and
/// says each rule the way that page says it. Times and lengths are int64 microseconds.
module Coverage.Tests.Model

/// TYPE (section 1).
[<RequireQualifiedAccess>]
type Kind =
    | Full
    | Suspect
    | Partial
    | Temp

/// A segment; `Start` lies within the hour of its folder.
type Segment =
    { Start: int64
      Duration: int64
      Kind: Kind
      Size: int64 }

/// An hour folder: its hour since the epoch, its segments in any order, and how many bad names it holds.
type Folder =
    { Hour: int
      Segments: Segment list
      Bad: int }

/// Everything that is asked of one stream. Folders come in any order; two with the same hour count as one.
type Archive =
    { Tolerance: int64
      FirstHour: int option
      LastHour: int option
      Folders: Folder list }

/// `[start, end)`, never empty in a result.
type Interval = int64 * int64

/// How many, and their total length.
type Tally = { Count: int; Duration: int64 }

/// What an extent or a window consists of (raw or editable), in order.
type Cover =
    { Covered: Interval list
      Holes: Interval list
      Seams: Interval list }

[<RequireQualifiedAccess>]
type Status =
    | Empty
    | Incomplete
    | Partial
    | Complete

/// One hour's numbers (section 4). The maps have the keys full, suspect and partial, always all three.
type HourReport =
    { Hour: int
      Window: Interval option
      Segments: Map<Kind, Tally>
      Temp: int
      Bad: int
      Overlaps: Map<Kind, Tally>
      Raw: Cover
      Editable: Cover
      PartialOnly: Interval list }

/// One stream's numbers (section 3), and those of its hours in order.
type Report =
    { Status: Status
      Extent: Interval option
      Raw: Cover
      Editable: Cover
      PartialOnly: Interval list
      Hours: HourReport list }

/// A cell of the coverage map (section 5).
[<RequireQualifiedAccess>]
type Cell =
    | None
    | Partial
    | Full

/// The coverage map, its cells in order of time.
[<RequireQualifiedAccess>]
type CoverageMap =
    | NotWritten
    | Refused of firstHour: int * lastHour: int
    | Cells of Cell list

let second = 1_000_000L
let hour = 3600L * second

// Intervals.

/// The total length of the intervals; they do not overlap.
let total (intervals: Interval list) : int64 =
    intervals |> List.sumBy (fun (start, finish) -> finish - start)

let private intersect (a: Interval) (b: Interval) : Interval option =
    let start = max (fst a) (fst b)
    let finish = min (snd a) (snd b)
    if start < finish then Some(start, finish) else None

let private meets a b = (intersect a b).IsSome

let private cutTo window (intervals: Interval list) =
    intervals |> List.choose (intersect window)

/// Neighbouring pieces that touch become one interval.
let private glue (pieces: Interval list) : Interval list =
    let put (start, finish) later =
        match later with
        | (nextStart, nextFinish) :: rest when nextStart = finish -> (start, nextFinish) :: rest
        | _ -> (start, finish) :: later

    List.foldBack put pieces []

/// The maximal intervals of the extent for which the answer is yes: the extent is cut at every point where the answer
/// can change, each piece is asked, and the pieces that say yes are glued.
let private maximal (extent: Interval) (cuts: int64 list) (answer: Interval -> bool) : Interval list =
    let start, finish = extent

    start
    :: finish
    :: (cuts |> List.filter (fun cut -> start < cut && cut < finish))
    |> List.distinct
    |> List.sort
    |> List.pairwise
    |> List.filter answer
    |> glue

// Hours.

let startOf (number: int) : int64 = int64 number * hour

/// The hour that an instant lies in; no archive has one before 1970.
let hourOf (instant: int64) : int = int (instant / hour)

/// The first and the last hour that an interval reaches into.
let hoursOf ((start, finish): Interval) : int * int = hourOf start, hourOf (finish - 1L)

// Segments.

let endOf (segment: Segment) : int64 = segment.Start + segment.Duration

let private furthestEnd (segments: Segment list) = segments |> List.map endOf |> List.max

let private covers (start, finish) (segment: Segment) =
    segment.Start <= start && finish <= endOf segment

let private bounds (segments: Segment list) =
    segments |> List.collect (fun segment -> [ segment.Start; endOf segment ])

let private isTemp (segment: Segment) = segment.Kind = Kind.Temp

/// Counts and durations by type.
let private tally (kindsAndDurations: (Kind * int64) list) : Map<Kind, Tally> =
    Map.ofList
        [ for kind in [ Kind.Full; Kind.Suspect; Kind.Partial ] do
              let durations = kindsAndDurations |> List.filter (fst >> (=) kind) |> List.map snd

              kind,
              { Count = durations.Length
                Duration = List.sum durations } ]

/// The folders that are read, one for an hour, in order: `first hour` and `last hour` cut the world (section 4).
let foldersRead (archive: Archive) : Folder list =
    match archive.FirstHour, archive.LastHour with
    | Some first, Some last when first > last -> invalidArg (nameof archive) "first hour after last hour"
    | _ -> ()

    archive.Folders
    |> List.filter (fun folder ->
        archive.FirstHour |> Option.forall (fun first -> first <= folder.Hour)
        && archive.LastHour |> Option.forall (fun last -> folder.Hour <= last))
    |> List.groupBy _.Hour
    |> List.map (fun (number, folders) ->
        { Hour = number
          Segments = folders |> List.collect _.Segments
          Bad = folders |> List.sumBy _.Bad })
    |> List.sortBy _.Hour

/// The best of the segments that start at the same microsecond, and the others (section 2).
let private bestAndOthers (candidates: Segment list) : Segment * Segment list =
    let ofKind kind =
        candidates |> List.filter (fun segment -> segment.Kind = kind)

    let longest (segments: Segment list) = segments |> List.maxBy _.Duration

    let largest (segments: Segment list) =
        segments |> List.maxBy (fun segment -> segment.Size, segment.Duration)

    let best =
        match ofKind Kind.Full, ofKind Kind.Suspect, ofKind Kind.Partial with
        | [], [], partial -> largest partial
        | [], suspect, _ -> largest suspect
        | full, _, _ -> longest full

    best, candidates |> List.removeAt (List.findIndex ((=) best) candidates)

/// The best segments in order of start, and those that were not best.
let select (segments: Segment list) : Segment list * Segment list =
    let best, others =
        segments
        |> List.filter (isTemp >> not)
        |> List.groupBy _.Start
        |> List.sortBy fst
        |> List.map (snd >> bestAndOthers)
        |> List.unzip

    best, List.concat others

// A stream (section 3).

/// The extent, cut at the end of the last hour (section 4).
let private extentOf (lastHour: int option) (best: Segment list) : Interval option =
    if best |> List.forall (fun segment -> segment.Duration = 0L) then
        None
    else
        let start = best |> List.map _.Start |> List.min

        match lastHour with
        | None -> Some(start, furthestEnd best)
        | Some last -> Some(start, min (furthestEnd best) (startOf (last + 1)))

/// The covered part of the extent, and its gaps: holes where longer than the tolerance, else seams.
let private coverOf tolerance extent (segments: Segment list) : Cover =
    let covered piece = segments |> List.exists (covers piece)
    let gaps = maximal extent (bounds segments) (covered >> not)

    let holes, seams =
        gaps |> List.partition (fun (start, finish) -> finish - start > tolerance)

    { Covered = maximal extent (bounds segments) covered
      Holes = holes
      Seams = seams }

let private partialOnly extent (best: Segment list) : Interval list =
    let full, others = best |> List.partition (fun segment -> segment.Kind = Kind.Full)

    maximal extent (bounds best) (fun piece ->
        others |> List.exists (covers piece) && not (full |> List.exists (covers piece)))

/// The editable chain of the best segments.
let chain (tolerance: int64) (best: Segment list) : Segment list =
    let add (chain: Segment list) (segment: Segment) =
        if chain.IsEmpty || segment.Start >= furthestEnd chain - tolerance then
            chain @ [ segment ]
        else
            chain

    best |> List.fold add []

/// The best segments before this one.
let private before (best: Segment list) (segment: Segment) =
    best |> List.filter (fun other -> other.Start < segment.Start)

/// The segments that are in the way, each with the time it counts.
let overlaps (tolerance: int64) (best: Segment list) (others: Segment list) : (Segment * int64) list =
    [ for segment in others do
          segment, segment.Duration

      for segment in best do
          match before best segment with
          | [] -> ()
          | earlier ->
              let e = furthestEnd earlier

              if segment.Start < e - tolerance then
                  segment, min e (endOf segment) - segment.Start ]

let private nothing: Cover = { Covered = []; Holes = []; Seams = [] }

let private statusOf (extent: Interval option) (raw: Cover) (partialOnly: Interval list) =
    if extent.IsNone then Status.Empty
    elif not raw.Holes.IsEmpty then Status.Incomplete
    elif not partialOnly.IsEmpty then Status.Partial
    else Status.Complete

// Hours (section 4).

/// A run of more empty hours than this is not reported.
let longestReportedRun = 744

/// The hours that are reported: those that have a folder, and those that the extent reaches into, but for the long runs
/// of hours that have neither a folder nor any coverage.
let private reportedHours (folders: Folder list) (extent: Interval option) (raw: Cover) : int list =
    let withFolder = folders |> List.map _.Hour |> set

    match extent with
    | None -> Set.toList withFolder
    | Some extent ->
        let first, last = hoursOf extent

        let withCoverage =
            set
                [ for interval in raw.Covered do
                      let first, last = hoursOf interval
                      yield! [ first..last ] ]

        let withEither =
            withFolder + withCoverage
            |> Set.filter (fun number -> first <= number && number <= last)

        // A run of hours with neither lies between two neighbours of those with either, or at an end of the extent.
        let withNeither =
            [ first - 1; yield! withEither; last + 1 ]
            |> List.pairwise
            |> List.filter (fun (left, right) -> right - left - 1 <= longestReportedRun)
            |> List.collect (fun (left, right) -> [ left + 1 .. right - 1 ])

        Set.toList (withFolder + withEither + set withNeither)

/// The whole report of a stream.
let report (archive: Archive) : Report =
    let folders = foldersRead archive
    let best, others = folders |> List.collect _.Segments |> select
    let overlaps = overlaps archive.Tolerance best others
    let extent = extentOf archive.LastHour best

    let raw, editable, partialOnly =
        match extent with
        | None -> nothing, nothing, []
        | Some extent ->
            coverOf archive.Tolerance extent best,
            coverOf archive.Tolerance extent (chain archive.Tolerance best),
            partialOnly extent best

    let hourReport number =
        let window =
            extent |> Option.bind (intersect (startOf number, startOf (number + 1)))

        let cut intervals =
            match window with
            | None -> []
            | Some window -> cutTo window intervals

        let cutCover (cover: Cover) =
            { Covered = cut cover.Covered
              Holes = cut cover.Holes
              Seams = cut cover.Seams }

        let own = folders |> List.filter (fun folder -> folder.Hour = number)
        let temp, segments = own |> List.collect _.Segments |> List.partition isTemp

        { Hour = number
          Window = window
          Segments = tally [ for segment in segments -> segment.Kind, segment.Duration ]
          Temp = temp.Length
          Bad = own |> List.sumBy _.Bad
          Overlaps =
            tally
                [ for segment, time in overlaps do
                      if hourOf segment.Start = number then
                          segment.Kind, time ]
          Raw = cutCover raw
          Editable = cutCover editable
          PartialOnly = cut partialOnly }

    { Status = statusOf extent raw partialOnly
      Extent = extent
      Raw = raw
      Editable = editable
      PartialOnly = partialOnly
      Hours = reportedHours folders extent raw |> List.map hourReport }

// The coverage map (section 5).

/// A map of more hours than this is refused.
let mostMapHours = 87_600

/// The map of a stream, with cells of `pixel` seconds in columns of `rows`.
let map (pixel: int) (rows: int) (archive: Archive) : CoverageMap =
    let report = report archive

    match report.Extent with
    | None -> CoverageMap.NotWritten
    | Some extent ->
        let first = archive.FirstHour |> Option.defaultValue (fst (hoursOf extent))
        let last = archive.LastHour |> Option.defaultValue (snd (hoursOf extent))
        let hours = last - first + 1

        let cell column row =
            let start =
                startOf first + (int64 column * int64 rows + int64 row) * int64 pixel * second

            let piece = start, start + int64 pixel * second

            if
                intersect extent piece <> Some piece
                || report.Raw.Holes |> List.exists (meets piece)
            then
                Cell.None
            elif report.PartialOnly |> List.exists (meets piece) then
                Cell.Partial
            else
                Cell.Full

        if hours > mostMapHours then
            CoverageMap.Refused(first, last)
        else
            CoverageMap.Cells
                [ for column in 0 .. hours * 3600 / (rows * pixel) - 1 do
                      for row in 0 .. rows - 1 do
                          cell column row ]

// The account (section 9).

/// What is expected, known and accepted of a stream at an instant.
type Expectation =
    {
        Now: int64
        Settling: int64
        Expected: Interval list option
        Keep: int64 option
        Acknowledged: Interval list
        /// Unread hours, and how far after its end each reaches.
        Unread: int list
        Reach: int64
    }

/// The words of section 9, in their order.
[<RequireQualifiedAccess>]
type Word =
    | Full
    | Partial
    | Unexpected
    | Seam
    | Acknowledged
    | Unknown
    | Ahead
    | Pending
    | Missing

/// Far before and after everything.
let private never = -1L <<< 60

let private forever = 1L <<< 60

let private hullOf (intervals: Interval list) : Interval option =
    match intervals with
    | [] -> None
    | _ -> Some(intervals |> List.map fst |> List.min, intervals |> List.map snd |> List.max)

/// The words of a stream's span, each with its maximal intervals, in order of time.
let account (archive: Archive) (expectation: Expectation) : (Interval * Word) list =
    let report = report archive
    let covered = report.Raw.Covered

    let inAny intervals at =
        intervals |> List.exists (fun (start, finish) -> start <= at && at < finish)

    let world =
        (match archive.FirstHour with
         | Some number -> startOf number
         | None -> never),
        (match archive.LastHour with
         | Some number -> startOf (number + 1)
         | None -> forever)

    let extent = Option.toList report.Extent

    let unread =
        [ for number in expectation.Unread -> startOf number, startOf (number + 1) ]

    let reach = [ for start, finish in unread -> start, finish + expectation.Reach ]

    let expected =
        match expectation.Expected with
        | Some given -> cutTo world given
        | None when archive.FirstHour.IsSome && archive.LastHour.IsSome -> [ world ]
        | None -> cutTo world (Option.toList (hullOf (extent @ unread)))

    let beforeNow = never, expectation.Now

    match
        hullOf (extent @ cutTo beforeNow expected @ cutTo beforeNow unread)
        |> Option.bind (intersect world)
    with
    | None -> []
    | Some span ->
        let keptFrom =
            match expectation.Keep with
            | Some keep -> expectation.Now - keep
            | None -> never

        let points =
            [ expectation.Now
              expectation.Now - expectation.Settling
              keptFrom
              fst span
              snd span ]
            @ ([ covered
                 report.PartialOnly
                 expected
                 expectation.Acknowledged
                 unread
                 reach ]
               |> List.concat
               |> List.collect (fun (start, finish) -> [ start; finish ]))
            |> List.distinct
            |> List.sort

        let pieces = List.pairwise points
        let isCovered at = inAny covered at

        // The maximal intervals of X less the covered time.
        let uncovered =
            pieces
            |> List.filter (fun (start, _) -> inAny expected start && not (isCovered start))
            |> glue

        let seams =
            uncovered
            |> List.filter (fun (start, finish) ->
                finish - start <= archive.Tolerance
                && covered |> List.exists (fun (from, until) -> until = start || from = finish))

        let wordOf ((at, _): Interval) =
            if isCovered at && not (inAny report.PartialOnly at) then
                Word.Full
            elif isCovered at then
                Word.Partial
            elif not (inAny expected at) || at < keptFrom then
                Word.Unexpected
            elif inAny seams at then
                Word.Seam
            elif inAny expectation.Acknowledged at then
                Word.Acknowledged
            elif inAny reach at then
                Word.Unknown
            elif at >= expectation.Now then
                Word.Ahead
            elif at >= expectation.Now - expectation.Settling then
                Word.Pending
            else
                Word.Missing

        let words =
            [ for piece in pieces do
                  if meets span piece then
                      piece, wordOf piece ]

        let ofWords (wanted: Word list) =
            words
            |> List.filter (fun (_, word) -> List.contains word wanted)
            |> List.map fst
            |> glue

        let acknowledged = ofWords [ Word.Acknowledged ]

        let rests =
            ofWords [ Word.Unknown; Word.Ahead; Word.Pending; Word.Missing ]
            |> List.filter (fun (start, finish) ->
                finish - start <= archive.Tolerance
                && acknowledged
                   |> List.exists (fun (from, until) -> until = start || from = finish))

        [ for (start, finish), word in words do
              (start, finish), (if inAny rests start then Word.Acknowledged else word) ]
