/// Names of segments: the core's reader against the model's grammar, the printer, and what is said of bad names.
module Coverage.Tests.SegmentNameTests

open System
open System.Globalization
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open FSharp.Reflection
open Coverage

let private hour: Hour = 489_618<hour>

let private parse (name: byte[]) =
    SegmentName.parseBytes hour (ReadOnlySpan name)

/// What the core says, in the model's words.
let private verdict (parsed: Result<Segment, SegmentNameError>) : NameModel.Verdict =
    match parsed with
    | Error _ -> NameModel.Verdict.Bad
    | Ok segment ->
        NameModel.Verdict.Segment(
            int64 (Instant.until segment.Start (Hour.start hour)),
            int64 segment.Duration,
            match segment.Kind with
            | SegmentKind.Full -> Model.Kind.Full
            | SegmentKind.Suspect -> Model.Kind.Suspect
            | SegmentKind.Partial -> Model.Kind.Partial
            | _ -> Model.Kind.Temp
        )

let private faultOf: SegmentNameError -> string =
    let tagOf = FSharpValue.PreComputeUnionTagReader typeof<SegmentNameError>

    let names =
        [| for case in FSharpType.GetUnionCases typeof<SegmentNameError> -> case.Name |]

    fun error -> names[tagOf error]

/// Fails unless the core judges a name as the model does, and finds the same fault in a bad one.
let private isJudgedAlike (name: byte[]) =
    let shown () =
        SegmentName.printable (ReadOnlySpan name)

    let parsed = parse name

    if verdict parsed <> NameModel.judge name then
        failtest $"{shown ()} is {verdict parsed}"

    match parsed with
    | Error error when faultOf error <> NameModel.fault name -> failtest $"{shown ()}: {error}"
    | _ -> ()

/// A segment that lies in the hour, as a name can say it.
let private segment: Gen<Segment> =
    gen {
        let! offset =
            Gen.oneof [ Gen.elements [ 0L; 1L; 3_599_999_999L ]; Gen.choose64 (0L, 3_599_999_999L) ]

        let! duration =
            Gen.oneof
                [ Gen.elements [ 0L; 1L; 2_002_000L; NameModel.longest ]
                  Gen.choose64 (0L, NameModel.longest) ]

        let! kind =
            Gen.elements [ SegmentKind.Full; SegmentKind.Suspect; SegmentKind.Partial; SegmentKind.Temp ]

        return
            { Start = Instant.add (Duration.ofMicroseconds offset) (Hour.start hour)
              Duration = Duration.ofMicroseconds duration
              Size = 7L
              Kind = kind }
    }

