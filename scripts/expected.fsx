// What of a stream is missing of the time in which it was expected, also before its first segment and after its last:
// dotnet fsi scripts/expected.fsx STREAM FROM TO   (a stream's folder and two instants, such as 2025-11-07T18:00Z)
#load "load.fsx"

open System
open System.Globalization
open Coverage
open Load

let microseconds (time: DateTimeOffset) =
    (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond

let instant (text: string) : Instant =
    match DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) with
    | true, time -> Instant.ofMicroseconds (microseconds time)
    | _ -> raise (ArgumentException $"This is no instant: {text}. Write one as 2025-11-07T18:00Z.")

script (fun arguments ->
    let stream, expected =
        match arguments with
        | [ stream; from; until ] when instant from < instant until ->
            stream, Interval.create (instant from) (instant until)
        | _ ->
            raise (
                ArgumentException
                    "Give a stream's folder, such as demo/demo/source, and the start and end of the time it is expected."
            )

    // What was live within the last four minutes may still come in.
    let expectation =
        { Expectation.none with
            Now = Instant.ofMicroseconds (microseconds DateTimeOffset.UtcNow)
            Settling = Duration.ofSeconds 240L
            Expected = ValueSome(IntervalSet.ofIntervals [ expected ]) }

    let account =
        Archive.Read stream
        |> StreamFacts.ofFolders Report.defaults
        |> Account.judge expectation

    let missing = Account.intervals Word.Missing account
    printfn "complete: %s" (Completeness.toText (Account.completeness account))
    printfn "missing: %s" (spans missing)

    for lost in missing.Intervals do
        printfn "  %s" (span lost))
