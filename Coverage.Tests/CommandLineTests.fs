module Coverage.Tests.CommandLineTests

open System
open System.Collections.Immutable
open System.Net
open System.Text.RegularExpressions
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.CommandLine

let private parseIn (environment: (string * string) list) (args: string list) : Outcome =
    let read (name: string) : string | null =
        match List.tryFind (fst >> (=) name) environment with
        | Some(_, value) -> value
        | None -> null

    CommandLine.Parse(List.toArray args, Func<string, string | null> read)

let private parse = parseIn []

let private settingsIn environment args =
    match parseIn environment args with
    | Outcome.Run settings -> settings
    | other -> failtest $"{args} should run, but: {other}"

let private settings = settingsIn []

let private refusalIn environment args =
    match parseIn environment args with
    | Outcome.Refused(text, code) ->
        Expect.equal code 64 "the exit code of wrong usage"
        text
    | other -> failtest $"{args} should be refused, but: {other}"

let private refusal = refusalIn []

let private holds (words: string list) (text: string) =
    for word in words do
        Expect.stringContains text word "what the text should say"

let private variable (option: string) =
    "SEGMENT_COVERAGE_" + option[2..].ToUpperInvariant().Replace('-', '_')

let private texts (array: ImmutableArray<string>) = List.ofSeq array
let private hour (text: string) = (Hour.tryParse (text.AsSpan())).Value

let private seconds (number: float) : Duration =
    Duration.ofMicroseconds (int64 (number * 1e6))

/// Without the warnings, which name an option or a variable as the user wrote it.
let private quiet (settings: Options) =
    { settings with
        Warnings = ImmutableArray.Empty
    }

let private anyText: Gen<string> =
    Gen.arrayOf (ArbMap.generate<char> ArbMap.defaults) |> Gen.map String

/// An option, a value that is not its default, and what the value makes of the defaults.
let private valued: (string * string * (Options -> Options)) list =
    [
        "--base-dir", "/mnt/a b=c", (fun s -> { s with BaseDir = "/mnt/a b=c" })
        "--qualities",
        "source,480p",
        (fun s ->
            { s with
                Qualities = ImmutableArray.Create("source", "480p")
            })
        "--first-hour",
        "2025-11-07T18",
        (fun s ->
            { s with
                FirstHour = Nullable(hour "2025-11-07T18")
            })
        "--last-hour",
        "2025-11-07T18",
        (fun s ->
            { s with
                LastHour = Nullable(hour "2025-11-07T18")
            })
        "--output-dir", "maps", (fun s -> { s with OutputDir = "maps" })
        "--metrics-port", "80", (fun s -> { s with MetricsPort = 80 })
        "--check-interval",
        "0.5",
        (fun s ->
            { s with
                CheckIntervalMicroseconds = seconds 0.5
            })
        "--backdoor-port", "1234", (fun s -> { s with BackdoorPort = 1234 })
        "--connection-string", "host=db password=hunter2", id
        "--tolerance",
        "0.25",
        (fun s ->
            { s with
                ToleranceMicroseconds = seconds 0.25
            })
        "--format", "json", (fun s -> { s with Format = AnswerFormat.Json })
        "--pixel", "1", (fun s -> { s with PixelSeconds = 1 })
        "--rows", "600", (fun s -> { s with Rows = 600 })
        "--max-hole",
        "0",
        (fun s ->
            { s with
                MaxHoleMicroseconds = Nullable Duration.zero
            })
        "--max-missing",
        "100000.5",
        (fun s ->
            { s with
                MaxMissingMicroseconds = Nullable(seconds 100000.5)
            })
        "--bind",
        "127.0.0.1",
        (fun s ->
            { s with
                Bind = IPAddress.Parse "127.0.0.1"
            })
        "--log-format", "json", (fun s -> { s with LogFormat = LogFormat.Json })
        "--log-level", "Debug", (fun s -> { s with LogLevel = MinimumLevel.Debug })
    ]

let private flags: (string * (Options -> Options)) list =
    [
        "--run-once", (fun s -> { s with RunOnce = true })
        "--make-page", (fun s -> { s with MakePage = true })
        "--strict", (fun s -> { s with Strict = true })
    ]

let private optionNames =
    List.map (fun (option, _, _) -> option) valued @ List.map fst flags

