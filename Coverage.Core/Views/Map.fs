namespace Coverage

open System

/// What a cell of the coverage map shows (semantics.md section 5).
type Cell =
    /// Some part of it is outside the extent or in a hole.
    | None = 0uy
    /// All of it is covered, some part of it by suspect or partial segments alone.
    | Partial = 1uy
    /// All of it is covered by full segments, but for seams.
    | Full = 2uy

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

    /// The map of a stream from one hour to another, both shown.
    let draw
        (scale: MapScale)
        (first: Hour)
        (last: Hour)
        (extent: Interval)
        (holes: IntervalSet)
        (partialOnly: IntervalSet)
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

            // The cells that lie in the extent whole.
            let from = ceilingCell extent.Start
            cells.AsSpan(from, max 0 (floorCell extent.End - from)).Fill Cell.Full

            for interval in partialOnly.Intervals do
                let from = floorCell interval.Start
                cells.AsSpan(from, ceilingCell interval.End - from).Replace(Cell.Full, Cell.Partial)

            for hole in holes.Intervals do
                let from = floorCell hole.Start
                cells.AsSpan(from, ceilingCell hole.End - from).Fill Cell.None

            Ok
                { Scale = scale
                  FirstHour = first
                  LastHour = last
                  Cells = ReadOnlyMemory cells }

    /// The first and the last hour that the coverage map of a stream shows: those given, or else those of the extent;
    /// `ValueNone` when the extent is empty.
    let hoursOf (report: StreamReport) : Result<struct (Hour * Hour), MapError> voption =
        if report.Extent.IsEmpty then
            ValueNone
        else
            let first =
                ValueOption.defaultValue (Hour.ofInstant report.Extent.Start) report.Settings.FirstHour

            let last =
                ValueOption.defaultValue
                    (Hour.ofInstant (report.Extent.End - 1L<instant>))
                    report.Settings.LastHour

            match refusal first last with
            | ValueSome error -> ValueSome(Error error)
            | ValueNone -> ValueSome(Ok(struct (first, last)))

    /// The cells of the coverage map of a stream from one hour to another: its map, or a piece of it.
    let part scale first last (report: StreamReport) : Result<CoverageMap, MapError> =
        draw scale first last report.Extent report.Raw.Holes report.PartialOnly

    /// The coverage map of a stream, drawn whole; `ValueNone` when the extent is empty.
    let ofReport (scale: MapScale) (report: StreamReport) : Result<CoverageMap, MapError> voption =
        hoursOf report
        |> ValueOption.map (Result.bind (fun (struct (first, last)) -> part scale first last report))
