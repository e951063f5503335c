namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable

/// What the files of a stream are.
[<NoComparison; NoEquality>]
type internal Recorded =
    {
        /// The segments by the hour of their starts, with how many bad files start there.
        Folders: ImmutableArray<HourFolder>
        /// The same segments in order of start, each with its path.
        Files: ImmutableArray<struct (Segment * string)>
        /// The files whose bytes cannot be read, each with the hour in which it starts, in order. Of that hour nothing is known.
        Unread: ImmutableArray<struct (Hour * string)>
        /// The bad files, with why, in the order of their paths.
        Bad: ImmutableArray<struct (string * FileFault)>
        /// How many files have a local time that came twice.
        Ambiguous: int
        /// By how much clocks seem to be off.
        OffBy: Duration voption
    }

/// Making segments of the media files of other recorders (semantics.md section 13).
[<RequireQualifiedAccess>]
module internal Recording =

    /// Of how many files, the newest, the clocks are looked at.
    [<Literal>]
    let private Newest = 200

    let private minute: Duration = Duration.ofSeconds 60L

    /// The lower middle; zero of none.
    let private median (lengths: Duration[]) : Duration =
        if lengths.Length = 0 then
            Duration.zero
        else
            (Array.sort lengths)[(lengths.Length - 1) / 2]

    /// Whether the newest file of a stream, the last of them, is still being written.
    let private isTemp (now: Instant) (files: PlacedFile[]) : bool =
        let newest = files[files.Length - 1]

        let isClosed =
            match FoundFile.mediaOf newest.File with
            | ValueSome(Ok media) -> media.IsClosed
            | _ -> false

        let patience () =
            let lengths = List<Duration> files.Length

            for at in 0 .. files.Length - 2 do
                match FoundFile.lengthOf files[at].File with
                | ValueSome length -> lengths.Add length
                | ValueNone -> ()

            2L * median (lengths.ToArray()) + minute

        not isClosed && Instant.until now newest.Start < patience ()

    /// The length of each file, from its start to the next: files of one start are equally long.
    let private untilNext (files: PlacedFile[]) : Duration[] =
        let starts = files |> Array.map _.Start |> Array.distinct

        let distances =
            starts
            |> Array.pairwise
            |> Array.map (fun (one, next) -> Instant.until next one)

        let usual = median distances

        let ofStart =
            dict
                [ for at in 0 .. starts.Length - 1 do
                      let length =
                          if at < distances.Length && 2L * distances[at] <= 3L * usual then
                              distances[at]
                          else
                              usual

                      starts[at], min length FoundFile.longest ]

        files |> Array.map (fun file -> ofStart[file.Start])

    /// What each of the files, in order of start, is: its length and kind, or why it is bad.
    let private told
        (rule: LengthRule)
        (now: Instant)
        (files: PlacedFile[])
        : Result<struct (Duration * SegmentKind), MediaFault>[] =
        match rule with
        | LengthRule.Fixed length -> files |> Array.map (fun _ -> Ok(struct (length, SegmentKind.Full)))
        | LengthRule.Next ->
            untilNext files
            |> Array.map (fun length -> Ok(struct (length, SegmentKind.Full)))
        | LengthRule.Content ->
            let last = files.Length - 1

            files
            |> Array.mapi (fun at file ->
                if at = last && isTemp now files then
                    Ok(
                        struct (ValueOption.defaultValue Duration.zero (FoundFile.lengthOf file.File),
                                SegmentKind.Temp)
                    )
                else
                    match FoundFile.mediaOf file.File with
                    | ValueSome(Ok media) -> Ok(struct (media.Length, media.Kind))
                    | ValueSome(Error fault) -> Error fault
                    | ValueNone -> Error MediaFault.NoLength)

    /// By how much clocks seem to be off, by the newest files.
    let private offBy (files: PlacedFile[]) : Duration voption =
        files
        |> fun files -> files[max 0 (files.Length - Newest) ..]
        |> Array.choose (fun one ->
            match one.File.Modified, FoundFile.lengthOf one.File with
            | ValueSome modified, ValueSome length ->
                Some(Instant.until modified (Instant.add length one.Start))
            | _ -> None)
        |> ImmutableArray.Create<Duration>
        |> Zone.offBy

    /// In order of start, and files of one start in the order of their paths.
    let private inOrder (files: List<PlacedFile>) : PlacedFile[] =
        let files = files.ToArray()
        let starts = files |> Array.map _.Start
        Array.Sort(starts, files)
        let mutable first = 0

        for at in 1 .. files.Length do
            if at = files.Length || starts[at] <> starts[first] then
                if at - first > 1 then
                    let byPath =
                        Comparer.Create(fun (one: PlacedFile) (other: PlacedFile) ->
                            String.CompareOrdinal(one.File.Path, other.File.Path))

                    Array.Sort(files, first, at - first, byPath)

                first <- at

        files

    /// How long files are taken to be, where no bytes are asked and times that came twice are to be told apart: so long, or the
    /// usual distance of starts.
    let private takenFor (zone: Zone) (rule: LengthRule) (files: FoundFile[]) : Duration voption =
        match rule with
        | LengthRule.Content -> ValueNone
        | LengthRule.Fixed length -> ValueSome length
        | LengthRule.Next ->
            let starts =
                files
                |> Array.choose (fun file ->
                    match FoundFile.place zone ValueNone file with
                    | Ok one -> Some one.Start
                    | Error _ -> None)
                |> Array.distinct
                |> Array.sort

            starts
            |> Array.pairwise
            |> Array.map (fun (one, next) -> Instant.until next one)
            |> median
            |> ValueSome

    /// What the files of a stream are. `undated` are those whose dates are no dates.
    let read
        (zone: Zone)
        (rule: LengthRule)
        (now: Instant)
        (undated: string seq)
        (files: FoundFile seq)
        : Recorded =
        let bad = List<struct (string * FileFault)>()
        let placed = List<PlacedFile>()

        for path in undated do
            bad.Add(struct (path, FileFault.NoDate))

        let files = Seq.toArray files
        let taken = takenFor zone rule files

        for file in files do
            match FoundFile.place zone taken file with
            | Ok one -> placed.Add one
            | Error fault -> bad.Add(struct (file.Path, fault))

        let placed = inOrder placed

        let unread =
            [| for one in placed do
                   if one.File.IsUnread then
                       struct (Hour.ofInstant one.Start, one.File.Path) |]
            |> Array.distinctBy (fun (struct (hour, _)) -> hour)

        let isUnread (hour: Hour) =
            Array.exists (fun (struct (one, _)) -> one = hour) unread

        let placed =
            if unread.Length = 0 then
                placed
            else
                placed |> Array.filter (_.File.IsUnread >> not)

        let told = told rule now placed
        let files = ImmutableArray.CreateBuilder<struct (Segment * string)> placed.Length
        let folders = ImmutableArray.CreateBuilder<HourFolder>()
        let segments = ImmutableArray.CreateBuilder<Segment>()
        let mutable badHere = 0

        for at in 0 .. placed.Length - 1 do
            match told[at] with
            | Ok(struct (length, kind)) ->
                let segment =
                    { Start = placed[at].Start
                      Duration = length
                      Size = placed[at].File.Size
                      Kind = kind }

                segments.Add segment
                files.Add(struct (segment, placed[at].File.Path))
            | Error fault ->
                bad.Add(struct (placed[at].File.Path, FileFault.Media fault))
                badHere <- badHere + 1

            // The files are in order, so that those of an hour follow each other.
            let hour = Hour.ofInstant placed[at].Start

            if at = placed.Length - 1 || Hour.ofInstant placed[at + 1].Start <> hour then
                if not (isUnread hour) then
                    folders.Add
                        { Hour = hour
                          Segments = segments.ToImmutable()
                          Bad = badHere }

                segments.Clear()
                badHere <- 0

        bad.Sort(fun (struct (one, _)) (struct (other, _)) -> String.CompareOrdinal(one, other))

        { Folders = folders.DrainToImmutable()
          Files = files.DrainToImmutable()
          Unread = ImmutableArray.CreateRange unread
          Bad = ImmutableArray.CreateRange bad
          Ambiguous = placed |> Seq.filter _.IsAmbiguous |> Seq.length
          OffBy = offBy placed }

    /// The tolerance where none is given: by how exactly starts are known, and whether they are MediaMTX's.
    let tolerance (resolution: Duration) (isMediaMtx: bool) : Duration =
        if isMediaMtx then
            Duration.second
        elif 2L * resolution < Duration.second then
            Duration.ofMicroseconds 10_000L
        else
            resolution + Duration.ofMicroseconds 10_000L

    /// Whether starts are so inexact that files may have less than they span: else a hole shows.
    let mayBeThin (resolution: Duration) : bool = 2L * resolution >= Duration.second

    /// Whether some run of the best segments without a hole has less than it spans (semantics.md section 13, `thin`): its
    /// durations add up to less than 0.98 of its length less the resolution. `best` are in order of start.
    let isThin (resolution: Duration) (tolerance: Duration) (best: Segment seq) : bool =
        let mutable isThin = false
        let mutable from = Instant.beforeAll
        let mutable reached = Instant.beforeAll
        let mutable sum = Duration.zero

        let finish () =
            let length = Instant.until reached from - resolution

            if sum > Duration.zero && 100L * sum < 98L * length then
                isThin <- true

        for segment in best do
            if segment.Duration > Duration.zero then
                if reached = Instant.beforeAll || Instant.until segment.Start reached > tolerance then
                    finish ()
                    from <- segment.Start
                    sum <- Duration.zero

                sum <- sum + segment.Duration
                reached <- max reached segment.End

        finish ()
        mayBeThin resolution && isThin
