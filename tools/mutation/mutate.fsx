// Mutation testing of the core: ./build.sh mutate. What it does and what it found is in docs/mutation.md.
#load "Sites.fsx" "Build.fsx"

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open System.Threading
open Mistakes
open Sites
open Build

let report = "docs/mutation.md"
let clock = Stopwatch.StartNew()

// The trials.

type Verdict =
    | Killed of by: string
    | Survived

/// Tries mutants one after the other in one program. When a mutant ends the program, the rest is returned, too.
let tryInTurn (part: int) (numbers: int list) : (int * Verdict) list * int list =
    let start =
        ProcessStartInfo(
            "dotnet",
            $"{work}/Coverage.Tests.dll" :: List.map string numbers,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    start.Environment["COVERAGE_MUTANT_PART"] <- string part
    start.Environment["DOTNET_GCHeapHardLimit"] <- "0x40000000"

    match numbers with
    | [ number ] -> start.Environment["COVERAGE_MUTANT"] <- string number
    | _ -> ()

    use trial = Process.Start start |> Option.ofObj |> Option.get
    let errors = trial.StandardError.ReadToEndAsync()

    let output = trial.StandardOutput.ReadToEnd()

    let answers =
        [ for found in Regex.Matches(output, @"(?m)^(\d+)\t(.*?)\s*$") ->
              match found.Groups[2].Value with
              | "survived" -> int found.Groups[1].Value, Survived
              | by -> int found.Groups[1].Value, Killed by ]

    trial.WaitForExit()

    match List.skip answers.Length numbers with
    | [] -> answers, []
    | _ when answers.IsEmpty && numbers.Length > 1 ->
        eprintfn "a test fails without any mutant: %s" errors.Result
        exit 1
    | ended :: left -> answers @ [ (ended, Killed "the end of the program") ], left

/// Tries batches of mutants, one for each processor at a time.
let tryAll (part: int) (batches: int list list) : Map<int, Verdict> =
    let verdicts = ConcurrentBag<int * Verdict>()
    let waiting = ConcurrentQueue<int list> batches

    let work () =
        let mutable batch = []

        while waiting.TryDequeue &batch do
            let answers, left = tryInTurn part batch
            List.iter verdicts.Add answers

            if not left.IsEmpty then
                waiting.Enqueue left

    [ for _ in 1 .. Environment.ProcessorCount -> Tasks.Task.Run work ]
    |> Array.ofList
    |> Tasks.Task.WaitAll

    Map verdicts

// The report.

/// A mutant as the report names it: the file and the function, and the change.
let key (mutant: Mutant) =
    $"{Path.GetFileName mutant.File}: {mutant.Where}", mutant.Change

/// The survivors that the report explains. A heading names the file and the function; below it stand the reason and a list.
let explained: Set<string * string> =
    (("", Set.empty), File.ReadAllLines report)
    ||> Array.fold (fun (where, found) line ->
        if line.StartsWith "### " then
            line.Substring 4, found
        elif line.StartsWith "- `" && where <> "" then
            where, found.Add(where, line.Substring(3, line.Length - 4))
        else
            where, found)
    |> snd

/// Writes the report's table anew.
let write (mutants: Mutant list) (survivors: Mutant list) : unit =
    let row name isIn =
        let all, survivors = mutants |> List.filter isIn, survivors |> List.filter isIn
        $"| {name} | {all.Length} | {all.Length - survivors.Length} | {survivors.Length} |"

    let rows =
        [ "| file | mutants | killed | explained |"
          "|---|---|---|---|"
          for file in mutants |> List.map _.File |> List.distinct do
              row file (fun mutant -> mutant.File = file)
          row "all" (fun _ -> true) ]
        |> String.concat "\n"

    let text = File.ReadAllText report
    File.WriteAllText(report, Regex.Replace(text, @"(?s)\| file \|.*\n\| all \|[^\n]*", rows))

/// The files and folders of the core that are tried; all when none is named.
let chosen = fsi.CommandLineArgs |> List.ofArray |> List.tail |> set

let isChosen (file: string) =
    chosen.IsEmpty
    || Path.ChangeExtension(file, null).Split '/' |> Array.exists chosen.Contains

let mutants =
    core
    |> List.filter (fun file -> file.EndsWith ".fs" && isChosen file)
    |> List.collect (mutantsOf checker "Coverage.Core")
    |> List.mapi (fun i mutant -> i + 1, mutant)
    |> build

printfn "%O  %d mutants are built" clock.Elapsed mutants.Length

let verdicts =
    let alone, inBatches =
        mutants |> List.partition (fun (_, mutant) -> mutant.IsAtStart)

    List.chunkBySize 200 inBatches @ List.chunkBySize 1 alone
    |> List.map (List.map fst)
    |> tryAll 10

let survivors =
    mutants |> List.filter (fun (number, _) -> verdicts[number].IsSurvived)

let known, news =
    survivors |> List.partition (fun (_, mutant) -> explained.Contains(key mutant))

printfn "%O  %d survive a tenth of the cases, %d unexplained" clock.Elapsed survivors.Length news.Length

for number, mutant in news do
    printfn "%-5d %s:%d %s  %s" number mutant.File mutant.Line mutant.Where mutant.Change

/// The unexplained mutants that survive all cases, too.
let unexplained =
    let verdicts = news |> List.map (fst >> List.singleton) |> tryAll 1
    news |> List.filter (fun (number, _) -> verdicts[number].IsSurvived)

/// The explanations of mutants that no longer survive, or no longer exist.
let stale =
    let places = mutants |> List.map (snd >> key >> fst) |> set

    explained - set [ for _, mutant in known -> key mutant ]
    |> Set.filter (fun (where, _) -> chosen.IsEmpty || places.Contains where)

for where, own in unexplained |> List.map snd |> List.groupBy (key >> fst) do
    printfn "\n### %s\n" where

    for mutant in own do
        printfn "- `%s` (line %d)" mutant.Change mutant.Line

for where, change in stale do
    printfn "\nexplained, but no survivor: %s: %s" where change

let killed = mutants.Length - known.Length - unexplained.Length

printfn
    "\n%O  %d mutants: %d killed, %d explained, %d unexplained"
    clock.Elapsed
    mutants.Length
    killed
    known.Length
    unexplained.Length

if not unexplained.IsEmpty || not stale.IsEmpty then
    exit 1
elif chosen.IsEmpty then
    write (List.map snd mutants) (List.map snd known)
