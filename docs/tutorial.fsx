(**
# Tutorial

From the names of files to the holes of an archive, in ten minutes. This page is a script, `docs/tutorial.fsx`. `./build.sh docs`
runs it and makes `artifacts/site/tutorial.html`, where what a piece of code printed stands below it.

You need git, the .NET 10 SDK and a NuGet feed. Build once, then start F# Interactive in the repository's folder:

```text
./build.sh build
dotnet fsi
```

At its prompt, end each piece of code with `;;`.

## Names in, report out

`scripts/load.fsx` loads the engine, the reader of archives, and printers that show values as people write them. The path is seen
from the repository's folder:

```fsharp
#load "scripts/load.fsx"

open Coverage
open Load
```
*)
(*** hide ***)
// The path as seen from this file.
#load "../scripts/load.fsx"

open Coverage
open Load

(**
A recording is kept as files, `HOUR/TIME-DURATION-TYPE-HASH.ts`. The engine reads nothing but their names and, where two
damaged ones compete, their sizes. So an hour's folder is a list:
*)

let hour = (Hour.tryParse "2025-11-07T18").Value

let folder =
    HourFolder.ofFiles
        hour
        [ "00:00.0-10-full-.ts", 4_000_000L
          "00:10.004-10-full-.ts", 4_000_000L
          "00:27.0-3.5-partial-.ts", 900_000L
          "cover.jpg.ts", 20_000L ]

folder
(*** include-it ***)

(** A report says everything about a stream, from all of its folders: *)

let report = Report.ofFolders Report.defaults [ folder ]
report
(*** include-it ***)

(** Where it begins and ends, and what of it is missing: *)

report.Extent
(*** include-it ***)
report.Raw.Holes
(*** include-it ***)

(**
The 4 ms between the first two files are no hole: a gap of up to 10 ms, the *tolerance*, is a *seam*, which comes from
rounding. Numbers are whole microseconds, so sums of them are exact; `covered + holes + seams` is the extent:
*)

report.Raw
(*** include-it ***)
report.Raw.Covered + report.Raw.HoleLength + report.Raw.SeamLength = report.Extent.Length
(*** include-it ***)

(**
The last file was cut off. It says how long it should be, not what it holds, so its time is reported apart; a name that does not fit
is counted and otherwise left out:
*)

report.PartialOnly
(*** include-it ***)
report.Hours[0].Bad
(*** include-it ***)

(**
## Times

An instant is a number of microseconds since 1970, UTC, and a length is one too; F# keeps them apart by their units of measure,
and `Instant` and `Duration` convert. The prompt shows both as numbers, so ask for text:
*)

let hole = report.Raw.Holes.Intervals[0]
Instant.toText hole.Start
(*** include-it ***)
Duration.toText hole.Length
(*** include-it ***)

(**
## A whole archive

`Archive.Streams` finds the streams of an archive, `BASE/CHANNEL/QUALITY`, and `Archive.Read` reads the hours of one. The demo's
archive, which `demo ()` makes, is an evening with known losses; put the path of your own in its place.
*)

let evening =
    [ for stream in Archive.Streams(demo ()) ->
          stream.Channel, Report.ofFolders Report.defaults (Archive.Read stream.Path) ]
    |> List.head
    |> snd

evening
(*** include-it ***)

for hole in evening.Raw.Holes.Intervals do
    printfn "%s" (span hole)
(*** include-output ***)

(** Hour by hour, the worst first: *)

for hour in evening.Hours |> Seq.sortByDescending missing |> Seq.truncate 3 do
    printfn
        "%s  %s, missing %s"
        (Hour.toText hour.Hour)
        (number hour.Raw.Holes "hole")
        (length (missing hour))
(*** include-output ***)

(**
## What should have been there

The report begins with the first segment, so it cannot know that this recording should have begun at 18:00 and gone on to midnight.
An *expectation* says so, and an *account* judges the facts by it: it says one word of each instant, and `missing` is what was
expected and is not there.
*)

let midnight = Hour.start (Hour.tryParse "2025-11-08T00").Value

let expectation =
    { Expectation.none with
        Expected = ValueSome(IntervalSet.ofIntervals [ Interval.create (Hour.start hour) midnight ]) }

let account =
    Archive.Read(System.IO.Path.Combine(demo (), "demo", "source"))
    |> StreamFacts.ofFolders Report.defaults
    |> Account.judge expectation

Account.intervals Word.Missing account
(*** include-it ***)
Completeness.toText (Account.completeness account)
(*** include-it ***)

(**
The program takes expectations, and losses that are accepted, from files: [What should be there](expected.md).
*)

(**
## Other settings

A report is made with `Settings`: here a tolerance of 10 seconds, and two hours alone.
*)

let strict =
    { Report.defaults with
        Tolerance = Duration.ofSeconds 10L
        FirstHour = Hour.tryParse "2025-11-07T18"
        LastHour = Hour.tryParse "2025-11-07T19" }

Archive.Read(System.IO.Path.Combine(demo (), "demo", "source"))
|> Report.ofFolders strict
(*** include-it ***)

(**
## A picture

    dotnet fsi scripts/plot.fsx /mnt/segments holes.html

writes a page that works offline: each hole is a point, however short. The script is a page long; change it.

Where to go from here: [the numbers](numbers.fsx) in pictures, [recipes](recipes.fsx), and the
[library's reference](reference/index.html).
*)
