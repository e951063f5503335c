/// Nodes of a fleet that are asked over HTTP: what they list is what they have, and no wrong answer becomes a number.
module Coverage.Tests.HttpNodeTests

open System
open System.Collections.Immutable
open System.Text
open System.Text.RegularExpressions
open System.Threading
open Expecto
open FsCheck
open Coverage
open Coverage.Host
open Coverage.Tests.Sandbox
open Coverage.Tests.NodeServer

let private now = 1_800_000_000_000_000L

/// A node at an address, asked by a clock that a test sets.
type private Node(address: string, token: string | null) =
    let mutable clock = now

    let node =
        HttpNode(
            address,
            token,
            (fun () -> Units.Instant clock),
            Units.Duration 600_000_000L,
            TimeProvider.System
        )

    new(address) = Node(address, null)

    member _.Reader = node

    member _.Passes(seconds: int64) = clock <- clock + seconds * 1_000_000L

    member _.Streams(channels: string list, qualities: string list) =
        node
            .StreamsAsync(
                ImmutableArray.CreateRange channels,
                ImmutableArray.CreateRange qualities,
                CancellationToken.None
            )
            .Result

    member _.List(stream: StreamName, ?settings: Settings) =
        node.ListAsync(stream, defaultArg settings Report.defaults, CancellationToken.None).Result

    member _.Names(stream: StreamName, hour: string) =
        node.NamesAsync(stream, Units.Hour(int (Hour.tryParse hour).Value), CancellationToken.None).Result

    member _.Sizes(stream: StreamName, hour: HourNames, places: int list) =
        node.SizesAsync(stream, hour, ImmutableArray.CreateRange places, CancellationToken.None).Result

let private source = StreamName("desertbus", "source")

/// What a listing says of each hour: its digest, and none where it is unknown.
let private digests (listing: StreamListing | null) : (string * UInt128 option) list =
    match listing with
    | null -> []
    | listing ->
        [ for hour in listing.Hours ->
              string hour.Hour, (if hour.Count.HasValue then Some hour.Digest else None) ]

let private namesOf (hour: string) (names: string list) : HourNames =
    HourNames.read
        (Hour.tryParse hour).Value
        (ReadOnlySpan(Encoding.UTF8.GetBytes(String.concat "" [ for name in names -> name + "/" ])))

/// The files of a stream of a recorded archive, by hour.
let private recorded (node: string) (stream: StreamName) : (string * (string * int64) list) list =
    [ for path, size in RecordedTests.manifest node do
          match path.Split '/' with
          | [| channel; quality; hour; name |] when channel = stream.Channel && quality = stream.Quality ->
              hour, (name, size)
          | _ -> () ]
    |> List.groupBy fst
    |> List.sortBy fst
    |> List.map (fun (hour, files) -> hour, List.map snd files)

let private recordedDigests node stream =
    [ for hour, files in recorded node stream -> hour, Some (namesOf hour (List.map fst files)).Digest ]

let private expectFailure (why: string | null) (pattern: string) =
    match why with
    | null -> failtest $"it should fail: {pattern}"
    | why -> Expect.isTrue (Regex.IsMatch(why, pattern)) $"{why} should match {pattern}"

