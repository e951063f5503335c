using System;
using System.Buffers;
using System.IO;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Coverage.Host;

/// <summary>Sends bodies in pieces and within a time limit, so that a slow reader takes little memory, and not for long.</summary>
internal static class Sending
{
    /// <summary>How long an answer may be on its way; after that its connection is closed. Events take as long as they like.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>The server copies what it sends, so it gets a piece at a time.</summary>
    public const int Piece = 64 * 1024;

    /// <summary>A body packed with gzip.</summary>
    public static byte[] Gzip(ReadOnlySpan<byte> body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return packed.ToArray();
    }

    /// <summary>Whether the client takes gzip.</summary>
    public static bool TakesGzip(HttpContext context) =>
        context.Request.GetTypedHeaders().AcceptEncoding.Any(coding => coding is { Value.Value: "gzip", Quality: not 0 });

    /// <summary>Sends a body as it is.</summary>
    public static Task SendAsync(this HttpContext context, ReadOnlySequence<byte> body)
    {
        context.Response.ContentLength = body.Length;
        return WriteAsync(context, async to =>
        {
            for (ReadOnlySequence<byte> rest = body; !rest.IsEmpty;)
            {
                ReadOnlyMemory<byte> piece = rest.First[..Math.Min(rest.First.Length, Piece)];
                await to.WriteAsync(piece, context.RequestAborted);
                rest = rest.Slice(piece.Length);
            }
        });
    }

    /// <summary>Unpacks a body that is kept packed with gzip while it sends it.</summary>
    public static Task SendUnpackedAsync(this HttpContext context, ReadOnlySequence<byte> gzipped, long? length = null)
    {
        context.Response.ContentLength = length;
        return WriteAsync(context, async to =>
        {
            Stream packed = PipeReader.Create(gzipped).AsStream();
            await using var body = new GZipStream(packed, CompressionMode.Decompress);
            await body.CopyToAsync(to, Piece, context.RequestAborted);
        });
    }

    /// <summary>Sends a body that is kept packed with gzip: packed when the client takes gzip, else unpacked.</summary>
    public static Task SendGzippedAsync(this HttpContext context, ReadOnlySequence<byte> gzipped, long? length = null)
    {
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (!TakesGzip(context))
        {
            return context.SendUnpackedAsync(gzipped, length);
        }

        context.Response.Headers.ContentEncoding = "gzip";
        return context.SendAsync(gzipped);
    }

    private static async Task WriteAsync(HttpContext context, Func<Stream, Task> write)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        try
        {
            await write(context.Response.Body);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone, or took too long: an answer that breaks off must not pass for a whole one.
            context.Abort();
        }
    }
}
