using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Coverage.Host;

/// <summary>
/// The live page at <c>/</c>, of an archive or of several fleets: a file and what it loads from <c>web/</c>, all in this assembly. It asks the API for every
/// number, by addresses relative to its own, so that it works behind a proxy's path.
/// </summary>
internal static class LivePage
{
    private const string Folder = "web/";

    private static readonly Lazy<Dictionary<string, Asset>> Assets = new(() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToDictionary(name => name[Folder.Length..], Asset.Of));

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>The style that the live page and the pages beside the maps share.</summary>
    public static string SharedStyle => Encoding.UTF8.GetString(Assets.Value["shared.css"].Body);

    /// <summary>Maps a page and what it loads.</summary>
    /// <param name="app">Where it is served.</param>
    /// <param name="page">Which file is at <c>/</c>: that of an archive, or <c>fleets.html</c> of several fleets.</param>
    public static void MapLivePage(this WebApplication app, string page = "index.html")
    {
        app.MapMethods("/", Methods, context => SendAsync(context, page));
        app.MapMethods("/web/{name}", Methods, context => SendAsync(context, (string)context.Request.RouteValues["name"]!));
    }

    /// <summary>Sends a file of the page, unless the browser has it.</summary>
    public static Task SendAsync(HttpContext context, string name)
    {
        if (!Assets.Value.TryGetValue(name, out Asset? asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        // A browser asks each time whether it has the latest, so that a new version is seen at once.
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        return TypedResults.Bytes(asset.Body, asset.Type, entityTag: asset.Tag).ExecuteAsync(context);
    }

    /// <summary>A file of the page.</summary>
    private sealed record Asset(byte[] Body, string Type, EntityTagHeaderValue Tag)
    {
        public static Asset Of(string resource)
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
            using var body = new MemoryStream();
            stream.CopyTo(body);
            string hash = Convert.ToHexStringLower(SHA256.HashData(body.ToArray()).AsSpan(0, 8));
            return new(body.ToArray(), TypeOf(resource), new($"\"{hash}\"", isWeak: true));
        }

        private static string TypeOf(string resource) => Path.GetExtension(resource) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            string other => throw new InvalidOperationException($"{resource}: what kind of file is {other}?"),
        };
    }
}
