using System;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Host;
using Coverage.Units;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Coverage.FleetServer;

/// <summary>What the API answers of the history of fleets, from the database.</summary>
/// <param name="fleets">The fleets that there are.</param>
/// <param name="history">The history; null without a database.</param>
internal sealed class HistoryEndpoints(FleetsEndpoints fleets, History? history)
{
    /// <summary>The most spans of an answer.</summary>
    private const int Most = 100_000;

    private static readonly Parameter<string> Channel = Optional(Parameters.Channel);
    private static readonly Parameter<string> Quality = Optional(Parameters.Quality);
    private static readonly Parameter<string> Node = Optional(Parameters.Node);
    private static readonly Parameter<Instant> From = Parameters.Start with { Name = "from", Means = "Nothing that closed by then." };
    private static readonly Parameter<Instant> Until = Parameters.End with { Name = "until", Means = "Nothing that opened, or of fill times closed, then or later." };

    private static readonly ImmutableArray<Parameter> Question =
        [.. FleetsEndpoints.Which, Channel, Quality, Node, Parameters.HistoryWord, From, Until];

    private static readonly ImmutableArray<Field<RecordedSpan>> Span =
    [
        .. Fields.All(Fields.Name, (RecordedSpan span) => span.Stream),
        new("node", Unit.Text, "The node; null for what is said of the stream itself", span => span.Node) { IsNullable = true },
        new("word", Unit.Text, "The word", span => span.Word),
        new("reason", Unit.Text, "Why it is withheld or endangered", span => span.Reason) { IsNullable = true },
        .. Fields.All(Fields.Interval, (RecordedSpan span) => Engine.Interval(span.Start.Microseconds, span.End.Microseconds)),
        new("opened", Unit.Instant, "The first look that said so", span => span.Opened),
        new("closed", Unit.Instant, "The first look that no longer did; null while it is open", span => span.Closed is { } closed ? closed : default(FieldValue)) { IsNullable = true },
        new("became", Unit.Text, "What its time was in that look; null while it is open, or out of the extent", span => span.Became) { IsNullable = true },
    ];

    private static readonly ImmutableArray<Field<FillTime>> Fill =
    [
        new("word", Unit.Text, "The word that the time had until the node had it", fill => fill.Word),
        new("node", Unit.Text, "The node; null for what is said of streams themselves", fill => fill.Node) { IsNullable = true },
        new("pieces", Unit.Count, "How many pieces of time it was", fill => fill.Pieces),
        new("seconds", Unit.Seconds, "How long they are", fill => fill.Recording),
        new("least_seconds", Unit.Seconds, "The shortest wait", fill => fill.Least),
        new("median_seconds", Unit.Seconds, "The median of the waits", fill => fill.Median),
        new("nine_of_ten_seconds", Unit.Seconds, "The wait that nine of ten are no longer than", fill => fill.NineOfTen),
        new("greatest_seconds", Unit.Seconds, "The longest wait", fill => fill.Greatest),
    ];

    /// <summary>Every address.</summary>
    public ImmutableArray<Host.Endpoint> All() =>
    [
        Of("fleet/history", "With a database: which time had which word, from which look to which", [.. Question, Parameters.Limit], SpansAsync),
        Of("fleet/fill-times", "With a database: how long time had each word until the node had it", Question, FillsAsync),
    ];

    private static Parameter<string> Optional(Parameter<string> parameter) => parameter with { IsRequired = false };

    private static Host.Endpoint Of(
        string path, string summary, ImmutableArray<Parameter> parameters, Func<ApiQuery, CancellationToken, Task<Answer>> answer) =>
        new(path, summary, parameters, [ApiAnswers.JsonType], (_, query, stop) => answer(query, stop))
        {
            IsOfRound = false,
            NeedsRound = false,
            IsOfDisk = true,
        };

    private async Task<Answer> SpansAsync(ApiQuery query, CancellationToken stop)
    {
        int most = query.Has(Parameters.Limit) ? query.Get(Parameters.Limit) : Most;
        ImmutableArray<RecordedSpan> spans = await AskAsync(query, (past, question) => past.SpansAsync(question, most + 1, stop));
        return ApiAnswers.Object(json =>
        {
            json.WriteBoolean("truncated", spans.Length > most);
            json.WriteArray("items", Span, spans[..Math.Min(most, spans.Length)]);
        });
    }

    private async Task<Answer> FillsAsync(ApiQuery query, CancellationToken stop)
    {
        ImmutableArray<FillTime> fills = await AskAsync(query, (past, question) => past.FillTimesAsync(question, stop));
        return ApiAnswers.Object(json => json.WriteArray("items", Fill, fills));
    }

    /// <exception cref="ApiProblem">There is no database, or it does not answer.</exception>
    private async Task<T> AskAsync<T>(ApiQuery query, Func<History, HistoryQuestion, Task<T>> ask)
    {
        Mirror fleet = fleets.Of(query);
        if (history is null)
        {
            throw new ApiProblem(StatusCodes.Status404NotFound, "a single process keeps no history; start it with --cluster");
        }

        (Instant from, Instant until) = query.Window(From, Until);
        var question = new HistoryQuestion(
            fleet.Fleet,
            query.Get(Channel),
            query.Get(Quality),
            query.Get(Node),
            query.Has(Parameters.HistoryWord) ? query.Get(Parameters.HistoryWord).ToString().ToLowerInvariant() : null,
            from,
            until);
        try
        {
            return await ask(history, question);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new ApiProblem(StatusCodes.Status503ServiceUnavailable, $"the database does not answer: {ClusterDatabase.Why(e)}") { RetryAfterSeconds = 5 };
        }
    }
}