[<Tests>]
let grammar =
    testList
        "segment names in the core"
        [ law "any name is judged as the model judges it"
          <| fun (name: Gen.Name) -> isJudgedAlike name.Bytes

          testCase "a good name with any byte in any place is judged as the model judges it"
          <| fun () ->
              let hashes =
                  [ "AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZaz09-_AZa"
                    for length in [ 0..3 ] @ [ 14..18 ] @ [ 31..34 ] @ [ 47..50 ] do
                        String('A', length) ]

              let names =
                  [ for hash in hashes do
                        $"59:58.5-2.002-suspect-{hash}.ts"
                    for kind in [ "full"; "suspect"; "partial"; "temp" ] do
                        $"00:00-86400-{kind}-AA.ts"
                        $"09:59.123456-0.9999999-{kind}-.ts"
                    "12:34.567899-1.2345678901-full-.ts"
                    "00:00.000000-2-temp-a.b.c.d.e.f.g.h.i.ts" ]

              for name in names do
                  let bytes = Encoding.UTF8.GetBytes name

                  for at in 0 .. bytes.Length - 1 do
                      let good = bytes[at]

                      for other in 0uy .. 255uy do
                          bytes[at] <- other
                          isJudgedAlike bytes

                      bytes[at] <- good

          testCase "a good name without a byte, or with one more, is judged as the model judges it"
          <| fun () ->
              for name in
                  [ "59:58.5-2.002-suspect-AA.ts"
                    "00:00-2-full-.ts"
                    "00:00.123456-2-temp-A.ts" ] do
                  let bytes = Encoding.UTF8.GetBytes name

                  for at in 0 .. bytes.Length - 1 do
                      isJudgedAlike (Array.removeAt at bytes)

                      for other in "0.-:A"B do
                          isJudgedAlike (Array.insertAt at other bytes)

          testCase "of several faults the first is reported"
          <| fun () ->
              for time in [ "00:00"; "00:00.123456"; "00:0"; "60:60"; "00:60.5" ] do
                  for duration in [ "2"; "2."; "86401" ] do
                      for kind in [ "full"; "temp"; "Full" ] do
                          for hash in [ "AA"; "A"; "A+" ] do
                              isJudgedAlike (Encoding.UTF8.GetBytes $"{time}-{duration}-{kind}-{hash}.ts")

          law "any text is judged as its bytes in UTF-8 are"
          <| fun (characters: char[]) ->
              let text = $"00:00-1-temp-{String characters}.ts"
              Expect.equal (SegmentName.parse hour text) (parse (Encoding.UTF8.GetBytes text)) ""
              let text = String characters
              Expect.equal (SegmentName.parse hour text) (parse (Encoding.UTF8.GetBytes text)) ""

          testCase
              "a million names, random bytes, changed and cross-bred ones, are judged as the model judges them"
          <| fun () ->
              let count = 1_000_000
              let random = Random 20251107

              let pool =
                  Gen.sampleWithSeed (Rnd 20251107UL) 50 4000 Gen.name
                  |> Seq.map _.Bytes
                  |> Array.ofSeq

              // The bytes that names are made of, so that a change often leaves a name that fits.
              let letters = "0123456789.:-_AZaz =fulspectmri\n"B

              let byteOf () =
                  if random.Next 4 = 0 then
                      byte (random.Next 256)
                  else
                      letters[random.Next letters.Length]

              let changed (name: byte[]) =
                  let bytes = ResizeArray name

                  for _ in 1 .. random.Next 4 do
                      let at = random.Next(bytes.Count + 1)

                      match random.Next 3 with
                      | 0 -> bytes.Insert(at, byteOf ())
                      | 1 when at < bytes.Count -> bytes.RemoveAt at
                      | _ when at < bytes.Count -> bytes[at] <- byteOf ()
                      | _ -> bytes.Add(byteOf ())

                  bytes.ToArray()

              let crossed (a: byte[]) (b: byte[]) =
                  // Most often where both have a dash, so that whole fields change places.
                  let cut (name: byte[]) =
                      match Array.IndexOf(name, byte '-', random.Next(name.Length + 1)) with
                      | -1 -> random.Next(name.Length + 1)
                      | at -> at

                  Array.append a[.. cut a - 1] b[cut b ..]

              let next () =
                  let one () = pool[random.Next pool.Length]

                  match random.Next 10 with
                  | 0 -> Array.init (random.Next 40) (fun _ -> byteOf ())
                  | 1 -> Array.append (Array.init (random.Next 40) (fun _ -> byteOf ())) ".ts"B
                  | 2
                  | 3
                  | 4 -> crossed (one ()) (one ())
                  | _ -> changed (one ())

              let mutable good = 0

              for _ in 1..count do
                  let name = next ()
                  isJudgedAlike name

                  if NameModel.judge name <> NameModel.Verdict.Bad then
                      good <- good + 1

              // Neither verdict is rare.
              Expect.isTrue (count / 10 < good && good < count * 9 / 10) $"{good} of {count} fit"

          law "a printed name is read as the segment it was, of unknown size"
          <| Prop.forAll (Arb.fromGen (Gen.zip segment Gen.hash)) (fun (segment, hash) ->
              Expect.equal
                  (SegmentName.parse hour (SegmentName.print hash segment))
                  (Ok { segment with Size = -1L })
                  "")

          law "printing a name that was read says the same again"
          <| Prop.forAll (Arb.fromGen Gen.validName) (fun name ->
              match parse name.Bytes with
              | Ok segment ->
                  Expect.equal (SegmentName.parse hour (SegmentName.print "" segment)) (Ok segment) ""
              | Error error -> failtest (string error))

          testCase "a name is printed with six decimals of the start and as few as it takes of the duration"
          <| fun () ->
              let segment =
                  { Start = Instant.add (Duration.ofMicroseconds 3_598_500_000L) (Hour.start hour)
                    Duration = Duration.ofMicroseconds 2_002_000L
                    Size = -1L
                    Kind = SegmentKind.Suspect }

              Expect.equal (SegmentName.print "A-_9" segment) "59:58.500000-2.002-suspect-A-_9.ts" "" ]

