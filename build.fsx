// The build: ./build.sh TARGET, or dotnet fsi build.fsx -t TARGET once tools and packages are restored.
#r "nuget: Fake.Core.Target, 5.20.3"
#r "nuget: Fake.Core.Process, 6.1.5"
#load "scripts/demo-archive.fsx"
#load "scripts/site.fsx"

open System
open System.IO
open System.Runtime.InteropServices
open System.Text.Json
open System.Text.RegularExpressions
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

/// Does quiet work, with a line every 10 s that says how long it has taken so far.
let withProgress (what: string) (work: unit -> unit) =
    let watch = Diagnostics.Stopwatch.StartNew()

    let say _ =
        printfn "%s: %.0f s" what watch.Elapsed.TotalSeconds

    use _ = new Threading.Timer(say, null, 10_000, 10_000)
    work ()

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
        "All %d losses were found, and nothing else. The map, a picture (white: missing, orange: partial):\n"
        known.Length

    run executable [ "map"; "--base-dir"; folder ]
    printfn "\nThe live page, until Ctrl-C, at http://localhost:8006/:\n"
    printfn "  %s serve --base-dir demo" executable

/// Dafny's attributes that only help a proof along. Any other may take its place, as {:axiom} and {:verify false} do.
let harmlessAttributes = set [ "induction"; "isolate_assertions"; "trigger" ]

/// What would be taken for true without a proof in one line of a Dafny file. Bodyless lemmas Dafny itself warns of, and
/// its warnings are errors here.
let unproved (line: string) =
    let code = Regex.Replace(line, "//.*", "")

    [ for attribute in Regex.Matches(code, @"\{:\s*(\w*)") do
          if not (harmlessAttributes.Contains attribute.Groups[1].Value) then
              attribute.Value + "}"

      // Attributes can also be written @Axiom; block comments could hide one from this.
      for word in Regex.Matches(code, @"\b(assume|expect)\b|@\w*|/\*") do
          word.Value ]

/// Proves everything in proofs/, and refuses what is not proved but taken for true.
let prove () =
    let files =
        Directory.GetFiles("proofs", "*.dfy", SearchOption.AllDirectories) |> Array.sort

    let lines = [ for file in files -> file, File.ReadAllLines file ]

    let refused =
        [ for file, lines in lines do
              for i in 0 .. lines.Length - 1 do
                  for what in unproved lines[i] -> $"{file}:{i + 1}: {what}" ]

    if not refused.IsEmpty then
        let refused = String.Join("\n  ", refused)
        failwith $"taken for true without a proof, or not known to be harmless:\n  {refused}"

    let solver =
        match ProcessUtils.tryFindFileOnPath "z3" with
        | Some z3 -> z3
        | None -> failwith "z3, the solver of the proofs, is not on PATH; on Debian: apt-get install z3"

    let count pattern =
        lines
        |> Seq.collect snd
        |> Seq.filter (fun line -> Regex.IsMatch(line, pattern))
        |> Seq.length

    let watch = Diagnostics.Stopwatch.StartNew()

    // What a proof may cost is counted in the solver's steps, so a slow machine fails no proof. Dafny 4.11 stumbles over
    // some of its own messages when it quotes the line.
    let options =
        [ "--solver-path"
          solver
          "--cores"
          string Environment.ProcessorCount
          "--resource-limit"
          "20e6"
          "--verification-time-limit"
          "600"
          "--show-snippets:false" ]

    command "dotnet" ([ "dafny"; "verify" ] @ options @ List.ofArray files)
    |> CreateProcess.ensureExitCodeWithMessage "there is something that was not proved"
    |> Proc.run
    |> ignore

    printfn
        "%d lemmas about %d functions and predicates, in %d files, proved in %.0f s."
        (count @"^\s*lemma\b")
        (count @"^\s*((ghost|opaque)\s+)*(function|predicate)\b")
        files.Length
        watch.Elapsed.TotalSeconds

Target.create "Restore" (fun _ -> restore ())