[<Tests>]
let restreamers =
    testList
        "a node with a restreamer"
        [ testCase "lists what its archive has, marks too"
          <| fun () ->
              for node in [ "A"; "C" ] do
                  use server = new NodeServer(restreamer node)
                  let heard = Node(server.Address).List source
                  Expect.isNull heard.Failure "heard"
                  Expect.equal (digests heard.Value) (recordedDigests node source) node

          testCase "has the streams that are channels and qualities with hours; chat is none"
          <| fun () ->
              use server = new NodeServer(restreamer "A")
              let node = Node server.Address

              let streams channels qualities =
                  [ for one in nonNull (node.Streams(channels, qualities)).Value ->
                        one.Channel + "/" + one.Quality ]
                  |> List.sort

              Expect.equal
                  (streams [] [ "source" ])
                  [ "desertbus/source"; "midnight/source" ]
                  "of one quality"

              Expect.equal
                  (streams [] [])
                  [ "desertbus/160p"; "desertbus/source"; "midnight/source" ]
                  "of any"

              Expect.equal
                  (streams [ "midnight"; "nothing" ] [ "source" ])
                  [ "midnight/source" ]
                  "of those channels"

              Expect.equal node.Reader.Kind "restreamer" "it is shown"

          testCase
              "is asked once what it is, and for each hour once; then for the newest two, one in turn, and those wanted"
          <| fun () ->
              let hours = [ for hour in 10..15 -> $"2025-11-07T{hour}" ]

              let quoted (names: string list) =
                  String.concat ", " [ for name in names -> $"\"{name}\"" ]

              use server =
                  new NodeServer(fun request ->
                      match Uri.UnescapeDataString request.Path with
                      | "/files" -> text 200 "[\"c\"]"
                      | "/files/c/source" -> text 200 $"[{quoted hours}]"
                      | path when path.StartsWith "/files/c/source/" ->
                          text 200 "[\"00:00.0-2-full-AAAA.ts\"]"
                      | _ -> text 404 "<html>")

              let node = Node server.Address
              let stream = StreamName("c", "source")

              let hoursAsked () =
                  node.List stream |> ignore

                  [ for _, path in server.TakeAsked() do
                        if path.EndsWith "?tombstones=true" then
                            path.Substring(path.IndexOf "T" + 1, 2)
                        else
                            path ]
                  |> List.sort

              let list = "/files/c/source"
              let probe = "/api/v1/streams?channel= &quality= "

              Expect.equal
                  (hoursAsked ())
                  ([ probe; "/files"; list ] @ [ for hour in 10..15 -> string hour ])
                  "first"

              Expect.equal (hoursAsked ()) [ list; "11"; "14"; "15" ] "then"
              Expect.equal (hoursAsked ()) [ list; "12"; "14"; "15" ] "the next one in turn"

              node.Reader.Want(
                  stream,
                  Collections.Generic.HashSet [ Units.Hour(int (Hour.tryParse "2025-11-07T10").Value) ]
              )

              Expect.equal (hoursAsked ()) [ list; "10"; "13"; "14"; "15" ] "and one with a hole"

          testCase "is asked only for the sizes that are wanted, and once; a file that is gone has none"
          <| fun () ->
              use server = new NodeServer(restreamer "A")
              let node = Node server.Address
              let stream = StreamName("midnight", "source")
              let first = (nonNull (node.List stream).Value).Hours[0]
              let hour = nonNull (node.Names(stream, string first.Hour)).Value
              server.TakeAsked() |> ignore

              let files = recorded "A" stream |> List.head |> snd |> Map.ofList

              let places =
                  [ for place in 0 .. hour.Segments.Length - 1 do
                        if hour.Segments[place].Kind = SegmentKind.Partial then
                            place ]

              let expected =
                  [| for place in places -> files[Encoding.UTF8.GetString(hour.NameAt place)] |]

              Expect.isNonEmpty places "some are partial"
              Expect.equal (node.Sizes(stream, hour, places)).Value expected "as on the disk"
              Expect.hasLength (server.TakeAsked()) places.Length "one request each"
              Expect.equal (node.Sizes(stream, hour, places)).Value expected "again"
              Expect.isEmpty (server.TakeAsked()) "they are remembered"

              let full =
                  [ 0 .. hour.Segments.Length - 1 ]
                  |> List.find (fun place -> hour.Segments[place].Kind = SegmentKind.Full)

              Expect.equal (node.Sizes(stream, hour, [ full ])).Value [| -1L |] "not recorded: 404"

          testCase
              "an hour that the list of hours has no longer was never there; one with a folder and no name is kept as it was"
          <| fun () ->
              let mutable hours = "[\"2025-11-07T10\", \"2025-11-07T11\"]"
              let mutable names = "[\"00:00.0-2-full-AAAA.ts\"]"
              let mutable beforeNames = ignore

              use server =
                  new NodeServer(fun request ->
                      match Uri.UnescapeDataString request.Path with
                      | "/files" -> text 200 "[\"c\"]"
                      | "/files/c/source" -> text 200 hours
                      | "/files/c/source/2025-11-07T10?tombstones=true" ->
                          beforeNames ()
                          text 200 names
                      | path when path.StartsWith "/files/c/source/" ->
                          text 200 "[\"00:00.0-2-full-AAAA.ts\"]"
                      | _ -> text 404 "")

              let stream = StreamName("c", "source")

              let hoursOf (heard: Heard<StreamListing>) =
                  [ for hour in (nonNull heard.Value).Hours ->
                        (string hour.Hour).Substring 11, not hour.Count.HasValue ]

              let node = Node server.Address
              Expect.equal (hoursOf (node.List stream)) [ "10", false; "11", false ] "both"
              names <- "[]"
              let heard = node.List stream
              Expect.equal (hoursOf heard) [ "10", false; "11", false ] "as before"
              Expect.equal heard.At (Nullable(Units.Instant now)) "the others are heard"

              expectFailure
                  (nonNull heard.Value).Failures[0]
                  "lists nothing in c/source/2025-11-07T10, and it listed"

              node.Passes 601

              Expect.equal
                  (hoursOf (node.List stream))
                  [ "10", true; "11", false ]
                  "after a while it is unknown"

              let fresh = Node server.Address
              beforeNames <- fun () -> hours <- "[\"2025-11-07T11\"]"
              Expect.equal (hoursOf (fresh.List stream)) [ "11", false ] "gone between two requests"
              hours <- "[\"2025-11-07T10\", \"2025-11-07T11\"]"
              beforeNames <- fun () -> hours <- "[]"
              let vanished = Node(server.Address).List stream
              Expect.isNull vanished.Value "the disk is gone: nothing is known"
              expectFailure vanished.Failure "it listed some a moment ago"

          testCase "a size is asked for again in time; one that cannot be had counts until it is stale"
          <| fun () ->
              let body = ref (Some "12345")

              use server =
                  new NodeServer(fun request ->
                      match request.Method, Uri.UnescapeDataString request.Path with
                      | _, "/files" -> text 200 "[\"c\"]"
                      | _, "/files/c/source" -> text 200 "[\"2025-11-07T10\"]"
                      | _, "/files/c/source/2025-11-07T10?tombstones=true" ->
                          text 200 "[\"00:00.0-2-partial-AAAA.ts\"]"
                      | "HEAD", "/segments/c/source/2025-11-07T10/00:00.0-2-partial-AAAA.ts" ->
                          match body.Value with
                          | Some sent -> text 200 sent
                          | None -> text 500 ""
                      | _ -> text 404 "")

              let node = Node server.Address
              let stream = StreamName("c", "source")
              node.List stream |> ignore
              let hour = nonNull (node.Names(stream, "2025-11-07T10")).Value

              let size () =
                  match (node.Sizes(stream, hour, [ 0 ])).Value with
                  | null -> None
                  | sizes -> Some sizes[0]

              Expect.equal (size ()) (Some 5L) "as it is"
              body.Value <- Some "123"
              node.Passes 299L
              Expect.equal (size ()) (Some 5L) "it is not asked for each time"
              node.Passes 2L
              Expect.equal (size ()) (Some 3L) "it is asked for again"
              body.Value <- None
              node.Passes 600L
              Expect.equal (size ()) (Some 3L) "the last one counts"
              node.Passes 1L
              Expect.isNone (size ()) "it is stale"

          testCase "what lies beside the hours is told apart by what is sent"
          <| fun () ->
              use server =
                  new NodeServer(fun request ->
                      match request.Method, Uri.UnescapeDataString request.Path with
                      | _, "/files" -> text 200 "[\"c\"]"
                      | _, "/files/c/source" ->
                          text 200 "[\"zz file\", \"odd\", \"shut\", \"2025-11-07T10\"]"
                      | _, "/files/c/source/2025-11-07T10?tombstones=true" ->
                          text 200 "[\"00:00.0-2-full-AAAA.ts\"]"
                      | "HEAD", "/segments/c/source/zz file" -> text 200 ""
                      | "GET", "/files/c/source/odd" -> text 200 "[]"
                      | "GET", "/files/c/source/shut" -> text 500 ""
                      | _ -> text 404 "")

              let listing = nonNull (Node(server.Address).List(StreamName("c", "source"))).Value
              Expect.sequenceEqual listing.Files [ "zz file" ] "sent as a file"

              Expect.sequenceEqual
                  listing.Folders
                  [ "odd" ]
                  "listed as a folder; of the third nothing is said"

          law "names of any bytes come through the JSON that Python writes"
          <| fun (names: NonEmptyArray<byte>[]) ->
              let isName (name: byte[]) =
                  not (Array.contains (byte '/') name) && not (Array.contains 0uy name)

              let names = names |> Array.map _.Get |> Array.filter isName

              /// As json.dumps writes what os.listdir gives: all but ASCII escaped, bytes that are no text as halves of pairs.
              let written (name: byte[]) =
                  let json = StringBuilder "\""
                  let mutable rest = ReadOnlySpan name

                  while not rest.IsEmpty do
                      let mutable rune = Rune()
                      let mutable used = 0

                      let units =
                          if Rune.DecodeFromUtf8(rest, &rune, &used) = Buffers.OperationStatus.Done then
                              List.ofSeq (rune.ToString())
                          else
                              rest.Slice(0, used).ToArray()
                              |> Seq.map (fun one -> char (0xDC00 + int one))
                              |> List.ofSeq

                      for one in units do
                          if one < ' ' || one > '~' || one = '"' || one = '\\' then
                              json.Append $"\\u{int one:x4}" |> ignore
                          else
                              json.Append one |> ignore

                      rest <- rest.Slice used

                  string (json.Append '"')

              let body = $"""[{String.Join(", ", Array.map written names)}]"""

              let answer =
                  NodeAnswer("", Net.HttpStatusCode.OK, Encoding.UTF8.GetBytes body, Nullable(), null, false)

              Expect.equal (List.ofSeq (NodeJson.Names answer)) (List.ofArray names) body ]

