namespace Coverage.CommandLine

open System
open FSharp.Reflection
open Argu

/// Where the help lists an option.
[<RequireQualifiedAccess>]
type internal Group =
    /// What every command takes.
    | Base
    | Archive
    /// What the files of the archive are called.
    | Layout
    /// What is read in the place of an archive.
    | Lists
    | Judgement
    /// How long what is recorded may still change.
    | Settling
    /// The instant of a judgement that is made once.
    | Instant
    /// The form of an answer that is printed.
    | Answer
    | Check
    | Cut
    | Verify
    | Fleet
    /// Which nodes there are.
    | Nodes
    /// By what rules nodes are compared.
    | Rules
    /// Whether nodes are compared beside what the command is for.
    | Comparing
    /// How the files are read, once or by the service.
    | Reading
    | Map
    | Serve
    /// What is printed instead of a run.
    | Asking

/// The options as Argu reads them. `Base_Dir` is `--base-dir` and, to Argu's configuration reader, `base dir`. Values are
/// texts, because Argu reads the number `0,5` as 5.
[<DisableHelpFlags>]
type internal Argument =
    | [<MainCommand; NoAppSettings>] Channel of CHANNEL: string list
    | Base_Dir of folder: string
    | Qualities of list: string
    | First_Hour of hour: string
    | Last_Hour of hour: string
    | Output_Dir of folder: string
    | Metrics_Port of port: string
    | Check_Interval of seconds: string
    | Full_Every of seconds: string
    | Trust_Stamps of choice: string
    | Forget_After of seconds: string
    | Run_Once
    | Backdoor_Port of port: string
    | Make_Page
    | Connection_String of text: string
    | Tolerance of seconds: string
    | Layout of layout: string
    | Zone of zone: string
    | Duration of length: string
    | Duration_Cache of file: string
    | Names of file: string
    | Intervals of format_file: string
    | Epoch of unit: string
    | Format of format: string
    | Pixel of seconds: string
    | Rows of number: string
    | Max_Hole of seconds: string
    | Max_Missing of seconds: string
    | Strict
    | Words of list: string
    | Quality of name: string
    | Start of instant: string
    | End of instant: string
    | Range of start_end: string
    | Transition of type_seconds: string
    | Allow_Holes
    | Fleet
    | Sizes
    | Part of part: string
    | Measured
    | Verify_Rate of bytes: string
    | Verify_Parts of number: string
    | Expected of file: string
    | Expected_From of instant: string
    | Expected_To of instant: string
    | Acknowledged of file: string
    | Keep of length: string
    | Settling of length: string
    | Now of instant: string
    | Node of node: string
    | Node_File of file: string
    | Node_Token_File of file: string
    | Self of name: string
    | Recent_Cutoff of length: string
    | Backfill_Window of length: string
    | Stale_After of length: string
    | Stuck_After of length: string
    | For of name: string
    | Include of choice: string
    | Bind of address: string
    | Api_Token_File of file: string
    | Allowed_Hosts of list: string
    | Log_Format of format: string
    | Log_Level of level: string
    | [<NoAppSettings>] Version
    | [<NoAppSettings>] Help

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Channel _ -> "the head of the help describes it"
            | Base_Dir _ -> "the folder that holds the channels (default: .)"
            | Qualities _ ->
                "the qualities to check, with commas between; * is every quality found, an empty text is none "
                + "(default: source)"
            | First_Hour _ ->
                "the first hour to check: 2025-11-07T18, or an instant in it such as 2025-11-07T18:30:00+01:00 or "
                + "Nov 7 2025; without a zone it is UTC, without a time midnight (default: the first hour found)"
            | Last_Hour _ -> "the last hour to check, written in the same way (default: the last hour found)"
            | Output_Dir _ ->
                "the folder for the maps; a relative folder lies in the base (default: coverage-maps)"
            | Metrics_Port _ -> "the port of HTTP, 1 to 65535 (default: 8006)"
            | Check_Interval _ ->
                "the seconds from one check to the next, over 0, at most 86400 (default: 60)"
            | Full_Every _ ->
                "the seconds after which every folder is read again, changed or not, at most 86400 (default: 3600)"
            | Trust_Stamps _ ->
                "whether a folder whose modification time did not move counts as unchanged: always, never, or auto, "
                + "on file systems that are known to move it with every change; see operations.md (default: auto)"
            | Forget_After _ ->
                "the seconds for which the service keeps the last figures of a stream whose segments are gone, and counts "
                + "the stream as failing, at most 1000000000 (default: 86400)"
            | Run_Once -> "the service ends after one check; not with --verify-parts (default: off)"
            | Backdoor_Port _ ->
                "the service runs F# Interactive for anyone who connects to this port of 127.0.0.1; 0 is off (default: 0)"
            | Make_Page -> "the service also writes a page with the maps of all nodes (default: off)"
            | Connection_String _ ->
                "the PostgreSQL database that lists the nodes, of fleet, of cut and serve with --fleet, and for the page of serve: host=db user=me dbname=it "
                + "password=..., or postgresql://me:...@db/it; without it the page shows the local map alone (default: none)"
            | Tolerance _ ->
                "the longest gap, in seconds, that is not a hole, at most 86400 (default: 0.01; with another --layout as its names are "
                + "exact, see recorders.md)"
            | Layout _ ->
                "what the files are called: wubloader, mediamtx, frigate, hls, or a template such as "
                + "%path/%Y-%m-%d_%H-%M-%S; see recorders.md (default: wubloader)"
            | Zone _ ->
                "the time zone of names that say none, such as Europe/Berlin; not with --layout wubloader or hls (default: UTC)"
            | Duration _ ->
                "how long files of another layout are: content, as their bytes say; next, until the next one starts; or so many "
                + "seconds (default: content)"
            | Duration_Cache _ ->
                "a file in which the lengths of files are remembered, so that each is opened once (default: none; for serve one in "
                + "the folder of the maps)"
            | Names _ ->
                "a list of the files that stands for the archive, a path a line, as find or rclone write it; - is the standard "
                + "input; see recorders.md"
            | Intervals _ ->
                "a list of what is recorded that stands for the archive: bed=FILE, csv=FILE or jsonl=FILE; - is the standard input; "
                + "see recorders.md"
            | Epoch _ ->
                "what a number counts as an instant in that list: s, ms or us since 1970 (default: s in bed, else there are no numbers)"
            | Format _ ->
                "the form of the answer: table, json, csv, bed or acknowledgements, the lines that --acknowledged takes; cut "
                + "knows table, which is a line, and json; verify table, json and csv; fleet table, json, csv and bed, and with --for the "
                + "lists fetch, aria2, curl and sha256 (default: table)"
            | Pixel _ -> "the seconds in a cell of the map, a whole number that divides 3600 (default: 2)"
            | Rows _ -> "the rows of the map; rows times pixel divides 3600 (default: 300)"
            | Max_Hole _ ->
                "the longest hole, in seconds, that check lets pass, at most 1000000000 (default: none)"
            | Max_Missing _ ->
                "the most missing time, in seconds, that check lets pass, at most 1000000000 (default: none)"
            | Strict -> "check also counts partial-only time as missing (default: off)"
            | Words _ ->
                "the words whose spans --format bed lists, with commas between, such as missing,pending (default: the holes)"
            | Quality _ -> "the quality to cut (default: source)"
            | Start _ ->
                "the start of the range to cut: an instant such as 2025-11-07T18:00:00.5; without a zone it is UTC"
            | End _ -> "the end of that range, which is not in it, written in the same way"
            | Range _ ->
                "a range to cut, START,END with both written so, instead of --start and --end; more than one can be given, and make "
                + "one video"
            | Transition _ ->
                "how a range follows the one before it: TYPE,SECONDS such as fade,1.5, or an empty text for a hard cut; once for each "
                + "range but the first (default: hard cuts)"
            | Allow_Holes -> "what is there of a range is cut, whatever is missing (default: off)"
            | Fleet ->
                "the nodes of the fleet are asked: cut says for each whether it can cut the range, and from which to cut; serve compares "
                + "them beside its checks, as the command fleet does, and needs --self; see fleet.md (default: off)"
            | Sizes -> "check also asks for the size of every file and names the empty ones (default: off)"
            | Part _ ->
                "what verify reads: all, 5% of the segments, 2GB of them, or 3/30, the third of thirty parts; every suspect segment and the "
                + "last hour are read besides (default: all)"
            | Measured ->
                "verify also says what is covered by the lengths of the media, beside what is by those of the names (default: off)"
            | Verify_Rate _ ->
                "the most bytes that are read from files in a second, such as 20MB (default: no limit for verify, 20MB for "
                + "serve)"
            | Verify_Parts _ ->
                "in how many parts the service verifies the archive, one after each check, such as 30; 0 is off (default: 0)"
            | Expected _ ->
                "a file that says when streams are expected, a calendar (.ics) or a table (.csv with stream,start,end); more "
                + "than one can be given; see expected.md (default: from the first to the last segment)"
            | Expected_From _ ->
                "every stream is expected from this instant on, written as for --first-hour (default: none)"
            | Expected_To _ -> "the end of what --expected-from says (default: until further notice)"
            | Acknowledged _ ->
                "a file of losses that are known and accepted (.csv with stream,start,end,reason,by,until); see expected.md "
                + "(default: none)"
            | Keep _ ->
                "how long recordings are kept: seconds, or a number with m, h or d; what is older is not missing "
                + "(default: for ever)"
            | Settling _ ->
                "for how long after it was live a time may still come in, beside the longest segment, and a file may still change: "
                + "seconds, or a number with m, h or d (default: 240)"
            | Now _ ->
                "the instant at which check, map, verify and fleet judge, written as for --first-hour (default: the clock's)"
            | Node _ ->
                "a node: NAME=FOLDER for an archive in a folder, or NAME=URL; NAME!= is a node from which the others do not "
                + "back-fill; more than one can be given; see fleet.md"
            | Node_File _ ->
                "a file with more of these, a line each; lines that begin with # are passed over (default: none)"
            | Node_Token_File _ ->
                "a file with the token for nodes that ask for one, as --api-token-file has it there (default: none)"
            | Self _ ->
                "the name of the node whose archive is in --base-dir, whatever its address is elsewhere (default: none)"
            | Recent_Cutoff _ ->
                "how old a segment must be before back-filling copies it: seconds, or a number with m, h or d (default: 120)"
            | Backfill_Window _ ->
                "how old an hour may be for back-filling to copy it, written in the same way (default: of any age)"
            | Stale_After _ ->
                "how old the last answer of a node may be before nothing is known of it, written in the same way; a folder is "
                + "read at once (default: 600)"
            | Stuck_After _ ->
                "how long time may stay fillable before back-filling counts as stuck, written in the same way; this takes more "
                + "than one round (default: 900)"
            | For _ -> "the node whose lacking files --format fetch, aria2, curl or sha256 lists"
            | Include _ ->
                "withheld: the list has what back-filling will not bring, too (default: what it brings)"
            | Bind _ -> "the IP address on which HTTP listens (default: all)"
            | Api_Token_File _ ->
                "a file with a token that every request must carry, except those for health and metrics (default: none)"
            | Allowed_Hosts _ ->
                "the host names that requests may use, with commas between, without ports; a name may begin with *. "
                + "(default: any)"
            | Log_Format _ -> "the form of the log: text or json (default: text)"
            | Log_Level _ ->
                "the least severe message to log: trace, debug, information, warning, error or critical, in any case "
                + "(default: WUBLOADER_LOG_LEVEL if it is set, else information)"
            | Version -> "print the version and exit"
            | Help -> "print this text and exit"

    member this.Group: Group =
        match this with
        | Channel _
        | Base_Dir _
        | Trust_Stamps _ -> Group.Base
        | Qualities _
        | First_Hour _
        | Last_Hour _
        | Tolerance _ -> Group.Archive
        | Layout _
        | Zone _
        | Duration _
        | Duration_Cache _ -> Group.Layout
        | Names _
        | Intervals _
        | Epoch _ -> Group.Lists
        | Expected _
        | Expected_From _
        | Expected_To _
        | Acknowledged _
        | Keep _ -> Group.Judgement
        | Settling _ -> Group.Settling
        | Now _ -> Group.Instant
        | Node _
        | Node_File _
        | Node_Token_File _
        | Self _
        | Connection_String _ -> Group.Nodes
        | Recent_Cutoff _
        | Backfill_Window _
        | Stale_After _
        | Stuck_After _ -> Group.Rules
        | For _
        | Include _ -> Group.Fleet
        | Fleet -> Group.Comparing
        | Part _
        | Measured -> Group.Verify
        | Verify_Rate _ -> Group.Reading
        | Format _ -> Group.Answer
        | Sizes
        | Max_Hole _
        | Max_Missing _
        | Strict
        | Words _ -> Group.Check
        | Quality _
        | Start _
        | End _
        | Range _
        | Transition _
        | Allow_Holes -> Group.Cut
        | Output_Dir _
        | Pixel _
        | Rows _ -> Group.Map
        | Metrics_Port _
        | Check_Interval _
        | Full_Every _
        | Forget_After _
        | Verify_Parts _
        | Run_Once
        | Backdoor_Port _
        | Make_Page
        | Bind _
        | Api_Token_File _
        | Allowed_Hosts _
        | Log_Format _
        | Log_Level _ -> Group.Serve
        | Version
        | Help -> Group.Asking

