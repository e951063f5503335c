/// The table of silos as Orleans' own provider uses it: what our statements must do, asked through it.
module Coverage.Tests.FleetMembershipTests

open System
open System.Net
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.DependencyInjection
open Orleans
open Orleans.Runtime
open Coverage.Tests.FleetSilos

/// A table of a cluster, by the provider that a silo would use.
let private table (database: string) (cluster: string) : IMembershipTable =
    let host = build (options database cluster (Sandbox.freePort ()))
    let table = host.Services.GetRequiredService<IMembershipTable>()
    table.InitializeMembershipTableAsync(true).Wait()
    table

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
