(**
# Recipes

Short answers in F#, each run on the demo's archives by the build of this site. They go on from the following
(at the prompt, in the repository's folder, the path is `scripts/load.fsx`):
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

The time that is in the holes of every node. Time before a node's first segment or after its last is in none of its holes, so
subtract what each node *has* from the whole stretch:
*)
let recorded (report: StreamReport) =
    IntervalSet.gaps report.Extent report.Raw.Holes

let anywhere = IntervalSet.union (recorded here) (recorded there)

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
## What is missing of the time in which a stream was expected

A report knows nothing before the first segment and after the last. Say when the stream was expected, and an account says one word of
each instant; `missing` are those that should be there and are not. Here it was expected from 18:00 to midnight, and the loss of
18:58 to 19:03:20 is accepted:
*)
let at (hour: string) (minutes: int64) =
    Hour.start (Hour.tryParse hour).Value
    |> Instant.add (Duration.ofSeconds (60L * minutes))

let expectation =
    { Expectation.none with
        Expected =
            ValueSome(
                IntervalSet.ofIntervals [ Interval.create (at "2025-11-07T18" 0L) (at "2025-11-08T00" 0L) ]
            )
        Acknowledged =
            IntervalSet.ofIntervals [ Interval.create (at "2025-11-07T18" 58L) (at "2025-11-07T19" 4L) ] }

let account =
    StreamFacts.ofFolders Report.defaults folders |> Account.judge expectation

Account.intervals Word.Missing account
(*** include-it ***)
Account.intervals Word.Acknowledged account
(*** include-it ***)
Completeness.toText (Account.completeness account)
(*** include-it ***)

(**
`Expectation.none` judges as if everything were long over. Give it `Now` and `Settling`, and what was live a moment ago is
`pending`; give it `Keep`, and what is older is `unexpected`. `scripts/expected.fsx` is this as a script.

How much of the account's span each word has:
*)
for word in Word.all do
    let set = Account.intervals word account

    if not set.IsEmpty then
        printfn "%-13s %s" (Word.toText word) (length set.Length)
(*** include-output ***)

(**
## What a larger tolerance hides

No time is lost: a gap that is no longer a hole is a seam.
*)
let tolerant =
    { Report.defaults with
        Tolerance = Duration.ofSeconds 5L }

(Report.ofFolders tolerant folders).Raw
(*** include-it ***)

(**
## Hours in which segments overlap
*)
[ for hour in here.Hours do
      let overlaps = hour.Overlaps.Full + hour.Overlaps.Suspect + hour.Overlaps.Partial

      if overlaps.Count > 0 then
          Hour.toText hour.Hour, overlaps.Count, length overlaps.Length ]
(*** include-it ***)

(**
## What changed from one check to the next

`Changes` is a fold over accounts: which missing spans, here called holes, opened, closed, grew and shrank, and how old each hole is. Here the second node's
files are copied to the first.
*)
let now = here.Extent.End
let later = Instant.add (Duration.ofSeconds 60L) now

let accountOf (folders: HourFolder seq) =
    StreamFacts.ofFolders Report.defaults folders |> Account.ofFacts

let before = accountOf folders

let after =
    accountOf (Seq.append folders (streams (demoOther ()) |> List.head |> snd))

let changes = Changes.next later (Changes.first now before) before after

for closed in changes.Closed do
    printfn "%s" (span closed.Hole)
(*** include-output ***)

(**
## A list for other programs

`segment-coverage check --format csv`, `json` and `bed` write such lists, and `--format bed --words missing,pending` the time of any
words; in F#, holes as CSV:
*)
printfn "start,end,seconds"

for hole in here.Raw.Holes.Intervals do
    printfn "%s,%s,%s" (Instant.toText hole.Start) (Instant.toText hole.End) (Duration.toText hole.Length)
(*** include-output ***)

(**
## What is wrong with a name

Bad names are counted; parse one alone to see why it is bad.
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

(**
## Without F#: an archive on S3, or behind ssh

A list of names is an archive, too. The list first, the check when that went well:

    rclone lsf -R --files-only --format "ps" REMOTE:BUCKET > names.txt && segment-coverage check --names names.txt
    ssh HOST 'cd /srv/segments && find . -type f -printf "%P\t%s\n"' > names.txt && segment-coverage check --names names.txt

Names of another recorder need its layout, and how long its files are:

    segment-coverage check --names names.txt --layout '%{camera}/%Y-%m-%d_%H-%M-%S' --zone Europe/Berlin --duration 60

More in [Lists of files](recorders/lists.md).

## Without F#: BED, out and in

`check` writes BED for other tools, with instants in microseconds. What of this week's loss lies in the programme of `shows.bed`:

    segment-coverage check --base-dir /mnt/segments --format bed --words missing | bedtools intersect -a - -b shows.bed

And it reads what others have computed, in seconds: `segment-coverage check --intervals bed=recorded.bed`. More in [Intervals](recorders/intervals.md).

## Without F#: a camera that is on by schedule

A camera records on workdays from 7 to 18 o'clock. Without a word about that every night is a hole. A calendar says when it is expected, `yard.ics`:

    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//yard//EN
    BEGIN:VEVENT
    UID:yard@example.org
    DTSTAMP:20261123T000000Z
    SUMMARY:The yard is open
    DTSTART;TZID=Europe/Berlin:20261123T070000
    DTEND;TZID=Europe/Berlin:20261123T180000
    RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
    CATEGORIES:yard/*
    END:VEVENT
    END:VCALENDAR

    $ segment-coverage check --base-dir /srv/recordings --layout '%{camera}/%Y-%m-%d_%H-%M-%S' --zone Europe/Berlin \
        --expected yard.ics --keep 14d
    yard/default  missing  98.18 % complete
      missing       1, total 1 h 0 min 0 s:
        from (UTC)                 to                                       length
        2026-11-25 12:00:00.000000 2026-11-25 13:00:00.000000        1 h 0 min 0 s
      unexpected    52 h 0 min 0 s, not expected, or no longer kept
      recording     ended; the latest segment ended 7 h 0 min 0 s before now
      …

`--keep` is how long the recorder keeps its files: what is older is not missed. The clocks may change: the calendar has its zone, and
the names have theirs. `serve` takes the same two options, and alerts when the camera is late in the morning. More in [What should be there](expected.md).
*)
