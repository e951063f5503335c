namespace Coverage

open System.Collections.Immutable

/// An hour of a judged stream (semantics.md section 9).
[<NoComparison>]
type internal AccountHour =
    {
        /// The hour.
        Hour: Hour
        /// Its facts; `ValueNone` of an hour whose folder is there and could not be read.
        Report: HourReport voption
        /// How much of it has each word, by the word's number.
        Words: ImmutableArray<Duration>
    }

/// The hours of judged streams.
[<RequireQualifiedAccess>]
module internal AccountHours =

    /// The facts of an hour that has no folder and that the extent does not reach into.
    let private nothing (hour: Hour) : HourReport =
        let coverage: HourCoverage =
            { Covered = Duration.zero
              Holes = 0
              HoleLength = Duration.zero
              SeamLength = Duration.zero }

        { Hour = hour
          Window = Interval.empty
          Segments = ByKind.none
          Temp = 0
          Bad = 0
          Overlaps = ByKind.none
          Raw = coverage
          Editable = coverage
          PartialOnly = Duration.zero }

    /// The time that makes an hour worth reporting though the facts do not report it.
    let private worthReporting (account: Account) : IntervalSet =
        [ Word.Seam
          Word.Acknowledged
          Word.Unknown
          Word.Ahead
          Word.Pending
          Word.Missing ]
        |> List.map (fun word -> Account.set word account)
        |> List.fold IntervalSet.union IntervalSet.empty

    /// The hours of a span between hours that have a folder or coverage, without the runs of them that are too long.
    let private between (span: Interval) (present: Hour[]) : seq<Hour> =
        if span.IsEmpty then
            Seq.empty
        else
            let before = Hour.ofInstant span.Start - 1<hour>
            let after = Hour.ofInstant (span.End - 1L<instant>) + 1<hour>
            let inSpan = present |> Array.filter (fun hour -> before < hour && hour < after)

            Seq.append (Seq.append [ before ] inSpan) [ after ]
            |> Seq.pairwise
            |> Seq.filter (fun (one, next) -> next - one - 1<hour> <= Report.longestRun * 1<hour>)
            |> Seq.collect (fun (one, next) -> seq { one + 1<hour> .. 1<hour> .. next - 1<hour> })

    /// The hours of a judged stream, in order: those of its report, those that could not be read, and those of its span
    /// that hold time that is not `unexpected`.
    let ofAccount (unread: seq<Hour>) (account: Account) : ImmutableArray<AccountHour> =
        let reports =
            account.Facts.Report.Hours |> Seq.map (fun hour -> hour.Hour, ValueSome hour)

        let unread = unread |> Seq.map (fun hour -> hour, ValueNone) |> Seq.toArray
        let worthReporting = worthReporting account

        let isPresent (hour: HourReport) =
            hour.Raw.Covered > Duration.zero
            || (StreamFacts.hour hour.Hour account.Facts).IsSome

        let present =
            account.Facts.Report.Hours
            |> Seq.filter isPresent
            |> Seq.map _.Hour
            |> Seq.append (Seq.map fst unread)
            |> Seq.distinct
            |> Seq.sort
            |> Seq.toArray

        let more =
            between account.Span present
            |> Seq.filter (fun hour -> not (IntervalSet.cut (Interval.ofHour hour) worthReporting).IsEmpty)
            |> Seq.map (fun hour -> hour, ValueSome(nothing hour))

        // Of one hour the first of these is taken: what could not be read, what is reported, what is neither.
        Seq.concat [ Seq.ofArray unread; reports; more ]
        |> Seq.distinctBy fst
        |> Seq.sortBy fst
        |> Seq.map (fun (hour, report) ->
            { Hour = hour
              Report = report
              Words = Account.lengthsIn (Interval.ofHour hour) account })
        |> ImmutableArray.CreateRange