/// Ways to answer wrongly, of a server that answers well, and what is said of them.
let private faults: (string * (Reply -> Reply) * string) list =
    let body change reply =
        match reply with
        | Answer(status, headers, body) -> change status headers body
        | other -> other

    let dated (shift: TimeSpan) =
        body (fun status headers body ->
            let others = headers |> List.filter (fun (name, _) -> name <> "Date")
            Answer(status, ("Date", (DateTimeOffset.UtcNow + shift).ToString "R") :: others, body))

    [ "500", (fun _ -> text 500 "oops"), "answers 500 Internal Server Error"
      "nothing has changed since another answer",
      (fun _ -> Answer(304, [ "ETag", "\"x\"" ], [||])),
      "answers 304|has not changed since something"
      "an empty list", (fun _ -> text 200 "[]"), "lists nothing of|cut short"
      "an empty body", (fun _ -> text 200 ""), "answers nothing, not a"
      "half of it as a whole",
      body (fun status headers body -> Answer(status, headers, body[.. body.Length / 2])),
      "cut short|gzip and is not"
      "half of it and then the end",
      body (fun status headers body ->
          Answer(status, ("Content-Length", string body.Length) :: headers, body[.. body.Length / 2])),
      "gives no answer: .*(ended|prematurely)"
      "HTML", (fun _ -> text 200 "\n<html><title>Welcome</title></html>"), "answers with a page, not with a"
      "something else in JSON", (fun _ -> text 200 "{\"names\":7}"), "something that is not"
      "a list of numbers", (fun _ -> text 200 "[1, 2]"), "something that is not"
      "a list and more", (fun _ -> text 200 "[\"2025-11-07T10\"] []"), "something that is not"
      "a name that no file has", (fun _ -> text 200 "[\"../x\"]"), "something that is not"
      "a name twice",
      (fun _ -> text 200 "[\"2025-11-07T10\", \"2025-11-07T10\"]"),
      "lists 2025-11-07T10 twice|something that is not"
      "no gzip",
      body (fun _ _ _ ->
          Answer(200, [ "Content-Encoding", "gzip" ], Encoding.UTF8.GetBytes "[\"2025-11-07T10\"]")),
      "says is gzip and is not"
      "half a gzip",
      body (fun _ _ _ ->
          let packed =
              gzip (Encoding.UTF8.GetBytes "[\"2025-11-07T10\", \"2025-11-07T11\", \"2025-11-07T12\"]")

          Answer(200, [ "Content-Encoding", "gzip" ], packed[.. packed.Length / 2])),
      "cut short|gzip and is not|gives no answer|answers nothing"
      "another coding",
      body (fun status headers body ->
          Answer(
              status,
              ("Content-Encoding", "br")
              :: List.filter (fun (name, _) -> name <> "Content-Encoding") headers,
              body
          )),
      "packed as br, which was not asked for"
      "too much",
      body (fun _ _ _ -> Answer(200, [ "Content-Encoding", "gzip" ], gzip (Array.create (17 <<< 20) 32uy))),
      "answers more than 16 MiB"
      "a redirect",
      (fun _ -> Answer(302, [ "Location", "http://elsewhere/" ], [||])),
      "redirects to http://elsewhere/; give"
      "a day ahead", dated (TimeSpan.FromDays 1.0), "1440 minutes ahead of this machine's clock"
      "a day behind", dated (TimeSpan.FromDays -1.0), "1440 minutes behind this machine's clock"
      "the end of the connection", (fun _ -> Hangup), "gives no answer"
      "a wrong login", (fun _ -> text 401 ""), "wants a token"
      "nothing for six seconds", (fun _ -> Silence), "gives no whole answer in 5 s" ]

