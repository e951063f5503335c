namespace Coverage

/// How a recording stands at an instant (semantics.md section 9).
type internal EdgeWord =
    /// There is no edge, or the last hour that is asked for is over.
    | None = 0uy
    /// It goes on: its latest end is as young as settling allows.
    | Recording = 1uy
    /// Nothing came for a while, and nothing says whether it should.
    | Quiet = 2uy
    /// Nothing came for a while, and more is expected.
    | Stopped = 3uy
    /// Nothing came for a while, and nothing more is expected.
    | Ended = 4uy

/// The edge of a recording.
[<Struct>]
type internal Edge =
    {
        /// How it stands.
        Word: EdgeWord
        /// The latest end of the best segments that have a length and start before now; `ValueNone` when there is none.
        End: Instant voption
        /// How long ago that was, at least zero; `ValueNone` likewise.
        Age: Duration voption
    }

/// Edges of recordings.
[<RequireQualifiedAccess>]
module internal Edge =

    /// Whether time from an instant on is missing, unknown or pending.
    let private isLackingFrom (instant: Instant) (account: Account) : bool =
        [ Word.Missing; Word.Unknown; Word.Pending ]
        |> List.exists (fun word ->
            let intervals = (Account.set word account).Intervals
            not intervals.IsEmpty && intervals[intervals.Length - 1].End > instant)

    /// The edge of a judged stream.
    let ofAccount (asked: Settings) (given: StreamGiven) (account: Account) : Edge =
        let now = account.Expectation.Now
        let edge = StreamFacts.endBefore now account.Facts

        let age =
            edge |> ValueOption.map (fun edge -> max Duration.zero (Instant.until now edge))

        let isOver =
            asked.LastHour |> ValueOption.exists (fun last -> Hour.finish last <= now)

        { End = edge
          Age = age
          Word =
            match edge, age with
            | ValueSome edge, ValueSome age when not isOver ->
                if age <= account.Expectation.Settling then
                    EdgeWord.Recording
                elif given.Expected.IsNone then
                    EdgeWord.Quiet
                elif isLackingFrom edge account then
                    EdgeWord.Stopped
                else
                    EdgeWord.Ended
            | _ -> EdgeWord.None }
