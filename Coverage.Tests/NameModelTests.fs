/// Names judged by hand, which pin the grammar of the model.
module Coverage.Tests.NameModelTests

open Expecto
open Coverage.Tests.Model
open Coverage.Tests.NameModel

let private judgeText (text: string) = judge (Gen.utf8 text).Bytes

let private says (name: string) offset duration kind =
    testCase (sprintf "%s fits" name)
    <| fun () -> Expect.equal (judgeText name) (Verdict.Segment(offset, duration, kind)) ""

let private isBad (name: string) =
    testCase (sprintf "%A is bad" name)
    <| fun () -> Expect.equal (judgeText name) Verdict.Bad ""

let private sha = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

[<Tests>]
let names =
    testList
        "segment names"
        [ says $"00:00-2-full-{sha}.ts" 0L 2_000_000L Kind.Full
          says $"59:59.999999-2.002-suspect-{sha}.ts" 3_599_999_999L 2_002_000L Kind.Suspect
          says $"01:02.5-0-partial-{sha}.ts" 62_500_000L 0L Kind.Partial
          says "10:00.000001-007.50-full-.ts" 600_000_001L 7_500_000L Kind.Full
          says "00:00-1-full----.ts" 0L 1_000_000L Kind.Full
          says "00:00-1-temp-.ts" 0L 1_000_000L Kind.Temp
          says "00:00-1-temp-a-b c\n.ts.ts" 0L 1_000_000L Kind.Temp

          // Half-even, and exact however many digits there are.
          says "00:00-0.0000005-full-.ts" 0L 0L Kind.Full
          says "00:00-0.0000015-full-.ts" 0L 2L Kind.Full
          says "00:00-0.00000050000000000000000000000000000001-full-.ts" 0L 1L Kind.Full
          says "00:00-1.9999995-full-.ts" 0L 2_000_000L Kind.Full
          says "00:00-86400.0000005-full-.ts" 0L 86_400_000_000L Kind.Full

          for name in
              [ "00:00-86400.0000006-full-.ts"
                "00:00-86401-full-.ts"
                "00:00-1-full.ts"
                "00:00-1-temp.ts"
                "00:00-1-full-A.ts"
                "00:00-1-full-AAAAA.ts"
                "00:00-1-full-AA=.ts"
                "00:00-1-Full-AA.ts"
                "00:60-1-full-.ts"
                "60:00-1-full-.ts"
                "00:00.-1-full-.ts"
                "00:00.1234567-1-full-.ts"
                "00:00--1-full-.ts"
                "00:00-.5-full-.ts"
                "00:00-5.-full-.ts"
                "00:00-1e3-full-.ts"
                "00:00-inf-full-.ts"
                "00:00-٣-full-.ts"
                "00:0３-1-full-.ts"
                "00:00-1-full-.ts\n"
                " 00:00-1-full-.ts"
                ".ts" ] do
              isBad name

          testCase "bytes that are no UTF-8 are text to a temp name, and make any other bad"
          <| fun () ->
              let withByte kind =
                  Array.concat [ "00:00-1-"B; kind; "-"B; [| 0xFFuy |]; ".ts"B ] |> judge

              Expect.equal (withByte "temp"B) (Verdict.Segment(0L, 1_000_000L, Kind.Temp)) ""
              Expect.equal (withByte "full"B) Verdict.Bad ""

          testCase "listed is what ends in .ts, begins with no dot, and has no tombstone"
          <| fun () ->
              let names =
                  [ "a.ts"
                    ".b.ts"
                    "c.json"
                    "d.ts"
                    "d.tombstone"
                    "e.TS"
                    "f.ts.tombstone"
                    "f.ts" ]

              let found = names |> List.map (fun name -> (Gen.utf8 name).Bytes) |> listed
              Expect.equal (found |> List.map latin1) [ "a.ts"; "f.ts" ] "" ]

[<Tests>]
let hourNames =
    let hour (name: string) number =
        testCase (sprintf "%A" name)
        <| fun () -> Expect.equal (judgeHour name) number ""

    testList
        "hour names"
        [ hour "1970-01-01T00" (Some 0)
          hour "1970-01-02T01" (Some 25)
          hour "2025-11-07T18" (Some 489_594)
          hour "2024-02-29T00" (Some 474_768)
          hour "9998-12-31T23" (Some 70_380_767)
          hour "2000-02-29T00" (Some 264_384)

          for name in
              [ "1969-12-31T23"
                "9999-01-01T00"
                "2023-02-29T00"
                "2100-02-29T00"
                "2025-00-01T00"
                "2025-13-01T00"
                "2025-04-31T00"
                "2025-11-07T24"
                "2025-11-07 18"
                "2025-11-07T18Z"
                "2025-11-07T18\n"
                "٢٠٢٥-11-07T18"
                "" ] do
              hour name None ]
