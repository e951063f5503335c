// What would another node's files fill? dotnet fsi scripts/what-if.fsx [ARCHIVE LIST]   (the demo's without them)
// The list is made there: cd ARCHIVE && find . -name '*.ts' -printf '%P\t%s\n' > list.tsv
#load "load.fsx"

open System
open System.IO
open Coverage
open Load

/// A line of the list: CHANNEL/QUALITY, the hour, and a segment in it with its size. Other files are passed over, and
/// what a deletion mark hides here.
let entry (archive: string) (line: string) =
    match line.Split '\t' with
    | [| path; size |] ->
        let mark = Path.ChangeExtension(Path.Combine(archive, path), ".tombstone")

        match path.Split '/', Int64.TryParse size with
        | [| channel; quality; hour; name |], (true, bytes) when name.EndsWith ".ts" && not (File.Exists mark) ->
            Hour.tryParse hour
            |> ValueOption.map (fun hour -> $"{channel}/{quality}", hour, (name, bytes))
            |> ValueOption.toOption
        | _ -> None
    | _ -> raise (IOException $"This line of the list is no path, a tab and a size: {line}")

let demoList () =
    [ for file in DirectoryInfo(demoOther ()).EnumerateFiles("*.ts", SearchOption.AllDirectories) ->
          $"{Path.GetRelativePath(demoOther (), file.FullName)}\t{file.Length}" ]

let usage =
    "Give an archive and a list, or nothing for the demo's. A list has a line for each segment of another node: its path "
    + "below the archive, a tab, and its size in bytes. The head of this script shows the command that makes one."

script (fun arguments ->
    let archive, lines =
        match arguments with
        | [ archive; list ] -> archive, List.ofArray (File.ReadAllLines list)
        | [] -> demo (), demoList ()
        | _ -> raise (ArgumentException usage)

    let here = streams archive |> Map.ofList

    for stream, files in List.choose (entry archive) lines |> List.groupBy (fun (it, _, _) -> it) do
        // Folders of the same hour count as one, so these need no merging.
        let folders = Map.tryFind stream here |> Option.defaultValue [||]
        let more = [ for _, hour, file in files -> HourFolder.ofFiles hour [ file ] ]
        let before = Report.ofFolders Report.defaults folders
        let after = Report.ofFolders Report.defaults (Seq.append folders more)

        let less (part: StreamReport -> IntervalSet) =
            spans (IntervalSet.subtract (part before) (part after))

        printfn "%s" stream
        printfn "  now %s, with the list %s" (Report.completenessText before) (Report.completenessText after)
        printfn "  filled: %s" (less _.Raw.Holes)
        printfn "  no longer partial-only: %s" (less _.PartialOnly)
        printfn "  still missing: %s" (spans after.Raw.Holes)

        for hole in after.Raw.Holes.Intervals do
            printfn "    %s" (span hole))
