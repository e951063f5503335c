/// Connection strings of libpq, and the words that Npgsql gets for them.
module Coverage.Tests.ConnectionStringTests

open Expecto
open Npgsql
open Coverage.CommandLine
open Coverage.Host

let private parse (text: string) : Database =
    match ConnectionString.parse (fun _ -> None) text with
    | Ok database -> database
    | Error fault -> failtestf "%s: %s" text fault

/// What Npgsql is given; one host has its port apart, which stands with it here.
let private settings (text: string) =
    let all =
        Map.ofSeq (seq { for KeyValue(keyword, value) in (parse text).Settings -> keyword, value })

    match Map.tryFind "Port" all with
    | Some port -> all.Remove("Port").Add("Host", all["Host"] + ":" + port)
    | None -> all

let private fault (text: string) =
    match ConnectionString.parse (fun _ -> None) text with
    | Ok database -> failtestf "%s should be refused: %A" text database.Settings
    | Error fault -> fault

let private reads (text: string) (expected: (string * string) list) =
    test $"{text}" {
        let all = Map.ofList (("Host", "/var/run/postgresql:5432") :: expected)
        Expect.equal (settings text) all ""
        NpgsqlConnectionStringBuilder(Nodes.ConnectionString(parse text)) |> ignore
    }

let private refuses (text: string) (message: string) =
    test $"refused: {text}" { Expect.stringContains (fault text) message "" }

