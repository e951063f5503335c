namespace Coverage

open System
open System.Collections.Immutable
open System.Runtime.InteropServices
open System.Text

/// The engine as C# calls it: plain numbers with their units in the names, nullables for what may be absent, and no
/// logic of its own. Hours are numbers of whole hours since the Unix epoch, UTC.
[<AbstractClass; Sealed>]
type internal Engine =

    /// The hour of a folder's name; false when the name is no hour.
    static member TryParseHour(name: string, [<Out>] hour: byref<int>) : bool =
        match Hour.tryParse name with
        | ValueSome parsed ->
            hour <- int parsed
            true
        | ValueNone -> false

    /// The folder's name of an hour: `2025-11-07T18`.
    static member HourText(hour: int) : string = Hour.toText (hour * 1<hour>)

    /// An instant as `2025-11-07T18:00:00.000000Z`.
    static member InstantText(microseconds: int64) : string =
        Instant.toText (Instant.ofMicroseconds microseconds)

    /// A length in seconds, exact, without trailing zeros.
    static member Seconds(microseconds: int64) : decimal =
        Duration.toSeconds (Duration.ofMicroseconds microseconds)

    /// Any text as text that is safe on one line.
    static member Printable(text: string) : string =
        SegmentName.printable (ReadOnlySpan(Encoding.UTF8.GetBytes text))

    /// Any bytes as text that is safe on one line.
    static member Printable(bytes: ReadOnlySpan<byte>) : string = SegmentName.printable bytes

    /// A name for formats that can write a line end and no other control character; see `SegmentName.percentEncoded`.
    static member PercentEncoded(name: string) : string = SegmentName.percentEncoded name

    /// Whether a name is a deletion mark's; `Read` needs all of those, files and folders.
    static member IsMark(name: ReadOnlySpan<byte>) : bool = Listing.isMark name

    /// Whether a file of this name is listed; `Read` needs those that are no folders.
    static member IsListed(name: ReadOnlySpan<byte>) : bool = Listing.isListed name

    /// What the names of an hour's folder say; see `Listing.read`.
    static member Read(hour: int, names: ReadOnlySpan<byte>) : Listing = Listing.read (hour * 1<hour>) names

    /// The name that begins at a place in a block of names.
    static member NameAt(start: int, names: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        Listing.nameAt start names

    /// The segments of a folder whose file sizes decide and are not known; see `Selection.contested`.
    static member Contested(folder: HourFolder) : ImmutableArray<int> = Selection.contested folder.Segments

    /// A folder with sizes in bytes for some of its segments, -1 for a file that is gone; see `HourFolder.withSizes`.
    static member WithSizes(folder: HourFolder, indices: ImmutableArray<int>, sizes: ImmutableArray<int64>) =
        HourFolder.withSizes indices sizes folder

    /// Those whose file sizes decide what is cut from, and are not known; see `CutChoice.contested`.
    static member ContestedForCut(folder: HourFolder) : ImmutableArray<int> =
        CutChoice.contested folder.Segments

    /// The places of those that are best for a cut; see `CutChoice.best`.
    static member BestForCut
        (unsized: Unsized, folder: HourFolder, nameOf: Func<int, byte[]>)
        : ImmutableArray<int> =
        CutChoice.best unsized nameOf.Invoke folder.Segments

    /// An interval from one instant to another.
    static member Interval(startMicroseconds: int64, endMicroseconds: int64) : Interval =
        Interval.create (Instant.ofMicroseconds startMicroseconds) (Instant.ofMicroseconds endMicroseconds)

    /// A folder with a duration in microseconds for each of its segments, -1 for a file that is gone; see
    /// `HourFolder.withDurations`.
    static member WithDurations(folder: HourFolder, microseconds: ImmutableArray<int64>) : HourFolder =
        HourFolder.withDurations
            (microseconds |> Seq.map Duration.ofMicroseconds |> ImmutableArray.CreateRange)
            folder

    /// What is wrong with the file of a name that fits; see `Findings.ofFile`.
    static member Verify
        (declaredMicroseconds: int64, name: ReadOnlySpan<byte>, facts: TsFacts, digest: ReadOnlySpan<byte>)
        : Verified =
        Findings.ofFile (Duration.ofMicroseconds declaredMicroseconds) (NameScan.hash name) facts digest

    /// The fixed hash of a name; see `Part.hash`.
    static member PartHash(name: ReadOnlySpan<byte>) : uint64 = Part.hash name

    /// The names that a part chooses; see `Part.sample`.
    static member Sample(part: Part, all: seq<Candidate>) : Sample = Part.sample part all

    /// The best segments of a folder, and its counts; see `Selection.ofFolder`.
    static member Select(folder: HourFolder) : HourSelection = Selection.ofFolder folder

    /// What is handed to the first hour.
    static member Start: Carry = Timeline.start

    /// What an hour adds to its stream, and where; see `Timeline.sweep`.
    static member Step(toleranceMicroseconds: int64, carry: Carry, hour: HourSelection) : HourDetail =
        Timeline.sweep (Duration.ofMicroseconds toleranceMicroseconds) carry hour

    /// A detail with the best segments it was swept from; see `HourDetail.withBest`.
    static member WithBest(hour: HourSelection, detail: HourDetail) : HourDetail =
        HourDetail.withBest hour detail

    /// A detail without its best segments; see `HourDetail.withoutBest`.
    static member WithoutBest(detail: HourDetail) : HourDetail = HourDetail.withoutBest detail

    /// Whether two details of an hour say the same.
    static member AreSame(one: HourDetail, other: HourDetail) : bool = HourDetail.areSame one other

    /// An hour looked at closely; see `Closeup.ofHour`. Null when it is not reported.
    static member Closeup(facts: StreamFacts, hour: int) : Closeup | null =
        match Closeup.ofHour facts (hour * 1<hour>) with
        | ValueSome closeup -> closeup
        | ValueNone -> null

    /// The changes before there is a second account; see `Changes.first`.
    static member FirstChanges(nowMicroseconds: int64, account: Account) : Changes =
        Changes.first (Instant.ofMicroseconds nowMicroseconds) account

    /// The changes when an account stays; see `Changes.again`.
    static member NoChanges(before: Changes) : Changes = Changes.again before

    /// What the next account has other than the earlier one; see `Changes.next`.
    static member NextChanges
        (nowMicroseconds: int64, before: Changes, earlier: Account, account: Account)
        : Changes =
        Changes.next (Instant.ofMicroseconds nowMicroseconds) before earlier account

    /// Whether an hour is reported; see `StreamFacts.report`.
    static member IsReported(facts: StreamFacts, hour: int) : bool =
        (StreamFacts.report (hour * 1<hour>) facts).IsSome

    /// What the hours before an hour hand on to it; see `StreamFacts.carryInto`.
    static member CarryInto(facts: StreamFacts, hour: int) : Carry =
        StreamFacts.carryInto (hour * 1<hour>) facts

    /// A query for spans: from one instant to another, at least so long, those closer than a length as one.
    static member SpanQuery
        (
            startMicroseconds: int64,
            endMicroseconds: int64,
            shortestMicroseconds: int64,
            mergeMicroseconds: int64
        ) : SpanQuery =
        { Window =
            Interval.create
                (Instant.ofMicroseconds startMicroseconds)
                (Instant.ofMicroseconds endMicroseconds)
          Shortest = Duration.ofMicroseconds shortestMicroseconds
          Merge = Duration.ofMicroseconds mergeMicroseconds }

    /// What is asked for of a set; see `SpanQuery.ofSet`.
    static member Select(query: SpanQuery, set: IntervalSet) : ImmutableArray<Interval> =
        SpanQuery.ofSet query set

    /// What is asked for of the time that has a word; see `SpanQuery.ofWord`.
    static member SelectWord(query: SpanQuery, account: Account, word: Word) : ImmutableArray<Interval> =
        SpanQuery.ofWord query word account

    /// What is asked for of the overlaps; see `SpanQuery.ofOverlaps`.
    static member SelectOverlaps(query: SpanQuery, facts: StreamFacts) : ImmutableArray<Interval> =
        SpanQuery.ofOverlaps query facts

    /// What is asked for of that which lies between holes; see `SpanQuery.ofSpans`.
    static member SelectSpans
        (query: SpanQuery, extent: Interval, holes: IntervalSet)
        : ImmutableArray<Interval> =
        SpanQuery.ofSpans query extent holes

    /// Those of the hours that reach into the window of a query; see `AccountHours.within`.
    static member Select(query: SpanQuery, hours: ImmutableArray<AccountHour>) : ImmutableArray<AccountHour> =
        AccountHours.within query.Window hours

    /// The account of the facts alone; see `Account.ofFacts`.
    static member Account(facts: StreamFacts) : Account = Account.ofFacts facts

    /// Whether two accounts say the same; see `Account.areSame`.
    static member AreSame(one: Account, other: Account) : bool = Account.areSame one other

    /// The instants of a word that is neither `full`, `seam` nor `unexpected`; see `Account.set`.
    static member Set(account: Account, word: Word) : IntervalSet = Account.set word account

    /// The instants of a word; see `Account.intervalsIn`.
    static member Words(account: Account, word: Word) : IntervalSet =
        Account.intervalsIn account.Span word account

    /// How much may lack before a check fails; see `Budget`. Null for no limit.
    static member Budget
        (longestMicroseconds: Nullable<int64>, totalMicroseconds: Nullable<int64>, isStrict: bool)
        : Budget =
        let length (given: Nullable<int64>) =
            if given.HasValue then
                ValueSome(Duration.ofMicroseconds given.Value)
            else
                ValueNone

        { LongestSpan = length longestMicroseconds
          Total = length totalMicroseconds
          IsStrict = isStrict }

    /// Whether a stream fails its check; see `Verdict.isFailure`.
    static member IsFailure(budget: Budget, account: Account) : bool = Verdict.isFailure budget account

    /// A stream at a glance, in at most so many parts; see `Sparkline.ofAccount`.
    static member Sparkline(most: int, account: Account) : ImmutableArray<decimal> =
        Sparkline.ofAccount most account

    /// How much of a part is missing, in eighths of the height of a bar; see `Sparkline.missingEighths`.
    static member MissingEighths(share: decimal) : int = Sparkline.missingEighths share

    /// What a stream is looked at with; null hours cut nothing off.
    static member Settings(toleranceMicroseconds: int64, firstHour: Nullable<int>, lastHour: Nullable<int>) =
        let hour (given: Nullable<int>) =
            if given.HasValue then
                ValueSome(given.Value * 1<hour>)
            else
                ValueNone

        { Tolerance = Duration.ofMicroseconds toleranceMicroseconds
          FirstHour = hour firstHour
          LastHour = hour lastHour }

    /// Whether an hour is in the world that the settings leave.
    static member IsIn(settings: Settings, hour: int) : bool = Report.isIn settings (hour * 1<hour>)

    /// A stream's facts from the details of its hours; see `StreamFacts.ofHours`.
    static member Facts(settings: Settings, hours: ImmutableArray<HourDetail>) : StreamFacts =
        StreamFacts.ofHours settings hours

    /// A stream's facts from the details of its first so many hours; see `StreamFacts.ofFirst`.
    static member Facts(settings: Settings, hours: ImmutableArray<HourDetail>, count: int) : StreamFacts =
        StreamFacts.ofFirst count settings hours

    /// The completeness from 0 to 1; null where nothing is expected.
    static member Completeness(account: Account) : Nullable<decimal> =
        ValueOption.toNullable (Account.completeness account |> Completeness.ratio)

    /// The completeness as people read it.
    static member CompletenessText(account: Account) : string =
        Account.completeness account |> Completeness.toText

    /// The layout of a map; the sizes must divide an hour, as the command line has checked.
    static member MapScale(pixelSeconds: int, rows: int) : MapScale =
        MapScale.tryCreate (pixelSeconds * 1<s>) rows |> ValueOption.get

    /// The hours of a stream's map; false when there is none, with the reason when it is refused, and without when the
    /// span is empty.
    static member TryMapHours
        (
            account: Account,
            [<Out>] firstHour: byref<int>,
            [<Out>] lastHour: byref<int>,
            [<Out>] refused: byref<string | null>
        ) : bool =
        refused <- null

        match Map.hoursOf account with
        | ValueSome(Ok(struct (first, last))) ->
            firstHour <- int first
            lastHour <- int last
            true
        | ValueSome(Error error) ->
            refused <- error.ToString()
            false
        | ValueNone -> false

    /// The cells of a stream's map from one hour to another, at most `Map.longest` hours.
    static member MapCells
        (scale: MapScale, isPlain: bool, account: Account, firstHour: int, lastHour: int)
        : ReadOnlyMemory<Cell> =
        let part = if isPlain then Map.plainPart else Map.part

        match part scale (firstHour * 1<hour>) (lastHour * 1<hour>) account with
        | Ok map -> map.Cells
        | Error error -> raise (ArgumentOutOfRangeException(nameof lastHour, error.ToString()))

    /// With what a fleet is judged; see `FleetRules`. Null for no window.
    static member FleetRules
        (
            settings: Settings,
            nowMicroseconds: int64,
            cutoffMicroseconds: int64,
            windowMicroseconds: Nullable<int64>
        ) : FleetRules =
        { Settings = settings
          Now = Instant.ofMicroseconds nowMicroseconds
          Cutoff = Duration.ofMicroseconds cutoffMicroseconds
          Window =
            if windowMicroseconds.HasValue then
                ValueSome(Duration.ofMicroseconds windowMicroseconds.Value)
            else
                ValueNone }

    /// A stream of a fleet; a null base where every hour is listed by names.
    static member FleetListing(nodes: NodeListing[], common: FleetBase | null) : FleetListing =
        { Nodes = ImmutableArray.Create<NodeListing> nodes
          Base =
            match common with
            | null -> ValueNone
            | common -> ValueSome common }

    /// The best segments of an hour of names; see `FleetViews.selectionOf`.
    static member Select(names: HourNames) : HourSelection = FleetViews.selectionOf names
