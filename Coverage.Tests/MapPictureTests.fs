/// The coverage maps: real PNG files, read pixel by pixel.
module Coverage.Tests.MapPictureTests

open System
open System.IO
open System.Reflection.Metadata
open System.Reflection.PortableExecutable
open Expecto
open Coverage.Tests.Sandbox
open Coverage.Tests.Png

let private map (archive: Folder) args =
    run ([ "map"; "--base-dir"; archive.Path ] @ args)

let private picture (archive: Folder) (channel: string) =
    readFile (archive.At $"coverage-maps/{channel}_source_coverage.png")

/// The cells of a map as runs of equal ones: how many, of what.
let private stretches (picture: Picture) : (int * Colour) list =
    let longer cell =
        function
        | (count, value) :: rest when value = cell -> (count + 1, value) :: rest
        | runs -> (1, cell) :: runs

    Seq.foldBack longer (cells picture) []

[<Tests>]
let pixels =
    testList
        "the map's pixels"
        [ archiveTest
              "the worked example of semantics.md: white where any part is lost, orange where any is partial"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              let result = map archive []
              Expect.equal (result.ExitCode, result.Error) (0, "") ""

              Expect.equal
                  result.Output
                  (archive.At "coverage-maps/desertbus_source_coverage.png" + "\n")
                  "it is named"

              let picture = picture archive "desertbus"
              Expect.equal (picture.Width, picture.Height) (6, 300) "six columns an hour"

              // Full to 20.004, partial to 23, a hole to 30, full to 35, suspect to 40; cells of 2 s.
              Expect.equal
                  (stretches picture)
                  [ 10, Blue; 1, Orange; 4, White; 2, Blue; 3, Orange; 1780, White ]
                  "the seam at 10 does not show"

          archiveTest "pixel and rows, and hours that are given"
          <| fun archive ->
              CheckTests.layOutExample "desertbus" archive
              let range = [ "--first-hour"; "2025-11-07T17"; "--last-hour"; "2025-11-07T19" ]
              let result = map archive ([ "--pixel"; "1"; "--rows"; "900" ] @ range)
              Expect.equal result.ExitCode 0 result.Error
              let picture = picture archive "desertbus"
              Expect.equal (picture.Width, picture.Height) (3 * 4, 900) ""

              Expect.equal
                  (stretches picture)
                  [ 3600, White; 20, Blue; 3, Orange; 7, White; 5, Blue; 5, Orange; 7160, White ]
                  ""

          archiveTest "time runs down the columns, and they run from left to right"
          <| fun archive ->
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-1200-full-.ts" ])
              archive.Files("c/source/2025-11-07T19", [ "59:00.0-60-suspect-.ts" ])
              Expect.equal (map archive []).ExitCode 0 ""
              let picture = picture archive "c"
              Expect.equal (picture.Width, picture.Height) (12, 300) ""
              let blue, orange = 0x1F77B4FFu, 0xFF7F0EFFu

              Expect.equal
                  [ picture[0, 0]; picture[299, 1]; picture[270, 11]; picture[299, 11] ]
                  [ blue; blue; orange; orange ]
                  ""

              Expect.equal [ picture[0, 2]; picture[269, 11] ] [ 0xFFFFFFFFu; 0xFFFFFFFFu ] "" ]

