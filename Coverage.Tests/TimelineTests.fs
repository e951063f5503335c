/// The fold over a stream's hours, and what each hands on to the next.
module Coverage.Tests.TimelineTests

open Expecto
open FsCheck
open Coverage

/// The choice in each hour of an archive, in order.
let private selections (archive: Model.Archive) : HourSelection list =
    Model.foldersRead archive |> List.map (Convert.folder >> Selection.ofFolder)

let private ofHours tolerance (hours: HourSelection list) : HourTimeline list =
    Timeline.ofHours tolerance hours |> Array.map _.Timeline |> List.ofArray

let private lastCarry (hours: HourTimeline list) : Carry =
    match List.tryLast hours with
    | Some hour -> hour.Carry
    | None -> Timeline.start

let private furthestEnd (segments: Model.Segment list) : Instant =
    match segments with
    | [] -> Instant.beforeAll
    | _ -> segments |> List.map Model.endOf |> List.max |> Instant.ofMicroseconds

[<Tests>]
let fold =
    testList
        "the fold over hours"
        [ law "going on from what any prefix handed on equals doing all at once"
          <| fun (archive: Model.Archive) ->
              let tolerance = Duration.ofMicroseconds archive.Tolerance
              let hours = selections archive
              let whole = ofHours tolerance hours

              for count in 0 .. hours.Length do
                  let before, after = List.splitAt count hours
                  let prefix = ofHours tolerance before

                  let goneOn =
                      after
                      |> List.scan
                          (fun (carry, _) hour ->
                              let next = Timeline.step tolerance carry hour
                              next.Carry, Some next)
                          (lastCarry prefix, None)
                      |> List.choose snd

                  Expect.equal (prefix @ goneOn) whole ""

          law "what is handed on is what the model says of all hours so far"
          <| fun (archive: Model.Archive) ->
              let tolerance = Duration.ofMicroseconds archive.Tolerance
              let folders = Model.foldersRead archive
              let carries = selections archive |> ofHours tolerance |> List.map _.Carry

              for count, carry in List.indexed carries do
                  let sofar = List.truncate (count + 1) folders
                  let best, _ = sofar |> List.collect _.Segments |> Model.select

                  // One without a length covers nothing, and closes no gap; the first of all begins the extent.
                  let moving =
                      best
                      |> List.indexed
                      |> List.filter (fun (i, segment) -> i = 0 || segment.Duration > 0L)
                      |> List.map snd

                  let full, others =
                      best |> List.partition (fun segment -> segment.Kind = Model.Kind.Full)

                  let hourEnd = Hour.finish ((List.last sofar).Hour * 1<hour>)
                  let settled = max hourEnd (furthestEnd full)

                  Expect.equal
                      carry
                      { Furthest = furthestEnd moving
                        ChainEnd = furthestEnd (Model.chain archive.Tolerance moving)
                        Settled = settled
                        PartialEnd = max settled (furthestEnd others) }
                      ""

          law "an hour after which nothing is pending hands on the same, whatever lay in it"
          <| fun (archive: Model.Archive) ->
              let tolerance = Duration.ofMicroseconds archive.Tolerance

              for hour in selections archive |> ofHours tolerance do
                  let last = Hour.start hour.Hour
                  let hourEnd = Hour.finish hour.Hour
                  let ends = hour.Carry

                  if max ends.Furthest ends.ChainEnd <= hourEnd && ends.ChainEnd = ends.Furthest then
                      // One full segment from the hour's start to where all that lay there ended.
                      if ends.Furthest > last then
                          let one: HourSelection =
                              Selection.ofFolder
                                  { Hour = hour.Hour
                                    Segments =
                                      System.Collections.Immutable.ImmutableArray.Create
                                          { Start = last
                                            Duration = Instant.until ends.Furthest last
                                            Size = -1L
                                            Kind = SegmentKind.Full }
                                    Bad = 0 }

                          Expect.equal (Timeline.step tolerance Timeline.start one).Carry ends ""

          law "an hour without best segments hands on the ends it was given"
          <| fun (archive: Model.Archive) ->
              let tolerance = Duration.ofMicroseconds archive.Tolerance
              let timelines = selections archive |> ofHours tolerance
              let carry = lastCarry timelines

              let next =
                  match List.tryLast timelines with
                  | Some hour -> hour.Hour + 1<hour>
                  | None -> Hour.first

              let empty =
                  Selection.ofFolder
                      { Hour = next
                        Segments = System.Collections.Immutable.ImmutableArray.Empty
                        Bad = 0 }

              let handedOn = (Timeline.step tolerance carry empty).Carry
              Expect.equal (handedOn.Furthest, handedOn.ChainEnd) (carry.Furthest, carry.ChainEnd) ""
              Expect.equal handedOn.Settled (max carry.Settled (Hour.finish next)) ""

          law "an hour tells of the first and the last start in it, and of gaps in the hour they began in"
          <| fun (archive: Model.Archive) ->
              let tolerance = Duration.ofMicroseconds archive.Tolerance
              let hours = selections archive

              for choice, hour in List.zip hours (ofHours tolerance hours) do
                  let starts = choice.Best |> Seq.map _.Start |> List.ofSeq

                  Expect.equal
                      hour.Starts
                      (if starts.IsEmpty then
                           ValueNone
                       else
                           ValueSome(struct (List.min starts, List.max starts)))
                      ""

                  for gaps in [ hour.Raw; hour.Editable ] do
                      if not gaps.Inherited.IsEmpty then
                          Expect.isLessThan gaps.Inherited.Start (Hour.start hour.Hour) "inherited"

                      for hole in gaps.Holes.Intervals do
                          Expect.isGreaterThanOrEqual hole.Start (Hour.start hour.Hour) "its own"

          testCase "a gap that begins as the hour does is the hour's own"
          <| fun () ->
              let hour: Hour = 489_618<hour>

              let timelines =
                  [ HourFolder.ofFiles hour [ "00:00-3600-full-.ts", 1L ]
                    HourFolder.ofFiles (hour + 1<hour>) [ "00:01-1-full-.ts", 1L ] ]
                  |> List.map Selection.ofFolder
                  |> ofHours Report.defaults.Tolerance

              for gaps in [ timelines[1].Raw; timelines[1].Editable ] do
                  Expect.isTrue gaps.Inherited.IsEmpty ""
                  Expect.equal gaps.Holes.Length Duration.second ""

          law "a gap of the tolerance is a seam, of a microsecond more a hole"
          <| fun (NonNegativeInt tolerance) ->
              let gap (length: int) =
                  Interval.ofLength 5L<instant> (Duration.ofMicroseconds (int64 length))

              let tolerance' = Duration.ofMicroseconds (int64 tolerance)
              Expect.isFalse (Timeline.isHole tolerance' (gap tolerance)) ""
              Expect.isTrue (Timeline.isHole tolerance' (gap (tolerance + 1))) "" ]
