/// Answers about a part of a stream are worked out from that part alone: they are what is cut out of an answer about all of it.
module Coverage.Tests.AnswerLaws

open System
open System.Collections.Immutable
open System.Text
open System.Text.Json
open System.Threading
open Expecto
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.WebUtilities
open Coverage
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox

/// What is asked: numbers from which instants and lengths of the streams are picked, and no instant of either end where the
/// number is even.
type Asked =
    { From: byte
      Until: byte
      Nudges: sbyte * sbyte
      Shortest: byte
      Merge: byte }

/// Everywhere that something begins or ends in a stream, and the ends of its hours.
let private points (account: Account) : int64 list =
    let facts = account.Facts

    let spans =
        [ for word in Word.all do
              yield! (Account.intervals word account).Intervals

          for detail in facts.Hours do
              yield! detail.Overlaps
              Interval.ofHour detail.Timeline.Hour

          yield! facts.Report.Editable.Holes.Intervals ]

    0L
    :: [ for span in spans do
             int64 span.Start
             int64 span.End ]
    |> List.distinct

let private isGiven (number: byte) = number % 2uy = 1uy

let private query (points: int64 list) (asked: Asked) : SpanQuery =
    // The last instant that the API takes is that of the year 9999.
    let pick (number: byte) (nudge: sbyte) =
        min 253_402_300_700_000_000L points[int number / 2 % points.Length]
        + int64 nudge % 3L

    let length (number: byte) =
        match int64 number % 5L with
        | 0L -> abs (pick number 1y - pick (number / 3uy) 0y) |> min 1_000_000_000_000_000L
        | 1L -> 20_000L
        | 2L -> 1L + int64 number
        | _ -> 0L

    let nudge, other = asked.Nudges

    let from =
        if isGiven asked.From then
            max 0L (pick asked.From nudge)
        else
            -1L <<< 62

    let until =
        if isGiven asked.Until then
            max (max 0L from + 1L) (pick asked.Until other)
        else
            1L <<< 62

    { Window = Convert.interval (from, until)
      Shortest = Duration.ofMicroseconds (length asked.Shortest)
      Merge = Duration.ofMicroseconds (length asked.Merge) }

let private overlaps (facts: StreamFacts) : ImmutableArray<Interval> =
    ImmutableArray.CreateRange(facts.Hours |> Seq.collect _.Overlaps)

let private judge archive given =
    Account.judge (Convert.expectation given) (Convert.facts archive)

