/// What answers of the API cost in process, from the text of the query to the bytes of the body: of a week, and of a year that
/// is as dense. What is asked about some hours must not cost more the longer the stream is.
module Coverage.Benchmarks.Answers

open System
open System.Collections.Immutable
open System.Diagnostics
open System.IO
open System.Security.Cryptography
open System.Text
open System.Threading
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.WebUtilities
open Coverage
open Coverage.CommandLine
open Coverage.Host

let private firstHour = (Hour.tryParse "2025-01-01T00").Value
let private perHour = 36
let private yearSegments = 8760L * int64 perHour
let private yearHoles = 5016L

/// The names of an hour's folder: 36 segments of 100 s, of which one in 63 is not there, one in 62 reaches into the next, one in
/// 97 is partial, and a third leave a seam. An hour that is asked about whole has 1,800 of 2 s, with a seam after each.
let private names (hour: int) (isDense: bool) : string list =
    [ for i in 0 .. (if isDense then 1799 else -1) do
          let hash = Convert.ToBase64String(SHA256.HashData(BitConverter.GetBytes i))
          let hash = hash.TrimEnd('=').Replace('+', '-').Replace('/', '_')
          $"{i / 30:D2}:{i % 30 * 2:D2}.0-1.995-full-{hash}.ts"

      for i in 0 .. (if isDense then -1 else perHour - 1) do
          let index = int64 (hour * perHour + i)

          if (index * yearHoles + yearSegments / 2L) % yearSegments >= yearHoles then
              let second = i * 100
              let kind = if index % 97L = 13L then "partial" else "full"

              let length =
                  if index % 62L = 5L then "104"
                  elif index % 3L = 0L then "99.995"
                  else "100"

              $"{second / 60:D2}:{second % 60:D2}.0-{length}-{kind}-.ts" ]

/// A finished round with one stream of so many hours.
let private roundOf (hours: int) : Round =
    let stream = StreamName("channel", "source")
    let settings = Engine.Settings(10_000L, Nullable(), Nullable())

    let folder (number: int) =
        let block =
            names number (number = hours / 2)
            |> List.map (fun name -> name + "/")
            |> String.Concat

        (Listing.read (firstHour + number * 1<hour>) (ReadOnlySpan(Encoding.ASCII.GetBytes block))).Folder

    let account =
        Seq.init hours folder
        |> StreamFacts.ofFolders Report.defaults
        |> Account.ofFacts

    let reading = StreamReading.Of account

    let now = Units.Instant(int64 (Hour.start (firstHour + (hours + 1) * 1<hour>)))

    let judgement =
        Judgement.Of(reading, Given.ofStream "channel" "source" Given.nothing, settings, now)

    let known =
        StreamRound(stream).Succeed(reading, judgement, DateTimeOffset.UnixEpoch, TimeSpan.Zero, false)

    Round.After(null, [ known ], DateTimeOffset.UnixEpoch)

/// The rows: an address of the API, and what is asked of it. `{hour}` stands for an hour in the middle of the stream, `{from}`
/// and `{to}` for the six hours after it.
let private questions =
    let stream = "channel=channel&quality=source"
    let sixHours = "start={from}:00:00Z&end={to}:00:00Z"

    [ "detail", $"{stream}&hour={{hour}}"
      "segments", $"{stream}&hour={{hour}}"
      "overlaps", sixHours
      "holes", sixHours
      "holes", sixHours + "&merge=600"
      "spans", sixHours
      "partial", sixHours
      "words", sixHours
      "words", sixHours + "&words=full,seam"
      "hours", sixHours
      "holes", "order=length&limit=10"
      "holes", "limit=10"
      "words", "words=missing&order=length&limit=10"
      "streams", ""
      "extent", "" ]

/// The microseconds of two answers: the least of fifteen batches each, in turn, for whatever else runs on the machine only adds.
/// As many batches before let the runtime compile the code well.
let private microseconds (one: unit -> Answer) (other: unit -> Answer) : float * float =
    let batch (answer: unit -> Answer) =
        let clock = Stopwatch.StartNew()
        let mutable count = 0

        while clock.Elapsed.TotalMilliseconds < 25.0 do
            answer () |> ignore
            count <- count + 1

        clock.Elapsed.TotalMicroseconds / float count

    let turns () =
        List.init 15 (fun _ -> batch one, batch other) |> List.unzip

    turns () |> ignore
    let ones, others = turns ()
    List.min ones, List.min others

/// Prints the rows, from a folder of files where the hour that is asked about is laid out.
let run (folder: string) : unit =
    let root = Path.Combine(folder, "answers")

    let options =
        match Arguments.Parse([| "serve"; "--base-dir"; root |], (fun _ -> null)) with
        | Outcome.Run options -> options
        | other -> failwith $"%A{other}"

    let content = FoundContent()
    use turns = new DiskTurns()
    let segments = HourSegments(options, turns, content, TimeProvider.System)
    let cuts = Cuts(options, turns, TimeProvider.System)
    let listings = HourListings(options, turns, TimeProvider.System)
    let endpoints = ApiEndpoints(options, segments, listings, cuts, content).All()

    let answers (hours: int) =
        let round = roundOf hours
        let hour = firstHour + hours / 2 * 1<hour>
        let path = Path.Combine(root, "channel", "source", Hour.toText hour)
        Directory.CreateDirectory path |> ignore

        for name in names (hours / 2) true do
            File.WriteAllText(Path.Combine(path, name), "")

        round,
        fun (path: string, query: string) ->
            let endpoint = endpoints |> Seq.find (fun (one: Endpoint) -> one.Path = path)

            let query =
                query
                    .Replace("{hour}", Hour.toText hour)
                    .Replace("{from}", Hour.toText (hour + 1<hour>))
                    .Replace("{to}", Hour.toText (hour + 7<hour>))

            fun () ->
                let asked =
                    ApiQuery(QueryCollection(QueryHelpers.ParseQuery query), endpoint.Parameters)

                endpoint.AnswerAsync
                    .Invoke(round, asked, CancellationToken.None)
                    .GetAwaiter()
                    .GetResult()
                    .Pack()

    let weekRound, week = answers 168
    let yearRound, year = answers 8760
    // A folder that has just changed is read at each question.
    Thread.Sleep 4000

    let holes (round: Round) =
        (nonNull round.Streams[0].Report).Raw.Holes.Count

    printfn
        "\n| answers of the API in process | a week, %d holes, µs | a year, %d holes, µs | year to week | bytes |"
        (holes weekRound)
        (holes yearRound)

    printfn "|---|---|---|---|---|"

    for question in questions do
        let ofWeek, ofYear = week question, year question
        let short, long = microseconds ofWeek ofYear
        let path, query = question
        let answer = ofYear ()

        printfn
            "| `%s%s` | %.1f | %.1f | %.2f | %d |"
            path
            (if query = "" then "" else "?" + query)
            short
            long
            (long / short)
            (if answer.UnpackedLength.HasValue then
                 answer.UnpackedLength.Value
             else
                 answer.Body.Length)