Target.create "Build" (fun _ ->
    withProgress "building" (fun () ->
        dotnet [ "build"; "Coverage.sln"; "-c"; "Release"; "--nologo"; "-v"; "quiet" ]))

/// Whether the tests run on what is published, and not on what is built.
let onPublished = List.contains "--published" arguments

/// What links native code. Without it the tests of check run on the host alone.
let linker = ProcessUtils.tryFindFileOnPath "gcc"

Target.create "Test" (fun _ ->
    // With --deep there are many more random cases, as Gen.depth says.
    let environment =
        [ "COVERAGE_TESTS",
          (if List.contains "--deep" arguments then
               "deep"
           else
               "ordinary")
          if onPublished then
              "SEGMENT_COVERAGE_EXE", Path.GetFullPath "dist/segment-coverage"
              "SEGMENT_COVERAGE_FLEET_EXE", Path.GetFullPath "dist-fleet/segment-coverage-fleet"
          if onPublished && linker.IsSome then
              "COVERAGE_NATIVE", "1" ]

    environment
    |> List.fold
        (fun tests (name, value) -> CreateProcess.setEnvironmentVariable name value tests)
        (command "dotnet" [ "Coverage.Tests/bin/Release/net10.0/Coverage.Tests.dll" ])
    |> CreateProcess.ensureExitCodeWithMessage "there are tests that failed"
    |> Proc.run
    |> ignore)

Target.create "Prove" (fun _ -> prove ())

Target.create "Format" (fun _ ->
    dotnet [ "fantomas"; "--check"; "." ]
    // The C# formatter sees the F# projects through what they were built to, as debug builds.
    dotnet [ "build"; "Coverage.Fleet.Server"; "--nologo"; "-v"; "quiet" ]

    dotnet
        [ "format"
          "Coverage.sln"
          "--verify-no-changes"
          "--no-restore"
          "--include"
          "Coverage.Archive/"
          "Coverage.Check/"
          "Coverage.Fleet.Server/"
          "Coverage.Host/" ])

/// Publishes a program into a folder. Self-contained is built apart: it and the other kind leave different things behind.
let publish (project: string) (folder: string) (selfContained: bool) =
    dotnet
        [ "publish"
          project
          "-c"
          "Release"
          "-r"
          runtime
          if selfContained then
              "--self-contained"
              "--artifacts-path"
              "artifacts/build"
          else
              "--no-self-contained"
          "-p:PublishReadyToRun=true"
          // What brings its own runtime can be compiled ahead with it as one, which makes the service's start a fifth shorter.
          $"-p:PublishReadyToRunComposite={selfContained}"
          "-p:DebugType=none"
          "-o"
          folder
          "--nologo"
          "-v"
          "quiet" ]

let nativeCheck = "segment-coverage-check"

/// Compiles the commands that check once to native code, beside the program in dist/.
let publishNative () =
    if linker.IsNone then
        failwith "gcc, which links native code, is not on PATH; on Debian: apt-get install gcc libc6-dev"

    let folder = "Coverage.Check/bin/native"

    dotnet
        [ "publish"
          "Coverage.Check"
          "-c"
          "Release"
          "-r"
          runtime
          "-o"
          folder
          "--nologo"
          "-v"
          "quiet" ]

    File.Copy(Path.Combine(folder, nativeCheck), Path.Combine("dist", nativeCheck), true)

let outputOf program arguments =
    let its =
        command program arguments
        |> CreateProcess.redirectOutput
        |> CreateProcess.ensureExitCode
        |> Proc.run

    its.Result.Output.Trim()

/// Makes a tarball of a published folder, with what goes with it, and unpacks it again: the tarball and where it is unpacked.
let packTarball (name: string) =
    let folder = Path.Combine("artifacts", name)

    for its in [ "LICENSE"; "README.md"; "CHANGELOG.md"; "docs"; "monitoring"; "packaging" ] do
        run "cp" [ "-r"; its; folder ]

    let tarball = folder + ".tar.gz"

    run
        "tar"
        [ "-C"
          "artifacts"
          "--owner=0"
          "--group=0"
          "--sort=name"
          "-czf"
          tarball
          name ]

    Directory.Delete(folder, true)
    run "tar" [ "-C"; "artifacts"; "-xzf"; tarball ]
    tarball, folder

