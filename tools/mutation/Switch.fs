/// The switch between mutants, which is compiled into the core.
module Coverage.Mutant

[<assembly: System.Runtime.CompilerServices.InternalsVisibleTo "Coverage.Tests">]
do ()

/// The number of the mutant that is on; 0 for none.
let mutable active =
    match System.Environment.GetEnvironmentVariable "COVERAGE_MUTANT" with
    | null -> 0
    | number -> int number

/// How many more questions are allowed. A mutant that loops without end uses them up.
let mutable questions = System.Int64.MaxValue

let isOff (number: int) : bool =
    questions <- questions - 1L

    if questions < 0L then
        failwith "an endless loop"

    number <> active
