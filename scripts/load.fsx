// What every script here begins with: the engine, the reader of archives, and values shown as people write them.
// It wants ./build.sh build first. At the prompt of dotnet fsi: #load "scripts/load.fsx";;
#r "../Coverage.Core/bin/Release/net10.0/Coverage.Core.dll"
#r "../Coverage.Archive/bin/Release/net10.0/Coverage.Archive.dll"
#load "demo-archive.fsx"

open System
open System.IO
open Coverage

/// An instant, `2025-11-07 18:21:30`, with as many decimals as it has. (F# knows instants and lengths apart, but the
/// prompt does not: it shows both as numbers.)
let time (instant: Instant) =
    (Instant.toText instant).TrimEnd('Z').Replace('T', ' ').TrimEnd('0').TrimEnd('.')

/// A length of time: `5 min 20 s`.
let length (duration: Duration) =
    let seconds = Duration.toSeconds duration
    let hours, minutes = floor (seconds / 3600m), floor (seconds % 3600m / 60m)

    [ if hours > 0m then
          $"{hours} h"
      if hours > 0m || minutes > 0m then
          $"{minutes} min"
      $"{seconds % 60m:``0.######``} s" ]
    |> String.concat " "

/// A stretch of time: from, to and how long.
let span (interval: Interval) =
    $"{time interval.Start} to {time interval.End}  {length interval.Length}"

/// How many stretches, and their total length.
let spans (set: IntervalSet) =
    if set.IsEmpty then
        "none"
    else
        $"{set.Count}, total {length set.Length}"

/// A number of things, in the singular for one: `1 hole`, `3 holes`.
let number (count: int) (thing: string) =
    if count = 1 then $"1 {thing}" else $"{count} {thing}s"

/// A part of a whole in percent, in the same words as all of Coverage's: `98.28 %`.
let percent (part: Duration) (whole: Duration) =
    Completeness.toText { Good = part; Whole = whole }

/// What of an hour is missing: in a hole, or partial-only.
let missing (hour: HourReport) : Duration = hour.Raw.HoleLength + hour.PartialOnly

// How the prompt shows what the engine gives.
fsi.AddPrinter(fun (interval: Interval) -> if interval.IsEmpty then "nothing" else span interval)

fsi.AddPrinter(fun (set: IntervalSet) ->
    spans set :: [ for part in Seq.truncate 20 set.Intervals -> $"\n  {span part}" ]
    |> String.concat "")

fsi.AddPrinter(fun (coverage: StreamCoverage) ->
    $"covered {length coverage.Covered}; holes: {spans coverage.Holes}; seams {length coverage.SeamLength}")

fsi.AddPrinter(fun (kinds: ByKind) ->
    [ "full", kinds.Full; "suspect", kinds.Suspect; "partial", kinds.Partial ]
    |> List.map (fun (kind, tally) -> $"{kind} {tally.Count}, {length tally.Length}")
    |> String.concat "; ")

fsi.AddPrinter(fun (segment: Segment) ->
    $"{segment.Kind} {time segment.Start}  {Duration.toText segment.Duration} s")

fsi.AddPrinter(fun (folder: HourFolder) ->
    let segments = number folder.Segments.Length "segment"
    $"""{Hour.toText folder.Hour}  {segments}, {number folder.Bad "bad name"}""")

fsi.AddPrinter(fun (hour: HourReport) ->
    $"{Hour.toText hour.Hour}  covered {length hour.Raw.Covered}; missing {length (missing hour)}")

fsi.AddPrinter(fun (report: StreamReport) ->
    $"{report.Status} {Report.completenessText report}; holes: {spans report.Raw.Holes}; partial-only: "
    + $"""{spans report.PartialOnly}; {number report.Hours.Length "hour"}""")

/// The demo's archive, and that of its second node; made where they are not there.
let demo () =
    let folder = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "../demo"))

    if not (Directory.Exists folder) then
        DemoArchive.write folder

    folder

/// As `demo`, the second node's.
let demoOther () =
    let folder = demo () + "-other"

    if not (Directory.Exists folder) then
        DemoArchive.writeOther folder

    folder

/// The streams of an archive by name, CHANNEL/QUALITY, each with its hour folders.
let streams (archive: string) : (string * HourFolder[]) list =
    match Archive.Streams archive with
    | [||] -> raise (IOException $"There is no stream in {archive}.")
    | found -> [ for stream in found -> $"{stream.Channel}/{stream.Quality}", Archive.Read stream.Path ]

/// The streams of an archive by name, each with its report.
let reports (archive: string) : (string * StreamReport) list =
    [ for name, folders in streams archive -> name, Report.ofFolders Report.defaults folders ]

/// Runs a script with its arguments; where they are wrong or something cannot be read it ends with a message.
let script (body: string list -> unit) =
    try
        body (List.tail (List.ofArray fsi.CommandLineArgs))
    with
    | :? ArgumentException as error ->
        eprintfn "%s" error.Message
        exit 64
    | :? IOException
    | :? UnauthorizedAccessException as error ->
        eprintfn "%s\nAn archive is a folder that holds CHANNEL/QUALITY/HOUR/SEGMENT.ts." error.Message
        exit 66
