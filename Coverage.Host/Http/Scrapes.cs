using System;
using System.Buffers;
using System.Diagnostics;
using System.IO.Compression;
using System.IO.Pipelines;
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
    private Task<ReadOnlySequence<byte>>? underway;

    /// <summary>When the last text was done, and how long it took.</summary>
    private (long At, TimeSpan Took) last;

    /// <summary>Answers a scrape.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        ReadOnlySequence<byte> text = await NextAsync();
        context.Response.ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        await context.SendGzippedAsync(text);
    }

    private Task<ReadOnlySequence<byte>> NextAsync()
    {
        lock (sharing)
        {
            return underway is { IsCompleted: false } ? underway : underway = Task.Run(MakeAsync);
        }
    }

    private async Task<ReadOnlySequence<byte>> MakeAsync()
    {
        // Scrapes one after the other take half a processor at most: each waits as long as the last one took.
        if (last.Took - Stopwatch.GetElapsedTime(last.At) is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest);
        }

        long began = Stopwatch.GetTimestamp();

        // In pieces, for what is large stays in memory until everything is collected.
        var packed = new Pipe(new PipeOptions(minimumSegmentSize: Sending.Piece, pauseWriterThreshold: 0));
        await using (var gzip = new GZipStream(packed.Writer.AsStream(), CompressionLevel.Fastest))
        {
            await registry.CollectAndExportAsTextAsync(gzip);
        }

        last = (Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(began));
        return (await packed.Reader.ReadAsync()).Buffer;
    }
}
