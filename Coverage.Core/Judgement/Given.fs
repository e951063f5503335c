namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.Text

/// Which streams something is about: a pattern of `CHANNEL/QUALITY` (semantics.md section 9.1).
[<CustomEquality; NoComparison>]
type internal Glob =
    private
        {
            Text: string
            /// What lies between its `/`; nothing at all of the pattern of every stream.
            Parts: Rune[][]
        }

    override this.ToString() = this.Text

    override this.Equals other =
        (match other with
         | :? Glob as other -> other.Text = this.Text
         | _ -> false)

    override this.GetHashCode() =
        this.Text.GetHashCode StringComparison.Ordinal

/// Patterns of streams.
[<RequireQualifiedAccess>]
module internal Glob =

    let private parts (text: string) : Rune[][] =
        text.Split '/' |> Array.map (fun part -> Seq.toArray (part.EnumerateRunes()))

    /// The pattern of a text: `*` is any text without `/`, `?` one character that is not `/`, everything else is itself.
    /// `ValueNone` of a text without a `/`. It can have several, as channels can.
    let tryParse (text: string) : Glob voption =
        if text.Contains '/' then
            ValueSome { Text = text; Parts = parts text }
        else
            ValueNone

    /// Every stream, also of channels with a `/`.
    let all: Glob =
        { Text = "every stream"
          Parts = Array.empty }

    /// Whether a pattern has no wildcard: it names one stream.
    let isName (glob: Glob) : bool =
        glob.Parts.Length > 0 && glob.Text.AsSpan().IndexOfAny('*', '?') < 0

    let private fits (pattern: Rune[]) (text: Rune[]) : bool =
        // Where the latest star is, and how far the text was then: a star that took too little takes one character more.
        let mutable star, taken = -1, 0
        let mutable at, read = 0, 0
        let mutable isOpen = true

        while isOpen && read < text.Length do
            if at < pattern.Length && pattern[at] = Rune '*' then
                star <- at
                taken <- read
                at <- at + 1
            elif at < pattern.Length && (pattern[at] = Rune '?' || pattern[at] = text[read]) then
                at <- at + 1
                read <- read + 1
            elif star >= 0 then
                taken <- taken + 1
                at <- star + 1
                read <- taken
            else
                isOpen <- false

        isOpen && pattern.AsSpan(at).TrimStart(Rune '*').IsEmpty

    /// Whether a pattern is about a stream. No wildcard reaches over a `/`, so each part is matched for itself.
    let matches (channel: string) (quality: string) (glob: Glob) : bool =
        glob.Parts.Length = 0
        || (let name = parts $"{channel}/{quality}"
            name.Length = glob.Parts.Length && Array.forall2 fits glob.Parts name)

/// When some streams should be there.
[<NoComparison>]
type internal ExpectedSpan =
    {
        /// Which streams.
        Streams: Glob
        /// When.
        Time: Interval
    }

/// A loss that is known and accepted.
[<NoComparison>]
type internal Acknowledgement =
    {
        /// The line of the file that says so, the header being 1.
        Line: int
        /// Of which streams.
        Streams: Glob
        /// Of which time.
        Time: Interval
        /// Why it is accepted.
        Reason: string
        /// Who accepts it, where the file says so.
        By: string voption
        /// From when on it is accepted no more, where the file says so.
        Until: Instant voption
    }

/// What the keeper of an archive gives to judge its streams by.
[<NoComparison>]
type internal Given =
    {
        /// When streams are expected; `ValueNone` when nothing was given, not even that nothing is.
        Expected: ImmutableArray<ExpectedSpan> voption
        /// The losses that are accepted.
        Acknowledged: ImmutableArray<Acknowledgement>
        /// How long recordings are kept, where they are not kept for ever.
        Keep: Duration voption
        /// How long after it was live a time may still come in, beside the longest segment.
        Settling: Duration
    }

/// What of it is about one stream: worked out once, for it does not change with the time.
[<NoComparison>]
type internal StreamGiven =
    {
        /// When it is expected; `ValueNone` when nothing was given of any stream.
        Expected: IntervalSet voption
        /// The losses of it that are accepted, in the order of the file.
        Acknowledged: ImmutableArray<Acknowledgement>
        /// As in `Given`.
        Keep: Duration voption
        /// As in `Given`.
        Settling: Duration
    }

