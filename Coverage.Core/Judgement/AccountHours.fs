namespace Coverage

open System.Collections.Generic
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

    /// Whether an hour holds time that makes it worth reporting though the facts do not report it.
    let private isWorthReporting (account: Account) (hour: Hour) : bool =
        let holds word =
            let struct (count, _) =
                IntervalSet.within (Interval.ofHour hour) (Account.set word account)

            count > 0

        holds Word.Seam
        || holds Word.Acknowledged
        || holds Word.Unknown
        || holds Word.Ahead
        || holds Word.Pending
        || holds Word.Missing

    /// The hours of a judged stream, in order: those of its report, those that could not be read, and those of its span
    /// that hold time that is not `unexpected`.
    let ofAccount (unread: seq<Hour>) (account: Account) : ImmutableArray<AccountHour> =
        // Arrays, lists and dictionaries of the framework: sequences of structs are compiled at every start.
        let hours = Dictionary<Hour, AccountHour>()
        let present = List<Hour>()

        // Of one hour the first of these is taken: what could not be read, what is reported, what is neither.
        let add (hour: Hour) (report: HourReport voption) =
            if not (hours.ContainsKey hour) then
                hours[hour] <-
                    { Hour = hour
                      Report = report
                      Words = Account.lengthsIn (Interval.ofHour hour) account }

        for hour in unread do
            add hour ValueNone
            present.Add hour

        for report in account.Facts.Report.Hours do
            add report.Hour (ValueSome report)

            if
                report.Raw.Covered > Duration.zero
                || (StreamFacts.hour report.Hour account.Facts).IsSome
            then
                present.Add report.Hour

        if not account.Span.IsEmpty then
            present.Sort()
            let before = Hour.ofInstant account.Span.Start - 1<hour>
            let after = Hour.ofInstant (account.Span.End - 1L<instant>) + 1<hour>
            let mutable last = before

            let addRunBefore (next: Hour) =
                if next - last - 1<hour> <= Report.longestRun * 1<hour> then
                    for hour in last + 1<hour> .. 1<hour> .. next - 1<hour> do
                        if isWorthReporting account hour then
                            add hour (ValueSome(nothing hour))

                last <- next

            for hour in present do
                if before < hour && hour < after then
                    addRunBefore hour

            addRunBefore after

        let sorted = List<AccountHour>(hours.Values)
        sorted.Sort(fun one other -> compare one.Hour other.Hour)
        ImmutableArray.CreateRange sorted

    /// Those of the hours, in order, that reach into a window. O(log n + how many these are).
    let within (window: Interval) (hours: ImmutableArray<AccountHour>) : ImmutableArray<AccountHour> =
        let first =
            Search.firstWhere hours.Length (fun i -> Hour.finish hours[i].Hour > window.Start)

        let past =
            Search.firstWhere hours.Length (fun i -> Hour.start hours[i].Hour >= window.End)

        if past - first = hours.Length then
            hours
        else
            hours.Slice(first, past - first)
