/// What the names in an hour's folder say.
module Coverage.Tests.ListingTests

open System
open System.Collections.Immutable
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open Coverage

let private hour: Hour = 489_618<hour>

/// Each name followed by `/`.
let private blockOf (names: byte[] list) : byte[] =
    names |> List.map (fun name -> Array.append name "/"B) |> Array.concat

let private read (names: byte[] list) : Listing =
    Listing.read hour (ReadOnlySpan(blockOf names))

let private texts (names: string list) =
    names |> List.map (fun name -> Encoding.UTF8.GetBytes name)

let private stem (name: byte[]) =
    let text = NameModel.latin1 name

    if text.EndsWith ".ts" then
        text.Substring(0, text.Length - 3)
    else
        text

/// A folder's names, each there once: segments, hidden ones, deletion marks of some of them and of none, other files.
let private names: Gen<byte[] list> =
    let latin1 (text: string) = Encoding.Latin1.GetBytes text

    let others =
        Gen.elements
            [ ""
              ".ts"
              ".a.ts"
              "a.ts"
              "a.tombstone"
              ".tombstone"
              "a.TS"
              "chat.json"
              "b.ts.tombstone"
              "ts"
              "tombstone"
              "x.tombstone.ts"
              "x.tombstone.tombstone" ]
        |> Gen.map latin1

    // No file's name holds a slash.
    let segment =
        Gen.name |> Gen.map (fun name -> name.Bytes |> Array.filter ((<>) (byte '/')))

    gen {
        let! segments = Gen.listOf segment |> Gen.resize 20

        let! marks =
            segments
            |> List.map (fun name ->
                Gen.frequency
                    [ 4, Gen.constant []
                      1, Gen.constant [ latin1 (stem name + ".tombstone") ]
                      1, Gen.constant [ latin1 (NameModel.latin1 name + ".tombstone") ]
                      1, Gen.constant [ latin1 ("." + NameModel.latin1 name) ] ])
            |> Gen.sequenceToList

        let! others = Gen.listOf others |> Gen.resize 5
        let! all = segments @ List.concat marks @ others |> List.distinct |> Gen.shuffle
        return List.ofArray all
    }

let private verdictOf (segment: Segment) =
    Instant.until segment.Start (Hour.start hour), segment.Duration, segment.Kind