/// Makes a tarball of the published program of fleets, and runs it.
let makeFleetTarball (name: string) =
    let tarball, folder = packTarball name

    run
        "env"
        [ if name.EndsWith "self-contained" then
              "DOTNET_ROOT=/nonexistent"
          Path.Combine(folder, "segment-coverage-fleet")
          "--version" ]

    Directory.Delete(folder, true)
    printfn "%s" tarball

/// Makes a tarball of the published program, and runs what is in it.
let makeTarball (name: string) =
    let tarball, folder = packTarball name

    // Checking a segment uses everything: the runtime, the web server, the picture. The runtime that is here is hidden
    // from a self-contained one.
    let archive = Path.Combine("artifacts", "archive")
    let hour = Path.Combine(archive, "channel/source/2025-11-07T18")
    Directory.CreateDirectory hour |> ignore
    File.WriteAllText(Path.Combine(hour, "00:00.0-10-full-.ts"), "")

    run
        "env"
        [ if name.EndsWith "self-contained" then
              "DOTNET_ROOT=/nonexistent"
          Path.Combine(folder, "segment-coverage")
          "serve"
          "--run-once"
          "--log-level"
          "warning"
          "--base-dir"
          archive ]

    if not (File.Exists(Path.Combine(archive, "coverage-maps/channel_source_coverage.png"))) then
        failwith $"{tarball} made no map"

    run
        "env"
        [ "DOTNET_ROOT=/nonexistent"
          Path.Combine(folder, nativeCheck)
          "check"
          "--base-dir"
          archive ]

    Directory.Delete(archive, true)
    Directory.Delete(folder, true)
    printfn "%s" tarball

Target.create "Dist" (fun _ ->
    if Directory.Exists "dist" then
        Directory.Delete("dist", true)

    publish "Coverage.Host" "dist" (List.contains "--self-contained" arguments)
    printfn "The executable is dist/segment-coverage.")

Target.create "DistFleet" (fun _ ->
    if Directory.Exists "dist-fleet" then
        Directory.Delete("dist-fleet", true)

    publish "Coverage.Fleet.Server" "dist-fleet" (List.contains "--self-contained" arguments)
    printfn "The executable is dist-fleet/segment-coverage-fleet.")

Target.create "Native" (fun _ ->
    withProgress "compiling to native code" publishNative
    printfn $"Its native check is dist/{nativeCheck}; dist alone removes it.")

Target.create "Publish" (fun _ ->
    if Directory.Exists "artifacts" then
        Directory.Delete("artifacts", true)

    let version =
        outputOf "dotnet" [ "msbuild"; "Coverage.Host"; "-getProperty:Version" ]

    let name = $"segment-coverage-{version}-{runtime}"
    Directory.CreateDirectory "artifacts" |> ignore
    run "cp" [ "-r"; "dist"; Path.Combine("artifacts", name) ]
    makeTarball name
    publish "Coverage.Host" $"artifacts/{name}-self-contained" true
    run "cp" [ Path.Combine("dist", nativeCheck); $"artifacts/{name}-self-contained" ]
    makeTarball $"{name}-self-contained"
    let fleet = $"segment-coverage-fleet-{version}-{runtime}"
    run "cp" [ "-r"; "dist-fleet"; Path.Combine("artifacts", fleet) ]
    makeFleetTarball fleet
    publish "Coverage.Fleet.Server" $"artifacts/{fleet}-self-contained" true
    makeFleetTarball $"{fleet}-self-contained"
    Directory.Delete("artifacts/build", true))

