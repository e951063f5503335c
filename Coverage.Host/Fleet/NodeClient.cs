using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.WebUtilities;

namespace Coverage.Host;

/// <summary>A node gave no answer that can be used. The message says why as a sentence that is safe on one line.</summary>
/// <param name="why">Why.</param>
internal sealed class NodeException(string why) : Exception(why)
{
    /// <summary>Whether the node itself does not answer, so that asking it for something else is in vain.</summary>
    public bool IsUnreachable { get; init; }
}

/// <summary>What a node answered.</summary>
/// <param name="Address">The address that was asked, safe on one line.</param>
/// <param name="Status">The status.</param>
/// <param name="Body">The body, unpacked.</param>
/// <param name="Length">How long the body is, by the header; null where that does not say.</param>
/// <param name="Tag">Its entity tag.</param>
/// <param name="IsProblem">Whether the body says what is wrong, as this program's API does.</param>
internal sealed record NodeAnswer(string Address, HttpStatusCode Status, byte[] Body, long? Length, string? Tag, bool IsProblem)
{
    /// <summary>The failure that an answer with such a status is.</summary>
    public NodeException Refusal() => new(
        $"{Address} answers {(int)Status} {ReasonPhrases.GetReasonPhrase((int)Status)}{(IsProblem ? ": " + NodeJson.Detail(Body) : "")}");

    /// <summary>The answer, where it is one.</summary>
    /// <exception cref="NodeException">Its status is not 200.</exception>
    public NodeAnswer MustSucceed() => Status == HttpStatusCode.OK ? this : throw Refusal();

    /// <summary>The failure that such a body is.</summary>
    public NodeException Unusable(string expected)
    {
        ReadOnlySpan<byte> text = Body.AsSpan().TrimStart(" \t\r\n"u8);
        return new(text.IsEmpty ? $"{Address} answers nothing, not {expected}"
            : text[0] == (byte)'<' ? $"{Address} answers with a page, not with {expected}"
            : $"{Address} answers something that is not {expected}, or is cut short");
    }
}

/// <summary>
/// Asks one node over HTTP: four requests at a time, each answered within five seconds and within a bound in size, by a clock
/// that is right. It follows no redirect, and sends the token only to a node that asks for one.
/// </summary>
internal sealed class NodeClient : IDisposable
{
    /// <summary>The most bytes of an answer, unpacked.</summary>
    public const int Most = 16 * 1024 * 1024;

    /// <summary>The most requests at a time.</summary>
    public const int AtATime = 4;

    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>How far the clock of a node may be off.</summary>
    public static readonly TimeSpan ClockLimit = TimeSpan.FromMinutes(5);

    private readonly HttpClient http;
    private readonly SemaphoreSlim turns = new(AtATime);
    private readonly string root;
    private readonly string? token;
    private readonly TimeProvider time;
    private volatile bool sendsToken;

    /// <summary>A client of the node at an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="token">The token for a node that asks for one; null for none.</param>
    /// <param name="time">The clock that the node's is compared with.</param>
    public NodeClient(string address, string? token, TimeProvider time)
    {
        root = address.TrimEnd('/') + "/";
        (this.token, this.time) = (token, time);
        http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = AtATime,
            ConnectTimeout = Limit,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        turns.Dispose();
    }

    /// <summary>The address of something, safe on one line.</summary>
    public string AddressOf(string path) => Engine.Printable(root + path);

    /// <summary>Asks for something.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="path">Its path below the address of the node, escaped.</param>
    /// <param name="stop">Stops it.</param>
    /// <param name="tag">The tag of the answer that is known; null for none.</param>
    /// <exception cref="NodeException">There is no answer, or one that is not to be trusted.</exception>
    public async Task<NodeAnswer> AskAsync(HttpMethod method, string path, CancellationToken stop, string? tag = null)
    {
        await turns.WaitAsync(stop);
        try
        {
            NodeAnswer answer = await TryAsync(method, path, tag, stop);
            if (answer.Status == HttpStatusCode.Unauthorized && token is not null && !sendsToken)
            {
                sendsToken = true;
                answer = await TryAsync(method, path, tag, stop);
            }

            return answer.Status != HttpStatusCode.Unauthorized ? answer : throw new NodeException(
                token is null ? $"{answer.Address} wants a token; give a file that holds it with --node-token-file"
                : $"{answer.Address} does not take the token of --node-token-file");
        }
        finally
        {
            turns.Release();
        }
    }

