using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>
/// Digests of what the folders of hours list. They are kept with the stamps of their folders, so that only hours that changed are
/// read anew; one that was not worked out in time is there for the next request.
/// </summary>
/// <param name="stamps">Whether stamps of folders are trusted.</param>
/// <param name="time">The clock that stamps are compared with.</param>
internal sealed class HourDigests(StampPolicy stamps, TimeProvider time)
{
    /// <summary>How long the digest of an hour is kept whose folder's stamp does not tell of every change.</summary>
    private static readonly TimeSpan Trusted = TimeSpan.FromMinutes(1);

    private readonly HourReader reader = new(time, stamps, SizesAsked.None) { KeepsNames = true };

    /// <summary>What is kept of each stream, in order of the hours.</summary>
    private readonly ConcurrentDictionary<StreamName, List<Known>> known = [];

    /// <summary>A digest that is kept.</summary>
    /// <param name="Digest">The digest.</param>
    /// <param name="Stamp">The folder's stamp from before it was read.</param>
    /// <param name="IsSettled">Whether a change of the folder must have moved its stamp.</param>
    /// <param name="MayStay">Whether it may be kept for a while, for the stamp will never tell.</param>
    /// <param name="At">When it was read.</param>
    /// <param name="Failure">Why it is unknown; null where it is known.</param>
    private sealed record Known(HourDigest Digest, FolderStamp Stamp, bool IsSettled, bool MayStay, DateTimeOffset At, string? Failure);

    /// <summary>The digests of some hours of a stream, without those that are gone, and why some are unknown. For one stream at a time.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="path">Its folder.</param>
    /// <param name="hours">The hours, in order.</param>
    /// <param name="atATime">How many folders are read at a time.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="UnreadableException">The folder of the stream cannot be read.</exception>
    public (List<HourDigest> Digests, List<string> Failures) Of(
        StreamName stream, string path, List<Hour> hours, int atATime, CancellationToken stop)
    {
        Known?[] found = Current(known.GetValueOrDefault(stream) ?? [], path, hours, stop);
        try
        {
            Parallel.For(0, hours.Count, new() { CancellationToken = stop, MaxDegreeOfParallelism = atATime }, at =>
                found[at] ??= Read(Path.Combine(path, hours[at].ToString()), hours[at], stop));
        }
        finally
        {
            known[stream] = [.. Kept(found)];
        }

        (List<HourDigest> digests, List<string> failures) = (new(hours.Count), []);
        foreach (Known? one in found)
        {
            // None is left of an hour that is gone since the folder of the stream was listed.
            if (one is not null)
            {
                digests.Add(one.Digest);
            }

            if (one?.Failure is { } why)
            {
                failures.Add(why);
            }
        }

        return (digests, failures);
    }

    /// <summary>The names in the folder of an hour; null when it is gone.</summary>
    /// <exception cref="UnreadableException">It cannot be read.</exception>
    public HourNames? Names(StreamName stream, string path, Hour hour, CancellationToken stop)
    {
        if (reader.Read(Path.Combine(path, hour.ToString()), hour, stop) is not { } reading)
        {
            return null;
        }

        HourNames names = HourNamesModule.read(hour.Number, reading.Files!.Names.Span);
        List<Known> all = known.GetValueOrDefault(stream) ?? [];
        int at = all.BinarySearch(new(HourDigest.Unknown(hour), default, false, false, default, null), ByHour);

        // The digest of a folder that did not change need not be worked out again.
        return at >= 0 && all[at].IsSettled && all[at].Stamp == reading.Facts.Stamp
            ? HourNamesModule.withDigest(all[at].Digest.Digest, names) : names;
    }

    private static readonly Comparer<Known> ByHour =
        Comparer<Known>.Create((one, other) => one.Digest.Hour.CompareTo(other.Digest.Hour));

    private static IEnumerable<Known> Kept(Known?[] found)
    {
        foreach (Known? one in found)
        {
            if (one is { IsSettled: true } or { MayStay: true })
            {
                yield return one;
            }
        }
    }

    /// <summary>What is kept of each hour and holds; null where it has to be read.</summary>
    private Known?[] Current(List<Known> earlier, string path, List<Hour> hours, CancellationToken stop)
    {
        var current = new Known?[hours.Count];
        using Folder? folder = Folder.Open(path);
        int next = 0;
        for (int at = 0; at < hours.Count && next < earlier.Count; at++)
        {
            stop.ThrowIfCancellationRequested();
            while (next < earlier.Count && earlier[next].Digest.Hour < hours[at])
            {
                next++;
            }

            if (next < earlier.Count && earlier[next].Digest.Hour == hours[at]
                && IsCurrent(earlier[next], folder?.StampOf(Encoding.ASCII.GetBytes(hours[at].ToString()))))
            {
                current[at] = earlier[next];
            }
        }

        return current;
    }

    private bool IsCurrent(Known one, FolderStamp? stamp) => stamp is { } now
        && (one.IsSettled ? one.Stamp == now : one.MayStay && one.Stamp.Device == now.Device && time.GetUtcNow() - one.At < Trusted);

    /// <summary>Reads the folder of an hour; null when it is gone.</summary>
    private Known? Read(string path, Hour hour, CancellationToken stop)
    {
        try
        {
            if (reader.Read(path, hour, stop) is not { } reading)
            {
                return null;
            }

            return new(
                HourDigest.Of(HourNamesModule.read(hour.Number, reading.Files!.Names.Span)),
                reading.Facts.Stamp,
                reading.IsSettled,
                !reading.Facts.Trust.IsTrusted || reading.Facts.HasLinks,
                reading.Facts.At,
                null);
        }
        catch (UnreadableException e)
        {
            return new(HourDigest.Unknown(hour), default, false, false, default, e.Message);
        }
    }
}
