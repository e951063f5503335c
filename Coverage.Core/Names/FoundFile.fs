namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable

/// How long files are taken to be.
[<RequireQualifiedAccess; NoComparison>]
type internal LengthRule =
    /// As their bytes say.
    | Content
    /// Until the next one starts.
    | Next
    /// So long.
    | Fixed of Duration

/// A media file of another recorder, as it is found (semantics.md section 13).
[<NoComparison; NoEquality>]
type internal FoundFile =
    {
        /// Its path below the archive.
        Path: string
        /// When it starts, as its path says.
        Written: WrittenTime
        /// In bytes; -1 where it is not known.
        Size: int64
        /// When it was last changed, where that is known.
        Modified: Instant voption
        /// What its bytes say; `ValueNone` where it was not opened.
        Media: Result<Media, MediaFault> voption
        /// Whether its bytes cannot be read.
        IsUnread: bool
    }

/// A file whose start is known.
[<NoComparison; NoEquality>]
type internal PlacedFile =
    {
        File: FoundFile
        Start: Instant
        /// Whether its local time came twice.
        IsAmbiguous: bool
    }

/// Why a file is bad.
[<RequireQualifiedAccess>]
type internal FileFault =
    /// Its date is no date.
    | NoDate
    /// Clocks never showed its time.
    | Skipped
    /// Its bytes say nothing.
    | Media of MediaFault

/// When found files start, and what they say of themselves (semantics.md section 13).
[<RequireQualifiedAccess>]
module internal FoundFile =

    /// Why a file is bad, as a sentence.
    let faultText (fault: FileFault) : string =
        match fault with
        | FileFault.NoDate -> "its date is no date"
        | FileFault.Skipped -> "no clock of the time zone ever showed its time: a clock change skips it"
        | FileFault.Media fault -> Media.faultText fault

    /// Longer than any recording: what is longer is a mistake, and the hours of a few such files would fill the memory.
    let longest: Duration = Duration.ofSeconds (100L * 31_557_600L)

    /// What the bytes of a file say, when it can be: no recording has less than a byte a second.
    let mediaOf (file: FoundFile) : Result<Media, MediaFault> voption =
        match file.Media with
        | ValueSome(Ok media) when
            media.Length > longest
            || file.Size >= 0L
               && int64 media.Length / int64 Duration.second > max 60L file.Size
            ->
            ValueSome(Error MediaFault.TooLong)
        | said -> said

    let lengthOf (file: FoundFile) : Duration voption =
        match mediaOf file with
        | ValueSome(Ok media) -> ValueSome media.Length
        | _ -> ValueNone

    /// When a file starts. What it says of itself counts where the name says another thing. `taken` is how long it is taken to
    /// be, where its bytes are not asked.
    let place (zone: Zone) (taken: Duration voption) (file: FoundFile) : Result<PlacedFile, FileFault> =
        let placed (start: Instant) (isAmbiguous: bool) =
            let start =
                match file.Media with
                | ValueSome(Ok { Start = ValueSome said }) when
                    abs (Instant.until said start) > Duration.second
                    ->
                    said
                | _ -> start

            Ok
                { File = file
                  Start = start
                  IsAmbiguous = isAmbiguous }

        if not file.Written.IsLocal then
            placed file.Written.Clock false
        else
            match Zone.read zone file.Written.Clock with
            | LocalTime.Skipped -> Error FileFault.Skipped
            | LocalTime.Once start -> placed start false
            | LocalTime.Twice(earlier, later) ->
                let expected =
                    match file.Modified, ValueOption.orElse (lengthOf file) taken with
                    | ValueSome modified, ValueSome length -> ValueSome(Instant.subtract length modified)
                    | _ -> ValueNone

                placed (Zone.choose earlier later expected) true