    private async Task<NodeAnswer> TryAsync(HttpMethod method, string path, string? tag, CancellationToken stop)
    {
        string address = AddressOf(path);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(Limit);
        try
        {
            using HttpRequestMessage request = Request(method, root + path, tag);
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limited.Token);
            MustBeOurTime(address, response.Headers.Date);
            if ((int)response.StatusCode is >= 300 and < 400 and not 304)
            {
                string to = response.Headers.Location is { } location ? " to " + Engine.Printable(location.ToString()) : "";
                throw new NodeException($"{address} redirects{to}; give the address that it leads to");
            }

            byte[] body = method == HttpMethod.Head ? [] : await BodyAsync(address, response.Content, limited.Token);
            return new(
                address,
                response.StatusCode,
                body,
                response.Content.Headers.ContentLength,
                response.Headers.ETag?.ToString(),
                response.Content.Headers.ContentType?.MediaType == ApiAnswers.ProblemType);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new NodeException($"{address} gives no whole answer in {Limit.TotalSeconds} s") { IsUnreachable = true };
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException { Message: var why })
        {
            string remedy = why.Contains(nameof(SslPolicyErrors.RemoteCertificateNameMismatch), StringComparison.Ordinal)
                ? "; give an address that the certificate names"
                : why.Contains("chain", StringComparison.Ordinal)
                    ? "; add its issuer to the system's store, or to the file that SSL_CERT_FILE names" : "";
            throw new NodeException($"{address} gives no answer over TLS: {Engine.Printable(why)}{remedy}") { IsUnreachable = true };
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            string why = string.Join(": ", new[] { e.Message, e.InnerException?.Message }.OfType<string>().Where((one, at) => at == 0 || !e.Message.Contains(one, StringComparison.Ordinal)));
            throw new NodeException($"{address} gives no answer: {Engine.Printable(why)}") { IsUnreachable = true };
        }
        catch (InvalidDataException e)
        {
            throw new NodeException($"{address} answers what it says is gzip and is not: {Engine.Printable(e.Message)}");
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string address, string? tag)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.AcceptEncoding.Add(new(method == HttpMethod.Head ? "identity" : "gzip"));
        request.Headers.CacheControl = new() { NoCache = true };
        request.Headers.UserAgent.Add(new("segment-coverage", null));
        if (sendsToken)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        if (tag is not null)
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse(tag));
        }

        return request;
    }

    /// <exception cref="NodeException">The node's clock is wrong, so that what it has just recorded is misjudged.</exception>
    private void MustBeOurTime(string address, DateTimeOffset? date)
    {
        TimeSpan off = (date ?? time.GetUtcNow()) - time.GetUtcNow();
        if (off.Duration() > ClockLimit)
        {
            throw new NodeException(
                $"{address} answers with a date that is {Math.Round(off.Duration().TotalMinutes)} minutes "
                    + $"{(off > TimeSpan.Zero ? "ahead of" : "behind")} this machine's clock; set the clocks right");
        }
    }

    private static string Coding(IEnumerable<string> codings) => string.Join(", ", codings).ToLowerInvariant();

    private static async Task<byte[]> BodyAsync(string address, HttpContent content, CancellationToken stop)
    {
        await using Stream plain = await content.ReadAsStreamAsync(stop);
        ICollection<string> codings = content.Headers.ContentEncoding;
        await using Stream body = codings.Count == 0 || Coding(codings) == "identity" ? plain
            : Coding(codings) is "gzip" or "x-gzip" ? new GZipStream(plain, CompressionMode.Decompress)
            : throw new NodeException($"{address} answers packed as {Engine.Printable(Coding(codings))}, which was not asked for");
        using var read = new MemoryStream();
        byte[] piece = new byte[32 * 1024];
        for (int length; (length = await body.ReadAsync(piece, stop)) > 0;)
        {
            if (read.Length + length > Most)
            {
                throw new NodeException($"{address} answers more than {Most >> 20} MiB");
            }

            read.Write(piece, 0, length);
        }

        return read.ToArray();
    }
}
