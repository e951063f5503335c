(**
# The numbers

What each number means, in pictures. [Semantics](semantics.md) says the same exactly; here each picture is drawn by the engine
from a few names. In all of them the first rows are the segments, blue for `full` and orange for `suspect` and `partial`; the row
*covered* is what the best segments cover, with the holes dashed; *editable* is what a lossless cutter can use.
*)
(*** hide ***)
#load "../scripts/load.fsx"

open System
open Coverage
open Load

let hour = (Hour.tryParse "2025-11-07T18").Value
let origin = Hour.start hour

/// A report of the hour 18, from names without their hash and size.
let reportOf (names: string list) =
    [ HourFolder.ofFiles hour [ for name in names -> name + "-.ts", 1L ] ]
    |> Report.ofFolders Report.defaults

/// What lies between the holes of a report's coverage.
let kept (report: StreamReport) (coverage: StreamCoverage) =
    IntervalSet.gaps report.Extent coverage.Holes

/// A drawing of segments within a time, a row each, and of more rows below them.
let drawing (time: Interval) (names: string list) rows =
    let segments =
        [ for name in names do
              match SegmentName.parse hour (name + "-.ts") with
              | Ok segment -> name, segment
              | Error _ -> () ]

    let scale = 640.0 / float (Duration.toSeconds time.Length)

    let x (instant: Instant) =
        90.0 + scale * float (Duration.toSeconds (Instant.until instant time.Start))

    let bar (kind: string) row (interval: Interval) =
        $"<rect class=\"{kind}\" x=\"{x interval.Start:F1}\" y=\"{24 * row + 4}\" width=\"{max 1.0 (x interval.End - x interval.Start - 1.0):F1}\" height=\"18\" rx=\"2\"/>"

    let label css row at (text: string) =
        $"<text class=\"{css}\" x=\"{at + 5.0:F1}\" y=\"{24 * row + 17}\">{text}</text>"

    let count = segments.Length

    [ $"<svg viewBox=\"0 0 760 {24 * (count + List.length rows) + 8}\" width=\"760\" role=\"img\" aria-label=\"segments and their coverage\">"
      for row, (name, segment) in List.indexed segments do
          bar (segment.Kind.ToString().ToLowerInvariant()) row segment.Interval
          label "name" row (x segment.Start) name
      for number, (name, sets) in List.indexed rows do
          label "" (count + number) 0.0 name

          for kind, (set: IntervalSet) in sets do
              for it in set.Intervals do
                  bar kind (count + number) it

                  if kind = "hole" then
                      label "" (count + number) (x it.Start) (length it.Length)
      "</svg>" ]
    |> String.concat "\n"

/// A drawing of segments, and of what the engine says of them.
let draw (names: string list) =
    let report = reportOf names

    let row name (coverage: StreamCoverage) =
        let kept = kept report coverage

        name,
        [ "full", IntervalSet.subtract kept report.PartialOnly
          "partial", IntervalSet.intersect kept report.PartialOnly
          "hole", coverage.Holes ]

    drawing report.Extent names [ row "covered" report.Raw; row "editable" report.Editable ]

/// A drawing of segments, and of the words of an account.
let drawWords (names: string list) (account: Account) =
    let words =
        [ for kind, word in
              [ "full", Word.Full
                "partial", Word.Partial
                "acknowledged", Word.Acknowledged
                "hole", Word.Missing ] -> kind, Account.intervals word account ]

    drawing account.Span names [ ("words", words) ]

