using System;
using System.Security.Cryptography;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>The body of an answer.</summary>
/// <param name="ContentType">What it is.</param>
/// <param name="Body">Its bytes, packed with gzip where it is large.</param>
/// <param name="UnpackedLength">How long the body is unpacked; null where it is not packed.</param>
internal sealed record Answer(string ContentType, ReadOnlyMemory<byte> Body, int? UnpackedLength = null)
{
    /// <summary>Its status.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>What the entity tag of the answer says, where it goes by the body; null where it goes by the round.</summary>
    public string? Tag { get; init; }

    /// <summary>A larger body is kept by gzip.</summary>
    private const int Large = 64 * 1024;

    /// <summary>The answer as it is sent, or kept: a slow reader may hold it for minutes.</summary>
    public Answer Pack() => UnpackedLength is not null || Body.Length < Large || ContentType == "image/png"
        ? this
        : new(ContentType, Sending.Gzip(Body.Span), Body.Length) { Status = Status, Tag = Tag };

    /// <summary>The answer with a tag that is another when the body is.</summary>
    public Answer Tagged() => this with { Tag = Convert.ToHexStringLower(SHA256.HashData(Body.Span).AsSpan(0, 16)) };

    /// <summary>Sends the body, a large one as gzip to a caller that takes it. The rest is for the compression of all answers.</summary>
    public Task SendAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentType = ContentType;
        return UnpackedLength is { } length ? context.SendGzippedAsync(new(Body), length) : context.SendAsync(new(Body));
    }
}
