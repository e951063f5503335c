using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.CommandLine;
using Coverage.Units;
using Microsoft.AspNetCore.Http;

namespace Coverage.Host;

/// <summary>
/// What the folders of a stream list now, for the nodes of a fleet: a digest of each hour, and the names of one.
/// </summary>
internal sealed class HourListings(Options options, DiskTurns turns, TimeProvider time)
{
    /// <summary>The most hours, files and folders of an answer with digests, and names of one with names.</summary>
    private const int Most = 100_000;

    private readonly HourDigests digesting = new((StampPolicy)options.TrustStamps, time);
    private readonly HourReader sizing = new(time, (StampPolicy)options.TrustStamps, SizesAsked.Listing) { KeepsNames = true };

    /// <summary>The digests of all hours of a stream.</summary>
    /// <param name="round">The latest round, which knows whether there were segments.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="format">The form of the answer.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="ApiProblem">There is no such stream here, or it cannot be read in a reasonable time.</exception>
    public Task<Answer> DigestsAsync(Round round, StreamName stream, ListFormat format, CancellationToken stop)
    {
        StreamRound? before = Watched(round, stream);
        return turns.ReadAsync(patience => Digests(before, stream, format, patience), stop);
    }

    /// <summary>The names in the folder of an hour.</summary>
    /// <param name="round">The latest round, which knows whether there were segments.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="hour">The hour.</param>
    /// <param name="format">The form of the answer.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="ApiProblem">There is no such hour here, or it cannot be read in a reasonable time.</exception>
    public Task<Answer> NamesAsync(Round round, StreamName stream, Hour hour, ListFormat format, CancellationToken stop)
    {
        StreamRound? before = Watched(round, stream);
        return turns.ReadAsync(patience => Names(before, stream, hour, format, patience), stop);
    }

    /// <summary>What the round says of a stream; null where it says nothing.</summary>
    /// <exception cref="ApiProblem">The service does not watch such a stream, so that it cannot say what its node has.</exception>
    private StreamRound? Watched(Round round, StreamName stream)
    {
        if (!options.Layout.IsWubloaderFolder)
        {
            throw new ApiProblem(
                StatusCodes.Status403Forbidden, $"the archive of this service has the layout {Engine.Printable(options.Layout.Layout)}: nodes are compared by the names of the layout wubloader");
        }

        if (round.Streams.FirstOrDefault(one => one.Stream == stream) is { } known)
        {
            return known;
        }

        if (!IsName(stream.Channel) || !IsName(stream.Quality))
        {
            throw NoStream(stream);
        }

        return (options.Channels.IsEmpty || options.Channels.Contains(stream.Channel))
            && (options.Qualities.IsEmpty || options.Qualities.Contains(stream.Quality)) && !options.NoQuality
            ? null
            : throw new ApiProblem(
                StatusCodes.Status403Forbidden,
                $"this service does not watch {stream}: the channels it was started with, or --qualities, leave it out");
    }

    private static bool IsName(string name) => name.Length > 0 && name[0] != '.' && !name.AsSpan().ContainsAny('/', '\0');

    private static ApiProblem NoStream(StreamName stream) =>
        new(StatusCodes.Status404NotFound, $"there is no stream {stream} here; streams lists those that are reported");

    private Answer Digests(StreamRound? before, StreamName stream, ListFormat format, CancellationToken stop)
    {
        string path = stream.PathIn(options.BaseDir);
        (List<Hour> hours, List<string> files, List<string> folders) = Entries(before, stream, path);
        MustFit(hours.Count + files.Count + folders.Count, "hours, files and folders");
        // The answer says which cannot be read, and the checks say why.
        List<HourDigest> digests = digesting.Of(stream, path, hours, 1, stop).Digests;
        if (before is { HeldSegments: true } && digests.TrueForAll(one => one.Count == 0))
        {
            throw Gone(stream);
        }

        Answer answer = format == ListFormat.Text
            ? ApiAnswers.Words(ListedFields.Digest, digests)
            : ApiAnswers.Object(json =>
            {
                json.Write(Fields.Name, stream);
                json.WriteNumber("count", digests.Count);
                json.WriteArray("items", ListedFields.Digest, digests);
                json.WriteStrings("files", files);
                json.WriteStrings("folders", folders);
            });
        return answer.Tagged();
    }

    private Answer Names(StreamRound? before, StreamName stream, Hour hour, ListFormat format, CancellationToken stop)
    {
        string path = stream.PathIn(options.BaseDir);
        _ = Entries(before, stream, path);
        HourFiles files = sizing.Read(Path.Combine(path, hour.ToString()), hour, stop)?.Files
            ?? throw new ApiProblem(StatusCodes.Status404NotFound, $"{stream} has no folder {hour}; digests lists those that there are")
            {
                Parameter = Parameters.Hour.Name,
                Allowed = Parameters.Hour.Allowed,
            };
        HourNames names = HourNamesModule.read(hour.Number, files.Names.Span);
        MustFit(names.Count, "names");
        List<ListedName> all = ListedName.Of(names, files);
        Answer answer = format == ListFormat.Text
            ? ApiAnswers.Words(ListedFields.Name, all)
            : ApiAnswers.Object(json =>
            {
                json.Write(Fields.Name, stream);
                json.Write(ListedFields.Digest, new HourDigest(hour, names.Count, names.Digest));
                json.WriteStrings("names", all.Select(one => one.Name));
                json.WriteArray("sizes", ListedFields.Name, all.Where(one => one.Size is not null));
            });
        return answer.Tagged();
    }

    /// <summary>What lies in the folder of a stream.</summary>
    /// <exception cref="ApiProblem">There is no such folder, or there was one.</exception>
    /// <exception cref="UnreadableException">The archive, or the folder, cannot be read.</exception>
    private (List<Hour> Hours, List<string> Files, List<string> Folders) Entries(StreamRound? before, StreamName stream, string path)
    {
        if (StreamSearch.WhyUnreadable(options.BaseDir) is { } why)
        {
            throw why;
        }

        var entries = FolderNode.Entries(path);
        return entries.Hours.Count > 0 ? entries
            : before is { HeldSegments: true } ? throw Gone(stream)
            : before is { IsMissing: false } ? entries
            : throw NoStream(stream);
    }

    /// <summary>A disk that is not mounted must not pass for a node that has nothing.</summary>
    private static ApiProblem Gone(StreamName stream) =>
        new(StatusCodes.Status503ServiceUnavailable, $"no segment of {stream} is left, and there were some; is its disk mounted?")
        {
            RetryAfterSeconds = 60,
        };

    private static void MustFit(int count, string what)
    {
        if (count > Most)
        {
            throw new ApiProblem(StatusCodes.Status413PayloadTooLarge, $"{count} {what} are more than the {Most} of one answer");
        }
    }
}
