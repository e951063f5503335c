using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>What the description of the API says of an address.</summary>
/// <param name="Path">Its path below /api/v1.</param>
/// <param name="Summary">What it answers, in a few words.</param>
/// <param name="Parameters">The parameters it takes.</param>
/// <param name="ContentTypes">The forms its answer can have.</param>
internal record Described(string Path, string Summary, ImmutableArray<Parameter> Parameters, ImmutableArray<string> ContentTypes)
{
    /// <summary>Another status that the same answer can have: what is asked for is refused. Null where there is none.</summary>
    public int? RefusedWith { get; init; }
}

/// <summary>An address of the API that answers at once, from a finished round.</summary>
/// <param name="Path">Its path below /api/v1.</param>
/// <param name="Summary">What it answers, in a few words.</param>
/// <param name="Parameters">The parameters it takes.</param>
/// <param name="ContentTypes">The forms its answer can have.</param>
/// <param name="AnswerAsync">Its answer.</param>
internal sealed record Endpoint(
    string Path,
    string Summary,
    ImmutableArray<Parameter> Parameters,
    ImmutableArray<string> ContentTypes,
    Func<Round, ApiQuery, CancellationToken, Task<Answer>> AnswerAsync)
    : Described(Path, Summary, Parameters, ContentTypes)
{
    /// <summary>Whether the answer is the same until the next round.</summary>
    public bool IsOfRound { get; init; } = true;

    /// <summary>Whether there is no answer before the first round over the archive; without it the round may be null.</summary>
    public bool NeedsRound { get; init; } = true;

    /// <summary>Whether the answer waits for a disk. It takes no turn while it does: it must hold up no other.</summary>
    public bool IsOfDisk { get; init; }

    /// <summary>Whether the answer names its round, so that it differs in each.</summary>
    public bool NamesRound(ApiQuery query) =>
        Parameters.OfType<Parameter<ListFormat>>().FirstOrDefault() is { } format
            ? query.Get(format) == ListFormat.Json
            : ContentTypes.Contains(ApiAnswers.JsonType);
}

/// <summary>What the API answers at which address.</summary>
internal sealed class ApiEndpoints(Options options, HourSegments segments, HourListings listings, Cuts cuts, FoundContent content)
{
    private static readonly ImmutableArray<Parameter> Streams = [Parameters.Channels, Parameters.Qualities];
    private static readonly ImmutableArray<Parameter> OneStream = [Parameters.Channel, Parameters.Quality];
    private static readonly ImmutableArray<Parameter> OneHour = [.. OneStream, Parameters.Hour];

    /// <summary>The events, which are served in a way of their own.</summary>
    public static readonly Described Events =
        new("events", "An event at the end of each round", [], ["text/event-stream"]);

    /// <summary>Whether the service compares the nodes of a fleet.</summary>
    public bool ComparesFleet { get; init; }

    /// <summary>The pictures of accounts, for as long as those are kept.</summary>
    private readonly ConditionalWeakTable<Account, Answer> pictures = [];

