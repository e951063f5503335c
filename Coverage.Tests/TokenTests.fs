/// Who is let in: the token, the login, the names of the service, and the headers that guard its pages.
module Coverage.Tests.TokenTests

open System
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Text
open System.Text.RegularExpressions
open Expecto
open Microsoft.Playwright
open Coverage.Tests.Browser
open Coverage.Tests.Sandbox
open Coverage.Tests.ApiTests

let private secret = "correct-horse/battery+staple="

/// A service that asks for a token, over the worked example.
let private guarded (archive: Folder) =
    CheckTests.layOutExample "desertbus" archive
    File.WriteAllText(archive.At "token", secret + "\n")
    let service = new Service(archive, [ "--api-token-file"; archive.At "token" ])
    service.AwaitReady()
    service

let private bearer (token: string) = [ "Authorization", "Bearer " + token ]

let private post (service: Service) (token: string) : Answer =
    // It keeps no cookies, which the other tests' requests would send.
    use http =
        new HttpClient(new SocketsHttpHandler(AllowAutoRedirect = false, UseCookies = false))

    use form = new FormUrlEncodedContent([ KeyValuePair("token", token) ])
    use answer = http.PostAsync($"http://127.0.0.1:{service.Port}/login", form).Result

    { Status = int answer.StatusCode
      Headers =
        Map.ofSeq
            [ for header in answer.Headers -> header.Key.ToLowerInvariant(), String.Join(",", header.Value) ]
      Body = answer.Content.ReadAsByteArrayAsync().Result }

/// What wants the token: everything, be it there or not.
let private closed =
    [ "/"
      "/web/main.js"
      "/web/login.html"
      "/api"
      "/api/"
      "/api/index.html"
      "/api/v1/streams"
      "/api/v1/events"
      "/api/v1/openapi.json"
      "/api/v1/nothing"
      "/nothing"
      "/login/main.js"
      "/metricsx"
      "/health" ]

let private opened =
    [ "/metrics"
      "/metrics/segment_coverage"
      "/health/live"
      "/health/ready"
      "/login" ]

