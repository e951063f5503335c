/// The command `fleet`, asked as its callers ask it.
module Coverage.Tests.FleetCommandTests

open System
open System.IO
open System.Text.Json
open Expecto
open Coverage.Tests.Sandbox

let private hour = "2025-11-07T18"
let private at (clock: string) = $"{hour}:{clock}.000000Z"
let private now = [ "--now"; $"{hour}:20:00" ]

/// A HASH of 43 characters that is base64url of 32 bytes.
let private hash (letter: char) = String(letter, 42) + "A"

let private named time length kind letter =
    $"{time}-{length}-{kind}-{hash letter}.ts"

let private a = named "00:00.0" "10" "full" 'a'
let private b = named "00:10.0" "10" "full" 'b'
let private c = named "00:20.0" "10" "partial" 'c'
let private d = named "00:30.0" "10" "full" 'd'

/// The archives of the example of the law: A lists a and d, B lists a, b and c, and marks d as deleted.
let private layOut (folder: Folder) =
    folder.Files($"A/desertbus/source/{hour}", [ a; d ])
    folder.Files($"B/desertbus/source/{hour}", [ a; b; c; d.Replace(".ts", ".tombstone") ])

let private node (folder: Folder) name =
    [ "--node"; $"{name}={folder.At name}" ]

let private fleet (words: string list) = run ("fleet" :: words @ now)

/// Asks nodes in folders of these names.
let private ask (folder: Folder) names more =
    fleet (List.collect (node folder) names @ more)

let private askJson folder names more =
    let result = ask folder names ([ "--format"; "json" ] @ more)
    result.ExitCode, JsonElement.Parse result.Output

let private keys (json: JsonElement) =
    [ for one in json.EnumerateObject() -> one.Name ]

let private nodeOf name (stream: JsonElement) =
    items stream?nodes |> List.find (fun node -> text node?name = name)

let private seconds (node: JsonElement) =
    [ for one in node?seconds.EnumerateObject() do
          if text one.Value <> "0" then
              one.Name, text one.Value ]

let private texts json = [ for one in items json -> text one ]

let private archiveTest name test =
    archiveTest name (fun folder ->
        layOut folder
        test folder)

