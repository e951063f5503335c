namespace Coverage

open System
open System.Collections.Immutable
open System.Text

/// What is taken of segments of one start whose sizes would decide and are not known.
type internal Unsized =
    /// The shortest.
    | Shortest = 0uy
    /// The longest.
    | Longest = 1uy

/// The best segment of each start for a cut (semantics.md section 11): the rules of section 2, and what decides each tie that
/// is left there. All of it takes segments in order of start, as a listing has them.
[<RequireQualifiedAccess>]
module internal CutChoice =

    /// Calls an action for each run of segments of one start, with the place of the first and the place after the last.
    let inline private forEachStart
        (segments: ImmutableArray<Segment>)
        ([<InlineIfLambda>] action: int -> int -> unit)
        =
        let mutable first = 0

        while first < segments.Length do
            let mutable next = first + 1

            while next < segments.Length && segments[next].Start = segments[first].Start do
                next <- next + 1

            action first next
            first <- next

    /// Whether a segment decides nothing but by its size, beside another of its start.
    let private areEven (a: Segment) (b: Segment) : bool =
        a.Kind = b.Kind && (a.Kind <> SegmentKind.Full || a.Duration = b.Duration)

    /// Whether one segment is better than another of its start, before any size is compared.
    let private isAhead (a: Segment) (b: Segment) : bool =
        if a.Kind <> b.Kind then
            a.Kind < b.Kind
        else
            a.Kind = SegmentKind.Full && a.Duration > b.Duration

    /// The indices of the segments whose file sizes decide and are not known.
    let contested (segments: ImmutableArray<Segment>) : ImmutableArray<int> =
        let asked = ImmutableArray.CreateBuilder<int>()

        forEachStart segments (fun first next ->
            if next - first > 1 then
                let mutable best = first

                for i in first + 1 .. next - 1 do
                    if isAhead segments[i] segments[best] then
                        best <- i

                let rivals =
                    [ for i in first .. next - 1 do
                          if segments[i].Kind < SegmentKind.Temp && areEven segments[i] segments[best] then
                              i ]

                if rivals.Length > 1 then
                    for i in rivals do
                        if segments[i].Size < 0L then
                            asked.Add i)

        asked.DrainToImmutable()

    /// The hash in a name that fits the grammar, decoded. Bits of its last character that are of no byte may be anything.
    let private hash (name: ReadOnlySpan<byte>) : byte[] =
        let fields = name.Slice(0, name.Length - 3)
        let struct (_, _, third) = NameScan.dashes fields

        let text =
            Encoding.ASCII.GetString(fields.Slice(third + 1)).Replace('-', '+').Replace('_', '/')

        Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='))

    /// Whether the name of one segment decides for it beside an equal one: the greatest hash of `full` ones, else the first name.
    let private winsByName (kind: SegmentKind) (a: ReadOnlySpan<byte>) (b: ReadOnlySpan<byte>) : bool =
        let byHash =
            if kind = SegmentKind.Full then
                (ReadOnlySpan(hash a)).SequenceCompareTo(ReadOnlySpan(hash b))
            else
                0

        if byHash <> 0 then
            byHash > 0
        else
            a.SequenceCompareTo b < 0

    let private isBetter
        (unsized: Unsized)
        (nameOf: int -> byte[])
        (segments: ImmutableArray<Segment>)
        (a: int)
        (b: int)
        : bool =
        let one, other = segments[a], segments[b]

        if not (areEven one other) then
            isAhead one other
        elif one.Kind <> SegmentKind.Full && min one.Size other.Size < 0L then
            if unsized = Unsized.Shortest then
                one.Duration < other.Duration
            else
                one.Duration > other.Duration
        elif one.Size <> other.Size then
            one.Size > other.Size
        else
            winsByName one.Kind (ReadOnlySpan(nameOf a)) (ReadOnlySpan(nameOf b))

    /// The places of the best segments, in order of start. `nameOf` gives the name of a segment by its place.
    let best
        (unsized: Unsized)
        (nameOf: int -> byte[])
        (segments: ImmutableArray<Segment>)
        : ImmutableArray<int> =
        let chosen = ImmutableArray.CreateBuilder<int> segments.Length

        forEachStart segments (fun first next ->
            let mutable best = -1

            for i in first .. next - 1 do
                if
                    segments[i].Kind < SegmentKind.Temp
                    && (best < 0 || isBetter unsized nameOf segments i best)
                then
                    best <- i

            if best >= 0 then
                chosen.Add best)

        chosen.DrainToImmutable()
