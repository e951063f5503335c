namespace Coverage

open System
open System.Buffers
open System.Collections.Generic
open System.Collections.Immutable
open System.Runtime.InteropServices
open System.Text

/// What lies in one hour folder: a value that an archive is made of.
type HourFolder =
    {
        /// The folder's hour.
        Hour: Hour
        /// Its segments, in any order, `temp` ones too.
        Segments: ImmutableArray<Segment>
        /// How many listed names do not fit the grammar.
        Bad: int
    }

/// A listed name that does not fit the grammar.
type internal BadName =
    {
        /// The name, as `SegmentName.printable` shows it.
        Name: string
        /// What is wrong with it.
        Error: SegmentNameError
    }

/// What the names in an hour's folder say.
type internal Listing =
    {
        /// The folder as a value, its segments by start and else as listed; their sizes are not known yet.
        Folder: HourFolder
        /// For each segment of the folder, where its name begins in the block of names.
        NameStarts: ImmutableArray<int>
        /// The first few bad names in the order of their bytes, at most `Listing.badNamesKept`; `Folder.Bad` counts them all.
        BadNames: ImmutableArray<BadName>
        /// How many of the bad names are re-coded: they would fit with a colon in the place of what a copying tool wrote for it.
        Recoded: int
        /// Deletion marks that hide nothing, for they are named `X.ts.tombstone` and `X.ts` is listed: the names of the first
        /// few such files in the order of their bytes, at most `Listing.badNamesKept`.
        MarkedInVain: ImmutableArray<string>
    }

