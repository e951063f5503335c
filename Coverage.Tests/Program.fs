module Coverage.Tests.Program

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

    // On a line of its own: the log's last one ends in a colour code.
    printfn "\n%s" closing
    code
