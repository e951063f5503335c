/// The grammar of names (semantics.md section 1) as regular expressions: the slow, obvious judge of names. It shares no
/// code with the core. Names are bytes; each is looked at as the Latin-1 character of its value, so that any bytes can
/// be judged and nothing but an ASCII digit is a digit.
module Coverage.Tests.NameModel

open System.Numerics
open System.Text
open System.Text.RegularExpressions
open Coverage.Tests.Model

/// What a listed name says.
[<RequireQualifiedAccess>]
type Verdict =
    | Bad
    /// `Offset` from the start of the hour and `Duration` are in microseconds.
    | Segment of offset: int64 * duration: int64 * kind: Kind

/// Bytes as Latin-1 text, and back.
let latin1 (name: byte[]) : string = Encoding.Latin1.GetString name

/// A whole-text match; the white space of the pattern is for the reader.
let private grammar (pattern: string) =
    Regex(
        $@"\A(?:{pattern})\z",
        RegexOptions.IgnorePatternWhitespace
        ||| RegexOptions.Singleline
        ||| RegexOptions.CultureInvariant
        ||| RegexOptions.Compiled
    )

/// The hash is base64url without padding: whole groups of four, then nothing, two or three.
let private segmentName =
    grammar
        @"(?<minute>[0-5][0-9]) : (?<second>[0-5][0-9]) (?: \. (?<fraction>[0-9]{1,6}) )?
          - (?<whole>[0-9]+) (?: \. (?<decimals>[0-9]+) )?
          - (?: (?<kind>full|suspect|partial) - (?:[A-Za-z0-9_\-]{4})* (?:[A-Za-z0-9_\-]{2,3})?
              | (?<kind>temp) - .* )
          \.ts"

/// The whole microseconds of an exact decimal number of seconds, rounded half-even.
let private microseconds (whole: string) (decimals: string) : BigInteger =
    let scale = BigInteger.Pow(BigInteger 10, decimals.Length)
    let exact = BigInteger.Parse(whole + decimals) * BigInteger 1_000_000
    let down = exact / scale
    let twiceRest = (exact - down * scale) * BigInteger 2

    if twiceRest > scale || (twiceRest = scale && not down.IsEven) then
        down + BigInteger.One
    else
        down

/// The longest DURATION, in microseconds: 86400 s.
let longest = 86_400_000_000L

let private kindOf word =
    match word with
    | "full" -> Kind.Full
    | "suspect" -> Kind.Suspect
    | "partial" -> Kind.Partial
    | _ -> Kind.Temp

let private durationText = grammar @"(?<whole>[0-9]+) (?: \. (?<decimals>[0-9]+) )?"

/// The microseconds that a DURATION says, however many they are, if it is one.
let judgeDuration (text: string) : BigInteger option =
    let found = durationText.Match text

    if found.Success then
        Some(microseconds found.Groups["whole"].Value found.Groups["decimals"].Value)
    else
        None

/// Judges a name that is listed.
let judge (name: byte[]) : Verdict =
    let found = segmentName.Match(latin1 name)
    let group (part: string) = found.Groups[part].Value

    if not found.Success then
        Verdict.Bad
    else
        let duration = microseconds (group "whole") (group "decimals")

        if duration > BigInteger longest then
            Verdict.Bad
        else
            let inMinute =
                int64 (group "second") * second + int64 ((group "fraction").PadRight(6, '0'))

            Verdict.Segment(
                int64 (group "minute") * 60L * second + inMinute,
                int64 duration,
                kindOf (group "kind")
            )

/// What each field in turn must be, by what the core calls a field that is not; DURATION has its own judge.
let private timeForm = grammar @"[0-9]{2} : [0-9]{2} (?: \. [0-9]{1,6} )?"
let private minuteRange = grammar "[0-5] .*"
let private secondRange = grammar ".{3} [0-5] .*"
let private knownType = grammar "full|suspect|partial|temp"
let private hashForm = grammar @"[A-Za-z0-9_\-]*"