/// Options with values outside what is allowed.
let private wrongValues: (string * string list) list =
    let notWhole =
        [
            ""
            " 1"
            "1 "
            "+1"
            "-1"
            "1.0"
            "1,0"
            "1e1"
            "0x1"
            "٣"
            "1_0"
            "99999999999"
            "one"
            "1\000"
        ]

    let notSeconds =
        [
            ""
            " 1"
            "1 "
            "+1"
            "-1"
            "0,5"
            "1e1"
            ".5"
            "1."
            "1.2.3"
            "٣"
            "inf"
            "nan"
            "1s"
            "1\000"
        ]

    [
        "--base-dir", [ ""; "-x"; "--strict"; "a\000b" ]
        "--qualities",
        [
            ""
            ","
            " , "
            "a/b"
            "source,.."
            "."
            "-x"
            "source,-x"
            "*,a/b"
            "a\000b"
        ]
        "--first-hour",
        [
            ""
            "2025"
            "2025-11-07"
            "2025-11-07T24"
            "2025-11-07T1"
            "2025-13-07T18"
            "2025-02-29T00"
            "1969-12-31T23"
            "9999-01-01T00"
            "1970-01-01T00:00:00+01:00"
            "9998-12-31T23:30:00-01:00"
            "2025-11-07T18:60"
            "2025-11-07T18:30:15,5"
            "2025-11-07T18:30 "
            " 2025-11-07T18:30"
            "2025-11-07T18:30:00Zulu"
            "2025-11-07T18:30\000"
            "07/11/2025 18:00"
            "٢٠٢٥-11-07T18"
            "now"
            "-1"
        ]
        "--last-hour", [ ""; "2025-11-07"; "tomorrow" ]
        "--output-dir", [ ""; "-x"; "a\000b" ]
        "--metrics-port", "0" :: "65536" :: notWhole
        "--check-interval", "0" :: "0.0000001" :: "86400.1" :: "86401" :: notSeconds
        "--backdoor-port", "65536" :: notWhole
        "--connection-string", [ "-x"; "--strict"; "--strcit" ]
        "--tolerance", "86400.1" :: notSeconds
        "--format", [ ""; "JSON"; "xml"; "table " ]
        "--pixel", "0" :: "7" :: "7200" :: notWhole
        "--rows", "0" :: "7" :: "7200" :: "3600" :: notWhole
        "--max-hole", "1000000000.1" :: "1000000001" :: "99999999999999999999999999" :: notSeconds
        "--max-missing", "1000000001" :: notSeconds
        "--bind",
        [
            ""
            "localhost"
            "1"
            "127.1"
            "0x7f.0.0.1"
            "127.0.0.1:80"
            "[::1]"
            "[::1]:80"
            "1.2.3.256"
        ]
        "--log-format", [ ""; "Text"; "xml" ]
        "--log-level", [ ""; "none"; "3"; "fatal"; "info " ]
    ]