[<Tests>]
let parts =
    testList
        "answers about a part of a stream"
        [ law "are what the whole stream says, merged, then cut"
          <| fun (Gen.Judged(archive, given)) (asked: Asked) ->
              let account = judge archive given
              let report = account.Facts.Report
              let query = query (points account) asked
              let ofAll spans = SpanQuery.select query spans

              for set in [ report.Raw.Holes; report.Editable.Holes; report.PartialOnly ] do
                  Expect.sequenceEqual (SpanQuery.ofSet query set) (ofAll set.Intervals) "sets"

                  Expect.sequenceEqual
                      (SpanQuery.ofSpans query report.Extent set)
                      (ofAll (IntervalSet.gaps report.Extent set).Intervals)
                      "what lies between"

              for word in Word.all do
                  Expect.sequenceEqual
                      (SpanQuery.ofWord query word account)
                      (ofAll (Account.intervals word account).Intervals)
                      (Word.toText word)

              Expect.sequenceEqual
                  (SpanQuery.ofOverlaps query account.Facts)
                  (ofAll (overlaps account.Facts))
                  "overlaps"

          law "with large hours, too"
          <| fun (Gen.LargeArchive archive) (asked: Asked) ->
              let account = Convert.account archive
              let query = query (points account) asked

              for word in [ Word.Full; Word.Seam; Word.Missing ] do
                  Expect.sequenceEqual
                      (SpanQuery.ofWord query word account)
                      (SpanQuery.select query (Account.intervals word account).Intervals)
                      (Word.toText word)

              Expect.sequenceEqual
                  (SpanQuery.ofOverlaps query account.Facts)
                  (SpanQuery.select query (overlaps account.Facts))
                  "overlaps"

          law "have the words of the whole stream, cut"
          <| fun (Gen.Judged(archive, given)) (asked: Asked) ->
              let account = judge archive given

              let window =
                  (query (points account) asked).Window |> Interval.intersect account.Span

              for word in Word.all do
                  Expect.equal
                      (Account.intervalsIn window word account)
                      (IntervalSet.cut window (Account.intervals word account))
                      (Word.toText word)

              Expect.equal
                  (StreamFacts.seamsWithin window account.Facts)
                  (IntervalSet.cut window (StreamFacts.seams account.Facts))
                  "seams"

          law "list the hours that reach into it"
          <| fun (Gen.Judged(archive, given)) (asked: Asked) ->
              let account = judge archive given
              let window = (query (points account) asked).Window
              let hours = AccountHours.ofAccount (given.Unread |> Seq.map ((*) 1<hour>)) account

              Expect.sequenceEqual
                  (AccountHours.within window hours |> Seq.map _.Hour)
                  [ for judged in hours do
                        if Hour.start judged.Hour < window.End && Hour.finish judged.Hour > window.Start then
                            judged.Hour ]
                  ""

          law "find an hour's numbers, and what the hours before hand on to it"
          <| fun (archive: Model.Archive) ->
              let facts = Convert.facts archive

              for detail in facts.Hours do
                  for hour in [ detail.Timeline.Hour - 1<hour> .. 1<hour> .. detail.Timeline.Hour + 1<hour> ] do
                      Expect.equal
                          (StreamFacts.report hour facts |> ValueOption.map _.Hour |> ValueOption.toOption)
                          (facts.Report.Hours |> Seq.map _.Hour |> Seq.tryFind ((=) hour))
                          "numbers"

                      Expect.equal
                          (StreamFacts.carryInto hour facts)
                          (facts.Hours
                           |> Seq.tryFindBack (fun detail -> detail.Timeline.Hour < hour)
                           |> Option.map _.Timeline.Carry
                           |> Option.defaultValue Timeline.start)
                          "handed on" ]

// Whole answers, from the text of the query to that of the body.

let private options =
    match Arguments.Parse([| "serve" |], (fun _ -> null)) with
    | Outcome.Run options -> options
    | other -> failtest $"%A{other}"

let private streamOf (number: int) (account: Account) : StreamRound =
    let name = StreamName($"channel{number % 3}", $"quality{number}")

    let reading = StreamReading.Of account

    let given = Given.ofStream name.Channel name.Quality Given.nothing

    let judgement =
        Judgement.Of(reading, given, account.Facts.Report.Settings, Units.Instant(1L <<< 58))

    StreamRound(name, Reading = reading, Judgement = judgement, Account = account)

let private ask (round: Round) (path: string) (text: string) : JsonElement =
    let content = FoundContent()
    use turns = new DiskTurns()
    let segments = HourSegments(options, turns, content, TimeProvider.System)
    let listings = HourListings(options, turns, TimeProvider.System)
    let cuts = Cuts(options, turns, TimeProvider.System)

    let endpoint =
        ApiEndpoints(options, segments, listings, cuts, content).All()
        |> Seq.find (fun one -> one.Path = path)

    let query =
        ApiQuery(QueryCollection(QueryHelpers.ParseQuery text), endpoint.Parameters)

    let answer =
        endpoint.AnswerAsync.Invoke(round, query, CancellationToken.None).GetAwaiter().GetResult()

    JsonElement.Parse(Encoding.UTF8.GetString answer.Body.Span)

let private seconds (microseconds: int64) = decimal microseconds / 1_000_000m

let private textOf (query: SpanQuery) : string =
    [ if int64 query.Window.Start >= 0L then
          $"start={seconds (int64 query.Window.Start)}"
      if int64 query.Window.End < (1L <<< 62) then
          $"end={seconds (int64 query.Window.End)}"
      $"min={seconds (int64 query.Shortest)}"
      $"merge={seconds (int64 query.Merge)}" ]
    |> String.concat "&"