/// What is found for a colon in names that a copying tool re-coded, as Latin-1 text of its UTF-8.
let private lookAlikes =
    [ "："
      "\uFE55"
      "꞉"
      "\u02D0"
      "∶"
      "\uF03A"
      "\uF022"
      "%3A"
      "%3a"
      "_"
      "-"
      "."
      ";"
      "=" ]
    |> List.map (System.Text.Encoding.UTF8.GetBytes >> latin1)

/// Whether a colon in the place of what stands after the minute would make a name fit.
let private isRecoded (text: string) =
    lookAlikes
    |> List.exists (fun lookAlike ->
        text.Length > 2
        && text.Substring(2).StartsWith(lookAlike, System.StringComparison.Ordinal)
        && (let restored = text.Substring(0, 2) + ":" + text.Substring(2 + lookAlike.Length)
            judge (System.Text.Encoding.Latin1.GetBytes restored) <> Verdict.Bad))

/// What the core calls the fault of a bad name: re-coded, or that of its first field that does not fit.
let fault (name: byte[]) : string =
    let text = latin1 name
    let stem = text.Substring(0, max 0 (text.Length - 3))

    match List.ofArray (stem.Split('-', 4)) with
    | _ when isRecoded text -> "Recoded"
    | _ when not (text.EndsWith(".ts", System.StringComparison.Ordinal)) -> "NoSuffix"
    | [ time; duration; kind; hash ] ->
        if not (timeForm.IsMatch time) then
            "TimeForm"
        elif not (minuteRange.IsMatch time) then
            "MinuteRange"
        elif not (secondRange.IsMatch time) then
            "SecondRange"
        else
            match judgeDuration duration with
            | None -> "DurationForm"
            | Some length when length > BigInteger longest -> "DurationRange"
            | Some _ when not (knownType.IsMatch kind) -> "UnknownType"
            | Some _ when not (hashForm.IsMatch hash) -> "HashForm"
            | Some _ -> "HashLength"
    | _ -> "TooFewDashes"

/// The listed ones among the names of a folder's entries, those that are folders left out beforehand. (A folder hides
/// too when its name ends in `.tombstone`: name it here as well.)
let listed (names: byte[] list) : byte[] list =
    let all = names |> List.map latin1 |> set

    names
    |> List.filter (fun name ->
        let text = latin1 name

        text.EndsWith(".ts", System.StringComparison.Ordinal)
        && not (text.StartsWith '.')
        && not (all.Contains(text.Substring(0, text.Length - 3) + ".tombstone")))

let private hourName =
    grammar @"(?<year>[0-9]{4}) - (?<month>[0-9]{2}) - (?<day>[0-9]{2}) T (?<hour>[0-9]{2})"

let private daysIn year month =
    let leap = year % 4 = 0 && (year % 100 <> 0 || year % 400 = 0)

    match month with
    | 2 -> if leap then 29 else 28
    | 4
    | 6
    | 9
    | 11 -> 30
    | _ -> 31

let private daysOf year = List.sumBy (daysIn year) [ 1..12 ]

/// The hour since the epoch that a folder's name says, if it is an hour's.
let judgeHour (name: string) : int option =
    let found = hourName.Match name
    let number (part: string) = int found.Groups[part].Value

    if not found.Success then
        None
    else
        let year, month, day, hour =
            number "year", number "month", number "day", number "hour"

        let valid =
            1970 <= year
            && year <= 9998
            && 1 <= month
            && month <= 12
            && 1 <= day
            && day <= daysIn year month
            && hour <= 23

        if not valid then
            None
        else
            let days =
                List.sumBy daysOf [ 1970 .. year - 1 ]
                + List.sumBy (daysIn year) [ 1 .. month - 1 ]
                + day
                - 1

            Some(days * 24 + hour)
