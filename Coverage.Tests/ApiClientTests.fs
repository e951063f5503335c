/// A client that a generator makes of the API's description, without knowing the API: it reads every address, and all that it
/// reads is all that was sent.
module Coverage.Tests.ApiClientTests

open System
open System.IO
open System.Net.Http
open System.Reflection
open System.Text.Json
open System.Threading.Tasks
open Expecto
open Microsoft.CodeAnalysis
open Microsoft.CodeAnalysis.CSharp
open NJsonSchema
open NJsonSchema.CodeGeneration
open NJsonSchema.CodeGeneration.CSharp
open NSwag.CodeGeneration.CSharp
open Coverage.Tests.Sandbox
open Coverage.Tests.ApiTests

/// The source of a client. It has no place for what the description does not name.
let private source (description: string) : string =
    let document = NSwag.OpenApiDocument.FromJsonAsync(description).Result

    let rec close (schema: JsonSchema) =
        if schema.Properties.Count > 0 then
            schema.AllowAdditionalProperties <- false

        for property in schema.Properties.Values do
            close property

    for definition in document.Definitions.Values do
        close definition

    let settings =
        CSharpClientGeneratorSettings(
            ClassName = "Client",
            GenerateBaseUrlProperty = false,
            UseBaseUrl = false
        )

    // System.Text.Json writes a value of an enum as its member is named.
    let usual = DefaultEnumNameGenerator()

    settings.CSharpGeneratorSettings.EnumNameGenerator <-
        { new IEnumNameGenerator with
            member _.Generate(index, name, value, schema) =
                usual.Generate(index, name, value, schema).ToLowerInvariant() }

    settings.CSharpGeneratorSettings.Namespace <- "Generated"
    settings.CSharpGeneratorSettings.JsonLibrary <- CSharpJsonLibrary.SystemTextJson
    settings.CSharpGeneratorSettings.DateTimeType <- "string"
    CSharpClientGenerator(document, settings).GenerateFile()

let private compile (source: string) : Assembly =
    let platform = string (AppContext.GetData "TRUSTED_PLATFORM_ASSEMBLIES")

    let references =
        [ for path in platform.Split Path.PathSeparator do
              if path.Contains "/System." || path.EndsWith "netstandard.dll" then
                  MetadataReference.CreateFromFile path :> MetadataReference ]

    let compilation =
        CSharpCompilation.Create(
            "Generated",
            [ CSharpSyntaxTree.ParseText source ],
            references,
            CSharpCompilationOptions OutputKind.DynamicallyLinkedLibrary
        )

    use code = new MemoryStream()
    let result = compilation.Emit code

    let errors =
        [ for one in result.Diagnostics do
              if one.Severity = DiagnosticSeverity.Error then
                  string one ]

    Expect.isEmpty errors "the client compiles"
    Assembly.Load(code.ToArray())

/// The client of the running program; a service's description is that of all.
let private generated =
    let made = Collections.Concurrent.ConcurrentDictionary<string, Lazy<Assembly>>()

    fun (service: Service) ->
        let description = (ask service "openapi.json").Text
        made.GetOrAdd(description, (fun text -> lazy (compile (source text)))).Value

/// The value of a property.
let private part (name: string) (value: obj) : obj =
    nonNull ((nonNull (value.GetType().GetProperty name)).GetValue value)

/// Asks through the client, giving the parameters by name.
let private call (service: Service) (operation: string) (given: (string * obj) list) : obj =
    let client = (generated service).GetType("Generated.Client") |> nonNull

    use http =
        new HttpClient(BaseAddress = Uri $"http://127.0.0.1:{service.Port}/api/v1/")

    let made = Activator.CreateInstance(client, http)

    let method =
        client.GetMethods()
        |> Array.filter (fun one -> one.Name.Equals(operation + "Async", StringComparison.OrdinalIgnoreCase))
        |> Array.maxBy _.GetParameters().Length

    let arguments: (obj | null)[] =
        [| for parameter in method.GetParameters() do
               match given |> List.tryFind (fun (name, _) -> name = string parameter.Name) with
               | Some(_, value) -> value
               | None when parameter.ParameterType.IsValueType ->
                   Activator.CreateInstance parameter.ParameterType
               | None -> null |]

    let task = nonNull (method.Invoke(made, arguments)) :?> Task
    task.Wait()
    part "Result" task

/// What a value of the client's own types says, as JSON.
let private written (value: obj) : JsonElement =
    JsonSerializer.SerializeToElement(value, value.GetType())

let private same (sent: JsonElement) (read: JsonElement) what =
    Expect.isTrue
        (JsonElement.DeepEquals(sent, read))
        $"{what}\nsent {sent.GetRawText()}\nread {read.GetRawText()}"

let private lists =
    [ "streams"
      "extent"
      "spans"
      "holes"
      "overlaps"
      "partial"
      "words"
      "hours"
      "findings" ]