// The libraries as NuGet packages, built apart, so that nothing of an earlier build is in them.
Target.create "Pack" (fun _ ->
    for library in [ "Coverage.Core"; "Coverage.Archive" ] do
        dotnet
            [ "pack"
              library
              "-c"
              "Release"
              "--artifacts-path"
              "artifacts/build"
              "-o"
              "artifacts/packages"
              "--nologo"
              "-v"
              "quiet" ]

    Directory.Delete("artifacts/build", true)

    for package in Directory.GetFiles("artifacts/packages", "*.nupkg") do
        printfn "%s" package

    let feed = Path.GetFullPath "artifacts/packages"

    let version =
        outputOf "dotnet" [ "msbuild"; "Coverage.Core"; "-getProperty:Version" ]

    printfn "\nA script that uses them begins with\n"
    printfn "#i \"nuget: %s\"\n#r \"nuget: Coverage.Archive, %s\"" feed version)

Target.create "Docs" (fun _ ->
    let site = Path.GetFullPath "artifacts/site"
    Site.build site

    match Site.problems site with
    | [] -> printfn "The documentation is in %s/index.html." site
    | problems ->
        let problems = String.Join("\n  ", problems)
        failwith $"the site in {site} is not whole:\n  {problems}")

// Writes docs/cli.md and the completion for bash anew; the tests compare them with the program's help.
Target.create "Cli" (fun _ -> dotnet [ "fsi"; "tools/cli/cli.fsx" ])

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
    // With files or folders of the core, only these are tried: ./build.sh mutate Time Map
    dotnet ([ "fsi"; "tools/mutation/mutate.fsx" ] @ arguments[2..]))

Target.create "Lock" (fun _ ->
    lock 15 None
    forgetSource ())

"Build" ==> "Test"
"Build" ==> "Demo"
"Build" ==> "Docs"
"Build" ==> "Cli"
"Build" ==> "Mutate"
"Dist" ==> "Native" ==> "Publish"
"DistFleet" ==> "Publish"
"Build" ==> "Bench"
"Build" ?=> "Dist"
"Build" ?=> "DistFleet"

let program = if linker.IsSome then "Native" else "Dist"
program ==> "Bench"

if onPublished then
    program ==> "Test" |> ignore
    "DistFleet" ==> "Test" |> ignore

/// Each target with what it does.
let targets =
    [ "build", "builds everything"
      "test",
      "runs every test; --deep: twenty times as many random cases; --published: on the program in dist/"
      "demo", "makes a small archive with known losses, checks it and draws its map"
      "dist", "the program, into dist/; with --self-contained it brings its own runtime"
      "distfleet", "the program that compares many fleets, into dist-fleet/"
      "native", "the same, with the commands that run once as native code (wants gcc)"
      "publish", "the program as tarballs, into artifacts/"
      "pack", "the libraries as NuGet packages, into artifacts/packages"
      "docs", "the documentation as a site, into artifacts/site"
      "format", "checks how F# and C# are formatted"
      "prove", "proves the laws in proofs/ (wants z3)"
      "mutate", "makes one mistake after another in the core; the tests must notice each"
      "bench", "benchmarks; with --full-year on 15.8 million files"
      "cli", "writes docs/cli.md and the completion anew"
      "lock", "writes paket.lock anew"
      "restore", "restores tools and packages" ]

let help () =
    "./build.sh TARGET, where TARGET is one of\n"
    :: [ for target, what in targets -> $"    %-10s{target}%s{what}" ]
    |> String.concat "\n"

match arguments with
| "-t" :: ("help" | "--help" | "-h") :: _ -> printfn "%s" (help ())
| "-t" :: target :: _ when
    List.exists (fun (name, _) -> String.Equals(name, target, StringComparison.OrdinalIgnoreCase)) targets
    ->
    Target.run 1 target []
| wrong ->
    match List.tail (wrong @ [ "" ]) with
    | target :: _ when target <> "" -> eprintfn "There is no target '%s'.\n" target
    | _ -> ()

    eprintfn "%s" (help ())
    exit 64