[<Tests>]
let answers =
    testList
        "the command fleet"
        [ archiveTest "the example of the law: what each node has, gets, loses and does not get"
          <| fun folder ->
              let code, json = askJson folder [ "A"; "B"; "C" ] []
              let stream = item 0 json?streams
              Expect.equal code 66 "C has no folder"
              Expect.equal (text stream?status) "unknown" ""
              Expect.equal [ text stream?expected; text stream?heard ] [ "3"; "2" ] ""

              Expect.equal
                  [ for name in [ "A"; "B"; "C" ] -> seconds (nodeOf name stream) ]
                  [ [ "had", "20"; "fillable", "20" ]
                    [ "had", "30"; "withheld", "10" ]
                    [ "unknown", "40" ] ]
                  ""

              let fillable = (nodeOf "A" stream)?fillable

              Expect.equal
                  [ for span in items fillable -> text span?start, text span?by_full, texts span?from ]
                  [ at "00:10", "True", [ "B" ]; at "00:20", "False", [ "B" ] ]
                  ""

              Expect.equal
                  [ for file in items (nodeOf "A" stream)?offered -> text file?segment, text file?from ]
                  [ $"{hour}/{b}", "B"; $"{hour}/{c}", "B" ]
                  ""

              let endangered = item 0 (nodeOf "A" stream)?endangered
              Expect.equal (text endangered?reason, texts endangered?by) ("marked", [ "B" ]) ""
              let withheld = item 0 (nodeOf "B" stream)?withheld
              Expect.equal (text withheld?reason, texts withheld?from) ("marked", [ "A" ]) ""

              Expect.equal
                  [ for one in items stream?sole -> text one?node, text one?seconds ]
                  [ "A", "10"; "B", "20" ]
                  ""

              Expect.equal
                  [ for one in items json?nodes -> text one?name, text one?known, text one?``checked`` ]
                  [ "A", "True", at "20:00"; "B", "True", at "20:00"; "C", "False", "" ]
                  ""

              Expect.stringContains (text (item 2 json?nodes)?error) "there is no folder" ""

          archiveTest
              "a stream of marks alone is compared: it ends passes of back-filling where the other node lacks the hour"
          <| fun folder ->
              folder.Files($"A/other/source/{hour}", [ a.Replace(".ts", ".tombstone") ])
              let _, json = askJson folder [ "A"; "B" ] []

              let stream =
                  items json?streams |> List.find (fun stream -> text stream?channel = "other")

              Expect.equal
                  [ for one in items stream?blockers -> text one?node, text one?path, text one?reason ]
                  [ "A", hour, "marks" ]
                  ""

          archiveTest "a channel that is left out is said, and a part of its node was not heard"
          <| fun folder ->
              tool
                  [ "sh"
                    "-c"
                    $"mkdir -p \"$0/A/$(printf 'ch\\377')/source/{hour}\" && touch \"$0/A/$(printf 'ch\\377')/source/{hour}/{a}\""
                    folder.Path ]

              let result = ask folder [ "A"; "B" ] []
              Expect.equal result.ExitCode 66 ""
              Expect.stringContains result.Error @"A/ch\xFF is left out: its name is not UTF-8" ""

          archiveTest "its JSON has the keys that are promised, all of them, in their order"
          <| fun folder ->
              let _, json = askJson folder [ "A"; "B" ] []
              let stream = item 0 json?streams

              Expect.equal (keys json) [ "format"; "now"; "recent_cutoff_seconds"; "nodes"; "streams" ] ""

              Expect.equal
                  (text json?format, text json?now, text json?recent_cutoff_seconds)
                  ("segment-coverage-fleet/1", at "20:00", "120")
                  ""

              Expect.equal
                  (keys (item 0 json?nodes))
                  [ "name"; "at"; "known"; "source"; "checked"; "error" ]
                  ""

              Expect.equal
                  (keys stream)
                  [ "channel"
                    "quality"
                    "status"
                    "extent"
                    "expected"
                    "heard"
                    "as_of"
                    "lost"
                    "open"
                    "deleted"
                    "copies"
                    "sole"
                    "nodes"
                    "blockers"
                    "twins" ]
                  ""

              Expect.equal
                  (keys (nodeOf "A" stream))
                  [ "name"
                    "seconds"
                    "fillable_by_full_seconds"
                    "fillable"
                    "pending"
                    "withheld"
                    "lost"
                    "open"
                    "deleted"
                    "unknown"
                    "endangered"
                    "offered" ]
                  ""

              Expect.equal
                  (keys (nodeOf "A" stream)?seconds)
                  [ "had"
                    "unknown"
                    "fillable"
                    "pending"
                    "withheld"
                    "open"
                    "deleted"
                    "lost" ]
                  ""

              Expect.equal
                  (keys (item 0 (nodeOf "A" stream)?fillable))
                  [ "start"; "end"; "seconds"; "by_full"; "from" ]
                  ""

              Expect.equal
                  (keys (item 0 (nodeOf "B" stream)?withheld))
                  [ "start"; "end"; "seconds"; "reason"; "from" ]
                  ""

              Expect.equal
                  (keys (item 0 (nodeOf "A" stream)?endangered))
                  [ "start"; "end"; "seconds"; "reason"; "by" ]
                  ""

          archiveTest
              "the exit code: 0 where nothing lacks, 1 where something does, 2 for no such stream, 66, 64"
          <| fun folder ->
              folder.Files($"whole/desertbus/source/{hour}", [ a; b ])
              folder.Files("empty/other", [])

              for words, code in
                  [ node folder "whole", 0
                    node folder "A" @ node folder "B", 1
                    node folder "A" @ node folder "empty", 1
                    [ "elsewhere" ] @ node folder "A", 2
                    node folder "empty", 2
                    node folder "A" @ node folder "nowhere", 66
                    node folder "A" @ [ "--node"; "A=" + folder.At "B" ], 64
                    node folder "A" @ [ "--for"; "D"; "--format"; "fetch" ], 64 ] do
                  Expect.equal (fleet words).ExitCode code $"%A{words}"

          archiveTest "what is younger than the cutoff is pending, and alone it is no fault"
          <| fun folder ->
              folder.Files($"A/desertbus/source/{hour}", [ b ])
              folder.Files($"D/desertbus/source/{hour}", [ a; b; named "00:20.0" "10" "full" 'e'; d ])
              folder.Files($"E/desertbus/source/{hour}", [ a; b; d ])
              let code, json = askJson folder [ "E"; "D" ] [ "--recent-cutoff"; "1h" ]
              Expect.equal code 0 ""
              Expect.equal (text (item 0 json?streams)?status) "pending" ""
              Expect.equal (text json?recent_cutoff_seconds) "3600" ""

          archiveTest "the order of nodes changes the order of lists alone"
          <| fun folder ->
              let _, one = askJson folder [ "A"; "B" ] []
              let _, other = askJson folder [ "B"; "A" ] []

              for name in [ "A"; "B" ] do
                  let own json =
                      (nodeOf name (item 0 json?streams)).GetRawText()

                  Expect.equal (own one) (own other) name

          archiveTest "the same archive under two names: nothing is brought, and all has two copies"
          <| fun folder ->
              let code, json = askJson folder [ "A" ] [ "--node"; "twin=" + folder.At "A" ]

              let stream = item 0 json?streams
              Expect.equal code 1 "10 to 30 is lost"

              Expect.equal
                  [ for name in [ "A"; "twin" ] -> seconds (nodeOf name stream) ]
                  (List.replicate 2 [ "had", "20"; "lost", "20" ])
                  ""

              Expect.equal
                  [ for one in items stream?copies -> text one?copies, text one?seconds ]
                  [ "0", "20"; "2", "20" ]
                  ""

          archiveTest "of two suspects of one start the larger counts, whichever node has it"
          <| fun folder ->
              let small, large =
                  named "00:10.0" "4" "suspect" 's', named "00:10.0" "6" "suspect" 't'

              folder.Files($"D/desertbus/source/{hour}", [ a; d ])
              folder.File($"D/desertbus/source/{hour}/{small}", 10L)
              folder.Files($"E/desertbus/source/{hour}", [ a; d ])
              folder.File($"E/desertbus/source/{hour}/{large}", 20L)
              let _, json = askJson folder [ "D"; "E" ] []

              Expect.equal
                  (seconds (nodeOf "D" (item 0 json?streams)))
                  [ "had", "24"; "fillable", "2"; "lost", "14" ]
                  ""

              folder.File($"D/desertbus/source/{hour}/{small}", 30L)
              let _, json = askJson folder [ "D"; "E" ] []

              Expect.equal
                  (text (item 0 (nodeOf "E" (item 0 json?streams))?endangered)?reason)
                  "not-best"
                  "what D has is larger and shorter"

          archiveTest "an hour that cannot be read is unknown, and the answer is printed all the same"
          <| fun folder ->
              folder.Files($"A/desertbus/source/2025-11-07T19", [ a ])
              tool [ "chmod"; "a-rx"; folder.At "A/desertbus/source/2025-11-07T19" ]
              tool [ "chmod"; "-R"; "a+rX"; folder.At "B" ]
              tool [ "chmod"; "a+x"; folder.Path ]

              let words =
                  [ "fleet" ] @ node folder "A" @ node folder "B" @ [ "--format"; "json" ] @ now

              let result =
                  if Environment.IsPrivilegedProcess then
                      runBy (asNobody @ itself) [] words
                  else
                      run words

              let json = JsonElement.Parse result.Output
              Expect.equal result.ExitCode 66 ""
              Expect.stringContains result.Error "A: cannot read" ""
              Expect.equal (text (item 0 json?streams)?status) "unknown" ""

          archiveTest "the local archive is the node that --self names, whatever its address is in the list"
          <| fun folder ->
              File.WriteAllText(
                  folder.At "nodes",
                  $"""# all nodes{"\n\n"}A=http://a.example{"\n"}B!={folder.At "B"}"""
              )

              let _, json =
                  askJson
                      folder
                      []
                      [ "--node-file"; folder.At "nodes"; "--self"; "A"; "--base-dir"; folder.At "A" ]

              Expect.equal
                  [ for one in items json?nodes -> text one?name, text one?at, text one?source ]
                  [ "A", folder.At "A", "True"; "B", folder.At "B", "False" ]
                  ""

              Expect.equal
                  (text (item 0 (nodeOf "A" (item 0 json?streams))?withheld)?reason)
                  "no-source"
                  "the others do not back-fill from B"

              File.WriteAllText(folder.At "nodes", "A=a\nB\n")
              let result = fleet [ "--node-file"; folder.At "nodes" ]
              Expect.equal result.ExitCode 64 ""
              Expect.stringContains result.Error "line 2: a line is NAME=FOLDER or NAME=URL" ""

          archiveTest "the table has a line for each node, and says what to do about each fault"
          <| fun folder ->
              folder.Files("B/desertbus/source", [ "notes.txt" ])
              let result = ask folder [ "A"; "B" ] []

              for sentence in
                  [ "desertbus/source  withheld  2 of 2 nodes heard"
                    "  A     20 s  20 s in 1  -"
                    "  B     30 s  -          10 s in 1"
                    "A gets 20 s in 1 span, 10 s of it by full segments."
                    "A loses 10 s in 1 span."
                    "a mark on B"
                    "B does not get 10 s in 1 span (marked)."
                    "notes.txt" ] do
                  Expect.stringContains result.Output sentence ""

              for line in result.Output.Split '\n' do
                  Expect.isLessThanOrEqual line.Length 80 line

          archiveTest "CSV has a row for each node of a stream; BED has the nodes as columns"
          <| fun folder ->
              let csv = (ask folder [ "A"; "B" ] [ "--format"; "csv" ]).Output.Split '\n'
              Expect.equal csv.Length 4 "a line of keys, two rows"
              Expect.equal (csv[0].Split(',').Length) (csv[1].Split(',').Length) ""
              Expect.stringStarts csv[1] "desertbus,source,withheld,A,20,0,20,0,0,0,0,0,10,10,10,2" ""

              let bed = (ask folder [ "A"; "B" ] [ "--format"; "bed" ]).Output

              Expect.equal
                  [ for line in bed.Split('\n', StringSplitOptions.RemoveEmptyEntries) ->
                        (line.Split '\t')[3..] ]
                  [ [| "fillable"; "A"; "."; "B" |]
                    [| "fillable"; "A"; "."; "B" |]
                    [| "endangered"; "A"; "marked"; "B" |]
                    [| "withheld"; "B"; "marked"; "A" |] ]
                  "" ]

