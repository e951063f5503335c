/// The command line and the environment, as a user meets them.
module Coverage.Tests.CommandLineTests

open System
open System.Collections.Immutable
open System.Globalization
open System.Net
open Expecto
open FsCheck
open FsCheck.FSharp
open FSharp.Reflection
open Coverage
open Coverage.CommandLine

// Asking.

let private parse (variables: (string * string) list) (words: string list) =
    let value name : string | null =
        match List.tryFind (fst >> (=) name) variables with
        | Some(_, text) -> text
        | None -> null

    Arguments.Parse(Array.ofList words, Func<string, string | null> value)

let private run variables words =
    match parse variables words with
    | Outcome.Run options -> options
    | other -> failtestf "%A with %A: %A" words variables other

/// The text of the refusal.
let private refusal variables words =
    match parse variables words with
    | Outcome.Refused(text, 64) -> text
    | other -> failtestf "%A with %A should be refused with 64: %A" words variables other

let private variable (option: string) =
    "SEGMENT_COVERAGE_" + option.Substring(2).Replace('-', '_').ToUpperInvariant()

/// Arrays are equal by reference, so outcomes are compared by this.
let private plain (outcome: Outcome) =
    match outcome with
    | Outcome.Run options ->
        let bare =
            { options with
                Channels = ImmutableArray.Empty
                Options.Archive.Qualities = ImmutableArray.Empty
                Warnings = ImmutableArray.Empty
                Options.Serve.AllowedHosts = ImmutableArray.Empty
                Options.Serve.Database = null }

        Choice1Of2(
            bare,
            List.ofSeq options.Channels,
            List.ofSeq options.Qualities,
            List.ofSeq options.AllowedHosts,
            List.ofSeq options.Warnings
        )
    | other -> Choice2Of2 other

// The options.

/// What an option does: a value that is not the default, where it shows, the default, and what shows then.
type private Specimen =
    {
        Option: string
        /// None for a flag.
        Value: string option
        Shows: Options -> string
        Default: string
        Given: string
    }

