namespace Coverage

open System

/// What a cell of the coverage map shows: the worst that any part of it is (semantics.md sections 5 and 9).
type Cell =
    /// Some part of it is missing or ahead, or outside the span.
    | None = 0uy
    /// Some part of it is covered by suspect or partial segments alone.
    | Partial = 1uy
    /// All of it is covered by full segments, but for seams.
    | Full = 2uy
    /// Some part of it is unexpected.
    | Unexpected = 3uy
    /// Some part of it is acknowledged.
    | Acknowledged = 4uy
    /// Some part of it is pending.
    | Pending = 5uy
    /// Some part of it is unknown.
    | Unknown = 6uy

/// The unit of a length of time on the map: whole seconds.
[<Measure>]
type s

/// How a map is laid out: columns of `Rows` cells, a cell `Pixel` seconds long. Both sizes divide an hour.
type MapScale =
    private
        { PixelSeconds: int<s>
          RowCount: int }

    /// How much time a cell shows.
    member this.Pixel = this.PixelSeconds

    /// How many cells a column has.
    member this.Rows = this.RowCount

/// Why no map is drawn.
[<RequireQualifiedAccess>]
type MapError =
    /// The map would run over more than `Map.longest` hours; the hours at both ends.
    | TooLong of first: Hour * last: Hour

    override this.ToString() =
        match this with
        | TooLong(first, last) ->
            $"a map from {Hour.toText first} to {Hour.toText last} would be longer than 87600 hours; "
            + "give a first or last hour, or look whether a clock was wrong once"

/// A coverage map: time runs down a column, columns run left to right.
type CoverageMap =
    {
        /// How it is laid out.
        Scale: MapScale
        /// The hour with which the first column begins.
        FirstHour: Hour
        /// The last hour shown.
        LastHour: Hour
        /// The cells in order of time: the one in row r and column c is number `c * Rows + r`.
        Cells: ReadOnlyMemory<Cell>
    }

    /// How many columns the map has.
    member this.Columns = this.Cells.Length / this.Scale.Rows

/// The layout of a map.
[<RequireQualifiedAccess>]
module MapScale =

    /// A layout of columns of `rows` cells of `pixel` seconds, or nothing unless `pixel` divides 3600 and
    /// `rows * pixel` divides 3600.
    let tryCreate (pixel: int<s>) (rows: int) : MapScale voption =
        if pixel > 0<s> && rows > 0 && 3600 % int pixel = 0 && 3600 / int pixel % rows = 0 then
            ValueSome
                { PixelSeconds = pixel
                  RowCount = rows }
        else
            ValueNone

    /// 300 rows of 2 seconds: a column is ten minutes, an hour six columns.
    let standard: MapScale = { PixelSeconds = 2<s>; RowCount = 300 }

/// The coverage map (semantics.md section 5).
[<RequireQualifiedAccess>]
module Map =

    /// The longest map there is: ten years of hours.
    [<Literal>]
    let longest = 87_600

    /// Why a map from one hour to another is refused, if it is.
    let internal refusal (first: Hour) (last: Hour) : MapError voption =
        if last - first >= longest * 1<hour> then
            ValueSome(MapError.TooLong(first, last))
        else
            ValueNone

    /// A map from one hour to another, both shown: the cells that lie in an interval whole are full, and each layer in
    /// turn takes those of them that it touches.
    let draw
        (scale: MapScale)
        (first: Hour)
        (last: Hour)
        (whole: Interval)
        (layers: struct (Cell * IntervalSet)[])
        : Result<CoverageMap, MapError> =
        match refusal first last with
        | ValueSome error -> Error error
        | ValueNone ->
            let pixel = int64 scale.Pixel * int64 Duration.second
            let origin = int64 (Hour.start first)
            let count = int (last - first + 1<hour>) * (3600 / int scale.Pixel)
            let cells = Array.zeroCreate<Cell> count

            // Cell numbers, held within the map: so a division may round numbers below zero towards it.
            let held (cell: int64) = int (max 0L (min (int64 count) cell))
            let floorCell (instant: Instant) = held ((int64 instant - origin) / pixel)

            let ceilingCell (instant: Instant) =
                held ((int64 instant - origin + pixel - 1L) / pixel)

            let from = ceilingCell whole.Start
            cells.AsSpan(from, max 0 (floorCell whole.End - from)).Fill Cell.Full

            for struct (cell, set) in layers do
                for interval in set.Intervals do
                    for at in floorCell interval.Start .. ceilingCell interval.End - 1 do
                        if cells[at] <> Cell.None then
                            cells[at] <- cell

            Ok
                { Scale = scale
                  FirstHour = first
                  LastHour = last
                  Cells = ReadOnlyMemory cells }

    /// The words that a map shows beside `full`, the worst last. A plain map shows `partial` and nothing else of them.
    let private layers (isPlain: bool) (account: Account) : struct (Cell * IntervalSet)[] =
        [| struct (Cell.Partial, Word.Partial)
           struct (Cell.Unexpected, Word.Unexpected)
           struct (Cell.Acknowledged, Word.Acknowledged)
           struct (Cell.Pending, Word.Pending)
           struct (Cell.Unknown, Word.Unknown)
           struct (Cell.None, Word.Ahead)
           struct (Cell.None, Word.Missing) |]
        |> Array.map (fun struct (cell, word) ->
            let shown = if isPlain && cell <> Cell.Partial then Cell.None else cell
            struct (shown, Account.set word account))

    /// The first and the last hour that the coverage map of a stream shows: those given, or else those of the span;
    /// `ValueNone` when the span is empty.
    let hoursOf (account: Account) : Result<struct (Hour * Hour), MapError> voption =
        let span = account.Span

        if span.IsEmpty then
            ValueNone
        else
            let settings = account.Facts.Report.Settings
            let first = ValueOption.defaultValue (Hour.ofInstant span.Start) settings.FirstHour

            let last =
                ValueOption.defaultValue (Hour.ofInstant (span.End - 1L<instant>)) settings.LastHour

            match refusal first last with
            | ValueSome error -> ValueSome(Error error)
            | ValueNone -> ValueSome(Ok(struct (first, last)))

    /// The cells of the coverage map of a stream from one hour to another: its map, or a piece of it.
    let part scale first last (account: Account) : Result<CoverageMap, MapError> =
        draw scale first last account.Span (layers false account)

    /// The same, in the three colours of the wubloader project's checker: what is not covered is `None`, whatever its word.
    let plainPart scale first last (account: Account) : Result<CoverageMap, MapError> =
        draw scale first last account.Span (layers true account)

    /// The coverage map of a stream, drawn whole; `ValueNone` when the span is empty.
    let ofAccount (scale: MapScale) (account: Account) : Result<CoverageMap, MapError> voption =
        hoursOf account
        |> ValueOption.map (Result.bind (fun (struct (first, last)) -> part scale first last account))
