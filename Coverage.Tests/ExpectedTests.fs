/// When streams are expected: calendars and tables (section 9.1).
module Coverage.Tests.ExpectedTests

open System
open System.Collections.Immutable
open System.Globalization
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.Host

/// A calendar: what stands before its events, and the lines of each event.
let private calendar (head: string list) (events: string list list) : string =
    [ "BEGIN:VCALENDAR"
      "VERSION:2.0"
      "PRODID:-//Coverage//tests//EN"
      yield! head
      for event in events do
          "BEGIN:VEVENT"
          yield! event
          "END:VEVENT"
      "END:VCALENDAR" ]
    |> List.map (fun line -> line + "\r\n")
    |> String.concat ""

let private expand (window: Interval) (name: string) (text: string) : ExpectedSpan list =
    List.ofSeq (ExpectedFile.Parse(name, text).Expand window)

let private instant (text: string) : Instant =
    let time =
        DateTime.Parse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal ||| DateTimeStyles.AssumeUniversal
        )

    Instant.ofMicroseconds ((time - DateTime.UnixEpoch).Ticks / 10L)

let private everything = Interval.create 0L<instant> (instant "2060-01-01T00:00Z")

/// The spans as `2025-03-30T01:30/2025-03-30T02:00`, sorted, each once.
let private texts (spans: ExpectedSpan list) : string list =
    [ for span in spans do
          let text (instant: Instant) =
              (Instant.toText instant).Substring(0, 16)

          $"{text span.Time.Start}/{text span.Time.End}" ]
    |> List.distinct
    |> List.sort

let private says name head events expected =
    testCase name
    <| fun () -> Expect.equal (texts (expand everything "x.ics" (calendar head events))) expected ""

let private berlin (start: string) (finish: string) (more: string list) =
    [ $"DTSTART;TZID=Europe/Berlin:{start}"
      $"DTEND;TZID=Europe/Berlin:{finish}"
      yield! more ]

/// A zone with Berlin's rules under a name that nothing else knows.
let private ownZone =
    [ "BEGIN:VTIMEZONE"
      "TZID:Our studio"
      "BEGIN:STANDARD"
      "DTSTART:16010101T030000"
      "TZOFFSETFROM:+0200"
      "TZOFFSETTO:+0100"
      "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"
      "END:STANDARD"
      "BEGIN:DAYLIGHT"
      "DTSTART:16010101T020000"
      "TZOFFSETFROM:+0100"
      "TZOFFSETTO:+0200"
      "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"
      "END:DAYLIGHT"
      "END:VTIMEZONE" ]

/// A file of events that repeat, and all its spans up to the end of 2025.
let private repeated =
    lazy
        (let file =
            ExpectedFile.Parse(
                "x.ics",
                calendar
                    []
                    [ berlin "20150101T023000" "20150102T010000" [ "RRULE:FREQ=DAILY;INTERVAL=2" ]
                      berlin "20251001T150000" "20251001T160000" [ "RRULE:FREQ=HOURLY;INTERVAL=5" ]
                      [ "DTSTART;VALUE=DATE:20150101"; "DURATION:P3D"; "RRULE:FREQ=WEEKLY;BYDAY=SU" ] ]
            )

         file, file.Expand(Interval.create 0L<instant> (instant "2026-01-01T00:00Z")))

/// The offset of a zone at an instant, by the one question that the framework answers rightly also where summer is the
/// standard time, as in Dublin.
let private offsetAt (zone: TimeZoneInfo) (utc: DateTime) : TimeSpan =
    TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(utc, DateTimeKind.Utc), zone)
    - utc

/// The instant of a local time, by trying the offsets of the days beside it: the earliest that fits, else the one of
/// the day before.
let private utcOf (zone: TimeZoneInfo) (local: DateTime) : int64 =
    let before, after =
        offsetAt zone (local.AddDays -1.0), offsetAt zone (local.AddDays 1.0)

    let fitting =
        [ before; after ]
        |> List.filter (fun offset -> offsetAt zone (local - offset) = offset)

    let offset = if fitting.IsEmpty then before else List.max fitting
    (local - offset - DateTime.UnixEpoch).Ticks / 10L

