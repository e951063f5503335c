/// Two services on this machine as the nodes of a fleet: one is killed, started again, paused, and goes on.
module Coverage.Tests.FleetServeTests

open System
open System.Collections.Immutable
open System.Diagnostics
open System.Threading
open Expecto
open Coverage
open Coverage.CommandLine
open Coverage.Host
open Coverage.Tests.Sandbox

let private sigkill = 9
let private sigcont = 18
let private sigstop = 19

let private signal (running: Process) number =
    tool [ "kill"; $"-{number}"; string running.Id ]

/// A service on a port of this machine.
let private serve (archive: Folder) (port: int) : Process =
    start
        []
        [ executable
          "serve"
          "--base-dir"
          archive.Path
          "--bind"
          "127.0.0.1"
          "--metrics-port"
          string port ]

/// A fleet of nodes at addresses, looked at by a clock that the test sets.
type private Fleet(addresses: (string * string) list) =
    let mutable now =
        Units.Instant(int64 (Instant.ofMicroseconds (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000L)))

    let options =
        Asking.run
            []
            ("fleet"
             :: List.collect (fun (name, address) -> [ "--node"; $"{name}={address}" ]) addresses)

    let reader =
        FleetReader(
            ImmutableArray.CreateRange(
                [ for node in options.Fleet.Nodes ->
                      struct (node, FleetNodes.ReaderOf(node, options, null, (fun () -> now))) ]
            ),
            options
        )

    member _.Passes(seconds: int64) =
        now <- Units.Instant(now.Microseconds + seconds * 1_000_000L)

    member _.Now = now

    member _.Look() : FleetLook =
        reader.LookAsync(now, CancellationToken.None).Result

/// What is said of the one stream: for each node how much it has of each word, then what is lost and open.
let private said (look: FleetLook) =
    let report = (Seq.exactlyOne look.Streams).Report
    let seconds (length: Duration) = Duration.toSeconds length

    [ for node in report.Nodes -> [ for length in node.Lengths -> seconds length ] ],
    seconds report.Lost.Length,
    seconds report.Open.Length

