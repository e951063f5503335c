/// What the service lists of its hours for the nodes of a fleet: digests, and names.
module Coverage.Tests.HourListingsTests

open System
open System.IO
open System.Net.Http
open System.Text
open Expecto
open FsCheck
open Coverage
open Coverage.Host
open Coverage.Tests.Sandbox
open Coverage.Tests.ApiTests

let private block (names: string seq) =
    ReadOnlySpan(Encoding.UTF8.GetBytes(String.concat "" [ for name in names -> name + "/" ]))

/// The digest of an hour's folder as the core makes it of the names that lie there.
let private digestOf (archive: Folder) (stream: string) (hour: string) : string * string * string =
    let names =
        [ for path in Directory.GetFileSystemEntries(archive.At $"{stream}/{hour}") ->
              nonNull (Path.GetFileName path) ]

    let read = HourNames.read (Hour.tryParse hour).Value (block names)
    hour, string read.Count, read.Digest.ToString "x32"

let private digests (service: Service) query =
    [ for hour in items (json service $"digests?{query}")?items ->
          text hour?hour, text hour?count, text hour?digest ]

[<Tests>]
let tests =
    testList
        "what hours list"
        [ archiveTest "digests are of what is listed and of the marks, in every hour there is a folder of"
          <| fun archive ->
              for path, size in RecordedTests.manifest "C" do
                  archive.File(path, size)

              archive.Files("desertbus/source/2026-11-24T10", [])
              archive.Files("desertbus/source/odd", [ "x" ])
              archive.File("desertbus/source/zz", 0L)
              archive.File("desertbus/source/.hidden", 0L)
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()
              let hours = [ "2026-11-24T08"; "2026-11-24T09"; "2026-11-24T10" ]

              Expect.equal
                  (digests service one)
                  [ for hour in hours -> digestOf archive "desertbus/source" hour ]
                  "as the core makes them"

              let answer = json service $"digests?{one}"
              Expect.equal (text answer?count) "3" ""
              Expect.equal [ for file in items answer?files -> text file ] [ "zz" ] "files"
              Expect.equal [ for folder in items answer?folders -> text folder ] [ "odd" ] "folders"

              let lines = (ask service $"digests?{one}&format=text").Text

              Expect.equal
                  lines
                  ("#hour count digest\n"
                   + String.concat
                       ""
                       [ for hour, count, digest in digests service one -> $"{hour} {count} {digest}\n" ])
                  "as text"

          archiveTest "the entity tag is another when a name is, and only then"
          <| fun archive ->
              use service = onExample archive

              let tagged known =
                  let headers = [ for tag in Option.toList known -> "If-None-Match", tag ]
                  let answer = send HttpMethod.Get headers service $"/api/v1/digests?{one}"
                  answer.Status, answer.Headers["etag"]

              let status, tag = tagged None
              Expect.equal status 200 "new"
              Expect.equal (tagged (Some tag)) (304, tag) "known"
              service.AwaitRound()
              Expect.equal (tagged (Some tag)) (304, tag) "another round changes nothing"
              let folder = archive.At "desertbus/source/2025-11-07T18"
              Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow)
              Expect.equal (tagged (Some tag)) (304, tag) "nor does a stamp"
              File.WriteAllText(Path.Combine(folder, "chat.json"), "")
              Expect.equal (tagged (Some tag)) (304, tag) "nor what is no segment"
              let added = Path.Combine(folder, "00:50.0-5-full-AAAA.ts")
              File.WriteAllText(added, "")
              let status, other = tagged (Some tag)
              Expect.equal status 200 "a name more"
              Expect.notEqual other tag ""
              File.Move(added, Path.Combine(folder, "00:50.0-5-full-AAAA.tombstone"))
              let status, marked = tagged (Some other)
              Expect.equal status 200 "a mark instead"
              File.Delete(Path.Combine(folder, "00:50.0-5-full-AAAA.tombstone"))
              Expect.notEqual marked other ""
              Expect.equal (tagged (Some tag)) (304, tag) "as it was"

          archiveTest "an hour is read again when the stamp of its folder moved"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              let folder = archive.At "desertbus/source/2025-11-07T18"
              // A stamp that is old: a change must move it.
              tool [ "touch"; "-d"; "2025-11-08"; folder ]
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()
              let earlier = digests service one
              archive.File("desertbus/source/2025-11-07T18/00:50.0-5-full-AAAA.ts", 0L)
              Expect.notEqual (digests service one) earlier "it moved the stamp"

              Expect.equal
                  (digests service one)
                  [ digestOf archive "desertbus/source" "2025-11-07T18" ]
                  "so it was read"

          archiveTest "names are those that are listed and the marks, with the sizes that can decide"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              let folder = "desertbus/source/2025-11-07T18"

              for name in
                  [ "00:30.0-5-full-AAAF.tombstone"
                    "00:55.0-1-full-AAAA.tombstone"
                    "chat.json"
                    ".x.ts"
                    "bad #1%.ts"
                    "ä.ts"
                    "00:56.0-5-temp-x.ts" ] do
                  archive.File($"{folder}/{name}", 3L)

              use service = new Service(archive, [])
              service.AwaitReady()
              let answer = json service $"names?{oneHour}"

              Expect.equal
                  (text answer?hour, text answer?count, text answer?digest)
                  (digestOf archive "desertbus/source" "2025-11-07T18")
                  ""

              Expect.equal
                  [ for name in items answer?names -> text name ]
                  [ "%C3%A4.ts"
                    "00:00.0-10-full-AAAA.ts"
                    "00:10.004-10-full-AAAB.ts"
                    "00:19.0-4-partial-AAAC.ts"
                    "00:19.0-4-partial-AAAD.ts"
                    "00:30.0-5-full-AAAF.tombstone"
                    "00:30.0-5-suspect-AAAE.ts"
                    "00:32.0-1-full-AAAG.ts"
                    "00:35.0-5-suspect-AAAH.ts"
                    "00:55.0-1-full-AAAA.tombstone"
                    "00:56.0-5-temp-x.ts"
                    "bad%20%231%25.ts" ]
                  "names"

              Expect.equal
                  [ for one in items answer?sizes -> text one?name, text one?size ]
                  [ "00:19.0-4-partial-AAAC.ts", "7"
                    "00:19.0-4-partial-AAAD.ts", "9"
                    "00:30.0-5-suspect-AAAE.ts", "1"
                    "00:35.0-5-suspect-AAAH.ts", "1" ]
                  "sizes"

              let lines = (ask service $"names?{oneHour}&format=text").Text.Split '\n'

              Expect.equal
                  lines[0..4]
                  [| "#name size"
                     "%C3%A4.ts -"
                     "00:00.0-10-full-AAAA.ts -"
                     "00:10.004-10-full-AAAB.ts -"
                     "00:19.0-4-partial-AAAC.ts 7" |]
                  "as text"

          archiveTest "what is not there is not found; what is gone, or not watched, is no answer"
          <| fun archive ->
              archive.Files("desertbus/480p/2025-11-07T18", [ "00:00.0-10-full-AAAA.ts" ])
              archive.Files("notes/source", [ "2025" ])
              archive.Files("marked/source/2025-11-07T18", [ "00:00.0-10-full-AAAA.tombstone" ])
              use service = onExample archive
              let status path = (ask service path).Status

              let of' (channel: string) (quality: string) =
                  $"channel={Uri.EscapeDataString channel}&quality={Uri.EscapeDataString quality}"

              for channel, quality in
                  [ "other", "source"
                    "notes", "source"
                    "..", "desertbus"
                    "desertbus/source", ".."
                    ".", "source"
                    "desertbus\000", "source"
                    "", "source" ] do
                  Expect.equal (status $"digests?{of' channel quality}") 404 channel
                  Expect.equal (status $"names?{of' channel quality}&hour=2025-11-07T18") 404 channel

              Expect.equal
                  (text (ask service $"names?{one}&hour=2025-11-07T20").Json?parameter)
                  "hour"
                  "the hour is not there"

              let answer = ask service (sprintf "digests?%s" (of' "desertbus" "480p"))
              Expect.equal answer.Status 403 "not watched"
              Expect.stringContains (text answer.Json?detail) "--qualities" ""

              Expect.equal
                  (digests service (of' "marked" "source"))
                  [ digestOf archive "marked/source" "2025-11-07T18" ]
                  "marks alone"

              Directory.Move(archive.At "desertbus", archive.At "elsewhere")
              let gone = ask service $"digests?{one}"
              Expect.equal gone.Status 503 "gone"
              Expect.stringContains (text gone.Json?detail) "is its disk mounted?" ""
              Expect.equal (status $"names?{oneHour}") 503 ""
              Directory.CreateDirectory(archive.At "desertbus/source/2025-11-07T18") |> ignore
              Expect.equal (status $"digests?{one}") 503 "its folders alone are there"

          lowlyTest "an hour that cannot be read has no digest"
          <| fun words archive ->
              CheckTests.layOutExample "desertbus" archive
              archive.Files("desertbus/source/2025-11-07T19", [ "00:00.0-5-full-AAAA.ts" ])
              tool [ "chmod"; "755"; archive.Path ]
              tool [ "chmod"; "000"; archive.At "desertbus/source/2025-11-07T19" ]
              use service = new Service(words, [], [ "serve"; "--base-dir"; archive.Path ])
              service.AwaitReady()

              Expect.equal
                  [ for hour, count, digest in digests service one -> hour, count <> "", digest <> "" ]
                  [ "2025-11-07T18", true, true; "2025-11-07T19", false, false ]
                  ""

              Expect.stringEnds
                  (ask service $"digests?{one}&format=text").Text
                  "2025-11-07T19 - -\n"
                  "as text"

              Expect.equal (ask service $"names?{one}&hour=2025-11-07T19").Status 503 "its names"

          law "a name comes back from its text, which is one word"
          <| fun (NonEmptyArray(name: byte[])) ->
              let text = NameCodes.Encode(ReadOnlySpan name)
              Expect.all text (fun one -> one > ' ' && one <= '~' && one <> '#' && one <> '\\') text

              let isName = not (Array.contains (byte '/') name || Array.contains 0uy name)
              Expect.equal (NameCodes.Decode text |> Option.ofObj) (if isName then Some name else None) text

          testCase "a name that fits the grammar is its own text; a text that is none is refused"
          <| fun () ->
              let name = "59:59.123456-2.002-full-N3gFY09lYwsu5EqyK7CsfU-BPJ1_8f.ts"
              Expect.equal (NameCodes.Encode(ReadOnlySpan(Encoding.ASCII.GetBytes name))) name ""

              for text in [ "a b"; "%"; "%4"; "%G0"; "ä"; "a%2Fb"; "%00"; ""; "a\n" ] do
                  Expect.isNull (NameCodes.Decode text) text ]
