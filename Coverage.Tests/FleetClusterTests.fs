/// Silos in processes of their own that share a database: how they join, die and come back.
module Coverage.Tests.FleetClusterTests

open System
open System.Net
open System.Threading
open System.Threading.Tasks
open Expecto
open Npgsql
open Microsoft.Extensions.DependencyInjection
open Orleans
open Orleans.Runtime
open Coverage.FleetServer
open Coverage.Tests.Sandbox
open Coverage.Tests.FleetSilos

let private sigkill, private sigcont, private sigstop = 9, 18, 19

let private await (database: string) cluster what (expected: (SiloProcess * SiloStatus) list) =
    let expected = set [ for silo, status in expected -> silo.Port, status ]
    eventually what (fun () -> silos database cluster = expected)

/// Three silos of one cluster that have joined.
let private three (database: string) cluster (test: SiloProcess -> SiloProcess -> SiloProcess -> unit) =
    use a = new SiloProcess(database, cluster)
    use b = new SiloProcess(database, cluster)
    use c = new SiloProcess(database, cluster)

    for silo in [ a; b; c ] do
        silo.AwaitStart()

    let active = SiloStatus.Active
    await database cluster "all are active" [ a, active; b, active; c, active ]
    test a b c

[<Tests>]
let tests =
    testList
        "fleet cluster"
        [ testCase
              "a silo that is killed is declared dead by the others, and one that ends says so itself"
              (fun () ->
                  let database = migrated ()

                  three database "a" (fun a b c ->
                      a.Signal sigkill

                      await
                          database
                          "a"
                          "one is dead"
                          [ a, SiloStatus.Dead; b, SiloStatus.Active; c, SiloStatus.Active ]

                      b.Close()
                      Expect.equal (b.End()) 0 "it ends well"

                      await
                          database
                          "a"
                          "two are dead"
                          [ a, SiloStatus.Dead; b, SiloStatus.Dead; c, SiloStatus.Active ]))

          testCase
              "a silo that pauses is declared dead, and ends with a message and a code to start it again"
              (fun () ->
                  let database = migrated ()

                  three database "a" (fun a b c ->
                      a.Signal sigstop

                      await
                          database
                          "a"
                          "one is dead"
                          [ a, SiloStatus.Dead; b, SiloStatus.Active; c, SiloStatus.Active ]

                      a.Signal sigcont
                      Expect.equal (a.End()) FatalEnd.TryAgain "the code"

                      let words =
                          "the silo of this process cannot go on, it ends and must be started again: "

                      Expect.exists a.Output _.Contains(words) $"the message: {a.Output}"
                      Expect.isFalse (b.HasEnded || c.HasEnded) "the others go on"))

          testCase
              "when all were killed, all are declared dead after 8 s, and the next one joins alone"
              (fun () ->
                  let database = migrated ()

                  three database "a" (fun a b c ->
                      // Of another cluster, which nobody may bury.
                      use other = new SiloProcess(database, "b")
                      other.AwaitStart()

                      for silo in [ a; b; c ] do
                          silo.Signal sigkill

                      let version () =
                          query database "SELECT version FROM coverage_fleet.silo_table WHERE cluster = 'a'"

                      let before = version ()

                      // Two that start at once: one declares them dead.
                      let logs = [ KeptLog(); KeptLog() ]

                      let buried =
                          [| for log in logs ->
                                 ClusterDatabase.BuryAsync(database, "a", log, CancellationToken.None) |]
                          |> Task.WhenAll

                      Expect.equal (Seq.sum buried.Result) 3 "three, once"
                      Expect.equal (version () |> List.map int) [ int before.Head + 1 ] "one change"

                      for silo in [ a; b; c ] do
                          let words = $"127.0.0.1 port {silo.Port}, not heard of for "
                          Expect.exists (logs |> List.collect _.Lines) _.Contains(words) "it says which"

                      use next = new SiloProcess(database, "a")
                      next.AwaitStart()
                      let dead = SiloStatus.Dead

                      await
                          database
                          "a"
                          "it is alone"
                          [ a, dead; b, dead; c, dead; next, SiloStatus.Active ]

                      Expect.equal
                          (silos database "b")
                          (set [ other.Port, SiloStatus.Active ])
                          "the other cluster lives"))

          testCase "nobody is declared dead while one silo is heard of, nor where there is none" (fun () ->
              let database = migrated ()
              use living = new SiloProcess(database, "a")
              living.AwaitStart()

              // As after the database was away: nobody could write for long.
              query database "UPDATE coverage_fleet.silo SET heard_at = heard_at - interval '1 hour'"
              |> ignore

              let bury cluster =
                  ClusterDatabase.BuryAsync(database, cluster, KeptLog(), CancellationToken.None)

              Expect.equal (bury "a").Result 0 "one lives"
              Expect.equal (bury "b").Result 0 "no silo, and no table"
              Expect.equal (silos database "a") (set [ living.Port, SiloStatus.Active ]) "it lives on")

          testCase
              "a database that is away ends no silo, and afterwards the living are not taken for dead"
              (fun () ->
                  let database = migrated ()
                  let name = nonNull (NpgsqlConnectionStringBuilder database).Database
                  use living = new SiloProcess(database, "a")
                  living.AwaitStart()

                  let admit (isAllowed: bool) =
                      PrivatePostgres.Shared.Psql
                          [ $"--command=ALTER DATABASE {name} ALLOW_CONNECTIONS {isAllowed}"
                            $"--command=SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'" ]
                      |> ignore

                  admit false
                  let log = KeptLog()

                  let starting =
                      task {
                          do! ClusterDatabase.WaitAsync(database, log, CancellationToken.None)
                          return! ClusterDatabase.BuryAsync(database, "a", log, CancellationToken.None)
                      }

                  Thread.Sleep 12_000
                  Expect.isFalse living.HasEnded "it goes on"
                  Expect.isFalse starting.IsCompleted "the next one waits"
                  admit true
                  Expect.equal starting.Result 0 "one lives"
                  Expect.equal (silos database "a") (set [ living.Port, SiloStatus.Active ]) "it lives on")

          testCase "a silo does not take the port of another" (fun () ->
              let database = migrated ()
              use living = new SiloProcess(database, "a")
              living.AwaitStart()

              Expect.throwsC (fun () -> (build (options database "a" living.Port)).Dispose()) (fun e ->
                  let words = $"the silo cannot listen on 127.0.0.1:{living.Port}: "
                  Expect.stringStarts e.Message words "it says so")

              Expect.equal (silos database "a") (set [ living.Port, SiloStatus.Active ]) "the other lives on")

          testCase "a single silo needs no database and says who it is" (fun () ->
              let options = SiloOptions(null, "alone", IPAddress.Loopback, 0, null, null, null)
              use host = build options
              host.StartAsync().Wait()
              let silo = host.Services.GetRequiredService<ILocalSiloDetails>()

              Expect.equal
                  (silo.ClusterId, silo.SiloAddress.Endpoint.Address)
                  ("alone", IPAddress.Loopback)
                  "on loopback"

              Expect.isTrue (isNull (box silo.GatewayAddress)) "no gateway"

              // Its reminders are in its memory.
              let reminders = host.Services.GetRequiredService<IReminderTable>()
              let grain = GrainId.Create("stream", "a")
              let period = TimeSpan.FromMinutes 1.0

              let wake =
                  ReminderEntry(
                      GrainId = grain,
                      ReminderName = "wake",
                      StartAt = DateTime.UtcNow,
                      Period = period
                  )

              reminders.UpsertRow(wake).Wait()
              Expect.equal (nonNull (reminders.ReadRow(grain, "wake").Result)).Period period "a reminder"
              host.StopAsync().Wait()) ]
