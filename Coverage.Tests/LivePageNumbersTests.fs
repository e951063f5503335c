/// What the live page tells and draws is what the check says.
module Coverage.Tests.LivePageNumbersTests

open System
open System.Text.Json
open Expecto
open FsCheck.FSharp
open Coverage
open Coverage.Tests.Browser
open Coverage.Tests.LivePageTests
open Coverage.Tests.Sandbox

/// Every state that a stream's answer tells, by its instants.
type private Truth(stream: JsonElement) =
    let spans (json: JsonElement) =
        [ for it in items json ->
              [ it?start; it?``end`` ]
              |> List.map (fun it -> (DateTimeOffset.Parse(text it) - DateTimeOffset.UnixEpoch).Ticks / 10L) ]

    let holes, partial = spans stream?raw?holes, spans stream?partial_only
    let extent = spans (JsonElement.Parse $"[{stream?extent}]") |> List.head

    let isIn (t: int64) =
        List.exists (fun (span: int64 list) -> span[0] <= t && t < span[1])

    member _.Extent = extent

    member _.At(t: int64) : string =
        if not (isIn t [ extent ]) then "outside: nothing is known"
        elif isIn t holes then "missing"
        elif isIn t partial then "partial"
        else "full"

    /// Instants of a view, and those at which a state begins or ends.
    member _.Instants(view: int64 list) : int64 list =
        let edges =
            extent :: holes @ partial
            |> List.concat
            |> List.filter (fun t -> view[0] <= t && t <= view[1])
            |> List.collect (fun t -> [ t - 1L; t; t + 1L ])

        edges @ List.ofArray (Gen.choose64 (view[0], view[1]) |> Gen.sample 300)

/// The text of the page at some instants of a view, once all of the view is loaded.
let private statesTold
    (window: Window)
    (channel: string)
    (view: int64 list)
    (instants: int64 list)
    : string list =
    let script =
        "async ([channel, start, end, instants]) => {
            const { Recording } = await import('./web/recording.js'), { stateAt } = await import('./web/readout.js');
            const { get } = await import('./web/api.js');
            const row = (await get('streams')).streams.find(it => it.channel === channel && it.quality === 'source');
            const recording = new Recording(row, () => {}), view = { start, end };
            recording.update(row);
            do {
                instants.forEach(t => stateAt(recording, t, view));
                recording.spans('editable', view);
                await new Promise(resolve => setTimeout(resolve, 20));
            } while (!recording.isComplete(view));
            return instants.map(t => stateAt(recording, t, view).name);
        }"

    let argument: obj[] = [| channel; view[0]; view[1]; Array.ofList instants |]

    // A seam is too short to be a state of its own in the answer.
    [ for told in (window.Evaluate(script, argument)).EnumerateArray() ->
          if text told = "seam" then "full" else text told ]

