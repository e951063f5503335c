namespace Coverage.CommandLine

open System
open System.IO
open Coverage

/// The options that may be meant where the user gives the folder of an archive as a channel, or that of a channel as the base.
/// `folders` names the folders in a folder, given as the user wrote it; null where there is no such folder.
module internal Meant =

    /// Whether folders of hours lie in the folder, this many levels down.
    let rec private holdsHours (folders: string -> string[] | null) (levels: int) (path: string) : bool =
        match folders path with
        | null -> false
        | names when levels = 0 -> names |> Array.exists (Hour.tryParse >> _.IsSome)
        | names ->
            names
            |> Array.exists (fun name -> holdsHours folders (levels - 1) (Path.Combine(path, name)))

    /// Whether the folder holds QUALITY/HOUR.
    let private isChannel folders path = holdsHours folders 1 path

    /// Whether the folder holds CHANNEL/QUALITY/HOUR.
    let private isArchive folders path = holdsHours folders 2 path

    /// The folder in which a folder lies, and its name there, unless the path does not end with a name.
    let private split (path: string) : string * string option =
        let bare = path.TrimEnd '/'
        let at = bare.LastIndexOf '/'

        match bare[at + 1 ..] with
        | ""
        | "."
        | ".." -> Path.Combine(path, ".."), None
        | name when at < 0 -> ".", Some name
        | name -> bare[.. max 0 (at - 1)], Some name

    /// A word as it can be typed, in quotes where it is not plain.
    let private typed (word: string) =
        let isPlain letter =
            Char.IsAsciiLetterOrDigit letter
            || "/._-".Contains(letter, StringComparison.Ordinal)

        if Seq.forall isPlain word then
            word
        else
            Settings.shown word

    /// What is meant by a word that is no channel's name, but the path of an archive or of a channel.
    let tryByPath folders (word: string) : string option =
        if isArchive folders word then
            Some $"--base-dir {typed word}"
        elif isChannel folders word then
            match split word with
            | folder, Some name -> Some $"{typed name} --base-dir {typed folder}"
            | _, None -> None
        else
            None

    /// What is meant by a channel that is an archive: one below the base, or one from here when the base has no such folder.
    let tryByChannel folders (baseDir: string) (channel: string) : string option =
        let below = Path.Combine(baseDir, channel)

        let mayBeElsewhere =
            isNull (folders below)
            || isArchive folders below && not (isChannel folders below)

        if mayBeElsewhere && isArchive folders channel then
            Some $"--base-dir {typed channel}"
        else
            None

    /// What is meant by a base that is the folder of a channel.
    let tryByBase folders (baseDir: string) : string option =
        if isChannel folders baseDir && not (isArchive folders baseDir) then
            Some $"--base-dir {typed (fst (split baseDir))}"
        else
            None
