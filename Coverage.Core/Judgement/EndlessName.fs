namespace Coverage

open System
open System.Globalization
open System.Text
open System.Text.RegularExpressions

/// Names whose DURATION ends every pass of a back-filler: the blocker `duration` of semantics.md section 10.2.
[<RequireQualifiedAccess>]
module internal EndlessName =

    /// Python's float, without a minus, which no DURATION holds: infinity, or digits, a fraction and an exponent.
    let private float =
        Regex(
            @"^\s*\+?(?:(?<infinite>inf(?:inity)?)|(?<number>(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e\+?\d+(?:_\d+)*)?))\s*$",
            RegexOptions.IgnoreCase
            ||| RegexOptions.ECMAScript
            ||| RegexOptions.CultureInvariant
        )

    /// Whether DURATION, as a float, is more than a back-filler can hold.
    let private isEndless (duration: string) : bool =
        let found = float.Match duration
        let mutable value = 0.0

        let isNumber =
            found.Groups["number"].Success
            && Double.TryParse(
                found.Groups["number"].Value.Replace("_", ""),
                NumberStyles.AllowDecimalPoint ||| NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture,
                &value
            )

        found.Groups["infinite"].Success || (isNumber && value > 86_399_999_999_999.0)

    /// Whether a bad name would fit but for its DURATION, and that is endless.
    let isOne (name: ReadOnlySpan<byte>) : bool =
        let struct (first, second, third) =
            NameScan.dashes (name.Slice(0, max 0 (name.Length - 3)))

        if third < 0 then
            false
        else
            let bounded =
                Array.concat [ name.Slice(0, first + 1).ToArray(); "0"B; name.Slice(second).ToArray() ]

            (NameScan.scan (ReadOnlySpan bounded)).Fits
            && isEndless (Encoding.UTF8.GetString(name.Slice(first + 1, second - first - 1)))
