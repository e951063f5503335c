/// The documentation as a static site: docs/ with its scripts evaluated, and the library's reference from its comments.
module Site

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions

let private root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, ".."))

let private pages (site: string) =
    Directory.GetFiles(site, "*.html", SearchOption.AllDirectories) |> Array.sort

/// What fsdocs is given for the path to the site's top, which differs from page to page.
let private top = "https://top/"

/// The anchor of a heading, as the hosts of repositories make it, so that links work there and here.
let private anchor (heading: string) =
    let text =
        Regex.Replace(heading, "<[^>]*>", "") |> Net.WebUtility.HtmlDecode |> string

    Regex.Replace(text.ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-')

let private finish (site: string) (page: string) =
    let depth = Path.GetRelativePath(site, page).Split('/').Length - 1

    let html =
        Regex.Replace(
            File.ReadAllText(page).Replace(top, String.replicate depth "../"),
            """<h(\d)><a name="[^"]*" class="anchor" href="[^"]*">(.*?)</a></h\1>""",
            (fun heading ->
                let level, text = heading.Groups[1].Value, heading.Groups[2].Value
                $"""<h{level} id="{anchor text}"><a href="#{anchor text}">{text}</a></h{level}>"""),
            RegexOptions.Singleline
        )

    // Links to pages' sources, which work where the sources are read; with an anchor fsdocs leaves them as they are.
    File.WriteAllText(
        page,
        Regex.Replace(
            html,
            "href=\"((?:\\.\\./)?(?:[\\w-]+/)?[\\w-]+)\\.(md|fsx)(#[^\"]*)?\"",
            "href=\"$1.html$3\""
        )
    )

/// Builds the site into a folder, anew; wants the libraries built. Fails with what fsdocs said when a page does not
/// compile or run.
let build (site: string) : unit =
    let projects =
        [ $"{root}/Coverage.Core/Coverage.Core.fsproj"
          $"{root}/Coverage.Archive/Coverage.Archive.csproj" ]

    let arguments =
        [ "fsdocs"
          "build"
          "--eval"
          "--strict"
          "--clean"
          "--nodefaultcontent"
          "--output"
          site ]
        @ [ "--properties"
            "Configuration=Release"
            "--parameters"
            "root"
            top
            "--projects" ]
        @ projects

    let info =
        ProcessStartInfo(
            "dotnet",
            arguments,
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use fsdocs = Process.Start info |> Option.ofObj |> Option.get
    let error = fsdocs.StandardError.ReadToEndAsync()
    let said = fsdocs.StandardOutput.ReadToEnd() + error.Result
    fsdocs.WaitForExit()

    if fsdocs.ExitCode <> 0 then
        failwith $"the documentation could not be built:\n{said}"

    // It writes more than a site needs: each page once more as Markdown, and indexes of them all.
    for file in Directory.GetFiles(site, "*", SearchOption.AllDirectories) do
        if not (List.contains (string (Path.GetExtension file)) [ ".html"; ".css"; ".png" ]) then
            File.Delete file

    pages site |> Array.iter (finish site)

let private values pattern (html: string) =
    [ for found in Regex.Matches(html, pattern) -> string (Net.WebUtility.HtmlDecode found.Groups[1].Value) ]

/// What is wrong with a site: code that ended in an error, links that lead nowhere, and what would be loaded from elsewhere.
let problems (site: string) : string list =
    let ids =
        dict
            [ for page in pages site ->
                  page, set (values "\\b(?:id|name)=\"([^\"]*)\"" (File.ReadAllText page)) ]

    [ for page in pages site do
          let html = File.ReadAllText page
          let name = Path.GetRelativePath(site, page)

          // All that fsdocs makes of an exception.
          if html.Contains "<pre><code></code></pre>" then
              $"{name} has code that printed nothing"

          for load in
              values "<(?:script|link|img|iframe)\\b[^>]*?(?:src|href)=\"((?:https?:)?//[^\"]*)\"" html do
              $"{name} loads {load}"

          for link in values "\\b(?:href|src)=\"([^\"]*)\"" html do
              if not (Regex.IsMatch(link, "^(https?:|mailto:|data:|//)")) then
                  let path, anchor =
                      match link.Split('#', 2) with
                      | [| path; anchor |] -> path, anchor
                      | _ -> link, ""

                  let target =
                      if path = "" then
                          page
                      else
                          Path.GetFullPath(
                              Path.Combine(string (Path.GetDirectoryName page), Uri.UnescapeDataString path)
                          )

                  let isThere =
                      File.Exists target
                      && (anchor = ""
                          || ids.ContainsKey target && ids[target].Contains(Uri.UnescapeDataString anchor))

                  if not isThere then
                      $"{name} links to {link}" ]
