namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable

/// One word for each instant of a stream's span (semantics.md section 9). The words' intervals tile the span.
///
/// Covered time and the seams within it are held as one set, `Bridged`: there can be a seam after each segment. All other
/// words are held as sets, disjoint from it but for `partial`, which lies within it, and from each other.
[<NoComparison; ReferenceEquality>]
type Account =
    private
        {
            /// The span.
            Whole: Interval
            /// Covered time with the seams in it; a seam that an edge of X cuts is left out.
            Bridged: IntervalSet
            /// What is expected and kept: `X` from now less `keep` on.
            Wanted: IntervalSet
            /// What was judged.
            Found: StreamFacts
            /// Of them, those that `Bridged` leaves out.
            CutSeams: IntervalSet
            /// By word: all of `partial` to `missing`, but the seams within `Bridged`, and what of these is not wanted.
            Sets: IntervalSet[]
            /// What was judged with.
            Judged: Expectation
        }

    /// The smallest interval that holds the extent, and what is expected and what is unread before now.
    member this.Span = this.Whole

    /// What is expected and kept.
    member this.Expected = this.Wanted

    /// What the stream was judged with.
    member this.Expectation = this.Judged

    /// What was judged.
    member this.Facts = this.Found

/// Judging a stream: from facts to words (semantics.md section 9).
[<RequireQualifiedAccess>]
module Account =

    let private single (interval: Interval) : IntervalSet = IntervalSet.ofIntervals [ interval ]

    let private from (instant: Instant) : IntervalSet =
        single (Interval.create instant Instant.afterAll)

    let private until (instant: Instant) : IntervalSet =
        single (Interval.create Instant.beforeAll instant)

    // Loops, for sequences of structs are compiled anew at every start of the program.
    let private keepIf (answer: Interval -> bool) (set: IntervalSet) : IntervalSet =
        let kept = List<Interval>()

        for interval in set.Intervals do
            if answer interval then
                kept.Add interval

        IntervalSet.ofIntervals kept

    /// Whether an interval that shares no instant with a set has an end in common with an interval of it.
    let private touches (set: IntervalSet) (interval: Interval) : bool =
        IntervalSet.contains (interval.Start - 1L<instant>) set
        || IntervalSet.contains interval.End set

    /// The hours given, as time.
    let private world (settings: Settings) : IntervalSet =
        let first =
            settings.FirstHour
            |> ValueOption.map Hour.start
            |> ValueOption.defaultValue Instant.beforeAll

        let last =
            settings.LastHour
            |> ValueOption.map Hour.finish
            |> ValueOption.defaultValue Instant.afterAll

        single (Interval.create first last)

    /// X of section 9, cut to the hours given.
    let private expected (report: StreamReport) (expectation: Expectation) : IntervalSet =
        let world = world report.Settings

        match expectation.Expected with
        | ValueSome expected -> IntervalSet.intersect world expected
        | ValueNone when report.Settings.FirstHour.IsSome && report.Settings.LastHour.IsSome -> world
        | ValueNone ->
            IntervalSet.union (single report.Extent) expectation.Unread
            |> IntervalSet.hull
            |> single
            |> IntervalSet.intersect world

    /// The seams that an edge of X cuts, and those at an end of the extent, beyond which nothing is covered:
    /// they are judged as any other gap, for only their parts that touch covered time are seams. (A cut by `keep` comes
    /// after this, and leaves both parts what they are.)
    let private cutSeams (facts: StreamFacts) (expected: IntervalSet) : IntervalSet =
        let extent = facts.Report.Extent
        let seams = List<Interval>()

        let cutAt (edge: Instant) =
            let seam = StreamFacts.seamAt edge facts

            if not seam.IsEmpty then
                seams.Add seam

        for interval in expected.Intervals do
            cutAt interval.Start
            cutAt interval.End

        if not extent.IsEmpty then
            cutAt extent.Start
            cutAt (extent.End - 1L<instant>)

        IntervalSet.ofIntervals seams

    /// What would be unknown, ahead, pending or missing, but is a rest: short, and beside an acknowledged interval.
    let private rests (tolerance: Duration) (acknowledged: IntervalSet) (left: IntervalSet) : IntervalSet =
        left
        |> keepIf (fun piece -> piece.Length <= tolerance && touches acknowledged piece)

    /// The span: the smallest interval that holds the extent, and what is expected and what is unread before now.
    let private spanOf
        (report: StreamReport)
        (expectation: Expectation)
        (expected: IntervalSet)
        : IntervalSet =
        let past = until expectation.Now

        single report.Extent
        |> IntervalSet.union (IntervalSet.intersect expected past)
        |> IntervalSet.union (IntervalSet.intersect expectation.Unread past)
        |> IntervalSet.hull
        |> single
        |> IntervalSet.intersect (world report.Settings)

    /// Puts the words of lost time, from `acknowledged` to `missing`, into sets by word: the first that applies.
    let private divide
        (tolerance: Duration)
        (expectation: Expectation)
        (lost: IntervalSet)
        (sets: IntervalSet[])
        : unit =
        let accepted = IntervalSet.intersect lost expectation.Acknowledged
        let left = IntervalSet.subtract lost accepted
        let rest = rests tolerance accepted left
        let mutable left = IntervalSet.subtract left rest
        sets[int Word.Acknowledged] <- IntervalSet.union accepted rest

        let take (word: Word) (applies: IntervalSet) =
            sets[int word] <- IntervalSet.intersect left applies
            left <- IntervalSet.subtract left applies

        take Word.Unknown expectation.UnreadReach
        take Word.Ahead (from expectation.Now)
        take Word.Pending (from (Instant.subtract expectation.Settling expectation.Now))
        sets[int Word.Missing] <- left

    /// Judges a stream.
    let judge (expectation: Expectation) (facts: StreamFacts) : Account =
        let report = facts.Report
        let tolerance = report.Settings.Tolerance
        let expected = expected report expectation
        let span = spanOf report expectation expected

        let wanted =
            match expectation.Keep with
            | ValueSome keep -> IntervalSet.intersect expected (from (Instant.subtract keep expectation.Now))
            | ValueNone -> expected

        let cut = cutSeams facts expected

        let bridged =
            IntervalSet.subtract (IntervalSet.subtract (single report.Extent) report.Raw.Holes) cut

        let loose = IntervalSet.subtract span bridged
        let due = IntervalSet.intersect loose wanted

        let seam =
            IntervalSet.subtract expected bridged
            |> keepIf (fun gap -> gap.Length <= tolerance && touches bridged gap)
            |> IntervalSet.intersect due

        let sets = Array.create Word.all.Length IntervalSet.empty
        sets[int Word.Partial] <- report.PartialOnly
        sets[int Word.Unexpected] <- IntervalSet.subtract loose wanted
        sets[int Word.Seam] <- seam
        divide tolerance expectation (IntervalSet.subtract due seam) sets

        { Whole = IntervalSet.hull span
          Bridged = bridged
          Wanted = wanted
          Found = facts
          CutSeams = cut
          Sets = sets
          Judged = expectation }

    /// The account of the facts alone, in which nothing is missing before or after the extent: `missing` is the holes of
    /// section 3, and `seam` its seams.
    let ofFacts (facts: StreamFacts) : Account =
        judge
            { Expectation.none with
                Expected = ValueSome(single facts.Report.Extent) }
            facts

    /// The instants of a word that is neither `full`, `seam` nor `unexpected`: these wait for `intervals`. O(1).
    let internal set (word: Word) (account: Account) : IntervalSet = account.Sets[int word]

    /// The seams within the bridged time.
    let private bridgedSeams (account: Account) : IntervalSet =
        IntervalSet.subtract (StreamFacts.seams account.Found) account.CutSeams

    /// The instants of a word. For `full`, `seam` and `unexpected` this makes a set of all seams: there can be one after
    /// each segment.
    let intervals (word: Word) (account: Account) : IntervalSet =
        let set = account.Sets[int word]

        match word with
        | Word.Full ->
            IntervalSet.subtract account.Bridged account.Sets[int Word.Partial]
            |> fun covered -> IntervalSet.subtract covered (bridgedSeams account)
        | Word.Seam -> IntervalSet.union set (IntervalSet.intersect (bridgedSeams account) account.Wanted)
        | Word.Unexpected ->
            IntervalSet.union set (IntervalSet.subtract (bridgedSeams account) account.Wanted)
        | _ -> set

    /// The part of `intervals` that lies in a window, without a set of all seams: O(log n + what reaches in).
    let internal intervalsIn (window: Interval) (word: Word) (account: Account) : IntervalSet =
        let cut = IntervalSet.cut window
        let set = cut account.Sets[int word]

        let seamsOf (part: IntervalSet) =
            let seams = List<Interval>()

            for interval in part.Intervals do
                seams.AddRange (StreamFacts.seamsWithin interval account.Found).Intervals

            IntervalSet.subtract (IntervalSet.ofIntervals seams) (cut account.CutSeams)

        match word with
        | Word.Full ->
            IntervalSet.subtract (cut account.Bridged) (cut account.Sets[int Word.Partial])
            |> fun covered -> IntervalSet.subtract covered (seamsOf (single window))
        | Word.Seam -> IntervalSet.union set (seamsOf (cut account.Wanted))
        | Word.Unexpected -> IntervalSet.union set (seamsOf (IntervalSet.gaps window (cut account.Wanted)))
        | _ -> set

    /// How much of a window a set fills.
    let private fills (window: Interval) (set: IntervalSet) : Duration =
        let struct (_, length) = IntervalSet.within window set
        length

    /// How much of a window the seams within the bridged time fill.
    let private seamsIn (account: Account) (window: Interval) : Duration =
        StreamFacts.seamsIn window account.Found - fills window account.CutSeams

    /// How much of a window has each word, by the word's number. The lengths add up to the window's part of the span.
    let lengthsIn (window: Interval) (account: Account) : ImmutableArray<Duration> =
        let lengths = account.Sets |> Array.map (fills window)
        let seams = seamsIn account window
        let mutable wantedSeams = Duration.zero

        for wanted in (IntervalSet.cut window account.Wanted).Intervals do
            wantedSeams <- wantedSeams + seamsIn account wanted

        lengths[int Word.Full] <- fills window account.Bridged - lengths[int Word.Partial] - seams
        lengths[int Word.Seam] <- lengths[int Word.Seam] + wantedSeams
        lengths[int Word.Unexpected] <- lengths[int Word.Unexpected] + seams - wantedSeams
        ImmutableArray.CreateRange lengths

    /// How much time has each word, by the word's number. The lengths add up to the span's.
    let lengths (account: Account) : ImmutableArray<Duration> = lengthsIn account.Whole account

    /// The word of an instant; `ValueNone` outside the span. O(log n).
    let wordAt (instant: Instant) (account: Account) : Word voption =
        let isIn set = IntervalSet.contains instant set

        if not (Interval.contains instant account.Whole) then
            ValueNone
        elif not (isIn account.Bridged) then
            Word.all |> Seq.find (fun word -> isIn account.Sets[int word]) |> ValueSome
        elif isIn account.Sets[int Word.Partial] then
            ValueSome Word.Partial
        elif (StreamFacts.seamAt instant account.Found).IsEmpty then
            ValueSome Word.Full
        elif isIn account.Wanted then
            ValueSome Word.Seam
        else
            ValueSome Word.Unexpected

    /// Whether two accounts of the same facts say the same word of every instant. O(n).
    let internal areSame (one: Account) (other: Account) : bool =
        let noSeams (interval: Interval) = seamsIn one interval = Duration.zero

        obj.ReferenceEquals(one.Found, other.Found)
        && one.Whole = other.Whole
        && one.Bridged = other.Bridged
        && one.Sets.AsSpan().SequenceEqual(other.Sets)
        && Seq.forall noSeams (IntervalSet.subtract one.Wanted other.Wanted).Intervals
        && Seq.forall noSeams (IntervalSet.subtract other.Wanted one.Wanted).Intervals

    /// The part of the wanted time that is over: what completeness is about.
    let private judged (account: Account) : IntervalSet =
        IntervalSet.intersect account.Wanted (until account.Judged.Now)

    /// The part of `partial` that is expected, kept and over.
    let internal judgedPartial (account: Account) : IntervalSet =
        IntervalSet.intersect (judged account) account.Sets[int Word.Partial]

    /// The expected, kept time that is over and lacks something: `partial`, `unknown` and `missing`.
    let internal lacking (account: Account) : IntervalSet =
        account.Sets[int Word.Partial]
        |> IntervalSet.union account.Sets[int Word.Unknown]
        |> IntervalSet.union account.Sets[int Word.Missing]
        |> IntervalSet.intersect (judged account)

    /// How much of the expected, kept time that is over is good.
    let completeness (account: Account) : Completeness =
        let judged = judged account

        let length (set: IntervalSet) =
            (IntervalSet.intersect judged set).Length

        let good =
            length account.Bridged - length account.Sets[int Word.Partial]
            + length account.Sets[int Word.Seam]

        { Good = good
          Whole = good + (lacking account).Length }
