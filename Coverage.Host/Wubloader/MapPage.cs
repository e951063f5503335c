using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The time that a map shows, and in how many columns.</summary>
internal sealed record TimeAxis(int FirstHour, int LastHour, int Columns)
{
    /// <summary>Its first hour.</summary>
    public Hour First => new(FirstHour);

    /// <summary>Its last hour.</summary>
    public Hour Last => new(LastHour);

    /// <summary>How many hours it shows.</summary>
    public int Hours => LastHour - FirstHour + 1;
}

/// <summary>
/// The page of a stream's maps: those of all nodes, one below the other. It is a file beside the map, so it asks for nothing
/// but the pictures and itself. Every value is encoded for its place in it; its script holds none.
/// </summary>
internal static class MapPage
{
    /// <summary>The least width of a label of the axis, in pixels.</summary>
    private const int LabelWidth = 64;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The style of this page, beside the one that all pages share.</summary>
    private const string Style = """
        #maps { overflow-x: auto; padding-bottom: 1rem; }
        #maps:focus-visible { outline: .18rem solid var(--link); }
        #maps p, figcaption { position: sticky; left: 0; max-width: min(45rem, calc(100vw - 2rem)); }
        figure { margin: 1.2rem 0; width: max-content; }
        figcaption { font-weight: bold; width: max-content; }
        .picture { box-shadow: 0 0 0 1px var(--soft); margin: 1px;
            background: repeating-linear-gradient(-45deg, var(--outside) 0 8px, var(--outside-line) 8px 10px); }
        img { display: block; transform-origin: left; image-rendering: pixelated; }
        figure.missing img { transform: none !important; }
        .axis { position: relative; height: 2.2em; font-size: .8rem; font-variant-numeric: tabular-nums; }
        time { position: absolute; border-left: 1px solid var(--soft); padding: .5em 0 0 .25em; line-height: 1; white-space: nowrap; }
        .other { display: none; }
        figure.differs .other { display: block; }
        figure.differs .axis { display: none; }
        """;

    /// <summary>Pictures are loaded aside before they are shown, so that the page keeps its size and does not scroll.</summary>
    private const string Script = """
        const maps = document.getElementById("maps");
        let known = maps.innerHTML;

        function watch(image) {
            const figure = image.closest("figure");
            const tell = () => {
                figure.classList.toggle("missing", image.naturalWidth === 0);
                figure.classList.toggle("differs",
                    image.naturalWidth > 0 && maps.dataset.columns !== "" && image.naturalWidth !== +maps.dataset.columns);
            };
            image.onload = tell;
            image.onerror = tell;
            if (image.complete) tell();
        }

        function reload(image) {
            const next = new Image();
            next.onload = () => { image.src = next.src; };
            next.src = image.dataset.address + "?" + Date.now();
        }

        async function refresh() {
            try {
                const answer = await fetch(location.href, { cache: "no-store" });
                const page = new DOMParser().parseFromString(await answer.text(), "text/html");
                const now = page.getElementById("maps");
                if (answer.ok && now && now.innerHTML !== known) {
                    const left = maps.scrollLeft;
                    known = now.innerHTML;
                    maps.innerHTML = known;
                    maps.dataset.columns = now.dataset.columns;
                    maps.querySelectorAll("img").forEach(watch);
                    maps.scrollLeft = left;
                }
            } catch {
                // The server is away for a moment: what is shown stays.
            }
            maps.querySelectorAll("img").forEach(reload);
        }

        maps.querySelectorAll("img").forEach(watch);
        setInterval(refresh, 30000);
        """;

    /// <summary>Where a stream's page is: beside its map.</summary>
    public static string PathOf(Options options, StreamName stream) =>
        Path.ChangeExtension(MapPicture.PathOf(options, stream), ".html");

