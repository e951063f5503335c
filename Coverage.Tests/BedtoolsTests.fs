/// bedtools as a judge: a program for genomes, to which an archive is a chromosome and a segment a feature on it.
module Coverage.Tests.BedtoolsTests

open System
open System.IO
open Expecto
open Coverage
open Coverage.Tests.Model
open Coverage.Tests.Sandbox
open Coverage.Tests.Judges

/// bedtools keeps arrays as long as a chromosome, and an hour has 3.6 billion microseconds. So a chromosome has one
/// place for each point in time that matters, in order, and what bedtools says of places is true of the times.
type private Chromosome =
    {
        Id: int
        Judged: Judged
        Report: StreamReport
        Extent: Interval
        /// The best segments. Those without a length cover nothing and are left out, for bedtools widens such features.
        Best: Segment list
        /// The total length of the segments that are not best.
        NotBest: int64
        /// The reported hours that the extent reaches into, each with its part of the extent.
        Windows: (int * Interval) list
        Points: int64[]
    }

let private interval (segment: Segment) : Interval = segment.Start, endOf segment

/// An archive without any time is no chromosome.
let private chromosome (id: int) (judged: Judged) : Chromosome option =
    let best, others = foldersRead judged.Archive |> List.collect _.Segments |> select
    let long = best |> List.filter (fun segment -> segment.Duration > 0L)

    if long.IsEmpty then
        None
    else
        let report = judged.Report
        let start = best.Head.Start
        let furthest = best |> List.map endOf |> List.max

        let finish =
            match judged.Archive.LastHour with
            | Some last -> min furthest (startOf (last + 1))
            | None -> furthest

        let windows =
            [ for hour in report.Hours do
                  let number = int hour.Hour
                  let from, until = max start (startOf number), min finish (startOf (number + 1))

                  if from < until then
                      number, (from, until) ]

        let intervals = (start, finish) :: List.map snd windows @ List.map interval long

        Some
            { Id = id
              Judged = judged
              Report = report
              Extent = start, finish
              Best = long
              NotBest = others |> List.sumBy _.Duration
              Windows = windows
              Points =
                intervals
                |> List.collect (fun (from, until) -> [ from; until ])
                |> List.distinct
                |> List.sort
                |> Array.ofList }

/// A line of a BED file: the chromosome, from and to, and the columns after these.
type private Feature = int * Interval * string list

/// Runs bedtools in a folder, on files that tell of chromosomes.
type private Bedtools(folder: Folder, chromosomes: Chromosome list) =
    let points = Map.ofList [ for it in chromosomes -> it.Id, it.Points ]

    let write (file: string) (lines: string list list) =
        File.WriteAllLines(folder.At file, lines |> List.map (String.concat "\t"))

    do write "genome" [ for it in chromosomes -> [ string it.Id; string (it.Points.Length - 1) ] ]

    /// Writes a file of features, in the order that bedtools wants.
    member _.Write(file: string, features: Feature list) : unit =
        write
            file
            [ for id, (from, until), more in features |> List.sortBy (fun (id, (from, _), _) -> id, from) do
                  let place (time: int64) =
                      string (Array.BinarySearch(points[id], time))

                  string id :: place from :: place until :: more ]

    /// Writes a file of features of each chromosome.
    member this.Write(file: string, features: Chromosome -> (Interval * string list) list) : unit =
        this.Write(
            file,
            [ for it in chromosomes do
                  for interval, more in features it -> it.Id, interval, more ]
        )

    /// What bedtools prints, given these words.
    member _.Run(words: string) : Feature list =
        let output =
            outputOf ([ "env"; "-C"; folder.Path; "bedtools" ] @ List.ofArray (words.Split ' '))

        [ for line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries) do
              match List.ofArray (line.Split '\t') with
              | id :: from :: until :: more ->
                  int id, (points[int id][int from], points[int id][int until]), more
              | _ -> failtestf "no feature: %s" line ]

/// What is said of an archive; of an hour its number, covered, holes, their length, that of seams, and partial-only.
let private said extent covered holes seams partialOnly overlaps hours =
    {| Extent = extent
       Covered = covered
       Holes = holes
       Seams = seams
       PartialOnly = partialOnly
       OverlapsWithoutTolerance = overlaps
       Hours = hours |}