[<Tests>]
let options =
    testList
        "command line: options"
        [
            for option, value, change in valued do
                test $"{option} sets its setting and no other" {
                    Expect.equal (quiet (settings [ option; value ])) (change (settings [])) "the settings"
                }

                test $"{variable option} is {option}" {
                    let found = settingsIn [ variable option, value ] []
                    Expect.equal (quiet found) (change (settings [])) "the settings"
                }

                test $"{option} wins over {variable option}, even over one that makes no sense" {
                    let found = settingsIn [ variable option, "-" ] [ option; value ]
                    Expect.equal found (settings [ option; value ]) "the settings"
                }

                test $"an empty {variable option} counts as unset" {
                    Expect.equal (settingsIn [ variable option, "" ] []) (settings []) "the settings"
                }

                test $"of a repeated {option} the last one wins, and the others are not looked at" {
                    let found = settings [ option; "?!,/"; "channel"; option; value ]

                    Expect.equal
                        { found with
                            Channels = ImmutableArray.Empty
                        }
                        (settings [ option; value ])
                        "the settings"
                }

                test $"{option} without a value is refused" {
                    refusal [ option ] |> holds [ option ]
                    refusal [ option; "--" ] |> holds [ option ]
                    refusal [ option; "--strict" ] |> holds [ option ]
                    refusal [ option; option; value ] |> holds [ option ]
                }

            for option, change in flags do
                test $"{option} sets its setting and no other" {
                    Expect.equal (quiet (settings [ option ])) (change (settings [])) "the settings"
                    Expect.equal (settings [ option; option ]) (settings [ option ]) "twice is once"
                }

                test $"{variable option} takes 1, true, 0 and false in any letter case" {
                    for value in [ "1"; "true"; "True"; "TRUE" ] do
                        let found = settingsIn [ variable option, value ] []
                        Expect.equal (quiet found) (change (settings [])) value

                    for value in [ "0"; "false"; "False"; "FALSE"; "" ] do
                        Expect.equal (settingsIn [ variable option, value ] []) (settings []) value
                }

                test $"{variable option} takes nothing else, and is named" {
                    for value in [ "yes"; "on"; "2"; " true"; "true "; "-1"; "\027" ] do
                        refusalIn [ variable option, value ] []
                        |> holds [ variable option; "1, true, 0 or false" ]
                }

                test $"{option} wins over {variable option}" {
                    for value in [ "0"; "no" ] do
                        let found = settingsIn [ variable option, value ] [ option ]
                        Expect.equal found (settings [ option ]) value
                }

                test $"{option}=1 is refused: the flag takes no value" {
                    refusal [ option + "=1" ] |> holds [ option; "takes no value" ]
                    refusal [ option + "=" ] |> holds [ option; "takes no value" ]
                }

            for option, values in wrongValues do
                test $"{option} refuses what it does not take, and says what it takes" {
                    for value in values do
                        let text = refusal [ option; value ]
                        Expect.stringContains text option value
                        Expect.equal (refusal [ option + "=" + value ]) text value
                }

                test $"{variable option} refuses the same, and names the variable" {
                    for value in List.filter ((<>) "") values do
                        let text = refusalIn [ variable option, value ] []
                        Expect.stringContains text (variable option) value
                        Expect.isFalse (text.Contains option) "it does not name the option"
                }

            test "the names of the environment are those of the options alone" {
                let other =
                    [
                        "SEGMENT_COVERAGE_VERSION", "1"
                        "SEGMENT_COVERAGE_HELP", "x"
                        "STRICT", "1"
                        "strict", "1"
                    ]

                Expect.equal (settingsIn other []) (settings []) "the settings"
            }

            testProperty "--name=value is --name value"
            <| Prop.forAll
                (Arb.fromGen (
                    Gen.zip
                        (Gen.elements (List.map (fun (option, value, _) -> option, value) valued))
                        (Gen.oneof
                            [
                                anyText
                                Gen.elements
                                    [
                                        "="
                                        "a=b"
                                        "="
                                        "--"
                                        "-"
                                        "--strict"
                                        "--rows=3"
                                        "--help"
                                        "\n"
                                        "check"
                                    ]
                            ])
                ))
                (fun ((option, usual), value) ->
                    for value in [ usual; value ] do
                        let joined, apart =
                            parse [ "a"; option + "=" + value; "b" ], parse [ "a"; option; value; "b" ]

                        match joined, apart with
                        // Apart it may be seen as the next option, joined as a wrong value: two texts, one refusal.
                        | Outcome.Refused _, Outcome.Refused _ when value.StartsWith '-' -> ()
                        | _ -> Expect.equal joined apart "the outcome")
        ]

