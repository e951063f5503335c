using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>
/// Whether ranges can be cut, answered from the folders of their hours on request: a round keeps no names. A range that is
/// refused needs every hour of its stream for the nearest clean ranges.
/// </summary>
internal sealed class Cuts(Options options, DiskTurns turns, TimeProvider time)
{
    /// <summary>The most ranges, and the longest that they can be, so that an answer stays within a few megabytes.</summary>
    private const int Most = 100;
    private static readonly Duration Longest = Duration.Of(TimeSpan.FromHours(24));

    /// <summary>How long the nearest clean ranges may take, less than the turn may: what is known by then is said.</summary>
    private static readonly TimeSpan Search = TimeSpan.FromSeconds(7);

    private readonly CutReader reader = new(time, (StampPolicy)options.TrustStamps);

    /// <summary>The answer to a cut.</summary>
    /// <exception cref="ApiProblem">The ranges are too many or too long, or folders cannot be read in a reasonable time.</exception>
    public Task<Answer> AskAsync(
        StreamName stream, ImmutableArray<Interval> ranges, ImmutableArray<CutJoin> joins, bool allowsHoles, CancellationToken stop) =>
        ranges.Length > Most || ranges.Any(range => range.Time > Longest) || new Duration(ranges.Sum(range => range.Length)) > Longest
            ? throw new ApiProblem(
                StatusCodes.Status413PayloadTooLarge,
                $"{(ranges.Length == 1 ? "the range is" : $"the ranges are more than {Most}, or")} longer than 24 hours; "
                + "ask for parts, or ask the command cut, which has no limit")
            : turns.ReadAsync(patience => Answer(stream, ranges, joins, allowsHoles, patience), stop);

    private Answer Answer(
        StreamName stream, ImmutableArray<Interval> ranges, ImmutableArray<CutJoin> joins, bool allowsHoles, CancellationToken stop)
    {
        string path = stream.PathIn(options.BaseDir);
        CutStream from = CutStream.Open(path, reader)
            ?? throw new ApiProblem(StatusCodes.Status404NotFound, $"the folder of {stream} is gone");
        AskedCut asked = AskedCut.Of(new(stream, ranges, joins, allowsHoles), from, stop);
        using var search = new CancellationTokenSource(Search, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(search.Token, stop);
        try
        {
            asked = asked.WithNearest(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Unfinished(
                asked, $"that takes longer than {Search.TotalSeconds} s; ask again, or ask the command cut, which has no limit");
        }
        catch (UnreadableException e)
        {
            throw Unfinished(asked, e.Message);
        }

        return ApiAnswers.Object(json => json.WriteCut(asked)) with
        {
            Status = asked.Answer == CutAnswer.Accept ? StatusCodes.Status200OK : StatusCodes.Status406NotAcceptable,
        };
    }

    private static ApiProblem Unfinished(AskedCut asked, string why) =>
        new(StatusCodes.Status503ServiceUnavailable, CutFields.WithoutNearest(asked, why)) { RetryAfterSeconds = 10 };
}
