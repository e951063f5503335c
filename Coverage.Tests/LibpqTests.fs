/// Connection strings, judged by libpq itself, by Npgsql and by PostgreSQL.
module Coverage.Tests.LibpqTests

open System
open System.Runtime.InteropServices
open Expecto
open FsCheck
open FsCheck.FSharp
open Npgsql
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests

[<DllImport("libpq.so.5")>]
extern nativeint private PQconninfoParse(nativeint text, nativeint error)

[<DllImport("libpq.so.5")>]
extern void private PQconninfoFree(nativeint options)

/// What libpq itself reads: each keyword with its variable and its value, which may both be missing; nothing when it
/// refuses.
let private optionsByLibpq (text: string) : (string * string option * string option) list option =
    let bytes = Marshal.StringToCoTaskMemUTF8 text
    let options = PQconninfoParse(bytes, 0n)
    Marshal.FreeCoTaskMem bytes

    if options = 0n then
        None
    else
        // Each is seven words: the keyword, the variable, and the value is the fourth.
        let text option word =
            let at = Marshal.ReadIntPtr(options, (option * 7 + word) * IntPtr.Size)
            Option.ofObj (Marshal.PtrToStringUTF8 at)

        let read =
            Seq.initInfinite (fun option -> text option 0, text option 1, text option 3)
            |> Seq.takeWhile (fun (keyword, _, _) -> keyword.IsSome)
            |> Seq.map (fun (keyword, variable, value) -> keyword.Value, variable, value)
            |> List.ofSeq

        PQconninfoFree options
        Some read

/// The keywords that have a value, as libpq reads them.
let private byLibpq (text: string) : Map<string, string> option =
    optionsByLibpq text
    |> Option.map (fun options ->
        Map.ofList
            [ for keyword, _, value in options do
                  match value with
                  | Some value -> keyword, value
                  | None -> () ])

/// Pieces of connection strings, in any order.
let private pieces =
    let piece =
        Gen.elements
            [ "host="
              "port="
              "user="
              "user = "
              "password='"
              "password="
              "'"
              "\\"
              "="
              "a"
              "é"
              "5432"
              "%41"
              "%2f"
              "%4"
              "@"
              ":"
              "/"
              "?"
              "&"
              ","
              "["
              "]"
              "::1"
              "ssl=true"
              "dbname" ]

    let text extra =
        Gen.map (String.concat "") (Gen.listOf (Gen.oneof [ piece; extra ]))

    // Later versions of libpq treat a space in a URI otherwise than earlier ones.
    Gen.oneof
        [ text (Gen.elements [ " "; "\t"; "\n" ])
          Gen.map ((+) "postgresql://") (text piece) ]

let private law name (holds: string -> unit) =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = 1000 * Gen.depth }
        name
        (Prop.forAll (Arb.fromGen pieces) holds)

[<Tests>]
let libpq =
    testList
        "connection strings, by libpq itself"
        [ law "any text is read as libpq reads it, or refused as it refuses it"
          <| fun text ->
              let theirs =
                  try
                      byLibpq text
                  with :? DllNotFoundException ->
                      skiptest "needs libpq"

              Expect.equal (Result.toOption (ConnectionString.read text)) theirs text

          testCase "each keyword is libpq's, and so is its variable"
          <| fun () ->
              let options =
                  try
                      (optionsByLibpq "").Value
                  with :? DllNotFoundException ->
                      skiptest "needs libpq"

              let theirs = Map.ofList [ for keyword, variable, _ in options -> keyword, variable ]

              for KeyValue(keyword, variable) in ConnectionString.variables do
                  Expect.equal (Map.tryFind keyword theirs) (Some(Some variable)) keyword

          testCase "each keyword that libpq knows is taken, or refused by its name"
          <| fun () ->
              let options =
                  try
                      (optionsByLibpq "").Value
                  with :? DllNotFoundException ->
                      skiptest "needs libpq"

              for keyword, _, _ in options do
                  if not (ConnectionString.variables.ContainsKey keyword) then
                      match ConnectionString.parse (fun _ -> None) $"{keyword}=1" with
                      | Error message -> Expect.stringStarts message $"{keyword} is not supported" ""
                      | Ok _ -> failtest keyword

          law "Npgsql takes whatever is handed on, and reads the same from it"
          <| fun text ->
              match ConnectionString.parse (fun _ -> None) text with
              | Error _ -> ()
              | Ok database ->
                  let builder = NpgsqlConnectionStringBuilder(Nodes.ConnectionString database)

                  for KeyValue(keyword, value) in database.Settings do
                      match keyword with
                      // White space alone is nothing to Npgsql.
                      | _ when String.IsNullOrWhiteSpace value -> ()
                      | "Username"
                      | "Password"
                      | "Database"
                      | "Host"
                      | "Port" -> Expect.equal (string builder[keyword]) value keyword
                      | _ -> ()

          testCase
              "PostgreSQL lets in whom libpq's own quoting describes, whatever the names and the password"
          <| fun () ->
              let server = PrivatePostgres.Shared
              let known = NpgsqlConnectionStringBuilder server.ConnectionString

              for at, hostile in
                  List.indexed [ "it's"; "a b"; @"\'x\\"; "p=q;Host=x"; "%41@:/?#&\"$é"; " "; "\"\nx" ] do
                  let literal (text: string) = "'" + text.Replace("'", "''") + "'"

                  let quoted (text: string) =
                      "\"" + text.Replace("\"", "\"\"") + "\""

                  let name = $"{hostile}{at}"

                  server.Psql
                      [ $"--command=SET standard_conforming_strings = on"
                        $"--command=CREATE ROLE {quoted name} LOGIN PASSWORD {literal hostile}"
                        $"--command=CREATE DATABASE {quoted name} OWNER {quoted name}" ]
                  |> ignore

                  let escaped (text: string) =
                      "'" + text.Replace("\\", "\\\\").Replace("'", "\\'") + "'"

                  let percent (text: string) = Uri.EscapeDataString text

                  for text in
                      [ $"host={known.Host} port={known.Port} user={escaped name} "
                        + $"password={escaped hostile} dbname={escaped name}"
                        $"postgresql://{percent name}:{percent hostile}@{known.Host}:{known.Port}/{percent name}" ] do
                      let database =
                          match ConnectionString.parse (fun _ -> None) text with
                          | Ok database -> database
                          | Error fault -> failtest fault

                      use connection = new NpgsqlConnection(Nodes.ConnectionString database)
                      connection.Open()

                      use command =
                          new NpgsqlCommand("SELECT current_user || ' ' || current_database()", connection)

                      Expect.equal (string (command.ExecuteScalar())) $"{name} {name}" text
                      NpgsqlConnection.ClearPool connection ]