/// Content, and the name of a segment that holds it.
let private content (time: string) (text: string) =
    let bytes = Text.Encoding.UTF8.GetBytes text
    let hash = Security.Cryptography.SHA256.HashData bytes
    $"{time}-10-full-{Buffers.Text.Base64Url.EncodeToString hash}.ts", bytes

/// Content of 40 s.
let private contents =
    [ for tens in 0..3 -> content $"00:{tens}0.0" (String.replicate 1000 $"content {tens}") ]

/// Archives of two nodes with real content: A lacks all but the first 10 s, of which B marks the last 10 as deleted.
let private layOutContents (folder: Folder) =
    let write (node: string) (name: string, bytes: byte[]) =
        let path = folder.At $"{node}/desert bus/source/{hour}"
        Directory.CreateDirectory path |> ignore
        File.WriteAllBytes(Path.Combine(path, name), bytes)

    write "A" contents[0]
    List.iter (write "B") contents
    let mark = (fst contents[3]).Replace(".ts", ".tombstone")
    folder.Files($"A/desert bus/source/{hour}", [ mark ])

let private listTest name test =
    Sandbox.archiveTest name (fun folder ->
        layOutContents folder
        test folder)

/// The list of what A lacks, as a file.
let private listOf (folder: Folder) format more =
    let result = ask folder [ "A"; "B" ] ([ "--for"; "A"; "--format"; format ] @ more)
    Expect.equal (result.ExitCode, result.Error) (1, "") ""
    let path = folder.At $"list.{format}"
    File.WriteAllText(path, result.Output)
    path

