/// The backdoor: F# Interactive within the running service, over a connection as `nc` makes it.
module Coverage.Tests.BackdoorTests

open System
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Sockets
open System.Text
open System.Threading
open Expecto
open Coverage.Tests.Sandbox

let private compiler = "FSharp.Compiler.Service"

/// What a process has mapped into its memory.
let private maps (service: Service) =
    File.ReadAllText $"/proc/{service.Id}/maps"

type private Connection(port: int) =
    let client = new TcpClient("127.0.0.1", port)
    let stream = client.GetStream()
    do stream.ReadTimeout <- 60_000

    member _.Send(text: string) =
        stream.Write(ReadOnlySpan(Encoding.UTF8.GetBytes text))

    /// What comes until a text has come, or until the end.
    member _.Until(awaited: string) : string =
        let heard = StringBuilder()
        let buffer = Array.zeroCreate<byte> 4096
        let mutable isOver = false

        while not (isOver || heard.ToString().EndsWith awaited) do
            match stream.Read(buffer, 0, buffer.Length) with
            | 0 -> isOver <- true
            | count -> heard.Append(Encoding.UTF8.GetString(buffer, 0, count)) |> ignore

        heard.ToString()

    /// What a line, or several, are answered with.
    member this.Ask(text: string) : string =
        this.Send(text + "\n")
        this.Until "\n> "

    interface IDisposable with
        member _.Dispose() = client.Dispose()

/// A connection that has been greeted; the one before may be about to end.
let rec private connect (port: int) =
    let it = new Connection(port)
    let greeting = it.Until "\n> "

    if greeting.Contains "one at a time" then
        (it :> IDisposable).Dispose()
        Thread.Sleep 20
        connect port
    else
        Expect.stringEnds greeting "\n> " "a greeting and a prompt"
        it

/// A service over an archive, with the port of its backdoor.
let private withBackdoor (archive: Folder) (words: string list) (test: Service -> int -> unit) =
    let port = freePort ()
    use service = new Service(archive, [ "--backdoor-port"; string port ] @ words)
    service.AwaitReady()
    test service port

[<Tests>]
let backdoor =
    testList
        "the backdoor"
        [ archiveTest "a line is evaluated, several up to ;; and errors are shown, on the connection"
          <| fun archive ->
              CheckTests.layOutExample "c" archive

              withBackdoor archive [] (fun service port ->
                  use it = connect port
                  Expect.stringContains (it.Ask "20 + 22") "val it: int = 42" ""
                  Expect.stringContains (it.Ask "let twice x =\n    2 * x\n;;") "val twice" "several lines"
                  Expect.stringContains (it.Ask "twice 8;;") "val it: int = 16" "what was defined stays"
                  Expect.stringContains (it.Ask "printfn \"to me\"") "to me" "what is printed"
                  Expect.stringContains (it.Ask "eprintfn \"me too\"") "me too" "what is printed as an error"
                  Expect.stringContains (it.Ask "1 + \"a\"") "error FS0001" "what does not fit"
                  Expect.stringContains (it.Ask "(invalidOp \"oops\": int)") "oops" "what throws"

                  Expect.stringContains
                      (it.Ask "checker.Reports[\"c/source\"].Raw.HoleLength")
                      "7000000L"
                      "the hole of the worked example"

                  Expect.stringContains
                      (it.Ask "checker.Options.BaseDir")
                      archive.Path
                      "the options of the service"

                  Expect.isEmpty (service.WholeLog |> List.filter _.Contains("to me")) "not in the log")

          archiveTest "closing a connection leaves the service as it was; the next one finds what was defined"
          <| fun archive ->
              CheckTests.layOutExample "c" archive

              withBackdoor archive [] (fun service port ->
                  using (connect port) (fun it ->
                      // A thread that goes on printing when no connection listens.
                      let loud =
                          "Threading.Thread(fun () -> while true do printfn \"%s\" (String('x', 9999))).Start()"

                      it.Ask $"let mine = 1;;\n{loud};;" |> ignore)

                  use it = connect port
                  Expect.stringContains (it.Ask "mine") "val it: int = 1" ""
                  it.Send "#quit\n"
                  Expect.equal (it.Until "> ") "" "quit"
                  service.AwaitRound()
                  Expect.equal (service.Stop()) 0 "")

          archiveTest
              "one connection at a time, also while what cannot be interrupted runs; the service goes on and ends"
          <| fun archive ->
              CheckTests.layOutExample "c" archive

              withBackdoor archive [] (fun service port ->
                  use first = connect port
                  first.Send "printf \"round and round\"; while true do ()\n"
                  Expect.stringEnds (first.Until "round and round") "round and round" "it runs"
                  use second = new Connection(port)
                  Expect.stringContains (second.Until "> ") "one at a time" ""
                  service.AwaitRound()
                  Expect.equal (service.Stop()) 0 "")

          archiveTest "whoever speaks HTTP is hung up on, and nothing is evaluated"
          <| fun archive ->
              let mark = archive.At "mark"

              withBackdoor archive [] (fun service port ->
                  for first in
                      [ "GET / HTTP/1.1"
                        "POST /x HTTP/1.1\r"
                        "X-ODD / HTTP/1.0"
                        "\x16\x03\x01\x02" ] do
                      use it = connect port
                      it.Send $"{first}\nSystem.IO.File.WriteAllText(\"{mark}\", \"\");;\n"
                      // A reset, when the rest was not read, or the end.
                      try
                          Expect.equal (it.Until "> ") "" first
                      with :? IOException ->
                          ()

                  Expect.isFalse (File.Exists mark) ""
                  Expect.isFalse ((maps service).Contains compiler) "not even its compiler was loaded"
                  eventually "it is logged" (fun () -> service.Log |> List.exists _.Contains("hung up")))

          archiveTest "listens on 127.0.0.1 alone, whatever --bind says, and warns of it"
          <| fun archive ->
              withBackdoor archive [ "--bind"; "0.0.0.0" ] (fun service port ->
                  let listening =
                      [ for line in File.ReadAllLines "/proc/net/tcp" do
                            let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)

                            if words[1].EndsWith $":%04X{port}" && words[3] = "0A" then
                                words[1].Split(':')[0] ]

                  Expect.equal listening [ "0100007F" ] "127.0.0.1 and no other"

                  eventually "a warning" (fun () ->
                      service.Log
                      |> List.exists (fun line -> line.Contains "warn" && line.Contains "backdoor")))

          archiveTest "is closed, and its compiler not loaded, unless it is asked for"
          <| fun archive ->
              use service = new Service(archive, [])
              service.AwaitReady()
              Expect.isFalse ((maps service).Contains compiler) ""
              Expect.isFalse (service.WholeLog |> List.exists _.Contains("backdoor")) ""

          archiveTest "a port in use ends the service, with a sentence"
          <| fun archive ->
              use taken = new TcpListener(IPAddress.Loopback, freePort ())
              taken.Start()
              let port = (taken.LocalEndpoint :?> IPEndPoint).Port

              let result =
                  run
                      [ "serve"
                        "--base-dir"
                        archive.Path
                        "--metrics-port"
                        string (freePort ())
                        "--backdoor-port"
                        string port ]

              Expect.equal result.ExitCode 69 ""
              Expect.stringContains result.Error $"backdoor on port {port}" "" ]
