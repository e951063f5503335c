/// The documentation as a site, and the check of its links.
module Coverage.Tests.DocsTests

open System.IO
open System.Net
open System.Text.RegularExpressions
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
                  [ "covered 32.996 s; holes: 1, 7 s together; seams 0.004 s"
                    "covered 30 s; holes: 1, 9.996 s together; seams 0.004 s"
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
