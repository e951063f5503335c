/// The parts that fleets are judged from: names of hours and their digests, sizes that decide, blockers, and what is stuck.
module Coverage.Tests.FleetPartsTests

open System
open System.Collections.Immutable
open System.Text
open Expecto
open Coverage
open Coverage.Tests.FleetGen

let private same what (ours: 'T) (theirs: 'T) = Expect.equal ours theirs what

// Names of an hour.

let private read (names: string list) =
    HourNames.read 0<hour> (ReadOnlySpan(block names))

let private listedNames (hour: HourNames) =
    [ for place in 0 .. hour.Segments.Length - 1 -> Encoding.UTF8.GetString(hour.NameAt place) ]

let private whole (hash: char) = String(hash, 43)

let private nameTests =
    let full = $"00:00.5-2.0-full-{whole 'a'}.ts"
    let other = $"00:00.50-2.0-full-{whole 'a'}.ts"
    let mark = $"00:02-2.0-full-{whole 'b'}"

    testList
        "names of an hour"
        [ testCase "names come in the order of their bytes, which is one of start"
          <| fun () ->
              let names = [ other; "00:00-1-partial-.ts"; full; "00:00.49-1-full-.ts" ]
              let hour = read names
              same "names" (listedNames hour) (List.sortWith (fun a b -> String.CompareOrdinal(a, b)) names)

              same
                  "starts"
                  (hour.Segments |> Seq.map _.Start |> List.ofSeq)
                  (hour.Segments |> Seq.map _.Start |> Seq.sort |> List.ofSeq)

          testCase "what is hidden, temp, bad or not listed is no segment"
          <| fun () ->
              let hour =
                  read
                      [ full
                        mark + ".ts"
                        mark + ".tombstone"
                        "00:01-1-temp-x.ts"
                        "odd.ts"
                        ".00:03-1-full-.ts"
                        "chat.json" ]

              same "names" (listedNames hour) [ full ]

              same
                  "marks"
                  (hour.Marks
                   |> Seq.map (fun one -> Encoding.UTF8.GetString one.Name)
                   |> List.ofSeq)
                  [ mark + ".ts" ]

              same "listed names and marks" hour.Count 4

          testCase "a digest is the same in whatever order, and tells names and marks apart"
          <| fun () ->
              let names = [ full; other; mark + ".tombstone"; "odd.ts" ]
              let digest names = (read names).Digest
              same "turned" (digest names) (digest (List.rev names))
              same "with what is not listed" (digest ("chat.json" :: mark + ".ts" :: names)) (digest names)

              for less in names do
                  Expect.notEqual (digest names) (digest (List.except [ less ] names)) less

              Expect.notEqual (digest [ mark + ".tombstone" ]) (digest [ mark + ".ts" ]) "marks are not files"

          testCase "a digest is the sum of the first 16 bytes of each name's SHA-256"
          <| fun () ->
              let hash (name: string) =
                  let bytes = Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes name)
                  Numerics.BigInteger(ReadOnlySpan(bytes, 0, 16), true, true)

              let sum = (hash full + hash "odd.ts") % Numerics.BigInteger.Pow(2, 128)
              same "the sum" (string (read [ full; "odd.ts" ]).Digest) (string sum)

          testCase "a file that is gone when its size is looked up was never listed"
          <| fun () ->
              let hour = read [ full; other ]
              let places = ImmutableArray.Create(0, 1)
              let one = HourNames.withSizes places (ImmutableArray.Create(-1L, 9L)) hour
              same "names" (listedNames one) [ other ]
              same "digest" (one.Digest, one.Count) ((read [ other ]).Digest, 1)
              same "size" one.Segments[0].Size 9L

          testCase "a DURATION that no back-filler can hold is found, whatever way it is written"
          <| fun () ->
              for duration in
                  [ "inf"
                    "Infinity"
                    "1e999"
                    "86400000000000"
                    "8_6400000000000.5"
                    " +1e+14 "
                    "9.e13" ] do
                  let name = $"00:00-{duration}-full-{whole 'a'}.ts"
                  same duration (List.ofSeq (read [ name ]).Endless) [ name ]

              for duration in
                  [ "nan"
                    "86399999999999"
                    "90000"
                    "x"
                    ""
                    "++inf"
                    "_1e99"
                    "1__0e99"
                    "infinit"
                    "1e" ] do
                  let name = $"00:00-{duration}-full-{whole 'a'}.ts"
                  same duration (List.ofSeq (read [ name ]).Endless) []

              for name in [ "0:00-inf-full-.ts"; "00:00-inf-whole-.ts"; "00:00-inf-full-x.ts" ] do
                  same name (List.ofSeq (read [ name ]).Endless) [] ]

let private hashTests =
    testCase "two hashes are the same when their bytes are, whatever the unused bits of the last digit"
    <| fun () ->
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

        let bytesOf (hash: string) =
            let padding = String('=', (4 - hash.Length % 4) % 4)
            Convert.FromBase64String(hash.Replace('-', '+').Replace('_', '/') + padding)

        let isSame (a: string) (b: string) =
            FleetHash.areSame
                (ReadOnlySpan(Encoding.ASCII.GetBytes a))
                (ReadOnlySpan(Encoding.ASCII.GetBytes b))

        for length in [ 2; 3; 4; 42; 43 ] do
            for a in digits do
                for b in digits do
                    let hash (last: char) = String('x', length - 1) + string last
                    let expected = bytesOf (hash a) = bytesOf (hash b)
                    Expect.equal (isSame (hash a) (hash b)) expected $"{length}: {a} and {b}"

            Expect.isFalse
                (isSame (String('x', length)) ("y" + String('x', length - 1)))
                "another first digit"

        Expect.isFalse (isSame (whole 'x') (String('x', 42))) "another length"
        Expect.isTrue (isSame "" "") "none"