let private valued option value (shows: Options -> 'a) (byDefault: 'a) (given: 'a) =
    { Option = option
      Value = Some value
      Shows = shows >> sprintf "%A"
      Default = sprintf "%A" byDefault
      Given = sprintf "%A" given }

let private flag option (shows: Options -> bool) =
    { Option = option
      Value = None
      Shows = shows >> sprintf "%A"
      Default = "false"
      Given = "true" }

let private hour (text: string) = Hour.tryParse text |> ValueOption.get

let private warnings (options: Options) = options.Warnings.Length

let private specimens =
    [ valued "--base-dir" "/mnt" _.BaseDir "." "/mnt"
      valued "--qualities" " 480p,,source ,480p" (_.Qualities >> List.ofSeq) [ "source" ] [ "480p"; "source" ]
      valued "--first-hour" "2025-11-07T18" _.FirstHour (Nullable()) (Nullable(hour "2025-11-07T18"))
      valued "--last-hour" "2025-11-07T18" _.LastHour (Nullable()) (Nullable(hour "2025-11-07T18"))
      valued "--output-dir" "maps" _.OutputDir "coverage-maps" "maps"
      valued "--metrics-port" "80" _.MetricsPort 8006 80
      valued "--check-interval" "0.25" _.CheckIntervalMicroseconds 60_000_000L<us> 250_000L<us>
      valued "--full-every" "0.5" _.FullEveryMicroseconds 3_600_000_000L<us> 500_000L<us>
      valued "--forget-after" "0" _.ForgetAfterMicroseconds 86_400_000_000L<us> 0L<us>
      flag "--run-once" _.RunOnce
      valued "--backdoor-port" "1234" _.BackdoorPort 0 1234
      flag "--make-page" _.MakePage
      valued "--connection-string" "host=db password=x" (_.Database >> isNull) true false
      valued "--tolerance" "1.0000005" _.ToleranceMicroseconds 10_000L<us> 1_000_000L<us>
      valued "--format" "bed" _.Format AnswerFormat.Table AnswerFormat.Bed
      valued "--pixel" "1" _.PixelSeconds 2 1
      valued "--rows" "600" _.Rows 300 600
      valued "--max-hole" "2.5" _.MaxHoleMicroseconds (Nullable()) (Nullable 2_500_000L<us>)
      valued "--max-missing" "0" _.MaxMissingMicroseconds (Nullable()) (Nullable 0L<us>)
      flag "--strict" _.Strict
      valued "--bind" "::1" (_.Bind >> string) "" "::1"
      valued "--api-token-file" "/run/token" _.ApiTokenFile null "/run/token"
      valued
          "--allowed-hosts"
          "a.org,*.b.org,[::1]"
          (_.AllowedHosts >> List.ofSeq)
          []
          [ "a.org"; "*.b.org"; "[::1]" ]
      valued "--trust-stamps" "never" _.TrustStamps TrustStamps.Auto TrustStamps.Never
      valued "--log-format" "json" _.LogFormat LogFormat.Text LogFormat.Json
      valued "--log-level" "Warning" _.LogLevel MinimumLevel.Information MinimumLevel.Warning ]

/// Those that end the run before it begins.
let private askings = [ "--version"; "--help" ]

let private allOptions = [ for it in specimens -> it.Option ] @ askings

let private valuedOptions =
    specimens |> List.filter _.Value.IsSome |> List.map _.Option

[<Tests>]
let options =
    testList
        "each option"
        [ testCase "every case of the union is tried here, and no other"
          <| fun () ->
              let cases =
                  [ for case in FSharpType.GetUnionCases(typeof<Argument>, true) ->
                        "--" + case.Name.ToLowerInvariant().Replace('_', '-') ]

              Expect.equal (List.sort ("--channel" :: allOptions)) (List.sort cases) ""

          for it in specimens do
              let words = it.Option :: Option.toList it.Value
              let text = Option.defaultValue "true" it.Value

              test $"{it.Option} has its default" { Expect.equal (it.Shows(run [] [])) it.Default "" }
              test $"{it.Option} by command line" { Expect.equal (it.Shows(run [] words)) it.Given "" }

              test $"{variable it.Option} sets {it.Option}" {
                  Expect.equal (it.Shows(run [ variable it.Option, text ] [])) it.Given ""
              }

              test $"{variable it.Option} empty is not set" {
                  Expect.equal (it.Shows(run [ variable it.Option, "" ] [])) it.Default ""
              }

              test $"{variable it.Option} unusable is refused by its name, and loses to {it.Option}" {
                  let unusable = [ variable it.Option, "-\001" ]
                  Expect.stringContains (refusal unusable []) (variable it.Option) ""
                  Expect.equal (it.Shows(run unusable words)) it.Given ""
              }

              test $"the help names {it.Option}" {
                  match parse [] [ "--help" ] with
                  | Outcome.Help text -> Expect.stringContains text it.Option ""
                  | other -> failtestf "%A" other
              }

              test $"{it.Option} twice is no fault" {
                  Expect.equal (it.Shows(run [] (words @ words))) it.Given ""
              }

              match it.Value with
              | Some value ->
                  test $"{it.Option} wants a value" {
                      for words in
                          [ [ it.Option ]
                            [ it.Option; "--strict" ]
                            [ it.Option; "--help" ]
                            [ it.Option; it.Option ]
                            [ it.Option; "--" ]
                            [ it.Option; "--base-dir=x" ] ] do
                          Expect.stringContains (refusal [] words) it.Option ""
                  }

                  test $"of two {it.Option} the last wins, and only it is looked at" {
                      let words = [ it.Option; "\000"; $"{it.Option}={value}" ]
                      Expect.equal (it.Shows(run [] words)) it.Given ""
                  }
              | None ->
                  test $"{it.Option} takes no value" {
                      for value in [ "true"; "false"; "" ] do
                          Expect.stringContains
                              (refusal [] [ $"{it.Option}={value}" ])
                              $"{it.Option} takes no value"
                              ""
                  }

                  test $"{variable it.Option} takes 1, true, 0 and false in any case" {
                      for text in [ "1"; "true"; "True"; "TRUE" ] do
                          Expect.equal (it.Shows(run [ variable it.Option, text ] [])) it.Given text

                      for text in [ "0"; "false"; "False"; "FALSE" ] do
                          Expect.equal (it.Shows(run [ variable it.Option, text ] [])) it.Default text

                      for text in [ "yes"; "2"; " "; "on"; "1 " ] do
                          Expect.stringContains
                              (refusal [ variable it.Option, text ] [])
                              (variable it.Option)
                              text
                  }

          test "--help and --version win over a run" {
              Expect.isTrue (parse [] [ "check"; "a"; "--help"; "--version" ]).IsHelp ""
              Expect.isTrue (parse [] [ "map"; "--version"; "--bogus" ]).IsVersion ""
          }

          test "the environment can ask for neither" {
              run [ for it in askings -> variable it, "true" ] [] |> ignore
          } ]

[<Tests>]
let channels =
    let given words =
        let options = run [] words
        options.Command, List.ofSeq options.Channels

    testList
        "commands and channels"
        [ for words, command, channels in
              [ [], Command.Serve, []
                [ "check" ], Command.Check, []
                [ "map"; "a" ], Command.Map, [ "a" ]
                [ "serve"; "a"; "b" ], Command.Serve, [ "a"; "b" ]
                [ "a"; "check" ], Command.Serve, [ "a"; "check" ]
                [ "check"; "check"; "map" ], Command.Check, [ "check"; "map" ]
                [ "--strict"; "check" ], Command.Serve, [ "check" ]
                [ "Check" ], Command.Serve, [ "Check" ]
                [ "--"; "check" ], Command.Serve, [ "check" ]
                [ "check"; "--" ], Command.Check, []
                [ "b"; "a"; "--strict"; "b"; "--"; "a"; "c" ], Command.Serve, [ "b"; "a"; "c" ]
                [ "check"; "a b"; "ä"; "..."; "a-b"; "a=b" ],
                Command.Check,
                [ "a b"; "ä"; "..."; "a-b"; "a=b" ] ] do
              testCase $"%A{words}"
              <| fun () -> Expect.equal (given words) (command, channels) ""

          testCase "a hundred thousand of them"
          <| fun () ->
              let names = [ for number in 1..100_000 -> string number ]
              Expect.equal (given names) (Command.Serve, names) ""

          for word in [ ""; "."; ".."; "a/b"; "/"; "a\000"; "-"; "-x"; "-1"; "---" ] do
              test $"no channel: %A{word}" {
                  refusal [] [ word ] |> ignore
                  refusal [] [ "check"; "a"; word ] |> ignore
                  refusal [] [ "check"; "--"; word ] |> ignore
                  refusal [] [ "check"; "--"; "a"; word ] |> ignore
              }

          test "after a bare -- an option is a channel that is refused" {
              for option in [ "--strict"; "--base-dir"; "--help"; "--" ] do
                  Expect.stringContains (refusal [] [ "--"; option ]) option ""
          } ]

/// In an archive whose channels have these names.
let private parseIn (folder: string) (there: string list) (words: string list) =
    Arguments.Parse(
        Array.ofList words,
        (fun _ -> null),
        fun (base': string) (name: string) -> base' = folder && List.contains name there
    )

[<Tests>]
let mistyped =
    testList
        "a lone word that is no channel's folder"
        [ for word, meant in
              [ "chekc", "check"
                "chck", "check"
                "Check", "check"
                "mpa", "map"
                "sevre", "serve"
                "hlep", "--help"
                "version", "--version"
                "versoin", "--version" ] do
              test $"{word} is refused with a suggestion, wherever it stands" {
                  for words in [ [ word; "--base-dir"; "/x" ]; [ "--base-dir"; "/x"; word ] ] do
                      match parseIn "/x" [ "desertbus" ] words with
                      | Outcome.Refused(text, 64) ->
                          Expect.stringContains text $"'{word}'" ""
                          Expect.stringContains text $"did you mean {meant}?" ""
                      | other -> failtestf "%A" other
              }

          test "a command that is not the first word is refused" {
              match parseIn "." [] [ "--strict"; "check" ] with
              | Outcome.Refused(text, 64) -> Expect.stringContains text "must be the first word" ""
              | other -> failtestf "%A" other
          }

          test "help prints the help" {
              for words in [ [ "help" ]; [ "help"; "check" ]; [ "help"; "--base-dir"; "/mnt" ] ] do
                  Expect.isTrue (parseIn "." [] words).IsHelp $"{words}"
          }

          test
              "a channel of that name, one that is nothing like a command, several, and those after -- are channels" {
              for words, there in
                  [ [ "chekc" ], [ "chekc" ]
                    [ "help" ], [ "help" ]
                    [ "help"; "check" ], [ "help" ]
                    [ "desertbus" ], []
                    [ "cat" ], []
                    [ "chekc"; "desertbus" ], []
                    [ "help"; "desertbus" ], []
                    [ "--"; "chekc" ], []
                    [ "serve"; "chekc" ], [] ] do
                  match parseIn "." there words with
                  | Outcome.Run options ->
                      Expect.equal options.Command Command.Serve ""

                      Expect.sequenceEqual
                          options.Channels
                          (words |> List.except [ "--"; "serve" ])
                          $"{words}"
                  | other -> failtestf "%A" other
          } ]

[<Tests>]
let values =
    let asHour (value: Nullable<Hour>) = Hour.toText value.Value
    let seconds (value: Duration) = Duration.toSeconds value

    let takes option text (shows: Options -> 'a) (expected: 'a) =
        test $"{option} takes %A{text}" { Expect.equal (shows (run [] [ option; text ])) expected "" }

    let refuses option texts =
        testList
            option
            [ for text in texts do
                  test $"refuses %A{text}" { Expect.stringContains (refusal [] [ option; text ]) option "" } ]

    testList
        "values"
        [ takes "--qualities" "source" (_.Qualities >> List.ofSeq) [ "source" ]
          takes "--qualities" "b, a,b,," (_.Qualities >> List.ofSeq) [ "b"; "a" ]
          takes "--qualities" "*" (_.Qualities >> List.ofSeq) []
          takes "--qualities" "a,*" (_.Qualities >> List.ofSeq) []
          refuses "--qualities" [ ","; " "; "a/b"; ".."; "a,-b"; "a\000" ]

          for text, expected in
              [ "1970-01-01T00", "1970-01-01T00"
                "9998-12-31T23", "9998-12-31T23"
                "2025-11-07T00:00:00Z", "2025-11-07T00"
                "2025-11-07T18:59:59.999999", "2025-11-07T18"
                "2025-11-07T18:30", "2025-11-07T18"
                "2025-11-07T18:30:00+01:00", "2025-11-07T17"
                "2025-11-07T18:30:00-05:30", "2025-11-08T00"
                "2025-11-07T18:29:59-05:30", "2025-11-07T23"
                "1969-12-31T23:59:59.9999999-01:00", "1970-01-01T00"
                "9998-12-31T23:59:59.9999999Z", "9998-12-31T23"
                "2024-02-29T12:00:00Z", "2024-02-29T12"
                "2026-11-23", "2026-11-23T00"
                "20261123T00", "2026-11-23T00"
                "20261123T1830+0200", "2026-11-23T16"
                "Nov 23 2026", "2026-11-23T00"
                "23 november 2026 6pm", "2026-11-23T18"
                "Mon, 23 Nov 2026 18:00:00 GMT", "2026-11-23T18"
                "2026-11-23 18:00+01:00", "2026-11-23T17"
                "2026-11-23 18:00:23.000000 UTC", "2026-11-23T18"
                "2026/1/2", "2026-01-02T00"
                "23/11/2026", "2026-11-23T00"
                "11/23/2026", "2026-11-23T00"
                "02.02.2026", "2026-02-02T00" ] do
              takes "--first-hour" text (_.FirstHour >> asHour) expected
              takes "--last-hour" text (_.LastHour >> asHour) expected

          for option in [ "--first-hour"; "--last-hour" ] do
              refuses
                  option
                  [ ""
                    "2025-11-07T"
                    "2025-11-07T24"
                    "2025-11-07T24:00:00Z"
                    "2025-02-29T00"
                    "2025-11-07T18:00+14:01"
                    "2025-11-07T18:00+01:60"
                    "2025-11-07T18:00 EST"
                    "Tue, 23 Nov 2026"
                    "Nov 2026"
                    "18:00"
                    "7/11/25"
                    " 2025-11-07T18"
                    "2025-11-07T18 "
                    "２０２５-11-07T18"
                    "now" ]

          for text, hour, why in
              [ "1969-12-31T23", "1970-01-01T00", "before the first hour"
                "1969-12-31T23:59:59.9999999Z", "1970-01-01T00", "before the first hour"
                "1970-01-01T00:30:00+01:00", "1970-01-01T00", "before the first hour"
                "0001-01-01T00:00:00+14:00", "1970-01-01T00", "before the first hour"
                "9999-01-01", "9998-12-31T23", "after the last hour"
                "9998-12-31T23:30:00-01:00", "9998-12-31T23", "after the last hour"
                "9999-12-31T23:59:59-14:00", "9998-12-31T23", "after the last hour" ] do
              test $"{text} is {hour}, with a warning" {
                  for option, shows in
                      [ "--first-hour", (fun (it: Options) -> it.FirstHour)
                        "--last-hour", (fun it -> it.LastHour) ] do
                      let options = run [] [ option; text ]
                      Expect.equal (asHour (shows options)) hour option
                      let warning = Expect.wantSome (Seq.tryExactlyOne options.Warnings) option

                      for part in [ option; text; why; hour ] do
                          Expect.stringContains warning part ""
              }

          test "a day that can be two is refused, with both" {
              let text = refusal [] [ "--first-hour"; "01/02/2026 18:00" ]
              Expect.stringContains text "--first-hour: '01/02/2026 18:00' can be 2026-0" ""
              Expect.stringContains text "2026-01-02" ""
              Expect.stringContains text "2026-02-01" ""
          }

          test "--qualities of nothing is no quality, and not every one" {
              let options = run [] [ "--qualities"; "" ]
              Expect.isTrue options.NoQuality ""
              Expect.equal options.Warnings.Length 1 "and said so"
              Expect.isFalse (run [] [ "--qualities"; "*" ]).NoQuality ""
          }

          for word in [ "1"; "65535"; "00080" ] do
              takes "--metrics-port" word _.MetricsPort (Int32.Parse(word, CultureInfo.InvariantCulture))

          refuses "--metrics-port" [ "0"; "65536"; "99999999999"; "" ]
          refuses "--backdoor-port" [ "65536"; "" ]
          takes "--backdoor-port" "0" warnings 0
          refuses "--pixel" [ "0"; "7"; "7200" ]
          refuses "--rows" [ "0"; "7"; "3600000" ]

          for option in [ "--metrics-port"; "--backdoor-port"; "--pixel"; "--rows" ] do
              refuses option [ "80.0"; "+80"; "-80"; " 80"; "80 "; "0x50"; "８０"; "1e2"; "1,000" ]

          takes "--check-interval" "0.000001" (_.CheckIntervalMicroseconds >> seconds) 0.000001m
          takes "--check-interval" "86400" (_.CheckIntervalMicroseconds >> seconds) 86400m
          refuses "--check-interval" [ "0"; "0.0000005"; "86400.000001" ]
          takes "--tolerance" "0" (_.ToleranceMicroseconds >> seconds) 0m
          takes "--tolerance" "0.0000015" (_.ToleranceMicroseconds >> seconds) 0.000002m
          takes "--tolerance" "0.0000025" (_.ToleranceMicroseconds >> seconds) 0.000002m
          takes "--tolerance" "0.00000250000000000001" (_.ToleranceMicroseconds >> seconds) 0.000003m
          takes "--tolerance" "86400.000" (_.ToleranceMicroseconds >> seconds) 86400m
          refuses "--tolerance" [ "86400.000001"; "86401" ]

          for option, shows in
              [ "--forget-after", (fun (it: Options) -> seconds it.ForgetAfterMicroseconds)
                "--max-hole", (fun (it: Options) -> seconds it.MaxHoleMicroseconds.Value)
                "--max-missing", (fun it -> seconds it.MaxMissingMicroseconds.Value) ] do
              takes option "0.000" shows 0m
              takes option "1000000000" shows 1_000_000_000m
              takes option "01000000000.00" shows 1_000_000_000m
              takes option "999999999.9999999" shows 1_000_000_000m
              refuses option [ "1000000000.000001"; "1000000001"; String('9', 400) ]

          for option in [ "--check-interval"; "--tolerance"; "--max-hole"; "--max-missing" ] do
              refuses
                  option
                  [ ""
                    "0,5"
                    ".5"
                    "5."
                    "1e1"
                    "+1"
                    "-1"
                    " 1"
                    "1_0"
                    "５"
                    "NaN"
                    "inf"
                    "1s" ]

          for word, format in
              [ "table", AnswerFormat.Table
                "json", AnswerFormat.Json
                "csv", AnswerFormat.Csv
                "bed", AnswerFormat.Bed ] do
              takes "--format" word _.Format format

          refuses "--format" [ ""; "xml"; "Json"; "json " ]
          takes "--trust-stamps" "always" _.TrustStamps TrustStamps.Always
          refuses "--trust-stamps" [ ""; "Auto"; "yes"; "1" ]
          takes "--log-format" "text" _.LogFormat LogFormat.Text
          refuses "--log-format" [ ""; "table"; "Text" ]

          for word in [ "trace"; "DEBUG"; "Information"; "warning"; "error"; "critical" ] do
              takes
                  "--log-level"
                  word
                  (_.LogLevel >> string >> _.ToLowerInvariant())
                  (word.ToLowerInvariant())

          refuses "--log-level" [ ""; "loud"; "3"; "none" ]

          for word in [ "0.0.0.0"; "127.0.0.1"; "::"; "fe80::1"; "::ffff:10.0.0.1" ] do
              takes "--bind" word _.Bind (IPAddress.Parse word)

          refuses
              "--bind"
              [ ""
                "1"
                "127.1"
                "127.000.0.1"
                "0x7f.0.0.1"
                "127.0.0.1:80"
                "[::1]"
                "[::1]:80"
                "::1/64"
                "localhost" ]

          for hosts in [ "localhost"; "10.0.0.7"; "xn--bcher-kva.example"; "[::1]" ] do
              takes "--allowed-hosts" hosts (_.AllowedHosts >> List.ofSeq) [ hosts ]

          takes "--allowed-hosts" " b.org, a.org,b.org," (_.AllowedHosts >> List.ofSeq) [ "b.org"; "a.org" ]

          refuses
              "--allowed-hosts"
              [ ""
                ","
                "*"
                "a.org:80"
                "::1"
                "http://a.org"
                "a b"
                "*.10.0.0.7"
                "a.*.org"
                "-"
                "a/b"
                "a\000" ]

          refuses "--api-token-file" [ ""; "a\000" ]
          refuses "--base-dir" [ ""; "a\000" ]
          refuses "--output-dir" [ ""; "a\000" ]
          takes "--base-dir" " " _.BaseDir " "
          takes "--base-dir" "./-x" _.BaseDir "./-x"

          test "an hour alone can be first and last" {
              let options =
                  run [] [ "--first-hour"; "2025-11-07T18"; "--last-hour"; "2025-11-07T18:00:01Z" ]

              Expect.equal options.FirstHour options.LastHour ""
          }

          test "first after last is refused, whoever said it" {
              let text =
                  refusal
                      [ "SEGMENT_COVERAGE_FIRST_HOUR", "2025-11-07T19" ]
                      [ "--last-hour"; "2025-11-07T18:59" ]

              Expect.stringContains text "SEGMENT_COVERAGE_FIRST_HOUR and --last-hour" ""
          }

          test "rows times pixel divides 3600, and what was given is named" {
              run [] [ "--pixel"; "3600"; "--rows"; "1" ] |> ignore
              Expect.stringContains (refusal [] [ "--pixel"; "3600" ]) ": --pixel: rows" ""

              Expect.stringContains (refusal [] [ "--pixel"; "2"; "--rows"; "3600" ]) "--pixel and --rows" ""
          } ]

[<Tests>]
let others =
    testList
        "the rest of the command line"
        [ test "the deployments' command line" {
              let options =
                  run
                      []
                      [ "chan1"
                        "chan2"
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
                        "host='db' user='me' password='a=b c' dbname='x'"
                        "--metrics-port"
                        "80" ]

              Expect.equal options.Command Command.Serve ""
              Expect.sequenceEqual options.Channels [ "chan1"; "chan2" ] ""
              Expect.equal options.BaseDir "/mnt" ""
              Expect.sequenceEqual options.Qualities [ "source"; "480p" ] ""
              Expect.equal options.FirstHour (Nullable(hour "2025-11-07T00")) ""
              Expect.equal options.LastHour (Nullable(hour "2025-11-15T00")) ""
              Expect.isTrue options.MakePage ""
              Expect.equal options.MetricsPort 80 ""
              Expect.isNotNull options.Database ""
              Expect.isEmpty options.Warnings ""
          }

          for level, expected in
              [ "DEBUG", MinimumLevel.Debug
                "INFO", MinimumLevel.Information
                "warn", MinimumLevel.Warning ] do
              test $"WUBLOADER_LOG_LEVEL={level} when nothing else tells" {
                  Expect.equal (run [ "WUBLOADER_LOG_LEVEL", level ] []).LogLevel expected ""
              }

          test "WUBLOADER_LOG_LEVEL loses to the option and to its variable" {
              for value in [ "debug"; "loud" ] do
                  let wubloader = "WUBLOADER_LOG_LEVEL", value

                  for options in
                      [ run [ wubloader ] [ "--log-level"; "error" ]
                        run [ wubloader; "SEGMENT_COVERAGE_LOG_LEVEL", "error" ] [] ] do
                      Expect.equal options.LogLevel MinimumLevel.Error ""
                      Expect.isEmpty options.Warnings ""
          }

          test "an unusable WUBLOADER_LOG_LEVEL is a warning" {
              let options = run [ "WUBLOADER_LOG_LEVEL", "lo\027ud" ] []
              Expect.equal options.LogLevel MinimumLevel.Information ""
              let warning = Expect.wantSome (Seq.tryExactlyOne options.Warnings) ""
              Expect.stringContains warning @"'lo\u001bud'" ""
          }

          for word, near in
              [ "--base-dri", "--base-dir"
                "--base_dir", "--base-dir"
                "--base-dri=/mnt", "--base-dir"
                "--STRICT", ""
                "-strict", "--strict"
                "--Help", "--help"
                "--max-holes", "--max-hole"
                "-H", ""
                "--nothing-like-it", "" ] do
              test $"{word} is refused by name, with what may have been meant" {
                  let text = refusal [] [ "check"; word; "x" ]
                  Expect.stringContains text $"there is no option '{word.Split('=')[0]}'" ""
                  Expect.equal (text.Contains "did you mean") (near <> "") ""
                  Expect.stringContains text near ""
              }

          test "WUBLOADER_ENABLE_STACKSAMPLER is named as not supported, by the service alone" {
              let warned value words =
                  (run [ "WUBLOADER_ENABLE_STACKSAMPLER", value ] words).Warnings
                  |> Seq.exists _.Contains("WUBLOADER_ENABLE_STACKSAMPLER is not supported")

              Expect.isTrue (warned "true" []) ""
              Expect.isTrue (warned "TRUE" [ "serve" ]) ""
              Expect.isFalse (warned "false" []) "it asks for nothing"
              Expect.isFalse (warned "true" [ "check" ]) ""
          }

          test "every beginning of an option that no other has is that option, and -h is --help" {
              for whole in allOptions do
                  for length in 3 .. whole.Length - 1 do
                      let short = whole[.. length - 1]

                      match allOptions |> List.filter _.StartsWith(short) with
                      | [ _ ] ->
                          let value =
                              specimens
                              |> List.tryFind (fun it -> it.Option = whole)
                              |> Option.bind _.Value
                              |> Option.toList

                          Expect.equal
                              (plain (parse [] (short :: value)))
                              (plain (parse [] (whole :: value)))
                              short

                          for value in value do
                              let joined = [ $"{short}={value}" ]

                              Expect.equal
                                  (plain (parse [] joined))
                                  (plain (parse [] (whole :: [ value ])))
                                  short
                      | several ->
                          let text = refusal [] [ short; "x" ]
                          Expect.stringContains text $"'{short}' can be" ""

                          for one in several do
                              Expect.stringContains text one ""

              Expect.isTrue (parse [] [ "check"; "-h" ]).IsHelp ""
          }

          test "--backdoor-port is --bac at its shortest, which the program's start relies on" {
              Expect.stringContains (refusal [] [ "--ba"; "1" ]) "--backdoor-port" ""
              Expect.equal (run [] [ "--bac"; "1234" ]).BackdoorPort 1234 ""
          }

          test "the help tells the exit codes" {
              match parse [] [ "--help" ] with
              | Outcome.Help text ->
                  let codes = text.Substring(text.IndexOf "EXIT CODES")

                  for code in [ 0; 1; 2; 64; 66; 69; 70; 73 ] do
                      Expect.isTrue (codes.Contains $" {code} ") $"{code}"

                  for line in text.Split '\n' do
                      Expect.isLessThanOrEqual line.Length 112 line
              | other -> failtestf "%A" other
          } ]

// Laws.

/// How programs and people write an instant, as .NET's formats; the last ones give the day alone.
let private writings =
    let invariant (format: string) (time: DateTime) =
        time.ToString(format, CultureInfo.InvariantCulture)

    [ for format in
          [ "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"
            "yyyy-MM-dd HH:mm:ss.ffffff"
            "yyyy-MM-dd HH:mm:ss.ffffff 'UTC'"
            "yyyyMMdd'T'HHmmss'Z'"
            "R"
            "MMM d yyyy h:mm:ss tt"
            "d MMMM yyyy HH:mm"
            "yyyy-MM-dd'T'HH"
            "yyyy-MM-dd"
            "MMMM d, yyyy" ] do
          invariant format

      for offset in [ 14.0; 5.5; -3.0 ] do
          fun time ->
              invariant "yyyy-MM-dd'T'HH:mm:ss.ffffff" (time.AddHours offset)
              + (TimeSpan.FromHours(abs offset)).ToString(if offset < 0 then "'-'hh':'mm" else "'+'hhmm") ]

/// The longest of these that a writing tells: what is finer is not in it.
let private finenesses =
    [ TimeSpan.FromMicroseconds 1.0
      TimeSpan.FromSeconds 1.0
      TimeSpan.FromMinutes 1.0
      TimeSpan.FromHours 1.0
      TimeSpan.FromDays 1.0 ]

/// Texts that a word may hold: plain ones, and ones that a parser or a terminal may stumble over.
let private text: Gen<string> =
    let letter =
        Gen.frequency
            [ 6, Gen.elements (List.ofSeq "abz019.,:T-/= ")
              2, Gen.elements (List.ofSeq "\000\n\r\t\027\127\155\u2028\u202e\u200b\ud800\udc00ä٣") ]

    Gen.sized (fun size -> Gen.choose (0, min 8 size))
    |> Gen.bind (fun length -> Gen.arrayOfLength length letter)
    |> Gen.map String

/// A word that begins with '-' and is no option, nor the bare `--`.
let private noOption: Gen<string> =
    let option = Gen.elements allOptions

    Gen.oneof
        [ text |> Gen.map (fun text -> "-x" + text)
          text |> Gen.map (fun text -> "--x-" + text)
          option |> Gen.map (fun option -> option.Substring 1)
          option |> Gen.map _.ToUpperInvariant()
          Gen.map2 (fun option text -> option + "x" + text) option text
          Gen.map2 (fun option text -> option + ":" + text) option text
          Gen.map2 (fun option text -> option + " " + text) option text
          Gen.constant "-"
          Gen.constant "---" ]

let private word: Gen<string> =
    let usable = specimens |> List.choose _.Value

    Gen.frequency
        [ 4, Gen.elements allOptions
          4, Gen.elements usable
          2, Gen.elements [ "check"; "map"; "serve"; "--"; "a"; "b"; ""; ".." ]
          2, text
          1, noOption
          2, Gen.map2 (fun option value -> $"{option}={value}") (Gen.elements allOptions) text
          1,
          Gen.map2 (fun option value -> $"{option}={value}") (Gen.elements allOptions) (Gen.elements usable) ]

let private words: Gen<string list> =
    Gen.choose (0, 6) |> Gen.bind (fun length -> Gen.listOfLength length word)

let private variables: Gen<(string * string) list> =
    let one =
        Gen.zip
            (Gen.elements ("WUBLOADER_LOG_LEVEL" :: List.map variable allOptions))
            (Gen.oneof [ word; Gen.elements [ "1"; "TRUE"; "0" ] ])

    Gen.choose (0, 3) |> Gen.bind (fun length -> Gen.listOfLength length one)

let private law name (gen: Gen<'a>) (holds: 'a -> unit) =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = 1000 }
        name
        (Prop.forAll (Arb.fromGen gen) holds)

/// Everything that the host may print of an outcome.
let private printed (outcome: Outcome) =
    match outcome with
    | Outcome.Run options -> sprintf "%A" options + String.Join("\n", options.Warnings)
    | Outcome.Help text
    | Outcome.Refused(text, _) -> text
    | Outcome.Version -> ""

let private isRaw (letter: char) =
    Char.IsControl letter
    || letter = '\u2028'
    || letter = '\u202e'
    || letter = '\u200b'

[<Tests>]
let laws =
    testList
        "laws of the command line"
        [ law
              "an instant in any writing is that instant, cut down to what the writing tells"
              (Gen.zip
                  (Gen.elements writings)
                  (Gen.map2
                      (fun day (microseconds: int64) ->
                          DateTime(1950, 1, 2).AddDays(float day).AddTicks(microseconds * 10L))
                      (Gen.choose (0, 2_900_000))
                      (Gen.choose64 (0L, 86_399_999_999L))))
          <| fun (write, time) ->
              let text = write time

              match Moment.Read text with
              | Moment.At microseconds ->
                  let read = DateTime.UnixEpoch.AddTicks(microseconds * 10L)

                  let cuts =
                      finenesses |> List.map (fun it -> time.AddTicks(-(time.Ticks % it.Ticks)))

                  Expect.contains cuts read text
                  Expect.equal (write read) text "nothing that is written is lost"
              | other -> failtestf "%s is %A" text other

          law
              "a day with the month as a number in the middle or in front is read when it can be one day only"
              (Gen.zip3 (Gen.choose (1, 28)) (Gen.choose (1, 12)) (Gen.elements [ "/"; "-"; "." ]))
          <| fun (day, month, separator) ->
              let at (day: int) (month: int) =
                  let days = (DateTime(2026, month, day) - DateTime.UnixEpoch).Days
                  Moment.At(int64 days * 86_400_000_000L)

              for text in
                  [ $"{day}{separator}{month}{separator}2026"
                    $"{month}{separator}{day}{separator}2026" ] do
                  match Moment.Read text with
                  | Moment.Ambiguous days ->
                      Expect.isTrue (day <= 12 && day <> month) text

                      Expect.equal
                          (List.sort days)
                          (List.sort [ DateOnly(2026, month, day); DateOnly(2026, day, month) ])
                          text
                  | read ->
                      Expect.isTrue (day > 12 || day = month) text
                      Expect.equal read (at day month) text

          law "no words and no environment make Parse throw; a refusal is 64" (Gen.zip words variables)
          <| fun (words, variables) ->
              match parse variables words with
              | Outcome.Refused(_, code) -> Expect.equal code 64 ""
              | _ -> ()

          law "nothing that a terminal might obey is raw in a refusal or a warning" (Gen.zip words variables)
          <| fun (words, variables) ->
              match parse variables words with
              | Outcome.Refused(text, _) ->
                  Expect.equal (String.filter isRaw text) "\n" "two lines, and no more"
              | Outcome.Run options -> Expect.isFalse (Seq.exists (String.exists isRaw) options.Warnings) ""
              | _ -> ()

          law
              "what begins with '-' and is no option is refused"
              (Gen.zip3 noOption (Gen.elements [ []; [ "check" ]; [ "a"; "--strict" ] ]) variables)
          <| fun (word, before, variables) ->
              for after in [ []; [ "a" ]; [ "--strict" ] ] do
                  refusal variables (before @ [ word ] @ after) |> ignore

          law
              "--name=value is --name value"
              (Gen.zip3 (Gen.elements valuedOptions) word (Gen.elements [ []; [ "check"; "a" ] ]))
          <| fun (option, value, before) ->
              let joined = before @ [ $"{option}={value}" ]
              let apart = before @ [ option; value ]

              if value.StartsWith '-' then
                  Expect.stringContains (refusal [] joined) option ""
                  Expect.stringContains (refusal [] apart) option ""
              else
                  Expect.equal (plain (parse [] joined)) (plain (parse [] apart)) ""

          law
              "the environment takes what the command line takes"
              (Gen.zip
                  (Gen.elements valuedOptions)
                  (Gen.oneof [ word; Gen.elements (List.choose _.Value specimens) ]))
          <| fun (option, value) ->
              // An empty variable is no value.
              let value = if value = "" then "x" else value

              match parse [ variable option, value ] [], parse [] [ $"{option}={value}" ] with
              | Outcome.Refused(text, _), Outcome.Refused _ -> Expect.stringContains text (variable option) ""
              | Outcome.Run one, Outcome.Run other ->
                  let quiet (options: Options) =
                      plain (
                          Outcome.Run
                              { options with
                                  Warnings = ImmutableArray.Empty }
                      )

                  Expect.equal (quiet one) (quiet other) ""
              | one, other -> failtestf "%A but %A" one other

          law
              "the command line wins over the environment"
              (Gen.zip (Gen.elements specimens) (Gen.map (fun text -> text + "x") text))
          <| fun (it, text) ->
              let words = it.Option :: Option.toList it.Value
              Expect.equal (plain (parse [ variable it.Option, text ] words)) (plain (parse [] words)) ""

          law
              "a connection string is in no text"
              (Gen.zip3 (Gen.zip text text) (Gen.zip words words) variables)
          <| fun ((head, tail), (before, after), variables) ->
              // Some of these are well formed, with the secret as a value, and most are not.
              let secret = "password=" + head + "hunter2" + tail
              let variables = (variable "--connection-string", secret) :: variables

              for given in
                  [ [ "--connection-string"; secret ]
                    [ $"--connection-string={secret}" ]
                    [ $"--connection-strin={secret}" ]
                    [ "--"; $"--connection-string={secret}" ]
                    [] ] do
                  // A word that waits for its value, or the bare `--`, would make another thing of the secret.
                  let before =
                      before
                      |> List.filter (fun word -> not (List.contains word ("--" :: valuedOptions)))

                  Expect.isFalse ((printed (parse variables (before @ given @ after))).Contains "hunter2") "" ]
