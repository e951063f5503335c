/// Points, lengths and hours.
module Coverage.Tests.TimeTests

open System
open System.Globalization
open System.Numerics
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

let private tryParseDuration (text: string) =
    Duration.tryParse (ReadOnlySpan(Encoding.UTF8.GetBytes text))

/// Lengths up to the longest that is read, most of them short.
let private length =
    Gen.oneof
        [ Gen.choose64 (0L, 3_000_000L)
          Gen.choose64 (0L, NameModel.longest)
          Gen.choose (0, 86_400) |> Gen.map (fun seconds -> int64 seconds * 1_000_000L)
          Gen.choose64 (0L, 1_000_000_000_000_000L) ]
    |> Gen.map Duration.ofMicroseconds

/// Instants of all signs, many of them on or beside an hour's edge.
let private instant =
    let hours = Gen.oneof [ Gen.choose (-3, 3); Gen.choose (-70_380_767, 70_380_767) ]

    Gen.oneof
        [ Gen.map2 (fun hour away -> int64 hour * 3_600_000_000L + away) hours (Gen.choose64 (-2L, 2L))
          Gen.choose64 (-253_370_764_800_000_000L, 253_370_764_800_000_000L) ]
    |> Gen.map Instant.ofMicroseconds

[<Tests>]
let durations =
    testList
        "durations"
        [ law "a text is read as the model reads it, held at 10^9 s"
          <| Prop.forAll (Arb.fromGen Gen.durationText) (fun text ->
              let expected =
                  match NameModel.judgeDuration text with
                  | None -> ValueNone
                  | Some exact ->
                      ValueSome(
                          Duration.ofMicroseconds (int64 (min exact (BigInteger 1_000_000_000_000_000L)))
                      )

              Expect.equal (tryParseDuration text) expected "")

          for text, expected in
              [ "999999999.9999994", ValueSome 999_999_999_999_999L<us>
                "999999999.9999996", ValueSome 1_000_000_000_000_000L<us>
                "1000000000.5", ValueSome 1_000_000_000_000_000L<us>
                String('9', 400), ValueSome 1_000_000_000_000_000L<us>
                String('0', 400) + "2." + String('0', 400), ValueSome 2_000_000L<us>
                "0." + String('9', 400), ValueSome 1_000_000L<us>
                "0.0000005" + String('0', 400) + "1", ValueSome 1L<us>
                "0.000000510", ValueSome 1L<us>
                "0.0000005" + String('0', 400), ValueSome 0L<us>
                "0.000000" + String('5', 400) + "x", ValueNone ] do
              testCase $"{text} is read exactly"
              <| fun () -> Expect.equal (tryParseDuration text) expected ""

          law "a text of bytes that are no digits is no length"
          <| fun (bytes: byte[]) ->
              let text = NameModel.latin1 bytes

              Expect.equal
                  (Duration.tryParse (ReadOnlySpan bytes)).IsSome
                  (NameModel.judgeDuration text).IsSome
                  ""

          law "reading is the inverse of writing"
          <| Prop.forAll (Arb.fromGen length) (fun length ->
              Expect.equal (tryParseDuration (Duration.toText length)) (ValueSome length) "")

          law "a length is written as the shortest of the decimals that are equal to it"
          <| Prop.forAll (Arb.fromGen length) (fun length ->
              let text = Duration.toText length
              let whole, fraction = int64 length / 1_000_000L, int64 length % 1_000_000L

              let expected =
                  if fraction = 0L then
                      string whole
                  else
                      $"{whole}.{fraction:D6}".TrimEnd '0'

              Expect.equal text expected "") ]

