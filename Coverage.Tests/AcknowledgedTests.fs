/// The tables that a keeper writes, and files that change while the program runs.
module Coverage.Tests.AcknowledgedTests

open System
open System.Collections.Immutable
open System.IO
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.Host
open Coverage.Tests.Sandbox

let private parse (text: string) =
    List.ofSeq (AcknowledgedFile.Parse("known.csv", text))

/// The error of a file, and the line and the field that it names.
let private errorOf (read: unit -> 'T) : string * int option * string =
    try
        read () |> ignore
        failtest "no error"
    with :? KeeperFileException as error ->
        error.Message, Option.ofNullable error.Line, (error.Field |> Option.ofObj |> Option.defaultValue "")

type private Written =
    { Start: int64
      Length: int64
      Reason: string
      By: string }

let private anyText: Gen<string> =
    Gen.elements
        [ "\""
          ","
          "\r\n"
          "\n"
          "\r"
          " "
          "ä"
          "\u2028"
          "power cut"
          ";"
          "\t"
          "=1+1"
          "𝄞" ]
    |> Gen.listOf
    |> Gen.map (String.concat "")

let private written: Gen<Written list> =
    gen {
        let! start = Gen.choose64 (0L, 253_000_000_000_000_000L)
        let! length = Gen.choose64 (1L, 1L <<< 40)
        let! reason = anyText
        let! by = anyText

        return
            { Start = start
              Length = length
              Reason = "r" + reason
              By = if String.IsNullOrWhiteSpace by then "" else by }
    }
    |> Gen.listOf

let private time (written: Written) =
    Interval.create
        (Instant.ofMicroseconds written.Start)
        (Instant.ofMicroseconds (written.Start + written.Length))

/// How many lines of a file a text takes beyond its first.
let private lineEnds (text: string) =
    text.Replace("\r\n", "\n")
    |> Seq.filter (fun c -> c = '\n' || c = '\r')
    |> Seq.length

let private header = "stream,start,end,reason,by,until"
let private good = "c/source,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z,disk full"

[<Tests>]
let tables =
    testList
        "acknowledged"
        [ testPropertyWithConfig Gen.config "what is written is read again, with the line it begins on"
          <| Prop.forAll (Arb.fromGen written) (fun all ->
              use output = new StringWriter()
              AcknowledgedFile.WriteHeader output

              let lines =
                  [ for one in all do
                        1 + lineEnds (output.ToString())

                        AcknowledgedFile.WriteLine(
                            output,
                            "c,1/\"source\"",
                            time one,
                            one.Reason,
                            one.By,
                            "2026-01-01T00:00:00Z"
                        ) ]

              let read = parse (output.ToString())

              Expect.equal
                  [ for line in read -> line.Line, string line.Streams, line.Time, line.Reason, line.By ]
                  [ for one, line in List.zip all lines do
                        line,
                        "c,1/\"source\"",
                        time one,
                        one.Reason,
                        (if one.By = "" then ValueNone else ValueSome one.By) ]
                  "")

          testCase "what check writes is refused until each line has a reason, and then is what was missing"
          <| fun () ->
              use output = new StringWriter()
              AcknowledgedFile.WriteHeader output

              let missing =
                  [ Interval.create 1_000_000L<instant> 1_500_000L<instant>
                    Interval.create 2_000_001L<instant> 9_000_000L<instant> ]

              AcknowledgedFile.Write(output, "c", "source", missing)
              let text = output.ToString()
              let message, line, field = errorOf (fun () -> parse text)
              Expect.equal (line, field) (Some 2, "reason") message
              Expect.equal [ for line in parse (text.Replace("Z,,", "Z,why,")) -> line.Time ] missing ""

          testCase "a byte order mark, CRLF, empty lines at the end, fewer columns and quotes are fine"
          <| fun () ->
              let file = Path.GetTempFileName() + ".csv"

              File.WriteAllText(
                  file,
                  $"stream,start,end,reason,until\r\n{good}\r\n\"c/s\",2025-11-07 18:00:00.500000,2025-11-07T20:00:00+01:00,\"a \"\"b\"\"\",\r\n\r\n\r\n",
                  Text.UTF8Encoding true
              )

              try
                  let files = KeeperFiles([], [ file ], ImmutableArray.Empty, TimeProvider.System)

                  Expect.equal
                      [ for line in files.Acknowledged ->
                            line.Line, string line.Time, line.Reason, line.By.IsSome ]
                      [ 2, "[2025-11-07T18:00:00.000000Z, 2025-11-07T19:00:00.000000Z)", "disk full", false
                        3, "[2025-11-07T18:00:00.500000Z, 2025-11-07T19:00:00.000000Z)", "a \"b\"", false ]
                      ""
              finally
                  File.Delete file

          testList
              "an error names line and field:"
              [ let row = "c/source,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z,why"

                for name, text, line, field, says in
                    [ "nothing",
                      "",
                      1,
                      "",
                      "there is no header: the first line must be stream,start,end,reason,by,until"
                      "no header",
                      row,
                      1,
                      "",
                      "the header must be stream,start,end,reason,by,until (by and until may be left out)"
                      "a doubled column", "stream,stream,start,end,reason\n", 1, "", "the header must be"
                      "a doubled header", $"{header}\n{header}\n", 2, "", "the header stands here again"
                      "a semicolon file", header.Replace(',', ';'), 1, "", "the header must be"
                      "no glob",
                      $"{header}\n\nsource,{row.Substring 9}\n",
                      3,
                      "stream",
                      "'source' names no streams"
                      "a start in words",
                      $"{header}\nc/s,yesterday,2025-11-07T19:00:00Z,why",
                      2,
                      "start",
                      "'yesterday' is no instant: write 2025-11-07T18:00:00.5Z"
                      "a start without a zone",
                      $"{header}\nc/s,2025-11-07T18:00:00,2025-11-07T19:00:00Z,why",
                      2,
                      "start",
                      "is no instant"
                      "a day that is none",
                      $"{header}\nc/s,2025-11-31T18:00:00Z,2025-12-07T19:00:00Z,why",
                      2,
                      "start",
                      "is no instant"
                      "a time before 1970",
                      $"{header}\nc/s,1969-11-30T18:00:00Z,2025-12-07T19:00:00Z,why",
                      2,
                      "start",
                      "1970"
                      "no end", $"{header}\nc/s,2025-11-07T18:00:00Z,,why", 2, "end", "'' is no instant"
                      "an end at the start",
                      $"{header}\nc/s,2025-11-07T18:00:00Z,2025-11-07T18:00:00Z,why",
                      2,
                      "end",
                      "is not later than the start"
                      "a blank reason",
                      $"{header}\nc/s,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z, ",
                      2,
                      "reason",
                      "say why"
                      "a reason left out",
                      $"{header}\nc/s,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z",
                      2,
                      "reason",
                      "3 fields"
                      "too many fields", $"{header}\n{row},me,,x", 2, "until", "7 fields"
                      "an until in words", $"{header}\n{row},me,later", 2, "until", "is no instant"
                      "a line after a field of two lines",
                      $"{header}\nc/s,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z,\"a\nb\"\nc,,,",
                      4,
                      "stream",
                      "names no streams"
                      "an open quote",
                      $"{header}\n{row}\nc/s,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z,\"why\nmore",
                      3,
                      "reason",
                      "quotes do not close"
                      "text after a quote",
                      $"{header}\nc/s,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z,\"why\"y",
                      2,
                      "reason",
                      "quotes" ] do
                    testCase name
                    <| fun () ->
                        let message, atLine, atField = errorOf (fun () -> parse text)
                        Expect.equal (atLine, atField) (Some line, field) message
                        Expect.stringStarts message $"known.csv, line {line}" ""
                        Expect.stringContains message says "" ] ]

/// A clock that a test sets.
type private SetClock() =
    inherit TimeProvider()
    member val Now = DateTimeOffset(2025, 11, 8, 0, 0, 0, TimeSpan.Zero) with get, set
    override this.GetUtcNow() = this.Now

let private reasons (files: KeeperFiles) =
    [ for line in files.Acknowledged -> line.Reason ]

/// A file of acknowledgements that is looked at by a set clock.
let private watched act =
    let folder = Directory.CreateTempSubdirectory("segment-coverage-").FullName
    let path = Path.Combine(folder, "known.csv")
    let clock = SetClock()

    let write (reason: string) (age: float) =
        File.WriteAllText(path, $"{header}\nc/s,2025-11-07T18:00:00Z,2025-11-07T19:00:00Z,{reason}\n")
        File.SetLastWriteTimeUtc(path, clock.Now.UtcDateTime.AddSeconds -age)

    try
        write "first" 60.0
        act path clock write (KeeperFiles([], [ path ], ImmutableArray.Empty, clock))
    finally
        Directory.Delete(folder, true)

[<Tests>]
let files =
    testList
        "the keeper's files"
        [ testCase "are read again when they have changed, and only then"
          <| fun () ->
              watched (fun _ clock write files ->
                  Expect.isFalse (files.Look().HasChanged) "nothing has"
                  write "second" 30.0
                  Expect.isTrue (files.Look().HasChanged) "it has"
                  Expect.equal (reasons files) [ "second" ] ""
                  clock.Now <- clock.Now.AddHours 1.0
                  Expect.isFalse (files.Look().HasChanged) "nothing has again")

          testCase "are read again while their stamp is so young that another change may leave it"
          <| fun () ->
              watched (fun _ _ write files ->
                  write "one" 1.0
                  files.Look() |> ignore
                  write "two" 1.0
                  Expect.isTrue (files.Look().HasChanged) "same stamp, same size"
                  Expect.equal (reasons files) [ "two" ] "")

          testCase
              "hold what they last said while they cannot be used, and say since when, once for each change"
          <| fun () ->
              watched (fun path clock write files ->
                  let before = clock.Now
                  write "" 30.0
                  let look = files.Look()

                  Expect.equal
                      [ for problem in look.Failed -> problem.Kind, problem.Path, problem.Since ]
                      [ KeeperKind.Acknowledged, path, before ]
                      ""

                  Expect.stringContains look.Failed[0].What "known.csv, line 2, reason" ""
                  Expect.isFalse look.HasChanged "it holds"
                  Expect.equal (reasons files) [ "first" ] "what it said"
                  clock.Now <- clock.Now.AddHours 1.0
                  Expect.isEmpty (files.Look().Failed) "said already"
                  File.Delete path

                  Expect.stringContains
                      (files.Look().Failed[0].What)
                      "there is no such file"
                      "another problem"

                  Expect.equal [ for problem in files.Problems -> problem.Since ] [ before ] "since then"
                  Expect.isEmpty (files.Look().Failed) "said already"
                  write "first" 30.0
                  let look = files.Look()
                  Expect.equal (List.ofSeq look.Mended, look.HasChanged) ([ path ], false) "as it was"
                  Expect.isEmpty files.Problems "none")

          testCase "are followed when an editor puts another file in their place"
          <| fun () ->
              watched (fun path clock _ files ->
                  let other = path + ".new"
                  File.WriteAllText(other, File.ReadAllText(path).Replace("first", "newer"))
                  File.SetLastWriteTimeUtc(other, clock.Now.UtcDateTime.AddSeconds -20.0)
                  File.Move(other, path, true)
                  Expect.isTrue (files.Look().HasChanged) ""
                  Expect.equal (reasons files) [ "newer" ] "")

          testCase "that are there no more at the start, or are no text, are an error"
          <| fun () ->
              watched (fun path _ _ _ ->
                  let start () =
                      KeeperFiles([], [ path ], ImmutableArray.Empty, TimeProvider.System)

                  File.WriteAllBytes(path, [| 0xFFuy; 0xC3uy; 0x28uy; 0x41uy |])
                  let message, _, _ = errorOf start
                  Expect.stringContains message "UTF-8" ""
                  File.Delete path
                  let message, _, _ = errorOf start
                  Expect.stringContains message "there is no such file" "")

          testCase "expect nothing where they say nothing, and what the short form says"
          <| fun () ->
              let window = Interval.create 0L<instant> 10L<instant>
              let clock = TimeProvider.System

              Expect.isTrue
                  (KeeperFiles([], [], ImmutableArray.Empty, clock).Expected window).IsNone
                  "nothing was given"

              let always = ExpectedFile.Short(5L, Nullable())
              let files = KeeperFiles([], [], ImmutableArray.Create always, clock)
              let spans = (files.Expected window).Value

              Expect.equal
                  [ for span in spans -> int64 span.Time.Start, span.Time.End ]
                  [ 5L, Instant.afterAll ]
                  ""

              Expect.isTrue (Glob.matches "a" "b" spans[0].Streams) "every stream"

              Expect.isTrue
                  (obj.ReferenceEquals(
                      Runtime.InteropServices.ImmutableCollectionsMarshal.AsArray spans,
                      Runtime.InteropServices.ImmutableCollectionsMarshal.AsArray
                          (files.Expected window).Value
                  ))
                  "the same array again" ]
