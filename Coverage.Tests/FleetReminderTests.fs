/// The table of reminders as Orleans' own provider uses it: what our statements must do, asked through it.
module Coverage.Tests.FleetReminderTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Microsoft.Extensions.DependencyInjection
open Orleans
open Orleans.Runtime
open Coverage.Tests.FleetSilos

let private reminders (database: string) (service: string) : IReminderTable =
    let host = build (options database service (Sandbox.freePort ()))
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