[<Tests>]
let errors =
    let says (name: string) error sentence =
        testCase $"%A{name}: {sentence}"
        <| fun () ->
            Expect.equal (SegmentName.parse hour name) (Error error) ""
            Expect.equal (string error) sentence ""

    testList
        "what is said of a bad name"
        [ says
              "00:00-2-full-.TS"
              (SegmentNameError.NoSuffix "00:00-2-full-.TS")
              "the name '00:00-2-full-.TS' does not end in '.ts'"
          says
              "12：34.5-2-full-.ts"
              (SegmentNameError.Recoded "12：34.5-2-full-.ts")
              "the name '12：34.5-2-full-.ts' is re-coded: a copying tool wrote something else for the ':' in it; copy the files with their own names"
          says
              "12%3A34.5-2-full-.ts"
              (SegmentNameError.Recoded "12%3A34.5-2-full-.ts")
              "the name '12%3A34.5-2-full-.ts' is re-coded: a copying tool wrote something else for the ':' in it; copy the files with their own names"
          says
              "12_34-2.002-suspect-A-B_.ts"
              (SegmentNameError.Recoded "12_34-2.002-suspect-A-B_.ts")
              "the name '12_34-2.002-suspect-A-B_.ts' is re-coded: a copying tool wrote something else for the ':' in it; copy the files with their own names"
          says
              "12-34-2-full-.ts"
              (SegmentNameError.Recoded "12-34-2-full-.ts")
              "the name '12-34-2-full-.ts' is re-coded: a copying tool wrote something else for the ':' in it; copy the files with their own names"
          for colon in [ "﹕"; "ː"; "\uF03A"; "\uF022" ] do
              let name = $"12{colon}34.5-2-full-.ts"

              let shown =
                  SegmentName.printable (System.ReadOnlySpan(System.Text.Encoding.UTF8.GetBytes name))

              says
                  name
                  (SegmentNameError.Recoded shown)
                  $"the name '{shown}' is re-coded: a copying tool wrote something else for the ':' in it; copy the files with their own names"
          says
              "12_61-2-full-.ts"
              (SegmentNameError.TimeForm "12_61")
              "TIME is '12_61', not MM:SS or MM:SS with one to six decimals"
          says
              ".ts"
              (SegmentNameError.TooFewDashes ".ts")
              "the name '.ts' is not of the form TIME-DURATION-TYPE-HASH.ts"
          says
              "00:00-2-full.ts"
              (SegmentNameError.TooFewDashes "00:00-2-full.ts")
              "the name '00:00-2-full.ts' is not of the form TIME-DURATION-TYPE-HASH.ts"
          says
              "00:00.-2-full-.ts"
              (SegmentNameError.TimeForm "00:00.")
              "TIME is '00:00.', not MM:SS or MM:SS with one to six decimals"
          says
              "60:00-2-full-.ts"
              (SegmentNameError.MinuteRange "60:00")
              "TIME is '60:00', with a minute over 59"
          says
              "00:60.5-2-full-.ts"
              (SegmentNameError.SecondRange "00:60.5")
              "TIME is '00:60.5', with a second over 59"
          says
              "00:00-inf-full-.ts"
              (SegmentNameError.DurationForm "inf")
              "DURATION is 'inf', not a number of seconds such as 2 or 2.002"
          says
              "00:00-86400.000001-full-.ts"
              (SegmentNameError.DurationRange "86400.000001")
              "DURATION is '86400.000001', over 86400 seconds"
          says
              "00:00-2-Full-.ts"
              (SegmentNameError.UnknownType "Full")
              "TYPE is 'Full', not full, suspect, partial or temp"
          says
              "00:00-2-full-A+\n.ts"
              (SegmentNameError.HashForm @"A+\x0A")
              @"HASH is 'A+\x0A', with a character that base64url does not have"
          says
              "00:00-2-full-A.ts"
              (SegmentNameError.HashLength "A")
              "HASH is 'A', of a length that no base64url text has"

          law "what is said of a bad name is one line that a terminal can show"
          <| fun (name: Gen.Name) ->
              match parse name.Bytes with
              | Ok _ -> ()
              | Error error -> Expect.isFalse (string error |> Seq.exists Char.IsControl) "" ]

