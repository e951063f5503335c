namespace Coverage

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.Security.Cryptography
open System.Text

/// What a deletion mark `X.tombstone` names: `X.ts`.
[<Struct; NoComparison; NoEquality>]
type internal Mark =
    {
        /// The bytes of `X.ts`.
        Name: byte[]
        /// The segment of that name, where it fits the grammar.
        Segment: Segment voption
    }

/// What a node lists in the folder of one hour, for comparing nodes (semantics.md section 10): names are kept. Nodes that list
/// the same may share one value.
[<NoComparison; ReferenceEquality>]
type internal HourNames =
    {
        /// The hour.
        Hour: Hour
        /// The digest, once it is asked for.
        Digested: Lazy<UInt128>
        /// How many names are listed and how many marks there are, together.
        Count: int
        /// The segments that are listed and not `temp`, in the order of the bytes of their names, which is one of start too: TIME
        /// stands first, and neither `-` nor `.` is greater than a digit. Their sizes are -1 while they are not known.
        Segments: ImmutableArray<Segment>
        /// The names as they were read, each followed by `/`.
        Block: byte[]
        /// For each segment, where its name begins in the block.
        Starts: ImmutableArray<int>
        /// The deletion marks, in the order of their bytes.
        Marks: ImmutableArray<Mark>
        /// Listed names whose DURATION ends every pass of a back-filler: the blocker `duration`.
        Endless: ImmutableArray<string>
    }

    /// Says which names are listed and which marks there are, in whatever order: the sum, modulo 2^128, of the first 16 bytes,
    /// as a number in network order, of the SHA-256 of each listed name (`temp` and bad ones too) and of each mark's.
    member this.Digest: UInt128 = this.Digested.Value

    /// The bytes of the name of a segment.
    member this.NameAt(index: int) : ReadOnlySpan<byte> =
        Listing.nameAt this.Starts[index] (ReadOnlySpan this.Block)

