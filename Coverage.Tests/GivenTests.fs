/// What a keeper gives, the edge and the account's hours, against slow models (section 9).
module Coverage.Tests.GivenTests

open System.Collections.Immutable
open System.Text.RegularExpressions
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

// Patterns of streams.

/// Texts of few letters, so that patterns fit often; one letter takes two UTF-16 units.
let private textOf (letters: string list) : Gen<string> =
    Gen.elements letters |> Gen.listOf |> Gen.resize 7 |> Gen.map (String.concat "")

type private Named =
    { Pattern: string
      Channel: string
      Quality: string }

let private named: Gen<Named> =
    gen {
        let! left = textOf [ "a"; "b"; "*"; "?"; "𝄞"; "." ]
        let! right = textOf [ "a"; "*"; "?"; "/"; "[" ]
        let! channel = textOf [ "a"; "b"; "𝄞"; "."; "/" ]
        let! quality = textOf [ "a"; "["; "*" ]

        return
            { Pattern = $"{left}/{right}"
              Channel = channel
              Quality = quality }
    }

/// The pattern as a regular expression.
let private regex (pattern: string) : Regex =
    let one = @"(?:[\uD800-\uDBFF][\uDC00-\uDFFF]|[^/])"

    let part =
        function
        | '*' -> "[^/]*"
        | '?' -> one
        | letter -> Regex.Escape(string letter)

    Regex(@"\A" + (pattern |> Seq.map part |> String.concat "") + @"\z")

// Streams with acknowledgements that end.

/// Each acknowledged span as a line of a file, some of which hold no more at now or only just do.
let private lines (given: Model.Expectation) (choices: int list) : (Model.Interval * int64 option) list =
    let choices = choices @ List.replicate given.Acknowledged.Length 0

    [ for span, choice in Seq.zip given.Acknowledged choices do
          span,
          (match abs (choice % 5) with
           | 1 -> Some given.Now
           | 2 -> Some(given.Now + 1L)
           | 3 -> Some(given.Now - 1L)
           | _ -> None) ]

let private streamGiven
    (given: Model.Expectation)
    (lines: (Model.Interval * int64 option) list)
    : StreamGiven =
    { Expected = given.Expected |> Option.map Convert.intervalSet |> Option.toValueOption
      Acknowledged =
        ImmutableArray.CreateRange
            [ for i, (span, until) in List.indexed lines do
                  { Line = i + 2
                    Streams = Glob.all
                    Time = Convert.interval span
                    Reason = "known"
                    By = ValueNone
                    Until = until |> Option.map Instant.ofMicroseconds |> Option.toValueOption } ]
      Keep = given.Keep |> Option.map Duration.ofMicroseconds |> Option.toValueOption
      Settling = Duration.ofMicroseconds given.Settling }

let private best (archive: Model.Archive) : Model.Segment list =
    Model.foldersRead archive |> List.collect _.Segments |> Model.select |> fst

/// What the model judges by where the core works out settling, reach and what is accepted now.
let private modelExpectation
    (archive: Model.Archive)
    (given: Model.Expectation)
    (lines: (Model.Interval * int64 option) list)
    : Model.Expectation =
    let earlier =
        best archive
        |> List.filter (fun segment -> Model.hourOf segment.Start <= Model.hourOf (max 0L given.Now))

    let inLatestHour =
        earlier
        |> List.filter (fun segment ->
            Model.hourOf segment.Start = (earlier |> List.map (_.Start >> Model.hourOf) |> List.max))

    let longestFull =
        [ for segment in inLatestHour do
              if segment.Kind = Model.Kind.Full then
                  segment.Duration ]

    let listed =
        [ for folder in Model.foldersRead archive do
              for segment in folder.Segments do
                  if segment.Kind <> Model.Kind.Temp then
                      segment.Duration ]

    { given with
        Settling = given.Settling + min Model.hour (List.fold max 0L longestFull)
        Reach =
            if listed.IsEmpty then
                24L * Model.hour
            else
                max (60L * Model.second) (List.max listed)
        Acknowledged =
            [ for span, until in lines do
                  if until |> Option.forall (fun until -> given.Now < until) then
                      span ] }

let private unreadHours (given: Model.Expectation) : Hour list =
    [ for number in given.Unread -> number * 1<hour> ]