[<Tests>]
let words =
    testSequencedGroup "browser"
    <| testList
        "the live page: its numbers"
        [ recordedTest "instants and lengths are written and read as the core does" ""
          <| fun window _ ->
              let instants =
                  Gen.choose64 (0L, 9_007_199_254_740_991L) |> Gen.sample 300 |> List.ofArray

              let edges = [ 0L; 1L; 999_999L; 1_000_000L; 86_399_999_999L; 951_782_400_000_000L ]
              let all = instants @ edges

              let script =
                  "async all => { const time = await import('./web/time.js');
                      return all.map(t => [time.isoText(t), time.parseInstant(time.isoText(t)), time.secondsText(t)]) }"

              let answers =
                  (window.Evaluate(script, Array.ofList all)).EnumerateArray() |> List.ofSeq

              for t, answer in List.zip all answers do
                  Expect.equal (text (item 0 answer)) (Engine.InstantText t) ""
                  Expect.equal ((item 1 answer).GetInt64()) t "and back"
                  Expect.equal (text (item 2 answer)) ((Engine.Seconds t).ToString "0.######") "as seconds"

          recordedTest "the state it tells of any instant is that of the report" ""
          <| fun window answer ->
              let truth = Truth(streamOf "desertbus" "source" answer)
              let all = truth.Instants truth.Extent

              for t, told in List.zip all (statesTold window "desertbus" truth.Extent all) do
                  Expect.equal told (truth.At t) (Engine.InstantText t)

          archiveTest "of more holes than an answer lists the longest are shown, and close by every one"
          <| fun archive ->
              // Segments of two seconds, of which every second one is missing.
              for hour in 10..22 do
                  archive.Files(
                      $"many/source/2025-11-07T{hour}",
                      [ for i in 0..899 -> $"{i / 15:D2}:{i % 15 * 4:D2}.0-2-full-.ts" ]
                  )

              use service = new Service(archive, [ "--check-interval"; "60" ])

              onPage service "" (fun window ->
                  window.AwaitTimeline()

                  let count =
                      "11,699 spans, 6 h 29 min 58 s missing, the longest 2 s; the 10,000 longest can be listed"

                  Expect.equal (window.Text "#missing-count") count ""
                  Expect.hasLength (window.Texts "#missing tr") 20 "not all rows at once"
                  Expect.equal (window.Text "#more") "200 more of 9,980" ""
                  window.Click "#more"
                  Expect.hasLength (window.Texts "#missing tr") 220 "more when asked"
                  let _, answer = checkJson archive []
                  let truth = Truth(streamOf "many" "source" answer)
                  let last = truth.Extent[1]
                  let view = [ last - 3_000_000_000L; last - 2_000_000_000L ]
                  let all = truth.Instants view

                  for t, told in List.zip all (statesTold window "many" view all) do
                      Expect.equal told (truth.At t) (Engine.InstantText t))

          archiveTest "seams are told one by one, and how many of very many are not"
          <| fun archive ->
              // Segments of two seconds, each 5 ms after the one before.
              archive.Files(
                  "seams/source/2025-11-07T18",
                  [ for i in 0..1499 ->
                        let at = 2005 * i
                        $"{at / 60_000:D2}:{at / 1000 % 60:D2}.{at % 1000:D3}-2-full-.ts" ]
              )

              use service = new Service(archive, [])
              let view = "&start=2025-11-07T18:00:01.990000Z&end=2025-11-07T18:00:02.015000Z"

              onPage service ("#stream=seams/source" + view) (fun window ->
                  window.AwaitTimeline()

                  let seam = "seam, 0.005 s: 2025-11-07 18:00:02.000000 to 18:00:02.005000 UTC"

                  Expect.stringContains window.Told seam "in the middle"
                  Expect.stringContains window.Told "of 1,499 seams in these hours 1,000 are shown" "")

          recordedTest
              "each pixel of the coverage is of the state that holds there"
              (desertbus + "&start=2026-11-24T08:32:00.000000Z&end=2026-11-24T08:45:00.000000Z")
          <| fun window answer ->
              window.AwaitTimeline()
              let truth = Truth(streamOf "desertbus" "source" answer)
              let start, until = 1795509120_000000L, 1795509900_000000L

              // A row below the band of overlaps; the line in the middle hides what is under it.
              let row =
                  "() => Array.from(timeline.getContext('2d').getImageData(0, 100 * devicePixelRatio, timeline.width, 1).data)"

              let pixels =
                  [ for it in (window.Evaluate row).EnumerateArray() -> it.GetInt32() ]
                  |> List.chunkBySize 4

              let width = float pixels.Length

              let instant x =
                  start + int64 (float (until - start) * x / width)

              let mutable seen = Set.empty

              for x, pixel in List.indexed pixels do
                  let states = set [ for at in -1.5 .. 0.5..2.5 -> truth.At(instant (float x + at)) ]

                  if states.Count = 1 && abs (float x - width / 2.0) > 3.0 then
                      let state = states.MinimumElement
                      seen <- seen.Add state

                      match state, pixel with
                      | "full", [ 0x1f; 0x77; 0xb4; 255 ]
                      | "missing", [ 255; 255; 255; 255 ] -> ()
                      // Orange with dark stripes, and grey stripes on white.
                      | "partial", [ red; green; blue; 255 ] when red > green && green >= blue - 8 -> ()
                      | state, [ red; green; blue; 255 ] when
                          state.StartsWith "outside" && red > 200 && abs (red - blue) < 20
                          ->
                          ()
                      | _ -> failtestf "%s at pixel %d is %A" state x pixel

              Expect.equal seen.Count 4 $"all states are there: {seen}"

          recordedTest "the marks of the axis are apart, in view, and say what the clock there shows" ""
          <| fun window _ ->
              let zone =
                  try
                      TimeZoneInfo.FindSystemTimeZoneById "Europe/Berlin"
                  with :? TimeZoneNotFoundException ->
                      skiptest "needs the time zones of the system"

              // Around the changes of the clock, and anywhere.
              let changes = [ 1774746000_000000L; 1792890000_000000L; 1792893600_000000L ]

              let cases =
                  [ for from in
                        changes
                        @ List.ofArray (Gen.choose64 (0L, 4_000_000_000_000_000L) |> Gen.sample 30) do
                        for exponent in 1..15 do
                            let width = pown 10L exponent + 17L
                            from - width / 3L, from + width ]

              let script =
                  "async cases => {
                      const { ticks } = await import('./web/time.js');
                      const all = clock => cases.map(([from, to]) => ticks(from, to, (to - from) / 12, clock, 0).map(it => [it.t, it.label]));
                      return [all('utc'), all('local')];
                  }"

              let answers =
                  window.Evaluate(script, [| for from, until in cases -> [| from; until |] |])

              for zone, answer in List.zip [ TimeZoneInfo.Utc; zone ] (items answers) do
                  for (from, until), marks in List.zip cases (items answer) do
                      let marks =
                          [ for mark in items marks -> (item 0 mark).GetInt64(), text (item 1 mark) ]

                      let about =
                          $"{Engine.InstantText from} to {Engine.InstantText until}, {zone.Id}: {marks}"

                      for t, label in marks do
                          Expect.isTrue (from <= t && t < until) about

                          let time =
                              TimeZoneInfo.ConvertTime(DateTimeOffset.UnixEpoch.AddTicks(t * 10L), zone)

                          let forms =
                              [ "HH:mm"; "HH:mm:ss"; "d MMM"; "MMM"; "yyyy" ]
                              @ [ for digits in 1..6 -> "HH:mm:ss." + String('f', digits) ]

                          Expect.contains
                              [ for form in forms ->
                                    time.ToString(form, Globalization.CultureInfo.InvariantCulture) ]
                              label
                              about

                          if label.Contains ' ' || label.Length < 5 then
                              Expect.equal time.TimeOfDay TimeSpan.Zero $"a day begins at midnight; {about}"

                      for (one, _), (next, _) in List.pairwise marks do
                          // An hour is lost where the clock is put forward.
                          Expect.isGreaterThan (2L * (next - one)) ((until - from) / 12L) about

          test "the colours of the legend are the map's" {
              let style = Coverage.Host.LivePage.SharedStyle

              for name, cell in [ "full", Cell.Full; "partial", Cell.Partial; "none", Cell.None ] do
                  Expect.stringContains style $"--{name}: {Coverage.Host.MapPicture.ColourOf cell};" name
          } ]