    /// <summary>Every address but that of the events.</summary>
    public ImmutableArray<Endpoint> All() =>
    [
        new("streams", "The streams, with their totals", Streams, [ApiAnswers.JsonType],
            (round, query, _) => Now(ApiAnswers.Streams(round, query, options, ComparesFleet))),
        new("extent", "From when to when each stream reaches",
            [.. Streams, Parameters.ExtentFormat], [ApiAnswers.JsonType, ApiAnswers.CsvType, ApiAnswers.TextType],
            (round, query, _) => Now(ApiAnswers.Extents(round, query, options))),
        Spans("spans", "What lies between holes", [Parameters.Kind], Fields.Span, (query, asked, stream) =>
            [("span", Engine.SelectSpans(asked, stream.Report!.Extent, Holes(query, stream)))]),
        Spans("holes", "What is missing", [Parameters.Kind], Fields.Span, (query, asked, stream) =>
            [("hole", Engine.Select(asked, Holes(query, stream)))]),
        Spans("overlaps", "Where a best segment overlaps the ones before it", [], Fields.Span, (_, asked, stream) =>
            [("overlap", Engine.SelectOverlaps(asked, stream.Reading!.Facts))]),
        Spans("partial", "What suspect or partial segments alone cover", [], Fields.Span, (_, asked, stream) =>
            [("partial", Engine.Select(asked, stream.Report!.PartialOnly))]),
        Spans("words", "What the time of each stream is, in one word", [Parameters.Words], Fields.WordSpan, (query, asked, stream) =>
            Words(query).Select(word => (WordModule.toText(word), Engine.SelectWord(asked, stream.Account!, word)))),
        new("hours", "The numbers of each hour",
            [.. Streams, Parameters.Start, Parameters.End, Parameters.Limit, Parameters.HourFormat, Parameters.NoData],
            [ApiAnswers.JsonType, ApiAnswers.CsvType],
            (round, query, _) => Now(ApiAnswers.Hours(round, query, options))),
        new("map.png", "The coverage map of one stream", OneStream, ["image/png"],
            (round, query, _) => Now(Picture(Stream(round, query)))),
        new("detail", "One hour of one stream in detail", OneHour, [ApiAnswers.JsonType],
            (round, query, _) => Now(Detail(round, query))),
        new("segments", "The segments of one hour of one stream, as its folder has them now",
            OneHour, [ApiAnswers.JsonType], SegmentsAsync)
        { IsOfRound = false, IsOfDisk = true },
        new("digests", "For the nodes of a fleet: what the folder of each hour of one stream has now, in a number",
            [.. OneStream, Parameters.NamesFormat], [ApiAnswers.JsonType, ApiAnswers.TextType],
            (round, query, stop) => listings.DigestsAsync(round, query.Stream, query.Get(Parameters.NamesFormat), stop))
        { IsOfRound = false, IsOfDisk = true },
        new("names", "For the nodes of a fleet: the names in the folder of one hour of one stream, as they are now",
            [.. OneHour, Parameters.NamesFormat], [ApiAnswers.JsonType, ApiAnswers.TextType],
            (round, query, stop) =>
                listings.NamesAsync(round, query.Stream, query.Get(Parameters.Hour), query.Get(Parameters.NamesFormat), stop))
        { IsOfRound = false, IsOfDisk = true },
        new("cut", "Whether a range of one stream, or a video of several, can be cut, as its folders are now",
            [.. OneStream, Parameters.CutStart, Parameters.CutEnd, Parameters.CutRange, Parameters.Transition, Parameters.AllowHoles], [ApiAnswers.JsonType], CutAsync)
        { IsOfRound = false, IsOfDisk = true, RefusedWith = StatusCodes.Status406NotAcceptable },
        new("findings", "What is wrong with the files that were read, with --verify-parts",
            [.. Streams, Parameters.Type, Parameters.Limit], [ApiAnswers.JsonType],
            (round, query, _) => Now(ApiAnswers.Findings(round, query, options, content)))
        { IsOfRound = false },
    ];

    private Endpoint Spans(
        string path,
        string summary,
        ImmutableArray<Parameter> which,
        ImmutableArray<Field<StreamSpan>> fields,
        Func<ApiQuery, SpanQuery, StreamRound, IEnumerable<(string Word, ImmutableArray<Interval> Spans)>> of) =>
        new(path, summary,
            [
                .. Streams, Parameters.Start, Parameters.End, .. which, Parameters.Min, Parameters.Merge, Parameters.Limit,
                Parameters.Order, Parameters.SpanFormat, Parameters.NoData,
            ],
            [ApiAnswers.JsonType, ApiAnswers.CsvType, ApiAnswers.TextType],
            (round, query, _) => Now(ApiAnswers.Spans(round, query, options, fields, (asked, stream) => of(query, asked, stream))));

    private static IntervalSet Holes(ApiQuery query, StreamRound stream) =>
        (query.Get(Parameters.Kind) == CoverageKind.Raw ? stream.Report!.Raw : stream.Report!.Editable).Holes;

