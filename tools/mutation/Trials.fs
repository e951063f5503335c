/// Runs the tests under one mutant after the other, each time until a test fails, and prints the test that killed it. Each run
/// has the same random values, and no smaller counterexample is searched.
module Coverage.Tests.Mutants

open System
open System.Threading
open Expecto
open Coverage

type Trial =
    {
        Name: string
        Run: unit -> unit
        /// The processor time it takes without a mutant.
        Seconds: float
        Questions: int64
    }

let part = Environment.GetEnvironmentVariable "COVERAGE_MUTANT_PART" |> int

let runOf (test: FlatTest) : unit -> unit =
    match test.test with
    | AsyncFsCheck(Some config, _, run) ->
        let config =
            { config with
                maxTest = config.maxTest / part
                replay = Some(20251107UL, 20251107UL, None)
                successfulShrink = fun _ _ _ -> failwith "it fails" }

        fun () -> run config |> Async.RunSynchronously
    | Sync run -> run
    | other -> failwith $"a test of another kind: {other}"

let used () =
    Environment.CpuUsage.TotalTime.TotalSeconds

/// The processor time at which the program ends.
let mutable limit = infinity

/// The last resort against an endless loop in a library. Loops of the core end by the count of questions.
let watch () : unit =
    while used () < limit do
        Thread.Sleep 50

    exit 2

let measured (trial: Trial) : Trial =
    let before = used ()
    Mutant.questions <- Int64.MaxValue
    trial.Run()

    { trial with
        Seconds = used () - before
        Questions = Int64.MaxValue - Mutant.questions }

let fails (trial: Trial) : bool =
    Mutant.questions <- 20L * trial.Questions + 100_000L
    limit <- used () + 20.0 * trial.Seconds + 5.0

    try
        trial.Run()
        false
    with _ ->
        true

[<EntryPoint>]
let main numbers =
    let trials =
        [ for test in Impl.testFromThisAssembly () |> Option.get |> Test.toTestCodeList do
              let name = (String.concat ": " test.name).ReplaceLineEndings " "

              if part = 1 || not (name.Contains "a million") then
                  { Name = name
                    Run = runOf test
                    Seconds = 5.0
                    Questions = 100_000_000L } ]

    // The shortest first, and before them the test that killed the last mutant: the next mutant is beside it.
    let mutable trials =
        if Mutant.active = 0 then
            trials |> List.map measured |> List.sortBy _.Seconds
        else
            trials

    Thread(watch, IsBackground = true).Start()

    for number in numbers do
        Mutant.active <- int number

        let answer =
            match trials |> List.tryFind fails with
            | None -> "survived"
            | Some killer ->
                trials <- killer :: (trials |> List.filter (fun trial -> trial.Name <> killer.Name))
                killer.Name

        printfn $"{number}\t{answer}"

    0
