/// The fleet's database as Orleans' own providers use it: what our statements must do, asked through them.
module Coverage.Tests.FleetTablesTests

open System
open System.Net
open System.Threading
open System.Threading.Tasks
open Expecto
open FsCheck
open FsCheck.FSharp
open Microsoft.Extensions.DependencyInjection
open Orleans
open Orleans.Runtime
open Coverage.FleetServer
open Coverage.Tests.FleetSilos

// Migrations.

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

// The table of silos.

/// A table of a cluster, by the provider that a silo would use.
let private table (database: string) (cluster: string) : IMembershipTable =
    let host = build (options database cluster 1)
    let table = host.Services.GetRequiredService<IMembershipTable>()
    table.InitializeMembershipTableAsync(true).Wait()
    table

/// A moment that PostgreSQL can hold, which knows microseconds.
let private moment (second: int) =
    DateTime(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc).AddSeconds(second).AddTicks 1230

let private address (number: int) =
    SiloAddress.New(IPAddress.Parse "10.1.2.3", 1000 + number, 7)

let private entry number status =
    MembershipEntry(
        SiloAddress = address number,
        Status = status,
        SiloName = $"silo {number}",
        HostName = "host",
        ProxyPort = 0,
        StartTime = moment 0,
        IAmAliveTime = moment 0,
        SuspectTimes = ResizeArray()
    )

let private all (table: IMembershipTable) : MembershipTableData = table.ReadAllAsync().Result

let private suspects (silo: MembershipEntry) : (SiloAddress * DateTime) list =
    match silo.SuspectTimes with
    | null -> []
    | suspects -> List.ofSeq suspects

let private members (data: MembershipTableData) : MembershipEntry list =
    [ for silo, _ in data.Members -> silo ]

/// What a table says, as one value.
let private said (data: MembershipTableData) =
    data.Version.Version,
    [ for silo, _ in data.Members ->
          string silo.SiloAddress,
          silo.SiloName,
          silo.HostName,
          silo.Status,
          silo.ProxyPort,
          silo.StartTime,
          silo.IAmAliveTime,
          [ for by, time in suspects silo -> string by, time ] ]
    |> List.sort

let private insert (table: IMembershipTable) entry =
    table.InsertRowAsync(entry, (all table).Version.Next()).Result

/// As Orleans updates: with the version of the whole table as it was read.
let private update (table: IMembershipTable) (read: MembershipTableData) (entry: MembershipEntry) =
    table.UpdateRowAsync(entry, read.Version.VersionEtag, read.Version.Next()).Result

