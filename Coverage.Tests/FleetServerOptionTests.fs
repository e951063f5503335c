/// Each option of the program of fleets, by command line and by environment.
module Coverage.Tests.FleetServerOptionTests

open System.Net
open Expecto
open Coverage
open Coverage.CommandLine
open Coverage.Tests.Asking

let private parse (variables: (string * string) list) (words: string list) =
    let value name : string | null =
        match List.tryFind (fst >> (=) name) variables with
        | Some(_, text) -> text
        | None -> null

    FleetServerArguments.Parse(Array.ofList words, System.Func<string, string | null> value)

let private run variables words =
    match parse variables words with
    | FleetServerOutcome.Run options -> options
    | other -> failtestf "%A with %A: %A" words variables other

let private refusal variables words =
    match parse variables words with
    | FleetServerOutcome.Refused text ->
        Expect.stringStarts text "segment-coverage-fleet: " $"%A{words}"
        Expect.stringEnds text "segment-coverage-fleet --help lists the options." $"%A{words}"
        text
    | other -> failtestf "%A with %A should be refused: %A" words variables other

let private serve = [ "serve"; "--fleet-file"; "fleets" ]
let private cluster = serve @ [ "--cluster"; "host=db" ]

let private tls =
    [ "--tls-certificate"
      "a.pem"
      "--tls-key"
      "a.key"
      "--tls-authority"
      "ca.pem" ]

/// The options that `serve` of the other program has, too.
let private shared =
    set
        [ "--qualities"
          "--first-hour"
          "--last-hour"
          "--tolerance"
          "--node-token-file"
          "--recent-cutoff"
          "--backfill-window"
          "--stale-after"
          "--stuck-after"
          "--metrics-port"
          "--check-interval"
          "--bind"
          "--api-token-file"
          "--allowed-hosts"
          "--log-format"
          "--log-level" ]

let private ownOptions: (string * string * (FleetServerOptions -> string) * string * string) list =
    let path (text: string | null) =
        Option.defaultValue "" (Option.ofObj text)

    [ "--cluster-name", "other", _.ClusterName, "fleet", "other"
      "--silo-address", "127.0.0.2", (_.SiloAddress >> string), "127.0.0.1", "127.0.0.2"
      "--silo-port", "65535", (_.SiloPort >> string), "11111", "65535"
      "--fleet-file", "./-others", (_.FleetFile >> path), "fleets", "./-others" ]

