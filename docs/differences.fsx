(**
# Differences from the wubloader project's checker

The gauges have that checker's names and labels, and where none of the following applies they are equal
([semantics, section 7](semantics.md#7-where-this-differs-from-the-wubloader-projects-checker-on-purpose)); on archives that were
really recorded the tests hold every sample and every cell of the map to it, but for the differences named here. How to come from
that checker is in [operations](operations.md#from-the-wubloader-projects-checker).
*)
(*** hide ***)
#load "../scripts/load.fsx"

open Coverage
open Load

let hour = (Hour.tryParse "2025-11-07T18").Value

let folder at (names: string list) =
    HourFolder.ofFiles (hour + at * 1<hour>) [ for name in names -> name + "-.ts", 1L ]

let reportOf folders =
    Report.ofFolders Report.defaults folders

let hours (report: StreamReport) =
    [ for hour in report.Hours ->
          $"{Hour.toText hour.Hour}  covered {length hour.Raw.Covered}; holes {hour.Raw.Holes}, {length hour.Raw.HoleLength}" ]
    |> String.concat "\n"
    |> printfn "%s"
(**
## Coverage is cut at the hour's edge

That checker gives an hour all of the segments that begin in it, so a complete hour reads 3601.3 or 3598.9 s. Here an hour without
holes, within the recording, has exactly 3600 s of coverage and seams.
*)
reportOf
    [ folder 0 [ "59:50.0-10-full" ]
      folder 1 [ "00:00.0-3599-full"; "59:59.0-2-full" ]
      folder 2 [ "00:01.0-10-full" ] ]
|> hours
(*** include-output ***)

(**
## An hour that was lost whole is reported

That checker passes over an hour that has no folder, and finds no hole in an empty one. Here it is a hole like any other.
*)
reportOf [ folder 0 [ "59:50.0-10-full" ]; folder 2 [ "00:00.0-10-full" ] ]
|> hours
(*** include-output ***)

(**
## A segment inside another makes no hole

That checker measures from the end of the segment before, here to 18:00:10, and finds 10 s missing before 18:00:20. The furthest
end so far is 18:00:20.
*)
(reportOf [ folder 0 [ "00:00.0-20-full"; "00:05.0-5-full"; "00:20.0-10-full" ] ]).Raw
(*** include-it ***)

(**
## A segment that continues the chain is editable

That checker compares a segment with the best one before it, used or not. Here the second overlaps the first and is left out, and the
third continues where the first ends.
*)
(reportOf [ folder 0 [ "00:00.0-10-full"; "00:09.0-3-full"; "00:10.0-10-full" ] ]).Editable
(*** include-it ***)

(**
## Every overlap counts, once, and with a positive sign

That checker does not count a suspect beside a full one, nor overlaps across hours, and adds a nested overlap's time with a
negative sign.
*)
(reportOf [ folder 0 [ "00:00.0-10-full"; "00:00.0-10-suspect"; "00:02.0-3-full" ] ]).Hours[0].Overlaps
(*** include-it ***)

(**
## The tolerance applies everywhere

Also at the edges of hours, where that checker has none: 4 ms between two hours are a seam.
*)
(reportOf [ folder 0 [ "59:50.0-9.996-full" ]; folder 1 [ "00:00.0-10-full" ] ]).Raw
(*** include-it ***)

(**
## The rest

- A gap is measured from the best segment of a start, not from the last one examined.
- A hole at an hour's start is measured from where the previous hour reaches to, not from the hour's edge.
- A folder that is no hour, or a duration of `inf`, is passed over or counted as bad; that checker stops.
- The samples of hours that are no longer reported go away; that checker keeps them for ever.
- `--first-hour` and `--last-hour` cut the world, the gauges too; there they cut the map alone. With both given the whole range between
  them is expected: `check`, the live page and `segment_coverage_word_seconds` say what is missing before the first segment and after
  the last, too. The eight gauges, which are facts of the disk, do not ([what should be there](expected.md)).
- With `--expected` or `--acknowledged` the map has four more colours; without them it has that checker's three.
*)