/// After each fault what was listed before stands, with its time; then the node is heard again.
let private survives (good: Request -> Reply) (address: NodeServer) (stream: StreamName) expected =
    let node = Node address.Address
    let streams () = node.Streams([], [ "source" ])
    let first = node.List stream
    let firstStreams = streams ()
    Expect.equal (digests first.Value) expected "heard"
    Expect.isNonEmpty (nonNull firstStreams.Value) "streams"

    for name, fault, why in faults do
        let before = node.List stream
        node.Passes 10L
        // Without what it says it knows: a whole answer is made wrong.
        address.Answers(fun request ->
            fault (
                good
                    { request with
                        Headers = request.Headers.Remove "if-none-match" }
            ))

        let heard = node.List stream
        expectFailure heard.Failure why
        Expect.equal heard.At before.At $"{name}: the time is that of the last listing"
        Expect.equal (digests heard.Value) expected $"{name}: the listing is the last one"

        // The answers to both questions are wrong in the same way; one shows that the time-out holds for either.
        if name <> "nothing for six seconds" then
            let failing = streams ()
            Expect.isNotNull failing.Failure $"{name}: streams"
            Expect.sequenceEqual (nonNull failing.Value) (nonNull firstStreams.Value) name

            // What says from the start that it has nothing is known, and empty.
            if name <> "an empty list" then
                let never = Node(address.Address).List stream
                Expect.isNull never.Value $"{name}: a node that was never heard has no listing"
                Expect.isFalse never.At.HasValue name

        address.Answers good
        // A node that gave no answer is asked again in the next look, which begins with the streams.
        streams () |> ignore
        let again = node.List stream
        Expect.isNull again.Failure $"{name}: it is heard again"
        Expect.equal (digests again.Value) expected name

