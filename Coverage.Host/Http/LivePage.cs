using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
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
/// The live page at <c>/</c>: a file and what it loads from <c>web/</c>, all in this assembly. It asks the API for every
/// number, by addresses relative to its own, so that it works behind a proxy's path.
/// </summary>
internal static class LivePage
{
    private const string Folder = "web/";

    private static readonly Lazy<Dictionary<string, Asset>> Assets = new(() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToDictionary(name => name[Folder.Length..], name => new Asset(name)));

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>The style that the live page and the pages beside the maps share.</summary>
    public static string SharedStyle => Encoding.UTF8.GetString(Assets.Value["shared.css"].Body);

    /// <summary>Maps the page and what it loads.</summary>
    public static void MapLivePage(this WebApplication app)
    {
        app.MapMethods("/", Methods, context => SendAsync(context, "index.html"));
        app.MapMethods("/web/{name}", Methods, context => SendAsync(context, (string)context.Request.RouteValues["name"]!));
    }

    /// <summary>Sends a file of the page.</summary>
    public static Task SendAsync(HttpContext context, string name)
    {
        HttpResponse response = context.Response;
        if (!Assets.Value.TryGetValue(name, out Asset? asset))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        // A browser asks each time whether it has the latest, so that a new version is seen at once.
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = asset.Tag;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.ToString() == asset.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.Headers.Vary = HeaderNames.AcceptEncoding;
        response.ContentType = asset.Type;
        if (!Sending.TakesGzip(context))
        {
            return context.SendAsync(asset.Body);
        }

        response.Headers.ContentEncoding = "gzip";
        return context.SendAsync(asset.Packed);
    }

    /// <summary>A file of the page.</summary>
    private sealed class Asset
    {
        public Asset(string resource)
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
            using var body = new MemoryStream();
            stream.CopyTo(body);
            Body = body.ToArray();
            Packed = Sending.Gzip(Body, CompressionLevel.SmallestSize);
            Tag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(Body).AsSpan(0, 8))}\"";
            Type = Path.GetExtension(resource) switch
            {
                ".html" => "text/html; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                ".js" => "text/javascript; charset=utf-8",
                ".svg" => "image/svg+xml",
                string other => throw new InvalidOperationException($"{resource}: what kind of file is {other}?"),
            };
        }

        public byte[] Body { get; }

        /// <summary>The body by gzip, made once.</summary>
        public byte[] Packed { get; }

        public string Tag { get; }

        public string Type { get; }
    }
}