[<Tests>]
let pairs =
    testList
        "a connection string of keywords"
        [ reads "" []
          reads " \t\n" []
          reads "host=db" [ "Host", "db:5432" ]
          reads
              "host=db port=5433 user=me password=x dbname=it"
              [ "Host", "db:5433"; "Username", "me"; "Password", "x"; "Database", "it" ]
          reads " host\t=\n db  user = me " [ "Host", "db:5432"; "Username", "me" ]
          reads "password='a=b c'" [ "Password", "a=b c" ]
          reads @"password='it\'s \\ \x'" [ "Password", @"it's \ x" ]
          reads @"password=a\ b\\\'c" [ "Password", @"a b\'c" ]
          reads @"password=a\" [ "Password", "a" ]
          reads "password=a'b'" [ "Password", "a'b'" ]
          reads "password='a'user=b" [ "Password", "a"; "Username", "b" ]
          reads "password=a=b" [ "Password", "a=b" ]
          reads "password=;\"Host=x" [ "Password", ";\"Host=x" ]
          reads "password='' user=''" []
          reads "password= user=x" [ "Password", "user=x" ]
          reads "user=a user=b" [ "Username", "b" ]
          reads "password=p%41" [ "Password", "p%41" ]
          reads "host=/run/pg port=1" [ "Host", "/run/pg:1" ]
          reads "host=::1" [ "Host", "[::1]:5432" ]
          reads "host=a,b port=1,2" [ "Host", "a:1,b:2" ]
          reads "host=a,b port=1" [ "Host", "a:1,b:1" ]
          reads "host=a,/s port=,2" [ "Host", "a:5432,/s:2" ]
          reads "host=db hostaddr=10.0.0.1" [ "Host", "10.0.0.1:5432" ]
          reads "host=a,b hostaddr=10.0.0.1,::2" [ "Host", "10.0.0.1:5432,[::2]:5432" ]
          reads
              "sslmode=verify-full sslrootcert=/r sslcert=/c sslkey=/k"
              [ "SSL Mode", "verifyfull"
                "Root Certificate", "/r"
                "SSL Certificate", "/c"
                "SSL Key", "/k" ]
          reads "sslmode=require sslrootcert=/r" [ "SSL Mode", "verifyca"; "Root Certificate", "/r" ]
          reads "sslrootcert=system" [ "SSL Mode", "verifyfull" ]
          reads
              "connect_timeout=3 application_name=a options='-c x=1' target_session_attrs=read-write"
              [ "Timeout", "3"
                "Application Name", "a"
                "Options", "-c x=1"
                "Target Session Attributes", "read-write" ]
          reads "connect_timeout=0" [ "Timeout", "0" ]
          reads "connect_timeout=-1" [ "Timeout", "0" ]
          reads "connect_timeout=99999" [ "Timeout", "1024" ]
          reads "service='' sslcrl=" []

          refuses "hunter2" "keyword=value"
          refuses "host=db hunter2" "keyword=value"
          refuses "password='hunter2" "keyword=value"
          refuses @"password='hunter2\'" "keyword=value"
          refuses "=hunter2" "keyword=value"
          refuses "hots=hunter2" "(did you mean host?)"
          refuses "Host=hunter2" "(did you mean host?)"
          refuses "password=correct horse=hunter2" "needs quotes"
          refuses "port=hunter2" "1 to 65535"
          refuses "port=0" "1 to 65535"
          refuses "host=a,b port=1,2,3" "as many"
          refuses "host=a,b hostaddr=::1" "as many"
          refuses "host=hunter2:5432" "':'"
          refuses "sslmode=hunter2" "sslmode takes disable, allow"
          refuses "connect_timeout=hunter2" "connect_timeout takes"
          refuses "hostaddr=hunter2" "hostaddr takes an IP address"
          refuses "target_session_attrs=hunter2" "target_session_attrs takes any, read-write"
          refuses "keepalives=1" "keepalives is not supported"
          refuses
              "postgresql://db?sslcrl=hunter2"
              "sslcrl is not supported; the keywords are application_name"
          refuses "service=hunter2" "service is not supported"

          test "the message names the option, and no value" {
              for text in
                  [ "hots=hunter2"
                    "port=hunter2"
                    "password='hunter2"
                    "postgres://hunter2:%@x" ] do
                  match Arguments.Parse([| "--connection-string"; text |], fun _ -> null) with
                  | Outcome.Refused(message, 64) ->
                      Expect.stringContains message "--connection-string: " ""
                      Expect.isFalse (message.Contains "hunter2") message
                  | other -> failtestf "%A" other
          }

          test "no way of printing the settings prints a password" {
              match
                  Arguments.Parse([| "--connection-string"; "host=db password=hunter2" |], fun _ -> null)
              with
              | Outcome.Run options ->
                  Expect.equal (nonNull options.Database).Settings["Password"] "hunter2" ""

                  for printed in
                      [ sprintf "%A" options
                        sprintf "%+A" options
                        string options
                        sprintf "%O" options.Database
                        sprintf "%+A" options.Database
                        $"{options}" ] do
                      Expect.isFalse (printed.Contains "hunter2") printed
              | other -> failtestf "%A" other
          } ]