    /// <summary>The words that are asked for, each once.</summary>
    private static IEnumerable<Word> Words(ApiQuery query) => query.Has(Parameters.Words)
        ? query.GetAll(Parameters.Words).SelectMany(words => words).Distinct()
        : WordModule.all.Where(word => word is not (Word.Full or Word.Seam));

    private static Task<Answer> Now(Answer answer) => Task.FromResult(answer);

    /// <summary>The one stream that is asked for.</summary>
    /// <exception cref="ApiProblem">It is not reported.</exception>
    private static StreamRound Stream(Round round, ApiQuery query) =>
        round.Streams.FirstOrDefault(stream => stream.Stream == query.Stream && stream.Report is not null)
            ?? throw new ApiProblem(StatusCodes.Status404NotFound, $"no stream {query.Stream} is reported; streams lists those that are");

    private static ApiProblem Unreported(Hour hour) =>
        new(StatusCodes.Status404NotFound, $"no hour {hour} of this stream is reported; hours lists those that are");

    private Answer Detail(Round round, ApiQuery query)
    {
        StreamRound stream = Stream(round, query);
        Hour hour = query.Get(Parameters.Hour);
        Closeup closeup = Engine.Closeup(stream.Reading!.Facts, hour.Number) ?? throw Unreported(hour);
        return ApiAnswers.Detail(round, stream.Stream, closeup, options);
    }

    private Task<Answer> SegmentsAsync(Round round, ApiQuery query, CancellationToken stop)
    {
        StreamRound stream = Stream(round, query);
        Hour hour = query.Get(Parameters.Hour);
        return Engine.IsReported(stream.Reading!.Facts, hour.Number)
            ? segments.ReadAsync(stream.Stream, stream.Reading, hour, stop)
            : throw Unreported(hour);
    }

    /// <summary>The answer to a cut. Ranges stand for start and end, as the restreamer has it.</summary>
    private Task<Answer> CutAsync(Round round, ApiQuery query, CancellationToken stop)
    {
        StreamName stream = Stream(round, query).Stream;
        if (!options.Layout.IsWubloaderFolder)
        {
            throw new ApiProblem(
                StatusCodes.Status404NotFound,
                $"the archive of this service has the layout {Engine.Printable(options.Layout.Layout)}: what can be cut is told of the layout wubloader alone");
        }

        ImmutableArray<Interval> ranges = query.Has(Parameters.CutRange) ? [.. query.GetAll(Parameters.CutRange)] : [Range(query)];
        ImmutableArray<CutJoin> joins = query.Has(Parameters.Transition)
            ? [.. query.GetAll(Parameters.Transition)]
            : [.. Enumerable.Repeat(CutJoin.HardCut, ranges.Length - 1)];
        return joins.Length == ranges.Length - 1
            ? cuts.AskAsync(stream, ranges, joins, query.Get(Parameters.AllowHoles), stop)
            : throw ApiQuery.Wrong(
                Parameters.Transition, $"is given {joins.Length} times with {ranges.Length} {(ranges.Length == 1 ? "range" : "ranges")}");
    }

    private static Interval Range(ApiQuery query)
    {
        query.Need(Parameters.CutStart);
        query.Need(Parameters.CutEnd);
        (Instant start, Instant end) = query.Window(Parameters.CutStart, Parameters.CutEnd);
        return Engine.Interval(start.Microseconds, end.Microseconds);
    }

    private Answer Picture(StreamRound stream)
    {
        try
        {
            return pictures.GetValue(stream.Account!, account =>
            {
                StreamMap map = MapPicture.Of(options, account)
                    ?? throw new ApiProblem(StatusCodes.Status404NotFound, $"{stream.Stream} is empty: there is no map of it");
                using var png = new MemoryStream();
                MapPicture.Write(map, png);
                return new("image/png", png.ToArray());
            });
        }
        catch (IOException e)
        {
            throw new ApiProblem(StatusCodes.Status404NotFound, e.Message);
        }
    }
}
