/// Nodes of a fleet that answer over HTTP as a test wants: well, or in every wrong way.
module Coverage.Tests.NodeServer

open System
open System.Collections.Concurrent
open System.IO
open System.IO.Compression
open System.Net
open System.Net.Http
open System.Net.Security
open System.Net.Sockets
open System.Security.Authentication
open System.Security.Cryptography.X509Certificates
open System.Text
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Coverage.Tests.Sandbox

/// A request, with its path as it was sent.
type Request =
    { Method: string
      Path: string
      Headers: Map<string, string> }

/// What a server does with a request.
type Reply =
    /// A status, headers and a body. A length and a date are added where none is given.
    | Answer of status: int * headers: (string * string) list * body: byte[]
    /// The connection stays open and silent.
    | Silence
    /// The connection ends.
    | Hangup

let text (status: int) (body: string) : Reply =
    Answer(status, [], Encoding.UTF8.GetBytes body)

/// A body packed with gzip.
let gzip (body: byte[]) : byte[] =
    use packed = new MemoryStream()

    do
        use stream = new GZipStream(packed, CompressionLevel.Fastest)
        stream.Write body

    packed.ToArray()

/// A server on a port of its own that answers by a function, which a test may exchange; over TLS where it has a certificate,
/// which is that of localhost.
type NodeServer(initially: Request -> Reply, ?certificate: X509Certificate2) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    let asked = ConcurrentQueue<Request>()
    let mutable answer = initially

    let readHead (stream: Stream) : string list =
        let lines = ResizeArray<string>()
        let line = StringBuilder()
        let mutable ended = false

        while not ended do
            match stream.ReadByte() with
            | -1 ->
                lines.Clear()
                ended <- true
            | 10 when line.Length = 0 -> ended <- true
            | 10 ->
                lines.Add(string line)
                line.Clear() |> ignore
            | 13 -> ()
            | other -> line.Append(char other) |> ignore

        List.ofSeq lines

    let serve (client: TcpClient) =
        use client = client

        use stream: Stream =
            match certificate with
            | None -> client.GetStream()
            | Some certificate ->
                let secure = new SslStream(client.GetStream())
                secure.AuthenticateAsServer certificate
                secure

        match readHead stream with
        | [] -> ()
        | first :: headers ->
            let words = first.Split ' '

            let request =
                { Method = words[0]
                  Path = words[1]
                  Headers =
                    Map.ofList
                        [ for header in headers do
                              match header.Split(": ", 2) with
                              | [| name; value |] -> name.ToLowerInvariant(), value
                              | _ -> () ] }

            asked.Enqueue request

            match answer request with
            | Hangup -> ()
            | Silence -> Thread.Sleep Timeout.Infinite
            | Answer(status, headers, body) ->
                let given = set [ for name, _ in headers -> name ]

                let all =
                    headers
                    @ [ if not (given.Contains "Date") then
                            "Date", DateTimeOffset.UtcNow.ToString "R"
                        if not (given.Contains "Content-Length") then
                            "Content-Length", string body.Length
                        "Connection", "close" ]

                let head = String.concat "" [ for name, value in all -> $"{name}: {value}\r\n" ]

                stream.Write(Encoding.Latin1.GetBytes $"HTTP/1.1 {status} Some Reason\r\n{head}\r\n")

                if request.Method <> "HEAD" then
                    stream.Write body

    do
        listener.Start()

        let accept () =
            try
                while true do
                    let client = listener.AcceptTcpClient()

                    let work () =
                        try
                            serve client
                        with
                        | :? IOException
                        | :? AuthenticationException -> () // The caller is gone, or does not know the certificate.

                    let thread = Thread(work, IsBackground = true)
                    thread.Start()
            with
            | :? SocketException
            | :? InvalidOperationException -> () // The server ends.

        let thread = Thread(accept, IsBackground = true)
        thread.Start()

    /// Its address.
    member _.Address =
        let at =
            if certificate.IsSome then
                "https://localhost"
            else
                "http://127.0.0.1"

        $"{at}:{(listener.LocalEndpoint :?> IPEndPoint).Port}"

    /// From now on it answers so.
    member _.Answers(by: Request -> Reply) = answer <- by

    /// What it was asked since the last time this was looked at, its paths unescaped.
    member _.TakeAsked() : (string * string) list =
        [ let mutable request = Unchecked.defaultof<Request>

          while asked.TryDequeue &request do
              request.Method, Uri.UnescapeDataString request.Path ]

    interface IDisposable with
        member _.Dispose() = listener.Dispose()

