// The build: ./build.sh TARGET, or dotnet fsi build.fsx -t TARGET once tools and packages are restored.
#r "nuget: Fake.Core.Target, 5.20.3"
#r "nuget: Fake.Core.Process, 6.1.5"
#load "scripts/demo-archive.fsx"

open System
open System.IO
open System.Runtime.InteropServices
open System.Text.Json
open Fake.Core
open Fake.Core.TargetOperators

Environment.CurrentDirectory <- __SOURCE_DIRECTORY__

let arguments = fsi.CommandLineArgs |> List.ofArray |> List.tail

Context.FakeExecutionContext.Create false "build.fsx" []
|> Context.RuntimeContext.Fake
|> Context.setExecutionContext

let runtime =
    "linux-" + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()

let command program (arguments: string list) =
    CreateProcess.fromRawCommand program arguments
    |> CreateProcess.disableTraceCommand

let run program arguments =
    command program arguments |> CreateProcess.ensureExitCode |> Proc.run |> ignore

let dotnet arguments = run "dotnet" arguments

let source = "%NUGET_SOURCE%"

/// Paket writes the feed's address into the lock; the variable belongs there.
let forgetSource () =
    File.ReadAllLines "paket.lock"
    |> Array.map (fun line ->
        if line.StartsWith "  remote: " then
            "  remote: " + source
        else
            line)
    |> fun lines -> File.WriteAllLines("paket.lock", lines)

let restore () =
    dotnet [ "tool"; "restore" ]
    dotnet [ "paket"; "restore" ]

/// With a cold cache Paket can leave packages out of the lock and not say so: until two in a row are equal.
let rec lock rounds previous =
    if rounds = 0 then
        failwith "paket.lock did not come to rest in 15 rounds; run this target again"

    File.Delete "paket.lock"
    dotnet [ "paket"; "install" ]
    let now = File.ReadAllText "paket.lock"

    if previous <> Some now then
        lock (rounds - 1) (Some now)

let executable = $"Coverage.Host/bin/Release/net10.0/{runtime}/segment-coverage"

/// Makes the demo's archive, checks it, and sees that the check finds what is known to be missing.
let demo () =
    let folder = Path.GetFullPath "demo"
    DemoArchive.write folder
    printfn "A small archive lies in %s. What is missing from it, by design:\n" folder

    let time (second: int) =
        DemoArchive.firstHour.AddSeconds(float second).ToString "yyyy-MM-dd HH:mm:ss"

    for loss in DemoArchive.holes do
        printfn "  %s to %s  %4d s  %s" (time loss.From) (time loss.To) (loss.To - loss.From) loss.Why

    for loss in DemoArchive.partials do
        printfn
            "  %s to %s  %4d s  %s (not a hole)"
            (time loss.From)
            (time loss.To)
            (loss.To - loss.From)
            loss.Why

    printfn "\nWhat the check says (segment-coverage check --base-dir demo):\n"
    command executable [ "check"; "--base-dir"; folder ] |> Proc.run |> ignore

    let answer =
        command executable [ "check"; "--base-dir"; folder; "--format"; "json" ]
        |> CreateProcess.redirectOutput
        |> Proc.run

    let holes =
        use document = JsonDocument.Parse(answer.Result.Output)
        let stream = document.RootElement.GetProperty("streams")[0]

        [ for hole in stream.GetProperty("raw").GetProperty("holes").EnumerateArray() ->
              hole.GetProperty("start").GetDateTime(), hole.GetProperty("seconds").GetInt32() ]

    let known =
        DemoArchive.holes
        |> List.map (fun loss -> DemoArchive.firstHour.AddSeconds(float loss.From), loss.To - loss.From)

    if holes <> known then
        failwith $"the check found {holes}, the demo's losses are {known}"

    printfn
        "All %d losses were found, and nothing else. The map of it (white: missing, orange: partial):"
        known.Length

    run executable [ "map"; "--base-dir"; folder ]

Target.create "Restore" (fun _ -> restore ())

Target.create "Build" (fun _ ->
    dotnet [ "build"; "Coverage.sln"; "-c"; "Release"; "--nologo"; "-v"; "quiet" ])

Target.create "Test" (fun _ ->
    // With --deep there are many more random cases, as Gen.depth says.
    let depth =
        if List.contains "--deep" arguments then
            "deep"
        else
            "ordinary"

    command "dotnet" [ "Coverage.Tests/bin/Release/net10.0/Coverage.Tests.dll" ]
    |> CreateProcess.setEnvironmentVariable "COVERAGE_TESTS" depth
    |> CreateProcess.ensureExitCodeWithMessage "there are tests that failed"
    |> Proc.run
    |> ignore)

Target.create "Format" (fun _ ->
    dotnet [ "fantomas"; "--check"; "." ]
    // The C# formatter sees the F# projects through what they were built to, as debug builds.
    dotnet [ "build"; "Coverage.Host"; "--nologo"; "-v"; "quiet" ]

    dotnet
        [ "format"
          "Coverage.sln"
          "--verify-no-changes"
          "--no-restore"
          "--include"
          "Coverage.Host/" ])

Target.create "Publish" (fun _ ->
    if Directory.Exists "dist" then
        Directory.Delete("dist", true)

    dotnet
        [ "publish"
          "Coverage.Host"
          "-c"
          "Release"
          "-r"
          runtime
          "--no-self-contained"
          "-p:PublishReadyToRun=true"
          "-p:DebugType=none"
          "-o"
          "dist"
          "--nologo"
          "-v"
          "quiet" ]

    printfn "The executable is dist/segment-coverage.")

Target.create "Demo" (fun _ -> demo ())

Target.create "Bench" (fun _ ->
    // --full-year makes the year's 15.8 million files, not a fiftieth of them; a command after it is timed, too.
    let folder = Path.GetFullPath "bench"
    Directory.CreateDirectory folder |> ignore
    let bench = "Coverage.Benchmarks/bin/Release/net10.0/Coverage.Benchmarks.dll"

    run
        "dotnet"
        ([ bench; "whole"; folder; Path.GetFullPath "dist/segment-coverage" ]
         @ arguments[2..])

    for tree in
        [ "week"
          if List.contains "--full-year" arguments then
              "year-1800"
          else
              "year-36" ] do
        printfn "\nIn process, on the %s:\n" tree

        command "dotnet" [ bench; "--filter"; (if tree = "week" then "*" else "*Round*") ]
        |> CreateProcess.setEnvironmentVariable "SEGMENT_COVERAGE_BENCH_TREE" (Path.Combine(folder, tree))
        |> CreateProcess.ensureExitCode
        |> Proc.run
        |> ignore)

Target.create "Mutate" (fun _ ->
    // Files of the core named after it are looked at alone: ./build.sh mutate Map Report
    dotnet ([ "fsi"; "mutation/mutate.fsx" ] @ arguments[2..]))

Target.create "Lock" (fun _ ->
    lock 15 None
    forgetSource ())

"Build" ==> "Test"
"Build" ==> "Demo"
"Build" ==> "Mutate"
"Build" ==> "Publish" ==> "Bench"

match arguments with
| "-t" :: target :: _ -> Target.run 1 target []
| _ -> Target.listAvailable ()
