namespace Coverage

open System.Collections.Immutable

/// What an instant of a stream's span is: the first of these words that applies (semantics.md section 9).
type Word =
    /// A `full` best segment covers it.
    | Full = 0uy
    /// Only suspect or partial best segments cover it.
    | Partial = 1uy
    /// Nothing covers it, and nothing should: it is not expected, or it is older than recordings are kept.
    | Unexpected = 2uy
    /// It lies in a gap of rounding size beside covered time.
    | Seam = 3uy
    /// Its loss is known and accepted.
    | Acknowledged = 4uy
    /// An hour that could not be read may cover it.
    | Unknown = 5uy
    /// It is not over yet.
    | Ahead = 6uy
    /// It was live so recently that it may still come in.
    | Pending = 7uy
    /// None of these: it should be there and is not.
    | Missing = 8uy

/// The words.
[<RequireQualifiedAccess>]
module Word =

    /// Every word, in order: of two that apply to an instant the earlier one is said.
    let all: ImmutableArray<Word> =
        ImmutableArray.CreateRange [ for word in 0uy .. 8uy -> LanguagePrimitives.EnumOfValue word ]

    /// The word as it is written everywhere: `missing`.
    let toText (word: Word) : string = word.ToString().ToLowerInvariant()