/// The names of the options, taken from the union's cases: `Base_Dir` is `--base-dir`.
module internal Name =

    let private ofCase (case: UnionCaseInfo) =
        "--" + case.Name.ToLowerInvariant().Replace('_', '-')

    let option (argument: Argument) =
        FSharpValue.GetUnionFields(argument, typeof<Argument>, true) |> fst |> ofCase

    /// The name of an option from Argu's configuration key: `base dir` is `--base-dir`.
    let ofKey (key: string) = "--" + key.Replace(' ', '-')

    /// The environment variable that sets an option.
    let variable (option: string) =
        "SEGMENT_COVERAGE_" + option[2..].ToUpperInvariant().Replace('-', '_')

    let private isVariable (case: UnionCaseInfo) =
        case.GetCustomAttributes(typeof<NoAppSettingsAttribute>).Length = 0

    let private ofValue, ofFlag =
        FSharpType.GetUnionCases(typeof<Argument>, true)[1..]
        |> Array.partition (fun case -> case.GetFields().Length > 0)

    let valued = Array.map ofCase ofValue
    let flags = Array.map ofCase ofFlag

    /// The flags that the environment can also set.
    let switches = ofFlag |> Array.filter isVariable |> Array.map ofCase

    let private all = Array.append valued flags

    /// The options that a word can mean: the option of that name, or else every option that begins so; of several, those of the
    /// command, if it has any.
    let ofShort (isOfCommand: string -> bool) (word: string) : string[] =
        if Array.contains word all then
            [| word |]
        elif word.Length > 2 then
            let several = all |> Array.filter _.StartsWith(word, StringComparison.Ordinal)

            match
                if several.Length > 1 then
                    Array.filter isOfCommand several
                else
                    [||]
            with
            | [||] -> several
            | ofCommand -> ofCommand
        else
            [||]

    /// The option that a mistyped one may have meant: the nearest by edits, or else the only one that begins with all of the word
    /// but its last letter (`--quality`). `-v` is what other programs call `--version`.
    let tryNearest (word: string) =
        let stem = word[.. word.Length - 2]

        if word.ToLowerInvariant() = "-v" then
            Some "--version"
        else
            Nearest.tryIn all word
            |> Option.orElseWith (fun () ->
                if stem.Length < 6 then
                    None
                else
                    all
                    |> Array.filter _.StartsWith(stem, StringComparison.Ordinal)
                    |> Array.tryExactlyOne)