[<Tests>]
let uris =
    testList
        "a connection string as a URI"
        [ reads "postgresql://" []
          reads "postgres://db" [ "Host", "db:5432" ]
          reads
              "postgresql://me:x@db:5433/it?sslmode=require&connect_timeout=3"
              [ "Host", "db:5433"
                "Username", "me"
                "Password", "x"
                "Database", "it"
                "SSL Mode", "require"
                "Timeout", "3" ]
          reads "postgresql://me@" [ "Username", "me" ]
          reads "postgresql://:x@/it" [ "Password", "x"; "Database", "it" ]
          reads "postgresql://me:a:b@db" [ "Host", "db:5432"; "Username", "me"; "Password", "a:b" ]
          reads "postgresql://me::@db" [ "Host", "db:5432"; "Username", "me"; "Password", ":" ]
          reads
              "postgresql://m%65:%40%3a%2F%25%20%C3%A9@db/a%2Fb"
              [ "Host", "db:5432"; "Username", "me"; "Password", "@:/% é"; "Database", "a/b" ]
          reads "postgresql://me:a+b@" [ "Username", "me"; "Password", "a+b" ]
          reads "postgresql://a,b" [ "Host", "a:5432,b:5432" ]
          reads "postgresql://a:1,b:2,c" [ "Host", "a:1,b:2,c:5432" ]
          reads "postgresql://[::1]" [ "Host", "[::1]:5432" ]
          reads
              "postgresql://[::1]:1,[2001:db8::2]/it"
              [ "Host", "[::1]:1,[2001:db8::2]:5432"; "Database", "it" ]
          reads "postgresql://%2Frun%2Fpg/it" [ "Host", "/run/pg:5432"; "Database", "it" ]
          reads "postgresql:///it?host=/run/pg&port=1" [ "Host", "/run/pg:1"; "Database", "it" ]
          reads "postgresql://a?host=b&user=me" [ "Host", "b:5432"; "Username", "me" ]
          reads "postgresql://db?ssl=true" [ "Host", "db:5432"; "SSL Mode", "require" ]
          reads "postgresql://db/it?" [ "Host", "db:5432"; "Database", "it" ]
          reads "postgresql://db?user=&password=x&" [ "Host", "db:5432"; "Password", "x" ]

          refuses "postgresql://[::1" "postgresql://user:"
          refuses "postgresql://[]" "postgresql://user:"
          refuses "postgresql://[::1]x" "postgresql://user:"
          refuses "postgresql://db?hunter2" "postgresql://user:"
          refuses "postgresql://db?user=a=b" "postgresql://user:"
          refuses "postgresql://db?a=1&&b=2" "postgresql://user:"
          refuses "postgresql://me:hunter2%@db" "hexadecimal"
          refuses "postgresql://me:hunter2%4@db" "hexadecimal"
          refuses "postgresql://me:hunter2%00@db" "hexadecimal"
          refuses "postgresql://me:hunter2%FF@db" "UTF-8"
          refuses "postgresql://db?ssl=hunter2" "libpq does not know"
          refuses "postgresql://me:p@hunter2:x@db" "1 to 65535"
          refuses "postgresql://@[[::1" "postgresql://user:" ]

[<Tests>]
let variables =
    let given =
        Map.ofList
            [ "PGHOST", "db"
              "PGPORT", "5433"
              "PGPASSWORD", "hunter2"
              "PGDATABASE", "it" ]

    let reads name given text expected =
        test $"{name}" {
            match ConnectionString.parse (fun variable -> Map.tryFind variable (Map.ofList given)) text with
            | Ok database ->
                let all =
                    Map.ofSeq (seq { for KeyValue(keyword, value) in database.Settings -> keyword, value })

                Expect.equal all (Map.ofList expected) text
            | Error fault -> failtest fault
        }

    testList
        "the variables of libpq"
        [ reads
              "give what the string leaves out"
              (Map.toList given)
              "user=me"
              [ "Host", "db"
                "Port", "5433"
                "Username", "me"
                "Password", "hunter2"
                "Database", "it" ]
          reads
              "yield to the string, one by one"
              (Map.toList given)
              "postgresql://else:1/?password="
              [ "Host", "else"; "Port", "1"; "Database", "it" ]
          reads
              "strengthen like the string"
              [ "PGSSLMODE", "require"; "PGSSLROOTCERT", "/ca" ]
              "host=db"
              [ "Host", "db"
                "Port", "5432"
                "SSL Mode", "verifyca"
                "Root Certificate", "/ca" ]

          test "are named when their value is at fault, and the password is not" {
              for variable, value in [ "PGSSLMODE", "hunter2"; "PGCONNECT_TIMEOUT", "hunter2" ] do
                  let all = given.Add(variable, value)

                  match ConnectionString.parse (fun name -> Map.tryFind name all) "user=me" with
                  | Ok _ -> failtest "refused"
                  | Error fault ->
                      Expect.stringContains fault variable ""
                      Expect.isFalse (fault.Contains "hunter2") fault
          } ]
