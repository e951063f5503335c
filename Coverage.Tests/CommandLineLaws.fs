/// Laws of the command line, over words and variables of any kind.
module Coverage.Tests.CommandLineLaws

open System
open System.Collections.Immutable
open System.Globalization
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage.CommandLine
open Coverage.Tests.Asking

/// How programs and people write an instant, as .NET's formats; the last ones give the day alone.
let private writings =
    let invariant (format: string) (time: DateTime) =
        time.ToString(format, CultureInfo.InvariantCulture)

    [ for format in
          [ "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"
            "yyyy-MM-dd HH:mm:ss.ffffff"
            "yyyy-MM-dd HH:mm:ss.ffffff 'UTC'"
            "yyyyMMdd'T'HHmmss'Z'"
            "R"
            "MMM d yyyy h:mm:ss tt"
            "d MMMM yyyy HH:mm"
            "yyyy-MM-dd'T'HH"
            "yyyy-MM-dd"
            "MMMM d, yyyy" ] do
          invariant format

      for offset in [ 14.0; 5.5; -3.0 ] do
          fun time ->
              invariant "yyyy-MM-dd'T'HH:mm:ss.ffffff" (time.AddHours offset)
              + (TimeSpan.FromHours(abs offset)).ToString(if offset < 0 then "'-'hh':'mm" else "'+'hhmm") ]

/// The longest of these that a writing tells: what is finer is not in it.
let private finenesses =
    [ TimeSpan.FromMicroseconds 1.0
      TimeSpan.FromSeconds 1.0
      TimeSpan.FromMinutes 1.0
      TimeSpan.FromHours 1.0
      TimeSpan.FromDays 1.0 ]

/// Texts that a word may hold: plain ones, and ones that a parser or a terminal may stumble over.
let private text: Gen<string> =
    let letter =
        Gen.frequency
            [ 6, Gen.elements (List.ofSeq "abz019.,:T-/= ")
              2, Gen.elements (List.ofSeq "\000\n\r\t\027\127\155\u2028\u202e\u200b\ud800\udc00ä٣") ]

    Gen.sized (fun size -> Gen.choose (0, min 8 size))
    |> Gen.bind (fun length -> Gen.arrayOfLength length letter)
    |> Gen.map String

/// A word that begins with '-' and is no option, nor the bare `--`.
let private noOption: Gen<string> =
    let option = Gen.elements allOptions

    Gen.oneof
        [ text |> Gen.map (fun text -> "-x" + text)
          text |> Gen.map (fun text -> "--x-" + text)
          option |> Gen.map (fun option -> option.Substring 1)
          option |> Gen.map _.ToUpperInvariant()
          Gen.map2 (fun option text -> option + "x" + text) option text
          Gen.map2 (fun option text -> option + ":" + text) option text
          Gen.map2 (fun option text -> option + " " + text) option text
          Gen.constant "-"
          Gen.constant "---" ]

let private word: Gen<string> =
    let usable = specimens |> List.choose _.Value

    Gen.frequency
        [ 4, Gen.elements allOptions
          4, Gen.elements usable
          2, Gen.elements [ "check"; "cut"; "map"; "serve"; "--"; "a"; "b"; ""; ".." ]
          2, text
          1, noOption
          2, Gen.map2 (fun option value -> $"{option}={value}") (Gen.elements allOptions) text
          1,
          Gen.map2 (fun option value -> $"{option}={value}") (Gen.elements allOptions) (Gen.elements usable) ]

let private words: Gen<string list> =
    Gen.choose (0, 6) |> Gen.bind (fun length -> Gen.listOfLength length word)

let private variables: Gen<(string * string) list> =
    let one =
        Gen.zip
            (Gen.elements ("WUBLOADER_LOG_LEVEL" :: List.map variable allOptions))
            (Gen.oneof [ word; Gen.elements [ "1"; "TRUE"; "0" ] ])

    Gen.choose (0, 3) |> Gen.bind (fun length -> Gen.listOfLength length one)

let private law name (gen: Gen<'a>) (holds: 'a -> unit) =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = 1000 }
        name
        (Prop.forAll (Arb.fromGen gen) holds)

/// Everything that the host may print of an outcome.
let private printed (outcome: Outcome) =
    match outcome with
    | Outcome.Run options -> sprintf "%A" options + String.Join("\n", options.Warnings)
    | Outcome.Help text
    | Outcome.Refused(text, _) -> text
    | Outcome.Version -> ""

let private isRaw (letter: char) =
    Char.IsControl letter
    || letter = '\u2028'
    || letter = '\u202e'
    || letter = '\u200b'