[<Tests>]
let wrongAnswers =
    testList
        "a node that answers wrongly"
        [ testCase "a restreamer: each wrong answer leaves the last listing with its time"
          <| fun () ->
              let good = restreamer "A"
              use server = new NodeServer(good)
              survives good server source (recordedDigests "A" source)

          archiveTest "segment-coverage: each wrong answer leaves the last listing with its time"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()
              let good = forward service.Port

              use server = new NodeServer(good)

              let names =
                  [ for path in IO.Directory.GetFiles(archive.At "desertbus/source/2025-11-07T18") ->
                        nonNull (IO.Path.GetFileName path) ]

              let hour = "2025-11-07T18"
              survives good server source [ hour, Some (namesOf hour names).Digest ]

          testCase "one hour alone: it keeps its names for a while, then it is unknown; the others are heard"
          <| fun () ->
              let good = restreamer "A"
              use server = new NodeServer(good)
              let node = Node server.Address
              let expected = recordedDigests "A" source
              Expect.equal (digests (node.List source).Value) expected "heard"
              let last = fst (List.last expected)

              server.Answers(fun request ->
                  if request.Path.Contains last then
                      text 500 ""
                  else
                      good request)

              let heard = node.List source
              Expect.isNull heard.Failure "the node is heard"
              Expect.equal (digests heard.Value) expected "the last names stay"

              expectFailure
                  (Seq.exactlyOne (nonNull heard.Value).Failures)
                  $"{last}.tombstones=true answers 500"

              node.Passes 601L

              Expect.equal
                  (digests (node.List source).Value)
                  [ for hour, digest in expected -> hour, (if hour = last then None else digest) ]
                  "after --stale-after it is unknown"

              let fresh = Node(server.Address).List source

              Expect.equal
                  (digests fresh.Value)
                  (digests (node.List source).Value)
                  "so it is where it was never read"

              server.Answers good
              Expect.equal (digests (node.List source).Value) expected "it is heard again"

          testCase "one that gives no answer is asked once in a look, however many streams there are"
          <| fun () ->
              let good = restreamer "A"
              use server = new NodeServer(good)
              let node = Node server.Address
              let all = nonNull (node.Streams([], [])).Value
              server.TakeAsked() |> ignore
              server.Answers(fun _ -> Hangup)
              Expect.isNotNull (node.Streams([], [])).Failure "no answer"

              for stream in all do
                  Expect.isNotNull (node.List stream).Failure "no answer"

              // The client of HTTP may try once more by itself.
              Expect.all (server.TakeAsked()) (fun (_, path) -> path = "/files") "once"

          testCase "what is neither is said to be neither, and asked again"
          <| fun () ->
              use server = new NodeServer(fun _ -> text 200 "<html>Welcome</html>")
              let node = Node server.Address

              expectFailure
                  (node.List source).Failure
                  "answers neither as segment-coverage .* nor as a restreamer"

              Expect.isNull node.Reader.Kind "unknown"
              server.Answers(restreamer "A")
              Expect.isNull (node.List source).Failure "now it answers"
              Expect.equal node.Reader.Kind "restreamer" "" ]

