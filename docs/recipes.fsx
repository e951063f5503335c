(**
# Recipes

Short answers in F#, each run on the demo's archives when this page was built. They go on from
*)
#load "../scripts/load.fsx"

open Coverage
open Load

let _, here = List.head (reports (demo ()))
let _, there = List.head (reports (demoOther ()))

(** where `demo ()` is the path of an archive; yours, such as `reports "/mnt/segments"`, gives each of its streams with its name. *)

(**
## The holes longer than a minute
*)
for hole in here.Raw.Holes.Intervals do
    if hole.Length > Duration.ofSeconds 60L then
        printfn "%s" (span hole)
(*** include-output ***)

(**
## The longest hole
*)
here.Raw.Holes.Intervals |> Seq.maxBy _.Length
(*** include-it ***)

(**
## Is anything missing at a given time?

Instants come from hours, and from numbers of microseconds.
*)
let moment =
    Hour.start (Hour.tryParse "2025-11-07T19").Value
    |> Instant.add (Duration.ofSeconds 90L)

time moment, IntervalSet.contains moment here.Raw.Holes
(*** include-it ***)

(**
## What no node has

What is in the holes of all nodes. Where a node recorded nothing at all, before or after the others, is outside its extent, so
take what each *has* from the whole stretch:
*)
let had (report: StreamReport) =
    IntervalSet.gaps report.Extent report.Raw.Holes

let anywhere = IntervalSet.union (had here) (had there)

let whole =
    Interval.create (min here.Extent.Start there.Extent.Start) (max here.Extent.End there.Extent.End)

IntervalSet.gaps whole anywhere
(*** include-it ***)

(**
## An event's hours alone

Hours outside are neither read nor reported, so an event is judged by itself.
*)
let folders = streams (demo ()) |> List.head |> snd

let ofEvening =
    { Report.defaults with
        FirstHour = Hour.tryParse "2025-11-07T20"
        LastHour = Hour.tryParse "2025-11-07T22" }

Report.ofFolders ofEvening folders
(*** include-it ***)

(**
## What a larger tolerance hides

Nothing is lost: what is no hole any more is a seam.
*)
let tolerant =
    { Report.defaults with
        Tolerance = Duration.ofSeconds 5L }

(Report.ofFolders tolerant folders).Raw
(*** include-it ***)

(**
## Hours in which segments are in each other's way
*)
[ for hour in here.Hours do
      let overlaps = hour.Overlaps.Full + hour.Overlaps.Suspect + hour.Overlaps.Partial

      if overlaps.Count > 0 then
          Hour.toText hour.Hour, overlaps.Count, length overlaps.Length ]
(*** include-it ***)

(**
## What changed from one look to the next

`Changes` is a fold over reports: what opened, closed, grew and shrank, and how long each hole has stood. Here the second node's
files come to the first.
*)
let now = here.Extent.End
let later = Instant.add (Duration.ofSeconds 60L) now

let both =
    Seq.append folders (streams (demoOther ()) |> List.head |> snd)
    |> Report.ofFolders Report.defaults

let changes = Changes.next later (Changes.first now here) here both

for closed in changes.Closed do
    printfn "%s" (span closed.Hole)
(*** include-output ***)

(**
## A list for other programs

`segment-coverage check --format csv`, `json` and `bed` write such lists; in F#, holes as CSV:
*)
printfn "start,end,seconds"

for hole in here.Raw.Holes.Intervals do
    printfn "%s,%s,%s" (Instant.toText hole.Start) (Instant.toText hole.End) (Duration.toText hole.Length)
(*** include-output ***)

(**
## What is wrong with a name

Bad names are counted; why each is bad is told when it is read alone.
*)
match SegmentName.parse (Hour.ofInstant moment) "00:61.0-2.0-full-.ts" with
| Ok segment -> printfn "%O" segment.Kind
| Error error -> printfn "%O" error
(*** include-output ***)

(**
## Names for tests

The inverse: a segment's name, as the wubloader project's recorder writes it.
*)
let segment =
    { Start = moment
      Duration = Duration.ofSeconds 2L
      Size = -1L
      Kind = SegmentKind.Full }

SegmentName.print "" segment
(*** include-it ***)
