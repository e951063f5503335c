namespace Coverage

open System
open System.Globalization

/// The unit of a point in time: microseconds since the Unix epoch, UTC.
[<Measure>]
type instant

/// The unit of a length of time: microseconds.
[<Measure>]
type us

/// The unit of a calendar hour's number: whole hours since the Unix epoch, UTC.
[<Measure>]
type hour

/// A point in time: whole microseconds since the Unix epoch, UTC.
type Instant = int64<instant>

/// A length of time in whole microseconds; never negative in this library's results.
type Duration = int64<us>

/// A calendar hour, numbered from the Unix epoch: 0 is 1970-01-01T00.
type Hour = int<hour>

/// Lengths of time. DURATION of semantics.md section 1, and the tolerance of section 3, are read here.
[<RequireQualifiedAccess>]
module Duration =

    /// No time at all.
    let zero: Duration = 0L<us>

    /// One second.
    let second: Duration = 1_000_000L<us>

    /// One hour.
    let hour: Duration = 3_600_000_000L<us>

    /// The longest DURATION a name may hold: 86400 s (semantics.md section 1).
    let longest: Duration = 86_400_000_000L<us>

    /// So many microseconds.
    let inline ofMicroseconds (microseconds: int64) : Duration = microseconds * 1L<us>

    /// So many whole seconds.
    let inline ofSeconds (seconds: int64) : Duration = seconds * second

    /// The length in seconds, exact to the microsecond, without trailing zeros.
    let toSeconds (length: Duration) : decimal = decimal (int64 length) / 1_000_000m

    /// The length in seconds as the shortest exact decimal: `2.002`.
    let toText (length: Duration) : string =
        (toSeconds length).ToString(CultureInfo.InvariantCulture)

    /// Seconds far over the longest duration: what reading is held down to, so that no run of digits can overflow.
    [<Literal>]
    let private mostSeconds = 1_000_000_000L

    let inline private isDigit (c: byte) = c - byte '0' <= 9uy

    /// Powers of ten by how many of a fraction's six digits are not written.
    let private unwritten = [| 1; 10; 100; 1_000; 10_000; 100_000 |]

    /// A fraction of a microsecond, as its digits, rounded half-even: 1 for up, 0 for down, -1 for what is no digit.
    let private rounding (digits: ReadOnlySpan<byte>) (isOdd: bool) : int =
        let mutable fits = isDigit digits[0]
        let mutable rest = false

        for i in 1 .. digits.Length - 1 do
            fits <- fits && isDigit digits[i]
            rest <- rest || digits[i] <> byte '0'

        if not fits then
            -1
        elif digits[0] > byte '5' || (digits[0] = byte '5' && (rest || isOdd)) then
            1
        else
            0

    /// As `tryParse`, without the costs of an option: -1 for what has another form.
    let internal read (text: ReadOnlySpan<byte>) : Duration =
        let mutable at = 0
        let mutable whole = 0L

        while at < text.Length && isDigit text[at] do
            whole <- min (whole * 10L + int64 (text[at] - byte '0')) mostSeconds
            at <- at + 1

        if at = 0 then
            -1L<us>
        elif at = text.Length then
            ofSeconds whole
        elif text[at] <> byte '.' || at + 1 = text.Length then
            -1L<us>
        else
            let sixthEnds = min text.Length (at + 7)
            let mutable fraction = 0
            let mutable fits = true
            at <- at + 1
            let missing = 6 - (sixthEnds - at)

            while at < sixthEnds do
                fits <- fits && isDigit text[at]
                fraction <- fraction * 10 + int (text[at] - byte '0')
                at <- at + 1

            fraction <- fraction * unwritten[missing]

            let up =
                if at = text.Length then
                    0
                else
                    rounding (text.Slice at) (fraction % 2 = 1)

            if not fits || up < 0 then
                -1L<us>
            else
                min (ofSeconds whole + ofMicroseconds (int64 (fraction + up))) (ofSeconds mostSeconds)

    /// Reads seconds written as one or more digits, optionally a point and one or more digits, as an exact decimal
    /// rounded half-even to the microsecond. `ValueNone` when the text has any other form; a value over
    /// `longest` is no error here; one over 10^9 s comes back as 10^9 s.
    let tryParse (text: ReadOnlySpan<byte>) : Duration voption =
        let length = read text
        if length < zero then ValueNone else ValueSome length

