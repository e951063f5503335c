namespace Coverage

/// Why a listed name is bad: the field that does not fit, and what was found there, with bytes that cannot be
/// printed written as `\xNN`. `ToString` says it as a sentence.
[<RequireQualifiedAccess>]
type SegmentNameError =
    /// The name does not end in `.ts`.
    | NoSuffix of found: string
    /// The name fits but for its colon, in the place of which some tool wrote what its file system can hold.
    | Recoded of found: string
    /// The name has fewer than the three dashes that part its fields.
    | TooFewDashes of found: string
    /// TIME is not `MM:SS` or `MM:SS.f` with 1 to 6 fraction digits.
    | TimeForm of found: string
    /// TIME names a minute after 59.
    | MinuteRange of found: string
    /// TIME names a second after 59.
    | SecondRange of found: string
    /// DURATION is not digits, optionally followed by a point and digits.
    | DurationForm of found: string
    /// DURATION is over 86400 s.
    | DurationRange of found: string
    /// TYPE is none of the four.
    | UnknownType of found: string
    /// HASH holds something that base64url without padding does not.
    | HashForm of found: string
    /// HASH has a length that no base64url text has: one more than a multiple of four.
    | HashLength of found: string

    override this.ToString() =
        match this with
        | NoSuffix found -> $"the name '{found}' does not end in '.ts'"
        | Recoded found ->
            $"the name '{found}' is re-coded: a copying tool wrote something else for the ':' in it; copy the files with their own names"
        | TooFewDashes found -> $"the name '{found}' is not of the form TIME-DURATION-TYPE-HASH.ts"
        | TimeForm found -> $"TIME is '{found}', not MM:SS or MM:SS with one to six decimals"
        | MinuteRange found -> $"TIME is '{found}', with a minute over 59"
        | SecondRange found -> $"TIME is '{found}', with a second over 59"
        | DurationForm found -> $"DURATION is '{found}', not a number of seconds such as 2 or 2.002"
        | DurationRange found -> $"DURATION is '{found}', over 86400 seconds"
        | UnknownType found -> $"TYPE is '{found}', not full, suspect, partial or temp"
        | HashForm found -> $"HASH is '{found}', with a character that base64url does not have"
        | HashLength found -> $"HASH is '{found}', of a length that no base64url text has"

/// What is wrong with a name, before anybody asks for words; the cases of `SegmentNameError` in their order.
type internal Fault =
    | None = 0uy
    | NoSuffix = 1uy
    | TooFewDashes = 2uy
    | TimeForm = 3uy
    | MinuteRange = 4uy
    | SecondRange = 5uy
    | DurationForm = 6uy
    | DurationRange = 7uy
    | UnknownType = 8uy
    | HashForm = 9uy
    | HashLength = 10uy
