/// The bridge from proof to program for the account: the F# against the model that is proved, over all small streams with
/// all small expectations, and over random ones.
module Coverage.Tests.AccountOracleTests

open System
open System.Collections.Immutable
open Expecto
open FsCheck
open Coverage
open Coverage.Tests.OracleTests

let private budgets: Budget list =
    [ for longest in [ ValueNone; ValueSome 1L<us> ] do
          for total in [ ValueNone; ValueSome 2L<us> ] do
              for isStrict in [ false; true ] ->
                  { LongestSpan = longest
                    Total = total
                    IsStrict = isStrict } ]

/// The account and everything that is asked of it: of all words, of instants, and of windows.
let private sameAccount (instants: Instant list) (windows: Interval list) (facts: StreamFacts) =
    let theirFacts = Oracle.facts facts

    fun (expectation: Expectation) ->
        let ours = Account.judge expectation facts
        let theirs = Accounts.__default.Judge(Oracle.expectation expectation, theirFacts)
        same "the span" (Oracle.interval ours.Span) theirs.dtor_Whole
        same "what is expected and kept" (Oracle.set ours.Expected) theirs.dtor_Wanted

        for word in Word.all do
            same
                $"the intervals of {Word.toText word}"
                (Account.intervals word ours |> Oracle.set)
                (Accounts.__default.IntervalsOf(Oracle.word word, theirs))

            same
                $"the set of {Word.toText word}"
                (Account.set word ours |> Oracle.set)
                (theirs.dtor_Sets.Of(Oracle.word word))

        same "the lengths" (Account.lengths ours |> Oracle.lengths) (Accounts.__default.Lengths theirs)

        for window in windows do
            same
                $"the lengths in {window}"
                (Account.lengthsIn window ours |> Oracle.lengths)
                (Accounts.__default.LengthsIn(Oracle.interval window, theirs))

        for instant in instants do
            same
                $"the word at {instant}"
                (Account.wordAt instant ours |> Oracle.wordAt)
                (Accounts.__default.WordAt(Oracle.number instant, theirs))

        same
            "completeness"
            (Account.completeness ours |> Oracle.completeness)
            (Accounts.__default.CompletenessOf theirs)

        same "what lacks" (Account.lacking ours |> Oracle.set) (Accounts.__default.Lacking theirs)

        same
            "the partial time that counts"
            (Account.judgedPartial ours |> Oracle.set)
            (Accounts.__default.JudgedPartial theirs)

        same "the verdict" (Verdict.ofAccount ours |> Oracle.verdict) (Verdicts.__default.OfAccount theirs)

        for budget in budgets do
            let theirBudget = Oracle.budget budget

            same
                "what is lost"
                (Verdict.lost budget ours |> Oracle.spans)
                (Verdicts.__default.LostSpans(theirBudget, theirs))

            same
                "whether it fails"
                (Verdict.isFailure budget ours)
                (Verdicts.__default.IsFailure(theirBudget, theirs))

// All small streams, around an hour's edge, and all small expectations.

let private edge = 489_619<hour>

let private at (microseconds: int64) : Instant =
    Hour.start edge + microseconds * 1L<instant>

let private span (start: int64) (finish: int64) : Interval = Interval.create (at start) (at finish)

let private set (spans: (int64 * int64) list) : IntervalSet =
    spans
    |> List.map (fun (start, finish) -> span start finish)
    |> IntervalSet.ofIntervals

/// All intervals between two of the points.
let private between (points: int64 list) : (int64 * int64) list =
    [ for start in points do
          for finish in points do
              if start < finish then
                  start, finish ]

/// Every stream of four microseconds, two on either side of the hour's edge: each is covered by a full segment, by a
/// partial one, by nothing, or only begins a segment that has no length.
let private streams: HourFolder list list =
    let rec rows count =
        if count = 0 then
            [ [] ]
        else
            [ for rest in rows (count - 1) do
                  for cell in 0..3 -> cell :: rest ]

    let segment (start: int64) (cell: int) =
        { Start = at start
          Duration = if cell = 3 then Duration.zero else 1L<us>
          Size = 0L
          Kind = if cell = 2 then SegmentKind.Partial else SegmentKind.Full }

    [ for cells in rows 4 ->
          let segments =
              [ for index, cell in List.indexed cells do
                    if cell > 0 then
                        segment (int64 index - 2L) cell ]

          [ for hour, segments in List.groupBy (fun segment -> Hour.ofInstant segment.Start) segments ->
                { Hour = hour
                  Segments = ImmutableArray.CreateRange segments
                  Bad = 0 } ] ]

/// What streams are looked at with: cut nowhere, after an hour, or at both ends.
let private cuts (tolerances: Duration list) (hours: (Hour voption * Hour voption) list) : Settings list =
    [ for tolerance in tolerances do
          for first, last in hours ->
              { Tolerance = tolerance
                FirstHour = first
                LastHour = last } ]

let private given: Expectation =
    { Now = at 5L
      Settling = Duration.zero
      Expected = ValueNone
      Keep = ValueNone
      Acknowledged = IntervalSet.empty
      Unread = IntervalSet.empty
      UnreadReach = IntervalSet.empty }