/// The rows of an answer, from those of each stream and word in order of time: sorted as a whole, and then cut off.
let private rows isByLength limit (lists: ((StreamName * string) * ImmutableArray<Interval>) list) =
    let all =
        [ for list, spans in lists do
              for span in spans -> list, span ]

    let sorted =
        if isByLength then
            all |> List.sortBy (fun (_, span) -> -int64 span.Length, int64 span.Start)
        else
            all |> List.sortBy (fun (_, span) -> int64 span.Start)

    all.Length, all |> List.sumBy (fun (_, span) -> decimal span.Length), List.truncate limit sorted

[<Tests>]
let answers =
    testList
        "whole answers of the API"
        [ law "list what every stream says, put in order, and cut off"
          <| fun (judged: Gen.Judged list) (asked: Asked) (isByLength: bool) (limit: byte) ->
              let accounts =
                  [ for Gen.Judged(archive, given) in List.truncate 3 judged -> judge archive given ]

              let streams = accounts |> List.mapi streamOf
              let round = Round.After(null, streams, DateTimeOffset.UnixEpoch)
              let query = query (0L :: List.collect points accounts) asked
              let limit = 1 + int limit
              let order = if isByLength then "length" else "time"

              let check path more (of': Account -> (string * ImmutableArray<Interval>) list) =
                  let answer = ask round path $"{textOf query}&order={order}&limit={limit}{more}"

                  let count, length, rows =
                      [ for stream, account in List.zip streams accounts do
                            for word, spans in of' account do
                                (stream.Stream, word), SpanQuery.select query spans ]
                      |> rows isByLength limit

                  Expect.equal (answer?count.GetInt32()) count "count"
                  Expect.equal (answer?seconds.GetDecimal()) (length / 1_000_000m) "seconds"
                  Expect.equal (answer?truncated.GetBoolean()) (count > limit) "truncated"

                  Expect.equal
                      [ for item in items answer?items ->
                            text item?channel,
                            text item?quality,
                            (if path = "words" then text item?word else path),
                            text item?start,
                            text item?``end``,
                            item?seconds.GetDecimal() ]
                      [ for (stream, word), span in rows ->
                            stream.Channel,
                            stream.Quality,
                            (if path = "words" then word else path),
                            Instant.toText span.Start,
                            Instant.toText span.End,
                            Duration.toSeconds span.Length ]
                      path

              let holes kind (account: Account) =
                  if kind then
                      account.Facts.Report.Raw.Holes
                  else
                      account.Facts.Report.Editable.Holes

              for isRaw, kind in [ true, "&kind=raw"; false, "&kind=editable" ] do
                  check "holes" kind (fun account -> [ "", (holes isRaw account).Intervals ])

                  check "spans" kind (fun account ->
                      [ "", (IntervalSet.gaps account.Facts.Report.Extent (holes isRaw account)).Intervals ])

              check "partial" "" (fun account -> [ "", account.Facts.Report.PartialOnly.Intervals ])
              check "overlaps" "" (fun account -> [ "", overlaps account.Facts ])

              check "words" "" (fun account ->
                  [ for word in Word.all do
                        if word <> Word.Full && word <> Word.Seam then
                            Word.toText word, (Account.intervals word account).Intervals ])

              check "words" "&words=seam,full" (fun account ->
                  [ for word in [ Word.Seam; Word.Full ] ->
                        Word.toText word, (Account.intervals word account).Intervals ])

          testCase "many spans are the longest first at every question, the same array or not"
          <| fun () ->
              let random = Random 7

              let spans () =
                  ImmutableArray.CreateRange
                      [ for i in 0L .. 999L ->
                            Convert.interval (i * 100L, i * 100L + random.NextInt64(1L, 5L)) ]

              let name = StreamName("channel", "source")

              for spans in [ spans (); spans () ] do
                  for _ in 1..2 do
                      let _, _, rows = rows true 1000 [ (name, ""), spans ]

                      Expect.sequenceEqual
                          (SpanList.InOrder(ListOrder.Length, [ SpanList(name, "", spans) ])
                           |> Seq.map _.At.Interval)
                          (rows |> List.map snd)
                          "" ]
