// Writes docs/cli.md and packaging/segment-coverage.bash: ./build.sh cli. The program's library must be built.
#r "../../Coverage.Tests/bin/Release/net10.0/Argu.dll"
#r "../../Coverage.Tests/bin/Release/net10.0/Coverage.Core.dll"
#r "../../Coverage.Tests/bin/Release/net10.0/Coverage.CommandLine.dll"
#load "Pages.fs"

open System.IO
open Coverage.Tools

let repository = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "../.."))

for file, text in
    [ "docs/cli.md", Pages.page ()
      "packaging/segment-coverage.bash", Pages.completion () ] do
    File.WriteAllText(Path.Combine(repository, file), text)
    printfn "%s" file
