namespace Coverage

open System
open System.Buffers.Binary
open System.Numerics

/// An element: its ID, and from where to where its content reaches in the file; `ValueNone` where its length is unknown.
[<Struct; NoComparison>]
type private Element =
    { Id: uint64
      From: int64
      Until: int64 voption }

/// What has been read of a file.
[<NoComparison>]
type private MatroskaFile =
    {
        /// Where the segment ends, at most the end of the file.
        Until: int64
        /// Whether the segment says how far it reaches.
        IsSized: bool
        /// Whether it reaches beyond the file.
        IsBeyond: bool
        /// Nanoseconds in a tick.
        Scale: uint64
        /// In ticks, where it is said.
        Length: float voption
        /// The timestamp of the first cluster, in ticks.
        First: uint64 voption
        /// That of the last whole one.
        Last: uint64 voption
    }

/// Matroska files as bytes (semantics.md section 13): how long they are, and whether they are whole.
[<RequireQualifiedAccess>]
module internal Matroska =

    [<Literal>]
    let private Segment = 0x18538067UL

    [<Literal>]
    let private Info = 0x1549A966UL

    [<Literal>]
    let private Cluster = 0x1F43B675UL

    [<Literal>]
    let private Timestamp = 0xE7UL

    /// No more bytes are needed for the head of an element.
    [<Literal>]
    let private Head = 12

    /// How many bytes are looked at for what `Info` and a cluster say of themselves.
    [<Literal>]
    let private Most = 4096

    /// The length of a number that says it in its first byte; 0 where it is none.
    let private width (first: byte) : int =
        BitOperations.LeadingZeroCount(uint32 first) - 23

    /// The element at a place; nothing where there is none whole. `at` is where the bytes begin in the file.
    let private elementAt (at: int64) (bytes: ReadOnlyMemory<byte>) : Element voption =
        let idWidth = if bytes.IsEmpty then 9 else width bytes.Span[0]

        if idWidth > 4 || bytes.Length <= idWidth then
            ValueNone
        else
            let sizeWidth = width bytes.Span[idWidth]

            if sizeWidth > 8 || bytes.Length < idWidth + sizeWidth then
                ValueNone
            else
                let mask = (1UL <<< (7 * sizeWidth)) - 1UL
                let size = Media.number bytes idWidth sizeWidth &&& mask
                let from = at + int64 (idWidth + sizeWidth)

                ValueSome
                    { Id = Media.number bytes 0 idWidth
                      From = from
                      Until =
                        if size = mask then
                            ValueNone
                        else
                            // No size has more than 56 bits.
                            ValueSome(from + int64 size) }

    /// What small elements side by side say: each ID with its bytes, as far as they are there.
    let private small (bytes: ReadOnlyMemory<byte>) : struct (uint64 * ReadOnlyMemory<byte>) seq =
        let rec next (at: int) =
            seq {
                match elementAt (int64 at) (bytes.Slice at) with
                | ValueSome { Id = id
                              From = from
                              Until = ValueSome until } when until <= int64 bytes.Length ->
                    struct (id, bytes.Slice(int from, int (until - from)))
                    yield! next (int until)
                | _ -> ()
            }

        next 0

    let private real (bytes: ReadOnlyMemory<byte>) : float voption =
        match bytes.Length with
        | 4 -> ValueSome(float (BinaryPrimitives.ReadSingleBigEndian bytes.Span))
        | 8 -> ValueSome(BinaryPrimitives.ReadDoubleBigEndian bytes.Span)
        | _ -> ValueNone

    let private unsigned (bytes: ReadOnlyMemory<byte>) : uint64 =
        Media.number bytes 0 (min 8 bytes.Length)

    /// Whether an element stands in a segment itself: it ends a cluster of unknown length.
    let private isOfSegment (id: uint64) : bool =
        match id with
        | Cluster
        | Info
        | 0x114D9B74UL
        | 0x1654AE6BUL
        | 0x1C53BB6BUL
        | 0x1254C367UL
        | 0x1941A469UL
        | 0x1043A770UL -> true
        | _ -> false

    let private ticks (file: MatroskaFile) (ticks: uint64) : Duration =
        Media.ofSeconds
            (Int128.op_Implicit ticks * Int128.op_Implicit file.Scale)
            (Int128.op_Implicit 1_000_000_000L)

    /// The length that is declared, less where the first cluster begins.
    let private declared (file: MatroskaFile) (length: float) : Duration =
        let nanoseconds = length * float file.Scale

        if nanoseconds > 0.0 && nanoseconds < 1e18 then
            let whole =
                Media.ofSeconds
                    (Int128.op_Explicit (Math.Round nanoseconds))
                    (Int128.op_Implicit 1_000_000_000L)

            max Duration.zero (whole - ticks file (ValueOption.defaultValue 0UL file.First))
        else
            Duration.zero

    /// What is said of a file of which all is read that is whole, up to a place. One that says neither how far it reaches nor
    /// how long it is was not finished.
    let private finish (file: MatroskaFile) (at: int64) : Probe =
        let isTorn =
            file.IsBeyond || at < file.Until || not file.IsSized && file.Length.IsNone

        match file.First, file.Length with
        | ValueNone, _ -> Media.bad MediaFault.NoLength
        | _, ValueSome length when not isTorn -> Media.file (declared file length) false file.IsSized
        | ValueSome first, _ ->
            let last = ValueOption.defaultValue first file.Last

            Media.file
                (ticks file (if last > first then last - first else 0UL))
                isTorn
                (not isTorn && file.IsSized)

    let private withInfo (file: MatroskaFile) (bytes: ReadOnlyMemory<byte>) : MatroskaFile =
        (file, small bytes)
        ||> Seq.fold (fun file (struct (id, content)) ->
            match id with
            | 0x2AD7B1UL -> { file with Scale = unsigned content }
            | 0x4489UL -> { file with Length = real content }
            | _ -> file)

    /// The timestamp of a cluster, from the beginning of its content.
    let private timestampOf (bytes: ReadOnlyMemory<byte>) : uint64 voption =
        (ValueNone, small bytes)
        ||> Seq.fold (fun found (struct (id, content)) ->
            if id = Timestamp && found.IsNone then
                ValueSome(unsigned content)
            else
                found)

    let private withCluster (file: MatroskaFile) (timestamp: uint64 voption) (isWhole: bool) : MatroskaFile =
        match timestamp with
        | ValueNone -> file
        | ValueSome timestamp ->
            { file with
                First = ValueSome(ValueOption.defaultValue timestamp file.First)
                Last = if isWhole then ValueSome timestamp else file.Last }

    /// Where a cluster of unknown length ends: at the next element of the segment, or of what is whole. With whether it is whole.
    let rec private unsized (file: MatroskaFile) (at: int64) (next: int64 -> bool -> Probe) : Probe =
        if at >= file.Until then
            next at true
        else
            Need(
                at,
                Head,
                fun bytes ->
                    match elementAt at bytes with
                    | ValueSome element when isOfSegment element.Id -> next at true
                    | ValueSome { Until = ValueSome until } when until <= file.Until ->
                        unsized file until next
                    | _ -> next at false
            )

    /// Goes through the elements of the segment.
    let rec private elements (file: MatroskaFile) (at: int64) : Probe =
        let isEnough =
            file.IsSized && not file.IsBeyond && file.First.IsSome && file.Length.IsSome

        if isEnough || at >= file.Until then
            finish file file.Until
        else
            Need(
                at,
                Head,
                fun bytes ->
                    match elementAt at bytes with
                    | ValueNone -> finish file at
                    | ValueSome element -> inElement file at element
            )

    and private inElement (file: MatroskaFile) (at: int64) (element: Element) : Probe =
        let until = ValueOption.defaultValue Int64.MaxValue element.Until
        let isWhole = until <= file.Until
        let most = int (min (int64 Most) (min until file.Until - element.From))

        match element.Id, element.Until with
        | Info, ValueSome until when isWhole ->
            Need(element.From, most, fun bytes -> elements (withInfo file bytes) until)
        | Cluster, ValueSome until ->
            Need(
                element.From,
                most,
                fun bytes ->
                    let file = withCluster file (timestampOf bytes) isWhole
                    if isWhole then elements file until else finish file at
            )
        | Cluster, ValueNone ->
            Need(
                element.From,
                most,
                fun bytes ->
                    unsized file element.From (fun reached isWhole ->
                        let file = withCluster file (timestampOf bytes) isWhole
                        if isWhole then elements file reached else finish file at)
            )
        | _, ValueSome until when isWhole -> elements file until
        | _ -> finish file at

    /// Whether a file begins as a Matroska file does.
    let isOne (bytes: ReadOnlyMemory<byte>) : bool = Media.number bytes 0 4 = 0x1A45DFA3UL

    /// Finds out about a file of so many bytes.
    let probe (size: int64) : Probe =
        let rec segment (at: int64) : Probe =
            Need(
                at,
                Head,
                fun bytes ->
                    match elementAt at bytes with
                    | ValueSome { Id = Segment
                                  From = from
                                  Until = until } ->
                        elements
                            { Until = min size (ValueOption.defaultValue size until)
                              IsSized = until.IsSome
                              IsBeyond = ValueOption.defaultValue 0L until > size
                              Scale = 1_000_000UL
                              Length = ValueNone
                              First = ValueNone
                              Last = ValueNone }
                            from
                    | ValueSome { Until = ValueSome until } when until < size -> segment until
                    | _ -> Media.bad MediaFault.NoLength
            )

        segment 0L