/// Which entries of an hour's folder count, and as what (semantics.md section 1).
[<RequireQualifiedAccess>]
module internal Listing =

    /// How many bad names are kept for showing.
    [<Literal>]
    let badNamesKept = 5

    let private tombstone = ".tombstone"B

    /// Whether a name is a deletion mark's: `X.tombstone` hides `X.ts`.
    let isMark (name: ReadOnlySpan<byte>) : bool = name.EndsWith(tombstone.AsSpan())

    /// Whether a file of this name is listed, unless a deletion mark hides it.
    let isListed (name: ReadOnlySpan<byte>) : bool =
        NameScan.hasSuffix name && name[0] <> byte '.'

    /// The name that begins at a place in a block of names.
    let nameAt (start: int) (names: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let rest = names.Slice start
        let length = rest.IndexOf(byte '/')
        if length < 0 then rest else rest.Slice(0, length)

    /// The names, without `.ts`, that a deletion mark of the block hides. Compared as Latin-1 text, so that any bytes
    /// can be told apart.
    let private hidden (names: ReadOnlySpan<byte>) : HashSet<string> =
        let marks = HashSet<string>(StringComparer.Ordinal)

        if names.IndexOf(tombstone.AsSpan()) >= 0 then
            let mutable at = 0

            while at < names.Length do
                let name = nameAt at names

                if isMark name then
                    marks.Add(Encoding.Latin1.GetString(name.Slice(0, name.Length - tombstone.Length)))
                    |> ignore

                at <- at + name.Length + 1

        marks

    let private isMarkedInVain (hidden: HashSet<string>) (name: ReadOnlySpan<byte>) : bool =
        hidden.Count > 0 && hidden.Contains(Encoding.Latin1.GetString name)

    let private isHidden (hidden: HashSet<string>) (name: ReadOnlySpan<byte>) : bool =
        hidden.Count > 0
        && hidden.Contains(Encoding.Latin1.GetString(name.Slice(0, name.Length - 3)))

    /// Keeps where the first few names begin, in the order of their bytes: `places` are those kept so far of the block.
    let private keep (names: ReadOnlySpan<byte>) (start: int) (places: List<int>) : unit =
        let name = nameAt start names

        if
            places.Count < badNamesKept
            || name.SequenceCompareTo(nameAt places[places.Count - 1] names) < 0
        then
            let mutable at = places.Count

            while at > 0 && name.SequenceCompareTo(nameAt places[at - 1] names) < 0 do
                at <- at - 1

            places.Insert(at, start)

            if places.Count > badNamesKept then
                places.RemoveAt badNamesKept

    /// The first so many segments in order of start, and where their names begin.
    let private inOrder (segments: Segment[]) (starts: int[]) (count: int) : struct (Segment[] * int[]) =
        let order = ArrayPool<int>.Shared.Rent count

        for i in 0 .. count - 1 do
            order[i] <- i

        StartOrder.sort (ReadOnlySpan(segments, 0, count)) (order.AsSpan(0, count))
        let segmentsInOrder = GC.AllocateUninitializedArray<Segment> count
        let startsInOrder = GC.AllocateUninitializedArray<int> count

        for i in 0 .. count - 1 do
            segmentsInOrder[i] <- segments[order[i]]
            startsInOrder[i] <- starts[order[i]]

        ArrayPool<int>.Shared.Return order
        struct (segmentsInOrder, startsInOrder)

    /// The bad names that begin at some places, each with what is wrong with it.
    let private badNamesAt (places: List<int>) (names: ReadOnlySpan<byte>) : BadName[] =
        let shown = Array.zeroCreate<BadName> places.Count

        for i in 0 .. shown.Length - 1 do
            let name = nameAt places[i] names

            shown[i] <-
                { Name = SegmentName.printable name
                  Error = SegmentName.errorOf (NameScan.scan name).Fault name }

        shown

    /// Reads a block of names, each followed by `/` (which no name can hold), of what lies in an hour's folder. Names
    /// of folders are not to be among them, but for deletion marks, which may be anything. Total.
    let read (hour: Hour) (names: ReadOnlySpan<byte>) : Listing =
        let hidden = hidden names
        // A place for each name, and for the one that nothing may follow.
        let places = names.Count(byte '/') + 1
        let segments = ArrayPool<Segment>.Shared.Rent places
        let starts = ArrayPool<int>.Shared.Rent places
        let mutable count = 0
        let badNames = List<int>()
        let markedInVain = List<int>()
        let mutable bad = 0
        let mutable recoded = 0
        let mutable at = 0

        while at < names.Length do
            let name = nameAt at names

            if isListed name && not (isHidden hidden name) then
                let scanned = NameScan.scan name

                if isMarkedInVain hidden name then
                    keep names at markedInVain

                if scanned.Fits then
                    segments[count] <- scanned.InHour hour
                    starts[count] <- at
                    count <- count + 1
                else
                    keep names at badNames
                    bad <- bad + 1

                    if SegmentName.isRecoded name then
                        recoded <- recoded + 1

            at <- at + name.Length + 1

        let struct (segmentsInOrder, startsInOrder) = inOrder segments starts count
        ArrayPool<int>.Shared.Return starts
        ArrayPool<Segment>.Shared.Return segments
        let marked = Array.zeroCreate<string> markedInVain.Count

        for i in 0 .. marked.Length - 1 do
            marked[i] <- SegmentName.printable (nameAt markedInVain[i] names)

        { Folder =
            { Hour = hour
              Segments = ImmutableCollectionsMarshal.AsImmutableArray segmentsInOrder
              Bad = bad }
          NameStarts = ImmutableCollectionsMarshal.AsImmutableArray startsInOrder
          BadNames = ImmutableCollectionsMarshal.AsImmutableArray(badNamesAt badNames names)
          Recoded = recoded
          MarkedInVain = ImmutableCollectionsMarshal.AsImmutableArray marked }

/// Hour folders as values.
[<RequireQualifiedAccess>]
module HourFolder =

    /// <summary>The folder of an hour, from the names and sizes in bytes of the files in it.</summary>
    /// <example><code lang="fsharp">
    /// let folder = HourFolder.ofFiles Hour.first [ "00:00.0-2-full-.ts", 900L; "odd.ts", 5L; "chat.json", 7L ]
    /// folder.Segments.Length, folder.Bad
    /// // (1, 1)
    /// </code></example>
    let ofFiles (hour: Hour) (files: seq<string * int64>) : HourFolder =
        let files = Seq.toArray files
        let names = files |> Array.map (fun (name, _) -> Encoding.UTF8.GetBytes(name + "/"))
        let starts = names |> Array.scan (fun at name -> at + name.Length) 0

        let sizes =
            Seq.zip starts files |> Seq.map (fun (start, (_, size)) -> start, size) |> dict

        let listing = Listing.read hour (ReadOnlySpan(Array.concat names))

        { listing.Folder with
            Segments =
                Seq.zip listing.Folder.Segments listing.NameStarts
                |> Seq.map (fun (segment, start) -> { segment with Size = sizes[start] })
                |> ImmutableArray.CreateRange }

    /// The folder with sizes looked up for some of its segments: a size for each index; -1 for a file that is gone,
    /// which is taken out, as if it were never listed (semantics.md section 1).
    let internal withSizes
        (indices: ImmutableArray<int>)
        (sizes: ImmutableArray<int64>)
        (folder: HourFolder)
        : HourFolder =
        let segments = folder.Segments.AsSpan().ToArray()
        let isGone = Array.zeroCreate<bool> segments.Length
        let mutable kept = 0

        for at in 0 .. indices.Length - 1 do
            segments[indices[at]] <-
                { segments[indices[at]] with
                    Size = sizes[at] }

            isGone[indices[at]] <- sizes[at] < 0L

        for i in 0 .. segments.Length - 1 do
            if not isGone[i] then
                segments[kept] <- segments[i]
                kept <- kept + 1

        { folder with
            Segments = Exactly.immutable segments kept }

    /// The folder with measured durations: one for each segment; a negative one for a file that is gone, which is taken out.
    let internal withDurations (durations: ImmutableArray<Duration>) (folder: HourFolder) : HourFolder =
        let segments = folder.Segments.AsSpan().ToArray()
        let mutable kept = 0

        for i in 0 .. segments.Length - 1 do
            if durations[i] >= Duration.zero then
                segments[kept] <-
                    { segments[i] with
                        Duration = durations[i] }

                kept <- kept + 1

        { folder with
            Segments = Exactly.immutable segments kept }