let private pathOf (name: string, _: byte[]) = $"desert bus/source/{hour}/{name}"

/// Whether a folder holds these contents, under their paths, and no other file.
let private holds (folder: string) (expected: (string * byte[]) list) =
    let found =
        [ for path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories) ->
              Path.GetRelativePath(folder, path), Convert.ToHexString(File.ReadAllBytes path) ]

    Expect.equal
        (List.sort found)
        (List.sort [ for one in expected -> pathOf one, Convert.ToHexString(snd one) ])
        ""

let private sum (folder: string) (list: string) =
    runBy
        [ "sh"
          "-c"
          "cd \"$1\" && sha256sum --check --quiet \"$2\""
          "sh"
          folder
          list ]
        []
        []

[<Tests>]
let lists =
    testList
        "lists of files that a node lacks"
        [ listTest "fetch has a line for each: where it belongs, where it is"
          <| fun folder ->
              let lines = File.ReadAllLines(listOf folder "fetch" [])
              Expect.stringStarts lines[0] "# 2 files that A lacks, as of 2025-11-07T18:20" ""

              Expect.equal
                  (List.ofArray lines[1..])
                  [ for one in contents[1..2] -> $"""{pathOf one}{"\t"}{folder.At "B"}/{pathOf one}""" ]
                  ""

          listTest "withheld files are in the list when they are asked for, each below its reason"
          <| fun folder ->
              let lines = File.ReadAllLines(listOf folder "sha256" [ "--include"; "withheld" ])
              Expect.equal lines.Length 5 ""
              Expect.equal lines[3] "# withheld: marked" ""
              Expect.stringEnds lines[4] (pathOf contents[3]) ""

          listTest "curl gets the files, and sha256sum finds them whole, or else says which is not"
          <| fun folder ->
              if not (canRun [ "curl"; "--version" ]) then
                  skiptest "needs curl"

              let got = folder.At "got"
              Directory.CreateDirectory got |> ignore
              let list = listOf folder "curl" []

              outputOf
                  [ "sh"
                    "-c"
                    "cd \"$1\" && curl --silent --show-error --config \"$2\""
                    "sh"
                    got
                    list ]
              |> ignore

              holds got contents[1..2]
              let sums = listOf folder "sha256" []
              Expect.equal (sum got sums).ExitCode 0 ""
              File.AppendAllText(Path.Combine(got, pathOf contents[1]), "x")
              let result = sum got sums
              Expect.equal result.ExitCode 1 ""
              Expect.stringContains result.Output (pathOf contents[1]) ""

          listTest "aria2 gets the files of a restreamer, and refuses one that is not what its name says"
          <| fun folder ->
              if not (canRun [ "aria2c"; "--version" ]) then
                  skiptest "needs aria2c"

              use server = new NodeServer.NodeServer(NodeServer.restreaming (folder.At "B"))

              let listed =
                  fleet (
                      node folder "A"
                      @ [ "--node"; $"B={server.Address}"; "--for"; "A"; "--format"; "aria2" ]
                  )

              Expect.equal (listed.ExitCode, listed.Error) (1, "") ""
              let list = folder.At "list.aria2"
              File.WriteAllText(list, listed.Output)

              let get (into: string) =
                  runBy [ "aria2c"; "--quiet"; $"--dir={folder.At into}"; $"--input-file={list}" ] [] []

              Expect.equal (get "got").ExitCode 0 ""
              holds (folder.At "got") contents[1..2]
              File.AppendAllText(Path.Combine(folder.At "B", pathOf contents[1]), "x")
              Expect.notEqual (get "more").ExitCode 0 "the first file is longer now"

          listTest "aria2 cannot copy from folders, and the refusal says so"
          <| fun folder ->
              let result = ask folder [ "A"; "B" ] [ "--for"; "A"; "--format"; "aria2" ]
              Expect.equal (result.ExitCode, result.Output) (64, "") ""
              Expect.stringContains result.Error "aria2 does not copy from folders, and B is one" ""

          testCase "the checksum is the HASH of the name, whatever the spare bits of its last character are"
          <| fun () ->
              for name, bytes in contents do
                  let sha256 = Convert.ToHexStringLower(Security.Cryptography.SHA256.HashData bytes)
                  Expect.equal (Coverage.Host.FetchList.Sha256Of name) sha256 ""
                  // The last of the 43 characters has two bits that no byte has.
                  let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                  let last = digits.IndexOf name[name.Length - 4]

                  for spare in 1..3 do
                      let other = name.Remove(name.Length - 4) + string digits[last + spare] + ".ts"
                      Expect.equal (Coverage.Host.FetchList.Sha256Of other) sha256 other

              Expect.isNull (Coverage.Host.FetchList.Sha256Of "00:00.0-10-full-AAAA.ts") "" ]

