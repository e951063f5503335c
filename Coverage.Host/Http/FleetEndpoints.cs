using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>What the API answers of the nodes of a fleet, from its latest finished round.</summary>
/// <param name="roundsOf">The rounds over the nodes that are asked for; null where none are compared.</param>
/// <param name="which">The parameters by which they are chosen.</param>
/// <param name="options">What the service was started with.</param>
/// <param name="time">What says how old a round is.</param>
internal sealed class FleetEndpoints(
    Func<ApiQuery, Rounds<FleetRound>?> roundsOf, ImmutableArray<Parameter> which, Options options, TimeProvider time)
{
    private static readonly ImmutableArray<Parameter> Streams = [Parameters.Channels, Parameters.Qualities];
    private static readonly ImmutableArray<Parameter> Window = [Parameters.Start, Parameters.End];

    /// <summary>Every address.</summary>
    public ImmutableArray<Endpoint> All() =>
    [
        Of("fleet/streams", "With --fleet: the nodes, and of each stream what each of them has, gets and lacks",
            [.. Streams, Parameters.Totals], [ApiAnswers.JsonType], FleetAnswers.Streams),
        Of("fleet/words", "With --fleet: what the time of each stream is for each node, why, and which nodes have it",
            [
                .. Streams, .. Window, Parameters.Nodes, Parameters.FleetWords, Parameters.Limit, Parameters.Order, Parameters.FleetFormat,
                Parameters.NoData,
            ],
            [ApiAnswers.JsonType, ApiAnswers.CsvType, ApiAnswers.TextType], FleetAnswers.Words),
        Of("fleet/files", "With --fleet: the files that a node lacks, as a list for other programs",
            [.. Streams, .. Window, Parameters.Node, Parameters.FetchFormat, Parameters.Include], [ApiAnswers.TextType], FleetAnswers.Files),
    ];

    /// <summary>An address. Its answer goes by the rounds over the nodes, not by those of the archive.</summary>
    private Endpoint Of(
        string path,
        string summary,
        ImmutableArray<Parameter> parameters,
        ImmutableArray<string> contentTypes,
        Func<FleetRound, ApiQuery, Answer> answer) =>
        new(path, summary, [.. which, .. parameters], contentTypes, (_, query, _) => Task.FromResult(answer(Latest(query), query).Tagged()))
        {
            IsOfRound = false,
            NeedsRound = false,
        };

    /// <exception cref="ApiProblem">There is no round, or none that still says something.</exception>
    private FleetRound Latest(ApiQuery query)
    {
        Rounds<FleetRound> rounds = roundsOf(query)
            ?? throw new ApiProblem(StatusCodes.Status404NotFound, "this service compares no nodes; start it with --fleet");
        FleetRound latest = rounds.Latest ?? throw new ApiProblem(
            StatusCodes.Status503ServiceUnavailable, "the nodes have not been asked yet: the first round over them is not over")
        {
            RetryAfterSeconds = 2,
        };
        return time.GetUtcNow() - DateTimeOffset.UnixEpoch - TimeSpan.FromMicroseconds(latest.Look.Now.Microseconds) <= FleetLoop.Patience(options)
            ? latest
            : throw new ApiProblem(
                StatusCodes.Status503ServiceUnavailable, $"the nodes were last compared as of {latest.Look.Now}, too long ago; the log says why");
    }
}