let private judge archive given lines =
    let facts = Convert.facts archive

    let expectation =
        Given.expectation
            (Convert.settings archive)
            (unreadHours given)
            (Instant.ofMicroseconds given.Now)
            (streamGiven given lines)
            facts

    Account.judge expectation facts

let private modelled archive given lines =
    Model.account archive (modelExpectation archive given lines)

/// The intervals that touch, as one.
let private glued (pieces: Model.Interval list) : Model.Interval list =
    Convert.ofIntervalSet (Convert.intervalSet pieces)

/// The acknowledged time, each stretch with the number of its line: the pieces that a line accepts go with the first
/// such line, a rest with the first line that accepts what it touches.
let private modelSpans archive given lines : (Model.Interval * int) list =
    let pieces =
        [ for piece, word in modelled archive given lines do
              if word = Model.Word.Acknowledged then
                  piece ]

    let ownerOf ((start, finish): Model.Interval) =
        lines
        |> List.tryFindIndex (fun ((from, until'), until) ->
            until |> Option.forall (fun until -> given.Now < until)
            && from <= start
            && finish <= until')

    let accepted =
        pieces
        |> List.choose (fun piece -> ownerOf piece |> Option.map (fun owner -> piece, owner))

    let rests =
        [ for start, finish in glued (pieces |> List.filter (ownerOf >> Option.isNone)) do
              let owner =
                  accepted
                  |> List.filter (fun ((from, until), _) -> until = start || from = finish)
                  |> List.map snd
                  |> List.min

              (start, finish), owner ]

    accepted @ rests
    |> List.groupBy snd
    |> List.collect (fun (owner, pieces) -> [ for piece in glued (List.map fst pieces) -> piece, owner ])
    |> List.sort

// The account's hours.

/// The hours of a judged stream: those of the report, those unread, and those with time that is not unexpected but for runs
/// of more than 744 without folder or coverage.
let private modelHours (archive: Model.Archive) given lines : int list =
    let report = Model.report archive
    let pieces = modelled archive given lines

    let present =
        [ for folder in Model.foldersRead archive do
              folder.Hour

          for hour in report.Hours do
              if not hour.Raw.Covered.IsEmpty then
                  hour.Hour

          yield! given.Unread ]
        |> set

    let counting =
        [ for (start, finish), word in pieces do
              if word <> Model.Word.Unexpected then
                  Model.hoursOf (start, finish) ]

    let isCounting hour =
        counting |> List.exists (fun (first, last) -> first <= hour && hour <= last)

    let more =
        match pieces with
        | [] -> []
        | _ ->
            let first = pieces |> List.map (fst >> fst) |> List.min |> Model.hourOf

            let last =
                pieces
                |> List.map (fst >> snd >> (fun finish -> finish - 1L))
                |> List.max
                |> Model.hourOf

            let inSpan =
                [ for hour in present do
                      if first <= hour && hour <= last then
                          hour ]

            [ for before, after in List.pairwise ([ first - 1 ] @ inSpan @ [ last + 1 ]) do
                  if after - before - 1 <= 744 then
                      yield! List.filter isCounting [ before + 1 .. after - 1 ] ]

    [ for hour in report.Hours -> hour.Hour ] @ given.Unread @ more
    |> List.distinct
    |> List.sort

[<Tests>]
let tests =
    testList
        "what a keeper gives"
        [ testPropertyWithConfig Gen.config "a glob fits what its regular expression fits"
          <| Prop.forAll (Arb.fromGen named) (fun named ->
              let glob = (Glob.tryParse named.Pattern).Value

              Expect.equal
                  (Glob.matches named.Channel named.Quality glob)
                  (regex(named.Pattern).IsMatch $"{named.Channel}/{named.Quality}")
                  $"{named}")

          testCase "a glob without a / is none, and every stream is every one"
          <| fun () ->
              Expect.equal (Glob.tryParse "desertbus") ValueNone "no /"
              Expect.isTrue (Glob.matches "studio/one" "source" Glob.all) "a channel with a /"
              Expect.isFalse (Glob.isName Glob.all) "no name"
              Expect.isTrue (Glob.isName (Glob.tryParse "a/b").Value) "a name"
              Expect.isFalse (Glob.isName (Glob.tryParse "a?/b").Value) "a wildcard"

          law "judges as the model does, which works out settling, reach and what is accepted now"
          <| fun (Gen.Judged(archive, given)) (choices: int list) ->
              let lines = lines given choices
              let account = judge archive given lines
              let pieces = modelled archive given lines

              for word in Word.all do
                  Expect.equal
                      (Convert.ofIntervalSet (Account.intervals word account))
                      (glued
                          [ for piece, found in pieces do
                                if found.ToString().ToLowerInvariant() = Word.toText word then
                                    piece ])
                      (Word.toText word)

          law "acknowledged time comes with the first line that accepts it"
          <| fun (Gen.Judged(archive, given)) (choices: int list) ->
              let lines = lines given choices

              Expect.equal
                  [ for span in Acknowledgement.spans (streamGiven given lines) (judge archive given lines) do
                        Convert.ofInterval span.Time, span.Line.Line - 2 ]
                  (modelSpans archive given lines)
                  ""

          law "a line is expired, used or unused as the words of its instants say"
          <| fun (Gen.Judged(archive, given)) (choices: int list) ->
              let lines = lines given choices
              let account = judge archive given lines
              let pieces = modelled archive given lines

              for line, ((start, finish), until) in Seq.zip (streamGiven given lines).Acknowledged lines do
                  Expect.equal
                      (Acknowledgement.stateOf account line)
                      (if start >= given.Now then
                           ValueNone
                       elif until |> Option.exists (fun until -> until <= given.Now) then
                           ValueSome AcknowledgementState.Expired
                       elif
                           pieces
                           |> List.exists (fun ((from, until), word) ->
                               word = Model.Word.Acknowledged && from < finish && start < until)
                       then
                           ValueSome AcknowledgementState.Used
                       else
                           ValueSome AcknowledgementState.Unused)
                      $"{line}"

          law "the edge is the latest end before now, and its word the first that applies"
          <| fun (Gen.Judged(archive, given)) ->
              let last = Model.foldersRead archive |> List.map _.Hour |> List.fold max 0

              // Within an earlier hour than the last the core keeps no single segments.
              let given =
                  { given with
                      Now = max given.Now (Model.startOf last) }

              let ends =
                  [ for segment in best archive do
                        if segment.Duration > 0L && segment.Start < given.Now then
                            Model.endOf segment ]

              let account = judge archive given (lines given [])

              let edge = Edge.ofAccount (Convert.settings archive) (streamGiven given []) account

              if ends.IsEmpty then
                  Expect.equal edge.Word EdgeWord.None "no segment"
                  Expect.equal edge.End ValueNone "no end"
              else
                  let end' = List.max ends
                  let age = max 0L (given.Now - end')
                  let settling = (modelExpectation archive given []).Settling

                  let isLacking =
                      modelled archive given (lines given [])
                      |> List.exists (fun ((_, finish), word) ->
                          finish > end'
                          && List.contains
                              word
                              [ Model.Word.Missing; Model.Word.Unknown; Model.Word.Pending ])

                  let isOver =
                      archive.LastHour
                      |> Option.exists (fun hour -> Model.startOf (hour + 1) <= given.Now)

                  Expect.equal edge.End (ValueSome(Instant.ofMicroseconds end')) "the end"
                  Expect.equal edge.Age (ValueSome(Duration.ofMicroseconds age)) "the age"

                  Expect.equal
                      edge.Word
                      (if isOver then EdgeWord.None
                       elif age <= settling then EdgeWord.Recording
                       elif given.Expected.IsNone then EdgeWord.Quiet
                       elif isLacking then EdgeWord.Stopped
                       else EdgeWord.Ended)
                      "the word"

          law "the hours are the model's, and their words add up to its pieces in them"
          <| fun (Gen.Judged(archive, given)) ->
              let lines = lines given []
              let pieces = modelled archive given lines
              let hours = AccountHours.ofAccount (unreadHours given) (judge archive given lines)
              Expect.equal [ for hour in hours -> int hour.Hour ] (modelHours archive given lines) "which"

              for hour in hours do
                  let isUnread = List.contains (int hour.Hour) given.Unread
                  Expect.equal hour.Report.IsNone isUnread $"{hour.Hour} unread"

                  for word in Word.all do
                      Expect.equal
                          hour.Words[int word]
                          (List.sum
                              [ for piece, found in pieces do
                                    if found.ToString().ToLowerInvariant() = Word.toText word then
                                        (Interval.intersect
                                            (Interval.ofHour hour.Hour)
                                            (Convert.interval piece))
                                            .Length ])
                          $"{Hour.toText hour.Hour} {Word.toText word}" ]
