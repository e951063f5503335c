using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using Coverage.Host;
using Coverage.Units;
using Microsoft.AspNetCore.Http;

namespace Coverage.FleetServer;

/// <summary>What the API answers over several fleets: which there are; all else is asked of one of them.</summary>
/// <param name="mirrors">The fleets that there are.</param>
/// <param name="time">The clock.</param>
internal sealed class FleetsEndpoints(Func<IReadOnlyDictionary<string, Mirror>> mirrors, TimeProvider time)
{
    /// <summary>The parameters by which a fleet is chosen.</summary>
    public static readonly ImmutableArray<Parameter> Which = [Parameters.Fleet];

    /// <summary>The fleet that is asked for, or the only one.</summary>
    /// <exception cref="ApiProblem">There is no such fleet, or one has to be named.</exception>
    public Mirror Of(ApiQuery query)
    {
        IReadOnlyDictionary<string, Mirror> all = mirrors();
        if (!query.Has(Parameters.Fleet))
        {
            return all.Count == 1 ? all.Values.First()
                : throw ApiQuery.Wrong(Parameters.Fleet, $"is missing: there are {string.Join(", ", all.Keys.Select(name => $"\"{Engine.Printable(name)}\""))}");
        }

        return all.TryGetValue(query.Get(Parameters.Fleet)!, out Mirror? mirror) ? mirror : throw new ApiProblem(
            StatusCodes.Status404NotFound,
            $"no fleet is named \"{Engine.Printable(query.Get(Parameters.Fleet)!)}\"; there are {string.Join(", ", all.Keys.Select(name => $"\"{Engine.Printable(name)}\""))}")
        {
            Parameter = Parameters.Fleet.Name,
            Allowed = Parameters.Fleet.Allowed,
        };
    }

    /// <summary>Every address.</summary>
    public ImmutableArray<Host.Endpoint> All() =>
    [
        new Host.Endpoint("fleets", "The fleets, each with its worst status", [], [ApiAnswers.JsonType], (_, _, _) => Task.FromResult(Fleets().Tagged()))
        {
            IsOfRound = false,
            NeedsRound = false,
        },
    ];

    private Answer Fleets() => ApiAnswers.Object(json =>
    {
        json.WriteStartArray("fleets");
        foreach (Mirror mirror in mirrors().Values)
        {
            FleetLook? look = mirror.Latest(time)?.Look;
            json.WriteStartObject();
            json.WriteString("fleet", mirror.Fleet);
            json.WriteString("status", FleetText.ofStatus(look is null || look.Nodes.Any(node => !node.IsKnown) ? FleetStatus.Unknown
                : look.Streams.Select(stream => stream.Report.Status).DefaultIfEmpty(FleetStatus.Whole).Min()));
            json.WriteNumber("expected", look?.Nodes.Length ?? 0);
            json.WriteNumber("heard", look?.Nodes.Count(node => node.IsKnown) ?? 0);
            json.WriteNumber("streams", look?.Streams.Length ?? 0);
            json.WriteString("as_of", look?.Streams.Select(stream => stream.AsOf).Min()?.ToString());
            json.WriteString("now", look?.Now.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
