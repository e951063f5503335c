using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>A span with its word, and the look that found it.</summary>
internal readonly record struct FleetRow(FleetLook Look, FleetSpanOf Of)
{
    /// <summary>The node; null for a span that no node has.</summary>
    public string? Node => Of.Node is { } place ? Look.Nodes[place].Node.Name : null;

    /// <summary>The reason of a withheld or endangered span; null for others.</summary>
    public string? Reason => Of.Span.Reason == FleetReason.None ? null : FleetText.ofReason(Of.Span.Reason);

    /// <summary>Which nodes have it, or take it away.</summary>
    public IEnumerable<string> From
    {
        get
        {
            FleetLook look = Look;
            return Of.Span.Nodes.Nodes.Select(place => look.Nodes[place].Node.Name);
        }
    }
}

/// <summary>What the API answers from a finished round over the nodes of a fleet.</summary>
internal static class FleetAnswers
{
    /// <summary>The most spans and files of an answer with all of them.</summary>
    private const int Most = 100_000;

    /// <summary>How many streams an event lists.</summary>
    private const int MostChanged = 1000;

    /// <summary>A span of a stream, with its word.</summary>
    public static readonly ImmutableArray<Field<FleetRow>> Row =
    [
        .. Fields.All(Fields.Name, (FleetRow row) => row.Of.Stream),
        new("node", Unit.Text, "The node; null for what no node has that was heard", row => row.Node) { IsNullable = true },
        new("word", Unit.Text, "The word of each of its instants", row => row.Of.Word),
        .. Fields.All(Fields.Interval, (FleetRow row) => row.Of.Span.Time),
        new("reason", Unit.Text, "Why it is withheld or endangered", row => row.Reason) { IsNullable = true },
    ];

    /// <summary>The same as a table, with the nodes that have it.</summary>
    private static readonly ImmutableArray<Field<FleetRow>> Table =
    [
        .. Row,
        new("from", Unit.Text, "The nodes that have it or take it away, with commas between",
            row => row.Of.Span.Nodes.IsEmpty ? null : string.Join(',', row.From)),
    ];

    /// <summary>The nodes, and the streams that are asked for.</summary>
    public static Answer Streams(FleetRound round, ApiQuery query)
    {
        FleetLook look = Wanted(round, query);
        bool areTotals = query.Get(Parameters.Totals);
        if (!areTotals)
        {
            MustFit(look.Streams.Sum(stream => (long)stream.Report.Nodes.Select((node, at) => SizeOf(stream, node, at)).Sum()), "spans and files", ", or with totals=true");
        }

        return ApiAnswers.Object(json =>
        {
            json.WriteFleetRound(round);
            json.WriteLook(look, areTotals ? FleetDetail.Totals : FleetDetail.Service);
        });
    }

    /// <summary>Writes of which round over the nodes an answer is.</summary>
    public static void WriteFleetRound(this Utf8JsonWriter json, FleetRound round)
    {
        json.WriteStartObject("round");
        json.WriteNumber("number", round.Number);
        json.WriteEndObject();
    }

