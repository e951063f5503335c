/// Where the nodes of a fleet come from and how they are reached: a database, TLS, and a disk that is gone.
module Coverage.Tests.FleetNodesTests

open System
open System.IO
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open Coverage.Tests.NodeServer
open Coverage.Tests.Sandbox

let private hour = "2025-11-07T18"

let private segment (time: string) (letter: char) =
    $"{time}-10-full-{String(letter, 42)}A.ts"

/// A lists 0 to 10 s and 40 to 50, B what lies between.
let private archiveTest name test =
    archiveTest name (fun folder ->
        folder.Files($"A/desertbus/source/{hour}", [ segment "00:00.0" 'a'; segment "00:40.0" 'e' ])
        folder.Files($"B/desertbus/source/{hour}", [ segment "00:10.0" 'b'; segment "00:20.0" 'c' ])
        test folder)

let private self (folder: Folder) =
    [ "--self"; "A"; "--base-dir"; folder.At "A" ]

/// Asks for JSON, in an environment.
let private fleet environment words =
    let result =
        runBy itself environment ([ "fleet"; "--format"; "json"; "--now"; $"{hour}:20:00" ] @ words)

    result, lazy JsonElement.Parse result.Output

let private nodes (json: Lazy<JsonElement>) =
    [ for node in items json.Value?nodes -> text node?name, text node?known ]

let private secondsOf (word: string) (node: int) (json: Lazy<JsonElement>) =
    text ((item node (item 0 json.Value?streams)?nodes)?seconds.GetProperty word)

[<Tests>]
let database =
    testList
        "the nodes of a fleet in a database"
        [ archiveTest
              "are all that it lists, by name; one that is no source is none, and --self is the folder"
          <| fun folder ->
              use server = new NodeServer(restreaming (folder.At "B"))
              let table = NodesTable()
              table.Add("B", server.Address)
              table.Add("A", "http://a.example")

              let ask () =
                  fleet [] (self folder @ [ "--connection-string"; table.ConnectionString ])

              let result, json = ask ()
              Expect.equal (result.ExitCode, result.Error) (1, "") ""
              Expect.equal (nodes json) [ "A", "True"; "B", "True" ] ""

              Expect.equal
                  [ for node in items json.Value?nodes -> text node?at ]
                  [ folder.At "A"; server.Address ]
                  "A is asked on the disk"

              Expect.equal (secondsOf "fillable" 0 json) "20" "B is a source of A"
              table.Run "UPDATE nodes SET backfill_from = false WHERE name = 'B'"
              let result, json = ask ()
              Expect.equal (result.ExitCode, result.Error) (1, "") ""

              Expect.equal
                  [ for node in items json.Value?nodes -> text node?source ]
                  [ "True"; "False" ]
                  "backfill_from"

              Expect.equal (secondsOf "fillable" 0 json, secondsOf "withheld" 0 json) ("0", "20") "no source"

          archiveTest "that does not answer, or takes no such password, are not known: 66, and a sentence"
          <| fun folder ->
              let table = NodesTable()
              let right = table.ConnectionString

              for text, why in
                  [ Regex.Replace(right, "://(.*):.*@", "://$1:hunter2@"), "password authentication failed"
                    Regex.Replace(right, @":\d+/", $":{freePort ()}/"), "Failed to connect to 127.0.0.1"
                    Regex.Replace(right, "/[^/]*$", "/nosuch"), "does not exist" ] do
                  let result, _ = fleet [] (self folder @ [ "--connection-string"; text ])
                  Expect.equal (result.ExitCode, result.Output) (66, "") why
                  Expect.stringContains result.Error "cannot read the nodes from the database: " why
                  Expect.stringContains result.Error why ""
                  Expect.isFalse (result.Error.Contains "hunter2") "no password is shown"

              table.Run "DROP TABLE nodes"
              let result, _ = fleet [] (self folder @ [ "--connection-string"; right ])
              Expect.equal (result.ExitCode, result.Output) (66, "") "no table"
              Expect.stringContains result.Error "\"nodes\" does not exist" ""

          archiveTest "whose address cannot be used is wrong usage, and is named"
          <| fun folder ->
              let table = NodesTable()
              table.Add("B", "ftp://b.example")

              let result, _ =
                  fleet [] (self folder @ [ "--connection-string"; table.ConnectionString ])

              Expect.equal (result.ExitCode, result.Output) (64, "") ""

              Expect.stringContains
                  result.Error
                  "a node B whose name or address cannot be used: ftp://b.example"
                  "" ]

/// A certificate of localhost that nothing has signed but itself.
let private selfSigned () : X509Certificate2 =
    use key = RSA.Create 2048

    let request =
        CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    let names = SubjectAlternativeNameBuilder()
    names.AddDnsName "localhost"
    request.CertificateExtensions.Add(names.Build())
    request.CertificateExtensions.Add(X509BasicConstraintsExtension(true, false, 0, true))
    request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays -1.0, DateTimeOffset.UtcNow.AddDays 1.0)

[<Tests>]
let tls =
    testList
        "a node over TLS"
        [ archiveTest
              "is heard where the system's store knows its certificate; else it is unknown, and a sentence says why"
          <| fun folder ->
              use certificate = selfSigned ()
              use server = new NodeServer(restreaming (folder.At "B"), certificate)
              File.WriteAllText(folder.At "store.pem", certificate.ExportCertificatePem())

              let ask environment address =
                  fleet environment (self folder @ [ "--node"; $"B={address}" ])

              let unknown what (result, json) (sentence: string) =
                  Expect.equal (result.ExitCode, nodes json) (66, [ "A", "True"; "B", "False" ]) what
                  Expect.equal (secondsOf "lost" 0 json) "0" "nothing is lost"
                  Expect.stringContains result.Error sentence what

              unknown
                  "no store knows it"
                  (ask [] server.Address)
                  "UntrustedRoot; add its issuer to the system's store, or to the file that SSL_CERT_FILE names"

              let known = [ "SSL_CERT_FILE", folder.At "store.pem" ]
              let result, json = ask known server.Address
              Expect.equal (result.ExitCode, result.Error) (1, "") "known"
              Expect.equal (secondsOf "fillable" 0 json) "20" "B is heard"

              unknown
                  "by another name than the certificate's"
                  (ask known (server.Address.Replace("localhost", "127.0.0.1")))
                  "RemoteCertificateNameMismatch; give an address that the certificate names"

              unknown
                  "a redirect to TLS is not followed"
                  (use plain =
                      new NodeServer(fun request ->
                          Answer(301, [ "Location", server.Address + request.Path ], [||]))

                   ask known plain.Address)
                  $"redirects to {server.Address}/api/v1/streams" ]
