module Coverage.Tests.Program

open System
open System.Text
open System.Threading
open Expecto
open Expecto.Impl

/// Runs every test of the assembly and closes with one line that a machine can read.
let private runTests args =
    let mutable closing = "0 passed, 0 failed, 0 skipped"
    let finished, all = ref 0, ref 0
    let clock = Diagnostics.Stopwatch.StartNew()

    // Past the log's writer, which colours and pads what it is given: a line of its own and nothing else.
    let say (line: string) =
        use output = Console.OpenStandardOutput()
        output.Write(Encoding.UTF8.GetBytes(line + "\n"))

    // A thread of its own: tests may keep every thread of the pool busy.
    use ended = new ManualResetEventSlim()

    let sayProgress () =
        while not (ended.Wait(TimeSpan.FromSeconds 10.0)) do
            let finished, all = Volatile.Read &finished.contents, Volatile.Read &all.contents
            say $"{finished} of {all} tests done after {int clock.Elapsed.TotalSeconds} s"

    let progress = Thread(sayProgress, IsBackground = true)
    progress.Start()

    let count (report: string -> TimeSpan -> Async<unit>) name took =
        Interlocked.Increment &finished.contents |> ignore
        report name took

    let printer =
        { TestPrinters.defaultPrinter with
            beforeRun =
                fun tests ->
                    Volatile.Write(&all.contents, (Test.toTestCodeList tests).Length)
                    TestPrinters.defaultPrinter.beforeRun tests
            passed = count TestPrinters.defaultPrinter.passed
            failed =
                fun name problem took ->
                    Interlocked.Increment &finished.contents |> ignore
                    TestPrinters.defaultPrinter.failed name problem took
            summary =
                fun config summary ->
                    async {
                        do! TestPrinters.defaultPrinter.summary config summary

                        for test, _ in summary.ignored do
                            printfn "skipped: %s" (config.joinWith.format test.name)

                        closing <-
                            $"{summary.passed.Length} passed, "
                            + $"{summary.failed.Length + summary.errored.Length} failed, "
                            + $"{summary.ignored.Length} skipped"
                    } }

    let code =
        runTestsInAssemblyWithCLIArgs
            [ CLIArguments.Printer printer
              CLIArguments.Colours 0
              CLIArguments.No_Spinner ]
            args

    ended.Set()
    progress.Join()
    say $"\n{closing}"
    code

/// Runs the tests; `remember FOLDER CACHE` and `silo OPTIONS` are what tests start and kill.
[<EntryPoint>]
let main args =
    match args with
    | [| "remember"; folder; cache |] ->
        DurationCacheTests.remember folder cache
        0
    | [| "silo"; options |] -> FleetSilos.run options
    | _ -> runTests args