[<Tests>]
let membership =
    let tableTest name (test: IMembershipTable -> unit) =
        testCase name (fun () -> test (table (migrated ()) "a"))

    testList
        "fleet membership"
        [ tableTest "an empty table has a version and no silo" (fun table ->
              Expect.equal (said (all table)) (0, []) "all"
              Expect.equal (said (table.ReadRowAsync(address 1).Result)) (0, []) "one that is not there"
              table.InitializeMembershipTableAsync(true).Wait()
              Expect.equal (said (all table)) (0, []) "begun again")

          tableTest "a silo joins once, and is read as it was written" (fun table ->
              let silo = entry 1 SiloStatus.Joining
              Expect.isTrue (insert table silo) "the first time"
              let joined = all table
              Expect.equal joined.Version.Version 1 "the version is the next"

              Expect.equal
                  (said joined)
                  (1,
                   [ string silo.SiloAddress, "silo 1", "host", SiloStatus.Joining, 0, moment 0, moment 0, [] ])
                  "as written"

              Expect.equal (members joined).Head.StartTime.Kind DateTimeKind.Utc "UTC"
              Expect.equal (said (table.ReadRowAsync(address 1).Result)) (said joined) "alone"
              Expect.equal (said (table.ReadRowAsync(address 2).Result)) (1, []) "another"
              Expect.isFalse (insert table silo) "the second time, with the version that is"
              Expect.equal (said (all table)) (said joined) "nothing changed")

          tableTest "a silo that read another version does not join" (fun table ->
              let before = all table
              Expect.isTrue (insert table (entry 1 SiloStatus.Active)) "the first"
              let after = all table

              Expect.isFalse
                  (table.InsertRowAsync(entry 2 SiloStatus.Active, before.Version.Next()).Result)
                  "too late"

              Expect.equal (said (all table)) (said after) "nothing changed")

          tableTest "of silos that join at once with one version exactly one wins" (fun table ->
              for round in 0..9 do
                  let read = all table

                  let won =
                      [| for number in 1..6 ->
                             Task.Run<bool>(fun () ->
                                 table.InsertRowAsync(
                                     entry (10 * round + number) SiloStatus.Active,
                                     read.Version.Next()
                                 )) |]
                      |> Task.WhenAll

                  Expect.equal (won.Result |> Seq.filter id |> Seq.length) 1 "one"
                  Expect.equal (all table).Version.Version (round + 1) "one change"
                  Expect.equal (all table).Members.Count (round + 1) "one silo more")

          tableTest
              "of changes at once with one version exactly one wins, whichever silos they are of"
              (fun table ->
                  for number in 1..3 do
                      Expect.isTrue (insert table (entry number SiloStatus.Active)) "joined"

                  for round in 0..9 do
                      let read = all table

                      let won =
                          [| for number in [ 1; 1; 2; 2; 3; 3 ] ->
                                 Task.Run<bool>(fun () ->
                                     let silo = entry number SiloStatus.Active
                                     silo.IAmAliveTime <- moment (round + 1)

                                     table.UpdateRowAsync(
                                         silo,
                                         read.Version.VersionEtag,
                                         read.Version.Next()
                                     )) |]
                          |> Task.WhenAll

                      Expect.equal (won.Result |> Seq.filter id |> Seq.length) 1 "one"

                      let changed =
                          members (all table)
                          |> Seq.filter (fun silo -> silo.IAmAliveTime = moment (round + 1))

                      Expect.equal (Seq.length changed) 1 "one row"
                      Expect.equal (all table).Version.Version (read.Version.Version + 1) "one change")

          tableTest "a change with an old version is refused and changes nothing" (fun table ->
              Expect.isTrue (insert table (entry 1 SiloStatus.Active)) "joined"
              let old = all table
              Expect.isTrue (insert table (entry 2 SiloStatus.Active)) "joined"
              let now = all table
              Expect.isFalse (update table old (entry 1 SiloStatus.Dead)) "too late"
              Expect.equal (said (all table)) (said now) "nothing changed"
              Expect.isTrue (update table now (entry 1 SiloStatus.Dead)) "in time"
              Expect.equal (all table).Version.Version (now.Version.Version + 1) "the next version")

          tableTest "a change of a silo that is not there is refused and changes nothing" (fun table ->
              Expect.isTrue (insert table (entry 1 SiloStatus.Active)) "joined"
              let before = all table
              Expect.isFalse (update table before (entry 2 SiloStatus.Dead)) "refused"
              Expect.equal (said (all table)) (said before) "nothing changed")

          tableTest "suspicions and death are read as they were written" (fun table ->
              for number in 1..2 do
                  Expect.isTrue (insert table (entry number SiloStatus.Active)) "joined"

              let silo = entry 1 SiloStatus.Active

              // Orleans writes a suspicion's time to the millisecond.
              let times =
                  [ address 2, moment(5).AddTicks -1230; address 3, moment(6).AddTicks -1230 ]

              silo.SuspectTimes <- ResizeArray times
              Expect.isTrue (update table (all table) silo) "suspected"

              let suspectsOf number =
                  suspects (members (table.ReadRowAsync(address number).Result)).Head

              Expect.equal (suspectsOf 1) times "by both"
              Expect.equal (suspectsOf 2) [] "the other is not"

              silo.Status <- SiloStatus.Dead
              Expect.isTrue (update table (all table) silo) "declared dead"
              let dead = table.ReadRowAsync(address 1).Result
              Expect.equal (members dead).Head.Status SiloStatus.Dead "dead"
              Expect.equal dead.Version.Version 4 "two that joined, a suspicion, a death")

          tableTest "a sign of life changes the time alone, without a version" (fun table ->
              for number in 1..2 do
                  Expect.isTrue (insert table (entry number SiloStatus.Active)) "joined"

              let before = all table
              let alive = entry 1 SiloStatus.Dead
              alive.IAmAliveTime <- moment 9
              table.UpdateIAmAliveAsync(alive).Wait()
              let version, silos = said (all table)

              let expected =
                  [ for a, name, host, status, port, start, time, suspects in snd (said before) ->
                        a,
                        name,
                        host,
                        status,
                        port,
                        start,
                        (if name = "silo 1" then moment 9 else time),
                        suspects ]

              Expect.equal (version, silos) (before.Version.Version, expected) "the time of one")

          tableTest "dead silos of before a time are removed, and no other" (fun table ->
              for number, status in [ 1, SiloStatus.Dead; 2, SiloStatus.Dead; 3, SiloStatus.Active ] do
                  Expect.isTrue (insert table (entry number status)) "joined"

              let late = entry 2 SiloStatus.Dead
              late.IAmAliveTime <- moment 100
              table.UpdateIAmAliveAsync(late).Wait()
              table.CleanupDefunctSiloEntriesAsync(DateTimeOffset(moment 50)).Wait()

              let left = [ for silo in members (all table) -> silo.SiloName ]
              Expect.equal (List.sort left) [ "silo 2"; "silo 3" ] "the other two"
              Expect.equal (all table).Version.Version 3 "the version stays")

          testCase "clusters of one database know nothing of each other" (fun () ->
              let database = migrated ()
              let a, b = table database "a", table database "b"
              Expect.isTrue (insert a (entry 1 SiloStatus.Active)) "joined"
              Expect.equal (said (all b)) (0, []) "the other is empty"
              Expect.isTrue (insert b (entry 1 SiloStatus.Active)) "joined"
              a.DeleteMembershipTableEntriesAsync("a").Wait()
              Expect.equal (all b).Members.Count 1 "the other stays"
              a.InitializeMembershipTableAsync(true).Wait()
              Expect.equal (said (all a)) (0, []) "begun anew")

          testCase "the time zone of the database does not matter" (fun () ->
              let database = migrated ()

              query
                  database
                  "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Tokyo''', current_database()); END $$"
              |> ignore

              Npgsql.NpgsqlConnection.ClearAllPools()
              let table = table database "a"
              Expect.isTrue (insert table (entry 1 SiloStatus.Active)) "joined"
              let read = (members (all table)).Head
              Expect.equal (read.StartTime, read.StartTime.Kind) (moment 0, DateTimeKind.Utc) "the same time") ]

