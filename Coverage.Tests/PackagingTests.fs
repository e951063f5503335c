/// What makes a service of the program: the systemd unit.
module Coverage.Tests.PackagingTests

open System.IO
open System.Text.RegularExpressions
open Expecto
open Coverage.Tests.Sandbox

let private packed name =
    File.ReadAllText(Path.Combine(__SOURCE_DIRECTORY__, "../packaging", name))

let private unitFile = packed "segment-coverage.service"

[<Tests>]
let systemd =
    testList
        "the systemd unit"
        [ for unit, program in
              [ "segment-coverage.service", executable
                "segment-coverage-fleet.service", List.exactlyOne FleetPrograms.fleetProgram ] do
              archiveTest $"systemd-analyze verify accepts {unit}"
              <| fun folder ->
                  if not (canRun [ "systemd-analyze"; "--version" ]) then
                      skiptest "needs systemd-analyze"

                  // The executable must be where the unit says, which is not so here.
                  let verify name (text: string) =
                      let file = folder.At name

                      File.WriteAllText(
                          file,
                          Regex.Replace(text, "(?m)^ExecStart=[^ ]*", "ExecStart=" + program)
                      )

                      runBy [ "systemd-analyze"; "verify"; file ] [] []

                  Expect.equal
                      (verify unit (packed unit))
                      { ExitCode = 0
                        Output = ""
                        Error = "" }
                      ""

                  let wrong =
                      verify "wrong.service" ((packed unit).Replace("ProtectHome=", "ProtectHomes="))

                  Expect.stringContains wrong.Error "ProtectHomes" "what is wrong is seen"

          testCase "a process of the fleet's program that the others have declared dead is started again"
          <| fun () ->
              let unit = packed "segment-coverage-fleet.service"

              for line in [ "Restart=always"; "RestartSec=1"; "Type=notify" ] do
                  Expect.stringContains unit $"\n{line}\n" line

          testCase "it is notified, lets the runtime compile, and writes to the maps alone"
          <| fun () ->
              let settings =
                  Regex.Matches(unitFile, "(?m)^(\w+)=(.*)$")
                  |> Seq.map (fun line -> line.Groups[1].Value, line.Groups[2].Value)
                  |> List.ofSeq

              let given name =
                  settings |> List.filter (fst >> (=) name) |> List.map snd

              Expect.equal (given "Type") [ "notify" ] ""
              Expect.equal (given "MemoryDenyWriteExecute") [] ""
              Expect.equal (given "ProtectSystem") [ "strict" ] ""
              Expect.equal (given "ReadWritePaths") [ "/srv/segments/coverage-maps" ] ""
              Expect.isNonEmpty (given "User") "" ]