[<Tests>]
let files =
    testList
        "the map's file"
        [ archiveTest "an output folder elsewhere, made if need be; each map is named on stdout"
          <| fun archive ->
              for channel in [ "a"; "b" ] do
                  CheckTests.layOutExample channel archive

              use elsewhere = new Folder()
              let output = elsewhere.At "made/for/it"
              let result = map archive [ "--output-dir"; output ]

              let paths =
                  [ for channel in [ "a"; "b" ] -> Path.Combine(output, $"{channel}_source_coverage.png") ]

              Expect.equal result.Output (String.concat "\n" paths + "\n") ""

              Expect.equal
                  (List.ofSeq (Directory.EnumerateFiles output) |> List.sort)
                  paths
                  "and nothing beside them"

              Expect.isFalse (Directory.Exists(archive.At "coverage-maps")) ""

          archiveTest "nothing is drawn of nothing, and what is there stays"
          <| fun archive ->
              archive.File("coverage-maps/c_source_coverage.png", 7L)
              archive.Files("c/source/2025-11-07T18", [ "bad.ts" ])
              let result = map archive []
              Expect.equal result.ExitCode 1 result.Error
              Expect.equal (FileInfo(archive.At "coverage-maps/c_source_coverage.png").Length) 7L ""

          archiveTest "a map of more than ten years is refused with both hours; check still tells"
          <| fun archive ->
              archive.Files("c/source/1970-01-01T00", [ "00:00.0-5-full-.ts" ])
              archive.Files("c/source/2025-11-07T18", [ "00:00.0-5-full-.ts" ])
              archive.File("coverage-maps/c_source_coverage.png", 7L)
              CheckTests.layOutExample "d" archive
              let result = map archive []
              Expect.equal result.ExitCode 73 ""
              Expect.stringContains result.Error "1970-01-01T00" ""
              Expect.stringContains result.Error "2025-11-07T18" ""

              Expect.equal
                  (FileInfo(archive.At "coverage-maps/c_source_coverage.png").Length)
                  7L
                  "the old one stays"

              Expect.isTrue (File.Exists(archive.At "coverage-maps/d_source_coverage.png")) "others are drawn"

              let _, answer = checkJson archive [ "c" ]
              let holes = items (item 0 answer?streams)?raw?holes
              Expect.hasLength holes 1 ""
              Expect.isLessThan (items (item 0 answer?streams)?hours).Length 10 "not half a million hours"

          archiveTest "a reader never sees half a picture: the new one takes the old one's place whole"
          <| fun archive ->
              // The service draws as fast as it can: one picture or, when an hour is added, another.
              archive.Files("c/source/2025-11-14T00", [ "00:00.0-5-full-.ts" ])
              archive.Files("c/source/2025-11-16T23", [ "00:00.0-5-full-.ts" ])

              use service =
                  new Service(
                      itself,
                      [],
                      [ "serve"; "--base-dir"; archive.Path; "--check-interval"; "0.001" ]
                  )

              service.AwaitReady()
              let path = archive.At "coverage-maps/c_source_coverage.png"
              use held = File.OpenRead path
              let blue = read held |> cells |> Seq.filter ((=) Blue) |> Seq.length
              held.Position <- 0L
              archive.File("c/source/2025-11-15T12/00:00.0-3600-full-.ts", 0L)

              let mutable readings = 0

              eventually "the new picture" (fun () ->
                  readings <- readings + 1
                  let now = readFile path |> cells |> Seq.filter ((=) Blue) |> Seq.length
                  Expect.contains [ blue; blue + 1800 ] now "one or the other, and whole"
                  readings > 100 && now = blue + 1800)

              Expect.equal
                  (read held |> cells |> Seq.filter ((=) Blue) |> Seq.length)
                  blue
                  "an open one is not touched"

              Expect.equal (service.Stop()) 0 ""

              let left =
                  [ for file in DirectoryInfo(archive.At "coverage-maps").EnumerateFiles() -> file.Name ]

              Expect.equal left [ "c_source_coverage.png" ] "nothing half-written is left over at the end"

          archiveTest "streams whose maps would have the same name do not overwrite each other's in silence"
          <| fun archive ->
              CheckTests.layOutExample "a_b" archive
              archive.Files("a/b_source/2025-11-07T18", [ "00:00.0-5-full-.ts" ])
              use service = new Service(archive, [ "a"; "a_b"; "--qualities"; "source,b_source" ])

              let kept = [ "channel", "a"; "quality", "b_source" ]
              let refused = [ "channel", "a_b"; "quality", "source"; "kind", "map" ]

              service.Await(
                  "a failure",
                  fun metrics ->
                      sample "segment_coverage_failures_total" refused metrics
                      |> Option.exists (fun it -> it > 0.0)
              )

              Expect.equal (sample "segment_coverage_holes" kept service.Metrics) (Some 0.0) ""
              let colours = picture archive "a_b" |> stretches
              Expect.equal colours [ 2, Blue; 1798, White ] "the first keeps the name" ]