/// What a keeper gives, and what it means for a stream at an instant (semantics.md section 9).
[<RequireQualifiedAccess>]
module internal Given =

    /// The settling time by default: 240 s.
    let settling: Duration = Duration.ofSeconds 240L

    /// Nothing.
    let nothing: Given =
        { Expected = ValueNone
          Acknowledged = ImmutableArray.Empty
          Keep = ValueNone
          Settling = settling }

    /// What of it is about a stream.
    let ofStream (channel: string) (quality: string) (given: Given) : StreamGiven =
        let isAbout glob = Glob.matches channel quality glob

        let times (spans: ImmutableArray<ExpectedSpan>) =
            let times = List<Interval>()

            for span in spans do
                if isAbout span.Streams then
                    times.Add span.Time

            IntervalSet.ofIntervals times

        { Expected = ValueOption.map times given.Expected
          Acknowledged =
            given.Acknowledged
            |> Seq.filter (fun line -> isAbout line.Streams)
            |> ImmutableArray.CreateRange
          Keep = given.Keep
          Settling = given.Settling }

    /// The acknowledgements that hold at an instant.
    let private holding (now: Instant) (given: StreamGiven) : IntervalSet =
        let times = List<Interval>()

        for line in given.Acknowledged do
            if line.Until |> ValueOption.forall (fun until -> now < until) then
                times.Add line.Time

        IntervalSet.ofIntervals times

    /// How far unread segments may reach past their hour: as far as the longest that was read.
    let private reach (facts: StreamFacts) : Duration =
        match StreamFacts.longest facts with
        | ValueSome longest -> max longest (Duration.ofSeconds 60L)
        | ValueNone -> Duration.ofSeconds 86_400L

    /// What is expected of a stream where nothing was given: the range of hours that was asked for, when it has both
    /// ends; else from the first to the last that is there.
    let private unlessGiven (asked: Settings) (unread: IntervalSet) (facts: StreamFacts) : IntervalSet =
        match asked.FirstHour, asked.LastHour with
        | ValueSome first, ValueSome last ->
            IntervalSet.ofIntervals [ Interval.create (Hour.start first) (Hour.finish last) ]
        | _ ->
            let extent = IntervalSet.ofIntervals [ facts.Report.Extent ]
            IntervalSet.ofIntervals [ IntervalSet.hull (IntervalSet.union extent unread) ]

    /// What a stream is judged with at an instant.
    /// <param name="asked">The hours that were asked for. Those of the facts can be fewer, where hours are ahead.</param>
    /// <param name="unread">The hours whose folders are there and could not be read.</param>
    /// <param name="now">The instant.</param>
    /// <param name="given">What was given of the stream.</param>
    /// <param name="facts">What was read.</param>
    let expectation
        (asked: Settings)
        (unread: seq<Hour>)
        (now: Instant)
        (given: StreamGiven)
        (facts: StreamFacts)
        : Expectation =
        let reach = reach facts
        let hours, reaches = List<Interval>(), List<Interval>()

        for hour in unread do
            let hour = Interval.ofHour hour
            hours.Add hour
            reaches.Add(Interval.create hour.Start (Instant.add reach hour.End))

        let unread = IntervalSet.ofIntervals hours

        { Now = now
          Settling = given.Settling + min Duration.hour (StreamFacts.longestFullAt now facts)
          Expected =
            given.Expected
            |> ValueOption.defaultWith (fun () -> unlessGiven asked unread facts)
            |> ValueSome
          Keep = given.Keep
          Acknowledged = holding now given
          Unread = unread
          UnreadReach = IntervalSet.ofIntervals reaches }

/// What became of an acknowledgement.
type internal AcknowledgementState =
    /// Some time of it has the word `acknowledged`.
    | Used = 0uy
    /// What it accepts the loss of is there.
    | Unused = 1uy
    /// It holds no more.
    | Expired = 2uy

/// A stretch of acknowledged time, and the first line that accepts it.
[<Struct; NoComparison>]
type internal AcknowledgedSpan =
    {
        /// The stretch.
        Time: Interval
        /// The line.
        Line: Acknowledgement
    }

/// What acknowledgements excuse in a judged stream (semantics.md section 9).
[<RequireQualifiedAccess>]
module internal Acknowledgement =

    /// What became of a line about the stream; `ValueNone` of one that is wholly after now.
    let stateOf (account: Account) (line: Acknowledgement) : AcknowledgementState voption =
        let now = account.Expectation.Now

        if line.Time.Start >= now then
            ValueNone
        elif line.Until |> ValueOption.exists (fun until -> now >= until) then
            ValueSome AcknowledgementState.Expired
        elif (IntervalSet.cut line.Time (Account.set Word.Acknowledged account)).IsEmpty then
            ValueSome AcknowledgementState.Unused
        else
            ValueSome AcknowledgementState.Used

    /// The acknowledged time in order, each stretch with the first line that accepts it; a rest goes with the line it
    /// touches, of two the first.
    let spans (given: StreamGiven) (account: Account) : ImmutableArray<AcknowledgedSpan> =
        let now = account.Expectation.Now

        let lines =
            given.Acknowledged
            |> Seq.filter (fun line -> line.Until |> ValueOption.forall (fun until -> now < until))
            |> Seq.toArray

        let mutable left = Account.set Word.Acknowledged account
        let parts = Array.create lines.Length IntervalSet.empty

        for i in 0 .. lines.Length - 1 do
            parts[i] <- IntervalSet.cut lines[i].Time left
            left <- IntervalSet.subtract left parts[i]

        for rest in left.Intervals do
            let touches (part: IntervalSet) =
                IntervalSet.contains (rest.Start - 1L<instant>) part
                || IntervalSet.contains rest.End part

            let first = Array.FindIndex(parts, touches)
            parts[first] <- IntervalSet.union parts[first] (IntervalSet.ofIntervals [ rest ])

        [| for i in 0 .. lines.Length - 1 do
               for interval in parts[i].Intervals do
                   { Time = interval; Line = lines[i] } |]
        |> Array.sortBy _.Time.Start
        |> ImmutableArray.CreateRange