[<Tests>]
let listing =
    testList
        "a listing"
        [ law
              "is the model's: the listed names that fit are segments, by start and else as listed, the others are bad"
          <| Prop.forAll (Arb.fromGen names) (fun names ->
              let listing = read names
              let judged = NameModel.listed names |> List.map NameModel.judge

              let expected =
                  judged
                  |> List.choose (fun verdict ->
                      match verdict with
                      | NameModel.Verdict.Bad -> None
                      | NameModel.Verdict.Segment(offset, duration, kind) ->
                          Some(
                              Duration.ofMicroseconds offset,
                              Duration.ofMicroseconds duration,
                              Convert.kind kind
                          ))
                  |> List.sortBy (fun (offset, _, _) -> offset)

              Expect.equal (listing.Folder.Segments |> Seq.map verdictOf |> List.ofSeq) expected ""
              Expect.equal listing.Folder.Bad (judged.Length - expected.Length) ""
              Expect.equal listing.Folder.Hour hour ""
              Expect.all listing.Folder.Segments (fun segment -> segment.Size = -1L) "no size is known")

          law "says where each segment's name begins"
          <| Prop.forAll (Arb.fromGen names) (fun names ->
              let listing = read names
              let block = blockOf names
              Expect.equal listing.NameStarts.Length listing.Folder.Segments.Length ""

              for segment, start in Seq.zip listing.Folder.Segments listing.NameStarts do
                  let name = (Listing.nameAt start (ReadOnlySpan block)).ToArray()
                  Expect.contains names name ""
                  Expect.equal (SegmentName.parseBytes hour (ReadOnlySpan name)) (Ok segment) "")

          law
              "keeps the first five bad names in the order of their bytes, each with what is wrong, and counts the re-coded"
          <| Prop.forAll (Arb.fromGen names) (fun names ->
              let expected =
                  NameModel.listed names
                  |> List.filter (fun name -> NameModel.judge name = NameModel.Verdict.Bad)

              let recoded = expected |> List.filter (fun name -> NameModel.fault name = "Recoded")

              Expect.equal (read(names).Recoded) recoded.Length ""

              let expected =
                  // Latin-1 text of bytes, compared by code, is in the order of the bytes.
                  expected
                  |> List.sortWith (fun one other ->
                      String.CompareOrdinal(Encoding.Latin1.GetString one, Encoding.Latin1.GetString other))
                  |> List.truncate 5
                  |> List.map (fun name ->
                      Ok(SegmentName.printable (ReadOnlySpan name)),
                      SegmentName.parseBytes hour (ReadOnlySpan name))

              let found =
                  read(names).BadNames
                  |> Seq.map (fun bad -> Ok bad.Name, Error bad.Error)
                  |> List.ofSeq

              Expect.equal found expected "")

          law "is the same whether the last name is followed by a slash or not"
          <| Prop.forAll (Arb.fromGen names) (fun names ->
              let block = blockOf names
              let without = Listing.read hour (ReadOnlySpan(block, 0, max 0 (block.Length - 1)))
              Expect.equal without (read names) "")

          testCase "has room for every name, the last one followed by a slash or not"
          <| fun () ->
              for block in
                  [ "11:11-2-full-.ts/12:12-2-full-.ts/13:13-2-full-.ts/"
                    "11:11-2-full-.ts/12:12-2-full-.ts/13:13-2-full-.ts"
                    "11:11-2-full-.ts" ] do
                  let listing = Listing.read hour (ReadOnlySpan(Encoding.UTF8.GetBytes block))
                  Expect.equal listing.Folder.Segments.Length ((block.Length + 1) / 17) block

          testCase "has room for many names, whatever bytes they have"
          <| fun () ->
              for digit in '0' .. '9' do
                  let names = [ for n in 1..100 -> $"11:11-2-temp-{String(digit, n)}.ts" ]
                  Expect.equal (read (texts names)).Folder.Segments.Length 100 $"{digit}"

          testCase
              "a deletion mark hides no name that is only the end of its own, nor a name that only ends with its own"
          <| fun () ->
              let listing =
                  texts
                      [ "x00:00-2-full-AAAA.tombstone"
                        "00:00-2-full-AAAA.ts"
                        "00:00-2-full-.tombstone"
                        "00:00-2-full-BB.ts"
                        "0:00-2-full-BB.tombstone" ]
                  |> read

              Expect.equal listing.Folder.Segments.Length 2 ""

          testCase "a mark of the empty name leaves the other marks what they are"
          <| fun () ->
              let listing =
                  texts [ ".tombstone"; "00:00-2-full-AAAA.tombstone"; "00:00-2-full-AAAA.ts" ]
                  |> read

              Expect.isTrue listing.Folder.Segments.IsEmpty ""

          law "takes any bytes"
          <| fun (block: byte[]) -> Listing.read hour (ReadOnlySpan block) |> ignore

          testCase "a deletion mark hides its segment, good or bad, whichever of the two is named first"
          <| fun () ->
              let listing =
                  texts
                      [ "00:00-2-full-AAAA.tombstone"
                        "00:00-2-full-AAAA.ts"
                        "00:02-2-full-AAAA.ts"
                        "00:02-2-full-AAAA.tombstone"
                        "bad.ts"
                        "bad.tombstone"
                        "00:04-2-full-AAAA.ts"
                        "00:04-2-full-AAAA.ts.tombstone" ]
                  |> read

              Expect.equal (listing.Folder.Segments.Length, listing.Folder.Bad) (1, 0) ""

          testCase "a mark named X.ts.tombstone beside a listed X.ts is reported, and hides nothing"
          <| fun () ->
              let listing =
                  texts [ "00:00.0-2-full-.ts"; "00:00.0-2-full-.ts.tombstone"; "gone.ts.tombstone" ]
                  |> read

              Expect.equal listing.Folder.Segments.Length 1 ""
              Expect.sequenceEqual listing.MarkedInVain [ "00:00.0-2-full-.ts" ] ""

          testCase
              "of many bad names all are counted and the first five by name kept, in whatever order they are listed"
          <| fun () ->
              let listing = read (texts [ for i in 9..-1..1 -> $"{i}.ts" ])
              Expect.equal listing.Folder.Bad 9 ""
              Expect.sequenceEqual (listing.BadNames |> Seq.map _.Name) [ for i in 1..5 -> $"{i}.ts" ] ""

          testCase "of many marks that hide nothing the first five by name are kept"
          <| fun () ->
              let name i = $"00:0{i}.0-2-full-.ts"

              let listing =
                  read (
                      texts
                          [ for i in 9..-1..1 do
                                yield! [ name i; name i + ".tombstone" ] ]
                  )

              Expect.sequenceEqual listing.MarkedInVain [ for i in 1..5 -> name i ] ""

          testCase "what is reported is a listed name or a mark, and nothing else"
          <| fun () ->
              for name, listed, mark in
                  [ "a.ts", true, false
                    ".a.ts", false, false
                    ".ts", false, false
                    "ts", false, false
                    "", false, false
                    "a.tombstone", false, true
                    ".tombstone", false, true
                    "a.tombstone.ts", true, false
                    "a.json", false, false ] do
                  let bytes = Encoding.UTF8.GetBytes name
                  Expect.equal (Listing.isListed (ReadOnlySpan bytes)) listed name
                  Expect.equal (Listing.isMark (ReadOnlySpan bytes)) mark name ]