[<Tests>]
let tests =
    testList
        "two services as a fleet"
        [ testCase
              "one that is killed or paused leaves what it said, with its time; then it is unknown, and nothing is lost"
          <| fun () ->
              use a = new Folder()
              use b = new Folder()
              let hour = "desertbus/source/2025-11-07T18"
              let hash letter = String('A', 42) + letter
              let name (at: string) letter = $"{at}-10-full-{hash letter}.ts"
              a.Files(hour, [ name "00:00.0" "A"; name "00:40.0" "E" ])
              b.Files(hour, [ name "00:00.0" "A"; name "00:10.0" "Q" ])
              let portA, portB = freePort (), freePort ()
              use first = serve a portA
              use mutable second = serve b portB

              try
                  let fleet =
                      Fleet [ "A", $"http://127.0.0.1:{portA}"; "B", $"http://127.0.0.1:{portB}" ]

                  let isHeard () =
                      let look = fleet.Look()

                      look.Nodes |> Seq.forall (fun node -> isNull node.Failure)
                      && look.Streams.Length = 1

                  eventually "both are heard" isHeard
                  let whole = fleet.Look()
                  let words = said whole
                  let _, lost, opened = words
                  Expect.equal (lost, opened) (20m, 0m) "00:20 to 00:40 is on no disk"
                  Expect.equal (Seq.exactlyOne whole.Streams).Report.Status FleetStatus.Lost "lost"

                  /// B does not answer: what it said stands for ten minutes.
                  let staysSilent (why: string) =
                      let heardAt = (fleet.Look().Nodes[1]).At
                      fleet.Passes 300L
                      let look = fleet.Look()
                      Expect.stringContains (nonNull look.Nodes[1].Failure) why "why"
                      Expect.equal look.Nodes[1].At heardAt "it has the time of what it said"
                      Expect.isTrue look.Nodes[1].IsKnown "it is known"
                      Expect.equal (said look) words "the words are the same"
                      Expect.equal look.Nodes[0].At (Nullable fleet.Now) "A is heard"
                      fleet.Passes 301L
                      let look = fleet.Look()
                      Expect.isFalse look.Nodes[1].IsKnown "it is unknown"
                      let _, lost, opened = said look
                      // B's file alone reached over 00:10 to 00:20: without it nothing says that there is such a time but A's.
                      Expect.equal (lost, opened) (0m, 30m) "nothing is lost: B may have it"
                      Expect.equal (Seq.exactlyOne look.Streams).Report.Status FleetStatus.Unknown ""

                  signal second sigkill
                  second.WaitForExit()
                  staysSilent "gives no answer"
                  second <- serve b portB
                  eventually "B is heard again" isHeard
                  Expect.equal (said (fleet.Look())) words "as before"
                  signal second sigstop
                  staysSilent "gives no whole answer in 5 s"
                  signal second sigcont
                  eventually "B goes on" isHeard
                  Expect.equal (said (fleet.Look())) words "as before"

                  // Over folders it is the same.
                  let folders = Fleet [ "A", a.Path; "B", b.Path ]
                  Expect.equal (said (folders.Look())) words "as of the folders"
              finally
                  for running in [ first; second ] do
                      if not running.HasExited then
                          running.Kill()

          archiveTest
              "one whose disk is gone while it serves leaves what it said, with its time; then it is unknown, and nothing is lost"
          <| fun folder ->
              let hour = "desertbus/source/2025-11-07T18"
              let hash letter = String('A', 42) + letter
              let name (at: string) letter = $"{at}-10-full-{hash letter}.ts"
              folder.Files($"A/{hour}", [ name "00:00.0" "A"; name "00:40.0" "E" ])
              folder.Files($"B/{hour}", [ name "00:00.0" "A"; name "00:10.0" "Q" ])

              // The base, the channel's folder, the stream's and the hour's: each may be where a disk was mounted.
              for gone, interval in
                  [ "B", "0.1"
                    "B/desertbus", "0.1"
                    "B/desertbus/source", "3600"
                    $"B/{hour}", "3600"
                    $"B/{hour}", "0.1" ] do
                  use service =
                      new Service(
                          itself,
                          [],
                          [ "serve"; "--base-dir"; folder.At "B"; "--check-interval"; interval ]
                      )

                  service.AwaitReady()
                  let fleet = Fleet [ "A", folder.At "A"; "B", $"http://127.0.0.1:{service.Port}" ]
                  let whole = fleet.Look()
                  Expect.isNull whole.Nodes[1].Failure "heard"
                  let words = said whole
                  IO.Directory.Move(folder.At gone, folder.At "elsewhere")

                  // The mount point itself stays.
                  if gone <> "B" then
                      IO.Directory.CreateDirectory(folder.At gone) |> ignore

                  if interval <> "3600" then
                      eventually "a round finds that it is gone" (fun () ->
                          service.Log |> List.exists _.Contains(" fail: "))

                  fleet.Passes 300L
                  let look = fleet.Look()
                  Expect.isNotNull look.Nodes[1].Failure $"{gone}: it says that it is gone"
                  Expect.equal (said look) words $"{gone}: the words are the same"
                  fleet.Passes 301L
                  let look = fleet.Look()
                  let _, lost, opened = said look
                  Expect.equal (lost, opened) (0m, 30m) $"{gone}: nothing is lost, for B may have it"

                  if gone <> "B" then
                      IO.Directory.Delete(folder.At gone)

                  IO.Directory.Move(folder.At "elsewhere", folder.At gone)
                  eventually "it is back" (fun () -> isNull (fleet.Look()).Nodes[1].Failure)
                  Expect.equal (said (fleet.Look())) words $"{gone}: as before" ]