[<Tests>]
let hours =
    testList
        "hours of the calendar"
        [ law "a folder's name is read as the model reads it"
          <| fun (Gen.HourName name) ->
              let expected =
                  NameModel.judgeHour name |> Option.map ((*) 1<hour>) |> Option.toValueOption

              Expect.equal (Hour.tryParse name) expected ""

          law "reading is the inverse of writing"
          <| Prop.forAll
              (Gen.oneof
                  [ Gen.elements [ 0; 1; int Hour.last - 1; int Hour.last ]
                    Gen.choose (0, int Hour.last) ]
               |> Arb.fromGen)
              (fun number ->
                  let hour = number * 1<hour>
                  Expect.equal (Hour.tryParse (Hour.toText hour)) (ValueSome hour) "")

          testCase "the first is 1970-01-01T00, the last 9998-12-31T23"
          <| fun () ->
              Expect.equal
                  (Hour.toText Hour.first, Hour.toText Hour.last)
                  ("1970-01-01T00", "9998-12-31T23")
                  ""

              for beyond in [ "1969-12-31T23"; "1969-01-01T00"; "9999-01-01T00"; "9999-12-31T23" ] do
                  Expect.equal (Hour.tryParse beyond) ValueNone beyond

          testCase "a character more, fewer or other than a name's makes none"
          <| fun () ->
              let name = "2025-11-07T18"

              for at in 0 .. name.Length - 1 do
                  for other in [ "0"; "9"; ":"; "/"; "-"; "T"; "t"; " "; "٣"; "" ] do
                      let changed = name.Remove(at, 1).Insert(at, other)

                      for name in [ changed; changed + "0"; name.Insert(at, other) ] do
                          let expected = NameModel.judgeHour name |> Option.map ((*) 1<hour>)
                          Expect.equal (Hour.tryParse name) (Option.toValueOption expected) name

          law "every instant, before 1970 too, lies in its hour from the start to before the end"
          <| Prop.forAll (Arb.fromGen instant) (fun instant ->
              let hour = Hour.ofInstant instant
              Expect.isTrue (Hour.start hour <= instant && instant < Hour.finish hour) "")

          law "an hour ends where the next one starts, 3600 s on"
          <| Prop.forAll (Arb.fromGen instant) (fun instant ->
              let hour = Hour.ofInstant instant
              Expect.equal (Hour.finish hour) (Hour.start (hour + 1<hour>)) ""
              Expect.equal (Instant.until (Hour.finish hour) (Hour.start hour)) Duration.hour ""
              Expect.equal (Hour.ofInstant (Hour.start hour)) hour "the start"
              Expect.equal (Hour.ofInstant (Hour.finish hour - 1L<instant>)) hour "the last instant") ]

[<Tests>]
let instants =
    testList
        "instants"
        [ law "adding, taking off and measuring a length agree"
          <| Prop.forAll (Arb.fromGen (Gen.zip instant length)) (fun (instant, length) ->
              let later = Instant.add length instant
              Expect.equal (Instant.until later instant) length ""
              Expect.equal (Instant.until instant later) (-length) ""
              Expect.equal (Instant.subtract length later) instant "")

          law "an instant from 1970 on is written so that a calendar reads it back"
          <| Prop.forAll (Arb.fromGen instant) (fun instant ->
              let instant = abs instant

              let read =
                  DateTimeOffset.ParseExact(
                      Instant.toText instant,
                      "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'",
                      CultureInfo.InvariantCulture,
                      DateTimeStyles.AssumeUniversal
                  )

              Expect.equal ((read - DateTimeOffset.UnixEpoch).Ticks / 10L) (int64 instant) "")

          testCase "an instant that no calendar year holds is written as its number"
          <| fun () ->
              Expect.equal (Instant.toText -1L<instant>) "-1 us" ""
              Expect.equal (Instant.toText 0L<instant>) "1970-01-01T00:00:00.000000Z" ""

              Expect.equal (Instant.toText 253_402_300_799_999_999L<instant>) "9999-12-31T23:59:59.999999Z" ""

              Expect.equal (Instant.toText 253_402_300_800_000_000L<instant>) "253402300800000000 us" ""
              Expect.equal (Instant.toText Instant.beforeAll) "-4611686018427387904 us" ""

          testCase "before all there is room for any length either way"
          <| fun () ->
              for away in [ Duration.longest; 10L * Duration.longest; Duration.ofSeconds 1_000_000_000L ] do
                  Expect.isLessThan (Instant.subtract away Instant.beforeAll) Instant.beforeAll ""
                  Expect.isLessThan (Instant.add away Instant.beforeAll) (Hour.start Hour.first) "" ]