/// The folder as files: printed names, which differ in their hashes, some with sizes that are not needed.
let private filesOf (folder: HourFolder) : (string * int64) list =
    [ for i in 0 .. folder.Segments.Length - 1 do
          SegmentName.print $"{i:D4}" folder.Segments[i], folder.Segments[i].Size

      for i in 1 .. folder.Bad do
          $"bad {i}.ts", 0L ]

let private anyFolder (archive: Model.Archive) : HourFolder list =
    archive.Folders |> List.map Convert.folder

[<Tests>]
let hourFolder =
    testList
        "an hour's folder"
        [ law "made of the files of a folder is that folder, its segments by start"
          <| fun (archive: Model.Archive) ->
              for folder in anyFolder archive do
                  let sorted = folder.Segments |> Seq.sortBy _.Start |> ImmutableArray.CreateRange

                  Expect.equal
                      (HourFolder.ofFiles folder.Hour (filesOf folder))
                      { folder with Segments = sorted }
                      ""

          testCase "takes a name that is no valid text, and two of the same with their own sizes"
          <| fun () ->
              let folder =
                  HourFolder.ofFiles
                      hour
                      [ "00:00-2-temp-\uD800.ts", 1L; "00:00-2-full-.ts", 2L; "00:00-2-full-.ts", 3L ]

              Expect.sequenceEqual (folder.Segments |> Seq.map _.Size) [ 1L; 2L; 3L ] ""

          law "given the sizes of some of its segments has those, and not the files that are gone"
          <| fun (archive: Model.Archive) (sizes: int64[]) ->
              for folder in anyFolder archive do
                  // The first ones in order, then back to front: the order of the questions does not matter.
                  let asked =
                      [ for i in 0 .. min sizes.Length folder.Segments.Length - 1 -> i, sizes[i] ]

                  let expected =
                      [ for i in 0 .. folder.Segments.Length - 1 do
                            match List.tryFind (fst >> (=) i) asked with
                            | Some(_, size) when size < 0L -> ()
                            | Some(_, size) -> { folder.Segments[i] with Size = size }
                            | None -> folder.Segments[i] ]

                  for asked in [ asked; List.rev asked ] do
                      let answered =
                          HourFolder.withSizes
                              (asked |> Seq.map fst |> ImmutableArray.CreateRange)
                              (asked |> Seq.map snd |> ImmutableArray.CreateRange)
                              folder

                      Expect.equal
                          answered
                          { folder with
                              Segments = ImmutableArray.CreateRange expected }
                          "" ]