    /// <summary>The page of a stream.</summary>
    /// <param name="options">Where the maps are, and their rows.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="axis">What the local map shows; null when there is none.</param>
    /// <param name="nodes">The nodes to show; null for none but this one.</param>
    /// <param name="note">What the reader should know first; null for nothing.</param>
    public static string Html(Options options, StreamName stream, TimeAxis? axis, IReadOnlyList<Node>? nodes, string? note)
    {
        string name = Text($"{stream.Channel}/{stream.Quality}");
        string file = Uri.EscapeDataString(Path.GetFileName(MapPicture.PathOf(options, stream)));
        IEnumerable<string> figures = nodes is null
            ? [Figure(options, "this node", file, axis)]
            : nodes.Select(node => FigureOf(options, node, file, axis));
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{name}: coverage</title>
            <noscript><meta http-equiv="refresh" content="30"></noscript>
            <style>
            {LivePage.SharedStyle}
            {Style}
            </style>
            </head>
            <body>
            <header>
            <h1>Coverage of <bdi>{name}</bdi></h1>
            <ul class="legend">
            <li><span class="full"></span>blue: covered by full segments</li>
            <li><span class="partial"></span>orange: covered by suspect or partial segments alone</li>
            <li><span class="none"></span>white: missing, or nothing known</li>
            </ul>
            <p>A column is {options.PixelSeconds * options.Rows / 60.0:0.##} minutes, time running down; columns run left to
            right.</p>
            </header>
            <main>
            <div id="maps" tabindex="0" role="region" aria-label="maps, to scroll sideways" data-columns="{axis?.Columns}">
            {(note is null ? "" : $"""<p class="note">{Text(note)}</p>""")}
            {(axis is null ? "" : $"<p>{axis.First} to {axis.Last}, in UTC.</p>")}
            {string.Join('\n', figures)}
            </div>
            </main>
            <script>
            {Script}
            </script>
            </body>
            </html>

            """;
    }

    private static string FigureOf(Options options, Node node, string file, TimeAxis? axis)
    {
        if (!Uri.TryCreate(node.Url, UriKind.Absolute, out Uri? url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            return $"""
                <figure>
                <figcaption><bdi>{Text(node.Name)}</bdi></figcaption>
                <p>Its map cannot be shown, because this is no address of the web: <bdi>{Text(node.Url)}</bdi></p>
                </figure>
                """;
        }

        // Without the name and password in it: a browser does not send them for a picture, and the page's readers must not see them.
        string root = url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        string folders = string.Concat(OutputFolders(options).Select(folder => Uri.EscapeDataString(folder) + "/"));
        return Figure(options, node.Name, $"{root}/segments/{folders}{file}", axis);
    }

    private static string Figure(Options options, string name, string address, TimeAxis? axis)
    {
        int scale = axis is null ? 1 : ScaleOf(axis);
        string source = Encoder.Encode(address);
        return $"""
            <figure>
            <figcaption><bdi>{Text(name)}</bdi></figcaption>
            <div class="picture" style="min-width: {(axis?.Columns ?? 0) * scale}px; min-height: {options.Rows}px">
            <img src="{source}" data-address="{source}" alt="the map of {Text(name)}" style="transform: scaleX({scale})">
            </div>
            {(axis is null ? "" : Axis(axis, scale))}
            <p class="other">This map is of another time, so its hours are not marked.</p>
            </figure>
            """;
    }

    /// <summary>A map of few hours is drawn wider, or it would be a strip of some pixels.</summary>
    private static int ScaleOf(TimeAxis axis) => Math.Clamp(640 / axis.Columns, 1, 8);

    private static string Axis(TimeAxis axis, int scale)
    {
        int hourWidth = axis.Columns / axis.Hours * scale;
        int step = new[] { 1, 2, 3, 6, 12, 24, 48, 72 }.First(step => step * hourWidth >= LabelWidth);
        IEnumerable<string> marks = Enumerable.Range(axis.FirstHour, axis.Hours).Where(hour => hour % step == 0).Select(hour =>
            $"""<time style="left: {(hour - axis.FirstHour) * hourWidth}px">{LabelOf(new(hour))}</time>""");
        return $"""<div class="axis" style="width: {axis.Hours * hourWidth}px">{string.Concat(marks)}</div>""";
    }

    /// <summary>The day at midnight, else the time.</summary>
    private static string LabelOf(Hour hour) => DateTime.UnixEpoch.AddMicroseconds(hour.Start.Microseconds).ToString(
        hour.Number % 24 == 0 ? "d MMM" : "HH:mm", CultureInfo.InvariantCulture);

    /// <summary>
    /// The folder of the maps below /segments/, where nodes serve their base: the path of this node's output folder in its base.
    /// An output folder outside of the base must be served by other means; its name stands for it.
    /// </summary>
    private static string[] OutputFolders(Options options)
    {
        string output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(options.BaseDir, options.OutputDir)));
        string[] folders = Path.GetRelativePath(Path.GetFullPath(options.BaseDir), output).Split('/');
        return folders[0] switch
        {
            "." => [],
            ".." or "" => [Path.GetFileName(output)],
            _ => folders,
        };
    }

    private static string Text(string text) => Encoder.Encode(Engine.Printable(text));
}