[<Tests>]
let token =
    testList
        "the token"
        [ archiveTest "is wanted for everything but metrics, health and the login; who sends it is let in"
          <| fun archive ->
              use service = guarded archive

              for path in closed do
                  let answer = send HttpMethod.Get [] service path
                  Expect.equal (answer.Status, answer.Headers["www-authenticate"]) (401, "Bearer") path
                  Expect.stringContains (text answer.Json?detail) "/login" path
                  let answer = send HttpMethod.Head (bearer secret) service path
                  Expect.notEqual answer.Status 401 path

              Expect.equal
                  (send HttpMethod.Post [] service "/").Status
                  401
                  "nor does another method tell anything"

              for path in opened do
                  Expect.equal (send HttpMethod.Get [] service path).Status 200 path

              for file in
                  Regex.Matches((send HttpMethod.Get [] service "/login").Text, "(?:href|src)=\"([^\"]*)\"") do
                  Expect.equal
                      (send HttpMethod.Get [] service ("/" + file.Groups[1].Value)).Status
                      200
                      file.Value

              let streams = send HttpMethod.Get (bearer secret) service "/api/v1/streams"
              Expect.equal (items streams.Json?streams).Length 1 ""

          archiveTest "anything else is none"
          <| fun archive ->
              use service = guarded archive

              for headers in
                  [ bearer ""
                    bearer "x"
                    bearer (secret + "x")
                    bearer secret[1..]
                    bearer (secret.ToUpperInvariant())
                    [ "Authorization", "Basic " + secret ]
                    [ "Authorization", secret ]
                    [ "Cookie", $"segment-coverage-{service.Port}={secret}" ]
                    [ "Cookie", $"segment-coverage-{service.Port}=" ] ] do
                  Expect.equal (send HttpMethod.Get headers service "/api/v1/streams").Status 401 $"{headers}"

          archiveTest "a browser is sent to the login, from however deep, by an address relative to its own"
          <| fun archive ->
              use service = guarded archive

              for path, location in
                  [ "/", "login"
                    "/?fleet=a%20b&stream=c/source", "login#fleet=a%20b&stream=c/source"
                    "/api", "login"
                    "/api/index.html", "../login"
                    "/api/v1/streams", "../../login" ] do
                  let answer = send HttpMethod.Get [ "Accept", "text/html,*/*" ] service path
                  Expect.equal (answer.Status, answer.Headers["location"]) (302, location) path

          archiveTest
              "the login gives a cookie that scripts and other sites cannot use, and that lets in until it ends"
          <| fun archive ->
              use service = guarded archive

              for wrong in [ ""; "x"; String('x', 100_000) ] do
                  let answer = post service wrong
                  Expect.equal (answer.Status, answer.Headers["location"]) (302, "login?wrong") ""
                  Expect.isFalse (answer.Headers.ContainsKey "set-cookie") ""

              let answer = post service secret
              Expect.equal (answer.Status, answer.Headers["location"]) (303, "./") ""
              let cookie = answer.Headers["set-cookie"]

              for word in [ "httponly"; "samesite=strict"; "expires=" ] do
                  Expect.stringContains (cookie.ToLowerInvariant()) word ""

              Expect.isFalse (cookie.Contains secret) "the token is not in it"
              let pair = cookie.Split(';')[0]
              let name, value = pair.Split('=')[0], pair.Split('=')[1]

              let get value =
                  (send HttpMethod.Get [ "Cookie", $"{name}={value}" ] service "/api/v1/streams").Status

              Expect.equal (get value) 200 ""
              let ends, seal = value.Split('.')[0], value.Split('.')[1]

              for forged in
                  [ $"{int64 ends + 1L}.{seal}"
                    $"{int64 ends - 1L}.{seal}"
                    $"{ends}.{seal[1..]}"
                    $"{ends}.{String('0', seal.Length)}"
                    $"{ends}."
                    $" {ends}.{seal.ToUpperInvariant()}"
                    ends
                    "."
                    "99999999999999999999." + seal
                    "-1." + seal ] do
                  Expect.equal (get forged) 401 forged

              // Another token, another seal.
              File.WriteAllText(archive.At "token", "another")
              use other = new Service(archive, [ "--api-token-file"; archive.At "token" ])
              other.AwaitReady()

              let cookie = $"segment-coverage-{other.Port}={value}"
              Expect.equal (send HttpMethod.Get [ "Cookie", cookie ] other "/api/v1/streams").Status 401 ""

          archiveTest "a body that is no form is a wrong token, and nothing that the log tells of"
          <| fun archive ->
              use service = guarded archive

              for kind, body in
                  [ "multipart/form-data; boundary=a", "abcde"
                    "multipart/form-data; boundary=a", ""
                    "multipart/form-data; boundary=a", "--a"
                    "multipart/form-data; boundary=a", "--a\r\nx"
                    "multipart/form-data; boundary=a",
                    "--a\r\nContent-Disposition: form-data; name=token\r\n\r\nx"
                    "multipart/form-data; boundary=a", "--a\r\nContent-Disposition: ;;\r\n\r\nx\r\n--a--\r\n"
                    "multipart/form-data; boundary=a",
                    "--a\r\n" + String('h', 5000) + ": x\r\n\r\nx\r\n--a--\r\n"
                    "multipart/form-data; boundary=" + String('b', 500), "abcde"
                    "multipart/form-data; boundary=\"\"", "abcde"
                    "multipart/form-data", "abcde"
                    "multipart/form-data; boundary=a", String('x', 9000)
                    "application/x-www-form-urlencoded; charset=none", "token=x"
                    "application/x-www-form-urlencoded; charset=utf-7", "token=x"
                    "application/x-www-form-urlencoded", String('a', 3000) + "=x"
                    "application/x-www-form-urlencoded", String.replicate 2000 "a=&"
                    "application/x-www-form-urlencoded", "token=%ff%zz%"
                    "text/plain", "token"
                    "", "x" ] do
                  use http = new HttpClient(new SocketsHttpHandler(AllowAutoRedirect = false))
                  use content = new ByteArrayContent(Encoding.Latin1.GetBytes body)

                  if kind <> "" then
                      content.Headers.TryAddWithoutValidation("Content-Type", kind) |> ignore

                  use answer =
                      http.PostAsync($"http://127.0.0.1:{service.Port}/login", content).Result

                  Expect.equal
                      (int answer.StatusCode, string answer.Headers.Location)
                      (302, "login?wrong")
                      $"{kind}, {body}"

              let alarming =
                  service.Log
                  |> List.filter (fun line -> Regex.IsMatch(line, " (warn|fail|crit): | at .*Async"))

              Expect.isEmpty alarming ""

          archiveTest
              "it is taken from a regular file, through links, or from a shell's pipe; nothing else is waited for"
          <| fun archive ->
              tool [ "mkfifo"; archive.At "fifo" ]
              File.CreateSymbolicLink(archive.At "link", "fifo") |> ignore
              File.WriteAllText(archive.At "token", secret)
              File.CreateSymbolicLink(archive.At "good", "token") |> ignore

              for path in [ archive.At "fifo"; archive.At "link"; "/dev/null" ] do
                  let result = run [ "serve"; "--base-dir"; archive.Path; "--api-token-file"; path ]
                  Expect.equal result.ExitCode 66 path
                  Expect.stringContains result.Error $"from {path}: it is not a regular file" ""

              let once file =
                  let words =
                      [ "bash"; "-c"; "exec \"$@\" --api-token-file " + file; "bash" ] @ itself

                  runOnceBy words archive

              for file in [ archive.At "good"; "<(sleep 0.2; echo token)"; "<(echo token)" ] do
                  let result = once file
                  Expect.equal result.ExitCode 0 result.Error

              Expect.equal (once "<(sleep 0.2; echo)").ExitCode 66 "what comes from the pipe is read"

          archiveTest "a file that holds no token is reported at the start, by its path"
          <| fun archive ->
              archive.Files("folder", [])
              File.WriteAllText(archive.At "empty", "")
              File.WriteAllText(archive.At "lines", "\n\n")
              File.WriteAllText(archive.At "two", "a\nb\n")
              File.WriteAllText(archive.At "long", String('a', 1025))
              File.WriteAllText(archive.At "accent", "é")

              for name in [ "missing"; "folder"; "empty"; "lines"; "two"; "long"; "accent" ] do
                  let path = archive.At name
                  let result = run [ "serve"; "--base-dir"; archive.Path; "--api-token-file"; path ]
                  Expect.equal result.ExitCode 66 name
                  Expect.stringContains result.Error path name

                  Expect.equal
                      (result.Error.TrimEnd('\n').Split('\n').Length)
                      1
                      $"one sentence: {result.Error}"

          lowlyTest "a file that may not be read is reported at the start, by its path"
          <| fun words archive ->
              tool [ "chmod"; "755"; archive.Path ]
              File.WriteAllText(archive.At "token", secret)
              tool [ "chmod"; "000"; archive.At "token" ]

              let result =
                  runBy
                      words
                      []
                      [ "serve"; "--base-dir"; archive.Path; "--api-token-file"; archive.At "token" ]

              Expect.equal result.ExitCode 66 ""
              Expect.stringContains result.Error (archive.At "token") ""

          archiveTest
              "in a browser: the login, a wrong token, the page with the view that was asked for, and no login again"
          <| fun archive ->
              use service = guarded archive
              use window = openWindow (BrowserNewContextOptions())
              let hash = "#stream=desertbus/source&clock=local"
              let root = $"http://127.0.0.1:{service.Port}/"

              let logIn token =
                  finish (window.Page.FillAsync("input[name=token]", token))
                  window.Click "button"

              window.Open(root + hash)
              window.Until("the login", "() => location.pathname === '/login'")
              Expect.equal window.Violations [] "anyone can use the form"
              logIn "wrong"
              window.Until("a refusal", "() => document.querySelector('#wrong:not([hidden])')")
              logIn secret

              window.Until(
                  "the page",
                  "() => location.pathname === '/' && document.querySelector('#streams tr')"
              )

              window.Until("the view", "() => document.querySelector('#clock').value === 'local'")
              Expect.equal window.Hash hash ""

              // As a link on another site does: the strict cookie does not come along.
              window.Open "data:text/html,<a>x</a>"

              window.Page.EvaluateAsync(
                  $"() => {{ const a = document.querySelector('a'); a.href = '{root}{hash}'; a.click() }}"
              )
              |> finish

              window.Until(
                  "the page again",
                  "() => location.pathname === '/' && document.querySelector('#streams tr')"
              )

              Expect.equal window.Hash hash "" ]

