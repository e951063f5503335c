namespace Coverage.CommandLine

open System
open FSharp.Reflection
open Argu

/// What Argu reads. `Base_Dir` is `--base-dir` and, to Argu's configuration reader, `base dir`. Values are texts
/// here, because Argu's numbers let `0,5` pass for 5.
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
    | Format of format: string
    | Pixel of seconds: string
    | Rows of number: string
    | Max_Hole of seconds: string
    | Max_Missing of seconds: string
    | Strict
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
            | Channel _ -> "the channels to look at, each a folder in the base (default: every one found)"
            | Base_Dir _ -> "the folder that holds the channels (default: .)"
            | Qualities _ ->
                "the qualities to look at, with commas between; * is every one found, nothing is none (default: source)"
            | First_Hour _ ->
                "where to begin: 2025-11-07T18, or a timestamp such as 2025-11-07T18:30:00+01:00 or Nov 7 2025, which "
                + "is cut down to its hour in UTC; without a zone it is UTC, without a time midnight "
                + "(default: the first hour there is)"
            | Last_Hour _ -> "the last hour looked at, written likewise (default: the last hour there is)"
            | Output_Dir _ -> "where the maps go; a relative one lies in the base (default: coverage-maps)"
            | Metrics_Port _ -> "the port of HTTP, 1 to 65535 (default: 8006)"
            | Check_Interval _ -> "the time between two looks, over 0, at most 86400 (default: 60)"
            | Full_Every _ ->
                "the time after which every folder is read again, changed or not, at most 86400 (default: 3600)"
            | Trust_Stamps _ ->
                "whether a folder is listed again only when its modification time has moved: always, never, or auto, "
                + "where its file system is known to move it with every change; see operations.md (default: auto)"
            | Forget_After _ ->
                "the time for which the service shows the last figures of a stream whose segments are gone, and counts "
                + "it as failing, at most 1000000000 (default: 86400)"
            | Run_Once -> "the service ends after one look (default: off)"
            | Backdoor_Port _ ->
                "the service runs F# Interactive for whoever connects to this port of 127.0.0.1; 0 is off (default: 0)"
            | Make_Page -> "the service also writes a page with the maps of all nodes (default: off)"
            | Connection_String _ ->
                "the database of the nodes that the page shows, as libpq takes it: host=db user=me dbname=it "
                + "password=..., or postgresql://me:...@db/it; without it the page shows the local map alone "
                + "(default: none)"
            | Tolerance _ -> "a gap no longer than this is no hole, at most 86400 (default: 0.01)"
            | Format _ -> "the form of check's answer: table, json, csv or bed (default: table)"
            | Pixel _ -> "what a cell of the map stands for, a whole number that divides 3600 (default: 2)"
            | Rows _ -> "the rows of the map; rows times pixel divides 3600 (default: 300)"
            | Max_Hole _ -> "check lets holes up to this length pass, at most 1000000000 (default: none)"
            | Max_Missing _ -> "check lets this much in all be missing, at most 1000000000 (default: none)"
            | Strict -> "check counts partial-only time as missing, too (default: off)"
            | Bind _ -> "the IP address HTTP listens on (default: all)"
            | Api_Token_File _ ->
                "a file with a token, which every request but those for health and metrics must then carry "
                + "(default: none)"
            | Allowed_Hosts _ ->
                "the names by which the service may be asked, with commas between, without ports; a name may begin "
                + "with *. (default: any)"
            | Log_Format _ -> "the form of the log: text or json (default: text)"
            | Log_Level _ ->
                "what is logged: trace, debug, information, warning, error or critical, in any letter case "
                + "(default: WUBLOADER_LOG_LEVEL if it is set, else information)"
            | Version -> "print the version and exit"
            | Help -> "print this text and exit"

