using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Win32.SafeHandles;

namespace Coverage.Host;

/// <summary>
/// Asks for the token of <c>--api-token-file</c>. Programs send it with each request; a browser sends it once and gets a
/// cookie. Endpoints with AllowAnonymous need neither.
/// </summary>
internal sealed class Login(string token, int port, TimeProvider time)
{
    /// <summary>How long a browser stays logged in.</summary>
    private static readonly TimeSpan Stay = TimeSpan.FromDays(30);

    /// <summary>How long the answer to a wrong token waits: it makes guessing slow.</summary>
    private static readonly TimeSpan Wrong = TimeSpan.FromSeconds(1);

    private readonly byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Browsers tell the cookies of two services on one machine apart by their names only.</summary>
    private readonly string cookie = string.Create(CultureInfo.InvariantCulture, $"segment-coverage-{port}");

    /// <summary>Reads the token from its file.</summary>
    /// <exception cref="InvalidDataException">The file holds no token.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string Read(string path)
    {
        const int Most = 1024;

        // Opening a named pipe waits for a writer, who may never come. A pipe that a shell made, <(…), has a writer.
        using SafeFileHandle? handle = path.StartsWith("/dev/fd/", StringComparison.Ordinal)
            ? File.OpenHandle(path)
            : Folder.OpenRegularFile(path);
        if (handle is null)
        {
            throw new InvalidDataException("it is not a regular file");
        }

        using var file = new FileStream(handle, FileAccess.Read);
        byte[] bytes = new byte[Most + 1];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        string text = Encoding.Latin1.GetString(bytes, 0, length).TrimEnd('\r', '\n');
        return text switch
        {
            "" => throw new InvalidDataException("the file is empty"),
            { Length: > Most } => throw new InvalidDataException($"a token is at most {Most} characters long"),
            _ when !text.All(character => character is > ' ' and <= '~') =>
                throw new InvalidDataException("a token is one line of ASCII letters, digits and signs, without spaces"),
            _ => text,
        };
    }

    /// <summary>Maps the form, and asks every request for the token or the cookie.</summary>
    public void Map(WebApplication app)
    {
        app.MapGet("/login", context => LivePage.SendAsync(context, "login.html")).AllowAnonymous();
        app.MapPost("/login", LogInAsync).AllowAnonymous();
        foreach (string file in new[] { "shared.css", "login.js", "icon.svg" })
        {
            app.MapGet("/login/" + file, context => LivePage.SendAsync(context, file)).AllowAnonymous();
        }

        app.Use(async (context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null || await IsKnownAsync(context))
            {
                await next(context);
            }
            else if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
            {
                // Relative, because a proxy may have put a path before ours.
                int depth = context.Request.Path.Value!.Count(character => character == '/') - 1;
                context.Response.Headers.CacheControl = "no-store";
                context.Response.Redirect(string.Concat(Enumerable.Repeat("../", depth)) + "login" + ViewOf(context.Request));
            }
            else
            {
                context.Response.Headers.WWWAuthenticate = "Bearer";
                await Api.RefuseAsync(context, new ApiProblem(
                    StatusCodes.Status401Unauthorized, "send the token as \"Authorization: Bearer TOKEN\", or log in at /login"));
            }
        });
    }

    /// <summary>What the page was to show, after the # where the form keeps it.</summary>
    private static string ViewOf(HttpRequest request) =>
        request is { Path.Value: "/", QueryString.Value: { Length: > 1 } query } ? $"#{query[1..]}" : "";

    private async Task<bool> IsKnownAsync(HttpContext context)
    {
        const string Bearer = "Bearer ";
        string authorization = context.Request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? await IsTokenAsync(authorization[Bearer.Length..].Trim(), context)
            : context.Request.Cookies[cookie] is { } value && IsCookie(value);
    }

    /// <summary>Compares in a time that does not depend on where the two differ.</summary>
    private async Task<bool> IsTokenAsync(string given, HttpContext context)
    {
        bool isToken = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), key);
        if (!isToken)
        {
            await Task.Delay(Wrong, time, context.RequestAborted);
        }

        return isToken;
    }

    /// <summary>A cookie holds the time of its end and an HMAC of it under the token: a new token ends all cookies.</summary>
    private string Cookie(DateTimeOffset end)
    {
        string seconds = end.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{seconds}.{Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(seconds)))}";
    }

    private bool IsCookie(string value) =>
        long.TryParse(value.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
        && seconds > time.GetUtcNow().ToUnixTimeSeconds()
        && seconds <= time.GetUtcNow().Add(Stay).ToUnixTimeSeconds()
        && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(value), Encoding.UTF8.GetBytes(Cookie(DateTimeOffset.FromUnixTimeSeconds(seconds))));

    private async Task LogInAsync(HttpContext context)
    {
        string given;
        try
        {
            given = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync(context.RequestAborted))["token"].ToString() : "";
        }
        catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException)
        {
            // Anyone can send a body that is no form, or a form in UTF-7.
            given = "";
        }

        context.Response.Headers.CacheControl = "no-store";
        if (!await IsTokenAsync(given.Trim(), context))
        {
            context.Response.Redirect("login?wrong");
            return;
        }

        // Without a path the browser sends the cookie to the folder that it came from, so it also works below a path of a proxy.
        DateTimeOffset end = time.GetUtcNow() + Stay;
        context.Response.Cookies.Append(cookie, Cookie(end), new CookieOptions
        {
            Path = null,
            Expires = end,
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
        });
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "./";
    }
}
