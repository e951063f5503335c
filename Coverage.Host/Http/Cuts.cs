using System;
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
    /// <summary>The longest range, so that an answer stays within a few megabytes.</summary>
    private static readonly Duration Longest = Duration.Of(TimeSpan.FromHours(24));

    private readonly CutReader reader = new(time, (StampPolicy)options.TrustStamps);

    /// <summary>The answer to a cut.</summary>
    /// <exception cref="ApiProblem">The range is too long, or folders cannot be read in a reasonable time.</exception>
    public Task<Answer> AskAsync(StreamName stream, (Instant Start, Instant End) range, bool allowsHoles, CancellationToken stop) =>
        range.End - range.Start <= Longest
            ? turns.ReadAsync(
                patience => Answer(stream, Engine.Interval(range.Start.Microseconds, range.End.Microseconds), allowsHoles, patience), stop)
            : throw new ApiProblem(
                StatusCodes.Status413PayloadTooLarge,
                "the range is longer than 24 hours; ask for its parts, or ask the command cut, which has no limit");

    private Answer Answer(StreamName stream, Interval range, bool allowsHoles, CancellationToken stop)
    {
        string path = stream.PathIn(options.BaseDir);
        AskedCut asked = AskedCut.Of(stream, path, range, allowsHoles, reader, stop)
            ?? throw new ApiProblem(StatusCodes.Status404NotFound, $"the folder of {stream} is gone");
        return ApiAnswers.Object(json => json.WriteCut(asked)) with
        {
            Status = asked.Cut.Answer == CutAnswer.Accept ? StatusCodes.Status200OK : StatusCodes.Status406NotAcceptable,
        };
    }
}