[<Tests>]
let tests =
    testList
        "each option of the program of fleets"
        [ testCase "every option that it shares is one of serve"
          <| fun () ->
              let known = set [ for it in specimens -> it.Option ]
              Expect.equal (shared - known) Set.empty ""

          for it in specimens do
              let text = Option.defaultValue "true" it.Value
              let own = it.Option :: Option.toList it.Value

              if shared.Contains it.Option then
                  let byDefault =
                      match it.Option with
                      | "--metrics-port" -> "8007"
                      | "--qualities" -> "[]"
                      | _ -> it.Default

                  test $"{it.Option} is passed on" {
                      Expect.equal (it.Shows (run [] serve).Shared) byDefault "by default"
                      Expect.equal (it.Shows (run [] (serve @ own)).Shared) it.Given "by command line"
                      let joined = [ $"{it.Option}={text}" ]
                      Expect.equal (it.Shows (run [] (serve @ joined)).Shared) it.Given "with ="
                      let environment = [ variable it.Option, text ]
                      Expect.equal (it.Shows (run environment serve).Shared) it.Given "by environment"

                      Expect.equal
                          (it.Shows (run [ variable it.Option, "-\001" ] (serve @ own)).Shared)
                          it.Given
                          "the command line wins"

                      Expect.stringContains
                          (refusal [ variable it.Option, "-\001" ] serve)
                          (variable it.Option)
                          "an unusable variable is named"

                      Expect.stringContains
                          (refusal [] (serve @ [ it.Option; "-\001" ]))
                          it.Option
                          "so is an unusable option"
                  }
              else
                  test $"{it.Option} is none of it, and its variable has no effect" {
                      refusal [] (serve @ own) |> ignore
                      let options = run [ variable it.Option, text ] serve
                      Expect.equal (it.Shows options.Shared) (it.Shows (run [] serve).Shared) ""
                  }

          for option, value, shows, byDefault, given in ownOptions do
              test $"{option} by command line and by environment" {
                  Expect.equal (shows (run [] cluster)) byDefault "by default"
                  Expect.equal (shows (run [] (cluster @ [ option; value ]))) given "by command line"
                  Expect.equal (shows (run [] (cluster @ [ $"{option}={value}" ]))) given "with ="

                  let without =
                      [ "serve"; "--cluster"; "host=db" ]
                      @ if option = "--fleet-file" then
                            []
                        else
                            [ "--fleet-file"; "fleets" ]

                  Expect.equal (shows (run [ variable option, value ] without)) given "by environment"
                  Expect.stringContains (refusal [] (cluster @ [ option ])) option "it wants a value"
              }

          test "serve is meant where no command is given" {
              Expect.equal (run [] (List.tail serve)).Command FleetCommand.Serve ""

              Expect.equal
                  (run [ variable "--fleet-file", "fleets" ] []).FleetFile
                  "fleets"
                  "all by environment"
          }

          test "one process is alone unless a database is given" {
              Expect.isNull (run [] serve).Cluster ""
              Expect.isNull (run [] (serve @ [ "--single" ])).Cluster ""
              Expect.isNotNull (run [] cluster).Cluster ""
              Expect.isNotNull (run [ variable "--cluster", "host=db" ] serve).Cluster "by environment"

              Expect.isNull
                  (run [ variable "--cluster", "host=db" ] (serve @ [ "--single" ])).Cluster
                  "the command line wins"

              Expect.stringContains
                  (refusal [] (cluster @ [ "--single" ]))
                  "--single and --cluster"
                  "not both"
          }

          test "migrate needs the database, and no fleets" {
              let options = run [] [ "migrate"; "--cluster"; "host=db"; "--dry-run" ]
              Expect.equal options.Command FleetCommand.Migrate ""
              Expect.isTrue options.IsDry ""
              Expect.isFalse (run [] [ "migrate"; "--cluster"; "host=db" ]).IsDry ""
              Expect.stringContains (refusal [] [ "migrate" ]) "give it with --cluster" ""
              Expect.stringContains (refusal [] (serve @ [ "--dry-run" ])) "--dry-run is for migrate" ""
          }

          test "beyond loopback the processes need certificates" {
              let away = [ "--silo-address"; "10.0.0.7" ]
              let options = run [] (cluster @ away @ tls)
              Expect.equal options.SiloAddress (IPAddress.Parse "10.0.0.7") ""
              let given = options.Certificate, options.Key, options.Authority
              Expect.equal given ("a.pem", "a.key", "ca.pem") ""
              Expect.stringContains (refusal [] (cluster @ away)) "--tls-certificate" "none"

              Expect.stringContains
                  (refusal [ variable "--silo-address", "10.0.0.7" ] cluster)
                  "10.0.0.7"
                  "none, by environment"

              run [] (cluster @ tls) |> ignore

              for missing in 0..2 do
                  let some = List.removeManyAt (2 * missing) 2 tls

                  for words in [ cluster @ some; cluster @ away @ some ] do
                      Expect.stringContains (refusal [] words) "go together" $"%A{words}"

              for every in [ "0.0.0.0"; "::" ] do
                  Expect.stringContains
                      (refusal [] (cluster @ tls @ [ "--silo-address"; every ]))
                      "the one address"
                      every
          }

          test "what is wrong is refused by its name" {
              for words, named in
                  [ [ "serve" ], "--fleet-file"
                    serve @ [ "/mnt" ], "/mnt"
                    serve @ [ "--base-dir"; "/mnt" ], "--base-dir"
                    serve @ [ "--node"; "A=/mnt" ], "--node"
                    serve @ [ "--flee-file"; "x" ], "did you mean --fleet-file?"
                    serve @ [ "--sing=true" ], "--single takes no value"
                    serve @ [ "--silo"; "x" ], "--silo-address or --silo-port"
                    serve @ [ "--fleet-file" ], "--fleet-file takes a value"
                    serve @ [ "--fleet-file"; "--single" ], "--fleet-file takes a value"
                    serve @ [ "--fleet-file=" ], "--fleet-file"
                    cluster @ [ "--silo-port"; "0" ], "--silo-port"
                    cluster @ [ "--silo-port"; "65536" ], "--silo-port"
                    cluster @ [ "--silo-address"; "db.example.org" ], "--silo-address"
                    cluster @ [ "--cluster-name"; "" ], "--cluster-name"
                    serve @ [ "--cluster"; "host" ], "--cluster"
                    serve @ [ "--cluster=-x" ], "--cluster"
                    serve @ [ "--silo-port"; "1" ], "are for --cluster"
                    serve @ [ "--cluster-name"; "x" ], "are for --cluster"
                    serve @ tls, "are for --cluster"
                    serve @ [ "--stale-after"; "x" ], "--stale-after" ] do
                  Expect.stringContains (refusal [] words) named $"%A{words}"
          }

          test "--help and --version win, and the help names each option" {
              match parse [] [ "serve"; "--help"; "--version" ] with
              | FleetServerOutcome.Help text ->
                  let own = [ for option, _, _, _, _ in ownOptions -> option ]

                  for option in List.ofSeq shared @ own @ [ "--single"; "--cluster"; "--dry-run" ] @ tls do
                      if option.StartsWith "--" then
                          Expect.stringContains text option ""
              | other -> failtestf "%A" other

              Expect.isTrue (parse [] [ "migrate"; "--version" ]).IsVersion ""
          } ]
