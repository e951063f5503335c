/// The account against a model that asks of every piece of time what the first word is that applies (section 9).
module Coverage.Tests.AccountTests

open Expecto
open FsCheck
open Coverage

let private word (word: Model.Word) : Word =
    match word with
    | Model.Word.Full -> Word.Full
    | Model.Word.Partial -> Word.Partial
    | Model.Word.Unexpected -> Word.Unexpected
    | Model.Word.Seam -> Word.Seam
    | Model.Word.Acknowledged -> Word.Acknowledged
    | Model.Word.Unknown -> Word.Unknown
    | Model.Word.Ahead -> Word.Ahead
    | Model.Word.Pending -> Word.Pending
    | Model.Word.Missing -> Word.Missing

let private judge archive given =
    Account.judge (Convert.expectation given) (Convert.facts archive)

let private modelled archive given : (Model.Interval * Word) list =
    [ for piece, found in Model.account archive given -> piece, word found ]

/// Windows that begin and end at pieces of the model, and at hours around them.
let private windows (pieces: (Model.Interval * Word) list) : Interval list =
    [ for (start, finish), _ in List.truncate 12 pieces do
          Convert.interval (start, finish)
          Convert.interval (start - 1L, finish + 1L)
          Interval.ofHour (Hour.ofInstant (Instant.ofMicroseconds start))
          Convert.interval (start, finish + 3L * Model.hour) ]