[<Tests>]
let calendars =
    testList
        "expected calendars"
        [ says
              "a weekly programme keeps its local time over the clock change of spring"
              []
              [ berlin "20250322T180000" "20250322T220000" [ "RRULE:FREQ=WEEKLY;COUNT=3" ] ]
              [ "2025-03-22T17:00/2025-03-22T21:00"
                "2025-03-29T17:00/2025-03-29T21:00"
                "2025-04-05T16:00/2025-04-05T20:00" ]

          says
              "and over that of autumn"
              []
              [ berlin "20251018T180000" "20251018T220000" [ "RRULE:FREQ=WEEKLY;COUNT=3" ] ]
              [ "2025-10-18T16:00/2025-10-18T20:00"
                "2025-10-25T16:00/2025-10-25T20:00"
                "2025-11-01T17:00/2025-11-01T21:00" ]

          says
              "a skipped 02:30 is read with the offset before the change"
              []
              [ berlin "20250330T023000" "20250330T040000" [] ]
              [ "2025-03-30T01:30/2025-03-30T02:00" ]

          says
              "in recurrences too, and the days after it are at 02:30 again"
              []
              [ berlin "20250329T023000" "20250329T030000" [ "RRULE:FREQ=DAILY;COUNT=3" ] ]
              [ "2025-03-29T01:30/2025-03-29T02:00"
                "2025-03-30T01:30/2025-03-30T02:00"
                "2025-03-31T00:30/2025-03-31T01:00" ]

          says
              "where the first start is the skipped one, the others are at 02:30"
              []
              [ berlin "20250330T023000" "20250330T033500" [ "RRULE:FREQ=DAILY;COUNT=2" ] ]
              [ "2025-03-30T01:30/2025-03-30T01:35"; "2025-03-31T00:30/2025-03-31T00:35" ]

          says
              "a 02:30 that comes twice is the earlier"
              []
              [ berlin "20251025T023000" "20251025T030000" [ "RRULE:FREQ=DAILY;COUNT=3" ] ]
              [ "2025-10-25T00:30/2025-10-25T01:00"
                "2025-10-26T00:30/2025-10-26T01:00"
                "2025-10-27T01:30/2025-10-27T02:00" ]

          says
              "DTEND of a recurring event fixes its exact duration"
              []
              [ berlin "20251025T200000" "20251026T080000" [ "RRULE:FREQ=DAILY;COUNT=2" ] ]
              [ "2025-10-25T18:00/2025-10-26T07:00"; "2025-10-26T19:00/2025-10-27T08:00" ]

          says
              "DURATION:P1D ends at the same local time, over a change after 25 hours"
              []
              [ [ "DTSTART;TZID=Europe/Berlin:20251025T120000"
                  "DURATION:P1D"
                  "RRULE:FREQ=DAILY;COUNT=2" ] ]
              [ "2025-10-25T10:00/2025-10-26T11:00"; "2025-10-26T11:00/2025-10-27T11:00" ]

          says
              "DURATION:P1W likewise, PT24H after 24 hours, P1DT2H after a day and two hours"
              []
              [ [ "DTSTART;TZID=Europe/Berlin:20251025T120000"; "DURATION:P1W" ]
                [ "DTSTART;TZID=Europe/Berlin:20251025T130000"; "DURATION:PT24H" ]
                [ "DTSTART;TZID=Europe/Berlin:20251025T140000"; "DURATION:P1DT2H" ] ]
              [ "2025-10-25T10:00/2025-11-01T11:00"
                "2025-10-25T11:00/2025-10-26T11:00"
                "2025-10-25T12:00/2025-10-26T15:00" ]

          says
              "EXDATE leaves out what it names, by time, in another zone, or by the day"
              []
              [ berlin
                    "20250601T180000"
                    "20250601T190000"
                    [ "RRULE:FREQ=DAILY;COUNT=6"
                      "EXDATE;TZID=Europe/Berlin:20250602T180000,20250604T170000"
                      "EXDATE:20250603T160000Z"
                      "EXDATE;VALUE=DATE:20250605" ] ]
              [ "2025-06-01T16:00/2025-06-01T17:00"
                "2025-06-04T16:00/2025-06-04T17:00"
                "2025-06-06T16:00/2025-06-06T17:00" ]

          says
              "RDATE adds times, and periods with lengths of their own"
              []
              [ berlin
                    "20250601T180000"
                    "20250601T190000"
                    [ "RDATE;TZID=Europe/Berlin:20251201T180000"
                      "RDATE;VALUE=PERIOD:20250701T100000Z/20250701T103000Z,20250702T100000Z/PT2H" ] ]
              [ "2025-06-01T16:00/2025-06-01T17:00"
                "2025-07-01T10:00/2025-07-01T10:30"
                "2025-07-02T10:00/2025-07-02T12:00"
                "2025-12-01T17:00/2025-12-01T18:00" ]

          says
              "an overridden instance is where the override says, a cancelled or transparent one nowhere"
              []
              [ berlin "20250601T180000" "20250601T190000" [ "UID:a"; "RRULE:FREQ=DAILY;COUNT=5" ]
                berlin
                    "20250602T200000"
                    "20250602T230000"
                    [ "UID:a"; "RECURRENCE-ID;TZID=Europe/Berlin:20250602T180000" ]
                berlin
                    "20250603T180000"
                    "20250603T190000"
                    [ "UID:a"; "RECURRENCE-ID:20250603T160000Z"; "STATUS:CANCELLED" ]
                berlin
                    "20250604T180000"
                    "20250604T190000"
                    [ "UID:a"; "RECURRENCE-ID;VALUE=DATE:20250604"; "TRANSP:TRANSPARENT" ]
                berlin
                    "20250605T180000"
                    "20250605T190000"
                    [ "UID:b"; "RECURRENCE-ID:20250605T160000Z"; "STATUS:CANCELLED" ] ]
              [ "2025-06-01T16:00/2025-06-01T17:00"
                "2025-06-02T18:00/2025-06-02T21:00"
                "2025-06-05T16:00/2025-06-05T17:00" ]

          says
              "UNTIL lets the last start be at it, in UTC, and for a date on that day"
              []
              [ berlin "20250330T180000" "20250330T190000" [ "RRULE:FREQ=DAILY;UNTIL=20250331T160000Z" ]
                berlin "20250401T180000" "20250401T190000" [ "RRULE:FREQ=DAILY;UNTIL=20250402T155959Z" ]
                berlin "20250501T180000" "20250501T190000" [ "RRULE:FREQ=DAILY;UNTIL=20250502" ] ]
              [ "2025-03-30T16:00/2025-03-30T17:00"
                "2025-03-31T16:00/2025-03-31T17:00"
                "2025-04-01T16:00/2025-04-01T17:00"
                "2025-05-01T16:00/2025-05-01T17:00"
                "2025-05-02T16:00/2025-05-02T17:00" ]

          says
              "times without a zone and whole days are in UTC"
              []
              [ [ "DTSTART:20250330T023000"; "DTEND:20250330T040000" ]
                [ "DTSTART;VALUE=DATE:20250329"; "DTEND;VALUE=DATE:20250331" ] ]
              [ "2025-03-29T00:00/2025-03-31T00:00"; "2025-03-30T02:30/2025-03-30T04:00" ]

          says
              "or in the calendar's own zone, in which days can have 23 hours"
              [ "X-WR-TIMEZONE:Europe/Berlin" ]
              [ [ "DTSTART:20250330T050000"; "DTEND:20250330T060000" ]
                [ "DTSTART;VALUE=DATE:20250329"
                  "DTEND;VALUE=DATE:20250330"
                  "RRULE:FREQ=DAILY;COUNT=2" ] ]
              [ "2025-03-28T23:00/2025-03-29T23:00"
                "2025-03-29T23:00/2025-03-30T22:00"
                "2025-03-30T03:00/2025-03-30T04:00" ]

          says
              "zones are known by the names that Windows has, and at the end of a path"
              []
              [ [ "DTSTART;TZID=\"W. Europe Standard Time\":20250401T180000"; "DURATION:PT1H" ]
                [ "DTSTART;TZID=/example.org/Olson_1/Europe/Berlin:20250501T180000"
                  "DURATION:PT1H" ] ]
              [ "2025-04-01T16:00/2025-04-01T17:00"; "2025-05-01T16:00/2025-05-01T17:00" ]

          says
              "and as the file defines them"
              ownZone
              [ [ "DTSTART;TZID=Our studio:20250329T023000"
                  "DTEND;TZID=Our studio:20250329T030000"
                  "RRULE:FREQ=DAILY;COUNT=3" ]
                [ "DTSTART;TZID=Our studio:20251025T120000"; "DURATION:P1D" ]
                [ "DTSTART;TZID=Our studio:20251026T023000"; "DURATION:PT1H" ] ]
              [ "2025-03-29T01:30/2025-03-29T02:00"
                "2025-03-30T01:30/2025-03-30T02:00"
                "2025-03-31T00:30/2025-03-31T01:00"
                "2025-10-25T10:00/2025-10-26T11:00"
                "2025-10-26T00:30/2025-10-26T01:30" ]

          says
              "cancelled and transparent events are none, and may lack what others need"
              []
              [ [ "DTSTART:20250101T000000Z"; "DTEND:20250102T000000Z"; "STATUS:CANCELLED" ]
                [ "DTSTART:20250101T000000Z"; "TRANSP:TRANSPARENT" ] ]
              []

          says
              "folded lines, alarms and what the rest of the world writes do not matter"
              [ "X-WR-CALNAME:Programme\u2028of ours" ]
              [ [ "DTSTART:202501"
                  " 01T000000Z"
                  "DTEND:20250102T000000Z"
                  "ATTENDEE;CN=\"A: B\":mailto:a@example.org"
                  "BEGIN:VALARM"
                  "TRIGGER:-PT15M"
                  "DURATION:PT5M"
                  "REPEAT:2"
                  "END:VALARM" ] ]
              [ "2025-01-01T00:00/2025-01-02T00:00" ]

          testCase "the examples of the packaging are good files"
          <| fun () ->
              let packaged name =
                  System.IO.File.ReadAllText(
                      System.IO.Path.Combine(__SOURCE_DIRECTORY__, "../packaging", name)
                  )

              let window =
                  Interval.create (instant "2025-07-01T00:00Z") (instant "2025-07-15T00:00Z")

              Expect.equal
                  (texts (expand window "x.ics" (packaged "expected.ics")))
                  [ "2025-07-05T18:00/2025-07-05T22:00"; "2025-07-12T16:00/2025-07-12T20:00" ]
                  "the show"

              Expect.equal (expand everything "x.csv" (packaged "expected.csv")).Length 2 "the table"

              Expect.equal
                  (AcknowledgedFile.Parse("x.csv", packaged "acknowledged.csv")).Length
                  2
                  "the losses"

          testCase "categories that hold a / are globs, any of which may fit; without one it is all streams"
          <| fun () ->
              let spans =
                  expand
                      everything
                      "x.ICS"
                      (calendar
                          []
                          [ [ "DTSTART:20250101T000000Z"
                              "DURATION:P1D"
                              "CATEGORIES:Work, bus/* ,a\\,b/c"
                              "CATEGORIES:x/y" ]
                            [ "DTSTART:20250103T000000Z"; "DURATION:P1D"; "CATEGORIES:Work" ] ])

              Expect.equal
                  [ for span in spans -> string span.Streams ]
                  [ "bus/*"; "a,b/c"; "x/y"; string Glob.all ]
                  ""

          testPropertyWithConfig
              Gen.config
              "a window gets the spans that share time with it, all of them and whole"
          <| Prop.forAll
              (Arb.fromGen (Gen.zip (Gen.choose (-48 * 60, 48 * 60)) (Gen.choose (1, 5000))))
              (fun (from, length) ->
                  let at = instant "2025-10-26T00:00Z" + int64 from * 60_000_000L<instant>
                  let window = Interval.ofLength at (Duration.ofSeconds (int64 length * 60L))
                  let file, all = repeated.Value

                  Expect.equal
                      (texts (List.ofSeq (file.Expand window)))
                      (texts
                          [ for span in all do
                                if not (Interval.intersect span.Time window).IsEmpty then
                                    span ])
                      "")

          testPropertyWithConfig
              { Gen.config with maxTest = 30 }
              "local times are those of the framework's zones"
          <| Prop.forAll
              (Arb.fromGen (
                  Gen.zip
                      (Gen.elements
                          [ "Europe/Berlin"
                            "America/New_York"
                            "Australia/Lord_Howe"
                            "Europe/Dublin"
                            "America/Sao_Paulo" ])
                      (Gen.choose (0, 24 * 12 - 1))
              ))
              (fun (name, fiveMinutes) ->
                  let zone =
                      try
                          TimeZoneInfo.FindSystemTimeZoneById name
                      with :? TimeZoneNotFoundException ->
                          skiptest "the system has no time zones"

                  let first = DateTime(2015, 1, 1).AddMinutes(5.0 * float fiveMinutes)
                  let start = first.ToString "yyyyMMdd'T'HHmmss"

                  let utc = utcOf zone

                  Expect.equal
                      [ for span in
                            expand
                                everything
                                "x.ics"
                                (calendar
                                    []
                                    [ [ $"DTSTART;TZID={name}:{start}"
                                        "DURATION:PT1M"
                                        "RRULE:FREQ=DAILY;COUNT=2500" ] ]) do
                            int64 span.Time.Start ]
                      // The first start is said twice: as itself, and by the rule.
                      (utc first :: [ for day in 0..2499 -> utc (first.AddDays day) ])
                      $"{name} {start}") ]

