namespace Coverage

open System

/// What the bytes of a media file say (semantics.md section 13).
[<Struct; NoComparison>]
type internal Media =
    {
        /// How long it is.
        Length: Duration
        /// `Full`, `Suspect` or `Partial`.
        Kind: SegmentKind
        /// Whether the file itself says that it is finished.
        IsClosed: bool
        /// When it starts, where a MediaMTX file says it.
        Start: Instant voption
        /// Whether it is a file of MediaMTX.
        IsMtxi: bool
    }

/// Why a media file is bad.
type internal MediaFault =
    /// It has no bytes.
    | Empty = 0uy
    /// It is none of the containers that are known.
    | UnknownForm = 1uy
    /// It is an MP4 file without `moov`: it cannot be played.
    | NoMoov = 2uy
    /// It does not say how long it is.
    | NoLength = 3uy
    /// It says that it is longer than a file of its size can be.
    | TooLong = 4uy

/// What is known of a file from its bytes so far. Whoever asks reads the bytes; this reads none.
[<NoComparison; NoEquality>]
type internal Probe =
    /// All that was asked.
    | Known of Result<Media, MediaFault>
    /// It goes on with these bytes; they are fewer where the file ends before.
    | Need of at: int64 * length: int * next: (ReadOnlyMemory<byte> -> Probe)

/// Reading numbers and lengths of containers.
[<RequireQualifiedAccess>]
module internal Media =

    /// The fault as a sentence.
    let faultText (fault: MediaFault) : string =
        match fault with
        | MediaFault.Empty -> "the file is empty"
        | MediaFault.UnknownForm -> "the file is none of MP4, MPEG-TS and Matroska"
        | MediaFault.NoMoov -> "the MP4 file has no 'moov': its recorder was stopped before it wrote one"
        | MediaFault.TooLong -> "the file says that it is longer than a file of its size can be"
        | _ -> "the file does not say how long it is"

    /// A number of so many bytes, the most significant first; 0 where the bytes end before.
    let number (bytes: ReadOnlyMemory<byte>) (at: int) (length: int) : uint64 =
        if at < 0 || at + length > bytes.Length then
            0UL
        else
            let mutable value = 0UL

            for i in at .. at + length - 1 do
                value <- (value <<< 8) ||| uint64 bytes.Span[i]

            value

    /// A fraction of seconds as a length, rounded half-even as all decimals are; none is longer than can be counted.
    let ofSeconds (dividend: Int128) (divisor: Int128) : Duration =
        let million = Int128.op_Implicit 1_000_000
        let most = Int128.op_Implicit 0x0FFF_FFFF_FFFF_FFFFL

        if dividend <= Int128.Zero || divisor <= Int128.Zero then
            Duration.zero
        elif dividend / divisor > most / million then
            Duration.ofMicroseconds 0x0FFF_FFFF_FFFF_FFFFL
        else
            let struct (whole, rest) = Int128.DivRem(dividend * million, divisor)
            let left = rest + rest - divisor
            let up = left > Int128.Zero || left = Int128.Zero && Int128.IsOddInteger whole
            Duration.ofMicroseconds (Int128.op_Explicit (if up then whole + Int128.One else whole): int64)

    /// What is known of a file whose length and end are known.
    let file (length: Duration) (isTorn: bool) (isClosed: bool) : Probe =
        Known(
            Ok
                { Length = length
                  Kind = (if isTorn then SegmentKind.Partial else SegmentKind.Full)
                  IsClosed = isClosed
                  Start = ValueNone
                  IsMtxi = false }
        )

    let bad (fault: MediaFault) : Probe = Known(Error fault)
