namespace Coverage

open System
open System.Buffers.Binary
open System.Numerics
open System.Runtime.Intrinsics

/// What a name says, in two numbers, for they are returned in registers: a segment is not, and copying one as soon as it is
/// written costs as much as all the reading.
[<Struct; NoEquality; NoComparison>]
type internal Scanned =
    private
        { Offset: int64
          DurationAndKind: int64 }

    static member Wrong(fault: Fault) : Scanned =
        { Offset = -int64 fault
          DurationAndKind = 0L }

    static member Right(offset: int64, duration: Duration, kind: SegmentKind) : Scanned =
        { Offset = offset
          DurationAndKind = (int64 duration <<< 2) ||| int64 kind }

    /// Whether the name fits the grammar.
    member this.Fits = this.Offset >= 0L

    /// What is wrong with one that does not fit.
    member this.Fault: Fault = LanguagePrimitives.EnumOfValue(byte -this.Offset)

    /// The segment, if the name is one in an hour's folder; its size is not known.
    member this.InHour(hour: Hour) : Segment =
        { Start = Hour.start hour + this.Offset * 1L<instant>
          Duration = Duration.ofMicroseconds (this.DurationAndKind >>> 2)
          Size = -1L
          Kind = LanguagePrimitives.EnumOfValue(byte (this.DurationAndKind &&& 3L)) }