[<Tests>]
let values =
    testList
        "command line: values"
        [
            test "nothing given gives the defaults" {
                let expected =
                    {
                        Command = Command.Serve
                        Channels = ImmutableArray.Empty
                        BaseDir = "."
                        Qualities = ImmutableArray.Create "source"
                        FirstHour = Nullable()
                        LastHour = Nullable()
                        OutputDir = "coverage-maps"
                        MetricsPort = 8006
                        CheckIntervalMicroseconds = seconds 60.
                        RunOnce = false
                        BackdoorPort = 0
                        MakePage = false
                        ToleranceMicroseconds = seconds 0.01
                        Format = AnswerFormat.Table
                        PixelSeconds = 2
                        Rows = 300
                        MaxHoleMicroseconds = Nullable()
                        MaxMissingMicroseconds = Nullable()
                        Strict = false
                        Bind = null
                        LogFormat = LogFormat.Text
                        LogLevel = MinimumLevel.Information
                        Warnings = ImmutableArray.Empty
                    }

                Expect.equal (settings []) expected "the settings"
            }

            test "an hour is cut down from a timestamp, in UTC" {
                for text, expected in
                    [
                        "2025-11-07T18", "2025-11-07T18"
                        "2025-11-07T18:30", "2025-11-07T18"
                        "2025-11-07 18:30", "2025-11-07T18"
                        "2025-11-07T18:59:59", "2025-11-07T18"
                        "2025-11-07T18:30:15.5Z", "2025-11-07T18"
                        "2025-11-07T18:30:15.123456", "2025-11-07T18"
                        "2025-11-07T18:30Z", "2025-11-07T18"
                        "2025-11-07 18:00:00+01:00", "2025-11-07T17"
                        "2025-11-07T23:30-01:00", "2025-11-08T00"
                        "2025-11-07T18:00:00+05:30", "2025-11-07T12"
                        "1970-01-01T00", "1970-01-01T00"
                        "1970-01-01T01:00+01:00", "1970-01-01T00"
                        "9998-12-31T23:59:59.999999Z", "9998-12-31T23"
                        "2024-02-29T00", "2024-02-29T00"
                    ] do
                    Expect.equal (settings [ "--first-hour"; text ]).FirstHour (Nullable(hour expected)) text
                    Expect.equal (settings [ "--last-hour"; text ]).LastHour (Nullable(hour expected)) text
            }

            test "the first hour may be the last, and not be after it" {
                let same =
                    settings [ "--first-hour"; "2025-11-07T18:50"; "--last-hour"; "2025-11-07T18:10" ]

                Expect.equal same.FirstHour same.LastHour "one hour"

                refusal [ "--first-hour"; "2025-11-07T19"; "--last-hour"; "2025-11-07T18" ]
                |> holds [ "--first-hour"; "--last-hour"; "2025-11-07T19"; "2025-11-07T18" ]

                refusalIn [ variable "--first-hour", "2025-11-07T19" ] [ "--last-hour"; "2025-11-07T18" ]
                |> holds [ variable "--first-hour"; "--last-hour" ]
            }

            test "rows times pixel divides 3600, whichever is given first" {
                Expect.equal (settings [ "--rows"; "3600"; "--pixel"; "1" ]).Rows 3600 "a column an hour"

                Expect.equal
                    (settings [ "--pixel"; "3600"; "--rows"; "1" ]).PixelSeconds
                    3600
                    "a cell an hour"

                refusal [ "--rows"; "1200"; "--pixel"; "6" ]
                |> holds [ "--rows"; "--pixel"; "1200 * 6" ]

                refusal [ "--pixel"; "3600" ] |> holds [ "--pixel"; "300 * 3600" ]
                refusalIn [ variable "--rows", "3600" ] [] |> holds [ variable "--rows" ]
            }

            test "seconds are exact, rounded half-even to the microsecond" {
                for text, expected in
                    [
                        "0", 0L
                        "0.0000005", 0L
                        "0.0000015", 2L
                        "007.000001", 7_000_001L
                        "86400.0000004", 86_400_000_000L
                    ] do
                    let found = (settings [ "--tolerance"; text ]).ToleranceMicroseconds
                    Expect.equal (int64 found) expected text
            }

            test "the ends of each range belong to it" {
                for option, value in
                    [
                        "--metrics-port", "1"
                        "--metrics-port", "65535"
                        "--backdoor-port", "0"
                        "--backdoor-port", "65535"
                        "--check-interval", "0.000001"
                        "--check-interval", "86400"
                        "--tolerance", "0"
                        "--tolerance", "86400"
                        "--max-hole", "1000000000"
                        "--max-missing", "0"
                    ] do
                    settings [ option; value ] |> ignore

                let most = (settings [ "--max-missing"; "1000000000" ]).MaxMissingMicroseconds
                Expect.equal (int64 most.Value) 1_000_000_000_000_000L "10^9 s"
            }

            test "qualities are trimmed, empty and repeated ones dropped, the order kept; * is every one" {
                for text, expected in
                    [
                        "source", [ "source" ]
                        " 480p , source,,480p ", [ "480p"; "source" ]
                        "..., a b", [ "..."; "a b" ]
                        "*", []
                        "source,*", []
                    ] do
                    Expect.equal (texts (settings [ "--qualities"; text ]).Qualities) expected text
            }

            test "an address may be of either kind" {
                for text in [ "0.0.0.0"; "::"; "::1"; "fe80::1"; "2001:DB8::1" ] do
                    Expect.equal (settings [ "--bind"; text ]).Bind (IPAddress.Parse text) text
            }

            test "a log level is read in any letter case, and has short names" {
                for text, expected in
                    [
                        "trace", MinimumLevel.Trace
                        "DEBUG", MinimumLevel.Debug
                        "Information", MinimumLevel.Information
                        "info", MinimumLevel.Information
                        "Warning", MinimumLevel.Warning
                        "warn", MinimumLevel.Warning
                        "ERROR", MinimumLevel.Error
                        "critical", MinimumLevel.Critical
                    ] do
                    Expect.equal (settings [ "--log-level"; text ]).LogLevel expected text
            }

            test "WUBLOADER_LOG_LEVEL counts when no level of ours is given" {
                let theirs value = "WUBLOADER_LOG_LEVEL", value

                for text, expected in
                    [
                        "DEBUG", MinimumLevel.Debug
                        "INFO", MinimumLevel.Information
                        "WARNING", MinimumLevel.Warning
                        "ERROR", MinimumLevel.Error
                        "CRITICAL", MinimumLevel.Critical
                        "", MinimumLevel.Information
                    ] do
                    let found = settingsIn [ theirs text ] []
                    Expect.equal found.LogLevel expected text
                    Expect.isTrue found.Warnings.IsEmpty "nothing to warn of"

                let ours = settings [ "--log-level"; "trace" ]
                let environment = [ theirs "ERROR"; variable "--log-level", "trace" ]
                Expect.equal (settingsIn environment []) ours "our variable wins"
                Expect.equal (settingsIn [ theirs "bogus" ] [ "--log-level"; "trace" ]) ours "our option wins"
            }

            test "an unusable WUBLOADER_LOG_LEVEL is a warning" {
                let found = settingsIn [ "WUBLOADER_LOG_LEVEL", "10\027[2J" ] []
                Expect.equal found.LogLevel MinimumLevel.Information "the default"
                Expect.equal found.Warnings.Length 1 "one warning"
                holds [ "WUBLOADER_LOG_LEVEL"; @"'10\u001b[2J'" ] found.Warnings[0]
            }

            test "what is not available yet is taken with one warning each, which names it as it was written" {
                let found =
                    settingsIn
                        [ variable "--make-page", "1" ]
                        [
                            "--backdoor-port"
                            "9"
                            "--connection-string"
                            "a"
                            "--connection-string"
                            "b"
                        ]

                let names = [ "--backdoor-port"; "--connection-string"; variable "--make-page" ]
                let warnings = texts found.Warnings |> List.sort
                Expect.equal warnings.Length 3 "one each"

                for name, warning in List.zip names warnings do
                    holds [ name; "not available yet" ] warning

                Expect.isTrue (settings [ "--backdoor-port"; "0" ]).Warnings.IsEmpty "0 is off"
                Expect.equal (settings [ "--connection-string"; "" ]).Warnings.Length 1 "an empty one too"
            }

            test "a connection string is shown nowhere" {
                for args in
                    [
                        [ "--connection-string"; "hunter2" ]
                        [ "--connection-string=hunter2"; "--rows"; "7" ]
                        [ "--connection-string"; "-hunter2" ]
                        [ "--connection-string=--rows=hunter2" ]
                        [ "--conection-string"; "hunter2" ]
                        [ "--conection-string=hunter2" ]
                        [ "--connection-string:hunter2" ]
                        [ "--connection-string hunter2" ]
                        [ "--connection-string"; "--strict"; "hunter2" ]
                    ] do
                    Expect.isFalse ((string (parse args)).Contains "hunter2") $"{args}"

                let found = parseIn [ variable "--connection-string", "-hunter2" ] []
                Expect.isFalse ((string found).Contains "hunter2") "in the environment"
            }
        ]

