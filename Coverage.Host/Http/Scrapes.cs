using System;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Prometheus;

namespace Coverage.Host;

/// <summary>
/// The metrics as text. Scrapes that come while a text is made share it, and it is kept packed, so neither many scrapes
/// nor slow ones cost more than one.
/// </summary>
internal sealed class Scrapes(CollectorRegistry registry)
{
    private readonly Lock sharing = new();
    private Task<byte[]>? underway;

    /// <summary>When the last text was done, and how long it took.</summary>
    private (long At, TimeSpan Took) last;

    /// <summary>Answers a scrape.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        byte[] text = await NextAsync();
        context.Response.ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        await context.SendGzippedAsync(text);
    }

    private Task<byte[]> NextAsync()
    {
        lock (sharing)
        {
            return underway is { IsCompleted: false } ? underway : underway = Task.Run(MakeAsync);
        }
    }

    private async Task<byte[]> MakeAsync()
    {
        // Scrapes one after the other take half a processor at most: each waits as long as the last one took.
        if (last.Took - Stopwatch.GetElapsedTime(last.At) is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest);
        }

        long began = Stopwatch.GetTimestamp();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            await registry.CollectAndExportAsTextAsync(gzip);
        }

        last = (Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(began));
        return packed.ToArray();
    }
}
