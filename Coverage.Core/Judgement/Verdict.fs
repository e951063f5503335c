namespace Coverage

open System.Collections.Immutable

/// A judged stream in one word: the first of these that applies (semantics.md section 9).
type internal Verdict =
    /// The span is: nothing is known, nothing was expected.
    | Empty = 0uy
    /// Some time is missing.
    | Missing = 1uy
    /// No time is missing, but some hour could not be read.
    | Unknown = 2uy
    /// A segment starts more than five minutes after now: some clock is wrong.
    | Ahead = 3uy
    /// Some time may still come in.
    | Pending = 4uy
    /// Some time is covered by suspect or partial segments alone.
    | Partial = 5uy
    /// Nothing lacks.
    | Complete = 6uy

/// How much may lack before it counts.
[<NoComparison>]
type internal Budget =
    {
        /// No lost span may be longer than this.
        LongestSpan: Duration voption
        /// All lost spans may not be longer than this in total.
        Total: Duration voption
        /// Whether partial-only spans count as lost, each for itself.
        IsStrict: bool
    }

/// Verdicts on accounts.
[<RequireQualifiedAccess>]
module internal Verdict =

    /// How far a start may lie after now before a clock is taken to be wrong.
    let ahead: Duration = Duration.ofSeconds 300L

    /// Whether some segment starts so far after now that a clock must be wrong.
    let private isAhead (account: Account) : bool =
        match StreamFacts.lastStart account.Facts with
        | ValueSome last -> last > Instant.add ahead account.Expectation.Now
        | ValueNone -> false

    /// The stream in one word.
    let ofAccount (account: Account) : Verdict =
        let has word = not (Account.set word account).IsEmpty

        if account.Span.IsEmpty then
            Verdict.Empty
        elif has Word.Missing then
            Verdict.Missing
        elif has Word.Unknown || not account.Expectation.Unread.IsEmpty then
            Verdict.Unknown
        elif isAhead account then
            Verdict.Ahead
        elif has Word.Pending then
            Verdict.Pending
        elif has Word.Partial then
            Verdict.Partial
        else
            Verdict.Complete

    /// The spans that count as lost: those of `missing`, and with a strict budget those of `partial` that are expected,
    /// kept and over.
    let lost (budget: Budget) (account: Account) : ImmutableArray<Interval> =
        let missing = (Account.set Word.Missing account).Intervals

        if budget.IsStrict then
            missing.AddRange (Account.judgedPartial account).Intervals
        else
            missing

    /// Whether more is lost than a budget allows. Without any limit every span is too much.
    let isOver (budget: Budget) (account: Account) : bool =
        let lost = lost budget account

        let isTooLong (limit: Duration) =
            lost |> Seq.exists (fun span -> span.Length > limit)

        let isTooMuch (limit: Duration) =
            (lost |> Seq.sumBy (fun span -> decimal (int64 span.Length))) > decimal (int64 limit)

        match budget.LongestSpan, budget.Total with
        | ValueNone, ValueNone -> not lost.IsEmpty
        | longest, total -> ValueOption.exists isTooLong longest || ValueOption.exists isTooMuch total

    /// Whether a stream fails its check: nothing is known of it, more is lost than the budget allows, some time is
    /// unknown, or a clock is wrong.
    let isFailure (budget: Budget) (account: Account) : bool =
        account.Span.IsEmpty
        || isOver budget account
        || not (Account.set Word.Unknown account).IsEmpty
        || isAhead account
