module Coverage.Tests.Program

open System
open System.Text
open System.Threading
open Expecto
open Expecto.Impl

/// Runs every test of the assembly and closes with one line that a machine can read.
[<EntryPoint>]
let main args =
    let mutable closing = "0 passed, 0 failed, 0 skipped"
    let finished = ref 0
    let clock = Diagnostics.Stopwatch.StartNew()

    // Past the log's writer, which colours and pads what it is given: a line of its own and nothing else.
    let say (line: string) =
        use output = Console.OpenStandardOutput()
        output.Write(Encoding.UTF8.GetBytes(line + "\n"))

    use progress =
        new Timer(
            (fun _ ->
                say
                    $"{Volatile.Read &finished.contents} tests finished after {int clock.Elapsed.TotalSeconds} s"),
            null,
            TimeSpan.FromSeconds 10.0,
            TimeSpan.FromSeconds 10.0
        )

    let count (report: string -> TimeSpan -> Async<unit>) name took =
        Interlocked.Increment &finished.contents |> ignore
        report name took

    let printer =
        { TestPrinters.defaultPrinter with
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

    say $"\n{closing}"
    code
