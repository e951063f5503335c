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
/// What the folders of a stream list now, for the nodes of a fleet: a digest of each hour, and the names of one. Digests are
/// kept with the stamps of their folders, so that only hours that changed are read anew; one that was not worked out in time is
/// there for the next request.
/// </summary>
internal sealed class HourListings(Options options, DiskTurns turns, TimeProvider time)
{
    /// <summary>The most hours, files and folders of an answer with digests, and names of one with names.</summary>
    private const int Most = 100_000;

    /// <summary>How long the digest of an hour is kept whose folder's stamp does not tell of every change.</summary>
    private static readonly TimeSpan Trusted = TimeSpan.FromMinutes(1);

    private readonly HourReader digesting = new(time, (StampPolicy)options.TrustStamps, SizesAsked.None) { KeepsNames = true };
    private readonly HourReader sizing = new(time, (StampPolicy)options.TrustStamps, SizesAsked.Listing) { KeepsNames = true };

    /// <summary>The digests that are kept. Disk turns let one request at a time in.</summary>
    private readonly Dictionary<StreamName, Dictionary<Hour, Known>> known = [];

    /// <summary>A digest that is kept.</summary>
    /// <param name="Digest">The digest.</param>
    /// <param name="Stamp">The folder's stamp from before it was read.</param>
    /// <param name="IsSettled">Whether a change of the folder must have moved its stamp.</param>
    /// <param name="MayStay">Whether it may be kept for a while, for the stamp will never tell.</param>
    /// <param name="At">When it was read.</param>
    private sealed record Known(HourDigest Digest, FolderStamp Stamp, bool IsSettled, bool MayStay, DateTimeOffset At);

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
        List<HourDigest> digests = Digests(stream, path, hours, stop);
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

    private List<HourDigest> Digests(StreamName stream, string path, List<Hour> hours, CancellationToken stop)
    {
        var earlier = known.GetValueOrDefault(stream) ?? [];
        var kept = new Dictionary<Hour, Known>(hours.Count);
        foreach (Hour hour in hours)
        {
            if (earlier.TryGetValue(hour, out Known? one))
            {
                kept.Add(hour, one);
            }
        }

        known[stream] = kept;
        using Folder? folder = Folder.Open(path);
        var digests = new List<HourDigest>(hours.Count);
        foreach (Hour hour in hours)
        {
            stop.ThrowIfCancellationRequested();
            FolderStamp? stamp = folder?.StampOf(Encoding.ASCII.GetBytes(hour.ToString()));
            if (!kept.TryGetValue(hour, out Known? one) || !IsCurrent(one, stamp))
            {
                kept.Remove(hour);
                one = Read(Path.Combine(path, hour.ToString()), hour, stop);
                if (one is null)
                {
                    // It is gone since the folder of the stream was listed.
                    continue;
                }

                if (one.IsSettled || one.MayStay)
                {
                    kept.Add(hour, one);
                }
            }

            digests.Add(one.Digest);
        }

        return digests;
    }

    private bool IsCurrent(Known one, FolderStamp? stamp) => stamp is { } now
        && (one.IsSettled ? one.Stamp == now : one.MayStay && one.Stamp.Device == now.Device && time.GetUtcNow() - one.At < Trusted);

    /// <summary>Reads the folder of an hour; null when it is gone.</summary>
    private Known? Read(string path, Hour hour, CancellationToken stop)
    {
        try
        {
            if (digesting.Read(path, hour, stop) is not { } reading)
            {
                return null;
            }

            HourNames names = HourNamesModule.read(hour.Number, reading.Files!.Names.Span);
            return new(
                new(hour, names.Count, names.Digest),
                reading.Facts.Stamp,
                reading.IsSettled,
                !reading.Facts.Trust.IsTrusted || reading.Facts.HasLinks,
                reading.Facts.At);
        }
        catch (UnreadableException)
        {
            // The answer says so, and the checks say why.
            return new(new(hour, null, 0), default, false, false, default);
        }
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
