namespace Coverage.CommandLine

open System
open System.Globalization
open System.Text.RegularExpressions

/// The day, the time of day and the zone of an instant as people write it.
module private Written =

    let private invariant = CultureInfo.InvariantCulture

    /// 2026 is a year after a space, and a time after a T.
    let form =
        let time = "(T(?<time>[0-9:.]+)|,? (?<time>[0-9]{1,2}(:[0-9:.]+)?( ?[AaPp][Mm])?))"

        let zone =
            "( ?([Zz]|UTC|GMT|(?<sign>[+-])(?<hours>[0-9]{2}):?(?<minutes>[0-9]{2})?))?"

        Regex $@"^(?<day>.+?)({time}{zone})?\z"

    /// What `date` prints, `Mon Nov 23 18:00:00 UTC 2026`, with the year in the place where `form` takes it.
    let yearAfterDay (text: string) : string =
        Regex.Replace(
            text,
            @"^([A-Za-z]+ [A-Za-z]+) +([0-9]{1,2}) ([0-9:.]+(?: [AaPp][Mm])? (?:[Zz]|UTC|GMT|[+-][0-9:]{2,5})) ([0-9]{4})\z",
            "$1 $2 $4 $3"
        )

    /// Both `d.M` and `M.d`: a text that fits both as different days is ambiguous.
    let private days =
        [| "yyyyMMdd"

           for separator in [ "-"; "/"; "." ] do
               for parts in [ "yyyy M d"; "d M yyyy"; "M d yyyy"; "d MMM yyyy" ] do
                   parts.Replace(" ", $"'{separator}'")

           for weekday in [ ""; "ddd "; "ddd, "; "dddd "; "dddd, " ] do
               for parts in [ "MMM d yyyy"; "MMM d, yyyy"; "d MMM yyyy"; "yyyy MMM d" ] do
                   weekday + parts
                   weekday + parts.Replace("MMM", "MMMM") |]

    let private times =
        [| "HH"
           "HHmm"
           "HHmmss"
           "H:mm"
           "H:mm:ss"
           "H:mm:ss.FFFFFFF"

           for parts in [ "h"; "h:mm"; "h:mm:ss" ] do
               parts + "tt"
               parts + " tt" |]

    /// Every day that the text can mean.
    let readDay (text: string) : DateOnly list =
        [ for format in days do
              match DateOnly.TryParseExact(text, format, invariant, DateTimeStyles.None) with
              | true, day -> day
              | _ -> () ]
        |> List.distinct

    let tryTime (text: string) : TimeSpan option =
        match TimeOnly.TryParseExact(text, times, invariant, DateTimeStyles.None) with
        | true, time -> Some(time.ToTimeSpan())
        | _ -> None

    let tryOffset (sign: string) (hours: string) (minutes: string) : TimeSpan option =
        let number text =
            if text = "" then 0 else Int32.Parse(text, invariant)

        let offset = TimeSpan(number hours, number minutes, 0)

        if number minutes > 59 || offset > TimeSpan(14, 0, 0) then
            None
        elif sign = "-" then
            Some(-offset)
        else
            Some offset

/// An instant as a user writes it. Without a time of day it is the first instant of the day, without a zone it is UTC.
[<RequireQualifiedAccess>]
type Moment =
    /// Microseconds since the Unix epoch, negative before it.
    | At of Microseconds: int64
    /// The text fits several days.
    | Ambiguous of Days: DateOnly list
    /// The text has no known form.
    | Unreadable

    /// Whether the text has more than six digits after a point.
    static member IsFinerThanMicroseconds(text: string) : bool = Regex.IsMatch(text, @"\.[0-9]{7}")

    /// Reads an instant as programs print it or as people write it: `2025-11-07T18`, `2025-11-07 18:00:00.500000 UTC`,
    /// `20251107T1800+01:00`, `Nov 7 2025`, `Fri Nov  7 18:00:00 UTC 2025`.
    static member Read(text: string) : Moment =
        let found = Written.form.Match(Written.yearAfterDay text)
        let part (name: string) = found.Groups[name].Value

        let time =
            if part "time" = "" then
                Some TimeSpan.Zero
            else
                Written.tryTime (part "time")

        match
            Written.readDay (part "day"),
            time,
            Written.tryOffset (part "sign") (part "hours") (part "minutes")
        with
        | [ day ], Some time, Some offset ->
            let ticks =
                (day.ToDateTime TimeOnly.MinValue - DateTime.UnixEpoch + time - offset).Ticks
            // Rounded down to the microsecond, also before 1970.
            Moment.At((ticks - ((ticks % 10L + 10L) % 10L)) / 10L)
        | _ :: _ :: _ as days, Some _, Some _ -> Moment.Ambiguous days
        | _ -> Moment.Unreadable
