module Coverage.Tests.Program

open System
open System.Text
open Expecto
open Expecto.Impl

/// Runs every test of the assembly and closes with one line that a machine can read.
[<EntryPoint>]
let main args =
    let mutable closing = "0 passed, 0 failed, 0 skipped"

    let printer =
        { TestPrinters.defaultPrinter with
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

    // Past the log's writer, which colours and pads what it is given: a line of its own and nothing else.
    use output = Console.OpenStandardOutput()
    output.Write(Encoding.UTF8.GetBytes $"\n{closing}\n")
    code