let private expected: IntervalSet voption list =
    ValueNone
    :: ValueSome IntervalSet.empty
    :: ValueSome(set [ -2L, 0L; 1L, 3L ])
    :: [ for span in between [ -3L; -1L; 0L; 1L; 3L ] -> ValueSome(set [ span ]) ]

let private nows: (Instant * Duration) list =
    [ for now, settling in [ -1L, 0L<us>; 1L, 1L<us>; 5L, 0L<us> ] do
          at now, settling

          if deep then
              at now, 1L<us> - settling ]

/// Every interval acknowledged, at every now.
let private acknowledging: Expectation list =
    [ for expected in expected do
          for acknowledged in [] :: [ for span in between [ -3L .. 3L ] -> [ span ] ] do
              for now, settling in nows ->
                  { given with
                      Now = now
                      Settling = settling
                      Expected = expected
                      Acknowledged = set acknowledged } ]

/// Something unread or no longer kept.
let private unreadOrOld: Expectation list =
    [ for expected in expected do
          for acknowledged in [ []; [ 0L, 1L ] ] do
              for keep in [ ValueNone; ValueSome 1L<us>; ValueSome 3L<us> ] do
                  for start, finish, reach in [ 0L, 0L, 0L; -1L, 0L, 1L; 2L, 3L, 0L ] do
                      for now, settling in nows ->
                          { given with
                              Now = now
                              Settling = settling
                              Expected = expected
                              Acknowledged = set acknowledged
                              Keep = keep
                              Unread = set [ start, finish ]
                              UnreadReach = set [ start, finish + reach ] } ]

let private tolerances = if deep then [ 0L<us>; 1L<us>; 2L<us> ] else [ 1L<us> ]

let private everyAccount (settings: Settings list) (expectations: Expectation list) : int =
    let instants = [ for offset in -4L .. 4L -> at offset ]

    let windows =
        [ span -1L 1L; Interval.ofHour edge; Interval.ofHour (edge - 1<hour>) ]

    let cases =
        [| for settings in settings do
               for folders in streams -> settings, folders |]

    let judge (settings, folders) =
        let compare = sameAccount instants windows (StreamFacts.ofFolders settings folders)

        for expectation in expectations do
            showing (fun () -> $"{text settings folders}\n%A{expectation}") (fun () -> compare expectation)

    cases |> Array.Parallel.iter judge
    cases.Length * expectations.Length

[<Tests>]
let everything =
    // Alone, because it takes all the processors itself.
    testSequenced
    <| testList
        "the account and the model that is proved"
        [ testCase "say the same of every small stream, with every interval acknowledged"
          <| fun () ->
              everyAccount (cuts tolerances [ ValueNone, ValueNone ]) acknowledging
              |> tell "accounts of streams around an hour's edge, with an interval acknowledged"

          testCase "say the same of every small stream, with unread and old time"
          <| fun () ->
              everyAccount (cuts [ 2L<us> ] [ ValueNone, ValueNone ]) unreadOrOld
              |> tell "accounts of streams around an hour's edge, with unread or old time"

          testCase "say the same of every small stream cut at an hour's edge"
          <| fun () ->
              let before = ValueSome(edge - 1<hour>)

              everyAccount
                  (cuts
                      [ 1L<us> ]
                      [ ValueNone, before
                        ValueSome edge, ValueNone
                        before, before
                        before, ValueSome(edge + 1<hour>) ])
                  [ for expectation in unreadOrOld do
                        if expectation.Keep.IsNone then
                            expectation ]
              |> tell "accounts of streams cut at an hour's edge" ]

[<Tests>]
let random =
    testPropertyWithConfig
        { Gen.config with
            maxTest = 1000 * Gen.depth }
        "the account and the model that is proved say the same at random"
    <| fun (Gen.Judged(archive, given)) ->
        let facts = Convert.facts archive
        let report = facts.Report

        let edges =
            [ for interval in Seq.append report.Raw.Holes.Intervals report.PartialOnly.Intervals do
                  interval.Start
                  interval.End ]
            |> List.truncate 12

        let windows =
            [ for edge in edges do
                  Interval.ofHour (Hour.ofInstant edge)
                  Interval.create edge (Instant.add Duration.hour edge) ]

        let instants = [ for edge in edges -> [ edge - 1L<instant>; edge ] ] |> List.concat
        sameAccount instants windows facts (Convert.expectation given)

[<Tests>]
let shortSettling =
    // Why the law that missing stays missing asks for a settling time that is no shorter than the tolerance.
    testCase "a settling time shorter than the tolerance says missing of what will be a rest"
    <| fun () ->
        let facts =
            StreamFacts.ofFolders
                { Tolerance = 10L<us>
                  FirstHour = ValueNone
                  LastHour = ValueNone }
                [ { Hour = edge
                    Segments =
                      ImmutableArray.Create
                          { Start = at 0L
                            Duration = 50L<us>
                            Size = 0L
                            Kind = SegmentKind.Full }
                    Bad = 0 } ]

        let wordAtNow now =
            Account.judge
                { given with
                    Now = at now
                    Expected = ValueSome(set [ 0L, 100L ])
                    Acknowledged = set [ 55L, 100L ] }
                facts
            |> Account.wordAt (at 51L)

        Expect.equal (wordAtNow 53L) (ValueSome Word.Missing) "what is acknowledged is not over yet"
        Expect.equal (wordAtNow 60L) (ValueSome Word.Acknowledged) "a rest"
