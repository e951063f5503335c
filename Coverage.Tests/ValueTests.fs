/// The values that options take and refuse.
module Coverage.Tests.ValueTests

open System
open System.Globalization
open System.Net
open Expecto
open Coverage
open Coverage.CommandLine
open Coverage.Tests.Asking

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

          for text, node in
              [ "A=/mnt/a", ("A", "/mnt/a", true, false)
                "A!=../a", ("A", "../a", false, false)
                "node 1=a=b", ("node 1", "a=b", true, false)
                "A!!=a", ("A!", "a", false, false)
                "A=http://a:8080/", ("A", "http://a:8080/", true, true)
                "A!=HTTPS://a.example/wub", ("A", "HTTPS://a.example/wub", false, true) ] do
              test $"--node takes %A{text}" {
                  let options = run [] [ "fleet"; "--node"; text ]

                  Expect.equal
                      [ for node in options.Fleet.Nodes -> node.Name, node.At, node.IsSource, node.IsUrl ]
                      [ node ]
                      ""
              }

          for text in
              [ ""
                "A"
                "A="
                "=a"
                "!=a"
                " A=a"
                "A\n=a"
                "A=-a"
                "A=a\000"
                "A=ftp://a"
                "A=http://"
                "A=http://a?b"
                "A=http://a#b"
                "A=http://me:secret@a" ] do
              test $"--node refuses %A{text}" {
                  Expect.stringContains (refusal [] [ "fleet"; "--node=" + text ]) "--node takes" ""
              }

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
                "Mon Nov 23 18:00:00 UTC 2026", "2026-11-23T18"
                "Mon Nov 23 18:00:00 GMT 2026", "2026-11-23T18"
                "Mon Nov 23 18:00:00 Z 2026", "2026-11-23T18"
                "Mon Nov 23 18:00:00 +0130 2026", "2026-11-23T16"
                "Mon Nov 23 18:00:00 -05 2026", "2026-11-23T23"
                "Sun Nov  1 06:00:00 PM UTC 2026", "2026-11-01T18"
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
          takes "--backdoor-port" "0" _.Warnings.Length 0
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

          for option, shows in
              [ "--keep", (fun (it: Options) -> seconds it.Judgement.KeepMicroseconds.Value)
                "--settling", (fun it -> seconds it.Judgement.SettlingMicroseconds) ] do
              for text, expected in
                  [ "0", 0m
                    "0d", 0m
                    "90", 90m
                    "0.5", 0.5m
                    "1.5m", 90m
                    "2h", 7200m
                    "14d", 1_209_600m
                    "1000000000", 1_000_000_000m
                    "11574d", 999_993_600m ] do
                  takes option text shows expected

              refuses
                  option
                  [ ""
                    "d"
                    "14 d"
                    "14D"
                    "1w"
                    "1h30m"
                    "-1"
                    "1e3"
                    "11575d"
                    "1000000001"
                    "999999999999d" ]

          refuses "--words" [ ""; ","; "hole"; "Missing"; "missing,lost" ]

          for option in [ "--expected-from"; "--expected-to"; "--now" ] do
              refuses option [ ""; "yesterday"; "2025-02-29T00"; "7/8/2025" ]

          refuses "--expected" [ ""; "a\000" ]
          refuses "--acknowledged" [ ""; "a\000" ]
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
