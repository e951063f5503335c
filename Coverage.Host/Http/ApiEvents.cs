using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Coverage.Host;

/// <summary>Server-sent events: one at the end of each round, of the archive or of a fleet, with what changed.</summary>
/// <remarks>
/// The framework's own server-sent events write a whole event at once, so that the server would copy a megabyte for each slow
/// listener, and give it one deadline, however long it is; nor have they comments, by which a proxy sees that the connection is
/// alive.
/// </remarks>
internal sealed class ApiEvents(Rounds<Round> rounds, Options options, CancellationToken stopping)
{
    /// <summary>How many may listen at a time.</summary>
    private const int MostListeners = 256;

    /// <summary>How many entries a list of an event has.</summary>
    private const int MostEntries = 1000;

    /// <summary>How many changes of all streams an event lists: slow listeners keep events in memory, each another one.</summary>
    private const int MostChanges = 5000;

    /// <summary>How much is sent at a time: the server copies all that it is given.</summary>
    private const int Piece = 4096;

    /// <summary>How much the kernel may queue; by itself it queues up to 4 MiB, an hour of old news for a slow reader.</summary>
    private const int KernelQueue = 32 * 1024;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>How long a listener may leave no room for more before its connection is closed.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The rounds over the nodes of a fleet; null where the service compares none.</summary>
    public Rounds<FleetRound>? Fleet { get; init; }

    private readonly Lock writing = new();
    private int listeners;

    /// <summary>The latest event that was written, and of which round it is: the same for all that listen.</summary>
    private (int Round, byte[] Text) latest;

    /// <summary>The same of the nodes of a fleet, with those of them that were known.</summary>
    private (int Round, ImmutableArray<string> Known, byte[] Text) latestOfFleet;

    /// <summary>Sends an event for each round until the listener goes, or the service ends.</summary>
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
            await SendEventsAsync(context, over.Token);
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

    private async Task SendEventsAsync(HttpContext context, CancellationToken over)
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";

        // Proxies that hold answers back let this one through.
        response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        context.Features.Get<IConnectionSocketFeature>()?.Socket.SendBufferSize = KernelQueue;

        // By so high a rate the server gives each piece the same time, and closes the connection after that.
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = new(bytesPerSecond: 1e9, gracePeriod: Patience);
        await SendAsync("retry: 3000\n\n"u8.ToArray());
        Task next = rounds.WaitAsync(0, over), nextOfFleet = AwaitFleetAsync(0, over);
        for (int sent = 0, sentOfFleet = 0; ;)
        {
            Task later = Task.WhenAny(next, nextOfFleet);
            while (!await EndsAsync(later, over))
            {
                await SendAsync(": still here\n\n"u8.ToArray());
            }

            // No round is held while its event is sent.
            if (next.IsCompleted)
            {
                await next;
                (sent, byte[] text) = Latest(sent);
                await SendAsync(text);
                next = rounds.WaitAsync(sent, over);
            }

            if (nextOfFleet.IsCompleted)
            {
                await nextOfFleet;
                (sentOfFleet, byte[] text) = LatestOfFleet(sentOfFleet);
                await SendAsync(text);
                nextOfFleet = AwaitFleetAsync(sentOfFleet, over);
            }
        }