[<Tests>]
let laws =
    testList
        "laws of the command line"
        [ law
              "an instant in any writing is that instant, cut down to what the writing tells"
              (Gen.zip
                  (Gen.elements writings)
                  (Gen.map2
                      (fun day (microseconds: int64) ->
                          DateTime(1950, 1, 2).AddDays(float day).AddTicks(microseconds * 10L))
                      (Gen.choose (0, 2_900_000))
                      (Gen.choose64 (0L, 86_399_999_999L))))
          <| fun (write, time) ->
              let text = write time

              match Moment.Read text with
              | Moment.At microseconds ->
                  let read = DateTime.UnixEpoch.AddTicks(microseconds * 10L)

                  let cuts =
                      finenesses |> List.map (fun it -> time.AddTicks(-(time.Ticks % it.Ticks)))

                  Expect.contains cuts read text
                  Expect.equal (write read) text "nothing that is written is lost"
              | other -> failtestf "%s is %A" text other

          law
              "a day with the month as a number in the middle or in front is read when it can be one day only"
              (Gen.zip3 (Gen.choose (1, 28)) (Gen.choose (1, 12)) (Gen.elements [ "/"; "-"; "." ]))
          <| fun (day, month, separator) ->
              let at (day: int) (month: int) =
                  let days = (DateTime(2026, month, day) - DateTime.UnixEpoch).Days
                  Moment.At(int64 days * 86_400_000_000L)

              for text in
                  [ $"{day}{separator}{month}{separator}2026"
                    $"{month}{separator}{day}{separator}2026" ] do
                  match Moment.Read text with
                  | Moment.Ambiguous days ->
                      Expect.isTrue (day <= 12 && day <> month) text

                      Expect.equal
                          (List.sort days)
                          (List.sort [ DateOnly(2026, month, day); DateOnly(2026, day, month) ])
                          text
                  | read ->
                      Expect.isTrue (day > 12 || day = month) text
                      Expect.equal read (at day month) text

          law "no words and no environment make Parse throw; a refusal is 64" (Gen.zip words variables)
          <| fun (words, variables) ->
              match parse variables words with
              | Outcome.Refused(_, code) -> Expect.equal code 64 ""
              | _ -> ()

          law "nothing that a terminal might obey is raw in a refusal or a warning" (Gen.zip words variables)
          <| fun (words, variables) ->
              match parse variables words with
              | Outcome.Refused(text, _) ->
                  Expect.equal (String.filter isRaw text) "\n" "two lines, and no more"
              | Outcome.Run options -> Expect.isFalse (Seq.exists (String.exists isRaw) options.Warnings) ""
              | _ -> ()

          law
              "what begins with '-' and is no option is refused"
              (Gen.zip3 noOption (Gen.elements [ []; [ "check" ]; [ "a"; "--strict" ] ]) variables)
          <| fun (word, before, variables) ->
              for after in [ []; [ "a" ]; [ "--strict" ] ] do
                  refusal variables (before @ [ word ] @ after) |> ignore

          law
              "--name=value is --name value"
              (Gen.zip3 (Gen.elements valuedOptions) word (Gen.elements [ []; [ "check"; "a" ] ]))
          <| fun (option, value, before) ->
              let joined = before @ [ $"{option}={value}" ]
              let apart = before @ [ option; value ]

              // A '-' alone is the standard input, for the options that read it.
              let isInput = value = "-" && List.contains option [ "--names"; "--intervals" ]

              if value.StartsWith '-' && not isInput then
                  Expect.stringContains (refusal [] joined) option ""
                  Expect.stringContains (refusal [] apart) option ""
              else
                  Expect.equal (plain (parse [] joined)) (plain (parse [] apart)) ""

          law
              "the environment takes what the command line takes"
              (Gen.zip
                  (specimens
                   |> List.filter (fun it -> it.Value.IsSome && not it.NeedsItself)
                   |> Gen.elements)
                  (Gen.oneof [ word; Gen.elements (List.choose _.Value specimens) ]))
          <| fun (it, value) ->
              // An empty variable is no value.
              let value = if value = "" then "x" else value
              let option, before = it.Option, it.After

              match parse [ variable option, value ] before, parse [] (before @ [ $"{option}={value}" ]) with
              | Outcome.Refused(text, _), Outcome.Refused _ -> Expect.stringContains text (variable option) ""
              | Outcome.Run one, Outcome.Run other ->
                  let quiet (options: Options) =
                      plain (
                          Outcome.Run
                              { options with
                                  Warnings = ImmutableArray.Empty }
                      )

                  Expect.equal (quiet one) (quiet other) ""
              | one, other -> failtestf "%A but %A" one other

          law
              "the command line wins over the environment"
              (Gen.zip (Gen.elements specimens) (Gen.map (fun text -> text + "x") text))
          <| fun (it, text) ->
              let words = it.Option :: Option.toList it.Value
              Expect.equal (plain (parse [ variable it.Option, text ] words)) (plain (parse [] words)) ""

          law
              "a connection string is in no text"
              (Gen.zip3 (Gen.zip text text) (Gen.zip words words) variables)
          <| fun ((head, tail), (before, after), variables) ->
              // Some of these are well formed, with the secret as a value, and most are not.
              let secret = "password=" + head + "hunter2" + tail
              let variables = (variable "--connection-string", secret) :: variables

              for given in
                  [ [ "--connection-string"; secret ]
                    [ $"--connection-string={secret}" ]
                    [ $"--connection-strin={secret}" ]
                    [ "--"; $"--connection-string={secret}" ]
                    [] ] do
                  // A word that waits for its value, or the bare `--`, would make another thing of the secret.
                  let before =
                      before
                      |> List.filter (fun word -> not (List.contains word ("--" :: valuedOptions)))

                  Expect.isFalse ((printed (parse variables (before @ given @ after))).Contains "hunter2") "" ]