[<Tests>]
let recorded =
    testList
        "the command fleet on recorded archives"
        [ testCase "A, B and C as folders: what each has, gets, is kept from, has lost and loses"
          <| fun () ->
              let words =
                  [ for node in [ "A"; "B"; "C" ] do
                        "--node"
                        $"{node}={RecordedTests.archives[node].Force().Path}" ]

              let result =
                  run (
                      [ "fleet" ]
                      @ words
                      @ [ "--qualities"; "*"; "--now"; "2027-02-01"; "--format"; "csv" ]
                  )

              Expect.equal (result.ExitCode, result.Error) (1, "") ""

              let rows =
                  [ for line in result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..] ->
                        let cells = line.Split ','
                        String.concat "/" cells[0..1], List.ofArray cells[3..] ]

              // node, had, unknown, fillable, pending, withheld, open, deleted, lost, fillable by full, endangered, sole, offered.
              Expect.equal
                  [ for stream, cells in rows -> stream, String.concat " " cells ]
                  [ "desertbus/160p", "A 2259.712167 0 0 0 0 0 0 136.241833 0 0 0 0"
                    "desertbus/160p", "B 0 0 2259.712167 0 0 0 0 136.241833 2249.710167 0 0 1156"
                    "desertbus/160p", "C 2259.712167 0 0 0 0 0 0 136.241833 0 0 0 0"
                    "desertbus/source", "A 2259.712167 0 56 0 0 0 0 84.241833 56 4 0 54"
                    "desertbus/source", "B 2205.690167 0 110.022 0 0 0 0 84.241833 110.022 4 0 109"
                    "desertbus/source", "C 2311.712167 0 0 0 4 0 0 84.241833 0 0 0 0"
                    "midnight/source", "A 2306.857 0 54.038 0 0 0 0 6788.29 54.038 0 0 28"
                    "midnight/source", "B 2226.785 0 134.11 0 0 0 0 6788.29 130.11 0 0 72"
                    "midnight/source", "C 2360.895 0 0 0 0 0 0 6788.29 0 0 0 0" ]
                  "" ]