/// Names of hours.
[<RequireQualifiedAccess>]
module internal HourNames =

    /// What one name adds to a digest.
    let private digestOf (name: ReadOnlySpan<byte>) : UInt128 =
        let hash = Array.zeroCreate<byte> 32
        SHA256.HashData(name, hash.AsSpan()) |> ignore
        Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(ReadOnlySpan(hash, 0, 16))

    let private compare (a: byte[]) (b: byte[]) : int =
        (ReadOnlySpan a).SequenceCompareTo(ReadOnlySpan b)

    /// The names `X.ts` that the marks of a block name, in order.
    let private marksOf (hour: Hour) (names: ReadOnlySpan<byte>) : Mark[] =
        let marks = List<byte[]>()
        let mutable at = 0

        while at < names.Length do
            let name = Listing.nameAt at names

            if Listing.isMark name then
                let marked = name.Slice(0, name.Length - ".tombstone".Length).ToArray()
                marks.Add(Array.append marked ".ts"B)

            at <- at + name.Length + 1

        marks.Sort compare

        [| for name in marks do
               let scanned = NameScan.scan (ReadOnlySpan name)
               let fits = scanned.Fits

               { Name = name
                 Segment = if fits then ValueSome(scanned.InHour hour) else ValueNone } |]

    /// The index of a name in a sorted list of that many, or the complement of where it would stand.
    let inline private find (count: int) ([<InlineIfLambda>] compareAt: int -> int) : int =
        let mutable low = 0
        let mutable high = count - 1
        let mutable found = -1

        while found < 0 && low <= high do
            let middle = low + (high - low) / 2
            let order = compareAt middle

            if order = 0 then found <- middle
            elif order > 0 then low <- middle + 1
            else high <- middle - 1

        if found >= 0 then found else ~~~low

    /// The place of a name among the segments, or a negative number.
    let indexOf (name: byte[]) (hour: HourNames) : int =
        find hour.Segments.Length (fun at -> (ReadOnlySpan name).SequenceCompareTo(hour.NameAt at))

    let private isMarked (marks: Mark[]) (name: ReadOnlySpan<byte>) : bool =
        let bytes = name.ToArray()
        find marks.Length (fun at -> compare bytes marks[at].Name) >= 0

    /// The places of the segments that are not `temp`, in the order of the bytes of their names.
    let private inOrder (listing: Listing) (block: byte[]) : int[] =
        let segments = listing.Folder.Segments
        let places = Array.zeroCreate<int> segments.Length
        let mutable count = 0

        let isAfter (a: int) (b: int) : bool =
            let one = Listing.nameAt listing.NameStarts[a] (ReadOnlySpan block)
            let other = Listing.nameAt listing.NameStarts[b] (ReadOnlySpan block)
            one.SequenceCompareTo other > 0

        for i in 0 .. segments.Length - 1 do
            if segments[i].Kind < SegmentKind.Temp then
                let mutable at = count

                // They are in order of start already: only those of equal starts move.
                while at > 0
                      && segments[places[at - 1]].Start = segments[i].Start
                      && isAfter places[at - 1] i do
                    places[at] <- places[at - 1]
                    at <- at - 1

                places[at] <- i
                count <- count + 1

        Array.sub places 0 count

    /// Whether a name of a block with such marks counts, as a listed file or as a mark.
    let private counts (marks: Mark[]) (name: ReadOnlySpan<byte>) : bool =
        Listing.isMark name
        || (Listing.isListed name && not (marks.Length > 0 && isMarked marks name))

    let private digestOfBlock (block: byte[]) (marks: Mark[]) : UInt128 =
        let mutable digest = UInt128.Zero
        let mutable at = 0

        while at < block.Length do
            let name = Listing.nameAt at (ReadOnlySpan block)

            if counts marks name then
                digest <- digest + digestOf name

            at <- at + name.Length + 1

        digest

    /// Reads a block of names, each followed by `/`, of what lies in an hour's folder, as `Listing.read` does: files that are
    /// listed and deletion marks, hidden files too.
    let read (hour: Hour) (names: ReadOnlySpan<byte>) : HourNames =
        let block = names.ToArray()
        let marks = marksOf hour names
        let endless = List<string>()
        let mutable count = 0
        let mutable at = 0

        while at < names.Length do
            let name = Listing.nameAt at names

            if counts marks name then
                count <- count + 1

                if
                    not (Listing.isMark name)
                    && not (NameScan.scan name).Fits
                    && EndlessName.isOne name
                then
                    endless.Add(Encoding.UTF8.GetString name)

            at <- at + name.Length + 1

        let listing = Listing.read hour names
        let places = inOrder listing block
        endless.Sort StringComparer.Ordinal

        { Hour = hour
          Digested = Lazy<UInt128>(fun () -> digestOfBlock block marks)
          Count = count
          Segments =
            places
            |> Array.map (fun place -> listing.Folder.Segments[place])
            |> ImmutableArray.Create<Segment>
          Block = block
          Starts =
            places
            |> Array.map (fun place -> listing.NameStarts[place])
            |> ImmutableArray.Create<int>
          Marks = ImmutableArray.Create<Mark> marks
          Endless = ImmutableArray.CreateRange endless }

    /// The hour with the digest that it is known to have.
    let withDigest (digest: UInt128) (hour: HourNames) : HourNames =
        { hour with
            Digested = Lazy<UInt128>(digest) }

    /// The hour with sizes in bytes for some of its segments; -1 for a file that is gone, which is taken out, as if it were
    /// never listed.
    let withSizes (places: ImmutableArray<int>) (sizes: ImmutableArray<int64>) (hour: HourNames) : HourNames =
        let segments = hour.Segments.AsSpan().ToArray()
        let isGone = Array.zeroCreate<bool> segments.Length

        for i in 0 .. places.Length - 1 do
            segments[places[i]] <-
                { segments[places[i]] with
                    Size = sizes[i] }

            isGone[places[i]] <- sizes[i] < 0L

        let kept, gone =
            [| 0 .. segments.Length - 1 |] |> Array.partition (fun i -> not isGone[i])

        let digest () =
            let mutable digest = hour.Digest

            for i in gone do
                digest <- digest - digestOf (hour.NameAt i)

            digest

        { hour with
            Digested =
                if gone.Length = 0 then
                    hour.Digested
                else
                    Lazy<UInt128> digest
            Count = hour.Count - gone.Length
            Segments = kept |> Array.map (fun i -> segments[i]) |> ImmutableArray.Create<Segment>
            Starts = kept |> Array.map (fun i -> hour.Starts[i]) |> ImmutableArray.Create<int> }

    /// Whether a segment, or a mark, of one listing is one of another; a size decides nothing of a `full` one.
    let private areSameAt (a: HourNames) (b: HourNames) (place: int) : bool =
        (a.NameAt place).SequenceEqual(b.NameAt place)
        && (a.Segments[place].Kind = SegmentKind.Full
            || a.Segments[place].Size = b.Segments[place].Size)

    /// Whether two nodes list the same, as far as any number can tell: segments, their sizes, and marks.
    let areSame (a: HourNames) (b: HourNames) : bool =
        if obj.ReferenceEquals(a, b) then
            true
        elif a.Segments.Length <> b.Segments.Length || a.Marks.Length <> b.Marks.Length then
            false
        else
            let mutable same = true
            let mutable at = 0

            while same && at < a.Segments.Length do
                same <- areSameAt a b at
                at <- at + 1

            at <- 0

            while same && at < a.Marks.Length do
                same <- compare a.Marks[at].Name b.Marks[at].Name = 0
                at <- at + 1

            same

    /// What segments cover that are not best for their start.
    let notBest (hour: HourNames) : IntervalSet =
        let best =
            (Selection.ofFolder
                { Hour = hour.Hour
                  Segments = hour.Segments
                  Bad = 0 })
                .Best

        let times = List<Interval>()
        let mutable at = 0

        for segment in hour.Segments do
            while best[at].Start < segment.Start do
                at <- at + 1

            if best[at].Interval <> segment.Interval then
                times.Add segment.Interval

        IntervalSet.ofIntervals times

    /// What segments would cover that marks name.
    let marked (hour: HourNames) : IntervalSet =
        let times = List<Interval>()

        for mark in hour.Marks do
            match mark.Segment with
            | ValueSome segment when segment.Kind < SegmentKind.Temp -> times.Add segment.Interval
            | _ -> ()

        IntervalSet.ofIntervals times
