namespace Coverage

open System
open System.Collections.Generic
open System.IO
open System.IO.Enumeration

/// Where a stream lies in an archive.
type StreamFolder =
    {
        /// The name of its channel.
        Channel: string
        /// The name of its quality.
        Quality: string
        /// The path of its folder, which holds the folders of its hours.
        Path: string
    }

/// Reads recorded archives from disk, as semantics.md section 1 lays them out: BASE/CHANNEL/QUALITY/HOUR/segments.
/// Whatever vanishes meanwhile counts as never listed. What cannot be read for any other reason throws, as .NET's own
/// functions do and with the path in the message: there is no number then, rather than a hole that is not there.
[<RequireQualifiedAccess>]
module Archive =

    let private isGone (error: exn) =
        error :? FileNotFoundException || error :? DirectoryNotFoundException

    let private unlessGone (look: unit -> 'T[]) : 'T[] =
        try
            look ()
        with error when isGone error ->
            [||]

    /// Whether a link leads anywhere. What is forbidden and what is nowhere look alike until each link is followed.
    let private leadsSomewhere (link: string) : bool =
        try
            File.GetUnixFileMode link |> ignore
            true
        with error when isGone error ->
            try
                match File.ResolveLinkTarget(link, returnFinalTarget = true) with
                | null -> ()
                | target -> File.GetAttributes target.FullName |> ignore
            with
            | error when isGone error -> ()
            // Links in a circle: the one error of these that has no number of the system's.
            | :? IOException as circle when circle.HResult = 0x80131620 -> ()

            false

    /// The entries of a folder, in order of name, each with whether it is a folder itself. Only links are looked up.
    let private listOnce (folder: string) : (string * bool)[] =
        let entries (skipped: FileAttributes) =
            FileSystemEnumerable(
                folder,
                (fun (entry: byref<FileSystemEntry>) -> entry.FileName.ToString(), entry.IsDirectory),
                EnumerationOptions(AttributesToSkip = skipped, IgnoreInaccessible = false)
            )

        let plain = HashSet(entries FileAttributes.ReparsePoint)

        entries FileAttributes.None
        |> Seq.filter (fun (name, isFolder) ->
            isFolder
            || plain.Contains((name, false))
            || leadsSomewhere (Path.Combine(folder, name)))
        |> Seq.sort
        |> Seq.toArray

    /// The entries of a folder. A listing can miss a file that is renamed meanwhile, under both of its names, so two in
    /// a row must agree; a folder that never rests is taken as it is.
    let private list (folder: string) : (string * bool)[] =
        let rec settled patience before =
            let now = listOnce folder

            if now = before || patience = 0 then
                now
            else
                settled (patience - 1) now

        settled 5 (listOnce folder)

    /// A file's size in bytes, links followed; nothing for one that is gone.
    let private sizeOf (path: string) : int64 voption =
        try
            let file = FileInfo path

            if isNull file.LinkTarget then
                ValueSome file.Length
            else
                use target = File.OpenHandle path
                ValueSome(RandomAccess.GetLength target)
        with error when isGone error ->
            ValueNone

    /// What lies in the folder of an hour. Every suspect and partial segment has its size, so that folders of the same
    /// hour can be put together; full ones need none.
    let private hourFolder (folder: string) (hour: Hour) : HourFolder =
        let size name =
            match SegmentName.parse hour name with
            | Ok segment when segment.Kind = SegmentKind.Suspect || segment.Kind = SegmentKind.Partial ->
                sizeOf (Path.Combine(folder, name))
            | _ -> ValueSome -1L

        [ for name, isFolder in list folder do
              if not isFolder || name.EndsWith(".tombstone", StringComparison.Ordinal) then
                  match size name with
                  | ValueSome size -> name, size
                  | ValueNone -> () ]
        |> HourFolder.ofFiles hour

    /// The paths of the hours' folders in the folder of a stream, in order; what is called otherwise is no hour.
    let private hours (stream: string) : (string * Hour)[] =
        [| for name, isFolder in list stream do
               match Hour.tryParse name with
               | ValueSome hour when isFolder -> Path.Combine(stream, name), hour
               | _ -> () |]

    /// <summary>Reads the hours of a stream, each into the value that <c>Report.ofFolders</c> takes (semantics.md
    /// section 1).</summary>
    /// <remarks>.NET shows names that are not UTF-8 with other characters in their place: such a name is bad here as
    /// elsewhere, but a deletion mark of one hides all that then look alike.</remarks>
    /// <param name="stream">The path of the stream's folder, BASE/CHANNEL/QUALITY.</param>
    /// <exception cref="T:System.IO.DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="T:System.IO.IOException">A folder or a size cannot be read.</exception>
    /// <exception cref="T:System.UnauthorizedAccessException">A folder or a size may not be read.</exception>
    let read (stream: string) : HourFolder[] =
        hours stream
        |> Array.collect (fun (folder, hour) -> unlessGone (fun () -> [| hourFolder folder hour |]))

    /// <summary>The streams of an archive: the folders BASE/CHANNEL/QUALITY in which some hour's folder holds a segment,
    /// in order of name. Hidden ones, and lost+found, are left out.</summary>
    /// <param name="baseFolder">The path of the folder that holds the channels.</param>
    /// <exception cref="T:System.IO.DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="T:System.IO.IOException">A folder cannot be read.</exception>
    /// <exception cref="T:System.UnauthorizedAccessException">A folder may not be read.</exception>
    let streams (baseFolder: string) : StreamFolder[] =
        let subfolders folder =
            [| for name, isFolder in list folder do
                   if isFolder && name[0] <> '.' then
                       name, Path.Combine(folder, name) |]

        let holdsSegments stream =
            unlessGone (fun () -> hours stream)
            |> Array.exists (fun (folder, hour) ->
                unlessGone (fun () -> [| hourFolder folder hour |])
                |> Array.exists (fun found -> found.Segments.Length + found.Bad > 0))

        [| for channel, path in subfolders baseFolder do
               if channel <> "lost+found" then
                   for quality, path in unlessGone (fun () -> subfolders path) do
                       if holdsSegments path then
                           { Channel = channel
                             Quality = quality
                             Path = path } |]