let private errorOf (name: string) (text: string) =
    try
        ExpectedFile.Parse(name, text) |> ignore
        failtest "no error"
    with :? KeeperFileException as error ->
        error.Message, Option.ofNullable error.Line, (error.Field |> Option.ofObj |> Option.defaultValue "")

let private fails name (line: int) (field: string) (says: string) (text: string) =
    testCase name
    <| fun () ->
        let message, atLine, atField = errorOf "x.ics" text
        Expect.equal (atLine, atField) (Some line, field) message
        Expect.stringContains message says ""
        Expect.stringStarts message $"x.ics, line {line}" ""

[<Tests>]
let errors =
    // The event begins on line 4, after a folded line on line 6.
    let event (lines: string list) =
        calendar [] [ [ "SUMMARY:a"; " b" ] @ lines ]

    let good = [ "DTSTART:20250101T000000Z"; "DTEND:20250102T000000Z" ]

    testList
        "expected files: an error names line and field:"
        [ fails "no start" 4 "DTSTART" "the event has none" (event [ "DTEND:20250102T000000Z" ])
          fails "no end" 4 "DTEND" "neither an end nor a duration" (event [ "DTSTART:20250101T000000Z" ])
          fails
              "a whole day without an end"
              4
              "DTEND"
              "neither an end nor a duration"
              (event [ "DTSTART;VALUE=DATE:20250101" ])
          // The library passes over these in silence: a rule without its end repeats for ever.
          for rule, says in
              [ "FREQ=DAILY;UNTIL=garbage", "UNTIL=garbage cannot be read"
                "FREQ=DAILY;UNTIL=2025", "UNTIL=2025 cannot be read"
                "FREQ=DAILY;UNTIL=20251109T18", "UNTIL=20251109T18 cannot be read"
                "FREQ=DAILY;UNTIL=", "UNTIL= cannot be read"
                "FREQ=DAILY;UNTIL=20251399", "UNTIL=20251399 cannot be read"
                "FREQ=DAILY;COUNT=2;COUNT=3", "COUNT stands twice"
                "FREQ=DAILY;FREQ=WEEKLY", "FREQ stands twice"
                "FREQ=DAILY;COUNT=2;UNTIL=20251109", "both COUNT and UNTIL"
                "FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL=99999999999999999999 cannot be read"
                "FREQ=SOMETIMES", "FREQ must be"
                "COUNT=2", "FREQ must be"
                "FOO", "'FOO' cannot be read" ] do
              fails $"Regression: the rule {rule}" 9 "RRULE" says (event (good @ [ $"RRULE:{rule}" ]))

          fails
              "a month that there is not"
              7
              "DTSTART"
              "'20251307T180000Z' cannot be read"
              (event [ "DTSTART:20251307T180000Z"; "DTEND:20251308T180000Z" ])
          fails "an end and a duration" 9 "DURATION" "write one of them" (event (good @ [ "DURATION:P1D" ]))
          fails
              "an end at the start"
              8
              "DTEND"
              "does not end later than it starts"
              (event [ "DTSTART:20250101T000000Z"; "DTEND:20250101T000000Z" ])
          fails
              "a negative duration"
              8
              "DURATION"
              "does not end later than it starts"
              (event [ "DTSTART:20250101T000000Z"; "DURATION:-P1D" ])
          fails
              "more than 366 days"
              8
              "DTEND"
              "longer than 366 days"
              (event [ "DTSTART:20250101T000000Z"; "DTEND:20260102T000001Z" ])
          fails
              "more than 366 days of duration"
              8
              "DURATION"
              "longer than 366 days"
              (event [ "DTSTART:20250101T000000Z"; "DURATION:P367D" ])
          fails
              "a start in words"
              7
              "DTSTART"
              "'tomorrow' cannot be read: write 20251107T180000Z"
              (event [ "DTSTART:tomorrow"; "DURATION:P1D" ])
          fails "a day that is none" 7 "DTSTART" "" (event [ "DTSTART:20250230T000000Z"; "DURATION:P1D" ])
          fails
              "a duration that is none"
              8
              "DURATION"
              "'1 day' cannot be read: write PT2H30M"
              (event [ "DTSTART:20250101T000000Z"; "DURATION:1 day" ])
          fails
              "an exception that is none"
              9
              "EXDATE"
              "cannot be read"
              (event (good @ [ "EXDATE:20250101T000000Z,x" ]))
          fails
              "a start that stands twice"
              8
              "DTSTART"
              "twice"
              (event [ "DTSTART:20250101T000000Z"; "DTSTART:20250101T000000Z" ])
          fails
              "an unknown zone"
              7
              "DTSTART"
              "the time zone 'Atlantis/Main' is not known"
              (event [ "DTSTART;TZID=Atlantis/Main:20250101T000000"; "DURATION:P1D" ])
          fails
              "an unknown zone of the calendar"
              4
              "X-WR-TIMEZONE"
              "'Atlantis'"
              (calendar [ "X-WR-TIMEZONE:Atlantis" ] [ good ])
          fails "a rule without a frequency" 9 "RRULE" "FREQ" (event (good @ [ "RRULE:COUNT=3" ]))
          fails "a rule of an unknown day" 9 "RRULE" "XX" (event (good @ [ "RRULE:FREQ=WEEKLY;BYDAY=XX" ]))
          fails
              "a rule that no date fits"
              9
              "RRULE"
              "no date fits"
              (event (good @ [ "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30" ]))
          fails
              "a rule by the second"
              9
              "RRULE"
              "more often than every hour"
              (event (good @ [ "RRULE:FREQ=SECONDLY" ]))
          fails
              "a rule that is many"
              9
              "RRULE"
              "more often than every hour"
              (event (good @ [ "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8,9;BYMINUTE=1,2,3,4,5" ]))
          fails "two rules" 10 "RRULE" "twice" (event (good @ [ "RRULE:FREQ=DAILY"; "RRULE:FREQ=WEEKLY" ]))
          fails "a rule of exceptions" 9 "EXRULE" "EXDATE" (event (good @ [ "EXRULE:FREQ=DAILY" ]))
          fails
              "a change of all later instances"
              9
              "RECURRENCE-ID"
              "THISANDFUTURE"
              (event (good @ [ "RECURRENCE-ID;RANGE=THISANDFUTURE:20250101T000000Z" ]))
          fails "a line that is none" 9 "" "'hello' is no line" (event (good @ [ "hello" ]))
          fails
              "an event that does not end"
              2
              "VEVENT"
              "is the file whole?"
              "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20250101T000000Z\n"
          fails
              "an end of something else"
              3
              ""
              "END:VCALENDAR stands where"
              "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n"
          fails "another kind of file" 1 "" "'<html>' is no line" "<html>\n"
          fails "no calendar first" 1 "" "BEGIN:VCALENDAR" "A:B\n"

          testCase "an empty file, and another ending, are errors of the whole file"
          <| fun () ->
              let message, line, _ = errorOf "x.ics" ""
              Expect.equal line None message
              Expect.stringContains message "x.ics: there is no calendar in it" ""
              let message, line, _ = errorOf "x.txt" ""
              Expect.equal line None message
              Expect.stringContains message ".ics" ""
              Expect.stringContains message ".csv" ""

          testCase
              "tables: an end may be empty, which is until further notice; left out, or before the start, it is an error"
          <| fun () ->
              let spans =
                  expand
                      everything
                      "x.csv"
                      "stream,start,end\nbus/*,2025-01-01T00:00:00Z,\nbus/source,2025-01-01T00:00:00+01:00,2025-01-02T00:00:00Z\n"

              Expect.equal
                  [ for span in spans -> string span.Streams, span.Time.End ]
                  [ "bus/*", Instant.afterAll; "bus/source", instant "2025-01-02T00:00Z" ]
                  ""

              for row, field in
                  [ "bus/*,2025-01-01T00:00:00Z", "end"
                    "bus/*,2025-01-01T00:00:00Z,2024-01-01T00:00:00Z", "end"
                    "bus,2025-01-01T00:00:00Z,", "stream" ] do
                  let message, line, atField = errorOf "x.csv" $"stream,start,end\n{row}\n"
                  Expect.equal (line, atField) (Some 2, field) message

              let message, _, _ = errorOf "x.csv" "stream,start\n"
              Expect.stringContains message "the header must be stream,start,end" "" ]