/// The most memory that a process has held, in MiB.
let private peakMemory (id: int) : int =
    let line =
        File.ReadAllLines $"/proc/{id}/status" |> Array.find _.StartsWith("VmHWM:")

    int (line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024

[<Tests>]
let size =
    testList
        "the map's size"
        [ archiveTest "the longest map there is takes at most 200 MiB, at first and when it is drawn again"
          <| fun archive ->
              archive.Files("c/source/2016-01-01T00", [ "00:00.0-10-full-.ts" ])
              archive.Files("c/source/2025-12-28T23", [ "00:00.0-10-full-.ts" ])
              use service = new Service(archive, [])
              service.AwaitReady()
              let path = archive.At "coverage-maps/c_source_coverage.png"
              let header = File.ReadAllBytes(path)[16..25]

              Expect.equal
                  header
                  [| 0x00uy; 0x08uy; 0x05uy; 0x20uy; 0uy; 0uy; 0x01uy; 0x2Cuy; 2uy; 3uy |]
                  "525,600 columns, 300 rows, 2 bits a pixel, a palette"

              let before = File.ReadAllBytes path
              archive.File("c/source/2016-01-01T00/59:00.0-60-full-.ts", 0L)

              // Between two programs of .NET a file is locked while one has it open.
              let isNew () =
                  try
                      File.ReadAllBytes path <> before
                  with :? IOException ->
                      false

              eventually "the new picture" isNew

              Expect.equal
                  (fst (Option.get (service.TryGet "/api/v1/map.png?channel=c&quality=source")))
                  200
                  ""

              Expect.isLessThanOrEqual (peakMemory service.Id) 200 "MiB"

          archiveTest "a map of more than a month, which is drawn in pieces, has no seam where they meet"
          <| fun archive ->
              // The second piece begins with 2025-12-02T00; a column is an hour, and 747 of them do not fill a byte.
              archive.Files("c/source/2025-11-01T00", [ "00:00.0-3600-full-.ts" ])

              archive.Files(
                  "c/source/2025-12-01T23",
                  [ "00:00.0-1800-full-.ts"; "30:00.0-1860-full-.ts"; "31:00-1-full-.ts" ]
              )

              archive.Files("c/source/2025-12-02T00", [ "01:00.0-60-partial-.ts" ])
              archive.Files("c/source/2025-12-02T02", [ "00:00.0-3600-full-.ts" ])
              Expect.equal (map archive [ "--pixel"; "60"; "--rows"; "60" ]).ExitCode 0 ""
              let picture = picture archive "c"
              Expect.equal (picture.Width, picture.Height) (747, 60) ""

              Expect.equal
                  (stretches picture)
                  [ 60, Blue; 742 * 60, White; 61, Blue; 1, Orange; 118, White; 60, Blue ]
                  "" ]

[<Tests>]
let library =
    /// What an assembly uses of the picture library: the full names of types, and the members of those.
    let used (path: string) =
        use file = new PEReader(File.OpenRead path)
        let metadata = file.GetMetadataReader()

        let rec typeOf (handle: EntityHandle) =
            match handle.Kind with
            | HandleKind.TypeReference ->
                let reference = metadata.GetTypeReference(TypeReferenceHandle.op_Explicit handle)

                match reference.ResolutionScope.Kind with
                | HandleKind.TypeReference -> typeOf reference.ResolutionScope
                | HandleKind.AssemblyReference ->
                    let scope =
                        metadata.GetAssemblyReference(
                            AssemblyReferenceHandle.op_Explicit reference.ResolutionScope
                        )

                    if (metadata.GetString scope.Name).StartsWith "SixLabors" then
                        Some(metadata.GetString reference.Name)
                    else
                        None
                | _ -> None
            | HandleKind.TypeSpecification ->
                // Generic: its class, or value type, is the third thing in it.
                let signature =
                    metadata.GetBlobReader(
                        (metadata.GetTypeSpecification(TypeSpecificationHandle.op_Explicit handle)).Signature
                    )

                let mutable signature = signature

                if signature.ReadSignatureTypeCode() = SignatureTypeCode.GenericTypeInstance then
                    signature.ReadCompressedInteger() |> ignore
                    typeOf (signature.ReadTypeHandle())
                else
                    None
            | _ -> None

        [ for handle in metadata.TypeReferences do
              yield! Option.toList (typeOf (TypeReferenceHandle.op_Implicit handle: EntityHandle)) ],
        [ for handle in metadata.MemberReferences do
              let reference = metadata.GetMemberReference handle

              match typeOf reference.Parent with
              | Some parent -> $"{parent}.{metadata.GetString reference.Name}"
              | None -> () ]

    testList
        "the picture library"
        [ testCase "it encodes and never decodes: this is all that is used of it"
          <| fun () ->
              let types, members = used (executable + ".dll")

              Expect.equal
                  (List.sort types)
                  [ "Configuration"
                    "Image"
                    "Image`1"
                    "InvalidMemoryOperationException"
                    "L8"
                    "PngBitDepth"
                    "PngColorType"
                    "PngCompressionLevel"
                    "PngEncoder"
                    "PngFilterMethod" ]
                  "types"

              Expect.equal
                  (List.sort members)
                  [ "Configuration..ctor"
                    "Image.WrapMemory"
                    "PngEncoder..ctor"
                    "PngEncoder.Encode"
                    "PngEncoder.set_BitDepth"
                    "PngEncoder.set_ColorType"
                    "PngEncoder.set_CompressionLevel"
                    "PngEncoder.set_FilterMethod"
                    "PngEncoder.set_IgnoreMetadata" ]
                  "members"

          testCase "nothing else beside the executable uses it"
          <| fun () ->
              let folder = nonNull (Path.GetDirectoryName executable)
              let dlls = Directory.GetFiles(folder, "*.dll") |> List.ofArray
              Expect.isNonEmpty dlls ""

              let users =
                  [ for path in dlls do
                        match Path.GetFileNameWithoutExtension path with
                        | "segment-coverage"
                        | "SixLabors.ImageSharp" -> ()
                        | name ->
                            if used path <> ([], []) then
                                name ]

              Expect.equal users [] "" ]