/// The bytes that a shown text stands for.
let private unprintable (shown: string) : byte[] =
    let rec read at (bytes: byte list) =
        if at = shown.Length then
            bytes |> List.rev |> Array.ofList
        elif shown[at] = '\\' then
            let value =
                Byte.Parse(shown.AsSpan(at + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)

            read (at + 4) (value :: bytes)
        else
            let rune = Rune.GetRuneAt(shown, at)
            let utf8 = Encoding.UTF8.GetBytes(string rune) |> List.ofArray
            read (at + rune.Utf16SequenceLength) (List.rev utf8 @ bytes)

    read 0 []

/// Whether nothing in a text moves the cursor, hides or turns text round, but for what is allowed.
let private isHarmless (allowed: Rune list) (text: string) : bool =
    text.EnumerateRunes()
    |> Seq.forall (fun rune ->
        List.contains rune allowed
        || match Rune.GetUnicodeCategory rune with
           | UnicodeCategory.Control
           | UnicodeCategory.Format
           | UnicodeCategory.LineSeparator
           | UnicodeCategory.ParagraphSeparator
           | UnicodeCategory.PrivateUse
           | UnicodeCategory.OtherNotAssigned -> false
           | _ -> true)

[<Tests>]
let percentEncoded =
    let anyName =
        Gen.elements
            [ "a"
              "%"
              "1"
              "B"
              "%1B"
              "\n"
              "\r"
              "\u001b[2J"
              "\u009b"
              "\u202E"
              "\u2028"
              "é"
              "日"
              "😀"
              "\U000E0001" ]
        |> Gen.arrayOf
        |> Gen.map (String.concat "")
        |> Arb.fromGen

    testList
        "encoding a name"
        [ law "nothing is left that a terminal would obey, but line ends"
          <| Prop.forAll anyName (fun name ->
              Expect.isTrue (isHarmless [ Rune '\n' ] (SegmentName.percentEncoded name)) "")

          law "decoding gives the name back"
          <| Prop.forAll anyName (fun name ->
              Expect.equal (Uri.UnescapeDataString(SegmentName.percentEncoded name)) name "")

          testCase "a usual name stays as it is, a percent sign too unless it would read as a code"
          <| fun () ->
              for name, expected in
                  [ "desertbus", "desertbus"
                    "50% \"é\\😀\n", "50% \"é\\😀\n"
                    "%1", "%1"
                    "%1B", "%251B"
                    "\u001b\r", "%1B%0D"
                    "\u202E", "%E2%80%AE" ] do
                  Expect.equal (SegmentName.percentEncoded name) expected "" ]

[<Tests>]
let printable =
    let anyBytes =
        let pieces =
            Gen.elements
                [ "a"
                  "\\"
                  "\\x0A"
                  "\n"
                  "\u001b[2J"
                  "\u0085"
                  "\u202E"
                  "\u2028"
                  "\u2029"
                  "\u0378"
                  "é"
                  "日本"
                  "😀"
                  "\uFFFD"
                  "\uE000"
                  "\U000E0001" ]
            |> Gen.map Encoding.UTF8.GetBytes

        let rawBytes =
            Gen.oneof [ Gen.choose (0, 255); Gen.choose (0x80, 0xFF) ]
            |> Gen.map byte
            |> Gen.arrayOf
            |> Gen.resize 5

        Gen.oneof [ pieces; rawBytes ]
        |> Gen.arrayOf
        |> Gen.map Array.concat
        |> Gen.resize 10

    testList
        "showing a name"
        [ law "nothing is shown that moves the cursor, hides or turns text round"
          <| Prop.forAll (Arb.fromGen anyBytes) (fun bytes ->
              Expect.isTrue (isHarmless [] (SegmentName.printable (ReadOnlySpan bytes))) "")

          testCase "what moves the cursor, hides or turns text round is shown as its bytes"
          <| fun () ->
              for text, expected in
                  [ "\u001b", @"\x1B"
                    "\u202E", @"\xE2\x80\xAE"
                    "\u2028", @"\xE2\x80\xA8"
                    "\u2029", @"\xE2\x80\xA9"
                    "\uE000", @"\xEE\x80\x80"
                    "\u0378", @"\xCD\xB8"
                    "\\", @"\x5C" ] do
                  Expect.equal (SegmentName.printable (ReadOnlySpan(Encoding.UTF8.GetBytes text))) expected ""

          law "the file can be found: what is shown stands for the very bytes"
          <| Prop.forAll (Arb.fromGen anyBytes) (fun bytes ->
              Expect.equal (unprintable (SegmentName.printable (ReadOnlySpan bytes))) bytes "")

          law "a text of letters, digits and signs is shown as it is"
          <| Prop.forAll
              (Gen.elements "aZ09.:-_ ~'ßé日" |> Gen.arrayOf |> Gen.map String |> Arb.fromGen)
              (fun text ->
                  Expect.equal (SegmentName.printable (ReadOnlySpan(Encoding.UTF8.GetBytes text))) text "") ]
