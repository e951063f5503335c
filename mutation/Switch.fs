/// The switch that mutation testing compiles into the core.
module Coverage.Mutant

/// Which mutant is on: none when 0.
let mutable active =
    match System.Environment.GetEnvironmentVariable "COVERAGE_MUTANT" with
    | null -> 0
    | number -> int number

/// How often it may still be asked for: what asks without end is caught in a loop.
let mutable questions = System.Int64.MaxValue

let isOff (number: int) : bool =
    questions <- questions - 1L

    if questions < 0L then
        failwith "an endless loop"

    number <> active