[<Tests>]
let accounts =
    testList
        "the account"
        [ law "says the model's word of every instant"
          <| fun (Gen.Judged(archive, given)) ->
              let account = judge archive given
              let pieces = modelled archive given

              for each in Word.all do
                  Expect.equal
                      (Convert.ofIntervalSet (Account.intervals each account))
                      (Convert.ofIntervalSet (
                          Convert.intervalSet
                              [ for piece, word in pieces do
                                    if word = each then
                                        piece ]
                      ))
                      (Word.toText each)

              for (start, finish), expected in pieces do
                  for instant in [ start; finish - 1L ] do
                      Expect.equal
                          (Account.wordAt (Instant.ofMicroseconds instant) account)
                          (ValueSome expected)
                          $"{instant}"

          law "adds up, in any window, to the model's pieces of it"
          <| fun (Gen.Judged(archive, given)) ->
              let account = judge archive given
              let pieces = modelled archive given

              for window in account.Span :: windows pieces do
                  let inWindow asked =
                      [ for piece, word in pieces do
                            if word = asked then
                                (Interval.intersect window (Convert.interval piece)).Length ]
                      |> List.sum

                  Expect.equal
                      (List.ofSeq (Account.lengthsIn window account))
                      [ for asked in Word.all -> inWindow asked ]
                      $"{window}"

          law "tiles the span"
          <| fun (Gen.Judged(archive, given)) ->
              let account = judge archive given
              let words = [ for each in Word.all -> Account.intervals each account ]

              Expect.equal
                  (List.reduce IntervalSet.union words)
                  (IntervalSet.ofIntervals [ account.Span ])
                  "nothing is left out"

              Expect.equal (words |> List.sumBy _.Length) account.Span.Length "nothing is said twice"

              Expect.equal (Seq.sum (Account.lengths account)) account.Span.Length "the lengths add up"

          law "of the facts alone says missing of the holes, and seam of the seams"
          <| fun (archive: Model.Archive) ->
              let facts = Convert.facts archive
              let report = facts.Report
              let account = Account.ofFacts facts
              Expect.equal (Account.intervals Word.Missing account) report.Raw.Holes "missing"
              Expect.equal (Account.lengths account).[int Word.Seam] report.Raw.SeamLength "seams"
              Expect.equal (Account.intervals Word.Partial account) report.PartialOnly "partial"
              Expect.equal account.Span report.Extent "the span"
              Expect.equal (Account.intervals Word.Unexpected account) IntervalSet.empty "nothing else"

          law "never says missing of more when more is acknowledged"
          <| fun (Gen.Judged(archive, given)) ->
              let less =
                  judge
                      archive
                      { given with
                          Acknowledged = List.truncate 1 given.Acknowledged }

              let more = judge archive given

              Expect.equal
                  (IntervalSet.subtract
                      (Account.intervals Word.Missing more)
                      (Account.intervals Word.Missing less))
                  IntervalSet.empty
                  ""

          law "goes on saying missing as time goes by, unless it is no longer kept, or a rest"
          <| fun (Gen.Judged(archive, given)) (later: uint32) ->
              // What is expected does not change with now only when it is given, or follows from the facts.
              let given =
                  { given with
                      Keep = None
                      Acknowledged = [] }

              let now = judge archive given

              let next =
                  judge
                      archive
                      { given with
                          Now = given.Now + int64 later }

              Expect.equal
                  (IntervalSet.subtract
                      (Account.intervals Word.Missing now)
                      (Account.intervals Word.Missing next))
                  IntervalSet.empty
                  ""

          law "of the facts alone is the status in one word, and as complete as the report"
          <| fun (archive: Model.Archive) ->
              let account = Convert.account archive
              let report = account.Facts.Report

              Expect.equal
                  (Verdict.ofAccount account)
                  (match report.Status with
                   | Status.Empty -> Verdict.Empty
                   | Status.Incomplete -> Verdict.Missing
                   | Status.Partial -> Verdict.Partial
                   | _ -> Verdict.Complete)
                  ""

              Expect.equal (Account.completeness account) (Report.completeness report) ""

          law "is complete, by its own measure, exactly when nothing that counts lacks"
          <| fun (Gen.Judged(archive, given)) ->
              let account = judge archive given
              let { Good = good; Whole = total } = Account.completeness account

              let counts (start: int64) =
                  start < given.Now
                  && IntervalSet.contains (Instant.ofMicroseconds start) account.Expected

              let sum words =
                  [ for (start, finish), found in modelled archive given do
                        if counts start && List.contains found words then
                            (Interval.create
                                (Instant.ofMicroseconds start)
                                (min (Instant.ofMicroseconds finish) (Instant.ofMicroseconds given.Now)))
                                .Length ]
                  |> List.sum

              Expect.equal good (sum [ Word.Full; Word.Seam ]) "good"
              Expect.equal total (sum [ Word.Full; Word.Seam; Word.Partial; Word.Unknown; Word.Missing ]) "of"

          law "is drawn with the worst word of each cell, where seams whiten none"
          <| fun (Gen.Judged(archive, given)) ->
              let account = judge archive given
              let pieces = modelled archive given
              let scale = (MapScale.tryCreate 900<s> 4).Value

              let cellOf (word: Word) : Cell =
                  match word with
                  | Word.Full
                  | Word.Seam -> Cell.Full
                  | Word.Partial -> Cell.Partial
                  | Word.Unexpected -> Cell.Unexpected
                  | Word.Acknowledged -> Cell.Acknowledged
                  | Word.Pending -> Cell.Pending
                  | Word.Unknown -> Cell.Unknown
                  | _ -> Cell.None

              let worst: Cell list =
                  [ Cell.None
                    Cell.Unknown
                    Cell.Pending
                    Cell.Acknowledged
                    Cell.Unexpected
                    Cell.Partial
                    Cell.Full ]

              let isInSeam (start, _) =
                  not (StreamFacts.seamAt (Instant.ofMicroseconds start) account.Facts).IsEmpty

              let shown (window: Interval) (ofUnexpectedSeam: Cell) : Cell =
                  let within =
                      pieces
                      |> List.filter (
                          fst >> Convert.interval >> Interval.intersect window >> _.IsEmpty >> not
                      )

                  let seen =
                      within
                      |> List.sumBy (fun (piece, _) ->
                          (Interval.intersect window (Convert.interval piece)).Length)

                  let cells =
                      [ for piece, found in within ->
                            if found = Word.Unexpected && isInSeam piece then
                                ofUnexpectedSeam
                            else
                                cellOf found ]

                  if seen < window.Length then
                      Cell.None
                  else
                      worst |> List.find (fun cell -> List.contains cell cells)

              match Map.hoursOf account with
              | ValueSome(Ok(struct (first, last))) when last - first < 60<hour> ->
                  match Map.part scale first last account with
                  | Error error -> failtest $"{error}"
                  | Ok map ->
                      for at in 0 .. map.Cells.Length - 1 do
                          let window =
                              Interval.ofLength
                                  (Instant.add (Duration.ofSeconds (900L * int64 at)) (Hour.start first))
                                  (Duration.ofSeconds 900L)

                          let cell = map.Cells.Span[at]

                          Expect.isTrue
                              (cell = shown window Cell.Full || cell = shown window Cell.Unexpected)
                              $"{cell} at {window}"
              | _ -> () ]