// Reminders.

let private reminders (database: string) (service: string) : IReminderTable =
    let host = build (options database service 1)
    let table = host.Services.GetRequiredService<IReminderTable>()
    table.StartAsync().Wait()
    table

let private grain (number: int) =
    GrainId.Create("stream", $"fleet/channel {number}/source")

let private reminder number name period =
    ReminderEntry(GrainId = grain number, ReminderName = name, StartAt = moment number, Period = period)

/// Writes a reminder: its version.
let private upsert (table: IReminderTable) number name period : string =
    nonNull (table.UpsertRow(reminder number name period).Result)

let private written (data: ReminderTableData) =
    [ for it in data.Reminders -> string it.GrainId, it.ReminderName, it.StartAt, it.Period, it.ETag ]
    |> List.sort

/// Ranges that begin and end at, or just beside, the hashes that are there.
let private hashes count : Gen<uint32> =
    gen {
        let! number = Gen.choose (1, count)
        let! beside = Gen.elements [ 0u; 1u; UInt32.MaxValue ]

        return!
            Gen.frequency
                [ 8, Gen.constant (grain(number).GetUniformHashCode() + beside)
                  2, Gen.elements [ 0u; 1u; 0x7FFFFFFFu; 0x80000000u; UInt32.MaxValue ] ]
    }