[<Tests>]
let tests =
    testList
        "a client generated from the API's description"
        [ archiveTest "reads every address, and nothing is lost on the way"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              layOut archive "nothing but bad names" "2025-11-07T18" [ "bad.ts" ]
              use service = new Service(archive, [ "--check-interval"; "3600" ])
              service.AwaitReady()

              for path in lists do
                  let read = call service path []
                  same (json service path) (written read) path

              let one: (string * obj) list =
                  [ "channel", "desertbus"; "quality", "source"; "hour", "2025-11-07T18" ]

              for path in [ "detail"; "segments"; "names" ] do
                  same (json service $"{path}?{oneHour}") (written (call service path one)) path

              same (json service $"digests?{ApiTests.one}") (written (call service "digests" one)) "digests"

              let range: (string * obj) list =
                  [ "start", "2025-11-07T18:00:01"; "end", "2025-11-07T18:00:12" ]

              let several: (string * obj) list =
                  [ "range",
                    [ "2025-11-07T18:00:01,2025-11-07T18:00:12"
                      "2025-11-07T18:00:05,2025-11-07T18:00:09" ]
                    "transition", [ "fade,1" ] ]

              // What an item of a plan, or an answer, does not have is null to the client.
              let absent =
                  [ for key in [ "hole"; "start"; "end"; "plan"; "holes"; "clean"; "transitions"; "ranges" ] ->
                        $",\"{key}\":null" ]

              for query, given in
                  [ "&start=2025-11-07T18:00:01&end=2025-11-07T18:00:12", range
                    "&range=2025-11-07T18:00:01,2025-11-07T18:00:12&range=2025-11-07T18:00:05,2025-11-07T18:00:09"
                    + "&transition=fade,1",
                    several ] do
                  let read = (written (call service "cut" (one @ given))).GetRawText()

                  same
                      (json service $"cut?{ApiTests.one}{query}")
                      (JsonElement.Parse(
                          List.fold (fun (text: string) key -> text.Replace(key, "")) read absent
                      ))
                      query

              let file = call service "map_png" one

              let stream = part "Stream" file :?> Stream

              use picture = new MemoryStream()
              stream.CopyTo picture
              Expect.equal (picture.ToArray()) (ask service $"map.png?{ApiTests.one}").Body "the map"

              let operations =
                  [ for path in (json service "openapi.json")?paths.EnumerateObject() -> path.Name.Substring 1 ]

              Expect.equal
                  (set operations)
                  (set (
                      lists
                      @ [ "map.png"; "detail"; "segments"; "digests"; "names"; "cut"; "events" ]
                      @ [ "fleet/streams"; "fleet/words"; "fleet/files" ]
                  ))
                  "these are all"

          archiveTest "reads what is said of the nodes of a fleet"
          <| fun archive ->
              use service = onFleet archive

              for operation, path, given in
                  [ "fleetStreams", "fleet/streams?", []
                    "fleetWords", "fleet/words?", []
                    "fleetWords", "fleet/words?node=A", [ "node", [ "A" ] :> obj ] ] do
                  same (json service path) (written (call service operation given)) path

              let read = written (call service "fleetStreams" [ "totals", true :> obj ])
              Expect.equal (text (item 0 read?streams)?status) "lost" "totals"

          archiveTest "takes parameters, and what is wrong with them as a value of its own"
          <| fun archive ->
              use service = onExample archive

              let limited = call service "overlaps" [ "limit", 1 :> obj; "start", "2025-11-07" ]

              Expect.equal ((written limited)?items.GetArrayLength()) 1 "the limit"

              let asked: (string * obj) list =
                  [ "channel", "x"; "quality", "source"; "hour", "2025-11-07T18" ]

              let error =
                  try
                      call service "detail" asked |> ignore
                      failtest "there is no such stream"
                  with :? AggregateException as e ->
                      nonNull e.InnerException

              let result = part "Result" error

              let sent = (ask service "detail?channel=x&quality=source&hour=2025-11-07T18").Json
              Expect.equal (text (written result)?detail) (text sent?detail) ""
              Expect.equal (text (written result)?status) "404" ""

          archiveTest "reads the data of an event"
          <| fun archive ->
              use service = onExample archive
              let event = (generated service).GetType "Generated.RoundEvent" |> nonNull
              use http = new HttpClient()

              use stream =
                  http.GetStreamAsync($"http://127.0.0.1:{service.Port}/api/v1/events").Result

              use reader = new StreamReader(stream)

              let rec next () =
                  match reader.ReadLine() with
                  | null -> failtest "the events ended"
                  | line when line.StartsWith "data: " -> JsonElement.Parse(line.Substring 6)
                  | _ -> next ()

              next () |> ignore
              layOut archive "desertbus" "2025-11-07T19" [ "00:00.0-5-full-.ts"; "00:10.0-5-full-.ts" ]

              let rec changed () =
                  let data = next ()
                  same data (written (nonNull (data.Deserialize event))) "an event"
                  if items data?streams = [] then changed () else data

              Expect.isNonEmpty (items (item 0 (changed ())?streams)?opened) "holes"

          lowlyTest "reads a stream of which nothing is known"
          <| fun words archive ->
              layOut archive "c" "2025-11-07T18" [ "00:00.0-5-full-.ts" ]
              tool [ "chmod"; "755"; archive.Path ]
              tool [ "chmod"; "000"; archive.At "c/source" ]

              use service =
                  new Service(words, [], [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "3600" ])

              service.AwaitReady()
              same (json service "streams") (written (call service "streams" [])) "streams" ]
