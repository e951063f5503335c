namespace Coverage

open System
open System.Buffers.Text
open System.Collections.Immutable

/// What verifying finds wrong with a file, in order (semantics.md section 12).
type internal Finding =
    | Empty = 0uy
    | Hash = 1uy
    | NotTs = 2uy
    | Torn = 3uy
    | Sync = 4uy
    | Continuity = 5uy
    | TransportError = 6uy
    | Short = 7uy
    | Long = 8uy

/// Findings as words.
[<RequireQualifiedAccess>]
module internal Finding =

    /// All, in order.
    let all: ImmutableArray<Finding> =
        ImmutableArray.CreateRange(Enum.GetValues<Finding>())

    /// The finding as it is written everywhere.
    let toText (finding: Finding) : string =
        match finding with
        | Finding.NotTs -> "not-ts"
        | Finding.TransportError -> "transport-error"
        | finding -> finding.ToString().ToLowerInvariant()

/// A file that was verified.
[<NoComparison>]
type internal Verified =
    {
        /// What is wrong with it, in order.
        Findings: ImmutableArray<Finding>
        /// How long the media in it is; none where it was not measured.
        Length: Duration voption
    }

    /// How long it is in the measured view: as its name says where nothing was measured, and of no length where there is no
    /// media.
    member this.LengthOr(declared: Duration) : Duration =
        if this.Findings.Contains Finding.Empty || this.Findings.Contains Finding.NotTs then
            Duration.zero
        else
            ValueOption.defaultValue declared this.Length

/// What is wrong with a file: what its bytes say against what its name says.
[<RequireQualifiedAccess>]
module internal Findings =

    /// How far the media's length may be from the name's: as long as the clock of audio ticks, or of video.
    let private leeway (isVideo: bool) : Duration =
        if isVideo then 50_000L<us> else 150_000L<us>

    /// How the media's length compares with the name's: -1 for short, 1 for long, 0 for as good as equal. Exact: both sides
    /// are multiplied by the divisor of the length.
    let private compared (declared: Duration) (facts: TsFacts) : int =
        if facts.Clock.Count < 2L then
            0
        else
            let struct (dividend, divisor) = Ts.fraction facts.Clock

            let times (length: Duration) =
                Int128.op_Implicit (int64 length) * divisor

            let longer = dividend - times declared

            // One and a half frames; audio has no frames that matter.
            let frames =
                if facts.IsVideo then
                    Int128.op_Implicit 150 * Int128.op_Implicit facts.Clock.Span
                else
                    Int128.Zero

            if Int128.Abs longer > Int128.Max(times (leeway facts.IsVideo), frames) then
                Int128.Sign longer
            else
                0

    /// Whether a digest, as base64url without padding, is the name's hash; an empty one is any.
    let private isNamed (hash: ReadOnlySpan<byte>) (digest: ReadOnlySpan<byte>) : bool =
        hash.IsEmpty
        || hash.Length = Base64Url.GetEncodedLength digest.Length
           && hash.SequenceEqual(ReadOnlySpan(Base64Url.EncodeToUtf8 digest))

    /// What is wrong with the file of a segment, from the length and the hash of its name, the facts of its bytes, and their
    /// SHA-256.
    let ofFile
        (declared: Duration)
        (hash: ReadOnlySpan<byte>)
        (facts: TsFacts)
        (digest: ReadOnlySpan<byte>)
        : Verified =
        if facts.Size = 0L then
            { Findings = ImmutableArray.Create Finding.Empty
              Length = ValueNone }
        else
            let found = ImmutableArray.CreateBuilder<Finding>()

            let add (isFound: bool) (finding: Finding) =
                if isFound then
                    found.Add finding

            add (not (isNamed hash digest)) Finding.Hash
            add (not facts.IsTs) Finding.NotTs

            if facts.IsTs then
                let compared = compared declared facts
                add facts.IsTorn Finding.Torn
                add facts.HasLostSync Finding.Sync
                add facts.IsDiscontinuous Finding.Continuity
                add facts.HasTransportError Finding.TransportError
                add (compared < 0) Finding.Short
                add (compared > 0) Finding.Long

            { Findings = found.DrainToImmutable()
              Length = if facts.IsTs then Ts.length facts.Clock else ValueNone }