let private http =
    new HttpClient(new SocketsHttpHandler(AllowAutoRedirect = false), Timeout = TimeSpan.FromSeconds 60.0)

/// The answer of another server on this machine to the same request.
let forward (port: int) (request: Request) : Reply =
    use asking =
        new HttpRequestMessage(HttpMethod request.Method, $"http://127.0.0.1:{port}{request.Path}")

    for name in [ "accept-encoding"; "authorization"; "if-none-match" ] do
        match request.Headers.TryFind name with
        | Some value -> asking.Headers.TryAddWithoutValidation(name, value) |> ignore
        | None -> ()

    use answer = http.Send asking

    let headers =
        [ for header in Seq.append answer.Headers answer.Content.Headers do
              if
                  Seq.contains
                      (header.Key.ToLowerInvariant())
                      [ "content-type"; "content-encoding"; "etag"; "www-authenticate"; "date" ]
              then
                  header.Key, String.Join(", ", header.Value) ]

    use body = new MemoryStream()
    answer.Content.ReadAsStream().CopyTo body
    Answer(int answer.StatusCode, headers, body.ToArray())

/// The answers of a restreamer over a recorded archive, as they were recorded.
let restreamer (node: string) : Request -> Reply =
    let path =
        Path.Combine(AppContext.BaseDirectory, "fixtures", "recorded", $"restreamer-node{node}.jsonl.gz")

    use packed = File.OpenRead path
    use lines = new StreamReader(new GZipStream(packed, CompressionMode.Decompress))

    let known =
        Map.ofList
            [ for line in lines.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries) do
                  let json = JsonElement.Parse line

                  let headers =
                      [ for header in json?headers.EnumerateObject() do
                            if header.Name <> "Content-Length" || Sandbox.text json?``method`` = "HEAD" then
                                header.Name, Sandbox.text header.Value ]

                  (Sandbox.text json?``method``, Uri.UnescapeDataString(Sandbox.text json?path)),
                  Answer(json?status.GetInt32(), headers, Encoding.UTF8.GetBytes(Sandbox.text json?body)) ]

    fun request ->
        match known.TryFind(request.Method, Uri.UnescapeDataString request.Path) with
        | Some answer -> answer
        // Beside its lists it answers as to any address that it does not have.
        | None -> known["GET", "/"]

/// The answers of a restreamer over a folder.
let restreaming (root: string) (request: Request) : Reply =
    let parts =
        ((request.Path.Split '?')[0]).Trim('/').Split('/')
        |> Array.map Uri.UnescapeDataString

    let path = Path.Combine(Array.append [| root |] parts[1..])

    let names =
        if parts[0] = "files" && Directory.Exists path then
            [ for entry in Directory.GetFileSystemEntries path -> nonNull (Path.GetFileName entry) ]
        else
            []

    let json (text: string) =
        Answer(200, [ "Content-Type", "application/json" ], Text.Encoding.UTF8.GetBytes text)

    if parts[0] = "files" then
        json (JsonSerializer.Serialize names)
    elif parts[0] = "segments" && File.Exists path then
        Answer(200, [ "Content-Type", "video/MP2T" ], File.ReadAllBytes path)
    else
        text 404 "not found"
