namespace Coverage

open System
open System.Globalization

/// How much of a time is good: covered by full segments, or in a seam.
[<Struct>]
type Completeness =
    {
        /// How much is good.
        Good: Duration
        /// Of how much: what is good, and what lacks something.
        Whole: Duration
    }

/// Completeness as a number and as text.
[<RequireQualifiedAccess>]
module Completeness =

    /// The share that is good, from 0 to 1; `ValueNone` of no time. It is exactly 1 only where nothing lacks.
    let ratio (completeness: Completeness) : decimal voption =
        if completeness.Whole = Duration.zero then
            ValueNone
        else
            let lacking = completeness.Whole - completeness.Good
            ValueSome(1m - decimal (int64 lacking) / decimal (int64 completeness.Whole))

    /// The share as people read it: `99.95 %`, with as many digits as it takes to show 100 only where nothing lacks and 0
    /// only where nothing is good; a dash of no time.
    let toText (completeness: Completeness) : string =
        match ratio completeness with
        | ValueNone -> "-"
        | ValueSome ratio ->
            let percent = 100m * ratio

            // At 28 digits, the most that a decimal has, it is the percentage itself.
            let shown =
                Seq.initInfinite (fun more -> Math.Round(percent, 2 + more))
                |> Seq.find (fun shown -> shown = percent || (shown > 0m && shown < 100m))

            shown.ToString("0.############################", CultureInfo.InvariantCulture)
            + " %"
