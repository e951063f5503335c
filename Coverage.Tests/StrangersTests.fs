/// What many requests and slow readers of one client cost the others: on loopback every address of 127.0.0.0/8 is a
/// client of its own.
module Coverage.Tests.StrangersTests

open System.Buffers
open System
open System.IO
open System.Collections.Immutable
open System.IO.Compression
open System.Net
open System.Net.Http
open System.Net.Sockets
open System.Text
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging.Abstractions
open Microsoft.Extensions.Options
open Prometheus
open Coverage.Host
open Coverage.Tests.Sandbox
open Coverage.Tests.ApiTests

/// A connection from one of the addresses of this machine, whose receiver takes next to nothing by itself.
type private Stranger(address: string, port: int) =
    let client =
        new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)

    let mutable isClosed = false
    let read = StringBuilder()

    do
        client.ReceiveBufferSize <- 4096
        client.Bind(IPEndPoint(IPAddress.Parse address, 0))
        client.Connect(IPAddress.Loopback, port)

    member _.Ask(path: string) : unit =
        try
            client.Send(Encoding.ASCII.GetBytes $"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
            |> ignore
        with :? SocketException ->
            isClosed <- true

    /// Reads what is there, without waiting, and no more than a few bytes.
    member _.Sip() : unit =
        try
            let buffer: byte[] = Array.zeroCreate 16

            if client.Poll(0, SelectMode.SelectRead) then
                match client.Receive buffer with
                | 0 -> isClosed <- true
                | length -> read.Append(Encoding.ASCII.GetString(buffer, 0, length)) |> ignore
        with :? SocketException ->
            isClosed <- true

    /// The status of the answer, once it is there: three letters after HTTP/1.1.
    member this.Status: string =
        eventually "a status" (fun () ->
            if read.Length < 12 then
                this.Sip()

            isClosed || read.Length >= 12)

        if read.Length < 12 then "closed" else read.ToString(9, 3)

    /// Whether the other side has closed it, whatever is still unread.
    member _.IsClosed: bool =
        try
            isClosed
            || client.Poll(0, SelectMode.SelectError)
            || (client.Poll(0, SelectMode.SelectRead) && client.Available = 0)
        with :? SocketException ->
            true

    interface IDisposable with
        member _.Dispose() = client.Dispose()

let private all (strangers: Stranger list) =
    { new IDisposable with
        member _.Dispose() =
            for stranger in strangers do
                (stranger :> IDisposable).Dispose() }

let private statuses (strangers: Stranger list) =
    strangers |> List.countBy _.Status |> Map.ofList

/// The status that another client gets.
let private another (service: Service) (path: string) =
    use stranger = new Stranger("127.0.0.9", service.Port)
    stranger.Ask path
    stranger.Status

let private resident (service: Service) : int64 =
    File.ReadAllLines $"/proc/{service.Id}/status"
    |> Array.find _.StartsWith("VmRSS:")
    |> fun line -> int64 (line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024L

/// A service with an answer of some five megabytes: many holes, and a long name before each.
let private large (archive: Folder) =
    let names =
        [ for second in 0..3599 do
              for tenth in 0..2 -> $"%02d{second / 60}:%02d{second % 60}.{3 * tenth}-0.1-full-.ts" ]

    layOut archive (String('c', 200)) "2025-11-07T18" names
    let service = new Service(archive, [ "--check-interval"; "3600" ])
    service.AwaitReady()
    let length = (ask service "holes").Body.Length
    Expect.isGreaterThan length 3_000_000 "a large answer"
    service

let private everything =
    [ "/"
      "/api/v1/streams"
      "/api/v1/holes"
      "/api/v1/events"
      "/metrics"
      "/health/ready" ]

[<Tests>]
let shares =
    testList
        "each client's share"
        [ archiveTest
              "64 silent listeners of one client are refused from the 33rd on, and cost the others nothing"
          <| fun archive ->
              use service = onExample archive
              let strangers = [ for _ in 1..64 -> new Stranger("127.0.0.2", service.Port) ]
              use _ = all strangers

              for stranger in strangers do
                  stranger.Ask "/api/v1/events"

              Expect.equal (statuses strangers) (Map.ofList [ "200", 32; "429", 32 ]) ""

              for path in everything do
                  Expect.equal (another service path) "200" path

              // Nor does its own page lack anything but the events.
              use own = new Stranger("127.0.0.2", service.Port)
              own.Ask "/api/v1/streams"
              Expect.equal own.Status "200" ""

          archiveTest
              "64 slow readers of a large answer cost the others nothing, and little memory; in the end they are closed"
          <| fun archive ->
              use service = large archive
              let before = resident service
              let strangers = [ for _ in 1..64 -> new Stranger("127.0.0.2", service.Port) ]
              use _ = all strangers

              for stranger in strangers do
                  stranger.Ask "/api/v1/holes"

              Expect.equal (statuses strangers) (Map.ofList [ "200", 32; "429", 32 ]) ""

              for path in everything do
                  Expect.equal (another service path) "200" path

              // 32 unpacked answers alone would be more than 100 MiB.
              Expect.isLessThan (resident service - before) 100L "MiB more than before"

              eventually "the slow readers' places are free" (fun () ->
                  use next = new Stranger("127.0.0.2", service.Port)
                  next.Ask "/api/v1/streams"
                  next.Status = "200")

          archiveTest "64 slow scrapes of one client hold up no other's"
          <| fun archive ->
              for channel in 'a' .. 'z' do
                  for hour in 10..19 do
                      layOut archive (String(channel, 200)) $"2025-11-07T{hour}" [ "00:00.0-5-full-.ts" ]

              use service = new Service(archive, [])
              service.AwaitReady()
              let strangers = [ for _ in 1..64 -> new Stranger("127.0.0.2", service.Port) ]
              use _ = all strangers

              for stranger in strangers do
                  stranger.Ask "/metrics"

              Expect.equal (statuses strangers) (Map.ofList [ "200", 8; "429", 56 ]) ""
              Expect.equal (another service "/metrics") "200" ""

          archiveTest "a client has 128 connections; more are closed, and another client gets its own"
          <| fun archive ->
              use service = onExample archive
              let strangers = [ for _ in 1..300 -> new Stranger("127.0.0.2", service.Port) ]
              use _ = all strangers

              eventually "128 are left" (fun () ->
                  (strangers |> List.filter (fun stranger -> not stranger.IsClosed)).Length <= 128)

              for path in everything do
                  Expect.equal (another service path) "200" path

              Expect.equal
                  (strangers |> List.filter (fun stranger -> not stranger.IsClosed)).Length
                  128
                  "and no more are closed"

          archiveTest "not even those who take all connections fill the log"
          <| fun archive ->
              use service = onExample archive

              let strangers =
                  [ for client in 2..6 do
                        for _ in 1..128 -> new Stranger($"127.0.0.{client}", service.Port) ]

              use _ = all strangers

              eventually "512 are left" (fun () ->
                  (strangers |> List.filter (fun stranger -> not stranger.IsClosed)).Length <= 512)

              Expect.isEmpty (service.Log |> List.filter _.Contains("onnection")) ""

          law "an IPv4 address is one client in either notation, and another address is another"
          <| fun (one: uint32) (other: uint32) ->
              let address (number: uint32) = IPAddress(BitConverter.GetBytes number)

              Expect.equal (Clients.Of((address one).MapToIPv6())) (Clients.Of(address one)) ""
              Expect.equal (Clients.Of(address one) = Clients.Of(address other)) (one = other) ""

          law "an IPv6 network of 64 bits is one client, whatever the last half of the address"
          <| fun (network: uint64) (other: uint64) (one: uint64) (two: uint64) ->
              let address (network: uint64) (host: uint64) =
                  let high, low =
                      BitConverter.GetBytes(network ||| 0x20UL), BitConverter.GetBytes host

                  IPAddress(Array.append high low)

              Expect.equal (Clients.Of(address network one)) (Clients.Of(address network two)) ""
              let isSame = Clients.Of(address network one) = Clients.Of(address other two)
              Expect.equal isSame (network ||| 0x20UL = (other ||| 0x20UL)) ""

          test "clients take turns: whoever has asked for much waits behind whoever asks for little" {
              use turns = Clients.Turns()

              let of' (address: string) =
                  let context = DefaultHttpContext()
                  context.Connection.RemoteIpAddress <- IPAddress.Parse address
                  context

              let much, little = of' "127.0.0.2", of' "127.0.0.3"

              // All there is is taken: by this client as far as it may, by others for the rest.
              let mine = [ for _ in 1 .. Share.Work.Each -> turns.AttemptAcquire much ]

              let others =
                  [ for i in 1 .. Share.Work.All - Share.Work.Each -> turns.AttemptAcquire(of' $"127.0.1.{i}") ]

              Expect.all (mine @ others) _.IsAcquired ""
              let waiting = [ for _ in 1..20 -> turns.AcquireAsync(much).AsTask() ]
              let next = turns.AcquireAsync(little).AsTask()
              mine.Head.Dispose()
              Expect.isTrue next.Result.IsAcquired "it is next"
              Expect.all waiting (fun one -> not one.IsCompleted) "the others wait"
          } ]

[<Tests>]
let scrapes =
    let scrape (scrapes: Scrapes) (gzip: bool) =
        task {
            let context = DefaultHttpContext()
            use body = new MemoryStream()
            context.Response.Body <- body

            if gzip then
                context.Request.Headers.AcceptEncoding <- "gzip"

            do! scrapes.ServeAsync context
            return body.ToArray()
        }

    let unpacked (gzip: byte[]) =
        use stream = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress)
        use reader = new StreamReader(stream)
        reader.ReadToEnd()

    testList
        "scrapes"
        [ test "those that come while a text is made share it, packed or not; the next gets a new one" {
              let registry = Metrics.NewCustomRegistry()
              Metrics.WithCustomRegistry(registry).CreateGauge("a", "Help of a").Set 1.0
              let mutable collections = 0
              let gate = TaskCompletionSource()

              registry.AddBeforeCollectCallback(
                  Func<CancellationToken, Task>(fun _ ->
                      Interlocked.Increment &collections |> ignore
                      gate.Task)
              )

              let scrapes = Scrapes registry
              let asked = [ for i in 1..20 -> scrape scrapes (i % 2 = 0) ]
              gate.SetResult()
              let texts = asked |> List.map _.Result
              Expect.equal collections 1 "made once"
              let plain = Encoding.UTF8.GetString texts.Head
              Expect.stringContains plain "# HELP a Help of a\n# TYPE a gauge\na 1\n" ""

              for i, text in List.indexed texts do
                  let text =
                      if i % 2 = 1 then
                          unpacked text
                      else
                          Encoding.UTF8.GetString text

                  Expect.equal text plain ""

              (scrape scrapes false).Wait()
              Expect.equal collections 2 "made anew"
          }

          archiveTest "/metrics and everything below it answer alike, packed for who takes gzip"
          <| fun archive ->
              use service = onExample archive

              for path in [ "/metrics"; "/metrics/"; "/metrics/segment_coverage"; "/metrics/a/b" ] do
                  let plain = send HttpMethod.Get [] service path
                  Expect.equal plain.Status 200 path
                  Expect.equal plain.Headers["content-type"] "text/plain; version=0.0.4; charset=utf-8" path
                  Expect.isFalse (plain.Headers.ContainsKey "content-encoding") path

                  let named =
                      sample
                          "raw_holes"
                          [ "channel", "desertbus"; "quality", "source"; "hour", "2025-11-07T18" ]

                  let holes = named (parseMetrics plain.Text)
                  Expect.isSome holes path

                  let packed =
                      send HttpMethod.Get [ "Accept-Encoding", "deflate, gzip;q=0.5" ] service path

                  Expect.equal packed.Headers["content-encoding"] "gzip" path
                  Expect.equal packed.Headers["vary"] "Accept-Encoding" path
                  Expect.equal (named (parseMetrics (unpacked packed.Body))) holes path
                  let refused = send HttpMethod.Get [ "Accept-Encoding", "gzip;q=0" ] service path
                  Expect.isFalse (refused.Headers.ContainsKey "content-encoding") path
                  Expect.equal (send HttpMethod.Head [] service path).Status 200 path
                  Expect.equal (send HttpMethod.Post [] service path).Status 405 path ]

[<Tests>]
let slow =
    testList
        "answers on their way"
        [ archiveTest
              "a large one is the same bytes, with its length, whether it is unpacked on its way or never packed"
          <| fun archive ->
              use service = large archive
              let path = "/api/v1/holes"
              let plain = send HttpMethod.Get [] service path
              Expect.equal plain.Headers["content-length"] (string plain.Body.Length) ""
              let packed = send HttpMethod.Get [ "Accept-Encoding", "gzip" ] service path
              use unpacked = new MemoryStream()
              (new GZipStream(new MemoryStream(packed.Body), CompressionMode.Decompress)).CopyTo unpacked
              Expect.equal (unpacked.ToArray()) plain.Body ""
              let head = send HttpMethod.Head [] service path
              Expect.equal head.Headers["content-length"] (string plain.Body.Length) ""

          testCase "an answer that takes too long is closed, and does not pass for a whole one"
          <| fun () ->
              let builder = WebApplication.CreateEmptyBuilder(WebApplicationOptions())
              builder.Services.AddRoutingCore().AddLogging() |> ignore

              builder.Services.AddRequestTimeouts(fun timeouts ->
                  timeouts.DefaultPolicy <- Timeouts.RequestTimeoutPolicy(Timeout = TimeSpan.FromSeconds 1.0))
              |> ignore

              let port = freePort ()
              builder.WebHost.UseKestrelCore().UseUrls $"http://127.0.0.1:{port}" |> ignore
              let app = builder.Build()
              app.UseRequestTimeouts() |> ignore
              let body: byte[] = Array.zeroCreate 50_000_000
              let packed = Sending.Gzip(ReadOnlySpan body)

              for path, send in
                  [ "/plain",
                    (fun (context: HttpContext) -> Sending.SendAsync(context, ReadOnlySequence body))
                    "/unpacked", (fun context -> Sending.SendUnpackedAsync(context, ReadOnlySequence packed)) ] do
                  app.MapGet(path, RequestDelegate send) |> ignore

              app.StartAsync().Wait()

              try
                  use http = new HttpClient()

                  for path in [ "plain"; "unpacked" ] do
                      use answer =
                          http
                              .GetAsync(
                                  $"http://127.0.0.1:{port}/{path}",
                                  HttpCompletionOption.ResponseHeadersRead
                              )
                              .Result

                      Expect.equal (int answer.StatusCode) 200 ""
                      use stream = answer.Content.ReadAsStream()
                      let buffer: byte[] = Array.zeroCreate 10_000

                      // Some ten seconds for all, were it not closed.
                      Expect.throws
                          (fun () ->
                              for _ in 1..5_000 do
                                  stream.ReadExactly buffer
                                  Thread.Sleep 2)
                          path
              finally
                  app.DisposeAsync().AsTask().Wait()

          test "the service gives each answer two minutes, and closes those who read too slowly" {
              let prepared =
                  WebServer.Prepare(IPAddress.Loopback, 1, ImmutableArray.Empty, NullLoggerFactory.Instance)

              let app = prepared.Build()

              let timeouts =
                  app.Services
                      .GetRequiredService<IOptions<Timeouts.RequestTimeoutOptions>>()
                      .Value.DefaultPolicy

              let limits =
                  app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits

              Expect.equal
                  (timeouts |> Option.ofObj |> Option.map _.Timeout)
                  (Some(Nullable(TimeSpan.FromMinutes 2.0)))
                  ""

              let rate = limits.MinResponseDataRate |> Option.ofObj |> Option.map _.BytesPerSecond
              Expect.equal rate (Some 16384.0) ""
              Expect.equal limits.MaxConcurrentConnections (Nullable 512L) ""
              (app :> IAsyncDisposable).DisposeAsync().AsTask().Wait()
          } ]