/// Words that begin with `-` and are no option; many are one slip away from one.
let private noOption: Gen<string> =
    let slip =
        gen {
            let! option = Gen.elements optionNames
            let! at = Gen.choose (1, option.Length - 1)
            let! letter = Gen.elements [ 'a'; 'x'; '-'; '_'; ' '; ':'; '\027'; 'É' ]

            return!
                Gen.elements
                    [
                        option[1..]
                        option.ToUpperInvariant()
                        option.Remove(at, 1)
                        option.Insert(at, string letter)
                        option + string letter
                        option + string letter + "=1"
                        option + ":x=1"
                        option.Replace("--", "—").Insert(0, "-")
                    ]
        }

    let any = anyText |> Gen.map (fun text -> "-" + text)

    let isOption (word: string) =
        word = "--"
        || List.contains (word.Split('=')[0]) ("--help" :: "--version" :: optionNames)

    Gen.oneof [ slip; any; Gen.constant "-"; Gen.constant "-h"; Gen.constant "-?" ]
    |> Gen.filter (isOption >> not)

[<Tests>]
let words =
    testList
        "command line: words"
        [
            test "the command is the first word or none" {
                for args, command, channels in
                    [
                        [], Command.Serve, []
                        [ "check" ], Command.Check, []
                        [ "map"; "a" ], Command.Map, [ "a" ]
                        [ "serve"; "map" ], Command.Serve, [ "map" ]
                        [ "check"; "check" ], Command.Check, [ "check" ]
                        [ "a"; "check" ], Command.Serve, [ "a"; "check" ]
                        [ "Check" ], Command.Serve, [ "Check" ]
                        [ "--base-dir"; "x"; "check" ], Command.Serve, [ "check" ]
                        [ "--"; "check" ], Command.Serve, [ "check" ]
                        [ "check"; "a"; "--strict"; "b"; "--rows"; "300"; "c" ],
                        Command.Check,
                        [ "a"; "b"; "c" ]
                    ] do
                    let found = settings args
                    Expect.equal (found.Command, texts found.Channels) (command, channels) $"{args}"
            }

            test "a channel given twice is one, in its first place" {
                Expect.equal
                    (texts (settings [ "b"; "a"; "--strict"; "b"; "--"; "a"; "c" ]).Channels)
                    [ "b"; "a"; "c" ]
                    ""
            }

            test "after a bare -- all are channels, and no option among them" {
                Expect.equal (texts (settings [ "a"; "--"; "b"; "serve" ]).Channels) [ "a"; "b"; "serve" ] ""

                for word in [ "--strict"; "-x"; "--"; "a/b"; ""; ".." ] do
                    refusal [ "--"; word ] |> holds [ "channel" ]
            }

            test "a channel is a folder's name" {
                for word in [ ""; "."; ".."; "a/b"; "/"; "a\000b"; "/?"; "/help" ] do
                    refusal [ "a"; word ] |> holds [ "channel" ]

                let names = [ "..."; " "; "a b"; "é"; "a=b"; "a-b"; "@file"; "?"; "help"; @"a\b" ]
                Expect.equal (texts (settings names).Channels) names "all these are names"
            }

            test "a mistyped option becomes no channel" {
                for args, name, meant in
                    [
                        [ "--base-dri"; "/m" ], "'--base-dri'", "--base-dir?"
                        [ "--base-dri=/m" ], "'--base-dri'", "--base-dir?"
                        [ "--base-dirx=/m" ], "'--base-dirx'", "--base-dir?"
                        [ "--strcit" ], "'--strcit'", "--strict?"
                        [ "--base-dir:/m" ], "--base-dir", "'='"
                        [ "-x" ], "'-x'", "no option"
                    ] do
                    refusal args |> holds [ name; meant ]
            }

            testProperty "a word that begins with - and is no option is refused"
            <| Prop.forAll (Arb.fromGen noOption) (fun word ->
                for args in
                    [
                        [ word ]
                        [ "check"; "a"; word; "b" ]
                        [ "--strict"; word ]
                        [ "--base-dir"; word ]
                    ] do
                    refusal args |> ignore)

            testProperty "no text holds what a terminal might obey"
            <| Prop.forAll (Arb.fromGen (Gen.listOf anyText)) (fun words ->
                let args = "--rows" :: "7" :: words

                let isRaw c = Char.IsControl c && c <> '\n'

                match parse args with
                | Outcome.Refused(text, 64) ->
                    Expect.isFalse (Seq.exists isRaw text) "no control character"
                    Expect.equal (text.Split('\n').Length) 2 "two lines"
                | other -> failtest $"{other}")

            test "control characters, and those that turn a line round, are shown as numbers" {
                refusal [ "a/\027[31m\r\n\u202e\u2028" ]
                |> holds [ @"'a/\u001b[31m\u000d\u000a\u202e\u2028'" ]
            }

            test "--help and --version are heard before anything else is judged" {
                for args in
                    [
                        [ "--help" ]
                        [ "check"; "--help" ]
                        [ "--rows"; "7"; "a/b"; "--bogus"; "--help" ]
                    ] do
                    match parse args with
                    | Outcome.Help _ -> ()
                    | other -> failtest $"{args}: {other}"

                Expect.equal (parse [ "--version" ]) Outcome.Version "the version"
                Expect.equal (parse [ "map"; "--rows"; "7"; "--version" ]) Outcome.Version "the version"
            }

            test "the wubloader project's deployments start it as ever" {
                let found =
                    settings
                        [
                            "desertbus"
                            "db_extralife"
                            "--base-dir"
                            "/mnt"
                            "--qualities"
                            "source,480p"
                            "--first-hour"
                            "2025-11-07T00:00:00Z"
                            "--last-hour"
                            "2025-11-15T00:00:00Z"
                            "--make-page"
                            "--connection-string"
                            "host=postgres user=vst password=hunter2 dbname=wubloader"
                            "--metrics-port"
                            "80"
                        ]

                let expected =
                    { settings [] with
                        Channels = ImmutableArray.Create("desertbus", "db_extralife")
                        BaseDir = "/mnt"
                        Qualities = ImmutableArray.Create("source", "480p")
                        FirstHour = Nullable(hour "2025-11-07T00")
                        LastHour = Nullable(hour "2025-11-15T00")
                        MakePage = true
                        MetricsPort = 80
                    }

                Expect.equal (quiet found) expected "the settings"
                Expect.equal found.Warnings.Length 2 "a page and a database are not available yet"
            }
        ]

