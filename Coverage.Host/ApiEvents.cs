using System;
using System.Buffers;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>Server-sent events: one at the end of each round, with what changed.</summary>
internal sealed class ApiEvents(Rounds rounds, Options options, CancellationToken stopping)
{
    /// <summary>How many may listen at a time.</summary>
    private const int MostListeners = 256;

    /// <summary>How many changes of one kind of one stream an event lists.</summary>
    private const int MostChanges = 1000;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private readonly Lock writing = new();
    private int listeners;

    /// <summary>The latest event that was written, and of which round it is: the same for all that listen.</summary>
    private (int Round, byte[] Text) latest;

    /// <summary>Tells of rounds until the listener goes, or the service ends.</summary>
    /// <exception cref="ApiProblem">Too many listen already.</exception>
    public async Task ServeAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref listeners) > MostListeners)
        {
            Interlocked.Decrement(ref listeners);
            throw new ApiProblem(StatusCodes.Status429TooManyRequests, $"{MostListeners} others listen already") { RetryAfterSeconds = 10 };
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await TellAsync(context.Response, over.Token);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // That is how listening ends.
        }
        finally
        {
            Interlocked.Decrement(ref listeners);
        }
    }

    private async Task TellAsync(HttpResponse response, CancellationToken over)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";

        // Proxies that hold answers back let this one through.
        response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(response.HttpContext.Request.Method))
        {
            return;
        }

        await SendAsync("retry: 3000\n\n"u8.ToArray());
        Round round = await NextAsync(rounds.LatestOrFirst);
        await SendAsync(Event(round, withChanges: false));
        while (true)
        {
            round = await NextAsync(round.Next);
            await SendAsync(EventOf(round));
        }

        async Task<Round> NextAsync(Task<Round> next)
        {
            while (true)
            {
                try
                {
                    return await next.WaitAsync(Heartbeat, over);
                }
                catch (TimeoutException)
                {
                    await SendAsync(": still here\n\n"u8.ToArray());
                }
            }
        }

        async Task SendAsync(byte[] text)
        {
            await response.Body.WriteAsync(text, over);
            await response.Body.FlushAsync(over);
        }
    }

    private byte[] EventOf(Round round)
    {
        lock (writing)
        {
            return (latest = latest.Round == round.Number ? latest : (round.Number, Event(round, withChanges: true))).Text;
        }
    }

    private byte[] Event(Round round, bool withChanges)
    {
        Answer data = ApiAnswers.Object(json =>
        {
            ApiAnswers.RoundObject(json, round, options);
            json.WriteStartArray("streams");
            foreach (StreamRound stream in round.Streams.Where(stream => withChanges && stream.IsChanged))
            {
                ChangedStream(json, stream.Stream, stream.Changes!, Rounds.Microseconds(round.Finished));
            }

            json.WriteEndArray();
            json.WriteStartArray("gone");
            foreach (StreamName gone in withChanges ? round.Gone : [])
            {
                json.WriteStartObject();
                ApiAnswers.NameFields(json, gone);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("failing");
            foreach (StreamRound stream in round.Streams.Where(stream => stream.Look.Failing is not null))
            {
                json.WriteStartObject();
                ApiAnswers.NameFields(json, stream.Stream);
                json.WriteString("error", stream.Look.Failing);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return [.. Encoding.UTF8.GetBytes($"event: round\nid: {round.Number}\ndata: "), .. data.Body.Span, .. "\n\n"u8];
    }

    private static void ChangedStream(Utf8JsonWriter json, StreamName stream, Changes changes, long now)
    {
        json.WriteStartObject();
        ApiAnswers.NameFields(json, stream);
        json.WriteBoolean("changed", true);
        Each("opened", changes.Opened, hole => HoleFields(hole));
        Each("closed", changes.Closed, hole => HoleFields(hole.Hole, "stood_seconds", now - hole.Since));
        Each("grown", changes.Grown, hole => HoleFields(hole.Hole, "was_seconds", hole.Was));
        Each("shrunk", changes.Shrunk, hole => HoleFields(hole.Hole, "was_seconds", hole.Was));
        Hours("hours_added", changes.HoursAdded);
        Hours("hours_gone", changes.HoursGone);
        json.WriteEndObject();

        void Each<T>(string key, ImmutableArray<T> holes, Action<T> fields)
        {
            json.WriteStartArray(key);
            foreach (T hole in holes.Take(MostChanges))
            {
                json.WriteStartObject();
                fields(hole);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        void HoleFields(Interval hole, string? key = null, long microseconds = 0)
        {
            json.WriteString("start", Engine.InstantText(hole.Start));
            json.WriteString("end", Engine.InstantText(hole.End));
            Formats.Seconds(json, "seconds", hole.Length);
            if (key is not null)
            {
                Formats.Seconds(json, key, microseconds);
            }
        }

        void Hours(string key, ImmutableArray<int> hours)
        {
            json.WriteStartArray(key);
            foreach (int hour in hours.Take(MostChanges))
            {
                json.WriteStringValue(Engine.HourText(hour));
            }

            json.WriteEndArray();
        }
    }
}