[<Tests>]
let remindersTests =
    testList
        "fleet reminders"
        [ testCase "a reminder is read as it was written, and replaced by one of its name" (fun () ->
              let table = reminders (migrated ()) "a"
              Expect.isEmpty (written (table.ReadRows(grain 1).Result)) "none"
              Expect.isNull (table.ReadRow(grain 1, "wake").Result) "none"

              let first = upsert table 1 "wake" (TimeSpan.FromSeconds 61.5)
              let it = nonNull (table.ReadRow(grain 1, "wake").Result)

              Expect.equal
                  (it.GrainId, it.ReminderName, it.StartAt, it.StartAt.Kind, it.Period, it.ETag)
                  (grain 1, "wake", moment 1, DateTimeKind.Utc, TimeSpan.FromSeconds 61.5, first)
                  "as written"

              // More milliseconds than an int holds.
              let second = upsert table 1 "wake" (TimeSpan.FromDays 100.0)
              Expect.notEqual second first "another version"
              upsert table 1 "other" (TimeSpan.FromMinutes 1.0) |> ignore
              upsert table 2 "wake" (TimeSpan.FromMinutes 1.0) |> ignore

              Expect.equal
                  [ for it in table.ReadRows(grain 1).Result.Reminders -> it.ReminderName, it.Period ]
                  [ "other", TimeSpan.FromMinutes 1.0; "wake", TimeSpan.FromDays 100.0 ]
                  "both of the grain")

          testCase
              "a reminder is removed with its version alone, even when one of its name was made again"
              (fun () ->
                  let table = reminders (migrated ()) "a"
                  let minute = TimeSpan.FromMinutes 1.0
                  let old = upsert table 1 "wake" minute
                  let now = upsert table 1 "wake" minute
                  Expect.isFalse (table.RemoveRow(grain 1, "wake", old).Result) "the old version"
                  Expect.equal (nonNull (table.ReadRow(grain 1, "wake").Result)).ETag now "it stays"
                  Expect.isFalse (table.RemoveRow(grain 2, "wake", now).Result) "another grain"
                  Expect.isTrue (table.RemoveRow(grain 1, "wake", now).Result) "the version that is"
                  Expect.isNull (table.ReadRow(grain 1, "wake").Result) "it is gone"
                  upsert table 1 "wake" minute |> ignore

                  Expect.isFalse
                      (table.RemoveRow(grain 1, "wake", now).Result)
                      "the version of the one before"

                  Expect.isFalse (table.RemoveRow(grain 1, "wake", old).Result) "nor the one before that")

          testCase "services of one database know nothing of each other" (fun () ->
              let database = migrated ()
              let a, b = reminders database "a", reminders database "b"
              let tag = upsert a 1 "wake" (TimeSpan.FromMinutes 1.0)
              Expect.isEmpty (written (b.ReadRows(0u, 0u).Result)) "none of the other"
              Expect.isFalse (b.RemoveRow(grain 1, "wake", tag).Result) "nor can it remove it"
              upsert b 1 "wake" (TimeSpan.FromMinutes 2.0) |> ignore
              a.TestOnlyClearTable().Wait()
              Expect.isEmpty (written (a.ReadRows(0u, 0u).Result)) "all of one"
              Expect.equal (written (b.ReadRows(0u, 0u).Result)).Length 1 "none of the other")

          let count = 60

          let filled =
              lazy
                  (let table = reminders (migrated ()) "a"

                   for number in 1..count do
                       upsert table number "wake" (TimeSpan.FromMinutes 1.0) |> ignore

                   table)

          let range = Gen.zip (hashes count) (hashes count) |> Arb.fromGen

          testPropertyWithConfig
              { Gen.config with
                  maxTest = 200 * Gen.depth }
              "a range of hashes holds those after its beginning up to its end, round the ring"
              (Prop.forAll range (fun (first, last) ->
                  // How far a hash lies round the ring from the beginning; an empty way is the whole ring.
                  let isIn (hash: uint32) =
                      let way = last - first
                      let ahead = hash - first
                      if way = 0u then true else ahead <> 0u && ahead <= way

                  let expected =
                      [ for number in 1..count do
                            if isIn (grain(number).GetUniformHashCode()) then
                                string (grain number) ]

                  let read =
                      [ for it in filled.Value.ReadRows(first, last).Result.Reminders -> string it.GrainId ]

                  Expect.equal (List.sort read) (List.sort expected) $"{first} to {last}")) ]