[<Tests>]
let services =
    testList
        "a node with segment-coverage"
        [ archiveTest "lists what its archive has; of an hour that is the same nothing is asked again"
          <| fun archive ->
              for path, size in RecordedTests.manifest "C" do
                  archive.File(path, size)

              use service =
                  new Service(archive, [ "--check-interval"; "3600"; "--qualities"; "*" ])

              service.AwaitReady()
              use server = new NodeServer(forward service.Port)
              let node = Node server.Address

              Expect.containsAll
                  [ for one in nonNull (node.Streams([], [])).Value -> one.Channel + "/" + one.Quality ]
                  [ "desertbus/160p"; "desertbus/source"; "midnight/source" ]
                  "the streams"

              Expect.equal node.Reader.Kind "segment-coverage" ""
              let expected = recordedDigests "C" source
              Expect.equal (digests (node.List source).Value) expected "heard"
              server.TakeAsked() |> ignore
              Expect.equal (digests (node.List source).Value) expected "again"
              Expect.hasLength (server.TakeAsked()) 1 "digests alone"
              let hour, files = List.last (recorded "C" source)
              archive.File($"desertbus/source/{hour}/59:59.0-1-full-AAAA.ts", 1L)

              let changed =
                  [ for known, digest in expected do
                        if known = hour then
                            hour, Some (namesOf hour ("59:59.0-1-full-AAAA.ts" :: List.map fst files)).Digest
                        else
                            known, digest ]

              Expect.equal (digests (node.List source).Value) changed "one changed"

              Expect.equal
                  [ for _, path in server.TakeAsked() -> path.Split('?')[0] ]
                  [ "/api/v1/digests" ]
                  "names are asked for when they are needed"

              let names = node.Names(source, hour)
              Expect.isNull names.Failure "heard"
              Expect.equal (nonNull names.Value).Count (files.Length + 1) "its names"

          archiveTest "sizes are what the files have"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()
              let node = Node $"http://127.0.0.1:{service.Port}"
              let hour = nonNull (node.Names(source, "2025-11-07T18")).Value

              let places =
                  [ for name in [ "00:19.0-4-partial-AAAD.ts"; "00:19.0-4-partial-AAAC.ts" ] ->
                        HourNames.indexOf (Encoding.UTF8.GetBytes name) hour ]

              Expect.equal (node.Sizes(source, hour, places)).Value [| 9L; 7L |] "sizes"

          archiveTest
              "names of an hour that changed since the list are those it has now; those that are not whole are none"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()
              let good = forward service.Port
              let hour = "2025-11-07T18"

              use server = new NodeServer(good)
              let node = Node server.Address
              Expect.isNull (node.List source).Failure "heard"
              archive.File($"desertbus/source/{hour}/00:45.0-5-full-AAAI.ts", 1L)

              let names =
                  [ for path in IO.Directory.GetFiles(archive.At $"desertbus/source/{hour}") ->
                        nonNull (IO.Path.GetFileName path) ]

              Expect.equal
                  (nonNull (node.Names(source, hour)).Value).Digest
                  (namesOf hour names).Digest
                  "the later names"

              server.Answers(fun request ->
                  match good { request with Headers = Map.empty } with
                  | Answer(status, headers, body) when request.Path.StartsWith "/api/v1/names" ->
                      let cut = (Encoding.UTF8.GetString body).Replace("\"00:00.0-10-full-AAAA.ts\",", "")
                      Answer(status, headers, Encoding.UTF8.GetBytes cut)
                  | other -> other)

              let cut = node.Names(source, hour)
              Expect.isNull cut.Value "none"
              expectFailure cut.Failure "do not have the digest"
              server.Answers good
              IO.Directory.Delete(archive.At $"desertbus/source/{hour}", true)
              archive.File("desertbus/source/2025-11-07T19/00:00.0-1-full-AAAA.ts", 1L)
              let gone = node.Names(source, hour)
              Expect.isNull gone.Value "gone"
              Expect.isNull gone.Failure "gone"

          archiveTest "a stream that it does not have is empty; one that it does not watch is not"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              archive.Files("desertbus/480p/2025-11-07T18", [ "00:00.0-10-full-AAAA.ts" ])
              use service = new Service(archive, [])
              service.AwaitReady()
              let node = Node $"http://127.0.0.1:{service.Port}"
              let none = node.List(StreamName("other", "source"))
              Expect.isNull none.Failure "it answers"
              Expect.isEmpty (nonNull none.Value).Hours "nothing"
              let unwatched = node.List(StreamName("desertbus", "480p"))
              expectFailure unwatched.Failure "403 Forbidden: this service does not watch desertbus/480p"
              Expect.isNull unwatched.Value "nothing is known"

              let from =
                  Report.defaults.FirstHour,
                  { Report.defaults with
                      FirstHour = Hour.tryParse "2025-11-07T19" }

              let hours = (nonNull (node.List(source, snd from)).Value).Hours

              Expect.equal (Seq.exactlyOne hours).Count (Nullable 0) "an hour left out is there"

          archiveTest "the token goes only to a node that asks for one"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              archive.File("token", 0L)
              IO.File.WriteAllText(archive.At "token", "secret\n")
              use service = new Service(archive, [ "--api-token-file"; archive.At "token" ])
              service.AwaitReady()
              let tokens = Collections.Concurrent.ConcurrentQueue<string option>()

              use server =
                  new NodeServer(fun request ->
                      tokens.Enqueue(request.Headers.TryFind "authorization")
                      forward service.Port request)

              let heard = Node(server.Address, "secret").List source
              Expect.isNull heard.Failure "heard"
              Expect.equal (Seq.head tokens) None "not before it is asked for"
              Expect.equal (Seq.item 1 tokens) (Some "Bearer secret") "then"
              expectFailure (Node(server.Address).List source).Failure "wants a token; .*--node-token-file"

              expectFailure (Node(server.Address, "wrong").List source).Failure "does not take the token"

              tokens.Clear()

              use other =
                  new NodeServer(fun request ->
                      tokens.Enqueue(request.Headers.TryFind "authorization")
                      restreamer "A" request)

              Node(other.Address, "secret").List source |> ignore
              Expect.all tokens Option.isNone "a restreamer does not get it" ]
