/// The program of fleets as its users run it, and what a fresh comparison says of the same nodes.
module Coverage.Tests.FleetPrograms

open System
open System.IO
open System.Runtime.InteropServices
open System.Text.Json
open Expecto
open Coverage.Tests.Sandbox

/// The program of fleets that was built with these tests.
let fleetProgram: string list =
    let build = DirectoryInfo AppContext.BaseDirectory

    let runtime =
        "linux-" + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()

    [ [| build.FullName
         "../../../../Coverage.Fleet.Server/bin"
         (nonNull build.Parent).Name
         "net10.0"
         runtime
         "segment-coverage-fleet" |]
      |> Path.Combine
      |> Path.GetFullPath ]

/// The name of a stream: its channel and its quality.
type Name = string * string

/// What differs from look to look, and what the service adds.
let private volatile = FleetApiTests.added @ [ "as_of"; "checked"; "now" ]

let nameOf (stream: JsonElement) : Name =
    text stream?channel, text stream?quality

/// What an answer says of a stream, without what may differ.
let said (stream: JsonElement) : string = FleetApiTests.without volatile stream

/// What an answer says of each stream.
let streamsOf (answer: JsonElement) : Map<Name, string> =
    Map.ofList [ for stream in items answer?streams -> nameOf stream, said stream ]

let private fleet (nodes: (string * string) list) (more: string list) : string =
    let nodes = nodes |> List.collect (fun (name, at) -> [ "--node"; $"{name}={at}" ])
    let result = run ([ "fleet"; "--qualities"; "*" ] @ nodes @ more)
    Expect.isLessThanOrEqual result.ExitCode 1 result.Error
    result.Output

/// What a fresh comparison says of these nodes.
let fresh (nodes: (string * string) list) : JsonElement =
    JsonElement.Parse(fleet nodes [ "--format"; "json" ])

/// The spans that it lists, in order.
let freshSpans (nodes: (string * string) list) : string list =
    List.sort (List.ofArray ((fleet nodes [ "--format"; "bed" ]).Split '\n'))

/// The files that a node lacks, in a form, as it lists them.
let freshFiles (nodes: (string * string) list) (node: string) (form: string) (more: string list) : string =
    fleet nodes ([ "--for"; node; "--format"; form ] @ more)

/// What a file of fleets has: each with its nodes.
let fleetsFile (folder: Folder) (fleets: (string * (string * string) list) list) : string =
    let path = folder.At "fleets"

    // At once, so that no reader sees half of it.
    File.WriteAllLines(
        path + ".new",
        [ for name, nodes in fleets do
              $"[{name}]"

              for node, at in nodes do
                  $"{node}={at}" ]
    )

    File.Move(path + ".new", path, overwrite = true)
    path

/// A name of a segment of ten seconds, and with a whole hash that its words make.
let segment (at: int) (words: string) : string =
    let hash =
        Security.Cryptography.SHA256.HashData(Text.Encoding.UTF8.GetBytes words)
        |> Convert.ToBase64String

    let hash = hash.TrimEnd('=').Replace('+', '-').Replace('/', '_')
    $"{at / 60:D2}:{at % 60:D2}.0-10.0-full-{hash}.ts"

/// What a node of four lists in an hour of a stream: six segments but some, which differ by stream and node, and now and then a
/// mark.
let listedBy (stream: int) (node: int) (hour: int) : string list =
    [ for at in 0..5 do
          let name = segment (10 * at) $"{stream} {hour} {at}"
          let chance = (stream * 7 + hour * 5 + at * 3 + node * 11) % 13

          if chance = 0 && node % 2 = 0 then
              name.Replace(".ts", ".tombstone")
          elif chance > 3 || (at = 0 && stream % 3 > 0) then
              name ]

/// The archive of a node: that many streams.
let makeArchive (folder: Folder) (name: string) (node: int) (streams: int) =
    for stream in 0 .. streams - 1 do
        for hour in 18..19 do
            folder.Files($"{name}/ch{stream:D3}/source/2025-11-07T{hour}", listedBy stream node hour)