    /// <summary>The spans of the time that is asked for, each with its word. It names no round, so that it is the same until something changes.</summary>
    public static Answer Words(FleetRound round, ApiQuery query)
    {
        FleetLook look = Wanted(round, query);
        (Instant start, Instant end) = query.Window();
        List<FleetRow> rows = [.. look.Streams.SelectMany(stream => Told(look, stream, query))
            .Select(one => Within(one, start, end))
            .Where(one => !one.Span.Time.IsEmpty)
            .Select(one => new FleetRow(look, one))];
        ApiAnswers.MustHaveData(query, rows.Count);
        ListFormat format = query.Get(Parameters.FleetFormat);
        int limit = ApiAnswers.Limit(query, format, rows.Count);
        bool isByLength = query.Get(Parameters.Order) == ListOrder.Length;
        List<FleetRow> listed = [.. rows
            .OrderBy(row => isByLength ? -row.Of.Span.Time.Length : 0L)
            .ThenBy(row => row.Of.Span.Time.Start)
            .Take(limit)];
        return format switch
        {
            ListFormat.Csv => ApiAnswers.Table(Table, listed),
            ListFormat.Text => ApiAnswers.Words(Table, listed),
            ListFormat.Bed => ApiAnswers.Lines(listed.Select(row => FleetRows.BedLine(look, row.Of))),
            _ => ApiAnswers.Object(json =>
            {
                json.WriteNumber("count", rows.Count);
                json.WriteSeconds("seconds", new(rows.Sum(row => row.Of.Span.Time.Length)));
                json.WriteLimit(limit, rows.Count);
                json.WriteAdvice(listed);
                json.WriteStartArray("items");
                foreach (FleetRow row in listed)
                {
                    json.WriteStartObject();
                    json.Write(Row, row);
                    json.WriteStrings("from", row.From);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }),
        };
    }

    /// <summary>The files that a node lacks.</summary>
    /// <exception cref="ApiProblem">There is no such node, or the list cannot say what it has to.</exception>
    public static Answer Files(FleetRound round, ApiQuery query)
    {
        FleetLook look = Wanted(round, query);
        string name = query.Get(Parameters.Node)!;
        int node = look.Nodes.Select(one => one.Node.Name).ToList().IndexOf(name);
        if (node < 0)
        {
            throw new ApiProblem(
                StatusCodes.Status404NotFound,
                $"no node is named {Engine.Printable(name)}; there are {string.Join(", ", look.Nodes.Select(one => one.Name))}")
            {
                Parameter = Parameters.Node.Name,
                Allowed = Parameters.Node.Allowed,
            };
        }

        (Instant, Instant) window = query.Window();
        MustFit(look.Streams.Sum(stream => (long)stream.Report.Nodes[node].Files.Length), "files", "");
        using var body = new MemoryStream();
        try
        {
            AnswerFormat format = query.Has(Parameters.FetchFormat) ? query.Get(Parameters.FetchFormat) : AnswerFormat.Fetch;
            FetchList.Write(body, look, node, format, query.Has(Parameters.Include), window);
        }
        catch (FleetOptionException e)
        {
            throw new ApiProblem(StatusCodes.Status400BadRequest, e.Message)
            {
                Parameter = Parameters.FetchFormat.Name,
                Allowed = Parameters.FetchFormat.Allowed,
            };
        }

        return new(ApiAnswers.TextType, body.ToArray());
    }

    /// <summary>The names of the nodes that are known.</summary>
    public static ImmutableArray<string> Known(FleetRound round) =>
        [.. round.Look.Nodes.Where(node => node.IsKnown).Select(node => node.Node.Name)];

    /// <summary>The event of a round. It has no id: those of the other rounds go on.</summary>
    /// <param name="round">The round.</param>
    /// <param name="before">The nodes that were known in the round before; null where the event cannot say what changed.</param>
    /// <param name="skipped">How many rounds before it the listener was not told of.</param>
    public static byte[] Event(FleetRound round, ImmutableArray<string>? before, int skipped)
    {
        FleetLook look = round.Look;
        ImmutableArray<string> known = Known(round);
        Answer data = ApiAnswers.Object(json =>
        {
            json.WriteFleetRound(round);
            json.WriteString("now", look.Now.ToString());
            json.WriteNumber("skipped", skipped);
            json.WriteStartArray("streams");
            foreach (StreamName stream in before is null ? [] : round.Changed.Take(MostChanged))
            {
                json.WriteStartObject();
                json.Write(Fields.Name, stream);
                json.WriteString(
                    "status", look.Streams.FirstOrDefault(one => one.Stream == stream) is { } one ? FleetText.ofStatus(one.Report.Status) : null);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteBoolean("truncated", before is not null && round.Changed.Length > MostChanged);
            json.WriteStrings("became_known", before is { } once ? known.Except(once) : []);
            json.WriteStrings("became_unknown", before is { } earlier ? earlier.Except(known) : []);
            json.WriteNodes(look, FleetDetail.Service);
        });
        return [.. "event: fleet\ndata: "u8, .. data.Body.Span, .. "\n\n"u8];
    }

    private static FleetLook Wanted(FleetRound round, ApiQuery query) =>
        round.Look with { Streams = [.. round.Look.Streams.Where(stream => query.Wants(stream.Stream))] };

    private static int SizeOf(FleetStream stream, NodeReport node, int at) => node.Files.Length + FleetSpans.Of(stream, at).Count();

    private static void MustFit(long count, string what, string orHow)
    {
        if (count > Most)
        {
            throw new ApiProblem(
                StatusCodes.Status413PayloadTooLarge,
                $"{count} {what} are more than the {Most} of one answer; ask for less with channel and quality{orHow}");
        }
    }

    /// <summary>The spans of a stream, of the nodes and words that are asked for.</summary>
    private static IEnumerable<FleetSpanOf> Told(FleetLook look, FleetStream stream, ApiQuery query)
    {
        HashSet<FleetTold> words = [.. query.GetAll(Parameters.FleetWords).SelectMany(some => some)];
        bool isEveryNode = !query.Has(Parameters.Nodes);
        IEnumerable<FleetSpanOf> all = look.Nodes.Index()
            .Where(one => isEveryNode || query.GetAll(Parameters.Nodes).Any(pattern => pattern.Fits(one.Item.Node.Name)))
            .SelectMany(one => words.Contains(FleetTold.Had)
                ? FleetSpans.HadBy(stream, one.Index).Concat(FleetSpans.Of(stream, one.Index))
                : FleetSpans.Of(stream, one.Index));
        return (isEveryNode ? FleetSpans.OfStream(stream).Concat(all) : all).Where(one => words.Count == 0 || words.Contains(one.Told));
    }

    private static FleetSpanOf Within(FleetSpanOf one, Instant start, Instant end)
    {
        (Instant from, Instant until) = (one.Span.Time.From, one.Span.Time.Until);
        return start <= from && until <= end ? one : one with
        {
            Span = new(
                Engine.Interval((from < start ? start : from).Microseconds, (until > end ? end : until).Microseconds),
                one.Span.Reason,
                one.Span.ByFull,
                one.Span.Nodes),
        };
    }

    /// <summary>Writes what to do about what is listed: a sentence for each word of each node, and each reason.</summary>
    private static void WriteAdvice(this Utf8JsonWriter json, List<FleetRow> rows)
    {
        json.WriteStartArray("advice");
        foreach (FleetRow row in rows.DistinctBy(row => (row.Of.Node, row.Of.Told, row.Of.Span.Reason)))
        {
            if (Advice(row) is { } advice)
            {
                json.WriteStartObject();
                json.WriteString("node", row.Node);
                json.WriteString("word", row.Of.Word);
                json.WriteString("reason", row.Reason);
                json.WriteString("advice", advice);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static string? Advice(FleetRow row)
    {
        string node = row.Node ?? "";
        return row.Of.Told switch
        {
            FleetTold.Unknown => FleetAdvice.Unknown,
            FleetTold.Fillable => FleetAdvice.Fillable("", FleetAdvice.ByService(node)),
            FleetTold.Pending => FleetAdvice.Pending(row.Look.Cutoff),
            FleetTold.Withheld => FleetAdvice.Withheld(row.Of.Span.Reason, node, FleetAdvice.ByService(node)),
            FleetTold.Open => FleetAdvice.Open(Unheard(row.Look)),
            FleetTold.Deleted => FleetAdvice.Deleted,
            FleetTold.Lost => FleetAdvice.Lost,
            FleetTold.Endangered => FleetAdvice.Endangered(row.Of.Span.Reason),
            FleetTold.Stuck => FleetAdvice.Stuck,
            _ => null,
        };
    }

    private static string Unheard(FleetLook look) =>
        string.Join(", ", look.Nodes.Where(node => !node.IsKnown || node.Failure is not null).Select(node => node.Name)) is { Length: > 0 } names
            ? names : "the others";
}
