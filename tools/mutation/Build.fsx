// Builds the core with its mutants, and the tests that try them.
#load "Rewrite.fsx"

open System
open System.IO
open System.Text.RegularExpressions
open FSharp.Compiler.CodeAnalysis
open FSharp.Compiler.Diagnostics
open Mistakes
open Rewrite

Environment.CurrentDirectory <- Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "../.."))

/// The folder where the core with the mistakes and its tests are built. Each run makes it anew.
let work = "tools/mutation/obj"

let built = "Coverage.Tests/bin/Release/net10.0"

let libraries =
    [ "FSharp.Core"
      "Expecto"
      "Expecto.FsCheck3"
      "FsCheck"
      "Mono.Cecil"
      "Coverage.Oracle" ]

let checker = FSharpChecker.Create()

/// The fast tests, which use the core alone, and the files that they need.
let tests =
    [ "Model"
      "NameModel"
      "Gen"
      "Law"
      "Convert"
      "Oracle"
      "TimeTests"
      "IntervalSetTests"
      "SegmentNameTests"
      "ListingTests"
      "SelectionTests"
      "TimelineTests"
      "MapTests"
      "ReportTests"
      "HourDetailTests"
      "AccountTests"
      "GivenTests"
      "ChangesTests"
      "CutTests"
      "CutVideoTests"
      "SpanQueryTests"
      "FleetModel"
      "FleetGen"
      "FleetTests"
      "FleetPartsTests"
      "EngineTests" ]

let core =
    [ for found in
          Regex.Matches(File.ReadAllText "Coverage.Core/Coverage.Core.fsproj", "<Compile Include=\"(.*)\"") ->
          found.Groups[1].Value ]

/// Compiles into the work folder; the errors.
let compile (output: string) (target: string) (libraries: string list) (files: string list) =
    let framework =
        Directory.GetFiles(Path.GetDirectoryName typeof<obj>.Assembly.Location, "*.dll")
        |> List.ofArray
        |> List.filter (fun dll ->
            Regex.IsMatch(Path.GetFileName dll, @"^(System\.(?!.*\.Native\.).*|netstandard|mscorlib)\.dll$"))

    let options =
        [ "fsc"
          $"-o:{work}/{output}.dll"
          $"--target:{target}"
          "--noframework"
          "--simpleresolution"
          "--targetprofile:netcore"
          "--optimize+"
          "--checknulls+"
          "--warn:0"
          "--maxerrors:100000" ]

    checker.Compile(
        [| yield! options
           for dll in framework @ libraries do
               "-r:" + dll
           yield! files |]
    )
    |> Async.RunSynchronously
    |> fst
    |> List.ofArray
    |> List.filter (fun diagnostic -> diagnostic.Severity = FSharpDiagnosticSeverity.Error)

/// Builds the core with every mutant that type checks. A mutant that does not is found by compiling, and left out.
let rec buildCore (mutants: (int * Mutant) list) : (int * Mutant) list =
    for file in core do
        let own = mutants |> List.filter (fun (_, mutant) -> mutant.File = file)

        Directory.CreateDirectory(nonNull (Path.GetDirectoryName $"{work}/{file}"))
        |> ignore

        File.WriteAllText($"{work}/{file}", rewrite (File.ReadAllText $"Coverage.Core/{file}") own)

    let errors =
        "tools/mutation/Switch.fs" :: [ for file in core -> $"{work}/{file}" ]
        |> compile "Coverage.Core" "library" [ $"{built}/FSharp.Core.dll" ]

    let wrong =
        set
            [ for error in errors do
                  for line in (File.ReadAllLines error.FileName)[error.StartLine - 1 .. error.EndLine - 1] do
                      for found in Regex.Matches(line, @" // mutant (\d+)$") do
                          int found.Groups[1].Value ]

    if errors.IsEmpty then
        mutants
    elif wrong.IsEmpty then
        failwithf "no mutant is to blame: %A" errors
    else
        mutants |> List.filter (fst >> wrong.Contains >> not) |> buildCore

let build (mutants: (int * Mutant) list) : (int * Mutant) list =
    if Directory.Exists work then
        Directory.Delete(work, true)

    Directory.CreateDirectory work |> ignore
    let kept = buildCore mutants
    File.Copy($"{built}/Coverage.Tests.runtimeconfig.json", $"{work}/Coverage.Tests.runtimeconfig.json")

    for library in libraries do
        File.Copy($"{built}/{library}.dll", $"{work}/{library}.dll")

    // Recorded answers, which the tests read.
    Directory.CreateDirectory $"{work}/fixtures/cut" |> ignore
    File.Copy("Coverage.Tests/fixtures/cut/cut.jsonl", $"{work}/fixtures/cut/cut.jsonl")

    let errors =
        [ for file in tests -> $"Coverage.Tests/{file}.fs" ]
        @ [ "tools/mutation/Trials.fs" ]
        |> compile
            "Coverage.Tests"
            "exe"
            [ for library in "Coverage.Core" :: libraries -> $"{work}/{library}.dll" ]

    if not errors.IsEmpty then
        failwithf "the tests do not compile: %A" errors

    kept