        async Task SendAsync(ReadOnlyMemory<byte> rest)
        {
            for (; !rest.IsEmpty; rest = rest[Math.Min(Piece, rest.Length)..])
            {
                await response.Body.WriteAsync(rest[..Math.Min(Piece, rest.Length)], over);
            }
        }
    }

    /// <summary>Whether something ends before the next sign of life is due.</summary>
    private static async Task<bool> EndsAsync(Task task, CancellationToken over)
    {
        try
        {
            await task.WaitAsync(Heartbeat, over);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>The event of the latest round, for a listener whose last one was of another; 0 for none yet.</summary>
    private (int Number, byte[] Text) Latest(int after)
    {
        lock (writing)
        {
            Round round = rounds.Latest!;
            if (after == 0 || after < round.Number - 1)
            {
                // What changed over several rounds cannot be listed: earlier rounds are not kept.
                return (round.Number, Event(round, withChanges: false, skipped: after == 0 ? 0 : round.Number - 1 - after));
            }

            return latest = latest.Round == round.Number ? latest : (round.Number, Event(round, withChanges: true, skipped: 0));
        }
    }

    /// <summary>Waits for a round over the nodes; for ever where there are none.</summary>
    private Task AwaitFleetAsync(int after, CancellationToken over) =>
        Fleet?.WaitAsync(after, over) ?? Task.Delay(Timeout.InfiniteTimeSpan, over);

    /// <summary>The event of the latest round over the nodes, likewise.</summary>
    private (int Number, byte[] Text) LatestOfFleet(int after)
    {
        lock (writing)
        {
            FleetRound round = Fleet!.Latest!;
            if (latestOfFleet.Round != round.Number)
            {
                // The event lists changes only where the event of the round before was written: that round is not kept.
                ImmutableArray<string>? before = latestOfFleet.Round == round.Number - 1 && latestOfFleet.Round > 0 ? latestOfFleet.Known : null;
                latestOfFleet = (round.Number, FleetAnswers.Known(round), FleetAnswers.Event(round, before, skipped: 0));
            }

            return (round.Number, after > 0 && after == round.Number - 1 ? latestOfFleet.Text
                : FleetAnswers.Event(round, null, skipped: after == 0 ? 0 : round.Number - 1 - after));
        }
    }

    private byte[] Event(Round round, bool withChanges, int skipped)
    {
        int room = MostChanges;
        Answer data = ApiAnswers.Object(json =>
        {
            json.WriteRound(round, options);
            json.WriteNumber("skipped", skipped);
            json.WriteStartArray("streams");
            foreach (StreamRound stream in round.Streams.Where(stream => withChanges && stream.IsChanged))
            {
                room = WriteChanges(json, stream.Stream, stream.Changes!, Instant.Of(round.Finished), room);
            }

            json.WriteEndArray();
            json.WriteArray("gone", Fields.Name, withChanges ? round.Gone.Take(MostEntries) : []);
            json.WriteArray(
                "failing", Fields.Failing, round.Streams.Where(stream => stream.Failing is not null).Take(MostEntries));
        });
        return [.. Encoding.UTF8.GetBytes($"event: round\nid: {round.Number}\ndata: "), .. data.Body.Span, .. "\n\n"u8];
    }

    /// <summary>Writes a stream's changes; how many more an event may list after them.</summary>
    private static int WriteChanges(Utf8JsonWriter json, StreamName stream, Changes changes, Instant now, int room)
    {
        bool isCut = false;
        json.WriteStartObject();
        json.Write(Fields.Name, stream);
        json.WriteBoolean("changed", true);
        json.WriteArray("opened", Fields.Interval, Listed(changes.Opened));
        json.WriteArray("closed", Fields.ClosedHole, Listed(changes.Closed).Select(hole => (hole.Hole, now - new Instant(hole.Since))));
        json.WriteArray("grown", Fields.ChangedHole, Listed(changes.Grown).Select(hole => (hole.Hole, new Duration(hole.Was))));
        json.WriteArray("shrunk", Fields.ChangedHole, Listed(changes.Shrunk).Select(hole => (hole.Hole, new Duration(hole.Was))));
        WriteHours("hours_added", changes.HoursAdded);
        WriteHours("hours_gone", changes.HoursGone);
        json.WriteBoolean("truncated", isCut);
        json.WriteEndObject();
        return room;

        IEnumerable<T> Listed<T>(ImmutableArray<T> all)
        {
            int count = Math.Min(all.Length, Math.Min(room, MostEntries));
            isCut |= count < all.Length;
            room -= count;
            return all.Take(count);
        }

        void WriteHours(string key, ImmutableArray<int> hours)
        {
            json.WriteStartArray(key);
            foreach (int hour in Listed(hours))
            {
                json.WriteStringValue(new Hour(hour).ToString());
            }

            json.WriteEndArray();
        }
    }
}