let private saidByEngine (it: Chromosome) =
    let overlaps =
        (it.Judged.ReportAt 0L).Hours
        |> Seq.map _.Overlaps
        |> Seq.sumBy (fun overlaps ->
            overlaps.Full.Length + overlaps.Suspect.Length + overlaps.Partial.Length)

    said
        (Convert.ofInterval it.Report.Extent)
        (int64 it.Report.Raw.Covered)
        (Convert.ofIntervalSet it.Report.Raw.Holes)
        (int64 it.Report.Raw.SeamLength)
        (Convert.ofIntervalSet it.Report.PartialOnly)
        (int64 overlaps)
        [ for hour in it.Report.Hours ->
              int hour.Hour,
              int64 hour.Raw.Covered,
              hour.Raw.Holes,
              int64 hour.Raw.HoleLength,
              int64 hour.Raw.SeamLength,
              int64 hour.PartialOnly ]

let private judge (chromosomes: Chromosome list) : unit =
    use folder = new Folder()
    let bedtools = Bedtools(folder, chromosomes)

    let segments (isWanted: Segment -> bool) (it: Chromosome) =
        it.Best
        |> List.filter isWanted
        |> List.map (fun segment -> interval segment, [])

    bedtools.Write("best", segments (fun _ -> true))
    bedtools.Write("full", segments (fun segment -> segment.Kind = Kind.Full))
    bedtools.Write("others", segments (fun segment -> segment.Kind <> Kind.Full))
    bedtools.Write("extent", (fun it -> [ it.Extent, [] ]))

    bedtools.Write(
        "windows",
        fun it -> it.Windows |> List.map (fun (number, window) -> window, [ string number ])
    )

    let inExtent (merged: Feature list) =
        bedtools.Write("merged", merged)
        bedtools.Run "intersect -a merged -b extent"

    let covered = inExtent (bedtools.Run "merge -i best")
    let gaps = bedtools.Run "complement -i best -g genome"
    bedtools.Write("others-only", bedtools.Run "subtract -a others -b full")
    let partialOnly = inExtent (bedtools.Run "merge -i others-only")
    let depths = bedtools.Run "genomecov -bga -i best -g genome"

    let tolerances =
        Map.ofList [ for it in chromosomes -> it.Id, it.Judged.Archive.Tolerance ]

    let holes, seams =
        gaps
        |> List.partition (fun (id, (from, until), _) -> until - from > tolerances[id])

    let pieces: Feature list =
        [ for label, features in
              [ "covered", covered
                "hole", holes
                "seam", seams
                "partial-only", partialOnly ] do
              for id, interval, _ in features -> id, interval, [ label ] ]

    bedtools.Write("pieces", pieces)

    // What each key has, in order.
    let grouped keyed =
        let groups = keyed |> List.groupBy fst |> Map.ofList

        fun key ->
            match Map.tryFind key groups with
            | Some found -> List.map snd found
            | None -> []

    let ofArchive =
        grouped [ for id, interval, more in pieces -> (id, more.Head), interval ]

    let ofHour =
        grouped
            [ for id, interval, more in bedtools.Run "intersect -wb -a pieces -b windows" ->
                  (id, more.Head, int (List.last more)), interval ]

    let depthsOf =
        grouped [ for id, interval, more in depths -> id, (int64 (List.exactlyOne more), interval) ]

    for it in chromosomes do
        // What is covered n times over is an overlap n - 1 times.
        let overlaps =
            depthsOf it.Id
            |> List.sumBy (fun (depth, interval) -> max 0L (depth - 1L) * total [ interval ])

        let inHour number label = ofHour (it.Id, label, number)

        let saidByBedtools =
            said
                it.Extent
                (total (ofArchive (it.Id, "covered")))
                (ofArchive (it.Id, "hole"))
                (total (ofArchive (it.Id, "seam")))
                (ofArchive (it.Id, "partial-only"))
                (it.NotBest + overlaps)
                [ for hour in it.Report.Hours do
                      let spans = inHour (int hour.Hour)

                      int hour.Hour,
                      total (spans "covered"),
                      (spans "hole").Length,
                      total (spans "hole"),
                      total (spans "seam"),
                      total (spans "partial-only") ]

        Expect.equal (saidByEngine it) saidByBedtools it.Judged.Name

[<Tests>]
let tests =
    judgedBy "bedtools agrees with the engine" (fun judged ->
        if not (canRun [ "bedtools"; "--version" ]) then
            skiptest "needs bedtools"

        // Of no chromosomes bedtools will not hear.
        match judged |> List.indexed |> List.choose (fun (id, it) -> chromosome id it) with
        | [] -> ()
        | chromosomes -> judge chromosomes)