[<Tests>]
let guards =
    let guardsOf (answer: Answer) =
        [ "content-security-policy"; "x-content-type-options"; "referrer-policy" ]
        |> List.map (fun name -> Map.tryFind name answer.Headers)

    testList
        "the guards of pages"
        [ archiveTest
              "every answer has the same: the page, the API and its page, what is refused, and the login"
          <| fun archive ->
              use service = guarded archive
              let page = send HttpMethod.Get (bearer secret) service "/"
              Expect.all (guardsOf page) _.IsSome ""

              for headers in [ []; bearer secret ] do
                  for path in closed @ opened do
                      Expect.equal (guardsOf (send HttpMethod.Head headers service path)) (guardsOf page) path

          archiveTest "the API's page works under them: a browser renders and tries it without a complaint"
          <| fun archive ->
              use service = onExample archive

              onPage service "api/" (fun window ->
                  window.Until("the addresses", "() => document.querySelectorAll('.opblock').length > 10")
                  window.Click ".opblock-summary-path[data-path='/streams']"
                  window.Click "text=Try it out"
                  window.Click "text=Execute"
                  window.Until("an answer", "() => document.querySelector('.live-responses-table')"))

          archiveTest "asked by a name that is not among those allowed, or by none, nothing is answered"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive

              use service =
                  new Service(archive, [ "--allowed-hosts"; "coverage.example.org,*.b.org,127.0.0.1,[::1]" ])

              service.AwaitReady()

              for host, status in
                  [ "coverage.example.org", 200
                    $"coverage.example.org:{service.Port}", 200
                    "COVERAGE.example.org", 200
                    "a.b.org", 200
                    "127.0.0.1:8006", 200
                    "[::1]:8006", 200
                    "example.org", 400
                    "coverage.example.org.evil.net", 400
                    "127.0.0.2", 400
                    "localhost", 400 ] do
                  for path in [ "/"; "/api/v1/streams"; "/metrics"; "/health/ready" ] do
                      Expect.equal
                          (send HttpMethod.Get [ "Host", host ] service path).Status
                          status
                          $"{host} {path}"

              use client = new Net.Sockets.TcpClient("127.0.0.1", service.Port)
              client.GetStream().Write(Encoding.ASCII.GetBytes "GET / HTTP/1.0\r\n\r\n")
              use reader = new StreamReader(client.GetStream())
              Expect.stringContains (reader.ReadLine() |> string) "400" "no name" ]
