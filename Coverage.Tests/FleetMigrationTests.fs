/// The migrations of the fleet's database, and how a silo waits for them.
module Coverage.Tests.FleetMigrationTests

open System.Threading
open System.Threading.Tasks
open Expecto
open Coverage.FleetServer
open Coverage.Tests.FleetSilos

/// All that a database holds which is not PostgreSQL's own.
let private objects (database: string) =
    query
        database
        "SELECT n.nspname || '.' || c.relname FROM pg_class c RIGHT JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'public') ORDER BY 1"

let private scripts =
    typeof<SiloOptions>.Assembly.GetManifestResourceNames()
    |> Array.filter _.EndsWith(".sql")
    |> Array.sort
    |> List.ofArray

let private applied (database: string) =
    query database "SELECT scriptname FROM coverage_fleet.migration ORDER BY schemaversionsid"

[<Tests>]
let migrations =
    testList
        "fleet migrations"
        [ testCase "each script is applied once, and the second time says that nothing is to do" (fun () ->
              let database = emptyDatabase ()
              let code, said = migrate false database
              Expect.equal code 0 "it ends well"
              Expect.equal (applied database) scripts "every script, in order"

              for script in scripts do
                  Expect.stringContains said $"to apply {script}: " "what it will do"
                  Expect.stringContains said $"applied {script}" "what it did"

              Expect.stringContains
                  said
                  "0001-membership.sql: Which silos there are"
                  "what the script is for"

              let before = objects database

              Expect.equal
                  (migrate false database)
                  (0, "nothing to do: the database has every migration\n")
                  "again"

              Expect.equal (applied database, objects database) (scripts, before) "nothing changed")

          testCase "a dry run says what it would do and changes nothing" (fun () ->
              let database = emptyDatabase ()
              let code, said = migrate true database
              Expect.equal code 0 "it ends well"

              for script in scripts do
                  Expect.stringContains said $"would apply {script}: " "what it would do"

              Expect.equal (objects database) [] "nothing is there")

          testCase "migrations at the same time apply each script once, and all end well" (fun () ->
              let database = emptyDatabase ()

              let codes =
                  [| for _ in 1..4 -> Task.Run(fun () -> fst (migrate false database)) |]
                  |> Task.WhenAll

              Expect.equal codes.Result [| 0; 0; 0; 0 |] "all end well"
              Expect.equal (applied database) scripts "each once")

          testCase "a database that does not answer cannot be read" (fun () ->
              PrivatePostgres.Shared |> ignore

              let nowhere =
                  $"Host=127.0.0.1;Port={Sandbox.freePort ()};Username=nobody;Database=none"

              Expect.equal (migrate false nowhere) (66, "") "the exit code, and nothing done"
              Expect.equal (migrate true nowhere) (66, "") "dry")

          testCase "a database of a later version is left alone, and a silo waits before it" (fun () ->
              let database = emptyDatabase ()
              migrate false database |> ignore

              query
                  database
                  "INSERT INTO coverage_fleet.migration (scriptname, applied) VALUES ('0009-later.sql', now())"
              |> ignore

              Expect.equal (migrate false database) (66, "") "refused"
              let log = KeptLog()
              use stop = new CancellationTokenSource()
              ClusterDatabase.WaitAsync(database, log, stop.Token) |> ignore
              Sandbox.eventually "it says what it waits for" (fun () -> log.Lines <> [])
              stop.Cancel()
              Expect.stringContains log.Lines.Head "0009-later.sql, which this version does not know" "why")

          testCase "a script that fails changes nothing and ends with an error" (fun () ->
              let database = emptyDatabase ()

              query database "CREATE SCHEMA coverage_fleet; CREATE TABLE coverage_fleet.reminder ()"
              |> ignore

              Expect.equal (fst (migrate false database)) 73 "the exit code"
              Expect.equal (applied database) [ "0001-membership.sql" ] "what went before it stays"

              Expect.equal
                  (query database "SELECT count(*) FROM pg_class WHERE relname = 'reminder_version'")
                  [ "0" ]
                  "nothing of it is left")

          testCase
              "a silo waits for the database and its migrations, and says so once for each reason"
              (fun () ->
                  let database = emptyDatabase ()
                  let log = KeptLog()
                  let waiting = ClusterDatabase.WaitAsync(database, log, CancellationToken.None)
                  Sandbox.eventually "it says what it waits for" (fun () -> log.Lines <> [])
                  Thread.Sleep 2500
                  Expect.isFalse waiting.IsCompleted "it waits"
                  migrate false database |> ignore
                  waiting.Wait()

                  let missing = String.concat ", " scripts

                  Expect.equal
                      log.Lines
                      [ $"Warning: the database lacks the migrations {missing}; run segment-coverage-fleet migrate; waiting"
                        "Information: the database is there" ]
                      "once")

          testCase "a silo that waits for a database that does not answer can be stopped" (fun () ->
              PrivatePostgres.Shared |> ignore

              let nowhere =
                  $"Host=127.0.0.1;Port={Sandbox.freePort ()};Username=nobody;Database=none"

              let log = KeptLog()
              use stop = new CancellationTokenSource()
              let waiting = ClusterDatabase.WaitAsync(nowhere, log, stop.Token)
              Sandbox.eventually "it says what it waits for" (fun () -> log.Lines <> [])
              stop.Cancel()
              Expect.throws (fun () -> waiting.Wait()) "it is stopped"
              Expect.equal log.Lines.Length 1 "said once"
              Expect.stringStarts log.Lines.Head "Warning: the database does not answer: " "why") ]
