/// Which segments a part is of (semantics.md section 12).
module Coverage.Tests.PartTests

open System
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage
open Coverage.CommandLine

let private hash (name: string) =
    Part.hash (ReadOnlySpan(Encoding.UTF8.GetBytes name))

/// An hour of segments as recorders name them, which begin alike.
let private names =
    [ for second in 0..1799 -> $"%02d{second / 30}:%02d{second % 30 * 2}.000000-2.0-full-.ts" ]

let private candidates: Candidate list =
    [ for name in names ->
          { Hash = hash name
            Size = int64 (1000 + name.Length) } ]

let private chosen part : Candidate list =
    let sample = Part.sample part candidates
    candidates |> List.filter (fun one -> sample.Includes one.Hash)

[<Tests>]
let parts =
    testList
        "the part that is verified"
        [ testCase "the texts of parts"
          <| fun () ->
              for text, part in
                  [ "all", Part.All
                    "5%", Part.Percent 5m
                    "0.5%", Part.Percent 0.5m
                    "100%", Part.Percent 100m
                    "2GB", Part.Bytes 2_000_000_000L
                    "1.5MB", Part.Bytes 1_500_000L
                    "20kB", Part.Bytes 20_000L
                    "1B", Part.Bytes 1L
                    "1/1", Part.Nth(1, 1)
                    "30/30", Part.Nth(30, 30) ] do
                  Expect.equal (Value.part text) (ValueSome part) text

              for text in
                  [ ""
                    "All"
                    "5"
                    "%"
                    "-1%"
                    "101%"
                    "1e1%"
                    "5 %"
                    "GB"
                    "2gb"
                    "2GiB"
                    "0GB"
                    "9999999TB"
                    ".5GB"
                    "0/3"
                    "4/3"
                    "1/0"
                    "1/2/3"
                    "+1/2"
                    "1/99999999999" ] do
                  Expect.equal (Value.part text) ValueNone text

          law "every name is in exactly one of the parts K/N"
          <| fun (name: Gen.Name) (PositiveInt parts) ->
              let hash = Part.hash (ReadOnlySpan name.Bytes)

              let holding =
                  [ for part in 1..parts do
                        if (Part.sample (Part.Nth(part, parts)) []).Includes hash then
                            part ]

              Expect.equal holding.Length 1 ""

          testCase "the parts K/N of an hour are about equal"
          <| fun () ->
              for parts in [ 2; 3; 10; 30 ] do
                  let counts = [ for part in 1..parts -> (chosen (Part.Nth(part, parts))).Length ]
                  let mean = names.Length / parts

                  Expect.isTrue
                      (counts |> List.forall (fun count -> count > mean / 2 && count < mean * 2))
                      $"{counts}"

          testCase "so many percent are so many segments, rounded up, and more hold those of less"
          <| fun () ->
              let percents = [ 0m; 0.01m; 5m; 33.3m; 100m ]

              for percent in percents do
                  let count = int (Math.Ceiling(1800m * percent / 100m))
                  Expect.equal (chosen (Part.Percent percent)).Length count $"{percent} %%"

              for one, more in List.pairwise percents do
                  let more = Set.ofList [ for it in chosen (Part.Percent more) -> it.Hash ]

                  Expect.isTrue
                      (chosen (Part.Percent one) |> List.forall (fun it -> more.Contains it.Hash))
                      ""

          testCase "so many bytes are the first in order of hash until they are reached"
          <| fun () ->
              for bytes in [ 1L; 1_031L; 100_000L; 1_000_000_000L ] do
                  let sizes = [ for one in chosen (Part.Bytes bytes) -> one.Size ]
                  let all = (candidates |> List.sumBy _.Size)
                  let last = (chosen (Part.Bytes bytes) |> List.maxBy _.Hash).Size
                  Expect.isTrue (List.sum sizes >= min bytes all) $"{bytes} are reached"
                  Expect.isTrue (List.sum sizes - last < bytes) $"{bytes} are not reached before the last"

          testCase "the hash of a name never changes"
          <| fun () ->
              // Else a part would be another after an update.
              Expect.equal (hash "00:00.000000-2.0-full-AAAA.ts") 1_209_631_950_611_232_373UL "" ]
