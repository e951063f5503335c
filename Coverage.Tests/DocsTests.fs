/// The documentation as a site, and the check of its links.
module Coverage.Tests.DocsTests

open System
open System.IO
open System.Net
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto
open Coverage.Tests.Sandbox

let private docs = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "../docs"))

/// What a page shows, without its marks.
let private shown (html: string) =
    string (WebUtility.HtmlDecode(Regex.Replace(html, "<[^>]*>", "")))

[<Tests>]
let site =
    testList
        "the documentation"
        [ archiveTest "its scripts run, every link leads somewhere, and no page loads anything from elsewhere"
          <| fun folder ->
              Site.build folder.Path
              Expect.isEmpty (Site.problems folder.Path) ""

              for file in Directory.GetFiles docs do
                  let name = string (Path.GetFileNameWithoutExtension file)

                  if name <> "_template" && Path.GetExtension file <> ".css" then
                      let page = File.ReadAllText(folder.At(name + ".html"))
                      Expect.stringContains page "style.css" name

                      Expect.isFalse
                          (Regex.IsMatch(
                              shown page,
                              "No value returned by any evaluator|Not currently evaluated"
                          ))
                          name

              // semantics.md section 8.
              let numbers = shown (File.ReadAllText(folder.At "numbers.html"))

              for number in
                  [ "covered 32.996 s; holes: 1, total 7 s; seams 0.004 s"
                    "covered 30 s; holes: 1, total 9.996 s; seams 0.004 s"
                    "2025-11-07 18:00:20.004 to 2025-11-07 18:00:23  2.996 s"
                    "full 1, 1 s; suspect 1, 5 s; partial 2, 5.004 s" ] do
                  Expect.stringContains numbers number "the worked example"

          archiveTest
              "a link to nowhere, an anchor that is not there, and what is loaded from elsewhere are found, and code that failed"
          <| fun folder ->
              File.WriteAllText(
                  folder.At "a.html",
                  """<script src="https://elsewhere/x.js"></script><link href="//elsewhere/x.css">
<h1 id="here"></h1><a href="#here"></a><a href="b/b.html#there"></a><a href="https://elsewhere/"></a>
<a href="#nowhere"></a><a href="b/b.html#nowhere"></a><a href="nowhere.html"></a>"""
              )

              Directory.CreateDirectory(folder.At "b") |> ignore

              File.WriteAllText(
                  folder.At "b/b.html",
                  """<a id="there" href="../a.html"></a><img src="../x.png"><pre><code></code></pre>"""
              )

              Expect.equal
                  (Site.problems folder.Path |> List.sort)
                  [ "a.html links to #nowhere"
                    "a.html links to b/b.html#nowhere"
                    "a.html links to nowhere.html"
                    "a.html loads //elsewhere/x.css"
                    "a.html loads https://elsewhere/x.js"
                    "b/b.html has code that printed nothing"
                    "b/b.html links to ../x.png" ]
                  "" ]

let private root = Path.GetFullPath(Path.Combine(docs, ".."))
let private readme = File.ReadAllText(Path.Combine(root, "README.md"))

/// Code of the comments of the core, each with what it gives, which its last line says.
let private examples: (string * string) list =
    [ let comments =
          XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Coverage.Core.xml"))

      for code in comments.Descendants(XName.Get "code") do
          let lines = code.Value.Trim().Split '\n' |> Array.map _.TrimEnd()
          let margin = (Regex.Match(lines |> Array.last, "^ *")).Length

          let lines =
              lines
              |> Array.map (fun line ->
                  if line.StartsWith(String(' ', margin)) then
                      line.Substring margin
                  else
                      line)

          String.concat "\n" lines[.. lines.Length - 2], (Array.last lines).Replace("// ", "") ]

let private indented (code: string) =
    "    " + code.TrimEnd().Replace("\n", "\n    ")

[<Tests>]
let snippets =
    testList
        "the examples"
        [ archiveTest "those of the README and of the core's comments run, and print what is said of them"
          <| fun folder ->
              let pages = PackageTests.fenced "fsharp" readme
              Expect.isGreaterThanOrEqual pages.Length 2 "in the README"
              Expect.isGreaterThanOrEqual examples.Length 5 "in comments"

              let script =
                  [ $"#load \"{root}/scripts/load.fsx\""
                    "open Coverage"
                    for page in pages do
                        let page = Regex.Replace(page, "(?m)^(#load .*|open Coverage)\n", "")
                        let page = page.Replace("Load.demo ()", $"\"{fst (ScriptTests.demos.Force())}\"")
                        $"let () =\n{indented page}"
                    for code, _ in examples do
                        $"let () =\n    printfn \"%%O\" (\n{indented (indented code)}\n    )" ]

              File.WriteAllLines(folder.At "examples.fsx", script)

              Expect.equal
                  (outputOf [ "dotnet"; "fsi"; folder.At "examples.fsx" ])
                  (String.concat "" (PackageTests.fenced "text" readme)
                   + String.concat "" [ for _, gives in examples -> gives + "\n" ])
                  (String.concat "\n" script)

          testCase "the README shows what check says of the demo"
          <| fun () ->
              let first, _ = ScriptTests.demos.Force()
              let result = run [ "check"; "--base-dir"; first ]
              Expect.stringStarts result.Output "demo/source  missing" result.Error

              let shown =
                  Regex
                      .Match(readme, @"(?ms)^    \$ dist/segment-coverage check [^\n]*\n(.*?)\n\n\S")
                      .Groups[1].Value

              let lines (text: string) =
                  [ for line in text.Split '\n' do
                        if line.Trim() <> "" then
                            line.TrimEnd() ]

              Expect.equal [ for line in lines shown -> line.Substring 4 ] (lines result.Output) ""

          testCase "the site's navigation leads to every page"
          <| fun () ->
              let template = File.ReadAllText(Path.Combine(docs, "_template.html"))

              for file in Directory.GetFiles docs do
                  let name = string (Path.GetFileNameWithoutExtension file)

                  if List.contains (string (Path.GetExtension file)) [ ".md"; ".fsx" ] then
                      Expect.stringContains template $"{{{{root}}}}{name}.html" ""

          testCase "links of pages outside the site lead somewhere"
          <| fun () ->
              for page in
                  [ "README.md"
                    "CONTRIBUTING.md"
                    "Coverage.Core/README.md"
                    "Coverage.Archive/README.md" ] do
                  for link in
                      Regex.Matches(File.ReadAllText(Path.Combine(root, page)), @"\]\(([^)#]+)[^)]*\)") do
                      let target =
                          Path.Combine(root, string (Path.GetDirectoryName page), link.Groups[1].Value)

                      Expect.isTrue (File.Exists target) $"{page} links to {link.Groups[1].Value}" ]