/// Calendar hours: the HOUR of semantics.md section 1, years 1970 to 9998.
[<RequireQualifiedAccess>]
module Hour =

    /// 1970-01-01T00, the first hour there is.
    let first: Hour = 0<hour>

    /// 9998-12-31T23, the last hour there is.
    let last: Hour =
        int (DateTime(9999, 1, 1) - DateTime.UnixEpoch).TotalHours * 1<hour> - 1<hour>

    /// The hour's first instant.
    let inline start (hour: Hour) : Instant =
        int64 hour * int64 Duration.hour * 1L<instant>

    /// The hour's end, which is the next one's first instant.
    let inline finish (hour: Hour) : Instant = start (hour + 1<hour>)

    /// The hour in which an instant lies.
    let inline ofInstant (instant: Instant) : Hour =
        let struct (quotient, remainder) = Math.DivRem(int64 instant, int64 Duration.hour)
        int (if remainder < 0L then quotient - 1L else quotient) * 1<hour>

    /// The folder's name: `2025-11-07T18`.
    let toText (hour: Hour) : string =
        DateTime.UnixEpoch.AddHours(int hour).ToString("yyyy-MM-dd'T'HH", CultureInfo.InvariantCulture)

    /// <summary>The hour of a folder's name, or <c>ValueNone</c> when the name is not <c>dddd-dd-ddTdd</c> or no valid
    /// calendar hour of the years 1970 to 9998.</summary>
    /// <example><code lang="fsharp">
    /// (Hour.tryParse "2025-11-07T18").Value |> Hour.start |> Instant.toText
    /// // 2025-11-07T18:00:00.000000Z
    /// </code></example>
    let tryParse (name: string) : Hour voption =
        let mutable time = DateTime()

        if
            DateTime.TryParseExact(
                name,
                "yyyy-MM-dd'T'HH",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                &time
            )
            && time.Year >= 1970
            && time.Year <= 9998
        then
            ValueSome(int (time - DateTime.UnixEpoch).TotalHours * 1<hour>)
        else
            ValueNone

/// Points in time; the one place that converts between points and lengths.
[<RequireQualifiedAccess>]
module Instant =

    /// Earlier than every instant an archive can name: what "nothing yet" is compared with. Far enough from the
    /// smallest int64 that adding or taking off a length cannot overflow.
    let beforeAll: Instant = -0x4000_0000_0000_0000L<instant>

    /// Later than every instant an archive can name; likewise.
    let afterAll: Instant = 0x4000_0000_0000_0000L<instant>

    /// So many microseconds since the Unix epoch.
    let inline ofMicroseconds (microseconds: int64) : Instant = microseconds * 1L<instant>

    /// The point a length later.
    let inline add (length: Duration) (instant: Instant) : Instant = instant + int64 length * 1L<instant>

    /// The point a length earlier.
    let inline subtract (length: Duration) (instant: Instant) : Instant = instant - int64 length * 1L<instant>

    /// The length from one point to another, negative when the other is earlier.
    let inline until (later: Instant) (earlier: Instant) : Duration = int64 (later - earlier) * 1L<us>

    /// The instant as `2025-11-07T18:00:00.000000Z`; one that no calendar year up to 9999 holds, as its number.
    let toText (instant: Instant) : string =
        if instant < 0L<instant> || instant >= 253_402_300_800_000_000L<instant> then
            String.Format(CultureInfo.InvariantCulture, "{0} us", int64 instant)
        else
            DateTime.UnixEpoch
                .AddTicks(int64 instant * 10L)
                .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)