(**
## Extent, covered, holes

The **extent** runs from the first start to the furthest end. **Covered** is the union of the best segments; every instant counts
once. A gap longer than the tolerance (10 ms) is a **hole**. Before the extent and after it nothing is known: only
[an expectation](#the-account-one-word-for-each-instant) can say that something is missing there.
*)
let threeFull = [ "00:00.0-10-full"; "00:10.0-10-full"; "00:26.0-10-full" ]
(*** hide ***)
draw threeFull
(*** include-it-raw ***)
reportOf threeFull
(*** include-it ***)

(**
## Seams

A gap of up to the tolerance is a **seam**: rounding between neighbours, not a loss. It is not covered, and it is not missing.
*)
let aSeam = [ "00:00.0-10-full"; "00:10.004-10-full" ]
(reportOf aSeam).Raw
(*** include-it ***)

(**
## A segment inside another

What counts is the furthest end so far, not the end of the last segment: here nothing is missing.
*)
let nested = [ "00:00.0-20-full"; "00:05.0-5-full"; "00:20.0-10-full" ]
(*** hide ***)
draw nested
(*** include-it-raw ***)
(reportOf nested).Status
(*** include-it ***)

(**
## The best of each start

Of the segments with the same start one is best: the longest `full` one if there is any, even where a `suspect` one is longer.
Time that only a loser has is not covered.
*)
let sameStart = [ "00:00.0-10-full"; "00:00.0-14-suspect"; "00:15.0-10-full" ]
(*** hide ***)
draw sameStart
(*** include-it-raw ***)
(reportOf sameStart).Raw.Holes
(*** include-it ***)

(**
## Partial-only

Time that `suspect` or `partial` segments alone cover: they say how long they should be, not what they hold. It is no hole, but a
stream with any is not complete.
*)
let cutOff = [ "00:00.0-10-full"; "00:10.0-8-partial"; "00:16.0-10-full" ]
(*** hide ***)
draw cutOff
(*** include-it-raw ***)
reportOf cutOff
(*** include-it ***)

(**
## The editable chain, and overlaps

A lossless cutter puts one segment after another, so a segment that begins before the chain so far ends (by more than the tolerance)
cannot be used: the time is covered, but not all of it is editable. That segment is an **overlap**, for the time that it shares with
those before it.
*)
let overlapping = [ "00:00.0-10-full"; "00:07.0-10-full"; "00:17.0-8-full" ]
(*** hide ***)
draw overlapping
(*** include-it-raw ***)
(reportOf overlapping).Editable
(*** include-it ***)
(reportOf overlapping).Hours[0].Overlaps
(*** include-it ***)

(**
## Hours

Coverage and holes are cut to the hour; segments are counted where they lie. A hole over the full hour is one hole of the stream,
and one in each hour that it reaches into:
*)
let acrossTheHour =
    [ HourFolder.ofFiles hour [ "59:40.0-10-full-.ts", 1L ]
      HourFolder.ofFiles (hour + 1<hour>) [ "00:05.0-10-full-.ts", 1L ] ]
    |> Report.ofFolders Report.defaults

acrossTheHour.Raw.Holes
(*** include-it ***)
[ for hour in acrossTheHour.Hours -> Hour.toText hour.Hour, hour.Raw.Holes, length hour.Raw.HoleLength ]
(*** include-it ***)

(**
## The account: one word for each instant

Facts say what lies on the disk. The account judges them: what was expected and is not there is **missing**, unless its loss is
**acknowledged**; what is there is `full` or `partial`; what is not there and was not expected is `unexpected`. Here segments cover
three times ten seconds, the stream was expected from 18:00:00 to 18:00:50, and one loss is accepted. The row *words* has a dashed
box for each missing span, and a grey one for the acknowledged.
*)
let seconds from until =
    IntervalSet.ofIntervals
        [ Interval.create
              (Instant.add (Duration.ofSeconds from) origin)
              (Instant.add (Duration.ofSeconds until) origin) ]

let lateStart = [ "00:05.0-10-full"; "00:20.0-10-full"; "00:34.0-10-full" ]

let judged =
    [ HourFolder.ofFiles hour [ for name in lateStart -> name + "-.ts", 1L ] ]
    |> StreamFacts.ofFolders Report.defaults
    |> Account.judge
        { Expectation.none with
            Expected = ValueSome(seconds 0L 50L)
            Acknowledged = seconds 30L 34L }
(*** hide ***)
drawWords lateStart judged
(*** include-it-raw ***)
[ for word in Word.all do
      let set = Account.intervals word judged

      if not set.IsEmpty then
          Word.toText word, length set.Length ]
(*** include-it ***)

(**
Completeness is the good part of the time that is expected and not acknowledged, here 30 of 46 seconds:
*)
Completeness.toText (Account.completeness judged)
(*** include-it ***)

(**
## The map

A cell for every two seconds, time running down columns of ten minutes: white for nothing, orange for partial-only, blue for
covered. A cell is as good as the worst instant in it. Here in text, a column a line, of the demo's first hour:
*)
let evening =
    let _, folders = List.head (streams (demo ()))
    StreamFacts.ofFolders Report.defaults folders |> Account.ofFacts

match Map.ofAccount MapScale.standard evening with
| ValueSome(Ok map) ->
    for column in 0..5 do
        let cells = map.Cells.Slice(column * map.Scale.Rows, map.Scale.Rows).ToArray()

        // Five cells a character: the worst of them.
        cells
        |> Array.chunkBySize 5
        |> Array.map (fun five ->
            match Array.min five with
            | Cell.Full -> "█"
            | Cell.Partial -> "▒"
            | _ -> "·")
        |> String.concat ""
        |> printfn "18:%d0 %s" column
| _ -> ()
(*** include-output ***)

(**
## The worked example

That of [semantics, section 8](semantics.md#8-a-worked-example), with all its numbers:
*)
let example =
    [ HourFolder.ofFiles
          hour
          [ "00:00.0-10-full-.ts", 1L
            "00:10.004-10-full-.ts", 1L
            "00:19.0-4-partial-.ts", 7L
            "00:19.0-4-partial-A-A-.ts", 9L
            "00:30.0-5-suspect-.ts", 1L
            "00:30.0-5-full-.ts", 1L
            "00:32.0-1-full-.ts", 1L
            "00:35.0-5-suspect-.ts", 1L ] ]
    |> Report.ofFolders Report.defaults
(*** hide ***)
draw
    [ "00:00.0-10-full"
      "00:10.004-10-full"
      "00:19.0-4-partial"
      "00:30.0-5-suspect"
      "00:30.0-5-full"
      "00:32.0-1-full"
      "00:35.0-5-suspect" ]
(*** include-it-raw ***)
example.Raw
(*** include-it ***)
example.Editable
(*** include-it ***)
example.PartialOnly
(*** include-it ***)
example.Hours[0].Overlaps
(*** include-it ***)