let private rules: FleetRules =
    { Settings = Report.defaults
      Now = Hour.start 2<hour>
      Cutoff = Duration.ofSeconds 120L
      Window = ValueNone }

let private endlessBlocks =
    testCase "an endless DURATION blocks, on whichever node"
    <| fun () ->
        let name = $"00:00-inf-full-{whole 'a'}.ts"

        let node isSource names : NodeListing =
            { IsSource = isSource
              IsKnown = true
              Hours = ImmutableArray.Create { Hour = 0<hour>; Names = read names }
              Files = ImmutableArray.Empty
              Folders = ImmutableArray.Empty }

        let report =
            judged
                rules
                { Nodes = ImmutableArray.Create(node true [], node false [ name ])
                  Base = ValueNone }

        same
            "blockers"
            [ for blocker in report.Blockers -> blocker.Node, blocker.Path, blocker.Reason ]
            [ 1, "1970-01-01T00/" + name, BlockerReason.Duration ]

let private sizeTests =
    testCase "sizes are asked for where two suspects, or partials, of different names start at once"
    <| fun () ->
        let suspect hash = $"00:00-1-suspect-{whole hash}.ts"
        let partial hash = $"00:05-1-partial-{whole hash}.ts"
        let full = $"00:09-1-full-{whole 'a'}.ts"

        let unsized (nodes: string list list) =
            [ for file in Fleet.unsized [| for names in nodes -> read names |] -> file.Node, file.Place ]

        same "one of each" (unsized [ [ suspect 'a'; partial 'a'; full ]; [ suspect 'a' ] ]) []
        same "two on one node" (unsized [ [ suspect 'a'; partial 'b'; partial 'a' ] ]) [ 0, 1; 0, 2 ]

        same
            "two suspects on two nodes"
            (unsized [ [ suspect 'a'; partial 'a' ]; [ suspect 'b'; full ] ])
            [ 0, 0; 1, 0 ]

// Stuck.

let private stuckTests =
    let at seconds =
        Instant.ofMicroseconds (seconds * 1_000_000L)

    let set spans =
        IntervalSet.ofIntervals [ for a, b in spans -> Interval.create (at a) (at b) ]

    let rounds given =
        (FleetStuck.start, given)
        ||> List.fold (fun state (now, spans) -> FleetStuck.next (at now) state (set spans))

    let stuck now given =
        FleetStuck.stuck (at now) (Duration.ofSeconds 900L) (rounds given)

    testList
        "what is stuck"
        [ testCase "time that stays fillable for longer than it may is stuck"
          <| fun () ->
              let given = [ 1_000L, [ 0L, 10L ]; 1_500L, [ 0L, 10L ]; 1_901L, [ 0L, 10L ] ]
              same "after 901 s" (stuck 1_901L given) (set [ 0L, 10L ])

              same
                  "after 900 s"
                  (stuck 1_900L (List.take 2 given @ [ 1_900L, [ 0L, 10L ] ]))
                  IntervalSet.empty

          testCase "a break begins anew"
          <| fun () ->
              let given =
                  [ 1_000L, [ 0L, 10L ]; 1_500L, []; 1_600L, [ 0L, 10L ]; 1_901L, [ 0L, 10L ] ]

              same "stuck" (stuck 1_901L given) IntervalSet.empty

          testCase "of time that grew and shrank, what was there all along is stuck"
          <| fun () ->
              let given =
                  [ 1_000L, [ 0L, 10L; 20L, 30L ]; 1_500L, [ 5L, 25L ]; 2_000L, [ 0L, 30L ] ]

              same "stuck" (stuck 2_000L given) (set [ 5L, 10L; 20L, 25L ])

          testPropertyWithConfig
              Gen.config
              "each instant is as old as its unbroken rounds"
              (fun (given: (bool * bool * bool) list) ->
                  let spans (a, b, c) =
                      [ if a then
                            0L, 1L
                        if b then
                            1L, 2L
                        if c then
                            2L, 3L ]

                  let all = given |> List.mapi (fun i one -> int64 i * 400L, spans one)
                  let now = int64 (given.Length - 1) * 400L

                  let isStuck pick =
                      let unbroken = given |> List.rev |> List.takeWhile pick |> List.length
                      int64 (unbroken - 1) * 400L > 900L

                  let expected =
                      set
                          [ if isStuck (fun (a, _, _) -> a) then
                                0L, 1L
                            if isStuck (fun (_, b, _) -> b) then
                                1L, 2L
                            if isStuck (fun (_, _, c) -> c) then
                                2L, 3L ]

                  same "stuck" (stuck now all) expected) ]

[<Tests>]
let tests =
    testList "fleet parts" [ nameTests; hashTests; endlessBlocks; sizeTests; stuckTests ]
