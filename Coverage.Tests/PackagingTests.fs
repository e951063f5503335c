/// What makes a service of the program: the systemd unit.
module Coverage.Tests.PackagingTests

open System.IO
open System.Text.RegularExpressions
open Expecto
open Coverage.Tests.Sandbox

let private unitFile =
    File.ReadAllText(Path.Combine(__SOURCE_DIRECTORY__, "../packaging/segment-coverage.service"))

[<Tests>]
let systemd =
    testList
        "the systemd unit"
        [ archiveTest "systemd-analyze verify accepts it"
          <| fun folder ->
              if not (canRun [ "systemd-analyze"; "--version" ]) then
                  skiptest "needs systemd-analyze"

              // The executable must be where the unit says, which is not so here.
              let verify name (text: string) =
                  let file = folder.At name

                  File.WriteAllText(
                      file,
                      Regex.Replace(text, "(?m)^ExecStart=[^ ]*", "ExecStart=" + executable)
                  )

                  runBy [ "systemd-analyze"; "verify"; file ] [] []

              Expect.equal
                  (verify "segment-coverage.service" unitFile)
                  { ExitCode = 0
                    Output = ""
                    Error = "" }
                  ""

              let wrong =
                  verify "wrong.service" (unitFile.Replace("ProtectHome=", "ProtectHomes="))

              Expect.stringContains wrong.Error "ProtectHomes" "what is wrong is seen"

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