[<Tests>]
let help =
    let text =
        match parse [ "--help" ] with
        | Outcome.Help text -> text
        | other -> failtest $"{other}"

    let flat = Regex.Replace(text, @"\s+", " ")

    testList
        "command line: help"
        [
            test "it tells of every command, option, variable and exit code" {
                holds
                    [
                        "check"
                        "map"
                        "serve"
                        "--help"
                        "--version"
                        "SEGMENT_COVERAGE_"
                        "WUBLOADER_LOG_LEVEL"
                    ]
                    text

                holds optionNames text

                for code in [ "0"; "1"; "2"; "64"; "66"; "69"; "70" ] do
                    Expect.isTrue (Regex.IsMatch(text, $@"\s{code}\s\s+[a-z]")) code
            }

            test "every option has its default beside it" {
                for option in optionNames do
                    Expect.isTrue
                        (Regex.IsMatch(flat, $@" {option}( <\w+>)? (?:(?! --).)*?\(default: "))
                        option
            }

            test "the default it tells of is the default" {
                let told =
                    [
                        for found in
                            Regex.Matches(flat, @" (--[a-z-]+) <\w+> (?:(?! --).)*?\(default: (\S+)\)") ->
                            found.Groups[1].Value, found.Groups[2].Value
                    ]
                    |> List.filter (fun (_, value) -> value <> "none" && value <> "all")

                Expect.equal told.Length 11 "those that can be written"

                for option, value in told do
                    Expect.equal (quiet (settings [ option; value ])) (settings []) option
            }

            test "its examples run" {
                let examples =
                    text.Split '\n'
                    |> Array.filter (fun line ->
                        line.StartsWith "    segment-coverage" && not (line.Contains '['))

                Expect.equal examples.Length 5 "the examples"

                for example in examples do
                    let words = example.Trim().Replace("'", "").Split ' '
                    settings (List.ofArray words[1..]) |> ignore
            }

            test "its lines fit a terminal of 110 columns" {
                for line in text.Split '\n' do
                    Expect.isLessThanOrEqual line.Length 112 line
            }
        ]