/// Reading the bytes of a name (semantics.md section 1). Names are read by the million, so several bytes are looked at at
/// once where that can be; what is not as recorders write it is read byte by byte, to the same end.
[<RequireQualifiedAccess>]
module internal NameScan =

    /// Whether a name ends in `.ts`.
    let hasSuffix (name: ReadOnlySpan<byte>) : bool =
        name.Length >= 3
        && name[name.Length - 3] = byte '.'
        && name[name.Length - 2] = byte 't'
        && name[name.Length - 1] = byte 's'

    /// Two ASCII digits as a number, or -1.
    let inline private twoDigits (a: byte) (b: byte) : int =
        let tens, ones = int a - int '0', int b - int '0'

        if uint tens <= 9u && uint ones <= 9u then
            tens * 10 + ones
        else
            -1

    let private inHour (minute: int) (second: int) (fraction: int) : int64 =
        if minute > 59 then
            -int64 Fault.MinuteRange
        elif second > 59 then
            -int64 Fault.SecondRange
        else
            int64 (minute * 60 + second) * int64 Duration.second + int64 fraction

    /// TIME of less than six decimals as microseconds from the hour's start, or the negative number of what is wrong with it.
    let private shortTime (text: ReadOnlySpan<byte>) : int64 =
        if
            text.Length < 5
            || text[2] <> byte ':'
            || (text.Length > 5 && (text[5] <> byte '.' || text.Length = 6 || text.Length > 11))
        then
            -int64 Fault.TimeForm
        else
            let minute = twoDigits text[0] text[1]
            let second = twoDigits text[3] text[4]
            let mutable fraction = 0
            let mutable fits = (minute ||| second) >= 0

            for i in 6 .. text.Length - 1 do
                let digit = int text[i] - int '0'
                fits <- fits && uint digit <= 9u
                fraction <- fraction * 10 + digit

            for _ in text.Length .. 11 do
                fraction <- fraction * 10

            if fits then
                inHour minute second fraction
            else
                -int64 Fault.TimeForm

    /// TIME, likewise. `MM:SS.ffffff`, as recorders write it, is read eight bytes at once: with what stands at `:` and `.`
    /// turned into a 0, all are digits, and each byte times ten plus the next is a number of two digits.
    let private time (text: ReadOnlySpan<byte>) : int64 =
        if text.Length <> 12 then
            shortTime text
        else
            let head =
                (BinaryPrimitives.ReadUInt64LittleEndian text ^^^ 0x00001E00000A0000UL)
                - 0x3030303030303030UL

            let tail = BinaryPrimitives.ReadUInt32LittleEndian(text.Slice 8) - 0x30303030u

            // A byte that is no digit has a high half-byte, or gets one with six more; so does one after a borrow.
            if
                (head ||| (head + 0x0606060606060606UL)) &&& 0xF0F0F0F0F0F0F0F0UL <> 0UL
                || (tail ||| (tail + 0x06060606u)) &&& 0xF0F0F0F0u <> 0u
                || head &&& 0x0000FF0000FF0000UL <> 0UL
            then
                -int64 Fault.TimeForm
            else
                let pairs = head * 10UL + (head >>> 8)
                let more = tail * 10u + (tail >>> 8)

                let fraction =
                    int (pairs >>> 48 &&& 0xFFUL) * 10_000
                    + int (more &&& 0xFFu) * 100
                    + int (more >>> 16 &&& 0xFFu)

                inHour (int (pairs &&& 0xFFUL)) (int (pairs >>> 24 &&& 0xFFUL)) fraction

    /// Four ASCII letters as one number, to be compared at once.
    let inline private four (text: ReadOnlySpan<byte>) : uint32 =
        BinaryPrimitives.ReadUInt32LittleEndian text

    [<Literal>]
    let private full = 0x6C6C7566u

    [<Literal>]
    let private temp = 0x706D6574u

    [<Literal>]
    let private susp = 0x70737573u

    [<Literal>]
    let private pect = 0x74636570u

    [<Literal>]
    let private part = 0x74726170u

    [<Literal>]
    let private tial = 0x6C616974u

    /// TYPE, or 255 for a word that is none. Seven letters are two fours that share one.
    let private kind (text: ReadOnlySpan<byte>) : SegmentKind =
        if text.Length = 4 && four text = full then
            SegmentKind.Full
        elif text.Length = 7 && four text = susp && four (text.Slice 3) = pect then
            SegmentKind.Suspect
        elif text.Length = 7 && four text = part && four (text.Slice 3) = tial then
            SegmentKind.Partial
        elif text.Length = 4 && four text = temp then
            SegmentKind.Temp
        else
            LanguagePrimitives.EnumOfValue 255uy

    let private isBase64urlByte (c: byte) =
        Char.IsAsciiLetterOrDigit(char c) || c = byte '-' || c = byte '_'

    /// Whether 16 bytes from a place on are all base64url's.
    let inline private areBase64url (text: ReadOnlySpan<byte>) (at: int) : bool =
        let bytes = Vector128.Create<byte>(values = text.Slice(at, 16))

        let inline isIn first count (bytes: Vector128<byte>) =
            Vector128.LessThan(bytes - Vector128.Create(byte first), Vector128.Create(byte count))

        let letters = isIn 'a' 26 (bytes ||| Vector128.Create 0x20uy)
        let digits = isIn '0' 10 bytes
        let dashes = Vector128.Equals(bytes, Vector128.Create(byte '-'))
        let underscores = Vector128.Equals(bytes, Vector128.Create(byte '_'))
        Vector128.EqualsAll(letters ||| digits ||| dashes ||| underscores, Vector128<byte>.AllBitsSet)

    /// Whether all bytes are base64url's: sixteen at a time, the last sixteen overlapping those before.
    let private isBase64url (text: ReadOnlySpan<byte>) : bool =
        let mutable i = 0

        if text.Length >= 16 then
            while i < text.Length - 16 && areBase64url text i do
                i <- i + 16

            i >= text.Length - 16 && areBase64url text (text.Length - 16)
        else
            while i < text.Length && isBase64urlByte text[i] do
                i <- i + 1

            i = text.Length

    /// Where a name's first three dashes are; the last is -1 when there are fewer.
    let private anyDashes (fields: ReadOnlySpan<byte>) : struct (int * int * int) =
        let first = fields.IndexOf(byte '-')
        let second = first + 1 + fields.Slice(first + 1).IndexOf(byte '-')
        let third = second + 1 + fields.Slice(second + 1).IndexOf(byte '-')

        // None is left when none was found: what is looked for then begins anew at the same place.
        struct (first, second, (if third = second then -1 else third))

    /// A bit for each dash among sixteen bytes from a place on.
    let private dashesIn (text: ReadOnlySpan<byte>) (at: int) : uint32 =
        Vector128
            .Equals(Vector128.Create<byte>(values = text.Slice(at, 16)), Vector128.Create(byte '-'))
            .ExtractMostSignificantBits()

    /// As `anyDashes`; the first 32 bytes, where they nearly always are, are looked at at once.
    let dashes (fields: ReadOnlySpan<byte>) : struct (int * int * int) =
        if fields.Length < 32 then
            anyDashes fields
        else
            let first = dashesIn fields 0 ||| (dashesIn fields 16 <<< 16)
            let second = first &&& (first - 1u)
            let third = second &&& (second - 1u)

            if third = 0u then
                anyDashes fields
            else
                struct (BitOperations.TrailingZeroCount first,
                        BitOperations.TrailingZeroCount second,
                        BitOperations.TrailingZeroCount third)

    /// HASH of a name that fits.
    let hash (name: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let fields = name.Slice(0, name.Length - 3)
        let struct (_, _, third) = dashes fields
        fields.Slice(third + 1)

    /// Reads a name. What is wrong with it is only a number here, so that this costs no more than the reading.
    let scan (name: ReadOnlySpan<byte>) : Scanned =
        if not (hasSuffix name) then
            Scanned.Wrong Fault.NoSuffix
        else
            let fields = name.Slice(0, name.Length - 3)
            let struct (first, second, third) = dashes fields

            if third < 0 then
                Scanned.Wrong Fault.TooFewDashes
            else
                let offset = time (fields.Slice(0, first))
                let duration = Duration.read (fields.Slice(first + 1, second - first - 1))
                let kind = kind (fields.Slice(second + 1, third - second - 1))
                let hash = fields.Slice(third + 1)

                if offset < 0L then
                    Scanned.Wrong(LanguagePrimitives.EnumOfValue(byte -offset))
                elif duration < Duration.zero then
                    Scanned.Wrong Fault.DurationForm
                elif duration > Duration.longest then
                    Scanned.Wrong Fault.DurationRange
                elif kind > SegmentKind.Temp then
                    Scanned.Wrong Fault.UnknownType
                elif kind <> SegmentKind.Temp && not (isBase64url hash) then
                    Scanned.Wrong Fault.HashForm
                elif kind <> SegmentKind.Temp && hash.Length % 4 = 1 then
                    Scanned.Wrong Fault.HashLength
                else
                    Scanned.Right(offset, duration, kind)
