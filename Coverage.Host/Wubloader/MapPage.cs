using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Coverage.CommandLine;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>The time that a map shows, the number of its columns, and the recording's extent (null where it is not known, or empty).</summary>
internal sealed record TimeAxis(int FirstHour, int LastHour, int Columns, Interval? Extent = null)
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

    /// <summary>The room for a map on a phone, in pixels: a small map fills it, and the labels of the axis fit it.</summary>
    private const int LeastRoom = 340;

    /// <summary>The steps of the axis, in minutes.</summary>
    private static readonly int[] Steps = [10, 20, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320];

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The style of this page alone; <see cref="LivePage.SharedStyle"/> is that of all pages.</summary>
    private const string Style = """
        #maps { overflow-x: auto; padding-bottom: 1rem; }
        #maps:focus-visible { outline: .18rem solid var(--link); }
        #maps p, figcaption { position: sticky; left: 0; max-width: min(45rem, calc(100vw - 2rem)); }
        figure { margin: 1.2rem 0; width: max-content; }
        figcaption { font-weight: bold; width: max-content; }
        .picture { position: relative; box-shadow: 0 0 0 1px var(--soft); margin: 1px;
            background: repeating-linear-gradient(-45deg, var(--outside) 0 8px, var(--outside-line) 8px 10px); }
        img { display: block; image-rendering: pixelated; }
        /* A small map would be a strip of some pixels, so each cell grows by whole pixels until the map fills the room. */
        figure[style] {
            --column: clamp(1px, round(down, (min(100vw, 62rem) - 2rem - 2px) / var(--columns), 1px), 64px);
            --row: clamp(1px, round(down, 600px / var(--rows), 1px), var(--column));
            --wide: calc(var(--column) * var(--columns));
            --high: calc(var(--row) * var(--rows));
        }
        [style] .picture { min-width: var(--wide); min-height: var(--high); }
        [style] img { width: calc(var(--column) * var(--own, var(--columns))); height: var(--high); }
        .missing img { width: auto !important; height: auto !important; }
        .beyond { background: var(--outside); }
        .picture .beyond { position: absolute; }
        .missing .beyond, .differs .beyond { display: none; }
        .axis { width: var(--wide); position: relative; height: 2.2em; font-size: .8rem; font-variant-numeric: tabular-nums; }
        time { position: absolute; border-left: 1px solid var(--soft); padding: .5em 0 0 .25em; line-height: 1; white-space: nowrap; }
        .other { display: none; }
        figure.differs .other { display: block; }
        figure.differs .axis { display: none; }
        """;

    /// <summary>A new picture loads into an image of its own before it is shown, so that the page keeps its size and does not scroll.</summary>
    private const string Script = """
        const maps = document.getElementById("maps");
        let known = maps.innerHTML;

        function watch(image) {
            const figure = image.closest("figure");
            const update = () => {
                if (image.naturalWidth) image.style.setProperty("--own", image.naturalWidth);
                figure.classList.toggle("missing", image.naturalWidth === 0);
                figure.classList.toggle("differs",
                    image.naturalWidth > 0 && maps.dataset.columns !== "" && image.naturalWidth !== +maps.dataset.columns);
            };
            image.onload = update;
            image.onerror = update;
            if (image.complete) update();
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
    /// <param name="note">A sentence above the maps; null for none.</param>
    public static string Html(Options options, StreamName stream, TimeAxis? axis, IReadOnlyList<Node>? nodes, string? note)
    {
        string name = Text($"{stream.Channel}/{stream.Quality}");
        string file = Uri.EscapeDataString(Path.GetFileName(MapPicture.PathOf(options, stream)));
        IEnumerable<string> figures = nodes is null
            ? [Figure(options, "this node", file, axis, isHere: true)]
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
            <li><span class="none"></span>{(axis?.Extent is null || nodes is not null ? "white: missing, or outside the extent" : "white: missing")}</li>
            {(axis?.Extent is null || nodes is not null ? "" : """<li><span class="beyond"></span>grey: outside the extent, nothing is known</li>""")}
            </ul>
            <p>A column is {options.PixelSeconds * options.Rows / 60.0:0.##} minutes, time running down; columns run left to
            right.</p>
            </header>
            <main>
            <div id="maps" tabindex="0" role="region" aria-label="maps, to scroll sideways" data-columns="{axis?.Columns}">
            {(note is null ? "" : $"""<p class="note">{Text(note)}</p>""")}
            {(axis is null ? "" : $"<p>{RangeOf(axis)}</p>")}
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

        // Without the user name and password of the URL: a browser does not send them for a picture, and the page's readers must not see them.
        string root = url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        string folders = string.Concat(OutputFolders(options).Select(folder => Uri.EscapeDataString(folder) + "/"));
        return Figure(options, node.Name, $"{root}/segments/{folders}{file}", axis, isHere: false);
    }

    private static string Figure(Options options, string name, string address, TimeAxis? axis, bool isHere)
    {
        string source = Encoder.Encode(address);
        string size = axis is null ? "" : $" style=\"--columns: {axis.Columns}; --rows: {options.Rows}\"";
        return $"""
            <figure{size}>
            <figcaption><bdi>{Text(name)}</bdi></figcaption>
            <div class="picture">
            <img src="{source}" data-address="{source}" alt="the map of {Text(name)}">
            {(isHere && axis?.Extent is { } extent ? Beyond(options, axis, extent) : "")}
            </div>
            {(axis is null ? "" : Axis(axis))}
            <p class="other">This map is of another time, so its hours are not marked.</p>
            </figure>
            """;
    }

    /// <summary>
    /// Covers what is outside the extent, which the picture shows white like a hole: the columns before and after the extent,
    /// and parts of its first and last column. Maps of other nodes get no cover, because only their pictures are known here.
    /// </summary>
    private static string Beyond(Options options, TimeAxis axis, Interval extent)
    {
        double cells = (double)axis.Columns * options.Rows;
        double perCell = options.PixelSeconds * 1e6, first = axis.FirstHour * 3600e6;
        // Of an empty extent all of the map is outside.
        double before = extent.IsEmpty ? 0 : Math.Clamp(Math.Ceiling((extent.Start - first) / perCell), 0, cells);
        double after = extent.IsEmpty ? 0 : Math.Clamp(Math.Floor((extent.End - first) / perCell), 0, cells);
        (double columns, double rows) = (Math.Floor(before / options.Rows), before % options.Rows);
        (double lastColumn, double lastRow) = (Math.Floor(after / options.Rows), after % options.Rows);
        double next = lastRow > 0 ? lastColumn + 1 : lastColumn;
        return Part(0, columns, 0, options.Rows) + Part(columns, columns + 1, 0, rows)
            + (lastRow > 0 ? Part(lastColumn, lastColumn + 1, lastRow, options.Rows) : "") + Part(next, axis.Columns, 0, options.Rows);

        string Part(double left, double right, double top, double bottom) => right > left && bottom > top
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"""<div class="beyond" style="left: calc(var(--column) * {left}); width: calc(var(--column) * {right - left}); top: calc(var(--row) * {top}); height: calc(var(--row) * {bottom - top})"></div>""")
            : "";
    }

    /// <summary>The hours that a map shows, from the first one's start to the last one's end.</summary>
    private static string RangeOf(TimeAxis axis)
    {
        DateTime first = DateTime.UnixEpoch.AddHours(axis.FirstHour), end = DateTime.UnixEpoch.AddHours(axis.LastHour + 1);
        string day = end.Date == first.Date ? "" : "yyyy-MM-dd ";
        return string.Create(CultureInfo.InvariantCulture, $"{first:yyyy-MM-dd HH:mm} to {end.ToString(day + "HH:mm", CultureInfo.InvariantCulture)} UTC");
    }

    private static string Axis(TimeAxis axis)
    {
        long first = axis.FirstHour * 60L, minutes = (axis.LastHour + 1) * 60L - first;
        double room = Math.Max(LeastRoom, axis.Columns);
        int step = Steps.First(step => step * room / minutes >= LabelWidth || step == Steps[^1]);
        var marks = new StringBuilder();
        for (long at = (first + step - 1) / step * step; at < first + minutes; at += step)
        {
            marks.Append(
                CultureInfo.InvariantCulture,
                $"""<time style="left: {100.0 * (at - first) / minutes:0.####}%">{LabelOf(at)}</time>""");
        }

        return $"""<div class="axis">{marks}</div>""";
    }

    private static string LabelOf(long minute) => DateTime.UnixEpoch.AddMinutes(minute).ToString(
        minute % 1440 == 0 ? "d MMM" : "HH:mm", CultureInfo.InvariantCulture);

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
