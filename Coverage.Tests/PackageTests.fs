/// The libraries as packages: made, installed from a folder into an empty script and empty projects, and used there by the
/// examples that their own pages give.
module Coverage.Tests.PackageTests

open System
open System.IO
open System.IO.Compression
open System.Reflection.Metadata
open System.Reflection.PortableExecutable
open System.Text.RegularExpressions
open Expecto
open Coverage.Tests.Sandbox

let private root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))

/// What is fenced as code of a language in a page.
let fenced (language: string) (page: string) : string list =
    [ for block in Regex.Matches(page, $@"(?ms)^```{language}\n(.*?)^```$") -> block.Groups[1].Value ]

/// Of a version that no cache has met.
let private version = $"0.1.0-test.{DateTime.UtcNow.Ticks}"

/// Runs dotnet; where packages cannot be downloaded the test is skipped.
let private dotnet environment (arguments: string list) : string =
    let result = runBy [ "dotnet" ] environment arguments

    if Regex.IsMatch(result.Output + result.Error, "NU1301") then
        skiptest "needs a NuGet feed"

    Expect.equal result.ExitCode 0 $"{arguments}: {result.Output}{result.Error}"
    result.Output

/// The folder with the packages; gone when the tests are.
let private packages =
    lazy
        (let folder = new Folder()
         AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> (folder :> IDisposable).Dispose())

         // Built apart, for others use what is built here.
         for library in [ "Coverage.Core"; "Coverage.Archive" ] do
             dotnet
                 []
                 [ "pack"
                   Path.Combine(root, library)
                   "-c"
                   "Release"
                   "--artifacts-path"
                   folder.At "build"
                   "-o"
                   folder.At "feed"
                   $"-p:Version={version}"
                   "--nologo"
                   "-v"
                   "quiet" ]
             |> ignore

         folder)

/// How packages of ours are found, and kept out of the user's cache, which gives all others.
let private environment () =
    let folder = packages.Force()

    let cache =
        match Environment.GetEnvironmentVariable "NUGET_PACKAGES" with
        | null
        | "" ->
            Path.Combine(Environment.GetFolderPath Environment.SpecialFolder.UserProfile, ".nuget/packages")
        | given -> given

    [ "NUGET_PACKAGES", folder.At "cache"
      "RestoreFallbackFolders", cache
      "RestoreAdditionalProjectSources", folder.At "feed" ]

/// A test with a folder for a script or project, and an archive that the examples look at.
let private consumerTest name (test: Folder -> unit) =
    archiveTest name (fun folder ->
        folder.File("archive/channel/source/2025-11-07T18/00:00.0-10-full-.ts", 0L)
        folder.File("archive/channel/source/2025-11-07T18/00:12.0-10-full-.ts", 0L)
        test folder)

let private page (folder: Folder) library =
    (File.ReadAllText(Path.Combine(root, library, "README.md"))).Replace("/mnt/segments", folder.At "archive")

let private expected =
    "channel/source 90.91 %\nmissing: 2025-11-07T18:00:10.000000Z, 2 s\n"

let private isSaid (output: string) = Expect.stringEnds output expected ""

/// An empty project that refers to the packages, with one file.
let private project (folder: Folder) (kind: string) (file: string) (code: string) =
    Directory.CreateDirectory(folder.At "consumer") |> ignore

    File.WriteAllText(
        folder.At $"consumer/consumer.{kind}",
        $"""<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>
    {if kind = "fsproj" then
         $"<Compile Include=\"{file}\" />"
     else
         ""}
    <PackageReference Include="Coverage.Archive" Version="{version}" />
  </ItemGroup>
</Project>"""
    )

    File.WriteAllText(folder.At $"consumer/{file}", code)
    dotnet (environment ()) [ "run"; "--project"; folder.At $"consumer/consumer.{kind}" ]

[<Tests>]
let installed =
    testList
        "packages"
        [ consumerTest "an empty F# script installs both, and runs the examples of their pages"
          <| fun folder ->
              let feed = packages.Value.At "feed"
              let core, archive = page folder "Coverage.Core", page folder "Coverage.Archive"

              File.WriteAllLines(
                  folder.At "consumer.fsx",
                  [ $"#i \"nuget: {feed}\""
                    $"#r \"nuget: Coverage.Archive, {version}\""
                    for example in fenced "fsharp" core @ fenced "fsharp" archive do
                        // Each in a scope of its own.
                        let code = example.Replace("open Coverage\n", "").TrimEnd().Replace("\n", "\n    ")
                        $"open Coverage\nlet () =\n    {code.TrimStart()}" ]
              )

              let output = dotnet (environment ()) [ "fsi"; folder.At "consumer.fsx" ]
              Expect.equal output (String.concat "" (fenced "text" core) + expected) ""

          consumerTest "an empty F# project installs them, and runs the example"
          <| fun folder ->
              let code = List.exactlyOne (fenced "fsharp" (page folder "Coverage.Archive"))
              project folder "fsproj" "Program.fs" code |> isSaid

          consumerTest "an empty C# project installs them, and runs the example"
          <| fun folder ->
              let code = List.exactlyOne (fenced "csharp" (page folder "Coverage.Archive"))
              project folder "csproj" "Program.cs" code |> isSaid

          testCase
              "each holds its page, licence, documentation, and symbols with sources under a neutral path"
          <| fun () ->
              let feed = packages.Value.At "feed"

              for library in [ "Coverage.Core"; "Coverage.Archive" ] do
                  use package = ZipFile.OpenRead(Path.Combine(feed, $"{library}.{version}.nupkg"))

                  let bytes name =
                      use stream = (nonNull (package.GetEntry name)).Open()
                      use copy = new MemoryStream()
                      stream.CopyTo copy
                      copy.ToArray()

                  let text = bytes >> Text.Encoding.UTF8.GetString

                  Expect.equal
                      (text "README.md")
                      (File.ReadAllText(Path.Combine(root, library, "README.md")))
                      ""

                  Expect.stringContains (text $"lib/net10.0/{library}.xml") "<summary>" ""

                  for fact in
                      [ """<license type="expression">MIT</license>"""
                        "<readme>README.md</readme>"
                        // Not that one alone: who has a newer one keeps it.
                        "<dependency id=\"FSharp.Core\" version=\"10." ] do
                      Expect.stringContains (text $"{library}.nuspec") fact ""

                  use assembly = new PEReader(new MemoryStream(bytes $"lib/net10.0/{library}.dll"))

                  let symbols =
                      assembly.ReadDebugDirectory()
                      |> Seq.find (fun entry -> entry.Type = DebugDirectoryEntryType.EmbeddedPortablePdb)

                  use symbols = assembly.ReadEmbeddedPortablePdbDebugDirectoryData symbols
                  let symbols = symbols.GetMetadataReader()

                  let sources =
                      [ for source in symbols.Documents ->
                            let source = symbols.GetDocument source
                            symbols.GetString source.Name ]
                      |> List.filter (fun source -> source.StartsWith $"/_/{library}/")

                  Expect.isNonEmpty sources "sources"

                  let embedded = Guid "0e8a571b-6926-466e-b4ad-8ab04611f5fe"

                  let kinds =
                      [ for it in symbols.CustomDebugInformation ->
                            symbols.GetGuid (symbols.GetCustomDebugInformation it).Kind ]

                  Expect.isGreaterThanOrEqual
                      (kinds |> List.filter ((=) embedded) |> List.length)
                      sources.Length
                      "each is there" ]