/// The names of the options, taken from the union's cases: `Base_Dir` is `--base-dir`.
module internal Name =

    let private ofCase (case: UnionCaseInfo) =
        "--" + case.Name.ToLowerInvariant().Replace('_', '-')

    let option (argument: Argument) =
        FSharpValue.GetUnionFields(argument, typeof<Argument>, true) |> fst |> ofCase

    /// Of `base dir`, which is what Argu's configuration reader is asked for.
    let ofKey (key: string) = "--" + key.Replace(' ', '-')

    /// The environment's name of an option.
    let variable (option: string) =
        "SEGMENT_COVERAGE_" + option[2..].ToUpperInvariant().Replace('-', '_')

    let private cases = FSharpType.GetUnionCases(typeof<Argument>, true)[1..]
    let private isFlag (case: UnionCaseInfo) = case.GetFields().Length = 0

    let private isVariable (case: UnionCaseInfo) =
        case.GetCustomAttributes(typeof<NoAppSettingsAttribute>).Length = 0

    let valued = cases |> Array.filter (isFlag >> not) |> Array.map ofCase
    let flags = cases |> Array.filter isFlag |> Array.map ofCase

    /// The flags that the environment can set, too.
    let switches =
        cases
        |> Array.filter (fun case -> isFlag case && isVariable case)
        |> Array.map ofCase

    let private all = Array.append valued flags

    /// The options that a word stands for: the one of that name, or else all that begin so.
    let ofShort (word: string) : string[] =
        if Array.contains word all then
            [| word |]
        elif word.Length > 2 then
            all |> Array.filter _.StartsWith(word, StringComparison.Ordinal)
        else
            [||]

    /// The option that a mistyped one may have meant.
    let tryNearest (word: string) = Nearest.tryIn all word

/// The text of `--help`.
module internal Usage =

    let head =
        """Tells what is missing in a recording that is kept as many small segments.

USAGE:

    segment-coverage check [CHANNEL ...] [OPTIONS]  check once; answer on stdout
    segment-coverage map   [CHANNEL ...] [OPTIONS]  write the maps (PNG) once
    segment-coverage serve [CHANNEL ...] [OPTIONS]  run the service: check again
                                                    and again, serve metrics
    segment-coverage       [CHANNEL ...] [OPTIONS]  the same as serve

    The command is the first word or none. --name=value is --name value; of a
    repeated option the last one wins. An option may be shortened to what no
    other one begins with: --first is --first-hour, and -h is --help.
    After a bare -- every word is a channel. Seconds are written in digits and
    a point: 60 or 0.25.

"""

    let tail =
        """
ENVIRONMENT:

    SEGMENT_COVERAGE_<OPTION>   each option but --version and --help:
                                SEGMENT_COVERAGE_BASE_DIR=/mnt is --base-dir
                                /mnt. The command line wins; an empty variable
                                is none; a flag is 1 or true, 0 or false.
    WUBLOADER_LOG_LEVEL         the log level, when neither --log-level nor
                                SEGMENT_COVERAGE_LOG_LEVEL is given

EXAMPLES:

    segment-coverage check --base-dir /mnt
    segment-coverage check desertbus --base-dir /mnt --qualities source,480p
    segment-coverage check --first-hour 2025-11-07T18 --last-hour 2025-11-08T06
    segment-coverage check desertbus --max-missing 2.5 --format json
    segment-coverage map desertbus --base-dir /mnt --output-dir /srv/maps
    segment-coverage serve --base-dir /mnt --bind 127.0.0.1 --metrics-port 8006
    segment-coverage serve desertbus --base-dir /mnt --make-page \
        --connection-string 'host=db user=me dbname=it'

EXIT CODES:

    0    nothing is missing          66   the base, a stream or the token cannot
    1    something is missing             be read
    2    no channel is named and     69   the metrics port cannot be opened
         none is found               70   internal error, please report it
    64   wrong usage                 73   a map, a page or the answer cannot be
                                          written"""

    let text (parser: ArgumentParser<Argument>) =
        head
        + parser.PrintUsage(hideSyntax = true, usageStringCharacterWidth = 80).Trim('\r', '\n')
        + "\n"
        + tail
